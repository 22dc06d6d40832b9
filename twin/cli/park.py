"""Commands of the geospatial side: look at a park, adjust it, account for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from twin.cli.app import DONE, INVALID, err, out, park_app
from twin.cli.shown import print_json, wide

if TYPE_CHECKING:
    import pandas as pd

    from twin.park import Diff, Park
    from twin.units import Quarter


@park_app.command
def show(
    name: str = "shijingshan",
    /,
    *,
    at: str | None = None,
    start: str | None = None,
    pipeline: bool = False,
    json: bool = False,
) -> int:
    """Print a park's zones and totals at a date, or what its pipeline builds.

    Parameters
    ----------
    name
        The shipped park or a park folder.
    at
        A quarter, such as 2024Q4; the park's start if none is given.
    start
        Of several stocks of firms, the one counted at the beginning of this quarter.
    pipeline
        Print the projects that open after the start, with how sure their dates are.
    json
        Print JSON.
    """
    from rich.markup import escape
    from rich.table import Table

    from twin.park import load_park
    from twin.units import WAN_M2

    park = load_park(name, start=start)
    quarter = _quarter(at, park)
    if pipeline:
        _print_pipeline(park, as_json=json)
        return DONE
    zones = park.at(quarter)
    rows = zones[["zone_id", "name_zh", "name_en", "kind", "area_km2"]].to_dict("records")
    if json:
        print_json(rows)
        return DONE
    title = f"{park.about.name_zh} {park.about.name_en}, {quarter}"
    listed = Table("zone", "名称", "name", "kind", "km²", box=None, title=escape(title), title_justify="left")
    for row in rows:
        listed.add_row(*(escape(str(v)) for v in list(row.values())[:-1]), f"{row['area_km2']:.2f}")
    out.print(listed)
    lettable = park.firm_buildings["lettable_m2"].sum() / WAN_M2
    out.print(
        f"{len(park.parcels_at(quarter))} parcels, {len(park.buildings_at(quarter))} buildings "
        f"({lettable:.0f} 万㎡ for firms, planned included), "
        f"{int(park.firms['resident'].astype(bool).sum())} resident firms of {len(park.firms)}",
        highlight=False,
    )
    return DONE


@park_app.command
def edit(
    name: str,
    edits: tuple[Path, ...] = (),
    /,
    *,
    undo: tuple[str, ...] = (),
    out: Path | None = None,
    diff: Path | None = None,
    json: bool = False,
) -> int:
    """Adjust land use, buildings and zones by a file of edits; print what changes and write the park that comes out.

    Parameters
    ----------
    name
        The shipped park or a park folder.
    edits
        YAML files with `edits:` and a list of them (see docs/edits.md).
    undo
        Ids of edits made before, to be undone first.
    out
        Folder for the park that comes out; without it nothing is written.
    diff
        GeoPackage for the map of what changes.
    json
        Print what changes as JSON.
    """
    from twin.errors import Fault, InputError
    from twin.park import load_park, save_park
    from twin.park.save import check_park_writable

    if not edits and not undo:
        raise InputError([Fault("park edit", "nothing to do", "a file of edits, or --undo with the id of one")])
    if out is not None:
        check_park_writable(out)
    before = after = load_park(name)
    for one in undo:
        after = after.undo(one)
    after = after.edit(edits)
    found = before.diff(after)
    _print_diff(found, as_json=json)
    if diff is not None:
        _write_map(found, diff)
        err.print(f"{diff}: written", markup=False, highlight=False)
    if out is not None:
        save_park(after, out)
        err.print(f"{out}: written", markup=False, highlight=False)
    return DONE


@park_app.command(name="import")
def import_(
    *sources: Path,
    out: Path | None = None,
    mapping: Path | None = None,
    propose: Path | None = None,
    crs: str | None = None,
    start: str = "2026Q1",
    name_zh: str = "",
    name_en: str = "",
    report: Path | None = None,
    json: bool = False,
) -> int:
    """Take in any other park: read its files, map, place and mend them, estimate what is missing, or refuse it all.

    Parameters
    ----------
    sources
        GeoPackage, GeoParquet, GeoJSON, FlatGeobuf, Shapefile, CSV or XLSX files, or folders of them.
    out
        Folder to write the park to; without it nothing is written and the park is only tried.
    mapping
        What becomes of each layer and column (see docs/import.md); proposed from names and values if none is given.
    propose
        Write the proposed mapping to this file, and stop.
    crs
        CRS of the park, projected and in metres, such as EPSG:4548; `auto` takes the one proposed.
    start
        The quarter at whose beginning the park is as its files say.
    name_zh
        What the park is called in Chinese.
    name_en
        What the park is called in English.
    report
        CSV file for everything found, repaired and estimated; written on refusal too.
    json
        Print the report as JSON.
    """
    from twin.errors import Fault, InputError
    from twin.files import write_text
    from twin.park.intake import IntakeRefusedError, import_park, mapping_text, propose_mapping
    from twin.park.save import check_park_writable, save_park

    if not sources:
        raise InputError([Fault("park import", "nothing to import", "files or folders with the layers of a park")])
    if propose is not None:
        write_text(propose, mapping_text(*propose_mapping(sources)))
        err.print(f"{propose}: written; correct it and pass it as --mapping", markup=False, highlight=False)
        return DONE
    if out is not None:
        check_park_writable(out)
    try:
        taken = import_park(sources, mapping=mapping, crs=crs, start=start, name_zh=name_zh, name_en=name_en)
    except IntakeRefusedError as refused:
        _tell_intake(refused.report, report, as_json=json)
        err.print(f"refused 拒绝导入: {len(refused.faults)} errors, nothing written", style="red", highlight=False)
        return INVALID
    _tell_intake(taken.report, report, as_json=json)
    if out is not None:
        save_park(taken.park, out)
        err.print(f"{out}: written", markup=False, highlight=False)
    return DONE


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
    quarter = _quarter(at, park)
    wrong = [Fault("--by", f"unknown {one!r}", "land_use, state, provenance") for one in by if one not in ACCOUNT[2:]]
    if zone != WHOLE and zone not in set(park.zones_in_force["zone_id"]):
        from twin.catalog import nearest

        wrong.append(Fault("--zone", f"unknown zone {zone!r}", nearest(zone, sorted(park.zones_in_force["zone_id"]))))
    if wrong:
        raise InputError(wrong)
    books = ledger_of(park)
    books.check(quarter)
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
    worst = books.reconcile(quarter)["difference_m2"].abs().max()
    out.print(f"books and geometry agree 账实相符: largest difference {worst:.6f} m²", highlight=False)
    return DONE


def _tell_intake(found: pd.DataFrame, file: Path | None, *, as_json: bool) -> None:
    """Print what an import found, did and estimated, and write it to a CSV file where one is asked for."""
    from rich.markup import escape
    from rich.table import Table

    from twin.files import write_text

    if file is not None:
        write_text(file, "\ufeff" + found.to_csv(index=False, lineterminator="\n"))
    if as_json:
        print_json(found.to_dict("records"))
        return
    shown = Table("", "layer 图层", "row 行", "what 内容", "cure 办法", box=None, show_lines=False)
    for row in found.to_dict("records"):
        place = [escape(str(row[name])) for name in ("severity", "layer", "row")]
        texts = [escape(f"{row[f'{name}_zh']} {row[f'{name}_en']}".strip()) for name in ("what", "cure")]
        shown.add_row(*place, *texts)
    wide().print(shown)


def _print_pipeline(park: Park, *, as_json: bool) -> None:
    """What opens after the start, one row a date, project and confidence."""
    import numpy as np
    import pandas as pd

    from twin.park.held import buildings_in

    columns = ["completed", "started", "project", "date_confidence"]
    coming, zones = park.pipeline, park.at(park.start).sort_values("area_km2", ignore_index=True)
    building, zone = buildings_in(coming, zones)
    smallest = np.full(len(coming), len(zones))
    np.minimum.at(smallest, building, zone)  # zones in order of area
    place = pd.Series([*zones["name_zh"], ""], dtype=object).iloc[smallest].set_axis(coming.index)
    named = coming["name_zh"] if "name_zh" in coming.columns else place
    project = named.str.replace(r"[0-9]+号楼$", "", regex=True)
    told = coming.assign(project=project.where(project.notna() & (project != ""), place))
    told = told.fillna(dict.fromkeys(columns, ""))
    sums = told.groupby(columns)[["gfa_m2", "lettable_m2"]].sum()
    found = sums.assign(buildings=told.groupby(columns).size()).reset_index()
    if as_json:
        print_json(found.to_dict("records"))
        return
    from rich.markup import escape
    from rich.table import Table

    from twin.units import WAN_M2

    heads = [
        "opens 竣工",
        "begun 开工",
        "project 项目",
        "confidence 可信度",
        "buildings 栋",
        "万㎡",
        "lettable 可租 万㎡",
    ]
    shown = Table(*heads, box=None)
    for row in found.to_dict("records"):
        floor = [f"{row[name] / WAN_M2:,.2f}" for name in ("gfa_m2", "lettable_m2")]
        shown.add_row(*(escape(str(row[name])) for name in columns), str(row["buildings"]), *floor)
    wide().print(shown)


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


def _print_diff(found: Diff, *, as_json: bool) -> None:
    if as_json:
        print_json(found.table.to_dict("records"))
        return
    from rich.markup import escape
    from rich.table import Table

    shown = Table(*found.table.columns, box=None)
    for row in found.table.to_dict("records"):
        shown.add_row(*(escape("" if value is None else str(value)) for value in row.values()))
    wide().print(shown)


def _write_map(found: Diff, file: Path) -> None:
    """Write the map of a difference, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    hidden = file.with_name(f".{file.stem}.part.gpkg")
    try:
        found.map.to_file(hidden, layer="diff", driver="GPKG", engine="pyogrio")
        hidden.replace(file)
    finally:
        hidden.unlink(missing_ok=True)


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


def _quarter(text: str | None, park: Park) -> Quarter:
    from twin.errors import Fault, ParkError
    from twin.units import Quarter

    try:
        return Quarter.parse(text) if text else park.start
    except ValueError as error:
        raise ParkError([Fault("--at", str(error), "")]) from None
