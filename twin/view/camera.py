"""The view from above: a parallel projection, so that one scale holds all over the sheet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Camera:
    """An oblique parallel projection. Pixels count from the lower left corner of the sheet."""

    size_px: tuple[int, int]
    azimuth_deg: float  #: where it looks, clockwise from north; 0 looks north, from the south
    elevation_deg: float  #: above the ground; 90 looks straight down
    centre_m: NDArray[np.float64]  #: (3,) what is drawn in the middle of the sheet
    metres_per_px: float  #: true along the horizontal of the sheet; depth is shortened by sin(elevation)

    @property
    def axes(self) -> NDArray[np.float64]:
        """(3, 3): unit vectors to the right, up and into the sheet."""
        azimuth, elevation = np.radians([self.azimuth_deg, self.elevation_deg])
        ahead = np.array([np.sin(azimuth), np.cos(azimuth), 0.0])
        right = np.array([np.cos(azimuth), -np.sin(azimuth), 0.0])
        zenith = np.array([0.0, 0.0, 1.0])
        up = ahead * np.sin(elevation) + zenith * np.cos(elevation)
        into = ahead * np.cos(elevation) - zenith * np.sin(elevation)
        return np.stack([right, up, into])

    def project(self, points_m: NDArray[np.floating]) -> NDArray[np.float64]:
        """(n, 3): x and y in pixels, and depth in metres, of points (n, 3)."""
        across = (np.asarray(points_m, dtype=np.float64) - self.centre_m) @ self.axes.T
        across[:, :2] = across[:, :2] / self.metres_per_px + np.array(self.size_px) / 2
        return across

    def fitted(self, points_m: NDArray[np.floating], margins_px: tuple[float, float, float, float]) -> Camera:
        """The camera that shows all points (n, 3) as large as margins (left, top, right, bottom) allow."""
        seen = np.asarray(points_m, dtype=np.float64) @ self.axes.T
        low, high = seen.min(axis=0), seen.max(axis=0)
        left, top, right, bottom = margins_px
        room = np.array([self.size_px[0] - left - right, self.size_px[1] - top - bottom])
        metres_per_px = float(np.max((high - low)[:2] / room))
        middle = (low + high) / 2
        middle[:2] -= metres_per_px * np.array([left - right, bottom - top]) / 2
        return Camera(self.size_px, self.azimuth_deg, self.elevation_deg, middle @ self.axes, metres_per_px)
