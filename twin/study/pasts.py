"""Replications left at the beginning of a quarter, in a folder, and others that go on from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from twin.engine import source_hash
from twin.errors import Fault, ManifestError
from twin.indicators import measure
from twin.park import Park
from twin.record import read_manifest, write_json, written_whole
from twin.scenario import Scenario
from twin.simulation import (
    Life,
    Process,
    branch,
    inputs_of,
    load_snapshot,
    past_of,
    prepare,
    quarter_within,
    scenario_of,
)
from twin.study.replications import Progress, Run, Runs, Study, in_order, number_of_runs, replicate

KIND = "pasts"


def save_pasts(
    park: Park,
    scenario: Scenario,
    folder: str | Path,
    *,
    at: str,
    replications: int | None = None,
    calendar: str = "compiled",
    events: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Run replications of a scenario until the beginning of a quarter and write them to a folder, whole or not at all.

    Raises ScenarioError where the scenario does not fit the park, and where `at` is no quarter of the run.
    """
    n, quarter = number_of_runs(scenario, replications), quarter_within(scenario, at)
    prepared = prepare(park, scenario, events=events)
    with written_whole(Path(folder)) as place:

        def one(number: int) -> None:
            Life(prepared, replication=number, calendar=calendar).until(quarter).save(place / _name(number))

        for done, _ in enumerate(in_order(one, range(n), None, parallel=True), start=1):
            if progress is not None:
                progress(done)
        content = {
            "kind": KIND,
            "scenario": scenario.model_dump(),
            "at": at,
            "replications": n,
            "events": events,
            "engine_sha256": source_hash(),
        }
        write_json(content, place / "manifest.json")
    return Path(folder)


def past_scenario(folder: str | Path) -> tuple[Scenario, int]:
    """Under which scenario the replications of a folder have lived, and how many there are. Raises ManifestError."""
    content = read_manifest(Path(folder))
    n = content.get("replications")
    if content.get("kind") != KIND or not isinstance(n, int) or n < 1:
        raise ManifestError([Fault(str(folder), "no replications to go on from", "a folder that `twin pause` wrote")])
    return scenario_of(content), n


def replicate_from(
    park: Park,
    folder: str | Path,
    scenario: Scenario | None = None,
    *,
    calendar: str = "compiled",
    processes: Sequence[Process] = (),
    workers: int | None = None,
    progress: Progress | None = None,
) -> Study:
    """Go on with all replications of a folder, under the scenario they have lived under or another, and measure them.

    Raises ScenarioError where the scenario says otherwise of the past, and ManifestError where the folder, the park or
    the engine are not what they were.
    """
    before, n = past_scenario(folder)
    content = read_manifest(Path(folder))
    events = bool(content.get("events"))
    wanted = before if scenario is None else scenario
    left, going_on = prepare(park, before, events=events), prepare(park, wanted, events=events)

    def one(number: int) -> Run:
        snapshot = load_snapshot(Path(folder) / _name(number))
        told = (before, content.get("at"), number, events)
        if (snapshot.scenario, snapshot.at, snapshot.replication, snapshot.events) != told:
            where, cure = str(Path(folder) / _name(number)), "the folder as `twin pause` wrote it"
            raise ManifestError([Fault(where, f"not replication {number} of what the folder holds", cure)])
        record = branch(left, going_on, snapshot, calendar=calendar, processes=processes).record()
        return record, measure(record).assign(replication=number)

    runs = Runs(going_on)
    for record, table in in_order(one, range(n), workers, parallel=not (processes or wanted.processes)):
        runs.take(record, table)
        if progress is not None:
            progress(len(runs.tables))
    return runs.study()


def replay_study(manifest: Mapping[str, Any]) -> Study:
    """Do the runs of a study's manifest again. Raises ManifestError where what it names is no longer what it was."""
    park, scenario = inputs_of(manifest)
    n, past = manifest.get("replications"), past_of(manifest)
    if not isinstance(n, int) or n < 1:
        raise ManifestError([Fault("manifest", f"replications {n!r}", "a whole number from 1")])
    calendar, events = manifest["calendar"], manifest["events"]
    if past is None:
        return replicate(park, scenario, replications=n, calendar=calendar, events=events)
    with TemporaryDirectory(prefix="twin-") as folder:
        place = Path(folder) / "past"
        save_pasts(park, past[0], place, at=past[1], replications=n, calendar=calendar, events=events)
        return replicate_from(park, place, scenario, calendar=calendar)


def _name(number: int) -> str:
    """The folder of a replication."""
    return f"r{number:04d}"
