"""The command that runs a design: any number of runs, gone on with wherever an earlier start was ended."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from twin.cli.app import DONE, FAILED, INTERRUPTED, PARTIAL, Own, ParkName, Set, app, err, load_own, out
from twin.cli.shown import print_json

if TYPE_CHECKING:
    from twin.sweeps import Cost, Progress, Ready
    from twin.sweeps.executors import Crew

#: Binary units of sizes of files, and how many of one make the next.
UNITS, STEP = ("B", "KB", "MB", "GB", "TB"), 1024.0

#: A sweep that has written down nothing for so long is not at work.
QUIET_S = 15.0

#: How workers are called to a person.
CREWS = {
    "serial": "one after the other 逐个运行",
    "threads": "threads, as the compiled kernel runs alone 线程（编译内核独立运行）",
    "processes": "processes, as Python processes join in 进程（有 Python 过程参与）",
    "cluster": "workers of a Dask cluster Dask 集群",
}


@app.command
def sweep(
    design: Path,
    /,
    *,
    workers: Annotated[
        int | None, Parameter(help="How many runs at once; by default as many as there are cores.")
    ] = None,
    executor: Literal["serial", "threads", "processes"] | None = None,
    cluster: Annotated[str | None, Parameter(help="Address of a Dask scheduler, such as tcp://127.0.0.1:8786.")] = None,
    park: ParkName = None,
    out: Path | None = None,
    store: Path = Path("out") / "store",
    changes: Set = (),
    processes: Own = (),
    plan: bool = False,
    status: bool = False,
    resume: bool = False,
    retry: bool = False,
    anew: bool = False,
    yes: bool = False,
    json: bool = False,
) -> int:
    """Run every point of a design as often as it asks, and keep every run; a second start goes on where a first ended.

    Parameters
    ----------
    design
        A design file; with --status also the folder of a sweep.
    executor
        Where runs are done; by default in threads, or in processes where Python processes join the runs.
    out
        Folder of the sweep; `out/NAME` if none is given.
    store
        Folder in which runs are kept, whichever sweep did them.
    plan
        Write the plan and say what it will cost, and run nothing but what that takes.
    status
        Say how far a sweep has come, and run nothing.
    resume
        Only go on with a sweep that was begun before.
    retry
        Do runs that failed before again.
    anew
        Begin again where another design was begun in the folder; runs that are done are kept.
    yes
        More than ten million runs are meant.
    json
        Print what there is to say as JSON.
    """
    from twin.errors import Fault, OutputError
    from twin.sweeps.finished import remember, still_done

    if status:
        return _status(design, out, as_json=json)
    asked = {
        "changes": list(changes),
        "park": park,
        "processes": [str(path) for path in processes],
        "store": str(store),
    }
    done = still_done(design, out, asked) if not (anew or retry or plan) else None
    if done is not None:
        return _print_end(done, as_json=json)
    from twin.sweeps import get_ready, load_design, load_sweep

    load_own(processes)
    read = load_design(design)
    folder = out or Path("out") / read.name
    if resume and not (folder / "sweep.json").exists():
        raise OutputError([Fault(str(folder), "no sweep to go on with", "the command without --resume")])
    ready = get_ready(read, park_name=park, out=folder, store=store, changes=changes, own=processes, yes=yes, anew=anew)
    crew = _crew(ready, workers, executor, cluster)
    try:
        cost = _cost(ready, crew, as_json=json)
        if plan:
            return DONE
        came_to, code = _drive(ready, crew, cost, retry=retry)
    except OutputError as error:  # what is written from here on is the sweep's own: the disk is full, or worse
        err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return FAILED
    finally:
        crew.close()
    came_to["found"] = max(came_to.get("found", 0) - cost.done, 0)
    if code == DONE:
        remember(ready, design, asked)
    failures = load_sweep(ready.folder).failures
    came_to |= {"folder": str(folder), "store": str(store), "failures": failures.to_dict("records")}
    ended = _print_end(came_to, as_json=json)
    return code or ended


def _crew(ready: Ready, workers: int | None, executor: Any, cluster: str | None) -> Crew:
    """The workers, said in a line."""
    from twin.errors import Fault, ScenarioError
    from twin.sweeps.executors import crew_of

    if workers is not None and workers < 1:
        raise ScenarioError([Fault("sweep", f"--workers {workers}", "at least 1")])
    workshop = ready.workshop(carried=cluster is not None)
    crew = crew_of(workshop, workers=workers, executor=executor, cluster=cluster, python=ready.python)
    err.print(f"{crew.workers} × {CREWS[crew.kind]}", markup=False, highlight=False, soft_wrap=True)
    return crew


def _cost(ready: Ready, crew: Crew, *, as_json: bool) -> Cost:
    """What the plan will take, by a run of it, said before the rest is run."""
    from twin.cli.runs import say_if_compiling

    say_if_compiling()
    cost, points = ready.cost(crew), len(ready.plan.points)
    each = ready.plan.design.replications
    what = f"{cost.runs:,} runs ({points:,} points × {each}) 共 {cost.runs:,} 次运行"
    takes = "done before 已完成"
    if math.isfinite(cost.seconds):
        takes = f"about {cost.seconds_each:.2g} s each, {_duration(cost.seconds)} in all 约 {_duration(cost.seconds)}"
    size = f"{_size(cost.bytes_each)} each, {_size(cost.bytes)} in all 占 {_size(cost.bytes)}"
    err.print(f"{what}; {takes}; {size}; {ready.folder}/plan.parquet", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        err.print(f"cost: {vars(cost)}", markup=False, highlight=False, soft_wrap=True)
    return cost


def _drive(ready: Ready, crew: Crew, cost: Cost, *, retry: bool) -> tuple[dict[str, Any], int]:
    """Run, with a bar of how far it has come, and say how it ended."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from twin.sweeps import Progress

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}"),
    )
    seen: dict[str, Any] = vars(Progress(cost.runs))  # of one that is ended before it began
    with Bar(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task(ready.plan.design.name, total=cost.runs, rate="", failed="")

        def told(progress: Progress) -> None:
            seen.update(vars(progress))
            rate = f"{progress.rate:.1f}/s" if progress.rate else ""
            failed = f"{progress.failed} failed 失败" if progress.failed else ""
            bar.update(task, completed=progress.done + progress.failed, rate=rate, failed=failed)

        try:
            ready.drive(crew, told=told, retry=retry, seconds=cost.seconds_each)
        except KeyboardInterrupt:
            return seen | {"ended": "interrupted"}, INTERRUPTED
    return seen | {"ended": "done"}, DONE


def _print_end(came_to: dict[str, Any], *, as_json: bool) -> int:
    """How a sweep has ended: what is done, what failed and how to do that again, and where the tables are."""
    failures = came_to["failures"]
    if as_json:
        print_json(came_to)
        return PARTIAL if failures else DONE
    told = [f"{came_to['done']:,} of {came_to['total']:,} runs done 已完成"]
    told += [f"{came_to['found']:,} of them were there already 其中已有"]
    told += [f"{came_to['failed']:,} failed 失败"] if came_to["failed"] else []
    told += [f"{came_to['died']} workers died and were replaced 更换工作进程"] if came_to["died"] else []
    out.print("; ".join(told), markup=False, highlight=False, soft_wrap=True)
    _print_failures(failures)
    if came_to["ended"] != "done":
        out.print("the same command goes on from here 重新执行同一命令即可继续", markup=False, highlight=False)
    told_how = f"{came_to['folder']}: twin.load_sweep({came_to['folder']!r}).table('revenue')"
    out.print(told_how, markup=False, highlight=False, soft_wrap=True)
    return PARTIAL if failures else DONE


#: Of so many failures the reason is printed; all are in the folder.
SHOWN = 5


def _print_failures(failures: Sequence[dict[str, Any]]) -> None:
    for row in failures[:SHOWN]:
        told = f"  run {row['run']} (point {row['point']}, replication {row['replication']}): {row['reason']}"
        err.print(told, markup=False, highlight=False, soft_wrap=True)
        if row["again"]:
            err.print(f"    {row['again']}", markup=False, highlight=False, soft_wrap=True)
    if len(failures) > SHOWN:
        err.print(f"  and {len(failures) - SHOWN} more, in its failures/", markup=False, highlight=False)


def _status(named: Path, folder: Path | None, *, as_json: bool) -> int:
    """How far a sweep has come, whoever is at it."""
    from twin.sweeps.results import load_sweep

    if folder is None and named.suffix in {".yaml", ".yml"}:
        from twin.sweeps.reading import load_design

        folder = Path("out") / load_design(named).name
    sweep = load_sweep(folder or named)
    progress = sweep.progress
    left = sweep.runs - progress["done"] - progress["failed"]
    working = left > 0 and time.time() - progress["written"] < QUIET_S and sweep.store.busy()
    rate = progress.get("rate", 0.0)
    told = {
        "folder": str(sweep.folder),
        "runs": sweep.runs,
        "done": progress["done"],
        "failed": progress["failed"],
        "left": left,
        "at_work": working,
        "runs_per_s": rate,
        "seconds_left": left / rate if working and rate else None,
    }
    if as_json:
        print_json(told)
    else:
        state = "at work 运行中" if working else "finished 已完成" if left == 0 else "not at work 未运行"
        words = [f"{state}: {told['done']:,} of {sweep.runs:,} runs done 已完成", f"{told['failed']:,} failed 失败"]
        words += [f"{rate:.1f}/s", f"{_duration(left / rate)} left 剩余"] if working and rate else []
        out.print("; ".join(words), markup=False, highlight=False, soft_wrap=True)
    return DONE


def _duration(seconds: float) -> str:
    """A duration in the unit that suits."""
    if seconds < 100:  # noqa: PLR2004  # two digits of seconds
        return f"{seconds:.0f} s"
    minutes = seconds / 60.0
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60.0:.1f} h"  # noqa: PLR2004  # and of minutes


def _size(count: float) -> str:
    """A size in the unit that suits."""
    for unit in UNITS:
        if count < STEP or unit == UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= STEP
    raise AssertionError(count)
