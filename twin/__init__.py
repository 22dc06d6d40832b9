"""The simulation engine of an industrial park's digital twin.

A park (parcels, buildings, zones, firms as GeoDataFrames) and a scenario (a YAML file or an object) go in; a record
of what happened comes out, and indicators, comparisons, pictures and reports from it. The names below are loaded when
they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from twin.catalog import Catalog, load_catalog
    from twin.engine.environment import Happening, ParkEnvironment
    from twin.engine.kinds import Kind
    from twin.errors import EditError, InputError, ParkError, ScenarioError, TwinError
    from twin.facts import check_facts
    from twin.formats import export
    from twin.indicators import INDICATORS, measure
    from twin.levers import LEVERS
    from twin.named import process
    from twin.park import Edit, Park, load_park, save_park
    from twin.park.intake import import_park
    from twin.park.ledger import ledger_of
    from twin.record import Record, load_record
    from twin.scenario import Action, Scenario, load_scenario
    from twin.simulation import Snapshot, load_snapshot, pause, replay, resume, simulate
    from twin.study import Comparison, Study, compare, hindcast, replicate
    from twin.sweeps import Sweep, load_sweep, sweep
    from twin.view import draw, scene

_HOME = {
    "Catalog": "catalog",
    "load_catalog": "catalog",
    "Happening": "engine.environment",
    "ParkEnvironment": "engine.environment",
    "Kind": "engine.kinds",
    "EditError": "errors",
    "InputError": "errors",
    "ParkError": "errors",
    "ScenarioError": "errors",
    "TwinError": "errors",
    "check_facts": "facts",
    "export": "formats",
    "INDICATORS": "indicators",
    "measure": "indicators",
    "LEVERS": "levers",
    "process": "named",
    "Edit": "park",
    "Park": "park",
    "load_park": "park",
    "save_park": "park",
    "import_park": "park.intake",
    "ledger_of": "park.ledger",
    "Record": "record",
    "load_record": "record",
    "Action": "scenario",
    "Scenario": "scenario",
    "load_scenario": "scenario",
    "Snapshot": "simulation",
    "load_snapshot": "simulation",
    "pause": "simulation",
    "replay": "simulation",
    "resume": "simulation",
    "simulate": "simulation",
    "Comparison": "study",
    "Study": "study",
    "compare": "study",
    "hindcast": "study",
    "replicate": "study",
    "Sweep": "sweeps",
    "load_sweep": "sweeps",
    "sweep": "sweeps",
    "draw": "view",
    "scene": "view",
}

__all__ = [
    "INDICATORS",
    "LEVERS",
    "Action",
    "Catalog",
    "Comparison",
    "Edit",
    "EditError",
    "Happening",
    "InputError",
    "Kind",
    "Park",
    "ParkEnvironment",
    "ParkError",
    "Record",
    "Scenario",
    "ScenarioError",
    "Snapshot",
    "Study",
    "Sweep",
    "TwinError",
    "check_facts",
    "compare",
    "draw",
    "export",
    "hindcast",
    "import_park",
    "ledger_of",
    "load_catalog",
    "load_park",
    "load_record",
    "load_scenario",
    "load_snapshot",
    "load_sweep",
    "measure",
    "pause",
    "process",
    "replay",
    "replicate",
    "resume",
    "save_park",
    "scene",
    "simulate",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'twin' has no attribute {name!r}")
    return getattr(import_module(f"twin.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
