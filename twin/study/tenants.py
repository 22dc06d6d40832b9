"""Who has room in each building: floor by industry and firms by stage at the end of every quarter of a run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.engine.kinds import Kind
from twin.park import Park
from twin.record import Record
from twin.study.histories import STOCK, Ints, floor_steps, log_of
from twin.units import QUARTERS_PER_YEAR

Counts = NDArray[np.int64]


class Tenants(NamedTuple):
    """The tenants of every building at the end of every quarter, added up."""

    quarters: list[str]
    buildings: list[str]
    industries: list[str]
    stages: list[str]
    floor_m2: Counts  #: (quarters, buildings, industries): what is let to firms of an industry
    firms: Counts  #: (quarters, buildings, stages): firms in a stage


def tenants_of(park: Park, record: Record) -> Tenants:
    """The tenants of a run's buildings; `park` is the one that it was made on.

    Let floor and numbers of tenants are those that the run counted (`let_m2` and `tenants` of `Record.buildings`), told
    apart. Raises ValueError where the run kept no log.
    """
    log, names = log_of(record)
    if record.firms is None:
        raise ValueError("the run kept no table of firms: simulate with events=True")
    quarters, ids = (record.buildings[name].cat.categories.tolist() for name in ("quarter", "building_id"))
    industries, stages = (record.firms[name].cat.categories.tolist() for name in ("industry", "stage"))
    steps = floor_steps(log, park.firms, pd.Index(ids))
    industry = record.firms["industry"].cat.codes.to_numpy()[pd.Index(record.firms["firm"]).get_indexer(steps.firm)]
    quarter = _quarters(steps.years, len(quarters))
    floor = np.zeros((len(quarters) + 1, len(ids), len(industries)))
    np.add.at(floor, (quarter, steps.place, industry), steps.change)

    # a firm comes with the row by which it takes floor and goes with that by which it gives it back; to take more or
    # less of it where one is, is neither
    stays = (steps.position != STOCK) & (log.kind[steps.position] == Kind.RESIZE)
    began = steps.position == STOCK
    at_start = park.firms["stage"].to_numpy()[pd.Index(park.firms["firm_id"]).get_indexer(steps.firm[began])]
    stage = log.stage[steps.position]
    stage[began] = pd.Index(stages).get_indexer(pd.Index(at_start))
    firms = np.zeros((len(quarters) + 1, len(ids), len(stages)))
    comes = np.sign(steps.change)
    np.add.at(firms, (quarter[~stays], steps.place[~stays], stage[~stays]), comes[~stays])
    up = np.flatnonzero((log.kind == Kind.ADVANCE) & (log.building >= 0))
    when, where = _quarters(log.time[up], len(quarters)), pd.Index(ids).get_indexer(names.buildings)[log.building[up]]
    np.add.at(firms, (when, where, log.stage[up]), -1.0)
    np.add.at(firms, (when, where, log.stage[up] + 1), 1.0)
    return Tenants(quarters, ids, industries, stages, _standing(floor), _standing(firms))


def _quarters(years: NDArray[np.float64], number: int) -> Ints:
    """The quarter at the end of which something that happens at a date is first counted."""
    ends = np.arange(1, number + 1) / QUARTERS_PER_YEAR
    return np.searchsorted(ends, years, side="right")


def _standing(changes: NDArray[np.float64]) -> Counts:
    """What there is at the end of each quarter; changes after the last are left out."""
    return np.rint(np.cumsum(changes[:-1], axis=0)).astype(np.int64)
