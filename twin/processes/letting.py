"""How floor is let: part by part after it opens, and first of all to the industry that leads where it stands."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.letting import release
from twin.engine.rules.policy import lead
from twin.processes.taking_up import quarters_to_come, to_come
from twin.processes.works import Turn, turn_of

#: At one instant floor is released after the count, and a zone's industry leads after planners' actions.
LATER = 1


def release_floor(env: ParkEnvironment) -> Generator[Event, None, None]:
    """At the end of every quarter buildings that opened lately let another part of their floor."""
    for years in quarters_to_come(env):
        yield env.at(years, Kind.COUNT, LATER)
        env.rule(release)


def change_leading(env: ParkEnvironment, changes: Sequence[tuple[float, int, int]]) -> Generator[Event, None, None]:
    """Other industries lead where buildings stand, (years, building, industry) in order of date."""
    for years, building, industry in to_come(env, changes):
        yield env.at(years, Kind.WORKS, turn_of(building, Turn.LEAD))
        env.rule(lead, building, industry)
