"""The chains as graphs."""

from __future__ import annotations

import networkx as nx
import pytest

from twin.catalog import load_catalog
from twin.chains.graph import ALL, betweenness, chain_graph, chains_of, levels, steps
from twin.errors import InputError

CATALOG = load_catalog()


def test_every_chain_has_its_nodes_and_links() -> None:
    sizes = {
        chain: (len(graph), len(graph.edges))
        for chain in [*chains_of(CATALOG), ALL]
        for graph in [chain_graph(CATALOG, chain)]
    }
    assert sizes == {
        "ai": (12, 14),
        "industrial_internet": (13, 14),
        "scifi_games": (12, 16),
        "virtual_reality": (13, 14),
        "finance": (12, 14),
        "health": (11, 12),
        "all": (73, 106),
    }


def test_links_between_chains_are_told_apart() -> None:
    graph = chain_graph(CATALOG)
    assert sum(graph.edges[link]["cross"] for link in graph.edges) == 22
    assert graph.edges["A9", "I9"]["cross"]
    assert not graph.edges["A1", "A2"]["cross"]


def test_nodes_say_what_they_are() -> None:
    told = chain_graph(CATALOG, "ai").nodes["A6"]
    assert (told["industry"], told["name_zh"], told["name_en"]) == ("ai", "基础大模型", "Foundation models")
    for chain in [*chains_of(CATALOG), ALL]:
        graph = chain_graph(CATALOG, chain)
        assert sum(graph.nodes[node]["weight"] for node in graph) == pytest.approx(1.0)


def test_weights_follow_the_catalog_in_force() -> None:
    other = CATALOG.with_values({"node_share.A1": 1.0})
    assert chain_graph(other, "ai").nodes["A1"]["weight"] > 3 * chain_graph(CATALOG, "ai").nodes["A1"]["weight"]


def test_levels_follow_the_suppliers() -> None:
    found = levels(chain_graph(CATALOG, "ai"))
    assert [found[node] for node in ("A1", "A2", "A6", "A7", "A8", "A12")] == [0, 1, 2, 3, 4, 5]
    graph = chain_graph(CATALOG)
    everywhere = levels(graph)
    assert all(everywhere[supplier] < everywhere[buyer] for supplier, buyer in graph.edges)


def test_those_who_supply_each_other_have_one_level() -> None:
    circle = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")])
    assert levels(circle) == {"a": 0, "b": 1, "c": 1, "d": 2}


def test_steps_go_up_and_down_the_chain() -> None:
    found = steps(chain_graph(CATALOG, "ai"), "A6")
    assert [found[node] for node in ("A6", "A2", "A7", "A1", "A12")] == [0, 1, 1, 2, 2]
    assert steps(nx.DiGraph([("a", "b"), ("c", "d")]), "a") == {"a": 0, "b": 1}
    with pytest.raises(InputError, match="unknown node 'A66'"):
        steps(chain_graph(CATALOG, "ai"), "A66")


def test_betweenness_of_a_line_is_by_hand() -> None:
    """a > b > c > d: two ways over b and two over c, of (4 - 1)(4 - 2) pairs."""
    assert betweenness(nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d")])) == pytest.approx(
        {"a": 0.0, "b": 1 / 3, "c": 1 / 3, "d": 0.0}
    )


def test_an_unknown_chain_is_refused() -> None:
    with pytest.raises(InputError, match="unknown chain 'healthy'; did you mean 'health'"):
        chain_graph(CATALOG, "healthy")
    with pytest.raises(InputError, match="unknown chain 'services'"):
        chain_graph(CATALOG, "services")
