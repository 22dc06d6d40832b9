"""A small park where everything happens at once: crowded buildings, two zones, queues, openings, a stock of firms."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from tests.parks import small_park, stock_of
from twin.park import Park
from twin.scenario import Scenario

TYPES = ["office", "incubator", "pilot_hall", "research", "heritage", "light_manufacturing", "office", "research"]
LETTABLE_M2 = [3000.0, 1500.0, 2500.0, 4000.0, 800.0, 6000.0, 5000.0, 9000.0]


def lively_park() -> Park:
    """The park: a zone that divides into a west and an east, eight buildings of the district's, two of them to open."""
    stock = [
        stock_of(40, industry="ai", stage="lab", building="b1", staff=2, floor_m2=30),
        stock_of(8, industry="health", stage="pilot", building="b2", staff=9, floor_m2=240),
        stock_of(10, industry="finance", stage="mature", building="b0", staff=12, floor_m2=180),
        stock_of(2, industry="scifi_games", stage="scale", building="b3", staff=50, floor_m2=1500),
        stock_of(30, industry="services", stage="mature", staff=4),
    ]
    firms = pd.concat(stock, ignore_index=True)
    firms = firms.assign(firm_id=range(1, len(firms) + 1), anchor=firms.index % 25 == 0)
    completed = [*["2010Q1"] * (len(TYPES) - 2), "2027Q3", "2028Q1"]
    park = small_park(
        LETTABLE_M2,
        types=TYPES,
        rents=[4.0, 2.5, 2.0, 3.5, 3.0, 1.5, 5.0, 3.0],
        completed=completed,
        slots={"proof_of_concept": 3, "pilot_line": 2, "incubator": 8, "seed_fund": 2, "growth_fund": 1, "compute": 1}
        | {"recruitment": 2, "frontier_scouting": 1, "shared_platform": 1},
        firms=firms,
    )
    owned = park.buildings.assign(operator="district")
    return replace(park, zones=divided(park.zones), buildings=owned)


def divided(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The one zone, and its west and east halves beside it; an industry leads in the west."""
    west, south, east, north = zones.total_bounds
    middle = (west + east) / 2
    halves = [
        zones.assign(zone_id="west", leading_industry="ai", geometry=zones.clip_by_rect(west, south, middle, north)),
        zones.assign(zone_id="east", geometry=zones.clip_by_rect(middle, south, east, north)),
    ]
    return gpd.GeoDataFrame(pd.concat([zones, *halves], ignore_index=True), crs=zones.crs)


def lively_scenario(name: str = "lively") -> Scenario:
    """Five years with the catalog's rates, but for rare kinds of happening, and a few actions."""
    return Scenario.model_validate(
        {
            "name": name,
            "end": "2030Q4",
            "seed": 7,
            "parameters": {
                "entry_per_year": 25.0,
                "prospects_per_year": 3.0,
                "hit_rate": 0.4,
                "short_list_share.A8": 0.5,
                "short_list_share.F5": 0.5,
                "lease_years": 1.5,
                "stay_inertia": 1.0,
                "dormancy_factor": 0.2,
                "spin_off_per_year": 0.05,
            }
            | {"desk_capacity": 5.0, "tier_valid_years": 1.5}  # so that desks have lines, and terms end
            | {"anchor_staff": 40.0}
            | {"scene_calls_per_year": 2.0, "challenge_projects_per_year": 0.2, "events_per_year": 1.0},
            "actions": [
                {"at": "2026Q3", "lever": "service_slots", "value": 3, "where": {"service": "proof_of_concept"}},
                {"at": "2027Q1", "lever": "entry_rate", "value": 0.5},
                {"at": "2027Q1", "lever": "fund_capital", "value": 30_000_000, "where": {"fund": "seed_fund"}},
                {"at": "2027Q2", "lever": "new_space", "value": 700, "where": {"building": "b4"}},
                {"at": "2027Q3", "lever": "anchor_entry", "value": 1, "where": {"chain_node": "A6"}},
                {"at": "2028Q3", "lever": "anchor_exit", "value": 2},
                {"at": "2028Q1", "lever": "service_slots", "value": -2, "where": {"service": "proof_of_concept"}},
                {"at": "2028Q4", "lever": "rent", "value": -0.3, "where": {"zone": "east"}},
                {"at": "2029Q1", "lever": "advance_rate", "value": 1.5, "where": {"stage": "lab"}},
            ],
        }
    )
