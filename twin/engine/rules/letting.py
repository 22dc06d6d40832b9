"""Letting: floor that opens comes on offer part by part, and houses of services keep some for their slots."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.kinds import Kind
from twin.engine.note import NOBODY, note
from twin.engine.rules.hosting import first_house, has_houses, last_house
from twin.engine.rules.purse import QUARTER_YEARS
from twin.engine.rules.residence import offer
from twin.engine.rules.services import add_slots
from twin.engine.rules.space import set_aside


@njit()
def hold_back(state: State, building: int, m2: int) -> None:
    """Keep back floor that opens, all but the first of equal parts, of which one is let at the end of each quarter."""
    buildings = state.buildings
    parts = 1 + int(math.floor(state.conduct.release_years[0] / QUARTER_YEARS + 0.5))
    part = (m2 + parts - 1) // parts
    buildings.part_m2[building] += part
    buildings.held_m2[building] += m2 - part


@njit(nogil=True, cache=True)
def release(state: State, now: float, outbox: Outbox) -> None:
    """Every building that keeps floor back lets another part of it."""
    buildings = state.buildings
    for building in range(len(buildings.held_m2)):
        if buildings.held_m2[building] > 0:
            buildings.held_m2[building] -= min(buildings.part_m2[building], buildings.held_m2[building])
            set_aside(state, building)
            offer(state, now, building, outbox)
        else:
            buildings.part_m2[building] = 0


@njit()
def hold_no_more(state: State, building: int) -> None:
    """Nothing is kept back in a building any more, as floor in it closes."""
    state.buildings.held_m2[building] = state.buildings.part_m2[building] = 0


@njit(cache=True)
def let_at_once(state: State, now: float, building: int, outbox: Outbox) -> None:
    """A building lets all that it keeps back."""
    hold_no_more(state, building)
    set_aside(state, building)
    offer(state, now, building, outbox)


@njit(cache=True)
def open_space(state: State, now: float, building: int, m2: int, outbox: Outbox) -> None:
    """New floor opens in a building: who waits for room may take what is let of it, unless the building is closing."""
    if m2 <= 0:
        return
    state.buildings.stock_m2[building] += m2
    if state.buildings.closing_m2[building] == 0:
        hold_back(state, building, m2)
    set_aside(state, building)
    note(state, now, Kind.OPEN, NOBODY, building, float(m2))
    offer(state, now, building, outbox)


@njit(cache=True)
def open_slots(state: State, now: float, service: int, slots: int, outbox: Outbox) -> None:
    """Open slots of a service, or close them, with the floor that its houses have for them."""
    left = slots
    if has_houses(state, service):
        for house in range(first_house(state, service), last_house(state, service)):
            left -= furnish(state, now, int64(state.services.house[house]), service, left, outbox)
    add_slots(state, now, service, slots, outbox)


@njit(cache=True)
def furnish(state: State, now: float, building: int, service: int, slots: int, outbox: Outbox) -> int:
    """Keep vacant floor of a house for so many slots more, or let what is kept for so many; returns for how many.

    A building that is about to close keeps none. What it holds back because it is new may be kept.
    """
    buildings, m2 = state.buildings, state.services.slot_m2[service]
    if slots < 0:
        count = -min(-slots, buildings.kept_m2[building] // m2)
    elif buildings.closing_m2[building] == 0:
        vacant = buildings.stock_m2[building] - buildings.let_m2[building] - buildings.kept_m2[building]
        count = min(slots, vacant // m2)
    else:
        count = int64(0)
    buildings.kept_m2[building] += count * m2
    set_aside(state, building)
    if count < 0:
        offer(state, now, building, outbox)
    return int64(count)
