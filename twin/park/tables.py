"""What each table of a park holds: columns, their meaning for a check, and what to say when they are wrong.

Everything that changes is dated. Zones and parcels have versions with `valid_from` and `valid_to`; a building stands
from `completed` until `closed`; works take it off line from `starts` until `ends` and leave it as their row says.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a table and what its values must be."""

    name: str
    kind: str  #: text | number | whole | quarter | flag
    required: bool = True  #: no empty values
    low: float = float("-inf")
    high: float = float("inf")
    among: str = ""  #: a catalog table, or `table.column` of the park, whose ids the values must be
    needed: bool = True  #: whether a park must have the column at all
    default: str | float | None = None  #: what stands in a column that a park does not have


@dataclass(frozen=True)
class Table:
    """One table of a park folder."""

    name: str
    id: str  #: the column, or columns joined by `+`, whose values are unique
    columns: tuple[Column, ...]
    shapes: tuple[str, ...] = ()  #: geometry types; none for a plain table
    optional: bool = False


#: Readings of what the park's documents leave open, and their choices; the first is taken where nothing is said.
SETTINGS = {"feature_parks": ("six", "five"), "wulituo": ("outside", "inside")}

POLYGONS = ("Polygon", "MultiPolygon")

#: Coordinates are kept on a grid of this, in metres.
GRID_M = 0.001

#: The file in a park folder that holds the edits made to the park its tables describe.
EDITS = "edits.yaml"

#: Where a park does not say what something rests on, or whose it is.
UNSTATED = "unstated"

TABLES = (
    Table(
        "zones",
        "zone_id+version",
        (
            Column("zone_id", "text"),
            Column("version", "whole", low=1),
            Column("name_zh", "text"),
            Column("name_en", "text"),
            Column("kind", "text"),
            Column("valid_from", "quarter", required=False),
            Column("valid_to", "quarter", required=False),
            Column("setting", "text", required=False),
            Column("parent", "text", required=False, needed=False),
            Column("leading_industry", "text", required=False, among="industries", needed=False),
            Column("provenance", "text", needed=False, default=UNSTATED),
        ),
        POLYGONS,
    ),
    Table(
        "parcels",
        "parcel_id+version",
        (
            Column("parcel_id", "text"),
            Column("version", "whole", low=1, needed=False, default=1),
            Column("land_use", "text", among="land_uses"),
            Column("far_limit", "number", required=False, low=0, high=50),
            Column("height_limit_m", "number", required=False, low=0, high=1000),
            Column("owner", "text", needed=False, default=UNSTATED),
            Column("provenance", "text", needed=False, default=UNSTATED),
            Column("valid_from", "quarter", required=False, needed=False),
            Column("valid_to", "quarter", required=False, needed=False),
        ),
        POLYGONS,
    ),
    Table(
        "buildings",
        "building_id",
        (
            Column("building_id", "text"),
            Column("parcel_id", "text", among="parcels.parcel_id"),
            Column("building_type", "text", among="building_types"),
            Column("floors", "whole", low=0, high=200),
            Column("height_m", "number", low=0, high=1000),
            Column("gfa_m2", "number", low=0, high=5e6),
            Column("lettable_m2", "number", low=0, high=5e6),
            Column("gfa_below_m2", "number", low=0, high=5e6, needed=False, default=0.0),
            Column("started", "quarter", required=False, needed=False),
            Column("completed", "quarter", required=False),
            Column("closed", "quarter", required=False, needed=False),
            Column("date_confidence", "text", required=False, needed=False),
            Column("operator", "text", required=False, needed=False),
            Column("floor_load_kn_m2", "number", required=False, low=0, high=100, needed=False),
            Column("rent_cny_m2_day", "number", low=0.01, high=1000),
            Column("quality", "number", low=0, high=1),
            Column("provenance", "text", needed=False, default=UNSTATED),
        ),
        POLYGONS,
    ),
    Table(
        "works",
        "works_id",
        (
            Column("works_id", "text"),
            Column("building_id", "text", among="buildings.building_id"),
            Column("starts", "quarter"),
            Column("ends", "quarter"),
            Column("phases", "whole", low=1, high=50, needed=False, default=1),
            Column("building_type", "text", required=False, among="building_types"),
            Column("floors", "whole", required=False, low=0, high=200),
            Column("height_m", "number", required=False, low=0, high=1000),
            Column("gfa_m2", "number", required=False, low=0, high=5e6),
            Column("lettable_m2", "number", required=False, low=0, high=5e6),
            Column("rent_cny_m2_day", "number", required=False, low=0.01, high=1000),
            Column("quality", "number", required=False, low=0, high=1),
        ),
        optional=True,
    ),
    Table(
        "firms",
        "firm_id",
        (
            Column("firm_id", "whole", low=1, high=2**31),
            Column("industry", "text", among="industries"),
            Column("stage", "text", among="stages"),
            Column("staff", "whole", low=1, high=1e7),
            Column("productivity", "number", low=0, high=1e6),
            Column("founded_year", "number", low=1800, high=2200),
            Column("building_id", "text", required=False, among="buildings.building_id"),
            Column("floor_m2", "whole", low=0, high=5e6),
            Column("registered", "flag"),
            Column("resident", "flag"),
            Column("anchor", "flag"),
            Column("chain_node", "text", required=False, among="chain_nodes", needed=False),
            Column("tier", "text", required=False, needed=False),
            Column("revenue_cny", "number", required=False, low=0, high=1e14, needed=False),
        ),
        optional=True,
    ),
    Table(
        "services",
        "facility_id",
        (
            Column("facility_id", "text"),
            Column("service", "text", among="services"),
            Column("slots", "whole", low=0, high=1e6),
            Column("opens", "quarter", required=False),
            Column("building_id", "text", required=False, among="buildings.building_id", needed=False),
        ),
        optional=True,
    ),
    Table("stations", "station_id", (Column("station_id", "text"),), ("Point",), optional=True),
    Table("rail", "line_id", (Column("line_id", "text"),), ("LineString", "MultiLineString"), optional=True),
    Table("roads", "road_id", (Column("road_id", "text"),), ("LineString", "MultiLineString"), optional=True),
    Table("water", "water_id", (Column("water_id", "text"),), POLYGONS, optional=True),
    Table("places", "place_id", (Column("place_id", "text"),), ("Point",), optional=True),
)
