"""Commands that look at inputs: what there is, and whether it is in order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

from twin.cli.app import DONE, Own, app, check_app, load_own, out
from twin.cli.shown import print_json, wide


@check_app.default
def check(*names: str, processes: Own = ()) -> int:
    """Check parks, scenarios and designs of sweeps; say everything that is wrong with them, and where.

    Parameters
    ----------
    names
        Names or files of scenarios and designs, or park folders.
    """
    from twin.errors import Fault, InputError, ScenarioError
    from twin.park import load_park
    from twin.park.ledger import ledger_of
    from twin.simulation import load_and_check
    from twin.sweeps.reading import check_file, is_design

    load_own(processes)
    faults: list[Fault] = [] if names else [Fault("check", "nothing to check", "a scenario or a park folder")]
    for name in names:
        try:
            if Path(name).is_dir() or name == "shijingshan":
                park = load_park(name)
                ledger_of(park).check(park.start)
            elif is_design(name):
                check_file(name)
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
    what: Literal["scenarios", "designs", "levers", "clauses", "processes", "indicators", "parameters", "formats"],
    /,
    *,
    processes: Own = (),
    json: bool = False,
) -> int:
    """List what there is.

    Parameters
    ----------
    what
        scenarios, designs (of sweeps), levers, clauses (of the park's documents, and what represents each), processes,
        indicators, parameters or formats.
    json
        Print JSON.
    """
    load_own(processes)
    listed: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "scenarios": _scenarios,
        "designs": _designs,
        "levers": partial(_levers, in_full=json),
        "clauses": partial(_clauses, in_full=json),
        "processes": _processes,
        "indicators": _indicators,
        "parameters": _parameters,
        "formats": _formats,
    }
    rows = listed[what]()
    if json:
        print_json(rows)
        return DONE
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for column in rows[0]:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(str(value) for value in row.values()))
    console = wide()
    console.print(shown)
    if what == "clauses":
        console.print(_coverage(), highlight=False)
    return DONE


def _scenarios() -> list[dict[str, Any]]:
    from twin.scenario import load_scenario, scenario_names

    scenarios = [load_scenario(name) for name in scenario_names()]
    return [{"name": s.name, "名称": s.title_zh, "title": s.title_en, "question": s.question} for s in scenarios]


def _indicators() -> list[dict[str, Any]]:
    from twin.indicators import INDICATORS

    return [
        {"name": i.name, "名称": i.name_zh, "title": i.name_en, "unit": i.unit, "better": i.better}
        for i in INDICATORS.values()
    ]


def _processes() -> list[dict[str, Any]]:
    from twin.named import PROCESSES

    return [
        {
            "name": p.name,
            "about": p.about,
            "arguments": "; ".join(f"{a.name}: {a.wanted}" for a in p.arguments.values()),
        }
        for p in PROCESSES.values()
    ]


def _formats() -> list[dict[str, Any]]:
    from twin.formats import FORMATS

    return [{"name": name, "ending": ending} for name, (_, ending) in FORMATS.items()]


def _parameters() -> list[dict[str, Any]]:
    from twin.catalog import load_catalog

    return [dict(row) for row in load_catalog().tables["parameters"]]


def _designs() -> list[dict[str, Any]]:
    from twin.sweeps.reading import load_design
    from twin.sweeps.sources import design_names

    found = []
    for design in map(load_design, design_names()):
        varied = ", ".join(factor.label for factor in design.factors)
        titles = {"title_zh": design.title_zh, "title_en": design.title_en, "question": design.question}
        found.append({"name": design.name, **titles, "design": design.design, "varied": varied})
    return found


def _levers(*, in_full: bool) -> list[dict[str, Any]]:
    from twin.catalog import load_catalog
    from twin.clauses import clauses
    from twin.levers import LEVERS, cost_of

    catalog, known = load_catalog(), clauses()
    return [
        {
            "name": lever.name,
            "名称": lever.name_zh,
            "unit": lever.unit,
            "from": f"{lever.low:g}",
            "to": f"{lever.high:g}",
            "where": " ".join(lever.where),
            "ramp": lever.ramp or "at once only",
            "costs": cost_of(lever, catalog),
            "clauses": [known[name]._asdict() for name in lever.clauses]
            if in_full
            else "\n".join(str(known[name]) for name in lever.clauses),
        }
        for lever in LEVERS.values()
    ]


def _clauses(*, in_full: bool) -> list[dict[str, Any]]:
    from twin.clauses import clauses

    if in_full:
        return [clause._asdict() for clause in clauses().values()]
    return [
        {"id": c.id, "clause": c, "status": c.status, "by": "\n".join(c.by), "missing": c.missing_en}
        for c in clauses().values()
    ]


def _coverage() -> str:
    from twin.clauses import STATUSES, clauses, counts

    told = list(clauses().values())
    numbers = ", ".join(f"{n} {STATUSES[status]} {status}" for status, n in counts(told).items())
    return f"{len(told)} clauses 条款: {numbers}"
