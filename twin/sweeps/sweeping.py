"""Sweeps begun, gone on with, and looked at from outside."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from twin.errors import Fault, OutputError, ScenarioError
from twin.files import unfinished, write_text
from twin.park import Park
from twin.scenario import resolved
from twin.simulation import park_of
from twin.sweeps.design import Design
from twin.sweeps.driving import Driver, Progress, Told
from twin.sweeps.executors import Crew, Here, Kind, crew_of
from twin.sweeps.plan import Plan, Run, plan_of
from twin.sweeps.reading import DesignError, check_design, load_bases, load_design
from twin.sweeps.results import Sweep, load_sweep
from twin.sweeps.sources import hash_of
from twin.sweeps.store import Store
from twin.sweeps.working import Task, Workshop

#: What a run is expected to take before any was done.
_USUAL_S = 0.2

#: Rows of the plan that are written at once.
_ROWS = 100_000

#: Files of a sweep's folder that go when it is begun again.
_OWN = ("progress.json", "cost.json")

#: The points of a sweep, in its folder.
_PLAN = "plan.parquet"

#: Where runs are kept if nobody says otherwise.
STORE = Path("out") / "store"


@dataclass(frozen=True)
class Cost:
    """What a sweep will take."""

    runs: int  #: of the whole plan
    seconds_each: float  #: of one core; not a number where all that was tried was done already
    bytes_each: int
    workers: int
    done: int  #: runs that were done to know this

    @property
    def seconds(self) -> float:
        """All runs, on all workers."""
        return self.runs * self.seconds_each / self.workers

    @property
    def bytes(self) -> int:
        """All runs."""
        return self.runs * self.bytes_each


@dataclass(frozen=True)
class Ready:
    """A sweep that has been planned, checked and written down, and not been run."""

    plan: Plan
    folder: Path
    store: Store
    own: tuple[Path, ...]

    def workshop(self, *, carried: bool = False) -> Workshop:
        """What workers need; where they are elsewhere, runs are carried back."""
        place = None if carried else self.store.folder.resolve()
        return Workshop(self.plan.park, place, self.plan.design.keep_events, self.own, dict(self.plan.engine))

    @property
    def python(self) -> bool:
        """Whether Python processes join in the runs, so that threads would stand in each other's way."""
        bases = self.plan.varied.bases
        return any(base.processes for base in (bases.first, *bases.named.values()))

    def crew(
        self, *, workers: int | None = None, executor: Kind | None = None, cluster: str | None = None
    ) -> tuple[Crew, Cost]:
        """The workers that suit, and what the sweep will cost with them. Raises OutputError.

        Where no Python of others joins the runs, what they cost is tried here, and which workers suit hangs on it.
        """
        workshop = self.workshop(carried=cluster is not None)
        if cluster is not None or self.python:
            crew = crew_of(workshop, workers=workers, executor=executor, cluster=cluster, python=self.python)
            try:
                return crew, self.cost(crew)
            except BaseException:
                crew.close(at_once=True)
                raise
        cost = self.cost(Here(workshop, 1))
        expected = cost.runs * cost.seconds_each if math.isfinite(cost.seconds_each) else 0.0
        crew = crew_of(workshop, workers=workers, executor=executor, expected_s=expected)
        return crew, replace(cost, workers=crew.workers)

    def cost(self, crew: Crew) -> Cost:
        """What the plan will take, by some of its runs, which are done for it, and kept; or as was known before.

        The first of them reads what all need, so that the last is what counts. Raises OutputError.
        """
        known = self.folder / "cost.json"
        with suppress(OSError, ValueError, TypeError):  # not there, or damaged: tried again
            return Cost(**json.loads(known.read_text(encoding="utf-8")) | {"workers": crew.workers, "done": 0})
        total = len(self.plan)
        seconds, size, done = math.nan, 0, 0
        with self.store.at_work():
            for number in dict.fromkeys((total - 1, 0, total // 2)):
                took, bytes_each = self._tried(self.plan.runs(range(number, number + 1))[0], crew)
                seconds, size = took if math.isfinite(took) else seconds, max(size, bytes_each)
                done += math.isfinite(took)
        cost = Cost(total, seconds, size, crew.workers, done)
        if done:
            with suppress(OSError):  # the disk is full: the first run that is kept will say so
                write_text(known, json.dumps(vars(cost)) + "\n")
        return cost

    def _tried(self, run: Run, crew: Crew) -> tuple[float, int]:
        """The seconds that a run takes, not a number where it is done already or fails, and its bytes."""
        seconds = math.nan
        try:
            scenario = self.plan.scenarios([run.point])[run.point]
            key = self.plan.address(scenario).key(run.luck)
        except ScenarioError:
            return seconds, 0  # it will be a row of the failures
        if not self.store.claim(key):
            return seconds, 0
        if not self.store.holds(key):
            began = time.perf_counter()
            try:
                outcome = crew.submit([Task(scenario, ((run.number, run.luck, key),))]).result()[0]
            except BrokenExecutor:  # it will be done again, and found out if it was this run
                crew.renew()
                return seconds, 0
            for kind, content in outcome.files:
                self.store.put(key, content, kind)
            seconds = math.nan if outcome.failed else time.perf_counter() - began
        self.store.release(key)
        return seconds, self.store.file(key).stat().st_size if self.store.holds(key) else 0

    def drive(
        self, crew: Crew, *, told: Told | None = None, retry: bool = False, seconds: float = math.nan
    ) -> Progress:
        """Do all that is not done yet. Raises OutputError where nothing more can be written."""
        with self.store.at_work(self.folder):
            expected = seconds if math.isfinite(seconds) else _USUAL_S
            driver = Driver(self.plan, self.store, self.folder, crew, self.own, retry, told, expected)
            return driver.drive()


def sweep(
    design: Design | str | Path,
    *,
    park: Park | None = None,
    out: str | Path | None = None,
    store: str | Path = STORE,
    workers: int | None = None,
    executor: Kind | None = None,
    cluster: str | None = None,
    retry: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Sweep:
    """Do all runs of a design that are not done yet, and return what they found.

    `out` is the sweep's folder, `out/NAME` by default; the runs are kept in `store`, by what they hang on, and a run
    that is there, whichever sweep did it, is not done again. The workers are threads, or processes where Python
    processes join the runs, or those of the Dask cluster at the address `cluster`; the result does not hang on them.
    A run that fails is a row of `Sweep.failures`, and done again with `retry`. Raises DesignError and ScenarioError
    where the design does not fit, and OutputError where the disk is full.
    """
    ready = get_ready(design, park=park, out=out, store=store)
    crew, cost = ready.crew(workers=workers, executor=executor, cluster=cluster)
    ready.drive(crew, told=progress, retry=retry, seconds=cost.seconds_each)
    return load_sweep(ready.folder)


def get_ready(
    design: Design | str | Path,
    *,
    park: Park | None = None,
    park_name: str | None = None,
    out: str | Path | None = None,
    store: str | Path = STORE,
    changes: Sequence[str] = (),
    own: Sequence[Path] = (),
    yes: bool = False,
    anew: bool = False,
) -> Ready:
    """Plan a sweep, check it, and write the plan down. Raises DesignError, ScenarioError, ParkError and OutputError."""
    read = design if isinstance(design, Design) else load_design(design)
    bases = load_bases(read, changes=changes, park=park_name)
    park = park if park is not None else park_of(bases.first)
    check_design(read, bases, park, yes=yes)
    plan = plan_of(read, bases, park)
    folder, place = Path(out) if out is not None else Path("out") / read.name, Store(Path(store))
    with place.at_work(), place.alone_with(folder):
        _write_plan(plan, folder, place, anew=anew)
    return Ready(plan, folder, place, tuple(path.resolve() for path in own))


def _write_plan(plan: Plan, folder: Path, store: Store, *, anew: bool) -> None:
    """Write down what is to be done; in a folder where something else was begun, nothing. Raises DesignError.

    Where what was written down is damaged, the sweep is begun again: its runs are in the store.
    """
    manifest = folder / "sweep.json"
    said = _said(plan, store)
    if folder.exists() and not manifest.exists() and any(not _of_a_plan(file) for file in folder.iterdir()):
        cure = "another --out, or an empty folder"
        raise OutputError([Fault(str(folder), "holds something other than a sweep", cure)])
    before = _written(manifest)
    if before is not None and not anew:
        _check_same(before, said, plan.design, folder)
        if before.get("store") == said["store"] and before.get("plan_sha256") == hash_of([str(folder / _PLAN)]):
            return
    for old in (
        *folder.glob("parts/*"),
        *folder.glob("seen/*"),
        *folder.glob("failures/*"),
        *map(folder.joinpath, _OWN),
    ):
        old.unlink(missing_ok=True)
    try:
        with unfinished(folder / _PLAN) as hidden:
            _write_points(plan, hidden)
        said["plan_sha256"] = hash_of([str(folder / _PLAN)])
        write_text(manifest, json.dumps(said, ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise OutputError([Fault(str(folder), what, "another --out, or room on the disk")]) from None


def _of_a_plan(file: Path) -> bool:
    """Whether a file is what is there of a sweep that was killed as it was begun."""
    return file.name == _PLAN or (file.name.startswith((f".{_PLAN}.", ".sweep.json.")) and file.suffix == ".part")


def _written(manifest: Path) -> dict[str, Any] | None:
    """What was written down of a sweep; None where that is not there, or damaged."""
    try:
        return dict(json.loads(manifest.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _said(plan: Plan, store: Store) -> dict[str, Any]:
    """What is written down of a sweep."""
    design, bases = plan.design, plan.varied.bases
    return {
        "kind": "sweep",
        "design": design.model_dump(mode="json"),
        "scenario": resolved(bases.first),
        "scenarios": {name: resolved(base) for name, base in bases.named.items()},
        "park_sha256": plan.park.sha256,
        "catalog_sha256": plan.park.catalog.sha256,
        **plan.engine,
        "points": len(plan.points),
        "runs": len(plan),
        "store": str(store.folder.resolve()),
    }


#: What of a design may change without changing what it finds.
_TITLES = ("title_zh", "title_en", "question")


def _check_same(before: dict[str, Any], now: dict[str, Any], design: Design, folder: Path) -> None:
    """Raise DesignError where a sweep that was begun in a folder is not the one that is asked for now."""
    cure = (
        f"the design as it was, another name or --out, or --anew to begin {folder} again; runs done stay in the store"
    )
    faults = []
    first, second = before.get("design", {}), now["design"]
    for key in second:
        if key not in _TITLES and first.get(key) != second[key]:
            path: tuple[str | int, ...] = (key,)
            if isinstance(second[key], list) and isinstance(first.get(key), list):
                pairs = zip(first[key], second[key], strict=False)
                path = (key, next((n for n, (a, b) in enumerate(pairs) if a != b), len(first[key])))
            faults.append(Fault(design.place(*path), f"{key} is not what it was when {folder} was begun", cure))
    for key, said in now.items():
        if key not in {"design", "store", "points", "runs"} and before.get(key) != said and not faults:
            what = f"{key.removesuffix('_sha256')} is not what it was when {folder} was begun"
            where = design.place("scenario") if key in {"scenario", "scenarios"} else str(folder / "sweep.json")
            faults.append(Fault(where, what, cure))
    if faults:
        raise DesignError(faults)


def _write_points(plan: Plan, file: Path) -> None:
    """The points as a table, some at a time."""
    writer = None
    try:
        for first in range(0, len(plan.points), _ROWS):
            frame = plan.points.frame(range(first, min(first + _ROWS, len(plan.points))))
            table = pa.Table.from_pandas(frame.reset_index(), preserve_index=False).replace_schema_metadata(None)
            writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
