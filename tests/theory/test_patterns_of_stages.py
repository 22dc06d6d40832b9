"""What the shipped park has to show of stages, incubators and funds, though nothing says so in its parameters."""

from __future__ import annotations

from functools import cache

import numpy as np

from tests.theory.quiet import Floats, groups, services
from twin.catalog import load_catalog
from twin.park import load_park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate

EXITS = ("failed", "left_stage", "closed", "absorbed", "moved_out", "displaced_lost")


@cache
def decade() -> Record:
    """Ten years of the shipped park with nothing done."""
    return simulate(load_park(), Scenario(name="decade", end="2035Q4", seed=1917), events=False)


def of(service: str, column: str) -> Floats:
    """(quarters,): a column of a service."""
    record = decade()
    return services(record, column)[:, list(record.services["service"].cat.categories).index(service)]


def test_one_in_five_gets_from_nothing_to_a_hundred() -> None:
    """600 of 3000 (Beijing plan 2025-27); 15 % reach round B, the second of three (Carta, cohort 2018)."""
    advanced = groups(decade(), "advanced").sum(axis=(0, 1, 2))[:3]
    ended = advanced + np.sum([groups(decade(), column).sum(axis=(0, 1, 2))[:3] for column in EXITS], axis=0)
    assert 0.15 < np.prod(advanced / ended) < 0.25
    # services help, and other ends than those of stages hinder
    catalog = load_catalog()
    rates = [
        [catalog.value(f"{end}_per_year", stage) for end in ("advance", "fail", "leave")] for stage in catalog.stages
    ]
    alone = np.array([rate[0] / sum(rate) for rate in rates[:3]])
    assert (np.abs(advanced / ended - alone) < 0.1).all()


def test_desks_turn_over() -> None:
    """A quarter and more of the tenants change in a year, and they stay two to three years (rules; NBIA)."""
    started = of("incubator", "started")[4:].sum() / 9.0
    assert started / of("incubator", "slots").mean() > 0.25
    assert 1.5 < of("incubator", "busy_years")[4:].sum() / of("incubator", "started")[4:].sum() < 3.5


def test_funds_are_asked_for_more_than_they_have() -> None:
    """Money is short, not due diligence: slots are free and firms wait for a ticket."""
    for fund in ("seed_fund", "growth_fund"):
        assert of(fund, "busy_years").sum() * 4 < of(fund, "slots").sum()
        assert of(fund, "tired").sum() > of(fund, "finished").sum() > 0
        assert of(fund, "capital_cny").min() > 0


def test_early_failures_are_technical_and_late_ones_are_not() -> None:
    """The cause moves from the laboratory to the market as firms advance, helped by centres and lines."""
    failures = decade().failures["firms"].to_numpy(dtype=float).reshape(40, 3, -1, 4).sum(axis=(0, 2))[:, :3]
    technical, market, _ = failures / failures.sum(axis=0)
    assert technical[0] > 0.5 > technical[1] > technical[2]
    assert market[0] < market[1] < market[2]
