"""The recruitment office at the start: it has long been at work."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.recruitment import list_prospect

#: At the first instant prospects are on the list after desks have looked through their books.
LISTS = 3 << 24


def stand_on_list(env: ParkEnvironment, standing: Sequence[tuple[int, int]]) -> Generator[Event, None, None]:
    """Put the prospects on the list that the office works on at the start, (source, how many)."""
    if env.now > 0.0:
        return
    yield env.at(0.0, Kind.ACTION, LISTS)
    for source, count in standing:
        for _ in range(count):
            env.rule(list_prospect, source)
