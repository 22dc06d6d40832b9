"""Commands that show how complete the industry chains are, whom to recruit next, whose loss hurts, and how far."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from twin.cli.app import DONE, ParkName, Set, app, err
from twin.cli.runs import say_if_compiling
from twin.cli.shown import print_json, progress, wide

if TYPE_CHECKING:
    from twin.catalog import Catalog
    from twin.park import Park
    from twin.record import Record

chains_app = App(name="chains", help="How complete the industry chains are, and what would make them so. 产业链")
app.command(chains_app)

#: The park whose stock is shown where nothing is named.
SHIPPED = "shijingshan"

#: What the columns say.
LEGEND = (
    "cover: nodes with a firm, by weight 有企业的环节 (加权); link cover: links with both ends 两端俱全的链接; "
    "resilience: nodes with two firms or more 至少两家企业的环节; breaks: empty nodes, the most needed first 空缺环节"
)

PRIORS = "effects of anchors are priors, not estimates 链主效应为先验假设"

#: Columns of the nodes, Chinese above English.
NODE_HEADS = (
    "层级\nlevel",
    "权重\nweight",
    "中介度\nbetweenness",
    "入驻\nresident",
    "仅注册\nremote",
    "人员\nstaff",
    "断点\nbreak",
    "覆盖+\ncover+",
    "链接+\nlink+",
    "韧性+\nresil.+",
)


@chains_app.default
def chains_(
    run: Path | None = None,
    /,
    *,
    chain: str | None = None,
    park: ParkName = None,
    remote: bool = False,
    json: bool = False,
) -> int:
    """Show how complete the industry chains are: cover of nodes and links, resilience, and breaks by name.

    Parameters
    ----------
    run
        The folder of a run with its events (of several replications the first is read), as it is at the end; if none
        is given, the stock of firms of a park.
    chain
        An industry, such as ai, to see its chain node by node; `all` for every node.
    remote
        Count firms that are only registered in the park too.
    json
        Print JSON: chains, and nodes.
    """
    from twin.chains import chain_table, node_table
    from twin.chains.graph import ALL

    about, source, catalog = _read(run, park)
    chains = chain_table(source, catalog, remote=remote)
    nodes = node_table(source, catalog, chain=chain or ALL, remote=remote)
    if chain not in {None, ALL}:
        chains = chains[chains["chain"] == chain]
    if json:
        print_json({"of": about, "chains": chains.to_dict("records"), "nodes": nodes.to_dict("records")})
        return DONE
    _print_chains(chains, catalog, f"产业链 industry chains: {about}")
    if chain is not None:
        _print_nodes(nodes)
    return DONE


@chains_app.command(name="next")
def next_(
    scenario: str,
    /,
    *,
    chain: str | None = None,
    at: str | None = None,
    years: int = 5,
    park: ParkName = None,
    replications: int | None = None,
    changes: Set = (),
    json: bool = False,
) -> int:
    """Print what one more firm of each link would bring: cover and resilience of its chain, firms, staff, revenue.

    Parameters
    ----------
    scenario
        Name or file of the scenario.
    chain
        An industry, such as ai: its links; by default, of all chains those with few firms.
    at
        The quarter at whose beginning the firm comes; by default the first.
    years
        So many years later what it has brought is counted.
    replications
        How many pairs of runs for each link.
    json
        Print JSON.
    """
    from twin.chains.graph import ALL
    from twin.simulation import load_and_check
    from twin.study.chains import next_recruits, recruits, runs_of

    loaded, wanted = load_and_check(scenario, park=park, changes=changes)
    say_if_compiling()
    candidates = recruits(loaded, wanted, chain or ALL)
    with progress() as bar:
        task = bar.add_task("chains next", total=runs_of(candidates, replications))
        found = next_recruits(
            loaded,
            wanted,
            chain=chain or ALL,
            at=at,
            years=years,
            replications=replications,
            progress=lambda done: bar.update(task, completed=done),
        )
    _print_search(found, f"招引下一家 One more firm of a link, after {years} years", as_json=json)
    return DONE


@chains_app.command
def stress(
    scenario: str,
    /,
    *,
    chain: str | None = None,
    at: str | None = None,
    years: int = 5,
    by: str = "staff",
    park: ParkName = None,
    replications: int | None = None,
    changes: Set = (),
    json: bool = False,
) -> int:
    """Print what the loss of each anchor, and of all firms of each link, would cost.

    Parameters
    ----------
    scenario
        Name or file of the scenario.
    chain
        An industry, such as ai: its anchors and links; by default all.
    at
        The quarter at whose beginning they go; by default the first.
    years
        So many years later what is lost is counted.
    by
        The measure by which losses are ranked: cover, link_cover, resilience, all_cover, firms, staff or revenue.
    replications
        How many pairs of runs for each loss.
    json
        Print JSON.
    """
    from twin.chains.graph import ALL
    from twin.simulation import load_and_check
    from twin.study.chains import losses, runs_of
    from twin.study.chains import stress as stressed

    loaded, wanted = load_and_check(scenario, park=park, changes=changes)
    say_if_compiling()
    candidates = losses(loaded, wanted, chain or ALL)
    with progress() as bar:
        task = bar.add_task("chains stress", total=runs_of(candidates, replications))
        found = stressed(
            loaded,
            wanted,
            chain=chain or ALL,
            at=at,
            years=years,
            by=by,
            replications=replications,
            progress=lambda done: bar.update(task, completed=done),
        )
    _print_search(found, f"压力测试 Loss of an anchor or of a link, after {years} years", as_json=json)
    return DONE


@chains_app.command
def reach(
    scenario: str,
    /,
    *,
    anchor: int,
    at: str | None = None,
    quarters: int = 1,
    park: ParkName = None,
    changes: Set = (),
    json: bool = False,
    o: Annotated[Path | None, Parameter(name=["-o", "--out"])] = None,
) -> int:
    """Print how far the loss of an anchor reaches: the firms that differ, by steps on the chains and by building.

    Parameters
    ----------
    scenario
        Name or file of the scenario.
    anchor
        Number of the firm in the stock; `twin chains stress` lists them.
    at
        The quarter at whose beginning it goes; by default the first.
    quarters
        So many quarters later firms are held against those of the run in which it stays.
    json
        Print JSON.
    o
        A picture to write as well.
    """
    from twin.simulation import load_and_check
    from twin.study import reach_of_loss, reach_table

    loaded, wanted = load_and_check(scenario, park=park, changes=changes)
    say_if_compiling()
    found = reach_of_loss(loaded, wanted, anchor, at=at, quarters=quarters)
    told = reach_table(found)
    later = "1 quarter" if quarters == 1 else f"{quarters} quarters"
    title = f"链主 {anchor} 离开 {quarters} 个季度后 {later} after the loss of anchor {anchor}"
    if o is not None:
        from twin.view.reach import draw_reach

        err.print(f"{draw_reach(told, o, title=title)}: written", markup=False, highlight=False)
    if json:
        print_json(told.to_dict("records"))
        return DONE
    from rich.markup import escape
    from rich.table import Table

    shown = Table(title=escape(f"{title}, single run 单次运行"), title_justify="left", box=None, pad_edge=False)
    for head in ("步数 steps", "同楼 same building", "企业 firms", "不同 differ", "占比 share"):
        shown.add_column(head, justify="right")
    for row in told.to_dict("records"):
        away = "–" if math.isnan(row["steps"]) else f"{row['steps']:.0f}"
        counts = [f"{row[name]:,}" for name in ("firms", "differ")]
        shown.add_row(away, "是 yes" if row["shares_building"] else "否 no", *counts, f"{row['share']:.1%}")
    console = wide()
    console.print(shown)
    console.print("– no link told, or one that nothing joins to it 环节未知或不相连", style="dim", highlight=False)
    console.print(PRIORS, style="dim", highlight=False)
    return DONE


#: Measures of a search: their heads, what one of the unit shown is, and digits.
SEARCHED = {
    "cover": ("覆盖 cover\n% points", 0.01, 1),
    "link_cover": ("链接 link cover\n% points", 0.01, 1),
    "resilience": ("韧性 resilience\n% points", 0.01, 1),
    "firms": ("企业 firms", 1.0, 1),
    "staff": ("人员 staff", 1.0, 0),
    "revenue": ("收入 revenue\n亿元/年", 1e8, 2),
}


def _print_search(found: Any, title: str, *, as_json: bool) -> None:
    """What a search has found, a row for each candidate, with intervals; what is clear of zero is marked."""
    if as_json:
        print_json(found.to_dict("records"))
        return
    from rich.markup import escape
    from rich.table import Table

    from twin.study.shadow import LEAST_DISTINCT, is_clear

    runs = int(found["n"].max())
    title = f"{title} (mean, 95 % interval, {runs} paired runs)"
    shown = Table(title=escape(title), title_justify="left", box=None, pad_edge=False)
    shown.add_column("")
    shown.add_column("谁 who", overflow="fold", min_width=30)
    shown.add_column("企业\nnow", justify="right")
    for head, _, _ in SEARCHED.values():
        shown.add_column(head, justify="right", no_wrap=True)
    for _, rows in found.groupby("id", sort=False):
        first = rows.iloc[0]
        cells, by_measure = [], rows.set_index("measure")
        for measure, (_, one, digits) in SEARCHED.items():
            if measure not in by_measure.index:
                cells.append("–")
                continue
            row = by_measure.loc[measure]
            mark = "*" if is_clear(row["low"], row["high"], row["distinct"]) else ""
            mean, low, high = (row[name] / one for name in ("mean", "low", "high"))
            spread = f"\n{low:+,.{digits}f} … {high:+,.{digits}f}" if math.isfinite(low) else ""
            cells.append(f"{mean:+,.{digits}f}{mark}{spread}")
        who = f"{first['name_zh']} {first['name_en']}"
        shown.add_row(str(first["id"]), escape(who), f"{first['firms']:,}", *cells)
    console = wide()
    console.print(shown)
    told = f"* clear of zero 区间不含零, by {LEAST_DISTINCT} or more different differences 差值至少 {LEAST_DISTINCT} 种"
    console.print(told, style="dim", highlight=False)
    console.print(PRIORS, style="dim", highlight=False)


def _read(run: Path | None, park: str | None) -> tuple[str, Park | Record, Catalog]:
    """What is shown, in words; a park with its stock of firms or the record of a run; and the catalog of either."""
    from twin.simulation import park_of, scenario_of

    if run is None:
        from twin.park import load_park

        stock = load_park(park or SHIPPED)
        return f"{stock.about.name_zh} {stock.about.name_en}, {stock.start}, 存量 stock", stock, stock.catalog
    from twin.errors import Fault, InputError
    from twin.record import load_record

    if park is not None:
        raise InputError([Fault("--park", f"{park} beside a run", "one of the two: a run says its own park")])
    first = run / "runs" / "r0000"
    record = load_record(first if first.is_dir() else run)
    scenario = scenario_of(record.manifest)
    catalog = scenario.catalog(park_of(scenario).catalog)
    about = f"{scenario.title}, {scenario.end}, 单次运行 single run"
    return about, record, catalog


def _print_chains(chains: Any, catalog: Catalog, title: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    names = {
        node: f"{zh} {catalog.names('chain_nodes')[node]}" for node, zh in catalog.names("chain_nodes", "zh").items()
    }
    shown = Table(title=escape(title), title_justify="left", box=None, pad_edge=False)
    shown.add_column("chain 产业链", overflow="fold")
    for head in (
        "nodes 环节",
        "links 供需链接",
        "firms 企业",
        "cover 环节覆盖",
        "link cover 链接覆盖",
        "resilience 韧性",
    ):
        shown.add_column(head, justify="right")
    shown.add_column("breaks 断点", overflow="fold")
    for row in chains.to_dict("records"):
        counts = [f"{row[name]:,}" for name in ("nodes", "links", "firms")]
        parts = [_share(row[name]) for name in ("cover", "link_cover", "resilience")]
        missing = "; ".join(f"{node} {names[node]}" for node in row["breaks"].split())
        shown.add_row(escape(f"{row['name_zh']} {row['name_en']}"), *counts, *parts, escape(missing or "–"))
    console = wide()
    console.print(shown)
    console.print(LEGEND, style="dim", highlight=False)


def _print_nodes(nodes: Any) -> None:
    from rich.markup import escape
    from rich.table import Table

    shown = Table(title="环节 nodes", title_justify="left", box=None, pad_edge=False)
    shown.add_column("")
    shown.add_column("环节\nnode", overflow="fold", min_width=34)
    for head in NODE_HEADS:
        shown.add_column(head, justify="right", no_wrap=True)
    for row in nodes.to_dict("records"):
        counts = [f"{row[name]:,}" for name in ("resident_firms", "remote_firms", "staff")]
        adds = [
            _share(row[name]) if row[name] else "–" for name in ("adds_cover", "adds_link_cover", "adds_resilience")
        ]
        place = [str(row["level"]), f"{row['weight']:.2f}", f"{row['betweenness']:.3f}"]
        name = escape(f"{row['name_zh']} {row['name_en']}")
        shown.add_row(row["node"], name, *place, *counts, f"{row['break_rank'] or '–'}", *adds)
    console = wide()
    console.print()
    console.print(shown)
    console.print("+ what one more firm would add 再增一家企业的提升", style="dim", highlight=False)


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0%}"
