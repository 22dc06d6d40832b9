"""Every stochastic check runs on the engine as it is and on one with a rate 3 % off."""

from __future__ import annotations

import pytest

from tests.theory.quiet import PLANTED


@pytest.fixture(params=[1.0, PLANTED], ids=["true", "planted"])
def slip(request: pytest.FixtureRequest) -> float:
    """What one rate of the engine run is multiplied by; the number it is compared with stays as it is."""
    return float(request.param)
