"""Facts of growth: 6, 7, 8."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from twin.facts.registry import CannotJudgeError, Figures, fact, over_runs, pooled
from twin.facts.runs import Run, Runs
from twin.study.series import Floats

#: Below so many persons, whole persons blur growth.
LEAST_STAFF = 20.0

#: Persons from which the spread is followed, and from which a firm may count as of high growth (OECD).
SMALL_STAFF = 10.0

#: Growths that a bin of sizes needs, bins that a slope needs.
LEAST_GROWTHS, LEAST_BINS = 30, 3

#: High growth: so much a year over so many years (OECD).
HIGH_GROWTH, HIGH_GROWTH_YEARS = 1.2, 3


@fact(6)
def laplace_growth(runs: Runs) -> Figures:
    """The p of a Laplace against a normal law (Vuong 1989, doi:10.2307/1912557) for firms of some size; kurtosis."""

    def rates(run: Run) -> Floats:
        return centred_growths(runs, run, LEAST_STAFF)

    return {
        "vuong_p": over_runs(runs, lambda run: laplace_over_normal_p(rates(run))),
        "kurtosis": over_runs(runs, lambda run: float(stats.kurtosis(rates(run), fisher=False))),
    }


def centred_growths(runs: Runs, run: Run, least_staff: float) -> Floats:
    """Log growth a year less its industry's mean, of firms of a size or more that are no anchors."""
    found = growths_of(runs, run)
    found = found[found["before"] >= least_staff]
    if len(found) < LEAST_GROWTHS:
        raise CannotJudgeError("too few firms grow")
    return (found["growth"] - found.groupby("industry", observed=True)["growth"].transform("mean")).to_numpy()


def growths_of(runs: Runs, run: Run) -> pd.DataFrame:
    """Growths of firms that are no anchors, with their industry."""
    found = run.growths[~run.growths["firm"].isin(runs.anchors)]
    industry = run.firms.set_index("firm")["industry"].astype(str)
    return found.assign(industry=found["firm"].map(industry))


def laplace_over_normal_p(rates: Floats) -> float:
    """The p of the hypothesis that a Laplace law is no nearer than a normal one, both of greatest likelihood."""
    normal = stats.norm.logpdf(rates, rates.mean(), rates.std())
    middle = float(np.median(rates))
    laplace = stats.laplace.logpdf(rates, middle, np.abs(rates - middle).mean())
    ahead = laplace - normal
    return float(stats.norm.sf(math.sqrt(len(rates)) * ahead.mean() / ahead.std(ddof=1)))


@fact(7)
def spread_by_size(runs: Runs) -> Figures:
    """Slope of the log standard deviation of growth on log size, over bins that double, weighted by their growths."""

    def of(some: Sequence[Run]) -> float:
        found = pd.concat([growths_of(runs, run) for run in some])
        found = found[found["before"] >= SMALL_STAFF]
        if found.empty:
            raise CannotJudgeError("too few firms grow")
        growth = found["growth"] - found.groupby("industry")["growth"].transform("mean")
        size = np.log(found["before"])
        binned = growth.groupby(np.floor(size / math.log(2.0)))
        many = binned.count() >= LEAST_GROWTHS
        spread, mean_size = binned.std()[many], size.groupby(np.floor(size / math.log(2.0))).mean()[many]
        if many.sum() < LEAST_BINS or (spread <= 0).any():
            return math.nan
        slope, _ = np.polyfit(mean_size, np.log(spread), 1, w=np.sqrt(binned.count()[many]))
        return float(slope)

    return {"slope": pooled(runs, of)}


@fact(8)
def high_growth(runs: Runs) -> Figures:
    """Share of firms of ten persons that grow 20 % a year over three years, and of these that do it again."""
    if runs.runs[0].years < 2 * HIGH_GROWTH_YEARS + 1:
        raise CannotJudgeError(f"the run is {runs.runs[0].years:g} years long: seven are needed")
    return {
        "high_growth": pooled(runs, lambda some: high_growth_shares(some)[0]),
        "repeat": pooled(runs, lambda some: high_growth_shares(some)[1]),
    }


def high_growth_shares(runs: Sequence[Run]) -> tuple[float, float]:
    """The share of high growth in spans of three years one after the other, and of repeats in the next span."""
    spans = high = followed = again = 0
    for run in runs:
        staff = staff_by_year(run)
        steps = staff[:, ::HIGH_GROWTH_YEARS]
        with np.errstate(invalid="ignore"):
            large = steps[:, :-1] >= SMALL_STAFF
            fast = steps[:, 1:] >= steps[:, :-1] * HIGH_GROWTH**HIGH_GROWTH_YEARS
        known = ~np.isnan(steps[:, 1:]) & large
        spans, high = spans + int(known.sum()), high + int((known & fast).sum())
        first, second = (known & fast)[:, :-1], ~np.isnan(steps[:, 2:])
        followed, again = followed + int((first & second).sum()), again + int((first & second & fast[:, 1:]).sum())
    return high / spans if spans else math.nan, again / followed if followed else math.nan


def staff_by_year(run: Run) -> Floats:
    """(firms, years): persons before the first growth seen and after each, not a number where a firm is not there."""
    found = run.growths
    code, _ = pd.factorize(found["firm"])
    ordinal = found["ordinal"].to_numpy()
    staff = np.full((code.max() + 1 if len(code) else 0, ordinal.max() + 2 if len(ordinal) else 0), np.nan)
    staff[code, ordinal + 1] = found["after"]
    first = ordinal == 0
    staff[code[first], 0] = found["before"].to_numpy()[first]
    return staff
