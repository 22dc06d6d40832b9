"""Firms whose end state differs between two runs of the same luck."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twin.record import Record

#: What a firm may do for a change.
CHANGES = ("came", "did_not_come", "stayed", "left", "moved", "grew", "shrank", "other")


def firms_that_differ(base: Record, other: Record) -> pd.DataFrame:
    """Firms whose end state differs between two runs of the same luck, with what they were and became.

    `change` says one of CHANGES.
    """
    if base.firms is None or other.firms is None:
        raise ValueError("both runs need the table of firms: simulate with events=True")
    columns = ["firm", "industry", "stage", "status", "building_id", "floor_m2", "staff", "left_years"]
    came, came_other = (run[np.isfinite(run["entered_years"])][columns] for run in (base.firms, other.firms))
    both = came.merge(came_other, on="firm", how="outer", suffixes=("_base", "_other"))
    here = {side: both[f"status_{side}"].isin(["resident", "remote"]) for side in ("base", "other")}
    known = {side: both[f"status_{side}"].notna() for side in ("base", "other")}
    same_text = {
        name: both[f"{name}_base"].astype(object).fillna("") == both[f"{name}_other"].astype(object).fillna("")
        for name in ("stage", "status", "building_id")
    }
    change = np.select(
        [
            ~known["base"],
            ~known["other"],
            ~here["base"] & here["other"],
            here["base"] & ~here["other"],
            here["base"] & here["other"] & ~same_text["building_id"],
            here["base"] & here["other"] & (both["staff_base"] < both["staff_other"]),
            here["base"] & here["other"] & (both["staff_base"] > both["staff_other"]),
        ],
        list(CHANGES[:-1]),
        CHANGES[-1],
    )
    same = (
        same_text["stage"]
        & same_text["status"]
        & same_text["building_id"]
        & (both["floor_m2_base"] == both["floor_m2_other"])
        & (both["staff_base"] == both["staff_other"])
        & (both["left_years_base"] == both["left_years_other"])
    )
    return both.assign(change=change)[~same].reset_index(drop=True)
