"""How values become colours, and how light falls on what they colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.errors import TwinError

RGB = NDArray[np.float64]  #: (n, 3), 0 to 1

#: From pale sand to deep blue; lightness falls evenly, so the order survives a grey copier. For shares and amounts.
SEQUENTIAL = ("#f4e5b8", "#c8d3a5", "#8fbca1", "#5d9fa3", "#427da0", "#345791")
#: From rust through near white to blue, for differences around the middle.
DIVERGING = ("#a4452c", "#d08e6d", "#ecd3c0", "#f4f2ee", "#c2d5e0", "#7ba3c0", "#2f6693")

PAPER = "#ffffff"
PALEST = 0.82  #: how far towards paper a colour goes about which runs tell nothing

NO_VALUE = "#cfcdc8"  #: a building without a value: no firm space, or not asked for

#: Towards the sun, low in the west-south-west so that two walls of a block differ; x, y, z, of any length.
SUN = (-0.85, -0.22, 1.0)
SHADE = 0.52  #: brightness of a wall that the sun does not reach, where a roof has 1


class Category(NamedTuple):
    """One of the values that buildings may have, where values are names and not numbers."""

    id: str
    name_zh: str
    name_en: str
    colour: str  #: `#rrggbb`


@dataclass(frozen=True)
class Colouring:
    """What the colours of buildings mean: a range of numbers, or categories."""

    label_zh: str
    label_en: str
    unit: str = ""  #: written after the numbers of the legend
    times: float = (
        1.0  #: the legend's numbers are so many times the values: 100 where it writes % and values are shares
    )
    low: float = 0.0  #: drawn, like everything below it, in the first of `stops`
    high: float = 1.0
    stops: Sequence[str] = SEQUENTIAL  #: evenly spaced colours from `low` to `high`
    categories: Sequence[Category] = ()
    none_zh: str = "无此数值的建筑"  #: what a grey building is
    none_en: str = "No value"

    def __post_init__(self) -> None:
        """Raise TwinError if the range is empty."""
        if not self.high > self.low:
            raise TwinError(f"colours from {self.low:g} to {self.high:g}: the range is empty")

    def colours(self, values: pd.Series) -> RGB:
        """The colour of each value; grey where there is none, or where it is no known category."""
        if self.categories:
            known = {category.id: category.colour for category in self.categories}
            return rgb(*(known.get(value, NO_VALUE) for value in values))
        number = values.to_numpy(dtype=np.float64, na_value=np.nan)
        empty = np.isnan(number)
        colours = self.ramp((np.where(empty, self.low, number) - self.low) / (self.high - self.low))
        colours[empty] = rgb(NO_VALUE)
        return colours

    def ramp(self, share: NDArray[np.float64]) -> RGB:
        """The colour at each share, 0 to 1, of the way from `low` to `high`."""
        stops = rgb(*self.stops)
        at = np.linspace(0, 1, len(stops))
        return np.column_stack([np.interp(share, at, stops[:, channel]) for channel in range(3)])


OCCUPANCY = Colouring("入驻率", "Occupancy", unit="%", times=100, none_zh="无企业用房", none_en="No firm space")


def rgb(*colours: str) -> RGB:
    """Colours written as `#rrggbb`."""
    if not colours:
        return np.zeros((0, 3))
    return np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours]) / 255


def hexes(colours: RGB) -> list[str]:
    """Colours written as `#rrggbb`."""
    return ["#" + "".join(f"{round(255 * channel):02x}" for channel in colour) for colour in colours]


def muted(colours: RGB, towards: str, share: float | NDArray[np.float64]) -> RGB:
    """Colours moved a share of the way towards another; the same for all, or (n, 1) one each."""
    mixed: RGB = colours + (rgb(towards) - colours) * share
    return mixed


def faded(colours: RGB, doubt: NDArray[np.float64]) -> RGB:
    """Colours the paler the less certain they are: `doubt` (n,) is 0 where runs agree, 1 where they tell nothing."""
    return muted(colours, PAPER, PALEST * np.clip(np.nan_to_num(doubt, nan=0.0), 0.0, 1.0)[:, None])


def categories_of(catalog: Catalog, table: str) -> list[Category]:
    """The rows of a table of the catalog as categories, in their order; graded where they have no colours."""
    zh, en = catalog.names(table, "zh"), catalog.names(table)
    own = catalog.colours(table) if all("colour" in row for row in catalog.tables[table]) else {}
    stops = rgb(*SEQUENTIAL)
    at = np.linspace(0.0, len(stops) - 1.0, len(zh))
    graded = hexes(np.column_stack([np.interp(at, np.arange(len(stops)), stops[:, n]) for n in range(3)]))
    return [Category(id_, zh[id_], en[id_], own.get(id_, graded[n])) for n, id_ in enumerate(zh)]


def lit(colours: RGB, normals: NDArray[np.float64]) -> RGB:
    """Colours of faces as the sun lights them; a roof keeps its own, so that it can be read against the legend."""
    sun = np.array(SUN) / np.linalg.norm(SUN)
    falling = np.clip(normals @ sun, 0, None) / sun[2]
    bright: RGB = np.clip(colours * (SHADE + (1 - SHADE) * np.clip(falling, 0, 1))[:, None], 0, 1)
    return bright
