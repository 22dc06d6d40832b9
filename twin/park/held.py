"""What land and floor space is there, from when to when, in which zone, of what use and in what state.

Everything is kept as rows and numbers until the end: a park of 100,000 buildings has millions of words, but few of them
are different.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from twin.park.dates import EVER, NEVER, OFF_LINE, OPEN, PLANNED, UNDER_CONSTRUCTION, ordinals
from twin.park.intervals import NOBODY, coalesced, highest, joined, spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.park.model import Park

#: The zone that is the whole of what is drawn.
WHOLE = "*"

#: States of floor space.
FLOOR_STATES = (PLANNED, UNDER_CONSTRUCTION, OPEN, OFF_LINE)

#: States of land, the later going before the earlier: a parcel is built on when any of its buildings stands.
LAND_STATES = ("idle", PLANNED, UNDER_CONSTRUCTION, "built")

#: What a building in each of the states of floor space makes of its land: off line, it still stands there.
_OF_LAND = np.array([1, 2, 3, 3])

#: Parcels meet zones in so many m² at least.
LEAST_PIECE_M2 = 1e-6

#: Columns of what is held.
HELD = ["zone", "land_use", "state", "provenance", "m2", "first", "last", "by", "ended_by"]


class Holdings:
    """The spans of land and of floor space of a park, with their accounts and the edits that began and ended them."""

    def __init__(self, park: Park) -> None:
        self.park = park
        self.parcel_names = pd.Index(park.parcels["parcel_id"].unique())
        self.building_names = pd.Index(park.buildings["building_id"])
        edits = [edit.id for edit in park.edits]
        self.authors = pd.Index(["", *edits], dtype=object)
        self.zone_names = pd.Index([*park.zones_in_force["zone_id"].unique(), WHOLE], dtype=object)

    def land(self) -> pd.DataFrame:
        """Each piece of a parcel in a zone, with its use and state."""
        parcels = self._parcels()
        held = joined(self._pieces(), joined(parcels, self._land_states(), "parcel"), "row")
        return self._told(held, self.park.parcels["provenance"], held["row"], LAND_STATES)

    def floor(self) -> pd.DataFrame:
        """Each building in a zone, with its state and the use of its land."""
        held = joined(self._places(), joined(self._sited(), self._parcels(), "parcel"), "building")
        return self._told(held, self.park.buildings["provenance"], held["building"], FLOOR_STATES)

    def _told(
        self, held: pd.DataFrame, provenance: pd.Series[Any], row: pd.Series[Any], states: tuple[str, ...]
    ) -> pd.DataFrame:
        """What is held, in words, each kept once."""
        uses, stated = (pd.factorize(column.to_numpy(dtype=object)) for column in (self._uses, provenance))
        words: dict[str, tuple[Any, Any]] = {
            "zone": (held["zone"], self.zone_names),
            "land_use": (uses[0][held["row"]], uses[1]),
            "state": (held["state"], states),
            "provenance": (stated[0][row], stated[1]),
            "by": (held["by"], self.authors),
            "ended_by": (held["ended_by"], self.authors),
        }
        told: dict[str, Any] = {
            name: pd.Categorical.from_codes(np.asarray(codes), categories=pd.Index(list(texts)))
            for name, (codes, texts) in words.items()
        }
        return pd.DataFrame(told | {name: held[name].to_numpy() for name in ("m2", "first", "last")})[HELD]

    @property
    def _uses(self) -> pd.Series[Any]:
        return self.park.parcels["land_use"]

    # Spans

    def _dated(self, frame: pd.DataFrame, first: str, last: str) -> dict[str, Any]:
        """Span and authors of the rows of a table of versions."""
        return {
            "first": ordinals(frame[first], EVER),
            "last": ordinals(frame[last], NEVER),
            "by": self._author(frame, "edit"),
            "ended_by": self._author(frame, "ended_by"),
        }

    def _author(self, frame: pd.DataFrame, column: str) -> NDArray[np.int64]:
        if column not in frame.columns:
            return np.full(len(frame), NOBODY)
        return np.maximum(self.authors.get_indexer(pd.Index(frame[column], dtype=object)), NOBODY)

    def _parcels(self) -> pd.DataFrame:
        parcels = self.park.parcels
        rows = {
            "row": np.arange(len(parcels)),
            "parcel": self.parcel_names.get_indexer(pd.Index(parcels["parcel_id"])),
        }
        return spans(pd.DataFrame(rows | self._dated(parcels, "valid_from", "valid_to")))

    def _sited(self) -> pd.DataFrame:
        """The phases of each building on each parcel it stands on."""
        sites = self.park.sites
        if sites is None:
            sites = self.park.buildings[["building_id", "parcel_id"]].assign(valid_from=None, valid_to=None)
        rows = {
            "building": self.building_names.get_indexer(pd.Index(sites["building_id"])),
            "parcel": self.parcel_names.get_indexer(pd.Index(sites["parcel_id"])),
        }
        stays = pd.DataFrame(rows | self._dated(sites, "valid_from", "valid_to"))
        return joined(self._phases(), stays, "building")

    def _land_states(self) -> pd.DataFrame:
        """The state of each parcel at all times: that of the building on it that is furthest."""
        used = self._sited()[["parcel", "state", "first", "last", "by", "ended_by"]]
        used["state"] = _OF_LAND[used["state"]]
        idle = np.setdiff1d(np.arange(len(self.parcel_names)), used["parcel"].to_numpy())
        return pd.concat(
            [highest(used, "parcel", len(LAND_STATES)), _always(pd.DataFrame({"parcel": idle, "state": 0}))],
            ignore_index=True,
        )

    def _phases(self) -> pd.DataFrame:
        """The states each building passes through, with its floor space in them."""
        buildings = self.park.buildings
        row = np.arange(len(buildings))
        by, closed_by = self._author(buildings, "edit"), self._author(buildings, "ended_by")
        # whoever moved the date, else whoever builds it
        moved = [self._author(buildings, name) for name in ("started_by", "completed_by")]
        begun_by, opened_by = (np.where(who == NOBODY, by, who) for who in moved)
        started, completed = ordinals(buildings["started"], NEVER), ordinals(buildings["completed"], NEVER)
        closed = ordinals(buildings["closed"], NEVER)
        begun = np.minimum(started, completed)

        def phase(state: str, first: Any, last: Any, who: Any, ender: Any) -> pd.DataFrame:
            told = {"building": row, "state": FLOOR_STATES.index(state), "first": first, "last": last}
            return spans(pd.DataFrame(told | {"by": who, "ended_by": ender}))

        # what an edit builds was on no plan before; what one strikes from the plan was never begun
        planned_until = np.minimum(begun, closed)
        struck_by = np.where(closed < begun, closed_by, begun_by)
        planned = phase(PLANNED, np.where(by == NOBODY, EVER, begun), planned_until, NOBODY, struck_by)
        rising = phase(UNDER_CONSTRUCTION, begun, completed, begun_by, opened_by)
        standing = phase(OPEN, completed, closed, opened_by, closed_by)
        found = pd.concat([planned, rising, self._cut_by_works(standing)], ignore_index=True)
        return joined(found, self._floor(), "building")

    def _cut_by_works(self, standing: pd.DataFrame) -> pd.DataFrame:
        """The time a building stands, cut into when it is open and when it is off line."""
        works = self.park.works
        if not len(works):
            return standing
        busy = pd.DataFrame(
            {"building": self._worked_on(works), "state": 1} | self._dated(works, "starts", "ends")
        ).assign(ended_by=self._author(works, "edit"))
        swept = highest(busy, "building", 2)
        swept["state"] = np.where(swept["state"] == 1, FLOOR_STATES.index(OFF_LINE), FLOOR_STATES.index(OPEN))
        rest = standing[~standing["building"].isin(busy["building"])]
        return pd.concat([rest, joined(swept, standing.drop(columns="state"), "building")], ignore_index=True)

    def _floor(self) -> pd.DataFrame:
        """The floor space of each building from when to when: it changes where works end."""
        buildings, works = self.park.buildings, self.park.works
        first = {"building": np.arange(len(buildings)), "m2": buildings["gfa_m2"].to_numpy(dtype=float)}
        every = pd.DataFrame(first | {"first": EVER, "by": NOBODY})
        after = works[works["gfa_m2"].notna()] if len(works) else works
        if len(after):
            changes = {"building": self._worked_on(after), "m2": after["gfa_m2"].to_numpy(dtype=float)}
            changes |= {"first": ordinals(after["ends"], NEVER), "by": self._author(after, "edit")}
            every = pd.concat([every, pd.DataFrame(changes)], ignore_index=True)
        every = every.sort_values(["building", "first"], kind="stable")
        groups = every.groupby("building")
        last = groups["first"].shift(-1, fill_value=NEVER)
        ended_by = groups["by"].shift(-1, fill_value=NOBODY)
        return every.assign(last=last, ended_by=ended_by).reset_index(drop=True)

    def _worked_on(self, works: pd.DataFrame) -> NDArray[np.int64]:
        return np.asarray(self.building_names.get_indexer(pd.Index(works["building_id"])), dtype=np.int64)

    # What lies in which zone

    def _pieces(self) -> pd.DataFrame:
        """The m² that each parcel row has in each zone."""
        shapes = self.park.parcels.geometry.to_numpy()
        row, zone, m2 = areas_in(shapes, self.park.zones_in_force.geometry.to_numpy())
        found = self._in_zones(pd.DataFrame({"row": row, "zone_row": zone, "m2": m2}), ["row", "zone", "m2"])
        whole = pd.DataFrame({"row": np.arange(len(shapes)), "zone": self._whole, "m2": shapely.area(shapes)})
        return pd.concat([found, _always(whole)], ignore_index=True)

    def _places(self) -> pd.DataFrame:
        """Which zones each building lies in, by a point inside it."""
        building, zone = buildings_in(self.park.buildings, self.park.zones_in_force)
        found = self._in_zones(pd.DataFrame({"building": building, "zone_row": zone}), ["building", "zone"])
        whole = pd.DataFrame({"building": np.arange(len(self.park.buildings)), "zone": self._whole})
        return pd.concat([found, _always(whole)], ignore_index=True)

    def _in_zones(self, found: pd.DataFrame, key: list[str]) -> pd.DataFrame:
        """From when to when something lies in a zone, whatever the zone's versions."""
        zones = self.park.zones_in_force
        rows = {"zone_row": np.arange(len(zones)), "zone": self.zone_names.get_indexer(pd.Index(zones["zone_id"]))}
        versions = spans(pd.DataFrame(rows | self._dated(zones, "valid_from", "valid_to")))
        return coalesced(joined(_always(found), versions, "zone_row").drop(columns="zone_row"), key)

    @property
    def _whole(self) -> int:
        return len(self.zone_names) - 1


def _always(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(first=EVER, last=NEVER, by=NOBODY, ended_by=NOBODY)


def areas_in(shapes: Any, zones: Any) -> tuple[Any, Any, Any]:
    """(pairs,), (pairs,), (pairs,): rows of shapes, rows of zones and the m² that the one has in the other.

    Only shapes across a zone's boundary are intersected with it.
    """
    tree = shapely.STRtree(shapes)
    zone, shape = tree.query(zones, predicate="covers")
    inside = (shape, zone, shapely.area(shapes[shape]))
    zone, shape = tree.query(zones, predicate="intersects")
    pairs = pd.MultiIndex.from_arrays([shape, zone])
    rest = ~pairs.isin(pd.MultiIndex.from_arrays(inside[:2]))
    shape, zone = shape[rest], zone[rest]
    touching = shapely.touches(shapes[shape], zones[zone])
    shape, zone = shape[~touching], zone[~touching]
    m2 = shapely.area(shapely.intersection(shapes[shape], zones[zone]))
    kept = m2 > LEAST_PIECE_M2
    across = (shape[kept], zone[kept], m2[kept])
    return tuple(np.concatenate(pair) for pair in zip(inside, across, strict=True))  # type: ignore[return-value]


def buildings_in(buildings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> tuple[Any, Any]:
    """(pairs,), (pairs,): rows of buildings and of the zones they lie in, by a point inside each."""
    points = buildings.representative_point().to_numpy()
    building, zone = shapely.STRtree(zones.geometry.to_numpy()).query(points, predicate="intersects")
    return building, zone
