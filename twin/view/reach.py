"""A figure of how far the loss of an anchor reaches along the chains and in its building."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from twin.view.bars import COLOURS, bars, number

NAMES = {False: "其他楼宇 other buildings", True: "同楼企业 same building"}


def draw_reach(told: pd.DataFrame, file: str | Path, *, title: str) -> Path:
    """Draw `twin.study.reach.reach_table`: how many firms differ, by steps from the anchor's link, and of how many.

    Raises InputError for a file that is no png, svg or pdf.
    """
    ways = [*sorted(told["steps"].dropna().unique()), np.nan]
    with bars(file, title=title, dpi=150, headroom=0.22) as axes:
        for n, (shares, colour) in enumerate(COLOURS.items()):
            counts = [_counts(told, way, shares=shares) for way in ways]
            places = np.arange(len(ways)) + (n - 0.5) * 0.38
            axes.bar(places, [differ for differ, _ in counts], 0.36, color=colour, label=NAMES[shares])
            for place, (differ, firms) in zip(places, counts, strict=True):
                if firms:
                    number(axes, place, differ, f"{differ}\nof {firms:,}", size=7.5)
        axes.set_xticks(range(len(ways)), [_name(way) for way in ways])
        axes.set_xlabel("在产业链图上与其环节的距离 steps from its link on the chains")
        axes.set_ylabel("结果不同的企业 firms that differ")
    return Path(file)


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
