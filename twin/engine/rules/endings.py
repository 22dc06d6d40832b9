"""Ends that have more to them than an empty room: a failure has its cause, and a firm that is bought pays its funds."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import cause_weight, cause_weights
from twin.engine.draws import uniform
from twin.engine.kinds import Draw, Kind
from twin.engine.note import note
from twin.engine.rules.exits import depart, leave
from twin.engine.rules.funds import pay_back


@njit()
def fail(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm fails within its stage, for a cause; funds that backed it get nothing."""
    firms, cause = state.firms, cause_of_failure(state, firm)
    state.tally.failures[cause, firms.industry[firm], firms.stage[firm]] += 1
    note(state, now, Kind.FAIL, firm, int64(firms.building[firm]), float(cause))
    depart(state, now, firm, outbox)


@njit()
def cause_of_failure(state: State, firm: int) -> int:
    """One of the causes by its part in the hazard: competing risks (Prentice et al. 1978, doi:10.2307/2530374)."""
    u = uniform(state.seed, state.firms.key[firm], Draw.CAUSE, int64(state.firms.stage[firm]))
    left, cause = u * cause_weights(state, firm), 0
    while cause < len(state.stages.cause_share) - 1 and left >= cause_weight(state, firm, cause):
        left -= cause_weight(state, firm, cause)
        cause += 1
    return cause


@njit()
def absorb(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm is absorbed by another, which pays back the funds that backed it."""
    pay_back(state, firm)
    leave(state, now, firm, Kind.ABSORB + 0, outbox)
