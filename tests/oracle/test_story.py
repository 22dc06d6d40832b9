"""The plain SimPy story and the compiled engine tell the same log, row for row and to the bit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.oracle.cases import mixed_park, mixed_scenario, mixed_stock, worked_park
from tests.oracle.story import Row, Story, tell
from twin.engine.kinds import Kind
from twin.park import Park, load_park
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.units import Quarter


def often(values: list[float]) -> list[Any]:
    """Values that are tried among the slow tests alone."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


def story_of(park: Park, scenario: Scenario, *, replication: int = 0) -> list[Row]:
    """The story's log."""
    return tell(
        park,
        scenario.catalog(park.catalog),
        start=Quarter.parse(scenario.start),
        years=scenario.years,
        seed=(replication << 32) + scenario.seed,
        grid_years=scenario.time_grid_years,
    )


def events_of(park: Park, scenario: Scenario, *, replication: int = 0) -> list[Row]:
    """The engine's log, ids as text; the story leaves the ladder of tiers out, which changes nothing else."""
    events = simulate(park, scenario, replication=replication).events
    assert events is not None
    events = events[~events["kind"].isin(["recognise", "lapse"])]
    assert list(events.columns) == list(Row._fields)
    columns = [events[name].astype(object).where(events[name].notna(), None).tolist() for name in events.columns]
    return [Row(*row) for row in zip(*columns, strict=True)]


def check_same(told: list[Row], happened: list[Row]) -> None:
    """No row more or less, no bit of a date or an amount different."""
    for n, (one, other) in enumerate(zip(told, happened, strict=False)):
        assert one == other, f"row {n}"
    assert len(told) == len(happened)


@pytest.mark.parametrize("seed", [1, *often([7, 2**32 - 1])])
@pytest.mark.parametrize("grid_years", [0.0, 1 / 64, 1 / 16, 1 / 4])
def test_a_mixed_park(seed: int, grid_years: float) -> None:
    park, scenario = mixed_park(), mixed_scenario(seed, entry_per_year=15, grid_years=grid_years)
    told = story_of(park, scenario)
    assert len(told) > 400
    check_same(told, events_of(park, scenario))


@pytest.mark.parametrize("notice_years", [0.5, *often([0.0, 2.0])])
@pytest.mark.parametrize("grid_years", [0.0, 1 / 16, *often([1 / 4])])
@pytest.mark.parametrize("scale", [*often([1.0]), 0.4])
def test_a_park_with_works(scale: float, grid_years: float, notice_years: float) -> None:
    park = worked_park(scale)
    scenario = mixed_scenario(5, entry_per_year=15, grid_years=grid_years, notice_years=notice_years)
    check_same(story_of(park, scenario), events_of(park, scenario))


@pytest.mark.parametrize("grid_years", [0.0, 1 / 4])
def test_a_park_with_works_on_houses(grid_years: float) -> None:
    park, wide = worked_park(), dict[str, Any]({"slot_m2.incubator": 200.0, "service_share": 1.0, "notice_years": 0.5})
    scenario = mixed_scenario(8, entry_per_year=25, grid_years=grid_years, **wide)
    check_same(story_of(park, scenario), events_of(park, scenario))


@pytest.mark.uncompiled
def test_few_firms_in_a_park_with_works() -> None:
    park, scenario = worked_park(), mixed_scenario(6, entry_per_year=3, years=3)
    check_same(story_of(park, scenario), events_of(park, scenario))


@pytest.mark.uncompiled
def test_few_firms() -> None:
    park, scenario = mixed_park(), mixed_scenario(3, entry_per_year=3, years=3)
    check_same(story_of(park, scenario), events_of(park, scenario))


CORNERS: list[dict[str, Any]] = [
    {"search_patience_years": 0.0, "service_patience_years": 0.0},
    {"search_patience_years": math.inf, "service_patience_years": math.inf, "least_m2": 300.0},
    {"service_shape": math.inf, "service_share": 1.0, "come_per_year": 2.0, "lease_years": 0.3},
    {"service_shape": 2.5, "service_share": 1.0, "service_patience_years": 3.0},
    {"growth_scale": 1.0, "expand_above": 1.0, "shrink_below": 1.0, "large_staff": 20.0},
    {"lease_years": 0.5, "stay_inertia": 0.0, "fast_growth": 0.0, "fast_relocate_ratio": 4.0, "growth_scale": 0.5},
    {"lease_years": 0.25, "stay_inertia": 2.0, "large_staff": 10.0, "large_relocate_ratio": 0.2},
    {"lease_years": math.inf, "come_per_year": 20.0, "resident_share": 0.0},
    {"slot_m2.incubator": 400.0, "service_share": 1.0, "come_per_year": 2.0, "growth_scale": 0.5},
    {"slot_m2.incubator": 150.0, "slot_m2.proof_of_concept": 120.0, "service_share": 0.8, "resident_share": 1.0}
    | {"service_years.incubator": 0.4, "lease_years": 0.7, "search_patience_years": 1.0},
    {"entry_season_amplitude": 0.0, "entry_trend_per_year": -0.5},
    {"entry_season_amplitude": 0.0, "entry_trend_per_year": 0.0, "resident_share": 1.0},
    {"advance_per_year": 3.0, "served_advance_ratio": 10.0, "service_share": 1.0, "service_years": 0.2},
    {
        "served_advance_ratio": 2.0,
        "service_share": 1.0,
        "service_years": 0.1,
        "relief_ratio": 0.2,
        "fail_per_year": 2.0,
    },
    {"serving_fail_ratio": 0.3, "fail_per_year": 1.0, "service_share": 0.7, "service_years.incubator": 0.6},
    {"serving_fail_ratio": 0.0, "relief_ratio": 0.0, "fail_per_year": 3.0, "service_shape": math.inf},
    {"fund_capital_cny": 3e7, "fund_ticket_cny": 1.7e6, "fund_budget_years": 0.3, "service_share": 1.0}
    | {"service_patience_years": math.inf, "absorb_per_year": 0.4, "service_years": 0.125, "fund_multiple": 9.0},
    {"fund_share": 0.2, "fund_sure_share": 0.9, "fund_capital_cny": 3e7, "fund_ticket_cny": 1.7e6}
    | {"service_share": 1.0, "service_years": 0.125, "advance_per_year": 0.5, "absorb_per_year": 0.2},
    {"fund_capital_cny": 1e12, "fund_multiple_sigma": 3.0, "service_share": 1.0, "advance_per_year": 2.0},
    {"closing_factor": 20.0, "age_closing_factor": 0.7, "absorb_per_year": 0.3, "move_out_per_year": 0.3},
    {"dormancy_factor": 3.0, "age_closing_factor": 1.0, "closing_factor": 0.0, "dormant_least_years": 0.1},
    {"closing_size_exponent": -0.8, "age_closing_factor": 1.0, "closing_factor": 5.0, "growth_scale": 0.6},
    {"spin_off_per_year": 0.6, "institute_spin_offs_per_year": 9.0, "node_share.A6": 0.5},
    {"entry_jobs_elasticity": 2.0, "newborn_share": 0.5, "closing_factor": 5.0},
    {
        "rent_adjustment_per_year": 9.0,
        "rent_change_limit_per_year": 2.0,
        "structural_vacancy": 0.3,
        "taste_rent": -4.0,
    },
    {"rent_floor_ratio": 0.9, "rent_ceiling_ratio": 1.02, "public_rent_response": 3.0, "taste_rent": -4.0},
    {"taste_jobs": 3.0, "taste_rent": -8.0, "near_m": 150.0},
    {"prospects_per_year": 9.0, "short_list_share": 0.4, "hit_rate": 0.9, "service_years.recruitment": 0.1},
    {
        "prospects_per_year": 9.0,
        "short_list_share": 1.0,
        "service_patience_years": 0.0,
        "search_patience_years": 0.0,
    },
    {"talent_pool": 0.0, "talent_lag_years": 0.0, "talent_outflow_per_year": 4.0, "talent_inflow_per_year": 0.0}
    | {"shortage_move_effect": 20.0, "move_out_per_year": 0.2},
    {"talent_pool": 300.0, "talent_lag_years": 0.6, "talent_inflow_elasticity": 3.0, "shortage_growth_effect": 9.0},
    {"prospects_per_year": 4.0, "short_list_share": 0.2, "hit_rate": 1.0, "service_patience_years": math.inf}
    | {"service_shape": math.inf, "service_years.recruitment": 0.125, "resident_share": 1.0},
]


def tried() -> Iterator[Any]:
    """One corner in three each time, on dates of any kind; all of them, and one in three on a grid, with the slow."""
    for n, corner in enumerate(CORNERS):
        for grid in (0.0, 1 / 16) if n % 3 == 0 else (0.0,):
            marks = [] if n % 3 == 0 and grid == 0.0 else [pytest.mark.slow]
            yield pytest.param(corner, grid, id=f"{', '.join(corner)} {grid}", marks=marks)


@pytest.mark.parametrize(("parameters", "grid_years"), list(tried()))
def test_corners_of_conduct(parameters: dict[str, Any], grid_years: float) -> None:
    park = mixed_park(0.6)
    scenario = mixed_scenario(11, entry_per_year=15, grid_years=grid_years, **parameters)
    check_same(story_of(park, scenario, replication=5), events_of(park, scenario, replication=5))


@pytest.mark.parametrize("grid_years", [0.0, 1 / 16])
@pytest.mark.parametrize("orphan_years", [0.4, *often([0.0, 3.0])])
def test_a_park_that_loses_its_anchors(grid_years: float, orphan_years: float) -> None:
    """Half the stock are anchors, works drive many of them out, and firms near them on the chains mind."""
    stock = mixed_stock()
    links = stock["chain_node"].fillna("K6").where(stock["industry"] != "services")
    stock = stock.assign(anchor=stock["firm_id"] % 2 == 0, chain_node=links)
    park = worked_park(0.5, stock=stock.assign(industry=stock["industry"].replace("virtual_reality", "scifi_games")))
    strong: dict[str, Any] = {
        "anchor_pull_near": 2.0,
        "anchor_pull_far": 1.4,
        "orphan_ratio": 6.0,
        "spillover_growth": 0.2,
    }
    moving: dict[str, Any] = {"move_out_per_year": 0.2, "age_closing_factor": 0.5, "institute_spin_offs_per_year": 3.0}
    scenario = mixed_scenario(
        4, entry_per_year=15, grid_years=grid_years, orphan_years=orphan_years, **strong, **moving
    )
    told = story_of(park, scenario)
    assert sum(row.kind == "orphan" for row in told) > 3
    check_same(told, events_of(park, scenario))


def test_the_stories_tell_of_everything() -> None:
    """Every kind of happening is in the first story but those that are levers' or planners' alone."""
    livelier: dict[str, Any] = {"dormancy_factor": 1.0, "spin_off_per_year": 0.1, "stay_inertia": 0.0}
    kinds = {row.kind for row in story_of(worked_park(0.8), mixed_scenario(11, entry_per_year=10, years=6, **livelier))}
    assert kinds == {
        *(
            "enter",
            "settle",
            "wait",
            "give_up",
            "join",
            "start",
            "served",
            "tired",
            "advance",
            "grow",
            "resize",
            "open",
        ),
        *("come", "lease_end", "renew", "move", "fail", "leave", "close", "absorb", "move_out", "sleep"),
        *("spin_off", "follow"),
        *("notice", "displace", "lose", "shut", "demolish", "reopen"),
        *("list", "win", "decline", "fade"),
        "orphan",
    }


@pytest.mark.slow
def test_the_shipped_park() -> None:
    """A year of some thousand firms in some hundred buildings."""
    park = load_park()
    scenario = Scenario(name="shipped", end="2026Q4", seed=5)
    told = story_of(park, scenario)
    assert len(told) > 3000
    check_same(told, events_of(park, scenario))


def test_residents_pay_the_same_rents_until_the_same_dates() -> None:
    park, scenario = worked_park(), mixed_scenario(5, entry_per_year=15, lease_years=1.5)
    story = Story(park, scenario.catalog(park.catalog), start=Quarter.parse(scenario.start), seed=scenario.seed)
    story.env.run(until=scenario.years)
    record = simulate(park, scenario)
    assert record.firms is not None
    residents = record.firms[record.firms["status"] == "resident"]
    columns = ("firm", "building_id", "rent_paid_cny_m2_day", "lease_ends_years")
    paid = set(zip(*(residents[column] for column in columns), strict=True))
    told = {
        (firm.key, firm.building.name, np.float32(firm.rent_paid), firm.dates.get(Kind.LEASE_END, math.inf))
        for firm in story.firms
        if firm.building is not None
    }
    assert paid == told
    assert len({rent for _, _, rent, _ in told}) > 5


def test_a_story_told_wrong_is_noticed() -> None:
    """One per mille more floor, another seed or an earlier notice, and the logs part."""
    park, scenario = mixed_park(), mixed_scenario(1, entry_per_year=15)
    buildings = park.buildings.copy()
    buildings["lettable_m2"] *= 1.001
    with pytest.raises(AssertionError):
        check_same(story_of(replace(park, buildings=buildings), scenario), events_of(park, scenario))
    with pytest.raises(AssertionError):
        check_same(story_of(park, scenario), events_of(park, scenario.with_changes(seed=2)))
    with pytest.raises(AssertionError):
        check_same(
            story_of(worked_park(), scenario.with_changes(parameters={"notice_years": 0.75})),
            events_of(worked_park(), scenario.with_changes(parameters={"notice_years": 0.5})),
        )


def test_facilities_told_at_no_place_are_noticed() -> None:
    """A story in which slots stay open while their building is closed is another one."""
    park, scenario = worked_park(), mixed_scenario(5, entry_per_year=15, service_share=1.0)
    placeless = replace(park, services=park.services.assign(building_id=None))
    with pytest.raises(AssertionError):
        check_same(story_of(placeless, scenario), events_of(park, scenario))
    check_same(story_of(placeless, scenario), events_of(placeless, scenario))
