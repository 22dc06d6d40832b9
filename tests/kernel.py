"""Compiles one half of the kernel into numba's cache: `python -m tests.kernel NAME`.

The halves take about the same time and compile different functions, so that two processes can do them side by side
without one waiting for the other, or writing what the other writes. Rules that take less are left to who needs them.
"""

from __future__ import annotations

import sys
from inspect import signature
from typing import Any

import numba
import numpy as np

from tests.parks import small_park
from twin.engine.arrays import Outbox
from twin.engine.boxing import boxed
from twin.engine.calendar import play
from twin.engine.rules.counting import count
from twin.engine.rules.letting import open_space, release
from twin.engine.rules.policy import build
from twin.engine.rules.start import begin
from twin.engine.rules.works import lose, make_way, reopen
from twin.scenario import Scenario
from twin.simulation import prepare
from twin.state import build_panel

HALVES: dict[str, list[Any]] = {
    "play": [play, open_space, build, release, reopen],
    "frame": [begin, count, lose, make_way],
}


def compile_all(rules: list[Any]) -> None:
    """Compile rules for the types that their parameters say."""
    typeof: Any = numba.typeof
    state = prepare(small_park([100.0]), Scenario(name="kernel", end="2026Q1"), events=True).state
    types = {
        "State": typeof(boxed(state)),
        "Panel": typeof(boxed(build_panel(state, 1))),
        "Outbox": typeof(boxed(Outbox(np.zeros(1, np.int64), np.zeros(1, np.int32)))),
        "float": numba.float64,
        "int": numba.int64,
    }
    for rule in rules:
        rule.compile(tuple(types[word.annotation] for word in signature(rule.py_func).parameters.values()))


if __name__ == "__main__":
    compile_all(HALVES[sys.argv[1]])
