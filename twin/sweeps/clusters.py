"""Runs on a Dask cluster, where one machine is not enough."""

from __future__ import annotations

import pickle
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any

from distributed import Client, WorkerPlugin

from twin.errors import Fault, OutputError
from twin.sweeps.executors import Kind
from twin.sweeps.working import Outcome, Task, Workshop, do_here, move_out, take_up

#: A scheduler that has not answered for so long is not there.
ANSWER_S = 15

#: How often it is asked how many workers there are.
COUNTED_S = 2.0


class _Moving(WorkerPlugin):
    """Has every worker take up the workshop as it joins, whenever that is, so that no task waits for what it needs.

    Data that is scattered may be lost with the worker that holds the only copy; the scheduler itself keeps this.
    """

    def __init__(self, token: str, content: bytes) -> None:
        self.name = token
        self.content = content

    def setup(self, worker: Any) -> None:  # noqa: ARG002  # the words of the base class
        """Take up the workshop."""
        take_up(self.name, self.content)

    def teardown(self, worker: Any) -> None:  # noqa: ARG002
        """Forget the workshop."""
        move_out(self.name)


class Cluster:
    """The workers of a Dask cluster, wherever they are; what they find is sent back and kept here."""

    kind: Kind = "cluster"

    def __init__(self, workshop: Workshop, address: str) -> None:
        connect: Any = Client  # carries no types
        try:
            self._client = connect(address, timeout=ANSWER_S)
        except (OSError, ValueError) as error:
            what, cure = f"no scheduler answers: {error}", "the address that `dask scheduler` prints"
            raise OutputError([Fault(f"--cluster {address}", what, cure)]) from None
        self._token = uuid.uuid4().hex  # another sweep on this cluster may need the very same
        self._client.register_plugin(_Moving(self._token, pickle.dumps(workshop)))
        self._pool: Executor = self._client.get_executor(pure=False, retries=2)
        self._workers, self._counted = 1, 0.0

    @property
    def workers(self) -> int:
        """How many there are by now; one even while none has joined, who then has something to begin with."""
        if time.monotonic() - self._counted > COUNTED_S:
            self._workers = max(sum(self._client.nthreads().values()), 1)
            self._counted = time.monotonic()
        return self._workers

    def submit(self, tasks: Sequence[Task]) -> Future[list[Outcome]]:
        """Have tasks done."""
        return self._pool.submit(do_here, self._token, list(tasks))

    def renew(self) -> None:
        """Nothing: the scheduler has given what a dead worker was at to others."""

    def close(self, *, at_once: bool = False) -> None:  # noqa: ARG002  # what is under way ends soon by itself
        """Begin no further run."""
        for end in (
            lambda: self._pool.shutdown(wait=False),
            lambda: self._client.unregister_worker_plugin(self._token),
            self._client.close,
        ):
            with suppress(Exception):  # the scheduler may have gone
                end()
