"""Places at services: lines of firms, each knowing its neighbours, and firms with places at several services."""

import math
from typing import Any

import numpy as np
import pytest

from tests.parks import small_park, stock_of
from tests.unit.engine.states import as_rules_see, outbox, state_of
from tests.unit.engine.stories import told
from twin.engine.arrays import State
from twin.engine.boxing import boxed
from twin.engine.clocks import soonest
from twin.engine.environment import grown
from twin.engine.kinds import Kind
from twin.engine.note import has_room
from twin.engine.rules.services import (
    accrue,
    add_slots,
    give_up_place,
    go_without,
    join_queue,
    leave_queue,
    place_of,
    request,
    served,
    take_place,
    withdraw,
)
from twin.state import no_requests

pytestmark = pytest.mark.uncompiled


#: All services are asked for but frontier scouting, so that firms in the laboratory ask for three.
WISHED = {"service_share": 1.0, "service_share.frontier_scouting": 0.0}


def line(state: State, service: int) -> list[int]:
    """Who stands in the queue, first to last, after a check that every link runs both ways."""
    requests, rows = state.requests, []
    place, before = int(state.services.head[service]), -1
    while place >= 0:
        assert requests.service[place] == service
        assert not requests.on_slot[place]
        assert requests.before[place] == before
        rows.append(int(requests.firm[place]))
        place, before = int(requests.after[place]), place
    assert state.services.tail[service] == before
    assert state.services.queue[service] == len(rows)
    return rows


def places(state: State, firm: int) -> list[int]:
    """Services at which a firm has a place, as its own list gives them."""
    found, place = [], int(state.firms.requests[firm])
    while place >= 0:
        assert state.requests.firm[place] == firm
        found.append(int(state.requests.service[place]))
        place = int(state.requests.next[place])
    assert found == sorted(found)
    return found


def free_rows(state: State) -> set[int]:
    """Rows of places that are free, as their list gives them."""
    rows, place = [], int(state.requests.free[0])
    while place >= 0:
        rows.append(place)
        place = int(state.requests.next[place])
    assert len(rows) == len(set(rows)) == len(state.requests.firm) - state.requests.held[0]
    return set(rows)


@pytest.mark.parametrize("seed", range(5))
def test_the_links_hold_whoever_joins_and_leaves(seed: int) -> None:
    generator = np.random.default_rng(seed)
    state, posted = state_of(firms=12), outbox()
    seen: Any = as_rules_see(state)
    queues: list[list[int]] = [[], [], []]
    prior: list[set[int]] = [set(), set(), set()]
    for step in range(300):
        firm, service, now = int(generator.integers(12)), int(generator.integers(3)), step / 8
        if firm not in queues[service]:
            is_prior = service == 2 and bool(generator.random() < 0.4)
            join_queue(seen, now, take_place(seen, firm, service), is_prior)
            queues[service].insert(len(prior[service]) if is_prior else len(queues[service]), firm)
            prior[service] |= {firm} if is_prior else set()
        else:
            place = place_of(seen, firm, service)
            since = float(state.requests.since[place])
            assert leave_queue(seen, now, place) == now - since
            give_up_place(seen, place, posted)
            queues[service].remove(firm)
            prior[service].discard(firm)
        assert [line(state, n) for n in range(3)] == queues
        assert [places(state, n) for n in range(12)] == [
            [n for n, queue in enumerate(queues) if firm in queue] for firm in range(12)
        ]
        assert len(free_rows(state)) == len(state.requests.firm) - sum(map(len, queues))


def test_rows_of_places_given_up_are_used_again() -> None:
    state, posted = state_of(firms=2), outbox()
    seen: Any = as_rules_see(state)
    first = [take_place(seen, 0, service) for service in (2, 0, 1)]
    assert places(state, 0) == [0, 1, 2]
    give_up_place(seen, first[0], posted)
    give_up_place(seen, first[1], posted)
    assert [take_place(seen, 1, service) for service in (0, 1)] == [first[1], first[0]]
    assert places(state, 0) == [1]
    assert places(state, 1) == [0, 1]


def test_the_table_grows_before_it_is_short() -> None:
    state, posted = state_of(firms=40, slots={"proof_of_concept": 1}, parameters=WISHED), outbox()
    state.services.patience_years[:] = math.inf
    state = state._replace(requests=no_requests(8))
    for firm in range(40):
        while not has_room(boxed(state)):
            state = grown(state, as_rules_see(state))
        request(boxed(state), 0.0, firm, posted)
        free_rows(state)
    assert len(state.requests.firm) > 8
    assert state.requests.held[0] == 40 * 3
    assert line(state, 0) == list(range(1, 40))
    assert line(state, 2) == list(range(40))
    assert all(places(state, firm) == [0, 2, 3] for firm in range(40))


def test_two_services_at_once_each_with_its_date() -> None:
    """At one date the lower service comes first, and what ends before who tires."""
    parameters = WISHED | {"service_shape": math.inf, "service_years": 0.5, "fund_capital_cny": 0.0}
    slots = {"proof_of_concept": 1, "incubator": 1, "seed_fund": 1}
    state, posted = state_of(firms=1, slots=slots, parameters=parameters), outbox()
    state.services.patience_years[:] = math.inf
    seen: Any = as_rules_see(state)
    request(seen, 0.0, 0, posted)
    assert places(state, 0) == [0, 2, 3]
    assert state.firms.serving[0] == 0b101
    assert line(state, 3) == [0]  # a fund without a ticket serves nobody
    state.requests.due[place_of(seen, 0, 3)] = 0.5
    actor = len(state.sources.due)
    for kind, kept in ((Kind.SERVED, [2, 3]), (Kind.SERVED, [3]), (Kind.TIRED, [])):
        assert soonest(seen, actor) == (0.5, kind)
        if kind == Kind.SERVED:
            served(seen, 0.5, 0, posted)
        else:
            go_without(seen, 0.5, place_of(seen, 0, 3), posted)
        assert places(state, 0) == kept
    assert state.firms.served[0] == 0b101
    assert state.firms.serving[0] == 0
    request(seen, 0.5, 0, posted)  # who has been served does not ask again, who has not does
    assert places(state, 0) == [3]


def test_a_desk_is_kept_over_a_stage() -> None:
    """It counts for the next stage, but for no later one; the rows of what is given up are free again."""
    slots, parameters = {"incubator": 1, "proof_of_concept": 1}, WISHED | {"fund_capital_cny": 0.0}
    state, posted = state_of(firms=1, slots=slots, parameters=parameters), outbox()
    seen: Any = as_rules_see(state)
    request(seen, 0.0, 0, posted)
    assert places(state, 0) == [0, 2, 3]
    withdraw(seen, 0.5, 0, int(state.stages.services[1]), posted)
    assert places(state, 0) == [2, 3]
    assert state.services.busy.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0]
    withdraw(seen, 0.5, 0, int(state.stages.services[2]), posted)
    assert places(state, 0) == []
    assert state.firms.serving[0] == 0
    assert state.services.busy.tolist() == [0] * 9
    assert len(free_rows(state)) == len(state.requests.firm)


def test_a_firm_keeps_its_desk_and_gives_up_the_rest_as_it_advances() -> None:
    park = small_park([5000], slots={"incubator": 1, "proof_of_concept": 1}, firms=stock_of(1, stage="lab"))
    rows = told(park, advance_per_year=50.0, service_share=1.0, service_years=10.0, fund_capital_cny=0.0)
    assert [row[:3] for row in rows] == [
        ("start", 1, "proof_of_concept"),
        ("start", 1, "incubator"),
        ("advance", 1, ""),
        ("join", 1, "pilot_line"),
        ("join", 1, "seed_fund"),
        ("advance", 1, ""),
        ("tired", 1, "pilot_line"),
        ("tired", 1, "seed_fund"),
        ("join", 1, "growth_fund"),
        ("join", 1, "compute"),
        ("join", 1, "shared_platform"),
        ("advance", 1, ""),
        ("tired", 1, "growth_fund"),
        ("tired", 1, "compute"),
        ("tired", 1, "shared_platform"),
    ]


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
