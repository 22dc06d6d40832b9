"""Floor space: what there is, what is let, what was asked for in vain."""

from __future__ import annotations

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio


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


@indicator(name_zh="入驻率", name_en="Occupancy", unit="share", better="more", floor=("stock_m2",))
def occupancy(f: Figures) -> Floats:
    """Let over lettable floor."""
    return ratio(f.floor["let_m2"], f.floor["stock_m2"])


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
