"""Prospects: what they are before they come, and what becomes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parks import small_park
from tests.unit.engine.states import as_rules_see, outbox, state_of
from tests.unit.engine.stories import told
from twin.engine.clocks import hazards
from twin.engine.kinds import Origin, Status
from twin.engine.rules.ladder import recall
from twin.engine.rules.recruitment import conclude, list_prospect

pytestmark = pytest.mark.uncompiled

#: One prospect after another, each worked on for a quarter of a year.
COURTED: dict[str, Any] = {
    "prospects_per_year__ai": 8.0,
    "service_years__recruitment": 0.25,
    "grid_years": 0.125,
    "end": "2026Q2",
}


def test_a_prospect_has_no_hazard_and_no_past_before_it_comes() -> None:
    state, posted = state_of(slots={"recruitment": 1}, parameters={"hit_rate": 1.0, "resident_share": 0.0}), outbox()
    seen: Any = as_rules_see(state)
    source = int(np.flatnonzero(state.sources.origin == Origin.RECRUIT)[0])
    list_prospect(seen, 0.0, source, posted)
    assert state.firms.status[0] == Status.PROSPECT
    assert set(hazards(seen, 0)) == {0.0}
    past = np.zeros((5, 1))
    recall(seen, 0.0, 0, past, posted)
    assert np.isnan(past).all()
    conclude(seen, float(state.requests.due[0]), 0, posted)
    assert state.firms.status[0] == Status.REMOTE
    assert max(hazards(seen, 0)) > 0.0
    later = np.concatenate([np.zeros((1, 1)), past[:-1]])
    recall(seen, 1.0, 1, later, posted)
    assert later[0, 0] > 0.0
    assert not np.isnan(later).any()


def test_who_is_won_comes_before_the_next_is_worked_on() -> None:
    park = small_park([1000], slots={"recruitment": 1})
    rows = told(park, hit_rate=1.0, search_patience_years=0.0, **COURTED)
    kinds = [(date, kind) for date, kind, *_ in rows]
    first = [kind for date, kind in kinds if date == 0.25]
    assert first[first.index("served") :][:5] == ["served", "win", "enter", "settle", "start"]


def test_who_is_not_won_does_not_come() -> None:
    rows = told(small_park([1000], slots={"recruitment": 1}), hit_rate=0.0, **COURTED)
    assert {kind for _, kind, *_ in rows} == {"list", "join", "start", "served", "decline"}
    nobody_works = told(small_park([1000]), service_patience_years=0.0, **COURTED)
    assert {kind for _, kind, *_ in nobody_works} == {"list", "join", "tired", "fade"}
