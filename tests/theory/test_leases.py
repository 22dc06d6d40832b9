"""Leases, rents and works: who stays, when leases end, where rents come to rest, how much floor is on line."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory import formulas
from tests.theory.quiet import START, Floats, buildings, judge, quiet, replicate, z_of_mean, z_of_ratio
from tests.works import worked_on, works_on
from twin.catalog import load_catalog
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.indicators import measure, yearly
from twin.record import Record
from twin.simulation import load_and_check, prepare, simulate
from twin.units import Quarter


def residents(n: int, *, floor_m2: int = 1) -> pd.DataFrame:
    """n residents of every industry in the first building, one person on 1 m² each."""
    industries = load_catalog().industries
    stock = [stock_of(n, industry=industry, building="b0", floor_m2=floor_m2) for industry in industries]
    firms = pd.concat(stock, ignore_index=True)
    return firms.assign(firm_id=range(1, len(firms) + 1))


def chosen(record: Record) -> Floats:
    """(buildings,): how many firms were in each building when their lease had ended."""
    assert record.events is not None
    ends = record.events[record.events["kind"] == "lease_end"]
    return np.bincount(ends["building"].cat.codes, minlength=len(ends["building"].cat.categories)).astype(float)


def test_staying_or_moving_is_a_logit(slip: float) -> None:
    """When its lease ends a firm stays with odds of exp(inertia) over another building of the same utility.

    McFadden 1974. Utilities of the first three buildings are 1/2, 1 and 0; the fourth, the best, is too small for
    anyone and drawn time and again. The planted error is in the inertia.
    """
    shares, _ = formulas.logit([0.5 + 2.0, 1.0, 0.0])
    stay = math.exp(2.5) / (math.exp(2.5) + math.e + 1.0)
    assert shares[0] == pytest.approx(stay)

    rents = [math.exp(-0.5), math.exp(-1.0), 1.0, math.exp(-2.0)]
    park = small_park([1e6, 1e6, 1e6, 1.0], rents=rents, firms=residents(150, floor_m2=2))
    leases = {"lease_years": 1.0, "stay_inertia": 2.0 * slip, "taste_rent": -1.0, "m2_per_head": 2.0}
    seen = replicate(park, quiet(leases, quarters=4), 40, chosen, events=True)
    assert seen[:, 3].sum() == 0
    assert (seen.sum(axis=1) == 7 * 150).all()  # each lease of the stock ends once in its length
    z = {f"share {n}": z_of_ratio(seen[:, n], seen.sum(axis=1), share) for n, share in enumerate(shares)}
    judge("logit at the end of a lease", z, slip)


def test_leases_of_the_stock_end_at_a_steady_rate(slip: float) -> None:
    """t / L leases end by t, as in a renewal process that began long ago (Cox 1962): here of 3 years, seen for 2.25.

    The planted error is in the length of the leases; each of the seven industries is a replication.
    """
    alike = 50

    def ended(record: Record) -> Floats:
        assert record.events is not None
        firms = record.events[record.events["kind"] == "lease_end"]["firm"].to_numpy()
        return np.bincount((firms - 1) // alike, minlength=7)[:, None] / alike

    scenario = quiet({"lease_years": 3.0 * slip}, quarters=9)
    seen = replicate(small_park([1e6], firms=residents(alike)), scenario, 30, ended, events=True)
    judge("leases of the stock", {"ended": z_of_mean(seen[:, 0], 2.25 / 3.0)}, slip)


def elasticities(taste_rent: float) -> tuple[float, float]:
    """Own and cross elasticity of the share of one in five alike buildings by its rent: central differences."""
    change = 1e-3
    shares = []
    for sign in (-1.0, 1.0):
        park = small_park([100.0] * 5, rents=[4.0 * math.exp(sign * change), 4.0, 4.0, 4.0, 4.0])
        env = ParkEnvironment(prepare(park, quiet({"taste_rent": taste_rent})).state)
        shares.append(env.state.choice.weight[0] / env.state.choice.total[0])
    own, cross, *_ = np.log(shares[1] / shares[0]) / (2.0 * change)
    return float(own), float(cross)


def test_elasticity_of_the_choice(slip: float) -> None:
    """Own and cross elasticity of a logit share of .2 at a rent of 4 and a coefficient of rent of -.30: -.96, .24.

    Train 2009, Discrete Choice Methods with Simulation, chapter 3: b R (1 - P) and -b R P. Utility is linear in ln rent
    here, where they are b (1 - P) and -b P: the same at a taste for ln rent of b R = -1.2.
    """
    own, cross = elasticities(-0.30 * 4.0 * slip)
    met = own == pytest.approx(-0.96, abs=1e-4) and cross == pytest.approx(0.24, abs=1e-4)
    assert met == (slip == 1.0), (own, cross)


def demand(rent: float) -> float:
    """Share of the floor that is let at a rent: .9 at 4 CNY/m²/day, elasticity -1/2."""
    return 0.9 * (rent / 4.0) ** -0.5


def lets_by_rent(env: ParkEnvironment) -> Generator[Event, None, None]:
    """A process that at the beginning of each quarter lets what is asked for at the rent of the first building."""
    quarter, floor = 0, env.state.buildings
    while True:
        yield env.at(quarter / 4, Kind.ACTION)
        floor.let_m2[0] = round(floor.stock_m2[0] * demand(float(floor.rent_cny_m2_day[0])))
        quarter += 1


def rent_after_steps(steps: int, per_year: float, response: float) -> float:
    """The rent of the first building after so many counts, of which `per_year` make a year of the case."""
    rents = {
        "rent_adjustment_per_year": response * 4.0 / per_year,
        "structural_vacancy": 0.13,
        "rent_change_limit_per_year": math.inf,
    }
    scenario = quiet(rents, quarters=steps + 1)
    record = simulate(small_park([1e6], rents=[4.0]), scenario, events=False, processes=[lets_by_rent])
    return float(buildings(record, "rent_cny_m2_day")[-1, 0])


def test_rents_go_where_vacancy_is_structural(slip: float) -> None:
    """A million m² of which 0.9 (R/4)^-1/2 is let; vacancy 13 %, response 3.13: 4.2078 in a year, in the end 4.2806.

    Rosen & Smith 1983; Wheaton & Torto 1988. The counts of a run are days of the case, then quarters of it.
    """
    in_a_year = formulas.rent_after(1.0, 4.0, 3.13, 0.13, demand)
    assert in_a_year == pytest.approx(4.207800, abs=1e-5)
    at_rest = 4.0 * (0.90 / 0.87) ** 2
    assert at_rest == pytest.approx(4.280618, abs=5e-7)
    seen = rent_after_steps(365, 365.0, 3.13 * slip)
    assert (seen == pytest.approx(in_a_year, abs=5e-4)) == (slip == 1.0), seen
    assert rent_after_steps(100, 4.0, 3.13) == pytest.approx(at_rest, abs=2e-5)


@pytest.mark.parametrize("down_quarters", [5, 6], ids=["true", "planted"])
def test_availability_under_a_cycle_of_renovation(down_quarters: int) -> None:
    """Floor renovated for 1.25 years after each 8 years of use is on line 8 / 9.25 of the time (Barlow 1965).

    The planted error is a quarter more of works in the same cycle.
    """
    up, cycle, cycles = 32, 37, 10
    first = Quarter.parse(START)
    works = [
        works_on("b0", str(first.plus(n * cycle + cycle - down_quarters)), str(first.plus((n + 1) * cycle)))
        for n in range(cycles)
    ]
    scenario = quiet({"notice_years": 0.0}, quarters=cycle * cycles)
    record = simulate(worked_on(small_park([1000.0]), *works), scenario, events=False)
    available = 1.0 - buildings(record, "offline_m2").mean() / 1000.0
    assert up / cycle == pytest.approx(0.864865, abs=5e-7)
    assert (available == pytest.approx(up / cycle, abs=1e-9)) == (down_quarters == cycle - up)


@pytest.mark.parametrize("start", ["2021Q1", "2026Q1"])
def test_the_shipped_park_moves_and_asks_as_parks_do(start: str) -> None:
    """5-10 % of residents change building in a year (van Dijk & Pellenbarg 2000), most leases are signed again.

    Rents fall after years when more is vacant than usual and rise after others, what is paid follows with a delay, and
    of the registered more and more are on site where the park starts with many that are not.
    """
    park, scenario = load_and_check("baseline", changes=[f"start={start}", f"end={int(start[:4]) + 7}Q4"])
    year = yearly(measure(simulate(park, scenario, events=False)))
    of = year.pivot_table(index="year", columns="indicator", values="value")
    moves = of["moves"] / of["resident_firms"]
    assert 0.05 < moves.mean() < 0.10
    assert moves.between(0.04, 0.11).all()
    assert of["renewal_share"].between(0.75, 0.95).all()
    usual = park.catalog.value("structural_vacancy")
    much, change = of["vacancy"].shift()[1:] > usual, of["asking_rent"].diff()[1:]
    assert much.any()
    assert not much.all()
    clear = (of["vacancy"].shift()[1:] - usual).abs() > 0.01  # within a point of the usual either may be
    assert ((change < 0.0) == much)[clear].all()
    steps = of["asking_rent"].pct_change()
    falling = (steps < -0.005) & (steps.shift() < -0.005)
    assert start == "2021Q1" or falling.any()
    assert (of["rent_paid"] > of["asking_rent"])[falling].all()
    on_site = of["resident_firms"] / (of["resident_firms"] + of["remote_firms"])
    assert start == "2026Q1" or (on_site.diff().dropna() > 0.0).all()
