"""Performance agreements 履约监管: once a year firms are measured, warned, fined, and may have to go.

What a firm puts out is measured with noise, so that some are punished wrongly and others missed: errors of the first
and second kind of a test at a bound.
"""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import BOUND_COLUMNS, CONTRACT_COLUMNS, RELET_COLUMNS, Ints, Outbox, Panel, State, int64
from twin.engine.arrays import Floats as Dates
from twin.engine.clocks import AGREED, WARNED
from twin.engine.draws import normal
from twin.engine.kinds import Draw, Item, Kind, Output, Status
from twin.engine.note import note
from twin.engine.rules.agreements import put_under
from twin.engine.rules.exits import leave
from twin.engine.rules.money import revenue_cny, tax_cny
from twin.engine.rules.purse import DAYS_PER_YEAR, spend
from twin.engine.rules.residence import move
from twin.engine.rules.space import choose_not_public, closes, needed_m2

REVIEWED, UNDER, NEWLY_WARNED, CLEARED, PENALISED, CAUGHT, WRONGLY, MISSED, ENDED, ENDED_M2, PENALTY_CNY, _ = range(
    len(CONTRACT_COLUMNS)
)
CONCERNED, BELOW, FOUND = range(len(BOUND_COLUMNS))
VACATED, RELET, GONE_M2, VACANT_YEARS = range(len(RELET_COLUMNS))

A_MOMENT = 1e-5  # years: dates that are a year apart differ by a year but for rounding


@njit(nogil=True, cache=True)
def list_bound(state: State, now: float, rows: Ints, outbox: Outbox) -> int:
    """Write the rows of the firms that are reviewed, in order: those under an agreement that are no newcomers."""
    firms, ramp, count = state.firms, state.contracts.ramp_years[0], 0
    for firm in range(firms.used[0]):
        bound = int64(firms.strains[firm]) & AGREED and firms.status[firm] == Status.RESIDENT
        if bound and now - float(firms.settled[firm]) >= ramp - A_MOMENT:
            rows[count] = firm
            count += 1
    return count


@njit(cache=True)
def review(state: State, now: float, nth: int, rows: Ints, since: Dates, ending: Ints, outbox: Outbox) -> int:
    """Firms, at most AT_ONCE, are measured for the `nth` time; returns how many have to go, with their rows.

    Who is found below a bound is warned. Who still is at the first review after the time of grace pays, and goes if the
    rule says so; who is found to keep them is warned no more. Without grace who is warned pays, and goes, at once.
    `since` has the date of each firm's warning, by row.
    """
    counted, grace, going = state.contracts.counted, state.contracts.grace_years[0], 0
    for firm in rows:
        industry, strains = state.firms.industry[firm], int64(state.firms.strains[firm])
        under, found, ends = judge(state, now, firm, nth)
        counted[industry, REVIEWED] += 1.0
        counted[industry, UNDER] += 1.0 if under else 0.0
        counted[industry, MISSED] += 1.0 if under and not found else 0.0
        if not found and strains & WARNED:
            counted[industry, CLEARED] += 1.0
            put_under(state, now, firm, strains & ~WARNED, outbox)
        elif found and not strains & WARNED:
            counted[industry, NEWLY_WARNED] += 1.0
            since[firm] = now
            put_under(state, now, firm, strains | WARNED, outbox)
            note(state, now, Kind.WARN, firm, int64(state.firms.building[firm]), float(state.firms.floor_m2[firm]))
        if found and now - since[firm] >= grace - A_MOMENT:
            penalise(state, firm, under)
            if ends:
                ending[going] = firm
                going += 1
    return going


@njit()
def judge(state: State, now: float, firm: int, nth: int) -> tuple[bool, bool, bool]:
    """Whether a firm is below a bound; whether it is found to be; and whether one of those it is found below ends."""
    contracts, under, found, ends = state.contracts, False, False, False
    for rule in range(len(contracts.bound)):
        if concerns(state, now, firm, rule):
            bound, value, counted = bound_of(state, rule), output_of(state, now, firm, rule), contracts.by_bound[rule]
            counted[CONCERNED] += 1.0
            if value < bound:
                counted[BELOW] += 1.0
                under = True
            if value * error_of(state, firm, rule, nth) < bound:
                counted[FOUND] += 1.0
                found, ends = True, ends or contracts.ends[rule]
    return under, found, ends


@njit()
def concerns(state: State, now: float, firm: int, rule: int) -> bool:
    """Whether a rule is in force and about a firm, by its industry, its stage and the type of its building."""
    contracts, firms = state.contracts, state.firms
    if now < contracts.starts[rule] or not contracts.industries[rule, firms.industry[firm]]:
        return False
    return bool(
        contracts.stages[rule, firms.stage[firm]] and contracts.types[rule, contracts.type[firms.building[firm]]]
    )


@njit()
def bound_of(state: State, rule: int) -> float:
    """The bound of a rule, as strict as agreements are now; an industry leads or does not, however strict they are."""
    bound, strictness = state.contracts.bound[rule], state.contracts.strictness[0]
    if state.contracts.measure[rule] == Output.CHAIN_FIT:
        return float(bound * min(strictness, 1.0))
    return float(bound * strictness)


@njit()
def output_of(state: State, now: float, firm: int, rule: int) -> float:
    """What a firm puts out, by the measure of a rule, wherever it books its revenue; money in CNY a year."""
    firms, measure = state.firms, state.contracts.measure[rule]
    if measure == Output.RD_SHARE:
        return float(firms.rd_share[firm])
    if measure == Output.CHAIN_FIT:
        leading = state.buildings.leading[firms.building[firm]]
        return 1.0 if leading < 0 or leading == firms.industry[firm] else 0.0
    if firms.floor_m2[firm] == 0:  # of the stock, where its table says so
        return math.inf
    revenue = revenue_cny(state, now, firm)
    if measure == Output.TAX_PER_M2:
        return tax_cny(state, firm, revenue) / firms.floor_m2[firm]
    return revenue / firms.floor_m2[firm]


@njit()
def error_of(state: State, firm: int, rule: int, nth: int) -> float:
    """What is measured over what is: log-normal around 1, its own for each firm, rule and review."""
    if state.contracts.measure[rule] == Output.CHAIN_FIT:
        return 1.0
    luck = normal(state.seed, state.firms.key[firm], Draw.MEASURED + (rule << 8), nth)
    return math.exp(state.contracts.noise[0] * luck)


@njit()
def penalise(state: State, firm: int, under: bool) -> None:
    """A firm pays a share of a year's rent into the public purse, rightly or wrongly."""
    firms, counted, industry = state.firms, state.contracts.counted, state.firms.industry[firm]
    rent_cny = firms.floor_m2[firm] * float(firms.rent_paid[firm]) * DAYS_PER_YEAR
    cny = state.contracts.penalty_share[0] * rent_cny
    spend(state, Item.PENALTIES, -cny)
    counted[industry, PENALISED] += 1.0
    counted[industry, CAUGHT if under else WRONGLY] += 1.0
    counted[industry, PENALTY_CNY] += cny


@njit(cache=True)
def expel(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm's lease ends for its agreement: it moves to another landlord's building, or the park loses it.

    No public landlord takes it, since all of them ask for agreements. From a building all of which closes nobody is
    expelled: its works decide what becomes of tenants.
    """
    firms, building = state.firms, int64(state.firms.building[firm])
    if closes(state, building):
        return
    industry, left_m2 = firms.industry[firm], int64(firms.floor_m2[firm])
    state.contracts.counted[industry, ENDED] += 1.0
    state.contracts.counted[industry, ENDED_M2] += left_m2
    vacate(state, now, building, left_m2)
    note(state, now, Kind.EXPEL, firm, building, float(left_m2))
    put_under(state, now, firm, int64(firms.strains[firm]) & ~(AGREED | WARNED), outbox)
    m2 = needed_m2(state, firm)
    elsewhere = choose_not_public(state, firm, m2)
    if elsewhere >= 0:
        move(state, now, firm, elsewhere, m2, outbox)
    else:
        leave(state, now, firm, Kind.LOSE + 0, outbox)
    follow_letting(state, now, building)  # who waits may have taken it at once


@njit()
def vacate(state: State, now: float, building: int, m2: int) -> None:
    """So much of a building is about to be left: it is let again when as much is let there as is now."""
    contracts = state.contracts
    follow_letting(state, now, building)
    contracts.relet[building, VACATED] += m2
    contracts.until_m2[building] = state.buildings.let_m2[building] + contracts.vacated_m2[building]
    contracts.vacated_m2[building] += m2


@njit()
def follow_letting(state: State, now: float, building: int) -> None:
    """See how much of what was vacated in a building is let again, and how much is floor no more.

    In between it is taken to have changed evenly, so that the integral is right but for a quarter at most.
    """
    contracts, before = state.contracts, state.contracts.vacated_m2[building]
    if before > 0:
        let, until = state.buildings.let_m2[building], contracts.until_m2[building]
        unlet = min(max(until - let, 0), before)
        after = min(max(min(until, state.buildings.stock_m2[building]) - let, 0), before)
        contracts.relet[building, RELET] += before - unlet
        contracts.relet[building, GONE_M2] += unlet - after
        contracts.relet[building, VACANT_YEARS] += 0.5 * (before + after) * (now - contracts.since[building])
        contracts.vacated_m2[building] = after
    contracts.since[building] = now


@njit()
def count_contracts(state: State, now: float, panel: Panel, quarter: int) -> None:
    """What reviews came to in the quarter, by industry and by bound, and what was let again, by building."""
    contracts = state.contracts
    for building in range(len(contracts.since)):
        follow_letting(state, now, building)
    panel.contracts[quarter] = contracts.counted
    panel.relet[quarter] = contracts.relet
    panel.bounds[quarter] = contracts.by_bound
    contracts.counted[:] = 0.0
    contracts.by_bound[:] = 0.0
    contracts.relet[:] = 0.0


@njit(cache=True)
def ask_agreements(state: State, now: float, buildings: Ints, more: float, outbox: Outbox) -> None:
    """Of the leases signed in public buildings from now on a larger share carries an agreement, or a smaller one."""
    contracts = state.contracts
    for building in buildings:
        if contracts.of_public[building]:
            contracts.share[building] = min(max(contracts.share[building] + more, 0.0), 1.0)


@njit(cache=True)
def scale_strictness(state: State, now: float, factor: float, outbox: Outbox) -> None:
    """Multiply the bounds of agreements."""
    state.contracts.strictness[0] *= factor
