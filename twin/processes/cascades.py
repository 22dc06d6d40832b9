"""Cascades: what the loss of an anchor does to the links beside its own passes in some years."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.linkage import recover

#: At one instant links recover after all that planners do.
RECOVERING = 7 << 24


def follow_losses(env: ParkEnvironment) -> Generator[Event, object, None]:
    """Whenever anchors go, have the links beside theirs recover in time."""
    seen = env.state.linkage.lost.copy()
    while True:
        yield env.on(Kind.ORPHAN)
        lost = env.state.linkage.lost.copy()
        for node in np.flatnonzero(lost > seen):
            date = env.on_grid(env.now + float(env.state.linkage.orphan_years[0]))
            for _ in range(int(lost[node] - seen[node])):
                env.put_off(date, Kind.ACTION, RECOVERING + int(node), recover, int(node))
        seen = lost
