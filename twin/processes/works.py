"""Building projects and facilities of the park's pipeline open on their dates."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.residence import open_space
from twin.engine.rules.services import add_slots


def open_buildings(env: ParkEnvironment, openings: Sequence[tuple[float, int, int]]) -> Generator[Event, None, None]:
    """Open new floor space, (years, building, m²) in order of date."""
    for years, building, m2 in openings:
        yield env.at(years, Kind.WORKS, building)
        env.rule(open_space, building, m2)


def open_facilities(env: ParkEnvironment, openings: Sequence[tuple[float, int, int]]) -> Generator[Event, None, None]:
    """Open slots of services, (years, service, slots) in order of date."""
    for years, service, slots in openings:
        yield env.at(years, Kind.WORKS, service)
        env.rule(add_slots, service, slots)
