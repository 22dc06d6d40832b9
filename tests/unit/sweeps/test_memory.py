"""What a driver holds does not grow with the number of runs that are planned."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

from tests.unit.sweeps.conftest import design_file
from twin.sweeps import Progress, get_ready
from twin.sweeps.executors import Kind
from twin.sweeps.measured import Labels
from twin.sweeps.working import Outcome, Task

LABELS = Labels(tuple(f"2026Q{n}" for n in range(1, 5)), ("park",) * 50, ("revenue",) * 50, tuple(map(str, range(50))))


class Pretending:
    """Workers who have done whatever they are given before they are asked."""

    kind: Kind = "threads"
    workers = 2

    def submit(self, tasks: Sequence[Task]) -> Future[list[Outcome]]:
        done: Future[list[Outcome]] = Future()
        values = np.zeros((50, 1))
        done.set_result([Outcome(number, 0.001, LABELS, values, "") for task in tasks for number, *_ in task.runs])
        return done

    def renew(self) -> None:
        raise AssertionError

    def close(self, *, at_once: bool = False) -> None:
        pass


@pytest.mark.parametrize(
    "points", [pytest.param(300, marks=pytest.mark.slow), pytest.param(1000, marks=pytest.mark.soak)]
)
def test_memory_of_the_driver_stays_flat_over_so_many_runs(place: Path, park_folder: Path, points: int) -> None:
    """30,000 runs; 100,000 where there is time."""
    runs = 100 * points
    file = design_file(place, park_folder, points=1, replications=100)
    text = file.read_text(encoding="utf-8").replace("values: [0.00]", "low: 0.0\n    high: 0.1")
    file.write_text(text.replace("design: grid", f"design: lhs\nn: {points}"), encoding="utf-8")
    ready = get_ready(file, out="out", store="store")
    assert len(ready.plan) == runs
    held: dict[int, int] = {}

    def look(progress: Progress) -> None:
        mark = progress.done * 5 // runs
        if mark not in held:
            held[mark] = tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        progress = ready.drive(Pretending(), told=look, seconds=0.01)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert progress.done == runs
    # bytes: far less than a kilobyte a run; 8 MB of it is the table of strings that Python keeps one of, parts of paths
    # among them, when it doubles
    assert held[5] < held[1] + 12e6
    assert peak < 100e6
