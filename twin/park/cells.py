"""Cells: the finest division of buildings of which every zone, at every date, is a union."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray


class Cells(NamedTuple):
    """Which cell each building lies in, and which zones each cell belongs to."""

    of_building: NDArray[np.int64]  #: (buildings,)
    zones: list[tuple[str, ...]]  #: for each cell its zones, as zone_id@version


def cells_of(zones: gpd.GeoDataFrame, points: NDArray[np.float64]) -> Cells:
    """Group points, (n, 2) in the zones' CRS, by the set of zones they lie in."""
    if len(points) == 0:
        return Cells(np.zeros(0, np.int64), [])
    inside = np.zeros((len(points), len(zones)), np.bool_)
    point, zone = shapely.STRtree(zones.geometry.to_numpy()).query(shapely.points(points), predicate="intersects")
    inside[point, zone] = True
    names = [f"{zone_id}@{version}" for zone_id, version in zip(zones["zone_id"], zones["version"], strict=True)]
    # rows as strings of bytes: sorting those is a tenth of the work of sorting rows
    packed = np.packbits(inside, axis=1)
    whole = np.ascontiguousarray(packed).view(f"V{packed.shape[1]}").reshape(-1)
    _, first, of_building = np.unique(whole, return_index=True, return_inverse=True)
    return Cells(of_building.reshape(-1), [tuple(names[z] for z in np.flatnonzero(inside[row])) for row in first])
