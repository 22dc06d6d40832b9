"""Small parks for tests: a row of square buildings on one parcel each, in one zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd
import shapely

from twin.catalog import Catalog, load_catalog
from twin.park import About, Park, park_from_tables

CRS = "EPSG:4548"


def square(x: float, y: float, side: float) -> shapely.Polygon:
    """A square with its lower left corner at x, y."""
    return shapely.box(x, y, x + side, y + side)


def small_park(
    lettable_m2: Sequence[float],
    *,
    catalog: Catalog | None = None,
    types: Sequence[str] | None = None,
    rents: Sequence[float] | None = None,
    completed: Sequence[str | None] | None = None,
    slots: Mapping[str, int] | None = None,
    firms: pd.DataFrame | None = None,
) -> Park:
    """A park of one zone with a building for each number of lettable m²."""
    n = len(lettable_m2)
    ids = [f"b{i}" for i in range(n)]
    zones = gpd.GeoDataFrame(
        {
            "zone_id": ["park"],
            "version": [1],
            "name_zh": ["园区"],
            "name_en": ["Park"],
            "kind": ["park"],
            "valid_from": [None],
            "valid_to": [None],
            "setting": [None],
        },
        geometry=[shapely.box(480_000, 4_410_000, 480_000 + 100 * n, 4_410_100)],
        crs=CRS,
    )
    parcels = gpd.GeoDataFrame(
        {"parcel_id": [f"p{i}" for i in range(n)], "land_use": "B23", "far_limit": 3.0, "height_limit_m": 60.0},
        geometry=[square(480_000 + 100 * i, 4_410_000, 100) for i in range(n)],
        crs=CRS,
    )
    buildings = gpd.GeoDataFrame(
        {
            "building_id": ids,
            "parcel_id": parcels["parcel_id"],
            "building_type": list(types or ["office"] * n),
            "floors": 5,
            "height_m": 20.0,
            "gfa_m2": [m2 / 0.9 for m2 in lettable_m2],
            "lettable_m2": list(lettable_m2),
            "completed": list(completed or ["2010Q1"] * n),
            "rent_cny_m2_day": list(rents or [4.0] * n),
            "quality": 0.5,
        },
        geometry=[square(480_020 + 100 * i, 4_410_020, 60) for i in range(n)],
        crs=CRS,
    )
    tables: dict[str, pd.DataFrame] = {"zones": zones, "parcels": parcels, "buildings": buildings}
    if slots:
        tables["services"] = pd.DataFrame(
            {
                "facility_id": [f"s{i}" for i in range(len(slots))],
                "service": list(slots),
                "slots": list(slots.values()),
                "opens": None,
            }
        )
    if firms is not None:
        tables["firms"] = firms
    return park_from_tables(tables, catalog=catalog or load_catalog(), about=About("试验园区", "Test park"))


def stock_of(
    n: int,
    *,
    industry: str = "ai",
    stage: str = "mature",
    building: str | None = None,
    staff: int = 1,
    floor_m2: int = 0,
) -> pd.DataFrame:
    """`n` alike firms of the stock, in a building or registered only."""
    return pd.DataFrame(
        {
            "firm_id": range(1, n + 1),
            "industry": industry,
            "stage": stage,
            "staff": staff,
            "productivity": 1.0,
            "founded_year": 2020.0,
            "building_id": building,
            "floor_m2": floor_m2,
            "registered": True,
            "resident": building is not None,
            "anchor": False,
        }
    )
