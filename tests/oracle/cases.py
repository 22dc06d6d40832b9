"""Parks, scenarios and processes on which the tellings of one story are compared."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from tests.parks import small_park
from tests.works import worked_on, works_on
from twin.engine.environment import Event, Happening, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.services import add_slots
from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import Process

SEEDS = (1, 20260101, 2**32 - 1)

TYPES = ("office", "research", "incubator", "pilot_hall", "light_manufacturing", "heritage", "office", "research")

SERVICES = (
    *("proof_of_concept", "pilot_line", "incubator", "seed_fund", "growth_fund", "compute", "recruitment"),
    *("frontier_scouting", "shared_platform"),
)

#: Where the facilities of some services are in a park with works.
PLACES = {"pilot_line": "b3", "compute": "b7", "seed_fund": "b4", "proof_of_concept": "b0", "growth_fund": "b1"}

#: One action for every lever there is.
ACTIONS = (
    {"at": "2026Q1", "lever": "entry_rate", "value": 1.5, "where": {"industry": "ai"}},
    {"at": "2026Q2", "lever": "institute_spin_offs", "value": 5.0},
    {"at": "2026Q2", "lever": "prospects", "value": 1.5, "where": {"chain_node": "A6"}},
    {"at": "2026Q3", "lever": "recruitment_hit_rate", "value": 2.0, "where": {"industry": "ai"}},
    {"at": "2026Q3", "lever": "short_list", "value": 0.5, "where": {"industry": "finance"}},
    {"at": "2026Q3", "lever": "firm_spin_offs", "value": 9.0, "where": {"industry": "ai"}},
    {"at": "2026Q4", "lever": "referrals", "value": 2.5, "where": {"industry": "ai"}},
    {"at": "2026Q3", "lever": "floor_release", "value": 0.5},
    {"at": "2026Q2", "lever": "leading_industry", "value": 3.0},
    {"at": "2026Q3", "lever": "service_slots", "value": 2, "where": {"service": "pilot_line"}},
    {"at": "2026Q3", "lever": "service_time", "value": 0.5, "where": {"service": "proof_of_concept"}},
    {"at": "2026Q3", "lever": "fund_capital", "value": 2.5e7, "where": {"fund": "seed_fund"}},
    {"at": "2026Q4", "lever": "fund_share", "value": 0.7, "where": {"fund": "seed_fund"}},
    {"at": "2026Q4", "lever": "new_space", "value": 1500, "where": {"building": "b2"}},
    {"at": "2027Q1", "lever": "advance_rate", "value": 2.5},
    {"at": "2027Q1", "lever": "rent", "value": -0.3, "where": {"zone": "park"}},
    {"at": "2027Q1", "lever": "public_rent_response", "value": 4.0},
    {"at": "2027Q1", "lever": "lease_length", "value": 0.5, "where": {"industry": "finance"}},
    {"at": "2027Q2", "lever": "entry_rate", "value": 0.4},
    {"at": "2027Q3", "lever": "service_slots", "value": -1, "where": {"service": "pilot_line"}},
    {"at": "2028Q1", "lever": "advance_rate", "value": 0.0, "where": {"stage": "lab"}},
    {"at": "2028Q3", "lever": "advance_rate", "value": 1.0},
    {"at": "2026Q2", "lever": "tier_outreach", "value": 3.0},
    {"at": "2026Q3", "lever": "review_capacity", "value": 0.01, "where": {"tier": "hnte"}},
    {"at": "2027Q1", "lever": "review_time", "value": 0.5},
    {"at": "2026Q2", "lever": "revitalisation_budget", "value": 2e7},
    {"at": "2026Q2", "lever": "low_efficiency_threshold", "value": 0.2},
    {"at": "2026Q3", "lever": "anchor_exit", "value": 1},
    {"at": "2026Q2", "lever": "anchor_entry", "value": 2, "where": {"chain_node": "A6"}},
    {"at": "2027Q4", "lever": "anchor_exit", "value": 1, "where": {"chain_node": "A6"}},
    {"at": "2026Q4", "lever": "alliance", "value": 1, "where": {"industry": "ai"}},
    {"at": "2026Q2", "lever": "chain_chief", "value": 0.5},
    {"at": "2026Q1", "lever": "scenes", "value": 3.0},
    {"at": "2026Q2", "lever": "challenges", "value": 30.0},
    {"at": "2026Q2", "lever": "events", "value": 2.0, "where": {"industry": "ai"}},
    {"at": "2027Q2", "lever": "scenes", "value": -2.0, "where": {"scene": "ai_plus"}},
    {"at": "2026Q2", "lever": "talent_programme", "value": 40.0, "where": {"skill": "engineering"}},
    {"at": "2026Q3", "lever": "tailored_classes", "value": 60.0, "where": {"skill": "research"}},
    {"at": "2026Q2", "lever": "talent_housing", "value": 30, "where": {"zone": "park"}},
    {"at": "2026Q2", "lever": "contracts", "value": 0.8},
    {"at": "2026Q2", "lever": "contract_strictness", "value": 3.0},
    {"at": "2026Q3", "lever": "honour_windows", "value": -9.0},
    {"at": "2026Q2", "lever": "honour_time", "value": 9.0},
    {"at": "2026Q2", "lever": "joint_group", "value": 0.5},
)

#: Links of the chains of the stock, one an industry; of one it is not known.
LINKS = ("A6", "I8", "K7", None, "F9", "H3", None)

#: The firm of the stock that has just come, and may be followed.
NEWCOMER = 14

#: An office that has more prospects than it can work on.
RECRUITING = {"prospects_per_year": 3.0, "hit_rate": 0.4, "service_patience_years.recruitment": 0.3}

#: Leases are short, and a few buildings attract as many away as a park full of them.
LEASES = {"lease_years": 1.5, "stay_inertia": 1.0, "come_per_year": 0.4}


#: Talent is soon short, and firms feel it; nobody lives in the park.
TALENT = {"talent_pool": 20.0, "shortage_growth_effect": 0.8, "shortage_move_effect": 3.0, "housing_stay_effect": 0.0}


def mixed_stock() -> pd.DataFrame:
    """Two dozen firms of every industry and stage, most in the first buildings, one of them an anchor."""
    rows = []
    for n in range(24):
        resident = n % 4 != 3
        rows.append(
            {
                "firm_id": 100 + 7 * n,
                "industry": (
                    "ai",
                    "industrial_internet",
                    "scifi_games",
                    "virtual_reality",
                    "finance",
                    "health",
                    "services",
                )[n % 7],
                "stage": ("lab", "pilot", "scale", "mature")[n % 4 if resident else (n // 4) % 4],
                "staff": 3 + 5 * n % 41,
                "productivity": 0.5 + n / 20,
                "founded_year": 2025.8 if n == NEWCOMER else 2012.0 + 0.53 * n,
                "chain_node": LINKS[n % 7],
                "building_id": f"b{n % 2}" if resident else None,
                "floor_m2": 30 + 7 * n if resident else 0,
                "registered": n % 5 != 2,
                "resident": resident,
                "anchor": n == 6,
            }
        )
    return pd.DataFrame(rows)


def mixed_park(scale: float = 1.0, *, slots: int = 2, stock: pd.DataFrame | None = None, openings: bool = True) -> Park:
    """Eight buildings of all types for firms, every service and a stock; two buildings and two facilities open later.

    The incubator has two houses, of which one opens later. The last five buildings lie in a cluster that one industry
    leads and then another, and some landlords are public.
    """
    lettable = [4200, 3100, 700, 1900, 1600, 800, 2500, 3000]
    opens: list[str | None] = ["2026Q3", "2027Q2"] if openings else [None, None]
    park = small_park(
        [m2 * scale for m2 in lettable],
        types=TYPES,
        rents=[4.2, 3.6, 2.5, 2.2, 2.0, 3.9, 5.1, 3.3],
        completed=[*["2010Q1"] * 6, *opens],
        slots=dict.fromkeys(SERVICES, slots),
        firms=mixed_stock() if stock is None else stock,
    )
    operators = ["shougang", None, "market", "district", "shougang", "market", "market", "district"]
    east = park.zones.assign(zone_id="east", kind="cluster")
    east = east.set_geometry(east.clip_by_rect(480_350, 4_410_000, 480_800, 4_410_100))
    led = [
        east.assign(leading_industry="ai", valid_to="2027Q2"),
        east.assign(version=2, leading_industry="finance", valid_from="2027Q2"),
    ]
    zones = gpd.GeoDataFrame(pd.concat([park.zones, *led], ignore_index=True), crs=park.zones.crs)
    heights, loads = [17.0, 21.0, 23.0, 20.0, 40.0, 18.0, 22.0, 21.0], [None, 3.5, None, None, None, 1.0, 6.0, None]
    told = {"operator": pd.Series(operators, dtype=object), "floor_load_kn_m2": pd.Series(loads, dtype=float)}
    house = park.services["service"].map({"incubator": "b2"})
    services = park.services.assign(building_id=house.astype(object).where(house.notna(), None))
    park = replace(park, zones=zones, buildings=park.buildings.assign(height_m=heights, **told), services=services)
    if not openings:
        return park
    later = pd.DataFrame(
        {
            "facility_id": ["late_line", "late_desks"],
            "service": ["pilot_line", "incubator"],
            "slots": [1, 2],
            "opens": ["2026Q3", None],
            "building_id": ["b7", "b6"],
        }
    )
    return replace(park, services=pd.concat([park.services.astype({"opens": object}), later], ignore_index=True))


def worked_park(scale: float = 1.0, **how: Any) -> Park:
    """The same with works of every kind, under way at the start and beyond the end, and with two demolitions.

    b1 becomes an incubator and b3 housing, later a pilot hall again; b4 is off line at the start; b6 gets notice the
    day it opens, and b2 hears of its end while it is worked on. b0, where most firms are, is taken down. b7 is
    renovated part by part, and again, before which tenants hear of it while the first works go on. Most of these have
    facilities.
    """
    park = mixed_park(scale, **how)
    places = park.services["building_id"].fillna(park.services["service"].map(PLACES))
    return worked_on(
        replace(park, services=park.services.assign(building_id=places)),
        works_on("b1", "2026Q4", "2027Q3", building_type="incubator", lettable_m2=2600 * scale, rent_cny_m2_day=3.0),
        works_on("b2", "2026Q3", "2027Q2", floors=3, quality=0.9),
        works_on("b7", "2028Q1", "2029Q2", phases=3, quality=0.8, lettable_m2=3100 * scale),
        works_on("b7", "2029Q2", "2029Q4", phases=2, rent_cny_m2_day=3.1),
        works_on("b3", "2026Q2", "2026Q4", building_type="talent_housing"),
        works_on("b3", "2028Q1", "2028Q3", building_type="pilot_hall", lettable_m2=2100 * scale, quality=0.8),
        works_on("b4", "2025Q3", "2026Q3", rent_cny_m2_day=2.6, height_m=13.0),
        works_on("b5", "2029Q3", "2031Q1", building_type="office"),
        works_on("b6", "2027Q1", "2027Q2", lettable_m2=3500 * scale, quality=0.7),
        closed={"b0": "2028Q2", "b2": "2027Q3"},
    )


def mixed_scenario(
    seed: int = 1,
    *,
    entry_per_year: float = 6.0,
    years: int = 4,
    grid_years: float = 0.0,
    actions: Sequence[object] = (),
    **parameters: Any,
) -> Scenario:
    """A few years with so many entrants of each industry a year; construction takes half a year."""
    return Scenario.model_validate(
        {
            "name": "mixed",
            "end": f"{2025 + years}Q4",
            "seed": seed,
            "time_grid_years": grid_years,
            "parameters": {**RECRUITING, **LEASES, **TALENT, "entry_per_year": entry_per_year}
            | {"construction_years": 0.5, **parameters},
            "actions": list(actions),
        }
    )


def listens(heard: list[Happening]) -> Process:
    """A process that waits for closings, one after another, and writes them down."""

    def process(env: ParkEnvironment) -> Generator[Event, Happening, None]:
        while True:
            heard.append((yield env.on(Kind.CLOSE)))

    return process


def adds_slots(dates: Sequence[float]) -> Process:
    """A process that opens a slot of each service at given dates."""

    def process(env: ParkEnvironment) -> Generator[Event, object, None]:
        for date in dates:
            yield env.at(date, Kind.ACTION)
            env.rule(add_slots, 0, 1)
            env.rule(add_slots, 1, 1)

    return process


def answers(env: ParkEnvironment) -> Generator[Event, Happening, None]:
    """A process that opens a slot the instant a firm tires or fails, and closes one a quarter later."""
    while True:
        happening = yield env.on(Kind.TIRED, Kind.FAIL)
        service = happening.place if happening.kind == Kind.TIRED else 0
        env.rule(add_slots, service, 1)
        yield env.timeout(0.25)
        env.rule(add_slots, service, -1)
