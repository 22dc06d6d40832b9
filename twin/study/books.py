"""The ledger of a run: what of the floor for firms is let, vacant and off line, beside what the park's plan says."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twin.errors import Fault, InputError
from twin.park import Park
from twin.park.dates import OFF_LINE, OPEN
from twin.park.held import WHOLE, buildings_in
from twin.record import Record
from twin.units import Quarter

#: What a run's floor space is accounted for as; they add up to `stock_m2`.
ACCOUNTS = ["let_m2", "vacant_m2", "offline_m2"]


def run_books(park: Park, record: Record, quarter: str) -> pd.DataFrame:
    """Floor for firms by zone in a quarter of a run, as it was counted at its end.

    Whole m²: let_m2, vacant_m2 and offline_m2, their sum stock_m2, plan_m2 as the park's dated buildings and works say,
    and by_levers_m2, the difference: what actions of the scenario added. The park is the one the run was made on, with
    the scenario's edits. Raises InputError where the quarter was not counted, or a building's accounts do not add up.
    """
    counted = record.buildings
    quarters = list(counted["quarter"].cat.categories)
    if quarter not in quarters:
        raise InputError([Fault("--at", f"{quarter} was not counted", f"from {quarters[0]} to {quarters[-1]}")])
    when = Quarter.parse(quarter)
    by_building = _by_building(park, counted[counted["quarter"] == quarter], when)
    zones = park.at(when)
    building, zone = buildings_in(park.firm_buildings, zones)
    zoned = by_building.iloc[building].assign(zone=zones["zone_id"].to_numpy()[zone])
    whole = by_building.assign(zone=WHOLE)
    columns = [*ACCOUNTS, "stock_m2", "plan_m2"]
    found = pd.concat([zoned, whole]).groupby("zone")[columns].sum().reset_index()
    return found.assign(by_levers_m2=found["stock_m2"] - found["plan_m2"])


def _by_building(park: Park, counted: pd.DataFrame, when: Quarter) -> pd.DataFrame:
    """The accounts of each building for firms, in the order of the park's table."""
    ids = park.firm_buildings["building_id"]
    rows = counted.set_index(counted["building_id"].astype(str)).loc[ids]
    stock, let, offline = (rows[name].to_numpy(dtype=np.int64) for name in ("stock_m2", "let_m2", "offline_m2"))
    vacant = stock - let - offline
    wrong = np.flatnonzero((vacant < 0) | (let < 0) | (offline < 0))
    if len(wrong):
        what = f"{let[wrong[0]]} m² let and {offline[wrong[0]]} off line of {stock[wrong[0]]}"
        raise InputError([Fault(f"ledger of the run, building {ids.iloc[wrong[0]]}", what, "no more than there is")])
    now = park.buildings_at(when)
    stands = now["state"].isin([OPEN, OFF_LINE]) & now["building_type"].isin(park.catalog.firm_types)
    plan = np.floor(now["lettable_m2"].where(stands, 0.0)).astype(np.int64)
    planned = plan.set_axis(now["building_id"]).reindex(ids, fill_value=0).to_numpy()
    accounts = dict(zip([*ACCOUNTS, "stock_m2", "plan_m2"], [let, vacant, offline, stock, planned], strict=True))
    return pd.DataFrame(accounts)
