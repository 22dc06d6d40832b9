"""Quarters, and the units planners read: 亿元, 万㎡, km², 亩."""

from __future__ import annotations

import re
from typing import NamedTuple

YI_CNY = 1e8  #: 1 亿元
WAN_M2 = 1e4  #: 1 万㎡
MU_M2 = 10_000 / 15  #: 1 亩
KM2_M2 = 1e6

QUARTERS_PER_YEAR = 4


class Quarter(NamedTuple):
    """A calendar quarter."""

    year: int
    number: int  #: 1 to 4

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """The quarter written as `2026Q1`; ValueError if it is not one."""
        match = re.fullmatch(r"(\d{4})Q([1-4])", text)
        if match is None:
            raise ValueError(f"{text!r} is not a quarter; write it like 2026Q1")
        return cls(int(match[1]), int(match[2]))

    @property
    def index(self) -> int:
        """Quarters since year 0: differences are counts of quarters."""
        return QUARTERS_PER_YEAR * self.year + self.number - 1

    def plus(self, quarters: int) -> Quarter:
        """The quarter so many quarters later."""
        year, number = divmod(self.index + quarters, QUARTERS_PER_YEAR)
        return Quarter(year, number + 1)

    def years_since(self, start: Quarter) -> float:
        """Years from the beginning of `start` to the beginning of this quarter."""
        return (self.index - start.index) / QUARTERS_PER_YEAR

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"
