"""What the park's pipeline builds opens on its date; buildings close on theirs, for works or for good."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence

import numpy as np

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.letting import open_space
from twin.engine.rules.services import add_slots
from twin.engine.rules.works import announce, demolish, lose, make_way, rebuild, reopen, shut
from twin.state import Closing

#: At one instant notices come after the scenario's actions, and buildings close after others open: who has to go finds
#: what opens. Rows of buildings are below this.
LATER = 1 << 24


def open_buildings(env: ParkEnvironment, openings: Sequence[tuple[float, int, int]]) -> Generator[Event, None, None]:
    """Open new floor space, (years, building, m²) in order of date."""
    for years, building, m2 in openings:
        yield env.at(years, Kind.WORKS, building)
        env.rule(open_space, building, m2)


def open_facilities(env: ParkEnvironment, openings: Sequence[tuple[float, int, int]]) -> Generator[Event, None, None]:
    """Open slots of services, (years, service, slots) in order of date."""
    for years, service, slots in openings:
        yield env.at(years, Kind.WORKS, service)
        env.rule(add_slots, service, slots)


def close_building(env: ParkEnvironment, closing: Closing) -> Generator[Event, None, None]:
    """Notice, closing, works and reopening of a building; or notice, closing and demolition.

    Tenants look for another building when they get notice, and once more when theirs closes; those that find none then
    are lost to the park. Notice that should have been given before the start is given at it. What is under way at the
    start only reopens.
    """
    building = closing.building
    if closing.starts > 0:
        yield env.at(max(closing.starts - float(env.state.conduct.notice_years[0]), 0.0), Kind.ACTION, LATER + building)
        env.rule(announce, building)
        for firm in tenants(env, building):
            env.rule(make_way, firm)
        yield env.at(closing.starts, Kind.WORKS, LATER + building)
        for firm in tenants(env, building):
            if not env.rule(make_way, firm):
                env.rule(lose, firm)
        if closing.ends == math.inf:
            env.rule(demolish, building)
            return
        env.rule(shut, building)
    yield env.at(closing.ends, Kind.WORKS, building)
    buildings = env.state.buildings
    rent = closing.rent_cny_m2_day if closing.rent_cny_m2_day > 0 else float(buildings.list_rent_cny_m2_day[building])
    quality = closing.quality if closing.quality >= 0 else float(buildings.quality[building])
    stock_m2 = int(buildings.stock_m2[building]) + closing.more_m2
    env.rule(rebuild, building, closing.kind, closing.storey_m, rent, quality)
    env.rule(reopen, building, stock_m2)


def tenants(env: ParkEnvironment, building: int) -> list[int]:
    """Rows of the firms in a building, in order of arrival."""
    firms = env.state.firms
    rows: list[int] = np.flatnonzero(firms.building[: firms.used[0]] == building).tolist()
    return rows
