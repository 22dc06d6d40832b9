"""The cheapest package that reaches a goal with a wished probability, by few runs of anything that can be run.

Search and statement use different luck: whatever package looks best under the luck it was chosen by looks better there
than it is (the winner's curse), so that its probability and cost are told by runs under luck that had no say.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from twin.goals.book import Book, Evaluate, Progress, Slack, key_of
from twin.goals.bounds import CONFIDENCE, Attainment
from twin.goals.evidence import Nearest, corner_of, evidence_of, work_alone
from twin.goals.finding import Cost, Evidence, Finding, Sample, Verdict
from twin.goals.plan import (
    ATTEMPTS,
    COST_PAIRS,
    CURVE_PACKAGES,
    FIRST_LOOK,
    SEARCH_LUCK,
    SECOND_LOOK,
    THIRD_LOOK,
    Plan,
    spread_packages,
)
from twin.goals.space import Floats, Space
from twin.goals.surface import Surface, costs, outlook, quantiles, share

#: Probabilities beside the one that is aimed at for which the search looks for the cheapest package, for the curve.
CURVE_LEVELS = (0.3, 0.6, 0.95)

#: By so many standard errors of a statement each attempt aims higher than the one before.
AIM_STEP = 0.5

#: Standard deviation, in parts of the ranges, by which a package is moved when the one proposed was run before.
NUDGE = 0.05

#: And so many times at most.
NUDGES = 20

#: For the statement that the goal is out of reach, at most this share of the allowed range may be left unruled out.
MOST_LEFT = 0.1

#: Times that a lever is halved towards doing nothing.
HALVINGS = 3


def solve(
    space: Space,
    slack: Slack,
    evaluate: Evaluate,
    *,
    probability: float = 0.8,
    budget: int = 600,
    seed: int = 0,
    progress: Progress | None = None,
) -> Finding:
    """The cheapest package found that attains with the probability, or the evidence that none does, or neither.

    `slack` says by how much outcomes are as they are to be; `evaluate` runs packages; `budget` is the number of runs;
    `seed` is that of the search, whose answer is the same for the same seed. Raises GoalError.
    """
    plan, rng = Plan.of(budget, space.levers, probability), np.random.default_rng(seed)
    book = Book(space, slack, evaluate, progress)
    book.run(space.neutral[None], SEARCH_LUCK[: plan.nothing])
    search = _Search(book, plan, probability, rng)
    if share(book, space.neutral) >= probability and search.state(space.neutral):
        return search.finding("reached")
    search.begin()
    search.go_on(0, plan.search)
    for attempt in range(ATTEMPTS - len(search.stated)):
        if attempt and not search.affords(1):
            break
        package = search.settled(attempt)
        if package is None:
            break
        if search.state(package):
            return search.finding("reached")
    if not search.affords(1):
        return search.finding("undecided")
    evidence = search.evidence()
    if any(search.state(one) for one in search.worth_while(evidence.sample)):
        return search.finding("reached")  # what spoke against it, and was wrong, is not evidence of anything
    ruled_out = _rules_out(evidence, [met for _, met in search.stated], probability)
    return search.finding("out of reach" if ruled_out else "undecided", evidence)


def _rules_out(evidence: Evidence, stated: Sequence[Attainment], probability: float) -> bool:
    """Whether everything that was looked at is surely below the probability, what was stated among it."""
    nearest = max(evidence.corner_below, evidence.best_below, *(met.high for met in stated))
    return nearest < probability and not evidence.sample.suspects and evidence.sample.share_below <= MOST_LEFT


class _Search:
    """A search under way: what was run, and what was stated so far."""

    def __init__(self, book: Book, plan: Plan, probability: float, rng: np.random.Generator) -> None:
        self.book, self.plan, self.probability, self.rng = book, plan, probability, rng
        self.space = book.space
        # a statement falls short of the truth as often as not: the search aims a standard error of it higher
        self.error = sqrt(probability * (1.0 - probability) / plan.stated)
        aims = probability + self.error * (1.0 + AIM_STEP * np.arange(ATTEMPTS))
        self.aims = np.minimum(aims, (1.0 + probability) / 2.0).tolist()
        self.levels = (*self.aims, *CURVE_LEVELS)
        self.alone = pd.DataFrame()
        self.corner = self.space.neutral
        self.stated: list[tuple[Floats, Attainment]] = []

    def begin(self) -> None:
        """Run every lever alone at its ends, the corner with each at its better end, and an even spread."""
        self.alone = work_alone(self.book, range(FIRST_LOOK))
        self.corner = corner_of(self.space, self.alone)
        spread = self.space.filling(spread_packages(self.space.levers), self.rng)
        self.book.run(np.vstack([self.corner, spread]), range(FIRST_LOOK))

    def go_on(self, aim: int, until: int) -> None:
        """Run what the surface proposes, drawn anew after each round, until so many runs are spent.

        Where nothing attains after half of them, the other half is left for the evidence that nothing does.
        """
        half = (until + self.book.runs) // 2
        others = [level for level in range(len(self.levels)) if level != aim]
        for n in range(until):
            book, packages = self.book, self.packages()
            attains = (quantiles(book, packages, [self.probability]) >= 0.0).any()
            left = ((until if attains else half) - book.runs) // SECOND_LOOK
            if left < 1:
                break
            surface, before = Surface(book, packages, self.levels), book.runs
            levels = [aim, others[n % len(others)]][:left]
            book.run(np.array([self._new(surface.cheapest(one, self.rng)) for one in levels]), range(SECOND_LOOK))
            if book.runs == before:  # a range of few packages, all of them run
                break

    def affords(self, statements: int) -> bool:
        """Whether the budget is enough for so many more statements, the last with its cost."""
        return self.book.runs + statements * self.plan.stated + COST_PAIRS <= self.plan.budget

    def settled(self, attempt: int) -> Floats | None:
        """(k,): the package to be stated next; None where none attains in the search."""
        if attempt == 0:
            self.thin(self._candidate(0, self.plan.search + self.plan.settle // 2), 0)
            return self._candidate(0, self.plan.search + self.plan.thin + self.plan.settle)
        # the one before fell short: look on around a higher aim, with what the next statement leaves of the budget
        spare = self.plan.budget - self.plan.stated - COST_PAIRS
        self.go_on(attempt, (self.book.runs + spare) // 2)
        return self._candidate(attempt, spare)

    def packages(self, least: int = 1) -> Floats:
        """(m, k): those run under search luck at least so often, nothing among them."""
        known = [np.array(key) for key in self.book.known]
        return np.array([one for one in known if len(self.book.replications(one, SEARCH_LUCK)) >= least])

    def _candidate(self, aim: int, until: int) -> Floats | None:
        """The cheapest that attains at an aim and was not stated, else the likeliest that attains at all.

        What looks best after few runs looks better than it is, so it is given more, and may then no longer be the best.
        """
        while True:
            package = self._foremost(aim)
            known = 0 if package is None else len(self.book.replications(package, SEARCH_LUCK))
            if package is None or known >= THIRD_LOOK or self.book.runs + THIRD_LOOK - known > until:
                return package
            self.book.run(package[None], range(THIRD_LOOK))

    def _foremost(self, aim: int) -> Floats | None:
        stated = [key_of(package) for package, _ in self.stated]
        packages = np.array([one for one in self.packages(SECOND_LOOK) if key_of(one) not in stated])
        if not len(packages):
            return None
        attains = quantiles(self.book, packages, [self.aims[aim], self.probability]) >= 0.0
        if attains[:, 0].any():
            return self._cheapest(packages[attains[:, 0]])
        if not attains[:, 1].any():
            return None
        return packages[int(np.argmax([share(self.book, one) for one in packages]))]

    def thin(self, package: Floats | None, aim: int) -> None:
        """Run a package without what it may not need: levers left out, the least needed first, then lowered.

        At first all the way, then half of it, a quarter and so on; until the runs for it are spent.
        """
        if package is None:
            return
        until = self.book.runs + self.plan.thin
        for halving in range(HALVINGS + 1):
            for lever in self._least_needed(package):
                if self.book.runs + SECOND_LOOK > until:
                    return
                less = package.copy()
                less[lever] += (self.space.neutral[lever] - package[lever]) / 2.0**halving
                package = self._kept(package, self.space.snapped(less), aim)

    def worth_while(self, sample: Sample) -> list[Floats]:
        """Suspects of the random sample that may still be put to the test, as far as the budget goes."""
        room = (self.plan.last - self.book.runs) // (self.plan.stated + SECOND_LOOK)
        found = list(sample.suspects[: max(0, room)])
        if found:
            self.book.run(np.array(found), range(SECOND_LOOK))
        return found

    def state(self, package: Floats) -> bool:
        """Whether a package attains under luck of its own, which is put on record."""
        attempt = len(self.stated) + 1
        row = self.plan.fresh(attempt, self.plan.stated)
        self.book.run(package[None], row)
        # the intervals of all attempts hold together, however many there will be: 1/2 + 1/4 + … of what may miss
        confidence = 1.0 - (1.0 - CONFIDENCE) / 2.0**attempt
        self.stated.append((package, Attainment.of(self.book.met(package, row), confidence)))
        return self.stated[-1][1].share >= self.probability

    def evidence(self) -> Evidence:
        """What speaks against any package, by the rest of the budget but for the curve."""
        packages = self.packages()
        nearest = [(share(self.book, one), float(np.median(outlook(self.book, one)))) for one in packages]
        best = packages[max(range(len(packages)), key=nearest.__getitem__)]
        looked_at = Nearest(self.corner, best, self.plan.fresh(0, self.plan.stated), self.probability)
        return evidence_of(self.book, self.alone, looked_at, self.plan.last, self.rng)

    def finding(self, verdict: Verdict, evidence: Evidence | None = None) -> Finding:
        """What is known in the end."""
        book, nothing = self.book, self.space.neutral
        package, met = self.stated[-1] if verdict == "reached" else (None, None)
        cost = None
        if package is not None:
            pairs = self.plan.fresh(len(self.stated), COST_PAIRS)
            book.run(nothing[None], pairs)
            cost = Cost.of(book.extra_cost(package, pairs))
        without = Attainment.of(book.met(nothing, book.replications(nothing, SEARCH_LUCK)))
        curve, tried = self._curve(evidence), self._tried()
        found = (verdict, self.probability, self.space, package, met, cost, without, tuple(self.stated))
        return Finding(*found, self.alone, evidence, curve, tried, book.runs, self.plan.budget)

    def _curve(self, evidence: Evidence | None) -> pd.DataFrame:
        """The efficient packages of the search under fresh luck, with nothing, what was stated, and the evidence."""
        book, attempt = self.book, max(len(self.stated), 1)
        row, left = self.plan.fresh(attempt, self.plan.curve), self.plan.budget - book.runs
        row = row[: len(book.replications(self.space.neutral, row)) + left]  # nothing is on it whatever is left
        room = max(1, left // len(row))
        chosen = [self.space.neutral, *self._spread_over(self._efficient())][:room]
        book.run(np.array(chosen), row)
        rows = {key_of(one): self._point(one, Attainment.of(book.met(one, row)), row) for one in chosen}
        if evidence is not None:
            for one, met in ((evidence.best, evidence.best_met), (evidence.corner, evidence.corner_met)):
                rows[key_of(one)] = self._point(one, met, SEARCH_LUCK)
        for n, (one, met) in enumerate(self.stated, start=1):
            pairs = self.plan.fresh(n, COST_PAIRS)
            fresh = bool(book.pairs(one, self.space.neutral, pairs))  # else the cost is by the luck of the search
            rows[key_of(one)] = self._point(one, met, pairs if fresh else SEARCH_LUCK)
        frame = pd.DataFrame(list(rows.values())).sort_values(["cost", "share"], ignore_index=True)
        frame["efficient"] = [
            not (
                (frame["cost"] <= one.cost)
                & (frame["share"] >= one.share)
                & ((frame["cost"] < one.cost) | (frame["share"] > one.share))
            ).any()
            for one in frame.itertuples()
        ]
        return frame

    def _point(self, package: Floats, met: Attainment, row: range) -> dict[str, Any]:
        pairs = self.book.pairs(package, self.space.neutral, row)
        cost = float(self.book.extra_cost(package, pairs).mean())
        return {"cost": cost, **met.plain(), "efficient": True, **_named(package)}

    def _efficient(self) -> list[Floats]:
        """Packages that no other one beats in both cost and probability by search luck, by their cost."""
        packages = self.packages(SECOND_LOOK)
        prices, shares = costs(self.book, packages), [share(self.book, one) for one in packages]
        found, most = list[Floats](), share(self.book, self.space.neutral)
        for n in np.lexsort((-np.array(shares), prices)):
            if shares[n] > most:
                found.append(packages[n])
                most = shares[n]
        return found

    def _spread_over(self, packages: Sequence[Floats]) -> list[Floats]:
        """So many of them as the curve may have, evenly spread, the last among them first."""
        places = np.unique(np.linspace(len(packages) - 1, 0, min(CURVE_PACKAGES, len(packages))).round().astype(int))
        return [packages[place] for place in places[::-1]]

    def _tried(self) -> pd.DataFrame:
        packages = self.packages()
        runs = [len(self.book.replications(one, SEARCH_LUCK)) for one in packages]
        shares = [share(self.book, one) for one in packages]
        named = pd.DataFrame([_named(one) for one in packages])
        return pd.DataFrame({"runs": runs, "share": shares, "cost": costs(self.book, packages)}).join(named)

    def _new(self, package: Floats) -> Floats:
        """A package, moved a little where it was run as often as it would be."""
        for _ in range(NUDGES):
            if len(self.book.replications(package, SEARCH_LUCK)) < SECOND_LOOK:
                break
            moved = self.rng.normal(0.0, NUDGE, self.space.levers) * (self.space.high - self.space.low)
            package = self.space.snapped(package + moved)
        return package

    def _cheapest(self, packages: Floats) -> Floats:
        prices = costs(self.book, packages)
        return packages[np.lexsort((self.space.size(packages), prices))[0]]

    def _least_needed(self, package: Floats) -> list[int]:
        """The levers that a package pulls, those first without which the surface says most slack is left."""
        pulled = np.flatnonzero(package != self.space.neutral)
        if not len(pulled):
            return []
        without = np.repeat(package[None], len(pulled), axis=0)
        without[range(len(pulled)), pulled] = self.space.neutral[pulled]
        _, left = Surface(self.book, self.packages(), self.levels).at(without)
        return [int(lever) for lever in pulled[np.argsort(-left[:, 0], kind="stable")]]

    def _kept(self, package: Floats, less: Floats, aim: int) -> Floats:
        """The smaller package if it attains and costs no more, else the one there was."""
        self.book.run(np.array([package, less]), range(SECOND_LOOK))
        dear, cheap = costs(self.book, np.array([package, less]))
        attains = quantiles(self.book, less[None], [self.aims[aim]])[0, 0] >= 0.0
        return less if attains and cheap <= dear else package


def _named(package: Floats) -> dict[str, float]:
    return {f"x{n}": float(value) for n, value in enumerate(package)}
