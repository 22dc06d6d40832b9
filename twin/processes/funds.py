"""A fund's budget years: each grants the tickets that its share of the capital pays for."""

from __future__ import annotations

import itertools
from collections.abc import Generator

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.services import grant

#: At one instant a budget year begins after the scenario's actions, so that capital put in on its first day counts.
#: Funds have the even places from here on, those who recognise firms in tiers the odd ones: no two have the same.
LATER = 1 << 25


def run_fund(env: ParkEnvironment, fund: int) -> Generator[Event, None, None]:
    """Begin a budget year after another; the first has begun with the start."""
    years = float(env.state.funds.budget_years[fund])
    for budget in itertools.count(1):
        if budget * years >= env.now:
            yield env.at(budget * years, Kind.ACTION, LATER + 2 * fund)
            env.rule(grant, fund)
