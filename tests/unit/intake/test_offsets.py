"""Coordinates of Chinese web maps: known pairs, the inverse, and the way through an import."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.unit.intake.made import boundary, buildings, save
from twin.park.intake import import_park, offsets


def test_far_from_china_nothing_is_shifted() -> None:
    lon, lat = offsets.gcj02_from_wgs84(np.array([2.35, -74.0]), np.array([48.85, 40.7]))
    assert (lon.tolist(), lat.tolist()) == ([2.35, -74.0], [48.85, 40.7])


def test_a_published_pair() -> None:
    """Shanghai, from the tests of eviltransform (MIT)."""
    lon, lat = offsets.gcj02_from_wgs84(np.array([121.5272106]), np.array([31.1774276]))
    assert (lon[0], lat[0]) == pytest.approx((121.531541859215, 31.17530398364597), abs=1e-9)


@pytest.mark.parametrize("name", offsets.SHIFTS)
def test_the_inverse_is_one(name: str) -> None:
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(75, 134, 60), np.linspace(18, 53, 60)))
    back = offsets.to_wgs84(name, *offsets.SHIFTS[name](lon, lat))
    metres = 111_320 * np.hypot(back[0] - lon, back[1] - lat)
    assert metres.max() < 1e-3


def test_in_beijing_the_offset_is_some_550_metres() -> None:
    lon, lat = offsets.gcj02_from_wgs84(np.array([116.15]), np.array([39.92]))
    east, north = (lon[0] - 116.15) * 111_320 * np.cos(np.radians(39.92)), (lat[0] - 39.92) * 111_320
    assert np.hypot(east, north) == pytest.approx(540, abs=20)


@pytest.mark.parametrize("name", offsets.SHIFTS)
def test_a_declared_shift_is_taken_off(name: str, tmp_path: Path) -> None:
    true = buildings(crs="EPSG:4326")
    moved = shapely.transform(true.geometry.to_numpy(), lambda xy: np.column_stack(offsets.SHIFTS[name](*xy.T)))
    save(tmp_path, buildings=true.set_geometry(gpd.GeoSeries(moved, crs="EPSG:4326")), zones=boundary())
    columns = {name: name for name in ("building_id", "building_type", "floors", "height_m")}
    layers = {
        "data.gpkg:buildings": {"table": "buildings", "crs": name, "columns": columns},
        "data.gpkg:zones": {"table": "zones", "columns": {}},
    }
    taken = import_park(tmp_path, mapping={"layers": layers}, crs="EPSG:4548")
    apart = shapely.hausdorff_distance(taken.park.buildings.geometry.to_numpy(), buildings().geometry.to_numpy())
    assert apart.max() < 0.01
    assert "shift_removed" in set(taken.report["rule"])
