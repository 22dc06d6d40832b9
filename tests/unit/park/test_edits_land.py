"""Edits of the land: what rezone, split, merge and swap do exactly, and what each is refused for."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from shapely.affinity import rotate

from tests.adjustable import Said, adjustable_park, home_of, land_of, line, parcels_of, refusal, with_tables
from twin.park import Park
from twin.park.ledger import ledger_of

AT = "2027Q1"


@pytest.fixture(scope="module")
def park() -> Park:
    return adjustable_park()


def rezone(*parcels: str, at: str = AT, **said: Any) -> Said:
    return {"edit": "rezone", "at": at, "parcels": parcels, **said}


def split(parcel: str, at: str = AT, **said: Any) -> Said:
    return {"edit": "split", "at": at, "parcel": parcel, **said}


def merge(*parcels: str, at: str = AT, **said: Any) -> Said:
    return {"edit": "merge", "at": at, "parcels": parcels, **said}


def swap(*parcels: str, at: str = AT, of: str = "use") -> Said:
    return {"edit": "swap", "at": at, "parcels": parcels, "of": of}


def areas(park: Park, *parcels: str, at: str = "2030Q1") -> list[float]:
    found = parcels_of(park, at)
    return [round(found[name]["area_m2"], 3) for name in parcels]


def rows_of(park: Park, parcel: str, *columns: str) -> list[list[Any]]:
    """The versions of a parcel, in order, with None for what is empty."""
    rows = park.parcels[park.parcels["parcel_id"] == parcel]
    return rows[list(columns)].astype(object).where(rows[list(columns)].notna(), None).to_numpy().tolist()


# Rezone


def test_a_rezoning_changes_what_it_says_from_its_date_on(park: Park) -> None:
    found = park.edit(rezone("p00", "p10", land_use="F3", far_limit=4))
    before, after = parcels_of(found, "2026Q4"), parcels_of(found, AT)
    assert [before["p00"]["land_use"], after["p00"]["land_use"]] == ["B23", "F3"]
    assert [before["p10"]["far_limit"], after["p10"]["far_limit"]] == [3.0, 4.0]
    assert after["p00"]["height_limit_m"] == 60.0
    same = ("land_use", "far_limit", "height_limit_m", "owner", "geometry", "version")
    assert [after["p20"][key] for key in same] == [parcels_of(park)["p20"][key] for key in same]


def test_a_rezoning_is_a_version_with_its_author(park: Park) -> None:
    found = park.edit(rezone("p00", id="r", land_use="F3"))
    rows = rows_of(found, "p00", "version", "valid_from", "valid_to", "edit", "ended_by")
    assert rows == [[1, None, AT, None, "r"], [2, AT, None, "r", None]]


def test_rezonings_follow_each_other(park: Park) -> None:
    found = park.edit(rezone("p00", at="2029Q1", land_use="B4"), rezone("p00", land_use="F3"))
    assert [parcels_of(found, at)["p00"]["land_use"] for at in ("2026Q4", AT, "2029Q1")] == ["B23", "F3", "B4"]
    assert rows_of(found, "p00", "version", "valid_to") == [[1, AT], [2, "2029Q1"], [3, None]]


def test_a_rezoning_may_take_effect_at_the_very_start(park: Park) -> None:
    assert parcels_of(park.edit(rezone("p00", at="2026Q1", land_use="F3")), "2026Q1")["p00"]["land_use"] == "F3"


def test_edits_of_one_date_about_different_things_make_one_version(park: Park) -> None:
    found = park.edit(rezone("p00", land_use="F3"), rezone("p00", far_limit=2.5))
    assert rows_of(found, "p00", "version", "land_use", "far_limit") == [[1, "B23", 3.0], [2, "F3", 2.5]]


def test_whole_numbers_in_a_column_do_not_cut_off_others(park: Park) -> None:
    whole = with_tables(park, parcels=park.parcels.assign(far_limit=3))
    assert parcels_of(whole.edit(rezone("p00", far_limit=2.5)))["p00"]["far_limit"] == 2.5


@pytest.mark.parametrize(("parcel", "far"), [("p20", 0.64), ("p40", 0.64), ("p10", 0.0)])
def test_the_ratio_may_be_what_stands_or_is_planned(park: Park, parcel: str, far: float) -> None:
    assert parcels_of(park.edit(rezone(parcel, far_limit=far)))[parcel]["far_limit"] == far


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (rezone("p00", land_use="B32"), "unknown land_use 'B32'; did you mean 'B2'?"),
        (rezone("p00", land_use="B23", far_limit=3), "parcel p00 has that use and those limits already"),
        (rezone("p00", "p00", far_limit=2), "a parcel named twice"),
        (rezone("p0O", far_limit=2), "unknown parcel 'p0O'; did you mean 'p40'?"),
        (
            rezone("p20", far_limit=0.63),
            "6400 m² stand or are planned on p20: ratio 0.64 over 0.63; far_limit 0.64 or more, or a demolition before",
        ),
        (rezone("p40", far_limit=0.1), "6400 m² stand or are planned on p40: ratio 0.64 over 0.1"),
        (
            rezone("p20", height_limit_m=15.9),
            "building b2 on p20 is 16 m high, over 15.9 m; height_limit_m 16 or more",
        ),
        (rezone("p00", at="2025Q4", far_limit=2), "2025Q4 lies before the park's start; from 2026Q1 on"),
    ],
)
def test_a_rezoning_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: rezone-1 (rezone, {edit['at']}): {told}")


def test_two_rezonings_of_one_thing_at_one_date_are_both_named(park: Park) -> None:
    told = refusal(park, rezone("p00", id="one", far_limit=2), rezone("p00", "p10", id="two", far_limit=4))
    assert told == (
        "edit 2: two (rezone, 2027Q1): both decide the far_limit of parcel p00 at 2027Q1; "
        "it conflicts with one (rezone, 2027Q1); one of them"
    )


def test_all_edits_that_are_wrong_are_told_at_once(park: Park) -> None:
    told = refusal(park, rezone("x", id="a", far_limit=2), rezone("p00", far_limit=2), rezone("y", id="b", far_limit=2))
    assert [text.split(" ")[2] for text in told.splitlines()] == ["a", "b"]


# Split


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"shape": line((130, -5), (130, 105))}, [3_000, 7_000]),
        ({"shape": line((130, 105), (130, -5))}, [7_000, 3_000]),
        ({"shape": line((100, 70), (200, 70))}, [3_000, 7_000]),
        ({"shape": line((100, 0), (200, 100))}, [5_000, 5_000]),
        ({"shape": line((95, 20), (150, 20), (150, 105))}, [4_000, 6_000]),
        ({"shares": [0.2, 0.8], "bearing_deg": 90}, [2_000, 8_000]),
        ({"shares": [0.2, 0.8], "bearing_deg": 270}, [2_000, 8_000]),
        ({"shares": [0.1, 0.2, 0.7], "bearing_deg": 37.5}, [1_000, 2_000, 7_000]),
    ],
)
def test_a_split_makes_parts_of_these_areas(park: Park, said: Said, expected: list[float]) -> None:
    found = park.edit(split("p10", **said))
    names = [f"p10/{n + 1}" for n in range(len(expected))]
    assert areas(found, *names) == pytest.approx(expected, abs=1e-3)
    assert "p10" not in parcels_of(found, AT)
    assert "p10/1" not in parcels_of(found, "2026Q4")
    assert shapely.coverage_is_valid(found.parcels_at(AT).geometry.to_numpy())


@pytest.mark.parametrize(("bearing", "side"), [(0, "bottom"), (90, "left"), (180, "top"), (270, "right")])
def test_shares_follow_each_other_along_the_bearing(park: Park, bearing: float, side: str) -> None:
    first = parcels_of(park.edit(split("p10", shares=[0.1, 0.9], bearing_deg=bearing)))["p10/1"]["geometry"]
    bounds = dict(zip(("left", "bottom", "right", "top"), shapely.bounds(first), strict=True))
    whole = shapely.bounds(parcels_of(park)["p10"]["geometry"])
    across = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}[side]
    names = ["left", "bottom", "right", "top"]
    assert bounds[side] == whole[names.index(side)]
    assert abs(bounds[across] - bounds[side]) == pytest.approx(10.0)


def test_parts_are_as_the_whole_was(park: Park) -> None:
    parts = parcels_of(park.edit(split("p10", id="s", shares=[0.5, 0.5], into=["east", "west/1"])))
    whole = parcels_of(park)["p10"]
    for name in ("east", "west/1"):
        same = ("land_use", "far_limit", "height_limit_m", "owner", "provenance")
        assert {key: parts[name][key] for key in same} == {key: whole[key] for key in same}
        assert [parts[name][key] for key in ("version", "valid_from", "edit")] == [1, AT, "s"]


@pytest.mark.parametrize(("at", "home"), [("2026Q4", "p20"), (AT, "p20/1"), ("2040Q1", "p20/1")])
def test_a_building_stands_on_the_part_it_lies_in(park: Park, at: str, home: str) -> None:
    assert home_of(park.edit(split("p20", shape=line((270, -5), (270, 105)))), "b2", at) == home


def test_a_building_follows_a_part_that_is_split_again(park: Park) -> None:
    cuts = [split("p20", shape=line((290, -5), (290, 105))), split("p20/1", "2028Q1", shape=line((195, 80), (295, 80)))]
    found = park.edit(*cuts)
    assert [home_of(found, "b2", at) for at in ("2026Q1", AT, "2028Q1")] == ["p20", "p20/1", "p20/1/2"]
    assert areas(found, "p20/1/1", "p20/1/2", "p20/2") == [1_800, 7_200, 1_000]


def test_neighbours_get_the_corner_of_a_cut_and_keep_their_area(park: Park) -> None:
    found = park.edit(split("p10", shares=[0.3, 0.7]))
    west = parcels_of(found, "2026Q1")["p00"]["geometry"]
    assert shapely.get_num_coordinates(west) == 6
    assert shapely.equals(west, parcels_of(park)["p00"]["geometry"])


def test_shapes_on_a_grid_are_cut_where_the_line_is(park: Park) -> None:
    turned = [rotate(shape, 23.7, origin=(480_003, 4_410_007)) for shape in park.parcels.geometry]
    shapes = shapely.set_precision(turned, 0.001, mode="pointwise")
    kept = with_tables(park, parcels=park.parcels.set_geometry(shapes, crs=park.parcels.crs))
    found = kept.edit(split("p10", shares=[0.37, 0.63], bearing_deg=12)).parcels_at(AT)
    assert found["area_m2"].sum() == pytest.approx(shapely.area(shapes).sum(), abs=1e-6)
    assert shapely.coverage_is_valid(found.geometry.to_numpy())


RING_SHAPE = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
U_SHAPE = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 101))
TWO_PIECES = shapely.MultiPolygon([shapely.box(0, 0, 40, 100), shapely.box(60, 0, 100, 100)])


@pytest.mark.parametrize(
    ("shape", "cut", "expected"),
    [
        (RING_SHAPE, {"shape": line((-5, 50), (105, 50))}, [4_800, 4_800]),
        (RING_SHAPE, {"shape": line((-5, 70), (105, 70))}, [3_000, 6_600]),
        (RING_SHAPE, {"shares": [0.5, 0.5]}, [4_800, 4_800]),
        (U_SHAPE, {"shape": line((-5, 30), (105, 30))}, [5_800, 3_000]),
        (U_SHAPE, {"shape": line((-5, 70), (105, 70))}, [1_200, 1_200, 6_400]),
        (U_SHAPE, {"shares": [0.25, 0.75], "bearing_deg": 180}, None),
        (TWO_PIECES, {"shape": line((50, -5), (50, 105))}, [4_000, 4_000]),
        (TWO_PIECES, {"shape": line((30, -5), (30, 105))}, [3_000, 1_000, 4_000]),
    ],
)
def test_parcels_of_any_form_are_split(shape: Any, cut: Said, expected: list[float] | None) -> None:
    park = land_of(shape)
    if expected is None:
        assert "a cut by shares leaves 3 pieces; another bearing_deg, or a line" in refusal(park, split("q0", **cut))
        return
    found = park.edit(split("q0", **cut)).parcels_at(AT)
    assert sorted(found["area_m2"]) == pytest.approx(sorted(expected))
    assert shapely.area(shapely.union_all(found.geometry.to_numpy())) == pytest.approx(shape.area)


@pytest.mark.parametrize(
    ("shape", "points"),
    [
        (RING_SHAPE, [(-50, -50), (-40, 300)]),
        (RING_SHAPE, [(-5, 50), (50, 50)]),
        (RING_SHAPE, [(45, 45), (55, 55)]),
        (U_SHAPE, [(45, 105), (55, 41)]),
        (U_SHAPE, [(0, 0), (0, 100)]),
        (U_SHAPE, [(40, 40), (40, 100)]),
        (TWO_PIECES, [(-50, -50), (-40, 300)]),
        (TWO_PIECES, [(-5, 50), (30, 50)]),
        (TWO_PIECES, [(0, 0), (0, 100)]),
        (TWO_PIECES, [(30, 30), (35, 35)]),
    ],
)
def test_a_line_has_to_cut_the_parcel(shape: Any, points: list[tuple[float, float]]) -> None:
    told = refusal(land_of(shape), split("q0", shape=line(*points)))
    assert "the line does not cut the parcel; a line that crosses it from edge to edge" in told


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (split("p20", shape=line((230, -5), (230, 105))), "the cut goes through building b2; another line, or a demol"),
        (split("p20", shares=[0.3, 0.7]), "the cut goes through building b2; another line, or a demolition before"),
        (split("p10", shares=[0.04, 0.96]), "part p10/1 would have 400 m²; at least 500 m² each"),
        (split("p10", shares=[0.5, 0.5], into=["p00", "x"]), "there is a parcel p00 already; another id"),
        (split("p10", shares=[0.5, 0.5], into=["p10", "x"]), "there is a parcel p10 already; another id"),
        (split("p10", shares=[0.5, 0.5], into=["x", "x"]), "an id twice: x, x; another id for each"),
        (split("p10", shares=[0.5, 0.5], into=["x", "y", "z"]), "2 parts of p10, and 3 names in into; a name for each"),
        (split("p10", shape=line((105, 5), (150, 5), (150, 50), (105, 5))), "a Polygon to cut along; a line"),
        (split("p10", shape="POINT (480150 4410050)"), "a Point to cut along; a line"),
        (split("p9", shares=[0.5, 0.5]), "unknown parcel 'p9'; known are p00, p10"),
        (split("p20", shares=[0.79, 0.21], bearing_deg=180, at="2025Q1"), "2025Q1 lies before the park's start"),
    ],
)
def test_a_split_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: split-1 (split, {edit['at']}): {told}")


def test_a_part_has_to_carry_what_stands_on_it(park: Park) -> None:
    tight = park.edit(rezone("p20", at="2026Q2", far_limit=1))
    told = refusal(tight, split("p20", shares=[0.6, 0.4], bearing_deg=90))
    assert "6400 m² stand or are planned on p20/1: ratio 1.07 over 1; far_limit 1.07 or more" in told


def test_a_parcel_that_was_split_is_no_more(park: Park) -> None:
    told = refusal(park, split("p10", id="s", shares=[0.5, 0.5]), rezone("p10", id="r", at="2028Q1", far_limit=2))
    assert told == (
        "edit 2: r (rezone, 2028Q1): parcel p10 is no more; it conflicts with s (split, 2027Q1); another parcel"
    )


def test_what_a_refused_split_would_have_made_is_not_missed_too(park: Park) -> None:
    told = refusal(park, split("p10", shares=[0.01, 0.99]), rezone("p10/1", "p10/2", far_limit=2))
    assert len(told.splitlines()) == 1


# Merge


@pytest.mark.parametrize("into", [None, "whole", "p11"])
def test_a_merger_is_all_of_its_parts(park: Park, into: str | None) -> None:
    edit = merge("p10", "p11", land_use="F3", **({"into": into} if into else {}))
    found = park.edit(edit)
    name = into or "p10+"
    whole = parcels_of(found, AT)[name]
    assert [whole["area_m2"], whole["land_use"], whole["far_limit"]] == [20_000, "F3", 3.0]
    assert {"p10", "p11"} & set(parcels_of(found, AT)) == {name} & {"p11"}
    assert [home_of(found, "b6", at) for at in ("2026Q4", AT)] == ["p11", name]
    assert len(parcels_of(found, "2026Q4")) == 20


def test_a_merger_rests_on_what_its_parts_rest_on(park: Park) -> None:
    found = park.edit(merge("p02", "p01", land_use="F3"), merge("p10", "p11", land_use="F3"))
    assert [parcels_of(found)[name]["provenance"] for name in ("p02+", "p10+")] == ["synthetic", "derived"]


def test_parcels_around_another_become_one_with_a_hole(park: Park) -> None:
    around = [f"p{i}{j}" for j in range(3) for i in range(3) if (i, j) != (1, 1)]
    whole = parcels_of(park.edit(merge(*around, land_use="F3")))["p00+"]
    assert whole["area_m2"] == 80_000
    assert shapely.get_num_interior_rings(whole["geometry"]) == 1


@pytest.mark.parametrize("degrees", [0, 17.2, 231])
def test_neighbours_without_common_corners_are_merged(degrees: float) -> None:
    boxes = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 37.3), shapely.box(100, 37.3, 200, 100)]
    found = land_of(*(rotate(box, degrees, origin=(12, 7)) for box in boxes)).edit(merge("q1", "q0"))
    assert areas(found, "q1+", "q2") == [13_730, 6_270]
    ledger_of(found).check(AT)


def test_a_parcel_is_merged_into_the_hole_of_another() -> None:
    found = land_of(RING_SHAPE, shapely.box(40, 40, 60, 60)).edit(merge("q1", "q0"))
    assert areas(found, "q1+") == [10_000]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (merge("p10", "p11"), "the parcels differ in land_use: A35, B2; land_use of the whole"),
        (merge("p20", "p30", land_use="F3"), "owners district, market; parcels of one owner: swap owners before"),
        (merge("p10", "p21", land_use="F3"), "p10, p21 do not lie edge to edge; neighbours with a common boundary"),
        (merge("p00", "p20", land_use="F3"), "p00, p20 do not lie edge to edge; neighbours with a common boundary"),
        (merge("p10", "p11", "p10", land_use="F3"), "a parcel named twice; each parcel once"),
        (merge("p10", "p11", land_use="F3", into="p00"), "there is a parcel p00 already; another id"),
        (merge("p10", "p11", land_use="f3"), "unknown land_use 'f3'; known are A, A35"),
        (merge("p10", "p11", land_use="F3", far_limit=0.3), "6400 m² stand or are planned on p10+: ratio 0.32 over"),
        (merge("p10", "p11", land_use="F3", height_limit_m=9), "building b6 on p10+ is 16 m high, over 9 m"),
        (merge("p10", "p99", land_use="F3"), "unknown parcel 'p99'; known are p00"),
    ],
)
def test_a_merger_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: merge-1 (merge, {AT}): {told}")


def test_overlapping_parcels_are_not_merged() -> None:
    park = land_of(shapely.box(0, 0, 100, 100), shapely.box(90, 0, 200, 100))
    assert "q0, q1 do not lie edge to edge" in refusal(park, merge("q0", "q1"))


# Swap


def test_parcels_exchange_their_use_and_limits(park: Park) -> None:
    found = park.edit(rezone("p00", at="2026Q2", height_limit_m=80), swap("p00", "p43"))
    here, there = parcels_of(found)["p00"], parcels_of(found)["p43"]
    assert [here["land_use"], here["height_limit_m"], here["owner"]] == ["M4", 60.0, "district"]
    assert [there["land_use"], there["height_limit_m"], there["owner"]] == ["B23", 80.0, "market"]


def test_parcels_exchange_their_owners_and_nothing_else(park: Park) -> None:
    found = parcels_of(park.edit(swap("p20", "p30", of="owner")))
    assert [found[name]["owner"] for name in ("p20", "p30")] == ["market", "district"]
    assert [found[name]["land_use"] for name in ("p20", "p30")] == ["M4", "A35"]


def test_owners_swapped_before_let_parcels_be_merged(park: Park) -> None:
    edits = [merge("p20", "p30", land_use="F3"), swap("p21", "p30", of="owner", at="2026Q2")]
    assert areas(park.edit(edits), "p20+") == [20_000]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (swap("p00", "p00"), "parcel p00 with itself; two parcels"),
        (swap("p00", "p42"), "p00 and p42 do not differ in use; parcels that do"),
        (swap("p00", "p10", of="owner"), "p00 and p10 do not differ in owner; parcels that do"),
        (swap("p00", "p98"), "unknown parcel 'p98'; known are p00"),
    ],
)
def test_a_swap_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: swap-1 (swap, {AT}): {told}")


def test_what_stands_has_to_keep_within_swapped_limits(park: Park) -> None:
    low = park.edit(rezone("p10", at="2026Q2", far_limit=0.5))
    assert "6400 m² stand or are planned on p20: ratio 0.64 over 0.5" in refusal(low, swap("p10", "p20"))


def test_a_swap_and_a_rezoning_of_one_date_conflict(park: Park) -> None:
    told = refusal(park, rezone("p00", id="r", land_use="F3"), swap("p10", "p00") | {"id": "s"})
    assert "both decide the land_use of parcel p00 at 2027Q1; it conflicts with r (rezone, 2027Q1)" in told


# Several edits of one date


def test_a_part_is_rezoned_at_the_date_of_the_split(park: Park) -> None:
    found = park.edit(split("p10", shares=[0.5, 0.5]), rezone("p10/1", land_use="F3"))
    assert rows_of(found, "p10/1", "version", "land_use", "valid_from") == [[1, "F3", AT]]


def test_edits_of_one_date_are_done_as_they_stand(park: Park) -> None:
    told = refusal(park, rezone("p10/1", id="r", land_use="F3"), split("p10", id="s", shares=[0.5, 0.5]))
    assert told.startswith("edit 1: r (rezone, 2027Q1): unknown parcel 'p10/1'; did you mean")


def test_parts_made_and_merged_at_one_date_leave_nothing(park: Park) -> None:
    found = park.edit(split("p20", shares=[0.2, 0.8], bearing_deg=270), merge("p20/1", "p20/2", into="again"))
    assert areas(found, "again", at=AT) == [10_000]
    assert not found.parcels["parcel_id"].isin(["p20/1", "p20/2"]).any()
    assert [home_of(found, "b2", at) for at in ("2026Q4", AT)] == ["p20", "again"]
    ledger_of(found).check(AT)


def test_a_building_begun_on_a_part_that_is_merged_at_once_stands_on_the_whole(park: Park) -> None:
    begun = {"edit": "build", "at": AT, "parcel": "p10/1", "building": "n", "building_type": "office", "floors": 2}
    cuts = [split("p10", shares=[0.5, 0.5]), begun | {"gfa_m2": 2_000}, merge("p10/1", "p10/2")]
    found = park.edit(*cuts)
    assert home_of(found, "n") == "p10/1+"
    ledger_of(found).check("2029Q1")


@pytest.mark.parametrize(
    "edit",
    [
        rezone("p00", far_limit=2),
        split("p00", shares=[0.7, 0.3]),
        merge("p10", "p00", land_use="F3"),
        swap("p00", "p10"),
    ],
)
def test_land_for_which_another_version_is_known_is_left_alone(park: Park, edit: Said) -> None:
    dated = park.parcels.assign(version=1, valid_from=None, valid_to=None).astype({"valid_to": object})
    dated.loc[dated["parcel_id"] == "p00", "valid_to"] = "2030Q1"
    later = dated[dated["parcel_id"] == "p00"].assign(version=2, valid_from="2030Q1", valid_to=None, land_use="F3")
    known = with_tables(park, parcels=pd.concat([dated, later], ignore_index=True))
    assert "parcel p00 has another version from 2030Q1; a date from 2030Q1 on" in refusal(known, edit)
    if edit["edit"] == "rezone":
        assert parcels_of(known.edit(edit | {"at": "2030Q1"}))["p00"]["far_limit"] == 2


@pytest.mark.parametrize("at", ["2026Q1", "2029Q4"])
def test_a_parcel_is_only_edited_while_it_is_in_force(park: Park, at: str) -> None:
    dated = park.parcels.assign(valid_from=None, valid_to=None).astype({"valid_to": object, "valid_from": object})
    dated.loc[dated["parcel_id"] == "p10", ["valid_from", "valid_to"]] = ["2026Q3", "2029Q4"]
    told = refusal(with_tables(park, parcels=dated), rezone("p10", at=at, far_limit=2))
    assert f"parcel p10 is not in force at {at}; a date within 2026Q3 to 2029Q4" in told


def test_a_parcel_is_not_split_at_the_date_it_begins(park: Park) -> None:
    dated = with_tables(park, parcels=park.parcels.assign(valid_from="2026Q1"))
    told = refusal(dated, split("p10", at="2026Q1", shares=[0.5, 0.5]))
    assert "parcel p10 itself begins at 2026Q1; a later date" in told
    ledger_of(dated).check("2027Q1")
    ledger_of(dated.edit(split("p10", at="2026Q2", shares=[0.5, 0.5]))).check("2027Q1")
