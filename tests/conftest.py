"""Settings of Hypothesis: `ci` repeats the same examples everywhere, `dev` looks for new ones.

Choose with the environment variable HYPOTHESIS_PROFILE; `ci` where none is set.
"""

import os

from hypothesis import HealthCheck, settings

# A run of a park is slow against a plain function, and the first one compiles: no deadline, and no word about it.
COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("ci", COMMON, derandomize=True, print_blob=True, database=None, max_examples=60)
settings.register_profile("dev", COMMON, print_blob=True, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
