"""Random small parks and scenarios."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from tests.parks import small_park
from tests.works import worked_on, works_on
from twin.catalog import load_catalog
from twin.levers import LEVERS, Lever
from twin.park import Park
from twin.scenario import Scenario

CATALOG = load_catalog()
INF = math.inf


def number(low: float, high: float) -> st.SearchStrategy[float]:
    """A number between bounds, both of them likely."""
    return st.one_of(st.sampled_from([low, high]), st.floats(low, high, allow_nan=False))


#: What is assumed of firms, from nothing to much too much.
PARAMETERS: dict[str, st.SearchStrategy[float]] = {
    "entry_per_year": number(0, 8),
    "prospects_per_year": number(0, 20),
    "hit_rate": number(0, 1),
    "short_list_share": number(0, 1),
    "entry_trend_per_year": number(-1, 0.5),
    "entry_jobs_elasticity": number(0, 2),
    "institute_spin_offs_per_year": number(0, 5),
    "spin_off_per_year": number(0, 0.5),
    "followers_per_firm": number(0, 0.9),
    "follow_years": number(0.01, 2),
    "release_years": number(0, 2),
    "slot_m2.incubator": number(0, 400),
    "slot_m2.proof_of_concept": number(0, 100),
    "slot_rent_ratio": number(0, 2),
    "closing_size_exponent": number(-1, 1),
    "dormancy_factor": number(0, 3),
    "dormant_least_years": number(0, 2),
    "resident_share": number(0, 1),
    "registered_share": number(0, 1),
    "advance_per_year": number(0, 3),
    "fail_per_year": number(0, 1),
    "leave_per_year": number(0, 1),
    "age_closing_factor": number(0, 2),
    "absorb_per_year": number(0, 0.5),
    "move_out_per_year": number(0, 0.5),
    "come_per_year": number(0, 3),
    "lease_years": st.sampled_from([0.2, 1.0, INF]),
    "stay_inertia": number(0, 9),
    "rent_adjustment_per_year": number(0, 20),
    "structural_vacancy": number(0, 1),
    "public_rent_response": number(0, 2),
    "rent_change_limit_per_year": st.sampled_from([0.1, 1.0, INF]),
    "large_staff": number(5, 50),
    "growth_mean": number(-0.5, 0.5),
    "growth_scale": number(0, 1),
    "expand_above": number(1, 1.5),
    "shrink_below": number(0, 1),
    "m2_per_head": number(0, 40),
    "least_m2": number(0, 400),
    "search_patience_years": st.sampled_from([0.0, 0.3, INF]),
    "taste_rent": number(-20, 20),
    "taste_jobs": number(-2, 2),
    "service_share": number(0, 1),
    "service_years": number(0.01, 2),
    "service_shape": st.sampled_from([0.5, 1.0, 1.5, INF]),
    "service_patience_years": st.sampled_from([0.0, 0.3, INF]),
    "served_advance_ratio": number(0, 6),
    "serving_fail_ratio": number(0, 3),
    "relief_ratio": number(0, 2),
    "fund_capital_cny": number(0, 1e9),
    "fund_ticket_cny": number(1e5, 1e8),
    "fund_budget_years": number(0.1, 2),
    "fund_share": number(0.01, 1),
    "fund_sure_share": number(0.01, 1),
    "construction_years": number(0, 0.6),
    "notice_years": number(0, 1),
    "revitalisation_budget_cny_year": number(0, 1e8),
    "revitalisation_carry_over": number(0, 1),
    "revitalisation_date_years": number(0, 0.99),
    "low_efficiency_quarters": st.sampled_from([1.0, 2.0]),
    "lease_up_years": st.sampled_from([0.0, 1.0]),
    "old_plant_before_year": st.sampled_from([1980.0, 2015.0]),
    "renovation_least_years": number(0, 0.3),
    "phase_m2": number(100, 2000),
    "apply_share": number(0, 1),
    "renew_share": number(0, 1),
    "desk_capacity": st.sampled_from([0.0, 1.0, 1e9]),
    "review_years": number(0, 1),
    "review_interval_years": st.sampled_from([0.05, 0.25, 1.0]),
    "tier_valid_years": number(0.1, 2),
    "anchor_pull_near": number(0.5, 3),
    "orphan_ratio": number(0.5, 20),
    "orphan_years": number(0, 1),
    "spillover_growth": number(-0.5, 0.5),
    "anchor_staff": number(1, 100),
    "chief_effort_ratio": number(0.1, 2),
    "scene_calls_per_year": number(0, 12),
    "scene_orders_per_call": number(0, 5),
    "scene_bid_share": number(0, 1),
    "order_years": number(0.1, 2),
    "order_advance_ratio": number(0, 5),
    "order_relief_ratio": number(0, 2),
    "challenge_projects_per_year": number(0, 0.5),
    "challenge_bid_share": number(0, 1),
    "challenge_relief_ratio": number(0, 2),
    "events_per_year": number(0, 6),
    "event_bid_share": number(0, 1),
    "event_prospect_boost": number(0, 20),
    "prize_advance_ratio": number(0, 5),
    "talent_pool": number(0, 50),
    "talent_slack": number(0, 1),
    "talent_inflow_per_year": number(0, 4),
    "talent_outflow_per_year": number(0, 4),
    "talent_lag_years": number(0, 3),
    "shortage_growth_effect": number(0, 5),
    "shortage_move_effect": number(0, 50),
    "contract_share": number(0, 1),
    "contract_noise": number(0, 2),
    "contract_ramp_years": st.sampled_from([0.0, 1.0]),
    "contract_grace_years": st.sampled_from([0.0, 1.0]),
    "contract_move_ratio": number(0, 20),
    "honour_windows": st.sampled_from([0.0, 1.0]),
    "honour_cases": st.sampled_from([1.0, 100.0]),
    "honour_days": number(0, 400),
    "honour_promised_days": number(0, 400),
    "honour_delay_ratio": number(0, 20),
    "coordination_years": number(0, 1),
}

#: When works may begin or end.
WORKDAYS = ("2025Q2", "2025Q4", "2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1", "2027Q2", "2027Q3", "2028Q2")

#: What works leave otherwise than it was.
AFTERWARDS = st.fixed_dictionaries(
    {},
    optional={
        "building_type": st.sampled_from([row["id"] for row in CATALOG.tables["building_types"]]),
        "lettable_m2": st.integers(0, 3000),
        "rent_cny_m2_day": number(0.5, 12),
        "quality": number(0, 1),
    },
)

QUARTERS = st.sampled_from(["2026Q1", "2026Q2", "2026Q4", "2027Q1"])

#: Values of levers that change something, and values that change nothing.
EFFECTS: dict[str, tuple[st.SearchStrategy[float], float]] = {
    "entry_rate": (number(0, 1.5), 1.0),
    "institute_spin_offs": (number(0, 5), 1.0),
    "prospects": (number(0, 5), 1.0),
    "recruitment_hit_rate": (number(0, 5), 1.0),
    "short_list": (number(-1, 1), 0.0),
    "firm_spin_offs": (number(0, 10), 1.0),
    "referrals": (number(0, 1), 1.0),
    "advance_rate": (number(0, 4), 1.0),
    "service_slots": (st.integers(-3, 3).map(float), 0.0),
    "service_time": (number(0.1, 3), 1.0),
    "rent": (number(-0.5, 1), 0.0),
    "fund_capital": (st.integers(0, 10**9).map(float), 0.0),
    "fund_share": (number(0.1, 10), 1.0),
    "public_rent_response": (number(0, 3), 1.0),
    "lease_length": (number(0.1, 3), 1.0),
    "floor_release": (number(0, 3), 1.0),
    "leading_industry": (number(0, 10), 1.0),
    "new_space": (st.integers(0, 2000).map(float), 0.0),
    "revitalisation_budget": (number(-1e6, 1e8), 0.0),
    "low_efficiency_threshold": (number(-0.5, 0.5), 0.0),
    "tier_outreach": (number(0, 4), 1.0),
    "review_capacity": (number(0, 4), 1.0),
    "review_time": (number(0.1, 4), 1.0),
    "anchor_exit": (st.integers(0, 3).map(float), 0.0),
    "anchor_entry": (st.integers(0, 3).map(float), 0.0),
    "alliance": (number(0, 1), 0.0),
    "chain_chief": (number(0, 1), 0.0),
    "scenes": (number(-2, 8), 0.0),
    "challenges": (number(-20, 60), 0.0),
    "events": (number(-2, 6), 0.0),
    "talent_programme": (number(-100, 100), 0.0),
    "tailored_classes": (number(0, 100), 0.0),
    "talent_housing": (st.integers(0, 100).map(float), 0.0),
    "contracts": (number(-1, 1), 0.0),
    "contract_strictness": (number(0, 10), 1.0),
    "honour_windows": (st.integers(-12, 3).map(float), 0.0),
    "honour_time": (number(0.1, 8), 1.0),
    "joint_group": (number(0, 3), 1.0),
}


@dataclass(frozen=True)
class Sketch:
    """What a small park is made of, short enough to be read where a test fails."""

    lettable_m2: list[int]
    types: list[str]
    rents: list[float]
    completed: list[str | None]
    slots: dict[str, int]
    firms: list[dict[str, Any]]
    works: list[dict[str, Any]]
    closed: dict[str, str]
    houses: dict[str, str]  #: of services, by building

    def park(self) -> Park:
        """The park."""
        park = small_park(
            self.lettable_m2,
            types=self.types,
            rents=self.rents,
            completed=self.completed,
            slots=self.slots,
            firms=pd.DataFrame(self.firms) if self.firms else None,
        )
        park = replace(park, services=park.services.assign(building_id=park.services["service"].map(self.houses)))
        return worked_on(park, *self.works, closed=self.closed) if self.works or self.closed else park


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    """One to six buildings, open or to be opened, with works, all services, and a stock that fits into them."""
    n = draw(st.integers(1, 6))
    lettable_m2 = [draw(st.integers(0 if b else 1, 3000)) for b in range(n)]  # levers are pulled at the first
    completed = [draw(st.sampled_from(["2010Q1", "2010Q1", "2026Q1", "2026Q3", None])) for _ in range(n)]
    plans = [draw(programmes(f"b{b}", done)) if done else ([], None) for b, done in enumerate(completed)]
    works = [row for rows, _ in plans for row in rows]
    shut = {row["building_id"] for row in works if row["starts"] <= "2026Q1"}
    return Sketch(
        lettable_m2,
        [draw(st.sampled_from(CATALOG.firm_types)) for _ in range(n)],
        [draw(number(0.5, 12)) for _ in range(n)],
        completed,
        {service: draw(st.integers(0, 3)) for service in CATALOG.services},
        draw(stocks(lettable_m2, [None if f"b{b}" in shut else done for b, done in enumerate(completed)])),
        works,
        {f"b{b}": end for b, (_, end) in enumerate(plans) if end},
        {service: f"b{draw(st.integers(0, n - 1))}" for service in ("incubator", "proof_of_concept")},
    )


@st.composite
def programmes(draw: st.DrawFn, building: str, completed: str) -> tuple[list[dict[str, Any]], str | None]:
    """Works on a building one after another, some under way at the start or beyond the end, and when it is no more."""
    dates = [date for date in WORKDAYS if date > completed]
    chosen = sorted(draw(st.one_of(st.just([]), st.lists(st.sampled_from(dates), max_size=5, unique=True))))
    closed = chosen.pop() if len(chosen) % 2 else None
    if closed is not None and closed <= "2026Q1":
        closed = None
    return [
        works_on(building, starts, ends, **draw(phased(draw(AFTERWARDS))))
        for starts, ends in zip(chosen[::2], chosen[1::2], strict=True)
    ], closed


def phased(afterwards: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """What works leave, with the phases in which they may be done: one where they change the use or the floor."""
    most = 1 if {"building_type", "lettable_m2"} & set(afterwards) else 4
    return st.integers(1, most).map(lambda phases: afterwards | {"phases": phases})


@st.composite
def stocks(draw: st.DrawFn, lettable_m2: list[int], completed: list[str | None]) -> list[dict[str, Any]]:
    """Up to a dozen firms, each in a building that is open and has the room, or in none."""
    free = [m2 if done in {"2010Q1", "2026Q1"} else 0 for m2, done in zip(lettable_m2, completed, strict=True)]
    rows: list[dict[str, Any]] = []
    for n in range(draw(st.integers(0, 12))):
        building = draw(st.integers(0, len(free) - 1))
        floor_m2 = draw(st.integers(1, 600))
        resident = floor_m2 <= free[building] and draw(st.booleans())
        if resident:
            free[building] -= floor_m2
        rows.append(
            {
                "firm_id": 3 * n + 1,
                "industry": draw(st.sampled_from(CATALOG.industries)),
                "stage": draw(st.sampled_from(CATALOG.stages)),
                "staff": draw(st.integers(1, 80)),
                "productivity": draw(number(0, 3)),
                "founded_year": draw(number(1990, 2026)),
                "building_id": f"b{building}" if resident else None,
                "floor_m2": floor_m2 if resident else 0,
                "registered": draw(st.booleans()),
                "resident": resident,
                "anchor": draw(st.integers(0, 5)) == 0,
            }
        )
    return rows


#: Industries whose chain is told; of the first four each has a scene.
CHAINS = [industry for industry in CATALOG.industries if CATALOG.nodes_of(industry)]


def _bears(lever: Lever, scope: str) -> bool:
    """Whether a lever has something to multiply there."""
    told = lever.multiplies and scope in CATALOG.scopes(lever.multiplies)
    return not told or CATALOG.value(lever.multiplies, scope) != 0.0


@st.composite
def actions(draw: st.DrawFn, *, effective: bool) -> dict[str, Any]:
    """A pull of any lever somewhere, or one that pulls it nowhere."""
    name = draw(st.sampled_from(sorted(LEVERS)))
    places = {
        "industry": st.sampled_from(CATALOG.industries),
        "chain_node": st.sampled_from(CATALOG.chain_nodes),
        "stage": st.sampled_from(CATALOG.stages),
        "tier": st.sampled_from(CATALOG.tiers),
        "service": st.sampled_from(CATALOG.services),
        "fund": st.sampled_from(CATALOG.funds),
        "scene": st.sampled_from(CATALOG.scenes),
        "building": st.just("b0"),
        "zone": st.just("park"),
        "skill": st.sampled_from(CATALOG.skills),
    }
    lever = LEVERS[name]
    asked = [field for field in lever.where if field in lever.needs or draw(st.booleans())]
    if "chain_node" in asked:  # which says the industry
        asked = [field for field in asked if field != "industry"]
    if lever.chains:
        places["industry"] = st.sampled_from(CHAINS)
    if "scene" in lever.where:  # of which each is for few links, so that two fields seldom name one
        asked = asked[:1]
        places |= {"industry": st.sampled_from(CHAINS[:4]), "chain_node": st.sampled_from(["A8", "H3", "K5", "V9"])}
    if lever.public:  # landlords are drawn apart
        asked = []
    value = draw(EFFECTS[name][0]) if effective else EFFECTS[name][1]
    return {
        "at": draw(QUARTERS),
        "lever": name,
        "value": value,
        "where": {field: draw(places[field].filter(partial(_bears, lever))) for field in asked},
    }


@st.composite
def scenarios(draw: st.DrawFn, *, pulled: int = 4) -> Scenario:
    """Up to two years under some assumptions, with up to so many levers pulled."""
    chosen = draw(st.lists(st.sampled_from(sorted(PARAMETERS)), max_size=8, unique=True))
    return Scenario.model_validate(
        {
            "name": "random",
            "end": draw(st.sampled_from(["2027Q1", "2027Q4"])),
            "seed": draw(st.integers(0, 2**32 - 1)),
            "time_grid_years": draw(st.sampled_from([0.0, 0.0, 1 / 64, 1 / 4])),
            "parameters": {"entry_per_year": 5.0, "prospects_per_year": 3.0}
            | {name: draw(PARAMETERS[name]) for name in chosen},
            "actions": draw(st.lists(actions(effective=True), max_size=pulled)),
        }
    )
