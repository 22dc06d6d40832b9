"""Scenes, challenges and events: who wins what, when, and what is paid and earned for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.unit.engine.stories import STILL
from twin.processes.scenes import dates_within, luckiest
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate

BIDS = {"scene_bid_share": 1.0, "challenge_bid_share": 1.0, "event_bid_share": 1.0, "event_show_share": 1.0}


def stock(n: int, *, node: str | None, stage: str = "pilot", industry: str = "ai", first_id: int = 1) -> pd.DataFrame:
    firms = stock_of(n, industry=industry, stage=stage, staff=10)
    return firms.assign(firm_id=range(first_id, first_id + n), chain_node=node)


def run(*firms: pd.DataFrame, end: str = "2026Q4", **changes: Any) -> Record:
    park = small_park([1e4], firms=pd.concat(firms, ignore_index=True), slots={"recruitment": 2})
    parameters = STILL | BIDS | {key.replace("__", "."): value for key, value in changes.items()}
    return simulate(park, Scenario.model_validate({"name": "scenes", "end": end, "parameters": parameters}))


def test_dates_of_a_year_are_evenly_spaced_from_the_first() -> None:
    quarters = [list(dates_within(2026.0 + n / 4, 2.0, 0.3)) for n in range(4)]
    assert [[pytest.approx(date) for date in dates] for dates in quarters] == [[], [2026.3], [], [2026.8]]
    many = [date for n in range(8) for date in dates_within(n / 4, 7.0, 0.9)]
    assert len(many) == 14
    assert np.allclose(np.diff(many), 1 / 7)


def test_the_luckiest_win() -> None:
    luck = np.array([0.5, np.inf, 0.1, 0.3, 0.1])
    assert luckiest(luck, 3).tolist() == [2, 4, 3]
    assert luckiest(luck, 99).tolist() == [2, 4, 3, 0]
    assert luckiest(luck, 0).tolist() == []


def test_firms_of_its_links_and_stages_bid_once_in_a_stage() -> None:
    here, beside, early = stock(3, node="A7"), stock(3, node="A1", first_id=11), stock(3, node="A7", stage="lab")
    untold = stock(2, node=None, first_id=31)
    called: dict[str, Any] = {
        "scene_calls_per_year__metaverse_entry": 4.0,
        "scene_date_years": 0.125,
        "scene_orders_per_call": 2.0,
    }
    record = run(here.assign(chain_node="V5", industry="virtual_reality"), beside, early.assign(firm_id=[21, 22, 23]))
    assert record.awards.empty
    record = run(
        here.assign(chain_node="V5", industry="virtual_reality"),
        beside,
        early.assign(firm_id=[21, 22, 23], chain_node="V5", industry="virtual_reality"),
        untold.assign(industry="scifi_games"),
        **called,
    )
    row = record.scenes[record.scenes["scene"] == "metaverse_entry"]
    assert row["eligible"].tolist() == [5, 3, 1, 0]
    assert row["orders"].tolist() == [2, 2, 1, 0]
    assert sorted(record.awards["firm"]) == [1, 2, 3, 31, 32]
    assert record.awards["time_years"].tolist() == [0.125, 0.125, 0.375, 0.375, 0.625]


def test_more_orders_reach_whom_fewer_reach_as_well() -> None:
    called: dict[str, Any] = {"scene_calls_per_year__ai_plus": 1.0, "scene_date_years": 0.0}
    won = [set(run(stock(9, node="A7"), scene_orders_per_call=m, **called).awards["firm"]) for m in (2.0, 5.0)]
    assert [len(firms) for firms in won] == [2, 5]
    assert won[0] < won[1]


def test_an_order_is_revenue_as_long_as_it_lasts() -> None:
    called: dict[str, Any] = {
        "scene_calls_per_year__ai_plus": 1.0,
        "scene_date_years": 0.0,
        "scene_orders_per_call": 1.0,
    }
    terms = {"order_cny__pilot": 3e6, "order_years": 0.6}
    with_order, without = (
        run(stock(4, node="A7"), end="2027Q4", revenue_trend_per_year=0.0, **called, **terms),
        run(stock(4, node="A7"), end="2027Q4", revenue_trend_per_year=0.0),
    )

    def revenue(record: Record) -> Any:
        return record.groups.groupby("quarter", observed=True)["revenue_cny"].sum().to_numpy()

    more = revenue(with_order) - revenue(without)
    assert more == pytest.approx([5e6, 5e6, 0, 0, 5e6, 5e6, 0, 0])
    assert with_order.stages.groupby("quarter", observed=True)["have_ordered"].sum().tolist() == [1] * 4 + [2] * 4
    assert with_order.firms is not None
    purse = with_order.purse[with_order.purse["item"] == "scenes"]["cny"].tolist()
    assert purse == pytest.approx([500_000 + 0.2 * 3e6, 0, 0, 0, 500_000 + 0.2 * 3e6, 0, 0, 0])


def test_projects_are_for_firms_of_the_link_and_of_those_beside_it() -> None:
    listed: dict[str, Any] = {"challenge_projects_per_year__A6": 3.0, "challenge_date_years": 0.0}
    own = run(stock(5, node="A6"), **listed)
    assert own.challenges["projects"].sum() == own.challenges["matched"].sum() == 3
    assert len(set(own.awards["firm"])) == 3
    assert set(own.awards["of"]) == {"A6"}
    beside = run(stock(5, node="A7"), challenge_neighbour_ratio=1.0, **listed)
    assert beside.challenges["matched"].sum() == 3
    assert beside.challenges["deserted"].sum() == 0
    for nobody in (
        run(stock(5, node="A7"), challenge_neighbour_ratio=0.0, **listed),
        run(stock(5, node="F1", industry="finance"), **listed),
    ):
        row = nobody.challenges[nobody.challenges["chain_node"] == "A6"]
        assert row["projects"].tolist() == [3, 0, 0, 0]
        assert row["matched"].sum() == 0
        assert row["deserted"].tolist() == [3, 0, 0, 0]
        assert nobody.purse[nobody.purse["item"] == "challenges"]["cny"].sum() == 0


def test_projects_are_spent_on_research() -> None:
    listed: dict[str, Any] = {
        "challenge_projects_per_year__A6": 0.5,
        "challenge_date_years": 0.1,
        "challenge_award_cny": 4e6,
    }
    record = run(stock(2, node="A6"), end="2028Q4", challenge_years=2.0, **listed)
    assert record.awards["time_years"].tolist() == pytest.approx([1.1])  # half a project a year
    plain = run(stock(2, node="A6"), end="2028Q4")
    more = [
        frame.groupby("quarter", observed=True)["rd_cny"].sum().to_numpy() for frame in (record.groups, plain.groups)
    ]
    assert more[0] - more[1] == pytest.approx([0] * 4 + [2e6] * 8)


def test_an_event_has_prizes_for_the_early_and_shows_for_those_that_scale_up() -> None:
    held: dict[str, Any] = {"events_per_year__ai": 2.0, "event_date_years": 0.25, "event_prizes": 2.0}
    record = run(
        stock(3, node="A1", stage="lab"),
        stock(4, node="A2", stage="scale", first_id=11),
        stock(4, node="F1", industry="finance", stage="lab", first_id=21),
        **held,
    )
    fairs = record.fairs[record.fairs["industry"] == "ai"]
    assert fairs["held"].tolist() == [0, 1, 0, 1]
    assert fairs["competed"].tolist() == [0, 3, 0, 1]
    assert fairs["prized"].tolist() == [0, 2, 0, 1]
    assert fairs["shown"].tolist() == [0, 4, 0, 0]
    assert set(record.awards["of"]) == {"ai"}
    paid = record.purse[record.purse["item"] == "events"]["cny"].tolist()
    assert paid == pytest.approx([0, 3e6 + 2 * 2e5, 0, 3e6 + 2e5])


def test_prospects_of_an_event_come_through_the_office() -> None:
    held: dict[str, Any] = {"events_per_year__ai": 1.0, "event_date_years": 0.0, "event_prospect_boost": 20.0}
    record = run(stock(1, node="A1"), prospects_per_year__ai=12.0, hit_rate=1.0, service_years__recruitment=0.1, **held)
    assert record.events is not None
    listed = record.events[record.events["kind"] == "list"]
    drawn = int(record.fairs["prospects"].sum())
    assert 40 < drawn < 80
    assert len(listed) > drawn
    assert not listed["firm"].duplicated().any()


def test_anchors_leave_orders_to_others() -> None:
    called: dict[str, Any] = {"scene_calls_per_year__ai_plus": 1.0, "scene_date_years": 0.0}
    assert run(stock(3, node="A7").assign(anchor=True), **called).scenes["eligible"].sum() == 0
