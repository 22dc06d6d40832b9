"""Firms: how many, in which stage, who came, who went and why."""

from __future__ import annotations

import numpy as np

from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator, ratio
from twin.units import QUARTERS_PER_YEAR

#: Columns of the groups that count firms going, by cause.
CAUSES = ("failed", "left_stage", "closed", "absorbed", "moved_out", "displaced_lost")


@indicator(name_zh="入驻企业", name_en="Resident firms", unit="firms", better="more")
def resident_firms(f: Figures) -> Floats:
    """Firms with room in the park."""
    return f.firms()


@indicator(name_zh="仅注册企业", name_en="Firms registered only", unit="firms")
def remote_firms(f: Figures) -> Floats:
    """Firms registered in the park that work elsewhere."""
    return f.firms("remote_firms")


@indicator(name_zh="休眠企业", name_en="Dormant firms", unit="firms", better="less", park_only=True)
def dormant_firms(f: Figures) -> Floats:
    """Firms that have stopped and are still on the register."""
    return f.firms("dormant_firms")


@indicator(name_zh="从业人员", name_en="Staff", unit="persons", better="more")
def staff(f: Figures) -> Floats:
    """Persons at work in the park's resident firms."""
    return f.firms("staff")


@indicator(name_zh="新增企业", name_en="New firms", unit="firms", better="more", year="sum", park_only=True)
def new_firms(f: Figures) -> Floats:
    """Firms that appeared in the quarter, whether they seek room, find it, or register without."""
    return f.firms("entered")


@indicator(name_zh="企业裂变", name_en="Spin-offs of firms", unit="firms", better="more", year="sum")
def spin_offs(f: Figures) -> Floats:
    """Firms founded in the quarter by people of a firm, counted where that firm is."""
    return f.firms("spun_off")


@indicator(name_zh="跟随而来的企业", name_en="Firms that followed others", unit="firms", better="more", year="sum")
def followers(f: Figures) -> Floats:
    """Firms that came in the quarter because of one that was there, counted where that firm is."""
    return f.firms("followed")


@indicator(name_zh="停业转休眠企业", name_en="Firms fallen dormant", unit="firms", better="less", year="sum")
def fallen_dormant(f: Figures) -> Floats:
    """Firms that stopped in the quarter and will be struck off later, counted where they were."""
    return f.firms("fell_dormant")


@indicator(name_zh="新入驻企业", name_en="Firms moving in", unit="firms", better="more", year="sum")
def entries(f: Figures) -> Floats:
    """Firms that took their first room in the quarter."""
    return f.firms("settled")


@indicator(name_zh="退出企业", name_en="Exits", unit="firms", better="less", year="sum", parts="causes")
def exits(f: Figures) -> Floats:
    """Firms that went in the quarter, by cause; those that never found room are not among them."""
    return np.stack([f.firms(cause) for cause in CAUSES], axis=1)


@indicator(name_zh="园内换楼", name_en="Moves within the park", unit="firms", year="sum")
def moves(f: Figures) -> Floats:
    """Residents that changed building in the quarter."""
    return f.firms("moved")


@indicator(name_zh="因工程搬离的企业", name_en="Firms displaced by works", unit="firms", better="less", year="sum")
def displaced_firms(f: Figures) -> Floats:
    """Firms that had to go in the quarter because their building closed, counted where they were."""
    return f.firms("displaced")


@indicator(
    name_zh="因工程流失的企业", name_en="Displaced firms lost to the park", unit="firms", better="less", year="sum"
)
def displaced_lost_firms(f: Figures) -> Floats:
    """Displaced firms that found no other building in the park."""
    return f.firms("displaced_lost")


@indicator(name_zh="各阶段企业", name_en="Firms by stage", unit="firms", parts="stages")
def firms_by_stage(f: Figures) -> Floats:
    """Resident and registered firms in each stage."""
    return f.by_stage("resident_firms") + f.by_stage("remote_firms")


@indicator(
    name_zh="阶段晋级", name_en="Advances by stage left", unit="firms", better="more", year="sum", parts="stages"
)
def advances(f: Figures) -> Floats:
    """Firms that reached the next stage in the quarter, by the stage they left."""
    return f.by_stage("advanced")


@indicator(name_zh="阶段失败", name_en="Failures by stage", unit="firms", better="less", year="sum", parts="stages")
def failures(f: Figures) -> Floats:
    """Firms that failed within a stage in the quarter."""
    return f.by_stage("failed")


@indicator(
    name_zh="阶段流入",
    name_en="Inflow of stages",
    unit="firms",
    better="more",
    year="sum",
    parts="stages",
    park_only=True,
)
def stage_inflow(f: Figures) -> Floats:
    """Firms that began a stage in the quarter, as entrants or from the stage before."""
    return f.began


@indicator(name_zh="阶段流出", name_en="Outflow of stages", unit="firms", year="sum", parts="stages")
def stage_outflow(f: Figures) -> Floats:
    """Firms that ended a stage in the quarter, by advancing, by going, or by falling dormant.

    What is struck off later has been counted when it fell dormant.
    """
    gone = np.sum([f.by_stage(cause) for cause in CAUSES], axis=0)
    return f.by_stage("advanced") + gone + f.by_stage("fell_dormant") - f.by_stage("struck_off")


@indicator(name_zh="阶段成功率", name_en="Success in stages", unit="share", better="more", year="mean", parts="stages")
def stage_success(f: Figures) -> Floats:
    """Of the firms that ended a stage in the quarter, those that advanced."""
    return ratio(f.by_stage("advanced"), stage_outflow(f))


@indicator(
    name_zh="阶段停留",
    name_en="Stay in stages",
    unit="years",
    year="mean",
    parts="stages",
    source="Little 1961, doi:10.1287/opre.9.3.383",
)
def stage_stay(f: Figures) -> Floats:
    """Mean stay by Little's law: firms in a stage over those that end it in a year; as the stock is steady."""
    return ratio(firms_by_stage(f), stage_outflow(f) * QUARTERS_PER_YEAR)


@indicator(
    name_zh="失败成因",
    name_en="Failures by cause and stage",
    unit="firms",
    better="less",
    year="sum",
    parts="failures",
    park_only=True,
    source="competing risks: Prentice et al. 1978, doi:10.2307/2530374",
)
def failures_by_cause(f: Figures) -> Floats:
    """Firms that failed within a stage in the quarter, by the cause of it."""
    return f.failed.reshape(len(f.quarters), -1)
