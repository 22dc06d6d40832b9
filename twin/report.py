"""What a study says, as tables and as one self-contained page in Chinese and English."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from twin.catalog import Catalog
from twin.chains.cover import ALL_NAMES
from twin.chains.graph import ALL
from twin.indicators import INDICATORS, measure
from twin.indicators.figures import PARK
from twin.park import Edit
from twin.scenario import Action
from twin.study import Study
from twin.study.replications import COVERAGE
from twin.units import shown
from twin.view.charts import fan_chart
from twin.view.webfont import font_face

#: Indicators that are drawn.
CHARTS = ("resident_firms", "staff", "revenue", "occupancy", "floor_vacant", "entries")

PART_NAMES: Mapping[str, tuple[str, str]] = {
    "failed": ("阶段失败", "failed in stage"),
    "left_stage": ("中途离开", "left in stage"),
    "closed": ("关停", "closed"),
    "absorbed": ("被并购", "absorbed"),
    "moved_out": ("迁出", "moved out"),
    "displaced_lost": ("因工程流失", "lost to works"),
    ALL: (ALL_NAMES["zh"], ALL_NAMES["en"]),
    "no_fit": ("无合适类型", "no fitting type"),
    "too_large": ("无足够大的楼宇", "none large enough"),
    "full": ("合适楼宇已满", "fitting ones full"),
    "srdi / hnte": ("专精特新/国高新", "specialised SMEs / high-tech"),
    "little_giant / srdi": ("小巨人/专精特新", "little giants / specialised SMEs"),
    "unicorn / hnte": ("独角兽/国高新", "unicorns / high-tech"),
    "strong / above_scale": ("规上强企/规上", "large above-scale / above-scale"),
    "facilities": ("公共服务运行", "running facilities"),
    "recruitment": ("招商", "attracting firms"),
    "coaching": ("陪跑服务", "accompanying firms"),
    "space": ("新增空间", "building floor"),
    "rent_relief": ("租金减免", "rent forgone"),
    "outreach": ("申报辅导", "winning applications"),
    "reviews": ("评审", "reviews"),
    "compensation": ("腾退补偿", "compensation"),
    "funds": ("基金出资", "capital for funds"),
    "spin_offs": ("企业裂变扶持", "helping spin-offs"),
    "revitalisation": ("低效存量更新补助", "renewing low-efficiency stock"),
    "scenes": ("场景发布与订单支持", "calls of scenes and their orders"),
    "challenges": ("榜单项目资助", "awards to R&D projects"),
    "events": ("赛事活动与奖金", "events and prizes"),
    "talent": ("引才育才", "attracting and training talent"),
    "housing": ("人才住房", "homes for talent"),
    "chains": ("强链补链", "anchors, alliances and chain chiefs"),
    "honouring": ("政策兑现", "payments by policy"),
    "windows": ("服务窗口", "service windows"),
    "penalties": ("履约违约金", "penalties of agreements"),
}


@dataclass(frozen=True)
class Row:
    """One line of a table: an indicator, or a part of one, over the years."""

    indicator: str
    part: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    cells: Mapping[int, tuple[float, float, float]]  #: year: median, low, high in the shown unit
    digits: int

    def text(self, year: int) -> tuple[str, str]:
        """Median and range of a year, as text; a dash where there is nothing to show."""
        median, low, high = self.cells.get(year, (np.nan, np.nan, np.nan))
        if np.isnan(median):
            return "–", ""
        return f"{median:,.{self.digits}f}", f"{low:,.{self.digits}f}–{high:,.{self.digits}f}"


def table(by_year: pd.DataFrame, catalog: Catalog, *, place: str = PARK) -> list[Row]:
    """The rows of a table of indicators from `Study.by_year`, in the order of the register."""
    here = by_year[by_year["place"] == place]
    rows = []
    for (name, part), group in here.groupby(["indicator", "part"], sort=False):
        indicator = INDICATORS[str(name)]
        if place == PARK and name == "location_quotient":
            continue  # 1 by definition
        unit = shown(indicator.unit)
        values = group[["median", "low", "high"]].to_numpy(dtype=np.float64) / unit.per
        zh, en = part_name(str(part), catalog)
        rows.append(
            Row(
                indicator=str(name),
                part=str(part),
                name_zh=indicator.name_zh + (f"·{zh}" if zh else ""),
                name_en=indicator.name_en + (f": {en}" if en else ""),
                unit_zh=unit.zh,
                unit_en=unit.en,
                cells={
                    int(year): (float(v[0]), float(v[1]), float(v[2]))
                    for year, v in zip(group["year"], values, strict=True)
                },
                digits=unit.digits,
            )
        )
    order = list(INDICATORS)
    return sorted(rows, key=lambda row: order.index(row.indicator))


def part_name(part: str, catalog: Catalog) -> tuple[str, str]:
    """Chinese and English name of a part of an indicator: a stage, an industry, a service, a tier and the like."""
    if part in PART_NAMES:
        return PART_NAMES[part]
    if "/" in part:
        zh, en = zip(*(part_name(one, catalog) for one in part.split("/")), strict=True)
        return " ".join(zh), ", ".join(en)
    for name in ("stages", "industries", "services", "failures", "tiers", "scenes", "skills", "contract_rules"):
        names = catalog.names(name, "zh")
        if part in names:
            return names[part], catalog.names(name)[part]
    return part, part


def zone_table(study: Study) -> pd.DataFrame:
    """Last quarter by zone: zone, names and the median over the runs of a few indicators."""
    wanted = ("resident_firms", "staff", "floor_stock", "occupancy", "revenue_per_km2")
    measured = pd.concat([measure(record, by="zone", only=wanted) for record in study.records], ignore_index=True)
    last = measured[measured["quarter"] == study.scenario.end]
    medians = last.groupby(["place", "indicator"], sort=False)["value"].median()
    frame = medians.unstack().reindex(columns=list(wanted))  # noqa: PD010  # every place has every indicator once
    zones = study.park.at(study.scenario.end).set_index("zone_id")[["name_zh", "name_en", "kind", "area_km2"]]
    joined = zones.join(frame, how="inner")
    return joined[joined["floor_stock"] > 0]


def page(study: Study, *, picture: Path | None = None) -> str:
    """A study as one HTML page that needs nothing else: what it is, picture, charts, tables, where it comes from."""
    scenario, about, catalog = study.scenario, study.park.about, study.park.catalog
    by_year = study.by_year()
    rows = table(by_year, catalog)
    years = sorted({year for row in rows for year in row.cells})
    n = study.replications
    covered = f"{COVERAGE:.0%}"
    body = [
        f"<h1>{escape(scenario.title_zh or scenario.name)} <small>{escape(scenario.title_en)}</small></h1>",
        (
            f"<p class='park'>{escape(about.name_zh)} <small>{escape(about.name_en)}</small> · "
            f"{scenario.start}–{scenario.end} · {_runs(n)}</p>"
        ),
        f"<p class='caveat'>{escape(about.caveat_zh)}<br><small>{escape(about.caveat_en)}</small></p>",
        f"<p>{escape(scenario.question)}</p>",
    ]
    if picture is not None:
        data = base64.b64encode(picture.read_bytes()).decode("ascii")
        body.append(f"<img alt='park' src='data:image/png;base64,{data}'>")
    body.append("<h2>走势 <small>Trends</small></h2><div class='charts'>" + "".join(_charts(rows, years)) + "</div>")
    body.append(
        f"<h2>指标 <small>Indicators</small></h2><p><small>中位数, 下行为 {covered} 区间 (n = {n}) · "
        f"median, below it the range of {covered} of the runs (n = {n})</small></p>"
    )
    body.append(_table_html(rows, years))
    body.append(f"<h2>分区 <small>Zones, {scenario.end}, median of {n}</small></h2>" + _zones_html(zone_table(study)))
    body.append(_provenance(study))
    title = escape(f"{scenario.title_zh or scenario.name} {scenario.title_en}")
    text = "\n".join(body)
    filled = {"{title}": title, "{font}": font_face(_without_data(text)), "{body}": text}
    # in one go, so that what is filled in is not looked at again
    return re.sub("|".join(map(re.escape, filled)), lambda place: filled[place[0]], PAGE)


def _without_data(text: str) -> str:
    """The text of a page without its embedded picture, as the glyphs it needs."""
    return re.sub(r"data:image/png;base64,[^']*", "", text)


def _runs(n: int) -> str:
    return "单次运行 single run" if n == 1 else f"{n} 次重复 replications"


def _charts(rows: Sequence[Row], years: Sequence[int]) -> list[str]:
    charts = []
    for row in rows:
        if row.indicator in CHARTS and not row.part and years:
            values = np.array([row.cells[year] for year in years])
            charts.append(
                fan_chart(
                    years,
                    values[:, 0],
                    values[:, 1],
                    values[:, 2],
                    title=f"{row.name_zh}  {row.name_en}",
                    unit=row.unit_zh,
                )
            )
    return charts


def _table_html(rows: Sequence[Row], years: Sequence[int]) -> str:
    head = "".join(f"<th>{year}</th>" for year in years)
    lines = []
    for row in rows:
        cells = "".join("<td>{}<br><small>{}</small></td>".format(*row.text(year)) for year in years)
        lines.append(
            f"<tr><th>{escape(row.name_zh)}<br><small>{escape(row.name_en)}</small></th>"
            f"<td class='unit'>{escape(row.unit_zh)}</td>{cells}</tr>"
        )
    return f"<div class='wide'><table><tr><th></th><th></th>{head}</tr>{''.join(lines)}</table></div>"


def _zones_html(zones: pd.DataFrame) -> str:
    columns = [name for name in zones.columns if name in INDICATORS]
    units = {name: shown(INDICATORS[name].unit) for name in columns}
    head = "".join(
        f"<th>{escape(INDICATORS[name].name_zh)}<br><small>{escape(units[name].zh)}</small></th>" for name in columns
    )
    lines = []
    for _, zone in zones.iterrows():
        cells = "".join(f"<td>{zone[name] / units[name].per:,.{units[name].digits}f}</td>" for name in columns)
        lines.append(
            f"<tr><th>{escape(str(zone['name_zh']))}<br><small>{escape(str(zone['name_en']))}</small></th>"
            f"<td>{zone['area_km2']:.2f}</td>{cells}</tr>"
        )
    return f"<div class='wide'><table><tr><th></th><th>km²</th>{head}</tr>{''.join(lines)}</table></div>"


def _provenance(study: Study) -> str:
    manifest = study.manifest
    actions = "".join(f"<li>{escape(a.at)}: {escape(_told(a))}</li>" for a in study.scenario.actions)
    versions = ", ".join(f"{name} {number}" for name, number in manifest["versions"].items())
    facts = [
        f"种子 seed {study.scenario.seed}, {_runs(study.replications)}",
        (
            f"数据 park {manifest['park_sha256'][:16]}, catalog {manifest['catalog_sha256'][:16]}, "
            f"engine {manifest['engine_sha256']}"
        ),
        versions,
        study.park.about.credit,
    ]
    listed = "".join(f"<li>{escape(fact)}</li>" for fact in facts if fact)
    done = f"<h2>措施 <small>Actions</small></h2><ul>{actions}</ul>" if actions else ""
    return f"{done}<h2>出处 <small>Provenance</small></h2><ul class='facts'>{listed}</ul>"


def _told(action: Action | Edit) -> str:
    """An action in words."""
    if isinstance(action, Action):
        where = {field: value for field, value in action.where if value}
        ramp = (
            f"over {action.ramp_quarters} quarters 分{action.ramp_quarters}个季度" if action.ramp_quarters > 1 else ""
        )
        return " ".join(str(part) for part in (action.lever, f"{action.value:g}", ramp, where) if part)
    said = action.model_dump(exclude_defaults=True, exclude={"at", "shape"})
    return f"{action.edit} {', '.join(f'{field} {value}' for field, value in said.items())}"


PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{font}
body { font: 15px/1.5 "Twin Sans", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  color: #2b2f33; max-width: 1400px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #ddd; }
small { color: #6b7178; font-weight: normal; } img { width: 100%; border: 1px solid #ddd; }
.caveat { background: #fff6dd; border-left: 4px solid #d9a400; padding: .5rem .8rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: .5rem; }
.charts svg { width: 100%; height: auto; } .wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; } td, th { padding: .2rem .5rem; border-bottom: 1px solid #eee; }
td { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; }
tr > th:first-child { min-width: 14em; } tr:first-child th { text-align: right; }
td.unit { text-align: left; color: #6b7178; }
.facts { font-size: 12px; color: #6b7178; word-break: break-all; }
@media print { body { max-width: none; margin: 0; } .wide { overflow: visible; } table { font-size: 9px; } }
</style></head><body>
{body}
</body></html>
"""
