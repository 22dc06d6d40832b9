"""What changed inside a place for a lever: what is new to the park, and what only came from elsewhere in it.

Of two runs of the same luck, at their end. A resident firm inside the place in the one run and not in the other is
either new to the park's floor, or has come from elsewhere in the park:

    change = came + stayed + took_room + did_not_come + left + lost_room  (net new to the park: `net_new`)
           + moved_in + moved_out                                        (within the park: `moved`)
           + grown + shrunk                                              (where it is: `in_place`)

with what is lost below zero. The identity holds to the firm, the person and the m². Where the place is the whole park
nothing is elsewhere, so that all of its change is new or grown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from twin.record import Record
from twin.study.beside import beside
from twin.study.replications import Study

#: What a place holds, with the firms' column that it sums.
MEASURES = ("firms", "staff", "floor_m2")

#: What a change is made of, by what it adds up to.
PARTS = {
    "net_new": ("came", "stayed", "took_room", "did_not_come", "left", "lost_room"),
    "moved": ("moved_in", "moved_out"),
    "in_place": ("grown", "shrunk"),
}

EVERY_PART = tuple(part for parts in PARTS.values() for part in parts)

#: By what places may be told apart.
KINDS = ("park", "zone", "building")


def displacement(base: Record, other: Record, *, by: str = "zone") -> pd.DataFrame:
    """What changed inside each place between two runs of the same luck, and what it is made of.

    One row for each place and measure: place, measure (firms, staff, floor_m2), each of the parts, `net_new`, `moved`,
    `in_place`, and `change`, counted apart from the parts; what-if less base. `by` is park, zone or building. Both runs
    need their tables of firms. Raises ValueError.
    """
    sides = [_residents(record, by) for record in (base, other)]
    inside = sides[0].merge(sides[1], on=["firm", "place"], how="outer", suffixes=("_base", "_other"))
    known = [_status(record).reindex(inside["firm"]).to_numpy(object) for record in (base, other)]
    here = [inside["firm"].isin(side["firm"]).to_numpy() for side in sides]
    there = [inside[f"floor_m2_{run}"].notna().to_numpy() for run in ("base", "other")]
    inside["part"] = np.select(
        [there[1] & ~there[0] & here[0], there[0] & ~there[1] & here[1], there[0] & there[1]],
        ["moved_in", "moved_out", "in_place"],
        np.where(there[1], _of_comers(known[0]), _of_leavers(known[1])),
    )
    places = _places(base, other, by)
    at = places.get_indexer(pd.Index(inside["place"]))
    tables = []
    for measure in MEASURES:
        before, after = (inside[f"{measure}_{run}"].fillna(0.0).to_numpy(np.float64) for run in ("base", "other"))
        more = after - before
        part = np.where(inside["part"] == "in_place", np.where(more > 0, "grown", "shrunk"), inside["part"])
        summed = np.zeros((len(places), len(EVERY_PART)))
        np.add.at(summed, (at, pd.Index(EVERY_PART).get_indexer(pd.Index(part))), more)
        table = pd.DataFrame(summed, index=places, columns=list(EVERY_PART))
        totals = {total: table[list(parts)].sum(axis=1) for total, parts in PARTS.items()}
        change = np.bincount(at, after, len(places)) - np.bincount(at, before, len(places))
        tables.append(table.assign(**totals, change=change, measure=measure).reset_index())
    return pd.concat(tables, ignore_index=True)[["place", "measure", *EVERY_PART, *PARTS, "change"]]


def displacements(base: Study, other: Study, *, by: str = "zone") -> pd.DataFrame:
    """The same for each replication of two studies, as replication, place, measure, part, value."""
    tables = [
        displacement(before, after, by=by).assign(replication=number)
        for number, (before, after) in enumerate(zip(base.records, other.records, strict=True))
    ]
    keys = ["replication", "place", "measure"]
    return pd.concat(tables).melt(keys, [*EVERY_PART, *PARTS, "change"], var_name="part", value_name="value")


def _of_comers(before: np.ndarray) -> np.ndarray:
    """Why firms are resident in the what-if alone, by their status in the base."""
    return np.select([pd.isna(before) | (before == "prospect"), before == "remote"], ["came", "took_room"], "stayed")


def _of_leavers(after: np.ndarray) -> np.ndarray:
    """Why firms are resident in the base alone, by their status in the what-if."""
    return np.select([pd.isna(after) | (after == "prospect"), after == "remote"], ["did_not_come", "lost_room"], "left")


def _status(record: Record) -> pd.Series[str]:
    """The status at the end of every firm that came; those that never did have none."""
    if record.firms is None:
        raise ValueError("both runs need the table of firms: simulate with events=True")
    came = record.firms[np.isfinite(record.firms["entered_years"])]
    return came.set_index("firm")["status"].astype(object)


def _residents(record: Record, by: str) -> pd.DataFrame:
    """firm, place, firms, staff, floor_m2: each resident in each place it is in at the end."""
    if record.firms is None:
        raise ValueError("both runs need the table of firms: simulate with events=True")
    firms = record.firms[record.firms["status"] == "resident"]
    told = firms[["firm", "staff", "floor_m2"]].assign(building_id=firms["building_id"].astype(object), firms=1)
    return told.merge(places_of(record, by), on="building_id").drop(columns="building_id")


def places_of(record: Record, by: str, quarter: str | None = None) -> pd.DataFrame:
    """building_id, place: the places that each building is in, in a quarter, the last if none is given.

    `by` is park, zone or building. Raises ValueError.
    """
    quarters = list(record.buildings["quarter"].cat.categories)
    now = quarter or quarters[-1]
    counted = record.buildings.loc[record.buildings["quarter"] == quarters[0], ["building_id", "cell"]].astype(object)
    if by == "zone":
        zones = record.zones
        in_force = (zones["valid_from"] <= now) & ((zones["valid_to"] == "") | (now < zones["valid_to"]))
        cells = zones.loc[in_force, ["zone_id", "cell"]].rename(columns={"zone_id": "place"})
        return counted.merge(cells, on="cell")[["building_id", "place"]].reset_index(drop=True)
    if by in KINDS:
        place = counted["building_id"] if by == "building" else by
        return pd.DataFrame({"building_id": counted["building_id"], "place": place}).reset_index(drop=True)
    raise ValueError(f"by={by!r}; it is one of {', '.join(KINDS)}")


def _places(base: Record, other: Record, by: str) -> pd.Index[str]:
    """The places of either run, in the order in which they are told."""
    return pd.Index(pd.concat([places_of(record, by)["place"] for record in (base, other)]).unique(), name="place")


def told_places(study: Study, against: Study) -> list[tuple[str, str]]:
    """The zones and buildings named by the actions that a study has and another has not: by what, and which."""
    named = [action.where for action in beside(study.scenario.pulls, against.scenario.pulls.values()).values()]
    found = [("zone", where.zone) for where in named if where.zone is not None]
    found += [("building", where.building) for where in named if where.building is not None]
    return list(dict.fromkeys(found))


def headline(table: pd.DataFrame, name: str, language: str = "en") -> str:
    """What changed in one place as a sentence in `en` or `zh`; `table` has measure, part, mean, low and high of it."""
    value = table.set_index(["measure", "part"])

    def said(measure: str, part: str, digits: int) -> str:
        return f"{float(value.loc[(measure, part), 'mean']):+,.{digits}f}"  # type: ignore[arg-type]

    def between(measure: str, digits: int) -> str:
        low, high = (float(value.loc[(measure, "change"), end]) for end in ("low", "high"))  # type: ignore[arg-type]
        return f" ({low:+,.{digits}f} … {high:+,.{digits}f})" if np.isfinite(low) else ""

    firms = [said("firms", part, 1) for part in ("change", "net_new", "moved")]
    staff = [said("staff", part, 0) for part in ("change", "net_new", "moved", "in_place")]
    floor = [said("floor_m2", part, 0) for part in ("change", "net_new", "moved", "in_place")]
    if language == "zh":
        return (
            f"{name}: 企业 {firms[0]} 家{between('firms', 1)}, 其中园区新增 {firms[1]}, 来自园区别处 {firms[2]}; "
            f"人员 {staff[0]} 人 (新增 {staff[1]}, 园内迁移 {staff[2]}, 原地增减 {staff[3]}); "
            f"已租面积 {floor[0]} ㎡ (新增 {floor[1]}, 园内迁移 {floor[2]}, 原地增减 {floor[3]})"
        )
    return (
        f"{name}: of {firms[0]} firms{between('firms', 1)}, {firms[1]} are new to the park and {firms[2]} came from "
        f"elsewhere in it; staff {staff[0]} (new {staff[1]}, moved {staff[2]}, in place {staff[3]}); "
        f"let m² {floor[0]} (new {floor[1]}, moved {floor[2]}, in place {floor[3]})"
    )
