"""Sweeps: designs of very many runs, a store that survives anything, and what is read from it.

The names below are loaded when they are first used: whether a sweep is finished is known without most of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.sweeps.design import Design
    from twin.sweeps.driving import Progress
    from twin.sweeps.reading import DesignError, load_design
    from twin.sweeps.results import Sweep, load_sweep
    from twin.sweeps.sensitivities import sensitivity
    from twin.sweeps.sweeping import Cost, Ready, get_ready, sweep

_HOME = {
    "Cost": "sweeping",
    "Design": "design",
    "DesignError": "reading",
    "Progress": "driving",
    "Ready": "sweeping",
    "Sweep": "results",
    "get_ready": "sweeping",
    "load_design": "reading",
    "load_sweep": "results",
    "sensitivity": "sensitivities",
    "sweep": "sweeping",
}

__all__ = [
    "Cost",
    "Design",
    "DesignError",
    "Progress",
    "Ready",
    "Sweep",
    "get_ready",
    "load_design",
    "load_sweep",
    "sensitivity",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'twin.sweeps' has no attribute {name!r}")
    return getattr(import_module(f"twin.sweeps.{_HOME[name]}"), name)
