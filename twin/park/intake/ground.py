"""Parcels and zones: those of the file made to fit, or derived ones, and the parcel that each building stands on."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.park.intake import words
from twin.park.intake.report import Log
from twin.park.intake.shapes import on_grid

Shapes = NDArray[np.object_]

#: Areas of a fit are compared with what was given from this on.
ANY_CHANGE_M2 = 1e-3


def fitted(parcels: gpd.GeoDataFrame, layer: str, log: Log) -> gpd.GeoDataFrame:
    """Parcels without slivers, tiny gaps and tiny overlaps; large overlaps are refused."""
    parcels = _without_slivers(parcels, layer, log)
    shapes = parcels.geometry.to_numpy()
    if len(shapes) < 2 or not _touching_wrongly(shapes):  # noqa: PLR2004  # two make a coverage
        return parcels
    cleaned = shapely.coverage_clean(shapes, gap_width=words.value("coverage_gap_m"))  # type: ignore[attr-defined]  # the types know shapely 2.1
    before, change = shapely.area(shapes), shapely.area(cleaned) - shapely.area(shapes)
    share = np.abs(change) / before
    changed = np.abs(change) > ANY_CHANGE_M2
    areas, names = (before, change), parcels["row"]
    much = changed & (share > words.value("parcel_overlap_share"))
    warned = changed & ~much & (share > words.value("repair_warn_share"))
    log.say_rows("parcels_overlap", layer, much, names, areas_m2=areas, told=_bound("parcel_overlap_share"))
    log.say_rows("parcels_fitted_much", layer, warned, names, areas_m2=areas, told=_bound("repair_warn_share"))
    slight = changed & ~much & ~warned
    if slight.any():
        total = (float(before[slight].sum()), float(change[slight].sum()))
        log.say("parcels_fitted", layer, rows=int(slight.sum()), area_m2=total)
    return parcels.set_geometry(cleaned, crs=parcels.crs)


def _touching_wrongly(shapes: Shapes) -> bool:
    """Whether parcels overlap or leave slits between them."""
    return not shapely.coverage_is_valid(shapes, gap_width=words.value("coverage_gap_m"))


def _bound(name: str) -> dict[str, object]:
    return {"bound": f"{words.value(name):.1%}"}


def _without_slivers(parcels: gpd.GeoDataFrame, layer: str, log: Log) -> gpd.GeoDataFrame:
    areas = shapely.area(parcels.geometry.to_numpy())
    slivers = areas < words.value("sliver_m2")
    log.say_rows("sliver_dropped", layer, slivers, parcels["row"], areas_m2=(areas, np.where(slivers, -areas, 0.0)))
    return parcels[~slivers].reset_index(drop=True)


def derived_boundary(shapes: Shapes) -> shapely.Geometry:
    """The land around shapes: the rectangles that reach so far around each, on a coarse grid, without holes."""
    reach, grid = words.value("derived_reach_m"), words.value("derived_grid_m")
    bounds = shapely.bounds(shapes)
    low, high = np.floor((bounds[:, :2] - reach) / grid), np.ceil((bounds[:, 2:] + reach) / grid)
    around = shapely.union_all(shapely.box(*(np.column_stack([low, high]) * grid).T))
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(around))))


def derived_parcels(buildings: gpd.GeoDataFrame, boundary: shapely.Geometry) -> gpd.GeoDataFrame:
    """One parcel a building: the land nearer to its footprint than to any other, within reach and within the boundary.

    This is the morphological tessellation of Fleischmann et al. 2020, doi:10.1016/j.compenvurbsys.2019.101441.
    `building` is the row of the building.
    """
    shapes = buildings.geometry.to_numpy()
    points, owner = _outline_points(shapes)
    if len(shapes) == 1:
        cells = shapely.buffer(shapes, words.value("derived_reach_m"))
    else:
        diagram = shapely.voronoi_polygons(shapely.multipoints(points), ordered=True, extend_to=boundary)
        parts = shapely.get_parts(diagram)
        order = np.argsort(owner, kind="stable")
        cells = _together(parts[order], owner[order], len(shapes))
    shapely.prepare(boundary)
    across = ~shapely.contains_properly(boundary, cells)
    cells[across] = shapely.intersection(cells[across], boundary)
    cells = on_grid(cells)
    outside = ~np.isin(shapely.get_type_id(cells), (3, 6)) | shapely.is_empty(cells)
    cells[outside] = shapes[outside]
    frame = gpd.GeoDataFrame({"building": np.arange(len(shapes))}, geometry=cells, crs=buildings.crs)
    return frame.assign(row=[f"derived {n}" for n in range(1, len(frame) + 1)])


def _outline_points(shapes: Shapes) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points along the outlines, drawn in a little so that neighbours part, and the row of each."""
    drawn_in = shapely.buffer(shapes, -words.value("tessellation_shrink_m"), join_style="mitre")
    drawn_in = np.where(shapely.is_empty(drawn_in), shapes, drawn_in)
    parts, part_of = shapely.get_parts(drawn_in, return_index=True)
    outline = shapely.segmentize(shapely.get_exterior_ring(parts), words.value("tessellation_spacing_m"))
    points, of_part = shapely.get_coordinates(outline, return_index=True)
    grid = np.round(points / words.value("grid_m")).astype(np.int64)
    _, first = np.unique(grid, axis=0, return_index=True)
    first.sort()
    return points[first], np.asarray(part_of[of_part[first]], dtype=np.int64)


def _together(parts: Shapes, owner: NDArray[np.int64], owners: int) -> Shapes:
    """(owners,): the parts of each as one shape, an empty one for an owner of none; `owner` is in order."""
    groups = np.full(owners, shapely.MultiPolygon(), dtype=object)
    shapely.multipolygons(parts, indices=owner, out=groups)
    return np.asarray(shapely.coverage_union_all(groups[:, None], axis=1), dtype=object)


def parcel_rows(buildings: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """(buildings,): the row of the parcel that each building shares most ground with, -1 where it shares none."""
    shapes, land = buildings.geometry.to_numpy(), parcels.geometry.to_numpy()
    building, parcel = shapely.STRtree(land).query(shapes, predicate="intersects")
    shared = np.zeros(len(building))
    once = np.bincount(building, minlength=len(shapes))[building] == 1
    shared[once] = 1.0
    shared[~once] = shapely.area(shapely.intersection(shapes[building[~once]], land[parcel[~once]]))
    order = np.lexsort((parcel, -shared, building))
    first = np.unique(building[order], return_index=True)[1]
    found = np.full(len(shapes), -1, dtype=np.int64)
    found[building[order][first]] = parcel[order][first]
    return found


def most_floor(parcel: pd.Series[Any], kind: pd.Series[Any], floor_m2: pd.Series[Any]) -> pd.Series[Any]:
    """The kind of building with most floor on each parcel."""
    sums = pd.DataFrame({"parcel": parcel, "kind": kind, "floor": floor_m2}).groupby(["parcel", "kind"])["floor"].sum()
    most = sums.reset_index().sort_values(["parcel", "floor", "kind"], ascending=[True, False, True])
    return most.drop_duplicates("parcel").set_index("parcel")["kind"]
