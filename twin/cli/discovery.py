"""Commands that say what a sweep has shown: where a target is met, what an outcome costs, what hangs on readings."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from twin.cli.app import DONE, Set, app, err
from twin.cli.shown import print_json, progress, wide

if TYPE_CHECKING:
    from twin.analysis.boxes import Boxes
    from twin.analysis.frontier import Frontier
    from twin.analysis.naming import Names
    from twin.analysis.robustness import Robustness

PLAUSIBLE = "of the points that were run, not of the world 比例就所试情形而言，并非现实概率"


@app.command
def boxes(
    folder: Path,
    condition: str,
    /,
    *,
    missed: bool = False,
    density: float | None = None,
    mass: float | None = None,
    threshold: float | None = None,
    runs: bool = False,
    trajectory: bool = False,
    json: bool = False,
) -> int:
    """Say under which assumptions a target is met, or missed: boxes of the factors, and how far to believe them.

    Parameters
    ----------
    folder
        The folder of a sweep.
    condition
        The target, such as "revenue@2030 >= 5200e8".
    missed
        Ask where it is missed.
    density
        Take the box with the greatest coverage of at least such a density, the densest where none has it; by default
        that with the greatest coverage times density.
    mass
        Take the box on the trajectory that holds so large a share of the cases.
    threshold
        The share of a point's runs that are to meet the target; a half if none is given.
    runs
        Take each run as a case by itself.
    trajectory
        Print the trajectory on which the first box was chosen as well.
    json
        Print JSON.
    """
    from twin.analysis.boxes import discover
    from twin.analysis.prim import best_product, least_density, nearest_mass
    from twin.analysis.wording import sentences
    from twin.catalog import load_catalog
    from twin.errors import Fault, InputError
    from twin.indicators.asked import Condition
    from twin.sweeps import load_sweep
    from twin.sweeps.called import factor_names

    if density is not None and mass is not None:
        raise InputError([Fault("--mass", "beside --density", "one of the two")])
    if runs and threshold is not None:
        raise InputError([Fault("--threshold", "beside --runs", "one of the two: of a single run there is no share")])
    rule = best_product if density is None else least_density(density)
    rule = rule if mass is None else nearest_mass(mass)
    sweep, asked = load_sweep(folder), Condition.parse(condition)
    names = factor_names(sweep.design, load_catalog())
    table = sweep.table(asked.figure)
    found = discover(
        table,
        asked,
        missed=missed,
        factors=[name for name in sweep.factors if sweep.points[name].nunique() > 1],
        threshold=None if runs else (0.5 if threshold is None else threshold),
        rule=rule,
    )
    if density is not None and density <= found.share:
        cure = f"above {found.share:.3g}, the share of interest among all cases"
        raise InputError([Fault("--density", f"{density:g} is what all cases have, without any box", cure)])
    if mass is not None and rule(found.trajectory) == 0:
        cure = f"less than half way between 1 and {found.trajectory['mass'].to_numpy()[1:2].max(initial=0.0):.3g}"
        raise InputError([Fault("--mass", f"{mass:g} is nearest to all cases, which are no box", cure)])
    missing = sweep.runs - len(table) + found.left_out
    if json:
        said = {language: sentences(found, names, language) for language in ("zh", "en")}
        about: dict[str, Any] = {
            "cases": found.cases,
            "points": found.points,
            "of_interest": found.of_interest,
            "share": found.share,
        }
        tables = {"boxes": found.table().to_dict("records"), "trajectory": found.trajectory.to_dict("records")}
        about |= {"missed": missed, "threshold": found.threshold, "runs_missing": missing}
        print_json(about | {"sentences": said} | tables)
        return DONE
    _print_boxes(found, names, trajectory=trajectory)
    _print_missing(missing, sweep.runs)
    return DONE


def _print_missing(missing: int, runs: int) -> None:
    """How many runs of a sweep are not in what is told, if any."""
    if missing:
        wide().print(f"{missing:,} of {runs:,} runs are missing 缺运行", style="dim", highlight=False, soft_wrap=True)


def _print_boxes(found: Boxes, names: Names, *, trajectory: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    from twin.analysis.boxes import FOLDS
    from twin.analysis.naming import Named
    from twin.analysis.wording import restriction, sentences

    console = wide()
    for zh, en in zip(sentences(found, names, "zh"), sentences(found, names, "en"), strict=True):
        console.print(escape(zh), highlight=False, soft_wrap=True)
        console.print(escape(en), highlight=False, soft_wrap=True)
    for number, box in enumerate(found.boxes, 1):
        head = f"情形 {number} box {number}: {box.cases} of {found.cases} cases"
        shown = Table(title=head, title_justify="left", box=None, pad_edge=False)
        shown.add_column("限制 restriction", overflow="fold")
        shown.add_column("quasi-p", justify="right")
        shown.add_column("重现率 recurs", justify="right")
        for each in box.restrictions:
            named = names.get(each.factor, Named(each.factor, each.factor))
            told = f"{restriction(each, named, zh=True)} {restriction(each, named, zh=False)}"
            shown.add_row(escape(told), f"{each.p:.2g}", f"{each.recurs:.0%}")
        console.print(shown)
    if trajectory:
        shown = Table(title="轨迹 trajectory of the first box", title_justify="left", box=None, pad_edge=False)
        for column in ("cases", "of_interest", "coverage", "density", "mass", "restricted"):
            shown.add_column(column, justify="right")
        for row in found.trajectory.to_dict("records"):
            shown.add_row(*(f"{value:.3f}" if isinstance(value, float) else f"{value}" for value in row.values()))
        console.print(shown)
    told = (
        f"held out: boxes drawn around {FOLDS - 1} of {FOLDS} parts of the points, held against the other; {PLAUSIBLE}"
    )
    if found.threshold is not None:
        told += f"; a point counts where {found.threshold:.0%} of its runs at least do 按点计, 以其运行比例判断是否达标"
    console.print(told, style="dim", highlight=False, soft_wrap=True)


@app.command
def frontier(
    folder: Path,
    cost: str,
    /,
    *outcomes: str,
    json: bool = False,
    o: Annotated[Path | None, Parameter(name=["-o", "--out"])] = None,
) -> int:
    """Print what outcomes cost over the points of a sweep: the efficient frontier, and who is dominated by whom.

    Parameters
    ----------
    folder
        The folder of a sweep.
    cost
        A figure of which less is better, such as public_cost_so_far@2030.
    outcomes
        Figures such as revenue@2030.
    json
        Print JSON.
    o
        A picture to write as well, of the first outcome.
    """
    from twin.analysis.frontier import frontier as found_by
    from twin.catalog import load_catalog
    from twin.sweeps import load_sweep
    from twin.sweeps.called import factor_names

    sweep = load_sweep(folder)
    found = found_by(sweep.table(cost, *outcomes), cost, list(outcomes))
    missing = sweep.runs - int(found.table["n"].sum())
    names = factor_names(sweep.design, load_catalog())
    told = {row["point"]: _point(row, sweep.factors, names) for row in found.table.to_dict("records")}
    if o is not None:
        from twin.view.frontier import draw_frontier

        short = {point: text if len(sweep.factors) == 1 else f"{point}" for point, text in told.items()}
        err.print(f"{draw_frontier(found.table, cost, outcomes[0], o, names=short)}: written", markup=False)
    if json:
        records = found.table.astype({"dominated_by": float}).to_dict("records")
        about = {"cost": cost, "better": dict(found.better), "runs_missing": missing}
        print_json(about | {"points": records})
        return DONE
    _print_frontier(found, told)
    _print_missing(missing, sweep.runs)
    return DONE


def _point(row: dict[Any, Any], factors: list[str], names: Names) -> str:
    """What a point is, in words."""
    parts = []
    for factor in factors:
        named, value = names[factor], row[factor]
        shown = named.word(value, zh=True) if isinstance(value, str) else named.number(float(value), zh=True)
        parts.append(shown if len(factors) == 1 else f"{named.zh} {shown}")
    return ", ".join(parts)


#: How points stand, in both languages.
STANDINGS = {"efficient": "前沿 efficient", "unclear": "难分 not told apart", "dominated": "被超越 dominated"}


def _print_frontier(found: Frontier, told: dict[int, str]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from twin.indicators.asked import Figure
    from twin.units import shown as unit_of

    n = found.table["n"]
    runs = f"{n.min()}" if n.min() == n.max() else f"{n.min()} to {n.max()}"
    title = f"投入与成效 What outcomes cost (means of {runs} runs; below, less the cheapest: mean, 95 % interval)"
    shown = Table(title=escape(title), title_justify="left", box=None, pad_edge=False)
    shown.add_column("点 point", justify="right")
    shown.add_column("", overflow="fold", max_width=60)
    figures = {name: Figure.parse(name) for name in (found.cost, *found.outcomes)}
    for name, figure in figures.items():
        shown.add_column(f"{figure.about.name_zh}\n{name}\n{unit_of(figure.about.unit).zh}", justify="right")
    shown.add_column("standing")
    shown.add_column("by", justify="right")
    for row in found.table.to_dict("records"):
        cells = []
        for name, figure in figures.items():
            unit = unit_of(figure.about.unit)
            mean, gain, low, high = (row[name + end] / unit.per for end in ("", "_gain", "_gain_low", "_gain_high"))
            spread = f"\n{gain:+,.{unit.digits}f} ({low:+,.{unit.digits}f} … {high:+,.{unit.digits}f})"
            cells.append(f"{mean:,.{unit.digits}f}{spread if math.isfinite(low) and gain else ''}")
        by = "" if row["standing"] == "efficient" else f"{row['dominated_by']}"
        shown.add_row(f"{row['point']}", escape(told[row["point"]]), *cells, STANDINGS[row["standing"]], by)
    console = wide()
    console.print(shown)
    rule = (
        "dominated: by paired differences under the same luck, at 2.5 % over all other points 按同一运气下的配对差判断"
    )
    console.print(rule, style="dim", highlight=False, soft_wrap=True)


@app.command
def robust(
    base: str,
    what_if: str,
    figure: str,
    /,
    *,
    setting: tuple[str, ...] = (),
    all: bool = False,
    replications: int | None = None,
    workers: int | None = None,
    changes: Set = (),
    out: Path | None = None,
    store: Path = Path("out") / "store",
    json: bool = False,
) -> int:
    """Say whether what a what-if brings hangs on how the park's documents are read; makes and runs the sweep for it.

    Parameters
    ----------
    base
        Name or file of a scenario.
    what_if
        Another one.
    figure
        What it is to bring, such as revenue@2030.
    setting
        A setting to vary; by default all.
    all
        Run every combination of the readings; by default one setting at a time is read otherwise.
    replications
        Pairs of runs under each reading; 12 if none is given.
    workers
        How many runs at once; by default as many as there are cores.
    out
        Folder of the sweep; `out/robust_BASE_WHAT_IF` if none is given.
    store
        Folder in which runs are kept, whichever sweep did them.
    json
        Print JSON.
    """
    from twin.analysis.naming import SETTINGS
    from twin.cli.runs import say_if_compiling
    from twin.sweeps.robust import REPLICATIONS
    from twin.sweeps.robust import robust as run_and_judge

    say_if_compiling()
    with progress() as bar:
        task = bar.add_task("robust", total=None)
        found = run_and_judge(
            base,
            what_if,
            figure,
            settings=setting,
            whole=all,
            replications=REPLICATIONS if replications is None else replications,
            changes=changes,
            out=out,
            store=store,
            workers=workers,
            progress=lambda so_far: bar.update(task, completed=so_far.done, total=so_far.total),
        )
    if json:
        said = {language: found.sentence(SETTINGS, language) for language in ("zh", "en")}
        on = [list(each) for each in found.depends_on]
        about = {"figure": figure, "verdict": found.verdict, "sign": found.sign, "depends_on": on, "sentences": said}
        print_json(about | {"readings": found.table.to_dict("records")})
        return DONE
    _print_robust(found, SETTINGS)
    return DONE


SIGNS = {1: "+", -1: "−", 0: "?"}


def _print_robust(found: Robustness, names: Names) -> None:
    from rich.table import Table

    from twin.analysis.naming import amount

    console = wide()
    for language in ("zh", "en"):
        console.print(found.sentence(names, language), highlight=False, soft_wrap=True, markup=False)
    shown = Table(box=None, pad_edge=False)
    for setting in found.settings:
        shown.add_column(f"{names[setting].zh if setting in names else setting}\n{setting}")
    for head in (
        "基准\nbase",
        "差值\ndifference",
        "95 % 区间\ninterval",
        "对数\npairs",
        "method",
        "p",
        "p, all together",
        "方向\nsign",
    ):
        shown.add_column(head, justify="right")
    for row in found.table.to_dict("records"):
        told = [f"{names[s].word(str(row[s]), zh=True) if s in names else row[s]}" for s in found.settings]
        middle = row["median"] if row["method"] == "median" else row["mean"]
        base, difference, low, high = (
            amount(found.figure, row[name] if name else middle, zh=True, signed=name != "base")
            for name in ("base", "", "low", "high")
        )
        tests = [f"{row['n']}", row["method"], f"{row['p']:.2g}", f"{row['p_together']:.2g}", SIGNS[row["sign"]]]
        spread = f"{low} … {high}" if math.isfinite(row["low"]) else "–"  # of one pair there is none
        shown.add_row(*told, base, difference, spread, *tests)
    console.print(shown)
    rule = "sign: clear at 5 % over all readings together (Holm); levels may move, differences count"
    console.print(f"{rule} 口径会改变水平值，判断只看差值", style="dim", highlight=False, soft_wrap=True)
