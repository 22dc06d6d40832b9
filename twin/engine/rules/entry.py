"""Entry: a firm appears, with the stage, size and luck that are its own in every scenario."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.arrivals import start_source
from twin.engine.clocks import NEVER, hazards, start_clock
from twin.engine.draws import child_key, normal, uniform
from twin.engine.kinds import FIRST_CLOCK, Draw, Kind, Origin, Status
from twin.engine.note import NOWHERE, note
from twin.engine.rules.following import expect_follower, node_beside
from twin.engine.rules.money import draw_rd_share
from twin.engine.rules.residence import move_in_with_host, seek_room
from twin.engine.rules.services import host_ahead
from twin.engine.rules.stages import begin_life, begin_stage

ONCE = int64(0)  # the ordinal of draws that are made once in a life
FIRST_STAGE = int64(0)


@njit()
def enter(state: State, now: float, source: int, outbox: Outbox) -> None:
    """The next firm of a source appears; spin-offs of institutes at the first stage, others where they stand."""
    sources = state.sources
    key = next_key(state, source)
    start_source(state, now, source, outbox)
    industry = int64(sources.industry[source])
    stage = FIRST_STAGE
    if sources.origin[source] == Origin.MARKET:
        stage = stage_at_entry(state, key, industry)
    appear(state, now, key, industry, int64(sources.node[source]), stage, outbox)


@njit()
def next_key(state: State, source: int) -> int:
    """The key of the next firm of a source, which counts as come."""
    sources = state.sources
    key = (sources.key[source] << 32) + sources.entered[source]
    sources.entered[source] += 1
    return int64(key)


@njit()
def stage_at_entry(state: State, key: int, industry: int) -> int:
    """The stage of a newcomer, by the industry's mix."""
    mix = state.industries.stage_mix
    stage = FIRST_STAGE
    u = uniform(state.seed, key, Draw.STAGE, ONCE)
    while stage < mix.shape[1] - 1 and u >= mix[industry, stage]:
        stage += 1
    return stage


@njit()
def spin_off(state: State, now: float, parent: int, outbox: Outbox) -> None:
    """A firm's people found another in its link of the chain, at the first stage; sooner or later others follow."""
    firms = state.firms
    note(state, now, Kind.SPIN_OFF, parent, int64(firms.building[parent]), 0.0)
    firms.spin_offs[parent] += 1
    nth, clock = int64(firms.spin_offs[parent]), Kind.SPIN_OFF - FIRST_CLOCK
    start_clock(state, now, parent, clock, nth, hazards(state, parent)[clock], outbox)
    key = child_key(int64(firms.key[parent]), Draw.CHILD, nth)
    appear(state, now, key, int64(firms.industry[parent]), int64(firms.node[parent]), FIRST_STAGE, outbox)


@njit()
def follow(state: State, now: float, leader: int, outbox: Outbox) -> None:
    """A firm comes because of one that is there, of its link of the chain or of one beside it; others may follow."""
    firms = state.firms
    note(state, now, Kind.FOLLOW, leader, int64(firms.building[leader]), 0.0)
    firms.followers[leader] += 1
    expect_follower(state, now, leader, outbox)
    key = child_key(int64(firms.key[leader]), Draw.FOLLOWER, int64(firms.followers[leader]))
    node, industry = node_beside(state, int64(firms.node[leader]), key), int64(firms.industry[leader])
    if node >= 0:
        industry = int64(state.chain.industry[node])
    appear(state, now, key, industry, node, stage_at_entry(state, key, industry), outbox)


@njit()
def appear(state: State, now: float, key: int, industry: int, node: int, stage: int, outbox: Outbox) -> None:
    """A new firm appears and comes in."""
    come_in(state, now, write_down(state, key, industry, node, stage), outbox)


@njit()
def write_down(state: State, key: int, industry: int, node: int, stage: int) -> int:
    """A row for a firm that has not come yet, with the size that is its own; returns the row."""
    firms, stages = state.firms, state.stages
    firm = firms.used[0]
    firms.used[0] = firm + 1
    z = normal(state.seed, key, Draw.STAFF, ONCE)
    size = max(math.exp(math.log(stages.entry_staff[stage]) + stages.entry_staff_sigma[stage] * z), 1.0)

    firms.key[firm] = key
    firms.industry[firm] = industry
    firms.node[firm] = node
    firms.stage[firm] = stage
    firms.status[firm] = Status.PROSPECT
    firms.building[firm] = -1
    firms.floor_m2[firm] = 0
    firms.size[firm] = size
    firms.staff[firm] = int(math.floor(size + 0.5))
    firms.productivity[firm] = 1.0
    firms.founded[firm] = NEVER
    firms.entered[firm] = firms.settled[firm] = NEVER
    firms.left[firm] = NEVER
    firms.grew_fast[firm] = False
    firms.registered[firm] = False
    firms.tiers[firm] = 0
    firms.rd_share[firm] = 0.0
    firms.anchor[firm] = False
    firms.served[firm] = firms.serving[firm] = firms.backed[firm] = 0
    firms.requests[firm] = -1
    firms.growths[firm] = 0
    firms.searches[firm] = 0
    firms.comings[firm] = 0
    firms.spin_offs[firm] = 0
    firms.followers[firm] = 0
    firms.helped[firm] = 0
    firms.rent_paid[firm] = firms.rent_forgone[firm] = 0.0
    for column in range(firms.due.shape[1]):
        firms.due[firm, column] = NEVER
    return int64(firm)


@njit()
def come_in(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm enters, with the wishes that are its own."""
    industries, key, industry = state.industries, int64(state.firms.key[firm]), int64(state.firms.industry[firm])
    resident = uniform(state.seed, key, Draw.RESIDENT, ONCE) < industries.resident_share[industry]
    registered = uniform(state.seed, key, Draw.REGISTERED, ONCE) < industries.registered_share[industry]
    come_for(state, now, firm, resident, registered, outbox)


@njit()
def come_for(state: State, now: float, firm: int, resident: bool, registered: bool, outbox: Outbox) -> None:
    """A firm enters, with the luck that is its own: it seeks room, or registers without."""
    firms, industries, stages = state.firms, state.industries, state.stages
    key, industry, stage = int64(firms.key[firm]), int64(firms.industry[firm]), int64(firms.stage[firm])
    newborn = uniform(state.seed, key, Draw.NEWBORN, ONCE) < stages.newborn_share[stage]
    sigma = industries.productivity_sigma[industry]
    z = normal(state.seed, key, Draw.PRODUCTIVITY, ONCE)
    firms.productivity[firm] = math.exp(sigma * z - 0.5 * sigma * sigma)
    firms.rd_share[firm] = draw_rd_share(state, firm, ONCE)
    firms.status[firm] = Status.WAITING if resident else Status.REMOTE
    firms.founded[firm] = now - (0.0 if newborn else stages.age_at_entry_years[stage])
    firms.entered[firm] = now
    firms.registered[firm] = registered or not resident
    note(state, now, Kind.ENTER, firm, NOWHERE, float(firms.staff[firm]))
    if resident:
        host, m2 = host_ahead(state, firm)
        if host >= 0:
            move_in_with_host(state, now, firm, host, m2, outbox)
        else:
            seek_room(state, now, firm, outbox)
    else:
        begin_life(state, now, firm, now + 1.0, outbox)
        begin_stage(state, now, firm, outbox)
