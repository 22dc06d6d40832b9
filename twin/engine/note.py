"""One place where what happened is counted, logged and told to whoever waits for it."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import State, int64

NOBODY = int64(-1)  #: the firm of a happening that concerns none
NOWHERE = int64(-1)  #: the place of a happening that has none
AT_ONCE = 256  #: happenings that surely fit when a rule begins, besides those of the firms it finds room for


@njit()
def note(state: State, now: float, kind: int, firm: int, place: int, amount: float) -> None:
    """Count a happening in the firm's cell, and log it; `firm` is -1 where no firm is concerned."""
    firms, tally, log, watch = state.firms, state.tally, state.log, state.watch
    stage = 0
    if firm >= 0:
        stage = firms.stage[firm]
        tally.flows[kind, cell_of(state, firm), firms.industry[firm], stage] += 1
    if len(log.time) > 0:
        n = log.used[0]
        log.time[n] = now
        log.kind[n] = kind
        log.firm[n] = firm
        log.place[n] = place
        log.stage[n] = stage
        log.amount[n] = amount
        log.used[0] = n + 1
    if watch.wanted[kind]:
        n = watch.used[0]
        watch.kind[n] = kind
        watch.firm[n] = firm
        watch.place[n] = place
        watch.amount[n] = amount
        watch.used[0] = n + 1


@njit()
def cell_of(state: State, firm: int) -> int:
    """The cell of a firm's building; the last cell for a firm without one."""
    building = state.firms.building[firm]
    if building < 0:
        return state.tally.flows.shape[1] - 1
    return int64(state.buildings.cell[building])


@njit(cache=True)
def room_needed(state: State) -> int:
    """How many rows one happening may add to the log.

    AT_ONCE for itself, a few for each firm it finds room for, two for each service a firm asks for, one for each in a
    queue.
    """
    asks = 2 * len(state.services.slots)
    return AT_ONCE + asks + (4 + asks) * state.waiting.length[0] + state.services.queue.sum()


@njit(cache=True)
def places_needed(state: State) -> int:
    """How many places at services there may be after one happening: every firm it finds room for asks for each."""
    return state.requests.held[0] + len(state.services.slots) * (1 + state.waiting.length[0])


@njit(cache=True)
def has_room(state: State) -> bool:
    """Whether the next happening surely fits into the arrays."""
    needed = room_needed(state)
    if state.firms.used[0] >= len(state.firms.key) or needed > len(state.watch.kind):
        return False
    if places_needed(state) > len(state.requests.firm) or state.awards.used[0] + AT_ONCE > len(state.awards.firm):
        return False
    return len(state.log.time) == 0 or state.log.used[0] + needed <= len(state.log.time)
