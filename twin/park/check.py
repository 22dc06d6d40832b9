"""Whether a park's tables are usable: every fault at once, each with layer, row, value and cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.catalog import Catalog, nearest
from twin.errors import Fault
from twin.park.tables import SETTINGS, TABLES, Column, Table

Tables = Mapping[str, pd.DataFrame]
RowName = Callable[[int], str]

#: Of each kind of fault in a column, so many rows are named; the rest are counted.
NAMED_ROWS = 5


def check(tables: Tables, catalog: Catalog, source: str, start: str) -> list[Fault]:
    """All faults of a park's tables; an empty list when there are none. Nothing is repaired."""
    faults = []
    for table in TABLES:
        if table.name not in tables:
            if not table.optional:
                faults.append(Fault(source, f"layer {table.name!r} is missing", f"a file {table.name}.parquet"))
            continue
        frame = tables[table.name]
        where = f"{source}/{table.name}"
        twice = frame.columns[frame.columns.duplicated()].unique()
        if len(twice):
            faults.append(Fault(where, f"columns {', '.join(map(str, twice))} stand twice", "one column each"))
            continue
        present = [column for column in table.columns if column.name in frame.columns]
        faults += [
            Fault(where, f"column {column.name!r} is missing", f"a column of {column.kind} values")
            for column in table.columns
            if column.name not in frame.columns
        ]
        faults += _check_ids(frame, table, where)
        for column in present:
            faults += _check_column(frame, column, tables, catalog, where, _namer(frame, table))
        if table.shapes:
            faults += _check_geometry(frame, table, where)
    if not faults:
        faults += _check_crs(tables, source) + _check_zones(tables["zones"], f"{source}/zones")
        faults += _check_letting(tables, catalog, source, start)
    return faults


def _namer(frame: pd.DataFrame, table: Table) -> RowName:
    """How a row of a table is named in a message: by its id where it has one."""
    parts = [part for part in table.id.split("+") if part in frame.columns]

    def name(row: int) -> str:
        return "@".join(str(frame[part].iloc[row]) for part in parts) or str(row)

    return name


def _check_ids(frame: pd.DataFrame, table: Table, where: str) -> list[Fault]:
    parts = table.id.split("+")
    if not set(parts) <= set(frame.columns):
        return []
    repeated = frame.duplicated(parts, keep=False).to_numpy()
    return _faults(where, repeated, _namer(frame, table), lambda _: f"{table.id} is not unique", "one row each")


def _check_column(
    frame: pd.DataFrame, column: Column, tables: Tables, catalog: Catalog, where: str, name: RowName
) -> list[Fault]:
    values = frame[column.name].reset_index(drop=True)
    empty = values.isna().to_numpy()
    faults = []
    if column.required:
        faults += _faults(where, empty, name, lambda _: f"{column.name} is empty", f"a {column.kind}")
    if column.kind in {"number", "whole"}:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
        words = values.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
        fine = (numbers >= column.low) & (numbers <= column.high) & ~words
        if column.kind == "whole":
            fine &= numbers == np.floor(numbers)
        bad = ~empty & ~fine
        cure = f"a {'whole ' if column.kind == 'whole' else ''}number from {column.low:g} to {column.high:g}"
    elif column.kind == "quarter":
        bad = ~empty & ~values.astype(str).str.fullmatch(r"[0-9]{4}Q[1-4]").to_numpy(dtype=bool)
        cure = "a quarter like 2026Q1"
    elif column.kind == "flag":
        bad = ~empty & ~values.isin([True, False]).to_numpy()
        cure = "true or false"
    else:
        bad = ~empty & ~values.map(lambda value: isinstance(value, str) and value != "").to_numpy(dtype=bool)
        cure = "text"
    faults += _faults(where, bad, name, lambda n: f"{column.name} {values[n]!r}", cure)
    if column.among:
        known = _known(column.among, tables, catalog)
        strange = ~empty & ~values.isin(known).to_numpy()
        first = str(values[int(np.argmax(strange))]) if strange.any() else ""
        faults += _faults(where, strange, name, lambda n: f"unknown {column.name} {values[n]!r}", nearest(first, known))
    return faults


def _known(among: str, tables: Tables, catalog: Catalog) -> list[str]:
    table, _, column = among.partition(".")
    if column:
        return tables[table][column].tolist() if table in tables and column in tables[table] else []
    return [row["id"] for row in catalog.tables[table]]


def _check_geometry(frame: pd.DataFrame, table: Table, where: str) -> list[Fault]:
    if not isinstance(frame, gpd.GeoDataFrame):
        return [Fault(where, "no geometry column", f"a GeoParquet file with {' or '.join(table.shapes)}")]
    shapes = frame.geometry.to_numpy()
    name = _namer(frame, table)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    other = ~empty & ~frame.geom_type.isin(table.shapes).to_numpy()
    invalid = ~empty & ~shapely.is_valid(shapes)
    return [
        *_faults(where, empty, name, lambda _: "no geometry", "remove the row or draw it"),
        *_faults(where, other, name, lambda n: f"geometry is a {shapes[n].geom_type}", " or ".join(table.shapes)),
        *_faults(
            where, invalid, name, lambda n: f"invalid geometry: {shapely.is_valid_reason(shapes[n])}", "repair it"
        ),
    ]


def _check_crs(tables: Tables, source: str) -> list[Fault]:
    faults = []
    expected = tables["buildings"].crs
    for name, frame in tables.items():
        if not isinstance(frame, gpd.GeoDataFrame):
            continue
        where = f"{source}/{name}"
        cure = "a projected CRS in metres, such as EPSG:4548 for Beijing"
        if frame.crs is None:
            faults.append(Fault(where, "no CRS", cure))
        elif not frame.crs.is_projected or frame.crs.axis_info[0].unit_conversion_factor != 1.0:
            faults.append(Fault(where, f"CRS {frame.crs.to_string()} is not in metres", cure))
        elif frame.crs != expected:
            faults.append(Fault(where, f"CRS {frame.crs.to_string()}", f"that of the buildings, {expected}"))
    return faults


def _check_zones(zones: pd.DataFrame, where: str) -> list[Fault]:
    """Versions of a zone hold one after the other, each under a setting that is known."""
    name = _namer(zones, next(table for table in TABLES if table.name == "zones"))
    first, last = zones["valid_from"].fillna("0000Q1").to_numpy(), zones["valid_to"].fillna("9999Q4").to_numpy()
    marked = zones["zone_id"].str.contains("@").to_numpy(dtype=bool)
    settings = [f"{setting}={choice}" for setting, choices in SETTINGS.items() for choice in choices]
    odd = (zones["setting"].notna() & ~zones["setting"].isin(settings)).to_numpy()
    faults = [
        *_faults(where, marked, name, lambda n: f"zone_id {zones['zone_id'].iloc[n]!r}", "an id without @"),
        *_faults(where, first >= last, name, lambda n: f"valid_to {last[n]} after {first[n]}", "a later valid_to"),
        *_faults(where, odd, name, lambda n: f"unknown setting {zones['setting'].iloc[n]!r}", ", ".join(settings)),
    ]
    for row in range(len(zones)):
        for other in range(row):
            if _overlap(zones.iloc[row], zones.iloc[other]) and first[row] < last[other] and first[other] < last[row]:
                what = f"holds at the time of version {zones['version'].iloc[other]}"
                faults.append(Fault(f"{where}, row {name(row)}", what, "valid_from and valid_to one after the other"))
    return faults


def _overlap(zone: Any, other: Any) -> bool:
    """Whether two rows are versions of one zone that hold under one reading."""
    if zone["zone_id"] != other["zone_id"]:
        return False
    if pd.isna(zone["setting"]) or pd.isna(other["setting"]) or zone["setting"] == other["setting"]:
        return True
    return bool(zone["setting"].split("=")[0] != other["setting"].split("=")[0])


def _check_letting(tables: Tables, catalog: Catalog, source: str, start: str) -> list[Fault]:
    """No building is over-let at the start, and residents have room in buildings for firms."""
    if "firms" not in tables:
        return []
    firms, buildings = tables["firms"], tables["buildings"].set_index("building_id")

    def name(row: int) -> str:
        return str(firms["firm_id"].iloc[row])

    residents = firms["resident"].to_numpy(dtype=bool)
    for_firms = buildings.index[buildings["building_type"].isin(catalog.firm_types)]
    homeless = residents & ~firms["building_id"].isin(for_firms).to_numpy()
    completed = buildings["completed"].reindex(firms["building_id"])
    closed = residents & ~homeless & ~(completed.notna() & (completed.fillna("9999Q4") <= start)).to_numpy(dtype=bool)
    let = firms[residents].groupby("building_id")["floor_m2"].sum()
    lettable = np.floor(buildings["lettable_m2"].reindex(let.index))
    over = (let > lettable).to_numpy()
    where = f"{source}/buildings"
    return [
        *_faults(f"{source}/firms", homeless, name, lambda _: "resident without a building for firms", "a building_id"),
        *_faults(
            f"{source}/firms",
            closed,
            name,
            lambda n: f"resident in {firms['building_id'].iloc[n]}, which opens later",
            f"a building that is open at {start}",
        ),
        *_faults(
            where,
            over,
            lambda n: str(let.index[n]),
            lambda n: f"{let.iloc[n]:.0f} m² let of {lettable.iloc[n]:.0f} m² lettable",
            "let no more than there is",
        ),
    ]


def _faults(where: str, bad: NDArray[np.bool_], name: RowName, what: RowName, cure: str) -> list[Fault]:
    """A fault for each of the first bad rows, and one that counts the others."""
    rows = [int(row) for row in np.flatnonzero(bad)]
    faults = [Fault(f"{where}, row {name(row)}", what(row), cure) for row in rows[:NAMED_ROWS]]
    if len(rows) > NAMED_ROWS:
        faults.append(Fault(where, f"{len(rows) - NAMED_ROWS} more rows like the last", cure))
    return faults
