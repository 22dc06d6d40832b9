"""The command line: words in, one library call, a table or a file out."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from twin import __version__

if TYPE_CHECKING:
    from rich.progress import Progress

    from twin.report import Row
    from twin.study import Study

#: Exit codes; 1, a run that failed, is what Python leaves with after a traceback.
DONE, USAGE, INVALID, INTERRUPTED = 0, 2, 3, 130

app = App(
    name="twin",
    version=__version__,
    help="Simulate an industrial park, quarter by quarter: firms, space, services, policies. 产业园区数字孪生仿真引擎",
)
park_app = App(name="park", help="The geospatial side of a park.")
app.command(park_app)

#: Columns of a table that goes to a file or a pipe.
PAGE_WIDTH = 160

out, err = Console(), Console(stderr=True)

Set = Annotated[tuple[str, ...], Parameter(name="--set", help="Change one thing: key=value, such as replications=5.")]
ParkName = Annotated[str | None, Parameter(help="The shipped park `shijingshan`, or a park folder.")]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        code = app(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        code = USAGE
    except KeyboardInterrupt:
        err.print("interrupted")
        code = INTERRUPTED
    except Exception as error:
        from twin.errors import TwinError

        if not isinstance(error, TwinError | OSError):
            raise
        err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        code = INVALID
    sys.exit(code if isinstance(code, int) else DONE)


@app.command
def run(
    scenario: str = "",
    /,
    *,
    park: ParkName = None,
    replications: int | None = None,
    seed: int | None = None,
    calendar: Literal["compiled", "reference"] = "compiled",
    out: Path | None = None,
    changes: Set = (),
    events: bool = False,
    picture: bool = True,
    replay: Path | None = None,
    json: bool = False,
) -> int:
    """Run a scenario, print its indicators by year, and write everything to a folder.

    Parameters
    ----------
    scenario
        Name of a shipped scenario (see `twin list scenarios`) or a scenario file.
    replications
        How often, each under different luck.
    seed
        Which luck.
    calendar
        `compiled`, or `reference`: every happening on SimPy's own queue.
    out
        Folder to write to; `out/<scenario>` if none is given.
    events
        Keep the event log and the table of firms of every run.
    picture
        Draw park.png and write report.html.
    replay
        Manifest of an earlier run, to do it again.
    json
        Print the indicators as JSON.
    """
    if replay is not None:
        return _replay(replay, out)
    from twin.errors import Fault, ScenarioError

    if not scenario:
        raise ScenarioError([Fault("run", "no scenario named", "a scenario, such as `twin run baseline`")])
    wanted_changes = [*changes, *([f"replications={replications}"] if replications is not None else [])]
    wanted_changes += [f"seed={seed}"] if seed is not None else []
    began = time.perf_counter()
    from twin.record import check_writable
    from twin.simulation import load_and_check

    loaded, wanted = load_and_check(scenario, park=park, changes=wanted_changes)
    folder = out or Path("out") / wanted.name
    check_writable(folder)
    _say_if_compiling()
    getting_ready = _get_ready_to_draw() if picture else None
    from twin.study import replicate

    with _progress() as bar:
        task = bar.add_task(wanted.name, total=wanted.replications)
        study = replicate(
            loaded,
            wanted,
            calendar=calendar,
            events=events,
            progress=lambda done: bar.update(task, completed=done),
        )
    drawn: list[str] = []

    def add_pictures(place: Path) -> None:
        from twin.report import page

        if getting_ready is not None:
            getting_ready.join()

        picture = place / "park.png"
        drawn.append(_draw(study, wanted.end, picture).replace(str(picture), str(folder / picture.name)))
        (place / "report.html").write_text(page(study, picture=place / "park.png"), encoding="utf-8", newline="\n")

    study.save(folder, extra=add_pictures if picture else None)
    _print_study(study, as_json=json)
    for note in drawn:
        err.print(note, markup=False, highlight=False)
    err.print(f"{folder}: written in {time.perf_counter() - began:.1f} s", markup=False, highlight=False)
    return DONE


@app.command
def compare(
    base: str,
    what_if: str,
    /,
    *more: str,
    park: ParkName = None,
    replications: int | None = None,
    out: Path | None = None,
    changes: Set = (),
    json: bool = False,
) -> int:
    """Run what-ifs beside a base under the same luck and print their paired differences.

    Parameters
    ----------
    base
        Name or file of the scenario to compare with.
    what_if
        Name or file of a scenario to compare; more may follow.
    replications
        How often; by default as often as the base asks for.
    out
        Folder to write to; `out/compare` if none is given.
    json
        Print the differences as JSON.
    """
    wanted_changes = [*changes, *([f"replications={replications}"] if replications is not None else [])]
    from twin.record import check_writable
    from twin.simulation import load_and_check

    folder = out or Path("out") / "compare"
    check_writable(folder)
    loaded, first = load_and_check(base, park=park, changes=wanted_changes)
    others = [load_and_check(name, park=park, changes=wanted_changes)[1] for name in (what_if, *more)]
    _say_if_compiling()
    from twin.study import compare as compare_all

    with _progress() as bar:
        task = bar.add_task("compare", total=first.replications * (1 + len(others)))
        result = compare_all(loaded, first, *others, progress=lambda done: bar.update(task, completed=done))
    result.save(folder)
    _print_comparison(result.by_year(), as_json=json)
    for other in others:
        differing = result.firms(other.name)["change"].value_counts()
        counts = ", ".join(f"{n} {change}" for change, n in differing.items()) or "none"
        err.print(f"{other.name}: firms that differ in replication 0: {counts}", markup=False, highlight=False)
    err.print(f"{folder}: written", markup=False, highlight=False)
    return DONE


@app.command
def check(*names: str) -> int:
    """Check parks and scenarios; say everything that is wrong with them, and where.

    Parameters
    ----------
    names
        Scenario names or files, or park folders.
    """
    from twin.errors import Fault, InputError, ScenarioError
    from twin.park import load_park
    from twin.simulation import load_and_check

    faults: list[Fault] = [] if names else [Fault("check", "nothing to check", "a scenario or a park folder")]
    for name in names:
        try:
            if Path(name).is_dir() or name == "shijingshan":
                load_park(name)
            else:
                load_and_check(name)
            out.print(f"{name}: in order", markup=False, highlight=False)
        except InputError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return DONE


@app.command(name="list")
def list_(what: Literal["scenarios", "levers", "indicators", "parameters", "formats"], /, *, json: bool = False) -> int:
    """List what there is.

    Parameters
    ----------
    what
        scenarios, levers, indicators, parameters or formats.
    json
        Print JSON.
    """
    rows = _listed(what)
    if json:
        _print_json(rows)
        return DONE
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for column in rows[0]:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(str(value) for value in row.values()))
    _wide().print(shown)
    return DONE


@park_app.command
def show(name: str = "shijingshan", /, *, at: str | None = None, json: bool = False) -> int:
    """Print a park's zones and totals at a date.

    Parameters
    ----------
    name
        The shipped park or a park folder.
    at
        A quarter, such as 2024Q4; the park's start if none is given.
    """
    from rich.markup import escape
    from rich.table import Table

    from twin.errors import Fault, ParkError
    from twin.park import load_park
    from twin.units import WAN_M2, Quarter

    park = load_park(name)
    try:
        quarter = Quarter.parse(at) if at else park.start
    except ValueError as error:
        raise ParkError([Fault("--at", str(error), "")]) from None
    zones = park.at(quarter)
    rows = zones[["zone_id", "name_zh", "name_en", "kind", "area_km2"]].to_dict("records")
    if json:
        _print_json(rows)
        return DONE
    title = f"{park.about.name_zh} {park.about.name_en}, {quarter}"
    listed = Table("zone", "名称", "name", "kind", "km²", box=None, title=escape(title), title_justify="left")
    for row in rows:
        listed.add_row(*(escape(str(v)) for v in list(row.values())[:-1]), f"{row['area_km2']:.2f}")
    out.print(listed)
    lettable = park.firm_buildings["lettable_m2"].sum() / WAN_M2
    out.print(
        f"{len(park.parcels)} parcels, {len(park.buildings)} buildings "
        f"({lettable:.0f} 万㎡ for firms, planned included), "
        f"{int(park.firms['resident'].astype(bool).sum())} resident firms of {len(park.firms)}",
        highlight=False,
    )
    return DONE


@app.command
def render(
    folder: Path,
    /,
    *,
    quarter: str | None = None,
    o: Annotated[Path, Parameter(name=["-o", "--out"])] = Path("park.png"),
) -> int:
    """Draw the park as a run left it.

    Parameters
    ----------
    folder
        Folder that `twin run` wrote.
    quarter
        Quarter to draw; the last if none is given.
    o
        The picture to write.
    """
    study = _load(folder)
    err.print(_draw(study, quarter or study.scenario.end, o), markup=False, highlight=False)
    return DONE


@app.command
def report(folder: Path, /, *, o: Annotated[Path, Parameter(name=["-o", "--out"])] = Path("report.html")) -> int:
    """Write the report of a run as one self-contained page in Chinese and English.

    Parameters
    ----------
    folder
        Folder that `twin run` wrote.
    o
        The page to write.
    """
    from twin.report import page

    study = _load(folder)
    picture = folder / "park.png"
    _write_text(o, page(study, picture=picture if picture.is_file() else None))
    err.print(f"{o}: written", markup=False, highlight=False)
    return DONE


@app.command
def export(
    folder: Path,
    /,
    *,
    to: str = "gpkg",
    quarter: str | None = None,
    replication: int = 0,
    o: Annotated[Path | None, Parameter(name=["-o", "--out"])] = None,
) -> int:
    """Write the buildings with what one run counted in them, for GIS and other programs.

    Parameters
    ----------
    folder
        Folder that `twin run` wrote.
    to
        Format: see `twin list formats`.
    quarter
        Quarter to write; the last if none is given.
    replication
        Which run.
    o
        The file to write.
    """
    from twin.errors import Fault, InputError
    from twin.formats import FORMATS
    from twin.formats import export as write

    study = _load(folder)
    if not 0 <= replication < len(study.records):
        raise InputError([Fault("--replication", f"{replication}", f"from 0 to {len(study.records) - 1}")])
    file = o or Path(f"park{FORMATS[to][1] if to in FORMATS else ''}")
    written = write(study.park, study.records[replication], to=to, quarter=quarter or study.scenario.end, out=file)
    err.print(f"{written}: written (single run)", markup=False, highlight=False)
    return DONE


def _replay(manifest: Path, folder: Path | None) -> int:
    """Do a run again from its manifest, and write it."""
    from twin.record import read_manifest
    from twin.simulation import replay

    content = read_manifest(manifest)
    place = folder or Path("out") / "replay"
    _say_if_compiling()
    if content.get("kind") == "study":
        from twin.study import replay_study

        replay_study(content).save(place)
    else:
        replay(content).save(place)
    err.print(f"{place}: written", markup=False, highlight=False)
    return DONE


def _load(folder: Path) -> Study:
    """The study in a folder, with the park it was run on."""
    from twin.park import load_park
    from twin.record import read_manifest
    from twin.simulation import scenario_of
    from twin.study import load_study

    scenario = scenario_of(read_manifest(folder))
    return load_study(folder, load_park(scenario.park), scenario)


def _draw(study: Study, quarter: str, file: Path) -> str:
    """Draw a study's park at a quarter; returns what was drawn, and how."""
    from twin.errors import Fault, InputError
    from twin.units import Quarter
    from twin.view import draw

    if quarter not in study.occupancy.columns:
        cure = f"from {study.occupancy.columns[0]} to {study.occupancy.columns[-1]}"
        raise InputError([Fault("--quarter", f"{quarter} was not counted", cure)])
    return draw(
        study.park,
        study.occupancy[quarter],
        file,
        quarter=Quarter.parse(quarter),
        title_zh=f"{study.park.about.name_zh} {study.scenario.title_zh}",
        title_en=f"{study.park.about.name_en}: {study.scenario.title_en or study.scenario.name}",
        replications=study.replications,
    )


def _print_study(study: Study, *, as_json: bool) -> None:
    by_year = study.by_year()
    if as_json:
        _print_json({"replications": study.replications, "indicators": by_year.to_dict("records")})
        return
    from twin.report import table

    _print_rows(table(by_year, study.park.catalog), study)


def _print_rows(rows: list[Row], study: Study) -> None:
    from rich.markup import escape
    from rich.table import Table

    from twin.study.replications import COVERAGE

    years = _years_that_fit(sorted({year for row in rows for year in row.cells}))
    runs = "single run" if study.replications == 1 else f"median and {COVERAGE:.0%} range of {study.replications} runs"
    title = f"{study.scenario.title_zh} {study.scenario.title_en or study.scenario.name}: {runs}"
    if not years:
        err.print("no whole year was run: nothing to show by year", highlight=False)
        return
    shown = Table(title=escape(title), title_justify="left", box=None, pad_edge=False, row_styles=["", "dim"])
    shown.add_column("指标 indicator", no_wrap=True, max_width=46)
    shown.add_column("单位", no_wrap=True)
    for year in years:
        shown.add_column(str(year), justify="right", no_wrap=True)
    for row in rows:
        texts = [row.text(year) for year in years]
        single = study.replications == 1
        cells = [median if single or not spread else f"{median}\n{spread}" for median, spread in texts]
        shown.add_row(f"{row.name_zh} {row.name_en}", row.unit_zh, *cells)
    wide = _wide()
    wide.print(shown)
    wide.print(f"{study.park.about.caveat_zh} {study.park.about.caveat_en}", style="dim", soft_wrap=True)


def _wide() -> Console:
    """The terminal, or, where there is none, a page wide enough for a table."""
    return out if out.is_terminal else Console(width=PAGE_WIDTH)


def _years_that_fit(years: list[int]) -> list[int]:
    """As many years as the terminal is wide, always the first and the last."""
    width = _wide().width
    most = max((width - 58) // 14, 2)
    if len(years) <= most:
        return years
    return sorted({years[round(n * (len(years) - 1) / (most - 1))] for n in range(most)})


def _print_comparison(by_year: Any, *, as_json: bool) -> None:
    if as_json:
        _print_json(by_year.to_dict("records"))
        return
    from rich.table import Table

    from twin.indicators import INDICATORS
    from twin.units import shown

    last = by_year[by_year["year"] == by_year["year"].max()]
    moved = last[(last["low"] > 0) | (last["high"] < 0)]
    title = f"Differences in {last['year'].max()} that are clear of zero (mean, 95 % interval, paired runs)"
    table = Table("scenario", "指标 indicator", "单位", "mean", "interval", "runs saved", box=None, title=title)
    for row in moved.itertuples():
        indicator, unit = INDICATORS[row.indicator], shown(INDICATORS[row.indicator].unit)
        name = f"{indicator.name_zh} {indicator.name_en}{': ' + row.part if row.part else ''}"
        mean, low, high = (value / unit.per for value in (row.mean, row.low, row.high))
        digits = unit.digits + 2
        interval = f"{low:+,.{digits}f} … {high:+,.{digits}f}"
        table.add_row(row.scenario, name, unit.zh, f"{mean:+,.{digits}f}", interval, f"{row.replications_saved:.1f}×")
    _wide().print(table)


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
    if what == "formats":
        from twin.formats import FORMATS

        return [{"name": name, "ending": ending} for name, (_, ending) in FORMATS.items()]
    return [dict(row) for row in load_catalog().tables["parameters"]]


def _print_json(content: object) -> None:
    """JSON on standard output; what is not a number is null."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        return value.item() if hasattr(value, "item") else value

    sys.stdout.write(json.dumps(plain(content), ensure_ascii=False, indent=2) + "\n")


def _write_text(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    hidden = file.with_name(f".{file.name}.part")
    try:
        hidden.write_text(text, encoding="utf-8", newline="\n")
        hidden.replace(file)
    finally:
        hidden.unlink(missing_ok=True)


def _get_ready_to_draw() -> Thread:
    """Start to load what pictures need, beside the runs, which leave the interpreter free most of the time."""
    from twin.view import get_ready

    thread = Thread(target=get_ready, daemon=True)
    thread.start()
    return thread


def _say_if_compiling() -> None:
    """A line before the one long wait there is."""
    from twin.simulation import is_compiled

    if not is_compiled():
        err.print("compiling the engine, once: up to a minute", highlight=False)


def _progress() -> Progress:
    """A progress bar on a terminal, nothing when piped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, disable=not err.is_terminal)


__all__: list[str] = ["app", "main"]
