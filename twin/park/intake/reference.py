"""Whether named places lie where they are known to lie, or where a web map would have moved them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.bundled import bundled
from twin.park.intake import crs, offsets, words
from twin.park.intake.report import Log

#: What a station is called besides its name.
ADDED = re.compile(r"(地铁站|站|地铁|station|metro|subway|\s)+$", re.IGNORECASE)

#: The shipped layer whose places are known.
KNOWN = "stations"

METRES_PER_DEGREE = 111_320.0

#: A place of a known name further away than this is another one of that name.
SAME_NAME_M = 10_000.0

Floats = NDArray[np.float64]


def check_against_reference(name: str, frame: gpd.GeoDataFrame, log: Log) -> None:
    """Say whether a layer of named points is where the shipped stations are, or off by the offset of a web map."""
    east, north, at = _offsets(frame)
    if len(east) < words.value("reference_names_needed"):
        return
    off = float(np.median(np.hypot(east, north)))
    told: dict[str, Any] = {"n": len(east), "metres": f"{off:.0f}"}
    if off <= words.value("reference_near_m"):
        log.say("reference_agrees", name, **told)
        return
    for shift, function in offsets.SHIFTS.items():
        moved = function(*at)
        expected = _metres(moved[0] - at[0], moved[1] - at[1], at[1])
        left = float(np.median(np.hypot(east - expected[0], north - expected[1])))
        if left <= words.value("reference_shift_m"):
            log.say("shift_found", name, shift=shift, left=f"{left:.0f}", **told)
            return
    log.say("reference_disagrees", name, **told)


def _offsets(frame: gpd.GeoDataFrame) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """How far east and north of their place points with known names lie, in metres, and where that place is."""
    known = _known()
    found = known.index.get_indexer(pd.Index(_names(frame)))
    there = known.to_numpy(dtype=np.float64)[found]
    lon, lat = crs.lon_lat(frame)
    east, north = _metres(lon - there[:, 0], lat - there[:, 1], there[:, 1])
    matched = (found >= 0) & (np.hypot(east, north) < SAME_NAME_M)
    return east[matched], north[matched], (there[matched, 0], there[matched, 1])


@cache
def _known() -> pd.DataFrame:
    """Longitude and latitude of every shipped station, by its names."""
    stations = gpd.read_parquet(bundled("data") / "shijingshan" / f"{KNOWN}.parquet")
    lon, lat = crs.lon_lat(stations)
    tables = [
        pd.DataFrame({"lon": lon, "lat": lat}, index=[_bare(text) for text in stations[column]])
        for column in ("name_zh", "name_en")
    ]
    known = pd.concat(tables)
    return known[~known.index.duplicated() & (known.index != "")]


def _names(frame: gpd.GeoDataFrame) -> list[str]:
    known = _known().index
    columns = [column for column in ("name_zh", "name_en") if column in frame.columns]
    names = [[_bare(text) for text in frame[column]] for column in columns]
    return [next((text for text in row if text in known), "-") for row in zip(*names, strict=True)] or ["-"] * len(
        frame
    )


def _bare(text: object) -> str:
    return words.plain(ADDED.sub("", str(text))) if isinstance(text, str) else ""


def _metres(lon: Floats, lat: Floats, at: Floats) -> tuple[Floats, Floats]:
    return lon * METRES_PER_DEGREE * np.cos(np.radians(at)), lat * METRES_PER_DEGREE
