"""Hosting: floor that comes with a slot, as an incubator has it, and the capital that comes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from tests.parks import small_park
from tests.unit.engine.stories import STILL, told
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate

pytestmark = pytest.mark.uncompiled

#: Eight firms a year come, each one head on 50 m², and ask for a desk of 60 m² for half a year.
DESKS: dict[str, Any] = {
    "entry_per_year.ai": 8.0,
    "service_share.incubator": 1.0,
    "service_years.incubator": 0.5,
    "slot_m2.incubator": 60.0,
    "service_patience_years": 0.0,
}


def hatchery(lettable_m2: Sequence[float] = (250.0, 1000.0), *, opens: str | None = None, **slots: int) -> Park:
    """The first building is the house of an incubator, with three slots if nothing else is said."""
    slots = {"incubator": 3, **slots}
    park = small_park(lettable_m2, slots=slots, completed=[opens or "2010Q1", *["2010Q1"] * (len(lettable_m2) - 1)])
    houses = pd.Series(["b0" if service == "incubator" else None for service in slots], dtype=object)
    return replace(park, services=park.services.assign(building_id=houses))


def run(park: Park, *actions: dict[str, Any], **parameters: Any) -> Record:
    scenario = Scenario(name="desks", end="2028Q4", parameters={**STILL, **DESKS, **parameters})
    return simulate(park, scenario.with_actions(*actions))


def path(record: Record, column: str, building: str = "b0") -> list[int]:
    """A column of a building at the ends of the quarters."""
    frame = record.buildings
    return [int(number) for number in frame.loc[frame["building_id"] == building, column]]


def test_a_house_keeps_floor_for_as_many_slots_as_it_has_room_for() -> None:
    nobody: dict[str, Any] = {"entry_per_year.ai": 0.0}
    assert path(run(hatchery(), **nobody), "kept_m2") == path(run(hatchery(), **nobody), "offline_m2") == [180] * 12
    assert path(run(hatchery(incubator=9), **nobody), "kept_m2") == [240] * 12
    assert path(run(hatchery(opens="2027Q1"), **nobody), "kept_m2") == [0] * 4 + [180] * 8


def test_who_asks_for_a_desk_that_is_free_sits_there_and_goes_when_its_time_is_over() -> None:
    rows = told(hatchery(), end="2027Q4", grid_years=1 / 8, **{k.replace(".", "__"): v for k, v in DESKS.items()})
    firms = {firm for _, kind, firm, place, m2 in rows if kind == "settle" and (place, m2) == ("b0", 60.0)}
    assert len(firms) > 5
    for firm in firms:
        story = [(kind, place) for _, kind, who, place, _ in rows if who == firm]
        dates = [date for date, _, who, *_ in rows if who == firm]
        assert story[:4] == [("enter", ""), ("settle", "b0"), ("join", "incubator"), ("start", "incubator")]
        if dates[-1] > dates[0]:
            assert story[4:] == [("served", "incubator"), ("lease_end", "b1"), ("move", "b1")]
            assert dates[4:] == [dates[0] + 0.5] * 3


def test_floor_of_a_house_is_kept_or_hosts_and_never_let_to_others() -> None:
    record = run(hatchery((250.0, 200.0)), search_patience_years=0.0)
    for kept, let, hosted in zip(*(path(record, name) for name in ("kept_m2", "let_m2", "hosted")), strict=True):
        assert kept + 60 * hosted == 180
        assert let == 60 * hosted + 50 * (let > 60 * hosted)  # what is left over is room for one more
    assert max(path(record, "hosted")) == 3


def test_a_graduate_that_finds_no_room_stays_and_asks_again_each_quarter() -> None:
    rows = told(
        hatchery((60.0,), incubator=1),
        end="2027Q4",
        grid_years=1 / 8,
        search_patience_years=0.0,
        **{k.replace(".", "__"): v for k, v in DESKS.items()},
    )
    firm = next(firm for _, kind, firm, *_ in rows if kind == "settle")
    dates = [date for date, kind, who, *_ in rows if who == firm and kind == "lease_end"]
    assert len(dates) > 3
    assert {later - date for date, later in pairwise(dates)} == {0.25}
    assert not [row for row in rows if row[1] == "move"]


def test_who_outgrows_a_desk_moves_out() -> None:
    record = run(hatchery(), **{"growth_mean": 0.8, "service_years.incubator": 9.0})
    assert record.events is not None
    moved = record.events[record.events["kind"] == "move"]
    assert len(moved) > 3
    assert (moved["amount"] == 100.0).all()  # two heads
    assert set(moved["building"]) == {"b1"}


def test_a_desk_costs_part_of_the_rent() -> None:
    record = run(hatchery(), slot_rent_ratio=0.25)
    assert record.firms is not None
    here = record.firms[record.firms["building_id"] == "b0"]
    assert sorted(here["rent_paid_cny_m2_day"].unique()) == [1.0, 4.0]  # one had the rest of the house


def test_a_lever_opens_desks_where_there_is_room_and_gives_their_floor_back() -> None:
    more = {"at": "2026Q3", "lever": "service_slots", "value": 5, "where": {"service": "incubator"}}
    fewer = {"at": "2027Q3", "lever": "service_slots", "value": -6, "where": {"service": "incubator"}}
    record = run(hatchery((500.0, 1000.0)), more, fewer, **{"entry_per_year.ai": 0.0})
    assert path(record, "kept_m2") == [180] * 2 + [480] * 4 + [120] * 6
    assert list(record.services.loc[record.services["service"] == "incubator", "slots"]) == [3] * 2 + [8] * 4 + [2] * 6


def test_funds_take_those_on_a_desk_first() -> None:
    """One desk, one slot of the fund: of those in its queue the one at the desk is next, though it came last."""
    scene = {**DESKS, "service_share.seed_fund": 1.0, "service_years.seed_fund": 1.0, "service_years.incubator": 2.0}
    scene |= {"service_patience_years": float("inf"), "service_patience_years.incubator": 0.0}
    rows = told(hatchery(incubator=1, seed_fund=1), end="2029Q4", **{k.replace(".", "__"): v for k, v in scene.items()})
    at_desk, queue, overtaken = -1, [], 0
    for kind, firm, place, _ in rows:
        if (kind, place) == ("start", "incubator"):
            at_desk = firm
        elif (kind, place) == ("join", "seed_fund"):
            queue.append(firm)
        elif (kind, place) == ("start", "seed_fund"):
            first = at_desk if at_desk in queue else queue[0]
            overtaken += first != queue[0]
            assert firm == first
            queue.remove(firm)
    assert overtaken > 0


def test_without_houses_a_slot_is_what_it_was() -> None:
    park, parameters = hatchery(), {**STILL, **DESKS}
    without = replace(park, services=park.services.drop(columns="building_id"))
    first, *others = [
        simulate(place, Scenario(name="desks", end="2027Q4", parameters=parameters | {"slot_m2.incubator": m2})).firms
        for place, m2 in ((park, 0.0), (without, 60.0), (without, 0.0))
    ]
    assert first is not None
    for other in others:
        assert other is not None
        assert first.equals(other)
