"""States of small parks, and what it takes to hand their parts to a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.parks import small_park, stock_of
from twin.engine.arrays import Outbox, State
from twin.engine.boxing import boxed
from twin.state import build_state
from twin.units import Quarter


def state_of(
    lettable_m2: Sequence[float] = (1000,),
    *,
    firms: int = 0,
    stage: str = "lab",
    parameters: Mapping[str, float | Mapping[str, float]] | None = None,
    slots: Mapping[str, int] | None = None,
    **park: Any,
) -> State:
    """The first instant of a park of offices with a stock of alike remote firms in AI."""
    stock = stock_of(firms, stage=stage) if firms else None
    place = small_park(lettable_m2, slots=slots, firms=stock, **park)
    catalog = place.catalog.with_values(parameters or {})
    return build_state(place, catalog, start=Quarter(2026, 1), years=5.0, seed=1)


def as_rules_see(group: Any) -> Any:
    """A whole state, or one group of its arrays, as it is handed to a rule."""
    return boxed(group)


def outbox() -> Any:
    """An empty outbox as it is handed to a rule."""
    return boxed(Outbox(np.zeros(1, np.int64), np.zeros(4096, np.int32)))
