"""The dials: what a scenario may change, how far, at what date, and which clauses of the park's documents ask for it.

A lever is a function of (env, rows, value) that changes the park through a rule; registering it under `@lever` is all
it takes to name it in a scenario. Clauses are named by their ids in the table of `twin.clauses`.
"""

from __future__ import annotations

# in the order in which they are told
from twin.levers import entry, stages, space, chains, people, policy  # isort: skip
from twin.levers.ramps import neutral, steps
from twin.levers.registry import LEVERS, Lever, Ramp, Rows, cost_of, lever

__all__ = [
    "LEVERS",
    "Lever",
    "Ramp",
    "Rows",
    "chains",
    "cost_of",
    "entry",
    "lever",
    "neutral",
    "people",
    "policy",
    "space",
    "stages",
    "steps",
]
