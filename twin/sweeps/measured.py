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
from twin.units import QUARTERS_PER_YEAR, Quarter

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
    """The row groups of a run's file: its indicators, and its panels at the end of each year; a row a series."""
    labels = Labels.of(measured)
    return [_table(_indicator_columns(labels), measured.numbers.T), _panels(record)]


def measured_in(file: Any) -> Measured:
    """The indicators of a run's file that is open or in memory."""
    table = pq.ParquetFile(file).read_row_group(INDICATOR_ROWS)
    places, indicators, parts = (tuple(table[name].to_pylist()) for name in _NAMES)
    numbers = table["values"].combine_chunks().flatten().to_numpy().reshape(len(places), -1)
    return Measured(_quarters(table, numbers.shape[1]), places, indicators, parts, numbers.T)


def read_frame(file: Any, row_group: int) -> pd.DataFrame:
    """One row group of a run's file as a tidy frame: table, quarter, place, indicator, part, value."""
    table = pq.ParquetFile(file).read_row_group(row_group)
    values = table["values"].combine_chunks().flatten().to_numpy()
    series = len(table)
    each = len(values) // series
    frame = table.select(["table", *_NAMES]).to_pandas()
    frame = frame.loc[np.repeat(np.arange(series), each)].reset_index(drop=True)
    frame.insert(1, "quarter", np.tile(np.array(_quarters(table, each), dtype=object), series))
    return frame.assign(value=values)


_NAMES = ("place", "indicator", "part")


def _quarters(table: pa.Table, number: int) -> tuple[str, ...]:
    """The quarters that the values of each row are of."""
    first, step = Quarter.parse(table["first_quarter"][0].as_py()), table["step_quarters"][0].as_py()
    return tuple(str(first.plus(step * n)) for n in range(number))


@lru_cache(maxsize=8)
def _indicator_columns(labels: Labels) -> Mapping[str, pa.Array]:
    """What stands beside the indicators of all runs of one scenario."""
    columns = {"table": _coded(["indicators"], np.zeros(len(labels.places), np.int32))}
    for name, texts in zip(_NAMES, labels[1:], strict=True):
        codes, known = pd.factorize(np.array(texts, dtype=object))
        columns[name] = _coded(known.tolist(), codes.astype(np.int32))
    return {**columns, **_span(labels.quarters[0], 1, len(labels.places))}


def _panels(record: Record) -> pa.Table:
    """Figures of cells and buildings in the last quarter of each whole year."""
    quarters, cells = (tuple(record.column("groups", name).categories.tolist()) for name in ("quarter", "cell"))
    ids = tuple(record.column("buildings", "building_id").categories.tolist())
    years, first = whole_years(quarters)
    rows = first + np.arange(1, len(years) + 1) * QUARTERS_PER_YEAR - 1
    values = [
        record.column("groups", name).reshape(len(quarters), len(cells), -1)[rows].sum(axis=2, dtype=np.float64)
        for name in CELL_COLUMNS
    ]
    values += [record.column("buildings", name).reshape(len(quarters), -1)[rows] for name in BUILDING_COLUMNS]
    last = quarters[rows[0]] if years else quarters[-1]
    return _table(_panel_columns(last, cells, ids), np.concatenate([one.T for one in values], dtype=np.float64))


@lru_cache(maxsize=8)
def _panel_columns(first_quarter: str, cells: tuple[str, ...], ids: tuple[str, ...]) -> Mapping[str, pa.Array]:
    """What stands beside the panels of all runs of one scenario."""
    of_cells, of_buildings = len(CELL_COLUMNS) * len(cells), len(BUILDING_COLUMNS) * len(ids)
    places = [
        np.tile(np.arange(len(cells), dtype=np.int32), len(CELL_COLUMNS)),
        np.tile(np.arange(len(ids), dtype=np.int32) + len(cells), len(BUILDING_COLUMNS)),
    ]
    names = np.repeat(
        np.arange(len(CELL_COLUMNS) + len(BUILDING_COLUMNS), dtype=np.int32),
        [len(cells)] * len(CELL_COLUMNS) + [len(ids)] * len(BUILDING_COLUMNS),
    )
    columns = {
        "table": _coded(["cells", "buildings"], np.repeat(np.array([0, 1], np.int32), [of_cells, of_buildings])),
        "place": _coded([*cells, *ids], np.concatenate(places)),
        "indicator": _coded([*CELL_COLUMNS, *BUILDING_COLUMNS], names),
        "part": _coded([""], np.zeros(of_cells + of_buildings, np.int32)),
    }
    return {**columns, **_span(first_quarter, QUARTERS_PER_YEAR, of_cells + of_buildings)}


def _span(first_quarter: str, step_quarters: int, rows: int) -> Mapping[str, pa.Array]:
    """Of which quarters the values of a row are: from the first on, so many apart."""
    return {
        "first_quarter": _coded([first_quarter], np.zeros(rows, np.int32)),
        "step_quarters": pa.array(np.full(rows, step_quarters, np.int32)),
    }


def _table(columns: Mapping[str, pa.Array], values: Floats) -> pa.Table:
    """A row for each series; `values` are (series, times)."""
    series, each = values.shape
    offsets = pa.array(np.arange(series + 1, dtype=np.int32) * each)
    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    return pa.table({**columns, "values": pa.ListArray.from_arrays(offsets, flat)})


def _coded(known: Any, codes: NDArray[np.int32]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(known), pa.string()))
