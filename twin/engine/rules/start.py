"""The first instant: everything in the park at the start begins to move."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.arrivals import start_source
from twin.engine.clocks import set_date
from twin.engine.draws import uniform
from twin.engine.kinds import Draw, Kind, Status
from twin.engine.rules.agglomeration import remember_jobs
from twin.engine.rules.agreements import agree
from twin.engine.rules.ladder import least_rd_share
from twin.engine.rules.money import draw_stock_rd_share
from twin.engine.rules.people import remember_people
from twin.engine.rules.services import is_free, needs_service, start, take_place
from twin.engine.rules.space import survey
from twin.engine.rules.stages import begin_life, start_stage_clocks


@njit(nogil=True, cache=True)
def begin(state: State, outbox: Outbox) -> None:
    """Weigh the buildings, wind the clocks of sources and of the firms that are there.

    Firms of the stock take the service slots that are free, in their order; the others have asked before the start.
    Their yearly growth falls on a date of the year drawn for each, their leases end on one of the length of a lease,
    and their spending on R&D is drawn as well.
    """
    survey(state)
    remember_jobs(state)
    remember_people(state)
    for source in range(len(state.sources.due)):
        start_source(state, 0.0, source, outbox)
    for firm in range(state.firms.used[0]):
        draw_stock_rd_share(state, firm, least_rd_share(state, firm))
        phase = uniform(state.seed, state.firms.key[firm], Draw.GROWTH_PHASE, int64(0))
        begin_life(state, 0.0, firm, 1.0 - phase, outbox)
        start_stage_clocks(state, 0.0, firm, outbox)
        if state.firms.status[firm] == Status.RESIDENT:
            phase = uniform(state.seed, state.firms.key[firm], Draw.LEASE_PHASE, int64(0))
            years = state.industries.lease_years[state.firms.industry[firm]]
            set_date(state, firm, Kind.LEASE_END, (1.0 - phase) * years, outbox)
            agree(state, 0.0, firm, outbox)
        for service in range(len(state.services.slots)):
            if needs_service(state, firm, service) and is_free(state, service):
                state.services.joined[service] += 1
                start(state, 0.0, take_place(state, firm, service), 0.0, outbox)
