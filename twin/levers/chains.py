"""Levers of the industry chains: anchors, alliances, chiefs, scenes, challenges and events."""

from __future__ import annotations

import numpy as np

from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Kind, Status
from twin.engine.rules.anchors import ally, appoint, bring_anchor
from twin.engine.rules.exits import leave
from twin.engine.rules.scenes import more_calls, more_events, more_projects
from twin.levers.registry import QUEUE, Rows, lever


@lever(
    name_zh="链主企业离开",
    name_en="Exit of anchors",
    unit="anchors",
    low=0,
    high=1000,
    ramp="",
    whole=True,
    where=("industry", "chain_node", "building"),
    shows=(Kind.MOVE_OUT,),
    clauses=("s1_chains_anchor_layout",),
)
def anchor_exit(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Let so many anchors move out of the park, those with most staff first: of a link, an industry, a building."""
    for firm in anchors_in(env, rows)[: round(value)]:
        env.rule(leave, firm, int(Kind.MOVE_OUT))


def anchors_in(env: ParkEnvironment, rows: Rows) -> list[int]:
    """Rows of the resident anchors in the industries, links and buildings of an action, the largest first."""
    firms, used = env.state.firms, int(env.state.firms.used[0])
    wanted = firms.anchor[:used] & (firms.status[:used] == Status.RESIDENT)
    wanted &= np.isin(firms.industry[:used], rows.industries) & np.isin(firms.building[:used], rows.buildings)
    if rows.chain_nodes:
        wanted &= np.isin(firms.node[:used], rows.chain_nodes)
    found = np.flatnonzero(wanted)
    return [int(firm) for firm in found[np.argsort(-firms.staff[found], kind="stable")]]


@lever(
    name_zh="引入链主企业",
    name_en="Arrival of anchors",
    unit="anchors",
    low=0,
    high=1000,
    ramp="more",
    whole=True,
    where=("chain_node",),
    needs=("chain_node",),
    cost="anchor_cost_cny",
    chains=True,
    shows=(Kind.LIST, Kind.WIN, Kind.ENTER),
    clauses=("s1_chains_anchor_layout", "s1_chains_anchor_pull"),
)
def anchor_entry(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Bring anchors of a link; they seek room as other firms do, and each costs when it has got it."""
    for node in rows.chain_nodes:
        for _ in range(round(value)):
            env.rule(bring_anchor, node)


@lever(
    name_zh="产业联盟",
    name_en="Alliance of an industry",
    unit="share in force",
    low=0,
    high=1,
    ramp="level",
    where=("industry",),
    cost="alliance_cost_cny_year",
    chains=True,
    shows=(Kind.GROW, Kind.FOLLOW),
    clauses=("s1_chains_alliance", "s2_chains_cluster"),
)
def alliance(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Have an alliance of an industry, whole or in part: more spills over, more followers are of neighbouring links."""
    for industry in rows.industries:
        env.rule(ally, industry, value)


@lever(
    name_zh="一产业一链长",
    name_en="Chain chief",
    unit="share in force",
    low=0,
    high=1,
    ramp="level",
    where=("industry",),
    cost="chief_cost_cny_year",
    chains=True,
    shows=(Kind.ENTER, Kind.LIST, Kind.SERVED, *QUEUE, Kind.FADE),
    clauses=("s2_chains_chief", "s2_chains_gaps"),
)
def chain_chief(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Appoint a chain chief, whole or in part: prospects take less time, missing links go first, more is founded."""
    for industry in rows.industries:
        env.rule(appoint, industry, value)


@lever(
    name_zh="示范应用场景",
    name_en="Calls of demonstration scenes",
    unit="calls/year more",
    low=-24,
    high=24,
    ramp="more",
    where=("scene", "industry", "chain_node"),
    cost="scene_call_cost_cny",
    shows=(Kind.ORDER,),
    clauses=("s1_levers_core_scenes", "s1_levers_wider_scenes", "s2_levers_ai_plus"),
)
def scenes(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Let each scene call for bids more often in a year, or those for an industry or a link of a chain."""
    for scene in rows.scenes:
        env.rule(more_calls, scene, value)


@lever(
    name_zh="揭榜挂帅项目",
    name_en="Open-bid R&D projects",
    unit="projects/year more",
    low=-1000,
    high=1000,
    ramp="more",
    where=("industry", "chain_node"),
    cost="challenge_award_cny",
    chains=True,
    shows=(Kind.AWARD,),
    clauses=("s1_chains_challenges",),
)
def challenges(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Put up more R&D projects a year, shared out evenly among the links chosen; an industry without links has none."""
    industry = env.state.chain.industry
    nodes = rows.chain_nodes or [int(node) for node in np.flatnonzero(np.isin(industry, rows.industries))]
    for node in nodes:
        env.rule(more_projects, node, value / len(nodes))


@lever(
    name_zh="赛事展会路演",
    name_en="Competitions, fairs and roadshows",
    unit="events/year more",
    low=-24,
    high=24,
    ramp="more",
    where=("industry",),
    cost="event_cost_cny",
    shows=(Kind.PRIZE, Kind.SHOW, Kind.LIST),
    clauses=("s1_levers_roadshows", "s1_levers_fairs", "s2_levers_events"),
)
def events(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Hold more events a year of an industry, or of each."""
    for industry in rows.industries:
        env.rule(more_events, industry, value)
