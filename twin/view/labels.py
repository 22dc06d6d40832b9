"""Names on the picture: who is named, in which order, and where there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from twin.park import Park
from twin.units import Quarter
from twin.view.camera import Camera
from twin.view.colours import hexes, muted, rgb
from twin.view.fonts import text_width
from twin.view.ground import MAIN_ROADS, feature_park_colours
from twin.view.room import Box, Crowd


class Style(NamedTuple):
    """How a kind of name looks. Lengths in reference pixels."""

    zh: float  #: size of the Chinese
    en: float  #: size of the English below it
    colour: str
    bold: bool = False
    gap: float = 0.0  #: room between a point and its name; 0 writes the name over the point
    leader: bool = False  #: may stand well aside, at the end of a line
    hides: float = 1.0  #: the busy share it may cover; rather than more it stays away


class Name(NamedTuple):
    """A name that would like to be on the picture."""

    zh: str
    en: str
    at_m: tuple[float, float]
    style: Style


@dataclass(frozen=True)
class Label:
    """A name that found room: Chinese above English, both centred in the box."""

    zh: str
    en: str
    style: Style
    box: Box
    foot: tuple[float, float] | None = None  #: where its line ends, if it stands aside


FEATURE_PARK = Style(15, 11, "#8c2f2b", bold=True, leader=True)
HIGH_TECH_ZONE = Style(15, 11, "#4a4770", bold=True, leader=True)
CLUSTER = Style(19, 12, "#33383b", bold=True, leader=True)
PLACE = {
    1: Style(17, 12, "#2f3437", bold=True, gap=6),
    2: Style(15, 11, "#3f4649", gap=5),
    3: Style(13, 10, "#565d60", gap=4),
}
STATION = Style(12, 9.5, "#3b3b3b", gap=8)
WATER = Style(16, 12, "#35688c")
ROAD = Style(11, 9, "#73797c", hides=0.1)

LINE_GAP = 0.2  #: between the two lines of a label, in parts of the Chinese size
CLEAR_PX = 3.0  #: free room around a label

#: How far aside a name with a leader may stand, and what a pixel of distance costs against covering only buildings.
ASIDE_PX, ASIDE_COST = (0.0, 45.0, 75.0, 105.0, 140.0, 180.0), 1 / 260
DIRECTIONS = 16
NEXT_COST = 0.06  #: of taking the next best position of a name that has several


def names(park: Park, quarter: Quarter, origin: NDArray[np.float64]) -> list[Name]:
    """Who would like to be named, the most important first, at points in metres from `origin`."""
    found = [
        *_zones(park, quarter),
        *_water(park),
        *_places(park, 1),
        *_stations(park),
        *_places(park, 2),
        *_places(park, 3),
        *_roads(park),
    ]
    first = {name.zh: name for name in reversed(found)}
    return [
        name._replace(at_m=(name.at_m[0] - origin[0], name.at_m[1] - origin[1]))
        for name in dict.fromkeys(first[name.zh] for name in found)
    ]


def place(
    wanted: Sequence[Name], camera: Camera, crowd: Crowd, taken: Sequence[Box], *, scale: float = 1.0
) -> list[Label]:
    """The names that find room, in order: nobody covers another, what is `taken`, or the edge of the sheet.

    Each takes the position that hides least of the crowd. A reference pixel is `scale` pixels of the camera.
    """
    width, height = camera.size_px
    sheet = Box(0, 0, width / scale, height / scale)
    occupied, labels = list(taken), list[Label]()
    anchors = camera.project(np.array([(*name.at_m, 0.0) for name in wanted]).reshape(-1, 3)) / scale
    for name, (x, y, _) in zip(wanted, anchors, strict=True):
        for en in dict.fromkeys((name.en, "")):  # rather without English than not at all
            free = [
                (cost + hidden, label)
                for cost, label in _positions(name, en, x, y)
                if label.box.within(sheet)
                and (hidden := crowd.share(label.box)) <= name.style.hides
                and not any(label.box.meets(other) for other in occupied)
            ]
            if free:
                best = min(free, key=lambda choice: choice[0])[1]
                labels.append(best)
                occupied.append(best.box)
                break
    return labels


def _positions(name: Name, en: str, x: float, y: float) -> Iterator[tuple[float, Label]]:
    """Where a name may stand, and what it costs to stand there."""
    style = name.style
    width = max(text_width(name.zh, style.zh), text_width(en, style.en)) + 2 * CLEAR_PX
    height = style.zh + (style.en + LINE_GAP * style.zh if en else 0) + 2 * CLEAR_PX
    for cost, dx, dy in _shifts(style, width, height):
        left, bottom = x + dx - width / 2, y + dy - height / 2
        box = Box(left, bottom, left + width, bottom + height)
        aside = style.leader and not (box.left <= x <= box.right and box.bottom <= y <= box.top)
        yield cost, Label(name.zh, en, style, box, (x, y) if aside else None)


def _shifts(style: Style, width: float, height: float) -> Iterator[tuple[float, float, float]]:
    """Cost, and the way from the point to the middle of the name."""
    if style.leader:
        for far in ASIDE_PX:
            for angle in np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS if far else (0.0,):
                across, up = np.cos(angle), np.sin(angle)
                yield far * ASIDE_COST, across * (far + width / 2 if far else 0), up * (far + height / 2)
    elif style.gap:
        aside, above = style.gap + width / 2, style.gap + height / 2
        ways = [(aside, 0), (-aside, 0), (0, above), (0, -above), (aside, above), (-aside, above), (aside, -above)]
        yield from ((i * NEXT_COST, dx, dy) for i, (dx, dy) in enumerate(ways))
    else:
        ways = [(dx * width / 3, dy * height) for dy in (0, 0.6, -0.6, 1.2, -1.2) for dx in (0, 1, -1)]
        yield from ((i * NEXT_COST, dx, dy) for i, (dx, dy) in enumerate(ways))


def _zones(park: Park, quarter: Quarter) -> Iterator[Name]:
    zones = park.at(quarter)
    features = zones[zones["kind"] == "feature_park"]
    styles = [FEATURE_PARK._replace(colour=_dark(colour)) for colour in feature_park_colours(park, features)]
    yield from _named(features, styles)
    for kinds, style in ((["high_tech_zone"], HIGH_TECH_ZONE), (["core", "cluster"], CLUSTER)):
        found = zones[zones["kind"].isin(kinds)]
        yield from _named(found, [style] * len(found))


def _places(park: Park, rank: int) -> Iterator[Name]:
    found = park.places[park.places["rank"] == rank] if "rank" in park.places else park.places[:0]
    return _named(found, [PLACE[rank]] * len(found))


def _stations(park: Park) -> Iterator[Name]:
    found = park.stations[park.stations["open"].astype(bool)] if "open" in park.stations else park.stations
    return _named(found, [STATION] * len(found))


def _water(park: Park) -> Iterator[Name]:
    """Waters by their size, each named where it is nearest to the parcels: a river is longer than the picture."""
    found = park.water.iloc[np.argsort(-park.water.area.to_numpy(), kind="stable")]
    near = found.geometry.intersection(shapely.box(*park.parcels.total_bounds))
    return _named(found.set_geometry(near.where(~near.is_empty, found.geometry)), [WATER] * len(found))


def _roads(park: Park) -> Iterator[Name]:
    named = "class" in park.roads and "name_zh" in park.roads
    found = (
        park.roads[park.roads["class"].isin(MAIN_ROADS) & park.roads["name_zh"].notna()] if named else park.roads[:0]
    )
    return _named(found.set_geometry(found.geometry.interpolate(0.5, normalized=True)), [ROAD] * len(found))


def _named(table: gpd.GeoDataFrame, styles: Sequence[Style]) -> Iterator[Name]:
    """A name for each row, at a point inside its shape."""
    if "name_zh" not in table:
        return
    english = table["name_en"] if "name_en" in table else [""] * len(table)
    points = table.geometry.representative_point()
    for zh, en, x, y, style in zip(table["name_zh"], english, points.x, points.y, styles, strict=True):
        if isinstance(zh, str):
            yield Name(zh, en if isinstance(en, str) else "", (x, y), style)


def _dark(colour: str) -> str:
    """A colour dark enough to be read as text."""
    return hexes(muted(rgb(colour), "#202020", 0.35))[0]
