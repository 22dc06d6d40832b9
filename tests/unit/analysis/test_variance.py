"""Sobol' indices: blocks, rows that failed, what is refused. That the numbers are right stands in tests/theory."""

from __future__ import annotations

import numpy as np
import pytest

from twin.analysis.variance import blocks_of, indices
from twin.errors import AnalysisError
from twin.sweeps.sampling import saltelli

FACTORS = ["rent", "slots"]

SAMPLE = saltelli(256, 2, 1)

LUCK = np.random.default_rng(1).normal(0, 0.3, 2 * 256)

VALUES = SAMPLE.unit @ [2.0, 1.0] + LUCK[SAMPLE.luck]

NUMBERS = ["first", "total", "expected", "expected_total_least", "expected_total_most"]


def test_a_row_for_each_factor_and_one_for_luck() -> None:
    found = indices(VALUES, FACTORS)
    assert found["factor"].tolist() == ["rent", "slots", "luck"]
    assert (found["n"] == 256).all()
    assert (found["dropped"] == 0).all()
    for name in ("first", "total"):
        assert (found[f"{name}_low"] < found[name]).all()
        assert (found[name] < found[f"{name}_high"]).all()
    assert found.loc[:1, NUMBERS].notna().all(axis=None)
    assert found.loc[2, NUMBERS[2:]].isna().all()


def test_neither_level_nor_unit_matters() -> None:
    one, other = indices(VALUES, FACTORS), indices(1e8 + 1e4 * VALUES, FACTORS)
    assert other[NUMBERS].to_numpy() == pytest.approx(one[NUMBERS].to_numpy(), abs=1e-9, nan_ok=True)


def test_a_failed_run_takes_its_row_out_of_every_block() -> None:
    failed = VALUES.copy()
    failed[[3, 256 + 3, 2 * 256 + 7, 4 * 256 + 9]] = np.nan
    rows = np.setdiff1d(np.arange(256), [3, 7, 9])
    without = VALUES.reshape(5, 256)[:, rows].ravel()
    found, kept = indices(failed, FACTORS), indices(without, FACTORS)
    assert (found["dropped"] == 3).all()
    assert (found["n"] == 253).all()
    assert found.drop(columns="dropped").equals(kept.drop(columns="dropped"))
    assert indices(np.full(20, np.nan), FACTORS)[NUMBERS].isna().all(axis=None)


def test_of_several_replications_it_is_their_mean_and_luck_has_less_of_it() -> None:
    other = SAMPLE.unit @ [2.0, 1.0] + np.random.default_rng(2).normal(0, 0.3, 2 * 256)[SAMPLE.luck]
    both = indices(np.column_stack([VALUES, other]), FACTORS)
    assert both["total"][2] < 0.75 * indices(VALUES, FACTORS)["total"][2]
    assert both.equals(indices((VALUES + other) / 2, FACTORS))
    other[0] = np.nan
    assert (indices(np.column_stack([VALUES, other]), FACTORS)["dropped"] == 1).all()


def test_where_nothing_varies_nothing_is_said_and_where_all_is_luck_nothing_of_the_expected() -> None:
    assert indices(np.ones(20), FACTORS)[NUMBERS].isna().all(axis=None)
    found = indices(LUCK[SAMPLE.luck], FACTORS)
    assert found["total"].to_numpy() == pytest.approx([0, 0, 1], abs=0.15)
    ends = found.loc[:1, ["expected_low", "expected_high"]].to_numpy()
    assert np.isnan(ends).all() or (ends[:, 0] <= 0).all()


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert indices(VALUES, FACTORS, seed=1).equals(indices(VALUES, FACTORS, seed=1))
    assert (indices(VALUES, FACTORS, seed=1)["first_low"] != indices(VALUES, FACTORS, seed=2)["first_low"]).any()


def test_blocks_are_in_the_order_of_the_sample() -> None:
    blocks = blocks_of(np.arange(20.0), FACTORS)
    assert blocks.a.tolist() == [0, 1, 2, 3]
    assert blocks.b.tolist() == [4, 5, 6, 7]
    assert blocks.ab[:, 0].tolist() == [8, 12, 16]


def test_what_is_no_sample_is_refused() -> None:
    with pytest.raises(AnalysisError, match="a multiple of 5"):
        indices(np.zeros(21), FACTORS)
    with pytest.raises(AnalysisError, match="another name"):
        indices(np.zeros(20), ["rent", "luck"])
