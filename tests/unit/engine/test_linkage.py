"""What anchors and chain chiefs do, step by step: factors that come and pass, prospects that go first and faster."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory.quiet import quiet
from tests.unit.engine.states import as_rules_see, state_of
from twin.catalog import load_catalog
from twin.chains.graph import betweenness, chain_graph, chains_of, steps
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind, Origin
from twin.engine.rules.linkage import effort, follow_share, short_list_share
from twin.park import Park
from twin.simulation import simulate

CATALOG = load_catalog()
NODES = CATALOG.chain_nodes
INDUSTRY = {row["id"]: row["industry"] for row in CATALOG.tables["chain_nodes"]}


def anchored(*nodes: str) -> Park:
    """A park with an anchor of each link, the first the largest."""
    firms = stock_of(len(nodes), building="b0", floor_m2=100, staff=10)
    sizes = [100 - n for n in range(len(nodes))]
    firms = firms.assign(anchor=True, chain_node=list(nodes), staff=sizes, industry=[INDUSTRY[node] for node in nodes])
    return small_park([5_000.0], firms=firms)


def factors_of(park: Park, dates: list[float], *actions: dict[str, Any]) -> dict[float, dict[str, float]]:
    """The factors on exits that are not 1, by date and link."""
    seen: dict[float, dict[str, float]] = {}

    def looks(env: ParkEnvironment) -> Generator[Event, object, None]:
        for date in dates:
            yield env.at(date, Kind.WORKS)
            factors = env.state.linkage.exit_factor
            seen[date] = {NODES[n]: round(float(factors[n]), 9) for n in np.flatnonzero(factors != 1.0)}

    scenario = quiet({"orphan_ratio": 1.5, "orphan_years": 0.75}, quarters=12).with_actions(*actions)
    simulate(park, scenario, processes=[looks])
    return seen


def beside(node: str) -> set[str]:
    """Links a step away."""
    return {other for other, away in steps(chain_graph(CATALOG), node).items() if away == 1}


def test_links_a_step_away_are_orphaned_for_some_years() -> None:
    gone = {"at": "2026Q3", "lever": "anchor_exit", "value": 1}
    seen = factors_of(anchored("A6", "K6"), [0.4, 0.6, 1.2, 1.3], gone)
    assert seen == {0.4: {}, 0.6: dict.fromkeys(beside("A6"), 1.5), 1.2: dict.fromkeys(beside("A6"), 1.5), 1.3: {}}


def test_losses_add_up_and_pass_one_by_one() -> None:
    """Two anchors of a link go at one instant, and a third later."""
    both = {"at": "2026Q1", "lever": "anchor_exit", "value": 2, "where": {"chain_node": "A6"}}
    third = {"at": "2026Q3", "lever": "anchor_exit", "value": 1, "where": {"chain_node": "A6"}}
    seen = factors_of(anchored("A6", "A6", "A6"), [0.1, 0.6, 0.8, 1.3], both, third)
    found = [set(seen[date].values()) for date in (0.1, 0.6, 0.8, 1.3)]
    assert found == [{2.25}, {3.375}, {1.5}, set()]
    assert set(seen[0.1]) == beside("A6")


def test_steps_are_those_of_the_graph() -> None:
    linkage, graph = state_of().linkage, chain_graph(CATALOG)
    for row, node in enumerate(NODES):
        away = steps(graph, node)
        told = [away.get(other, 0) if away.get(other, 0) <= 2 else 0 for other in NODES]
        assert linkage.steps[row].tolist() == told


def test_a_missing_link_is_central_and_empty() -> None:
    park = anchored("A6")
    seen: list[set[str]] = []

    def looks(env: ParkEnvironment) -> Generator[Event, object, None]:
        for date in (0.1, 0.3):
            yield env.at(date, Kind.WORKS)
            seen.append({NODES[n] for n in np.flatnonzero(env.state.linkage.missing)})

    gone = {"at": "2026Q1", "lever": "anchor_exit", "value": 1}
    simulate(park, quiet({}, quarters=2).with_actions(gone), processes=[looks])
    central = set()
    for chain in chains_of(CATALOG):
        between = betweenness(chain_graph(CATALOG, chain))
        central |= {node for node, value in between.items() if value > np.mean(list(between.values()))}
    assert "A6" in central
    assert seen == [central - {"A6"}, central]


def test_a_chief_puts_missing_links_on_the_short_list() -> None:
    state = state_of(parameters={"chief_effort_ratio": 0.6, "short_list_share": 0.1})
    ai, row = CATALOG.industries.index("ai"), NODES.index("A6")
    recruits = np.flatnonzero(state.sources.origin == Origin.RECRUIT)
    missing = next(int(s) for s in recruits if state.sources.node[s] == row)
    state.recruitment.short_share[missing] = 0.1
    view = as_rules_see(state)
    assert short_list_share(view, missing) == 0.1
    assert effort(view, ai) == 1.0
    state.linkage.chief[ai] = 0.5
    assert short_list_share(view, missing) == 0.5
    assert effort(view, ai) == pytest.approx(0.8)
    state.linkage.missing[row] = False
    assert short_list_share(view, missing) == 0.1


def test_more_of_those_who_follow_are_of_other_links_in_an_alliance() -> None:
    state = state_of(parameters={"follow_neighbour_share": 0.5, "alliance_follow_ratio": 1.4})
    view, row = as_rules_see(state), NODES.index("A6")
    assert follow_share(view, row) == 0.5
    state.linkage.alliance[CATALOG.industries.index("ai")] = 0.5
    assert follow_share(view, row) == pytest.approx(0.6)
    state.linkage.alliance_follow_ratio[0] = 9.0
    assert follow_share(view, row) == 1.0


def test_prospects_under_a_chief_take_less_of_the_office() -> None:
    park = small_park([100.0], slots={"recruitment": 1_000})
    prospects = {
        "prospects_per_year": 40.0,
        "service_years.recruitment": 0.2,
        "service_shape.recruitment": float("inf"),
    }
    scenario = quiet({**prospects, "chief_effort_ratio": 0.75}, quarters=8)
    chief = {"at": "2027Q1", "lever": "chain_chief", "value": 1.0, "where": {"industry": "ai"}}
    record = simulate(park, scenario.with_actions(chief))
    assert record.events is not None
    assert record.firms is not None
    dates = {
        kind: record.events[record.events["kind"] == kind].set_index("firm")["time_years"]
        for kind in ("start", "served")
    }
    taken = pd.DataFrame(dates).dropna()
    taken["industry"] = record.firms.set_index("firm")["industry"].astype(str).reindex(taken.index)
    faster = (taken["industry"] == "ai") & (taken["start"] > 1.0)
    assert faster.sum() > 10
    np.testing.assert_allclose((taken["served"] - taken["start"])[faster], 0.15)
    np.testing.assert_allclose((taken["served"] - taken["start"])[~faster], 0.2)
