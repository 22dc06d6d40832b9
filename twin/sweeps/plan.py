"""What a sweep is to do: its points as scenarios, its runs in order, and what each run is called in a store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from twin.catalog import Catalog
from twin.named import hashes_of
from twin.park import Park
from twin.scenario import Scenario
from twin.sweeps.design import Design, Factor, LeverFactor, ParameterFactor, ScenarioFactor, SettingFactor
from twin.sweeps.points import Points, Span, keys_of, lay_out, meaning_of, rows_of
from twin.sweeps.reading import Bases, readings
from twin.sweeps.sources import code_hash
from twin.versions import versions

#: What a scenario says that a run does not hang on.
_SAID_ONLY = {"name", "title_zh", "title_en", "question", "park", "replications", "parameters"}


class Run(NamedTuple):
    """One run of a sweep."""

    number: int  #: in the order of the plan: points in order, the replications of each
    point: int
    replication: int  #: among those of its point, from 0
    luck: int  #: the number of its replication in the simulation


@dataclass(frozen=True)
class Varied:
    """Scenarios with factors at values."""

    bases: Bases
    factors: Sequence[Factor]
    catalog: Catalog  #: in force in the first scenario
    catalogs: Mapping[str, Catalog] = field(default_factory=dict)  #: and in the named ones

    def scenario(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario of a point, by the labels of the factors. Raises ScenarioError."""
        base, catalog = self.bases.first, self.catalog
        for factor in self.factors:
            if isinstance(factor, ScenarioFactor):
                name = str(values[factor.label])
                base, catalog = self.bases.named[name], self.catalogs[name]
        parameters: dict[str, Any] = dict(base.parameters)
        actions, settings = list(base.actions), base.settings.model_dump()
        for factor in self.factors:
            value = values[factor.label]
            if isinstance(factor, ParameterFactor):
                said = _parameters(factor, float(value), catalog)
                # behind those of the scenario, as one for all scopes takes the place of those before it
                parameters = {key: kept for key, kept in parameters.items() if key not in said} | said
            elif isinstance(factor, LeverFactor):
                actions.append(factor.by(float(value)))
            elif isinstance(factor, SettingFactor):
                settings[factor.setting] = str(value)
        return base.with_changes(parameters=parameters, actions=actions, settings=settings)


def _parameters(factor: ParameterFactor, value: float, catalog: Catalog) -> dict[str, float]:
    """What a factor at a value says of parameters, where a catalog is in force."""
    meaning, keys = meaning_of(factor, catalog), keys_of(factor, catalog)
    if meaning == "value":
        return dict.fromkeys(keys, value)
    if meaning == "times":
        quantity = factor.parameter.partition(".")[0]
        return {key: value * catalog.value(quantity, scope) for key, scope in keys.items()}
    rows = {row["scope"]: row for row in rows_of(factor.parameter, catalog)}
    said = {}
    for key, scope in keys.items():
        row = rows.get(scope) or rows[""]
        said[key] = float(Span(float(row["low"]), float(row["high"]), whole=False, log=False).at(np.array(value)))
    return said


@dataclass(frozen=True)
class Plan:
    """The runs of a design on a park."""

    design: Design
    park: Park
    varied: Varied
    points: Points
    engine: Mapping[str, Any]  #: what runs hang on besides park and scenario

    def __len__(self) -> int:
        """How many runs there are."""
        return len(self.points) * self.design.replications

    def runs(self, numbers: range) -> list[Run]:
        """Some of the runs, by their numbers."""
        each = self.design.replications
        points, replications = np.divmod(np.asarray(numbers, dtype=np.int64), each)
        luck = self.points.luck(points) * each + replications
        columns = (numbers, points.tolist(), replications.tolist(), luck.tolist())
        return [Run(*row) for row in zip(*columns, strict=True)]

    def scenarios(self, points: Sequence[int]) -> dict[int, Scenario]:
        """The scenarios of some points. Raises ScenarioError."""
        frame = self.points.frame(np.asarray(points, dtype=np.int64))
        columns = {label: frame[label].tolist() for label in self.points.labels}
        values = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return {point: self.varied.scenario(one) for point, one in zip(points, values, strict=True)}

    def address(self, scenario: Scenario) -> Address:
        """What runs of a scenario are called in a store."""
        return Address.of(scenario, self.park, self.engine)


def plan_of(design: Design, bases: Bases, park: Park) -> Plan:
    """The plan of a design that has been checked."""
    catalog = bases.first.catalog(park.catalog)
    names = [one.process for base in (bases.first, *bases.named.values()) for one in base.processes]
    engine = {"code_sha256": code_hash(), "versions": versions(), "processes": hashes_of(names)}
    points = lay_out(design.blocks, catalog, readings(catalog))
    catalogs = {name: base.catalog(park.catalog) for name, base in bases.named.items()}
    return Plan(design, park, Varied(bases, design.factors, catalog, catalogs), points, engine)


class Address(NamedTuple):
    """What all replications of a scenario on a park share of their names."""

    content: str  #: all that a run hangs on but its luck, as JSON of a fixed order

    @classmethod
    def of(cls, scenario: Scenario, park: Park, engine: Mapping[str, Any]) -> Address:
        """The address of a scenario: names and titles do not count, nor do parameters at the values of the catalog.

        A value that is said for all scopes is the same as one said for each.
        """
        said = scenario.model_dump(mode="json", exclude=_SAID_ONLY)
        values = scenario.catalog(park.catalog).values
        usual = park.catalog.values
        changed = {f"{q}.{s}": v for (q, s), v in values.items() if usual.get((q, s), usual.get((q, ""))) != v}
        gone = sorted(f"{q}.{s}" for q, s in usual if s and (q, s) not in values)
        content = {
            "scenario": said,
            "values": changed,
            "without": gone,
            "park_sha256": park.sha256,
            "catalog_sha256": park.catalog.sha256,
            **engine,
        }
        return cls(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False))

    def key(self, luck: int) -> str:
        """The name of a run in a store: SHA-256 of all that it hangs on."""
        return hashlib.sha256(f"{self.content}#{luck}".encode()).hexdigest()
