"""How sure a count makes one: of a probability from k of n, of a share of a range from n of which none did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: How surely an interval holds what it is of, all intervals of one statement together.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Attainment:
    """In how many of how many runs a condition was met, and the interval that this leaves for the probability."""

    met: int
    runs: int
    confidence: float  #: of the interval

    @classmethod
    def of(cls, met: NDArray[np.bool_], confidence: float = CONFIDENCE) -> Attainment:
        """Of runs that are independent of how the package was found."""
        return cls(int(met.sum()), len(met), confidence)

    @property
    def share(self) -> float:
        """The estimate of the probability."""
        return self.met / self.runs

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return clopper_pearson(self.met, self.runs, self.confidence)[0]

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return clopper_pearson(self.met, self.runs, self.confidence)[1]

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "met": self.met,
            "runs": self.runs,
            "share": self.share,
            "low": self.low,
            "high": self.high,
            "confidence": self.confidence,
        }


def clopper_pearson(met: int, runs: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of a probability after `met` of `runs`; it covers at least so often, whatever the probability.

    Clopper and Pearson (1934, Biometrika 26, 404-413): its ends are the probabilities under which so many, or so few,
    would come in (1 - confidence)/2 of all cases; quantiles of beta distributions.
    """
    from scipy import stats

    tail = (1.0 - confidence) / 2.0
    low = float(stats.beta.ppf(tail, met, runs - met + 1)) if met else 0.0
    high = float(stats.beta.ppf(1.0 - tail, met + 1, runs - met)) if met < runs else 1.0
    return low, high


def upper_bound(met: int, runs: int, confidence: float = CONFIDENCE) -> float:
    """What the probability is below, so surely, after `met` of `runs`: the upper end of a one-sided interval."""
    return clopper_pearson(met, runs, 2.0 * confidence - 1.0)[1]


def share_below(samples: int, missed: float, confidence: float = CONFIDENCE) -> float:
    """What the share of a range that attains is below, so surely, when none of so many random samples was seen to.

    Each sample that attains goes unseen with a probability of at most `missed`. With a share of f, all go unseen with
    at most (1 - f (1 - missed))^n, which is set to 1 - confidence; for large n that is near 3/(n (1 - missed)).
    """
    seen = 1.0 - (1.0 - confidence) ** (1.0 / samples) if samples else 1.0
    return min(1.0, seen / (1.0 - missed))
