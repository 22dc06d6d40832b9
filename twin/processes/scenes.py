"""Scenes, challenges and events: a calendar of the year that is made quarter by quarter, and what is held by it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.engine.draws import uniform
from twin.engine.environment import Event, ParkEnvironment, Rule
from twin.engine.kinds import Draw, Kind
from twin.engine.note import AT_ONCE
from twin.engine.rules.scenes import (
    award_prizes,
    call,
    come_to_show,
    compete,
    hold,
    place_orders,
    put_up,
    show,
)
from twin.units import QUARTERS_PER_YEAR

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

#: At one instant the quarter's calendar is made after planners' actions and what is done by desks; then scenes call, in
#: the order of their table, the list of projects is put up, and events are held.
CALENDAR = 1 << 27
SCENES, LIST, EVENTS = (CALENDAR + (n << 20) for n in range(1, 4))

#: The list of projects is put up once a year.
LISTS_PER_YEAR = 1.0


@dataclass
class Held:
    """How often what has been held so far, which is part of the key of its draws."""

    times: dict[int, int] = field(default_factory=dict)

    def next(self, occasion: int) -> int:
        """The number of an occasion that is held now."""
        self.times[occasion] = self.times.get(occasion, -1) + 1
        return self.times[occasion]


def hold_occasions(env: ParkEnvironment, year_part: float) -> Generator[Event, None, None]:
    """Hold what falls into each quarter, as often as levers have it at its beginning.

    `year_part` is how far the calendar year is at the start.
    """
    held, quarter, left = Held(), 0, 0.0
    while True:
        # on a coarse grid what is held late in a quarter may fall beyond its end
        yield env.at(max(quarter / QUARTERS_PER_YEAR, env.now), Kind.ACTION, CALENDAR)
        for date, occasion in agenda(env, quarter, year_part):
            yield env.at(max(env.on_grid(date), env.now), Kind.ACTION, occasion)
            if occasion < LIST:
                call_for_bids(env, occasion - SCENES, held.next(occasion))
            elif occasion < EVENTS:
                left = put_up_list(env, held.next(occasion), left)
            else:
                hold_event(env, occasion - EVENTS, held.next(occasion))
        quarter += 1


def agenda(env: ParkEnvironment, quarter: int, year_part: float) -> list[tuple[float, int]]:
    """What is held in a quarter, in order of date: (years, occasion)."""
    scenes, challenges, events = env.state.scenes, env.state.challenges, env.state.events
    rows: list[tuple[float, float, int]] = []
    rows += zip(scenes.calls_per_year.tolist(), scenes.date_years.tolist(), itertools.count(SCENES), strict=False)
    if (challenges.projects_per_year > 0.0).any():
        rows.append((LISTS_PER_YEAR, float(challenges.date_years[0]), LIST))
    date_years = [float(events.date_years[0])] * len(events.per_year)
    rows += zip(events.per_year.tolist(), date_years, itertools.count(EVENTS), strict=False)
    begins = quarter / QUARTERS_PER_YEAR
    return sorted(
        (max(date - year_part, begins), occasion)
        for per_year, first, occasion in rows
        if per_year > 0.0
        for date in dates_within(begins + year_part, per_year, first)
    )


def dates_within(begins: float, per_year: float, first: float) -> Iterator[float]:
    """Dates of a quarter, `begins` in years of the calendar, at which something falls that is held so often a year.

    It is held on `first` of the calendar year and every 1 / per_year from there, before and after.
    """
    ends = begins + 1.0 / QUARTERS_PER_YEAR
    for n in range(math.ceil(per_year * (begins - first)), math.ceil(per_year * (ends - first))):
        yield first + n / per_year


def call_for_bids(env: ParkEnvironment, scene: int, nth: int) -> None:
    """A scene calls for bids and places its orders with the luckiest bidders."""
    luck = _no_luck(env)
    env.rule(call, scene, nth, luck)
    _in_parts(env, place_orders, scene, luckiest(luck, float(env.state.scenes.orders_per_call[scene])))


def put_up_list(env: ParkEnvironment, year: int, left: float) -> float:
    """Put up a year's R&D projects, each for a link in proportion to what levers have; returns what is left of one."""
    weights = np.maximum(env.state.challenges.projects_per_year, 0.0)
    total = float(weights.sum())
    projects = math.floor(left + total)
    for n in range(projects):
        where = total * uniform(env.state.seed, year, int(Draw.PROJECT_LINK), n)
        node = int(np.searchsorted(np.cumsum(weights), where, side="right"))
        env.rule(put_up, min(node, int(np.flatnonzero(weights)[-1])), year, n)
    return left + total - projects


def hold_event(env: ParkEnvironment, industry: int, nth: int) -> None:
    """Hold an event: early firms compete for prizes, those that scale up show, and prospects hear of the park."""
    env.rule(hold, industry)
    luck = _no_luck(env)
    env.rule(compete, industry, nth, luck)
    _in_parts(env, award_prizes, industry, luckiest(luck, float(env.state.events.prizes[0])))
    luck = _no_luck(env)
    env.rule(come_to_show, industry, nth, luck)
    _in_parts(env, show, industry, luckiest(luck, math.inf))


def luckiest(luck: Floats, most: float) -> Rows:
    """Rows of the bidders with the least numbers, at most so many, the luckiest first."""
    bidders = np.flatnonzero(luck < math.inf)
    ranked = bidders[np.argsort(luck[bidders], kind="stable")]
    return ranked[: math.floor(min(most, len(ranked)))].astype(np.int64)


def _no_luck(env: ParkEnvironment) -> Floats:
    return np.full(int(env.state.firms.used[0]), math.inf)


def _in_parts(env: ParkEnvironment, rule: Rule, row: int, firms: Rows) -> None:
    """Call a rule for a row and some firms, no more at a time than surely fit into the log."""
    for n in range(0, len(firms), AT_ONCE):
        env.rule(rule, row, firms[n : n + AT_ONCE])
