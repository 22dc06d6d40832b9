"""A sweep on a Dask cluster: a scheduler and two workers on loopback, one of which is killed."""

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
from twin.sweeps import Progress, executors, sweep

DASK = (sys.executable, "-m", "dask")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@pytest.fixture
def cluster(place: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address of a scheduler, and its two workers, none of which is started anew when it ends."""
    told = place / "scheduler.json"
    words = [*DASK, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
    running = [subprocess.Popen(words, **QUIET)]  # type: ignore[call-overload]
    until = time.monotonic() + 60
    while not told.exists():
        assert time.monotonic() < until, "no scheduler"
        time.sleep(0.1)
    worker = [*DASK, "worker", "--scheduler-file", str(told), "--host", "127.0.0.1", "--nworkers", "1"]
    worker += ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(place / "dask")]
    running += [subprocess.Popen(worker, **QUIET) for _ in range(2)]  # type: ignore[call-overload]
    try:
        yield json.loads(told.read_text(encoding="utf-8"))["address"], running[1:]
    finally:
        for process in reversed(running):
            process.kill()
            process.wait()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], place: Path, park_folder: Path
) -> None:
    address, workers = cluster
    file = design_file(place, park_folder, points=12)
    killed: list[bool] = []

    def kill_one(progress: Progress) -> None:
        if progress.done >= 6 and not killed:
            workers[0].kill()
            killed.append(True)

    found = sweep(file, out="c/out", store="c/store", cluster=address, progress=kill_one)
    assert killed
    assert found.progress["done"] == 48
    alone = sweep(file, out="s/out", store="s/store", workers=1)
    assert contents(place / "c/store") == contents(place / "s/store")
    assert contents(place / "c/out/parts") == contents(place / "s/out/parts")
    assert alone.table("revenue").equals(found.table("revenue"))


def test_where_no_scheduler_answers_the_address_is_told(
    place: Path, park_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "ANSWER_S", 1)
    file = design_file(place, park_folder)
    with pytest.raises(OutputError, match=r"--cluster tcp://127.0.0.1:9: no scheduler answers"):
        sweep(file, cluster="tcp://127.0.0.1:9")
