"""How the chains are linked, and where their anchors are at the start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.chains.graph import central_of, chains_of
from twin.engine.arrays import Firms, Linkage
from twin.engine.kinds import Status
from twin.state.filling import zeros

#: Quantities that are read as they are, one value each.
QUANTITIES = (
    "anchor_pull_near",
    "anchor_pull_far",
    "orphan_ratio",
    "orphan_years",
    "spillover_growth",
    "alliance_spillover_ratio",
    "alliance_follow_ratio",
    "chief_effort_ratio",
    "chief_entry_ratio",
    "anchor_staff",
    "anchor_cost_cny",
    "alliance_cost_cny_year",
    "chief_cost_cny_year",
)


def linkage_of(catalog: Catalog, firms: Firms) -> Linkage:
    """Steps between the links, the stock's anchors, and which links are missing; neither alliance nor chief yet."""
    links, industries = len(catalog.chain_nodes), len(catalog.industries)
    central = central_links(catalog)
    resident = (firms.status == Status.RESIDENT) & (firms.node >= 0)
    anchors = np.bincount(firms.node[resident & firms.anchor], minlength=links).astype(np.int64)
    there = np.bincount(firms.node[resident], minlength=links) > 0
    return Linkage(
        steps=steps_of(catalog),
        anchors=anchors,
        anchors_at_start=anchors.copy(),
        arrived=zeros(links),
        lost=zeros(links),
        orphaned=zeros(links),
        exit_factor=np.ones(links),
        entry_factor=np.ones(links),
        growth_per_year=np.zeros(links),
        jobs_factor=np.ones(industries),
        central=central,
        missing=central & ~there,
        chief=np.zeros(industries),
        alliance=np.zeros(industries),
        **{name: np.array([catalog.value(name)]) for name in QUANTITIES},
    )


def steps_of(catalog: Catalog) -> NDArray[np.int8]:
    """1 from a link to its suppliers and buyers, of its own chain or another, 2 to theirs, else 0."""
    row = {node: n for n, node in enumerate(catalog.chain_nodes)}
    beside = np.zeros((len(row), len(row)), np.int64)
    for edge in catalog.tables["chain_edges"]:
        supplier, buyer = row[edge["supplier"]], row[edge["buyer"]]
        beside[supplier, buyer] = beside[buyer, supplier] = 1
    steps = np.where(beside > 0, 1, np.where(beside @ beside > 0, 2, 0))
    np.fill_diagonal(steps, 0)
    return steps.astype(np.int8)


def central_links(catalog: Catalog) -> NDArray[np.bool_]:
    """Which links are central in their chain."""
    edges = tuple((edge["supplier"], edge["buyer"]) for edge in catalog.tables["chain_edges"])
    found = central_of(tuple(tuple(catalog.nodes_of(chain)) for chain in chains_of(catalog)), edges)
    return np.array([node in found for node in catalog.chain_nodes], dtype=np.bool_)
