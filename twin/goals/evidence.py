"""What each lever does alone, and what speaks against a goal being within reach at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from twin.goals.book import Book
from twin.goals.bounds import CONFIDENCE, Attainment
from twin.goals.finding import Evidence, Sample, Steps
from twin.goals.plan import FIRST_LOOK, SAMPLE_LUCK, SAMPLE_ROW, SEARCH_LUCK
from twin.goals.space import Floats, Space

#: A first look at a package of the random sample may miss one that attains at most so often: as few runs each as that
#: takes leave room for the most packages.
MISSED_AT_FIRST = 0.25

#: Packages that the first look does not rule out get so many more runs, which may miss one that attains this often.
SECOND_RUNS, MISSED_AT_SECOND = 8, 0.06

#: The corner and the best package get this part each of the runs that are left for evidence.
FRESH_PART = 6


class Nearest(NamedTuple):
    """What comes nearest to a goal that is not reached, and by which luck that is judged."""

    corner: Floats  #: (k,)
    best: Floats  #: (k,)
    fresh: range
    probability: float  #: wished


def work_alone(book: Book, replications: range) -> pd.DataFrame:
    """lever, value, effect, low, high: what each lever at each end of its range does to the slack, t intervals."""
    from twin.study.intervals import half_width

    nothing, rows = book.space.neutral, []
    packages = []
    for lever in range(book.space.levers):
        for value in (book.space.low[lever], book.space.high[lever]):
            if value != nothing[lever]:
                package = nothing.copy()
                package[lever] = value
                packages.append((lever, float(value), package))
    book.run(np.array([package for *_, package in packages]), replications)
    for lever, value, package in packages:
        effects = book.slack(package, replications) - book.slack(nothing, replications)
        half = float(half_width(effects.std(ddof=1), len(effects)))
        mean = float(effects.mean())
        rows.append({"lever": lever, "value": value, "effect": mean, "low": mean - half, "high": mean + half})
    return pd.DataFrame(rows)


def corner_of(space: Space, alone: pd.DataFrame) -> Floats:
    """(k,): every lever at the end that does most for the condition alone; at neutral where both ends do harm."""
    corner = space.neutral.copy()
    for lever, rows in alone.groupby("lever"):
        best = int(rows["effect"].to_numpy().argmax())
        if rows["effect"].iloc[best] >= 0.0:
            corner[int(str(lever))] = rows["value"].iloc[best]
    return corner


def evidence_of(book: Book, alone: pd.DataFrame, looked_at: Nearest, until: int, rng: np.random.Generator) -> Evidence:
    """The corner and the best package under fresh luck, steps from lever to lever, and as large a sample as is left.

    `until` is the number of runs that the book may come to.
    """
    corner, best, fresh, probability = looked_at
    fresh = fresh[: max(1, (until - book.runs) // FRESH_PART)]
    book.run(np.array([corner, best]), fresh)
    steps = steps_of(book, alone, corner, until)
    return Evidence(
        corner=corner,
        corner_met=Attainment.of(book.met(corner, fresh)),
        best=best,
        best_met=Attainment.of(book.met(best, fresh)),
        sample=_sample(book, probability, until, rng),
        steps=steps,
    )


def _sample(book: Book, probability: float, until: int, rng: np.random.Generator) -> Sample:
    """Packages drawn independently, each under luck of its own, so that what one shows says nothing of another.

    One that attains with the wished probability fails in all runs of the first look with a probability of at most
    `MISSED_AT_FIRST`, and in all but a few of the second with `MISSED_AT_SECOND`. The drawing ends with a suspect.
    """
    from scipy import stats

    looks = math.ceil(math.log(MISSED_AT_FIRST) / math.log(1.0 - probability))
    looks = min(looks, SAMPLE_ROW - SECOND_RUNS)
    few = int(stats.binom.ppf(MISSED_AT_SECOND, SECOND_RUNS, probability)) - 1
    first, second = (1.0 - probability) ** looks, float(stats.binom.cdf(few, SECOND_RUNS, probability))
    drawn, suspects = 0, list[Floats]()
    while not suspects and (portion := (until - book.runs) // (looks + SECOND_RUNS)) > 0:
        packages = book.space.scattered(portion, rng)
        rows = [SAMPLE_LUCK + (drawn + n) * SAMPLE_ROW for n in range(portion)]
        taken = list(zip(packages, rows, strict=True))
        book.run_pairs([(one, number) for one, row in taken for number in range(row, row + looks)])
        passed = [(one, row + looks) for one, row in taken if book.met(one, range(row, row + looks)).any()]
        book.run_pairs([(one, number) for one, row in passed for number in range(row, row + SECOND_RUNS)])
        suspects += [one for one, row in passed if book.met(one, range(row, row + SECOND_RUNS)).sum() > few]
        drawn += portion
    return Sample(drawn, tuple(suspects), first + (1.0 - first) * second)


def steps_of(book: Book, alone: pd.DataFrame, corner: Floats, until: int) -> Steps:
    """Steps of one lever, from nothing and from the corner, by way of its middle, against what it does at its ends.

    All pairs of packages count that were run under the same search luck and differ in one lever, with none in between,
    but for those from nothing to an end: they are what the direction of a lever is taken from.
    """
    from scipy import stats

    nothing, middle = book.space.neutral, (book.space.neutral + corner) / 2.0
    ways = ((nothing, middle), (corner, middle), (corner, nothing))
    steps = np.vstack([_one_changed(package, to, book.space) for package, to in ways])
    if book.runs + len(steps) * FIRST_LOOK <= until:
        book.run(steps, range(FIRST_LOOK))
    tried = against = clearly = 0
    for moved in _moves(book, alone):
        tried += 1
        mean, sd = float(moved.mean()), float(moved.std(ddof=1))
        against += mean < 0.0
        luck = stats.t.ppf(CONFIDENCE, len(moved) - 1) * sd / math.sqrt(len(moved))
        clearly += mean < -luck
    return Steps(tried, int(against), int(clearly))


def _one_changed(package: Floats, to: Floats, space: Space) -> Floats:
    """(k, k): a package with one lever after the other set to its value in another."""
    changed = np.repeat(package[None], space.levers, axis=0)
    np.fill_diagonal(changed, to)
    return space.snapped(changed)


def _moves(book: Book, alone: pd.DataFrame) -> Iterator[Floats]:
    """By how much the slack moved the way of the lever in each pair of runs, for each step."""
    packages, space = np.array(list(book.known)), book.space
    ends = {(int(row["lever"]), row["value"]): row["effect"] for row in alone.to_dict("records")}
    for lever in range(space.levers):
        low, high = (ends.get((lever, float(end[lever])), 0.0) for end in (space.low, space.high))
        direction = 1.0 if high >= low else -1.0
        _, groups = np.unique(np.delete(packages, lever, axis=1), axis=0, return_inverse=True)
        order = np.lexsort((packages[:, lever], groups))
        for here, there in pairwise(order):
            numbers = book.pairs(packages[here], packages[there], SEARCH_LUCK)
            values = {float(packages[n, lever]) for n in (here, there)}
            from_nothing = any(np.array_equal(packages[n], space.neutral) for n in (here, there))
            known = from_nothing and any((lever, value) in ends for value in values)
            if groups[here] == groups[there] and len(numbers) >= FIRST_LOOK and not known:
                step = book.slack(packages[there], numbers) - book.slack(packages[here], numbers)
                yield direction * step
