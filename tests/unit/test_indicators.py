"""Indicators: each one's value on a record made by hand, slices, years; and none of them is dead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.parks import CRS, small_park, stock_of
from tests.works import worked_on, works_on
from twin.engine.arrays import (
    BOUND_COLUMNS,
    CHALLENGE_COLUMNS,
    CLAIM_COLUMNS,
    CONTRACT_COLUMNS,
    FAIR_COLUMNS,
    HOUSING_COLUMNS,
    PEOPLE_COLUMNS,
    RELET_COLUMNS,
    REVIEW_COLUMNS,
    SCENE_COLUMNS,
)
from twin.errors import ManifestError
from twin.indicators import INDICATORS, measure, measured_values, yearly
from twin.record import BUILDING_COLUMNS, FLOWS, Record
from twin.scenario import Scenario
from twin.simulation import simulate

INDUSTRIES = ("a", "b", "c", "d", "e")
STAGES = ("lab", "mature")
SERVICES = ("desk", "line")
WAYS = ("technical", "money")
REASONS = ("no_fit", "too_large", "full")
TIERS = ("srdi", "hnte")
SKILLS = ("research", "creative")
PLACES = ("west", "elsewhere")
ITEMS = ("facilities", "space", "revitalisation")
SCENES = ("core", "health")
BOUNDS = ("tax", "research")
CAUSES = ("failed", "left_stage", "closed", "absorbed", "moved_out", "displaced_lost")
QUARTERS = ("2026Q1", "2026Q2", "2026Q3", "2026Q4")


#: Links of two chains, with their industry and weight there, and who supplies whom.
NODES = {"a1": ("a", 0.5), "a2": ("a", 0.3), "a3": ("a", 0.2), "b1": ("b", 1.0)}
LINKS = [("a1", "a2"), ("a2", "a3"), ("a2", "b1")]


def chained(quarters: Sequence[str]) -> pd.DataFrame:
    """The links of the chains, without firms."""
    nodes = dense(["resident_firms", "remote_firms", "anchors", "staff"], quarter=quarters, chain_node=list(NODES))
    industry, weight = ([NODES[node][n] for node in nodes["chain_node"]] for n in range(2))
    return nodes.assign(industry=pd.Categorical(industry, categories=list(INDUSTRIES)), weight=weight)


def dense(columns: Sequence[str], **axes: Sequence[str]) -> pd.DataFrame:
    """Every combination of ids as categories, the last axis fastest, with columns of zeros."""
    index = pd.MultiIndex.from_product(list(axes.values()), names=list(axes))
    frame = index.to_frame(index=False).astype({name: pd.CategoricalDtype(list(ids)) for name, ids in axes.items()})
    return frame.assign(**dict.fromkeys(columns, 0.0))


def put(frame: pd.DataFrame, values: Mapping[str, float], **where: str) -> None:
    """Set values in the rows of a frame that `where` describes."""
    rows = np.logical_and.reduce([frame[name] == value for name, value in where.items()])
    frame.loc[rows, list(values)] = list(values.values())


def record(quarters: Sequence[str] = QUARTERS) -> Record:
    """An empty record of two buildings: b0 in cell c0, which lies in west, and b1 in c1; c2 stands for no building."""
    stock = ["resident_firms", "remote_firms", "dormant_firms", "staff", "floor_m2", "revenue_cny", "rd_cny", "tax_cny"]
    leases = ["rent_bill_cny", "expiring_m2", "leading_m2"]
    groups = dense(
        [*stock, *leases, *FLOWS.values()], quarter=quarters, cell=("c0", "c1", "c2"), industry=INDUSTRIES, stage=STAGES
    )
    buildings = dense([*BUILDING_COLUMNS, *RELET_COLUMNS], quarter=quarters, building_id=("b0", "b1"))
    buildings["leading_industry"] = pd.Categorical(["a", None] * len(quarters), categories=INDUSTRIES)
    buildings["finding"] = pd.Categorical(["none"] * len(buildings), categories=["none", "low_let", "old_plant"])
    buildings["cell"] = pd.Categorical(["c0", "c1"] * len(quarters), categories=["c0", "c1", "c2"])
    served = ["slots", "busy", "queue", "joined", "started", "finished", "tired"]
    served += ["tickets", "capital_cny", "paid_cny", "returned_cny", "private_cny", "unmatched"]
    zones = pd.DataFrame(
        [("park", 1, "c0", 3.0), ("park", 1, "c1", 3.0), ("west", 1, "c0", 1.0), ("empty", 1, "", 0.5)],
        columns=["zone_id", "version", "cell", "area_km2"],
    ).assign(kind="", name_zh="", name_en="", valid_from="", valid_to="")
    return Record(
        groups=groups,
        buildings=buildings,
        services=dense(
            [*served, "waited_years", "busy_years", "queue_years", "slot_years"], quarter=quarters, service=SERVICES
        ),
        stages=dense(["began", "have_ordered"], quarter=quarters, industry=INDUSTRIES, stage=STAGES),
        failures=dense(["firms"], quarter=quarters, cause=WAYS, industry=INDUSTRIES, stage=STAGES),
        unmet=dense(["firms", "m2"], quarter=quarters, reason=REASONS, industry=INDUSTRIES),
        waiting=dense(["firms"], quarter=quarters, industry=INDUSTRIES),
        tiers=dense(["firms"], quarter=quarters, tier=TIERS, cell=("c0", "c1", "c2"), industry=INDUSTRIES),
        reviews=dense(REVIEW_COLUMNS, quarter=quarters, tier=TIERS),
        purse=dense(["cny"], quarter=quarters, item=ITEMS),
        nodes=chained(quarters),
        links=pd.DataFrame(LINKS, columns=["supplier", "buyer"], dtype=pd.CategoricalDtype(list(NODES))),
        people=dense(PEOPLE_COLUMNS, quarter=quarters, skill=SKILLS),
        housing=dense(HOUSING_COLUMNS, quarter=quarters, place=PLACES),
        works=pd.DataFrame(),
        scenes=dense(SCENE_COLUMNS, quarter=quarters, scene=SCENES),
        challenges=dense(CHALLENGE_COLUMNS, quarter=quarters, chain_node=("A1", "A2")),
        fairs=dense(FAIR_COLUMNS, quarter=quarters, industry=INDUSTRIES),
        awards=pd.DataFrame(),
        bounds=dense(BOUND_COLUMNS, quarter=quarters, bound=BOUNDS),
        contracts=dense(["agreed", "warned_firms", *CONTRACT_COLUMNS], quarter=quarters, industry=INDUSTRIES),
        claims=dense(CLAIM_COLUMNS, quarter=quarters, industry=INDUSTRIES),
        zones=zones,
        events=None,
        firms=None,
        manifest={"readings": {"feature_industries": ["a"], "firms": "resident", "tier_park_share": 0.8}},
    )


def put_chains_and_people(made: Record, q: str) -> None:
    """What scenes, people, contracts and payments come to in a quarter."""
    put(made.scenes, {"calls": 1, "eligible": 8, "bids": 5, "orders": 2, "ordered_cny": 6e5}, quarter=q, scene="core")
    put(made.challenges, {"projects": 5, "matched": 3, "deserted": 1}, quarter=q, chain_node="A1")
    put(made.challenges, {"projects": 2}, quarter=q, chain_node="A2")
    put(made.fairs, {"held": 1, "prospects": 4}, quarter=q, industry="b")
    put(made.stages, {"have_ordered": 3}, quarter=q, industry="a", stage="mature")
    happened = {"ordered": 2, "prized": 1, "shown": 3}
    put(made.groups, happened, quarter=q, cell="c0", industry="a", stage="lab")
    talent = {"demand": 40, "supply": 30, "inflow": 9, "outflow": 4, "attracted": 3, "graduated": 2, "shortage": 0.25}
    put(made.people, talent, quarter=q, skill="research")
    put(made.people, {"demand": 10, "supply": 12, "outflow": 1, "graduated": 1}, quarter=q, skill="creative")
    put(made.housing, {"homes": 8, "occupied": 5, "housed": 7, "minutes": 70, "staff": 20}, quarter=q, place="west")
    put(
        made.housing, {"homes": 2, "occupied": 1, "housed": 3, "minutes": 80, "staff": 30}, quarter=q, place="elsewhere"
    )
    put(made.contracts, {"agreed": 9, "warned_firms": 4, "reviewed": 8, "under": 5}, quarter=q, industry="a")
    put(made.bounds, {"concerned": 7, "under": 2, "found": 3}, quarter=q, bound="tax")
    put(made.contracts, {"penalised": 4, "caught": 3, "wrongly": 1, "missed": 2, "ended": 2}, quarter=q, industry="b")
    put(made.contracts, {"penalty_cny": 5e4, "left_warned": 1}, quarter=q, industry="b")
    put(made.buildings, {"ended_m2": 300, "relet_m2": 200}, quarter="2026Q3", building_id="b0")
    put(made.buildings, {"ended_m2_years": 60}, quarter=q, building_id="b0")
    applied = {"applied": 7, "paid": 5, "withdrawn": 1, "paid_cny": 3e5, "left_late": 1}
    put(made.claims, applied | {"waited_years": 2.0, "queue": 6, "late": 2}, quarter=q, industry="a")
    put(made.waiting, {"firms": 3}, quarter=q, industry="a")
    put(made.nodes, {"resident_firms": 3, "anchors": 2}, quarter=q, chain_node="a1")
    put(made.nodes, {"resident_firms": 1, "remote_firms": 4}, quarter=q, chain_node="a2")
    put(made.nodes, {"remote_firms": 4}, quarter=q, chain_node="a3")
    put(made.nodes, {"resident_firms": 1, "anchors": 1}, quarter=q, chain_node="b1")
    put(made.groups, {"anchors_lost": 4}, quarter=q, cell="c1", industry="b", stage="lab")
    put(made.waiting, {"firms": 2}, quarter=q, industry="e")


@pytest.fixture(scope="module")
def told() -> Record:
    """A record with a few figures in its last quarter."""
    made = record()
    q = "2026Q4"
    put(
        made.groups,
        {"resident_firms": 4, "staff": 30, "floor_m2": 300, "revenue_cny": 9e6, "settled": 2, "moved": 1}
        | {
            "followed": 2,
            "leading_m2": 120,
            "failed": 3,
            "rent_bill_cny": 438_000,
            "expiring_m2": 90,
            "leases_ended": 3,
            "renewed": 2,
        },
        quarter=q,
        cell="c0",
        industry="a",
        stage="lab",
    )
    put(
        made.groups,
        {"resident_firms": 6, "staff": 20, "floor_m2": 500, "revenue_cny": 3e6, "closed": 2, "advanced": 1}
        | {"displaced": 5, "displaced_lost": 3, "spun_off": 4, "fell_dormant": 3}
        | {"rent_bill_cny": 438_000, "expiring_m2": 60, "leases_ended": 1, "renewed": 1},
        quarter=q,
        cell="c1",
        industry="b",
        stage="mature",
    )
    put(
        made.groups,
        {"dormant_firms": 2},
        quarter=q,
        cell="c2",
        industry="b",
        stage="mature",
    )
    put(
        made.groups,
        {"remote_firms": 5, "revenue_cny": 8e6, "entered": 7, "absorbed": 1, "moved_out": 4, "left_stage": 2}
        | {"listed": 9, "won": 2, "declined": 6, "faded": 1},
        quarter=q,
        cell="c2",
        industry="b",
        stage="lab",
    )
    put(
        made.buildings,
        {
            "stock_m2": 600,
            "let_m2": 300,
            "offline_m2": 50,
            "held_m2": 10,
            "kept_m2": 25,
            "hosted": 4,
            "rent_cny_m2_day": 6.0,
        }
        | {"works_m2": 40, "renovated_m2": 30},
        quarter=q,
        building_id="b0",
    )
    made.buildings.loc[made.buildings["building_id"] == "b1", "finding"] = "old_plant"
    put(made.buildings, {"stock_m2": 1_000, "let_m2": 500, "rent_cny_m2_day": 2.0}, quarter=q, building_id="b1")
    put(made.buildings, {"stock_m2": 800}, quarter="2026Q1", building_id="b1")
    put(
        made.services,
        {
            "slots": 4,
            "started": 3,
            "tired": 1,
            "finished": 2,
            "waited_years": 0.5,
            "busy_years": 0.75,
            "queue_years": 0.5,
            "slot_years": 1.0,
        },
        quarter=q,
        service="line",
    )
    made.services.loc[made.services["service"] == "line", "tickets"] = -1
    money = {"tickets": 4, "capital_cny": 7e6, "paid_cny": 2e6, "returned_cny": 5e6}
    money |= {"private_cny": 3e6, "unmatched": 2}
    put(made.services, money, quarter=q, service="desk")
    put(made.stages, {"began": 5}, quarter=q, industry="a", stage="lab")
    put(made.stages, {"began": 1}, quarter=q, industry="e", stage="lab")
    put(made.failures, {"firms": 1}, quarter=q, cause="technical", industry="a", stage="lab")
    put(made.failures, {"firms": 2}, quarter=q, cause="money", industry="a", stage="lab")
    put(made.unmet, {"firms": 2, "m2": 150}, quarter=q, reason="full", industry="a")
    put(made.unmet, {"firms": 1, "m2": 50}, quarter=q, reason="full", industry="b")
    put(made.groups, {"rd_cny": 1e6, "tax_cny": 4e5}, quarter=q, cell="c0", industry="a", stage="lab")
    put(made.groups, {"advanced": 4}, quarter="2026Q3", cell="c0", industry="a", stage="lab")
    put(made.tiers, {"firms": 3}, quarter=q, tier="hnte", cell="c0", industry="a")
    put(made.tiers, {"firms": 5}, quarter=q, tier="hnte", cell="c2", industry="b")
    put(made.tiers, {"firms": 2}, quarter=q, tier="srdi", cell="c0", industry="a")
    decided = {"applied": 6, "recognised": 3, "refused": 1, "withdrawn": 1, "lapsed": 2, "queue": 9, "waited_years": 2}
    put(made.reviews, decided, quarter=q, tier="hnte")
    put(made.purse, {"cny": 7e5}, quarter=q, item="facilities")
    put(made.purse, {"cny": 1e5}, quarter="2026Q2", item="space")
    put(made.purse, {"cny": 3e5}, quarter=q, item="revitalisation")
    put_chains_and_people(made, q)
    return made


def values_of(measured: pd.DataFrame, name: str, quarter: str = "2026Q4", place: str = "park") -> dict[str, float]:
    """Values of an indicator by part."""
    chosen = (measured["indicator"] == name) & (measured["quarter"] == quarter) & (measured["place"] == place)
    return dict(zip(measured[chosen]["part"], measured[chosen]["value"], strict=True))


NAN = float("nan")

#: Every indicator on that record, in the park's last quarter.
EXPECTED: dict[str, dict[str, float]] = {
    "node_cover": {"a": 0.8, "b": 1.0, "all": 0.9},
    "link_cover": {"a": 0.5, "b": NAN, "all": 2 / 3},
    "chain_resilience": {"a": 1 / 3, "b": 0.0, "all": 0.25},
    "chain_breaks": {"a": 0, "b": 0, "all": 0},
    "empty_links": {"a": 1, "b": 0, "all": 1},
    "resident_anchors": {"a": 2, "b": 1, "all": 3},
    "anchors_lost": {"": 4},
    "resident_firms": {"": 10},
    "remote_firms": {"": 5},
    "staff": {"": 50},
    "new_firms": {"": 7},
    "entries": {"": 2},
    "exits": {"failed": 3, "left_stage": 2, "closed": 2, "absorbed": 1, "moved_out": 4, "displaced_lost": 3},
    "moves": {"": 1},
    "displaced_firms": {"": 5},
    "displaced_lost_firms": {"": 3},
    "firms_by_stage": {"lab": 9, "mature": 6},
    "advances": {"lab": 0, "mature": 1},
    "failures": {"lab": 3, "mature": 0},
    "stage_inflow": {"lab": 6, "mature": 0},
    "stage_outflow": {"lab": 3 + 1 + 4 + 2, "mature": 2 + 1 + 3 + (3 - 1)},  # one of those that fell dormant is closed
    "stage_success": {"lab": 0, "mature": 1 / 8},
    "stage_stay": {"lab": 9 / 40, "mature": 6 / 32},
    "failures_by_cause": {"technical/lab": 1, "technical/mature": 0, "money/lab": 2, "money/mature": 0},
    "revenue": {"": 20e6},
    "revenue_per_head": {"": 400_000},
    "revenue_per_m2": {"": 25_000},
    "revenue_per_km2": {"": 20e6 / 3},
    "staff_per_ha": {"": 50 / 300},
    "dormant_firms": {"": 2},
    "spin_offs": {"": 4},
    "fallen_dormant": {"": 3},
    "followers": {"": 2},
    "rd_intensity": {"": 0.05},
    "tax": {"": 4e5},
    "tax_per_m2": {"": 500},
    "tax_over_revenue": {"": 0.02},
    "tier_holders": {"srdi": 2, "hnte": 8},
    "tier_ratios": {
        "srdi / hnte": 0.25,
        "little_giant / srdi": NAN,
        "unicorn / hnte": NAN,
        "strong / above_scale": NAN,
    },
    "tier_recognitions": {"srdi": 0, "hnte": 3},
    "tier_lapses": {"srdi": 0, "hnte": 2},
    "tier_applications": {"srdi": 0, "hnte": 6},
    "tier_queue": {"srdi": 0, "hnte": 9},
    "tier_wait": {"srdi": NAN, "hnte": 0.5},
    "public_cost": {"facilities": 7e5, "space": 0, "revitalisation": 3e5},
    "public_cost_so_far": {"": 11e5},
    "revitalisation_cost": {"": 3e5},
    "cost_per_graduate": {"": 2.75e5},
    "cost_per_new_firm": {"": 11e5 / 7},
    "listed_prospects": {"a": 0, "b": 9, "c": 0, "d": 0, "e": 0},
    "recruited_firms": {"a": 0, "b": 2, "c": 0, "d": 0, "e": 0},
    "declined_prospects": {"": 6},
    "faded_prospects": {"": 1},
    "realised_hit_rate": {"": 0.25},
    "recruited_share": {"": 2 / 7},
    "scene_orders": {"lab": 2, "mature": 0},
    "scene_order_value": {"core": 6e5, "health": 0},
    "scene_eligible": {"core": 8, "health": 0},
    "scene_reach": {"core": 0.25, "health": NAN},
    "first_order_firms": {"lab": 0, "mature": 3},
    "challenges_matched": {"": 3},
    "challenges_unmatched": {"": 4},
    "challenges_deserted": {"": 1},
    "event_prizes": {"": 1},
    "event_shows": {"": 3},
    "event_prospects": {"a": 0, "b": 4, "c": 0, "d": 0, "e": 0},
    "talent_demand": {"research": 40, "creative": 10},
    "talent_supply": {"research": 30, "creative": 12},
    "talent_gap": {"research": 0.25, "creative": 0},
    "talents_attracted": {"": 6},
    "talent_net_inflow": {"": 4},
    "homes": {"": 10},
    "homes_occupancy": {"": 0.6},
    "jobs_housing_balance": {"": 0.2},
    "commute_minutes": {"": 15},
    "service_queue": {"desk": 0, "line": 2},
    "service_wait": {"desk": NAN, "line": 0.125},
    "service_use": {"desk": NAN, "line": 0.75},
    "service_unserved": {"desk": 0, "line": 1},
    "service_served": {"desk": 0, "line": 2},
    "fund_capital": {"desk": 7e6},
    "fund_paid": {"desk": 2e6},
    "fund_returned": {"desk": 5e6},
    "fund_tickets": {"desk": 4},
    "fund_private": {"desk": 3e6},
    "fund_leverage": {"desk": 1.5},
    "fund_unmatched": {"desk": 2},
    "floor_stock": {"": 1_600},
    "floor_let": {"": 800},
    "floor_vacant": {"": 750},
    "floor_held": {"": 10},
    "floor_kept": {"": 25},
    "hosted_firms": {"": 4},
    "leading_share": {"": 0.4},
    "occupancy": {"": 0.5},
    "vacancy": {"": 750 / 1_550},
    "lease_up": {"": 0.5},
    "low_efficiency_buildings": {"": 1},
    "low_efficiency_floor": {"": 1_000},
    "floor_under_works": {"": 40},
    "floor_renovated": {"": 30},
    "asking_rent": {"": 3.5},
    "rent_paid": {"": 3.0},
    "rent_bill": {"": 876_000},
    "expiring_leases": {"": 150},
    "renewal_share": {"": 0.75},
    "floor_per_firm": {"": 80},
    "unmet_firms": {"no_fit": 0, "too_large": 0, "full": 3},
    "unmet_floor": {"no_fit": 0, "too_large": 0, "full": 200},
    "waiting_firms": {"": 5},
    "contract_firms": {"": 9},
    "contract_warned": {"": 4},
    "contract_reviews": {"": 8},
    "contract_found": {"tax": 3, "research": 0},
    "contract_caught": {"": 3},
    "contract_wrongly": {"": 1},
    "contract_missed": {"": 2},
    "contract_wrong_share": {"": 0.25},
    "contract_ended": {"": 2},
    "contract_exits": {"": 1},
    "contract_penalties": {"": 5e4},
    "relet_lag": {"": 0.3},
    "claims_applied": {"": 7},
    "claims_paid": {"": 5},
    "honoured": {"": 3e5},
    "honour_days": {"": 0.4 * 365},
    "claims_queue": {"": 6},
    "claims_late": {"": 2},
    "late_exits": {"": 1},
    "industry_share": {"a": 0.6, "b": 0.4, "c": 0, "d": 0, "e": 0},
    "industry_hhi": {"": 0.52},
    "location_quotient": {"a": 1, "b": 1, "c": NAN, "d": NAN, "e": NAN},
    "firms": {"": 10},
    "feature_firm_share": {"": 0.4},
    "feature_revenue_share": {"": 0.45},
    "published_tiers": {"srdi": 2.5, "hnte": 10},
}


def test_every_indicator_is_expected() -> None:
    assert set(EXPECTED) == set(INDICATORS)


@pytest.mark.parametrize("name", list(INDICATORS))
def test_an_indicator_is_what_its_formula_says(told: Record, name: str) -> None:
    assert values_of(measure(told, only=[name]), name) == pytest.approx(EXPECTED[name], nan_ok=True)


def test_the_documents_may_be_read_otherwise(told: Record) -> None:
    other = {"feature_industries": ["a", "c"], "firms": "all", "tier_park_share": 1.0}
    found = measure(replace(told, manifest={"readings": other}))
    assert values_of(found, "firms") == {"": 15}
    assert values_of(found, "feature_firm_share") == {"": pytest.approx(4 / 15)}
    assert values_of(found, "published_tiers") == {"srdi": 2, "hnte": 8}
    west = measure(replace(told, manifest={"readings": other}), by="zone")
    assert values_of(west, "firms", place="west") == {"": 4}  # who is only registered is in no zone
    assert "published_tiers" not in set(west["indicator"])


def test_a_record_without_readings_is_refused(told: Record) -> None:
    with pytest.raises(ManifestError, match="no readings of the documents; a run of this version"):
        measure(replace(told, manifest={}))


def test_a_zone_counts_its_cells_and_no_firm_without_a_building(told: Record) -> None:
    measured = measure(told, by="zone")
    assert set(measured["place"]) == {"west", "empty"}
    for name, value in {
        "resident_firms": 4,
        "remote_firms": 0,
        "staff": 30,
        "revenue": 9e6,
        "floor_stock": 600,
        "floor_vacant": 250,
        "tax": 4e5,
        "occupancy": 0.5,
        "revenue_per_km2": 9e6,
        "staff_per_ha": 0.3,
        "industry_hhi": 1,
    }.items():
        assert values_of(measured, name, place="west") == pytest.approx({"": value}), name
    assert values_of(measured, "tier_holders", place="west") == {"srdi": 2, "hnte": 3}
    assert values_of(measured, "resident_firms", place="empty") == {"": 0}
    assert not set(measured["indicator"]) & {"new_firms", "unmet_firms", "waiting_firms", "service_wait"}


def test_industries_add_up_to_the_park(told: Record) -> None:
    whole, parts = measure(told), measure(told, by="industry")
    for name in ("resident_firms", "remote_firms", "staff", "revenue", "entries", "moves", "floor_let"):
        assert sum(values_of(parts, name, place=industry).get("", 0) for industry in INDUSTRIES) == pytest.approx(
            EXPECTED[name][""]
        ), name
    held = [values_of(parts, "tier_holders", place=industry)["hnte"] for industry in INDUSTRIES]
    assert held == [3, 5, 0, 0, 0]
    assert values_of(whole, "firms_by_stage")["lab"] == sum(
        values_of(parts, "firms_by_stage", place=industry)["lab"] for industry in INDUSTRIES
    )


def test_the_floor_of_an_industry_is_its_own(told: Record) -> None:
    parts = measure(told, by="industry")
    assert values_of(parts, "floor_let", place="a") == pytest.approx({"": 300})
    assert values_of(parts, "revenue_per_m2", place="a") == pytest.approx({"": 30_000})
    # no floor is kept for one industry alone
    assert not set(parts["indicator"]) & {"floor_stock", "floor_vacant", "occupancy"}


def test_concentration_and_specialisation_are_those_of_the_textbook() -> None:
    made = record()
    for industry, west, elsewhere in zip(INDUSTRIES, (30, 25, 20, 15, 10), (90, 175, 180, 165, 290), strict=True):
        put(made.groups, {"staff": west}, quarter="2026Q1", cell="c0", industry=industry, stage="lab")
        put(made.groups, {"staff": elsewhere}, quarter="2026Q1", cell="c1", industry=industry, stage="lab")
    # shares .30 .25 .20 .15 .10 in the west against .12 .20 .20 .18 .30 in the park
    zones = measure(made, by="zone")
    assert values_of(zones, "industry_hhi", "2026Q1", "west")[""] == pytest.approx(0.225)
    lq = values_of(zones, "location_quotient", "2026Q1", "west")
    assert lq == pytest.approx({"a": 2.5, "b": 1.25, "c": 1.0, "d": 0.8333, "e": 0.3333}, abs=1e-4)


def test_a_zone_is_what_it_is_at_each_date(told: Record) -> None:
    made = record()
    for quarter in QUARTERS:
        put(made.groups, {"resident_firms": 4}, quarter=quarter, cell="c0", industry="a", stage="lab")
        put(made.groups, {"resident_firms": 6}, quarter=quarter, cell="c1", industry="a", stage="lab")
    grown = [
        ("zone", 1, "c0", 1.0, "", "2026Q2"),
        ("zone", 2, "c0", 2.0, "2026Q2", "2026Q4"),
        ("zone", 2, "c1", 2.0, "2026Q2", "2026Q4"),
    ]
    columns = ["zone_id", "version", "cell", "area_km2", "valid_from", "valid_to"]
    zones = pd.concat([made.zones, pd.DataFrame(grown, columns=columns)], ignore_index=True).fillna("")
    measured = measure(Record(**{**vars(made), "zones": zones}), by="zone", only=["resident_firms", "staff_per_ha"])
    firms = [values_of(measured, "resident_firms", quarter, "zone")[""] for quarter in QUARTERS]
    assert firms == [4, 10, 10, 0]
    assert np.isnan(values_of(measured, "staff_per_ha", "2026Q4", "zone")[""])


def test_a_park_without_a_boundary_is_all_there_is(told: Record) -> None:
    bare = Record(**{**vars(told), "zones": told.zones[told.zones["zone_id"] == "west"]})
    measured = measure(bare)
    assert values_of(measured, "resident_firms") == {"": 10}
    assert np.isnan(values_of(measured, "revenue_per_km2")[""])


def test_a_year_ends_adds_or_averages() -> None:
    made = record()
    for quarter, firms, busy in zip(QUARTERS, (1, 2, 3, 5), (0.1, 0.2, 0.0, 0.1), strict=True):
        put(made.groups, {"resident_firms": firms, "settled": firms}, quarter=quarter, cell="c0", industry="a")
        put(made.services, {"slot_years": 0.25, "busy_years": busy}, quarter=quarter, service="line")
    frame = yearly(measure(made, only=["resident_firms", "entries", "service_use"]))
    found = frame.set_index(["indicator", "part"])["value"].to_dict()
    two_stages = 2
    assert found[("resident_firms", "")] == 5 * two_stages
    assert found[("entries", "")] == 11 * two_stages
    assert found[("service_use", "line")] == pytest.approx(0.4)
    assert set(frame["year"]) == {2026}


def test_a_year_that_ends_with_nothing_to_say_says_nothing() -> None:
    made = record()
    put(made.buildings, {"stock_m2": 100, "let_m2": 50}, quarter="2026Q1", building_id="b0")
    frame = yearly(measure(made, only=["occupancy"]))
    assert frame["value"].isna().all()


def test_parts_of_years_are_left_out() -> None:
    made = record(("2025Q4", *QUARTERS, "2027Q1"))
    assert set(yearly(measure(made))["year"]) == {2026}
    assert yearly(measure(record(("2026Q1", "2026Q2")))).empty


def test_only_what_is_asked_for_is_measured(told: Record) -> None:
    assert set(measure(told, only=["staff", "exits"])["indicator"]) == {"staff", "exits"}


@pytest.mark.parametrize("by", ["park", "zone", "industry"])
def test_values_without_a_table_are_those_of_the_table(told: Record, by: str) -> None:
    measured, table = measured_values(told, by=by), measure(told, by=by)
    assert measured.numbers.shape == (len(measured.quarters), len(measured.parts))
    rows = zip(*(table[name] for name in ("quarter", "place", "indicator", "part")), strict=True)
    labels = list(zip(measured.places, measured.indicators, measured.parts, strict=True))
    assert list(rows) == [(quarter, *label) for label in labels for quarter in measured.quarters]
    assert np.array_equal(table["value"], measured.numbers.T.reshape(-1), equal_nan=True)


def test_a_run_is_measured_without_frames_as_with_them() -> None:
    run = simulate(small_park([400.0], firms=stock_of(3, building="b0")), Scenario(name="bare", end="2026Q4"))
    bare = measured_values(run)
    assert isinstance(vars(run)["groups"], dict)  # still without
    framed = measured_values(Record(**dict(run.frames()), manifest=run.manifest))
    assert bare[:-1] == framed[:-1]
    assert bare.numbers.tobytes() == framed.numbers.tobytes()


def test_an_indicator_nobody_knows_is_refused(told: Record) -> None:
    with pytest.raises(ValueError, match="stuff"):
        measure(told, only=["stuff"])


def test_a_slice_nobody_knows_is_refused(told: Record) -> None:
    with pytest.raises(ValueError, match="'street'"):
        measure(told, by="street")


def test_indicators_say_their_names_and_units() -> None:
    for name, indicator in INDICATORS.items():
        assert indicator.name == name
        assert indicator.name_zh
        assert indicator.name_en
        assert indicator.unit


def lively(*actions: dict[str, Any], **changes: float) -> pd.DataFrame:
    """What is measured in a small park of much movement."""
    stock = stock_of(40, building="b0", floor_m2=100, staff=8).assign(anchor=[True] * 4 + [False] * 36, chain_node="A6")
    park = small_park(
        [5_000, 2_000, 400, 3_000],
        types=["office", "research", "incubator", "talent_housing"],
        completed=["2010Q1", "2010Q1", "2026Q3", "2010Q1"],
        slots={"incubator": 3, "proof_of_concept": 1, "seed_fund": 5, "growth_fund": 2, "recruitment": 5},
        firms=stock,
    )
    park = replace(park, services=park.services.assign(building_id=pd.Series(["b1"], dtype=object)))
    park = worked_on(park, works_on("b0", "2027Q1", "2027Q3"))
    park = replace(park, buildings=park.buildings.assign(operator="district"))
    park = replace(park, zones=park.zones.assign(leading_industry="finance"))
    base = {"service_share": 1.0, "search_patience_years": 0.3, "absorb_per_year": 0.2, "move_out_per_year": 0.2}
    base |= {"lease_years": 1.0, "stay_inertia": 0.0, "leave_per_year": 0.2, "dormancy_factor": 0.3}
    base |= {"spin_off_per_year": 0.2, "entry_per_year": 1.0, "prospects_per_year": 1.0}
    base |= {"tier_valid_years": 0.5, "renew_share": 0.5}
    base |= {"review_interval_years": 0.25, "desk_capacity": 2.0}
    base |= {"low_efficiency_share": 0.95, "low_efficiency_quarters": 1.0, "lease_up_years": 0.0}
    base |= {"revitalisation_budget_cny_year": 1e8}
    base |= {"scene_calls_per_year": 8.0, "challenge_projects_per_year": 0.2, "events_per_year": 4.0}
    base |= {"contract_share": 0.9, "contract_ramp_years": 0.0, "contract_strictness": 8.0, "contract_noise": 0.6}
    base |= {
        "contract_date_years": 0.75,
        "honour_date_years": 0.75,
        "contract_move_ratio": 4.0,
        "honour_delay_ratio": 9.0,
        "honour_windows": 1.0,
    }
    base |= {"honour_cases": 2.0, "honour_promised_days": 30.0, "honour_claim_share": 1.0}
    base |= {
        "notice_years": 0.25,
        "revitalisation_date_years": 0.5,
        "renovation_least_years": 0.3,
        "renovation_years": 0.3,
        "renovation_most_years": 0.4,
    }
    base |= {"talent_pool": 0.0, "class_years": 0.5, "shortage_growth_effect": 0.0, "shortage_move_effect": 0.0}
    classes = {"at": "2026Q2", "lever": "tailored_classes", "value": 40.0, "where": {"skill": "research"}}
    scenario = Scenario(name="x", end="2028Q4").with_parameters({**base, **changes}).with_actions(classes, *actions)
    return measure(simulate(park, scenario, events=False))


def moved_between(before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
    """Indicators that are not the same in two runs."""
    same = before["value"].eq(after["value"]) | (before["value"].isna() & after["value"].isna())
    return set(before[~same]["indicator"])


def test_no_indicator_is_dead() -> None:
    before, after = (
        lively(),
        lively(
            entry_per_year=200.0,
            prospects_per_year=10.0,
            m2_per_head=30.0,
            advance_per_year=1.0,
            absorb_per_year=0.6,
            revitalisation_budget_cny_year=1e6,
            class_stay_share=0.9,
            home_m2=70.0,
            walk_m_per_min=40.0,
        ),
    )
    calm = {"entry_per_year": 30.0, "move_out_per_year": 0.02, "absorb_per_year": 0.0, "leave_per_year": 0.0}
    calm |= {"dormancy_factor": 0.0, "fail_per_year": 0.0, "revitalisation_budget_cny_year": 0.0}
    noisy, exact = lively(**calm, contract_noise=2.0), lively(**calm, contract_noise=0.0, contract_strictness=0.5)
    moved = moved_between(before, after) | moved_between(noisy, exact)
    moved |= moved_between(before, lively({"at": "2026Q3", "lever": "anchor_exit", "value": 1}))
    # the stock of floor moves with buildings alone
    assert set(INDICATORS) - moved == {"floor_stock"}
    stock = before[before["indicator"] == "floor_stock"]["value"]
    assert stock.tolist() == [7_000.0] * 2 + [7_400.0] * 10


def test_zones_add_up_to_the_park() -> None:
    park = small_park([2_000, 3_000, 4_000], firms=stock_of(30, building="b0", floor_m2=50, staff=4))
    thirds = [
        park.zones.assign(zone_id=f"third{n}").set_geometry([shapely.box(x, 4_410_000, x + 100, 4_410_100)], crs=CRS)
        for n, x in enumerate((480_000, 480_100, 480_200))
    ]
    divided = replace(park, zones=pd.concat([park.zones, *thirds], ignore_index=True))
    run = simulate(divided, Scenario(name="x", end="2026Q4"), events=False)
    names = ["resident_firms", "staff", "entries", "moves", "exits", "floor_stock", "floor_let", "floor_vacant"]
    whole = measure(run, only=names).set_index(["quarter", "indicator", "part"])["value"]
    places = measure(run, by="zone", only=names)
    assert set(places["place"]) == {"third0", "third1", "third2"}
    parts = places.groupby(["quarter", "indicator", "part"])["value"].sum()
    gone = list(CAUSES)
    # whoever goes without having had room goes from no zone
    within = [key for key in whole.index if key[2] not in gone]
    assert parts[within].tolist() == whole[within].tolist()
    assert (parts <= whole[parts.index]).all()
