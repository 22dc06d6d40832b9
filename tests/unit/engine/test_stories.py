"""Short stories of firms, each with the list of what has to happen."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.parks import small_park, stock_of
from tests.unit.engine.stories import told
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind, Reason
from twin.engine.rules.services import add_slots

pytestmark = pytest.mark.uncompiled


def test_a_building_fills_up_and_who_has_no_patience_goes() -> None:
    assert told(small_park([100]), seed=3, entry_per_year__ai=4.0, search_patience_years=0.0) == [
        ("enter", 0, "", 1),
        ("settle", 0, "b0", 50),
        ("enter", 1, "", 1),
        ("settle", 1, "b0", 50),
        ("enter", 2, "", 1),
        ("give_up", 2, "", Reason.FULL),
        ("enter", 3, "", 1),
        ("give_up", 3, "", Reason.FULL),
        ("enter", 4, "", 1),
        ("give_up", 4, "", Reason.FULL),
    ]


def test_new_floor_goes_to_who_waits_longest() -> None:
    park = small_park([50, 100], completed=["2010Q1", "2026Q3"])
    assert told(park, seed=3, entry_per_year__ai=4.0) == [
        ("enter", 0, "", 1),
        ("settle", 0, "b0", 50),
        ("enter", 1, "", 1),
        ("wait", 1, "", 50),
        ("enter", 2, "", 1),
        ("wait", 2, "", 50),
        ("open", -1, "b1", 100),
        ("settle", 1, "b1", 50),
        ("settle", 2, "b1", 50),
        ("enter", 3, "", 1),
        ("wait", 3, "", 50),
        ("enter", 4, "", 1),
        ("wait", 4, "", 50),
    ]


def test_who_needs_less_may_pass() -> None:
    """The second in the line is a scale-up that needs 61 m²; 60 open, and the third takes what it needs of them."""
    park = small_park([50, 60], completed=["2026Q2", "2026Q3"])
    shares: dict[str, Any] = {"stage_share__lab": 0.5, "stage_share__scale": 0.5}
    assert told(park, seed=3, entry_per_year__ai=4.0, least_m2__scale=61.0, **shares) == [
        ("enter", 0, "", 1),
        ("wait", 0, "", 50),
        ("enter", 1, "", 1),
        ("wait", 1, "", 61),
        ("open", -1, "b0", 50),
        ("settle", 0, "b0", 50),
        ("enter", 2, "", 1),
        ("wait", 2, "", 50),
        ("open", -1, "b1", 60),
        ("settle", 2, "b1", 50),
        ("enter", 3, "", 1),
        ("wait", 3, "", 50),
        ("enter", 4, "", 1),
        ("wait", 4, "", 61),
    ]


#: Entrants without need of room ask for the service; each holds a slot for a quarter.
SERVED: dict[str, Any] = {"resident_share": 0.0, "service_share__proof_of_concept": 1.0, "service_years": 0.25}


def test_a_queue_for_one_slot() -> None:
    park = small_park([1000], slots={"proof_of_concept": 1})
    assert told(park, grid_years=0.125, seed=2, entry_per_year__ai=5.0, **SERVED) == [
        (0.125, "enter", 0, "", 1),
        (0.125, "join", 0, "proof_of_concept", 0),
        (0.125, "start", 0, "proof_of_concept", 0),
        (0.375, "served", 0, "proof_of_concept", 0),
        (0.5, "enter", 1, "", 1),
        (0.5, "join", 1, "proof_of_concept", 0),
        (0.5, "start", 1, "proof_of_concept", 0),
        (0.625, "enter", 2, "", 1),
        (0.625, "join", 2, "proof_of_concept", 0),
        (0.75, "served", 1, "proof_of_concept", 0),
        (0.75, "start", 2, "proof_of_concept", 0.125),
    ]


def test_what_ends_at_an_instant_is_free_for_who_comes_at_it() -> None:
    park = small_park([1000], slots={"proof_of_concept": 1})
    assert told(park, grid_years=0.25, seed=3, entry_per_year__ai=4.0, **SERVED) == [
        (0.25, "enter", 0, "", 1),
        (0.25, "join", 0, "proof_of_concept", 0),
        (0.25, "start", 0, "proof_of_concept", 0),
        (0.5, "served", 0, "proof_of_concept", 0),
        (0.5, "enter", 1, "", 1),
        (0.5, "join", 1, "proof_of_concept", 0),
        (0.5, "start", 1, "proof_of_concept", 0),
        (0.75, "served", 1, "proof_of_concept", 0),
        (0.75, "enter", 2, "", 1),
        (0.75, "join", 2, "proof_of_concept", 0),
        (0.75, "start", 2, "proof_of_concept", 0),
    ]


def test_stages_one_after_another() -> None:
    """A firm that advances almost at once wherever it can: its floor follows its stage."""
    park = small_park([5000], firms=stock_of(1, stage="lab", building="b0", floor_m2=50))
    least_m2: dict[str, Any] = {"least_m2__pilot": 200.0, "least_m2__scale": 1000.0, "least_m2__mature": 100.0}
    assert told(park, advance_per_year=50.0, **least_m2) == [
        ("advance", 1, "b0", 0),
        ("resize", 1, "b0", 150),
        ("advance", 1, "b0", 0),
        ("resize", 1, "b0", 800),
        ("advance", 1, "b0", 0),
        ("resize", 1, "b0", -900),
    ]


def test_a_mover_finds_the_other_building_and_comes_back() -> None:
    park = small_park([50, 50], firms=stock_of(1, stage="mature", building="b0", floor_m2=50))
    assert told(park, relocate_per_year=1.5) == [
        ("relocate", 1, "b1", 50),
        ("move", 1, "b1", 50),
        ("relocate", 1, "b0", 50),
        ("move", 1, "b0", 50),
        ("relocate", 1, "b1", 50),
        ("move", 1, "b1", 50),
    ]


def test_a_slot_opened_by_a_process_is_taken_at_that_instant() -> None:
    def planner(env: ParkEnvironment) -> Generator[Event, Any, None]:
        yield env.on(Kind.JOIN)
        env.rule(add_slots, 0, 1)

    park = small_park([1000], slots={"proof_of_concept": 0})
    assert told(park, seed=3, entry_per_year__ai=1.0, service_share__proof_of_concept=1.0, process=planner) == [
        ("enter", 0, "", 1),
        ("settle", 0, "b0", 50),
        ("join", 0, "proof_of_concept", 0),
        ("start", 0, "proof_of_concept", 0),
        ("enter", 1, "", 1),
        ("settle", 1, "b0", 50),
        ("join", 1, "proof_of_concept", 0),
    ]
