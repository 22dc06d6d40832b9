"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from twin.errors import Fault, OutputError


def check_writable(folder: Path, is_ours: Callable[[Path], bool], kind: str) -> None:
    """Raise OutputError where a folder holds something that nobody but its owner should replace.

    `is_ours` tells a folder of the kind, such as `a run`, that may be written anew.
    """
    try:
        free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    except OSError:
        return  # cannot be looked into: writing will say why
    if not free and not is_ours(folder):
        raise OutputError(
            [Fault(str(folder), f"holds something other than {kind}", "another --out, or an empty folder")]
        )


@contextmanager
def written_whole(folder: Path, is_ours: Callable[[Path], bool], kind: str) -> Iterator[Path]:
    """A hidden folder to write into that becomes `folder` when all is written; on an error nothing of it is left.

    A folder that is there already is replaced only if it is one of ours. Raises OutputError otherwise.
    """
    check_writable(folder, is_ours, kind)
    folder = folder.resolve()  # of a link, the folder it leads to
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise OutputError([Fault(str(folder), f"cannot be written: {error.strerror}", "another --out")]) from None
    hidden.chmod(0o755)
    try:
        yield hidden
        old = hidden.with_name(hidden.name + "-old")
        if folder.exists():
            folder.replace(old)
        try:
            hidden.replace(folder)
        except OSError:
            if old.exists():
                old.replace(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


@contextmanager
def unfinished(file: Path) -> Iterator[Path]:
    """A hidden file to write into that becomes `file` when all is written; on an error nothing of it is left."""
    file.parent.mkdir(parents=True, exist_ok=True)
    hidden = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield hidden
        hidden.replace(file)
    finally:
        hidden.unlink(missing_ok=True)


def write_text(file: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with unfinished(file) as hidden:
        hidden.write_text(text, encoding="utf-8", newline="\n")
