"""Commands that run scenarios."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread
from typing import Literal

from twin.cli.app import DONE, ParkName, Set, app, err
from twin.cli.results import draw
from twin.cli.shown import print_comparison, print_json, print_shadow, print_study, progress
from twin.cli.why import exit_code, print_why, why_as_dict


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
    say_if_compiling()
    getting_ready = get_ready_to_draw() if picture else None
    from twin.study import replicate

    with progress() as bar:
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
        drawn.append(draw(study, wanted.end, picture).replace(str(picture), str(folder / picture.name)))
        (place / "report.html").write_text(page(study, picture=place / "park.png"), encoding="utf-8", newline="\n")

    study.save(folder, extra=add_pictures if picture else None)
    print_study(study, as_json=json)
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
    firms: int = 3,
    json: bool = False,
) -> int:
    """Run what-ifs beside a base under the same luck and print their paired differences, and what they came of.

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
    firms
        Of so many firms of each what-if, the largest that differ, the chain of events that led there is printed.
    json
        Print the differences and all the rest as JSON.
    """
    wanted_changes = [*changes, *([f"replications={replications}"] if replications is not None else [])]
    from twin.record import check_writable
    from twin.simulation import load_and_check

    folder = out or Path("out") / "compare"
    check_writable(folder)
    loaded, first = load_and_check(base, park=park, changes=wanted_changes)
    others = [load_and_check(name, park=park, changes=wanted_changes)[1] for name in (what_if, *more)]
    say_if_compiling()
    from twin.study import compare as compare_all

    with progress() as bar:
        task = bar.add_task("compare", total=first.replications * (1 + len(others)))
        result = compare_all(loaded, first, *others, progress=lambda done: bar.update(task, completed=done))
    result.save(folder)
    if json:
        print_json({"differences": result.by_year().to_dict("records"), "why": why_as_dict(result, firms=firms)})
    else:
        print_comparison(result.by_year(), as_json=False)
        print_why(result, firms=firms)
    err.print(f"{folder}: written", markup=False, highlight=False)
    return exit_code(result)


@app.command
def shadow(
    scenario: str,
    /,
    *units: str,
    park: ParkName = None,
    replications: int | None = None,
    changes: Set = (),
    json: bool = False,
) -> int:
    """Print what one more slot, ticket or 1,000 m² would bring: graduates of each stage a year, in paired runs.

    Parameters
    ----------
    scenario
        Name or file of the scenario.
    units
        Services, or types of floor such as `floor:pilot_hall`; all if none is named.
    replications
        How often, each under different luck; by default as often as the scenario asks for.
    json
        Print the prices as JSON.
    """
    from twin.simulation import load_and_check

    loaded, wanted = load_and_check(scenario, park=park, changes=changes)
    say_if_compiling()
    from twin.study.shadow import runs_of
    from twin.study.shadow import shadow as prices_of

    with progress() as bar:
        task = bar.add_task("shadow", total=runs_of(loaded, wanted, replications=replications, only=units))
        prices = prices_of(
            loaded,
            wanted,
            replications=replications,
            only=units,
            progress=lambda done: bar.update(task, completed=done),
        )
    print_shadow(prices, loaded.catalog, as_json=json)
    return DONE


def _replay(manifest: Path, folder: Path | None) -> int:
    """Do a run again from its manifest, and write it."""
    from twin.record import read_manifest
    from twin.simulation import replay

    content = read_manifest(manifest)
    place = folder or Path("out") / "replay"
    say_if_compiling()
    if content.get("kind") == "study":
        from twin.study import replay_study

        replay_study(content).save(place)
    else:
        replay(content).save(place)
    err.print(f"{place}: written", markup=False, highlight=False)
    return DONE


def get_ready_to_draw() -> Thread:
    """Start to load what pictures need, beside the runs, which leave the interpreter free most of the time."""
    from twin.view import get_ready

    thread = Thread(target=get_ready, daemon=True)
    thread.start()
    return thread


def say_if_compiling() -> None:
    """A line before the one long wait there is."""
    from twin.simulation import is_compiled

    if not is_compiled():
        err.print("compiling the engine, once: up to a minute", highlight=False)
