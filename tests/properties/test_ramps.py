"""Ramps: what a lever is pulled by, quarter by quarter, comes to what was asked for, evenly and from the same side."""

from __future__ import annotations

from itertools import accumulate
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.strategies import EFFECTS
from twin.levers import LEVERS, Lever, neutral, steps
from twin.scenario import MOST_RAMP_QUARTERS

NEARLY = 1e-12

RAMPED = [lever for lever in LEVERS.values() if lever.ramp]
AT_ONCE = [lever for lever in LEVERS.values() if not lever.ramp]


@st.composite
def pulls(draw: st.DrawFn) -> tuple[Lever, float, int]:
    """A lever, a value within its bounds, the bounds and the neutral value among them, and a number of quarters."""
    lever = draw(st.sampled_from(RAMPED))
    low, high, nothing = lever.low, lever.high, neutral(lever)
    assert nothing is not None
    inside = st.integers(int(low), int(high)).map(float) if lever.whole else st.floats(low, high)
    value = draw(st.one_of(st.sampled_from([float(low), float(high), nothing]), inside))
    return lever, value, draw(st.integers(2, MOST_RAMP_QUARTERS))


def in_force(lever: Lever, parts: list[float]) -> list[float]:
    """What the parts have come to after each of them: factors on what was, amounts added to it, or levels."""
    if lever.ramp == "level":
        return parts
    if lever.ramp == "more":
        return list(accumulate(parts))
    shift = 1.0 if lever.ramp == "change" else 0.0
    return [prod(part + shift for part in parts[: n + 1]) - shift for n in range(len(parts))]


def faults(lever: Lever, value: float, parts: list[float]) -> list[str]:
    """What is wrong with the parts of a value."""
    nothing = neutral(lever)
    assert nothing is not None
    reached, quarters = in_force(lever, parts), len(parts)
    near = NEARLY * max(abs(value), abs(nothing), 1.0)
    line = [nothing + (value - nothing) * (n + 1) / quarters for n in range(quarters)]
    way = 1.0 if value >= nothing else -1.0
    checks = {
        "the whole": abs(reached[-1] - value) > near,
        "evenly": any(abs(a - b) > (0.5 if lever.whole else 0.0) + near for a, b in zip(reached, line, strict=True)),
        "one way": any(way * (b - a) < -near for a, b in zip([nothing, *reached], reached, strict=False)),
        "bounds": any(not lever.low <= part <= lever.high for part in parts),
        "whole parts": lever.whole and any(part != round(part) for part in parts),
        "whole sum": lever.whole and sum(parts) != value,
    }
    return [name for name, wrong in checks.items() if wrong]


@given(pulls())
def test_parts_come_to_the_whole(pull: tuple[Lever, float, int]) -> None:
    lever, value, quarters = pull
    parts = steps(lever, value, quarters)
    assert len(parts) == quarters
    assert faults(lever, value, parts) == []


@pytest.mark.parametrize(
    ("name", "value", "parts", "wrong"),
    [
        ("entry_rate", 2.0, [1.5, 1.5], ["the whole", "evenly"]),
        ("entry_rate", 2.0, [2.0, 1.0], ["evenly"]),
        ("entry_rate", 2.0, [1.5, 2 / 3, 2.0], ["evenly", "one way"]),
        ("rent", -0.2, [-0.1, -0.1], ["the whole", "evenly"]),
        ("service_slots", 3.0, [1.5, 1.5], ["whole parts"]),
        ("alliance", 1.0, [0.5, 0.5], ["the whole", "evenly"]),
    ],
)
def test_wrong_parts_are_noticed(name: str, value: float, parts: list[float], wrong: list[str]) -> None:
    assert faults(LEVERS[name], value, parts) == wrong


@pytest.mark.parametrize("lever", RAMPED, ids=lambda lever: lever.name)
@pytest.mark.parametrize("quarters", [2, 3, 7, MOST_RAMP_QUARTERS])
def test_nothing_in_parts_is_nothing(lever: Lever, quarters: int) -> None:
    nothing = neutral(lever)
    assert nothing is not None
    assert steps(lever, nothing, quarters) == [nothing] * quarters


@pytest.mark.parametrize("name", list(LEVERS))
def test_the_neutral_value_is_the_one_that_changes_nothing(name: str) -> None:
    assert neutral(LEVERS[name]) == EFFECTS[name][1]


@pytest.mark.parametrize("lever", LEVERS.values(), ids=LEVERS)
@pytest.mark.parametrize("quarters", [0, 1])
def test_at_once_is_one_pull(lever: Lever, quarters: int) -> None:
    assert steps(lever, lever.high, quarters) == [lever.high]


def test_who_leaves_is_chosen_at_the_instant() -> None:
    assert [lever.name for lever in AT_ONCE] == ["anchor_exit"]
    with pytest.raises(ValueError, match="anchor_exit takes effect at once only"):
        steps(AT_ONCE[0], 3.0, 2)


def test_parts_of_some_values() -> None:
    assert steps(LEVERS["entry_rate"], 2.0, 4) == [1.25, 1.5 / 1.25, 1.75 / 1.5, 2.0 / 1.75]
    assert steps(LEVERS["entry_rate"], 0.0, 2) == [0.5, 0.0]
    assert steps(LEVERS["rent"], -0.5, 2) == pytest.approx([-0.25, -1 / 3])
    assert steps(LEVERS["service_slots"], 6.0, 4) == [2.0, 1.0, 1.0, 2.0]
    assert steps(LEVERS["service_slots"], -5.0, 3) == [-2.0, -1.0, -2.0]
    assert steps(LEVERS["service_slots"], 1.0, 4) == [0.0, 0.0, 1.0, 0.0]
    assert steps(LEVERS["alliance"], 1.0, 4) == [0.25, 0.5, 0.75, 1.0]
