"""What a sweep has found: its points, its runs' figures as tidy frames, its failures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from twin.catalog import nearest
from twin.errors import Fault, InputError, ManifestError
from twin.indicators.asked import Figure
from twin.indicators.measuring import INDICATORS
from twin.sweeps.design import Design
from twin.sweeps.measured import INDICATOR_ROWS, PANEL_ROWS, read_frame
from twin.sweeps.seen import BLOCK, part_file, read_seen
from twin.sweeps.sources import hash_of
from twin.sweeps.store import Store, is_whole


@dataclass(frozen=True)
class Sweep:
    """A sweep's folder, read as far as it is asked for."""

    folder: Path
    manifest: Mapping[str, Any]
    design: Design

    @property
    def name(self) -> str:
        """The design's."""
        return self.design.name

    @property
    def replications(self) -> int:
        """Of each point."""
        return self.design.replications

    @property
    def runs(self) -> int:
        """How many runs are planned."""
        return int(self.manifest["runs"])

    @property
    def factors(self) -> list[str]:
        """Names of the columns that vary."""
        return [factor.label for factor in self.design.factors]

    @cached_property
    def points(self) -> pd.DataFrame:
        """The points: a column for each factor, their numbers as index. Raises ManifestError where they are damaged."""
        file = self.folder / "plan.parquet"
        if self.manifest.get("plan_sha256") != hash_of([str(file)]):
            raise _damaged(file)
        return _read(file, None).to_pandas().set_index("point")

    @property
    def progress(self) -> dict[str, Any]:
        """How far it has come, as was last written down: total, done, failed, found, workers, written."""
        nothing = {"total": self.runs, "done": 0, "failed": 0, "found": 0, "workers": 0, "rate": 0.0, "written": 0.0}
        try:
            return nothing | dict(json.loads((self.folder / "progress.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return nothing

    @property
    def failures(self) -> pd.DataFrame:
        """The runs that failed: run, point, replication, the factors, reason, and the command to do one again."""
        files = sorted((self.folder / "failures").glob("*.json"))
        rows = [json.loads(file.read_text(encoding="utf-8"))["failed"] for file in files]
        columns = ["run", "point", "replication", "reason", "again"]
        frame = pd.DataFrame(rows, columns=[*columns, "trace"])[columns]
        return frame.join(self.points, on="point")[["run", "point", "replication", *self.factors, "reason", "again"]]

    def table(self, *asked: str | Figure) -> pd.DataFrame:
        """A row for each run that is done: point, replication, the factors, and a column for each figure asked for.

        Figures are such as `revenue@2030`; without a year they are those of the last. Runs that failed, and those of
        blocks of which some are not done yet, are left out. Raises InputError.
        """
        figures = [one if isinstance(one, Figure) else Figure.parse(one) for one in asked]
        for taken in (str(one) for one in figures if str(one) in self.factors):
            cure = f"its year too, as {taken}@2030, or a `name:` of the factor"
            raise InputError([Fault(taken, "a factor has that name", cure)])
        if figures:
            frame = self.by_year(*dict.fromkeys(figure.indicator for figure in figures))
            found = pd.DataFrame({str(one): one.of(frame.drop(columns=["point", "replication"])) for one in figures})
        else:
            found = pd.DataFrame(index=pd.Index(self._done_runs, name="run", dtype=np.int64))
        each = self.replications
        found.insert(0, "point", found.index // each)
        found.insert(1, "replication", found.index % each)
        ordered = found.sort_index().join(self.points, on="point")
        return ordered[["point", "replication", *self.factors, *map(str, figures)]]

    def by_year(self, *indicators: str) -> pd.DataFrame:
        """Indicators by year of all runs, those named or all.

        Columns: run, point, replication, place, indicator, part, year, value. Raises InputError where there is no such
        indicator, and before the first block, and ManifestError where the table of one cannot be read.
        """
        for unknown in (name for name in indicators if name not in INDICATORS):
            raise InputError([Fault(unknown, "unknown indicator", nearest(unknown, INDICATORS))])
        files = [file for file in map(self._part, range(-(-self.runs // BLOCK))) if file is not None]
        if not files:
            raise InputError([Fault(str(self.folder), "no run is done yet", "twin sweep, or wait for its first block")])
        filters = [("indicator", "in", list(indicators))] if indicators else None
        tables = [_read(file, filters).to_pandas() for file in files]
        frame = pd.concat(tables, ignore_index=True)
        for column in ("place", "indicator", "part"):
            frame[column] = frame[column].astype(str)
        frame["point"], frame["replication"] = frame["run"] // self.replications, frame["run"] % self.replications
        return frame[["run", "point", "replication", "place", "indicator", "part", "year", "value"]]

    def values(self, figure: str | Figure) -> NDArray[np.float64]:
        """(points, replications): a figure of all runs, not a number where one failed or is not done."""
        asked = figure if isinstance(figure, Figure) else Figure.parse(figure)
        found = np.full(self.runs, np.nan)
        frame = self.by_year(asked.indicator).drop(columns=["point", "replication"])
        one = asked.of(frame)
        found[one.index.to_numpy()] = one.to_numpy()
        return found.reshape(-1, self.replications)

    def run(self, number: int) -> pd.DataFrame:
        """All that is kept of a run: table, quarter, place, indicator, part, value; panels are of the ends of years."""
        file = self._run_file(number)
        if not is_whole(file.read_bytes()):
            raise _damaged(file)
        return pd.concat([read_frame(file, rows) for rows in (INDICATOR_ROWS, PANEL_ROWS)], ignore_index=True)

    @property
    def store(self) -> Store:
        """Where its runs are kept."""
        return Store(Path(self.manifest["store"]))

    def run_files(self) -> dict[int, Path]:
        """The files of all runs that are done, by their numbers."""
        return {number: self.store.file(key) for number, key in self._keys()}

    def query(self, sql: str) -> pd.DataFrame:
        """What a statement in SQL finds in its tables points, runs, indicators and quarters: `twin.sweeps.query`."""
        from twin.sweeps.query import query

        return query(self, sql)

    def _run_file(self, number: int) -> Path:
        found = self.run_files()
        if number not in found:
            raise InputError(
                [Fault(f"run {number}", "not done, or failed", f"one of 0 to {self.runs - 1} that is done")]
            )
        return found[number]

    @property
    def _done_runs(self) -> list[int]:
        return [number for number, _ in self._keys()]

    def _keys(self) -> list[tuple[int, str]]:
        """Numbers and names of the runs that are done, of the blocks that are."""
        found = []
        for block in range(-(-self.runs // BLOCK)):
            first = block * BLOCK
            seen = read_seen(self.folder, block, min(BLOCK, self.runs - first))
            if seen is not None:
                found += [(first + n, key.decode()) for n, key in enumerate(seen["key"].tolist()) if key]
        return found

    def _part(self, block: int) -> Path | None:
        file = part_file(self.folder, block)
        return file if file.is_file() else None


def _read(file: Path, filters: list[tuple[str, str, list[str]]] | None) -> pa.Table:
    """What is wanted of a table, the rest unread. Raises ManifestError where it cannot be read."""
    try:
        return pq.read_table(file, filters=filters)
    except (OSError, pa.ArrowException):
        raise _damaged(file) from None


def _damaged(file: Path) -> ManifestError:
    return ManifestError([Fault(str(file), "not as it was written", "the same sweep again, which does it anew")])


def load_sweep(folder: str | Path) -> Sweep:
    """The sweep in a folder, finished or not. Raises ManifestError where there is none."""
    place = Path(folder)
    file = place / "sweep.json"
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        design = Design.model_validate(manifest["design"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"no sweep: {getattr(error, 'strerror', None) or type(error).__name__}"
        raise ManifestError([Fault(str(file), what, "the folder that `twin sweep` wrote")]) from None
    return Sweep(place, manifest, design)
