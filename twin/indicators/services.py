"""Services: queues, waits, use of slots."""

from __future__ import annotations

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio
from twin.units import QUARTERS_PER_YEAR


@indicator(
    name_zh="平均排队", name_en="Mean queue", unit="firms", better="less", year="mean", parts="services", park_only=True
)
def service_queue(f: Figures) -> Floats:
    """Mean number of firms waiting for a slot over the quarter."""
    return f.served["queue_years"] * QUARTERS_PER_YEAR


@indicator(
    name_zh="平均等待",
    name_en="Mean wait",
    unit="years",
    better="less",
    year="mean",
    parts="services",
    park_only=True,
    source="Little 1961, doi:10.1287/opre.9.3.383",
)
def service_wait(f: Figures) -> Floats:
    """Mean wait of those who left the queue or were served at once, in years."""
    return ratio(f.served["waited_years"], f.served["started"] + f.served["tired"])


@indicator(name_zh="名额使用率", name_en="Use of slots", unit="share", year="mean", parts="services", park_only=True)
def service_use(f: Figures) -> Floats:
    """Busy slots over slots, mean of the quarter."""
    return ratio(f.served["busy_years"] * QUARTERS_PER_YEAR, f.served["slots"])


@indicator(
    name_zh="未获服务",
    name_en="Left unserved",
    unit="firms",
    better="less",
    year="sum",
    parts="services",
    park_only=True,
)
def service_unserved(f: Figures) -> Floats:
    """Firms that left a queue without being served."""
    return f.served["tired"]


@indicator(
    name_zh="完成服务", name_en="Served", unit="firms", better="more", year="sum", parts="services", park_only=True
)
def service_served(f: Figures) -> Floats:
    """Firms whose time on a slot came to its end."""
    return f.served["finished"]
