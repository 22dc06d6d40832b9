"""Entry: a firm appears, with the stage, size and luck that are its own in every scenario."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import NEVER, start_source
from twin.engine.draws import normal, uniform
from twin.engine.kinds import Draw, Kind, Status
from twin.engine.note import NOWHERE, note
from twin.engine.rules.money import draw_rd_share
from twin.engine.rules.residence import seek_room
from twin.engine.rules.stages import begin_life, begin_stage

FIRST = int64(0)  # the ordinal of draws that are made once in a life


@njit()
def enter(state: State, now: float, source: int, outbox: Outbox) -> None:
    """The next firm of a source appears and seeks room, or registers without."""
    firms, sources, industries, stages = state.firms, state.sources, state.industries, state.stages
    firm = firms.used[0]
    firms.used[0] = firm + 1
    industry = sources.industry[source]
    key = (sources.key[source] << 32) + sources.entered[source]
    sources.entered[source] += 1

    stage = 0
    u = uniform(state.seed, key, Draw.STAGE, FIRST)
    while stage < industries.stage_mix.shape[1] - 1 and u >= industries.stage_mix[industry, stage]:
        stage += 1
    z = normal(state.seed, key, Draw.STAFF, FIRST)
    size = max(math.exp(math.log(stages.entry_staff[stage]) + stages.entry_staff_sigma[stage] * z), 1.0)
    sigma = industries.productivity_sigma[industry]
    z = normal(state.seed, key, Draw.PRODUCTIVITY, FIRST)
    resident = uniform(state.seed, key, Draw.RESIDENT, FIRST) < industries.resident_share[industry]
    registered = uniform(state.seed, key, Draw.REGISTERED, FIRST) < industries.registered_share[industry]

    firms.key[firm] = key
    firms.industry[firm] = industry
    firms.stage[firm] = stage
    firms.status[firm] = Status.WAITING if resident else Status.REMOTE
    firms.building[firm] = -1
    firms.floor_m2[firm] = 0
    firms.size[firm] = size
    firms.staff[firm] = int(math.floor(size + 0.5))
    firms.productivity[firm] = math.exp(sigma * z - 0.5 * sigma * sigma)
    firms.founded[firm] = now - stages.age_at_entry_years[stage]
    firms.entered[firm] = now
    firms.left[firm] = NEVER
    firms.last_growth[firm] = 0.0
    firms.registered[firm] = registered or not resident
    firms.tiers[firm] = 0
    firms.rd_share[firm] = draw_rd_share(state, firm, FIRST)
    firms.anchor[firm] = False
    firms.supported[firm] = False
    firms.growths[firm] = 0
    firms.searches[firm] = 0
    firms.relocations[firm] = 0
    firms.queued_at[firm] = -1
    firms.served_at[firm] = -1
    for column in range(firms.due.shape[1]):
        firms.due[firm, column] = NEVER

    note(state, now, Kind.ENTER, firm, NOWHERE, float(firms.staff[firm]))
    start_source(state, now, source, outbox)
    if resident:
        seek_room(state, now, firm, outbox)
    else:
        begin_life(state, now, firm, now + 1.0, outbox)
        begin_stage(state, now, firm, outbox)
