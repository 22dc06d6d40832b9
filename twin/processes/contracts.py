"""Performance agreements are reviewed once a year; who has to go is told one after another."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.note import AT_ONCE
from twin.engine.rules.contracts import expel, list_bound, review
from twin.processes.recruitment import LISTS

#: At one instant agreements are reviewed after desks have worked and lists have been drawn up.
REVIEWS = LISTS + 1


@dataclass
class Reviews:
    """Those that have been, and since when firms are found below their agreements."""

    done: int = 0
    since: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))  #: date, by row of a firm; 0 not


def review_contracts(env: ParkEnvironment, reviews: Reviews, year_part: float) -> Generator[Event, None, None]:
    """Measure every firm under an agreement on a date of each year; `year_part` is how far the year is at the start."""
    first = (float(env.state.contracts.date_years[0]) - year_part) % 1.0
    while True:
        yield env.at(env.on_grid(first + reviews.done), Kind.ACTION, REVIEWS)
        reviews.since = np.append(reviews.since, np.zeros(len(env.state.firms.key) - len(reviews.since)))
        rows, ending = np.zeros(int(env.state.firms.used[0]), np.int64), np.zeros(AT_ONCE, np.int64)
        rows = rows[: env.rule(list_bound, rows)]
        going: list[int] = []
        for n in range(0, len(rows), AT_ONCE):
            count = env.rule(review, reviews.done, rows[n : n + AT_ONCE], reviews.since, ending)
            going += ending[:count].tolist()
        for firm in going:
            env.rule(expel, firm)
        reviews.done += 1
