"""A dated action takes effect, at once or when its works are done."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.processes.coordination import coordination_years


def carry_out(
    env: ParkEnvironment,
    start_years: float,
    lead_years: float,
    order: int,
    change: Callable[[], None],
    buildings: Sequence[int] = (),
) -> Generator[Event, None, None]:
    """Wait for the action's date and its works, then change the park; `order` decides between actions of one date.

    Before works on `buildings` those concerned have to agree.
    """
    yield env.at(start_years, Kind.ACTION, order)
    years = lead_years + coordination_years(env, buildings)
    if years > 0:
        yield env.at(start_years + years, Kind.WORKS, order)
    change()
