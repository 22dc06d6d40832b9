"""Branching: a run is left at the beginning of a quarter, and goes on from there under other actions.

The past is not run again and is the same to the bit. What differs has to lie after the branch: levers pulled, works and
openings of buildings that are there anyway, processes. Where only levers differ, the record is that of the whole run.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from twin.engine import source_hash
from twin.errors import Fault, ManifestError, ScenarioError
from twin.named import Process, hashes_of
from twin.park import Park
from twin.processes.works import Closure, Stage
from twin.record import Record
from twin.scenario import Action, Scenario
from twin.simulation.living import Life
from twin.simulation.preparing import Prepared, prepare
from twin.simulation.snapshot import Snapshot
from twin.units import QUARTERS_PER_YEAR, Quarter

#: What a branch may say otherwise than its past; all else holds from the start.
FREE = {"name", "title_zh", "title_en", "question", "replications", "actions", "processes"}


def pause(
    park: Park,
    scenario: Scenario,
    *,
    at: str,
    replication: int = 0,
    calendar: str = "compiled",
    events: bool = True,
    processes: Sequence[Process] = (),
) -> Snapshot:
    """Run a scenario until the beginning of a quarter and keep what is there, for `resume` to go on from.

    Raises ScenarioError where the scenario does not fit the park, and where `at` is no quarter of the run.
    """
    quarter = quarter_within(scenario, at)
    prepared = prepare(park, scenario, events=events)
    return Life(prepared, replication=replication, calendar=calendar, processes=processes).until(quarter)


def resume(
    park: Park,
    snapshot: Snapshot,
    scenario: Scenario | None = None,
    *,
    calendar: str = "compiled",
    processes: Sequence[Process] = (),
) -> Record:
    """Go on from a snapshot, under the scenario it has lived under or another, to the end, and return the record.

    The other scenario may differ in its actions from the snapshot's quarter on. Processes of the user's own begin at
    that quarter; one that was at work before has to find out from `env.now` where it is. Raises ScenarioError where the
    scenario says otherwise of the past, and ManifestError where the park or the engine are not what they were.
    """
    wanted = scenario or snapshot.scenario
    prepared = prepare(park, wanted, events=snapshot.events)
    before = prepared if wanted == snapshot.scenario else prepare(park, snapshot.scenario, events=snapshot.events)
    return branch(before, prepared, snapshot, calendar=calendar, processes=processes).record()


def branch(
    before: Prepared,
    after: Prepared,
    snapshot: Snapshot,
    *,
    calendar: str = "compiled",
    processes: Sequence[Process] = (),
) -> Life:
    """A run that goes on from a snapshot of one prepared scenario under another. Raises as `resume`."""
    _check_inputs(before, snapshot)
    faults = differences_before(before.scenario, after.scenario, snapshot.at)
    faults = faults or _differences_of_parks(before, after, snapshot)
    if faults:
        raise ScenarioError(faults)
    notes = copy.deepcopy(snapshot.notes)
    begun = [closure for closure in notes.closures if closure.stage > Stage.PLANNED]
    known = {repr(closure.closing) for closure in begun}
    notes.closures = begun + [Closure(closing) for closing in after.closings if repr(closing) not in known]
    now = Quarter.parse(snapshot.at)
    places = [
        [n for n, action in ready.scenario.pulls.items() if Quarter.parse(action.at) < now] for ready in (before, after)
    ]
    notes.courses = {new: notes.courses[old] for old, new in zip(*places, strict=True)}
    return Life(
        after,
        replication=snapshot.replication,
        calendar=calendar,
        processes=processes,
        past=replace(snapshot, notes=notes),
        said=_said(before, after, snapshot),
    )


def quarter_within(scenario: Scenario, at: str) -> Quarter:
    """A quarter of a scenario's run. Raises ScenarioError."""
    try:
        quarter = Quarter.parse(at)
    except ValueError as error:
        raise ScenarioError([Fault("at", *str(error).split("; "))]) from None
    if not Quarter.parse(scenario.start) <= quarter <= Quarter.parse(scenario.end):
        raise ScenarioError([Fault("at", f"{at} is outside the run", f"from {scenario.start} to {scenario.end}")])
    return quarter


def last_common_quarter(one: Scenario, other: Scenario) -> Quarter | None:
    """The last quarter up to whose beginning a run of one scenario is one of the other, too.

    None where they differ in anything but the levers pulled, and where they name processes, which may remember what
    they have seen: then each is a run of its own.
    """
    if (
        one.processes
        or other.processes
        or list(one.edits.values()) != list(other.edits.values())
        or _held(one) != _held(other)
    ):
        return None
    dates = {Quarter.parse(action.at) for action in (*one.pulls.values(), *other.pulls.values())}
    dates |= {Quarter.parse(one.start), Quarter.parse(one.end)}
    return max(date for date in dates if _pulled_before(one, date) == _pulled_before(other, date))


def differences_before(before: Scenario, after: Scenario, at: str) -> list[Fault]:
    """What a scenario says otherwise of the time before a quarter than another one."""
    held = _held(before)
    faults = [
        Fault(
            after.place(name), f"{name} {value!r} where the past has {held[name]!r}", "as it was, or a run of its own"
        )
        for name, value in _held(after).items()
        if value != held[name]
    ]
    now, cure = Quarter.parse(at), f"as it was, or from {at} on"
    for kind in ("pulls", "edits"):
        ours, theirs = (
            [(n, action) for n, action in getattr(one, kind).items() if Quarter.parse(action.at) < now]
            for one in (after, before)
        )
        known = [action for _, action in theirs]
        added = [n for n, action in ours if action not in known]
        faults += [
            Fault(after.place("actions", n), f"at {after.actions[n].at}, before the branch", cure) for n in added
        ]
        if not added and [action for _, action in ours] != known:
            what = f"of {len(known)} actions that happened before {at}, {len(ours)} are left or in another order"
            faults.append(Fault(after.place("actions"), what, "all of them, as they were"))
    return faults


def _differences_of_parks(before: Prepared, after: Prepared, snapshot: Snapshot) -> list[Fault]:
    """What edits of the land, made after a branch, change before it."""
    if before.park.sha256 == after.park.sha256:
        return []
    place, at = after.scenario.place("actions"), snapshot.at
    if before.index != after.index or not _are_same(before.state, after.state):
        what = "edits change which buildings or zones the park has"
        return [Fault(place, what, "the same edits in the past, or a run of its own")]
    if any(
        _dated_before(before, snapshot.years)[n] != told for n, told in enumerate(_dated_before(after, snapshot.years))
    ):
        return [Fault(place, f"edits change what opens before {at}", f"edits that take effect from {at} on")]
    # as text, in which what is not a number is itself
    begun = {repr(closure.closing) for closure in snapshot.notes.closures if closure.stage > Stage.PLANNED}
    early = {repr(closing) for closing in after.closings if closing.starts < snapshot.years}
    if not early <= begun <= set(map(repr, after.closings)):
        return [Fault(place, f"edits change works that were announced before {at}", f"works announced from {at} on")]
    return _works_at_once(before, after, snapshot)


def _works_at_once(before: Prepared, after: Prepared, snapshot: Snapshot) -> list[Fault]:
    """Edits of buildings that the programme for low-efficiency stock has chosen before, and whose works go on."""
    chosen = {one.closing.building: one.closing for one in snapshot.notes.programme.chosen if one.stage < Stage.OVER}
    known, faults = {repr(closing) for closing in before.closings}, []
    for closing in after.closings:
        works = chosen.get(closing.building)
        if works is None or repr(closing) in known or closing.starts >= works.ends:
            continue
        name = after.index.buildings[closing.building]
        over = before.start.plus(math.ceil(works.ends * QUARTERS_PER_YEAR))
        what = f"{name}: works chosen before {snapshot.at} in replication {snapshot.replication} go on then"
        faults.append(Fault(after.scenario.place("actions"), what, f"from {over} on, or another building"))
    return faults


def _dated_before(prepared: Prepared, years: float) -> list[list[tuple[Any, ...]]]:
    """What happens by plan before a date, but for closings."""
    lists: list[Sequence[tuple[Any, ...]]] = [prepared.buildings, prepared.houses, prepared.facilities]
    lists += [prepared.leading, prepared.homes]
    return [[one for one in dated if one[0] < years] for dated in lists]


def _held(scenario: Scenario) -> dict[str, Any]:
    """What a scenario says of the whole run."""
    return scenario.model_dump(exclude=FREE)


def _pulled_before(scenario: Scenario, date: Quarter) -> list[Action]:
    return [action for action in scenario.pulls.values() if Quarter.parse(action.at) < date]


def _are_same(one: Any, other: Any) -> bool:
    """Whether two trees of arrays are, to the bit."""
    if isinstance(one, tuple):
        return all(_are_same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return bool(one == other)


def _check_inputs(prepared: Prepared, snapshot: Snapshot) -> None:
    """Raise ManifestError where a park, its catalog, the engine or files of processes are not those of a snapshot."""
    now = {
        "park_sha256": prepared.given.sha256,
        "catalog_sha256": prepared.given.catalog.sha256,
        "engine_sha256": source_hash(),
        "named_processes": hashes_of(one.process for one in prepared.scenario.processes),
    }
    faults = [
        Fault("snapshot", f"{name} was {getattr(snapshot, name)}, is {value}", "the same inputs and engine")
        for name, value in now.items()
        if getattr(snapshot, name) != value
    ]
    if faults:
        raise ManifestError(faults)


def _said(before: Prepared, after: Prepared, snapshot: Snapshot) -> dict[str, Any] | None:
    """What the manifest says of the past: nothing where a run from the start leaves the same record."""
    named = before.scenario.processes or after.scenario.processes
    if before.park.sha256 == after.park.sha256 and not named:
        return None
    return {"scenario": before.scenario.model_dump(), "at": snapshot.at}
