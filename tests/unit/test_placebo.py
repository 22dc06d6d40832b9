"""The same actions without effect: what they are, and that a fault of the program would show."""

from __future__ import annotations

import pytest

from tests.parks import small_park
from tests.theory.lively import lively_park, lively_scenario
from twin.levers import LEVERS, neutral
from twin.record import Record
from twin.scenario import Action, Scenario
from twin.study import compare
from twin.study.placebo import frames_that_differ, placebo

BASE = Scenario(name="base", end="2026Q4").with_actions(
    {"at": "2026Q2", "lever": "service_slots", "where": {"service": "pilot_line"}, "value": 2}
)
RENT = {"at": "2026Q3", "lever": "rent", "where": {"zone": "west"}, "value": -0.3}
ENTRY = {"at": "2026Q3", "lever": "entry_rate", "value": 2.0}


def test_the_levers_that_are_added_do_nothing_and_the_others_stay() -> None:
    nothing = placebo(BASE.with_actions(RENT, ENTRY, name="more"), BASE)
    assert nothing is not None
    pulled = [(action.lever, action.value) for action in nothing.actions if isinstance(action, Action)]
    assert pulled == [("service_slots", 2.0), ("rent", 0.0), ("entry_rate", 1.0)]
    assert nothing.parameters == BASE.parameters


def test_the_same_action_twice_is_one_more() -> None:
    slots = BASE.pulls[0]
    nothing = placebo(BASE.with_actions(slots, name="twice"), BASE)
    assert nothing is not None
    assert [action.value for action in nothing.pulls.values()] == [2.0, 0.0]


def test_what_a_lever_sets_and_the_base_has_set_is_left_out() -> None:
    """An alliance of 0 dissolves one that the base has; it does nothing where there is none."""
    allied = {"at": "2026Q2", "lever": "alliance", "value": 1.0}
    base = BASE.with_actions(allied)
    assert placebo(base.with_actions(allied, name="twice"), base) is None
    nothing = placebo(BASE.with_actions(allied, name="once"), BASE)
    assert nothing is not None
    assert [action.value for action in nothing.pulls.values()] == [2.0, 0.0]


def test_there_is_none_where_no_lever_is_pulled() -> None:
    edit = {"edit": "rezone", "at": "2026Q3", "parcels": ["p0"], "land_use": "B2"}
    assert placebo(BASE.with_changes(name="same"), BASE) is None
    assert placebo(BASE.with_actions(edit, name="edited"), BASE) is None
    assert placebo(BASE.with_parameters({"entry_per_year": 3.0}), BASE) is None


def test_levers_of_what_only_the_scenario_makes_are_left_out() -> None:
    """Rents fall in a zone that the what-if lays out; the base has no such zone."""
    park, base = small_park([3000.0, 2000.0]), Scenario(name="base", end="2027Q2")
    zone = {"edit": "add_zone", "at": "2026Q2", "zone": "new", "name_zh": "新区", "name_en": "New zone"}
    other = base.with_actions(
        {**zone, "parcels": ["p0"]},
        {"at": "2026Q4", "lever": "rent", "where": {"zone": "new"}, "value": -0.3},
        name="zone",
    )
    assert compare(park, base, other, replications=1).placebo == {}
    both = other.with_actions(ENTRY, name="both")
    assert compare(park, base, both, replications=1).placebo == {"both": ()}


def test_every_lever_has_a_value_within_its_bounds_at_which_it_does_nothing() -> None:
    for lever in LEVERS.values():
        nil = neutral(lever)
        assert nil is not None, lever.name
        assert lever.low <= nil <= lever.high, lever.name


def test_compare_checks_that_placebos_change_nothing() -> None:
    scenario = lively_scenario()
    idle = scenario.with_changes(name="idle")
    result = compare(lively_park(), scenario, scenario.with_actions(RENT, ENTRY, name="more"), idle, replications=1)
    assert result.placebo == {"more": ()}


def test_a_placebo_that_does_something_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a rent cut of 1 % for nothing, the check fails and says which frames it is seen in."""
    monkeypatch.setattr("twin.study.placebo.neutral", lambda lever: -0.01)
    scenario = lively_scenario()
    result = compare(lively_park(), scenario, scenario.with_actions(RENT, name="more"), replications=1)
    assert {"buildings", "events", "firms"} <= set(result.placebo["more"])
    record: Record = result.base.records[0]
    assert frames_that_differ(record, record) == ()
