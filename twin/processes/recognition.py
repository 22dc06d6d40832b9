"""The ladder of tiers: at each review firms apply, the desk takes what it can, and holders are looked at anew."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.note import AT_ONCE
from twin.engine.rules.ladder import apply, decide, recall, renew, take_over

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: At one instant revenue is written down after planners' actions and notices of closings; then desks work, tier by
#: tier: first they decide, then they review. Theirs are odd places; funds have the even ones.
BOOKS = (1 << 25) + 1
DESKS = BOOKS + 2

#: For so many years back revenue is remembered.
MEMORY_YEARS = 4


@dataclass
class Books:
    """Revenue of every firm at the beginning of this year and of those before, CNY a year."""

    past: Floats = field(default_factory=lambda: np.zeros((MEMORY_YEARS + 1, 0)))

    def turn_over(self, env: ParkEnvironment) -> None:
        """Begin a year; what firms earned before they were first seen is made up by the law of growth."""
        known, rows = self.past.shape[1], int(env.state.firms.used[0])
        past = np.zeros((MEMORY_YEARS + 1, rows))
        past[1:, :known] = self.past[:-1]
        env.rule(recall, known, past)
        self.past = past


class Cases(NamedTuple):
    """Applications in the order in which they came, one number each."""

    firm: Rows  #: row
    review: Rows  #: at which it was made, counted from the start
    since: Floats  #: date of it

    def part(self, first: int, last: int | None) -> Cases:
        """Those from one on to before another."""
        return Cases(self.firm[first:last], self.review[first:last], self.since[first:last])

    def and_then(self, others: Cases) -> Cases:
        """These, and others behind them."""
        return Cases(*(np.concatenate(both) for both in zip(self, others, strict=True)))


@dataclass
class Desk:
    """Who reviews applications for a tier, with those in line and the dates to which holders hold it."""

    tier: int
    reviews: int = 0  #: that have been
    line: Cases = field(default_factory=lambda: Cases(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)))
    in_review: list[tuple[float, Cases]] = field(default_factory=list)  #: with the date of their decision
    undecided: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))  #: of firms by row: has an application
    until: Floats = field(default_factory=lambda: np.zeros(0))  #: of firms by row: end of validity, inf for no holder

    def make_room(self, firms: int) -> None:
        """Have a place for every row of a firm."""
        more = firms - len(self.until)
        if more > 0:
            self.undecided = np.append(self.undecided, np.zeros(more, np.bool_))
            self.until = np.append(self.until, np.full(more, np.inf))

    def next_decision(self) -> float:
        """When the next review is over, inf if none is going on."""
        return min((date for date, _ in self.in_review), default=math.inf)


def keep_books(env: ParkEnvironment, books: Books) -> Generator[Event, None, None]:
    """Write down every firm's revenue at the beginning of each year of the run."""
    for year in itertools.count(math.ceil(env.now)):
        yield env.at(float(year), Kind.ACTION, BOOKS)
        books.turn_over(env)


def run_desk(env: ParkEnvironment, desk: Desk, books: Books, year_part: float) -> Generator[Event, None, None]:
    """Review applications for a tier on its dates; `year_part` is how far the calendar year is at the start."""
    phase, interval = (float(of[desk.tier]) for of in (env.state.ladder.phase_years, env.state.ladder.interval_years))
    first = (phase - year_part) % interval
    if env.now == 0.0:
        yield env.at(0.0, Kind.ACTION, BOOKS)
        desk.make_room(len(env.state.firms.key))
        env.rule(take_over, desk.tier, desk.until)
    while True:
        date = env.on_grid(first + desk.reviews * interval)
        yield env.at(min(date, desk.next_decision()), Kind.ACTION, DESKS + 2 * desk.tier)
        _decide(env, desk)
        if env.now == date:
            _review(env, desk, books)
            desk.reviews += 1


def _review(env: ParkEnvironment, desk: Desk, books: Books) -> None:
    """Firms without the tier apply; holders whose validity has ended are looked at; the desk takes what it can."""
    ladder, tier, review = env.state.ladder, desk.tier, desk.reviews
    desk.make_room(len(env.state.firms.key))
    applicants = _applicants(env, desk, books)
    ended = np.flatnonzero(desk.until <= env.now)
    for n in range(0, len(ended), AT_ONCE):
        env.rule(renew, tier, review, ended[n : n + AT_ONCE], books.past, desk.until)
    count = len(applicants)
    desk.line = desk.line.and_then(Cases(applicants, np.full(count, review), np.full(count, env.now)))
    taken = int(min(float(ladder.capacity[tier]), len(desk.line.firm)))
    if taken:
        decision = env.on_grid(env.now + float(ladder.review_years[tier]))
        desk.in_review.append((decision, desk.line.part(0, taken)))
        desk.line = desk.line.part(taken, None)
        _decide(env, desk)  # at once, if reviews take no time


def _applicants(env: ParkEnvironment, desk: Desk, books: Books) -> Rows:
    """Rows of the firms that apply at a review."""
    if float(env.state.ladder.apply_share[desk.tier]) <= 0.0:
        return np.zeros(0, np.int64)
    rows = np.zeros(int(env.state.firms.used[0]), np.int64)
    return rows[: env.rule(apply, desk.tier, desk.reviews, books.past, desk.undecided, rows)]


def _decide(env: ParkEnvironment, desk: Desk) -> None:
    """Decide on the applications whose review is over."""
    due = [cases for date, cases in desk.in_review if date <= env.now]
    desk.in_review = [(date, cases) for date, cases in desk.in_review if date > env.now]
    for cases in due:
        desk.undecided[cases.firm] = False
        for n in range(0, len(cases.firm), AT_ONCE):
            env.rule(decide, desk.tier, *cases.part(n, n + AT_ONCE), desk.until)
