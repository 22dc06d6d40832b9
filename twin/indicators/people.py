"""People: talent wanted and within reach, by skill, and who lives in the park."""

from __future__ import annotations

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio


@indicator(name_zh="人才需求", name_en="Talent wanted", unit="persons", parts="skills", park_only=True)
def talent_demand(f: Figures) -> Floats:
    """Persons at work in the park's resident firms, by skill."""
    return f.people["demand"]


@indicator(
    name_zh="人才供给", name_en="Talent within reach", unit="persons", better="more", parts="skills", park_only=True
)
def talent_supply(f: Figures) -> Floats:
    """Persons at work in the park and those within reach who could be hired, by skill."""
    return f.people["supply"]


@indicator(name_zh="人才缺口", name_en="Talent gap", unit="share", better="less", parts="skills", park_only=True)
def talent_gap(f: Figures) -> Floats:
    """Share of the talent wanted that the talent within reach does not meet, by skill."""
    return f.people["shortage"]


@indicator(
    name_zh="引才育才人数",
    name_en="Talent attracted and trained",
    unit="persons",
    better="more",
    year="sum",
    park_only=True,
)
def talents_attracted(f: Figures) -> Floats:
    """Persons who came in the quarter by programmes, or from tailored classes."""
    return (f.people["attracted"] + f.people["graduated"]).sum(axis=1)


@indicator(
    name_zh="人才净流入", name_en="Net inflow of talent", unit="persons", better="more", year="sum", park_only=True
)
def talent_net_inflow(f: Figures) -> Floats:
    """Persons who came within reach of the park in the quarter, less those who left."""
    return (f.people["inflow"] - f.people["outflow"]).sum(axis=1)


@indicator(name_zh="人才住房", name_en="Homes", unit="homes", park_only=True)
def homes(f: Figures) -> Floats:
    """Homes for people who work in the park."""
    return f.housing["homes"].sum(axis=1)


@indicator(name_zh="人才住房入住率", name_en="Occupancy of homes", unit="share", better="more", park_only=True)
def homes_occupancy(f: Figures) -> Floats:
    """Homes lived in over homes."""
    return ratio(f.housing["occupied"].sum(axis=1), f.housing["homes"].sum(axis=1))


@indicator(name_zh="职住平衡", name_en="Jobs-housing balance", unit="share", better="more", park_only=True)
def jobs_housing_balance(f: Figures) -> Floats:
    """Of the persons at work in the park, those who live in its homes."""
    return ratio(f.housing["housed"].sum(axis=1), f.housing["staff"].sum(axis=1))


@indicator(name_zh="园内通勤时间", name_en="Way to work within the park", unit="minutes", better="less", park_only=True)
def commute_minutes(f: Figures) -> Floats:
    """Mean minutes to work, on foot or by rail, of those who live in homes of the park."""
    return ratio(f.housing["minutes"].sum(axis=1), f.housing["housed"].sum(axis=1))
