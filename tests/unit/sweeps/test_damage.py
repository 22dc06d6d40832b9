"""Whatever has become of a sweep's files, a later start brings them back to what they were."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.unit.sweeps.conftest import contents, design_file, leftovers
from twin.cli.sweeps import _drive
from twin.sweeps import Sweep, sweep
from twin.sweeps.executors import Here
from twin.sweeps.finished import remember, still_done
from twin.sweeps.seen import failure_file, seen_file, write_seen
from twin.sweeps.store import Store, write_durably
from twin.sweeps.sweeping import Cost, Ready, get_ready
from twin.sweeps.working import Outcome, Task


def again(file: Path) -> Sweep:
    return sweep(file, out="out", store="store", workers=1)


def flip(file: Path, place: int) -> None:
    """Flip the uppermost bit of a byte of a file."""
    content = bytearray(file.read_bytes())
    content[place] ^= 0x80
    file.write_bytes(content)


@pytest.mark.parametrize("at", [0, 20, 200, 300])
def test_a_flipped_bit_in_what_was_seen_is_seen(place: Path, park_folder: Path, at: int) -> None:
    file = design_file(place, park_folder, points=1, replications=2)
    again(file)
    before = seen_file(Path("out"), 0).read_bytes()
    flip(seen_file(Path("out"), 0), at)
    assert again(file).progress["done"] == 2
    assert seen_file(Path("out"), 0).read_bytes() == before


def test_runs_whose_files_of_events_are_damaged_are_done_again(place: Path, park_folder: Path) -> None:
    file = design_file(place, park_folder, points=1, replications=2)
    file.write_text(file.read_text(encoding="utf-8") + "keep_events: true\n", encoding="utf-8")
    again(file)
    whole = contents(Path("store"))
    one, other = sorted(Path("store").glob("*/*.events.parquet"))
    one.write_bytes(one.read_bytes()[:-9])
    other.write_bytes(b"")
    assert again(file).progress["found"] == 0
    assert contents(Path("store")) == whole


def test_a_failed_run_of_which_it_is_not_told_why_is_done_again(place: Path, park_folder: Path) -> None:
    file = design_file(place, park_folder, points=1, replications=2)
    done = again(file)
    (_, first), _ = done._keys()
    write_seen(Path("out"), 0, Store(Path("store")), [first, ""], ("",))
    assert not failure_file(Path("out"), 1).exists()
    assert again(file).progress["done"] == 2


@pytest.mark.parametrize("name", ["sweep.json", "plan.parquet"])
@pytest.mark.parametrize("how", ["cut", "flipped", "empty"])
def test_a_damaged_plan_is_written_again(place: Path, park_folder: Path, name: str, how: str) -> None:
    file = design_file(place, park_folder, points=2, replications=1)
    again(file)
    damaged = Path("out") / name
    before, runs = damaged.read_bytes(), contents(Path("store"))
    if how == "flipped":
        flip(damaged, len(before) // 2)
    else:
        damaged.write_bytes(before[: len(before) // 2] if how == "cut" else b"")
    found = again(file)
    assert found.progress["found"] == 2
    assert damaged.read_bytes() == before
    assert contents(Path("store")) == runs
    assert len(found.points) == 2


@pytest.mark.parametrize("left", [".plan.parquet.4711.part", "plan.parquet", ".sweep.json.4711.part"])
def test_a_sweep_killed_as_it_was_begun_is_begun_again(place: Path, park_folder: Path, left: str) -> None:
    file = design_file(place, park_folder, points=1, replications=1)
    Path("out").mkdir()
    (Path("out") / left).write_bytes(b"PAR1")
    assert again(file).progress["done"] == 1
    assert leftovers(place) == []


def test_what_a_killed_sweep_left_half_written_in_its_folder_goes(place: Path, park_folder: Path) -> None:
    file = design_file(place, park_folder, points=1, replications=1)
    again(file)
    for left in ("parts/.000000.parquet.4711.part", "seen/.000000.npy.4711.part", ".progress.4711.part"):
        (Path("out") / left).write_bytes(b"?")
    again(file)
    assert leftovers(place) == []


def test_a_sweep_that_goes_on_with_another_store_is_read_from_there(place: Path, park_folder: Path) -> None:
    file = design_file(place, park_folder, points=1, replications=1)
    again(file)
    moved = sweep(file, out="out", store="other", workers=1)
    assert moved.run_files()[0].is_relative_to(place / "other")
    assert not moved.run(0).empty


def test_where_the_file_system_has_no_locks_a_sweep_does_not_wait_for_ever(
    place: Path, park_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = design_file(place, park_folder, points=1, replications=2)

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "lockf", no_locks)
    assert again(file).progress["done"] == 2


def test_ctrl_c_leaves_no_file_half_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_durably(place / "file", b"content")
    assert list(place.iterdir()) == []


ASKED: dict[str, object] = {"changes": [], "store": "store"}


def finished(place: Path, park: Path) -> Path:
    """The design of a sweep that is finished, and known to be."""
    shutil.copytree(park, place / "park")
    file = design_file(place, place / "park", points=1, replications=1)
    again(file)
    remember(get_ready(file, out="out", store="store"), file, ASKED)
    assert still_done(file, Path("out"), ASKED) is not None
    return file


@pytest.mark.parametrize("name", ["out/sweep.json", "out/plan.parquet", "out/progress.json", "out/made-of.json"])
def test_a_finished_sweep_of_which_a_file_is_damaged_is_not_taken_for_finished(
    place: Path, park_folder: Path, name: str
) -> None:
    file = finished(place, park_folder)
    Path(name).write_bytes(b"[1]" if name.endswith("made-of.json") else Path(name).read_bytes()[:-9])
    assert still_done(file, Path("out"), ASKED) is None


def test_a_file_that_is_new_in_the_park_is_noticed(place: Path, park_folder: Path) -> None:
    file = finished(place, park_folder)
    (place / "park" / "water.geojson").write_text("{}", encoding="utf-8")
    assert still_done(file, Path("out"), ASKED) is None


def test_a_store_named_from_another_folder_is_another(
    place: Path, park_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = finished(place, park_folder)
    (place / "elsewhere").mkdir()
    monkeypatch.chdir(place / "elsewhere")
    assert still_done(file, place / "out", ASKED) is None


def test_what_a_dying_worker_had_kept_is_not_done_again(place: Path, park_folder: Path) -> None:
    ready = get_ready(design_file(place, park_folder, points=1, replications=4), out="out", store="store")

    class Dying(Here):
        """Does the first runs it is given and keeps them, and dies before it can say so."""

        deaths = 0

        def submit(self, tasks: Sequence[Task]) -> Future[list[Outcome]]:
            done = super().submit(tasks)
            if self.deaths:
                return done
            self.deaths = 1
            dead: Future[list[Outcome]] = Future()
            dead.set_exception(BrokenExecutor())
            return dead

        def renew(self) -> None:
            """As good as new."""

    crew = Dying(ready.workshop(), 1)
    written: list[int] = []
    progress = ready.drive(crew, told=lambda now: written.append(now.done), seconds=0.01)
    assert (progress.done, progress.died, progress.seconds) == (4, 1, 0.0)  # none was done a second time
    assert written[-1] == 4


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.0, 0.3, 0.8])
def test_ctrl_c_at_a_terminal_while_workers_begin_ends_quietly(place: Path, park_folder: Path, after: float) -> None:
    file = design_file(place, park_folder, points=10, replications=10)
    words = [sys.executable, "-m", "twin", "sweep", str(file), "--executor", "processes", "--workers", "2"]
    process = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    started = psutil.Process(process.pid)
    until = time.monotonic() + 60.0
    while not any("spawn_main" in " ".join(one.cmdline()) for one in started.children()):
        assert time.monotonic() < until, "no worker was started"
        time.sleep(0.01)
    time.sleep(after)
    children = started.children()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    _, alive = psutil.wait_procs(children, timeout=20.0)
    assert alive == []


def test_a_sweep_interrupted_before_it_has_told_anything_says_how_it_ended(
    place: Path, park_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = design_file(place, park_folder, points=1, replications=2)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    ready = get_ready(file, out="out", store="store")
    crew = Here(ready.workshop(), 1)
    monkeypatch.setattr(Ready, "drive", interrupted)
    came_to, code = _drive(ready, crew, Cost(2, 0.1, 9, 1, 0), retry=False)
    assert (came_to["done"], came_to["total"], came_to["ended"], code) == (0, 2, "interrupted", 130)


def test_a_change_of_a_scenario_of_which_nothing_was_left_is_noticed(place: Path, park_folder: Path) -> None:
    (place / "far.yaml").write_text("name: far\nextends: baseline\n", encoding="utf-8")
    (place / "near.yaml").write_text("name: near\nextends: far\n", encoding="utf-8")
    file = design_file(place, park_folder, points=1, replications=1)
    file.write_text(file.read_text(encoding="utf-8").replace("scenario: baseline", "scenario: near.yaml"))
    again(file)
    remember(get_ready(file, out="out", store="store"), file, ASKED)
    assert still_done(file, Path("out"), ASKED) is not None
    (place / "baseline.yaml").write_text("name: baseline\n", encoding="utf-8")  # is read instead of the shipped one
    assert still_done(file, Path("out"), ASKED) is None
    (place / "baseline.yaml").unlink()
    assert still_done(file, Path("out"), ASKED) is not None
    (place / "far.yaml").write_text("name: far\nextends: baseline\nseed: 7\n", encoding="utf-8")
    assert still_done(file, Path("out"), ASKED) is None


@pytest.mark.slow
def test_a_worker_killed_the_moment_it_is_started_keeps_nobody_waiting(place: Path, park_folder: Path) -> None:
    """More than a pipe holds is never sent to a process that is beginning."""
    file = design_file(place, park_folder, points=2, replications=2)
    words = [sys.executable, "-m", "twin", "sweep", str(file), "--executor", "processes", "--workers", "2"]
    process = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    started, killed = psutil.Process(process.pid), 0
    while process.poll() is None and killed < 1:
        for one in started.children():
            with suppress(psutil.Error):
                if "spawn_main" in " ".join(one.cmdline()):
                    one.kill()
                    killed += 1
        time.sleep(0.002)
    try:
        told, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert killed
    assert process.returncode == 0
    assert "4 of 4 runs done" in told
    assert leftovers(place) == []
