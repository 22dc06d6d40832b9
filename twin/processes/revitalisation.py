"""Low-efficiency stock is revitalised: once a year buildings are found, ranked, and renewed while the budget lasts."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.engine.arrays import Revitalisation
from twin.engine.draws import uniform
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Draw, Kind
from twin.engine.rules.works import support
from twin.processes.coordination import coordination_years
from twin.processes.works import LATER, Choice, Closure, Phase, Stage, close_building
from twin.state import Closing
from twin.units import DAYS_PER_YEAR

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: At one instant works are chosen after planners' actions and before notices are given.
CHOOSING = LATER - 1

#: No works have more phases.
MOST_PHASES = 50


class Stock(NamedTuple):
    """Buildings as they were last counted: arrays of one length."""

    finding: Ints  #: Finding
    stock_m2: Ints
    let_m2: Ints
    rent_cny_m2_day: Floats  #: asking
    plant: Flags  #: whether it is one


class Candidate(NamedTuple):
    """A low-efficiency building, what its works cost, and what they bring."""

    building: int  #: row
    finding: int
    cost_cny: float
    public_cny: float  #: of that, by the public purse
    gain_cny_year: float  #: of rent
    score: float  #: gain over public money; inf where none is needed


@dataclass
class Programme:
    """The works chosen so far, and the money left."""

    years: int = 0  #: in which works were chosen
    left_cny: float = 0.0
    chosen: list[Closure] = field(default_factory=list)


def revitalise(
    env: ParkEnvironment, programme: Programme, planned: Sequence[Closing], year_part: float, book: list[Phase]
) -> Generator[Event, None, None]:
    """On a date of each year choose works by what was last counted, grant what they need, and let them begin.

    Works begin when those concerned have agreed and notice has run out. `planned` are the closings known from the
    start: a building with one to come, or not over, is left to it. `year_part` is how far the calendar year is at the
    start.
    """
    over: dict[int, float] = {}  # dates at which the last closing of a building is over
    for closing in (*planned, *(closure.closing for closure in programme.chosen)):
        over[closing.building] = max(over.get(closing.building, 0.0), closing.ends)
    for closure in programme.chosen:
        if closure.stage < Stage.OVER:
            env.process(close_building(env, closure, book))
    first = (float(env.state.revitalisation.date_years[0]) - year_part) % 1.0
    while True:
        yield env.at(first + programme.years, Kind.ACTION, CHOOSING)
        rules = env.state.revitalisation
        left = float(rules.budget_cny_year[0]) + programme.left_cny * float(rules.carry_over[0])
        for chosen in affordable(left_alone(candidates(env), over, env.now), left):
            left -= chosen.public_cny
            closing = works_on(env, chosen, programme.years)
            over[chosen.building] = closing.ends
            env.rule(support, chosen.public_cny)
            waits = coordination_years(env, [chosen.building])
            choice = Choice(chosen.finding, chosen.score, chosen.cost_cny, chosen.public_cny, waits)
            programme.chosen.append(Closure(closing, choice))
            env.process(close_building(env, programme.chosen[-1], book))
        programme.left_cny = left
        programme.years += 1


def candidates(env: ParkEnvironment) -> list[Candidate]:
    """The low-efficiency buildings of the last count, ranked."""
    state = env.state
    buildings, rules, market = state.buildings, state.revitalisation, state.buildings.market
    plant = (market >= 0) & rules.of_plants[market]
    counted = Stock(
        buildings.finding.astype(np.int64), buildings.stock_m2, buildings.let_m2, buildings.rent_cny_m2_day, plant
    )
    return ranked(counted, rules, float(state.markets.structural_vacancy[0]))


def ranked(counted: Stock, rules: Revitalisation, structural_vacancy: float) -> list[Candidate]:
    """Low-efficiency buildings by the rent their works bring a year for each CNY of public money, the best first.

    Works raise rents by `rent_rise` and fill a building but for the structural vacancy. Of their cost the public pays a
    share, with a cap for each m² and one for the building. Among equals the first of the park's table is first.
    """
    rows = np.flatnonzero(counted.finding)
    stock, let, rent = (of[rows] for of in (counted.stock_m2, counted.let_m2, counted.rent_cny_m2_day))
    cost = stock * rules.cost_cny_m2[counted.plant[rows].astype(np.int64)]
    public = np.minimum(rules.public_share * cost, np.minimum(rules.cap_cny_m2 * stock, rules.cap_cny))
    filled = np.maximum(stock * (1.0 - structural_vacancy), let)
    gain = (filled * (1.0 + rules.rent_rise) - let) * rent * DAYS_PER_YEAR
    score = np.divide(gain, public, out=np.full(len(rows), np.inf), where=public > 0.0)
    score = np.round(score, 9)  # so that equals are
    order = np.argsort(-score, kind="stable")
    columns = (rows, counted.finding[rows], cost, public, gain, score)
    return [Candidate(*row) for row in zip(*(column[order].tolist() for column in columns), strict=True)]


def left_alone(listed: Sequence[Candidate], over: Mapping[int, float], now: float) -> list[Candidate]:
    """Those without a closing that is planned, announced or going on; `over` has the dates at which closings are."""
    return [one for one in listed if over.get(one.building, 0.0) <= now]


def affordable(listed: Sequence[Candidate], budget_cny: float) -> list[Candidate]:
    """Those that a year's budget pays for, down the list; what brings nothing or is too dear by now is passed over."""
    left, found = budget_cny, list[Candidate]()
    for one in listed:
        if 0.0 < left >= one.public_cny and one.gain_cny_year > 0.0:
            found.append(one)
            left -= one.public_cny
    return found


def works_on(env: ParkEnvironment, chosen: Candidate, year: int) -> Closing:
    """The works on a building chosen in a year: how long they take is drawn, and large ones are done in phases."""
    building, buildings, rules = chosen.building, env.state.buildings, env.state.revitalisation
    u = uniform(env.state.seed, building, int(Draw.WORKS_TIME), year)
    years = triangular(u, float(rules.least_years[0]), float(rules.likely_years[0]), float(rules.most_years[0]))
    waits = coordination_years(env, [building]) + float(env.state.conduct.notice_years[0])
    starts = env.on_grid(env.now + waits)
    phases = math.ceil(int(buildings.stock_m2[building]) / float(rules.phase_m2[0]))
    return Closing(
        starts=starts,
        ends=env.on_grid(starts + years),
        building=building,
        rent_cny_m2_day=float(buildings.list_rent_cny_m2_day[building]) * (1.0 + float(rules.rent_rise[0])),
        quality=min(float(buildings.quality[building]) + float(rules.quality_gain[0]), 1.0),
        phases=min(max(phases, 1), MOST_PHASES),
    )


def triangular(u: float, *corners: float) -> float:
    """The u-quantile of the triangular law between the least and the greatest of three numbers, its mode the other."""
    least, mode, most = sorted(corners)
    rising, falling = (mode - least) * (most - least), (most - mode) * (most - least)
    if u * (most - least) < mode - least:
        return least + math.sqrt(u * rising)
    return most - math.sqrt((1.0 - u) * falling)
