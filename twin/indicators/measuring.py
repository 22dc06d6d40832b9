"""Every indicator of every slice of a record, as one tidy table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.indicators.figures import Figures, Floats, slices
from twin.indicators.firms import CAUSES
from twin.indicators.ladder import RATIOS
from twin.indicators.registry import INDICATORS, Indicator
from twin.record import Record
from twin.units import QUARTERS_PER_YEAR

__all__ = ["INDICATORS", "Indicator", "Measured", "measure", "measured_values", "whole_years", "yearly"]


class Measured(NamedTuple):
    """All indicators of a record, quarter by quarter: what `measure` makes a table of.

    Two runs that have `places`, `indicators` and `parts` in common, as all runs of a scenario have, have columns in
    common.
    """

    quarters: tuple[str, ...]
    places: tuple[str, ...]  #: (N,)
    indicators: tuple[str, ...]  #: (N,)
    parts: tuple[str, ...]  #: (N,) of the indicator, "" where it has none
    numbers: Floats  #: (Q, N)

    @property
    def years(self) -> list[int]:
        """Whole years."""
        return whole_years(self.quarters)[0]

    def by_year(self) -> Floats:
        """(N, years): the values of `yearly` without a table."""
        years, first = whole_years(self.quarters)
        whole = self.numbers[first : first + len(years) * QUARTERS_PER_YEAR]
        of_year = whole.T.reshape(len(self.places), len(years), QUARTERS_PER_YEAR)
        known = ~np.isnan(of_year)
        total, count = np.where(known, of_year, 0.0).sum(axis=2), known.sum(axis=2)
        mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        way = _ways(self.indicators)[:, None]
        return np.where(way == "end", of_year[:, :, -1], np.where(way == "sum", total, mean))

    def table(self) -> pd.DataFrame:
        """One row a value: quarter, place, indicator, part, value."""
        quarters, columns = len(self.quarters), len(self.places)
        of_column = np.repeat(np.arange(columns), quarters)
        labels = {"place": self.places, "indicator": self.indicators, "part": self.parts}
        return pd.DataFrame(
            {
                "quarter": _text(self.quarters).take(np.tile(np.arange(quarters), columns)),
                **{name: _text(told).take(of_column) for name, told in labels.items()},
                "value": self.numbers.T.reshape(-1),
            }
        )


def measure(record: Record, *, by: str = "park", only: Collection[str] | None = None) -> pd.DataFrame:
    """All indicators of a record, or `only` some: quarter, place, indicator, part, value; `by` park, zone or industry.

    Indicators that are known for the park as a whole only are left out of the slices by zone and industry.
    """
    return measured_values(record, by=by, only=only).table()


def measured_values(record: Record, *, by: str = "park", only: Collection[str] | None = None) -> Measured:
    """The values of `measure` without a table of them, for whoever measures many runs."""
    if unknown := sorted(set(only or ()) - set(INDICATORS)):
        raise ValueError(f"unknown indicators {', '.join(unknown)}; see INDICATORS")
    labels: list[tuple[str, str, str]] = []
    values, quarters = [], record.column("groups", "quarter").categories.tolist()
    for place, figures in slices(record, by):
        for name, indicator in INDICATORS.items():
            if _unknown(indicator, figures) or (only is not None and name not in only):
                continue
            labels += [(place, name, part) for part in _parts(indicator, figures)]
            values.append(indicator.formula(figures).reshape(len(quarters), -1))
    places, names, parts = zip(*labels, strict=True) if labels else ((), (), ())
    measured = np.concatenate(values, axis=1, dtype=np.float64) if values else np.zeros((len(quarters), 0))
    return Measured(tuple(quarters), places, names, parts, measured)


def yearly(measured: pd.DataFrame) -> pd.DataFrame:
    """Quarterly values by year: the last of stocks, the sum of flows, the mean of rates; whole years only."""
    keys = [column for column in measured.columns if column not in {"quarter", "value"}]
    frame = measured.assign(year=measured["quarter"].str[:4].astype(int))
    whole = frame.groupby("year")["quarter"].nunique()
    frame = frame[frame["year"].isin(whole.index[whole == QUARTERS_PER_YEAR])]
    tables = []
    ways = {name: indicator.year for name, indicator in INDICATORS.items()}
    for way, group in frame.groupby(frame["indicator"].map(ways), sort=False):
        if way == "end":  # with its last value even where that is none, which `last` would pass over
            tables.append(group.drop_duplicates([*keys, "year"], keep="last")[[*keys, "year", "value"]])
            continue
        grouped = group.groupby([*keys, "year"], sort=False)["value"]
        tables.append((grouped.sum() if way == "sum" else grouped.mean()).reset_index())
    return pd.concat(tables, ignore_index=True) if tables else frame[[*keys, "year", "value"]]


@cache
def whole_years(quarters: tuple[str, ...]) -> tuple[list[int], int]:
    """Whole years among consecutive quarters, and the place of the first one's first quarter."""
    first = next((n for n, quarter in enumerate(quarters) if quarter.endswith("Q1")), len(quarters))
    whole = (len(quarters) - first) // QUARTERS_PER_YEAR
    return [int(quarters[first + n * QUARTERS_PER_YEAR][:4]) for n in range(whole)], first


@lru_cache(maxsize=8)
def _ways(indicators: tuple[str, ...]) -> NDArray[np.str_]:
    """(N,): how four quarters of each make a year."""
    return np.array([INDICATORS[name].year for name in indicators])


def _text(words: Sequence[str]) -> pd.api.extensions.ExtensionArray:
    """Words as a column of text: taking from it is cheaper than making one of as many words."""
    return pd.array(list(words), dtype="str")


def _unknown(indicator: Indicator, figures: Figures) -> bool:
    """Whether a slice does not hold what an indicator is made of."""
    return figures.park is not None and (indicator.park_only or not set(indicator.floor) <= set(figures.floor))


def _parts(indicator: Indicator, figures: Figures) -> list[str]:
    """Names of an indicator's columns."""
    if not indicator.parts:
        return [""]
    if indicator.parts == "causes":
        return list(CAUSES)
    if indicator.parts == "ratios":
        return list(RATIOS)
    return list(getattr(figures, indicator.parts))
