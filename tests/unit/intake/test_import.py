"""What is not given is estimated by stated rules and marked; mappings; firms; and the park that comes out runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.unit.intake.made import boundary, buildings, moved, parcels, save, write
from twin.cli.app import main
from twin.errors import ParkError
from twin.park import load_park
from twin.park.intake import Intake, import_park, mapping_of, mapping_text, propose_mapping, read_mapping, words
from twin.park.intake.attributes import key_of
from twin.scenario import load_scenario
from twin.study import replicate


def bare(n: int = 4, **columns: Any) -> gpd.GeoDataFrame:
    """Buildings of which nothing is known but the outline, and what is given here."""
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=range(n)), geometry=buildings(n).geometry, crs="EPSG:4548")


def taken(*, crs: str | None = None, **layers: pd.DataFrame) -> Intake:
    """These layers taken in."""
    return import_park(layers, crs=crs)


def rows_of(found: Intake, rule: str) -> int:
    """How many rows a rule was said of."""
    return int(found.report.loc[found.report["rule"] == rule, "rows"].sum())


# Estimates


def test_of_an_outline_alone_everything_is_estimated_and_marked() -> None:
    found = taken(buildings=bare())
    one = found.park.buildings.iloc[0]
    assert (one["building_type"], one["floors"], one["height_m"]) == ("office", 8, 32.0)
    assert (one["gfa_m2"], one["lettable_m2"]) == (9_600.0, 8_640.0)
    assert (one["rent_cny_m2_day"], one["quality"], one["completed"]) == (4.2, 0.62, "2016Q1")
    assert (found.park.buildings["provenance"] == "derived").all()
    assert "100%" in found.park.about.caveat_en
    derived = found.report[found.report["rule"].str.startswith("est_")]
    assert (derived["rows"] == 4).all()
    assert derived["severity"].isin(["derived", "warning"]).all()


def test_what_is_given_is_kept_and_not_marked() -> None:
    whole = bare(
        building_type="research",
        floors=4,
        height_m=18.0,
        gfa_m2=4_700.0,
        lettable_m2=4_000.0,
        rent=3.3,
        quality=0.7,
        completed="2018Q4",
    )
    found = taken(buildings=whole)
    one = found.park.buildings.iloc[0]
    assert (one["gfa_m2"], one["lettable_m2"], one["rent_cny_m2_day"]) == (4_700.0, 4_000.0, 3.3)
    assert (found.park.buildings["provenance"] == "unstated").all()


@pytest.mark.parametrize(
    ("columns", "floors", "rule"),
    [
        ({"height_m": 21.0, "building_type": "research"}, 5, "est_floors_height"),
        ({"height_m": 2.5, "building_type": "office"}, 1, "est_floors_height"),
        ({"gfa_m2": 7_300.0}, 6, "est_floors_gfa"),
        ({"building_type": "中试厂房"}, 2, "est_floors_usual"),
    ],
)
def test_floors_come_from_the_best_that_is_known(columns: dict[str, Any], floors: int, rule: str) -> None:
    found = taken(buildings=bare(**columns))
    assert found.park.buildings["floors"].tolist() == [floors] * 4
    assert rows_of(found, rule) == 4


def test_five_known_rents_of_a_type_stand_for_its_others() -> None:
    rents = [3.0, 3.2, 3.4, 3.6, 9.0, np.nan]
    found = taken(buildings=bare(6, rent=rents))
    assert found.park.buildings["rent_cny_m2_day"].iloc[5] == 3.4
    found = taken(buildings=bare(6, rent=[3.0, np.nan, 3.4, 3.6, 9.0, np.nan]))
    assert found.park.buildings["rent_cny_m2_day"].iloc[5] == 4.2


def test_a_type_comes_from_the_land_and_a_land_use_from_the_type() -> None:
    found = taken(buildings=bare(), parcels=parcels(land_use=["M1", "R2", "绿地", "B23"]))
    assert found.park.buildings["building_type"].tolist() == [
        "light_manufacturing",
        "talent_housing",
        "office",
        "research",
    ]
    found = taken(buildings=bare(2, building_type=["厂房", "孵化器"]), parcels=parcels(3).drop(columns="land_use"))
    assert found.park.parcels["land_use"].tolist() == ["M1", "B23", "F3"]
    assert found.park.parcels["provenance"].tolist() == ["derived"] * 3


def test_what_no_type_stands_for_lets_nothing() -> None:
    found = taken(buildings=bare(building_type=["office", "garage", "church", "zzz"]))
    assert found.park.buildings["lettable_m2"].tolist()[1:3] == [0.0, 0.0]
    assert rows_of(found, "kind_other") == 2
    assert found.report.set_index("rule").loc["kind_unknown", "value"] == "zzz"
    assert len(found.park.firm_buildings) == 2


def test_noughts_stand_for_nothing_known() -> None:
    found = taken(buildings=bare(floors=[0, 3, 3, 3], height_m=[12.0, 0.0, 12.0, 12.0]))
    assert found.park.buildings["floors"].tolist() == [3, 3, 3, 3]
    assert rows_of(found, "value_nought") == 2


def test_what_is_still_to_be_built_stays_without_a_date() -> None:
    found = taken(buildings=bare(竣工时间=["2019", "规划", "在建", None]))
    assert found.park.buildings["completed"].fillna("").tolist() == ["2019Q3", "", "", "2016Q1"]
    assert rows_of(found, "date_planned") == 2
    assert found.report.set_index("rule").loc["est_completed_some", "severity"] == "warning"


def test_what_was_closed_long_ago_had_been_completed_before() -> None:
    found = taken(buildings=bare(closed=["2010-05", None, None, None]))
    assert found.park.buildings["completed"].tolist() == ["2010Q1", "2016Q1", "2016Q1", "2016Q1"]


# Units


@pytest.mark.parametrize(
    ("columns", "metres"),
    [
        ({"height_ft": 65.6}, 65.6 * 0.3048),
        ({"高度(英尺)": 65.6}, 65.6 * 0.3048),
        ({"height_cm": 2_000.0}, 20.0),
        ({"height": ["65.6 ft", "20", "20m", "20.0"]}, 20.0),
    ],
)
def test_a_unit_in_a_name_or_a_cell_is_heeded(columns: dict[str, Any], metres: float) -> None:
    found = taken(buildings=bare(floors=5, **columns))
    assert found.park.buildings["height_m"].to_numpy() == pytest.approx([metres] * 4, abs=0.01)


def test_a_unit_named_in_the_mapping_settles_a_doubt() -> None:
    frame = bare(h=65.6, storeys=5)
    for unit, metres in (("ft", 19.99), ("m", 65.6)):
        columns = {"floors": "storeys", "height_m": {"column": "h", "unit": unit}}
        found = import_park({"b": frame}, mapping={"layers": {"b": {"table": "buildings", "columns": columns}}})
        assert found.park.buildings["height_m"].iloc[0] == pytest.approx(metres, abs=0.01)


def test_limits_of_parcels_in_percent_and_metres() -> None:
    land = parcels(4, **{"容积率(%)": [250, 300, 200, 100], "限高": "45米"})
    found = taken(buildings=buildings(), parcels=land)
    assert found.park.parcels["far_limit"].tolist() == [2.5, 3.0, 2.0, 1.0]
    assert found.park.parcels["height_limit_m"].tolist() == [45.0] * 4


# Zones and layers passed through


def test_without_a_boundary_the_park_is_its_parcels_or_the_land_around() -> None:
    assert taken(buildings=buildings(), parcels=parcels()).park.zones.area.iloc[0] == pytest.approx(32_000.0)
    around = taken(buildings=buildings()).park.zones
    assert around["zone_id"].tolist() == ["park"]
    assert around.area.iloc[0] == pytest.approx(440 * 130, rel=0.1)


def test_several_zones_make_up_the_park_unless_one_is_it() -> None:
    land = shapely.box(*boundary().total_bounds)
    west, east = (shapely.intersection(land, moved(boundary(), 475.0 * side, 0.0).geometry.iloc[0]) for side in (-1, 1))
    halves = gpd.GeoDataFrame({"zone_id": ["a", "b"], "name": ["West", "East"]}, geometry=[west, east], crs="EPSG:4548")
    zones = taken(buildings=buildings(), zones=halves).park.zones
    assert zones["zone_id"].tolist() == ["park", "a", "b"]
    assert zones["name_zh"].tolist() == ["导入的园区", "West", "East"]
    assert zones.area.iloc[0] == pytest.approx(zones.area.iloc[1:].sum())


def test_buildings_beyond_the_boundary_are_told() -> None:
    found = taken(buildings=moved(buildings(), 700.0, 0.0), zones=boundary())
    assert rows_of(found, "buildings_outside") == 2


def test_streets_water_and_stations_are_passed_through() -> None:
    streets = gpd.GeoDataFrame(
        {"highway": ["primary", "residential"], "name": ["A", "B"]},
        geometry=list(buildings(2).boundary),
        crs=4548,
    )
    stops = gpd.GeoDataFrame({"站名": ["甲", "乙"], "是否开通": ["是", "否"]}, geometry=buildings(2).centroid, crs=4548)
    lakes = buildings(1)[["geometry"]]
    park = taken(buildings=buildings(), roads=streets, 地铁站=stops, 水系=lakes).park
    assert park.roads[["class", "name_en"]].to_numpy().tolist() == [["arterial", "A"], ["local", "B"]]
    assert park.stations["open"].tolist() == [True, False]
    assert len(park.water) == 1


# Firms


def firms(**columns: Any) -> pd.DataFrame:
    """Three firms as a park's office has them."""
    usual = {
        "统一社会信用代码": ["91110107MA01", "91110107MA02", "91110107MA03"],
        "企业名称": ["甲科技", "乙生物", "丙银行"],
        "所属行业": ["人工智能", "医药健康", "金融业"],
        "员工人数": ["120人", "30", ""],
        "所在楼宇": ["B1", "B2", ""],
        "营业收入(万元)": ["1,000", "", "5000"],
    }
    return pd.DataFrame(usual | columns)


def test_firms_get_what_they_need_and_what_was_worked_out_is_said() -> None:
    found = taken(buildings=buildings(), 企业=firms())
    stock = found.park.firms
    assert stock["industry"].tolist() == ["ai", "health", "finance"]
    assert stock["resident"].tolist() == [True, True, False]
    assert stock["staff"].tolist() == [120, 30, 10]
    assert stock["floor_m2"].tolist() == [120 * 14, 30 * 35, 0]
    assert stock["revenue_cny"].fillna(0).tolist() == [1e7, 0.0, 5e7]
    assert stock["source_id"].tolist()[0] == "91110107MA01"
    assert {"firm_floor", "firm_stage", "firms_numbered", "firm_productivity"} <= set(found.report["rule"])


def test_estimated_floor_is_never_more_than_a_building_has() -> None:
    found = taken(buildings=buildings(), 企业=firms(员工人数=["900", "900", "1"], 所在楼宇=["B1", "B1", ""]))
    let = found.park.firms["floor_m2"].sum()
    assert 0.99 * 5_400 <= let <= 5_400


def test_firms_as_points_work_where_they_lie() -> None:
    points = gpd.GeoDataFrame(firms().drop(columns="所在楼宇"), geometry=buildings(3).centroid, crs="EPSG:4548")
    found = taken(buildings=buildings(), 企业=points)
    assert found.park.firms["building_id"].tolist() == ["B1", "B2", "B3"]


def test_firms_in_no_building_or_in_one_not_for_firms_are_registered_only() -> None:
    found = taken(
        buildings=buildings(building_type=["office", "retail", "office", "office"]),
        企业=firms(所在楼宇=["B2", "B9", "B1"]),
    )
    assert found.park.firms["resident"].tolist() == [False, False, True]
    assert {"firm_building_closed", "firm_building_unknown"} <= set(found.report["rule"])


def test_codes_of_industries_are_read() -> None:
    found = taken(buildings=buildings(), 企业=firms(所属行业=["I65", "C27", "J66"]))
    assert found.park.firms["industry"].tolist() == ["ai", "health", "finance"]


# Mappings


def test_a_proposal_written_corrected_and_read_again_is_what_is_applied(tmp_path: Path) -> None:
    save(tmp_path, buildings=buildings(), parcels=parcels())
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    proposed, layers = propose_mapping(tmp_path)
    text = mapping_text(proposed, layers)
    assert "# not used 未使用: notes.csv (a, b)" in text
    file = tmp_path / "m.yaml"
    file.write_text(text.replace("height_m: height_m", "height_m: {column: height_m, unit: ft}"), encoding="utf-8")
    found = import_park([tmp_path / "data.gpkg"], mapping=file)
    assert found.park.buildings["height_m"].iloc[0] == pytest.approx(6.096)
    assert found.mapping.layers["data.gpkg:buildings"].columns["height_m"].unit == "ft"
    assert import_park(tmp_path).mapping.layers == proposed.layers


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("layers: [1]", "layers"),
        ("layers:\n  a: {table: houses}", "houses"),
        ("layers:\n  a: {table: buildings, colums: {}}", "did you mean 'columns'"),
        ("layers:\n  a: {table: buildings, columns: {storeys: f}}", "no column 'storeys'"),
        ("layers:\n  a: {table: buildings, columns: {height_m: {column: h, unit: cubits}}}", "unknown unit 'cubits'"),
        ("layers:\n  a: {table: buildings, columns: {height_m: {unit: ft}}}", "neither column nor value"),
        ("layers: {a: [}", "m.yaml:1:"),
        ("- 1", "no table"),
        ("layers:\n  a:\n    table: buildings\n    encoding: klingon", "m.yaml:4:"),
    ],
)
def test_a_mapping_that_says_nothing_sensible_is_refused(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(text)
    with pytest.raises(ParkError) as refused:
        read_mapping(tmp_path / "m.yaml")
    assert says in str(refused.value)


def test_a_mapping_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParkError, match="cannot be read"):
        read_mapping(tmp_path / "none.yaml")


def test_one_value_for_every_row_and_words_of_ones_own() -> None:
    columns = {
        "building_type": {"column": "kind", "values": {"x": "pilot_hall", "y": "incubator"}},
        "rent_cny_m2_day": {"value": 3.1},
        "completed": {"value": "2012"},
    }
    mapping = mapping_of({"layers": {"b": {"table": "buildings", "columns": columns}}})
    found = import_park({"b": bare(kind=["x", "y", "x", "y"])}, mapping=mapping).park.buildings
    assert found["building_type"].tolist() == ["pilot_hall", "incubator"] * 2
    assert found["rent_cny_m2_day"].tolist() == [3.1] * 4
    assert found["completed"].tolist() == ["2012Q3"] * 4


def test_rows_may_be_left_out_by_a_column() -> None:
    mapping = {"layers": {"b": {"table": "buildings", "only": "building", "columns": {"building_type": "building"}}}}
    found = import_park({"b": bare(building=["office", None, "", "retail"])}, mapping=mapping)
    assert found.park.buildings["building_type"].tolist() == ["office", "retail"]
    assert rows_of(found, "rows_left_out") == 2


def test_a_column_is_not_taken_for_what_its_values_are_not() -> None:
    found = taken(buildings=bare(height=["high", "low", "high", "low"], name=["a", "a", "b", "c"], id=0))
    assert set(found.mapping.layers["buildings"].columns) == set()
    said = found.report.set_index("rule").loc["column_doubtful"]
    assert (said["severity"], said["column"], said["rows"]) == ("warning", "height_m", 4)
    assert "4 of 4" in said["what_en"]
    assert found.report.set_index("rule").loc["columns_left_over", "value"] == "height, name, id"


def test_a_quarter_that_is_none_is_refused() -> None:
    with pytest.raises(ParkError, match="2026"):
        import_park({"buildings": buildings()}, start="2026")


# What comes out


def test_the_park_runs_as_it_was_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path, buildings=bare(30), zones=boundary())
    with pytest.raises(SystemExit) as left:
        main(
            [
                "park",
                "import",
                str(tmp_path),
                "--out",
                str(tmp_path / "p"),
                "--name-en",
                "Trial",
                "--report",
                str(tmp_path / "r.csv"),
            ]
        )
    assert left.value.code == 0
    assert "est_gfa" in set(pd.read_csv(tmp_path / "r.csv")["rule"])
    park = load_park(tmp_path / "p")
    assert park.about.name_en == "Trial"
    scenario = load_scenario("baseline", changes=["end=2027Q4"])
    study = replicate(park, scenario, replications=1)
    last = study.by_year().query("indicator == 'floor_let' and year == 2027")["median"]
    assert float(last.iloc[0]) > 0


def run(*words_: object) -> int | str | None:
    """The exit code of `twin park import`."""
    with pytest.raises(SystemExit) as left:
        main(["park", "import", *map(str, words_)])
    return left.value.code


def test_the_command_proposes_and_stops(tmp_path: Path) -> None:
    save(tmp_path, buildings=buildings())
    assert run(tmp_path, "--propose", tmp_path / "m.yaml", "--out", tmp_path / "p") == 0
    assert read_mapping(tmp_path / "m.yaml").layers["data.gpkg"].table == "buildings"
    assert not (tmp_path / "p").exists()


def test_the_command_prints_json_and_without_out_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path, buildings=buildings())
    assert run(tmp_path, "--json") == 0
    assert "est_gfa" in {row["rule"] for row in json.loads(capsys.readouterr().out)}
    assert [file.name for file in tmp_path.iterdir()] == ["data.gpkg"]


def test_the_report_is_written_on_refusal_too_and_the_folder_is_not(tmp_path: Path) -> None:
    save(tmp_path, buildings=buildings(crs="EPSG:4326"))
    assert run(tmp_path / "data.gpkg", "--out", tmp_path / "p", "--report", tmp_path / "r.csv") == 3
    assert pd.read_csv(tmp_path / "r.csv")["rule"].iloc[0] == "crs_geographic"
    assert not (tmp_path / "p").exists()


def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    save(tmp_path, buildings=buildings())
    assert run(tmp_path, "--out", tmp_path) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["data.gpkg"]


def test_nothing_to_import_is_said() -> None:
    assert run() == 3


def test_the_same_files_give_the_same_park(tmp_path: Path) -> None:
    save(tmp_path, buildings=bare(30), parcels=parcels(20))
    first, second = (import_park(tmp_path) for _ in range(2))
    assert first.park.sha256 == second.park.sha256
    pd.testing.assert_frame_equal(first.report, second.report)


def test_ten_thousand_buildings_take_no_loop_over_rows(tmp_path: Path) -> None:
    n = 10_000
    x, y = 440_000 + 60.0 * (np.arange(n) % 100), 4_420_000 + 60.0 * (np.arange(n) // 100)
    frame = gpd.GeoDataFrame({"floors": np.arange(n) % 9 + 1}, geometry=shapely.box(x, y, x + 40, y + 30), crs=4548)
    write(frame, tmp_path / "buildings.fgb")
    found = import_park(tmp_path)
    assert len(found.park.buildings) == len(found.park.parcels) == n
    assert len(found.report) < 20


def test_everything_that_is_said_stands_in_both_languages_and_is_used() -> None:
    package = Path(words.__file__).parent
    code = "\n".join(file.read_text(encoding="utf-8") for file in package.glob("*.py"))
    said = words.rules()
    assert {rule for rule in said if f'"{rule}"' not in code} == set()
    gaps = {
        rule: [set(re.findall(r"\{(\w+)", row[name])) for name in ("what_en", "what_zh")] for rule, row in said.items()
    }
    assert {rule for rule, (en, zh) in gaps.items() if en != zh} == set()
    assert all(
        row["what_en"] and row["what_zh"] and bool(row["cure_en"]) == bool(row["cure_zh"]) for row in said.values()
    )
    assert all(row["cure_en"] for row in said.values() if row["severity"] == "error")


def test_the_guide_names_every_table_column_and_unit() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
    named = {f"`{row['column']}`" for row in words.table("columns")} | {
        f"`{row['unit']}`" for row in words.table("units")
    }
    assert {name for name in named if name not in guide} == set()
    assert {f"`{rule}`" for rule in words.rules() if f"`{rule}`" not in guide} == set()


def test_every_table_has_a_key_and_columns_have_the_names_of_the_park() -> None:
    for table in {row["table"] for row in words.table("columns")}:
        assert words.quantities(table)[key_of(table)] == "id"
