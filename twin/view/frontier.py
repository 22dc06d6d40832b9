"""A figure of what an outcome costs: every point less the cheapest, and the efficient frontier through the best."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from twin.indicators.asked import Figure
from twin.units import shown
from twin.view.bars import COLOURS, INK, axes_in

#: Of each standing its colour, the size of its mark, and what it is called.
STANDINGS: Mapping[str, tuple[str, float, str]] = {
    "dominated": ("#b9bfc4", 4.0, "明显被超越 clearly dominated"),
    "unclear": (COLOURS[True], 5.0, "与前沿无法区分 not told apart from the frontier"),
    "efficient": (COLOURS[False], 6.5, "有效前沿 efficient frontier"),
}

#: What is drawn of each point.
NOTE = (
    "较最省的点, 同一运气下配对差的均值与 95 % 区间 "
    "less the cheapest point: means and 95 % intervals of paired differences"
)

#: So many points on the frontier are named; the names of more would cover one another.
MOST_NAMED = 12

#: Points so near to one another, as a share of the width, are named on two sides.
NEAR = 0.06


def draw_frontier(
    table: pd.DataFrame,
    cost: str,
    outcome: str,
    file: str | Path,
    *,
    names: Mapping[int, str] | None = None,
    title: str = "增加的投入与成效 What more of an outcome costs",
) -> Path:
    """Draw the table of `twin.analysis.frontier`: differences to the cheapest point, and the frontier as steps.

    The crosses are 95 % intervals of paired differences: those of levels hold the luck that all points share.
    `names` are those of points; of the frontier twelve at most are written. Raises InputError for a file that is no
    png, svg or pdf.
    """
    across, up = Figure.parse(cost), Figure.parse(outcome)
    x, y = shown(across.about.unit).per, shown(up.about.unit).per
    with axes_in(file, title=title, dpi=130) as axes:
        for layer, (standing, (colour, size, label)) in enumerate(STANDINGS.items(), 1):
            rows = table[table["standing"] == standing]
            if rows.empty:
                continue
            axes.errorbar(
                rows[f"{cost}_gain"] / x,
                rows[f"{outcome}_gain"] / y,
                xerr=_arms(rows, cost, x),
                yerr=_arms(rows, outcome, y),
                fmt="o",
                color=colour,
                markersize=size,
                elinewidth=0.9,
                label=label,
                zorder=2 + layer,
            )
        best = table[table["standing"] == "efficient"].sort_values(cost)
        steps = best[f"{cost}_gain"] / x, best[f"{outcome}_gain"] / y
        axes.step(*steps, where="post", color=STANDINGS["efficient"][0], linewidth=1.0, zorder=2)
        known = {} if names is None else names
        named = best[best["point"].isin(list(known))].head(MOST_NAMED)
        wide, last, above = float(table[f"{cost}_gain"].max() - table[f"{cost}_gain"].min()), -float("inf"), False
        for row in named.to_dict("records"):
            right, top = row[f"{cost}_gain"], row[f"{outcome}_gain"]
            above = right - last > NEAR * wide or not above  # of neighbours one is named above, one below
            last = right
            _name(axes, right / x, top / y, known[row["point"]], above=above)
        axes.margins(0.08, 0.14)
        axes.set_xlabel(f"{_axis(across)}\n{NOTE}")
        axes.set_ylabel(_axis(up))
    return Path(file)


def _arms(rows: pd.DataFrame, figure: str, unit: float) -> Any:
    """(2, rows): how far intervals reach below and above the means; nothing where there is none."""
    mean = rows[f"{figure}_gain"]
    low, high = mean - rows[f"{figure}_gain_low"], rows[f"{figure}_gain_high"] - mean
    return [(low / unit).fillna(0.0).clip(lower=0.0), (high / unit).fillna(0.0).clip(lower=0.0)]


def _name(axes: Any, across: float, up: float, text: str, *, above: bool) -> None:
    """A name at the upper left of a point or at its lower right."""
    aside = {"xytext": (-6, 5), "ha": "right"} if above else {"xytext": (7, -11), "ha": "left"}
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.0, foreground="white")]
    offset = {"textcoords": "offset points", "zorder": 9, "path_effects": halo}
    axes.annotate(text, (across, up), fontsize=7.5, color=INK, **offset, **aside)


def _axis(figure: Figure) -> str:
    """Name, year and unit of a figure, Chinese beside English."""
    unit = shown(figure.about.unit)
    year = f" {figure.year}" if figure.year else ""
    told = unit.zh if unit.zh == unit.en else f"{unit.zh}, {unit.en}"
    part = f" {figure.part}" if figure.part else ""
    return f"{figure.about.name_zh} {figure.about.name_en}{part}{year} ({told})"
