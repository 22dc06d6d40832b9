"""Dates at which firms and prospects come from a source.

A source is a Poisson process whose rate changes in time. Its next entry is where the integral of the rate has grown by
a unit exponential; when something changes the rate, what is left of that is kept, and nothing is drawn anew (as with
the clocks of firms).
"""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Outbox, Sources, State
from twin.engine.clocks import NEVER, on_grid, touch
from twin.engine.draws import exponential
from twin.engine.kinds import Draw

LATEST = 1e6  # years; a source that gives nothing until then gives nothing more
NEAR_YEARS = 1e-12  # a date of entry is found when the next step is no longer than this,
MOST_ROUNDS = 100  # or after so many


@njit()
def entries_by(sources: Sources, source: int, date: float) -> float:
    """Expected entries until `date` at one a year: the integral of exp(b t) (1 + a sin(2 pi (t - phase)))."""
    b, a, phase = sources.trend_per_year[source], sources.season_amplitude[source], sources.season_phase_years[source]
    total = date if b == 0.0 else math.expm1(b * date) / b
    if a == 0.0:
        return float(total)
    w = 2.0 * math.pi
    end, start = w * (date - phase), w * -phase
    wave = math.exp(b * date) * (b * math.sin(end) - w * math.cos(end)) - (b * math.sin(start) - w * math.cos(start))
    return float(total + a * wave / (b * b + w * w))


@njit()
def entry_date(sources: Sources, source: int, target: float, after: float) -> float:
    """The date at which `entries_by` reaches `target`, no earlier than `after`; inf if it never does.

    By Newton's method, within a bracket that is halved where a step would leave it.
    """
    b, a = sources.trend_per_year[source], sources.season_amplitude[source]
    if a == 0.0:
        if 1.0 + b * target <= 0.0:  # a shrinking source gives only 1 / -b more
            return NEVER
        return max(after, target if b == 0.0 else math.log1p(b * target) / b)
    low, high = after, after + 1.0
    while entries_by(sources, source, high) < target:
        low, high = high, high + 2.0 * (high - after)
        if high > LATEST:
            return NEVER
    date = after
    for _ in range(MOST_ROUNDS):
        missing = target - entries_by(sources, source, date)
        if missing > 0.0:
            low = date
        else:
            high = date
        nearer = date + missing / entry_rate(sources, source, date)
        if not low <= nearer <= high:
            nearer = 0.5 * (low + high)
        if abs(nearer - date) <= NEAR_YEARS:
            return nearer
        date = nearer
    return date


@njit()
def entry_rate(sources: Sources, source: int, date: float) -> float:
    """The rate of entry at a date for one a year at the start: exp(b t) (1 + a sin(2 pi (t - phase)))."""
    b, a, phase = sources.trend_per_year[source], sources.season_amplitude[source], sources.season_phase_years[source]
    return float(math.exp(b * date) * (1.0 + a * math.sin(2.0 * math.pi * (date - phase))))


@njit()
def start_source(state: State, now: float, source: int, outbox: Outbox) -> None:
    """Wind the clock of a source's next entry."""
    sources = state.sources
    if fades(sources, source):
        sources.per_year[source] *= math.exp((sources.since[source] - now) / sources.fade_years[source])
    sources.left[source] = exponential(state.seed, sources.key[source] << 32, Draw.ENTRY, sources.entered[source])
    sources.since[source] = now
    run_source(state, source, outbox)


@njit()
def run_source(state: State, source: int, outbox: Outbox) -> None:
    """Set the date of a source's next entry by what is left on its clock."""
    sources = state.sources
    rate, since, left, date = rate_of(sources, source), sources.since[source], sources.left[source], NEVER
    if rate > 0.0 and fades(sources, source):
        share = left / (rate * sources.fade_years[source])  # of all that are still expected
        if share < 1.0:
            date = since - sources.fade_years[source] * math.log1p(-share)
    elif rate > 0.0:
        date = entry_date(sources, source, entries_by(sources, source, since) + left / rate, since)
    sources.due[source] = on_grid(state, date)
    touch(outbox, source)


@njit()
def fades(sources: Sources, source: int) -> bool:
    """Whether a source's rate falls exponentially, from `per_year` at the date `since`, till something heightens it."""
    return bool(sources.fade_years[source] < NEVER)


@njit()
def rate_of(sources: Sources, source: int) -> float:
    """Firms a year at the start, as policy and pull have it now; of a source that fades, when it was last looked at."""
    return float(sources.per_year[source] * sources.pull[source])


@njit()
def rescale_source(state: State, now: float, source: int, per_year: float, pull: float, outbox: Outbox) -> None:
    """Give a source another rate; the time until its next entry shrinks or stretches with it."""
    sources = state.sources
    before = rate_of(sources, source)
    sources.per_year[source], sources.pull[source] = per_year, pull
    if rate_of(sources, source) == before:
        return
    spent = entries_by(sources, source, now) - entries_by(sources, source, sources.since[source])
    sources.left[source] = max(sources.left[source] - before * spent, 1e-16)
    sources.since[source] = now
    run_source(state, source, outbox)


@njit()
def heighten(state: State, now: float, source: int, more: float, outbox: Outbox) -> None:
    """Raise the rate of a source that fades by so many a year; the time until its next entry shrinks with it."""
    sources, rate = state.sources, state.sources.per_year[source]
    years = sources.fade_years[source]
    gone = -math.expm1((sources.since[source] - now) / years)
    sources.left[source] = max(sources.left[source] - rate * years * gone, 1e-16)
    sources.per_year[source], sources.since[source] = rate * (1.0 - gone) + more, now
    run_source(state, source, outbox)
