"""Coordinates of Chinese web maps: GCJ-02 and BD-09 to and from WGS 84.

The offset is a published approximation (as in the package coordtransform, MIT, and many others): a smooth shift of some
hundred metres. The inverse is found by iteration to well below a millimetre.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Krasovsky 1940, as the published formula has it.
SEMI_MAJOR_M, ECCENTRICITY_2 = 6378245.0, 0.00669342162296594323

#: Centre of the series, in degrees.
CENTRE_LON, CENTRE_LAT = 105.0, 35.0

#: Within these bounds web maps of mainland China are shifted: west, south, east, north in degrees.
SHIFTED = (73.66, 3.86, 135.05, 53.55)

BD_ANGLE = np.pi * 3000.0 / 180.0
ROUNDS = 8


def gcj02_from_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 longitudes and latitudes, in degrees, of WGS 84 ones."""
    x, y = lon - CENTRE_LON, lat - CENTRE_LAT
    ripple = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    sine = np.sin(np.radians(lat))
    magic = 1.0 - ECCENTRICITY_2 * sine * sine
    per_degree_lat = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / (magic * np.sqrt(magic)) * np.pi / 180.0
    per_degree_lon = SEMI_MAJOR_M / np.sqrt(magic) * np.cos(np.radians(lat)) * np.pi / 180.0
    west, south, east_most, north_most = SHIFTED
    shifted = (lon > west) & (lon < east_most) & (lat > south) & (lat < north_most)
    return lon + np.where(shifted, east / per_degree_lon, 0.0), lat + np.where(shifted, north / per_degree_lat, 0.0)


def bd09_from_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """BD-09 longitudes and latitudes, in degrees, of WGS 84 ones: a second shift on top of GCJ-02."""
    x, y = gcj02_from_wgs84(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * BD_ANGLE)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BD_ANGLE)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


#: Coordinates of web maps, by the names under which a mapping may declare them.
SHIFTS = {"GCJ-02": gcj02_from_wgs84, "BD-09": bd09_from_wgs84}


def to_wgs84(name: str, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS 84 longitudes and latitudes of shifted ones: what is left over is taken off until nothing is."""
    shift = SHIFTS[name]
    x, y = lon.copy(), lat.copy()
    for _ in range(ROUNDS):
        there = shift(x, y)
        x, y = x + lon - there[0], y + lat - there[1]
    return x, y
