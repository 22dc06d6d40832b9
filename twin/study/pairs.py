"""Paired comparison: the same luck with and without the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from twin.errors import Fault, ScenarioError
from twin.indicators import yearly
from twin.indicators.figures import PARK
from twin.park import Park
from twin.record import Record, write_frame, write_json, written_whole
from twin.scenario import Scenario
from twin.simulation import prepare
from twin.study.intervals import intervals_of
from twin.study.precision import MOST, Target, last_whole_year, settled, target_of, watched
from twin.study.replications import Runs, Study, number_of_runs
from twin.study.together import go_on_together

KEYS = ["place", "indicator", "part", "year"]

#: Of a comparison that runs on for a precision so many pairs are kept whole, a run being some 15 MB with its events.
KEPT = 20

#: A saving is told of what moved in so many pairs: where fewer did, their spread is no measure of it.
LEAST_MOVED = 5

#: A saving of replications that is counted as great.
GREAT = 5.0


@dataclass(frozen=True)
class Comparison:
    """What-ifs against a base, replication by replication."""

    base: Study
    others: Mapping[str, Study]
    differences: pd.DataFrame  #: scenario, replication, place, indicator, part, year, value: what-if less base
    target: Target | None = None  #: the precision for which it ran on

    def by_year(self) -> pd.DataFrame:
        """What `intervals` says of every paired difference, and how many runs the pairing saved.

        `replications_saved` is the variance of base and what-if together over that of their difference: infinite where
        they differ by the same in every pair and their levels vary, NaN where the change moved nothing. Of a comparison
        that ran on for a precision the intervals are those of confidence sequences.
        """
        return self._by_year.copy()

    @cached_property
    def _by_year(self) -> pd.DataFrame:
        keys = ["scenario", *KEYS]
        frame = intervals_of(self.differences, keys, anytime=self.target is not None)
        grouped = self.differences.groupby(keys, sort=False)
        apart = (grouped["base_value"].var() + grouped["other_value"].var()).to_numpy()
        together = np.where(frame["method"] == "exact", 0.0, grouped["value"].var())
        saved = np.divide(apart, together, out=np.full(len(frame), np.inf), where=together != 0.0)
        counts = (frame["n"] > 1) & (frame["moved"] > 0) & (apart > 0.0)
        return frame.assign(replications_saved=np.where(counts, saved, np.nan))

    def saving(self) -> pd.DataFrame:
        """How many runs the pairing saved, a row for each what-if: of the park as a whole in the last whole year.

        `figures` are the indicators and parts of indicators that moved in at least five pairs, `median` that of their
        `replications_saved`, `great` how many of them have five or more, `great_indicators` of how many indicators.
        """
        rows = []
        for name, here in self._by_year.groupby("scenario", sort=False):
            last = here[(here["place"] == PARK) & (here["year"] == here["year"].max())]
            counted = last[(last["moved"] >= LEAST_MOVED) & last["replications_saved"].notna()]
            great = counted[counted["replications_saved"] >= GREAT]
            row = {"scenario": name, "year": last["year"].max(), "figures": len(counted)}
            row |= {"median": counted["replications_saved"].median(), "great": len(great)}
            rows.append(row | {"great_indicators": great["indicator"].nunique()})
        return pd.DataFrame(rows)

    def settled(self) -> pd.DataFrame:
        """What of a comparison with a precision is settled, and what not: see `twin.study.precision.settled`."""
        if self.target is None:
            raise ValueError("no precision was asked for")
        last = self.differences[self.differences["year"] == last_whole_year(self.base.scenario)]
        return settled(last[last["indicator"].isin(self.target.watch)], self.target)

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
                    "replications": self.base.replications,
                    "precision": None if self.target is None else self.target.told(self.settled()),
                },
                place / "manifest.json",
            )
            if self.target is not None:
                self.settled().to_csv(place / "settled.csv", index=False, lineterminator="\n")
        return Path(folder)


def compare(
    park: Park,
    base: Scenario,
    *others: Scenario,
    replications: int | None = None,
    precision: float | None = None,
    most: int = MOST,
    watch: Sequence[str] = (),
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run what-ifs beside a base under the same luck and return their paired differences, year by year.

    The what-ifs take the base's seed; each must have a name of its own and the base's quarters. They run as often as
    the base asks, or as told. With a `precision` they run on until, in the last whole year, the half width of the
    confidence sequence of every difference of a watched indicator is at most so many times the base's mean of it (where
    that is 0, the what-if's), or `most` is reached; only the first records are kept then. Raises ScenarioError.
    """
    _check_names(base, others)
    target = _target(replications, precision, most, watch)
    year = last_whole_year(base) if target else 0
    steps = target.steps() if target else [number_of_runs(base, replications)]
    done = 0

    def further() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done)

    keep = KEPT if target else None
    first, *rest = (Runs(prepare(park, one.with_changes(seed=base.seed)), keep) for one in (base, *others))
    for n in steps:
        go_on_together(first, rest, n, workers=workers, progress=further)
        if target is not None:
            seen = [(runs.prepared.scenario.name, watched(runs.tables, target, year)) for runs in (first, *rest)]
            if settled(_paired(seen[0][1], dict(seen[1:])), target)["settled"].all():
                break
    studies = {runs.prepared.scenario.name: runs.study() for runs in rest}
    before = first.study()
    after = {name: yearly(study.indicators) for name, study in studies.items()}
    return Comparison(before, studies, _paired(yearly(before.indicators), after), target)


def _target(replications: int | None, precision: float | None, most: int, watch: Sequence[str]) -> Target | None:
    if precision is not None:
        if replications is not None:
            what = f"replications {replications} beside a precision of {precision}"
            raise ScenarioError([Fault("compare", what, "one of them; `most` bounds what a precision takes")])
        return target_of(precision, most=most, watch=watch)
    if watch:
        raise ScenarioError([Fault("compare", f"watch {', '.join(watch)}", "a precision, such as 0.05")])
    return None


def _paired(before: pd.DataFrame, after: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Values of what-ifs beside those of the base, by all their other columns, and what they differ by."""
    columns = [name for name in before.columns if name != "value"]
    of_base, tables = before.rename(columns={"value": "base_value"}), []
    for name, frame in after.items():
        of_other = frame.rename(columns={"value": "other_value"})
        both = of_base.merge(of_other, on=columns, how="inner", validate="one_to_one")
        tables.append(both.assign(value=both["other_value"] - both["base_value"], scenario=name))
    return pd.concat(tables, ignore_index=True)


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


def firms_that_differ(base: Record, other: Record) -> pd.DataFrame:
    """Firms whose end state differs between two runs of the same luck, with what they were and became.

    `change` says: came, did_not_come, stayed, left, moved, grew or shrank, other.
    """
    if base.firms is None or other.firms is None:
        raise ValueError("both runs need the table of firms: simulate with events=True")
    columns = ["firm", "industry", "stage", "status", "building_id", "floor_m2", "staff", "left_years"]
    came, came_other = (run[np.isfinite(run["entered_years"])][columns] for run in (base.firms, other.firms))
    both = came.merge(came_other, on="firm", how="outer", suffixes=("_base", "_other"))
    here = {side: both[f"status_{side}"].isin(["resident", "remote"]) for side in ("base", "other")}
    known = {side: both[f"status_{side}"].notna() for side in ("base", "other")}
    same_text = {
        name: both[f"{name}_base"].astype(object).fillna("") == both[f"{name}_other"].astype(object).fillna("")
        for name in ("stage", "status", "building_id")
    }
    change = np.select(
        [
            ~known["base"],
            ~known["other"],
            ~here["base"] & here["other"],
            here["base"] & ~here["other"],
            here["base"] & here["other"] & ~same_text["building_id"],
            here["base"] & here["other"] & (both["staff_base"] < both["staff_other"]),
            here["base"] & here["other"] & (both["staff_base"] > both["staff_other"]),
        ],
        ["came", "did_not_come", "stayed", "left", "moved", "grew", "shrank"],
        "other",
    )
    same = (
        same_text["stage"]
        & same_text["status"]
        & same_text["building_id"]
        & (both["floor_m2_base"] == both["floor_m2_other"])
        & (both["staff_base"] == both["staff_other"])
        & (both["left_years_base"] == both["left_years_other"])
    )
    return both.assign(change=change)[~same].reset_index(drop=True)
