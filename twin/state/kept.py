"""Parts of a preparation that are kept for the next one: scenarios on one park have most of it in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from twin.catalog import Catalog

Part = TypeVar("Part")

#: The key of a value of a catalog: quantity and scope.
Key = tuple[str, str]


class _Asked(Mapping[Key, float]):
    """Values of a catalog that remember which of them were asked for, those that are not there among them."""

    def __init__(self, values: Mapping[Key, float]) -> None:
        self._values = values
        self.answers: dict[Key, float | None] = {}
        self.all = False  #: whether it was asked which there are

    def __getitem__(self, key: Key) -> float:
        self.answers[key] = self._values.get(key)
        return self._values[key]

    def __iter__(self) -> Iterator[Key]:
        self.all = True
        return iter(self._values)

    def __len__(self) -> int:
        self.all = True
        return len(self._values)


@dataclass(frozen=True)
class _Held:
    """A part, and what it was made of beside the park, the span of the run and the catalog's tables."""

    part: Any
    of: tuple[Any, ...]  #: other parts
    answers: Mapping[Key, float | None]  #: what the values that were asked for were
    values: Mapping[Key, float] | None  #: all of them, where it was asked which there are

    def is_of(self, of: tuple[Any, ...], values: Mapping[Key, float]) -> bool:
        """Whether it would be made of the same now."""
        return (
            len(of) == len(self.of)
            and all(one is other for one, other in zip(of, self.of, strict=True))
            and all(values.get(key) == value for key, value in self.answers.items())
            and (self.values is None or dict(self.values) == dict(values))
        )


class Kept:
    """Parts by name, for one park, one span of time and one catalog's tables: no part is ever written to.

    What a part is made of is not declared but observed: a part is made anew when a value of the catalog that was asked
    for in making it is another one, or a part that it was made of.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def part(self, name: str, catalog: Catalog, make: Callable[[Catalog], Part], *of: object) -> Part:
        """A part as `make` makes it of a catalog and of other parts `of`, or as it was made before."""
        held = self._held.get(name)
        if held is None or not held.is_of(of, catalog.values):
            asked = _Asked(catalog.values)
            part = make(replace(catalog, values=asked))
            held = _Held(part, of, asked.answers, catalog.values if asked.all else None)
            self._held[name] = held
        return cast(Part, held.part)
