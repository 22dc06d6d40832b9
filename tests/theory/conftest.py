"""Every stochastic check runs on the engine as it is and, among the slow tests, on one with a rate 3 % off."""

from __future__ import annotations

import pytest

from tests.theory.quiet import PLANTED


@pytest.fixture(params=[pytest.param(1.0, id="true"), pytest.param(PLANTED, id="planted", marks=pytest.mark.slow)])
def slip(request: pytest.FixtureRequest) -> float:
    """What one rate of the engine run is multiplied by; the number it is compared with stays as it is."""
    return float(request.param)
