"""Rules read and write the very arrays that Python holds."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import njit

from twin.engine import settings
from twin.engine.boxing import boxed


class Inner(NamedTuple):
    small: Any
    square: Any


class Outer(NamedTuple):
    seed: int
    grid_years: float
    first: Any
    inner: Inner
    last: Any


@njit()
def told(outer: Outer, row: int) -> float:
    """Something of every field, and every field that can be changed is."""
    inner = outer.inner
    inner.square[row, 1] += 10.0
    inner.small[row] = 7
    outer.last[-1] = True
    return float(
        outer.seed + outer.grid_years + len(outer.first) + inner.square[row, 1] + inner.small[row] + outer.last.sum()
    )


def group() -> Outer:
    inner = Inner(np.arange(3, dtype=np.int8), np.arange(6.0).reshape(3, 2))
    return Outer((5 << 32) + 1, 0.125, np.zeros(0, np.int32), inner, np.zeros(4, np.bool_))


def test_a_rule_reads_and_writes_the_arrays_of_every_group() -> None:
    outer = group()
    assert told(boxed(outer), 2) == (5 << 32) + 1 + 0.125 + 0 + 15.0 + 7 + 1
    assert outer.inner.square[2, 1] == 15.0
    assert outer.inner.small.tolist() == [0, 1, 7]
    assert outer.last.tolist() == [False, False, False, True]


def test_longer_arrays_of_the_same_types_need_no_new_compilation() -> None:
    outer = group()
    longer = outer._replace(last=np.zeros(400, np.bool_))
    told(boxed(outer), 0)
    told(boxed(longer), 0)
    assert longer.last[-1]
    assert settings.DISABLE_JIT or len(told.signatures) == 1


@pytest.mark.skipif(settings.DISABLE_JIT, reason="uncompiled rules are given the arrays themselves")
def test_part_of_an_array_is_refused() -> None:
    inner = Inner(np.arange(6, dtype=np.int8)[::2], np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"Inner\.small: not contiguous"):
        boxed(group()._replace(inner=inner))
