"""The runs of a sweep as every analysis takes them: one row a run, with its point, its replication and its factors.

`point` numbers a combination of factors, `replication` the luck that all points share; then comes a column for each
factor, numbers or words, and a column for each figure, which is NaN where a run failed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.catalog import nearest
from twin.errors import Fault, InputError
from twin.indicators.asked import Figure

KEYS = ["point", "replication"]


def check_runs(runs: pd.DataFrame, figures: Sequence[str], factors: Sequence[str] = ()) -> None:
    """Raise InputError with everything that keeps runs from being analysed by these figures and factors."""
    wanted = [*KEYS, *figures, *factors]
    faults = [
        Fault("runs", f"no column {name!r}", nearest(name, [str(column) for column in runs.columns]))
        for name in dict.fromkeys(wanted)
        if name not in runs.columns
    ]
    if faults:
        raise InputError(faults)
    if runs.empty:
        faults.append(Fault("runs", "there are none", "a sweep with runs that are done"))
    if runs.duplicated(KEYS).any():
        point, replication = runs.loc[runs.duplicated(KEYS), KEYS].iloc[0]
        cure = "each run once; rows of several sweeps or scenarios are points of their own"
        faults.append(Fault("runs", f"point {point} has replication {replication} twice", cure))
    faults += [
        Fault("runs", f"{name} is no column of numbers", "numbers, and NaN where a run failed")
        for name in figures
        if not pd.api.types.is_numeric_dtype(runs[name])
    ]
    for name in factors:
        if runs[name].isna().any():
            cure = "a value at every point, or leave the factor out"
            faults.append(Fault("runs", f"{name} has no value at {int(runs[name].isna().sum())} runs", cure))
        elif len(runs[["point", name]].drop_duplicates()) > runs["point"].nunique():
            faults.append(Fault("runs", f"{name} is not the same in all runs of a point", "one value a point"))
    if faults:
        raise InputError(faults)


def factors_of(runs: pd.DataFrame, figures: Sequence[str]) -> list[str]:
    """Columns with more than one value that are neither keys nor figures: these ones, or any with a year."""
    others = [str(name) for name in runs.columns if name not in {*KEYS, *figures} and not _is_figure(str(name))]
    return [name for name in others if len(runs[name].unique()) > 1]


def _is_figure(name: str) -> bool:
    try:
        return Figure.parse(name).year is not None
    except InputError:
        return False


def is_number(column: pd.Series) -> bool:
    """Whether a factor has an order; what is true or false, or is said in words, has none."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def by_point(runs: pd.DataFrame, figure: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Points in order of appearance, and (points, replications) values, NaN where a run failed or is missing."""
    points, replications = runs["point"].unique(), np.sort(runs["replication"].unique())
    values = np.full((len(points), len(replications)), np.nan)
    rows = pd.Index(points).get_indexer(runs["point"])
    values[rows, np.searchsorted(replications, runs["replication"])] = runs[figure].to_numpy(dtype=np.float64)
    return points, np.where(np.isfinite(values), values, np.nan)
