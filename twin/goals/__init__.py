"""Goals: the cheapest package of levers that reaches one, how likely, or that nothing in the allowed range does."""

from __future__ import annotations

from twin.goals.allowed import Allowed, Factor, load_allowed
from twin.goals.bounds import Attainment
from twin.goals.finding import Cost, Evidence, Finding, Sample, Steps
from twin.goals.runs import Simulated, Trials
from twin.goals.seeking import Answer, seek
from twin.goals.solving import solve
from twin.goals.space import Space
from twin.goals.telling import package_in_words, sentences

__all__ = [
    "Allowed",
    "Answer",
    "Attainment",
    "Cost",
    "Evidence",
    "Factor",
    "Finding",
    "Sample",
    "Simulated",
    "Space",
    "Steps",
    "Trials",
    "load_allowed",
    "package_in_words",
    "seek",
    "sentences",
    "solve",
]
