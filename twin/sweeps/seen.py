"""Which blocks of a sweep are done: what was seen of the files of their runs when the last of them was.

As long as the files look the same, by size and date, the block is known to be done without reading or naming a run.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.sweeps.store import Store, is_whole, write_durably

#: Runs of a block.
BLOCK = 256

#: Of each run of a block: its name in the store, "" of one that failed, and what its file looked like.
SEEN = np.dtype([("key", "S64"), ("bytes", np.int64), ("changed_ns", np.int64)])


class Look(NamedTuple):
    """What a file looks like without being read."""

    bytes: int
    changed_ns: int

    @classmethod
    def at(cls, file: Path) -> Look | None:
        """Of a file; None where it is not there."""
        try:
            found = file.stat()
        except OSError:
            return None
        return cls(found.st_size, found.st_mtime_ns)


def part_file(folder: Path, block: int) -> Path:
    """Where the part of a block stands."""
    return folder / "parts" / f"{block:06d}.parquet"


def seen_file(folder: Path, block: int) -> Path:
    """Where it stands what was seen of the files of a block."""
    return folder / "seen" / f"{block:06d}.npy"


def write_seen(folder: Path, block: int, store: Store, keys: Sequence[str]) -> None:
    """Write down what the files of a block look like. Raises OutputError."""
    seen = np.zeros(len(keys), SEEN)
    for row, key in enumerate(keys):
        look = Look.at(store.file(key)) if key else None
        seen[row] = (key.encode(), *(look or (0, 0)))
    stream = io.BytesIO()
    np.save(stream, seen)
    write_durably(seen_file(folder, block), stream.getvalue())


def read_seen(folder: Path, block: int, runs: int) -> NDArray[np.void] | None:
    """What was seen of the files of a block of so many runs; None where that is not there, or not whole."""
    try:
        seen = np.load(seen_file(folder, block), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return seen if seen.dtype == SEEN and len(seen) == runs else None


def looks_done(folder: Path, block: int, seen: NDArray[np.void], store: Store, kinds: Sequence[str]) -> bool:
    """Whether the part of a block is whole, and its runs' files look as they did."""
    try:
        if not is_whole(part_file(folder, block).read_bytes()):
            return False
    except OSError:
        return False
    for key, *look in seen.tolist():
        name = key.decode()
        if name and Look.at(store.file(name)) != tuple(look):
            return False
        if name and not all(store.file(name, kind).exists() for kind in kinds):
            return False
    return True
