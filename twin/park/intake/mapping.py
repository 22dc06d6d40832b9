"""Which layer becomes which table and which column which: read, written, and proposed from names and values."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from ruamel.yaml import YAML

from twin.catalog import nearest
from twin.documents import Positions, read_document
from twin.errors import Fault, ParkError
from twin.park.intake import values, words
from twin.park.intake.report import Log
from twin.park.intake.sources import Layer, is_encoding

TableName = Literal[
    "buildings", "parcels", "zones", "firms", "stations", "rail", "roads", "water", "places", "services"
]

#: Geometry of the tables that a layer of one shape may become.
AREAS, LINES, POINTS = ("buildings", "parcels", "zones", "water"), ("roads", "rail"), ("stations", "places", "firms")

#: Tables that a layer without geometry may become, or whose rows it may add columns to.
PLAIN = ("firms", "services", "buildings", "parcels", "zones")

#: Columns whose presence says what a layer of polygons is; ids and names stand in all of them.
TELLING = {
    "buildings": {"building_type", "floors", "height_m", "gfa_m2", "lettable_m2", "completed", "rent_cny_m2_day"},
    "parcels": {"land_use", "far_limit", "height_limit_m", "owner"},
    "firms": {"industry", "stage", "staff", "revenue_cny", "founded_year", "floor_m2"},
    "services": {"service", "slots", "opens"},
}

#: Quantities whose words are kinds, and those read as numbers.
NUMERIC = ("count", "area", "length", "rent", "ratio", "money", "share")

#: Columns of limits, where a bound or a range says the most allowed.
LIMITS = frozenset({"far_limit", "height_limit_m"})

#: Column names of shapefiles end after so many bytes.
TRUNCATED_BYTES = 10

#: A layer's name says as much about what it is as so many columns.
NAME_COUNTS = 1.5

#: Of values that cannot be read, so many are shown.
DOUBTFUL_EXAMPLES = 3

#: More than half.
MOST = 0.5

#: So many rows are looked at to tell what a column holds.
LOOKED_AT = 2_000

#: Names that stand for an id only where their values are one: no two rows alike.
GENERAL_NAMES = frozenset({"name", "代码", "code"})

#: Names of columns that programs add: no id where every row says the same.
ADDED_NAMES = frozenset({"id", "fid", "编号", "序号", "osmid"})

#: Fewer letters of a truncated Chinese name say too little.
LEAST_CHARACTERS = 3


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Model):
    """What fills one column of a table."""

    column: str = ""  #: a column of the layer
    unit: str = ""  #: of its numbers, where neither they nor its name say it; of industries, the code they are in
    values: Mapping[str, str] = Field(default_factory=dict)  #: what its words stand for
    value: str | float | None = None  #: one value for every row, in place of a column


class LayerMapping(_Model):
    """What becomes of one layer."""

    table: TableName
    crs: str = ""  #: its CRS, where the file says none or a wrong one; GCJ-02 and BD-09 are known too
    encoding: str = ""  #: of its text
    only: str = ""  #: a column of the layer: rows that say nothing in it are left out
    columns: Mapping[str, Source] = Field(default_factory=dict)  #: what fills each column of the table

    @field_validator("columns", mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        """A column's bare name stands for a source of that name."""
        if not isinstance(given, Mapping):
            return given
        return {
            name: {"column": str(source)} if isinstance(source, str | int | float) else source
            for name, source in given.items()
        }


class IntakeMapping(_Model):
    """What becomes of every layer; a layer that is not named is left out."""

    crs: str = ""  #: of the park: a projected CRS in metres, or `auto`
    layers: Mapping[str, LayerMapping] = Field(default_factory=dict)


def read_mapping(file: str | Path) -> IntakeMapping:
    """The mapping in a YAML file. Raises ParkError with every fault found."""
    content, positions = read_document(Path(file), ParkError, "`layers:` and what becomes of each")
    return mapping_of(content, str(file), positions)


def mapping_of(
    content: Mapping[str, Any], source: str = "mapping", positions: Positions = MappingProxyType({})
) -> IntakeMapping:
    """A mapping from plain values, as a YAML file holds them. Raises ParkError with every fault found.

    `positions` says where in the file each value stands.
    """

    def where(*path: str | int) -> str:
        known = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in positions), ())
        return positions.get(known, source)

    try:
        mapping = IntakeMapping.model_validate(content)
    except ValidationError as error:
        raise ParkError([_fault(item, where(*item["loc"])) for item in error.errors()]) from None
    faults = [*_strange_encodings(mapping, where), *_strange_columns(mapping, where)]
    if faults:
        raise ParkError(faults)
    return mapping


def _fault(item: Any, where: str) -> Fault:
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        models: Sequence[type[BaseModel]] = (IntakeMapping, LayerMapping, Source)
        known = [name for model in models for name in model.model_fields]
        return Fault(where, f"unknown key {path!r}", nearest(str(item["loc"][-1]), known))
    return Fault(where, f"{path}: {item['msg']}", f"not {item['input']!r}")


def _strange_encodings(mapping: IntakeMapping, where: Callable[..., str]) -> list[Fault]:
    """Faults of encodings that nobody knows."""
    return [
        Fault(
            where("layers", name, "encoding"),
            f"layers.{name}: unknown encoding {layer.encoding!r} 未知编码",
            "utf-8, gb18030, gbk, big5, cp1252 or another that Python knows 请填写 utf-8、gb18030、gbk、big5 等",
        )
        for name, layer in mapping.layers.items()
        if layer.encoding and not is_encoding(layer.encoding)
    ]


def _strange_columns(mapping: IntakeMapping, at: Callable[..., str]) -> list[Fault]:
    """Faults of columns that no table has, of units that are none, and of columns that nothing fills."""
    faults = []
    for name, layer in mapping.layers.items():
        known = words.quantities(layer.table)
        for column, filled in layer.columns.items():
            where = f"{at('layers', name, 'columns', column)}: layers.{name}.columns.{column}"
            if column not in known:
                faults.append(Fault(where, f"{layer.table} has no column {column!r}", nearest(column, known)))
                continue
            if filled.unit and not _is_unit(filled.unit, known[column]):
                units = sorted({unit for unit, _ in words.units(known[column]).values()}) or values.schemes()
                faults.append(Fault(where, f"unknown unit {filled.unit!r}", f"one of {', '.join(units)}"))
            if not filled.column and filled.value is None:
                faults.append(Fault(where, "says neither column nor value", "`column: …` or `value: …`"))
    return faults


def _is_unit(unit: str, quantity: str) -> bool:
    if quantity == "category":
        return unit in values.schemes()
    return words.unit_word(unit) in words.units(quantity)


def mapping_text(mapping: IntakeMapping, layers: Sequence[Layer] = ()) -> str:
    """A mapping as YAML, with the columns that were left over as comments, in both languages."""
    content: dict[str, Any] = {"crs": mapping.crs, "layers": {}}
    for name, layer in mapping.layers.items():
        shown: dict[str, Any] = {"table": layer.table}
        shown |= {key: getattr(layer, key) for key in ("crs", "encoding", "only") if getattr(layer, key)}
        shown["columns"] = {column: _shown(source) for column, source in layer.columns.items()}
        content["layers"][name] = shown
    out = io.StringIO()
    yaml = YAML()
    yaml.allow_unicode = True
    yaml.dump(content, out)
    lines = [
        "# Mapping of `twin park import`: what becomes of each layer and column. Correct it and pass it as --mapping.",
        "# 导入映射：每个图层、每个字段对应什么。修改后用 --mapping 传入。",
        *out.getvalue().splitlines(),
        *_left_over(mapping, layers),
    ]
    return "\n".join(lines) + "\n"


def _shown(source: Source) -> Any:
    given = {key: value for key, value in source.model_dump().items() if value not in ("", None, {})}
    return given["column"] if list(given) == ["column"] else given


def left_over(layer: Layer, mapping: IntakeMapping) -> list[str]:
    """The columns of a layer that fill none of its table."""
    chosen = mapping.layers.get(layer.name)
    taken = {source.column for source in chosen.columns.values()} | {chosen.only} if chosen else set()
    return [str(name) for name in _attributes(layer) if str(name) not in taken]


def _left_over(mapping: IntakeMapping, layers: Sequence[Layer]) -> list[str]:
    lines = []
    for layer in layers:
        left = left_over(layer, mapping)
        if layer.name not in mapping.layers:
            lines.append(f"# not used 未使用: {layer.name} ({', '.join(left)})")
        elif left:
            lines.append(f"# left over in 未使用字段 {layer.name}: {', '.join(left)}")
    return lines


def propose(layers: Sequence[Layer], log: Log) -> IntakeMapping:
    """The likeliest mapping of layers, from the names of layers and columns, the shapes and the first values."""
    layers = [replace(layer, frame=layer.frame.head(LOOKED_AT)) for layer in layers]
    tables = {layer.name: _table_of(layer) for layer in layers}
    polygons = [layer for layer in layers if layer.spatial and _is_outline(layer) and not tables[layer.name]]
    drawn = {tables[layer.name] for layer in layers if layer.spatial}
    if "buildings" not in drawn and polygons:
        largest = max(polygons, key=lambda layer: len(layer.frame))
        tables[largest.name] = "buildings"
    proposed = {}
    for layer in layers:
        table = tables[layer.name]
        if not table:
            log.say("layer_unused", layer.name)
            continue
        columns = _propose_columns(layer, table)
        _say_doubtful(layer, table, columns, log)
        proposed[layer.name] = {"table": table, "columns": columns}
        log.say("layer_proposed", layer.name, table=table, columns=_listed(columns))
    return IntakeMapping.model_validate({"layers": proposed})


def _listed(columns: Mapping[str, Mapping[str, str]]) -> str:
    shown = [
        f"{name} ← {source['column']}{' [' + source['unit'] + ']' if source.get('unit') else ''}"
        for name, source in columns.items()
    ]
    return ", ".join(shown) or "–"


def _say_doubtful(layer: Layer, table: str, columns: Mapping[str, Mapping[str, str]], log: Log) -> None:
    """Say of each column whose name is known, but most of whose values cannot be read, that it was not taken."""
    quantities = words.quantities(table)
    for name in _attributes(layer):
        match = _column_of(str(name), table, truncated=layer.truncated)
        if match is None or match[0] in columns:
            continue
        bad, filled = _unreadable(layer.frame[name], match[0], quantities[match[0]])
        if bad.any() and not _plausible(layer.frame[name], match[0], quantities[match[0]]):
            examples = ", ".join(dict.fromkeys(layer.frame[name][bad].astype(str).head(DOUBTFUL_EXAMPLES)))
            unread, held = int(bad.sum()), int(filled.sum())
            told: dict[str, Any] = {"column": match[0], "value": examples, "rows": unread}
            log.say("column_doubtful", layer.name, named=str(name), unread=unread, filled=held, **told)


def _closed(layer: Layer) -> bool:
    """Whether most of a layer's lines are closed: outlines of what is drawn without its area."""
    return bool(np.mean(shapely.is_closed(layer.frame.geometry.dropna().to_numpy())) > MOST)


def _shape_of(layer: Layer) -> str:
    """Area, line, point or nothing, as most of a layer's geometries are."""
    if not layer.spatial:
        return ""
    kinds = layer.frame.geometry.geom_type.dropna().astype(str).str.removeprefix("Multi")
    most = kinds.mode()
    if most.empty:
        return "area"
    return {"Point": "point", "LineString": "line", "LinearRing": "line"}.get(str(most.iloc[0]), "area")


def _is_outline(layer: Layer) -> bool:
    """Whether a layer holds areas, or closed lines around them that no name calls streets or rails."""
    shape = _shape_of(layer)
    return shape == "area" or (shape == "line" and not _named_table(layer.words, LINES) and _closed(layer))


def _table_of(layer: Layer) -> str:
    """The table that a layer most likely is, empty where nothing speaks for any."""
    shape = _shape_of(layer)
    fitting = {"area": AREAS, "line": LINES, "point": POINTS}.get(shape, PLAIN)
    if shape == "line" and _is_outline(layer):
        fitting = AREAS
    named = _named_table(layer.words, fitting)
    known = {table: len(TELLING.get(table, set()) & set(_propose_columns(layer, table))) for table in fitting}
    scores = {table: score + (NAME_COUNTS if table == named else 0.0) for table, score in known.items()}
    best = max(fitting, key=lambda table: scores[table])
    return best if scores[best] > 0 else ""


def _named_table(name: str, fitting: Sequence[str]) -> str:
    """The table that a name speaks of: the last of its words first, for that is the layer's own."""
    return next((table for word in name.split()[::-1] if (table := _worded_table(word, fitting))), "")


def _worded_table(name: str, fitting: Sequence[str]) -> str:
    known = {word: table for word, table in words.layer_words().items() if table in fitting}
    whole = words.plain(name)
    for part in (whole, *(words.plain(part) for part in re.split(r"[_\-.]+", name)[::-1])):
        if part in known:
            return known[part]
    inside = [word for word in known if len(word) > 1 and word in whole]
    likeliest = max(inside, key=lambda word: (whole.startswith(word), len(word)), default="")
    return known.get(likeliest, "")


def _propose_columns(layer: Layer, table: str) -> dict[str, dict[str, str]]:
    """For each column of a table the likeliest column of a layer, and its unit where its name tells one."""
    quantities = words.quantities(table)
    found: dict[str, tuple[int, str, str]] = {}
    for name in _attributes(layer):
        match = _column_of(str(name), table, truncated=layer.truncated)
        if match is None:
            continue
        column, rank, unit = match
        general = quantities[column] == "id" and words.plain(name) in GENERAL_NAMES
        added = quantities[column] == "id" and words.plain(name) in ADDED_NAMES and len(layer.frame) > 1
        distinct = len(layer.frame[name].astype(str).unique())
        if (added and distinct == 1) or (general and distinct < len(layer.frame)):
            continue
        if not _plausible(layer.frame[name], column, quantities[column]):
            continue
        if column not in found or rank < found[column][0]:
            found[column] = (rank, str(name), unit)
    for column in (name for name in ("building_type", "land_use", "industry", "stage") if name in quantities):
        if column not in found:
            known = [name for name in _attributes(layer) if name not in {name for _, name, _ in found.values()}]
            spoken = [name for name in known if not _is_key(str(name)) and _speaks_of(layer.frame[name], column)]
            found |= {column: (0, str(spoken[0]), "")} if spoken else {}
    proposed = {}
    for column in (column for column in quantities if column in found):
        _, name, unit = found[column]
        scheme = _scheme_of(layer.frame[name], name) if column == "industry" else ""
        proposed[column] = {"column": name} | ({"unit": unit or scheme} if unit or scheme else {})
    return proposed


def _attributes(layer: Layer) -> list[str]:
    geometry = layer.frame.geometry.name if layer.spatial else None
    return [name for name in layer.frame.columns if name != geometry]


def _column_of(name: str, table: str, *, truncated: bool) -> tuple[str, int, str] | None:
    """The column that a name stands for, how likely (0 is likeliest), and the unit the name tells."""
    known, quantities = words.column_words(table), words.quantities(table)
    for stem, unit in _split_unit(name):
        match = known.get(words.plain(stem))
        if match and (not unit or words.unit_word(unit) in words.units(quantities[match[0]])):
            return (*match, unit)
    if not truncated:
        return None
    cut = words.plain(name)
    whole = len(name.encode("gb18030")) >= TRUNCATED_BYTES - 1 or len(name.encode()) >= TRUNCATED_BYTES - 1
    long_enough = len(cut) >= LEAST_CHARACTERS and whole
    meant = {known[word][0] for word in known if long_enough and word.startswith(cut)}
    return (meant.pop(), TRUNCATED_BYTES, "") if len(meant) == 1 else None


def _split_unit(name: str) -> list[tuple[str, str]]:
    """A name whole, and taken apart into stem and unit: `建筑面积(万㎡)`, `height_ft`."""
    whole = [(name, "")]
    bracketed = re.fullmatch(r"(.+?)\s*[(（\[]\s*(.+?)\s*[)）\]]?", name)
    if bracketed:
        whole.append((bracketed[1], bracketed[2]))
    parts = re.split(r"[_\s]+", name)
    return whole + [("_".join(parts[:n]), "".join(parts[n:])) for n in range(len(parts) - 1, 0, -1)]


def _plausible(column: pd.Series[Any], name: str, quantity: str) -> bool:
    """Whether the values of a column may be those of the column of that name and quantity."""
    if quantity not in {*NUMERIC, "quarter", "year"}:
        return not column.isna().all()
    bad, filled = _unreadable(column, name, quantity)
    return bool((filled & ~bad).sum() >= words.value("readable_share") * filled.sum())


def _unreadable(column: pd.Series[Any], name: str, quantity: str) -> tuple[values.Mask, values.Mask]:
    """Which values of a column are no numbers or dates, as the case may be, and which rows hold anything."""
    read: values.Numbers | values.Dates
    if quantity in NUMERIC:
        read = values.numbers(column, quantity, limits=name in LIMITS)
    elif quantity == "quarter":
        read = values.quarters(column)
    elif quantity == "year":
        read = values.years(column)
    else:
        return np.zeros(len(column), np.bool_), column.notna().to_numpy()
    return read.bad, ~read.empty


def _is_key(name: str) -> bool:
    """Whether a name is that of the ids of some table, such as `B1`, which is a land use too."""
    keys = ((table, words.quantities(table)) for table in dict.fromkeys(row["table"] for row in words.table("columns")))
    found = ((words.column_words(table).get(words.plain(name)), quantities) for table, quantities in keys)
    return any(match is not None and quantities[match[0]] == "id" for match, quantities in found)


def _speaks_of(column: pd.Series[Any], name: str) -> bool:
    """Whether most of what stands in a column are known words for a column of kinds."""
    if pd.api.types.is_numeric_dtype(column):
        return False
    read = values.kinds(column, name)
    filled = ~read.empty
    if not filled.any():
        return False
    distinct = values.texts(column)[filled]
    long = distinct.str.len().median() > 1  # single letters are codes of anything
    return bool(long and np.mean(~read.bad[filled]) >= words.value("terms_share"))


def _scheme_of(column: pd.Series[Any], name: str) -> str:
    """The classification of industries that a column of codes is likely to follow."""
    coded = values.texts(column).str.fullmatch(r"[A-Z]?[0-9]{2,4}(?:\.[0-9]+)*")
    if not coded.any():
        return ""
    return "NACE" if "nace" in words.plain(name) else "GB/T 4754"
