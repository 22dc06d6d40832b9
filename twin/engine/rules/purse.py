"""The public purse: what is paid at once, and what a quarter costs of that which goes on."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Panel, State
from twin.engine.clocks import entries_by, rate_of
from twin.engine.kinds import Item, Kind, Origin

QUARTER_YEARS = 0.25
DAYS_PER_YEAR = 365.0


@njit()
def spend(state: State, item: int, cny: float) -> None:
    """Pay for something now."""
    state.purse.spent_cny[item] += cny


@njit()
def compensate(state: State, firm: int) -> None:
    """Pay a firm that has to go for works, by its floor and its jobs."""
    purse, firms = state.purse, state.firms
    by_floor = firms.floor_m2[firm] * purse.displacement_cost_cny_m2[0]
    spend(state, Item.COMPENSATION, by_floor + firms.staff[firm] * purse.displacement_cost_cny_job[0])


@njit()
def settle(state: State, now: float, panel: Panel, quarter: int) -> None:
    """Write what the quarter that ends has cost, item by item, in CNY; what has been counted of it is in the panel."""
    purse, row = state.purse, panel.purse_cny[quarter]
    row[:] = purse.spent_cny
    purse.spent_cny[:] = 0.0
    row[Item.FACILITIES] += facilities(state)
    row[Item.RECRUITMENT] += recruitment(state, now) + referrals(state)
    row[Item.COACHING] += coaching(state, panel, quarter)
    row[Item.RENT_RELIEF] += rent_relief(state)
    row[Item.SPIN_OFFS] += spin_offs(state)
    for tier in range(len(purse.outreach)):
        applied, decided = panel.reviews[quarter, tier, 0], panel.reviews[quarter, tier, 1:3].sum()
        row[Item.OUTREACH] += purse.outreach_cost_cny[tier] * applied * won(purse.outreach[tier])
        # a review in half the time takes twice the people
        row[Item.REVIEWS] += purse.review_cost_cny[tier] * decided / purse.review_time[tier]


@njit()
def facilities(state: State) -> float:
    """What the slots of services cost in a quarter; those of the recruitment office are not among them."""
    total = 0.0
    for v in range(len(state.services.slots)):
        if v != state.recruitment.office[0]:
            total += running(state, v)
    return total


@njit()
def running(state: State, service: int) -> float:
    """Slots x cost of a slot x quarter; a service in half the time costs twice as much."""
    a_year = state.services.slots[service] * state.purse.slot_cost_cny_year[service]
    return float(a_year / state.purse.service_time[service] * QUARTER_YEARS)


@njit()
def recruitment(state: State, now: float) -> float:
    """The office; firms and prospects expected in the quarter beyond those that would have come anyway x cost of one.

    And firms that the office has won beyond those that it would have won anyway.
    """
    sources, purse, total = state.sources, state.purse, 0.0
    if state.recruitment.office[0] >= 0:
        total += running(state, state.recruitment.office[0])
    for s in range(len(sources.per_year)):
        cost = purse.prospect_cost_cny[0] if sources.origin[s] == Origin.RECRUIT else purse.recruit_cost_cny[0]
        expected = entries_by(sources, s, now) - entries_by(sources, s, now - QUARTER_YEARS)
        total += rate_of(sources, s) * expected * won(purse.recruiting[s]) * cost
    for i in range(len(purse.persuading)):
        total += state.tally.flows[Kind.WIN, :, i].sum() * won(purse.persuading[i]) * purse.recruit_cost_cny[0]
    return float(total)


@njit()
def referrals(state: State) -> float:
    """Firms that followed others in the quarter beyond those that would have come anyway x cost of attracting one."""
    total = 0.0
    for i in range(len(state.purse.following)):
        total += state.tally.flows[Kind.FOLLOW, :, i].sum() * won(state.purse.following[i])
    return total * state.purse.recruit_cost_cny[0]


@njit()
def spin_offs(state: State) -> float:
    """Firms that firms founded in the quarter beyond those that would have come anyway x cost of winning one."""
    total = 0.0
    for i in range(len(state.purse.spinning)):
        total += state.tally.flows[Kind.SPIN_OFF, :, i].sum() * won(state.purse.spinning[i])
    return total * state.purse.spin_off_cost_cny[0]


@njit()
def won(factor: float) -> float:
    """The share that a factor above 1 has added; none is added below."""
    return 1.0 - 1.0 / factor if factor > 1.0 else 0.0


@njit()
def coaching(state: State, panel: Panel, quarter: int) -> float:
    """Firms whose hazard of advancing is raised x by how much x cost of accompanying one for a quarter."""
    total = 0.0
    factors = state.purse.coaching
    for i in range(factors.shape[0]):
        for g in range(factors.shape[1]):
            if factors[i, g] > 1.0:
                firms = panel.firms[quarter, :, i, g].sum() + panel.remote[quarter, :, i, g].sum()
                total += firms * (factors[i, g] - 1.0)
    return total * state.purse.coaching_cost_cny_year[0] * QUARTER_YEARS


@njit()
def rent_relief(state: State) -> float:
    """Let floor of public landlords x the rent asked of it without levers, less the rent asked."""
    buildings, total = state.buildings, 0.0
    for b in range(len(buildings.let_m2)):
        if buildings.public[b]:
            forgone = buildings.rent_cny_m2_day[b] * (1.0 / state.purse.relief[b] - 1.0)
            total += buildings.let_m2[b] * forgone
    return total * DAYS_PER_YEAR * QUARTER_YEARS
