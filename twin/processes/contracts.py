"""Performance agreements are reviewed once a year; who has to go is told one after another."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.note import AT_ONCE
from twin.engine.rules.contracts import expel, list_bound, review
from twin.processes.recruitment import LISTS

#: At one instant agreements are reviewed after desks have worked and lists have been drawn up.
REVIEWS = LISTS + 1


def review_contracts(env: ParkEnvironment, year_part: float) -> Generator[Event, None, None]:
    """Measure every firm under an agreement on a date of each year; `year_part` is how far the year is at the start."""
    nominal, nth = (float(env.state.contracts.date_years[0]) - year_part) % 1.0, 0
    since = np.zeros(0)
    while True:
        yield env.at(env.on_grid(nominal), Kind.ACTION, REVIEWS)
        since = np.append(since, np.zeros(len(env.state.firms.key) - len(since)))
        rows, ending = np.zeros(int(env.state.firms.used[0]), np.int64), np.zeros(AT_ONCE, np.int64)
        rows = rows[: env.rule(list_bound, rows)]
        going: list[int] = []
        for n in range(0, len(rows), AT_ONCE):
            count = env.rule(review, nth, rows[n : n + AT_ONCE], since, ending)
            going += ending[:count].tolist()
        for firm in going:
            env.rule(expel, firm)
        nominal, nth = nominal + 1.0, nth + 1
