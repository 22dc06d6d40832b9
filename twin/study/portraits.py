"""What becomes of each building over many runs, quarter by quarter: never one run, but how runs are spread.

A number has its median and the range that holds nine runs in ten; a yes or no has the share of runs; of industries and
stages, which one leads in most runs, in what share of them, and the mean mix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.park import Park
from twin.record import Record
from twin.study.replications import COVERAGE, Study
from twin.study.tenants import tenants_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Where in no run anybody is a tenant, or anything is counted.
NOBODY = -1


class Spread(NamedTuple):
    """A number over runs, (quarters, buildings) each; not a number where no run has it."""

    median: Floats
    low: Floats  #: low and high hold nine runs in ten between them
    high: Floats


class Mix(NamedTuple):
    """Which of several things a building is mostly, over runs."""

    ids: list[str]
    leading: Ints  #: (quarters, buildings): the one that leads in most runs, by its place in `ids`; NOBODY
    agreement: Floats  #: (quarters, buildings): the share of all runs in which it does
    share: Floats  #: (quarters, buildings, ids): mean shares of floor, or of firms, over the runs with any


@dataclass(frozen=True)
class Portrait:
    """The buildings of a study by quarter."""

    quarters: list[str]
    buildings: list[str]
    replications: int
    occupancy: Spread  #: let over lettable floor
    rent_cny_m2_day: Spread  #: asked
    tenants: Spread  #: firms
    works: Floats  #: (quarters, buildings): share of runs in which works go on in it
    found: Floats  #: (quarters, buildings): share of runs in which it is found to be low-efficient
    industries: Mix | None  #: by floor; None where runs kept no logs
    stages: Mix | None  #: by firms


def portrait(study: Study) -> Portrait:
    """The buildings of a study. Raises ValueError where it kept no records."""
    return portrait_of(study.park, study.records)


def portrait_of(park: Park, records: Sequence[Record]) -> Portrait:
    """The buildings of runs of one scenario on one park. Raises ValueError where there are none."""
    if not records:
        raise ValueError("no runs were kept")
    quarters, ids = (records[0].column("buildings", name).categories.tolist() for name in ("quarter", "building_id"))
    shape = (len(records), len(quarters), len(ids))

    def panel(name: str) -> Floats:
        """(runs, quarters, buildings): a column of the panels."""
        columns = [np.asarray(record.column("buildings", name), dtype=np.float64) for record in records]
        return np.stack(columns).reshape(shape)

    stock = panel("stock_m2")
    there = stock > 0
    occupancy = np.divide(panel("let_m2"), stock, out=np.full(shape, np.nan), where=there)
    found = np.stack([_is_found(record).reshape(shape[1:]) for record in records])
    logged = all(record.events is not None for record in records)
    told = [tenants_of(park, record) for record in records] if logged else []
    return Portrait(
        quarters,
        ids,
        len(records),
        _spread(occupancy),
        _spread(np.where(there, panel("rent_cny_m2_day"), np.nan)),
        _spread(np.where(there, panel("tenants"), np.nan)),
        (panel("works_m2") > 0).mean(axis=0),
        found.mean(axis=0),
        _mix(told[0].industries, [one.floor_m2 for one in told]) if told else None,
        _mix(told[0].stages, [one.firms for one in told]) if told else None,
    )


def _is_found(record: Record) -> NDArray[np.bool_]:
    findings = record.column("buildings", "finding")
    return np.asarray(pd.Index(findings.categories) != "none")[findings.codes]


def _spread(values: Floats) -> Spread:
    """Median and range over runs (runs, ...), of those that have the number.

    As `numpy.nanquantile` has them, which goes from place to place in Python: 4.5 s for 20 runs of ten years of the
    shipped park where this takes 0.02 s.
    """
    tail = (1.0 - COVERAGE) / 2.0
    ordered = np.sort(values, axis=0)  # what is no number is last
    known = np.isfinite(ordered).sum(axis=0)

    def at(share: float) -> Floats:
        place = share * np.maximum(known - 1, 0)
        lower = np.floor(place).astype(np.int64)
        upper = np.minimum(lower + 1, np.maximum(known - 1, 0))
        first, second = (np.take_along_axis(ordered, n[None], axis=0)[0] for n in (lower, upper))
        between: Floats = first + (place - lower) * (second - first)
        return np.where(known > 0, between, np.nan)

    return Spread(at(0.5), at(tail), at(1.0 - tail))


def _mix(ids: list[str], counts: Sequence[Ints]) -> Mix:
    """What leads, and the mean mix; `counts` are (quarters, buildings, ids) of each run. The first of equals leads."""
    shape = counts[0].shape
    votes, shares, filled = np.zeros(shape), np.zeros(shape), np.zeros(shape[:2])
    for one in counts:
        whole = one.sum(axis=2)
        has = whole > 0
        quarter, building = np.nonzero(has)
        votes[quarter, building, one.argmax(axis=2)[has]] += 1
        shares += np.divide(one, whole[..., None], out=np.zeros(shape), where=has[..., None])
        filled += has
    leading = np.where(filled > 0, votes.argmax(axis=2), NOBODY)
    mean = np.divide(shares, filled[..., None], out=np.zeros(shape), where=filled[..., None] > 0)
    return Mix(ids, leading, votes.max(axis=2) / len(counts), mean)
