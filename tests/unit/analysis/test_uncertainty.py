"""Components of variance: closed forms, gaps, intervals, and the number of replications they ask for."""

from __future__ import annotations

import numpy as np
import pytest

from twin.analysis.uncertainty import crossed, nested, replications_needed
from twin.errors import AnalysisError

#: Three points under four replications.
TABLE = np.array([[3.0, 5.0, 4.0, 8.0], [6.0, 9.0, 7.0, 10.0], [1.0, 2.0, 4.0, 5.0]])


def drawn(points: int, luck: int, seed: int, *, crossed_luck: float = 1.0) -> np.ndarray:
    """Variances 4 of points, the square of `crossed_luck`, and 1 of both together."""
    source = np.random.default_rng(seed)
    shared = source.normal(0, crossed_luck, luck)
    return source.normal(0, 2, (points, 1)) + shared + source.normal(0, 1, (points, luck))


def test_crossed_without_gaps_is_the_analysis_of_variance() -> None:
    p, r = TABLE.shape
    of_points, of_luck, mean = TABLE.mean(axis=1, keepdims=True), TABLE.mean(axis=0, keepdims=True), TABLE.mean()
    ms_p = r * ((of_points - mean) ** 2).sum() / (p - 1)
    ms_r = p * ((of_luck - mean) ** 2).sum() / (r - 1)
    ms_e = ((TABLE - of_points - of_luck + mean) ** 2).sum() / ((p - 1) * (r - 1))
    found = crossed(TABLE)
    assert found["component"].tolist() == ["points", "luck", "points_x_luck"]
    assert found["variance"].to_numpy() == pytest.approx([(ms_p - ms_e) / r, (ms_r - ms_e) / p, ms_e])
    assert found["share"].sum() == pytest.approx(1.0)
    assert found[["points", "replications", "runs"]].iloc[0].tolist() == [3, 4, 12]


def test_nested_without_gaps_is_the_analysis_of_variance() -> None:
    ms_p = 4 * TABLE.mean(axis=1).var(ddof=1)
    ms_e = TABLE.var(axis=1, ddof=1).mean()
    assert nested(TABLE)["variance"].to_numpy() == pytest.approx([(ms_p - ms_e) / 4, ms_e])


def test_level_and_order_of_points_and_replications_do_not_matter() -> None:
    for of in (crossed, nested):
        one, other = of(TABLE)["variance"], of(1e7 + TABLE[::-1, [2, 0, 3, 1]])["variance"]
        assert other.to_numpy() == pytest.approx(one.to_numpy())


def with_gaps(table: np.ndarray, seed: int) -> np.ndarray:
    return np.where(np.random.default_rng(seed).random(table.shape) < 0.3, np.nan, table)


@pytest.mark.parametrize("gaps", [False, True])
def test_estimates_are_right_on_average_with_gaps_and_without(gaps: bool) -> None:
    found = []
    for seed in range(400):
        table = drawn(12, 8, seed)
        found.append(crossed(with_gaps(table, seed) if gaps else table, times=1)["variance"])
    error = np.std(found, axis=0) / 20
    assert (np.abs(np.mean(found, axis=0) - [4, 1, 1]) < 3 * error).all()
    # planted: gaps filled with the mean of all, as if they were runs
    filled = [
        crossed(np.where(np.isnan(t), np.nanmean(t), t), times=1)["variance"] for t in map(with_gaps_of, range(99))
    ]
    assert (np.abs(np.mean(filled, axis=0) - [4, 1, 1]) > 0.4).any()


def with_gaps_of(seed: int) -> np.ndarray:
    return with_gaps(drawn(12, 8, seed), seed)


def test_nested_is_right_on_average_with_gaps() -> None:
    found = [nested(with_gaps(drawn(12, 8, seed, crossed_luck=0.0), seed), times=1)["variance"] for seed in range(400)]
    assert (np.abs(np.mean(found, axis=0) - [4, 1]) < 3 * np.std(found, axis=0) / 20).all()


def test_taking_shared_luck_for_each_points_own_is_seen() -> None:
    tables = [drawn(12, 8, seed, crossed_luck=2.0) for seed in range(100)]
    wrong = np.mean([nested(table, times=1)["variance"] for table in tables], axis=0)
    assert wrong[1] == pytest.approx(5.0, rel=0.1)  # 4 of all points alike and 1 of each are read as one
    right = np.mean([crossed(table, times=1)["variance"] for table in tables], axis=0)
    assert right[2] == pytest.approx(1.0, rel=0.1)
    assert right[1] == pytest.approx(4.0, rel=0.15)


def coverage(of: str, repetitions: int, times: int) -> np.ndarray:
    """How often each component's interval of variance, and of share, holds the truth."""
    held = []
    for seed in range(repetitions):
        if of == "crossed":
            found, true = crossed(drawn(30, 10, seed), seed=seed, times=times), np.array([4.0, 1.0, 1.0])
        else:
            found, true = nested(drawn(30, 10, seed, crossed_luck=0.0), seed=seed, times=times), np.array([4.0, 1.0])
        share = true / true.sum()
        held.append(
            [
                (found["low"] <= true) & (true <= found["high"]),
                (found["share_low"] <= share) & (share <= found["share_high"]),
            ]
        )
    return np.mean(held, axis=0)


@pytest.mark.slow
@pytest.mark.parametrize("of", ["crossed", "nested"])
def test_intervals_cover_nine_times_in_ten_at_ten_replications(of: str) -> None:
    found = coverage(of, 1000, 799)
    assert (found > 0.88).all()
    assert (found[0, :2] < 0.985).all()


def test_intervals_narrow_with_points_and_with_replications() -> None:
    def width(points: int, luck: int) -> np.ndarray:
        frame = crossed(drawn(points, luck, 5), times=499)
        return (frame["high"] - frame["low"]).to_numpy()

    assert width(200, 10)[0] < 0.6 * width(20, 10)[0]
    assert width(20, 100)[1] < 0.6 * width(20, 10)[1]
    assert (crossed(TABLE)["low"] >= 0).all()


def test_resampling_a_table_does_not_shift_its_components() -> None:
    table = drawn(8, 5, 3)
    found = crossed(table, times=4000)
    middle = (found["low"] + found["high"]) / 2
    assert (found["low"] <= found["variance"]).all()
    assert (middle > 0.6 * found["variance"]).all()
    assert crossed(table, seed=1, times=99).equals(crossed(table, seed=1, times=99))


def test_replications_needed_bring_luck_to_its_share() -> None:
    found = crossed(drawn(200, 50, 1, crossed_luck=3.0), times=9)
    points, luck, both = found["variance"]
    needed = replications_needed(found, 0.1)
    for n, of_luck in ((needed.level, luck + both), (needed.difference, both)):
        assert of_luck / n / (points + of_luck / n) <= 0.1
        assert of_luck / (n - 1) / (points + of_luck / (n - 1)) > 0.1
    assert needed.level > 5 * needed.difference
    alike = replications_needed(nested(drawn(50, 10, 1, crossed_luck=0.0), times=9), 0.2)
    assert alike.level == alike.difference


def test_without_luck_one_replication_does_and_without_points_none() -> None:
    certain = crossed(np.repeat([[1.0], [2.0], [4.0]], 3, axis=1))
    assert certain["share"].tolist() == [1.0, 0.0, 0.0]
    assert replications_needed(certain, 0.05) == (1.0, 1.0)
    equal = crossed(np.repeat([[1.0, 2.0, 4.0]], 3, axis=0))
    assert replications_needed(equal, 0.05) == (np.inf, 1.0)
    assert crossed(np.ones((3, 3)))["share"].isna().all()


def test_points_and_replications_without_any_run_are_left_out() -> None:
    wider = np.full((5, 6), np.nan)
    wider[1:4, 1:5] = TABLE
    assert crossed(wider).equals(crossed(TABLE))


def test_what_tells_nothing_of_luck_is_refused() -> None:
    with pytest.raises(AnalysisError, match="at least two"):
        crossed(TABLE[:, :1])
    with pytest.raises(AnalysisError, match=r"\(points, replications\)"):
        nested(TABLE[0])
    with pytest.raises(AnalysisError, match="told apart"):
        crossed(np.where(np.eye(3), TABLE[:, :3], np.nan))  # each point under luck of its own
    with pytest.raises(AnalysisError, match="above 0"):
        replications_needed(crossed(TABLE), 1.0)
