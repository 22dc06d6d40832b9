"""Services: finite slots, a first-come queue, patience. Waiting firms form a linked list through their own rows."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import NEVER, hazards, rescale, set_date
from twin.engine.draws import exponential, uniform
from twin.engine.kinds import Draw, Kind
from twin.engine.note import note


@njit()
def request(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm that needs its stage's service takes a free slot or joins the queue; with no patience it goes without."""
    firms, stages, services = state.firms, state.stages, state.services
    stage = int64(firms.stage[firm])
    service = int64(stages.service[stage])
    if not needs_service(state, firm):
        return
    services.joined[service] += 1
    note(state, now, Kind.JOIN, firm, service, 0.0)
    if services.busy[service] < services.slots[service]:
        start(state, now, firm, service, 0.0, outbox)
        return
    patience = services.patience_years[service]
    if patience <= 0.0:
        services.tired[service] += 1
        note(state, now, Kind.TIRED, firm, service, 0.0)
        return
    join_queue(state, now, firm, service)
    if patience < NEVER:
        wait = patience * exponential(state.seed, firms.key[firm], Draw.SERVICE_PATIENCE, stage)
        set_date(state, firm, Kind.TIRED, now + wait, outbox)


@njit()
def needs_service(state: State, firm: int) -> bool:
    """Whether a firm is one of those that ask for their stage's service."""
    stage = int64(state.firms.stage[firm])
    if state.stages.service[stage] < 0:
        return False
    u = uniform(state.seed, state.firms.key[firm], Draw.NEEDS_SERVICE, stage)
    return bool(u < state.stages.service_share[stage])


@njit()
def start(state: State, now: float, firm: int, service: int, waited: float, outbox: Outbox) -> None:
    """A firm takes a slot for a Weibull-distributed time."""
    firms, services = state.firms, state.services
    accrue(state, now, service)
    services.busy[service] += 1
    services.started[service] += 1
    firms.served_at[firm] = service
    length, shape = services.scale_years[service], services.shape[service]
    if shape < NEVER:
        draw = exponential(state.seed, firms.key[firm], Draw.SERVICE, int64(firms.stage[firm]))
        length *= draw ** (1.0 / shape)
    set_date(state, firm, Kind.SERVED, now + length, outbox)
    note(state, now, Kind.START, firm, service, waited)


@njit()
def served(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm's time is over: it advances more easily from now on, and the next in the queue takes the slot."""
    before = hazards(state, firm)
    service = int64(state.firms.served_at[firm])
    state.services.finished[service] += 1
    state.firms.supported[firm] = True
    note(state, now, Kind.SERVED, firm, service, 0.0)
    rescale(state, now, firm, before, outbox)
    free_slot(state, now, firm, service, outbox)


@njit()
def tired(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm leaves the queue unserved and goes on without the service."""
    service = int64(state.firms.queued_at[firm])
    waited = leave_queue(state, now, firm, outbox)
    state.services.tired[service] += 1
    note(state, now, Kind.TIRED, firm, service, waited)


@njit()
def withdraw(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm that ends its stage gives up its slot or its place in the queue."""
    if state.firms.served_at[firm] >= 0:
        free_slot(state, now, firm, int64(state.firms.served_at[firm]), outbox)
    elif state.firms.queued_at[firm] >= 0:
        tired(state, now, firm, outbox)


@njit(cache=True)
def add_slots(state: State, now: float, service: int, slots: int, outbox: Outbox) -> None:
    """Open slots (or close them: a closed slot ends its service first); whoever waits takes the new ones."""
    state.services.slots[service] = max(state.services.slots[service] + slots, 0)
    serve_queue(state, now, service, outbox)


@njit()
def free_slot(state: State, now: float, firm: int, service: int, outbox: Outbox) -> None:
    """A slot becomes free and goes to the first in the queue."""
    accrue(state, now, service)
    state.services.busy[service] -= 1
    state.firms.served_at[firm] = -1
    set_date(state, firm, Kind.SERVED, NEVER, outbox)
    serve_queue(state, now, service, outbox)


@njit()
def serve_queue(state: State, now: float, service: int, outbox: Outbox) -> None:
    """The first in the queue take what slots are free."""
    services = state.services
    while services.head[service] >= 0 and services.busy[service] < services.slots[service]:
        firm = int64(services.head[service])
        waited = leave_queue(state, now, firm, outbox)
        start(state, now, firm, service, waited, outbox)


@njit()
def join_queue(state: State, now: float, firm: int, service: int) -> None:
    """A firm goes to the end of the queue."""
    firms, services = state.firms, state.services
    accrue(state, now, service)
    last = services.tail[service]
    firms.queue_before[firm], firms.queue_next[firm] = last, -1
    if last >= 0:
        firms.queue_next[last] = firm
    else:
        services.head[service] = firm
    services.tail[service] = firm
    services.queue[service] += 1
    firms.queued_at[firm], firms.queued_since[firm] = service, now


@njit()
def leave_queue(state: State, now: float, firm: int, outbox: Outbox) -> float:
    """A firm steps out of the queue; returns the years it waited."""
    firms, services = state.firms, state.services
    service = int64(firms.queued_at[firm])
    accrue(state, now, service)
    before, after = firms.queue_before[firm], firms.queue_next[firm]
    if before >= 0:
        firms.queue_next[before] = after
    else:
        services.head[service] = after
    if after >= 0:
        firms.queue_before[after] = before
    else:
        services.tail[service] = before
    services.queue[service] -= 1
    waited = now - firms.queued_since[firm]
    services.waited_years[service] += waited
    firms.queued_at[firm] = -1
    set_date(state, firm, Kind.TIRED, NEVER, outbox)
    return float(waited)


@njit()
def accrue(state: State, now: float, service: int) -> None:
    """Bring the integrals of busy slots and of the queue up to now."""
    services = state.services
    years = now - services.since[service]
    services.busy_years[service] += years * services.busy[service]
    services.queue_years[service] += years * services.queue[service]
    services.since[service] = now
