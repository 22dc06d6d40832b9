"""A pen for a transparent sheet: text with a halo, bars and lines, in reference pixels from the lower left."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Polygon
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from twin.view.colours import PAPER
from twin.view.fonts import font_file
from twin.view.room import Box

INK = "#24292c"
DASHES = (4, 2)  #: on and off, in widths of the line
HALO_PX, BOLD_PX = 2.6, 0.55  #: widths of strokes around letters
DPI = 72  #: matplotlib counts sizes in points of 1/72 inch: at this resolution a point is a pixel


class Pen:
    """Draws on a sheet of `size_px` pixels, of which `scale` make one reference pixel."""

    def __init__(self, size_px: tuple[int, int], scale: float) -> None:
        self.width, self.height = size_px[0] / scale, size_px[1] / scale
        self._figure = Figure((self.width / DPI, self.height / DPI), dpi=DPI * scale)
        self._figure.patch.set_alpha(0)
        self._to_pixels = Affine2D().scale(scale)
        self._font = font_file()

    def text(
        self, x: float, y: float, text: str, size: float, *, colour: str = INK, align: str = "left", bold: bool = False
    ) -> None:
        """A line of text; `y` is the middle of its height."""
        effects = [withStroke(linewidth=HALO_PX, foreground=PAPER, alpha=0.85)]
        if bold:
            effects.append(withStroke(linewidth=BOLD_PX, foreground=colour))
        font = FontProperties(fname=self._font, size=size)
        self._figure.text(
            x,
            y,
            text,
            color=colour,
            horizontalalignment=align,
            verticalalignment="center_baseline",
            fontproperties=font,
            path_effects=effects,
            transform=self._to_pixels,
            parse_math=False,
        )

    def panel(self, box: Box) -> None:
        """A translucent sheet of paper with round corners."""
        width, height = box.right - box.left, box.top - box.bottom
        style = "round,pad=0,rounding_size=6"
        self._add(
            FancyBboxPatch((box.left, box.bottom), width, height, style, fc=PAPER, ec="#c9cccd", lw=0.8, alpha=0.88)
        )

    def fill(self, corners: Sequence[tuple[float, float]], colour: object, *, edge: str = "none") -> None:
        """A polygon."""
        self._add(Polygon(corners, closed=True, facecolor=colour, edgecolor=edge, linewidth=0.9))

    def bar(self, box: Box, colour: object, *, edge: str = "none") -> None:
        """A rectangle."""
        corners = [(box.left, box.bottom), (box.right, box.bottom), (box.right, box.top), (box.left, box.top)]
        self.fill(corners, colour, edge=edge)

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        width: float,
        *,
        colour: str = INK,
        dashed: bool = False,
    ) -> None:
        """A straight line."""
        line = Line2D([start[0], end[0]], [start[1], end[1]], color=colour, linewidth=width)
        if dashed:
            line.set_dashes(DASHES)
        self._add(line)

    def pixels(self) -> NDArray[np.uint8]:
        """(height, width, 4): the sheet so far."""
        return rendered(self._figure)

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._to_pixels)
        self._figure.add_artist(artist)


def rendered(figure: Figure) -> NDArray[np.uint8]:
    """(height, width, 4): the pixels of a figure, the upper row first."""
    width, height = (round(side * figure.dpi) for side in figure.get_size_inches())
    raw = io.BytesIO()
    figure.savefig(raw, format="rgba", dpi=figure.dpi, facecolor=figure.get_facecolor())
    return np.frombuffer(raw.getbuffer(), np.uint8).reshape(height, width, 4)
