"""The command line: words in, one library call, a table or a file out."""

from __future__ import annotations

from twin.cli import (
    adjust,
    agreements,
    branches,
    chains,
    discovery,
    evidence,
    goals,
    intake,
    ledger,
    lists,
    park,
    results,
    runs,
    scenario,
    sensitivity,
    sweeps,
    works,
)
from twin.cli.app import app, main

__all__ = [
    "adjust",
    "agreements",
    "app",
    "branches",
    "chains",
    "discovery",
    "evidence",
    "goals",
    "intake",
    "ledger",
    "lists",
    "main",
    "park",
    "results",
    "runs",
    "scenario",
    "sensitivity",
    "sweeps",
    "works",
]
