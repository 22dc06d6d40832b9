"""How long a park takes to load, to adjust and to account for, and how that grows with it.

Run `python -m tests.benchmarks.bench_park`. Times are the best of some runs, imports aside; the growth is the ratio of
the time for the largest park to that for the smallest, over the ratio of their sizes: 1 is linear.

Measured on one core of a virtual machine (x86-64, Python 3.11): the shipped park loaded and checked in 0.21 s, its
ledger in 0.20 s; 100,000 buildings loaded and checked in 2.0 s (1.15 of linear from 6,250), adjusted in 1.6 s,
accounted for in 1.4 s and reconciled in 2.8 s.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from twin.park import About, Park, load_park, park_from_tables, save_park
from twin.park.ledger import ledger_of
from twin.park.network import walk_to_metro_m

SIZES = (6_250, 25_000, 100_000)
SIDE_M = 60.0
TYPES = ("office", "research", "incubator", "retail")
ZONES_ACROSS = 5
STREET_M = 600.0


def grid_park(buildings: int) -> Park:
    """A square of so many square parcels with a building on each, in 25 districts and a park over all of them.

    Streets cross every 600 m; there are four stations.
    """
    across = round(buildings**0.5)
    n = np.arange(across * across)
    x, y = 480_000 + SIDE_M * (n % across), 4_410_000 + SIDE_M * (n // across)
    ids = pd.Series(n).astype(str)
    parcels = gpd.GeoDataFrame(
        {"parcel_id": "p" + ids, "land_use": "B23", "far_limit": 3.0, "height_limit_m": 60.0},
        geometry=shapely.box(x, y, x + SIDE_M, y + SIDE_M),
        crs="EPSG:4548",
    )
    frame = gpd.GeoDataFrame(
        {
            "building_id": "b" + ids,
            "parcel_id": "p" + ids,
            "building_type": [TYPES[k % len(TYPES)] for k in n],
            "floors": 5,
            "height_m": 20.0,
            "gfa_m2": 5 * 900.0,
            "lettable_m2": 4000.0,
            "completed": np.where(n % 3, "2010Q1", "2028Q1"),
            "rent_cny_m2_day": 4.0,
            "quality": 0.5,
        },
        geometry=shapely.box(x + 15, y + 15, x + 45, y + 45),
        crs="EPSG:4548",
    )
    side = SIDE_M * across
    step = side / ZONES_ACROSS
    k = np.arange(ZONES_ACROSS**2)
    west, south = 480_000 + step * (k % ZONES_ACROSS), 4_410_000 + step * (k // ZONES_ACROSS)
    outlines = [shapely.box(480_000, 4_410_000, 480_000 + side, 4_410_000 + side)]
    outlines += list(shapely.box(west, south, west + step, south + step))
    zones = gpd.GeoDataFrame(
        {
            "zone_id": ["park", *(f"z{i}" for i in k)],
            "version": 1,
            "name_zh": "园区",
            "name_en": "Park",
            "kind": "park",
            "valid_from": None,
            "valid_to": None,
            "setting": None,
        },
        geometry=outlines,
        crs="EPSG:4548",
    )
    at = STREET_M * np.arange(round(side / STREET_M) + 1)
    lines = [
        *(shapely.LineString([(480_000 + x, 4_410_000), (480_000 + x, 4_410_000 + side)]) for x in at),
        *(shapely.LineString([(480_000, 4_410_000 + y), (480_000 + side, 4_410_000 + y)]) for y in at),
    ]
    roads = gpd.GeoDataFrame({"road_id": [f"r{i}" for i in range(len(lines))]}, geometry=lines, crs="EPSG:4548")
    corners = [shapely.Point(480_000 + side * a, 4_410_000 + side * b) for a in (0.25, 0.75) for b in (0.25, 0.75)]
    stations = gpd.GeoDataFrame({"station_id": [f"s{i}" for i in range(4)]}, geometry=corners, crs="EPSG:4548")
    tables: dict[str, pd.DataFrame] = {"zones": zones, "parcels": parcels, "buildings": frame}
    return park_from_tables(tables | {"roads": roads, "stations": stations}, about=About("网格", "Grid"))


def best(call: Callable[[], object], runs: int = 3) -> float:
    """Seconds of the fastest of some calls."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)


def measured(buildings: int) -> dict[str, float]:
    """Seconds for each thing done with a park of so many buildings."""
    park = grid_park(buildings)
    adjust = {"edit": "rezone", "at": "2027Q1", "parcels": ["p0", "p1"], "land_use": "A35"}
    with tempfile.TemporaryDirectory() as place:
        folder = save_park(park, Path(place) / "park")
        books = ledger_of(park)
        return {
            "load and check": best(lambda: load_park(folder)),
            "cells": best(lambda: replace(park).cells),
            "edit": best(lambda: park.edit(adjust)),
            "walk to metro": best(lambda: walk_to_metro_m(park)),
            "ledger": best(lambda: ledger_of(park), runs=2),
            "reconcile": best(lambda: books.reconcile("2030Q4"), runs=2),
        }


def main() -> None:
    """Print the times by size, and how they grow."""
    park = load_park()
    loading, booking = best(load_park), best(lambda: ledger_of(park))
    lines = [f"shipped park: loaded and checked in {loading:.3f} s, ledger {booking:.3f} s"]
    found = {size: measured(size) for size in SIZES}
    lines.append(f"{'':16}" + "".join(f"{size:>10,}" for size in SIZES) + "    growth")
    for what in found[SIZES[0]]:
        times = [found[size][what] for size in SIZES]
        growth = times[-1] / times[0] / (SIZES[-1] / SIZES[0])
        lines.append(f"{what:16}" + "".join(f"{seconds:10.2f}" for seconds in times) + f"{growth:10.2f}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
