"""The public purse: what each lever and facility costs, to the CNY, and nothing where nothing is done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.works import worked_on, works_on
from twin.catalog import load_catalog
from twin.indicators import measure
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate

CATALOG = load_catalog()

STEADY: dict[str, float] = {
    "entry_per_year": 8.0,
    "prospects_per_year": 0.0,
    "entry_trend_per_year": 0.0,
    "entry_season_amplitude": 0.0,
    "entry_jobs_elasticity": 0.0,
    "construction_years": 0.5,
}


@pytest.fixture(scope="module")
def park() -> Park:
    stock = stock_of(40, building="b0", floor_m2=60, staff=4, stage="pilot")
    return small_park([9_000, 9_000], types=["research", "office"], slots={"pilot_line": 3}, firms=stock)


def run(park: Park, *actions: dict[str, Any], **parameters: float) -> Record:
    scenario = Scenario(name="x", end="2027Q4", parameters={**STEADY, **parameters}).with_actions(*actions)
    return simulate(park, scenario)


def spent(record: Record, item: str) -> list[float]:
    """CNY by quarter."""
    rows: list[float] = record.purse.loc[record.purse["item"] == item, "cny"].tolist()
    return rows


def pull(lever: str, value: float, at: str = "2026Q3", **where: str) -> dict[str, Any]:
    return {"at": at, "lever": lever, "value": value, "where": where}


def test_left_alone_only_facilities_reviews_and_payments_cost(park: Park) -> None:
    record = run(park)
    slot = CATALOG.value("slot_cost_cny_year", "pilot_line")
    assert spent(record, "facilities") == pytest.approx([3 * slot / 4] * 8)
    reviews = record.reviews.assign(decided=record.reviews["recognised"] + record.reviews["refused"])
    cases = reviews.groupby("quarter", observed=True)["decided"].sum().to_numpy()
    assert cases.sum() > 0
    assert spent(record, "reviews") == pytest.approx((3000.0 * cases).tolist())
    windows = CATALOG.value("honour_windows") * CATALOG.value("honour_window_cost_cny_year")
    assert spent(record, "windows") == pytest.approx([windows / 4] * 8)
    known = ["facilities", "reviews", "windows", "honouring"]
    others = record.purse[~record.purse["item"].isin(known)]
    assert (others["cny"] == 0).all()


def test_slots_cost_while_they_are_there_and_speed_costs_slots(park: Park) -> None:
    slot = CATALOG.value("slot_cost_cny_year", "pilot_line") / 4
    more = run(park, pull("service_slots", 2, service="pilot_line"))
    assert spent(more, "facilities") == pytest.approx([3 * slot] * 2 + [5 * slot] * 6)
    faster = run(park, pull("service_time", 0.5, service="pilot_line"))
    assert spent(faster, "facilities") == pytest.approx([3 * slot] * 2 + [6 * slot] * 6)
    slower = run(park, pull("service_time", 4.0, service="pilot_line"))
    assert spent(slower, "facilities") == pytest.approx([3 * slot] * 8)


def test_a_slot_that_is_closed_costs_until_its_firm_has_been_served(park: Park) -> None:
    slot = CATALOG.value("slot_cost_cny_year", "pilot_line") / 4
    record = run(park, pull("service_slots", -3, service="pilot_line"), **{"service_share.pilot_line": 1.0})
    rows = record.services[record.services["service"] == "pilot_line"]
    assert rows["slots"].tolist() == [3] * 2 + [0] * 6
    assert rows["busy"].tolist()[1] == 3
    assert spent(record, "facilities") == pytest.approx((4 * slot * rows["slot_years"]).tolist())
    assert 0.0 < spent(record, "facilities")[2] < 3 * slot
    use = measure(record, only=["service_use"]).query("part == 'pilot_line'")["value"].to_numpy()
    assert np.nanmax(use) <= 1.0


def test_space_is_paid_when_it_opens(park: Park) -> None:
    built = spent(run(park, pull("new_space", 700, building="b1")), "space")
    assert built == [0.0] * 4 + [700 * CATALOG.value("space_cost_cny_m2")] + [0.0] * 3


def test_recruiting_is_paid_for_each_firm_beyond_those_that_come_anyway(park: Park) -> None:
    record = run(park, pull("entry_rate", 2.5, industry="ai"), pull("entry_rate", 0.5, industry="health"))
    more = 8.0 * 1.5 / 4  # of 8 a year to 20 a year
    assert spent(record, "recruitment") == pytest.approx([0.0] * 2 + [more * CATALOG.value("recruit_cost_cny")] * 6)


def test_the_office_is_paid_for_and_so_are_prospects_and_firms_beyond_those_that_come_anyway(park: Park) -> None:
    facilities = pd.DataFrame({"facility_id": "office", "service": "recruitment", "slots": [4], "opens": None})
    staffed = replace(park, services=pd.concat([park.services, facilities], ignore_index=True))
    office = 4 * CATALOG.value("slot_cost_cny_year", "recruitment") / 4
    record = run(staffed, prospects_per_year=20.0)
    assert spent(record, "recruitment") == pytest.approx([office] * 8)
    assert spent(record, "facilities") == spent(run(park), "facilities")

    found = run(staffed, pull("prospects", 3.0, chain_node="A6"), prospects_per_year=20.0, **{"node_share.A6": 0.5})
    more = 20.0 * (0.5 / 1.45) * 2.0 / 4 * CATALOG.value("prospect_cost_cny")
    assert spent(found, "recruitment") == pytest.approx([office] * 2 + [office + more] * 6)

    talked = run(staffed, pull("recruitment_hit_rate", 4.0), prospects_per_year=20.0, hit_rate=0.25)
    won = talked.groups.groupby("quarter", observed=True)["won"].sum().to_numpy()
    expected = office + won * (1.0 - 1.0 / 4.0) * CATALOG.value("recruit_cost_cny") * (np.arange(8) >= 2)
    assert won.sum() > 20
    assert spent(talked, "recruitment") == pytest.approx(expected.tolist())


def test_coaching_is_paid_by_the_firms_coached(park: Park) -> None:
    record = run(park, pull("advance_rate", 3.0, stage="pilot"))
    groups = record.groups[record.groups["stage"] == "pilot"]
    firms = groups.groupby("quarter", observed=True)[["resident_firms", "remote_firms"]].sum().sum(axis=1).to_numpy()
    expected = firms * (3.0 - 1.0) * CATALOG.value("coaching_cost_cny_year") / 4
    expected[:2] = 0.0
    assert spent(record, "coaching") == pytest.approx(expected.tolist())


def test_nobody_is_coached_who_cannot_advance(park: Park) -> None:
    """From the last stage there is nothing to advance to, and an anchor stays what it is."""
    nobody = {"entry_per_year": 0.0, "institute_spin_offs_per_year": 0.0, "followers_per_firm": 0.0}
    for firms in (park.firms.assign(anchor=True), park.firms.assign(stage="mature")):
        alike = replace(park, firms=firms)
        assert sum(spent(run(alike, pull("advance_rate", 3.0), **nobody), "coaching")) == 0.0


def test_relief_is_the_rent_forgone_by_leases_of_public_floor(park: Park) -> None:
    """What tenants pay and what landlords forgo is together the rent without the lever, from the first lease on."""
    relief, still = pull("rent", -0.25), {"rent_adjustment_per_year": 0.0, "slot_m2": 0.0}
    public = replace(park, buildings=park.buildings.assign(operator="district"))
    record = run(public, relief, **still)
    let_m2 = record.buildings.groupby("quarter", observed=True)["let_m2"].sum().to_numpy()
    paid = record.groups.groupby("quarter", observed=True)["rent_bill_cny"].sum().to_numpy()
    forgone = np.array(spent(record, "rent_relief"))
    np.testing.assert_allclose(paid + 4 * forgone, let_m2 * 4.0 * 365, rtol=1e-6)
    assert forgone[:2].tolist() == [0.0, 0.0]
    assert (np.diff(forgone[1:]) > 0.0).all()  # old leases go on until they end
    assert forgone[7] < let_m2[7] * 365 / 4
    assert sum(spent(run(public, pull("rent", 0.25), **still), "rent_relief")) < 0.0
    assert sum(spent(run(park, relief, **still), "rent_relief")) == 0.0


def test_a_share_that_is_full_is_paid_for_no_further(park: Park) -> None:
    tenfold = {**STEADY, "apply_share": 0.5}
    record = run(park, pull("tier_outreach", 10.0, at="2026Q1"), **tenfold)
    applied = record.reviews.groupby("quarter", observed=True)["applied"].sum().to_numpy()
    assert applied.sum() > 0
    expected = applied * (1.0 - 0.5) * CATALOG.value("outreach_cost_cny", "hnte")
    assert spent(record, "outreach") == pytest.approx(expected.tolist())


def test_capital_and_spin_offs_are_paid_for(park: Park) -> None:
    record = run(park, pull("fund_capital", 5e6, fund="seed_fund"), pull("firm_spin_offs", 100.0, industry="ai"))
    assert spent(record, "funds") == [0.0] * 2 + [5e6] + [0.0] * 5
    ai = record.groups[record.groups["industry"] == "ai"]
    spun_off = ai.groupby("quarter", observed=True)["spun_off"].sum().to_numpy()
    expected = spun_off * (1.0 - 1.0 / 100.0) * CATALOG.value("spin_off_cost_cny")
    expected[:2] = 0.0
    assert expected.sum() > 0.0
    assert spent(record, "spin_offs") == pytest.approx(expected.tolist())


def test_outreach_is_paid_for_the_applications_it_won(park: Park) -> None:
    record = run(park, pull("tier_outreach", 4.0, at="2026Q1"), apply_share=0.2)
    applied = record.reviews.groupby("quarter", observed=True)["applied"].sum().to_numpy()
    assert applied.sum() > 0
    expected = applied * (1.0 - 1.0 / 4.0) * CATALOG.value("outreach_cost_cny", "hnte")
    assert spent(record, "outreach") == pytest.approx(expected.tolist())
    hurried = run(park, pull("review_time", 0.5, at="2026Q1"))
    decided = hurried.reviews["recognised"] + hurried.reviews["refused"]
    assert sum(spent(hurried, "reviews")) == pytest.approx(2 * 3000.0 * decided.sum())


def test_whoever_has_to_go_for_works_is_compensated(park: Park) -> None:
    record = run(worked_on(park, works_on("b0", "2026Q4", "2027Q3")), growth_scale=0.0, growth_mean=0.0)
    assert record.events is not None
    gone = record.events[record.events["kind"] == "displace"]
    by_floor = gone["amount"].sum() * CATALOG.value("displacement_cost_cny_m2")
    paid = sum(spent(record, "compensation"))
    by_jobs = (paid - by_floor) / CATALOG.value("displacement_cost_cny_job")
    assert len(gone) > 0
    assert by_jobs == pytest.approx(round(by_jobs))
    assert len(gone) <= by_jobs <= gone["amount"].sum() / 10


def test_what_changes_nothing_costs_nothing(park: Park) -> None:
    idle = [
        pull("entry_rate", 1.0),
        pull("prospects", 1.0),
        pull("recruitment_hit_rate", 1.0),
        pull("advance_rate", 1.0),
        pull("service_time", 1.0),
        pull("rent", 0.0),
        pull("tier_outreach", 1.0),
        pull("review_time", 1.0),
    ]
    left_alone, record = run(park), run(park, *idle)
    np.testing.assert_array_equal(left_alone.purse["cny"], record.purse["cny"])
    assert left_alone.sha256() == record.sha256()
