"""The command that tries performance agreements of several strictnesses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twin.cli.app import DONE, ParkName, Set, app
from twin.cli.runs import say_if_compiling
from twin.cli.shown import print_json, progress, wide
from twin.units import WAN_CNY, YI_CNY

if TYPE_CHECKING:
    import pandas as pd

#: Columns of the table: their heads, what one of the unit shown is, and digits.
COLUMNS = {
    "caught": ("查实未达标\ncaught", 1.0, 0),
    "wrongly": ("误罚\nwrongly", 1.0, 0),
    "missed": ("漏查\nmissed", 1.0, 0),
    "ended": ("清退\nended", 1.0, 0),
    "left_warned": ("预警后迁出\nleft warned", 1.0, 0),
    "penalties_cny": ("违约金\n万元", WAN_CNY, 0),
}

#: Differences to no agreements in the last year.
DIFFERENCES = {
    "firms": ("企业\nfirms", 1.0, 1),
    "revenue_cny_year": ("收入 revenue\n亿元/年", YI_CNY, 2),
    "tax_cny_year": ("税收 tax\n亿元/年", YI_CNY, 3),
}


@app.command
def strictness(
    scenario: str,
    /,
    *tried: float,
    park: ParkName = None,
    replications: int | None = None,
    changes: Set = (),
    json: bool = False,
) -> int:
    """Print what performance agreements of several strictnesses come to: who is caught, and what the park loses.

    Parameters
    ----------
    scenario
        Name or file of a scenario that asks for agreements, such as contracts.
    tried
        Multiples of the bounds; 0.5, 1, 2 and 4 if none are given.
    replications
        How often, each under different luck; by default as often as the scenario asks for.
    json
        Print JSON.
    """
    from twin.simulation import load_and_check
    from twin.study import strictness_table
    from twin.study.contracts import STRICTNESS

    loaded, wanted = load_and_check(scenario, park=park, changes=changes)
    say_if_compiling()
    times = wanted.replications if replications is None else replications
    with progress() as bar:
        task = bar.add_task("strictness", total=(1 + len(tried or STRICTNESS)) * times)
        found = strictness_table(
            loaded,
            wanted,
            strictness=tried or STRICTNESS,
            replications=replications,
            progress=lambda done: bar.update(task, completed=done),
        )
    if json:
        print_json(found.to_dict("records"))
    else:
        _print(found, times)
    return DONE


def _print(found: pd.DataFrame, runs: int) -> None:
    from rich.markup import escape
    from rich.table import Table

    title = f"履约监管严格度 Strictness of agreements (means of {runs} paired runs; * interval clear of zero)"
    shown = Table(title=escape(title), title_justify="left", box=None, pad_edge=False)
    shown.add_column("× 指标\nbounds", justify="right")
    for head, *_ in (*COLUMNS.values(), *DIFFERENCES.values()):
        shown.add_column(head, justify="right", no_wrap=True)
    for row in found.to_dict("records"):
        cells = [f"{row['strictness']:g}"]
        cells += [f"{row[name] / one:,.{digits}f}" for name, (_, one, digits) in COLUMNS.items()]
        for name, (_, one, digits) in DIFFERENCES.items():
            mean, low, high = (row[name + end] / one for end in ("", "_low", "_high"))
            spread = f"\n{low:+,.{digits}f} … {high:+,.{digits}f}" if math.isfinite(low) else ""
            cells.append(f"{mean:+,.{digits}f}{'*' if low * high > 0.0 else ''}{spread}")
        shown.add_row(*cells)
    console = wide()
    console.print(shown)
    told = "firms of the run; on the right the last year against no agreements 全期家数; 右侧为末年与不签协议之差"
    console.print(told, style="dim", highlight=False)
    console.print("bounds and reactions are assumptions 指标与反应为假设", style="dim", highlight=False)
