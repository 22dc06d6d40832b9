"""Levers of people and homes."""

from __future__ import annotations

from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.people import build_homes, extend_programme, graduate, open_classes
from twin.levers.registry import Rows, lever
from twin.processes.people import CLASSES


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
