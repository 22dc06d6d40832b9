"""What a sweep is to do: its points as scenarios, its runs in order, and what each run is called in a store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from twin.catalog import Catalog
from twin.named import hashes_of
from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import versions
from twin.sweeps.design import Design, Factor, LeverFactor, ParameterFactor, ScenarioFactor, SettingFactor
from twin.sweeps.points import Points, lay_out, meaning_of, rows_of
from twin.sweeps.reading import Bases, readings
from twin.sweeps.sources import code_hash

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

    def scenario(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario of a point, by the labels of the factors. Raises ScenarioError."""
        base = self.bases.first
        for factor in self.factors:
            if isinstance(factor, ScenarioFactor):
                base = self.bases.named[str(values[factor.label])]
        parameters: dict[str, Any] = dict(base.parameters)
        actions, settings = list(base.actions), base.settings.model_dump()
        for factor in self.factors:
            value = values[factor.label]
            if isinstance(factor, ParameterFactor):
                parameters |= self._parameters(factor, float(value))
            elif isinstance(factor, LeverFactor):
                said = {
                    "lever": factor.lever,
                    "at": factor.at,
                    "value": float(value),
                    "where": factor.where.model_dump(),
                }
                actions.append(said | {"ramp_quarters": factor.ramp_quarters})  # type: ignore[arg-type]
            elif isinstance(factor, SettingFactor):
                settings[factor.setting] = str(value)
        return base.with_changes(parameters=parameters, actions=actions, settings=settings)

    def _parameters(self, factor: ParameterFactor, value: float) -> dict[str, float]:
        """What a factor at a value says of parameters."""
        meaning, rows = meaning_of(factor, self.catalog), rows_of(factor.parameter, self.catalog)
        if meaning == "value":
            return {factor.parameter: value}
        quantity, _, scope = factor.parameter.partition(".")
        if meaning == "span":
            ends = {row["scope"]: (float(row["low"]), float(row["high"])) for row in rows}
            return {_key(quantity, one): low + value * (high - low) for one, (low, high) in ends.items()}
        scopes = [scope] if scope else [row["scope"] for row in rows]
        return {_key(quantity, one): value * self.catalog.value(quantity, one) for one in scopes}


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
    return Plan(design, park, Varied(bases, design.factors, catalog), points, engine)


class Address(NamedTuple):
    """What all replications of a scenario on a park share of their names."""

    content: str  #: all that a run hangs on but its luck, as JSON of a fixed order

    @classmethod
    def of(cls, scenario: Scenario, park: Park, engine: Mapping[str, Any]) -> Address:
        """The address of a scenario: names and titles do not count, nor do parameters at the values of the catalog."""
        said = scenario.model_dump(mode="json", exclude=_SAID_ONLY)
        values = scenario.catalog(park.catalog).values
        usual = park.catalog.values
        changed = {f"{q}.{s}": value for (q, s), value in values.items() if usual.get((q, s)) != value}
        gone = sorted(f"{q}.{s}" for q, s in usual if (q, s) not in values)
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


def _key(quantity: str, scope: str) -> str:
    return f"{quantity}.{scope}" if scope else quantity
