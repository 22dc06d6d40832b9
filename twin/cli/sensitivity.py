"""The command that says which factors of a sweep matter to a figure, and what of it is luck."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.cli.app import DONE, app
from twin.cli.shown import print_json, wide

if TYPE_CHECKING:
    import pandas as pd

    from twin.indicators.asked import Figure
    from twin.sweeps import Sweep
    from twin.sweeps.sensitivities import Reading

#: What each reading is called, and what its table says.
TITLES = {
    "screening": ("参数筛选 Screening (Morris)", "方向 mu, 幅度 mu*, 离散 sigma: 参数走完全程时指标的变化"),
    "indices": ("方差指数 Sobol' indices", "一阶 first, 总 total: 占单次运行方差的份额"),
    "components": ("方差分量 Components of variance", "占各次运行方差的份额 shares of the variance of runs"),
}

#: What is said under each table.
NOTES = {
    "screening": (
        "变化以指标单位计 in units of the figure, over a factor's whole range; luck: what mu* reads of a factor that "
        "only deals the luck anew 只更换运气时的 mu*; * stands out of luck 显著超出运气, among all factors"
    ),
    "indices": (
        "luck 为运气一项 luck is one more input; expected: of the figure expected over luck 运气平均之后的份额; "
        "total ≤: bounds of its total 其总指数的上下界; below 0 is sampling error about 0 负值为抽样误差"
    ),
    "components": "luck that moves all points alike drops out of their differences 各方案共有的运气在比较时相互抵消",
}

#: Components by what planners call them.
COMPONENTS = {
    "points": "参数 points of the design",
    "luck": "各方案共有的运气 luck that moves all points alike",
    "points_x_luck": "因方案而异的运气 luck that strikes points differently",
}

#: Luck's share of the variance of points' means that the number of replications is told for.
SHARE = 0.1


@app.command
def sensitivity(folder: Path, figure: str, /, *figures: str, seed: int = 0, json: bool = False) -> int:
    """Print which factors of a sweep matter to a figure, and how much of it is luck.

    A sweep of design morris is screened, one of design saltelli has Sobol' indices, and of any other with two or more
    replications a point the variance is divided between points and luck.

    Parameters
    ----------
    folder
        Folder of the sweep.
    figure
        A figure, such as revenue@2030.
    figures
        Further figures.
    seed
        Of the resamples that the intervals come from.
    json
        Print JSON.
    """
    from twin.errors import Fault, InputError
    from twin.indicators.asked import Figure
    from twin.sweeps import load_sweep
    from twin.sweeps.sensitivities import reading_of
    from twin.sweeps.sensitivities import sensitivity as read

    faults: list[Fault] = []
    asked: list[Figure] = []
    for text in dict.fromkeys((figure, *figures)):
        try:
            asked.append(Figure.parse(text))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    sweep = load_sweep(folder)
    reading = reading_of(sweep)
    found = {one: read(sweep, one, seed=seed) for one in asked}
    if json:
        print_json([_told(one, reading, table) for one, table in found.items()])
    else:
        for one, table in found.items():
            _print(sweep, one, reading, table)
    return DONE


def _told(figure: Figure, reading: Reading, table: pd.DataFrame) -> dict[str, Any]:
    """What JSON says of a figure."""
    told = {"figure": str(figure), "unit": figure.about.unit, "reading": reading, "rows": table.to_dict("records")}
    return told if reading != "components" else told | {"share": SHARE, "replications_needed": _needed(table)}


def _needed(table: pd.DataFrame) -> dict[str, float]:
    from twin.analysis.uncertainty import replications_needed

    return replications_needed(table, SHARE)._asdict()


def _print(sweep: Sweep, figure: Figure, reading: Reading, table: pd.DataFrame) -> None:
    from rich.markup import escape
    from rich.table import Table

    from twin.units import shown

    (title, told), unit = TITLES[reading], shown(figure.about.unit)
    about = f"{figure.about.name_zh} {figure.about.name_en}, {figure}"
    units = " ".join(dict.fromkeys((unit.zh, unit.en)))
    console = wide()
    heading = f"{title}: {about}" + (f" ({units})" if reading == "screening" else "")
    grid = Table(title=escape(heading), caption=escape(told), title_justify="left", caption_justify="left", box=None)
    others = list(table.columns[: table.columns.get_loc("component" if reading == "components" else "factor")])
    rows = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    for row in rows:
        cells = {name: str(row[name]) for name in others} | CELLS[reading](row, unit.per, unit.digits)
        if not grid.columns:
            for place, name in enumerate(cells):
                grid.add_column(name, justify="left" if place <= len(others) else "right", no_wrap=place > len(others))
        grid.add_row(*map(escape, cells.values()))
    console.print(grid)
    for line in filter(None, [NOTES[reading], *_missing(sweep, reading, rows), *_enough(reading, table)]):
        console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)


def _screened(row: dict[str, Any], per: float, digits: int) -> dict[str, str]:
    """The cells of a factor that was screened, two digits more than its figure is shown with."""

    def text(value: float, sign: str = "") -> str:
        return f"{value / per:{sign},.{digits + 2}f}" if math.isfinite(value) else "–"

    return {
        "参数 factor": row["factor"],
        "mu": text(row["mu"], "+"),
        "mu*": text(row["mu_star"]),
        "95 %": f"{text(row['mu_star_low'])} … {text(row['mu_star_high'])}",
        "sigma": text(row["sigma"]),
        "luck": text(row["luck"]),
        "": "*" if row["clear"] else "",
        "有变动 moved": f"{row['moved']} / {row['n']}",
    }


def _shared(row: dict[str, Any], _per: float, _digits: int) -> dict[str, str]:
    """The cells of an input that has indices, in per cent."""
    least, most = row["expected_total_least"], row["expected_total_most"]
    return {
        "输入 input": "luck 运气" if row["factor"] == "luck" else row["factor"],
        "一阶 first": _percent(row["first"]),
        "95 %": _range(row["first_low"], row["first_high"]),
        "总 total": _percent(row["total"]),
        "95 % ": _range(row["total_low"], row["total_high"]),
        "期望 expected": _percent(row["expected"]),
        "95 %  ": _range(row["expected_low"], row["expected_high"]),
        "≤ total ≤": _range(least, most),
    }


def _parted(row: dict[str, Any], _per: float, _digits: int) -> dict[str, str]:
    """The cells of a component, in per cent."""
    return {
        "分量 component": COMPONENTS[row["component"]],
        "份额 share": _percent(row["share"]),
        "95 %": _range(row["share_low"], row["share_high"]),
    }


#: What makes the cells of a row of each reading, of how its figure is shown.
CELLS: dict[str, Callable[[dict[str, Any], float, int], dict[str, str]]] = {
    "screening": _screened,
    "indices": _shared,
    "components": _parted,
}


def _number(share: float) -> str:
    """A share in per cent, with one digit."""
    if math.isinf(share):
        return "∞" if share > 0.0 else "-∞"
    return "–" if math.isnan(share) else f"{100.0 * share:.1f}"


def _percent(share: float) -> str:
    return f"{_number(share)} %" if math.isfinite(share) else "–"


def _range(low: float, high: float) -> str:
    return "–" if math.isnan(low) or math.isnan(high) else f"{_number(low)} … {_number(high)} %"


def _missing(sweep: Sweep, reading: Reading, rows: list[dict[str, Any]]) -> list[str]:
    """What could not be used, as runs failed or are not done."""
    if reading == "indices":
        dropped = max(row["dropped"] for row in rows)
        used = min(row["n"] for row in rows)
        return (
            [f"{used:,} rows used 可用行; {dropped:,} dropped, a run of them is missing 因缺运行而剔除"]
            if dropped
            else []
        )
    if reading == "components":
        missing = sweep.runs - rows[0]["runs"]
        return [f"{missing:,} of {sweep.runs:,} runs are missing 缺运行"] if missing else []
    trajectories = max(row["n"] for row in rows)
    few = [row["factor"] for row in rows if row["n"] < trajectories]
    return [f"fewer effects, as runs are missing 因缺运行而减少: {', '.join(dict.fromkeys(few))}"] if few else []


def _enough(reading: Reading, table: pd.DataFrame) -> list[str]:
    """How many replications a point bring luck's part down."""
    if reading != "components":
        return []

    def text(number: float) -> str:
        return f"{number:,.0f}" if math.isfinite(number) else "∞"

    needed = _needed(table)
    level, difference = text(needed["level"]), text(needed["difference"])
    en = f"luck at most {SHARE:.0%} of the variance of points' means: {level} replications for a level, {difference}"
    zh = f"要使运气在各方案均值方差中不超过 {SHARE:.0%}: 估计水平需重复 {level} 次, 比较方案之差需 {difference} 次"
    return [f"{en} for a difference of points", zh]
