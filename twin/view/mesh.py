"""Buildings as one mesh: polygons and heights in, walls and roofs out, each face with the row it came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

#: Polygons and multipolygons.
Shapes = Sequence[BaseGeometry] | gpd.GeoSeries | NDArray[np.object_]


class Mesh(NamedTuple):
    """Faces seen from outside, counter-clockwise. Coordinates in metres from `origin`."""

    points: NDArray[np.float32]  #: (points, 3)
    quads: NDArray[np.int64]  #: (quads, 4) walls
    triangles: NDArray[np.int64]  #: (triangles, 3) roofs
    row: NDArray[np.int32]  #: (quads + triangles,) the shape each face belongs to
    origin: NDArray[np.float64]  #: (2,) subtracted from x and y before they became float32

    @property
    def normals(self) -> NDArray[np.float64]:
        """(quads + triangles, 3): unit vectors that point out of the solid; walls first."""
        points = self.points.astype(np.float64)
        a, b, _, d = (points[self.quads[:, i]] for i in range(4))
        p, q, r = (points[self.triangles[:, i]] for i in range(3))
        normals = np.concatenate([np.cross(b - a, d - a), np.cross(q - p, r - p)])
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        return np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)


def extrude(shapes: Shapes, height_m: ArrayLike, *, origin: ArrayLike) -> Mesh:
    """Polygons or multipolygons, courtyards too, raised from the ground to their heights.

    There is no floor: nobody looks from below, and at height 0 a floor adds nothing to a volume. Shapely raises on an
    invalid polygon, which is what we want: geometry is repaired when a park is loaded, not when it is drawn.
    """
    origin = np.asarray(origin, dtype=np.float64)
    height_m = np.asarray(height_m, dtype=np.float64)
    parts, row = shapely.get_parts(np.asarray(shapes, dtype=object), return_index=True)
    parts = shapely.orient_polygons(parts)
    corners, after, wall_row = _rings(parts, row)
    roof, roof_row = _triangles(parts, row)
    n = len(corners)
    start = np.arange(n)
    quads = np.column_stack([start, after, after + n, start + n])
    ground, top = np.zeros(n), height_m[wall_row]
    points = np.concatenate(
        [
            np.column_stack([corners - origin, ground]),
            np.column_stack([corners - origin, top]),
            np.column_stack([roof - origin, height_m[roof_row].repeat(3)]),
        ]
    )
    triangles = np.arange(2 * n, 2 * n + len(roof)).reshape(-1, 3)
    face_row = np.concatenate([wall_row, roof_row]).astype(np.int32)
    return Mesh(points.astype(np.float32), quads, triangles, face_row, origin)


def flatten(shapes: Shapes, height_m: float, *, origin: ArrayLike) -> Mesh:
    """Polygons or multipolygons as triangles at one height, for what lies on the ground."""
    origin = np.asarray(origin, dtype=np.float64)
    parts, row = shapely.get_parts(np.asarray(shapes, dtype=object), return_index=True)
    corners, triangle_row = _triangles(parts, row)
    points = np.column_stack([corners - origin, np.full(len(corners), height_m)]).astype(np.float32)
    triangles = np.arange(len(corners)).reshape(-1, 3)
    return Mesh(points, np.zeros((0, 4), np.int64), triangles, triangle_row.astype(np.int32), origin)


def _rings(
    parts: NDArray[np.object_], row: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Corners (n, 2) of all rings without the closing one, the index of the next corner of each, and its row."""
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    closing = np.diff(ring, append=-1) != 0
    corners, ring = corners[~closing], ring[~closing]
    after = np.arange(1, len(corners) + 1)
    last = np.diff(ring, append=-1) != 0
    first = np.diff(ring, prepend=-1) != 0
    after[last] = np.flatnonzero(first)
    return corners, after, row[part][ring]


def _triangles(parts: NDArray[np.object_], row: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Corners (3 n, 2) of n counter-clockwise triangles that fill the parts, and the row of each triangle."""
    # straight to the coordinates, four for each closed triangle: a geometry for each would take most of the time
    corners, part = shapely.get_coordinates(shapely.constrained_delaunay_triangles(parts), return_index=True)
    corners, part = corners.reshape(-1, 4, 2)[:, :3], part[::4]
    # GEOS hands them out clockwise, a convention it does not promise
    side = corners[:, 1:] - corners[:, :1]
    clockwise = side[:, 0, 0] * side[:, 1, 1] < side[:, 0, 1] * side[:, 1, 0]
    corners[clockwise] = corners[clockwise][:, ::-1]
    return corners.reshape(-1, 2), row[part]
