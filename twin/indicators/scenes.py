"""Scenes, challenges and events: orders and whom they reach, projects that nobody takes up, prizes and prospects."""

from __future__ import annotations

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, of_last_year, ratio


@indicator(name_zh="场景订单数", name_en="Orders of scenes", unit="orders", better="more", year="sum", parts="stages")
def scene_orders(f: Figures) -> Floats:
    """Orders that demonstration scenes placed with firms in the quarter, by the stage of the firm."""
    return f.by_stage("ordered")


@indicator(
    name_zh="场景订单额",
    name_en="Value of orders",
    unit="CNY",
    better="more",
    year="sum",
    parts="scenes",
    park_only=True,
)
def scene_order_value(f: Figures) -> Floats:
    """CNY of the orders placed in the quarter, by scene; firms earn it over the time of the order."""
    return f.called["ordered_cny"]


@indicator(
    name_zh="场景可投标企业",
    name_en="Firms that might have bid",
    unit="firms",
    better="more",
    year="sum",
    parts="scenes",
    park_only=True,
)
def scene_eligible(f: Figures) -> Floats:
    """Firms of a scene's links and stages without an order in their stage, summed over its calls in the quarter."""
    return f.called["eligible"]


@indicator(
    name_zh="场景触达率",
    name_en="Share of firms reached",
    unit="share",
    better="more",
    parts="scenes",
    park_only=True,
)
def scene_reach(f: Figures) -> Floats:
    """Orders over firms that might have bid, at calls of the last four quarters; none where there was nobody."""
    return ratio(of_last_year(f.called["orders"]), of_last_year(f.called["eligible"]))


@indicator(
    name_zh="获首单企业", name_en="Firms with an order", unit="firms", better="more", parts="stages", park_only=True
)
def first_order_firms(f: Figures) -> Floats:
    """Active firms that have had an order of a scene since the start, by the stage they are at now."""
    return f.have_ordered


@indicator(
    name_zh="榜单项目揭榜",
    name_en="R&D projects taken up",
    unit="projects",
    better="more",
    year="sum",
    park_only=True,
)
def challenges_matched(f: Figures) -> Floats:
    """R&D projects of the open-bid list that a firm took up in the quarter."""
    return f.challenges["matched"].sum(axis=1)


@indicator(
    name_zh="榜单项目无人揭榜",
    name_en="R&D projects without a taker",
    unit="projects",
    better="less",
    year="sum",
    park_only=True,
)
def challenges_unmatched(f: Figures) -> Floats:
    """R&D projects of the open-bid list that no firm bid for in the quarter, whether or not one could have."""
    return (f.challenges["projects"] - f.challenges["matched"]).sum(axis=1)


@indicator(
    name_zh="榜单项目无企可揭",
    name_en="R&D projects that nobody could take",
    unit="projects",
    better="less",
    year="sum",
    park_only=True,
)
def challenges_deserted(f: Figures) -> Floats:
    """R&D projects of the quarter for whose link, and links beside it, no firm was there that could still take one."""
    return f.challenges["deserted"].sum(axis=1)


@indicator(name_zh="赛事获奖企业", name_en="Prizes at events", unit="firms", better="more", year="sum")
def event_prizes(f: Figures) -> Floats:
    """Firms that won a prize at an event in the quarter."""
    return f.firms("prized")


@indicator(name_zh="参展企业", name_en="Firms that show at events", unit="firms", better="more", year="sum")
def event_shows(f: Figures) -> Floats:
    """Firms that showed at an event in the quarter for the first time in their stage."""
    return f.firms("shown")


@indicator(
    name_zh="赛事带来招商线索",
    name_en="Prospects by events",
    unit="firms",
    better="more",
    year="sum",
    parts="industries",
    park_only=True,
)
def event_prospects(f: Figures) -> Floats:
    """Prospects that came on the list in the quarter because of events, by industry; they are among those listed."""
    return f.fairs["prospects"]
