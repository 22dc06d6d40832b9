"""Commands that leave runs at the beginning of a quarter, and go on from there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from twin.cli.app import DONE, Own, ParkName, Set, app, err, load_own
from twin.cli.runs import get_ready_to_draw, say_if_compiling, write_study
from twin.cli.shown import print_study, progress


@app.command
def pause(
    scenario: str,
    /,
    *,
    at: str,
    park: ParkName = None,
    replications: int | None = None,
    calendar: Literal["compiled", "reference"] = "compiled",
    o: Annotated[Path | None, Parameter(name=["-o", "--out"])] = None,
    changes: Set = (),
    processes: Own = (),
    events: bool = False,
) -> int:
    """Run a scenario until the beginning of a quarter and keep every run as it stands then, for `twin resume`.

    Parameters
    ----------
    scenario
        Name of a shipped scenario or a scenario file.
    at
        The quarter, such as 2029Q1.
    replications
        How often, each under different luck.
    calendar
        `compiled`, or `reference`: every happening on SimPy's own queue.
    o
        Folder to write to; `out/<scenario>-<quarter>` if none is given.
    events
        Keep the event log and the table of firms.
    """
    load_own(processes)
    wanted_changes = [*changes, *([f"replications={replications}"] if replications is not None else [])]
    from twin.record import check_writable
    from twin.simulation import load_and_check, quarter_within

    loaded, wanted = load_and_check(scenario, park=park, changes=wanted_changes)
    quarter = quarter_within(wanted, at)
    folder = o or Path("out") / f"{wanted.name}-{quarter}"
    check_writable(folder)
    say_if_compiling()
    from twin.study import save_pasts

    with progress() as bar:
        task = bar.add_task(wanted.name, total=wanted.replications)
        save_pasts(
            loaded,
            wanted,
            folder,
            at=at,
            calendar=calendar,
            events=events,
            progress=lambda done: bar.update(task, completed=done),
        )
    told = f"{folder}: {wanted.replications} runs as they are at the beginning of {at}; `twin resume {folder}` goes on"
    err.print(told, markup=False, highlight=False, soft_wrap=True)
    return DONE


@app.command
def resume(
    past: Path,
    scenario: str = "",
    /,
    *,
    calendar: Literal["compiled", "reference"] = "compiled",
    out: Path | None = None,
    changes: Set = (),
    processes: Own = (),
    picture: bool = True,
    json: bool = False,
) -> int:
    """Go on from runs that `twin pause` kept, under other actions from that quarter on, to the end of the scenario.

    Parameters
    ----------
    past
        Folder that `twin pause` wrote.
    scenario
        Name or file of the scenario under which to go on; the one of the past if none is given.
    calendar
        `compiled`, or `reference`.
    out
        Folder to write to; `out/<scenario>` if none is given.
    picture
        Draw park.png and write report.html.
    json
        Print the indicators as JSON.
    """
    load_own(processes)
    began = time.perf_counter()
    from twin.errors import Fault, ScenarioError
    from twin.record import check_writable
    from twin.scenario import load_scenario
    from twin.simulation import park_of
    from twin.study import past_scenario, replicate_from

    before, n = past_scenario(past)
    if scenario:
        wanted = load_scenario(scenario, changes=changes)
        of_past = {"park": before.park, "seed": before.seed, "replications": n}
        told = {name for name in of_past if wanted.origin(name).startswith("--set")}  # what differs is refused later
        if "replications" in told and wanted.replications != n:
            what = f"{n} replications were left"
            raise ScenarioError([Fault(wanted.origin("replications"), what, "all of them go on: no replications")])
        wanted = wanted.with_changes(**{name: value for name, value in of_past.items() if name not in told})
    elif changes:
        cure = "a scenario beside the folder: its name or file"
        raise ScenarioError([Fault(f"--set {changes[0]}", "no scenario named to change", cure)])
    else:
        wanted = before
    folder = out or Path("out") / wanted.name
    check_writable(folder)
    say_if_compiling()
    getting_ready = get_ready_to_draw() if picture else None
    with progress() as bar:
        task = bar.add_task(wanted.name, total=n)
        study = replicate_from(
            park_of(wanted),
            past,
            wanted,
            calendar=calendar,
            progress=lambda done: bar.update(task, completed=done),
        )
    notes = write_study(study, folder, getting_ready)
    print_study(study, as_json=json)
    for note in notes:
        err.print(note, markup=False, highlight=False)
    err.print(f"{folder}: written in {time.perf_counter() - began:.1f} s", markup=False, highlight=False)
    return DONE
