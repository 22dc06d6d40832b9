"""Floor space: what there is, what is let and at what rent, what was asked for in vain."""

from __future__ import annotations

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio
from twin.units import DAYS_PER_YEAR


@indicator(name_zh="可租面积", name_en="Lettable floor", unit="m²", floor=("stock_m2",))
def floor_stock(f: Figures) -> Floats:
    """Lettable floor of open buildings for firms."""
    return f.floor["stock_m2"]


@indicator(name_zh="已租面积", name_en="Let floor", unit="m²", better="more")
def floor_let(f: Figures) -> Floats:
    """Floor let to firms."""
    return f.floor["let_m2"]


@indicator(name_zh="空置面积", name_en="Vacant floor", unit="m²", better="less", floor=("stock_m2",))
def floor_vacant(f: Figures) -> Floats:
    """Lettable floor neither let nor off line."""
    return f.floor["stock_m2"] - f.floor["let_m2"] - f.floor["offline_m2"]


@indicator(name_zh="待推出面积", name_en="Floor not yet released", unit="m²", floor=("held_m2",))
def floor_held(f: Figures) -> Floats:
    """Floor that has opened and that its landlord does not yet let; it counts as off line."""
    return f.floor["held_m2"]


@indicator(name_zh="孵化空置面积", name_en="Floor kept for slots", unit="m²", better="less", floor=("kept_m2",))
def floor_kept(f: Figures) -> Floats:
    """Floor kept for firms on slots of services, such as an incubator's, that no firm has; it counts as off line."""
    return f.floor["kept_m2"]


@indicator(name_zh="在孵企业", name_en="Hosted firms", unit="firms", floor=("hosted",))
def hosted_firms(f: Figures) -> Floats:
    """Firms whose floor comes with their slot at a service, as in an incubator."""
    return f.floor["hosted"]


@indicator(name_zh="入驻率", name_en="Occupancy", unit="share", better="more", floor=("stock_m2",))
def occupancy(f: Figures) -> Floats:
    """Let over lettable floor."""
    return ratio(f.floor["let_m2"], f.floor["stock_m2"])


@indicator(name_zh="空置率", name_en="Vacancy", unit="share", better="less", floor=("stock_m2",))
def vacancy(f: Figures) -> Floats:
    """Vacant floor over lettable floor that is not off line."""
    return ratio(floor_vacant(f), f.floor["stock_m2"] - f.floor["offline_m2"])


@indicator(name_zh="新楼去化率", name_en="Lease-up of new buildings", unit="share", better="more", floor=("stock_m2",))
def lease_up(f: Figures) -> Floats:
    """Let share of the buildings that opened in the run, no more than two years ago."""
    return ratio(f.floor["young_let_m2"], f.floor["young_stock_m2"])


@indicator(name_zh="主导产业占比", name_en="Share of the leading industry", unit="share", floor=("led_let_m2",))
def leading_share(f: Figures) -> Floats:
    """Floor let to firms of the industry that leads where they are, over floor let where some industry leads."""
    return ratio(f.firms("leading_m2"), f.floor["led_let_m2"])


@indicator(
    name_zh="低效楼宇数",
    name_en="Low-efficiency buildings",
    unit="buildings",
    better="less",
    floor=("low_efficiency_buildings",),
)
def low_efficiency_buildings(f: Figures) -> Floats:
    """Buildings little let for long, and old plants, that neither close nor are worked on."""
    return f.floor["low_efficiency_buildings"]


@indicator(
    name_zh="低效楼宇面积", name_en="Low-efficiency floor", unit="m²", better="less", floor=("low_efficiency_m2",)
)
def low_efficiency_floor(f: Figures) -> Floats:
    """Lettable floor of the low-efficiency buildings."""
    return f.floor["low_efficiency_m2"]


@indicator(name_zh="在改造面积", name_en="Floor under works", unit="m²", floor=("works_m2",))
def floor_under_works(f: Figures) -> Floats:
    """Lettable floor that is being renovated."""
    return f.floor["works_m2"]


@indicator(
    name_zh="完成改造面积",
    name_en="Floor renovated",
    unit="m²",
    better="more",
    year="sum",
    floor=("renovated_m2",),
)
def floor_renovated(f: Figures) -> Floats:
    """Lettable floor on which works ended in the quarter."""
    return f.floor["renovated_m2"]


@indicator(name_zh="挂牌租金", name_en="Asking rent", unit="CNY/m²/day", floor=("asked_cny_day",))
def asking_rent(f: Figures) -> Floats:
    """Mean asking rent over let floor."""
    return ratio(f.floor["asked_cny_day"], f.floor["let_m2"])


@indicator(name_zh="合同租金", name_en="Rent paid", unit="CNY/m²/day")
def rent_paid(f: Figures) -> Floats:
    """Mean rent of the leases in force over let floor."""
    return ratio(rent_bill(f) / DAYS_PER_YEAR, f.firms("floor_m2"))


@indicator(name_zh="年租金总额", name_en="Rent bill", unit="CNY/year")
def rent_bill(f: Figures) -> Floats:
    """A year's rent of the floor let, by the leases in force."""
    return f.firms("rent_bill_cny")


@indicator(name_zh="一年内到期面积", name_en="Floor of leases that expire within a year", unit="m²")
def expiring_leases(f: Figures) -> Floats:
    """Floor let by leases that end within the next twelve months."""
    return f.firms("expiring_m2")


@indicator(name_zh="续租率", name_en="Renewed leases", unit="share", year="mean")
def renewal_share(f: Figures) -> Floats:
    """Of the leases that ended in the quarter, those that were signed again."""
    return ratio(f.firms("renewed"), f.firms("leases_ended"))


@indicator(name_zh="户均面积", name_en="Floor per firm", unit="m²/firm")
def floor_per_firm(f: Figures) -> Floats:
    """Let floor over resident firms."""
    return ratio(f.firms("floor_m2"), f.firms())


@indicator(
    name_zh="未满足的企业需求",
    name_en="Firms that found no room",
    unit="firms",
    better="less",
    year="sum",
    parts="reasons",
    park_only=True,
)
def unmet_firms(f: Figures) -> Floats:
    """Firms that gave up looking for room in the quarter, by reason."""
    return f.unmet["firms"].sum(axis=2)


@indicator(
    name_zh="未满足的面积需求",
    name_en="Floor asked for in vain",
    unit="m²",
    better="less",
    year="sum",
    parts="reasons",
    park_only=True,
)
def unmet_floor(f: Figures) -> Floats:
    """Floor needed by the firms that gave up in the quarter, by reason."""
    return f.unmet["m2"].sum(axis=2)


@indicator(name_zh="等待入驻企业", name_en="Firms waiting for room", unit="firms", better="less", park_only=True)
def waiting_firms(f: Figures) -> Floats:
    """Firms without room that still look for it."""
    return f.waiting.sum(axis=1)
