"""What differs between two parks: one row a value that changed, and a map of what it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.park.edits.records import Postpone
from twin.units import Quarter

if TYPE_CHECKING:
    from twin.park.model import Park

#: What is compared in each layer besides its shape.
_FIELDS = {
    "parcels": ("land_use", "far_limit", "height_limit_m", "owner"),
    "buildings": (
        "state",
        "completed",
        "building_type",
        "floors",
        "height_m",
        "gfa_m2",
        "lettable_m2",
        "rent_cny_m2_day",
        "quality",
    ),
    "zones": ("name_zh", "name_en", "kind", "parent", "leading_industry"),
}
_KEYS = {"parcels": "parcel_id", "buildings": "building_id", "zones": "zone_id"}

#: Areas that differ by no more, in m², are the same.
_SAME_M2 = 0.01


@dataclass(frozen=True)
class Diff:
    """The difference between two parks at a date.

    `table` has one row a change: layer, id, change (added, removed, changed), field, before, after. `map` has one row
    a parcel, building or zone concerned, with its geometry after (before, where it is no more), `area_before_m2` and
    `area_after_m2`.
    """

    table: pd.DataFrame
    map: gpd.GeoDataFrame

    @classmethod
    def between(cls, before: Park, after: Park, at: Quarter | str) -> Diff:
        """What is otherwise in `after` than in `before` at the beginning of a quarter."""
        moved = {name for park in (before, after) for edit in _postponements(park) for name in edit.buildings}
        layers = [
            ("parcels", before.parcels_at(at), after.parcels_at(at)),
            ("buildings", _as_known(before, at, moved), _as_known(after, at, moved)),
            ("zones", _one_a_zone(before.at(at)), _one_a_zone(after.at(at))),
        ]
        tables, maps = zip(*(_compare(name, old, new) for name, old, new in layers), strict=True)
        rows = [row for table in tables for row in table]
        table = pd.DataFrame(rows, columns=["layer", "id", "change", "field", "before", "after"])
        shapes = [row for shown in maps for row in shown]
        columns = ["layer", "id", "change", "area_before_m2", "area_after_m2", "geometry"]
        shown = pd.DataFrame(shapes, columns=columns)
        return cls(table, gpd.GeoDataFrame(shown, geometry="geometry", crs=after.buildings.crs))


def _one_a_zone(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Of a zone under several readings at once, the first row."""
    return zones.drop_duplicates("zone_id")


def _postponements(park: Park) -> list[Postpone]:
    return [edit for edit in park.edits if isinstance(edit, Postpone)]


def _as_known(park: Park, at: Quarter | str, moved: set[str]) -> gpd.GeoDataFrame:
    """The buildings at a date; `completed` of those `moved` as it is known then, of all others empty.

    What an edit of a later date does to an opening is not known yet.
    """
    buildings, first = park.buildings_at(at), park.base.buildings.set_index("building_id")["completed"]
    opens: dict[str, str | None] = dict.fromkeys(buildings["building_id"])
    for name, completed in zip(buildings["building_id"], buildings["completed"], strict=True):
        if name not in moved:
            continue
        moves = [edit for edit in _postponements(park) if name in edit.buildings]
        if name in first.index:  # forward from the first date: what is struck from the plan later has no last one
            date, quarters = first[name], sum(edit.quarters for edit in moves if edit.at <= str(at))
        else:
            date, quarters = completed, -sum(edit.quarters for edit in moves if edit.at > str(at))
        opens[name] = None if pd.isna(date) else str(Quarter.parse(date).plus(quarters))
    return buildings.assign(completed=pd.Series(opens, dtype=object).to_numpy())


def _compare(
    layer: str, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The rows of the table and of the map for one layer."""
    old, new = pd.Index(before[_KEYS[layer]]), pd.Index(after[_KEYS[layer]])
    old_shapes, new_shapes = before.geometry.to_numpy(), after.geometry.to_numpy()
    rows: list[tuple[Any, ...]] = []
    shown: list[tuple[Any, ...]] = []
    for n in np.flatnonzero(new.get_indexer(old) < 0).tolist():
        rows.append((layer, old[n], "removed", "", None, None))
        shown.append((layer, old[n], "removed", old_shapes[n].area, 0.0, old_shapes[n]))
    for n in np.flatnonzero(old.get_indexer(new) < 0).tolist():
        rows.append((layer, new[n], "added", "", None, None))
        shown.append((layer, new[n], "added", 0.0, new_shapes[n].area, new_shapes[n]))
    place = new.get_indexer(old)
    there = np.flatnonzero(place >= 0)
    changed = _changes(layer, before.iloc[there], after.iloc[place[there]])
    concerned = sorted({n for n, *_ in changed})
    rows += [row for _, *rest in changed for row in [(layer, *rest)]]
    for n in concerned:
        was, shape = old_shapes[there[n]], new_shapes[place[there[n]]]
        shown.append((layer, old[int(there[n])], "changed", was.area, shape.area, shape))
    return rows, shown


def _changes(layer: str, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> list[tuple[Any, ...]]:
    """The values that differ between rows of the same things: row, id, change, field, before, after."""
    names = old[_KEYS[layer]].tolist()
    rows: list[tuple[Any, ...]] = []
    for field in _FIELDS[layer]:
        if field not in old.columns or field not in new.columns:
            continue
        was, is_ = _plain(old[field]), _plain(new[field])
        other = np.asarray(was != is_, dtype=bool)
        rows += [(n, names[n], "changed", field, was[n], is_[n]) for n in np.flatnonzero(other).tolist()]
    shapes, others = old.geometry.to_numpy(), new.geometry.to_numpy()
    identical = shapely.equals_identical(shapes, others)
    for n in np.flatnonzero(~np.asarray(identical, dtype=bool)).tolist():
        if shapely.symmetric_difference(shapes[n], others[n]).area > _SAME_M2:
            rows.append((n, names[n], "changed", "area_m2", round(shapes[n].area, 1), round(others[n].area, 1)))
    return rows


def _plain(values: pd.Series[Any]) -> NDArray[np.object_]:
    """Values with None for what is empty, however that is kept."""
    return np.asarray(values.astype(object).where(values.notna(), None), dtype=object)
