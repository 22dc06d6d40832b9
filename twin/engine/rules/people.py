"""People: who is wanted, who can be hired, where they live, and what firms do that find too few.

Stocks and flows of persons by skill; nobody is drawn. Demand is the staff of residents by the skills of their industry.
Supply is refilled with a lag and drained by quits; those who live in the park near their work stay longer.
"""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Floats, Ints, Outbox, Panel, State
from twin.engine.clocks import moving_out, rescale_clock
from twin.engine.kinds import FIRST_CLOCK, Item, Kind
from twin.engine.rules.purse import QUARTER_YEARS, spend

MOVING = int(Kind.MOVE_OUT) - FIRST_CLOCK
STEP = 0.01  # clocks are rescaled when the factor on moving out has changed by more


@njit(nogil=True, cache=True)
def renew_people(state: State, now: float, outbox: Outbox) -> None:
    """End a quarter: count who is at work, let talent come and go, let it find homes, and see what is short."""
    want_people(state)
    remember_demand(state)
    come_and_go(state)
    find_homes(state)
    judge_shortage(state, now, outbox)


@njit()
def remember_people(state: State) -> None:
    """Note the demand at the start; the supply is as much and a slack, and a pool around the park."""
    people = state.people
    want_people(state)
    for skill in range(len(people.demand)):
        demand = people.demand[skill]
        people.past[:, skill] = demand
        people.demand_at_start[skill] = demand
        people.supply[skill] = demand * (1.0 + people.slack[0]) + people.pool[skill]
        people.supply_at_start[skill] = people.supply[skill]
    find_homes(state)
    people.housed_at_start[0] = people.housed_share[0]


@njit()
def want_people(state: State) -> None:
    """Demand by skill: the persons at work in each industry by the shares of its skills; and where they work."""
    people, jobs = state.people, state.buildings.jobs
    people.staff[:] = 0
    people.staff_near[:] = 0
    for building in range(len(jobs)):
        for industry in range(len(people.staff)):
            people.staff[industry] += jobs[building, industry]
            people.staff_near[people.place[building]] += jobs[building, industry]
    for skill in range(len(people.demand)):
        demand = 0.0
        for industry in range(len(people.staff)):
            demand += people.staff[industry] * people.mix[industry, skill]
        people.demand[skill] = demand


@njit()
def remember_demand(state: State) -> None:
    """Put the demand behind those of the last quarters, and forget the oldest."""
    past = state.people.past
    for n in range(len(past) - 1):
        past[n] = past[n + 1]
    past[len(past) - 1] = state.people.demand


@njit()
def come_and_go(state: State) -> None:
    """A quarter's inflow and outflow of every skill, and what programmes and classes cost.

    Those who come of themselves follow the demand of some time ago, as in the cobweb of supply and demand for
    engineers: Freeman 1976, American Economic Review 66(3).
    """
    people = state.people
    drawn = math.exp(people.stay_effect[0] * (people.housed_share[0] - people.housed_at_start[0]))
    for skill in range(len(people.supply)):
        around, grown = people.pool[skill] + people.demand_at_start[skill], 1.0
        if around > 0.0:
            grown = ((people.pool[skill] + people.past[0, skill]) / around) ** people.inflow_elasticity[0]
        usual = people.supply_at_start[skill] * people.inflow_per_year[skill] * QUARTER_YEARS
        leaving = min(people.outflow_per_year[skill] * QUARTER_YEARS / drawn, 1.0)
        people.attracted[skill] = max(people.programme_per_year[skill], 0.0) * QUARTER_YEARS
        people.graduated[skill] = people.graduating_per_year[skill] * people.class_stay_share[0] * QUARTER_YEARS
        people.inflow[skill] = usual * grown * drawn + people.attracted[skill] + people.graduated[skill]
        people.outflow[skill] = people.supply[skill] * leaving
        people.supply[skill] += people.inflow[skill] - people.outflow[skill]
        spend(state, Item.TALENT, people.attracted[skill] * people.programme_cost_cny[0])
        spend(state, Item.TALENT, people.places_per_year[skill] * QUARTER_YEARS * people.class_cost_cny[0])


@njit(cache=True)
def nested_logit(sizes: Ints, values: Floats, outside: float, dissimilarity: float, shares: Floats) -> None:
    """Shares of the alternatives of a nest, each standing for `sizes` alike ones, against one outside of it.

    McFadden 1978, Modelling the choice of residential location. With V the values and l the dissimilarity of the nest,
    its inclusive value is I = l ln(sum of sizes x exp(V / l)), and it is chosen with exp(I) / (exp(I) + exp(outside)).
    """
    best = -math.inf
    for n in range(len(values)):
        shares[n] = 0.0
        if sizes[n] > 0:
            best = max(best, values[n])
    if best == -math.inf:
        return
    total = 0.0
    for n in range(len(values)):
        if sizes[n] > 0:
            shares[n] = sizes[n] * math.exp((values[n] - best) / dissimilarity)
            total += shares[n]
    nest = 1.0 / (1.0 + math.exp(outside - best - dissimilarity * math.log(total)))
    for n in range(len(values)):
        shares[n] *= nest / total


@njit()
def find_homes(state: State) -> None:
    """Those at work in each place choose a home in the park or elsewhere; whoever finds none free lives elsewhere."""
    people = state.people
    homes, places = people.homes, len(people.homes)
    people.wanted[:] = 0.0
    people.minutes[:] = 0.0
    for work in range(places):
        staff = people.staff_near[work]
        if staff > 0:
            value_homes(state, work)
            nested_logit(homes, people.value, people.city_value[0], people.dissimilarity[0], people.share)
            for home in range(places):
                people.wanted[home] += staff * people.share[home]
                people.minutes[home] += staff * people.share[home] * people.home_minutes[work, home]
    housed, everyone = 0.0, 0
    for home in range(places):
        room = homes[home] * (1.0 - people.home_vacancy[0]) * people.home_persons[0]
        people.housed[home] = min(people.wanted[home], room)
        if people.wanted[home] > 0.0:
            people.minutes[home] *= people.housed[home] / people.wanted[home]
        housed += people.housed[home]
        everyone += people.staff_near[home]
    people.housed_share[0] = housed / everyone if everyone > 0 else 0.0


@njit()
def value_homes(state: State, work: int) -> None:
    """The systematic utility of a home in each place to those who work in one: rent, way to work and quality."""
    people = state.people
    for home in range(len(people.homes)):
        by_rent = people.taste_rent[0] * math.log(people.home_rent[home])
        by_way = people.taste_minutes[0] * people.home_minutes[work, home]
        people.value[home] = by_rent + by_way + people.taste_quality[0] * people.home_quality[home]


@njit()
def judge_shortage(state: State, now: float, outbox: Outbox) -> None:
    """Shortage by skill, and what it makes of the growth of each industry's firms and of their moving out."""
    people, changed = state.people, False
    for skill in range(len(people.demand)):
        demand = people.demand[skill]
        people.shortage[skill] = max(0.0, demand - people.supply[skill]) / demand if demand > 0.0 else 0.0
    for industry in range(len(people.staff)):
        shortage = 0.0
        for skill in range(len(people.demand)):
            shortage += people.mix[industry, skill] * people.shortage[skill]
        people.growth_factor[industry] = max(0.0, 1.0 - people.growth_effect[0] * shortage)
        factor, before = 1.0 + people.move_effect[0] * shortage, people.move_factor[industry]
        people.move_before[industry] = before
        if abs(factor - before) > STEP or (factor == 1.0 and before != 1.0):
            people.move_factor[industry] = factor
            changed = True
    if changed:
        hurry_out(state, now, outbox)


@njit()
def hurry_out(state: State, now: float, outbox: Outbox) -> None:
    """Rescale the clocks of moving out where their industry's factor has changed."""
    firms, people = state.firms, state.people
    for firm in range(firms.used[0]):
        i = firms.industry[firm]
        if people.move_factor[i] != people.move_before[i] and not firms.anchor[firm]:  # anchors stay
            before = moving_out(state, firm, people.move_before[i])
            after = moving_out(state, firm, people.move_factor[i])
            rescale_clock(state, now, firm, MOVING, before, after, outbox)


@njit()
def count_people(state: State, panel: Panel, quarter: int) -> None:
    """Demand, supply, the quarter's flows and the shortage of every skill."""
    people = state.people
    for skill in range(len(people.demand)):
        row = panel.people[quarter, skill]
        row[0], row[1], row[2] = people.demand[skill], people.supply[skill], people.inflow[skill]
        row[3], row[4], row[5] = people.outflow[skill], people.attracted[skill], people.graduated[skill]
        row[6] = people.shortage[skill]


@njit()
def count_housing(state: State, panel: Panel, quarter: int) -> None:
    """Homes, those lived in, and who lives in them, by place."""
    people = state.people
    for place in range(len(people.homes)):
        row = panel.housing[quarter, place]
        row[0], row[2], row[3] = people.homes[place], people.housed[place], people.minutes[place]
        row[1] = people.housed[place] / people.home_persons[0] if people.home_persons[0] > 0.0 else 0.0
        row[4] = people.staff_near[place]


@njit(cache=True)
def open_homes(state: State, now: float, place: int, m2: float, outbox: Outbox) -> None:
    """Homes of a building open in an place, or close where the floor is below zero."""
    state.people.homes[place] += int(m2 / state.people.home_m2[0])  # towards zero: what opened closes again


@njit(cache=True)
def build_homes(state: State, now: float, place: int, homes: int, outbox: Outbox) -> None:
    """Open homes that public money has built."""
    state.people.homes[place] += homes
    spend(state, Item.HOUSING, homes * state.people.home_cost_cny[0])


@njit(cache=True)
def extend_programme(state: State, now: float, skill: int, more: float, outbox: Outbox) -> None:
    """Attract so many more persons of a skill a year, or fewer; fewer than none are none."""
    state.people.programme_per_year[skill] += more


@njit(cache=True)
def open_classes(state: State, now: float, skill: int, more: float, outbox: Outbox) -> None:
    """Open so many more places a year in tailored classes of a skill."""
    state.people.places_per_year[skill] += more


@njit(cache=True)
def graduate(state: State, now: float, skill: int, more: float, outbox: Outbox) -> None:
    """From now on the classes with so many places a year have graduates."""
    state.people.graduating_per_year[skill] += more
