"""What vexes a firm: a warning under its performance agreement, a payment that is late; and which leases carry one.

An agreement 履约监管协议 comes with a lease. A firm of which public landlords ask one in a share of their leases signs
it by a lot of its own, the same in every scenario, so that a larger share takes in the same firms and others.
"""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import CLAIM_COLUMNS, CONTRACT_COLUMNS, Outbox, State, int64
from twin.engine.clocks import AGREED, LATE, WARNED, hazards, rescale
from twin.engine.draws import uniform
from twin.engine.kinds import Draw

LEFT_WARNED = CONTRACT_COLUMNS.index("left_warned")
LEFT_LATE = CLAIM_COLUMNS.index("left_late")


@njit()
def signs_agreement(state: State, firm: int) -> bool:
    """Whether a firm's lease where it is carries an agreement; those of anchors and of hosted firms never do."""
    firms, share = state.firms, state.contracts.share[state.firms.building[firm]]
    if share <= 0.0 or firms.anchor[firm] or firms.hosted[firm]:
        return False
    return bool(uniform(state.seed, firms.key[firm], Draw.AGREE, int64(0)) < share)


@njit()
def agree(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm signs a lease with an agreement or without; a warning goes with it to its next lease that has one."""
    strains = int64(state.firms.strains[firm])
    if signs_agreement(state, firm):
        state.firms.strains[firm] = strains | AGREED
    elif strains & AGREED:
        put_under(state, now, firm, strains & ~(AGREED | WARNED), outbox)


@njit()
def put_under(state: State, now: float, firm: int, strains: int, outbox: Outbox) -> None:
    """A firm is under other strains than before, and its clocks with it."""
    before = hazards(state, firm)
    state.firms.strains[firm] = strains
    rescale(state, now, firm, before, outbox)


@njit()
def count_mover(state: State, firm: int) -> None:
    """Count a firm that moves out of the park, if it had been warned or waited for a late payment."""
    industry, strains = state.firms.industry[firm], int64(state.firms.strains[firm])
    if strains & WARNED:
        state.contracts.counted[industry, LEFT_WARNED] += 1.0
    if strains & LATE:
        state.honouring.counted[industry, LEFT_LATE] += 1.0
