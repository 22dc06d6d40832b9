"""Every fact holds on a record from the law it speaks of, and does not on one from another."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.unit.facts.made import BUILDINGS, CELLS, INDUSTRIES, STAGES, firms_of, made, runs_of
from twin.facts import CANNOT, FACTS, FAILS, HOLDS, Runs, judge
from twin.facts.demography import life_table
from twin.facts.growing import high_growth_shares, laplace_over_normal_p
from twin.facts.places import location_quotients, poisson_slope
from twin.facts.sizes import hill, lognormal_body_p
from twin.history import patterns

LEGAL_Q = [0.016, 0.063, 0.095, 0.092, 0.0905, 0.084, 0.081, 0.078, 0.074, 0.06]


def lives(yearly: list[float], n: int = 20_000) -> Runs:
    """Firms founded through ten years that die by yearly probabilities."""
    rng = np.random.default_rng(1)
    came = rng.uniform(0, 10, n)
    hazard = -np.log1p(-np.array(yearly))
    ages = np.interp(rng.exponential(size=n), np.concatenate([[0.0], np.cumsum(hazard)]), np.arange(11), right=99.0)
    gone = came + ages
    died = np.flatnonzero(gone < 10)
    firms = firms_of(came, came=came, gone=np.where(gone < 10, gone, np.inf))
    events = [(gone[i], "close", i, "b0", "mature", 0.0) for i in died]
    return runs_of(made(firms=firms, events=events))


def ages(*shares: float) -> Runs:
    """Firms of three, seven and fifteen years at the end."""
    counts = [round(100 * share) for share in shares]
    return runs_of(made(firms=firms_of(np.repeat([7.0, 3.0, -5.0], counts))))


def births(entered: float, growth: float) -> Runs:
    """A stock that grows by a rate and is joined by a share of itself each year."""
    stock = 1000 * (1 + growth) ** (np.arange(40) // 4)
    shape = (40, 1, 1, 1)
    cells = np.array([1.0, 0, 0]).reshape(1, 3, 1, 1) / 2 * np.array([1.0, 0, 0, 0]).reshape(1, 1, 1, 4)
    columns = {"resident_firms": stock.reshape(shape) * cells, "entered": (entered * stock / 4).reshape(shape) * cells}
    return runs_of(made(groups=columns))


def revenues(values: Any) -> Runs:
    """Firms with revenues at the end."""
    values = np.asarray(values, dtype=float)
    return runs_of(made(firms=firms_of(np.zeros(len(values)), revenue_cny=values, anchor=False)))


def pareto(exponent: float, n: int) -> Any:
    """Quantiles of a Pareto law."""
    return 1e6 * (1 - (np.arange(n) + 0.5) / n) ** (-1 / exponent)


def growth(draw: Callable[[Any, Any], Any], n: int = 4_000) -> Runs:
    """Firms of many sizes with one growth a year for four years, with a law given their size."""
    rng = np.random.default_rng(2)
    size = np.exp(rng.uniform(math.log(200), math.log(20_000), n))
    rows = []
    for year in range(4):
        rows.append(pd.DataFrame({"time_years": year + 0.5, "kind": "grow", "firm": np.arange(n), "amount": size}))
        size = size * np.exp(draw(rng, size))
    events = pd.concat(rows, ignore_index=True).assign(building="b0", stage="mature")
    return runs_of(made(firms=firms_of(np.zeros(n)), events=events))


def laplace(rng: Any, size: Any) -> Any:
    """Growth with a spread that falls with size."""
    return rng.laplace(size=len(size)) * 0.2 * (size / 20) ** -0.16


def spans(fast: float, again: float) -> Runs:
    """Firms of which a share grows fast in the first three years, and of these a share again."""
    n, years = 1_000, np.arange(10)
    rows = []
    for i in range(n):
        first = 1.25 if i < fast * n else 1.0
        second = 1.25 if i < fast * again * n else 1.0
        staff = 100 * first ** np.minimum(years, 3) * second ** np.clip(years - 3, 0, 3)
        rows += [(year + 0.5, "grow", i, "b0", "mature", size) for year, size in zip(years, staff, strict=True)]
    return runs_of(made(firms=firms_of(np.zeros(n)), events=rows))


def tiers(*counts: int) -> Runs:
    """Holders of each tier at the end of 2025."""
    names = ("hnte", "srdi", "little_giant", "unicorn")
    return runs_of(made(years=5, start="2021Q1", tiers=dict(zip(names, counts, strict=True))))


def funnel(*shares: float) -> Runs:
    """A cohort of a thousand of which shares reach each further stage, some of the others after eight years."""
    n, rows = 1_000, list[tuple[Any, ...]]()
    for i in range(n):
        rows.append((0.5, "enter", i, None, "lab", 5.0))
        reached = float(n)
        for stage, share in enumerate(shares):
            within, reached = i < reached * share, reached * share
            if within or i % 2:
                rows.append(((1.0 if within else 8.0) + stage / 4, "advance", i, "b0", STAGES[stage], 0.0))
    return runs_of(made(firms=firms_of(np.full(n, 0.5), came=0.5), events=rows))


def moves(a_year: float, *, to_own: float, after_fast: float) -> Runs:
    """A hundred residents that grow each year, a quarter of them fast; the first industry sits in the first cell."""
    rng, n, rows = np.random.default_rng(3), 400, []
    staff = np.zeros((40, 3, 2, 4))
    staff[:, 0, 0, 3], staff[:, 1, 1, 3], staff[:, 0, 1, 3], staff[:, 1, 0, 3] = 90, 90, 10, 10
    base = a_year / (0.75 + 0.25 * after_fast)
    for i in range(n):
        size = 100.0
        for year in range(10):
            fast = rng.uniform() < 0.25
            size *= math.exp(0.5 if fast and year else 0.0)
            rows.append((year + 0.1, "grow", i, "b0", "mature", size))
            if rng.uniform() < base * (after_fast if fast and year else 1.0):
                own = rng.uniform() < to_own
                rows.append((year + 0.6, "move", i, "b0" if own else "b1", "mature", 50.0))
    rows += [(5.0, "move_out", i, "b0", "mature", 0.0) for i in range(20)]
    firms = np.zeros((40, 3, 2, 4))
    firms[:, 0, 0, 3] = n
    return runs_of(made(firms=firms_of(np.zeros(n)), events=rows, groups={"staff": staff, "resident_firms": firms}))


def rents(k: float) -> Runs:
    """Vacancy that swings in ten years, and rents that answer it."""
    vacant = 0.14 + 0.05 * np.sin(2 * np.pi * np.arange(40) / 40)
    rent = 4 * np.exp(np.concatenate([[0.0], np.cumsum(-k * (vacant[:-1] - 0.14) / 4)]))
    floor = {
        "stock_m2": np.full((40, 1), 1000.0),
        "let_m2": 1000 * (1 - vacant)[:, None],
        "rent_cny_m2_day": rent[:, None],
    }
    return runs_of(made(buildings=floor))


def filling(years: float) -> Runs:
    """Twenty buildings that open after a year and are full after so many; one is there from the start."""
    open_ = (np.arange(40) >= 4)[:, None] * np.ones(20)
    share = np.clip((np.arange(40) - 3) / (4 * years), 0, 1)[:, None] * np.linspace(0.9, 1.1, 20)
    floor = {"stock_m2": 2000 * open_, "let_m2": 2000 * open_ * np.minimum(share, 1.0)}
    floor = {name: np.hstack([np.full((40, 1), 2000.0), values]) for name, values in floor.items()}
    return runs_of(made(buildings=floor, ids=[f"b{n}" for n in range(21)]))


def floor(per_firm: float, per_head: float) -> Runs:
    """Floor of residents."""
    return runs_of(made(groups={"floor_m2": 1e5, "resident_firms": 1e5 / per_firm, "staff": 1e5 / per_head}))


def clusters(*, led: float, pull: float) -> Runs:
    """Each cell's leading industry holds a share of its staff; firms settle by a power of the staff of their own."""
    rng = np.random.default_rng(4)
    staff = np.zeros((40, 3, 2, 4))
    for year in range(10):
        swing = 1.0 + 0.4 * math.sin(year)
        mine, other = 1000 * led * swing, 1000 * (1 - led)
        staff[4 * year : 4 * year + 4, :2, :, 3] = [[mine, other], [other, mine * 1.1]]
    settled = np.zeros((40, 3, 2, 4))
    before = np.maximum(np.roll(staff, 4, axis=0)[:, :2, :, 3], 1.0)
    settled[:, :2, :, 0] = rng.poisson(200 * before**pull / np.mean(before**pull))
    return runs_of(made(groups={"staff": staff, "settled": settled}))


def revenue(levels: dict[int, float]) -> Runs:
    """Revenue by year from 2021 on."""
    a_quarter = np.repeat([levels[year] for year in range(2021, 2026)], 4)
    one = np.zeros((1, 3, 2, 4))
    one[0, 0, 0, 0] = 1.0
    return runs_of(made(years=5, start="2021Q1", groups={"revenue_cny": a_quarter.reshape(-1, 1, 1, 1) * one}))


def scifi(at: dict[str, float]) -> Runs:
    """The industry's count through some quarters; a hundred game companies on top."""
    quarters = [f"{year}Q{n}" for year in range(2021, 2026) for n in range(1, 5)]
    known = [quarters.index(quarter) for quarter in at]
    counts = 100 + np.interp(np.arange(20), known, list(at.values()))
    firms = np.zeros((20, 3, 2, 4))
    firms[:, 0, 1, 0] = counts
    return runs_of(made(years=5, start="2021Q1", groups={"resident_firms": firms}))


def yields(per_firm: float, per_m2: float) -> Runs:
    """Revenue, firms and floor of the feature parks."""
    groups = {"revenue_cny": 1e8, "resident_firms": 1e8 / per_firm}
    stock = 2 * len(INDUSTRIES) * len(STAGES) * 1e8 / per_m2 / len(BUILDINGS)
    return runs_of(made(groups=groups, buildings={"stock_m2": stock}))


def shares(tax: float, rd: float) -> Runs:
    """Tax and R&D of a revenue of 1."""
    run = made(groups={"revenue_cny": 1.0})
    return runs_of(dataclasses.replace(run, record=dataclasses.replace(
        run.record, groups=run.record.groups.assign(tax_cny=tax, rd_cny=rd)
    )))  # fmt: skip


def settling(first: float, later: float) -> Runs:
    """A thousand registered entrants of which shares are on site within a year, and within four."""
    n, rows = 1_000, list[tuple[Any, ...]]()
    for i in range(n):
        rows.append((1.0, "enter", i, None, "mature", 5.0))
        if i < first * n:
            rows.append((1.1, "settle", i, "b0", "mature", 50.0))
        elif i < later * n:
            rows.append((4.0, "settle", i, "b0", "mature", 50.0))
    return runs_of(made(firms=firms_of(np.ones(n), came=1.0), events=rows))


def counts(branching: float) -> Runs:
    """Entries of ten years in thirty runs: of a Poisson law, or each with followers at once."""
    rng = np.random.default_rng(5)
    runs = []
    for _ in range(30):
        first = rng.poisson(10, (40, 1, 2, 1))
        followers = rng.poisson(first * branching) * 2
        one = np.array([1.0, 0, 0]).reshape(1, 3, 1, 1) * np.array([1.0, 0, 0, 0]).reshape(1, 1, 1, 4)
        runs.append(made(groups={"entered": (first + followers) * one}))
    return runs_of(*runs)


def drawn(law: Callable[[Any], Any]) -> Runs:
    """Revenues of 4,000 firms drawn from a law."""
    return revenues(1e7 * law(np.random.default_rng(6)))


PATH = {
    "2021Q1": 20.0,
    "2021Q3": 20.0,
    "2022Q4": 80.0,
    "2023Q2": 100.0,
    "2023Q4": 184.0,
    "2024Q4": 200.0,
    "2025Q4": 205.0,
}
LINE = {"2021Q1": 20.0, "2021Q3": 20.0, "2025Q4": 320.0}

SLOWING = {2021: 3.66e11, 2022: 4.19e11, 2023: 4.4e11, 2024: 4.55e11, 2025: 4.75e11}
STEADY = {2021 + n: 3.2e11 * 1.082 ** (n + 1) for n in range(5)}

#: A park of which each fact holds, and one of which it must not, by number.
CASES: dict[int, tuple[Callable[[], Runs], Callable[[], Runs]]] = {
    1: (lambda: lives(LEGAL_Q), lambda: lives([0.2, 0.13, 0.11, 0.1, 0.08, 0.08, 0.07, 0.07, 0.06, 0.06])),
    2: (lambda: ages(0.6, 0.25, 0.15), lambda: ages(0.2, 0.3, 0.5)),
    3: (lambda: births(0.11, 0.045), lambda: births(0.11, 0.09)),
    4: (lambda: revenues(pareto(0.95, 4_000)), lambda: revenues(pareto(1.6, 4_000))),
    5: (lambda: drawn(lambda rng: rng.lognormal(0, 1.5, 4_000)), lambda: drawn(lambda rng: 1 + rng.pareto(0.9, 4_000))),
    6: (lambda: growth(laplace), lambda: growth(lambda rng, size: rng.normal(0, 0.2, len(size)))),
    7: (lambda: growth(laplace), lambda: growth(lambda rng, size: rng.laplace(0, 0.1, len(size)))),
    8: (lambda: spans(0.2, 0.1), lambda: spans(0.2, 0.5)),
    9: (lambda: revenues(pareto(0.86, 400)), lambda: revenues(pareto(3.0, 400))),
    10: (lambda: tiers(880, 353, 21, 4), lambda: tiers(880, 353, 100, 4)),
    11: (lambda: funnel(0.64, 0.41, 0.30), lambda: funnel(0.64, 0.60, 0.30)),
    12: (lambda: moves(0.07, to_own=0.8, after_fast=1.5), lambda: moves(0.07, to_own=0.5, after_fast=1.5)),
    13: (lambda: rents(3.1), lambda: rents(-1.0)),
    14: (lambda: filling(3.5), lambda: filling(7.0)),
    15: (lambda: floor(1200, 21), lambda: floor(1200, 60)),
    16: (lambda: clusters(led=0.8, pull=0.4), lambda: clusters(led=0.8, pull=-0.4)),
    17: (lambda: revenue(SLOWING), lambda: revenue(STEADY)),
    18: (lambda: scifi(PATH), lambda: scifi(LINE)),
    19: (lambda: yields(1.8e8, 54_000), lambda: yields(1.8e8, 150_000)),
    20: (lambda: shares(0.04, 0.045), lambda: shares(0.04, 0.01)),
    21: (lambda: settling(0.55, 0.65), lambda: settling(0.55, 0.55)),
    22: (lambda: counts(0.3), lambda: counts(0.0)),
}  # fmt: skip


def test_every_fact_has_a_function_and_figures() -> None:
    assert list(patterns()) == sorted(FACTS) == sorted(CASES) == list(range(1, 23))
    for pattern in patterns().values():
        assert pattern.bands
        assert pattern.role in {"fit", "input", "held-out"}
        assert pattern.runs in {"scenario", "hindcast"}
        assert pattern.source
        assert pattern.statement_en
        assert pattern.statement_zh
    assert [n for n, pattern in patterns().items() if pattern.role == "fit"] == [1, 2, 3, 13, 14, 15]
    assert [n for n, pattern in patterns().items() if pattern.role == "input"] == [7, 10, 20, 21]


@pytest.mark.parametrize("number", sorted(CASES))
def test_a_fact_holds_where_its_law_holds(number: int) -> None:
    finding = judge(patterns()[number], CASES[number][0]())
    assert finding.verdict == HOLDS, (finding.figures, finding.reasons)


@pytest.mark.parametrize("number", sorted(CASES))
def test_a_fact_does_not_hold_where_another_law_does(number: int) -> None:
    finding = judge(patterns()[number], CASES[number][1]())
    assert finding.verdict == FAILS, (finding.figures, finding.reasons)


LACKING: dict[str, tuple[int, Callable[[], Runs], str]] = {
    "no revenue of firms": (4, lambda: ages(1, 1, 1), "revenue_cny"),
    "no tiers": (10, lambda: ages(1, 1, 1), "no tier srdi"),
    "no tax": (20, lambda: revenue(STEADY), "no tax_cny"),
    "years not run": (17, lambda: revenues([1.0]), "2022Q1 was not counted"),
    "a short run": (11, lambda: revenue(STEADY), "5 years long"),
    "too few runs": (22, lambda: births(0.1, 0.0), "1 replications"),
    "rents stand still": (13, lambda: filling(3.5), "rents do not move"),
}


@pytest.mark.parametrize(("number", "runs", "told"), LACKING.values(), ids=LACKING)
def test_what_cannot_be_judged_says_why(number: int, runs: Callable[[], Runs], told: str) -> None:
    finding = judge(patterns()[number], runs())
    assert finding.verdict == (FAILS if number == 13 else CANNOT)
    assert any(told in reason for reason in finding.reasons), finding.reasons


def test_a_life_table_divides_deaths_by_years_at_risk() -> None:
    # eighty firms seen from age 2 on: forty die at 2.5, the others are followed to 4
    firms = firms_of(np.full(80, -2.0), gone=[0.5] * 40 + [np.inf] * 40)
    events = [(0.5, "close", i, "b0", "mature", 0.0) for i in range(40)]
    q = life_table([made(years=2, firms=firms, events=events)])
    assert np.isnan(q[:2]).all()
    assert q[2] == pytest.approx(1 - math.exp(-40 / (40 * 0.5 + 40 * 1.0)))
    assert q[3] == pytest.approx(0.0)


def test_failed_firms_die_when_they_are_struck_off() -> None:
    # forty of eighty firms fail at 2.5 and are struck off at 4, after a year and a half
    firms = firms_of(np.full(80, -2.0), gone=[0.5] * 40 + [np.inf] * 40)
    events = [(0.5, "fail", i, "b0", "lab", 0.0) for i in range(40)]
    q = life_table([made(years=3, firms=firms, events=events)])
    assert (q[2], q[3]) == (0.0, 0.0)
    assert q[4] == pytest.approx(1 - math.exp(-40 / 40))


def test_those_that_leave_alive_are_censored() -> None:
    firms = firms_of(np.full(40, -2.0), gone=[0.5] * 20 + [np.inf] * 20)
    events = [(0.5, "move_out", i, "b0", "mature", 0.0) for i in range(20)]
    assert life_table([made(years=2, firms=firms, events=events)])[2] == 0.0


def test_hill_finds_the_exponent() -> None:
    found = [hill(np.sort(np.random.default_rng(n).pareto(1.1, 10_000) + 1)[::-1]) for n in range(20)]
    assert np.mean(found) == pytest.approx(1.1, abs=0.03)


def test_the_body_test_errs_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    p = np.array([lognormal_body_p(rng.lognormal(3, 2, 400)) for _ in range(400)])
    assert (p < 0.1).mean() == pytest.approx(0.1, abs=0.05)
    assert p.mean() == pytest.approx(0.5, abs=0.05)


def test_vuong_is_even_between_laws() -> None:
    rng = np.random.default_rng(8)
    assert laplace_over_normal_p(rng.laplace(size=2_000)) < 1e-6
    assert laplace_over_normal_p(rng.normal(size=2_000)) > 0.999


def test_high_growth_is_counted_in_spans_of_three_years() -> None:
    share, repeat = high_growth_shares(spans(0.2, 0.25).runs)
    # spans 0-3, 3-6 and 6-9: .2 and .05 of a thousand, and none
    assert share == pytest.approx((0.2 + 0.05) / 3)
    assert repeat == pytest.approx(0.05 / 0.25)


def test_location_quotients_of_a_table() -> None:
    staff = np.array([[80.0, 20.0], [20.0, 80.0]])
    assert location_quotients(staff) == pytest.approx(np.array([[1.6, 0.4], [0.4, 1.6]]))


def test_a_poisson_slope_is_recovered() -> None:
    rng = np.random.default_rng(9)
    x, group = rng.normal(size=4_000), np.arange(4_000) % 7
    y = rng.poisson(np.exp(0.35 * x + 0.2 * group)).astype(float)
    assert poisson_slope(y, x, [group]) == pytest.approx(0.35, abs=0.02)
    assert math.isnan(poisson_slope(np.zeros(10), x[:10], [group[:10]]))


def test_cells_of_the_made_park() -> None:
    run = made()
    assert [(zone, cells) for (zone, _), _, cells in run.zones_at(run.start)] == [
        ("park", [0, 1]),
        ("west", [0]),
        ("east", [1]),
    ]
    assert run.panel("staff").shape == (40, len(CELLS), len(INDUSTRIES), len(STAGES))
