"""A sweep under way: runs are handed to workers a few at a time, and what they find is taken in, whatever happens."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from twin.errors import OutputError, ScenarioError, TwinError
from twin.scenario import Scenario
from twin.simulation.manifests import manifest_of
from twin.sweeps.executors import Crew
from twin.sweeps.measured import Labels, measured_in
from twin.sweeps.parts import Values, write_part
from twin.sweeps.plan import Address, Plan, Run
from twin.sweeps.seen import BLOCK, failure_file, looks_done, read_seen, write_seen
from twin.sweeps.store import Store, write_durably
from twin.sweeps.working import Outcome, Task

#: So much work is handed over at once: enough that handing over costs nothing, little enough to end soon.
BATCH_S = 0.5
MOST_IN_A_BATCH = 32

#: So many batches for each worker are on their way.
AHEAD = 2

#: Blocks whose values are kept in memory until all their runs are done; those of others are read again then.
KEPT_OPEN = 8

#: A run that was under way so often when a worker died is done while no other is; if a worker dies so often then, it is
#: the run that killed it.
MOST_FALLS, MOST_DEATHS = 2, 2

#: So many workers may die one after the other without a single run done.
MOST_IN_A_ROW = 25

#: How often it is written down how far a sweep has come, and how long to wait for what another sweep is doing.
TOLD_S, POLLED_S = 1.0, 0.2


@dataclass
class Progress:
    """How far a sweep has come."""

    total: int
    done: int = 0
    failed: int = 0
    found: int = 0  #: of those done, how many were in the store already
    died: int = 0  #: workers that died and were replaced
    seconds: float = 0.0  #: of work in the runs done here, summed
    rate: float = 0.0  #: runs done here a second


Told = Callable[[Progress], None]


@dataclass
class _Block:
    """Runs that are taken together, until all of them are settled."""

    number: int
    runs: Sequence[Run]
    keys: dict[int, str] = field(default_factory=dict)  #: by run, "" of one that failed
    values: dict[int, Values] = field(default_factory=dict)
    todo: dict[int, _Todo] = field(default_factory=dict)  #: by run, to do it again should its file go
    left: int = 0


@dataclass
class _Todo:
    """A run that is to be done."""

    run: Run
    key: str
    block: _Block
    scenario: Scenario
    falls: int = 0  #: how often it was under way when a worker died
    deaths: int = 0  #: and of these, how often no other run was


@dataclass
class Driver:
    """Brings a sweep to its end."""

    plan: Plan
    store: Store
    folder: Path
    crew: Crew
    own: tuple[Path, ...] = ()  #: files of the user's own processes, for the command that does a failed run again
    retry: bool = False  #: whether runs that failed before are done again
    told: Told | None = None
    seconds: float = 0.2  #: what a run is expected to take

    def __post_init__(self) -> None:
        """Nothing is under way yet."""
        self.progress = Progress(len(self.plan))
        self._kinds = ("", "events", "firms") if self.plan.design.keep_events else ("",)
        self._under_way: set[str] = set()
        self._open = 0
        self._later: deque[_Todo] = deque()  #: those that another sweep, or a run of the same content, is doing
        self._suspects: deque[_Todo] = deque()  #: those that were under way when a worker died
        self._running: dict[Future[list[Outcome]], list[_Todo]] = {}
        self._in_a_row = 0
        self._began, self._written = time.monotonic(), 0.0

    def drive(self) -> Progress:
        """Do all that is not done yet. Raises OutputError where nothing more can be written."""
        ended = False
        try:
            todo = self._todo()
            while True:
                self._hand_out(todo)
                if not self._running and not self._later and not self._suspects:
                    break
                self._take_in()
            ended = True
        finally:
            self.crew.close(at_once=not ended)
            self._tell(at_once=True)
        return self.progress

    def _todo(self) -> Iterator[_Todo]:
        """The runs that are to be done, block by block, as they are asked for."""
        for number in range(-(-len(self.plan) // BLOCK)):
            runs = range(number * BLOCK, min((number + 1) * BLOCK, len(self.plan)))
            seen = read_seen(self.folder, number, len(runs))
            if seen is not None and looks_done(self.folder, number, seen, self.store, self._kinds):
                failed = int((seen["key"] == b"").sum())
                if not (failed and self.retry):
                    self.progress.done += len(runs) - failed
                    self.progress.found += len(runs) - failed
                    self.progress.failed += failed
                    self._tell()
                    continue
            yield from self._todo_of(_Block(number, self.plan.runs(runs), left=len(runs)))

    def _todo_of(self, block: _Block) -> Iterator[_Todo]:
        self._open += 1
        points = list(dict.fromkeys(run.point for run in block.runs))
        scenarios: dict[int, Scenario] = {}
        addresses: dict[int, Address] = {}
        for point in points:
            try:
                scenarios |= self.plan.scenarios([point])
                addresses[point] = self.plan.address(scenarios[point])
            except ScenarioError as error:
                reason = " | ".join(str(fault) for fault in error.faults)
                for run in block.runs:
                    if run.point == point:
                        self._fail(block, run, reason, "", None)
        for run in block.runs:
            if run.point not in addresses:
                continue
            if not self.retry and failure_file(self.folder, run.number).exists():
                self.progress.failed += 1
                self._settle(block, run, "")
                continue
            key = addresses[run.point].key(run.luck)
            todo = block.todo[run.number] = _Todo(run, key, block, scenarios[run.point])
            if not self._take_or_claim(todo):
                continue
            yield todo

    def _take_or_claim(self, todo: _Todo) -> bool:
        """Whether a run is ours to do; one that is in the store is taken from there, another's is put off."""
        if todo.key in self._under_way or not self.store.claim(todo.key):
            self._later.append(todo)
            return False
        content = self.store.read(todo.key, self._kinds)
        if content is None:
            self._under_way.add(todo.key)
            return True
        self.store.release(todo.key)
        self.progress.found += 1
        self._take(todo, _values_in(content))
        return False

    def _hand_out(self, todo: Iterator[_Todo]) -> None:
        """Keep the workers busy; what was under way when a worker died goes first, one by one, and at last alone."""
        while self._suspects:
            alone = self._suspects[0].falls >= MOST_FALLS
            if len(self._running) >= (1 if alone else AHEAD * self.crew.workers):
                return
            if not self._submit([self._suspects.popleft()]) or alone:
                return
        if any(one.falls >= MOST_FALLS for batch in self._running.values() for one in batch):
            return
        while len(self._running) < AHEAD * self.crew.workers:
            size = min(max(int(BATCH_S / max(self.seconds, 1e-6)), 1), MOST_IN_A_BATCH)
            batch = [one for _, one in zip(range(size), todo, strict=False)]
            if len(batch) < size:
                batch += self._given_back(size - len(batch))
            if not batch or not self._submit(batch):
                return

    def _given_back(self, most: int) -> list[_Todo]:
        """Runs that were another's, who has left them undone."""
        ours: list[_Todo] = []
        for _ in range(len(self._later)):
            if len(ours) == most:
                break
            todo = self._later.popleft()
            if self._take_or_claim(todo):
                ours.append(todo)
        return ours

    def _submit(self, batch: list[_Todo]) -> bool:
        """Whether the workers have taken runs up; they do not when one of them has just died."""
        tasks: list[Task] = []
        for todo in batch:
            one = (todo.run.number, todo.run.luck, todo.key)
            if tasks and tasks[-1].scenario is todo.scenario:
                tasks[-1] = tasks[-1]._replace(runs=(*tasks[-1].runs, one))
            else:
                tasks.append(Task(todo.scenario, (one,)))
        try:
            future = self.crew.submit(tasks)
        except BrokenExecutor:  # what it was at is waited for first, and tells of it
            self._suspects.extend(batch)
            if not self._running:
                self._renew()
            return False
        self._running[future] = batch
        return True

    def _take_in(self) -> None:
        """Wait until some of what is under way has come to an end, and take in what came of it."""
        if not self._running:
            time.sleep(POLLED_S if self._later and not self._suspects else 0.0)
            return
        done, _ = wait(self._running, timeout=POLLED_S * 5, return_when=FIRST_COMPLETED)
        for future in done:
            batch = self._running.pop(future, None)
            if batch is None:
                continue  # went down with another
            error = _error_of(future)
            if isinstance(error, OutputError | KeyboardInterrupt):
                raise error
            if error is None:
                self._take_outcomes(batch, future.result())
            elif isinstance(error, BrokenExecutor) or _worker_died(error):
                self._mourn(batch)
            else:
                raise error
        self._tell()

    def _take_outcomes(self, batch: Sequence[_Todo], outcomes: Sequence[Outcome]) -> None:
        by_number = {todo.run.number: todo for todo in batch}
        self._in_a_row = 0
        for outcome in outcomes:
            todo = by_number.pop(outcome.number)
            if outcome.labels is None or outcome.by_year is None:
                self._let_go(todo)
                self._fail(todo.block, todo.run, outcome.failed, outcome.trace, todo.scenario)
                continue
            for kind, content in outcome.files:
                self.store.put(todo.key, content, kind)
            self._let_go(todo)
            self.progress.seconds += outcome.seconds
            self.seconds += 0.1 * (outcome.seconds - self.seconds)
            self._take(todo, (outcome.labels, outcome.by_year))
        self._suspects.extend(by_number.values())  # not begun

    def _mourn(self, batch: list[_Todo]) -> None:
        """A worker died: what was under way is done again, one run at a time, to see whether one of them did it."""
        fallen = list(batch)
        if self.crew.kind != "cluster":  # whose scheduler has given the rest to others
            fallen += [todo for other in self._running.values() for todo in other]
            self._running.clear()
        self._renew()  # from now on nobody is at any of them
        for todo in fallen:
            content = self.store.read(todo.key, self._kinds)
            if content is not None:  # it was another's end
                self._let_go(todo)
                self._in_a_row = 0
                self._take(todo, _values_in(content))
                continue
            todo.deaths += todo.falls >= MOST_FALLS
            todo.falls += 1
            if todo.deaths >= MOST_DEATHS:
                self._let_go(todo)
                reason = f"its worker died {todo.falls} times, {todo.deaths} of them with no other run under way"
                self._fail(todo.block, todo.run, reason, "", todo.scenario)
            else:
                self._suspects.append(todo)

    def _renew(self) -> None:
        self.progress.died += 1
        self._in_a_row += 1
        if self._in_a_row > MOST_IN_A_ROW:
            raise TwinError(
                f"{self._in_a_row} workers have died one after the other without a run done; is memory short?"
            )
        self.crew.renew()

    def _let_go(self, todo: _Todo) -> None:
        self._under_way.discard(todo.key)
        self.store.release(todo.key)

    def _take(self, todo: _Todo, values: Values) -> None:
        """Take in a run that is done."""
        self.progress.done += 1
        todo.block.values[todo.run.number] = values
        self._settle(todo.block, todo.run, todo.key)

    def _fail(self, block: _Block, run: Run, reason: str, trace: str, scenario: Scenario | None) -> None:
        """Write down why a run failed, and how to do it again by itself."""
        self.progress.failed += 1
        file = failure_file(self.folder, run.number)
        manifest: dict[str, Any] = {}
        if scenario is not None:
            events = self.plan.design.keep_events
            manifest = manifest_of(self.plan.park, scenario, replication=run.luck, calendar="compiled", events=events)
        own = "".join(f" --processes {path}" for path in self.own)
        told = {
            "run": run.number,
            "point": run.point,
            "replication": run.replication,
            "reason": reason,
            "again": f"twin run --replay {file}{own}" if scenario is not None else "",
            "trace": trace,
        }
        content = json.dumps(manifest | {"failed": told}, ensure_ascii=False, indent=1, default=str)
        write_durably(file, content.encode())
        self._settle(block, run, "")

    def _settle(self, block: _Block, run: Run, key: str) -> None:
        """Know that a run needs nothing more; when that is so of all of its block, write the block's part."""
        block.keys[run.number] = key
        if key:
            failure_file(self.folder, run.number).unlink(missing_ok=True)
        block.left -= 1
        if block.left == 0 and self._complete(block):
            self._open -= 1
            write_part(self.folder, block.number, block.values)
            keys = [block.keys[run.number] for run in block.runs]
            write_seen(self.folder, block.number, self.store, keys, self._kinds)
            block.values.clear()
        elif self._open > KEPT_OPEN:
            block.values.clear()

    def _complete(self, block: _Block) -> bool:
        """Whether the values of all runs of a block are at hand; a run whose file has gone since is done again."""
        for number, key in block.keys.items():
            if not key or number in block.values:
                continue
            content = self.store.read(key, self._kinds)
            if content is not None:
                block.values[number] = _values_in(content)
                continue
            block.left += 1
            self.progress.done -= 1
            self._later.append(block.todo[number])
        return block.left == 0

    def _tell(self, *, at_once: bool = False) -> None:
        """Say how far the sweep has come, and write it down now and then."""
        now = time.monotonic()
        self.progress.rate = (self.progress.done - self.progress.found) / max(now - self._began, 1e-9)
        if self.told is not None:
            self.told(self.progress)
        if at_once or now - self._written >= TOLD_S:
            self._written = now
            write_progress(self.folder, self.progress, self.crew.workers)


def write_progress(folder: Path, progress: Progress, workers: int) -> None:
    """Write down how far a sweep has come; it matters little where that cannot be done."""
    content = vars(progress) | {"workers": workers, "pid": os.getpid(), "written": time.time()}
    hidden = folder / f".progress.{os.getpid()}.part"
    try:
        hidden.write_text(json.dumps(content), encoding="utf-8")
        hidden.replace(folder / "progress.json")
    except OSError:
        hidden.unlink(missing_ok=True)


def _values_in(content: bytes) -> Values:
    measured = measured_in(pa.BufferReader(content))
    return Labels.of(measured), measured.by_year()


def _error_of(future: Future[list[Outcome]]) -> BaseException | None:
    """What a task ended with, None a result."""
    try:
        return future.exception()
    except CancelledError as error:  # by a cluster, whose futures are cancelled with what they need
        return error


def _worker_died(error: BaseException) -> bool:
    """Whether a cluster says that the workers of a task have died."""
    return type(error).__name__ in {"KilledWorker", "FutureCancelledError", "CancelledError"}
