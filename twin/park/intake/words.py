"""The tables an import rests on: words for layers, columns, units and kinds; assumed values; and what is said."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from twin.bundled import bundled

Row = Mapping[str, str]

#: What stands between the parts of a name and says nothing.
FILLING = re.compile(r"[\s_.\-:/·（）()\[\]]+")


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of `data/catalog/intake_<name>.csv`."""
    content = (bundled("data") / "catalog" / f"intake_{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(content.splitlines()))


def value(name: str, scope: str = "") -> float:
    """An assumed value of an import, by building type where it is given so."""
    return _values()[name, scope]


def values(name: str) -> dict[str, float]:
    """An assumed value for every building type."""
    return {scope: number for (found, scope), number in _values().items() if found == name}


def plain(text: object) -> str:
    """A name as names are compared: one width, one case, one script, no filling."""
    return FILLING.sub("", simplified(unicodedata.normalize("NFKC", str(text)).casefold()))


def simplified(text: str) -> str:
    """Chinese text with the characters of the tables' words in their simplified form."""
    return text.translate(_characters())


@cache
def _characters() -> dict[int, str]:
    return {ord(row["traditional"]): row["simplified"] for row in table("characters")}


def words(row: Row) -> list[str]:
    """The words of a row, the likeliest first."""
    return [plain(word) for word in row["words"].split(";")]


@cache
def layer_words() -> dict[str, str]:
    """The table that a layer of some name is likely to be."""
    return {word: row["table"] for row in table("layers") for word in words(row)}


@cache
def column_words(table_name: str) -> dict[str, tuple[str, int]]:
    """For every word for a column of a table: the column, and how likely the word stands for it (0 is likeliest)."""
    found: dict[str, tuple[str, int]] = {}
    for row in table("columns"):
        if row["table"] == table_name:
            for rank, word in enumerate(words(row)):
                found.setdefault(word, (row["column"], rank))
    return found


@cache
def quantities(table_name: str) -> dict[str, str]:
    """What kind of thing each column of a table holds."""
    return {row["column"]: row["quantity"] for row in table("columns") if row["table"] == table_name}


@cache
def units(quantity: str) -> dict[str, tuple[str, float]]:
    """Unit and factor to the model's unit, by every word for it."""
    rows = [row for row in table("units") if row["quantity"] == quantity]
    found = {unit_word(word): (row["unit"], float(row["factor"])) for row in rows for word in row["words"].split(";")}
    return found | {unit_word(row["unit"]): (row["unit"], float(row["factor"])) for row in rows}


def unit_word(text: str) -> str:
    """A unit as units are compared."""
    found = simplified(unicodedata.normalize("NFKC", text).casefold()).replace("²", "2").replace("㎡", "m2")
    return re.sub(r"[\s.]+", "", found)


@cache
def terms(column: str) -> dict[str, str]:
    """The id that each known word of a column of kinds stands for."""
    return {word: row["id"] for row in table("terms") if row["column"] == column for word in words(row)}


@cache
def nothing() -> frozenset[str]:
    """Texts that say that a value is not known."""
    found = next(row for row in table("terms") if row["column"] == "nothing")
    return frozenset({nothing_word(word) for word in found["words"].split(";")} | {""})


def nothing_word(text: str) -> str:
    """A text as those that say nothing are compared: with its signs, which are all some of them have."""
    return simplified(unicodedata.normalize("NFKC", text).casefold())


@cache
def rules() -> dict[str, Row]:
    """What is said, and how gravely, by the name of the rule."""
    return {row["rule"]: row for row in table("rules")}


@cache
def _values() -> dict[tuple[str, str], float]:
    return {(row["id"], row["scope"]): float(row["value"]) for row in table("values")}
