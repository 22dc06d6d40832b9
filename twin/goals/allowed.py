"""The allowed range of a goal: which levers may be pulled, when, of what, and how far, read strictly from a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from twin.bundled import bundled
from twin.documents import Placed, Places, Positions, read_document
from twin.errors import Fault, GoalError, ScenarioError
from twin.goals.space import Space
from twin.levers import LEVERS, Lever, neutral
from twin.park import Park
from twin.scenario import Pull, Scenario, Where, adjusted, check_scenario
from twin.scenario.model import Form, faults_of
from twin.units import Quarter

_STRICT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

#: More levers than this take more runs than anyone waits for.
MOST_LEVERS = 30


class Factor(Pull):
    """A lever that may be pulled, and how far."""

    model_config = _STRICT

    low: float = Field(strict=True)
    """The least value, in the unit of the lever."""
    high: float = Field(strict=True)
    """The greatest; the value by which the lever does nothing lies between the two, or is one of them."""

    @property
    def about(self) -> Lever:
        """What its lever is."""
        return LEVERS[self.lever]

    @property
    def neutral(self) -> float:
        """The value by which it does nothing."""
        value = neutral(self.about)
        return self.low if value is None else value


class Allowed(Placed):
    """An allowed range: the levers of a package, and the scenario that they are pulled in."""

    model_config = _STRICT

    name: str = Field(default="levers", pattern=r"^[A-Za-z0-9_\-]{1,80}$")
    """Short name: letters, digits, - and _."""
    scenario: str = "baseline"
    """The scenario that the package is added to: a shipped one by its name, or a scenario file."""
    vary: tuple[Factor, ...] = Field(min_length=1, max_length=MOST_LEVERS)
    """The levers."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        said = [(one.lever, one.at, one.where.model_dump_json()) for one in self.vary]
        twice = next((one for one in said if said.count(one) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice[0]} at {twice[1]} twice; each lever once for a date and what it is narrowed to")
        return self

    @property
    def space(self) -> Space:
        """The range as numbers, a lever along each side in the order of the file."""
        ends = ([one.low for one in self.vary], [one.high for one in self.vary], [one.neutral for one in self.vary])
        return Space.of(*ends, [one.about.whole for one in self.vary])


def load_allowed(file: str | Path | None = None) -> Allowed:
    """The allowed range of a file, or the one that comes along. Raises GoalError with every fault."""
    path = Path(file) if file is not None else bundled("scenarios") / "goals" / "levers.yaml"
    content, positions = read_document(path, GoalError, "an allowed range: `vary:` and a list of levers")
    beside = path.parent / str(content.get("scenario"))
    if re.search(r"\.ya?ml$", str(content.get("scenario"))) and beside.is_file():
        content["scenario"] = str(beside)  # a scenario file is looked for beside the file that names it
    return read_allowed(content, positions)


def read_allowed(content: dict[str, Any], positions: Positions) -> Allowed:
    """The allowed range of a document. Raises GoalError with every fault, each at the nearest place known."""
    try:
        return Allowed.model_validate(content).placed(positions)
    except ValidationError as error:
        raise GoalError(faults_of(error, positions, _ALLOWED)) from None


def check_allowed(allowed: Allowed, scenario: Scenario, park: Park, year: int) -> None:
    """Raise GoalError with everything by which a range does not fit a scenario on a park and a goal's year."""
    faults: list[Fault] = []
    for n, factor in enumerate(allowed.vary):
        faults += _of_factor(allowed, n, factor, year)
    changed = adjusted(park, scenario)
    for end in ("low", "high"):
        # the ends are actions: what is wrong with them the scenario says, at places of ours
        first = len(scenario.actions)
        pulled = scenario.with_actions(*(one.by(getattr(one, end)) for one in allowed.vary))
        try:
            check_scenario(pulled.placed(_as_actions(allowed, scenario.positions, first, end)), changed)
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise GoalError(list(dict.fromkeys(faults)))


def _of_factor(allowed: Allowed, n: int, factor: Factor, year: int) -> list[Fault]:
    """What is wrong with a range that would be no fault of an action."""
    if factor.lever not in LEVERS:
        return []
    found = []
    value = neutral(factor.about)
    if not factor.low < factor.high:
        what = f"{factor.lever} from {factor.low:g} to {factor.high:g}"
        found.append(Fault(allowed.place("vary", n, "high"), what, "a high above the low"))
    elif value is None:
        what = f"{factor.lever} has no value by which it does nothing"
        found.append(Fault(allowed.place("vary", n, "lever"), what, "another lever"))
    elif not factor.low <= value <= factor.high:
        what = f"{factor.lever} from {factor.low:g} to {factor.high:g} is without {value:g}, by which it does nothing"
        place = allowed.place("vary", n, "low" if value < factor.low else "high")
        found.append(Fault(place, what, f"a range with {value:g} in it, so that to do nothing is a package"))
    if Quarter.parse(factor.at).year > year:
        what = f"{factor.at} is after the year of the goal, {year}"
        found.append(Fault(allowed.place("vary", n, "at"), what, f"{year}Q4 or before"))
    return found


def _as_actions(allowed: Allowed, known: Positions, first: int, end: str) -> Places:
    """Places of a scenario's parts, and those of the factors as the actions behind its own."""
    places: Places = dict(known)
    for n, factor in enumerate(allowed.vary):
        places["actions", first + n] = allowed.place("vary", n)
        for field in Pull.model_fields:
            places["actions", first + n, field] = allowed.place("vary", n, field)
        places["actions", first + n, "value"] = allowed.place("vary", n, end)
        for field, value in factor.where:
            if value is not None:
                places["actions", first + n, "where", field] = allowed.place("vary", n, "where", field)
    return places


def _holder(_: Sequence[int | str], path: Sequence[int | str]) -> type[BaseModel]:
    """The table of a range that holds a key."""
    if "where" in path[:-1]:
        return Where
    return Factor if len(path) > 1 else Allowed


#: How an allowed range is written, so that what is wrong with one is said in its words.
_ALLOWED = Form("goal", lambda loc: tuple(loc) or ("vary",), _holder, "lever", ())


def range_of(levers: Allowed | Sequence[Factor]) -> Allowed:
    """An allowed range of what was given as one, or as its levers alone. Raises GoalError."""
    if isinstance(levers, Allowed):
        return levers
    return read_allowed({"vary": [one.model_dump() for one in levers]}, {})
