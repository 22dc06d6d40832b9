"""A surface through what was run, by which the search guesses where to run next. It decides nothing that is stated.

Luck. Under common random numbers the slack of a package (by how much the condition is met) is that of doing nothing
plus an effect that varies little, so few pairs of runs tell the effect and many runs of nothing tell the luck: the
slack of nothing in each of its runs plus the effect in each pair, all combinations, stand for the slack of the package.
A quantile of them that is not below 0 says that so many attain. It would be exact if effect and luck were independent.

Space. Quantiles and mean costs of the packages run are joined by a thin-plate spline with a linear trend, which is
cheap to ask, and `scipy.optimize.differential_evolution` finds the cheapest point of it that attains. That package is
then run, and the surface drawn anew: the scheme of Regis (2011, Computers & Operations Research 38, 837-853).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from twin.goals.book import Book
from twin.goals.plan import SEARCH_LUCK
from twin.goals.space import Floats, Ints

#: Slack against the closeness of the spline to what was run: that is noisy, so it need not pass through it.
SMOOTHING = 1e-3

#: Of two packages that cost nearly the same the smaller is better: a lever all the way counts as this part of the span
#: of costs.
SIZE_PART = 1e-3

#: Members for each lever, and generations, of the differential evolution.
MEMBERS, GENERATIONS = 8, 60


def outlook(book: Book, package: Floats) -> Floats:
    """What the slack of a package may be, by search luck: that of nothing plus the effects seen."""
    nothing = book.space.neutral
    luck = book.slack(nothing, book.replications(nothing, SEARCH_LUCK))
    pairs = book.pairs(package, nothing, SEARCH_LUCK)
    effects = book.slack(package, pairs) - book.slack(nothing, pairs)
    return np.add.outer(luck, effects).ravel()


def quantiles(book: Book, packages: Floats, levels: Sequence[float]) -> Floats:
    """(m, levels): what so large a part of the outlook of each package is at or above."""
    tails = 1.0 - np.asarray(levels)
    return np.array([np.quantile(outlook(book, package), tails, method="lower") for package in packages])


def costs(book: Book, packages: Floats) -> Floats:
    """(m,): the mean extra cost of each, by search luck."""
    return np.array([book.extra_cost(one, book.replications(one, SEARCH_LUCK)).mean() for one in packages])


def share(book: Book, package: Floats) -> float:
    """What part of its outlook attains: the guess of its probability."""
    return float(np.mean(outlook(book, package) >= 0.0))


class Surface:
    """Extra cost, and slack at some levels of probability, over the allowed range."""

    def __init__(self, book: Book, packages: Floats, levels: Sequence[float]) -> None:
        """Through packages (m, k) that were run under search luck."""
        from scipy.interpolate import RBFInterpolator

        self.space, self.levels = book.space, tuple(levels)
        found = np.column_stack([costs(book, packages), quantiles(book, packages, levels)])
        self._middle, spread = found.mean(axis=0), found.std(axis=0)
        self.spread = np.where(spread > 0.0, spread, 1.0)
        self._spline = RBFInterpolator(
            self.space.unit(packages), (found - self._middle) / self.spread, smoothing=SMOOTHING
        )

    def at(self, packages: Floats) -> tuple[Floats, Floats]:
        """Guessed extra cost (m,) and slack at the levels (m, levels) of (m, k) packages."""
        guessed = self._spline(self.space.unit(packages)) * self.spread + self._middle
        return guessed[:, 0], guessed[:, 1:]

    def cheapest(self, level: int, rng: np.random.Generator) -> Floats:
        """(k,): the cheapest package that is guessed to attain at a level; where none does, the nearest to it."""
        from scipy.optimize import Bounds, NonlinearConstraint, differential_evolution

        first, last = self.space.ends

        def packages(places: Floats) -> Floats:
            return self.space.at(np.atleast_2d(places.T))

        def price(places: Floats) -> Any:  # a row, as it is vectorised
            there = packages(places)
            return self.at(there)[0] / self.spread[0] + SIZE_PART * self.space.size(there)

        def slack(places: Floats) -> Floats:
            found = self.at(packages(places))[1][:, [level]].T / self.spread[1 + level]
            return found if places.ndim > 1 else found[:, 0]

        found = differential_evolution(
            price,
            Bounds(first, last),
            constraints=NonlinearConstraint(slack, 0.0, np.inf),
            integrality=np.ones(self.space.levers, dtype=np.bool_),
            popsize=MEMBERS,
            maxiter=GENERATIONS,
            tol=0.0,
            updating="deferred",
            vectorized=True,
            polish=False,
            rng=rng,
        )
        places: Ints = np.round(np.asarray(found.x)).astype(np.int64)
        return self.space.at(places)
