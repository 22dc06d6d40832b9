"""What is raised on purpose. Everything else that escapes is a fault of the program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    """One thing wrong with an input."""

    where: str  #: file:line:column, or file, layer and row
    what: str  #: the offending value and what is wrong with it
    cure: str  #: what would be right

    def __str__(self) -> str:
        """One line: where, what, cure."""
        told = f"{self.where}: {_short(self.what)}"
        return f"{told}; {self.cure}" if self.cure else told


#: So many characters of what is wrong are told, as a value may be as long as its file.
LONGEST = 500


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


#: So many faults are told; the rest are counted.
MOST_TOLD = 40


class TwinError(ValueError):
    """Base of all errors that a caller is meant to read."""


class InputError(TwinError):
    """An input is not usable; carries every fault found in it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        told = [str(fault) for fault in self.faults[:MOST_TOLD]]
        if len(self.faults) > MOST_TOLD:
            told.append(f"and {len(self.faults) - MOST_TOLD} more faults")
        super().__init__("\n".join(told))


class CatalogError(InputError):
    """The reference tables are not consistent."""


class ParkError(InputError):
    """A park cannot be read or is not consistent."""


class EditError(InputError):
    """An edit cannot be read, breaks a rule or conflicts with another."""


class ScenarioError(InputError):
    """A scenario cannot be read or asks for something that does not exist."""


class GoalError(InputError):
    """A goal cannot be sought: what is asked, the allowed range or the budget is not usable."""


class ManifestError(InputError):
    """A run cannot be replayed: its manifest, or what it names, is not what it was."""


class OutputError(InputError):
    """What is to be written cannot be written where it is asked for."""


class AnalysisError(InputError):
    """What is asked of many runs does not fit them."""


class RenderUnavailable(TwinError):  # noqa: N818  # says what is, as StopIteration does
    """There is no usable OpenGL on this machine."""
