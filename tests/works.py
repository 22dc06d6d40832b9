"""Works and demolitions for the parks of tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from twin.park import Park, park_from_tables
from twin.park.tables import TABLES

#: What works may leave otherwise than it was.
AFTERWARDS = ("building_type", "floors", "height_m", "gfa_m2", "lettable_m2", "rent_cny_m2_day", "quality")


def works_on(building: str, starts: str, ends: str, **afterwards: Any) -> dict[str, Any]:
    """A row of works."""
    return (
        dict.fromkeys(AFTERWARDS) | {"building_id": building, "starts": starts, "ends": ends, "phases": 1} | afterwards
    )


def worked_on(park: Park, *works: Mapping[str, Any], closed: Mapping[str, str] | None = None) -> Park:
    """The park with works, and with buildings that close for good. Raises ParkError."""
    return park_from_tables(
        {
            **{table.name: getattr(park, table.name) for table in TABLES},
            "buildings": park.buildings.assign(closed=park.buildings["building_id"].map(closed or {}).astype(object)),
            "works": _table(works),
        },
        catalog=park.catalog,
        about=park.about,
    )


def _table(works: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    rows = [{"works_id": f"w{n}", **row} for n, row in enumerate(works)]
    table = pd.DataFrame(
        rows, columns=["works_id", "building_id", "starts", "ends", "phases", *AFTERWARDS], dtype=object
    )
    return table.astype({"phases": int} | dict.fromkeys(("lettable_m2", "rent_cny_m2_day", "quality"), float))
