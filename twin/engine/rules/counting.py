"""The count at the end of a quarter: one row of every panel, and a clean slate for the next quarter."""

from __future__ import annotations

from typing import Any

from numba import njit

from twin.engine.arrays import Panel, State, int64
from twin.engine.clocks import AGREED, WARNED
from twin.engine.kinds import FIRST_DATE, HAD_ORDER, Item, Kind, Status
from twin.engine.note import cell_of
from twin.engine.rules.contracts import count_contracts
from twin.engine.rules.honouring import count_claims
from twin.engine.rules.money import rd_cny, revenue_at_trend_cny, revenue_trend, tax_cny
from twin.engine.rules.people import count_housing, count_people
from twin.engine.rules.purse import DAYS_PER_YEAR, QUARTER_YEARS, settle, spend
from twin.engine.rules.rents import adjust_rents
from twin.engine.rules.revitalisation import inspect
from twin.engine.rules.scenes import close_books
from twin.engine.rules.services import accrue
from twin.engine.rules.space import survey

LEASE_END = int(Kind.LEASE_END) - FIRST_DATE


@njit(nogil=True, cache=True)
def count(state: State, now: float, panel: Panel, quarter: int) -> None:
    """Write quarter number `quarter` into the panel; rents then follow vacancy, and firms judge by what was counted."""
    close_books(state, now)
    count_firms(state, now, panel, quarter)
    find_gaps(state, panel, quarter)
    count_buildings(state, now, panel, quarter)
    count_services(state, now, panel, quarter)
    count_reviews(state, panel, quarter)
    count_occasions(state, panel, quarter)
    count_contracts(state, now, panel, quarter)
    count_claims(state, panel, quarter)
    settle(state, now, panel, quarter)
    turn_over(state.tally.flows, panel.flows[quarter])
    turn_over(state.tally.began, panel.began[quarter])
    turn_over(state.tally.failures, panel.failures[quarter])
    turn_over(state.tally.unmet_firms, panel.unmet_firms[quarter])
    turn_over(state.tally.unmet_m2, panel.unmet_m2[quarter])
    count_people(state, panel, quarter)
    count_housing(state, panel, quarter)
    adjust_rents(state, QUARTER_YEARS)
    survey(state)


@njit()
def turn_over(tallied: Any, page: Any) -> None:
    """Write down what happened in the quarter, and begin the next with none of it."""
    happened, written = tallied.ravel(), page.ravel()  # the same numbers in one row
    for n in range(len(happened)):
        written[n] = happened[n]
        happened[n] = 0


@njit()
def count_firms(state: State, now: float, panel: Panel, quarter: int) -> None:
    """Residents and registered firms, with their money; who holds a tier; who has stopped; who has no room."""
    firms, forgone, trend = state.firms, 0.0, revenue_trend(state, now)
    for firm in range(firms.used[0]):
        status, i, s = firms.status[firm], firms.industry[firm], firms.stage[firm]
        if status in (Status.GONE, Status.PROSPECT):
            continue
        c = cell_of(state, firm)
        if status == Status.WAITING:
            panel.waiting[quarter, i] += 1
            continue
        if status == Status.RESIDENT:
            forgone += count_resident(state, now, panel, quarter, firm, c)
        elif status == Status.REMOTE:
            panel.remote[quarter, c, i, s] += 1
            if firms.node[firm] >= 0:
                panel.node_remote[quarter, firms.node[firm]] += 1
        else:
            panel.dormant[quarter, c, i, s] += 1
        if int64(firms.helped[firm]) & HAD_ORDER != 0 and status != Status.DORMANT:
            panel.ordered[quarter, i, s] += 1
        if firms.registered[firm] and status != Status.DORMANT:
            count_money(state, now, trend, panel, quarter, firm, c)
        tiers, tier = int64(firms.tiers[firm]), 0
        while tiers > 0:
            panel.tiers[quarter, tier, c, i] += tiers & 1
            tiers, tier = tiers >> 1, tier + 1
    spend(state, Item.RENT_RELIEF, forgone * DAYS_PER_YEAR * QUARTER_YEARS)


@njit()
def count_resident(state: State, now: float, panel: Panel, quarter: int, firm: int, c: int) -> float:
    """A resident with its staff, floor and rent; returns what its landlord forgoes, CNY/day."""
    firms, i, s = state.firms, state.firms.industry[firm], state.firms.stage[firm]
    building, m2 = firms.building[firm], firms.floor_m2[firm]
    panel.firms[quarter, c, i, s] += 1
    panel.staff[quarter, c, i, s] += firms.staff[firm]
    panel.floor_m2[quarter, c, i, s] += m2
    panel.rent_bill_cny[quarter, c, i, s] += m2 * firms.rent_paid[firm] * DAYS_PER_YEAR
    panel.hosted[quarter, building] += firms.hosted[firm]
    strains = int64(firms.strains[firm])
    panel.agreed[quarter, i] += 1 if strains & AGREED else 0
    panel.warned[quarter, i] += 1 if strains & WARNED else 0
    if state.buildings.leading[building] == i:
        panel.leading_m2[quarter, c, i, s] += m2
    if firms.due[firm, LEASE_END] <= now + 1.0:
        panel.expiring_m2[quarter, c, i, s] += m2
    node = int64(firms.node[firm])
    if node >= 0:
        panel.node_firms[quarter, node] += 1
        panel.node_staff[quarter, node] += firms.staff[firm]
        panel.node_anchors[quarter, node] += firms.anchor[firm]
    return float(m2 * firms.rent_forgone[firm])


@njit()
def find_gaps(state: State, panel: Panel, quarter: int) -> None:
    """Chain chiefs learn which central links of their chains have no resident."""
    linkage = state.linkage
    for node in range(len(linkage.missing)):
        linkage.missing[node] = linkage.central[node] and panel.node_firms[quarter, node] == 0


@njit()
def count_money(state: State, now: float, trend: float, panel: Panel, quarter: int, firm: int, c: int) -> None:
    """Revenue, R&D and tax of a firm that is registered in the park."""
    i, s = state.firms.industry[firm], state.firms.stage[firm]
    revenue = revenue_at_trend_cny(state, now, firm, trend)
    panel.revenue_cny[quarter, c, i, s] += revenue
    panel.rd_cny[quarter, c, i, s] += rd_cny(state, now, firm, revenue)
    panel.tax_cny[quarter, c, i, s] += tax_cny(state, firm, revenue)


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
        row[10], row[11], row[12] = services.slot_years[v], funds.tickets[v], funds.capital_cny[v]
        row[13], row[14] = funds.paid_cny[v], funds.returned_cny[v]
        row[15], row[16] = funds.private_cny[v], funds.unmatched[v]
        services.joined[v] = services.started[v] = services.finished[v] = services.tired[v] = 0
        services.waited_years[v] = services.busy_years[v] = services.queue_years[v] = services.slot_years[v] = 0.0
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


@njit()
def count_occasions(state: State, panel: Panel, quarter: int) -> None:
    """The quarter's calls of scenes by scene, R&D projects by link, and events by industry."""
    scenes, challenges, events = state.scenes, state.challenges, state.events
    for d in range(len(scenes.calls)):
        row = panel.scenes[quarter, d]
        row[0], row[1], row[2] = scenes.calls[d], scenes.eligible[d], scenes.bids[d]
        row[3], row[4] = scenes.orders[d], scenes.ordered_cny[d]
        scenes.calls[d] = scenes.eligible[d] = scenes.bids[d] = scenes.orders[d] = 0
        scenes.ordered_cny[d] = 0.0
    for x in range(len(challenges.projects)):
        row = panel.challenges[quarter, x]
        row[0], row[1], row[2] = challenges.projects[x], challenges.matched[x], challenges.deserted[x]
        challenges.projects[x] = challenges.matched[x] = challenges.deserted[x] = 0
    for i in range(len(events.held)):
        row = panel.fairs[quarter, i]
        row[0], row[1], row[2] = events.held[i], events.competed[i], events.prized[i]
        row[3], row[4] = events.shown[i], events.prospects[i]
        events.held[i] = events.competed[i] = events.prized[i] = events.shown[i] = events.prospects[i] = 0
