"""The command that lists the low-efficiency stock of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twin.cli.app import DONE, park_app
from twin.cli.shown import print_json, wide

#: Why a building is on the list.
REASONS = {
    "low_let": ("低入驻", "little let"),
    "old_plant": ("老旧厂房", "old plant"),
}


@park_app.command(name="low-efficiency")
def low_efficiency_(folder: Path, /, *, at: str | None = None, json: bool = False) -> int:
    """List the low-efficiency buildings of a run at the end of a quarter, ranked as works are chosen.

    Parameters
    ----------
    folder
        The folder of a run; of several replications the first is read.
    at
        A quarter, such as 2030Q4; the last of the run if none is given.
    json
        Print JSON.
    """
    from twin.record import load_record
    from twin.scenario import adjusted
    from twin.simulation import park_of, scenario_of
    from twin.study.low_efficiency import low_efficiency

    first = folder / "runs" / "r0000"
    record = load_record(first if first.is_dir() else folder)
    scenario = scenario_of(record.manifest)
    park = adjusted(park_of(scenario), scenario)
    quarter = at or str(record.buildings["quarter"].cat.categories[-1])
    found = low_efficiency(park, scenario.catalog(park.catalog), record, quarter)
    if json:
        print_json(found.to_dict("records"))
        return DONE
    _print_list(found, f"低效存量 low-efficiency stock, {quarter}, single run 单次运行")
    return DONE


def _print_list(found: Any, title: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    from twin.units import WAN_CNY, WAN_M2

    heads = [
        "#",
        "building 楼宇",
        "名称",
        "why 认定理由",
        "万㎡",
        "let 入驻率",
        "cost 改造投资 万元",
        "grant 补助 万元",
    ]
    heads += ["rent gained 增租 万元/年", "per CNY 每元补助"]
    shown = Table(*heads, title=title, title_justify="left", box=None)
    for row in found.to_dict("records"):
        why = [REASONS[reason] for reason in str(row["finding"]).split("+")]
        told = " + ".join(f"{zh} {en}" for zh, en in why)
        money = [f"{row[name] / WAN_CNY:,.0f}" for name in ("cost_cny", "public_cny", "gain_cny_year")]
        size = [f"{row['stock_m2'] / WAN_M2:,.2f}", f"{row['let_share']:.0%}"]
        names = [escape(str(row[name])) for name in ("building_id", "name_zh")]
        shown.add_row(str(row["rank"]), *names, told, *size, *money, f"{row['score']:.2f}")
    wide().print(shown)
