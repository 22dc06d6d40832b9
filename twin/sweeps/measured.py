"""What is kept of a run: its indicators by quarter, panels by building and cell, as one Parquet table; and by year."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from twin.indicators.measuring import Measured, whole_years
from twin.record import Record
from twin.units import QUARTERS_PER_YEAR

Floats = NDArray[np.float64]

#: Columns of `Record.groups` and `Record.buildings` that are kept of the last quarter of each year.
CELL_COLUMNS = ("resident_firms", "remote_firms", "staff", "floor_m2", "revenue_cny", "tax_cny")
BUILDING_COLUMNS = ("let_m2", "tenants")

#: Row groups of a run's file.
INDICATOR_ROWS, PANEL_ROWS = 0, 1


class Labels(NamedTuple):
    """What the series of a run are of; the runs of one scenario share theirs."""

    quarters: tuple[str, ...]
    places: tuple[str, ...]
    indicators: tuple[str, ...]
    parts: tuple[str, ...]

    @classmethod
    def of(cls, measured: Measured) -> Labels:
        """Of what was measured of a run."""
        return cls(*measured[:4])

    @property
    def years(self) -> list[int]:
        """Whole years of the run."""
        return whole_years(self.quarters)[0]


def table_of(measured: Measured, record: Record) -> list[pa.Table]:
    """The row groups of a run's file: its indicators, and its panels at the end of each year."""
    indicators = _table(_indicator_columns(Labels.of(measured)), measured.numbers.T.reshape(-1))
    return [indicators, _panels(record)]


def measured_in(file: Any) -> Measured:
    """The indicators of a run's file that is open or in memory."""
    table = pq.ParquetFile(file).read_row_group(INDICATOR_ROWS)
    quarters = tuple(table["quarter"].unique().to_pylist())
    each = len(quarters)
    first = pa.array(range(0, len(table), each))
    places, indicators, parts = (tuple(table[name].take(first).to_pylist()) for name in _NAMES)
    return Measured(quarters, places, indicators, parts, table["value"].to_numpy().reshape(-1, each).T)


def read_frame(file: Any, row_group: int) -> pd.DataFrame:
    """One row group of a run's file as a tidy frame: table, quarter, place, indicator, part, value."""
    return pq.ParquetFile(file).read_row_group(row_group).to_pandas()


_NAMES = ("place", "indicator", "part")


@lru_cache(maxsize=8)
def _indicator_columns(labels: Labels) -> Mapping[str, pa.Array]:
    """The columns of a file that all runs of one scenario share."""
    series, each = len(labels.places), len(labels.quarters)
    columns = {
        "table": _coded(["indicators"], np.zeros(series * each, np.int32)),
        "quarter": _coded(labels.quarters, np.tile(np.arange(each, dtype=np.int32), series)),
    }
    for name, texts in zip(_NAMES, labels[1:], strict=True):
        codes, known = pd.factorize(np.array(texts, dtype=object))
        columns[name] = _coded(known.tolist(), np.repeat(codes.astype(np.int32), each))
    return columns


def _panels(record: Record) -> pa.Table:
    """Figures of cells and buildings in the last quarter of each whole year."""
    quarters = tuple(record.column("groups", "quarter").categories)
    years, first = whole_years(quarters)
    rows = first + np.arange(1, len(years) + 1) * QUARTERS_PER_YEAR - 1
    cells = tuple(record.column("groups", "cell").categories)
    ids = tuple(record.column("buildings", "building_id").categories)
    values = [
        record.column("groups", name).reshape(len(quarters), len(cells), -1)[rows].sum(axis=2, dtype=np.float64)
        for name in CELL_COLUMNS
    ]
    values += [record.column("buildings", name).reshape(len(quarters), -1)[rows] for name in BUILDING_COLUMNS]
    columns = _panel_columns(tuple(quarters[row] for row in rows), cells, ids)
    return _table(columns, np.concatenate([one.reshape(-1) for one in values], dtype=np.float64))


@lru_cache(maxsize=8)
def _panel_columns(quarters: tuple[str, ...], cells: tuple[str, ...], ids: tuple[str, ...]) -> Mapping[str, pa.Array]:
    """The columns that the panels of all runs of one scenario share."""
    each = len(quarters)
    of_cells, of_buildings = len(CELL_COLUMNS) * each * len(cells), len(BUILDING_COLUMNS) * each * len(ids)
    places = np.concatenate(
        [
            np.tile(np.arange(len(cells), dtype=np.int32), len(CELL_COLUMNS) * each),
            np.tile(np.arange(len(ids), dtype=np.int32) + len(cells), len(BUILDING_COLUMNS) * each),
        ]
    )
    of_quarter = [
        np.tile(np.repeat(np.arange(each, dtype=np.int32), len(known)), times)
        for known, times in ((cells, len(CELL_COLUMNS)), (ids, len(BUILDING_COLUMNS)))
    ]
    names = [
        np.repeat(np.arange(len(CELL_COLUMNS), dtype=np.int32), each * len(cells)),
        np.repeat(np.arange(len(BUILDING_COLUMNS), dtype=np.int32) + len(CELL_COLUMNS), each * len(ids)),
    ]
    return {
        "table": _coded(["cells", "buildings"], np.repeat(np.array([0, 1], np.int32), [of_cells, of_buildings])),
        "quarter": _coded(quarters, np.concatenate(of_quarter)),
        "place": _coded([*cells, *ids], places),
        "indicator": _coded([*CELL_COLUMNS, *BUILDING_COLUMNS], np.concatenate(names)),
        "part": _coded([""], np.zeros(of_cells + of_buildings, np.int32)),
    }


def _table(columns: Mapping[str, pa.Array], values: Floats) -> pa.Table:
    return pa.table({**columns, "value": values})


def _coded(known: Any, codes: NDArray[np.int32]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(known), pa.string()))
