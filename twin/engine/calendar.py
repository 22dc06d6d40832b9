"""The compiled calendar: a 4-ary heap of actors ordered by (date, kind, who), and the loop that plays it."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Calendar, Outbox, State, int64
from twin.engine.clocks import NEVER, soonest
from twin.engine.kinds import Kind
from twin.engine.note import has_room
from twin.engine.rules import happen

#: How `play` ended.
DONE, FULL, WATCHED = 0, 1, 2

#: SimPy's own priorities are 0 and 1; a happening's rank is its kind and who it befalls, after these.
FIRST_RANK = 2


@njit()
def rank_of(kind: int, who: int) -> int:
    """The order of happenings at one instant, as one number, by meaning and never by insertion."""
    return FIRST_RANK + (kind << 32) + who


@njit(nogil=True, cache=True)
def play(state: State, outbox: Outbox, until: float, until_rank: int) -> tuple[int, float]:
    """Let everything happen that comes before (until, until_rank); returns how it ended and the last date played.

    It stops early when something happened that somebody waits for, and before a happening for which the arrays may be
    too short.
    """
    now = 0.0
    calendar, sources = state.calendar, len(state.sources.due)
    file_all_in(state, outbox)
    while is_next_before(state, until, until_rank):
        if not has_room(state):
            return FULL, now
        actor, kind = int64(calendar.heap[0]), int64(calendar.kind[0])
        who = actor if kind == Kind.ENTER else actor - sources
        now = calendar.time[0]
        happen(state, now, kind, who, outbox)
        file_all_in(state, outbox)
        if state.watch.used[0] > 0:
            return WATCHED, now
    return DONE, now


@njit(cache=True)
def has_work(state: State, outbox: Outbox, until: float, until_rank: int) -> bool:
    """Whether `play` has anything to do: somebody was touched, or something happens before (until, until_rank)."""
    return outbox.used[0] > 0 or is_next_before(state, until, until_rank)


@njit()
def is_next_before(state: State, until: float, until_rank: int) -> bool:
    """Whether the first in the calendar comes before (until, until_rank)."""
    calendar = state.calendar
    if calendar.size[0] == 0 or calendar.time[0] > until:
        return False
    kind, actor = int64(calendar.kind[0]), int64(calendar.heap[0])
    who = actor if kind == Kind.ENTER else actor - len(state.sources.due)
    return bool(calendar.time[0] < until or rank_of(kind, who) < until_rank)


@njit()
def file_all_in(state: State, outbox: Outbox) -> None:
    """Put whoever the last rule touched in their place in the calendar."""
    count = outbox.used[0]
    if count <= len(outbox.actor):
        for n in range(count):
            file(state, int64(outbox.actor[n]))
    else:
        for actor in range(len(state.sources.due) + state.firms.used[0]):
            file(state, actor)
    outbox.used[0] = 0


@njit()
def file(state: State, actor: int) -> None:
    """Move an actor to where its next date belongs."""
    calendar = state.calendar
    date, kind = soonest(state, actor)
    place = int64(calendar.place[actor])
    if date == NEVER:
        if place >= 0:
            remove(calendar, place)
        return
    if place < 0:
        place = calendar.size[0]
        calendar.size[0] += 1
    elif date == calendar.time[place] and kind == calendar.kind[place]:
        return
    seat(calendar, place, date, kind, actor)


@njit()
def seat(calendar: Calendar, place: int, date: float, kind: int, actor: int) -> None:
    """Put an actor with its next date at a place of the heap, or above or below it, where it belongs."""
    gap = rise(calendar, place, date, kind, actor)
    if gap == place:
        gap = sink(calendar, place, date, kind, actor)
    put(calendar, gap, date, kind, actor)


@njit()
def before(calendar: Calendar, place: int, date: float, kind: int, actor: int) -> bool:
    """Whether an actor comes before the one at a place: by date, then kind, then who.

    Sources and firms never share a kind.
    """
    if date != calendar.time[place]:
        return bool(date < calendar.time[place])
    if kind != calendar.kind[place]:
        return bool(kind < calendar.kind[place])
    return bool(actor < calendar.heap[place])


@njit()
def put(calendar: Calendar, place: int, date: float, kind: int, actor: int) -> None:
    """Write an actor and its next date at a place of the heap."""
    calendar.time[place], calendar.kind[place], calendar.heap[place] = date, kind, actor
    calendar.place[actor] = place


@njit()
def shift(calendar: Calendar, source: int, target: int) -> None:
    """Copy who stands at one place of the heap to another."""
    put(calendar, target, calendar.time[source], int64(calendar.kind[source]), int64(calendar.heap[source]))


@njit()
def rise(calendar: Calendar, place: int, date: float, kind: int, actor: int) -> int:
    """Make a gap for an actor at a place or above it, and return where."""
    while place > 0:
        parent = (place - 1) // 4
        if not before(calendar, parent, date, kind, actor):
            break
        shift(calendar, parent, place)
        place = parent
    return place


@njit()
def sink(calendar: Calendar, place: int, date: float, kind: int, actor: int) -> int:
    """Make a gap for an actor at a place or below it, and return where."""
    size = calendar.size[0]
    while True:
        first = 4 * place + 1
        if first >= size:
            break
        best = first
        for child in range(first + 1, min(first + 4, size)):
            if before(calendar, best, calendar.time[child], int64(calendar.kind[child]), int64(calendar.heap[child])):
                best = child
        if before(calendar, best, date, kind, actor):
            break
        shift(calendar, best, place)
        place = best
    return place


@njit()
def remove(calendar: Calendar, place: int) -> None:
    """Take the actor at a place out of the heap; the last one fills the gap."""
    calendar.place[calendar.heap[place]] = -1
    calendar.size[0] -= 1
    last = calendar.size[0]
    if place != last:
        seat(calendar, place, calendar.time[last], int64(calendar.kind[last]), int64(calendar.heap[last]))
