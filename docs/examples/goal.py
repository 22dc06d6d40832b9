"""The cheapest package of three levers that reaches a goal, where running one is a line of arithmetic."""

import numpy as np

from twin.goals import Finding, Space, solve
from twin.goals.space import Floats, Ints


def evaluate(packages: Floats, replications: Ints) -> tuple[Floats, Floats]:
    """Outcome and cost of each package under the luck of the replication beside it."""
    luck = np.array([np.random.default_rng(int(one)).normal() for one in replications])
    return 6300.0 + packages @ np.array([300.0, 500.0, 40.0]) + 250.0 * luck, packages @ np.array([3.0, 8.0, 2.0])


def sought(goal: float) -> Finding:
    """What reaches a goal with a probability of 80 %."""
    levers = Space.of(low=[0, 0, 0], high=[1, 1, 1], neutral=[0, 0, 0])
    return solve(levers, lambda outcomes: outcomes - goal, evaluate, probability=0.8, budget=400)


near = sought(6600.0)
print(near.verdict, near.package, near.cost and round(near.cost.mean, 1))
print(near.met and f"in {near.met.met} of {near.met.runs} runs: {near.met.low:.0%} to {near.met.high:.0%}")

far = sought(8000.0)
print(far.verdict, far.package)
if far.evidence is not None:
    sample = far.evidence.sample
    print(f"all levers at their better ends: a probability below {far.evidence.corner_below:.0%}")
    print(f"none of {sample.packages} packages at random: less than {sample.share_below:.1%} of the range")
    print(f"certified if monotone: {far.evidence.certified_if_monotone(0.8)}")
