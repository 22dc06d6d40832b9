"""The register of facts: a function each, from runs to the figures that data/history/fact_figures.csv gives bounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from twin.facts.runs import Run, Runs
from twin.study.replications import COVERAGE


class CannotJudgeError(Exception):
    """A fact, or a figure of one, cannot be judged; the message says what is missing."""


class Estimate(NamedTuple):
    """A figure of a fact with its interval; not a number where it cannot be told, and why."""

    value: float
    low: float = math.nan
    high: float = math.nan
    reason: str = ""


#: What a fact function returns: its figures by name.
Figures = Mapping[str, Estimate]
Fact = Callable[[Runs], Figures]

_FACTS: dict[int, Fact] = {}

#: All facts by number.
FACTS: Mapping[int, Fact] = MappingProxyType(_FACTS)


def fact(number: int) -> Callable[[Fact], Fact]:
    """Register a function as the fact of a number."""

    def register(function: Fact) -> Fact:
        _FACTS[number] = function
        return function

    return register


def over_runs(runs: Runs, figure: Callable[[Run], float]) -> Estimate:
    """The median of a figure over the runs, and the range that holds nine runs in ten."""
    return spread([figure(run) for run in runs.runs])


def pooled(runs: Runs, figure: Callable[[Sequence[Run]], float]) -> Estimate:
    """A figure of all runs taken together, and the range that nine runs in ten span one by one."""
    together, apart = figure(runs.runs), spread([figure([run]) for run in runs.runs])
    return Estimate(together, apart.low, apart.high, _reason(together))


def spread(values: Sequence[float]) -> Estimate:
    """Median and range of values; those that are no number are left out."""
    found = np.array([value for value in values if not math.isnan(value)])
    if not len(found):
        return missing("too few cases")
    tail = (1.0 - COVERAGE) / 2.0
    return Estimate(float(np.median(found)), float(np.quantile(found, tail)), float(np.quantile(found, 1.0 - tail)))


def missing(reason: str) -> Estimate:
    """A figure that cannot be told."""
    return Estimate(math.nan, math.nan, math.nan, reason)


def _reason(value: float) -> str:
    return "too few cases" if math.isnan(value) else ""
