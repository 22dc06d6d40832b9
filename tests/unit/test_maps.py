"""Differences on the map: buildings, parcels and zones agree with each other and with the indicators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from tests.theory.lively import lively_park, lively_scenario
from twin.errors import InputError
from twin.indicators import measure
from twin.park import Park
from twin.study import Comparison, compare
from twin.study.maps import COLUMNS

N = 3

CUT = {"at": "2026Q3", "lever": "rent", "where": {"zone": "west"}, "value": -0.3}


@pytest.fixture(scope="module")
def park() -> Park:
    made = lively_park()
    # two buildings on one parcel, so that a parcel is more than its building
    shared = made.buildings["parcel_id"].where(made.buildings["building_id"] != "b1", "p0")
    return replace(made, buildings=made.buildings.assign(parcel_id=shared))


@pytest.fixture(scope="module")
def compared(park: Park) -> Comparison:
    scenario = lively_scenario()
    return compare(park, scenario, scenario.with_actions(CUT, name="cut"), replications=N)


def test_parcels_hold_the_sums_of_their_buildings(compared: Comparison) -> None:
    buildings, parcels = compared.buildings("cut", "2028Q4"), compared.parcels("cut", "2028Q4")
    for column in ("stock_m2", "let_m2", "resident_firms", "staff"):
        sums = buildings.groupby("parcel_id")[f"{column}_mean"].sum()
        assert len(sums) == len(buildings) - 1
        found = parcels.set_index("parcel_id")[f"{column}_mean"]
        assert found[sums.index].to_numpy() == pytest.approx(sums.to_numpy())
        assert found.sum() == pytest.approx(sums.sum())
    assert (buildings["let_m2_mean"] != 0).any()


@pytest.mark.parametrize(
    ("column", "indicator"),
    [
        ("stock_m2", "floor_stock"),
        ("let_m2", "floor_let"),
        ("occupancy", "occupancy"),
        ("vacancy", "vacancy"),
        ("resident_firms", "resident_firms"),
        ("staff", "staff"),
        ("rent_cny_m2_day", "asking_rent"),
    ],
)
def test_zones_agree_with_the_indicators(compared: Comparison, column: str, indicator: str) -> None:
    zones = compared.zones("cut").set_index("zone_id")
    values = []
    for study in (compared.base, compared.others["cut"]):
        tables = [measure(record, by="zone", only=[indicator]).query("quarter == '2030Q4'") for record in study.records]
        values.append([table.set_index("place")["value"] for table in tables])
    for zone in ("west", "east"):
        pairs = np.array([after[zone] - before[zone] for before, after in zip(*values, strict=True)])
        row = zones.loc[zone]
        assert row[f"{column}_mean"] == pytest.approx(pairs.mean())
        assert row[f"{column}_n"] == N
        assert row[f"{column}_high"] - row[f"{column}_mean"] == pytest.approx(4.302653 * pairs.std(ddof=1) / N**0.5)
    assert set(zones.index) == {"park", "west", "east"}


def test_geometry_is_that_of_the_park(compared: Comparison, park: Park, tmp_path: Path) -> None:
    for layer, key in (("buildings", "building_id"), ("parcels", "parcel_id"), ("zones", "zone_id")):
        frame = getattr(compared, layer)("cut")
        assert isinstance(frame, gpd.GeoDataFrame)
        assert frame.crs == park.buildings.crs
        assert {f"{column}_{what}" for column in COLUMNS for what in ("mean", "low", "high", "n")} <= set(frame.columns)
        frame.to_file(tmp_path / "differences.gpkg", layer=layer, driver="GPKG")
        back = gpd.read_file(tmp_path / "differences.gpkg", layer=layer)
        assert back[key].tolist() == frame[key].tolist()
        assert back["let_m2_mean"].tolist() == pytest.approx(frame["let_m2_mean"].tolist())


def test_equal_scenarios_do_not_differ_anywhere(park: Park) -> None:
    scenario = lively_scenario()
    same = compare(park, scenario, scenario.with_changes(name="same"), replications=2)
    for frame in (same.buildings("same"), same.parcels("same"), same.zones("same")):
        values = frame[[f"{column}_{what}" for column in COLUMNS for what in ("mean", "low", "high")]]
        assert (values.isna() | (values == 0)).all(axis=None)
        assert (frame["let_m2_mean"] == 0).all()


def test_a_building_that_only_one_park_has_has_no_floor_in_the_other(park: Park) -> None:
    scenario = lively_scenario()
    gone = {"edit": "demolish", "at": "2028Q1", "buildings": ["b3"]}
    result = compare(park, scenario, scenario.with_actions(gone, name="gone"), replications=1)
    buildings = result.buildings("gone").set_index("building_id")
    assert buildings.loc["b3", "only_in"] == "base"
    assert buildings.loc["b3", "stock_m2_mean"] == -4000
    assert (buildings.drop(index="b3")["only_in"] == "").all()
    assert buildings["occupancy_mean"].isna()["b3"]
    parcels = result.parcels("gone").set_index("parcel_id")
    assert parcels.loc["p3", "stock_m2_mean"] == -4000
    assert parcels["stock_m2_mean"].sum() == buildings["stock_m2_mean"].sum()


def test_a_quarter_that_was_not_counted_and_another_what_if_are_refused(compared: Comparison) -> None:
    with pytest.raises(InputError, match="unknown what-if 'cutt'; did you mean 'cut'"):
        compared.zones("cutt")
    with pytest.raises(InputError, match="2040Q1 was not counted"):
        compared.buildings("cut", "2040Q1")


def test_a_saved_comparison_holds_the_maps(compared: Comparison, tmp_path: Path) -> None:
    compared.save(tmp_path / "out")
    for layer in ("buildings", "parcels", "zones"):
        saved = gpd.read_file(tmp_path / "out" / "differences_by_building.gpkg", layer=layer)
        assert set(saved["scenario"]) == {"cut"}
        assert len(saved) == len(getattr(compared, layer)("cut"))
