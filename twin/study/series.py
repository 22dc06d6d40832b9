"""Quantities of a record by quarter, as published figures and stylised facts speak of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.indicators.figures import Figures, slices
from twin.indicators.money import revenue
from twin.indicators.registry import ratio
from twin.indicators.space import floor_vacant
from twin.park import Park
from twin.record import Record
from twin.units import QUARTERS_PER_YEAR, Quarter, is_quarter

Floats = NDArray[np.float64]

#: A quantity of a record on a park, by quarter, for an industry, tier, zone or building.
Series = Callable[[Record, Park, str], Floats]

#: Industries that the statistics of information services are set beside.
IT = ("ai", "industrial_internet", "virtual_reality", "scifi_games")

#: The quarter at whose end the index of rents is 1.
RENT_BASE = "2022Q4"


class UnknownError(Exception):
    """A record does not hold a quantity; the message says what is missing."""


def quarters_of(record: Record) -> list[str]:
    """The quarters counted."""
    return list(record.groups["quarter"].cat.categories)


def panel(record: Record, column: str) -> Floats:
    """(quarters, cells, industries, stages): a column of the groups."""
    return _shaped(record.groups, column, ("quarter", "cell", "industry", "stage"))


def by_building(record: Record, column: str) -> Floats:
    """(quarters, buildings): a column of the buildings."""
    return _shaped(record.buildings, column, ("quarter", "building_id"))


def of_park(record: Record) -> Figures:
    """The figures of the park as a whole, within the boundary in force."""
    return next(iter(slices(record, "park")))[1]


def vacancy(record: Record) -> Floats:
    """(quarters,): vacant over open floor of the park."""
    figures = of_park(record)
    return ratio(floor_vacant(figures), figures.floor["stock_m2"] - figures.floor["offline_m2"])


def rent_steps(record: Record) -> Floats:
    """(quarters - 1,): mean log change of asking rents, over buildings open in both quarters, weighted by floor."""
    rent, stock = by_building(record, "rent_cny_m2_day"), by_building(record, "stock_m2")
    weight = np.where((stock[1:] > 0) & (stock[:-1] > 0), stock[:-1], 0.0)
    steps = np.log(rent[1:] / rent[:-1])
    return (weight * steps).sum(axis=1) / np.maximum(weight.sum(axis=1), 1.0)


def firms_of(record: Record, industries: Sequence[str]) -> Floats:
    """(quarters,): firms of some industries, resident or registered only."""
    counts = panel(record, "resident_firms") + panel(record, "remote_firms")
    return counts[:, :, _industries(record, industries)].sum(axis=(1, 2, 3))


def revenue_of(record: Record, industries: Sequence[str]) -> Floats:
    """(quarters,): revenue of some industries, CNY a year."""
    return panel(record, "revenue_cny")[:, :, _industries(record, industries)].sum(axis=(1, 2, 3))


def tier_firms(record: Record, tier: str) -> Floats:
    """(quarters,): firms that hold a tier. Raises UnknownError where a record has no such tier."""
    frame = record.tiers
    if tier not in frame["tier"].cat.categories:
        raise UnknownError(f"records hold no tier {tier}")
    of = frame[frame["tier"].astype(str) == tier]
    by_quarter: pd.Series = of.groupby(of["quarter"].astype(str))["firms"].sum()
    return by_quarter.reindex(quarters_of(record)).to_numpy(dtype=np.float64)


def m2_per_firm(record: Record, zone: str) -> Floats:
    """(quarters,): open floor of a zone over the firms on site. Raises UnknownError where there is no such zone."""
    cells = list(record.groups["cell"].cat.categories)
    inside = [cells.index(cell) for cell in record.zones.loc[record.zones["zone_id"] == zone, "cell"].unique() if cell]
    if not inside:
        raise UnknownError(f"the park has no zone {zone}")
    first = record.buildings.iloc[: len(record.buildings["building_id"].cat.categories)]
    here = np.isin(first["cell"].cat.codes.to_numpy(), inside)
    firms = panel(record, "resident_firms")[:, inside].sum(axis=(1, 2, 3))
    return by_building(record, "stock_m2")[:, here].sum(axis=1) / np.maximum(firms, 1.0)


def occupancy(record: Record, park: Park, name_zh: str) -> Floats:
    """(quarters,): let over open floor of a building by its name. Raises UnknownError where there is none."""
    names = park.firm_buildings
    rows = np.flatnonzero(names["name_zh"].astype(str) == name_zh) if "name_zh" in names else np.zeros(0, dtype=int)
    if not len(rows):
        raise UnknownError(f"the park has no building {name_zh}")
    ids = list(record.buildings["building_id"].cat.categories)
    at = ids.index(names["building_id"].iloc[rows[0]])
    return by_building(record, "let_m2")[:, at] / np.maximum(by_building(record, "stock_m2")[:, at], 1.0)


def rent_index(record: Record) -> Floats:
    """(quarters,): asking rents against those of 2022Q4. Raises UnknownError where that quarter was not counted."""
    level = np.exp(np.concatenate([[0.0], np.cumsum(rent_steps(record))]))
    if RENT_BASE not in quarters_of(record):
        raise UnknownError(f"{RENT_BASE} was not counted")
    return level / level[quarters_of(record).index(RENT_BASE)]


#: Quantities of the published figures that a record can be set beside.
SERIES: Mapping[str, Series] = {
    "revenue_cny": lambda record, _park, _part: revenue(of_park(record)),
    "industry_revenue_cny": lambda record, _park, part: revenue_of(record, [part]),
    "it_revenue_cny": lambda record, _park, _part: revenue_of(record, IT),
    "industry_firms": lambda record, _park, part: firms_of(record, [part]),
    "tier_firms": lambda record, _park, part: tier_firms(record, part),
    "m2_per_firm": lambda record, _park, part: m2_per_firm(record, part),
    "occupancy": occupancy,
    "vacancy": lambda record, _park, _part: vacancy(record),
    "rent_index": lambda record, _park, _part: rent_index(record),
}


def value_at(series: Floats, quarters: Sequence[str], at: str) -> float:
    """A series at the end of a quarter, or over a year, as the mean of its quarters. Raises UnknownError."""
    wanted = [at] if is_quarter(at) else [str(Quarter(int(at), n + 1)) for n in range(QUARTERS_PER_YEAR)]
    if absent := [quarter for quarter in wanted if quarter not in quarters]:
        raise UnknownError(f"{absent[0]} was not counted")
    return float(np.mean([series[list(quarters).index(quarter)] for quarter in wanted]))


def _industries(record: Record, wanted: Sequence[str]) -> list[int]:
    known = list(record.groups["industry"].cat.categories)
    if absent := [name for name in wanted if name not in known]:
        raise UnknownError(f"the park has no industry {absent[0]}")
    return [known.index(name) for name in wanted]


def _shaped(frame: pd.DataFrame, column: str, axes: Sequence[str]) -> Floats:
    return frame[column].to_numpy(dtype=np.float64).reshape([len(frame[axis].cat.categories) for axis in axes])
