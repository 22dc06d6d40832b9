"""Ways through the park: its streets as a graph, buildings and stations attached, and how far the metro is on foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from twin.catalog import Catalog, nearest
from twin.errors import Fault, ParkError

if TYPE_CHECKING:
    from twin.park.model import Park

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Ends of streets that miss another street by less than about this much (m) meet it.
SNAP_M = 0.5

#: Walks (m) within which the lines at hand are counted.
NEAR_M, FAR_M = 800, 1_500

#: Classes of edges beside those of roads: from a door to the street, from a street to a station, in lieu of streets,
#: between a station and the train of one of its lines, and on the train.
DOOR, ENTRANCE, STRAIGHT, BOARDING, RAIL = "door", "entrance", "straight", "boarding", "rail"


@dataclass(frozen=True)
class Travel:
    """How fast one gets on."""

    walk_m_per_min: float
    rail_km_per_hour: float  #: stops included
    rail_wait_min: float  #: at each boarding
    street_detour: float  #: walk over straight line where no streets are known

    @classmethod
    def of(cls, catalog: Catalog) -> Travel:
        """As the catalog assumes it."""
        return cls(**{field.name: catalog.value(field.name) for field in fields(cls)})


class Network(NamedTuple):
    """Nodes and edges; the buildings' nodes come first, in the order of the park, then those of its open stations."""

    names: list[str]  #: of buildings and stations; the nodes that follow are numbered corners and doors
    x_m: Floats  #: (nodes,)
    y_m: Floats  #: (nodes,)
    one: Ints  #: (edges,): a node
    other: Ints  #: (edges,): the node at the other end
    length_m: Floats  #: (edges,)
    kind: NDArray[np.object_]  #: (edges,): class of the road, or one of the classes above


class Rail(NamedTuple):
    """Trains at the open stations where their line stops, and the rides from one stop to the next."""

    station: Ints  #: (trains,): a row of the open stations
    line: list[str]  #: (trains,)
    one: Ints  #: (rides,): a train
    other: Ints  #: (rides,): the train of the same line at the next stop
    length_m: Floats  #: (rides,)


def street_graph(park: Park, *, travel: Travel | None = None) -> nx.Graph[Any]:
    """Streets, buildings, open stations and rides as one undirected graph.

    Nodes are `building_id`, `station_id`, `station_id@line` for a train at a station, and numbers for corners and
    for the points of streets nearest to a door; all have `x_m` and `y_m`. Edges have `length_m`, `minutes` and
    `road_class`: that of the road (`local` where it has none), or one of `door`, `entrance`, `straight`, `boarding`
    and `rail`. Half of the wait lies on either side of a ride, so that a way costs the same both ways. Where the map
    has gaps, so has the graph.
    """
    travel = travel or Travel.of(park.catalog)
    network, rail, stations = _network(park, travel), _rail(park), park.open_stations
    graph: nx.Graph[Any] = nx.Graph()
    names: list[Any] = [*network.names, *range(len(network.x_m) - len(network.names))]
    graph.add_nodes_from(
        (name, {"x_m": x, "y_m": y})
        for name, x, y in zip(names, network.x_m.tolist(), network.y_m.tolist(), strict=True)
    )
    # of several streets between two corners the graph keeps the shortest, which comes last
    order = np.argsort(-network.length_m, kind="stable")
    minutes = network.length_m / travel.walk_m_per_min
    columns = (network.one, network.other, network.length_m, minutes, network.kind)
    for a, b, length_m, walk_min, kind in zip(*(column[order].tolist() for column in columns), strict=True):
        graph.add_edge(names[a], names[b], length_m=length_m, minutes=walk_min, road_class=kind)
    ids, x, y = stations["station_id"].tolist(), stations.geometry.x.tolist(), stations.geometry.y.tolist()
    trains = [f"{ids[s]}@{line}" for s, line in zip(rail.station.tolist(), rail.line, strict=True)]
    for train, s in zip(trains, rail.station.tolist(), strict=True):
        graph.add_node(train, x_m=x[s], y_m=y[s])
        graph.add_edge(ids[s], train, length_m=0.0, minutes=travel.rail_wait_min / 2, road_class=BOARDING)
    rides = (rail.one, rail.other, rail.length_m, _ride_min(rail.length_m, travel))
    for a, b, length_m, ride_min in zip(*(column.tolist() for column in rides), strict=True):
        graph.add_edge(trains[a], trains[b], length_m=length_m, minutes=ride_min, road_class=RAIL)
    return graph


def access(park: Park, *, references: Sequence[str] | None = None, travel: Travel | None = None) -> pd.DataFrame:
    """How each building lies to the metro, one row each, in the order of the park.

    `walk_m` and `walk_min` lead over the streets to the nearest open station, `station_id`; `lines_800_m` and
    `lines_1500_m` count the lines within such walks. `metro_min_<station>` is the time from door to each station of
    `references`, on foot and by rail, waiting included, and `metro_min` the least of them; without references the
    easternmost open station is taken, towards the city. A park without roads walks straight lines times
    `travel.street_detour`. What no way leads to is not a number, and so is everything in a park without open stations.
    Raises ParkError for references that are no open stations.
    """
    travel = travel or Travel.of(park.catalog)
    stations = park.open_stations
    targets = _references(park, stations, references)
    found = pd.DataFrame({"building_id": park.buildings["building_id"].to_numpy()})
    if not len(stations):
        nothing = {"walk_m": np.nan, "walk_min": np.nan, "station_id": None, "lines_800_m": 0, "lines_1500_m": 0}
        return found.assign(**nothing, metro_min=np.nan)
    walk_m = _walks(park, travel)
    to_building, to_station = walk_m[:, : len(found)], walk_m[:, len(found) :]
    closest, served = to_building.argmin(axis=0), np.isfinite(to_building.min(axis=0))
    least_m = np.where(served, to_building.min(axis=0), np.nan)
    minutes = _metro_min(to_building, to_station, _rail(park), travel)
    names = stations["station_id"].to_numpy(dtype=object)
    columns = {f"metro_min_{names[target]}": minutes[target] for target in targets}
    return found.assign(
        walk_m=least_m,
        walk_min=least_m / travel.walk_m_per_min,
        station_id=pd.Series(names[closest]).where(served, None),
        lines_800_m=_lines_within(stations, to_building, NEAR_M),
        lines_1500_m=_lines_within(stations, to_building, FAR_M),
        metro_min=minutes[targets].min(axis=0),
        **columns,
    )


def commute_min(park: Park, works: Ints, homes: Ints, travel: Travel) -> Floats:
    """(works, homes): minutes between doors of buildings, given by row, on foot or by rail, whatever is less.

    Where the streets have gaps, one walks the straight line times `travel.street_detour`, and so everywhere in a park
    without streets.
    """
    network = park.network
    places = np.column_stack([network.x_m, network.y_m])
    straight_m = np.linalg.norm(places[works][:, None] - places[homes][None], axis=2) * travel.street_detour
    if not len(park.roads):
        return straight_m / travel.walk_m_per_min
    graph = _matrix(network.one, network.other, network.length_m, len(network.x_m))
    stations = np.arange(len(park.buildings), len(network.names))
    from_works = dijkstra(graph, directed=False, indices=works)
    direct = np.where(np.isfinite(from_works[:, homes]), from_works[:, homes], straight_m) / travel.walk_m_per_min
    if not len(stations):
        return direct
    from_stations = dijkstra(graph, directed=False, indices=stations)
    between = _between_min(from_stations[:, stations], _rail(park), travel)
    first, last = from_works[:, stations] / travel.walk_m_per_min, from_stations[:, homes] / travel.walk_m_per_min
    for station in range(len(stations)):  # where one gets out
        ride = (first + between[:, station]).min(axis=1)
        np.minimum(direct, ride[:, None] + last[station][None], out=direct)
    return direct


def network_of(park: Park) -> Network:
    """The streets with buildings and open stations attached, as the park's catalog assumes detours."""
    return _network(park, Travel.of(park.catalog))


def walk_to_metro_m(park: Park) -> Floats:
    """(buildings,): the shortest walk (m) to an open station, infinite where there is none."""
    if not len(park.open_stations):
        return np.full(len(park.buildings), np.inf)
    network = park.network
    graph = _matrix(network.one, network.other, network.length_m, len(network.x_m))
    stations = np.arange(len(park.buildings), len(network.names))
    least = dijkstra(graph, directed=False, indices=stations, min_only=True)
    return np.asarray(least[: len(park.buildings)])


# streets ---------------------------------------------------------------------------------------------------------


def _network(park: Park, travel: Travel) -> Network:
    """Buildings and open stations, each joined to the nearest point of a street, or to each other where none is."""
    stations, doors = park.open_stations, park.buildings.representative_point().to_numpy()
    names = [*park.buildings["building_id"].tolist(), *stations["station_id"].tolist()]
    places = np.concatenate([doors, stations.geometry.to_numpy()])
    if not len(park.roads):
        return _star(names, places, len(doors), travel)
    edges, kinds = _noded(park.roads)
    entrance, station = _entrances(park, stations)
    points = np.concatenate([doors, entrance])
    of_point = np.concatenate([np.arange(len(doors)), len(doors) + station])
    inside_m = np.concatenate([np.zeros(len(doors)), shapely.distance(entrance, places[len(doors) + station])])
    point, edge, aside_m = _nearest_edges(edges, points)
    along_m = shapely.line_locate_point(edges[edge], points[point])
    ends, corner = _corners(edges)
    first = len(places)
    foot = first + len(corner) + np.arange(len(point))
    pieces = _pieces(edges, first + ends, edge, along_m, foot)
    x_m, y_m = shapely.get_coordinates(
        np.concatenate([places, shapely.points(corner), shapely.line_interpolate_point(edges[edge], along_m)])
    ).T
    joining = np.where(point < len(doors), DOOR, ENTRANCE).astype(object)
    return Network(
        names,
        x_m,
        y_m,
        np.concatenate([pieces.one, foot]),
        np.concatenate([pieces.other, of_point[point]]),
        np.concatenate([pieces.length_m, aside_m + inside_m[point]]),
        np.concatenate([kinds[pieces.edge], joining]),
    )


def _star(names: list[str], places: NDArray[np.object_], buildings: int, travel: Travel) -> Network:
    """Every building and station joined straight to every station: the graph of a park without streets."""
    station = np.arange(buildings, len(places))
    one, other = (pair.reshape(-1) for pair in np.meshgrid(np.arange(len(places)), station, indexing="ij"))
    once = one < other
    one, other = one[once].astype(np.int64), other[once].astype(np.int64)
    length_m = shapely.distance(places[one], places[other]) * travel.street_detour
    x_m, y_m = shapely.get_coordinates(places).T
    return Network(names, x_m, y_m, one, other, length_m, np.full(len(one), STRAIGHT, dtype=object))


def _noded(roads: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """The streets cut where they meet, and the class of the road that each piece belongs to."""
    lines, row = shapely.get_parts(roads.geometry.to_numpy(), return_index=True)
    cut = shapely.get_parts(shapely.union_all(lines, grid_size=SNAP_M))
    middle = shapely.line_interpolate_point(cut, 0.5, normalized=True)
    _, nearest_line = shapely.STRtree(lines).query_nearest(middle, all_matches=False)
    classes = roads["class"].fillna("local") if "class" in roads else pd.Series("local", index=roads.index)
    return cut, classes.to_numpy(dtype=object)[row[nearest_line]]


def _entrances(park: Park, stations: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], Ints]:
    """Points where one enters stations, and whose they are; a station without any is entered at its own point."""
    places = park.places
    known = places[:0]
    if {"kind", "station_id"} <= set(places.columns):
        known = places[(places["kind"] == "entrance") & places["station_id"].isin(stations["station_id"])]
    row = pd.Index(stations["station_id"]).get_indexer(pd.Index(known["station_id"])) if len(known) else np.zeros(0)
    alone = np.setdiff1d(np.arange(len(stations)), row)
    points = np.concatenate([known.geometry.to_numpy(), stations.geometry.to_numpy()[alone]])
    return points, np.concatenate([row, alone]).astype(np.int64)


def _nearest_edges(edges: NDArray[np.object_], points: NDArray[np.object_]) -> tuple[Ints, Ints, Floats]:
    """For each point its row, the nearest edge, and how far aside it lies (m)."""
    (point, edge), aside_m = shapely.STRtree(edges).query_nearest(points, return_distance=True, all_matches=False)
    return point, edge, aside_m


def _corners(edges: NDArray[np.object_]) -> tuple[Ints, Floats]:
    """The corner at each edge's beginning and end, (edges, 2), and the corners' coordinates (m)."""
    first, last = (shapely.get_coordinates(shapely.get_point(edges, n)) for n in (0, -1))
    corner, which = np.unique(np.concatenate([first, last]), axis=0, return_inverse=True)
    return which.reshape(2, -1).T, corner


class _Pieces(NamedTuple):
    """Pieces of edges between one point on them and the next."""

    one: Ints
    other: Ints
    length_m: Floats
    edge: Ints


def _pieces(edges: NDArray[np.object_], ends: Ints, edge: Ints, along_m: Floats, foot: Ints) -> _Pieces:
    """The edges cut at the feet that lie on them: `foot[n]` is a node at `along_m[n]` of `edge[n]`."""
    every = np.arange(len(edges))
    of_edge = np.concatenate([every, edge, every])
    at_m = np.concatenate([np.zeros(len(edges)), along_m, shapely.length(edges)])
    node = np.concatenate([ends[:, 0], foot, ends[:, 1]])
    # the beginning of an edge stands before, and its end behind, whatever else lies at the same place
    place = np.concatenate([np.zeros(len(edges)), np.ones(len(edge)), np.full(len(edges), 2)])
    order = np.lexsort((place, at_m, of_edge))
    follows = of_edge[order][1:] == of_edge[order][:-1]
    one, other = order[:-1][follows], order[1:][follows]
    return _Pieces(node[one], node[other], at_m[other] - at_m[one], of_edge[one])


def _walks(park: Park, travel: Travel) -> Floats:
    """(open stations, buildings + open stations): the shortest walk (m), infinite where there is none."""
    network = _network(park, travel)
    graph = _matrix(network.one, network.other, network.length_m, len(network.x_m))
    stations = np.arange(len(park.buildings), len(network.names))
    return dijkstra(graph, directed=False, indices=stations)[:, : len(network.names)]


def _matrix(one: Ints, other: Ints, weight: Floats, nodes: int) -> csr_array:
    """A sparse graph; of several edges between two nodes the shortest counts."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((weight, high, low))
    low, high, weight = low[order], high[order], weight[order]
    first = np.append(True, (low[1:] != low[:-1]) | (high[1:] != high[:-1]))[: len(low)]
    return csr_array((weight[first], (low[first], high[first])), shape=(nodes, nodes))


# rides -----------------------------------------------------------------------------------------------------------


def _lines_of(stations: gpd.GeoDataFrame) -> list[set[str]]:
    """The lines that stop at each station: its `lines`, parted by semicolons."""
    if "lines" not in stations:
        return [set() for _ in range(len(stations))]
    return [{line for line in text.split(";") if line} for text in stations["lines"].fillna("").astype(str)]


def _rail(park: Park) -> Rail:
    """Rides along each line of the rail layer, which stations know by its `line`, else by its `line_id`."""
    stations = park.open_stations
    at, lines = stations.geometry.to_numpy(), _lines_of(stations)
    station, one, length, line = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)], list[str]()
    known = park.rail["line"] if "line" in park.rail else park.rail["line_id"]
    for name, track in zip(known.tolist(), park.rail.geometry.to_numpy(), strict=True):
        stops = np.flatnonzero([name in own for own in lines])
        along_m = shapely.line_locate_point(track, at[stops])
        order = np.argsort(along_m, kind="stable")
        one.append(len(line) + np.arange(max(0, len(stops) - 1)))
        station.append(stops[order])
        length.append(np.diff(along_m[order]))
        line += [str(name)] * len(stops)
    first = np.concatenate(one)
    return Rail(np.concatenate(station), line, first, first + 1, np.concatenate(length))


def _ride_min(length_m: Floats, travel: Travel) -> Floats:
    """Minutes on a train."""
    return length_m / (travel.rail_km_per_hour * 1_000 / 60)


def _metro_min(to_building_m: Floats, to_station_m: Floats, rail: Rail, travel: Travel) -> Floats:
    """(open stations, buildings): the quickest way (min) between each station and each building."""
    between = _between_min(to_station_m, rail, travel)
    walk_min = to_building_m / travel.walk_m_per_min
    quickest = np.full_like(walk_min, np.inf)
    for station_min, last_min in zip(between.T, walk_min, strict=True):
        np.minimum(quickest, station_min[:, None] + last_min, out=quickest)
    return np.where(np.isfinite(quickest), quickest, np.nan)


def _between_min(to_station_m: Floats, rail: Rail, travel: Travel) -> Floats:
    """(open stations, open stations): the quickest way (min), on foot or by rail, by the walks between them."""
    stations, trains = len(to_station_m), len(rail.station)
    a, b = np.nonzero(np.triu(np.isfinite(to_station_m), 1))
    graph = _matrix(
        np.concatenate([a, rail.station, stations + rail.one]),
        np.concatenate([b, stations + np.arange(trains), stations + rail.other]),
        np.concatenate([
            to_station_m[a, b] / travel.walk_m_per_min,
            np.full(trains, travel.rail_wait_min / 2),
            _ride_min(rail.length_m, travel),
        ]),
        stations + trains,
    )  # fmt: skip
    return np.asarray(dijkstra(graph, directed=False)[:stations, :stations])


def _lines_within(stations: gpd.GeoDataFrame, to_building_m: Floats, walk_m: float) -> Ints:
    """(buildings,): how many lines have a station within a walk."""
    lines = _lines_of(stations)
    near = to_building_m <= walk_m
    every = sorted(set().union(*lines))
    count = np.zeros(near.shape[1], np.int64)
    for line in every:
        count += near[[line in own for own in lines]].any(axis=0)
    return count


def _references(park: Park, stations: gpd.GeoDataFrame, wanted: Sequence[str] | None) -> list[int]:
    """Rows of the stations asked for; the easternmost where nothing is said."""
    if wanted is None:
        return [int(np.argmax(stations.geometry.x))] if len(stations) else []
    known = stations["station_id"].tolist()
    faults = [
        Fault(f"{park.source}/stations", f"no open station {name!r}", nearest(name, known))
        for name in wanted
        if name not in known
    ]
    if faults:
        raise ParkError(faults)
    return [known.index(name) for name in wanted]
