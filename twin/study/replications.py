"""Replications of one scenario: the same what-if under different luck."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from twin.errors import Fault, ManifestError, ScenarioError
from twin.indicators import measure, yearly
from twin.park import Park
from twin.record import Record, load_record, read_frame, read_manifest, write_frame, write_json, written_whole
from twin.scenario import Scenario, adjusted
from twin.simulation import Prepared, Process, prepare, run

#: The share of replications that a stated range covers.
COVERAGE = 0.9

#: Called with the number of runs done.
Progress = Callable[[int], None]

#: What a run leaves, and its indicators with the number of the replication.
Run = tuple[Record, pd.DataFrame]

Found = TypeVar("Found")


@dataclass(frozen=True)
class Study:
    """Replications of one scenario, measured."""

    park: Park
    scenario: Scenario
    indicators: pd.DataFrame  #: replication, quarter, place, indicator, part, value
    occupancy: pd.DataFrame  #: building_id by quarter: let over lettable floor, mean over the records
    records: Sequence[Record]  #: one for each replication, or of a comparison with a precision the first few
    manifest: Mapping[str, Any]

    @property
    def replications(self) -> int:
        """Number of runs."""
        return int(self.indicators["replication"].nunique())

    def by_year(self) -> pd.DataFrame:
        """Median and range of every indicator and year: low and high hold nine runs in ten between them."""
        return self._by_year.copy()

    @cached_property
    def _by_year(self) -> pd.DataFrame:
        frame = yearly(self.indicators)
        grouped = frame.groupby(["place", "indicator", "part", "year"], sort=False)["value"]
        tail = (1.0 - COVERAGE) / 2.0
        return pd.DataFrame(
            {
                "median": grouped.median(),
                "low": grouped.quantile(tail),
                "high": grouped.quantile(1.0 - tail),
                "mean": grouped.mean(),
                "n": grouped.count(),
            }
        ).reset_index()

    def save(self, folder: str | Path, *, extra: Callable[[Path], None] | None = None) -> Path:
        """Write every run, the indicators, their summary; `extra` may add to the folder before it takes its place."""
        with written_whole(Path(folder)) as place:
            folders = [place / "runs" / f"r{number:04d}" for number in range(len(self.records))]
            with ThreadPoolExecutor() as pool:
                list(pool.map(Record.save, self.records, folders))
            write_frame(self.indicators, place / "indicators.parquet")
            write_frame(self.occupancy.reset_index(), place / "occupancy.parquet")
            self.by_year().to_csv(place / "summary.csv", index=False, lineterminator="\n")
            write_json(self.manifest, place / "manifest.json")
            if extra is not None:
                extra(place)
        return Path(folder)


def replicate(
    park: Park,
    scenario: Scenario,
    *,
    replications: int | None = None,
    calendar: str = "compiled",
    events: bool = False,
    processes: Sequence[Process] = (),
    workers: int | None = None,
    progress: Progress | None = None,
) -> Study:
    """Run a scenario as often as it asks, or as told, and measure every run.

    Runs without Python processes of the user's own go on in parallel threads: the compiled kernel does not hold the
    interpreter's lock. The result does not depend on the number of workers.
    """
    n = number_of_runs(scenario, replications)
    runs = Runs(prepare(park, scenario, events=events))
    runs.go_on(n, calendar=calendar, processes=processes, workers=workers, progress=progress)
    return runs.study()


def number_of_runs(scenario: Scenario, replications: int | None) -> int:
    """As many as told, or as the scenario asks for. Raises ScenarioError."""
    n = replications if replications is not None else scenario.replications
    if n < 1:
        raise ScenarioError([Fault("replicate", f"replications {n}", "at least 1")])
    return n


@dataclass
class Runs:
    """The runs of a prepared scenario so far."""

    prepared: Prepared
    keep: int | None = None  #: of so many runs the record is kept, of the others the indicators alone; None: of all
    records: list[Record] = field(default_factory=list)
    tables: list[pd.DataFrame] = field(default_factory=list)  #: replication, quarter, place, indicator, part, value

    def go_on(
        self,
        n: int,
        *,
        calendar: str = "compiled",
        processes: Sequence[Process] = (),
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Do the replications that are missing to `n`."""
        named = self.prepared.scenario.processes

        def one(number: int) -> Run:
            record = run(self.prepared, replication=number, calendar=calendar, processes=processes)
            return record, measure(record).assign(replication=number)

        for record, table in in_order(one, range(len(self.tables), n), workers, parallel=not (processes or named)):
            self.take(record, table)
            if progress is not None:
                progress(len(self.tables))

    def take(self, record: Record, table: pd.DataFrame) -> None:
        """Add a run, and its indicators with the number of the replication."""
        if self.keep is None or len(self.records) < self.keep:
            self.records.append(record)
        self.tables.append(table)

    def study(self, **more: Any) -> Study:
        """A study of them; its manifest tells `more`."""
        return Study(
            park=self.prepared.park,
            scenario=self.prepared.scenario,
            indicators=pd.concat(self.tables, ignore_index=True),
            occupancy=_mean_occupancy(self.records),
            records=self.records,
            manifest={**self.records[0].manifest, "replications": len(self.tables), "kind": "study", **more},
        )


def load_study(folder: str | Path, park: Park, scenario: Scenario) -> Study:
    """A saved study. Raises ManifestError where the folder does not hold one."""
    place = Path(folder)
    manifest = read_manifest(place)
    if manifest.get("kind") != "study":
        raise ManifestError([Fault(str(place), "not the folder of a study", "one that `twin run` wrote")])
    if manifest.get("park_sha256") != park.sha256:
        what = f"park_sha256 is {manifest.get('park_sha256')}, that of the park {park.sha256}"
        raise ManifestError([Fault(str(place), what, "the park it was run on")])
    if not (place / "runs").is_dir():
        raise ManifestError([Fault(str(place / "runs"), "missing", "the folder of a study")])
    return Study(
        park=adjusted(park, scenario),
        scenario=scenario,
        indicators=read_frame(place / "indicators.parquet"),
        occupancy=read_frame(place / "occupancy.parquet").set_index("building_id"),
        records=[load_record(run) for run in sorted((place / "runs").iterdir())],
        manifest=manifest,
    )


def in_order(one: Callable[[int], Found], numbers: range, workers: int | None, *, parallel: bool) -> Iterator[Found]:
    """What is found for these numbers, in that order; by several threads at once, if told so."""
    alone = numbers[:1] if numbers.start == 0 else numbers[:0]  # the kernel is compiled, or read from the cache, once
    yield from map(one, alone)
    rest = numbers[len(alone) :]
    if not parallel:
        yield from map(one, rest)
    elif rest:
        with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
            yield from pool.map(one, rest)


def _mean_occupancy(records: Sequence[Record]) -> pd.DataFrame:
    """Let over lettable floor of each building and quarter, mean over the runs in which it was open."""
    first = records[0].buildings
    quarters, ids = list(first["quarter"].cat.categories), list(first["building_id"].cat.categories)
    let = sum(record.buildings["let_m2"].to_numpy(dtype=np.float64) for record in records)
    stock = sum(record.buildings["stock_m2"].to_numpy(dtype=np.float64) for record in records)
    shares = np.divide(let, stock, out=np.full(len(first), np.nan), where=np.asarray(stock) > 0)
    frame = pd.DataFrame(shares.reshape(len(quarters), len(ids)).T, index=ids, columns=quarters)
    return frame.rename_axis(index="building_id")
