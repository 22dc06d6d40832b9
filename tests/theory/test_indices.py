"""Sensitivity indices: the function of Ishigami with and without luck, against theory and against SciPy.

Ishigami and Homma (1990, doi:10.1109/ISUMA.1990.151285): y = sin x1 + a sin² x2 + b x3⁴ sin x1 with x uniform on
[-π, π]. With a = 7 and b = 0.1 its variance is a²/8 + bπ⁴/5 + b²π⁸/18 + 1/2, of which x1 alone has 0.3139, x2 0.4424
and x3 nothing; their totals are 0.5576, 0.4424 and 0.2437.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from twin.analysis.screening import screening
from twin.analysis.variance import indices
from twin.sweeps.sampling import Sample, morris_trajectories, saltelli

A, B = 7.0, 0.1

VARIANCE = A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18 + 0.5

FIRST = np.array([(1 + B * np.pi**4 / 5) ** 2 / 2, A**2 / 8, 0.0]) / VARIANCE

TOTAL = FIRST + np.array([1.0, 0.0, 1.0]) * B**2 * np.pi**8 * (1 / 18 - 1 / 50) / VARIANCE

FACTORS = ["x1", "x2", "x3"]

N = 4096

#: At n = 4096 the error of an index is at most this: some three standard errors of the first orders.
NEAR = 0.045


def ishigami(unit: np.ndarray) -> np.ndarray:
    x = (2.0 * unit - 1.0) * np.pi
    return np.asarray(np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0]))


def luck_of(sample: Sample, share: float, seed: int) -> np.ndarray:
    """Normal luck, added to the outcome, that has this share of the variance of both."""
    deviation = np.sqrt(VARIANCE * share / (1.0 - share))
    return np.random.default_rng(seed).normal(0.0, deviation, sample.luck.max() + 1)[sample.luck]


def numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy()


def test_the_theory_is_the_published_one() -> None:
    assert FIRST.tolist() == pytest.approx([0.3139, 0.4424, 0.0], abs=5e-5)
    assert TOTAL.tolist() == pytest.approx([0.5576, 0.4424, 0.2437], abs=5e-5)


def test_indices_without_luck() -> None:
    sample = saltelli(N, 3, 1)
    found = indices(ishigami(sample.unit), FACTORS)
    assert numbers(found, "first") == pytest.approx([*FIRST, 0.0], abs=NEAR)
    assert numbers(found, "total") == pytest.approx([*TOTAL, 0.0], abs=NEAR)
    assert numbers(found, "first")[3] == numbers(found, "total")[3] == 0.0  # AB_luck is A, to the bit
    assert (found["expected"][:3] == found["first"][:3]).all()


@pytest.mark.parametrize("share", [0.25, 0.6])
def test_luck_has_its_share_and_the_expected_outcome_the_indices_without_it(share: float) -> None:
    sample = saltelli(N, 3, 1)
    found = indices(ishigami(sample.unit) + luck_of(sample, share, 2), FACTORS)
    assert numbers(found, "first") == pytest.approx([*(1 - share) * FIRST, share], abs=NEAR)
    assert numbers(found, "total") == pytest.approx([*(1 - share) * TOTAL, share], abs=NEAR)
    near = NEAR / (1 - share)
    assert numbers(found, "expected")[:3] == pytest.approx(FIRST, abs=near)
    for name in ("expected_total_least", "expected_total_most"):
        assert numbers(found, name)[:3] == pytest.approx(TOTAL, abs=near)


def test_where_luck_interacts_the_total_of_the_expected_outcome_is_between_its_bounds() -> None:
    # y = x1 + x2 (1 + w): x1, x2 uniform on [-1, 1], w of variance 2; Var g = 2/3, V = 4/3, S_T,luck = 1/2, S_luck = 0
    sample = saltelli(2**14, 2, 3)
    x = 2.0 * sample.unit - 1.0
    w = np.random.default_rng(4).normal(0.0, np.sqrt(2.0), sample.luck.max() + 1)[sample.luck]
    found = indices(x[:, 0] + x[:, 1] * (1.0 + w), ["x1", "x2"])
    assert numbers(found, "first") == pytest.approx([0.25, 0.25, 0.0], abs=0.03)
    assert numbers(found, "total") == pytest.approx([0.25, 0.75, 0.5], abs=0.03)
    assert numbers(found, "expected")[:2] == pytest.approx([0.5, 0.5], abs=0.06)
    least, most = numbers(found, "expected_total_least")[:2], numbers(found, "expected_total_most")[:2]
    assert least == pytest.approx([0.0, 0.5], abs=0.08)
    assert most == pytest.approx([0.5, 1.5], abs=0.08)


def test_indices_are_those_of_scipy_where_it_takes_the_sample() -> None:
    sample = saltelli(256, 3, 5)
    y = (7.0 + ishigami(sample.unit) + luck_of(sample, 0.3, 5)).reshape(6, 256)
    theirs = stats.sobol_indices(func={"f_A": y[:1], "f_B": y[1:2], "f_AB": y[2:, None]}, n=256)
    found = indices(y.ravel(), FACTORS)
    assert numbers(found, "first") == pytest.approx(theirs.first_order, abs=1e-12)
    assert numbers(found, "total") == pytest.approx(theirs.total_order, abs=1e-12)


def right(found: pd.DataFrame, share: float) -> bool:
    return bool(
        np.allclose(found["first"], [*(1 - share) * FIRST, share], atol=NEAR)
        and np.allclose(found["total"], [*(1 - share) * TOTAL, share], atol=NEAR)
    )


def test_planted_errors_are_caught() -> None:
    share = 0.25
    sample = saltelli(N, 3, 1)
    outcome = ishigami(sample.unit)
    luck = luck_of(sample, share, 2)
    assert right(indices(outcome + luck, FACTORS), share)
    # two columns of AB swapped
    swapped = (outcome + luck).reshape(6, N)[[0, 1, 3, 2, 4, 5]]
    assert not right(indices(swapped.ravel(), FACTORS), share)
    # luck treated as none: B, and so AB_luck, meets the luck of A
    of_a = Sample(sample.unit, sample.luck % N)
    assert not right(indices(outcome + luck_of(of_a, share, 2), FACTORS), share)
    # one luck for all rows
    alike = Sample(sample.unit, np.zeros_like(sample.luck))
    assert not right(indices(outcome + luck_of(alike, share, 2), FACTORS), share)
    # luck drawn anew in every run, as if nothing were paired
    anew = Sample(sample.unit, np.arange(len(sample.luck)))
    assert not right(indices(outcome + luck_of(anew, share, 2), FACTORS), share)


def coverage(share: float, *, repetitions: int, n: int, independent: bool) -> np.ndarray:
    """How often each interval holds the truth; `independent` rows are those the bootstrap supposes."""
    first, total = [*(1 - share) * FIRST, share], [*(1 - share) * TOTAL, share]
    held = []
    for seed in range(repetitions):
        sample = saltelli(n, 3, seed)
        if independent:
            a, b = np.random.default_rng([seed, 1]).random((2, n, 3))
            ab = [np.where(np.arange(3) == factor, b, a) for factor in range(3)]
            sample = Sample(np.concatenate([a, b, *ab, a]), sample.luck)
        found = indices(ishigami(sample.unit) + luck_of(sample, share, seed), FACTORS, seed=seed, times=399)
        held.append(
            [
                *((found["first_low"] <= first) & (found["first_high"] >= first)),
                *((found["total_low"] <= total) & (found["total_high"] >= total)),
                *((found["expected_low"][:3] <= FIRST) & (found["expected_high"][:3] >= FIRST)),
            ]
        )
    return np.asarray(np.mean(held, axis=0))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.25, 0.6])
def test_intervals_cover(share: float) -> None:
    independent = coverage(share, repetitions=400, n=512, independent=True)
    assert ((independent > 0.915) & (independent < 0.985)).all()  # three standard errors of 95 % in 400
    balanced = coverage(share, repetitions=200, n=512, independent=False)
    assert (balanced > 0.85).all()  # of x3, whose first order is 0, they hold 0.9 at this n, and more at others
    assert balanced.mean() > 0.95


@pytest.mark.slow
def test_intervals_that_are_too_narrow_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.analysis.resampling.CONFIDENCE", 0.8)
    found = coverage(0.25, repetitions=200, n=512, independent=True)
    assert (found < 0.9).all()


def test_screening_sees_of_the_same_function_what_the_indices_see() -> None:
    """Campolongo, Cariboni and Saltelli (2007): mu* stands in for the total index, and mu alone misses x2."""
    sample = morris_trajectories(100, 3, 8, 1)
    found = screening(ishigami(sample.unit), sample.unit, FACTORS)
    assert found["clear"].all()
    assert abs(found["mu"][1]) < 0.3 * found["mu_star"][1]
    assert found["sigma"][2] > found["mu_star"][2]  # x3 acts through x1 alone
