"""Rents: how asking rents follow the vacancy of their submarket, and what they are made of."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from tests.parks import CRS, small_park, stock_of
from tests.unit.engine.states import as_rules_see, state_of
from tests.unit.engine.stories import STILL
from twin.engine.arrays import State
from twin.engine.rules.rents import adjust_rents
from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.state import build_state
from twin.units import Quarter

pytestmark = pytest.mark.uncompiled

RENTS: dict[str, Any] = {
    "rent_adjustment_per_year": 2.0,
    "structural_vacancy": 0.1,
    "public_rent_response": 0.25,
    "rent_change_limit_per_year": 0.5,
    "rent_floor_ratio": 0.5,
    "rent_ceiling_ratio": 1.25,
}


def rents_after(years: float, *, let_m2: list[int], times: int = 1, **park: Any) -> State:
    """The state after rents followed vacancy so many times for some years."""
    state = state_of([1000.0] * len(let_m2), parameters=RENTS, **park)
    state.buildings.let_m2[:] = let_m2
    for _ in range(times):
        adjust_rents(as_rules_see(state), years)
    return state


@pytest.mark.parametrize(
    ("let", "years", "times", "level"),
    [
        (900, 0.25, 1, 1.0),  # vacancy is structural
        (800, 0.25, 1, math.exp(-2.0 * 0.1 / 4)),  # a tenth of the floor too much
        (1000, 0.5, 1, math.exp(2.0 * 0.1 / 2)),
        (800, 0.25, 4, math.exp(-0.2)),
        (400, 1.0, 1, math.exp(-0.5)),  # no faster than the limit
        (0, 1.0, 9, 0.5),  # nor lower than the floor
        (1000, 1.0, 9, 1.25),  # or higher than the ceiling
    ],
)
def test_rents_follow_vacancy(let: int, years: float, times: int, level: float) -> None:
    state = rents_after(years, let_m2=[let], times=times)
    assert state.buildings.rent_cny_m2_day[0] == pytest.approx(4.0 * level)


def test_public_landlords_follow_more_slowly() -> None:
    assert rents_after(1.0, let_m2=[800]).markets.level[0, 0].tolist() == pytest.approx(
        [math.exp(-0.2), math.exp(-0.05)]
    )


def test_office_and_industrial_floor_are_two_markets() -> None:
    state = rents_after(0.25, let_m2=[900, 800, 1000], types=["office", "pilot_hall", "research"])
    # offices and research have .05 vacant together, the hall .2
    assert state.buildings.market.tolist() == [0, 1, 0]
    levels = [math.exp(2.0 * 0.05 / 4), math.exp(-2.0 * 0.1 / 4), math.exp(2.0 * 0.05 / 4)]
    assert state.buildings.rent_cny_m2_day == pytest.approx([4.0 * level for level in levels])


def test_floor_off_line_is_not_vacant() -> None:
    state = state_of([1000.0, 1000.0], parameters=RENTS)
    state.buildings.let_m2[:] = [450, 450]
    state.buildings.offline_m2[:] = [550, 450]
    adjust_rents(as_rules_see(state), 1.0)
    assert state.buildings.rent_cny_m2_day == pytest.approx([4.0, 4.0])


def with_zones(park: Park) -> Park:
    """Feature parks, one in force and one not yet, a cluster around the first three buildings."""

    def box(first: int, last: int) -> shapely.Polygon:
        return shapely.box(480_000 + 100 * first, 4_410_000, 480_000 + 100 * last, 4_410_100)

    zones = park.zones.iloc[[0, 0, 0]].assign(
        zone_id=["cluster", "now", "later"],
        kind=["cluster", "feature_park", "feature_park"],
        valid_from=pd.Series([None, "2020Q1", "2027Q1"], index=[0, 0, 0], dtype=object),
    )
    zones = zones.set_geometry([box(0, 3), box(0, 1), box(1, 2)], crs=CRS)
    return replace(park, zones=gpd.GeoDataFrame(pd.concat([park.zones, zones], ignore_index=True), crs=CRS))


def test_areas_are_feature_parks_in_force_then_clusters_then_the_rest() -> None:
    park = with_zones(small_park([100.0] * 4))
    state = build_state(park, park.catalog, start=Quarter(2026, 1), years=1.0, seed=1)
    assert state.buildings.area.tolist() == [1, 2, 2, 0]
    assert state.markets.level.shape == (3, 2, 2)


def test_landlords_are_public_or_not() -> None:
    park = small_park([100.0] * 4)
    operators = pd.Series(["shougang", "district", "market", None], dtype=object)
    park = replace(park, buildings=park.buildings.assign(operator=operators))
    state = build_state(park, park.catalog, start=Quarter(2026, 1), years=1.0, seed=1)
    assert state.buildings.public.tolist() == [True, True, False, False]
    k = park.catalog.value("rent_adjustment_per_year")
    assert state.markets.response_per_year == pytest.approx([k, 0.5 * k])


def test_a_lever_changes_the_list_rent_and_the_market_goes_on_from_there() -> None:
    park = small_park([1000.0], firms=stock_of(1, building="b0", floor_m2=800))
    rents = STILL | RENTS | {"m2_per_head": 800.0}
    scenario = Scenario(name="x", end="2026Q4", parameters=rents)
    dearer = scenario.with_actions({"at": "2026Q3", "lever": "rent", "value": 0.5})
    asked = [simulate(park, one).buildings["rent_cny_m2_day"].tolist() for one in (scenario, dearer)]
    assert asked[0] == pytest.approx([4.0 * math.exp(-0.05 * n) for n in range(4)])
    assert asked[1] == pytest.approx([rent * times for rent, times in zip(asked[0], [1, 1, 1.5, 1.5], strict=True)])


def test_floor_a_head_answers_a_rent_that_a_lever_changes() -> None:
    park = small_park([9000.0], firms=stock_of(1, building="b0", floor_m2=800))
    parameters = (
        STILL | RENTS | {"rent_adjustment_per_year": 0.0, "floor_rent_elasticity": 0.5, "entry_per_year.ai": 40.0}
    )
    scenario = Scenario(name="x", end="2026Q4", parameters=parameters | {"m2_per_head": 100.0})
    cheaper = scenario.with_actions({"at": "2026Q2", "lever": "rent", "value": -0.75})
    events = simulate(park, cheaper).events
    assert events is not None
    settled = events[events["kind"] == "settle"]
    assert set(settled.loc[settled["time_years"] < 0.5, "amount"]) == {100.0}
    assert set(settled.loc[settled["time_years"] > 0.5, "amount"]) == {
        200.0
    }  # a quarter of the rent, by the root of it


@pytest.mark.parametrize("name", ["public_rent_response", "lease_length"])
def test_levers_of_rents_and_leases(name: str) -> None:
    park = small_park([1000.0], firms=stock_of(1, building="b0", floor_m2=800))
    park = replace(park, buildings=park.buildings.assign(operator="district"))
    rents = STILL | RENTS | {"m2_per_head": 800.0, "public_rent_response": 1.0, "lease_years": 1.0}
    pulled = Scenario(name="x", end="2027Q4", time_grid_years=0.25, parameters=rents).with_actions(
        {"at": "2026Q1", "lever": name, "value": 0.5}
    )
    record = simulate(park, pulled)
    assert record.events is not None
    if name == "lease_length":
        renewals = record.events[record.events["kind"] == "renew"]["time_years"].diff().dropna()
        assert set(renewals) == {0.5}
    else:
        assert record.buildings["rent_cny_m2_day"].tolist() == pytest.approx(
            [4.0 * math.exp(-0.025 * n) for n in range(8)]
        )
