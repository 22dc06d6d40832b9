"""Broken files: each is refused with its message, its row and its cure, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.unit.intake.made import (
    SOUTH,
    WEST,
    boundary,
    box,
    buildings,
    moved,
    parcels,
    said_in,
    save,
    swapped,
    with_shape,
    write,
)
from twin.bundled import bundled
from twin.cli.app import main
from twin.park.intake import IntakeRefusedError, import_park, offsets

Make = Callable[[Path], object]
Options = dict[str, Any]


class Broken(NamedTuple):
    """A file that is wrong, and what is to be said of it."""

    make: Make
    rule: str
    says: str  #: in the place, the message or the cure
    cure: str = ""
    row: str = ""
    options: Mapping[str, Any] = MappingProxyType({})


def made(**layers: pd.DataFrame) -> Make:
    """These layers in a file."""
    return lambda folder: save(folder, **layers)


def of(**columns: Any) -> Make:
    """Buildings with other columns."""
    return made(buildings=buildings(**columns))


def drawn(shape: Any, row: int = 1) -> Make:
    """Buildings of which one has another shape."""
    return made(buildings=with_shape(buildings(), row, shape))


def listed(**columns: Any) -> Make:
    """Buildings, and a table of the same."""
    return made(buildings=buildings(), ledger=pd.DataFrame(columns))


def written(name: str, content: str | bytes) -> Make:
    """A file of some content beside good buildings."""

    def make(folder: Path) -> None:
        save(folder, buildings=buildings())
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return make


def shapefile_without(ending: str) -> Make:
    """A shapefile of which one part is missing."""

    def make(folder: Path) -> None:
        write(buildings(), folder / "buildings.shp")
        (folder / f"buildings{ending}").unlink()

    return make


def old_datum(name: str, spheroid: str) -> Make:
    """A shapefile whose .prj names an old datum, as ArcGIS writes it."""

    def make(folder: Path) -> None:
        write(buildings(), folder / "buildings.shp")
        (folder / "buildings.prj").write_text(
            f'PROJCS["{name}_3_Degree_GK_CM_117E",GEOGCS["GCS_{name}",DATUM["D_{name}",SPHEROID[{spheroid}]],'
            'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
            'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",117.0],'
            'PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
        )

    return make


def shifted(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """A frame in degrees as a web map has it."""
    frame = frame.to_crs("EPSG:4326")
    move = offsets.SHIFTS[name]
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.column_stack(move(*xy.T)))
    return frame.set_geometry(gpd.GeoSeries(shapes, crs="EPSG:4326"))


def stations() -> gpd.GeoDataFrame:
    """Four stations where they are, as a web map names them."""
    known = gpd.read_parquet(bundled("data") / "shijingshan" / "stations.parquet").to_crs("EPSG:4326")
    first = known.iloc[:4]
    return gpd.GeoDataFrame({"站名": first["name_zh"] + "地铁站"}, geometry=first.geometry, crs=known.crs)


def near_stations() -> gpd.GeoDataFrame:
    """Buildings in degrees, close to the stations."""
    return moved(buildings(), -10_000.0, -200.0)


def larger(frame: gpd.GeoDataFrame, factor: float) -> gpd.GeoDataFrame:
    """A frame whose outlines are so many times as long and wide, each where it was."""
    return frame.set_geometry(frame.geometry.scale(factor, factor, origin="center"))


BOW_TIE = shapely.Polygon([(WEST, SOUTH), (WEST + 40, SOUTH + 30), (WEST + 40, SOUTH), (WEST, SOUTH + 30)])
TWO = gpd.GeoDataFrame(pd.concat([buildings(2), buildings(2).assign(building_id=["C1", "C2"])], ignore_index=True))
ENDLESS = shapely.Polygon([(WEST, SOUTH), (np.inf, SOUTH), (WEST, SOUTH + 10)])
FIRM = {"firm_id": [1], "industry": ["人工智能"], "staff": [10]}


def mapped(crs: str = "", layer: str = "data.gpkg", table: str = "buildings", **columns: Any) -> Options:
    """A mapping of the one layer."""
    return {"mapping": {"layers": {layer: {"table": table, "crs": crs, "columns": columns}}}}


ZEROS = buildings(building_id=["01", "02", "03", "04"])
ACROSS = shapely.box(WEST - 20, SOUTH - 20, WEST + 170, SOUTH + 60)


def of_both(column: str) -> Options:
    """A mapping of buildings and of a ledger with one column."""
    layers = {
        "data.gpkg": {"table": "buildings", "columns": {"building_id": "building_id"}},
        "ledger.csv": {"table": "buildings", "columns": {"rent_cny_m2_day": column}},
    }
    return {"mapping": {"layers": layers}}


BROKEN = {
    # files and layers
    "nothing in the folder": Broken(lambda folder: None, "folder_empty", "no layer", "docs/import.md"),
    "torn GeoPackage": Broken(written("torn.gpkg", b"SQLite format 3\0" + b"x" * 90), "file_unreadable", "torn.gpkg"),
    "text called GeoParquet": Broken(written("a.parquet", "no"), "file_unreadable", "a.parquet"),
    "Shapefile without index": Broken(shapefile_without(".shx"), "file_unreadable", "buildings.shp", ".shx"),
    "only lines": Broken(
        made(streets=buildings().set_geometry(buildings().boundary)), "no_buildings", "footprints", "table: buildings"
    ),
    "no row": Broken(made(buildings=buildings().iloc[:0]), "no_buildings", "footprints", "one a building"),
    "mapped layer missing": Broken(of(), "layer_missing", "haeuser", "data.gpkg", options=mapped(layer="haeuser")),
    "mapped column missing": Broken(
        of(), "column_missing", "'Floors'", "did you mean 'floors'", options=mapped(floors="Floors")
    ),
    # values
    "words for floors": Broken(of(floors=["5", "6", "viele", "4"]), "value_unreadable", "'viele'", "a number", "B3"),
    "a range of floors": Broken(of(floors=["5", "3-6", "4", "4"]), "value_unreadable", "'3-6'", "", "B2"),
    "unknown unit": Broken(of(gfa=["1 m2", "2 tsubo", "3", "4"]), "value_unreadable", "'2 tsubo'", "", "B2"),
    "negative height": Broken(of(height_m=[20.0, -3.0, 20, 20]), "value_negative", "-3", "from 0 up", "B2"),
    "endless floor area": Broken(of(gfa_m2=[6e3, np.inf, 6e3, 6e3]), "value_unreadable", "inf", "", "B2"),
    "no date": Broken(of(completed=["2015", "soon", "2016", "2017"]), "date_unreadable", "'soon'", "2015Q2", "B2"),
    "month 13": Broken(of(completed=["2015-13", "2015-01", "2015", "2015"]), "date_unreadable", "2015-13", "", "B1"),
    "more to let than there is": Broken(
        of(gfa_m2=6000.0, lettable_m2=[5000.0, 7000, 5000, 5000]), "lettable_over_gfa", "7000", "gfa_m2", "B2"
    ),
    "heights in feet": Broken(of(height_m=65.6), "height_in_feet", "13.1 m", "unit: ft"),
    "heights in cm": Broken(of(height_m=[0.2, 0.2, 0.2, 0.2]), "height_too_low", "0.0 m", "unit of height_m"),
    "floor area in square feet": Broken(of(gfa_m2=64_583.0), "area_unit", "sqft", "unit: sqft"),
    "outlines in feet": Broken(
        made(buildings=larger(buildings(gfa_m2=6_000.0), 1 / 0.3048)), "outlines_in_feet", "drawn in feet", "in feet"
    ),
    "floor area in 万㎡": Broken(of(gfa_m2=0.6), "area_unit", "10^4 m2", "unit: 10^4 m2"),
    "floor area in mu": Broken(of(gfa_m2=9.0), "area_unit", "mu", "unit: mu"),
    # keys and joins
    "repeated id": Broken(of(building_id=["B1", "B2", "B2", "B3"]), "key_repeated", "'B2'", "leave building_id", "B2"),
    "empty id": Broken(of(building_id=["B1", None, "B3", "B4"]), "key_empty", "no building_id", "ids are then", "#2"),
    "doubled key in a table": Broken(
        listed(building_id=["B1", "B1"], rent=[3, 4]), "join_doubled", "'B1'", "one row each", "B1"
    ),
    "zeros lost in front": Broken(
        made(buildings=ZEROS, t=pd.DataFrame({"building_id": [1, 2], "rent": 3})),
        "join_nothing",
        "(01, 02, 03)",
        "zeros lost",
    ),
    "a table without the key": Broken(
        listed(rent=[3, 4]), "join_no_key", "no building_id", "common number", options=of_both("rent")
    ),
    # where it lies
    "no CRS, degrees": Broken(made(buildings=said_in(buildings(crs=4326), None)), "crs_missing", "degrees", "`crs:`"),
    "no CRS, prefix": Broken(
        made(buildings=said_in(buildings(crs=4527), None)), "crs_missing", "EPSG:4527", "--crs"
    ),
    "no CRS, metres": Broken(shapefile_without(".prj"), "crs_missing", "EPSG:4548 for Beijing", "--crs"),
    "degrees": Broken(made(buildings=buildings(crs=4326)), "crs_geographic", "EPSG:4326", "EPSG:4548, EPSG:32650"),
    "CGCS2000 degrees": Broken(made(buildings=buildings(crs=4490)), "crs_geographic", "EPSG:4490", "--crs auto"),
    "web Mercator": Broken(made(buildings=buildings(crs=3857)), "crs_web_mercator", "+70", "EPSG:4548"),
    "world Mercator": Broken(made(buildings=buildings(crs=3395)), "crs_web_mercator", "+69.5%", "EPSG:4548"),
    "UTM zone far off": Broken(
        made(buildings=buildings(crs="+proj=utm +zone=47 +ellps=GRS80")), "crs_distorts", "+", "EPSG:4548"
    ),
    "Xian 80": Broken(old_datum("Xian_1980", '"Xian_1980",6378140.0,298.257'), "crs_old_datum", "西安80", "survey"),
    "Beijing 54": Broken(
        old_datum("Beijing_1954", '"Krasovsky_1940",6378245.0,298.3'), "crs_old_datum", "北京54", "CGCS2000"
    ),
    "New Beijing": Broken(made(buildings=said_in(buildings(crs=4326), 4555)), "crs_old_datum", "New Beijing"),
    "drawing grid": Broken(
        made(buildings=said_in(buildings(), 'LOCAL_CS["plan",UNIT["metre",1],AXIS["E",EAST],AXIS["N",NORTH]]')),
        "crs_local",
        "local drawing grid",
        "survey office",
    ),
    "degrees said to be metres": Broken(
        made(buildings=said_in(buildings(crs=4326), 4548)), "coordinates_degrees", "degrees", "crs: EPSG:4326"
    ),
    "metres said to be degrees": Broken(
        made(buildings=said_in(buildings(), 4326)), "coordinates_elsewhere", "EPSG:4548 for Beijing", "true `crs:`"
    ),
    "northing first": Broken(made(buildings=swapped(buildings())), "coordinates_swapped", "4.42", "easting"),
    "latitude first": Broken(
        made(buildings=swapped(buildings(crs=4326))), "coordinates_swapped", "39.9", "longitude first"
    ),
    "zone number before the easting": Broken(
        made(buildings=moved(buildings(), 39e6, 0)), "coordinates_zone_prefix", "zone number 39", "crs: EPSG:4527"
    ),
    "zone number lost": Broken(
        made(buildings=said_in(buildings(), 4527)), "coordinates_no_zone_prefix", "lack", "crs: EPSG:4548"
    ),
    "coordinates in feet": Broken(
        made(buildings=moved(buildings(), 0, 0, scale=1 / 0.3048)), "coordinates_feet", "are feet", "CRS in feet"
    ),
    "CRS in feet": Broken(
        made(buildings=moved(said_in(buildings(), 2263), 0, 0).set_geometry(
            [shapely.box(1e6 + 300 * i, 2e5, 1e6 + 300 * i + 120, 2e5 + 90) for i in range(4)], crs=2263)),
        "crs_not_metres", "US survey foot", "EPSG:32618",
    ),
    "around a drawing's origin": Broken(
        made(buildings=moved(buildings(), -WEST, -SOUTH + 300)), "coordinates_local", "own origin", "georeference"
    ),
    "southern hemisphere": Broken(
        made(buildings=moved(buildings(), 0, -9e6)), "coordinates_elsewhere", "outside the area", "true `crs:`"
    ),
    "one layer elsewhere": Broken(
        made(buildings=buildings(), parcels=moved(parcels(), 0, -900_000)), "layer_elsewhere", "900 km", "leave it out"
    ),
    "one row at nought": Broken(drawn(shapely.box(0, 0, 40, 30)), "row_elsewhere", "km from the middle", "", "B2"),
    "no number for a coordinate": Broken(lambda folder: {"buildings": with_shape(buildings(), 1, ENDLESS)},
        "coordinates_not_finite", "not a number", "", "1"),
    "target in degrees": Broken(
        of(), "target_unusable", "EPSG:4326", "EPSG:4548", options={"crs": "EPSG:4326"}
    ),
    "target on the other side of the earth": Broken(
        of(), "crs_distorts", "EPSG:2154", "EPSG:4548", options={"crs": "EPSG:2154"}
    ),
    "target that is none": Broken(of(), "target_unusable", "EPSG:999999", "auto", options={"crs": "EPSG:999999"}),
    "declared CRS that is none": Broken(of(), "crs_unknown", "GCJ02", "GCJ-02", options=mapped("GCJ02")),
    "GCJ-02 by the file's name": Broken(
        lambda folder: save(folder, 高德建筑=shifted(buildings(), "GCJ-02")), "shift_named", "GCJ-02", "crs: GCJ-02",
        options={"crs": "auto"},
    ),
    "BD-09 by a column's name": Broken(
        made(buildings=shifted(buildings(bd09_lon=1.0), "BD-09")), "shift_named", "BD-09", "crs: BD-09",
        options={"crs": "auto"},
    ),
    "GCJ-02 by known stations": Broken(
        lambda folder: save(folder, buildings=near_stations(), stations=shifted(stations(), "GCJ-02")),
        "shift_found", "GCJ-02", "every layer from the same source",
    ),
    "BD-09 by known stations": Broken(
        lambda folder: save(folder, buildings=near_stations(), stations=shifted(stations(), "BD-09")),
        "shift_found", "BD-09", "crs: BD-09",
    ),
    # shapes
    "bow tie": Broken(drawn(BOW_TIE, 0), "repair_changes_much", "Self-intersection", "draw the row again", "B1"),
    "points for buildings": Broken(drawn(shapely.Point(WEST, SOUTH)), "not_an_area", "Point", "a polygon", "B2"),
    "open line": Broken(
        drawn(shapely.LineString([(WEST, SOUTH), (WEST + 9, SOUTH)])), "not_an_area", "LineString", "a polygon", "B2"
    ),
    "the same outline twice": Broken(
        made(buildings=TWO.assign(floors=[5, 5, 6, 6])), "duplicate_shape", "count twice", "keep one", "C1"
    ),
    "parcels one upon another": Broken(
        made(buildings=buildings(), parcels=with_shape(parcels(), 1, ACROSS)),
        "parcels_overlap", "5.0%", "draw the border once",
    ),
    # what the park itself refuses
    "more firms than room": Broken(
        made(buildings=buildings(), firms=pd.DataFrame(FIRM | {"building_id": ["B1"], "floor_m2": [99_000]})),
        "park_refused", "99000 m² let", "let no more",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(name: str, tmp_path: Path) -> None:
    broken = BROKEN[name]
    folder = tmp_path / "in"
    folder.mkdir()
    made_of = broken.make(folder)
    sources = made_of if isinstance(made_of, dict) else folder
    with pytest.raises(IntakeRefusedError) as refused:
        import_park(sources, **broken.options)
    told = [fault for fault in refused.value.faults if broken.says in f"{fault.where} {fault.what} {fault.cure}"]
    assert told, str(refused.value)
    assert broken.cure in told[0].cure
    if broken.row:
        assert f"row {broken.row}" in told[0].where
    errors = refused.value.report.query("severity == 'error'")
    assert broken.rule in set(errors["rule"])
    assert (errors[["what_zh", "what_en", "cure_zh", "cure_en"]] != "").all(axis=None)


#: What no file can hold, and what needs more than files.
IN_MEMORY = {"no number for a coordinate"}
IN_FILES = [name for name in BROKEN if not BROKEN[name].options and name not in IN_MEMORY]


@pytest.mark.parametrize("name", IN_FILES)
def test_nothing_is_written_of_what_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    BROKEN[name].make(folder)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as left:
        main(["park", "import", str(folder), "--out", str(tmp_path / "out")])
    assert left.value.code == 3
    assert sorted(tmp_path.rglob("*")) == before
    assert "nothing written" in capsys.readouterr().err


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    frame = buildings(floors=["5", "viele", "6", "7"], completed=["bald", "2015", "2016", "2017"])
    save(tmp_path, buildings=said_in(frame, 4527), zones=swapped(boundary()))
    with pytest.raises(IntakeRefusedError) as refused:
        import_park(tmp_path)
    assert set(refused.value.report.query("severity == 'error'")["rule"]) == {
        "value_unreadable",
        "date_unreadable",
        "coordinates_no_zone_prefix",
        "coordinates_swapped",
    }


def test_of_many_bad_rows_five_are_named_and_the_rest_counted() -> None:
    frame = buildings(30, floors="viele")
    frame = gpd.GeoDataFrame(
        pd.concat([frame, with_shape(buildings(1), 0, box(40)).assign(building_id="Z", floors="5")])
    )
    mapping = {"layers": {"b": {"table": "buildings", "columns": {"building_id": "building_id", "floors": "floors"}}}}
    with pytest.raises(IntakeRefusedError) as refused:
        import_park({"b": frame}, mapping=mapping)
    said = refused.value.report.query("rule == 'value_unreadable'")
    assert said["row"].tolist() == ["B1", "B2", "B3", "B4", "B5", "…"]
    assert said["rows"].sum() == 30
    assert "25 more rows" in said["what_en"].iloc[-1]
