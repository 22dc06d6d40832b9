"""Commands that look at inputs: what there is, and whether it is in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from twin.cli.app import DONE, Own, app, check_app, load_own, out
from twin.cli.shown import print_json, wide


@check_app.default
def check(*names: str, processes: Own = ()) -> int:
    """Check parks and scenarios; say everything that is wrong with them, and where.

    Parameters
    ----------
    names
        Scenario names or files, or park folders.
    """
    from twin.errors import Fault, InputError, ScenarioError
    from twin.park import load_park
    from twin.park.ledger import ledger_of
    from twin.simulation import load_and_check

    load_own(processes)
    faults: list[Fault] = [] if names else [Fault("check", "nothing to check", "a scenario or a park folder")]
    for name in names:
        try:
            if Path(name).is_dir() or name == "shijingshan":
                park = load_park(name)
                ledger_of(park).check(park.start)
            else:
                load_and_check(name)
            out.print(f"{name}: in order", markup=False, highlight=False)
        except InputError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return DONE


@app.command(name="list")
def list_(
    what: Literal["scenarios", "levers", "processes", "indicators", "parameters", "formats"],
    /,
    *,
    processes: Own = (),
    json: bool = False,
) -> int:
    """List what there is.

    Parameters
    ----------
    what
        scenarios, levers, processes, indicators, parameters or formats.
    json
        Print JSON.
    """
    load_own(processes)
    rows = _listed(what)
    if json:
        print_json(rows)
        return DONE
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for column in rows[0]:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(str(value) for value in row.values()))
    wide().print(shown)
    return DONE


def _listed(what: str) -> list[dict[str, Any]]:
    from twin.catalog import load_catalog

    if what == "scenarios":
        from twin.scenario import load_scenario, scenario_names

        scenarios = [load_scenario(name) for name in scenario_names()]
        return [{"name": s.name, "名称": s.title_zh, "title": s.title_en, "question": s.question} for s in scenarios]
    if what == "levers":
        from twin.levers import LEVERS

        return [
            {
                "name": lever.name,
                "名称": lever.name_zh,
                "unit": lever.unit,
                "from": f"{lever.low:g}",
                "to": f"{lever.high:g}",
                "where": " ".join(lever.where),
                "costs": lever.cost,
                "clause": lever.clause,
            }
            for lever in LEVERS.values()
        ]
    if what == "indicators":
        from twin.indicators import INDICATORS

        return [
            {"name": i.name, "名称": i.name_zh, "title": i.name_en, "unit": i.unit, "better": i.better}
            for i in INDICATORS.values()
        ]
    if what == "processes":
        from twin.named import PROCESSES

        return [
            {
                "name": p.name,
                "about": p.about,
                "arguments": "; ".join(f"{a.name}: {a.wanted}" for a in p.arguments.values()),
            }
            for p in PROCESSES.values()
        ]
    if what == "formats":
        from twin.formats import FORMATS

        return [{"name": name, "ending": ending} for name, (_, ending) in FORMATS.items()]
    return [dict(row) for row in load_catalog().tables["parameters"]]
