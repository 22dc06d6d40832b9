"""Facts of the law of sizes: 4, 5, 9."""

from __future__ import annotations

import math
from functools import cache, partial

import numpy as np
from scipy import special

from twin.facts.registry import CannotJudgeError, Estimate, Figures, fact, over_runs, spread
from twin.facts.runs import Run, Runs
from twin.study.series import Floats

#: The share of firms that make the tail.
TAIL = 0.1

#: Firms drawn to test the body, and firms over which shares of revenue are taken: the park's above-scale firms.
ABOVE_SCALE = 400

#: Samples of the normal law from which p of the Anderson-Darling statistic is read.
NULL_SAMPLES = 4_999


@fact(4)
def size_tail(runs: Runs) -> Figures:
    """Exponent of the tail of revenues after Hill 1975, doi:10.1214/aos/1176343247, with its sampling interval."""
    need_revenues(runs)
    samples = [run.revenues(anchors=False) for run in runs.runs]
    exponents = [hill(revenues) for revenues in samples]
    middle = spread(exponents)
    half = 1.96 / math.sqrt(max(float(np.mean([TAIL * len(revenues) for revenues in samples])), 1.0))
    low, high = middle.value * (1.0 - half), middle.value * (1.0 + half)
    return {"exponent": Estimate(middle.value, low, high, middle.reason)}


def hill(largest_first: Floats, tail: float = TAIL) -> float:
    """Exponent of a power law from the largest values of a sample: k over the sum of their logs above the next."""
    k = int(tail * len(largest_first))
    if k < 10:  # noqa: PLR2004  # fewer say nothing
        return math.nan
    return float(k / np.log(largest_first[:k] / largest_first[k]).sum())


@fact(5)
def size_body(runs: Runs) -> Figures:
    """Whether log revenues below the ninth decile are those of a normal law cut there: p of Anderson and Darling."""
    need_revenues(runs)
    values = []
    for number, run in enumerate(runs.runs):
        revenues = run.revenues(anchors=False)
        n = min(ABOVE_SCALE, len(revenues))
        drawn = np.random.default_rng(number).choice(revenues, n, replace=False)
        values.append(lognormal_body_p(drawn))
    return {"p_value": spread(values)}


def lognormal_body_p(revenues: Floats) -> float:
    """The p of the hypothesis that all but the largest tenth of a sample are lognormal."""
    if len(revenues) < 50:  # noqa: PLR2004  # fewer say nothing
        return math.nan
    statistic = body_statistic(np.sort(np.log(revenues))[None, :])[0]
    null = null_statistics(len(revenues))
    return float((1 + (null >= statistic).sum()) / (1 + len(null)))


@cache
def null_statistics(n: int) -> Floats:
    """The statistic of samples of a normal law: location and scale do not matter, so one law serves all."""
    draws = np.sort(np.random.default_rng(n).standard_normal((NULL_SAMPLES, n)), axis=1)
    return body_statistic(draws)


def body_statistic(sorted_logs: Floats) -> Floats:
    """(samples,): Anderson-Darling distance of the body of each sorted sample from a normal law cut at its top.

    Location and scale are those of the regression of the body on normal scores (Blom 1958) of the whole sample.
    """
    n = sorted_logs.shape[1]
    kept = n - int(TAIL * n)
    score = special.ndtri((np.arange(1, n + 1) - 0.375) / (n + 0.25))[:kept]
    body = sorted_logs[:, :kept]
    centred = score - score.mean()
    scale = (body * centred).sum(axis=1, keepdims=True) / (centred**2).sum()
    scale = np.maximum(scale, 1e-12)
    location = body.mean(axis=1, keepdims=True) - scale * score.mean()
    u = special.ndtr((body[:, :-1] - location) / scale) / special.ndtr((body[:, -1:] - location) / scale)
    u = np.clip(u, 1e-12, 1.0 - 1e-12)
    m = u.shape[1]
    weight = 2.0 * np.arange(1, m + 1) - 1.0
    return np.asarray(-m - (weight * (np.log(u) + np.log1p(-u[:, ::-1]))).sum(axis=1) / m)


@fact(9)
def largest_firms(runs: Runs) -> Figures:
    """Shares of the largest firm and of the largest ten in the revenue of the 400 largest."""
    need_revenues(runs)

    def share(top: int, run: Run) -> float:
        largest = run.revenues(anchors=True)[:ABOVE_SCALE]
        return float(largest[:top].sum() / largest.sum()) if len(largest) else math.nan

    return {"top_1": over_runs(runs, partial(share, 1)), "top_10": over_runs(runs, partial(share, 10))}


def need_revenues(runs: Runs) -> None:
    """Raise CannotJudgeError where revenues of single firms are not recorded."""
    if lacking := runs.lacks("revenue_cny", "anchor"):
        raise CannotJudgeError(f"the table of firms of a record has no {' and no '.join(lacking)}")
