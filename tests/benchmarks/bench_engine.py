"""How fast the engine is, as ratios within one run on one machine.

Repeat with `.venv/bin/python -m tests.benchmarks.bench_engine`; it takes some minutes. Rounds are interleaved and the
best of each is taken, so that what else the machine does counts little. The story is plain SimPy written to be read,
with honest sums over buildings: its ratio says what the compiled rules save a planner, not how fast SimPy could be
made. Everything counts that a run does: the copy of the state, the panels and the frames of the record, which the
story has not.

Measured on one core of a virtual machine (x86-64, Python 3.11, numba 0.68):

    5,000 firms in 40 buildings, ten years: story / compiled 92, reference / compiled 11
    the shipped park with 976 buildings, ten years: story / compiled some 900, reference / compiled 8
    a timeout of a process 6 µs, a happening that a process waits for 19 µs (on a machine with much else to do)
    a firm-year: 2.7 µs among 5,000 firms, 2.5 among 50,000, 6.5 among 500,000
"""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from tests.oracle.story import Story
from tests.parks import small_park
from twin.catalog import load_catalog
from twin.engine.environment import Event, Happening, ParkEnvironment
from twin.engine.kinds import Kind
from twin.park import Park, load_park
from twin.scenario import Scenario
from twin.simulation import prepare, run
from twin.units import Quarter

TIMEOUTS = 20_000


def estate(firms: int = 5000, buildings: int = 40) -> Park:
    """So many firms in so few buildings that looking for one costs next to nothing."""
    number = range(firms)
    stock = pd.DataFrame(
        {
            "firm_id": [n + 1 for n in number],
            "industry": [("ai", "finance", "health", "services")[n % 4] for n in number],
            "stage": [("lab", "pilot", "mature", "mature")[n // 4 % 4] for n in number],
            "staff": [3 + n % 17 for n in number],
            "productivity": 1.0,
            "founded_year": [2010.0 + n % 150 / 10 for n in number],
            "building_id": [f"b{n % buildings}" for n in number],
            "floor_m2": [50 + 10 * (n % 17) for n in number],
            "registered": True,
            "resident": True,
            "anchor": False,
        }
    )
    slots = {"proof_of_concept": 60, "pilot_line": 60}
    return small_park([40_000.0] * buildings, slots=slots, firms=stock)


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def best(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Least seconds of each over interleaved rounds."""
    seconds = [{name: timed(work) for name, work in works.items()} for _ in range(rounds)]
    return {name: min(one[name] for one in seconds) for name in works}


def drivers(park: Park, years: int, *, rounds: int) -> dict[str, float]:
    """Seconds of the reference calendar and of the story over those of the compiled engine, and its µs a happening."""
    scenario = Scenario(name="speed", end=f"{2025 + years}Q4")
    prepared = prepare(park, scenario)
    record = run(prepared)
    assert record.events is not None
    happened = int((~record.events["kind"].isin(["recognise", "lapse"])).sum())  # the story has no ladder of tiers

    def tell() -> None:
        told = Story(park, prepared.catalog, start=Quarter.parse(scenario.start), seed=scenario.seed)
        told.env.run(until=scenario.years)
        assert len(told.log) == happened

    compiled = best({"compiled": lambda: run(prepared)}, rounds=3 * rounds)["compiled"]
    seconds = best({"reference": lambda: run(prepared, calendar="reference"), "story": tell}, rounds)
    ratios = {f"{name} / compiled": spent / compiled for name, spent in seconds.items()}
    return {**ratios, "compiled, µs a happening": 1e6 * compiled / len(record.events)}


def growing(sizes: Sequence[int], years: int, *, rounds: int) -> dict[str, float]:
    """Microseconds a firm-year in estates of so many firms, with as many entries, jobs and buildings a firm."""
    catalog = load_catalog()
    results = {}
    for firms in sizes:
        times = firms / 5000
        parameters: dict[str, float | dict[str, float]] = {
            f"{rate}.{industry}": catalog.value(rate, industry) * times
            for rate in ("entry_per_year", "institute_spin_offs_per_year", "prospects_per_year")
            for industry in catalog.industries
        }
        parameters["entry_jobs_base"] = catalog.value("entry_jobs_base") * times
        # among more buildings each is chosen more rarely, a firm's own too: this leaves as many moves a firm
        parameters["stay_inertia"] = catalog.value("stay_inertia") + math.log(times)
        scenario = Scenario(name="growing", end=f"{2025 + years}Q4", parameters=parameters)
        prepared = prepare(estate(firms, max(40, firms // 125)), scenario, events=False)
        groups = run(prepared).groups
        lived = groups[["resident_firms", "remote_firms"]].to_numpy().sum() / 4
        seconds = best({"run": partial(run, prepared)}, rounds)["run"]
        results[f"{firms:,} firms, µs a firm-year"] = 1e6 * seconds / lived
    return results


def crossings(park: Park, *, rounds: int) -> dict[str, float]:
    """Microseconds that a timeout of a process costs, and a happening that one waits for."""
    prepared = prepare(park, Scenario(name="crossings", end="2030Q4"))
    heard: list[int] = []

    def sleeps(env: ParkEnvironment) -> Generator[Event, Any, None]:
        for _ in range(TIMEOUTS):
            yield env.timeout(4.9 / TIMEOUTS)

    def listens(env: ParkEnvironment) -> Generator[Event, Happening, None]:
        heard.append(0)
        while True:
            yield env.on(Kind.GROW)
            heard[-1] += 1

    seconds = best(
        {
            "alone": lambda: run(prepared),
            "timeouts": lambda: run(prepared, processes=[sleeps]),
            "watched": lambda: run(prepared, processes=[listens]),
        },
        rounds,
    )
    return {
        "a timeout, µs": 1e6 * (seconds["timeouts"] - seconds["alone"]) / TIMEOUTS,
        "a happening waited for, µs": 1e6 * (seconds["watched"] - seconds["alone"]) / heard[-1],
    }


def main() -> None:
    """Print everything."""
    shipped, small = load_park(), estate()
    results = {
        "5,000 firms in 40 buildings, ten years": drivers(small, 10, rounds=2),
        f"the shipped park, {len(shipped.firm_buildings)} buildings, ten years": drivers(shipped, 10, rounds=1),
        "crossings into SimPy": crossings(small, rounds=3),
        "two years of larger and larger estates": growing((5_000, 50_000, 500_000), 2, rounds=3),
    }
    for heading, values in results.items():
        sys.stdout.write(f"{heading}\n" + "".join(f"  {name:<28}{value:8.2f}\n" for name, value in values.items()))


if __name__ == "__main__":
    main()
