"""What happened to each firm in two runs of the same luck: where histories part, and what each took and gave back.

A firm's history is its rows of the event log in their order. Both runs keep their logs: simulate with events=True.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.engine.kinds import EXITS, Kind
from twin.record import Record

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: What stands for a row, a place or a firm that there is not.
NONE = -1

#: The position of what was there before the first row of a log.
STOCK = -1

#: Kinds by which a firm gives back all it holds.
ENDS = (*EXITS, Kind.SLEEP)


class Log(NamedTuple):
    """The event log of one run as arrays, (rows,) each, in its order; a last row, which NONE finds, stands for none."""

    time: Floats  #: years since the start
    kind: Ints
    firm: Ints  #: NONE for what concerns no firm
    building: Ints  #: by the names of `Names`, NONE for none
    service: Ints
    stage: Ints
    amount: Floats
    rank: Ints  #: how many rows of the same instant stand before


class Names(NamedTuple):
    """The ids that the numbers of two logs stand for."""

    buildings: pd.Index[Any]
    services: pd.Index[Any]
    stages: pd.Index[Any]


class Steps(NamedTuple):
    """By how much firms change what is taken at places, a row each: m² of buildings, slots of services."""

    place: Ints
    position: Ints  #: row of the log, STOCK for what a firm had at the start
    firm: Ints
    years: Floats
    change: Floats

    def chosen(self, rows: Flags) -> Steps:
        """Some of the rows."""
        return Steps(self.place[rows], self.position[rows], self.firm[rows], self.years[rows], self.change[rows])


def joined(books: Sequence[Steps]) -> Steps:
    """The rows of several, one after the other."""
    return Steps(
        np.concatenate([book.place for book in books]),
        np.concatenate([book.position for book in books]),
        np.concatenate([book.firm for book in books]),
        np.concatenate([book.years for book in books]),
        np.concatenate([book.change for book in books]),
    )


class Parting(NamedTuple):
    """Where the histories of firms part, (firms,) each, in the order in which that happens."""

    firm: Ints
    rows: Ints  #: (2, firms): the first row that differs in either log; NONE where a run has no further row of the firm
    years: Floats  #: the earlier of the two
    rank: Ints  #: its place within the instant


def logs_of(base: Record, other: Record) -> tuple[tuple[Log, Log], Names]:
    """The logs of two runs under common numbers. Raises ValueError where one was not kept."""
    if base.events is None or other.events is None:
        raise ValueError("both runs need their event logs: simulate with events=True")
    frames = (base.events, other.events)

    def common(column: str) -> pd.Index[Any]:
        first, second = (pd.Index(frame[column].cat.categories) for frame in frames)
        return first if first.equals(second) else first.union(second, sort=False)

    names = Names(common("building"), common("service"), common("stage"))
    return (_log(frames[0], names), _log(frames[1], names)), names


def log_of(record: Record) -> tuple[Log, Names]:
    """The log of one run, and what its numbers stand for. Raises ValueError where it was not kept."""
    if record.events is None:
        raise ValueError("the run kept no log: simulate with events=True")
    names = Names(*(pd.Index(record.events[column].cat.categories) for column in ("building", "service", "stage")))
    return _log(record.events, names), names


def _log(frame: pd.DataFrame, names: Names) -> Log:
    kinds = pd.Index([kind.name.lower() for kind in Kind])
    time = np.append(frame["time_years"].to_numpy(np.float64), np.inf)
    row = np.arange(len(time))
    begins = np.maximum.accumulate(np.where(np.append(True, time[1:] != time[:-1]), row, 0))
    return Log(
        time,
        np.append(_codes(frame["kind"], kinds), NONE),
        np.append(frame["firm"].to_numpy(np.int64), NONE),
        np.append(_codes(frame["building"], names.buildings), NONE),
        np.append(_codes(frame["service"], names.services), NONE),
        np.append(_codes(frame["stage"], names.stages), NONE),
        np.append(frame["amount"].to_numpy(np.float64), np.nan),
        row - begins,
    )


def _codes(column: pd.Series[Any], names: pd.Index[Any]) -> Ints:
    """Numbers of a categorical column by the place of its ids among `names`."""
    places = np.append(names.get_indexer(pd.Index(column.cat.categories)), NONE)
    return places[column.cat.codes.to_numpy()].astype(np.int64)


def partings(logs: tuple[Log, Log], *, amounts: bool = True) -> Parting:
    """The firms whose histories differ, with the first row at which they do, in the order of these.

    Without `amounts` only what happens, when and where counts, and not how much floor, staff or rent comes with it.
    """
    orders = [np.argsort(log.firm, kind="stable") for log in logs]
    orders = [order[log.firm[order] >= 0] for order, log in zip(orders, logs, strict=True)]
    firms = np.unique(np.concatenate([log.firm[order] for order, log in zip(orders, logs, strict=True)]))
    starts, counts = [], []
    for order, log in zip(orders, logs, strict=True):
        starts.append(np.searchsorted(log.firm[order], firms, "left"))
        counts.append(np.searchsorted(log.firm[order], firms, "right") - starts[-1])
    # the n-th row of a firm in the one log beside its n-th row in the other
    who = np.repeat(np.arange(len(firms)), counts[0])
    nth = np.arange(len(orders[0])) - starts[0][who]
    both = nth < counts[1][who]
    mine, yours = orders[0][both], orders[1][starts[1][who[both]] + nth[both]]
    same = np.ones(len(mine), np.bool_)
    for name in Log._fields:
        if name != "rank" and (amounts or name != "amount"):
            same &= getattr(logs[0], name)[mine] == getattr(logs[1], name)[yours]
    parts = np.minimum(counts[0], counts[1])
    np.minimum.at(parts, who[both][~same], nth[both][~same])
    differs = parts < np.maximum(counts[0], counts[1])
    firms, parts = firms[differs], parts[differs]
    rows = np.full((2, len(firms)), NONE, np.int64)
    for run, (order, start, count) in enumerate(zip(orders, starts, counts, strict=True)):
        there = parts < count[differs]
        rows[run, there] = order[(start[differs] + parts)[there]]
    return _in_order(logs, firms, rows)


def _in_order(logs: tuple[Log, Log], firms: Ints, rows: Ints) -> Parting:
    """Firms by the date at which their histories part, and within an instant by the place of the row in its log."""
    times = np.stack([log.time[row] for log, row in zip(logs, rows, strict=True)])
    years = times.min(axis=0)
    most = np.iinfo(np.int64).max
    ranks = np.stack([np.where(times[run] == years, logs[run].rank[rows[run]], most) for run in range(2)])
    rank = ranks.min(axis=0)
    order = np.lexsort((firms, rank, years))
    return Parting(firms[order], rows[:, order], years[order], rank[order])


def parents(log: Log) -> dict[int, int]:
    """The firms that came of another, as a spin-off or by following it: whom they came of."""
    came_of = np.flatnonzero(np.isin(log.kind, [Kind.SPIN_OFF, Kind.FOLLOW]))  # the child enters in the row after
    return dict(zip(log.firm[came_of + 1].tolist(), log.firm[came_of].tolist(), strict=True))


def floor_steps(log: Log, stock: pd.DataFrame, buildings: pd.Index[Any]) -> Steps:
    """How the m² let in buildings change, firm by firm; `stock` is the park's table of firms."""
    settled = stock[stock["building_id"].notna() & stock["resident"].astype(bool)]
    rows = np.flatnonzero(np.isin(log.kind, [Kind.SETTLE, Kind.MOVE, Kind.RESIZE, *ENDS]))
    ends = np.isin(log.kind[rows], ENDS)
    firm = np.append(settled["firm_id"].to_numpy(np.int64), log.firm[rows])
    position = np.append(np.full(len(settled), STOCK), rows)
    years = np.append(np.full(len(settled), -1.0), log.time[rows])
    there = np.append(buildings.get_indexer(pd.Index(settled["building_id"])), np.where(ends, NONE, log.building[rows]))
    m2 = np.append(settled["floor_m2"].to_numpy(np.float64), np.where(ends, 0.0, log.amount[rows]))
    resized = np.append(np.zeros(len(settled), np.bool_), log.kind[rows] == Kind.RESIZE)
    order = np.lexsort((position, firm))
    firm, position, years, there, m2, resized = (a[order] for a in (firm, position, years, there, m2, resized))
    # what a firm has after each row: what it last took, and what it resized by since
    total = np.cumsum(m2)
    since = np.maximum.accumulate(np.where(resized, 0, np.arange(len(m2))))
    has = total - (total[since] - m2[since])
    had, was = np.append(0.0, has[:-1]), np.append(NONE, there[:-1])
    first = np.append(True, firm[1:] != firm[:-1])[: len(firm)]
    had[first], was[first] = 0.0, NONE
    taken, given = there >= 0, (was >= 0) & ~resized
    return Steps(
        np.append(there[taken], was[given]).astype(np.int64),
        np.append(position[taken], position[given]).astype(np.int64),
        np.append(firm[taken], firm[given]),
        np.append(years[taken], years[given]),
        np.append(m2[taken], -had[given]),
    )


def slot_steps(log: Log, names: Names, catalog: Catalog) -> Steps:
    """How the slots in use at services change, firm by firm.

    A slot ends when the firm is served, when it goes, and when it reaches a stage that the service is not for.
    """
    ends = np.flatnonzero(np.isin(log.kind, ENDS))
    steps = []
    for service, name in enumerate(names.services):
        leaves = [
            n for n, stage in enumerate(names.stages[:-1]) if name not in catalog.services_of(names.stages[n + 1])
        ]
        at = log.service == service
        taken = np.flatnonzero(at & (log.kind == Kind.START))
        served = np.flatnonzero(at & (log.kind == Kind.SERVED))
        outgrown = np.flatnonzero((log.kind == Kind.ADVANCE) & np.isin(log.stage, leaves))
        given = _next_of_firm(log, taken, np.concatenate([served, outgrown, ends]))
        taken_at, given_at = np.ones(len(taken)), -np.ones(np.count_nonzero(given >= 0))
        rows = np.append(taken, given[given >= 0])
        place = np.full(len(rows), service)
        steps.append(Steps(place, rows, log.firm[rows], log.time[rows], np.append(taken_at, given_at)))
    return joined(steps)


def _next_of_firm(log: Log, rows: Ints, later: Ints) -> Ints:
    """For each of some rows the next of `later` that is of its firm, NONE if none is."""
    n = len(log.time) + 1
    code = pd.Index(np.unique(log.firm))
    among = np.sort(code.get_indexer(pd.Index(log.firm[later])) * n + later)
    own = code.get_indexer(pd.Index(log.firm[rows])) * n
    place = np.searchsorted(among, own + rows, "right")
    found = np.append(among, -1)[np.minimum(place, len(among))]
    return np.where((place < len(among)) & (found // n == own // n), found % n, NONE)
