"""Runs of a sweep taken together by the block, so that one figure of ten thousand is read at once.

A part holds the indicators by year of the runs of a block, series by series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from twin.sweeps.measured import Floats, Labels
from twin.sweeps.seen import part_file
from twin.sweeps.store import file_bytes, write_durably

#: Series of a row group of a part, few enough to read little for one figure.
_SERIES = 16

Values = tuple[Labels, Floats]


def write_part(folder: Path, block: int, values: Mapping[int, Values]) -> None:
    """Write the part of a block; `values` are those of its runs by their numbers. Raises OutputError."""
    together: dict[Labels, list[int]] = {}
    for number in sorted(values):
        together.setdefault(values[number][0], []).append(number)
    groups = [
        group
        for labels, numbers in together.items()
        for group in _row_groups(labels, numbers, np.stack([values[number][1] for number in numbers]))
    ]
    write_durably(part_file(folder, block), file_bytes(groups or [_NOTHING], findable=("indicator",)))


def _row_groups(labels: Labels, numbers: Sequence[int], values: Floats) -> list[pa.Table]:
    """The values (runs, series, years) of runs whose series are the same, a few series at a time."""
    years = np.array(labels.years, dtype=np.int16)
    runs, of_year = np.repeat(np.array(numbers, dtype=np.int64), len(years)), np.tile(years, len(numbers))
    groups = []
    for first in range(0, len(labels.places), _SERIES):
        some = slice(first, first + _SERIES)
        own = values[:, some].transpose(1, 0, 2)
        count = len(own)
        columns = {"run": np.tile(runs, count), "year": np.tile(of_year, count)}
        texts = {"place": labels.places, "indicator": labels.indicators, "part": labels.parts}
        for name, known in texts.items():
            codes, names = pd.factorize(np.array(known[some], dtype=object))
            each = np.repeat(codes.astype(np.int32), len(runs))
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(each), pa.array(names.tolist(), pa.string()))
        groups.append(pa.table({**columns, "value": np.ascontiguousarray(own).reshape(-1)}))
    return groups


_NOTHING = pa.table(
    {
        "run": pa.array([], pa.int64()),
        "year": pa.array([], pa.int16()),
        **{name: pa.array([], pa.dictionary(pa.int32(), pa.string())) for name in ("place", "indicator", "part")},
        "value": pa.array([], pa.float64()),
    }
)
