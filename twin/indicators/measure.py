"""Every indicator of every slice of a record, as one tidy table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twin.indicators.figures import Figures, slices
from twin.indicators.firms import CAUSES
from twin.indicators.registry import INDICATORS, Indicator
from twin.record import Record

__all__ = ["INDICATORS", "Indicator", "measure", "yearly"]


def measure(record: Record, *, by: str = "park") -> pd.DataFrame:
    """All indicators of a record: quarter, place, indicator, part, value; `by` park, zone or industry.

    Indicators that are known for the park as a whole only are left out of the slices by zone and industry.
    """
    tables = []
    for place, figures in slices(record, by):
        for name, indicator in INDICATORS.items():
            if indicator.park_only and figures.park is not None:
                continue
            parts = _parts(indicator, figures)
            values = indicator.formula(figures).reshape(len(figures.quarters), -1)
            tables.append(
                pd.DataFrame(
                    {
                        "quarter": np.repeat(figures.quarters, len(parts)),
                        "place": place,
                        "indicator": name,
                        "part": parts * len(figures.quarters),
                        "value": values.reshape(-1),
                    }
                )
            )
    return pd.concat(tables, ignore_index=True)


def yearly(measured: pd.DataFrame) -> pd.DataFrame:
    """Quarterly values by year: the last quarter of stocks, the sum of flows, the mean of rates. Only whole years count."""
    keys = [column for column in measured.columns if column not in {"quarter", "value"}]
    frame = measured.assign(year=measured["quarter"].str[:4].astype(int))
    whole = frame.groupby("year")["quarter"].nunique()
    frame = frame[frame["year"].isin(whole.index[whole == 4])]
    tables = []
    for way, group in frame.groupby(frame["indicator"].map(lambda name: INDICATORS[name].year), sort=False):
        grouped = group.groupby([*keys, "year"], sort=False)["value"]
        value = grouped.last() if way == "end" else grouped.sum() if way == "sum" else grouped.mean()
        tables.append(value.reset_index())
    return pd.concat(tables, ignore_index=True) if tables else frame[[*keys, "year", "value"]]


def _parts(indicator: Indicator, figures: Figures) -> list[str]:
    """Names of an indicator's columns."""
    if not indicator.parts:
        return [""]
    if indicator.parts == "causes":
        return list(CAUSES)
    return list(getattr(figures, indicator.parts))
