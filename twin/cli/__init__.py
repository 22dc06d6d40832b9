"""The command line: words in, one library call, a table or a file out."""

from __future__ import annotations

from twin.cli import lists, park, results, runs
from twin.cli.app import app, main

__all__ = ["app", "lists", "main", "park", "results", "runs"]
