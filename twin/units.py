"""Quarters, and the units planners read: 亿元, 万㎡, km²."""

from __future__ import annotations

import re
from typing import NamedTuple

YI_CNY = 1e8  #: 1 亿元
WAN_CNY = 1e4  #: 1 万元
WAN_M2 = 1e4  #: 1 万㎡
KM2_M2 = 1e6

QUARTERS_PER_YEAR = 4
DAYS_PER_YEAR = 365.0  #: for rents, which are by day


class Quarter(NamedTuple):
    """A calendar quarter."""

    year: int
    number: int  #: 1 to 4

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """The quarter written as `2026Q1`; ValueError if it is not one."""
        match = re.fullmatch(r"([0-9]{4})Q([1-4])", text)
        if match is None:
            raise ValueError(f"{text!r} is not a quarter; write it like 2026Q1")
        return cls(int(match[1]), int(match[2]))

    @property
    def ordinal(self) -> int:
        """Quarters since year 0: differences are counts of quarters."""
        return QUARTERS_PER_YEAR * self.year + self.number - 1

    @property
    def year_part(self) -> float:
        """How far the year is at the beginning of the quarter, 0 to 0.75."""
        return (self.number - 1) / QUARTERS_PER_YEAR

    def plus(self, quarters: int) -> Quarter:
        """The quarter so many quarters later."""
        year, number = divmod(self.ordinal + quarters, QUARTERS_PER_YEAR)
        return Quarter(year, number + 1)

    def years_since(self, start: Quarter) -> float:
        """Years from the beginning of `start` to the beginning of this quarter."""
        return (self.ordinal - start.ordinal) / QUARTERS_PER_YEAR

    def __str__(self) -> str:
        """As in `2026Q1`."""
        return f"{self.year}Q{self.number}"


def is_quarter(text: str) -> bool:
    """Whether a text is a quarter such as 2026Q1."""
    return re.fullmatch(r"[0-9]{4}Q[1-4]", text) is not None


class Shown(NamedTuple):
    """How a unit of the model is shown to planners."""

    per: float  #: one shown unit in units of the model
    zh: str
    en: str
    digits: int


#: Shown units by the model's unit.
SHOWN: dict[str, Shown] = {
    "firms": Shown(1, "家", "firms", 0),
    "firms/year": Shown(1, "家/年", "firms/year", 1),
    "buildings": Shown(1, "栋", "buildings", 0),
    "links": Shown(1, "个环节", "links", 0),
    "orders": Shown(1, "单", "orders", 0),
    "projects": Shown(1, "项", "projects", 0),
    "persons": Shown(1, "人", "persons", 0),
    "homes": Shown(1, "套", "homes", 0),
    "minutes": Shown(1, "分钟", "minutes", 1),
    "persons/ha": Shown(1, "人/公顷", "persons/ha", 1),
    "m²": Shown(WAN_M2, "万㎡", "10⁴ m²", 1),
    "m²/firm": Shown(1, "㎡/户", "m²/firm", 0),
    "m²/person": Shown(1, "㎡/人", "m²/person", 1),
    "share": Shown(0.01, "%", "%", 1),
    "share/year": Shown(0.01, "%/年", "%/year", 1),
    "probability": Shown(0.01, "%", "%", 1),
    "1/year": Shown(1, "/年", "/year", 3),
    "years": Shown(1, "年", "years", 2),
    "days": Shown(1, "天", "days", 0),
    "CNY": Shown(YI_CNY, "亿元", "10⁸ CNY", 2),
    "CNY/firm": Shown(WAN_CNY, "万元/家", "10⁴ CNY/firm", 1),
    "CNY/year": Shown(YI_CNY, "亿元/年", "10⁸ CNY/year", 0),
    "CNY/person/year": Shown(WAN_CNY, "万元/人·年", "10⁴ CNY/person/year", 0),
    "CNY/m²": Shown(1, "元/㎡", "CNY/m²", 0),
    "CNY/m²/year": Shown(WAN_CNY, "万元/㎡·年", "10⁴ CNY/m²/year", 1),
    "CNY/m²/day": Shown(1, "元/㎡·天", "CNY/m²/day", 2),
    "CNY/km²/year": Shown(YI_CNY, "亿元/km²·年", "10⁸ CNY/km²/year", 0),
    "1": Shown(1, "", "", 3),
}


def shown(unit: str) -> Shown:
    """How a unit is shown; a unit without an entry is shown as it is."""
    return SHOWN.get(unit, Shown(1, unit, unit, 2))
