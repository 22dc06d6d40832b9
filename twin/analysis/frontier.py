"""What an outcome costs: the points that are efficient, those that luck keeps from being told apart, and the others.

A point dominates another where it is no worse in every figure and better in one. Means are known only so well, so a
point is called dominated where a paired difference says so. For point p and another q let d_j be the difference, in
the sense in which more of figure j is better, of q less p, replication by replication: both met the same luck. q
dominates p clearly where of every j either all d_j are 0 or the one-sided t test rejects that their mean is not above
0, and of one j at least it does. That every test has to reject needs no correction for the number of figures (an
intersection-union test: Berger 1982, Technometrics 24, 295-300); that any of the other points may be the one does: the
level, 2.5 %, is divided by their number (Bonferroni), so that a point that none dominates is called dominated with a
probability of 2.5 % at most.

Where all d_j are one and the same number, a t test has nothing to go by. Of the cost that number is taken for certain:
a price is what a plan sets. Of outcomes it is not, since counts of few runs often differ alike by luck: the sign test
stands in, 1/2 to the power of the number of pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.analysis.frames import KEYS, by_point, check_runs
from twin.errors import Fault, InputError
from twin.indicators.asked import Figure
from twin.study.intervals import CONFIDENCE
from twin.study.means import means_of

Better = Literal["more", "less"]

#: How a point stands: on the frontier by its means; dominated by the means of another, but not clearly; clearly.
EFFICIENT, UNCLEAR, DOMINATED = "efficient", "unclear", "dominated"


@dataclass(frozen=True)
class Frontier:
    """Points by what they cost and what they bring."""

    cost: str
    outcomes: tuple[str, ...]
    better: Mapping[str, Better]  #: of each figure
    table: pd.DataFrame
    """A row a point, the cheapest first: point, the other columns of its runs; of each figure mean, low and high (95 %
    t interval of the mean), as FIGURE, FIGURE_low, FIGURE_high, and the same of the paired difference to the cheapest
    point, as FIGURE_gain and so on; n, standing, dominated_by (the point that does so most
    clearly, or by its means; <NA> of efficient ones), p (of that, times the number of other points)."""

    def of(self, standing: str) -> pd.DataFrame:
        """The rows of one standing."""
        return self.table[self.table["standing"] == standing]


def frontier(
    runs: pd.DataFrame, cost: str, outcomes: str | Sequence[str], *, better: Mapping[str, Better] | None = None
) -> Frontier:
    """The efficient frontier of outcomes against cost over the points of `runs`: see `twin.analysis.frames`.

    Whether more or less of a figure is better is what its indicator says, of the cost less, unless `better` says
    otherwise. A run that failed in one figure is left out in all. Raises InputError.
    """
    told = (outcomes,) if isinstance(outcomes, str) else tuple(outcomes)
    figures = [cost, *told]
    if len(set(figures)) < len(figures) or not told:
        raise InputError([Fault("outcomes", ", ".join(told) or "none", "outcomes other than the cost, each once")])
    ways = _ways(cost, told, better or {})
    check_runs(runs, figures)
    done = runs[np.isfinite(runs[figures].to_numpy(dtype=np.float64)).all(axis=1)]
    if done["point"].nunique() < 2:  # noqa: PLR2004  # to compare
        raise InputError([Fault("runs", "fewer than two points with runs that are done", "points to compare")])
    values = {name: by_point(done, name) for name in figures}
    points = values[cost][0]
    signed = np.stack([values[name][1] * (1.0 if ways[name] == "more" else -1.0) for name in figures])
    standing, by, p = _standing(signed)
    others = [name for name in done.columns if name not in {*KEYS, *figures}]
    table = done.drop_duplicates("point")[["point", *others]].reset_index(drop=True)
    for name in figures:
        found = means_of(done.rename(columns={name: "value"}), ["point"])
        table[[name, f"{name}_low", f"{name}_high"]] = found[["mean", "low", "high"]]
    cheapest = int(table[cost].to_numpy().argmin())
    for name in figures:
        gains = values[name][1] - values[name][1][cheapest]
        rows, columns = np.nonzero(np.isfinite(gains))
        found = means_of(pd.DataFrame({"row": rows, "value": gains[rows, columns]}), ["row"]).set_index("row")
        found.loc[cheapest, ["low", "high"]] = 0.0
        ends = [f"{name}_gain", f"{name}_gain_low", f"{name}_gain_high"]
        table[ends] = found.reindex(range(len(points)))[["mean", "low", "high"]]
    dominated_by = pd.array([points[row] if row >= 0 else pd.NA for row in by], dtype="Int64")
    count = np.isfinite(values[cost][1]).sum(axis=1)
    table = table.assign(n=count, standing=standing, dominated_by=dominated_by, p=p)
    return Frontier(cost, told, ways, table.sort_values([cost, "point"], ignore_index=True))


def _ways(cost: str, outcomes: Sequence[str], better: Mapping[str, Better]) -> dict[str, Better]:
    """Of each figure whether more or less is better. Raises InputError where that is not known."""
    ways: dict[str, Better] = {cost: "less"}
    faults = []
    if cost not in better and Figure.parse(cost, "cost").about.better == "more":
        cure = f"a figure of which less is better; from Python, better={{{cost!r}: 'less'}}"
        faults.append(Fault("cost", f"of {cost} more is better", cure))
    for name in outcomes:
        way = Figure.parse(name, "outcomes").about.better if name not in better else better[name]
        if way == "neither":
            cure = f"say so: better={{{name!r}: 'more'}}, or 'less'"
            faults.append(Fault("outcomes", f"of {name} neither more nor less is better", cure))
        else:
            ways[name] = way
    if faults:
        raise InputError(faults)
    return ways | {name: way for name, way in better.items() if name in ways}


def _standing(signed: NDArray[np.float64]) -> tuple[list[str], NDArray[np.int64], NDArray[np.float64]]:
    """Of (figures, points, replications) values of which more is better: standing, dominating row or -1, and its p."""
    means = np.nanmean(signed, axis=2)
    points = means.shape[1]
    standing, by, least = [], np.full(points, -1), np.full(points, np.nan)
    for point in range(points):
        over = (means >= means[:, [point]]).all(axis=0) & (means > means[:, [point]]).any(axis=0)
        rows = np.flatnonzero(over)
        if not len(rows):
            standing.append(EFFICIENT)
            continue
        p = np.minimum(_clearly(signed[:, rows] - signed[:, [point]]) * (points - 1), 1.0)
        best = int(np.lexsort((-means[:, rows].sum(axis=0), p))[0])
        by[point], least[point] = rows[best], p[best]
        standing.append(DOMINATED if p[best] <= (1.0 - CONFIDENCE) / 2.0 else UNCLEAR)
    return standing, by, least


def _clearly(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of (figures, points, replications) differences, the p with which each point is better: the largest of figures.

    The cost is the first figure. A figure in which all differences are 0 has no say, unless all have.
    """
    from scipy import stats  # a second to import

    known = np.isfinite(differences)
    n = known.sum(axis=2)
    filled = np.where(known, differences, 0.0)
    mean = filled.sum(axis=2) / np.maximum(n, 1)
    spread = np.where(known, (differences - mean[..., None]) ** 2, 0.0).sum(axis=2) / np.maximum(n - 1, 1)
    first = np.take_along_axis(filled, known.argmax(axis=2)[..., None], axis=2)
    one = ((filled == first) | ~known).all(axis=2)
    error = np.where(one, 0.0, np.sqrt(spread / np.maximum(n, 1)))
    t = np.divide(mean, error, out=np.where(mean > 0, np.inf, -np.inf), where=error > 0)
    p = np.where(n > 1, stats.t.sf(t, np.maximum(n - 1, 1)), 1.0)
    by_sign = one & (n > 1) & (mean > 0.0)
    p[1:] = np.where(by_sign, 0.5**n, p)[1:]
    equal = (filled == 0.0).all(axis=2) & (n > 1)
    return np.where(equal.all(axis=0), 1.0, np.where(equal, 0.0, p).max(axis=0))
