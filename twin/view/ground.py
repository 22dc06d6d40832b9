"""What lies on the ground, in the order it is painted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from twin.park import Park
from twin.units import Quarter
from twin.view.colours import RGB, hexes, muted, rgb

BACKGROUND = "#e6e9ea"
LAND = "#f4f3ee"
WATER = "#a9cbdf"
GREEN = "#c5dcb4"
ROAD, ROAD_EDGE = "#ffffff", "#c4c3bd"
PLAN, PLAN_EDGE = "#fbfaf8", "#a9a7a2"
BOUNDARY = "#8c2f2b"
HIGH_TECH_ZONE = "#5d5a83"
RAIL = "#6b6b6b"
UNCOLOURED_LINE = "#8a4f96"  #: a metro line whose colour the park does not know

PARCEL_MUTED = 0.4  #: share of the way from the catalog's colour to that of the land
GREEN_USE, STREET_USE = "G1", "S1"

ROAD_PX = {"expressway": 6.0, "arterial": 4.5}
MAIN_ROADS = list(ROAD_PX)  #: classes that are drawn as lines; local streets show as the parcels between blocks
STATION_DISC_PX = 5.5

Shapes = NDArray[np.object_]


class Layer(NamedTuple):
    """Polygons and their colours."""

    shapes: Shapes
    colours: RGB


def land(park: Park, quarter: Quarter, planned: gpd.GeoDataFrame, metres_per_px: float) -> list[Layer]:
    """Surfaces from the lowest up: land, water, parcels, main roads, and the plots of planned buildings."""
    px = metres_per_px
    zones = park.at(quarter)
    plans = shapes_of(planned)
    layers = [
        _plain(shapes_of(zones[zones["kind"] == "district"]), LAND),
        Layer(shapes_of(park.parcels), _parcel_colours(park)),
        _plain(shapes_of(park.water), WATER),
        *_roads(park, px),
        _plain(_outline(plans, 0.7 * px), PLAN_EDGE),
        _plain(shapely.buffer(plans, -0.35 * px), PLAN),
    ]
    return [layer for layer in layers if len(layer.shapes)]


def lines(park: Park, quarter: Quarter, metres_per_px: float) -> list[Layer]:
    """Outlines of zones, then rails and stations: as wide as their pixels say, and lying flat all the same."""
    zones = park.at(quarter)
    layers = [*_outlines(park, zones, metres_per_px), *_rails(park, metres_per_px), *_stations(park, metres_per_px)]
    return [layer for layer in layers if len(layer.shapes)]


def feature_park_colours(park: Park, zones: gpd.GeoDataFrame) -> list[str]:
    """The colour of each feature park: that of the industry that leads it."""
    industries = park.catalog.colours("industries")
    leading = zones["leading_industry"] if "leading_industry" in zones else [""] * len(zones)
    return [industries.get(industry, BOUNDARY) for industry in leading]


def land_use_colours(park: Park) -> dict[str, str]:
    """The colour of each land use: the catalog's, held back so that the buildings stand out."""
    given = park.catalog.colours("land_uses")
    held_back = muted(rgb(*given.values()), LAND, PARCEL_MUTED)
    return dict(zip(given, hexes(held_back), strict=True)) | {GREEN_USE: GREEN}


def line_colours(park: Park) -> list[str]:
    """The colour of each railway line."""
    known = park.rail["colour"] if "colour" in park.rail else [None] * len(park.rail)
    kinds = park.rail["kind"] if "kind" in park.rail else ["rail"] * len(park.rail)
    unknown = [RAIL if kind == "rail" else UNCOLOURED_LINE for kind in kinds]
    return [colour if isinstance(colour, str) else other for colour, other in zip(known, unknown, strict=True)]


def shapes_of(table: gpd.GeoDataFrame) -> Shapes:
    """The geometries of a table as an array."""
    return np.asarray(table.geometry, dtype=object)


def _plain(shapes: Shapes, colour: str) -> Layer:
    return Layer(shapes, np.repeat(rgb(colour), len(shapes), axis=0))


def _parcel_colours(park: Park) -> RGB:
    uses = land_use_colours(park)
    return rgb(*park.parcels["land_use"].map(uses))


def _roads(park: Park, px: float) -> Iterator[Layer]:
    """Main roads, all edges before all surfaces, for clean crossings."""
    if "class" not in park.roads:
        return
    main = park.roads[park.roads["class"].isin(MAIN_ROADS)]
    width_px = main["class"].map(ROAD_PX).to_numpy(dtype=np.float64)
    for extra_px, colour in ((1.6, ROAD_EDGE), (0.0, ROAD)):
        yield _plain(shapely.buffer(shapes_of(main), (width_px + extra_px) * px / 2), colour)


def _outlines(park: Park, zones: gpd.GeoDataFrame, px: float) -> Iterator[Layer]:
    """Boundaries: the park strong, its feature parks in their industry's colour, the high-tech zone dashed."""
    parks, high_tech = (shapes_of(zones[zones["kind"] == kind]) for kind in ("park", "high_tech_zone"))
    yield _plain(_outline(parks, 3.2 * px), BOUNDARY)
    yield _plain(_dashed(shapely.boundary(high_tech), 14 * px, 7 * px, 2.6 * px), HIGH_TECH_ZONE)
    features = zones[zones["kind"] == "feature_park"]
    if len(features):
        yield Layer(_outline(shapes_of(features), 2.6 * px), rgb(*feature_park_colours(park, features)))


def _rails(park: Park, px: float) -> Iterator[Layer]:
    """Metro lines full in their colour on a white edge; railways grey with white dashes."""
    lines = shapes_of(park.rail)
    metro = (park.rail["kind"] != "rail").to_numpy() if "kind" in park.rail else np.zeros(len(lines), bool)
    colours = rgb(*line_colours(park))
    yield Layer(shapely.buffer(lines[~metro], 1.5 * px, cap_style="flat"), colours[~metro])
    yield _plain(_dashed(lines[~metro], 8 * px, 8 * px, 1.6 * px), ROAD)
    yield _plain(shapely.buffer(lines[metro], 3.0 * px), ROAD)
    yield Layer(shapely.buffer(lines[metro], 1.9 * px), colours[metro])


def _stations(park: Park, px: float) -> Iterator[Layer]:
    """White discs with a dark rim; grey if closed."""
    points = shapes_of(park.stations)
    is_open = park.stations["open"].to_numpy(dtype=bool) if "open" in park.stations else np.ones(len(points), bool)
    rims = np.where(is_open[:, None], rgb("#2f2f2f"), rgb("#9a9a98"))
    yield Layer(shapely.buffer(points, STATION_DISC_PX * px), rims)
    yield _plain(shapely.buffer(points, (STATION_DISC_PX - 1.8) * px), ROAD)


def _outline(shapes: Shapes, width_m: float) -> Shapes:
    """A band along the boundary of each shape."""
    return np.asarray(shapely.buffer(shapely.boundary(shapes), width_m / 2, join_style="mitre"))


def _dashed(lines: Shapes, on_m: float, off_m: float, width_m: float) -> Shapes:
    """A band along each dash of lines."""
    dashes = [
        substring(line, start, start + on_m)
        for line in shapely.get_parts(lines)
        for start in np.arange(0, shapely.length(line), on_m + off_m)
    ]
    return np.asarray(shapely.buffer(np.array(dashes, dtype=object), width_m / 2, cap_style="flat"))
