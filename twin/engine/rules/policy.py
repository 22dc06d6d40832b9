"""What planners change: rates, rents and floor space. A change that changes nothing leaves every bit as it was."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Floats, Outbox, State, int64
from twin.engine.arrivals import rescale_source
from twin.engine.clocks import hazards, rescale
from twin.engine.kinds import Item, Status
from twin.engine.rules.letting import open_space
from twin.engine.rules.purse import spend
from twin.engine.rules.rents import ask
from twin.engine.rules.space import weigh

ANY_STAGE = int64(-1)

MOST_FOLLOWERS = 0.99  # a firm that brought one or more on average would fill the earth


@njit()
def scale_to(rates: Floats, row: int, factor: float, most: float) -> float:
    """Multiply one of some shares, to no more than `most` or what it was; returns the factor that this comes to."""
    before = rates[row]
    rates[row] = min(before * factor, max(before, most))
    return float(rates[row] / before) if before > 0.0 and factor != 1.0 else 1.0


@njit(cache=True)
def scale_entry(state: State, now: float, source: int, factor: float, outbox: Outbox) -> None:
    """Multiply the rate of a source, of firms or of prospects."""
    sources = state.sources
    rescale_source(state, now, source, sources.per_year[source] * factor, sources.pull[source], outbox)
    state.purse.recruiting[source] *= factor


@njit(cache=True)
def scale_hit_rate(state: State, now: float, industry: int, factor: float, outbox: Outbox) -> None:
    """Multiply the share of an industry's prospects that the recruitment office wins of those it works on."""
    state.purse.persuading[industry] *= scale_to(state.recruitment.hit_rate, industry, factor, 1.0)


@njit(cache=True)
def extend_short_list(state: State, now: float, source: int, more: float, outbox: Outbox) -> None:
    """Put a larger share of the prospects that a source has from now on on the short list, or a smaller one."""
    share = state.recruitment.short_share[source] + more
    state.recruitment.short_share[source] = min(max(share, 0.0), 1.0)


@njit(cache=True)
def scale_advance(state: State, now: float, industry: int, stage: int, factor: float, outbox: Outbox) -> None:
    """Multiply the hazard of advancing for an industry and stage."""
    state.purse.coaching[industry, stage] *= factor
    scale_hazard(state, now, state.stages.advance_per_year[industry], stage, factor, industry, stage, outbox)


@njit(cache=True)
def scale_spin_off(state: State, now: float, industry: int, factor: float, outbox: Outbox) -> None:
    """Multiply the hazard of spin-offs for an industry."""
    state.purse.spinning[industry] *= factor
    scale_hazard(state, now, state.industries.spin_off_per_year, industry, factor, industry, ANY_STAGE, outbox)


@njit()
def scale_hazard(
    state: State, now: float, rates: Floats, row: int, factor: float, industry: int, stage: int, outbox: Outbox
) -> None:
    """Multiply one of the rates; the clocks of the firms of an industry and a stage, or any, are rescaled."""
    if factor == 1.0:
        return
    firms, old = state.firms, rates[row]
    for firm in range(firms.used[0]):
        if firms.industry[firm] != industry or firms.status[firm] == Status.GONE:
            continue
        if stage == ANY_STAGE or firms.stage[firm] == stage:
            rates[row] = old
            before = hazards(state, firm)
            rates[row] = old * factor
            rescale(state, now, firm, before, outbox)
    rates[row] = old * factor


@njit(cache=True)
def set_rent(state: State, now: float, building: int, list_rent_cny_m2_day: float, outbox: Outbox) -> None:
    """Give a building another list rent; what is asked follows from it and the level of its submarket."""
    if list_rent_cny_m2_day != state.buildings.list_rent_cny_m2_day[building]:
        state.buildings.list_rent_cny_m2_day[building] = list_rent_cny_m2_day
        ask(state, building)
        weigh(state, building)


@njit(cache=True)
def scale_rent_response(state: State, now: float, landlord: int, factor: float, outbox: Outbox) -> None:
    """Multiply the speed at which rents of a kind of landlord follow vacancy."""
    state.markets.response_per_year[landlord] *= factor


@njit(cache=True)
def scale_lease(state: State, now: float, industry: int, factor: float, outbox: Outbox) -> None:
    """Multiply the length of the leases that firms of an industry sign from now on."""
    state.industries.lease_years[industry] *= factor


@njit(cache=True)
def scale_release(state: State, now: float, factor: float, outbox: Outbox) -> None:
    """Multiply the time over which the floor of buildings that open from now on is let."""
    state.conduct.release_years[0] *= factor


@njit(cache=True)
def scale_followers(state: State, now: float, industry: int, factor: float, outbox: Outbox) -> None:
    """Multiply the number of firms that come because of one of an industry, below one; dates that are set stay."""
    followers = state.industries.followers_per_firm
    state.purse.following[industry] *= scale_to(followers, industry, factor, MOST_FOLLOWERS)


@njit(cache=True)
def scale_leading(state: State, now: float, industry: int, factor: float, outbox: Outbox) -> None:
    """Multiply the taste of an industry for buildings where it leads."""
    state.industries.taste_leading[industry] *= factor
    for building in range(len(state.buildings.leading)):
        if state.buildings.leading[building] == industry:
            weigh(state, building)


@njit(cache=True)
def lead(state: State, now: float, building: int, industry: int, outbox: Outbox) -> None:
    """From now on an industry leads where a building stands; -1 none."""
    state.buildings.leading[building] = industry
    weigh(state, building)


@njit(cache=True)
def scale_service_time(state: State, now: float, service: int, factor: float, outbox: Outbox) -> None:
    """Multiply the mean time on a slot for those who start from now on."""
    state.services.scale_years[service] *= factor
    state.purse.service_time[service] *= factor


@njit(cache=True)
def scale_fund_share(state: State, now: float, fund: int, factor: float, outbox: Outbox) -> None:
    """Multiply the share of a round that a fund's ticket pays, to 1 at most; rounds are so much smaller or larger."""
    state.funds.share[fund] = min(state.funds.share[fund] * factor, 1.0)


@njit(cache=True)
def build(state: State, now: float, building: int, m2: int, outbox: Outbox) -> None:
    """Open floor space that public money has built."""
    spend(state, Item.SPACE, m2 * state.purse.space_cost_cny_m2[0])
    open_space(state, now, building, m2, outbox)


@njit(cache=True)
def scale_rent(state: State, now: float, building: int, factor: float, outbox: Outbox) -> None:
    """Multiply the list rent of a building."""
    set_rent(state, now, building, state.buildings.list_rent_cny_m2_day[building] * factor, outbox)
    state.purse.relief[building] *= factor


@njit(cache=True)
def scale_outreach(state: State, now: float, tier: int, factor: float, outbox: Outbox) -> None:
    """Multiply the share of eligible firms that apply for a tier."""
    state.purse.outreach[tier] *= scale_to(state.ladder.apply_share, tier, factor, 1.0)


@njit(cache=True)
def scale_desk(state: State, now: float, tier: int, factor: float, outbox: Outbox) -> None:
    """Multiply the applications that a review of a tier handles."""
    state.ladder.capacity[tier] *= factor


@njit(cache=True)
def scale_review_time(state: State, now: float, tier: int, factor: float, outbox: Outbox) -> None:
    """Multiply the time of a tier's reviews that begin from now on."""
    state.ladder.review_years[tier] *= factor
    state.purse.review_time[tier] *= factor
