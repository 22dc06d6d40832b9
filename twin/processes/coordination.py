"""Decisions about some buildings wait for the district and a company of the city to agree 区企联动."""

from __future__ import annotations

from collections.abc import Sequence

from twin.engine.environment import ParkEnvironment


def coordination_years(env: ParkEnvironment, buildings: Sequence[int]) -> float:
    """How much longer a decision about buildings takes that is asked for now; 0 where none of them is concerned."""
    coordination = env.state.coordination
    return float(coordination.years[0]) if coordination.concerns[list(buildings)].any() else 0.0
