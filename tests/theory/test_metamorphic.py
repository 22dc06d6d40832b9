"""Changes whose effect is known without knowing the result: none at all, everything twice as fast, or one way only.

Draws are keyed by who draws, so that two runs of one seed meet the same luck; what a change does not touch stays as it
was to the bit.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory.lively import lively_park, lively_scenario
from tests.theory.quiet import LIMIT, Floats, groups, judge, quiet, replicate, stock_of_all, z_of_mean
from twin.levers import LEVERS, Lever, neutral
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate


def pull(lever: Lever, value: float) -> dict[str, Any]:
    """The action of pulling a lever, narrowed to something where it has to be."""
    anything = {
        "industry": "ai",
        "stage": "lab",
        "service": "proof_of_concept",
        "fund": "seed_fund",
        "tier": "hnte",
        "zone": "park",
        "building": "b3",
        "chain_node": "A6",
        "skill": "engineering",
    }
    return {
        "at": "2027Q1",
        "lever": lever.name,
        "value": value,
        "where": {field: anything[field] for field in lever.needs},
    }


#: Firms are few and have a choice; plants are old, floor is quickly found to be little let, and there is money for
#: both; leases carry agreements.
RENEWED: dict[str, float | dict[str, float]] = {
    "entry_per_year": 2.0,
    "old_plant_before_year": 2015.0,
    "low_efficiency_share": 0.95,
    "low_efficiency_quarters": 1.0,
    "lease_up_years": 0.0,
    "revitalisation_budget_cny_year": 1e7,
    "contract_share": 0.7,
    "contract_ramp_years": 0.0,
}

#: Nobody calls, puts up or holds anything, so that nothing else that is assumed of it matters.
NO_OCCASIONS: dict[str, float | dict[str, float]] = {
    "scene_calls_per_year": 0.0,
    "challenge_projects_per_year": 0.0,
    "events_per_year": 0.0,
}


#: Levers of what there is none of at the start, so that less of it is still none.
NOTHING_TO_TAKE = {"talent_programme", "tailored_classes"}


@cache
def a_company_among_owners() -> tuple[Park, str]:
    """The lively park with a building of Shougang's, and the hash of its run with no lever pulled."""
    lively = lively_park()
    company = lively.buildings["operator"].where(lively.buildings["building_id"] != "b4", "shougang")
    park = replace(lively, buildings=lively.buildings.assign(operator=company))
    return park, simulate(park, lively_scenario().with_parameters(RENEWED)).sha256()


@pytest.mark.parametrize("name", list(LEVERS))
def test_lever_without_effect(name: str) -> None:
    """Every lever, pulled by nothing, leaves every bit of the record as it was; pulled by something, it does not."""
    lever, scenario, nil = LEVERS[name], lively_scenario().with_parameters(RENEWED), neutral(LEVERS[name])
    park, base = a_company_among_owners()
    assert nil is not None
    assert simulate(park, scenario.with_actions(pull(lever, nil))).sha256() == base
    fewer = lever.low / 2 if lever.low < 0 and name not in NOTHING_TO_TAKE else min(lever.high, 1000.0)
    something = nil * 0.5 if nil else fewer
    assert simulate(park, scenario.with_actions(pull(lever, something))).sha256() != base


#: Rates of a park in which every clock but the yearly growth runs: a year, or an inverse year.
RATES = {
    "entry_per_year": 150.0,
    "entry_trend_per_year": 0.1,
    "advance_per_year": 0.3,
    "fail_per_year": 0.2,
    "leave_per_year": 0.05,
    "absorb_per_year": 0.01,
    "move_out_per_year": 0.02,
    "come_per_year": 0.2,
}
TIMES = {
    "service_years.proof_of_concept": 1.0,
    "service_years.pilot_line": 0.75,
    "service_patience_years": 0.5,
    "search_patience_years": 0.5,
    "age_at_entry_years": 1.5,
    "lease_years": 0.5,
}
AGES = {1.0: 0.02, 2.0: 0.06, 5.0: 0.2, 10.0: 0.3}


def at_speed(speed: float, *, years: int, wrong: float = 1.0) -> pd.DataFrame:
    """The log of a park where every rate is `speed` times as high and every time as much shorter, but for growth.

    `wrong` is a factor on one of the rates alone.
    """
    parameters: dict[str, float | dict[str, float]] = {name: rate * speed for name, rate in RATES.items()}
    parameters["move_out_per_year"] = RATES["move_out_per_year"] * speed * wrong
    parameters |= {name: time / speed for name, time in TIMES.items()}
    parameters |= {
        "resident_share": 0.7,
        "stage_share": 0.25,
        "entry_staff_sigma": 1.0,
        "entry_staff": 8.0,
        "m2_per_head": 20.0,
        "least_m2": 50.0,
        "taste_rent": -1.0,
        "stay_inertia": 0.0,
        "age_closing_factor": 1.0,
        "service_share": 0.5,
        "served_advance_ratio": 2.0,
        "service_shape": 1.5,
        "closing_by_age": {f"{age / speed!r}": probability for age, probability in AGES.items()},
    }
    # resizing comes with growth; nobody is ever too small or too large where it is
    park = small_park(
        [9000.0, 20000.0, 4000.0, 500_000.0],
        types=["office", "research", "incubator", "light_manufacturing"],
        slots=dict(SLOTS),
    )
    record = simulate(park, quiet(parameters, quarters=4 * years))
    assert record.events is not None
    log = record.events[record.events["kind"] != "grow"].reset_index(drop=True)
    waits = log["kind"].isin(["start", "tired"])
    amount = log["amount"].where(~waits, log["amount"] * speed)
    return log.assign(time_years=log["time_years"] * speed, amount=amount)


SLOTS = {"proof_of_concept": 20, "pilot_line": 10}


def test_twice_as_fast() -> None:
    """Twice the rates are half the times, happening for happening and to the bit, as two is a power of two.

    Growth falls on the day of the year whatever the rates, and is nil here. The planted error is 3 % in one rare rate.
    """
    slow = at_speed(1.0, years=6)
    assert len(slow) > 10_000
    assert {
        "settle",
        "wait",
        "give_up",
        "advance",
        "fail",
        "leave",
        "close",
        "absorb",
        "move",
        "tired",
        "served",
    } <= set(slow["kind"].unique())
    pd.testing.assert_frame_equal(slow, at_speed(2.0, years=3), check_exact=True)
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(slow, at_speed(2.0, years=3, wrong=1.03), check_exact=True)


def without(park: Park, building_id: str) -> Park:
    """The park without one of its buildings."""
    return replace(park, buildings=park.buildings[park.buildings["building_id"] != building_id].reset_index(drop=True))


@pytest.mark.parametrize(
    ("kind", "where"),
    [*((kind, where) for kind in ("retail", "nothing to let") for where in ("b0", "b2", "b4")), ("heritage", "b4")],
)
def test_a_building_nobody_may_enter(kind: str, where: str) -> None:
    """An empty building that is for others, suits no firm or has nothing to let changes nothing but its own rows.

    One that suits no firm has a place in the choice all the same, so that it must come last, as edits add it. Rents,
    which would follow its vacancy, stand still.
    """
    n = int(where[1])
    types, lettable_m2 = ["office", "incubator", "research", "incubator", "research"], [2e3, 1e3, 3e3, 2e3, 1e3]
    types[n] = "office" if kind == "nothing to let" else kind
    lettable_m2[n] = 0.0 if kind == "nothing to let" else 5e4
    park = small_park(lettable_m2, types=types, rents=[4.0, 2.0, 3.0, 2.5, 3.5], slots=dict(SLOTS))
    # heritage suits none but mature firms, and there are none
    scenario = Scenario.model_validate(
        {
            "name": "nobody-may-enter",
            "end": "2028Q4",
            "parameters": {
                "stage_share.mature": 0.0,
                "advance_per_year.scale": 0.0,
                "rent_adjustment_per_year": 0.0,
            },
        }
    )
    there, gone = simulate(park, scenario), simulate(without(park, where), scenario)
    assert there.events is not None
    assert len(there.events) > 5000
    for (name, frame), (_, other) in zip(there.frames(), gone.frames(), strict=True):
        seen = frame[frame["building_id"] != where] if name == "buildings" else frame
        pd.testing.assert_frame_equal(plain(seen), plain(other), check_exact=True, obj=name)
    # and a building that suits somebody does not go unnoticed
    firm_buildings = small_park([*lettable_m2[:n], 5e4, *lettable_m2[n + 1 :]], rents=[4.0, 2.0, 3.0, 2.5, 3.5])
    assert firm_buildings.sha256 != park.sha256
    assert simulate(firm_buildings, scenario).sha256() != gone.sha256()


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with ids as text: the sets they are drawn from may differ by the building in question."""
    ids = [column for column in frame if isinstance(frame[column].dtype, pd.CategoricalDtype | pd.StringDtype)]
    return frame.astype(dict.fromkeys(ids, object)).reset_index(drop=True)


def test_services_that_do_nothing_change_nothing() -> None:
    """Where no service helps, firms live as they do where nobody asks for one; and where one helps, they do not."""
    idle = {"served_advance_ratio": 1.0, "serving_fail_ratio": 1.0, "relief_ratio": 1.0}
    park, scenario = lively_park(), lively_scenario().with_parameters(idle)
    asked, nobody = (
        simulate(park, scenario.with_parameters({"service_share": share}), events=False) for share in (1.0, 0.0)
    )
    pd.testing.assert_frame_equal(asked.groups, nobody.groups)
    pd.testing.assert_frame_equal(asked.failures, nobody.failures)
    for name in idle:
        helped = simulate(park, scenario.with_parameters({"service_share": 1.0, name: 0.5}), events=False)
        assert not helped.groups.equals(asked.groups), name


def test_scenes_that_nobody_holds_change_nothing() -> None:
    """Without calls, lists and events every other quantity about them may be anything, to the bit."""
    park, scenario = lively_park(), lively_scenario().with_parameters(NO_OCCASIONS)
    base = simulate(park, scenario)
    assert base.awards.empty
    anything = {
        "order_advance_ratio": 9.0,
        "order_relief_ratio": 0.0,
        "scene_orders_per_call": 99.0,
        "scene_bid_share": 1.0,
        "prize_advance_ratio": 9.0,
        "challenge_relief_ratio": 0.0,
        "event_prospect_boost": 9.0,
        "order_cny": 1e9,
    }
    assert simulate(park, scenario.with_parameters(anything)).sha256() == base.sha256()


def test_a_scene_for_links_nobody_is_in_reaches_nobody() -> None:
    """It calls, finds no firm that might bid, and says so; firms live as if it had not called."""
    firms = stock_of(30, industry="finance", stage="pilot").assign(chain_node="F1")
    park = small_park([100.0], firms=firms)
    scenario = quiet({"fail_per_year": 0.3, "scene_bid_share": 1.0}, quarters=8)
    called = simulate(park, scenario.with_parameters({"scene_calls_per_year.credit_health": 4.0}))
    row = called.scenes[called.scenes["scene"] == "credit_health"]
    assert row["calls"].tolist() == [1] * 8
    assert row["eligible"].sum() == row["orders"].sum() == 0
    pd.testing.assert_frame_equal(called.groups, simulate(park, scenario).groups)
    # and one for a link that some are in does not go unnoticed
    of_link = replace(park, firms=firms.assign(chain_node="F8"))
    reached = simulate(of_link, scenario.with_parameters({"scene_calls_per_year.credit_health": 4.0})).scenes
    assert reached["orders"].sum() > 0


def tenants_of(park: Park, cut: float, building: str, replication: int) -> set[int]:
    """Firms that choose a building when its rent is cut at the start."""
    scenario = quiet({"entry_per_year": 500.0, "resident_share": 1.0, "taste_rent": -1.2}).with_actions(
        {"at": "2026Q1", "lever": "rent", "value": -cut, "where": {"building": building}}
    )
    record = simulate(park, scenario, replication=replication)
    assert record.firms is not None
    return set(record.firms.loc[record.firms["building_id"] == building, "firm"])


@pytest.mark.parametrize("building", ["b0", "b1", "b3"])
def test_a_rent_cut_never_drives_away(building: str) -> None:
    """The more its rent is cut, the more firms choose a building: with the same luck, whoever came stays."""
    park = small_park([1e6] * 4, rents=[4.0, 3.0, 5.0, 2.0])
    for replication in range(5):
        tenants = [tenants_of(park, cut, building, replication) for cut in (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)]
        for fewer, more in pairwise(tenants):
            assert fewer < more
    raised = tenants_of(park, -0.05, building, 0)
    assert not tenants_of(park, 0.0, building, 0) <= raised


def test_order_and_names_do_not_matter() -> None:
    """Rows of the stock in another order are the same park; buildings under other names live the same life."""
    park, scenario = lively_park(), lively_scenario()
    base = simulate(park, scenario)
    shuffled = replace(park, firms=park.firms.sample(frac=1.0, random_state=1))
    assert simulate(shuffled, scenario).sha256() == base.sha256()

    names = {name: f"house-{n}" for n, name in enumerate(park.buildings["building_id"])}
    renamed = replace(
        park,
        buildings=park.buildings.assign(building_id=park.buildings["building_id"].map(names)),
        firms=park.firms.assign(building_id=park.firms["building_id"].map(names)),
    )
    actions = [a.model_dump() for a in scenario.actions]
    for action in actions:
        action["where"]["building"] = names.get(action["where"]["building"])
    other = simulate(renamed, scenario.with_changes(actions=actions))
    for (name, frame), (_, same) in zip(base.frames(), other.frames(), strict=True):
        expected = plain(frame)
        if "building_id" in expected:
            expected["building_id"] = expected["building_id"].map(names).astype(object)
        if "building" in expected:
            expected["building"] = expected["building"].map(names).astype(object)
        pd.testing.assert_frame_equal(expected, plain(same), check_exact=True, obj=name)


def test_relabelled_firms_have_other_luck_of_the_same_law(slip: float) -> None:
    """Firms under other numbers meet other luck, and no more or less of it: half a year leaves exp(-1/2) of either."""
    scenario = quiet({"move_out_per_year": 1.0 * slip}, quarters=2)

    def left(record: Record) -> Floats:
        return groups(record, "remote_firms")[-1].sum(axis=(0, 2))[:, None]

    as_they_are, relabelled = (
        replicate(stock_of_all(500, first_id=first_id), scenario, 30, left)[:, 0] for first_id in (1, 70_001)
    )
    assert abs(np.corrcoef(as_they_are, relabelled)[0, 1]) < LIMIT / math.sqrt(len(relabelled))
    assert abs(z_of_mean(as_they_are - relabelled, 0.0)) < LIMIT
    judge("relabelled firms", {"left": z_of_mean(relabelled, 500.0 * math.exp(-0.5))}, slip)
