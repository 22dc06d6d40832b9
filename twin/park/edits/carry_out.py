"""Edits carried out one after the other, in order of their dates, on the dated tables of a park."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from twin.catalog import Catalog
from twin.errors import EditError, Fault
from twin.park.edits import bounds, floor, land
from twin.park.edits.plan import Plan
from twin.park.edits.records import Edit

#: What each kind of edit does to the plan.
_DO: Mapping[str, Callable[[Plan, Any], None]] = {
    "rezone": land.rezone,
    "split": land.split,
    "merge": land.merge,
    "swap": land.swap,
    "demolish": floor.demolish,
    "build": floor.build,
    "renovate": floor.renovate,
    "postpone": floor.postpone,
    "boundary": bounds.boundary,
    "add_zone": bounds.add_zone,
    "retire_zone": bounds.retire_zone,
}


def carry_out(
    tables: Mapping[str, pd.DataFrame],
    edits: Sequence[Edit],
    catalog: Catalog,
    *,
    settings: Mapping[str, str],
    start: str,
    places: Mapping[str, str],
) -> dict[str, pd.DataFrame]:
    """The tables after all edits; edits of one date in the order in which they stand.

    Zones change under the readings of `settings`; what holds under another stays as it is. `places` says where each
    edit, by its id, was read. Raises EditError with what is wrong with each edit; what an edit that failed would have
    made is not missed a second time.
    """
    plan = Plan(tables, catalog, settings, start)
    faults: list[Fault] = []
    unmade: set[str] = set()
    for edit in sorted(edits, key=lambda one: one.quarter.ordinal):
        plan.begin(edit, places.get(edit.id, "edits"))
        try:
            if edit.at < start:
                plan.fail(f"{edit.at} lies before the park's start", f"from {start} on")
            _DO[edit.edit](plan, edit)
        except EditError as error:
            if not unmade & _named(edit):
                faults += error.faults
            unmade |= _would_make(edit)
    if faults:
        raise EditError(faults)
    return plan.tables()


def _would_make(edit: Edit) -> set[str]:
    """Ids that an edit would have made or changed."""
    said = edit.model_dump()
    made = {str(said[field]) for field in ("building", "zone") if said.get(field)}
    into = said.get("into")
    made |= {into} if isinstance(into, str) else set(into or ())
    if edit.edit == "split":
        made |= {f"{said['parcel']}/{n}" for n in range(1, len(said["shares"] or "12345") + 1)}
    if edit.edit == "merge" and not into:
        made.add(f"{said['parcels'][0]}+")
    return made


def _named(edit: Edit) -> set[str]:
    """Ids that an edit is about."""
    said = edit.model_dump()
    one = {str(said[field]) for field in ("parcel", "building", "zone", "parent") if said.get(field)}
    return one.union(*(said.get(field) or () for field in ("parcels", "buildings", "add", "remove")))
