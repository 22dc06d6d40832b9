"""Settings of Hypothesis, and how the tests share the cores.

Hypothesis: `ci` repeats the same examples everywhere, `dev` looks for new ones. Choose with the environment variable
HYPOTHESIS_PROFILE; `ci` where none is set.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from twin.engine import is_compiled

# A run of a park is slow against a plain function, and the first one compiles: no deadline, and no word about it.
COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# A failing park is made smaller, but no time is spent on saying which of its numbers do not matter.
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)

settings.register_profile(
    "ci", COMMON, derandomize=True, print_blob=True, database=None, max_examples=40, phases=PHASES
)
settings.register_profile("dev", COMMON, print_blob=True, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# A shell has what it starts in the background ignore Ctrl-C, and so would the commands that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No workers for a few tests, over before workers would have started, nor for benchmarks; else as many as cores."""
    places = [config.invocation_params.dir / argument for argument in config.args]
    few = bool(config.option.keyword) or not all(place.is_dir() for place in places)
    return 0 if few or config.option.markexpr == "benchmark" else None


def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Compile the kernel before there are workers, or each would compile all of it for itself."""
    if not is_compiled():
        halves = [
            subprocess.Popen([sys.executable, "-m", "tests.kernel", half], cwd=ROOT) for half in ("play", "frame")
        ]
        for half in halves:
            half.wait()  # where one fails, so do the tests that run a park
