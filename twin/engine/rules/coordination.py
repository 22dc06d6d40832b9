"""Coordination of the district with a company of the city 区企联动, which decisions about some buildings wait for."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State


@njit(cache=True)
def scale_coordination(state: State, now: float, factor: float, outbox: Outbox) -> None:
    """Multiply how much longer decisions take from now on."""
    state.coordination.years[0] *= factor
