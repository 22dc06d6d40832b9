"""A figure of the probability of reaching a goal against what it costs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from twin.units import YI_CNY
from twin.view.bars import COLOURS, INK, bars

POINTS = "组合, 新随机数 packages under fresh luck (95 %)"
FRONT = "没有更便宜又更可能的 none cheaper is likelier"
WISHED = "期望概率 wished"
ANSWER = "答案 answer"

#: Lines that are there to be held against are so pale.
PALE = 0.55


def draw_attaining(
    curve: pd.DataFrame, file: str | Path, *, title: str, probability: float, answer: float | None = None
) -> Path:
    """Draw `twin.goals.Answer.curve`: the share of runs that attain, with its interval, by extra cost in CNY.

    `answer` is the cost of the package that is the answer, where there is one. Raises InputError for a file that is no
    png, svg or pdf.
    """
    cost, share = curve["cost"] / YI_CNY, 100.0 * curve["share"]
    ends = [share - 100.0 * curve["low"], 100.0 * curve["high"] - share]
    efficient = curve["efficient"].to_numpy(dtype=bool)
    with bars(file, title=title, dpi=110, headroom=0.08, legend="lower right") as axes:
        axes.axhline(100.0 * probability, color=INK, alpha=PALE, linestyle="--", linewidth=1.0, label=WISHED)
        steps = {"drawstyle": "steps-post", "color": COLOURS[False], "alpha": PALE, "linewidth": 1.4}
        axes.plot(cost[efficient], share[efficient], label=FRONT, **steps)
        dots = {"fmt": "o", "color": COLOURS[False], "markersize": 5, "elinewidth": 1.0, "capsize": 3}
        axes.errorbar(cost, share, yerr=ends, label=POINTS, **dots)
        if answer is not None:
            here = curve["cost"] == answer
            star = {"marker": "*", "s": 170, "color": COLOURS[True], "zorder": 3}
            axes.scatter(cost[here], share[here], label=ANSWER, **star)
        axes.set_xlabel("到目标年末累计追加公共投入, 亿元 extra public money by the end of the goal's year, 1e8 CNY")
        axes.set_ylabel("达到目标的概率 probability of reaching it, %")
    return Path(file)
