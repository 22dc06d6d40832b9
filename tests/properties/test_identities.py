"""Every m², firm, stage and place in a queue is accounted for in every quarter, whatever the park and scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.strategies import EFFECTS, Sketch, actions, scenarios, sketches
from twin.catalog import Catalog
from twin.levers import LEVERS
from twin.park import Park
from twin.record import FLOWS, Record
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.units import Quarter

INF = float("inf")

EXITS = {"fail", "leave", "close", "absorb", "move_out", "lose"}

EXIT_COLUMNS = ("failed", "left_stage", "closed", "absorbed", "moved_out", "displaced_lost")


@dataclass
class Firm:
    """A firm as the events tell of it."""

    industry: str
    stage: str
    staff: int
    status: str = "remote"
    building: str = ""
    floor_m2: int = 0


@dataclass
class Ledger:
    """The park as the events tell of it: who is where, on how much floor, in which queue."""

    catalog: Catalog
    firms: dict[int, Firm]
    stock_m2: Counter[str]
    closing: dict[str, list[float]]  # m² of works and demolitions announced and not over, by building; INF all of it
    houses: set[str]  # buildings that services have floor in
    phases: dict[str, list[int]]  # of those to be announced, in order of their dates
    queued: set[tuple[int, str]] = field(default_factory=set)  # firms and services
    served: set[tuple[int, str]] = field(default_factory=set)
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)  # this quarter, by kind and industry
    visits: Counter[tuple[str, str]] = field(default_factory=Counter)  # this quarter, by what and place

    def write(self, event: Any, industry: str) -> None:
        """Enter one event into the books."""
        who, kind, amount = int(event.firm), str(event.kind), float(event.amount)
        place = event.service if isinstance(event.service, str) else event.building
        if who < 0:
            self.build(kind, place, round(amount))
            return
        if kind == "list" or (kind == "enter" and who not in self.firms):
            assert who not in self.firms
            status = "prospect" if kind == "list" else "won"
            self.firms[who] = Firm(industry, str(event.stage), round(amount), status)
        firm = self.firms[who]
        # Who advances while in a queue steps out of it after that, as a firm of the stage that ends.
        assert firm.stage == event.stage or kind == "tired"
        self.flows[kind, firm.industry] += 1
        getattr(self, f"_{kind}", self._nothing)(who, firm, place, amount)
        if kind in EXITS:
            assert amount == firm.floor_m2 or kind == "fail"
            self.keep_places(who, "")
            firm.status = "gone"

    def keep_places(self, who: int, stage: str) -> None:
        """A firm keeps its slots at services of a stage, and no others."""
        self.served = {
            place for place in self.served if place[0] != who or (stage and place[1] in self.catalog.services_of(stage))
        }

    def build(self, kind: str, place: str, m2: int) -> None:
        """Enter what happens to a building: it, or a part of it, closes only when there is room for its tenants."""
        if kind == "open":
            self.stock_m2[place] += m2
        elif kind == "notice":
            phases, let = self.phases[place].pop(0), sum(self.let_m2(place))
            first = -(-self.stock_m2[place] // phases)
            assert m2 == max(let - (self.stock_m2[place] - first), 0)
            self.closing.setdefault(place, []).append(first if phases > 1 else INF)
        else:
            assert kind in {"shut", "demolish", "reopen"}
            closing, let = self.closing[place], sum(self.let_m2(place))
            if closing[0] == INF:
                assert not let
                assert kind == "reopen" or m2 == self.stock_m2[place]
            else:
                closing[0] = min(closing[0], self.stock_m2[place])  # earlier works may have left less to close
                assert let <= self.stock_m2[place] - closing[0]
                assert kind == "reopen" or 0 <= closing[0] - m2 <= 1
                closing[0] = m2
            if kind != "shut":
                closing.pop(0)
                self.stock_m2[place] = 0 if kind == "demolish" else m2

    def closes(self, place: str) -> bool:
        """Whether all of a building closes."""
        return INF in self.closing.get(place, [])

    def let_m2(self, place: str) -> list[int]:
        """Floor of the tenants of a building."""
        return [firm.floor_m2 for firm in self.firms.values() if (firm.status, firm.building) == ("resident", place)]

    def _nothing(self, who: int, firm: Firm, place: str, amount: float) -> None:
        """Some happenings leave the books as they are."""

    def _enter(self, who: int, firm: Firm, place: str, amount: float) -> None:
        assert (firm.status, firm.staff) == ("won", amount)
        firm.status = "remote"

    def _win(self, who: int, firm: Firm, place: str, amount: float) -> None:
        assert (firm.status, firm.staff) == ("prospect", amount)
        firm.status = "won"

    def _decline(self, who: int, firm: Firm, place: str, amount: float) -> None:
        assert (firm.status, firm.staff) == ("prospect", amount)
        firm.status = "lost"

    def _fade(self, who: int, firm: Firm, place: str, amount: float) -> None:
        self._decline(who, firm, place, amount)

    def _wait(self, who: int, firm: Firm, place: str, amount: float) -> None:
        firm.status = "waiting"

    def _give_up(self, who: int, firm: Firm, place: str, amount: float) -> None:
        firm.status = "gone"

    def _displace(self, who: int, firm: Firm, place: str, amount: float) -> None:
        assert (firm.building, firm.floor_m2) == (place, amount)
        assert self.closing[place]

    def _settle(self, who: int, firm: Firm, place: str, amount: float) -> None:
        assert not self.closes(place)
        firm.status, firm.building, firm.floor_m2 = "resident", place, round(amount)
        self.visits["arrival", place] += 1

    def _move(self, who: int, firm: Firm, place: str, amount: float) -> None:
        assert firm.building != place or place in self.houses
        assert not self.closes(place)
        self.visits["arrival", place] += 1
        self.visits["departure", firm.building] += 1
        firm.building, firm.floor_m2 = place, round(amount)

    def _sleep(self, who: int, firm: Firm, place: str, amount: float) -> None:
        assert amount == firm.floor_m2
        if firm.status == "resident":
            self.visits["departure", firm.building] += 1
        self.keep_places(who, "")
        firm.status, firm.floor_m2 = "dormant", 0

    def _resize(self, who: int, firm: Firm, place: str, amount: float) -> None:
        assert firm.building == place
        assert amount < 0 or not self.closes(place)
        firm.floor_m2 += round(amount)

    def _grow(self, who: int, firm: Firm, place: str, amount: float) -> None:
        firm.staff = round(amount)

    def _advance(self, who: int, firm: Firm, place: str, amount: float) -> None:
        stages = self.catalog.stages
        firm.stage = stages[stages.index(firm.stage) + 1]
        self.keep_places(who, firm.stage)

    def _join(self, who: int, firm: Firm, place: str, amount: float) -> None:
        assert (who, place) not in self.queued | self.served
        self.visits["joined", place] += 1
        self.queued.add((who, place))

    def _start(self, who: int, firm: Firm, place: str, amount: float) -> None:
        if (who, place) not in self.queued:
            self.visits["joined", place] += 1  # of the stock, at the first instant
        self.queued.discard((who, place))
        self.served.add((who, place))
        self.visits["started", place] += 1

    def _served(self, who: int, firm: Firm, place: str, amount: float) -> None:
        self.served.remove((who, place))
        self.visits["finished", place] += 1

    def _tired(self, who: int, firm: Firm, place: str, amount: float) -> None:
        self.queued.remove((who, place))
        self.visits["tired", place] += 1


def opened(park: Park) -> Counter[str]:
    """Lettable floor of the buildings that are open at the start."""
    stock: Counter[str] = Counter()
    for row in park.firm_buildings.to_dict("records"):
        if (
            row["building_type"] in park.catalog.firm_types
            and isinstance(row["completed"], str)
            and Quarter.parse(row["completed"]).years_since(park.start) <= 0
        ):
            stock[row["building_id"]] = int(row["lettable_m2"])
    return stock


def off_line(park: Park) -> dict[str, list[float]]:
    """Buildings on which works are under way at the start."""
    works = park.building_works
    return {building: [INF] for building in works.loc[works["starts"] <= str(park.start), "building_id"]}


def announced(record: Record) -> dict[str, list[int]]:
    """In how many phases the works on each building were done, in the order of their notices."""
    works = record.works[(record.works["phase"] == 1) & record.works["notice_years"].notna()]
    return {str(name): rows["phases"].tolist() for name, rows in works.groupby("building_id", observed=True)}


def books(park: Park, record: Record) -> Iterator[tuple[str, Ledger]]:
    """The ledger at the end of each quarter; its flows are those of the quarter."""
    assert record.events is not None
    assert record.firms is not None
    firms = {}
    for row in park.firms.to_dict("records"):
        firm = Firm(row["industry"], row["stage"], int(row["staff"]))
        if row["resident"]:
            firm.status, firm.building, firm.floor_m2 = "resident", row["building_id"], int(row["floor_m2"])
        firms[int(row["firm_id"])] = firm
    houses = set(park.services["building_id"].dropna())
    ledger = Ledger(park.catalog, firms, opened(park), off_line(park), houses, announced(record))
    industry = dict(zip(record.firms["firm"], record.firms["industry"].astype(str), strict=True))
    quarter_of = np.floor(record.events["time_years"].to_numpy() * 4).astype(int)
    for number, quarter in enumerate(record.groups["quarter"].cat.categories):
        ledger.flows.clear()
        ledger.visits.clear()
        for event in record.events[quarter_of == number].itertuples():
            ledger.write(event, industry.get(event.firm, ""))
        yield str(quarter), ledger


def table(frame: pd.DataFrame, quarter: str, by: list[str], column: str) -> dict[Any, int]:
    """What a panel says of a quarter, by the values of some columns; zeros left out."""
    rows = frame[frame["quarter"] == quarter].groupby(by, observed=True)[column].sum()
    return {key: int(value) for key, value in rows.items() if value != 0}


def sums(keys: list[Any], values: list[int]) -> dict[Any, int]:
    """Sums of values by key; zeros left out."""
    total: Counter[Any] = Counter()
    for key, value in zip(keys, values, strict=True):
        total[key] += value
    return {key: value for key, value in total.items() if value != 0}


def check_buildings(record: Record, quarter: str, ledger: Ledger) -> None:
    rows = record.buildings[record.buildings["quarter"] == quarter]
    free = rows["stock_m2"] - rows["let_m2"] - rows["offline_m2"]
    assert (free >= 0).all()
    assert (rows[["stock_m2", "let_m2", "offline_m2", "tenants", "jobs", "arrivals", "departures"]] >= 0).all(axis=None)
    residents = [firm for firm in ledger.firms.values() if firm.status == "resident"]
    where = [firm.building for firm in residents]
    by = ["building_id"]
    assert table(rows, quarter, by, "stock_m2") == {b: m2 for b, m2 in ledger.stock_m2.items() if m2}
    assert table(rows, quarter, by, "let_m2") == sums(where, [firm.floor_m2 for firm in residents])
    held, kept = (table(rows, quarter, by, name) for name in ("held_m2", "kept_m2"))
    assert not held.keys() & {b for b, m2 in ledger.closing.items() if sum(m2)}  # what closes is kept back no more
    closing = {b: sum(m2) for b, m2 in ledger.closing.items()}
    places = closing.keys() | held.keys() | kept.keys()
    aside = {b: max(closing.get(b, 0), held.get(b, 0) + kept.get(b, 0)) for b in places}
    offline = {b: min(m2, ledger.stock_m2.get(b, 0) - sum(ledger.let_m2(b))) for b, m2 in aside.items()}
    assert table(rows, quarter, by, "offline_m2") == {b: m2 for b, m2 in offline.items() if m2}
    assert (rows["hosted"] <= rows["tenants"]).all()
    assert table(rows, quarter, by, "tenants") == sums(where, [1] * len(where))
    assert table(rows, quarter, by, "jobs") == sums(where, [firm.staff for firm in residents])
    assert table(rows, quarter, by, "arrivals") == {b: n for (kind, b), n in ledger.visits.items() if kind == "arrival"}
    left = {b: n for (kind, b), n in ledger.visits.items() if kind == "departure"}
    assert all(n >= left.get(b, 0) for b, n in table(rows, quarter, by, "departures").items())


def check_firms(record: Record, quarter: str, ledger: Ledger) -> None:
    firms = ledger.firms.values()
    residents = [firm for firm in firms if firm.status == "resident"]
    remote = [firm for firm in firms if firm.status == "remote"]
    waiting = [firm for firm in firms if firm.status == "waiting"]
    by = ["industry", "stage"]
    groups = [(firm.industry, firm.stage) for firm in residents]
    assert table(record.groups, quarter, by, "resident_firms") == sums(groups, [1] * len(groups))
    assert table(record.groups, quarter, by, "staff") == sums(groups, [firm.staff for firm in residents])
    assert table(record.groups, quarter, by, "floor_m2") == sums(groups, [firm.floor_m2 for firm in residents])
    assert table(record.groups, quarter, by, "remote_firms") == sums(
        [(firm.industry, firm.stage) for firm in remote], [1] * len(remote)
    )
    dormant = [(firm.industry, firm.stage) for firm in firms if firm.status == "dormant"]
    assert table(record.groups, quarter, by, "dormant_firms") == sums(dormant, [1] * len(dormant))
    assert table(record.waiting, quarter, ["industry"], "firms") == sums(
        [firm.industry for firm in waiting], [1] * len(waiting)
    )
    for kind, column in FLOWS.items():
        told = {i: n for (name, i), n in ledger.flows.items() if name == kind.name.lower()}
        assert table(record.groups, quarter, ["industry"], column) == told
    gave_up = {i: n for (name, i), n in ledger.flows.items() if name == "give_up"}
    assert table(record.unmet, quarter, ["industry"], "firms") == gave_up


def check_services(record: Record, quarter: str, ledger: Ledger) -> None:
    assert not ledger.queued & ledger.served
    rows = record.services[record.services["quarter"] == quarter]
    by = ["service"]
    assert table(rows, quarter, by, "queue") == dict(Counter(service for _, service in ledger.queued))
    assert table(rows, quarter, by, "busy") == dict(Counter(service for _, service in ledger.served))
    for column in ("joined", "started", "finished", "tired"):
        told = {place: n for (name, place), n in ledger.visits.items() if name == column}
        assert table(rows, quarter, by, column) == told
    for who, service in ledger.queued | ledger.served:
        assert (ledger.firms[who].status == "prospect") == (service == ledger.catalog.office)
        assert ledger.firms[who].status in {"resident", "remote", "prospect"}
    # Nobody waits while a slot is free, and a ticket where it takes one.
    assert ((rows["queue"] == 0) | (rows["busy"] >= rows["slots"]) | (rows["tickets"] == 0)).all()
    assert (rows["capital_cny"] >= 0).all()


def check_balances(park: Park, record: Record) -> None:
    """From quarter to quarter nothing appears and nothing is lost."""
    columns = ["resident_firms", "remote_firms", "dormant_firms", "entered", *EXIT_COLUMNS, "gave_up"]
    groups = record.groups.groupby(["industry", "quarter"], observed=True)[columns].sum()
    there = groups["resident_firms"] + groups["remote_firms"] + groups["dormant_firms"]
    there += record.waiting.set_index(["industry", "quarter"])["firms"]
    gone = groups[[*EXIT_COLUMNS, "gave_up"]].sum(axis=1)
    for industry in park.catalog.industries:
        start = int((park.firms["industry"] == industry).sum())
        change = (groups["entered"] - gone).loc[industry].cumsum()
        assert (there.loc[industry] == start + change).all()
    sums = record.groups.groupby("industry", observed=True)[["listed", "won", "declined", "faded"]].sum()
    assert record.firms is not None
    on_list = record.firms[record.firms["status"] == "prospect"].groupby("industry", observed=False).size()
    assert (on_list == sums["listed"] - sums["won"] - sums["declined"] - sums["faded"]).all()
    for _, rows in record.services.groupby("service", observed=True):
        assert (rows["queue"] == (rows["joined"] - rows["started"] - rows["tired"]).cumsum()).all()
        withdrawn = (rows["started"] - rows["finished"]).cumsum() - rows["busy"]
        assert withdrawn.iloc[0] >= 0
        assert withdrawn.is_monotonic_increasing
        added = rows["capital_cny"].diff() + rows["paid_cny"] - rows["returned_cny"]
        assert (added.iloc[1:] >= 0).all()  # what actions put in


def check_works(record: Record) -> None:
    """No building is worked on twice at once; floor worked on is off line; phases follow each other; tenants add up."""
    rows = record.buildings
    assert (rows["works_m2"] <= rows["offline_m2"]).all()
    works = record.works.sort_values(["building_id", "starts_years"], kind="stable")
    for _, on_it in works[works["ends_years"] < np.inf].groupby("building_id", observed=True):
        assert (on_it["starts_years"].to_numpy()[1:] >= on_it["ends_years"].to_numpy()[:-1]).all()
    assert record.events is not None
    gone = record.events["kind"].value_counts()
    assert works["moved"].sum() + works["lost"].sum() == gone["displace"]
    assert works["lost"].sum() == gone["lose"]
    spent = record.purse.loc[record.purse["item"] == "revitalisation", "cny"].sum()
    assert works["public_cny"].sum() == pytest.approx(spent)


@settings(max_examples=12)
@given(sketch=sketches(), scenario=scenarios())
def test_every_identity_holds_at_every_quarter(sketch: Sketch, scenario: Scenario) -> None:
    park = sketch.park()
    record = simulate(park, scenario)
    for quarter, ledger in books(park, record):
        check_buildings(record, quarter, ledger)
        check_firms(record, quarter, ledger)
        check_services(record, quarter, ledger)
    check_balances(park, record)
    check_works(record)
    assert record.events is not None
    assert record.events["time_years"].is_monotonic_increasing
    assert np.isfinite(record.groups["revenue_cny"]).all()
    assert (record.groups["revenue_cny"] >= 0).all()


@settings(max_examples=12)
@given(sketch=sketches(), scenario=scenarios(pulled=2), idle=st.lists(actions(effective=False), min_size=1, max_size=4))
def test_levers_without_effect_leave_every_bit(sketch: Sketch, scenario: Scenario, idle: list[dict[str, Any]]) -> None:
    park = sketch.park()
    assert simulate(park, scenario.with_actions(*idle)).sha256() == simulate(park, scenario).sha256()


@settings(max_examples=12)
@given(sketch=sketches(), scenario=scenarios())
def test_both_calendars_agree_wherever_one_looks(sketch: Sketch, scenario: Scenario) -> None:
    park = sketch.park()
    assert simulate(park, scenario).sha256() == simulate(park, scenario, calendar="reference").sha256()


def test_every_lever_is_pulled() -> None:
    assert set(EFFECTS) == set(LEVERS)
