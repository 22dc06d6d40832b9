"""The firms of the stock."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from twin.catalog import Catalog
from twin.engine.arrays import Buildings, Firms
from twin.engine.kinds import DATES, Status
from twin.park import Park
from twin.state.filling import by, full
from twin.state.index import Index
from twin.tiers import Sizes, bits_of
from twin.units import Quarter


def firms_of(park: Park, index: Index, buildings: Buildings, start: Quarter, *, spare: int) -> Firms:
    """The stock in the order of firm_id, with room for those to come; let floor and jobs go into `buildings`."""
    stock = park.firms.sort_values("firm_id", kind="stable")
    n, size = len(stock), len(stock) + spare
    firms = Firms(
        **{
            "used": np.array([n], dtype=np.int64),
            **{name: full(size, fill, dtype) for name, (fill, dtype) in FIELDS.items()},
            "due": np.full((size, DATES), math.inf),
        }
    )
    firms.key[:n] = stock["firm_id"]
    firms.industry[:n] = pd.Categorical(stock["industry"], categories=index.industries).codes
    if "chain_node" in stock:
        firms.node[:n] = pd.Categorical(stock["chain_node"], categories=index.chain_nodes).codes
    firms.stage[:n] = pd.Categorical(stock["stage"], categories=index.stages).codes
    resident = stock["resident"].to_numpy(dtype=bool)
    firms.status[:n] = np.where(resident, Status.RESIDENT, Status.REMOTE)
    firms.building[:n] = [
        index.building.get(b, -1) if r else -1 for b, r in zip(stock["building_id"], resident, strict=True)
    ]
    firms.floor_m2[:n] = np.where(resident, stock["floor_m2"], 0)
    firms.size[:n] = stock["staff"]
    firms.staff[:n] = stock["staff"]
    firms.productivity[:n] = stock["productivity"]
    firms.founded[:n] = stock["founded_year"].to_numpy(dtype=float) - (start.year + (start.number - 1) / 4)
    firms.entered[:n] = firms.settled[:n] = firms.founded[:n]
    firms.registered[:n] = stock["registered"]
    firms.anchor[:n] = stock["anchor"]
    housed = firms.building[:n] >= 0
    at = firms.building[:n][housed]
    firms.rent_paid[:n][housed] = buildings.rent_cny_m2_day[at]
    np.add.at(buildings.let_m2, at, firms.floor_m2[:n][housed])
    np.add.at(buildings.tenants, at, 1)
    np.add.at(buildings.jobs, (at, firms.industry[:n][housed]), firms.staff[:n][housed])
    return firms


def award(firms: Firms, park: Park, catalog: Catalog, start: Quarter) -> None:
    """Give the firms of the stock the tiers they hold."""
    stock = park.firms.sort_values("firm_id", kind="stable")
    n = len(stock)
    if "tier" not in stock:
        return
    i, g = firms.industry[:n], firms.stage[:n]
    per_head = by(catalog, "revenue_per_head_cny", catalog.industries)[i]
    revenue = firms.size[:n] * per_head * by(catalog, "revenue_factor", catalog.stages)[g] * firms.productivity[:n]
    highest = stock["tier"].astype(object).where(stock["tier"].notna(), None).tolist()
    firms.tiers[:n] = bits_of(highest, Sizes(i, firms.staff[:n], revenue), catalog, start)


#: Fill and type of each column of `Firms`, but for the two that are not plain columns.
FIELDS: Mapping[str, tuple[Any, type]] = {
    "key": (0, np.int64),
    "industry": (0, np.int8),
    "node": (-1, np.int8),
    "stage": (0, np.int8),
    "status": (0, np.int8),
    "building": (-1, np.int32),
    "floor_m2": (0, np.int32),
    "size": (0.0, np.float64),
    "staff": (0, np.int32),
    "productivity": (0.0, np.float64),
    "founded": (0.0, np.float64),
    "settled": (math.inf, np.float32),
    "entered": (0.0, np.float64),
    "left": (math.inf, np.float64),
    "grew_fast": (False, np.bool_),
    "registered": (False, np.bool_),
    "tiers": (0, np.int16),
    "rd_share": (0.0, np.float32),
    "anchor": (False, np.bool_),
    "hosted": (False, np.bool_),
    "served": (0, np.int16),
    "serving": (0, np.int16),
    "backed": (0, np.int16),
    "requests": (-1, np.int32),
    "growths": (0, np.int16),
    "searches": (0, np.int16),
    "comings": (0, np.int16),
    "spin_offs": (0, np.int16),
    "followers": (0, np.int16),
    "helped": (0, np.int8),
    "rent_paid": (0.0, np.float32),
    "rent_forgone": (0.0, np.float32),
    "wait_next": (-1, np.int32),
    "wait_before": (-1, np.int32),
    "strains": (0, np.int8),
}
