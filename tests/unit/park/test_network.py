"""Ways through a park: distances known by hand on a small grid, the graph against the table, and the shipped park."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.parks import CRS, small_park
from twin.catalog import load_catalog
from twin.errors import ParkError
from twin.park import Park, load_park
from twin.park.network import BOARDING, RAIL, Travel, access, street_graph, walk_to_metro_m

X, Y = 480_000.0, 4_410_000.0

#: Travel as the catalog assumes it.
USUAL_CATALOG = load_catalog()
USUAL = Travel.of(USUAL_CATALOG)

#: A ladder 400 m long and 200 m wide; its rung in the middle misses the upper street by 20 cm.
LADDER = (
    [(0, 0), (400, 0)],
    [(0, 200), (400, 200)],
    [(0, 0), (0, 200)],
    [(400, 0), (400, 200)],
    [(200, 0), (200, 199.8)],
)
METRO = {"a": ((0, -20), "1"), "b": ((4_000, 0), "1;2"), "c": ((4_000, 3_000), "2")}
TRACKS = {"1": [(0, -20), (4_000, 0)], "2": [(4_000, 0), (4_000, 3_000)]}

Xy = tuple[float, float]


def at(xy: Xy) -> shapely.Point:
    return shapely.Point(X + xy[0], Y + xy[1])


def line(points: Sequence[Xy]) -> shapely.LineString:
    return shapely.LineString([at(point) for point in points])


def park_of(
    doors: Sequence[Xy],
    stations: Mapping[str, tuple[Xy, str]],
    *,
    roads: Sequence[Sequence[Xy]] = LADDER,
    tracks: Mapping[str, Sequence[Xy]] | None = None,
    closed: Sequence[str] = (),
    entrances: Sequence[tuple[str, Xy]] = (),
) -> Park:
    """A park with a building of 2 x 2 m around each door."""
    park = small_park([1_000] * len(doors))
    tracks = tracks or {}

    def layer(table: dict[str, list[Any]], shapes: list[Any]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)

    return replace(
        park,
        buildings=park.buildings.set_geometry([at(door).buffer(1, cap_style="square") for door in doors], crs=CRS),
        roads=layer({"road_id": [f"r{n}" for n in range(len(roads))]}, [line(road) for road in roads]),
        stations=layer(
            {
                "station_id": list(stations),
                "lines": [lines for _, lines in stations.values()],
                "open": [name not in closed for name in stations],
            },
            [at(xy) for xy, _ in stations.values()],
        ),
        rail=layer(
            {"line_id": [f"line_{name}" for name in tracks], "line": list(tracks)}, [line(xy) for xy in tracks.values()]
        ),
        places=layer(
            {
                "place_id": [f"e{n}" for n in range(len(entrances))],
                "kind": ["entrance"] * len(entrances),
                "station_id": [station for station, _ in entrances],
            },
            [at(xy) for _, xy in entrances],
        ),
    )


def walks(park: Park) -> list[float]:
    return access(park)["walk_m"].tolist()


@pytest.mark.parametrize(
    ("door", "station", "metres"),
    [
        ((150, 30), (400, 200), 30 + 250 + 200),  # round a corner
        ((370, 120), (400, 200), 30 + 80),
        ((150, 30), (300, -40), 30 + 150 + 40),  # both beside the same stretch of one street: no corner is passed
        ((160, 30), (160, -40), 30 + 40),  # across the street
        ((190, 150), (200, 230), 10 + 50 + 30),  # over the rung's end, which misses the street
        ((-30, 100), (430, 100), 30 + 100 + 400 + 100 + 30),
    ],
)
def test_walks_follow_the_streets(door: Xy, station: Xy, metres: float) -> None:
    assert walks(park_of([door], {"s": (station, "")})) == pytest.approx([metres], abs=0.5)


def test_the_nearest_station_is_the_nearest_on_foot() -> None:
    park = park_of([(100, 90), (100, 110)], {"south": ((100, -60), ""), "north": ((100, 265), "")})
    found = access(park)
    assert found["station_id"].tolist() == ["south", "north"]
    assert found["walk_m"].tolist() == pytest.approx([90 + 60, 90 + 65])
    assert found["walk_min"].tolist() == pytest.approx([150 / 80, 155 / 80])


def test_a_station_is_entered_where_its_entrances_are() -> None:
    station: Mapping[str, tuple[Xy, str]] = {"s": ((300, 260), "")}
    alone = park_of([(100, 230)], station)
    with_doors = park_of([(100, 230)], station, entrances=[("s", (250, 210)), ("elsewhere", (110, 210))])
    assert walks(alone) == pytest.approx([30 + 200 + 60])
    assert walks(with_doors) == pytest.approx([30 + 150 + 10 + math.hypot(50, 50)])


def test_of_two_streets_between_two_corners_the_shorter_is_taken() -> None:
    around = [[(0, 0), (0, 150), (300, 150), (300, 0)], [(0, 0), (300, 0)]]
    ends = [[(-100, 0), (0, 0)], [(300, 0), (400, 0)]]
    park = park_of([(-50, 10)], {"s": ((350, 0), "")}, roads=[*around, *ends])
    assert walks(park) == pytest.approx([10 + 50 + 300 + 50])
    graph = street_graph(park)
    assert nx.shortest_path_length(graph, "b0", "s", weight="length_m") == pytest.approx(410)


def test_what_no_street_leads_to_is_not_a_number() -> None:
    park = park_of([(50, 5), (5_050, 5)], {"s": ((80, 0), "1")}, roads=[[(0, 0), (100, 0)], [(5_000, 0), (5_100, 0)]])
    found = access(park)
    assert found["walk_m"].tolist() == pytest.approx([35, math.nan], nan_ok=True)
    assert found["station_id"].isna().tolist() == [False, True]
    assert found["lines_1500_m"].tolist() == [1, 0]
    assert found["metro_min"].tolist() == pytest.approx([35 / 80, math.nan], nan_ok=True)
    assert nx.number_connected_components(street_graph(park)) == 2


def test_without_streets_one_walks_straight_with_a_detour() -> None:
    park = park_of([(0, 0)], {"s": ((300, 400), ""), "far": ((900, 0), "")}, roads=[])
    assert walks(park) == pytest.approx([500 * USUAL.street_detour])
    assert access(park, travel=replace(USUAL, street_detour=1.3))["walk_m"].tolist() == pytest.approx([650])
    told = nx.shortest_path_length(street_graph(park), "b0", "s", weight="length_m")
    assert told == pytest.approx(500 * USUAL.street_detour)


@pytest.mark.parametrize("quantity", [field.name for field in fields(Travel)])
def test_every_quantity_of_travel_is_read(quantity: str) -> None:
    told = []
    for value in (USUAL_CATALOG.value(quantity), USUAL_CATALOG.value(quantity) * 1.1):
        park = park_of([(0, 0)], METRO, roads=[], tracks=TRACKS)
        changed = replace(park, catalog=USUAL_CATALOG.with_values({quantity: value}))
        told.append(access(changed).to_csv())
    assert told[0] != told[1]


@pytest.mark.parametrize("closed", [False, True])
def test_without_an_open_station_nothing_is_known(closed: bool) -> None:
    park = park_of([(150, 30)], {"s": ((0, 0), "1")} if closed else {}, closed=["s"] if closed else [])
    found = access(park)
    assert found[["walk_m", "walk_min", "station_id", "metro_min"]].isna().to_numpy().all()
    assert found["lines_1500_m"].tolist() == [0]
    assert street_graph(park).degree("b0") == 1
    assert list(street_graph(replace(park, roads=park.roads[:0]))) == ["b0"]


def test_lines_are_counted_within_a_walk() -> None:
    stations = {"near": ((0, 0), "1;2"), "farther": ((0, -900), "2;3"), "far": ((0, -3_000), "4")}
    found = access(park_of([(100, 0)], stations, roads=[[(0, -3_000), (0, 0), (400, 0)]]))
    assert found[["lines_800_m", "lines_1500_m"]].to_numpy().tolist() == [[2, 3]]


WALK_A, RIDE_1, RIDE_2 = (50 + 20) / 80, math.hypot(4_000, 20) / 35_000 * 60, 3_000 / 35_000 * 60


@pytest.mark.parametrize(
    ("to", "minutes"),
    [("a", WALK_A), ("b", WALK_A + 3 + RIDE_1), ("c", WALK_A + 3 + RIDE_1 + 3 + RIDE_2)],
)
def test_rides_take_a_wait_at_each_boarding(to: str, minutes: float) -> None:
    park = park_of([(50, 0)], METRO, tracks=TRACKS)
    assert access(park, references=[to])[f"metro_min_{to}"].tolist() == pytest.approx([minutes])
    assert nx.shortest_path_length(street_graph(park), "b0", to, weight="minutes") == pytest.approx(minutes)


def test_trains_pass_a_closed_station() -> None:
    stations = METRO | {"between": ((2_000, -10), "1")}
    travel = replace(USUAL, rail_km_per_hour=60, rail_wait_min=1)
    park = park_of([(50, 0)], stations, tracks=TRACKS, closed=["between"])
    found = access(park, references=["b"], travel=travel)
    assert found["metro_min"].tolist() == pytest.approx([WALK_A + 1 + 4.0], abs=1e-3)
    assert "between" not in street_graph(park)


def test_the_easternmost_station_is_the_reference_unless_said_otherwise() -> None:
    park = park_of([(50, 0)], {"west": ((0, 0), ""), "east": ((400, 0), "")})
    assert access(park).columns[-1] == "metro_min_east"
    both = access(park, references=["east", "west"])
    assert both["metro_min"].tolist() == both["metro_min_west"].tolist()


def test_an_unknown_reference_is_refused() -> None:
    park = park_of([(50, 0)], {"west": ((0, 0), ""), "east": ((400, 0), "")}, closed=["east"])
    with pytest.raises(ParkError, match="no open station 'wset'; did you mean 'west'"):
        access(park, references=["wset"])
    with pytest.raises(ParkError, match="no open station 'east'"):
        access(park, references=["east"])


def test_the_graph_says_where_its_nodes_are_and_what_its_edges_are() -> None:
    graph = street_graph(park_of([(150, 30)], METRO, tracks=TRACKS))
    assert graph.nodes["b0"] == {"x_m": X + 150, "y_m": Y + 30}
    assert graph.nodes["a@1"] == {"x_m": X, "y_m": Y - 20}
    assert graph.edges["a", "a@1"] == {"length_m": 0.0, "minutes": 1.5, "road_class": BOARDING}
    assert graph.edges["a@1", "b@1"]["road_class"] == RAIL
    streets = [edge for *_, edge in graph.edges(data=True) if edge["road_class"] == "local"]
    assert sum(edge["length_m"] for edge in streets) == pytest.approx(400 + 400 + 3 * 200, abs=0.5)


def test_table_and_graph_agree_wherever_the_doors_are() -> None:
    rng = np.random.default_rng(7)
    doors = [(float(x), float(y)) for x, y in rng.uniform(-50, 450, (40, 2))]
    park = park_of(doors, METRO, tracks=TRACKS, entrances=[("a", (30, -10)), ("a", (-5, 40))])
    assert_agree(park, ["b", "c"])


def assert_agree(park: Park, references: Sequence[str]) -> None:
    """The table of access holds what shortest paths through the graph are."""
    graph, found = street_graph(park), access(park, references=references)
    stations = park.open_stations["station_id"].tolist()
    on_foot: nx.Graph[Any] = nx.Graph()
    edges = graph.edges(data=True)
    on_foot.add_edges_from(edge for edge in edges if edge[2]["road_class"] not in {BOARDING, RAIL})
    least = nx.multi_source_dijkstra_path_length(on_foot, set(stations), weight="length_m")
    assert walk_to_metro_m(park) == pytest.approx(found["walk_m"].to_numpy())
    assert found["walk_m"].to_numpy() == pytest.approx([least[name] for name in found["building_id"]])
    for reference in references:
        minutes = nx.single_source_dijkstra_path_length(graph, reference, weight="minutes")
        told = found[f"metro_min_{reference}"].to_numpy()
        assert told == pytest.approx([minutes[name] for name in found["building_id"]])


# The shipped park


@pytest.fixture(scope="module")
def shipped() -> Park:
    return load_park()


@pytest.fixture(scope="module")
def ways(shipped: Park) -> pd.DataFrame:
    return access(shipped, references=["yuquanlu", "tiancun"])


def test_the_shipped_streets_hang_together(shipped: Park) -> None:
    graph = street_graph(shipped)
    assert nx.is_connected(graph)
    kinds = {edge["road_class"] for *_, edge in graph.edges(data=True)}
    assert {"local", "arterial", "expressway", "door", "entrance", BOARDING, RAIL} == kinds


def test_shipped_walks_are_longer_than_straight_lines_and_not_absurdly(shipped: Park, ways: pd.DataFrame) -> None:
    nearest = shipped.open_stations.set_index("station_id").loc[ways["station_id"]]
    doors = shipped.buildings.representative_point().to_numpy()
    straight = shapely.distance(doors, np.asarray(nearest.geometry))
    circuity = ways["walk_m"].to_numpy() / straight
    assert circuity.min() >= 1 - 1e-9
    assert 1.1 < np.median(circuity) < 1.6
    assert np.quantile(circuity, 0.9) < 2.0


def test_shipped_rides_are_plausible(shipped: Park, ways: pd.DataFrame) -> None:
    assert ways["metro_min"].between(5, 100).all()
    assert (ways["lines_800_m"] <= ways["lines_1500_m"]).all()
    assert ways["lines_1500_m"].max() == 3  # 金安桥: lines 6, 11 and S1
    assert_agree(shipped, ["yuquanlu"])


def test_every_shipped_line_runs(shipped: Park) -> None:
    graph = street_graph(shipped)
    rides = {one.split("@")[1] for one, _, edge in graph.edges(data=True) if edge["road_class"] == RAIL}
    assert rides == {"1", "6", "11", "S1"}
    lengths = [edge["length_m"] for *_, edge in graph.edges(data=True) if edge["road_class"] == RAIL]
    assert min(lengths) > 500
    assert max(lengths) < 5_000
