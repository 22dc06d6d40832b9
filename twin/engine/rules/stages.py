"""Stages 0→1, 1→10, 10→100 and after: the clocks that compete within a stage, and the services asked for."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import hazards, set_date, start_clock, stop_clock
from twin.engine.kinds import CLOCKS, FIRST_CLOCK, Kind
from twin.engine.rules.following import expect_follower
from twin.engine.rules.services import request

STAGE_CLOCKS = int(Kind.LEAVE) - FIRST_CLOCK + 1  # ADVANCE, FAIL and LEAVE start anew with every stage


@njit()
def begin_stage(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """Start the stage's competing clocks and ask for its services."""
    state.tally.began[state.firms.industry[firm], state.firms.stage[firm]] += 1
    start_stage_clocks(state, now, firm, outbox)
    request(state, now, firm, outbox)


@njit()
def start_stage_clocks(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """Wind ADVANCE, FAIL and LEAVE for the stage; there is nothing to advance to from the last."""
    stage = int64(state.firms.stage[firm])
    rates = hazards(state, firm)
    last = stage == state.stages.advance_per_year.shape[1] - 1
    for clock in range(STAGE_CLOCKS):
        if last and FIRST_CLOCK + clock == Kind.ADVANCE:
            stop_clock(state, firm, clock, outbox)
        else:
            start_clock(state, now, firm, clock, stage, rates[clock], outbox)


@njit()
def begin_life(state: State, now: float, firm: int, first_growth: float, outbox: Outbox) -> None:
    """Start every clock of a firm whose life in the park begins now, but for its stage; it first grows at a date."""
    rates = hazards(state, firm)
    for clock in range(STAGE_CLOCKS, CLOCKS):
        start_clock(state, now, firm, clock, int64(0), rates[clock], outbox)
    set_date(state, firm, Kind.GROW, first_growth, outbox)
    expect_follower(state, now, firm, outbox)
