"""Scenarios shown: all that one holds and where it comes from, and what any may hold."""

from __future__ import annotations

from typing import Any

from twin.catalog import load_catalog
from twin.levers import LEVERS
from twin.named import PROCESSES
from twin.park import Edit
from twin.scenario.model import Action, Scenario


def resolved(scenario: Scenario) -> dict[str, Any]:
    """All that a scenario holds, defaults too, as plain values; what an action is not narrowed to is left out."""
    held = scenario.model_dump(mode="json", exclude={"actions"})
    return held | {"actions": [_said(action) for action in scenario.actions]}


def _said(action: Action | Edit) -> dict[str, Any]:
    """What an action says: what kind it is, its date, and what is not as it would be anyway."""
    kind = {"edit": action.edit} if isinstance(action, Edit) else {}
    return kind | action.model_dump(mode="json", exclude_defaults=True)


def resolved_yaml(scenario: Scenario, *, origins: bool = False) -> str:
    """The same as a file that says it by itself; with `origins`, beside each value where it comes from."""
    from io import StringIO

    from ruamel.yaml import YAML

    writer, stream = YAML(), StringIO()
    writer.width = 4096  # one value a line, so that its origin may stand behind it
    held = _commented(scenario, resolved(scenario), ()) if origins else resolved(scenario)
    writer.dump(held, stream)
    return stream.getvalue()


def _commented(scenario: Scenario, held: Any, path: tuple[str | int, ...]) -> Any:
    """Mappings and lists with the origin of each of their values behind it."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(held, dict) and held:
        found: Any = CommentedMap()
        for key, value in held.items():
            found[key] = _commented(scenario, value, (*path, key))
            if not isinstance(value, dict | list) or not value:
                found.yaml_add_eol_comment(scenario.origin(*path, key), key)
        return found
    if isinstance(held, list) and held:
        return CommentedSeq(_commented(scenario, value, (*path, n)) for n, value in enumerate(held))
    return held


def scenario_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a scenario file: names of levers, settings and edits are listed."""
    schema = Scenario.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["extends"] = {"type": "string", "description": "Name of the scenario that it goes on from."}
    schema["$defs"]["Action"]["properties"]["lever"]["enum"] = list(LEVERS)
    schema["$defs"]["Settings"]["properties"]["industries"]["enum"] = list(load_catalog().industry_sets)
    named = schema["$defs"]["NamedProcess"]
    named["properties"]["process"]["examples"] = list(PROCESSES)
    named["allOf"] = [
        {
            "if": {"properties": {"process": {"const": known.name}}, "required": ["process"]},
            "then": {
                "properties": {"process": {"description": known.about}}
                | {argument.name: argument.schema for argument in known.arguments.values()},
                "required": [argument.name for argument in known.arguments.values() if argument.required],
                "additionalProperties": False,
            },
        }
        for known in PROCESSES.values()
    ]
    return schema
