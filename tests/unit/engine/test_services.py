"""Service queues: firms in a line, each knowing its neighbours."""

import math
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.states import as_rules_see, outbox, state_of
from twin.engine.arrays import State
from twin.engine.kinds import Kind
from twin.engine.rules.services import accrue, add_slots, join_queue, leave_queue, request

pytestmark = pytest.mark.uncompiled


def line(state: State, service: int) -> list[int]:
    """Who stands in the queue, first to last, after a check that every link runs both ways."""
    rows: list[int] = []
    firm, before = int(state.services.head[service]), -1
    while firm >= 0:
        assert state.firms.queued_at[firm] == service
        assert state.firms.queue_before[firm] == before
        rows.append(firm)
        firm, before = int(state.firms.queue_next[firm]), firm
    assert state.services.tail[service] == before
    assert state.services.queue[service] == len(rows)
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_the_links_hold_whoever_joins_and_leaves(seed: int) -> None:
    generator = np.random.default_rng(seed)
    state, posted = state_of(firms=12), outbox()
    seen: Any = as_rules_see(state)
    queues: list[list[int]] = [[], []]
    for step in range(150):
        firm, now = int(generator.integers(12)), step / 8
        queued_at = next((service for service in (0, 1) if firm in queues[service]), -1)
        if queued_at < 0:
            service = int(generator.integers(2))
            join_queue(seen, now, firm, service)
            queues[service].append(firm)
        else:
            since = float(state.firms.queued_since[firm])
            assert leave_queue(seen, now, firm, posted) == now - since
            queues[queued_at].remove(firm)
        assert [line(state, 0), line(state, 1)] == queues


def test_integrals_of_busy_slots_and_of_the_queue() -> None:
    state, posted = state_of(firms=3, slots={"proof_of_concept": 1}, parameters={"service_share": 1.0}), outbox()
    state.services.patience_years[:] = math.inf
    seen: Any = as_rules_see(state)
    request(seen, 0.0, 0, posted)
    request(seen, 1.0, 1, posted)
    request(seen, 1.5, 2, posted)
    accrue(seen, 2.0, 0)
    assert state.services.busy_years[0] == 2.0
    assert state.services.queue_years[0] == 1.5
    assert line(state, 0) == [1, 2]
    add_slots(seen, 2.0, 0, 2, posted)
    assert line(state, 0) == []
    assert state.services.busy[0] == 3
    assert state.services.waited_years[0] == 1.0 + 0.5
    started = state.log.kind[: state.log.used[0]] == Kind.START
    assert state.log.amount[: state.log.used[0]][started].tolist() == [0.0, 1.0, 0.5]


def test_slots_closed_end_their_service_first() -> None:
    state, posted = state_of(firms=3, slots={"proof_of_concept": 2}, parameters={"service_share": 1.0}), outbox()
    seen: Any = as_rules_see(state)
    for firm in range(3):
        request(seen, 0.0, firm, posted)
    add_slots(seen, 0.5, 0, -5, posted)
    assert state.services.slots[0] == 0
    assert state.services.busy[0] == 2
    assert line(state, 0) == [2]
