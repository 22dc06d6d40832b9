"""The rules of the park: what happens. This is the switch from a kind to its rule."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State
from twin.engine.kinds import Kind, Origin, Status
from twin.engine.rules.endings import absorb, fail
from twin.engine.rules.entry import enter, follow, spin_off
from twin.engine.rules.exits import leave, sleep
from twin.engine.rules.growth import advance, grow
from twin.engine.rules.recruitment import conclude, list_next, lose_interest
from twin.engine.rules.residence import come, end_lease, lose_patience
from twin.engine.rules.services import served, tired


@njit(cache=True)
def happen(state: State, now: float, kind: int, who: int, outbox: Outbox) -> None:  # noqa: C901, PLR0912  # a switch
    """Let one thing happen; `who` is a source for ENTER and a firm for every other kind."""
    if kind == Kind.ENTER and state.sources.origin[who] in (Origin.RECRUIT, Origin.EVENT):
        list_next(state, now, who, outbox)
    elif kind == Kind.ENTER:
        enter(state, now, who, outbox)
    elif kind == Kind.GROW:
        grow(state, now, who, outbox)
    elif kind == Kind.LEASE_END:
        end_lease(state, now, who, outbox)
    elif kind == Kind.COME:
        come(state, now, who, outbox)
    elif kind == Kind.ADVANCE:
        advance(state, now, who, outbox)
    elif kind == Kind.FOLLOW:
        follow(state, now, who, outbox)
    elif kind == Kind.SPIN_OFF:
        spin_off(state, now, who, outbox)
    elif kind == Kind.SLEEP:
        sleep(state, now, who, outbox)
    elif kind == Kind.SERVED and state.firms.status[who] == Status.PROSPECT:
        conclude(state, now, who, outbox)
    elif kind == Kind.SERVED:
        served(state, now, who, outbox)
    elif kind == Kind.TIRED and state.firms.status[who] == Status.PROSPECT:
        lose_interest(state, now, who, outbox)
    elif kind == Kind.TIRED:
        tired(state, now, who, outbox)
    elif kind == Kind.GIVE_UP:
        lose_patience(state, now, who, outbox)
    elif kind == Kind.FAIL:
        fail(state, now, who, outbox)
    elif kind == Kind.ABSORB:
        absorb(state, now, who, outbox)
    else:
        leave(state, now, who, kind, outbox)
