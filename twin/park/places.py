"""Where people live and work: each building counts in the smallest zone that holds it.

Areas of the floor market are feature parks and clusters; homes stand elsewhere as well, and the way to work is to be
told street by street. So people are counted by zones of every kind, the smallest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.park.dates import in_force
from twin.units import Quarter

if TYPE_CHECKING:
    from twin.park.cells import Cells
    from twin.park.model import Park

#: The place of what lies in no zone.
NOWHERE = 0


def place_names(park: Park, start: Quarter) -> list[str]:
    """The places as zone_id@version: that of what lies in no zone, zones in force at the start, then the others.

    The smallest come first.
    """
    zones = park.zones_in_force
    names = (zones["zone_id"] + "@" + zones["version"].astype(str)).to_numpy(dtype=object)
    now = in_force(zones, start)
    later = ~np.isin(names, (now["zone_id"] + "@" + now["version"].astype(str)).to_numpy(dtype=object))
    order = np.lexsort((names.astype(str), zones.geometry.area.to_numpy(), later))
    return ["", *names[order].tolist()]


def places_at(names: list[str], cells: Cells) -> NDArray[np.int16]:
    """The place of each of some buildings, by their cells."""
    of_cell = [next((n for n, zone in enumerate(names) if zone in cell), NOWHERE) for cell in cells.zones]
    return np.array(of_cell, dtype=np.int16)[cells.of_building]


def within(names: list[str], cells: Cells) -> NDArray[np.float64]:
    """(places, buildings): 1 where a zone holds a building, be it the smallest one or not, else 0."""
    holds = np.array([[name in cell for cell in cells.zones] for name in names], dtype=np.float64)
    found = holds.reshape(len(names), len(cells.zones))
    found[NOWHERE] = [not cell for cell in cells.zones]
    return found[:, cells.of_building]
