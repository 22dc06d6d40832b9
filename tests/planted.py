"""A park of three lines whose cheapest package is known in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

from twin.goals import Space


@dataclass(frozen=True)
class Planted:
    """An outcome that rises by `gains` with each lever, at `prices`, under luck that all packages share, and own noise.

    Levers begin at 0, where they do nothing; the outcome is normal, so that a package attains with a known probability.
    """

    space: Space
    gains: Any  #: (k,) for one unit of each lever
    prices: Any  #: (k,)
    start: float = 250.0
    shared: float = 60.0  #: standard deviation of the luck
    noise: float = 0.0  #: and of what differs from package to package under the same luck
    seed: int = 1
    calls: list[int] = field(default_factory=list)

    def __call__(self, packages: Any, replications: Any) -> tuple[Any, Any]:
        self.calls.append(len(packages))
        luck = np.array([np.random.default_rng([self.seed, int(one)]).normal() for one in replications])
        own = np.array(
            [
                np.random.default_rng([self.seed, int(one), *np.round(1000 * package).astype(int)]).normal()
                for package, one in zip(packages, replications, strict=True)
            ]
        )
        outcomes = self.start + packages @ self.gains + self.shared * luck + self.noise * own
        return outcomes, 10.0 + packages @ self.prices

    @property
    def spread(self) -> float:
        """Standard deviation of an outcome."""
        return float(np.hypot(self.shared, self.noise))

    def mean(self, package: Any) -> float:
        """Mean outcome."""
        return float(self.start + package @ self.gains)

    def price(self, package: Any) -> float:
        """Cost beyond nothing."""
        return float(package @ self.prices)

    def probability(self, package: Any, bound: float) -> float:
        """How likely a package comes to a bound."""
        return float(stats.norm.cdf((self.mean(package) - bound) / self.spread))

    def cheapest(self, bound: float, probability: float) -> float:
        """The least cost for which one does so with a probability: levers filled by gain for money."""
        lacking, cost = bound - self.start + stats.norm.ppf(probability) * self.spread, 0.0
        for lever in np.argsort(-self.gains / self.prices):
            pulled = min(self.space.high[lever], max(lacking, 0.0) / self.gains[lever]) if self.gains[lever] else 0.0
            lacking -= pulled * self.gains[lever]
            cost += pulled * self.prices[lever]
        return float(cost)


def planted(*, noise: float = 0.0, seed: int = 1) -> Planted:
    """Two levers that help, one better for its money, and one that costs and does nothing."""
    space = Space.of([0, 0, 0], [1, 1, 1], [0, 0, 0])
    return Planted(space, np.array([160.0, 240.0, 0.0]), np.array([20.0, 60.0, 30.0]), noise=noise, seed=seed)


def slack_from(bound: float) -> Callable[[Any], Any]:
    """By how much outcomes are above a bound."""
    return lambda outcomes: outcomes - bound
