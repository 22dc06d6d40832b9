"""One run: its park lives from the first instant, or from where another run was left, to its last quarter's end."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Generator, Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np

from twin.catalog import Catalog
from twin.engine import source_hash
from twin.engine.arrays import Panel
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.money import list_revenue
from twin.errors import Fault, ScenarioError, TwinError
from twin.levers import LEVERS, Rows, steps
from twin.named import Process, hashes_of
from twin.park import Park
from twin.processes.cascades import follow_losses
from twin.processes.contracts import review_contracts
from twin.processes.counting import count_quarters
from twin.processes.funds import run_fund
from twin.processes.honouring import run_windows
from twin.processes.letting import change_leading, release_floor
from twin.processes.notes import Notes
from twin.processes.people import live, open_homes_by_plan
from twin.processes.policy import Course, carry_out
from twin.processes.recognition import Desk, keep_books, run_desk
from twin.processes.recruitment import stand_on_list
from twin.processes.revitalisation import revitalise
from twin.processes.scenes import hold_occasions
from twin.processes.works import Closure, Stage, close_building, open_buildings, open_facilities, open_houses
from twin.record import Record, record_of
from twin.scenario import processes_of
from twin.simulation.manifests import CALENDARS, MOST_LUCK, manifest_of
from twin.simulation.preparing import Prepared
from twin.simulation.snapshot import Snapshot
from twin.state import Index, build_panel, copy_of, own_arrays
from twin.units import Quarter

#: At the end of a quarter, a snapshot is taken after all that is counted then; rows of whoever is counted are below.
LAST = (1 << 32) - 1


def run(
    prepared: Prepared, *, replication: int = 0, calendar: str = "compiled", processes: Sequence[Process] = ()
) -> Record:
    """One run of a prepared scenario; see `simulate`."""
    return Life(prepared, replication=replication, calendar=calendar, processes=processes).record()


class Life:
    """A run under way."""

    def __init__(
        self,
        prepared: Prepared,
        *,
        replication: int = 0,
        calendar: str = "compiled",
        processes: Sequence[Process] = (),
        past: Snapshot | None = None,
        said: Mapping[str, Any] | None = None,
    ) -> None:
        """Begin at the first instant, or where a snapshot was taken, which is left as it is.

        That the snapshot fits is the caller's business, `twin.simulation.branching`; `said` is what the manifest says
        of it.
        """
        if not 0 <= replication < MOST_LUCK:
            raise ScenarioError([Fault("simulate", f"replication {replication}", f"from 0 to {MOST_LUCK - 1}")])
        if calendar not in CALENDARS:
            raise ScenarioError([Fault("simulate", f"calendar {calendar!r}", f"one of {', '.join(CALENDARS)}")])
        self.prepared, self.replication, self.calendar, self._said = prepared, replication, calendar, said
        own = [getattr(process, "__qualname__", repr(process)) for process in processes]
        self._processes = tuple(dict.fromkeys([*past.processes, *own])) if past else tuple(own)
        if past is None or past.years == 0.0:
            self.env = CALENDARS[calendar](copy_of(prepared.state, replication=replication))
            self.panel = build_panel(self.env.state, prepared.scenario.quarters)
            self.notes = Notes(
                closures=[Closure(closing) for closing in prepared.closings],
                desks=[Desk(tier) for tier in range(len(prepared.index.tiers))],
            )
        else:
            self.env = CALENDARS[calendar](past.own_state(), past.years, past.later)
            self.panel = own_arrays(past.panel)
            self.notes = copy.deepcopy(past.notes)
        self._end = _start_processes(self.env, prepared, self.notes, self.panel, processes)

    def until(self, quarter: Quarter) -> Snapshot:
        """Live until the beginning of a quarter, and keep what is there then, for others to go on from.

        Raises ScenarioError for a run whose own past has to be told to do it again.
        """
        if self._said is not None:
            cure = "other scenarios that branch off the first run"
            raise ScenarioError([Fault("pause", f"a run that went on otherwise from {self._said['at']}", cure)])
        years = quarter.years_since(self.prepared.start)
        if years > 0.0:
            self._live(self.env.at(years, Kind.COUNT, LAST))
        return Snapshot(
            scenario=self.prepared.scenario,
            at=str(quarter),
            replication=self.replication,
            events=self.prepared.events,
            state=copy_of(self.env.state, replication=self.replication),
            panel=own_arrays(self.panel),
            notes=copy.deepcopy(self.notes),
            later=tuple(self.env.later),
            park_sha256=self.prepared.given.sha256,
            catalog_sha256=self.prepared.given.catalog.sha256,
            engine_sha256=source_hash(),
            processes=self._processes,
            named_processes=hashes_of(one.process for one in self.prepared.scenario.processes),
        )

    def record(self) -> Record:
        """Live to the end; what is left then."""
        self._live(self._end)
        prepared, state = self.prepared, self.env.state
        revenue_cny = np.zeros(int(state.firms.used[0]))
        self.env.rule(list_revenue, revenue_cny)
        return record_of(
            state,
            self.panel,
            works=self.notes.works,
            revenue_cny=revenue_cny,
            quarters=[str(prepared.start.plus(n)) for n in range(prepared.scenario.quarters)],
            names=_names(prepared.index, prepared.park, prepared.catalog) | {"places": prepared.places},
            zones=prepared.zones,
            manifest=manifest_of(
                prepared.given,
                prepared.scenario,
                replication=self.replication,
                calendar=self.calendar,
                events=prepared.events,
                processes=self._processes,
                past=self._said,
            ),
        )

    def _live(self, until: Event) -> None:
        try:
            self.env.run(until=until)
        except MemoryError as error:
            raise TwinError(f"the run was ended in year {self.env.now:.2f}: {error}") from None


def _start_processes(
    env: ParkEnvironment, prepared: Prepared, notes: Notes, panel: Panel, processes: Sequence[Process]
) -> Event:
    """Start everything that is rare and conversational, from where the notes say that it is; returns the run's end."""
    catalog, year_part = prepared.catalog, prepared.start.year_part
    env.process(open_buildings(env, prepared.buildings))
    env.process(open_houses(env, prepared.houses))
    env.process(open_facilities(env, prepared.facilities))
    for closure in notes.closures:
        if closure.stage < Stage.OVER:
            env.process(close_building(env, closure, notes.works))
    env.process(revitalise(env, notes.programme, prepared.closings, year_part, notes.works))
    env.process(release_floor(env))
    env.process(change_leading(env, prepared.leading))
    for fund in catalog.funds:
        env.process(run_fund(env, catalog.services.index(fund)))
    env.process(stand_on_list(env, prepared.standing))
    env.process(follow_losses(env))
    env.process(keep_books(env, notes.books))
    for desk in notes.desks:
        env.process(run_desk(env, desk, notes.books, year_part))
    env.process(hold_occasions(env, notes.diary, year_part))
    env.process(review_contracts(env, notes.reviews, year_part))
    env.process(run_windows(env, notes.counter, year_part))
    for order, rows in prepared.pulled.items():
        env.process(_action(env, prepared, notes, order, rows))
    env.process(open_homes_by_plan(env, prepared.homes))
    env.process(live(env))
    for process in [*processes_of(prepared.scenario, prepared.park, catalog), *processes]:
        env.process(_story(process, env))
    return env.process(count_quarters(env, panel))


def _action(
    env: ParkEnvironment, prepared: Prepared, notes: Notes, order: int, rows: Rows
) -> Generator[Event, None, None]:
    """The process of one action: at its date, and after its works, the lever is pulled."""
    action = prepared.scenario.pulls[order]
    lever = LEVERS[action.lever]
    years = Quarter.parse(action.at).years_since(prepared.start)
    lead = prepared.catalog.value(lever.lead) if lever.lead else 0.0
    parts = [partial(lever.change, env, rows, value) for value in steps(lever, action.value, action.ramp_quarters)]
    concerned = rows.buildings if lever.joint else ()
    return carry_out(env, notes.courses.setdefault(order, Course()), years, lead, order, parts, concerned)


def _story(process: Process, env: ParkEnvironment) -> Generator[Event, Any, Any]:
    """The generator of a user's process. Raises TwinError where it is none."""
    story: Any = process(env)
    if not inspect.isgenerator(story):
        name = getattr(process, "__qualname__", repr(process))
        raise TwinError(f"process {name}: not a generator; a process waits by `yield env.at(…)` or `yield env.on(…)`")
    return cast(Generator[Event, Any, Any], story)


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
