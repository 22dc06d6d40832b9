"""Columns of the park's tables as arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.engine.arrays import Floats
from twin.park.dates import NEVER, ordinals
from twin.state.filling import by
from twin.units import QUARTERS_PER_YEAR, Quarter


def storeys_m(buildings: pd.DataFrame, catalog: Catalog) -> Floats:
    """Height of a storey of each building; that of its type where its height or floors are not known."""
    floors, height = (buildings[name].to_numpy(dtype=float) for name in ("floors", "height_m"))
    usual = by(catalog, "storey_height_m", catalog.building_types)[rows_of_types(buildings, catalog)]
    return np.divide(height, floors, out=usual, where=(height > 0) & (floors > 0))


def floor_loads(buildings: pd.DataFrame, catalog: Catalog) -> Floats:
    """Live load of the floors of each building; that of its type where it is not known."""
    given = pd.to_numeric(buildings["floor_load_kn_m2"]).to_numpy(dtype=float)
    usual = by(catalog, "floor_load_kn_m2", catalog.building_types)[rows_of_types(buildings, catalog)]
    return np.where(np.isnan(given), usual, given)


def market_of_type(catalog: Catalog) -> NDArray[np.int8]:
    """Row of the market of each type of building, -1 none."""
    named = [row["market"] for row in catalog.tables["building_types"]]
    return np.array([catalog.markets.index(name) if name else -1 for name in named], dtype=np.int8)


def rows_of_types(buildings: pd.DataFrame, catalog: Catalog) -> NDArray[np.intp]:
    """Row of the type of each building."""
    return pd.Index(catalog.building_types).get_indexer(pd.Index(buildings["building_type"]))


def let_to_firms_m2(buildings: pd.DataFrame, catalog: Catalog) -> NDArray[np.int64]:
    """Whole m² that each building lets to firms when it is open: none where its type is not for them."""
    for_firms = buildings["building_type"].isin(catalog.firm_types)
    return np.where(for_firms, np.floor(buildings["lettable_m2"].to_numpy(dtype=float)), 0).astype(np.int64)


def years_until(quarters: pd.Series[Any], start: Quarter) -> Floats:
    """Years from the start to the beginning of each quarter, inf where there is none."""
    found = ordinals(quarters, NEVER)
    return np.where(found == NEVER, math.inf, (found - start.ordinal) / QUARTERS_PER_YEAR)
