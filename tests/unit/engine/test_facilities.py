"""Facilities: their slots close with their building and open with it again; works in parts leave them open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.works import worked_on, works_on
from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.state.services import facility_dates

pytestmark = pytest.mark.uncompiled

#: Nobody comes, grows or goes.
STILL: dict[str, Any] = {
    "entry_per_year": 0.0,
    "institute_spin_offs_per_year": 0.0,
    "prospects_per_year": 0.0,
    "followers_per_firm": 0.0,
    "spin_off_per_year": 0.0,
    "closing_factor": 0.0,
    "age_closing_factor": 0.0,
    "advance_per_year": 0.0,
    "fail_per_year": 0.0,
    "leave_per_year": 0.0,
    "absorb_per_year": 0.0,
    "move_out_per_year": 0.0,
}


def park_with(
    *works: Any, opens: str | None = None, closed: dict[str, str] | None = None, firms: int = 0, **how: Any
) -> Park:
    """A park with a pilot line of five slots in b0, another of two in no building, and b1 beside them."""
    stock = stock_of(firms, stage="pilot") if firms else None
    park = small_park([2000, 2000], slots={"pilot_line": 5}, firms=stock, **how)
    lines = pd.DataFrame(
        {
            "facility_id": ["hall", "yard"],
            "service": "pilot_line",
            "slots": [5, 2],
            "opens": [opens, None],
            "building_id": ["b0", None],
        }
    )
    return worked_on(replace(park, services=lines), *works, closed=closed)


def line(park: Park, *actions: dict[str, Any], column: str = "slots", **changes: Any) -> list[int]:
    """What the services' panel says of the pilot lines in each of two years' quarters."""
    scenario = Scenario(name="x", end="2027Q4", parameters={**STILL, **changes}).with_actions(*actions)
    services = simulate(park, scenario).services
    return [int(value) for value in services.loc[services["service"] == "pilot_line", column]]


def test_works_close_the_slots_of_their_building_and_no_others() -> None:
    assert line(park_with(works_on("b0", "2026Q3", "2027Q2"))) == [7, 7, 2, 2, 2, 7, 7, 7]
    assert line(park_with(works_on("b1", "2026Q3", "2027Q2"))) == [7] * 8


def test_works_in_parts_leave_them_open() -> None:
    assert line(park_with(works_on("b0", "2026Q3", "2027Q2", phases=3))) == [7] * 8


def test_works_under_way_have_closed_them() -> None:
    assert line(park_with(works_on("b0", "2025Q3", "2026Q3"))) == [2, 2, 7, 7, 7, 7, 7, 7]


def test_what_goes_takes_them_along() -> None:
    park = park_with(works_on("b0", "2026Q2", "2026Q4"), closed={"b0": "2027Q2"})
    assert line(park) == [7, 2, 2, 7, 7, 2, 2, 2]


def test_they_open_with_their_building_or_later() -> None:
    assert line(park_with(completed=["2026Q3", "2010Q1"])) == [2, 2, 7, 7, 7, 7, 7, 7]
    assert line(park_with(completed=["2026Q3", "2010Q1"], opens="2027Q1")) == [2, 2, 2, 2, 7, 7, 7, 7]
    assert line(park_with(completed=[None, "2010Q1"])) == [2] * 8
    assert line(park_with(works_on("b0", "2026Q3", "2027Q1"), opens="2026Q4")) == [2, 2, 2, 2, 7, 7, 7, 7]


def test_what_was_closed_before_the_start_is_not_there() -> None:
    park = park_with(closed={"b0": "2025Q4"})
    assert facility_dates(park, park.start).tolist() == [float("inf"), float("-inf")]


def test_slots_that_a_lever_opened_stay_and_those_it_closed_do_not_come_back() -> None:
    park = park_with(works_on("b0", "2026Q3", "2027Q2"))
    more = {"at": "2026Q2", "lever": "service_slots", "value": 4, "where": {"service": "pilot_line"}}
    assert line(park, more) == [7, 11, 6, 6, 6, 11, 11, 11]
    assert line(park, {**more, "value": -4}) == [7, 3, 0, 0, 0, 3, 3, 3]
    assert line(park, {**more, "at": "2026Q4", "value": -1}) == [7, 7, 2, 1, 1, 6, 6, 6]


def test_running_services_end_first_and_the_queue_is_served_when_slots_open_again() -> None:
    park = park_with(works_on("b0", "2026Q3", "2027Q2"), firms=30)
    how = {"service_share": 0.0, "service_share.pilot_line": 1.0, "service_shape": float("inf"), "service_years": 0.8}
    assert line(park, column="busy", **how) == [7, 7, 7, 0, 0, 0, 0, 0]  # the stock stands in no queue
    how |= {"entry_per_year.ai": 60.0, "stage_share": 0.0, "stage_share.pilot": 1.0, "resident_share": 0.0}
    busy = line(park, column="busy", **how, service_patience_years=float("inf"))
    assert busy == [7, 7, 7, 2, 2, 7, 7, 7]


def test_the_record_says_how_many_slots_a_closing_takes() -> None:
    park = park_with(works_on("b0", "2026Q3", "2027Q2"), works_on("b1", "2026Q3", "2027Q2"), closed={"b0": "2027Q4"})
    scenario = Scenario(name="x", end="2027Q4", parameters=STILL)
    works = simulate(park, scenario).works
    assert works[["building_id", "slots"]].to_numpy().tolist() == [["b0", 5], ["b1", 0], ["b0", 5]]
    under_way = simulate(park_with(works_on("b0", "2025Q3", "2026Q3")), scenario).works
    assert under_way["slots"].tolist() == [5]
