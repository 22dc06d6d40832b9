"""Scenes, challenges and events: firms bid for orders, take up R&D projects, win prizes and show what they have.

Each is help for a firm within the stage in which it gets it: it raises the odds of advancing or makes a cause of
failure rarer, as a service does that has served it. A firm gets each kind of help once in a stage. Who bids, and with
what luck, is drawn by firm, occasion and its number; the luckiest bidders win, so that who wins one of few wins one of
more as well.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from twin.engine.arrays import Floats, Outbox, State, int64
from twin.engine.arrivals import entry_rate, heighten, rate_of
from twin.engine.clocks import NEVER, hazards, rescale
from twin.engine.draws import uniforms
from twin.engine.kinds import HAD_ORDER, UNDER_WAY, Draw, Help, Item, Kind, Status
from twin.engine.note import note
from twin.engine.rules.purse import spend


@njit()
def may_have(state: State, firm: int, kind: int) -> bool:
    """Whether a firm is active, has not had a kind of help in its stage, and is no anchor."""
    firms = state.firms
    if firms.status[firm] != Status.RESIDENT and firms.status[firm] != Status.REMOTE:
        return False
    return bool(not firms.anchor[firm] and (int64(firms.helped[firm]) >> kind) & 1 == 0)


@njit()
def luck_in(state: State, firm: int, kind: int, row: int, nth: int, share: float) -> float:
    """A firm's luck at the `nth` occasion of a row, in [0, 1), or inf if it does not bid; a share of firms does."""
    wish, luck = uniforms(state.seed, state.firms.key[firm], Draw.BID + (((kind << 16) + row) << 8), nth)
    return luck if wish < share else NEVER


@njit(nogil=True, cache=True)
def call(state: State, now: float, scene: int, nth: int, luck: Floats, outbox: Outbox) -> None:
    """A scene calls for bids: write the luck of every bidder by row, inf for the others."""
    scenes = state.scenes
    scenes.calls[scene] += 1
    spend(state, Item.SCENES, scenes.call_cost_cny[0])
    for firm in range(state.firms.used[0]):
        if may_have(state, firm, Help.ORDER + 0) and is_for(state, scene, firm):
            scenes.eligible[scene] += 1
            luck[firm] = luck_in(state, firm, Help.ORDER + 0, scene, nth, scenes.bid_share[scene])
            scenes.bids[scene] += luck[firm] < NEVER


@njit()
def is_for(state: State, scene: int, firm: int) -> bool:
    """Whether a scene is for firms of a firm's stage and link; by industry where the link is not told."""
    scenes, node = state.scenes, int64(state.firms.node[firm])
    if not scenes.of_stage[scene, state.firms.stage[firm]]:
        return False
    if node >= 0:
        return bool(scenes.of_node[scene, node])
    return bool(scenes.of_industry[scene, state.firms.industry[firm]])


@njit(cache=True)
def place_orders(state: State, now: float, scene: int, winners: Any, outbox: Outbox) -> None:
    """A scene places an order with each of some firms."""
    scenes = state.scenes
    for n in range(len(winners)):
        firm = winners[n]
        cny = scenes.order_cny[state.firms.stage[firm]]
        spend(state, Item.SCENES, cny * scenes.public_share[0])
        scenes.orders[scene] += 1
        scenes.ordered_cny[scene] += cny
        state.firms.helped[firm] |= HAD_ORDER
        give(state, now, firm, Help.ORDER + 0, scene, cny, scenes.order_years[0], outbox)


@njit(nogil=True, cache=True)
def put_up(state: State, now: float, node: int, nth: int, outbox: Outbox) -> None:
    """The `nth` R&D project is put up for a link; the luckiest bidder takes it up, if there is one."""
    challenges, best, winner, anybody = state.challenges, NEVER, int64(-1), False
    challenges.projects[node] += 1
    for firm in range(state.firms.used[0]):
        if not may_have(state, firm, Help.PROJECT + 0):
            continue
        share = challenges.bid_share[0] * capability(state, firm, node)
        if share > 0.0:
            anybody = True
            luck = luck_in(state, firm, Help.PROJECT + 0, node, nth, share)
            if luck < best:
                best, winner = luck, firm
    challenges.deserted[node] += not anybody
    if winner >= 0:
        cny = challenges.award_cny[0]
        challenges.matched[node] += 1
        spend(state, Item.CHALLENGES, cny)
        give(state, now, winner, Help.PROJECT + 0, node, cny, challenges.years[0], outbox)


@njit()
def capability(state: State, firm: int, node: int) -> float:
    """How likely a firm bids for a project of a link, over a firm of that link: less beside it, never elsewhere."""
    chain, own = state.chain, int64(state.firms.node[firm])
    if own == node:
        return 1.0
    for n in range(chain.near_start[node], chain.near_start[node + 1]):
        if chain.near[n] == own:
            return float(state.challenges.neighbour_ratio[0])
    return 0.0


@njit(cache=True)
def hold(state: State, now: float, industry: int, outbox: Outbox) -> None:
    """An event of an industry is held; prospects hear of the park, fewer and fewer as time goes on.

    At t after it a source of prospects of rate r has boost x r x exp(-t / T) more.
    """
    sources, events = state.sources, state.events
    events.held[industry] += 1
    spend(state, Item.EVENTS, events.cost_cny[0])
    for p in range(len(events.pulse)):
        ordinary = events.ordinary[p]
        if sources.industry[ordinary] == industry:
            rate = rate_of(sources, ordinary) * entry_rate(sources, ordinary, now)
            heighten(state, now, events.pulse[p], rate * events.prospect_boost[0], outbox)


@njit(nogil=True, cache=True)
def compete(state: State, now: float, industry: int, nth: int, luck: Floats, outbox: Outbox) -> None:
    """Firms of the first stage compete at an event: write the luck of each by row, inf for the others."""
    events = state.events
    for firm in range(state.firms.used[0]):
        of_event = state.firms.industry[firm] == industry and state.firms.stage[firm] == 0
        if of_event and may_have(state, firm, Help.PRIZE + 0):
            luck[firm] = luck_in(state, firm, Help.PRIZE + 0, industry, nth, events.bid_share[0])
            events.competed[industry] += luck[firm] < NEVER


@njit(cache=True)
def award_prizes(state: State, now: float, industry: int, winners: Any, outbox: Outbox) -> None:
    """An event awards a prize to each of some firms."""
    cny = state.events.prize_cny[0]
    for n in range(len(winners)):
        spend(state, Item.EVENTS, cny)
        state.events.prized[industry] += 1
        give(state, now, winners[n], Help.PRIZE + 0, industry, cny, 0.0, outbox)


@njit(nogil=True, cache=True)
def come_to_show(state: State, now: float, industry: int, nth: int, luck: Floats, outbox: Outbox) -> None:
    """Firms that scale up show at an event: write the luck of each by row, inf for the others."""
    scaling_up = state.stages.advance_per_year.shape[1] - 2
    for firm in range(state.firms.used[0]):
        of_event = state.firms.industry[firm] == industry and state.firms.stage[firm] == scaling_up
        if of_event and may_have(state, firm, Help.SHOW + 0):
            luck[firm] = luck_in(state, firm, Help.SHOW + 0, industry, nth, state.events.show_share[0])


@njit(cache=True)
def show(state: State, now: float, industry: int, firms: Any, outbox: Outbox) -> None:
    """Each of some firms shows at an event."""
    for n in range(len(firms)):
        state.events.shown[industry] += 1
        give(state, now, firms[n], Help.SHOW + 0, industry, 0.0, 0.0, outbox)


@njit()
def give(state: State, now: float, firm: int, help_: int, of: int, cny: float, years: float, outbox: Outbox) -> None:
    """A firm gets help, and with it CNY over some years; both are written down."""
    before = hazards(state, firm)
    state.firms.helped[firm] |= 1 << help_
    if years > 0.0:
        state.firms.helped[firm] |= UNDER_WAY
    awards = state.awards
    n = awards.used[0]
    awards.used[0] = n + 1
    awards.kind[n], awards.of[n], awards.firm[n], awards.stage[n] = help_, of, firm, state.firms.stage[firm]
    awards.since[n], awards.ends[n], awards.cny[n] = now, now + years, cny
    note(state, now, Kind.ORDER + help_, firm, int64(state.firms.building[firm]), cny)
    rescale(state, now, firm, before, outbox)


@njit()
def close_books(state: State, now: float) -> None:
    """Put orders and projects that are over behind those under way, and see which firms have some."""
    awards, firms = state.awards, state.firms
    while awards.first[0] < awards.used[0] and awards.ends[awards.first[0]] <= now:
        firms.helped[awards.firm[awards.first[0]]] &= ~UNDER_WAY
        awards.first[0] += 1
    for n in range(awards.first[0], awards.used[0]):
        if awards.ends[n] > now:
            firms.helped[awards.firm[n]] |= UNDER_WAY


@njit(cache=True)
def more_calls(state: State, now: float, scene: int, calls: float, outbox: Outbox) -> None:
    """Let a scene call more often in a year, or less; less than not at all is not at all."""
    state.scenes.calls_per_year[scene] += calls


@njit(cache=True)
def more_projects(state: State, now: float, node: int, projects: float, outbox: Outbox) -> None:
    """Put up more R&D projects a year for a link, or fewer; fewer than none are none."""
    state.challenges.projects_per_year[node] += projects


@njit(cache=True)
def more_events(state: State, now: float, industry: int, events: float, outbox: Outbox) -> None:
    """Hold more events of an industry in a year, or fewer; fewer than none are none."""
    state.events.per_year[industry] += events
