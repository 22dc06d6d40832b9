"""A small park to adjust, and random edits of it: some of them sensible, some not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from twin.errors import EditError
from twin.park import About, Park, park_from_tables
from twin.park.tables import TABLES
from twin.units import Quarter

Said = dict[str, Any]

CRS = "EPSG:4548"
X0, Y0 = 480_000.0, 4_410_000.0
COLUMNS, ROWS, SIDE = 5, 4, 100.0
START = Quarter(2026, 1)
USES = ("B23", "B2", "M4", "A35", "F3", "R2", "M1", "B4")
TYPES = ("office", "research", "incubator", "pilot_hall", "light_manufacturing", "retail", "talent_housing")


@cache
def adjustable_park() -> Park:
    """Twenty parcels in a grid with streets of no width, a building on every second, in zones that overlap."""
    cells = [(i, j) for j in range(ROWS) for i in range(COLUMNS)]
    boxes = [shapely.box(X0 + SIDE * i, Y0 + SIDE * j, X0 + SIDE * (i + 1), Y0 + SIDE * (j + 1)) for i, j in cells]
    # corners of all neighbours on every boundary, as in a surveyed fabric
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": [f"p{i}{j}" for i, j in cells],
            "land_use": [USES[(i + 2 * j) % len(USES)] for i, j in cells],
            "far_limit": 3.0,
            "height_limit_m": 60.0,
            "owner": ["district" if i < 3 else "market" for i, _ in cells],
            "provenance": ["synthetic" if j else "derived" for _, j in cells],
        },
        geometry=boxes,
        crs=CRS,
    )
    built = [n for n in range(len(cells)) if n % 2 == 0]
    homes = parcels.iloc[built].reset_index(drop=True)
    buildings = gpd.GeoDataFrame(
        {
            "building_id": [f"b{n}" for n in built],
            "parcel_id": homes["parcel_id"],
            "building_type": [TYPES[n % len(TYPES)] for n in built],
            "floors": 4,
            "height_m": 16.0,
            "gfa_m2": 4 * 40.0 * 40.0,
            "lettable_m2": 5000.0,
            "started": [None if n % 3 else "2026Q2" for n in built],
            "completed": [None if n % 5 == 4 else "2028Q1" if n % 3 == 0 else "2010Q1" for n in built],
            "rent_cny_m2_day": 4.0,
            "quality": 0.5,
            "provenance": "synthetic",
        },
        geometry=[shapely.box(*np.add(box.bounds, (15, 15, -45, -45))) for box in homes.geometry],
        crs=CRS,
    )
    zones = gpd.GeoDataFrame(
        {
            "zone_id": ["park", "park", "west", "middle"],
            "version": [1, 2, 1, 1],
            "name_zh": ["园区", "园区", "西区", "中区"],
            "name_en": ["Park", "Park", "West", "Middle"],
            "kind": ["park", "park", "cluster", "feature_park"],
            "valid_from": [None, "2027Q1", None, "2026Q3"],
            "valid_to": ["2027Q1", None, None, None],
            "setting": None,
        },
        geometry=[
            shapely.box(X0, Y0, X0 + 4 * SIDE, Y0 + ROWS * SIDE),
            shapely.box(X0, Y0, X0 + COLUMNS * SIDE, Y0 + ROWS * SIDE),
            shapely.box(X0, Y0, X0 + 2 * SIDE, Y0 + ROWS * SIDE),
            shapely.box(X0 + 150, Y0 + 50, X0 + 333, Y0 + 250),
        ],
        crs=CRS,
    )
    tables: dict[str, pd.DataFrame] = {"zones": zones, "parcels": parcels, "buildings": buildings}
    return park_from_tables(tables, about=About("试验园区", "Test park"))


def with_tables(park: Park, **tables: pd.DataFrame) -> Park:
    """The park with other tables. Raises ParkError."""
    kept: Mapping[str, pd.DataFrame] = {table.name: getattr(park, table.name) for table in TABLES}
    return park_from_tables({**kept, **tables}, catalog=park.catalog, about=park.about)


def land_of(*shapes: Any) -> Park:
    """A park with parcels q0, q1, … of these shapes, in metres from the corner, and a building of 800 m² on q0."""
    park = adjustable_park()
    moved = [shapely.transform(shape, lambda xy: np.add(xy, (X0, Y0))) for shape in shapes]
    parcels = gpd.GeoDataFrame(
        {"parcel_id": [f"q{n}" for n in range(len(shapes))], "land_use": "B23", "far_limit": 3.0, "owner": "district"},
        geometry=moved,
        crs=CRS,
    )
    building = park.buildings.iloc[1:2].assign(parcel_id="q0", gfa_m2=800.0, lettable_m2=700.0)
    building = building.set_geometry([shapely.box(X0 + 2, Y0 + 2, X0 + 22, Y0 + 12)], crs=CRS)
    return with_tables(park, parcels=parcels.assign(height_limit_m=60.0), buildings=building)


def line(*points: tuple[float, float]) -> list[list[float]]:
    """A line or a ring through points in metres from the corner of the park, as it is written down."""
    return [[X0 + x, Y0 + y] for x, y in points]


def ring(left: float, bottom: float, right: float, top: float) -> list[list[float]]:
    """A rectangle as it is written down."""
    return line((left, bottom), (right, bottom), (right, top), (left, top), (left, bottom))


def parcels_of(park: Park, at: str = "2030Q1") -> dict[str, Said]:
    """The parcels in force at a date, by id."""
    return _by_id(park.parcels_at(at), "parcel_id")


def buildings_of(park: Park, at: str = "2030Q1") -> dict[str, Said]:
    """The buildings there are at a date, by id."""
    return _by_id(park.buildings_at(at), "building_id")


def _by_id(frame: pd.DataFrame, key: str) -> dict[str, Said]:
    return {str(row[key]): {str(name): value for name, value in row.items()} for row in frame.to_dict("records")}


def home_of(park: Park, building: str, at: str = "2030Q1") -> str:
    """The parcel on which a building stands at a date, after edits."""
    assert park.sites is not None
    stays = park.sites[park.sites["building_id"] == building]
    now = stays[~(stays["valid_from"] > at).to_numpy(bool) & ~(stays["valid_to"] <= at).to_numpy(bool)]
    return str(now["parcel_id"].item())


def refusal(park: Park, *edits: Any) -> str:
    """What is said of edits that are refused."""
    with pytest.raises(EditError) as refused:
        park.edit(*edits)
    return str(refused.value)


def random_edits(luck: np.random.Generator, count: int, quarters: int = 40) -> list[Said]:
    """Edits within some quarters drawn at random, each as it would be written down; many of them cannot be done."""
    return [_random_edit(luck, n, quarters) for n in range(count)]


def with_possible(park: Park, said: list[Said]) -> tuple[Park, list[Said]]:
    """The park with those edits made to it that can be done beside all the others, and these."""
    try:
        return park.edit(said), said
    except EditError as error:
        refused = {fault.what.split(" ")[0] for fault in error.faults}
    left = [one for one in said if one["id"] not in refused]
    assert len(left) < len(said)
    return with_possible(park, left)


def _random_edit(luck: np.random.Generator, n: int, quarters: int) -> Said:
    kinds = list(_MAKERS)
    kind = kinds[int(luck.integers(len(kinds)))]
    at = str(START.plus(int(luck.integers(0, quarters))))
    return {"id": f"e{n}", "edit": kind, "at": at, **_MAKERS[kind](luck, n)}


def _parcel(luck: np.random.Generator) -> str:
    name = f"p{luck.integers(COLUMNS)}{luck.integers(ROWS)}"
    draw = luck.random()
    return name if draw < 0.7 else f"{name}/{luck.integers(1, 3)}" if draw < 0.9 else f"{name}+"


def _building(luck: np.random.Generator) -> str:
    return f"b{2 * luck.integers(10)}" if luck.random() < 0.7 else f"n{luck.integers(8)}"


def _neighbours(luck: np.random.Generator) -> list[str]:
    i, j = int(luck.integers(COLUMNS - 1)), int(luck.integers(ROWS - 1))
    return [f"p{i}{j}", f"p{i + 1}{j}"] if luck.random() < 0.5 else [f"p{i}{j}", f"p{i}{j + 1}"]


def _rezone(luck: np.random.Generator, n: int) -> dict[str, Any]:
    said: dict[str, Any] = {"land_use": str(luck.choice(USES)), "far_limit": float(luck.uniform(1.0, 4.0))}
    if luck.random() < 0.3:
        said["height_limit_m"] = float(luck.uniform(10.0, 80.0))
    return {"parcels": [_parcel(luck)], **said}


def _split(luck: np.random.Generator, n: int) -> dict[str, Any]:
    i, j = luck.integers(COLUMNS), luck.integers(ROWS)
    if luck.random() < 0.5:
        share = float(luck.uniform(0.15, 0.85))
        return {"parcel": _parcel(luck), "shares": [share, 1.0 - share], "bearing_deg": float(luck.uniform(0, 359))}
    y = Y0 + SIDE * j + float(luck.uniform(56, 90))
    line = [[X0 + SIDE * i - 5, y], [X0 + SIDE * (i + 1) + 5, y + float(luck.uniform(-20, 9))]]
    return {"parcel": f"p{i}{j}", "shape": line}


def _build(luck: np.random.Generator, n: int) -> dict[str, Any]:
    said: dict[str, Any] = {
        "parcel": _parcel(luck),
        "building": f"n{luck.integers(8)}",
        "building_type": str(luck.choice(TYPES)),
        "floors": int(luck.integers(1, 12)),
        "quarters": int(luck.integers(1, 12)),
    }
    return said | ({"gfa_m2": float(luck.uniform(1000, 15000))} if luck.random() < 0.8 else {})


def _renovate(luck: np.random.Generator, n: int) -> dict[str, Any]:
    said: dict[str, Any] = {"building": _building(luck), "quarters": int(luck.integers(1, 8))}
    if luck.random() < 0.5:
        said |= {"gfa_m2": float(luck.uniform(5000, 12000))}
    return said | {"building_type": str(luck.choice(TYPES)), "quality": 0.9}


def _boundary(luck: np.random.Generator, n: int) -> dict[str, Any]:
    zone = str(luck.choice(["park", "west", "middle", f"z{luck.integers(10)}"]))
    if luck.random() < 0.3:
        x, y = X0 + float(luck.uniform(0, 300)), Y0 + float(luck.uniform(0, 200))
        corners = [[x, y], [x + 180, y], [x + 150, y + 170], [x, y + 120], [x, y]]
        return {"zone": zone, "shape": corners}
    return {"zone": zone, "add" if luck.random() < 0.5 else "remove": [_parcel(luck)]}


def _add_zone(luck: np.random.Generator, n: int) -> dict[str, Any]:
    return {"zone": f"z{n}", "name_zh": "新区", "name_en": "New zone", "parcels": _neighbours(luck)}


_MAKERS: Mapping[str, Callable[[np.random.Generator, int], Said]] = {
    "rezone": _rezone,
    "split": _split,
    "merge": lambda luck, n: {"parcels": _neighbours(luck), "land_use": "F3", "far_limit": 3.0},
    "swap": lambda luck, n: {"parcels": [_parcel(luck), _parcel(luck)], "of": str(luck.choice(["use", "owner"]))},
    "demolish": lambda luck, n: {"buildings": [_building(luck)]},
    "build": _build,
    "renovate": _renovate,
    "postpone": lambda luck, n: {"buildings": [_building(luck)], "quarters": int(luck.integers(-6, 13)) or 1},
    "boundary": _boundary,
    "add_zone": _add_zone,
    "retire_zone": lambda luck, n: {"zone": str(luck.choice(["west", "middle", f"z{luck.integers(10)}"]))},
}
