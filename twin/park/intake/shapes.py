"""Geometry as it should be: only what can be mended is mended, and every change of area is said."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.park.intake import words
from twin.park.intake.report import Log

Shapes = NDArray[np.object_]
Mask = NDArray[np.bool_]

POINT, LINE, RING, POLYGON, MULTIPOINT, MULTILINE, MULTIPOLYGON, COLLECTION = range(8)

#: Shapes that the tables hold, by table.
HELD = {
    "stations": (POINT,),
    "places": (POINT,),
    "firms": (POINT,),
    "rail": (LINE, MULTILINE),
    "roads": (LINE, MULTILINE),
}
AREAS = (POLYGON, MULTIPOLYGON)

#: Below this an area is none: a fraction of a square of the grid.
NO_AREA_M2 = 1e-6


def mended(frame: gpd.GeoDataFrame, table: str, layer: str, log: Log) -> gpd.GeoDataFrame:
    """The rows of a layer whose geometry the table can hold: what can be mended is, the rest is dropped or refused.

    `row` is the number of each row in the file, by which it is named.
    """
    frame = _without_empty(frame, layer, log)
    frame = _near_each_other(frame, layer, log)
    if table in HELD:
        return _of_kind(frame, table, layer, log)
    frame = _areas_only(frame, layer, log)
    return _valid(frame, layer, log)


def _names(frame: gpd.GeoDataFrame) -> pd.Series[Any]:
    return frame["row"]


def _without_empty(frame: gpd.GeoDataFrame, layer: str, log: Log) -> gpd.GeoDataFrame:
    shapes = frame.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    log.say_rows("geometry_empty", layer, empty, _names(frame))
    return frame[~empty].reset_index(drop=True)


def _near_each_other(frame: gpd.GeoDataFrame, layer: str, log: Log) -> gpd.GeoDataFrame:
    """Say which rows lie far from the middle of all."""
    if len(frame) == 0:
        return frame
    bounds = shapely.bounds(frame.geometry.to_numpy())
    centres = (bounds[:, :2] + bounds[:, 2:]) / 2
    away = np.hypot(*(centres - np.median(centres, axis=0)).T)
    log.say_rows("row_elsewhere", layer, away > words.value("far_apart_m"), _names(frame), values=_kilometres(away))
    return frame


def _kilometres(metres: NDArray[np.float64]) -> list[str]:
    return [f"{away / 1000:,.0f} km" for away in metres]


def _of_kind(frame: gpd.GeoDataFrame, table: str, layer: str, log: Log) -> gpd.GeoDataFrame:
    """Points for what is a point, lines for what is a line; areas of stations become their middle."""
    shapes = frame.geometry.to_numpy().copy()
    kinds = shapely.get_type_id(shapes)
    if HELD[table] == (POINT,):
        spread = kinds != POINT
        shapes[spread] = shapely.point_on_surface(shapes[spread])
        log.say_rows("made_points", layer, spread, _names(frame))
        return frame.set_geometry(shapes, crs=frame.crs)
    rings = kinds == RING
    points, owner = shapely.get_coordinates(shapes[rings], return_index=True)
    shapes[rings] = shapely.linestrings(points, indices=owner) if rings.any() else []
    strange = ~np.isin(shapely.get_type_id(shapes), HELD[table])
    log.say_rows("not_a_line", layer, strange, _names(frame))
    return frame.set_geometry(shapes, crs=frame.crs)[~strange].reset_index(drop=True)


def _areas_only(frame: gpd.GeoDataFrame, layer: str, log: Log) -> gpd.GeoDataFrame:
    """Polygons; closed lines are filled, what else is in a collection is left out, and points and lines are refused."""
    shapes = frame.geometry.to_numpy().copy()
    kinds = shapely.get_type_id(shapes)
    closed = np.isin(kinds, (LINE, RING)) & (shapely.is_ring(shapes))
    shapes[closed] = _filled(shapes[closed])
    log.say_rows("outline_filled", layer, closed, _names(frame))
    mixed = kinds == COLLECTION
    shapes[mixed] = areas_of(shapes[mixed])
    log.say_rows("collection_reduced", layer, mixed, _names(frame))
    strange = ~np.isin(shapely.get_type_id(shapes), AREAS) | shapely.is_empty(shapes)
    names = [shape.geom_type for shape in frame.geometry.to_numpy()[strange]]
    values = np.full(len(frame), "", dtype=object)
    values[strange] = names
    log.say_rows("not_an_area", layer, strange, _names(frame), values=values)
    return frame.set_geometry(shapes, crs=frame.crs)[~strange].reset_index(drop=True)


def _filled(outlines: Shapes) -> Shapes:
    """The polygons within closed lines."""
    if not len(outlines):
        return outlines
    points, owner = shapely.get_coordinates(outlines, return_index=True)
    return np.asarray(shapely.polygons(shapely.linearrings(points, indices=owner)), dtype=object)


def areas_of(collections: Shapes) -> Shapes:
    """The polygons in each collection, as one shape."""
    parts, owner = shapely.get_parts(collections, return_index=True)
    areas = np.isin(shapely.get_type_id(parts), AREAS)
    flat, of_area = shapely.get_parts(parts[areas], return_index=True)
    found = np.full(len(collections), shapely.MultiPolygon(), dtype=object)
    groups = shapely.multipolygons(flat, indices=owner[areas][of_area], out=found) if len(flat) else found
    return np.asarray(shapely.union_all(np.asarray(groups)[:, None], axis=1), dtype=object)


def _valid(frame: gpd.GeoDataFrame, layer: str, log: Log) -> gpd.GeoDataFrame:
    """Valid polygons on a grid of a millimetre; what a repair changes is said, and refused where it is much."""
    shapes = frame.geometry.to_numpy().copy()
    before = shapely.area(shapes)
    invalid = ~shapely.is_valid(shapes)
    reasons = np.full(len(shapes), "", dtype=object)
    reasons[invalid] = shapely.is_valid_reason(shapes[invalid])
    shapes[invalid] = shapely.make_valid(shapes[invalid], method="structure", keep_collapsed=False)
    shapes = on_grid(shapes)
    after = shapely.area(shapes)
    nothing = after < NO_AREA_M2
    change = after - before
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(nothing, 0.0, np.abs(change) / np.where(before > NO_AREA_M2, before, np.nan))
    share = np.where(np.isnan(share), np.inf, share)
    areas, names = (before, change), _names(frame)
    told: dict[str, Any] = {"areas_m2": areas, "values": reasons}
    refused = invalid & ~nothing & (share > words.value("repair_refuse_share"))
    warned = ~refused & ~nothing & (share > words.value("repair_warn_share"))
    log.say_rows("repair_changes_much", layer, refused, names, told=_bounds("repair_refuse_share"), **told)
    log.say_rows("repair_changes", layer, warned, names, told=_bounds("repair_warn_share"), **told)
    log.say_rows("repaired", layer, invalid & ~refused & ~warned & ~nothing, names, **told)
    log.say_rows("no_area", layer, nothing, names, **told)
    kept = frame.set_geometry(shapes, crs=frame.crs)[~nothing].reset_index(drop=True)
    return _parts_said(kept, layer, log)


def on_grid(shapes: Shapes) -> Shapes:
    """Shapes with coordinates rounded to the grid; what rounding spoils is mended."""
    rounded = np.asarray(shapely.set_precision(shapes, words.value("grid_m"), mode="pointwise"), dtype=object)
    spoilt = ~shapely.is_valid(rounded)
    rounded[spoilt] = shapely.set_precision(shapes[spoilt], words.value("grid_m"))
    return rounded


def _bounds(name: str) -> dict[str, object]:
    return {"bound": f"{words.value(name):.1%}"}


def _parts_said(frame: gpd.GeoDataFrame, layer: str, log: Log) -> gpd.GeoDataFrame:
    """Polygons of one part are Polygons; those of several stay one row, and are counted."""
    shapes = frame.geometry.to_numpy().copy()
    several = shapely.get_type_id(shapes) == MULTIPOLYGON
    single = several & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    count = int((several & ~single).sum())
    if count:
        log.say("multipart_kept", layer, rows=count)
    return frame.set_geometry(shapes, crs=frame.crs)


def without_duplicates(frame: gpd.GeoDataFrame, key: str, layer: str, log: Log) -> gpd.GeoDataFrame:
    """Rows that say the same of the same shape once; the same shape said to be two things is refused."""
    if len(frame) == 0:
        return frame
    shape = pd.Series(shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy())))
    said = [name for name in frame.columns if name not in {"row", "layer", key, frame.geometry.name}]
    words_ = pd.DataFrame(frame[said]).astype(object).fillna("").astype(str)
    alike = pd.util.hash_pandas_object(words_, index=False).to_numpy() if said else np.zeros(len(frame), np.uint64)
    whole = pd.DataFrame({"shape": shape, "said": alike}).duplicated().to_numpy()
    log.say_rows("duplicate_dropped", layer, whole, _names(frame), areas_m2=_lost(frame, whole))
    kept = frame[~whole].reset_index(drop=True)
    again = shape[~whole].duplicated().to_numpy()
    log.say_rows("duplicate_shape", layer, again, _names(kept))
    return kept


def _lost(frame: gpd.GeoDataFrame, dropped: Mask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    areas = shapely.area(frame.geometry.to_numpy())
    return areas, np.where(dropped, -areas, 0.0)


def say_overlaps(frame: gpd.GeoDataFrame, names: pd.Series[Any], layer: str, log: Log) -> None:
    """Say which buildings stand on one another, for whose floor would count twice."""
    shapes = frame.geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    apart = first < second
    first, second = first[apart], second[apart]
    areas = shapely.area(shapes)
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    much = shared > words.value("building_overlap_share") * np.minimum(areas[first], areas[second])
    bad = np.zeros(len(shapes), np.bool_)
    other = np.full(len(shapes), "", dtype=object)
    bad[second[much]] = True
    other[second[much]] = names.to_numpy(dtype=object)[first[much]]
    log.say_rows("buildings_overlap", layer, bad, names, values=other)


def say_small(frame: gpd.GeoDataFrame, names: pd.Series[Any], layer: str, log: Log) -> None:
    """Say once how many outlines are too small for a building."""
    small = shapely.area(frame.geometry.to_numpy()) < words.value("smallest_footprint_m2")
    if small.any():
        log.say("buildings_small", layer, value=", ".join(names[small].astype(str).head(5)), rows=int(small.sum()))
