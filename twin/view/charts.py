"""Charts as SVG text that scales and prints."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.view.fonts import font_file

INK, LINE, BAND = "#2b2f33", "#1f5f8b", "#9cc3dd"


def fan_chart(
    years: Sequence[int],
    median: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    *,
    title: str,
    unit: str,
) -> str:
    """A median line within its range over the years, as an SVG element."""
    import matplotlib as mpl  # heavy, and not needed where nothing is drawn
    from matplotlib import font_manager
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    font_manager.fontManager.addfont(str(font_file()))
    family = font_manager.FontProperties(fname=str(font_file())).get_name()
    settings: Any = {"font.family": ["DejaVu Sans", family], "svg.fonttype": "path", "svg.hashsalt": "twin"}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(4.6, 2.7))
        axes = figure.add_subplot()
        axes.fill_between(years, low, high, color=BAND, linewidth=0, alpha=0.6)
        axes.plot(years, median, color=LINE, linewidth=1.8)
        axes.set_title(title, loc="left", fontsize=10, color=INK)
        axes.set_ylabel(unit, fontsize=8, color=INK)
        axes.tick_params(labelsize=8, colors=INK)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
        figure.tight_layout()
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()[text.getvalue().index("<svg") :]
