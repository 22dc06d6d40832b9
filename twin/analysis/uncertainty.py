"""What varies between points of a design, and what is luck: components of variance, and how many replications do.

Crossed. All points of a sweep meet the same replications, so luck is crossed with points (two-way random effects, one
value a cell; Searle, Casella and McCulloch 1992, Variance Components, doi:10.1002/9780470316856):

    y_pr = μ + a_p + b_r + e_pr,    variances σ²_points, σ²_luck, σ²_points_x_luck.

A run of the same point and replication is the same to the bit, so that e is no error of measurement: it is how
differently luck strikes at different points. b moves all points alike and drops out of any difference of two.

Nested. Where each point has luck of its own, y_pr = μ + a_p + e_pr, with variances σ²_points and σ²_luck.

Estimates equate sums of squares to what is expected of them (Henderson 1953, doi:10.2307/3001853, method 1). With
1 for n_pr where a run is there and 0 where it failed, N = Σ n_pr, P points and R replications with any run, n_p and m_r
runs of a point and of a replication, and the uncorrected sums T = Σ y², T_a = Σ_p (Σ_r y_pr)²/n_p,
T_b = Σ_r (Σ_p y_pr)²/m_r, T_μ = (Σ y)²/N:

    E T_a - E T_μ = (N - Σ n_p²/N) σ²_a + (P - Σ m_r²/N) σ²_b + (P - 1) σ²_e
    E T_b - E T_μ = (R - Σ n_p²/N) σ²_a + (N - Σ m_r²/N) σ²_b + (R - 1) σ²_e
    E T   - E T_μ = (N - Σ n_p²/N) σ²_a + (N - Σ m_r²/N) σ²_b + (N - 1) σ²_e,

solved for the variances; of nested the first and the last without σ²_b. Without gaps these are the mean squares of the
analysis of variance. They are unbiased whatever the distributions, and with gaps as long as runs do not fail for what
their outcome would have been; a component near 0 may be estimated below 0, and is then counted as 0 in shares.

Intervals resample points, and where luck is crossed replications too, each with all its runs (Owen 2007,
doi:10.1214/07-AOAS122). A resample is drawn from the table, whose variances are not those of the population: with
divisors P and R in place of P - 1 and R - 1, and with part of e in the means of points and of replications. Its
estimates are therefore carried over by the same algebra, so that without gaps they are the estimates themselves on
average (with gaps nearly):

    crossed  e' = e* / ((1 - 1/P)(1 - 1/R)),  a' = a* P/(P - 1) - e'/R,  b' = b* R/(R - 1) - e'/P
    nested   e' = e*,                         a' = a* P/(P - 1) + e* /(R (P - 1)),   R = N/P

A variance of few things is known badly: with ten replications, that of luck within a factor of two to three.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from twin.analysis.resampling import RESAMPLES, generator, interval, resamples
from twin.errors import AnalysisError, Fault

Floats = NDArray[np.float64]

CROSSED = ("points", "luck", "points_x_luck")
NESTED = ("points", "luck")

#: A component below this share of all, or a determinant below this share of its greatest possible size, is rounding.
ROUNDING = 1e-12


class Needed(NamedTuple):
    """Replications a point so that luck has at most a given share of the variance of points' means."""

    level: float  #: of the mean of a point
    difference: float  #: of the difference of two points, in which luck that moves both alike drops out


def crossed(values: ArrayLike, *, seed: int = 0, times: int = RESAMPLES) -> pd.DataFrame:
    """Components of the variance of a design all of whose points meet the same luck: a row for each of `CROSSED`.

    `values` are (points, replications), NaN where a run failed. Columns: component; variance, low, high in the square
    of the outcome's unit, the ends of its 95 % interval at least 0; share, share_low, share_high of the sum of all,
    NaN where nothing varies; points, replications and runs, those there are. Raises AnalysisError where there are
    fewer than two points or replications, or where gaps leave components that cannot be told apart.
    """
    table = _table(values)
    points, luck = table.shape
    known, filled = _filled(table)
    found = _crossed(known, filled, np.ones((1, points)), np.ones((1, luck)))[0]
    of_points = resamples(points, times, generator(seed, "points"), beside=luck)
    of_luck = resamples(luck, times, generator(seed, "replications"), beside=points)
    drawn = [_crossed(known, filled, *counts) for counts in zip(of_points, of_luck, strict=True)]
    a, b, e = np.concatenate(drawn).T
    e = e / ((1.0 - 1.0 / points) * (1.0 - 1.0 / luck))
    carried = np.column_stack([a * points / (points - 1) - e / luck, b * luck / (luck - 1) - e / points, e])
    return _frame(CROSSED, found, carried, table, (points, luck, min(points, luck)))


def nested(values: ArrayLike, *, seed: int = 0, times: int = RESAMPLES) -> pd.DataFrame:
    """The same of a design each of whose points has luck of its own: a row for each of `NESTED`."""
    table = _table(values)
    points = len(table)
    known, filled = _filled(table)
    found = _nested(known, filled, np.ones((1, points)))[0]
    counts = resamples(points, times, generator(seed, "points"))
    a, e = np.concatenate([_nested(known, filled, some) for some in counts]).T
    carried = np.column_stack([a * points / (points - 1) + e / (known.sum() / points * (points - 1)), e])
    return _frame(NESTED, found, carried, table, (points, points))


def replications_needed(components: pd.DataFrame, share: float) -> Needed:
    """How many replications a point bring luck's part of the variance of points' means to `share` or below.

    `components` are those of `crossed` or `nested`. The mean of n replications has the variance σ²_points + L/n, so
    that n ≥ (1/share - 1) L / σ²_points, where L is all that is luck, or, of differences of points that meet the same
    luck, σ²_points_x_luck. Infinite where points do not differ. Raises AnalysisError where `share` is none.
    """
    if not 0.0 < share < 1.0:
        raise AnalysisError([Fault("share", f"{share}", "above 0 and below 1, such as 0.1 for a tenth")])
    variance = components.set_index("component")["variance"].clip(lower=0.0)
    of_luck = variance.drop("points")

    def least(luck: float) -> float:
        if luck <= 0.0:
            return 1.0
        if variance["points"] <= 0.0:
            return math.inf
        return float(max(math.ceil((1.0 / share - 1.0) * luck / variance["points"]), 1))

    return Needed(least(float(of_luck.sum())), least(float(of_luck.iloc[-1])))


def _table(values: ArrayLike) -> Floats:
    """Values without points and replications that have no run at all. Raises AnalysisError."""
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:  # noqa: PLR2004  # points by replications
        raise AnalysisError([Fault("components: values", f"shape {table.shape}", "(points, replications)")])
    known = np.isfinite(table)
    table = np.where(known, table, np.nan)[known.any(axis=1)][:, known.any(axis=0)]
    if min(table.shape) <= 1:
        what = f"{table.shape[0]} points and {table.shape[1]} replications with any run"
        raise AnalysisError([Fault("components: values", what, "at least two of each: luck shows in repetition only")])
    return table


def _filled(table: Floats) -> tuple[Floats, Floats]:
    """Where there are runs, as 0 and 1, and their values about their mean, 0 where there are none."""
    known = np.isfinite(table)
    return known.astype(np.float64), np.where(known, table - np.nanmean(table), 0.0)


def _crossed(known: Floats, y: Floats, of_points: Floats, of_luck: Floats) -> Floats:
    """Components (resamples, 3) of tables in which points and replications stand so often, (resamples, each)."""
    in_point, in_luck = of_luck @ known.T, of_points @ known
    number = (of_points * in_point).sum(axis=1)
    points, luck = (of_points * (in_point > 0.0)).sum(axis=1), (of_luck * (in_luck > 0.0)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = ((of_points @ y**2) * of_luck).sum(axis=1)
        t_a = np.nansum(of_points * (of_luck @ y.T) ** 2 / in_point, axis=1)
        t_b = np.nansum(of_luck * (of_points @ y) ** 2 / in_luck, axis=1)
        t_mu = ((of_points @ y) * of_luck).sum(axis=1) ** 2 / number
        a, b = (of_points * in_point**2).sum(axis=1) / number, (of_luck * in_luck**2).sum(axis=1) / number
    expected = np.array(
        [
            [number - a, points - b, points - 1.0],
            [luck - a, number - b, luck - 1.0],
            [number - a, number - b, number - 1.0],
        ]
    )
    return _solved(expected, np.array([t_a, t_b, t]) - t_mu)


def _nested(known: Floats, y: Floats, of_points: Floats) -> Floats:
    """Components (resamples, 2) of tables in which points stand so often, (resamples, points)."""
    in_point = known.sum(axis=1)
    number, points = of_points @ in_point, of_points.sum(axis=1)
    t_mu = (of_points @ y.sum(axis=1)) ** 2 / number
    t_a, t = of_points @ (y.sum(axis=1) ** 2 / in_point), of_points @ (y**2).sum(axis=1)
    a = of_points @ in_point**2 / number
    expected = np.array([[number - a, points - 1.0], [number - a, number - 1.0]])
    return _solved(expected, np.array([t_a, t]) - t_mu)


def _solved(expected: Floats, sums: Floats) -> Floats:
    """Components (resamples, each) of expectations (each, each, resamples) and sums; NaN where none follow."""
    matrices = np.moveaxis(expected, -1, 0)
    most = np.prod(np.linalg.norm(matrices, axis=2), axis=1)  # of a determinant (Hadamard)
    with np.errstate(invalid="ignore"):
        told = np.abs(np.linalg.det(matrices)) > ROUNDING * most
    found = np.full(sums.T.shape, np.nan)
    found[told] = np.linalg.solve(matrices[told], sums.T[told][..., None])[..., 0]
    return found


def _frame(names: Sequence[str], found: Floats, drawn: Floats, table: Floats, units: Sequence[int]) -> pd.DataFrame:
    """A row for each component, of its estimate, resamples, and how many things its interval rests on."""
    if not np.isfinite(found).all():
        cure = "more runs: points with two of them, and replications that points have in common"
        raise AnalysisError([Fault("components: values", "gaps leave components that cannot be told apart", cure)])
    found = np.where(np.abs(found) > ROUNDING * np.abs(found).sum(), found, 0.0)
    ends = [interval(drawn[:, [which]], n) for which, n in enumerate(units)]
    share_low, share_high = interval(_shares(drawn), min(units))
    return pd.DataFrame(
        {
            "component": list(names),
            "variance": found,
            "low": [max(float(low[0]), 0.0) for low, _ in ends],
            "high": [max(float(high[0]), 0.0) for _, high in ends],
            "share": _shares(found),
            "share_low": share_low,
            "share_high": share_high,
            "points": table.shape[0],
            "replications": table.shape[1],
            "runs": int(np.isfinite(table).sum()),
        }
    )


def _shares(variances: Floats) -> Floats:
    """Shares of the sum, of what is estimated below 0 none; NaN where all are."""
    above = np.maximum(variances, 0.0)
    with np.errstate(invalid="ignore"):
        return np.asarray(above / above.sum(axis=-1, keepdims=True))
