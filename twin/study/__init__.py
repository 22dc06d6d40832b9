"""Many runs: replications of a scenario, several compared and why they differ, one unit more, the past, and exits."""

from __future__ import annotations

from twin.study.causes import Causes
from twin.study.chains import next_recruits, stress
from twin.study.comparing import compare
from twin.study.contracts import strictness_table
from twin.study.pairs import Comparison
from twin.study.past import Hindcast, hindcast
from twin.study.pasts import past_scenario, replay_study, replicate_from, save_pasts
from twin.study.precision import Target, replicate_until, target_of
from twin.study.reach import reach, reach_of_loss, reach_table
from twin.study.replications import Study, load_study, replicate
from twin.study.shadow import shadow
from twin.study.spread import ever_in, spread
from twin.study.survival import Incidence, aalen_johansen, exits_by_age, exits_of_entrants

__all__ = [
    "Causes",
    "Comparison",
    "Hindcast",
    "Incidence",
    "Study",
    "Target",
    "aalen_johansen",
    "compare",
    "ever_in",
    "exits_by_age",
    "exits_of_entrants",
    "hindcast",
    "load_study",
    "next_recruits",
    "past_scenario",
    "reach",
    "reach_of_loss",
    "reach_table",
    "replay_study",
    "replicate",
    "replicate_from",
    "replicate_until",
    "save_pasts",
    "shadow",
    "spread",
    "stress",
    "strictness_table",
    "target_of",
]
