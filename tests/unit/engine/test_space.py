"""Floor space: what is needed, which building is chosen, how it is taken and given back, and why there is none."""

import numpy as np
import pytest

from tests.unit.engine.states import as_rules_see, state_of
from twin.engine.arrays import State
from twin.engine.kinds import Reason
from twin.engine.rules.space import (
    add_weight,
    choose,
    choose_listed,
    free_m2,
    give_back,
    needed_m2,
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


@pytest.mark.parametrize("buildings", [1, 2, 7, 64, 65])
def test_a_pick_from_the_tree_is_a_pick_from_the_running_sum(buildings: int) -> None:
    generator = np.random.default_rng(buildings)
    state = state_of([100.0] * buildings)
    seen = as_rules_see(state)
    weights = generator.integers(0, 9, buildings)
    weights[generator.integers(buildings)] += 1
    state.choice.tree[:] = 0
    state.choice.total[:] = 0
    for building in generator.permutation(buildings):
        add_weight(seen, 2, int(building), int(weights[building]) + 5)
    for building in generator.permutation(buildings):
        add_weight(seen, 2, int(building), -5)
    sums = np.cumsum(weights)
    assert state.choice.total[2] == sums[-1]
    assert state.choice.total[:2].tolist() == [0, 0]
    picked = [pick(seen, 2, target) for target in range(int(sums[-1]))]
    assert picked == np.searchsorted(sums, np.arange(sums[-1]), side="right").tolist()


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
    v = np.array([utility(seen, 0, building, 0.0) for building in range(4)])
    n = 4000
    chosen = np.bincount([choose(seen, 0, 100) for _ in range(n)], minlength=4)
    share = np.exp(v) / np.exp(v).sum()
    odds = 2.0 ** (-1.2 * np.arange(4))
    assert share == pytest.approx(odds / odds.sum())
    z = (chosen - n * share) / np.sqrt(n * share * (1.0 - share))
    assert np.abs(z).max() < 3.3


def test_a_choice_leaves_out_what_is_too_small_and_where_the_firm_is() -> None:
    state = state_of([100.0, 5000.0, 5000.0, 90.0], firms=1, parameters=NEEDS)
    seen = as_rules_see(state)
    survey(seen)
    assert {choose(seen, 0, 101) for _ in range(60)} == {1, 2}
    take(seen, 0, 2, 1)
    assert {choose(seen, 0, 101) for _ in range(60)} == {1}
    assert {choose(seen, 0, 95) for _ in range(60)} == {0, 1}
    assert choose(seen, 0, 5001) == -1


def test_listing_chooses_by_the_same_weights() -> None:
    state = state_of([100.0, 5000.0, 5000.0], firms=1, rents=[4.0, 1.0, 9.0])
    seen = as_rules_see(state)
    survey(seen)
    weights = state.choice.weight[0, 1:]
    edge = weights[0] / weights.sum()
    assert choose_listed(seen, 0, 200, -1, 0.0) == 1
    assert choose_listed(seen, 0, 200, -1, edge - 1e-9) == 1
    assert choose_listed(seen, 0, 200, -1, edge + 1e-9) == 2
    assert choose_listed(seen, 0, 200, 2, 0.999) == 1
    assert choose_listed(seen, 0, 5001, -1, 0.5) == -1


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
