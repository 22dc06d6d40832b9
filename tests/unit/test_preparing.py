"""Preparing a scenario like another one: what they have in common is not made again, and what comes out is the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from twin.catalog import Catalog, load_catalog
from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import Prepared, prepare, run
from twin.state import Kept

BASE = Scenario(name="base", end="2026Q4")


@pytest.fixture(scope="module")
def park() -> Park:
    stock = stock_of(9, building="b0", floor_m2=50, stage="pilot", staff=4).assign(tier="hnte")
    return small_park([2_000, 500], slots={"pilot_line": 1}, completed=["2020Q1", "2026Q4"], firms=stock)


@pytest.fixture(scope="module")
def base(park: Park) -> Prepared:
    return prepare(park, BASE, events=False)


def written(value: Any) -> Any:
    """A tree of records, arrays and frames as plain values and bytes."""
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tobytes()
    if isinstance(value, pd.DataFrame):
        return [(name, str(value[name].dtype), value[name].tolist()) for name in value]
    if isinstance(value, list | tuple):
        return [written(item) for item in value]
    return repr(value)


def all_of(prepared: Prepared) -> dict[str, Any]:
    """What was prepared, but for the park, of which the hash says all, and for what is kept."""
    told = {name: written(value) for name, value in vars(prepared).items() if name not in {"given", "park", "kept"}}
    catalog = prepared.catalog
    return told | {"park": prepared.park.sha256, "catalog": (catalog.sha256, dict(catalog.values))}


EDIT = {"at": "2026Q2", "edit": "postpone", "quarters": 1, "buildings": ["b1"]}

CHANGES: dict[str, dict[str, Any]] = {
    "lever": {"actions": [{"at": "2026Q2", "lever": "rent", "value": -0.2, "where": {"building": "b0"}}]},
    "entry": {"parameters": {"entry_per_year": 3.0}},
    "growth": {"parameters": {"growth_scale": 0.5}},
    "rent": {"parameters": {"rent_adjustment_per_year": 0.9}},
    "what holders of tiers earn": {"parameters": {"revenue_per_head_cny": 1e5}},
    "what the choice of a building reads": {"parameters": {"near_m": 1.0, "floor_load_kn_m2": 1.0}},
    "what is spent in works": {"parameters": {"notice_years": 0.25, "displacement_cost_cny_m2": 1.0}},
    "seed": {"seed": 7},
    "grid": {"time_grid_years": 0.25},
    "span": {"end": "2027Q4"},
    "setting": {"settings": {"firms": "all"}},
    "edit": {"actions": [EDIT]},
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("events", [False, True])
def test_what_is_prepared_like_another_is_what_is_prepared_alone(
    park: Park, base: Prepared, name: str, events: bool
) -> None:
    scenario = BASE.with_changes(**CHANGES[name])
    alone, alike = prepare(park, scenario, events=events), prepare(park, scenario, events=events, like=base)
    assert all_of(alike) == all_of(alone)
    assert run(alike).sha256() == run(alone).sha256()
    assert all_of(prepare(park, BASE, events=False, like=alike)) == all_of(base)  # and back


def test_what_is_edited_alike_is_shared_where_no_parameter_differs(park: Park) -> None:
    edited = BASE.with_changes(actions=[EDIT])
    before = prepare(park, edited)
    pulled = edited.with_changes(actions=[EDIT, *CHANGES["lever"]["actions"]])
    alike = prepare(park, pulled, like=before)
    assert alike.park is before.park
    assert all_of(alike) == all_of(prepare(park, pulled))
    assumed = pulled.with_changes(parameters={"near_m": 1.0})
    anew = prepare(park, assumed, like=before)
    assert anew.park is not before.park
    assert all_of(anew) == all_of(prepare(park, assumed))


def test_what_is_kept_is_shared_and_what_is_not_is_not(park: Park) -> None:
    base = prepare(park, BASE, events=False)
    pulled = prepare(park, BASE.with_changes(**CHANGES["lever"]), events=False, like=base)
    assert pulled.park is base.park
    assert pulled.zones is base.zones
    assert pulled.state.firms is base.state.firms
    crowded = prepare(park, BASE.with_changes(**CHANGES["entry"]), events=False, like=base)
    assert crowded.state.coordination is base.state.coordination
    assert crowded.state.firms is not base.state.firms
    assert prepare(park, BASE.with_changes(**CHANGES["setting"]), like=base).kept is not base.kept


def test_a_part_is_made_anew_when_what_it_was_made_of_changes() -> None:
    kept, catalog, made = Kept(), load_catalog(), list[str]()

    def scale(catalog: Catalog) -> list[float]:
        made.append("scale")
        return [catalog.value("growth_scale")]

    def quantities(catalog: Catalog) -> list[int]:
        made.append("quantities")
        return [len(catalog.values)]

    def copied(first: list[float]) -> list[float]:
        made.append("of it")
        return [*first]

    def both(catalog: Catalog) -> None:
        first = kept.part("scale", catalog, scale)
        kept.part("of it", catalog, lambda _: copied(first), first)
        kept.part("quantities", catalog, quantities)

    both(catalog)
    both(catalog)
    assert made == ["scale", "of it", "quantities"]
    both(catalog.with_values({"growth_mean": 0.01}))
    assert made[3:] == ["quantities"]  # it asked which values there are
    both(catalog.with_values({"growth_scale": 0.5}))
    assert made[4:] == ["scale", "of it", "quantities"]
