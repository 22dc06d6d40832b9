"""A store of runs: one Parquet file for each, named by all that the run hangs on, whole or not there at all.

A file carries the hash of its own bytes, so that one that was cut short or in which a bit has flipped is known for what
it is, and its run is done again. It is written under a hidden name, brought to the disk, and then renamed. Who is about
to do a run claims it by a lock on one byte of a file, which the system gives back when its process ends, however it
ends: sweeps that share a store do no run twice, and nothing has to be tidied up after one that was killed.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.errors import Fault, OutputError

if TYPE_CHECKING:
    import pyarrow as pa

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: two sweeps at once may do a run twice, with the same result
    fcntl = None

#: Where a file says the hash of its bytes, which are taken with zeros in its place.
_MARK = b"twin_sha256="
_EMPTY = b"0" * 64

#: The first bytes of a file's name that make its folder.
_FOLDER = 2

#: The byte of the file of claims by which a sweep says that it is at work; claims of runs lie behind it.
_AT_WORK = 0
_CLAIMS = 60  #: bits of a run's name that make the place of its claim

#: How often it is looked whether another has let go of a folder.
_POLLED_S = 0.05


def file_bytes(row_groups: Sequence[pa.Table], *, findable: Sequence[str] = ()) -> bytes:
    """A Parquet file of some row groups, with the hash of its bytes in it; the same tables give the same bytes.

    Of `findable` columns the range in each row group is told, so that readers may pass over those they do not want.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink, schema = pa.BufferOutputStream(), row_groups[0].schema
    # columns that say of what a value is are a few words over and over; of measured values the bytes of like weight lie
    # together (Parquet's BYTE_STREAM_SPLIT), by which LZ4 makes them as small as Zstandard does, in less time
    measured = {_path(field): pa.types.is_floating(_kind(field)) for field in schema}
    with pq.ParquetWriter(
        sink,
        schema,
        compression="lz4",
        column_encoding={path: "BYTE_STREAM_SPLIT" for path, floats in measured.items() if floats} or None,
        use_dictionary=[path for path, floats in measured.items() if not floats],
        write_statistics=list(findable) or False,  # of all columns they would take as long as the rest
        store_schema=False,
    ) as writer:
        for table in row_groups:
            writer.write_table(table, row_group_size=max(len(table), 1))
        writer.add_key_value_metadata({"checked": (_MARK + _EMPTY).decode()})
    content = bytearray(sink.getvalue().to_pybytes())
    place = content.rindex(_MARK) + len(_MARK)
    content[place : place + len(_EMPTY)] = hashlib.sha256(content).hexdigest().encode()
    return bytes(content)


def _kind(field: pa.Field) -> pa.DataType:
    """The type of what is in a column, in the lists of it where it holds lists."""
    import pyarrow as pa

    return field.type.value_type if pa.types.is_list(field.type) else field.type


def _path(field: pa.Field) -> str:
    """What Parquet calls a column."""
    return field.name if _kind(field) is field.type else f"{field.name}.list.element"


def is_whole(content: bytes) -> bool:
    """Whether the bytes of a file are those that its hash was taken of."""
    place = content.rfind(_MARK) + len(_MARK)
    said = content[place : place + len(_EMPTY)]
    if place < len(_MARK) or len(said) < len(_EMPTY):
        return False
    digest = hashlib.sha256(content[:place])
    digest.update(_EMPTY)
    digest.update(content[place + len(_EMPTY) :])
    return digest.hexdigest().encode() == said


def write_durably(file: Path, content: bytes) -> None:
    """Write a file whole and on the disk, or not at all. Raises OutputError."""
    hidden = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with hidden.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        hidden.replace(file)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        cure = "room on the disk, or another --store, then the same command again: what is done stays done"
        raise OutputError([Fault(str(file), what, cure)]) from None
    finally:  # Ctrl-C leaves nothing half-written either
        with suppress(OSError):
            hidden.unlink(missing_ok=True)


class Store:
    """The runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._claims = -1
        self._held: set[int] = set()

    def file(self, key: str, kind: str = "") -> Path:
        """Where a run is kept; its `events` and `firms` beside it."""
        return self.folder / key[:_FOLDER] / f"{key}{'.' + kind if kind else ''}.parquet"

    def read(self, key: str, kinds: Sequence[str] = ("",)) -> bytes | None:
        """The bytes of a run, the first of its kinds, None where one is not there, or not whole: that is removed."""
        contents = []
        for file in (self.file(key, kind) for kind in kinds):
            try:
                contents.append(file.read_bytes())
            except FileNotFoundError:
                return None
            if not is_whole(contents[-1]):
                file.unlink(missing_ok=True)
                return None
        return contents[0]

    def holds(self, key: str, kinds: Sequence[str] = ("",)) -> bool:
        """Whether a run is there, whole or not."""
        return all(self.file(key, kind).exists() for kind in kinds)

    def put(self, key: str, content: bytes, kind: str = "") -> None:
        """Keep a run. Raises OutputError."""
        write_durably(self.file(key, kind), content)

    def claim(self, key: str) -> bool:
        """Whether nobody else is doing a run, and nobody will until it is released."""
        place = _place(key)
        if fcntl is None or place in self._held:
            return True
        try:
            fcntl.lockf(self._open(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):  # another's
            return False
        except OSError:  # a file system without locks: as on Windows
            return True
        self._held.add(place)
        return True

    def release(self, key: str) -> None:
        """Let others do a run, or find it done."""
        place = _place(key)
        if place in self._held:
            self._held.discard(place)
            fcntl.lockf(self._open(), fcntl.LOCK_UN, 1, place)

    @contextmanager
    def at_work(self, folder: Path | None = None) -> Iterator[None]:
        """While a sweep writes to the store and its folder; beforehand, what killed ones left half-written is removed.

        Nobody else begins to write as long as that takes, for it might be removed too. Raises OutputError.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            what = f"cannot be written: {error.strerror}"
            raise OutputError([Fault(str(self.folder), what, "another --store")]) from None
        with suppress(OSError):  # a file system without locks, or where nobody may remove what is another's
            if self._alone():
                for place in (self.folder, *([folder] if folder is not None else [])):
                    for left in (*place.glob(".*.part"), *place.glob("*/.*.part")):
                        left.unlink(missing_ok=True)
            if fcntl is not None:
                fcntl.lockf(self._claims, fcntl.LOCK_SH, 1, _AT_WORK)
        try:
            yield
        finally:
            os.close(self._claims)
            self._claims, self._held = -1, set()

    @contextmanager
    def alone_with(self, folder: Path) -> Iterator[None]:
        """While nobody else who shares the store is alone with a folder."""
        key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()
        while not self.claim(key):
            time.sleep(_POLLED_S)
        try:
            yield
        finally:
            self.release(key)

    def busy(self) -> bool:
        """Whether another process is writing to the store."""
        if fcntl is None or not (self.folder / ".claims").exists():
            return False
        if not self._alone():
            return True
        fcntl.lockf(self._open(), fcntl.LOCK_UN, 1, _AT_WORK)
        return False

    def _alone(self) -> bool:
        """Whether no other process is writing to the store; then none begins to either."""
        if fcntl is None:
            return True
        try:
            fcntl.lockf(self._open(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _AT_WORK)
        except OSError:
            return False
        return True

    def _open(self) -> int:
        """The file of claims, opened once: closing any handle of it would give back all claims of the process."""
        if self._claims < 0:
            self._claims = os.open(self.folder / ".claims", os.O_RDWR | os.O_CREAT, 0o666)
        return self._claims


def _place(key: str) -> int:
    """The byte that stands for a run."""
    return 1 + (int(key[:16], 16) & ((1 << _CLAIMS) - 1))
