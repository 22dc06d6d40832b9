"""Of the firms that a lever brings into a zone: which are new to the park, and which were elsewhere in it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory.lively import divided
from tests.theory.quiet import quiet
from twin.park import Park
from twin.study import Comparison, compare
from twin.study.displacement import EVERY_PART, displacement, headline, told_places

#: A rent cut in the west, where leases end every quarter and nothing but rents matters.
WEST = {"at": "2026Q1", "lever": "rent", "where": {"zone": "west"}, "value": -0.3}


def two_halves(lettable_m2: float) -> Park:
    """Two buildings, in the west and in the east, with ten firms each."""
    firms = pd.concat([stock_of(10, building=building, floor_m2=1) for building in ("b0", "b1")], ignore_index=True)
    park = small_park([lettable_m2] * 2, firms=firms.assign(firm_id=range(1, 21)))
    return replace(park, zones=divided(park.zones))


@pytest.fixture(scope="module")
def moves() -> Comparison:
    """Nobody comes or goes, so that all that the west gains the east loses."""
    scenario = quiet({"lease_years": 0.25, "taste_rent": -3.0, "stay_inertia": 0.0}, quarters=4)
    return compare(two_halves(100.0), scenario, scenario.with_actions(WEST, name="cut"), replications=6)


def test_firms_that_only_change_places_are_not_new(moves: Comparison) -> None:
    table = moves.displacement("cut").set_index(["place", "measure", "part"])["mean"]
    gained = table["west", "firms", "change"]
    assert gained > 1
    assert table["west", "firms", "moved"] == gained == -table["east", "firms", "moved"]
    assert table["west", "firms", "net_new"] == table["park", "firms", "change"] == 0
    told = headline(moves.displacement("cut").query("place == 'west'"), "West")
    assert told.startswith(f"West: of {gained:+.1f} firms (")
    assert f"+0.0 are new to the park and {gained:+.1f} came from elsewhere in it" in told
    assert "园区新增 +0.0, 来自园区别处" in headline(moves.displacement("cut").query("place == 'west'"), "西区", "zh")


def test_firms_that_find_room_for_the_lever_alone_are_new() -> None:
    """Floor that opens in the west of a full park is taken by those who waited, and by nobody from the east."""
    comes = {"entry_per_year.ai": 20.0, "resident_share": 1.0, "search_patience_years": float("inf")}
    scenario = quiet(comes | {"construction_years": 0.0}, quarters=8)
    space = {"at": "2026Q3", "lever": "new_space", "where": {"building": "b0"}, "value": 8}
    result = compare(two_halves(10.0), scenario, scenario.with_actions(space, name="space"), replications=2)
    table = result.displacement("space").set_index(["place", "measure", "part"])["mean"]
    assert table["west", "firms", "net_new"] == table["west", "firms", "change"] == 8
    assert table["west", "firms", "stayed"] == 8  # they waited, and were no firms of the park yet
    assert table["east", "firms", "change"] == 0
    assert told_places(result.others["space"], result.base) == [("building", "b0")]
    by_building = result.displacement("space", by="building").set_index(["place", "measure", "part"])["mean"]
    assert by_building["b0", "floor_m2", "change"] == 8


def test_the_interval_is_that_of_the_pairs(moves: Comparison) -> None:
    pairs = zip(moves.base.records, moves.others["cut"].records, strict=True)
    gained = [
        displacement(before, after).query("place == 'west' and measure == 'firms'")["change"].iloc[0]
        for before, after in pairs
    ]
    row = moves.displacement("cut").query("place == 'west' and measure == 'firms' and part == 'change'").iloc[0]
    assert row["mean"] == pytest.approx(sum(gained) / 6)
    assert row["n"] == 6
    assert row["low"] < row["mean"] < row["high"]


def test_nothing_is_displaced_between_equals(moves: Comparison) -> None:
    record = moves.base.records[0]
    table = displacement(record, record)
    assert set(table["place"]) == {"park", "west", "east"}
    assert (table[[*EVERY_PART, "change"]] == 0).all(axis=None)


def test_wrong_words_are_refused(moves: Comparison) -> None:
    record = moves.base.records[0]
    with pytest.raises(ValueError, match="by='street'; it is one of park, zone, building"):
        displacement(record, record, by="street")
    with pytest.raises(ValueError, match="events=True"):
        displacement(replace(record, firms=None), record)
