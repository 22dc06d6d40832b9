"""What the commands print: tables, JSON, progress."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console

from twin.cli.app import err, out

if TYPE_CHECKING:
    from rich.progress import Progress

    from twin.catalog import Catalog
    from twin.report import Row
    from twin.study import Study

#: Columns of a table that goes to a file or a pipe: ten years fit.
PAGE_WIDTH = 240

#: Columns for the name of an indicator; longer ones are folded, for parts that end alike are told apart by their ends.
NAME_WIDTH = 44

#: Columns between two columns of a table.
GAP = 2


def print_study(study: Study, *, as_json: bool) -> None:
    """A study's indicators by year, as a table or as JSON."""
    by_year = study.by_year()
    if as_json:
        print_json({"replications": study.replications, "indicators": by_year.to_dict("records")})
        return
    from twin.report import table

    _print_rows(table(by_year, study.park.catalog), study)


def _print_rows(rows: list[Row], study: Study) -> None:
    from rich.markup import escape
    from rich.table import Table

    from twin.study.replications import COVERAGE

    all_years = sorted({year for row in rows for year in row.cells})
    n, single = study.replications, study.replications == 1
    runs = f"{n} 次中位数与 {COVERAGE:.0%} 区间 median and {COVERAGE:.0%} range of {n} runs"
    title = f"{study.scenario.title}: {'单次运行 single run' if single else runs}"
    if not all_years:
        err.print("no whole year was run: nothing to show by year", highlight=False)
        return
    shown = Table(title=escape(title), title_justify="left", box=None, pad_edge=False, row_styles=["", "dim"])
    shown.add_column("指标 indicator", max_width=NAME_WIDTH)
    shown.add_column("单位 unit", no_wrap=True)
    years = _years_that_fit(all_years, rows)
    for year in years:
        shown.add_column(str(year), justify="right", no_wrap=True)
    for row in rows:
        texts = [row.text(year) for year in years]
        cells = [median if single or not spread else f"{median}\n{spread}" for median, spread in texts]
        units = [row.unit_zh] if row.unit_zh == row.unit_en else [row.unit_zh, row.unit_en]
        shown.add_row(f"{row.name_zh}\n{row.name_en}", "\n".join(units), *cells)
    console = wide()
    console.print(shown)
    if len(years) < len(all_years):
        out_of = f"{len(all_years)} 年中显示 {len(years)} 年, 各年均见 summary.csv"
        told = f"{out_of} {len(years)} of {len(all_years)} years are shown, all of them are in summary.csv"
        console.print(told, style="dim", highlight=False, soft_wrap=True)
    console.print(f"{study.park.about.caveat_zh} {study.park.about.caveat_en}", style="dim", soft_wrap=True)


def wide() -> Console:
    """The terminal, or, where there is none, a page wide enough for a table."""
    return out if out.is_terminal else Console(width=PAGE_WIDTH)


def _years_that_fit(years: list[int], rows: list[Row]) -> list[int]:
    """As many years as the terminal is wide, always the first and the last."""
    units = max((cell_len(unit) for row in rows for unit in (row.unit_zh, row.unit_en)), default=0)
    cells = max((cell_len(text) for row in rows for year in years for text in row.text(year)), default=0)
    most = max((wide().width - NAME_WIDTH - GAP - units) // (cells + GAP), 2)
    if len(years) <= most:
        return years
    return sorted({years[round(n * (len(years) - 1) / (most - 1))] for n in range(most)})


def print_shadow(prices: Any, catalog: Catalog, *, as_json: bool) -> None:
    """Shadow prices by unit and stage, as a table or as JSON; what is clear of zero is marked."""
    if as_json:
        print_json(prices.to_dict("records"))
        return
    from rich.table import Table

    from twin.study.shadow import LEAST_DISTINCT, is_clear

    names = {**catalog.names("services", "zh"), **catalog.names("stages", "zh")}
    names |= {f"floor:{kind}": f"{name}面积" for kind, name in catalog.names("building_types", "zh").items()}
    runs = int(prices["n"].max())
    title = f"影子价格 Graduates a year for one more unit (mean, 95 % interval, {runs} paired runs)"
    table = Table("单位 unit", "for one", "added", "阶段 stage", "mean", "interval", "", box=None, title=title)
    for row in prices.itertuples():
        interval = f"{row.low:+.4f} … {row.high:+.4f}" if math.isfinite(row.low) else "–"
        mark = "*" if is_clear(row.low, row.high, row.distinct) else ""
        who = f"{names[row.name]} {row.name}"
        table.add_row(who, row.unit, f"{row.step:g}", names[row.stage], f"{row.mean:+.4f}", interval, mark)
    console = wide()
    console.print(table)
    told = f"* clear of zero 区间不含零, by {LEAST_DISTINCT} or more different differences 差值至少 {LEAST_DISTINCT} 种"
    console.print(told, style="dim", highlight=False)


def print_json(content: object) -> None:
    """JSON on standard output; what is not a number is null."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        return value.item() if hasattr(value, "item") else value

    sys.stdout.write(json.dumps(plain(content), ensure_ascii=False, indent=2) + "\n")


def progress() -> Progress:
    """A progress bar on a terminal, nothing when piped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, disable=not err.is_terminal)
