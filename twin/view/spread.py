"""A figure of how far a lever on a part of the park spreads, quarter by quarter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from twin.view.bars import COLOURS, INK, bars, number

NAMES = {True: "与其有关的企业 firms it touches", False: "其他企业 all others"}

#: What is pale differs in an amount of floor, staff or rent alone.
PALE = 0.35
PALE_NAME = "浅色: 只是面积、租金等数额不同 pale: other amounts alone"


def draw_spread(told: pd.DataFrame, file: str | Path, *, title: str) -> Path:
    """Draw `twin.study.spread`: the share of firms that differ by quarters since a lever, and how many of how many.

    Raises InputError for a file that is no png, svg or pdf.
    """
    with bars(file, title=title, dpi=110, headroom=0.18, legend="upper left") as axes:
        for n, (among, name) in enumerate(NAMES.items()):
            rows = told[told["touched"] == among]
            places = np.arange(len(rows)) + (n - 0.5) * 0.42
            axes.bar(places, 100 * rows["share"], 0.4, color=COLOURS[among], alpha=PALE)
            axes.bar(places, 100 * rows["share_elsewise"], 0.4, color=COLOURS[among], label=name)
            for place, row in zip(places, rows.fillna(0.0).to_dict("records"), strict=True):
                text = f"{row['elsewise']:,} + {row['differ'] - row['elsewise']:,}\nof {row['firms']:,}"
                number(axes, place, 100 * row["share"], text, size=6.5)
        axes.bar([0], [0], color=INK, alpha=PALE, label=PALE_NAME)
        quarters = told["quarter"].unique()
        axes.set_xticks(range(len(quarters)), [str(quarter) for quarter in quarters])
        axes.set_xlabel("措施后第几个季度 quarters since the lever")
        axes.set_ylabel("经历不同的企业占比 firms that differ, %")
    return Path(file)
