"""Differences between two studies of the same luck on the map: by building, parcel and zone, with their geometry.

Each has, for every column of COLUMNS, the mean paired difference (what-if less base) over the replications, its
interval and how many pairs it rests on: `let_m2_mean`, `let_m2_low`, `let_m2_high`, `let_m2_n`. Counted is at the end
of the quarter, geometry is that at its beginning, in the park's CRS. A building that only one of the two parks has
counts as one without floor in the other; `only_in` says in which of them it is, and a share or rent has no difference.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from twin.errors import Fault, InputError
from twin.indicators.registry import ratio
from twin.park import Park
from twin.record import Record
from twin.study.displacement import places_of
from twin.study.means import means_of
from twin.study.replications import Study

#: What is compared. Vacancy is of floor that is not off line; rent is what is asked, of parcels and zones by let floor.
COLUMNS = (
    "stock_m2",
    "let_m2",
    "occupancy",
    "vacancy",
    "resident_firms",
    "staff",
    "rent_cny_m2_day",
)

SUMMED = ("stock_m2", "let_m2", "offline_m2", "resident_firms", "staff", "asked_cny_day")


def buildings(base: Study, other: Study, quarter: str) -> gpd.GeoDataFrame:
    """Differences by building for firms, as it stands in the what-if or, where it is not there, in the base."""
    return _joined(
        _buildings_at(base.park, other.park, quarter), _paired(base, other, quarter, (None, None)), "building_id"
    )


def parcels(base: Study, other: Study, quarter: str) -> gpd.GeoDataFrame:
    """Differences by parcel of the what-if: the sums of the buildings on it; 0 floor where there are none.

    A building of a parcel that is not in force in the what-if counts on the one that holds a point inside it.
    """
    stand, land = _buildings_at(base.park, other.park, quarter), other.park.parcels_at(quarter)
    places = stand.set_index("building_id")["parcel_id"].astype(object)
    lost = stand[~stand["parcel_id"].isin(land["parcel_id"])]
    if len(lost):
        points = lost.set_geometry(lost.representative_point())[["building_id", "geometry"]]
        found = gpd.sjoin(points, land[["parcel_id", "geometry"]], predicate="within").drop_duplicates("building_id")
        places.update(found.set_index("building_id")["parcel_id"])
    group = pd.DataFrame({"building_id": places.index, "place": places.to_numpy()})
    summary = _paired(base, other, quarter, (group, group), every=land["parcel_id"].tolist())
    return _joined(land, summary, "parcel_id")


def zones(base: Study, other: Study, quarter: str) -> gpd.GeoDataFrame:
    """Differences by zone in force in the what-if; a building counts in either run where its zones are in that run."""
    areas = other.park.at(quarter)
    groups = [places_of(study.records[0], "zone", quarter) for study in (base, other)]
    summary = _paired(base, other, quarter, (groups[0], groups[1]), every=areas["zone_id"].tolist())
    return _joined(areas, summary, "zone_id")


def _buildings_at(base: Park, other: Park, quarter: str) -> gpd.GeoDataFrame:
    """The buildings of either park in a quarter, those of the what-if first; `only_in` says where only one has it."""
    stand, without = other.buildings_at(quarter), base.buildings_at(quarter)
    gone = without[~without["building_id"].isin(stand["building_id"])]
    new = ~stand["building_id"].isin(without["building_id"])
    stand = stand.assign(only_in=np.where(new, "what-if", ""))
    if not len(gone):
        return stand
    return gpd.GeoDataFrame(pd.concat([stand, gone.assign(only_in="base")], ignore_index=True), crs=other.buildings.crs)


def _joined(shapes: gpd.GeoDataFrame, summary: pd.DataFrame, key: str) -> gpd.GeoDataFrame:
    """Shapes with the differences of each; what has none is left out."""
    shapes = shapes.drop(columns=[name for name in shapes.columns if name in COLUMNS])
    return gpd.GeoDataFrame(shapes.merge(summary, left_on=key, right_index=True, how="inner"), crs=shapes.crs)


def _paired(
    base: Study,
    other: Study,
    quarter: str,
    groups: tuple[pd.DataFrame | None, pd.DataFrame | None],
    every: list[str] | None = None,
) -> pd.DataFrame:
    """Mean paired differences with their intervals, a row for each place; `groups` says of each run what is where."""
    _check(base, quarter)
    pairs = list(zip(base.records, other.records, strict=True))
    ids = every
    if ids is None:
        ids = list(dict.fromkeys(one for record in pairs[0] for one in record.buildings["building_id"].cat.categories))
    tables = []
    for number, (before, after) in enumerate(pairs):
        value = _counted(after, quarter, groups[1], ids) - _counted(before, quarter, groups[0], ids)
        tables.append(value.rename_axis("place").reset_index().assign(replication=number))
    long = pd.concat(tables).melt(["replication", "place"], list(COLUMNS), var_name="column")
    means = means_of(long, ["place", "column"]).pivot_table(index="place", columns="column", sort=False, dropna=False)
    means.columns = means.columns.map("{0[1]}_{0[0]}".format)
    wanted = [f"{column}_{what}" for column in COLUMNS for what in ("mean", "low", "high", "n")]
    return means[wanted].reindex(ids)


def _counted(record: Record, quarter: str, group: pd.DataFrame | None, ids: list[str]) -> pd.DataFrame:
    """What a run counted of places at the end of a quarter, by COLUMNS; a place of which it tells nothing has no floor.

    `group` says which building is in which place; where it is None the places are the buildings themselves.
    """
    frame = record.buildings[record.buildings["quarter"] == quarter].rename(
        columns={"tenants": "resident_firms", "jobs": "staff"}
    )
    frame = frame.assign(
        building_id=frame["building_id"].astype(object), asked_cny_day=frame["let_m2"] * frame["rent_cny_m2_day"]
    ).set_index("building_id")
    summed = list(SUMMED)
    if group is None:
        sums, rent = frame[summed].reindex(ids), frame["rent_cny_m2_day"].reindex(ids).to_numpy(np.float64)
    else:
        sums = group.merge(frame[summed], left_on="building_id", right_index=True).groupby("place")[summed].sum()
        sums = sums.reindex(ids)
        rent = ratio(sums["asked_cny_day"].to_numpy(np.float64), sums["let_m2"].to_numpy(np.float64))
    sums = sums.fillna(0.0).astype(np.float64)
    stock, let, offline = (sums[name].to_numpy() for name in ("stock_m2", "let_m2", "offline_m2"))
    return sums.assign(
        occupancy=ratio(let, stock), vacancy=ratio(stock - let - offline, stock - offline), rent_cny_m2_day=rent
    )[list(COLUMNS)]


def _check(study: Study, quarter: str) -> None:
    """Raise InputError for a quarter that was not counted."""
    quarters = list(study.records[0].buildings["quarter"].cat.categories)
    if quarter not in quarters:
        raise InputError([Fault("quarter", f"{quarter} was not counted", f"from {quarters[0]} to {quarters[-1]}")])
