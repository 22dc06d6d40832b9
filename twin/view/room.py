"""Room on the sheet: rectangles, and how much there is to see under them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CELL_PX = 6.0  #: side of a cell of the crowd, reference pixels


class Box(NamedTuple):
    """A rectangle on the sheet, in reference pixels from the lower left."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether the two have room in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.bottom < other.top and other.bottom < self.top

    def within(self, other: Box) -> bool:
        """Whether it lies inside the other."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.bottom <= self.bottom and self.top <= other.top


class Crowd(NamedTuple):
    """What of the sheet is busy, cell by cell."""

    cells: NDArray[
        np.float64
    ]  #: (rows from below, columns): 1 where there is something to see, 0 where there is nothing

    @classmethod
    def of(cls, points_px: NDArray[np.float64], size_px: tuple[float, float]) -> Crowd:
        """The crowd of points (n, 2) on a sheet; all in reference pixels."""
        columns, rows = (int(np.ceil(side / CELL_PX)) for side in size_px)
        edges = (np.arange(rows + 1) * CELL_PX, np.arange(columns + 1) * CELL_PX)
        count, _, _ = np.histogram2d(points_px[:, 1], points_px[:, 0], bins=edges)
        return cls((count > 0).astype(np.float64))

    def share(self, box: Box) -> float:
        """The busy share of a box that lies on the sheet."""
        left, bottom = int(box.left / CELL_PX), int(box.bottom / CELL_PX)
        right, top = int(np.ceil(box.right / CELL_PX)), int(np.ceil(box.top / CELL_PX))
        return float(self.cells[bottom:top, left:right].mean())
