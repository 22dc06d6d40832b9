"""Because of what: for each firm that differs between two runs of the same luck, the chain of events from the lever.

A firm's history parts at the first row of the log that is not the same in both runs. What that row came of is looked
for in this order; the first that applies is the cause:

- `building`: the firm looked for room, and a building that it took in one run had the room in that run and not in the
  other, as the books of both runs tell to the m². The cause is the firm whose coming, going or resizing there, earlier
  and in one run only, was the last to make that difference.
- `service`: the firm got a slot in one run when it did not in the other. The cause is the firm that left the slot at
  that instant, if it did so in one run only; else the firm that took the slot in the other run; else, where the lever
  opened slots there, the lever; else the last firm before that took or left a slot there in one run only.
- `parent`: the firm is a spin-off or a follower, and came in one run only. The cause is the firm it comes of.
- `lever`: the action applies to the firm, its service or its building, at or after its date.
- `chain`: an anchor within reach on the chains came or went in one run only, and the row is one that anchors act on.
- `market`: none of these. What is left are numbers that all firms share; `route` says which of them can have done it.

A cause is always earlier than what it is the cause of, so that every chain ends: at the lever, or at the market.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.chains.graph import chain_graph, steps
from twin.engine.kinds import Kind
from twin.levers.registry import CHOICES
from twin.record import Record
from twin.study.differing import firms_that_differ
from twin.study.histories import (
    ENDS,
    NONE,
    Flags,
    Floats,
    Ints,
    Log,
    Names,
    Parting,
    Steps,
    floor_steps,
    logs_of,
    parents,
    partings,
    slot_steps,
)
from twin.study.ledgers import Ledger
from twin.study.replications import Study
from twin.study.telling import sentence_of
from twin.study.touch import CHANGES_FLOOR, OPENS_SLOTS, Pull, Told, pulls_of, shows
from twin.units import QUARTERS_PER_YEAR, Quarter

#: Ways in which a difference comes to a firm.
LEVER, PARENT, BUILDING, SERVICE, CHAIN, MARKET = "lever", "parent", "building", "service", "chain", "market"

#: Happenings at which a firm needs an amount of room that may not be there.
ROOM = (Kind.SETTLE, Kind.COME, Kind.MOVE, Kind.RESIZE, Kind.LEASE_END)

#: Happenings that depend on places at services.
PLACES = (Kind.START, Kind.TIRED)

#: Happenings by which a slot falls free at that instant.
FREES = (Kind.SERVED, Kind.ADVANCE, *ENDS)

#: How many steps on the chains an anchor reaches, by what it acts on.
REACH: dict[Kind, int] = {
    Kind.ENTER: 2,
    Kind.LIST: 2,
    Kind.GROW: 1,
    Kind.CLOSE: 1,
    Kind.SLEEP: 1,
    Kind.MOVE_OUT: 1,
}

#: By which numbers that all share a difference can have come, by what it shows in.
ROUTES: dict[Kind, str] = {
    **dict.fromkeys(CHOICES, "choice"),
    Kind.RENEW: "rent",
    Kind.RESIZE: "need",
    **dict.fromkeys((Kind.ENTER, Kind.LIST), "entry"),
    Kind.GROW: "growth",
    **dict.fromkeys((*ENDS, Kind.ADVANCE), "hazard"),
    Kind.GIVE_UP: "choice",
    **dict.fromkeys((Kind.RECOGNISE, Kind.LAPSE), "review"),
    **dict.fromkeys((Kind.JOIN, Kind.START, Kind.TIRED, Kind.SERVED), "queue"),
}
OTHER_ROUTE = "other"


@dataclass(frozen=True)
class Causes:
    """Why the firms of two runs of the same luck differ."""

    table: pd.DataFrame  #: a row for each firm that differs in the end: see `causes`
    parted: pd.DataFrame  #: the same for every firm whose history differs, without `change`, in the order of the dates
    pulls: tuple[Pull, ...]  #: the actions in which the two scenarios differ
    services: Mapping[str, tuple[str, str]]  #: names of services by their ids, in Chinese and English

    @property
    def traced(self) -> float:
        """The share of the firms that differ in the end of which a chain leads back to the lever; NaN for none."""
        return float(self.table["steps"].notna().mean())

    def chain_of(self, firm: int) -> pd.DataFrame:
        """The firms from one whose history differs back to where that began, a row each. Raises ValueError."""
        if firm not in self._row:
            raise ValueError(f"the history of firm {firm} does not differ")
        chain, cause = [], self.parted["cause_firm"].to_numpy(np.int64, na_value=NONE)
        while firm != NONE:
            chain.append(self._row[firm])
            firm = int(cause[chain[-1]])
        return self.parted.iloc[chain].reset_index(drop=True)

    def sentence(self, firm: int, language: str = "en") -> str:
        """That chain as a sentence in `en` or `zh`. Raises ValueError."""
        actions = {pull.said: pull.said_zh for pull in self.pulls}
        return sentence_of(self.chain_of(firm), self.services, actions, language)

    @cached_property
    def _row(self) -> dict[int, int]:
        return {firm: row for row, firm in enumerate(self.parted["firm"].tolist())}


def causes(base: Study, other: Study, replication: int = 0) -> Causes:
    """What led to each firm's difference between two studies of the same luck, in one replication.

    The table has the columns of `firms_that_differ`, and first_years and first_quarter (when its history parts),
    first_base and first_other (the kind of happening then, in either run), building_first_base, building_first_other,
    service (where), via, cause_firm, pull (the action, where via is `lever`), route (where via is `market`), and steps:
    links back to the lever, NaN where the chain ends in the market. Both studies need their logs.
    """
    records = (base.records[replication], other.records[replication])
    changed = firms_that_differ(*records)
    logs, names = logs_of(*records)
    parting = partings(logs)
    pulls = tuple(pulls_of(base, other))
    catalog = other.scenario.catalog(other.park.catalog)
    pair = _Pair(records, logs, names, parting, _told(records, logs, names, parting), catalog)
    found = _found(pair, pulls, (base.park.firms, other.park.firms))
    start = Quarter.parse(other.scenario.start)
    parted = _as_frame(pair, found, pulls, start, other.scenario.quarters)
    zh, en = (catalog.names("services", language) for language in ("zh", "en"))
    names_of = {service: (zh[service], en[service]) for service in en}
    return Causes(changed.merge(parted, on="firm", how="left"), parted, pulls, names_of)


class _Pair(NamedTuple):
    """Two runs side by side, and where their firms part."""

    records: tuple[Record, Record]
    logs: tuple[Log, Log]
    names: Names
    parting: Parting
    told: tuple[Told, Told]
    catalog: Catalog

    def beside(self, values: tuple[Any, Any]) -> Any:
        """One value for each firm: that of the what-if, or that of the base where the what-if has no row then."""
        return np.where(self.told[1].kind >= 0, values[1], values[0])


class _Found(NamedTuple):
    """What was found of each firm that parts, (firms,) each; it is filled in place."""

    via: NDArray[np.object_]
    cause: Ints  #: by the order in which firms part, NONE for none
    pull: Ints  #: by the order of the pulls, NONE for none

    def put(self, where: Flags, via: str, cause: Ints | None = None, pull: Ints | None = None) -> None:
        """Note a way for those of which no way is known yet, if their cause is known and parted before them."""
        known = where & (self.via == "")
        if cause is not None:
            known &= (cause >= 0) & (cause < np.arange(len(cause)))
            self.cause[known] = cause[known]
        if pull is not None:
            known &= pull >= 0
            self.pull[known] = pull[known]
        self.via[known] = via


def _told(records: tuple[Record, Record], logs: tuple[Log, Log], names: Names, parting: Parting) -> tuple[Told, Told]:
    """What either log tells of each firm at the date at which its history parts."""
    tables = [record.firms for record in records if record.firms is not None]
    known = pd.concat([table[["firm", "industry", "chain_node"]].astype({"industry": str}) for table in tables])
    of_firm = known.drop_duplicates("firm").set_index("firm").reindex(parting.firm).astype(object)
    told = []
    for log, rows in zip(logs, parting.rows, strict=True):
        now = log.time[rows] == parting.years
        told.append(
            Told(
                np.where(now, log.kind[rows], NONE),
                parting.years,
                _id(names.buildings, np.where(now, log.building[rows], NONE)),
                _id(names.services, np.where(now, log.service[rows], NONE)),
                _id(names.stages, np.where(now, log.stage[rows], NONE)),
                np.where(now, log.amount[rows], np.nan),
                of_firm["industry"].to_numpy(object),
                of_firm["chain_node"].to_numpy(object),
            )
        )
    return told[0], told[1]


def _id(names: pd.Index[Any], codes: Ints) -> NDArray[np.object_]:
    """Ids by their numbers, None for none."""
    return np.array([*names, None], object)[codes]


def _found(pair: _Pair, pulls: tuple[Pull, ...], stocks: tuple[pd.DataFrame, pd.DataFrame]) -> _Found:
    """The cause of each firm's difference, way by way."""
    n = len(pair.parting.firm)
    found = _Found(np.full(n, "", object), np.full(n, NONE), np.full(n, NONE))
    if n == 0:
        return found
    by_lever = _by_lever(pair, pulls)
    floor = tuple(floor_steps(log, stock, pair.names.buildings) for log, stock in zip(pair.logs, stocks, strict=True))
    at_the_date = np.isin(by_lever, [n for n, pull in enumerate(pulls) if pull.lever == "anchor_exit"])
    found.put(at_the_date, LEVER, pull=by_lever)
    _by_room(pair, pulls, (floor[0], floor[1]), found)
    _by_slot(pair, pulls, by_lever, found)
    came = np.isin(pair.beside((pair.told[0].kind, pair.told[1].kind)), [Kind.ENTER])
    found.put(came, PARENT, cause=_parent(pair))
    found.put(by_lever >= 0, LEVER, pull=by_lever)
    _by_anchor(pair, found)
    found.put(np.ones(n, np.bool_), MARKET)
    return found


def _by_lever(pair: _Pair, pulls: tuple[Pull, ...]) -> Ints:
    """The last action before each firm's difference that may show in it by itself."""
    found = np.full(len(pair.parting.firm), NONE)
    for number, pull in enumerate(pulls):
        found[shows(pull, pair.told[0]) | shows(pull, pair.told[1])] = number
    return found


def _parent(pair: _Pair) -> Ints:
    """The parent of each firm, by the order in which firms part."""
    of = parents(pair.logs[0]) | parents(pair.logs[1])
    row = {firm: n for n, firm in enumerate(pair.parting.firm.tolist())}
    return np.array([row.get(of.get(firm, NONE), NONE) for firm in pair.parting.firm.tolist()], np.int64)


def _by_room(pair: _Pair, pulls: tuple[Pull, ...], floor: tuple[Steps, Steps], found: _Found) -> None:
    """Firms that took a building in one run which had not the room in the other."""
    ledger = Ledger(pair.logs, pair.parting, floor)
    capacity = [_capacity(record, pair.names.buildings) for record in pair.records]
    n = len(pair.parting.firm)
    quarter = np.minimum((pair.parting.years * QUARTERS_PER_YEAR).astype(np.int64), len(capacity[0]) - 1)
    best, edited = np.full(n, NONE), np.full(n, NONE)
    changed = [pull for pull in pulls if pull.lever in CHANGES_FLOOR]
    for run in range(2):
        log, told, lacking = pair.logs[run], pair.told[run], 1 - run
        row = pair.parting.rows[run]
        place = np.where(told.kind >= 0, log.building[row], NONE)
        looked = np.isin(told.kind, ROOM) & (place >= 0) & (told.amount > 0) & ~_stays(log, row)
        at = np.where(looked, place, 0)
        free = [capacity[r][quarter, at] - ledger.taken(r, at) for r in range(2)]
        beside = pair.told[lacking]
        need = np.where(beside.kind == told.kind, beside.amount, told.amount)
        short = looked & (free[lacking] < need) & (free[run] >= need)
        by = ledger.last(np.where(short, place, NONE), np.full(n, 1 if lacking == 1 else -1))
        best = np.where(short, np.maximum(best, by), best)
        for pull in changed:
            touched = short & pd.Index(told.building).isin(list(pull.buildings or pair.names.buildings))
            edited[touched & (pair.parting.years >= pull.years)] = pulls.index(pull)
    found.put(best >= 0, BUILDING, cause=best)
    found.put(edited >= 0, LEVER, pull=edited)


def _stays(log: Log, row: Ints) -> Flags:
    """Whether a lease ends at a row and the firm signs again where it is, with floor that it has."""
    after = row + 1
    return (log.kind[row] == Kind.LEASE_END) & (log.kind[after] == Kind.RENEW) & (log.firm[after] == log.firm[row])


def _capacity(record: Record, buildings: pd.Index[Any]) -> Floats:
    """(quarters, buildings): m² on offer or let, as counted at the end of each quarter."""
    frame = record.buildings
    ids, quarters = frame["building_id"].cat.categories, len(frame["quarter"].cat.categories)
    counted = (frame["stock_m2"] - frame["offline_m2"]).to_numpy(np.float64).reshape(quarters, len(ids))
    found = np.zeros((quarters, len(buildings)))
    found[:, buildings.get_indexer(pd.Index(ids))] = counted
    return found


def _by_slot(pair: _Pair, pulls: tuple[Pull, ...], by_lever: Ints, found: _Found) -> None:
    """Firms that got a slot at a service, or tired of waiting for it, in one run and not in the other."""
    if not len(pair.names.services):
        return
    books = tuple(slot_steps(log, pair.names, pair.catalog) for log in pair.logs)
    ledger = Ledger(pair.logs, pair.parting, (books[0], books[1]))
    n = len(pair.parting.firm)
    opened = np.isin(by_lever, [number for number, pull in enumerate(pulls) if pull.lever in OPENS_SLOTS])
    for run in (1, 0):
        log, row = pair.logs[run], pair.parting.rows[run]
        waits = np.isin(pair.told[run].kind, PLACES)
        place = np.where(waits, log.service[row], NONE)
        starts = pair.told[run].kind == Kind.START
        found.put(starts, SERVICE, cause=_who_freed(pair, run, starts, place))
        found.put(starts, SERVICE, cause=_who_took(pair, 1 - run, starts, place))
        found.put(waits & opened, LEVER, pull=by_lever)
        freed = np.where(starts, -1 if run == 1 else 1, 0)
        found.put(waits, SERVICE, cause=ledger.last(place, freed))
        found.put(waits, SERVICE, cause=ledger.last(place, np.zeros(n, np.int64)))


def _who_freed(pair: _Pair, run: int, starts: Flags, place: Ints) -> Ints:
    """The firm that left the slot which another got at that instant."""
    log, row = pair.logs[run], pair.parting.rows[run]
    frees = np.flatnonzero(np.isin(log.kind, FREES))
    before = np.searchsorted(frees, row, "left") - 1
    freed = np.append(frees, NONE)[before]
    same = starts & (log.time[freed] == log.time[row]) & (log.firm[freed] != log.firm[row])
    same &= (log.kind[freed] != Kind.SERVED) | (log.service[freed] == place)
    firm = pd.Index(pair.parting.firm).get_indexer(pd.Index(log.firm[freed]))
    return np.where(same & (firm >= 0) & _is_only_here(pair, run, freed), firm, NONE)


def _is_only_here(pair: _Pair, run: int, rows: Ints) -> Flags:
    """Whether rows of one log have no like in the other: same date, firm and kind."""
    codes = [
        pd.util.hash_pandas_object(
            pd.DataFrame({"time": log.time[of], "kind": log.kind[of], "firm": log.firm[of]}), index=False
        ).to_numpy()
        for log, of in ((pair.logs[run], rows), (pair.logs[1 - run], np.arange(len(pair.logs[1 - run].time))))
    ]
    return ~np.isin(codes[0], codes[1])


def _who_took(pair: _Pair, run: int, starts: Flags, place: Ints) -> Ints:
    """The firm that took a slot at the same instant and service in the other run."""
    log = pair.logs[run]
    taken = np.flatnonzero(log.kind == Kind.START)
    first = np.searchsorted(log.time[taken], pair.parting.years, "left")
    result = np.full(len(place), NONE)
    firm = pd.Index(pair.parting.firm)
    for n in np.flatnonzero(starts):
        for row in taken[first[n] :]:
            if log.time[row] != pair.parting.years[n]:
                break
            if log.service[row] == place[n] and log.firm[row] in firm:
                result[n] = firm.get_loc(log.firm[row])
    return result


def _by_anchor(pair: _Pair, found: _Found) -> None:
    """Firms near on the chains to an anchor that came or went in one run only, in what anchors act on."""
    kind = pair.beside((pair.told[0].kind, pair.told[1].kind))
    within = np.array([REACH.get(Kind(one), 0) if one >= 0 else 0 for one in range(len(Kind))])[kind]
    graph, node = chain_graph(pair.catalog), pair.told[0].chain_node
    anchors = set()
    for record in pair.records:
        if record.firms is not None:
            anchors |= set(record.firms.loc[record.firms["anchor"], "firm"].tolist())
    cause = np.full(len(kind), NONE)
    for n in np.flatnonzero(np.isin(pair.parting.firm, list(anchors))):
        if not _comes_or_goes(pair, int(pair.parting.firm[n])) or node[n] not in graph:
            continue
        away = steps(graph, node[n])
        near = np.array([away.get(one, np.inf) for one in node])
        cause[(near > 0) & (near <= within) & (np.arange(len(kind)) > n)] = n
    found.put(cause >= 0, CHAIN, cause=cause)


def _comes_or_goes(pair: _Pair, anchor: int) -> bool:
    """Whether an anchor takes its first room, or goes, in one run only or at another date."""
    dates = [
        sorted(log.time[(log.firm == anchor) & np.isin(log.kind, [Kind.SETTLE, Kind.ORPHAN])]) for log in pair.logs
    ]
    return dates[0] != dates[1]


def _as_frame(pair: _Pair, found: _Found, pulls: tuple[Pull, ...], start: Quarter, quarters: int) -> pd.DataFrame:
    """A row for each firm whose history differs, in the order in which they part."""
    parting, told = pair.parting, pair.told
    kinds = np.array([*(kind.name.lower() for kind in Kind), None], object)
    links = np.full(len(parting.firm), np.nan)
    for n, via in enumerate(found.via):  # causes come before what they cause
        links[n] = 1.0 if via == LEVER else np.nan if via == MARKET else links[found.cause[n]] + 1.0
    kind = pair.beside((told[0].kind, told[1].kind))
    routes = np.array([ROUTES.get(one, OTHER_ROUTE) for one in Kind], object)[kind]
    alike = (told[0].kind == told[1].kind) & np.isin(kind, ROOM) & (told[0].building == told[1].building)
    routes[alike] = ROUTES[Kind.RESIZE]  # the same building, and another amount of floor there
    return pd.DataFrame(
        {
            "firm": parting.firm,
            "first_years": parting.years,
            "first_quarter": _quarters(parting.years, start, quarters),
            "first_base": kinds[told[0].kind],
            "first_other": kinds[told[1].kind],
            "building_first_base": told[0].building,
            "building_first_other": told[1].building,
            "service": pair.beside((told[0].service, told[1].service)),
            "via": found.via,
            "cause_firm": pd.array(np.where(found.cause >= 0, parting.firm[found.cause], 0), "Int64"),
            "pull": np.array([*(pull.said for pull in pulls), None], object)[found.pull],
            "route": np.where(found.via == MARKET, routes, None),
            "steps": links,
        }
    ).assign(cause_firm=lambda frame: frame["cause_firm"].where(found.cause >= 0))


def _quarters(years: Floats, start: Quarter, quarters: int) -> NDArray[np.object_]:
    """The quarters in which dates lie."""
    texts = np.array([str(start.plus(n)) for n in range(quarters)], object)
    return texts[np.minimum((years * QUARTERS_PER_YEAR).astype(np.int64), quarters - 1)]
