"""Parks: the shipped one under its dates and settings, cells, and what a park folder is refused for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from tests.parks import CRS, small_park, stock_of
from twin.catalog import load_catalog
from twin.errors import ParkError
from twin.park import Park, load_park
from twin.park.load import park_from_tables

Tables = dict[str, Any]
Change = Callable[[Tables], object]

LAYERS = ("zones", "parcels", "buildings", "firms", "services")

BOW_TIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


@pytest.fixture(scope="module")
def shipped() -> Park:
    return load_park()


@pytest.fixture(scope="module")
def small() -> Park:
    stock = stock_of(3, building="b0", floor_m2=100, staff=5)
    return small_park([5_000, 3_000], slots={"pilot_line": 2}, firms=stock)


@pytest.fixture
def tables(small: Park) -> Tables:
    return {name: getattr(small, name).copy() for name in LAYERS}


@pytest.fixture
def folder(small: Park, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A park folder called p, in the current folder."""
    monkeypatch.chdir(tmp_path)
    place = Path("p")
    place.mkdir()
    for name in LAYERS:
        getattr(small, name).to_parquet(place / f"{name}.parquet")
    (place / "park.json").write_text(json.dumps({"name_zh": "试", "name_en": "Trial", "start": "2026Q1"}))
    return place


def lines_of(call: Callable[[], object]) -> list[str]:
    """What is said of a park that is refused."""
    with pytest.raises(ParkError) as refused:
        call()
    return str(refused.value).splitlines()


# The shipped park


@pytest.mark.parametrize(("quarter", "km2", "feature_parks"), [("2024Q4", 13.34, 5), ("2026Q4", 14.40, 6)])
def test_the_park_grew_in_2026(shipped: Park, quarter: str, km2: float, feature_parks: int) -> None:
    zones = shipped.at(quarter).set_index("zone_id")
    assert zones.loc["park", "area_km2"] == pytest.approx(km2, rel=1e-3)
    assert (zones["kind"] == "feature_park").sum() == feature_parks


def test_the_park_began_with_345_hectares(shipped: Park) -> None:
    assert shipped.at("2008Q1").set_index("zone_id").loc["park", "area_km2"] == pytest.approx(3.45, rel=1e-3)


@pytest.mark.parametrize(
    ("settings", "km2", "feature_parks"),
    [
        ({"feature_parks": "five"}, 14.40, 5),
        ({"feature_parks": "six"}, 14.40, 6),
        ({"wulituo": "inside"}, 15.33, 6),
        ({"wulituo": "outside"}, 14.40, 6),
    ],
)
def test_the_documents_may_be_read_otherwise(settings: dict[str, str], km2: float, feature_parks: int) -> None:
    zones = load_park(settings=settings).at("2026Q4").set_index("zone_id")
    assert zones.loc["park", "area_km2"] == pytest.approx(km2, rel=1e-3)
    assert (zones["kind"] == "feature_park").sum() == feature_parks


@pytest.mark.parametrize("settings", [{"wulituo": "beside"}, {"wulitou": "inside"}])
def test_a_reading_nobody_knows_is_refused(settings: dict[str, str]) -> None:
    assert next(iter(settings)) in lines_of(lambda: load_park(settings=settings))[0]


def test_published_areas_are_met(shipped: Park) -> None:
    zones = shipped.zones[shipped.zones["area_published_km2"].notna()]
    assert len(zones) > 10
    assert (zones.area / 1e6).to_numpy() == pytest.approx(zones["area_published_km2"].to_numpy(), rel=1e-3)


def test_the_shipped_totals_are_what_was_published(shipped: Park) -> None:
    residents = shipped.firms[shipped.firms["resident"]]
    assert len(shipped.firms) == 5_000
    assert len(residents) == 3_400
    assert shipped.firms["staff"].sum() == pytest.approx(145_000, rel=0.02)
    assert shipped.firm_buildings["lettable_m2"].sum() == pytest.approx(9.4e6, rel=0.05)
    let = residents.groupby("building_id")["floor_m2"].sum()
    open_ = shipped.buildings.set_index("building_id").loc[let.index]
    assert (open_["completed"] < "2026Q1").all()
    assert (let <= open_["lettable_m2"]).all()


def test_tracts_make_up_the_park(shipped: Park) -> None:
    zones = shipped.at("2026Q4")
    tracts = zones[(zones["kind"] == "tract") & (zones["zone_id"] != "wulituo")]
    assert tracts["area_km2"].sum() == pytest.approx(14.40, rel=1e-3)
    assert shapely.coverage_is_valid(tracts.geometry.to_numpy())


def test_buildings_stand_on_their_parcels(shipped: Park) -> None:
    parcels = shipped.parcels.set_index("parcel_id").loc[shipped.buildings["parcel_id"]]
    outside = shapely.difference(shipped.buildings.geometry.to_numpy(), parcels.geometry.to_numpy())
    assert shapely.area(outside).max() < 1.0


# What follows from the tables


def test_only_buildings_for_firms_are_let(tables: Tables) -> None:
    tables["buildings"]["building_type"] = ["office", "talent_housing"]
    assert park_from_tables(tables).firm_buildings["building_id"].tolist() == ["b0"]


def test_stations_that_are_not_open_do_not_count(tables: Tables) -> None:
    tables["stations"] = gpd.GeoDataFrame(
        {"station_id": ["near", "far"], "open": [False, True]},
        geometry=[shapely.Point(480_050, 4_410_050), shapely.Point(480_050, 4_410_350)],
        crs="EPSG:4548",
    )
    detour = load_catalog().value("street_detour")  # there are no streets
    assert park_from_tables(tables).metro_m == pytest.approx([300.0 * detour, math.hypot(300, 100) * detour])
    assert park_from_tables(tables | {"stations": tables["stations"].iloc[:1]}).metro_m.tolist() == [1e5, 1e5]


def test_cells_are_the_buildings_that_share_all_zones(tables: Tables) -> None:
    whole: gpd.GeoDataFrame = tables["zones"]
    west = whole.assign(zone_id="west").set_geometry([shapely.box(480_000, 4_410_000, 480_100, 4_410_100)], crs=CRS)
    tables["zones"] = pd.concat([whole, west], ignore_index=True)
    cells = park_from_tables(tables).cells
    assert len(cells.zones) == 2
    assert [cells.zones[n] for n in cells.of_building.tolist()] == [("park@1", "west@1"), ("park@1",)]


def test_a_zone_holds_from_its_first_quarter_to_before_its_last(tables: Tables) -> None:
    old = tables["zones"].assign(valid_to="2026Q1")
    new = tables["zones"].assign(version=2, valid_from="2026Q1")
    tables["zones"] = pd.concat([old, new], ignore_index=True)
    park = park_from_tables(tables)
    assert [park.at(quarter)["version"].tolist() for quarter in ("2025Q4", "2026Q1")] == [[1], [2]]


def test_the_same_tables_have_the_same_hash(tables: Tables) -> None:
    first = park_from_tables(tables).sha256
    assert park_from_tables({name: frame.copy() for name, frame in tables.items()}).sha256 == first
    tables["firms"].loc[0, "staff"] += 1
    assert park_from_tables(tables).sha256 != first


# Bad tables


def put(table: str, column: str, row: int, value: object) -> Change:
    """Set one value."""

    def change(tables: Tables) -> None:
        values = tables[table][column].astype(object)
        values.iloc[row] = value
        tables[table][column] = values

    return change


def draw(table: str, row: int, geometry: object) -> Change:
    """Set one geometry."""

    def change(tables: Tables) -> None:
        shapes = tables[table].geometry.to_numpy().copy()
        shapes[row] = geometry
        tables[table] = tables[table].set_geometry(shapes, crs=tables[table].crs)

    return change


def transform(table: str, function: Callable[[Any], Any]) -> Change:
    """Replace a table by a function of it."""
    return lambda tables: tables.update({table: function(tables[table])})


def transform_all(function: Callable[[Any], Any]) -> Change:
    """Replace all layers with geometry."""
    return lambda tables: tables.update({name: function(tables[name]) for name in LAYERS[:3]})


BAD: dict[str, tuple[Change, str, str, str]] = {
    # table, and what is changed in it: place, value, cure
    "layer missing": (lambda t: t.pop("parcels"), "tables", "'parcels' is missing", "parcels.parquet"),
    "column missing": (
        transform("buildings", lambda f: f.drop(columns="floors")),
        "tables/buildings",
        "'floors' is missing",
        "a column of",
    ),
    "no geometry column": (
        transform("buildings", lambda f: pd.DataFrame(f.drop(columns="geometry"))),
        "tables/buildings",
        "no geometry column",
        "Polygon or MultiPolygon",
    ),
    "column twice": (
        transform("firms", lambda f: pd.concat([f, f[["staff"]]], axis=1)),
        "tables/firms",
        "staff",
        "one column",
    ),
    "no CRS": (
        transform("buildings", lambda f: f.set_crs(None, allow_override=True)),
        "tables/buildings",
        "no CRS",
        "EPSG:4548",
    ),
    "degrees": (transform_all(lambda f: f.to_crs(4326)), "tables/zones", "EPSG:4326 is not in metres", "EPSG:4548"),
    "feet": (transform_all(lambda f: f.to_crs(2263)), "tables/zones", "EPSG:2263 is not in metres", "EPSG:4548"),
    "two CRSs": (transform("zones", lambda f: f.to_crs(32650)), "tables/zones", "EPSG:32650", "EPSG:4548"),
    "bow tie": (draw("buildings", 0, BOW_TIE), "tables/buildings, row b0", "Self-intersection", "repair"),
    "no geometry": (draw("buildings", 0, None), "tables/buildings, row b0", "no geometry", "draw it"),
    "empty geometry": (draw("parcels", 1, shapely.Polygon()), "tables/parcels, row p1", "no geometry", "draw it"),
    "point": (draw("buildings", 0, shapely.Point(0, 0)), "tables/buildings, row b0", "Point", "MultiPolygon"),
    "line without area": (
        draw("buildings", 0, shapely.Polygon([(0, 0), (1, 1), (2, 2)])),
        "tables/buildings, row b0",
        "invalid geometry",
        "repair",
    ),
    "endless": (
        draw("buildings", 0, shapely.Polygon([(0, 0), (np.inf, 1), (1, 1)])),
        "tables/buildings, row b0",
        "Invalid Coordinate",
        "repair",
    ),
    "building id twice": (put("buildings", "building_id", 1, "b0"), "tables/buildings, row b0", "not unique", "one"),
    "firm id twice": (put("firms", "firm_id", 1, 1), "tables/firms, row 1", "not unique", "one"),
    "zone version twice": (
        transform("zones", lambda f: pd.concat([f, f], ignore_index=True)),
        "tables/zones, row park@1",
        "not unique",
        "one",
    ),
    "no building id": (put("buildings", "building_id", 1, None), "tables/buildings", "building_id is empty", "text"),
    "empty building id": (put("buildings", "building_id", 1, ""), "tables/buildings", "building_id", "text"),
    "number for a building id": (put("buildings", "building_id", 1, 7), "tables/buildings", "building_id 7", "text"),
    "at sign in a zone id": (put("zones", "zone_id", 0, "a@b"), "tables/zones", "a@b", "without @"),
    "unknown building type": (
        put("buildings", "building_type", 1, "offise"),
        "tables/buildings, row b1",
        "offise",
        "did you mean 'office'?",
    ),
    "unknown parcel": (put("buildings", "parcel_id", 1, "p9"), "tables/buildings, row b1", "p9", "p0"),
    "unknown land use": (put("parcels", "land_use", 0, "B299"), "tables/parcels, row p0@1", "B299", "B29"),
    "unknown industry": (put("firms", "industry", 0, "aii"), "tables/firms, row 1", "aii", "did you mean 'ai'?"),
    "unknown stage": (put("firms", "stage", 0, "labb"), "tables/firms, row 1", "labb", "did you mean 'lab'?"),
    "unknown building": (put("firms", "building_id", 0, "b9"), "tables/firms, row 1", "b9", "b0"),
    "unknown service": (put("services", "service", 0, "pilot"), "tables/services, row s0", "pilot", "pilot_line"),
    "unknown reading": (put("zones", "setting", 0, "feature_parks=fiv"), "tables/zones", "fiv", "feature_parks=five"),
    "floor below zero": (put("buildings", "lettable_m2", 1, -5), "tables/buildings, row b1", "-5", "from 0 to 5e+06"),
    "no floor": (put("buildings", "lettable_m2", 1, math.nan), "tables/buildings, row b1", "lettable_m2", "number"),
    "endless floor": (put("buildings", "lettable_m2", 1, math.inf), "tables/buildings, row b1", "inf", "5e+06"),
    "no floors": (put("buildings", "floors", 1, math.nan), "tables/buildings, row b1", "floors is empty", "a "),
    "word for floors": (put("buildings", "floors", 1, "five"), "tables/buildings, row b1", "'five'", "number"),
    "text for floors": (put("buildings", "floors", 1, "5"), "tables/buildings, row b1", "'5'", "number"),
    "text for a floor": (put("firms", "floor_m2", 0, "100"), "tables/firms, row 1", "'100'", "number"),
    "half a square metre": (put("firms", "floor_m2", 0, 100.5), "tables/firms, row 1", "100.5", "whole"),
    "half a person": (put("firms", "staff", 0, 2.5), "tables/firms, row 1", "2.5", "whole"),
    "half a firm": (put("firms", "firm_id", 0, 1.5), "tables/firms, row 1.5", "1.5", "whole"),
    "half a slot": (put("services", "slots", 0, 1.5), "tables/services, row s0", "1.5", "whole"),
    "half a version": (put("zones", "version", 0, 1.5), "tables/zones", "1.5", "whole"),
    "nobody": (put("firms", "staff", 0, 0), "tables/firms, row 1", "staff 0", "from 1 to 1e+07"),
    "no firm": (put("firms", "firm_id", 0, 0), "tables/firms, row 0", "firm_id 0", "from 1"),
    "too good": (put("buildings", "quality", 1, 1.5), "tables/buildings, row b1", "quality 1.5", "from 0 to 1"),
    "no rent": (put("buildings", "rent_cny_m2_day", 1, 0), "tables/buildings, row b1", "rent_cny_m2_day 0", "0.01"),
    "fewer than no slots": (put("services", "slots", 0, -1), "tables/services, row s0", "slots -1", "from 0"),
    "fifth quarter": (put("buildings", "completed", 1, "2026Q5"), "tables/buildings, row b1", "2026Q5", "2026Q1"),
    "year for a quarter": (put("buildings", "completed", 1, 2026), "tables/buildings, row b1", "2026", "2026Q1"),
    "quarter in other digits": (
        put("buildings", "completed", 1, "２０２６Q1"),
        "tables/buildings, row b1",
        "２０２６Q1",
        "2026Q1",
    ),
    "soon": (put("services", "opens", 0, "soon"), "tables/services, row s0", "soon", "2026Q1"),
    "ends before it begins": (
        lambda t: (put("zones", "valid_from", 0, "2030Q1")(t), put("zones", "valid_to", 0, "2020Q1")(t)),
        "tables/zones, row park@1",
        "2020Q1",
        "later",
    ),
    "two versions at a time": (
        transform("zones", lambda f: pd.concat([f, f.assign(version=2)], ignore_index=True)),
        "tables/zones, row park@2",
        "version 1",
        "valid_to",
    ),
    "resident without a building": (
        put("firms", "building_id", 0, None),
        "tables/firms, row 1",
        "resident",
        "building",
    ),
    "resident in a shop": (
        put("buildings", "building_type", 0, "retail"),
        "tables/firms, row 1",
        "without a building for firms",
        "building",
    ),
    "resident in a planned building": (
        put("buildings", "completed", 0, "2026Q2"),
        "tables/firms, row 1",
        "b0",
        "open",
    ),
    "resident in a building without date": (
        put("buildings", "completed", 0, None),
        "tables/firms, row 1",
        "b0",
        "open",
    ),
    "yes for a flag": (put("firms", "resident", 0, "yes"), "tables/firms, row 1", "'yes'", "true or false"),
    "no flag": (put("firms", "anchor", 0, None), "tables/firms, row 1", "anchor is empty", "flag"),
    "over-let": (
        put("firms", "floor_m2", 0, 4_801),
        "tables/buildings, row b0",
        "5001 m² let of 5000 m²",
        "no more",
    ),
}


@pytest.mark.parametrize(("change", "place", "value", "cure"), BAD.values(), ids=BAD)
def test_a_bad_table_is_refused(tables: Tables, change: Change, place: str, value: str, cure: str) -> None:
    change(tables)
    lines = lines_of(lambda: park_from_tables(tables))
    told = [line for line in lines if line.startswith(place) and value in line]
    assert told, lines
    assert cure in told[0]


def test_a_park_that_is_just_full_is_accepted(tables: Tables) -> None:
    put("firms", "floor_m2", 0, 4_800)(tables)
    assert park_from_tables(tables).firms["floor_m2"].sum() == 5_000


def test_whatever_the_geometry_is_called(tables: Tables) -> None:
    renamed = tables | {"buildings": tables["buildings"].rename_geometry("shape")}
    assert park_from_tables(renamed).building_points.shape == (2, 2)


def test_all_faults_are_told_at_once(tables: Tables) -> None:
    for change in (
        put("firms", "industry", 0, "aii"),
        put("buildings", "quality", 0, 7),
        draw("parcels", 0, BOW_TIE),
        transform("services", lambda f: f.drop(columns="slots")),
    ):
        change(tables)
    lines = lines_of(lambda: park_from_tables(tables))
    assert [line.split(":")[0] for line in lines] == [
        "tables/parcels, row p0@1",
        "tables/buildings, row b0",
        "tables/firms, row 1",
        "tables/services",
    ]


def test_five_rows_of_a_kind_are_named_and_the_rest_counted(tables: Tables) -> None:
    tables["firms"] = stock_of(9, building="b0").assign(industry="nothing", floor_m2=1)
    lines = lines_of(lambda: park_from_tables(tables))
    assert len(lines) == 6
    assert "4 more rows" in lines[-1]


# Bad folders


def test_a_folder_is_read(folder: Path) -> None:
    park = load_park(folder)
    assert (park.about.name_zh, park.about.name_en, str(park.start), len(park.firms)) == ("试", "Trial", "2026Q1", 3)
    assert len(park.sha256) == 64


@pytest.mark.parametrize("name", ["nowhere", "p/park.json", "../p/nowhere", "\0", "a" * 5_000, ""])
def test_a_folder_that_is_none_is_refused(folder: Path, name: str) -> None:
    assert "park" in lines_of(lambda: load_park(name))[0]


JSON = {
    "empty": b"",
    "list": b"[]",
    "null": b"null",
    "number": b"3",
    "not UTF-8": b"\xff\xfe",
    "no start": b'{"name_zh": "a", "name_en": "b"}',
    "year for a start": b'{"name_zh": "a", "name_en": "b", "start": 2026}',
    "fifth quarter": b'{"name_zh": "a", "name_en": "b", "start": "2026Q5"}',
    "list for a name": b'{"name_zh": ["a"], "name_en": "b", "start": "2026Q1"}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", JSON.values(), ids=JSON)
def test_a_bad_park_json_is_refused(folder: Path, content: bytes) -> None:
    (folder / "park.json").write_bytes(content)
    lines = lines_of(lambda: load_park(folder))
    assert lines[0].startswith("p/park.json:")
    assert "name_zh, name_en" in lines[0]


def test_a_folder_without_park_json_is_refused(folder: Path) -> None:
    (folder / "park.json").unlink()
    told = "p/park.json: missing; a file with name_zh, name_en and start"
    assert lines_of(lambda: load_park(folder)) == [told]
    (folder / "park.json").mkdir()
    assert lines_of(lambda: load_park(folder))[0].startswith("p/park.json:")


def test_a_missing_layer_is_refused(folder: Path) -> None:
    (folder / "parcels.parquet").unlink()
    assert lines_of(lambda: load_park(folder))[0] == "p: layer 'parcels' is missing; a file parcels.parquet"


def spoil(file: Path, how: Callable[[bytes], bytes]) -> None:
    file.write_bytes(how(file.read_bytes()))


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "other": lambda _: b"a,b\n1,2\n",
    "cut": lambda content: content[: len(content) // 2],
    "overwritten": lambda content: content[:4] + bytes(byte ^ 0x5A for byte in content[4:1_000]) + content[1_000:],
}


@pytest.mark.parametrize("layer", ["buildings", "firms"])
@pytest.mark.parametrize("how", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_file_is_refused(folder: Path, layer: str, how: Callable[[bytes], bytes]) -> None:
    spoil(folder / f"{layer}.parquet", how)
    lines = lines_of(lambda: load_park(folder))
    assert lines[0].startswith(f"p/{layer}.parquet: cannot be read")


def test_two_spoilt_files_are_told_at_once(folder: Path) -> None:
    for layer in ("buildings", "firms"):
        spoil(folder / f"{layer}.parquet", lambda _: b"")
    text = "\n".join(lines_of(lambda: load_park(folder)))
    assert "p/buildings.parquet" in text
    assert "p/firms.parquet" in text


def test_a_table_without_geometry_is_refused(folder: Path, small: Park) -> None:
    pd.DataFrame(small.buildings.drop(columns="geometry")).to_parquet(folder / "buildings.parquet")
    assert lines_of(lambda: load_park(folder))[0].startswith("p/buildings.parquet: cannot be read")


def test_geometry_that_is_none_is_refused(folder: Path) -> None:
    file = folder / "buildings.parquet"
    table = pq.read_table(file)
    column = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(column, "geometry", pa.array([b"junk"] * len(table))), file)
    assert lines_of(lambda: load_park(folder))[0].startswith("p/buildings.parquet: cannot be read")


def test_a_crs_that_is_none_is_refused(folder: Path) -> None:
    file = folder / "buildings.parquet"
    table = pq.read_table(file)
    meta = json.loads(table.schema.metadata[b"geo"])
    meta["columns"]["geometry"]["crs"] = "nonsense"
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(meta).encode()}), file)
    assert lines_of(lambda: load_park(folder))[0].startswith("p/buildings.parquet: cannot be read")
