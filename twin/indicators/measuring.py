"""Every indicator of every slice of a record, as one tidy table."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from twin.indicators.figures import Figures, slices
from twin.indicators.firms import CAUSES
from twin.indicators.ladder import RATIOS
from twin.indicators.registry import INDICATORS, Indicator
from twin.record import Record
from twin.units import QUARTERS_PER_YEAR

__all__ = ["INDICATORS", "Indicator", "measure", "yearly"]


def measure(record: Record, *, by: str = "park", only: Collection[str] | None = None) -> pd.DataFrame:
    """All indicators of a record, or `only` some: quarter, place, indicator, part, value; `by` park, zone or industry.

    Indicators that are known for the park as a whole only are left out of the slices by zone and industry.
    """
    if unknown := sorted(set(only or ()) - set(INDICATORS)):
        raise ValueError(f"unknown indicators {', '.join(unknown)}; see INDICATORS")
    places, names, parts, values = [], [], [], []
    quarters: list[str] = []
    for place, figures in slices(record, by):
        quarters = figures.quarters
        for name, indicator in INDICATORS.items():
            if _unknown(indicator, figures) or (only is not None and name not in only):
                continue
            columns = _parts(indicator, figures)
            places += [place] * len(columns)
            names += [name] * len(columns)
            parts += columns
            values.append(indicator.formula(figures).reshape(len(quarters), -1).T)
    return pd.DataFrame(
        {
            "quarter": np.tile(quarters, len(names)),
            "place": np.repeat(places, len(quarters)),
            "indicator": np.repeat(names, len(quarters)),
            "part": np.repeat(parts, len(quarters)),
            "value": np.concatenate(values).reshape(-1) if values else np.zeros(0),
        }
    )


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
