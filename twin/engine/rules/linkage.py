"""Linkage: what anchors (链主) do to firms of the links of a chain near their own, and what goes when they go.

A link is a step from its suppliers and buyers, and two from theirs. All is told against the start: as long as no anchor
comes or goes, and there is neither alliance nor chain chief, every factor is 1. Effects are priors, not estimates.
"""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.arrivals import rescale_source
from twin.engine.clocks import hazards, rescale
from twin.engine.kinds import Item, Kind, Origin, Status
from twin.engine.note import note
from twin.engine.rules.purse import spend

ONE_MORE, ONE_LESS = int64(1), int64(-1)


@njit()
def pull_sources(state: State, now: float, outbox: Outbox) -> None:
    """Let entry and prospects come at the rates that jobs, anchors and chain chiefs now make of them."""
    sources = state.sources
    for source in range(len(sources.due)):
        if sources.origin[source] != Origin.EVENT:  # whom an event has reached is settled on its day
            rescale_source(state, now, source, sources.per_year[source], pull_of(state, source), outbox)


@njit()
def pull_of(state: State, source: int) -> float:
    """Factor on the rate of a source: by its industry's jobs, near anchors, and its industry's chain chief.

    Anchors draw firms of the market and prospects; a chief has more firms founded, and works on prospects otherwise.
    """
    sources, linkage = state.sources, state.linkage
    industry, node, origin = sources.industry[source], sources.node[source], sources.origin[source]
    pull = linkage.jobs_factor[industry]
    if node >= 0 and origin != Origin.INSTITUTE:
        pull *= linkage.entry_factor[node]
    if origin != Origin.RECRUIT:
        pull *= part_of(linkage.chief_entry_ratio[0], linkage.chief[industry])
    return float(pull)


@njit()
def part_of(ratio: float, share: float) -> float:
    """A ratio of which only a share is in force: 1 for none of it."""
    return 1.0 + (ratio - 1.0) * share


@njit()
def relink(state: State, now: float, outbox: Outbox) -> None:
    """Work out anew what anchors do to entry and growth of the links a step or two away, against the start.

    Each anchor multiplies entry; growth asks only whether there is one a step away. Greenstone, Hornbeck & Moretti
    2010, doi:10.1086/653714.
    """
    linkage = state.linkage
    for node in range(len(linkage.anchors)):
        near = far = now_near = near_at_start = int64(0)
        for other in range(len(linkage.anchors)):
            more = linkage.anchors[other] - linkage.anchors_at_start[other]
            if linkage.steps[node, other] == 1:
                near += more
                now_near += linkage.anchors[other]
                near_at_start += linkage.anchors_at_start[other]
            elif linkage.steps[node, other] == 2:  # noqa: PLR2004  # steps
                far += more
        pull = linkage.anchor_pull_near[0] ** float(near)
        linkage.entry_factor[node] = pull * linkage.anchor_pull_far[0] ** float(far)
        stronger = part_of(linkage.alliance_spillover_ratio[0], linkage.alliance[state.chain.industry[node]])
        spilt = (stronger if now_near > 0 else 0.0) - (1.0 if near_at_start > 0 else 0.0)
        linkage.growth_per_year[node] = linkage.spillover_growth[0] * spilt
    pull_sources(state, now, outbox)


@njit()
def welcome_anchor(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """An anchor has taken its first room, and is paid what was promised to it."""
    node = int64(state.firms.node[firm])
    spend(state, Item.CHAINS, state.linkage.anchor_cost_cny[0])
    if node >= 0:
        state.linkage.anchors[node] += 1
        relink(state, now, outbox)


@njit()
def lose_anchor(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A resident anchor goes: for some years firms of the links beside its own close and move out more often."""
    firms, linkage, node = state.firms, state.linkage, int64(state.firms.node[firm])
    note(state, now, Kind.ORPHAN, firm, int64(firms.building[firm]), float(firms.staff[firm]))
    if node >= 0:
        linkage.anchors[node] -= 1
        linkage.lost[node] += 1
        orphan(state, now, node, ONE_MORE, outbox)
        relink(state, now, outbox)


@njit(cache=True)
def recover(state: State, now: float, node: int, outbox: Outbox) -> None:
    """The firms beside a link have got over the loss of an anchor of it."""
    orphan(state, now, node, ONE_LESS, outbox)


@njit()
def orphan(state: State, now: float, node: int, more: int, outbox: Outbox) -> None:
    """One lost anchor more, or less, weighs on the firms of the links beside one; their clocks are rescaled."""
    chain, linkage = state.chain, state.linkage
    for n in range(chain.near_start[node], chain.near_start[node + 1]):
        beside = int64(chain.near[n])
        linkage.orphaned[beside] += more
        set_exit_factor(state, now, beside, linkage.orphan_ratio[0] ** float(linkage.orphaned[beside]), outbox)


@njit()
def set_exit_factor(state: State, now: float, node: int, factor: float, outbox: Outbox) -> None:
    """Give the hazards of closing and moving out of a link's firms another factor."""
    firms, factors = state.firms, state.linkage.exit_factor
    old = factors[node]
    if factor == old:
        return
    for firm in range(firms.used[0]):
        if firms.node[firm] == node and firms.status[firm] != Status.GONE:
            factors[node] = old
            before = hazards(state, firm)
            factors[node] = factor
            rescale(state, now, firm, before, outbox)
    factors[node] = factor


@njit()
def spillover(state: State, firm: int) -> float:
    """A firm's log growth a year beyond that at the start, by whether an anchor is a step away."""
    node = int64(state.firms.node[firm])
    return float(state.linkage.growth_per_year[node]) if node >= 0 else 0.0


@njit()
def follow_share(state: State, node: int) -> float:
    """Of those who follow a firm of a link, the share of neighbouring links; more in an alliance."""
    linkage = state.linkage
    ratio = part_of(linkage.alliance_follow_ratio[0], linkage.alliance[state.chain.industry[node]])
    return float(min(state.conduct.follow_neighbour_share[0] * ratio, 1.0))


@njit()
def effort(state: State, industry: int) -> float:
    """Factor on the time that the office works on a prospect of an industry: less where its chain chief helps."""
    return part_of(state.linkage.chief_effort_ratio[0], state.linkage.chief[industry])


@njit()
def short_list_share(state: State, source: int) -> float:
    """Share of a source's prospects that come on the short list; those of a missing link where there is a chief."""
    sources, linkage, node = state.sources, state.linkage, int64(state.sources.node[source])
    share = state.recruitment.short_share[source]
    if node >= 0 and linkage.missing[node]:
        share = max(share, linkage.chief[sources.industry[source]])
    return float(share)
