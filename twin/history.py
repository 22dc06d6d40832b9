"""What is published of the park and of parks like it: stylised facts, figures by date, and where each was said."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from twin.bundled import bundled
from twin.units import QUARTERS_PER_YEAR, Quarter, is_quarter


class Band(NamedTuple):
    """A figure of a stylised fact and the bounds it has to lie within."""

    figure: str
    name_en: str
    name_zh: str
    unit: str
    target: str  #: as published, before tolerance
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies within the bounds."""
        return self.low <= value <= self.high

    def clear(self, low: float, high: float) -> bool:
        """Whether a range lies on one side of every bound: within them all, or beyond one."""
        return self.low <= low <= high <= self.high or high < self.low or low > self.high


class Pattern(NamedTuple):
    """A stylised fact: what it says, whether parameters were fitted to it, where it comes from, and its figures."""

    number: int
    name_en: str
    name_zh: str
    statement_en: str
    statement_zh: str
    role: str  #: fit, held-out, or input: a parameter is set from the figure's own source
    runs: str  #: scenario or hindcast: on which runs it is judged
    source: str
    confidence: str
    note: str
    bands: tuple[Band, ...]


class Observation(NamedTuple):
    """A published figure with its date."""

    id: str
    quantity: str
    part: str  #: industry, tier, zone or building, where the quantity is given by one
    at: str  #: a year or a quarter
    value: float
    bound: str  #: `=`, or `>` where only more than the value is published
    unit: str
    tolerance: float
    scope: str  #: park, district, city …
    share: float  #: of the figure's scope that counts for the park
    comparable: str  #: yes, partly or no
    role: str  #: known before the run, fit, or held-out
    sources: int  #: independent ones that were found
    source: str
    published: str
    confidence: str
    note: str

    @property
    def expected(self) -> float:
        """The figure at the park's scale."""
        return self.value * self.share

    @property
    def years(self) -> float:
        """Its date: a year's figure stands at the middle of the year, a quarter's at the end of the quarter."""
        if is_quarter(self.at):
            quarter = Quarter.parse(self.at)
            return quarter.year + quarter.number / QUARTERS_PER_YEAR
        return int(self.at) + 0.5


@cache
def patterns() -> dict[int, Pattern]:
    """The stylised facts by number."""
    bands: dict[str, list[Band]] = {}
    for row in _rows("fact_figures"):
        low, high = float(row["low"] or -math.inf), float(row["high"] or math.inf)
        words = (row["figure"], row["name_en"], row["name_zh"], row["unit"], row["target"])
        bands.setdefault(row["number"], []).append(Band(*words, low, high))
    return {
        int(row["number"]): Pattern(
            int(row["number"]),
            row["name_en"],
            row["name_zh"],
            row["statement_en"],
            row["statement_zh"],
            row["role"],
            row["runs"],
            row["source"],
            row["confidence"],
            row["note"],
            tuple(bands[row["number"]]),
        )
        for row in _rows("facts")
    }


@cache
def observations() -> tuple[Observation, ...]:
    """The published figures in the order of the table."""
    numbers = {"value": float, "tolerance": float, "share": float, "sources": int}
    return tuple(
        Observation(**{name: numbers.get(name, str)(text) for name, text in row.items()})
        for row in _rows("observations")
    )


def observed(quantity: str, at: str) -> float:
    """The published figure of a quantity at a date, at the park's scale."""
    return next(o.expected for o in observations() if (o.quantity, o.at) == (quantity, at))


def _rows(name: str) -> list[Mapping[str, str]]:
    text = (bundled("data") / "history" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
