"""Scenario files: YAML 1.2, checked whole, every fault with file, line and column."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    StrictFloat,
    Tag,
    ValidationError,
    field_validator,
)

from twin.bundled import bundled
from twin.catalog import Catalog, load_catalog, nearest
from twin.chains.graph import chains_of
from twin.documents import Places, Positions, read_document, read_value
from twin.errors import CatalogError, Fault, InputError, ScenarioError
from twin.levers import LEVERS, Lever, Rows
from twin.named import PROCESSES, Process, World, find
from twin.named.registry import ProcessFaults
from twin.park import Edit, Park
from twin.park.dates import in_force
from twin.park.edits import KINDS, AnyEdit
from twin.park.tables import SETTINGS
from twin.state.scenes import reaches
from twin.units import QUARTERS_PER_YEAR, Quarter

#: Longer runs are refused.
MOST_QUARTERS = 400

#: And actions that take longer to take effect.
MOST_RAMP_QUARTERS = 80

_STRICT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=True)

#: What adds up where a scenario extends another.
_LISTS = ("actions", "processes")


class Where(BaseModel):
    """What an action is narrowed to; nothing given means everywhere the lever reaches."""

    model_config = _STRICT

    industry: str | None = None
    """Id of an industry."""
    chain_node: str | None = None
    """Id of a link of an industry's chain."""
    stage: str | None = None
    """Id of a stage."""
    service: str | None = None
    """Id of a service."""
    fund: str | None = None
    """Id of a service that is a fund."""
    tier: str | None = None
    """Id of a tier of recognition."""
    zone: str | None = None
    """Id of a zone: the buildings in it."""
    building: str | None = None
    """Id of a building."""
    scene: str | None = None
    """Id of a demonstration scene."""
    skill: str | None = None
    """Id of a group of skills."""


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
    ramp_quarters: int = Field(default=0, ge=0, le=MOST_RAMP_QUARTERS, strict=True)
    """Over how many quarters it takes effect, by as much in each; 0 at once."""

    @field_validator("at")
    @classmethod
    def _is_quarter(cls, text: str) -> str:
        Quarter.parse(text)
        return text


def _pulls_or_edits(said: Any) -> str:
    """Whether an action pulls a lever or edits the park."""
    edits = "edit" in said if isinstance(said, Mapping) else isinstance(said, Edit)
    return "edit" if edits else "lever"


#: A dated action: a lever pulled, or an edit of land, buildings or zones.
Step = Annotated[
    Annotated[Action, Tag("lever")] | Annotated[AnyEdit, Tag("edit")],
    Discriminator(_pulls_or_edits),
]


class NamedProcess(BaseModel):
    """A process that goes on beside the actions: its name, and what it is told."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    process: str
    """Name of a process: see `twin list processes`. Its arguments stand beside it."""


class Settings(BaseModel):
    """Readings of what the park's documents leave open."""

    model_config = _STRICT

    feature_parks: Literal["five", "six"] = "six"
    """Whether 银行保险产业园 and 中电科智能科技园 count as one feature park or as two."""
    wulituo: Literal["outside", "inside"] = "outside"
    """Whether the municipal high-tech zone at 五里坨 counts within the park."""
    industries: str = "s2_four"
    """Which industries are the feature industries (特色产业): a set of `industry_sets.csv`."""
    firms: Literal["resident", "all"] = "resident"
    """Whether firms of the park are those with room in it, or also those that are only registered in it."""
    tier_scope: Literal["district", "park"] = "district"
    """Whether published counts of tiers (26, 441, 1,100) are of the whole district or of the park."""


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
    actions: tuple[Step, ...] = ()
    processes: tuple[NamedProcess, ...] = ()
    """Processes that go on through the run."""

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

    @property
    def pulls(self) -> dict[int, Action]:
        """The actions that pull a lever, by their place in the list."""
        return {n: action for n, action in enumerate(self.actions) if isinstance(action, Action)}

    @property
    def edits(self) -> dict[int, Edit]:
        """The actions that edit the park, by their place in the list."""
        return {n: action for n, action in enumerate(self.actions) if isinstance(action, Edit)}

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

    def origin(self, *path: str | int) -> str:
        """Where a value comes from: its place in a file, the command line, or `default`."""
        return next(
            (self._positions[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._positions), "default"
        )

    def placed(self, positions: Positions) -> Scenario:
        """The scenario, knowing where in its file each of its parts stands."""
        self._positions = dict(positions)
        return self

    def with_actions(self, *actions: Action | Edit | Mapping[str, Any], name: str | None = None) -> Scenario:
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
        """The rows an action that pulls a lever applies to. Raises ScenarioError where it names what is not there."""
        pulled = cast(Action, self.actions[action])
        where, at = pulled.where, Quarter.parse(pulled.at)
        faults: list[Fault] = []

        def pick(field: str, known: Sequence[str]) -> list[int]:
            name = getattr(where, field)
            if name is None:
                return list(range(len(known)))
            if name not in known:
                place = self.place("actions", action, "where", field)
                faults.append(Fault(place, f"unknown {field} {name!r}", nearest(name, list(known))))
                return []
            return [list(known).index(name)]

        buildings, places = pick("building", park.firm_buildings["building_id"].tolist()), []
        if where.zone is not None and pick("zone", sorted(park.zones_in_force["zone_id"].unique())):
            now = in_force(park.zones_in_force, at)
            of_zone = now[now["zone_id"] == where.zone]
            named = set(of_zone["zone_id"] + "@" + of_zone["version"].astype(str))
            inside = [not named.isdisjoint(cell) for cell in park.cells.zones]
            buildings = [row for row in buildings if inside[park.cells.of_building[row]]]
            places = [n for n, name in enumerate(park.living_places(Quarter.parse(self.start))) if name in named]
        lever = LEVERS.get(pulled.lever)
        industries = pick("industry", catalog.industries)
        if lever is not None and lever.chains:
            industries = [row for row in industries if catalog.nodes_of(catalog.industries[row])]
        nodes = pick("chain_node", catalog.chain_nodes) if where.chain_node is not None else []
        rows = Rows(
            industries,
            nodes,
            pick("stage", catalog.stages),
            pick("service", catalog.services),
            buildings,
            [catalog.services.index(catalog.funds[row]) for row in pick("fund", catalog.funds)],
            pick("tier", catalog.tiers),
            [scene for scene in pick("scene", catalog.scenes) if reaches(catalog, scene, industries, nodes)],
            pick("skill", catalog.skills),
            places,
        )
        if not faults and lever is not None:
            faults = self._reaching_nothing(action, where, lever, rows, park, catalog)
        if faults:
            raise ScenarioError(faults)
        return rows

    def _reaching_nothing(
        self, action: int, where: Where, lever: Lever, rows: Rows, park: Park, catalog: Catalog
    ) -> list[Fault]:
        """The first thing that is wrong with an action that names what there is, and reaches nothing by it."""
        chain = catalog.nodes_of(where.industry) if where.industry else catalog.chain_nodes
        placed = where.building or where.zone
        named = f"{where.building} in {where.zone}" if where.building and where.zone else placed
        of_public = np.ones(1, np.bool_)
        if lever.public and placed is not None:
            operators = park.firm_buildings["operator"].iloc[rows.buildings]
            of_public = operators.isin(catalog.public_operators).to_numpy()
        in_buildings = "a zone with buildings for firms at the date, or a building in it"
        told, public = ", ".join(chains_of(catalog)), ", ".join(catalog.public_operators)
        checks: list[tuple[bool, str, str, str]] = [
            (lever.chains and not rows.industries, "industry", f"{where.industry} has no chain", f"one of {told}"),
            (
                where.chain_node is not None and where.chain_node not in chain,
                "chain_node",
                f"{where.chain_node} is no link of {where.industry}",
                "one of its chain, or no industry",
            ),
            (
                "scene" in lever.where and not rows.scenes,
                "",
                "reaches no scene",
                "an industry or a link that some scene is for, or none",
            ),
            (lever.homes and not rows.places, "zone", f"{where.zone}: not in force", "a zone in force at the date"),
            (
                not lever.homes and placed is not None and not rows.buildings,
                "",
                f"{named}: no building for firms",
                in_buildings,
            ),
            (
                not of_public.any(),
                "",
                "reaches no building of a public landlord",
                f"buildings of one of {public}",
            ),
        ]
        wrong = next((check[1:] for check in checks if check[0]), None)
        if wrong is None:
            return []
        field, what, cure = wrong
        return [Fault(self.place("actions", action, "where", *([field] if field else [])), what, cure)]


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


def adjusted(park: Park, scenario: Scenario) -> Park:
    """A park under a scenario's readings of the documents, and with its edits made. Raises ScenarioError."""
    try:
        read = park.under(scenario.settings.model_dump(include=set(SETTINGS)))
        if not scenario.edits:
            return read
        read = replace(read, catalog=scenario.catalog(park.catalog))
        return read.edit(scenario.edits.values(), places=[scenario.place("actions", n) for n in scenario.edits])
    except InputError as error:
        raise ScenarioError(error.faults) from None


def processes_of(scenario: Scenario, park: Park, catalog: Catalog) -> list[Process]:
    """The processes that a scenario names, each told what it says. Raises ScenarioError with every fault."""
    world = World(park, catalog, Quarter.parse(scenario.start), Quarter.parse(scenario.end))
    found: list[Process] = []
    faults: list[Fault] = []
    for n, one in enumerate(scenario.processes):
        try:
            known = find(one.process, scenario.place("processes", n, "process"))
            found.append(known.told(one.model_extra or {}, world, partial(scenario.place, "processes", n)))
        except (ScenarioError, ProcessFaults) as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return found


def readings_of(scenario: Scenario, park: Park) -> dict[str, Any]:
    """What a scenario's settings come to for those who measure its runs, as plain values."""
    settings, catalog = scenario.settings, scenario.catalog(park.catalog)
    return {
        "feature_industries": catalog.industry_sets.get(settings.industries, []),
        "firms": settings.firms,
        "tier_park_share": catalog.value("tier_park_share") if settings.tier_scope == "district" else 1.0,
    }


class Checked(NamedTuple):
    """What a scenario comes to on a park."""

    catalog: Catalog  #: in force
    pulled: Mapping[int, Rows]  #: what each action that pulls a lever applies to, by its place among the actions


def check_scenario(scenario: Scenario, park: Park) -> Checked:
    """What a scenario comes to on a park. Raises ScenarioError with everything that does not fit."""
    faults: list[Fault] = []
    pulled: dict[int, Rows] = {}
    try:
        catalog = scenario.catalog(park.catalog)
    except ScenarioError as error:
        catalog, faults = park.catalog, list(error.faults)
    faults += _check_span(scenario, park)
    if scenario.settings.industries not in catalog.industry_sets:
        what = f"unknown set of industries {scenario.settings.industries!r}"
        cure = nearest(scenario.settings.industries, catalog.industry_sets)
        faults.append(Fault(scenario.place("settings", "industries"), what, cure))
    for n, action in enumerate(scenario.actions):
        if not Quarter.parse(scenario.start) <= Quarter.parse(action.at) <= Quarter.parse(scenario.end):
            place = scenario.place("actions", n, "at")
            faults.append(Fault(place, f"{action.at} is outside the run", f"from {scenario.start} to {scenario.end}"))
    for n, action in scenario.pulls.items():
        faults += _check_pull(scenario, n, action)
        faults += _check_ramp(scenario, n, action, catalog)
        try:
            pulled[n] = scenario.rows(n, park, catalog)
        except ScenarioError as error:
            faults += error.faults
    try:
        processes_of(scenario, park, catalog)
    except ScenarioError as error:
        faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return Checked(catalog, pulled)


def _check_span(scenario: Scenario, park: Park) -> list[Fault]:
    """What is wrong with when a scenario begins and ends."""
    faults = []
    if scenario.quarters < 1:
        faults.append(
            Fault(scenario.place("end"), f"end {scenario.end} lies before start {scenario.start}", "a later end")
        )
    if scenario.quarters > MOST_QUARTERS:
        faults.append(
            Fault(scenario.place("end"), f"{scenario.quarters} quarters", f"at most {MOST_QUARTERS} quarters")
        )
    if Quarter.parse(scenario.start) != park.start:
        known = " or ".join(park.stocks or [str(park.start)])
        what = f"start {scenario.start}, but the park's stock of firms is of the beginning of {known}"
        faults.append(Fault(scenario.place("start"), what, f"start: {known}"))
    return faults


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


def scenario_names() -> list[str]:
    """Names of the shipped scenarios."""
    return sorted(file.stem for file in bundled("scenarios").glob("*.yaml"))


def _check_pull(scenario: Scenario, n: int, action: Action) -> list[Fault]:
    if action.lever not in LEVERS:
        place = scenario.place("actions", n, "lever")
        return [Fault(place, f"unknown lever {action.lever!r}", nearest(action.lever, list(LEVERS)))]
    lever, faults = LEVERS[action.lever], []
    if not lever.low <= action.value <= lever.high:
        place = scenario.place("actions", n, "value")
        cure = f"from {lever.low:g} to {lever.high:g} ({lever.unit})"
        faults.append(Fault(place, f"{action.value:g} is out of the bounds of {lever.name}", cure))
    elif lever.whole and action.value != round(action.value):
        place = scenario.place("actions", n, "value")
        faults.append(Fault(place, f"{action.value:g} of {lever.name}", f"a whole number ({lever.unit})"))
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


def _check_ramp(scenario: Scenario, n: int, action: Action, catalog: Catalog) -> list[Fault]:
    """Whether an action may take effect little by little, and does so before the run ends.

    A joint decision that it waits for is not counted: how long it takes is known when it is made.
    """
    lever, place = LEVERS.get(action.lever), scenario.place("actions", n, "ramp_quarters")
    if lever is None or action.ramp_quarters <= 1:
        return []
    if not lever.ramp:
        return [Fault(place, f"{lever.name} takes effect at once only", "no ramp_quarters, or an action for each part")]
    begins = Quarter.parse(action.at).years_since(Quarter.parse(scenario.start))
    begins += catalog.value(lever.lead) if lever.lead else 0.0
    most = math.ceil((scenario.years - begins) * QUARTERS_PER_YEAR)
    if action.ramp_quarters <= most:
        return []
    what = f"ramp of {action.ramp_quarters} quarters goes on after the run, which ends with {scenario.end}"
    return [Fault(place, what, f"at most {most}, or a later end" if most > 0 else "a later end")]


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
        what = f"extends {_short(base_name)}"
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
        raise ScenarioError([Fault(where, f"{head} is {_short(content[head])}", "a table of values")])
    content[head] = {**(content.get(head) or {}), rest: value} if rest else value
    for inside in [known for known in positions if known[: len(path)] == path]:
        del positions[inside]  # what the file says there is said no more
    positions[path] = where


def _faults_of(error: ValidationError, positions: Positions) -> list[Fault]:
    """Faults of a pydantic error, each at the nearest place known."""
    faults = []
    for item in error.errors():
        path = _as_written(item["loc"])
        place = next((positions[path[:n]] for n in range(len(path), -1, -1) if path[:n] in positions), "scenario")
        dotted = ".".join(str(part) for part in path)
        if item["type"] == "extra_forbidden":
            model: type[BaseModel] = Scenario
            if path[0] == "actions":
                model = KINDS.get(str(item["loc"][3]), Action)
            if len(path) > 1 and path[-2] == "where":
                model = Where
            if len(path) > 1 and path[-2] == "settings":
                model = Settings
            faults.append(Fault(place, f"unknown key {dotted!r}", nearest(str(path[-1]), list(model.model_fields))))
        elif item["type"] == "union_tag_invalid":
            kind = item["input"].get("edit")
            place = positions.get((*path, "edit"), place)
            faults.append(Fault(place, f"{dotted}: unknown edit {_short(kind)}", nearest(str(kind), KINDS)))
        else:
            faults.append(Fault(place, *_told(item, dotted)))
    return list(dict.fromkeys(faults))


#: What would be right where pydantic finds a value of another kind, in words of ours.
_RIGHT = {
    "missing": "it is required",
    "model_type": "a table of keys and values",
    "dict_type": "a table of keys and values",
    "tuple_type": "a list",
    "string_type": "text, in quotation marks where it looks like a number",
    "string_pattern_mismatch": "a name of letters, digits, - and _, 80 at most",
}

#: Of a value that is refused, so many characters are told.
_LONGEST_TOLD = 120


def _told(item: Mapping[str, Any], dotted: str) -> tuple[str, str]:
    """What is wrong with a value, and what would be right."""
    got = f"{dotted}: {_short(item['input'])}"
    if item["type"] == "value_error":
        what, _, cure = item["msg"].removeprefix("Value error, ").partition("; ")
        return f"{got}: {what}", cure
    if item["type"] == "missing":
        return f"{dotted} is missing", _RIGHT["missing"]
    if item["type"] in {"too_short", "too_long"}:
        least, most = item["ctx"].get("min_length"), item["ctx"].get("max_length")
        return got, f"at least {least} of them" if least is not None else f"at most {most} of them"
    return got, _RIGHT.get(item["type"], item["msg"].removeprefix("Input should be "))


def _short(value: Any) -> str:
    """A value that is refused, or its beginning."""
    told = repr(value)
    return told if len(told) <= _LONGEST_TOLD else f"{told[:_LONGEST_TOLD]}…"


def _as_written(path: Sequence[int | str]) -> tuple[int | str, ...]:
    """The way to a value as it stands in the file, without the kinds among which the check chose on its way."""
    if path[:1] == ("actions",) and len(path) > 2:  # noqa: PLR2004  # actions, number, lever or edit
        chosen = 2 if path[2] == "edit" else 1
        return (*path[:2], *path[2 + chosen :])
    return tuple(part for part in path if part not in {"float", "dict[str,float]"})
