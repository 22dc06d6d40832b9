"""Performance agreements: who is under one, who is caught, who is punished wrongly; and how policies are honoured."""

from __future__ import annotations

import numpy as np

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, of_last_year, ratio
from twin.units import DAYS_PER_YEAR


@indicator(name_zh="履约监管企业", name_en="Firms under an agreement", unit="firms", park_only=True)
def contract_firms(f: Figures) -> Floats:
    """Residents whose lease carries a performance agreement."""
    return f.of_contracts("agreed")


@indicator(name_zh="履约预警企业", name_en="Firms warned", unit="firms", better="less", park_only=True)
def contract_warned(f: Figures) -> Floats:
    """Residents that were found below their agreement and have not been found to keep it since."""
    return f.of_contracts("warned_firms")


@indicator(name_zh="履约考核企业", name_en="Firms reviewed", unit="firms", year="sum", park_only=True)
def contract_reviews(f: Figures) -> Floats:
    """Firms measured against their agreement in the quarter."""
    return f.of_contracts("reviewed")


@indicator(
    name_zh="测得未达标企业",
    name_en="Firms found below a bound",
    unit="firms",
    better="less",
    year="sum",
    parts="bounds",
    park_only=True,
)
def contract_found(f: Figures) -> Floats:
    """Firms measured below a bound of their agreement in the quarter, by bound; one firm may be below several."""
    return f.reviewed["found"]


@indicator(
    name_zh="查实未达标企业", name_en="Under-performers caught", unit="firms", better="more", year="sum", park_only=True
)
def contract_caught(f: Figures) -> Floats:
    """Firms penalised in the quarter that were below their agreement."""
    return f.of_contracts("caught")


@indicator(
    name_zh="误罚企业", name_en="Firms wrongly punished", unit="firms", better="less", year="sum", park_only=True
)
def contract_wrongly(f: Figures) -> Floats:
    """Firms penalised in the quarter that kept their agreement, and were measured below it."""
    return f.of_contracts("wrongly")


@indicator(
    name_zh="漏查企业", name_en="Under-performers missed", unit="firms", better="less", year="sum", park_only=True
)
def contract_missed(f: Figures) -> Floats:
    """Firms reviewed in the quarter that were below their agreement, and were measured above it."""
    return f.of_contracts("missed")


@indicator(name_zh="误罚率", name_en="Share of wrong punishments", unit="share", better="less", park_only=True)
def contract_wrong_share(f: Figures) -> Floats:
    """Of the firms penalised in the last four quarters, those that kept their agreement."""
    return ratio(of_last_year(f.of_contracts("wrongly")), of_last_year(f.of_contracts("penalised")))


@indicator(
    name_zh="履约清退企业",
    name_en="Leases ended for an agreement",
    unit="firms",
    better="less",
    year="sum",
    park_only=True,
)
def contract_ended(f: Figures) -> Floats:
    """Firms that had to leave their floor in the quarter; some found other room in the park."""
    return f.of_contracts("ended")


@indicator(
    name_zh="预警后迁出企业",
    name_en="Exits of warned firms",
    unit="firms",
    better="less",
    year="sum",
    park_only=True,
)
def contract_exits(f: Figures) -> Floats:
    """Firms that moved out of the park in the quarter after a warning; without it some would have gone as well."""
    return f.of_contracts("left_warned")


@indicator(name_zh="违约金", name_en="Penalties", unit="CNY", year="sum", park_only=True)
def contract_penalties(f: Figures) -> Floats:
    """What firms paid in the quarter for missing their agreements."""
    return f.of_contracts("penalty_cny")


@indicator(
    name_zh="清退面积再出租周期",
    name_en="Re-letting lag",
    unit="years",
    better="less",
    floor=("relet_m2",),
    source="Bartholomew 1957, doi:10.2307/2280969",
)
def relet_lag(f: Figures) -> Floats:
    """Floor x years that stood vacant after leases were ended since the start, over what of it was let again.

    That is the mean wait if it is exponential, what still stands vacant counting as a wait that is not over.
    """
    return ratio(np.cumsum(f.floor["ended_m2_years"]), np.cumsum(f.floor["relet_m2"]))


@indicator(name_zh="兑现申请", name_en="Applications for payments", unit="firms", year="sum", park_only=True)
def claims_applied(f: Figures) -> Floats:
    """Firms that applied in the quarter for what policies grant them."""
    return f.of_claims("applied")


@indicator(name_zh="已兑现企业", name_en="Firms paid", unit="firms", better="more", year="sum", park_only=True)
def claims_paid(f: Figures) -> Floats:
    """Firms that were paid in the quarter what policies grant them."""
    return f.of_claims("paid")


@indicator(name_zh="政策兑现金额", name_en="Paid by policy", unit="CNY", year="sum", park_only=True)
def honoured(f: Figures) -> Floats:
    """What firms were paid in the quarter of what policies grant them."""
    return f.of_claims("paid_cny")


@indicator(name_zh="兑现天数", name_en="Days to payment", unit="days", better="less", park_only=True)
def honour_days(f: Figures) -> Floats:
    """Mean time from the application to the payment, of those paid in the last four quarters, in days."""
    return ratio(of_last_year(f.of_claims("waited_years")), of_last_year(f.of_claims("paid"))) * DAYS_PER_YEAR


@indicator(name_zh="待兑现申请", name_en="Applications unpaid", unit="firms", better="less", park_only=True)
def claims_queue(f: Figures) -> Floats:
    """Applications without payment at the quarter's end."""
    return f.of_claims("queue")


@indicator(name_zh="逾期未兑现申请", name_en="Payments late", unit="firms", better="less", park_only=True)
def claims_late(f: Figures) -> Floats:
    """Applications without payment at the quarter's end for which the promised time is over."""
    return f.of_claims("late")


@indicator(
    name_zh="逾期未兑现迁出企业",
    name_en="Exits of firms paid late",
    unit="firms",
    better="less",
    year="sum",
    park_only=True,
)
def late_exits(f: Figures) -> Floats:
    """Firms that moved out of the park in the quarter while their payment was late."""
    return f.of_claims("left_late")
