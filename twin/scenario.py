"""Scenario files: YAML 1.2, checked whole, every fault with file, line and column."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StrictFloat, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

from twin.bundled import bundled
from twin.catalog import Catalog, load_catalog, nearest
from twin.errors import CatalogError, Fault, ScenarioError
from twin.levers import LEVERS, Rows
from twin.park import Park
from twin.units import QUARTERS_PER_YEAR, Quarter

Path_ = tuple[str | int, ...]
Positions = Mapping[Path_, str]

#: Larger scenario files are refused unread.
LARGEST_BYTES = 100_000

#: A document with more values than this, aliases written out, or more levels, is refused.
MOST_NODES = 100_000
MOST_LEVELS = 8

#: Longer runs are refused.
MOST_QUARTERS = 400

_STRICT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=True)


class Where(BaseModel):
    """What an action is narrowed to; nothing given means everywhere the lever reaches."""

    model_config = _STRICT

    industry: str | None = None
    """Id of an industry."""
    stage: str | None = None
    """Id of a stage."""
    service: str | None = None
    """Id of a service."""
    zone: str | None = None
    """Id of a zone: the buildings in it."""
    building: str | None = None
    """Id of a building."""


class Action(BaseModel):
    """One dated change."""

    model_config = _STRICT

    at: str
    """The quarter at whose beginning it happens, such as 2027Q1."""
    lever: str
    """Name of a lever: see `twin list levers`."""
    value: float = Field(strict=True)
    """How far, in the unit of the lever."""
    where: Where = Where()
    """What it is narrowed to."""

    @field_validator("at")
    @classmethod
    def _is_quarter(cls, text: str) -> str:
        Quarter.parse(text)
        return text


class Settings(BaseModel):
    """Readings of what the park's documents leave open."""

    model_config = _STRICT

    feature_parks: Literal["five", "six"] = "six"
    """Whether 银行保险产业园 and 中电科智能科技园 count as one feature park or as two."""
    wulituo: Literal["outside", "inside"] = "outside"
    """Whether the municipal high-tech zone at 五里坨 counts within the park."""


class Scenario(BaseModel):
    """A what-if: which park, from when to when, what is assumed and what is done."""

    model_config = _STRICT

    name: str = Field(pattern=r"^[A-Za-z0-9_\-]{1,80}$")
    """Short name: letters, digits, - and _."""
    title_zh: str = ""
    title_en: str = ""
    question: str = ""
    """The planner's question it answers."""
    park: str = "shijingshan"
    """The shipped park by its name, or a park folder."""
    start: str = "2026Q1"
    """First quarter."""
    end: str = "2035Q4"
    """Last quarter, counted in full."""
    replications: int = Field(default=20, ge=1, le=100_000, strict=True)
    seed: int = Field(default=20260101, ge=0, le=2**32 - 1, strict=True)
    time_grid_years: float = Field(default=0.0, ge=0.0, le=1.0, strict=True)
    """Dates are rounded up to multiples of this power of two; 0 leaves time continuous."""
    settings: Settings = Settings()
    parameters: dict[str, StrictFloat | dict[str, StrictFloat]] = {}
    """Other values than the catalog's: `quantity` or `quantity.scope`: value."""
    actions: tuple[Action, ...] = ()

    _positions: Positions = PrivateAttr(default_factory=dict)

    @field_validator("start", "end")
    @classmethod
    def _is_quarter(cls, text: str) -> str:
        Quarter.parse(text)
        return text

    @field_validator("time_grid_years")
    @classmethod
    def _is_power_of_two(cls, grid: float) -> float:
        if grid > 0 and not math.log2(grid).is_integer():
            raise ValueError("not a power of two; take 0.25, 0.0625 or the like")
        return grid

    @property
    def quarters(self) -> int:
        """Number of quarters from start to end."""
        return Quarter.parse(self.end).ordinal - Quarter.parse(self.start).ordinal + 1

    @property
    def years(self) -> float:
        """Length in years."""
        return self.quarters / QUARTERS_PER_YEAR

    def catalog(self, base: Catalog | None = None) -> Catalog:
        """The catalog with the scenario's parameters. Raises ScenarioError with every fault."""
        base = base or load_catalog()
        try:
            return base.with_values(self.parameters)
        except CatalogError as error:
            raise ScenarioError(
                [f._replace(where=self.place("parameters", f.where[11:])) for f in error.faults]
            ) from None

    def place(self, *path: str | int) -> str:
        """Where something stands in its file, as file:line:column; its path where there is no file."""
        for length in range(len(path), -1, -1):
            if path[:length] in self._positions:
                return self._positions[path[:length]]
        return ".".join(str(part) for part in path)

    def placed(self, positions: Positions) -> Scenario:
        """The scenario, knowing where in its file each of its parts stands."""
        self._positions = dict(positions)
        return self

    def with_actions(self, *actions: Action | Mapping[str, Any], name: str | None = None) -> Scenario:
        """The scenario with further actions."""
        return self.with_changes(actions=[*self.actions, *actions], name=name or self.name)

    def with_parameters(self, parameters: Mapping[str, float | Mapping[str, float]]) -> Scenario:
        """The scenario with other parameter values."""
        return self.with_changes(parameters={**self.parameters, **parameters})

    def with_changes(self, **changes: Any) -> Scenario:
        """The scenario with some of its fields replaced. Raises ScenarioError."""
        try:
            changed = Scenario.model_validate(self.model_dump() | changes)
        except ValidationError as error:
            raise ScenarioError(_faults_of(error, {})) from None
        return changed.placed(self._positions)

    def rows(self, action: int, park: Park, catalog: Catalog) -> Rows:
        """The rows an action applies to. Raises ScenarioError where it names what is not there."""
        where, faults = self.actions[action].where, []

        def pick(field: str, known: Sequence[str]) -> list[int]:
            name = getattr(where, field)
            if name is None:
                return list(range(len(known)))
            if name not in known:
                place = self.place("actions", action, "where", field)
                faults.append(Fault(place, f"unknown {field} {name!r}", nearest(name, list(known))))
                return []
            return [list(known).index(name)]

        buildings = pick("building", park.firm_buildings["building_id"].tolist())
        if where.zone is not None:
            zones = sorted(park.zones_in_force["zone_id"].unique())
            if pick("zone", zones):
                inside = [any(zone.split("@")[0] == where.zone for zone in cell) for cell in park.cells.zones]
                buildings = [row for row in buildings if inside[park.cells.of_building[row]]]
        rows = Rows(
            pick("industry", catalog.industries),
            pick("stage", catalog.stages),
            pick("service", catalog.services),
            buildings,
        )
        if not faults and not buildings and (where.zone is not None or where.building is not None):
            named = where.zone if where.building is None else f"{where.building} in {where.zone}"
            cure = "a zone with buildings for firms, or a building in it"
            faults.append(Fault(self.place("actions", action, "where"), f"{named}: no building for firms", cure))
        if faults:
            raise ScenarioError(faults)
        return rows


def load_scenario(name: str | Path, *, changes: Sequence[str] = ()) -> Scenario:
    """A scenario by the name of a shipped one or by its file; `changes` are `key=value`. Raises ScenarioError."""
    content, positions = _read(_find(str(name)), ())
    for change in changes:
        _set(content, positions, change)
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        raise ScenarioError(_faults_of(error, positions)) from None
    return scenario.placed(positions)


def check_scenario(scenario: Scenario, park: Park) -> Catalog:
    """The catalog in force for a scenario on a park. Raises ScenarioError with everything that does not fit."""
    faults: list[Fault] = []
    try:
        catalog = scenario.catalog(park.catalog)
    except ScenarioError as error:
        catalog, faults = park.catalog, list(error.faults)
    if scenario.quarters < 1:
        faults.append(
            Fault(scenario.place("end"), f"end {scenario.end} lies before start {scenario.start}", "a later end")
        )
    if scenario.quarters > MOST_QUARTERS:
        faults.append(
            Fault(scenario.place("end"), f"{scenario.quarters} quarters", f"at most {MOST_QUARTERS} quarters")
        )
    if Quarter.parse(scenario.start) != park.start:
        what = f"start {scenario.start}, but the park's stock of firms is of the beginning of {park.start}"
        faults.append(Fault(scenario.place("start"), what, f"start: {park.start}"))
    for n, action in enumerate(scenario.actions):
        faults += _check_action(scenario, n, action)
        try:
            scenario.rows(n, park, catalog)
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return catalog


def scenario_names() -> list[str]:
    """Names of the shipped scenarios."""
    return sorted(file.stem for file in bundled("scenarios").glob("*.yaml"))


def _check_action(scenario: Scenario, n: int, action: Action) -> list[Fault]:
    if action.lever not in LEVERS:
        place = scenario.place("actions", n, "lever")
        return [Fault(place, f"unknown lever {action.lever!r}", nearest(action.lever, list(LEVERS)))]
    lever, faults = LEVERS[action.lever], []
    if not lever.low <= action.value <= lever.high:
        place = scenario.place("actions", n, "value")
        cure = f"from {lever.low:g} to {lever.high:g} ({lever.unit})"
        faults.append(Fault(place, f"{action.value:g} is out of the bounds of {lever.name}", cure))
    if not Quarter.parse(scenario.start) <= Quarter.parse(action.at) <= Quarter.parse(scenario.end):
        place = scenario.place("actions", n, "at")
        faults.append(Fault(place, f"{action.at} is outside the run", f"from {scenario.start} to {scenario.end}"))
    given = {field for field, value in action.where if value is not None}
    place = scenario.place("actions", n, "where")
    for field in sorted(given - set(lever.where)):
        cure = f"it takes {', '.join(lever.where) or 'nothing'}"
        faults.append(
            Fault(scenario.place("actions", n, "where", field), f"{lever.name} cannot be narrowed by {field}", cure)
        )
    faults += [
        Fault(place, f"{lever.name} needs a {field}", f"where: {{{field}: …}}")
        for field in lever.needs
        if field not in given
    ]
    return faults


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


def _read(file: Path, seen: tuple[Path, ...]) -> tuple[dict[str, Any], dict[Path_, str]]:
    """Content and positions of a file, laid over what it extends: mappings merge, actions add up, the rest replaces."""
    if file.resolve() in seen:
        raise ScenarioError([Fault(str(file), "extends itself", "a base that does not lead back here")])
    content, positions = _parse(file)
    base_name = content.pop("extends", None)
    if base_name is None:
        return content, positions
    beside = file.parent / f"{base_name}.yaml"
    named = isinstance(base_name, str) and re.fullmatch(r"[A-Za-z0-9_\-]+", base_name)
    if not named:
        raise ScenarioError([Fault(positions["extends",], f"extends {base_name!r}", "the name of another scenario")])
    base_file = beside if beside.is_file() else _find(str(base_name))
    base, places = _read(base_file, (*seen, file.resolve()))
    actions = base.get("actions")
    if not isinstance(actions, list | None):
        raise ScenarioError([Fault(places["actions",], f"actions {actions!r}", "a list of actions")])
    shift = len(actions or [])
    for path, place in positions.items():
        if len(path) > 1 and path[0] == "actions" and isinstance(path[1], int):
            places["actions", path[1] + shift, *path[2:]] = place
        else:
            places[path] = place
    merged = base | content
    for key in ("settings", "parameters"):
        if isinstance(base.get(key), dict) and isinstance(content.get(key), dict):
            merged[key] = base[key] | content[key]
    if isinstance(base.get("actions"), list) and isinstance(content.get("actions"), list):
        merged["actions"] = base["actions"] + content["actions"]
    return merged, places


def _parse(file: Path) -> tuple[dict[str, Any], dict[Path_, str]]:
    """A YAML file as plain values, and where each stands. Raises ScenarioError."""
    if file.stat().st_size > LARGEST_BYTES:
        raise ScenarioError([Fault(str(file), f"larger than {LARGEST_BYTES} bytes", "a smaller file")])
    try:
        content = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise ScenarioError([Fault(where, f"not valid YAML: {error.problem}", "correct the line")]) from None
    except (YAMLError, RecursionError, ValueError, AttributeError, TypeError) as error:
        # the last two: what the parser meets in a mapping merged into itself
        raise ScenarioError([Fault(str(file), f"not valid YAML: {error}", "a YAML 1.2 file in UTF-8")]) from None
    if not isinstance(content, CommentedMap):
        raise ScenarioError([Fault(str(file), "no scenario", "`name: …` and what it changes")])
    positions: dict[Path_, str] = {(): str(file)}
    return _plain(content, (), positions, file, set()), positions


def _plain(node: Any, path: Path_, positions: dict[Path_, str], file: Path, above: set[int]) -> Any:
    """A parsed node as plain Python values; anything but mappings, lists and plain scalars is refused."""
    if isinstance(node, CommentedMap | CommentedSeq):
        if id(node) in above or len(path) > MOST_LEVELS or len(positions) > MOST_NODES:
            cure = f"at most {MOST_LEVELS} levels and {MOST_NODES} values"
            raise ScenarioError([Fault(positions.get(path, str(file)), "nested too deeply or too large", cure)])
        if node.tag.value is not None or getattr(node, "merge", None):
            what = f"a tag {node.tag.value}" if node.tag.value is not None else "a merge key <<"
            raise ScenarioError([Fault(positions.get(path, str(file)), what, "plain lists and tables")])
        above = above | {id(node)}
    if isinstance(node, CommentedMap | CommentedSeq) and type(node) not in {CommentedMap, CommentedSeq}:
        what = f"a value of type {type(node).__name__}"
        raise ScenarioError([Fault(positions.get(path, str(file)), what, "plain lists and tables")])
    if isinstance(node, CommentedMap):
        for key in node:
            line, column = node.lc.key(key)
            positions[(*path, str(key))] = f"{file}:{line + 1}:{column + 1}"
        if len({str(key) for key in node}) < len(node):
            raise ScenarioError([Fault(positions.get(path, str(file)), "a key twice, in other words", "each key once")])
        return {str(key): _plain(value, (*path, str(key)), positions, file, above) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        for n in range(len(node)):
            line, column = node.lc.item(n)
            positions[(*path, n)] = f"{file}:{line + 1}:{column + 1}"
        return [_plain(value, (*path, n), positions, file, above) for n, value in enumerate(node)]
    return _scalar(node, positions.get(path, str(file)))


def _scalar(node: Any, place: str) -> str | float | bool | None:
    """A plain scalar without what the parser attached to it."""
    if node is None or isinstance(node, bool):
        return node
    for plain, marked in ((bool, ScalarBoolean), (int, int), (float, float), (str, str)):
        if isinstance(node, marked):
            return plain(node)
    raise ScenarioError([Fault(place, f"a value of type {type(node).__name__}", "text, a number, true or false")])


def _set(content: dict[str, Any], positions: dict[Path_, str], change: str) -> None:
    """Apply `key=value` or `parameters.quantity.scope=value` from the command line."""
    key, equals, text = change.partition("=")
    head, _, rest = key.partition(".")
    where = f"--set {change}"
    if not equals or not head or (rest and head not in {"settings", "parameters"}):
        cure = "key=value, settings.name=value or parameters.quantity=value"
        raise ScenarioError([Fault(where, "cannot be understood", cure)])
    try:
        value = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError, ValueError) as error:
        problem = getattr(error, "problem", None) or str(error)
        raise ScenarioError([Fault(where, f"not valid YAML: {problem}", "a plain value")]) from None
    if rest:
        if not isinstance(content.get(head) or {}, dict):
            raise ScenarioError([Fault(where, f"{head} is {content[head]!r}", "a table of values")])
        content[head] = {**(content.get(head) or {}), rest: value}
        positions[head, rest] = where
    else:
        content[head] = value
        positions[head,] = where


def _faults_of(error: ValidationError, positions: Positions) -> list[Fault]:
    """Faults of a pydantic error, each at the nearest place known."""
    faults = []
    for item in error.errors():
        path = tuple(part for part in item["loc"] if part not in {"float", "dict[str,float]"})
        place = next((positions[path[:n]] for n in range(len(path), -1, -1) if path[:n] in positions), "scenario")
        dotted = ".".join(str(part) for part in path)
        if item["type"] == "extra_forbidden":
            model: type[BaseModel] = Action if path[0] == "actions" else Scenario
            if len(path) > 1 and path[-2] == "where":
                model = Where
            if len(path) > 1 and path[-2] == "settings":
                model = Settings
            faults.append(Fault(place, f"unknown key {dotted!r}", nearest(str(path[-1]), list(model.model_fields))))
        else:
            got = "" if item["type"] == "missing" else f" (got {item['input']!r})"
            faults.append(Fault(place, f"{dotted}: {item['msg'].removeprefix('Value error, ')}{got}", ""))
    return list(dict.fromkeys(faults))
