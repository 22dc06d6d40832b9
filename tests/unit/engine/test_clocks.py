"""Dates: the laws of entry and of closing by age, forwards and backwards; what a change of hazard does to a clock."""

import math
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.states import as_rules_see, outbox, state_of
from twin.catalog import load_catalog
from twin.engine.clocks import aged_to, lived, on_grid
from twin.engine.kinds import FIRST_CLOCK, FIRST_DATE, Kind
from twin.engine.rules import happen
from twin.engine.rules.policy import scale_advance, scale_entry
from twin.engine.rules.start import begin

pytestmark = pytest.mark.uncompiled

STEADY = {"entry_per_year": 120.0, "entry_trend_per_year": 0.0, "entry_season_amplitude": 0.0}

#: Clocks whose hazard follows age, and their laws in the catalog.
LAWS_OF_AGE = {Kind.CLOSE: "closing_by_age", Kind.SLEEP: "dormant_by_age"}


@pytest.mark.parametrize("kind", LAWS_OF_AGE)
def test_laws_of_age_have_the_probabilities_of_the_catalog(kind: Kind) -> None:
    state = state_of(firms=1)
    state.firms.founded[0] = 0.0
    seen, clock = as_rules_see(state), int(kind) - FIRST_CLOCK
    catalog, law, survival = load_catalog(), LAWS_OF_AGE[kind], 1.0
    for age in catalog.scopes(law):
        survival *= 1.0 - catalog.value(law, age)
        assert math.exp(-lived(seen, 0, clock, float(age))) == pytest.approx(survival, rel=1e-12)
    # every later year is like the last of the table
    last = math.exp(-(lived(seen, 0, clock, 40.0) - lived(seen, 0, clock, 39.0)))
    assert last == pytest.approx(1.0 - catalog.value(law, catalog.scopes(law)[-1]))


@pytest.mark.parametrize("kind", LAWS_OF_AGE)
@pytest.mark.parametrize("founded", [-7.25, 0.0, 2.0])
def test_the_date_of_an_age_undoes_its_law(founded: float, kind: Kind) -> None:
    state = state_of(firms=1)
    state.firms.founded[0] = founded
    seen, clock = as_rules_see(state), int(kind) - FIRST_CLOCK
    for age in (0.0, 0.3, 1.0, 4.5, 10.0, 33.0):
        target = lived(seen, 0, clock, founded + age)
        assert aged_to(seen, 0, clock, target) == pytest.approx(founded + age, rel=1e-12, abs=1e-12)


def test_nobody_closes_where_the_law_says_so() -> None:
    state = state_of(firms=1, parameters={"closing_by_age": {"1": 0.5, "2": 0.0}})
    state.firms.founded[0] = 0.0
    seen = as_rules_see(state)
    clock = Kind.CLOSE - FIRST_CLOCK
    assert aged_to(seen, 0, clock, 0.5 * math.log(2.0)) == pytest.approx(0.5)
    assert aged_to(seen, 0, clock, math.log(2.0) + 0.1) > 1e6


def test_dates_are_rounded_up_to_the_grid() -> None:
    seen = as_rules_see(state_of()._replace(grid_years=0.25))
    dates = (0.0, 0.01, 0.25, 0.26, 7.75, math.inf)
    assert [on_grid(seen, date) for date in dates] == [0.0, 0.25, 0.25, 0.5, 7.75, math.inf]
    assert on_grid(as_rules_see(state_of()), 0.26) == 0.26


def test_a_changed_hazard_moves_its_own_date_and_no_other() -> None:
    state, posted = state_of(firms=1, parameters={"advance_per_year": 0.35}), outbox()
    seen = as_rules_see(state)
    begin(seen, posted)
    column = Kind.ADVANCE - FIRST_DATE
    before = state.firms.due[0].copy()
    scale_advance(seen, 0.0, 0, 0, 4.0, posted)
    after = state.firms.due[0]
    assert after[column] == pytest.approx(before[column] / 4.0)
    assert np.delete(after, column).tolist() == np.delete(before, column).tolist()
    scale_advance(seen, 0.0, 0, 0, 0.0, posted)
    assert state.firms.due[0, column] < 0.0  # stands still, and knows how much is left
    assert -state.firms.due[0, column] == pytest.approx(0.35 * before[column])


def test_a_dying_source_revived_keeps_what_is_left() -> None:
    """One firm a year, falling by e^-2 a year, makes half a firm in all: with more on its clock it does not come.

    Doubled, the source has a whole firm to give: it comes if its clock holds less than that, and only then.
    """
    law = {"entry_per_year": 1.0, "entry_trend_per_year": -2.0, "entry_season_amplitude": 0.0}
    state, posted, came = state_of(parameters=law), outbox(), 0
    for seed in range(400):
        seen = as_rules_see(state._replace(seed=seed))
        state.sources.per_year[:] = 1.0
        begin(seen, posted)
        scale_entry(seen, 0.0, 0, 2.0, posted)
        came += state.sources.due[0] < math.inf
    assert came / 400 == pytest.approx(1.0 - math.exp(-1.0), abs=0.08)


def test_a_firm_that_would_never_close_may_come_to() -> None:
    """Half the firms close in their first year and none later; while scaling up the hazard is half that.

    A firm that grows mature on its first day is as likely to close as if it had been mature from the start.
    """
    law: dict[str, Any] = {
        "closing_by_age": {"1": 0.5, "2": 0.0},
        "age_closing_factor": 1.0,
        "age_closing_factor.scale": 0.5,
    }
    state, posted, closed = state_of(firms=1, stage="scale", parameters=law), outbox(), 0
    for seed in range(400):
        seen = as_rules_see(state._replace(seed=seed))
        state.firms.stage[0], state.firms.founded[0] = 2, 0.0
        begin(seen, posted)
        happen(seen, 0.0, int(Kind.ADVANCE), 0, posted)
        closed += state.firms.due[0, Kind.CLOSE - FIRST_DATE] <= 1.0
    assert closed / 400 == pytest.approx(0.5, abs=0.08)
