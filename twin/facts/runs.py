"""What the facts are read from: the runs of a scenario, with the lives, growths and yearly sums of their firms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from twin.engine.kinds import EXITS, Kind
from twin.indicators.figures import Figures
from twin.park import Park
from twin.record import Record
from twin.study import series
from twin.study.series import Floats
from twin.study.survival import lives
from twin.units import QUARTERS_PER_YEAR, Quarter

#: Ends at which a legal unit lives on, elsewhere; GIVE_UP is the end of one that never came.
ALIVE = (Kind.LEAVE, Kind.MOVE_OUT, Kind.LOSE)

#: Ends of legal units.
DEATHS = tuple(kind.name.lower() for kind in EXITS if kind not in (*ALIVE, Kind.GIVE_UP))


@dataclass(frozen=True)
class Run:
    """One run with its event log and table of firms."""

    record: Record

    @property
    def firms(self) -> pd.DataFrame:
        """The table of firms."""
        if self.record.firms is None:
            raise ValueError("facts need the table of firms: run with events=True")
        return self.record.firms

    @property
    def events(self) -> pd.DataFrame:
        """The event log."""
        if self.record.events is None:
            raise ValueError("facts need the event log: run with events=True")
        return self.record.events

    @cached_property
    def quarters(self) -> list[str]:
        """The quarters counted."""
        return series.quarters_of(self.record)

    @property
    def start(self) -> Quarter:
        """The first quarter."""
        return Quarter.parse(self.quarters[0])

    @property
    def years(self) -> float:
        """Length in years."""
        return len(self.quarters) / QUARTERS_PER_YEAR

    @cached_property
    def figures(self) -> Figures:
        """The figures of the park as a whole, of which indicators are made."""
        return series.of_park(self.record)

    def at(self, quarter: str) -> int | None:
        """The place of a quarter in the panels, None where it was not counted."""
        return self.quarters.index(quarter) if quarter in self.quarters else None

    def of(self, *kinds: str) -> pd.DataFrame:
        """The events of some kinds."""
        return self.events[self.events["kind"].isin(kinds)]

    def panel(self, column: str) -> Floats:
        """(quarters, cells, industries, stages): a column of the groups."""
        return series.panel(self.record, column)

    def total(self, column: str) -> Floats:
        """(quarters,): a column of the groups over the park."""
        return self.figures.firms(column)

    def by_building(self, column: str) -> Floats:
        """(quarters, buildings): a column of the buildings."""
        return series.by_building(self.record, column)

    @property
    def industries(self) -> list[str]:
        """Ids along the axis of industries."""
        return list(self.record.groups["industry"].cat.categories)

    def zones_at(self, at: Quarter) -> list[tuple[tuple[str, int], str, list[int]]]:
        """Zones that hold in a quarter: id and version, kind, and the places of their cells along the axis of cells."""
        cells = list(self.record.groups["cell"].cat.categories)
        found = []
        for (zone, version), rows in self.record.zones.groupby(["zone_id", "version"], sort=False):
            begins, ends = str(rows["valid_from"].iloc[0]), str(rows["valid_to"].iloc[0])
            holds = (not begins or Quarter.parse(begins) <= at) and (not ends or Quarter.parse(ends) > at)
            inside = [cells.index(cell) for cell in rows["cell"] if cell]
            if holds and inside:
                found.append(((str(zone), int(str(version))), str(rows["kind"].iloc[0]), inside))
        return found

    @cached_property
    def lives(self) -> pd.DataFrame:
        """Firms that came, with founded, came, gone (inf while here) and cause of the end."""
        return lives(self.firms, self.events)

    @cached_property
    def here(self) -> pd.DataFrame:
        """Firms that are there at the end."""
        return self.lives[np.isinf(self.lives["gone"])]

    @cached_property
    def growths(self) -> pd.DataFrame:
        """Growth a year: firm, time, ordinal within the firm, before, after (persons), growth (log), resident."""
        seen = self.of("enter", "grow")
        order = np.lexsort((seen["time_years"], seen["firm"]))
        firm, after = seen["firm"].to_numpy()[order], seen["amount"].to_numpy(dtype=np.float64)[order]
        follows = np.flatnonzero(firm[1:] == firm[:-1]) + 1
        before = after[follows - 1]
        frame = pd.DataFrame(
            {
                "firm": firm[follows],
                "time": seen["time_years"].to_numpy()[order][follows],
                "before": before,
                "after": after[follows],
                "growth": np.log(np.maximum(after[follows], 1.0) / np.maximum(before, 1.0)),
                "resident": seen["building"].notna().to_numpy()[order][follows],
            }
        )
        return frame.assign(ordinal=frame.groupby("firm").cumcount())

    def revenues(self, *, anchors: bool) -> Floats:
        """Revenues of registered firms at the end, in CNY a year, the largest first."""
        here = self.here[self.here["registered"].astype(bool) & (self.here["revenue_cny"] > 0)]
        if not anchors:
            here = here[~here["anchor"].astype(bool)]
        return np.sort(here["revenue_cny"].to_numpy(dtype=np.float64))[::-1]


@dataclass(frozen=True)
class Runs:
    """Replications of one scenario on one park."""

    park: Park
    runs: Sequence[Run]

    def lacks(self, *columns: str) -> list[str]:
        """Which of some columns the tables of firms do not have."""
        return [column for column in columns if column not in self.runs[0].firms.columns]

    @cached_property
    def anchors(self) -> set[int]:
        """Keys of the anchors of the stock."""
        stock = self.park.firms
        return set(stock.loc[stock["anchor"].astype(bool), "firm_id"].astype(int))
