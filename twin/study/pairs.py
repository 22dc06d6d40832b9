"""Paired comparison: the same luck with and without the change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from twin.catalog import nearest
from twin.errors import Fault, InputError
from twin.indicators.figures import PARK
from twin.record import write_frame, write_json, written_whole
from twin.study.causes import Causes, causes
from twin.study.differing import CHANGES, firms_that_differ
from twin.study.intervals import intervals_of
from twin.study.precision import Target, last_whole_year, of_pairs, settled
from twin.study.replications import Study

KEYS = ["place", "indicator", "part", "year"]

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
    placebo: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each what-if that pulls levers, the frames that are not the base's where they are pulled without effect."""

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
        grouped = of_pairs(self.differences).groupby(keys, sort=False)
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
        """The firms that differ in one replication, how, and because of what: the table of `causes`."""
        return self.causes(scenario, replication).table

    def causes(self, scenario: str, replication: int = 0) -> Causes:
        """What led to each firm's difference in one replication: see `twin.study.causes`. Raises InputError."""
        if not 0 <= replication < len(self.base.records):
            cure = f"from 0 to {len(self.base.records) - 1}, of which the records are kept"
            raise InputError([Fault("replication", f"{replication}", cure)])
        key = (scenario, replication)
        if key not in self._causes:
            self._causes[key] = causes(self.base, self._other(scenario), replication)
        return self._causes[key]

    @cached_property
    def _causes(self) -> dict[tuple[str, int], Causes]:
        return {}

    def changes(self, scenario: str) -> pd.DataFrame:
        """change, mean, least, most: how many firms came, stayed, left … over the replications."""
        pairs = zip(self.base.records, self._other(scenario).records, strict=True)
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

        return means_of(displacements(self.base, self._other(scenario), by=by), ["place", "measure", "part"])

    def buildings(self, scenario: str, quarter: str | None = None) -> gpd.GeoDataFrame:
        """Mean paired differences by building for firms at a quarter, the last if none is given: `twin.study.maps`."""
        return self._map("buildings", scenario, quarter)

    def parcels(self, scenario: str, quarter: str | None = None) -> gpd.GeoDataFrame:
        """The same by parcel."""
        return self._map("parcels", scenario, quarter)

    def zones(self, scenario: str, quarter: str | None = None) -> gpd.GeoDataFrame:
        """The same by zone."""
        return self._map("zones", scenario, quarter)

    def _other(self, scenario: str) -> Study:
        """A what-if by its name. Raises InputError."""
        if scenario not in self.others:
            raise InputError([Fault("scenario", f"unknown what-if {scenario!r}", nearest(scenario, list(self.others)))])
        return self.others[scenario]

    def _map(self, layer: str, scenario: str, quarter: str | None) -> gpd.GeoDataFrame:
        from twin.study import maps

        return getattr(maps, layer)(self.base, self._other(scenario), quarter or self.base.scenario.end)

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
                    "replications": self.base.replications,
                    "precision": None if self.target is None else self.target.told(self.settled()),
                    "placebo": {name: list(unlike) for name, unlike in self.placebo.items()},
                },
                place / "manifest.json",
            )
            if self.target is not None:
                self.settled().to_csv(place / "settled.csv", index=False, lineterminator="\n")
        return Path(folder)
