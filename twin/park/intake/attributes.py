"""A layer's columns as those of its table, and tables without geometry joined to the layers that have one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from twin.catalog import nearest
from twin.park.intake import values, words
from twin.park.intake.mapping import LIMITS, NUMERIC, LayerMapping, Source
from twin.park.intake.report import Log
from twin.park.intake.sources import Layer

#: What a building stands for that no type of the catalog is.
OTHER_KIND = "-"

#: Numbers of which nought means that nobody knows.
NOUGHT_IS_NOTHING = ("floors", "height_m", "gfa_m2", "rent_cny_m2_day", "founded_year", "staff")

EXAMPLES = 3

#: A whole number as text, perhaps with a decimal point.
WHOLE = r"[0-9]+(?:\.0+)?"


def key_of(table: str) -> str:
    """The column whose values tell the rows of a table apart."""
    return next(row["column"] for row in words.table("columns") if row["table"] == table)


def renamed(layer: Layer, mapping: LayerMapping, log: Log) -> pd.DataFrame:
    """The columns of a layer's table, read in the model's units, with its geometry where it has one.

    `row` names each row: its key where it has one, else `#` and its number in the file. Whether the numbers of a
    column bore a unit, or its unit was named, stands in `frame.attrs["united"]`.
    """
    frame: dict[str, Any] = {}
    united = set()
    quantities = words.quantities(mapping.table)
    known = {str(name): name for name in layer.frame.columns}
    rows = _row_names(layer, mapping)
    for column, source in mapping.columns.items():
        if source.value is not None:
            given = pd.Series([source.value] * len(layer.frame), dtype=object)
        elif source.column in known:
            given = layer.frame[known[source.column]].reset_index(drop=True)
        else:
            log.say("column_missing", layer.name, column=source.column, guess=nearest(source.column, list(known)))
            continue
        reader = _Reader(layer.name, column, source, rows, log)
        frame[column] = reader.read(given, quantities[column])
        if source.unit or reader.united:
            united.add(column)
    read = pd.DataFrame(frame, index=pd.RangeIndex(len(layer.frame))).assign(row=rows.to_numpy(), layer=layer.name)
    if isinstance(layer.frame, gpd.GeoDataFrame):
        read = gpd.GeoDataFrame(read, geometry=layer.frame.geometry.to_numpy(), crs=layer.frame.crs)
    read.attrs["united"] = united
    return read


def _row_names(layer: Layer, mapping: LayerMapping) -> pd.Series[str]:
    numbers = pd.Series([f"#{n}" for n in range(1, len(layer.frame) + 1)], dtype=object)
    source = mapping.columns.get(key_of(mapping.table))
    if source is None or source.column not in layer.frame.columns:
        return numbers
    keys = identities(layer.frame[source.column])
    return keys.where(keys.notna(), numbers)


def identities(column: pd.Series[Any]) -> pd.Series[Any]:
    """Ids as text: whole numbers without a decimal point, None where there is none."""
    if pd.api.types.is_numeric_dtype(column):
        found = column.reset_index(drop=True).map(
            lambda number: f"{number:.0f}" if number == number // 1 else str(number)
        )
        return found.astype(object).where(column.notna().to_numpy(), None)
    found = values.texts(column)
    if found[found != ""].str.fullmatch(WHOLE).all():  # a spreadsheet has made numbers of them
        found = found.str.replace(r"\.0+$", "", regex=True)
    return found.astype(object).where(found != "", None)


class _Reader:
    """One column read, and what is wrong with it said."""

    def __init__(self, layer: str, column: str, source: Source, rows: pd.Series[str], log: Log) -> None:
        self._layer, self._column, self._source, self._rows, self._log = layer, column, source, rows, log
        self.united = False

    def read(self, given: pd.Series[Any], quantity: str) -> pd.Series[Any]:
        """The values of a quantity."""
        if quantity == "id":
            return identities(given)
        if quantity == "text":
            found = values.texts(given)
            return found.astype(object).where(found != "", None)
        if quantity == "quarter":
            return self._quarters(given)
        if quantity == "flag":
            return self._flags(given)
        if quantity == "category":
            return self._kinds(given)
        return self._numbers(given, quantity)

    def _numbers(self, given: pd.Series[Any], quantity: str) -> pd.Series[Any]:
        limits = self._column in LIMITS
        unit = self._source.unit
        read = values.numbers(given, quantity, unit, limits=limits) if quantity in NUMERIC else values.years(given)
        self._say("value_unreadable", read.bad, given)
        self._say("value_negative", np.nan_to_num(read.found) < 0, given)
        self._count("value_approximate", read.about, given)
        self._count("value_united", read.united, given)
        self._count("value_bounded", read.bounded, given)
        self.united = bool(read.united.any())
        found = pd.Series(read.found)
        if self._column in NOUGHT_IS_NOTHING:
            nought = (found == 0).to_numpy()
            self._count("value_nought", nought, given)
            found = found.where(~nought)
        return found

    def _quarters(self, given: pd.Series[Any]) -> pd.Series[Any]:
        read = values.quarters(given)
        self._say("date_unreadable", read.bad, given)
        self._count("date_planned", (read.found == values.PLANNED).to_numpy(), given)
        self._count("date_year_only", read.year_only, given)
        self._count("date_serial", read.serial, given)
        self._count("date_decimal", read.decimal, given)
        return read.found

    def _flags(self, given: pd.Series[Any]) -> pd.Series[Any]:
        if pd.api.types.is_bool_dtype(given):
            return given.astype(object)
        read = values.kinds(given, "flag", dict(self._source.values))
        self._say("flag_unreadable", read.bad, given)
        return read.found.map({"1": True, "0": False}).astype(object)

    def _kinds(self, given: pd.Series[Any]) -> pd.Series[Any]:
        read = values.kinds(given, self._column, dict(self._source.values), scheme=self._source.unit)
        written = values.texts(given)
        for word, count in written[read.bad].value_counts().head(EXAMPLES * EXAMPLES).items():
            self._log.say("kind_unknown", self._layer, column=self._column, value=word, rows=int(count))
        self._count("kind_other", (read.found == OTHER_KIND).to_numpy(), given)
        return read.found

    def _say(self, rule: str, bad: values.Mask, given: pd.Series[Any]) -> None:
        self._log.say_rows(rule, self._layer, bad, self._rows, column=self._column, values=given)

    def _count(self, rule: str, found: values.Mask, given: pd.Series[Any]) -> None:
        """Say once how many rows something holds for, with examples."""
        if found.any():
            examples = ", ".join(dict.fromkeys(given[found].astype(str).head(EXAMPLES)))
            self._log.say(rule, self._layer, column=self._column, value=examples, rows=int(found.sum()))


def keyed(frame: pd.DataFrame, table: str, layer: str, log: Log) -> pd.DataFrame:
    """A table with a key in every row, made for layers without one; a key that is missing or repeated is said."""
    key = key_of(table)
    given = frame[key] if key in frame.columns else pd.Series(None, frame.index, dtype=object)
    keyless = (given.notna().groupby(frame["layer"]).transform("sum") == 0).to_numpy()
    if keyless.any():
        names = ", ".join(dict.fromkeys(frame["layer"][keyless]))
        log.say("keys_made", names, column=key, rows=int(keyless.sum()))
    log.say_rows("key_empty", layer, given.isna().to_numpy() & ~keyless, frame["row"], column=key)
    repeated = given.duplicated().to_numpy() & given.notna().to_numpy()
    log.say_rows("key_repeated", layer, repeated, frame["row"], column=key, values=given)
    made = pd.Series([f"{table[0]}{n}" for n in range(1, len(frame) + 1)], index=frame.index)
    return frame.assign(**{key: given.where(given.notna(), made)})


def joined(frame: pd.DataFrame, tables: Sequence[pd.DataFrame], table: str, log: Log) -> pd.DataFrame:
    """A layer with the columns that tables without geometry add to its rows, by their key."""
    key = key_of(table)
    for other in tables:
        name = str(other["layer"].iloc[0]) if len(other) else "?"
        if key not in frame.columns or key not in other.columns:
            log.say("join_no_key", name, column=key, table=table)
            continue
        frame = _joined(frame, other, key, name, log)
    return frame


def _joined(frame: pd.DataFrame, other: pd.DataFrame, key: str, name: str, log: Log) -> pd.DataFrame:
    doubled = other[key].duplicated(keep=False).to_numpy() & other[key].notna().to_numpy()
    log.say_rows("join_doubled", name, doubled, other["row"], column=key, values=other[key])
    if doubled.any():
        return frame
    known = other[other[key].notna()].set_index(key)
    matched = frame[key].isin(known.index).to_numpy()
    if not matched.any():
        mine, theirs = (", ".join(map(str, one[key].dropna().head(EXAMPLES))) for one in (frame, other))
        log.say("join_nothing", name, column=key, value=theirs, others=mine)
        return frame
    unknown = ~other[key].isin(frame[key]).to_numpy()
    log.say_rows("join_unmatched_rows", name, unknown, other["row"], column=key, values=other[key])
    log.say_rows("join_unmatched_shapes", str(frame["layer"].iloc[0]), ~matched, frame["row"], column=key)
    log.say("join_done", name, column=key, rows=int(matched.sum()))
    united = frame.attrs.get("united", set()) | other.attrs.get("united", set())
    for column in (column for column in known.columns if column not in {"row", "layer"}):
        there = frame[key].map(known[column])
        if column in frame.columns:
            differ = frame[column].notna() & there.notna() & (frame[column].astype(str) != there.astype(str))
            log.say_rows("join_differs", name, differ.to_numpy(), frame["row"], column=column, values=there)
            there = frame[column].where(frame[column].notna(), there)
        frame = frame.assign(**{column: there})
    frame.attrs["united"] = united
    return frame


def column_of(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """A column, empty where the frame has none of that name."""
    return frame[name] if name in frame.columns else pd.Series([None] * len(frame), frame.index, dtype=object)


def layers_of(frame: pd.DataFrame, table: str) -> str:
    """The layers that a table's rows come from, as they are called in a report."""
    return ", ".join(dict.fromkeys(frame["layer"])) or table


def without_traces(frame: Any) -> Any:
    """A table without the columns that only the import needed."""
    return frame.drop(columns=[name for name in ("row", "layer", "building") if name in frame.columns])
