"""Hosting: a service that has a house gives firms on its slots floor in it, for as long as they are on a slot.

So an incubator is floor, services and capital in one (场地 + 服务 + 资本): funds take those it hosts before others.
"""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import State, int64
from twin.engine.rules.space import needed_m2

NO_HOST = (int64(-1), int64(0))


@njit()
def has_houses(state: State, service: int) -> bool:
    """Whether firms on slots of a service get floor with them."""
    return bool(state.services.slot_m2[service] > 0 and first_house(state, service) < last_house(state, service))


@njit()
def first_house(state: State, service: int) -> int:
    """Where the houses of a service begin in the list of all."""
    return int64(state.services.house_start[service])


@njit()
def last_house(state: State, service: int) -> int:
    """And where those of the next begin."""
    return int64(state.services.house_start[service + 1])


@njit()
def host_at(state: State, firm: int, service: int) -> tuple[int, int]:
    """The first house of a service with floor left for a firm, and how much it gets; NO_HOST if it needs more."""
    m2 = int64(state.services.slot_m2[service])
    if has_houses(state, service) and needed_m2(state, firm) <= m2:
        for house in range(first_house(state, service), last_house(state, service)):
            building = int64(state.services.house[house])
            vacant = state.buildings.stock_m2[building] - state.buildings.let_m2[building]
            if min(vacant, state.buildings.kept_m2[building]) >= m2 and state.buildings.closing_m2[building] == 0:
                return building, m2
    return NO_HOST


@njit()
def host_of(state: State, firm: int) -> tuple[int, int]:
    """Where a slot that a firm is on has floor for it, and how much; NO_HOST for anchors and those that have it."""
    firms = state.firms
    if firms.serving[firm] != 0 and not firms.hosted[firm] and not firms.anchor[firm]:
        for service in range(len(state.services.slots)):
            if (int64(firms.serving[firm]) >> service) & 1:
                building, m2 = host_at(state, firm, service)
                if building >= 0:
                    return building, m2
    return NO_HOST


@njit()
def is_nursed(state: State, firm: int) -> bool:
    """Whether a firm is on a slot of a service that has houses."""
    for service in range(len(state.services.slots)):
        if (int64(state.firms.serving[firm]) >> service) & 1 and has_houses(state, service):
            return True
    return False


@njit()
def be_hosted(state: State, firm: int, building: int, m2: int) -> None:
    """Floor that was kept for slots is a firm's, which takes it next."""
    state.firms.hosted[firm] = True
    state.buildings.kept_m2[building] -= m2


@njit()
def be_host_no_more(state: State, firm: int) -> None:
    """What a firm is about to give back is kept for the next on a slot."""
    if state.firms.hosted[firm]:
        state.firms.hosted[firm] = False
        state.buildings.kept_m2[state.firms.building[firm]] += state.firms.floor_m2[firm]
