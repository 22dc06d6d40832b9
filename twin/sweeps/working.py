"""What a worker does: runs, each measured and kept, whichever thread, process or machine it is."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from twin.errors import ScenarioError, TwinError
from twin.indicators import measured_values
from twin.named import hashes_of, load_file
from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import Prepared, prepare
from twin.simulation import run as run_once
from twin.sweeps.measured import Floats, Labels, table_of
from twin.sweeps.sources import code_hash
from twin.sweeps.store import Store, file_bytes
from twin.versions import versions


class Task(NamedTuple):
    """Replications of one point to do."""

    scenario: Scenario
    runs: tuple[tuple[int, int, str], ...]  #: number, luck and key of each


class Outcome(NamedTuple):
    """What came of a run."""

    number: int
    seconds: float
    labels: Labels | None  #: of its series; None of a run that failed
    by_year: Floats | None  #: (series, years)
    failed: str  #: why; "" it did not
    trace: str = ""
    files: tuple[tuple[str, bytes], ...] = ()  #: kind and content, where whoever asked is to keep them


class _Own(threading.local):
    """What each thread has for itself."""

    prepared: Prepared | None = None  #: the last scenario, with which the next has much in common


@dataclass
class Workshop:
    """All that workers need to do any run of a sweep."""

    park: Park
    store: Path | None  #: where runs are kept; None where whoever asked keeps them
    keep_events: bool
    own: tuple[Path, ...] = ()  #: files with processes of the user's own
    said: dict[str, Any] = field(default_factory=dict)  #: what runs hang on besides park and scenario
    ended: threading.Event = field(default_factory=threading.Event)  #: no further run is to be begun
    _own: _Own = field(default_factory=_Own)

    def __getstate__(self) -> dict[str, Any]:
        """All but what is of one process."""
        return {name: value for name, value in vars(self).items() if name not in {"ended", "_own"}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Taken up in another process, which has the processes of the user's own too. Raises TwinError."""
        vars(self).update(state, ended=threading.Event(), _own=_Own())
        for file in self.own:
            load_file(file)
        here = {"code_sha256": code_hash(), "versions": versions(), "processes": hashes_of(self.said["processes"])}
        for name, said in self.said.items():
            if here[name] != said:
                raise TwinError(f"a worker has another {name}: {here[name]}, and not {said}; install the same there")

    def do(self, tasks: Sequence[Task]) -> list[Outcome]:
        """Do runs and keep them; those not begun when it is ended are left out. Raises OutputError."""
        outcomes = []
        for task in tasks:
            if self.ended.is_set():
                break
            try:
                prepared = prepare(self.park, task.scenario, events=self.keep_events, like=self._own.prepared)
                self._own.prepared = prepared
            except Exception as error:  # noqa: BLE001  # a point that cannot be is a row of the results
                outcomes += [Outcome(number, 0.0, None, None, *_told(error)) for number, *_ in task.runs]
                continue
            for number, luck, key in task.runs:
                if self.ended.is_set():
                    break
                outcomes.append(self._do(prepared, number, luck, key))
        return outcomes

    def _do(self, prepared: Prepared, number: int, luck: int, key: str) -> Outcome:
        began = time.perf_counter()
        try:
            record = run_once(prepared, replication=luck)
            measured = measured_values(record)
            files = [("", file_bytes(table_of(measured, record)))]
            if record.events is not None and record.firms is not None:
                frames = {"events": record.events, "firms": record.firms}
                files = [*((kind, file_bytes([_plain(frame)])) for kind, frame in frames.items()), *files]
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever it was, the other runs go on
            return Outcome(number, time.perf_counter() - began, None, None, *_told(error))
        carried: tuple[tuple[str, bytes], ...] = ()
        if self.store is None:
            carried = tuple(files)
        else:
            store = Store(self.store)
            for kind, content in files:
                store.put(key, content, kind)
        return Outcome(number, time.perf_counter() - began, Labels.of(measured), measured.by_year(), "", "", carried)


def _plain(frame: Any) -> pa.Table:
    """A frame as an Arrow table without what only pandas reads."""
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def _told(error: BaseException) -> tuple[str, str]:
    """Why a run failed, in a line, and where."""
    if isinstance(error, ScenarioError):
        return " | ".join(str(fault) for fault in error.faults), ""
    told = " ".join(str(error).split())
    name = "" if isinstance(error, TwinError) else f"{type(error).__name__}: "
    return f"{name}{told}"[:2000], "".join(traceback.format_exception(error))[-8000:]


#: The workshops of this process, where it is a worker of others, by their tokens; or why one could not be taken up.
_WORKSHOPS: dict[str, Workshop | Exception] = {}


def move_in(token: str, file: Path) -> None:
    """Begin as a worker process: take up the workshop in a file, leave Ctrl-C to who asked, and end with who did."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    try:
        content = file.read_bytes()
    except OSError as error:
        _WORKSHOPS[token] = error
    else:
        take_up(token, content)


def do_here(token: str, tasks: Sequence[Task]) -> list[Outcome]:
    """Do runs in this process, which has taken up the workshop. Raises TwinError."""
    workshop = _WORKSHOPS[token]
    if isinstance(workshop, Exception):
        raise TwinError(f"a worker cannot begin: {workshop}") from workshop
    return workshop.do(tasks)


def take_up(token: str, content: bytes) -> None:
    """Be ready to do the runs of a workshop."""
    try:
        _WORKSHOPS[token] = pickle.loads(content)  # noqa: S301  # from the process that asked for this one
    except Exception as error:  # noqa: BLE001  # told with the first task: a worker that ends tells nothing
        _WORKSHOPS[token] = error


def move_out(token: str) -> None:
    """Forget a workshop."""
    _WORKSHOPS.pop(token, None)


def _end_with(parent: Any) -> None:
    """End this process when its parent has ended, however that ended; what is half-written stays hidden."""
    with suppress(Exception):
        parent.join()
    os._exit(1)
