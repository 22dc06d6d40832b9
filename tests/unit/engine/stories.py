"""Parks in which nothing happens of itself, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import Process, simulate

#: Nothing happens of itself: no entry, no hazard, no growth but in name; every firm is one head on 50 m².
#: Where firms of an industry come, they come of the source of its first link.
STILL = {
    "node_share": 0.0,
    **{f"node_share.{chain}1": 1.0 for chain in "AIVKFH"},
    "entry_jobs_elasticity": 0.0,
    "institute_spin_offs_per_year": 0.0,
    "prospects_per_year": 0.0,
    "spin_off_per_year": 0.0,
    "followers_per_firm": 0.0,
    "release_years": 0.0,
    "slot_m2": 0.0,
    "entry_per_year": 0.0,
    "entry_trend_per_year": 0.0,
    "entry_season_amplitude": 0.0,
    "resident_share": 1.0,
    "stage_share": 0.0,
    "stage_share.lab": 1.0,
    "advance_per_year": 0.0,
    "fail_per_year": 0.0,
    "leave_per_year": 0.0,
    "age_closing_factor": 0.0,
    "absorb_per_year": 0.0,
    "move_out_per_year": 0.0,
    "come_per_year": 0.0,
    "lease_years": float("inf"),
    "rent_adjustment_per_year": 0.0,
    "growth_mean": 0.0,
    "growth_scale": 0.0,
    "growth_ageing_per_year": 0.0,
    "entry_staff": 1.0,
    "entry_staff_sigma": 0.0,
    "m2_per_head": 50.0,
    "floor_factor": 1.0,
    "least_m2": 50.0,
    "service_share": 0.0,
    "serving_fail_ratio": 1.0,
    "relief_ratio": 1.0,
    "service_shape": float("inf"),
    "search_patience_years": float("inf"),
    "service_patience_years": float("inf"),
    "anchor_pull_near": 1.0,
    "anchor_pull_far": 1.0,
    "orphan_ratio": 1.0,
    "spillover_growth": 0.0,
    "scene_calls_per_year": 0.0,
    "challenge_projects_per_year": 0.0,
    "events_per_year": 0.0,
    "shortage_growth_effect": 0.0,
    "shortage_move_effect": 0.0,
    "contract_share": 0.0,
    "honour_lump_cny": 0.0,
    "honour_rd_share": 0.0,
    "coordination_years": 0.0,
}


def told(
    park: Park,
    *,
    end: str = "2026Q4",
    seed: int = 1,
    grid_years: float = 0.0,
    process: Process | None = None,
    actions: Sequence[Mapping[str, Any]] = (),
    **changes: Any,
) -> list[tuple[Any, ...]]:
    """What happens, growth apart: date where it is on a grid, kind, number of the firm, place, amount."""
    parameters = STILL | {key.replace("__", "."): value for key, value in changes.items()}
    scenario = Scenario.model_validate(
        {
            "name": "story",
            "end": end,
            "seed": seed,
            "time_grid_years": grid_years,
            "parameters": parameters,
            "actions": actions,
        }
    )
    events = simulate(park, scenario, processes=[process] if process else []).events
    assert events is not None
    rows: list[tuple[Any, ...]] = []
    row: Any
    for row in events[events["kind"] != "grow"].itertuples():
        place = next((p for p in (row.building, row.service) if isinstance(p, str)), "")
        firm = int(row.firm) & 0xFFFFFFFF if int(row.firm) >= 0 else -1
        happening = (row.kind, firm, place, float(row.amount))
        rows.append((float(row.time_years), *happening) if grid_years else happening)
    return rows
