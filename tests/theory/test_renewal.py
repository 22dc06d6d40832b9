"""Rooms that are let again and again: with firms always waiting, move-ins into a room are a renewal process."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory import formulas
from tests.theory.quiet import Floats, judge, quiet, replicate, z_of_mean
from twin.park import Park
from twin.record import Record

ROOMS = 100
UNIT_YEARS = 1.0 / 20.0
RATE = 2.0

#: Dates of the case; the last is the end of the first quarter.
EARLY, LATE = 0.5, 5.0


def full_park() -> Park:
    """Rooms of 1 m², in each of which a firm has just come to the third stage."""
    ids = [f"b{n}" for n in range(ROOMS)]
    firms = stock_of(ROOMS, stage="scale", floor_m2=1).assign(building_id=pd.Series(ids), resident=True)
    return small_park([1.0] * ROOMS, firms=firms)


def move_ins(record: Record) -> Floats:
    """(rooms, 3): move-ins by the two dates, and from the later one to the next."""
    assert record.events is not None
    events = record.events[record.events["kind"] == "settle"]
    room, when = events["building"].cat.codes.to_numpy(), events["time_years"].to_numpy() / UNIT_YEARS
    early, late = (
        pd.Series(room[when <= date]).value_counts().reindex(range(ROOMS), fill_value=0) for date in (EARLY, LATE)
    )
    after = when > LATE
    coming = pd.Series(when[after]).groupby(room[after]).min().reindex(range(ROOMS))
    assert coming.notna().all()
    return pd.concat([early, late, coming - LATE], axis=1).to_numpy(dtype=float)


def test_rooms_are_let_again_at_the_renewal_rate(slip: float) -> None:
    """A stay of two stages of rate 2 is Erlang's: 4.75 firms follow in 5 units of time, the next in .75 (Cox 1962).

    Each room is a replication: stays are independent and somebody always waits, with endless patience, so no room
    knows of another. The stock begins its stage, and so its stay, at the start; whoever follows begins it in the room.
    The planted error is in the rate of both stages: 2.06.
    """
    by_early, by_late = (formulas.renewals_erlang_2(RATE, date) for date in (EARLY, LATE))
    assert by_late == pytest.approx(4.75, abs=5e-7)
    residual = 0.75  # E X² / (2 E X); the start is forgotten but for exp(-20)

    per_year = RATE * slip / UNIT_YEARS
    scenario = quiet(
        {
            "entry_per_year.ai": 1.5 * ROOMS / UNIT_YEARS,
            "stage_share.scale": 1.0,
            "stage_share.mature": 0.0,
            "resident_share": 1.0,
            "search_patience_years": float("inf"),
            "advance_per_year.scale": per_year,
            "leave_per_year.mature": per_year,
        },
        quarters=3,
    )
    seen = replicate(full_park(), scenario, 50, move_ins, events=True)
    z = {
        "move-ins by 1/2": z_of_mean(seen[:, 0], by_early),
        "move-ins by 5": z_of_mean(seen[:, 1], by_late),
        "from 5 to the next": z_of_mean(seen[:, 2], residual),
    }
    judge("renewal", z, slip)
