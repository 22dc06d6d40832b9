"""The park as it is handed around: frozen, and everything that follows from its tables computed once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.catalog import Catalog, nearest
from twin.errors import EditError, Fault, ParkError
from twin.park.cells import Cells, cells_of
from twin.park.check import check
from twin.park.dates import ALTERABLE, EVER, altered, buildings_at, in_force, ordinals
from twin.park.edits import Diff, Edit, Edits, carry_out, edits_as_yaml, read_edits
from twin.park.network import Network, Travel, commute_min, network_of, walk_to_metro_m
from twin.park.places import place_names
from twin.park.tables import TABLES
from twin.units import Quarter

#: No edit takes more quarters than this until it is done.
LONGEST_WORKS = 200

#: Distance to a station where the park has none: so far that stations do not matter.
NO_STATION_M = 1e5


@dataclass(frozen=True)
class About:
    """What a park is called, when its stock was counted, and what is to be said with whatever it shows."""

    name_zh: str = ""
    name_en: str = ""
    start: str = "2026Q1"
    caveat_zh: str = "模型未以园区台账标定"
    caveat_en: str = "the model is not calibrated on the park's ledgers"
    credit: str = ""  #: whose data it is


@dataclass(frozen=True)
class Park:
    """A park at its start. Geometry in one projected CRS, in metres; tables as `twin.park.tables` says."""

    about: About
    catalog: Catalog
    zones: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    works: pd.DataFrame
    firms: pd.DataFrame
    services: pd.DataFrame
    stations: gpd.GeoDataFrame
    rail: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    settings: Mapping[str, str]  #: readings of what the documents leave open, as name: choice
    source: str  #: folder as it was asked for
    sha256: str  #: of all tables, and of the edits made to them
    stocks: Mapping[str, Path] = field(default_factory=dict)  #: by start, its folder's files with the stock of firms
    edits: tuple[Edit, ...] = ()  #: what was done to the park that was read
    unedited: Park | None = None  #: that park, where anything was done to it
    sites: pd.DataFrame | None = None  #: which building stands on which parcel from when to when, where that changes

    @property
    def start(self) -> Quarter:
        """The quarter at whose beginning the park is as its tables say."""
        return Quarter.parse(self.about.start)

    def at(self, quarter: str | Quarter) -> gpd.GeoDataFrame:
        """The zones in force in a quarter, under the park's settings, with their `area_km2`."""
        found = in_force(self.zones_in_force, _quarter(quarter))
        return found.assign(area_km2=found.area / 1e6)

    def parcels_at(self, quarter: str | Quarter) -> gpd.GeoDataFrame:
        """The parcels in force in a quarter, with their `area_m2`."""
        found = in_force(self.parcels, _quarter(quarter))
        return found.assign(area_m2=found.area)

    def buildings_at(self, quarter: str | Quarter) -> gpd.GeoDataFrame:
        """The buildings that stand or are planned at the beginning of a quarter, as they are then.

        Their `state` is planned, under_construction, open or off_line; what was demolished is left out.
        """
        when = _quarter(quarter)
        found = buildings_at(self.buildings, self.works, when)
        if self.sites is None:
            return found
        stays = in_force(self.sites, when).drop_duplicates("building_id", keep="last").set_index("building_id")
        parcel = stays["parcel_id"].reindex(found["building_id"]).to_numpy()
        return found.assign(parcel_id=np.where(pd.isna(parcel), found["parcel_id"], parcel))

    @property
    def base(self) -> Park:
        """The park before any edit."""
        return self.unedited or self

    def edit(self, *edits: Edits, places: Sequence[str] = ()) -> Park:
        """Another park, with edits made to this one: records, mappings, YAML files, rows of frames.

        Edits take effect in order of their dates, those of earlier calls among them. `places` says where each edit
        was read, if it is known. Raises EditError with every edit that cannot be read, breaks a rule or conflicts
        with another, and ParkError where what comes out is no park.
        """
        taken = [*(edit.id for edit in self.edits), *self.base.works["works_id"]]
        read, found = read_edits(edits, taken, self.buildings.crs)
        told = {edit.id: place for edit, place in zip(read, places, strict=False)}
        return self._edited((*self.edits, *read), found | told)

    def under(self, settings: Mapping[str, str]) -> Park:
        """The park under other readings of what the documents leave open, its edits made anew under them."""
        chosen = dict(self.settings) | dict(settings)
        if chosen == dict(self.settings):
            return self
        other = replace(self, settings=chosen)
        return other._edited(self.edits, {}) if self.edits else other  # noqa: SLF001  # a park of its own kind

    def undo(self, edit: str = "") -> Park:
        """The park without an edit, by its id; without the last one if none is named. Raises EditError."""
        ids = [one.id for one in self.edits]
        if not ids or (edit and edit not in ids):
            raise EditError([Fault("undo", f"unknown edit {edit!r}" if ids else "no edit to undo", nearest(edit, ids))])
        gone = edit or ids[-1]
        return self._edited(tuple(one for one in self.edits if one.id != gone), {})

    def diff(self, other: Park, at: str | Quarter | None = None) -> Diff:
        """What is otherwise in another park than in this one at a date; when all its edits are done, if none is given.

        Raises ParkError for what is no quarter.
        """
        last = max([self.start, *(edit.quarter for edit in (*self.edits, *other.edits))])
        return Diff.between(self, other, at or last.plus(LONGEST_WORKS))

    def _edited(self, edits: tuple[Edit, ...], places: Mapping[str, str]) -> Park:
        """The park before any edit, with these made to it."""
        base = replace(self.base, settings=self.settings, catalog=self.catalog)
        if not edits:
            return base
        tables: dict[str, pd.DataFrame] = {table.name: getattr(base, table.name) for table in TABLES}
        changed = carry_out(tables, edits, base.catalog, settings=base.settings, start=str(base.start), places=places)
        sites = changed.pop("sites")
        faults = check(tables | changed, base.catalog, base.source, str(base.start))
        if faults:
            raise ParkError(faults)
        in_order = sorted(edits, key=lambda edit: edit.quarter.ordinal)  # the order of the call says nothing more
        digest = hashlib.sha256(f"{base.sha256}\n{edits_as_yaml(in_order)}".encode()).hexdigest()
        layers: dict[str, Any] = changed
        return replace(base, sha256=digest, edits=edits, unedited=base, sites=sites, **layers)

    @cached_property
    def zones_in_force(self) -> gpd.GeoDataFrame:
        """The zones, of every date, that hold under the park's settings."""
        chosen = {f"{name}={choice}" for name, choice in self.settings.items()}
        return self.zones[self.zones["setting"].isna() | self.zones["setting"].isin(chosen)].reset_index(drop=True)

    @cached_property
    def pipeline(self) -> gpd.GeoDataFrame:
        """The buildings that open after the start, in order of date, with what is known of their dates."""
        coming = self.buildings[ordinals(self.buildings["completed"], EVER) > self.start.ordinal]
        return coming.sort_values(["completed", "building_id"], kind="stable").reset_index(drop=True)

    @cached_property
    def firm_buildings(self) -> gpd.GeoDataFrame:
        """The buildings whose floor is let to firms at some date: of a type for firms, and with at least 1 m² to let.

        As they are at the start; `building_works` says what works make of them later.
        """
        now = altered(self.buildings, self.works, self.start)
        lets = pd.concat([now[["building_id", "building_type", "lettable_m2"]], self._after_works])
        lets = lets[lets["building_type"].isin(self.catalog.firm_types) & (lets["lettable_m2"] >= 1)]
        return now[now["building_id"].isin(lets["building_id"])].reset_index(drop=True)

    @cached_property
    def building_works(self) -> pd.DataFrame:
        """The works on firm buildings that end after the start, in order of date; what stays as it was is empty."""
        works = self.works[self.works["building_id"].isin(self.firm_buildings["building_id"])]
        works = works[works["ends"].astype(object) > str(self.start)] if len(works) else works
        works = works.sort_values(["starts", "works_id"], kind="stable")
        return works[["works_id", "building_id", "starts", "ends", "phases", *ALTERABLE]].reset_index(drop=True)

    @property
    def _after_works(self) -> pd.DataFrame:
        """Type and lettable floor of the worked-on buildings after each of their works."""
        ends = sorted({str(quarter) for quarter in self.works["ends"]})
        named = self.buildings[self.buildings["building_id"].isin(self.works["building_id"])]
        after = [altered(named, self.works, Quarter.parse(end)) for end in ends]
        columns = ["building_id", "building_type", "lettable_m2"]
        return pd.concat([pd.DataFrame(frame[columns]) for frame in after or [named]])

    @cached_property
    def building_points(self) -> NDArray[np.float64]:
        """(firm buildings, 2): a point inside each, in metres."""
        points = self.firm_buildings.representative_point()
        return np.column_stack([points.x, points.y]) if len(points) else np.zeros((0, 2))

    @property
    def open_stations(self) -> gpd.GeoDataFrame:
        """The stations open to passengers; all of them where the layer does not say."""
        stations = self.stations
        if "open" in stations.columns:
            stations = stations[stations["open"].fillna(value=True).astype(bool)]
        return stations.reset_index(drop=True)

    @cached_property
    def metro_m(self) -> NDArray[np.float64]:
        """(firm buildings,): the walk to the nearest open station, over the streets where they are known."""
        row = pd.Index(self.buildings["building_id"]).get_indexer(pd.Index(self.firm_buildings["building_id"]))
        return np.minimum(walk_to_metro_m(self)[row], NO_STATION_M)

    @cached_property
    def cells(self) -> Cells:
        """The finest division of the firm buildings that every zone of every date is a union of."""
        return cells_of(self.zones_in_force, self.building_points)

    @cached_property
    def network(self) -> Network:
        """The streets, with buildings and open stations attached."""
        return network_of(self)

    @cached_property
    def home_buildings(self) -> gpd.GeoDataFrame:
        """The buildings that are homes at some date, as they are at the start."""
        now = altered(self.buildings, self.works, self.start)
        kinds = pd.concat([now[["building_id", "building_type", "lettable_m2"]], self._after_works])
        homes = kinds[kinds["building_type"].isin(self.catalog.home_types)]
        return now[now["building_id"].isin(homes["building_id"])].reset_index(drop=True)

    @cached_property
    def home_cells(self) -> Cells:
        """The same division of the buildings that are homes."""
        points = self.home_buildings.representative_point()
        return cells_of(self.zones_in_force, np.column_stack([points.x, points.y]).reshape(-1, 2))

    def commute_min(self, travel: Travel) -> NDArray[np.float64]:
        """(cells, homes and cells): minutes from the middle of each cell of firm buildings to homes and middles."""
        if travel not in self._commutes:
            ids = pd.Index(self.buildings["building_id"])
            works = ids.get_indexer(pd.Index(self.firm_buildings["building_id"]))[self._middles]
            homes = ids.get_indexer(pd.Index(self.home_buildings["building_id"]))
            goals = np.concatenate([homes, works])
            self._commutes[travel] = (
                commute_min(self, works, goals, travel) if len(works) else np.zeros((0, len(goals)))
            )
        return self._commutes[travel]

    def living_places(self, start: Quarter) -> list[str]:
        """The places where people live and work, as `twin.park.places` names them for a start."""
        if start not in self._living_places:
            self._living_places[start] = place_names(self, start)
        return self._living_places[start]

    @cached_property
    def _living_places(self) -> dict[Quarter, list[str]]:
        return {}

    @cached_property
    def _commutes(self) -> dict[Travel, NDArray[np.float64]]:
        return {}

    @cached_property
    def _middles(self) -> NDArray[np.int64]:
        """(cells,): the firm building nearest to the mean of each cell's."""
        points, cell = self.building_points, self.cells.of_building
        count = np.bincount(cell, minlength=len(self.cells.zones))
        mean = np.column_stack([np.bincount(cell, weights=xy, minlength=len(count)) for xy in points.T])
        aside = np.linalg.norm(points - (mean / count[:, None])[cell], axis=1)
        order = np.lexsort((aside, cell))
        return order[np.searchsorted(cell[order], np.arange(len(count)))].astype(np.int64)


def _quarter(quarter: str | Quarter) -> Quarter:
    """A quarter, or its text. Raises ParkError."""
    try:
        return quarter if isinstance(quarter, Quarter) else Quarter.parse(str(quarter))
    except ValueError as error:
        raise ParkError([Fault("quarter", *str(error).split("; "))]) from None
