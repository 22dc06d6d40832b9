"""The dials: what a scenario may change, how far, at what date, and which clauses of the park's documents ask for it.

A lever is a function of (env, rows, value) that changes the park through a rule; registering it under `@lever` is all
it takes to name it in a scenario. Clauses are named by their ids in the table of `twin.clauses`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from twin.catalog import Catalog
from twin.engine.arrays import PUBLIC
from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Kind, Origin, Status
from twin.engine.rules.anchors import ally, appoint, bring_anchor
from twin.engine.rules.contracts import ask_agreements, scale_strictness
from twin.engine.rules.coordination import scale_coordination
from twin.engine.rules.exits import leave
from twin.engine.rules.honouring import open_windows, scale_honouring
from twin.engine.rules.letting import open_slots
from twin.engine.rules.people import build_homes, extend_programme, graduate, open_classes
from twin.engine.rules.policy import (
    build,
    extend_short_list,
    scale_advance,
    scale_desk,
    scale_entry,
    scale_followers,
    scale_fund_share,
    scale_hit_rate,
    scale_leading,
    scale_lease,
    scale_outreach,
    scale_release,
    scale_rent,
    scale_rent_response,
    scale_review_time,
    scale_service_time,
    scale_spin_off,
)
from twin.engine.rules.revitalisation import raise_budget, raise_threshold
from twin.engine.rules.scenes import more_calls, more_events, more_projects
from twin.engine.rules.services import add_capital
from twin.processes.people import CLASSES


class Rows(NamedTuple):
    """What an action applies to, as rows of the state's arrays."""

    industries: list[int]
    chain_nodes: list[int]  #: none given, all
    stages: list[int]
    services: list[int]
    buildings: list[int]
    funds: list[int]  #: rows of services
    tiers: list[int]
    scenes: list[int]  #: those that reach the industries, or the links
    skills: list[int]
    places: list[int]  #: of homes and work, as `twin.park.places` has them; none given, none


Change = Callable[[ParkEnvironment, Rows, float], None]

#: How pulls of a lever add up: a factor on what is in force, a relative change of it, an amount added to it, or a level
#: that takes its place. "": they do not, since what is pulled at depends on the instant.
Ramp = Literal["times", "change", "more", "level", ""]

#: The value by which a lever of each kind does nothing; of a level, what is in force at the start.
_NEUTRAL: Mapping[Ramp, float] = MappingProxyType({"times": 1.0, "change": 0.0, "more": 0.0, "level": 0.0})


@dataclass(frozen=True)
class Lever:
    """A dial with its bounds."""

    name: str
    name_zh: str
    name_en: str
    unit: str
    low: float
    high: float
    where: tuple[str, ...]  #: what an action may narrow it to
    needs: tuple[str, ...]  #: what an action has to say
    whole: bool  #: whether only whole numbers mean something
    ramp: Ramp  #: how pulls of it add up, so that it may take effect little by little; "" at once only
    lead: str  #: the catalog quantity that says how many years pass between the action and its effect; "" none
    chains: bool  #: whether it is about chains, so that industries without one are none of its
    public: bool  #: whether it is about buildings of public landlords alone
    joint: bool  #: whether the district and a company of the city decide on it together, where it concerns both
    homes: bool  #: whether it is about homes of a zone, whatever buildings for firms there are in it
    cost: str  #: the catalog quantity that says what pulling it costs the public; "" nothing
    clauses: tuple[str, ...]  #: ids of `twin.clauses` that ask for it, one at least
    change: Change


_LEVERS: dict[str, Lever] = {}

#: All levers by name.
LEVERS: Mapping[str, Lever] = MappingProxyType(_LEVERS)


def lever(
    *,
    name_zh: str,
    name_en: str,
    unit: str,
    low: float,
    high: float,
    ramp: Ramp,
    cost: str = "",
    clauses: tuple[str, ...],
    where: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    whole: bool = False,
    lead: str = "",
    chains: bool = False,
    public: bool = False,
    joint: bool = False,
    homes: bool = False,
) -> Callable[[Change], Change]:
    """Register a function as a lever under its own name."""

    def register(change: Change) -> Change:
        name = change.__name__
        _LEVERS[name] = Lever(
            *(name, name_zh, name_en, unit, low, high, where, needs, whole, ramp, lead),
            *(chains, public, joint, homes, cost, clauses, change),
        )
        return change

    return register


def cost_of(lever: Lever, catalog: Catalog) -> str:
    """What pulling a lever costs the public: the quantity, its value, or span of values, and unit; "" nothing."""
    if not lever.cost:
        return ""
    unit = next(row["unit"] for row in catalog.tables["quantities"] if row["id"] == lever.cost)
    values = [catalog.value(lever.cost, scope) for scope in catalog.scopes(lever.cost)]
    span = dict.fromkeys((min(values), max(values)))
    return f"{lever.cost}: {' … '.join(f'{value:,.10g}' for value in span)} {unit}"


def neutral(lever: Lever) -> float | None:
    """The value by which a lever does nothing: 1 of a factor, else 0; None where no value does."""
    return _NEUTRAL.get(lever.ramp, 0.0 if lever.whole else None)


def steps(lever: Lever, value: float, quarters: int) -> list[float]:
    """The values to pull, one at the beginning of each of so many quarters, so that the effect grows evenly to `value`.

    After the k-th of n a factor v has come to 1 + (v - 1) k/n and an amount v to v k/n, whole ones rounded. A level is
    set anew each time, from none: it stands at v k/n whatever it was before. 0 quarters and 1 are at once. Raises
    ValueError where a lever cannot take effect little by little.
    """
    if quarters <= 1:
        return [value]
    if lever.ramp in {"times", "change"}:
        shift = 1.0 if lever.ramp == "change" else 0.0
        whole = value + shift
        forces = [*(1.0 + (whole - 1.0) * k / quarters for k in range(quarters)), whole]
        return [after / before - shift for before, after in pairwise(forces)]
    if not lever.ramp:
        raise ValueError(f"{lever.name} takes effect at once only")
    amounts = [*(value * k / quarters for k in range(quarters)), value]
    if lever.whole:
        amounts = [float(round(amount)) for amount in amounts]
    if lever.ramp == "level":
        return amounts[1:]
    return [after - before for before, after in pairwise(amounts)]


@lever(
    name_zh="自主新增企业",
    name_en="Entry rate",
    unit="× rate in force",
    low=0,
    high=10,
    ramp="times",
    where=("industry", "chain_node"),
    cost="recruit_cost_cny",
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
    where=("industry", "chain_node"),
    cost="recruit_cost_cny",
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


@lever(
    name_zh="晋级率",
    name_en="Hazard of advancing",
    unit="× hazard in force",
    low=0,
    high=10,
    ramp="times",
    where=("industry", "stage"),
    cost="coaching_cost_cny_year",
    clauses=("s2_stages_scientist_partner", "s2_stages_patient_shareholder"),
)
def advance_rate(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the hazard of reaching the next stage, for stages and industries or for all."""
    for industry in rows.industries:
        for stage in rows.stages:
            env.rule(scale_advance, industry, stage, value)


@lever(
    name_zh="服务名额",
    name_en="Service slots",
    unit="slots more",
    low=-1000,
    high=1000,
    ramp="more",
    whole=True,
    where=("service",),
    needs=("service",),
    cost="slot_cost_cny_year",
    clauses=("s2_stages_proof_of_concept", "s2_stages_pilot_lines", "s2_stages_incubators", "s2_chains_compute"),
)
def service_slots(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Open slots of a service, or close them."""
    for service in rows.services:
        env.rule(open_slots, service, round(value))


@lever(
    name_zh="服务时长",
    name_en="Service time",
    unit="× mean time in force",
    low=0.1,
    high=10,
    ramp="times",
    where=("service",),
    cost="slot_cost_cny_year",
    clauses=("s1_levers_platforms",),
)
def service_time(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Make a service faster or slower for those who start from now on."""
    for service in rows.services:
        env.rule(scale_service_time, service, value)


@lever(
    name_zh="基金增资",
    name_en="Capital of a fund",
    unit="CNY more",
    low=0,
    high=1e12,
    ramp="more",
    whole=True,
    where=("fund",),
    needs=("fund",),
    cost="fund_capital_cny",
    clauses=("s2_stages_patient_shareholder", "s1_levers_district_fund", "s1_levers_scifi_fund"),
)
def fund_capital(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Put capital into a fund; this budget year's share of it is there for firms at once."""
    for fund in rows.funds:
        env.rule(add_capital, fund, value)


@lever(
    name_zh="基金单轮出资占比",
    name_en="A fund's share of a round",
    unit="× share in force",
    low=0.1,
    high=10,
    ramp="times",
    where=("fund",),
    clauses=("s2_stages_patient_shareholder", "s1_levers_private_capital"),
)
def fund_share(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Let the ticket of a fund, or of each, be more of a round, or less: others join more often, and pay less."""
    for fund in rows.funds:
        env.rule(scale_fund_share, fund, value)


@lever(
    name_zh="租金调整",
    name_en="Asking rent",
    unit="relative change",
    low=-0.9,
    high=2,
    ramp="change",
    where=("zone", "building"),
    cost="asking_rent_cny_m2_day",
    clauses=("s1_levers_support",),
)
def rent(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Change list rents, and asking rents with them, in a zone, in a building, or everywhere."""
    for building in rows.buildings:
        env.rule(scale_rent, building, 1.0 + value)


@lever(
    name_zh="国有房东租金调整速度",
    name_en="Rent response of public landlords",
    unit="× response in force",
    low=0,
    high=10,
    ramp="times",
    clauses=("s1_management_operator", "s2_management_operator_skill"),
)
def public_rent_response(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Make the asking rents of public landlords follow vacancy faster or slower; 0 freezes them."""
    env.rule(scale_rent_response, PUBLIC, value)


@lever(
    name_zh="租期",
    name_en="Length of leases",
    unit="× length in force",
    low=0.1,
    high=10,
    ramp="times",
    where=("industry",),
    clauses=("s1_management_building_operations",),
)
def lease_length(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Make the leases that are signed from now on longer or shorter, for an industry or for all."""
    for industry in rows.industries:
        env.rule(scale_lease, industry, value)


@lever(
    name_zh="新楼推出周期",
    name_en="Release of new floor",
    unit="× time in force",
    low=0,
    high=10,
    ramp="times",
    clauses=("s1_management_building_operations",),
)
def floor_release(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Make the time shorter or longer over which buildings that open from now on let their floor."""
    env.rule(scale_release, value)


@lever(
    name_zh="主导产业集聚力度",
    name_en="Pull of leading industries",
    unit="× taste in force",
    low=0,
    high=10,
    ramp="times",
    where=("industry",),
    clauses=("s1_space_leading_clusters", "s1_space_leading_buildings"),
)
def leading_industry(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply how much an industry's firms, or any, prefer buildings where it leads."""
    for industry in rows.industries:
        env.rule(scale_leading, industry, value)


@lever(
    name_zh="新增空间",
    name_en="New floor space",
    unit="m² lettable",
    low=0,
    high=2e6,
    ramp="more",
    whole=True,
    where=("building",),
    needs=("building",),
    lead="construction_years",
    joint=True,
    cost="space_cost_cny_m2",
    clauses=("s1_space_phases", "s2_space_dazheng"),
)
def new_space(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Open floor space in a building when its works are done; the action's date is the start of works."""
    for building in rows.buildings:
        env.rule(build, building, round(value))


@lever(
    name_zh="低效存量更新预算",
    name_en="Budget for low-efficiency stock",
    unit="CNY/year more",
    low=-1e10,
    high=1e10,
    ramp="more",
    cost="revitalisation_budget_cny_year",
    clauses=("s1_space_old_plants", "s1_space_low_efficiency"),
)
def revitalisation_budget(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Grant more a year, or less, for works on low-efficiency buildings and old plants."""
    env.rule(raise_budget, value)


@lever(
    name_zh="低效楼宇认定线",
    name_en="Threshold of low efficiency",
    unit="share of floor more",
    low=-1,
    high=1,
    ramp="more",
    clauses=("s1_space_low_efficiency",),
)
def low_efficiency_threshold(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Let a building count as little let below a larger share of its floor, or a smaller one."""
    env.rule(raise_threshold, value)


@lever(
    name_zh="梯队培育",
    name_en="Outreach for tiers",
    unit="× share in force",
    low=0,
    high=10,
    ramp="times",
    where=("tier",),
    cost="outreach_cost_cny",
    clauses=("s1_stages_base", "s1_stages_above_scale", "s1_stages_strong", "s1_levers_coaching"),
)
def tier_outreach(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the share of eligible firms that apply for a tier, or for every one."""
    for tier in rows.tiers:
        env.rule(scale_outreach, tier, value)


@lever(
    name_zh="评审能力",
    name_en="Capacity of reviews",
    unit="× capacity in force",
    low=0,
    high=10,
    ramp="times",
    where=("tier",),
    cost="review_cost_cny",
    clauses=("s1_stages_base",),
)
def review_capacity(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the applications that a review handles."""
    for tier in rows.tiers:
        env.rule(scale_desk, tier, value)


@lever(
    name_zh="评审时长",
    name_en="Time of reviews",
    unit="× time in force",
    low=0.1,
    high=10,
    ramp="times",
    where=("tier",),
    cost="review_cost_cny",
    clauses=("s1_stages_base",),
)
def review_time(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Make reviews faster or slower that begin from now on."""
    for tier in rows.tiers:
        env.rule(scale_review_time, tier, value)


@lever(
    name_zh="链主企业离开",
    name_en="Exit of anchors",
    unit="anchors",
    low=0,
    high=1000,
    ramp="",
    whole=True,
    where=("industry", "chain_node", "building"),
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
    clauses=("s1_levers_roadshows", "s1_levers_fairs", "s2_levers_events"),
)
def events(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Hold more events a year of an industry, or of each."""
    for industry in rows.industries:
        env.rule(more_events, industry, value)


@lever(
    name_zh="人才计划",
    name_en="Talent programme",
    unit="persons/year more",
    low=-100_000,
    high=100_000,
    ramp="more",
    where=("skill",),
    needs=("skill",),
    lead="programme_lag_years",
    cost="programme_cost_cny",
    clauses=("s1_levers_jingxian", "s2_levers_thousand"),
)
def talent_programme(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Attract so many more persons of a skill a year, or fewer, once the programme works."""
    for skill in rows.skills:
        env.rule(extend_programme, skill, value)


@lever(
    name_zh="应用型定制班",
    name_en="Tailored classes",
    unit="places/year more",
    low=0,
    high=100_000,
    ramp="more",
    where=("skill",),
    needs=("skill",),
    cost="class_cost_cny",
    clauses=("s1_levers_tailored_classes", "s2_levers_industry_education", "s1_levers_practice_bases"),
)
def tailored_classes(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Open so many more places a year in classes for a skill, whose graduates come when they are through."""
    for skill in rows.skills:
        env.rule(open_classes, skill, value)
        first = env.now + float(env.state.people.class_years[0])
        env.put_off(first, Kind.WORKS, CLASSES + skill, graduate, skill, value)


@lever(
    name_zh="人才住房",
    name_en="Homes for talent",
    unit="homes more",
    low=0,
    high=100_000,
    ramp="more",
    whole=True,
    where=("zone",),
    needs=("zone",),
    lead="home_lead_years",
    homes=True,
    cost="home_cost_cny",
    clauses=("s1_space_talent_community", "s2_space_jingxian_town", "s1_space_jobs_housing"),
)
def talent_housing(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Open homes in a zone when they are built."""
    for place in rows.places:
        env.rule(build_homes, place, round(value))


@lever(
    name_zh="履约监管协议",
    name_en="Performance agreements",
    unit="share of leases more",
    low=-1,
    high=1,
    ramp="more",
    where=("zone", "building"),
    public=True,
    clauses=("s1_management_agreements", "s1_management_supervision"),
)
def contracts(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Let more of the leases signed with public landlords from now on carry an agreement, in a zone or everywhere."""
    env.rule(ask_agreements, np.array(rows.buildings, np.int64), value)


@lever(
    name_zh="履约指标严格度",
    name_en="Strictness of agreements",
    unit="× bounds in force",
    low=0,
    high=10,
    ramp="times",
    clauses=("s1_management_agreements", "s1_management_output"),
)
def contract_strictness(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Multiply what agreements ask for."""
    env.rule(scale_strictness, value)


@lever(
    name_zh="服务窗口",
    name_en="Service windows",
    unit="windows more",
    low=-1000,
    high=1000,
    ramp="more",
    whole=True,
    cost="honour_window_cost_cny_year",
    clauses=("s1_levers_approval", "s1_levers_service_windows"),
)
def honour_windows(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Open windows at which applications for what policies grant are taken, or close them."""
    env.rule(open_windows, round(value))


@lever(
    name_zh="兑现时长",
    name_en="Time to payment",
    unit="× time in force",
    low=0.1,
    high=10,
    ramp="times",
    cost="honour_window_cost_cny_year",
    clauses=("s1_levers_standards", "s1_levers_honouring"),
)
def honour_time(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Make the way from being taken at a window to being paid shorter or longer."""
    env.rule(scale_honouring, value)


@lever(
    name_zh="区企联合小组",
    name_en="Joint group with Shougang",
    unit="× time in force",
    low=0,
    high=10,
    ramp="times",
    clauses=("s1_management_shougang", "s1_management_linkage", "s1_management_joint_group"),
)
def joint_group(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Multiply how much longer decisions take in the core and about Shougang's buildings, from now on."""
    env.rule(scale_coordination, value)
