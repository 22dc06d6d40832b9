"""Exports: the formats other programs read, and that an old file stays whole until the new one is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from twin.errors import InputError
from twin.formats import FORMATS, buildings_at, export, zones_at
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate


@pytest.fixture(scope="module")
def park() -> Park:
    stock = stock_of(5, building="b0", floor_m2=100)
    return small_park([2_000, 500, 100], types=["office", "office", "retail"], firms=stock)


@pytest.fixture(scope="module")
def done(park: Park) -> Record:
    return simulate(park, Scenario(name="x", end="2026Q4"), events=False)


def counted(record: Record, quarter: str) -> list[int]:
    return record.buildings[record.buildings["quarter"] == quarter]["let_m2"].tolist()


def test_buildings_carry_what_was_counted(park: Park, done: Record) -> None:
    frame = buildings_at(park, done, "2026Q2")
    assert frame["building_id"].tolist() == ["b0", "b1"]
    assert frame["let_m2"].tolist() == counted(done, "2026Q2")
    assert frame["stock_m2"].tolist() == [2_000, 500]
    assert frame.crs == park.buildings.crs


def test_zones_carry_their_area(park: Park) -> None:
    assert zones_at(park, "2026Q2")["area_km2"].tolist() == pytest.approx([0.03])


def test_a_rent_is_the_one_of_the_quarter(park: Park) -> None:
    action = {"at": "2026Q3", "lever": "rent", "value": 0.5}
    steady = Scenario(name="x", end="2026Q4", parameters={"rent_adjustment_per_year": 0.0})
    run = simulate(park, steady.with_actions(action), events=False)
    assert buildings_at(park, run, "2026Q2")["rent_cny_m2_day"].tolist() == [4.0, 4.0]
    assert buildings_at(park, run, "2026Q4")["rent_cny_m2_day"].tolist() == [6.0, 6.0]


def test_every_format_is_read_back(park: Park, done: Record, tmp_path: Path) -> None:
    read: dict[str, Callable[[Path], Any]] = {
        "gpkg": lambda file: gpd.read_file(file, layer="buildings"),
        "geoparquet": gpd.read_parquet,
        "geojson": gpd.read_file,
        "csv": pd.read_csv,
    }
    assert set(read) == set(FORMATS)
    for name, (_, ending) in FORMATS.items():
        file = export(park, done, to=name, quarter="2026Q4", out=tmp_path / f"{name}{ending}")
        frame = read[name](file)
        assert frame["let_m2"].tolist() == counted(done, "2026Q4"), name
    assert gpd.list_layers(tmp_path / "gpkg.gpkg")["name"].tolist() == ["buildings", "zones", "parcels"]
    assert str(gpd.read_file(tmp_path / "geojson.geojson").crs) == "EPSG:4326"
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".csv", ".geojson", ".gpkg", ".parquet"]


def test_what_cannot_be_exported_is_refused_and_leaves_nothing(park: Park, done: Record, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown format 'clay'; one of gpkg"):
        export(park, done, to="clay", quarter="2026Q4", out=tmp_path / "new" / "file")
    with pytest.raises(InputError, match="2031Q1 was not counted; from 2026Q1 to 2026Q4"):
        export(park, done, to="csv", quarter="2031Q1", out=tmp_path / "new" / "file")
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_stays_where_writing_fails(
    park: Park, done: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(_: Park, __: Record, ___: str, file: Path) -> None:
        file.write_text("half")
        raise OSError("no room left")

    monkeypatch.setattr("twin.formats.FORMATS", {"csv": (half, ".csv")})
    file = tmp_path / "b.csv"
    file.write_text("old")
    with pytest.raises(OSError, match="no room left"):
        export(park, done, to="csv", quarter="2026Q4", out=file)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]


def test_the_same_export_gives_the_same_bytes(park: Park, done: Record, tmp_path: Path) -> None:
    for name in ("geoparquet", "csv", "geojson"):
        first, second = (
            export(park, done, to=name, quarter="2026Q4", out=tmp_path / f"{name}{n}").read_bytes() for n in range(2)
        )
        assert first == second, name
