"""Firms that come of firms: spin-offs as births, exits as deaths, each firm of the stock the head of a family."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.parks import small_park
from tests.theory import formulas
from tests.theory.quiet import (
    Floats,
    Parameters,
    groups,
    judge,
    quiet,
    replicate,
    stock_of_all,
    z_of_mean,
    z_of_ratio,
    z_of_variance,
)
from twin.catalog import load_catalog
from twin.park import Park
from twin.record import Record

INDUSTRIES = load_catalog().industries
HEADS = 300  #: families of each industry
GENERATIONS = 5


def heads() -> Park:
    """A park with the heads of the families, founded at the start."""
    park = stock_of_all(HEADS)
    return small_park([100.0], firms=park.firms.assign(founded_year=2026.0))


def families(record: Record) -> Floats:
    """(families, 1 + GENERATIONS): members at the end, and how many there ever were of each generation.

    A spin-off is told right before the firm that it founds appears.
    """
    assert record.events is not None
    events = record.events[record.events["kind"].isin(["spin_off", "enter", "move_out", "close"])]
    kinds, firms = events["kind"].to_numpy(dtype=object), events["firm"].to_numpy()
    family: dict[int, tuple[int, int]] = {1 + n: (n, 0) for n in range(HEADS * len(INDUSTRIES))}
    sizes = np.zeros((len(family), 1 + GENERATIONS))
    sizes[:, 0] = 1.0
    for n, (kind, firm) in enumerate(zip(kinds, firms, strict=True)):
        if kind == "spin_off":
            row, generation = family[firm]
            assert kinds[n + 1] == "enter"
            family[firms[n + 1]] = row, generation + 1
            sizes[row, 0] += 1.0
            if generation < GENERATIONS:
                sizes[row, 1 + generation] += 1.0
        elif kind != "enter":
            sizes[family[firm][0], 0] -= 1.0
    return sizes


@pytest.mark.slow
def test_spin_offs_of_a_population(slip: float) -> None:
    """Immigration, birth and death: a negative binomial number with a memory (Kendall 1949).

    Thirty newcomers, 5 % spin-offs and 15 % departures a quarter, from the mean on; 48 quarters forget how it began.
    """
    mean, variance, memory = formulas.immigration_birth_death(30.0, 0.05, 0.15, 1.0)
    assert (mean, variance) == pytest.approx((300.0, 450.0))
    assert memory == pytest.approx(0.904837, abs=5e-7)

    def numbers(record: Record) -> Floats:
        """(industries, 2): firms at the ends of the last two quarters."""
        return groups(record, "remote_firms")[-2:].sum(axis=(1, 3)).T

    parameters = {"entry_per_year": 120.0 * slip, "spin_off_per_year": 0.2, "move_out_per_year": 0.6}
    seen = replicate(stock_of_all(300), quiet(parameters, quarters=50), 32, numbers)
    before, after = seen.T - seen.mean()
    z = {
        "mean": z_of_mean(seen[:, 1], mean),
        "variance": z_of_variance(seen[:, 1], variance),
        "autocorrelation": z_of_ratio(before * after, before**2, memory),
    }
    judge("immigration, birth and death", z, slip)


@pytest.mark.parametrize(("birth", "death", "years"), [(0.2, 0.1, 10.0), (0.3, 0.0, 5.0)], ids=["linear", "Yule"])
def test_families(birth: float, death: float, years: float, slip: float) -> None:
    """A family with births alone, or with deaths too: mean, variance, who is as small as can be (Kendall 1948)."""
    mean, variance, smallest = formulas.birth_death(birth, death, years)
    if death:
        assert (mean, variance, smallest) == pytest.approx((2.71828, 14.0123, 0.387300), abs=5e-5)
    else:
        assert (mean, variance, smallest) == pytest.approx((4.48169, 15.6038, 0.223130), abs=5e-5)
    parameters = {"spin_off_per_year": birth * slip * years, "move_out_per_year": death * years}
    seen = replicate(heads(), quiet(parameters, quarters=4), 8, families, events=True)[:, 0]
    least = 0.0 if death else 1.0
    z = {
        "mean": z_of_mean(seen, mean),
        "variance": z_of_variance(seen, variance),
        "smallest": z_of_mean(np.where(seen == least, 1.0, 0.0), smallest),
    }
    judge("birth and death", z, slip)


def test_generations(slip: float) -> None:
    """Firms that live a year each and found 1.5 others in it: generations as Galton & Watson (1875) say."""
    unit, mean = 0.2, 1.5
    gone = formulas.extinct_by(mean, GENERATIONS)
    assert gone == pytest.approx(0.394979, abs=5e-7)
    assert formulas.extinct_by(mean, 10_000) == pytest.approx(0.417188, abs=5e-7)
    assert mean**GENERATIONS == pytest.approx(7.59375)
    # no hazard of closing up to the age of one unit of time, and beyond it one that ends the life at once
    stay: Parameters = {
        "age_closing_factor": 1.0,
        "closing_by_age": {f"{unit:.12f}": 0.0, f"{unit * (1.0 + 1e-6):.12f}": 1.0},
    }
    scenario = quiet({**stay, "spin_off_per_year": mean * slip / unit}, quarters=4)
    seen = replicate(heads(), scenario, 1, families, events=True)
    last = seen[:, GENERATIONS]
    z = {
        "first generation": z_of_mean(seen[:, 1], mean),
        "extinct": z_of_mean(np.where(last == 0.0, 1.0, 0.0), gone),
        "fifth generation": z_of_mean(last, mean**GENERATIONS),
    }
    judge("Galton and Watson", z, slip)
    assert math.isclose(seen[:, 0].min(), 0.0)
