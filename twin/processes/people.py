"""People and homes: the quarterly ebb and flow of talent, and homes that open by plan."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.people import open_homes, renew_people
from twin.processes.taking_up import quarters_to_come, to_come

#: At one instant homes open and close after buildings for firms.
HOMES = 3 << 24

#: And classes end after that.
CLASSES = 4 << 24


def live(env: ParkEnvironment) -> Generator[Event, None, None]:
    """At the end of every quarter, before it is counted, talent comes and goes; to be started before the count is."""
    for years in quarters_to_come(env):
        yield env.at(years, Kind.COUNT)
        env.rule(renew_people)


def open_homes_by_plan(
    env: ParkEnvironment, changes: Sequence[tuple[float, int, float]]
) -> Generator[Event, None, None]:
    """Homes open, and close where floor is below zero: (years, place, m²) in order of date."""
    for years, place, m2 in to_come(env, changes):
        yield env.at(years, Kind.WORKS, HOMES + place)
        env.rule(open_homes, place, m2)
