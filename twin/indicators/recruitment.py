"""Recruitment: prospects listed, won and lost, and what of the new firms that makes."""

from __future__ import annotations

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio


@indicator(
    name_zh="招商名单新增", name_en="Prospects listed", unit="firms", year="sum", parts="industries", park_only=True
)
def listed_prospects(f: Figures) -> Floats:
    """Prospects that came on the list of the recruitment office in the quarter, by industry."""
    return f.by_industry("listed")


@indicator(
    name_zh="招商引入企业",
    name_en="Firms recruited",
    unit="firms",
    better="more",
    year="sum",
    parts="industries",
    park_only=True,
)
def recruited_firms(f: Figures) -> Floats:
    """Prospects won in the quarter, by industry; they are among the new firms."""
    return f.by_industry("won")


@indicator(
    name_zh="招商洽谈未成", name_en="Prospects that declined", unit="firms", better="less", year="sum", park_only=True
)
def declined_prospects(f: Figures) -> Floats:
    """Prospects that decided against the park in the quarter, after the office had worked on them."""
    return f.firms("declined")


@indicator(
    name_zh="招商线索流失", name_en="Prospects that faded", unit="firms", better="less", year="sum", park_only=True
)
def faded_prospects(f: Figures) -> Floats:
    """Prospects that lost interest in the quarter before the office got to them."""
    return f.firms("faded")


@indicator(
    name_zh="招商成功率", name_en="Hit rate of recruitment", unit="share", better="more", year="mean", park_only=True
)
def realised_hit_rate(f: Figures) -> Floats:
    """Of the prospects on which the office ended its work in the quarter, those won."""
    return ratio(f.firms("won"), f.firms("won") + f.firms("declined"))


@indicator(name_zh="招商引入占比", name_en="Share of recruited firms", unit="share", year="mean", park_only=True)
def recruited_share(f: Figures) -> Floats:
    """Of the new firms of the quarter, those that were recruited."""
    return ratio(f.firms("won"), f.firms("entered"))
