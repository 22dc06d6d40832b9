"""Streets that meet: loose ends run on to the next street, and what stands apart is linked."""

from __future__ import annotations

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point, STRtree
from shapely.geometry.base import BaseGeometry

from builder import ground

TOUCH_M = 0.01
MEET_M = 0.1
STEP_M = 40.0


def run_together(lines: list[LineString], reach_m: NDArray[np.float64]) -> list[LineString]:
    """The lines with each loose end led to the next line ahead, or beside it, within its reach (m); on the grid.

    Two rounds: what was joined in the first may be what an end of the second runs into.
    """
    for _ in range(2):
        tree = STRtree(lines)
        lines = [joined(lines, tree, row, float(reach)) for row, reach in enumerate(reach_m)]
    snapped = [ground.snap(line) for line in lines]
    return [line for line in snapped if isinstance(line, LineString)]


def joined(lines: list[LineString], tree: STRtree, row: int, reach_m: float) -> LineString:
    """A line with both ends joined where something is near."""
    points = [Point(xy) for xy in lines[row].coords]
    for end, before in ((0, 1), (-1, -2)):
        goal = next_street(lines, tree, row, points[end], points[before], reach_m)
        if goal is not None:
            # a main road keeps its own last corner, a straight street stays straight
            points = [goal, *points] if end == 0 else [*points, goal]
    line = LineString(points)
    return LineString(shapely.simplify(line, 0.005).coords)


def next_street(
    lines: list[LineString], tree: STRtree, row: int, end: Point, before: Point, reach_m: float
) -> Point | None:
    """Where a line should run on to from its end: ahead if a street is there, else aside; None if it meets one."""
    near = [lines[other] for other in tree.query(end.buffer(reach_m)) if other != row]
    if not near:
        return None
    others = shapely.union_all(near)
    if others.distance(end) < TOUCH_M:
        return None
    way = np.array([end.x - before.x, end.y - before.y])
    far = np.array([end.x, end.y]) + way / np.hypot(*way) * reach_m
    ahead = LineString([end, far]).intersection(others)
    if not ahead.is_empty:
        return nearest_point(ahead, end)
    return nearest_point(others, end) if others.distance(end) < reach_m else None


def nearest_point(shape: BaseGeometry, place: Point) -> Point:
    """The point of a shape nearest to a place."""
    return Point(shapely.shortest_line(place, shape).coords[-1])


def missing_links(lines: list[LineString]) -> list[LineString]:
    """The fewest and shortest straight links (m) that make one network of lines that stand apart."""
    apart = islands(lines)
    links = nx.Graph()
    for one in range(len(apart)):
        for other in range(one):
            links.add_edge(one, other, weight=apart[one].distance(apart[other]))
    chosen = sorted(nx.minimum_spanning_edges(links, data=False)) if len(apart) > 1 else []
    found = [ground.snap(shapely.shortest_line(apart[one], apart[other])) for one, other in chosen]
    return [link for link in found if isinstance(link, LineString)]


def shorter_ways(lines: list[LineString], reach_m: float, ratio: float) -> list[LineString]:
    """Straight paths from loose ends to the nearest place of a street to which the way round is so many times longer.

    What one path shortens is measured anew for the next end.
    """
    streets = walkable(lines)
    places = np.array(list(streets))
    tree = STRtree(shapely.points(places))
    found = []
    for end in sorted(place for place in streets if streets.degree(place) == 1):
        way_m = nx.single_source_dijkstra_path_length(streets, end, cutoff=ratio * reach_m, weight="length_m")
        near = places[tree.query(Point(end), predicate="dwithin", distance=reach_m)]
        gaps_m = np.hypot(*(near - end).T)
        for gap_m, place in sorted(zip(gaps_m.tolist(), map(tuple, near.tolist()), strict=True)):
            if way_m.get(place, math.inf) > ratio * gap_m:
                streets.add_edge(end, place, length_m=gap_m)
                found.append(LineString([end, place]))
                break
    return found


def walkable(lines: list[LineString]) -> nx.Graph:
    """Places along a network of streets, at most `STEP_M` apart, as pairs of metres, and the ways between them."""
    streets = nx.Graph()
    for part in shapely.segmentize(shapely.get_parts(shapely.union_all(lines, grid_size=MEET_M)), STEP_M):
        places = [tuple(place) for place in shapely.get_coordinates(part).round(3).tolist()]
        for one, other in pairwise(places):
            streets.add_edge(one, other, length_m=float(np.hypot(*np.subtract(one, other))))
    return streets


def islands(lines: list[LineString]) -> list[BaseGeometry]:
    """The lines grouped to what hangs together, in a stable order."""
    first, second = STRtree(lines).query(lines, predicate="dwithin", distance=TOUCH_M)
    touching = nx.Graph()
    touching.add_nodes_from(range(len(lines)))
    touching.add_edges_from(zip(first.tolist(), second.tolist(), strict=True))
    groups = sorted(sorted(group) for group in nx.connected_components(touching))
    return [shapely.union_all([lines[row] for row in group]) for group in groups]
