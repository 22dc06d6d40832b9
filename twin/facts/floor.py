"""Facts of floor: 13, 14, 15."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twin.facts.registry import Figures, fact, missing, over_runs, pooled
from twin.facts.runs import Run, Runs
from twin.indicators.registry import ratio
from twin.indicators.space import floor_per_firm
from twin.study.series import rent_steps, vacancy
from twin.units import QUARTERS_PER_YEAR

#: Quarters over which rents may lag vacancy.
MOST_LAG = 12

#: Buildings with less floor are not followed as they fill.
LEAST_BUILDING_M2 = 1_000.0

#: Let share at which a building counts as filled.
FILLED = 0.9


@fact(13)
def vacancy_and_rent(runs: Runs) -> Figures:
    """Growth of rents in % a year per point of vacancy, and by how many quarters rents lag."""
    still = all(np.allclose(rent_steps(run.record), 0.0) for run in runs.runs)
    lag = missing("rents do not move") if still else pooled(runs, rent_lag)
    return {"slope": pooled(runs, rent_slope), "lag": lag}


def rent_slope(runs: Sequence[Run]) -> float:
    """Least-squares slope of the yearly growth of rents on vacancy, each less the mean of its run."""
    cross = square = 0.0
    for run in runs:
        points = 100.0 * vacancy(run.record)[:-1]
        growth = 100.0 * QUARTERS_PER_YEAR * rent_steps(run.record)
        points = points - points.mean()
        cross, square = cross + float(points @ growth), square + float(points @ points)
    return cross / square if square > 0 else math.nan


def rent_lag(runs: Sequence[Run]) -> float:
    """Quarters by which the level of rents follows vacancy: where their correlation is most negative."""
    correlation = np.zeros(MOST_LAG + 1)
    for run in runs:
        level, share = np.concatenate([[0.0], np.cumsum(rent_steps(run.record))]), vacancy(run.record)
        for lag in range(min(MOST_LAG, len(level) - 3) + 1):
            later, before = level[lag:], share[: len(share) - lag]
            if later.std() > 0 and before.std() > 0:
                correlation[lag] += np.corrcoef(later, before)[0, 1]
    return float(np.argmin(correlation))


@fact(14)
def lease_up(runs: Runs) -> Figures:
    """Median years until a building that opens in the run is 90 % let; those never filled are censored at the end."""
    return {"years_to_let": pooled(runs, median_years_to_let)}


def median_years_to_let(runs: Sequence[Run]) -> float:
    """Median by Kaplan-Meier; infinite where fewer than half are ever filled, not a number where none opens."""
    times, filled = [], []
    for run in runs:
        stock, let = run.by_building("stock_m2"), run.by_building("let_m2")
        opened = (stock[0] == 0) & (stock.max(axis=0) >= LEAST_BUILDING_M2)
        for b in np.flatnonzero(opened):
            first = int(np.argmax(stock[:, b] > 0))
            full = let[first:, b] >= FILLED * stock[first:, b]
            filled.append(bool(full.any()))
            times.append(int(np.argmax(full)) if full.any() else len(full) - 1)
    if not times:
        return math.nan
    quarters, done = np.array(times), np.array(filled)
    alive = 1.0
    for quarter in np.unique(quarters[done]):
        alive *= 1.0 - (done & (quarters == quarter)).sum() / (quarters >= quarter).sum()
        if alive <= 0.5:  # noqa: PLR2004  # the median
            return float(quarter) / QUARTERS_PER_YEAR
    return math.inf


@fact(15)
def floor_per_firm_and_head(runs: Runs) -> Figures:
    """Let floor per resident firm and per person at the end."""

    def per_head(run: Run) -> float:
        return float(ratio(run.total("floor_m2"), run.total("staff"))[-1])

    return {
        "m2_per_firm": over_runs(runs, lambda run: float(floor_per_firm(run.figures)[-1])),
        "m2_per_head": over_runs(runs, per_head),
    }
