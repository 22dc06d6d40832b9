"""A park folder read and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.lib
from pyproj.exceptions import CRSError
from shapely.errors import GEOSException

from twin.bundled import bundled
from twin.catalog import Catalog, load_catalog
from twin.errors import Fault, ParkError
from twin.park.check import check
from twin.park.model import About, Park
from twin.park.tables import EDITS, SETTINGS, TABLES, Table
from twin.units import Quarter, is_quarter

SHIPPED = "shijingshan"

#: The reading taken where nothing is said.
DEFAULT_SETTINGS: Mapping[str, str] = {name: choices[0] for name, choices in SETTINGS.items()}


def load_park(
    folder: str | Path = SHIPPED,
    *,
    start: str | None = None,
    catalog: Catalog | None = None,
    settings: Mapping[str, str] | None = None,
) -> Park:
    """The park in a folder, or the shipped one by its name. Raises ParkError with every fault found.

    `start` picks among the dates at which the park's stock of firms was counted; park.json names the usual one.
    """
    catalog = catalog or load_catalog()
    path = _path(folder)
    about = _about(path)
    stocks = stocks_of(folder)
    about = replace(about, start=start or about.start)
    if about.start not in stocks:
        what = f"no stock of firms at the beginning of {about.start}"
        raise ParkError([Fault(str(path), what, f"one of {', '.join(stocks)}")])
    tables, digest, faults = {}, hashlib.sha256(repr(about).encode()), []
    for table in TABLES:
        file = stocks[about.start] if table.name == "firms" else path / f"{table.name}.parquet"
        if not file.is_file():
            continue
        digest.update(table.name.encode())
        digest.update(file.read_bytes())
        try:
            tables[table.name] = gpd.read_parquet(file) if table.shapes else pd.read_parquet(file)
        except (ValueError, OSError, pyarrow.lib.ArrowException, GEOSException, CRSError) as error:
            faults.append(
                Fault(str(file), f"cannot be read: {error}", "a GeoParquet file" if table.shapes else "a Parquet file")
            )
    if faults:
        raise ParkError(faults)
    park = park_from_tables(
        tables,
        catalog=catalog,
        about=about,
        settings=settings,
        source=str(folder),
        sha256=digest.hexdigest(),
    )
    park = replace(park, stocks=stocks)
    return park.edit(path / EDITS) if (path / EDITS).is_file() else park


def stocks_of(folder: str | Path = SHIPPED) -> dict[str, Path]:
    """The files with the stocks of firms of a park folder, by the quarter at whose beginning. Raises ParkError."""
    path = _path(folder)
    usual = _about(path).start
    others = {file.stem.removeprefix("firms_"): file for file in path.glob("firms_*.parquet")}
    found = {start: file for start, file in others.items() if is_quarter(start)}
    return dict(sorted((found | {usual: path / "firms.parquet"}).items()))


def _path(folder: str | Path) -> Path:
    return bundled("data") / SHIPPED if str(folder) == SHIPPED else Path(folder)


def park_from_tables(
    tables: Mapping[str, pd.DataFrame],
    *,
    catalog: Catalog | None = None,
    about: About | None = None,
    settings: Mapping[str, str] | None = None,
    source: str = "tables",
    sha256: str = "",
) -> Park:
    """A park from tables in memory, of which zones, parcels and buildings are needed. Raises ParkError."""
    catalog = catalog or load_catalog()
    about = about or About()
    faults = check(tables, catalog, source, about.start)
    faults += [
        Fault("settings", f"{name}={choice}", f"one of {', '.join(SETTINGS.get(name, SETTINGS))}")
        for name, choice in (settings or {}).items()
        if choice not in SETTINGS.get(name, ())
    ]
    if faults:
        raise ParkError(faults)
    crs = tables["buildings"].crs
    layers: dict[str, Any] = {
        table.name: _filled(tables[table.name], table) if table.name in tables else _empty(table, crs)
        for table in TABLES
    }
    return Park(
        about=about,
        catalog=catalog,
        settings=dict(DEFAULT_SETTINGS) | dict(settings or {}),
        source=source,
        sha256=sha256 or _fingerprint(tables),
        **layers,
    )


def _about(path: Path) -> About:
    """The folder's park.json."""
    file = path / "park.json"
    if not _is_dir(path):
        raise ParkError([Fault(str(path), "no such park folder", f"a folder with park.json, or {SHIPPED!r}")])
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        known = [field.name for field in fields(About)]
        about = About(**{name: content[name] for name in known if name in content})
        Quarter.parse(content["start"])
    except FileNotFoundError:
        raise ParkError([Fault(str(file), "missing", "a file with name_zh, name_en and start")]) from None
    except (ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise ParkError([Fault(str(file), f"not usable: {error}", "JSON with name_zh, name_en, start")]) from None
    other = [name for name in known if not isinstance(getattr(about, name), str)]
    if other:
        raise ParkError(
            [Fault(str(file), f"{name} is not text", "text, as name_zh, name_en and start are") for name in other]
        )
    return about


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name longer than the system takes
        return False


def _empty(table: Table, crs: Any) -> pd.DataFrame:
    columns = {column.name: pd.Series(dtype=object) for column in table.columns}
    return gpd.GeoDataFrame(columns, geometry=[], crs=crs) if table.shapes else pd.DataFrame(columns)


def _filled(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """A table with the columns a park need not have, without the marks of edits, its geometry under that name."""
    frame = frame.drop(columns=["edit", "ended_by"], errors="ignore")
    if isinstance(frame, gpd.GeoDataFrame) and frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    missing = [column for column in table.columns if column.name not in frame.columns]
    return frame.assign(**{column.name: column.default for column in missing}) if missing else frame


def _fingerprint(tables: Mapping[str, pd.DataFrame]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tables):
        frame = tables[name]
        plain = pd.DataFrame(frame.to_wkb()) if isinstance(frame, gpd.GeoDataFrame) else frame
        digest.update(name.encode())
        digest.update(plain.to_csv(index=False).encode())
    return digest.hexdigest()
