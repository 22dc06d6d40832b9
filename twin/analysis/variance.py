"""Sobol' indices of factors and of luck: whose variance an outcome's variance is.

Let Y = f(X, W) be the outcome of a run, X_1 … X_k the factors, independent and uniform over their ranges, and W the
luck of the run, drawn anew for every run and independent of X. W is one more input (Iooss and Ribatet 2009,
doi:10.1016/j.ress.2008.09.010, treat an uncontrolled input alike), so that with V = Var Y and i any of 1 … k or luck

    first order  S_i  = Var E[Y | X_i] / V             what of V would go, on average, if i were known
    total        ST_i = E Var[Y | all but X_i] / V     what of V would remain if all but i were known,

of which the second counts every interaction of i too. From A, B and AB_i, which is A but for input i that it has of B
(n rows each, f centred on the mean of A and B; Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018, table 2 b and f,
the second after Jansen 1999, doi:10.1016/S0010-4655(98)00154-4):

    V S_i ≈ mean f_B (f_AB_i - f_A),    V ST_i ≈ mean (f_A - f_AB_i)² / 2,    V ≈ variance of f_A and f_B together.

These are the estimates of `scipy.stats.sobol_indices` from its dictionary (tests/theory/test_indices.py shows them
equal). It is not called, as it takes powers of two only, which failed runs leave of no sample, and as its BCa bootstrap
holds n (n - 1) rows for its jackknife; where nothing varies, it says 0 where nothing can be said.

The expected outcome. What a planner weighs is often g(X) = E[Y | X], the mean over luck. As W is independent of X,

    Var g = V - E Var[Y | X] = V (1 - ST_luck),        since E Var[Y | X] is what remains if all but luck is known,
    E[g | X_i] = E[Y | X_i], so that its first-order index is Var E[Y | X_i] / Var g = S_i / (1 - ST_luck).

Its total index follows only between bounds: V ST_i is the sum of the parts of V of all sets of inputs that hold i, the
total of g the sum over those without luck. What is left out is at least 0, and at most all interactions of luck, which
are V (ST_luck - S_luck). Hence, with at least 0,

    (ST_i - (ST_luck - S_luck)) / (1 - ST_luck)  ≤  total index of g  ≤  ST_i / (1 - ST_luck),

both equal where luck only adds to the outcome.

Intervals resample rows j of all blocks together, as if they were independent. Rows of a Sobol' sequence fill the cube
more evenly, so that of most indices the intervals are too wide; of single ones, at single n, they are somewhat too
narrow, since a product of two outcomes may vary more over a scrambled sequence than over independent rows. What they
cover is measured in docs/sensitivity.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from twin.analysis.resampling import RESAMPLES, generator, interval, resamples
from twin.errors import AnalysisError, Fault

Floats = NDArray[np.float64]

#: What luck is called among the factors.
LUCK = "luck"


class Blocks(NamedTuple):
    """Outcomes by block of the sample, rows that failed in any block left out of all."""

    a: Floats  #: (n,)
    b: Floats  #: (n,)
    ab: Floats  #: (k + 1, n), luck last
    dropped: int  #: rows left out


def indices(values: ArrayLike, factors: Sequence[str], *, seed: int = 0, times: int = RESAMPLES) -> pd.DataFrame:
    """A row for each factor and one for luck, last: its indices, with the ends of their 95 % intervals.

    `values` are (rows,) or (rows, replications) in the order of a sample `saltelli` (`twin.sweeps.sampling`); of
    several replications the outcome is their mean, and luck is what is left of it in a mean of so many.

    Columns: factor, first, first_low, first_high, total, total_low, total_high, of the outcome of a run; expected,
    expected_low, expected_high, expected_total_least, expected_total_most, of the outcome expected over luck (none of
    luck itself, and none where luck is all); n, the rows j used, and dropped, those with a failed run (NaN) in some
    block. Indices below 0 are sampling error about 0. Where nothing varies all are NaN. Raises AnalysisError.
    """
    blocks = blocks_of(values, factors)
    n = len(blocks.a)
    terms = _terms(blocks)
    first, total, expected = _indices(terms.mean(axis=1) if n else np.full(len(terms), np.nan), len(blocks.ab))
    ends = np.full((3, 2, len(blocks.ab)), np.nan)
    if n > 1:
        drawn = [counts @ terms.T / n for counts in resamples(n, times, generator(seed, "rows"))]
        resampled = [_indices(means, len(blocks.ab)) for means in drawn]
        for which in range(3):
            ends[which] = interval(np.concatenate([found[which] for found in resampled]), n)
    least, most = _expected_total(first, total)
    return pd.DataFrame(
        {
            "factor": [*factors, LUCK],
            "first": first,
            "first_low": ends[0, 0],
            "first_high": ends[0, 1],
            "total": total,
            "total_low": ends[1, 0],
            "total_high": ends[1, 1],
            "expected": _finite(expected),
            "expected_low": ends[2, 0],
            "expected_high": ends[2, 1],
            "expected_total_least": _finite(least),
            "expected_total_most": _finite(most),
            "n": n,
            "dropped": blocks.dropped,
        }
    )


def blocks_of(values: ArrayLike, factors: Sequence[str]) -> Blocks:
    """The values of a sample `saltelli` by block; a row j with a failed run in any block or replication is dropped.

    Raises AnalysisError where there are not k + 3 blocks of them, or a factor is called as luck is.
    """
    y, number = np.asarray(values, dtype=np.float64), len(factors) + 3
    faults = []
    if LUCK in factors:
        faults.append(
            Fault("indices: factors", f"a factor is called {LUCK!r}", "another name: luck is a row of its own")
        )
    if not factors or y.ndim not in {1, 2} or not y.size or len(y) % number:
        cure = f"rows of A, B, one block for each factor and one for luck: a multiple of {number}"
        faults.append(Fault("indices: values", f"shape {y.shape} for {len(factors)} factors", cure))
    if faults:
        raise AnalysisError(faults)
    means = y.reshape(number, len(y) // number, -1).mean(axis=2)
    kept = np.isfinite(means).all(axis=0)
    return Blocks(means[0, kept], means[1, kept], means[2:, kept], int((~kept).sum()))


def _terms(blocks: Blocks) -> Floats:
    """What the estimates are means of, (4 + 3 (k + 1), n): centred once, so that later squares lose no digits."""
    if not len(blocks.a):
        return np.empty((4 + 3 * len(blocks.ab), 0))
    centre = (blocks.a.mean() + blocks.b.mean()) / 2.0
    a, b = blocks.a - centre, blocks.b - centre
    change = blocks.ab - blocks.a
    return np.vstack([a, b, a**2, b**2, b * change, change, change**2])


def _indices(means: Floats, inputs: int) -> tuple[Floats, Floats, Floats]:
    """First, total and first of the expected outcome, (…, inputs), of means of `_terms` (…, 4 + 3 inputs)."""
    a, b, a2, b2 = (means[..., which, None] for which in range(4))
    product, change, square = (means[..., 4 + which * inputs : 4 + (which + 1) * inputs] for which in range(3))
    mean = (a + b) / 2.0
    variance = (a2 + b2) / 2.0 - mean**2
    variance = np.where(variance > 0.0, variance, np.nan)
    first = (product - mean * change) / variance
    total = square / 2.0 / variance
    return first, total, _of_factors(first, total)


def _of_factors(part: Floats, total: Floats) -> Floats:
    """Parts (…, inputs) of the variance that factors have, luck being last in `total`, and NaN in what comes back.

    Without bound where a sample leaves them none: a resample without bound opens an interval instead of being lost.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = part / np.maximum(1.0 - total[..., -1:], 0.0)
    share[..., -1] = np.nan
    return np.asarray(share)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _expected_total(first: Floats, total: Floats) -> tuple[Floats, Floats]:
    """Bounds of the total indices of the expected outcome."""
    with_luck = np.maximum(total[-1] - first[-1], 0.0)
    return _of_factors(np.maximum(total - with_luck, 0.0), total), _of_factors(total, total)
