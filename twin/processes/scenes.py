"""Scenes, challenges and events: a calendar of the year that is made quarter by quarter, and what is held by it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

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

#: The list of projects is put up once a year; its projects for a link have numbers below.
LISTS_PER_YEAR = 1.0
PROJECTS = 1 << 12

#: Dates in the calendar are told apart by parts of a year.
PARTS = 1 << 12


class Occasion(NamedTuple):
    """What is held, and when."""

    years: float  #: since the start
    rank: int  #: its place at that instant: of a scene, the list of projects, or an event
    nth: int  #: its date in the calendar in parts of a year, by which its luck is drawn, whatever was held before


@dataclass
class Diary:
    """What is still to be held of the quarters whose calendar has been made."""

    quarters: int = 0
    coming: list[Occasion] = field(default_factory=list)  #: in order of date


def hold_occasions(env: ParkEnvironment, diary: Diary, year_part: float) -> Generator[Event, None, None]:
    """Hold what falls into each quarter, as often as levers have it at its beginning.

    `year_part` is how far the calendar year is at the start.
    """
    while True:
        while diary.coming:
            occasion = diary.coming[0]
            yield env.at(max(env.on_grid(occasion.years), env.now), Kind.ACTION, occasion.rank)
            _hold(env, occasion)
            diary.coming.pop(0)
        # on a coarse grid what is held late in a quarter may fall beyond its end
        yield env.at(max(diary.quarters / QUARTERS_PER_YEAR, env.now), Kind.ACTION, CALENDAR)
        diary.coming = agenda(env, diary.quarters, year_part)
        diary.quarters += 1


def _hold(env: ParkEnvironment, occasion: Occasion) -> None:
    if occasion.rank < LIST:
        call_for_bids(env, occasion.rank - SCENES, occasion.nth)
    elif occasion.rank < EVENTS:
        put_up_list(env, occasion.nth // PARTS)
    else:
        hold_event(env, occasion.rank - EVENTS, occasion.nth)


def agenda(env: ParkEnvironment, quarter: int, year_part: float) -> list[Occasion]:
    """What is held in a quarter, in order of date."""
    scenes, challenges, events = env.state.scenes, env.state.challenges, env.state.events
    rows: list[tuple[float, float, int]] = []
    rows += zip(scenes.calls_per_year.tolist(), scenes.date_years.tolist(), itertools.count(SCENES), strict=False)
    if (challenges.projects_per_year > 0.0).any():
        rows.append((LISTS_PER_YEAR, float(challenges.date_years[0]), LIST))
    date_years = [float(events.date_years[0])] * len(events.per_year)
    rows += zip(events.per_year.tolist(), date_years, itertools.count(EVENTS), strict=False)
    begins = quarter / QUARTERS_PER_YEAR
    return sorted(
        Occasion(max(date - year_part, begins), rank, round(date * PARTS))
        for per_year, first, rank in rows
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
    most = whole(env, scene, Draw.ORDERS, nth, float(env.state.scenes.orders_per_call[scene]))
    _in_parts(env, place_orders, scene, luckiest(luck, most))


def put_up_list(env: ParkEnvironment, year: int) -> None:
    """Put up a year's R&D projects, one after another by lot, whatever their links."""
    wanted = env.state.challenges.projects_per_year.tolist()
    listed = [
        (uniform(env.state.seed, node, int(Draw.PROJECT), year * PROJECTS + n), node, n)
        for node, per_year in enumerate(wanted)
        for n in range(projects_in(env.state.seed, node, year, max(per_year, 0.0)))
    ]
    for _, node, n in sorted(listed):
        env.rule(put_up, node, year * PROJECTS + n)


def projects_in(seed: int, node: int, year: int, per_year: float) -> int:
    """How many projects for a link a year's list has: so many on average, in turn where that is not a whole number."""
    phase = uniform(seed, node, int(Draw.PROJECT_PHASE), 0)
    return math.floor(per_year * (year + 1) + phase) - math.floor(per_year * year + phase)


def hold_event(env: ParkEnvironment, industry: int, nth: int) -> None:
    """Hold an event: early firms compete for prizes, those that scale up show, and prospects hear of the park."""
    env.rule(hold, industry)
    luck = _no_luck(env)
    env.rule(compete, industry, nth, luck)
    most = whole(env, industry, Draw.PRIZES, nth, float(env.state.events.prizes[0]))
    _in_parts(env, award_prizes, industry, luckiest(luck, most))
    luck = _no_luck(env)
    env.rule(come_to_show, industry, nth, luck)
    _in_parts(env, show, industry, luckiest(luck, len(luck)))


def whole(env: ParkEnvironment, row: int, draw: Draw, nth: int, number: float) -> int:
    """A whole number that is so many on average, at the `nth` occasion of a row."""
    return math.floor(number + uniform(env.state.seed, row, int(draw), nth))


def luckiest(luck: Floats, most: int) -> Rows:
    """Rows of the bidders with the least numbers, at most so many, the luckiest first."""
    bidders = np.flatnonzero(luck < math.inf)
    return bidders[np.argsort(luck[bidders], kind="stable")][:most].astype(np.int64)


def _no_luck(env: ParkEnvironment) -> Floats:
    return np.full(int(env.state.firms.used[0]), math.inf)


def _in_parts(env: ParkEnvironment, rule: Rule, row: int, firms: Rows) -> None:
    """Call a rule for a row and some firms, no more at a time than surely fit into the log."""
    for n in range(0, len(firms), AT_ONCE):
        env.rule(rule, row, firms[n : n + AT_ONCE])
