"""What intervals cover: at a fixed number of runs, and at all numbers together, as one who stops when it suits needs.

Every statement is of 2,000 synthetic repetitions, with a tolerance of three standard errors of a share. The
planted errors are t intervals, and intervals between order statistics, that are looked at again and again.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from twin.study.intervals import (
    PRIOR_PRECISION,
    half_width,
    intervals,
    median_rank,
    sequence_half_width,
    sequence_p,
    sequence_rank,
)
from twin.study.precision import Target

Floats = NDArray[np.float64]

REPETITIONS, MOST = 2_000, 200

#: Three standard errors of the share of repetitions in which a 95 % interval covers.
TOLERANCE = 3.0 * math.sqrt(0.95 * 0.05 / REPETITIONS)

Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]


def zero_inflated(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    """Four pairs in five do not differ."""
    return rng.exponential(size=size) * (rng.random(size) < 0.2)


#: Laws with their mean and their median.
NORMAL: tuple[Draw, float, float] = (lambda rng, size: rng.normal(3.0, 10.0, size), 3.0, 3.0)
EXPONENTIAL: tuple[Draw, float, float] = (lambda rng, size: rng.exponential(size=size), 1.0, math.log(2.0))
LOGNORMAL: tuple[Draw, float, float] = (lambda rng, size: rng.lognormal(size=size), math.exp(0.5), 1.0)
ZERO_INFLATED: tuple[Draw, float, float] = (zero_inflated, 0.2, 0.0)
COUNTS: tuple[Draw, float, float] = (lambda rng, size: rng.poisson(1.0, size).astype(np.float64), 1.0, 1.0)
CAUCHY: tuple[Draw, float, float] = (lambda rng, size: rng.standard_cauchy(size), math.nan, 0.0)


def drawn(draw: Draw, most: int = MOST) -> Floats:
    """(repetitions, runs)."""
    return draw(np.random.default_rng(11), (REPETITIONS, most))


def covers_throughout(values: Floats, mean: float, width: Callable[[Floats, Floats], Floats]) -> float:
    """In how many repetitions an interval of the mean covers it at every number of runs from 2."""
    n = np.arange(1.0, values.shape[1] + 1.0)
    means = values.cumsum(axis=1) / n
    variances = np.maximum((values**2).cumsum(axis=1) - n * means**2, 0.0)[:, 1:] / (n[1:] - 1.0)
    return float((np.abs(means[:, 1:] - mean) <= width(np.sqrt(variances), n[1:])).all(axis=1).mean())


def holds_median_throughout(values: Floats, median: float, rank: Callable[[int], int]) -> float:
    """In how many repetitions the k-th least and greatest values hold the median at every number of runs."""
    n = np.arange(1, values.shape[1] + 1)
    most_outside = n - np.array([rank(int(number)) for number in n])
    most_outside = np.where(most_outside == n, n, most_outside)  # no interval yet: it covers
    above, below = (values > median).cumsum(axis=1), (values < median).cumsum(axis=1)
    return float(((above <= most_outside) & (below <= most_outside)).all(axis=1).mean())


def covers_as_stated(values: Floats, mean: float, median: float, numbers: list[int], *, anytime: bool) -> float:
    """In how many repetitions what is stated covers what it is stated of, at all of these numbers of runs."""
    covers = np.ones(len(values), dtype=bool)
    for n in numbers:
        found = intervals(values[:, :n], anytime=anytime)
        of_what = np.where(found["method"] == "median", median, mean)
        said = found["method"] != "exact"  # of values that are all one nothing is said of others that may come
        covers &= ~said | ((found["low"] <= of_what) & (of_what <= found["high"]))
    return float(covers.mean())


# Confidence sequences


def test_the_ratio_of_the_t_sequence_is_the_integral_it_stands_for() -> None:
    """Likelihood of mean θσ, averaged over θ and dσ/σ, over that of mean 0 averaged over dσ/σ, on a fine grid."""
    values = np.array([0.3, 1.9, -0.4, 1.1, 0.8])
    theta, log_sigma = np.linspace(-6.0, 6.0, 601)[:, None], np.linspace(-4.0, 6.0, 1_001)
    sigma = np.exp(log_sigma)
    prior = stats.norm(0.0, 1.0 / math.sqrt(PRIOR_PRECISION)).pdf(theta)

    def likelihood(mean: Floats) -> Floats:
        exponents = sum(-0.5 * ((value - mean) / sigma) ** 2 for value in values)
        return np.asarray(np.exp(exponents) / sigma ** len(values))

    above = (likelihood(theta * sigma) * prior).sum() * (theta[1, 0] - theta[0, 0])
    below = likelihood(0.0 * sigma).sum()
    p = sequence_p(np.array([values.mean()]), np.array([values.std(ddof=1)]), len(values))
    assert p[0] == pytest.approx(below / above, rel=1e-6)
    assert p[0] < 1.0


def test_a_t_sequence_covers_at_all_numbers_of_runs() -> None:
    draw, mean, _ = NORMAL
    assert covers_throughout(drawn(draw), mean, sequence_half_width) >= 0.95 - TOLERANCE


def test_t_intervals_that_are_looked_at_again_and_again_do_not() -> None:
    """The planted error: each of them covers 95 %, all of them together less than three fifths."""
    draw, mean, _ = NORMAL
    assert covers_throughout(drawn(draw), mean, half_width) < 0.65


@pytest.mark.parametrize("law", [NORMAL, EXPONENTIAL, LOGNORMAL, ZERO_INFLATED, COUNTS, CAUCHY])
def test_the_sequence_of_a_median_covers_whatever_the_law(law: tuple[Draw, float, float]) -> None:
    draw, _, median = law
    assert holds_median_throughout(drawn(draw), median, sequence_rank) >= 0.95 - TOLERANCE


def test_intervals_of_a_median_that_are_looked_at_again_and_again_do_not() -> None:
    draw, _, median = EXPONENTIAL
    assert holds_median_throughout(drawn(draw), median, median_rank) < 0.85


#: What is covered as stated at every look, by law: t and median taken by the tail of the values themselves.
STATED = {
    "normal": (NORMAL, 0.95),
    "exponential": (EXPONENTIAL, 0.94),
    "lognormal": (LOGNORMAL, 0.90),
    "zero-inflated": (ZERO_INFLATED, 0.95),
    "counts": (COUNTS, 0.95),
}


@pytest.mark.parametrize(("law", "least"), STATED.values(), ids=STATED)
def test_what_is_stated_covers_at_every_look(law: tuple[Draw, float, float], least: float) -> None:
    """The looks are those of a precision: after 10 runs, 20, and so on to 200."""
    draw, mean, median = law
    assert covers_as_stated(drawn(draw), mean, median, Target(0.05).steps(), anytime=True) >= least - TOLERANCE


def test_what_is_stated_of_a_fixed_number_does_not() -> None:
    draw, mean, median = NORMAL
    assert covers_as_stated(drawn(draw), mean, median, Target(0.05).steps(), anytime=False) < 0.80


# Fixed numbers of runs


@pytest.mark.parametrize(("n", "least", "most"), [(10, 0.03, 0.07), (20, 0.03, 0.07), (30, 0.005, 0.03)])
def test_a_tail_is_seldom_seen_where_there_is_none(n: int, least: float, most: float) -> None:
    assert least <= (intervals(drawn(NORMAL[0], n))["method"] == "median").mean() <= most


#: What 20 runs cover as stated, how often they show a tail, and what t intervals of the mean cover at most.
FIXED = {
    "normal": (NORMAL, 0.945, 0.0, 0.96),
    "exponential": (EXPONENTIAL, 0.93, 0.6, 0.93),
    "lognormal": (LOGNORMAL, 0.92, 0.8, 0.88),
    "zero-inflated": (ZERO_INFLATED, 0.95, 0.95, 0.84),
    "counts": (COUNTS, 0.945, 0.2, 0.95),
}


@pytest.mark.parametrize(("law", "least", "seen", "by_t"), FIXED.values(), ids=FIXED)
def test_what_is_stated_of_a_fixed_number_covers(
    law: tuple[Draw, float, float], least: float, seen: float, by_t: float
) -> None:
    """The planted error is the t interval for all: of zero-inflated values it misses four times as often as it says."""
    draw, mean, median = law
    n = 20
    values = drawn(draw, n)
    assert (intervals(values)["method"] == "median").mean() >= seen
    assert covers_as_stated(values, mean, median, [n], anytime=False) >= least - TOLERANCE
    sd = values.std(axis=1, ddof=1)
    assert (np.abs(values.mean(axis=1) - mean) <= half_width(sd, n)).mean() <= by_t
