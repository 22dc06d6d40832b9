"""Edits of zones: a boundary moved, a zone added or retired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely

from twin.catalog import nearest
from twin.park.edits.plan import PLAY, Plan, names_of
from twin.park.edits.records import AddZone, Boundary, RetireZone
from twin.park.held import WHOLE
from twin.park.tables import GRID_M

#: A zone may leave the one it lies in by so much, in m²: what vertices that do not quite meet make.
LEAVING_M2 = 10.0


def boundary(plan: Plan, edit: Boundary) -> None:
    """A zone goes on within another outline."""
    rows = plan.for_good(plan.zones, "zone", edit.zone)
    plan.claim("zone", edit.zone, "outline")
    for row in rows:
        old = plan.zones.get(row, "geometry")
        new = _polygon(plan, edit.shape) if edit.shape else _moved(plan, old, edit)
        if shapely.symmetric_difference(old, new).area <= PLAY:
            plan.fail(f"the boundary of zone {edit.zone} stays where it is", "parcels in or out of it")
        if new.area <= PLAY:
            plan.fail(f"nothing would be left of zone {edit.zone}", "retire_zone")
        _check_place(plan, edit.zone, new, plan.zones.get(row, "parent"), old)
        plan.new_version(plan.zones, row, geometry=new, provenance="planned")
    plan.made("zone", edit.zone)


def add_zone(plan: Plan, edit: AddZone) -> None:
    """A new zone, of parcels or within an outline."""
    if edit.zone == WHOLE:
        plan.fail(f"zone {WHOLE} stands for the whole of what is drawn", "another id")
    if plan.zones.rows(edit.zone):
        plan.fail(f"there is a zone {edit.zone} already", "another id", plan.maker("zone", edit.zone))
    if edit.leading_industry is not None and edit.leading_industry not in plan.catalog.industries:
        cure = nearest(edit.leading_industry, plan.catalog.industries)
        plan.fail(f"unknown leading_industry {edit.leading_industry!r}", cure)
    if edit.kind == "park":
        plan.fail("a second park", "another kind, such as feature_park")
    if edit.parent is not None:
        plan.in_force(plan.zones, "zone", edit.parent)
    shape = _polygon(plan, edit.shape) if edit.shape else _union(_shapes(plan, edit.parcels))
    _check_place(plan, edit.zone, shape, edit.parent, None)
    plan.zones.add(
        zone_id=edit.zone,
        version=1,
        name_zh=edit.name_zh,
        name_en=edit.name_en,
        kind=edit.kind,
        parent=edit.parent,
        leading_industry=edit.leading_industry,
        valid_from=edit.at,
        provenance="planned",
        edit=edit.id,
        geometry=shape,
    )
    plan.made("zone", edit.zone)


def retire_zone(plan: Plan, edit: RetireZone) -> None:
    """A zone holds no longer, under any reading."""
    if edit.zone == "park":
        plan.fail("the park itself", "another zone")
    rows = plan.for_good(plan.zones, "zone", edit.zone)
    plan.claim("zone", edit.zone, "outline")
    within = [name for name in plan.zones.names() for row in plan.all_in_force(plan.zones, name)
              if plan.zones.get(row, "parent") == edit.zone]  # fmt: skip
    if within:
        plan.fail(f"{names_of(dict.fromkeys(within))} lie in zone {edit.zone}", "retire these before")
    for row in rows:
        plan.end(plan.zones, "zone", row)


def _check_place(plan: Plan, zone: str, new: Any, parent: str | None, old: Any) -> None:
    """Refuse an outline that holds no land, or leaves the zone it lies in further than it did."""
    near = plan.parcels.near(new, 0.0)
    land = [row for row in near if plan.holds(plan.parcels, row)]
    if not any(shapely.intersection(plan.parcels.get(row, "geometry"), new).area > PLAY for row in land):
        plan.fail(f"no parcel lies in zone {zone}", "an outline in the park's coordinates, over its parcels")
    if parent is None or not plan.all_in_force(plan.zones, parent):
        return
    around = _union([plan.zones.get(row, "geometry") for row in plan.all_in_force(plan.zones, parent)])
    before = shapely.difference(old, around).area if old is not None else 0.0
    outside = shapely.difference(new, around).area
    if outside > before + LEAVING_M2:
        plan.fail(f"{outside - before:.0f} m² of zone {zone} would leave zone {parent}, in which it lies",
                  f"less, or the boundary of {parent} moved before", plan.maker("zone", parent))  # fmt: skip


def _moved(plan: Plan, old: Any, edit: Boundary) -> Any:
    taken, given = _shapes(plan, edit.add), _shapes(plan, edit.remove)
    for name, shape in zip(edit.add, taken, strict=True):
        if shapely.difference(shape, old).area <= PLAY:
            plan.fail(f"parcel {name} lies in zone {edit.zone} already", "parcels outside it")
    for name, shape in zip(edit.remove, given, strict=True):
        if shapely.intersection(shape, old).area <= PLAY:
            plan.fail(f"parcel {name} does not lie in zone {edit.zone}", "parcels inside it")
    more = _union([old, *taken]) if taken else old
    return shapely.difference(more, _union(given), grid_size=GRID_M) if given else more


def _shapes(plan: Plan, parcels: Sequence[str]) -> list[Any]:
    return [plan.parcels.get(plan.parcel(name), "geometry") for name in parcels]


def _union(shapes: Sequence[Any]) -> Any:
    return shapely.union_all(shapes, grid_size=GRID_M)


def _polygon(plan: Plan, text: str) -> Any:
    shape = shapely.from_wkt(text)
    if shape.geom_type not in {"Polygon", "MultiPolygon"}:
        plan.fail(f"an outline that is a {shape.geom_type}", "a polygon")
    return shape
