"""Floor that comes with a slot: the house of an incubator as a loss system.

A unit of time is 1/400 year; the first quarter is thrown away. Firms in the laboratory come, take a desk if one is
free, and leave after an exponential time; there is no other floor, and nobody waits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.parks import small_park
from tests.theory import formulas
from tests.theory.quiet import Floats, buildings, groups, judge, quiet, replicate, z_of_mean, z_of_ratio
from twin.park import Park
from twin.record import Record

UNIT_YEARS = 1.0 / 400.0
DESKS, LOAD = 10, 7.0


def house(floor_m2: float, slots: int) -> Park:
    """A building that is the house of an incubator."""
    park = small_park([floor_m2], slots={"incubator": slots})
    return replace(park, services=park.services.assign(building_id="b0"))


@pytest.mark.slow
@pytest.mark.parametrize(("floor_m2", "slots"), [(100.0, 10), (109.0, 25)], ids=["as many slots", "more slots"])
def test_who_finds_no_desk_does_not_come(floor_m2: float, slots: int, slip: float) -> None:
    """Erlang's loss formula: of desks or of slots, the fewer count.

    With more slots than desks those are free that have no floor, and whoever takes one would have to find room itself.
    """
    blocked = formulas.erlang_b(DESKS, LOAD)
    assert blocked == pytest.approx(0.078741, abs=5e-7)
    scenario = quiet(
        {
            "entry_per_year.ai": LOAD * slip / UNIT_YEARS,
            "resident_share": 1.0,
            "stage_share.lab": 1.0,
            "stage_share.mature": 0.0,
            "leave_per_year": 1.0 / UNIT_YEARS,
            "service_share.incubator": 1.0,
            "service_years.incubator": 1000.0,
            "slot_m2.incubator": 10.0,
            "m2_per_head": 10.0,
        },
        quarters=4,
    )

    def seen(record: Record) -> Floats:
        assert (buildings(record, "let_m2") == 10.0 * buildings(record, "hosted")).all()
        flows = [groups(record, name)[1:].sum() for name in ("entered", "settled", "gave_up")]
        return np.array([*flows, buildings(record, "hosted")[1:].mean()])

    entered, settled, gave_up, hosted = replicate(house(floor_m2, slots), scenario, 100, seen).T
    np.testing.assert_array_equal(entered, settled + gave_up)
    z = {
        "blocked": z_of_ratio(gave_up, entered, blocked),
        "hosted": z_of_mean(hosted, LOAD * (1.0 - blocked)),
    }
    judge("house as a loss system", z, slip)
