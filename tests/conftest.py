"""Settings of Hypothesis: `ci` repeats the same examples everywhere, `dev` looks for new ones.

Choose with the environment variable HYPOTHESIS_PROFILE; `ci` where none is set.
"""

import os

from hypothesis import HealthCheck, Phase, settings

# A run of a park is slow against a plain function, and the first one compiles: no deadline, and no word about it.
COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# A failing park is made smaller, but no time is spent on saying which of its numbers do not matter.
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)

settings.register_profile(
    "ci", COMMON, derandomize=True, print_blob=True, database=None, max_examples=40, phases=PHASES
)
settings.register_profile("dev", COMMON, print_blob=True, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
