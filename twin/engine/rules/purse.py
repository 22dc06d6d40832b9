"""The public purse: what is paid at once, and what a quarter costs of that which goes on."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import SERVICE_COLUMNS, Floats, Panel, State
from twin.engine.arrivals import entries_by, rate_of
from twin.engine.kinds import Item, Kind, Origin, Status

QUARTER_YEARS = 0.25
DAYS_PER_YEAR = 365.0
SLOT_YEARS = SERVICE_COLUMNS.index("slot_years")


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
    slot_years = panel.services[quarter, :, SLOT_YEARS]
    row[Item.FACILITIES] += facilities(state, slot_years)
    row[Item.RECRUITMENT] += recruitment(state, now, slot_years) + referrals(state)
    row[Item.COACHING] += coaching(state)
    row[Item.SPIN_OFFS] += spin_offs(state)
    row[Item.CHAINS] += chains(state)
    row[Item.WINDOWS] += running_windows(state) * QUARTER_YEARS
    for tier in range(len(purse.outreach)):
        applied, decided = panel.reviews[quarter, tier, 0], panel.reviews[quarter, tier, 1:3].sum()
        row[Item.OUTREACH] += purse.outreach_cost_cny[tier] * applied * won(purse.outreach[tier])
        # a review in half the time takes twice the people
        row[Item.REVIEWS] += purse.review_cost_cny[tier] * decided / purse.review_time[tier]


@njit()
def facilities(state: State, slot_years: Floats) -> float:
    """What the slots of services cost in a quarter; those of the recruitment office are not among them."""
    total = 0.0
    for v in range(len(state.services.slots)):
        if v != state.recruitment.office[0]:
            total += running(state, v, slot_years[v])
    return total


@njit()
def running(state: State, service: int, slot_years: float) -> float:
    """Years of slots x cost of one; a service in half the time costs twice as much, in twice the time no less."""
    cost = state.purse.slot_cost_cny_year[service]
    return float(slot_years * cost / min(state.purse.service_time[service], 1.0))


@njit()
def recruitment(state: State, now: float, slot_years: Floats) -> float:
    """The office; firms and prospects expected in the quarter beyond those that would have come anyway x cost of one.

    And firms that the office has won beyond those that it would have won anyway.
    """
    sources, purse, total = state.sources, state.purse, 0.0
    if state.recruitment.office[0] >= 0:
        office = state.recruitment.office[0]
        total += running(state, office, slot_years[office])
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
def running_windows(state: State) -> float:
    """What the windows cost in a year, CNY: in half the time to payment twice as much, in twice the time no less."""
    honouring = state.honouring
    open_ = max(honouring.windows[0], 0.0)
    return float(open_ * honouring.window_cost_cny_year[0] / min(honouring.speed[0], 1.0))


@njit()
def spin_offs(state: State) -> float:
    """Firms that firms founded in the quarter beyond those that would have come anyway x cost of winning one."""
    total = 0.0
    for i in range(len(state.purse.spinning)):
        total += state.tally.flows[Kind.SPIN_OFF, :, i].sum() * won(state.purse.spinning[i])
    return total * state.purse.spin_off_cost_cny[0]


@njit()
def chains(state: State) -> float:
    """What alliances and chain chiefs cost in a quarter."""
    linkage, total = state.linkage, 0.0
    for i in range(len(linkage.chief)):
        total += linkage.alliance[i] * linkage.alliance_cost_cny_year[0]
        total += linkage.chief[i] * linkage.chief_cost_cny_year[0]
    return total * QUARTER_YEARS


@njit()
def won(factor: float) -> float:
    """The share that a factor above 1 has added; none is added below."""
    return 1.0 - 1.0 / factor if factor > 1.0 else 0.0


@njit()
def coaching(state: State) -> float:
    """Firms whose hazard of advancing is raised x by how much x cost of accompanying one for a quarter.

    Anchors do not advance, and nobody does from the last stage.
    """
    firms, factors, total = state.firms, state.purse.coaching, 0.0
    if factors.max() > 1.0:
        for firm in range(firms.used[0]):
            i, g = firms.industry[firm], firms.stage[firm]
            may_advance = state.stages.advance_per_year[i, g] > 0.0 and not firms.anchor[firm]
            if factors[i, g] > 1.0 and may_advance and firms.status[firm] in (Status.RESIDENT, Status.REMOTE):
                total += factors[i, g] - 1.0
    return total * state.purse.coaching_cost_cny_year[0] * QUARTER_YEARS


@njit()
def relief_of(state: State, building: int) -> float:
    """What a public landlord forgoes by a lease signed now, CNY/m²/day: the rent without levers, less that asked."""
    if not state.buildings.public[building]:
        return 0.0
    return float(state.buildings.rent_cny_m2_day[building] * (1.0 / state.purse.relief[building] - 1.0))
