"""Where the data and scenarios that come with the package lie: beside it in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path


def bundled(name: str) -> Path:
    """The folder `data` or `scenarios`. A checkout's own folders come before the copies in an installed package."""
    package = Path(__file__).resolve().parent
    beside = package.parent / name
    if (package.parent / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    return package / "_bundled" / name
