"""Commands that set runs beside what is known: stylised facts, and the years before the present."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from twin.cli.app import DONE, app, check_app
from twin.cli.runs import say_if_compiling
from twin.cli.shown import print_json, progress, wide

if TYPE_CHECKING:
    from rich.table import Table

    from twin.facts import Estimate, Finding, Report
    from twin.history import Band
    from twin.study import Hindcast

#: Numbers from here on are written whole.
LARGE = 1_000.0

#: What a fact's verdict is called in Chinese.
VERDICTS_ZH = {"holds": "符合", "does not hold": "不符合", "cannot be judged": "无法判断"}

#: Columns of the scores, as they are headed.
SCORES = {
    "n": "figures",
    "covered": "covered",
    "error": "error",
    "crps": "CRPS",
    "interval_score": "interval score",
    "error_beside_last": "error",
    "last_error": "last value",
    "error_beside_trend": "error",
    "trend_error": "linear trend",
}


@check_app.command
def facts(
    *, scenario: str = "baseline", replications: int | None = None, seed: int | None = None, json: bool = False
) -> int:
    """Judge the stylised facts on runs of a scenario, and say which hold, which do not and which cannot be judged.

    Parameters
    ----------
    scenario
        Name of a shipped scenario or a scenario file; facts of the years before the present are judged on `hindcast`.
    replications
        How often each of the two is run.
    seed
        Which luck; by default one that no scenario has.
    json
        Print JSON.
    """
    say_if_compiling()
    from twin.facts import check_facts
    from twin.facts.judging import REPLICATIONS, SEED

    n = REPLICATIONS if replications is None else replications
    with progress() as bar:
        task = bar.add_task(scenario, total=2 * n)
        report = check_facts(
            scenario,
            replications=n,
            seed=SEED if seed is None else seed,
            progress=lambda done: bar.update(task, completed=done),
        )
    if json:
        print_json(report.as_json())
    else:
        _print_facts(report)
    return DONE


@app.command
def hindcast(
    *, scenario: str = "hindcast", replications: int | None = None, seed: int | None = None, json: bool = False
) -> int:
    """Simulate the years before the present beside every figure published of them, and beside naive forecasts.

    Parameters
    ----------
    scenario
        Name of a shipped scenario or a scenario file that begins in the past.
    replications
        How often; by default as often as the scenario asks for.
    seed
        Which luck.
    json
        Print JSON.
    """
    say_if_compiling()
    from twin.scenario import load_scenario
    from twin.study import hindcast as simulate_past

    wanted = load_scenario(scenario)
    n = wanted.replications if replications is None else replications
    with progress() as bar:
        task = bar.add_task(scenario, total=n)
        found = simulate_past(wanted, replications=n, seed=seed, progress=lambda done: bar.update(task, completed=done))
    if json:
        print_json(found.as_json())
    else:
        _print_hindcast(found)
    return DONE


#: Roles of facts, and how they are called.
ROLES = {"held-out": "held out 留出", "fit": "fitted to 拟合", "input": "put in 由参数给定"}


def _print_facts(report: Report) -> None:
    from rich.table import Table

    about = report.about
    title = f"Stylised facts 典型事实: {about['scenario']} and {about['hindcast']}, {about['replications']} runs each"
    shown = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("", "fact 事实", "figure 数值", "target 目标"):
        shown.add_column(column, overflow="fold")
    for column in ("runs 模拟", "range 区间"):
        shown.add_column(column, justify="right", no_wrap=True)
    shown.add_column("verdict 结论")
    for finding in report.findings:
        _add_finding(shown, finding)
    console = wide()
    console.print(shown)
    for role, name in ROLES.items():
        counts = report.counts(role)
        total = sum(counts.values())
        said = ", ".join(f"{n} {verdict} {VERDICTS_ZH[verdict]}" for verdict, n in counts.items())
        console.print(f"{name}: of {total} facts {said}", highlight=False)
    score = f"score 得分 {report.score:.2f}: share of the held-out facts that hold"
    console.print(f"{score}; * by these runs the range crosses a bound 区间跨越界限", highlight=False)


def _add_finding(shown: Table, finding: Finding) -> None:
    """The rows of a fact: one for each figure, the first with its name and verdict."""
    from rich.markup import escape

    pattern = finding.pattern
    verdict = f"{finding.verdict} {VERDICTS_ZH[finding.verdict]}"
    first = (str(pattern.number), f"{pattern.name_en} {pattern.name_zh}", verdict)
    for band, found in finding.rows():
        number, name, said = first
        shown.add_row(number, escape(name), escape(band.name_en), escape(band.target), *_figure(band, found), said)
        first = ("", "", "")
    for reason in finding.reasons:
        shown.add_row("", "", f"[dim]{escape(reason)}[/dim]")


def _figure(band: Band, found: Estimate) -> tuple[str, str]:
    """A figure and its range, with marks where it misses its bounds, or the runs cannot tell."""
    if math.isnan(found.value):
        return "–", ""
    mark = "" if band.holds(found.value) else "✗ "
    doubt = "" if band.clear(found.low, found.high) else " *"
    unit = band.unit
    return f"{mark}{_number(found.value, unit)}", f"{_number(found.low, unit)}–{_number(found.high, unit)}{doubt}"


def _number(value: float, unit: str = "") -> str:
    """A number as it is read: CNY in 1e8, large ones whole, others to three digits."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "–"
    if unit == "CNY/year":
        return f"{value / 1e8:.4g}e8"
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.3g}"


def _print_hindcast(found: Hindcast) -> None:
    from rich.markup import escape
    from rich.table import Table

    about, rows = found.about, found.rows
    title = f"Hindcast 历史回测: {about['scenario']}, median and 90 % range of {about['replications']} runs"
    shown = Table(title=escape(title), title_justify="left", box=None, pad_edge=False)
    shown.add_column("figure 数值", overflow="fold", max_width=34)
    for column in ("at 时间", "scope 口径", "role"):
        shown.add_column(column, no_wrap=True)
    for column in ("published 公布", "runs 模拟", "range 区间", "", "last value", "trend"):
        shown.add_column(column, justify="right", no_wrap=True)
    row: Any  # of the columns that a Hindcast says it has
    for row in rows[rows["reason"] == ""].itertuples():
        numbers = [_number(value, row.unit) for value in (row.observed, row.median, row.low, row.high)]
        seen = f"{'> ' if row.bound == '>' else ''}{numbers[0]}{'‡' if row.sources > 1 else ''}"
        naive = [_number(value, row.unit) for value in (row.last_value, row.trend)]
        partly = " ~" if row.comparable == "partly" else ""
        mark = "within" if row.covered else "outside"
        name = f"{row.quantity} {row.part}".strip()
        shown.add_row(
            name, row.at, row.scope + partly, row.role, seen, numbers[1], f"{numbers[2]}–{numbers[3]}", mark, *naive
        )
    console = wide()
    console.print(shown)
    legend = (
        "~ comparable in part 部分可比; ‡ two sources, all others one 单一来源; last value and trend: naive forecasts"
    )
    console.print(legend, style="dim", highlight=False)
    _print_frame(found.slowdown, "Slowdown of revenue 收入增速放缓 (growth a year)")
    _print_frame(
        _scores(found.scores), "Scores 评分: errors are relative; beside each naive forecast on its own figures"
    )
    _print_apart(rows[rows["reason"] != ""])


def _print_apart(rows: Any) -> None:
    """The figures that are not set beside the runs, and why."""
    from rich.table import Table

    shown = Table(title="Not set beside the runs 未作比较", title_justify="left", box=None, pad_edge=False)
    for column in ("figure 数值", "at 时间", "scope 口径", "published 公布", "why 原因"):
        shown.add_column(column, overflow="fold")
    for row in rows.itertuples():
        name = f"{row.quantity} {row.part}".strip()
        shown.add_row(name, row.at, row.scope, _number(row.published_value, row.unit), row.reason)
    console = wide()
    console.print()
    console.print(shown)


def _scores(scores: Any) -> Any:
    """Scores with the names they are headed by."""
    return scores[["figures", *SCORES]]


def _print_frame(frame: Any, title: str) -> None:
    """A table of a few rows."""
    from rich.markup import escape
    from rich.table import Table

    shown = Table(title=escape(title), title_justify="left", box=None, pad_edge=False)
    for name in frame.columns:
        shown.add_column(SCORES.get(name, name), justify="left" if name in {"growth", "figures"} else "right")
    for row in frame.itertuples(index=False):
        shown.add_row(*(_number(value) if isinstance(value, float) else str(value) for value in row))
    console = wide()
    console.print()
    console.print(shown)
