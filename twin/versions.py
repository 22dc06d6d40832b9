"""Versions of what a result depends on; the same versions, the same bits."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def versions() -> dict[str, str]:
    """Versions by name: of Python, the machine and the packages that numbers come from."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in ("twin-park", "numpy", "numba", "simpy", "pandas", "geopandas", "shapely", "scipy", "pyarrow"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found
