"""The stock of firms: what its rows do not say, and the building each works in."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from twin.catalog import Catalog
from twin.park.intake import words
from twin.park.intake.attributes import EXAMPLES, column_of
from twin.park.intake.report import Log
from twin.units import Quarter

#: What stands for an industry or a stage that is not given or not known.
USUAL_INDUSTRY, USUAL_STAGE = "services", "mature"

LARGEST_ID = 2**31

COLUMNS = (
    "firm_id",
    "industry",
    "stage",
    "staff",
    "productivity",
    "founded_year",
    "building_id",
    "floor_m2",
    "registered",
    "resident",
    "anchor",
)
FURTHER = ("name_zh", "tier", "revenue_cny", "source_id", "provenance")


def completed(
    firms: pd.DataFrame, buildings: gpd.GeoDataFrame, catalog: Catalog, start: Quarter, log: Log
) -> pd.DataFrame:
    """The stock of firms as the park needs it; what is worked out is marked and said."""
    filler = _Filler(firms.reset_index(drop=True), log)
    frame = filler.frame
    filler.fill("firm_industry", "industry", USUAL_INDUSTRY)
    filler.fill("firm_stage", "stage", USUAL_STAGE)
    _numbered(frame, log)
    _housed(filler, buildings, catalog, log)
    per_head = frame["industry"].map(lambda name: catalog.value("m2_per_head", name)).astype(float)
    per_head *= frame["stage"].map(lambda name: catalog.value("floor_factor", name)).astype(float)
    from_floor = np.maximum(np.round(_numbers(frame, "floor_m2") / per_head), 1)
    filler.fill("firm_staff_floor", "staff", from_floor)
    filler.fill("firm_staff_usual", "staff", frame["stage"].map(lambda name: catalog.value("entry_staff", name)))
    frame["staff"] = np.maximum(np.round(_numbers(frame, "staff")), 1).astype(np.int64)
    years = start.year + (start.number - 1) / 4
    filler.fill("firm_founded", "founded_year", years - words.value("years_at_start"))
    frame["founded_year"] = np.minimum(_numbers(frame, "founded_year"), years)
    _let(filler, buildings, frame["staff"] * per_head)
    _productive(filler, catalog)
    for flag, usual in (("registered", True), ("anchor", False)):
        given = column_of(frame, flag)
        frame[flag] = given.map({True: True, False: False}).fillna(usual).astype(bool)
    frame["provenance"] = np.where(filler.derived, "derived", "unstated")
    return pd.DataFrame(frame[[*COLUMNS, *(name for name in FURTHER if name in frame)]])


class _Filler:
    """The firms, and which rows hold an estimate."""

    def __init__(self, frame: pd.DataFrame, log: Log) -> None:
        self.frame, self._log = frame, log
        self.derived = np.zeros(len(frame), np.bool_)

    def fill(self, rule: str, column: str, guess: Any) -> None:
        """Fill what is empty in a column, where the guess knows something; mark and say it."""
        if column not in self.frame:
            self.frame[column] = None
        empty = self.frame[column].isna()
        known = pd.Series(guess, index=self.frame.index)
        filled = (empty & known.notna()).to_numpy()
        if filled.any():
            self.frame[column] = self.frame[column].where(~filled, known)
            self.derived |= filled
            examples = ", ".join(self.frame["row"][filled].astype(str).head(EXAMPLES))
            self._log.say(rule, "firms", column=column, value=examples, rows=int(filled.sum()))


def _numbers(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    return pd.to_numeric(column_of(frame, column), errors="coerce").astype(float)


def _numbered(frame: pd.DataFrame, log: Log) -> None:
    """Whole numbers for ids: those given where they are some, else numbers in the order of the rows."""
    given = pd.to_numeric(frame["firm_id"], errors="coerce") if "firm_id" in frame else pd.Series(np.nan, frame.index)
    usable = given.notna().all() and given.is_unique and given.between(1, LARGEST_ID).all() and (given % 1 == 0).all()
    if "firm_id" in frame and not usable:
        frame["source_id"] = frame["firm_id"]
        log.say("firms_numbered", "firms", column="firm_id", rows=len(frame))
    frame["firm_id"] = given.astype(np.int64) if usable else np.arange(1, len(frame) + 1)


def _housed(filler: _Filler, buildings: gpd.GeoDataFrame, catalog: Catalog, log: Log) -> None:
    """The building of each firm, by key or by where its point lies; a resident has one that lets to firms."""
    frame = filler.frame
    if "building_id" not in frame:
        frame["building_id"] = None
    if isinstance(frame, gpd.GeoDataFrame):
        within = _building_at(frame, buildings)
        found = frame["building_id"].isna() & within.notna()
        if found.any():
            log.say("firms_located", "firms", rows=int(found.sum()))
        frame["building_id"] = frame["building_id"].where(~found, within)
    unknown = (frame["building_id"].notna() & ~frame["building_id"].isin(buildings["building_id"])).to_numpy()
    log.say_rows("firm_building_unknown", "firms", unknown, frame["row"], values=frame["building_id"])
    for_firms = buildings["building_type"].isin(catalog.firm_types) & (buildings["lettable_m2"] >= 1)
    open_to = frame["building_id"].isin(buildings.loc[for_firms, "building_id"])
    elsewhere = frame["building_id"].notna().to_numpy() & ~unknown & ~open_to.to_numpy()
    log.say_rows("firm_building_closed", "firms", elsewhere, frame["row"], values=frame["building_id"])
    frame["building_id"] = frame["building_id"].where(open_to, None)
    said = column_of(frame, "resident").map({True: True, False: False}).astype(object)
    homeless = ((said == True) & ~open_to).to_numpy()  # noqa: E712  # a column of three values
    log.say_rows("firm_without_building", "firms", homeless, frame["row"])
    frame["resident"] = (said.fillna(value=True).astype(bool) & open_to).astype(bool)
    frame["building_id"] = frame["building_id"].where(frame["resident"], None)


def _building_at(firms: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series[Any]:
    points = shapely.point_on_surface(firms.geometry.to_numpy())
    firm, building = shapely.STRtree(buildings.geometry.to_numpy()).query(points, predicate="intersects")
    found = pd.Series(buildings["building_id"].to_numpy()[building], index=firm)
    return found[~found.index.duplicated()].reindex(firms.index)


def _let(filler: _Filler, buildings: gpd.GeoDataFrame, need_m2: pd.Series[float]) -> None:
    """Let floor: as given, else what the staff needs, cut down where a building has no more."""
    frame = filler.frame
    given = _numbers(frame, "floor_m2")
    resident = frame["resident"].to_numpy(dtype=bool)
    estimated = resident & given.isna().to_numpy()
    floor = given.where(given.notna(), need_m2).where(resident, 0.0)
    lettable = frame["building_id"].map(buildings.set_index("building_id")["lettable_m2"]).astype(float)
    taken = floor.where(~estimated, 0.0).groupby(frame["building_id"]).transform("sum")
    wanted = floor.where(estimated, 0.0).groupby(frame["building_id"]).transform("sum")
    cut = np.clip((lettable - taken) / wanted.where(wanted > 0), 0, 1)
    floor = floor.where(~estimated, floor * cut)
    frame["floor_m2"] = np.nan
    filler.fill("firm_floor", "floor_m2", floor.where(estimated))
    frame["floor_m2"] = np.floor(floor.fillna(0.0)).astype(np.int64)


def _productive(filler: _Filler, catalog: Catalog) -> None:
    """Revenue per head over what is usual in the industry and stage; 1 where no revenue is given."""
    frame = filler.frame
    usual = frame["industry"].map(lambda name: catalog.value("revenue_per_head_cny", name)).astype(float)
    usual *= frame["stage"].map(lambda name: catalog.value("revenue_factor", name)).astype(float)
    found = _numbers(frame, "revenue_cny") / (frame["staff"] * usual)
    frame["productivity"] = found.where(np.isfinite(found))
    filler.fill("firm_productivity", "productivity", 1.0)
    frame["productivity"] = frame["productivity"].astype(float)
