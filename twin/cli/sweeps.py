"""The command that runs a design: any number of runs, gone on with wherever an earlier start was ended."""

from __future__ import annotations

import math
import sys
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
    "threads": "threads, as the work is short and the compiled kernel runs alone 线程（任务较短，编译内核独立运行）",
    "processes": "processes, as the work is long or Python processes join in 进程（任务较长或有 Python 过程参与）",
    "cluster": "workers of a Dask cluster Dask 集群",
}


@app.command
def sweep(
    design: Path | None = None,
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
        A design file, or the name of a shipped design; with --status also the folder of a
        sweep, or nothing for all sweeps in `out`.
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
    from twin.sweeps.sources import design_file

    if status:
        return _status(design, out, as_json=json)
    if workers is not None and workers < 1:
        raise OutputError([Fault("sweep", f"--workers {workers}", "at least 1")])
    if design is None:
        raise OutputError([Fault("sweep", "no design named", "a design, such as `twin sweep halls_and_fund`")])
    design = design_file(design)
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
    crew = None
    try:
        crew, cost = _crew(ready, workers, executor, cluster, as_json=json)
        if plan:
            return DONE
        came_to, code = _drive(ready, crew, cost, retry=retry)
    except OutputError as error:  # what is written from here on is the sweep's own: the disk is full, or worse
        err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return FAILED
    finally:
        if crew is not None:
            crew.close()
    came_to["found"] = max(came_to.get("found", 0) - cost.done, 0)
    if code == DONE:
        remember(ready, design, asked)
    failures = load_sweep(ready.folder).failures
    came_to |= {"folder": str(folder), "store": str(store), "failures": failures.to_dict("records")}
    ended = _print_end(came_to, as_json=json)
    return code or ended


@app.command
def query(folder: Path, sql: str, /, *, json: bool = False) -> int:
    """Print what a statement in SQL finds in a sweep, as CSV: tables points, runs, indicators and quarters.

    Parameters
    ----------
    folder
        Folder of a sweep.
    sql
        A SELECT, such as "SELECT point, avg(value) FROM indicators WHERE indicator = 'revenue' GROUP BY point".
    json
        Print JSON.
    """
    from twin.sweeps import load_sweep

    found = load_sweep(folder).query(sql)
    if json:
        print_json(found.to_dict("records"))
    else:
        sys.stdout.write(found.to_csv(index=False, lineterminator="\n"))
    return DONE


def _crew(ready: Ready, workers: int | None, executor: Any, cluster: str | None, *, as_json: bool) -> tuple[Crew, Cost]:
    """The workers, and what the plan will cost with them; both said before anything else is run."""
    from twin.cli.runs import say_if_compiling

    say_if_compiling()
    crew, cost = ready.crew(workers=workers, executor=executor, cluster=cluster)
    points, each = len(ready.plan.points), ready.plan.design.replications
    what = f"{cost.runs:,} runs ({points:,} points × {each}) 共 {cost.runs:,} 次运行"
    takes = "done before 已完成"
    if math.isfinite(cost.seconds):
        takes = f"about {cost.seconds_each:.2g} s each, {_duration(cost.seconds)} in all 约 {_duration(cost.seconds)}"
    size = f"{_size(cost.bytes_each)} each, {_size(cost.bytes)} in all 占 {_size(cost.bytes)}"
    told = f"{what}; {takes}; {size}; {ready.folder / 'plan.parquet'}"
    err.print(told, markup=False, highlight=False, soft_wrap=True)
    err.print(f"{crew.workers} × {CREWS[crew.kind]}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        err.print(f"cost: {vars(cost)}", markup=False, highlight=False, soft_wrap=True)
    return crew, cost


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


def _status(named: Path | None, folder: Path | None, *, as_json: bool) -> int:
    """How far a sweep has come, whoever is at it; of none named, all there are."""
    from twin.errors import Fault, ManifestError
    from twin.sweeps.reading import load_design
    from twin.sweeps.sources import design_file

    if folder is None and named is not None and not named.is_dir():
        folder = Path("out") / load_design(design_file(named)).name
    folder = folder or named
    folders = [folder] if folder is not None else sorted(file.parent for file in Path("out").glob("*/sweep.json"))
    if not folders:
        raise ManifestError([Fault("out", "no sweep in it", "a design, or the folder of a sweep")])
    told = [_state(one) for one in folders]
    if as_json:
        print_json(told if named is None and len(told) > 1 else told[0])
        return DONE
    for one in told:
        state = "at work 运行中" if one["at_work"] else "not at work 未运行" if one["left"] else "finished 已完成"
        words = [f"{one['folder']}: {state}", f"{one['done']:,} of {one['runs']:,} runs done 已完成"]
        words.append(f"{one['failed']:,} failed 失败")
        if one["seconds_left"] is not None:
            words += [f"{one['runs_per_s']:.1f}/s", f"{_duration(one['seconds_left'])} left 剩余"]
        out.print("; ".join(words), markup=False, highlight=False, soft_wrap=True)
    return DONE


def _state(folder: Path) -> dict[str, Any]:
    """How far a sweep has come, by what was last written down of it."""
    from twin.sweeps.results import load_sweep

    sweep = load_sweep(folder)
    progress = sweep.progress
    left = sweep.runs - progress["done"] - progress["failed"]
    working = left > 0 and time.time() - progress["written"] < QUIET_S and sweep.store.busy()
    rate = progress.get("rate", 0.0)
    return {
        "folder": str(sweep.folder),
        "runs": sweep.runs,
        "done": progress["done"],
        "failed": progress["failed"],
        "left": left,
        "at_work": working,
        "runs_per_s": rate,
        "seconds_left": left / rate if working and rate else None,
    }


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
