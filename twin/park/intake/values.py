"""What stands in a column, read as what the model needs: numbers with units, quarters, flags and kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.park.intake import words

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Texts = "pd.Series[str]"

#: A number as people write it, with what stands before and after it.
NUMBER = (
    r"^(?P<about>约|約|大约|近|超|逾|~|≈|ca|approx|about|c)?\s*(?:地上)?\s*"
    r"(?P<number>[-+]?[0-9][0-9\s,.']*)(?P<unit>.*)$"
)

#: Thousands in groups of three, and a comma that is a decimal sign.
GROUPED = r"^[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?$"
GROUPED_BY_POINTS = r"^[-+]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$|^[-+]?[0-9]{1,3}(?:\.[0-9]{3}){2,}$"
DECIMAL_COMMA = r"^[-+]?[0-9]+,[0-9]+$"

#: What says that a number is the most allowed, before or after it, and a range, of which the end is.
AT_MOST = (
    r"^(?:≤|<=|<|不大于|不大於|不超过|不超過|不高于|不高於|至多|最高|最大|max\.?|up to)\s*(?=[0-9])"
    r"|(?<=.)(?:以下|以内|以內)$"
)
RANGE = r"^[0-9][0-9.,]*[^0-9.,\-–—~至到]*\s*(?:[-–—~至到])\s*(?=[0-9])"

#: A unit in brackets that is all that follows a number, and what else may follow a unit.
BRACKETED = r"^\((?P<unit>[^()]+)\)$"
AFTER_UNIT = r"(?:左右|以上|余|餘|\(.*\)|地下.*)$"

#: Dates as people write them: a year, perhaps a quarter or a month, perhaps a day.
DATE = (
    r"^(?P<year>[0-9]{4})(?:\.0)?\s*年?\s*(?:[-/.年]?\s*(?:[Qq第]\s*(?P<quarter>[1-4一二三四])\s*季?度?"
    r"|(?P<month>1[0-2]|0?[1-9])(?![0-9])\s*月?.*))?$"
)
COMPACT_DATE = r"^(?P<year>(?:18|19|20|21)[0-9]{2})(?P<month>0[1-9]|1[0-2])(?P<day>[0-3][0-9])?[0-9]{0,6}$"

#: Days since the end of 1899, as spreadsheets count them, but for those that look like a year; and the day of nought.
SERIAL_DATE = r"^(?!18|19|20|21)(?P<days>[1-7][0-9]{4})(?:\.[0-9]+)?$"
SERIAL_ORIGIN = "1899-12-30"

#: A number whose first two decimals are a month: 2015.1 is what is left of 2015.10, and 2015.6 of a June.
DECIMAL_MONTH = r"^(?P<year>(?:18|19|20|21)[0-9]{2})\.(?P<month>0[1-9]|1[0-2]?|[2-9])$"
OCTOBER = "10"

CHINESE_QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
FIRST_YEAR, LAST_YEAR = 1000, 2200
MONTHS_PER_QUARTER = 3


class Numbers(NamedTuple):
    """Numbers read from a column, in the model's unit."""

    found: Floats  #: nan where nothing stands or nothing can be read
    empty: Mask  #: nothing stands there
    bad: Mask  #: something stands there that is no number, or in a unit that is none
    about: Mask  #: said to be approximate
    united: Mask  #: with a unit of its own
    bounded: Mask  #: said as the most allowed, or as a range up to it


def texts(column: pd.Series[Any]) -> pd.Series[str]:
    """A column as text in one width, without spaces around it; what says that nothing is known is empty."""
    found = column.astype(object).where(column.notna(), "").astype(str).str.normalize("NFKC").str.strip()
    return found.where(~found.map(words.nothing_word).isin(words.nothing()), "").reset_index(drop=True)


def numbers(column: pd.Series[Any], quantity: str, unit: str = "", *, limits: bool = False) -> Numbers:
    """The numbers in a column, given in a unit, or in the model's where none is named; a cell's own unit comes first.

    Where the column holds `limits`, `≤2.5` and `2.0-2.5` are read as their upper bound. Raises KeyError where the unit
    is not one of the quantity.
    """
    known = words.units(quantity)
    factor = known[words.unit_word(unit)][1] if unit else 1.0
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        plain: Floats = column.to_numpy(dtype=np.float64, na_value=np.nan)
        none = np.zeros(len(plain), np.bool_)
        return Numbers(plain * np.float64(factor), np.isnan(plain), np.isinf(plain), none, none, none)
    written = texts(column)
    upper = _upper_bounds(written) if limits else written
    parts = upper.str.extract(NUMBER)
    number = pd.to_numeric(_decimal(parts["number"].fillna("")), errors="coerce").to_numpy(dtype=float)
    own = parts["unit"].fillna("").map(words.unit_word)
    own = _bare_units(own, known)
    factors = own.map({word: scale for word, (_, scale) in known.items()}).to_numpy(dtype=float)
    factors = np.where(own.to_numpy() == "", factor, factors)
    tens_of_thousands = (own == "万").to_numpy()
    factors = np.where(tens_of_thousands & np.isnan(factors), factor * 1e4, factors)
    empty = (written == "").to_numpy()
    found = np.asarray(number * factors, dtype=np.float64)
    bad = ~empty & ~np.isfinite(found)
    about = parts["about"].notna().to_numpy() | written.str.contains("左右|以上|余|餘").to_numpy()
    bounded = (upper != written).to_numpy() & ~bad
    return Numbers(found, empty, bad, about & ~bad, (own != "").to_numpy() & ~bad, bounded)


def _upper_bounds(written: pd.Series[str]) -> pd.Series[str]:
    """Limits without what says that they are one, and the end of ranges."""
    return written.str.replace(AT_MOST, "", regex=True).str.replace(RANGE, "", regex=True)


def _bare_units(own: pd.Series[str], known: Mapping[str, object]) -> pd.Series[str]:
    """Units without brackets around them, or without what is said behind them."""
    inside = own.str.extract(BRACKETED)["unit"]
    return inside.where(inside.isin([*known, "万"]), own.str.replace(AFTER_UNIT, "", regex=True))


def _decimal(written: pd.Series[str]) -> pd.Series[str]:
    """Numbers with a decimal point and nothing else, from whatever marks thousands and decimals."""
    bare = written.str.replace(r"[\s']", "", regex=True).str.rstrip(".,")
    grouped = bare.str.match(GROUPED)
    points = bare.str.match(GROUPED_BY_POINTS)
    comma = bare.str.match(DECIMAL_COMMA) & ~grouped
    bare = bare.where(~points, bare.str.replace(".", "", regex=False).str.replace(",", ".", regex=False))
    bare = bare.where(~comma, bare.str.replace(",", ".", regex=False))
    return bare.where(~grouped, bare.str.replace(",", "", regex=False))


#: What stands for the quarter of what is still to be built.
PLANNED = "planned"


class Dates(NamedTuple):
    """Quarters read from a column."""

    found: pd.Series[Any]  #: as 2026Q1, or PLANNED; None where nothing stands or nothing can be read
    empty: Mask
    bad: Mask
    year_only: Mask  #: read as the quarter of an assumed month
    serial: Mask  #: read as the count of days of a spreadsheet
    decimal: Mask  #: read as a year and, behind the point, a month


def quarters(column: pd.Series[Any]) -> Dates:
    """The quarters in which the dates of a column lie; a year without a month gets an assumed one."""
    if pd.api.types.is_datetime64_any_dtype(column):
        found = column.reset_index(drop=True)
        known = found.notna()
        texts_ = found.dt.year.astype("Int64").astype(str) + "Q" + found.dt.quarter.astype("Int64").astype(str)
        values = texts_.astype(object).where(known, None)
        none = np.zeros(len(found), np.bool_)
        return Dates(values, ~known.to_numpy(), none, none, none, none)
    written = texts(column)
    written = written.where(~written.isin(["0", "0.0", "0000"]), "")
    dotted = written.str.extract(DECIMAL_MONTH)
    if pd.api.types.is_numeric_dtype(column):  # a number has lost the nought of October
        dotted["month"] = dotted["month"].where(dotted["month"] != "1", OCTOBER)
    serial = _serial_dates(written)
    parts = serial.combine_first(dotted).combine_first(written.str.extract(DATE))
    compact = written.str.extract(COMPACT_DATE)
    year = pd.to_numeric(parts["year"].fillna(compact["year"]), errors="coerce")
    month = pd.to_numeric(parts["month"].fillna(compact["month"]), errors="coerce")
    quarter = pd.to_numeric(parts["quarter"].replace(CHINESE_QUARTERS), errors="coerce")
    empty = (written == "").to_numpy()
    readable = year.between(FIRST_YEAR, LAST_YEAR).to_numpy()
    year_only = readable & month.isna().to_numpy() & quarter.isna().to_numpy()
    month = month.fillna(words.value("month_of_year_only"))
    quarter = quarter.fillna((month - 1) // MONTHS_PER_QUARTER + 1)
    values = (year.astype("Int64").astype(str) + "Q" + quarter.astype("Int64").astype(str)).astype(object)
    planned = written.map(words.plain).isin(words.terms("date")).to_numpy()
    values = values.where(readable, None).where(~planned, PLANNED)
    counted, decimal = (frame["year"].notna().to_numpy() for frame in (serial, dotted))
    return Dates(values, empty, ~empty & ~readable & ~planned, year_only, counted, decimal)


def _serial_dates(written: pd.Series[str]) -> pd.DataFrame:
    """Year and month, as text, of the counts of days that spreadsheets keep dates as."""
    days = pd.to_numeric(written.str.extract(SERIAL_DATE)["days"], errors="coerce")
    date = pd.to_datetime(days, unit="D", origin=SERIAL_ORIGIN)
    return pd.DataFrame({"year": date.dt.strftime("%Y"), "month": date.dt.strftime("%m")})


def years(column: pd.Series[Any]) -> Numbers:
    """The years in a column of years or dates, with what part of it has passed where that is given."""
    plain = pd.to_numeric(texts(column), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    dates = quarters(column)
    split = dates.found.astype("string").str.extract(r"(?P<year>[0-9]+)Q(?P<quarter>[1-4])")
    fraction = np.where(
        dates.year_only, 0.0, (pd.to_numeric(split["quarter"]).to_numpy(float, na_value=np.nan) - 1) / 4
    )
    found = pd.to_numeric(split["year"]).to_numpy(dtype=float, na_value=np.nan) + fraction
    is_year = (plain >= FIRST_YEAR) & (plain <= LAST_YEAR)
    none = np.zeros(len(found), np.bool_)
    return Numbers(np.where(is_year, plain, found), dates.empty, dates.bad & ~is_year, none, none, none)


class Kinds(NamedTuple):
    """Ids read from a column of kinds."""

    found: pd.Series[Any]  #: None where nothing stands or the word is not known
    empty: Mask
    bad: Mask


def kinds(column: pd.Series[Any], name: str, given: dict[str, str] | None = None, scheme: str = "") -> Kinds:
    """The catalog ids for the words in a column; `given` says what words of one's own stand for.

    `scheme` names a classification of industries whose codes stand in the column.
    """
    written = texts(column)
    own = {words.plain(word): found for word, found in (given or {}).items()}
    distinct = pd.Series(written.unique())
    found = distinct.map({word: (words.terms(name) | own).get(words.plain(word)) for word in distinct})
    if scheme:
        found = found.where(found.notna(), _by_code(distinct, scheme))
    values = written.map(dict(zip(distinct, found, strict=True))).astype(object)
    values = values.where(values.notna(), None)
    empty = (written == "").to_numpy()
    return Kinds(values.where(~empty, None), empty, ~empty & values.isna().to_numpy())


def schemes() -> list[str]:
    """The classifications of industries whose codes are known."""
    return sorted({row["scheme"] for row in words.table("codes")})


def _by_code(codes: pd.Series[str], scheme: str) -> pd.Series[Any]:
    """Industries of codes of a classification, by the longest prefix that is known."""
    digits = codes.str.replace(r"[^0-9]", "", regex=True)
    rows = [row for row in words.table("codes") if row["scheme"] == scheme]
    found = pd.Series([None] * len(codes), dtype=object)
    for row in sorted(rows, key=lambda row: len(row["prefix"])):
        found = found.where(~(digits.str.startswith(row["prefix"]) & (digits != "")), row["industry"])
    return found
