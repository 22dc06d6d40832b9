"""One run: from a park and a scenario to a record."""

from __future__ import annotations

import inspect
import platform
from collections import Counter as Tally
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, cast

import numpy as np
import pandas as pd
from pydantic import ValidationError

from twin.catalog import Catalog
from twin.engine import is_compiled, source_hash
from twin.engine.arrays import State
from twin.engine.environment import Event, ParkEnvironment, ReferenceEnvironment
from twin.engine.rules.money import list_revenue
from twin.errors import Fault, ManifestError, ScenarioError, TwinError
from twin.levers import LEVERS, Rows
from twin.named import Process, hashes_of
from twin.park import Park, load_park, stocks_of
from twin.processes.cascades import follow_losses
from twin.processes.contracts import review_contracts
from twin.processes.counting import count_quarters
from twin.processes.funds import run_fund
from twin.processes.honouring import Counter, run_windows
from twin.processes.letting import change_leading, release_floor
from twin.processes.people import live, open_homes_by_plan
from twin.processes.policy import carry_out
from twin.processes.recognition import Books, Desk, keep_books, run_desk
from twin.processes.recruitment import stand_on_list
from twin.processes.revitalisation import revitalise
from twin.processes.scenes import hold_occasions
from twin.processes.works import Phase, close_building, open_buildings, open_facilities, open_houses
from twin.record import Record, record_of
from twin.scenario import Scenario, adjusted, check_scenario, load_scenario, processes_of, readings_of
from twin.state import (
    Closing,
    Index,
    build_index,
    build_panel,
    build_state,
    changes_of_leading,
    closings,
    copy_of,
    facility_openings,
    home_changes,
    house_openings,
    openings,
    standing_list,
)
from twin.units import Quarter

__all__ = [
    "Process",
    "inputs_of",
    "is_compiled",
    "load_and_check",
    "park_of",
    "replay",
    "scenario_of",
    "simulate",
]

#: Replications are numbered from 0 to below this.
MOST_LUCK = 2**31

#: The area that is none of the zones.
ELSEWHERE = "elsewhere"

CALENDARS: Mapping[str, type[ParkEnvironment]] = {"compiled": ParkEnvironment, "reference": ReferenceEnvironment}


def simulate(
    park: Park,
    scenario: Scenario,
    *,
    replication: int = 0,
    calendar: str = "compiled",
    events: bool = True,
    processes: Sequence[Process] = (),
) -> Record:
    """Run a scenario on a park once and return what it leaves.

    `replication` numbers the luck: the same number meets the same luck in every scenario of the same seed. `calendar`
    is `compiled` or `reference`; both give the same record to the bit. `events` keeps the event log and the table of
    firms. Raises ScenarioError where the scenario does not fit the park.
    """
    return run(prepare(park, scenario, events=events), replication=replication, calendar=calendar, processes=processes)


@dataclass(frozen=True)
class Prepared:
    """All that the replications of a scenario have in common, worked out once."""

    given: Park  #: as it was before the scenario's settings and edits
    park: Park
    scenario: Scenario
    catalog: Catalog
    index: Index
    state: State  #: the first instant, of which each run gets a copy
    buildings: list[tuple[float, int, int]]  #: what opens, as `twin.state.openings` says
    houses: list[tuple[float, int, int, int]]
    facilities: list[tuple[float, int, int, int]]
    closings: list[Closing]
    leading: list[tuple[float, int, int]]  #: where another industry leads, as `twin.state.changes_of_leading` says
    standing: list[tuple[int, int]]  #: prospects at the start, as `twin.state.standing_list` says
    zones: pd.DataFrame
    events: bool
    homes: list[tuple[float, int, float]]  #: as `twin.state.home_changes` says, after the start
    places: list[str]  #: of homes and work, by their zones
    pulled: Mapping[int, Rows]  #: what each action that pulls a lever applies to, by its place among the actions


def prepare(park: Park, scenario: Scenario, *, events: bool = True) -> Prepared:
    """Check a scenario against a park and build the first instant. Raises ScenarioError."""
    given, park = park, adjusted(park, scenario)
    catalog, pulled = check_scenario(scenario, park)
    index = build_index(park, catalog)
    start = Quarter.parse(scenario.start)
    state = build_state(
        park,
        catalog,
        start=start,
        years=scenario.years,
        seed=scenario.seed,
        grid_years=scenario.time_grid_years,
        log=events,
    )
    return Prepared(
        given,
        park,
        scenario,
        catalog,
        index,
        state,
        openings(park, catalog, start),
        house_openings(park, index, start),
        facility_openings(park, catalog, start),
        closings(park, catalog, start),
        changes_of_leading(park, catalog, start, scenario.years),
        standing_list(state, catalog),
        _zones(park, index),
        events,
        [change for change in home_changes(park, catalog, start) if change[0] > 0.0],
        _places(park, start),
        pulled,
    )


def run(
    prepared: Prepared, *, replication: int = 0, calendar: str = "compiled", processes: Sequence[Process] = ()
) -> Record:
    """One run of a prepared scenario; see `simulate`."""
    if not 0 <= replication < MOST_LUCK:
        raise ScenarioError([Fault("simulate", f"replication {replication}", f"from 0 to {MOST_LUCK - 1}")])
    park, scenario, index = prepared.park, prepared.scenario, prepared.index
    env = CALENDARS[calendar](copy_of(prepared.state, replication=replication))
    panel = build_panel(env.state, scenario.quarters)
    env.process(open_buildings(env, prepared.buildings))
    env.process(open_houses(env, prepared.houses))
    env.process(open_facilities(env, prepared.facilities))
    works: list[Phase] = []
    for closing in prepared.closings:
        env.process(close_building(env, closing, works))
    year_part = Quarter.parse(scenario.start).year_part
    env.process(revitalise(env, prepared.closings, year_part, works))
    env.process(release_floor(env))
    env.process(change_leading(env, prepared.leading))
    for fund in prepared.catalog.funds:
        env.process(run_fund(env, prepared.catalog.services.index(fund)))
    env.process(stand_on_list(env, prepared.standing))
    env.process(follow_losses(env))
    books = Books()
    env.process(keep_books(env, books))
    for tier in range(len(index.tiers)):
        env.process(run_desk(env, Desk(tier, books), year_part))
    env.process(hold_occasions(env, year_part))
    env.process(review_contracts(env, year_part))
    env.process(run_windows(env, Counter(), year_part))
    for order, rows in prepared.pulled.items():
        env.process(_action(env, prepared, order, rows))
    env.process(open_homes_by_plan(env, prepared.homes))
    env.process(live(env))
    for process in [*processes_of(scenario, park, prepared.catalog), *processes]:
        env.process(_story(process, env))
    try:
        env.run(until=env.process(count_quarters(env, panel)))
    except MemoryError as error:
        raise TwinError(f"the run was ended in year {env.now:.2f}: {error}") from None
    revenue_cny = np.zeros(int(env.state.firms.used[0]))
    env.rule(list_revenue, revenue_cny)
    start = Quarter.parse(scenario.start)
    return record_of(
        env.state,
        panel,
        works=works,
        revenue_cny=revenue_cny,
        quarters=[str(start.plus(n)) for n in range(scenario.quarters)],
        names=_names(index, park, prepared.catalog) | {"places": prepared.places},
        zones=prepared.zones,
        manifest=_manifest(
            prepared.given,
            scenario,
            replication=replication,
            calendar=calendar,
            events=prepared.events,
            processes=processes,
        ),
    )


def replay(manifest: Mapping[str, Any]) -> Record:
    """Do the run of a manifest again. Raises ManifestError where what it names is no longer what it was."""
    park, scenario = inputs_of(manifest)
    return simulate(
        park,
        scenario,
        replication=manifest["replication"],
        calendar=manifest["calendar"],
        events=manifest["events"],
    )


def scenario_of(manifest: Mapping[str, Any]) -> Scenario:
    """The scenario of a manifest. Raises ManifestError."""
    try:
        return Scenario.model_validate(manifest["scenario"])
    except ValidationError as error:
        raise ManifestError(
            [
                Fault("manifest", f"its scenario: {'.'.join(map(str, one['loc']))}: {one['msg']}", "")
                for one in error.errors()
            ]
        ) from None


def inputs_of(manifest: Mapping[str, Any]) -> tuple[Park, Scenario]:
    """The park and scenario of a manifest. Raises ManifestError where they, or the engine, are not what they were."""
    fields = {"replication": int, "calendar": str, "events": bool, "scenario": dict}
    wrong = [name for name, kind in fields.items() if type(manifest.get(name)) is not kind]
    if not wrong and not 0 <= manifest["replication"] < MOST_LUCK:
        wrong = ["replication"]
    if wrong or manifest["calendar"] not in CALENDARS:
        cure = "a manifest.json as a run writes it"
        raise ManifestError([Fault("manifest", f"no usable {name}", cure) for name in wrong or ["calendar"]])
    scenario = scenario_of(manifest)
    park = park_of(scenario)
    now = _manifest(
        park,
        scenario,
        replication=manifest["replication"],
        calendar=manifest["calendar"],
        events=manifest["events"],
        processes=(),
    )
    faults = [
        Fault("manifest", f"{key} was {manifest.get(key)}, is {now[key]}", "the same inputs and versions")
        for key in ("park_sha256", "catalog_sha256", "engine_sha256", "named_processes", "versions")
        if manifest.get(key) != now[key]
    ]
    if manifest.get("processes"):
        cure = "call simulate with the same processes"
        faults.append(Fault("manifest", f"the run had processes of the user's own: {manifest['processes']}", cure))
    if faults:
        raise ManifestError(faults)
    return park, scenario


def load_and_check(name: str, *, park: str | None = None, changes: Sequence[str] = ()) -> tuple[Park, Scenario]:
    """A scenario by name or file and the park it runs on, everything checked before anything runs."""
    scenario = load_scenario(name, changes=changes)
    if park is not None:
        scenario = scenario.with_changes(park=park)
    loaded = park_of(scenario)
    check_scenario(scenario, adjusted(loaded, scenario))
    return loaded, scenario


def park_of(scenario: Scenario) -> Park:
    """The park a scenario names, with the stock of firms at its start, before its settings and edits."""
    start = scenario.start if scenario.start in stocks_of(scenario.park) else None
    return load_park(scenario.park, start=start)


def _action(env: ParkEnvironment, prepared: Prepared, order: int, rows: Rows) -> Generator[Event, None, None]:
    """The process of one action: at its date, and after its works, the lever is pulled."""
    action = prepared.scenario.pulls[order]
    lever = LEVERS[action.lever]
    years = Quarter.parse(action.at).years_since(Quarter.parse(prepared.scenario.start))
    lead = prepared.catalog.value(lever.lead) if lever.lead else 0.0
    concerned = rows.buildings if lever.joint else ()
    return carry_out(env, years, lead, order, partial(lever.change, env, rows, action.value), concerned)


def _story(process: Process, env: ParkEnvironment) -> Generator[Event, Any, Any]:
    """The generator of a user's process. Raises TwinError where it is none."""
    story: Any = process(env)
    if not inspect.isgenerator(story):
        name = getattr(process, "__qualname__", repr(process))
        raise TwinError(f"process {name}: not a generator; a process waits by `yield env.at(…)` or `yield env.on(…)`")
    return cast(Generator[Event, Any, Any], story)


def _places(park: Park, start: Quarter) -> list[str]:
    """Places by the ids of their zones, with the version where several versions of a zone are told."""
    names = park.living_places(start)
    ids = [name.partition("@")[0] for name in names]
    once = Tally(ids)
    return [(zone if once[zone] == 1 else name) or ELSEWHERE for zone, name in zip(ids, names, strict=True)]


def _names(index: Index, park: Park, catalog: Catalog) -> dict[str, Any]:
    return {
        "industries": index.industries,
        "chain_nodes": index.chain_nodes,
        "stages": index.stages,
        "services": index.services,
        "failures": index.failures,
        "tiers": index.tiers,
        "scenes": index.scenes,
        "skills": index.skills,
        "bounds": index.bounds,
        "buildings": index.buildings,
        "cells": [f"c{n}" for n in range(len(index.cells))],
        "cell_of_building": park.cells.of_building.tolist(),
        **_chains(catalog),
    }


def _chains(catalog: Catalog) -> dict[str, Any]:
    """The links of the chains: whose they are, what they weigh in their chain, and who supplies whom."""
    shares = {node: share for chain in catalog.industries for node, share in catalog.node_shares(chain).items()}
    row = {node: n for n, node in enumerate(catalog.chain_nodes)}
    edges = catalog.tables["chain_edges"]
    return {
        "chain_of_node": [catalog.industries.index(one["industry"]) for one in catalog.tables["chain_nodes"]],
        "weight_of_node": [shares[node] for node in catalog.chain_nodes],
        "suppliers": [row[edge["supplier"]] for edge in edges],
        "buyers": [row[edge["buyer"]] for edge in edges],
    }


def _zones(park: Park, index: Index) -> pd.DataFrame:
    """Zones with their validity and area, one row for each cell of each."""
    zones = park.zones_in_force.assign(area_km2=park.zones_in_force.area / 1e6)
    cells = {f"{z}@{v}": [] for z, v in zip(zones["zone_id"], zones["version"], strict=True)}  # type: dict[str, list[str]]
    for n, members in enumerate(index.cells):
        for member in members:
            cells[member].append(f"c{n}")
    columns = ["zone_id", "version", "kind", "name_zh", "name_en", "valid_from", "valid_to", "area_km2"]
    frame = pd.DataFrame(zones[columns]).astype({"version": "int64"})
    frame["leading_industry"] = zones.get("leading_industry")
    frame["cell"] = [cells[f"{z}@{v}"] or [""] for z, v in zip(zones["zone_id"], zones["version"], strict=True)]
    frame = frame.explode("cell", ignore_index=True)
    for column in ("valid_from", "valid_to", "leading_industry"):
        frame[column] = frame[column].fillna("").astype(str)
    return frame


def _manifest(
    park: Park, scenario: Scenario, *, replication: int, calendar: str, events: bool, processes: Sequence[Process]
) -> dict[str, Any]:
    return {
        "schema": 1,
        "scenario": scenario.model_dump(),
        "replication": replication,
        "calendar": calendar,
        "events": events,
        "processes": [getattr(process, "__qualname__", repr(process)) for process in processes],
        "readings": readings_of(scenario, park),
        "named_processes": hashes_of(one.process for one in scenario.processes),
        "park": scenario.park,
        "park_sha256": park.sha256,
        "catalog_sha256": park.catalog.sha256,
        "engine_sha256": source_hash(),
        "versions": versions(),
    }


@cache
def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in ("twin-park", "numpy", "numba", "simpy", "pandas", "geopandas", "shapely", "scipy", "pyarrow"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found
