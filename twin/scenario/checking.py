"""What a scenario comes to on a park, and everything that does not fit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np

from twin.catalog import Catalog, nearest
from twin.chains.graph import chains_of
from twin.errors import Fault, InputError, ScenarioError
from twin.levers import LEVERS, Lever, Rows
from twin.named import Process, World, find
from twin.named.registry import ProcessFaults
from twin.park import Park
from twin.park.dates import in_force
from twin.park.tables import SETTINGS
from twin.scenario.model import MOST_QUARTERS, Action, Scenario, Where
from twin.state.scenes import reaches
from twin.units import QUARTERS_PER_YEAR, Quarter


def adjusted(park: Park, scenario: Scenario) -> Park:
    """A park under a scenario's readings of the documents, and with its edits made. Raises ScenarioError."""
    try:
        read = park.under(scenario.settings.model_dump(include=set(SETTINGS)))
        if not scenario.edits:
            return read
        read = replace(read, catalog=scenario.catalog(park.catalog))
        return read.edit(scenario.edits.values(), places=[scenario.place("actions", n) for n in scenario.edits])
    except InputError as error:
        raise ScenarioError(error.faults) from None


def processes_of(scenario: Scenario, park: Park, catalog: Catalog) -> list[Process]:
    """The processes that a scenario names, each told what it says. Raises ScenarioError with every fault."""
    world = World(park, catalog, Quarter.parse(scenario.start), Quarter.parse(scenario.end))
    found: list[Process] = []
    faults: list[Fault] = []
    for n, one in enumerate(scenario.processes):
        try:
            known = find(one.process, scenario.place("processes", n, "process"))
            found.append(known.told(one.model_extra or {}, world, partial(scenario.place, "processes", n)))
        except (ScenarioError, ProcessFaults) as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return found


def readings_of(scenario: Scenario, park: Park) -> dict[str, Any]:
    """What a scenario's settings come to for those who measure its runs, as plain values."""
    settings, catalog = scenario.settings, scenario.catalog(park.catalog)
    return {
        "feature_industries": catalog.industry_sets.get(settings.industries, []),
        "firms": settings.firms,
        "tier_park_share": catalog.value("tier_park_share") if settings.tier_scope == "district" else 1.0,
    }


class Checked(NamedTuple):
    """What a scenario comes to on a park."""

    catalog: Catalog  #: in force
    pulled: Mapping[int, Rows]  #: what each action that pulls a lever applies to, by its place among the actions


def check_scenario(scenario: Scenario, park: Park) -> Checked:
    """What a scenario comes to on a park. Raises ScenarioError with everything that does not fit."""
    faults: list[Fault] = []
    pulled: dict[int, Rows] = {}
    try:
        catalog = scenario.catalog(park.catalog)
    except ScenarioError as error:
        catalog, faults = park.catalog, list(error.faults)
    faults += _check_span(scenario, park)
    if scenario.settings.industries not in catalog.industry_sets:
        what = f"unknown set of industries {scenario.settings.industries!r}"
        cure = nearest(scenario.settings.industries, catalog.industry_sets)
        faults.append(Fault(scenario.place("settings", "industries"), what, cure))
    for n, action in enumerate(scenario.actions):
        if not Quarter.parse(scenario.start) <= Quarter.parse(action.at) <= Quarter.parse(scenario.end):
            place = scenario.place("actions", n, "at")
            faults.append(Fault(place, f"{action.at} is outside the run", f"from {scenario.start} to {scenario.end}"))
    for n, action in scenario.pulls.items():
        faults += _check_pull(scenario, n, action)
        faults += _check_ramp(scenario, n, action, catalog)
        try:
            pulled[n] = rows_of(scenario, n, park, catalog)
        except ScenarioError as error:
            faults += error.faults
    try:
        processes_of(scenario, park, catalog)
    except ScenarioError as error:
        faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return Checked(catalog, pulled)


def _check_span(scenario: Scenario, park: Park) -> list[Fault]:
    """What is wrong with when a scenario begins and ends."""
    faults = []
    if scenario.quarters < 1:
        faults.append(
            Fault(scenario.place("end"), f"end {scenario.end} lies before start {scenario.start}", "a later end")
        )
    if scenario.quarters > MOST_QUARTERS:
        faults.append(
            Fault(scenario.place("end"), f"{scenario.quarters} quarters", f"at most {MOST_QUARTERS} quarters")
        )
    if Quarter.parse(scenario.start) != park.start:
        known = " or ".join(park.stocks or [str(park.start)])
        what = f"start {scenario.start}, but the park's stock of firms is of the beginning of {known}"
        faults.append(Fault(scenario.place("start"), what, f"start: {known}"))
    return faults


def _check_pull(scenario: Scenario, n: int, action: Action) -> list[Fault]:
    if action.lever not in LEVERS:
        place = scenario.place("actions", n, "lever")
        return [Fault(place, f"unknown lever {action.lever!r}", nearest(action.lever, list(LEVERS)))]
    lever, faults = LEVERS[action.lever], []
    if not lever.low <= action.value <= lever.high:
        place = scenario.place("actions", n, "value")
        cure = f"from {lever.low:g} to {lever.high:g} ({lever.unit})"
        faults.append(Fault(place, f"{action.value:g} is out of the bounds of {lever.name}", cure))
    elif lever.whole and action.value != round(action.value):
        place = scenario.place("actions", n, "value")
        faults.append(Fault(place, f"{action.value:g} of {lever.name}", f"a whole number ({lever.unit})"))
    given = {field for field, value in action.where if value is not None}
    place = scenario.place("actions", n, "where")
    for field in sorted(given - set(lever.where)):
        cure = f"it takes {', '.join(lever.where) or 'nothing'}"
        faults.append(
            Fault(scenario.place("actions", n, "where", field), f"{lever.name} cannot be narrowed by {field}", cure)
        )
    faults += [
        Fault(place, f"{lever.name} needs a {field}", f"where: {{{field}: …}}")
        for field in lever.needs
        if field not in given
    ]
    return faults


def _check_ramp(scenario: Scenario, n: int, action: Action, catalog: Catalog) -> list[Fault]:
    """Whether an action may take effect little by little, and does so before the run ends.

    A joint decision that it waits for is not counted: how long it takes is known when it is made.
    """
    lever, place = LEVERS.get(action.lever), scenario.place("actions", n, "ramp_quarters")
    if lever is None or action.ramp_quarters <= 1:
        return []
    if not lever.ramp:
        return [Fault(place, f"{lever.name} takes effect at once only", "no ramp_quarters, or an action for each part")]
    begins = Quarter.parse(action.at).years_since(Quarter.parse(scenario.start))
    begins += catalog.value(lever.lead) if lever.lead else 0.0
    most = math.ceil((scenario.years - begins) * QUARTERS_PER_YEAR)
    if action.ramp_quarters <= most:
        return []
    what = f"ramp of {action.ramp_quarters} quarters goes on after the run, which ends with {scenario.end}"
    return [Fault(place, what, f"at most {most}, or a later end" if most > 0 else "a later end")]


def rows_of(scenario: Scenario, action: int, park: Park, catalog: Catalog) -> Rows:
    """The rows an action that pulls a lever applies to. Raises ScenarioError where it names what is not there."""
    pulled = cast(Action, scenario.actions[action])
    where, at = pulled.where, Quarter.parse(pulled.at)
    faults: list[Fault] = []

    def pick(field: str, known: Sequence[str]) -> list[int]:
        name = getattr(where, field)
        if name is None:
            return list(range(len(known)))
        if name not in known:
            place = scenario.place("actions", action, "where", field)
            faults.append(Fault(place, f"unknown {field} {name!r}", nearest(name, list(known))))
            return []
        return [list(known).index(name)]

    buildings, places = pick("building", park.firm_buildings["building_id"].tolist()), []
    if where.zone is not None and pick("zone", sorted(park.zones_in_force["zone_id"].unique())):
        now = in_force(park.zones_in_force, at)
        of_zone = now[now["zone_id"] == where.zone]
        named = set(of_zone["zone_id"] + "@" + of_zone["version"].astype(str))
        inside = [not named.isdisjoint(cell) for cell in park.cells.zones]
        buildings = [row for row in buildings if inside[park.cells.of_building[row]]]
        places = [n for n, name in enumerate(park.living_places(Quarter.parse(scenario.start))) if name in named]
    lever = LEVERS.get(pulled.lever)
    industries = pick("industry", catalog.industries)
    if lever is not None and lever.chains:
        industries = [row for row in industries if catalog.nodes_of(catalog.industries[row])]
    nodes = pick("chain_node", catalog.chain_nodes) if where.chain_node is not None else []
    rows = Rows(
        industries,
        nodes,
        pick("stage", catalog.stages),
        pick("service", catalog.services),
        buildings,
        [catalog.services.index(catalog.funds[row]) for row in pick("fund", catalog.funds)],
        pick("tier", catalog.tiers),
        [scene for scene in pick("scene", catalog.scenes) if reaches(catalog, scene, industries, nodes)],
        pick("skill", catalog.skills),
        places,
    )
    if not faults and lever is not None:
        faults = _reaching_nothing(scenario, action, where, lever, rows, park, catalog)
    if faults:
        raise ScenarioError(faults)
    return rows


def _reaching_nothing(
    scenario: Scenario, action: int, where: Where, lever: Lever, rows: Rows, park: Park, catalog: Catalog
) -> list[Fault]:
    """The first thing that is wrong with an action that names what there is, and reaches nothing by it."""
    chain = catalog.nodes_of(where.industry) if where.industry else catalog.chain_nodes
    placed = where.building or where.zone
    named = f"{where.building} in {where.zone}" if where.building and where.zone else placed
    of_public = np.ones(1, np.bool_)
    if lever.public and placed is not None:
        operators = park.firm_buildings["operator"].iloc[rows.buildings]
        of_public = operators.isin(catalog.public_operators).to_numpy()
    in_buildings = "a zone with buildings for firms at the date, or a building in it"
    field, scope = next(
        ((field, value) for field, value in where if lever.multiplies and value in catalog.scopes(lever.multiplies)),
        ("", ""),
    )
    nothing = bool(scope) and catalog.value(lever.multiplies, scope) == 0.0
    told, public = ", ".join(chains_of(catalog)), ", ".join(catalog.public_operators)
    checks: list[tuple[bool, str, str, str]] = [
        (lever.chains and not rows.industries, "industry", f"{where.industry} has no chain", f"one of {told}"),
        (
            where.chain_node is not None and where.chain_node not in chain,
            "chain_node",
            f"{where.chain_node} is no link of {where.industry}",
            "one of its chain, or no industry",
        ),
        (
            "scene" in lever.where and not rows.scenes,
            "",
            "reaches no scene",
            "an industry or a link that some scene is for, or none",
        ),
        (lever.homes and not rows.places, "zone", f"{where.zone}: not in force", "a zone in force at the date"),
        (
            not lever.homes and placed is not None and not rows.buildings,
            "",
            f"{named}: no building for firms",
            in_buildings,
        ),
        (
            nothing,
            field,
            f"{lever.name} multiplies the {lever.multiplies} of {scope}, which is 0",
            f"another {field}, or all",
        ),
        (
            not of_public.any(),
            "",
            "reaches no building of a public landlord",
            f"buildings of one of {public}",
        ),
    ]
    wrong = next((check[1:] for check in checks if check[0]), None)
    if wrong is None:
        return []
    field, what, cure = wrong
    return [Fault(scenario.place("actions", action, "where", *([field] if field else [])), what, cure)]
