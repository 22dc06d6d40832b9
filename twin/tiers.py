"""The catalog's tiers of recognition as arrays: what they ask for, and what the holders of a tier hold besides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.catalog import Catalog, Row
from twin.engine.kinds import Measure
from twin.units import Quarter

Floats = NDArray[np.float64]


class Criterion(NamedTuple):
    """One bound that firms of some industries and revenue have to keep while it is in force."""

    measure: int
    least: bool  #: a lower bound, else an upper one
    bound: float
    concerns: NDArray[np.bool_]  #: (I,) the industries it is about
    above_cny: float  #: revenue above this
    to_cny: float  #: and up to this
    starts: float  #: years since the start
    ends: float  #: when another takes its place


def rules_of(catalog: Catalog, start: Quarter) -> dict[str, NDArray[Any]]:
    """Who may hold each tier and the criteria of all, as the fields of `Ladder` that say so."""
    tiers = catalog.tables["tiers"]
    criteria = [_criteria(row["id"], catalog, start) for row in tiers]
    columns = zip(*(criterion for of_tier in criteria for criterion in of_tier), strict=True)
    return {
        "requires": np.array([_bits(row["requires"].split(), catalog) for row in tiers], dtype=np.int64),
        "may_industry": np.array([np.isin(catalog.industries, row["industries"].split()) for row in tiers]),
        "may_stage": np.array([np.isin(catalog.stages, row["stages"].split()) for row in tiers]),
        "first": np.cumsum([0, *map(len, criteria)]).astype(np.int64),
        **{name: np.array(column) for name, column in zip(Criterion._fields, columns, strict=True)},
    }


class Sizes(NamedTuple):
    """What is known of the firms of the stock, an array each."""

    industry: NDArray[np.int8]
    staff: NDArray[np.int32]
    revenue_cny: Floats


def bits_of(highest: Sequence[str | None], sizes: Sizes, catalog: Catalog, start: Quarter) -> NDArray[np.int16]:
    """The tiers that firms hold at the start whose highest is given.

    Whoever holds a tier holds those it requires. A tier that is held by `revenue` is also held by firms of other tiers
    that earn no less than the least of those for which it is the highest; one that is held by `rules`, by all that keep
    its rules and hold what it requires.
    """
    rows = catalog.tables["tiers"]
    requires = {row["id"]: row["requires"].split() for row in rows}

    def held(name: str) -> int:
        return _bits([name], catalog) | sum(held(other) for other in requires[name])

    known: Mapping[str | None, int] = {name: held(name) for name in requires}
    found = np.array([known.get(name, 0) for name in highest], dtype=np.int16)
    for row in rows:
        bit, required = _bits([row["id"]], catalog), _bits(requires[row["id"]], catalog)
        if row["held_by"] == "revenue" and np.any(found == bit):
            found[(found > 0) & (sizes.revenue_cny >= sizes.revenue_cny[found == bit].min())] |= bit
        elif row["held_by"] == "rules":
            found[_keep(sizes, _criteria(row["id"], catalog, start)) & (found & required == required)] |= bit
    return found


def _keep(sizes: Sizes, criteria: Sequence[Criterion]) -> NDArray[np.bool_]:
    """Which firms keep the criteria that are in force at the start; all of these are about staff or revenue."""
    kept = np.ones(len(sizes.staff), dtype=np.bool_)
    for one in criteria:
        if one.starts <= 0.0 < one.ends:
            value = sizes.staff if one.measure == Measure.STAFF else sizes.revenue_cny
            within = (one.above_cny < sizes.revenue_cny) & (sizes.revenue_cny <= one.to_cny)
            good = value >= one.bound if one.least else value <= one.bound
            kept &= good | ~(within & one.concerns[sizes.industry])
    return kept


def _bits(names: Sequence[str], catalog: Catalog) -> int:
    return sum(1 << catalog.tiers.index(name) for name in names)


def _criteria(tier: str, catalog: Catalog, start: Quarter) -> list[Criterion]:
    """The criteria of a tier; of several alike the later takes the place of the earlier on its date."""
    alike: dict[tuple[str, ...], list[tuple[float, Row]]] = {}
    for row in catalog.tables["tier_rules"]:
        if row["tier"] == tier:
            key = tuple(row[name] for name in ("criterion", "industries", "above_revenue_cny", "to_revenue_cny"))
            alike.setdefault(key, []).append((Quarter.parse(row["valid_from"]).years_since(start), row))
    found = []
    for versions in alike.values():
        versions.sort(key=lambda version: version[0])
        for (starts, row), (ends, _) in pairwise([*versions, (math.inf, {})]):
            least_or_most, _, measure = row["criterion"].partition("_")
            found.append(
                Criterion(
                    int(Measure[measure.upper()]),
                    least_or_most == "least",
                    float(row["value"]),
                    np.isin(catalog.industries, row["industries"].split()) | (row["industries"] == "*"),
                    float(row["above_revenue_cny"] or -1.0),
                    float(row["to_revenue_cny"] or math.inf),
                    starts,
                    ends,
                )
            )
    return found
