"""Levers pulled little by little, and not at all."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

from twin.levers.registry import Lever, Ramp

#: The value by which a lever of each kind does nothing; of a level, what is in force at the start.
_NEUTRAL: Mapping[Ramp, float] = MappingProxyType({"times": 1.0, "change": 0.0, "more": 0.0, "level": 0.0})


def neutral(lever: Lever) -> float | None:
    """The value by which a lever does nothing: 1 of a factor, else 0; None where no value does."""
    return _NEUTRAL.get(lever.ramp, 0.0 if lever.whole else None)


def steps(lever: Lever, value: float, quarters: int) -> list[float]:
    """The values to pull, one at the beginning of each of so many quarters, so that the effect grows evenly to `value`.

    After the k-th of n a factor v has come to 1 + (v - 1) k/n and an amount v to v k/n, whole ones rounded. A level is
    set anew each time, from none: it stands at v k/n whatever it was before. 0 quarters and 1 are at once. Raises
    ValueError where a lever cannot take effect little by little.
    """
    if quarters <= 1:
        return [value]
    if lever.ramp in {"times", "change"}:
        shift = 1.0 if lever.ramp == "change" else 0.0
        whole = value + shift
        forces = [*(1.0 + (whole - 1.0) * k / quarters for k in range(quarters)), whole]
        return [after / before - shift for before, after in pairwise(forces)]
    if not lever.ramp:
        raise ValueError(f"{lever.name} takes effect at once only")
    amounts = [*(value * k / quarters for k in range(quarters)), value]
    if lever.whole:
        amounts = [float(round(amount)) for amount in amounts]
    if lever.ramp == "level":
        return amounts[1:]
    return [after - before for before, after in pairwise(amounts)]
