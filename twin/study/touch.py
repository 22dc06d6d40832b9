"""What the actions of a what-if act on at once: at which happenings of which firms a lever may show by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.engine.kinds import SERVICE_KINDS
from twin.levers import LEVERS
from twin.park import Park
from twin.scenario import Action, check_scenario
from twin.study.beside import beside
from twin.study.replications import Study
from twin.study.telling import action_in_words
from twin.units import Quarter

Flags = NDArray[np.bool_]

#: Levers that act on firms at their date and at no other.
AT_THE_DATE = ("anchor_exit", "anchor_entry")

#: Levers that, as far as services go, are about the recruitment office.
OF_THE_OFFICE = ("short_list", "chain_chief")

#: Levers that open or close slots or tickets.
OPENS_SLOTS = ("service_slots", "fund_capital")

#: Levers and edits that change how much floor there is in the buildings they apply to.
CHANGES_FLOOR = ("new_space", "floor_release", "revitalisation_budget", "low_efficiency_threshold", "edits")


class Pull(NamedTuple):
    """An action in which two scenarios differ, and what it applies to; None where it is narrowed to nothing."""

    lever: str  #: `edits` for all edits of the park together
    said: str  #: the action as a reader knows it: date, lever, what it is narrowed to, how far
    said_zh: str  #: the same in Chinese
    years: float  #: from when on it acts
    buildings: frozenset[str] | None
    services: frozenset[str] | None
    industries: frozenset[str] | None
    chain_nodes: frozenset[str] | None
    stages: frozenset[str] | None
    tiers: frozenset[int] | None  #: by their rows, which is what the log tells of them


class Told(NamedTuple):
    """What is told of the first row in which histories differ, of one of the runs: (firms,) each."""

    kind: NDArray[np.int64]  #: -1 where the run has none at that date
    years: NDArray[np.float64]
    building: NDArray[np.object_]
    service: NDArray[np.object_]
    stage: NDArray[np.object_]
    amount: NDArray[np.float64]
    industry: NDArray[np.object_]
    chain_node: NDArray[np.object_]


def pulls_of(base: Study, other: Study) -> list[Pull]:
    """The actions that one of two studies has and the other has not, in the order of their dates."""
    found = []
    for study, against in ((other, base), (base, other)):
        pulled = check_scenario(study.scenario, study.park).pulled
        only = beside(study.scenario.pulls, against.scenario.pulls.values())
        found += [_pull(study, action, pulled[n]) for n, action in only.items()]
    edits = [*beside(other.scenario.edits, base.scenario.edits.values()).values()]
    edits += beside(base.scenario.edits, other.scenario.edits.values()).values()
    if edits:
        first = min(edit.quarter for edit in edits)
        said = "; ".join(f"{edit.quarter} {edit.edit}" for edit in edits)
        others = frozenset(buildings_that_differ(base.park, other.park))
        years = first.years_since(Quarter.parse(base.scenario.start))
        found.append(Pull("edits", said, said, years, others, None, None, None, None, None))
    return sorted(found, key=lambda pull: pull.years)


def _pull(study: Study, action: Action, rows: Any) -> Pull:
    """An action with the ids of what it applies to."""
    catalog, lever = study.park.catalog, LEVERS[action.lever]
    lead = study.scenario.catalog(catalog).value(lever.lead) if lever.lead else 0.0
    years = Quarter.parse(action.at).years_since(Quarter.parse(study.scenario.start)) + lead
    where = {name: value for name, value in action.where if value is not None}
    said, said_zh = action_in_words(action, study.park)

    def ids(names: Sequence[str], chosen: Sequence[int], *fields: str) -> frozenset[str] | None:
        return frozenset(names[row] for row in chosen) if set(fields) & set(where) else None

    buildings = ids(study.park.firm_buildings["building_id"].tolist(), rows.buildings, "zone", "building")
    services = ids(catalog.services, rows.services, "service") or ids(catalog.services, rows.funds, "fund")
    if services is None and "fund" in lever.where:
        services = frozenset(catalog.funds)
    if action.lever in OF_THE_OFFICE:
        services = frozenset([catalog.office])
    return Pull(
        action.lever,
        said,
        said_zh,
        years,
        buildings,
        services,
        ids(catalog.industries, rows.industries, "industry"),
        ids(catalog.chain_nodes, rows.chain_nodes, "chain_node"),
        ids(catalog.stages, rows.stages, "stage"),
        frozenset(rows.tiers) if "tier" in where else None,
    )


def buildings_that_differ(park: Park, other: Park) -> set[str]:
    """The buildings for firms that only one of two parks has, or whose floor, use, rent or works differ."""
    told = ["building_type", "lettable_m2", "completed", "closed", "rent_cny_m2_day", "quality", "height_m", "floors"]
    tables = [one.firm_buildings.set_index("building_id")[told].astype(object).fillna("") for one in (park, other)]
    first, second = (table.reindex(tables[0].index.union(tables[1].index)) for table in tables)
    differs = set(first.index[(first != second).any(axis=1)])
    works = pd.concat([one.building_works.drop(columns="works_id").astype(object) for one in (park, other)])
    return differs | set(works.drop_duplicates(keep=False)["building_id"])


def shows(pull: Pull, told: Told) -> Flags:
    """Whether an action may show by itself in what is told of firms."""
    if pull.lever == "edits":
        return _among(told.building, pull.buildings) & (told.years >= pull.years)
    found = np.isin(told.kind, LEVERS[pull.lever].shows)
    found &= (told.years == pull.years) if pull.lever in AT_THE_DATE else (told.years >= pull.years)
    for values, wanted in (
        (told.building, pull.buildings),
        (told.industry, pull.industries),
        (told.chain_node, pull.chain_nodes),
        (told.stage, pull.stages),
    ):
        found &= _among(values, wanted)
    if pull.services is not None:
        found &= ~np.isin(told.kind, SERVICE_KINDS) | _among(told.service, pull.services)
    if pull.tiers is not None:
        found &= np.isin(told.amount, list(pull.tiers))
    return found


def _among(values: NDArray[np.object_], wanted: frozenset[str] | None) -> Flags:
    """Which ids are among those that an action applies to; all where it is not narrowed."""
    if wanted is None:
        return np.ones(len(values), np.bool_)
    return pd.Index(values).isin(list(wanted))
