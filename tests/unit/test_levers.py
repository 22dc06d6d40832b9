"""Levers: bounds and rows, none of them dead, and none of them at work where it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.parks import CRS, small_park, stock_of
from twin.catalog import load_catalog
from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Origin
from twin.indicators import measure
from twin.levers import LEVERS, Rows, steps
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.state import build_state, copy_of
from twin.units import Quarter

EVERYTHING = Rows(
    list(range(7)), [], list(range(4)), [0, 1], [0, 1, 2], [3], list(range(7)), list(range(7)), list(range(5)), [1]
)

#: What each lever has to be told, and a low and a high value within its bounds.
PULLS: dict[str, tuple[dict[str, str], float, float]] = {
    "entry_rate": ({"industry": "ai"}, 0.5, 3),
    "institute_spin_offs": ({"chain_node": "I8"}, 0.0, 10),
    "prospects": ({"chain_node": "A8"}, 0.0, 10),
    "recruitment_hit_rate": ({"industry": "ai"}, 0.0, 4),
    "short_list": ({"industry": "ai"}, -1, 1),
    "firm_spin_offs": ({"industry": "ai"}, 0.0, 10),
    "referrals": ({"industry": "ai"}, 0.0, 3),
    "advance_rate": ({"stage": "pilot"}, 0.2, 5),
    "service_slots": ({"service": "pilot_line"}, -1, 6),
    "service_time": ({"service": "pilot_line"}, 0.2, 5),
    "fund_capital": ({"fund": "seed_fund"}, 1e6, 1e9),
    "fund_share": ({"fund": "seed_fund"}, 0.1, 5),
    "rent": ({"zone": "west"}, -0.8, 2),
    "public_rent_response": ({}, 0, 5),
    "lease_length": ({}, 0.2, 5),
    "floor_release": ({}, 0, 5),
    "leading_industry": ({"industry": "ai"}, 0, 10),
    "new_space": ({"building": "b1"}, 100, 9_000),
    "tier_outreach": ({"tier": "hnte"}, 0, 10),
    "review_capacity": ({"tier": "hnte"}, 0, 10),
    "review_time": ({"tier": "hnte"}, 0.1, 5),
    "revitalisation_budget": ({}, 0, 1e8),
    "low_efficiency_threshold": ({}, -0.7, 0.3),
    "anchor_exit": ({"building": "b0"}, 0, 1),
    "anchor_entry": ({"chain_node": "A6"}, 0, 1),
    "alliance": ({"industry": "ai"}, 0.0, 1),
    "chain_chief": ({"industry": "ai"}, 0.0, 1),
    "scenes": ({"industry": "ai"}, 0, 8),
    "challenges": ({"chain_node": "A8"}, 0, 40),
    "events": ({"industry": "ai"}, 0, 4),
    "talent_programme": ({"skill": "engineering"}, 0, 500),
    "tailored_classes": ({"skill": "research"}, 0, 500),
    "talent_housing": ({"zone": "west"}, 0, 500),
    "contracts": ({"zone": "west"}, 0.1, 1.0),
    "contract_strictness": ({}, 0.0, 10.0),
    "honour_windows": ({}, -5, 5),
    "honour_time": ({}, 0.1, 10),
    "joint_group": ({}, 0.0, 6.0),
}

#: The value at which a lever changes nothing.
IDLE = {
    "entry_rate": 1,
    "institute_spin_offs": 1,
    "prospects": 1,
    "recruitment_hit_rate": 1,
    "short_list": 0,
    "firm_spin_offs": 1,
    "referrals": 1,
    "advance_rate": 1,
    "service_slots": 0,
    "service_time": 1,
    "rent": 0,
    "public_rent_response": 1,
    "lease_length": 1,
    "floor_release": 1,
    "leading_industry": 1,
    "new_space": 0,
    "fund_capital": 0,
    "fund_share": 1,
    "tier_outreach": 1,
    "review_capacity": 1,
    "review_time": 1,
    "revitalisation_budget": 0,
    "low_efficiency_threshold": 0,
    "anchor_exit": 0,
    "anchor_entry": 0,
    "alliance": 0,
    "chain_chief": 0,
    "scenes": 0,
    "challenges": 0,
    "events": 0,
    "talent_programme": 0,
    "tailored_classes": 0,
    "talent_housing": 0,
    "contracts": 0,
    "contract_strictness": 1,
    "honour_windows": 0,
    "honour_time": 1,
    "joint_group": 1,
}


@pytest.fixture(scope="module")
def park() -> Park:
    stock = pd.concat(
        [
            stock_of(20, building="b0", floor_m2=60, staff=4, stage="pilot").assign(anchor=[True] + [False] * 19),
            stock_of(20, building="b1", floor_m2=60, staff=4, stage="lab").assign(firm_id=range(101, 121)),
        ]
    )
    made = small_park(
        [14_000, 13_000, 12_000, 900],
        types=["research", "incubator", "office", "office"],
        completed=["2010Q1", "2010Q1", "2010Q1", "2026Q4"],
        slots={"pilot_line": 2, "proof_of_concept": 1, "seed_fund": 3, "recruitment": 2},
        firms=stock,
    )
    west = made.zones.assign(zone_id="west", leading_industry="ai").set_geometry(
        [shapely.box(480_000, 4_410_000, 480_100, 4_410_100)], crs=CRS
    )
    owned = made.buildings.assign(operator=["district", "shougang", "district", "district"])
    return replace(made, zones=pd.concat([made.zones, west], ignore_index=True), buildings=owned)


def run(park: Park, *actions: dict[str, Any], **changes: float) -> Record:
    parameters = {"service_share": 1.0, "construction_years": 0.5, "entry_per_year": 6.0, "fund_capital_cny": 2e7}
    parameters |= {"prospects_per_year": 6.0, "short_list_share": 0.5, "hit_rate": 0.3, "home_lead_years": 0.5}
    parameters |= {"contract_share": 0.5, "contract_ramp_years": 0.0, "lease_years": 1.0}
    parameters |= changes
    built = {"at": "2026Q3", "lever": "new_space", "value": 10, "where": {"building": "b1"}}
    scenario = Scenario(name="x", end="2027Q4").with_parameters(parameters).with_actions(*actions, built)
    return simulate(park, scenario)


@pytest.fixture(scope="module")
def nothing_done(park: Park) -> Record:
    return run(park)


def test_all_levers_are_tried() -> None:
    assert set(PULLS) == set(IDLE) == set(LEVERS)


@pytest.mark.parametrize("name", list(LEVERS))
def test_no_lever_is_dead(park: Park, name: str) -> None:
    where, low, high = PULLS[name]
    runs = [run(park, {"at": "2026Q2", "lever": name, "value": value, "where": where}) for value in (low, high)]
    first, second = (pd.concat([measure(done), measure(done, by="zone")]) for done in runs)
    before, after = (frame[frame["quarter"] == "2026Q1"]["value"].to_numpy() for frame in (first, second))
    np.testing.assert_array_equal(before, after)  # the past is as it was
    last, other = (frame[frame["quarter"] == "2027Q4"]["value"].to_numpy() for frame in (first, second))
    assert not np.array_equal(last, other, equal_nan=True)


@pytest.mark.parametrize("name", list(LEVERS))
def test_a_lever_that_changes_nothing_leaves_every_bit(park: Park, nothing_done: Record, name: str) -> None:
    where = PULLS[name][0]
    idle = run(park, {"at": "2026Q2", "lever": name, "value": IDLE[name], "where": where})
    assert idle.sha256() == nothing_done.sha256()


@pytest.mark.parametrize("name", list(LEVERS))
def test_a_lever_is_declared_whole(name: str) -> None:
    lever = LEVERS[name]
    assert lever.name == name
    assert lever.name_zh
    assert lever.name_en
    assert lever.unit
    assert lever.clauses
    assert lever.low <= IDLE[name] <= lever.high
    places = {"industry", "chain_node", "stage", "service", "fund", "tier", "zone", "building", "scene", "skill"}
    assert set(lever.needs) <= set(lever.where) <= places
    assert not lever.cost or load_catalog().scopes(lever.cost)
    assert not lever.lead or load_catalog().value(lever.lead) > 0


def live(park: Park) -> ParkEnvironment:
    state = build_state(park, load_catalog(), start=Quarter(2026, 1), years=1.0, seed=1)
    return ParkEnvironment(state)


def test_a_factor_multiplies_what_is_in_force(park: Park) -> None:
    env = live(park)
    LEVERS["entry_rate"].change(env, EVERYTHING._replace(industries=[0]), 1.5)
    LEVERS["entry_rate"].change(env, EVERYTHING._replace(industries=[0]), 2)
    sources = env.state.sources
    of_market = np.bincount(sources.industry, weights=np.where(sources.origin == Origin.MARKET, sources.per_year, 0.0))
    ai, industrial = (load_catalog().value("entry_per_year", name) for name in ("ai", "industrial_internet"))
    assert of_market[:2] == pytest.approx([3.0 * ai, industrial])
    LEVERS["advance_rate"].change(env, EVERYTHING._replace(industries=[1], stages=[0, 2]), 2)
    assert env.state.stages.advance_per_year[:2].tolist() == [[0.35, 0.28, 0.15, 0.0], [0.7, 0.28, 0.3, 0.0]]
    mean = env.state.services.scale_years.tolist()
    LEVERS["service_time"].change(env, EVERYTHING._replace(services=[1]), 0.5)
    assert env.state.services.scale_years.tolist() == [mean[0], mean[1] / 2, *mean[2:]]


#: Values that no bound of a rule cuts short; of funds, such that every part pays for whole tickets.
WITHIN = {"short_list": 0.3, "referrals": 2.0, "recruitment_hit_rate": 2.0, "contracts": 0.6, "fund_share": 0.5} | {
    "low_efficiency_threshold": -0.3,
    "fund_capital": 9e7,
    "tier_outreach": 1.5,
    "service_slots": 6.0,
}


@pytest.mark.parametrize("name", [lever.name for lever in LEVERS.values() if lever.ramp])
def test_pulled_in_parts_a_lever_comes_to_the_same(park: Park, name: str) -> None:
    """Its `ramp` says how its rule adds up: at one instant the parts leave the park as the whole does."""
    lever, value = LEVERS[name], WITHIN.get(name, PULLS[name][2])
    rows = EVERYTHING._replace(chain_nodes=[5] if name == "anchor_entry" else [])
    before = live(park).state
    at_once, in_parts = (ParkEnvironment(copy_of(before, replication=0)) for _ in range(2))
    lever.change(at_once, rows, value)
    for part in steps(lever, value, 3):
        lever.change(in_parts, rows, part)
    told, parts, old = (arrays_of(state) for state in (at_once.state, in_parts.state, before))
    assert any(not np.array_equal(array, told[field], equal_nan=True) for field, array in old.items())
    for field, array in parts.items():
        np.testing.assert_allclose(array, told[field], rtol=1e-9, err_msg=field)


def arrays_of(group: Any, name: str = "") -> dict[str, Any]:
    """The arrays of a group of a state by their path."""
    if isinstance(group, np.ndarray):
        return {name: group}
    inner = group._asdict().items() if hasattr(group, "_asdict") else ()
    kept = [(key, part) for key, part in inner if key != "log"]  # which has a line for every part
    return {path: array for key, part in kept for path, array in arrays_of(part, f"{name}.{key}").items()}


def test_a_rent_changes_by_a_share(park: Park) -> None:
    env = live(park)
    LEVERS["rent"].change(env, EVERYTHING._replace(buildings=[0, 2]), -0.25)
    assert env.state.buildings.rent_cny_m2_day.tolist() == [3.0, 4.0, 3.0, 4.0]


def test_slots_and_floor_are_added(park: Park) -> None:
    env = live(park)
    LEVERS["service_slots"].change(env, EVERYTHING._replace(services=[1]), 3)
    assert env.state.services.slots.tolist() == [1, 5, 0, 3, 0, 0, 2, 0, 0]
    capital = env.state.funds.capital_cny.tolist()
    LEVERS["fund_capital"].change(env, EVERYTHING, 4e6)
    assert env.state.funds.capital_cny.tolist() == [*capital[:3], capital[3] + 4e6, *capital[4:]]
    LEVERS["new_space"].change(env, EVERYTHING._replace(buildings=[1]), 500)
    assert env.state.buildings.stock_m2.tolist() == [14_000, 13_500, 12_000, 0]


def test_a_firm_never_brings_one_or_more(park: Park) -> None:
    """However often the lever is pulled: entry would explode."""
    env = live(park)
    for _ in range(5):
        LEVERS["referrals"].change(env, EVERYTHING._replace(industries=[0]), 3.0)
    followers = env.state.industries.followers_per_firm
    assert followers[0] == 0.99
    assert followers[1] == load_catalog().value("followers_per_firm", "industrial_internet")


def test_slots_never_fall_below_none(park: Park) -> None:
    actions = {"at": "2026Q2", "lever": "service_slots", "value": -1_000, "where": {"service": "pilot_line"}}
    slots = run(park, actions).services
    assert slots[slots["service"] == "pilot_line"]["slots"].tolist() == [2] + [0] * 7


def test_an_action_reaches_what_it_names_and_no_more(park: Park) -> None:
    dearer = {"at": "2026Q3", "lever": "rent", "value": 0.5, "where": {"building": "b1"}}
    rents = run(park, dearer, rent_adjustment_per_year=0.0).buildings
    by_building = rents.groupby("building_id", observed=True)["rent_cny_m2_day"].agg(list)
    assert by_building.to_dict() == {"b0": [4.0] * 8, "b1": [4.0] * 2 + [6.0] * 6, "b2": [4.0] * 8, "b3": [4.0] * 8}


def test_new_space_opens_when_its_works_are_done(park: Park) -> None:
    stock = run(park, {"at": "2026Q3", "lever": "new_space", "value": 700, "where": {"building": "b2"}}).buildings
    # works begin with the third quarter and take half a year
    assert stock[stock["building_id"] == "b2"]["stock_m2"].tolist() == [12_000] * 4 + [12_700] * 4


def test_actions_of_one_date_are_done_in_their_order(park: Park, nothing_done: Record) -> None:
    there = {"at": "2026Q2", "lever": "rent", "value": 1.0}
    back = {"at": "2026Q2", "lever": "rent", "value": -0.5}
    assert run(park, there, back).sha256() == nothing_done.sha256()
