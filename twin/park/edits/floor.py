"""Edits of what stands on the land: demolish, build, renovate, postpone."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from scipy.optimize import brentq

from twin.catalog import nearest
from twin.park.dates import NEVER
from twin.park.edits.land import check_limits, floor_above
from twin.park.edits.plan import PLAY, Plan
from twin.park.edits.records import Build, Demolish, Postpone, Renovate
from twin.units import QUARTERS_PER_YEAR, Quarter

#: Floor space is at least this share of footprint × floors, and storeys are so many metres high.
LEAST_FILL = 0.2
STOREY_M = (2.0, 20.0)

#: How far a drawn footprint may miss the floor space it is for, as a share.
FIT = 0.02


def demolish(plan: Plan, edit: Demolish) -> None:
    """Buildings on which nothing else is planned are gone; those that are not begun are struck from the plan."""
    for name in edit.buildings:
        row = plan.kept(name)
        begun = plan.begun(row)
        if begun:
            plan.building(name)
        _check_vacant_at_start(plan, name)
        plan.claim("building", name, "end")
        if plan.date(row, "completed", NEVER) == plan.now:
            plan.fail(f"building {name} opens at {edit.at}", "a later date", plan.maker("building", name))
        for work in plan.works_after(name):
            other = plan.maker("works", str(plan.works.get(work, "works_id")))
            ends = plan.works.get(work, "ends")
            plan.fail(f"works on building {name} go on until {ends}", "a date after the works", other)
        never = {} if begun else {"started": None, "completed": None}
        plan.buildings.put(row, closed=edit.at, ended_by=edit.id, **never)
        plan.ended("building", name)


def build(plan: Plan, edit: Build) -> None:
    """A building of a type that the land takes, within the limits of its parcel and apart from others."""
    row = plan.parcel(edit.parcel)
    if plan.buildings.rows(edit.building):
        plan.fail(f"there is a building {edit.building} already", "another id", plan.maker("building", edit.building))
    _check_type(plan, edit.building_type, str(plan.parcels.get(row, "land_use")), edit.parcel)
    shape, gfa = _size(plan, edit, row)
    full = shape.area * edit.floors
    if not full * LEAST_FILL <= gfa <= full * (1.0 + FIT):
        cure = f"from {full * LEAST_FILL:.0f} to {full:.0f} m², or other floors"
        plan.fail(f"{gfa:.0f} m² on {edit.floors} floors of {shape.area:.0f} m²", cure)
    _check_storeys(plan, edit.height_m, edit.floors)
    _check_place(plan, edit, plan.parcels.get(row, "geometry"), shape)
    lettable = edit.lettable_m2 if edit.lettable_m2 is not None else round(gfa * _of_type(plan, edit, "lettable_ratio"))
    if lettable > gfa + PLAY:
        plan.fail(f"{lettable:g} m² lettable of {gfa:.0f} m²", "no more than there is")
    height = edit.height_m
    plan.buildings.add(
        building_id=edit.building,
        parcel_id=edit.parcel,
        building_type=edit.building_type,
        floors=edit.floors,
        height_m=height if height is not None else edit.floors * _of_type(plan, edit, "storey_height_m"),
        gfa_m2=gfa,
        gfa_below_m2=0.0,
        lettable_m2=lettable,
        started=edit.at,
        completed=str(edit.quarter.plus(_quarters(plan, edit.quarters, "construction_years"))),
        rent_cny_m2_day=edit.rent_cny_m2_day or _of_type(plan, edit, "asking_rent_cny_m2_day"),
        quality=edit.quality if edit.quality is not None else _of_type(plan, edit, "building_quality"),
        name_zh=edit.name_zh,
        name_en=edit.name_en,
        provenance="planned",
        edit=edit.id,
        geometry=shape,
    )
    plan.settle(edit.building, edit.parcel)
    plan.made("building", edit.building)
    limits = {column: plan.parcels.get(row, column) for column in ("far_limit", "height_limit_m")}
    check_limits(plan, edit.parcel, plan.parcels.get(row, "geometry"), **limits)


def renovate(plan: Plan, edit: Renovate) -> None:
    """A building goes off line for works and comes back as they leave it."""
    row = plan.building(edit.building)
    _check_vacant_at_start(plan, edit.building)
    plan.claim("building", edit.building, "works")
    ends = edit.quarter.plus(_quarters(plan, edit.quarters, "renovation_years"))
    for work in plan.works_after(edit.building):
        name = str(plan.works.get(work, "works_id"))
        if Quarter.parse(plan.works.get(work, "starts")).ordinal < ends.ordinal:
            dates = f"{plan.works.get(work, 'starts')} to {plan.works.get(work, 'ends')}"
            plan.fail(
                f"building {edit.building} is under works {name} from {dates}",
                "a date after or before them",
                plan.maker("works", name),
            )
    parcel = _parcel_of(plan, row)
    land = plan.in_force(plan.parcels, "parcel", parcel)
    if edit.building_type is not None:
        _check_type(plan, edit.building_type, str(plan.parcels.get(land, "land_use")), parcel)
    gfa = edit.gfa_m2 or float(plan.lasting(row, "gfa_m2"))
    lettable = edit.lettable_m2 if edit.lettable_m2 is not None else float(plan.lasting(row, "lettable_m2"))
    if lettable > gfa + PLAY:
        plan.fail(f"{lettable:g} m² lettable of {gfa:.0f} m²", "no more than there is")
    if edit.phases > 1 and edit.building_type not in {None, plan.lasting(row, "building_type")}:
        plan.fail(f"works in {edit.phases} phases make it another type, {edit.building_type}", "phases: 1")
    if edit.phases > 1 and lettable < float(plan.lasting(row, "lettable_m2")):
        plan.fail(f"works in {edit.phases} phases leave less floor to let, {lettable:g} m²", "phases: 1")
    higher = edit.height_m is not None and edit.height_m > plan.lasting(row, "height_m")
    larger = higher or gfa > plan.lasting(row, "gfa_m2")
    said = edit.model_dump(
        include={"building_type", "floors", "height_m", "gfa_m2", "lettable_m2", "rent_cny_m2_day", "quality"}
    )
    plan.works.add(
        works_id=edit.id,
        building_id=edit.building,
        starts=edit.at,
        ends=str(ends),
        phases=edit.phases,
        edit=edit.id,
        **said,
    )
    plan.made("works", edit.id)
    plan.made("building", edit.building)
    limits = {column: plan.parcels.get(land, column) for column in ("far_limit", "height_limit_m")}
    if larger:
        check_limits(plan, parcel, plan.parcels.get(land, "geometry"), **limits)


def postpone(plan: Plan, edit: Postpone) -> None:
    """Buildings that are not open yet open at another date, and what is in them with them."""
    for name in edit.buildings:
        row = plan.kept(name)
        plan.claim("building", name, "opening")
        completed = plan.buildings.get(row, "completed")
        if completed is None:
            plan.fail(f"building {name} has no date at which it opens", "a building with a date")
        if completed <= edit.at:
            plan.fail(f"building {name} is open from {completed} on", "a date before", plan.maker("building", name))
        opens = Quarter.parse(completed).plus(edit.quarters)
        if opens.ordinal <= plan.now:
            plan.fail(f"building {name} would open at {opens}", f"no earlier than {edit.quarter.plus(1)}")
        for work in plan.works_after(name):
            starts = plan.works.get(work, "starts")
            if Quarter.parse(starts).ordinal < opens.ordinal:
                other = plan.maker("works", str(plan.works.get(work, "works_id")))
                plan.fail(f"works on building {name} begin at {starts}, before it would open at {opens}",
                          f"an opening by {starts}, or later works", other)  # fmt: skip
        if not plan.begun(row):
            plan.buildings.put(row, started=_begins(plan, row, edit.quarters), started_by=edit.id)
        plan.buildings.put(row, completed=str(opens), completed_by=edit.id)
        plan.made("building", name)


# Rules of building


def _check_vacant_at_start(plan: Plan, name: str) -> None:
    """Refuse to close a building at the instant at which its firms are counted: they must hear of it before."""
    if plan.edit.at == plan.start and name in plan.housing:
        plan.fail(f"firms sit in building {name} at the park's start", "a later date")


def _check_type(plan: Plan, building_type: str, land_use: str, parcel: str) -> None:
    known = plan.catalog.building_types
    if building_type not in known:
        plan.fail(f"unknown building_type {building_type!r}", nearest(building_type, known))
    permitted = plan.catalog.permits(land_use)
    if building_type not in permitted:
        cure = f"one of {', '.join(permitted)}" if permitted else "a rezoning before"
        plan.fail(f"land use {land_use} of {parcel} takes no {building_type}", cure, plan.maker("parcel", parcel))


def _size(plan: Plan, edit: Build, parcel: int) -> tuple[Any, float]:
    """Footprint and floor space above ground of a new building, each from the other where only one is given."""
    land = plan.parcels.get(parcel, "geometry")
    if edit.shape is not None:
        shape = shapely.from_wkt(edit.shape)
        if shape.geom_type not in {"Polygon", "MultiPolygon"}:
            plan.fail(f"a footprint that is a {shape.geom_type}", "a polygon")
        return shape, edit.gfa_m2 or round(shape.area * edit.floors, 1)
    gfa = edit.gfa_m2
    if gfa is None:
        far = plan.parcels.get(parcel, "far_limit")
        if far is None:
            plan.fail(f"parcel {edit.parcel} has no far_limit to build up to", "gfa_m2 or a shape")
        gfa = far * land.area - sum(floor_above(plan, row) for row in plan.buildings_on(edit.parcel))
        if gfa <= 0:
            plan.fail(f"no floor space is left on {edit.parcel} under its far_limit {far:g}", "another parcel")
        gfa = float(np.floor(gfa))
    return _draw(plan, edit, land, gfa / edit.floors), gfa


def _draw(plan: Plan, edit: Build, land: Any, area_m2: float) -> Any:
    """A footprint of a size, back from the edges of the parcel and apart from what stands on it."""
    room = shapely.buffer(land, -plan.catalog.value("setback_m"), join_style="mitre")
    others = [plan.buildings.get(row, "geometry") for row in plan.buildings_on(edit.parcel)]
    if others:
        apart = shapely.buffer(shapely.union_all(others), plan.catalog.value("spacing_m"), join_style="mitre")
        room = shapely.difference(room, apart)
    room = max(shapely.get_parts(room), key=lambda part: float(part.area), default=shapely.Polygon())
    if room.area < area_m2:
        what = f"{area_m2:.0f} m² of footprint on {edit.parcel}, where {room.area:.0f} m² are free"
        plan.fail(what, f"{int(np.ceil(area_m2 * edit.floors / max(room.area, 1.0)))} floors or more, or less gfa_m2")

    def missing(inwards: float) -> float:
        return float(shapely.buffer(room, -inwards, join_style="mitre").area) - area_m2

    depth = float(np.sqrt(room.area))
    drawn = shapely.buffer(room, -brentq(missing, 0.0, depth, xtol=1e-6), join_style="mitre")
    shape = max(shapely.get_parts(drawn), key=lambda part: float(part.area))
    if shape.area < area_m2 * (1.0 - FIT):
        plan.fail(f"no footprint of {area_m2:.0f} m² in one piece fits on {edit.parcel}", "a shape")
    return shape


def _check_place(plan: Plan, edit: Build, land: Any, shape: Any) -> None:
    """Refuse a footprint that is too small, leaves its parcel or stands on another building."""
    least = plan.catalog.value("least_footprint_m2")
    if shape.area < least:
        plan.fail(f"a footprint of {shape.area:.0f} m²", f"at least {least:.0f} m²")
    outside = shapely.difference(shape, land).area
    if outside > PLAY:
        plan.fail(f"{outside:.1f} m² of the footprint lie outside parcel {edit.parcel}", "a footprint within it")
    for row in plan.buildings_on(edit.parcel):
        other = str(plan.buildings.get(row, "building_id"))
        common = shapely.intersection(shape, plan.buildings.get(row, "geometry")).area
        if common > PLAY:
            what = f"the footprint shares {common:.1f} m² with building {other}"
            plan.fail(what, "a demolition before, or another place", plan.maker("building", other))


def _check_storeys(plan: Plan, height_m: float | None, floors: int) -> None:
    """Refuse a height that no storeys have."""
    low, high = STOREY_M
    if height_m is not None and not low * floors <= height_m <= high * floors:
        plan.fail(f"{floors} floors in {height_m:g} m of height", f"from {low * floors:g} to {high * floors:g} m")


def _of_type(plan: Plan, edit: Build, quantity: str) -> float:
    return plan.catalog.value(quantity, edit.building_type)


def _begins(plan: Plan, row: int, quarters: int) -> str | None:
    """When a building that is not begun is begun if all of it comes so much later; None where no date is known."""
    started = plan.buildings.get(row, "started")
    if started is None:
        return None
    begins = Quarter.parse(started).plus(quarters)
    if begins.ordinal < plan.now:
        what = f"building {plan.buildings.get(row, 'building_id')} would be begun at {begins}"
        plan.fail(what, f"no earlier than {plan.edit.at}")
    return str(begins)


def _quarters(plan: Plan, said: int | None, quantity: str) -> int:
    return said or max(round(plan.catalog.value(quantity) * QUARTERS_PER_YEAR), 1)


def _parcel_of(plan: Plan, row: int) -> str:
    """The parcel on which a building stands now."""
    name = str(plan.buildings.get(row, "building_id"))
    moved = plan.moved.get(name)
    return moved[-1][0] if moved else str(plan.buildings.get(row, "parcel_id"))
