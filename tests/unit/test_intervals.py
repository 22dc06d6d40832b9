"""Intervals of rows of values: which is stated, of what, and that test and interval say the same."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from twin.study.intervals import (
    FEWEST_JUDGED,
    half_width,
    intervals,
    intervals_of,
    is_heavy,
    median_coverage,
    median_rank,
    sequence_half_width,
    sequence_p,
    sequence_rank,
    sequence_sign_p,
    sign_p,
    stand_out,
    t_p,
)

N = 20

#: A row of each kind: normal scores, the same with one far out, and one number throughout.
SCORES = stats.norm.ppf((np.arange(N) + 0.5) / N)
FAR = np.where(np.arange(N) == N - 1, 30.0, SCORES)
ROWS = np.array([SCORES + 2.0, FAR + 2.0, np.full(N, 7.0), np.zeros(N)])


@pytest.mark.parametrize("anytime", [False, True])
def test_the_method_is_chosen_by_the_values(anytime: bool) -> None:
    found = intervals(ROWS, anytime=anytime)
    assert found["method"].tolist() == ["t", "median", "exact", "exact"]
    assert found["n"].eq(N).all()
    assert found["moved"].tolist() == [N, N, N, 0]
    assert found["mean"].tolist() == pytest.approx(ROWS.mean(axis=1))
    assert found["median"].tolist() == pytest.approx(np.median(ROWS, axis=1))
    assert found[["q05", "q95"]].to_numpy() == pytest.approx(np.quantile(ROWS, [0.05, 0.95], axis=1).T)
    half = (sequence_half_width if anytime else half_width)(ROWS[0].std(ddof=1), N)
    assert found.iloc[0][["low", "high"]].tolist() == pytest.approx([2.0 - half, 2.0 + half])
    k = (sequence_rank if anytime else median_rank)(N)
    assert found.iloc[1][["low", "high"]].tolist() == [np.sort(FAR)[k - 1] + 2.0, np.sort(FAR)[N - k] + 2.0]
    assert found.iloc[2][["low", "high"]].tolist() == [7.0, 7.0]
    assert found.iloc[3][["low", "high", "p"]].tolist() == [0.0, 0.0, 1.0]


def test_few_values_are_no_tail_and_one_is_no_interval() -> None:
    few = intervals(ROWS[:, -FEWEST_JUDGED + 1 :])
    assert few["method"].tolist() == ["few", "few", "exact", "exact"]
    one = intervals(ROWS[:, -1:])
    assert one["method"].eq("few").all()
    assert one[["low", "high", "p"]].isna().all(axis=None)
    assert one["mean"].tolist() == ROWS[:, -1].tolist()
    none = intervals(np.zeros((2, 0)))
    assert none["mean"].isna().all()
    assert none["n"].eq(0).all()


def test_the_interval_of_a_mean_is_that_of_a_t_test() -> None:
    test = stats.ttest_1samp(ROWS[0], 0.0)
    found = intervals(ROWS[:1]).iloc[0]
    assert (found["low"], found["high"]) == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert found["p"] == pytest.approx(test.pvalue)


def test_the_interval_of_a_median_is_the_narrowest_that_covers() -> None:
    """Of 6 values it takes the least and the greatest, of 20 the 6th from either end; of 5 there is none."""
    assert [median_rank(n) for n in (5, 6, 8, 9, 10, 20, 30)] == [0, 1, 1, 2, 2, 6, 10]
    for n in range(6, 120):
        covered = stats.binom.cdf(n - median_rank(n), n, 0.5) - stats.binom.cdf(median_rank(n) - 1, n, 0.5)
        assert median_coverage(n) == pytest.approx(covered)
        assert median_coverage(n) >= 0.95
        assert 1.0 - 2.0 * stats.binom.cdf(median_rank(n), n, 0.5) < 0.95
    assert median_coverage(20) == pytest.approx(0.9586, abs=1e-4)


def test_a_tail_is_heavy_by_cochran_and_by_more_than_luck() -> None:
    """Skewed by luck, as ten values often are, is not enough; nor is a sure skewness that so many runs can bear."""
    rng = np.random.default_rng(3)
    ten = rng.normal(size=(400, 10))
    breaks_cochran = 25.0 * stats.skew(ten, axis=1, bias=False) ** 2 > 10
    assert breaks_cochran.mean() > 0.25
    assert 0.02 < is_heavy(ten).mean() < 0.09
    many = rng.gamma(4.0, size=(50, 500))
    assert (stats.skewtest(many, axis=1).pvalue < 0.001).all()
    assert not is_heavy(many).any()
    assert is_heavy(rng.lognormal(size=(50, 100))).mean() > 0.8


@pytest.mark.parametrize("n", [10, 20, 60, 200])
def test_test_and_interval_say_the_same(n: int) -> None:
    """An interval is clear of zero where p is at most 5 %, by each method, with ties and without."""
    rng = np.random.default_rng(n)
    shifts = rng.normal(0.0, 1.0, (400, 1))
    shapes = [rng.normal(size=(400, n)), rng.exponential(size=(400, n)) - 0.7, rng.poisson(0.7, (400, n)) - 1.0]
    values = np.concatenate([shape * 2.0 + np.round(shifts, 1) for shape in shapes])
    for anytime in (False, True):
        found = intervals(values, anytime=anytime).query("method != 'exact'")
        clear = (found["low"] > 0.0) | (found["high"] < 0.0)
        assert (clear == (found["p"] <= 0.05)).all()
        assert 0.1 < clear.mean() < 0.95
        assert {"t", "median"} <= set(found["method"])


def test_a_sequence_is_wider_than_an_interval_but_not_by_much() -> None:
    """At 20 runs 1.6 times, from 10 to 200 at most 1.8 times; before there are enough runs it says nothing."""
    n = np.arange(2, 201)
    times = sequence_half_width(1.0, n) / half_width(1.0, n)
    assert (times > 1.5).all()
    assert times[n == N] == pytest.approx(1.62, abs=0.01)
    assert times[n >= 10].max() < 1.81
    assert np.isinf(times[0])
    assert sequence_half_width(0.0, 2) == 0.0
    assert [sequence_rank(number) for number in (8, 9, 20, 60, 200)] == [0, 1, 4, 19, 78]


def test_more_runs_make_more_sure() -> None:
    n = 50
    mean, sd = np.array([0.0, 0.2, 0.5, 1.0]), np.ones(4)
    for p in (t_p(mean, sd, n), sequence_p(mean, sd, n)):
        assert (np.diff(p) <= 0.0).all()
        assert p[-1] < 1e-6
    counts = np.array([25, 30, 35, 45])
    for p in (sign_p(counts, n - counts, n), sequence_sign_p(counts, n - counts, n)):
        assert (np.diff(p) <= 0.0).all()
        assert p[-1] < 1e-6
    assert (sequence_p(mean, sd, n) >= t_p(mean, sd, n)).all()
    nothing = np.zeros(1, dtype=np.int64)
    assert sequence_sign_p(nothing, nothing, 2_000).tolist() == [1.0]


def test_what_stands_out_among_many() -> None:
    """Benjamini and Hochberg's own example (1995, section 3.2): of 15 tests four hold, by Bonferroni three."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
    p += [0.7590, 1.0]
    assert stand_out(np.array(p)).sum() == 4
    assert (np.array(p) <= 0.05 / 15).sum() == 3
    assert stand_out(np.zeros(0)).tolist() == []


def test_groups_of_a_table_are_taken_as_they_come() -> None:
    """Values that are none are not counted; every group has its own number of runs."""
    frame = pd.DataFrame(
        {
            "who": ["b", "a", "b", "a", "b", "a", "c"],
            "replication": [0, 0, 1, 1, 2, 2, 0],
            "value": [1.0, 5.0, math.nan, 7.0, 3.0, 9.0, math.inf],
        }
    )
    found = intervals_of(frame, ["who"])
    assert found["who"].tolist() == ["b", "a", "c"]
    assert found["n"].tolist() == [2, 3, 0]
    assert found["mean"].tolist()[:2] == [2.0, 7.0]
    assert found["mean"].isna().tolist() == [False, False, True]
    expected = stats.ttest_1samp([5.0, 7.0, 9.0], 0.0).confidence_interval(0.95)
    assert found.iloc[1][["low", "high"]].tolist() == pytest.approx(list(expected))
    assert intervals_of(frame.iloc[:0], ["who"]).empty
