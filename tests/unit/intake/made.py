"""Files like those people bring: a row of buildings, with whatever is to be wrong with them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

CGCS2000 = "EPSG:4548"
WEST, SOUTH = 440_000.0, 4_420_000.0  #: in EPSG:4548, within Beijing


def buildings(n: int = 4, *, crs: Any = CGCS2000, **columns: Any) -> gpd.GeoDataFrame:
    """Buildings B1, B2, … of 40 by 30 m, 100 m apart; columns as given, over the usual ones."""
    usual: dict[str, Any] = {
        "building_id": [f"B{i}" for i in range(1, n + 1)],
        "building_type": "office",
        "floors": 5,
        "height_m": 20.0,
    }
    shapes = [box(i) for i in range(n)]
    return gpd.GeoDataFrame(usual | columns, geometry=shapes, crs=CGCS2000).to_crs(crs)


def box(i: int, *, south: float = SOUTH, width: float = 40.0, depth: float = 30.0) -> shapely.Polygon:
    """The outline of the i-th building."""
    return shapely.box(WEST + 100 * i, south, WEST + 100 * i + width, south + depth)


def parcels(n: int = 4, **columns: Any) -> gpd.GeoDataFrame:
    """Parcels P1, P2, … that touch, one under each building."""
    shapes = [shapely.box(WEST + 100 * i - 30, SOUTH - 20, WEST + 100 * i + 70, SOUTH + 60) for i in range(n)]
    usual = {"parcel_id": [f"P{i}" for i in range(1, n + 1)], "land_use": "B23"}
    return gpd.GeoDataFrame(usual | columns, geometry=shapes, crs=CGCS2000)


def boundary() -> gpd.GeoDataFrame:
    """A park around all buildings."""
    return gpd.GeoDataFrame(
        {"name_zh": ["试验园区"]}, geometry=[shapely.box(WEST - 50, SOUTH - 50, WEST + 900, SOUTH + 100)], crs=CGCS2000
    )


def with_shape(frame: gpd.GeoDataFrame, row: int, shape: Any) -> gpd.GeoDataFrame:
    """The frame with another geometry in a row."""
    shapes = frame.geometry.to_numpy().copy()
    shapes[row] = shape
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def moved(frame: gpd.GeoDataFrame, x: float, y: float, *, scale: float = 1.0) -> gpd.GeoDataFrame:
    """The frame with other coordinates under the same CRS."""
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy * scale + (x, y))
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with x and y exchanged under the same CRS."""
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def said_in(frame: gpd.GeoDataFrame, crs: Any) -> gpd.GeoDataFrame:
    """The frame with the same coordinates, said to be in another CRS."""
    return frame.set_crs(crs, allow_override=True)


def save(folder: Path, **layers: pd.DataFrame) -> None:
    """Write one GeoPackage with these layers, and CSV tables beside it for those without geometry."""
    for name, frame in layers.items():
        if isinstance(frame, gpd.GeoDataFrame):
            write(frame, folder / "data.gpkg", layer=name)
        else:
            frame.to_csv(folder / f"{name}.csv", index=False)


def write(frame: gpd.GeoDataFrame, file: Path, **options: Any) -> None:
    """Write a file as careless people do, without a word about what it will lack."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(file, engine="pyogrio", **options)
