"""How a budget of runs is shared out, and which luck each part of the search may use."""

from __future__ import annotations

from itertools import count
from math import ceil
from typing import NamedTuple

from twin.errors import Fault, GoalError

#: Numbers of replications. Luck that a package was chosen by says nothing new of it, so what is stated comes from luck
#: of its own: each attempt at a statement has the next row of numbers, and each package of the random sample its own.
SEARCH_LUCK = range(10_000)
FRESH_LUCK, FRESH_ROW = 20_000, 1_000
SAMPLE_LUCK, SAMPLE_ROW = 100_000, 1_000

#: Replications of the packages that the search begins with, of each that it proposes, and of those that it settles on.
FIRST_LOOK, SECOND_LOOK, THIRD_LOOK = 3, 6, 20

#: So many pairs of runs, with the package and without, tell what it costs.
COST_PAIRS = 30

#: Attempts at a statement; each later one is of a package that is more likely to reach the goal.
ATTEMPTS = 3

#: Packages of the curve, beside nothing and the answer.
CURVE_PACKAGES = 5

#: Parts of the budget: runs of nothing under search luck, thinning, third looks, one statement.
NOTHING_PART, THIN_PART, SETTLE_PART, STATED_PART = 10, 10, 8, 8

#: A budget that would do is named to the next of these.
ROUND_BUDGET = 10

#: Of a number of runs, for what is a whole number but for its rounding.
TOLERANCE = 1e-6

#: The least of each that is worth while.
LEAST_NOTHING, LEAST_STATED, LEAST_CURVE, LEAST_PROPOSED = 20, 30, 10, 4


class Plan(NamedTuple):
    """Numbers of runs; a part that needs fewer leaves the rest to those after it."""

    budget: int
    nothing: int  #: of the package of nothing in the search
    search: int  #: until this many are spent the search goes on
    thin: int  #: and until so many more the thinning
    settle: int  #: and so many more the third looks
    stated: int  #: replications of a statement
    curve: int  #: replications of each package on the curve

    @classmethod
    def of(cls, budget: int, levers: int, probability: float) -> Plan:
        """A plan. Raises GoalError for no probability, and where the budget is too small for the levers or for it."""
        if not 0.0 < probability < 1.0:
            raise GoalError([Fault("probability", f"{probability:g}", "above 0 and below 1, such as 0.8")])
        plan = cls._shared(budget)
        if not plan.suffices(levers):
            tens = count(max(budget, 0) // ROUND_BUDGET * ROUND_BUDGET, ROUND_BUDGET)
            enough = next(more for more in tens if cls._shared(more).suffices(levers))
            what = f"{budget} runs are too few for {levers} lever{'s' if levers > 1 else ''}"
            raise GoalError([Fault("budget", what, f"at least {enough}{', or fewer levers' if levers > 1 else ''}")])
        # the share of n runs tells no probability from 0, or from 1, that lies within 1/n of it
        needed = ceil(1.0 / min(probability, 1.0 - probability) - TOLERANCE)
        if needed > FRESH_ROW:
            cure = f"from {1 / FRESH_ROW:g} to {1 - 1 / FRESH_ROW:g}; no statement has more runs than {FRESH_ROW:,}"
            raise GoalError([Fault("probability", f"{probability:g}", cure)])
        if needed > plan.stated:
            what = f"{probability:g}, which {plan.stated} runs cannot tell from {round(probability)}"
            cure = f"a budget of at least {needed * STATED_PART}, for a statement by {needed} runs"
            raise GoalError([Fault("probability", what, cure)])
        return plan

    @classmethod
    def _shared(cls, budget: int) -> Plan:
        nothing, stated = max(LEAST_NOTHING, budget // NOTHING_PART), max(LEAST_STATED, budget // STATED_PART)
        curve, thin, settle = max(LEAST_CURVE, stated // 3), budget // THIN_PART, budget // SETTLE_PART
        search = budget - thin - settle - stated - min(stated, COST_PAIRS) - CURVE_PACKAGES * curve
        return cls(budget, nothing, search, thin, settle, stated, curve)

    def suffices(self, levers: int) -> bool:
        """Whether the search can begin, and propose a few packages."""
        return self.search >= self.nothing + FIRST_LOOK * first_packages(levers) + SECOND_LOOK * LEAST_PROPOSED

    @property
    def last(self) -> int:
        """Until this many are spent, all but the curve goes on."""
        return self.budget - CURVE_PACKAGES * self.curve

    def fresh(self, attempt: int, runs: int) -> range:
        """The replications of an attempt at a statement, the first being 1; those of 0 are for the evidence."""
        first = FRESH_LUCK + attempt * FRESH_ROW
        return range(first, first + min(runs, FRESH_ROW))


def first_packages(levers: int) -> int:
    """How many packages the search begins with, at most: every lever at both ends, the corner, and an even spread."""
    return 2 * levers + 1 + spread_packages(levers)


def spread_packages(levers: int) -> int:
    """How many of them are spread evenly within the range: beside the ends, which tell the slope along every lever."""
    return levers
