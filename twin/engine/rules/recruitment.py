"""Recruitment: prospects come on a list, an office works on one after another, and wins some of them for the park.

The office is a service like others, with slots, a queue and patience. Prospects of the short list are taken before
those of the long list, each in the order in which they came. A prospect is a row among the firms, but no firm of the
park before it is won.
"""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.arrivals import start_source
from twin.engine.draws import uniform
from twin.engine.kinds import Draw, Kind, Origin, Status
from twin.engine.note import NOWHERE, note
from twin.engine.rules.entry import ONCE, come_in, next_key, stage_at_entry, write_down
from twin.engine.rules.linkage import short_list_share
from twin.engine.rules.services import ask, leave_slot, place_due, place_of, serve_queue, tired


@njit()
def list_next(state: State, now: float, source: int, outbox: Outbox) -> None:
    """The next prospect of a source comes on the list, of itself or because of an event."""
    if state.sources.origin[source] == Origin.EVENT:
        state.events.prospects[state.sources.industry[source]] += 1
    list_prospect(state, now, source, outbox)
    start_source(state, now, source, outbox)


@njit(cache=True)
def list_prospect(state: State, now: float, source: int, outbox: Outbox) -> None:
    """A prospect comes on the short list or the long list, and asks for the office's time."""
    sources, key, office = state.sources, next_key(state, source), state.recruitment.office[0]
    industry, node = int64(sources.industry[source]), int64(sources.node[source])
    firm = write_down(state, key, industry, node, stage_at_entry(state, key, industry))
    note(state, now, Kind.LIST, firm, NOWHERE, float(state.firms.staff[firm]))
    short = uniform(state.seed, key, Draw.SHORT_LIST, ONCE) < short_list_share(state, source)
    ask(state, now, firm, office, short, outbox)
    if place_of(state, firm, office) < 0:
        strike_out(state, now, firm, Kind.FADE + 0)


@njit()
def conclude(state: State, now: float, prospect: int, outbox: Outbox) -> None:
    """The office has done what it can for a prospect, and wins it or not; then it turns to the next."""
    firms, office = state.firms, state.recruitment.office[0]
    place = place_due(state, now, prospect, True)
    state.services.finished[office] += 1
    note(state, now, Kind.SERVED, prospect, office, 0.0)
    leave_slot(state, now, place, outbox)
    luck = uniform(state.seed, firms.key[prospect], Draw.HIT, ONCE)
    if luck < state.recruitment.hit_rate[firms.industry[prospect]]:
        note(state, now, Kind.WIN, prospect, NOWHERE, float(firms.staff[prospect]))
        come_in(state, now, prospect, outbox)
    else:
        strike_out(state, now, prospect, Kind.DECLINE + 0)
    serve_queue(state, now, office, outbox)


@njit()
def lose_interest(state: State, now: float, prospect: int, outbox: Outbox) -> None:
    """A prospect has waited too long for the office."""
    tired(state, now, prospect, outbox)
    strike_out(state, now, prospect, Kind.FADE + 0)


@njit()
def strike_out(state: State, now: float, prospect: int, cause: int) -> None:
    """A prospect is lost, for a cause, with its persons."""
    note(state, now, cause, prospect, NOWHERE, float(state.firms.staff[prospect]))
    state.firms.status[prospect] = Status.GONE
    state.firms.left[prospect] = now
