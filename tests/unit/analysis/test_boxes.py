"""A planted box is found, to its bounds; noise has none; what cannot be judged is refused with a cure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tests.unit.analysis.planted import FIGURE, MET, PLANTED, factors, in_planted, planted, runs_of
from twin.analysis.boxes import Boxes, cases_of, discover, wilson
from twin.analysis.prim import Cases, Restriction, _peels, best_product, chance, least_density, nearest_mass, peel
from twin.errors import InputError
from twin.indicators.asked import Condition


def restricted(found: Boxes) -> dict[str, Restriction]:
    return {each.factor: each for each in found.boxes[0].restrictions}


@pytest.fixture(scope="module")
def found() -> Boxes:
    return discover(planted(300), MET, resamples=20)


def test_a_planted_box_is_found_to_its_bounds(found: Boxes) -> None:
    limits = restricted(found)
    assert set(limits) == set(PLANTED)  # and so neither d nor e, nor a word
    for name, (low, high) in PLANTED.items():
        for bound, planted_bound in ((limits[name].low, low), (limits[name].high, high)):
            if np.isfinite(planted_bound):
                assert bound == pytest.approx(planted_bound, abs=0.05)
    assert limits["a"].low < 0.1
    assert limits["b"].high > 0.9
    assert len(found.boxes) == 1


def test_its_shares_are_those_of_the_cases_it_holds(found: Boxes) -> None:
    box, runs = found.boxes[0], planted(300)
    points = runs.drop_duplicates("point")
    inside, reached = box.holds(points), in_planted(points).to_numpy()
    assert (box.cases, box.of_interest) == (inside.sum(), (inside & reached).sum())
    assert box.density.value == pytest.approx(reached[inside].mean())
    assert box.coverage.value == pytest.approx(inside[reached].mean())
    assert box.density.value > 0.95
    assert box.coverage.value > 0.9
    assert box.density.low < box.density.value <= box.density.high
    assert found.coverage == box.coverage.value


def test_held_out_shares_are_near_those_on_new_points(found: Boxes) -> None:
    """5,000 new points say what the box is worth; on the points around which it was drawn it looks better."""
    box, new = found.boxes[0], factors(5000, seed=99)
    truth = in_planted(new).to_numpy()[box.holds(new)].mean()
    assert box.held_out_density.low <= truth <= box.held_out_density.high
    assert box.held_out_density.value < box.density.value
    assert box.p < 1e-6


def test_what_is_restricted_comes_back_in_resamples_and_is_more_than_chance(found: Boxes) -> None:
    for each in found.boxes[0].restrictions:
        assert each.recurs > 0.9
        assert each.p < 1e-4


def test_shuffled_outcomes_have_no_box() -> None:
    """The planted error: the very same runs, their outcomes dealt to points at random."""
    runs = planted(150)
    none = 0
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(150)
        shuffled = runs.assign(**{FIGURE: runs.pivot_table(FIGURE, "point", "replication").to_numpy()[order].T.ravel()})
        none += not discover(shuffled, MET, most=1, resamples=0).boxes
    assert discover(runs, MET, most=1, resamples=0).boxes
    assert none == 10


def test_a_box_around_noise_is_told_as_refused() -> None:
    """A box in which two cases in three are of interest, of a quarter at large: of new points none is."""
    rng = np.random.default_rng(19)
    frame = pd.DataFrame(rng.uniform(size=(60, 5)), columns=list("abcde"))
    runs = runs_of(frame, pd.Series(rng.choice([4e11, 6e11], 60, p=[0.7, 0.3])))
    found = discover(runs, MET, rule=least_density(0.9), resamples=0)
    assert found.boxes == ()
    assert found.table().empty
    assert found.refused is not None
    assert found.refused.density.low > found.share > found.refused.held_out_density.value
    assert all(each.p < 0.05 for each in found.refused.restrictions)
    assert found.refused.p > 0.5


def test_a_word_that_is_left_out_is_found() -> None:
    frame = factors(200, seed=5)
    found = discover(
        runs_of(frame, pd.Series(np.where((frame["a"] < 0.6) & (frame["set"] != "y"), 6e11, 4e11))), MET, resamples=0
    )
    limits = restricted(found)
    assert set(limits) == {"a", "set"}
    assert limits["set"].words == ("x", "z")
    assert limits["set"].without == ("y",)
    assert limits["a"].high == pytest.approx(0.6, abs=0.05)


def test_whole_numbers_and_ties_have_bounds_that_are_values() -> None:
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"slots": rng.integers(0, 6, 200), "shift": rng.choice([-0.2, 0.0, 0.2], 200)})
    found = discover(
        runs_of(frame, pd.Series(np.where((frame["slots"] >= 3) & (frame["shift"] < 0.1), 6e11, 4e11))),
        MET,
        resamples=0,
    )
    limits = restricted(found)
    assert limits["slots"].low == 3.0
    assert limits["slots"].high == np.inf
    assert limits["shift"].high == pytest.approx(0.1)
    assert found.boxes[0].density.value == 1.0
    assert found.boxes[0].coverage.value == 1.0


def test_two_planted_boxes_are_found_one_after_the_other() -> None:
    frame = factors(400, seed=7)
    first, second = (frame["a"] < 0.45) & (frame["b"] < 0.5), (frame["c"] > 0.65) & (frame["d"] > 0.65)
    found = discover(runs_of(frame, pd.Series(np.where(first | second, 6e11, 4e11))), MET, resamples=0)
    assert [{each.factor for each in box.restrictions} for box in found.boxes] == [{"a", "b"}, {"c", "d"}]
    assert found.coverage > 0.9
    table = found.table()
    assert table["box"].tolist() == [1, 1, 2, 2]
    assert (table["held_out_density"] > 0.7).all()


def test_where_a_target_is_missed_is_the_complement() -> None:
    runs = planted(300)
    missed = discover(runs, MET, missed=True, most=1, resamples=0)
    assert missed.of_interest + discover(runs, MET, most=1, resamples=0).of_interest == 300
    assert missed.share > 0.7


def test_cases_by_points_take_the_share_of_their_runs_and_leave_failures_out() -> None:
    frame = factors(40, seed=8)
    runs = runs_of(frame, pd.Series(4e11, index=frame.index), noise=0.0)
    runs.loc[runs["point"] < 10, FIGURE] = 6e11
    runs.loc[(runs["point"] < 10) & (runs["replication"] < 2), FIGURE] = 4e11  # a half of them
    runs.loc[(runs["point"] == 10), FIGURE] = np.nan
    runs.loc[(runs["point"] == 11) & (runs["replication"] < 3), FIGURE] = np.nan
    runs.loc[(runs["point"] == 11) & (runs["replication"] == 3), FIGURE] = 6e11
    condition = Condition.parse(MET)
    half, left_out = cases_of(runs, condition)
    assert (len(half), left_out) == (39, 7)
    assert half.of_interest.sum() == 11
    with pytest.raises(InputError, match="1 are of interest"):
        cases_of(runs, condition, threshold=0.6)
    by_run, _ = cases_of(runs, condition, threshold=None)
    assert (len(by_run), by_run.of_interest.sum()) == (153, 21)


def test_runs_of_one_point_are_no_independent_cases() -> None:
    runs = planted(120)
    points, by_run = discover(runs, MET, most=1, resamples=0), discover(runs, MET, threshold=None, most=1, resamples=0)
    assert by_run.cases == 4 * points.cases
    assert by_run.boxes[0].density == points.boxes[0].density  # intervals too: four equal runs are not four cases
    assert by_run.boxes[0].restrictions[0].p == pytest.approx(points.boxes[0].restrictions[0].p)


def test_a_planner_may_choose_another_box() -> None:
    runs = planted(300)
    trajectory = discover(runs, MET, most=1, resamples=0).trajectory
    assert trajectory["mass"].is_monotonic_decreasing
    assert trajectory["coverage"].is_monotonic_decreasing
    assert trajectory[["coverage", "mass", "restricted"]].to_numpy()[0].tolist() == [1.0, 1.0, 0.0]
    assert trajectory["density"].to_numpy() == pytest.approx(trajectory["of_interest"] / trajectory["cases"])
    wide = discover(runs, MET, most=1, rule=nearest_mass(0.5), resamples=0).boxes[0]
    assert wide.coverage.value > 0.95
    assert wide.density.value < 0.7
    assert trajectory["density"].to_numpy()[least_density(0.8)(trajectory)] >= 0.8
    best = trajectory.iloc[best_product(trajectory)]
    assert best["coverage"] * best["density"] == (trajectory["coverage"] * trajectory["density"]).max()


def test_the_order_of_rows_does_not_matter_and_the_seed_deals_the_points() -> None:
    runs = planted(100)
    shuffled = runs.sample(frac=1.0, random_state=1, ignore_index=True)
    forth, back, other = (
        discover(frame, MET, seed=seed, most=1, resamples=5).table()
        for frame, seed in ((runs, 0), (shuffled, 0), (runs, 1))
    )
    assert forth.equals(back)
    assert not forth.equals(other)
    assert forth[["factor", "low", "high", "density"]].equals(other[["factor", "low", "high", "density"]])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (lambda runs: runs.query("point < 29"), "29 points .* 30 at least"),
        (lambda runs: runs.assign(**{FIGURE: 1e11}), "0 are of interest; another bound"),
        (lambda runs: runs.drop(columns=FIGURE), "no column 'revenue@2030'"),
        (lambda runs: pd.concat([runs, runs]), "replication 0 twice"),
        (lambda runs: runs.assign(a=runs["a"].where(runs["point"] > 0)), "a has no value at 4 runs"),
        (lambda runs: runs[["point", "replication", FIGURE]], "no factor has two values"),
        (lambda runs: runs.assign(a=runs["replication"]), "a is not the same in all runs of a point"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_a_cure(
    changed: Callable[[pd.DataFrame], pd.DataFrame], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        discover(changed(planted(60)), MET)


def test_peeling_keeps_what_is_of_interest_rather_than_size() -> None:
    """A word that is one case in two costs half the cases; what counts is the gain for each case given up."""
    cases, _ = cases_of(planted(300), Condition.parse(MET))
    _, boxes = peel(cases)
    assert "firms" not in boxes[20]


def test_intervals_and_tests_of_shares_are_the_published_ones() -> None:
    """Wilson's interval of 10 in 20 (Newcombe 1998, method 3), and the binomial tail, also in between."""
    from scipy import stats

    assert wilson(10, 20) == pytest.approx((0.5, 0.2993, 0.7007), abs=5e-5)
    assert wilson(0, 0)[1:] == (0.0, 1.0)
    assert chance(7, 10, 0.4) == pytest.approx(stats.binom.sf(6, 10, 0.4))
    assert chance(8, 10, 0.4) < chance(7.5, 10, 0.4) < chance(7, 10, 0.4)
    assert chance(0, 10, 0.4) == 1.0


def test_what_is_said_of_words_is_what_the_box_holds() -> None:
    """A word that another restriction keeps out of the box is let in again where that one is dropped."""
    a, words = np.arange(6.0), np.array(["x", "y", "x", "y", "z", "z"])
    cases = Cases(pd.DataFrame({"a": a, "w": words}), words == "x", np.arange(6))
    peels = [limit for limit, _ in _peels(cases, a < 4, {"a": Restriction("a", high=3.0)}) if limit.factor == "w"]
    assert {each.without for each in peels} == {("x",), ("y",)}
    for each in peels:
        assert each.holds(cases.columns["w"]).tolist() == np.isin(words, each.words).tolist()
