"""Letting: the floor of a building that opens comes on offer part by part."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Outbox, State
from twin.engine.kinds import Kind
from twin.engine.note import NOBODY, note
from twin.engine.rules.residence import offer

QUARTERS_PER_YEAR = 4


@njit()
def hold_back(state: State, building: int, m2: int) -> None:
    """Keep back floor that opens, all but the first of equal parts, of which one is let at the end of each quarter."""
    buildings = state.buildings
    parts = 1 + int(math.floor(state.conduct.release_years[0] * QUARTERS_PER_YEAR + 0.5))
    part = (m2 + parts - 1) // parts
    buildings.part_m2[building] += part
    buildings.held_m2[building] += m2 - part
    buildings.offline_m2[building] += m2 - part


@njit(cache=True)
def release(state: State, now: float, outbox: Outbox) -> None:
    """Every building that keeps floor back lets another part of it."""
    buildings = state.buildings
    for building in range(len(buildings.held_m2)):
        if buildings.held_m2[building] > 0:
            m2 = min(buildings.part_m2[building], buildings.held_m2[building])
            buildings.held_m2[building] -= m2
            buildings.offline_m2[building] -= m2
            offer(state, now, building, outbox)
        else:
            buildings.part_m2[building] = 0


@njit()
def hold_no_more(state: State, building: int) -> None:
    """Nothing is kept back in a building any more, as all that is vacant goes off line."""
    state.buildings.held_m2[building] = state.buildings.part_m2[building] = 0


@njit(cache=True)
def open_space(state: State, now: float, building: int, m2: int, outbox: Outbox) -> None:
    """New floor opens in a building: who waits for room may take what is let of it, unless the building is closing."""
    if m2 <= 0:
        return
    buildings = state.buildings
    buildings.stock_m2[building] += m2
    if buildings.closing[building] > 0:
        buildings.offline_m2[building] += m2
    else:
        hold_back(state, building, m2)
    note(state, now, Kind.OPEN, NOBODY, building, float(m2))
    offer(state, now, building, outbox)
