"""When things happen: SimPy's environment with the park inside, compiled, or wholly on SimPy's own queue.

`ParkEnvironment` is an ordinary `simpy.Environment`: what is rare and conversational is a SimPy process. Before each
SimPy event it lets the compiled kernel play everything that lies before it. `ReferenceEnvironment` puts every
happening on SimPy's queue, one event each: slow, easy to step through, and equal to the bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from heapq import heappush
from typing import Any, NamedTuple

import numpy as np
import simpy
from simpy import Event
from simpy.core import EmptySchedule, Infinity

from twin.engine.arrays import Log, Outbox, Panel, Requests, State
from twin.engine.boxing import boxed
from twin.engine.calendar import FULL, WATCHED, has_work, play, rank_of
from twin.engine.clocks import soonest
from twin.engine.kinds import Kind
from twin.engine.note import AT_ONCE, has_room, places_needed, room_needed
from twin.engine.rules import happen
from twin.engine.rules.counting import count
from twin.engine.rules.start import begin

#: Rows of firms beyond which a run ends: some 5 GB, of which nobody would make sense.
MOST_FIRMS = 20_000_000

__all__ = ["Event", "Happening", "Later", "ParkEnvironment", "ReferenceEnvironment", "Rule", "grown"]

Rule = Callable[..., Any]


class Happening(NamedTuple):
    """What somebody waited for."""

    time: float  #: years since the start
    kind: Kind
    firm: int  #: row of the firm, -1 none
    place: int  #: building or service, -1 none
    amount: float


class Later(NamedTuple):
    """A rule that has been put off to a date."""

    time: float  #: years since the start
    kind: Kind
    who: int  #: its place among what happens of that kind then
    rule: Rule
    args: tuple[float, ...]


class ParkEnvironment(simpy.Environment):
    """A SimPy environment in which a park lives. Times are years since the scenario's start.

    A park that has lived until a later date than 0 is taken up there: after the count of the quarter that ends then,
    and before anything else of that instant. Rules put off to later dates are given as `put_off`.
    """

    def __init__(self, state: State, now: float = 0.0, put_off: Iterable[Later] = ()) -> None:
        super().__init__(float(now))  # a float from the first instant on: rules are compiled for each type of `now`
        self.state = state
        self.outbox = Outbox(np.zeros(1, np.int64), np.zeros(4096, np.int32))
        self._state, self._outbox = boxed(state), boxed(self.outbox)
        self._waiters: list[tuple[frozenset[Kind], Event]] = []
        self.later: list[Later] = []
        state.watch.wanted[:] = False
        if now > 0.0:
            self.outbox.used[0] = len(self.outbox.actor) + 1  # everyone may have been touched
        else:
            begin(self._state, self._outbox)
        for later in put_off:
            self.put_off(*later[:4], *later.args)

    def step(self) -> None:
        """Let the park live until the next SimPy event, then process that."""
        self._live()
        if not self._queue:
            raise EmptySchedule
        super().step()

    def rule(self, rule: Rule, *args: Any) -> Any:
        """Call a rule, as `rule(state, now, *args, outbox)`, and let what follows from it reach the calendar."""
        while not has_room(self._state):
            self._grow()
        result = rule(self._state, self.now, *args, self._outbox)
        self._tell_waiters()
        return result

    def count(self, panel: Panel, quarter: int) -> None:
        """Count the park into row `quarter` of a panel."""
        count(self._state, self.now, panel, quarter)

    def at(self, time: float, kind: Kind, who: int = 0) -> Event:
        """An event at an absolute time, in its place by meaning among what happens at that instant."""
        if not time >= self.now:  # nor is what is no number
            raise ValueError(f"time {time} has passed: it is {self.now} now")
        return self._put(Event(self), None, float(time), rank_of(int(kind), who))

    def put_off(self, time: float, kind: Kind, who: int, rule: Rule, *args: float) -> None:
        """Call a rule at a later time, in its place by meaning among what happens at that instant."""
        later = Later(float(time), kind, who, rule, args)

        def call(_: Event) -> None:
            self.later.remove(later)
            self.rule(rule, *args)

        event = self.at(time, kind, who)
        event.callbacks = [call]
        self.later.append(later)

    def on_grid(self, time: float) -> float:
        """A time rounded up to the grid of dates, if there is one."""
        grid = self.state.grid_years
        return math.ceil(time / grid) * grid if grid > 0.0 and time < math.inf else time

    def on(self, *kinds: Kind) -> Event:
        """An event that succeeds, with a `Happening`, when the next thing of one of these kinds happens."""
        event = Event(self)
        self._waiters.append((frozenset(kinds), event))
        self.state.watch.wanted[list(kinds)] = True
        return event

    def _live(self) -> None:
        """Play the kernel up to the next SimPy event; a happening somebody waits for may bring a nearer one."""
        while True:
            until, rank = self._queue[0][:2] if self._queue else (Infinity, 0)
            until, rank = float(until), int(rank)
            if not has_work(self._state, self._outbox, until, rank):
                return  # asked first, since `play` lets go of the interpreter's lock and has to wait for it again
            ended, now = play(self._state, self._outbox, until, rank)
            if ended == FULL:
                self._grow()
            elif ended == WATCHED:
                self._now = now
                self._tell_waiters()
            else:
                return

    def _put(self, event: Event, value: object, time: float, rank: int) -> Event:
        """Let an event succeed with a value at a time, in its rank."""
        # The one place where SimPy's queue is written to directly: `schedule` takes a delay, and now + (t - now) is not
        # always t, and it takes priorities only as a class of two.
        event._ok, event._value = True, value  # noqa: SLF001
        heappush(self._queue, (time, rank, next(self._eid), event))  # type: ignore[misc]  # a rank for a class of two
        return event

    def _tell_waiters(self) -> None:
        """Let the events of those who waited for what just happened succeed, each once."""
        watch = self.state.watch
        for n in range(int(watch.used[0])):
            kind = Kind(int(watch.kind[n]))
            happening = Happening(self.now, kind, int(watch.firm[n]), int(watch.place[n]), float(watch.amount[n]))
            for kinds, event in self._waiters:
                if kind in kinds and not event.triggered:
                    event.succeed(happening)
        if watch.used[0]:
            self._waiters = [(kinds, event) for kinds, event in self._waiters if not event.triggered]
            watch.wanted[:] = False
            watch.wanted[list(frozenset().union(*(kinds for kinds, _ in self._waiters)))] = True
        watch.used[0] = 0

    def _grow(self) -> None:
        self.state = grown(self.state, self._state)
        self._state = boxed(self.state)


class ReferenceEnvironment(ParkEnvironment):
    """The same park with every happening an event on SimPy's own queue."""

    def __init__(self, state: State, now: float = 0.0, put_off: Iterable[Later] = ()) -> None:
        self._filed: dict[int, tuple[float, int]] = {}
        super().__init__(state, now, put_off)
        self._file()

    def rule(self, rule: Rule, *args: Any) -> Any:
        """Change the park through a rule and put what follows on the queue."""
        result = super().rule(rule, *args)
        self._file()
        return result

    def _live(self) -> None:
        """Nothing: the queue holds everything."""

    def _file(self) -> None:
        """Put the next date of whoever was touched on the queue; what stood there before is void."""
        outbox, sources = self.outbox, len(self.state.sources.due)
        count = int(outbox.used[0])
        if count <= len(outbox.actor):
            actors = [int(actor) for actor in outbox.actor[:count]]
        else:
            actors = list(range(sources + int(self.state.firms.used[0])))
        outbox.used[0] = 0
        for actor in actors:
            date, kind = soonest(self._state, actor)
            if self._filed.get(actor) == (date, kind):
                continue
            self._filed[actor] = (date, kind)
            if date < Infinity:
                rank = rank_of(kind, actor if kind == Kind.ENTER else actor - sources)
                event = self._put(Event(self), (actor, date, kind), date, rank)
                event.callbacks = [self._happen]

    def _happen(self, event: Event) -> None:
        filed: Any = event.value  # SimPy types it as None
        actor, date, kind = filed
        if self._filed.get(actor) != (date, kind):
            return
        del self._filed[actor]
        while not has_room(self._state):
            self._grow()
        who = actor if kind == Kind.ENTER else actor - len(self.state.sources.due)
        happen(self._state, date, kind, who, self._outbox)
        self._file()
        self._tell_waiters()


def grown(state: State, seen: Any) -> State:
    """The state with twice the room for firms, for their places at services, or for the log, whichever was short.

    `seen` is the state as rules see it.
    """
    needed, places = room_needed(seen), places_needed(seen)
    if places > len(state.requests.firm):
        state = state._replace(requests=more_places(state.requests, 2 * places))
    if state.firms.used[0] >= len(state.firms.key):
        size = 2 * len(state.firms.key)
        if size > MOST_FIRMS:
            raise MemoryError(f"more than {len(state.firms.key):,} firms have come; let fewer come, spin off or follow")
        firms = state.firms._replace(
            **{name: _longer(array, size) for name, array in state.firms._asdict().items() if name != "used"}
        )
        actors = len(state.sources.due) + size
        calendar = state.calendar._replace(
            heap=_longer(state.calendar.heap, actors),
            place=_longer(state.calendar.place, actors, fill=-1),
            time=_longer(state.calendar.time, actors),
            kind=_longer(state.calendar.kind, actors),
        )
        state = state._replace(firms=firms, calendar=calendar)
    if needed > len(state.watch.kind):
        watch = state.watch
        state = state._replace(
            watch=watch._replace(
                **{name: _longer(getattr(watch, name), 2 * needed) for name in ("kind", "firm", "place", "amount")}
            )
        )
    awards = state.awards
    if awards.used[0] + AT_ONCE > len(awards.firm):
        rows = {name: array for name, array in awards._asdict().items() if name not in {"used", "first"}}
        size = 2 * len(awards.firm) + AT_ONCE
        state = state._replace(awards=awards._replace(**{name: _longer(rows[name], size) for name in rows}))
    log: Log = state.log
    if len(log.time) and log.used[0] + needed > len(log.time):
        size = 2 * len(log.time) + needed
        state = state._replace(
            log=log._replace(**{name: _longer(array, size) for name, array in log._asdict().items() if name != "used"})
        )
    return state


def more_places(requests: Requests, size: int) -> Requests:
    """The places at services with room for so many; the new rows come first in the list of free ones."""
    old = len(requests.firm)
    longer = requests._replace(
        **{name: _longer(array, size) for name, array in requests._asdict().items() if name not in {"held", "free"}}
    )
    longer.next[old:] = np.arange(old + 1, size + 1)
    longer.next[-1] = requests.free[0]
    longer.free[0] = old
    return longer


def _longer(array: np.ndarray[Any, Any], size: int, fill: int = 0) -> np.ndarray[Any, Any]:
    longer = np.full((size, *array.shape[1:]), fill, array.dtype)
    longer[: len(array)] = array
    return longer
