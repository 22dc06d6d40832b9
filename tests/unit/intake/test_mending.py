"""What is mended, with its change of area, and where data are brought to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    with_shape,
    write,
)
from twin.bundled import bundled
from twin.park.intake import Intake, crs, import_park
from twin.park.intake.report import Log


def taken_with(shape: Any) -> Intake:
    """Buildings of which the second has another shape."""
    return import_park({"buildings": with_shape(buildings(), 1, shape)})


def said(taken: Intake, rule: str) -> pd.Series[Any]:
    """The one row of a report under a rule."""
    rows = taken.report[taken.report["rule"] == rule]
    assert len(rows) == 1, taken.report.to_string()
    return rows.iloc[0]


def spiked(depth: float) -> shapely.Polygon:
    """The second outline with a spike that leads out and back."""
    x, y = WEST + 100, SOUTH
    return shapely.Polygon([(x, y), (x + 40, y), (x + 40, y + 15), (x + 40 + depth, y + 15), (x + 40, y + 15),
                            (x + 40, y + 30), (x, y + 30)])  # fmt: skip


def ear(side: float) -> shapely.Polygon:
    """The second outline with a triangle that its own line cuts off the wrong way round."""
    x, y = WEST + 100, SOUTH
    return shapely.Polygon([(x, y), (x + 40, y), (x + 40, y + 30), (x + side, y + 30), (x, y + 30 + side),
                            (x, y + 30 + side), (x + side, y + 30 + side), (x, y + 30)])  # fmt: skip


def test_a_spike_is_taken_off_without_a_change_of_area() -> None:
    taken = taken_with(spiked(5.0))
    row = said(taken, "repaired")
    assert (row["row"], row["severity"]) == ("B2", "repaired")
    assert row["area_before_m2"] == pytest.approx(1_200.0)
    assert row["area_change_m2"] == pytest.approx(0.0, abs=1e-6)
    assert taken.park.buildings.area.iloc[1] == pytest.approx(1_200.0)


def test_a_change_of_more_than_a_thousandth_is_a_warning_with_both_areas() -> None:
    row = said(taken_with(ear(3.0)), "repair_changes")
    assert (row["row"], row["severity"]) == ("B2", "warning")
    assert abs(row["area_change_m2"]) > 0.001 * row["area_before_m2"]


def test_no_geometry_and_no_area_are_dropped_and_said() -> None:
    assert said(taken_with(None), "geometry_empty")["row"] == "B2"
    flat = shapely.Polygon([(WEST + 100, SOUTH), (WEST + 140, SOUTH), (WEST + 120, SOUTH)])
    taken = taken_with(flat)
    assert said(taken, "no_area")["row"] == "B2"
    assert taken.park.buildings["building_id"].tolist() == ["B1", "B3", "B4"]


def test_closed_lines_are_filled() -> None:
    taken = taken_with(shapely.LineString(box(1).exterior.coords))
    assert said(taken, "outline_filled")["row"] == "B2"
    assert taken.park.buildings.area.iloc[1] == pytest.approx(1_200.0)


def test_of_a_mixed_geometry_the_areas_are_kept() -> None:
    mixed = shapely.GeometryCollection([box(1), shapely.Point(WEST, SOUTH), shapely.LineString(box(1).exterior.coords)])
    taken = taken_with(mixed)
    assert said(taken, "collection_reduced")["row"] == "B2"
    assert taken.park.buildings.area.iloc[1] == pytest.approx(1_200.0)


def test_several_parts_stay_one_building() -> None:
    two = shapely.MultiPolygon([box(1, width=10.0), box(1, south=SOUTH + 50, width=10.0)])
    taken = taken_with(two)
    assert said(taken, "multipart_kept")["rows"] == 1
    assert taken.park.buildings.area.iloc[1] == pytest.approx(600.0)


def test_heights_of_points_are_left_out() -> None:
    taken = import_park(
        {
            "buildings": buildings().set_geometry(
                gpd.GeoSeries(shapely.force_3d(buildings().geometry.to_numpy(), 50.0), crs=4548)
            )
        }
    )
    assert said(taken, "third_dimension")["rows"] == 4
    assert not taken.park.buildings.has_z.any()


def test_a_row_that_stands_twice_is_dropped_once() -> None:
    twice = pd.concat([buildings(), buildings().iloc[[2]]], ignore_index=True)
    taken = import_park({"buildings": gpd.GeoDataFrame(twice)})
    row = said(taken, "duplicate_dropped")
    assert row["area_change_m2"] == pytest.approx(-1_200.0)
    assert len(taken.park.buildings) == 4


def test_buildings_one_upon_another_are_told() -> None:
    taken = taken_with(shapely.box(WEST + 2, SOUTH, WEST + 42, SOUTH + 30))
    row = said(taken, "buildings_overlap")
    assert (row["row"], row["value"]) == ("B2", "B1")


def test_coordinates_lie_on_a_grid_of_a_millimetre() -> None:
    taken = import_park({"buildings": moved(buildings(), 0.00047, 0.0)})
    xy = shapely.get_coordinates(taken.park.buildings.geometry.to_numpy())
    assert np.abs(xy * 1000 - np.round(xy * 1000)).max() < 1e-5


# Parcels


SECOND = shapely.box(WEST + 70, SOUTH - 20, WEST + 170, SOUTH + 60)
SLIT = SECOND - shapely.box(WEST + 70, SOUTH - 10, WEST + 70.3, SOUTH + 50)
OVERLAP = SECOND | shapely.box(WEST + 69.7, SOUTH - 10, WEST + 71, SOUTH + 50)


@pytest.mark.parametrize("second", [SLIT, OVERLAP])
def test_slits_and_slight_overlaps_between_parcels_are_closed(second: shapely.Polygon) -> None:
    taken = import_park({"buildings": buildings(), "parcels": with_shape(parcels(), 1, second)})
    assert shapely.coverage_is_valid(taken.park.parcels.geometry.to_numpy())
    assert taken.park.parcels.area.sum() == pytest.approx(4 * 8_000.0)
    told = taken.report[taken.report["rule"].str.startswith("parcels_fitted")]
    assert told["area_change_m2"].abs().sum() == pytest.approx(18.0, abs=0.1)


def test_slivers_are_dropped() -> None:
    sliver = (
        parcels(1)
        .assign(parcel_id="S")
        .set_geometry([shapely.box(WEST + 500, SOUTH, WEST + 500.01, SOUTH + 50)], crs=4548)
    )
    taken = import_park({"buildings": buildings(), "parcels": gpd.GeoDataFrame(pd.concat([parcels(), sliver]))})
    assert said(taken, "sliver_dropped")["row"] == "S"
    assert len(taken.park.parcels) == 4


def test_a_building_gets_the_parcel_it_shares_most_ground_with() -> None:
    across = moved(buildings(1), -60.0, 0.0)
    taken = import_park(
        {
            "buildings": gpd.GeoDataFrame(pd.concat([across, moved(buildings(4).iloc[1:], -60.0, 0.0)])),
            "parcels": parcels(),
        }
    )
    assert taken.park.buildings["parcel_id"].tolist() == ["P1", "P1", "P2", "P3"]


def test_a_parcel_named_by_its_key_comes_before_geometry() -> None:
    keyed = buildings(parcel_id=["P2", "P1", "??", None])
    taken = import_park({"buildings": keyed, "parcels": parcels()})
    assert taken.park.buildings["parcel_id"].tolist() == ["P2", "P1", "P3", "P4"]
    assert said(taken, "parcel_key_unknown")["row"] == "B3"


def test_a_building_off_all_parcels_gets_one_of_its_own() -> None:
    taken = import_park({"buildings": buildings(), "parcels": parcels(3)})
    assert taken.park.buildings["parcel_id"].tolist() == ["P1", "P2", "P3", "p-B4"]
    own = taken.park.parcels.set_index("parcel_id").loc["p-B4"]
    assert own["provenance"] == "derived"
    others = shapely.union_all(taken.park.parcels.geometry.to_numpy()[:3])
    assert shapely.area(shapely.intersection(own["geometry"], others)) == pytest.approx(0.0, abs=0.1)


def test_derived_parcels_part_the_land_and_hold_their_buildings() -> None:
    taken = import_park({"buildings": buildings(9), "zones": boundary()})
    land, outlines = (frame.geometry.to_numpy() for frame in (taken.park.parcels, taken.park.buildings))
    assert shapely.area(land).sum() == pytest.approx(shapely.area(shapely.union_all(land)), rel=1e-9)
    assert shapely.area(shapely.difference(outlines, land)).max() < 1.0
    assert (taken.park.parcels["provenance"] == "derived").all()
    assert shapely.area(land).sum() == pytest.approx(taken.park.zones.area.iloc[0], rel=1e-6)


def test_neighbours_wall_to_wall_are_parted_too() -> None:
    row = gpd.GeoDataFrame(buildings(5)).set_geometry(
        [shapely.box(WEST + 40 * i, SOUTH, WEST + 40 * i + 40, SOUTH + 30) for i in range(5)], crs=4548
    )
    taken = import_park({"buildings": row})
    areas = taken.park.parcels.area.to_numpy()
    assert areas[1:4] == pytest.approx([areas[2]] * 3, rel=0.1)


# Places


def test_web_mercator_is_brought_to_true_areas() -> None:
    taken = import_park({"buildings": buildings(crs="EPSG:3857")}, crs="auto")
    assert taken.park.buildings.area.to_numpy() == pytest.approx([1_200.0] * 4, rel=1e-6)


@pytest.mark.parametrize(
    ("lon", "lat", "codes"),
    [
        (116.2, 39.9, ["EPSG:4548", "EPSG:32650"]),
        (121.5, 31.2, ["EPSG:4549", "EPSG:32651"]),
        (14.4, 50.1, ["EPSG:32633"]),
    ],
)
def test_the_crs_proposed_is_the_zone_around(lon: float, lat: float, codes: list[str]) -> None:
    assert crs._codes_at(lon, lat) == codes


def test_the_southern_zone_of_a_northern_place_is_corrected() -> None:
    south = moved(said_in(buildings(crs="EPSG:32650"), "EPSG:32750"), 0.0, 1e7)
    taken = import_park({"buildings": south})
    assert said(taken, "northern_zone")["severity"] == "repaired"
    assert str(taken.park.buildings.crs) == "EPSG:32650"


def test_of_a_crs_with_heights_the_plane_is_used() -> None:
    taken = import_park({"buildings": said_in(buildings(crs="EPSG:32650"), "EPSG:32650+5773")})
    assert "EPSG:32650" in said(taken, "crs_vertical")["what_en"]


def test_a_crs_is_called_by_its_number(tmp_path: Path) -> None:
    write(buildings(crs="EPSG:32650"), tmp_path / "buildings.shp")
    assert import_park(tmp_path).mapping.crs == "EPSG:32650"


def test_a_file_without_crs_is_taken_to_be_in_the_one_named() -> None:
    taken = import_park({"buildings": said_in(buildings(), None)}, crs="EPSG:4548")
    assert said(taken, "crs_taken")["severity"] == "note"
    assert taken.park.buildings.area.to_numpy() == pytest.approx([1_200.0] * 4)


def test_distortion_is_told_before_it_is_refused() -> None:
    log = Log()
    for epsg, around in (
        (4548, (440_000.0, 4_420_000.0)),
        (32650, (330_000.0, 4_420_000.0)),
        (2154, (1_200_000.0, 6_100_000.0)),
    ):
        crs.check_distortion("b", crs.parse(f"EPSG:{epsg}") or pytest.fail("a CRS"), around, log)
    assert log.frame()["rule"].tolist() == ["crs_distorts_little"]


@pytest.mark.parametrize("target", ["EPSG:4547", "EPSG:32118"])
def test_a_target_made_for_elsewhere_is_told_even_where_areas_hold(target: str) -> None:
    taken = import_park({"buildings": buildings()}, crs=target)
    assert said(taken, "crs_for_elsewhere")["severity"] == "warning"


def test_stations_where_they_are_say_that_nothing_is_shifted() -> None:
    known = gpd.read_parquet(bundled("data") / "shijingshan" / "stations.parquet")
    near = moved(buildings(), float(known.geometry.x.iloc[0]) - WEST, float(known.geometry.y.iloc[0]) - SOUTH)
    taken = import_park({"buildings": near, "stations": known[["name_zh", "geometry"]]})
    assert said(taken, "reference_agrees")["severity"] == "note"


def test_stations_off_in_another_way_are_only_told() -> None:
    known = gpd.read_parquet(bundled("data") / "shijingshan" / "stations.parquet")
    near = moved(buildings(), float(known.geometry.x.iloc[0]) - WEST, float(known.geometry.y.iloc[0]) - SOUTH)
    taken = import_park({"buildings": near, "stations": moved(known[["name_zh", "geometry"]], -400.0, -300.0)})
    assert said(taken, "reference_disagrees")["severity"] == "warning"
