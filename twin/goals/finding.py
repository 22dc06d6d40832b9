"""What a search found: the answer, how sure it is, and everything that was tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from twin.goals.bounds import Attainment, share_below, upper_bound
from twin.goals.space import Floats, Space

Verdict = Literal["reached", "out of reach", "undecided"]

#: How sure an upper bound of a probability is, one of two that are stated together.
ONE_OF_TWO = 0.975


@dataclass(frozen=True)
class Cost:
    """Mean extra cost, and its t interval, from pairs of runs with a package and without."""

    mean: float
    low: float
    high: float
    pairs: int

    @classmethod
    def of(cls, differences: Floats) -> Cost:
        """Of such pairs."""
        from twin.study.intervals import half_width

        mean = float(differences.mean())
        sd = float(differences.std(ddof=1)) if len(differences) > 1 else float("nan")
        half = float(half_width(sd, len(differences))) if sd > 0.0 else sd
        return cls(mean, mean - half, mean + half, len(differences))

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "pairs": self.pairs}


@dataclass(frozen=True)
class Sample:
    """Packages drawn at random from the allowed range, and whether any looks as though it attained."""

    packages: int
    suspects: tuple[Floats, ...]  #: that could not be told from packages that attain
    missed: float  #: how probable it is at most that one that attains is not among the suspects

    @property
    def share_below(self) -> float:
        """With no suspect, what the share of the allowed range that attains is below with 95 % confidence."""
        return share_below(self.packages, self.missed)


@dataclass(frozen=True)
class Steps:
    """Pairs of packages run under the same luck that differ in one lever, and which way the outcome moved."""

    tried: int
    against: int  #: in which the mean outcome moved against the direction of the lever
    clearly: int  #: of these, by more than luck explains in 19 cases of 20, each step taken by itself

    @property
    def monotone(self) -> bool:
        """Whether nothing that was tried speaks against monotone levers."""
        return self.tried > 0 and self.clearly == 0


@dataclass(frozen=True)
class Evidence:
    """Why nothing in the allowed range is thought to reach the goal."""

    corner: Floats  #: (k,): every lever at its better end
    corner_met: Attainment  #: under fresh luck
    best: Floats  #: (k,): the package that came nearest in the search
    best_met: Attainment  #: under fresh luck
    sample: Sample
    steps: Steps

    @property
    def corner_below(self) -> float:
        """What the probability of the corner is below; this and the next together with 95 % confidence."""
        return upper_bound(self.corner_met.met, self.corner_met.runs, ONE_OF_TWO)

    @property
    def best_below(self) -> float:
        """What that of the best package found is below."""
        return upper_bound(self.best_met.met, self.best_met.runs, ONE_OF_TWO)

    def certified_if_monotone(self, probability: float) -> bool:
        """Whether it is decisive if no lever ever works against its direction: then no package beats the corner.

        A package that may attain, though the corner does not, speaks against that.
        """
        return self.steps.monotone and self.corner_below < probability and not self.sample.suspects


@dataclass(frozen=True)
class Finding:
    """The answer of a search."""

    verdict: Verdict
    probability: float  #: wished
    space: Space
    package: Floats | None  #: (k,) where the goal is reached
    met: Attainment | None  #: of the package, under luck that played no part in its choice
    cost: Cost | None  #: of the package
    nothing: Attainment  #: of doing nothing, under search luck, by which nothing was chosen for it
    stated: tuple[tuple[Floats, Attainment], ...]  #: every package that was put to the test of fresh luck, in order
    alone: pd.DataFrame  #: lever, value, effect, low, high: each lever alone, on the slack of the condition
    evidence: Evidence | None  #: where the goal is not reached
    curve: pd.DataFrame  #: met, runs, share, low, high, cost, efficient, then a column for each lever: x0, x1, …
    tried: pd.DataFrame  #: runs, share, cost by search luck, then a column for each lever
    runs: int  #: done
    budget: int

    @property
    def assured(self) -> bool:
        """Whether the whole interval of the probability is at or above what was wished."""
        return self.met is not None and self.met.low >= self.probability

    @property
    def unclear(self) -> int:
        """Of how many levers three pairs of runs do not tell by which end they help, so that luck chose it."""
        doubtful = (self.alone["low"] < 0.0) & (self.alone["high"] > 0.0)
        return int(self.alone.loc[doubtful, "lever"].nunique())

    @property
    def does_nothing(self) -> bool:
        """Whether the goal is reached without any lever."""
        return self.package is not None and bool(np.array_equal(self.package, self.space.neutral))
