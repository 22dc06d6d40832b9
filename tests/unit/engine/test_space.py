"""Floor space: what is needed, which building is chosen, how it is taken and given back, and why there is none."""

import math

import numpy as np
import pytest
from scipy import stats

from tests.unit.engine.states import as_rules_see, state_of
from twin.engine.arrays import Ints, State
from twin.engine.draws import uniform
from twin.engine.kinds import Draw, Reason
from twin.engine.rules.space import (
    ELSEWHERE,
    add_weight,
    choose,
    choose_listed,
    free_m2,
    give_back,
    keeping,
    needed_m2,
    outlook,
    pick,
    survey,
    take,
    utility,
    why_no_room,
)

pytestmark = pytest.mark.uncompiled

NEEDS = {
    "m2_per_head": 14.0,
    "floor_factor": 1.0,
    "floor_factor.pilot": 1.5,
    "floor_factor.scale": 1.1,
    "least_m2": 50.0,
    "least_m2.pilot": 150.0,
    "least_m2.scale": 1000.0,
}


def weighed(weights: Ints) -> State:
    """A state whose buildings have these weights in segment 2 and none elsewhere, entered in any order."""
    state = state_of([100.0] * len(weights))
    seen = as_rules_see(state)
    state.choice.tree[:] = 0
    state.choice.total[:] = 0
    order = np.random.default_rng(len(weights))
    for building in order.permutation(len(weights)):
        add_weight(seen, 2, int(building), int(weights[building]) + 5)
    for building in order.permutation(len(weights)):
        add_weight(seen, 2, int(building), -5)
    return state


def picks(weights: Ints, n: int) -> Ints:
    """The buildings that the first n draws of somebody fall on."""
    seen = as_rules_see(weighed(weights))
    return np.array([pick(seen, 2, 7, nth) for nth in range(n)])


def along_the_row(weights: Ints, n: int) -> Ints:
    """The same law by one uniform along the running sum: every weight before a building moves its draws."""
    sums = np.cumsum(weights)
    u = np.array([uniform(1, 7, Draw.CHOICE, nth) for nth in range(n)])
    return np.searchsorted(sums, (u * sums[-1]).astype(np.int64), side="right")


def weights_of(buildings: int) -> Ints:
    """Weights of which some are 0 and the last is not."""
    weights = np.random.default_rng(buildings).integers(0, 9, buildings) << 30
    weights[-1] += 1 << 30
    return weights


@pytest.mark.parametrize("buildings", [1, 2, 3, 4, 5, 7, 64, 65])
def test_buildings_are_picked_by_their_weights(buildings: int) -> None:
    weights, n = weights_of(buildings), 4000
    state = weighed(weights)
    assert state.choice.total[[0, 1, 2]].tolist() == [0, 0, weights.sum()]
    count = np.bincount(picks(weights, n), minlength=buildings)
    assert (count[weights == 0] == 0).all()
    if (weights > 0).sum() > 1:
        expected = n * weights[weights > 0] / weights.sum()
        # A sample of a right law falls below this once in ten thousand times; this one is always the same.
        assert stats.chisquare(count[weights > 0], expected).pvalue > 1e-4


@pytest.mark.parametrize("buildings", [5, 63, 64, 130])
def test_a_building_more_concerns_hardly_anybody_who_does_not_draw_it(buildings: int) -> None:
    """At each level of the tree its weight moves the border between two halves by its share, and no more."""
    weights, n = weights_of(buildings), 4000
    more = np.append(weights, weights.sum() // 50)
    levels = 2 * math.ceil(math.log(buildings + 1, 4))
    share = more[-1] / more.sum()
    limit = levels * share + 3.3 * math.sqrt(levels * share / n)
    assert 0.0 < (picks(more, n) != picks(weights, n)).mean() < limit


def test_rents_that_change_move_hardly_more_draws_than_they_must() -> None:
    """A fifth of the weights rise by a quarter; no coupling moves less than half of what the shares change in all."""
    weights, n = weights_of(130) + (1 << 30), 4000
    cheaper = np.where((np.arange(130) >= 20) & (np.arange(130) < 46), weights + weights // 4, weights)
    least = 0.5 * np.abs(cheaper / cheaper.sum() - weights / weights.sum()).sum()
    assert (picks(cheaper, n) != picks(weights, n)).mean() < 2.0 * least < 0.1
    assert (along_the_row(cheaper, n) != along_the_row(weights, n)).mean() > 0.5


def set_firm(state: State, *, staff: int, stage: int) -> None:
    """Give the first firm, of AI, a size and a stage."""
    state.firms.staff[0], state.firms.stage[0] = staff, stage


@pytest.mark.parametrize(
    ("staff", "stage", "m2"),
    [
        (1, 0, 50),  # the least let to a lab
        (4, 0, 56),  # 4 heads at 14 m²
        (11, 1, 231),  # 11 at 14 x 1.5
        (66, 2, 1017),  # 66 at 14 x 1.1, rounded up
        (64, 2, 1000),  # the least let for scaling up
    ],
)
def test_floor_needed(staff: int, stage: int, m2: int) -> None:
    state = state_of(firms=1, parameters=NEEDS)
    set_firm(state, staff=staff, stage=stage)
    assert needed_m2(as_rules_see(state), 0) == m2


def test_floor_taken_and_given_back() -> None:
    """A full building keeps its weight in the trees: who draws it draws again."""
    state = state_of([300.0, 200.0], firms=2)
    seen = as_rules_see(state)
    survey(seen)
    weights = state.choice.total.copy()
    take(seen, 0, 1, 150)
    assert free_m2(seen, 1) == 50
    take(seen, 1, 1, 50)
    assert free_m2(seen, 1) == 0
    give_back(seen, 1, 1)
    assert free_m2(seen, 1) == 1
    assert state.firms.floor_m2[:2].tolist() == [150, 49]
    assert state.firms.building[:2].tolist() == [1, 1]
    assert state.choice.total.tolist() == weights.tolist()


def test_the_logit_gives_each_building_its_share() -> None:
    state = state_of([1e6] * 4, firms=1, rents=[1.0, 2.0, 4.0, 8.0], parameters={"taste_rent": -1.2})
    seen = as_rules_see(state)
    survey(seen)
    v = np.array([utility(seen, 0, building, 0.0, outlook(seen, building)) for building in range(4)])
    n = 4000
    chosen = np.bincount([choose(seen, 0, 100, ELSEWHERE) for _ in range(n)], minlength=4)
    share = np.exp(v) / np.exp(v).sum()
    odds = 2.0 ** (-1.2 * np.arange(4))
    assert share == pytest.approx(odds / odds.sum())
    z = (chosen - n * share) / np.sqrt(n * share * (1.0 - share))
    assert np.abs(z).max() < 3.3


def test_a_choice_leaves_out_what_is_too_small_and_where_the_firm_is() -> None:
    state = state_of([100.0, 5000.0, 5000.0, 90.0], firms=1, parameters=NEEDS)
    seen = as_rules_see(state)
    survey(seen)
    assert {choose(seen, 0, 101, ELSEWHERE) for _ in range(60)} == {1, 2}
    take(seen, 0, 2, 1)
    assert {choose(seen, 0, 101, ELSEWHERE) for _ in range(60)} == {1}
    assert {choose(seen, 0, 95, ELSEWHERE) for _ in range(60)} == {0, 1}
    assert choose(seen, 0, 5001, ELSEWHERE) == -1


def test_listing_chooses_by_the_same_weights() -> None:
    state = state_of([100.0, 5000.0, 5000.0, 5000.0], firms=1, rents=[1.0, 4.0, 5.0, 3.0])
    seen = as_rules_see(state)
    survey(seen)
    n, weights = 4000, state.choice.weight[0, [1, 2]]
    chosen = [choose_listed(seen, 0, 200, 3, ELSEWHERE, 7, nth) for nth in range(n)]
    count = np.bincount(chosen, minlength=4)
    assert count[[0, 3]].tolist() == [0, 0]
    assert stats.chisquare(count[[1, 2]], n * weights / weights.sum()).pvalue > 1e-4
    fewer = [choose_listed(seen, 0, 200, 2, ELSEWHERE, 7, nth) for nth in range(n)]
    assert all(one == other for one, other in zip(chosen, fewer, strict=True) if one != 2 and other != 3)
    assert choose_listed(seen, 0, 5001, -1, ELSEWHERE, 7, 0) == -1


def test_staying_weighs_so_many_times_its_weight_whether_drawn_or_listed() -> None:
    """The firm is in building 2; building 3 has no room."""
    state = state_of([5000.0, 5000.0, 5000.0, 10.0], firms=1, rents=[1.0, 4.0, 5.0, 3.0])
    seen = as_rules_see(state)
    survey(seen)
    take(seen, 0, 2, 5000)
    n, keep = 4000, 3.5
    weights = state.choice.weight[0, :3] * np.array([1.0, 1.0, keep])
    drawn = np.bincount([choose(seen, 0, 200, keep) for _ in range(n)], minlength=4)
    listed = np.bincount([choose_listed(seen, 0, 200, 2, keep, 7, nth) for nth in range(n)], minlength=4)
    for count in (drawn, listed):
        assert count[3] == 0
        assert stats.chisquare(count[:3], n * weights / weights.sum()).pvalue > 1e-4


@pytest.mark.parametrize(
    ("stage", "staff", "fast", "m2", "times"),
    [
        (3, 5, False, 100, math.exp(2.0)),
        (3, 5, True, 100, math.exp(2.0) / 1.5),
        (3, 300, False, 100, math.exp(2.0) / 0.5),  # large
        (3, 300, True, 100, math.exp(2.0) / 1.5 / 0.5),
        (3, 5, False, 345, math.exp(2.0)),  # 115 % of what it has and could have
        (3, 5, False, 346, ELSEWHERE),
        (0, 5, False, 100, ELSEWHERE),  # industrial heritage does not suit a laboratory
    ],
)
def test_how_a_firm_holds_to_its_building(stage: int, staff: int, fast: bool, m2: int, times: float) -> None:
    state = state_of([300.0], firms=1, types=["heritage"], parameters={"stay_inertia": 2.0})
    set_firm(state, staff=staff, stage=stage)
    state.firms.grew_fast[0] = fast
    seen = as_rules_see(state)
    take(seen, 0, 0, 200)
    assert keeping(seen, 0, m2) == pytest.approx(times)


def test_staying_never_weighs_less_than_another_building() -> None:
    state = state_of([300.0], firms=1, stage="mature", parameters={"stay_inertia": 0.1, "fast_relocate_ratio": 9.0})
    state.firms.grew_fast[0] = True
    seen = as_rules_see(state)
    take(seen, 0, 0, 200)
    assert keeping(seen, 0, 100) == 1.0


@pytest.mark.parametrize(
    ("types", "let", "m2", "reason"),
    [
        (["pilot_hall", "heritage"], [0, 0], 50, Reason.NO_FIT),
        (["pilot_hall", "office"], [0, 0], 501, Reason.TOO_LARGE),
        (["office", "incubator"], [1000, 200], 501, Reason.FULL),
    ],
)
def test_reasons_for_finding_no_room(types: list[str], let: list[int], m2: int, reason: Reason) -> None:
    state = state_of([1000.0, 500.0], firms=1, types=types)
    state.buildings.let_m2[:] = let
    assert why_no_room(as_rules_see(state), 0, m2) == reason
