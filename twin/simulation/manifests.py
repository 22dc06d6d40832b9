"""What a run says of itself, so that it can be done again: its inputs, by hash, and the versions of everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from twin.engine import source_hash
from twin.engine.environment import ParkEnvironment, ReferenceEnvironment
from twin.errors import Fault, ManifestError
from twin.named import hashes_of
from twin.park import Park
from twin.scenario import Scenario, readings_of
from twin.simulation.preparing import park_of
from twin.versions import versions

#: Replications are numbered from 0 to below this.
MOST_LUCK = 2**31

CALENDARS: Mapping[str, type[ParkEnvironment]] = {"compiled": ParkEnvironment, "reference": ReferenceEnvironment}


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


def past_of(manifest: Mapping[str, Any]) -> tuple[Scenario, str] | None:
    """The scenario and quarter from which the run of a manifest went on, None of a whole run. Raises ManifestError."""
    past = manifest.get("past")
    if past is None:
        return None
    if not isinstance(past, Mapping) or not isinstance(past.get("at"), str) or "scenario" not in past:
        raise ManifestError([Fault("manifest", "no usable past", "a manifest.json as a run writes it")])
    return scenario_of(past), past["at"]


def inputs_of(manifest: Mapping[str, Any]) -> tuple[Park, Scenario]:
    """The park and scenario of a manifest. Raises ManifestError where they, or the engine, are not what they were."""
    fields = {"replication": int, "calendar": str, "events": bool, "scenario": dict}
    wrong = [name for name, kind in fields.items() if type(manifest.get(name)) is not kind]
    if not wrong and not 0 <= manifest["replication"] < MOST_LUCK:
        wrong = ["replication"]
    if wrong or manifest["calendar"] not in CALENDARS:
        cure = "a manifest.json as a run writes it"
        raise ManifestError([Fault("manifest", f"no usable {name}", cure) for name in wrong or ["calendar"]])
    scenario, before = scenario_of(manifest), past_of(manifest)
    park = park_of(scenario)
    now = manifest_of(
        park,
        scenario,
        replication=manifest["replication"],
        calendar=manifest["calendar"],
        events=manifest["events"],
        past={"scenario": before[0].model_dump()} if before else None,
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


def manifest_of(
    park: Park,
    scenario: Scenario,
    *,
    replication: int,
    calendar: str,
    events: bool,
    processes: Sequence[str] = (),
    past: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What is written down of a run; `park` is as it was before the scenario's settings and edits.

    `processes` are the names of the user's own. `past` is said of a run that went on from another's, where it has to be
    known to do it again.
    """
    before = [one["process"] for one in past["scenario"]["processes"]] if past else []
    return {
        "schema": 1,
        "scenario": scenario.model_dump(),
        "replication": replication,
        "calendar": calendar,
        "events": events,
        "processes": list(processes),
        "readings": readings_of(scenario, park),
        "named_processes": hashes_of([*before, *(one.process for one in scenario.processes)]),
        "park": scenario.park,
        "park_sha256": park.sha256,
        "catalog_sha256": park.catalog.sha256,
        "engine_sha256": source_hash(),
        "versions": versions(),
        **({"past": past} if past else {}),
    }
