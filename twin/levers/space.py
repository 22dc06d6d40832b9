"""Levers of space: rents, leases, new floor, low-efficiency stock, and who has to agree."""

from __future__ import annotations

from twin.engine.arrays import PUBLIC
from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.coordination import scale_coordination
from twin.engine.rules.policy import build, scale_leading, scale_lease, scale_release, scale_rent, scale_rent_response
from twin.engine.rules.revitalisation import raise_budget, raise_threshold
from twin.levers.registry import CHOICES, CLOSING, Rows, lever


@lever(
    name_zh="租金调整",
    name_en="Asking rent",
    unit="relative change",
    low=-0.9,
    high=2,
    ramp="change",
    where=("zone", "building"),
    cost="asking_rent_cny_m2_day",
    shows=CHOICES,
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
    shows=CHOICES,
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
    shows=(Kind.LEASE_END,),
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
    shows=CHOICES,
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
    shows=CHOICES,
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
    shows=CHOICES,
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
    shows=(*CLOSING, *CHOICES),
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
    shows=(*CLOSING, *CHOICES),
    clauses=("s1_space_low_efficiency",),
)
def low_efficiency_threshold(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Let a building count as little let below a larger share of its floor, or a smaller one."""
    env.rule(raise_threshold, value)


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
