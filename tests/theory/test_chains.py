"""Chains that pull and break: laws of entry and exit near anchors, cascades that pass, and a chain that recovers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory.quiet import Floats, Parameters, judge, quiet, replicate, z_of_mean, z_of_ratio
from twin.catalog import load_catalog
from twin.chains.cover import one_more
from twin.chains.graph import chain_graph, steps
from twin.errors import InputError
from twin.indicators import measure
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.study import next_recruits, reach, reach_table, stress
from twin.view.reach import draw_reach

CATALOG = load_catalog()
NODE = "A6"
INDUSTRY = {row["id"]: row["industry"] for row in CATALOG.tables["chain_nodes"]}
AWAY = {node: steps(chain_graph(CATALOG), NODE).get(node) for node in CATALOG.chain_nodes}

GONE = {"at": "2026Q1", "lever": "anchor_exit", "value": 1, "where": {"chain_node": NODE}}


def park_with_anchor(firms: pd.DataFrame | None = None) -> Park:
    """One anchor of the link in a building of its own, and other firms."""
    anchor = stock_of(1, building="b0", staff=100, floor_m2=900).assign(anchor=True, chain_node=NODE)
    stock = anchor if firms is None else pd.concat([anchor, firms], ignore_index=True)
    return small_park([1000.0, 90_000.0], firms=stock.assign(firm_id=range(1, len(stock) + 1)))


def with_actions(parameters: Parameters, *actions: dict[str, Any], quarters: int = 4) -> Scenario:
    """A quiet scenario in which something is done."""
    return quiet(parameters, quarters=quarters).with_actions(*actions)


def by_steps(record: Record, column: str = "remote_firms") -> Floats:
    """(5,): firms at the end of links no, one, two, three or more steps away, and of the others of the AI chain."""
    last = record.nodes[record.nodes["quarter"] == record.nodes["quarter"].cat.categories[-1]]
    away = last["chain_node"].astype(object).map(AWAY).fillna(9).clip(upper=3)
    return np.array([last.loc[away == n, column].sum() for n in range(4)], dtype=float)


@pytest.mark.slow
def test_entry_near_an_anchor_that_has_gone(slip: float) -> None:
    """Its pull is undone: a step away entry is by 1.3 less, two by 1.2, and elsewhere as it was."""
    per_year = 900.0
    shares = {node: share for chain in CATALOG.industries for node, share in CATALOG.node_shares(chain).items()}
    steps = {node: 9 if away is None else away for node, away in AWAY.items()}
    expected = np.array([sum(shares[node] for node, n in steps.items() if min(n, 3) == k) for k in range(4)])
    expected *= per_year / np.array([1.0, 1.3, 1.2, 1.0])
    expected[0] = per_year * shares[NODE]
    parameters = {"entry_per_year": per_year, "anchor_pull_near": 1.3 * slip, "anchor_pull_far": 1.2}
    seen = replicate(park_with_anchor(), with_actions(parameters, GONE), 200, by_steps)
    z = {f"{n} steps": z_of_mean(seen[:, n], expected[n]) for n in range(4)}
    judge("entry near an anchor", z, slip)


@pytest.mark.slow
def test_firms_beside_a_lost_anchor(slip: float) -> None:
    """Half a year they move out at three times the rate, then as before: exp(-h (r T + 1 - T)) of them are left."""
    hazard, ratio, years, n = 0.8, 3.0, 0.5, 300
    near = next(node for node, away in AWAY.items() if away == 1 and node.startswith("A"))
    far = next(node for node, away in AWAY.items() if away == 2 and node.startswith("A"))
    firms = pd.concat([stock_of(n).assign(chain_node=near), stock_of(n).assign(chain_node=far)])
    parameters = {"move_out_per_year": hazard, "orphan_ratio": ratio * slip, "orphan_years": years}

    def left(record: Record) -> Floats:
        return np.append(by_steps(record)[[1, 2]], n)

    seen = replicate(park_with_anchor(firms), with_actions(parameters, GONE), 300, left)
    z = {
        "a step away": z_of_ratio(seen[:, 0], seen[:, 2], math.exp(-hazard * (ratio * years + 1.0 - years))),
        "two steps away": z_of_ratio(seen[:, 1], seen[:, 2], math.exp(-hazard)),
    }
    judge("orphans", z, slip)


@pytest.mark.slow
def test_a_chain_chief_has_more_founded(slip: float) -> None:
    """With all of a chief 1.5 times as many firms come, with half of one 1.25 times, in other industries as many."""
    per_year = 150.0
    parameters = {"entry_per_year": per_year, "chief_entry_ratio": 1.5 * slip}
    chiefs = [
        {"at": "2026Q1", "lever": "chain_chief", "value": value, "where": {"industry": industry}}
        for industry, value in (("ai", 1.0), ("finance", 0.5))
    ]

    def entered(record: Record) -> Floats:
        return record.groups.groupby("industry", observed=False)["entered"].sum().to_numpy(dtype=float)

    seen = replicate(small_park([100.0]), with_actions(parameters, *chiefs), 200, entered)
    rates = dict.fromkeys(CATALOG.industries, per_year) | {"ai": 1.5 * per_year, "finance": 1.25 * per_year}
    judge("chain chief", {name: z_of_mean(seen[:, n], rates[name]) for n, name in enumerate(rates)}, slip)


def test_what_spills_over_is_against_the_start() -> None:
    """With its anchor gone a link grows less, in an alliance more; without either as it did."""
    near = next(node for node, away in AWAY.items() if away == 1 and node.startswith("A"))
    firms = stock_of(3, staff=1000).assign(chain_node=near, industry="ai")
    parameters = {"spillover_growth": 0.1, "alliance_spillover_ratio": 1.5, "alliance_follow_ratio": 2.0}
    allied = {"at": "2026Q1", "lever": "alliance", "value": 1.0, "where": {"industry": "ai"}}
    for actions, growth in (((), 0.0), ((GONE,), -0.1), ((allied,), 0.05), ((GONE, allied), -0.1)):
        record = simulate(park_with_anchor(firms), with_actions(parameters, *actions))
        assert record.firms is not None
        staff = record.firms.loc[record.firms["chain_node"] == near, "staff"]
        assert staff.tolist() == [round(1000 * math.exp(growth))] * 3
        assert record.firms["staff"].iloc[0] == 100  # the anchor itself


def test_an_anchor_comes_takes_room_and_draws_others() -> None:
    """It takes floor by its staff; one for which there is none is unmet; and what is paid is paid for the first."""
    came = {"at": "2026Q2", "lever": "anchor_entry", "value": 1, "where": {"chain_node": NODE}}
    parameters = {"anchor_staff": 500.0, "m2_per_head": 20.0, "anchor_cost_cny": 3e7, "anchor_pull_near": 1.2}
    scenario = with_actions({**parameters, "entry_per_year": 50.0}, came)
    roomy, full = (simulate(small_park([m2]), scenario) for m2 in (12_000.0, 9_000.0))
    assert roomy.firms is not None
    (anchor,) = roomy.firms[roomy.firms["anchor"]].to_dict("records")
    assert (anchor["floor_m2"], anchor["staff"], anchor["stage"], anchor["registered"]) == (10_000, 500, "mature", True)
    told = measure(roomy, only=["resident_anchors", "public_cost"])
    assert told[(told["indicator"] == "resident_anchors") & (told["part"] == "all")]["value"].tolist() == [0, 1, 1, 1]
    spent = told[told["part"] == "chains"]["value"].tolist()
    assert spent == [0.0, 3e7, 0.0, 0.0]
    assert full.unmet["firms"].sum() == 1
    assert full.nodes["anchors"].sum() == 0
    entered = [by_steps(record)[1] for record in (roomy, full)]
    assert entered[0] > entered[1] > 0


def test_alliances_and_chiefs_cost_by_the_year() -> None:
    actions = [
        {"at": "2026Q2", "lever": "alliance", "value": 1.0, "where": {"industry": "ai"}},
        {"at": "2026Q3", "lever": "chain_chief", "value": 0.5, "where": {"industry": "health"}},
        {"at": "2026Q4", "lever": "alliance", "value": 0.0},
    ]
    costs = {"alliance_cost_cny_year": 4e6, "chief_cost_cny_year": 2e6}
    record = simulate(small_park([100.0]), with_actions(costs, *actions))
    spent = record.purse[record.purse["item"] == "chains"]["cny"].tolist()
    assert spent == [0.0, 1e6, 1.25e6, 0.25e6]


def whole_chain(*, without: str) -> Park:
    """Two firms at every link of the AI chain but one, with room for more."""
    nodes = [node for node in CATALOG.nodes_of("ai") if node != without]
    firms = stock_of(2 * len(nodes), building="b0", floor_m2=10, staff=5).assign(chain_node=2 * nodes)
    return small_park([9_000.0], firms=firms)


def test_a_chain_recovers_when_its_missing_link_is_recruited() -> None:
    """Cover, link cover and resilience rise by what the graph says, and no other recruit raises cover."""
    graph, park, scenario = chain_graph(CATALOG, "ai"), whole_chain(without=NODE), quiet({}, quarters=8)
    counted = {node: 2 for node in graph if node != NODE}
    adds = one_more(graph, counted, NODE)
    assert adds.nodes == pytest.approx(CATALOG.node_shares("ai")[NODE])
    assert adds.links == pytest.approx(graph.degree(NODE) / len(graph.edges))
    found = next_recruits(park, scenario, chain="ai", years=2, replications=2)
    assert found["id"].iloc[0] == NODE
    told = found.set_index(["id", "measure"])["mean"]
    assert told[NODE, "cover"] == pytest.approx(adds.nodes)
    assert told[NODE, "link_cover"] == pytest.approx(adds.links)
    assert told[NODE, "all_cover"] == pytest.approx(adds.nodes / 6)
    assert told[NODE, "firms"] == 1
    of_chain = found["measure"].isin(["cover", "link_cover", "resilience"])
    assert (found.loc[of_chain & (found["id"] != NODE), "mean"] == 0.0).all()
    assert set(found["id"]) == set(graph)


def test_the_loss_of_a_link_costs_what_stood_on_it() -> None:
    """All firms of a link leave: its weight of cover, its links, two firms and ten persons."""
    graph, park = chain_graph(CATALOG, "ai"), whole_chain(without="A12")
    found = stress(park, quiet({}, quarters=4), chain="ai", years=1, by="link_cover", replications=2)
    told = found.set_index(["id", "measure"])["mean"]
    without = graph.subgraph(set(graph) - {"A12"})
    ends = {node: without.degree(node) for node in without}
    for node, share in CATALOG.node_shares("ai").items():
        if node != "A12":
            assert told[node, "cover"] == pytest.approx(-share)
            assert told[node, "link_cover"] == pytest.approx(-ends[node] / len(graph.edges))
            assert (told[node, "firms"], told[node, "staff"]) == (-2, -10)
    assert found["id"].iloc[0] == max(ends, key=lambda node: ends[node])


@pytest.mark.slow
def test_losing_an_anchor_hurts_more_than_the_anchor() -> None:
    """Those beside it thin out, so that after some years more is missing than it had."""
    near = [node for node, away in AWAY.items() if away == 1]
    firms = pd.concat([stock_of(40, building="b1", floor_m2=20, staff=5).assign(chain_node=node) for node in near])
    firms = firms.assign(industry=firms["chain_node"].map(INDUSTRY))
    scenario = quiet({"move_out_per_year": 0.2, "orphan_ratio": 2.0, "orphan_years": 2.0}, quarters=8)
    found = stress(park_with_anchor(firms), scenario, years=2, replications=6)
    lost = found[(found["kind"] == "anchor") & (found["measure"] == "firms")].iloc[0]
    assert lost["high"] < -1 - 0.1 * len(firms)


def growing_park() -> tuple[Park, Scenario]:
    """An anchor with tenants who cannot grow beside it, and elsewhere firms of every link with room; all may go."""
    nodes = [node for node in CATALOG.chain_nodes if node != NODE]
    beside = stock_of(20, building="b0", floor_m2=5, staff=5).assign(industry="services", chain_node=None)
    others = stock_of(6 * len(nodes), building="b1", floor_m2=5, staff=5).assign(chain_node=6 * nodes)
    others["industry"] = others["chain_node"].map(INDUSTRY)
    park = park_with_anchor(pd.concat([beside, others], ignore_index=True))
    parameters = {"growth_mean": 1.0, "move_out_per_year": 0.5, "age_closing_factor": 1.0, "resident_share": 0.5}
    effects = {"anchor_pull_near": 1.5, "anchor_pull_far": 1.3, "orphan_ratio": 3.0, "spillover_growth": 0.02}
    return park, quiet({"entry_per_year": 300.0, **parameters, **effects})


def test_an_exit_reaches_its_links_and_its_building_and_nobody_else() -> None:
    """In the first quarter those differ that are a step or two away, or share its building; all others to the bit."""
    park, scenario = growing_park()
    base, other = simulate(park, scenario), simulate(park, scenario.with_actions(GONE))
    found = reach(base, other, CATALOG, 1)
    near, inside = found["steps"].isin([1, 2]), found["shares_building"]
    assert found[near & found["differs"]].groupby("steps").size().min() > 5
    assert found[inside & found["steps"].isna()]["differs"].any()
    assert not found[~near & ~inside]["differs"].any()
    assert (~near & ~inside).sum() > 100
    told = reach_table(found)
    assert told["firms"].sum() == len(found)
    assert told["differ"].sum() == found["differs"].sum()


def test_how_far_an_exit_reaches_is_drawn(tmp_path: Path) -> None:
    park, scenario = growing_park()
    base, other = simulate(park, scenario), simulate(park, scenario.with_actions(GONE))
    drawn = draw_reach(reach_table(reach(base, other, CATALOG, 1)), tmp_path / "reach.png", title="链主 K6")
    assert drawn.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="firm 0 is not there"):
        reach(base, other, CATALOG, 0)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"years": 99}, "99 years from 2026Q1"),
        ({"at": "2020Q1"}, "from 2020Q1"),
        ({"at": "soon"}, "'soon'"),
        ({"by": "fame"}, "no measure 'fame'"),
        ({"chain": "aii"}, "unknown chain 'aii'"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        stress(whole_chain(without=NODE), quiet({}), replications=1, **{"years": 1, **asked})
