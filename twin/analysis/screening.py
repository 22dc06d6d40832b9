"""Morris screening: which of many factors matter at all, and which stand out of luck.

On a trajectory each factor i moves once, by ±Δ of its range, all else and the luck kept. Its elementary effect there
is EE_i = (y after - y before) / (±Δ): what the outcome would change over the factor's whole range. Over trajectories
(Morris 1991, doi:10.1080/00401706.1991.10484804; Campolongo, Cariboni and Saltelli 2007,
doi:10.1016/j.envsoft.2006.10.004)

    mu = mean EE_i,    mu* = mean |EE_i|,    sigma = standard deviation of EE_i (divisor n - 1):

mu says which way, mu* how much, and sigma large against mu* says that the effect hangs on where the other factors are,
on the luck, or is not straight.

Luck. Every trajectory ends with its first point under other luck. Divided by a factor's Δ, as its effects are, the mean
of the size of these changes is `luck`: what mu* reads of a factor that does nothing but deal the luck anew, as any
change may once firms meet in another order. Such a factor has effects of mean 0 whose sizes are those of luck. So a
factor is shown to matter in either of two ways: its mean effect is not 0 (t test over trajectories), or its effects are
larger than luck's on the same trajectories (one-sided paired t test). `p` is twice the lesser of the two (Bonferroni),
and `clear` marks what holds among all factors (Benjamini and Hochberg 1995).

Of several replications a trajectory, effects and luck are those of their mean, pair by pair.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from twin.analysis.resampling import RESAMPLES, generator, interval, resamples
from twin.errors import AnalysisError, Fault
from twin.study.intervals import sign_p, stand_out, t_p

Floats = NDArray[np.float64]


def screening(
    values: ArrayLike, unit: ArrayLike, factors: Sequence[str], *, seed: int = 0, times: int = RESAMPLES
) -> pd.DataFrame:
    """A row for each factor: factor, mu, mu_star, sigma, mu_star_low, mu_star_high, luck, moved, n, p and clear.

    `values` are (rows,) or (rows, replications) and `unit` (rows, factors), rows in the order of a sample of
    trajectories (`twin.sweeps.sampling`). All figures but the last four are in the unit of the outcome, over a factor's
    whole range. The interval of mu* comes of resampling trajectories, which differ in luck, so that it holds luck's
    part. `moved` counts effects other than 0, `n` effects that could be told: a run that failed (NaN) takes those on
    either side of it. Raises AnalysisError.
    """
    effects, lucks = elementary_effects(values, unit, factors)
    known = np.isfinite(effects)
    n = known.sum(axis=0)
    low, high = _mu_star_interval(np.abs(effects), n, seed, times)
    p = p_of(effects, lucks)
    mean, spread = _mean(effects), _deviation(effects)
    return pd.DataFrame(
        {
            "factor": list(factors),
            "mu": mean,
            "mu_star": _mean(np.abs(effects)),
            "sigma": spread,
            "mu_star_low": low,
            "mu_star_high": high,
            "luck": _mean(np.abs(lucks)),
            "moved": (known & (effects != 0.0)).sum(axis=0),
            "n": n,
            "p": p,
            "clear": stand_out(np.where(np.isfinite(p), p, 1.0)),
        }
    )


def elementary_effects(values: ArrayLike, unit: ArrayLike, factors: Sequence[str]) -> tuple[Floats, Floats]:
    """Effects, and luck's changes over each factor's mean step, (trajectories, factors); NaN where a run failed.

    Raises AnalysisError where the points are no trajectories of that many factors or the values are not of them.
    """
    k = len(factors)
    y, x = np.asarray(values, dtype=np.float64), np.asarray(unit, dtype=np.float64)
    if not k or x.ndim != 2 or x.shape[1] != k or len(x) % (k + 2) or not len(x):  # noqa: PLR2004  # rows, factors
        cure = f"trajectories of {k} factors: (k + 2) rows each, here a multiple of {k + 2}"
        raise AnalysisError([Fault("screening: unit", f"shape {x.shape}", cure)])
    if y.ndim not in {1, 2} or len(y) != len(x):
        cure = f"a value, or one for each replication, for each of the {len(x)} rows"
        raise AnalysisError([Fault("screening: values", f"shape {y.shape}", cure)])
    y = np.where(np.isfinite(y), y, np.nan).reshape(-1, k + 2, y.size // len(y))
    x = x.reshape(-1, k + 2, k)
    moves = np.diff(x[:, :-1], axis=1)
    stepped = moves != 0.0
    once = (stepped.sum(axis=1) == 1).all() and (stepped.sum(axis=2) == 1).all() and (x[:, 0] == x[:, -1]).all()
    if not once:
        cure = "one factor a step, each once, then the first point again: the rows of morris_trajectories in order"
        raise AnalysisError([Fault("screening: unit", "the rows are no trajectories", cure)])
    effects = np.empty((len(x), k))
    trajectory, step, factor = np.nonzero(stepped)
    changes = np.diff(y[:, :-1], axis=1)[trajectory, step]
    effects[trajectory, factor] = _mean(changes.T) / moves[trajectory, step, factor]
    steps = np.abs(moves).sum(axis=(0, 1)) / len(x)
    return effects, _mean((y[:, -1] - y[:, 0]).T)[:, None] / steps


def p_of(effects: Floats, lucks: Floats) -> Floats:
    """Of each factor's effects (trajectories, factors): how likely they are if it only deals luck anew."""
    against_nothing = _t_test(effects)
    beyond = np.abs(effects) - np.abs(lucks)
    two_sided = _t_test(beyond)
    beyond_luck = np.where(_mean(beyond) > 0.0, two_sided / 2.0, 1.0 - two_sided / 2.0)
    # without any luck row that ran the first test stands alone, and pays for two all the same
    return np.minimum(2.0 * np.fmin(against_nothing, beyond_luck), 1.0)


def _t_test(values: Floats) -> Floats:
    """Two-sided p of each column's mean being 0, by the sign test where all are one; NaN of fewer than two values."""
    p = np.full(values.shape[1], np.nan)
    n = np.isfinite(values).sum(axis=0)
    mean, deviation = _mean(values), _deviation(values)
    for number in np.unique(n[n > 1]):
        of = n == number
        one = deviation[of] == 0.0
        by_sign = sign_p(number * (mean[of] > 0.0), number * (mean[of] < 0.0), int(number))
        p[of] = np.where(one, by_sign, t_p(mean[of], np.where(one, 1.0, deviation[of]), int(number)))
    return p


def _mu_star_interval(sizes: Floats, n: NDArray[np.int64], seed: int, times: int) -> tuple[Floats, Floats]:
    known = np.isfinite(sizes)
    filled = np.where(known, sizes, 0.0)
    source = generator(seed, "trajectories")
    with np.errstate(invalid="ignore"):
        drawn = [counts @ filled / (counts @ known) for counts in resamples(len(sizes), times, source)]
    low, high = interval(np.concatenate(drawn), len(sizes))
    return np.where(n > 1, low, np.nan), np.where(n > 1, high, np.nan)


def _mean(values: Floats) -> Floats:
    """Of each column, over what is finite; NaN of nothing."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0))


def _deviation(values: Floats) -> Floats:
    """The same of their standard deviation (divisor n - 1); exactly 0 where all values are one."""
    known = np.isfinite(values)
    n = known.sum(axis=0)
    mean = _mean(values)
    squares = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
    first = values[known.argmax(axis=0), np.arange(values.shape[1])]
    one = ((values == first) | ~known).all(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 1, np.where(one, 0.0, np.sqrt(squares / (n - 1.0))), np.nan)
