"""Industry chains: how complete they are by the firms that are there, which links are missing, and their anchors."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from twin.chains import measures
from twin.indicators.figures import Figures, Floats
from twin.indicators.registry import indicator


def covers(f: Figures, part: Literal["nodes", "links", "resilience"]) -> Floats:
    """(Q, chains): a part of the cover of each chain by its residents, and of all together.

    Where all chains are one, each weighs the same, and links between them count.
    """
    firms, columns = f.nodes["resident_firms"], []
    for chain in f.chains:
        inside = np.ones(len(f.chain_of_node), np.bool_) if chain == f.chains[-1] else f.chain_of_node == chain
        row = np.cumsum(inside) - 1
        links = f.links[inside[f.links].all(axis=1)]
        weights = f.node_weights[inside] / f.node_weights[inside].sum()
        suppliers, buyers = row[links].T
        columns.append(getattr(measures.cover(weights, suppliers, buyers, firms[:, inside]), part))
    return np.stack(columns, axis=1)


def summed(f: Figures, of_links: NDArray[Any]) -> Floats:
    """(Q, chains): the sum over the links of each chain, and over all, of something of them, (Q, links)."""
    by_chain = [of_links[:, f.chain_of_node == chain].sum(axis=1) for chain in f.chains[:-1]]
    return np.stack([*by_chain, of_links.sum(axis=1)], axis=1).astype(np.float64)


@indicator(name_zh="环节覆盖", name_en="Node cover", unit="share", better="more", parts="chains", park_only=True)
def node_cover(f: Figures) -> Floats:
    """Links of a chain with a resident firm, by weight, of each industry's chain and of all together."""
    return covers(f, "nodes")


@indicator(name_zh="链接覆盖", name_en="Link cover", unit="share", better="more", parts="chains", park_only=True)
def link_cover(f: Figures) -> Floats:
    """Supplies of a chain with a resident firm at both ends, of all supplies."""
    return covers(f, "links")


@indicator(
    name_zh="产业链韧性", name_en="Resilience of chains", unit="share", better="more", parts="chains", park_only=True
)
def chain_resilience(f: Figures) -> Floats:
    """Links of a chain with two resident firms or more, of which one may leave."""
    return covers(f, "resilience")


@indicator(
    name_zh="产业链断点", name_en="Breaks of chains", unit="links", better="less", parts="chains", park_only=True
)
def chain_breaks(f: Figures) -> Floats:
    """Central links of a chain without a resident firm; those with more than the mean betweenness are central."""
    return summed(f, measures.missing(f.nodes["resident_firms"]) & f.central)


@indicator(name_zh="空缺环节", name_en="Empty links", unit="links", better="less", parts="chains", park_only=True)
def empty_links(f: Figures) -> Floats:
    """Links of a chain without a resident firm, be they central or not."""
    return summed(f, measures.missing(f.nodes["resident_firms"]))


@indicator(name_zh="链主企业", name_en="Resident anchors", unit="firms", better="more", parts="chains", park_only=True)
def resident_anchors(f: Figures) -> Floats:
    """Anchors with room in the park whose link is known, by chain."""
    return summed(f, f.nodes["anchors"])


@indicator(name_zh="链主企业流失", name_en="Anchors lost", unit="firms", better="less", year="sum")
def anchors_lost(f: Figures) -> Floats:
    """Resident anchors that went in the quarter, counted where they were."""
    return f.firms("anchors_lost")
