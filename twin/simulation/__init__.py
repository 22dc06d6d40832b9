"""Runs: from a park and a scenario to a record, whole, or branching off from where another run was left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twin.engine import is_compiled
from twin.named import Process
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation.branching import branch, last_common_quarter, pause, quarter_within, resume
from twin.simulation.living import Life, run
from twin.simulation.manifests import inputs_of, past_of, scenario_of
from twin.simulation.preparing import Prepared, load_and_check, park_of, prepare
from twin.simulation.snapshot import Snapshot, load_snapshot

__all__ = [
    "Life",
    "Prepared",
    "Process",
    "Snapshot",
    "branch",
    "inputs_of",
    "is_compiled",
    "last_common_quarter",
    "load_and_check",
    "load_snapshot",
    "park_of",
    "past_of",
    "pause",
    "prepare",
    "quarter_within",
    "replay",
    "resume",
    "run",
    "scenario_of",
    "simulate",
]


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


def replay(manifest: Mapping[str, Any]) -> Record:
    """Do the run of a manifest again. Raises ManifestError where what it names is no longer what it was."""
    park, scenario = inputs_of(manifest)
    how: dict[str, Any] = {name: manifest[name] for name in ("replication", "calendar", "events")}
    past = past_of(manifest)
    if past is None:
        return simulate(park, scenario, **how)
    before, at = past
    return resume(park, pause(park, before, at=at, **how), scenario, calendar=manifest["calendar"])
