"""Intervals: of a mean, of a median where the tail forbids that, for so many runs or valid however many there will be.

Fixed number of runs. Of a mean, Student's t interval. Cochran (1977, Sampling Techniques, 3rd ed., Wiley, section 2.15,
p. 42) asks for n > 25 G1² runs before a normal interval of a mean is believed, G1 being the skewness of what is
averaged, so that it misses in at most 6 % where it says 5 %; Sugden, Smith and Jones (2000, J. R. Statist. Soc. B 62,
787-793) derive it from Edgeworth's expansion. Where the runs break the rule the median stands in place of the mean: the
interval between two order statistics covers it whatever the distribution is (David and Nagaraja 2003, Order Statistics,
section 7.1).

The skewness of ten normal values breaks the rule by luck one time in three. So a tail is called heavy only where its
skewness is also more than luck (D'Agostino 1970, Biometrika 57, 679-681, at 5 %): normal values are then flagged in 5 %
of samples of 10 or 20, in 1 % of 30. The price is that at ten runs some heavy tails are taken for luck: how many, and
what the intervals then cover, is said in docs/comparing.md.

Number of runs that hangs on the runs. A t interval looked at again and again misses more often than it says. A
confidence sequence holds at all numbers of runs together, so that one may stop whenever one likes. That of a mean of
normal values of unknown variance is the mixture of Lai (1976, Ann. Statist. 4, 265-280) with the normal prior of Wang
and Ramdas (2025, Sequential Analysis, "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown
variance"; arXiv:2310.03722). Its derivation:

Let m be the mean, y_i = x_i - m, S = Σ y_i, V = Σ y_i². Of y with mean θσ and deviation σ, the likelihood integrated
over dσ/σ is, up to what does not hang on θ, that of y_2/|y_1|, …, y_n/|y_1| and the sign of y_1, whose law is free of
σ. So its ratio to the one at θ = 0 is a martingale from 1 where the mean is m, whatever σ is; so is its average over
θ ~ N(0, 1/c²). In the exponent, -Σ (y_i/σ - θ)²/2 - c²θ²/2 integrates over θ to c (n + c²)^(-1/2) times
exp(-(V - S²/(n + c²))/2σ²), and that times σ^(-n-1) over σ to a multiple of (V - S²/(n + c²))^(-n/2). Hence

    M_n = sqrt(c²/(n + c²)) (1 - S²/((n + c²) V))^(-n/2),

which by Ville's inequality ever reaches 1/α with a probability of at most α. With S = n d, V = n (s² + d²), d the mean
of x less m and s² their variance divided by n, M_n < 1/α says, with r = (α²c²/(n + c²))^(1/n), that

    d² < (1 - r)(n + c²) s² / (r (n + c²) - c²),   and nothing where the denominator is not above 0.

That of a median m: each value lies above m with a probability of at most ½, and so below. Of k values in n above m, the
ratio of the likelihood of a share q to that of ½, averaged over q ~ Beta(a, a) above ½, is a supermartingale from 1,

    U_n(k) = 2^(n+1) B(a + k, a + n - k) P(Beta(a + k, a + n - k) > ½) / B(a, a),

and another of those below; either ever reaches 2/α with a probability of at most α/2 (a mixture after Robbins 1970,
Ann. Math. Statist. 41, 1397-1409; of quantiles see Howard and Ramdas 2022, Bernoulli, doi:10.3150/21-BEJ1388). As ties
only lower the counts, it holds for any distribution.

The t sequence is exact for normal values and near it for others as their means become normal. Which of the two is
stated hangs on the values themselves, as it does for a fixed number; tests/theory/test_sequences.py says what holds.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

CONFIDENCE = 0.95

#: The fewest runs whose tail is judged: D'Agostino's approximation asks for 8, and of ten with one that stands out by
#: itself the skewness is already more than luck.
FEWEST_JUDGED = 10

#: Cochran's n over the square of the skewness.
COCHRAN = 25.0

#: Skewness that normal values exceed this rarely is more than luck.
LUCK = 0.05

#: Quantiles stated beside mean and median.
TAILS = (0.05, 0.95)

#: c² of the prior of the t sequence: 2 makes it the narrowest at 20 runs, 1.6 times the t interval there, and at most
#: 1.8 times from 10 to 200.
PRIOR_PRECISION = 2.0

#: a of the prior of the sequence of a median: 2 makes it as narrow at 20 to 60 runs as any does, and finite from 9.
PRIOR_COUNT = 2.0


def intervals(values: Floats, *, anytime: bool = False) -> pd.DataFrame:
    """Of each row of (rows, n) finite values: mean, median, low, high, q05, q95, n, moved, method and p.

    `low` and `high` hold the mean where `method` is `t`, or `few` (fewer runs than a tail can be judged by), and the
    median where it is `median`; where it is `exact` all values are one. With `anytime` they are those of confidence
    sequences. `moved` counts the values other than 0; `p` is that of the test whose 95 % interval this is, of 0.
    """
    rows, n = values.shape
    if n <= 1:  # one value has no interval
        one = values[:, 0] if n else np.full(rows, np.nan)
        return _frame(values, one, one, np.full((2, rows), np.nan), "few", np.nan)
    ordered = np.sort(values, axis=1)
    exact = ordered[:, 0] == ordered[:, -1]
    mean, sd = values.mean(axis=1), np.where(exact, 0.0, values.std(axis=1, ddof=1))
    mean[exact] = ordered[exact, 0]
    half = (sequence_half_width if anytime else half_width)(sd, n)
    rank = (sequence_rank if anytime else median_rank)(n)
    heavy = np.zeros(rows, dtype=bool)
    if n >= FEWEST_JUDGED:
        heavy[~exact] = is_heavy(values[~exact])
        method = np.select([exact, heavy], ["exact", "median"], "t")
    else:
        method = np.where(exact, "exact", "few")
    within = (ordered[:, rank - 1], ordered[:, n - rank]) if rank else (np.full(rows, -np.inf), np.full(rows, np.inf))
    low, high = np.where(heavy, within[0], mean - half), np.where(heavy, within[1], mean + half)
    low[exact] = high[exact] = mean[exact]
    by_sign = (sequence_sign_p if anytime else sign_p)((values > 0).sum(axis=1), (values < 0).sum(axis=1), n)
    p = np.where(exact | heavy, by_sign, (sequence_p if anytime else t_p)(mean, np.where(exact, 1.0, sd), n))
    return _frame(values, mean, np.median(values, axis=1), np.array([low, high]), method, p)


def intervals_of(frame: pd.DataFrame, keys: list[str], *, anytime: bool = False) -> pd.DataFrame:
    """A row for each combination of `keys`, in order of appearance: the `intervals` of its `value` over `replication`.

    A value that is not finite is not counted.
    """
    groups = frame.groupby(keys, sort=False).ngroup().to_numpy()
    values = np.full((groups.max(initial=-1) + 1, int(frame["replication"].max() + 1) if len(frame) else 0), np.nan)
    values[groups, frame["replication"].to_numpy()] = frame["value"]
    values = np.sort(np.where(np.isfinite(values), values, np.nan), axis=1)  # what is not counted comes last
    number = np.isfinite(values).sum(axis=1)
    tables = []
    for n in np.unique(number):
        rows = np.flatnonzero(number == n)
        tables.append(intervals(values[rows, :n], anytime=anytime).set_index(rows))
    names = frame[keys].drop_duplicates(ignore_index=True)
    return names.join(pd.concat(tables).sort_index()) if tables else names


def _frame(
    values: Floats, mean: Floats, median: Floats, ends: Floats, method: NDArray[np.str_] | str, p: Floats | float
) -> pd.DataFrame:
    tails = np.quantile(values, TAILS, axis=1) if values.shape[1] else np.full((2, len(values)), np.nan)
    return pd.DataFrame(
        {
            "mean": mean,
            "median": median,
            "low": ends[0],
            "high": ends[1],
            "q05": tails[0],
            "q95": tails[1],
            "n": values.shape[1],
            "moved": (values != 0).sum(axis=1),
            "method": method,
            "p": p,
        }
    )


def is_heavy(values: Floats) -> NDArray[np.bool_]:
    """Of each row of (rows, n) values that are not all one: whether its skewness forbids a t interval of the mean."""
    from scipy import stats  # a second to import, and needed here only

    n = values.shape[1]
    scaled = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    skewness = stats.skew(scaled, axis=1, bias=False)
    luck = stats.skewtest(scaled, axis=1).pvalue
    return np.asarray((n < COCHRAN * skewness**2) & (luck < LUCK))


def half_width(sd: ArrayLike, n: ArrayLike) -> Floats:
    """Half of the t interval of a mean of `n` values with a standard deviation of `sd` (divisor n - 1)."""
    from scipy import stats

    sd, number = np.asarray(sd, dtype=np.float64), np.asarray(n, dtype=np.float64)
    return np.asarray(stats.t.ppf(0.5 + CONFIDENCE / 2.0, np.maximum(number - 1.0, 1.0)) * sd / np.sqrt(number))


def sequence_half_width(sd: ArrayLike, n: ArrayLike) -> Floats:
    """Half of the t confidence sequence at `n` values with a standard deviation of `sd` (divisor n - 1)."""
    sd, number = np.asarray(sd, dtype=np.float64), np.asarray(n, dtype=np.float64)
    known = number + PRIOR_PRECISION
    r = ((1.0 - CONFIDENCE) ** 2 * PRIOR_PRECISION / known) ** (1.0 / number)
    below = r * known - PRIOR_PRECISION
    squared = np.divide((1.0 - r) * known, below, out=np.full(number.shape, np.inf), where=below > 0.0)
    factor = np.sqrt(squared * (number - 1.0) / number)
    return np.multiply(factor, sd, out=np.zeros(np.broadcast_shapes(factor.shape, sd.shape)), where=sd > 0.0)


def t_p(mean: Floats, sd: Floats, n: int) -> Floats:
    """Two-sided p of the t test that the mean is 0."""
    from scipy import stats

    return np.asarray(2.0 * stats.t.sf(np.abs(mean) / (sd / np.sqrt(n)), n - 1))


def sequence_p(mean: Floats, sd: Floats, n: int) -> Floats:
    """1/M_n of the mean 0: at most α with a probability of at most α, whenever one stops."""
    known, mean_square = n + PRIOR_PRECISION, mean**2 + sd**2 * (n - 1.0) / n
    log_ratio = 0.5 * np.log(PRIOR_PRECISION / known) - n / 2.0 * np.log1p(-n * mean**2 / (known * mean_square))
    return np.asarray(np.exp(-np.maximum(log_ratio, 0.0)))


@cache
def median_rank(n: int) -> int:
    """The k for which the k-th least and k-th greatest of `n` values hold the median; 0 where there is none."""
    from scipy import stats

    return int(stats.binom.ppf((1.0 - CONFIDENCE) / 2.0, n, 0.5))


def median_coverage(n: int) -> float:
    """How surely they do: at least so often, and exactly so for continuous values."""
    from scipy import stats

    rank = median_rank(n)
    return float(1.0 - 2.0 * stats.binom.cdf(rank - 1, n, 0.5)) if rank else 1.0


@cache
def sequence_rank(n: int) -> int:
    """The same k for the confidence sequence of a median."""
    counts = np.arange(n // 2, n + 1)
    far = counts[_log_ratio(counts, n) >= np.log(2.0 / (1.0 - CONFIDENCE))]
    return n + 1 - int(far[0]) if len(far) else 0


def sign_p(above: NDArray[np.integer], below: NDArray[np.integer], n: int) -> Floats:
    """Two-sided p of the sign test that the median is 0, of so many of `n` values above and below; ties against it."""
    from scipy import stats

    return np.minimum(1.0, 2.0 * stats.binom.sf(np.maximum(above, below) - 1, n, 0.5))


def sequence_sign_p(above: NDArray[np.integer], below: NDArray[np.integer], n: int) -> Floats:
    """The same, valid whenever one stops."""
    most = np.maximum(np.maximum(above, below), n // 2)  # of less than half, as ties make it, nothing follows
    return np.minimum(1.0, 2.0 * np.exp(-_log_ratio(most, n)))


def _log_ratio(count: NDArray[np.integer], n: int) -> Floats:
    """Logarithm of U_n of so many of `n` values on one side of the median."""
    from scipy import special, stats

    a, b = PRIOR_COUNT + count, PRIOR_COUNT + n - count
    mixed = special.betaln(a, b) - special.betaln(PRIOR_COUNT, PRIOR_COUNT)
    return np.asarray((n + 1.0) * np.log(2.0) + mixed + stats.beta.logsf(0.5, a, b))


def stand_out(p: Floats) -> NDArray[np.bool_]:
    """Which of many tests hold at once: of those at most 5 % are false on average (Benjamini and Hochberg 1995).

    That is so for tests that are independent or rise together; of parts of one whole it holds nearly.
    """
    from scipy import stats

    return np.asarray(stats.false_discovery_control(p) <= 1.0 - CONFIDENCE) if len(p) else np.zeros(0, dtype=bool)
