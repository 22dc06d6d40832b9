"""A run as files that other programs read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from twin.errors import Fault, InputError
from twin.park import Park
from twin.record import Record
from twin.units import Quarter


def buildings_at(park: Park, record: Record, quarter: str) -> gpd.GeoDataFrame:
    """The buildings for firms as they are in a quarter, with what the run counted in them at its end."""
    counted = record.buildings[record.buildings["quarter"] == quarter]
    columns = counted.astype({"quarter": str, "building_id": str, "cell": str})
    return gpd.GeoDataFrame(
        park.buildings_at(quarter).drop(columns="rent_cny_m2_day").merge(columns, on="building_id", how="inner"),
        crs=park.buildings.crs,
    )


def zones_at(park: Park, quarter: str) -> gpd.GeoDataFrame:
    """The zones in force in a quarter with their area."""
    return park.at(Quarter.parse(quarter))


def _geopackage(park: Park, record: Record, quarter: str, file: Path) -> None:
    buildings_at(park, record, quarter).to_file(file, layer="buildings", driver="GPKG")
    zones_at(park, quarter).to_file(file, layer="zones", driver="GPKG")
    park.parcels_at(quarter).to_file(file, layer="parcels", driver="GPKG")


def _geoparquet(park: Park, record: Record, quarter: str, file: Path) -> None:
    buildings_at(park, record, quarter).to_parquet(file, compression="zstd")


def _geojson(park: Park, record: Record, quarter: str, file: Path) -> None:
    buildings_at(park, record, quarter).to_crs(4326).to_file(file, driver="GeoJSON")


def _csv(park: Park, record: Record, quarter: str, file: Path) -> None:
    pd.DataFrame(buildings_at(park, record, quarter).drop(columns="geometry")).to_csv(
        file, index=False, lineterminator="\n"
    )


#: Formats by name: what writes them, and the ending of their files.
FORMATS: Mapping[str, tuple[Callable[[Park, Record, str, Path], None], str]] = {
    "gpkg": (_geopackage, ".gpkg"),
    "geoparquet": (_geoparquet, ".parquet"),
    "geojson": (_geojson, ".geojson"),
    "csv": (_csv, ".csv"),
}


def export(park: Park, record: Record, *, to: str, quarter: str, out: str | Path) -> Path:
    """Write the park with a run's counts at the end of a quarter; `to` is a name of FORMATS.

    GeoPackage holds buildings, zones and parcels; GeoParquet, GeoJSON (in EPSG:4326) and CSV the buildings.
    """
    if to not in FORMATS:
        raise InputError([Fault("--to", f"unknown format {to!r}", f"one of {', '.join(FORMATS)}")])
    write, ending = FORMATS[to]
    if quarter not in record.buildings["quarter"].cat.categories:
        quarters = list(record.buildings["quarter"].cat.categories)
        raise InputError([Fault("quarter", f"{quarter} was not counted", f"from {quarters[0]} to {quarters[-1]}")])
    file = Path(out)
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as hidden:
        written = Path(hidden) / f"export{ending}"
        write(park, record, quarter, written)
        written.replace(file)
    return file
