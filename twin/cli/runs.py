"""Commands that run scenarios."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from twin.cli.app import DONE, Own, ParkName, Set, app, err, load_own
from twin.cli.compared import print_comparison, print_settled
from twin.cli.results import draw
from twin.cli.shown import print_json, print_shadow, print_study, progress
from twin.cli.why import exit_code, print_why, why_as_dict

if TYPE_CHECKING:
    from twin.study import Study, Target

Precision = Annotated[
    float | None,
    Parameter(help="Run on until what is watched is known to so much of its level, such as 0.05; 200 times at most."),
]
Watch = Annotated[tuple[str, ...], Parameter(help="An indicator to watch; several may be named, each with --watch.")]


@app.command
def run(
    scenario: str = "",
    /,
    *,
    park: ParkName = None,
    replications: int | None = None,
    precision: Precision = None,
    watch: Watch = (),
    seed: int | None = None,
    calendar: Literal["compiled", "reference"] = "compiled",
    out: Path | None = None,
    changes: Set = (),
    processes: Own = (),
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
        How often, each under different luck; with a precision, how often at most.
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
    load_own(processes)
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
    target = _target("run", precision, replications, watch)
    say_if_compiling()
    getting_ready = get_ready_to_draw() if picture else None
    from twin.study import replicate, replicate_until

    how = partial(replicate, loaded, wanted) if target is None else partial(replicate_until, loaded, wanted, target)
    with progress() as bar:
        task = bar.add_task(wanted.name, total=wanted.replications if target is None else target.most)
        study = how(calendar=calendar, events=events, progress=lambda done: bar.update(task, completed=done))
    drawn = write_study(study, folder, getting_ready)
    print_study(study, as_json=json)
    if target is not None:
        from twin.study.precision import settled_of

        print_settled(settled_of(study), target, study.replications)
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
    precision: Precision = None,
    watch: Watch = (),
    out: Path | None = None,
    changes: Set = (),
    processes: Own = (),
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
        How often; by default as often as the base asks for. With a precision, how often at most.
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

    load_own(processes)
    folder = out or Path("out") / "compare"
    check_writable(folder)
    loaded, first = load_and_check(base, park=park, changes=wanted_changes)
    others = [load_and_check(name, park=park, changes=wanted_changes)[1] for name in (what_if, *more)]
    target = _target("compare", precision, replications, watch)
    say_if_compiling()
    from twin.study import compare as compare_all

    most = first.replications if target is None else target.most
    with progress() as bar:
        task = bar.add_task("compare", total=most * (1 + len(others)))
        result = compare_all(
            loaded,
            first,
            *others,
            precision=precision,
            most=most,
            watch=watch,
            progress=lambda done: bar.update(task, completed=done),
        )
    result.save(folder)
    if json:
        print_json({"differences": result.by_year().to_dict("records"), "why": why_as_dict(result, firms=firms)})
    else:
        print_comparison(result)
        print_why(result, firms=firms)
    if target is not None:
        print_settled(result.settled(), target, result.base.replications)
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


def _target(command: str, precision: float | None, most: int | None, watch: tuple[str, ...]) -> Target | None:
    """The target that the options of a command ask for. Raises ScenarioError."""
    from twin.errors import Fault, ScenarioError
    from twin.study.precision import MOST, target_of

    if precision is not None:
        return target_of(precision, most=MOST if most is None else most, watch=watch)
    if watch:
        raise ScenarioError([Fault(command, f"--watch {watch[0]}", "--precision beside it, such as 0.05")])
    return None


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


def write_study(study: Study, folder: Path, getting_ready: Thread | None) -> list[str]:
    """Write a study to its folder; with a picture and a report, if what they need is loaded. Says what was drawn."""
    drawn: list[str] = []

    def add_pictures(place: Path, ready: Thread) -> None:
        from twin.report import page

        ready.join()
        picture = place / "park.png"
        drawn.append(draw(study, study.scenario.end, picture).replace(str(picture), str(folder / picture.name)))
        (place / "report.html").write_text(page(study, picture=picture), encoding="utf-8", newline="\n")

    study.save(folder, extra=partial(add_pictures, ready=getting_ready) if getting_ready is not None else None)
    return drawn


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
