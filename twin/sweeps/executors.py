"""Where runs are done: here, in threads, in processes, on a Dask cluster; all through `concurrent.futures.Executor`."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pickle
import signal
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from twin.errors import TwinError
from twin.sweeps.store import write_durably
from twin.sweeps.working import Outcome, Task, Workshop, do_here, move_in

Kind = Literal["serial", "threads", "processes", "cluster"]

KINDS: tuple[Kind, ...] = ("serial", "threads", "processes", "cluster")


#: From so much work on, processes gain more on threads, which wait for the interpreter now and then, than the two
#: seconds that they take to start.
LONG_S = 30.0


class Crew(Protocol):
    """Workers that do tasks."""

    kind: Kind

    @property
    def workers(self) -> int:
        """How many there are."""

    def submit(self, tasks: Sequence[Task]) -> Future[list[Outcome]]:
        """Have tasks done."""

    def renew(self) -> None:
        """Go on with new workers after one has died and with it all that was under way."""

    def close(self, *, at_once: bool = False) -> None:
        """Let the workers go; at once, without waiting for what they are at."""


class _Inline(Executor):
    """Does what it is given at once, here."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """What has been done by the time it is given back."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # whoever asks for the result meets it
            future.set_exception(error)
        return future


@dataclass
class Here:
    """One process, this: one run after the other, or in threads, which the compiled kernel lets go on together."""

    workshop: Workshop
    workers: int

    def __post_init__(self) -> None:
        """Start the threads, if there are to be several."""
        self.kind: Kind = "serial" if self.workers == 1 else "threads"
        self._pool: Executor = _Inline() if self.workers == 1 else ThreadPoolExecutor(self.workers)

    def submit(self, tasks: Sequence[Task]) -> Future[list[Outcome]]:
        """Have tasks done."""
        return self._pool.submit(self.workshop.do, tasks)

    def renew(self) -> None:
        """Never: threads do not die."""
        raise TwinError("a thread has died")  # it does not

    def close(self, *, at_once: bool = False) -> None:  # noqa: ARG002  # what is under way ends soon by itself
        """Begin no further run."""
        self.workshop.ended.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Put off Ctrl-C for a moment; processes started meanwhile never meet it, not even while they are beginning."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Processes:
    """Processes of their own, for long work and for runs in which Python joins; started afresh, they share nothing.

    They read what they need from a file: through a pipe, which holds little, one that is killed as it begins would
    have whoever starts it wait for ever.
    """

    kind: Kind = "processes"

    def __init__(self, workshop: Workshop, workers: int) -> None:
        self.workers = workers
        self._content = pickle.dumps(workshop)
        self._token = hashlib.sha256(self._content).hexdigest()
        # among the half-written files of the store, with which it goes where this process is killed
        place = (workshop.store or Path(tempfile.gettempdir())).resolve()
        self._file = place / f".workers.{self._token[:16]}.{os.getpid()}.part"
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # each worker has one core, and takes no threads of its own
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, spawn, move_in, (self._token, self._file))

    def submit(self, tasks: Sequence[Task]) -> Future[list[Outcome]]:
        """Have tasks done. Raises OutputError."""
        if not self._file.exists():
            write_durably(self._file, self._content)
        with _ctrl_c_later():  # the first task starts the processes
            return self._pool.submit(do_here, self._token, tasks)

    def renew(self) -> None:
        """Go on with new processes."""
        self.close(at_once=True)
        self._pool = self._start()

    def close(self, *, at_once: bool = False) -> None:
        """Let the processes go; at once, they are ended at whatever they are."""
        workers = list((self._pool._processes or {}).values())  # noqa: SLF001  # the pool itself has no way to end one
        if at_once:
            for worker in workers:
                with suppress(OSError, ValueError):
                    worker.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        with suppress(OSError):
            self._file.unlink(missing_ok=True)


def crew_of(
    workshop: Workshop,
    *,
    workers: int | None = None,
    executor: Kind | None = None,
    cluster: str | None = None,
    python: bool = False,
    expected_s: float = 0.0,
) -> Crew:
    """The workers that suit work of so many seconds of one core.

    A cluster where one is named; processes where Python joins the runs, which keeps the interpreter to itself, and
    where the work is long enough to wait until they have started; else threads. Raises OutputError.
    """
    if cluster is not None:
        return _cluster(workshop, cluster)
    number = workers or _cores()
    if executor == "serial" or number == 1:
        return Here(workshop, 1)
    if executor == "processes" or (executor is None and (python or expected_s > LONG_S)):
        return Processes(workshop, number)
    return Here(workshop, number)


def _cluster(workshop: Workshop, address: str) -> Crew:
    try:
        from twin.sweeps.clusters import Cluster
    except ImportError:
        raise TwinError(f"--cluster {address}: Dask is not installed; pip install 'twin-park[cluster]'") from None
    return Cluster(workshop, address)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
