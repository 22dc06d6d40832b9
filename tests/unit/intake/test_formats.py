"""Good files in every format, both languages and any encoding: the same park comes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from tests.unit.intake.made import buildings, parcels, write
from twin.park.intake import Intake, import_park

Frame = gpd.GeoDataFrame

CHINESE = {
    "楼宇编号": ["A1", "A2", "A3"],
    "楼宇名称": ["科技大厦", "创新中心", "中试基地"],
    "建筑用途": ["写字楼", "研发楼", "中试厂房"],
    "层数": ["6层", "12F", "３"],
    "可出租面积": ["1,200㎡", "0.9万㎡", "约3000"],
    "租金": ["3.5元/㎡·天", "120元/㎡/月", "2,8"],
    "竣工时间": ["2015年6月", "1998", "2020-03-01"],
}


def chinese() -> Frame:
    """Three buildings as a Chinese planner has them."""
    return gpd.GeoDataFrame(CHINESE, geometry=buildings(3).geometry, crs="EPSG:4548")


def is_right(taken: Intake) -> None:
    """The three buildings came out as they were meant."""
    found = taken.park.buildings
    assert found["building_id"].tolist() == ["A1", "A2", "A3"]
    assert found["building_type"].tolist() == ["office", "research", "pilot_hall"]
    assert found["floors"].tolist() == [6, 12, 3]
    assert found["lettable_m2"].tolist() == [1_200.0, 9_000.0, 3_000.0]
    assert found["rent_cny_m2_day"].tolist() == pytest.approx([3.5, 120 * 12 / 365, 2.8])
    assert found["completed"].tolist() == ["2015Q2", "1998Q3", "2020Q1"]
    assert found["name_zh"].tolist() == CHINESE["楼宇名称"]


FORMATS: dict[str, Callable[[Frame, Path], object]] = {
    "GeoPackage": lambda frame, folder: write(frame, folder / "楼宇.gpkg"),
    "GeoParquet": lambda frame, folder: frame.to_parquet(folder / "楼宇.parquet"),
    "FlatGeobuf": lambda frame, folder: write(frame, folder / "楼宇.fgb", SPATIAL_INDEX="NO"),
    "GeoJSON with a CRS": lambda frame, folder: write(frame, folder / "楼宇.geojson"),
    "Shapefile in GBK": lambda frame, folder: write(frame, folder / "楼宇.shp", encoding="GBK"),
    "Shapefile in UTF-8, names cut within a character": lambda frame, folder: write(
        frame, folder / "楼宇.shp", encoding="UTF-8"
    ),
    "zipped Shapefile": lambda frame, folder: write(frame, folder / "楼宇.shp.zip", encoding="UTF-8"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_park(name: str, tmp_path: Path) -> None:
    FORMATS[name](chinese(), tmp_path)
    is_right(import_park(tmp_path))


@pytest.mark.parametrize("page", [None, "UTF-8", "nonsense"])
def test_a_shapefile_in_gbk_that_does_not_say_so_is_read_by_its_bytes(page: str | None, tmp_path: Path) -> None:
    write(chinese(), tmp_path / "楼宇.shp", encoding="GBK")
    (tmp_path / "楼宇.cpg").unlink()
    if page:
        (tmp_path / "楼宇.cpg").write_text(page)
    taken = import_park(tmp_path)
    is_right(taken)
    assert ("encoding_wrong" if page else "encoding_guessed") in set(taken.report["rule"])


def test_a_western_shapefile_is_not_taken_for_chinese(tmp_path: Path) -> None:
    frame = buildings(3).assign(operator=["Björn", "Äpplet", "Ö"])[["operator", "floors", "geometry"]]
    write(frame, tmp_path / "buildings.shp", encoding="ISO-8859-1")
    (tmp_path / "buildings.cpg").unlink()
    assert import_park(tmp_path).park.buildings["operator"].tolist() == ["Björn", "Äpplet", "Ö"]


def test_columns_cut_after_ten_characters_are_known(tmp_path: Path) -> None:
    frame = buildings(3, lettable_m2=2_700.0, rent_cny_m2_day=4.4, completed="2019Q1")
    write(frame, tmp_path / "buildings.shp")
    taken = import_park(tmp_path)
    cut = pd.DataFrame(gpd.read_file(tmp_path / "buildings.shp")).columns
    assert {"building_i", "lettable_m", "rent_cny_m"} <= set(cut)
    assert taken.park.buildings["rent_cny_m2_day"].tolist() == [4.4] * 3
    assert taken.park.buildings["lettable_m2"].tolist() == [2_700.0] * 3
    assert taken.park.buildings["building_id"].tolist() == ["B1", "B2", "B3"]


def test_geojson_in_degrees_with_a_target(tmp_path: Path) -> None:
    write(buildings(crs="EPSG:4326"), tmp_path / "buildings.geojson")
    taken = import_park(tmp_path, crs="auto")
    assert str(taken.park.buildings.crs) == "EPSG:4548"
    assert taken.park.buildings.area.to_numpy() == pytest.approx([1_200.0] * 4, rel=1e-3)


def test_several_files_and_layers_with_their_own_crs(tmp_path: Path) -> None:
    write(buildings(2), tmp_path / "a.gpkg", layer="buildings")
    write(parcels().to_crs("EPSG:32650"), tmp_path / "a.gpkg", layer="parcels")
    write(buildings(4).iloc[2:].to_crs("EPSG:4490"), tmp_path / "buildings_b.geojson")
    taken = import_park([tmp_path / "a.gpkg", tmp_path / "buildings_b.geojson"])
    assert taken.park.buildings["building_id"].tolist() == ["B1", "B2", "B3", "B4"]
    assert taken.park.buildings["parcel_id"].tolist() == ["P1", "P2", "P3", "P4"]
    assert taken.report.query("rule == 'reprojected'")["layer"].nunique() == 2


@pytest.mark.parametrize("ending", ["csv", "gb.csv", "xlsx", "dbf"])
def test_tables_are_joined_by_their_key(ending: str, tmp_path: Path) -> None:
    write(buildings(3), tmp_path / "buildings.gpkg")
    ledger = pd.DataFrame(
        {"楼宇编号": ["B3", "B1", "B9"], "可租面积": ["1,000", "2000", "1"], "名称": ["丙", "甲", "壬"]}
    )
    file = tmp_path / f"台账.{ending}"
    if ending.endswith("csv"):
        ledger.to_csv(file, index=False, encoding="gb18030" if ending.startswith("gb") else "utf-8-sig")
    else:
        {"dbf": _dbf, "xlsx": _sheet}[ending](ledger, file)
    columns = {"building_id": "楼宇编号", "lettable_m2": "可租面积", "name_zh": "名称"}
    layers = {
        "buildings.gpkg": {"table": "buildings", "columns": {"building_id": "building_id", "floors": "floors"}},
        file.name: {"table": "buildings", "columns": columns},
    }
    taken = import_park(tmp_path, mapping={"layers": layers})
    assert taken.park.buildings["lettable_m2"].tolist()[::2] == [2_000.0, 1_000.0]
    assert taken.park.buildings["name_zh"].fillna("").tolist() == ["甲", "", "丙"]
    report = taken.report.set_index("rule")
    assert report.loc["join_unmatched_rows", "value"] == "B9"
    assert report.loc["join_unmatched_shapes", "row"] == "B2"


def _dbf(frame: pd.DataFrame, file: Path) -> None:
    """A table as dBASE has it: that of a shapefile."""
    aside = file.parent / ".aside"
    aside.mkdir()
    write(gpd.GeoDataFrame(frame, geometry=buildings(len(frame)).geometry), aside / "t.shp", encoding="GBK")
    (aside / "t.dbf").rename(file)


def _sheet(frame: pd.DataFrame, file: Path) -> None:
    """A spreadsheet, by the same driver that reads it."""
    pyogrio.write_dataframe(frame, file, driver="XLSX")
