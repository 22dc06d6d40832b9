"""Many runs: replications of a scenario, and paired comparison of several, and the past simulated."""

from __future__ import annotations

from twin.study.pairs import Comparison, compare
from twin.study.past import Hindcast, hindcast
from twin.study.replications import Study, load_study, replay_study, replicate

__all__ = ["Comparison", "Hindcast", "Study", "compare", "hindcast", "load_study", "replay_study", "replicate"]
