"""Edits as people write them, in YAML, mappings and frames: read exactly, or refused with the place and the value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.adjustable import Said, adjustable_park, line, parcels_of, refusal, ring, with_tables
from tests.parks import CRS
from twin.errors import EditError
from twin.park import Diff, Park
from twin.park.edits import KINDS, Edit, edits_as_yaml, read_edits
from twin.park.ledger import ledger_of

AT = "2027Q1"
REZONE: Said = {"edit": "rezone", "at": AT, "parcels": ["p10"], "far_limit": 2.5}
SPLIT: Said = {"edit": "split", "at": AT, "parcel": "p10", "shares": [0.5, 0.5]}
BUILD: Said = {
    "edit": "build",
    "at": AT,
    "parcel": "p10",
    "building": "n",
    "building_type": "office",
    "floors": 4,
}
POSTPONE: Said = {"edit": "postpone", "at": AT, "buildings": ["b0", "b6"], "quarters": 4}

#: One edit of each kind, with most of its fields.
ALL: list[Said] = [
    REZONE | {"land_use": "F3", "height_limit_m": 50, "note": "为“新质生产力”留出空间: yes"},
    SPLIT | {"at": "2027Q2", "bearing_deg": 12.5, "into": ["p10/west", "p10/east"]},
    {"edit": "split", "at": AT, "parcel": "p12", "shape": line((95, 250), (205, 253.123456789))},
    {"edit": "merge", "at": AT, "parcels": ["p21", "p22"], "land_use": "F3", "into": "whole"},
    {"edit": "swap", "at": AT, "parcels": ["p20", "p30"], "of": "owner"},
    {"edit": "demolish", "at": AT, "buildings": ["b2"]},
    BUILD | {"parcel": "p32", "shape": ring(320, 220, 350, 260), "quality": 0.123456789012345, "name_zh": "楼"},
    {"edit": "renovate", "at": AT, "building": "b8", "quarters": 6, "rent_cny_m2_day": 0.1 + 0.2},
    POSTPONE,
    {"edit": "boundary", "at": AT, "zone": "west", "add": ["p23"], "remove": ["p03"]},
    {"edit": "add_zone", "at": AT, "zone": "n/1", "name_zh": "新", "name_en": "New", "parcels": ["p33"]},
    {"edit": "retire_zone", "at": "2028Q1", "zone": "n/1"},
]


@pytest.fixture(scope="module")
def park() -> Park:
    return adjustable_park()


def one(said: Any) -> Edit:
    (edit,), _ = read_edits(said)
    return edit


def fault(said: Any) -> str:
    """What is said of something that is not read."""
    with pytest.raises(EditError) as refused:
        read_edits(said)
    return str(refused.value)


def file_of(folder: Path, text: str) -> Path:
    file = folder / "edits.yaml"
    file.write_text(text, encoding="utf-8")
    return file


# Forms in which edits are given


def test_every_kind_comes_back_from_its_file(park: Park, tmp_path: Path) -> None:
    assert {said["edit"] for said in ALL} == set(KINDS)
    edits = park.edit(ALL).edits
    assert tuple(read_edits(file_of(tmp_path, edits_as_yaml(edits)))[0]) == edits


def test_a_file_a_mapping_a_record_and_a_frame_say_the_same(park: Park, tmp_path: Path) -> None:
    text = "{edit: rezone, at: 2027Q1, parcels: [p10], far_limit: 2.5}\n"
    for name, told in (("one", text), ("list", f"- {text}"), ("table", f"edits:\n- {text}")):
        (tmp_path / name).write_text(told)
    files = [tmp_path / name for name in ("one", "list", "table")]
    file = files[0]
    given: list[Any] = [REZONE, one(REZONE), *files, str(file), pd.DataFrame([REZONE]), [[REZONE]]]
    assert len({edits_as_yaml(read_edits(form)[0]) for form in given}) == 1
    assert park.edit(file).sha256 == park.edit(REZONE).sha256


def test_edits_may_be_nested_and_few(park: Park) -> None:
    assert [edit.edit for edit in park.edit([[REZONE]], (SPLIT | {"parcel": "p12"},)).edits] == ["rezone", "split"]
    assert park.edit().edits == park.edit([]).edits == park.edit(pd.DataFrame()).edits == ()


def test_ids_are_made_up_where_none_is_given(park: Park) -> None:
    once = park.edit(REZONE, REZONE | {"parcels": ["p12"], "id": "rezone-2"}, REZONE | {"parcels": ["p21"]})
    again = once.edit(REZONE | {"parcels": ["p23"]})
    assert [edit.id for edit in again.edits] == ["rezone-1", "rezone-2", "rezone-3", "rezone-4"]


@pytest.mark.parametrize("calls", [1, 2])
def test_an_id_belongs_to_one_edit(park: Park, calls: int) -> None:
    edits = [REZONE | {"id": "x"}, SPLIT | {"parcel": "p12", "id": "x"}]
    told = refusal(park.edit(edits[0]), edits[1]) if calls == 2 else refusal(park, *edits)
    assert told.endswith(": id 'x' a second time; an id of its own for each edit")


# Frames and GeoDataFrames


def test_rows_of_the_parks_own_parcels_are_edits(park: Park) -> None:
    chosen = park.parcels_at(AT).query("land_use == 'M1'")[["parcel_id", "land_use", "geometry"]]
    found = park.edit(chosen.assign(land_use="M4", edit="rezone", at=AT))
    assert [parcels_of(found)[name]["land_use"] for name in chosen["parcel_id"]] == ["M4"] * 3
    assert isinstance(found.diff(park).map, gpd.GeoDataFrame)


def test_rows_of_the_parks_own_buildings_are_edits(park: Park) -> None:
    rows = park.buildings_at("2026Q1").query("state == 'open'")[["building_id", "geometry"]]
    kinds = ["demolish", "renovate", "renovate", "demolish"]
    found = park.edit(rows.assign(edit=kinds, at=AT, quarters=[np.nan, 2, 2, np.nan]))
    assert found.buildings_at(AT)["building_id"].isin(["b2", "b16"]).sum() == 0
    assert found.works["building_id"].tolist() == ["b8", "b10"]


def test_a_frame_says_what_is_not_empty() -> None:
    rows = pd.DataFrame(
        {
            "edit": ["build", "rezone"],
            "at": AT,
            "parcel_id": ["p10", "p12"],
            "building_id": ["n", None],
            "building_type": ["office", None],
            "floors": [4.0, np.nan],
            "far_limit": [None, 2],
        }
    )
    assert [edit.model_dump(exclude_defaults=True, exclude={"id"}) for edit in read_edits(rows)[0]] == [
        {"at": AT, "parcel": "p10", "building": "n", "building_type": "office", "floors": 4},
        {"at": AT, "parcels": ("p12",), "far_limit": 2.0},
    ]


@pytest.mark.parametrize("names", [["p10", "p12"], ("p10", "p12"), np.array(["p10", "p12"])])
def test_a_cell_may_hold_several_parcels(names: Any) -> None:
    assert one(pd.DataFrame([REZONE | {"parcels": names}])).model_dump()["parcels"] == ("p10", "p12")


def test_a_cell_may_name_one_parcel_of_a_boundary() -> None:
    row = {"edit": "boundary", "at": AT, "zone_id": "west", "add": "p20", "remove": None}
    assert one(pd.DataFrame([row])).model_dump()["add"] == ("p20",)


def test_a_footprint_is_drawn_in_a_frame_or_given_as_a_shape(park: Park) -> None:
    shape = shapely.Polygon(ring(120, 20, 150.123456789, 60))
    drawn = gpd.GeoDataFrame([BUILD], geometry=[shape], crs=park.parcels.crs)
    for given in (drawn, BUILD | {"shape": shape}, BUILD | {"shape": shape.wkt}):
        found = park.edit(given).buildings.set_index("building_id").geometry["n"]
        assert shapely.equals(found, shape)


def test_a_frame_in_another_crs_is_brought_into_that_of_the_park(park: Park) -> None:
    shape = shapely.box(*shapely.LineString(ring(120, 20, 150, 60)).bounds)
    abroad = gpd.GeoDataFrame([BUILD], geometry=[shape], crs=park.parcels.crs).to_crs(4326)
    (edit,), _ = read_edits(abroad, crs=park.parcels.crs)
    assert shapely.symmetric_difference(shapely.from_wkt(edit.model_dump()["shape"]), shape).area < 0.01


def test_a_diff_shows_what_a_frame_did(park: Park) -> None:
    diff: Diff = park.diff(park.edit(pd.DataFrame([REZONE | {"parcels": "p10"}])), AT)
    assert diff.table.to_numpy().tolist() == [["parcels", "p10", "changed", "far_limit", 3.0, 2.5]]
    assert diff.map[["layer", "id", "change", "area_before_m2"]].to_numpy().tolist() == [
        ["parcels", "p10", "changed", 10_000.0]]  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (pd.DataFrame({"at": [AT]}), "row 0: an edit that does not say its kind; known are rezone"),
        (pd.DataFrame({"edit": [["rezone"]], "at": AT}), "row 0: unknown edit ['rezone']"),
        (pd.DataFrame([REZONE, REZONE | {"owner": "x"}]), "row 1: unknown key 'owner' of rezone"),
        (pd.DataFrame([BUILD | {"floors": 4.5}]), "row 0: floors: no whole number (got 4.5)"),
        (pd.DataFrame([REZONE | {"at": np.nan}]), "row 0: rezone without at; at: …"),
    ],
)
def test_a_row_that_is_no_edit_is_named(frame: pd.DataFrame, told: str) -> None:
    assert fault(frame).startswith(told)


# What is refused, and where it stands


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "edits:\n  - edit: rezone\n    at: 2027Q1\n    parcels: [p10]\n    far: 2\n",
            ":5:5: unknown key 'far' of rezone",
        ),
        (
            "edits:\n  - edit: rezone\n    at: 2027\n    parcels: [p10]\n    far_limit: 2\n",
            ":3:5: at: no text",
        ),
        (
            "edits:\n  - edit: rezone\n    at: 2027Q5\n    parcels: [p10]\n",
            ":3:5: at: '2027Q5' is not a quarter; write it",
        ),
        ("edits:\n  - edit: rezone\n    at: 2027Q1\n    far_limit: 2\n", ":2:5: rezone without parcels; parcels: …"),
        (
            "edits:\n  - edit: rezone\n    at: 2027Q1\n    parcels: [p10, 'a\"b']\n    far_limit: 2\n",
            ":4:20: parcels.1: ",
        ),
        ("edits:\n  - edit: rezoning\n    at: 2027Q1\n", ":2:5: unknown edit 'rezoning'; did you mean 'rezone'?"),
        ("edits:\n  - at: 2027Q1\n", ":2:5: an edit that does not say its kind; known are rezone"),
        ("edits:\n  - rezone\n", ":2:5: 'rezone' is no edit; a table such as {edit: rezone"),
        ("edits:\n  - {edit: demolish, at: 2027Q1, buildings: [b, .nan]}\n", ":2:49: buildings.1: no text"),
        ("edit: rezone\nat: 2027\n", ":2:1: at: no text (got 2027)"),
        ("- edit: rezone\n  at: 2027Q1\n  parcels: [p]\n  far: 2\n", ":4:3: unknown key 'far' of rezone"),
        ("edit:\n  - rezone\n", ":1:1: unknown edit ['rezone']; did you mean 'rezone'?"),
        ("edits: []\nedit_s: 1\n", ":2:1: unknown key 'edit_s'; `edits:` and a list of them"),
        ("edits: rezone\n", ": no list of edits; `edits:` and a list of them"),
        ("[1, 2]\n", ":1:2: 1 is no edit; a table such as {edit: rezone"),
        ("1\n", ": no table of keys and values"),
        ("edits: [\n", ":2:1: not valid YAML"),
    ],
)
def test_a_file_is_refused_with_line_and_column(tmp_path: Path, text: str, told: str) -> None:
    file = file_of(tmp_path, text)
    assert fault(file).startswith(f"{file}{told}")


def test_all_faults_of_a_file_are_told(tmp_path: Path) -> None:
    text = "edits:\n  - {edit: rezone, at: 2027Q1, parcels: [p10]}\n  - {edit: x}\n  - {edit: demolish, at: 1}\n"
    assert len(fault(file_of(tmp_path, text)).splitlines()) == 4


def test_an_edit_that_cannot_be_done_is_named_with_its_line(park: Park, tmp_path: Path) -> None:
    file = file_of(tmp_path, "edits:\n  - {edit: demolish, at: 2027Q1, buildings: [b9]}\n")
    assert refusal(park, file).startswith(f"{file}:2:5: demolish-1 (demolish, 2027Q1): unknown building 'b9'")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (REZONE | {"far_limit": True}, "far_limit: no number (got True)"),
        (POSTPONE | {"quarters": 0}, "quarters: nothing is moved by 0 quarters; 1 or more, or less than 0 (got 0)"),
        (POSTPONE | {"quarters": 2.5}, "quarters: "),
        (POSTPONE | {"quarters": True}, "quarters: no whole number (got True)"),
        (POSTPONE | {"quarters": 201}, "quarters: Input should be less than or equal to 200 (got 201)"),
        (POSTPONE | {"building": "b0"}, "unknown key 'building' of postpone"),
        (REZONE | {"far_limit": "2.5"}, "far_limit: no number (got '2.5')"),
        (REZONE | {"far_limit": float("nan")}, "far_limit: Input should be a finite number (got nan)"),
        (REZONE | {"far_limit": float("inf")}, "far_limit: "),
        (REZONE | {"far_limit": -1}, "far_limit: Input should be greater than or equal to 0 (got -1)"),
        (REZONE | {"far_limit": 1e300}, "far_limit: Input should be less than or equal to 50 (got 1e+300)"),
        (REZONE | {"parcels": "p10"}, "parcels: no list (got 'p10')"),
        (REZONE | {"parcels": []}, "parcels: Tuple should have at least 1 item"),
        (REZONE | {"parcels": ["p10"] * 10_001}, "parcels: Tuple should have at most 10000 items"),
        (REZONE | {"parcels": [10]}, "parcels.0: no text (got 10)"),
        (REZONE | {"parcels": ["/p"]}, "parcels.0: not a name"),
        (REZONE | {"parcels": ["p 1"]}, "parcels.0: not a name"),
        (REZONE | {"parcels": ["p@1"]}, "parcels.0: not a name"),
        (REZONE | {"parcels": ["p\n"]}, "parcels.0: not a name"),
        (REZONE | {"parcels": ["x" * 81]}, "parcels.0: not a name"),
        (REZONE | {"id": "it's"}, "id: not a name"),
        (REZONE | {"at": "2027Q1 "}, "at: '2027Q1 ' is not a quarter; write it like 2026Q1"),
        (REZONE | {"at": "9999Q4"}, "at: 9999Q4 lies after 2200; an earlier quarter (got '9999Q4')"),
        (REZONE | {"farlimit": 2}, "unknown key 'farlimit' of rezone; did you mean 'far_limit'?"),
        (REZONE | {"shape": ring(0, 0, 1, 1)}, "unknown key 'shape' of rezone"),
        (REZONE | {5: 2}, "5: Keys should be strings"),
        (
            {"edit": "rezone", "at": AT, "parcels": ["p"]},
            "rezone: a rezoning that says nothing; land_use, far_limit",
        ),
        (
            {"edit": "split", "at": AT, "parcel": "p"},
            "split: not one way to split it; a shape or shares",
        ),
        (SPLIT | {"shape": line((0, 0), (1, 1))}, "split: not one way to split it; a shape or shares"),
        (SPLIT | {"shares": [0.5, 0.4]}, "split: shares that add up to 0.9, not to 1"),
        (SPLIT | {"shares": [1.0]}, "shares.0: Input should be less than 1"),
        (SPLIT | {"shares": [0.5, -0.5]}, "shares.1: Input should be greater than 0"),
        (SPLIT | {"bearing_deg": 360}, "bearing_deg: Input should be less than 360"),
        (BUILD | {"floors": 0}, "floors: Input should be greater than or equal to 1"),
        (BUILD | {"floors": 10**30}, "floors: Input should be less than or equal to 200"),
        (BUILD | {"rent_cny_m2_day": 0}, "rent_cny_m2_day: Input should be greater than or equal to 0.01"),
        (BUILD | {"quality": 1.01}, "quality: Input should be less than or equal to 1"),
        (BUILD | {"gfa_m2": 0}, "gfa_m2: Input should be greater than 0"),
        ({"edit": "boundary", "at": AT, "zone": "west"}, "boundary: not one way to move it; parcels (add, remove) or"),
        (
            {"edit": "add_zone", "at": AT, "zone": "z", "name_zh": "", "name_en": "z", "parcels": ["p"]},
            "name_zh: String",
        ),
        ({"edit": "swap", "at": AT, "parcels": ["p10"]}, "parcels: Tuple should have at least 2 items"),
        ({"edit": "swap", "at": AT, "parcels": ["a", "b"], "of": "all"}, "of: Input should be 'use' or 'owner'"),
        ({"edit": 3}, "unknown edit 3; known are rezone"),
        ({}, "an edit that does not say its kind; known are rezone"),
        (None, "None is no edit; a table such as {edit: rezone"),
        (7, "7 is no edit"),
    ],
)
def test_what_is_no_edit_is_refused(said: Any, told: str) -> None:
    text = fault(said)
    assert text.startswith(f"edit 1: {told}")
    assert len(text) < 400


@pytest.mark.parametrize(
    "shape",
    [
        "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))",
        "POLYGON Z ((0 0 1, 9 0 1, 9 9 1, 0 0 1))",
        "POLYGON EMPTY",
        "LINESTRING (0 0, 0 0)",
        "LINESTRING (nan 0, 1 1)",
        "circle",
        "",
        [],
        [[1, 2]],
        [[0, 0], [1]],
        [[0, 0], "ab"],
        [[0, 0, 1], [9, 9, 1]],
        [[float("nan"), 0], [1, 1]],
        [[float("inf"), 0], [1, 1]],
        [[1e9, 0], [1, 1]],
        line((0, 0), (100, 100), (100, 0), (0, 100), (0, 0)),
        {"type": "Point"},
        5,
    ],
)
def test_a_shape_that_is_none_is_refused(shape: Any) -> None:
    assert fault(BUILD | {"shape": shape}).startswith("edit 1: shape: ")


def test_a_file_that_is_not_there_is_named() -> None:
    assert fault("nowhere.yaml") == "nowhere.yaml: cannot be read: No such file or directory; the path of a file"


# Undo


def test_edits_are_undone_from_the_last_or_by_name(park: Park) -> None:
    found = park.edit(REZONE | {"id": "a"}, SPLIT | {"parcel": "p12", "id": "b"})
    assert [edit.id for edit in found.undo().edits] == ["a"]
    assert [edit.id for edit in found.undo("a").edits] == ["b"]
    assert found.undo("a").sha256 == park.edit(SPLIT | {"parcel": "p12", "id": "b"}).sha256
    assert found.undo().undo().sha256 == park.sha256


@pytest.mark.parametrize(
    ("name", "told"),
    [("c", "undo: unknown edit 'c'; known are s, r"), ("s", "edits: r (rezone, 2028Q1): unknown parcel 'p10/1'")],
)
def test_what_cannot_be_undone_is_told(park: Park, name: str, told: str) -> None:
    found = park.edit(SPLIT | {"id": "s"}, REZONE | {"id": "r", "parcels": ["p10/1"], "at": "2028Q1"})
    with pytest.raises(EditError, match=told.replace("(", r"\(").replace(")", r"\)")):
        found.undo(name)


def test_nothing_is_undone_where_nothing_was_done(park: Park) -> None:
    with pytest.raises(EditError, match="undo: no edit to undo"):
        park.undo()


# Diffs


def test_a_diff_has_a_row_a_value_and_a_shape_a_thing(park: Park) -> None:
    demolished = {"edit": "demolish", "at": AT, "buildings": ["b2"]}
    zone = {"edit": "boundary", "at": AT, "zone": "west", "add": ["p23"]}
    diff = park.diff(park.edit(SPLIT, demolished, zone, BUILD | {"parcel": "p12", "building_type": "retail"}), "2040Q1")
    assert sorted(map(tuple, diff.table[["layer", "id", "change", "field"]].to_numpy())) == [
        ("buildings", "b2", "removed", ""),
        ("buildings", "n", "added", ""),
        ("parcels", "p10", "removed", ""),
        ("parcels", "p10/1", "added", ""),
        ("parcels", "p10/2", "added", ""),
        ("zones", "west", "changed", "area_m2"),
    ]
    shown = diff.map[["id", "area_before_m2", "area_after_m2"]].round(3).to_numpy().tolist()
    assert all(row in shown for row in (["west", 80_000, 90_000], ["p10", 10_000, 0], ["p10/1", 0, 5_000]))
    assert diff.map.crs == park.parcels.crs


def test_a_diff_read_backwards_says_the_opposite(park: Park) -> None:
    found = park.edit(ALL)
    there, back = park.diff(found), found.diff(park)
    turned = back.table.rename(columns={"before": "after", "after": "before"})
    turned["change"] = turned["change"].replace({"added": "removed", "removed": "added"})
    keys = ["layer", "id", "field"]
    expected = turned[there.table.columns].sort_values(keys).reset_index(drop=True)
    pd.testing.assert_frame_equal(there.table.sort_values(keys).reset_index(drop=True), expected)


def test_parks_do_not_differ_before_the_first_edit_nor_from_themselves(park: Park) -> None:
    found = park.edit(ALL)
    for diff in (park.diff(found, "2026Q4"), found.diff(found)):
        assert diff.table.empty
        assert diff.map.empty


def test_a_diff_at_no_date_is_of_all_that_was_done(park: Park) -> None:
    works = {"edit": "renovate", "at": "2100Q1", "building": "b8", "quarters": 200, "quality": 1}
    table = park.diff(park.edit(works)).table
    assert table[["field", "before", "after"]].to_numpy().tolist() == [["quality", 0.5, 1.0]]


def test_empty_values_are_the_same_however_they_are_kept(park: Park) -> None:
    limits = park.parcels["far_limit"].where(park.parcels["parcel_id"] != "p10")
    kept = [limits, limits.astype("Float64"), limits.astype(object).where(limits.notna(), None)]
    parks = [with_tables(park, parcels=park.parcels.assign(far_limit=values)) for values in kept]
    for one_park in parks:
        assert all(one_park.diff(other).table.empty for other in parks)
        table = one_park.diff(one_park.edit(REZONE)).table
        assert table[["before", "after"]].to_numpy().tolist() == [[None, 2.5]]


def test_nothing_of_the_original_is_written_to(park: Park) -> None:
    before = [getattr(park, name).copy() for name in ("zones", "parcels", "buildings")]
    park.edit(ALL)
    for name, frame in zip(("zones", "parcels", "buildings"), before, strict=True):
        pd.testing.assert_frame_equal(getattr(park, name), frame)


def test_the_order_of_the_call_says_nothing_where_dates_do(park: Park) -> None:
    one = {"id": "a", "edit": "rezone", "at": "2028Q1", "parcels": ["p00"], "far_limit": 2.0}
    other = {"id": "b", "edit": "rezone", "at": "2027Q1", "parcels": ["p10"], "far_limit": 2.0}
    assert park.edit(one, other).sha256 == park.edit(other, one).sha256


def test_edited_tables_begin_another_history(park: Park) -> None:
    after = park.edit({"edit": "rezone", "at": "2027Q1", "parcels": ["p00"], "far_limit": 2.0})
    again = with_tables(park, parcels=after.parcels)
    assert not {"edit", "ended_by"} & set(again.parcels.columns)
    ledger_of(again).check("2028Q1")


def test_a_frame_is_brought_into_the_crs_of_the_park(park: Park) -> None:
    cut = gpd.GeoDataFrame({"edit": ["split"], "at": ["2027Q1"], "parcel_id": ["p10"]}, geometry=[across("p10", park)])
    here = park.edit(cut.set_crs(CRS))
    there = park.edit(cut.set_crs(CRS).to_crs(32650))
    assert there.parcels_at("2027Q1").area.tolist() == pytest.approx(here.parcels_at("2027Q1").area.tolist(), abs=0.1)


def across(parcel: str, park: Park) -> shapely.LineString:
    """A line across a parcel, above its building."""
    west, south, east, _ = park.parcels.set_index("parcel_id").geometry[parcel].bounds
    return shapely.LineString([(west - 5, south + 80), (east + 5, south + 80)])
