"""The processes that come along."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator
from typing import Annotated

from pydantic import Field

from twin.engine.environment import Event, Happening, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.letting import open_slots
from twin.engine.rules.policy import scale_rent
from twin.named.registry import Date, Service, process
from twin.units import QUARTERS_PER_YEAR

#: Reviews come after all that planners have laid down for the same instant; of those of one service, in the order in
#: which they began.
REVIEWS = 8 << 24

#: No run has so many quarters.
QUARTERS = 1 << 9

Queue = Annotated[int, Field(ge=0, le=100_000)]
Slots = Annotated[int, Field(ge=1, le=1_000)]
Share = Annotated[float, Field(ge=0, le=0.9)]


@process
def slot_review(
    env: ParkEnvironment, *, service: Service, queue: Queue, slots: Slots, first: Date
) -> Generator[Event, None, None]:
    """Every year from `first` on: where over `queue` firms wait for a service, open `slots` more (逐年评估增补名额)."""
    place = REVIEWS + QUARTERS * service + round(first * QUARTERS_PER_YEAR)
    for year in itertools.count(max(0, math.ceil(env.now - first))):
        yield env.at(first + year, Kind.ACTION, place)
        if env.state.services.queue[service] > queue:
            env.rule(open_slots, service, slots)


@process
def keep_tenants(env: ParkEnvironment, *, vacant: Share, cut: Share, most: Share) -> Generator[Event, Happening, None]:
    """A firm moves away from a public landlord's building, more than `vacant` of it empty: cut its rent (稳商留商).

    The list rent falls by the share `cut` each time, and levers and cuts together take no more than the share `most`.
    """
    while True:
        moved = yield env.on(Kind.MOVE_OUT)
        buildings, building = env.state.buildings, moved.place
        if building < 0 or not buildings.public[building]:
            continue
        empty = 1.0 - buildings.let_m2[building] / buildings.stock_m2[building]
        if empty > vacant and env.state.purse.relief[building] * (1.0 - cut) >= 1.0 - most:
            env.rule(scale_rent, building, 1.0 - cut)
