"""Small ways to fill arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.engine.arrays import Floats


def by(catalog: Catalog, quantity: str, scopes: list[str]) -> Floats:
    """The values in force of a quantity for scopes."""
    return np.array([catalog.value(quantity, scope) for scope in scopes])


def zeros(shape: int | tuple[int, ...], dtype: type = np.int64) -> NDArray[Any]:
    """Zeros of a shape, whole numbers if nothing else is said."""
    return np.zeros(shape, dtype)


def full(shape: int, fill: Any, dtype: type) -> NDArray[Any]:
    """One number, so many times."""
    return np.full(shape, fill, dtype)
