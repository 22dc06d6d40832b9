"""Resampling of what is independent: trajectories, rows, points, replications.

Intervals are expanded percentile intervals (Hesterberg 2015, doi:10.1080/00031305.2015.1089789): of n independent
values the percentile interval is too narrow, as a resample varies by (n - 1)/n of what a sample does and its tails are
those of a normal distribution instead of Student's. So the share cut off at either end is not α/2 but
Φ(sqrt(n / (n - 1)) t), t being the α/2 quantile of Student's distribution of n - 1 degrees: of a mean of normal values
this is nearly the t interval, and of many values the percentile interval.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin.errors import AnalysisError, Fault
from twin.study.intervals import CONFIDENCE

Floats = NDArray[np.float64]

#: Seeds are below this, which is what a word of the generator's key holds.
SEEDS = 1 << 64

#: Resamples: enough that 2.5 % of them are fifty.
RESAMPLES = 1999

#: Counts held at a time.
MOST_COUNTS = 1 << 22


def generator(seed: int, what: str) -> np.random.Generator:
    """The draws that belong to a seed and to what is resampled, and to nothing else. Raises AnalysisError."""
    if not 0 <= seed < SEEDS:
        raise AnalysisError([Fault("seed", f"{seed}", f"a whole number from 0 to {SEEDS - 1}")])
    return np.random.Generator(np.random.Philox(key=np.array([seed, zlib.crc32(what.encode())], dtype=np.uint64)))


def resamples(n: int, times: int, source: np.random.Generator, *, beside: int = 0) -> Iterator[Floats]:
    """How often each of `n` things is drawn in n draws, `times` times: blocks of (some, n) counts.

    Blocks are as long as those of `beside` other things, drawn together with these.
    """
    block = max(MOST_COUNTS // max(n, beside), 1)
    for begin in range(0, times, block):
        some = min(block, times - begin)
        drawn = source.integers(n, size=(some, n)) + n * np.arange(some)[:, None]
        yield np.bincount(drawn.ravel(), minlength=some * n).reshape(some, n).astype(np.float64)


def interval(resampled: Floats, n: int) -> tuple[Floats, Floats]:
    """Low and high of each column of (resamples, figures), of samples of `n` independent things.

    No number is made between two of them, so that some may be infinite; NaN is not counted.
    """
    from scipy import stats  # a second to import, and needed here only

    ordered = np.sort(resampled, axis=0)
    number = np.isfinite(ordered).sum(axis=0) + np.isinf(ordered).sum(axis=0)
    if n <= 1:
        return np.full(ordered.shape[1], np.nan), np.full(ordered.shape[1], np.nan)
    cut = stats.norm.cdf(np.sqrt(n / (n - 1.0)) * stats.t.ppf((1.0 - CONFIDENCE) / 2.0, n - 1))
    rank = np.maximum((cut * (number + 1)).astype(np.int64), 1)
    low = np.take_along_axis(ordered, np.minimum(rank - 1, len(ordered) - 1)[None, :], axis=0)[0]
    high = np.take_along_axis(ordered, np.maximum(number - rank, 0)[None, :], axis=0)[0]
    return low, high
