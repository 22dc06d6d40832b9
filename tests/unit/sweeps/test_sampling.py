"""Samples: every property their docstrings state, and that each is looked at closely enough to be missed."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from twin.errors import AnalysisError
from twin.sweeps.sampling import Sample, latin_hypercube, morris_trajectories, saltelli, sobol_sequence

DESIGNS: dict[str, Callable[[int], Sample]] = {
    "latin_hypercube": lambda seed: latin_hypercube(12, 3, seed),
    "sobol_sequence": lambda seed: sobol_sequence(12, 3, seed),
    "morris_trajectories": lambda seed: morris_trajectories(6, 3, 4, seed),
    "saltelli": lambda seed: saltelli(12, 3, seed),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_the_same_seed_gives_the_same_sample_and_another_seed_another(name: str) -> None:
    one, again, other = (DESIGNS[name](seed) for seed in (7, 7, 8))
    assert one.unit.tobytes() == again.unit.tobytes()
    assert one.luck.tobytes() == again.luck.tobytes()
    assert (one.unit != other.unit).any()
    assert (one.luck == other.luck).all()  # numbers of luck are part of the design, not of what is drawn
    assert one.unit.dtype == np.float64
    assert one.luck.dtype == np.int64
    assert one.unit.shape == (len(one.luck), 3)
    assert ((one.unit >= 0.0) & (one.unit <= 1.0)).all()


def one_in_each_part(unit: np.ndarray) -> bool:
    n = len(unit)
    return all((np.bincount((column * n).astype(int), minlength=n) == 1).all() for column in unit.T)


def test_a_latin_hypercube_has_one_point_in_each_part_of_every_range() -> None:
    assert one_in_each_part(latin_hypercube(50, 4, 1).unit)
    assert not one_in_each_part(np.random.default_rng(1).random((50, 4)))
    assert (latin_hypercube(50, 4, 1).luck == 0).all()


def test_a_sobol_sequence_of_a_power_of_two_balances_and_another_number_begins_it() -> None:
    sample = sobol_sequence(64, 5, 3)
    assert one_in_each_part(sample.unit)
    assert (sobol_sequence(50, 5, 3).unit == sample.unit[:50]).all()
    assert not one_in_each_part(sobol_sequence(50, 5, 3).unit)
    assert len(sobol_sequence(1, 5, 3).unit) == 1
    # quarters of every pair of factors, which a hypercube does not promise
    cells = (sample.unit[:, :2] * 2).astype(int) @ [2, 1]
    assert np.bincount(cells).tolist() == [16, 16, 16, 16]


def walks(sample: Sample, k: int, levels: int) -> bool:
    """Whether the rows are what the docstring of morris_trajectories says."""
    x, luck = sample.unit.reshape(-1, k + 2, k), sample.luck.reshape(-1, k + 2)
    moves = np.diff(x[:, :-1], axis=1)
    delta = levels / (2 * (levels - 1))
    trajectories = np.arange(len(x))
    return bool(
        ((moves != 0).sum(axis=2) == 1).all()
        and ((moves != 0).sum(axis=1) == 1).all()
        and np.allclose(np.abs(moves).sum(axis=2), delta)
        and np.isin(np.round(x * (levels - 1), 9), np.arange(levels)).all()
        and (x[:, -1] == x[:, 0]).all()
        and (luck[:, :-1] == trajectories[:, None]).all()
        and (luck[:, -1] == len(x) + trajectories).all()
    )


@pytest.mark.parametrize(("k", "levels"), [(1, 2), (3, 4), (8, 6)])
def test_morris_trajectories_move_one_factor_a_step_and_meet_other_luck_once(k: int, levels: int) -> None:
    sample = morris_trajectories(5, k, levels, 2)
    assert walks(sample, k, levels)
    swapped = sample.unit.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    assert not walks(Sample(swapped, sample.luck), k, levels)
    assert not walks(Sample(sample.unit, np.zeros_like(sample.luck)), k, levels)


def test_every_level_direction_and_place_in_the_order_is_equally_likely() -> None:
    n, k, levels = 4000, 3, 4
    x = morris_trajectories(n, k, levels, 5).unit.reshape(-1, k + 2, k)
    near = 4 * np.sqrt(0.25 * 0.75 / n)
    for level in range(levels):
        assert (x[:, 0] * (levels - 1) == level).mean(axis=0) == pytest.approx(0.25, abs=near)
    upwards = np.diff(x[:, :-1], axis=1).sum(axis=1) > 0
    assert upwards.mean(axis=0) == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / n))
    first = np.diff(x[:, :2], axis=1)[:, 0] != 0
    assert first.mean(axis=0) == pytest.approx(1 / 3, abs=4 * np.sqrt(2 / 9 / n))


def test_saltelli_blocks_share_what_they_say_and_luck_is_one_more_input() -> None:
    n, k = 16, 3
    sample = saltelli(n, k, 4)
    a, b, *ab, ab_luck = sample.unit.reshape(k + 3, n, k)
    of_a, of_b, *of_ab, of_ab_luck = sample.luck.reshape(k + 3, n)
    assert (of_a == np.arange(n)).all()
    assert (of_b == n + np.arange(n)).all()
    for factor in range(k):
        others = [other for other in range(k) if other != factor]
        assert (ab[factor][:, others] == a[:, others]).all()
        assert (ab[factor][:, factor] == b[:, factor]).all()
        assert (ab[factor] != a).any()
        assert (of_ab[factor] == of_a).all()
    assert (ab_luck == a).all()
    assert (of_ab_luck == of_b).all()
    assert one_in_each_part(np.hstack([a, b]))  # of 2 k coordinates of one sequence


def test_a_thousand_factors_and_many_points_are_drawn() -> None:
    assert saltelli(2, 1000, 0).unit.shape == (2 * 1003, 1000)
    assert morris_trajectories(2, 1000, 4, 0).unit.shape == (2 * 1002, 1000)
    assert len(np.unique(sobol_sequence(100_000, 2, 0).unit[:, 0])) == 100_000


def test_what_cannot_be_drawn_is_refused_with_all_that_is_wrong() -> None:
    with pytest.raises(AnalysisError, match="an even number") as told:
        morris_trajectories(0, 3, 5, -1)
    assert [fault.where for fault in told.value.faults] == ["sample: trajectories", "sample: levels", "sample: seed"]
    with pytest.raises(AnalysisError, match=re.escape("sample: factors: 0")):
        latin_hypercube(5, 0, 1)
    with pytest.raises(AnalysisError, match="twice as many"):
        saltelli(2, 20_000, 1)
