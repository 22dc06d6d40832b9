"""Works: a building closes, whole or part by part, is off line or gone, and is let again as the works left it."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import WHOLE, Outbox, State, int64
from twin.engine.kinds import Item, Kind
from twin.engine.note import NOBODY, note
from twin.engine.rules.exits import leave
from twin.engine.rules.letting import hold_no_more
from twin.engine.rules.purse import compensate, spend
from twin.engine.rules.rents import ask
from twin.engine.rules.residence import move, offer
from twin.engine.rules.space import ELSEWHERE, add_weight, choose, needed_m2, set_aside, suits, weigh

#: What becomes of a tenant of a building that closes; see `make_way`.
STAYS, MOVED, STUCK = 0, 1, 2


@njit(cache=True)
def announce(state: State, now: float, building: int, m2: int, outbox: Outbox) -> None:
    """Notice is given that so much of a building closes: what is vacant of it goes off line, and the rest will.

    The floor that its tenants have to give up is noted. What its landlord kept back and does not close is let.
    """
    buildings = state.buildings
    hold_no_more(state, building)
    buildings.closing_m2[building] += m2
    set_aside(state, building)
    crowded_m2 = buildings.let_m2[building] - max(buildings.stock_m2[building] - m2, 0)
    note(state, now, Kind.NOTICE, NOBODY, building, float(max(crowded_m2, 0)))
    offer(state, now, building, outbox)


@njit(cache=True)
def make_way(state: State, now: float, firm: int, outbox: Outbox) -> int:
    """A tenant of a building that closes, an anchor too, chooses another and moves, if there is not room enough.

    Returns whether it STAYS, as the vacant floor of its building takes what closes; MOVED; or is STUCK.
    """
    if not crowded(state, int64(state.firms.building[firm])):
        return STAYS
    m2 = needed_m2(state, firm)
    elsewhere = choose(state, firm, m2, ELSEWHERE)
    if elsewhere < 0:
        return STUCK
    displace(state, now, firm)
    move(state, now, firm, elsewhere, m2, outbox)
    return MOVED


@njit()
def crowded(state: State, building: int) -> bool:
    """Whether more closes of a building than is vacant in it; of one all of which closes, always."""
    buildings = state.buildings
    return bool(buildings.stock_m2[building] - buildings.let_m2[building] < buildings.closing_m2[building])


@njit(cache=True)
def lose(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """The park loses a tenant that found no other building, be it an anchor."""
    displace(state, now, firm)
    leave(state, now, firm, Kind.LOSE + 0, outbox)


@njit()
def displace(state: State, now: float, firm: int) -> None:
    """Note that a firm goes because its building closes, with the floor it had there, and compensate it."""
    note(state, now, Kind.DISPLACE, firm, int64(state.firms.building[firm]), float(state.firms.floor_m2[firm]))
    compensate(state, firm)


@njit(cache=True)
def shut(state: State, now: float, building: int, m2: int, outbox: Outbox) -> None:
    """Works begin on so much of a building, which is off line."""
    buildings = state.buildings
    buildings.works_m2[building] = min(m2, buildings.stock_m2[building])
    note(state, now, Kind.SHUT, NOBODY, building, float(buildings.works_m2[building]))


@njit(cache=True)
def go_on(state: State, now: float, building: int, done_m2: int, m2: int, outbox: Outbox) -> None:
    """A part of a building is done, takes the tenants of the next, and works go on there."""
    finish(state, building)
    state.buildings.closing_m2[building] += m2 - done_m2
    set_aside(state, building)
    shut(state, now, building, m2, outbox)
    offer(state, now, building, outbox)


@njit()
def finish(state: State, building: int) -> None:
    """What was worked on is counted as renovated."""
    buildings = state.buildings
    buildings.renovated_m2[building] += buildings.works_m2[building]
    buildings.works_m2[building] = 0


@njit(cache=True)
def demolish(state: State, now: float, building: int, outbox: Outbox) -> None:
    """A building whose tenants have gone is taken down; floor that opens in its place later is let again."""
    buildings = state.buildings
    note(state, now, Kind.DEMOLISH, NOBODY, building, float(buildings.stock_m2[building]))
    buildings.stock_m2[building] = buildings.works_m2[building] = 0
    buildings.closing_m2[building] -= WHOLE
    set_aside(state, building)


@njit(cache=True)
def rebuild(
    state: State,
    now: float,
    building: int,
    kind: int,
    storey_m: float,
    list_rent: float,
    quality: float,
    outbox: Outbox,
) -> None:
    """Works leave a building at a list rent and of a quality, of a type (-1 its own), with storeys of a height."""
    buildings = state.buildings
    if kind >= 0:
        set_type(state, building, kind, storey_m)
    buildings.list_rent_cny_m2_day[building], buildings.quality[building] = list_rent, quality
    ask(state, building)
    weigh(state, building)


@njit(cache=True)
def reopen(state: State, now: float, building: int, done_m2: int, m2: int, outbox: Outbox) -> None:
    """Works are done on the last so much that closed: so much of a building is let again, and who waits may take it."""
    buildings = state.buildings
    finish(state, building)
    buildings.stock_m2[building] = m2
    buildings.closing_m2[building] -= done_m2
    buildings.since[building] = now
    set_aside(state, building)
    note(state, now, Kind.REOPEN, NOBODY, building, float(m2))
    offer(state, now, building, outbox)


@njit(cache=True)
def support(state: State, now: float, cny: float, outbox: Outbox) -> None:
    """Pay a grant for works on low-efficiency stock."""
    spend(state, Item.REVITALISATION, cny)


@njit()
def set_type(state: State, building: int, kind: int, storey_m: float) -> None:
    """A building comes into the market and the choice of the firms that it now suits, out of that of others.

    Its floors carry what its type asks for, or more if they did: no use is changed without (GB 55021-2021).
    """
    buildings, choice = state.buildings, state.choice
    load = max(buildings.floor_load_kn_m2[building], choice.type_load_kn_m2[kind])
    buildings.market[building] = state.markets.of_type[kind]
    state.contracts.type[building] = kind
    buildings.storey_m[building], buildings.floor_load_kn_m2[building] = storey_m, load
    for segment in range(len(choice.total)):
        storey_need, load_need = choice.storey_need_m[segment], choice.load_need_kn_m2[segment]
        fits = suits(choice.type_fits[kind, segment], storey_m, load, storey_need, load_need)
        weight = choice.weight[segment, building]
        if fits != choice.fits[segment, building]:
            choice.fits[segment, building] = fits
            add_weight(state, segment, building, weight if fits else -weight)
