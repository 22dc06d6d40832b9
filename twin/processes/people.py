"""People and homes: the quarterly ebb and flow of talent, homes that open by plan, the first graduates of a class."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.people import graduate, open_homes, renew_people
from twin.units import QUARTERS_PER_YEAR

#: At one instant homes open and close after buildings for firms.
HOMES = 3 << 24

#: And classes end after that.
CLASSES = 4 << 24


def live(env: ParkEnvironment) -> Generator[Event, None, None]:
    """At the end of every quarter, before it is counted, talent comes and goes; to be started before the count is."""
    quarter = 1
    while True:
        yield env.at(quarter / QUARTERS_PER_YEAR, Kind.COUNT)
        env.rule(renew_people)
        quarter += 1


def open_homes_by_plan(
    env: ParkEnvironment, changes: Sequence[tuple[float, int, float]]
) -> Generator[Event, None, None]:
    """Homes open, and close where floor is below zero: (years, place, m²) in order of date."""
    for years, place, m2 in changes:
        yield env.at(years, Kind.WORKS, HOMES + place)
        env.rule(open_homes, place, m2)


def teach(env: ParkEnvironment, skill: int, places: float) -> Generator[Event, None, None]:
    """Tailored classes have begun: their first graduates come when they are through."""
    yield env.at(env.now + float(env.state.people.class_years[0]), Kind.WORKS, CLASSES + skill)
    env.rule(graduate, skill, places)
