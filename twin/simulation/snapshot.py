"""A run as it stands at the beginning of a quarter: kept, written to a folder, read again."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import ValidationError

from twin.engine.arrays import Panel, State
from twin.engine.environment import Later
from twin.engine.kinds import Kind
from twin.engine.rules.linkage import recover
from twin.engine.rules.people import graduate
from twin.errors import Fault, ManifestError
from twin.processes.notes import Notes
from twin.record import read_manifest, write_json, written_whole
from twin.scenario import Scenario
from twin.simulation.manifests import scenario_of
from twin.state import copy_of
from twin.units import Quarter

#: The rules that may be put off to a later date, by name.
PUT_OFF: dict[str, Any] = {"graduate": graduate, "recover": recover}

#: The file of arrays in the folder of a snapshot.
ARRAYS = "arrays.zlib"


@dataclass(frozen=True)
class Snapshot:
    """A run after the count of the quarter that ended last, and before anything else of that instant."""

    scenario: Scenario  #: under which it has lived until then
    at: str  #: the quarter that begins
    replication: int
    events: bool  #: whether it has an event log
    state: State
    panel: Panel  #: filled for the quarters that are over
    notes: Notes
    later: tuple[Later, ...]
    park_sha256: str  #: of the park before the scenario's settings and edits
    catalog_sha256: str
    engine_sha256: str
    processes: tuple[str, ...] = ()  #: names of the user's own that were at work
    named_processes: dict[str, str] = field(default_factory=dict)  #: by process of the scenario, the hash of its file

    @property
    def years(self) -> float:
        """Its date, in years since the start."""
        return Quarter.parse(self.at).years_since(Quarter.parse(self.scenario.start))

    def own_state(self) -> State:
        """A copy of the park in motion, which may be changed."""
        return copy_of(self.state, replication=self.replication)

    def save(self, folder: str | Path) -> Path:
        """Write it to a folder, whole or not at all. Raises OutputError."""
        arrays: list[np.ndarray[Any, Any]] = []
        held = {"state": _packed(self.state, arrays), "panel": _packed(self.panel, arrays)}
        later = [[one.time, int(one.kind), one.who, one.rule.__name__, list(one.args)] for one in self.later]
        content = {
            "kind": "snapshot",
            "scenario": self.scenario.model_dump(),
            **{name: getattr(self, name) for name in ("at", "replication", "events")},
            **{name: getattr(self, name) for name in ("park_sha256", "catalog_sha256", "engine_sha256")},
            "processes": list(self.processes),
            "named_processes": self.named_processes,
            "notes": _packed(self.notes, arrays),
            "later": later,
            **held,
        }
        content["arrays"] = [[array.dtype.str, list(array.shape)] for array in arrays]
        stored = _joined(arrays)
        content["sha256"] = _sha256(content, stored)
        with written_whole(Path(folder)) as place:
            (place / ARRAYS).write_bytes(stored)
            write_json(content, place / "manifest.json")
        return Path(folder)


def load_snapshot(folder: str | Path) -> Snapshot:
    """A saved snapshot. Raises ManifestError where the folder does not hold one, or not as it was written."""
    place = Path(folder)
    content = read_manifest(place)
    if content.get("kind") != "snapshot":
        raise ManifestError([Fault(str(place), "not the folder of a snapshot", "one that a snapshot was saved to")])
    try:
        stored = (place / ARRAYS).read_bytes()
    except OSError as error:
        raise ManifestError([Fault(str(place / ARRAYS), f"cannot be read: {error.strerror}", "")]) from None
    if _sha256(content, stored) != content.get("sha256"):
        raise ManifestError([Fault(str(place), "is not as it was written", "the snapshot taken again")])
    try:
        arrays = _parted(stored, content["arrays"])
        return Snapshot(
            scenario=scenario_of(content),
            **{name: content[name] for name in ("at", "replication", "events")},
            state=_unpacked(State, content["state"], arrays),
            panel=_unpacked(Panel, content["panel"], arrays),
            notes=_unpacked(Notes, content["notes"], arrays),
            later=tuple(
                Later(float(time), Kind(kind), int(who), PUT_OFF[rule], tuple(args))
                for time, kind, who, rule, args in content["later"]
            ),
            **{name: content[name] for name in ("park_sha256", "catalog_sha256", "engine_sha256")},
            processes=tuple(content["processes"]),
            named_processes=content["named_processes"],
        )
    except (KeyError, IndexError, TypeError, ValueError, ValidationError, zlib.error) as error:
        if isinstance(error, ManifestError):
            raise
        raise ManifestError(
            [Fault(str(place), f"cannot be understood: {error!r}", "the snapshot taken again")]
        ) from None


def _sha256(content: Mapping[str, Any], arrays: bytes) -> str:
    """Hash of what a snapshot says, and of its file of arrays."""
    said = {key: value for key, value in content.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    digest.update(arrays)
    return digest.hexdigest()


def _joined(arrays: list[np.ndarray[Any, Any]]) -> bytes:
    """All arrays in one block, compressed little: hundreds of small files take several times as long to read."""
    return zlib.compress(b"".join(array.tobytes() for array in arrays), level=1)


def _parted(block: bytes, kinds: list[Any]) -> list[np.ndarray[Any, Any]]:
    """The arrays of a block, by their types and shapes. Raises ValueError, TypeError or zlib.error for what is none."""
    stored, arrays, begin = zlib.decompress(block), [], 0
    for name, shape in kinds:
        kind, count = np.dtype(str(name)), math.prod(int(length) for length in shape)
        if kind.kind not in "biuf":
            raise ValueError(f"an array of {kind}")
        arrays.append(np.frombuffer(stored, kind, count, begin).reshape(shape))
        begin += count * kind.itemsize
    if begin != len(stored):
        raise ValueError(f"{len(stored)} bytes for {begin}")
    return arrays


def _packed(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    """A tree of records, lists and arrays as plain values; arrays are put aside and named by their number."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if is_dataclass(value):
        return {field.name: _packed(getattr(value, field.name), arrays) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _packed(item, arrays) for name, item in value._asdict().items()}
    if isinstance(value, dict):
        return [[key, _packed(item, arrays)] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [_packed(item, arrays) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _unpacked(kind: Any, value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    """A value of a kind from what `_packed` made of it. Raises one of Python's errors where it is none."""
    origin, inner = get_origin(kind) or kind, get_args(kind)
    if origin is np.ndarray:
        return arrays[value["array"]]
    if is_dataclass(origin) or hasattr(origin, "_fields"):
        hints = get_type_hints(origin)
        return origin(**{name: _unpacked(hints[name], item, arrays) for name, item in value.items()})
    if origin is dict:
        return {_unpacked(inner[0], key, arrays): _unpacked(inner[1], item, arrays) for key, item in value}
    if origin is list:
        return [_unpacked(inner[0], item, arrays) for item in value]
    if origin is tuple:
        return tuple(_unpacked(part, item, arrays) for part, item in zip(inner, value, strict=True))
    return origin(value)
