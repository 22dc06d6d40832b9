"""Applications for what policies grant: what windows take, whose payment is late, and who has gone meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parks import small_park, stock_of
from tests.unit.engine.stories import STILL
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate

#: A share of their R&D for every holder of a tier, called for at mid-quarter, and paid as soon as windows take it.
GRANTED = {
    "revenue_per_head_cny": 1e6,
    "rd_stage_factor": 1.0,
    "honour_rd_share": 0.1,
    "honour_claim_share": 1.0,
    "honour_date_years": 0.125,
    "honour_windows": 10.0,
    "honour_cases": 10.0,
    "honour_days": 0.0,
    "honour_promised_days": 365.0,
    "tier_valid_years": 100.0,
}


def holders(firms: int) -> Park:
    """High-tech enterprises that are registered only."""
    return small_park([100.0], firms=stock_of(firms, staff=20).assign(tier="hnte"))


def played(park: Park, *actions: dict[str, Any], end: str = "2027Q4", **parameters: float) -> Record:
    told = STILL | GRANTED | parameters
    return simulate(park, Scenario(name="x", end=end).with_parameters(told).with_actions(*actions))


def summed(record: Record, column: str) -> list[int]:
    """A column of the claims, all industries together, quarter by quarter."""
    return record.claims.groupby("quarter", observed=False)[column].sum().astype(int).tolist()


def test_all_apply_at_the_call_and_are_paid_at_once() -> None:
    record = played(holders(30))
    assert summed(record, "applied") == [30, 0, 0, 0] * 2
    assert summed(record, "paid") == [30, 0, 0, 0] * 2
    assert record.claims["waited_years"].sum() == 0.0


def test_what_windows_have_begun_they_end_in_the_next_month() -> None:
    """Half a window takes half of 1.5 applications a month: none in the first, and three in four."""
    record = played(holders(5), honour_windows=0.5, honour_cases=1.5)
    assert summed(record, "paid")[:3] == [1, 2, 2]  # by meetings at 1.5, 2.5 … months: .75, 1.5, 2.25, 3, 3.75, 4.5, 5


def test_a_promise_is_about_one_application() -> None:
    """Who was paid in time and applies again is not late for the promise that was kept."""
    record = played(holders(20), honour_promised_days=400.0, honour_days=45.0, honour_delay_ratio=100.0)
    assert summed(record, "late") == [0] * 8
    assert record.claims["left_late"].sum() == 0
    late = played(holders(20), honour_promised_days=30.0, honour_days=300.0)
    assert summed(late, "late")[:4] == [0 if quarter == 3 else 20 for quarter in range(4)]


def test_who_has_gone_stands_in_line_no_more() -> None:
    record = played(holders(20), honour_windows=0.0, move_out_per_year=2.0)
    assert summed(record, "paid") == [0] * 8
    left = record.groups.groupby("quarter", observed=False)["remote_firms"].sum().astype(int).tolist()
    assert 0 < left[3] < 12
    applied, gone = summed(record, "applied"), summed(record, "withdrawn")
    assert sum(applied[:4]) - sum(gone[:4]) == summed(record, "queue")[3]
    assert summed(record, "queue")[3] - left[3] <= 2  # who went since the last month's meeting


def test_windows_that_are_closed_and_opened_again_are_as_before() -> None:
    act = {"at": "2026Q1", "lever": "honour_windows"}
    there_and_back = [{**act, "value": -50}, {**act, "value": 50}]
    assert played(holders(30), *there_and_back).sha256() == played(holders(30)).sha256()


@pytest.mark.parametrize("valid", [100.0, 0.6])
def test_a_lump_sum_is_paid_once_however_often_a_tier_is_won(valid: float) -> None:
    young = stock_of(1, staff=20).assign(founded_year=2025.75)
    terms = {"honour_rd_share": 0.0, "honour_lump_cny": 1e5, "rd_sigma": 0.0, "rd_size_exponent": 0.0}
    asked = {"apply_share": 1.0, "approve_share": 1.0, "review_years": 0.0, "desk_capacity": 1e9, "renew_share": 0.0}
    record = played(small_park([100.0], firms=young), end="2031Q4", **terms, **asked, tier_valid_years=valid)
    recognised = record.reviews.groupby("tier", observed=True)["recognised"].sum()["hnte"]
    assert (recognised == 1) == (valid > 1.0)
    only = record.claims["paid_cny"].sum() / 1e5
    held = record.tiers.groupby("tier", observed=True)["firms"].sum()
    assert 0 < only <= (held > 0).sum()
