"""Holders of a tier as a population, recognised at reviews, held for a term, gone with the firm; and the shipped park's
pyramid of tiers, R&D and tax within what was published.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.parks import small_park
from tests.theory import formulas
from tests.theory.quiet import Floats, judge, quiet, replicate, z_of_dispersion, z_of_mean
from twin.indicators import measure
from twin.park import load_park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate


def test_holders_of_a_tier(slip: float) -> None:
    """Firms come 250 a year, stay 4 years on average and apply with .3 at a yearly review; a term is 3 years.

    Firms know nothing of each other, so that holders are a Poisson number at any date (Palm 1943), of the mean that the
    reviews add up to. Every industry is a copy.
    """
    arrivals, departures, wins, term, years = 250.0, 0.25, 0.3 * 0.8, 3, [4, 8]
    means = formulas.holders(arrivals, departures, wins, term, 8)
    kept = sum(math.exp(-departures * n) for n in (1, 2, 3))
    steady = wins * arrivals / departures / (1.0 + wins * kept) * kept
    assert math.isclose(formulas.holders(arrivals, departures, wins, term, 200)[-1], steady, rel_tol=1e-9)
    scenario = quiet(
        {
            "entry_per_year": arrivals,
            "move_out_per_year": departures,
            "revenue_per_head_cny": 1e8,
            "apply_share.above_scale": 0.3 * slip,
            "approve_share.above_scale": 0.8,
            "renew_share.above_scale": 0.0,
            "tier_valid_years.above_scale": float(term),
        },
        quarters=4 * years[-1],
    )

    def held(record: Record) -> Floats:
        firms = record.tiers[record.tiers["tier"] == "above_scale"]
        by_industry = firms["firms"].to_numpy(dtype=float).reshape(4 * years[-1], -1, 7).sum(axis=1)
        return by_industry[[4 * year - 1 for year in years]].T

    seen = replicate(small_park([100.0]), scenario, 40, held)
    z = {f"mean at {year}": z_of_mean(seen[:, n], means[year - 1]) for n, year in enumerate(years)}
    z |= {f"dispersion at {year}": z_of_dispersion(seen[:, n]) for n, year in enumerate(years)}
    judge("holders of a tier", z, slip)


@pytest.fixture(scope="module")
def ten_years() -> dict[str, Floats]:
    """Indicators of the shipped park by part: (quarters,), means of three runs."""
    runs = [
        measure(simulate(load_park(), Scenario(name="x"), replication=r, events=False), only=SHOWN) for r in range(3)
    ]
    values = np.mean([run["value"] for run in runs], axis=0)
    keys = runs[0]["indicator"] + " " + runs[0]["part"]
    return {key: values[np.asarray(keys == key)] for key in keys.unique()}


SHOWN = ["tier_ratios", "rd_intensity", "tax_over_revenue"]

#: Published spans: Shijingshan 2025, Haidian 2023; unicorns in Zhongguancun 2022-23 (.5 %).
SPANS = {"srdi / hnte": (0.22, 0.40), "little_giant / srdi": (0.06, 0.125), "unicorn / hnte": (0.005, 0.005)}


@pytest.mark.parametrize("name", list(SPANS))
def test_the_pyramid_keeps_its_shape(ten_years: dict[str, Floats], name: str) -> None:
    """In each of ten years a ratio is within its span, give or take a factor of 1.5; that of unicorns in its mean."""
    ratio, (low, high) = ten_years[f"tier_ratios {name}"].reshape(10, 4).mean(axis=1), SPANS[name]
    ratio = ratio.mean(keepdims=True) if name == "unicorn / hnte" else ratio
    assert ratio.min() > low / 1.5
    assert ratio.max() < high * 1.5


def test_research_and_tax_are_what_was_published(ten_years: dict[str, Floats]) -> None:
    """R&D 3.5 to 5.0 % of revenue (Zhongguancun 2024: 5.0 %), tax 2.5 to 6.5 %."""
    research, tax = ten_years["rd_intensity "], ten_years["tax_over_revenue "]
    assert research.min() > 0.035
    assert research.max() < 0.05
    assert tax.min() > 0.025
    assert tax.max() < 0.065


def test_the_ladder_of_2025_is_approached_from_2021() -> None:
    """Published for the district in 2025: 1,100, 441 and 26, of which the park is taken to hold 0.8."""
    park = load_park(start="2021Q1")
    runs = [
        simulate(park, Scenario(name="x", start="2021Q1", end="2025Q4"), replication=r, events=False) for r in range(3)
    ]
    held = np.mean([run.tiers.groupby(["quarter", "tier"], observed=True)["firms"].sum() for run in runs], axis=0)
    hnte, srdi, little_giant = held.reshape(20, -1)[-1, :3]
    assert hnte == pytest.approx(880, rel=0.15)
    assert srdi == pytest.approx(353, rel=0.2)
    assert little_giant == pytest.approx(21, rel=0.4)
