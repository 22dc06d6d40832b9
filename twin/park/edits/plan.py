"""A park's dated tables while edits are worked into them, and who did what to which parcel, building or zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from twin.catalog import Catalog, nearest
from twin.errors import EditError, Fault
from twin.park.dates import EVER, NEVER
from twin.park.edits.records import Edit
from twin.units import Quarter

#: Floor area and limits are compared with this much play, in m² and m: what rounding in a file may do.
PLAY = 0.01


class Layer:
    """A table to which rows are added and in which values are changed; nothing of the original is written to."""

    def __init__(self, frame: pd.DataFrame, key: str) -> None:
        self._frame, self.key = _off_grid(frame), key
        self._known = len(frame)
        self._changed: dict[str, dict[int, Any]] = {}
        self._added: list[dict[str, Any]] = []
        self._dropped: set[int] = set()
        self._arrays: dict[str, Any] = {}

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, name in enumerate(self._frame[self.key].to_numpy(dtype=object)):
            rows.setdefault(name, []).append(row)
        return rows

    def rows(self, name: str) -> list[int]:
        """The rows, of every date, of one thing."""
        return [row for row in self._rows.get(name, []) if row not in self._dropped]

    def names(self) -> list[str]:
        """The ids there are, of every date."""
        return [name for name in self._rows if self.rows(name)]

    def get(self, row: int, column: str) -> Any:
        """A value, None where there is none."""
        found = self._changed.get(column, {})
        if row in found:
            return found[row]
        if row >= self._known:
            return self._added[row - self._known].get(column)
        if column not in self._arrays:
            self._arrays[column] = self._frame[column].to_numpy() if column in self._frame else None
        array = self._arrays[column]
        value = None if array is None else array[row]
        return None if value is None or (not isinstance(value, shapely.Geometry) and pd.isna(value)) else value

    def put(self, row: int, **values: Any) -> None:
        """Change values of a row."""
        for column, value in values.items():
            self._changed.setdefault(column, {})[row] = value

    def add(self, like: int | None = None, **values: Any) -> int:
        """A new row, as another one where nothing else is said; returns its number."""
        kept = {} if like is None else {column: self.get(like, column) for column in self.columns}
        row = self._known + len(self._added)
        self._added.append(kept | values)
        self._rows.setdefault(str(self._added[-1][self.key]), []).append(row)
        return row

    def drop(self, row: int) -> None:
        """Take away a row that was never in force."""
        self._dropped.add(row)

    def near(self, shape: Any, reach_m: float) -> set[int]:
        """The rows, of every date, whose geometry lies this near to a shape."""
        found = {int(row) for row in self._tree.query(shape, predicate="dwithin", distance=reach_m)}
        added = np.arange(self._known, self._known + len(self._added))
        shapes = np.array([self.get(row, "geometry") for row in added.tolist()], dtype=object)
        return (found | set(added[shapely.dwithin(shapes, shape, reach_m)].tolist())) - self._dropped

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._frame["geometry"].to_numpy())

    @property
    def columns(self) -> list[str]:
        """Columns of the table and of what was added to it."""
        return list(dict.fromkeys([*self._frame.columns, *self._changed]))

    def frame(self) -> Any:
        """The table as it is now."""
        if not (self._changed or self._added or self._dropped):
            return self._frame
        rows = len(self._frame) + len(self._added)
        kept = [row for row in range(rows) if row not in self._dropped]
        columns: dict[str, Any] = {}
        for column in dict.fromkeys([*self.columns, *(name for row in self._added for name in row)]):
            columns[column] = self._column(column)[kept]
        if not isinstance(self._frame, gpd.GeoDataFrame):
            return pd.DataFrame(columns)
        shapes = columns.pop("geometry")
        return gpd.GeoDataFrame(columns, geometry=np.asarray(shapes), crs=self._frame.crs)

    def _column(self, column: str) -> Any:
        known = column in self._frame.columns
        first = self._frame[column].to_numpy() if known else np.full(len(self._frame), None, dtype=object)
        added = [row.get(column) for row in self._added]
        changed = self._changed.get(column, {})
        said = [*added, *changed.values()]
        if first.dtype.kind in "iufb" and all(value is not None for value in said):
            # a column of whole numbers takes one that is not
            kind = np.result_type(first.dtype, np.array(said)) if said else first.dtype
            whole = np.concatenate([first, np.array(added, dtype=kind)]).astype(kind)
        else:
            whole = np.empty(len(first) + len(added), dtype=object)
            whole[: len(first)] = first
            whole[len(first) :] = added
        for row, value in changed.items():
            whole[row] = value
        return whole


class Plan:
    """The tables of a park in the making. Raises EditError where an edit cannot be done."""

    def __init__(
        self, tables: Mapping[str, pd.DataFrame], catalog: Catalog, settings: Mapping[str, str], start: str
    ) -> None:
        self.catalog, self.start = catalog, start
        firms = tables["firms"]
        #: Buildings with firms at the park's start.
        self.housing = set(firms.loc[firms["resident"].astype(bool), "building_id"]) if len(firms) else set()
        self._readings = {f"{name}={choice}" for name, choice in settings.items()}
        self.zones = Layer(tables["zones"], "zone_id")
        self.parcels = Layer(tables["parcels"], "parcel_id")
        self.buildings = Layer(tables["buildings"], "building_id")
        self.works = Layer(tables["works"], "building_id")
        self.moved: dict[str, list[tuple[str, str, str]]] = {}
        self._claims: dict[tuple[str, str, str, str], Edit] = {}
        self._ended: dict[tuple[str, str], Edit] = {}
        self._made: dict[tuple[str, str], Edit] = {}
        self.edit: Edit
        self.place = ""

    def begin(self, edit: Edit, place: str) -> None:
        """From here on, `edit` is at work."""
        self.edit, self.place = edit, place

    @property
    def now(self) -> int:
        """Ordinal of the quarter of the edit at work."""
        return self.edit.quarter.ordinal

    def fail(self, what: str, cure: str, other: Edit | None = None) -> NoReturn:
        """Refuse the edit at work, naming the one it conflicts with, if it is one."""
        conflict = f"; it conflicts with {other}" if other is not None and other is not self.edit else ""
        raise EditError([Fault(self.place, f"{self.edit}: {what}{conflict}", cure)])

    def claim(self, kind: str, name: str, *aspects: str) -> None:
        """Say that the edit at work decides something; two edits that decide the same at one date are refused."""
        for aspect in aspects:
            key = (kind, name, aspect, self.edit.at)
            other = self._claims.setdefault(key, self.edit)
            if other is not self.edit:
                self.fail(f"both decide the {aspect} of {kind} {name} at {self.edit.at}", "one of them", other)

    def maker(self, kind: str, name: str) -> Edit | None:
        """The edit that made or last changed something, if one did."""
        return self._made.get((kind, name))

    def made(self, kind: str, name: str) -> None:
        """Remember that the edit at work made or changed something."""
        self._made[kind, name] = self.edit

    def ended(self, kind: str, name: str) -> None:
        """Remember that the edit at work ended something."""
        self._ended[kind, name] = self.edit

    # What is in force at the date of the edit at work

    def in_force(self, layer: Layer, kind: str, name: str) -> int:
        """The row of a parcel or zone that is in force."""
        rows = self.all_in_force(layer, name)
        if rows:
            return rows[0]
        ender = self._ended.get((kind, name))
        if ender is not None:
            self.fail(f"{kind} {name} is no more", f"another {kind}", ender)
        if layer.rows(name):
            dates = ", ".join(
                f"{layer.get(row, 'valid_from') or '…'} to {layer.get(row, 'valid_to') or '…'}"
                for row in layer.rows(name)
            )
            self.fail(f"{kind} {name} is not in force at {self.edit.at}", f"a date within {dates}")
        return self.fail(f"unknown {kind} {name!r}", nearest(name, layer.names()))

    def all_in_force(self, layer: Layer, name: str) -> list[int]:
        """The rows in force under the park's readings of what the documents leave open."""
        rows = [row for row in layer.rows(name) if self.holds(layer, row)]
        return [row for row in rows if layer.get(row, "setting") in {None, *self._readings}]

    def holds(self, layer: Layer, row: int) -> bool:
        """Whether a row is in force."""
        return self._from(layer, row) <= self.now < self._to(layer, row)

    def for_good(self, layer: Layer, kind: str, name: str) -> list[int]:
        """The rows in force. Refuses a parcel or zone of which the park knows a later version."""
        self.in_force(layer, kind, name)
        for row in layer.rows(name):
            later = layer.get(row, "valid_from")
            if later is not None and later > self.edit.at:
                self.fail(f"{kind} {name} has another version from {later}", f"a date from {later} on")
        return self.all_in_force(layer, name)

    def parcel(self, name: str) -> int:
        """The row of a parcel."""
        return self.in_force(self.parcels, "parcel", name)

    def land(self, name: str) -> int:
        """The row of a parcel that stays as it is unless an edit changes it."""
        return self.for_good(self.parcels, "parcel", name)[0]

    def building(self, name: str) -> int:
        """The row of a building that stands and is to stay."""
        row = self.kept(name)
        if self.date(row, "completed", NEVER) > self.now:
            completed = self.buildings.get(row, "completed") or "no date yet"
            what = f"building {name} is not completed ({completed})"
            self.fail(what, "a building that stands", self.maker("building", name))
        return row

    def kept(self, name: str) -> int:
        """The row of a building that stands, is being built or is planned, and is to stay."""
        rows = self.buildings.rows(name)
        if not rows:
            self.fail(f"unknown building {name!r}", nearest(name, self.buildings.names()))
        row, ender = rows[0], self._ended.get(("building", name))
        if self.date(row, "closed", NEVER) <= self.now:
            self.fail(f"building {name} stands no more", "another building", ender)
        if self.buildings.get(row, "closed") is not None:
            what = f"building {name} is to be demolished at {self.buildings.get(row, 'closed')}"
            self.fail(what, "a building that stays", ender)
        return row

    def begun(self, row: int) -> bool:
        """Whether a building stands or is being built."""
        return min(self.date(row, "started", NEVER), self.date(row, "completed", NEVER)) <= self.now

    def works_after(self, name: str) -> list[int]:
        """The works on a building that end after the date of the edit at work."""
        return [row for row in self.works.rows(name)
                if Quarter.parse(self.works.get(row, "ends")).ordinal > self.now]  # fmt: skip

    def date(self, row: int, column: str, empty: int) -> int:
        """Ordinal of a date of a building."""
        text = self.buildings.get(row, column)
        return empty if text is None else Quarter.parse(text).ordinal

    def lasting(self, row: int, column: str) -> Any:
        """A value of a building when all works on it are done."""
        found = self.buildings.get(row, column)
        works = self.works.rows(str(self.buildings.get(row, "building_id")))
        for work in sorted(works, key=lambda one: str(self.works.get(one, "ends"))):
            after = self.works.get(work, column)
            found = found if after is None else after
        return found

    def buildings_on(self, parcel: str) -> list[int]:
        """The rows of the buildings that stand, are being built or planned on a parcel and are not gone."""
        rows = [self.buildings.rows(name)[0] for name in self._sites.get(parcel, ())]
        return [row for row in rows if self.date(row, "closed", NEVER) > self.now]

    @cached_property
    def _sites(self) -> dict[str, dict[str, None]]:
        """Buildings by parcel, as they are now; an ordered set each."""
        sites: dict[str, dict[str, None]] = {}
        for name in self.buildings.names():
            parcel = str(self.buildings.get(self.buildings.rows(name)[0], "parcel_id"))
            sites.setdefault(parcel, {})[name] = None
        return sites

    def settle(self, building: str, parcel: str) -> None:
        """A new building stands on a parcel."""
        self._sites.setdefault(parcel, {})[building] = None

    def resettle(self, building: str, old: str, new: str) -> None:
        """A building comes to stand on another parcel, for the parcels changed."""
        del self._sites[old][building]
        self.settle(building, new)
        row = self.buildings.rows(building)[0]
        if not self.parcels.rows(old) and self.buildings.get(row, "parcel_id") == old:
            self.buildings.put(row, parcel_id=new)  # the old one was made and ended at one date: nobody stood on it
        else:
            self.moved.setdefault(building, []).append((new, self.edit.at, self.edit.id))

    # Changes

    def new_version(self, layer: Layer, row: int, **values: Any) -> int:
        """A row in force goes on as another version from now; returns its number."""
        if layer.get(row, "valid_from") == self.edit.at:  # made at this date: there was no time in between
            layer.put(row, **values)
            return row
        name = str(layer.get(row, layer.key))
        version = 1 + max(int(layer.get(one, "version") or 1) for one in layer.rows(name))
        new = layer.add(
            row, **{"version": version, "valid_from": self.edit.at, "edit": self.edit.id, "ended_by": None} | values
        )
        layer.put(row, valid_to=self.edit.at, ended_by=self.edit.id)
        return new

    def end(self, layer: Layer, kind: str, row: int) -> None:
        """A row in force holds no longer."""
        self.ended(kind, str(layer.get(row, layer.key)))
        if layer.get(row, "valid_from") == self.edit.at:
            if layer is self.parcels and layer.get(row, "edit") is None:  # buildings may lie on it that are gone
                self.fail(f"parcel {layer.get(row, 'parcel_id')} itself begins at {self.edit.at}", "a later date")
            layer.drop(row)
        else:
            layer.put(row, valid_to=self.edit.at, ended_by=self.edit.id)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables with all edits in them."""
        return {
            "zones": self.zones.frame(),
            "parcels": self.parcels.frame(),
            "buildings": self.buildings.frame(),
            "works": self.works.frame(),
            "sites": self._dated_sites(),
        }

    def _dated_sites(self) -> pd.DataFrame:
        """Which building stands on which parcel from when to when, one row a stay; empty dates for always."""
        buildings = self.buildings.frame()
        first = pd.DataFrame({"building_id": buildings["building_id"], "parcel_id": buildings["parcel_id"]})
        rows: list[tuple[str, str, str | None, str | None, str | None]] = []
        for building, moves in self.moved.items():
            last = str(self.buildings.get(self.buildings.rows(building)[0], "parcel_id"))
            since: str | None = None
            by: str | None = None
            for parcel, at, edit in moves:
                rows.append((building, last, since, at, by))
                last, since, by = parcel, at, edit
            rows.append((building, last, since, None, by))
        stayed = first[~first["building_id"].isin(list(self.moved))].assign(valid_from=None, valid_to=None, edit=None)
        moved = pd.DataFrame(rows, columns=list(stayed.columns))
        moved = moved[moved["valid_from"].isna() | (moved["valid_from"] != moved["valid_to"])]
        return pd.concat([frame for frame in (stayed, moved) if len(frame)] or [stayed], ignore_index=True)

    @staticmethod
    def _from(layer: Layer, row: int) -> int:
        text = layer.get(row, "valid_from")
        return EVER if text is None else Quarter.parse(text).ordinal

    @staticmethod
    def _to(layer: Layer, row: int) -> int:
        text = layer.get(row, "valid_to")
        return NEVER if text is None else Quarter.parse(text).ordinal


def _off_grid(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose shapes are bound to no grid: what is cut off a shape that is would be rounded to it."""
    if not isinstance(frame, gpd.GeoDataFrame) or not shapely.get_precision(frame.geometry.to_numpy()).any():
        return frame
    return frame.set_geometry(shapely.set_precision(frame.geometry.to_numpy(), 0.0), crs=frame.crs)


def names_of(ids: Iterable[str]) -> str:
    """A few ids in a message."""
    listed = list(ids)
    shown = ", ".join(listed[:5])
    return shown if len(listed) <= 5 else f"{shown} and {len(listed) - 5} more"  # noqa: PLR2004
