"""What stands, and what is in force, at the beginning of a quarter: dated tables read at a date."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.units import Quarter

Ordinals = NDArray[np.int64]
Frame = TypeVar("Frame", bound=pd.DataFrame)

#: Before and after every quarter.
EVER, NEVER = -(2**31), 2**31

#: States of a building, in the order it passes through them; works take an open one off line and back.
PLANNED, UNDER_CONSTRUCTION, OPEN, OFF_LINE = "planned", "under_construction", "open", "off_line"

#: Of a building that was demolished, or that an edit builds and nobody planned before.
ABSENT = "absent"

#: What works may leave otherwise than it was.
ALTERABLE = ("building_type", "floors", "height_m", "gfa_m2", "lettable_m2", "rent_cny_m2_day", "quality")


def ordinals(quarters: pd.Series[Any], empty: int) -> Ordinals:
    """Quarters such as 2026Q1 as their ordinals, `empty` where nothing stands. Raises ValueError for other text."""
    codes, texts = pd.factorize(quarters.astype(object), use_na_sentinel=True)
    known = np.array([Quarter.parse(str(text)).ordinal for text in texts], dtype=np.int64)
    return np.append(known, empty)[codes]


def in_force(frame: Frame, quarter: Quarter) -> Frame:
    """The rows of a table of versions that hold in a quarter."""
    first, last = ordinals(frame["valid_from"], EVER), ordinals(frame["valid_to"], NEVER)
    return frame[(first <= quarter.ordinal) & (quarter.ordinal < last)].reset_index(drop=True)


def altered(buildings: Frame, works: pd.DataFrame, quarter: Quarter) -> Frame:
    """The buildings as the works that ended by a quarter left them."""
    done = works[ordinals(works["ends"], NEVER) <= quarter.ordinal] if len(works) else works
    if not len(done):
        return buildings
    # of each column the last works that said something: groupby.last passes over what is empty
    last = done.assign(order=ordinals(done["ends"], NEVER)).sort_values("order", kind="stable")
    after = last.groupby("building_id")[list(ALTERABLE)].last().reindex(buildings["building_id"])
    changed = {
        name: after[name].set_axis(buildings.index).where(after[name].notna().to_numpy(), buildings[name])
        for name in ALTERABLE
    }
    return buildings.assign(**{name: _as_before(values, buildings[name].dtype) for name, values in changed.items()})


def _as_before(values: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    """Values in the type of their column, unless it has whole numbers only and they are none."""
    if pd.api.types.is_integer_dtype(dtype) and (values.dropna().astype(float) % 1).any():
        return values.astype(float)
    return values.astype(dtype)


def states(buildings: pd.DataFrame, works: pd.DataFrame, quarter: Quarter) -> NDArray[np.object_]:
    """(buildings,): the state of each at the beginning of a quarter."""
    now = quarter.ordinal
    started, completed = ordinals(buildings["started"], NEVER), ordinals(buildings["completed"], NEVER)
    closed = ordinals(buildings["closed"], NEVER)
    found = np.full(len(buildings), PLANNED, dtype=object)
    if "edit" in buildings.columns:
        found[buildings["edit"].notna().to_numpy()] = ABSENT
    found[started <= now] = UNDER_CONSTRUCTION
    found[completed <= now] = OPEN
    if len(works):
        going_on = (ordinals(works["starts"], EVER) <= now) & (now < ordinals(works["ends"], NEVER))
        busy = buildings["building_id"].isin(works.loc[going_on, "building_id"]).to_numpy()
        found[busy & (found == OPEN)] = OFF_LINE
    found[closed <= now] = ABSENT
    return found


def buildings_at(buildings: Frame, works: pd.DataFrame, quarter: Quarter) -> Frame:
    """The buildings that are planned or stand at the beginning of a quarter, as they are then, with their `state`."""
    found = altered(buildings, works, quarter).assign(state=states(buildings, works, quarter))
    return found[found["state"] != ABSENT].reset_index(drop=True)
