"""Resampling: counts, keys, and intervals that know how few things they rest on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from twin.analysis.resampling import MOST_COUNTS, generator, interval, resamples
from twin.errors import AnalysisError
from twin.study.intervals import half_width


def test_counts_add_up_and_hang_on_the_seed_and_what_is_resampled() -> None:
    (one,) = resamples(7, 50, generator(3, "rows"))
    assert one.shape == (50, 7)
    assert (one.sum(axis=1) == 7).all()
    assert (next(resamples(7, 50, generator(3, "rows"))) == one).all()
    assert (next(resamples(7, 50, generator(3, "points"))) != one).any()
    assert (next(resamples(7, 50, generator(4, "rows"))) != one).any()


def test_a_seed_that_is_none_is_refused() -> None:
    for seed in (-1, 1 << 64):
        with pytest.raises(AnalysisError, match=f"seed: {seed}"):
            generator(seed, "rows")


def test_blocks_are_as_long_as_the_greater_of_two_asks_for() -> None:
    many = MOST_COUNTS // 2
    alone = [len(block) for block in resamples(3, 5, generator(0, "rows"))]
    beside = [len(block) for block in resamples(3, 5, generator(0, "rows"), beside=many)]
    assert (alone, beside) == ([5], [2, 2, 1])


@pytest.mark.parametrize("n", [6, 15, 60])
def test_of_a_mean_of_normal_scores_it_is_nearly_students_interval(n: int) -> None:
    scores = stats.norm.ppf((np.arange(n) + 0.5) / n)
    drawn = np.concatenate([counts @ scores[:, None] / n for counts in resamples(n, 20_000, generator(1, "rows"))])
    low, high = interval(drawn, n)
    student = float(half_width(scores.std(ddof=1), n))
    assert (high[0] - low[0]) / 2 == pytest.approx(student, rel=0.12)
    plain = np.quantile(drawn, [0.025, 0.975])
    assert (n > 20) == ((plain[1] - plain[0]) / 2 > 0.93 * student)  # the plain one is too narrow where n is small


def test_infinite_resamples_open_an_interval_and_missing_ones_are_not_counted() -> None:
    drawn = np.column_stack([np.arange(1000.0), np.arange(1000.0), np.full(1000, np.nan)])
    drawn[900:, 0], drawn[500:, 1] = np.inf, np.nan
    low, high = interval(drawn, 1000)
    assert low[0] == pytest.approx(25, abs=2)
    assert high[0] == np.inf
    assert high[1] == pytest.approx(487, abs=2)
    assert np.isnan([low[2], high[2]]).all()
    assert np.isnan(interval(drawn, 1)).all()
