"""Buildings: floor space as a loss system shared by sizes, and the choice between buildings as a logit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.parks import small_park
from tests.theory import formulas
from tests.theory.quiet import PLANTED, Floats, Parameters, groups, judge, quiet, replicate, z_of_mean, z_of_ratio
from twin.record import Record

UNIT_YEARS = 1.0 / 400.0
WARM_UP_YEARS = 0.25
WATCHED_UNITS = 0.75 / UNIT_YEARS

#: Three industries and what a firm of each needs and brings: arrivals a unit of time, m².
SIZES = {"ai": (6.0, 1), "finance": (2.0, 3), "health": (0.8, 8)}

STAYS: dict[str, Parameters] = {
    "exponential": {"move_out_per_year": 1.0 / UNIT_YEARS},
    # no hazard of closing up to the age of one unit of time, and beyond it one that ends the stay at once
    "constant": {
        "age_closing_factor": 1.0,
        "closing_by_age": {f"{UNIT_YEARS:.12f}": 0.0, f"{UNIT_YEARS * (1.0 + 1e-6):.12f}": 1.0},
    },
}


def lettings(record: Record) -> Floats:
    """Firms that came and firms refused after the warm-up, by industry, and the m² let on average, all in one row."""
    assert record.events is not None
    industries = [list(record.groups["industry"].cat.categories).index(name) for name in SIZES]
    came = groups(record, "entered")[1:].sum(axis=(0, 1, 3))[industries]
    refused = groups(record, "gave_up")[1:].sum(axis=(0, 1, 3))[industries]
    events = record.events[record.events["building"].notna()]
    sign = np.where(events["kind"] == "settle", 1.0, -1.0)
    left_years = 1.0 - np.maximum(events["time_years"], WARM_UP_YEARS)
    let = float(np.sum(sign * events["amount"] * left_years)) / (1.0 - WARM_UP_YEARS)
    return np.concatenate([came, refused, [let]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stay", "slip"),
    [
        *(pytest.param(stay, 1.0, marks=[] if stay == "constant" else pytest.mark.slow) for stay in STAYS),
        ("constant", PLANTED),
    ],
    ids=[*STAYS, "planted-constant"],
)
def test_kaufman_roberts(stay: str, slip: float) -> None:
    """A building of 20 m² refuses firms of 1, 3 and 8 m² as Kaufman and Roberts say, whatever the law of their stay.

    Kaufman 1981, doi:10.1109/TCOM.1981.1094894; Roberts 1981. Only the mean stay matters, one unit of time. The
    building starts empty and has 100 stays to forget it.
    """
    loads, sizes = zip(*SIZES.values(), strict=True)
    expected = formulas.kaufman_roberts(20, loads, sizes)
    assert expected.blocking == pytest.approx([0.064405, 0.203420, 0.571353], abs=5e-7)
    assert expected.occupied == pytest.approx(13.136389, abs=5e-7)

    parameters = {f"entry_per_year.{name}": load * slip / UNIT_YEARS for name, (load, _) in SIZES.items()}
    parameters |= {f"m2_per_head.{name}": float(size) for name, (_, size) in SIZES.items()}
    scenario = quiet({**parameters, **STAYS[stay], "resident_share": 1.0}, quarters=4)
    seen = replicate(small_park([20.0]), scenario, 200, lettings, events=True)
    z = {
        f"{size} m² refused": z_of_ratio(seen[:, 3 + n], seen[:, n], expected.blocking[n])
        for n, size in enumerate(sizes)
    }
    judge("Kaufman-Roberts", z | {"m² let": z_of_mean(seen[:, 6], expected.occupied)}, slip)


def arrivals(record: Record) -> Floats:
    """(industries, buildings): firms that chose each building."""
    assert record.firms is not None
    firms = record.firms[record.firms["building_id"].notna()]
    chosen = np.zeros((len(firms["industry"].cat.categories), len(firms["building_id"].cat.categories)))
    np.add.at(chosen, (firms["industry"].cat.codes.to_numpy(), firms["building_id"].cat.codes.to_numpy()), 1.0)
    return chosen


def test_logit_by_rent(slip: float) -> None:
    """Shares of three roomy buildings are those of multinomial logit (McFadden 1974).

    Their utilities 1, 1/2 and 0 are -ln rent. Each of the seven industries is a replication. The planted error is in
    the taste for rent.
    """
    shares, logsum = formulas.logit([1.0, 0.5, 0.0])
    assert shares == pytest.approx([0.506480, 0.307196, 0.186324], abs=5e-7)
    assert logsum == pytest.approx(1.680270, abs=5e-7)

    park = small_park([1e6] * 3, rents=[math.exp(-1.0), math.exp(-0.5), 1.0])
    scenario = quiet({"entry_per_year": 8000.0, "resident_share": 1.0, "taste_rent": -1.0 * slip})
    seen = replicate(park, scenario, 30, arrivals, events=True)
    z = {f"share {n}": z_of_ratio(seen[:, n], seen.sum(axis=1), share) for n, share in enumerate(shares)}
    judge("logit", z, slip)


def test_logit_without_the_full_one(slip: float) -> None:
    """Where the best building is too small for a firm, the others share as if it were not there (McFadden 1974).

    The first building has one m² and every firm needs two, so that it is in the draw each time and never taken.
    """
    shares, _ = formulas.logit([0.5, 0.0])
    park = small_park([1.0, 1e6, 1e6], rents=[math.exp(-1.0), math.exp(-0.5), 1.0])
    scenario = quiet({"entry_per_year": 8000.0, "resident_share": 1.0, "m2_per_head": 2.0, "taste_rent": -1.0 * slip})
    seen = replicate(park, scenario, 30, arrivals, events=True)
    assert seen[:, 0].sum() == 0
    judge("conditional logit", {"share": z_of_ratio(seen[:, 1], seen.sum(axis=1), shares[0])}, slip)


@pytest.mark.slow
def test_logit_where_the_full_one_is_drawn_all_the_time(slip: float) -> None:
    """Where what is drawn is full time and again, the others still share as if it were not there (McFadden 1974).

    The first building, of one m², weighs 100,000 times as much as the two that firms of two m² can take.
    """
    shares, _ = formulas.logit([0.5, 0.0])
    park = small_park([1.0, 1e6, 1e6], rents=[math.exp(-11.5 / 3.0), math.exp(-0.5 / 3.0), 1.0])
    scenario = quiet({"entry_per_year": 8000.0, "resident_share": 1.0, "m2_per_head": 2.0, "taste_rent": -3.0 * slip})
    seen = replicate(park, scenario, 30, arrivals, events=True)
    assert seen[:, 0].sum() == 0
    judge("conditional logit, listed", {"share": z_of_ratio(seen[:, 1], seen.sum(axis=1), shares[0])}, slip)
