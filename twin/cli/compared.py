"""What the commands print of intervals: differences of paired runs, and what a precision came to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from twin.cli.app import err
from twin.cli.shown import wide

if TYPE_CHECKING:
    import pandas as pd

    from twin.catalog import Catalog
    from twin.study import Comparison, Target

#: What each method says, by its name in `Comparison.by_year`.
METHODS = {
    "t": "均值 of the mean",
    "median": "尾部偏重, 以中位数代替均值 of the median, as the tail is heavy for a mean",
    "few": "次数太少, 无法判断尾部 of the mean, of too few runs to judge the tail",
    "exact": "各对相同 the same in every pair",
}

#: From here on a saving is shown in whole numbers.
WHOLE = 100.0


def print_comparison(comparison: Comparison) -> None:
    """The differences that are clear of zero in the last year, and what the pairing saved."""
    from rich.table import Table

    from twin.study.intervals import stand_out

    by_year = comparison.by_year()
    last = by_year[by_year["year"] == by_year["year"].max()]
    tried = last[(last["moved"] > 0) & last["p"].notna()]
    tried = tried.assign(holds=stand_out(tried["p"].to_numpy()))
    clear = tried[(tried["low"] > 0) | (tried["high"] < 0)]
    interval = "置信序列 confidence sequence" if comparison.target else "区间 interval"
    title = (
        f"不含零的差值 Differences clear of zero, {last['year'].max()}; {comparison.base.replications} 对 paired runs"
    )
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, row_styles=["", "dim"])
    for name in ("情景 scenario", "指标 indicator", "单位"):
        table.add_column(name)
    for name in ("差值 difference", f"95 % {interval}", "", "方法 method", "5 % … 95 %", "节省 saved"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in clear.itertuples():
        table.add_row(*_cells(row, comparison.base.park.catalog))
    console = wide()
    console.print(table)
    for line in [_methods(clear, anytime=comparison.target is not None), *_chance(tried, clear), *_savings(comparison)]:
        console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)


def _cells(row: Any, catalog: Catalog) -> list[str]:
    """A row of the table; the difference is the median where the interval is of the median."""
    from twin.indicators import INDICATORS
    from twin.report import part_name
    from twin.units import shown

    indicator, unit = INDICATORS[row.indicator], shown(INDICATORS[row.indicator].unit)
    zh, en = part_name(row.part, catalog)
    name_zh, name_en = indicator.name_zh + (f"·{zh}" if zh else ""), indicator.name_en + (f": {en}" if en else "")

    def text(value: float) -> str:
        return f"{value / unit.per:+,.{unit.digits + 2}f}"

    of_median = row.method == "median"
    return [
        row.scenario,
        f"{name_zh}\n{name_en}",
        unit.zh,
        text(row.median if of_median else row.mean),
        "–" if row.method == "exact" else f"{text(row.low)} … {text(row.high)}",
        "*" if row.holds else "",
        row.method,
        f"{text(row.q05)} … {text(row.q95)}" if of_median else "",
        _times(row.replications_saved),
    ]


def _times(saved: Any) -> str:
    if math.isnan(saved):
        return "–"
    return "∞" if math.isinf(saved) else f"{saved:,.{0 if saved >= WHOLE else 1}f}×"


def _methods(clear: pd.DataFrame, *, anytime: bool) -> str:
    """What the methods that occur are; how surely an interval between order statistics covers hangs on their number."""
    from twin.study.intervals import median_coverage

    told = {name: text for name, text in METHODS.items() if name in set(clear["method"])}
    if "median" in told and not anytime:
        covers = min(median_coverage(int(n)) for n in clear["n"][clear["method"] == "median"])
        told["median"] += f", 覆盖率 covering {covers:.1%}"
    return "方法 method: " + "; ".join(f"{name}: {text}" for name, text in told.items())


def _chance(tried: pd.DataFrame, clear: pd.DataFrame) -> list[str]:
    """How many would be clear of zero by chance, and what the star says."""
    from twin.study.intervals import CONFIDENCE

    by_chance, false = (1.0 - CONFIDENCE) * len(tried), f"{1.0 - CONFIDENCE:.0%}"
    zh = (
        f"{len(tried)} 项有变动, {len(clear)} 项的区间不含零; 即使全无影响, 平均也会有约 {by_chance:.0f} 项如此. "
        f"* 表示兼顾全部各项后仍成立, 其中误报平均不超过 {false}."
    )
    en = (
        f"{len(tried)} figures moved, {len(clear)} are clear of zero; if none had an effect, about {by_chance:.0f} "
        f"would be by chance. * holds among all of them: at most {false} of the marked are false on average."
    )
    return [zh, en]


def _savings(comparison: Comparison) -> list[str]:
    """How many replications the pairing saved, in both languages, for each what-if."""
    from twin.study.pairs import GREAT

    lines = []
    for row in comparison.saving().to_dict("records"):
        name, year, figures = str(row["scenario"]), row["year"], row["figures"]
        great = f"{row['great']}", f"{row['great_indicators']}"
        if not figures:
            lines.append(f"{name}: 无从估计配对节省的重复次数 no telling how many runs the pairing saved")
            continue
        times = _times(row["median"])
        zh = (
            f"{name}: {year} 年园区有变动的 {figures} 项数值中, 配对所需的重复次数只是各用独立种子的 "
            f"1/{times.rstrip('×')} (中位数); 其中 {great[0]} 项 ({great[1]} 个指标) 节省 {GREAT:.0f} 倍以上."
        )
        en = (
            f"{name}: against independent seeds the pairing saved {times} the replications (median over the {figures} "
            f"figures of the park in {year} that moved), {GREAT:.0f}× or more for {great[0]} of them "
            f"({great[1]} indicators)."
        )
        lines += [zh, en]
    return lines


def _percent(share: float) -> str:
    """A share in per cent, to two figures."""
    return f"{100.0 * share:.2g} %"


def print_settled(table: pd.DataFrame, target: Target, n: int) -> None:
    """What is known as closely as was asked, and what is not, after so many replications."""
    from twin.indicators import INDICATORS

    err.print(f"精度 precision {_percent(target.precision)}: 重复 {n} 次 replications", markup=False, highlight=False)
    for settled, told in ((True, "已达到 settled"), (False, "未达到 not settled")):
        texts = []
        for row in table[table["settled"] == settled].to_dict("records"):
            indicator = INDICATORS[row["indicator"]]
            name = " ".join(filter(None, [row.get("scenario"), indicator.name_zh, indicator.name_en, row["part"]]))
            reached = row["half_width"] / row["allowed"] * target.precision if row["allowed"] else math.nan
            texts.append(f"{name} ±{_percent(reached)}" if math.isfinite(reached) else name)
        if texts:
            err.print(f"  {told}: {'; '.join(texts)}", markup=False, highlight=False, soft_wrap=True)
