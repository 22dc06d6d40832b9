"""Tiers of recognition: who holds them, who is recognised and whose tier lapses, how long reviews take."""

from __future__ import annotations

import numpy as np

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio

#: Tiers whose holders are set against each other: one over the other.
RATIOS = {
    "srdi / hnte": ("srdi", "hnte"),
    "little_giant / srdi": ("little_giant", "srdi"),
    "unicorn / hnte": ("unicorn", "hnte"),
    "strong / above_scale": ("strong", "above_scale"),
}


@indicator(name_zh="企业梯队", name_en="Holders of tiers", unit="firms", better="more", parts="tiers")
def tier_holders(f: Figures) -> Floats:
    """Firms that hold a tier, dormant ones too until it lapses; a firm may hold several."""
    return f.holders.sum(axis=2)


@indicator(
    name_zh="梯队结构",
    name_en="Ratios of tiers",
    unit="1",
    parts="ratios",
    source="Shijingshan 2025 .40 and .059, Haidian 2023 .22 and .125; unicorns .5 % in Zhongguancun 2022-23",
)
def tier_ratios(f: Figures) -> Floats:
    """Holders of a tier over holders of a lower one; nothing where a catalog has not both."""
    held = dict(zip(f.tiers, tier_holders(f).T, strict=True))
    nothing = np.full(len(f.quarters), np.nan)
    ratios = (ratio(held.get(a, nothing), held.get(b, nothing)) for a, b in RATIOS.values())
    return np.stack(list(ratios), axis=1)


@indicator(
    name_zh="新认定企业",
    name_en="Recognitions",
    unit="firms",
    better="more",
    year="sum",
    parts="tiers",
    park_only=True,
)
def tier_recognitions(f: Figures) -> Floats:
    """Firms recognised in a tier in the quarter."""
    return f.reviews["recognised"]


@indicator(
    name_zh="资质失效企业", name_en="Lapses", unit="firms", better="less", year="sum", parts="tiers", park_only=True
)
def tier_lapses(f: Figures) -> Floats:
    """Firms that stay and whose tier was not renewed in the quarter."""
    return f.reviews["lapsed"]


@indicator(
    name_zh="认定申请", name_en="Applications for tiers", unit="firms", year="sum", parts="tiers", park_only=True
)
def tier_applications(f: Figures) -> Floats:
    """Firms that applied for a tier in the quarter."""
    return f.reviews["applied"]


@indicator(
    name_zh="待定申请", name_en="Applications undecided", unit="firms", better="less", parts="tiers", park_only=True
)
def tier_queue(f: Figures) -> Floats:
    """Applications without a decision at the quarter's end."""
    return f.reviews["queue"]


@indicator(
    name_zh="评审等待",
    name_en="Mean wait for a decision",
    unit="years",
    better="less",
    year="mean",
    parts="tiers",
    park_only=True,
)
def tier_wait(f: Figures) -> Floats:
    """Mean wait, from the application, of those that got a decision in the quarter."""
    return ratio(f.reviews["waited_years"], f.reviews["recognised"] + f.reviews["refused"])
