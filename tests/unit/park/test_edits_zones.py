"""Edits of zones: what boundary, add_zone and retire_zone do exactly, and what each is refused for."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely

from tests.adjustable import Said, adjustable_park, land_of, line, refusal, ring, with_tables
from twin.park import Park
from twin.park.ledger import ledger_of

AT = "2027Q2"


@pytest.fixture(scope="module")
def park() -> Park:
    return adjustable_park()


def boundary(zone: str = "west", at: str = AT, **said: Any) -> Said:
    return {"edit": "boundary", "at": at, "zone": zone, **said}


def add_zone(zone: str = "new", at: str = AT, **said: Any) -> Said:
    return {"edit": "add_zone", "at": at, "zone": zone, "name_zh": "新区", "name_en": "New zone", **said}


def retire(zone: str, at: str = AT, **said: Any) -> Said:
    return {"edit": "retire_zone", "at": at, "zone": zone, **said}


def m2(park: Park, zone: str, *dates: str) -> list[float]:
    """The area of a zone at each date, 0 where it is none."""
    return [float(round(frame.loc[frame["zone_id"] == zone].area.sum(), 1)) for frame in map(park.at, dates)]


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ({"add": ["p20"]}, 90_000),
        ({"add": ["p20", "p21"], "remove": ["p00"]}, 90_000),
        ({"remove": ["p00", "p10"]}, 60_000),
        ({"add": ["p43"]}, 90_000),
        ({"shape": ring(0, 0, 120, 50)}, 6_000),
    ],
)
def test_a_boundary_moves_at_its_date(park: Park, said: Said, after: float) -> None:
    found = park.edit(boundary(id="b", **said))
    assert m2(found, "west", "2026Q1", "2027Q1", AT, "2040Q1") == [80_000, 80_000, after, after]
    rows = found.zones[found.zones["zone_id"] == "west"]
    assert rows["version"].tolist() == [1, 2]
    assert [rows["ended_by"].iloc[0], rows["edit"].iloc[1], rows["provenance"].iloc[1]] == ["b", "b", "planned"]


def test_what_was_moved_is_moved_on(park: Park) -> None:
    found = park.edit(boundary(remove=["p00"], at="2029Q1"), boundary(add=["p20"]))
    assert m2(found, "west", "2027Q1", AT, "2029Q1") == [80_000, 90_000, 80_000]


def test_a_boundary_moves_under_the_reading_that_is_chosen(park: Park) -> None:
    west = park.zones[park.zones["zone_id"] == "west"]
    readings = [west.assign(version=n + 1, setting=f"wulituo={name}") for n, name in enumerate(("outside", "inside"))]
    zones = pd.concat([park.zones[park.zones["zone_id"] != "west"], *readings], ignore_index=True)
    found = with_tables(park, zones=zones).edit(boundary(add=["p20"]))
    after = found.zones[(found.zones["zone_id"] == "west") & (found.zones["valid_from"] == AT)]
    assert after["setting"].tolist() == ["wulituo=outside"]
    other = found.under({"wulituo": "inside"})
    after = other.zones[(other.zones["zone_id"] == "west") & (other.zones["valid_from"] == AT)]
    assert after["setting"].tolist() == ["wulituo=inside"]
    assert after["version"].is_unique
    assert after.area.tolist() == [90_000]


def test_a_version_that_begins_at_the_date_is_drawn_anew(park: Park) -> None:
    found = park.edit(boundary("park", at="2027Q1", remove=["p43"]))
    assert m2(found, "park", "2026Q4", "2027Q1") == [160_000, 190_000]
    assert (found.zones["zone_id"] == "park").sum() == 2


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (boundary("wets", add=["p20"]), "unknown zone 'wets'; did you mean 'west'?"),
        (boundary(add=["p00"]), "parcel p00 lies in zone west already; parcels outside it"),
        (boundary(remove=["p20"]), "parcel p20 does not lie in zone west; parcels inside it"),
        (boundary(add=["p77"]), "unknown parcel 'p77'; known are p00"),
        (boundary(shape=ring(0, 0, 200, 400)), "the boundary of zone west stays where it is; parcels in or out of it"),
        (boundary(shape=line((0, 0), (200, 400))), "an outline that is a LineString; a polygon"),
        (
            boundary(remove=[f"p{i}{j}" for i in range(2) for j in range(4)]),
            "nothing would be left of zone west; retire_zone",
        ),
        (
            boundary("park", at="2026Q2", remove=["p00"]),
            "zone park has another version from 2027Q1; a date from 2027Q1",
        ),
        (
            boundary("middle", at="2026Q2", add=["p00"]),
            "zone middle is not in force at 2026Q2; a date within 2026Q3 to …",
        ),
        (boundary(at="2025Q4", add=["p20"]), "2025Q4 lies before the park's start; from 2026Q1 on"),
    ],
)
def test_a_boundary_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: boundary-1 (boundary, {edit['at']}): {told}")


@pytest.mark.parametrize(
    ("before", "edit", "told"),
    [
        (boundary(id="b", add=["p20"]), boundary(add=["p30"]), "both decide the outline of zone west at 2027Q2"),
        (boundary(id="b", add=["p20"]), retire("west"), "both decide the outline of zone west at 2027Q2"),
        (retire("west", id="b"), boundary(at="2028Q1", add=["p20"]), "zone west is no more"),
        (retire("west", id="b"), retire("west", at="2028Q1"), "zone west is no more"),
        (add_zone(id="b", parcels=["p20"]), add_zone(at="2028Q1", parcels=["p30"]), "there is a zone new already"),
        (retire("west", id="b"), add_zone(parent="west", parcels=["p30"]), "zone west is no more"),
        (
            {"edit": "split", "id": "b", "at": AT, "parcel": "p10", "shares": [0.5, 0.5]},
            add_zone(parcels=["p10"]),
            "parcel p10 is no more",
        ),
    ],
)
def test_edits_of_zones_conflict(park: Park, before: Said, edit: Said, told: str) -> None:
    assert f"{told}; it conflicts with b ({before['edit']}, {AT})" in refusal(park, before, edit | {"id": "this"})


@pytest.mark.parametrize(
    ("said", "area"), [({"parcels": ["p10", "p20"]}, 20_000), ({"shape": ring(0, 0, 50, 30)}, 1_500)]
)
def test_a_zone_is_there_from_its_date_on(park: Park, said: Said, area: float) -> None:
    found = park.edit(add_zone(parent="park", leading_industry="ai", id="a", **said))
    assert m2(found, "new", "2027Q1", AT, "2040Q1") == [0, area, area]
    told = ["name_zh", "name_en", "kind", "parent", "leading_industry", "version", "edit"]
    assert found.at(AT).query("zone_id == 'new'")[told].to_numpy().tolist() == [
        ["新区", "New zone", "feature_park", "park", "ai", 1, "a"]]  # fmt: skip


def test_a_zone_may_lie_in_pieces_and_have_a_hole(park: Park) -> None:
    around = [f"p{i}{j}" for j in range(3) for i in range(3) if (i, j) != (1, 1)]
    found = park.edit(add_zone(parcels=["p00", "p11"]), add_zone("ring", parcels=around))
    shapes = found.at(AT).set_index("zone_id").geometry
    assert [shapes["new"].geom_type, shapes["ring"].geom_type] == ["MultiPolygon", "Polygon"]
    assert shapely.get_num_interior_rings(shapes["ring"]) == 1


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (add_zone("west", parcels=["p20"]), "there is a zone west already; another id"),
        (add_zone("*", parcels=["p20"]), "zone * stands for the whole of what is drawn; another id"),
        (add_zone(parcels=["p20"], parent="wets"), "unknown zone 'wets'; did you mean 'west'?"),
        (add_zone(parcels=["p20"], leading_industry="bio"), "unknown leading_industry 'bio'; known are ai"),
        (add_zone(parcels=["p66"]), "unknown parcel 'p66'; known are p00"),
        (add_zone(shape="POINT (1 1)"), "an outline that is a Point; a polygon"),
        (add_zone(shape="GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)))"), "an outline that is a GeometryColl"),
    ],
)
def test_a_zone_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: add_zone-1 (add_zone, {AT}): {told}")


def test_a_zone_of_parts_is_added_when_they_are_made(park: Park) -> None:
    cut = {"edit": "split", "at": AT, "parcel": "p10", "shares": [0.3, 0.7]}
    found = park.edit(cut, add_zone(parcels=["p10/1"]), boundary(remove=["p10/2"]))
    assert [m2(found, "new", AT), m2(found, "west", AT)] == [[3_000], [73_000]]
    ledger_of(found).check(AT)


def test_a_retired_zone_is_no_more_from_its_date_on(park: Park) -> None:
    found = park.edit(retire("west"), retire("middle"))
    assert [m2(found, name, "2027Q1", AT) for name in ("west", "middle")] == [[80_000, 0], [36_600, 0]]
    ledger_of(found).check(AT)


def test_a_zone_added_and_retired_at_one_date_never_was(park: Park) -> None:
    found = park.edit(add_zone(parcels=["p10"]), retire("new"))
    assert "new" not in set(found.zones["zone_id"])


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (retire("park"), "the park itself; another zone"),
        (retire("east"), "unknown zone 'east'; did you mean 'west'?"),
        (retire("middle", at="2026Q1"), "zone middle is not in force at 2026Q1; a date within 2026Q3 to …"),
    ],
)
def test_a_retirement_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: retire_zone-1 (retire_zone, {edit['at']}): {told}")


def test_a_zone_grows_by_a_parcel_in_two_pieces() -> None:
    pieces = shapely.MultiPolygon([shapely.box(210, 0, 260, 100), shapely.box(300, 0, 350, 100)])
    found = land_of(shapely.box(0, 0, 200, 100), pieces).edit(boundary(add=["q1"]))
    assert m2(found, "west", AT) == [90_000]
    ledger_of(found).check(AT)


def test_a_zone_in_which_others_lie_is_not_retired(park: Park) -> None:
    child = {"edit": "add_zone", "at": "2027Q1", "zone": "z", "name_zh": "新区", "name_en": "New", "parent": "west"}
    within = park.edit(child | {"parcels": ["p00"]})
    told = refusal(within, {"edit": "retire_zone", "at": "2028Q1", "zone": "west"})
    assert "z lie in zone west; retire these before" in told
