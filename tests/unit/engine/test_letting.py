"""Letting: floor that opens is let part by part, and the industry that leads in a zone is drawn there."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.parks import CRS, small_park
from tests.unit.engine.stories import STILL
from tests.works import worked_on, works_on
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate

#: Firms come of themselves, many more than there is room for, and wait for ever.
CROWD = {**STILL, "entry_per_year": 200.0, "taste_jobs": 0.0}


def run(park: Park, end: str = "2028Q4", actions: tuple[dict[str, object], ...] = (), **parameters: float) -> Record:
    scenario = Scenario(name="letting", end=end, parameters={**CROWD, **parameters}).with_actions(*actions)
    return simulate(park, scenario)


def path(record: Record, column: str, building: str = "b0") -> list[int]:
    """A column of a building at the ends of the quarters."""
    frame = record.buildings
    return [int(m2) for m2 in frame.loc[frame["building_id"] == building, column]]


def test_floor_is_released_in_equal_parts() -> None:
    done = run(small_park([1300.0], completed=["2026Q2"]), release_years=1.0)
    # five parts of 260 m²: at the opening and at the ends of the next four quarters, the last counts of which lack them
    assert path(done, "held_m2")[:7] == [0, 1040, 780, 520, 260, 0, 0]
    assert path(done, "stock_m2")[:3] == [0, 1300, 1300]
    assert path(done, "offline_m2") == path(done, "held_m2")
    assert path(done, "let_m2")[:7] == [0, 250, 500, 750, 1000, 1300, 1300]  # rooms of 50 m²: 10 are left over and wait


@pytest.mark.parametrize(("years", "let"), [(0.0, 1300), (0.25, 650), (3.0, 100)])
def test_the_time_says_how_much_is_let_at_once(years: float, let: int) -> None:
    assert path(run(small_park([1300.0], completed=["2026Q2"]), release_years=years), "let_m2")[1] == let


def test_a_lever_changes_what_opens_later_and_nothing_before() -> None:
    park = small_park([1300.0, 1300.0], completed=["2026Q2", "2027Q2"])
    faster = run(park, actions=({"at": "2026Q3", "lever": "floor_release", "value": 0.0},), release_years=1.0)
    assert path(faster, "held_m2")[:6] == [0, 1040, 780, 520, 260, 0]
    assert path(faster, "held_m2", "b1") == [0] * 12


def test_works_end_what_is_kept_back() -> None:
    park = worked_on(small_park([1300.0], completed=["2026Q2"]), works_on("b0", "2027Q1", "2027Q3"))
    done = run(park, release_years=5.0, notice_years=0.25)
    held, offline, let = (path(done, column) for column in ("held_m2", "offline_m2", "let_m2"))
    assert held[1] > 0
    assert held[3:] == [0] * 9  # notice was given at the beginning of 2026Q4
    assert offline[4:6] == [1300, 1300]
    assert (offline[6], let[6]) == (0, 1300)  # and all of it is let again at once


def test_books_balance_while_floor_is_kept_back() -> None:
    done = run(small_park([5000.0, 900.0], completed=["2026Q2", "2026Q4"]), release_years=2.0, entry_per_year=20.0)
    frame = done.buildings
    vacant = frame["stock_m2"] - frame["let_m2"] - frame["offline_m2"]
    assert (vacant >= 0).all()
    assert (frame["held_m2"] <= frame["offline_m2"]).all()


def led_park(*zones: tuple[str, str | None, str | None]) -> Park:
    """Two like buildings; the eastern one lies in zones with a leading industry, each from and to a quarter."""
    park = small_park([40_000.0, 40_000.0])
    shape = gpd.GeoSeries(park.buildings.geometry).iloc[1].centroid.buffer(5.0)
    rows = [
        park.zones.iloc[[0]].assign(
            zone_id=f"z{n}", kind="cluster", leading_industry=industry, valid_from=first, valid_to=last
        )
        for n, (industry, first, last) in enumerate(zones)
    ]
    led = gpd.GeoDataFrame(pd.concat(rows), crs=CRS).set_geometry([shapely.box(*shape.bounds)] * len(rows), crs=CRS)
    return replace(park, zones=gpd.GeoDataFrame(pd.concat([park.zones, led], ignore_index=True), crs=CRS))


def chosen(record: Record, industry: str, first: str, last: str) -> tuple[int, int]:
    """Firms of an industry that settled in each building between two quarters."""
    assert record.events is not None
    assert record.firms is not None
    came = record.firms.set_index("firm")
    events = record.events[record.events["kind"] == "settle"]
    quarter = events["time_years"] * 4
    within = (quarter >= first_number(first)) & (quarter < first_number(last))
    of = events["firm"].map(came["industry"].astype(str)) == industry
    counts = events[within & of]["building"].value_counts()
    return int(counts.get("b0", 0)), int(counts.get("b1", 0))


def first_number(quarter: str) -> int:
    """Quarters from the start of 2026."""
    return (int(quarter[:4]) - 2026) * 4 + int(quarter[5]) - 1


TASTES: dict[str, Any] = {
    "taste_metro": 0.0,
    "taste_quality": 0.0,
    "taste_rent": 0.0,
    "m2_per_head": 1.0,
    "least_m2": 1.0,
}


def test_the_leading_industry_is_drawn_where_it_leads_and_no_other() -> None:
    taste = 1.2
    done = run(led_park(("ai", None, None)), taste_leading=taste, entry_per_year=1000.0, **TASTES)
    share = math.exp(taste) / (1.0 + math.exp(taste))
    for industry, expected in (("ai", share), ("finance", 0.5)):
        west, east = chosen(done, industry, "2026Q1", "2029Q1")
        assert abs(east - expected * (west + east)) < 4.0 * math.sqrt(expected * (1.0 - expected) * (west + east))
    assert (done.buildings.groupby("building_id", observed=True)["leading_industry"].nunique() == [0, 1]).all()


def test_another_industry_leads_from_its_date_on() -> None:
    park = led_park(("ai", None, "2027Q3"), ("finance", "2027Q3", None))
    done = run(park, taste_leading=5.0, entry_per_year=300.0, **TASTES)
    assert chosen(done, "ai", "2026Q1", "2027Q3")[0] < 20  # of some 450
    west, east = chosen(done, "ai", "2027Q3", "2029Q1")
    assert abs(east - west) < 4.0 * np.sqrt(east + west)
    assert chosen(done, "finance", "2027Q3", "2029Q1")[0] < 20
    frame = done.buildings[done.buildings["building_id"] == "b1"]
    assert frame["leading_industry"].tolist() == ["ai"] * 6 + ["finance"] * 6


def test_a_park_without_leading_industries_runs() -> None:
    assert run(small_park([1000.0])).buildings["leading_industry"].isna().all()
