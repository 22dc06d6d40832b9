"""Firms as a population: arrivals by the calendar, stays by age, competing ends, the chain of stages.

Firms here work elsewhere and are only registered, or have room without end, so that nothing couples them: every
industry of a run is a replication.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory import formulas
from tests.theory.quiet import (
    LIMIT,
    Floats,
    Parameters,
    groups,
    judge,
    quiet,
    replicate,
    stock_of_all,
    z_of_dispersion,
    z_of_mean,
    z_of_ratio,
    z_of_variance,
)
from twin.catalog import load_catalog
from twin.record import Record

INDUSTRIES = load_catalog().industries


def weibull_survival(age_years: float) -> float:
    """Survival of a Weibull law with shape 1.5 and scale 4 years."""
    return math.exp(-((age_years / 4.0) ** 1.5))


def test_m_g_infinity(slip: float) -> None:
    """Firms that come 12 a year and stay a Weibull(1.5, 4) time are a Poisson number, at any date (Palm 1943).

    The stay is the law of closing by age, in steps of a twentieth of a year. Those with room and those without are two
    copies in each of the seven industries. At 20 years 1e-5 of the stays go on.
    """
    years = [1.0, 3.0, 10.0, 20.0]
    means = [formulas.present(12.0, weibull_survival, t) for t in years]
    assert means[:3] == pytest.approx([11.4227, 28.2808, 42.9687], abs=5e-5)
    assert means[3] == pytest.approx(12.0 * 4.0 * math.gamma(1.0 + 1.0 / 1.5), abs=1e-3)
    assert means[3] == pytest.approx(43.3318, abs=1e-3)

    ages = np.arange(1, 401) / 20.0
    survival = np.array([weibull_survival(age) for age in [0.0, *ages]])
    law = {
        f"{age:g}": float(1.0 - after / before)
        for age, before, after in zip(ages, survival, survival[1:], strict=False)
    }
    scenario = quiet(
        {
            "entry_per_year": 2 * 12.0 * slip,
            "resident_share": 0.5,
            "age_closing_factor": 1.0,
            "closing_by_age": law,
        },
        quarters=80,
    )

    def present(record: Record) -> Floats:
        at = [round(4 * t) - 1 for t in years]
        copies = [groups(record, column).sum(axis=(1, 3))[at] for column in ("resident_firms", "remote_firms")]
        return np.concatenate(copies, axis=1).T

    seen = replicate(small_park([1e6]), scenario, 50, present)
    z = {f"mean at {t:g}": z_of_mean(seen[:, n], means[n]) for n, t in enumerate(years)}
    z |= {f"variance at {t:g}": z_of_variance(seen[:, n], means[n]) for n, t in enumerate(years)}
    judge("M/G/infinity", z, slip)


def test_immigration_death(slip: float) -> None:
    """A hundred firms, 40 newcomers and 12 % departures a year: mean and variance (Bartlett 1949), Poisson in the end.

    A year of the case is a twentieth of one here: year 5 is the end of the first quarter, and at year 75 1e-4 of
    the first firms are left.
    """
    unit = 1.0 / 20.0
    mean, variance = formulas.immigration_death(40.0, 0.12, 100, 5.0)
    assert (mean, variance) == pytest.approx((205.2773, 175.1579), abs=5e-5)
    last, last_variance = formulas.immigration_death(40.0, 0.12, 100, 75.0)
    assert (last, last_variance) == pytest.approx((333.33, 333.33), abs=0.04)

    scenario = quiet({"entry_per_year": 40.0 * slip / unit, "move_out_per_year": 0.12 / unit}, quarters=15)

    def present(record: Record) -> Floats:
        return groups(record, "remote_firms").sum(axis=(1, 3))[[0, -1]].T

    seen = replicate(stock_of_all(100), scenario, 40, present)
    z = {
        "mean at 5": z_of_mean(seen[:, 0], mean),
        "variance at 5": z_of_variance(seen[:, 0], variance),
        "mean in the end": z_of_mean(seen[:, 1], last),
        "variance in the end": z_of_variance(seen[:, 1], last_variance),
    }
    judge("immigration and death", z, slip)


def test_competing_exits(slip: float) -> None:
    """Closing, being absorbed and moving out take their shares in proportion to their hazards (Prentice et al. 1978).

    One less the Kaplan-Meier estimate, which takes the other ends for censoring, gives closing alone far too much. A
    thousand firms are a replication; a year of the case is a twentieth of one here, and year 5 the end of the quarter.
    """
    unit, per_industry = 1.0 / 20.0, 1000
    incidence, left = formulas.competing_exits([0.08, 0.05, 0.12], 5.0)
    assert incidence == pytest.approx([0.228318, 0.142699, 0.342478], abs=5e-7)
    assert left == pytest.approx(0.286505, abs=5e-7)
    naive = -math.expm1(-0.08 * 5.0)
    assert naive == pytest.approx(0.329680, abs=5e-7)

    kinds = ["close", "absorb", "move_out"]

    def ends(record: Record) -> Floats:
        """(industries, 5): firms by end and those left, and one less Kaplan-Meier for closing."""
        assert record.events is not None
        rows = []
        for n in range(len(INDUSTRIES)):
            mine = record.events[(record.events["firm"] - 1) // per_industry == n]
            kind = mine.loc[mine["kind"].isin(kinds), "kind"]
            at_risk = per_industry - np.arange(len(kind))
            kept = np.prod(1.0 - (kind == "close").to_numpy() / at_risk)
            rows.append([*(float((kind == name).sum()) for name in kinds), per_industry - len(kind), 1.0 - kept])
        return np.array(rows)

    closing: Parameters = {"age_closing_factor": 1.0, "closing_by_age": {"1": -math.expm1(-0.08 * slip / unit)}}
    scenario = quiet({**closing, "absorb_per_year": 0.05 / unit, "move_out_per_year": 0.12 / unit})
    seen = replicate(stock_of_all(per_industry), scenario, 40, ends, events=True)
    shares = seen[:, :4] / per_industry
    z = {name: z_of_mean(shares[:, n], incidence[n]) for n, name in enumerate(kinds)}
    z |= {"left": z_of_mean(shares[:, 3], left), "Kaplan-Meier": z_of_mean(seen[:, 4], naive)}
    judge("competing exits", z, slip)
    assert z_of_mean(seen[:, 4], incidence[0]) > 10 * LIMIT


def table_of(cumulative: Callable[[float], float], unit: float) -> dict[str, float]:
    """A law of age in fine steps, from age in units of time to the probability between the age before and this one."""
    ages = [8.0 * (n / 400) ** 2 for n in range(401)]
    return {f"{age * unit:.12g}": -math.expm1(cumulative(before) - cumulative(age)) for before, age in pairwise(ages)}


def test_competing_laws_of_age(slip: float) -> None:
    """Closing and falling dormant, each by a Weibull law of age, compete; a dormant firm closes later or never here."""
    unit, per_industry = 1.0 / 20.0, 1000

    def closing(age: float) -> float:
        return (age / 6.0) ** 2.0

    def sleeping(age: float) -> float:
        return (age / 10.0) ** 0.8

    incidence = formulas.competing_laws(
        [lambda t: 2.0 * t / 36.0, lambda t: 0.08 * (t / 10.0) ** -0.2],
        lambda t: math.exp(-closing(t) - sleeping(t)),
        5.0,
    )
    left = math.exp(-closing(5.0) - sleeping(5.0))
    assert [*incidence, left] == pytest.approx([0.343040, 0.375789, 0.281171], abs=1e-6)

    def ends(record: Record) -> Floats:
        """(industries, 3): firms closed, dormant and as they were."""
        kinds = [groups(record, name)[0].sum(axis=(0, 2)) for name in ("closed", "fell_dormant", "remote_firms")]
        assert (groups(record, "dormant_firms")[0].sum(axis=(0, 2)) == kinds[1]).all()
        return np.array(kinds).T

    scenario = quiet(
        {
            "age_closing_factor": 1.0,
            "closing_factor": 1.0 * slip,
            "closing_by_age": table_of(closing, unit),
            "dormancy_factor": 1.0,
            "dormant_by_age": table_of(sleeping, unit),
        }
    )
    park = small_park([100.0], firms=stock_of_all(per_industry).firms.assign(founded_year=2026.0))
    shares = replicate(park, scenario, 40, ends) / per_industry
    expected = {"closed": incidence[0], "dormant": incidence[1], "left": left}
    z = {name: z_of_mean(shares[:, n], share) for n, (name, share) in enumerate(expected.items())}
    judge("competing laws of age", z, slip)


def test_sizes_of_those_who_go(slip: float) -> None:
    """Growth at random until a random end makes sizes Pareto both ways (Reed 2001, doi:10.1016/S0165-1765(01)00524-9).

    A year here is half a year of the case; log size goes on by yearly Laplace steps and not by a Brownian motion, which
    moves the exponents by a known little. Those left after 100 years, 7 in 1,000, count as they stand. The planted
    error is in the spread of growth.
    """
    mean, sigma, death, unit = 0.06, 0.35, 0.10, 0.5
    assert formulas.double_pareto(mean, sigma, death) == pytest.approx((1.2880, 1.2676), abs=5e-5)
    drift, scale = (mean - sigma**2 / 2.0) * unit, sigma * math.sqrt(unit / 2.0)
    fine = formulas.double_pareto_in_steps(drift * 1e-4, scale * 1e-2, death * unit * 1e-4)
    assert fine == pytest.approx((1.2880, 1.2676), abs=5e-5)
    upper, lower = formulas.double_pareto_in_steps(drift, scale, death * unit)
    assert (upper, lower) == pytest.approx((1.2717, 1.2523), abs=1e-4)

    first = 10_000
    scenario = quiet(
        {
            "growth_mean": drift,
            "growth_scale": scale * slip,
            "growth_size_exponent": 0.0,
            "move_out_per_year": death * unit,
        },
        quarters=400,
    )
    park = small_park([100.0], firms=stock_of_all(2500).firms.assign(staff=first))

    def sizes(record: Record) -> Floats:
        """(firms, 1): log size at the end, against the first."""
        assert record.firms is not None
        return np.log(record.firms["staff"].to_numpy(dtype=float) / first)[:, None]

    log = replicate(park, scenario, 2, sizes, events=True)[:, 0]
    z = {
        "upper exponent": z_of_mean(log[log > 0.0], 1.0 / upper),
        "lower exponent": z_of_mean(-log[log < 0.0], 1.0 / lower),
    }
    judge("double Pareto", z, slip)


def test_causes_of_failure(slip: float) -> None:
    """Failures divide among their causes as competing risks do; a service relieves one cause, and the others gain.

    The hazards are those of the first stage, in twentieths of a year; every firm has been served at once, so that its
    technical failures are half as likely. A thousand firms are a replication.
    """
    unit, per_industry = 1.0 / 20.0, 1000
    hazards = {"technical": 0.25 * 0.6 * 0.5, "market": 0.25 * 0.3, "money": 0.25 * 0.1, "advance": 0.35, "leave": 0.05}
    incidence, left = formulas.competing_exits(list(hazards.values()), 5.0)
    firms = pd.concat([stock_of(per_industry, industry=name, stage="lab") for name in INDUSTRIES], ignore_index=True)
    firms = firms.assign(firm_id=range(1, len(firms) + 1))
    park = small_park([100.0], firms=firms, slots={"proof_of_concept": len(firms)})
    parameters: Parameters = {
        "fail_per_year.lab": 0.25 * slip / unit,
        "advance_per_year.lab": 0.35 / unit,
        "leave_per_year.lab": 0.05 / unit,
        "fail_technical_share.lab": 0.6,
        "fail_market_share.lab": 0.3,
        "fail_money_share.lab": 0.1,
        "service_share.proof_of_concept": 1.0,
        "service_years.proof_of_concept": 1e-9,
        "service_shape.proof_of_concept": math.inf,
        "relief_ratio.proof_of_concept": 0.5,
    }

    def ends(record: Record) -> Floats:
        """(industries, 6): firms that failed, by cause, that advanced, that left, and that are where they were."""
        failed = record.failures["firms"].to_numpy(dtype=float).reshape(3, len(INDUSTRIES), -1).sum(axis=2)
        ended = [groups(record, name)[0].sum(axis=0)[:, 0] for name in ("advanced", "left_stage", "remote_firms")]
        return np.column_stack([*failed, *ended])

    shares = replicate(park, quiet(parameters), 40, ends) / per_industry
    z = {name: z_of_mean(shares[:, n], incidence[n]) for n, name in enumerate(hazards)}
    z |= {"left": z_of_mean(shares[:, 5], left)}
    judge("causes of failure", z, slip)


#: The stages' hazards a year: advancing, failing, leaving.
HAZARDS = {"lab": (0.35, 0.25, 0.05), "pilot": (0.28, 0.15, 0.04), "scale": (0.15, 0.06, 0.03)}
STAGE_UNIT_YEARS = 1.0 / 20.0
COHORT, FIRST, LAST = 2, 7, 11  # quarters, of 5 years of the case: who entered by, and what is watched from and to
WATCHED = 5.0 * (LAST - FIRST)
(
    ENTRANTS,
    GRADUATES,
    STAY,
    GRADUATE_STAY,
    GRADUATE_SQUARE,
    GRADUATIONS,
    LAB,
    PILOT,
    SCALE,
    LAB_STAY,
    PILOT_STAY,
    SCALE_STAY,
) = range(12)


@cache
def stage_runs(entry_slip: float, advance_slip: float) -> Floats:
    """(210 replications, 12): see the names of the columns; stays in years of the case."""
    parameters: dict[str, float | dict[str, float]] = {
        "stage_share.mature": 0.0,
        "stage_share.lab": 1.0,
        "entry_per_year": 60.0 * entry_slip / STAGE_UNIT_YEARS,
        # a graduate goes at once, by closing, for which only the last stage has a hazard
        "age_closing_factor.mature": 1e6,
        "closing_by_age": {"1": 0.9},
    }
    for stage, (advance, fail, leave) in HAZARDS.items():
        parameters[f"advance_per_year.{stage}"] = advance * advance_slip / STAGE_UNIT_YEARS
        parameters[f"fail_per_year.{stage}"] = fail / STAGE_UNIT_YEARS
        parameters[f"leave_per_year.{stage}"] = leave / STAGE_UNIT_YEARS
    return replicate(small_park([100.0]), quiet(parameters, quarters=LAST), 30, careers, events=True)


def careers(record: Record) -> Floats:
    """(industries, 12): careers of the cohort; in the years watched, stocks, graduations and stays that ended."""
    assert record.events is not None
    events = record.events[record.events["kind"].isin(["enter", "advance", "fail", "leave"])]
    firm, when = events["firm"].to_numpy(), events["time_years"].to_numpy() / STAGE_UNIT_YEARS
    order = np.lexsort((when, firm))
    firm, when = firm[order], when[order]
    stage = events["stage"].cat.codes.to_numpy()[order]
    advances = (events["kind"] == "advance").to_numpy()[order]
    assert record.firms is not None
    industry_of = dict(zip(record.firms["firm"], record.firms["industry"].cat.codes, strict=True))
    industry = np.array([industry_of[number] for number in firm])
    ends = np.flatnonzero(firm[1:] == firm[:-1]) + 1  # an event that ends a stage; the one before began it
    stay = when[ends] - when[ends - 1]

    first = np.flatnonzero(np.concatenate([[True], firm[1:] != firm[:-1]]))
    final = np.concatenate([first[1:], [len(firm)]]) - 1
    graduated = (advances[final] & (stage[final] == 2)).astype(float)
    career = when[final] - when[first]
    of_cohort = (when[first] < 5.0 * COHORT).astype(float)

    copies = len(INDUSTRIES)
    columns = [
        np.bincount(industry[first], weights=weights, minlength=copies)
        for weights in (
            of_cohort,
            of_cohort * graduated,
            of_cohort * career,
            of_cohort * graduated * career,
            of_cohort * graduated * (career - GRADUATE_YEARS) ** 2,
        )
    ]
    stocks = groups(record, "remote_firms")[FIRST:LAST].sum(axis=1).mean(axis=0)  # (industries, stages)
    columns += [groups(record, "advanced")[FIRST:LAST].sum(axis=(0, 1))[:, 2], *stocks[:, :3].T]
    watched = when[ends] > 5.0 * FIRST
    for n in range(3):
        weights = stay * (watched & (stage[ends] == n))
        columns.append(np.bincount(industry[ends], weights=weights, minlength=copies))
    return np.column_stack(columns)


#: The stages as an absorbing chain with 60 entrants a year.
CHAIN = formulas.stage_chain(60.0, [h[0] for h in HAZARDS.values()], [h[1] + h[2] for h in HAZARDS.values()])
GRADUATE_YEARS = CHAIN.graduate_years


def test_stage_careers(slip: float) -> None:
    """Who gets through the stages and how long it takes, as an absorbing chain says (Kemeny & Snell 1960).

    The cohort of the first 10 years is followed for 45 more, when 6e-5 of it are not done. The planted error is in the
    hazards of advancing.
    """
    assert CHAIN.graduate == pytest.approx(0.200491, abs=5e-7)
    assert pytest.approx(4.0207, abs=5e-5) == CHAIN.years
    assert (CHAIN.graduate_years, CHAIN.graduate_sd_years) == pytest.approx((7.8328, 4.9249), abs=5e-5)

    seen = stage_runs(1.0, slip)
    z = {
        "graduate": z_of_ratio(seen[:, GRADUATES], seen[:, ENTRANTS], CHAIN.graduate),
        "stay": z_of_ratio(seen[:, STAY], seen[:, ENTRANTS], CHAIN.years),
        "stay of graduates": z_of_ratio(seen[:, GRADUATE_STAY], seen[:, GRADUATES], CHAIN.graduate_years),
        "variance of it": z_of_ratio(seen[:, GRADUATE_SQUARE], seen[:, GRADUATES], CHAIN.graduate_sd_years**2),
    }
    judge("careers", z, slip)


def test_stage_stocks(slip: float) -> None:
    """Firms in each stage and graduates a year once 40 years have passed, which is 2e-4 short of for ever."""
    assert CHAIN.stocks == pytest.approx([92.31, 68.74, 80.20], abs=5e-3)
    assert CHAIN.graduates_per_year == pytest.approx(12.03, abs=5e-3)

    seen = stage_runs(slip, 1.0)
    z = {
        "lab": z_of_mean(seen[:, LAB], CHAIN.stocks[0]),
        "pilot": z_of_mean(seen[:, PILOT], CHAIN.stocks[1]),
        "scale": z_of_mean(seen[:, SCALE], CHAIN.stocks[2]),
        "graduates a year": z_of_mean(seen[:, GRADUATIONS] / WATCHED, CHAIN.graduates_per_year),
    }
    judge("stocks of stages", z, slip)


def test_little_in_stages(slip: float) -> None:
    """In every stage, mean stock = throughput x mean stay (Little 1961, doi:10.1287/opre.9.3.383).

    The law holds at any rate, so the error planted is in the stays: 3 % too long.
    """
    seen = stage_runs(1.0, 1.0)
    z = {
        stage: z_of_ratio(seen[:, LAB + n] * WATCHED, seen[:, LAB_STAY + n] * slip, 1.0)
        for n, stage in enumerate(HAZARDS)
    }
    judge("Little's law in stages", z, slip)
    if slip != 1.0:
        assert min(map(abs, z.values())) > LIMIT, z


@pytest.mark.parametrize("case", ["season", "trend"])
def test_entries(case: str, slip: float) -> None:
    """Entries are a Poisson number, its mean the integral of a rate with a wave or a trend (Lewis & Shedler 1979)."""
    if case == "season":
        published, quarters, runs = 62.7324, 2, 90
        expected = formulas.expected_entries(lambda t: 100.0 * (1.0 + 0.4 * math.sin(2.0 * math.pi * t)), 0.5)
        rates: Parameters = {"entry_per_year": 100.0 * slip, "entry_season_amplitude": 0.4}
    else:
        published, quarters, runs = 1101.314, 4, 30
        expected = formulas.expected_entries(lambda t: 1000.0 * math.exp(0.19 * t), 1.0)
        rates = {"entry_per_year": 1000.0 * slip, "entry_trend_per_year": 0.19}
    assert expected == pytest.approx(published, rel=1e-6)

    def entered(record: Record) -> Floats:
        return groups(record, "entered").sum(axis=(0, 1, 3))[:, None]

    seen = replicate(small_park([100.0]), quiet(rates, quarters=quarters), runs, entered)
    z = {"mean": z_of_mean(seen[:, 0], expected), "dispersion": z_of_dispersion(seen[:, 0])}
    judge(f"entries with a {case}", z, slip)
