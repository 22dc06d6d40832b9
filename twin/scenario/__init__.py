"""Scenario files: YAML 1.2, checked whole, every fault with file, line and column."""

from __future__ import annotations

from twin.scenario.checking import Checked, adjusted, check_scenario, processes_of, readings_of, rows_of
from twin.scenario.model import MOST_QUARTERS, MOST_RAMP_QUARTERS, Action, NamedProcess, Pull, Scenario, Settings, Where
from twin.scenario.reading import load_scenario, scenario_names, with_set
from twin.scenario.showing import resolved, resolved_yaml, scenario_schema

__all__ = [
    "MOST_QUARTERS",
    "MOST_RAMP_QUARTERS",
    "Action",
    "Checked",
    "NamedProcess",
    "Pull",
    "Scenario",
    "Settings",
    "Where",
    "adjusted",
    "check_scenario",
    "load_scenario",
    "processes_of",
    "readings_of",
    "resolved",
    "resolved_yaml",
    "rows_of",
    "scenario_names",
    "scenario_schema",
    "with_set",
]
