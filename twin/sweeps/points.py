"""The points of a design, worked out one at a time or as a table, never all at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.levers import LEVERS
from twin.sweeps.design import SAMPLED, Block, Factor, LeverFactor, ParameterFactor, ScenarioFactor, SettingFactor
from twin.sweeps.sampling import Sample, latin_hypercube, morris_trajectories, saltelli, sobol_sequence

Rows = NDArray[np.int64]

#: Readings of a setting by its name, in the order in which a design takes them.
Readings = Mapping[str, Sequence[str]]


class Span(NamedTuple):
    """The range of a factor that is a number."""

    low: float
    high: float
    whole: bool  #: whether only whole numbers mean something
    log: bool

    def at(self, unit: NDArray[np.float64]) -> NDArray[Any]:
        """(n,) values so far between its ends, 0 to 1."""
        if self.whole:
            wide = self.high - self.low + 1.0
            return np.minimum(self.low + np.floor(unit * wide), self.high)
        if self.log:
            between = np.exp(math.log(self.low) + unit * (math.log(self.high) - math.log(self.low)))
        else:
            between = self.low + unit * (self.high - self.low)
        # its ends to the bit, as a value just above one may be out of bounds
        within = np.clip(between, self.low, self.high)
        return np.where(unit == 0.0, self.low, np.where(unit == 1.0, self.high, within))


@dataclass(frozen=True)
class Points:
    """The points of crossed blocks; the last block's change fastest."""

    labels: tuple[str, ...]  #: of the factors
    blocks: tuple[Laid, ...]

    def __len__(self) -> int:
        """How many points there are."""
        return math.prod(block.n for block in self.blocks)

    def frame(self, rows: Rows | range) -> pd.DataFrame:
        """Some of the points: a column for each factor, the numbers of the points as index `point`."""
        wanted = np.asarray(rows, dtype=np.int64)
        columns = [column for block, own in self._own(wanted) for column in block.columns(own)]
        return pd.DataFrame(dict(zip(self.labels, columns, strict=True)), index=pd.Index(wanted, name="point"))

    def luck(self, rows: Rows | range) -> Rows:
        """(n,) which luck some of the points meet: those of the same number meet the same replications."""
        wanted = np.asarray(rows, dtype=np.int64)
        found = np.zeros(len(wanted), np.int64)
        for block, own in self._own(wanted):
            if block.luck is not None:
                found += block.luck[own]
        return found

    def _own(self, rows: Rows) -> list[tuple[Laid, Rows]]:
        """Each block with the numbers of its own points."""
        own = np.unravel_index(rows, tuple(block.n for block in self.blocks))
        return list(zip(self.blocks, own, strict=True))


@dataclass(frozen=True)
class Laid:
    """A block of points, laid out."""

    n: int
    columns: Callable[[Rows], list[NDArray[Any]]]  #: of some of its points, a column for each factor
    luck: Rows | None  #: (n,) which luck each point meets, None all the same


def count_of(block: Block, readings: Readings) -> int:
    """How many points a block has, before any is laid out."""
    if block.design == "grid":
        return math.prod(_levels(factor, readings) for factor in block.vary)
    if block.design == "zip":
        return _levels(block.vary[0], readings)
    if block.design == "list":
        return len(block.points)
    n, k = block.n or 0, len(block.vary)
    return {"lhs": n, "sobol": n, "morris": n * (k + 2), "saltelli": n * (k + 3)}[block.design]


def lay_out(blocks: Sequence[Block], catalog: Catalog, readings: Readings) -> Points:
    """The points of blocks whose factors have been checked."""
    labels = tuple(factor.label for block in blocks for factor in block.vary)
    return Points(labels, tuple(_lay_out(block, catalog, readings) for block in blocks))


def sample_of(block: Block) -> Sample:
    """The sample of a block that lays its points into ranges by itself."""
    n, k = block.n or 0, len(block.vary)
    if block.design == "lhs":
        return latin_hypercube(n, k, block.design_seed)
    if block.design == "sobol":
        return sobol_sequence(n, k, block.design_seed)
    if block.design == "morris":
        return morris_trajectories(n, k, block.levels, block.design_seed)
    return saltelli(n, k, block.design_seed)


def _lay_out(block: Block, catalog: Catalog, readings: Readings) -> Laid:
    n = count_of(block, readings)
    if block.design in SAMPLED:
        sample = sample_of(block)
        scales = [_scale(factor, catalog, readings) for factor in block.vary]

        def sampled(rows: Rows) -> list[NDArray[Any]]:
            return [scale(sample.unit[rows, column]) for column, scale in enumerate(scales)]

        return Laid(n, sampled, sample.luck if sample.luck.any() else None)
    if block.design == "list":
        listed = pd.DataFrame(list(block.points))
        values = [listed[factor.label].to_numpy() for factor in block.vary]
        return Laid(n, lambda rows: [column[rows] for column in values], None)
    values = [values_of(factor, catalog, readings) for factor in block.vary]
    if block.design == "zip":
        return Laid(n, lambda rows: [column[rows] for column in values], None)
    shape = tuple(len(column) for column in values)

    def combined(rows: Rows) -> list[NDArray[Any]]:
        return [column[own] for column, own in zip(values, np.unravel_index(rows, shape), strict=True)]

    return Laid(n, combined, None)


def values_of(factor: Factor, catalog: Catalog, readings: Readings) -> NDArray[Any]:
    """The values that a factor of a grid or zip takes."""
    if isinstance(factor, ScenarioFactor):
        return np.array(factor.scenarios)
    if isinstance(factor, SettingFactor):
        return np.array(factor.values or readings[factor.setting])
    if factor.values is not None:
        return np.array(factor.values, dtype=np.float64)
    span = span_of(factor, catalog)
    if span.whole:
        return np.unique(np.round(np.linspace(span.low, span.high, factor.steps or 2)))
    return span.at(np.linspace(0.0, 1.0, factor.steps or 2))


def span_of(factor: ParameterFactor | LeverFactor, catalog: Catalog) -> Span:
    """The range of a factor; where it says none, a parameter's is that of its catalog row."""
    whole, low, high = False, factor.low, factor.high
    if isinstance(factor, LeverFactor):
        whole = LEVERS[factor.lever].whole
    elif low is None or high is None:
        found = range_of(factor, catalog)
        low, high = found[0] if low is None else low, found[1] if high is None else high
    return Span(float(low or 0.0), float(high or 0.0), whole, factor.scale == "log")


def range_of(factor: ParameterFactor, catalog: Catalog) -> tuple[float, float]:
    """The range of the catalog row of a parameter; of one that goes from low to high of its rows, 0 to 1.

    Of a factor on the value in force it is not known: not a number.
    """
    meaning = meaning_of(factor, catalog)
    if meaning == "span":
        return 0.0, 1.0
    rows = rows_of(factor.parameter, catalog)
    if meaning == "times" or len(rows) != 1:
        return math.nan, math.nan
    return float(rows[0]["low"]), float(rows[0]["high"])


def meaning_of(factor: ParameterFactor, catalog: Catalog) -> str:
    """What the numbers of a parameter are: its `value`, `times` the value in force, or how far along its `span`."""
    return factor.by or ("span" if len(rows_of(factor.parameter, catalog)) > 1 else "value")


def rows_of(parameter: str, catalog: Catalog) -> list[Mapping[str, str]]:
    """The catalog rows of `quantity` or `quantity.scope`; of a scope without a row of its own, that for all."""
    quantity, _, scope = parameter.partition(".")
    rows = [row for row in catalog.tables["parameters"] if row["id"] == quantity]
    if not scope:
        return rows
    return [row for row in rows if row["scope"] == scope] or [row for row in rows if not row["scope"]]


def keys_of(factor: ParameterFactor, catalog: Catalog) -> dict[str, str]:
    """The parameters that a factor sets, as a scenario says them, and the scope of each; that for all scopes first.

    Of one that multiplies values in force, those are of the catalog that is given.
    """
    quantity, _, scope = factor.parameter.partition(".")
    meaning = meaning_of(factor, catalog)
    if scope or meaning == "value":
        return {factor.parameter: scope}
    rows = [row["scope"] for row in rows_of(quantity, catalog)]
    scopes = rows if meaning == "span" else [s for q, s in catalog.values if q == quantity]
    return {f"{quantity}.{one}" if one else quantity: one for one in sorted(scopes, key=bool)}


def _levels(factor: Factor, readings: Readings) -> int:
    """How many values a factor of a grid or zip takes, at most."""
    if isinstance(factor, ScenarioFactor):
        return len(factor.scenarios)
    if isinstance(factor, SettingFactor):
        return len(factor.values or readings.get(factor.setting, ()))
    if factor.values is not None:
        return len(factor.values)
    steps = factor.steps or 2
    if isinstance(factor, LeverFactor) and LEVERS[factor.lever].whole:
        return min(steps, round((factor.high or 0.0) - (factor.low or 0.0)) + 1)
    return steps


def _scale(factor: Factor, catalog: Catalog, readings: Readings) -> Callable[[NDArray[np.float64]], NDArray[Any]]:
    """From where a sample lies between 0 and 1 to a value of a factor."""
    if isinstance(factor, ParameterFactor | LeverFactor) and factor.values is None:
        return span_of(factor, catalog).at
    values = values_of(factor, catalog, readings)
    return lambda unit: values[np.minimum((unit * len(values)).astype(np.int64), len(values) - 1)]
