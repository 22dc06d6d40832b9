"""Low-efficiency stock and works in phases, against numbers worked out by hand, and what holds whatever the luck."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory.lively import lively_park, lively_scenario
from tests.theory.quiet import START, buildings, quiet
from tests.works import worked_on, works_on
from twin.engine.arrays import WHOLE
from twin.park import Park
from twin.processes import revitalisation, works
from twin.processes.revitalisation import triangular
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.study.low_efficiency import low_efficiency
from twin.units import Quarter


def five_buildings() -> Park:
    """A full office; one let to 69.5 %; an empty one; a full plant of 1990; an empty office of 2025."""
    let = [("b0", 1, 900), ("b1", 2, 695), ("b3", 4, 1000)]
    firms = pd.concat([stock_of(n, building=b, floor_m2=m2) for b, n, m2 in let], ignore_index=True)
    return small_park(
        [1000, 2000, 3000, 4000, 5000],
        types=["office", "office", "office", "pilot_hall", "office"],
        completed=["2010Q1", "2010Q1", "2010Q1", "1990Q1", "2025Q1"],
        firms=firms.assign(firm_id=range(1, len(firms) + 1)),
    )


#: Works take a year to the day, begin half a year after they are chosen, and unspent money is kept.
TERMS = {
    "revitalisation_carry_over": 1.0,
    "renovation_least_years": 1.0,
    "renovation_years": 1.0,
    "renovation_most_years": 1.0,
    "phase_m2": 2500.0,
    "structural_vacancy": 0.1,
}


def chosen(slip_of_budget: float = 1.0, slip_of_share: float = 1.0) -> list[tuple[Any, ...]]:
    """Building, why, date of choice, start, end, m² and grant of each phase, in order."""
    budget = {"revitalisation_budget_cny_year": 2.76e6 / slip_of_budget, "low_efficiency_share": 0.7 / slip_of_share}
    record = simulate(five_buildings(), quiet({**TERMS, **budget}, quarters=24))
    columns = ["building_id", "finding", "notice_years", "starts_years", "ends_years", "m2", "public_cny"]
    return [tuple(row) for row in record.works[columns].round(6).astype(object).to_numpy().tolist()]


def test_which_buildings_are_renewed_and_when(slip: float) -> None:
    """Gains of rent a year for each CNY granted are 1.679 for b2 and b4, .552 for b1 and .183 for b3.

    What b2 needs is there in the second year (2 × 2.76 - 2.7), and so is what b1 needs (- 1.8); b4 has had its time to
    be let in the fourth (4 × 2.76 - 4.5 - 4.5), and for b3 there is enough to the last CNY in the fifth (5 × 2.76
    - 9.0 - 4.8 = 0). The planted errors are a budget, and a threshold, 3 % lower.
    """
    second, fourth, fifth = (1.0, 1.5, 2.0, 2.5), (3.0, 3.5, 4.0, 4.5), (4.0, 4.5, 5.0, 5.5)
    expected = [
        ("b1", "low_let", 1.0, 1.5, 2.5, 2000, 1.8e6),
        *in_two("b2", "low_let", second, 1500, 2.7e6),
        *in_two("b4", "low_let", fourth, 2500, 4.5e6),
        *in_two("b3", "old_plant", fifth, 2000, 4.8e6),
    ]
    assert (chosen(slip_of_budget=slip) == expected) == (slip == 1.0)
    assert (chosen(slip_of_share=slip) == expected) == (slip == 1.0)


def in_two(building: str, why: str, dates: Sequence[float], m2: int, grant_cny: float) -> list[tuple[Any, ...]]:
    """Works in two phases: chosen, begun, half done and done on four dates."""
    notice, *steps = dates
    return [(building, why, notice, steps[n], steps[n + 1], m2, grant_cny / 2) for n in range(2)]


def test_money_that_is_not_carried_over_lapses() -> None:
    """With 3 million a year b2 is paid for in the second year, b1 in the third; b3 and b4 are too dear for a year."""
    terms = {**TERMS, "revitalisation_carry_over": 0.0, "revitalisation_budget_cny_year": 3e6}
    record = simulate(five_buildings(), quiet(terms, quarters=24))
    found = record.works[record.works["phase"] == 1]
    assert list(zip(found["building_id"], found["notice_years"], strict=True)) == [("b2", 1.0), ("b1", 2.0)]
    spent = record.purse[record.purse["item"] == "revitalisation"].set_index("quarter")["cny"]
    assert spent[spent > 0].to_dict() == {"2027Q1": 2.7e6, "2028Q1": 1.8e6}


def test_the_list_of_a_run_is_ranked_as_works_are_chosen() -> None:
    park, scenario = five_buildings(), quiet(TERMS, quarters=12)
    record = simulate(park, scenario)
    found = low_efficiency(park, scenario.catalog(park.catalog), record, "2028Q2")
    assert found["building_id"].tolist() == ["b2", "b4", "b1", "b3"]
    assert found["public_cny"].tolist() == [2.7e6, 4.5e6, 1.8e6, 4.8e6]
    gains = [3000 * 0.9 * 1.15, 5000 * 0.9 * 1.15, 1800 * 1.15 - 1390, 4000 * 0.15]
    np.testing.assert_allclose(found["gain_cny_year"], np.array(gains) * 4.0 * 365.0)
    np.testing.assert_allclose(found["score"], np.array(gains) * 4.0 * 365.0 / found["public_cny"])
    assert low_efficiency(park, scenario.catalog(park.catalog), record, "2026Q1")["building_id"].tolist() == ["b3"]


def test_works_leave_rent_quality_and_a_new_age() -> None:
    """b2 comes back at 15 % more and .2 better, and is not found again until it has had its time to be let."""
    record = simulate(five_buildings(), quiet({**TERMS, "revitalisation_budget_cny_year": 2.8e6}, quarters=24))
    rows = record.buildings[record.buildings["building_id"] == "b2"].set_index("quarter")
    assert rows["rent_cny_m2_day"]["2028Q2"] == 4.0
    assert rows["rent_cny_m2_day"]["2028Q3"] == pytest.approx(4.6)
    assert rows["works_m2"].loc["2027Q2":"2028Q3"].tolist() == [0, 1500, 1500, 1500, 1500, 0]
    assert rows["renovated_m2"].to_numpy().nonzero()[0].tolist() == [8, 10]
    low = rows["finding"] == "low_let"
    assert low[low].index.tolist() == ["2026Q4", "2031Q3", "2031Q4"]


@pytest.mark.parametrize("phases", [1, 2, 5])
def test_availability_under_a_cycle_of_renovation_in_phases(phases: int, slip: float) -> None:
    """Of floor renovated for 1.25 years after 8 of use, an n-th part at a time, 1 - 1.25 / (9.25 n) is on line.

    The planted error is 3 % more floor off line in each phase.
    """
    up, cycle, cycles, first = 32, 37, 4, Quarter.parse(START)
    done = [
        works_on("b0", str(first.plus(n * cycle + up)), str(first.plus((n + 1) * cycle)), phases=phases)
        for n in range(cycles)
    ]
    scenario = quiet({"notice_years": 0.0}, quarters=cycle * cycles)
    record = simulate(worked_on(small_park([1000.0]), *done), scenario, events=False)
    off_line = buildings(record, "offline_m2").mean() * slip / 1000.0
    assert (off_line == pytest.approx((1.0 - up / cycle) / phases, abs=1e-9)) == (slip == 1.0)


def displaced(phases: int) -> int:
    """Firms that had to go from an office of 2,000 m² with ten tenants of 170 m² when it is renovated."""
    park = small_park([2000.0, 9000.0], firms=stock_of(10, building="b0", floor_m2=170))
    return total(simulate(worked_on(park, works_on("b0", "2026Q3", "2027Q3", phases=phases)), quiet({}, quarters=8)))


def total(record: Record) -> int:
    """Firms displaced in a run."""
    return int(record.groups["displaced"].sum())


#: Of 2,000 m² are 300 vacant; each tenant gives back 170, and goes as long as less is vacant than a phase takes.
GO = {1: 10, 2: 5, 4: 2, 6: 1, 7: 0}


@pytest.mark.parametrize("phases", list(GO))
def test_tenants_go_only_where_the_vacant_floor_does_not_take_them(
    phases: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted error is a first phase that takes all of the building."""
    assert displaced(phases) == GO[phases]
    monkeypatch.setattr(works, "parts_of", lambda stock_m2, phases: [WHOLE] * phases)
    assert (displaced(phases) == GO[phases]) == (phases == 1)


@pytest.mark.parametrize("seed", range(4))
def test_works_in_phases_displace_no_more_than_works_at_once(seed: int) -> None:
    """In a park where everything happens, with the same luck."""
    scenario = sparse_scenario(seed)
    whole, half, quarter = (
        total(simulate(worked_on(lively_park(), works_on("b3", "2027Q1", "2028Q1", phases=n)), scenario))
        for n in (1, 2, 4)
    )
    assert whole >= half >= quarter
    assert whole > quarter


def sparse_scenario(seed: int = 7) -> Scenario:
    """The lively one with few entrants, so that floor is vacant."""
    few = {
        "entry_per_year": 2.0,
        "scene_calls_per_year": 0.0,
        "challenge_projects_per_year": 0.0,
        "events_per_year": 0.0,
    }
    return lively_scenario().with_parameters(few).with_changes(seed=seed)


def spent_within(record: Record, budget_cny: float) -> bool:
    """Whether no year's grants exceed its budget."""
    purse = record.purse[record.purse["item"] == "revitalisation"]
    return bool((purse.groupby(purse["quarter"].astype(str).str[:4])["cny"].sum() <= budget_cny).all())


#: A lively park where much is low efficiency, and works are short.
RENEWING: dict[str, float | dict[str, float]] = {
    "entry_per_year": 0.5,
    "prospects_per_year": 0.0,
    "followers_per_firm": 0.0,
    "revitalisation_budget_cny_year": 4e6,
    "low_efficiency_share": 0.9,
    "low_efficiency_quarters": 2.0,
    "lease_up_years": 0.5,
    "renovation_least_years": 0.1,
    "renovation_years": 0.3,
    "renovation_most_years": 0.6,
    "phase_m2": 1500.0,
}


@pytest.mark.parametrize("seed", range(3))
def test_the_budget_is_never_exceeded(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted error is a choice that looks at no budget."""
    scenario = sparse_scenario(seed).with_parameters(RENEWING)
    record = simulate(lively_park(), scenario)
    assert len(record.works) > 1
    assert spent_within(record, 4e6)
    monkeypatch.setattr(revitalisation, "affordable", lambda listed, budget_cny: list(listed))
    assert not spent_within(simulate(lively_park(), scenario), 4e6)


def test_no_building_is_worked_on_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where other works on it are planned. The planted error is a choice that looks at no plan."""

    def overlaps(record: Record) -> bool:
        works = record.works.sort_values(["building_id", "starts_years"], kind="stable")
        return any(
            (on_it["starts_years"].to_numpy()[1:] < on_it["ends_years"].to_numpy()[:-1]).any()
            for _, on_it in works.groupby("building_id", observed=True)
        )

    park = worked_on(lively_park(), works_on("b1", "2027Q3", "2028Q3"), works_on("b5", "2026Q4", "2028Q3", phases=3))
    rich = {**RENEWING, "revitalisation_budget_cny_year": 1e9, "renovation_most_years": 3.0, "phase_m2": 1e5}
    scenario = sparse_scenario().with_parameters(rich)
    record = simulate(park, scenario)
    assert not overlaps(record)
    monkeypatch.setattr(revitalisation, "left_alone", lambda listed, over, now: list(listed))
    assert overlaps(simulate(park, scenario))


def test_nothing_changes_without_money() -> None:
    """What is counted of low efficiency moves no firm: without a budget only what is found differs."""
    park, scenario = lively_park(), sparse_scenario()
    few = {
        name: value
        for name, value in RENEWING.items()
        if name in ("entry_per_year", "prospects_per_year", "followers_per_firm")
    }
    base = simulate(park, scenario.with_parameters(few))
    strict = simulate(park, scenario.with_parameters({**RENEWING, "revitalisation_budget_cny_year": 0.0}))
    assert not base.buildings["finding"].equals(strict.buildings["finding"])
    for (name, frame), (_, other) in zip(base.frames(), strict.frames(), strict=True):
        same = frame.drop(columns="finding") if name == "buildings" else frame
        pd.testing.assert_frame_equal(same, other[same.columns], check_exact=True, obj=name)


@pytest.mark.parametrize(
    ("u", "expected"), [(0.0, 0.75), (1.0, 2.0), (0.4, 1.25), (0.1, 0.75 + 0.0625**0.5), (0.85, 2.0 - 0.140625**0.5)]
)
def test_works_last_by_the_triangular_law(u: float, expected: float) -> None:
    """F(1.25) = .5 / 1.25 of the law from .75 to 2 with its mode at 1.25; below and above it is a parabola."""
    assert triangular(u, 0.75, 1.25, 2.0) == pytest.approx(expected, abs=1e-12)
    assert triangular(u, 2.0, 2.0, 2.0) == 2.0
