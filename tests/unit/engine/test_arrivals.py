"""Sources: laws of entry forwards and backwards, rates that change, and rates that fade."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from tests.unit.engine.states import as_rules_see, outbox, state_of
from twin.engine.arrays import Outbox, Sources, State
from twin.engine.arrivals import entries_by, entry_date, heighten, rescale_source, start_source
from twin.engine.kinds import Origin
from twin.engine.rules.policy import scale_entry
from twin.engine.rules.start import begin

pytestmark = pytest.mark.uncompiled

STEADY = {"entry_per_year": 120.0, "entry_trend_per_year": 0.0, "entry_season_amplitude": 0.0}

LAWS = [(0.0, 0.0, 0.0), (0.04, 0.15, 0.25), (-0.5, 0.0, 0.0), (-0.3, 0.99, 0.7), (0.0, 0.4, 0.0), (2.0, 0.5, 1.0)]


def source(trend: float, amplitude: float, phase: float) -> Sources:
    """A source of one firm a year at the start."""
    return Sources(
        key=np.ones(1, np.int64),
        origin=np.zeros(1, np.int8),
        industry=np.zeros(1, np.int32),
        node=np.zeros(1, np.int8),
        per_year=np.ones(1),
        pull=np.ones(1),
        trend_per_year=np.array([trend]),
        season_amplitude=np.array([amplitude]),
        season_phase_years=np.array([phase]),
        fade_years=np.full(1, math.inf),
        entered=np.zeros(1, np.int64),
        due=np.zeros(1),
        left=np.zeros(1),
        since=np.zeros(1),
    )


@pytest.mark.parametrize("law", LAWS)
def test_expected_entries_are_the_integral_of_the_rate(law: tuple[float, float, float]) -> None:
    trend, amplitude, phase = law
    sources = as_rules_see(source(*law))
    for date in (0.0, 0.1, 1.0, 3.7):
        rate = lambda t: math.exp(trend * t) * (1.0 + amplitude * math.sin(2.0 * math.pi * (t - phase)))  # noqa: E731
        assert entries_by(sources, 0, date) == pytest.approx(quad(rate, 0.0, date, epsabs=1e-12)[0], abs=1e-9)


@pytest.mark.parametrize("law", LAWS)
def test_entry_date_undoes_expected_entries(law: tuple[float, float, float]) -> None:
    sources = as_rules_see(source(*law))
    for date in (0.001, 0.1, 0.5, 1.0, 2.9):
        target = entries_by(sources, 0, date)
        assert entry_date(sources, 0, target, 0.0) == pytest.approx(date, rel=1e-9)
        assert entry_date(sources, 0, target, date + 0.5) >= date + 0.5


def test_a_dying_source_ends() -> None:
    sources = as_rules_see(source(-0.5, 0.0, 0.0))
    assert entry_date(sources, 0, 1.999, 0.0) < math.inf
    assert entry_date(sources, 0, 2.0, 0.0) == math.inf
    waving = as_rules_see(source(-0.5, 0.3, 0.0))
    assert entry_date(waving, 0, 3.0, 0.0) == math.inf


def test_a_changed_rate_stretches_what_is_left() -> None:
    state, posted = state_of(parameters=STEADY), outbox()
    seen = as_rules_see(state)
    begin(seen, posted)
    before, rate = state.sources.due.copy(), float(state.sources.per_year[0])
    scale_entry(seen, 0.0, 0, 1.0, posted)
    assert state.sources.due[0] == before[0]
    scale_entry(seen, 0.0, 0, 0.5, posted)
    assert state.sources.due[0] == pytest.approx(2.0 * before[0])
    rescale_source(seen, 0.0, 0, 0.0, 1.0, posted)
    assert state.sources.due[0] == math.inf
    assert state.sources.left[0] == pytest.approx(before[0] * rate)
    rescale_source(seen, 1.0, 0, rate, 1.0, posted)
    assert state.sources.due[0] == pytest.approx(1.0 + before[0])
    rescale_source(seen, 1.0, 0, rate, 2.0, posted)
    assert state.sources.due[0] == pytest.approx(1.0 + before[0] / 2.0)


def fading(years: float) -> tuple[State, State, Outbox, int]:
    """A state that has begun, as it is and as rules see it, with the first of the sources that events heighten."""
    state, posted = state_of(parameters={"event_pulse_years": years}, slots={"recruitment": 1}), outbox()
    seen = as_rules_see(state)
    begin(seen, posted)
    return state, seen, posted, int(np.flatnonzero(state.sources.origin == Origin.EVENT)[0])


def test_a_source_that_fades_gives_nothing_before_it_is_heightened() -> None:
    state, *_ = fading(0.5)
    assert np.isinf(state.sources.due[state.sources.origin == Origin.EVENT]).all()


def test_the_next_of_a_fading_source_is_where_the_integral_has_grown_by_what_is_left() -> None:
    state, seen, posted, source = fading(0.5)
    heighten(seen, 2.0, source, 8.0, posted)
    left, due = state.sources.left[source], state.sources.due[source]
    assert left == pytest.approx(8.0 * 0.5 * -math.expm1(-(due - 2.0) / 0.5))
    # another event meanwhile takes what has gone off what is left, and adds to what is still there
    half_way = 0.5 * (2.0 + due)
    heighten(seen, half_way, source, 6.0, posted)
    still = 8.0 * math.exp((2.0 - half_way) / 0.5)
    assert state.sources.per_year[source] == pytest.approx(still + 6.0)
    assert state.sources.left[source] == pytest.approx(left - (8.0 - still) * 0.5)
    assert state.sources.due[source] < due


def test_of_a_pulse_that_is_over_nothing_comes() -> None:
    state, seen, posted, source = fading(0.5)
    heighten(seen, 2.0, source, 0.999 * state.sources.left[source] / 0.5, posted)
    assert state.sources.due[source] == math.inf
    heighten(seen, 2.0, source, 0.002 * state.sources.left[source] / 0.5, posted)
    assert state.sources.due[source] < math.inf


def test_the_clock_of_a_fading_source_is_wound_at_the_rate_of_the_day() -> None:
    state, seen, posted, source = fading(0.5)
    heighten(seen, 1.0, source, 100.0, posted)
    state.sources.entered[source] += 1
    start_source(seen, 1.25, source, posted)
    assert state.sources.per_year[source] == pytest.approx(100.0 * math.exp(-0.5))
    share = state.sources.left[source] / (100.0 * math.exp(-0.5) * 0.5)
    assert state.sources.due[source] == pytest.approx(1.25 - 0.5 * math.log1p(-share))
