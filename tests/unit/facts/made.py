"""Records made by hand or from known laws, on which a fact has to hold, and others on which it must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.engine.arrays import (
    BOUND_COLUMNS,
    CHALLENGE_COLUMNS,
    FAIR_COLUMNS,
    HOUSING_COLUMNS,
    PEOPLE_COLUMNS,
    RELET_COLUMNS,
    SCENE_COLUMNS,
)
from twin.engine.kinds import Kind
from twin.facts import Run, Runs
from twin.park import Park
from twin.record import BUILDING_COLUMNS, FLOWS, WORKS_COLUMNS, Record
from twin.units import Quarter

Floats = NDArray[np.float64]

INDUSTRIES = ("ai", "scifi_games")
STAGES = ("lab", "pilot", "scale", "mature")
CELLS = ("c0", "c1", "c2")  # the last is that of firms without a building
BUILDINGS = ("b0", "b1")

STOCKS = ("resident_firms", "remote_firms", "dormant_firms", "staff", "floor_m2", "revenue_cny")


def made(
    *,
    years: int = 10,
    start: str = "2026Q1",
    firms: pd.DataFrame | None = None,
    events: Sequence[tuple[Any, ...]] | pd.DataFrame = (),
    groups: Mapping[str, Floats | float] | None = None,
    buildings: Mapping[str, Floats | float] | None = None,
    tiers: dict[str, int] | None = None,
    ids: Sequence[str] = BUILDINGS,
) -> Run:
    """A run: groups by (quarters, cells, industries, stages), or what broadcasts to it; buildings likewise."""
    quarters = [str(Quarter.parse(start).plus(n)) for n in range(4 * years)]
    shape = (len(quarters), len(CELLS), len(INDUSTRIES), len(STAGES))
    grouped = axes(quarter=quarters, cell=CELLS, industry=INDUSTRIES, stage=STAGES)
    for name in (*STOCKS, *FLOWS.values()):
        grouped[name] = 0.0
    for name, values in (groups or {}).items():
        grouped[name] = np.broadcast_to(values, shape).reshape(-1)
    floor = axes(quarter=quarters, building_id=ids)
    for name in (*BUILDING_COLUMNS, *RELET_COLUMNS):
        floor[name] = 1.0 if name == "rent_cny_m2_day" else 0.0
    for name, values in (buildings or {}).items():
        floor[name] = np.broadcast_to(values, (len(quarters), len(ids))).reshape(-1)
    floor["finding"] = pd.Categorical(["none"] * len(floor), categories=["none"])
    floor["leading_industry"] = pd.Categorical([None] * len(floor), categories=list(INDUSTRIES))
    cells = [CELLS[n % 2] for n in range(len(ids))]
    floor["cell"] = pd.Categorical(cells * len(quarters), categories=list(CELLS))
    zones = pd.DataFrame(
        [
            ("park", 1, "park", "", "", "c0"),
            ("park", 1, "park", "", "", "c1"),
            ("west", 1, "feature_park", "", "", "c0"),
            ("east", 1, "feature_park", "2012Q1", "", "c1"),
        ],
        columns=["zone_id", "version", "kind", "valid_from", "valid_to", "cell"],
    ).assign(area_km2=1.0)
    held = axes(quarter=quarters, tier=list(tiers or ["above_scale"]), cell=CELLS, industry=INDUSTRIES).assign(
        firms=0.0
    )
    for tier, count in (tiers or {}).items():
        row = np.flatnonzero((held["quarter"] == quarters[-1]) & (held["tier"] == tier))[0]
        held.loc[row, "firms"] = count
    record = Record(
        groups=grouped,
        buildings=floor,
        services=axes(quarter=quarters, service=["pilot_line"]).assign(tickets=-1),
        unmet=axes(quarter=quarters, reason=["full"], industry=INDUSTRIES).assign(firms=0, m2=0),
        waiting=axes(quarter=quarters, industry=INDUSTRIES).assign(firms=0),
        stages=axes(quarter=quarters, industry=INDUSTRIES, stage=STAGES).assign(began=0, have_ordered=0),
        failures=axes(quarter=quarters, cause=["market"], industry=INDUSTRIES, stage=STAGES).assign(firms=0),
        tiers=held,
        reviews=axes(quarter=quarters, tier=["hnte"]),
        purse=axes(quarter=quarters, item=["space"]).assign(cny=0.0),
        nodes=axes(quarter=quarters, chain_node=["A1"]).assign(
            industry=pd.Categorical(["ai"] * len(quarters)),
            weight=1.0,
            **dict.fromkeys(("resident_firms", "remote_firms", "anchors", "staff"), 0),
        ),
        links=pd.DataFrame({end: pd.Categorical([], categories=["A1"]) for end in ("supplier", "buyer")}),
        people=axes(quarter=quarters, skill=["research"]).assign(**dict.fromkeys(PEOPLE_COLUMNS, 0.0)),
        housing=axes(quarter=quarters, place=["west"]).assign(**dict.fromkeys(HOUSING_COLUMNS, 0.0)),
        works=pd.DataFrame(columns=list(WORKS_COLUMNS)),
        scenes=axes(quarter=quarters, scene=["demo_core"]).assign(**dict.fromkeys(SCENE_COLUMNS, 0)),
        challenges=axes(quarter=quarters, chain_node=["A1"]).assign(**dict.fromkeys(CHALLENGE_COLUMNS, 0)),
        fairs=axes(quarter=quarters, industry=INDUSTRIES).assign(**dict.fromkeys(FAIR_COLUMNS, 0)),
        awards=pd.DataFrame(),
        contracts=axes(quarter=quarters, industry=INDUSTRIES).assign(agreed=0),
        bounds=axes(quarter=quarters, bound=["tax_floor"]).assign(**dict.fromkeys(BOUND_COLUMNS, 0)),
        claims=axes(quarter=quarters, industry=INDUSTRIES).assign(applied=0),
        zones=zones,
        events=logged(events),
        firms=firms if firms is not None else firms_of([]),
        manifest={"readings": {"feature_industries": [], "firms": "resident", "tier_park_share": 1.0}},
    )
    return Run(record)


def runs_of(*runs: Run, anchors: Sequence[int] = ()) -> Runs:
    """Runs on a park whose zones west and east are led by an industry each."""
    stock = pd.DataFrame({"firm_id": list(anchors), "anchor": True})
    zones = pd.DataFrame(
        {"zone_id": ["west", "east"], "version": [1, 1], "leading_industry": ["ai", "scifi_games"]},
    )
    return Runs(
        cast(Park, SimpleNamespace(firms=stock, zones_in_force=zones, firm_buildings=pd.DataFrame())), list(runs)
    )


def axes(**ids: Sequence[str]) -> pd.DataFrame:
    """Every combination of ids as categories, the last axis fastest."""
    index = pd.MultiIndex.from_product(list(ids.values()), names=list(ids))
    return index.to_frame(index=False).astype({name: pd.CategoricalDtype(list(of)) for name, of in ids.items()})


def firms_of(founded: Any, *, came: Any = 0.0, gone: Any = np.inf, **columns: Any) -> pd.DataFrame:
    """A table of firms, one for each date of founding."""
    n = len(founded)
    frame = pd.DataFrame(
        {
            "firm": np.arange(n),
            "industry": pd.Categorical(["ai"] * n, categories=list(INDUSTRIES)),
            "status": "resident",
            "founded_years": np.asarray(founded, dtype=float),
            "entered_years": came,
            "left_years": gone,
            "registered": True,
        }
    )
    return frame.assign(**columns)


def logged(events: Sequence[tuple[Any, ...]] | pd.DataFrame) -> pd.DataFrame:
    """An event log of (time, kind, firm, building, stage, amount)."""
    columns = ["time_years", "kind", "firm", "building", "stage", "amount"]
    frame = events if isinstance(events, pd.DataFrame) else pd.DataFrame(list(events), columns=columns)
    kinds = [kind.name.lower() for kind in Kind]
    frame = frame.assign(
        kind=pd.Categorical(frame["kind"], categories=kinds),
        building=pd.Categorical(frame["building"], categories=list(BUILDINGS)),
        stage=pd.Categorical(frame["stage"], categories=list(STAGES)),
        time_years=frame["time_years"].astype(float),
        amount=frame["amount"].astype(float),
    )
    return frame.sort_values("time_years", kind="stable", ignore_index=True)
