"""What an edit of a park is: one plain, dated record of a kind. The eleven kinds are the whole algebra.

Records are what YAML files, scenario actions, mappings and rows of frames are read into. Coordinates are in the park's
CRS, in metres; `shape` is a list of [x, y] points, or well-known text where one ring is not enough.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import shapely
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from twin.units import Quarter

_STRICT = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

#: No edit takes effect after this year.
LAST_YEAR = 2200

#: No coordinate of any CRS in metres is larger.
FARTHEST_M = 1e8

#: What an edit, a parcel, a building or a zone may be called.
NAME = r"^[^\s@/\\\"'][^\s@\\\"']{0,79}$"


def _as_wkt(value: Any) -> Any:
    """Points as well-known text: closed ones as a polygon, open ones as a line; text is left to the check."""
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkt(value, rounding_precision=-1)
    if not isinstance(value, list | tuple):
        return value
    try:
        with np.errstate(invalid="ignore"):
            line = shapely.LineString(value)
            closed = line.is_closed and len(line.coords) > len("ABC")
            return (shapely.Polygon(line) if closed else line).wkt
    except (ValueError, TypeError, shapely.errors.ShapelyError):
        raise ValueError("not a list of points; [[x, y], …] in metres of the park's coordinates") from None


def _is_wkt(text: str) -> str:
    try:
        with np.errstate(invalid="ignore"):
            shape = shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        raise ValueError("no shape; a list of [x, y] points, or well-known text") from None
    if shape.is_empty or not shape.is_valid or shape.has_z:
        raise ValueError("an empty, three-dimensional or invalid shape; a plane one that does not cross itself")
    if np.abs(shapely.get_coordinates(shape)).max() > FARTHEST_M:
        raise ValueError(f"a point more than {FARTHEST_M:g} m from the origin; metres of the park's coordinates")
    return text


Shape = Annotated[str, BeforeValidator(_as_wkt)]
Name = Annotated[str, Field(pattern=NAME)]
Names = Annotated[tuple[Name, ...], Field(min_length=1, max_length=10_000)]
Far = Annotated[float, Field(ge=0, le=50, strict=True)]
Metres = Annotated[float, Field(ge=0, le=1000, strict=True)]
Area = Annotated[float, Field(gt=0, le=5e6, strict=True)]
Rent = Annotated[float, Field(ge=0.01, le=1000, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Part = Annotated[float, Field(gt=0, lt=1, strict=True)]
Quarters = Annotated[int, Field(ge=1, le=200, strict=True)]
Shift = Annotated[int, Field(ge=-200, le=200, strict=True)]


class Edit(BaseModel):
    """What every edit says: what it is called, and from when on it holds."""

    model_config = _STRICT

    edit: str
    """The kind of edit."""
    id: Annotated[str, Field(pattern=NAME + "|^$")] = ""
    """Short name, unique among the edits of a park; one is made up where none is given."""
    at: str
    """The quarter at whose beginning it takes effect, such as 2027Q1; of works, when they begin."""
    note: str = ""
    """Why."""

    @field_validator("at")
    @classmethod
    def _is_quarter(cls, text: str) -> str:
        if Quarter.parse(text).year > LAST_YEAR:
            raise ValueError(f"{text} lies after {LAST_YEAR}; an earlier quarter")
        return text

    @field_validator("shape", check_fields=False)
    @classmethod
    def _is_shape(cls, text: str | None) -> str | None:
        return None if text is None else _is_wkt(text)

    @property
    def quarter(self) -> Quarter:
        """The quarter it takes effect."""
        return Quarter.parse(self.at)

    def __str__(self) -> str:
        """As it is named in messages."""
        return f"{self.id} ({self.edit}, {self.at})"


class Rezone(Edit):
    """Another land use, floor area ratio or height limit for parcels (用地调整)."""

    edit: Literal["rezone"] = "rezone"
    parcels: Names
    land_use: str | None = None
    far_limit: Far | None = None
    height_limit_m: Metres | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Rezone:
        if self.land_use is None and self.far_limit is None and self.height_limit_m is None:
            raise ValueError("a rezoning that says nothing; land_use, far_limit or height_limit_m")
        return self


class Split(Edit):
    """A parcel cut along a line, or by shares of its area across a bearing (地块分割)."""

    edit: Literal["split"] = "split"
    parcel: Name
    shape: Shape | None = None
    """The line to cut along."""
    shares: Annotated[tuple[Part, ...], Field(min_length=2, max_length=20)] | None = None
    """Shares of the area, adding up to 1, instead of a line."""
    bearing_deg: Annotated[float, Field(ge=0, lt=360, strict=True)] = 0.0
    """The direction in which the shares follow each other, clockwise from north."""
    into: Annotated[tuple[Name, ...], Field(min_length=2)] | None = None
    """Ids of the parts; `<parcel>/1` and so on where none are given. Along a line, from its left to its right."""

    @model_validator(mode="after")
    def _is_one_way(self) -> Split:
        if (self.shape is None) == (self.shares is None):
            raise ValueError("not one way to split it; a shape or shares, one of the two")
        if self.shares is not None and abs(sum(self.shares) - 1.0) > 1e-6:  # noqa: PLR2004  # rounding in a file
            raise ValueError(f"shares that add up to {sum(self.shares):g}, not to 1; shares that do")
        return self


class Merge(Edit):
    """Neighbouring parcels made one (地块合并)."""

    edit: Literal["merge"] = "merge"
    parcels: Annotated[tuple[Name, ...], Field(min_length=2, max_length=10_000)]
    into: Name | None = None
    """Id of the whole; `<first>+` where none is given."""
    land_use: str | None = None
    """Needed where the parts differ in it, as are the limits."""
    far_limit: Far | None = None
    height_limit_m: Metres | None = None


class Swap(Edit):
    """Two parcels exchange their use and limits, or their owners (土地置换)."""

    edit: Literal["swap"] = "swap"
    parcels: Annotated[tuple[Name, ...], Field(min_length=2, max_length=2)]
    of: Literal["use", "owner"] = "use"


class Demolish(Edit):
    """Buildings torn down, or struck from the plan where they are not begun (拆除或取消)."""

    edit: Literal["demolish"] = "demolish"
    buildings: Names


class Build(Edit):
    """A new building (新建)."""

    edit: Literal["build"] = "build"
    parcel: Name
    building: Name
    """Its id."""
    building_type: str
    floors: Annotated[int, Field(ge=1, le=200, strict=True)]
    gfa_m2: Area | None = None
    """Floor space above ground; footprint × floors, or what the floor area ratio leaves, where it is not given."""
    lettable_m2: Annotated[float, Field(ge=0, le=5e6, strict=True)] | None = None
    height_m: Metres | None = None
    shape: Shape | None = None
    """The footprint; one of the size is drawn, back from the edges and other buildings, where none is given."""
    quarters: Quarters | None = None
    """How long it takes; the catalog's construction time where it is not given."""
    rent_cny_m2_day: Rent | None = None
    quality: Share | None = None
    name_zh: str = ""
    name_en: str = ""


class Renovate(Edit):
    """Works on a building that take it off line and leave it better, larger or for another use (改造升级)."""

    edit: Literal["renovate"] = "renovate"
    building: Name
    quarters: Quarters | None = None
    """How long it is off line; the catalog's renovation time where it is not given."""
    phases: Annotated[int, Field(ge=1, le=50, strict=True)] = 1
    """Parts of it that are off line one after another, each for as long; in one all of it is at once."""
    building_type: str | None = None
    floors: Annotated[int, Field(ge=1, le=200, strict=True)] | None = None
    height_m: Metres | None = None
    gfa_m2: Area | None = None
    lettable_m2: Annotated[float, Field(ge=0, le=5e6, strict=True)] | None = None
    rent_cny_m2_day: Rent | None = None
    quality: Share | None = None


class Postpone(Edit):
    """Buildings that are not open yet open later than planned, or earlier (延期或提前竣工)."""

    edit: Literal["postpone"] = "postpone"
    buildings: Names
    quarters: Shift
    """How much later; below 0 it is earlier. Works that are not begun begin later or earlier by as much."""

    @field_validator("quarters")
    @classmethod
    def _moves_something(cls, quarters: int) -> int:
        if quarters == 0:
            raise ValueError("nothing is moved by 0 quarters; 1 or more, or less than 0")
        return quarters


class Boundary(Edit):
    """A zone's boundary moved: by parcels taken in or given up, or to another outline (边界调整)."""

    edit: Literal["boundary"] = "boundary"
    zone: Name
    add: tuple[Name, ...] = ()
    """Parcels taken in."""
    remove: tuple[Name, ...] = ()
    """Parcels given up."""
    shape: Shape | None = None

    @model_validator(mode="after")
    def _is_one_way(self) -> Boundary:
        if (self.shape is None) == (not self.add and not self.remove):
            raise ValueError("not one way to move it; parcels (add, remove) or a shape, one of the two")
        return self


class AddZone(Edit):
    """A new zone (新设园区)."""

    edit: Literal["add_zone"] = "add_zone"
    zone: Name
    name_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    kind: str = Field(default="feature_park", min_length=1)
    parent: Name | None = None
    leading_industry: str | None = None
    parcels: tuple[Name, ...] = ()
    shape: Shape | None = None

    @model_validator(mode="after")
    def _is_one_way(self) -> AddZone:
        if (self.shape is None) == (not self.parcels):
            raise ValueError("not one way to make it; parcels or a shape, one of the two")
        return self


class RetireZone(Edit):
    """A zone that is one no more (撤销园区)."""

    edit: Literal["retire_zone"] = "retire_zone"
    zone: Name


#: The kinds of edits by name.
KINDS: dict[str, type[Edit]] = {
    "rezone": Rezone,
    "split": Split,
    "merge": Merge,
    "swap": Swap,
    "demolish": Demolish,
    "build": Build,
    "renovate": Renovate,
    "postpone": Postpone,
    "boundary": Boundary,
    "add_zone": AddZone,
    "retire_zone": RetireZone,
}

#: Any of them, told apart by what `edit` says.
AnyEdit = Annotated[
    Rezone | Split | Merge | Swap | Demolish | Build | Renovate | Postpone | Boundary | AddZone | RetireZone,
    Field(discriminator="edit"),
]
