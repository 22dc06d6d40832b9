"""Industry chains: how complete they are by the firms that are there, which links are missing, and their anchors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twin.chains import measures
from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator


def of_chains(f: Figures, figure: Callable[[Floats, Floats, Floats], Floats]) -> Floats:
    """(Q, chains): a figure of weights, links and residents of each chain, and of all together.

    Where all chains are one, each weighs the same, and links between them count.
    """
    firms, columns = f.nodes["resident_firms"], []
    for chain in f.chains:
        inside = np.ones(len(f.chain_of_node), np.bool_) if chain == f.chains[-1] else f.chain_of_node == chain
        row = np.cumsum(inside) - 1
        links = f.links[inside[f.links].all(axis=1)]
        weights = f.node_weights[inside] / f.node_weights[inside].sum()
        columns.append(figure(weights, row[links], firms[:, inside]))
    return np.stack(columns, axis=1)


@indicator(name_zh="环节覆盖", name_en="Node cover", unit="share", better="more", parts="chains", park_only=True)
def node_cover(f: Figures) -> Floats:
    """Links of a chain with a resident firm, by weight, of each industry's chain and of all together."""
    return of_chains(f, lambda weights, links, firms: measures.cover(weights, *links.T, firms).nodes)


@indicator(name_zh="链接覆盖", name_en="Link cover", unit="share", better="more", parts="chains", park_only=True)
def link_cover(f: Figures) -> Floats:
    """Supplies of a chain with a resident firm at both ends, of all supplies."""
    return of_chains(f, lambda weights, links, firms: measures.cover(weights, *links.T, firms).links)


@indicator(
    name_zh="产业链韧性", name_en="Resilience of chains", unit="share", better="more", parts="chains", park_only=True
)
def chain_resilience(f: Figures) -> Floats:
    """Links of a chain with two resident firms or more, of which one may leave."""
    return of_chains(f, lambda weights, links, firms: measures.cover(weights, *links.T, firms).resilience)


@indicator(
    name_zh="产业链断点", name_en="Breaks of chains", unit="links", better="less", parts="chains", park_only=True
)
def chain_breaks(f: Figures) -> Floats:
    """Links of a chain without a resident firm."""
    return of_chains(f, lambda weights, links, firms: measures.missing(firms).sum(axis=1).astype(np.float64))


@indicator(name_zh="链主企业", name_en="Resident anchors", unit="firms", better="more", parts="chains", park_only=True)
def resident_anchors(f: Figures) -> Floats:
    """Anchors with room in the park whose link is known, by chain."""
    anchors = f.nodes["anchors"]
    by_chain = [anchors[:, f.chain_of_node == chain].sum(axis=1) for chain in f.chains[:-1]]
    return np.stack([*by_chain, anchors.sum(axis=1)], axis=1)


@indicator(name_zh="链主企业流失", name_en="Anchors lost", unit="firms", better="less", year="sum")
def anchors_lost(f: Figures) -> Floats:
    """Resident anchors that went in the quarter, counted where they were."""
    return f.firms("anchors_lost")
