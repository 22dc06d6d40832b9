"""People: where they live by a nested logit, talent that comes and goes, and firms that find too little of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.parks import small_park, stock_of
from tests.theory.quiet import Floats, groups, judge, quiet, replicate, z_of_mean
from twin.catalog import load_catalog
from twin.engine.rules.people import nested_logit
from twin.park import Park
from twin.record import Record
from twin.simulation import simulate

CATALOG = load_catalog()

#: Nothing comes, and in its first quarter all talent goes: from then on all of it is short.
DRAINED = {
    "talent_slack": 0.0,
    "talent_pool": 0.0,
    "talent_inflow_per_year": 0.0,
    "talent_outflow_per_year": 4.0,
}


def shares(values: list[float], outside: float, dissimilarity: float, sizes: list[int] | None = None) -> Floats:
    """Shares of the alternatives of a nest, and of the one outside."""
    found = np.zeros(len(values))
    nested_logit(np.array(sizes or [1] * len(values)), np.array(values), outside, dissimilarity, found)
    return np.append(found, 1.0 - found.sum())


def told(record: Record, column: str) -> Floats:
    """(quarters, skills): a column of the panel of people."""
    return record.people[column].to_numpy().reshape(-1, len(CATALOG.skills))


def housed(record: Record, column: str) -> Floats:
    """(quarters,): a column of the panel of housing, all areas together."""
    return record.housing.groupby("quarter", observed=True)[column].sum().to_numpy()


def staffed(n: int = 100, *, staff: int = 10, **park: object) -> Park:
    """A park with n firms of some staff in its first building."""
    return small_park([1e5, 1e4], firms=stock_of(n, building="b0", staff=staff, floor_m2=10), **park)  # type: ignore[arg-type]


def test_nested_logit(slip: float) -> None:
    """Nest {1, 2} of dissimilarity .5 against {3}, V = 1, .5, 0."""
    right = shares([1.0, 0.5], 0.0, 0.5 * slip) == pytest.approx([0.556131, 0.204589, 0.239280], abs=5e-7)
    assert right == (slip == 1.0)


def test_a_nest_of_dissimilarity_one_is_no_nest(slip: float) -> None:
    right = shares([1.0 * slip, 0.5], 0.0, 1.0) == pytest.approx([0.506480, 0.307196, 0.186324], abs=5e-7)
    assert right == (slip == 1.0)


def test_alternatives_that_stand_for_many_are_as_many_alternatives() -> None:
    one_by_one = shares([1.0, 1.0, 1.0, 0.3, 0.3], 2.0, 0.6)
    together = shares([1.0, 7.0, 0.3], 2.0, 0.6, [3, 0, 2])
    assert together == pytest.approx([one_by_one[:3].sum(), 0.0, one_by_one[3:5].sum(), one_by_one[5]])
    assert shares([1.0], 2.0, 0.6, [0]).tolist() == [0.0, 1.0]
    assert shares([900.0, -900.0], 1000.0, 0.6) == pytest.approx([0.0, 0.0, 1.0])


def test_talent_comes_and_goes_as_a_linear_stock(slip: float) -> None:
    """S after n quarters is S* + (S0 - S*)(1 - q/4)^n with S* = S0 x inflow / q, where demand stands still."""
    parameters = {"talent_inflow_per_year": 0.3 * slip, "talent_outflow_per_year": 0.2, "talent_pool": 7.0}
    record = simulate(staffed(), quiet({**parameters, "talent_slack": 0.1, "housing_stay_effect": 0.0}, quarters=20))
    demand = 1000.0 * np.array(CATALOG.skill_shares("ai"))
    first = demand * 1.1 + 7.0
    settled, quarters = first * 0.3 / 0.2, np.arange(1, 21)[:, None]
    expected = settled + (first - settled) * (1.0 - 0.2 / 4) ** quarters
    np.testing.assert_allclose(told(record, "demand"), np.broadcast_to(demand, (20, 5)), rtol=1e-12)
    assert np.allclose(told(record, "supply"), expected, rtol=1e-9) == (slip == 1.0)


def test_talent_follows_jobs_with_a_lag() -> None:
    """Inflow is that of the demand of so many quarters ago, to its elasticity."""
    parameters = {"growth_mean": 0.3, "talent_lag_years": 0.75, "talent_inflow_elasticity": 2.0, "talent_pool": 50.0}
    record = simulate(staffed(), quiet({**parameters, "housing_stay_effect": 0.0}, quarters=16))
    at_start = 1000.0 * np.array(CATALOG.skill_shares("ai"))
    demand = np.concatenate([np.tile(at_start, (3, 1)), told(record, "demand")])[:16]
    rate = np.array([CATALOG.value("talent_inflow_per_year", skill) for skill in CATALOG.skills])
    first = at_start * (1.0 + CATALOG.value("talent_slack")) + 50.0
    expected = first * rate / 4 * ((demand + 50.0) / (at_start + 50.0)) ** 2
    np.testing.assert_allclose(told(record, "inflow"), expected, rtol=1e-9)
    assert told(record, "demand")[-1].sum() > 2.5 * at_start.sum()


def test_programmes_and_classes_bring_talent_after_their_time_and_cost_it() -> None:
    actions = (
        {"at": "2026Q2", "lever": "talent_programme", "value": 40.0, "where": {"skill": "research"}},
        {"at": "2026Q2", "lever": "tailored_classes", "value": 80.0, "where": {"skill": "creative"}},
    )
    parameters = {"programme_lag_years": 0.5, "class_years": 1.0, "class_stay_share": 0.25}
    costs = {"programme_cost_cny": 1000.0, "class_cost_cny": 100.0}
    record = simulate(staffed(), quiet({**parameters, **costs}, quarters=8, actions=actions))
    research, creative = (CATALOG.skills.index(skill) for skill in ("research", "creative"))
    assert told(record, "attracted")[:, research].tolist() == [0.0] * 3 + [10.0] * 5
    assert told(record, "graduated")[:, creative].tolist() == [0.0] * 5 + [5.0] * 3
    assert told(record, "attracted").sum() + told(record, "graduated").sum() == 50.0 + 15.0
    spent = record.purse[record.purse["item"] == "talent"]["cny"].tolist()
    classes, programme = [0.0] + [2000.0] * 7, [0.0] * 3 + [10_000.0] * 5
    assert spent == [one + other for one, other in zip(classes, programme, strict=True)]


@pytest.mark.slow
def test_firms_that_find_nobody_move_out_more_often(slip: float) -> None:
    """Hazard h until the first count, h (1 + effect) from then on, as all talent is short."""
    hazard, effect, n = 0.15, 2.0, 400
    parameters = {**DRAINED, "move_out_per_year": hazard, "shortage_move_effect": effect * slip}
    alive = math.exp(-hazard * (0.25 + (1.0 + effect) * 3.75))

    def left(record: Record) -> Floats:
        return groups(record, "resident_firms")[-1].sum(keepdims=True).reshape(1, 1)

    seen = replicate(staffed(n), quiet(parameters, quarters=16), 400, left)[:, 0]
    judge("moving out for want of talent", {"alive": z_of_mean(seen, n * alive)}, slip)


def test_firms_that_find_nobody_grow_less(slip: float) -> None:
    """Growth above zero is multiplied by 1 - effect x shortage, and none at all is left at the end; falls are not."""
    for mean, expected in ((0.2, 0.2 * 0.6), (-0.2, -0.2)):
        parameters = {**DRAINED, "growth_mean": mean, "shortage_growth_effect": 0.4 * slip}
        events = simulate(staffed(30, staff=100_000), quiet(parameters, quarters=12)).events
        assert events is not None
        grown = events[(events["kind"] == "grow") & (events["time_years"] > 0.25)].sort_values(["firm", "time_years"])
        yearly = np.log(grown["amount"]).groupby(grown["firm"]).diff().dropna()
        assert np.allclose(yearly, expected, atol=1e-4) == (slip == 1.0 or mean < 0.0)
    parameters = {**DRAINED, "growth_mean": 0.2, "shortage_growth_effect": 7.0}
    staff = groups(simulate(staffed(30), quiet(parameters, quarters=12)), "staff").sum(axis=(1, 2, 3))
    assert (staff[4:] == staff[4]).all()


def test_nobody_has_more_homes_than_there_are() -> None:
    """Homes open by plan, a share of them stands empty by turnover, and whoever finds none lives elsewhere."""
    park = small_park(
        [1e5, 500.0, 1000.0],
        types=["office", "talent_housing", "talent_housing"],
        completed=["2010Q1", "2010Q1", "2026Q3"],
        firms=stock_of(100, building="b0", staff=10, floor_m2=10),
    )
    homes = {"home_m2": 50.0, "home_persons": 2.0, "home_vacancy": 0.1}
    wanted = simulate(park, quiet({**homes, "city_home_value": -50.0}, quarters=4))
    assert housed(wanted, "homes").tolist() == [10.0, 10.0, 30.0, 30.0]
    assert housed(wanted, "housed") == pytest.approx([18.0, 18.0, 54.0, 54.0])
    assert housed(wanted, "occupied") == pytest.approx([9.0, 9.0, 27.0, 27.0])
    assert housed(wanted, "staff").tolist() == [1000.0] * 4
    shunned = simulate(park, quiet({**homes, "city_home_value": 50.0}, quarters=4))
    assert housed(shunned, "housed").max() < 1e-9
    quick = housed(wanted, "minutes")[0] / 18.0
    assert 0.0 < quick < 10.0  # some hundred metres


def test_homes_are_off_while_they_are_worked_on_and_gone_when_they_close() -> None:
    park = small_park([1e5, 500.0], types=["office", "talent_housing"])
    edits: list[dict[str, object]] = [
        {"edit": "renovate", "at": "2026Q2", "building": "b1", "quarters": 2},
        {"edit": "demolish", "at": "2027Q1", "buildings": ["b1"]},
    ]
    record = simulate(park.edit(edits), quiet({"home_m2": 50.0}, quarters=6))
    assert housed(record, "homes").tolist() == [10.0, 0.0, 0.0, 10.0, 0.0, 0.0]


def test_whoever_lives_in_the_park_stays() -> None:
    """ln inflow and -ln outflow rise with the share of staff that is housed."""
    park = small_park(
        [1e5, 5_000.0],
        types=["office", "talent_housing"],
        completed=["2010Q1", "2026Q3"],
        firms=stock_of(100, building="b0", staff=10, floor_m2=10),
    )
    record = simulate(park, quiet({"city_home_value": -50.0, "housing_stay_effect": 2.0}, quarters=8))
    share = housed(record, "housed") / housed(record, "staff")
    drawn = np.exp(2.0 * np.concatenate([[0.0], share[:-1]]))[:, None]
    inflow, outflow, supply = (told(record, name) for name in ("inflow", "outflow", "supply"))
    np.testing.assert_allclose(inflow, inflow[0] * drawn, rtol=1e-12)
    rate = CATALOG.value("talent_outflow_per_year", "research") / 4
    np.testing.assert_allclose(outflow[1:], supply[:-1] * rate / drawn[1:], rtol=1e-12)
    assert share[-1] > 0.05


def test_nothing_is_short_where_talent_does_not_matter() -> None:
    """Without effects of a shortage, every frame but those of people is what it is without any shortage."""
    lively = {"entry_per_year": 20.0, "move_out_per_year": 0.2, "growth_scale": 0.3, "resident_share": 1.0}
    lively |= {"shortage_growth_effect": 0.0, "shortage_move_effect": 0.0}
    short, ample = (
        simulate(staffed(), quiet({**lively, "talent_pool": pool, "talent_slack": 0.0}, quarters=12))
        for pool in (0.0, 1e6)
    )
    assert told(short, "shortage").max() > 0.0 == told(ample, "shortage").max()
    for (name, one), (_, other) in zip(short.frames(), ample.frames(), strict=True):
        assert name == "people" or one.equals(other), name
