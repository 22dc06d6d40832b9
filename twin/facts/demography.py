"""Facts of birth, age, stage and death: 1, 2, 3, 11, 22."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from twin.catalog import load_catalog
from twin.engine.kinds import Kind
from twin.facts.registry import CannotJudgeError, Estimate, Figures, fact, over_runs, pooled
from twin.facts.runs import DEATHS, Run, Runs
from twin.study.replications import COVERAGE
from twin.study.series import Floats
from twin.units import QUARTERS_PER_YEAR

#: The cause of firms whose project fails.
FAILED = Kind.FAIL.name.lower()

#: Years of age of the life table.
AGES = 10

#: A rate of a year of age needs so many firm-years at risk.
LEAST_EXPOSURE = 30.0

#: Years of a cohort until its stages are counted.
FUNNEL_YEARS = 7.0

#: Fewer replications tell nothing of the spread of counts.
LEAST_RUNS = 5


@fact(1)
def exit_by_age(runs: Runs) -> Figures:
    """Yearly death rates by year of age from a life table with exposures, entered late and censored at the end.

    The published rates are of striking off, which follows the end of a failed project or a bankruptcy by a year or two:
    firms that fail within a stage count as alive for that lag (`dormant_least_years` to `dormant_most_years`) more.
    """

    def of(figure: Callable[[Floats], float]) -> Estimate:
        return pooled(runs, lambda some: figure(life_table(some)))

    return {
        "peak_age": of(lambda q: float(np.nanargmax(q) + 1)),
        "peak_rate": of(lambda q: float(np.nanmax(q))),
        "first_year": of(lambda q: float(q[0])),
        "survival_5": of(lambda q: float(np.prod(1.0 - q[:5]))),
        "survival_9": of(lambda q: float(np.prod(1.0 - q[:9]))),
    }


def life_table(runs: Sequence[Run]) -> Floats:
    """(AGES,): probability of dying within each year of age, 1 - exp(-deaths / firm-years at risk)."""
    deaths, exposure, catalog = np.zeros(AGES), np.zeros(AGES), load_catalog()
    lag = 0.5 * (catalog.value("dormant_least_years") + catalog.value("dormant_most_years"))
    for run in runs:
        lives = run.lives
        founded = lives["founded"].to_numpy()
        first = np.maximum(lives["came"].to_numpy(), 0.0) - founded
        struck_off = lives["gone"].to_numpy() + np.where(lives["cause"] == FAILED, lag, 0.0)
        last = np.minimum(struck_off, run.years) - founded
        for age in range(AGES):
            exposure[age] += np.clip(np.minimum(last, age + 1) - np.maximum(first, age), 0.0, None).sum()
        died = last[lives["cause"].isin(DEATHS).to_numpy() & (struck_off <= run.years)]
        deaths += np.histogram(died, bins=np.arange(AGES + 1))[0]
    rate = np.divide(deaths, exposure, out=np.full(AGES, np.nan), where=exposure >= LEAST_EXPOSURE)
    if np.isnan(rate).all():
        raise CannotJudgeError("no year of age has enough firms at risk")
    return -np.expm1(-rate)


@fact(2)
def age_mix(runs: Runs) -> Figures:
    """Shares of the living by age at the end."""

    def share(low: float, high: float) -> Estimate:
        def of(run: Run) -> float:
            age = run.years - run.here["founded"]
            return float(((age >= low) & (age < high)).mean())

        return over_runs(runs, of)

    return {"under_5": share(-math.inf, 5), "from_5_to_10": share(5, 10), "over_10": share(10, math.inf)}


@fact(3)
def births_and_growth(runs: Runs) -> Figures:
    """Entries of a year over the stock at its beginning, and the yearly growth of the stock; first to last year."""

    def stock(run: Run) -> Floats:
        ends = run.total("resident_firms") + run.total("remote_firms")
        return ends[QUARTERS_PER_YEAR - 1 :: QUARTERS_PER_YEAR]

    def births(run: Run) -> float:
        entered = run.total("entered")[QUARTERS_PER_YEAR:]
        whole = len(entered) // QUARTERS_PER_YEAR
        a_year = entered[: whole * QUARTERS_PER_YEAR].reshape(whole, QUARTERS_PER_YEAR).sum(axis=1)
        return float((a_year / stock(run)[:whole]).mean()) if whole else math.nan

    def growth(run: Run) -> float:
        ends = stock(run)
        return float((ends[-1] / ends[0]) ** (1.0 / (len(ends) - 1)) - 1.0) if len(ends) > 1 else math.nan

    return {"births": over_runs(runs, births), "net_growth": over_runs(runs, growth)}


@fact(11)
def funnel(runs: Runs) -> Figures:
    """Of firms that enter at the first stage, the shares that reach each further stage of those that reached the last.

    All within seven years of entry; only cohorts that the run follows for seven years.
    """
    if runs.runs[0].years < FUNNEL_YEARS + 1.0:
        raise CannotJudgeError(f"the run is {runs.runs[0].years:g} years long: a cohort is followed for seven")
    stages = list(runs.runs[0].events["stage"].cat.categories)

    def reached(some: Sequence[Run]) -> list[int]:
        counts = [0] * len(stages)
        for run in some:
            came = run.of("enter")
            came = came[(came["stage"] == stages[0]) & (came["time_years"] <= run.years - FUNNEL_YEARS)]
            came = came[came["firm"].isin(run.lives["firm"])]
            counts[0] += len(came)
            since = came.set_index("firm")["time_years"]
            steps = run.of("advance")
            within = steps["time_years"] - steps["firm"].map(since) <= FUNNEL_YEARS
            for n, stage in enumerate(stages[:-1]):
                counts[n + 1] += int((within & (steps["stage"] == stage)).sum())
        return counts

    def share(n: int) -> Estimate:
        def of(some: Sequence[Run]) -> float:
            counts = reached(some)
            return counts[n + 1] / counts[n] if counts[n] else math.nan

        return pooled(runs, of)

    return {"first": share(0), "second": share(1), "third": share(2)}


@fact(22)
def over_dispersion(runs: Runs) -> Figures:
    """Variance over mean of the yearly entries of an industry over the replications, and the p of a Poisson law."""
    if len(runs.runs) < LEAST_RUNS:
        raise CannotJudgeError(f"{len(runs.runs)} replications: the spread of counts needs {LEAST_RUNS}")
    counts = np.stack([yearly_entries(run) for run in runs.runs])
    mean = counts.mean(axis=0)
    came = mean > 0
    if not came.any():
        raise CannotJudgeError("nobody enters")
    squares = float((((counts - mean) ** 2)[:, came] / mean[came]).sum())
    freedom = float(came.sum() * (len(counts) - 1))
    tail = (1.0 - COVERAGE) / 2.0
    low, high = (squares / stats.chi2.ppf(q, freedom) for q in (1.0 - tail, tail))
    p = float(stats.chi2.sf(squares, freedom))
    return {"dispersion": Estimate(squares / freedom, float(low), float(high)), "p_value": Estimate(p, p, p)}


def yearly_entries(run: Run) -> Floats:
    """(years, industries): entries of whole years."""
    entered = run.panel("entered").sum(axis=(1, 3))
    whole = len(entered) // QUARTERS_PER_YEAR
    return entered[: whole * QUARTERS_PER_YEAR].reshape(whole, QUARTERS_PER_YEAR, -1).sum(axis=1)
