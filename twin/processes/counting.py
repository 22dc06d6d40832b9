"""The count at the end of every quarter; the last one ends the run."""

from __future__ import annotations

from collections.abc import Generator

from twin.engine.arrays import Panel
from twin.engine.boxing import boxed
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.agglomeration import agglomerate
from twin.processes.taking_up import quarters_gone, quarters_to_come


def count_quarters(env: ParkEnvironment, panel: Panel) -> Generator[Event, None, None]:
    """Count the park into a panel at the end of each of its quarters; what was counted then draws firms."""
    page = boxed(panel)
    quarters = range(quarters_gone(env), len(panel.firms))
    for quarter, years in zip(quarters, quarters_to_come(env), strict=False):
        yield env.at(years, Kind.COUNT)
        env.count(page, quarter)
        env.rule(agglomerate)
