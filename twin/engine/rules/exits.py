"""The end of a firm's life in the park, whatever its cause."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import NEVER, set_date, touch
from twin.engine.draws import uniform
from twin.engine.kinds import DATES, Draw, Kind, Status
from twin.engine.note import note
from twin.engine.rules.agreements import count_mover
from twin.engine.rules.linkage import lose_anchor
from twin.engine.rules.residence import clear_out, offer
from twin.engine.rules.services import withdraw


@njit(cache=True)
def leave(state: State, now: float, firm: int, cause: int, outbox: Outbox) -> None:
    """A firm goes for a cause, with the floor it had."""
    note(state, now, cause, firm, int64(state.firms.building[firm]), float(state.firms.floor_m2[firm]))
    if cause == Kind.MOVE_OUT:
        count_mover(state, firm)
    depart(state, now, firm, outbox)


@njit()
def depart(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm is gone."""
    state.firms.left[firm] = now
    stop(state, now, firm, Status.GONE + 0, outbox)


@njit()
def sleep(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm falls dormant: it gives up all it holds, stays on the register, and is struck off (CLOSE) later."""
    conduct = state.conduct
    note(state, now, Kind.SLEEP, firm, int64(state.firms.building[firm]), float(state.firms.floor_m2[firm]))
    stop(state, now, firm, Status.DORMANT + 0, outbox)
    least, most = conduct.dormant_least_years[0], conduct.dormant_most_years[0]
    years = least + (most - least) * uniform(state.seed, state.firms.key[firm], Draw.DORMANCY, int64(0))
    set_date(state, firm, Kind.CLOSE, now + years, outbox)


@njit()
def stop(state: State, now: float, firm: int, status: int, outbox: Outbox) -> None:
    """A firm does nothing any more: its dates are void; its slots, places in queues and floor are free for others."""
    firms = state.firms
    withdraw(state, now, firm, int64(0), outbox)
    was_resident = firms.status[firm] == Status.RESIDENT
    if was_resident and firms.anchor[firm]:
        lose_anchor(state, now, firm, outbox)
    firms.status[firm] = status
    for column in range(DATES):
        firms.due[firm, column] = NEVER
    touch(outbox, len(state.sources.due) + firm)
    if was_resident:
        offer(state, now, clear_out(state, firm), outbox)
