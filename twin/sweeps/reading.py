"""Design files: read, and checked against the scenario and the park they are about."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from pydantic import BaseModel, ValidationError

from twin.catalog import Catalog, nearest
from twin.documents import read_document
from twin.errors import CatalogError, Fault, InputError, ScenarioError
from twin.levers import LEVERS
from twin.park import Park
from twin.scenario import Pull, Scenario, Settings, Where, adjusted, check_scenario, load_scenario, with_set
from twin.scenario.model import Form, faults_of
from twin.simulation import park_of
from twin.sweeps.design import (
    FACTORS,
    SAMPLED,
    Block,
    Design,
    Factor,
    LeverFactor,
    ParameterFactor,
    ScenarioFactor,
    SettingFactor,
)
from twin.sweeps.points import Readings, count_of, keys_of, meaning_of, range_of, rows_of, values_of
from twin.sweeps.sources import design_file, design_names

#: Larger sweeps are refused unless they are said to be meant.
MOST_RUNS = 10_000_000

#: Columns of a sweep's tables, which no factor may be called.
RESERVED = ("run", "point", "replication", "seconds", "reason", "again")

#: Of larger numbers of runs no figures are told.
_MOST_TOLD = 10**15

#: The steps to a place in a design's file.
Path_ = tuple[str | int, ...]


class DesignError(InputError):
    """A design cannot be read, or asks for something that does not exist."""


@dataclass(frozen=True)
class Bases:
    """The scenarios that the points of a design go on from, by their names there."""

    first: Scenario
    named: Mapping[str, Scenario]  #: those of its scenario factor, none without one


def load_design(file: str | Path) -> Design:
    """A design from its file, or a shipped one by its name. Raises DesignError with every fault of its form."""
    content, positions = read_document(design_file(file), DesignError, "a design: `name: …`, `design: …`, `vary: …`")
    try:
        return Design.model_validate(content).placed(positions)
    except ValidationError as error:
        raise DesignError(faults_of(error, positions, _DESIGN)) from None


def is_design(name: str) -> bool:
    """Whether a name is a shipped design's, or that of a file that says how points are laid out."""
    if name in design_names():
        return True
    file = Path(name)
    if file.suffix not in {".yaml", ".yml"}:
        return False
    try:
        return re.search(r"^design:", file.read_text(encoding="utf-8"), re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return False


def check_file(name: str) -> int:
    """How many runs a design comes to, by its name or file. Raises InputError with everything that does not fit."""
    design = load_design(name)
    bases = load_bases(design)
    return check_design(design, bases, park_of(bases.first), yes=True)


def load_bases(design: Design, *, changes: Sequence[str] = (), park: str | None = None) -> Bases:
    """The scenarios of a design, with its changes and further ones. Raises DesignError and ScenarioError."""
    told, places = [], {}
    for key, value in design.changes.items():
        told.append(f"{key}={json.dumps(value)}")
        places[f"--set {told[-1]}"] = design.place("changes", key)
    told += [*changes, *([f"park={json.dumps(park)}"] if park is not None else [])]
    own_replications = [change for change in told if change.partition("=")[0] == "replications"]
    if own_replications:
        where = f"--set {own_replications[0]}"
        cure = "`replications:` of the design itself"
        raise DesignError([Fault(places.get(where, where), "replications of the scenario are not a sweep's", cure)])
    first = _changed(_load(design, design.scenario, ("scenario",)), told, places)
    named: dict[str, Scenario] = {}
    faults: list[Fault] = []
    for path, factor in factors_of(design):
        for n, name in enumerate(factor.scenarios if isinstance(factor, ScenarioFactor) else ()):
            where = design.place(*path, "scenarios", n)
            try:
                other = _changed(_load(design, name, (*path, "scenarios", n)), told, places)
            except ScenarioError as error:
                faults += error.faults
                continue
            if (other.park, other.start, other.end) != (first.park, first.start, first.end):
                what = f"{name} is of {other.park} from {other.start} to {other.end}"
                faults.append(Fault(where, what, f"one of {first.park} from {first.start} to {first.end}"))
            named[name] = other.with_changes(seed=first.seed)
    if faults:
        raise DesignError(faults)
    return Bases(first, named)


def _changed(scenario: Scenario, told: Sequence[str], places: Mapping[str, str]) -> Scenario:
    """A scenario with changes that know where in the design they are said. Raises ScenarioError."""
    try:
        changed = with_set(scenario, *told)
    except ScenarioError as error:
        faults = [fault._replace(where=places.get(fault.where, fault.where)) for fault in error.faults]
        raise ScenarioError(faults) from None
    return changed.placed({path: places.get(place, place) for path, place in changed.positions.items()})


def factors_of(design: Design) -> Iterator[tuple[Path_, Factor]]:
    """The factors of a design, each with the way to it in the file."""
    for b, block in enumerate(design.blocks):
        above: Path_ = () if b == 0 else ("cross", b - 1)
        for n, factor in enumerate(block.vary):
            yield (*above, "vary", n), factor


def readings(catalog: Catalog) -> Readings:
    """All readings of each setting, the usual one first."""
    found = {}
    for name, field in Settings.model_fields.items():
        known = list(catalog.industry_sets) if name == "industries" else list(get_args(field.annotation))
        found[name] = sorted(known, key=lambda one, usual=field.default: one != usual)  # type: ignore[misc]
    return found


def check_design(design: Design, bases: Bases, park: Park, *, yes: bool = False) -> int:
    """How many runs a design comes to. Raises DesignError with everything that does not fit.

    Each factor is tried by itself at the ends of its range; points at which several do not go together fail when they
    are run. More than MOST_RUNS runs have to be meant: `yes`.
    """
    catalog = bases.first.catalog(park.catalog)
    known = readings(catalog)
    faults = [*_check_labels(design), *_check_kinds(design)]
    for path, factor in factors_of(design):
        faults += _check_names(design, path, factor, known, catalog)
    faults = faults or _check_twice(design, catalog)
    if not faults:
        for b, block in enumerate(design.blocks):
            faults += _check_block(design, () if b == 0 else ("cross", b - 1), block, catalog, known)
    if faults:
        raise DesignError(faults)
    runs = math.prod(count_of(block, known) for block in design.blocks) * design.replications
    if runs > MOST_RUNS and not yes:
        cure = f"fewer values or points, or --yes where more than {MOST_RUNS:,} are meant"
        what = f"{runs:,} runs" if runs <= _MOST_TOLD else f"more than {_MOST_TOLD:,} runs"
        raise DesignError([Fault(design.place("design"), what, cure)])
    if faults := list(dict.fromkeys(_check_ends(design, bases, park, catalog, known))):
        raise DesignError(faults)
    return runs


def _load(design: Design, name: str, path: Path_) -> Scenario:
    """A scenario that a design names: a file beside the design's, or as anywhere. Raises ScenarioError at its place."""
    file = design.positions.get((), "")
    beside = Path(file).parent / name if file else Path(name)
    try:
        return load_scenario(beside if Path(name).suffix in {".yaml", ".yml"} and beside.is_file() else name)
    except ScenarioError as error:
        named = [fault._replace(where=design.place(*path)) if fault.where == name else fault for fault in error.faults]
        raise ScenarioError(named) from None


def _check_labels(design: Design) -> list[Fault]:
    """A fault for each factor that has no column of its own."""
    faults, seen = [], set(RESERVED)
    for path, factor in factors_of(design):
        if factor.label in seen:
            what = f"a second column {factor.label!r}" if factor.label not in RESERVED else f"{factor.label!r} is taken"
            faults.append(Fault(design.place(*path), what, "`name:` with a name of its own"))
        seen.add(factor.label)
    return faults


def _check_twice(design: Design, catalog: Catalog) -> list[Fault]:
    """A fault for each factor of which another would take the place."""
    faults, seen = [], dict[str, str]()
    for path, factor in factors_of(design):
        if isinstance(factor, LeverFactor):
            continue  # a lever may be pulled twice
        sets = ["the scenario"] if isinstance(factor, ScenarioFactor) else []
        if isinstance(factor, SettingFactor):
            sets = [factor.setting]
        if isinstance(factor, ParameterFactor):
            quantity, every = factor.parameter.partition(".")[0], keys_of(factor, catalog)
            scopes = catalog.scopes(quantity) if quantity in every else every.values()
            sets = [f"{quantity}.{scope}" if scope else quantity for scope in scopes]
        by = [seen[one] for one in sets if one in seen]
        if by:
            what = f"{factor.label} varies what {by[0]} varies"
            faults.append(Fault(design.place(*path), what, "one factor for it"))
        seen |= dict.fromkeys(sets, factor.label)
    return faults


def _check_kinds(design: Design) -> list[Fault]:
    """What is wrong with how blocks are laid out, whatever they vary."""
    faults, own_luck = [], 0
    for b, block in enumerate(design.blocks):
        at: Path_ = () if b == 0 else ("cross", b - 1)
        sampled, listed = block.design in SAMPLED, block.design == "list"
        if sampled and block.n is None:
            faults.append(Fault(design.place(*at, "design"), f"{block.design} without n", "n: how many points"))
        if not sampled and block.n is not None:
            what = f"n beside {block.design}"
            faults.append(Fault(design.place(*at, "n"), what, "no n; it is of lhs, sobol, morris and saltelli"))
        if listed != bool(block.points):
            cure = "points: a list of tables, factor: value" if listed else "design: list, or no points"
            faults.append(Fault(design.place(*at, "points"), f"{block.design} and {len(block.points)} points", cure))
        if block.design == "morris" and block.levels % 2:
            faults.append(Fault(design.place(*at, "levels"), f"levels {block.levels}", "an even number, such as 4"))
        unused = [("levels", block.design == "morris"), ("design_seed", sampled)]
        for key, used in unused:
            if not used and getattr(block, key) != Block.model_fields[key].default:
                faults.append(Fault(design.place(*at, key), f"{key} beside {block.design}", f"no {key}"))
        own_luck += block.design in {"morris", "saltelli"}
        if own_luck > 1 and block.design in {"morris", "saltelli"}:
            what = f"a second block of {block.design}"
            faults.append(Fault(design.place(*at, "design"), what, "one block of morris or saltelli in a design"))
    return faults


def _check_names(design: Design, path: Path_, factor: Factor, known: Readings, catalog: Catalog) -> list[Fault]:
    """Whether what a factor varies is there."""
    key, what, cure = "", "", ""
    if isinstance(factor, LeverFactor) and factor.lever not in LEVERS:
        key, what, cure = "lever", f"unknown lever {factor.lever!r}", nearest(factor.lever, LEVERS)
    if isinstance(factor, SettingFactor):
        readings_of_it = known.get(factor.setting, ())
        wrong = [value for value in factor.values or () if value not in readings_of_it]
        if factor.setting not in known:
            key, what, cure = "setting", f"unknown setting {factor.setting!r}", nearest(factor.setting, known)
        elif wrong:
            key, what, cure = "values", f"{factor.setting}: {wrong[0]!r}", f"one of {', '.join(readings_of_it)}"
    if isinstance(factor, ParameterFactor):
        key, what, cure = _wrong_parameter(factor, catalog)
    return [Fault(design.place(*path, key), what, cure)] if key else []


def _wrong_parameter(factor: ParameterFactor, catalog: Catalog) -> tuple[str, str, str]:
    """The key that is wrong with a parameter, why, and what would be right; "" none."""
    quantity, dot, scope = factor.parameter.partition(".")
    names = [row["id"] for row in catalog.tables["quantities"]]
    if quantity not in names:
        return "parameter", f"unknown parameter {quantity!r}", nearest(quantity, names)
    if catalog.law_of_age(quantity):
        return "parameter", f"{quantity} is a law of age", "scenarios with laws of their own, as `scenarios:`"
    scopes = [one for one in catalog.scopes(quantity) if one]
    if dot and scope not in scopes:
        cure = nearest(scope, scopes) if scopes else "it has one value, write it without a scope"
        return "parameter", f"unknown scope {scope!r} of {quantity}", cure
    if factor.by == "value" and not scope and len(rows_of(factor.parameter, catalog)) > 1:
        cure = f"a scope, such as {quantity}.{catalog.scopes(quantity)[0]}, or by: times, or by: span"
        return "by", f"one value for all of {quantity}", cure
    return "", "", ""


def _check_block(design: Design, at: Path_, block: Block, catalog: Catalog, known: Readings) -> list[Fault]:
    """Whether the factors of a block have values, and as many as it asks for."""
    faults = []
    for n, factor in enumerate(block.vary):
        if isinstance(factor, ParameterFactor | LeverFactor) and block.design != "list":
            faults += _check_range(design, (*at, "vary", n), factor, block, catalog)
        elif block.design == "list":
            for key in ("values", "low", "high", "steps"):
                if getattr(factor, key, None) is not None:
                    where, what = design.place(*at, "vary", n, key), f"{key} of {factor.label} beside a list"
                    faults.append(Fault(where, what, f"no {key}; points say the values"))
    if faults:
        return faults
    if block.design == "zip":
        lengths = [len(values_of(factor, catalog, known)) for factor in block.vary]
        faults += [
            Fault(
                design.place(*at, "vary", n), f"{length} values of {block.vary[n].label}", f"{lengths[0]}, as the first"
            )
            for n, length in enumerate(lengths)
            if length != lengths[0]
        ]
    labels = {factor.label: factor for factor in block.vary}
    for n, point in enumerate(block.points):
        faults += _check_point(design, (*at, "points", n), point, labels, known, catalog)
    return faults


def _check_range(
    design: Design, path: Path_, factor: ParameterFactor | LeverFactor, block: Block, catalog: Catalog
) -> list[Fault]:
    """Whether a factor that is a number has values, or a range."""
    where = design.place(*path)
    if factor.values is not None:
        said = [key for key in ("low", "high", "steps") if getattr(factor, key) is not None]
        said += ["scale"] if factor.scale == "log" else []
        faults = [Fault(design.place(*path, key), f"{key} beside values", "one or the other") for key in said]
        for n, value in enumerate(factor.values):
            faults += _check_value(design.place(*path, "values", n), factor, value, catalog)
        return faults
    if factor.steps is None and block.design in {"grid", "zip"}:
        what = f"a range of {factor.label} in a {block.design} without steps"
        return [Fault(where, what, "values, or low, high and steps")]
    if factor.steps is not None and block.design not in {"grid", "zip"}:
        what = f"steps of {factor.label} in a {block.design}"
        return [Fault(design.place(*path, "steps"), what, "no steps; they are of grid and zip")]
    low, high = factor.low, factor.high
    if isinstance(factor, ParameterFactor):
        usual = range_of(factor, catalog)
        low, high = usual[0] if low is None else low, usual[1] if high is None else high
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return [Fault(where, f"no range of {factor.label}", "low and high, or values")]
    for key, value in (("low", low), ("high", high)):
        if faults := _check_value(design.place(*path, key), factor, value, catalog):
            return faults
    told, whole = (
        f"{factor.label} from {low:g} to {high:g}",
        isinstance(factor, LeverFactor) and LEVERS[factor.lever].whole,
    )
    checks = (
        (not low < high, told, "low below high"),
        (factor.scale == "log" and low <= 0, f"{told} on a scale of logarithms", "low above 0"),
        (
            factor.scale == "log" and whole,
            f"{factor.label} on a scale of logarithms",
            "a lever of fractions, or values",
        ),
    )
    return [Fault(where, what, cure) for wrong, what, cure in checks if wrong][:1]


def _check_value(where: str, factor: ParameterFactor | LeverFactor, value: float, catalog: Catalog) -> list[Fault]:
    """Whether a number is of the kind that a factor takes; its bounds are the scenario's to check."""
    what = f"{factor.label}: {value:g}"
    if isinstance(factor, LeverFactor):
        return [Fault(where, what, "a whole number")] if LEVERS[factor.lever].whole and value % 1 else []
    outside = meaning_of(factor, catalog) == "span" and not 0.0 <= value <= 1.0
    return [Fault(where, what, "from 0, the low of each row, to 1, its high; or by: times")] if outside else []


def _check_point(
    design: Design,
    path: Path_,
    point: Mapping[str, Any],
    labels: Mapping[str, Factor],
    known: Readings,
    catalog: Catalog,
) -> list[Fault]:
    """Whether a point of a list says each factor once, and of the right kind."""
    faults = [
        Fault(design.place(*path, key), f"unknown factor {key!r}", nearest(key, labels))
        for key in point
        if key not in labels
    ]
    for label, factor in labels.items():
        if label not in point:
            faults.append(Fault(design.place(*path), f"no {label}", "a value of each factor"))
            continue
        value, where = point[label], design.place(*path, label)
        number = isinstance(factor, ParameterFactor | LeverFactor)
        if number == isinstance(value, str):
            faults.append(Fault(where, f"{label}: {value!r}", "a number" if number else "a name"))
        elif isinstance(factor, ParameterFactor | LeverFactor):
            faults += _check_value(where, factor, value, catalog)
        elif isinstance(factor, SettingFactor) and value not in known[factor.setting]:
            faults.append(Fault(where, f"{label}: {value!r}", f"one of {', '.join(known[factor.setting])}"))
        elif isinstance(factor, ScenarioFactor) and value not in factor.scenarios:
            faults.append(Fault(where, f"{label}: {value!r}", nearest(str(value), factor.scenarios)))
    return faults


def _check_ends(design: Design, bases: Bases, park: Park, catalog: Catalog, known: Readings) -> Iterator[Fault]:
    """What the scenarios themselves say of each factor at the ends of what it takes, the others left out."""
    from twin.sweeps.plan import Varied  # it reads designs too

    for base in (bases.first, *bases.named.values()):
        yield from _faults_of_scenario(base, park)
    lists = {id(factor): block for block in design.blocks if block.design == "list" for factor in block.vary}
    for path, factor in factors_of(design):
        if isinstance(factor, ScenarioFactor):
            continue
        places = dict(bases.first.positions)
        ends = _ends(design, path, factor, lists.get(id(factor)), catalog, known)
        for where, value in ends:
            if isinstance(factor, LeverFactor):
                own = ("actions", len(bases.first.actions))
                places |= {own: design.place(*path), (*own, "value"): where}
                places |= {(*own, key): design.place(*path, key) for key in Pull.model_fields}
                places |= {(*own, "where", key): design.place(*path, "where", key) for key in Where.model_fields}
            try:
                varied = Varied(bases, (factor,), catalog).scenario({factor.label: value})
            except ScenarioError as error:
                yield from (fault._replace(where=where) for fault in error.faults)
                continue
            places |= {("parameters", key): where for key in varied.parameters if key not in bases.first.parameters}
            yield from _faults_of_scenario(varied.placed(places), park)


def _ends(
    design: Design, path: Path_, factor: Factor, listed: Block | None, catalog: Catalog, known: Readings
) -> list[tuple[str, Any]]:
    """Where the least and the largest value of a factor are said, and which they are; of a setting, all values."""
    if listed is not None:
        at, said = (*path[:-2], "points"), [point[factor.label] for point in listed.points]
        tried = dict.fromkeys(said) if isinstance(factor, SettingFactor) else (min(said), max(said))
        return [(design.place(*at, said.index(value), factor.label), value) for value in tried]
    if isinstance(factor, SettingFactor | ScenarioFactor):
        return [(design.place(*path), value) for value in values_of(factor, catalog, known)]
    if factor.values is not None:
        order = np.argsort(factor.values)
        return [(design.place(*path, "values", int(n)), factor.values[n]) for n in (order[0], order[-1])]
    usual = range_of(factor, catalog) if isinstance(factor, ParameterFactor) else (math.nan, math.nan)
    pairs = zip(("low", "high"), (factor.low, factor.high), usual, strict=True)
    return [(design.place(*path, key), own if own is not None else common) for key, own, common in pairs]


def _faults_of_scenario(scenario: Scenario, park: Park) -> list[Fault]:
    try:
        check_scenario(scenario, adjusted(park, scenario))
    except (ScenarioError, CatalogError) as error:
        return list(error.faults)
    return []


def _written(loc: Sequence[int | str]) -> tuple[int | str, ...]:
    """The way to a value as it stands in the file, without the kind of factor that the check chose on its way."""
    path: list[int | str] = []
    for n, part in enumerate(loc):
        chosen = n > 1 and loc[n - 2] == "vary" and isinstance(loc[n - 1], int)
        if not chosen and part not in {"int", "float", "str"}:
            path.append(part)
    return tuple(path)


def _holder(loc: Sequence[int | str], path: Sequence[int | str]) -> type[BaseModel]:
    """The table of a design that holds a key."""
    if len(path) > 1 and path[-2] == "where":
        return Where
    kinds = [part for n, part in enumerate(loc) if n > 1 and loc[n - 2] == "vary"]
    if kinds:
        return FACTORS[str(kinds[0])]
    return Block if path[0] == "cross" else Design


_DESIGN = Form("design", _written, _holder, "factor", list(FACTORS))
