"""Files as careless people leave them: what can be read is read and told, and nothing is dropped without a word."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from tests.unit.intake.made import box, buildings, moved, parcels, said_in, with_shape, write
from twin.cli.app import main
from twin.errors import ParkError
from twin.park.intake import Intake, IntakeRefusedError, import_park, sources, values

TRADITIONAL = {"樓宇編號": ["A", "B"], "層數": [3, 4], "高度": [12.0, 16.0], "建築面積": ["0.4萬㎡", "5000"]}


def said(found: Intake, rule: str) -> dict[str, Any]:
    """The first row of the report that a rule wrote."""
    rows = found.report[found.report["rule"] == rule]
    assert len(rows), found.report["rule"].tolist()
    return {str(name): value for name, value in rows.iloc[0].items()}


def refusal(given: Any) -> pd.DataFrame:
    """The errors for which an import is refused."""
    with pytest.raises(IntakeRefusedError) as refused:
        import_park(given)
    return refused.value.report.query("severity == 'error'")


def bare(**columns: Any) -> gpd.GeoDataFrame:
    """Outlines with these columns only."""
    rows = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=buildings(rows).geometry, crs="EPSG:4548")


# Values


@pytest.mark.parametrize(("text", "number"), [("1.0863(万㎡)", 10_863.0), ("10862（㎡）", 10_862.0), ("3萬㎡", 3e4)])
def test_units_in_brackets_and_in_traditional_characters(text: str, number: float) -> None:
    assert values.numbers(pd.Series([text]), "area").found[0] == pytest.approx(number)


@pytest.mark.parametrize("text", ["≤2.5", "2.0-2.5", "2.0～2.5", "不大于2.5", "2.5以下", "<=2.5"])
def test_of_a_limit_the_upper_bound_is_taken_and_told(text: str) -> None:
    found = import_park({"buildings": buildings(), "parcels": parcels(容积率=text)})
    assert found.park.parcels["far_limit"].tolist() == [2.5] * 4
    assert said(found, "value_bounded")["rows"] == 4


@pytest.mark.parametrize(
    ("dates", "quarter", "rule"),
    [
        (["42000", "42005.0"], ["2014Q4", "2015Q1"], "date_serial"),
        ([42000, 42005], ["2014Q4", "2015Q1"], "date_serial"),
        ([2015.10, 2015.05], ["2015Q4", "2015Q2"], "date_decimal"),
        (["2015.10", "2015.1"], ["2015Q4", "2015Q1"], "date_decimal"),
    ],
)
def test_dates_of_spreadsheets(dates: list[Any], quarter: list[str], rule: str) -> None:
    found = import_park({"buildings": bare(竣工日期=dates)})
    assert found.park.buildings["completed"].tolist() == quarter
    assert said(found, rule)["rows"] == 2


def test_traditional_characters_are_known() -> None:
    found = import_park({"建築": bare(**TRADITIONAL, 用途=["辦公", "廠房"])}).park.buildings
    assert found["building_id"].tolist() == ["A", "B"]
    assert found["floors"].tolist() == [3, 4]
    assert found["gfa_m2"].tolist() == [4_000.0, 5_000.0]
    assert found["building_type"].tolist() == ["office", "light_manufacturing"]


def test_a_column_of_a_known_name_that_cannot_be_read_is_told() -> None:
    found = import_park({"buildings": buildings(), "parcels": parcels(容积率=["高", "低", "1.0", "?高"])})
    told = said(found, "column_doubtful")
    assert (told["severity"], told["column"]) == ("warning", "far_limit")
    assert "'容积率' looks like far_limit, but 3 of 4 values cannot be read (高, 低, ?高)" in told["what_en"]


def test_columns_left_over_are_told_once() -> None:
    found = import_park({"buildings": buildings(电梯=2, remark="x")})
    assert said(found, "columns_left_over")["value"] == "电梯, remark"
    assert (found.report["rule"] == "columns_left_over").sum() == 1


def test_ids_that_stand_twice_are_refused_under_any_name() -> None:
    assert refusal({"b": bare(id=["a", "a", "b"], floors=[3, 3, 3])})["rule"].tolist() == ["key_repeated"]


def test_ids_of_a_spreadsheet_that_became_numbers_are_joined() -> None:
    ledger = pd.DataFrame({"楼宇编号": ["1.0", "2.0"], "层数": ["3", "7"]})
    found = import_park({"buildings": bare(楼宇编号=["1", "2"]), "台账": ledger})
    assert found.park.buildings["floors"].tolist() == [3, 7]


# Rows


def test_rows_that_are_odd_are_told_and_those_in_another_unit_refused() -> None:
    found = import_park({"buildings": buildings(8, gfa_m2=[6e3] * 7 + [9e2], height_m=[20.0] * 7 + [90.0])})
    assert (said(found, "area_odd_row")["row"], said(found, "area_odd_row")["value"]) == ("B8", "0.15")
    assert (said(found, "storey_odd_row")["row"], said(found, "storey_odd_row")["value"]) == ("B8", "18")
    errors = refusal({"buildings": buildings(8, gfa_m2=[6e3] * 7 + [0.6], height_m=[20.0] * 7 + [2e4])})
    assert errors[["rule", "row"]].to_numpy().tolist() == [["storey_far_off", "B8"], ["area_far_off", "B8"]]


def test_a_ratio_that_must_be_a_percentage_is_refused_with_its_cure() -> None:
    errors = refusal({"buildings": buildings(), "parcels": parcels(far=[2.5, 250.0, 2.5, 35.0])})
    assert errors["value"].tolist() == ["250", "35"]
    assert "unit: percent" in errors["cure_zh"].iloc[0]


def test_what_the_park_refuses_is_told_in_plain_numbers_and_in_chinese() -> None:
    errors = refusal({"buildings": buildings(), "parcels": parcels(far=[2.5, 2_500.0, 2.5, 2.5])})
    assert errors["rule"].tolist() == ["park_refused"]
    assert "2500.0" in errors["what_en"].iloc[0]
    assert "np." not in errors["what_en"].iloc[0]
    assert errors["cure_zh"].str.fullmatch(r"[^A-Za-z]+").all()


def test_zones_of_one_kind_that_share_land_are_told_with_the_area() -> None:
    two = gpd.GeoDataFrame(
        {"zone_id": ["a", "b"]}, geometry=[box(0, width=300, depth=50), box(2, width=300, depth=50)], crs="EPSG:4548"
    )
    told = said(import_park({"buildings": buildings(), "zones": two}), "zones_overlap")
    assert (told["row"], told["value"], told["severity"]) == ("b", "a: 5,000 m²", "warning")


def test_outlines_too_small_for_buildings_are_counted() -> None:
    frame = with_shape(buildings(), 1, box(1, width=1.0, depth=2.0))
    told = said(import_park({"buildings": frame}), "buildings_small")
    assert (told["rows"], told["value"], told["severity"]) == (1, "B2", "warning")


# Places


def test_a_layer_in_the_neighbouring_zone_is_not_called_feet() -> None:
    found = import_park({"buildings": buildings().to_crs("EPSG:32649")}, crs="EPSG:4548")
    assert said(found, "coordinates_far_zone")["severity"] == "warning"
    assert found.park.buildings.area.to_numpy() == pytest.approx([1_200.0] * 4, rel=1e-3)
    feet = said_in(moved(buildings(crs="EPSG:32650"), 0, 0, scale=1 / 0.3048), "EPSG:32650")
    assert refusal({"buildings": feet})["rule"].tolist() == ["coordinates_feet"]


def test_closed_lines_alone_are_outlines() -> None:
    frame = buildings().set_geometry(buildings().boundary)
    found = import_park({"b": frame})
    assert found.park.buildings.area.to_numpy() == pytest.approx([1_200.0] * 4)
    assert said(found, "outline_filled")["severity"] == "repaired"


# Files


@pytest.mark.parametrize(
    ("text", "encoding", "read"),
    [
        ("楼宇编号,建筑面积\nB1,1.2万㎡\nB2,200㎡\n", "gbk", "gb18030"),
        ("樓宇編號,層數,建築面積\nB1,3,4\n", "big5", "big5"),
        ("Größe,Höhe\nSão Paulo,façade\nBjörn,Åre\n", "cp1252", "cp1252"),
        ("楼宇编号,层数\n", "utf-16", "utf-16"),
    ],
)
def test_encodings_are_told_by_their_bytes(text: str, encoding: str, read: str, tmp_path: Path) -> None:
    ledger = pd.DataFrame({"楼宇编号": ["B1", "B2"], "建筑面积": ["0.6万㎡", "6000㎡"]})
    ledger.to_csv(tmp_path / "台账.csv", index=False, encoding="gbk")
    write(buildings(2), tmp_path / "buildings.gpkg")
    assert import_park(tmp_path).park.buildings["gfa_m2"].tolist() == [6_000.0] * 2
    assert sources._encoding_of(text.encode(encoding)) == read


def test_an_encoding_that_nobody_knows_is_refused_at_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(buildings(2), tmp_path / "b.gpkg")
    (tmp_path / "m.yaml").write_text("layers:\n  b.gpkg:\n    table: buildings\n    encoding: klingon\n")
    with pytest.raises(SystemExit) as left:
        main(["park", "import", str(tmp_path / "b.gpkg"), "--mapping", str(tmp_path / "m.yaml")])
    assert left.value.code == 3
    assert "m.yaml:4:5" in capsys.readouterr().err.replace("\n", "")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_title_above_the_header_is_passed_over_and_told(ending: str, tmp_path: Path) -> None:
    write(buildings(2)[["building_id", "geometry"]], tmp_path / "b.gpkg")
    sheet = pd.DataFrame([["building_id", "层数"], ["B1", "3"], ["B2", "9"]], columns=["某园楼宇台账", ""])
    if ending == "csv":
        sheet.to_csv(tmp_path / "台账.csv", index=False)
    else:
        pyogrio.write_dataframe(sheet, tmp_path / "台账.xlsx", driver="XLSX")
    found = import_park(tmp_path)
    assert found.park.buildings["floors"].tolist() == [3, 9]
    assert said(found, "title_skipped")["value"] == "某园楼宇台账"


def test_what_a_folder_holds_that_is_not_read_is_told(tmp_path: Path) -> None:
    write(buildings(), tmp_path / "buildings.gpkg")
    (tmp_path / "台账.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / "~$台账.xlsx").write_bytes(b"lock")
    (tmp_path / "more").mkdir()
    told = said(import_park(tmp_path), "files_passed_over")
    assert (told["severity"], told["value"]) == ("warning", "more, 台账.xls")


def test_a_table_that_is_not_used_is_a_warning() -> None:
    found = import_park({"buildings": buildings(), "notes": pd.DataFrame({"a": [1], "b": [2]})})
    assert said(found, "layer_unused")["severity"] == "warning"


@pytest.mark.parametrize("layers", [["buildings"], ["buildings_a", "buildings_b"], ["楼宇A", "楼宇B"]])
@pytest.mark.parametrize("file", ["park.gpkg", "园区.gpkg"])
def test_the_name_of_a_layer_goes_before_that_of_its_file(file: str, layers: list[str], tmp_path: Path) -> None:
    for n, layer in enumerate(layers):
        write(moved(bare(编号=[f"{n}a", f"{n}b"]), 0, 100.0 * n), tmp_path / file, layer=layer)
    assert {one.table for one in import_park(tmp_path).mapping.layers.values()} == {"buildings"}


def test_a_zip_with_a_folder_inside_is_read(tmp_path: Path) -> None:
    write(buildings(), tmp_path / "buildings.shp")
    with zipfile.ZipFile(tmp_path / "资料.zip", "w") as archive:
        for part in tmp_path.glob("buildings.*"):
            archive.write(part, f"sub/{part.name}")
    found = import_park(tmp_path / "资料.zip")
    assert found.park.buildings["building_id"].tolist() == ["B1", "B2", "B3", "B4"]
    assert list(found.mapping.layers) == ["资料.zip"]


def test_a_shapefile_in_capitals_is_read_once_and_in_its_encoding(tmp_path: Path) -> None:
    write(buildings(2, 名称=["科技楼", "创新楼"]), tmp_path / "x.shp", encoding="GBK")
    (tmp_path / "x.cpg").unlink()
    for part in list(tmp_path.iterdir()):
        part.rename(part.with_name(part.name.upper()))
    found = import_park(tmp_path)
    assert list(found.mapping.layers) == ["X.SHP"]
    assert found.park.buildings["name_zh"].tolist() == ["科技楼", "创新楼"]


def test_the_cure_for_a_quarter_is_told_once() -> None:
    with pytest.raises(ParkError) as refused:
        import_park({"buildings": buildings()}, start="2026")
    assert str(refused.value).count("like 2026Q1") == 1
