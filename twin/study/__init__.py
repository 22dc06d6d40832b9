"""Many runs: replications of a scenario, paired comparison of several, and what one unit more would bring."""

from __future__ import annotations

from twin.study.pairs import Comparison, compare
from twin.study.replications import Study, load_study, replay_study, replicate
from twin.study.shadow import shadow

__all__ = ["Comparison", "Study", "compare", "load_study", "replay_study", "replicate", "shadow"]
