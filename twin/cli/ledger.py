"""The command that accounts for every m² of a park, and of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from twin.cli.app import DONE, out, park_app
from twin.cli.park import quarter_of
from twin.cli.shown import print_json, wide

if TYPE_CHECKING:
    from twin.park import Park
    from twin.units import Quarter


@park_app.command
def ledger(
    name: str = "shijingshan",
    /,
    *,
    at: str | None = None,
    zone: str = "park",
    by: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = ("land_use", "state"),
    journal: bool = False,
    json: bool = False,
) -> int:
    """Print the books of land and floor space at a date, and whether they agree with the geometry.

    Parameters
    ----------
    name
        The shipped park, a park folder, or the folder of a run.
    at
        A quarter, such as 2030Q4; the park's start if none is given.
    zone
        A zone, or * for all that is drawn.
    by
        What of an account to list: land_use, state, provenance.
    journal
        Print the entries up to that date, without the opening, instead of the balances.
    json
        Print JSON.
    """
    from twin.errors import Fault, InputError
    from twin.park.held import WHOLE
    from twin.park.ledger import ACCOUNT, ledger_of

    park = _park_or_run(name)
    quarter = quarter_of(at, park)
    wrong = [Fault("--by", f"unknown {one!r}", "land_use, state, provenance") for one in by if one not in ACCOUNT[2:]]
    known = sorted(set(park.zones_in_force["zone_id"]))
    if zone != WHOLE and zone not in known:
        from twin.catalog import nearest

        wrong.append(Fault("--zone", f"unknown zone {zone!r}", nearest(zone, known)))
    elif zone != WHOLE and zone not in set(park.at(quarter)["zone_id"]):
        wrong.append(
            Fault("--zone", f"zone {zone} is not in force at {quarter}", "another date (see `twin park show`)")
        )
    if wrong:
        raise InputError(wrong)
    books = ledger_of(park)
    agreed = books.check(quarter)
    rows = books.journal if journal else books.balances(quarter, by)
    rows = rows[rows["zone"] == zone]
    if journal:
        rows = rows[(rows["quarter"] != "") & (rows["quarter"] <= str(quarter))]
    if json:
        print_json(rows.to_dict("records"))
        return DONE
    _print_books(rows, f"{park.about.name_zh} {park.about.name_en}: {zone}, {quarter}", totals=not journal)
    if _is_run(name):
        _print_run_books(Path(name), park, quarter, zone)
    worst = agreed["difference_m2"].abs().max()
    out.print(f"books and geometry agree 账实相符: largest difference {worst:.6f} m²", highlight=False)
    return DONE


def _print_books(rows: Any, title: str, *, totals: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    from twin.units import WAN_M2

    columns = [column for column in rows.columns if column not in {"zone", "m2"}]
    shown = Table(*columns, title=escape(title), title_justify="left", box=None)
    shown.add_column("万㎡", justify="right")
    for row in rows.to_dict("records"):
        shown.add_row(*(escape(str(row[column])) for column in columns), f"{row['m2'] / WAN_M2:,.4f}")
    if totals:
        for book, m2 in rows.groupby("book")["m2"].sum().items():
            shown.add_row(str(book), "total 合计", *[""] * (len(columns) - 2), f"{m2 / WAN_M2:,.4f}", style="bold")
    wide().print(shown)


def _park_or_run(name: str) -> Park:
    """A park by name or folder, or the one on which the run in a folder was made."""
    from twin.park import load_park

    if not _is_run(name):
        return load_park(name)
    from twin.record import read_manifest
    from twin.scenario import adjusted
    from twin.simulation import park_of, scenario_of

    scenario = scenario_of(read_manifest(Path(name)))
    return adjusted(park_of(scenario), scenario)


def _is_run(name: str) -> bool:
    return (Path(name) / "manifest.json").is_file()


def _print_run_books(folder: Path, park: Park, quarter: Quarter, zone: str) -> None:
    """What of the floor for firms is let, vacant and off line in the first run in a folder."""
    from rich.table import Table

    from twin.record import load_record
    from twin.study.books import ACCOUNTS, run_books
    from twin.units import WAN_M2

    first = folder / "runs" / "r0000"
    found = run_books(park, load_record(first if first.is_dir() else folder), str(quarter)).set_index("zone")
    title = f"floor for firms in {quarter}, single run 单次运行"
    shown = Table("account", "账户", title=title, title_justify="left", box=None)
    shown.add_column("万㎡", justify="right")
    names = ["已租", "空置", "停用", "合计", "规划账面", "措施新增"]
    for column, name in zip([*ACCOUNTS, "stock_m2", "plan_m2", "by_levers_m2"], names, strict=True):
        m2 = float(found[column].get(zone, 0))
        shown.add_row(column.removesuffix("_m2"), name, f"{m2 / WAN_M2:,.4f}")
    wide().print(shown)
