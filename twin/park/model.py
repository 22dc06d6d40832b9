"""The park as it is handed around: frozen, and everything that follows from its tables computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.park.cells import Cells, cells_of
from twin.units import Quarter

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
    firms: pd.DataFrame
    services: pd.DataFrame
    stations: gpd.GeoDataFrame
    rail: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    settings: Mapping[str, str]  #: readings of what the documents leave open, as name: choice
    source: str  #: folder as it was asked for
    sha256: str  #: of all tables

    @property
    def start(self) -> Quarter:
        """The quarter at whose beginning the park is as its tables say."""
        return Quarter.parse(self.about.start)

    def at(self, quarter: str | Quarter) -> gpd.GeoDataFrame:
        """The zones in force in a quarter, under the park's settings, with their `area_km2`."""
        index = (Quarter.parse(quarter) if isinstance(quarter, str) else quarter).ordinal
        zones = self.zones_in_force
        first = zones["valid_from"].map(lambda q: Quarter.parse(q).ordinal if isinstance(q, str) else -(2**31))
        last = zones["valid_to"].map(lambda q: Quarter.parse(q).ordinal if isinstance(q, str) else 2**31)
        found = zones[(first <= index) & (index < last)].reset_index(drop=True)
        return found.assign(area_km2=found.area / 1e6)

    @cached_property
    def zones_in_force(self) -> gpd.GeoDataFrame:
        """The zones, of every date, that hold under the park's settings."""
        chosen = {f"{name}={choice}" for name, choice in self.settings.items()}
        return self.zones[self.zones["setting"].isna() | self.zones["setting"].isin(chosen)].reset_index(drop=True)

    @cached_property
    def firm_buildings(self) -> gpd.GeoDataFrame:
        """The buildings whose floor is let to firms: of a type for firms, and with at least 1 m² to let."""
        let_to_firms = self.buildings["building_type"].isin(self.catalog.firm_types) & (
            self.buildings["lettable_m2"] >= 1
        )
        return self.buildings[let_to_firms].reset_index(drop=True)

    @cached_property
    def building_points(self) -> NDArray[np.float64]:
        """(firm buildings, 2): a point inside each, in metres."""
        points = self.firm_buildings.representative_point()
        return np.column_stack([points.x, points.y]) if len(points) else np.zeros((0, 2))

    @cached_property
    def metro_m(self) -> NDArray[np.float64]:
        """(firm buildings,): straight-line distance to the nearest open station."""
        stations = self.stations
        if "open" in stations.columns:
            stations = stations[stations["open"].fillna(value=True).astype(bool)]
        if len(stations) == 0 or len(self.building_points) == 0:
            return np.full(len(self.building_points), NO_STATION_M)
        tree = shapely.STRtree(stations.geometry.to_numpy())
        points = shapely.points(self.building_points)
        _, distance = tree.query_nearest(points, return_distance=True, all_matches=False)
        return np.asarray(distance)

    @cached_property
    def cells(self) -> Cells:
        """The finest division of the firm buildings that every zone of every date is a union of."""
        return cells_of(self.zones_in_force, self.building_points)
