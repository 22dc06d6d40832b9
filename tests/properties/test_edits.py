"""Random sequences of edits: whatever is done to a park, its land stays, its books agree, and all can be undone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.adjustable import COLUMNS, ROWS, SIDE, START, Said, adjustable_park, random_edits, with_possible, with_tables
from twin.park import Park, load_park, save_park
from twin.park.edits import KINDS
from twin.park.ledger import Ledger, ledger_of
from twin.units import Quarter

#: Sequences of the quick run, and of the long one in lots of a size, of which the first are among the slow tests.
QUICK, LOTS, LOT, SLOW_LOTS = 25, 25, 40, 3

#: Of so many sequences one is also undone, reordered and saved.
ONE_OF = 5

CANDIDATES = 10

LAND_M2 = COLUMNS * ROWS * SIDE**2


def drawn(seed: int) -> tuple[Park, list[Said], np.random.Generator]:
    """A park with a random sequence of edits made to it; every other sequence is crowded into a few dates."""
    luck = np.random.default_rng(seed)
    park, said = with_possible(adjustable_park(), random_edits(luck, CANDIDATES, 5 if seed % 2 else 40))
    return park, said, luck


def dates(park: Park, luck: np.random.Generator) -> list[Quarter]:
    """A date of an edit, and any date."""
    some = [edit.quarter for edit in park.edits] or [START]
    return [some[int(luck.integers(len(some)))], START.plus(int(luck.integers(0, 60)))]


# What holds of every sequence


def books_agree(park: Park, luck: np.random.Generator) -> None:
    books = ledger_of(park)
    for at in dates(park, luck):
        books.check(at)
        shapes = park.parcels_at(at).geometry.to_numpy()
        assert shapely.area(shapes).sum() == pytest.approx(LAND_M2, abs=1e-3)
        assert shapely.coverage_is_valid(shapes)
    entries_sum_to_nothing(books)


def entries_sum_to_nothing(books: Ledger) -> None:
    sums = books.journal.groupby(["quarter", "entry", "zone", "book"])["m2"].sum()
    assert sums.abs().max() < 1e-3


def tables_are_a_park(park: Park) -> None:
    again = with_tables(park)
    assert len(again.parcels) == len(park.parcels)
    assert park.sites is None or set(park.sites["parcel_id"]) <= set(park.parcels["parcel_id"])


def nothing_changed_before(park: Park) -> None:
    first = min((edit.quarter for edit in park.edits), default=START)
    at = first.plus(-1)
    same_rows(park.parcels_at(at), park.base.parcels_at(at), "parcel_id")
    same_rows(park.buildings_at(at), park.base.buildings_at(at), "building_id")
    same_rows(park.at(at), park.base.at(at), "zone_id")


def same_rows(found: pd.DataFrame, expected: pd.DataFrame, key: str) -> None:
    """Rows agree but for what lies ahead of them, and for corners that neighbours got on straight edges."""
    found, expected = found.sort_values(key), expected.sort_values(key)
    ahead = {"valid_to", "started", "completed", "closed"}
    kept = [name for name in expected.columns if name not in ahead | {"geometry", "area_m2", "area_km2"}]
    one, other = (pd.DataFrame(rows[kept]).reset_index(drop=True).astype(object) for rows in (found, expected))
    pd.testing.assert_frame_equal(one.where(one.notna(), None), other.where(other.notna(), None))
    apart = shapely.symmetric_difference(found["geometry"].to_numpy(), expected["geometry"].to_numpy())
    assert shapely.area(apart).max(initial=0) < 1e-3


def undone_it_is_the_base(park: Park) -> None:
    """The last edit by date goes first: no other can rest on it."""
    there = list(park.edits)
    while there:
        last = max(range(len(there)), key=lambda n: (there[n].quarter.ordinal, n))
        park = park.undo(there.pop(last).id)
    base = adjustable_park()
    assert park.sha256 == base.sha256
    for name in ("zones", "parcels", "buildings", "works"):
        pd.testing.assert_frame_equal(getattr(park, name), getattr(base, name))


def order_of_dates_does_not_matter(park: Park, said: list[Said], luck: np.random.Generator) -> None:
    places = {at: float(luck.random()) for at in {one["at"] for one in said}}
    shuffled: list[Said] = sorted(said, key=lambda one: places[one["at"]])
    other = adjustable_park().edit(shuffled)
    for name in ("zones", "parcels", "buildings", "works", "sites"):
        pd.testing.assert_frame_equal(getattr(park, name), getattr(other, name))


def saved_it_comes_back(park: Park, folder: Path) -> None:
    once = load_park(save_park(park, folder / "once"))
    twice = load_park(save_park(once, folder / "twice"))
    assert once.sha256 == twice.sha256
    assert once.edits == twice.edits == park.edits
    assert park.diff(once).table.empty
    assert once.base.diff(once).table.equals(twice.base.diff(twice).table)


def comes_back(park: Park, said: list[Said], luck: np.random.Generator, folder: Path) -> None:
    tables_are_a_park(park)
    order_of_dates_does_not_matter(park, said, luck)
    saved_it_comes_back(park, folder)
    undone_it_is_the_base(park)


@pytest.mark.parametrize("seed", range(QUICK))
def test_books_and_geometry_agree_after_any_edits(seed: int) -> None:
    park, _, luck = drawn(seed)
    books_agree(park, luck)
    nothing_changed_before(park)


@pytest.mark.parametrize("seed", range(0, QUICK, 25))
def test_any_edits_are_undone_reordered_and_saved(seed: int, tmp_path: Path) -> None:
    comes_back(*drawn(seed), tmp_path)


@pytest.mark.parametrize(
    "lot", [pytest.param(lot, marks=pytest.mark.slow if lot < SLOW_LOTS else pytest.mark.soak) for lot in range(LOTS)]
)
def test_all_holds_of_many_sequences(lot: int, tmp_path: Path) -> None:
    kinds = set()
    for seed in range(lot * LOT, (lot + 1) * LOT):
        park, said, luck = drawn(seed)
        kinds |= {one["edit"] for one in said}
        books_agree(park, luck)
        nothing_changed_before(park)
        if seed % ONE_OF == 0:
            comes_back(park, said, luck, tmp_path)
    assert kinds == set(KINDS)
