"""Under which assumptions a target is met, or missed: boxes in the space of factors, and how far they can be believed.

Scenario discovery after Bryant and Lempert (2010): the boxes of `twin.analysis.prim`, with what keeps them honest. A
box is the best of very many, so that its density among the cases it was drawn around flatters it, and so do tests that
take it as given. Beside them stands what the same procedure comes to on points it has not seen: the points are dealt
into five parts, boxes are drawn around four of them and held against the fifth. Where that density is not clearly above
the share of interest among all cases, there is no box.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from twin.analysis.frames import by_point, check_runs, factors_of
from twin.analysis.prim import Cases, Limits, Mask, Restriction, Rule, best_product, chance, cover, shares
from twin.errors import Fault, InputError
from twin.indicators.asked import Condition
from twin.study.intervals import CONFIDENCE

#: Fewer points are refused: a fifth of them held out, a box of some of the rest would be judged by one or two.
FEWEST_POINTS = 30

#: And so are fewer cases of interest, or not of interest.
FEWEST_OF_A_KIND = 5

#: Parts into which points are dealt, and resamples of them.
FOLDS, RESAMPLES = 5, 50

#: As many boxes are sought, one after another.
MOST_BOXES = 3


class Share(NamedTuple):
    """A share, and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Box:
    """Where what is of interest is frequent, of the cases outside all boxes before it."""

    restrictions: tuple[Restriction, ...]  #: the most significant first
    cases: int  #: in it
    of_interest: int  #: and of them those of interest
    mass: float  #: share of all cases
    coverage: Share  #: share of all that is of interest which lies in it, among the cases it was drawn around
    density: Share  #: share of interest in it, among them
    held_out_coverage: Share  #: the same of boxes so drawn, on points they were not drawn around
    held_out_density: Share
    p: float  #: how often chance would make the held-out density as high
    trajectory: pd.DataFrame  #: the boxes from which it was chosen, and then pruned and pasted: see `peel`

    def holds(self, factors: pd.DataFrame) -> Mask:
        """Which rows lie within its restrictions."""
        return Cases(factors, np.zeros(len(factors), dtype=bool), np.arange(len(factors))).within(
            {each.factor: each for each in self.restrictions}
        )


@dataclass(frozen=True)
class Boxes:
    """What was found."""

    condition: Condition
    missed: bool  #: whether of interest is where the condition is not met
    threshold: float | None  #: share of a point's runs that are to meet it; None where each run is a case
    cases: int
    points: int
    of_interest: int
    left_out: int  #: runs that failed
    boxes: tuple[Box, ...]  #: none where nothing is more than chance
    refused: Box | None  #: the box that was next, had it held on points it had not seen
    trajectory: pd.DataFrame  #: of the first box, found or not

    @property
    def share(self) -> float:
        """Share of interest among all cases."""
        return self.of_interest / self.cases

    @property
    def coverage(self) -> float:
        """Share of all that is of interest which lies in one of the boxes."""
        return sum(box.of_interest for box in self.boxes) / self.of_interest

    def table(self) -> pd.DataFrame:
        """A row for each restriction: box, factor, low, high, words, p, recurs, and what is known of its box."""
        rows = []
        for number, box in enumerate(self.boxes, 1):
            about = {"coverage": box.coverage, "density": box.density}
            about |= {"held_out_coverage": box.held_out_coverage, "held_out_density": box.held_out_density}
            told = {
                f"{name}{end}": share[k] for name, share in about.items() for k, end in enumerate(("", "_low", "_high"))
            }
            for each in box.restrictions:
                said = {"factor": each.factor, "low": each.low, "high": each.high, "words": " ".join(each.words)}
                rows.append({"box": number} | said | {"p": each.p, "recurs": each.recurs, "mass": box.mass} | told)
        return pd.DataFrame(rows)


def discover(  # noqa: PLR0913  # what is asked, and how it is sought
    runs: pd.DataFrame,
    condition: Condition | str,
    *,
    missed: bool = False,
    factors: Sequence[str] | None = None,
    threshold: float | None = 0.5,
    rule: Rule = best_product,
    most: int = MOST_BOXES,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Boxes:
    """Boxes of the factors in which a condition is met, or `missed`, far more often than elsewhere.

    `runs`: see `twin.analysis.frames`. A case is a point, of interest where the share of its runs that meet the
    condition (of those that did not fail) is at least `threshold`, or, with `missed`, below it; without a threshold
    every run is a case by itself. `factors` are all columns with more than one value but for figures. `rule` chooses a
    box on the trajectory. `seed` deals the points and draws the resamples. Raises InputError, where there are fewer
    than 30 points too.
    """
    wanted = Condition.parse(condition) if isinstance(condition, str) else condition
    cases, left_out = cases_of(runs, wanted, missed=missed, factors=factors, threshold=threshold)
    covering = cover(cases, rule, most)
    drawn = [limits for limits, _ in covering]
    held_out = _held_out(cases, rule, most, seed)
    recurs = _recurring(cases, drawn, rule, resamples, seed)
    boxes, refused = list[Box](), None
    for limits, trajectory, apart, again in zip(drawn, (each for _, each in covering), held_out, recurs, strict=False):
        box = _box(cases, drawn, len(boxes), trajectory, apart, again)
        if not limits or box.p > 1.0 - CONFIDENCE:
            refused = box if limits else None
            break
        boxes.append(box)
    return Boxes(
        condition=wanted,
        missed=missed,
        threshold=threshold,
        cases=len(cases),
        points=len(np.unique(cases.point)),
        of_interest=int(cases.of_interest.sum()),
        left_out=left_out,
        boxes=tuple(boxes),
        refused=refused,
        trajectory=covering[0][1],
    )


def cases_of(
    runs: pd.DataFrame,
    condition: Condition,
    *,
    missed: bool = False,
    factors: Sequence[str] | None = None,
    threshold: float | None = 0.5,
) -> tuple[Cases, int]:
    """The cases among which boxes are sought, and how many runs were left out since they failed. Raises InputError."""
    if threshold is not None and not 0.0 < threshold <= 1.0:
        raise InputError([Fault("threshold", f"{threshold:g}", "a share above 0, at most 1")])
    figure = str(condition.figure)
    check_runs(runs, [figure], factors or ())
    known = factors_of(runs, [figure]) if factors is None else list(factors)
    check_runs(runs, [figure], known)
    if not known:
        raise InputError([Fault("runs", "no factor has two values", "a sweep over one factor at least")])
    done = runs[np.isfinite(runs[figure].to_numpy(dtype=np.float64))]
    if threshold is None:
        met, rows = condition.met(done[figure]), done
    else:
        points, values = by_point(done, figure)
        number = np.isfinite(values).sum(axis=1)
        met = condition.met(values).sum(axis=1) >= threshold * number
        rows = done.drop_duplicates("point").set_index("point").loc[points].reset_index()
    cases = Cases(rows[known].reset_index(drop=True), ~met if missed else met, rows["point"].to_numpy())
    _check_enough(cases, condition, done[figure])
    return cases, len(runs) - len(done)


def _check_enough(cases: Cases, condition: Condition, values: pd.Series) -> None:
    points = len(np.unique(cases.point))
    if points < FEWEST_POINTS:
        cure = (
            f"{FEWEST_POINTS} at least, better 10 for each factor and 100 in all; more replications are no more points"
        )
        raise InputError([Fault("runs", f"{points} points with runs that are done", cure)])
    kinds = int(cases.of_interest.sum()), int((~cases.of_interest).sum())
    if min(kinds) < FEWEST_OF_A_KIND:
        what = f"{condition}: of {len(cases)} cases {kinds[0]} are of interest"
        cure = (
            f"another bound, by which {FEWEST_OF_A_KIND} cases at least are of interest and as many are not; "
            f"{condition.figure} reaches from {values.min():g} to {values.max():g}, its median is {values.median():g}"
        )
        raise InputError([Fault("condition", what, cure)])


def wilson(count: float, of: float) -> Share:
    """A share of independent cases with Wilson's score interval (Wilson 1927, J. Am. Statist. Assoc. 22, 209-212)."""
    from scipy import stats

    if of <= 0.0:
        return Share(math.nan, 0.0, 1.0)
    z2 = float(stats.norm.ppf(0.5 + CONFIDENCE / 2.0)) ** 2
    share = count / of
    middle = (share + z2 / (2.0 * of)) / (1.0 + z2 / of)
    half = math.sqrt(z2 * (share * (1.0 - share) / of + z2 / (4.0 * of**2))) / (1.0 + z2 / of)
    return Share(share, max(middle - half, 0.0), min(middle + half, 1.0))


class _Counts(NamedTuple):
    """Independent cases held out: in a box, of interest there, in what the boxes before it left, of interest there."""

    inside: float = 0.0
    hits: float = 0.0
    left: float = 0.0
    left_hits: float = 0.0
    hit_points: float = 0.0  #: points with a case of interest, and of them their share in the box
    hits_inside: float = 0.0


def _held_out(cases: Cases, rule: Rule, most: int, seed: int) -> list[_Counts]:
    """Of each box, what boxes drawn around four fifths of the points hold of the last fifth, all fifths added up."""
    points = np.unique(cases.point)
    dealt = np.random.default_rng([seed, 0]).permutation(len(points)) % FOLDS
    fold = dealt[np.searchsorted(points, cases.point)]
    total = [_Counts() for _ in range(most)]
    for number in range(FOLDS):
        apart = cases.take(fold == number)
        boxes = [limits for limits, _ in cover(cases.take(fold != number), rule, most) if limits]
        left = np.ones(len(apart), dtype=bool)
        for k, inside in enumerate([*shares(boxes, apart), *[np.zeros(len(apart), dtype=bool)] * (most - len(boxes))]):
            counts = (*apart.count(inside), *apart.count(left), *_covered(apart, inside))
            total[k] = _Counts(*(a + b for a, b in zip(total[k], counts, strict=True)))
            left &= ~inside
    return total


def _covered(cases: Cases, inside: Mask) -> tuple[float, float]:
    """Points with a case of interest, and the share of what is of interest in a box times that number."""
    hits = cases.of_interest
    points = float(len(np.unique(cases.point[hits])))
    return points, points * float(inside[hits].mean()) if hits.any() else 0.0


def _recurring(cases: Cases, drawn: Sequence[Limits], rule: Rule, resamples: int, seed: int) -> list[dict[str, float]]:
    """Of each box, the share of resamples of the points in which each factor is restricted.

    Points are drawn with replacement, each with all its cases, and boxes sought among them as before.
    """
    points = np.unique(cases.point)
    rows = {point: np.flatnonzero(cases.point == point) for point in points}
    times = [dict.fromkeys(cases.columns, 0) for _ in drawn]
    for number in range(resamples):
        chosen = np.random.default_rng([seed, 1, number]).choice(points, len(points))
        again = cover(cases.take(np.concatenate([rows[point] for point in chosen])), rule, len(drawn))
        for count, (limits, _) in zip(times, again, strict=False):
            for name in limits:
                count[name] += 1
    return [{name: n / resamples if resamples else math.nan for name, n in count.items()} for count in times]


def _box(
    cases: Cases,
    drawn: Sequence[Limits],
    number: int,
    trajectory: pd.DataFrame,
    apart: _Counts,
    recurs: dict[str, float],
) -> Box:
    inside = shares(drawn[: number + 1], cases)[number]
    n, h = cases.count(inside)
    base = apart.left_hits / apart.left if apart.left else math.nan
    limits = sorted(drawn[number].values(), key=lambda each: each.p)
    return Box(
        restrictions=tuple(replace(each, recurs=recurs[each.factor]) for each in limits),
        cases=int(inside.sum()),
        of_interest=int(cases.of_interest[inside].sum()),
        mass=float(inside.mean()),
        coverage=wilson(*_covered(cases, inside)[::-1]),
        density=wilson(h, n),
        held_out_coverage=wilson(apart.hits_inside, apart.hit_points),
        held_out_density=wilson(apart.hits, apart.inside),
        p=chance(apart.hits, apart.inside, base),
        trajectory=trajectory,
    )
