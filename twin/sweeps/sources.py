"""What a sweep is made of, as files: whether any has changed is known before anything heavy is loaded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from twin.bundled import bundled

#: Parts of `twin` that runs do not hang on: what is done with what they leave.
_AFTER = ("analysis", "cli", "facts", "formats", "goals", "report.py", "study", "sweeps", "view", "_bundled")


@cache
def code_hash() -> str:
    """Hash of the sources that runs hang on: the same sources, the same bits."""
    folder = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        inside = file.relative_to(folder)
        if inside.parts[0] not in _AFTER:
            digest.update(inside.as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def design_file(name: str | Path) -> Path:
    """The file of a design: as it is named, or that of a shipped one by its name."""
    shipped = bundled("scenarios") / "designs" / f"{name}.yaml"
    return shipped if re.fullmatch(r"[A-Za-z0-9_\-]+", str(name)) and shipped.is_file() else Path(name)


def design_names() -> list[str]:
    """Names of the shipped designs."""
    return sorted(file.stem for file in (bundled("scenarios") / "designs").glob("*.yaml"))


def hash_of(files: Iterable[str]) -> str:
    """Hash of the contents of files; of one that is not there, that it is not."""
    digest = hashlib.sha256()
    for file in files:
        try:
            content = Path(file).read_bytes()
        except OSError:
            content = b"-"
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()
