"""What the park's pipeline builds opens on its date; buildings close on theirs, for works or for good."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from twin.engine.arrays import WHOLE
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Finding, Kind
from twin.engine.rules.facilities import close_facilities, open_facility, reopen_facilities
from twin.engine.rules.letting import furnish, open_space
from twin.engine.rules.works import MOVED, STUCK, announce, demolish, go_on, lose, make_way, rebuild, reopen, shut
from twin.processes.taking_up import to_come
from twin.state import Closing

#: At one instant notices come after the scenario's actions, and buildings close after others open: who has to go finds
#: what opens. Rows of buildings are below this.
LATER = 1 << 24

#: And of what opens, floor is first, then comes what is kept of it for slots, and then the slots.
HOUSES, FACILITIES = 1 << 22, 1 << 23

#: Floor that scenarios' actions build opens before that, in the order of the actions, which are fewer.
BUILDINGS = 1 << 20


class Turn(IntEnum):
    """What happens to a building at one instant, in this order."""

    LEAD = 0  #: another industry leads where it stands
    OPEN = 1  #: new floor opens
    END = 2  #: works on it end


def turn_of(building: int, turn: Turn) -> int:
    """The place of what happens to a building among works of one instant: building by building, no two in one place."""
    return BUILDINGS + len(Turn) * building + turn


class Choice(NamedTuple):
    """Why works were chosen, and what they cost."""

    finding: int = Finding.NONE  #: none of works that were planned before the start
    score: float = math.nan  #: by which they were ranked: rent gained in a year over public money
    cost_cny: float = math.nan
    public_cny: float = 0.0
    coordination_years: float = 0.0


@dataclass
class Phase:
    """A part of a building that closes, for works or for good; a row of the record's `works`. Dates are in years."""

    building: int
    finding: int
    score: float
    phase: int  #: from 1
    phases: int
    notice_years: float  #: NaN of works under way at the start
    starts_years: float  #: at or before 0 of works under way at the start
    ends_years: float  #: inf for good
    m2: int  #: off line, at most
    cost_cny: float  #: NaN where nobody has said it
    public_cny: float
    moved: int = 0  #: tenants that had to go and found another building in the park
    lost: int = 0  #: and those that did not
    slots: int = 0  #: of services that closed with the building
    coordination_years: float = 0.0  #: that the decision has taken longer, before notice was given


class Stage(IntEnum):
    """How far a closing has got."""

    PLANNED = 0
    ANNOUNCED = 1
    SHUT = 2  #: in whole or in part
    OVER = 3


@dataclass
class Closure:
    """A closing, and how far it has got."""

    closing: Closing
    choice: Choice = field(default_factory=Choice)
    stage: Stage = Stage.PLANNED
    parts: list[int] = field(default_factory=list)  #: floor that closes in each phase, m², from the notice on
    row: int = 0  #: of the first phase, in the book of all
    phase: int = 0  #: that is off line


def open_buildings(env: ParkEnvironment, openings: Sequence[tuple[float, int, int]]) -> Generator[Event, None, None]:
    """Open new floor space, (years, building, m²) in order of date."""
    for years, building, m2 in to_come(env, openings):
        yield env.at(years, Kind.WORKS, turn_of(building, Turn.OPEN))
        env.rule(open_space, building, m2)


def open_houses(env: ParkEnvironment, openings: Sequence[tuple[float, int, int, int]]) -> Generator[Event, None, None]:
    """Keep floor for slots that have it, (years, building, service, slots) in order of date."""
    for years, building, service, slots in to_come(env, openings):
        if env.state.services.slot_m2[service] > 0:
            yield env.at(years, Kind.WORKS, HOUSES + building)
            env.rule(furnish, building, service, slots)


def open_facilities(
    env: ParkEnvironment, openings: Sequence[tuple[float, int, int, int]]
) -> Generator[Event, None, None]:
    """Open slots of services, (years, service, facility, slots) in order of date."""
    for years, service, facility, slots in to_come(env, openings):
        yield env.at(years, Kind.WORKS, FACILITIES + service)
        env.rule(open_facility, facility, slots)


def close_building(env: ParkEnvironment, closure: Closure, book: list[Phase]) -> Generator[Event, None, None]:
    """Notice, closing, works and reopening of a building, whole or part by part; or notice, closing and demolition.

    Tenants look for another building when they get notice, and once more when theirs closes, as long as the vacant
    floor of their own does not take what closes; those that find none then are lost to the park. A part that is done
    takes the tenants of the next, so that nobody has to go for that. Notice that should have been given before the
    start, or before the works were chosen, is given at once. What is under way at the start only reopens.

    Slots of the building's facilities are closed while it is; where works go on part by part they stay open.
    """
    closing = closure.closing
    building = closing.building
    if closure.stage == Stage.PLANNED:
        if closing.starts > 0:
            notice = float(env.state.conduct.notice_years[0])
            yield env.at(max(closing.starts - notice, env.now), Kind.ACTION, LATER + building)
        closure.parts = parts_of(int(env.state.buildings.stock_m2[building]), closing.phases)
        closure.row = len(book)
        book += _phases(env, closure)
        _give_notice(env, closure, book[closure.row])
    phases = book[closure.row : closure.row + len(closure.parts)]
    if closure.stage == Stage.ANNOUNCED:
        yield env.at(closing.starts, Kind.WORKS, LATER + building)
        _empty(env, closure, phases[0])
        if closing.ends == math.inf:
            return
    for phase in range(closure.phase + 1, len(phases)):
        yield env.at(phases[phase].starts_years, Kind.WORKS, LATER + building)
        env.rule(go_on, building, closure.parts[phase - 1], closure.parts[phase])
        closure.phase = phase
    yield env.at(closing.ends, Kind.WORKS, turn_of(building, Turn.END))
    stock_m2 = _rebuilt(env, closing)
    env.rule(reopen, building, closure.parts[-1], stock_m2)
    if len(phases) == 1:
        env.rule(reopen_facilities, building)
    closure.stage = Stage.OVER


def _give_notice(env: ParkEnvironment, closure: Closure, phase: Phase) -> None:
    """Notice is given to the tenants of a building, unless works on it are under way at the start."""
    building = closure.closing.building
    if closure.closing.starts > 0:
        env.rule(announce, building, closure.parts[0])
        for firm in tenants(env, building):
            phase.moved += env.rule(make_way, firm) == MOVED
        closure.stage = Stage.ANNOUNCED
    else:
        facilities = env.state.facilities
        phase.slots = int(facilities.off[facilities.building == building].sum())
        closure.stage = Stage.SHUT


def _empty(env: ParkEnvironment, closure: Closure, phase: Phase) -> None:
    """Whoever still has to go goes, and a building closes; slots close before, if all of it does."""
    building = closure.closing.building
    if phase.phases == 1:
        phase.slots = int(env.rule(close_facilities, building))
    for firm in tenants(env, building):
        became = env.rule(make_way, firm)
        phase.moved += became == MOVED
        if became == STUCK:
            env.rule(lose, firm)
            phase.lost += 1
    if closure.closing.ends == math.inf:
        env.rule(demolish, building)
        closure.stage = Stage.OVER
    else:
        env.rule(shut, building, closure.parts[0])
        closure.stage = Stage.SHUT


def _rebuilt(env: ParkEnvironment, closing: Closing) -> int:
    """A building is as the works leave it; returns its lettable m²."""
    building, buildings = closing.building, env.state.buildings
    rent = float(buildings.list_rent_cny_m2_day[building])
    if closing.rent_cny_m2_day > 0:  # what levers have done to rents goes on
        rent = closing.rent_cny_m2_day * float(env.state.purse.relief[building])
    quality = closing.quality if closing.quality >= 0 else float(buildings.quality[building])
    env.rule(rebuild, building, closing.kind, closing.storey_m, rent, quality)
    return int(buildings.stock_m2[building]) + closing.more_m2


def parts_of(stock_m2: int, phases: int) -> list[int]:
    """Floor that closes in each phase, m²: alike but for one, the larger first; in one phase all of the building."""
    if phases == 1:
        return [WHOLE]
    least, more = divmod(stock_m2, phases)
    return [least + (phase < more) for phase in range(phases)]


def tenants(env: ParkEnvironment, building: int) -> list[int]:
    """Rows of the firms in a building, in order of arrival."""
    firms = env.state.firms
    rows: list[int] = np.flatnonzero(firms.building[: firms.used[0]] == building).tolist()
    return rows


def _phases(env: ParkEnvironment, closure: Closure) -> list[Phase]:
    """The phases of a closing: they take as long each, and cost by their floor."""
    closing, parts, choice = closure.closing, closure.parts, closure.choice
    n, years, stock = len(parts), closing.ends - closing.starts, int(env.state.buildings.stock_m2[closing.building])
    dates = [closing.starts, *(env.on_grid(closing.starts + phase * years / n) for phase in range(1, n)), closing.ends]
    return [
        Phase(
            closing.building,
            choice.finding,
            choice.score,
            phase + 1,
            n,
            env.now if closing.starts > 0 else math.nan,
            dates[phase],
            dates[phase + 1],
            min(m2, stock),
            choice.cost_cny * min(m2, stock) / stock if stock else choice.cost_cny,
            choice.public_cny * min(m2, stock) / stock if stock else choice.public_cny,
            coordination_years=choice.coordination_years,
        )
        for phase, m2 in enumerate(parts)
    ]
