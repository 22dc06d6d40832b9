"""Short stories of firms, each with the list of what has to happen."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.parks import small_park, stock_of
from tests.unit.engine.stories import STILL, told
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind, Reason
from twin.engine.rules.services import add_slots
from twin.scenario import Scenario
from twin.simulation import simulate

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
    """A firm that advances almost at once wherever it can: its floor follows its stage, but for what is too much."""
    park = small_park([5000], firms=stock_of(1, stage="lab", building="b0", floor_m2=50))
    least_m2: dict[str, Any] = {"least_m2__pilot": 200.0, "least_m2__scale": 1000.0, "least_m2__mature": 100.0}
    assert told(park, advance_per_year=50.0, **least_m2) == [
        ("advance", 1, "b0", 0),
        ("resize", 1, "b0", 150),
        ("advance", 1, "b0", 0),
        ("resize", 1, "b0", 800),
        ("advance", 1, "b0", 0),
    ]


def test_a_firm_whose_lease_ends_finds_the_other_building_and_comes_back() -> None:
    """A scale-up that does not suit where it is, an incubator, and whose new building is full when it has left."""
    park = small_park(
        [50, 50], types=["incubator", "office"], firms=stock_of(1, stage="scale", building="b0", floor_m2=50)
    )
    leases: dict[str, Any] = {"lease_years": 0.25, "grid_years": 0.25}
    assert told(park, end="2026Q3", **leases) == [
        (0.25, "lease_end", 1, "b1", 50),
        (0.25, "move", 1, "b1", 50),
        (0.5, "lease_end", 1, "b1", 50),
        (0.5, "renew", 1, "b1", 4.0),
    ]


def test_floor_is_given_back_when_the_lease_ends() -> None:
    """One head on 200 m² needs 50; when its lease ends that is what it signs for, and who waits takes the rest."""
    park = small_park([200], firms=stock_of(1, stage="mature", building="b0", floor_m2=200))
    happened = told(park, seed=3, entry_per_year__ai=1.5, grid_years=0.25, lease_years=3.0)
    assert happened == [
        (0.25, "enter", 0, "", 1),
        (0.25, "wait", 0, "", 50),
        (0.75, "lease_end", 1, "b0", 50),
        (0.75, "renew", 1, "b0", 4.0),
        (0.75, "resize", 1, "b0", -150),
        (0.75, "settle", 0, "b0", 50),
        (0.75, "enter", 1, "", 1),
        (0.75, "settle", 1, "b0", 50),
    ]


def test_a_renewal_is_at_the_rent_then_asked_and_until_then_the_old_one_is_paid() -> None:
    park = small_park([200], firms=stock_of(1, stage="mature", building="b0", floor_m2=200))
    dearer = [{"at": "2026Q2", "lever": "rent", "value": 0.5}]
    scenario = Scenario(
        name="x", end="2027Q4", time_grid_years=0.25, parameters={**STILL, "m2_per_head": 200.0, "lease_years": 1.0}
    )
    record = simulate(park, scenario.with_actions(*dearer))
    assert record.events is not None
    bill = record.groups.groupby("quarter", observed=True)[["rent_bill_cny", "expiring_m2"]].sum()
    ends = int(4 * record.events.query("kind == 'lease_end'")["time_years"].iloc[0])
    assert (bill["rent_bill_cny"] / (200 * 365)).tolist() == [4.0] * ends + [6.0] * (8 - ends)
    assert bill["expiring_m2"].tolist() == [200] * 8


def test_an_anchor_signs_again_for_ever() -> None:
    stock = stock_of(1, stage="scale", building="b0", floor_m2=50).assign(anchor=True)
    park = small_park([50, 50], types=["incubator", "office"], firms=stock)
    assert told(park, lease_years=0.25, grid_years=0.25, end="2026Q3") == [
        (0.25, "lease_end", 1, "b0", 50),
        (0.25, "renew", 1, "b0", 4.0),
        (0.5, "lease_end", 1, "b0", 50),
        (0.5, "renew", 1, "b0", 4.0),
    ]


def test_who_is_only_registered_comes_when_there_is_room() -> None:
    park = small_park([50], completed=["2026Q3"], firms=stock_of(1))
    happened = told(park, come_per_year=8.0, lease_years=1.0)
    tries = [row for row in happened if row[0] == "come"]
    assert [place for _, _, place, _ in tries] == [""] * (len(tries) - 1) + ["b0"]
    assert len(tries) > 2
    assert happened[-2:] == [("come", 1, "b0", 50), ("settle", 1, "b0", 50)]


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
