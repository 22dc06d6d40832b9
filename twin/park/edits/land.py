"""Edits of the land: rezone, split, merge, swap. None of them makes or loses any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from scipy.optimize import brentq
from shapely.ops import split as cut

from twin.catalog import nearest
from twin.park.edits.plan import PLAY, Plan, names_of
from twin.park.edits.records import Merge, Rezone, Split, Swap

#: What a rezoning may change.
USE = ("land_use", "far_limit", "height_limit_m")

#: A building stands on a part of its parcel if no more than this share of it lies outside.
OUTSIDE = 1e-3

#: Vertices this near to a boundary, in metres, lie on it.
NEAR_M = 1e-6


def rezone(plan: Plan, edit: Rezone) -> None:
    """Parcels get another use or other limits; what stands on them must keep within these."""
    said = edit.model_dump(include=set(USE), exclude_none=True)
    check_land_use(plan, edit.land_use)
    if len(set(edit.parcels)) < len(edit.parcels):
        plan.fail("a parcel named twice", "each parcel once")
    for name in edit.parcels:
        row = plan.land(name)
        plan.claim("parcel", name, *said)
        old = {column: plan.parcels.get(row, column) for column in said}
        if old == said:
            plan.fail(f"parcel {name} has that use and those limits already", "something that changes it")
        check_limits(plan, name, plan.parcels.get(row, "geometry"), **_limits(said))
        plan.new_version(plan.parcels, row, **said)
        plan.made("parcel", name)


def split(plan: Plan, edit: Split) -> None:
    """A parcel becomes parts that cover it; each building stands on one of them."""
    row = plan.land(edit.parcel)
    plan.claim("parcel", edit.parcel, "shape")
    whole = plan.parcels.get(row, "geometry")
    parts = _cut_along(plan, whole, edit.shape) if edit.shape else _cut_by_shares(plan, whole, edit)
    names = list(edit.into or (f"{edit.parcel}/{n}" for n in range(1, len(parts) + 1)))
    if len(names) != len(parts):
        plan.fail(f"{len(parts)} parts of {edit.parcel}, and {len(names)} names in into", "a name for each")
    _check_new(plan, names)
    least = plan.catalog.value("least_parcel_m2")
    for name, part in zip(names, parts, strict=True):
        if part.area < least:
            plan.fail(f"part {name} would have {part.area:.0f} m²", f"at least {least:.0f} m² each")
    homes = _homes(plan, edit.parcel, parts)
    limits = {column: plan.parcels.get(row, column) for column in ("far_limit", "height_limit_m")}
    new = [_new_parcel(plan, row, name, part) for name, part in zip(names, parts, strict=True)]
    plan.end(plan.parcels, "parcel", row)
    for building, n in homes.items():
        plan.resettle(building, edit.parcel, names[n])
    for name, part in zip(names, parts, strict=True):
        check_limits(plan, name, part, far_limit=limits["far_limit"])
    _share_vertices(plan, parts, {row, *new})


def merge(plan: Plan, edit: Merge) -> None:
    """Neighbouring parcels become one, with one use and one set of limits."""
    if len(set(edit.parcels)) < len(edit.parcels):
        plan.fail("a parcel named twice", "each parcel once")
    rows = [plan.land(name) for name in edit.parcels]
    for name in edit.parcels:
        plan.claim("parcel", name, "shape")
    check_land_use(plan, edit.land_use)
    values = {column: _common(plan, rows, edit, column) for column in USE}
    owners = {plan.parcels.get(row, "owner") for row in rows}
    if len(owners) > 1:
        plan.fail(f"owners {names_of(sorted(map(str, owners)))}", "parcels of one owner: swap owners before")
    parts = [plan.parcels.get(row, "geometry") for row in rows]
    whole = _united(parts)
    if whole.geom_type != "Polygon" or abs(whole.area - sum(part.area for part in parts)) > PLAY:
        plan.fail(f"{names_of(edit.parcels)} do not lie edge to edge", "neighbours with a common boundary")
    name = edit.into or f"{edit.parcels[0]}+"
    _check_new(plan, [name], among=edit.parcels)
    there = [(str(plan.buildings.get(b, "building_id")), old) for old in edit.parcels for b in plan.buildings_on(old)]
    stated = {plan.parcels.get(row, "provenance") for row in rows}
    values["provenance"] = stated.pop() if len(stated) == 1 else "derived"
    if name in edit.parcels:
        plan.new_version(plan.parcels, rows[edit.parcels.index(name)], geometry=whole, **values)
        plan.made("parcel", name)
    else:
        _new_parcel(plan, rows[0], name, whole, **values)
    for old, row in zip(edit.parcels, rows, strict=True):
        if old != name:
            plan.end(plan.parcels, "parcel", row)
    for building, old in there:
        if old != name:
            plan.resettle(building, old, name)
    check_limits(plan, name, whole, **_limits(values))


def swap(plan: Plan, edit: Swap) -> None:
    """Two parcels exchange their use and limits, or their owners."""
    one, other = edit.parcels
    if one == other:
        plan.fail(f"parcel {one} with itself", "two parcels")
    columns = USE if edit.of == "use" else ("owner",)
    rows = [plan.land(name) for name in edit.parcels]
    values = [{column: plan.parcels.get(row, column) for column in columns} for row in rows]
    if values[0] == values[1]:
        plan.fail(f"{one} and {other} do not differ in {edit.of}", "parcels that do")
    for name, row, new in zip(edit.parcels, rows, reversed(values), strict=True):
        plan.claim("parcel", name, *columns)
        if edit.of == "use":
            check_limits(plan, name, plan.parcels.get(row, "geometry"), **_limits(new))
        plan.new_version(plan.parcels, row, **new)
        plan.made("parcel", name)


# Rules of the land


def check_land_use(plan: Plan, land_use: str | None) -> None:
    """Refuse a land use that the catalog does not know."""
    known = [row["id"] for row in plan.catalog.tables["land_uses"]]
    if land_use is not None and land_use not in known:
        plan.fail(f"unknown land_use {land_use!r}", nearest(land_use, known))


def check_limits(
    plan: Plan, parcel: str, shape: Any, far_limit: float | None = None, height_limit_m: float | None = None
) -> None:
    """Refuse limits that are lower than what stands, is built or is planned on a parcel."""
    rows = plan.buildings_on(parcel)
    if not rows:
        return
    largest = max(rows, key=lambda row: floor_above(plan, row))
    maker = plan.maker("building", str(plan.buildings.get(largest, "building_id")))
    floor = sum(floor_above(plan, row) for row in rows)
    if far_limit is not None and floor > far_limit * shape.area + PLAY:
        ratio = floor / shape.area
        enough = np.ceil(round(ratio * 100, 6)) / 100  # rounded down, it would be refused again
        what = f"{floor:.0f} m² stand or are planned on {parcel}: ratio {ratio:.2f} over {far_limit:g}"
        plan.fail(what, f"far_limit {enough:.2f} or more, or a demolition before", maker)
    highest = max(rows, key=lambda row: float(plan.lasting(row, "height_m")))
    height = float(plan.lasting(highest, "height_m"))
    if height_limit_m is not None and height > height_limit_m + PLAY:
        name = str(plan.buildings.get(highest, "building_id"))
        what = f"building {name} on {parcel} is {height:g} m high, over {height_limit_m:g} m"
        plan.fail(what, f"height_limit_m {height:g} or more", plan.maker("building", name))


def floor_above(plan: Plan, row: int) -> float:
    """Floor space above ground of a building when all works on it are done, m²."""
    return float(plan.lasting(row, "gfa_m2")) - float(plan.buildings.get(row, "gfa_below_m2") or 0.0)


def _limits(values: dict[str, Any]) -> dict[str, Any]:
    return {column: values[column] for column in ("far_limit", "height_limit_m") if column in values}


def _common(plan: Plan, rows: Sequence[int], edit: Merge, column: str) -> Any:
    """What parcels have in common, or what the edit says."""
    said = getattr(edit, column)
    if said is not None:
        return said
    found = {plan.parcels.get(row, column) for row in rows}
    if len(found) > 1:
        plan.fail(f"the parcels differ in {column}: {names_of(sorted(map(str, found)))}", f"{column} of the whole")
    return found.pop()


def _check_new(plan: Plan, names: Sequence[str], among: Sequence[str] = ()) -> None:
    """Refuse ids of new parcels that are taken."""
    if len(set(names)) < len(names):
        plan.fail(f"an id twice: {names_of(names)}", "another id for each")
    for name in names:
        if plan.parcels.rows(name) and name not in among:
            plan.fail(f"there is a parcel {name} already", "another id", plan.maker("parcel", name))


def _new_parcel(plan: Plan, like: int, name: str, shape: Any, **values: Any) -> int:
    row = plan.parcels.add(
        like,
        **{
            "parcel_id": name,
            "version": 1,
            "valid_from": plan.edit.at,
            "geometry": shape,
            "edit": plan.edit.id,
            "ended_by": None,
        }
        | values,
    )
    plan.made("parcel", name)
    return row


# Cutting


def _cut_along(plan: Plan, whole: Any, line: str) -> list[Any]:
    """The parts of a polygon left and right of a line, from its left to its right."""
    blade = shapely.from_wkt(line)
    if blade.geom_type != "LineString":
        plan.fail(f"a {blade.geom_type} to cut along", "a line")
    parts = [part for part in cut(whole, blade).geoms if part.geom_type == "Polygon"]
    pieces = len(shapely.get_parts(whole))
    between = pieces > 1 and len(cut(shapely.convex_hull(whole), blade).geoms) > 1
    if len(parts) == pieces and not between:
        plan.fail("the line does not cut the parcel", "a line that crosses it from edge to edge")
    (x0, y0), (x1, y1) = blade.coords[0], blade.coords[-1]
    across = np.array([y1 - y0, x0 - x1])  # to the right of the line
    return sorted(parts, key=lambda part: float(across @ np.array(part.representative_point().coords[0])))


def _cut_by_shares(plan: Plan, whole: Any, edit: Split) -> list[Any]:
    """The parts of a polygon that have the given shares of its area, one after the other along a bearing."""
    angle = np.deg2rad(edit.bearing_deg)
    along, across = np.array([np.sin(angle), np.cos(angle)]), np.array([np.cos(angle), -np.sin(angle)])
    places = shapely.get_coordinates(whole) @ along
    sides = shapely.get_coordinates(whole) @ across
    low, high, middle = places.min(), places.max(), (sides.min() + sides.max()) / 2
    reach = (high - low) + (sides.max() - sides.min())

    def band(start: float, end: float) -> Any:
        corners = [(start, -reach), (end, -reach), (end, reach), (start, reach)]
        return shapely.Polygon([a * along + (middle + b) * across for a, b in corners])

    def missing(place: float, area: float) -> float:
        return float(shapely.intersection(whole, band(low - reach, place)).area) - area

    assert edit.shares is not None  # noqa: S101  # the record has a shape or shares
    parts, rest = [], whole
    for wanted in np.cumsum(edit.shares)[:-1] * whole.area:
        place = brentq(missing, low, high, args=(wanted,), xtol=1e-9)
        blade = shapely.LineString([place * along + side * across for side in (middle - reach, middle + reach)])
        pieces = [piece for piece in cut(rest, blade).geoms if piece.geom_type == "Polygon"]
        before = [piece for piece in pieces if np.array(piece.representative_point().coords[0]) @ along < place]
        after = [piece for piece in pieces if np.array(piece.representative_point().coords[0]) @ along >= place]
        if len(before) != 1 or len(after) != 1:
            plan.fail(f"a cut by shares leaves {len(pieces)} pieces", "another bearing_deg, or a line")
        parts.append(before[0])
        rest = after[0]
    return [*parts, rest]


def _homes(plan: Plan, parcel: str, parts: Sequence[Any]) -> dict[str, int]:
    """On which part each building of a parcel stands. Refuses a cut through one."""
    homes = {}
    for row in plan.buildings_on(parcel):
        name, shape = str(plan.buildings.get(row, "building_id")), plan.buildings.get(row, "geometry")
        shares = shapely.area(shapely.intersection(np.array(parts), shape)) / max(shape.area, PLAY)
        home = int(np.argmax(shares))
        if shares[home] < shares.sum() - OUTSIDE:
            plan.fail(
                f"the cut goes through building {name}",
                "another line, or a demolition before",
                plan.maker("building", name),
            )
        homes[name] = home
    return homes


def _united(parts: Sequence[Any]) -> Any:
    """The union of parcels; more than one polygon, or nothing, where they do not lie edge to edge.

    Where neighbours do not share their corners, edges would not be seen as common: they are given them.
    """
    whole = shapely.coverage_union_all(parts) if shapely.coverage_is_valid(parts) else shapely.Polygon()
    if whole.geom_type == "Polygon" and not whole.is_empty:
        return whole
    noded = shapely.snap(parts, shapely.MultiPoint(shapely.get_coordinates(parts)), NEAR_M)
    return shapely.coverage_union_all(noded) if shapely.coverage_is_valid(noded) else shapely.Polygon()


def _share_vertices(plan: Plan, parts: Sequence[Any], known: set[int]) -> None:
    """Give neighbours the new vertices on their common boundary, or the parcels would no longer be a valid coverage.

    The vertices lie on straight edges: no area changes, at any date.
    """
    points = shapely.MultiPoint(np.unique(np.vstack([shapely.get_coordinates(part) for part in parts]), axis=0))
    for row in plan.parcels.near(points, NEAR_M) | known:
        shape = plan.parcels.get(row, "geometry")
        snapped = shapely.snap(shape, points, NEAR_M)
        if not shapely.equals_identical(snapped, shape) and abs(snapped.area - shape.area) <= PLAY:
            plan.parcels.put(row, geometry=snapped)
