"""Scenario files: found, read, laid over what they extend, changed from the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from twin.bundled import bundled
from twin.catalog import nearest
from twin.documents import Places, Positions, read_document, read_value
from twin.errors import Fault, ScenarioError
from twin.scenario.model import ITS_OWN, Scenario, faults_of, short

#: What adds up where a scenario extends another.
_LISTS = ("actions", "processes")


def load_scenario(name: str | Path, *, changes: Sequence[str] = ()) -> Scenario:
    """A scenario by the name of a shipped one or by its file; `changes` are `key=value`. Raises ScenarioError."""
    return _with_set(*_read(_find(str(name)), ()), changes)


def with_set(scenario: Scenario, *changes: str) -> Scenario:
    """The scenario with `key=value` changes, as `load_scenario` takes them. Raises ScenarioError."""
    return _with_set(scenario.model_dump(), dict(scenario.positions), changes)


def _with_set(content: dict[str, Any], positions: Places, changes: Sequence[str]) -> Scenario:
    """What is said, with changes, as a scenario that knows its places."""
    for change in changes:
        _set(content, positions, change)
    try:
        return Scenario.model_validate(content).placed(positions)
    except ValidationError as error:
        raise ScenarioError(faults_of(error, positions)) from None


def scenario_names() -> list[str]:
    """Names of the shipped scenarios."""
    return sorted(file.stem for file in bundled("scenarios").glob("*.yaml"))


def _find(name: str) -> Path:
    """The file of a scenario: a path if it ends in .yaml, else the name of a shipped one."""
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        if not _is_file(path):
            raise ScenarioError([Fault(name, "no such file", "the path of a scenario file")])
        return path
    if re.fullmatch(r"[A-Za-z0-9_\-]+", name) and _is_file(bundled("scenarios") / f"{name}.yaml"):
        return bundled("scenarios") / f"{name}.yaml"
    raise ScenarioError([Fault(name, f"unknown scenario {name!r}", nearest(name, scenario_names()))])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the system takes
        return False


def _read(file: Path, seen: tuple[Path, ...]) -> tuple[dict[str, Any], Places]:
    """Content and positions of a file, laid over what it extends: mappings merge, lists add up, the rest replaces."""
    content, positions = read_document(file, ScenarioError, "a scenario: `name: …` and what it changes")
    base_name = content.pop("extends", None)
    if base_name is None:
        return content, positions
    if not isinstance(base_name, str) or not re.fullmatch(r"[A-Za-z0-9_\-]+", base_name):
        what = f"extends {short(base_name)}"
        raise ScenarioError([Fault(positions["extends",], what, "the name of another scenario")])
    beside = file.parent / f"{base_name}.yaml"
    place, seen = positions["extends",], (*seen, file.resolve())
    if not _is_file(beside) and base_name not in scenario_names():
        known = sorted({other.stem for other in file.parent.glob("*.yaml")} - {file.stem} | {*scenario_names()})
        raise ScenarioError([Fault(place, f"extends unknown scenario {base_name!r}", nearest(base_name, known))])
    base_file = beside if _is_file(beside) else _find(base_name)
    if base_file.resolve() in seen:
        what = f"extends {base_name}, and by that itself"
        raise ScenarioError([Fault(place, what, "a base that does not lead back here")])
    base, places = _read(base_file, seen)
    base = {key: value for key, value in base.items() if key not in ITS_OWN}
    places = {path: place for path, place in places.items() if path[:1] not in {(key,) for key in ITS_OWN}}
    for key in _LISTS:
        if not isinstance(base.get(key), list | None):
            raise ScenarioError([Fault(places[key,], f"{key} {base[key]!r}", f"a list of {key}")])
    return _laid_over(base, content), places | _behind(base, positions)


def _laid_over(base: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """A base with what goes on from it laid over it."""
    merged = base | content
    for key in ("settings", "parameters"):
        if isinstance(base.get(key), dict) and isinstance(content.get(key), dict):
            merged[key] = base[key] | content[key]
    for key in _LISTS:
        if isinstance(base.get(key), list) and isinstance(content.get(key), list):
            merged[key] = base[key] + content[key]
    return merged


def _behind(base: Mapping[str, Any], positions: Positions) -> Places:
    """Positions, those of items of lists moved behind the items of the base."""
    places: Places = {}
    for path, place in positions.items():
        if len(path) > 1 and path[0] in _LISTS and isinstance(path[1], int):
            places[path[0], path[1] + len(base.get(str(path[0])) or []), *path[2:]] = place
        else:
            places[path] = place
    return places


def _set(content: dict[str, Any], positions: Places, change: str) -> None:
    """Apply `key=value` or `parameters.quantity.scope=value` from the command line."""
    key, equals, text = change.partition("=")
    head, _, rest = key.partition(".")
    where = f"--set {change}"
    if not equals or not head or (rest and head not in {"settings", "parameters"}):
        cure = "key=value, settings.name=value or parameters.quantity=value"
        raise ScenarioError([Fault(where, "cannot be understood", cure)])
    value = read_value(text, where, ScenarioError)
    path = (head, rest) if rest else (head,)
    if rest and not isinstance(content.get(head) or {}, dict):
        raise ScenarioError([Fault(where, f"{head} is {short(content[head])}", "a table of values")])
    content[head] = {**(content.get(head) or {}), rest: value} if rest else value
    for inside in [known for known in positions if known[: len(path)] == path]:
        del positions[inside]  # what the file says there is said no more
    positions[path] = where
    positions |= {(*path, part): where for part in value} if isinstance(value, dict) else {}
