"""The first instant: everything in the park at the start begins to move."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import start_source
from twin.engine.draws import uniform
from twin.engine.kinds import Draw
from twin.engine.rules.ladder import least_rd_share
from twin.engine.rules.money import draw_stock_rd_share
from twin.engine.rules.services import needs_service, start
from twin.engine.rules.space import survey
from twin.engine.rules.stages import begin_life, start_stage_clocks


@njit(cache=True)
def begin(state: State, outbox: Outbox) -> None:
    """Weigh the buildings, wind the clocks of sources and of the firms that are there.

    Firms of the stock take the service slots that are free, in their order; the others have asked before the start.
    Their yearly growth falls on a date of the year drawn for each, and their spending on R&D is drawn as well.
    """
    survey(state)
    for source in range(len(state.sources.due)):
        start_source(state, 0.0, source, outbox)
    for firm in range(state.firms.used[0]):
        draw_stock_rd_share(state, firm, least_rd_share(state, firm))
        phase = uniform(state.seed, state.firms.key[firm], Draw.GROWTH_PHASE, int64(0))
        begin_life(state, 0.0, firm, 1.0 - phase, outbox)
        start_stage_clocks(state, 0.0, firm, outbox)
        service = int64(state.stages.service[state.firms.stage[firm]])
        if needs_service(state, firm) and state.services.busy[service] < state.services.slots[service]:
            state.services.joined[service] += 1
            start(state, 0.0, firm, service, 0.0, outbox)
