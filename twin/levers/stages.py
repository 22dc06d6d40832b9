"""Levers of stages and the ladder: services, funds, and recognition in tiers."""

from __future__ import annotations

from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.letting import open_slots
from twin.engine.rules.policy import (
    scale_advance,
    scale_desk,
    scale_fund_share,
    scale_outreach,
    scale_review_time,
    scale_service_time,
)
from twin.engine.rules.services import add_capital
from twin.levers.registry import QUEUE, Rows, lever


@lever(
    name_zh="晋级率",
    name_en="Hazard of advancing",
    unit="× hazard in force",
    low=0,
    high=10,
    ramp="times",
    multiplies="advance_per_year",
    where=("industry", "stage"),
    cost="coaching_cost_cny_year",
    shows=(Kind.ADVANCE,),
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
    shows=QUEUE,
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
    shows=(Kind.SERVED,),
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
    shows=QUEUE,
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
    shows=(Kind.SERVED,),
    clauses=("s2_stages_patient_shareholder", "s1_levers_private_capital"),
)
def fund_share(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Let the ticket of a fund, or of each, be more of a round, or less: others join more often, and pay less."""
    for fund in rows.funds:
        env.rule(scale_fund_share, fund, value)


@lever(
    name_zh="梯队培育",
    name_en="Outreach for tiers",
    unit="× share in force",
    low=0,
    high=10,
    ramp="times",
    where=("tier",),
    cost="outreach_cost_cny",
    shows=(Kind.RECOGNISE, Kind.LAPSE),
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
    shows=(Kind.RECOGNISE, Kind.LAPSE),
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
    multiplies="review_years",
    where=("tier",),
    cost="review_cost_cny",
    shows=(Kind.RECOGNISE, Kind.LAPSE),
    clauses=("s1_stages_base",),
)
def review_time(env: ParkEnvironment, rows: Rows, value: float) -> None:
    """Make reviews faster or slower that begin from now on."""
    for tier in rows.tiers:
        env.rule(scale_review_time, tier, value)
