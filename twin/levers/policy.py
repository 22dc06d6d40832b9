"""Levers of agreements with firms, and of how policies are honoured."""

from __future__ import annotations

import numpy as np

from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.contracts import ask_agreements, scale_strictness
from twin.engine.rules.honouring import open_windows, scale_honouring
from twin.levers.registry import Rows, lever


@lever(
    name_zh="履约监管协议",
    name_en="Performance agreements",
    unit="share of leases more",
    low=-1,
    high=1,
    ramp="more",
    where=("zone", "building"),
    public=True,
    shows=(Kind.WARN, Kind.EXPEL),
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
    shows=(Kind.WARN, Kind.EXPEL),
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
    shows=(Kind.MOVE_OUT,),
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
    shows=(Kind.MOVE_OUT,),
    clauses=("s1_levers_standards", "s1_levers_honouring"),
)
def honour_time(env: ParkEnvironment, _: Rows, value: float) -> None:
    """Make the way from being taken at a window to being paid shorter or longer."""
    env.rule(scale_honouring, value)
