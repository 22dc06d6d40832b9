"""Which blocks of a sweep are done: what was seen of the files of their runs when the last of them was.

As long as the files look the same, by size and date, the block is known to be done without reading or naming a run.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.sweeps.store import Store, is_whole, write_durably

#: Runs of a block.
BLOCK = 256

#: Of each run of a block: its name in the store, "" of one that failed, and what its files looked like: how many bytes
#: they are together, and the sum of the moments when they were written, which changes with any of them.
SEEN = np.dtype([("key", "S64"), ("bytes", np.int64), ("changed_ns", np.int64)])


#: Bytes of the hash behind what was seen.
_HASH = hashlib.sha256().digest_size


class Look(NamedTuple):
    """What the files of a run look like without being read."""

    bytes: int
    changed_ns: int

    @classmethod
    def at(cls, files: Sequence[Path]) -> Look | None:
        """Of files; None where one is not there."""
        try:
            found = [file.stat() for file in files]
        except OSError:
            return None
        return cls(sum(one.st_size for one in found), sum(one.st_mtime_ns for one in found))


def part_file(folder: Path, block: int) -> Path:
    """Where the part of a block stands."""
    return folder / "parts" / f"{block:06d}.parquet"


def seen_file(folder: Path, block: int) -> Path:
    """Where it stands what was seen of the files of a block."""
    return folder / "seen" / f"{block:06d}.npy"


def failure_file(folder: Path, number: int) -> Path:
    """Where it stands why a run failed."""
    return folder / "failures" / f"{number:08d}.json"


def write_seen(folder: Path, block: int, store: Store, keys: Sequence[str], kinds: Sequence[str]) -> None:
    """Write down what the files of a block look like. Raises OutputError."""
    seen = np.zeros(len(keys), SEEN)
    for row, key in enumerate(keys):
        look = Look.at([store.file(key, kind) for kind in kinds]) if key else None
        seen[row] = (key.encode(), *(look or (0, 0)))
    write_durably(seen_file(folder, block), as_bytes(seen))


def as_bytes(seen: NDArray[np.void]) -> bytes:
    """What was seen as it is kept: with the hash of it behind."""
    stream = io.BytesIO()
    np.save(stream, seen)
    content = stream.getvalue()
    return content + hashlib.sha256(content).digest()


def read_seen(folder: Path, block: int, runs: int) -> NDArray[np.void] | None:
    """What was seen of the files of a block of so many runs; None where that is not there, or not whole."""
    try:
        content = seen_file(folder, block).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content[:-_HASH]).digest() != content[-_HASH:]:
        return None
    seen: NDArray[np.void] = np.load(io.BytesIO(content[:-_HASH]), allow_pickle=False)
    return seen if seen.dtype == SEEN and len(seen) == runs else None


def looks_done(folder: Path, block: int, seen: NDArray[np.void], store: Store, kinds: Sequence[str]) -> bool:
    """Whether the part of a block is whole, its runs' files look as they did, and it is told why others failed."""
    try:
        if not is_whole(part_file(folder, block).read_bytes()):
            return False
    except OSError:
        return False
    for number, (key, *look) in enumerate(seen.tolist(), block * BLOCK):
        name = key.decode()
        if not name and not failure_file(folder, number).exists():
            return False
        if name and Look.at([store.file(name, kind) for kind in kinds]) != tuple(look):
            return False
    return True
