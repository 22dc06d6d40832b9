"""What `twin compare` says of each what-if beside its table: which firms differ, because of what, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from twin.cli.app import DONE, FAILED, err
from twin.cli.shown import wide

if TYPE_CHECKING:
    import pandas as pd

    from twin.study import Comparison, Study

#: What a firm does for a change.
CHANGES = {
    "came": ("新来", "came"),
    "did_not_come": ("未来", "did not come"),
    "stayed": ("留下", "stayed"),
    "left": ("离开", "left"),
    "moved": ("换楼", "moved"),
    "grew": ("增员", "grew"),
    "shrank": ("减员", "shrank"),
    "other": ("其他不同", "otherwise different"),
}


def print_why(result: Comparison, *, firms: int) -> None:
    """Of each what-if: firms that differ, the largest of them with their chains, displacement, and the placebo."""
    console = wide()
    for name, study in result.others.items():
        lines = [f"\n{study.scenario.title}", *_counts(result, name)]
        for row in largest(result, name, firms).to_dict("records"):
            lines += [f"  {row['sentence_zh']}", f"  {row['sentence_en']}"]
        for headline in headlines(result, name):
            lines += [f"  {headline['zh']}", f"  {headline['en']}"]
        lines += _placebo(result, name)
        for line in lines:
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def why_as_dict(result: Comparison, *, firms: int) -> dict[str, Any]:
    """The same of every what-if, by its name."""
    return {
        name: {
            "changes": result.changes(name).to_dict("records"),
            "traced": result.causes(name).traced,
            "largest": largest(result, name, firms).to_dict("records"),
            "displacement": result.displacement(name).to_dict("records"),
            "headlines": headlines(result, name),
            "placebo": list(result.placebo[name]) if name in result.placebo else None,
        }
        for name in result.others
    }


def exit_code(result: Comparison) -> int:
    """DONE, or FAILED with a line for each what-if whose levers do something where they are pulled without effect."""
    broken = {name: frames for name, frames in result.placebo.items() if frames}
    for name, frames in broken.items():
        what = f"安慰剂检验失败 PLACEBO FAILED: {name}: its levers without effect change {', '.join(frames)}"
        err.print(f"{what}. 程序有误 This is a fault of the program.", style="bold red", markup=False, highlight=False)
    return FAILED if broken else DONE


def largest(result: Comparison, name: str, firms: int) -> pd.DataFrame:
    """The firms with most staff that came, stayed, left, moved, grew … in the first replication, and why."""
    causes = result.causes(name)
    table = causes.table[causes.table["change"] != "other"]
    staff = table[["staff_base", "staff_other"]].max(axis=1)
    chosen = table.loc[staff.sort_values(ascending=False, kind="stable").index[:firms]]
    columns = ["firm", "change", "industry_base", "industry_other", "staff_base", "staff_other", "via", "steps"]
    shown = chosen[columns]
    for language, which, word in (("zh", 0, "人员"), ("en", 1, "staff")):
        told = [
            f"{CHANGES[row['change']][which]}, {word} {_staff(row)}: {causes.sentence(row['firm'], language)}"
            for row in chosen.to_dict("records")
        ]
        shown = shown.assign(**{f"sentence_{language}": told})
    return shown


def headlines(result: Comparison, name: str) -> list[dict[str, str]]:
    """What changed in each zone or building that the actions name: place, and sentences `zh` and `en`."""
    from twin.study.displacement import headline, told_places

    study, found = result.others[name], []
    for by, place in told_places(study, result.base):
        table = result.displacement(name, by=by)
        of_place = table[table["place"] == place]
        zh, en = _names(study, by, place)
        found.append({"place": place, "zh": headline(of_place, zh, "zh"), "en": headline(of_place, en)})
    return found


def _names(study: Study, by: str, place: str) -> tuple[str, str]:
    """A place's names in Chinese and English."""
    if by == "building":
        return place, place
    row = study.park.zones_in_force.set_index("zone_id").loc[[place]].iloc[-1]
    return f"{row['name_zh']}", f"{row['name_en']}"


def _counts(result: Comparison, name: str) -> list[str]:
    """How many firms did what, over the replications, and of how many a chain is known in the first."""
    n, parts = len(result.base.records), []
    for row in result.changes(name).to_dict("records"):
        if row["most"] > 0:
            between = f" ({row['least']:,.0f}–{row['most']:,.0f})" if n > 1 else ""
            parts.append(f"{' '.join(CHANGES[row['change']])} {row['mean']:,.1f}{between}")
    runs = "单次运行 single pair" if n == 1 else f"{n} 次平均与范围 mean and range of {n} pairs"
    lines = [f"  不同的企业 firms that differ, {runs}: {'; '.join(parts) or '无 none'}"]
    causes = result.causes(name)
    if len(causes.table):
        told = f"首次运行中可逐环追溯到措施 traced to the actions link by link, in the first pair: {causes.traced:.0%}"
        lines.append(f"  {told}; 其余经市场 the rest through the market")
    return lines


def _staff(row: Mapping[Any, Any]) -> str:
    """Staff without and with the change."""
    before, after = (row[f"staff_{run}"] for run in ("base", "other"))
    return " → ".join("–" if value != value else f"{value:,.0f}" for value in (before, after))  # noqa: PLR0124  # NaN


def _placebo(result: Comparison, name: str) -> list[str]:
    """Whether the same actions without effect leave every bit as it was."""
    from twin.study.beside import beside

    if name not in result.placebo:
        return ["  安慰剂: 无可取零效果值的杠杆 placebo: no lever is pulled that could be pulled without effect"]
    edits = beside(result.others[name].scenario.edits, result.base.scenario.edits.values())
    left_out = " (用地调整无空值, 未计入 edits left out)" if edits else ""
    if result.placebo[name]:
        return [f"  安慰剂 placebo: 失败 FAILED{left_out}"]
    told = "同样的措施取零效果值, 记录逐位不变 placebo: the same actions without effect leave every bit as it was"
    return [f"  安慰剂: {told}{left_out}"]
