"""The register of indicators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from twin.indicators.figures import Figures, Floats
from twin.units import QUARTERS_PER_YEAR

Formula = Callable[[Figures], Floats]


@dataclass(frozen=True)
class Indicator:
    """A figure about a place in each quarter."""

    name: str
    name_zh: str
    name_en: str
    unit: str
    better: Literal["more", "less", "neither"]
    year: Literal["end", "sum", "mean"]  #: how four quarters make a year
    parts: str  #: the attribute of Figures that names its columns; "" for one number a quarter
    floor: tuple[str, ...]  #: columns of floor it needs, which not every slice has
    park_only: bool  #: whether it is known for the park as a whole only
    source: str
    formula: Formula


_INDICATORS: dict[str, Indicator] = {}

#: All indicators by name, in the order in which they are shown.
INDICATORS: Mapping[str, Indicator] = MappingProxyType(_INDICATORS)


def indicator(
    *,
    name_zh: str,
    name_en: str,
    unit: str,
    better: Literal["more", "less", "neither"] = "neither",
    year: Literal["end", "sum", "mean"] = "end",
    parts: str = "",
    floor: tuple[str, ...] = (),
    park_only: bool = False,
    source: str = "",
) -> Callable[[Formula], Formula]:
    """Register a formula, a function of `Figures` giving (Q,) or (Q, parts), under its own name."""

    def register(formula: Formula) -> Formula:
        name = formula.__name__
        _INDICATORS[name] = Indicator(
            name, name_zh, name_en, unit, better, year, parts, floor, park_only, source, formula
        )
        return formula

    return register


def of_last_year(flow: Floats) -> Floats:
    """(Q, …): a flow summed over the last four quarters, or as many as there are: for ratios of a year's sums."""
    summed = np.cumsum(flow, axis=0)
    before = np.zeros_like(summed)
    before[QUARTERS_PER_YEAR:] = summed[:-QUARTERS_PER_YEAR]
    return summed - before


def ratio(of: Floats, to: Floats) -> Floats:
    """Quotient, NaN where there is nothing to divide by."""
    return np.divide(of, to, out=np.full(np.broadcast_shapes(of.shape, to.shape), np.nan), where=to != 0)
