"""Packages run on a park: the goal's figure and the public money spent by the end of its year."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import pandas as pd

from twin.errors import ScenarioError
from twin.goals.allowed import Allowed
from twin.goals.space import Floats, Ints
from twin.indicators import measure, yearly
from twin.indicators.asked import Figure
from twin.park import Park
from twin.scenario import Action, Scenario, adjusted, check_scenario
from twin.simulation import Prepared, prepare, run
from twin.study.replications import in_order

#: The indicator that says what is spent; all its parts, of all years up to the goal's.
COST = "public_cost"

#: Runs a scenario under the luck of a replication: indicators of the park by year, with the columns place, indicator,
#: part, year and value. Called from several threads at once.
Measured = Callable[[Scenario, int], pd.DataFrame]

#: So many scenarios are kept prepared, since the replications of a package are run near one another.
KEPT = 32


@dataclass
class Simulated:
    """Runs scenarios on a park, of which it measures some indicators."""

    park: Park
    indicators: Collection[str]
    _prepared: OrderedDict[str, Prepared] = field(default_factory=OrderedDict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def __call__(self, scenario: Scenario, replication: int) -> pd.DataFrame:
        """Its indicators by year."""
        record = run(self._ready(scenario), replication=replication)
        return yearly(measure(record, only=self.indicators))

    def _ready(self, scenario: Scenario) -> Prepared:
        key = scenario.model_dump_json()
        with self._lock:  # two threads would prepare the same scenario twice
            if key not in self._prepared:
                self._prepared[key] = prepare(self.park, scenario, events=False)
            self._prepared.move_to_end(key)
            while len(self._prepared) > KEPT:
                self._prepared.popitem(last=False)
            return self._prepared[key]


@dataclass(frozen=True)
class Trials:
    """Runs packages of levers in a scenario, each under the replication beside it; what `twin.goals.solve` asks."""

    allowed: Allowed
    scenario: Scenario  #: as far as it is run, without the package
    figure: Figure  #: with its year
    measured: Measured
    workers: int | None = None

    def __call__(self, packages: Floats, replications: Ints) -> tuple[Floats, Floats]:
        """Outcomes (n,), and public money spent by the end of the figure's year (n,), of packages (n, k)."""
        scenarios = {row.tobytes(): self.with_package(row) for row in packages}

        def one(number: int) -> tuple[float, float]:
            by_year = self.measured(scenarios[packages[number].tobytes()], int(replications[number]))
            of_park = by_year[by_year["place"] == "park"]
            spent = of_park[(of_park["indicator"] == COST) & (of_park["year"] <= self.figure.year)]
            return float(self.figure.of(by_year).iloc[0]), float(spent["value"].sum())

        parallel = not self.scenario.processes
        found = np.array(list(in_order(one, range(len(packages)), self.workers, parallel=parallel)))
        return found[:, 0], found[:, 1]

    def with_package(self, package: Floats) -> Scenario:
        """The scenario with the levers of a package pulled."""
        return self.scenario.with_actions(*actions_of(self.allowed, package))


def actions_of(allowed: Allowed, package: Floats) -> list[Action]:
    """A package as dated actions; a lever at the value by which it does nothing is left out."""
    pairs = zip(allowed.vary, package.tolist(), strict=True)
    return [factor.by(float(value)) for factor, value in pairs if value != factor.neutral]


def as_far_as(scenario: Scenario, year: int, allowed: Allowed, park: Park) -> Scenario:
    """The scenario up to the end of a year: what comes later has no say, and takes time to run.

    The whole scenario where it acts later than that, or has an action that goes on taking effect.
    """
    shorter = scenario.with_changes(end=f"{year}Q4")
    pulled = shorter.with_actions(*(one.by(one.high) for one in allowed.vary))
    try:
        check_scenario(pulled, adjusted(park, shorter))
    except ScenarioError:
        return scenario
    return shorter
