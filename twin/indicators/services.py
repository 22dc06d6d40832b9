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
    """Busy slots over slots, mean of the quarter; one that has closed counts until the firm on it has been served."""
    return ratio(f.served["busy_years"], f.served["slot_years"])


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


@indicator(name_zh="基金规模", name_en="Capital of funds", unit="CNY", better="more", parts="funds", park_only=True)
def fund_capital(f: Figures) -> Floats:
    """What a fund has at the quarter's end: not yet paid out, with what has come back."""
    return f.of_funds("capital_cny")


@indicator(
    name_zh="基金投出", name_en="Paid by funds", unit="CNY", better="more", year="sum", parts="funds", park_only=True
)
def fund_paid(f: Figures) -> Floats:
    """Tickets paid to firms in the quarter."""
    return f.of_funds("paid_cny")


@indicator(
    name_zh="基金回款",
    name_en="Returned to funds",
    unit="CNY",
    better="more",
    year="sum",
    parts="funds",
    park_only=True,
)
def fund_returned(f: Figures) -> Floats:
    """What firms paid back in the quarter that were absorbed or reached the last stage."""
    return f.of_funds("returned_cny")


@indicator(
    name_zh="社会资本投入",
    name_en="Private money drawn in",
    unit="CNY",
    better="more",
    year="sum",
    parts="funds",
    park_only=True,
)
def fund_private(f: Figures) -> Floats:
    """What others paid in the quarter of the rounds that a fund backed."""
    return f.of_funds("private_cny")


@indicator(
    name_zh="资本撬动倍数",
    name_en="Leverage of funds",
    unit="1",
    better="more",
    year="mean",
    parts="funds",
    park_only=True,
)
def fund_leverage(f: Figures) -> Floats:
    """CNY that others paid for each that the fund paid, in the quarter."""
    return ratio(f.of_funds("private_cny"), f.of_funds("paid_cny"))


@indicator(
    name_zh="未获跟投企业",
    name_en="Rounds that nobody joined",
    unit="firms",
    better="less",
    year="sum",
    parts="funds",
    park_only=True,
)
def fund_unmatched(f: Figures) -> Floats:
    """Firms that a fund looked at and did not pay, as nobody else joined the round."""
    return f.of_funds("unmatched")


@indicator(name_zh="基金可投项目", name_en="Tickets left", unit="firms", parts="funds", park_only=True)
def fund_tickets(f: Figures) -> Floats:
    """Firms that a fund may still look at in this budget year."""
    return f.of_funds("tickets")
