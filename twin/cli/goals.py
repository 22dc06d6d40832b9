"""The command that asks what it takes to reach a goal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from twin.cli.app import DONE, ParkName, Set, app, err
from twin.cli.runs import say_if_compiling
from twin.cli.shown import print_json, progress, wide
from twin.units import YI_CNY

if TYPE_CHECKING:
    from twin.goals import Answer


@app.command
def goal(
    condition: str,
    /,
    *,
    within: Path | None = None,
    scenario: str | None = None,
    park: ParkName = None,
    probability: float = 0.8,
    budget: int = 600,
    workers: int | None = None,
    changes: Set = (),
    save: Path | None = None,
    json: bool = False,
    o: Annotated[Path | None, Parameter(name=["-o", "--out"])] = None,
) -> int:
    """Find the cheapest package of levers that reaches a goal, or say that nothing allowed does, and how sure that is.

    Parameters
    ----------
    condition
        What is to be reached, such as "revenue@2030 >= 6600e8": an indicator, a year, >= or <=, and a number.
    within
        A file with the levers that may be pulled, and how far; by default those that come along.
    scenario
        Name or file of the scenario that the package is added to; by default the one that the file names.
    probability
        How likely the package has to reach it.
    budget
        How many runs it may take.
    workers
        Threads to run in; by default as many as there are cores.
    save
        A scenario file to write with the package.
    json
        Print JSON; `verdict` is `reached`, `out of reach` or `undecided`.
    o
        A picture to write of probability against cost: png, svg or pdf.
    """
    from twin.goals import load_allowed, seek
    from twin.indicators.asked import Condition
    from twin.simulation import load_and_check

    asked, allowed = Condition.parse(condition), load_allowed(within)
    loaded, wanted = load_and_check(scenario or allowed.scenario, park=park, changes=changes)
    _check_outputs(save, o)
    say_if_compiling()
    with progress() as bar:
        task = bar.add_task("goal", total=budget)
        answer = seek(
            loaded,
            wanted,
            asked,
            allowed,
            probability=probability,
            budget=budget,
            workers=workers,
            progress=lambda done: bar.update(task, completed=done),
        )
    # first what the runs found: a file that cannot be written is no reason to lose it
    if json:
        print_json(answer.plain())
    else:
        _print(answer)
    if save is not None and answer.found.package is not None:
        err.print(f"{answer.save(save)}: written", markup=False, highlight=False)
    elif save is not None:
        told = f"{save}: not written, as there is no package 没有可保存的措施组合, 未写文件"
        err.print(told, markup=False, highlight=False)
    if o is not None:
        err.print(f"{_draw(answer, o)}: written", markup=False, highlight=False)
    return DONE


def _check_outputs(save: Path | None, picture: Path | None) -> None:
    """Refuse before the runs what could not be written after them. Raises OutputError."""
    from twin.errors import Fault, OutputError
    from twin.view.bars import FORMATS

    faults = []
    if save is not None and save.suffix not in {".yaml", ".yml"}:
        faults.append(Fault(f"--save {save}", "no scenario file", "a name that ends in .yaml"))
    if picture is not None and picture.suffix.lower() not in FORMATS:
        faults.append(Fault(f"--out {picture}", "no picture", f"a name that ends in {', '.join(FORMATS)}"))
    if faults:
        raise OutputError(faults)


def _draw(answer: Answer, file: Path) -> Path:
    from twin.errors import Fault, OutputError
    from twin.view.attaining import draw_attaining

    found = answer.found
    title = f"{answer.condition}: 概率与投入 probability against cost"
    cost = found.cost.mean if found.cost is not None else None
    try:
        return draw_attaining(answer.curve, file, title=title, probability=found.probability, answer=cost)
    except OSError as error:
        raise OutputError([Fault(str(file), f"cannot be written: {error.strerror}", "another file")]) from None


def _print(answer: Answer) -> None:
    from rich.table import Table

    from twin.goals import package_in_words, sentences

    console = wide()
    for zh, en in sentences(answer):
        console.print(f"{zh}\n{en}", markup=False, highlight=False, soft_wrap=True)
    package = package_in_words(answer)
    if package:
        console.print("\n措施组合 package, to paste into a scenario file:", highlight=False)
        console.print(answer.actions_yaml(), end="", markup=False, highlight=False, soft_wrap=True)
        for zh, en in package:
            console.print(f"  # {zh} {en}", style="dim", markup=False, highlight=False, soft_wrap=True)
    title = "概率与投入 Probability against cost (fresh luck 新随机数; intervals one by one 区间逐个成立)"
    console.print(f"\n{title}", style="italic", markup=False, highlight=False, soft_wrap=True)
    shown = Table(box=None, pad_edge=False)
    for head in ("亿元\n1e8 CNY", "达到\nmet", "概率\nprobability", "区间\ninterval", "", *answer.names):
        shown.add_column(head, justify="right", no_wrap=True)
    for row in answer.curve.to_dict("records"):
        chance = [f"{row['met']}/{row['runs']}", f"{row['share']:.0%}", f"{row['low']:.0%}–{row['high']:.0%}"]
        levers = [f"{row[name]:g}" for name in answer.names]
        shown.add_row(f"{row['cost'] / YI_CNY:,.2f}", *chance, "*" if row["efficient"] else "", *levers)
    console.print(shown)
    told = "* none of the table is cheaper and likelier 表中没有更便宜又更可能的; costs are assumptions 成本为假设"
    console.print(told, style="dim", highlight=False)
