"""A sweep on a Dask cluster: a scheduler and workers on loopback, which are killed one by one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.sweeps.conftest import contents, design_file
from twin.errors import OutputError
from twin.sweeps import Progress, clusters, sweep

DASK = (sys.executable, "-m", "dask")


class Machines:
    """A scheduler and workers, none of which is started anew when it ends."""

    def __init__(self, place: Path) -> None:
        self.told = place / "scheduler.json"
        self.workers: list[subprocess.Popen[bytes]] = []
        words = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self.scheduler = self._start([*words, "--scheduler-file", str(self.told)])
        until = time.monotonic() + 60
        while not self.told.exists():
            assert time.monotonic() < until, "no scheduler"
            time.sleep(0.1)
        self.address: str = json.loads(self.told.read_text(encoding="utf-8"))["address"]

    @staticmethod
    def _start(words: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*DASK, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def join(self) -> None:
        """Start a worker."""
        words = ["worker", self.address, "--host", "127.0.0.1", "--nworkers", "1", "--nthreads", "1"]
        scratch = str(self.told.parent / "dask")
        self.workers.append(self._start([*words, "--no-nanny", "--no-dashboard", "--local-directory", scratch]))

    def end(self) -> None:
        """End all of them."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def machines(place: Path) -> Iterator[Machines]:
    """A scheduler with two workers."""
    started = Machines(place)
    try:
        started.join()
        started.join()
        yield started
    finally:
        started.end()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_cluster_that_loses_its_workers_one_by_one_gives_the_same_bytes(
    machines: Machines, place: Path, park_folder: Path
) -> None:
    file = design_file(place, park_folder, points=12)
    first, second = machines.workers

    def trouble(progress: Progress) -> None:
        if progress.done >= 6 and first.poll() is None:
            first.kill()
            first.wait()
            machines.join()  # takes up what it needs, though it comes late
        if progress.done >= 20 and len(machines.workers) == 3 and second.poll() is None:
            second.kill()
            second.wait()

    found = sweep(file, out="c/out", store="c/store", cluster=machines.address, progress=trouble)
    assert first.poll() is not None
    assert second.poll() is not None
    assert found.progress["done"] == 48
    alone = sweep(file, out="s/out", store="s/store", workers=1)
    assert contents(place / "c/store") == contents(place / "s/store")
    assert contents(place / "c/out/parts") == contents(place / "s/out/parts")
    assert alone.table("revenue").equals(found.table("revenue"))


def test_where_no_scheduler_answers_the_address_is_told(
    place: Path, park_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "ANSWER_S", 1)
    file = design_file(place, park_folder)
    with pytest.raises(OutputError, match=r"--cluster tcp://127.0.0.1:9: no scheduler answers"):
        sweep(file, cluster="tcp://127.0.0.1:9")
