"""The other layers: zones, stations, railways, roads, water, places and services."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from builder import figures, ground, network, tracts
from builder.figures import parameter, table
from builder.streets import Layout
from builder.tracts import Piece


def draw_zones(pieces: list[Piece], parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """District, park in three versions, core, clusters, tracts, feature parks and the high-tech zone."""
    by_tract = {
        str(tract): ground.multi(shapely.coverage_union_all(group.geometry.to_numpy()))
        for tract, group in parcels.groupby("tract")
    }
    rows, shapes = [], []
    for _, figure in table("zones").iterrows():
        rows.append(figure.drop(["made_of", "guide", "cut_bearing_deg", "year", "licence"]))
        shapes.append(ground.multi(zone_shape(figure, by_tract, pieces, parcels)))
    named = table("tracts").drop_duplicates("tract")
    for _, figure in named.iterrows():
        parts = table("tracts").loc[table("tracts")["tract"] == figure["tract"], "area_km2"]
        rows.append(
            pd.Series(
                {
                    "zone_id": figure["tract"],
                    "version": 1,
                    "name_zh": figure["name_zh"],
                    "name_en": figure["name_en"],
                    "kind": "tract",
                    "parent": figure["parent"],
                    "valid_from": figure["valid_from"],
                    "area_published_km2": parts.sum(min_count=1),
                    "provenance": "derived" if pd.notna(figure["area_km2"]) else "synthetic",
                    "source": f"{figure['source']}",
                    "note": figure["note"],
                }
            )
        )
        shapes.append(by_tract[figure["tract"]])
    zones = gpd.GeoDataFrame(pd.DataFrame(rows).reset_index(drop=True), geometry=shapes, crs=ground.CRS)
    zones["version"] = zones["version"].astype("int64")
    zones["area_published_km2"] = zones["area_published_km2"].astype(float)
    return zones


def zone_shape(
    figure: pd.Series, by_tract: Mapping[str, BaseGeometry], pieces: list[Piece], parcels: gpd.GeoDataFrame
) -> BaseGeometry:
    """The outline of a zone: of tracts, of complexes, or of a guide cut to its area inside the core."""
    made_of, _, names = figure["made_of"].partition(":")
    if made_of == "outline":
        return ground.union([tracts.district(pieces), *by_tract.values()])
    if made_of == "tracts":
        return ground.union(by_tract[name] for name in names.split(";"))
    if made_of == "complex":
        parks = table("complexes").set_index("complex")["feature_park"]
        mine = parcels[parcels["complex"].map(parks).isin(names.split(";"))]
        return shapely.coverage_union_all(mine.geometry)
    core = ground.union(by_tract[name] for name in ("core_north", "core_southeast", "special_steel"))
    guide = figures.polygon(figure["guide"]).intersection(core)
    if pd.notna(figure["area_published_km2"]):
        guide = ground.cut_to_area(guide, figure["area_published_km2"] * 1e6, figure["cut_bearing_deg"])
    return ground.snap(guide)


def draw_stations() -> gpd.GeoDataFrame:
    """Metro, maglev and railway stations; `open` means open to metro passengers."""
    stations = table("stations")
    frame = stations[["station_id", "name_zh", "name_en", "lines", "kind"]].assign(open=stations["open"] == 1)
    frame["lines"] = frame["lines"].fillna("")
    return points(frame, stations)


def draw_places() -> gpd.GeoDataFrame:
    """Names to print on the map, the subdistricts among them, and the entrances of stations, which have no rank."""
    places, entrances = table("places"), table("entrances")
    named = points(places[["place_id", "name_zh", "name_en", "kind", "rank", "provenance"]].copy(), places)
    doors = points(entrances[["place_id", "name_zh", "name_en", "station_id", "provenance"]].copy(), entrances)
    return gpd.GeoDataFrame(
        pd.concat([named, doors.assign(kind="entrance", rank=0)], ignore_index=True), crs=ground.CRS
    )


def points(frame: pd.DataFrame, figures_of: pd.DataFrame) -> gpd.GeoDataFrame:
    """A layer of points from columns lon and lat."""
    plane = ground.project(figures_of[["lon", "lat"]].to_numpy(dtype=float))
    return gpd.GeoDataFrame(frame, geometry=shapely.points(plane), crs=ground.CRS)


def draw_rail() -> gpd.GeoDataFrame:
    """Metro lines straight between stops, railways as drawn; `line` is what stations call it in their `lines`."""
    rail = table("rail")
    frame = rail[["line_id", "line", "name_zh", "name_en", "kind", "colour"]].copy()
    return gpd.GeoDataFrame(frame, geometry=[figures.path(line) for line in rail["path"]], crs=ground.CRS)


def draw_roads(layouts: list[Layout]) -> gpd.GeoDataFrame:
    """Named arterials and expressways, then the streets of the tracts, joined to one network."""
    roads = table("roads")
    main = roads[["road_id", "name_zh", "name_en", "class", "provenance"]].copy()
    local = [
        (f"{layout.piece.name}-street-{n:03d}", line) for layout in layouts for n, line in enumerate(layout.streets, 1)
    ]
    names = pd.DataFrame({"road_id": [name for name, _ in local], "class": "local", "provenance": "synthetic"})
    frame = pd.concat([main, names.assign(name_zh=None, name_en=None)], ignore_index=True)
    reach_m = np.where(frame["class"] == "local", parameter("join_reach_m"), parameter("main_join_reach_m"))
    lines = network.run_together([*map(figures.path, roads["path"]), *(line for _, line in local)], reach_m)
    links = network.missing_links(lines)
    links += network.shorter_ways([*lines, *links], parameter("path_reach_m"), parameter("path_ratio"))
    more = pd.DataFrame({"road_id": [f"link-{n:03d}" for n in range(1, len(links) + 1)], "class": "local"})
    frame = pd.concat([frame, more.assign(name_zh=None, name_en=None, provenance="synthetic")], ignore_index=True)
    return gpd.GeoDataFrame(frame, geometry=[*lines, *links], crs=ground.CRS)


def draw_water(layouts: list[Layout]) -> gpd.GeoDataFrame:
    """The river and the lakes of the park."""
    plots = table("fixed_plots").set_index("plot")
    lakes = plots.index[plots["water"] == 1]
    settled = [(plot.name, plot.shape) for layout in layouts for plot in layout.settled if plot.name is not None]
    named = [(name, shape) for name, shape in settled if name in lakes]
    frame = pd.DataFrame(
        {
            "water_id": ["yongding_river", *(name for name, _ in named)],
            "name_zh": ["永定河", *(plots["name_zh"][name] for name, _ in named)],
            "name_en": ["Yongding River", *(plots["name_en"][name] for name, _ in named)],
            "provenance": ["derived", *(plots["provenance"][name] for name, _ in named)],
        }
    )
    shapes = [tracts.river(), *(ground.snap(shape) for _, shape in named)]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=ground.CRS)


#: Types of building in which a service stands if its complex has one, the best first: pilot lines in pilot halls, or
#: else in old plants.
BEST_TYPES = {"incubator": ["incubator"], "pilot_line": ["pilot_hall", "light_manufacturing", "heritage"]}


def place_services(buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Service facilities, each in the largest building of the best type that its complex has for it."""
    services = table("services")
    ranked = buildings[buildings["complex"].notna()].sort_values(
        ["lettable_m2", "building_id"], ascending=[False, True]
    )

    def house_of(service: str, complex_: str) -> str:
        mine = ranked[ranked["complex"] == complex_]
        for kind in BEST_TYPES.get(service, []):
            if (mine["building_type"] == kind).any():
                return str(mine.loc[mine["building_type"] == kind, "building_id"].iloc[0])
        return str(mine["building_id"].iloc[0])

    houses = [house_of(*row) for row in zip(services["service"], services["complex"], strict=True)]
    frame = services.assign(building_id=houses)
    columns = ["facility_id", "service", "name_zh", "name_en", "building_id", "slots", "opens", "provenance", "source"]
    return pd.DataFrame(frame[columns])
