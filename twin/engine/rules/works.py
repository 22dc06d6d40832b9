"""Works: a building closes, is off line or gone, and is let again as the works left it."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.kinds import Kind
from twin.engine.note import NOBODY, note
from twin.engine.rules.exits import leave
from twin.engine.rules.letting import hold_no_more
from twin.engine.rules.purse import compensate
from twin.engine.rules.rents import ask
from twin.engine.rules.residence import move, offer
from twin.engine.rules.space import ELSEWHERE, add_weight, choose, needed_m2, suits, weigh


@njit(cache=True)
def announce(state: State, now: float, building: int, outbox: Outbox) -> None:
    """Notice is given: what is vacant goes off line, and so will what tenants give back."""
    buildings = state.buildings
    buildings.closing[building] += 1
    hold_no_more(state, building)
    buildings.offline_m2[building] = buildings.stock_m2[building] - buildings.let_m2[building]
    note(state, now, Kind.NOTICE, NOBODY, building, float(buildings.let_m2[building]))


@njit(cache=True)
def make_way(state: State, now: float, firm: int, outbox: Outbox) -> bool:
    """A tenant of a building that closes, an anchor too, chooses another and moves; returns whether it found one."""
    m2 = needed_m2(state, firm)
    elsewhere = choose(state, firm, m2, ELSEWHERE)
    if elsewhere < 0:
        return False
    displace(state, now, firm)
    move(state, now, firm, elsewhere, m2, outbox)
    return True


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
def shut(state: State, now: float, building: int, outbox: Outbox) -> None:
    """Works begin on a building whose tenants have gone: all of it is off line."""
    note(state, now, Kind.SHUT, NOBODY, building, float(state.buildings.stock_m2[building]))


@njit(cache=True)
def demolish(state: State, now: float, building: int, outbox: Outbox) -> None:
    """A building whose tenants have gone is taken down; floor that opens in its place later is let again."""
    buildings = state.buildings
    note(state, now, Kind.DEMOLISH, NOBODY, building, float(buildings.stock_m2[building]))
    buildings.stock_m2[building] = buildings.offline_m2[building] = 0
    buildings.closing[building] -= 1


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
    """Works leave a building of a type, with storeys of a height, at a list rent and of a quality."""
    buildings = state.buildings
    set_type(state, building, kind, storey_m)
    buildings.list_rent_cny_m2_day[building], buildings.quality[building] = list_rent, quality
    ask(state, building)
    weigh(state, building)


@njit(cache=True)
def reopen(state: State, now: float, building: int, m2: int, outbox: Outbox) -> None:
    """Works are done: so much of a building is let again, and whoever waits for room may take it."""
    buildings = state.buildings
    buildings.stock_m2[building] = m2
    buildings.closing[building] -= 1
    buildings.offline_m2[building] = m2 if buildings.closing[building] > 0 else 0
    note(state, now, Kind.REOPEN, NOBODY, building, float(m2))
    offer(state, now, building, outbox)


@njit()
def set_type(state: State, building: int, kind: int, storey_m: float) -> None:
    """A building comes into the market and the choice of the firms that it now suits, out of that of others.

    Its floors carry what its type asks for, or more if they did: no use is changed without (GB 55021-2021).
    """
    buildings, choice = state.buildings, state.choice
    load = max(buildings.floor_load_kn_m2[building], choice.type_load_kn_m2[kind])
    buildings.market[building] = state.markets.of_type[kind]
    buildings.storey_m[building], buildings.floor_load_kn_m2[building] = storey_m, load
    for segment in range(len(choice.total)):
        storey_need, load_need = choice.storey_need_m[segment], choice.load_need_kn_m2[segment]
        fits = suits(choice.type_fits[kind, segment], storey_m, load, storey_need, load_need)
        weight = choice.weight[segment, building]
        if fits != choice.fits[segment, building]:
            choice.fits[segment, building] = fits
            add_weight(state, segment, building, weight if fits else -weight)
