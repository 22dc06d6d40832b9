"""The chains of a catalog as directed graphs: nodes are what is made, links go from supplier to buyer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import networkx as nx

from twin.catalog import Catalog, nearest
from twin.errors import Fault, InputError

if TYPE_CHECKING:
    #: Nodes by their id, `A1`; types of NetworkX take an argument only where they are read, not where they run.
    Graph = nx.DiGraph[str]

#: The chain that is all chains, with the links between them.
ALL = "all"


def chains_of(catalog: Catalog) -> list[str]:
    """The industries whose chain is told, in the order of the catalog."""
    return [industry for industry in catalog.industries if catalog.nodes_of(industry)]


def chain_graph(catalog: Catalog, chain: str = ALL) -> Graph:
    """One chain, or all of them with the links between them, as a directed graph from supplier to buyer.

    Nodes carry industry, name_zh, name_en and weight, links carry cross: whether they join two chains. Weights are the
    catalog's `node_share`, so scaled that those of a graph add up to 1; in the graph of all chains each chain weighs
    the same. Raises InputError for a chain that the catalog does not tell.
    """
    known = chains_of(catalog)
    if chain != ALL and chain not in known:
        raise InputError([Fault("chain", f"unknown chain {chain!r}", nearest(chain, [*known, ALL]))])
    wanted = known if chain == ALL else [chain]
    graph: Graph = nx.DiGraph(name=chain)
    weights = {node: weight / len(wanted) for one in wanted for node, weight in catalog.node_shares(one).items()}
    for row in catalog.tables["chain_nodes"]:
        if row["industry"] in wanted:
            told = {name: row[name] for name in ("industry", "name_zh", "name_en")}
            graph.add_node(row["id"], **told, weight=weights[row["id"]])
    industry = {str(node): str(made_by) for node, made_by in graph.nodes(data="industry")}
    for edge in catalog.tables["chain_edges"]:
        supplier, buyer = edge["supplier"], edge["buyer"]
        if supplier in industry and buyer in industry:
            graph.add_edge(supplier, buyer, cross=industry[supplier] != industry[buyer])
    return graph


def linked(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> Graph:
    """A graph of nodes and of the links from supplier to buyer that have both ends among them; nothing else is told."""
    graph: Graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((supplier, buyer) for supplier, buyer in edges if supplier in graph and buyer in graph)
    return graph


def levels(graph: Graph) -> dict[str, int]:
    """Each node's level: 0 where nobody supplies it, else one more than the highest of its suppliers.

    Nodes that supply each other in a circle have one level.
    """
    circles = nx.condensation(graph)
    found: dict[str, int] = {}
    for level, generation in enumerate(nx.topological_generations(circles)):
        for circle in generation:
            found |= dict.fromkeys(circles.nodes[circle]["members"], level)
    return {node: found[node] for node in graph}


def steps(graph: Graph, node: str) -> dict[str, int]:
    """Steps from a node to each node it is joined to, upstream or downstream; those it is not joined to are left out.

    Raises InputError for a node that the graph does not have.
    """
    if node not in graph:
        raise InputError([Fault("node", f"unknown node {node!r}", nearest(node, list(graph)))])
    return dict(nx.single_source_shortest_path_length(graph.to_undirected(as_view=True), node))


def central(graph: Graph) -> set[str]:
    """The nodes with more than the mean betweenness of their graph: of a chain, those over which most of it leads."""
    between = betweenness(graph)
    mean = sum(between.values()) / max(len(between), 1)
    return {node for node, value in between.items() if value > mean}


@cache
def central_of(chains: tuple[tuple[str, ...], ...], edges: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """The central nodes of each of some chains, each by itself, once for all catalogs that have the links in common."""
    return frozenset[str]().union(*(central(linked(nodes, edges)) for nodes in chains))


def betweenness(graph: Graph) -> dict[str, float]:
    """Share of the shortest ways between any two other nodes, from supplier to buyer, that lead over a node.

    Freeman 1977, doi:10.2307/3033543. Of a graph with n nodes as a share of (n - 1)(n - 2) pairs.
    """
    return {str(node): float(value) for node, value in nx.betweenness_centrality(graph).items()}
