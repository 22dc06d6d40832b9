"""Every fact judged on runs: holds, does not hold, or cannot be judged; and the score on those held out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twin.facts.registry import FACTS, CannotJudgeError, Estimate, Figures, missing
from twin.facts.runs import Run, Runs
from twin.history import Band, Pattern, patterns
from twin.scenario import Scenario, load_scenario
from twin.simulation import park_of, prepare, run

HOLDS, FAILS, CANNOT = "holds", "does not hold", "cannot be judged"

#: The seed of the runs that facts are judged on, chosen before the first of them; no scenario has it.
SEED = 27182818

#: Replications unless told otherwise: the first of them that a verdict of spread needs, with some to spare.
REPLICATIONS = 10

#: The scenario of the facts that are about the years before the present.
HINDCAST = "hindcast"


@dataclass(frozen=True)
class Finding:
    """A fact, its figures in the runs, and the verdict."""

    pattern: Pattern
    figures: Mapping[str, Estimate]

    @property
    def reasons(self) -> list[str]:
        """Why figures cannot be told, each reason once."""
        unknown = (found for _, found in self.rows() if math.isnan(found.value))
        return list(dict.fromkeys(found.reason or "not in the runs" for found in unknown))

    @property
    def verdict(self) -> str:
        """Does not hold where a figure misses its bounds; cannot be judged where one of the others is not known."""
        known = [band.holds(found.value) for band, found in self.rows() if not math.isnan(found.value)]
        if not all(known):
            return FAILS
        return HOLDS if len(known) == len(self.pattern.bands) else CANNOT

    def rows(self) -> list[tuple[Band, Estimate]]:
        """Each figure's bounds and estimate."""
        return [(band, self.figures.get(band.figure, missing("not in the runs"))) for band in self.pattern.bands]


@dataclass(frozen=True)
class Report:
    """All facts judged."""

    findings: Sequence[Finding]
    about: Mapping[str, Any]  #: scenario, replications, seed

    @property
    def score(self) -> float:
        """The share of held-out facts that hold, of all of them: one that cannot be judged is not met."""
        met = [finding.verdict == HOLDS for finding in self.findings if finding.pattern.role == "held-out"]
        return sum(met) / len(met) if met else math.nan

    def counts(self, role: str) -> dict[str, int]:
        """How many facts of a role got each verdict."""
        verdicts = [finding.verdict for finding in self.findings if finding.pattern.role == role]
        return {verdict: verdicts.count(verdict) for verdict in (HOLDS, FAILS, CANNOT)}

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            **self.about,
            "held_out": self.counts("held-out"),
            "fit": self.counts("fit"),
            "input": self.counts("input"),
            "score": self.score,
            "facts": [_finding_json(finding) for finding in self.findings],
        }


def check_facts(
    scenario: str | Scenario = "baseline",
    *,
    replications: int = REPLICATIONS,
    seed: int = SEED,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Run a scenario and the hindcast under luck that nothing was fitted to, and judge every fact."""
    wanted = load_scenario(scenario) if isinstance(scenario, str) else scenario
    done = 0

    def runs_of(one: Scenario) -> Runs:
        nonlocal done
        ready = prepare(park_of(one), one.with_changes(seed=seed, replications=replications), events=True)
        found = []
        for number in range(replications):
            found.append(Run(run(ready, replication=number)))
            done += 1
            if progress is not None:
                progress(done)
        return Runs(ready.park, found)

    runs = {"scenario": runs_of(wanted), HINDCAST: runs_of(load_scenario(HINDCAST))}
    findings = [judge(pattern, runs[pattern.runs]) for pattern in patterns().values()]
    about = {"scenario": wanted.name, "hindcast": HINDCAST, "replications": replications, "seed": seed}
    return Report(findings, about)


def judge(pattern: Pattern, runs: Runs) -> Finding:
    """A fact judged on runs."""
    try:
        figures: Figures = FACTS[pattern.number](runs)
    except CannotJudgeError as reason:
        figures = {band.figure: missing(str(reason)) for band in pattern.bands}
    return Finding(pattern, figures)


def _finding_json(finding: Finding) -> dict[str, Any]:
    pattern = finding.pattern
    return {
        "number": pattern.number,
        "name_en": pattern.name_en,
        "name_zh": pattern.name_zh,
        "statement_en": pattern.statement_en,
        "statement_zh": pattern.statement_zh,
        "role": pattern.role,
        "runs": pattern.runs,
        "source": pattern.source,
        "verdict": finding.verdict,
        "reasons": finding.reasons,
        "figures": [
            {
                "figure": band.figure,
                "unit": band.unit,
                "target": band.target,
                "low": _bound(band.low),
                "high": _bound(band.high),
                "value": found.value,
                "value_low": found.low,
                "value_high": found.high,
                "within": None if math.isnan(found.value) else band.holds(found.value),
                "clear": None if math.isnan(found.value) else band.clear(found.low, found.high),
                "reason": found.reason,
            }
            for band, found in finding.rows()
        ],
    }


def _bound(value: float) -> float | None:
    return value if math.isfinite(value) else None
