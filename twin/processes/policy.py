"""A dated action takes effect, at once or when its works are done."""

from __future__ import annotations

from collections.abc import Callable, Generator

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind


def carry_out(
    env: ParkEnvironment, start_years: float, lead_years: float, order: int, change: Callable[[], None]
) -> Generator[Event, None, None]:
    """Wait for the action's date and its works, then change the park; `order` decides between actions of one date."""
    yield env.at(start_years, Kind.ACTION, order)
    if lead_years > 0:
        yield env.at(start_years + lead_years, Kind.WORKS, order)
    change()
