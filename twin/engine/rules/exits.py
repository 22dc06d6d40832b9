"""The end of a firm's life in the park, whatever its cause."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import NEVER, touch
from twin.engine.kinds import DATES, Status
from twin.engine.note import note
from twin.engine.rules.residence import clear_out, offer
from twin.engine.rules.services import withdraw


@njit(cache=True)
def leave(state: State, now: float, firm: int, cause: int, outbox: Outbox) -> None:
    """A firm goes for a cause, with the floor it had."""
    note(state, now, cause, firm, int64(state.firms.building[firm]), float(state.firms.floor_m2[firm]))
    depart(state, now, firm, outbox)


@njit()
def depart(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """Slots, places in queues and floor of a firm that goes become free for others."""
    firms = state.firms
    withdraw(state, now, firm, int64(0), outbox)
    was_resident = firms.status[firm] == Status.RESIDENT
    firms.status[firm] = Status.GONE
    firms.left[firm] = now
    for column in range(DATES):
        firms.due[firm, column] = NEVER
    touch(outbox, len(state.sources.due) + firm)
    if was_resident:
        offer(state, now, clear_out(state, firm), outbox)
