"""Levers of entry: who comes, of itself, recruited, spun off or brought along."""

from __future__ import annotations

import numpy as np

from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Kind, Origin
from twin.engine.rules.policy import extend_short_list, scale_entry, scale_followers, scale_hit_rate, scale_spin_off
from twin.levers.registry import QUEUE, Rows, lever


@lever(
    name_zh="自主新增企业",
    name_en="Entry rate",
    unit="× rate in force",
    low=0,
    high=10,
    ramp="times",
    where=("industry", "chain_node"),
    cost="recruit_cost_cny",
    shows=(Kind.ENTER,),
    clauses=("s1_levers_joint_recruitment",),
)
def entry_rate(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the rate at which new firms come of themselves, for a link of a chain, an industry or all."""
    for source in sources_of(env, rows, Origin.MARKET):
        env.rule(scale_entry, source, value)


@lever(
    name_zh="高校院所衍生企业",
    name_en="Spin-offs of institutes",
    unit="× rate in force",
    low=0,
    high=10,
    ramp="times",
    multiplies="institute_spin_offs_per_year",
    where=("industry", "chain_node"),
    cost="recruit_cost_cny",
    shows=(Kind.ENTER,),
    clauses=("s2_time_universities", "s2_stages_zero_to_one", "s2_stages_lab_clusters"),
)
def institute_spin_offs(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the rate at which universities and laboratories found firms in the park."""
    for source in sources_of(env, rows, Origin.INSTITUTE):
        env.rule(scale_entry, source, value)


@lever(
    name_zh="招商线索",
    name_en="Prospects",
    unit="× rate in force",
    low=0,
    high=10,
    ramp="times",
    where=("industry", "chain_node"),
    cost="prospect_cost_cny",
    shows=(Kind.LIST,),
    clauses=("s1_chains_lists", "s1_levers_roadshows", "s1_levers_windows_abroad"),
)
def prospects(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the rate at which prospects are found for the recruitment office."""
    for source in sources_of(env, rows, Origin.RECRUIT):
        env.rule(scale_entry, source, value)


@lever(
    name_zh="招商成功率",
    name_en="Hit rate of recruitment",
    unit="× rate in force",
    low=0,
    high=10,
    ramp="times",
    where=("industry",),
    cost="recruit_cost_cny",
    shows=(Kind.WIN, Kind.DECLINE),
    clauses=("s1_levers_joint_recruitment",),
)
def recruitment_hit_rate(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the share of prospects that the office wins of those it works on, for an industry or for all."""
    for industry in rows.industries:
        env.rule(scale_hit_rate, industry, value)


@lever(
    name_zh="招商短名单",
    name_en="Short list",
    unit="share of prospects more",
    low=-1,
    high=1,
    ramp="more",
    where=("industry", "chain_node"),
    shows=(*QUEUE, Kind.FADE),
    clauses=("s1_chains_lists", "s2_chains_gaps"),
)
def short_list(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Put more of the prospects found from now on on the short list, or fewer, by link of a chain or industry."""
    for source in sources_of(env, rows, Origin.RECRUIT, Origin.EVENT):
        env.rule(extend_short_list, source, value)


@lever(
    name_zh="企业裂变",
    name_en="Spin-offs of firms",
    unit="× hazard in force",
    low=0,
    high=100,
    ramp="times",
    where=("industry",),
    cost="spin_off_cost_cny",
    shows=(Kind.SPIN_OFF,),
    clauses=("s2_stages_scientist_partner",),
)
def firm_spin_offs(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the hazard at which people of a firm found another."""
    for industry in rows.industries:
        env.rule(scale_spin_off, industry, value)


@lever(
    name_zh="以商招商",
    name_en="Referrals by firms",
    unit="× number in force",
    low=0,
    high=3,
    ramp="times",
    where=("industry",),
    cost="recruit_cost_cny",
    shows=(Kind.FOLLOW,),
    clauses=("s1_chains_anchor_pull",),
)
def referrals(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the number of firms that come because of one of an industry, or of any."""
    for industry in rows.industries:
        env.rule(scale_followers, industry, value)


def sources_of(env: ParkEnvironment, rows: Rows, *origins: Origin) -> list[int]:
    """Rows of the sources of some origins in the industries and links of an action."""
    sources = env.state.sources
    wanted = np.isin(sources.industry, rows.industries) & np.isin(sources.origin, origins)
    if rows.chain_nodes:
        wanted &= np.isin(sources.node, rows.chain_nodes)
    return [int(source) for source in np.flatnonzero(wanted)]
