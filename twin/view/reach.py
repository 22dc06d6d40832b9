"""A figure of how far the loss of an anchor reaches along the chains and in its building."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin.errors import Fault, InputError
from twin.files import unfinished
from twin.view.fonts import font_file

FORMATS = (".png", ".svg", ".pdf")

INK, GRID = "#2b2f33", "#e6e6e6"

#: Colours of firms of the same building and of others, which stay apart where colours are not seen.
COLOURS = {False: "#1f5f8b", True: "#e8833a"}
NAMES = {False: "其他楼宇 other buildings", True: "同楼企业 same building"}


def draw_reach(told: pd.DataFrame, file: str | Path, *, title: str) -> Path:
    """Draw `twin.study.reach.reach_table`: how many firms differ, by steps from the anchor's link, and of how many.

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
    ways = [*sorted(told["steps"].dropna().unique()), np.nan]
    settings: Any = {"font.family": ["DejaVu Sans", family]}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(10.5, 4.6), dpi=150)
        axes = figure.add_subplot()
        for n, (shares, colour) in enumerate(COLOURS.items()):
            counts = [_counts(told, way, shares=shares) for way in ways]
            places = np.arange(len(ways)) + (n - 0.5) * 0.38
            axes.bar(places, [differ for differ, _ in counts], 0.36, color=colour, label=NAMES[shares])
            for place, (differ, firms) in zip(places, counts, strict=True):
                if firms:
                    axes.annotate(
                        f"{differ}\nof {firms:,}",
                        (place, differ),
                        (0, 3),
                        textcoords="offset points",
                        ha="center",
                        fontsize=7.5,
                        color=INK,
                    )
        names = [_name(way) for way in ways]
        axes.set_xticks(range(len(ways)), names)
        axes.set_xlabel("在产业链图上与其环节的距离 steps from its link on the chains", fontsize=9, color=INK)
        axes.set_ylabel("结果不同的企业 firms that differ", fontsize=9, color=INK)
        axes.set_title(title, loc="left", fontsize=11, color=INK)
        axes.margins(y=0.22)
        axes.set_ylim(bottom=0)
        axes.tick_params(labelsize=8.5, colors=INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.legend(frameon=False, fontsize=9)
        figure.tight_layout()
        with unfinished(path) as hidden:
            figure.savefig(hidden, format=path.suffix[1:].lower())
    return path


def _name(way: float) -> str:
    if np.isnan(way):
        return "无环节\nno link"
    if way == 0:
        return "同环节\nsame link"
    return f"{way:.0f} 步\n{way:.0f} {'step' if way == 1 else 'steps'}"


def _counts(told: pd.DataFrame, way: float, *, shares: bool) -> tuple[int, int]:
    """Firms that differ, and firms, so many steps away."""
    at = told["steps"].isna() if np.isnan(way) else told["steps"] == way
    rows = told[at & (told["shares_building"] == shares)]
    return int(rows["differ"].sum()), int(rows["firms"].sum())
