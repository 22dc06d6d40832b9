"""Sweeps to which something happens come to what they would have come to without it, and do nothing twice."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.unit.sweeps.conftest import contents, design_file, leftovers
from twin.errors import OutputError
from twin.sweeps import Progress, Sweep, sweep
from twin.sweeps.executors import Kind

TWIN = (sys.executable, "-m", "twin")


def run_it(file: Path, name: str, *, workers: int = 2, executor: Kind | None = None, **more: object) -> Sweep:
    """A sweep with a folder and a store of its own, under the test's folder."""
    how = {"out": f"{name}/out", "store": f"{name}/store", "workers": workers, "executor": executor}
    return sweep(file, **(how | more))  # type: ignore[arg-type]


@pytest.fixture
def undisturbed(place: Path, park_folder: Path) -> tuple[Path, dict[str, str], dict[str, str]]:
    """A design, and what its runs and parts are when they are done one after the other."""
    file = design_file(place, park_folder)
    run_it(file, "serial", workers=1)
    return file, contents(place / "serial/store"), contents(place / "serial/out/parts")


def wait_for(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def start(file: Path, name: str, *words: str) -> subprocess.Popen[str]:
    """The command, as a process."""
    options = ("--out", f"{name}/out", "--store", f"{name}/store", *words)
    return subprocess.Popen(
        [*TWIN, "sweep", str(file), *options], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def runs_in(store: Path) -> dict[str, int]:
    """When each run in a store was written, by its name."""
    return {file.name: file.stat().st_mtime_ns for file in store.glob("*/[!.]*.parquet")}


def children_of(pid: int) -> list[psutil.Process]:
    """Processes that a process has started, and theirs."""
    return list(psutil.Process(pid).children(recursive=True))


def are_alive(processes: list[psutil.Process]) -> bool:
    return any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


def is_worker(process: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return False


@pytest.mark.parametrize(
    ("workers", "executor"), [(3, "threads"), pytest.param(2, "processes", marks=pytest.mark.slow)]
)
def test_workers_of_any_kind_and_number_give_the_same_bytes(
    undisturbed: tuple[Path, dict[str, str], dict[str, str]], place: Path, workers: int, executor: Kind
) -> None:
    file, runs, parts = undisturbed
    found = run_it(file, "other", workers=workers, executor=executor)
    assert contents(place / "other/store") == runs
    assert contents(place / "other/out/parts") == parts
    assert found.progress["done"] == 24


@pytest.mark.slow
def test_what_a_killed_worker_held_is_done_by_another(
    undisturbed: tuple[Path, dict[str, str], dict[str, str]], place: Path
) -> None:
    file, runs, parts = undisturbed
    killed: list[int] = []

    def kill_one(progress: Progress) -> None:
        if progress.done >= 3 and not killed:
            worker = next(one for one in children_of(os.getpid()) if is_worker(one))
            worker.kill()
            killed.append(worker.pid)

    found = run_it(file, "killed", executor="processes", progress=kill_one)
    assert killed
    assert found.progress["died"] >= 1
    assert found.progress["done"] == 24
    assert contents(place / "killed/store") == runs
    assert contents(place / "killed/out/parts") == parts
    assert leftovers(place) == []


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_a_killed_driver_loses_nothing_and_leaves_no_process(place: Path, park_folder: Path, executor: Kind) -> None:
    file = design_file(place, park_folder, points=15)
    process = start(file, "killed", "--executor", executor)
    store = place / "killed/store"
    wait_for(lambda: len(runs_in(store)) >= 6)
    children = children_of(process.pid)
    process.kill()
    process.communicate()
    wait_for(lambda: not are_alive(children), seconds=20.0)
    before = runs_in(store)
    assert len(before) < 60

    again = start(file, "killed")
    _, told = again.communicate(timeout=120)
    assert again.returncode == 0, told
    after = runs_in(store)
    assert len(after) == 60
    assert {name: after[name] for name in before} == before  # none was done again
    assert leftovers(place) == []
    run_it(file, "serial", workers=1)
    assert contents(store) == contents(place / "serial/store")
    assert contents(place / "killed/out/parts") == contents(place / "serial/out/parts")


@pytest.mark.slow
def test_ctrl_c_ends_with_130_and_what_is_done_is_kept(place: Path, park_folder: Path) -> None:
    file = design_file(place, park_folder, points=60)
    process = start(file, "broken", "--executor", "processes")
    wait_for(lambda: len(runs_in(place / "broken/store")) >= 6)
    children = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from here" in told
    wait_for(lambda: not are_alive(children), seconds=20.0)
    before = runs_in(place / "broken/store")
    assert 6 <= len(before) < 240
    again = start(file, "broken")
    again.communicate(timeout=120)
    assert again.returncode == 0
    after = runs_in(place / "broken/store")
    assert {name: after[name] for name in before} == before


def test_a_flipped_bit_and_a_cut_file_are_seen_and_done_again(
    undisturbed: tuple[Path, dict[str, str], dict[str, str]], place: Path
) -> None:
    file, runs, parts = undisturbed
    store = place / "serial/store"
    first, second, third, *_ = sorted(store.glob("*/*.parquet"))
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 4
    first.write_bytes(content)
    second.write_bytes(second.read_bytes()[:-40])
    third.unlink()
    part = next((place / "serial/out/parts").glob("*.parquet"))
    before = runs_in(store)
    found = run_it(file, "serial")
    assert found.progress["found"] == 21
    assert contents(store) == runs
    changed = {name for name, written in runs_in(store).items() if before.get(name) != written}
    assert changed == {first.name, second.name, third.name}

    flipped = bytearray(part.read_bytes())
    flipped[100] ^= 1
    part.write_bytes(flipped)
    run_it(file, "serial")
    assert contents(place / "serial/out/parts") == parts


def test_nothing_of_a_full_disk_is_left_half_written(
    undisturbed: tuple[Path, dict[str, str], dict[str, str]], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, runs, _ = undisturbed
    room, brought = [7], os.fsync

    def full(handle: int) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        brought(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left on device; room on the disk"):
            run_it(file, "full")
    assert len(runs_in(place / "full/store")) == 7
    assert leftovers(place) == []
    found = run_it(file, "full")
    assert found.progress["found"] == 7
    assert contents(place / "full/store") == runs


def test_a_limit_of_the_system_on_files_ends_the_command_with_1(place: Path, park_folder: Path) -> None:
    file = design_file(place, park_folder)
    words = f"ulimit -f 16; exec {sys.executable} -m twin sweep {file} --out o --store s"
    ended = subprocess.run(["/bin/sh", "-c", words], capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stderr
    assert "File too large" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert leftovers(place) == []
    assert runs_in(place / "s") == {}


@pytest.mark.slow
def test_two_sweeps_at_once_on_one_store_do_no_run_twice(place: Path, park_folder: Path) -> None:
    one = design_file(place, park_folder, name="one", points=15)
    two = design_file(place, park_folder, name="two", points=15)
    words = ("--store", "store", "--json")
    both = [
        subprocess.Popen(
            [*TWIN, "sweep", str(file), "--out", name, *words],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for file, name in ((one, "a"), (two, "b"))
    ]
    ends = []
    for process in both:
        printed, told = process.communicate(timeout=180)
        assert process.returncode == 0, told
        ends.append(json.loads(printed))
    assert sum(end["done"] - end["found"] for end in ends) == 60
    assert len(runs_in(place / "store")) == 60
    assert contents(place / "a/parts") == contents(place / "b/parts")
    alone = design_file(place, park_folder, name="alone", points=15)
    run_it(alone, "alone", workers=1)
    assert contents(place / "alone/store") == contents(place / "store")
