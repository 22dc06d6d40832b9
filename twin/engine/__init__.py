"""The engine: SimPy outside, a compiled kernel inside, one set of rules.

Importing it points numba's cache at a folder named by the engine's own sources: numba does not notice an edit in another
file than the one it compiles, and would answer from a stale cache. This is the one import-time effect of the package.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
from pathlib import Path

import numba


def source_hash() -> str:
    """Hash of the engine's sources: the same sources give the same results."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled code is kept: the user's cache folder, or the temporary one where that cannot be written."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir()))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    try:
        (base / "twin").mkdir(parents=True, exist_ok=True)
        writable = os.access(base / "twin", os.W_OK)
    except OSError:
        writable = False
    if not writable:
        base = Path(tempfile.gettempdir())
    checked = "-checked" if numba.config.BOUNDSCHECK else ""
    version = f"{source_hash()}-numba{numba.__version__}-py{platform.python_version()}{checked}"
    return base / "twin" / "compiled" / version


if not numba.config.CACHE_DIR:
    numba.config.CACHE_DIR = str(cache_folder())
