"""The engine: SimPy outside, a compiled kernel inside, one set of rules.

Importing it points numba's cache at a folder named by the engine's own sources: numba does not notice an edit in
another file than the one it compiles, and would answer from a stale cache. This is the one import-time effect of the
package.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numba


@cache  # at import: what runs in this process was read then, whatever becomes of the files
def source_hash() -> str:
    """Hash of the engine's sources: the same sources give the same results."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled code is kept: the user's cache folder, or a private temporary one where that cannot be written."""
    checked = "-checked" if settings.BOUNDSCHECK else ""
    version = f"{source_hash()}-numba{numba.__version__}-py{platform.python_version()}{checked}"
    return _base_folder() / version


def _base_folder() -> Path:
    if settings.CACHE_DIR:  # the user's own choice, NUMBA_CACHE_DIR
        return Path(settings.CACHE_DIR)
    if sys.platform == "win32":
        home = Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir()))
    else:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "twin" / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="twin-compiled-"))  # private: compiled code is loaded from it


settings: Any = numba.config  # numba sets its settings dynamically, so no type knows them
settings.CACHE_DIR = str(cache_folder())


def is_compiled() -> bool:
    """Whether a run will find the engine compiled, or has to wait for that."""
    return bool(settings.DISABLE_JIT) or any(Path(settings.CACHE_DIR).rglob("calendar.play*.nbc"))
