"""A quiet park, where nothing happens that a test does not switch on, and many runs of it against a known number.

How a stochastic number is judged. A run is a replication; where nothing couples the industries (or the two services) of
a park, each of them is one, with draws of its own. A statistic's standard error comes from its spread over at least 200
replications, and |z| < 3.3 is asked of each: about a hundred numbers are compared, and 100 x P(|Z| > 3.3) = 0.1 is the
chance that a right engine misses one (Bonferroni). Seeds are fixed, so the verdict does not change from run to run.
Every check is done a second time on an engine run with a rate 3 % off, and has to fail; the amounts of luck are chosen
so that such an error is expected beyond |z| = 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.parks import small_park, stock_of
from twin.catalog import load_catalog
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import prepare, run
from twin.units import Quarter

Floats = NDArray[np.float64]
Parameters = Mapping[str, float | dict[str, float]]

#: Chosen before the first run.
SEED = 1917

#: How many standard errors a right engine may be off.
LIMIT = 3.3

#: What a rate is multiplied by to see that a check can fail.
PLANTED = 1.03

START = "2026Q1"

#: Every mechanism off: nobody enters, asks, grows, moves or goes; whoever enters is a mature firm of one person on 1
#: m², registered, without room.
QUIET: Parameters = {
    "entry_per_year": 0.0,
    "entry_trend_per_year": 0.0,
    "entry_season_amplitude": 0.0,
    "entry_season_phase_years": 0.0,
    "entry_jobs_elasticity": 0.0,
    "institute_spin_offs_per_year": 0.0,
    "prospects_per_year": 0.0,
    "spin_off_per_year": 0.0,
    "followers_per_firm": 0.0,
    "resident_share": 0.0,
    "registered_share": 1.0,
    "stage_share": 0.0,
    "stage_share.mature": 1.0,
    "advance_per_year": 0.0,
    "fail_per_year": 0.0,
    "leave_per_year": 0.0,
    "age_closing_factor": 0.0,
    "closing_factor": 1.0,
    "closing_size_exponent": 0.0,
    "dormancy_factor": 0.0,
    "absorb_per_year": 0.0,
    "move_out_per_year": 0.0,
    "come_per_year": 0.0,
    "lease_years": math.inf,
    "rent_adjustment_per_year": 0.0,
    "growth_mean": 0.0,
    "growth_ageing_per_year": 0.0,
    "growth_scale": 0.0,
    "m2_per_head": 1.0,
    "floor_factor": 1.0,
    "floor_rent_elasticity": 0.0,
    "least_m2": 1.0,
    "entry_staff": 1.0,
    "entry_staff_sigma": 0.0,
    "newborn_share": 0.0,
    "age_at_entry_years": 0.0,
    "productivity_sigma": 0.0,
    "revenue_trend_per_year": 0.0,
    "search_patience_years": 0.0,
    "taste_rent": 0.0,
    "taste_jobs": 0.0,
    "taste_metro": 0.0,
    "taste_quality": 0.0,
    "taste_leading": 0.0,
    "release_years": 0.0,
    "service_share": 0.0,
    "served_advance_ratio": 1.0,
    "serving_fail_ratio": 1.0,
    "relief_ratio": 1.0,
    "fund_capital_cny": 0.0,
    "fund_share": 1.0,
    "service_shape": 1.0,
    "service_patience_years": math.inf,
    "apply_share": 0.0,
    "renew_share": 1.0,
    "approve_share": 1.0,
    "desk_capacity": 1e9,
    "review_years": 0.0,
    "review_interval_years": 1.0,
    "review_phase_years": 0.0,
    "tier_valid_years": 100.0,
    "rd_sigma": 0.0,
    "rd_size_exponent": 0.0,
    "rd_stage_factor": 1.0,
    "slot_cost_cny_year": 0.0,
    "slot_m2": 0.0,
    "revitalisation_budget_cny_year": 0.0,
    "anchor_pull_near": 1.0,
    "anchor_pull_far": 1.0,
    "orphan_ratio": 1.0,
    "spillover_growth": 0.0,
    "alliance_spillover_ratio": 1.0,
    "alliance_follow_ratio": 1.0,
    "chief_effort_ratio": 1.0,
    "chief_entry_ratio": 1.0,
    "scene_calls_per_year": 0.0,
    "challenge_projects_per_year": 0.0,
    "events_per_year": 0.0,
    "shortage_growth_effect": 0.0,
    "shortage_move_effect": 0.0,
    "contract_share": 0.0,
    "contract_move_ratio": 1.0,
    "honour_lump_cny": 0.0,
    "honour_rd_share": 0.0,
    "honour_delay_ratio": 1.0,
    "honour_window_cost_cny_year": 0.0,
    "coordination_years": 0.0,
}


def quiet(parameters: Parameters, *, quarters: int = 1, **fields: Any) -> Scenario:
    """A scenario with nothing on but what `parameters` switch on."""
    end = Quarter.parse(START).plus(quarters - 1)
    return Scenario(name="quiet", start=START, end=str(end), seed=SEED, parameters={**QUIET, **parameters}, **fields)


def stock_of_all(n: int, *, first_id: int = 1) -> Park:
    """A park with n alike registered firms of every industry, n at a time in the order of the industries."""
    firms = pd.concat([stock_of(n, industry=industry) for industry in load_catalog().industries], ignore_index=True)
    return small_park([100.0], firms=firms.assign(firm_id=range(first_id, first_id + len(firms))))


def replicate(
    park: Park, scenario: Scenario, n: int, statistic: Callable[[Record], Floats], *, events: bool = False
) -> Floats:
    """(n x copies, values): a statistic of n runs that differ in luck alone.

    The statistic gives (values,), or (copies, values) where a run holds several copies that know nothing of each other.
    """
    prepared = prepare(park, scenario, events=events)
    return np.concatenate([np.atleast_2d(statistic(run(prepared, replication=r))) for r in range(n)])


def groups(record: Record, column: str) -> Floats:
    """(quarters, cells, industries, stages): a column of the panel of groups."""
    axes = [len(record.groups[axis].cat.categories) for axis in ("quarter", "cell", "industry", "stage")]
    return record.groups[column].to_numpy(dtype=float).reshape(axes)


def services(record: Record, column: str) -> Floats:
    """(quarters, services): a column of the panel of services."""
    axes = [len(record.services[axis].cat.categories) for axis in ("quarter", "service")]
    return record.services[column].to_numpy(dtype=float).reshape(axes)


def buildings(record: Record, column: str) -> Floats:
    """(quarters, buildings): a column of the panel of buildings."""
    axes = [len(record.buildings[axis].cat.categories) for axis in ("quarter", "building_id")]
    return record.buildings[column].to_numpy(dtype=float).reshape(axes)


def z_of_mean(sample: Floats, expected: float) -> float:
    """Standard errors between the mean of a sample, (replications,), and what it should be."""
    return float((sample.mean() - expected) / (sample.std(ddof=1) / math.sqrt(len(sample))))


def z_of_ratio(numerators: Floats, denominators: Floats, expected: float) -> float:
    """Standard errors between a ratio and what it should be: numerator - ratio x denominator has mean 0, unbiased."""
    return z_of_mean(numerators - expected * denominators, 0.0)


def z_of_variance(sample: Floats, expected: float) -> float:
    """Standard errors between the variance of a sample, (replications,), and what it should be."""
    n = len(sample)
    squares = (sample - sample.mean()) ** 2 * n / (n - 1)
    return z_of_mean(squares, expected)


def z_of_dispersion(counts: Floats) -> float:
    """Standard errors between variance over mean of counts, (replications,), and 1, that of a Poisson number."""
    index = counts.var(ddof=1) / counts.mean()
    return float((index - 1.0) * math.sqrt((len(counts) - 1) / 2.0))


def judge(case: str, z: Mapping[str, float], slip: float) -> None:
    """Fail unless every number is met by the engine as it is, or some number is missed by one that is off."""
    worst = max(z, key=lambda name: abs(z[name]))
    if slip == 1.0:
        assert abs(z[worst]) < LIMIT, f"{case}: {worst} is {z[worst]:.2f} standard errors off; all: {z}"
    else:
        assert abs(z[worst]) > LIMIT, f"{case}: a rate {slip:g} times the right one is not noticed: {z}"
