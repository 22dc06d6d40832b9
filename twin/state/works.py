"""What opens and closes after the start."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from twin.catalog import Catalog
from twin.park import Park
from twin.state.columns import let_to_firms_m2, rows_of_types, storeys_m, years_until
from twin.units import Quarter


class Closing(NamedTuple):
    """A building that closes for works, or for good, and what the works leave."""

    starts: float  #: years since the start; 0 or less where works are under way then
    ends: float  #: years since the start, inf for good
    building: int  #: row
    kind: int = -1  #: row of its type afterwards
    storey_m: float = math.nan  #: height of its storeys afterwards
    more_m2: int = 0  #: lettable, against before
    rent_cny_m2_day: float = math.nan  #: afterwards, NaN as before
    quality: float = math.nan  #: afterwards, NaN as before
    phases: int = 1  #: parts that close one after another


def openings(park: Park, catalog: Catalog, start: Quarter) -> list[tuple[float, int, int]]:
    """What opens after the start: (years, row of the building, m²), in order of date."""
    years, m2 = years_until(park.firm_buildings["completed"], start), let_to_firms_m2(park.firm_buildings, catalog)
    later = np.flatnonzero((years > 0) & (years < math.inf))
    return sorted((float(years[row]), int(row), int(m2[row])) for row in later)


def closings(park: Park, catalog: Catalog, start: Quarter) -> list[Closing]:
    """What closes after the start, or is off line at it: works in order of date, then what closes for good."""
    buildings, works = park.firm_buildings, park.building_works
    ids = pd.concat([buildings["building_id"], works["building_id"]], ignore_index=True)
    alterable = ["building_type", "floors", "height_m", "lettable_m2"]
    known = pd.concat([pd.DataFrame(frame[alterable]) for frame in (buildings, works)])
    known = known.reset_index(drop=True).groupby(ids).ffill()  # what works do not say is as it was
    kind = rows_of_types(known, catalog)
    storey_m = storeys_m(known, catalog)
    more_m2 = pd.Series(let_to_firms_m2(known, catalog)).groupby(ids).diff()
    row = pd.Index(buildings["building_id"]).get_indexer(ids)
    numbers = [works[name].astype(float) for name in ("rent_cny_m2_day", "quality")]
    starts = years_until(works["starts"], start)
    # how far works are that are under way is not told: what is left of them is one phase
    phases = np.where(starts > 0, works["phases"].to_numpy(dtype=np.int64), 1)
    left = (row, kind, storey_m, more_m2.fillna(0).astype(int))
    of_works = [np.asarray(values)[len(buildings) :] for values in left]
    columns = [starts, years_until(works["ends"], start), *of_works, *numbers, phases]
    found = [Closing(*values) for values in zip(*(np.asarray(column).tolist() for column in columns), strict=True)]
    closed, completed = (years_until(buildings[date], start) for date in ("closed", "completed"))
    gone = np.flatnonzero((closed > 0) & (completed < closed) & (closed < math.inf)).tolist()
    return [*found, *(Closing(float(closed[building]), math.inf, building) for building in gone)]
