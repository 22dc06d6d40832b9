"""Morris screening: effects by hand, what luck does to them, and runs that failed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from twin.analysis.screening import elementary_effects, screening
from twin.errors import AnalysisError
from twin.sweeps.sampling import Sample, morris_trajectories

FACTORS = ["rent", "slots", "rule"]

SAMPLE = morris_trajectories(12, 3, 4, 1)


def luck_of(sample: Sample, size: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, size, sample.luck.max() + 1)[sample.luck]


def test_effects_of_a_straight_outcome_are_its_slopes_whatever_the_luck_both_meet() -> None:
    values = SAMPLE.unit @ [3.0, -2.0, 0.0] + luck_of(SAMPLE, 50.0)
    found = screening(values, SAMPLE.unit, FACTORS)
    assert found["factor"].tolist() == FACTORS
    assert found["mu"].to_numpy() == pytest.approx([3, -2, 0], abs=1e-9)
    assert found["mu_star"].to_numpy() == pytest.approx([3, 2, 0], abs=1e-9)
    assert found["sigma"].to_numpy() == pytest.approx([0, 0, 0], abs=1e-9)
    assert found["luck"].min() > 3.0  # far above all effects, and yet
    assert found["clear"].tolist() == [True, True, False]
    assert (found["n"] == 12).all()


def test_effects_by_hand() -> None:
    unit = np.array([[0, 1], [2, 1], [2, 0], [0, 1], [2, 0], [2, 1], [0, 1], [2, 0]]) / np.array([3.0, 1.0])
    effects, luck = elementary_effects([10.0, 14.0, 11.0, 12.0, 5.0, 6.0, 8.0, 4.0], unit, ["a", "b"])
    assert effects == pytest.approx(np.array([[6.0, 3.0], [-3.0, 1.0]]))
    assert luck == pytest.approx(np.outer([2.0, -1.0], [3 / 2, 1.0]))


def test_an_effect_that_turns_with_another_factor_has_a_small_mean_and_a_large_size() -> None:
    turning = (SAMPLE.unit[:, 0] - 0.5) * (SAMPLE.unit[:, 1] - 0.5)
    found = screening(8.0 * turning, SAMPLE.unit, FACTORS)
    mu, mu_star, sigma = (found[name].to_numpy() for name in ("mu", "mu_star", "sigma"))
    assert abs(mu[0]) < 0.8 * mu_star[0]
    assert sigma[0] > mu_star[0]
    assert found["moved"].tolist()[2] == 0
    assert found["clear"].tolist()[::2] == [True, False]  # there is no luck that the first could be


def dealing_anew(sample: Sample, seed: int, *, effect: float) -> np.ndarray:
    """The first factor has an effect; of every factor each move deals luck anew."""
    places = sample.unit.round(9) @ [1.0, math.pi, math.e] + np.sqrt(2.0) * sample.luck
    _, who = np.unique(places, return_inverse=True)
    return effect * sample.unit[:, 0] + np.random.default_rng(seed).normal(size=who.max() + 1)[who]


def test_factors_that_only_deal_luck_anew_are_seldom_clear_and_read_as_luck_does() -> None:
    found = [screening(dealing_anew(SAMPLE, seed, effect=0.0), SAMPLE.unit, FACTORS, times=9) for seed in range(300)]
    any_clear = np.mean([frame["clear"].any() for frame in found])
    assert any_clear <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)
    ratio = np.mean([frame["mu_star"].mean() for frame in found]) / np.mean([frame["luck"].iloc[0] for frame in found])
    assert ratio == pytest.approx(1.0, abs=0.05)


def test_a_real_effect_among_them_is_seen_and_replications_bring_luck_down() -> None:
    sample = morris_trajectories(20, 3, 4, 3)
    one = screening(dealing_anew(sample, 1, effect=6.0), sample.unit, FACTORS)
    assert one["clear"].tolist() == [True, False, False]
    many = np.column_stack([dealing_anew(sample, seed, effect=6.0) for seed in range(16)])
    assert screening(many, sample.unit, FACTORS)["luck"].iloc[0] < 0.5 * one["luck"].iloc[0]


def test_the_interval_of_mu_star_covers_it() -> None:
    covered = []
    for seed in range(200):
        sample = morris_trajectories(15, 1, 4, seed)
        # the effect is 1.5 from the two lower levels to the two upper ones, whatever the start, plus luck of its own
        noise = np.random.default_rng(seed).normal(0, 0.2, len(sample.unit))
        found = screening(1.5 * sample.unit[:, 0] + noise, sample.unit, ["one"], seed=seed, times=399)
        covered.append(found["mu_star_low"][0] <= 1.5 <= found["mu_star_high"][0])
    assert 0.90 <= np.mean(covered) <= 0.99


def test_the_interval_is_the_same_for_the_same_seed_only() -> None:
    values = SAMPLE.unit[:, 0] ** 2 + luck_of(SAMPLE, 1.0) * SAMPLE.unit[:, 1]
    one, again, other = (screening(values, SAMPLE.unit, FACTORS, seed=seed) for seed in (1, 1, 2))
    assert one.equals(again)
    assert (one["mu_star_low"] != other["mu_star_low"]).any()


def test_a_failed_run_takes_the_effects_on_either_side_and_no_other() -> None:
    values = SAMPLE.unit @ [3.0, -2.0, 1.0]
    values[1] = np.nan  # after the first step of the first trajectory
    found = screening(values, SAMPLE.unit, FACTORS)
    assert sorted(found["n"]) == [11, 11, 12]
    assert found["mu"].to_numpy() == pytest.approx([3, -2, 1])
    twice = np.column_stack([values, SAMPLE.unit @ [3.0, -2.0, 1.0]])
    assert (screening(twice, SAMPLE.unit, FACTORS)["n"] == 12).all()  # another replication of the pair is there
    nothing = screening(np.full(len(values), np.nan), SAMPLE.unit, FACTORS)
    assert nothing[["mu", "mu_star", "mu_star_low", "p"]].isna().all(axis=None)
    assert not nothing["clear"].any()
    single = screening(values[5:10], SAMPLE.unit[5:10], FACTORS)
    assert single[["sigma", "mu_star_low", "p"]].isna().all(axis=None)
    assert single["mu"].notna().all()


def test_what_is_no_trajectory_or_no_value_of_one_is_refused() -> None:
    with pytest.raises(AnalysisError, match="no trajectories"):
        screening(np.zeros(60), SAMPLE.unit[::-1], FACTORS)
    with pytest.raises(AnalysisError, match="a multiple of 4"):
        screening(np.zeros(60), SAMPLE.unit, FACTORS[:2])
    with pytest.raises(AnalysisError, match="each of the 60 rows"):
        screening(np.zeros(59), SAMPLE.unit, FACTORS)
