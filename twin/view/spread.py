"""A figure of how far a lever on a part of the park spreads, quarter by quarter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin.errors import Fault, InputError
from twin.files import unfinished
from twin.view.fonts import font_file
from twin.view.reach import COLOURS, FORMATS, GRID, INK

NAMES = {True: "与其有关的企业 firms it touches", False: "其他企业 all others"}

#: What is pale differs in an amount of floor, staff or rent alone.
PALE = 0.35
PALE_NAME = "浅色: 只是面积、租金等数额不同 pale: other amounts alone"


def draw_spread(told: pd.DataFrame, file: str | Path, *, title: str) -> Path:
    """Draw `twin.study.spread`: the share of firms that differ by quarters since a lever, and how many of how many.

    Raises InputError for a file that is no png, svg or pdf.
    """
    path = Path(file)
    if path.suffix.lower() not in FORMATS:
        raise InputError([Fault(str(path), "no picture", f"a name that ends in {', '.join(FORMATS)}")])
    import matplotlib as mpl  # heavy, and not needed where nothing is drawn
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    font_manager.fontManager.addfont(str(font_file()))
    family = font_manager.FontProperties(fname=str(font_file())).get_name()
    settings: Any = {"font.family": ["DejaVu Sans", family]}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(10.5, 4.6), dpi=110)
        axes = figure.add_subplot()
        for n, (among, name) in enumerate(NAMES.items()):
            rows = told[told["touched"] == among]
            places = np.arange(len(rows)) + (n - 0.5) * 0.42
            axes.bar(places, 100 * rows["share"], 0.4, color=COLOURS[among], alpha=PALE)
            axes.bar(places, 100 * rows["share_elsewise"], 0.4, color=COLOURS[among], label=name)
            for place, row in zip(places, rows.fillna(0.0).to_dict("records"), strict=True):
                axes.annotate(
                    f"{row['elsewise']:,} + {row['differ'] - row['elsewise']:,}\nof {row['firms']:,}",
                    (place, 100 * row["share"]),
                    (0, 3),
                    textcoords="offset points",
                    ha="center",
                    fontsize=6.5,
                    color=INK,
                )
        axes.bar([0], [0], color=INK, alpha=PALE, label=PALE_NAME)
        quarters = told["quarter"].unique()
        axes.set_xticks(range(len(quarters)), [str(quarter) for quarter in quarters])
        axes.set_xlabel("措施后第几个季度 quarters since the lever", fontsize=9, color=INK)
        axes.set_ylabel("经历不同的企业占比 firms that differ, %", fontsize=9, color=INK)
        axes.set_title(title, loc="left", fontsize=11, color=INK)
        axes.margins(y=0.18)
        axes.set_ylim(bottom=0)
        axes.tick_params(labelsize=8.5, colors=INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.legend(frameon=False, fontsize=9, loc="upper left")
        figure.tight_layout()
        with unfinished(path) as hidden:
            figure.savefig(hidden, format=path.suffix[1:].lower())
    return path
