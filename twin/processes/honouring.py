"""Honouring of policies: once a year firms apply, every month the windows take what they can, and the money follows."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.honouring import claim, fall_due, pay, withdraw
from twin.processes.contracts import REVIEWS

#: At one instant windows work after agreements have been reviewed.
WINDOWS = REVIEWS + 1

MONTHS_PER_YEAR = 12


class Claims(NamedTuple):
    """Applications in the order in which they came, one number each."""

    firm: NDArray[np.int64]  #: row
    cny: NDArray[np.float64]
    since: NDArray[np.float64]  #: date

    def part(self, which: slice | NDArray[np.bool_]) -> Claims:
        """Some of them."""
        return Claims(self.firm[which], self.cny[which], self.since[which])


@dataclass
class Counter:
    """The service windows: those in line, those on their way to payment, and how every firm's application stands."""

    line: Claims = field(default_factory=lambda: Claims(np.zeros(0, np.int64), np.zeros(0), np.zeros(0)))
    in_payment: list[tuple[float, Claims]] = field(default_factory=list)  #: with the date of payment
    promised: list[tuple[float, Claims]] = field(default_factory=list)  #: with the date until when payment is promised
    known: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  #: tiers held at calls, by row
    standing: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))  #: by row
    applied: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))  #: dates of their last ones, by row
    begun: float = 0.0  #: part of an application on which the windows have worked
    calls: int = 0  #: that have been
    month: int = 0  #: of the next meeting, counted from the first call

    def make_room(self, firms: int) -> None:
        """Have a place for every row of a firm."""
        more = firms - len(self.known)
        self.known = np.append(self.known, np.zeros(more, np.int64))
        self.standing = np.append(self.standing, np.zeros(more, np.int8))
        self.applied = np.append(self.applied, np.zeros(more))


def run_windows(env: ParkEnvironment, counter: Counter, year_part: float) -> Generator[Event, None, None]:
    """Call for applications on a date of each year; `year_part` is how far the calendar year is at the start.

    From each call on the windows meet at the beginning of every month until nobody is in line. What they take is paid
    when it has been processed; after the promised time it is late.
    """
    first = (float(env.state.honouring.date_years[0]) - year_part) % 1.0
    if env.now == 0.0:
        yield env.at(0.0, Kind.ACTION, WINDOWS)
        counter.make_room(len(env.state.firms.key))
        used = int(env.state.firms.used[0])
        counter.known[:used] = env.state.firms.tiers[:used]
    while True:
        next_call = env.on_grid(first + counter.calls)
        meeting = env.on_grid(first + counter.month / MONTHS_PER_YEAR) if len(counter.line.firm) else math.inf
        dated = [*counter.in_payment, *counter.promised]
        yield env.at(min(next_call, meeting, *(date for date, _ in dated)), Kind.ACTION, WINDOWS)
        _pay(env, counter)
        _fall_due(env, counter)
        if env.now == next_call:
            _call(env, counter)
        while len(counter.line.firm) and env.on_grid(first + counter.month / MONTHS_PER_YEAR) <= env.now:
            _meet(env, counter)
            counter.month += 1


def _call(env: ParkEnvironment, counter: Counter) -> None:
    """Firms apply, and stand in line behind those who do already."""
    counter.make_room(len(env.state.firms.key))
    used = int(env.state.firms.used[0])
    rows, cny = np.zeros(used, np.int64), np.zeros(used)
    count = env.rule(claim, counter.calls, counter.known, counter.standing, rows, cny)
    counter.applied[rows[:count]] = env.now
    come = Claims(rows[:count], cny[:count], np.full(count, env.now))
    counter.line = Claims(*(np.concatenate(both) for both in zip(counter.line, come, strict=True)))
    counter.promised.append((env.on_grid(env.now + float(env.state.honouring.promised_years[0])), come))
    counter.month = MONTHS_PER_YEAR * counter.calls
    counter.calls += 1


def _meet(env: ParkEnvironment, counter: Counter) -> None:
    """The windows take as many whole applications as a month's work is, the oldest first, of firms still there.

    What they have begun they end in the next month.
    """
    honouring, line = env.state.honouring, counter.line
    stays = np.zeros(len(line.firm), np.bool_)
    env.rule(withdraw, line.firm, counter.standing, stays)
    line = line.part(stays)
    work = counter.begun + max(float(honouring.windows[0] * honouring.cases[0]), 0.0)
    taken = int(min(work, len(line.firm)))
    counter.begun = math.modf(work)[0] if taken < len(line.firm) else 0.0
    paid = env.on_grid(env.now + float(honouring.years[0]))
    counter.in_payment.append((paid, line.part(slice(taken))))
    counter.line = line.part(slice(taken, None))
    _pay(env, counter)  # at once, if processing takes no time


def _pay(env: ParkEnvironment, counter: Counter) -> None:
    """Pay what has been processed."""
    due = [claims for date, claims in counter.in_payment if date <= env.now]
    counter.in_payment = [(date, claims) for date, claims in counter.in_payment if date > env.now]
    for claims in due:
        env.rule(pay, *claims, counter.standing)


def _fall_due(env: ParkEnvironment, counter: Counter) -> None:
    """Note whose payment is late from now on."""
    due = [claims for date, claims in counter.promised if date <= env.now]
    counter.promised = [(date, claims) for date, claims in counter.promised if date > env.now]
    for claims in due:  # of those whose last application it is
        env.rule(fall_due, claims.firm[counter.applied[claims.firm] == claims.since], counter.standing)
