"""Means of paired differences over replications, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from twin.study.intervals import half_width


def means_of(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """A row for each combination of `keys`, in order of appearance: mean, low, high and n of its `value`.

    What is not a number is not counted.
    """
    grouped = frame.groupby(list(keys), sort=False)["value"]
    mean, n = grouped.mean(), grouped.count()
    half = half_width(grouped.std(), n)
    return pd.DataFrame({"mean": mean, "low": mean - half, "high": mean + half, "n": n}).reset_index()
