"""Double entry for land and floor space: every m², by zone, land use, state and provenance, at every date.

Each zone keeps two books, `land` and `floor`, and so does the whole of what is drawn, as zone `*`. An account is a
land use, a state and a provenance. Whatever changes is an entry at a quarter, made by an edit or `as planned`, that
debits some accounts and credits others by as much; what comes into the books, or leaves them, is booked against
the account `outside`. The opening entry is of all that was there before any change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from twin.errors import Fault, ParkError
from twin.park.dates import EVER, NEVER
from twin.park.held import LEAST_PIECE_M2, WHOLE, Holdings, areas_in, buildings_in
from twin.units import Quarter

if TYPE_CHECKING:
    from twin.park.model import Park

ACCOUNT = ("zone", "book", "land_use", "state", "provenance")

#: The account of what is outside the books.
OUTSIDE = "outside"

#: The entry of what was there from the beginning, and of what changes without an edit.
OPENING, AS_PLANNED = "opening", "as planned"

#: Books and geometry agree within this.
WITHIN_M2 = 1.0


@dataclass(frozen=True)
class Ledger:
    """The books of a park.

    `journal` has one row a line: quarter (empty for the opening), entry, the account's zone, book, land_use, state
    and provenance, and `m2`, which is positive for a debit and negative for a credit.
    """

    park: Park
    journal: pd.DataFrame

    def balances(self, at: str | Quarter, by: Sequence[str] = ACCOUNT) -> pd.DataFrame:
        """What is there at the beginning of a quarter: m² by zone and book and whatever else of an account is named."""
        when = Quarter.parse(at) if isinstance(at, str) else at
        past = self.journal[self.journal["quarter"] <= str(when)]
        past = past[past["state"] != OUTSIDE]
        wanted = [name for name in ACCOUNT if name in {"zone", "book", *by}]
        found = _summed(past, wanted)
        return found[found["m2"].abs() > LEAST_PIECE_M2].reset_index(drop=True)

    def reconcile(self, at: str | Quarter) -> pd.DataFrame:
        """Books beside geometry at a date: zone, book, account, books_m2, geometry_m2, difference_m2.

        The geometry is measured anew: parcels by land use within each zone, the floor of buildings by state within
        each zone, and the union of all parcels, in which what overlaps counts once.
        """
        when = Quarter.parse(at) if isinstance(at, str) else at
        land = self.balances(when, by=("land_use",))
        floor = self.balances(when, by=("state",))
        whole = self.balances(when, by=())
        books = pd.concat(
            [
                land[land["book"] == "land"].rename(columns={"land_use": "account"}),
                floor[floor["book"] == "floor"].rename(columns={"state": "account"}),
                whole[(whole["book"] == "land") & (whole["zone"] == WHOLE)].assign(account="union of parcels"),
            ],
            ignore_index=True,
        )
        found = books.rename(columns={"m2": "books_m2"}).merge(
            _measured(self.park, when), on=["zone", "book", "account"], how="outer"
        )
        found = found.fillna({"books_m2": 0.0, "geometry_m2": 0.0})
        return found.assign(difference_m2=found["books_m2"] - found["geometry_m2"])

    def check(self, at: str | Quarter) -> pd.DataFrame:
        """What `reconcile` says of a date.

        Raises ParkError where books and geometry differ by over 1 m², or an entry does not balance or made land.
        """
        found = self.reconcile(at)
        off = found[found["difference_m2"].abs() > WITHIN_M2]
        faults = [
            Fault(
                f"ledger at {at}, zone {row.zone}, {row.book}",
                f"{row.account}: {row.books_m2:.1f} m² in the books, {row.geometry_m2:.1f} m² in the geometry",
                "parcels without gaps or overlaps",
            )
            for row in off.itertuples()
        ]
        faults += [
            Fault(f"ledger, zone {row.zone}", f"entry {row.entry} at {row.quarter} makes {row.m2:+.1f} m² of land", "")
            for row in self.land_made.itertuples()
        ]
        faults += [
            Fault(
                f"ledger, zone {row.zone}, {row.book}",
                f"entry {row.entry} at quarter {row.quarter!r} leaves {row.m2:+.1f} m² without a counterpart",
                "a credit for each debit",
            )
            for row in self.unbalanced.itertuples()
        ]
        if faults:
            raise ParkError(faults)
        return found

    @cached_property
    def land_made(self) -> pd.DataFrame:
        """Dates at which a zone gained or lost land without its boundary having moved; there ought to be none.

        Edits of one date count together: the one may end a parcel and the other make what is there afterwards.
        """
        lines = self.journal
        lines = lines[(lines["book"] == "land") & (lines["state"] == OUTSIDE) & (lines["quarter"] != "")]
        # until its start the park's tables say what was, new land or not
        lines = lines[(lines["entry"] != AS_PLANNED) | (lines["quarter"] > str(self.park.start))]
        lines = lines.groupby(["zone", "quarter"]).agg(entry=("entry", ", ".join), m2=("m2", "sum")).reset_index()
        lines["m2"] = -lines["m2"]  # what came from outside is a credit there
        zones = self.park.zones_in_force.melt("zone_id", ["valid_from", "valid_to"], value_name="quarter")
        moved = pd.MultiIndex.from_frame(zones[["zone_id", "quarter"]].dropna())
        still = ~pd.MultiIndex.from_frame(lines[["zone", "quarter"]]).isin(moved)
        return lines[still & (lines["m2"].abs() > WITHIN_M2).to_numpy()]

    @cached_property
    def unbalanced(self) -> pd.DataFrame:
        """Entries whose debits are not their credits in a zone's book; there ought to be none."""
        sums = _summed(self.journal, ["quarter", "entry", "zone", "book"])
        return sums[sums["m2"].abs() > WITHIN_M2]


def ledger_of(park: Park) -> Ledger:
    """The books of a park, from its dated tables."""
    held = Holdings(park)
    land, floor = _journal(held.land()).assign(book="land"), _journal(held.floor()).assign(book="floor")
    lines = pd.concat([land, floor], ignore_index=True)
    lines = lines.sort_values(["quarter", "entry", *ACCOUNT], kind="stable").reset_index(drop=True)
    return Ledger(park, lines[["quarter", "entry", *ACCOUNT, "m2"]])


def _journal(held: pd.DataFrame) -> pd.DataFrame:
    """Debits where a span begins, credits where it ends, and against them what comes from outside or goes there."""
    keys = ["zone", "land_use", "state", "provenance"]
    debit = _summed(held, ["first", "by", *keys]).rename(columns={"first": "quarter", "by": "entry"})
    credit = _summed(held[held["last"] < NEVER], ["last", "ended_by", *keys])
    credit = credit.rename(columns={"last": "quarter", "ended_by": "entry"}).assign(m2=-credit["m2"])
    lines = pd.concat([debit, credit], ignore_index=True)
    lines["entry"] = np.where(
        lines["quarter"] == EVER, OPENING, np.where(lines["entry"] == "", AS_PLANNED, lines["entry"].astype(object))
    )
    lines = _summed(lines.astype(dict.fromkeys(keys, object)), ["quarter", "entry", *keys])
    against = _summed(lines, ["quarter", "entry", "zone"])
    against = against.assign(land_use="", state=OUTSIDE, provenance="", m2=-against["m2"])
    lines = pd.concat([lines, against], ignore_index=True)
    lines = lines[lines["m2"].abs() > LEAST_PIECE_M2]
    dates = {ordinal: "" if ordinal == EVER else str(Quarter(0, 1).plus(ordinal)) for ordinal in set(lines["quarter"])}
    return lines.assign(quarter=lines["quarter"].map(dates))


def _measured(park: Park, when: Quarter) -> pd.DataFrame:
    """The park at a date, measured: zone, book, account, geometry_m2."""
    parcels, buildings, zones = park.parcels_at(when), park.buildings_at(when), park.at(when)
    names = zones["zone_id"].to_numpy()
    shapes = parcels.geometry.to_numpy()
    row, zone, m2 = areas_in(shapes, zones.geometry.to_numpy())
    land = pd.DataFrame({"zone": names[zone], "account": parcels["land_use"].to_numpy()[row], "geometry_m2": m2})
    everywhere = pd.DataFrame({"zone": WHOLE, "account": parcels["land_use"], "geometry_m2": shapely.area(shapes)})
    union = pd.DataFrame(
        [{"zone": WHOLE, "account": "union of parcels", "geometry_m2": shapely.area(shapely.union_all(shapes))}]
    )
    building, zone = buildings_in(buildings, zones)
    gfa, state = buildings["gfa_m2"].to_numpy(dtype=float), buildings["state"].to_numpy()
    floor = pd.DataFrame({"zone": names[zone], "account": state[building], "geometry_m2": gfa[building]})
    every_floor = pd.DataFrame({"zone": WHOLE, "account": state, "geometry_m2": gfa})
    found = pd.concat(
        [
            pd.concat([land, everywhere, union]).assign(book="land"),
            pd.concat([floor, every_floor]).assign(book="floor"),
        ],
        ignore_index=True,
    )
    return found.groupby(["zone", "book", "account"])["geometry_m2"].sum().reset_index()


def _summed(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.groupby(keys, observed=True)["m2"].sum().reset_index()


__all__ = ["ACCOUNT", "Ledger", "ledger_of"]
