"""What is asked of runs, in a few words: figures such as `revenue@2030`, and conditions on them.

A figure is an indicator, where it has parts one of them, and a year: `revenue@2030`, `firms_by_stage:0to1@2030`. Of
what is summed over a year, such as `public_cost@2030`, all parts add up where none is named. A condition is a figure,
`>=` or `<=` (≥, ≤), and a number in the indicator's unit, such as `revenue@2030 >= 5200e8`; 万, 亿 and 万亿 multiply by
1e4, 1e8 and 1e12, 元 may follow what is in CNY, and a share may be in %.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from twin.catalog import nearest
from twin.errors import Fault, InputError
from twin.indicators.measuring import INDICATORS, Indicator

_FIGURE = re.compile(r"(?P<indicator>[a-z0-9_]+)(?::(?P<part>[^@\s]+))?(?:@(?P<year>[0-9]{4}))?")
_CONDITION = re.compile(
    r"(?P<figure>[^<>=≥≤]*?)\s*(?P<relation>>=|<=|≥|≤)\s*(?P<bound>[^\s亿万元%]+)\s*(?P<times>万亿|[亿万%]?)\s*(?P<yuan>元?)"
)
_TIMES = {"": 1.0, "万": 1e4, "亿": 1e8, "万亿": 1e12}

#: Commas part thousands, and nothing else: 1,5 is not 15.
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


@dataclass(frozen=True)
class Figure:
    """One number of a run."""

    indicator: str
    part: str = ""  #: of an indicator with parts; "" of what is summed over a year all of them added up
    year: int | None = None  #: None for the last whole year

    @classmethod
    def parse(cls, text: str, where: str = "figure") -> Figure:
        """A figure as written. Raises InputError."""
        found = _FIGURE.fullmatch(text.strip())
        if found is None:
            cure = "an indicator and a year, such as revenue@2030"
            raise InputError([Fault(where, f"{text!r} is no figure", cure)])
        if found["indicator"] not in INDICATORS:
            what = f"unknown indicator {found['indicator']!r}"
            raise InputError([Fault(where, what, nearest(found["indicator"], INDICATORS))])
        if found["part"] and not INDICATORS[found["indicator"]].parts:
            what = f"{found['indicator']} has no parts, such as {found['part']!r}"
            raise InputError([Fault(where, what, found["indicator"])])
        about = INDICATORS[found["indicator"]]
        if about.parts and about.year != "sum" and not found["part"]:
            cure = f"one of its parts, as {about.name}:PART; its parts are {about.parts}"
            raise InputError([Fault(where, f"{about.name} has parts that do not add up", cure)])
        return cls(found["indicator"], found["part"] or "", int(found["year"]) if found["year"] else None)

    @property
    def about(self) -> Indicator:
        """What its indicator is."""
        return INDICATORS[self.indicator]

    def of(self, by_year: pd.DataFrame, where: str = "figure") -> pd.Series:
        """Its values in a table with the columns place, indicator, part, year and value, of the park as a whole.

        All other columns become the index, in order of appearance. Raises InputError where the table has not got it.
        """
        rows = by_year[(by_year["indicator"] == self.indicator) & (by_year["place"] == "park")]
        parts = rows["part"].unique().tolist()
        if self.part and self.part not in parts:
            raise InputError([Fault(where, f"{self.indicator} has no part {self.part!r}", nearest(self.part, parts))])
        years = sorted(int(year) for year in by_year["year"].unique())
        year = self.year if self.year is not None else max(years, default=None)
        if year not in years:
            cure = f"a whole year of the run, {years[0]} to {years[-1]}" if years else "a run of a whole year"
            raise InputError([Fault(where, f"{self}: the year {year} was not run", cure)])
        rows = rows[rows["year"] == year]
        if self.part:
            rows = rows[rows["part"] == self.part]
        keys = [name for name in rows.columns if name not in {"place", "indicator", "part", "year", "value"}]
        if not keys:
            return pd.Series([rows["value"].sum(skipna=False)], name="value")
        return rows.groupby(keys, sort=False)["value"].sum(min_count=1)

    def __str__(self) -> str:
        """As it is written."""
        return self.indicator + (f":{self.part}" if self.part else "") + (f"@{self.year}" if self.year else "")


@dataclass(frozen=True)
class Condition:
    """A figure that is to be so large, or so small."""

    figure: Figure
    relation: Literal[">=", "<="]
    bound: float  #: in the unit of the indicator

    @classmethod
    def parse(cls, text: str, where: str = "condition") -> Condition:
        """A condition as written. Raises InputError."""
        found = _CONDITION.fullmatch(text.strip())
        if found is None:
            cure = "a figure, >= or <=, and a number, such as `revenue@2030 >= 5200e8`"
            raise InputError([Fault(where, f"{text!r} is no condition", cure)])
        figure, said = Figure.parse(found["figure"], where), found["bound"]
        unit = figure.about.unit
        if (found["times"] == "%" and unit != "share") or (found["yuan"] and not unit.startswith("CNY")):
            what = f"{text!r} gives {figure.indicator} in {found['yuan'] or '%'}"
            raise InputError([Fault(where, what, f"a number in its unit, {unit}")])
        try:
            number = float(said.replace(",", "") if _THOUSANDS.fullmatch(said) else said)
        except ValueError:
            number = math.nan
        bound = number / 100.0 if found["times"] == "%" else number * _TIMES[found["times"]]
        if not math.isfinite(bound):
            raise InputError([Fault(where, f"{found['bound']!r} is no number", "a number, such as 5200e8 or 5200亿")])
        relation: Literal[">=", "<="] = ">=" if found["relation"] in {">=", "≥"} else "<="
        return cls(figure, relation, bound)

    def met(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Which values are as they are to be; what is no number is not."""
        found = np.asarray(values, dtype=np.float64)
        return found >= self.bound if self.relation == ">=" else found <= self.bound

    def __str__(self) -> str:
        """As it is written."""
        large = abs(self.bound) >= _TIMES["亿"]
        bound = f"{self.bound / _TIMES['亿']:.12g}e8" if large else f"{self.bound:.12g}"
        return f"{self.figure} {self.relation} {bound}"
