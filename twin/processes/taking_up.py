"""A process can be taken up in the middle of a run: it goes on from the date it finds.

What a process has to remember between two waits and cannot read off the date and the park stands in a note of its own,
which it is given when it begins. So another run can go on from a copy of the park and of the notes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from twin.engine.environment import ParkEnvironment
from twin.units import QUARTERS_PER_YEAR

Dated = TypeVar("Dated", bound=tuple[Any, ...])


def to_come(env: ParkEnvironment, dated: Sequence[Dated]) -> list[Dated]:
    """Those of some things, each a tuple with its date first, that have not happened yet."""
    return [one for one in dated if one[0] >= env.now]


def quarters_gone(env: ParkEnvironment) -> int:
    """How many quarters have been counted, at the end of one or at the start."""
    return int(env.now * QUARTERS_PER_YEAR)


def quarters_to_come(env: ParkEnvironment) -> Iterator[float]:
    """The ends of the quarters that have not been counted yet, in years, without end."""
    for quarter in itertools.count(quarters_gone(env) + 1):
        yield quarter / QUARTERS_PER_YEAR
