"""The calendar: actors leave the heap by date, then kind, then who."""

from typing import Any

import numpy as np
import pytest

from tests.unit.engine.states import as_rules_see, state_of
from twin.engine.arrays import Outbox, State
from twin.engine.boxing import boxed
from twin.engine.calendar import file, has_work, rank_of
from twin.engine.clocks import NEVER
from twin.engine.kinds import FIRST_DATE, Kind

pytestmark = pytest.mark.uncompiled

FIRMS = 60


def set_dates(state: State, generator: np.random.Generator, *, ties: bool) -> None:
    """Random dates for everyone, some with none, many the same if there are to be ties."""
    shape = state.firms.due[:FIRMS].shape
    dates = generator.integers(0, 4, shape) / 4 if ties else generator.random(shape)
    state.firms.due[:FIRMS] = np.where(generator.random(shape) < 0.3, dates, NEVER)
    state.sources.due[:] = generator.integers(0, 4, len(state.sources.due)) / 4


def expected(state: State) -> list[tuple[float, int, int]]:
    """Everyone's next date, kind and row in the order of the calendar."""
    rows = [(float(due), int(Kind.ENTER), source) for source, due in enumerate(state.sources.due)]
    for firm in range(FIRMS):
        column = int(np.argmin(state.firms.due[firm]))
        rows.append((float(state.firms.due[firm, column]), FIRST_DATE + column, firm))
    return sorted(row for row in rows if row[0] < NEVER)


def drained(state: State, seen: Any) -> list[tuple[float, int, int]]:
    """What the heap gives, first to last."""
    rows, sources = [], len(state.sources.due)
    while state.calendar.size[0] > 0:
        actor = int(state.calendar.heap[0])
        kind = int(state.calendar.kind[0])
        rows.append((float(state.calendar.time[0]), kind, actor if kind == Kind.ENTER else actor - sources))
        if actor < sources:
            state.sources.due[actor] = NEVER
        else:
            state.firms.due[actor - sources] = NEVER
        file(seen, actor)
    return rows


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_heap_gives_everyone_in_order(seed: int, ties: bool) -> None:
    generator = np.random.default_rng(seed)
    state = state_of(firms=FIRMS)
    seen, actors = as_rules_see(state), FIRMS + len(state.sources.due)
    for _ in range(3):  # filed anew, in another order each time, over what stood there before
        set_dates(state, generator, ties=ties)
        for actor in generator.permutation(actors):
            file(seen, int(actor))
    in_order = expected(state)
    assert drained(state, seen) == in_order


def test_ranks_follow_meaning() -> None:
    ranks = [rank_of(int(kind), who) for kind in Kind for who in (0, 1, 2**31)]
    assert ranks == sorted(set(ranks))
    assert min(ranks) > 1  # SimPy's own priorities, 0 and 1, come before


def test_there_is_work_up_to_the_first_date_and_rank_or_where_somebody_was_touched() -> None:
    state = state_of(firms=FIRMS)
    seen, outbox = as_rules_see(state), Outbox(np.zeros(1, np.int64), np.zeros(4, np.int32))
    state.firms.due[:], state.sources.due[:] = NEVER, NEVER
    for actor in range(FIRMS + len(state.sources.due)):
        file(seen, actor)
    touched = boxed(outbox)
    assert not has_work(seen, touched, 1.0, rank_of(int(Kind.COUNT), 0))
    state.firms.due[3, 0] = 1.0
    file(seen, 3 + len(state.sources.due))
    rank = rank_of(FIRST_DATE, 3)
    asked = [(0.5, rank + 1), (1.0, rank), (1.0, rank + 1), (1.5, 0)]
    assert [has_work(seen, touched, *until) for until in asked] == [False, False, True, True]
    outbox.used[0] = 1
    assert has_work(seen, touched, 0.5, 0)
