"""Services: finite slots, a first-come queue, patience; those that are funds need a ticket for a slot as well.

In a queue those that are prior come before the others: prospects on the short list of the recruitment office, and, at
a fund, firms on a slot of a service that has houses.

A firm may have a place, in the queue or on a slot, at each service of its stage. Places are rows of `Requests`: those
of a queue form a list, and so do those of a firm, in the order of the services.
"""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import NEVER, hazards, on_grid, rescale, set_date, touch
from twin.engine.draws import exponential, uniform
from twin.engine.kinds import Draw, Item, Kind, Status
from twin.engine.note import note
from twin.engine.rules.funds import affordable, give_back_ticket, is_joined, pay_ticket
from twin.engine.rules.hosting import NO_HOST, host_at, host_of, is_nursed
from twin.engine.rules.linkage import effort
from twin.engine.rules.purse import spend


@njit()
def request(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm asks for each service of its stage that it needs."""
    for service in range(len(state.services.slots)):
        if needs_service(state, firm, service):
            ask(state, now, firm, service, is_fund(state, service) and is_nursed(state, firm), outbox)


@njit()
def needs_service(state: State, firm: int, service: int) -> bool:
    """Whether a firm asks for a service at its stage: it needs it, has not been served, and has no place there yet."""
    firms, stage = state.firms, int64(state.firms.stage[firm])
    if (state.stages.services[stage] >> service) & 1 == 0 or (int64(firms.served[firm]) >> service) & 1 == 1:
        return False
    if place_of(state, firm, service) >= 0:
        return False
    return bool(
        uniform(state.seed, firms.key[firm], at(Draw.NEEDS_SERVICE, service), stage) < state.services.share[service]
    )


@njit()
def host_ahead(state: State, firm: int) -> tuple[int, int]:
    """The floor, and where, that comes with a slot which a firm without room is about to ask for and to get."""
    for service in range(len(state.services.slots)):
        building, m2 = host_at(state, firm, service)
        if building >= 0 and is_free(state, service) and needs_service(state, firm, service):
            return building, m2
    return NO_HOST


@njit()
def at(draw: int, service: int) -> int:
    """The kind of a draw that concerns one service among all."""
    return draw + (int(service) << 8)


@njit()
def ask(state: State, now: float, firm: int, service: int, prior: bool, outbox: Outbox) -> None:
    """A firm takes a free slot or joins the queue, before others if it is prior; with no patience it goes without."""
    services = state.services
    services.joined[service] += 1
    note(state, now, Kind.JOIN, firm, service, 0.0)
    patience = services.patience_years[service]
    if is_free(state, service):
        admit(state, now, take_place(state, firm, service), 0.0, outbox)
    elif patience <= 0.0:
        services.tired[service] += 1
        note(state, now, Kind.TIRED, firm, service, 0.0)
    else:
        place = take_place(state, firm, service)
        join_queue(state, now, place, prior)
        wait = NEVER
        if patience < NEVER:
            nth = int64(state.firms.stage[firm])
            draw = exponential(state.seed, state.firms.key[firm], at(Draw.SERVICE_PATIENCE, service), nth)
            wait = patience * draw
        set_due(state, place, now + wait, outbox)


@njit()
def is_free(state: State, service: int) -> bool:
    """Whether a service has a slot free and, if it is a fund, a ticket."""
    return bool(state.services.busy[service] < state.services.slots[service] and state.funds.tickets[service] != 0)


@njit()
def is_fund(state: State, service: int) -> bool:
    """Whether a service pays tickets."""
    return bool(state.funds.ticket_cny[service] > 0.0)


@njit()
def admit(state: State, now: float, place: int, waited: float, outbox: Outbox) -> None:
    """A firm's place becomes one on a slot; if floor comes with it, the firm ends the lease that it has."""
    firm = int64(state.requests.firm[place])
    start(state, now, place, waited, outbox)
    if state.firms.status[firm] == Status.RESIDENT and host_of(state, firm) != NO_HOST:
        set_date(state, firm, Kind.LEASE_END, now, outbox)


@njit()
def start(state: State, now: float, place: int, waited: float, outbox: Outbox) -> None:
    """A firm's place becomes one on a slot, for a Weibull-distributed time; a fund keeps a ticket for it."""
    firms, services, requests = state.firms, state.services, state.requests
    firm, service = int64(requests.firm[place]), int64(requests.service[place])
    before = hazards(state, firm)
    accrue(state, now, service)
    services.busy[service] += 1
    services.started[service] += 1
    if state.funds.tickets[service] > 0:
        state.funds.tickets[service] -= 1
    requests.on_slot[place] = True
    firms.serving[firm] |= 1 << service
    length, shape = services.scale_years[service], services.shape[service]
    if shape < NEVER:
        draw = exponential(state.seed, firms.key[firm], at(Draw.SERVICE, service), int64(firms.stage[firm]))
        length *= draw ** (1.0 / shape)
    if service == state.recruitment.office[0]:
        length *= effort(state, int64(firms.industry[firm]))
    set_due(state, place, now + length, outbox)
    note(state, now, Kind.START, firm, service, waited)
    rescale(state, now, firm, before, outbox)


@njit()
def served(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm's time is over: what the service does for it begins, and the next in the queue takes the slot.

    A fund does nothing for a firm whose round others do not join; its ticket is there for the next.
    """
    place = place_due(state, now, firm, True)
    service = int64(state.requests.service[place])
    before = hazards(state, firm)
    state.services.finished[service] += 1
    paid = is_fund(state, service)
    if paid and not is_joined(state, firm, service):
        state.funds.unmatched[service] += 1
        note(state, now, Kind.SERVED, firm, service, 0.0)
        give_back_ticket(state, service)
    else:
        state.firms.served[firm] |= 1 << service
        note(state, now, Kind.SERVED, firm, service, state.funds.ticket_cny[service])
        if paid:
            pay_ticket(state, firm, service)
    leave_slot(state, now, place, outbox)
    rescale(state, now, firm, before, outbox)
    serve_queue(state, now, service, outbox)


@njit()
def tired(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm's patience is over."""
    go_without(state, now, place_due(state, now, firm, False), outbox)


@njit()
def go_without(state: State, now: float, place: int, outbox: Outbox) -> None:
    """A firm leaves the queue unserved and goes on without the service."""
    firm, service = int64(state.requests.firm[place]), int64(state.requests.service[place])
    waited = leave_queue(state, now, place)
    give_up_place(state, place, outbox)
    state.services.tired[service] += 1
    note(state, now, Kind.TIRED, firm, service, waited)


@njit()
def withdraw(state: State, now: float, firm: int, kept: int, outbox: Outbox) -> None:
    """A firm gives up its places but at a set of services; a ticket that a fund kept for it is there for another."""
    requests, place = state.requests, int64(state.firms.requests[firm])
    while place >= 0:
        following, service = int64(requests.next[place]), int64(requests.service[place])
        if (kept >> service) & 1 == 0:
            if requests.on_slot[place]:
                give_back_ticket(state, service)
                leave_slot(state, now, place, outbox)
                serve_queue(state, now, service, outbox)
            else:
                go_without(state, now, place, outbox)
        place = following


@njit(cache=True)
def add_slots(state: State, now: float, service: int, slots: int, outbox: Outbox) -> None:
    """Open slots (or close them: a closed slot ends its service first); whoever waits takes the new ones."""
    accrue(state, now, service)
    state.services.slots[service] = max(state.services.slots[service] + slots, 0)
    serve_queue(state, now, service, outbox)


@njit(cache=True)
def grant(state: State, now: float, fund: int, outbox: Outbox) -> None:
    """A budget year begins: tickets left of the old one lapse, and the capital not kept for firms pays for new ones."""
    kept_cny = state.services.busy[fund] * state.funds.ticket_cny[fund]
    state.funds.tickets[fund] = affordable(state, fund, state.funds.capital_cny[fund] - kept_cny)
    serve_queue(state, now, fund, outbox)


@njit(cache=True)
def add_capital(state: State, now: float, fund: int, cny: float, outbox: Outbox) -> None:
    """Put whole CNY into a fund; what this budget year's share of them pays for is granted at once."""
    cny = math.floor(cny)
    spend(state, Item.FUNDS, cny)
    state.funds.capital_cny[fund] += cny
    state.funds.tickets[fund] += affordable(state, fund, cny)
    serve_queue(state, now, fund, outbox)


@njit()
def leave_slot(state: State, now: float, place: int, outbox: Outbox) -> None:
    """A firm leaves its slot, and has to leave floor that came with it; the caller sees to its clocks and the queue."""
    firm, service = int64(state.requests.firm[place]), int64(state.requests.service[place])
    accrue(state, now, service)
    state.services.busy[service] -= 1
    state.firms.serving[firm] &= ~(1 << service)
    if state.firms.hosted[firm] and not is_nursed(state, firm):
        set_date(state, firm, Kind.LEASE_END, now, outbox)
    give_up_place(state, place, outbox)


@njit()
def serve_queue(state: State, now: float, service: int, outbox: Outbox) -> None:
    """The first in the queue take what slots are free."""
    while state.services.head[service] >= 0 and is_free(state, service):
        place = int64(state.services.head[service])
        admit(state, now, place, leave_queue(state, now, place), outbox)


@njit()
def join_queue(state: State, now: float, place: int, prior: bool) -> None:
    """A place is the last in the queue, or the last of those that come before the others."""
    requests, services, service = state.requests, state.services, int64(state.requests.service[place])
    accrue(state, now, service)
    before = int64(services.last_prior[service] if prior else services.tail[service])
    after = int64(requests.after[before]) if before >= 0 else int64(services.head[service])
    requests.before[place], requests.after[place] = before, after
    if before >= 0:
        requests.after[before] = place
    else:
        services.head[service] = place
    if after >= 0:
        requests.before[after] = place
    else:
        services.tail[service] = place
    if prior:
        services.last_prior[service] = place
    services.queue[service] += 1
    requests.since[place] = now


@njit()
def leave_queue(state: State, now: float, place: int) -> float:
    """A place is no longer in the queue; returns the years it was."""
    requests, services, service = state.requests, state.services, int64(state.requests.service[place])
    accrue(state, now, service)
    before, after = requests.before[place], requests.after[place]
    if before >= 0:
        requests.after[before] = after
    else:
        services.head[service] = after
    if after >= 0:
        requests.before[after] = before
    else:
        services.tail[service] = before
    if services.last_prior[service] == place:
        services.last_prior[service] = before
    services.queue[service] -= 1
    waited = now - requests.since[place]
    services.waited_years[service] += waited
    return float(waited)


@njit()
def take_place(state: State, firm: int, service: int) -> int:
    """A new place of a firm at a service, among its others in the order of the services."""
    firms, requests = state.firms, state.requests
    place = int64(requests.free[0])
    requests.free[0] = requests.next[place]
    requests.held[0] += 1
    requests.firm[place], requests.service[place], requests.on_slot[place] = firm, service, False
    before, following = int64(-1), int64(firms.requests[firm])
    while following >= 0 and requests.service[following] < service:
        before, following = following, int64(requests.next[following])
    requests.next[place] = following
    if before >= 0:
        requests.next[before] = place
    else:
        firms.requests[firm] = place
    return place


@njit()
def give_up_place(state: State, place: int, outbox: Outbox) -> None:
    """A place is the firm's no more, and its row the first to be used again."""
    firms, requests = state.firms, state.requests
    firm, before, following = int64(requests.firm[place]), int64(-1), int64(firms.requests[requests.firm[place]])
    while following != place:
        before, following = following, int64(requests.next[following])
    if before >= 0:
        requests.next[before] = requests.next[place]
    else:
        firms.requests[firm] = requests.next[place]
    requests.next[place] = requests.free[0]
    requests.free[0] = place
    requests.held[0] -= 1
    touch(outbox, len(state.sources.due) + firm)


@njit()
def place_of(state: State, firm: int, service: int) -> int:
    """A firm's place at a service, -1 none."""
    place = int64(state.firms.requests[firm])
    while place >= 0 and state.requests.service[place] != service:
        place = int64(state.requests.next[place])
    return place


@njit()
def place_due(state: State, now: float, firm: int, on_slot: bool) -> int:
    """The first of a firm's places, on a slot or in a queue, whose date has come."""
    place = int64(state.firms.requests[firm])
    while state.requests.on_slot[place] != on_slot or state.requests.due[place] > now:
        place = int64(state.requests.next[place])
    return place


@njit()
def set_due(state: State, place: int, date: float, outbox: Outbox) -> None:
    """Write the date of a place, on the grid if there is one, and tell the calendar."""
    state.requests.due[place] = on_grid(state, date)
    touch(outbox, len(state.sources.due) + int64(state.requests.firm[place]))


@njit()
def accrue(state: State, now: float, service: int) -> None:
    """Bring the integrals of slots, busy slots and the queue up to now."""
    services = state.services
    years = now - services.since[service]
    services.busy_years[service] += years * services.busy[service]
    services.queue_years[service] += years * services.queue[service]
    services.slot_years[service] += years * max(services.slots[service], services.busy[service])
    services.since[service] = now
