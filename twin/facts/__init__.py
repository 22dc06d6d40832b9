"""Stylised facts: patterns that published studies and statistics agree on, looked for in runs, met or not."""

from __future__ import annotations

from twin.facts import demography, floor, growing, places, sizes, totals
from twin.facts.judging import CANNOT, FAILS, HOLDS, Finding, Report, check_facts, judge
from twin.facts.registry import FACTS, CannotJudgeError, Estimate
from twin.facts.runs import Run, Runs

__all__ = [
    "CANNOT",
    "FACTS",
    "FAILS",
    "HOLDS",
    "CannotJudgeError",
    "Estimate",
    "Finding",
    "Report",
    "Run",
    "Runs",
    "check_facts",
    "demography",
    "floor",
    "growing",
    "judge",
    "places",
    "sizes",
    "totals",
]
