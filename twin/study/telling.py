"""Chains of causes as sentences, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from twin.levers import LEVERS
from twin.park import Park
from twin.scenario import Action

#: Where the names stand of what an action may be narrowed to.
_TABLES = {
    "industry": "industries",
    "chain_node": "chain_nodes",
    "stage": "stages",
    "service": "services",
    "fund": "services",
    "tier": "tiers",
    "scene": "scenes",
    "skill": "skills",
}

#: What a firm does, by the kind of happening; {} is where.
DEEDS: Mapping[str, tuple[str, str]] = {
    "served": ("在 {} 服务期满", "is through at {}"),
    "tired": ("放弃排队 {}", "leaves the queue of {}"),
    "give_up": ("因无房放弃入园", "gives up for want of room"),
    "advance": ("晋级", "reaches the next stage"),
    "fail": ("项目失败", "fails"),
    "leave": ("退出", "leaves"),
    "close": ("注销", "closes"),
    "absorb": ("被并购", "is absorbed"),
    "move_out": ("迁出园区", "moves out of the park"),
    "sleep": ("停业休眠", "falls dormant"),
    "come": ("到园找房 {}", "looks for room: {}"),
    "spin_off": ("裂变出新企业", "spins off a firm"),
    "lease_end": ("租约到期选定 {}", "chooses {} as its lease ends"),
    "follow": ("带来新企业", "brings another firm"),
    "grow": ("人员变动", "changes its staff"),
    "enter": ("新设入园", "enters"),
    "settle": ("入驻 {}", "settles in {}"),
    "wait": ("等待房源", "waits for room"),
    "move": ("搬到 {}", "moves to {}"),
    "resize": ("在 {} 增减面积", "resizes in {}"),
    "renew": ("在 {} 续租", "renews in {}"),
    "join": ("申请 {}", "asks for {}"),
    "start": ("得到 {} 名额", "gets a slot of {}"),
    "displace": ("因楼宇关闭须迁离 {}", "has to go from {}, which closes"),
    "lose": ("因楼宇关闭离园", "is lost to the park"),
    "recognise": ("获认定", "is recognised in a tier"),
    "lapse": ("认定失效", "loses a tier"),
    "list": ("列入招商线索", "becomes a prospect"),
    "win": ("招商落地", "is won"),
    "decline": ("婉拒落地", "declines to come"),
    "fade": ("失去兴趣", "loses interest"),
    "orphan": ("链主离开", "goes, an anchor"),
    "order": ("获场景订单", "wins an order"),
    "award": ("揭榜", "takes up a project"),
    "prize": ("获奖", "wins a prize"),
    "show": ("参展", "shows at an event"),
    "warn": ("被履约警示", "is warned"),
    "expel": ("被终止租约", "has its lease ended"),
}

#: By which way a difference came; {} is the firm it came from, or the action.
WAYS: Mapping[str, tuple[str, str]] = {
    "lever": ("因措施 {}", "because of the action {}"),
    "parent": ("因其母体或带动企业 {}", "because of firm {}, which it comes of"),
    "building": ("因企业 {} 在该楼的进退", "because of room that firm {} took or left there"),
    "service": ("因企业 {} 占用或让出名额", "because of a slot that firm {} took or left"),
    "chain": ("因产业链邻近的链主企业 {}", "because of firm {}, an anchor near on the chains"),
}

#: By which numbers that all share a difference can have come, where no chain leads back.
ROUTES: Mapping[str, tuple[str, str]] = {
    "choice": (
        "经市场: 租金与周边同业岗位改变各楼权重",
        "through the market: rents and jobs nearby weigh buildings",
    ),
    "rent": ("经市场: 该楼要价随空置率变动", "through the market: the rent asked follows vacancy"),
    "need": ("经市场: 所需面积随园区平均租金变动", "through the market: the floor a firm takes follows mean rents"),
    "entry": ("经市场: 园区同业岗位吸引新企业的速度", "through the market: jobs of an industry draw its firms"),
    "growth": ("经市场: 人才缺口与链主溢出", "through the market: shortage of talent, spill-overs of anchors"),
    "hazard": ("经市场: 人才缺口与链主流失改变退出或晋级率", "through the market: shortage of talent, lost anchors"),
    "review": ("经市场: 评审排队", "through the market: the lines of applicants for tiers"),
    "queue": ("经市场: 服务的排队与用时", "through the market: queues and times of services"),
    "other": ("经市场", "through the market"),
}


def action_in_words(action: Action, park: Park) -> tuple[str, str]:
    """When an action pulls which lever of what, how far and how fast: by ids, and in Chinese by names."""
    lever = LEVERS[action.lever]
    where = {field: str(value) for field, value in action.where if value is not None}
    if lever.ramp == "change":
        amount = f"{100.0 * action.value:+.10g}%"
    else:
        amount = f"{action.value:,.10g}" if lever.ramp in {"times", "level"} else f"{action.value:+,.10g}"
    if lever.ramp == "times":
        amount = f"×{amount}"
    zones = park.zones_in_force
    names = dict(zip(zones["zone_id"], zones["name_zh"], strict=True))
    tables = {field: park.catalog.names(table, "zh") for field, table in _TABLES.items() if field in where}
    named = "、".join({"zone": names, **tables}.get(field, {}).get(one, one) for field, one in where.items())
    ramped = action.ramp_quarters > 1
    said = [action.at, action.lever, *where.values(), amount, *([f"over {action.ramp_quarters} quarters"] * ramped)]
    zh = f"{action.at} {lever.name_zh}{f'（{named}）' if named else ' '}{amount}"
    return " ".join(said), zh + (f"，分 {action.ramp_quarters} 季见效" if ramped else "")


def sentence_of(
    chain: pd.DataFrame, services: Mapping[str, tuple[str, str]], actions: Mapping[str, str], language: str
) -> str:
    """A chain of causes, as `Causes.chain_of` gives it, in `en` or `zh`; `actions` are their names in Chinese."""
    zh = language == "zh"
    comma, links = "，" if zh else ", ", []
    for row in chain.itertuples():
        firm = f"企业 {row.firm} " if zh else f"firm {row.firm} "
        links.append(f"{row.first_quarter} {firm}{_deed(row, services, zh=zh)}{comma}{_way(row, actions, zh=zh)}")
    return ("；" if zh else ": ").join(links)


def _deed(row: Any, services: Mapping[str, tuple[str, str]], *, zh: bool) -> str:
    """What a firm does in the what-if, and what it does without."""
    other, base = (
        _said(getattr(row, f"first_{run}"), getattr(row, f"building_first_{run}"), row.service, services, zh=zh)
        for run in ("other", "base")
    )
    if not base:
        return other + ("（基准情景此时没有）" if zh else " (not so in the base)")
    if not other:
        return f"不再有基准情景此时的“{base}”" if zh else f"does not do what it does in the base ({base})"
    if other == base:
        return other + ("（条件不同）" if zh else " on other terms")
    return f"{other}（基准情景: {base}）" if zh else f"{other} (in the base: {base})"


def _said(kind: Any, building: Any, service: Any, services: Mapping[str, tuple[str, str]], *, zh: bool) -> str:
    """A happening in words; empty where there is none."""
    if not isinstance(kind, str):
        return ""
    where = building if isinstance(building, str) else ("未找到" if zh else "none found")
    if isinstance(service, str) and kind in {"served", "tired", "join", "start"}:
        where = services[service][0 if zh else 1]
    return DEEDS[kind][0 if zh else 1].format(where)


def _way(row: Any, actions: Mapping[str, str], *, zh: bool) -> str:
    """How a difference came."""
    if row.via == "market":
        return ROUTES[row.route][0 if zh else 1]
    if row.via == "lever":
        return WAYS["lever"][0 if zh else 1].format(actions[row.pull] if zh else row.pull)
    return WAYS[row.via][0 if zh else 1].format(row.cause_firm)
