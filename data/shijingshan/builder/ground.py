"""Plane geometry on a 1 mm grid in EPSG:4548 (CGCS2000, 3-degree Gauss-Kruger, central meridian 117 E)."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.affinity import rotate
from shapely.geometry.base import BaseGeometry

CRS = "EPSG:4548"
GRID_M = 0.001
FAR_M = 20_000.0

_to_plane = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)


def project(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Easting and northing in metres of points (n, 2) in degrees, on the grid."""
    easting, northing = _to_plane.transform(lon_lat[:, 0], lon_lat[:, 1])
    return np.round(np.column_stack([easting, northing]), 3)


def snap(shape: BaseGeometry) -> BaseGeometry:
    """The same shape with every vertex on the grid, still valid."""
    return shapely.set_precision(shape, GRID_M)


def polygons(shape: BaseGeometry, least_m2: float = 0.0) -> list[Polygon]:
    """The polygons inside any geometry that are larger than `least_m2`, in a stable order."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if isinstance(part, Polygon)]
    large = [part for part in parts if part.area > least_m2]
    return sorted(large, key=lambda part: (round(part.centroid.x, 2), round(part.centroid.y, 2)))


def largest(shape: BaseGeometry) -> Polygon:
    """The largest polygon inside any geometry."""
    return max(polygons(shape), key=lambda part: part.area)


def multi(shape: BaseGeometry) -> MultiPolygon:
    """The polygons of a shape as one multipolygon."""
    return MultiPolygon(polygons(shape))


def rounded(line: LineString) -> LineString:
    """A line with its corners cut twice (Chaikin's algorithm), its ends kept, on the grid."""
    points = np.array(line.coords)
    for _ in range(2):
        near, far = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.vstack([points[:1], np.stack([near, far], axis=1).reshape(-1, 2)[1:-1], points[-1:]])
    return LineString(np.round(points, 3))


def half_plane(bearing_deg: float, distance_m: float, origin: Point) -> Polygon:
    """All points whose way from `origin`, measured along a compass bearing, is at most `distance_m`."""
    box = shapely.box(origin.x - FAR_M, origin.y - FAR_M, origin.x + FAR_M, origin.y + distance_m)
    return rotate(box, -bearing_deg, origin=origin)


def solve(function: Callable[[float], float], target: float, low: float, high: float) -> float:
    """The least argument between `low` and `high` where an increasing function reaches `target`, by bisection."""
    if not function(low) <= target <= function(high):
        message = f"target {target:.6g} is not between {function(low):.6g} and {function(high):.6g}"
        raise ValueError(message)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return high


def cut_to_area(shape: BaseGeometry, area_m2: float, bearing_deg: float) -> BaseGeometry:
    """The part of a shape behind a straight line across a bearing, the line placed so that the area is met."""
    origin = shape.centroid

    def behind(distance_m: float) -> BaseGeometry:
        return shape.intersection(half_plane(bearing_deg, distance_m, origin))

    return behind(solve(lambda distance: behind(distance).area, area_m2, -8_000.0, 8_000.0))


def direction_deg(line: LineString, at: Point) -> float:
    """The direction of a line near a point, in degrees counter-clockwise from east, within (-90, 90]."""
    along = line.project(at)
    start, end = line.interpolate(max(along - 150, 0)), line.interpolate(min(along + 150, line.length))
    return undirected_deg(math.degrees(math.atan2(end.y - start.y, end.x - start.x)))


def undirected_deg(angle_deg: float) -> float:
    """An angle without a sense of direction, within (-90, 90]."""
    return 90 - (90 - angle_deg) % 180


def long_axis_deg(shape: Polygon) -> float:
    """The direction of the longer side of the smallest rectangle around a shape."""
    corners = np.array(largest(shapely.minimum_rotated_rectangle(shape)).exterior.coords)
    sides = np.diff(corners[:3], axis=0)
    longest = sides[int(np.argmax(np.hypot(sides[:, 0], sides[:, 1])))]
    return undirected_deg(math.degrees(math.atan2(longest[1], longest[0])))


def solidity(shape: Polygon) -> float:
    """Area over the area of the convex hull: 1 for a convex plot, less for an awkward one."""
    return float(shape.area / shape.convex_hull.area)


def union(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    """The union of shapes on the grid."""
    return shapely.union_all(list(shapes), grid_size=GRID_M)
