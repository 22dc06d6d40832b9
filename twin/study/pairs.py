"""Paired comparison: the same luck with and without the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from twin.errors import Fault, ScenarioError
from twin.indicators import yearly
from twin.park import Park
from twin.record import write_frame, write_json, written_whole
from twin.scenario import Scenario
from twin.study.causes import Causes, causes
from twin.study.differing import CHANGES, firms_that_differ
from twin.study.placebo import placebos
from twin.study.replications import Study, replicate

CONFIDENCE = 0.95

KEYS = ["place", "indicator", "part", "year"]


@dataclass(frozen=True)
class Comparison:
    """What-ifs against a base, replication by replication."""

    base: Study
    others: Mapping[str, Study]
    differences: pd.DataFrame  #: scenario, replication, place, indicator, part, year, value: what-if less base
    placebo: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each what-if that pulls levers, the frames that are not the base's where they are pulled without effect."""

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
        """The firms that differ in one replication, how, and because of what: the table of `causes`."""
        return self.causes(scenario, replication).table

    def causes(self, scenario: str, replication: int = 0) -> Causes:
        """What led to each firm's difference in one replication: see `twin.study.causes`."""
        key = (scenario, replication)
        if key not in self._causes:
            self._causes[key] = causes(self.base, self.others[scenario], replication)
        return self._causes[key]

    @cached_property
    def _causes(self) -> dict[tuple[str, int], Causes]:
        return {}

    def changes(self, scenario: str) -> pd.DataFrame:
        """change, mean, least, most: how many firms came, stayed, left … over the replications."""
        pairs = zip(self.base.records, self.others[scenario].records, strict=True)
        counts = [firms_that_differ(before, after)["change"].value_counts() for before, after in pairs]
        table = pd.DataFrame(counts).reindex(columns=list(CHANGES)).fillna(0.0)
        frame = pd.DataFrame({"mean": table.mean(), "least": table.min(), "most": table.max()})
        return frame.rename_axis("change").reset_index()

    def displacement(self, scenario: str, by: str = "zone") -> pd.DataFrame:
        """What changed inside each zone, building or the park: net new to the park, and moved within it.

        place, measure, part and mean, low, high, n of it over the replications: see `twin.study.displacement`.
        """
        from twin.study.displacement import displacements
        from twin.study.means import means_of

        return means_of(displacements(self.base, self.others[scenario], by=by), ["place", "measure", "part"])

    def buildings(self, scenario: str, quarter: str | None = None) -> gpd.GeoDataFrame:
        """Mean paired differences by building for firms at a quarter, the last if none is given: `twin.study.maps`."""
        return self._map("buildings", scenario, quarter)

    def parcels(self, scenario: str, quarter: str | None = None) -> gpd.GeoDataFrame:
        """The same by parcel."""
        return self._map("parcels", scenario, quarter)

    def zones(self, scenario: str, quarter: str | None = None) -> gpd.GeoDataFrame:
        """The same by zone."""
        return self._map("zones", scenario, quarter)

    def _map(self, layer: str, scenario: str, quarter: str | None) -> gpd.GeoDataFrame:
        from twin.study import maps

        return getattr(maps, layer)(self.base, self.others[scenario], quarter or self.base.scenario.end)

    def save(self, folder: str | Path) -> Path:
        """Write the differences, their summary, and the firms that differ in the first replication of each what-if."""
        with written_whole(Path(folder)) as place:
            write_frame(self.differences, place / "differences.parquet")
            self.by_year().to_csv(place / "summary.csv", index=False, lineterminator="\n")
            for name in self.others:
                self.firms(name).to_csv(place / f"firms_{name}.csv", index=False, lineterminator="\n")
            for layer in ("buildings", "parcels", "zones"):
                shapes = pd.concat([self._map(layer, name, None).assign(scenario=name) for name in self.others])
                shapes.to_file(place / "differences_by_building.gpkg", layer=layer, driver="GPKG")
            write_json(
                {
                    "kind": "comparison",
                    "scenario": self.base.manifest["scenario"],
                    "base": dict(self.base.manifest),
                    "others": {name: dict(study.manifest) for name, study in self.others.items()},
                    "placebo": {name: list(unlike) for name, unlike in self.placebo.items()},
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

    The what-ifs take the base's seed; each must have a name of its own and the base's quarters. The levers of each are
    also pulled once without effect, which must leave the base as it is: `Comparison.placebo`. Raises ScenarioError.
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
    return Comparison(first, studies, pd.concat(tables, ignore_index=True), placebos(park, first, others))


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
