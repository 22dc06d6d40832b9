"""Compiles one half of the kernel into numba's cache: `python -m tests.kernel NAME`.

The halves take about the same time and compile different functions, so that two processes can do them side by side
without one waiting for the other, or writing what the other writes.
"""

from __future__ import annotations

import sys

import numpy as np

from tests.parks import small_park
from twin.engine.arrays import Outbox, State
from twin.engine.boxing import boxed
from twin.engine.calendar import play
from twin.engine.environment import ParkEnvironment
from twin.engine.rules.money import list_revenue
from twin.scenario import Scenario
from twin.simulation import prepare
from twin.state import build_panel


def compile_play(state: State) -> None:
    """The loop, with all that happens in it: nothing is due yet, so it ends at once."""
    outbox = Outbox(np.zeros(1, np.int64), np.zeros(4096, np.int32))
    play(boxed(state), boxed(outbox), 0.0, 0)


def compile_frame(state: State) -> None:
    """What comes before the loop, between its turns and after it."""
    env = ParkEnvironment(state)
    env.count(boxed(build_panel(state, 1)), 0)
    env.rule(list_revenue, np.zeros(int(state.firms.used[0])))


HALVES = {"play": compile_play, "frame": compile_frame}

if __name__ == "__main__":
    HALVES[sys.argv[1]](prepare(small_park([100.0]), Scenario(name="kernel", end="2026Q1"), events=True).state)
