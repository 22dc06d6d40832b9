"""A dated action takes effect, at once or when its works are done, and whole or part by part."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.processes.coordination import coordination_years
from twin.units import QUARTERS_PER_YEAR


@dataclass
class Course:
    """How far an action has got."""

    begins: float = math.nan  #: date of its first part, in years; NaN before those concerned have been asked
    done: int = 0  #: parts


def carry_out(
    env: ParkEnvironment,
    course: Course,
    start_years: float,
    lead_years: float,
    order: int,
    parts: Sequence[Callable[[], None]],
    buildings: Sequence[int] = (),
) -> Generator[Event, None, None]:
    """Wait for the action's date and its works, then change the park: a part at the beginning of each quarter.

    `order` decides between actions of one date; place 0 is left to whoever asks for none, such as processes of the
    user's own. Before works on `buildings` those concerned have to agree.
    """
    place = order + 1
    if math.isnan(course.begins):
        yield env.at(start_years, Kind.ACTION, place)
        course.begins = start_years + (lead_years + coordination_years(env, buildings))
    kind = Kind.WORKS if course.begins > start_years else Kind.ACTION
    for part in range(course.done, len(parts)):
        if part > 0 or kind == Kind.WORKS:
            yield env.at(course.begins + part / QUARTERS_PER_YEAR, kind, place)
        parts[part]()
        course.done += 1
