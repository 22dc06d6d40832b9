"""What planners change: rates, rents and floor space. A change that changes nothing leaves every bit as it was."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State
from twin.engine.clocks import hazards, rescale, rescale_source
from twin.engine.kinds import Item, Status
from twin.engine.rules.purse import spend
from twin.engine.rules.residence import open_space
from twin.engine.rules.space import weigh


@njit(cache=True)
def scale_entry(state: State, now: float, source: int, factor: float, outbox: Outbox) -> None:
    """Multiply the rate of a source."""
    rescale_source(state, now, source, state.sources.per_year[source] * factor, outbox)
    state.purse.recruiting[source] *= factor


@njit(cache=True)
def scale_advance(state: State, now: float, industry: int, stage: int, factor: float, outbox: Outbox) -> None:
    """Multiply the hazard of advancing for an industry and stage; the clocks of firms in it are rescaled."""
    if factor == 1.0:
        return
    state.purse.coaching[industry, stage] *= factor
    firms, old = state.firms, state.stages.advance_per_year[industry, stage]
    new = old * factor
    for firm in range(firms.used[0]):
        if firms.industry[firm] == industry and firms.stage[firm] == stage and firms.status[firm] != Status.GONE:
            state.stages.advance_per_year[industry, stage] = old
            before = hazards(state, firm)
            state.stages.advance_per_year[industry, stage] = new
            rescale(state, now, firm, before, outbox)
    state.stages.advance_per_year[industry, stage] = new


@njit(cache=True)
def set_rent(state: State, now: float, building: int, rent_cny_m2_day: float, outbox: Outbox) -> None:
    """Ask another rent in a building."""
    if rent_cny_m2_day != state.buildings.rent_cny_m2_day[building]:
        state.buildings.rent_cny_m2_day[building] = rent_cny_m2_day
        weigh(state, building)


@njit(cache=True)
def scale_service_time(state: State, now: float, service: int, factor: float, outbox: Outbox) -> None:
    """Multiply the mean time on a slot for those who start from now on."""
    state.services.scale_years[service] *= factor
    state.purse.service_time[service] *= factor


@njit(cache=True)
def build(state: State, now: float, building: int, m2: int, outbox: Outbox) -> None:
    """Open floor space that public money has built."""
    spend(state, Item.SPACE, m2 * state.purse.space_cost_cny_m2[0])
    open_space(state, now, building, m2, outbox)


@njit(cache=True)
def scale_rent(state: State, now: float, building: int, factor: float, outbox: Outbox) -> None:
    """Multiply the rent asked in a building."""
    set_rent(state, now, building, state.buildings.rent_cny_m2_day[building] * factor, outbox)
    state.purse.relief[building] *= factor


@njit(cache=True)
def scale_outreach(state: State, now: float, tier: int, factor: float, outbox: Outbox) -> None:
    """Multiply the share of eligible firms that apply for a tier."""
    state.ladder.apply_share[tier] *= factor
    state.purse.outreach[tier] *= factor


@njit(cache=True)
def scale_desk(state: State, now: float, tier: int, factor: float, outbox: Outbox) -> None:
    """Multiply the applications that a review of a tier handles."""
    state.ladder.capacity[tier] *= factor


@njit(cache=True)
def scale_review_time(state: State, now: float, tier: int, factor: float, outbox: Outbox) -> None:
    """Multiply the time of a tier's reviews that begin from now on."""
    state.ladder.review_years[tier] *= factor
    state.purse.review_time[tier] *= factor
