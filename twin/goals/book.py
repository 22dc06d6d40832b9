"""What was run: each package under each replication once, the runs counted against the budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.goals.space import Floats, Ints, Space

#: Runs packages (n, k), each under the replication (n,) beside it: their outcomes (n,) and what they cost in all (n,).
#: The same replication is the same luck, whatever the package.
Evaluate = Callable[[Floats, Ints], tuple[Floats, Floats]]

#: By how much outcomes (…) are as they are to be, met from 0 on.
Slack = Callable[[Floats], Floats]

#: Called with the number of runs done.
Progress = Callable[[int], None]

Key = tuple[float, ...]


class Book:
    """The runs so far. A package is known by its values."""

    def __init__(self, space: Space, slack: Slack, evaluate: Evaluate, progress: Progress | None = None) -> None:
        self.space, self._slack, self._evaluate, self._progress = space, slack, evaluate, progress
        self.runs = 0
        self.known: dict[Key, dict[int, tuple[float, float]]] = {}  #: slack and cost by replication

    def run(self, packages: Floats, replications: Iterable[int]) -> None:
        """Run every one of (m, k) packages under every replication, unless it was."""
        self.run_pairs([(package, one) for one in replications for package in packages])

    def run_pairs(self, pairs: Sequence[tuple[Floats, int]]) -> None:
        """Run packages, each under a replication of its own, unless it was."""
        missing = {(key_of(package), one) for package, one in pairs}
        wanted = [(key, one) for key, one in sorted(missing) if one not in self.known.get(key, {})]
        if not wanted:
            return
        outcomes, costs = self._evaluate(np.array([key for key, _ in wanted]), np.array([one for _, one in wanted]))
        for (key, one), slack, cost in zip(wanted, self._slack(outcomes), costs, strict=True):
            self.known.setdefault(key, {})[one] = (float(slack), float(cost))
        self.runs += len(wanted)
        if self._progress is not None:
            self._progress(self.runs)

    def replications(self, package: Floats, among: range) -> list[int]:
        """Those of some replications under which a package was run."""
        return sorted(one for one in self.known.get(key_of(package), {}) if one in among)

    def pairs(self, one: Floats, other: Floats, among: range) -> list[int]:
        """Those under which both of two packages were run."""
        known = self.known.get(key_of(other), {})
        return [number for number in self.replications(one, among) if number in known]

    def slack(self, package: Floats, replications: Iterable[int]) -> Floats:
        """By how much the condition is met in each; below 0 it is not."""
        known = self.known[key_of(package)]
        return np.array([known[one][0] for one in replications])

    def met(self, package: Floats, replications: Iterable[int]) -> NDArray[np.bool_]:
        """In which the condition is met."""
        return self.slack(package, replications) >= 0.0

    def extra_cost(self, package: Floats, replications: Iterable[int]) -> Floats:
        """What the package costs beyond the package of nothing under the same luck, in each that both were run in."""
        known, nothing = self.known[key_of(package)], self.known[key_of(self.space.neutral)]
        return np.array([known[one][1] - nothing[one][1] for one in replications if one in nothing])


def key_of(package: Floats) -> Key:
    """A package as something to look it up by; minus 0 is 0."""
    return tuple((np.asarray(package, dtype=np.float64) + 0.0).tolist())
