"""A slice of a record as arrays: what every indicator is a function of. Slicing is done here, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.record import Record
from twin.units import Quarter

Floats = NDArray[np.float64]

#: The zone whose figures are the park's.
PARK = "park"

GROUP_AXES = ("quarter", "cell", "industry", "stage")


@dataclass(frozen=True)
class Figures:
    """One place, or the park, quarter by quarter."""

    quarters: list[str]
    industries: list[str]
    stages: list[str]
    services: list[str]
    reasons: list[str]
    area_km2: Floats  #: (Q,) of the zone in force
    groups: Mapping[str, Floats]  #: column of Record.groups: (Q, I, G)
    floor: Mapping[str, Floats]  #: column of Record.buildings: (Q,) sums over the place's buildings
    served: Mapping[str, Floats]  #: column of Record.services: (Q, V), of the park as a whole
    unmet: Mapping[str, Floats]  #: column of Record.unmet: (Q, R, I), of the park as a whole
    waiting: Floats  #: (Q, I) firms without room at the quarter's end, of the park as a whole
    park: Figures | None  #: what a place is compared with; None for the park itself

    def firms(self, column: str = "resident_firms") -> Floats:
        """(Q,): a column of the groups, summed over industries and stages."""
        return self.groups[column].sum(axis=(1, 2))

    def by_industry(self, column: str) -> Floats:
        """(Q, I): a column of the groups by industry."""
        return self.groups[column].sum(axis=2)

    def by_stage(self, column: str) -> Floats:
        """(Q, G): a column of the groups by stage."""
        return self.groups[column].sum(axis=1)


def slices(record: Record, by: str) -> Iterator[tuple[str, Figures]]:
    """The slices of a record: the `park` as a whole, each `zone` with a boundary in it, or each `industry`.

    A zone counts the buildings that lie in it under the boundary of each quarter. Firms without a building belong to
    the park, where they are registered, and to no zone.
    """
    groups = _cube(record.groups, GROUP_AXES)
    buildings = _cube(record.buildings.drop(columns="cell"), ("quarter", "building_id"))
    whole = _figures(record, groups, buildings, *_cells_of(record, PARK), None)
    if by == "park":
        yield PARK, whole
    elif by == "zone":
        for zone in record.zones["zone_id"].unique():
            if zone != PARK:
                yield zone, _figures(record, groups, buildings, *_cells_of(record, zone), whole)
    elif by == "industry":
        for n, industry in enumerate(whole.industries):
            only = np.zeros(len(whole.industries))
            only[n] = 1.0
            part = {name: values * only[None, :, None] for name, values in whole.groups.items()}
            # no building is of one industry: of its floor only what its firms let is known
            floor = {"let_m2": part["floor_m2"].sum(axis=(1, 2))}
            yield industry, Figures(**{**vars(whole), "groups": part, "floor": floor, "park": whole})
    else:
        raise ValueError(f"by={by!r}; it is 'park', 'zone' or 'industry'")


def _figures(
    record: Record,
    groups: Mapping[str, Floats],
    buildings: Mapping[str, Floats],
    inside: Floats,
    area_km2: Floats,
    park: Figures | None,
) -> Figures:
    cells = record.buildings["cell"].cat.codes.to_numpy().reshape(len(inside), -1)
    within = np.take_along_axis(inside, cells.astype(np.int64), axis=1)
    columns = record.groups, record.services, record.unmet
    return Figures(
        quarters=list(columns[0]["quarter"].cat.categories),
        industries=list(columns[0]["industry"].cat.categories),
        stages=list(columns[0]["stage"].cat.categories),
        services=list(columns[1]["service"].cat.categories),
        reasons=list(columns[2]["reason"].cat.categories),
        area_km2=area_km2,
        groups={name: np.einsum("qcis,qc->qis", values, inside) for name, values in groups.items()},
        floor={
            name: (values * within).sum(axis=1)
            for name, values in buildings.items()
            if name in {"stock_m2", "let_m2", "offline_m2"}
        },
        served=_cube(record.services, ("quarter", "service")),
        unmet=_cube(record.unmet, ("quarter", "reason", "industry")),
        waiting=_cube(record.waiting, ("quarter", "industry"))["firms"],
        park=park,
    )


def _cells_of(record: Record, zone: str) -> tuple[Floats, Floats]:
    """(Q, C) which cells a zone has in each quarter, (Q,) its area in km²; a park without boundary has every cell."""
    cells = list(record.groups["cell"].cat.categories)
    quarters = [Quarter.parse(q).ordinal for q in record.groups["quarter"].cat.categories]
    inside, area = np.zeros((len(quarters), len(cells))), np.zeros(len(quarters))
    rows = record.zones[record.zones["zone_id"] == zone]
    for (first, last, km2), version in rows.groupby(["valid_from", "valid_to", "area_km2"], sort=False):
        begins = Quarter.parse(str(first)).ordinal if first != "" else -(2**31)
        ends = Quarter.parse(str(last)).ordinal if last != "" else 2**31
        for q, quarter in enumerate(quarters):
            if begins <= quarter < ends:
                area[q] += km2
                inside[q, [cells.index(cell) for cell in version["cell"] if cell]] = 1.0
    if zone == PARK:
        if rows.empty:
            inside[:] = 1.0
            area[:] = np.nan
        inside[:, -1] = 1.0
    return inside, area


def _cube(frame: pd.DataFrame, axes: tuple[str, ...]) -> dict[str, Floats]:
    """The value columns of a dense tidy frame as arrays with an axis for each id column."""
    shape = [len(frame[axis].cat.categories) for axis in axes]
    return {
        str(name): frame[name].to_numpy(dtype=np.float64).reshape(shape) for name in frame.columns if name not in axes
    }
