"""Whether a park's tables are usable: every fault at once, each with layer, row, value and cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from twin.catalog import Catalog, nearest
from twin.errors import Fault
from twin.park.dates import EVER, NEVER, OPEN, ordinals, states
from twin.park.tables import SETTINGS, TABLES, Column, Table
from twin.units import Quarter, is_quarter

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
            if column.needed and column.name not in frame.columns
        ]
        faults += _check_ids(frame, table, where)
        for column in present:
            faults += _check_column(frame, column, tables, catalog, where, _namer(frame, table))
        if table.shapes:
            faults += _check_geometry(frame, table, where)
    if not faults:
        faults += _check_crs(tables, source) + _check_zones(tables["zones"], f"{source}/zones")
        faults += _check_versions(tables["parcels"], "parcel_id", f"{source}/parcels")
        faults += _check_dates(tables, source)
    if not faults:
        faults += _check_firms(tables, catalog, source, start)
    return faults


def _namer(frame: pd.DataFrame, table: Table) -> RowName:
    """How a row of a table is named in a message: by its id where it has one."""
    parts = [part for part in table.id.split("+") if part in frame.columns]

    def name(row: int) -> str:
        return "@".join(str(frame[part].iloc[row]) for part in parts) or str(row)

    return name


def _check_ids(frame: pd.DataFrame, table: Table, where: str) -> list[Fault]:
    parts = table.id.split("+")
    keys = [part for part in parts if part in frame.columns]
    if any(column.name in parts and column.needed and column.name not in keys for column in table.columns):
        return []
    repeated = frame.duplicated(keys, keep=False).to_numpy()
    return _faults(where, repeated, _namer(frame, table), lambda _: f"{table.id} is not unique", "one row each")


def _check_column(
    frame: pd.DataFrame, column: Column, tables: Tables, catalog: Catalog, where: str, name: RowName
) -> list[Fault]:
    values = frame[column.name].reset_index(drop=True)
    empty = values.isna().to_numpy()
    faults = []
    if column.required:
        faults += _faults(where, empty, name, lambda _: f"{column.name} is empty", f"a {column.kind}")
    fine, cure = _FINE[column.kind](values, column)
    faults += _faults(where, ~empty & ~fine, name, lambda n: f"{column.name} {_plain(values[n])!r}", cure)
    if column.among:
        known = _known(column.among, tables, catalog)
        plain = pd.Series(values.to_numpy(dtype=object))  # found in a tenth of the time that Arrow's strings take
        strange = ~empty & ~plain.isin(known.to_numpy(dtype=object)).to_numpy()
        if strange.any():
            cure = nearest(str(values[int(np.argmax(strange))]), known.tolist())
            faults += _faults(where, strange, name, lambda n: f"unknown {column.name} {_plain(values[n])!r}", cure)
    return faults


def _is_number(values: pd.Series[Any], column: Column) -> tuple[NDArray[np.bool_], str]:
    """Which values are numbers within bounds, and what would be right."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    fine = (numbers >= column.low) & (numbers <= column.high)
    if not is_numeric_dtype(values.dtype):
        fine &= ~values.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
    if column.kind == "whole":
        fine &= numbers == np.floor(numbers)
    return fine, f"a {'whole ' if column.kind == 'whole' else ''}number from {column.low:g} to {column.high:g}"


def _is_quarter(values: pd.Series[Any], _: Column) -> tuple[NDArray[np.bool_], str]:
    codes, texts = pd.factorize(values.astype(object), use_na_sentinel=True)
    fine = np.array([*(isinstance(text, str) and is_quarter(text) for text in texts), True], dtype=bool)
    return fine[codes], "a quarter like 2026Q1"


def _is_flag(values: pd.Series[Any], _: Column) -> tuple[NDArray[np.bool_], str]:
    return values.isin([True, False]).to_numpy(), "true or false"


def _is_text(values: pd.Series[Any], _: Column) -> tuple[NDArray[np.bool_], str]:
    if isinstance(values.dtype, pd.StringDtype):
        return (values != "").to_numpy(dtype=bool, na_value=False), "text"
    return values.map(lambda value: isinstance(value, str) and value != "").to_numpy(dtype=bool), "text"


#: By kind of column: which of its values are fine (those that are empty aside), and what would be right.
_FINE: Mapping[str, Callable[[pd.Series[Any], Column], tuple[NDArray[np.bool_], str]]] = {
    "number": _is_number,
    "whole": _is_number,
    "quarter": _is_quarter,
    "flag": _is_flag,
    "text": _is_text,
}


def _known(among: str, tables: Tables, catalog: Catalog) -> pd.Series[Any]:
    table, _, column = among.partition(".")
    if not column:
        return pd.Series([row["id"] for row in catalog.tables[table]], dtype=object)
    there = table in tables and column in tables[table]
    return tables[table][column] if there else pd.Series(dtype=object)


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
    marked = zones["zone_id"].str.contains("@").to_numpy(dtype=bool)
    settings = [f"{setting}={choice}" for setting, choices in SETTINGS.items() for choice in choices]
    odd = (zones["setting"].notna() & ~zones["setting"].isin(settings)).to_numpy()
    return [
        *_faults(where, marked, name, lambda n: f"zone_id {zones['zone_id'].iloc[n]!r}", "an id without @"),
        *_faults(where, odd, name, lambda n: f"unknown setting {zones['setting'].iloc[n]!r}", ", ".join(settings)),
        *_check_versions(zones, "zone_id", where),
    ]


def _check_versions(frame: pd.DataFrame, key: str, where: str) -> list[Fault]:
    """Every version ends after it begins, and no two versions of one thing hold at once under one reading."""
    if "valid_from" not in frame.columns or "valid_to" not in frame.columns:
        return []
    first, last = ordinals(frame["valid_from"], EVER), ordinals(frame["valid_to"], NEVER)
    version = frame["version"].to_numpy() if "version" in frame.columns else np.ones(len(frame), np.int64)
    setting = frame["setting"].fillna("") if "setting" in frame.columns else pd.Series("", index=frame.index)

    def name(row: int) -> str:
        return f"{frame[key].iloc[row]}@{version[row]}"

    rows = pd.DataFrame({"id": frame[key].to_numpy(), "row": np.arange(len(frame)), "setting": setting.to_numpy()})
    several = rows[rows.duplicated("id", keep=False)]
    pairs = several.merge(several, on="id", suffixes=("", "_other"))
    pairs = pairs[pairs["row_other"] < pairs["row"]]
    pairs = pairs[_read_together(pairs["setting"], pairs["setting_other"])]
    row, other = pairs["row"].to_numpy(), pairs["row_other"].to_numpy()
    clash = np.zeros(len(frame), np.bool_)
    with_ = np.zeros(len(frame), np.int64)
    together = (first[row] < last[other]) & (first[other] < last[row])
    clash[row[together]], with_[row[together]] = True, other[together]
    cure = "valid_from and valid_to one after the other"
    return [
        *_faults(
            where,
            first >= last,
            name,
            lambda n: f"valid_to {frame['valid_to'].iloc[n]} is not after {frame['valid_from'].iloc[n]}",
            "a later valid_to",
        ),
        *_faults(where, clash, name, lambda n: f"holds at the time of version {version[with_[n]]}", cure),
    ]


def _read_together(setting: pd.Series[str], other: pd.Series[str]) -> NDArray[np.bool_]:
    """Whether two rows may hold under one reading: not where they answer one question differently."""
    question, asked = setting.str.split("=").str[0], other.str.split("=").str[0]
    apart = (setting != "") & (other != "") & (question == asked) & (setting != other)
    return ~apart.to_numpy(dtype=bool)


def _check_dates(tables: Tables, source: str) -> list[Fault]:
    """A building is begun, opened and closed in this order, and worked on while it stands, by one party at a time."""
    buildings, where = tables["buildings"], f"{source}/buildings"

    def dates(column: str, empty: int) -> NDArray[np.int64]:
        present = column in buildings.columns
        return ordinals(buildings[column], empty) if present else np.full(len(buildings), empty, np.int64)

    def name(row: int) -> str:
        return str(buildings["building_id"].iloc[row])

    started, closed = dates("started", EVER), dates("closed", NEVER)
    completed = dates("completed", NEVER)
    faults = [
        *_faults(where, started > completed, name, lambda _: "started after it was completed", "an earlier start"),
        *_faults(
            where,
            (closed <= completed) & (completed < NEVER),
            name,
            lambda n: f"closed {buildings['closed'].iloc[n]}, not after it is completed",
            "a later date, or completed",
        ),
    ]
    works = tables.get("works")
    if works is None or not len(works):
        return faults
    where = f"{source}/works"
    row = pd.Index(buildings["building_id"]).get_indexer(pd.Index(works["building_id"]))
    starts, ends = ordinals(works["starts"], EVER), ordinals(works["ends"], NEVER)
    order = np.lexsort((starts, row))
    same = row[order][1:] == row[order][:-1]
    clash = np.zeros(len(works), np.bool_)
    clash[order[1:]] = same & (starts[order][1:] < ends[order][:-1])

    def work(n: int) -> str:
        return str(works["works_id"].iloc[n])

    building = works["building_id"].to_numpy()
    outside = (starts < completed[row]) | (ends > closed[row])
    phases = works["phases"].to_numpy() if "phases" in works else np.ones(len(works), np.int64)
    moved_out = (phases > 1) & _takes_floor(buildings, works, row, starts)
    return [
        *faults,
        *_faults(where, ends <= starts, work, lambda _: "ends before it begins", "a later end"),
        *_faults(where, clash, work, lambda n: f"other works on {building[n]} are going on", "a later start"),
        *_faults(where, outside, work, lambda n: f"{building[n]} does not stand all the time", "dates while it stands"),
        *_faults(
            where,
            moved_out,
            work,
            lambda n: f"{phases[n]} phases, while tenants stay, leave {building[n]} another type or less floor to let",
            "1 phase",
        ),
    ]


def _takes_floor(
    buildings: pd.DataFrame, works: pd.DataFrame, row: NDArray[np.intp], starts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(works,): whether works leave their building another type, or less floor to let, than the works before them."""
    found = np.zeros(len(works), np.bool_)
    last = {name: buildings[name].to_numpy(dtype=object)[row] for name in ("building_type", "lettable_m2")}
    for n in np.argsort(starts, kind="stable"):
        on_it = row == row[n]
        kind, m2 = works["building_type"].iloc[n], works["lettable_m2"].iloc[n]
        if not pd.isna(kind):
            found[n] |= kind != last["building_type"][n]
            last["building_type"][on_it] = kind
        if not pd.isna(m2):
            found[n] |= m2 < last["lettable_m2"][n]
            last["lettable_m2"][on_it] = m2
    return found


def _check_firms(tables: Tables, catalog: Catalog, source: str, start: str) -> list[Fault]:
    """No building is over-let at the start, residents have room in buildings for firms, links are of their industry."""
    if "firms" not in tables:
        return []
    firms, buildings = tables["firms"], tables["buildings"].set_index("building_id")

    def name(row: int) -> str:
        return str(firms["firm_id"].iloc[row])

    residents = firms["resident"].to_numpy(dtype=bool)
    for_firms = buildings.index[buildings["building_type"].isin(catalog.firm_types)]
    homeless = residents & ~firms["building_id"].isin(for_firms).to_numpy()
    standing = _standing(tables, start).reindex(firms["building_id"]).to_numpy(dtype=object)
    closed = residents & ~homeless & (standing != OPEN)
    let = firms[residents].groupby("building_id")["floor_m2"].sum()
    lettable = np.floor(buildings["lettable_m2"].reindex(let.index))
    over = (let > lettable).to_numpy()
    where = f"{source}/buildings"
    links = {row["id"]: row["industry"] for row in catalog.tables["chain_nodes"]}
    node = firms["chain_node"] if "chain_node" in firms else pd.Series(None, index=firms.index, dtype=object)
    strange = (node.notna() & (node.map(links) != firms["industry"])).to_numpy(dtype=bool)
    return [
        *_faults(
            f"{source}/firms",
            strange,
            name,
            lambda n: f"chain_node {node.iloc[n]} of {firms['industry'].iloc[n]}",
            "a link of the firm's own industry, or none",
        ),
        *_faults(f"{source}/firms", homeless, name, lambda _: "resident without a building for firms", "a building_id"),
        *_faults(
            f"{source}/firms",
            closed,
            name,
            lambda n: f"resident in {firms['building_id'].iloc[n]}, which is {standing[n]} at {start}",
            "a building that is open then",
        ),
        *_faults(
            where,
            over,
            lambda n: str(let.index[n]),
            lambda n: f"{let.iloc[n]:.0f} m² let of {lettable.iloc[n]:.0f} m² lettable",
            "let no more than there is",
        ),
    ]


def _standing(tables: Tables, start: str) -> pd.Series[Any]:
    """The state of each building at the start, by its id."""
    dates = {column: None for column in ("started", "closed") if column not in tables["buildings"].columns}
    buildings = tables["buildings"].assign(**dates)
    works = tables["works"] if "works" in tables else pd.DataFrame(columns=["building_id", "starts", "ends"])
    found = states(buildings, works, Quarter.parse(start))
    return pd.Series(found, index=buildings["building_id"].to_numpy())


def _plain(value: Any) -> Any:
    """A value of an array as Python shows it."""
    return value.item() if isinstance(value, np.generic) else value


def _faults(where: str, bad: NDArray[np.bool_], name: RowName, what: RowName, cure: str) -> list[Fault]:
    """A fault for each of the first bad rows, and one that counts the others."""
    rows = [int(row) for row in np.flatnonzero(bad)]
    faults = [Fault(f"{where}, row {name(row)}", what(row), cure) for row in rows[:NAMED_ROWS]]
    if len(rows) > NAMED_ROWS:
        faults.append(Fault(where, f"{len(rows) - NAMED_ROWS} more rows like the last", cure))
    return faults
