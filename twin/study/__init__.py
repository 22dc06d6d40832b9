"""Many runs: replications of a scenario, paired comparison of several, one unit more, and the past simulated."""

from __future__ import annotations

from twin.study.pairs import Comparison, compare
from twin.study.past import Hindcast, hindcast
from twin.study.replications import Study, load_study, replay_study, replicate
from twin.study.shadow import shadow

__all__ = [
    "Comparison",
    "Hindcast",
    "Study",
    "compare",
    "hindcast",
    "load_study",
    "replay_study",
    "replicate",
    "shadow",
]
