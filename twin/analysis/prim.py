"""The patient rule induction method: boxes in the space of factors within which what is of interest is frequent.

After Friedman and Fisher (1999, Statistics and Computing 9, 123-143, doi:10.1023/A:1008894516817), who peel a small
share of the cases off a box, again and again, wherever that raises the mean most, and paste at the end; with coverage,
density and the test of each restriction of Bryant and Lempert (2010, Technol. Forecast. Soc. Change 77, 34-49,
doi:10.1016/j.techfore.2009.08.002). Where values are tied, and of factors said in words, a peel cannot be as small as
the others, so what counts is the gain in density for each case given up (Kwakkel and Jaxa-Rozen 2016, Environ. Model.
Softw. 79, 311-321).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.analysis.frames import is_number
from twin.errors import Fault, InputError

Mask = NDArray[np.bool_]

#: The share of the cases in a box that one peel takes off, and one paste puts back.
ALPHA = 0.05

#: Peeling ends before a box holds fewer than this share of all cases.
LEAST_MASS = 0.05

#: A restriction that chance explains more often than this is dropped.
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Restriction:
    """What a box says of one factor: from low to high, both included, or one of some words."""

    factor: str
    low: float = -math.inf
    high: float = math.inf
    words: tuple[str, ...] = ()  #: of a factor said in words those in the box; () of one of numbers
    without: tuple[str, ...] = ()  #: and those left out
    p: float = math.nan  #: how often chance would do as much: Bryant and Lempert's quasi-p
    recurs: float = math.nan  #: share of resamples in whose box the factor is restricted

    def holds(self, column: NDArray[Any]) -> Mask:
        """Of each value of the factor: whether it is within."""
        if self.words:
            return ~np.isin(column, self.without)
        return np.asarray((column >= self.low) & (column <= self.high))


Limits = Mapping[str, Restriction]


@dataclass(frozen=True)
class Cases:
    """What boxes are sought among: one row a case."""

    factors: pd.DataFrame
    of_interest: Mask
    point: NDArray[np.int64]  #: of each case; cases of one point are alike, and count as one where chance is judged

    def __len__(self) -> int:
        """How many there are."""
        return len(self.of_interest)

    @cached_property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Values by factor: floats, or words."""
        return {
            str(name): column.to_numpy(dtype=np.float64) if is_number(column) else column.astype(str).to_numpy(str)
            for name, column in self.factors.items()
        }

    @cached_property
    def whole(self) -> frozenset[str]:
        """Factors of whole numbers."""
        numbers = {name: column for name, column in self.columns.items() if column.dtype.kind == "f"}
        return frozenset(name for name, column in numbers.items() if (column == np.floor(column)).all())

    def take(self, rows: NDArray[np.int64] | Mask) -> Cases:
        """Some of them."""
        return Cases(
            self.factors[rows] if rows.dtype == bool else self.factors.iloc[rows],
            self.of_interest[rows],
            self.point[rows],
        )

    def within(self, limits: Limits) -> Mask:
        """Which lie in a box."""
        inside = np.ones(len(self), dtype=bool)
        for name, limit in limits.items():
            inside &= limit.holds(self.columns[name])
        return inside

    def count(self, inside: Mask) -> tuple[float, float]:
        """Independent cases in a part, and of them those of interest: as many as there are points."""
        points = float(len(np.unique(self.point[inside])))
        return points, points * float(self.of_interest[inside].mean()) if inside.any() else 0.0


#: Chooses a box on a trajectory: its row. A planner may write another.
Rule = Callable[[pd.DataFrame], int]


def best_product(trajectory: pd.DataFrame) -> int:
    """The box with the greatest coverage times density, the largest among equals."""
    return int((trajectory["coverage"] * trajectory["density"]).to_numpy().argmax())


def least_density(least: float) -> Rule:
    """The rule that takes the greatest coverage among boxes of such a density; the densest where none has it.

    Raises InputError where it is no share.
    """
    if not 0.0 < least <= 1.0:
        raise InputError([Fault("density", f"{least:g}", "a share above 0, at most 1")])

    def rule(trajectory: pd.DataFrame) -> int:
        density, coverage = trajectory["density"].to_numpy(), trajectory["coverage"].to_numpy()
        dense = density >= least
        return int(np.where(dense, coverage, -1.0).argmax() if dense.any() else density.argmax())

    return rule


def nearest_mass(mass: float) -> Rule:
    """The rule that takes the box nearest to such a share of the cases: the one a planner has pointed at.

    Raises InputError where it is no share.
    """
    if not 0.0 < mass < 1.0:
        raise InputError([Fault("mass", f"{mass:g}", "a share above 0 and below 1")])

    def rule(trajectory: pd.DataFrame) -> int:
        return int((trajectory["mass"] - mass).abs().to_numpy().argmin())

    return rule


def peel(cases: Cases) -> tuple[pd.DataFrame, list[Limits]]:
    """The trajectory of boxes from all cases down to few: its table, and the limits of each of its boxes.

    The table: cases, of_interest, coverage, density, mass (share of all cases), restricted (how many factors).
    """
    limits: dict[str, Restriction] = {}
    inside = np.ones(len(cases), dtype=bool)
    boxes, rows = list[Limits](), []
    total = int(cases.of_interest.sum())
    while True:
        n, found = int(inside.sum()), int(cases.of_interest[inside].sum())
        rows.append((n, found, found / max(total, 1), found / n, n / len(cases), len(limits)))
        boxes.append(dict(limits))
        choices = (
            []
            if found == n
            else [
                (_gain(cases, inside, kept), -k, limit, kept)
                for k, (limit, kept) in enumerate(_peels(cases, inside, limits))
                if kept.sum() >= max(LEAST_MASS * len(cases), 1.0)
            ]
        )
        if not choices:
            break
        _, _, limit, inside = max(choices, key=lambda choice: choice[:2])
        limits[limit.factor] = limit
    names = ["cases", "of_interest", "coverage", "density", "mass", "restricted"]
    return pd.DataFrame(rows, columns=names), boxes


def _gain(cases: Cases, inside: Mask, kept: Mask) -> float:
    """Rise of the density for each case given up."""
    before, after = cases.of_interest[inside].mean(), cases.of_interest[kept].mean()
    return float((after - before) / (inside.sum() - kept.sum()))


def _peels(cases: Cases, inside: Mask, limits: Limits) -> Iterator[tuple[Restriction, Mask]]:
    """What may be peeled off a box, and what is kept: an end of each factor of numbers, each word of the others."""
    for name, column in cases.columns.items():
        limit = limits.get(name, Restriction(name))
        here = column[inside]
        if column.dtype.kind != "f":
            words = np.unique(here)
            for word in words if len(words) > 1 else ():
                without = (*limit.without, str(word))
                # those too that no case in the box has just now: a restriction that keeps them out may be dropped
                kept_words = tuple(str(other) for other in np.unique(column) if str(other) not in without)
                yield replace(limit, words=kept_words, without=without), inside & (column != word)
            continue
        for sign in (1.0, -1.0):  # the lower end, and the upper as the lower of what is mirrored
            end = _cut(sign * here)
            if end is not None:
                kept = inside & (sign * column >= end)
                bound = _between(sign * end, column[inside & ~kept], sign, whole=name in cases.whole)
                yield _ending(limit, sign, bound), kept


def _cut(values: NDArray[np.float64]) -> float | None:
    """The least value that a peel of the lower end keeps; None where all values are one."""
    k = max(int(ALPHA * len(values)), 1)
    edge = np.partition(values, k)[k] if k < len(values) else values.max()
    if edge == values.min():  # so many are tied there that all of them go, or none
        above = values[values > edge]
        return float(above.min()) if len(above) else None
    return float(edge)


def _between(kept: float, off: NDArray[np.float64], sign: float, *, whole: bool) -> float:
    """The bound between the last value kept and the first peeled off: half way, or the value itself if it is whole."""
    if whole:
        return kept
    return (kept + float(off.max() if sign > 0 else off.min())) / 2.0


def _ending(limit: Restriction, sign: float, bound: float) -> Restriction:
    """A restriction with another lower end, or upper one."""
    return replace(limit, low=bound) if sign > 0 else replace(limit, high=bound)


def paste(cases: Cases, limits: Limits) -> Limits:
    """A box as far as its ends can be moved out again, each by a small share of its cases, at no loss of density."""
    found = dict(limits)
    while True:
        inside = cases.within(found)
        n, density = inside.sum(), cases.of_interest[inside].mean()
        choices = list[tuple[float, int, int, Restriction]]()
        for limit in _pastes(cases, found, max(int(ALPHA * n), 1)):
            wider = cases.within({**found, limit.factor: limit})
            if wider.sum() > n and cases.of_interest[wider].mean() >= density:
                choices.append((float(cases.of_interest[wider].mean()), int(wider.sum()), -len(choices), limit))
        if not choices:
            return found
        limit = max(choices, key=lambda choice: choice[:3])[3]
        found[limit.factor] = limit
        if not limit.words and math.isinf(limit.low) and math.isinf(limit.high):
            del found[limit.factor]


def _pastes(cases: Cases, limits: Limits, most: int) -> Iterator[Restriction]:
    """Restrictions a little wider, each by at most so many cases that all others let in."""
    for name, limit in limits.items():
        column = cases.columns[name]
        others = cases.within({other: each for other, each in limits.items() if other != name})
        if limit.words:
            for word in limit.without if len(limit.without) > 1 else ():
                without = tuple(other for other in limit.without if other != word)
                yield replace(limit, words=tuple(sorted((*limit.words, word))), without=without)
            continue
        for sign, end in ((1.0, limit.low), (-1.0, limit.high)):
            beyond = np.sort(sign * column[others & (sign * column < sign * end)])
            if not len(beyond):
                continue
            edge = beyond[-min(most, len(beyond))]
            off = sign * beyond[beyond < edge]
            bound = _between(sign * edge, off, sign, whole=name in cases.whole) if len(off) else -sign * math.inf
            yield _ending(limit, sign, bound)


def tested(cases: Cases, limits: Limits) -> Limits:
    """The restrictions of a box with the quasi-p of each: how often chance alone would thin out the rest as much.

    Of the cases in the box but for one restriction a share q is of interest. That a random part of them, as large as
    the box, holds as many of interest as the box does has the probability P(Binomial(n, q) >= h).
    """
    n, h = cases.count(cases.within(limits))
    found = {}
    for name, limit in limits.items():
        without, of_interest = cases.count(
            cases.within({other: each for other, each in limits.items() if other != name})
        )
        found[name] = replace(limit, p=chance(h, n, of_interest / without if without else 0.0))
    return found


def chance(h: float, n: float, q: float) -> float:
    """P(Binomial(n, q) >= h), also of what is not whole: the regularised incomplete beta function I_q(h, n - h + 1)."""
    from scipy import special  # half a second to import

    if h <= 0.0:
        return 1.0
    return float(special.betainc(h, n - h + 1.0, min(max(q, 0.0), 1.0)))


def significant(cases: Cases, limits: Limits) -> Limits:
    """A box without the restrictions that chance explains, the least significant dropped first."""
    found = tested(cases, limits)
    while found:
        worst = max(found.values(), key=lambda limit: limit.p)
        if worst.p <= SIGNIFICANCE:
            break
        found = tested(cases, {name: limit for name, limit in found.items() if name != worst.factor})
    return found


def cover(cases: Cases, rule: Rule, most: int) -> list[tuple[Limits, pd.DataFrame]]:
    """Up to `most` boxes one after another, each among the cases outside all before it, with its trajectory.

    The last one has no limits where nothing was left to be found.
    """
    found: list[tuple[Limits, pd.DataFrame]] = []
    left = cases
    while len(found) < most and left.of_interest.any():
        trajectory, boxes = peel(left)
        limits = tested(left, paste(left, significant(left, boxes[rule(trajectory)])))
        found.append((limits, trajectory))
        if not limits:
            break
        left = left.take(~left.within(limits))
    return found


def shares(boxes: Sequence[Limits], cases: Cases) -> list[Mask]:
    """Which cases lie in each box and in none before it."""
    free = np.ones(len(cases), dtype=bool)
    masks = []
    for limits in boxes:
        inside = free & cases.within(limits)
        masks.append(inside)
        free &= ~inside
    return masks
