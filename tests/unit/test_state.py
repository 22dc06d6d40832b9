"""From a park's tables to rows of the state: what opens and what closes, and when."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from tests.parks import small_park, stock_of
from tests.works import worked_on, works_on
from twin.catalog import load_catalog
from twin.engine.arrays import WHOLE, State
from twin.engine.environment import ParkEnvironment
from twin.park import load_park
from twin.state import Closing, build_state, closings, copy_of, openings
from twin.units import Quarter

START = Quarter(2026, 1)
CATALOG = load_catalog()
TYPES = [row["id"] for row in CATALOG.tables["building_types"]]


def test_what_opens() -> None:
    completed = ["2026Q1", "2027Q3", None, "2026Q2"]
    types = ["office", "office", "office", "retail"]
    park = worked_on(
        small_park([10, 20.7, 30, 40], types=types, completed=completed),
        works_on("b3", "2027Q1", "2027Q2", building_type="office"),
    )
    assert openings(park, CATALOG, START) == [(0.25, 3, 0), (1.5, 1, 20)]


def test_what_closes() -> None:
    """What works do not say is as the works before left it; rows are those of the buildings for firms."""
    park = worked_on(
        small_park([10, 20.7, 30, 40, 50], types=["office", "retail", "research", "office", "office"]),
        works_on("b2", "2027Q1", "2027Q2", lettable_m2=35.5, rent_cny_m2_day=3.0, height_m=22.5),
        works_on("b2", "2025Q1", "2026Q3", building_type="office"),
        works_on("b2", "2028Q1", "2028Q2", building_type="retail", quality=0.9),
        works_on("b2", "2029Q1", "2029Q2", building_type="office", floors=6, height_m=30.0),
        works_on("b3", "2024Q1", "2025Q1", lettable_m2=45),
        closed={"b0": "2030Q1", "b4": "2026Q1"},
    )
    office, retail = TYPES.index("office"), TYPES.index("retail")
    expected = [
        Closing(-1.0, 0.5, 1, office, 4.0),
        Closing(1.0, 1.25, 1, office, 4.5, 5, 3.0),
        Closing(2.0, 2.25, 1, retail, 4.5, -35, quality=0.9),
        Closing(3.0, 3.25, 1, office, 5.0, 35),
        Closing(4.0, math.inf, 0),
    ]
    np.testing.assert_array_equal(np.array(closings(park, CATALOG, START)), np.array(expected))
    buildings = build_state(park, CATALOG, start=START, years=1.0, seed=1).buildings
    assert buildings.stock_m2.tolist() == [10, 30, 45, 0]
    assert buildings.offline_m2.tolist() == [0, 30, 0, 0]
    assert buildings.closing_m2.tolist() == [0, WHOLE, 0, 0]
    assert buildings.works_m2.tolist() == [0, 30, 0, 0]
    assert buildings.since.tolist() == [-16.0, -16.0, -1.0, -16.0]


def types_of(state: State) -> dict[str, Any]:
    """What numba compiles for: the type of every array."""
    typeof: Any = numba.typeof  # says of itself nothing to a type checker
    groups: dict[str, Any] = {name: group for name, group in state._asdict().items() if isinstance(group, tuple)}
    return {f"{name}.{field}": typeof(a) for name in groups for field, a in groups[name]._asdict().items()}


def test_the_kernel_is_compiled_for_one_type_of_state() -> None:
    """Arrays that are read-only in one park, or integers for once, would have all of it compiled again: a minute."""
    bare = small_park([100.0])
    parks = [
        small_park([100.0, 50.0], slots={"pilot_line": 1}, firms=stock_of(3, building="b0", floor_m2=5)),
        worked_on(small_park([100.0]), works_on("b0", "2027Q1", "2027Q2")),
        load_park(),
    ]
    expected = types_of(build_state(bare, CATALOG, start=START, years=1.0, seed=1))
    for park in [bare, *parks]:
        state = build_state(park, CATALOG, start=START, years=1.0, seed=1, log=True)
        assert types_of(state) == types_of(copy_of(state, replication=1)) == expected


def test_rules_are_compiled_for_one_type_of_now() -> None:
    state = build_state(small_park([100.0]), CATALOG, start=START, years=1.0, seed=1)
    assert isinstance(ParkEnvironment(state).now, float)
