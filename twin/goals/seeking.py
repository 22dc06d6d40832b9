"""A goal sought on a park: which package of levers reaches it at the least public cost, and how surely."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin.errors import Fault, GoalError, OutputError
from twin.files import write_text
from twin.goals.allowed import Allowed, Factor, check_allowed, range_of
from twin.goals.book import Progress
from twin.goals.finding import Finding
from twin.goals.runs import COST, Measured, Simulated, Trials, actions_of, as_far_as
from twin.goals.solving import solve
from twin.goals.space import Floats
from twin.indicators.asked import Condition
from twin.levers import cost_of
from twin.park import Park
from twin.scenario import Action, Scenario, load_scenario, resolved, scenario_names
from twin.units import QUARTERS_PER_YEAR, Quarter

#: Runs that a search may take, and the wished probability, where none is given.
BUDGET, PROBABILITY = 600, 0.8


@dataclass(frozen=True)
class Answer:
    """What was found of a goal on a park."""

    park: Park
    base: Scenario  #: that the package is added to, whole
    condition: Condition
    allowed: Allowed
    found: Finding

    @property
    def actions(self) -> list[Action]:
        """The package as dated actions; none where nothing has to be done, or the goal is not reached."""
        return [] if self.found.package is None else actions_of(self.allowed, self.found.package)

    @property
    def uncosted(self) -> list[str]:
        """The levers of the package of which the model knows no cost, so that it is missing from the package's."""
        return [factor.lever for factor in self._pulled() if not cost_of(factor.about, self.park.catalog)]

    @property
    def curve(self) -> pd.DataFrame:
        """Probability against cost: cost, met, runs, share, low, high, confidence, efficient, a column for each lever.

        Under luck that had no part in the choice of the packages; intervals hold one by one.
        """
        return self._named(self.found.curve)

    @property
    def tried(self) -> pd.DataFrame:
        """All packages of the search: runs, share and cost by search luck, which flatters them, and their levers."""
        return self._named(self.found.tried)

    @property
    def alone(self) -> pd.DataFrame:
        """Each lever alone at its ends: lever, value, effect on the condition's figure, low, high (t intervals)."""
        frame = self.found.alone.copy()
        if len(frame):
            frame["lever"] = [self.names[number] for number in frame["lever"]]
            sign = 1.0 if self.condition.relation == ">=" else -1.0
            ends = frame[["effect", "low", "high"]] * sign
            frame[["effect", "low", "high"]] = ends if sign > 0.0 else ends[["effect", "high", "low"]].to_numpy()
        return frame

    @property
    def names(self) -> list[str]:
        """Names of the levers of the allowed range, with what they are narrowed to, and the date where two are one."""
        short = ["/".join([one.lever, *(str(value) for _, value in one.where if value)]) for one in self.allowed.vary]
        dates = [one.at for one in self.allowed.vary]
        return [name if short.count(name) == 1 else f"{name}@{at}" for name, at in zip(short, dates, strict=True)]

    def scenario(self, name: str = "goal") -> Scenario:
        """The scenario with the package."""
        return self.base.with_actions(*self.actions, name=name)

    def document(self, name: str = "goal") -> dict[str, Any]:
        """The same as a scenario file; where its base is a shipped one, it extends that and holds the package alone."""
        if (
            self.base.name not in scenario_names()
            or load_scenario(self.base.name).model_dump() != self.base.model_dump()
        ):
            return resolved(self.scenario(name))
        return {"name": name, "question": str(self.condition), "extends": self.base.name, "actions": self._said()}

    def actions_yaml(self) -> str:
        """The package as the `actions` of a scenario file."""
        return _yaml({"actions": self._said()})

    def save(self, file: str | Path) -> Path:
        """Write the scenario with the package to a file, whose name becomes its own. Raises OutputError."""
        path = Path(file)
        name = re.sub(r"[^A-Za-z0-9_\-]", "_", path.stem)[:80]
        try:
            write_text(path, _yaml(self.document(name)))
        except OSError as error:
            raise OutputError([Fault(str(path), f"cannot be written: {error.strerror}", "another file")]) from None
        return path

    def _said(self) -> list[dict[str, Any]]:
        return [action.model_dump(mode="json", exclude_defaults=True) for action in self.actions]

    def plain(self) -> dict[str, Any]:
        """All of it as plain values."""
        found = self.found
        evidence = found.evidence
        return {
            "condition": str(self.condition),
            "probability": found.probability,
            "verdict": found.verdict,
            "assured": found.assured,
            "scenario": self.base.name,
            "actions": self._said() if found.package is not None else None,
            "attainment": found.met.plain() if found.met else None,
            "cost_cny": found.cost.plain() if found.cost else None,
            "uncosted": self.uncosted,
            "nothing": found.nothing.plain(),
            "stated": [{"attainment": met.plain(), "package": self._values(one)} for one, met in found.stated],
            "evidence": None
            if evidence is None
            else {
                "corner": {"attainment": evidence.corner_met.plain(), "below": evidence.corner_below}
                | {"package": self._values(evidence.corner)},
                "best": {"attainment": evidence.best_met.plain(), "below": evidence.best_below}
                | {"package": self._values(evidence.best)},
                "sample": {"packages": evidence.sample.packages, "suspects": len(evidence.sample.suspects)}
                | {"share_below": None if evidence.sample.suspects else evidence.sample.share_below},
                "steps": {"tried": evidence.steps.tried, "against": evidence.steps.against}
                | {"clearly": evidence.steps.clearly},
                "unclear": found.unclear,
                "certified_if_monotone": evidence.certified_if_monotone(found.probability),
            },
            "curve": self.curve.to_dict("records"),
            "alone": self.alone.to_dict("records"),
            "runs": found.runs,
            "budget": found.budget,
        }

    def _values(self, package: Floats) -> dict[str, float]:
        return dict(zip(self.names, package.tolist(), strict=True))

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.rename(columns={f"x{n}": name for n, name in enumerate(self.names)})

    def _pulled(self) -> list[Factor]:
        package = self.found.package
        if package is None:
            return []
        pulled = np.flatnonzero(package != self.found.space.neutral)
        return [self.allowed.vary[int(n)] for n in pulled]


def _yaml(content: Mapping[str, Any]) -> str:
    from io import StringIO

    from ruamel.yaml import YAML

    writer, stream = YAML(), StringIO()
    writer.dump(content, stream)
    return stream.getvalue()


def seek(  # noqa: PLR0913  # what may be left out is given by name
    park: Park,
    scenario: Scenario,
    condition: Condition | str,
    levers: Allowed | Sequence[Factor],
    *,
    probability: float = PROBABILITY,
    budget: int = BUDGET,
    seed: int = 0,
    measured: Measured | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """The package of levers that reaches a condition with a probability at the least public cost found.

    `condition` is one such as `revenue@2030 >= 5200e8`, of the last year where it names none. `budget` is the number of
    runs, `seed` that of the search, not of the luck, which is the scenario's. `measured` runs a scenario elsewhere, or
    has run it before; by default it is run here, up to the end of the condition's year. Costs are those of whole years.
    Raises InputError: of the condition, of the range, where either does not fit the scenario, or the budget the range.
    """
    asked = Condition.parse(condition) if isinstance(condition, str) else condition
    allowed, year = range_of(levers), _year_of(asked, scenario)
    check_allowed(allowed, scenario, park, year)
    figure = replace(asked.figure, year=year)
    shorter = as_far_as(scenario, year, allowed, park)
    trials = Trials(allowed, shorter, figure, measured or Simulated(park, {figure.indicator, COST}), workers)

    def slack(outcomes: Floats) -> Floats:
        by = outcomes - asked.bound if asked.relation == ">=" else asked.bound - outcomes
        return np.where(np.isfinite(by), by, -max(abs(asked.bound), 1.0))  # of no number at all, no condition is met

    found = solve(allowed.space, slack, trials, probability=probability, budget=budget, seed=seed, progress=progress)
    return Answer(park, scenario, replace(asked, figure=figure), allowed, found)


def _year_of(condition: Condition, scenario: Scenario) -> int:
    """The year a condition is about. Raises GoalError where the scenario does not run through it."""
    start, end = Quarter.parse(scenario.start), Quarter.parse(scenario.end)
    first = start.year if start.number == 1 else start.year + 1
    last = end.year if end.number == QUARTERS_PER_YEAR else end.year - 1
    year = condition.figure.year if condition.figure.year is not None else last
    if not first <= year <= last:
        what = f"{condition}: the scenario {scenario.name} does not run through {year}"
        raise GoalError([Fault("condition", what, f"a whole year of it, {first} to {last}")])
    return year
