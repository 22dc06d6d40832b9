"""What a sweep varies: factors, blocks of points, and the design that crosses them, as objects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
)

from twin.documents import Placed
from twin.scenario import Pull

_STRICT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

Number = Annotated[float, Field(strict=True)]

T = TypeVar("T")


def _some(said: tuple[T, ...]) -> tuple[T, ...]:
    """A list, which may not be empty; said after its items, so that of a wrong item nothing more is said."""
    if not said:
        raise ValueError("nothing in it; at least one")
    return said


def _number_or_name(said: Any) -> float | str:
    """A value in a point of a list."""
    if isinstance(said, str):
        return said
    try:
        number = math.nan if isinstance(said, bool) else float(said)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("no value of a factor; a finite number, or a name")
    return number


Some = Annotated[tuple[T, ...], AfterValidator(_some)]
Value = Annotated[float | str, PlainValidator(_number_or_name)]

#: How points are laid out.
Kind = Literal["grid", "list", "zip", "lhs", "sobol", "morris", "saltelli"]

#: Those that lay points into the ranges of their factors by themselves.
SAMPLED = ("lhs", "sobol", "morris", "saltelli")


class _Factor(BaseModel):
    """What all factors say."""

    model_config = _STRICT

    name: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_.@\-]{0,79}$")
    """The name of its column; by default what it varies."""

    _what = ""

    @property
    def label(self) -> str:
        """The name of its column."""
        return self.name or str(getattr(self, self._what))


class _Ranged(_Factor):
    """A factor that is a number."""

    values: Some[Number] | None = None
    """The values it takes; or `low` and `high`."""
    low: Number | None = None
    high: Number | None = None
    steps: int | None = Field(default=None, ge=2, le=1_000_000, strict=True)
    """Of a grid or zip: into so many values the range from low to high is divided."""
    scale: Literal["linear", "log"] = "linear"
    """Whether values lie evenly, or their logarithms do."""


class ParameterFactor(_Ranged):
    """A catalog parameter that takes several values."""

    parameter: str
    """`quantity` or `quantity.scope`, as in a scenario; its range is that of its catalog row where none is given."""
    by: Literal["value", "times", "span"] | None = None
    """What the numbers are: the value; times the value in force; or span, how far from low (0) to high (1) of its rows.
    By default the value, and where the quantity has several rows and no scope is named, span."""

    _what = "parameter"


class LeverFactor(Pull, _Ranged):
    """A lever that is pulled so far, or so far."""

    _what = "lever"


class SettingFactor(_Factor):
    """A reading of the documents, one way or another."""

    setting: str
    values: Some[str] | None = None
    """Some of its readings; by default all."""

    _what = "setting"


class ScenarioFactor(_Factor):
    """One scenario or another, by the names of shipped ones or their files."""

    scenarios: Some[str]

    @property
    def label(self) -> str:
        """The name of its column."""
        return self.name or "scenario"


FACTORS: Mapping[str, type[_Factor]] = {
    "parameter": ParameterFactor,
    "lever": LeverFactor,
    "setting": SettingFactor,
    "scenarios": ScenarioFactor,
}


def _which(said: Any) -> str:
    """Which factor it is that is said."""
    if isinstance(said, Mapping):
        return next((key for key in FACTORS if key in said), "none")
    return next((key for key, kind in FACTORS.items() if isinstance(said, kind)), "none")


Factor = Annotated[
    Annotated[ParameterFactor, Tag("parameter")]
    | Annotated[LeverFactor, Tag("lever")]
    | Annotated[SettingFactor, Tag("setting")]
    | Annotated[ScenarioFactor, Tag("scenarios")],
    Discriminator(_which),
]


class Block(BaseModel):
    """Points over some factors."""

    model_config = _STRICT

    design: Kind
    """grid (every combination), zip (values in step), list (`points`), lhs (Latin hypercube), sobol (a sequence that
    fills the ranges evenly), morris (trajectories for screening), saltelli (for Sobol indices)."""
    vary: Some[Factor]
    n: int | None = Field(default=None, ge=1, le=100_000_000, strict=True)
    """How many points of lhs and sobol, trajectories of morris, rows of saltelli's two samples."""
    design_seed: int = Field(default=1, ge=0, le=2**32 - 1, strict=True)
    """Which sample; the luck of runs is the scenario's seed."""
    levels: int = Field(default=4, ge=2, le=64, strict=True)
    """Of morris: into how many levels a range is divided, an even number."""
    points: tuple[dict[str, Value], ...] = ()
    """Of a list: the points, as tables of factor: value."""


class Design(Block, Placed):
    """A sweep: its points, how often each is run, and from which scenario."""

    name: str = Field(pattern=r"^[A-Za-z0-9_\-]{1,80}$")
    """Short name: letters, digits, - and _."""
    title_zh: str = ""
    title_en: str = ""
    question: str = ""
    """The planner's question it answers."""
    scenario: str = "baseline"
    """What every point goes on from: name of a shipped scenario, or a file beside the design."""
    changes: dict[str, Any] = {}
    """What is set otherwise in it, as `--set` does: `end: 2030Q4`, `parameters.quantity: 1.5`."""
    replications: int = Field(default=4, ge=1, le=100_000, strict=True)
    """How often each point is run; all points meet the same luck."""
    cross: tuple[Block, ...] = ()
    """Further blocks; every point of each meets every point of the others."""
    keep_events: bool = False
    """Whether the event log and the table of firms of each run are kept, some 2 MB a run."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Its own block and those it is crossed with."""
        return (self, *self.cross)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The factors of all blocks, in order."""
        return tuple(factor for block in self.blocks for factor in block.vary)
