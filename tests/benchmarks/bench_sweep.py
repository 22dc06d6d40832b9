"""What a sweep costs beside its runs, how it scales on two cores, and how quickly it is resumed and read.

Repeat with `.venv/bin/python -m tests.benchmarks.bench_sweep [RUNS] [MANY]`, 500 and 10,000 by default; it takes some
fifteen minutes on two cores with nothing else to do. The first part runs the shipped baseline RUNS times, one by one,
in threads and in processes; the second makes a sweep of MANY short runs of a small park.

Measured on two cores of virtual machines (x86-64, Python 3.11, numba 0.68), one on which a run takes 175 ms and one on
which it takes 286 ms:

    beside a run 3.05 ms on the slower one: 0.5 to lay out what is kept, 1.7 to pack it, 0.55 to bring it to the disk,
    0.3 to hand it over and take it in. This is the sum of the parts, each timed by itself: the difference between a
    sweep and its runs alone, which is printed here, is smaller than what either differs from one time to the next.
    two threads 1.5 to 1.7 times as fast as one; two processes 1.65 times over 200 runs, of which two seconds are their
    start, 1.3 times over 100 runs on the slower machine, and 1.97 times once they are under way
    1,000 runs of the baseline on two processes: 122 s, 221 s on the slower machine
    10,000 short runs: 101 s; the same command again 0.38 s; one indicator of all of them 0.36 s
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.parks import small_park
from twin.indicators import measured_values
from twin.park import save_park
from twin.simulation import prepare, run
from twin.sweeps import Ready, get_ready, load_sweep
from twin.sweeps.executors import Crew, Here, Processes

BASELINE = """\
name: bench
design: lhs
n: {points}
replications: 20
vary:
  - parameter: entry_trend_per_year
  - parameter: taste_rent
"""

SMALL = """\
name: many
changes: {{park: {park}, end: 2026Q4}}
design: lhs
n: {points}
replications: 20
vary:
  - parameter: entry_trend_per_year
"""


def say(line: str) -> None:
    """A line of the result."""
    sys.stdout.write(f"{line}\n")


def timed(ready: Ready, crew: Crew) -> float:
    """Seconds that a sweep takes with some workers, the kernel warm."""
    began = time.perf_counter()
    ready.drive(crew)
    return time.perf_counter() - began


def fresh(design: Path, name: str) -> Ready:
    """A sweep of which nothing is done."""
    for folder in (design.parent / name, design.parent / f"{name}-store"):
        shutil.rmtree(folder, ignore_errors=True)
    return get_ready(design, out=design.parent / name, store=design.parent / f"{name}-store")


def bare(ready: Ready, runs: int) -> float:
    """Seconds that the runs take by themselves, prepared and measured, one after the other, with nothing kept."""
    began, like = time.perf_counter(), None
    for point, scenario in ready.plan.scenarios(range(runs // ready.plan.design.replications)).items():
        like = prepare(ready.plan.park, scenario, events=False, like=like)
        for one in ready.plan.runs(range(point * 20, point * 20 + 20)):
            measured_values(run(like, replication=one.luck))
    return time.perf_counter() - began


def scaling(place: Path, runs: int) -> None:
    """One worker, two threads, two processes, and what a sweep costs beside its runs."""
    design = place / "bench.yaml"
    design.write_text(BASELINE.format(points=runs // 20), encoding="utf-8")
    ready = fresh(design, "warm")
    ready.cost(Here(ready.workshop(), 1))
    by_itself = bare(ready, runs)
    one = timed(r := fresh(design, "one"), Here(r.workshop(), 1))
    threads = timed(r := fresh(design, "threads"), Here(r.workshop(), 2))
    processes = timed(r := fresh(design, "processes"), Processes(r.workshop(), 2))
    say(f"{runs} runs of the baseline: {by_itself:.1f} s by themselves, {one:.1f} s as a sweep")
    say(f"beside the runs {(one - by_itself) / runs * 1e3:.2f} ms each")
    say(f"two threads {one / threads:.2f} times as fast as one, two processes {one / processes:.2f} times")
    say(f"1,000 runs on two processes: {processes / runs * 1000:.0f} s")


def resuming(place: Path, runs: int) -> None:
    """A finished sweep of very many runs, started again and read."""
    save_park(small_park([3_000, 5_000]), place / "park")
    design = place / "many.yaml"
    design.write_text(SMALL.format(points=runs // 20, park=place / "park"), encoding="utf-8")
    words = [
        sys.executable,
        "-m",
        "twin",
        "sweep",
        str(design),
        "--out",
        str(place / "many"),
        "--store",
        str(place / "s"),
    ]
    took = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run(words, check=True, capture_output=True)
        took.append(time.perf_counter() - began)
    sweep = load_sweep(place / "many")
    began = time.perf_counter()
    rows = len(sweep.table("revenue@2026"))
    read = time.perf_counter() - began
    say(f"{runs:,} short runs: {took[0]:.0f} s; the same command again {min(took[1:]):.2f} s")
    say(f"one indicator of {rows:,} runs: {read:.2f} s")


def main(runs: int = 500, many: int = 10_000) -> None:
    """Print all of it."""
    with tempfile.TemporaryDirectory() as folder:
        scaling(Path(folder), runs)
        resuming(Path(folder), many)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
