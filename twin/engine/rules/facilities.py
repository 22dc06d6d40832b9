"""Facilities: services at their places, whose slots are closed while their building is, and for good if it goes."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.rules.services import add_slots


@njit(cache=True)
def open_facility(state: State, now: float, facility: int, slots: int, outbox: Outbox) -> None:
    """A facility opens with so many slots; if its building is closed just then, they wait for that."""
    facilities = state.facilities
    if facilities.closings[facility] > 0:
        facilities.off[facility] += slots
    else:
        facilities.slots[facility] += slots
        add_slots(state, now, int64(facilities.service[facility]), slots, outbox)


@njit(cache=True)
def close_facilities(state: State, now: float, building: int, outbox: Outbox) -> int:
    """A building closes, and with it the slots of its facilities, as many as there still are; returns how many.

    Running services end first. What a lever has opened is at no place, and stays.
    """
    facilities, closed = state.facilities, int64(0)
    for facility in range(len(facilities.building)):
        if facilities.building[facility] == building:
            service = int64(facilities.service[facility])
            slots = min(facilities.slots[facility], state.services.slots[service])
            facilities.closings[facility] += 1
            facilities.off[facility] += slots
            facilities.slots[facility] = 0
            add_slots(state, now, service, -slots, outbox)
            closed += slots
    return closed


@njit(cache=True)
def reopen_facilities(state: State, now: float, building: int, outbox: Outbox) -> None:
    """A building opens again, and with it the slots that closed with it, unless it is closed for something else."""
    facilities = state.facilities
    for facility in range(len(facilities.building)):
        if facilities.building[facility] == building:
            facilities.closings[facility] -= 1
            if facilities.closings[facility] == 0:
                slots = facilities.off[facility]
                facilities.off[facility] = 0
                open_facility(state, now, facility, slots, outbox)
