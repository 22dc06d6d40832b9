"""Whether a sweep that was finished still is, found out without loading a park, a catalog or the engine.

A start of a finished sweep has nothing to do but to see that nothing has changed: neither what was asked, nor any file
that it is made of, nor the files of its runs. Where in doubt, the long way is gone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.bundled import bundled
from twin.errors import InputError
from twin.files import write_text
from twin.sweeps.seen import BLOCK, looks_done, read_seen
from twin.sweeps.sources import code_hash, hash_of
from twin.sweeps.store import Store
from twin.versions import versions

if TYPE_CHECKING:
    from twin.sweeps.sweeping import Ready

_FILE = "made-of.json"

#: Files of a sweep's folder that stay as they are once it is finished.
_WRITTEN = ("sweep.json", "plan.parquet", "progress.json")

_NAME = re.compile(r"^name:\s*['\"]?([A-Za-z0-9_\-]{1,80})['\"]?\s*(?:#.*)?$", re.MULTILINE)


def remember(ready: Ready, design: Path, asked: Mapping[str, Any]) -> None:
    """Write down which files a finished sweep is made of, and what was asked."""
    read, bases = ready.plan.design, ready.plan.varied.bases
    places = [*read.positions.values()]
    for base in (bases.first, *bases.named.values()):
        places += base.positions.values()
    named = {re.sub(r":\d+:\d+$", "", place) for place in places}
    files = {str(file.resolve()) for name in named if Path(name).is_file() for file in _with_bases(Path(name))}
    park = Path(bases.first.park)
    folders = [park if park.is_dir() else bundled("data") / bases.first.park, bundled("data") / "catalog"]
    read_whole = [str(folder.resolve()) for folder in folders]
    files |= {*map(str, ready.own), str(design.resolve()), *_files_in(read_whole)}
    files |= {str((ready.folder / name).resolve()) for name in _WRITTEN}
    ordered = sorted(files)
    said = {
        "asked": dict(asked),
        "design": str(design.resolve()),
        "from": str(Path.cwd()),
        "folders": read_whole,
        "files": ordered,
        "sha256": hash_of(ordered),
        "code_sha256": code_hash(),
        "versions": versions(),
    }
    with suppress(OSError):  # the disk is full: the next start takes the long way
        write_text(ready.folder / _FILE, json.dumps(said, ensure_ascii=False, indent=1) + "\n")


def still_done(design: Path, out: Path | None, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a sweep of this design that is finished and unchanged came to, None where that is not certain."""
    try:
        return _still_done(design, out, asked)
    except (AttributeError, LookupError, OSError, TypeError, ValueError):  # not there, or damaged
        return None


def _still_done(design: Path, out: Path | None, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same. Raises what reading a damaged file raises."""
    named = _NAME.findall(design.read_text(encoding="utf-8"))
    folder = out or Path("out") / named[0]
    said = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    manifest = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    here = {"asked": dict(asked), "design": str(design.resolve()), "from": str(Path.cwd()), "code_sha256": code_hash()}
    if any(said[name] != now for name, now in here.items()) or said["versions"] != versions():
        return None
    if said["sha256"] != hash_of(said["files"]) or not _files_in(said["folders"]) <= set(said["files"]):
        return None
    if any((folder / "failures").glob("*.json")):
        return None
    store, runs = Store(Path(manifest["store"])), int(manifest["runs"])
    kinds = ("", "events", "firms") if manifest["design"]["keep_events"] else ("",)
    for block in range(-(-runs // BLOCK)):
        seen = read_seen(folder, block, min(BLOCK, runs - block * BLOCK))
        if seen is None or not looks_done(folder, block, seen, store, kinds):
            return None
    came_to = {"total": runs, "done": runs, "failed": 0, "found": runs, "died": 0, "ended": "done"}
    return came_to | {"folder": str(folder), "store": manifest["store"], "failures": []}


def _with_bases(file: Path) -> list[Path]:
    """A file and, where it is a scenario that extends others, those, whether or not anything of them is left in it.

    Where one may stand in two places, both are there, for a file that is new in the first is read instead.
    """
    from twin.documents import read_document

    if file.suffix not in {".yaml", ".yml"}:
        return [file]
    found = [file]
    for each in found:
        base = read_document(each, InputError, "a scenario")[0].get("extends") if each.is_file() else None
        if isinstance(base, str):
            places = (each.parent / f"{base}.yaml", bundled("scenarios") / f"{base}.yaml")
            found += [place for place in places if place not in found]
    return found


def _files_in(folders: Iterable[str]) -> set[str]:
    """All files of folders, at any depth."""
    return {str(file.resolve()) for folder in folders for file in Path(folder).rglob("*") if file.is_file()}
