"""Room for a firm: moving in, waiting for room, giving it up, resizing, changing building."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import NEVER, hazards, set_date, start_clock
from twin.engine.draws import exponential
from twin.engine.kinds import FIRST_CLOCK, Draw, Kind, Status
from twin.engine.note import NOWHERE, note
from twin.engine.rules.agreements import agree
from twin.engine.rules.hosting import be_host_no_more, be_hosted, host_of
from twin.engine.rules.linkage import welcome_anchor
from twin.engine.rules.purse import QUARTER_YEARS, relief_of
from twin.engine.rules.space import (
    ELSEWHERE,
    advertise,
    choose,
    closes,
    free_m2,
    give_back,
    keeping,
    needed_m2,
    segment_of,
    set_aside,
    take,
    why_no_room,
)
from twin.engine.rules.stages import begin_life, begin_stage

NOBODY_WAITS = 2**62  # the least room needed on an empty list


@njit()
def seek_room(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm without room chooses a building, or waits for room, or, with no patience, gives up at once."""
    m2 = needed_m2(state, firm)
    building = choose(state, firm, m2, ELSEWHERE)
    if building >= 0:
        move_in(state, now, firm, building, m2, outbox)
        return
    patience = state.industries.search_patience_years[state.firms.industry[firm]]
    if patience <= 0.0:
        give_up(state, now, firm, outbox)
        return
    wait(state, now, firm, m2)
    if patience < NEVER:
        draw = exponential(state.seed, state.firms.key[firm], Draw.SEARCH_PATIENCE, int64(state.firms.searches[firm]))
        set_date(state, firm, Kind.GIVE_UP, now + patience * draw, outbox)


@njit()
def move_in_with_host(state: State, now: float, firm: int, building: int, m2: int, outbox: Outbox) -> None:
    """A firm takes its first room, which comes with the slot that it is about to take."""
    be_hosted(state, firm, building, m2)
    move_in(state, now, firm, building, m2, outbox)


@njit()
def move_in(state: State, now: float, firm: int, building: int, m2: int, outbox: Outbox) -> None:
    """A firm takes its first room, and its life in the park begins."""
    settle(state, now, firm, building, m2, outbox)
    begin_life(state, now, firm, now + 1.0, outbox)
    begin_stage(state, now, firm, outbox)


@njit()
def settle(state: State, now: float, firm: int, building: int, m2: int, outbox: Outbox) -> None:
    """A firm takes its first room."""
    state.firms.status[firm] = Status.RESIDENT
    state.firms.settled[firm] = now
    occupy(state, firm, building, m2)
    sign(state, now, firm, outbox)
    note(state, now, Kind.SETTLE, firm, building, float(m2))
    if state.firms.anchor[firm]:
        welcome_anchor(state, now, firm, outbox)


@njit()
def come(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm that is only registered looks for room; where there is none it stays as it is, and looks again later."""
    firms = state.firms
    firms.comings[firm] += 1
    building, m2 = host_of(state, firm)
    if building >= 0:
        be_hosted(state, firm, building, m2)
    else:
        m2 = needed_m2(state, firm)
        building = choose(state, firm, m2, ELSEWHERE)
    note(state, now, Kind.COME, firm, building, float(m2))
    if building >= 0:
        settle(state, now, firm, building, m2, outbox)
    clock = Kind.COME - FIRST_CLOCK
    start_clock(state, now, firm, clock, int64(firms.comings[firm]), hazards(state, firm)[clock], outbox)


@njit()
def sign(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm signs a lease where it is: the rent asked now is what it pays until the lease ends.

    With floor that comes with a slot it signs for as long as it is on the slot, for a share of the rent.
    """
    firms = state.firms
    rent, years = state.buildings.rent_cny_m2_day[firms.building[firm]], NEVER
    if firms.hosted[firm]:
        rent *= state.conduct.slot_rent_ratio[0]
    else:
        years = state.industries.lease_years[firms.industry[firm]]
    firms.rent_paid[firm] = rent
    firms.rent_forgone[firm] = relief_of(state, int64(firms.building[firm]))
    set_date(state, firm, Kind.LEASE_END, now + years, outbox)
    agree(state, now, firm, outbox)


@njit()
def occupy(state: State, firm: int, building: int, m2: int) -> None:
    """Floor and people come to a building."""
    take(state, firm, building, m2)
    if state.firms.hosted[firm]:
        set_aside(state, building)  # what was kept is off line no more
    state.buildings.tenants[building] += 1
    state.buildings.arrivals[building] += 1
    state.buildings.jobs[building, state.firms.industry[firm]] += state.firms.staff[firm]


@njit()
def clear_out(state: State, firm: int) -> int:
    """Floor and people go from a building; returns the building."""
    building = int64(state.firms.building[firm])
    be_host_no_more(state, firm)
    give_back(state, firm, int64(state.firms.floor_m2[firm]))
    state.buildings.tenants[building] -= 1
    state.buildings.departures[building] += 1
    state.buildings.jobs[building, state.firms.industry[firm]] -= state.firms.staff[firm]
    state.firms.building[firm] = -1
    return building


@njit()
def offer(state: State, now: float, building: int, outbox: Outbox) -> None:
    """Firms waiting for room take what is free in a building, first come first, each if it fits; the rest is on offer.

    Every rule that leaves floor free ends with this.
    """
    waiting, firms = state.waiting, state.firms
    line_up(state, building)
    firm = first_come(state)
    while firm >= 0:
        segment, m2 = segment_of(state, firm), needed_m2(state, firm)
        waiting.next_up[segment] = firms.wait_next[firm]
        if m2 <= free_m2(state, building):
            stop_waiting(state, firm, outbox)
            move_in(state, now, firm, building, m2, outbox)
        else:
            waiting.least_m2[segment] = min(waiting.least_m2[segment], m2)
        firm = first_come(state)
    advertise(state, building)


@njit()
def line_up(state: State, building: int) -> None:
    """Have those who wait asked about a building, list by list, if it suits them and may have the room."""
    waiting, room = state.waiting, free_m2(state, building)
    for segment in range(len(waiting.head)):
        waiting.next_up[segment] = -1
        if waiting.head[segment] >= 0 and waiting.least_m2[segment] <= room and state.choice.fits[segment, building]:
            waiting.next_up[segment] = waiting.head[segment]
            waiting.least_m2[segment] = NOBODY_WAITS  # until those who are asked and stay say what they need


@njit()
def first_come(state: State) -> int:
    """Of those next to be asked, one a list, the firm that came first; -1 none."""
    next_up, entered, first = state.waiting.next_up, state.firms.entered, int64(-1)
    for segment in range(len(next_up)):
        firm = int64(next_up[segment])
        if firm >= 0 and (first < 0 or (entered[firm], firm) < (entered[first], first)):
            first = firm
    return first


@njit()
def wait(state: State, now: float, firm: int, m2: int) -> None:
    """A firm goes to the end of its list of those waiting for room."""
    waiting, firms, segment = state.waiting, state.firms, segment_of(state, firm)
    last = waiting.tail[segment]
    firms.wait_before[firm], firms.wait_next[firm] = last, -1
    if last >= 0:
        firms.wait_next[last] = firm
    else:
        waiting.head[segment] = firm
    waiting.tail[segment] = firm
    waiting.length[0] += 1
    waiting.least_m2[segment] = min(waiting.least_m2[segment], m2)
    note(state, now, Kind.WAIT, firm, NOWHERE, float(m2))


@njit()
def stop_waiting(state: State, firm: int, outbox: Outbox) -> None:
    """A firm steps out of its list of those waiting for room."""
    waiting, firms, segment = state.waiting, state.firms, segment_of(state, firm)
    before, after = firms.wait_before[firm], firms.wait_next[firm]
    if before >= 0:
        firms.wait_next[before] = after
    else:
        waiting.head[segment] = after
    if after >= 0:
        firms.wait_before[after] = before
    else:
        waiting.tail[segment] = before
    waiting.length[0] -= 1
    set_date(state, firm, Kind.GIVE_UP, NEVER, outbox)


@njit()
def lose_patience(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A waiting firm waits no longer."""
    stop_waiting(state, firm, outbox)
    give_up(state, now, firm, outbox)


@njit()
def give_up(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm does not come for want of room: unmet demand, with its reason."""
    firms, tally = state.firms, state.tally
    m2 = needed_m2(state, firm)
    reason = why_no_room(state, firm, m2)
    tally.unmet_firms[reason, firms.industry[firm]] += 1
    tally.unmet_m2[reason, firms.industry[firm]] += m2
    note(state, now, Kind.GIVE_UP, firm, NOWHERE, float(reason))
    firms.status[firm] = Status.GONE
    firms.left[firm] = now


@njit()
def resize(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A resident that has outgrown its floor takes more where it is, or all it needs elsewhere, or stays as it is.

    What it takes where it is comes under the lease it has; what it no longer needs it keeps until the lease ends.
    """
    if state.firms.status[firm] != Status.RESIDENT or expand(state, now, firm):
        return
    needed = needed_m2(state, firm)
    if needed > state.conduct.expand_above[0] * state.firms.floor_m2[firm]:
        elsewhere = choose(state, firm, needed, ELSEWHERE)
        if elsewhere >= 0:
            move(state, now, firm, elsewhere, needed, outbox)


@njit()
def expand(state: State, now: float, firm: int) -> bool:
    """A resident that has outgrown its floor takes the difference where it is, if that is free and it has no host."""
    building, rented = int64(state.firms.building[firm]), int64(state.firms.floor_m2[firm])
    more = needed_m2(state, firm) - rented
    if state.firms.hosted[firm] or rented + more <= state.conduct.expand_above[0] * rented:
        return False
    if free_m2(state, building) < more:
        return False
    take(state, firm, building, more)
    note(state, now, Kind.RESIZE, firm, building, float(more))
    return True


@njit()
def end_lease(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A lease ends: the firm signs again where it is, or moves to another building that has room for what it needs.

    An anchor always signs again. In a building all of which closes nothing is signed: its works decide what becomes of
    tenants. A firm whose slot has floor for it goes there, and one whose slot had it and is no more has to go; as long
    as it finds nothing it stays.
    """
    firms, here = state.firms, int64(state.firms.building[firm])
    host, m2 = host_of(state, firm)
    if host >= 0:
        note(state, now, Kind.LEASE_END, firm, host, float(m2))
        move_to_host(state, now, firm, host, m2, outbox)
        return
    if closes(state, here):
        set_date(state, firm, Kind.LEASE_END, NEVER, outbox)
        return
    m2, there = needed_m2(state, firm), here
    if firms.hosted[firm]:
        there = choose(state, firm, m2, ELSEWHERE)
    elif not firms.anchor[firm]:
        there = choose(state, firm, m2, keeping(state, firm, m2))
    note(state, now, Kind.LEASE_END, firm, there, float(m2))
    if there >= 0 and there != here:
        move(state, now, firm, there, m2, outbox)
    elif firms.hosted[firm]:
        set_date(state, firm, Kind.LEASE_END, now + QUARTER_YEARS, outbox)
    else:
        renew(state, now, firm, m2, outbox)


@njit()
def renew(state: State, now: float, firm: int, m2: int, outbox: Outbox) -> None:
    """A firm signs again where it is, for more floor if it has outgrown what it has, or for less if it has shrunk."""
    building, rented = int64(state.firms.building[firm]), int64(state.firms.floor_m2[firm])
    sign(state, now, firm, outbox)
    note(state, now, Kind.RENEW, firm, building, float(state.buildings.rent_cny_m2_day[building]))
    expand(state, now, firm)
    if m2 < state.conduct.shrink_below[0] * rented:
        give_back(state, firm, rented - m2)
        note(state, now, Kind.RESIZE, firm, building, float(m2 - rented))
        offer(state, now, building, outbox)


@njit()
def move(state: State, now: float, firm: int, building: int, m2: int, outbox: Outbox) -> None:
    """A resident changes building; the new room is taken before the old one is offered."""
    old = clear_out(state, firm)
    arrive(state, now, firm, building, m2, old, outbox)


@njit()
def move_to_host(state: State, now: float, firm: int, building: int, m2: int, outbox: Outbox) -> None:
    """A resident changes to floor that comes with its slot."""
    old = clear_out(state, firm)
    be_hosted(state, firm, building, m2)
    arrive(state, now, firm, building, m2, old, outbox)


@njit()
def arrive(state: State, now: float, firm: int, building: int, m2: int, old: int, outbox: Outbox) -> None:
    """A firm that has left a building is in another, and what it left is on offer."""
    occupy(state, firm, building, m2)
    sign(state, now, firm, outbox)
    note(state, now, Kind.MOVE, firm, building, float(m2))
    offer(state, now, old, outbox)
