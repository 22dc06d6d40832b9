"""Any other park: its files read, mapped, placed, mended and completed, or refused with every fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from twin.catalog import Catalog, load_catalog, nearest
from twin.errors import Fault, ParkError
from twin.park.intake import crs as places
from twin.park.intake import shapes, tenants
from twin.park.intake.attributes import column_of, joined, key_of, keyed, layers_of, renamed, without_traces
from twin.park.intake.estimates import Estimates, check_units
from twin.park.intake.land import Frames, parcels_of, say_outside, with_land_use, zones_of
from twin.park.intake.mapping import IntakeMapping, left_over, mapping_of, propose, read_mapping
from twin.park.intake.reference import check_against_reference
from twin.park.intake.report import Log
from twin.park.intake.sources import Layer, Sources, read_layers
from twin.park.intake.values import texts
from twin.park.load import park_from_tables
from twin.park.model import About, Park
from twin.units import Quarter

Given = IntakeMapping | Mapping[str, Any] | str | Path | None

#: What a park is called that nobody named.
NAME_ZH, NAME_EN = "导入的园区", "Imported park"

#: Layers that are passed through with what was mapped of them.
PASSED = ("stations", "rail", "roads", "water", "places")


@dataclass(frozen=True)
class Intake:
    """A park taken in, ready to be saved and run."""

    park: Park
    report: pd.DataFrame  #: one row a fault, repair or estimate; columns as `twin.park.intake.report.COLUMNS`
    mapping: IntakeMapping  #: what was applied


def import_park(
    sources: Sources,
    *,
    mapping: Given = None,
    crs: str | None = None,
    catalog: Catalog | None = None,
    name_zh: str = "",
    name_en: str = "",
    start: str = "2026Q1",
) -> Intake:
    """A park from files, folders or named frames, with a report of all that was found, repaired and estimated.

    `mapping` says what becomes of each layer and column, a proposal is made where it is None; `crs` is the CRS of the
    park, a projected one in metres, or `auto`. Raises ParkError with every fault where the data cannot be taken as they
    are; its `report` then says what else was found.
    """
    log = Log()
    _check_start(start)
    given = _given(mapping)
    encodings = {name: layer.encoding for name, layer in given.layers.items() if layer.encoding} if given else {}
    layers = read_layers(sources, log, encodings=encodings)
    chosen = given or propose(layers, log)
    wanted = crs or chosen.crs
    tables = _tables(layers, chosen, log)
    placed = _placed(tables, layers, chosen, wanted, log)
    log.refuse()
    frames = _mended(placed, log)
    if len(frames["buildings"]) == 0:
        log.say("no_buildings", "buildings")
    log.refuse()
    frames["buildings"] = _joined(frames, tables, "buildings", log)
    log.refuse()
    about = About(name_zh=name_zh or NAME_ZH, name_en=name_en or NAME_EN, start=start)
    content = _completed(frames, tables, catalog or load_catalog(), about, log)
    log.refuse()
    park = _park(content, replace(about, **_caveat(content["buildings"])), catalog, log)
    return Intake(park, log.frame(), chosen.model_copy(update={"crs": str(park.buildings.crs)}))


def propose_mapping(sources: Sources) -> tuple[IntakeMapping, list[Layer]]:
    """The mapping that an import without one would use, and the layers it is for. Raises ParkError."""
    log = Log()
    layers = read_layers(sources, log)
    proposed = propose(layers, log)
    log.refuse()
    return proposed, layers


def _check_start(start: str) -> None:
    try:
        Quarter.parse(start)
    except ValueError:
        raise ParkError([Fault("--start", f"{start!r} is not a quarter", "a quarter like 2026Q1")]) from None


def _given(mapping: Given) -> IntakeMapping | None:
    if mapping is None or isinstance(mapping, IntakeMapping):
        return mapping
    return read_mapping(mapping) if isinstance(mapping, str | Path) else mapping_of(mapping)


def _tables(layers: list[Layer], mapping: IntakeMapping, log: Log) -> dict[str, list[pd.DataFrame]]:
    """The layers by the table they become, with its columns; geometry as it was read."""
    by_name = {layer.name: layer for layer in layers}
    for name in mapping.layers:
        if name not in by_name:
            log.say("layer_missing", name, known=", ".join(by_name) or "–")
    tables: dict[str, list[pd.DataFrame]] = {}
    for layer in layers:
        if layer.name in mapping.layers:
            chosen = mapping.layers[layer.name]
            layer = _only(layer, chosen.only, log)  # noqa: PLW2901  # the same layer, fewer rows
            if len(layer.frame) == 0:
                log.say("layer_empty", layer.name, table=chosen.table)
                continue
            tables.setdefault(chosen.table, []).append(renamed(layer, chosen, log))
            left = left_over(layer, mapping)
            if left:
                log.say("columns_left_over", layer.name, value=", ".join(left), rows=len(left))
    if not any(isinstance(frame, gpd.GeoDataFrame) for frame in tables.get("buildings", [])):
        log.say("no_buildings", ", ".join(by_name) or "–")
    return tables


def _only(layer: Layer, column: str, log: Log) -> Layer:
    """A layer without the rows that say nothing in a column; the whole of it where no column is named."""
    if not column:
        return layer
    if column not in layer.frame.columns:
        log.say("column_missing", layer.name, column=column, guess=nearest(column, list(map(str, layer.frame.columns))))
        return layer
    filled = (texts(layer.frame[column]) != "").to_numpy()
    log.say("rows_left_out", layer.name, column=column, rows=int((~filled).sum()))
    return replace(layer, frame=layer.frame[filled].reset_index(drop=True))


def _placed(
    tables: Mapping[str, list[pd.DataFrame]], layers: list[Layer], mapping: IntakeMapping, wanted: str, log: Log
) -> dict[str, list[gpd.GeoDataFrame]]:
    """Every layer that has a geometry in the CRS of the park, by table; what is wrong with a place is said."""
    target = places.parse(wanted) if wanted not in {"", "auto"} else None
    files = {layer.name: f"{layer.file} {layer.words}" for layer in layers}
    columns = {layer.name: layer.frame.columns for layer in layers}
    found: list[tuple[str, places.Placed]] = []
    for table in sorted(tables, key=lambda table: table != "buildings"):
        for frame in tables[table]:
            if not isinstance(frame, gpd.GeoDataFrame):
                continue
            name = str(frame["layer"].iloc[0])
            declared = mapping.layers[name].crs
            placed = places.place(name, frame, declared, target, log)
            shift = places.said_to_be_shifted(f"{files[name]} {' '.join(map(str, columns[name]))}")
            if placed and shift and not declared and places.in_shifted_country(placed):
                log.say("shift_named", name, shift=shift)
            found += [(table, placed)] if placed else []
    if not found or found[0][0] != "buildings" or log.refused:
        _choose_early(found, wanted, log)
        return {}
    return _brought(found, wanted, log)


def _choose_early(found: list[tuple[str, places.Placed]], wanted: str, log: Log) -> None:
    """Say what is wrong with the CRS of the park too, where layers are refused already."""
    if found and found[0][0] == "buildings":
        places.choose_target(wanted, [found[0][1]], log)


def _brought(found: list[tuple[str, places.Placed]], wanted: str, log: Log) -> dict[str, list[gpd.GeoDataFrame]]:
    target = places.choose_target(wanted, [placed for _, placed in found], log)
    if target is None:
        return {}
    brought = [(table, placed.name, places.brought_to(placed, target, log)) for table, placed in found]
    home = brought[0]
    places.check_distortion(home[1], target, places.middle_of(home[2]), log)
    places.check_together({name: frame for _, name, frame in brought}, home[1], log)
    by_table: dict[str, list[gpd.GeoDataFrame]] = {}
    for table, _, frame in brought:
        by_table.setdefault(table, []).append(frame)
    return by_table


def _mended(placed: Mapping[str, list[gpd.GeoDataFrame]], log: Log) -> Frames:
    """One frame a table, with a geometry that can be used and keys that tell its rows apart."""
    frames: Frames = {}
    for table, parts in placed.items():
        mended = [shapes.mended(part, table, str(part["layer"].iloc[0]), log) for part in parts]
        united = set().union(*(part.attrs.get("united", set()) for part in parts))
        together = gpd.GeoDataFrame(pd.concat(mended, ignore_index=True), crs=parts[0].crs)
        if table in {"buildings", "parcels"}:
            together = shapes.without_duplicates(together, key_of(table), layers_of(together, table), log)
        if table in {"stations", "places"}:
            check_against_reference(layers_of(together, table), together, log)
        frames[table] = gpd.GeoDataFrame(keyed(together, table, layers_of(together, table), log))
        frames[table].attrs["united"] = united
    return frames


def _joined(frames: Frames, tables: Mapping[str, list[pd.DataFrame]], table: str, log: Log) -> gpd.GeoDataFrame:
    """A table with what layers without geometry add to it."""
    plain = [frame for frame in tables.get(table, []) if not isinstance(frame, gpd.GeoDataFrame)]
    united = frames[table].attrs["united"]
    found = joined(frames[table], plain, table, log)
    together = gpd.GeoDataFrame(found, geometry="geometry", crs=frames[table].crs)
    together.attrs["united"] = united | found.attrs.get("united", set())
    return together


def _completed(
    frames: Frames, tables: Mapping[str, list[pd.DataFrame]], catalog: Catalog, about: About, log: Log
) -> dict[str, pd.DataFrame]:
    """All tables of the park, with what was not given derived and marked."""
    for table in ("parcels", "zones"):
        if table in frames:
            frames[table] = _joined(frames, tables, table, log)
        elif table in tables:
            log.say("table_alone", layers_of(tables[table][0], table), table=table)
    buildings, start = frames["buildings"], Quarter.parse(about.start)
    shapes.say_overlaps(buildings, buildings["building_id"], "buildings", log)
    shapes.say_small(buildings, buildings["building_id"], "buildings", log)
    check_units(buildings, log)
    zones = zones_of(frames, (about.name_zh, about.name_en), log)
    say_outside(buildings, zones, log)
    parcels, row = parcels_of(frames, buildings, shapely.union_all(zones.geometry.to_numpy()), log)
    of_building = pd.Series(column_of(parcels, "land_use").to_numpy()[row], index=buildings.index)
    buildings = Estimates(buildings, log, start, catalog).complete(of_building)
    buildings = buildings.assign(parcel_id=parcels["parcel_id"].to_numpy()[row], floors=buildings["floors"].astype(int))
    parcels = with_land_use(parcels, buildings, row, log)
    found: dict[str, pd.DataFrame] = {"zones": zones, "parcels": parcels, "buildings": without_traces(buildings)}
    found |= {table: _passed(frames[table], table) for table in PASSED if table in frames}
    found |= _people(frames, tables, buildings, catalog, start, log)
    return found


def _people(
    frames: Frames,
    tables: Mapping[str, list[pd.DataFrame]],
    buildings: gpd.GeoDataFrame,
    catalog: Catalog,
    start: Quarter,
    log: Log,
) -> dict[str, pd.DataFrame]:
    """The firms and the services of the park, as far as there are any."""
    found: dict[str, pd.DataFrame] = {}
    plain = {table: [one for one in tables.get(table, []) if not isinstance(one, gpd.GeoDataFrame)] for table in tables}
    lists = [*([frames["firms"]] if "firms" in frames else []), *plain.get("firms", [])]
    if lists:
        together = pd.concat(lists, ignore_index=True) if len(lists) > 1 else lists[0]
        found["firms"] = tenants.completed(together, buildings, catalog, start, log)
    else:
        log.say("no_firms", "firms")
    if plain.get("services"):
        services = pd.concat(plain["services"], ignore_index=True)
        services = keyed(services, "services", layers_of(services, "services"), log)
        found["services"] = without_traces(services.assign(opens=column_of(services, "opens")))
    return found


def _passed(frame: gpd.GeoDataFrame, table: str) -> gpd.GeoDataFrame:
    """A layer passed through, with both names where it has one, and what kind of line it is."""
    zh, en = column_of(frame, "name_zh"), column_of(frame, "name_en")
    named = frame.assign(name_zh=zh.fillna(en), name_en=en.fillna(zh))
    if table == "rail":
        named = named.assign(kind=column_of(named, "kind").fillna("rail"))
    if table == "stations" and "open" in named:
        named = named.assign(open=named["open"].map({False: False}).fillna(value=True).astype(bool))
    return without_traces(named)


def _caveat(buildings: pd.DataFrame) -> dict[str, str]:
    share = float((buildings["provenance"] == "derived").mean())
    return {
        "caveat_zh": f"导入数据，{share:.0%} 的楼宇含估算值；模型未以园区台账标定",
        "caveat_en": f"imported; {share:.0%} of the buildings hold estimates; not calibrated on the park's ledgers",
    }


def _park(tables: Mapping[str, pd.DataFrame], about: About, catalog: Catalog | None, log: Log) -> Park:
    try:
        return park_from_tables(tables, catalog=catalog, about=about, source="import")
    except ParkError as error:
        for fault in error.faults:
            log.say("park_refused", fault.where, what=fault.what, cure=fault.cure)
        log.refuse()
        raise
