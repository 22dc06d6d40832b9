"""Where processes come from besides those that come along: a file that a person names, an installed package."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable, Iterable
from importlib.machinery import SourceFileLoader
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from twin.catalog import nearest
from twin.errors import Fault, ScenarioError, TwinError
from twin.named.registry import PROCESSES, Registered, forget, origin_of

#: The entry points by which packages offer processes, each under the name of its process.
GROUP = "twin.processes"


def find(name: str, where: str) -> Registered:
    """The process of a name; an installed package that offers it is loaded first. Raises ScenarioError."""
    if name in PROCESSES:
        return PROCESSES[name]
    offered = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in offered:
        cure = f"{nearest(name, [*PROCESSES, *offered])}; or --processes FILE.py, where it is your own"
        raise ScenarioError([Fault(where, f"unknown process {name!r}", cure)])
    try:
        offered[name].load()
    except Exception as error:
        what = f"process {name!r} of {offered[name].value}: {type(error).__name__}: {error}"
        raise ScenarioError([Fault(where, what, "the package mended, or another process")]) from error
    if name not in PROCESSES:
        what = f"{offered[name].value} registers no process {name!r}"
        raise ScenarioError([Fault(where, what, "a function of that name under @twin.process")])
    return PROCESSES[name]


def load_file(file: Path) -> list[str]:
    """Run a Python file that registers processes; returns their names. Raises ScenarioError with its line."""
    place = file.resolve()
    if not place.is_file() or place.suffix != ".py":
        raise ScenarioError([Fault(str(file), "no such file", "a Python file with functions under @twin.process")])
    name = f"own processes in {place}".replace(".", "_")
    forget(name)
    try:
        _run(name, place)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever the file does wrong is told
        forget(name)
        sys.modules.pop(name, None)
        if isinstance(error, SyntaxError):
            where = f"{file}:{error.lineno}" if error.lineno is not None else str(file)
            raise _refused(where, f"not valid Python: {error.msg}") from None
        where, _, what = origin_of(error, str(place)).removeprefix(str(place)).partition(": ")
        told = str(error) if isinstance(error, TwinError) else what
        raise _refused(f"{file}{where}", " ".join(told.split())) from None
    found = [known.name for known in PROCESSES.values() if known.function.__module__ == name]
    if not found:
        raise ScenarioError([Fault(str(file), "registers no process", "a function under @twin.process")])
    return found


def hashes_of(names: Iterable[str]) -> dict[str, str]:
    """By process, the SHA-256 of the file it stands in. Raises ScenarioError where there is no such process."""
    return {name: _hash(find(name, "processes").function) for name in sorted(set(names))}


def _run(name: str, place: Path) -> None:
    """Run a file as a module of a name."""
    loader = SourceFileLoader(name, str(place))
    module = sys.modules[name] = ModuleType(name)  # where dataclasses look for it
    module.__file__ = str(place)
    loader.exec_module(module)


def _refused(where: str, what: str) -> ScenarioError:
    return ScenarioError([Fault(where, what, "correct the file")])


def _hash(function: Callable[..., Any]) -> str:
    """Hash of the file of a function; of itself where it is in none, as in a notebook."""
    file = Path(inspect.getfile(function))
    source = file.read_bytes() if file.is_file() else inspect.getsource(function).encode()
    return hashlib.sha256(source).hexdigest()
