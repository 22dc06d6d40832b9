"""Footprints: slabs, bars, L, U and courtyard blocks, towers on podiums, long halls, and a few one-off landmarks."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from shapely import LineString, Point, Polygon
from shapely.affinity import rotate, translate

from builder import ground

LEAST_M2 = 170.0
WING_M = 17.0


@dataclass(frozen=True)
class Footprint:
    """A ground plan and its part in the ensemble: plain, podium or tower."""

    shape: Polygon
    role: str = "plain"


Draw = Callable[[float, float, Generator], list[Footprint]]


def box(x: float, y: float, width: float, depth: float) -> Polygon:
    """A rectangle from its south-west corner."""
    return shapely.box(x, y, x + width, y + depth)


def bar(width: float, depth: float, rng: Generator) -> list[Footprint]:
    """One bar, or two facing each other when the cell is deep enough, one sometimes shorter."""
    thick = rng.uniform(15, 20)
    if depth < 2 * thick + 14:
        return [Footprint(box(0, (depth - thick) / 2, width, min(thick, depth)))]
    short = width * rng.uniform(0.55, 1.0)
    return [Footprint(box(0, 0, width, thick)), Footprint(box(width - short, depth - thick, short, thick))]


def ell(width: float, depth: float, rng: Generator) -> list[Footprint]:
    """An L, open to one of its corners."""
    wing = min(WING_M, 0.45 * depth, 0.45 * width)
    inner = [box(wing, wing, width, depth), box(-1, wing, width - wing + 1, depth)][int(rng.integers(2))]
    return [Footprint(ground.largest(box(0, 0, width, depth).difference(inner)))]


def u(width: float, depth: float, rng: Generator) -> list[Footprint]:
    """A U, open to the south or the north."""
    wing = min(WING_M, 0.3 * width, 0.45 * depth)
    start = -1.0 if rng.random() < 0.5 else wing
    opening = box(wing, start, width - 2 * wing, depth - wing + 1)
    return [Footprint(ground.largest(box(0, 0, width, depth).difference(opening)))]


def court(width: float, depth: float, rng: Generator) -> list[Footprint]:
    """A courtyard block; a bar where the cell is too narrow for a yard."""
    wing = WING_M * rng.uniform(0.9, 1.1)
    if min(width, depth) < 2 * wing + 12:
        return bar(width, depth, rng)
    yard = box(wing, wing, width - 2 * wing, depth - 2 * wing)
    return [Footprint(ground.largest(box(0, 0, width, depth).difference(yard)))]


def block(width: float, depth: float, rng: Generator) -> list[Footprint]:
    """A point building with cut corners; a bar where the cell is too narrow for one."""
    if min(width, depth) < 26:
        return bar(width, depth, rng)
    side_x, side_y = min(width, rng.uniform(34, 46)), min(depth, rng.uniform(32, 42))
    x, y = (width - side_x) * rng.uniform(0.2, 0.8), (depth - side_y) * rng.uniform(0.2, 0.8)
    cut = rng.uniform(3, 6)
    corners = [
        (x + cut, y), (x + side_x - cut, y), (x + side_x, y + cut), (x + side_x, y + side_y - cut),
        (x + side_x - cut, y + side_y), (x + cut, y + side_y), (x, y + side_y - cut), (x, y + cut),
    ]  # fmt: skip
    return [Footprint(Polygon(corners))]


def podium(width: float, depth: float, rng: Generator) -> list[Footprint]:
    """A tower standing in a low podium; the podium has a hole where the tower is, so that neither overlaps."""
    if min(width, depth) < 46:
        return ell(width, depth, rng)
    left, front = max(0.0, width - 88) / 2, max(0.0, depth - 68) / 2
    width, depth = min(width, 88), min(depth, 68)
    side_x, side_y = rng.uniform(28, min(38, width - 16)), rng.uniform(26, min(34, depth - 16))
    x, y = rng.uniform(8, width - side_x - 8), rng.uniform(8, depth - side_y - 8)
    tower = box(x, y, side_x, side_y)
    parts = [Footprint(ground.largest(box(0, 0, width, depth).difference(tower)), "podium"), Footprint(tower, "tower")]
    return [Footprint(translate(part.shape, left, front), part.role) for part in parts]


def hall(width: float, depth: float, rng: Generator) -> list[Footprint]:
    """A long shed with a lean-to along a part of one side."""
    width, depth = min(width, 170 if depth < 60 else 320), min(depth, 0.45 * width + 12)
    nave = box(0, 0.18 * depth, width, 0.82 * depth)
    start, length = rng.uniform(0, 0.5) * width, rng.uniform(0.25, 0.5) * width
    return [Footprint(ground.largest(nave.union(box(start, 0, length, 0.3 * depth))))]


def slab(width: float, depth: float, rng: Generator) -> list[Footprint]:
    """A slab of flats facing south, with stairwells that stand out on its north side."""
    thick = min(rng.uniform(12.5, 14.0), depth)
    plan = box(0, 0, width, thick)
    for x in np.arange(width / 6, width, width / 3):
        plan = ground.largest(plan.union(box(float(x) - 3, thick - 0.5, 6, 2.3)))
    return [Footprint(plan)]


@dataclass(frozen=True)
class Style:
    """A way to draw and the cell it likes, in metres."""

    draw: Draw
    width_m: float
    depth_m: float
    gap_m: float


STYLES = {
    "bar": Style(bar, 62, 50, 15),
    "ell": Style(ell, 58, 46, 15),
    "u": Style(u, 60, 50, 16),
    "court": Style(court, 68, 60, 16),
    "block": Style(block, 52, 48, 14),
    "podium": Style(podium, 80, 62, 20),
    "hall": Style(hall, 112, 36, 20),
    "mill": Style(hall, 250, 70, 24),
    "slab": Style(slab, 52, 16, 22),
}


def fill(
    land: Polygon, axis_deg: float, shares: dict[str, float], rng: Generator, *, cell_scale: float = 1.0
) -> list[Footprint]:
    """Footprints in a grid of cells laid along an axis, clipped to the land that may be built on."""
    names, p = list(shares), list(shares.values())
    main = names[int(rng.choice(len(names), p=p))]
    style = STYLES[main]
    west, south, east, north = rotate(land, -axis_deg, origin=(0, 0)).bounds
    if main != "slab" and north - south > 1.15 * (east - west):
        # long cells lie along the longer side; only flats face south whatever the parcel
        axis_deg += 90
    local = rotate(land, -axis_deg, origin=(0, 0))
    west, south, east, north = local.bounds
    found = []
    for x, width in cells(west, east, style.width_m * cell_scale, style.gap_m):
        for y, depth in cells(south, north, style.depth_m * cell_scale, style.gap_m):
            name = main if rng.random() < 0.7 else names[int(rng.choice(len(names), p=p))]
            found += [
                Footprint(translate(part.shape, x, y), part.role) for part in STYLES[name].draw(width, depth, rng)
            ]
    return [Footprint(rotate(part.shape, axis_deg, origin=(0, 0)), part.role) for part in clip(found, local)]


def cells(low: float, high: float, size_m: float, gap_m: float) -> list[tuple[float, float]]:
    """Start and size of the cells that share a length, with a gap between them."""
    count = max(1, math.floor((high - low + gap_m) / (size_m + gap_m)))
    size = (high - low - (count - 1) * gap_m) / count
    return [(low + i * (size + gap_m), size) for i in range(count)]


def clip(found: list[Footprint], land: Polygon) -> list[Footprint]:
    """The footprints that lie on the land, cut at its edge where enough of them is left."""
    kept: list[Footprint] = []
    for part in found:
        if part.role == "tower":
            # a tower stands or falls with the podium drawn just before it
            if kept and kept[-1].role == "podium" and land.contains(part.shape):
                kept.append(part)
            continue
        pieces = ground.polygons(part.shape.intersection(land), LEAST_M2)
        if not pieces:
            continue
        largest = max(pieces, key=lambda piece: piece.area)
        whole = largest.area > 0.55 * part.shape.area and not largest.buffer(-4.5).is_empty
        if whole and (part.role != "podium" or len(largest.interiors) == 1):
            kept.append(Footprint(largest, part.role))
    return kept


def landmark(name: str, length: float, width: float) -> Polygon:
    """The ground plan of a landmark about the origin, its length along the x axis."""
    if name == "circle":
        return Point(0, 0).buffer(length / 2, quad_segs=12)
    if name == "jump":
        # the track widens towards the outrun
        return Polygon([
            (-length / 2, -width * 0.22), (length * 0.1, -width * 0.25), (length / 2, -width / 2),
            (length / 2, width / 2), (length * 0.1, width * 0.25), (-length / 2, width * 0.22),
        ])  # fmt: skip
    if name == "furnace":
        stoves = LineString([(-length / 2 + 14, width / 2 - 14), (0, width / 2 - 14)]).buffer(10)
        casting = box(-length / 2, -width / 2, length * 0.9, 30)
        bridge = box(-6, -width / 2 + 25, 12, 60)
        return ground.largest(shapely.union_all([Point(0, 0).buffer(30, quad_segs=12), stoves, casting, bridge]))
    if name == "silos":
        count = round(length / (width + 2))
        rows = [
            Point(-length / 2 + width / 2 + i * (width + 1.0), 0).buffer(width / 2 + 1, quad_segs=8)
            for i in range(count)
        ]
        return Polygon(ground.largest(shapely.union_all(rows)).exterior)
    return box(-length / 2, -width / 2, length, width)
