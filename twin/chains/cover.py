"""How complete chains are: cover of nodes and links, resilience, breaks, and what one more firm would add.

A node is there with one resident firm, and resilient with two: one may leave. A link is there when both its ends are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.catalog import Catalog, load_catalog
from twin.chains import measures
from twin.chains.graph import ALL, betweenness, central_of, chain_graph, chains_of, levels
from twin.chains.measures import Cover
from twin.engine.kinds import Status
from twin.errors import Fault, InputError
from twin.park import Park
from twin.record import Record

if TYPE_CHECKING:
    from twin.chains.graph import Graph

#: Names of the chain that is all chains.
ALL_NAMES = {"zh": "全部产业链", "en": "All chains"}


def cover(graph: Graph, firms: Mapping[str, int]) -> Cover:
    """How complete a chain is with so many firms at its nodes; nodes that are not named have none.

    Raises ValueError for counts below 0.
    """
    count = {node: firms.get(node, 0) for node in graph}
    if wrong := [f"{n} at {node}" for node, n in count.items() if not n >= 0]:
        raise ValueError(f"firms: {wrong[0]}: a count from 0 up is needed")
    row = {node: n for n, node in enumerate(graph)}
    weights = [graph.nodes[node]["weight"] for node in graph]
    suppliers, buyers = ([row[edge[end]] for edge in graph.edges] for end in (0, 1))
    found = measures.cover(weights, suppliers, buyers, list(count.values()))
    return Cover(*(float(value) for value in found))


def empty_nodes(graph: Graph, firms: Mapping[str, int]) -> list[str]:
    """The empty nodes of a chain, those first over which most ways from supplier to buyer lead, then the heavier."""
    between = betweenness(graph)
    gaps = measures.missing([firms.get(node, 0) for node in graph])
    empty = [node for node, gap in zip(graph, gaps, strict=True) if gap]
    return sorted(empty, key=lambda node: (-between[node], -graph.nodes[node]["weight"], node))


def breaks(graph: Graph, firms: Mapping[str, int]) -> list[str]:
    """The empty nodes of a chain that are central in it, in the order of `empty_nodes`; of several chains, of each."""
    chains: dict[str, list[str]] = {}
    for node, told in graph.nodes(data=True):
        chains.setdefault(told.get("industry", ""), []).append(node)
    found = central_of(tuple(map(tuple, chains.values())), tuple(graph.edges))
    return [node for node in empty_nodes(graph, firms) if node in found]


def one_more(graph: Graph, firms: Mapping[str, int], node: str) -> Cover:
    """What one more firm at a node would add to the cover of its chain."""
    more = cover(graph, {**firms, node: firms.get(node, 0) + 1})
    now = cover(graph, firms)
    return Cover(*(after - before for after, before in zip(more, now, strict=True)))


def firms_of(source: Park | Record) -> pd.DataFrame:
    """Firms of a park's stock, or there at the end of a run: firm, chain_node, resident, staff, building_id.

    Those that wait for room, are dormant or are worked on by the recruitment office are not there. Firms of industries
    whose chain is not told have no chain_node. Raises InputError where a run kept no table of firms, or the stock says
    no chain_node.
    """
    if isinstance(source, Park):
        stock = source.firms
        if "chain_node" not in stock or (len(stock) and stock["chain_node"].isna().all()):
            raise InputError([Fault("firms", "no firm has a chain_node", "the node of each firm, such as A6")])
        found, resident = stock.rename(columns={"firm_id": "firm"}), stock["resident"].to_numpy(dtype=bool)
    else:
        if source.firms is None:
            what = "the run kept no table of firms"
            raise InputError([Fault("run", what, "a run made with --events, or with events=True")])
        status = source.firms["status"].astype(str)
        there = status.isin([one.name.lower() for one in (Status.RESIDENT, Status.REMOTE)])
        found, resident = source.firms[there], (status[there] == Status.RESIDENT.name.lower()).to_numpy()
    columns = {name: found[name].to_numpy() for name in ("firm", "staff")}
    columns |= {name: found[name].astype(object).to_numpy() for name in ("chain_node", "building_id")}
    return pd.DataFrame(columns).assign(resident=resident)


def chain_table(source: Park | Record, catalog: Catalog | None = None, *, remote: bool = False) -> pd.DataFrame:
    """How complete each chain is with the firms of a park's stock or at the end of a run, and last all chains together.

    Columns: chain, name_zh, name_en, nodes, links, firms (those counted), cover, link_cover, resilience, hhi and
    shannon (of the firms over the nodes; NaN without firms), breaks and empty (ids in order, separated by blanks). The
    links of all chains together are those between them too. Counted are resident firms, with `remote` also those that
    are only registered.
    """
    known = _catalog(source, catalog)
    counted = _counted(source, remote=remote)
    rows = []
    for chain in [*chains_of(known), ALL]:
        graph = chain_graph(known, chain)
        firms = [counted.get(node, 0) for node in graph]
        found = cover(graph, counted)
        row: dict[str, object] = {
            "chain": chain,
            **_names(known, chain),
            "nodes": len(graph),
            "links": len(graph.edges),
        }
        row |= {"firms": sum(firms), "cover": found.nodes, "link_cover": found.links, "resilience": found.resilience}
        row |= _diversity(firms) | {"breaks": " ".join(breaks(graph, counted))}
        row |= {"empty": " ".join(empty_nodes(graph, counted))}
        rows.append(row)
    return pd.DataFrame(rows)


def node_table(
    source: Park | Record, catalog: Catalog | None = None, *, chain: str = ALL, remote: bool = False
) -> pd.DataFrame:
    """The nodes of one chain or of all: firms there, place in the chain, and what one more firm would add.

    Columns: chain, node, name_zh, name_en, level (steps from the first supplier), weight, betweenness, resident_firms,
    remote_firms, staff (of the firms counted), break_rank (1 the worst, 0 no break), adds_cover, adds_link_cover,
    adds_resilience. All but resident and remote firms within the node's own chain, by the firms counted as in
    `chain_table`. Raises InputError for a chain that the catalog does not tell.
    """
    known = _catalog(source, catalog)
    chosen = chain_graph(known, chain)
    firms = firms_of(source)
    here = firms if remote else firms[firms["resident"]]
    staff, counted = here.groupby("chain_node")["staff"].sum(), _count(here)
    at = {True: _count(firms[firms["resident"]]), False: _count(firms[~firms["resident"]])}
    rows = []
    for one in dict.fromkeys(chosen.nodes[node]["industry"] for node in chosen):
        graph = chain_graph(known, one)
        between, level = betweenness(graph), levels(graph)
        ranks = {node: rank for rank, node in enumerate(breaks(graph, counted), start=1)}
        for node, told in graph.nodes(data=True):
            adds = one_more(graph, counted, node)
            row = {"chain": one, "node": node, "name_zh": told["name_zh"], "name_en": told["name_en"]}
            row |= {"level": level[node], "weight": told["weight"], "betweenness": between[node]}
            row |= {"resident_firms": at[True].get(node, 0), "remote_firms": at[False].get(node, 0)}
            row |= {"staff": int(staff.get(node, 0)), "break_rank": ranks.get(node, 0)}
            row |= {"adds_cover": adds.nodes, "adds_link_cover": adds.links, "adds_resilience": adds.resilience}
            rows.append(row)
    return pd.DataFrame(rows)


def _catalog(source: Park | Record, catalog: Catalog | None) -> Catalog:
    """The catalog given, else the park's or, for a run, the shipped one with the run's weights of nodes.

    Raises InputError where it lacks a node.
    """
    known = catalog or (source.catalog if isinstance(source, Park) else load_catalog())
    if catalog is None and isinstance(source, Record):
        weights = source.nodes.drop_duplicates("chain_node").set_index("chain_node")["weight"]
        told = {f"node_share.{node}": float(weights[node]) for node in known.chain_nodes if node in weights.index}
        known = known.with_values(told)
    nodes = set(firms_of(source)["chain_node"].dropna()) - {""}
    if strange := sorted(nodes - set(known.chain_nodes)):
        raise InputError([Fault("firms", f"chain_node {strange[0]} is not in the catalog", "the catalog of the run")])
    return known


def _counted(source: Park | Record, *, remote: bool) -> dict[str, int]:
    firms = firms_of(source)
    return _count(firms if remote else firms[firms["resident"]])


def _count(firms: pd.DataFrame) -> dict[str, int]:
    """Firms by node."""
    return {str(node): int(n) for node, n in firms["chain_node"].value_counts().items()}


def _names(catalog: Catalog, chain: str) -> dict[str, str]:
    return {
        f"name_{lang}": ALL_NAMES[lang] if chain == ALL else catalog.names("industries", lang)[chain]
        for lang in ("zh", "en")
    }


def _diversity(firms: Sequence[int]) -> dict[str, float]:
    """Concentration and entropy of firms over nodes; NaN where there are no firms."""
    if not any(firms):
        return {"hhi": np.nan, "shannon": np.nan}
    return {"hhi": float(measures.herfindahl(firms)), "shannon": float(measures.shannon(firms))}
