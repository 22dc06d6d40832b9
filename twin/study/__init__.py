"""Many runs: replications of a scenario, and paired comparison of several."""

from __future__ import annotations

from twin.study.pairs import Comparison, compare
from twin.study.replications import Study, load_study, replay_study, replicate

__all__ = ["Comparison", "Study", "compare", "load_study", "replay_study", "replicate"]
