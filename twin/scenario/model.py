"""What a scenario is: a what-if as an object, and what is wrong with one that is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictFloat,
    Tag,
    ValidationError,
    field_validator,
)

from twin.catalog import Catalog, load_catalog, nearest
from twin.documents import Placed, Positions
from twin.errors import CatalogError, Fault, ScenarioError
from twin.park import Edit
from twin.park.edits import KINDS, AnyEdit
from twin.units import QUARTERS_PER_YEAR, Quarter

#: Longer runs are refused.
MOST_QUARTERS = 400


#: And actions that take longer to take effect.
MOST_RAMP_QUARTERS = 80


_STRICT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=True)


#: What is no one else's: a scenario that says none of it has none, whatever it extends.
TITLES = ("title_zh", "title_en", "question")
ITS_OWN = ("name", *TITLES)


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


class Pull(BaseModel):
    """A lever that is pulled one day, how far left open."""

    model_config = _STRICT

    at: str
    """The quarter at whose beginning it is pulled, such as 2027Q1."""
    lever: str
    """Name of a lever: see `twin list levers`."""
    where: Where = Where()
    """What it is narrowed to."""
    ramp_quarters: int = Field(default=0, ge=0, le=MOST_RAMP_QUARTERS, strict=True)
    """Over how many quarters it takes effect, by as much in each; 0 at once."""

    @field_validator("at")
    @classmethod
    def _is_quarter(cls, text: str) -> str:
        Quarter.parse(text)
        return text

    def by(self, value: float) -> Action:
        """The lever pulled so far."""
        return Action(**{name: getattr(self, name) for name in Pull.model_fields}, value=value)


class Action(Pull):
    """One dated change: a lever pulled so far."""

    value: float = Field(strict=True)
    """How far, in the unit of the lever."""


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


class Scenario(Placed):
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
    parameters: dict[str, StrictFloat | dict[str, StrictFloat]] = Field(default_factory=dict)
    """Other values than the catalog's: `quantity` or `quantity.scope`: value."""
    actions: tuple[Step, ...] = ()
    processes: tuple[NamedProcess, ...] = ()
    """Processes that go on through the run."""

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
    def title(self) -> str:
        """Its titles in Chinese and English, one beside the other; its name where there is none in English."""
        return f"{self.title_zh} {self.title_en or self.name}".strip()

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

    def origin(self, *path: str | int) -> str:
        """Where a value comes from: its place in a file, the command line, or `default`.

        What has no place of its own has that of what holds it, but for a setting: one not said is a default, whatever
        others are said beside it.
        """
        least = 2 if path[0] == "settings" else 1
        return next(
            (self._positions[path[:n]] for n in range(len(path), least - 1, -1) if path[:n] in self._positions),
            "default",
        )

    def with_actions(self, *actions: Action | Edit | Mapping[str, Any], name: str | None = None) -> Scenario:
        """The scenario with further actions."""
        return self.with_changes(actions=[*self.actions, *actions], name=name or self.name)

    def with_parameters(self, parameters: Mapping[str, float | Mapping[str, float]]) -> Scenario:
        """The scenario with other parameter values."""
        return self.with_changes(parameters={**self.parameters, **parameters})

    def with_changes(self, **changes: Any) -> Scenario:
        """The scenario with some of its fields replaced; under another name it has no title. Raises ScenarioError."""
        renamed = changes.get("name", self.name) != self.name
        untitled = dict.fromkeys(TITLES, "") if renamed else {}
        try:
            changed = Scenario.model_validate(self.model_dump() | untitled | changes)
        except ValidationError as error:
            raise ScenarioError(faults_of(error, {})) from None
        return changed.placed(self._positions)


def faults_of(error: ValidationError, positions: Positions, form: Form | None = None) -> list[Fault]:
    """Faults of a pydantic error in a document of a form, a scenario by default, each at the nearest place known."""
    form = form or _SCENARIO
    faults = []
    for item in error.errors():
        path = form.written(item["loc"])
        place = next((positions[path[:n]] for n in range(len(path), -1, -1) if path[:n] in positions), form.name)
        dotted = ".".join(str(part) for part in path)
        if item["type"] == "extra_forbidden":
            known = list(form.table(item["loc"], path).model_fields)
            faults.append(Fault(place, f"unknown key {dotted!r}", nearest(str(path[-1]), known)))
        elif item["type"] == "union_tag_invalid":
            said = item["input"].get(form.tag) if isinstance(item["input"], Mapping) else None
            if said is None:
                faults.append(Fault(place, f"{dotted} is no {form.tag}", f"a table with {' or '.join(form.kinds)}"))
            else:
                place = positions.get((*path, form.tag), place)
                faults.append(
                    Fault(place, f"{dotted}: unknown {form.tag} {short(said)}", nearest(str(said), form.kinds))
                )
        else:
            faults.append(Fault(place, *_told(item, dotted)))
    return list(dict.fromkeys(faults))


@dataclass(frozen=True)
class Form:
    """What has to be known of a kind of document to say in its own words what is wrong with one."""

    name: str  #: what it is called where no place in a file is known
    written: Callable[[Sequence[int | str]], tuple[int | str, ...]]  #: from pydantic's way to a value to the file's
    table: Callable[[Sequence[int | str], Sequence[int | str]], type[BaseModel]]  #: what holds a key, by both ways
    tag: str  #: the key that says which of several kinds of table one is
    kinds: Sequence[str]  #: those kinds


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
    got = f"{dotted}: {short(item['input'])}"
    if item["type"] == "value_error":
        what, _, cure = item["msg"].removeprefix("Value error, ").partition("; ")
        return f"{got}: {what}", cure
    if item["type"] == "missing":
        return f"{dotted} is missing", _RIGHT["missing"]
    if item["type"] in {"too_short", "too_long"}:
        least, most = item["ctx"].get("min_length"), item["ctx"].get("max_length")
        return got, f"at least {least} of them" if least is not None else f"at most {most} of them"
    return got, _RIGHT.get(item["type"], item["msg"].removeprefix("Input should be "))


def short(value: Any) -> str:
    """A value that is refused, or its beginning."""
    told = repr(value)
    return told if len(told) <= _LONGEST_TOLD else f"{told[:_LONGEST_TOLD]}…"


def _as_written(path: Sequence[int | str]) -> tuple[int | str, ...]:
    """The way to a value as it stands in the file, without the kinds among which the check chose on its way."""
    if path[:1] == ("actions",) and len(path) > 2:  # noqa: PLR2004  # actions, number, lever or edit
        chosen = 2 if path[2] == "edit" else 1
        return (*path[:2], *path[2 + chosen :])
    return tuple(part for part in path if part not in {"float", "dict[str,float]"})


def _holder(loc: Sequence[int | str], path: Sequence[int | str]) -> type[BaseModel]:
    """The table of a scenario that holds a key."""
    if len(path) > 1 and path[-2] == "where":
        return Where
    if len(path) > 1 and path[-2] == "settings":
        return Settings
    return KINDS.get(str(loc[3]), Action) if path[0] == "actions" else Scenario


_SCENARIO = Form("scenario", _as_written, _holder, "edit", list(KINDS))
