"""YAML documents read strictly: YAML 1.2, plain values only, and where in the file each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, PrivateAttr
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarbool import ScalarBoolean

from twin.errors import Fault, InputError

#: The way to a value: keys of tables and numbers in lists, from the top.
Steps = tuple[str | int, ...]
#: Where values stand, as file:line:column.
Positions = Mapping[Steps, str]
Places = dict[Steps, str]


class Placed(BaseModel):
    """What a document says, knowing where in its file each part stands."""

    _positions: Positions = PrivateAttr(default_factory=dict)

    @property
    def positions(self) -> Positions:
        """Where in its file each of its parts stands."""
        return self._positions

    def place(self, *path: str | int) -> str:
        """Where something stands in its file, as file:line:column; its path where there is no file."""
        found = (self._positions[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self._positions)
        return next(found, ".".join(str(part) for part in path))

    def placed(self, positions: Positions) -> Self:
        """The same, knowing where each part stands."""
        self._positions = dict(positions)
        return self


#: Larger files are refused unread.
LARGEST_BYTES = 1_000_000

#: A document with more values than this, aliases written out, or more levels, is refused.
MOST_NODES = 100_000
MOST_LEVELS = 10

#: Each value but the first stands behind one of these: counted, as to parse so many takes some ten seconds.
_MARKS = (",", "\n", "[", "{")


def read_document(file: Path, error: type[InputError], wanted: str) -> tuple[dict[str, Any], Places]:
    """A YAML file, which has to be a table, as plain values, and where each stands.

    Every fault is raised as an `error`; `wanted` says what a file of the kind holds.
    """
    content, positions = read_list_or_table(file, error, wanted)
    if not isinstance(content, dict):
        raise error([Fault(str(file), "no table of keys and values", wanted)])
    return content, positions


def read_list_or_table(file: Path, error: type[InputError], wanted: str) -> tuple[Any, Places]:
    """The same of a YAML file that may be a list, too."""
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise error([Fault(str(file), f"larger than {LARGEST_BYTES} bytes", "a smaller file")])
        text = file.read_text(encoding="utf-8")
        if sum(map(text.count, _MARKS)) > MOST_NODES:
            raise error([Fault(str(file), f"more than {MOST_NODES} values", "a smaller file")])
        content = YAML(typ="rt").load(text)
    except OSError as problem:
        raise error([Fault(str(file), f"cannot be read: {problem.strerror}", "the path of a file")]) from None
    except MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise error([Fault(where, f"not valid YAML: {problem.problem}", "correct the line")]) from None
    except ReaderError as problem:
        what = f"not valid YAML: the character {chr(problem.character)!r}"
        raise error([Fault(_place(file, problem.position), what, "the line without it")]) from None
    except InputError:
        raise
    except (YAMLError, RecursionError, ValueError, AttributeError, TypeError) as problem:
        # the last two: what the parser meets in a mapping merged into itself
        told = " ".join(str(problem).split())
        raise error([Fault(str(file), f"not valid YAML: {told}", "a YAML 1.2 file in UTF-8")]) from None
    if not isinstance(content, CommentedMap | CommentedSeq):
        raise error([Fault(str(file), "no table of keys and values", wanted)])
    positions: Places = {(): str(file)}
    return _Reader(file, positions, error).plain(content, (), frozenset()), positions


def _place(file: Path, position: int) -> str:
    """The place of the character at a position of a text file."""
    before = file.read_text(encoding="utf-8")[:position]
    return f"{file}:{before.count(chr(10)) + 1}:{position - before.rfind(chr(10))}"


def read_value(text: str, where: str, error: type[InputError]) -> Any:
    """A single YAML value, as written on the command line."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError, ValueError) as problem:
        told = getattr(problem, "problem", None) or " ".join(str(problem).split())
        raise error([Fault(where, f"not valid YAML: {told}", "a plain value")]) from None


class _Reader:
    """Takes a parsed file apart; anything but tables, lists and plain scalars is refused."""

    def __init__(self, file: Path, positions: Places, error: type[InputError]) -> None:
        self.file, self.positions, self.error = file, positions, error

    def plain(self, node: Any, path: Steps, above: frozenset[int]) -> Any:
        """A node as plain Python values."""
        if isinstance(node, CommentedMap | CommentedSeq):
            self._check_branch(node, path, above)
            above = above | {id(node)}
        if isinstance(node, CommentedMap):
            for key in node:
                line, column = node.lc.key(key)
                self.positions[(*path, str(key))] = f"{self.file}:{line + 1}:{column + 1}"
            if len({str(key) for key in node}) < len(node):
                self._refuse(path, "a key twice, in other words", "each key once")
            return {str(key): self.plain(value, (*path, str(key)), above) for key, value in node.items()}
        if isinstance(node, CommentedSeq):
            for n in range(len(node)):
                line, column = node.lc.item(n)
                self.positions[(*path, n)] = f"{self.file}:{line + 1}:{column + 1}"
            return [self.plain(value, (*path, n), above) for n, value in enumerate(node)]
        return self._scalar(node, path)

    def _check_branch(self, node: Any, path: Steps, above: frozenset[int]) -> None:
        if id(node) in above or len(path) > MOST_LEVELS or len(self.positions) > MOST_NODES:
            cure = f"at most {MOST_LEVELS} levels and {MOST_NODES} values"
            self._refuse(path, "nested too deeply or too large", cure)
        if node.tag.value is not None or getattr(node, "merge", None):
            what = f"a tag {node.tag.value}" if node.tag.value is not None else "a merge key <<"
            self._refuse(path, what, "plain lists and tables")
        if type(node) not in {CommentedMap, CommentedSeq}:
            self._refuse(path, f"a value of type {type(node).__name__}", "plain lists and tables")

    def _scalar(self, node: Any, path: Steps) -> str | float | bool | None:
        """A plain scalar without what the parser attached to it."""
        if node is None or isinstance(node, bool):
            return node
        for plain, marked in ((bool, ScalarBoolean), (int, int), (float, float), (str, str)):
            if isinstance(node, marked):
                return plain(node)
        return self._refuse(path, f"a value of type {type(node).__name__}", "text, a number, true or false")

    def _refuse(self, path: Steps, what: str, cure: str) -> Any:
        raise self.error([Fault(self.positions.get(path, str(self.file)), what, cure)])
