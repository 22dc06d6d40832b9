"""Who has room where: the books of a run told apart by industry and stage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.theory.lively import lively_park, lively_scenario
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.study.tenants import Tenants, tenants_of

PARK = lively_park()


def run(grid_years: float) -> Record:
    scenario = lively_scenario().with_changes(time_grid_years=grid_years)
    moving = scenario.with_parameters({"come_per_year": 2.0, "move_out_per_year": 0.2, "growth_scale": 0.5})
    return simulate(PARK, moving.with_parameters({"lease_years": 0.5, "stay_inertia": 0.0}))


@pytest.fixture(scope="module", params=[0.0, 0.25], ids=["any date", "quarters alone"])
def record(request: pytest.FixtureRequest) -> Record:
    return run(request.param)


def counted(record: Record, found: Tenants, column: str) -> np.ndarray:
    """(quarters, buildings): what the run counted."""
    return record.buildings[column].to_numpy().reshape(len(found.quarters), len(found.buildings))


def test_the_parts_add_up_to_what_was_counted_in_every_quarter(record: Record) -> None:
    found = tenants_of(PARK, record)
    np.testing.assert_array_equal(found.floor_m2.sum(axis=2), counted(record, found, "let_m2"))
    np.testing.assert_array_equal(found.firms.sum(axis=2), counted(record, found, "tenants"))
    assert found.floor_m2.min() == found.firms.min() == 0
    assert record.events is not None
    assert {"settle", "move", "resize", "advance", "fail", "move_out"} <= set(record.events["kind"])


def test_the_last_quarter_is_the_table_of_firms(record: Record) -> None:
    """Who is where at the end, as the run itself says of each firm."""
    found, firms = tenants_of(PARK, record), record.firms
    assert firms is not None
    there = firms[firms["status"] == "resident"]
    by_industry = there.pivot_table("floor_m2", "building_id", "industry", "sum", observed=False, fill_value=0)
    np.testing.assert_array_equal(found.floor_m2[-1], by_industry.loc[found.buildings, found.industries])
    by_stage = there.pivot_table("firm", "building_id", "stage", "count", observed=False, fill_value=0)
    np.testing.assert_array_equal(found.firms[-1], by_stage.loc[found.buildings, found.stages])


def test_a_run_without_its_log_is_refused() -> None:
    with pytest.raises(ValueError, match="events=True"):
        tenants_of(PARK, simulate(PARK, Scenario(name="short", end="2026Q1"), events=False))


def test_another_stock_does_not_add_up(record: Record) -> None:
    """The books of another park are not these."""
    other: Park = replace(PARK, firms=PARK.firms.assign(floor_m2=PARK.firms["floor_m2"] + 1))
    found = tenants_of(other, record)
    assert (found.floor_m2.sum(axis=2) != counted(record, found, "let_m2")).any()
