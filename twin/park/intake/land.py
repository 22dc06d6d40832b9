"""The zones and parcels of a park taken in: those of its files, or derived ones, with all that a park needs."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.park.intake import ground, shapes, words
from twin.park.intake.attributes import EXAMPLES, column_of, layers_of, without_traces
from twin.park.intake.report import Log

Names = tuple[str, str]
Rows = NDArray[np.int64]
Frames = dict[str, gpd.GeoDataFrame]


def zones_of(frames: Frames, called: Names, log: Log) -> gpd.GeoDataFrame:
    """The zones of the file with one that is the park; where there are none, the land of parcels or buildings.

    `called` is the park's name in Chinese and in English.
    """
    if "zones" in frames:
        return _zones_given(frames["zones"], called, log)
    if "parcels" in frames:
        land: Any = shapely.union_all(frames["parcels"].geometry.to_numpy())
        reach = words.value("coverage_gap_m")  # closes the slits between parcels, streets stay open
        land = shapely.buffer(shapely.buffer(land, reach, join_style="mitre"), -reach, join_style="mitre")
        land = shapely.union_all([land, ground.derived_boundary(_outside(frames["buildings"], land))])
        log.say("zone_from_parcels", "zones", ha=f"{land.area / 1e4:,.1f}")
    else:
        land = ground.derived_boundary(frames["buildings"].geometry.to_numpy())
        log.say("zone_from_buildings", "zones", ha=f"{land.area / 1e4:,.1f}")
    land = shapely.set_precision(land, words.value("grid_m"))
    whole = gpd.GeoDataFrame({"zone_id": ["park"]}, geometry=[land], crs=frames["buildings"].crs)
    return _zone_frame(whole, called, "derived")


def _zones_given(zones: gpd.GeoDataFrame, called: Names, log: Log) -> gpd.GeoDataFrame:
    if len(zones) == 1:
        return _zone_frame(zones.assign(zone_id="park", kind="park"), called, "unstated")
    parts = _zone_frame(zones.assign(kind=column_of(zones, "kind").fillna("tract")), called, "unstated")
    _say_shared(parts, log)
    if (parts["kind"] == "park").any():
        return parts
    land = shapely.union_all(zones.geometry.to_numpy())
    whole = gpd.GeoDataFrame({"zone_id": ["park"]}, geometry=[land], crs=zones.crs)
    log.say("zone_from_zones", "zones", rows=len(zones), ha=f"{whole.area.iloc[0] / 1e4:,.1f}")
    clash = parts["zone_id"].where(parts["zone_id"] != "park", "park_part")
    return gpd.GeoDataFrame(
        pd.concat([_zone_frame(whole, called, "derived"), parts.assign(zone_id=clash)], ignore_index=True)
    )


def _say_shared(zones: gpd.GeoDataFrame, log: Log) -> None:
    """Say which zones of one kind share land, for what lies on it counts in both."""
    areas = zones.geometry.to_numpy()
    first, second = shapely.STRtree(areas).query(areas, predicate="intersects")
    kinds = zones["kind"].to_numpy(dtype=object)
    pairs = (first < second) & (kinds[first] == kinds[second])
    first, second = first[pairs], second[pairs]
    shared = shapely.area(shapely.intersection(areas[first], areas[second]))
    names = zones["zone_id"].to_numpy(dtype=object)
    values = [f"{other}: {m2:,.0f} m²" for other, m2 in zip(names[first], shared, strict=True)]
    log.say_rows("zones_overlap", "zones", shared > words.value("sliver_m2"), names[second], values=values)


def _zone_frame(zones: gpd.GeoDataFrame, called: Names, provenance: str) -> gpd.GeoDataFrame:
    """Zones with every column a park needs of them."""
    zh, en = column_of(zones, "name_zh"), column_of(zones, "name_en")
    either = zh.fillna(en).fillna(zones["zone_id"].replace("park", called[0]))
    other = en.fillna(zh).fillna(zones["zone_id"].replace("park", called[1]))
    kind = zones.get("kind", "park")
    texts = {"zone_id": zones["zone_id"].str.replace("@", "_"), "version": 1, "name_zh": either, "name_en": other}
    dates = {"valid_from": None, "valid_to": None, "setting": None, "provenance": provenance}
    return gpd.GeoDataFrame({**texts, "kind": kind, **dates}, geometry=zones.geometry.to_numpy(), crs=zones.crs)


def _outside(buildings: gpd.GeoDataFrame, land: shapely.Geometry) -> Any:
    """The buildings that lie off the land."""
    outlines = buildings.geometry.to_numpy()
    shapely.prepare(land)
    return outlines[~shapely.intersects(land, outlines)]


def say_outside(buildings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, log: Log) -> None:
    """Say which buildings lie in no zone: they are simulated, and counted in none."""
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    within, _ = shapely.STRtree(zones.geometry.to_numpy()).query(points, predicate="intersects")
    outside = np.ones(len(buildings), np.bool_)
    outside[within] = False
    if outside.any():
        examples = ", ".join(buildings["building_id"][outside].astype(str).head(EXAMPLES))
        log.say("buildings_outside", "buildings", value=examples, rows=int(outside.sum()))


def parcels_of(
    frames: Frames, buildings: gpd.GeoDataFrame, park: shapely.Geometry, log: Log
) -> tuple[gpd.GeoDataFrame, Rows]:
    """The parcels, and (buildings,): the row of the one each stands on; derived ones where the file has none."""
    if "parcels" not in frames:
        parcels = ground.derived_parcels(buildings, park)
        parcels = parcels.assign(parcel_id="p-" + buildings["building_id"].astype(str), provenance="derived")
        log.say("parcels_derived", "parcels", rows=len(parcels))
        return parcels, np.arange(len(buildings))
    parcels = ground.fitted(frames["parcels"], layers_of(frames["parcels"], "parcels"), log)
    _say_percent(parcels, log)
    parcels = parcels.assign(provenance="unstated")
    row = ground.parcel_rows(buildings, parcels)
    by_key = pd.Index(parcels["parcel_id"]).get_indexer(pd.Index(column_of(buildings, "parcel_id")))
    unknown = column_of(buildings, "parcel_id").notna().to_numpy() & (by_key < 0)
    log.say_rows("parcel_key_unknown", "buildings", unknown, buildings["row"], values=column_of(buildings, "parcel_id"))
    row = np.where(by_key >= 0, by_key, row)
    off = row < 0
    if not off.any():
        return parcels, row
    log.say_rows("building_off_parcels", "buildings", off, buildings["row"])
    made = _parcels_beside(parcels, buildings[off].reset_index(drop=True), park)
    row = np.where(off, len(parcels) + np.cumsum(off) - 1, row)
    return gpd.GeoDataFrame(pd.concat([parcels, made], ignore_index=True)), row


def _say_percent(parcels: gpd.GeoDataFrame, log: Log) -> None:
    """Say which floor area ratios must be percentages, unless their unit was named."""
    ratio = pd.to_numeric(column_of(parcels, "far_limit")).to_numpy(dtype=float)
    percent = (ratio >= words.value("far_percent_low")) & (ratio <= words.value("far_percent_high"))
    if "far_limit" not in parcels.attrs.get("united", set()):
        values = [f"{one:g}" for one in ratio]
        log.say_rows(
            "far_percent", layers_of(parcels, "parcels"), percent, parcels["row"], column="far_limit", values=values
        )


def _parcels_beside(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, park: shapely.Geometry) -> gpd.GeoDataFrame:
    """A parcel for each building that stands on none, on land that no parcel covers."""
    made = ground.derived_parcels(buildings, park)
    free = shapely.difference(made.geometry.to_numpy(), shapely.union_all(parcels.geometry.to_numpy()))
    free = np.where(shapely.is_empty(free), buildings.geometry.to_numpy(), free)
    ids = ("p-" + buildings["building_id"].astype(str)).to_numpy()
    return made.set_geometry(shapes.areas_of(free), crs=parcels.crs).assign(parcel_id=ids, provenance="derived")


def with_land_use(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, row: Rows, log: Log) -> gpd.GeoDataFrame:
    """The parcels with a land use, worked out from what stands on them where it is not given."""
    of_type = {entry["building_type"]: entry["land_use"] for entry in words.table("land")}
    given = column_of(parcels, "land_use")
    most = ground.most_floor(pd.Series(row), buildings["building_type"], buildings["gfa_m2"])
    built = parcels.index.to_series().map(most).map(of_type)
    empty = given.isna()
    for rule, guess in (("est_land_built", built), ("est_land_usual", pd.Series(of_type[""], parcels.index))):
        filled = given.isna() & guess.notna()
        if filled.any():
            examples = ", ".join(parcels["parcel_id"][filled].astype(str).head(EXAMPLES))
            log.say(rule, "parcels", column="land_use", value=examples, rows=int(filled.sum()))
        given = given.where(~filled, guess)
    limits = {name: parcels.get(name, np.nan) for name in ("far_limit", "height_limit_m")}
    provenance = parcels["provenance"].where(~empty, "derived")
    return without_traces(parcels.assign(land_use=given, provenance=provenance, **limits))
