"""The actions that one scenario has beside another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

One = TypeVar("One")


def beside(actions: Mapping[int, One], others: Iterable[One]) -> dict[int, One]:
    """The actions that are not among others, by their places; of equal ones, those beyond as many as the others are."""
    left, found = list(others), {}
    for place, action in actions.items():
        if action in left:
            left.remove(action)
        else:
            found[place] = action
    return found
