"""Paired comparison: the same luck with and without the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin.errors import Fault, ScenarioError
from twin.indicators import yearly
from twin.park import Park
from twin.record import write_frame, write_json, written_whole
from twin.scenario import Scenario
from twin.study.differing import firms_that_differ
from twin.study.replications import Study, replicate

CONFIDENCE = 0.95

KEYS = ["place", "indicator", "part", "year"]


@dataclass(frozen=True)
class Comparison:
    """What-ifs against a base, replication by replication."""

    base: Study
    others: Mapping[str, Study]
    differences: pd.DataFrame  #: scenario, replication, place, indicator, part, year, value: what-if less base

    def by_year(self) -> pd.DataFrame:
        """Mean paired difference with its t interval, and how many times fewer runs pairing needs than other seeds."""
        grouped = self.differences.groupby(["scenario", *KEYS], sort=False)
        mean, sd, n = grouped["value"].mean(), grouped["value"].std(), grouped["value"].count()
        half = half_width(sd, n)
        apart = grouped["base_value"].var() + grouped["other_value"].var()
        saved = np.divide(apart, sd**2, out=np.full(len(sd), np.nan), where=(sd**2 > 0).to_numpy())
        frame = pd.DataFrame(
            {"mean": mean, "low": mean - half, "high": mean + half, "n": n, "replications_saved": saved}
        )
        return frame.reset_index()

    def firms(self, scenario: str, replication: int = 0) -> pd.DataFrame:
        """The firms whose history differs in one replication: who came, stayed, left, moved, grew for the change."""
        return firms_that_differ(self.base.records[replication], self.others[scenario].records[replication])

    def save(self, folder: str | Path) -> Path:
        """Write the differences, their summary, and the firms that differ in the first replication of each what-if."""
        with written_whole(Path(folder)) as place:
            write_frame(self.differences, place / "differences.parquet")
            self.by_year().to_csv(place / "summary.csv", index=False, lineterminator="\n")
            for name in self.others:
                self.firms(name).to_csv(place / f"firms_{name}.csv", index=False, lineterminator="\n")
            write_json(
                {
                    "kind": "comparison",
                    "scenario": self.base.manifest["scenario"],
                    "base": dict(self.base.manifest),
                    "others": {name: dict(study.manifest) for name, study in self.others.items()},
                },
                place / "manifest.json",
            )
        return Path(folder)


def compare(
    park: Park,
    base: Scenario,
    *others: Scenario,
    replications: int | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run what-ifs beside a base under the same luck and return their paired differences, year by year.

    The what-ifs take the base's seed; each must have a name of its own and the base's quarters. Raises ScenarioError.
    """
    _check_names(base, others)
    n = replications if replications is not None else base.replications
    done = 0

    def further(_: int) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done)

    def study_of(scenario: Scenario) -> Study:
        same_luck = scenario.with_changes(seed=base.seed)
        return replicate(park, same_luck, replications=n, events=True, workers=workers, progress=further)

    first = study_of(base)
    studies = {scenario.name: study_of(scenario) for scenario in others}
    columns = ["replication", *KEYS]
    before = yearly(first.indicators).rename(columns={"value": "base_value"})
    tables = []
    for name, study in studies.items():
        after = yearly(study.indicators).rename(columns={"value": "other_value"})
        paired = before.merge(after, on=columns, how="inner", validate="one_to_one")
        paired["value"] = paired["other_value"] - paired["base_value"]
        tables.append(paired.assign(scenario=name))
    return Comparison(first, studies, pd.concat(tables, ignore_index=True))


def half_width(sd: pd.Series[Any], n: pd.Series[Any]) -> pd.Series[Any]:
    """Half of the t interval of a mean of `n` values with a standard deviation."""
    from scipy import stats  # a second to import, and needed here only

    return stats.t.ppf(0.5 + CONFIDENCE / 2.0, np.maximum(n - 1, 1)) * sd / np.sqrt(n)


def _check_names(base: Scenario, others: Sequence[Scenario]) -> None:
    faults = [] if others else [Fault("compare", "no what-if", "at least one")]
    for number, other in enumerate(others):
        if other.name in {base.name, *(earlier.name for earlier in others[:number])}:
            faults.append(Fault(other.place("name"), f"a second scenario {other.name!r}", "a name of its own"))
        if other.park != base.park:
            what = f"{other.name} is of the park {other.park}"
            faults.append(Fault(other.place("park"), what, f"the base's park, {base.park}, or run it by itself"))
        if (other.start, other.end) != (base.start, base.end):
            what = f"{other.name} runs from {other.start} to {other.end}"
            faults.append(Fault(other.place("end"), what, f"the base's quarters, {base.start} to {base.end}"))
    if faults:
        raise ScenarioError(faults)
