"""Figures with axes, of bars in pairs or others, in a font that has Chinese: PNG, SVG or PDF by the file's ending."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twin.errors import Fault, InputError
from twin.files import unfinished
from twin.view.fonts import font_file

FORMATS = (".png", ".svg", ".pdf")

INK, GRID = "#2b2f33", "#e6e6e6"

#: Colours of one of each pair and of the other, which stay apart where colours are not seen.
COLOURS = {False: "#1f5f8b", True: "#e8833a"}


@contextmanager
def axes_in(file: str | Path, *, title: str, dpi: int, legend: Any = "best") -> Iterator[Any]:
    """Axes to draw on, which are finished and written to a file at the end.

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
        figure = Figure(figsize=(10.5, 4.6), dpi=dpi)
        axes = figure.add_subplot()
        yield axes
        axes.set_title(title, loc="left", fontsize=11, color=INK)
        axes.xaxis.label.set(fontsize=9, color=INK)
        axes.yaxis.label.set(fontsize=9, color=INK)
        axes.tick_params(labelsize=8.5, colors=INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.legend(frameon=False, fontsize=9, loc=legend)
        figure.tight_layout()
        with unfinished(path) as hidden:
            figure.savefig(hidden, format=path.suffix[1:].lower())


@contextmanager
def bars(file: str | Path, *, title: str, dpi: int, headroom: float, legend: Any = "best") -> Iterator[Any]:
    """Axes for bars, from 0 and with some share of headroom above them: see `axes_in`."""
    with axes_in(file, title=title, dpi=dpi, legend=legend) as axes:
        yield axes
        axes.margins(y=headroom)
        axes.set_ylim(bottom=0)


def number(axes: Any, place: float, height: float, text: str, *, size: float) -> None:
    """A text above a bar."""
    offset = {"xytext": (0, 3), "textcoords": "offset points"}
    axes.annotate(text, (place, height), ha="center", fontsize=size, color=INK, **offset)
