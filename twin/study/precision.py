"""As many replications as a precision asks for: run on in batches until what is watched is known closely enough.

At which numbers of runs one looks is fixed beforehand, so that the result does not hang on the machine. What is looked
at are confidence sequences, which hold at all of them together, so that stopping when they are narrow fools nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from twin.catalog import nearest
from twin.errors import Fault, ScenarioError
from twin.indicators import INDICATORS, yearly
from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import prepare
from twin.study.intervals import FEWEST_JUDGED, intervals_of
from twin.study.replications import Progress, Runs, Study
from twin.units import QUARTERS_PER_YEAR, Quarter

#: The most replications if nothing else is said.
MOST = 200

#: One looks after every so many replications; at the first look a tail can be judged.
BATCH = FEWEST_JUDGED

#: What is watched if nothing else is said: firms, persons, what they earn and pay, and how full the park is.
WATCHED = ("resident_firms", "staff", "revenue", "tax", "occupancy")


@dataclass(frozen=True)
class Target:
    """How closely something is to be known, and of what."""

    precision: float  #: half of an interval over the level of what it is of
    most: int = MOST  #: replications
    watch: tuple[str, ...] = WATCHED  #: indicators, each with all its parts

    def steps(self) -> list[int]:
        """The numbers of replications after which one looks."""
        return [*range(BATCH, self.most, BATCH), self.most]

    def told(self, table: pd.DataFrame) -> dict[str, Any]:
        """What a manifest says of it, once it is looked at for the last time."""
        return {**asdict(self), "watch": list(self.watch), "settled": bool(table["settled"].all())}


def target_of(precision: float, *, most: int = MOST, watch: Sequence[str] = ()) -> Target:
    """A target; without `watch` the usual indicators. Raises ScenarioError."""
    faults = []
    if not 0.0 < precision < 1.0:
        faults.append(Fault("precision", f"{precision}", "a share above 0 and below 1, such as 0.05 for 5 %"))
    if most <= 1:
        faults.append(Fault("precision", f"at most {most} replications", "at least 2"))
    faults += [
        Fault("watch", f"no indicator {name!r}", nearest(name, INDICATORS)) for name in watch if name not in INDICATORS
    ]
    if faults:
        raise ScenarioError(faults)
    return Target(float(precision), most, tuple(dict.fromkeys(watch)) or WATCHED)


def replicate_until(
    park: Park,
    scenario: Scenario,
    target: Target,
    *,
    calendar: str = "compiled",
    events: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Study:
    """Run a scenario until every watched indicator of the last whole year is known as closely as its target asks.

    The half width of its confidence sequence is then at most `precision` times its own mean. Raises ScenarioError.
    """
    year = last_whole_year(scenario)
    runs = Runs(prepare(park, scenario, events=events))
    found = pd.DataFrame({"settled": [False]})
    for n in target.steps():
        runs.go_on(n, calendar=calendar, workers=workers, progress=progress)
        found = settled(watched(runs.tables, target, year), target)
        if found["settled"].all():
            break
    return runs.study(precision=target.told(found))


def settled_of(study: Study) -> pd.DataFrame:
    """What of a study with a precision is settled: see `settled`."""
    told = study.manifest["precision"]
    target = Target(told["precision"], told["most"], tuple(told["watch"]))
    return settled(watched([study.indicators], target, last_whole_year(study.scenario)), target)


def watched(tables: Sequence[pd.DataFrame], target: Target, year: int) -> pd.DataFrame:
    """Of measured runs what is watched, in that year and the park as a whole: replication, indicator, part, value."""
    chosen = [
        table[table["indicator"].isin(target.watch) & table["quarter"].str.startswith(str(year))] for table in tables
    ]
    return yearly(pd.concat(chosen, ignore_index=True))[["replication", "indicator", "part", "value"]]


def settled(frame: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Of each watched indicator its confidence sequence, `half_width`, what is `allowed`, and whether it is `settled`.

    `frame` has columns (scenario), indicator, part, replication and value; also `base_value` and `other_value` where
    `value` is their difference. Allowed is the precision times the mean of the base's level; where that is 0, of the
    other's; of a value that is no difference, times its own mean. What has no value in any run is left out.
    """
    keys = [name for name in ("scenario", "indicator", "part") if name in frame]
    found = intervals_of(frame, keys, anytime=True)
    grouped = of_pairs(frame).groupby(keys, sort=False)
    levels = [grouped[name].mean().to_numpy() for name in ("base_value", "other_value") if name in frame]
    first, *rest = levels or [found["mean"].to_numpy()]
    level = np.where(first == 0.0, rest[0], first) if rest else first
    half = (found["high"] - found["low"]) / 2.0
    allowed = target.precision * np.abs(level)
    found = found.assign(half_width=half, allowed=allowed, settled=half <= allowed)
    return found[found["n"] > 0].reset_index(drop=True)


def of_pairs(differences: pd.DataFrame) -> pd.DataFrame:
    """Paired differences, the levels of both sides left empty where one of them has none, and so no difference."""
    levels = [name for name in ("base_value", "other_value", "value") if name in differences]
    held = differences[levels].where(np.isfinite(differences["value"]))
    return differences.assign(**{name: held[name] for name in levels})


def last_whole_year(scenario: Scenario) -> int:
    """The last year of which a scenario runs all quarters. Raises ScenarioError."""
    start = Quarter.parse(scenario.start)
    quarters = Counter(int(str(start.plus(n))[:4]) for n in range(scenario.quarters))
    whole = [year for year, number in quarters.items() if number == QUARTERS_PER_YEAR]
    if not whole:
        what = f"{scenario.name} runs from {scenario.start} to {scenario.end}"
        raise ScenarioError([Fault("precision", what, "a whole year at least, of which something can be watched")])
    return max(whole)
