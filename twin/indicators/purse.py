"""The public purse: what levers and public facilities cost, and what a graduate or a new firm has cost so far."""

from __future__ import annotations

import numpy as np

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio


@indicator(
    name_zh="公共投入", name_en="Public cost", unit="CNY", better="less", year="sum", parts="items", park_only=True
)
def public_cost(f: Figures) -> Floats:
    """Public money spent in the quarter, by item."""
    return f.purse


@indicator(name_zh="累计公共投入", name_en="Public cost since the start", unit="CNY", better="less", park_only=True)
def public_cost_so_far(f: Figures) -> Floats:
    """Public money spent since the start, all items: what is paid once counts in every later year as well."""
    return np.cumsum(f.purse.sum(axis=1))


@indicator(
    name_zh="低效存量更新公共投入",
    name_en="Public money for low-efficiency stock",
    unit="CNY",
    better="less",
    year="sum",
    park_only=True,
)
def revitalisation_cost(f: Figures) -> Floats:
    """Grants for works on low-efficiency buildings and old plants, as they were chosen in the quarter."""
    return f.purse[:, f.items.index("revitalisation")]


@indicator(
    name_zh="单家晋级公共成本", name_en="Public cost of a graduate", unit="CNY/firm", better="less", park_only=True
)
def cost_per_graduate(f: Figures) -> Floats:
    """Public money spent since the start over firms that have since reached the last stage."""
    graduates = f.by_stage("advanced")[:, -2]
    return ratio(np.cumsum(f.purse.sum(axis=1)), np.cumsum(graduates))


@indicator(
    name_zh="单家新增公共成本", name_en="Public cost of a new firm", unit="CNY/firm", better="less", park_only=True
)
def cost_per_new_firm(f: Figures) -> Floats:
    """Public money spent since the start over firms that have since appeared."""
    return ratio(np.cumsum(f.purse.sum(axis=1)), np.cumsum(f.firms("entered")))
