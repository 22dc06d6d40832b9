"""The books of land and floor space: what is booked, and that what is wrong with them is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from tests.adjustable import Said, adjustable_park, line, with_tables
from twin.errors import ParkError
from twin.park import Park
from twin.park.ledger import Ledger, ledger_of

AT, LATER = "2027Q2", "2031Q1"

EDITS: list[Said] = [
    {"id": "r", "edit": "rezone", "at": AT, "parcels": ["p00"], "land_use": "F3"},
    {"id": "s", "edit": "split", "at": AT, "parcel": "p20", "shape": line((270, -5), (270, 105))},
    {"id": "d", "edit": "demolish", "at": "2027Q3", "buildings": ["b8"]},
    {"id": "w", "edit": "renovate", "at": "2027Q3", "building": "b10", "quarters": 2, "gfa_m2": 7_000},
    {"id": "n", "edit": "build", "at": AT, "parcel": "p10", "building": "n", "building_type": "office", "floors": 3,
     "gfa_m2": 6_000, "quarters": 4},
    {"id": "z", "edit": "boundary", "at": AT, "zone": "west", "remove": ["p01"]},
]  # fmt: skip


@pytest.fixture(scope="module")
def park() -> Park:
    return adjustable_park()


@pytest.fixture(scope="module")
def edited(park: Park) -> Park:
    return park.edit(EDITS)


@pytest.fixture(scope="module")
def books(edited: Park) -> Ledger:
    return ledger_of(edited)


def lines_of(books: Ledger, entry: str, zone: str = "*") -> list[tuple[Any, ...]]:
    """The lines of an entry in a zone: quarter, book, land use, state, m²."""
    lines = books.journal
    lines = lines[(lines["entry"] == entry) & (lines["zone"] == zone)]
    return [tuple(row) for row in lines.round(3)[["quarter", "book", "land_use", "state", "m2"]].to_numpy()]


def total(books: Ledger, at: str, zone: str, book: str) -> float:
    found = books.balances(at, by=())
    return float(found[(found["zone"] == zone) & (found["book"] == book)]["m2"].sum())


# What is booked


def test_the_books_open_with_all_there_is(park: Park) -> None:
    books = ledger_of(park)
    opening = books.journal[books.journal["quarter"] == ""]
    assert set(opening["entry"]) == {"opening"}
    assert opening[opening["state"] != "outside"].groupby(["zone", "book"])["m2"].sum().to_dict() == {
        ("*", "land"): 200_000, ("park", "land"): 160_000, ("west", "land"): 80_000,
        ("*", "floor"): 10 * 6_400, ("park", "floor"): 8 * 6_400, ("west", "floor"): 4 * 6_400,
    }  # fmt: skip


def test_what_changes_without_an_edit_is_as_planned(park: Park) -> None:
    lines = ledger_of(park).journal.query("zone == '*' and book == 'floor' and quarter == '2028Q1'")
    assert set(lines["entry"]) == {"as planned"}
    assert lines.groupby("state")["m2"].sum().to_dict() == {"open": 25_600, "under_construction": -25_600}


def test_a_rezoning_moves_land_and_its_floor_from_use_to_use(books: Ledger) -> None:
    expected = [
        (AT, "floor", "B23", "under_construction", -6_400.0),
        (AT, "floor", "F3", "under_construction", 6_400.0),
        (AT, "land", "B23", "under_construction", -10_000.0),
        (AT, "land", "F3", "under_construction", 10_000.0),
    ]
    assert lines_of(books, "r") == expected
    assert lines_of(books, "r", "west") == lines_of(books, "r", "park") == expected


def test_a_split_leaves_the_part_without_building_idle(books: Ledger) -> None:
    assert lines_of(books, "s") == [(AT, "land", "M4", "built", -3_000.0), (AT, "land", "M4", "idle", 3_000.0)]


def test_a_demolition_takes_floor_out_and_leaves_idle_land(books: Ledger) -> None:
    assert sorted(lines_of(books, "d")) == [
        ("2027Q3", "floor", "", "outside", 6_400.0),
        ("2027Q3", "floor", "R2", "open", -6_400.0),
        ("2027Q3", "land", "R2", "built", -10_000.0),
        ("2027Q3", "land", "R2", "idle", 10_000.0),
    ]


def test_works_take_floor_off_line_and_bring_more_back(books: Ledger) -> None:
    assert sorted(lines_of(books, "w")) == [
        ("2027Q3", "floor", "F3", "off_line", 6_400.0),
        ("2027Q3", "floor", "F3", "open", -6_400.0),
        ("2028Q1", "floor", "", "outside", -600.0),
        ("2028Q1", "floor", "F3", "off_line", -6_400.0),
        ("2028Q1", "floor", "F3", "open", 7_000.0),
    ]


def test_a_building_comes_into_the_books_when_it_is_begun(books: Ledger) -> None:
    assert sorted(lines_of(books, "n")) == [
        (AT, "floor", "", "outside", -6_000.0),
        (AT, "floor", "B2", "under_construction", 6_000.0),
        (AT, "land", "B2", "idle", -10_000.0),
        (AT, "land", "B2", "under_construction", 10_000.0),
        ("2028Q2", "floor", "B2", "open", 6_000.0),
        ("2028Q2", "floor", "B2", "under_construction", -6_000.0),
        ("2028Q2", "land", "B2", "built", 10_000.0),
        ("2028Q2", "land", "B2", "under_construction", -10_000.0),
    ]


def test_a_boundary_takes_land_out_of_a_zone_and_of_nothing_else(books: Ledger) -> None:
    assert sorted(lines_of(books, "z", "west")) == [
        (AT, "land", "", "outside", 10_000.0),
        (AT, "land", "M4", "idle", -10_000.0),
    ]
    assert lines_of(books, "z") == lines_of(books, "z", "park") == []


def test_balances_are_summed_by_what_is_asked_for(books: Ledger) -> None:
    found = books.balances(LATER, by=("provenance",))
    land = found[(found["zone"] == "*") & (found["book"] == "land")]
    assert land.set_index("provenance")["m2"].to_dict() == pytest.approx({"derived": 50_000, "synthetic": 150_000})
    assert list(books.balances(LATER, by=("state",)).columns) == ["zone", "book", "state", "m2"]
    assert books.balances(LATER)["m2"].min() > 0


@pytest.mark.parametrize("at", ["2026Q1", "2027Q1", AT, "2027Q3", "2028Q1", LATER])
def test_books_and_geometry_agree(books: Ledger, at: str) -> None:
    books.check(at)
    assert books.reconcile(at)["difference_m2"].abs().max() < 1e-3
    assert total(books, at, "*", "land") == pytest.approx(200_000)


# Planted errors

Plant = Callable[[Park], Park]


def told(books: Ledger, at: str) -> str:
    with pytest.raises(ParkError) as refused:
        books.check(at)
    return str(refused.value)


def parcel(name: str, version: int, change: Callable[[Any], Any]) -> Plant:
    """Draw one version of a parcel otherwise."""

    def plant(park: Park) -> Park:
        parcels = park.parcels
        row = (parcels["parcel_id"] == name) & (parcels["version"] == version)
        shapes = [change(shape) if hit else shape for shape, hit in zip(parcels.geometry, row, strict=True)]
        return replace(park, parcels=parcels.set_geometry(shapes, crs=parcels.crs))

    return plant


def grown(shape: Any) -> Any:
    """A shape with 2 m² more to its east."""
    left, bottom, right, top = shape.bounds
    return shapely.box(left, bottom, right + 2 / (top - bottom), top)


def left_open(park: Park) -> Park:
    return replace(park, parcels=park.parcels.assign(valid_to=None))


def version_lost(park: Park) -> Park:
    kept = (park.parcels["parcel_id"] != "p00") | (park.parcels["version"] == 1)
    return replace(park, parcels=park.parcels[kept].reset_index(drop=True))


def counted_twice(park: Park) -> Park:
    assert park.sites is not None
    more = park.sites[park.sites["building_id"] == "b16"].assign(parcel_id="p12")
    return replace(park, sites=pd.concat([park.sites, more], ignore_index=True))


def homeless(park: Park) -> Park:
    assert park.sites is not None
    return replace(park, sites=park.sites[park.sites["building_id"] != "b16"].reset_index(drop=True))


@pytest.mark.parametrize(
    ("plant", "where"),
    [
        (parcel("p02", 1, grown), "zone *, land: union of parcels: 200002.0 m² in the books, 200000.0 m² in the geom"),
        (parcel("p00", 2, grown), "zone *: entry r at 2027Q2 makes +2.0 m² of land"),
        (parcel("p00", 2, lambda shape: shape.buffer(-0.01)), "zone *: entry r at 2027Q2 makes -4.0 m² of land"),
        (left_open, "zone *, land: union of parcels: 220000.0 m² in the books, 200000.0 m² in the geometry"),
        (version_lost, "zone *: entry r at 2027Q2 makes -10000.0 m² of land"),
        (counted_twice, "zone *, floor: open: 57800.0 m² in the books, 51400.0 m² in the geometry"),
        (homeless, "zone *, floor: open: 45000.0 m² in the books, 51400.0 m² in the geometry"),
    ],
)
def test_a_park_with_a_planted_error_does_not_pass(edited: Park, plant: Plant, where: str) -> None:
    assert where in told(ledger_of(plant(edited)), LATER)


def test_books_of_another_park_do_not_pass(park: Park, books: Ledger) -> None:
    text = told(Ledger(park, books.journal), LATER)
    assert f"ledger at {LATER}, zone west, land: M4: 0.0 m² in the books, 10000.0 m² in the geometry" in text
    assert f"ledger at {LATER}, zone *, floor: open:" in text


@pytest.mark.parametrize(
    ("query", "where"),
    [
        (
            "entry == 'r' and book == 'land' and m2 > 0",
            "zone *, land: entry r at quarter '2027Q2' leaves -10000",
        ),
        ("entry == 'r' and book == 'floor' and m2 < 0", "zone *, floor: entry r at quarter '2027Q2' leaves +6400.0 m²"),
        ("entry == 'n' and state == 'outside'", "ledger, zone *, floor: entry n at quarter '2027Q2' leaves +6000.0 m²"),
        ("entry == 'z' and zone == 'west' and m2 < 0", "zone west, land: entry z at quarter '2027Q2' leaves +10000.0"),
        ("quarter == '' and land_use == 'M1'", "zone *, land: entry opening at quarter '' leaves -30000.0 m²"),
    ],
)
def test_a_posting_that_is_missing_is_told(edited: Park, books: Ledger, query: str, where: str) -> None:
    gone = books.journal.query(query).index
    assert len(gone)
    assert where in told(Ledger(edited, books.journal.drop(index=gone)), LATER)


def test_a_whole_entry_that_is_missing_is_told(edited: Park, books: Ledger) -> None:
    text = told(Ledger(edited, books.journal.query("entry != 'r'")), LATER)
    assert "zone west, land: F3: 10000.0 m² in the books, 20000.0 m² in the geometry" in text
    assert "leaves" not in text


@pytest.mark.parametrize(
    ("table", "change", "where"),
    [
        ("parcels", left_open, "parcels, row p00@2: holds at the time of version 1"),
        ("parcels", lambda park: park, ""),
        (
            "buildings",
            lambda park: replace(park, buildings=pd.concat([park.buildings, park.buildings.iloc[:1]])),
            "buildings, row b0: building_id is not unique; one row each",
        ),
        (
            "zones",
            lambda park: replace(park, zones=park.zones.assign(valid_to=None)),
            "zones, row park@2: holds at the time of version 1",
        ),
    ],
)
def test_tables_with_a_planted_error_are_no_park(edited: Park, table: str, change: Plant, where: str) -> None:
    frame: gpd.GeoDataFrame = getattr(change(edited), table).reset_index(drop=True)
    if not where:
        assert with_tables(edited, **{table: frame}).parcels is not None
        return
    with pytest.raises(ParkError) as refused:
        with_tables(edited, **{table: frame})
    assert where in str(refused.value)


def test_a_zone_without_land_has_no_books(park: Park) -> None:
    away = park.zones.iloc[:1].assign(valid_to=None).set_geometry([shapely.box(0, 0, 9, 9)], crs=park.zones.crs)
    books = ledger_of(with_tables(park, zones=away))
    books.check(AT)
    assert set(books.journal["zone"]) == {"*"}


def test_tables_with_types_that_know_what_is_missing_have_the_same_books(park: Park, edited: Park) -> None:
    shapes = {name: getattr(park, name) for name in ("zones", "parcels", "buildings")}
    tables = {
        name: gpd.GeoDataFrame(frame.drop(columns="geometry").convert_dtypes(), geometry=frame.geometry)
        for name, frame in shapes.items()
    }
    books = ledger_of(with_tables(park, **tables).edit(EDITS))
    books.check(LATER)
    pd.testing.assert_frame_equal(books.journal, ledger_of(edited).journal)
