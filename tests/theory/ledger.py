"""An accountant who reads only the log of a run and the park's stock, and writes what every quarter must have shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.theory.quiet import Floats
from twin.catalog import Catalog
from twin.park import Park
from twin.record import FLOWS, Record

EXITS = ("give_up", "fail", "leave", "close", "absorb", "move_out", "lose")

FLOW_OF = {kind.name.lower(): column for kind, column in FLOWS.items()}

#: Of a quarter: columns of the panel of groups that are stocks, then its flows.
STOCKS = ("resident_firms", "remote_firms", "dormant_firms", "floor_m2")

OF_BUILDINGS = ("let_m2", "tenants", "arrivals", "departures", "opened_m2")
OF_NODES = ("resident_firms", "remote_firms", "anchors")
OF_SERVICES = ("busy", "queue", "joined", "started", "finished", "tired", "waited_years", "busy_years", "queue_years")


class Ledger:
    """The park as the log tells it, and its pages, one a quarter."""

    def __init__(self, record: Record, park: Park) -> None:
        assert record.events is not None
        assert record.firms is not None
        self.record = record
        panel = record.groups
        self.quarters = len(panel["quarter"].cat.categories)
        self.cells = list(panel["cell"].cat.categories)
        self.industries = list(panel["industry"].cat.categories)
        self.stages = list(panel["stage"].cat.categories)
        self.buildings = list(record.buildings["building_id"].cat.categories)
        self.services = list(record.services["service"].cat.categories)
        self.causes = list(record.failures["cause"].cat.categories)
        self.catalog: Catalog = park.catalog
        first = record.buildings.drop_duplicates("building_id")
        self.cell_of = dict(zip(first["building_id"], first["cell"], strict=True))
        self.industry_of = dict(zip(record.firms["firm"], record.firms["industry"], strict=True))
        self.nodes = list(record.nodes["chain_node"].cat.categories)
        self.node_of = dict(zip(record.firms["firm"], record.firms["chain_node"].cat.codes, strict=True))
        self.anchors = set(record.firms.loc[record.firms["anchor"], "firm"])
        self.of_nodes = {name: np.zeros((self.quarters, len(self.nodes))) for name in OF_NODES}

        self.left_from: str | None = None  # the building of the last firm that went
        self.stage: dict[int, int] = {}
        self.building: dict[int, str | None] = {}
        self.floor: dict[int, float] = defaultdict(float)
        self.seeking: set[int] = set()
        self.dormant: set[int] = set()
        self.queued: set[tuple[int, str]] = set()  # firms and services
        self.served: set[tuple[int, str]] = set()
        shape = (self.quarters, len(self.cells), len(self.industries), len(self.stages))
        self.groups = {name: np.zeros(shape) for name in (*STOCKS, *FLOWS.values())}
        self.waiting = np.zeros((self.quarters, len(self.industries)))
        self.of_buildings = {name: np.zeros((self.quarters, len(self.buildings))) for name in OF_BUILDINGS}
        self.of_services = {name: np.zeros((self.quarters, len(self.services))) for name in OF_SERVICES}
        self.failures = np.zeros((self.quarters, len(self.causes), len(self.industries), len(self.stages)))

        columns = ("firm_id", "stage", "building_id", "floor_m2", "resident")
        for number, stage, building, floor, resident in zip(*(park.firms[c].tolist() for c in columns), strict=True):
            self.stage[number] = self.stages.index(stage)
            self.building[number] = building if resident else None
            self.floor[number] = floor if resident else 0.0
        self._read(record.events)

    def _read(self, events: pd.DataFrame) -> None:
        """Enter every event; a page closes at the end of each quarter, before what happens at that very instant."""
        quarter, now = 0, 0.0
        rows: Iterable[tuple[float, str, int, str | float, str | float, str, float]] = zip(
            events["time_years"],
            events["kind"].astype(object),
            events["firm"],
            events["building"].astype(object),
            events["service"].astype(object),
            events["stage"].astype(object),
            events["amount"],
            strict=True,
        )
        for time, kind, firm, building, service, stage, amount in rows:
            while time >= (quarter + 1) / 4 and quarter < self.quarters:
                self._pass(quarter, (quarter + 1) / 4 - now)
                self._close(quarter)
                quarter, now = quarter + 1, (quarter + 1) / 4
            self._pass(quarter, time - now)
            now = time
            place = building if isinstance(building, str) else None
            if kind in ("join", "start", "served", "tired"):
                self._serve(quarter, kind, firm, str(service), amount)
            elif kind == "open":
                self.of_buildings["opened_m2"][quarter, self.buildings.index(str(place))] += amount
                continue
            else:
                self._live(quarter, kind, firm, place, self.stages.index(stage), amount)
            self._count(quarter, kind, firm, stage)
        for page in range(quarter, self.quarters):
            self._pass(page, (page + 1) / 4 - now)
            self._close(page)
            now = (page + 1) / 4

    def _count(self, quarter: int, kind: str, firm: int, stage: str) -> None:
        flow = FLOW_OF.get(kind)
        if flow is not None:
            where = self._where(
                firm, self.left_from if kind in (*EXITS, "sleep", "orphan") else self.building.get(firm)
            )
            self.groups[flow][(quarter, *where[:2], self.stages.index(stage))] += 1

    def _where(self, firm: int, building: str | None) -> tuple[int, int, int]:
        cell = self.cells[-1] if building is None else self.cell_of[building]
        return self.cells.index(cell), self.industries.index(self.industry_of[firm]), self.stage.get(firm, 0)

    def _live(self, quarter: int, kind: str, firm: int, place: str | None, stage: int, amount: float) -> None:
        """What concerns a firm's life and its room."""
        book = self.of_buildings
        if kind == "enter":
            self.stage[firm], self.building[firm] = stage, None
        elif kind == "wait":
            self.seeking.add(firm)
        elif kind in ("settle", "move"):
            self.seeking.discard(firm)
            old = self.building.get(firm)
            if old is not None:
                book["departures"][quarter, self.buildings.index(old)] += 1
            book["arrivals"][quarter, self.buildings.index(str(place))] += 1
            self.building[firm], self.floor[firm] = place, amount
        elif kind == "resize":
            self.floor[firm] += amount
        elif kind == "advance":
            self.stage[firm] = stage + 1
            kept = self.catalog.services_of(self.stages[stage + 1])
            self.served = {(who, service) for who, service in self.served if who != firm or service in kept}
        elif kind in (*EXITS, "sleep"):
            self._go(quarter, firm)
            if kind == "fail":
                self.failures[quarter, int(amount), self.industries.index(self.industry_of[firm]), stage] += 1
            if kind == "sleep":
                self.dormant.add(firm)
                self.building[firm] = None

    def _go(self, quarter: int, firm: int) -> None:
        """A firm gives up all it has."""
        self.left_from = self.building.pop(firm, None)
        if self.left_from is not None:
            self.of_buildings["departures"][quarter, self.buildings.index(self.left_from)] += 1
        self.seeking.discard(firm)
        self.dormant.discard(firm)
        self.served = {(who, service) for who, service in self.served if who != firm}
        self.floor.pop(firm, None)

    def _serve(self, quarter: int, kind: str, firm: int, service: str, amount: float) -> None:
        """What concerns a firm and a service; the stock's first services begin without having been asked for."""
        book, at, place = self.of_services, (quarter, self.services.index(service)), (firm, service)
        if kind == "join" or (kind == "start" and place not in self.queued):
            self.queued.add(place)
            book["joined"][at] += 1
        if kind in ("start", "tired"):
            self.queued.discard(place)
            book["started" if kind == "start" else "tired"][at] += 1
            book["waited_years"][at] += amount
        if kind == "start":
            self.served.add(place)
        if kind == "served":
            self.served.discard(place)
            book["finished"][at] += 1

    def _pass(self, quarter: int, years: float) -> None:
        """Let time go by on the slots and in the lines."""
        if years > 0.0:
            for column, at in (("busy_years", self.served), ("queue_years", self.queued)):
                for _, service in at:
                    self.of_services[column][quarter, self.services.index(service)] += years

    def _close(self, quarter: int) -> None:
        """Count what stands at the end of a quarter."""
        for firm, building in self.building.items():
            if firm in self.seeking:
                self.waiting[quarter, self.industries.index(self.industry_of[firm])] += 1
                continue
            where = (quarter, *self._where(firm, building))
            if firm in self.dormant:
                self.groups["dormant_firms"][where] += 1
                continue
            self._count_node(quarter, firm, resident=building is not None)
            if building is None:
                self.groups["remote_firms"][where] += 1
                continue
            self.groups["resident_firms"][where] += 1
            self.groups["floor_m2"][where] += self.floor[firm]
            at = (quarter, self.buildings.index(building))
            self.of_buildings["tenants"][at] += 1
            self.of_buildings["let_m2"][at] += self.floor[firm]
        for column, places in (("busy", self.served), ("queue", self.queued)):
            for _, service in places:
                self.of_services[column][quarter, self.services.index(service)] += 1

    def _count_node(self, quarter: int, firm: int, *, resident: bool) -> None:
        """Count a firm in its link of a chain, if that is known."""
        node = self.node_of[firm]
        if node >= 0:
            self.of_nodes["resident_firms" if resident else "remote_firms"][quarter, node] += 1
            self.of_nodes["anchors"][quarter, node] += resident and firm in self.anchors


def before(stock: Floats, first: NDArray[np.float64]) -> Floats:
    """A stock one quarter earlier, (quarters, ...), given what it was at the start."""
    return np.concatenate([first[None], stock[:-1]])
