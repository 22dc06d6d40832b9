"""What must be so at the end of every quarter, to the unit: firms, m², slots and zones add up as the log says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.theory.ledger import EXITS, Ledger, before
from tests.theory.lively import lively_park, lively_scenario
from tests.theory.quiet import Floats, buildings, groups, services
from twin.indicators import measure
from twin.park import Park, load_park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import scenario_of, simulate
from twin.units import Quarter

Run = tuple[Record, Park]


#: Every lease carries an agreement that is hard to keep, and windows are slow.
AGREED = {"contract_share": 1.0, "contract_strictness": 2.0, "contract_move_ratio": 4.0, "move_out_per_year": 0.05} | {
    "honour_windows": 1.0,
    "honour_cases": 1.0,
    "honour_promised_days": 30.0,
    "contract_ramp_years": 0.5,
    "contract_noise": 0.4,
    "honour_delay_ratio": 30.0,
}


@cache
def run_of(name: str) -> Run:
    """A crowded small park for five years, also with agreements, or the shipped one for three."""
    if name == "small":
        park = lively_park()
        return simulate(park, lively_scenario()), park
    if name == "agreed":
        park = lively_park()
        return simulate(park, lively_scenario().with_parameters(AGREED)), park
    park = load_park()
    return simulate(park, Scenario(name="three-years", end="2028Q4")), park


@pytest.fixture(params=["small", "agreed", "shipped"])
def run(request: pytest.FixtureRequest) -> Run:
    return run_of(request.param)


def stock(park: Park, record: Record, *, resident: bool) -> Floats:
    """(industries, stages): firms of the park's stock."""
    firms = park.firms[park.firms["resident"].astype(bool) == resident]
    axes = [record.groups[axis].cat.categories for axis in ("industry", "stage")]
    codes = [pd.Categorical(firms[axis], ids).codes for axis, ids in zip(("industry", "stage"), axes, strict=True)]
    counted = np.zeros([len(ids) for ids in axes])
    np.add.at(counted, tuple(codes), 1.0)
    return counted


def check_firms(record: Record, park: Park) -> None:
    """Firms at the end = firms at the beginning + entries - exits, by industry; residents by stage as well."""
    resident, remote = groups(record, "resident_firms"), groups(record, "remote_firms")
    waiting = record.waiting["firms"].to_numpy(dtype=float).reshape(resident.shape[0], resident.shape[2])
    exits = sum(
        groups(record, name) for name in ("failed", "left_stage", "closed", "absorbed", "moved_out", "displaced_lost")
    )
    assert isinstance(exits, np.ndarray)

    alive = (resident + remote + groups(record, "dormant_firms")).sum(axis=(1, 3)) + waiting
    first = (stock(park, record, resident=True) + stock(park, record, resident=False)).sum(axis=1)
    change = (groups(record, "entered") - groups(record, "gave_up") - exits).sum(axis=(1, 3))
    np.testing.assert_array_equal(alive, before(alive, first) + change)

    housed = resident.sum(axis=1)  # the last cell is that of no building
    advanced = groups(record, "advanced")[:, :-1].sum(axis=1)
    reached = np.concatenate([np.zeros_like(advanced[..., :1]), advanced[..., :-1]], axis=-1)
    gone = exits + groups(record, "fell_dormant")
    change = groups(record, "settled").sum(axis=1) + reached - advanced - gone[:, :-1].sum(axis=1)
    np.testing.assert_array_equal(housed, before(housed, stock(park, record, resident=True)) + change)
    assert resident[:, -1].sum() == 0


def check_stage_flows(record: Record, park: Park) -> None:
    """Firms of a stage at the end = at the beginning + those that began it - those that ended it, dormant ones too."""
    told = measure(record, only=["firms_by_stage", "stage_inflow", "stage_outflow"])
    alive, began, ended = (
        told[told["indicator"] == name].pivot_table(index="quarter", columns="part", values="value", sort=False)
        for name in ("firms_by_stage", "stage_inflow", "stage_outflow")
    )
    first = sum(stock(park, record, resident=resident).sum(axis=0) for resident in (True, False))
    np.testing.assert_array_equal(alive.to_numpy(), before(alive.to_numpy(), first) + (began - ended).to_numpy())


def check_space(record: Record, park: Park) -> None:
    """Let, vacant and off-line floor are the stock of every building; its tenants and floor are those of its firms."""
    stock_m2, let_m2, offline_m2 = (buildings(record, name) for name in ("stock_m2", "let_m2", "offline_m2"))
    vacant_m2 = stock_m2 - let_m2 - offline_m2
    assert min(let_m2.min(), vacant_m2.min(), offline_m2.min()) >= 0.0

    tenants = buildings(record, "tenants")
    firms = park.firms[park.firms["resident"].astype(bool)]
    first = firms["building_id"].value_counts().reindex(record.buildings["building_id"].cat.categories, fill_value=0)
    moves = buildings(record, "arrivals") - buildings(record, "departures")
    np.testing.assert_array_equal(tenants, before(tenants, np.asarray(first, dtype=float)) + moves)

    cells = record.buildings["cell"].cat.codes.to_numpy().reshape(tenants.shape)[0]
    of_cells = np.zeros((len(record.groups["cell"].cat.categories), len(cells)))
    of_cells[cells, np.arange(len(cells))] = 1.0
    for column, of_groups in (("tenants", "resident_firms"), ("let_m2", "floor_m2"), ("jobs", "staff")):
        by_cell = buildings(record, column) @ of_cells.T
        np.testing.assert_array_equal(by_cell, groups(record, of_groups).sum(axis=(2, 3)))


def check_people(record: Record, park: Park) -> None:
    """Talent at the end = at the beginning + who came - who went, to the billionth; who works is in the groups.

    Nobody lives in a home that is not there, and those at work in all areas are those at work in the park.
    """
    catalog = scenario_of(record.manifest).catalog(park.catalog)
    skills, quarters = len(catalog.skills), len(record.people["quarter"].cat.categories)
    told = {name: record.people[name].to_numpy().reshape(quarters, skills) for name in record.people.columns[2:]}
    mix = np.array([catalog.skill_shares(industry) for industry in catalog.industries])
    residents = park.firms[park.firms["resident"].astype(bool)]
    staff = residents.groupby("industry")["staff"].sum().reindex(catalog.industries, fill_value=0).to_numpy()
    pool = np.array([catalog.value("talent_pool", skill) for skill in catalog.skills])
    first = (staff @ mix) * (1.0 + catalog.value("talent_slack")) + pool
    change = told["inflow"] - told["outflow"]
    np.testing.assert_allclose(told["supply"], before(told["supply"], first) + change, rtol=1e-9)
    by_industry = groups(record, "staff").sum(axis=(1, 3))
    np.testing.assert_allclose(told["demand"], by_industry @ mix, rtol=1e-9)
    assert (told["attracted"] + told["graduated"] <= told["inflow"] + 1e-9).all()
    short = np.maximum(0.0, told["demand"] - told["supply"])
    np.testing.assert_allclose(told["shortage"] * told["demand"], short, atol=1e-6)

    homes = record.housing.groupby("quarter", observed=True)[["homes", "occupied", "housed", "staff"]].sum()
    assert (record.housing["occupied"] <= record.housing["homes"] + 1e-9).all()
    np.testing.assert_array_equal(homes["staff"].to_numpy(), by_industry.sum(axis=1))
    assert (homes["housed"] <= homes["staff"] + 1e-6).all()


def check_ends(record: Record, park: Park) -> None:
    """The firms, one by one, are what the last quarter counts: in cells, industries and stages, and in buildings."""
    assert record.firms is not None
    firms = record.firms[record.firms["status"] == "resident"]
    cells = dict(zip(record.buildings["building_id"], record.buildings["cell"], strict=True))
    by = [
        firms["building_id"].map(cells).astype(object),
        firms["industry"].astype(object),
        firms["stage"].astype(object),
    ]
    last = record.groups[record.groups["quarter"] == record.groups["quarter"].cat.categories[-1]]
    last = last.set_index(["cell", "industry", "stage"])
    sums = firms.groupby(by)[["staff", "floor_m2"]].sum().assign(resident_firms=firms.groupby(by).size())
    nodes = record.nodes[record.nodes["quarter"] == record.nodes["quarter"].cat.categories[-1]]
    by_node = firms.groupby("chain_node", observed=False)["staff"].sum()
    assert by_node.tolist() == nodes["staff"].tolist()
    for column in ("staff", "floor_m2", "resident_firms"):
        counted = last.loc[last[column] > 0, column]
        assert sums[column].to_dict() == counted.to_dict()


def check_zones(record: Record, park: Park) -> None:
    """Every zone is made of cells, no cell of a zone twice; whoever has room is in the cells of some zone."""
    pieces = record.zones[record.zones["cell"] != ""]
    assert not pieces.duplicated(["zone_id", "version", "cell"]).any()
    tenants = record.buildings.groupby("cell", observed=False)["tenants"].sum()
    residents = record.groups.groupby("cell", observed=False)["resident_firms"].sum()
    pd.testing.assert_series_equal(tenants.astype("int64"), residents.astype("int64"), check_names=False)


def check_log(record: Record, park: Park) -> None:
    """An accountant with the log alone gets every page of every panel."""
    ledger = Ledger(record, park)
    for name, counted in ledger.groups.items():
        np.testing.assert_array_equal(counted, groups(record, name), err_msg=name)
    waiting = record.waiting["firms"].to_numpy(dtype=float).reshape(ledger.waiting.shape)
    np.testing.assert_array_equal(ledger.waiting, waiting)
    opened = ledger.of_buildings.pop("opened_m2")
    for name, of_buildings in ledger.of_buildings.items():
        np.testing.assert_array_equal(of_buildings, buildings(record, name), err_msg=name)
    for name, of_nodes in ledger.of_nodes.items():
        counted = record.nodes[name].to_numpy(dtype=float).reshape(of_nodes.shape)
        np.testing.assert_array_equal(of_nodes, counted, err_msg=name)
    failures = record.failures["firms"].to_numpy(dtype=float).reshape(ledger.failures.shape)
    np.testing.assert_array_equal(ledger.failures, failures)
    stock_m2 = buildings(record, "stock_m2")
    np.testing.assert_array_equal(np.diff(stock_m2, axis=0), opened[1:])
    for name, of_services in ledger.of_services.items():
        np.testing.assert_allclose(of_services, services(record, name), rtol=1e-9, atol=1e-9, err_msg=name)


def check_stages(record: Record, park: Park) -> None:
    """Firms in a stage, dormant ones too, = those there before + those that began it - those that ended it."""
    stocks = ("resident_firms", "remote_firms", "dormant_firms")
    present = np.sum([groups(record, column) for column in stocks], axis=0).sum(axis=(1, 2))
    began = record.stages["began"].to_numpy(dtype=float).reshape(len(present), -1, present.shape[1]).sum(axis=1)
    columns = ("advanced", "failed", "left_stage", "closed", "absorbed", "moved_out", "displaced_lost")
    ended = sum(groups(record, column).sum(axis=(1, 2)) for column in columns)
    first = (stock(park, record, resident=True) + stock(park, record, resident=False)).sum(axis=0)
    np.testing.assert_array_equal(present, before(present, first) + began - ended)


def check_funds(record: Record, park: Park) -> None:
    """Capital is what it was, less what was paid, with what came back and was put in; a ticket for each firm served."""
    catalog = park.catalog
    capital, paid, returned = (services(record, name) for name in ("capital_cny", "paid_cny", "returned_cny"))
    added = np.zeros_like(capital)
    for action in record.manifest["scenario"]["actions"]:
        if action["lever"] == "fund_capital":
            quarter = Quarter.parse(action["at"]).ordinal - park.start.ordinal
            added[quarter, catalog.services.index(action["where"]["fund"])] += action["value"]
    funds = [catalog.services.index(fund) for fund in catalog.funds]
    first, ticket = np.zeros(len(catalog.services)), np.zeros(len(catalog.services))
    first[funds] = [catalog.value("fund_capital_cny", fund) for fund in catalog.funds]
    ticket[funds] = [catalog.value("fund_ticket_cny", fund) for fund in catalog.funds]
    np.testing.assert_array_equal(capital, before(capital, first) - paid + returned + added)
    rounds = services(record, "finished") - services(record, "unmatched")
    np.testing.assert_array_equal(paid, rounds * ticket)
    private, share = services(record, "private_cny"), np.ones(len(catalog.services))
    share[funds] = [catalog.value("fund_share", fund) for fund in catalog.funds]
    np.testing.assert_array_equal(private, rounds * (np.floor(ticket / share) - ticket))
    assert capital.min() >= 0.0
    tickets = services(record, "tickets")
    facilities = np.setdiff1d(np.arange(len(catalog.services)), funds)
    assert (tickets[:, facilities] == -1).all()
    assert (tickets[:, funds] >= 0).all()
    # nobody waits while a slot, and a ticket for it, is free
    free = (services(record, "busy") < services(record, "slots")) & (tickets != 0)
    assert not (free & (services(record, "queue") > 0)).any()


def check_tiers(record: Record, park: Park) -> None:
    """Holders = holders before + recognised - lapsed - gone; applications undecided = before + applied - decided."""
    assert record.events is not None
    assert record.firms is not None
    tiers, industries = (list(record.tiers[axis].cat.categories) for axis in ("tier", "industry"))
    held = record.tiers["firms"].to_numpy(dtype=float)
    held = held.reshape(-1, len(tiers), len(record.tiers["cell"].cat.categories), len(industries)).sum(axis=2)
    industry = dict(zip(record.firms["firm"], record.firms["industry"].cat.codes, strict=True))
    # what a firm holds when it goes, or at the end, is in the table of firms; what it began with follows from the log
    ends = dict(zip(record.firms["firm"], record.firms["tiers"].astype(str).str.split(), strict=True))
    change = np.zeros_like(held)
    first = np.zeros(held.shape[1:])
    for firm, names in ends.items():
        for name in names:
            first[tiers.index(name), industry[firm]] += 1
    log = record.events[record.events["kind"].isin(["recognise", "lapse", *EXITS])]
    columns = (log[name] for name in ("time_years", "kind", "firm", "amount"))
    for time, kind, firm, amount in zip(*columns, strict=True):
        quarter = int(np.floor(4 * time))  # what happens as a quarter is counted belongs to the next
        lost = [tiers.index(name) for name in ends[firm]] if kind in EXITS else [round(amount)]
        sign = 1.0 if kind == "recognise" else -1.0
        for tier in lost:
            if quarter < len(change):
                change[quarter, tier, industry[firm]] += sign
            if kind not in EXITS:
                first[tier, industry[firm]] -= sign
    np.testing.assert_array_equal(held, first + np.cumsum(change, axis=0))

    reviews = {name: record.reviews[name].to_numpy(dtype=float).reshape(-1, len(tiers)) for name in REVIEWS}
    decided = reviews["recognised"] + reviews["refused"] + reviews["withdrawn"]
    queue = reviews["queue"]
    np.testing.assert_array_equal(queue, before(queue, np.zeros(len(tiers))) + reviews["applied"] - decided)
    for column, kind in (("recognised", "recognise"), ("lapsed", "lapse")):
        of_kind = log[(log["kind"] == kind) & (log["time_years"] < len(held) / 4)]
        np.testing.assert_array_equal(
            reviews[column].sum(axis=0), np.bincount(of_kind["amount"].astype(int), minlength=len(tiers))
        )


def check_occasions(record: Record, park: Park) -> None:
    """Every order, project, prize and show is in the log, in the table of awards, in the panels and in the purse."""
    assert record.events is not None
    catalog, awards = park.catalog, record.awards
    panels = {
        "order": (record.scenes, "scene", "orders", "ordered"),
        "project": (record.challenges, "chain_node", "matched", "awarded"),
        "prize": (record.fairs, "industry", "prized", "prized"),
        "show": (record.fairs, "industry", "shown", "shown"),
    }
    assert not awards.duplicated(["kind", "firm", "stage"]).any()  # each kind of help once in a stage
    log = record.events[record.events["kind"].isin(["order", "award", "prize", "show"])]
    np.testing.assert_array_equal(log["firm"], awards["firm"])
    np.testing.assert_array_equal(log["amount"], awards["cny"])
    quarters = len(record.groups["quarter"].cat.categories)
    for kind, (panel, axis, column, flow) in panels.items():
        won = awards[awards["kind"] == kind]
        places = pd.Categorical(won["of"], panel[axis].cat.categories).codes
        counted = np.zeros((quarters, len(panel[axis].cat.categories)))
        np.add.at(counted, (np.floor(4 * won["time_years"]).astype(int), places), 1.0)
        np.testing.assert_array_equal(counted, panel[column].to_numpy(dtype=float).reshape(counted.shape), kind)
        np.testing.assert_array_equal(counted.sum(axis=1), groups(record, flow).sum(axis=(1, 2, 3)), kind)
    assert (record.scenes["orders"] <= record.scenes["bids"]).all()
    assert (record.scenes["bids"] <= record.scenes["eligible"]).all()
    assert (record.fairs["prized"] <= record.fairs["competed"]).all()
    assert record.fairs["prospects"].sum() <= groups(record, "listed").sum()

    def summed(frame: pd.DataFrame, column: str) -> Floats:
        return frame[column].to_numpy(dtype=float).reshape(quarters, -1).sum(axis=1)

    ordered = awards.loc[awards["kind"] == "order", "cny"].sum()
    assert summed(record.scenes, "ordered_cny").sum() == ordered  # in whole CNY
    paid = {
        "scenes": summed(record.scenes, "calls") * catalog.value("scene_call_cost_cny")
        + summed(record.scenes, "ordered_cny") * catalog.value("order_public_share"),
        "challenges": summed(record.challenges, "matched") * catalog.value("challenge_award_cny"),
        "events": summed(record.fairs, "held") * catalog.value("event_cost_cny")
        + summed(record.fairs, "prized") * catalog.value("prize_cny"),
    }
    for item, cny in paid.items():
        np.testing.assert_allclose(record.purse.loc[record.purse["item"] == item, "cny"], cny, err_msg=item)


def check_contracts(record: Record, park: Park) -> None:
    """Who is penalised is caught or punished wrongly; what ends is what the log says, and is let again or vacant."""
    told = {name: by_industry(record.contracts, name) for name in record.contracts.columns[2:]}
    np.testing.assert_array_equal(told["penalised"], told["caught"] + told["wrongly"])
    assert (told["reviewed"] >= told["under"]).all()
    assert (told["under"] >= told["missed"]).all()
    assert (told["agreed"] >= told["warned_firms"]).all()
    for column, flow in (("warned", "contract_warned"), ("ended", "contract_ended")):
        np.testing.assert_array_equal(told[column], groups(record, flow).sum(axis=(1, 3)))
    by_quarter = record.bounds.groupby("quarter", observed=False)
    by_bound = {name: by_quarter[name] for name in ("concerned", "under", "found")}
    assert (record.bounds["concerned"] >= record.bounds[["under", "found"]].max(axis=1)).all()
    reviewed, under = told["reviewed"].sum(axis=1), told["under"].sum(axis=1)
    assert (by_bound["concerned"].max().to_numpy() <= reviewed).all()
    assert (by_bound["under"].max().to_numpy() <= under).all()  # who is below one bound is under
    assert (by_bound["under"].sum().to_numpy() >= under).all()  # and who is under is below one
    of_found = told["warned"] + told["penalised"]
    assert (by_bound["found"].sum().to_numpy() >= of_found.sum(axis=1)).all()
    ended, relet = buildings(record, "ended_m2"), buildings(record, "relet_m2")
    np.testing.assert_array_equal(ended.sum(axis=1), told["ended_m2"].sum(axis=1))
    vacant = np.cumsum(ended - relet - buildings(record, "gone_m2"), axis=0)
    assert vacant.min() >= 0.0
    assert (vacant <= buildings(record, "stock_m2")).all()
    penalties = record.purse.loc[record.purse["item"] == "penalties", "cny"].to_numpy()
    np.testing.assert_allclose(told["penalty_cny"].sum(axis=1), -penalties, atol=len(park.catalog.industries))


def check_claims(record: Record, park: Park) -> None:
    """Unpaid = unpaid before + applied - paid - withdrawn; what is paid comes from the purse."""
    told = {name: by_industry(record.claims, name) for name in record.claims.columns[2:]}
    ended = told["paid"] + told["withdrawn"]
    queue = told["queue"]
    np.testing.assert_array_equal(queue, before(queue, np.zeros(queue.shape[1])) + told["applied"] - ended)
    assert (queue >= told["late"]).all()
    assert told["late"].min() >= 0.0
    paid = record.purse.loc[record.purse["item"] == "honouring", "cny"].to_numpy()
    np.testing.assert_allclose(told["paid_cny"].sum(axis=1), paid, atol=len(park.catalog.industries))


def by_industry(frame: pd.DataFrame, column: str) -> Floats:
    """(quarters, industries): a column of a frame."""
    return frame[column].to_numpy(dtype=float).reshape(-1, len(frame["industry"].cat.categories))


REVIEWS = ("applied", "recognised", "refused", "withdrawn", "lapsed", "queue")

CHECKS: dict[str, Callable[[Record, Park], None]] = {
    check.__name__.removeprefix("check_"): check
    for check in (
        *(check_firms, check_stage_flows, check_space, check_ends, check_zones),
        *(check_log, check_stages, check_funds, check_tiers, check_occasions, check_people),
        *(check_contracts, check_claims),
    )
}


def check_all(record: Record, park: Park) -> None:
    for check in CHECKS.values():
        check(record, park)


@pytest.mark.parametrize("check", list(CHECKS))
def test_books_balance(run: Run, check: str) -> None:
    CHECKS[check](*run)


def test_everything_happens() -> None:
    """The small park leaves nothing out: every kind of happening, full buildings, lines, firms in want of room."""
    record, _ = run_of("small")
    assert record.events is not None
    kinds = record.events["kind"]
    of_the_calendar = {"count", "action", "works"}
    of_works = {"notice", "displace", "lose", "shut", "demolish", "reopen"}  # there are none in the small park
    of_works |= {"warn", "expel"}  # nor agreements
    assert set(kinds.cat.categories) - set(kinds.unique()) == of_the_calendar | of_works
    assert (buildings(record, "let_m2") == buildings(record, "stock_m2")).any()
    assert services(record, "queue").max(axis=0).min() > 0
    assert (services(record, "finished").sum(axis=0) > 0).all()
    assert services(record, "returned_cny").sum() > 0
    assert services(record, "private_cny").sum() > 0
    assert services(record, "unmatched").sum() > 0
    assert (record.failures.groupby("cause", observed=False)["firms"].sum() > 0).all()
    assert record.waiting["firms"].max() > 0


def test_agreements_and_payments_happen() -> None:
    """With agreements firms are warned, move for it or are lost, some of them wrongly, and payments are late."""
    record, _ = run_of("agreed")
    counted = record.contracts.sum(numeric_only=True)
    assert counted.min() > 0, counted
    assert record.groups["displaced_lost"].sum() > 0
    assert record.claims.sum(numeric_only=True).min() > 0
    assert buildings(record, "relet_m2").sum() > 0


def test_halves_are_the_whole() -> None:
    """Firms, staff, floor and revenue of the west and of the east together are those of the park."""
    record, _ = run_of("small")
    cells = list(record.groups["cell"].cat.categories)
    zones = record.zones["zone_id"].astype(str)
    for column in ("resident_firms", "staff", "floor_m2", "revenue_cny"):
        park, west, east = (
            groups(record, column)[:, [cells.index(cell) for cell in record.zones.loc[zones == zone, "cell"]]].sum(
                axis=1
            )
            for zone in ("park", "west", "east")
        )
        assert west.sum() > 0
        assert east.sum() > 0
        np.testing.assert_allclose(west + east, park, rtol=1e-12)


def lost(kind: str) -> Callable[[Record], Record]:
    """A record whose log lacks one event of a kind, from the middle of the run."""

    def tamper(record: Record) -> Record:
        assert record.events is not None
        rows = np.flatnonzero(record.events["kind"] == kind)
        if kind in {"wait", "resize"}:
            rows = np.array([row for row in rows if lasts(record.events, int(row))])
        return replace(record, events=record.events.drop(index=rows[len(rows) // 2]))

    return tamper


def lasts(events: pd.DataFrame, row: int) -> bool:
    """Whether nothing else befalls a firm until the quarter is counted; the books see no shorter wait, say."""
    began = float(events["time_years"].iloc[row])
    later = events.iloc[row + 1 :]
    ends = later.loc[later["firm"] == events["firm"].iloc[row], "time_years"]
    return ends.empty or float(ends.iloc[0]) > np.floor(4 * began + 1) / 4


def one_more(frame: str, column: str) -> Callable[[Record], Record]:
    """A record with one unit too many in one cell of a panel."""

    def tamper(record: Record) -> Record:
        table = getattr(record, frame).copy()
        table.loc[len(table) // 2, column] += 1
        return replace(record, **{frame: table})

    return tamper


NEEDED = (
    "enter",
    "settle",
    "wait",
    "give_up",
    "advance",
    "fail",
    "leave",
    "close",
    "move_out",
    "move",
    "resize",
    "join",
    "list",
    "win",
    "decline",
    "fade",
)
PANELS = {
    "groups": ("resident_firms", "remote_firms", "staff", "floor_m2", "entered", "settled", "advanced", "closed"),
    "buildings": ("let_m2", "tenants", "jobs", "arrivals", "departures"),
    "services": (
        "busy",
        "queue",
        "joined",
        "started",
        "finished",
        "tired",
        "waited_years",
        "busy_years",
        "queue_years",
        "capital_cny",
        "paid_cny",
        "returned_cny",
    ),
    "failures": ("firms",),
    "stages": ("began",),
    "waiting": ("firms",),
    "tiers": ("firms",),
    "nodes": ("resident_firms", "remote_firms", "anchors"),
    "scenes": ("orders", "ordered_cny", "calls"),
    "challenges": ("matched",),
    "fairs": ("held", "prized", "shown"),
    "awards": ("cny",),
    "bounds": ("under", "found"),
    "contracts": ("warned", "penalised", "caught", "wrongly", "ended", "ended_m2"),
    "claims": ("applied", "paid", "withdrawn", "queue"),
    "reviews": ("applied", "recognised", "refused", "withdrawn", "lapsed", "queue"),
}
FAULTS = {
    f"{kind} lost": lost(kind) for kind in (*NEEDED, "recognise", "lapse", "start", "served", "tired", "open")
} | {f"{frame}.{column} + 1": one_more(frame, column) for frame, columns in PANELS.items() for column in columns}


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, marks=pytest.mark.slow if n % 3 else []) for n, fault in enumerate(FAULTS)]
)
def test_a_planted_fault_is_found(fault: str) -> None:
    """One event lost, or one firm, person, m² or year too many in one cell of a panel, and the books do not balance."""
    record, park = run_of("small")
    tampered = FAULTS[fault](record)
    with pytest.raises(AssertionError):
        check_all(tampered, park)
