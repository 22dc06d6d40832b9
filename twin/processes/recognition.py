"""The ladder of tiers: at each review firms apply, the desk takes what it can, and holders are looked at anew."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.eligibility import Facts, Tier, eligible
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Draw, Kind, Status
from twin.engine.note import AT_ONCE
from twin.engine.rules.ladder import SEEN, apply, decide, draw_applicants, draw_lots, lapse, look, recall

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: At one instant the books of revenue are written after planners' actions and notices of closings, then reviews are
#: held tier by tier, then decisions fall.
BOOKS = 1 << 25
REVIEWS = BOOKS + 1
DECISIONS = REVIEWS + 16

#: For so many years back revenue is remembered.
MEMORY_YEARS = 4


@dataclass
class Books:
    """Revenue of every firm at the beginning of this year and of those before, CNY a year."""

    past: Floats = field(default_factory=lambda: np.zeros((MEMORY_YEARS + 1, 0)))

    def turn_over(self, env: ParkEnvironment) -> None:
        """Begin a year; what firms earned before they were first seen is made up by the law of growth."""
        known, rows = self.past.shape[1], np.arange(int(env.state.firms.used[0]))
        seen = np.zeros((SEEN, len(rows)))
        env.rule(look, rows, seen)
        past = np.zeros((MEMORY_YEARS + 1, len(rows)))
        past[0] = seen[0]
        past[1:, :known] = self.past[:-1]
        env.rule(recall, known, past)
        self.past = past

    def growth(self, rows: Rows, years: int) -> Floats:
        """Mean compound growth over so many years, a power of two; NaN for firms that had no revenue then."""
        now, then = self.of(rows, 0), self.of(rows, years)
        ratio = np.divide(now, then, out=np.full(len(rows), np.nan), where=then > 0)
        for _ in range(round(math.log2(years))):
            ratio = np.sqrt(ratio)  # rounded alike wherever it is computed, as a power is not
        return np.asarray(ratio - 1.0)

    def of(self, rows: Rows, years_ago: int) -> Floats:
        """Revenue so many years before this one; 0 for firms that have come since the year began."""
        known, revenue = rows < self.past.shape[1], np.zeros(len(rows))
        revenue[known] = self.past[years_ago, rows[known]]
        return revenue


class Cases(NamedTuple):
    """Applications in the order in which they came, one number each."""

    firm: Rows  #: row
    since: Floats  #: date
    review: Rows  #: at which it was made, counted from the start

    def at(self, some: slice | Flags) -> Cases:
        """Some of them."""
        return Cases(self.firm[some], self.since[some], self.review[some])

    def and_then(self, others: Cases) -> Cases:
        """These, and others behind them."""
        return Cases(*(np.concatenate(both) for both in zip(self, others, strict=True)))


NO_CASES = Cases(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))


@dataclass
class Desk:
    """Who reviews applications for a tier, with those in line and the dates to which holders hold it."""

    row: int
    tier: Tier
    books: Books
    line: Cases = NO_CASES
    undecided: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))  #: of firms by row: has an application
    until: Floats = field(default_factory=lambda: np.zeros(0))  #: of firms by row: end of validity, inf for no holder

    def make_room(self, firms: int) -> None:
        """Have a place for every row of a firm."""
        more = firms - len(self.until)
        if more > 0:
            self.undecided = np.append(self.undecided, np.zeros(more, np.bool_))
            self.until = np.append(self.until, np.full(more, np.inf))


def keep_books(env: ParkEnvironment, books: Books) -> Generator[Event, None, None]:
    """Write down every firm's revenue at the beginning of each year of the run."""
    year = 0
    while True:
        yield env.at(float(year), Kind.ACTION, BOOKS)
        books.turn_over(env)
        year += 1


def hold_reviews(env: ParkEnvironment, desk: Desk, year_part: float) -> Generator[Event, None, None]:
    """Hold the reviews of a tier on their dates; `year_part` is how far the calendar year is at the start."""
    ladder, review = env.state.ladder, 0
    date = (float(ladder.phase_years[desk.row]) - year_part) % float(ladder.interval_years[desk.row])
    yield env.at(0.0, Kind.ACTION, BOOKS)
    _take_over(env, desk)
    while True:
        yield env.at(date, Kind.ACTION, REVIEWS + desk.row)
        _review(env, desk, review)
        date, review = date + float(env.state.ladder.interval_years[desk.row]), review + 1


def _take_over(env: ParkEnvironment, desk: Desk) -> None:
    """The stock's holders: how much of their validity is left is drawn uniformly for each."""
    rows, valid = _holders(env, desk), float(env.state.ladder.valid_years[desk.row])
    desk.make_room(len(env.state.firms.key))
    desk.until[rows] = valid * _lots(env, desk, Draw.VALIDITY, rows, np.zeros(len(rows), np.int64))


def _review(env: ParkEnvironment, desk: Desk, review: int) -> None:
    """Firms without the tier apply; holders whose validity has ended are looked at; the desk takes what it can."""
    desk.make_room(len(env.state.firms.key))
    applicants = _applicants(env, desk, review)
    _look_at_holders(env, desk, review)
    if len(applicants):
        env.rule(apply, desk.row, len(applicants))
        desk.undecided[applicants] = True
        new = Cases(applicants, np.full(len(applicants), env.now), np.full(len(applicants), review))
        desk.line = desk.line.and_then(new)
    if not len(desk.line.firm):
        return
    there = _there(env, desk.line.firm)
    gone, desk.line = desk.line.at(~there), desk.line.at(there)
    capacity = min(int(env.state.ladder.capacity[desk.row]), len(desk.line.firm))
    taken, desk.line = desk.line.at(slice(capacity)), desk.line.at(slice(capacity, None))
    env.process(_decide(env, desk, gone.and_then(taken)))


def _applicants(env: ParkEnvironment, desk: Desk, review: int) -> Rows:
    """Eligible firms that have not the tier, are not in line for it, and apply: each by a lot of its own."""
    ladder, tier = env.state.ladder, desk.tier
    # of whom would apply in a year, so many do at one of its reviews
    share = 1.0 - (1.0 - min(float(ladder.apply_share[desk.row]), 1.0)) ** float(ladder.interval_years[desk.row])
    if share <= 0.0:
        return np.zeros(0, np.int64)
    rows = np.zeros(int(env.state.firms.used[0]), np.int64)
    count = env.rule(draw_applicants, desk.row, tier.industries, tier.stages, desk.undecided, review, share, rows)
    rows = rows[:count]
    return rows[eligible(tier, facts_of(env, desk.books, rows), env.now)]


def _look_at_holders(env: ParkEnvironment, desk: Desk, review: int) -> None:
    """Whoever is still eligible and applies again keeps the tier for another term; for the others it lapses."""
    ended = np.flatnonzero(desk.until <= env.now)
    desk.until[ended] += env.state.ladder.valid_years[desk.row]
    desk.until[ended[~_there(env, ended)]] = np.inf
    ended = ended[_there(env, ended)]
    if not len(ended):
        return
    lots = _lots(env, desk, Draw.RENEW, ended, np.full(len(ended), review))
    stays = lots < env.state.ladder.renew_share[desk.row]
    stays &= eligible(desk.tier, facts_of(env, desk.books, ended), env.now)
    desk.until[ended[~stays]] = np.inf
    for n in range(0, int((~stays).sum()), AT_ONCE):
        env.rule(lapse, desk.row, ended[~stays][n : n + AT_ONCE])


def _decide(env: ParkEnvironment, desk: Desk, cases: Cases) -> Generator[Event, None, None]:
    """Decide when the review is over: who is still there is recognised or refused, by its own lot."""
    yield env.at(env.now + float(env.state.ladder.review_years[desk.row]), Kind.ACTION, DECISIONS + desk.row)
    desk.undecided[cases.firm] = False
    withdrawn = int((~_there(env, cases.firm)).sum())
    cases = cases.at(_there(env, cases.firm))
    wins = _lots(env, desk, Draw.APPROVE, cases.firm, cases.review) < env.state.ladder.approve_share[desk.row]
    recognised, waited_years = cases.firm[wins], float((env.now - cases.since).sum())
    desk.until[recognised] = env.now + env.state.ladder.valid_years[desk.row]
    env.rule(decide, desk.row, recognised[:AT_ONCE], int((~wins).sum()), withdrawn, waited_years)
    for n in range(AT_ONCE, len(recognised), AT_ONCE):
        env.rule(decide, desk.row, recognised[n : n + AT_ONCE], 0, 0, 0.0)


def facts_of(env: ParkEnvironment, books: Books, rows: Rows) -> Facts:
    """What a desk knows of firms."""
    firms, seen = env.state.firms, np.zeros((SEEN, len(rows)))
    env.rule(look, rows, seen)
    revenue, rd = seen
    return Facts(
        industry=firms.industry[rows],
        stage=firms.stage[rows],
        tiers=firms.tiers[rows],
        age_years=env.now - firms.founded[rows],
        revenue_cny=revenue,
        rd_cny=rd,
        rd_share=np.divide(rd, revenue, out=np.zeros(len(rows)), where=revenue > 0),
        valuation_cny=revenue * env.state.ladder.valuation_ratio[0],
        growth_2y=books.growth(rows, 2),
        growth_4y=books.growth(rows, 4),
        revenue_4y_ago_cny=books.of(rows, 4),
    )


def _holders(env: ParkEnvironment, desk: Desk) -> Rows:
    """Rows of the firms that hold a tier."""
    return np.flatnonzero(env.state.firms.tiers[: env.state.firms.used[0]] & desk.tier.bit)


def _there(env: ParkEnvironment, rows: Rows) -> Flags:
    """Which firms are still in the park."""
    return np.asarray(env.state.firms.status[rows] != int(Status.GONE))


def _lots(env: ParkEnvironment, desk: Desk, draw: Draw, rows: Rows, nth: Rows) -> Floats:
    """A uniform of each firm's own."""
    lots = np.zeros(len(rows))
    env.rule(draw_lots, int(draw), desk.row, rows, nth, lots)
    return lots
