"""The allowed range as numbers: how far each lever may be pulled, in steps that a planner would write down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: A lever is set in steps of about this part of its range, rounded down to 1, 2 or 5 times a power of ten.
FINEST = 0.01

#: Steps of a power of ten.
_ROUND = (5.0, 2.0, 1.0)

#: Decimals that are kept of a value, so that sums of steps are written as they are meant.
_DECIMALS = 9


@dataclass(frozen=True)
class Space:
    """A box with a lever along each of its k sides; a package is a point in it, and `neutral` the package of nothing.

    A lever's values are its neutral value and whole steps from there, and the two ends of its range.
    """

    low: Floats  #: (k,)
    high: Floats  #: (k,), above `low`
    neutral: Floats  #: (k,), within
    whole: NDArray[np.bool_]  #: (k,) where only whole numbers mean something

    @classmethod
    def of(cls, low: ArrayLike, high: ArrayLike, neutral: ArrayLike, whole: Sequence[bool] | None = None) -> Space:
        """A space of anything that is a row of numbers."""
        lows = np.asarray(low, dtype=np.float64)
        wholes = np.zeros(len(lows), dtype=np.bool_) if whole is None else np.asarray(whole, dtype=np.bool_)
        return cls(lows, np.asarray(high, dtype=np.float64), np.asarray(neutral, dtype=np.float64), wholes)

    @property
    def levers(self) -> int:
        """Number of levers, k."""
        return len(self.low)

    @cached_property
    def step(self) -> Floats:
        """(k,): the distance between two values of a lever."""
        finest = (self.high - self.low) * FINEST
        power = 10.0 ** np.floor(np.log10(finest))
        steps: Floats = power * np.select([finest >= times * power for times in _ROUND], _ROUND, 1.0)
        return np.asarray(np.where(self.whole, np.maximum(np.round(steps), 1.0), steps), dtype=np.float64)

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """(k,) each: the least and the greatest number of steps from the neutral value."""
        tolerance = 1e-9  # of a step, for what is a whole number of steps but for its rounding
        down = np.ceil((self.neutral - self.low) / self.step - tolerance)
        up = np.ceil((self.high - self.neutral) / self.step - tolerance)
        return -down.astype(np.int64), up.astype(np.int64)

    def at(self, places: ArrayLike) -> Floats:
        """Packages at (…, k) whole steps from the neutral one."""
        reached = self.neutral + np.asarray(places, dtype=np.float64) * self.step
        return np.asarray(np.round(np.clip(reached, self.low, self.high), _DECIMALS), dtype=np.float64)

    def snapped(self, packages: ArrayLike) -> Floats:
        """The nearest packages that can be written down."""
        steps = np.round((np.asarray(packages, dtype=np.float64) - self.neutral) / self.step)
        return self.at(np.clip(steps, *self.ends))

    def unit(self, packages: ArrayLike) -> Floats:
        """Packages as parts of the ranges, 0 at `low` and 1 at `high`."""
        return (np.asarray(packages, dtype=np.float64) - self.low) / (self.high - self.low)

    def size(self, packages: ArrayLike) -> Floats:
        """How far (…, k) packages are from doing nothing, as the sum of the parts of the ranges."""
        return np.asarray(np.abs(self.unit(packages) - self.unit(self.neutral)).sum(axis=-1))

    def scattered(self, n: int, rng: np.random.Generator) -> Floats:
        """(n, k): packages drawn independently, each equally likely to be anywhere."""
        drawn = rng.random((n, self.levers))
        values = np.where(
            self.whole,
            np.floor(self.low + drawn * (self.high - self.low + 1.0)),
            self.low + drawn * (self.high - self.low),
        )
        return self.snapped(values)

    def filling(self, n: int, rng: np.random.Generator) -> Floats:
        """(n, k): packages spread evenly, one in each n-th of every lever's range (a Latin hypercube)."""
        from scipy.stats import qmc

        return self.snapped(self.low + qmc.LatinHypercube(self.levers, rng=rng).random(n) * (self.high - self.low))
