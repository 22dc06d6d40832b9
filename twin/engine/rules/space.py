"""Floor space: what a firm needs, which building it chooses, m² taken and given back. No building is ever over-let."""

from __future__ import annotations

import math
from typing import Any

from numba import njit
from numba.extending import register_jitable

from twin.engine.arrays import State, int64
from twin.engine.draws import exponential, uniform, uniforms
from twin.engine.kinds import Draw, Reason

# 2**32: one unit of exp(utility) in fixed point, so that sums do not depend on their order; of a million buildings at
# utility 7 they stay below 2**63
UNIT = 4294967296.0
STEEPEST = 12.0  # utilities are held within this of zero: beyond it the fixed point would overflow or vanish
TRIALS = 16  # draws of a building before feasible ones are listed one by one; either way the choice is exact
UNKNOWN = 2**62  # most room that is free, where nobody has looked yet
ELSEWHERE = 0.0  # what staying weighs where a firm may not, or has no building: see `choose`


@njit()
def needed_m2(state: State, firm: int) -> int:
    """Whole m² a firm needs for its staff, its industry and its stage, at the rents now asked."""
    i, s = state.firms.industry[firm], state.firms.stage[firm]
    floor = state.firms.staff[firm] * state.industries.m2_per_head[i] * state.stages.floor_factor[s]
    floor *= state.markets.floor_ratio[0]
    return max(int(math.ceil(floor)), int(state.stages.least_m2[s]), 1)


@njit()
def free_m2(state: State, building: int) -> int:
    """What can be let in a building now."""
    buildings = state.buildings
    return int(buildings.stock_m2[building] - buildings.let_m2[building] - buildings.offline_m2[building])


@njit()
def segment_of(state: State, firm: int) -> int:
    """The preference segment of a firm: its industry and stage."""
    return int(state.firms.industry[firm]) * state.stages.advance_per_year.shape[1] + int(state.firms.stage[firm])


@njit()
def fits(state: State, firm: int, building: int) -> bool:
    """Whether a building suits the firm."""
    return bool(state.choice.fits[segment_of(state, firm), building])


@register_jitable
def suits(type_fits: Any, storey_m: Any, floor_load: Any, storey_need: Any, load_need: Any) -> Any:
    """Whether a building suits a segment by its type, its storeys (m) and its floors (kN/m²); also for arrays."""
    return type_fits & (storey_m >= storey_need) & (floor_load >= load_need)


@njit()
def choose(state: State, firm: int, m2: int, keep: float) -> int:
    """A building by multinomial logit among all others that fit and have `m2` free; -1 if there is none.

    The firm's own is among them, with `keep` >= 1 times its weight, unless `keep` is 0.

    Drawing from all that fit, full ones too, and drawing again until there is room is exact: what is left is the logit
    conditional on room (McFadden 1974). A building that fills up or opens changes the choice of those who draw it, and
    of nobody else. What a firm's own building weighs beyond its place in the tree is laid beside the tree, and a draw
    falls on it or on the tree.
    """
    firms, choice = state.firms, state.choice
    segment, here = segment_of(state, firm), int64(firms.building[firm])
    firms.searches[firm] += 1
    first, who = int64(firms.searches[firm]) * (TRIALS + 1), firms.key[firm]
    total = choice.total[segment]
    if total <= 0:
        return -1
    if m2 > choice.most_m2[segment]:
        return here if keep > 0.0 else -1
    beside = (keep - 1.0) * choice.weight[segment, here] if keep > 0.0 else 0.0
    for trial in range(TRIALS):
        if beside > 0.0 and uniform(state.seed, who, Draw.STAY, first + trial) * (total + beside) < beside:
            return here
        building = pick(state, segment, who, first + trial)
        if building == here:
            if keep > 0.0:
                return here
        elif free_m2(state, building) >= m2:
            return building
    return choose_listed(state, segment, m2, here, keep, who, first + TRIALS)


@njit()
def keeping(state: State, firm: int, m2: int) -> float:
    """How often a firm's own building weighs its weight when a lease ends: exp(inertia), never less than once.

    Odds of moving are higher after fast growth and lower for large firms. ELSEWHERE where the building does not suit
    the firm any more, or has not the room.
    """
    firms, conduct, here = state.firms, state.conduct, int64(state.firms.building[firm])
    if m2 > conduct.expand_above[0] * (firms.floor_m2[firm] + free_m2(state, here)) or not fits(state, firm, here):
        return ELSEWHERE
    keep = math.exp(conduct.stay_inertia[0])
    if firms.grew_fast[firm]:
        keep /= conduct.fast_relocate_ratio[0]
    if firms.staff[firm] > conduct.large_staff[0]:
        keep /= conduct.large_relocate_ratio[0]
    return max(keep, 1.0)


@njit()
def pick(state: State, segment: int, who: int, nth: int) -> int:
    """A building by its weight, full or not: the `nth` such draw of `who`.

    The buildings are halved, and the half again, down a binary indexed tree (Fenwick 1994,
    doi:10.1002/spe.4380240306); at each node a uniform of its own says which half. The law is that of one uniform along
    the row, but a weight that changes concerns those draws alone whose uniform, at a node above it, lies between the
    left half's old share and its new one. A node is known by the first building of its right half, and so stays what it
    is when buildings are added at the end.
    """
    tree = state.choice.tree
    count = tree.shape[1] - 1
    step = 2
    while step * 2 < count:
        step *= 4
    place, both = 0, state.choice.total[segment]
    while step > 0:
        u = uniforms(state.seed, who, about(place + step), nth)  # for this level and the next
        for level in range(2):
            node = place + step
            left = tree[segment, node] if node <= count else both
            if left < both and int(u[level] * both) >= left:
                place, both = node, both - left
            else:
                both = left
            step //= 2
    return place


@njit()
def about(building: int) -> int:
    """The kind of a draw that concerns one building among all; there may be 2**24."""
    return Draw.CHOICE + (building << 8)


@njit()
def choose_listed(state: State, segment: int, m2: int, here: int, keep: float, who: int, nth: int) -> int:
    """The same choice by looking at every feasible building; -1 if there is none.

    Each has an exponential time of its own, at the rate of its weight; the first to ring is drawn by its weight.
    """
    choice = state.choice
    chosen, soonest, most = -1, math.inf, 0
    for building in range(len(state.buildings.stock_m2)):
        if not choice.fits[segment, building]:
            continue
        room = free_m2(state, building)
        most = max(most, room)
        rate = float(choice.weight[segment, building])
        if building == here:
            rate *= keep
        elif room < m2:
            continue
        if rate > 0.0:
            time = exponential(state.seed, who, about(building), nth) / rate
            if time < soonest:
                chosen, soonest = building, time
    choice.most_m2[segment] = most
    return chosen


@njit()
def choose_not_public(state: State, firm: int, m2: int) -> int:
    """A building by the same choice among those of landlords that ask for no agreements; -1 if there is none."""
    choice, segment = state.choice, segment_of(state, firm)
    state.firms.searches[firm] += 1
    first, who = int64(state.firms.searches[firm]) * (TRIALS + 1), state.firms.key[firm]
    chosen, soonest = -1, math.inf
    for building in range(len(state.buildings.stock_m2)):
        if state.contracts.of_public[building] or not choice.fits[segment, building] or free_m2(state, building) < m2:
            continue
        rate = float(choice.weight[segment, building])
        if rate > 0.0:
            time = exponential(state.seed, who, about(building), first + TRIALS) / rate
            if time < soonest:
                chosen, soonest = building, time
    return chosen


@njit()
def advertise(state: State, building: int) -> None:
    """Let those that a building suits know how much is free in it."""
    choice, room = state.choice, free_m2(state, building)
    for segment in range(len(choice.most_m2)):
        if choice.fits[segment, building]:
            choice.most_m2[segment] = max(choice.most_m2[segment], room)


@njit()
def take(state: State, firm: int, building: int, m2: int) -> None:
    """A firm rents `m2` more in a building."""
    state.buildings.let_m2[building] += m2
    state.firms.floor_m2[firm] += m2
    state.firms.building[firm] = building


@njit()
def give_back(state: State, firm: int, m2: int) -> None:
    """A firm rents `m2` less where it is; of floor that closes, what is given back goes off line."""
    building = int64(state.firms.building[firm])
    state.buildings.let_m2[building] -= m2
    state.firms.floor_m2[firm] -= m2
    set_aside(state, building)


@njit()
def set_aside(state: State, building: int) -> None:
    """What closes of a building, is not yet on offer, or is kept for slots is off line as far as it is vacant."""
    buildings, stock = state.buildings, state.buildings.stock_m2[building]
    aside = max(min(buildings.closing_m2[building], stock), buildings.held_m2[building] + buildings.kept_m2[building])
    buildings.offline_m2[building] = min(aside, stock - buildings.let_m2[building])


@njit()
def closes(state: State, building: int) -> bool:
    """Whether all of a building closes, and not a part of it."""
    return bool(state.buildings.closing_m2[building] >= state.buildings.stock_m2[building])


@njit()
def add_weight(state: State, segment: int, building: int, weight: int) -> None:
    """Add to a building's weight in a segment's tree."""
    tree = state.choice.tree
    state.choice.total[segment] += weight
    place = building + 1
    while place < tree.shape[1]:
        tree[segment, place] += weight
        place += place & -place


@njit()
def outlook(state: State, building: int) -> tuple[float, float]:
    """What all industries see of a building: the log of its rent, and how near a station is, exp(-d / decay)."""
    buildings = state.buildings
    near = math.exp(-buildings.metro_m[building] / state.conduct.metro_decay_m[0])
    return math.log(buildings.rent_cny_m2_day[building]), near


@njit()
def utility(state: State, industry: int, building: int, jobs_near: float, seen: tuple[float, float]) -> float:
    """V = b_rent ln rent + b_jobs ln(1 + own-industry jobs nearby) + b_metro exp(-d / decay) + b_quality quality.

    And b_leading where the industry leads. `seen` is the building's `outlook`.
    """
    industries, buildings = state.industries, state.buildings
    leads = 1.0 if buildings.leading[building] == industry else 0.0
    return (
        industries.taste_rent[industry] * seen[0]
        + industries.taste_jobs[industry] * math.log(1.0 + jobs_near)
        + industries.taste_metro[industry] * seen[1]
        + industries.taste_quality[industry] * buildings.quality[building]
        + industries.taste_leading[industry] * leads
    )


@njit()
def weight_of(state: State, industry: int, building: int, seen: tuple[float, float]) -> int:
    """exp(utility) of a building for an industry, by the jobs last counted, in fixed point."""
    v = utility(state, industry, building, float(state.choice.jobs_near[building, industry]), seen)
    return int(math.exp(min(max(v, -STEEPEST), STEEPEST)) * UNIT)


@njit()
def weigh(state: State, building: int) -> None:
    """Weigh a building anew for every segment, as its rent or quality changed."""
    choice, seen = state.choice, outlook(state, building)
    stages = state.stages.advance_per_year.shape[1]
    for industry in range(len(state.industries.m2_per_head)):
        weight = weight_of(state, industry, building, seen)
        for segment in range(industry * stages, (industry + 1) * stages):
            old = choice.weight[segment, building]
            choice.weight[segment, building] = weight
            if weight != old and choice.fits[segment, building]:
                add_weight(state, segment, building, weight - old)


@njit()
def survey(state: State) -> None:
    """Count the jobs around every building and weigh it by them: firms judge by what was last counted."""
    choice, stages = state.choice, state.stages.advance_per_year.shape[1]
    count_jobs_near(state)
    for building in range(len(state.buildings.stock_m2)):
        seen = outlook(state, building)
        for industry in range(choice.jobs_near.shape[1]):
            weight = weight_of(state, industry, building, seen)
            for segment in range(industry * stages, (industry + 1) * stages):
                choice.weight[segment, building] = weight
    for segment in range(len(choice.total)):
        plant(state, segment)


@njit()
def count_jobs_near(state: State) -> None:
    """Tell every building of the jobs in each; who is near whom is mutual."""
    buildings, jobs_near = state.buildings, state.choice.jobs_near
    jobs_near[:] = 0
    for building in range(len(buildings.stock_m2)):
        first, last = buildings.near_start[building], buildings.near_start[building + 1]
        for industry in range(jobs_near.shape[1]):
            jobs = buildings.jobs[building, industry]
            if jobs > 0:
                for n in range(first, last):
                    jobs_near[buildings.near[n], industry] += jobs


@njit()
def plant(state: State, segment: int) -> None:
    """Build a segment's tree anew from the weights of the buildings that fit."""
    choice, tree = state.choice, state.choice.tree
    count, total = tree.shape[1], int64(0)
    for place in range(1, count):
        weight = choice.weight[segment, place - 1] if choice.fits[segment, place - 1] else int64(0)
        tree[segment, place] = weight
        total += weight
    for place in range(1, count):
        above = place + (place & -place)
        if above < count:
            tree[segment, above] += tree[segment, place]
    choice.total[segment] = total


@njit()
def why_no_room(state: State, firm: int, m2: int) -> int:
    """The Reason for which a firm found nothing; a building all of which closes is none."""
    reason, buildings = Reason.NO_FIT + 0, state.buildings
    for building in range(len(buildings.stock_m2)):
        if buildings.stock_m2[building] > 0 and not closes(state, building) and fits(state, firm, building):
            if buildings.stock_m2[building] >= m2:
                return Reason.FULL + 0
            reason = Reason.TOO_LARGE + 0
    return reason
