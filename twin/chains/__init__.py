"""Industry chains: who supplies whom, which links are there, which are missing, and how specialised places are."""

from __future__ import annotations

from twin.chains.cover import chain_table, firms_of, node_table
from twin.chains.graph import chain_graph
from twin.chains.places import concentration, specialisation

__all__ = ["chain_graph", "chain_table", "concentration", "firms_of", "node_table", "specialisation"]
