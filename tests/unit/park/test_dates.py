"""Dated tables read at a date, and spans of time, against counting quarter by quarter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.adjustable import adjustable_park, buildings_of, with_tables
from tests.works import worked_on, works_on
from twin.park import Park
from twin.park.dates import EVER, NEVER, altered, in_force, ordinals, states
from twin.park.intervals import NOBODY, coalesced, highest, joined, spans
from twin.units import Quarter

SPAN = 12


@pytest.fixture(scope="module")
def park() -> Park:
    return adjustable_park()


# Dates


def test_quarters_become_ordinals_and_what_is_empty_is_said() -> None:
    found = ordinals(pd.Series(["2026Q1", None, "2026Q4", np.nan, "2026Q1", pd.NA]), NEVER)
    assert found.tolist() == [8104, NEVER, 8107, NEVER, 8104, NEVER]
    assert ordinals(pd.Series([None, None], dtype=object), EVER).tolist() == [EVER, EVER]
    assert ordinals(pd.Series([], dtype=object), EVER).tolist() == []


@pytest.mark.parametrize("text", ["2026Q5", "2026", "2026q1", 2026.0, "12026Q1"])
def test_what_is_no_quarter_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match="is not a quarter"):
        ordinals(pd.Series(["2026Q1", text], dtype=object), NEVER)


@pytest.mark.parametrize(
    ("at", "rows"), [("2019Q4", ["a"]), ("2020Q1", ["a", "b"]), ("2029Q4", ["a", "b"]), ("2030Q1", ["b", "c"])]
)
def test_a_version_holds_from_its_first_quarter_to_before_its_last(at: str, rows: list[str]) -> None:
    frame = pd.DataFrame(
        {"row": ["a", "b", "c"], "valid_from": [None, "2020Q1", "2030Q1"], "valid_to": ["2030Q1", None, None]}
    )
    assert in_force(frame, Quarter.parse(at))["row"].tolist() == rows


@pytest.mark.parametrize(
    ("started", "completed", "closed", "expected"),
    [
        (None, None, None, "planned planned planned planned"),
        (None, "2027Q1", None, "planned open open open"),
        ("2026Q1", "2027Q1", None, "under_construction open open open"),
        ("2026Q1", None, None, "under_construction under_construction under_construction under_construction"),
        ("2027Q1", "2027Q1", "2029Q1", "planned open open absent"),
        (None, "2010Q1", "2026Q1", "absent absent absent absent"),
        (None, "2010Q1", "2027Q1", "open absent absent absent"),
    ],
)
def test_a_building_passes_through_its_states(
    started: str | None, completed: str | None, closed: str | None, expected: str
) -> None:
    building = pd.DataFrame({"building_id": ["b"], "started": started, "completed": completed, "closed": closed})
    none = pd.DataFrame(columns=["building_id", "starts", "ends"])
    found = [states(building, none, Quarter.parse(at))[0] for at in ("2026Q1", "2027Q1", "2028Q4", "2029Q1")]
    assert found == expected.split()


@pytest.mark.parametrize(
    ("at", "state", "quality", "gfa"),
    [
        ("2026Q1", "open", 0.5, 6_400),
        ("2026Q2", "off_line", 0.5, 6_400),
        ("2026Q3", "off_line", 0.7, 7_000.5),
        ("2026Q4", "off_line", 0.7, 7_000.5),
        ("2027Q1", "open", 0.9, 7_000.5),
        ("2030Q1", "open", 0.9, 7_000.5),
    ],
)
def test_works_take_a_building_off_line_and_leave_it_changed(
    park: Park, at: str, state: str, quality: float, gfa: float
) -> None:
    first = works_on("b2", "2026Q2", "2026Q3", quality=0.7, gfa_m2=7_000.5)
    found = buildings_of(worked_on(park, works_on("b2", "2026Q3", "2027Q1", quality=0.9), first), at)["b2"]
    assert [found["state"], found["quality"], found["gfa_m2"]] == [state, quality, gfa]


def test_works_leave_other_buildings_and_other_values_alone(park: Park) -> None:
    works = worked_on(park, works_on("b2", "2026Q2", "2026Q3", building_type="research")).works
    found = altered(park.buildings, works, Quarter(2030, 1))
    of_b2 = park.buildings["building_id"] == "b2"
    assert found.loc[of_b2, "building_type"].tolist() == ["research"]
    expected = park.buildings.assign(building_type=park.buildings["building_type"].mask(of_b2, "research"))
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize(("gfa", "whole"), [(7_000.5, False), (7_000.0, True)])
def test_a_column_of_whole_numbers_stays_one_where_it_can(park: Park, gfa: float, whole: bool) -> None:
    counted = with_tables(park, buildings=park.buildings.astype({"gfa_m2": "int64"}))
    after = worked_on(counted, works_on("b2", "2026Q2", "2026Q3", gfa_m2=gfa)).buildings_at("2027Q1")
    assert after.set_index("building_id").loc["b2", "gfa_m2"] == gfa
    assert pd.api.types.is_integer_dtype(after["gfa_m2"]) == whole


# Spans


def random_spans(luck: np.random.Generator, rows: int, **columns: int) -> pd.DataFrame:
    """Spans within `SPAN` quarters with whole numbers below a bound in each column."""
    ends = np.sort(luck.integers(0, SPAN + 1, (rows, 2)), axis=1)
    numbers = {name: luck.integers(0, bound, rows) for name, bound in columns.items()}
    authors = {"by": luck.integers(0, 4, rows), "ended_by": luck.integers(0, 4, rows)}
    return spans(pd.DataFrame({**numbers, "first": ends[:, 0], "last": ends[:, 1], **authors}))


def holding(frame: pd.DataFrame, now: int) -> pd.DataFrame:
    return frame[(frame["first"] <= now) & (now < frame["last"])]


@pytest.mark.parametrize("seed", range(4))
def test_the_highest_state_is_that_of_every_quarter(seed: int) -> None:
    frame = random_spans(np.random.default_rng(seed), 12, thing=3, state=4)
    found = highest(frame, "thing", 4)
    for now in range(-1, SPAN + 1):
        expected = holding(frame, now).groupby("thing")["state"].max().reindex(frame["thing"].unique(), fill_value=0)
        there = holding(found, now)
        assert there["thing"].is_unique
        assert there.set_index("thing")["state"].to_dict() == expected.to_dict()
    following = found.groupby("thing")
    assert (found["first"] == following["last"].shift(fill_value=EVER).where(following.cumcount() > 0, EVER)).all()
    assert (following["last"].last() == NEVER).all()
    assert (found["ended_by"] == following["by"].shift(-1, fill_value=NOBODY)).all()


@pytest.mark.parametrize("seed", range(4))
def test_joined_spans_hold_when_both_do(seed: int) -> None:
    luck = np.random.default_rng(seed)
    left, right = random_spans(luck, 8, thing=3, left=99), random_spans(luck, 8, thing=3, right=99)
    found = joined(left, right, "thing")
    for now in range(SPAN):
        both = holding(left, now).merge(holding(right, now), on="thing")[["thing", "left", "right"]]
        assert sorted(map(tuple, holding(found, now)[["thing", "left", "right"]].to_numpy())) == sorted(
            map(tuple, both.to_numpy())
        )


@pytest.mark.parametrize(
    ("left", "right", "by", "ended_by"),
    [((0, 9), (3, 12), 7, 6), ((3, 9), (3, 9), 5, 6), ((0, 9), (0, 4), 5, 8), ((3, 12), (3, 9), 5, 8)],
)
def test_a_joined_span_is_begun_and_ended_by_whom_it_was(
    left: tuple[int, int], right: tuple[int, int], by: int, ended_by: int
) -> None:
    one = pd.DataFrame({"thing": [0], "first": left[0], "last": left[1], "by": 5, "ended_by": 6})
    other = pd.DataFrame({"thing": [0], "first": right[0], "last": right[1], "by": 7, "ended_by": 8})
    assert joined(one, other, "thing")[["by", "ended_by"]].to_numpy().tolist() == [[by, ended_by]]
    nobody = one.assign(by=NOBODY, ended_by=NOBODY)
    assert joined(nobody, other, "thing")["by"].item() == (7 if right[0] >= left[0] else NOBODY)


def test_spans_without_a_gap_are_one() -> None:
    rows = [(1, 0, 3, 1, 2), (1, 3, 5, 2, 3), (1, 6, 8, 4, 5), (2, 8, 9, 6, 7)]
    frame = pd.DataFrame(rows, columns=["thing", "first", "last", "by", "ended_by"])
    expected = [[1, 0, 5, 1, 3], [1, 6, 8, 4, 5], [2, 8, 9, 6, 7]]
    assert coalesced(frame.iloc[::-1], ["thing"]).to_numpy().tolist() == expected
    assert coalesced(frame.iloc[:0], ["thing"]).empty
