"""What is written on a picture: title, names, legend, scale, north, and what to make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.view import ground
from twin.view.colours import NO_VALUE, PAPER, Colouring, faded, hexes, rgb
from twin.view.fonts import text_width
from twin.view.labels import Label, place
from twin.view.pen import INK, Pen
from twin.view.picture import PLAIN, Picture
from twin.view.room import Box, Crowd

SOFT_INK = "#555e62"
EDGE = 26.0  #: free margin of the sheet, reference pixels like all below
ROW = 21.0  #: height of a row of the legend
KEY_ZH, KEY_EN = 12.5, 10.5  #: sizes of its letters
SWATCH = 22.0  #: width of its patches of colour
PAD = 14.0
LOWEST = 52.0  #: lower edge of what stands above the footer
LAND_USES = 6  #: how many land uses the legend explains, where there is room beside the rest
ROUND_KM = (0.1, 0.2, 0.5, 1, 2, 5, 10)  #: lengths of a scale bar
SCALE_PX = 170  #: the scale bar is the longest round length that is no longer than this


class Key(NamedTuple):
    """A row of the legend."""

    zh: str
    en: str
    colours: tuple[str, ...]
    edge: str = ""  #: of a swatch
    line: str = ""  #: `full` or `dashed`; empty for a swatch


def overlay(picture: Picture) -> NDArray[np.uint8]:
    """(height, width, 4): everything written, on a transparent sheet."""
    pen = Pen(picture.camera.size_px, picture.scale)
    crowd = Crowd.of(picture.camera.project(picture.busy)[:, :2] / picture.scale, (pen.width, pen.height))
    taken = [_title(pen, picture), _footer(pen, picture)]
    taken.append(_legend(pen, picture, crowd, taken))
    taken.append(_scale_bar(pen, picture, crowd, taken))
    for label in place(picture.names, picture.camera, crowd, taken, scale=picture.scale):
        _label(pen, label)
    return pen.pixels()


def _title(pen: Pen, picture: Picture) -> Box:
    """Title in both languages, and when and of how many runs."""
    top = pen.height - EDGE
    pen.text(EDGE, top - 14, picture.title_zh, 29, bold=True)
    pen.text(EDGE, top - 43, picture.title_en, 16, colour=SOFT_INK)
    when = f"{picture.quarter} 季末 end of quarter  ·  {_runs(picture)}"
    pen.text(EDGE, top - 67, when, 14, colour=SOFT_INK)
    lines = ((picture.title_zh, 29), (picture.title_en, 16), (when, 14))
    return Box(0, top - 80, EDGE + max(text_width(text, size) for text, size in lines), pen.height)


def _runs(picture: Picture) -> str:
    if picture.replications is None:
        return "园区数据，未经模拟 park data, not simulated"
    if picture.replications == 1:
        return "单次模拟 single run"
    if picture.colouring is not None and picture.colouring.categories:
        return f"{picture.replications} 次模拟中最常见者 most common of {picture.replications} runs"
    return f"{picture.replications} 次模拟的均值 mean of {picture.replications} runs"


def _footer(pen: Pen, picture: Picture) -> Box:
    """What to make of the picture, and whose data it shows: a line of Chinese, a line of English."""
    about, exaggeration = picture.park.about, picture.look.exaggeration
    said = [(about.caveat_zh, about.caveat_en)]
    if exaggeration != 1:
        said.append((f"高度放大 {exaggeration:g} 倍", f"heights ×{exaggeration:g}"))
    zh, en = zip(*said, strict=True)
    credit = about.credit
    pen.text(EDGE, 33, "  ·  ".join(zh), 12, colour=SOFT_INK)
    pen.text(EDGE, 15, "  ·  ".join([*en, credit] if credit else en), 11, colour=SOFT_INK)
    return Box(0, 0, pen.width, 44)


def _corner(pen: Pen, size: tuple[float, float], crowd: Crowd, taken: Sequence[Box], order: Sequence[str]) -> Box:
    """The free corner in which a box of a size hides least; the first in `order` if it makes no difference."""
    width, height = size
    lefts = {"left": EDGE, "right": pen.width - EDGE - width}
    bottoms = {"lower": LOWEST, "upper": pen.height - EDGE - height}
    corners = [(lefts[side], bottoms[end]) for end, side in (corner.split() for corner in order)]
    boxes = [Box(left, bottom, left + width, bottom + height) for left, bottom in corners]
    free = [box for box in boxes if not any(box.meets(other) for other in taken)]
    return min(free or boxes, key=crowd.share)


def _legend(pen: Pen, picture: Picture, crowd: Crowd, taken: Sequence[Box]) -> Box:
    """Colours of the buildings, then what else is drawn, in two columns."""
    columns = (_building_keys(picture), [*_boundary_keys(picture), *_line_keys(picture)])
    shorter, longer = sorted(columns, key=len)
    shorter += _land_keys(picture)[: len(longer) - len(shorter)]
    numbers = picture.colouring if picture.colouring and not picture.colouring.categories else None
    head = 78.0 if numbers else (28.0 if picture.colouring else 0.0)
    widths = [max(map(_key_width, keys)) + PAD for keys in columns]
    size = (sum(widths) + PAD, max(map(len, columns)) * ROW + head + 2 * PAD)
    box = _corner(pen, size, crowd, taken, ("lower left", "upper right", "lower right"))
    pen.panel(box)
    left, top = box.left + PAD, box.top - PAD
    if picture.colouring:
        pen.text(left, top - 9, picture.colouring.label_zh, 16, bold=True)
        shift = text_width(picture.colouring.label_zh, 16) + 8
        pen.text(left + shift, top - 9, picture.colouring.label_en, 13, colour=SOFT_INK)
    if numbers:
        _colour_bar(pen, numbers, Box(left, top - 44, box.right - PAD, top - 29))
    for keys, x in zip(columns, (left, left + widths[0]), strict=True):
        for row, key in enumerate(keys):
            _key(pen, key, x, top - head - (row + 0.5) * ROW)
    return box


def _colour_bar(pen: Pen, colouring: Colouring, box: Box) -> None:
    steps = 64
    width = (box.right - box.left) / steps
    for step, colour in enumerate(colouring.ramp((np.arange(steps) + 0.5) / steps)):
        # half a pixel of overlap hides the seams
        pen.bar(
            Box(box.left + step * width, box.bottom, min(box.left + (step + 1) * width + 0.5, box.right), box.top),
            colour,
        )
    for share, align in ((0, "left"), (0.25, "center"), (0.5, "center"), (0.75, "center"), (1, "right")):
        number = colouring.times * (colouring.low + share * (colouring.high - colouring.low))
        x = box.left + share * (box.right - box.left)
        pen.line((x, box.bottom), (x, box.bottom - 3), 0.8)
        pen.text(x, box.bottom - 12, f"{number:.4g}{colouring.unit}", 12, align=align)


def _key(pen: Pen, key: Key, x: float, y: float) -> None:
    part = SWATCH / len(key.colours)
    for i, colour in enumerate(key.colours):
        left, right = x + i * part, x + (i + 1) * part
        if key.line:
            pen.line((left, y), (right, y), 3, colour=colour, dashed=key.line == "dashed")
        else:
            pen.bar(Box(left, y - 6, right, y + 6), colour, edge=key.edge or "none")
    pen.text(x + SWATCH + 7, y, key.zh, KEY_ZH)
    pen.text(x + SWATCH + 13 + text_width(key.zh, KEY_ZH), y, key.en, KEY_EN, colour=SOFT_INK)


def _key_width(key: Key) -> float:
    return SWATCH + 13 + text_width(key.zh, KEY_ZH) + text_width(key.en, KEY_EN)


def _building_keys(picture: Picture) -> list[Key]:
    planned = Key("规划建筑", "Planned building", (ground.PLAN,), edge=ground.PLAN_EDGE)
    if picture.colouring is None:
        return [Key("已建建筑", "Building", (PLAIN,)), planned]
    named = [Key(category.name_zh, category.name_en, (category.colour,)) for category in picture.colouring.categories]
    none = Key(picture.colouring.none_zh, picture.colouring.none_en, (NO_VALUE,))
    return [*named, *_doubt_keys(picture), none, planned]


def _doubt_keys(picture: Picture) -> list[Key]:
    """What it means that a colour is pale."""
    if not picture.doubted or picture.colouring is None:
        return []
    colouring = picture.colouring
    full = rgb(colouring.categories[0].colour if colouring.categories else colouring.stops[-1])
    steps = hexes(faded(np.repeat(full, 3, axis=0), np.array([0.0, 0.5, 1.0])))
    return [Key("越淡各次模拟差异越大", "Paler: runs differ more", tuple(steps))]


def _land_keys(picture: Picture) -> list[Key]:
    """The land uses that take most of the ground, without streets."""
    parcels, catalog = picture.park.parcels, picture.park.catalog
    area_m2 = parcels.area.groupby(parcels["land_use"]).sum().drop(ground.STREET_USE, errors="ignore")
    uses = area_m2.sort_values(ascending=False).index[:LAND_USES]
    zh, en, colours = (
        catalog.names("land_uses", "zh"),
        catalog.names("land_uses"),
        ground.land_use_colours(picture.park),
    )
    return [Key(zh[use], en[use], (colours[use],)) for use in uses]


def _boundary_keys(picture: Picture) -> list[Key]:
    zones = picture.park.at(picture.quarter)
    kinds = set(zones["kind"])
    features = zones[zones["kind"] == "feature_park"]
    industries = tuple(dict.fromkeys(ground.feature_park_colours(picture.park, features)))
    keys = {
        "park": Key("园区边界", "Park boundary", (ground.BOUNDARY,), line="full"),
        "feature_park": Key("特色产业园", "Feature park", industries, line="full"),
        "high_tech_zone": Key("高新技术开发区", "High-tech zone", (ground.HIGH_TECH_ZONE,), line="dashed"),
    }
    return [key for kind, key in keys.items() if kind in kinds]


def _line_keys(picture: Picture) -> list[Key]:
    rail = picture.park.rail
    if "name_zh" not in rail:
        return []
    rows = zip(rail["name_zh"], rail["name_en"], rail["kind"], ground.line_colours(picture.park), strict=True)
    metro = [Key(zh, en, (colour,), line="full") for zh, en, kind, colour in rows if kind != "rail"]
    return metro + ([Key("铁路", "Railway", (ground.RAIL,), line="dashed")] if (rail["kind"] == "rail").any() else [])


def _scale_bar(pen: Pen, picture: Picture, crowd: Crowd, taken: Sequence[Box]) -> Box:
    """A scale across and one into the depth, shortened as the ground is, and an arrow to the north that lies on it."""
    camera = picture.camera
    metres = camera.metres_per_px * picture.scale
    km = max((length for length in ROUND_KM if length * 1000 / metres <= SCALE_PX), default=ROUND_KM[0])
    across = km * 1000 / metres
    deep = across * np.sin(np.radians(camera.elevation_deg))
    box = _corner(pen, (across + 76, deep + 40), crowd, taken, ("lower right", "lower left", "upper right"))
    right, bottom = box.right - 16, box.bottom + 16
    corner = (right - across, bottom)
    pen.line(corner, (right, bottom), 2.2)
    pen.line(corner, (right - across, bottom + deep), 2.2)
    for end, tick in (((right, bottom), (0, 7)), ((right - across, bottom + deep), (7, 0))):
        pen.line(end, (end[0] + tick[0], end[1] + tick[1]), 2.2)
    pen.text(right - across / 2, bottom - 11, f"{km:g} km", 13, align="center")
    pen.text(right - across - 6, bottom + deep / 2, f"{km:g} km", 13, align="right")
    _north(pen, picture, (right - across / 2 + 10, bottom + deep / 2 + 2), across * 0.3)
    return box


def _north(pen: Pen, picture: Picture, middle: tuple[float, float], length: float) -> None:
    axes = picture.camera.axes[:2, :2]  # of east and north, on the sheet

    def on_sheet(east: float, north: float) -> tuple[float, float]:
        x, y = axes @ np.array([east, north]) * length
        return middle[0] + float(x), middle[1] + float(y)

    pen.fill([on_sheet(0, 1), on_sheet(0.42, -0.8), on_sheet(0, -0.45)], "#8b9296")
    pen.fill([on_sheet(0, 1), on_sheet(-0.42, -0.8), on_sheet(0, -0.45)], INK)
    x, y = on_sheet(0, 1.45)
    pen.text(x, y, "北 N", 13, align="center", bold=True)


def _label(pen: Pen, label: Label) -> None:
    style, box = label.style, label.box
    if label.foot:
        x, y = label.foot
        near = (min(max(x, box.left), box.right), min(max(y, box.bottom), box.top))
        pen.line(near, label.foot, 2.6, colour=PAPER)
        pen.line(near, label.foot, 1.1, colour=style.colour)
        pen.bar(Box(x - 2.2, y - 2.2, x + 2.2, y + 2.2), style.colour, edge=PAPER)
    x = (box.left + box.right) / 2
    pen.text(x, box.top - 3 - style.zh / 2, label.zh, style.zh, colour=style.colour, align="center", bold=style.bold)
    if label.en:
        pen.text(x, box.bottom + 3 + style.en / 2, label.en, style.en, colour=style.colour, align="center")
