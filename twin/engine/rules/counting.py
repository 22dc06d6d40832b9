"""The count at the end of a quarter: one row of every panel, and a clean slate for the next quarter."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Panel, State, int64
from twin.engine.kinds import FIRST_DATE, Kind, Status
from twin.engine.note import cell_of
from twin.engine.rules.money import rd_cny, revenue_cny, tax_cny
from twin.engine.rules.purse import DAYS_PER_YEAR, QUARTER_YEARS, settle
from twin.engine.rules.rents import adjust_rents
from twin.engine.rules.revitalisation import inspect
from twin.engine.rules.services import accrue
from twin.engine.rules.space import survey

LEASE_END = int(Kind.LEASE_END) - FIRST_DATE


@njit(cache=True)
def count(state: State, now: float, panel: Panel, quarter: int) -> None:
    """Write quarter number `quarter` into the panel; rents then follow vacancy, and firms judge by what was counted."""
    count_firms(state, now, panel, quarter)
    count_buildings(state, now, panel, quarter)
    count_services(state, now, panel, quarter)
    count_reviews(state, panel, quarter)
    settle(state, now, panel, quarter)
    panel.flows[quarter] = state.tally.flows
    panel.began[quarter] = state.tally.began
    panel.failures[quarter] = state.tally.failures
    panel.unmet_firms[quarter] = state.tally.unmet_firms
    panel.unmet_m2[quarter] = state.tally.unmet_m2
    state.tally.flows[:] = 0
    state.tally.began[:] = 0
    state.tally.failures[:] = 0
    state.tally.unmet_firms[:] = 0
    state.tally.unmet_m2[:] = 0
    adjust_rents(state, QUARTER_YEARS)
    survey(state)


@njit()
def count_firms(state: State, now: float, panel: Panel, quarter: int) -> None:
    """Residents with staff, floor and rents, registered firms with their money; who holds a tier; who has no room."""
    firms = state.firms
    for firm in range(firms.used[0]):
        status, i, s = firms.status[firm], firms.industry[firm], firms.stage[firm]
        if status in (Status.GONE, Status.PROSPECT):
            continue
        if status == Status.WAITING:
            panel.waiting[quarter, i] += 1
            continue
        c = cell_of(state, firm)
        if status == Status.RESIDENT:
            panel.firms[quarter, c, i, s] += 1
            panel.staff[quarter, c, i, s] += firms.staff[firm]
            panel.floor_m2[quarter, c, i, s] += firms.floor_m2[firm]
            panel.rent_bill_cny[quarter, c, i, s] += firms.floor_m2[firm] * firms.rent_paid[firm] * DAYS_PER_YEAR
            panel.hosted[quarter, firms.building[firm]] += firms.hosted[firm]
            if state.buildings.leading[firms.building[firm]] == i:
                panel.leading_m2[quarter, c, i, s] += firms.floor_m2[firm]
            if firms.due[firm, LEASE_END] <= now + 1.0:
                panel.expiring_m2[quarter, c, i, s] += firms.floor_m2[firm]
        elif status == Status.REMOTE:
            panel.remote[quarter, c, i, s] += 1
        else:
            panel.dormant[quarter, c, i, s] += 1
        if firms.registered[firm] and status != Status.DORMANT:
            revenue = revenue_cny(state, now, firm)
            panel.revenue_cny[quarter, c, i, s] += revenue
            panel.rd_cny[quarter, c, i, s] += rd_cny(state, firm, revenue)
            panel.tax_cny[quarter, c, i, s] += tax_cny(state, firm, revenue)
        tiers, tier = int64(firms.tiers[firm]), 0
        while tiers > 0:
            panel.tiers[quarter, tier, c, i] += tiers & 1
            tiers, tier = tiers >> 1, tier + 1


@njit()
def count_buildings(state: State, now: float, panel: Panel, quarter: int) -> None:
    """Floor by state, tenants, jobs and rent of every building, and whether it is low-efficiency stock."""
    buildings = state.buildings
    panel.stock_m2[quarter] = buildings.stock_m2
    panel.let_m2[quarter] = buildings.let_m2
    panel.offline_m2[quarter] = buildings.offline_m2
    panel.held_m2[quarter] = buildings.held_m2
    panel.kept_m2[quarter] = buildings.kept_m2
    panel.leading[quarter] = buildings.leading
    panel.rent_cny_m2_day[quarter] = buildings.rent_cny_m2_day
    panel.works_m2[quarter] = buildings.works_m2
    panel.renovated_m2[quarter] = buildings.renovated_m2
    for b in range(len(buildings.stock_m2)):
        inspect(state, now, b)
        panel.tenants[quarter, b] = buildings.tenants[b]
        panel.jobs[quarter, b] = buildings.jobs[b].sum()
        panel.arrivals[quarter, b] = buildings.arrivals[b]
        panel.departures[quarter, b] = buildings.departures[b]
    panel.finding[quarter] = buildings.finding
    buildings.renovated_m2[:] = 0
    buildings.arrivals[:] = 0
    buildings.departures[:] = 0


@njit()
def count_services(state: State, now: float, panel: Panel, quarter: int) -> None:
    """Slots, queue, money and the quarter's flows and integrals of every service."""
    services, funds = state.services, state.funds
    for v in range(len(services.slots)):
        accrue(state, now, v)
        row = panel.services[quarter, v]
        row[0], row[1], row[2] = services.slots[v], services.busy[v], services.queue[v]
        row[3], row[4], row[5] = services.joined[v], services.started[v], services.finished[v]
        row[6], row[7] = services.tired[v], services.waited_years[v]
        row[8], row[9] = services.busy_years[v], services.queue_years[v]
        row[10], row[11] = funds.tickets[v], funds.capital_cny[v]
        row[12], row[13] = funds.paid_cny[v], funds.returned_cny[v]
        row[14], row[15] = funds.private_cny[v], funds.unmatched[v]
        services.joined[v] = services.started[v] = services.finished[v] = services.tired[v] = 0
        services.waited_years[v] = services.busy_years[v] = services.queue_years[v] = 0.0
        funds.paid_cny[v] = funds.returned_cny[v] = funds.private_cny[v] = 0.0
        funds.unmatched[v] = 0


@njit()
def count_reviews(state: State, panel: Panel, quarter: int) -> None:
    """The quarter's applications and decisions for every tier, and those without decision."""
    ladder = state.ladder
    for tier in range(len(ladder.queue)):
        row = panel.reviews[quarter, tier]
        row[0], row[1], row[2] = ladder.applied[tier], ladder.recognised[tier], ladder.refused[tier]
        row[3], row[4] = ladder.withdrawn[tier], ladder.lapsed[tier]
        row[5], row[6] = ladder.queue[tier], ladder.waited_years[tier]
        ladder.applied[tier] = ladder.recognised[tier] = ladder.refused[tier] = 0
        ladder.withdrawn[tier] = ladder.lapsed[tier] = 0
        ladder.waited_years[tier] = 0.0
