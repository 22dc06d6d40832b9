"""Who signs an agreement, who has to go and where to, floor let again, and decisions that wait for each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.unit.engine.stories import STILL
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate

#: Everybody under an agreement that nobody can keep, reviewed at mid-year without noise.
IMPOSSIBLE = {
    "contract_share": 1.0,
    "contract_strictness": 100.0,
    "contract_noise": 0.0,
    "contract_ramp_years": 0.0,
    "contract_date_years": 0.5,
}


def let(*m2: float, operators: list[str] | None = None, stage: str = "mature", **firms: Any) -> Park:
    """Office buildings with a mature firm of one person on 50 m² in the first."""
    park = small_park(
        list(m2), firms=stock_of(1, building="b0", floor_m2=50, stage=stage, industry="ai").assign(**firms)
    )
    return replace(park, buildings=park.buildings.assign(operator=operators or ["district"] * len(m2)))


def played(park: Park, *actions: dict[str, Any], end: str = "2028Q4", **parameters: float) -> Record:
    """A run of a park in which nothing happens of itself."""
    told = STILL | IMPOSSIBLE | {name.replace("__", "."): value for name, value in parameters.items()}
    return simulate(park, Scenario(name="x", end=end).with_parameters(told).with_actions(*actions))


def happened(record: Record) -> list[tuple[float, str, Any]]:
    """Dates, kinds and buildings of what happens, growth apart."""
    assert record.events is not None
    events = record.events[record.events["kind"] != "grow"]
    places = events["building"].astype(object).where(events["building"].notna(), None)
    return list(zip(events["time_years"], events["kind"].astype(str), places, strict=True))


def test_a_firm_is_warned_and_a_year_later_moves_to_a_landlord_that_asks_nothing() -> None:
    record = played(let(50, 50, 50, operators=["district", "district", "market"]))
    assert happened(record)[:3] == [(0.5, "warn", "b0"), (1.5, "expel", "b0"), (1.5, "move", "b2")]
    assert "warn" not in {kind for _, kind, _ in happened(record)[3:]}
    penalties = record.purse[record.purse["item"] == "penalties"].set_index("quarter")["cny"]
    assert penalties["2027Q3"] == pytest.approx(-0.2 * 50 * 4.0 * 365)
    assert penalties.drop("2027Q3").eq(0.0).all()


@pytest.mark.parametrize("m2", [(50,), (50, 50)], ids=["no other room", "public landlords alone"])
def test_a_firm_that_finds_nothing_is_lost_and_its_floor_stands_vacant(m2: tuple[int, ...]) -> None:
    record = played(let(*m2))
    assert [kind for _, kind, _ in happened(record)] == ["warn", "expel", "lose"]
    floor = record.buildings.set_index("quarter")[["ended_m2", "relet_m2", "ended_m2_years"]]
    floor = floor.groupby("quarter").sum()
    assert floor.loc["2027Q3", "ended_m2"] == 50
    assert floor["relet_m2"].sum() == 0
    assert floor["ended_m2_years"].sum() == pytest.approx(50 * 1.5)


def test_floor_that_is_no_more_is_not_let_again() -> None:
    park = let(50).edit([{"edit": "demolish", "at": "2028Q2", "buildings": ["b0"]}])
    floor = played(park).buildings.set_index("quarter")[["ended_m2", "relet_m2", "gone_m2", "ended_m2_years"]].sum()
    assert (floor["ended_m2"], floor["relet_m2"], floor["gone_m2"]) == (50, 0, 50)
    assert 0.0 < floor["ended_m2_years"] < 50 * 1.5


def test_without_grace_who_is_warned_goes_at_once() -> None:
    assert [kind for _, kind, _ in happened(played(let(50), contract_grace_years=0.0))] == ["warn", "expel", "lose"]
    assert {time for time, *_ in happened(played(let(50), contract_grace_years=0.0))} == {0.5}


def test_who_was_registered_before_it_came_is_a_newcomer() -> None:
    """The time before the first review counts from the first room."""
    park = let(50, building_id=None, floor_m2=0, resident=False, founded_year=2010.0)
    log = happened(played(park, come_per_year=1e3, contract_ramp_years=2.0))
    assert [kind for _, kind, _ in log if kind in {"settle", "warn"}] == ["settle", "warn"]
    assert next(time for time, kind, _ in log if kind == "warn") == 2.5


def test_a_firm_of_the_stock_without_floor_keeps_bounds_on_floor() -> None:
    log = happened(played(let(50, floor_m2=0), contract_date_years=0.0, end="2026Q1"))
    assert {kind for _, kind, _ in log} <= {"resize"}


def test_floor_that_somebody_waits_for_is_let_again_at_once() -> None:
    record = played(let(50), entry_per_year__ai=40.0)
    floor = record.buildings.set_index("quarter")[["ended_m2", "relet_m2", "ended_m2_years"]]
    assert floor["ended_m2"].sum() >= 50
    assert floor["relet_m2"].sum() == floor["ended_m2"].sum()
    assert floor["ended_m2_years"].sum() == 0.0


@pytest.mark.parametrize(
    ("park", "why"),
    [
        (let(50, operators=["market"]), "a private landlord asks for none"),
        (let(50, anchor=True), "an anchor signs none"),
        (let(50, stage="lab", industry="services"), "no rule concerns it"),
    ],
)
def test_who_is_not_warned(park: Park, why: str) -> None:
    assert happened(played(park)) == [], why


def test_a_newcomer_is_not_reviewed_before_its_time() -> None:
    assert happened(played(let(50, founded_year=2026.0), contract_ramp_years=2.0))[0] == (2.5, "warn", "b0")


def test_an_agreement_comes_with_the_next_lease() -> None:
    asked = {"at": "2026Q2", "lever": "contracts", "value": 1.0}
    record = played(let(50), asked, contract_share=0.0, lease_years=1.0, stay_inertia=20.0)
    agreed = record.contracts.groupby("quarter", observed=False)["agreed"].sum()
    signed = next(time for time, kind, _ in happened(record) if kind == "renew" and time >= 0.25)
    assert agreed.tolist()[: int(4 * signed)] == [0] * int(4 * signed)
    assert agreed.tolist()[int(4 * signed)] == 1


def test_who_is_found_to_keep_it_is_warned_no_more() -> None:
    softer = {"at": "2027Q2", "lever": "contract_strictness", "value": 0.0}
    record = played(let(50), softer)
    assert [kind for _, kind, _ in happened(record)] == ["warn"]
    assert record.contracts["cleared"].sum() == 1
    assert record.contracts.groupby("quarter", observed=False)["warned_firms"].sum()["2027Q4"] == 0


SPACE = {"at": "2026Q3", "lever": "new_space", "value": 700, "where": {"building": "b0"}}


@pytest.mark.parametrize(
    ("operator", "actions", "opens"),
    [
        ("district", [SPACE], "2027Q1"),
        ("shougang", [SPACE], "2027Q3"),
        ("shougang", [{"at": "2026Q2", "lever": "joint_group", "value": 0.5}, SPACE], "2027Q2"),
        ("shougang", [{"at": "2026Q2", "lever": "joint_group", "value": 0.0}, SPACE], "2027Q1"),
        ("shougang", [SPACE, {"at": "2026Q4", "lever": "joint_group", "value": 0.0}], "2027Q3"),
    ],
)
def test_new_space_waits_for_a_joint_decision(operator: str, actions: list[dict[str, Any]], opens: str) -> None:
    told: dict[str, Any] = {"construction_years": 0.5, "coordination_years": 0.5}
    stock = played(let(50, operators=[operator]), *actions, **told).buildings.set_index("quarter")["stock_m2"]
    assert stock[stock > 50].index[0] == opens


def test_works_wait_for_a_joint_decision() -> None:
    """Notice is given, and works begin, later by what the decision takes; the record of works says how much that is."""
    found: dict[str, Any] = {
        "low_efficiency_quarters": 1.0,
        "lease_up_years": 0.0,
        "notice_years": 0.25,
        "contract_share": 0.0,
    }
    found |= {"revitalisation_budget_cny_year": 1e8, "revitalisation_date_years": 0.5}
    rows = []
    for operator in ("district", "shougang"):
        works = played(let(900, operators=[operator]), coordination_years=0.75, **found).works
        rows.append(works.iloc[0])
    alone, together = rows
    assert (alone["notice_years"], alone["starts_years"], alone["coordination_years"]) == (0.5, 0.75, 0.0)
    assert (together["notice_years"], together["starts_years"], together["coordination_years"]) == (1.25, 1.5, 0.75)
    assert pd.isna(alone["cost_cny"]) == pd.isna(together["cost_cny"])
