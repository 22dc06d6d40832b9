"""Because of the lever, firm by firm: chains that are known beforehand, and books that agree with what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory.lively import lively_park, lively_scenario
from tests.theory.quiet import quiet
from twin.engine.kinds import Kind
from twin.levers import LEVERS
from twin.park import Park
from twin.record import Record
from twin.scenario import Action, Scenario
from twin.simulation import simulate
from twin.study import Comparison, compare
from twin.study.causes import Causes
from twin.study.histories import floor_steps, logs_of, partings, slot_steps
from twin.study.telling import DEEDS, ROUTES, action_in_words
from twin.study.touch import AT_THE_DATE, CHANGES_FLOOR, OF_THE_OFFICE, OPENS_SLOTS


def without(park: Park, scenario: Scenario, *actions: Mapping[str, Any]) -> Comparison:
    """A scenario beside one with further actions, one pair of runs."""
    return compare(park, scenario, scenario.with_actions(*actions, name="other"), replications=1, workers=1)


def parted(causes: Causes) -> dict[int, tuple[str, int | None, float]]:
    """Of each firm whose history differs: by which way, because of whom, and how many links from the lever."""
    rows = causes.parted.to_dict("records")
    return {
        row["firm"]: (row["via"], None if pd.isna(row["cause_firm"]) else row["cause_firm"], row["steps"])
        for row in rows
    }


def of_kind(record: Record, kind: str) -> pd.DataFrame:
    """The rows of a kind in a log."""
    assert record.events is not None
    return record.events[record.events["kind"] == kind]


#: Firms of the second stage come without room, ask for the one slot of the pilot line and wait; it takes half a year.
QUEUE = {
    "entry_per_year.ai": 6.0,
    "stage_share.mature": 0.0,
    "stage_share.pilot": 1.0,
    "service_share.pilot_line": 1.0,
    "service_years.pilot_line": 0.5,
    "service_shape": float("inf"),
    "served_advance_ratio": 8.0,
    "advance_per_year.pilot": 0.1,
}


@pytest.fixture(scope="module")
def slot() -> Comparison:
    """One slot more, for a queue of firms that know each other by nothing else."""
    more = {"at": "2027Q1", "lever": "service_slots", "where": {"service": "pilot_line"}, "value": 1}
    return without(small_park([100.0], slots={"pilot_line": 1}), quiet(QUEUE, quarters=24), more)


def test_the_first_in_the_queue_gets_the_new_slot_and_the_next_moves_up(slot: Comparison) -> None:
    causes = slot.causes("other")
    base = slot.base.records[0]
    joined, started = of_kind(base, "join"), of_kind(base, "start")
    asked = joined[joined["time_years"] < 1.0]["firm"].tolist()
    waiting = [firm for firm in asked if firm not in set(started[started["time_years"] < 1.0]["firm"])]
    assert len(waiting) >= 3
    first, second, *_ = waiting
    found = parted(causes)
    assert found[first] == ("lever", None, 1.0)
    row = causes.parted.set_index("firm").loc[first]
    assert (row["first_years"], row["first_quarter"]) == (1.0, "2027Q1")
    assert (row["first_other"], row["service"]) == ("start", "pilot_line")
    assert row["pull"] == "2027Q1 service_slots pilot_line +1"
    # when the old slot falls free, the first of the base has one already
    assert found[second] == ("service", first, 2.0)
    at = started.set_index("firm")["time_years"]
    assert causes.parted.set_index("firm").loc[second, "first_years"] == at[first]


def test_nothing_but_the_queue_joins_them_so_that_all_is_traced(slot: Comparison) -> None:
    causes = slot.causes("other")
    assert len(causes.table) >= 5
    assert causes.traced == 1.0
    assert causes.parted["steps"].notna().all()
    assert set(causes.parted["via"]) == {"lever", "service"}
    order = {firm: n for n, firm in enumerate(causes.parted["firm"])}
    for firm, (_, cause, steps) in parted(causes).items():
        if cause is None:
            assert steps == 1.0
        else:
            assert order[cause] < order[firm]
            assert steps == parted(causes)[cause][2] + 1.0


def test_a_chain_is_told_back_to_the_lever(slot: Comparison) -> None:
    causes = slot.causes("other")
    last = int(causes.parted.sort_values("steps", kind="stable")["firm"].iloc[-1])
    chain = causes.chain_of(last)
    assert chain["steps"].tolist() == list(range(len(chain), 0, -1))
    assert chain["firm"].iloc[1:].tolist() == chain["cause_firm"].iloc[:-1].tolist()
    assert chain["via"].iloc[-1] == "lever"
    en, zh = causes.sentence(last), causes.sentence(last, "zh")
    assert en.startswith(f"{chain['first_quarter'].iloc[0]} firm {last} ")
    assert en.endswith("because of the action 2027Q1 service_slots pilot_line +1")
    assert f"企业 {last} 得到 中试线 名额" in zh
    assert zh.endswith("因措施 2027Q1 服务名额（中试线）+1")
    with pytest.raises(ValueError, match="firm 0 does not differ"):
        causes.chain_of(0)


@pytest.mark.parametrize(
    ("said", "en", "zh"),
    [
        ({"lever": "rent", "value": -0.1}, "2027Q1 rent -10%", "2027Q1 租金调整 -10%"),
        ({"lever": "entry_rate", "value": 1.2}, "2027Q1 entry_rate ×1.2", "2027Q1 自主新增企业 ×1.2"),
        (
            {"lever": "fund_capital", "value": 5e7, "where": {"fund": "seed_fund"}, "ramp_quarters": 4},
            "2027Q1 fund_capital seed_fund +50,000,000 over 4 quarters",
            "2027Q1 基金增资（种子基金）+50,000,000，分 4 季见效",
        ),
        (
            {"lever": "alliance", "value": 0.5, "where": {"industry": "ai"}},
            "2027Q1 alliance ai 0.5",
            "2027Q1 产业联盟（人工智能）0.5",
        ),
    ],
)
def test_an_action_is_told_as_a_planner_says_it(said: dict[str, Any], en: str, zh: str) -> None:
    action = Action.model_validate({"at": "2027Q1", **said})
    assert action_in_words(action, small_park([100.0])) == (en, zh)


#: Firms come for room of 50 m² and wait for it; two anchors have all there is, and the longest leases.
ROOM = {"entry_per_year.ai": 3.0, "resident_share": 1.0, "search_patience_years": float("inf"), "least_m2": 50.0}


def anchored() -> Park:
    """One building of 100 m², let to two anchors."""
    return small_park([100.0], firms=stock_of(2, building="b0", floor_m2=50).assign(anchor=[True, True], staff=[9, 1]))


def test_who_waits_first_takes_the_room_that_falls_free() -> None:
    result = without(anchored(), quiet(ROOM, quarters=12), {"at": "2027Q1", "lever": "anchor_exit", "value": 1})
    waits = of_kind(result.base.records[0], "wait")
    first = int(waits["firm"].iloc[0])
    assert waits["time_years"].iloc[0] < 1.0
    assert parted(result.causes("other")) == {1: ("lever", None, 1.0), first: ("building", 1, 2.0)}
    table = result.firms("other").set_index("firm")
    assert table["change"].to_dict() == {1: "left", first: "stayed"}
    assert table.loc[first, "building_first_other"] == "b0"


def test_room_that_nobody_lacks_is_no_cause() -> None:
    """Where there is room for all, an anchor that goes leaves the choice of the others as it is."""
    park = small_park([1e5, 1e5], firms=anchored().firms)
    result = without(park, quiet(ROOM, quarters=12), {"at": "2027Q1", "lever": "anchor_exit", "value": 1})
    assert set(parted(result.causes("other"))) == {1}


def test_a_parent_that_gets_in_brings_its_spin_offs() -> None:
    """Who waits does not found firms; who gets the room of an anchor that goes does, and they are in no other run."""
    scenario = quiet({**ROOM, "spin_off_per_year": 1.0}, quarters=16)
    result = without(anchored(), scenario, {"at": "2027Q1", "lever": "anchor_exit", "value": 1})
    causes = result.causes("other")
    found = parted(causes)
    parent = next(firm for firm, (via, _, _) in found.items() if via == "building")
    assert found[parent] == ("building", 1, 2.0)
    children = {firm: steps for firm, (via, _, steps) in found.items() if via == "parent"}
    spun = of_kind(result.others["other"].records[0], "spin_off")
    assert len(children) == len(spun) > 1
    assert set(children.values()) == {3.0}
    assert {found[child][1] for child in children} == {parent}
    assert of_kind(result.base.records[0], "spin_off").empty
    assert (causes.table.set_index("firm").loc[list(children), "change"] == "came").all()


def test_what_the_base_does_and_the_what_if_does_not_is_a_lever_too() -> None:
    scenario = quiet(ROOM, quarters=12)
    goes = scenario.with_actions({"at": "2027Q1", "lever": "anchor_exit", "value": 1}, name="goes")
    result = compare(anchored(), goes, scenario.with_changes(name="stays"), replications=1)
    assert list(parted(result.causes("stays")).values()) == [("lever", None, 1.0), ("building", 1, 2.0)]
    assert result.firms("stays")["change"].tolist() == ["stayed", "left"]
    assert result.placebo == {}


def test_a_lever_without_effect_makes_nobody_differ() -> None:
    nothing = {"at": "2027Q1", "lever": "service_slots", "where": {"service": "pilot_line"}, "value": 0}
    result = without(lively_park(), lively_scenario(), nothing)
    causes = result.causes("other")
    assert causes.table.empty
    assert causes.parted.empty
    assert np.isnan(causes.traced)
    assert {"via", "cause_firm", "steps", "change"} <= set(causes.table.columns)


@pytest.fixture(scope="module")
def lively() -> Comparison:
    """A park where everything happens at once, and rents that fall in a half of it."""
    cut = {"at": "2027Q1", "lever": "rent", "where": {"zone": "west"}, "value": -0.2}
    return without(lively_park(), lively_scenario(), cut)


def test_floor_by_firm_adds_up_to_the_floor_that_is_counted(lively: Comparison) -> None:
    """Building by building and quarter by quarter, to the m²: through moves, works, hosting and exits."""
    record, park = lively.base.records[0], lively.base.park
    logs, names = logs_of(record, lively.others["other"].records[0])
    book = floor_steps(logs[0], park.firms, names.buildings)
    quarters = len(record.buildings["quarter"].cat.categories)
    let = np.zeros((quarters, len(names.buildings)))
    np.add.at(let, (np.maximum((book.years * 4).astype(int), 0), book.place), book.change)
    counted = record.buildings["let_m2"].to_numpy().reshape(quarters, -1)
    assert (let.cumsum(axis=0) == counted).all()
    assert counted.max() > 1000


def test_slots_by_firm_add_up_to_the_busy_slots_that_are_counted(lively: Comparison) -> None:
    record, park = lively.base.records[0], lively.base.park
    logs, names = logs_of(record, lively.others["other"].records[0])
    book = slot_steps(logs[0], names, park.catalog)
    quarters = len(record.services["quarter"].cat.categories)
    busy = np.zeros((quarters, len(names.services)))
    np.add.at(busy, ((book.years * 4).astype(int), book.place), book.change)
    assert (busy.cumsum(axis=0) == record.services["busy"].to_numpy().reshape(quarters, -1)).all()


def test_histories_part_where_they_are_seen_to(lively: Comparison) -> None:
    """The same found firm by firm, row by row, in plain Python."""
    base, other = lively.base.records[0], lively.others["other"].records[0]
    histories: list[dict[int, list[tuple[Any, ...]]]] = []
    for record in (base, other):
        assert record.events is not None
        rows: dict[int, list[tuple[Any, ...]]] = {}
        frame = record.events.astype({"building": object, "service": object}).fillna("")
        for row in zip(*(frame[column].tolist() for column in frame.columns), strict=True):
            rows.setdefault(row[2], []).append(row)
        histories.append(rows)
    expected = {}
    for firm in set(histories[0]) | set(histories[1]):
        first, second = histories[0].get(firm, []), histories[1].get(firm, [])
        if firm >= 0 and first != second:
            n = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
            n = min(len(first), len(second)) if n is None else n
            expected[firm] = min(rows[n][0] for rows in (first, second) if n < len(rows))
    logs, _ = logs_of(base, other)
    found = partings(logs)
    assert len(expected) > 50
    assert dict(zip(found.firm.tolist(), found.years.tolist(), strict=True)) == expected
    assert (np.diff(found.years) >= 0).all()
    changed = lively.firms("other")
    assert changed["firm"].isin(found.firm).all()
    assert changed["first_years"].notna().all()


def test_whoever_pays_the_lower_rent_is_traced_and_nobody_before_it(lively: Comparison) -> None:
    causes = lively.causes("other")
    assert causes.parted["first_years"].min() >= 1.0
    renewed = causes.parted[(causes.parted["via"] == "lever") & (causes.parted["first_other"] == "renew")]
    assert len(renewed) > 0
    assert renewed["building_first_other"].isin(["b0", "b1", "b2", "b3"]).all()
    by_market = causes.parted[causes.parted["via"] == "market"]
    assert by_market["steps"].isna().all()
    assert set(by_market["route"]) <= set(ROUTES)
    for firm in causes.table["firm"]:
        assert causes.sentence(int(firm))


def test_every_lever_says_where_it_shows() -> None:
    through_shared_numbers = {name for name, lever in LEVERS.items() if not lever.shows}
    assert through_shared_numbers == {"talent_programme", "tailored_classes", "talent_housing", "joint_group"}
    assert {*AT_THE_DATE, *OF_THE_OFFICE, *OPENS_SLOTS, *CHANGES_FLOOR} - {"edits"} <= set(LEVERS)


def test_every_kind_that_befalls_a_firm_has_words() -> None:
    of_none = {"count", "action", "works", "open", "notice", "shut", "demolish", "reopen"}
    assert set(DEEDS) == {kind.name.lower() for kind in Kind} - of_none


def test_runs_without_logs_have_no_causes() -> None:
    bare = simulate(small_park([100.0]), quiet({}), events=False)
    with pytest.raises(ValueError, match="events=True"):
        logs_of(bare, bare)


def test_floor_that_an_edit_takes_away_is_the_edits_doing() -> None:
    """A building is demolished by an edit: who was in it goes elsewhere, and who would have come takes other room."""
    firms = stock_of(4, building="b0", floor_m2=50)
    scenario = quiet({**ROOM, "entry_per_year.ai": 8.0, "notice_years": 0.0}, quarters=12)
    gone = {"edit": "demolish", "at": "2027Q1", "buildings": ["b0"]}
    result = without(small_park([400.0, 2000.0], firms=firms), scenario, gone)
    causes = result.causes("other")
    assert [pull.lever for pull in causes.pulls] == ["edits"]
    assert result.placebo == {}
    found = causes.parted
    assert found["via"].isin(["lever", "building"]).all()
    assert found["steps"].notna().all()
    assert {1, 2, 3, 4} <= set(found["firm"])
    assert "2027Q1 demolish" in causes.sentence(1)
