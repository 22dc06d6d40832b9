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
    while calendar.size[0] > 0:
        actor = int64(calendar.heap[0])
        date, kind = calendar.time[actor], int64(calendar.kind[actor])
        who = actor if kind == Kind.ENTER else actor - sources
        if date > until or (date == until and rank_of(kind, who) >= until_rank):
            break
        if not has_room(state):
            return FULL, now
        now = date
        happen(state, now, kind, who, outbox)
        file_all_in(state, outbox)
        if state.watch.used[0] > 0:
            return WATCHED, now
    return DONE, now


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
    calendar.time[actor], calendar.kind[actor] = date, kind
    place = int64(calendar.place[actor])
    if date == NEVER:
        if place >= 0:
            remove(calendar, place)
        return
    if place < 0:
        place = calendar.size[0]
        calendar.size[0] += 1
    rise(calendar, place, actor)
    sink(calendar, int64(calendar.place[actor]), actor)


@njit()
def earlier(calendar: Calendar, a: int, b: int) -> bool:
    """Whether actor a comes before actor b: by date, then kind, then who; sources and firms never share a kind."""
    if calendar.time[a] != calendar.time[b]:
        return bool(calendar.time[a] < calendar.time[b])
    if calendar.kind[a] != calendar.kind[b]:
        return bool(calendar.kind[a] < calendar.kind[b])
    return a < b


@njit()
def rise(calendar: Calendar, place: int, actor: int) -> None:
    """Put an actor at a place of the heap, or above it."""
    while place > 0:
        parent = (place - 1) // 4
        above = int64(calendar.heap[parent])
        if not earlier(calendar, actor, above):
            break
        calendar.heap[place] = above
        calendar.place[above] = place
        place = parent
    calendar.heap[place] = actor
    calendar.place[actor] = place


@njit()
def sink(calendar: Calendar, place: int, actor: int) -> None:
    """Put an actor at a place of the heap, or below it."""
    size = calendar.size[0]
    while True:
        first = 4 * place + 1
        if first >= size:
            break
        best = first
        for child in range(first + 1, min(first + 4, size)):
            if earlier(calendar, int64(calendar.heap[child]), int64(calendar.heap[best])):
                best = child
        below = int64(calendar.heap[best])
        if not earlier(calendar, below, actor):
            break
        calendar.heap[place] = below
        calendar.place[below] = place
        place = best
    calendar.heap[place] = actor
    calendar.place[actor] = place


@njit()
def remove(calendar: Calendar, place: int) -> None:
    """Take the actor at a place out of the heap; the last one fills the gap."""
    gone = int64(calendar.heap[place])
    calendar.size[0] -= 1
    last = int64(calendar.heap[calendar.size[0]])
    calendar.place[gone] = -1
    if last != gone:
        rise(calendar, place, last)
        sink(calendar, int64(calendar.place[last]), last)
