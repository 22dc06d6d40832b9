"""The dials: what a scenario may change, how far, at what date, and which clause of the park's documents asks for it.

A lever is a function of (env, rows, value) that changes the park through a rule; registering it under `@lever` is all
it takes to name it in a scenario. S1 is the park's reform plan (石景山园改革提升工作方案, 2023-09-07),
S2 the interview with its head of early 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from twin.engine.environment import ParkEnvironment
from twin.engine.rules.policy import (
    build,
    scale_advance,
    scale_desk,
    scale_entry,
    scale_outreach,
    scale_rent,
    scale_review_time,
    scale_service_time,
)
from twin.engine.rules.services import add_slots


class Rows(NamedTuple):
    """What an action applies to, as rows of the state's arrays."""

    industries: list[int]
    stages: list[int]
    services: list[int]
    buildings: list[int]
    tiers: list[int]


Change = Callable[[ParkEnvironment, Rows, float], None]


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
    lead: str  #: the catalog quantity that says how many years pass between the action and its effect; "" none
    cost: str  #: the catalog quantity that says what pulling it costs the public
    clause: str
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
    cost: str,
    clause: str,
    where: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    lead: str = "",
) -> Callable[[Change], Change]:
    """Register a function as a lever under its own name."""

    def register(change: Change) -> Change:
        name = change.__name__
        _LEVERS[name] = Lever(name, name_zh, name_en, unit, low, high, where, needs, lead, cost, clause, change)
        return change

    return register


@lever(
    name_zh="招商力度",
    name_en="Entry rate",
    unit="× rate in force",
    low=0,
    high=10,
    where=("industry",),
    cost="recruit_cost_cny",
    clause="S1 联合开展招商引资",
)
def entry_rate(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Multiply the rate at which new firms come, for an industry or for all."""
    for industry in rows.industries:
        env.rule(scale_entry, industry, value)


@lever(
    name_zh="晋级率",
    name_en="Hazard of advancing",
    unit="× hazard in force",
    low=0,
    high=10,
    where=("industry", "stage"),
    cost="coaching_cost_cny_year",
    clause="S2 “科学家合伙人” “陪跑型股东”",
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
    where=("service",),
    needs=("service",),
    cost="slot_cost_cny_year",
    clause="S2 建设概念验证中心、小试中试平台",
)
def service_slots(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Open slots of a service, or close them."""
    for service in rows.services:
        env.rule(add_slots, service, round(value))


@lever(
    name_zh="服务时长",
    name_en="Service time",
    unit="× mean time in force",
    low=0.1,
    high=10,
    where=("service",),
    cost="slot_cost_cny_year",
    clause="S1 共性技术平台和公共服务平台",
)
def service_time(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Make a service faster or slower for those who start from now on."""
    for service in rows.services:
        env.rule(scale_service_time, service, value)


@lever(
    name_zh="租金调整",
    name_en="Asking rent",
    unit="relative change",
    low=-0.9,
    high=2,
    where=("zone", "building"),
    cost="public_floor_share",
    clause="S1 整合全区政策条款",
)
def rent(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Change asking rents, in a zone, in a building, or everywhere."""
    for building in rows.buildings:
        env.rule(scale_rent, building, 1.0 + value)


@lever(
    name_zh="新增空间",
    name_en="New floor space",
    unit="m² lettable",
    low=0,
    high=2e6,
    where=("building",),
    needs=("building",),
    lead="construction_years",
    cost="space_cost_cny_m2",
    clause="S1 南区和特钢园区梯次开发; S2 扩围提质",
)
def new_space(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Open floor space in a building when its works are done; the action's date is the start of works."""
    for building in rows.buildings:
        env.rule(build, building, round(value))


@lever(
    name_zh="梯队培育",
    name_en="Outreach for tiers",
    unit="× share in force",
    low=0,
    high=10,
    where=("tier",),
    cost="outreach_cost_cny",
    clause="S1 “筑基扩容”“小升规”“规升强”三大工程",
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
    where=("tier",),
    cost="review_cost_cny",
    clause="S1 “筑基扩容”“小升规”“规升强”三大工程",
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
    where=("tier",),
    cost="review_cost_cny",
    clause="S1 “筑基扩容”“小升规”“规升强”三大工程",
)
def review_time(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Make reviews faster or slower that begin from now on."""
    for tier in rows.tiers:
        env.rule(scale_review_time, tier, value)
