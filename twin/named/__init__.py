"""Processes that a scenario names: generators that replan, or answer what firms do, while the park lives."""

from __future__ import annotations

from twin.named import shipped
from twin.named.loading import find, hashes_of, load_file
from twin.named.registry import (
    PROCESSES,
    Building,
    ChainNode,
    Date,
    Industry,
    Process,
    Registered,
    Service,
    Stage,
    Tier,
    World,
    process,
)

__all__ = [
    "PROCESSES",
    "Building",
    "ChainNode",
    "Date",
    "Industry",
    "Process",
    "Registered",
    "Service",
    "Stage",
    "Tier",
    "World",
    "find",
    "hashes_of",
    "load_file",
    "process",
    "shipped",
]
