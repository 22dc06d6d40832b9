"""What a sweep says of its factors and of luck: the reading that its design allows, of a figure.

A design morris is screened, a design saltelli has Sobol' indices, and of any other with two replications a point or
more the variance is divided between points and luck. Where a block of morris or saltelli is crossed with others, there
is a reading at each of their points.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.analysis.screening import screening
from twin.analysis.uncertainty import crossed
from twin.analysis.variance import indices
from twin.catalog import load_catalog
from twin.errors import AnalysisError, Fault
from twin.indicators.asked import Figure
from twin.levers import LEVERS
from twin.sweeps.design import Block, LeverFactor, ScenarioFactor, SettingFactor
from twin.sweeps.points import count_of, sample_of
from twin.sweeps.reading import readings
from twin.sweeps.results import Sweep

#: What is read from a sweep.
Reading = Literal["screening", "indices", "components"]

#: The reading of a block that asks for one.
_READINGS: dict[str, Reading] = {"morris": "screening", "saltelli": "indices"}


class _Around(NamedTuple):
    """A block among those it is crossed with."""

    sizes: tuple[int, ...]  #: points of each block
    axis: int  #: which of them it is
    block: Block

    @property
    def own(self) -> int:
        """Its points."""
        return self.sizes[self.axis]

    def beside(self, rows: NDArray[np.generic]) -> NDArray[np.generic]:
        """Rows by point, (points, …), as (own points, points of all others, …)."""
        of_blocks = np.moveaxis(rows.reshape(*self.sizes, *rows.shape[1:]), self.axis, 0)
        return of_blocks.reshape(self.own, -1, *rows.shape[1:])


def reading_of(sweep: Sweep) -> Reading:
    """Which reading the design of a sweep allows. Raises AnalysisError where it allows none."""
    found = next((_READINGS[block.design] for block in sweep.design.blocks if block.design in _READINGS), None)
    if found is None and sweep.replications == 1:
        kinds = " × ".join(block.design for block in sweep.design.blocks)
        what = f"{sweep.name}: {kinds} of one replication a point tells neither of factors nor of luck"
        cure = "design: morris to screen, design: saltelli for indices, or replications: 2 or more"
        raise AnalysisError([Fault(f"{sweep.folder / 'sweep.json'}: design", what, cure)])
    return found or "components"


def sensitivity(sweep: Sweep, figure: str | Figure, *, seed: int = 0) -> pd.DataFrame:
    """The reading of a figure that the design of a sweep allows, as a table.

    The columns are those of `twin.analysis.screening.screening`, of `twin.analysis.variance.indices` or of
    `twin.analysis.uncertainty.crossed`; before them one for each factor of the blocks that are crossed with one of
    morris or saltelli. Runs that failed, or are not done yet, are missing values. `seed` is that of the intervals.
    Raises AnalysisError where the design allows none, and InputError where the sweep has not got the figure.
    """
    reading = reading_of(sweep)
    values = sweep.values(figure)
    if reading == "components":
        return crossed(values, seed=seed)
    around = _around(sweep)
    by_point = around.beside(values)
    points = around.beside(np.arange(len(values)))
    factors = [factor.label for factor in around.block.vary]
    unit = _unit(sweep, around, points[:, 0]) if reading == "screening" else None
    others = [label for label in sweep.factors if label not in factors]
    tables = []
    for n in range(by_point.shape[1]):
        of_point = by_point[:, n].astype(np.float64)
        table = indices(of_point, factors, seed=seed) if unit is None else screening(of_point, unit, factors, seed=seed)
        for place, label in enumerate(others):
            table.insert(place, label, sweep.points[label].iloc[int(points[0, n])])
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _around(sweep: Sweep) -> _Around:
    """The block of morris or saltelli of a sweep. Raises AnalysisError where its points are not those of its design."""
    known = readings(load_catalog())
    sizes = tuple(count_of(block, known) for block in sweep.design.blocks)
    if math.prod(sizes) != len(sweep.points):
        raise _other_points(sweep, f"{len(sweep.points)} points where the design has {math.prod(sizes)}")
    axis = next(n for n, block in enumerate(sweep.design.blocks) if block.design in _READINGS)
    return _Around(sizes, axis, sweep.design.blocks[axis])


def _unit(sweep: Sweep, around: _Around, points: NDArray[np.generic]) -> NDArray[np.float64]:
    """Where the points of a block of morris lie in the unit cube; the same place has always the same value.

    What takes few values steps farther than its sample does, or less far: it lies where its value is in its range.
    Words have no range: a step from one to another is a whole one.
    """
    unit = sample_of(around.block).unit.copy()
    own = sweep.points.iloc[points.astype(np.int64)]
    for column, factor in enumerate(around.block.vary):
        values = own[factor.label].to_numpy()
        _, first, place = np.unique(unit[:, column], return_index=True, return_inverse=True)
        if (values[first][place] != values).any():
            raise _other_points(sweep, f"{factor.label} is not where the sample of its design has it")
        if isinstance(factor, SettingFactor | ScenarioFactor):
            unit[:, column] = unit[:, column] > 1.0 / 2.0  # every step is from the lower half to the upper, or back
        elif factor.values is not None or (isinstance(factor, LeverFactor) and LEVERS[factor.lever].whole):
            unit[:, column] = _in_range(values.astype(np.float64), unit[:, column], len(around.block.vary) + 2)
    return unit


def _in_range(values: NDArray[np.float64], unit: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """How far values are from the least to the greatest, of trajectories of so many rows.

    `unit` where some step leads to the same value again, as it may where a list of values holds one twice.
    """
    least, most = values.min(), values.max()
    places = (values - least) / (most - least if most > least else 1.0)
    stepped, moved = (np.diff(each.reshape(-1, rows)[:, :-1], axis=1) != 0.0 for each in (unit, places))
    return places if (stepped == moved).all() else unit


def _other_points(sweep: Sweep, what: str) -> AnalysisError:
    cure = "the version of the program, and of SciPy, that laid the sweep out; sweep.json names them"
    return AnalysisError([Fault(str(sweep.folder / "plan.parquet"), what, cure)])
