"""Who may apply for a tier: the catalog's criteria as arrays, and firms measured against them.

Everything is done element by element, so that a firm's answer does not depend on who else is asked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.catalog import Catalog, Row
from twin.units import Quarter

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Facts(NamedTuple):
    """What the criteria are about, one number for each firm; NaN where nobody can know."""

    industry: NDArray[Any]  #: row
    stage: NDArray[Any]  #: row
    tiers: NDArray[Any]  #: bits of those held
    age_years: Floats
    revenue_cny: Floats  #: a year, as are all sums but the valuation
    rd_cny: Floats
    rd_share: Floats  #: of revenue
    valuation_cny: Floats
    growth_2y: Floats  #: mean compound growth of revenue over two years, 1/year
    growth_4y: Floats
    revenue_4y_ago_cny: Floats


class Criterion(NamedTuple):
    """One bound that firms of some industries and revenue have to keep while it is in force."""

    measure: str  #: a field of Facts
    least: bool  #: a lower bound, else an upper one
    value: float
    industries: Flags  #: (I,) whom it concerns
    above_cny: float  #: revenue above this
    to_cny: float  #: and up to this
    starts: float  #: years since the start
    ends: float  #: when another takes its place


class Tier(NamedTuple):
    """A tier of recognition and what it asks for."""

    bit: int
    requires: int  #: bits of tiers that have to be held
    industries: Flags  #: (I,) that may hold it
    stages: Flags  #: (G,)
    criteria: tuple[Criterion, ...]


def tiers_of(catalog: Catalog, start: Quarter) -> list[Tier]:
    """The tiers of a catalog in the order of their rows."""
    rows = catalog.tables["tiers"]
    bits = {row["id"]: 1 << n for n, row in enumerate(rows)}
    return [
        Tier(
            bits[row["id"]],
            sum(bits[name] for name in row["requires"].split()),
            np.isin(catalog.industries, row["industries"].split()),
            np.isin(catalog.stages, row["stages"].split()),
            _criteria([rule for rule in catalog.tables["tier_rules"] if rule["tier"] == row["id"]], catalog, start),
        )
        for row in rows
    ]


def eligible(tier: Tier, facts: Facts, now: float) -> Flags:
    """Which firms keep every criterion of a tier that is in force."""
    meets = tier.industries[facts.industry] & tier.stages[facts.stage] & (facts.tiers & tier.requires == tier.requires)
    for criterion in tier.criteria:
        if criterion.starts <= now < criterion.ends:
            meets &= ~concerned(criterion, facts) | kept(criterion, facts)
    return meets


def concerned(criterion: Criterion, facts: Facts) -> Flags:
    """Which firms a criterion is about."""
    within = (facts.revenue_cny > criterion.above_cny) & (facts.revenue_cny <= criterion.to_cny)
    return np.asarray(criterion.industries[facts.industry] & within)


def kept(criterion: Criterion, facts: Facts) -> Flags:
    """Which firms keep a criterion; who cannot know does not."""
    value: Floats = getattr(facts, criterion.measure)
    return np.asarray(value >= criterion.value if criterion.least else value <= criterion.value)


def bits_of(highest: Sequence[str | None], revenue_cny: Floats, catalog: Catalog) -> NDArray[np.int16]:
    """The tiers that firms hold whose highest is given.

    Whoever holds a tier holds those it requires. A tier of the `largest` is also held by firms of other tiers that earn
    no less than the least of those for which it is the highest.
    """
    rows = catalog.tables["tiers"]
    requires = {row["id"]: row["requires"].split() for row in rows}
    bits = {name: 1 << n for n, name in enumerate(requires)}

    def held(name: str) -> int:
        return bits[name] | sum(held(other) for other in requires[name])

    known: Mapping[str | None, int] = {name: held(name) for name in requires}
    found = np.array([known.get(name, 0) for name in highest], dtype=np.int16)
    for row in rows:
        if row["largest"] and np.any(found == bits[row["id"]]):
            least_cny = revenue_cny[found == bits[row["id"]]].min()
            found[(found > 0) & (revenue_cny >= least_cny)] |= bits[row["id"]]
    return found


def least_rd_share(tiers: Sequence[Tier], facts: Facts, now: float) -> Floats:
    """The least R&D over revenue that the tiers which each firm holds ask of it."""
    least = np.zeros(len(facts.tiers))
    for tier in tiers:
        for criterion in tier.criteria:
            if criterion.measure in {"rd_share", "rd_cny"} and criterion.starts <= now < criterion.ends:
                asked = np.full(len(least), criterion.value)
                if criterion.measure == "rd_cny":
                    asked = np.divide(asked, facts.revenue_cny, out=np.zeros(len(least)), where=facts.revenue_cny > 0)
                holds = (facts.tiers & tier.bit > 0) & concerned(criterion, facts)
                least = np.where(holds, np.maximum(least, asked), least)
    return least


def _criteria(rows: Sequence[Row], catalog: Catalog, start: Quarter) -> tuple[Criterion, ...]:
    """The criteria of a tier; of several alike the later takes the place of the earlier on its date."""
    alike: dict[tuple[str, ...], list[tuple[float, Row]]] = {}
    for row in rows:
        key = tuple(row[name] for name in ("criterion", "industries", "above_revenue_cny", "to_revenue_cny"))
        alike.setdefault(key, []).append((Quarter.parse(row["valid_from"]).years_since(start), row))
    found = []
    for versions in alike.values():
        versions.sort(key=lambda version: version[0])
        for (starts, row), (ends, _) in pairwise([*versions, (math.inf, {})]):
            bound, _, measure = row["criterion"].partition("_")
            everywhere = row["industries"] == "*"
            found.append(
                Criterion(
                    measure,
                    bound == "least",
                    float(row["value"]),
                    np.isin(catalog.industries, row["industries"].split()) | everywhere,
                    float(row["above_revenue_cny"] or -1.0),
                    float(row["to_revenue_cny"] or math.inf),
                    starts,
                    ends,
                )
            )
    return tuple(found)
