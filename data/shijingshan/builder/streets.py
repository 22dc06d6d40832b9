"""Streets, blocks and parcels: each piece of a tract is divided as a town is, by roads first and fences last."""

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator
from shapely import LineString, MultiLineString, Point, Polygon
from shapely.affinity import rotate
from shapely.geometry.base import BaseGeometry

from builder import figures, ground
from builder.figures import parameter, table
from builder.tracts import Piece

CRUMB_M2 = 300.0


@dataclass(frozen=True)
class Plot:
    """A piece of land with one use, before the parcels get their final, noded edges."""

    shape: Polygon
    tract: str
    land_use: str
    existing_use: str
    name: str | None = None


@dataclass
class Layout:
    """What dividing one piece leaves: land that is settled, blocks still to be used, and street centre lines."""

    piece: Piece
    settled: list[Plot] = field(default_factory=list)
    blocks: list[Polygon] = field(default_factory=list)
    streets: list[LineString] = field(default_factory=list)


def divide_piece(piece: Piece) -> Layout:
    """The roads, greens and blocks of one piece."""
    layout = Layout(piece)
    rest: BaseGeometry = piece.shape
    rest = take_named_plots(layout, rest)
    rest = take_roads(layout, rest)
    rest = take_greens(layout, rest)
    rng = figures.stream(int(piece.figure["seed"]), 1)
    for region in ground.polygons(rest):
        split_by_streets(layout, region, rng, depth=0)
    return layout


def take_named_plots(layout: Layout, rest: BaseGeometry) -> BaseGeometry:
    """Lakes, hills and landmark plazas, whose places are known, before any street is drawn."""
    plots = table("fixed_plots")
    for _, figure in plots[plots["tract"] == layout.piece.name].iterrows():
        shape = ground.snap(named_shape(figure)).intersection(rest)
        for part in ground.polygons(shape):
            layout.settled.append(
                Plot(part, layout.piece.tract, figure["land_use"], figure["existing_use"], figure["plot"])
            )
        rest = rest.difference(shape)
        if figure["water"] == 1:
            shore = ground.snap(named_shape(figure)).buffer(parameter("lake_shore_m")).intersection(rest)
            for part in ground.polygons(shore):
                layout.settled.append(Plot(part, layout.piece.tract, "G1", "lakeside park"))
            rest = rest.difference(shore)
    return rest


def named_shape(figure: pd.Series) -> Polygon:
    """A rectangle, or a shore line wavy enough not to be taken for an ellipse."""
    centre = Point(ground.project(figure[["lon", "lat"]].to_numpy(dtype=float)[None, :])[0])
    length, width = float(figure["length_m"]), float(figure["width_m"])
    if figure["shape"] == "rect":
        shape = shapely.box(centre.x - length / 2, centre.y - width / 2, centre.x + length / 2, centre.y + width / 2)
    else:
        turn = np.linspace(0, 2 * math.pi, 48, endpoint=False)
        radius = 0.5 * (1 + 0.10 * np.cos(2 * turn + 0.7) + 0.06 * np.cos(3 * turn + 1.9) + 0.03 * np.cos(5 * turn))
        shape = Polygon(
            np.column_stack([centre.x + length * radius * np.cos(turn), centre.y + width * radius * np.sin(turn)])
        )
    return rotate(shape, float(figure["angle_deg"]), origin=centre)


def take_roads(layout: Layout, rest: BaseGeometry) -> BaseGeometry:
    """The arterials and expressways that cross or border the piece."""
    for _, road in table("roads").iterrows():
        corridor = figures.path(road["path"]).buffer(road["width_m"] / 2, cap_style="flat", join_style="mitre")
        for part in ground.polygons(rest.intersection(corridor)):
            layout.settled.append(Plot(part, layout.piece.tract, "S1", "road", road["road_id"]))
        rest = rest.difference(corridor)
    return rest


def take_greens(layout: Layout, rest: BaseGeometry) -> BaseGeometry:
    """The green along the river bank and the verges of the railways."""
    rails = table("rail")
    verges = [figures.path(line) for line in rails.loc[rails["kind"] == "rail", "path"]]
    belts = [
        ("riverside park", figures.river_bank().buffer(parameter("river_green_m"))),
        ("railway verge", ground.union(line.buffer(parameter("rail_verge_m")) for line in verges)),
    ]
    for use, belt in belts:
        for part in ground.polygons(rest.intersection(belt)):
            layout.settled.append(Plot(part, layout.piece.tract, "G1", use))
        rest = rest.difference(belt)
    return rest


def street_direction_deg(piece: Piece, at: Point) -> float:
    """The direction of the streets at a point: the axis of the piece, bent along the river near the bank."""
    axis = float(piece.figure["axis_deg"])
    bank = figures.river_bank()
    nearness = max(0.0, 1 - bank.distance(at) / parameter("river_bend_m"))
    # streets come in two crossing families, so only the turn within a quarter matters
    turn = (ground.direction_deg(bank, at) - axis + 45) % 90 - 45
    return axis + turn * min(1.0, 1.5 * nearness)


def split_by_streets(layout: Layout, region: Polygon, rng: Generator, depth: int) -> None:
    """Divide a region by a street across its longer side, again and again, until blocks are left."""
    if region.area < CRUMB_M2:
        layout.settled.append(Plot(region, layout.piece.tract, "S1", "road verge"))
        return
    largest_m2 = float(layout.piece.figure["block_ha"]) * 1e4 * rng.uniform(0.75, 1.35)
    awkward = bool(region.interiors) or (ground.solidity(region) < 0.72 and region.area > 0.35 * largest_m2)
    if region.area < largest_m2 and not awkward:
        layout.blocks.append(region)
        return
    first, last = parameter("street_width_first_m"), parameter("street_width_last_m")
    width = max(last, first - 4.0 * depth)
    direction = street_direction_deg(layout.piece, region.centroid) + rng.normal(0, 1.2)
    holes = sorted((Polygon(ring) for ring in region.interiors), key=lambda hole: hole.area)
    # a street that runs into a lake or a plaza opens the ring of land around it
    through = holes[-1].centroid if holes else None
    sides, strip, centre_line = split(region, direction, rng.uniform(0.42, 0.58), width, through)
    for part in ground.polygons(strip):
        layout.settled.append(Plot(part, layout.piece.tract, "S1", "street"))
    layout.streets.extend(lines(centre_line.intersection(region)))
    for side in sides:
        for part in ground.polygons(side):
            split_by_streets(layout, part, rng, depth + 1)


def split(
    region: Polygon, direction_deg: float, share: float, width_m: float, through: Point | None = None
) -> tuple[list[BaseGeometry], BaseGeometry, LineString]:
    """Both sides of a straight strip across the longer extent of a region, the strip, and its centre line.

    The extents are measured along `direction_deg` and across it; the strip lies at `share` of the longer one, or
    through a given point.
    """
    turned = rotate(region, -direction_deg, origin=(0, 0))
    west, south, east, north = turned.bounds
    point = rotate(through, -direction_deg, origin=(0, 0)) if through is not None else None
    reach, half = 10.0, width_m / 2
    if east - west >= north - south:
        at = west + share * (east - west) if point is None else point.x
        frames = [
            shapely.box(west - reach, south - reach, at - half, north + reach),
            shapely.box(at + half, south - reach, east + reach, north + reach),
        ]
        middle = LineString([(at, south - reach), (at, north + reach)])
    else:
        at = south + share * (north - south) if point is None else point.y
        frames = [
            shapely.box(west - reach, south - reach, east + reach, at - half),
            shapely.box(west - reach, at + half, east + reach, north + reach),
        ]
        middle = LineString([(west - reach, at), (east + reach, at)])
    near, far = (rotate(frame, direction_deg, origin=(0, 0)) for frame in frames)
    sides = [region.intersection(near), region.intersection(far)]
    strip = region.difference(near).difference(far)
    return sides, strip, rotate(middle, direction_deg, origin=(0, 0))


def lines(shape: BaseGeometry) -> list[LineString]:
    """The line strings of a cut line that are long enough to be a street."""
    parts = shape.geoms if isinstance(shape, MultiLineString) else [shape]
    return [part for part in parts if isinstance(part, LineString) and part.length > 30]


def split_into_parcels(block: Polygon, parcel_m2: float, direction_deg: float, rng: Generator) -> list[Polygon]:
    """The parcels of a block: halves of halves, without streets between them."""
    if block.area < parcel_m2 * rng.uniform(1.15, 1.75):
        return [block]
    sides, _, _ = split(block, direction_deg, rng.uniform(0.38, 0.62), 0.0)
    parts = [part for side in sides for part in ground.polygons(side)]
    # a cut that leaves a sliver is not worth a fence
    if min(part.area for part in parts) < 0.25 * parcel_m2:
        return [block]
    return [parcel for part in parts for parcel in split_into_parcels(part, parcel_m2, direction_deg, rng)]
