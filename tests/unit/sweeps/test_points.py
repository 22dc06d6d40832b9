"""Points of designs, the scenarios they stand for, and what makes two runs the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park
from twin.catalog import load_catalog
from twin.park import Park
from twin.scenario import Scenario, load_scenario
from twin.sweeps.design import Design
from twin.sweeps.plan import Address, Plan, plan_of
from twin.sweeps.reading import check_design, load_bases, readings
from twin.sweeps.sampling import morris_trajectories, saltelli

CATALOG = load_catalog()

SHARE = {"parameter": "resident_share", "values": [0.5, 0.25]}
RENT = {"lever": "rent", "at": "2026Q3", "values": [-0.1, 0.0, 0.1]}
SLOTS = {"lever": "service_slots", "at": "2026Q3", "where": {"service": "pilot_line"}, "low": -2, "high": 3}
FIRMS = {"setting": "firms"}


@pytest.fixture(scope="module")
def park() -> Park:
    return small_park([5_000, 3_000], slots={"pilot_line": 2})


def plan(park: Park, kind: str, *vary: dict[str, Any], **more: Any) -> Plan:
    """The plan of a design, checked."""
    said = {"name": "d", "changes": {"end": "2027Q4"}, "design": kind, "vary": vary} | more
    design = Design.model_validate(said)
    bases = load_bases(design)
    found = plan_of(design, bases, park)
    assert check_design(design, bases, park) == len(found)
    return found


def frame_of(found: Plan) -> pd.DataFrame:
    return found.points.frame(range(len(found.points)))


def only(found: Plan) -> list[Scenario]:
    """The scenarios of all points."""
    return list(found.scenarios(range(len(found.points))).values())


def test_a_grid_is_every_combination_and_its_last_factor_changes_fastest(park: Park) -> None:
    frame = frame_of(plan(park, "grid", SHARE, RENT, FIRMS))
    assert list(frame.columns) == ["resident_share", "rent", "firms"]
    assert frame.index.tolist() == list(range(12))
    assert frame.to_numpy().tolist() == [
        [share, rent, firms] for share in (0.5, 0.25) for rent in (-0.1, 0.0, 0.1) for firms in ("resident", "all")
    ]


def test_a_range_is_divided_evenly_ends_included_or_its_logarithms_are(park: Park) -> None:
    even = frame_of(plan(park, "grid", {"parameter": "resident_share", "low": 0.1, "high": 0.9, "steps": 5}))
    assert even["resident_share"].to_numpy() == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9], rel=1e-15)
    log = {"parameter": "resident_share", "low": 0.001, "high": 1, "steps": 4, "scale": "log"}
    values = frame_of(plan(park, "grid", log))["resident_share"].to_numpy()
    assert values == pytest.approx([0.001, 0.01, 0.1, 1.0], rel=1e-12)
    assert (values[0], values[-1]) == (0.001, 1.0)  # to the bit, so that none is out of bounds


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.7), (0.1, 0.9), (0.01, 0.3), (0.3, 0.9), (1e-3, 1.0), (0.07, 0.49)])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_no_value_lies_outside_its_range_by_a_bit(park: Park, low: float, high: float, scale: str) -> None:
    factor = {"parameter": "resident_share", "low": low, "high": high, "steps": 1_001, "scale": scale}
    values = frame_of(plan(park, "grid", factor))["resident_share"].to_numpy()
    assert (values.min(), values.max()) == (low, high) == (values[0], values[-1])
    assert (np.diff(values) > 0).all()


@pytest.mark.parametrize(("steps", "expected"), [(2, [-2, 3]), (3, [-2, 0, 3]), (6, range(-2, 4)), (50, range(-2, 4))])
def test_a_grid_of_whole_numbers_has_each_once(park: Park, steps: int, expected: Any) -> None:
    assert frame_of(plan(park, "grid", SLOTS | {"steps": steps}))["service_slots"].tolist() == list(expected)


def test_a_zip_goes_through_its_values_in_step(park: Park) -> None:
    named = {"scenarios": ["baseline", "no_policy", "baseline"]}
    share = {"parameter": "resident_share", "low": 0.2, "high": 0.4, "steps": 3}
    frame = frame_of(plan(park, "zip", RENT, named, share))
    assert frame.round(12).to_numpy().tolist() == [
        [-0.1, "baseline", 0.2],
        [0.0, "no_policy", 0.3],
        [0.1, "baseline", 0.4],
    ]


def test_a_list_is_its_points(park: Park) -> None:
    points = [{"firms": "all", "resident_share": 0.5}, {"resident_share": 1, "firms": "resident"}]
    frame = frame_of(plan(park, "list", {"parameter": "resident_share"}, FIRMS, points=points))
    assert frame.to_dict("records") == points


def test_a_latin_hypercube_has_a_point_in_each_slice_of_each_factor(park: Park) -> None:
    n = 40
    two = ({"parameter": "resident_share", "low": 0.2, "high": 0.6}, RENT | {"low": -0.5, "high": 0.5, "values": None})
    frame = frame_of(plan(park, "lhs", *two, n=n))
    for column, (low, high) in {"resident_share": (0.2, 0.6), "rent": (-0.5, 0.5)}.items():
        slices = ((frame[column] - low) / (high - low) * n).astype(int)
        assert sorted(slices) == list(range(n)), column
    other = frame_of(plan(park, "lhs", *two, n=n, design_seed=2))
    assert not (frame["rent"] == other["rent"]).any()


def test_a_sobol_sequence_fills_its_range_and_its_logarithms(park: Park) -> None:
    factor = {"parameter": "resident_share", "low": 0.001, "high": 1.0, "scale": "log"}
    values = frame_of(plan(park, "sobol", factor, n=64))["resident_share"].to_numpy()
    assert np.bincount(((np.log10(values) + 3.0) / 3.0 * 64).astype(int)).tolist() == [1] * 64
    even = frame_of(plan(park, "sobol", factor | {"scale": "linear"}, n=64))["resident_share"].to_numpy()
    assert np.median(even) == pytest.approx(0.5, abs=0.02)
    assert np.median(values) == pytest.approx(10**-1.5, rel=0.15)  # had it not been logarithms, a half


def test_a_range_that_is_not_said_is_that_of_the_catalog(park: Park) -> None:
    row = next(row for row in CATALOG.tables["parameters"] if row["id"] == "resident_share")
    values = frame_of(plan(park, "lhs", {"parameter": "resident_share"}, n=200))["resident_share"]
    low, high = float(row["low"]), float(row["high"])
    slice_ = (high - low) / 200
    assert low <= values.min() <= low + slice_
    assert high - slice_ <= values.max() <= high
    scoped = frame_of(plan(park, "lhs", {"parameter": "entry_per_year.ai", "low": 70}, n=50))["entry_per_year.ai"]
    ai = next(row for row in CATALOG.tables["parameters"] if (row["id"], row["scope"]) == ("entry_per_year", "ai"))
    assert 70 <= scoped.min() < scoped.max() <= float(ai["high"])


def test_samples_take_whole_numbers_values_and_readings_equally_often(park: Park) -> None:
    values = {"parameter": "resident_share", "values": [0.1, 0.9, 0.2]}
    named = {"scenarios": ["no_policy", "baseline"]}
    frame = frame_of(plan(park, "lhs", SLOTS, values, FIRMS, named, n=600))
    assert frame["service_slots"].value_counts().to_dict() == dict.fromkeys(map(float, range(-2, 4)), 100)
    assert frame["resident_share"].value_counts().to_dict() == dict.fromkeys((0.1, 0.9, 0.2), 200)
    assert frame["firms"].value_counts().to_dict() == {"resident": 300, "all": 300}
    assert frame["scenario"].value_counts().to_dict() == {"no_policy": 300, "baseline": 300}


def test_readings_of_a_setting_begin_with_the_usual_one() -> None:
    usual = Scenario(name="x").settings.model_dump()
    for name, found in readings(CATALOG).items():
        assert found[0] == usual[name]
        assert len(set(found)) == len(found) >= 2


def test_crossed_blocks_are_every_pair_and_the_last_changes_fastest(park: Park) -> None:
    block = {"design": "zip", "vary": [RENT, {"scenarios": ["baseline", "no_policy", "baseline"]}]}
    found = plan(park, "grid", SHARE, cross=[block, {"design": "grid", "vary": [FIRMS]}], replications=3)
    assert len(found.points) == 12
    assert len(found) == 36
    frame = frame_of(found)
    named = ("baseline", "no_policy", "baseline")
    assert frame.to_numpy().tolist() == [
        [share, *pair, firms]
        for share in (0.5, 0.25)
        for pair in zip((-0.1, 0.0, 0.1), named, strict=True)
        for firms in ("resident", "all")
    ]
    some = found.points.frame(np.array([7, 2]))
    pd.testing.assert_frame_equal(some, frame.loc[[7, 2]])


def test_runs_are_points_in_order_and_all_meet_the_same_luck(park: Park) -> None:
    found = plan(park, "grid", SHARE, RENT, replications=3)
    runs = found.runs(range(len(found)))
    assert [run.number for run in runs] == list(range(18))
    assert [(run.point, run.replication) for run in runs] == [(p, r) for p in range(6) for r in range(3)]
    assert [run.luck for run in runs] == [0, 1, 2] * 6
    assert found.runs(range(7, 9)) == runs[7:9]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("kind", ["morris", "saltelli"])
def test_rows_keep_their_luck_across_a_cross(park: Park, kind: str, first: bool) -> None:
    vary, grid = [{"parameter": "resident_share"}, {"parameter": "closing_factor"}], [RENT]
    sample = morris_trajectories(4, 2, 4, 1) if kind == "morris" else saltelli(4, 2, 1)
    if first:
        found = plan(park, kind, *vary, n=4, cross=[{"design": "grid", "vary": grid}], replications=2)
        own = np.repeat(sample.luck, 3)
    else:
        found = plan(park, "grid", *grid, cross=[{"design": kind, "vary": vary, "n": 4}], replications=2)
        own = np.tile(sample.luck, 3)
    assert len(set(own)) == 8
    assert found.points.luck(range(len(found.points))).tolist() == own.tolist()
    runs = found.runs(range(len(found)))
    assert [run.luck for run in runs] == [2 * luck + replication for luck in own for replication in (0, 1)]


def rows_of(quantity: str) -> dict[str, dict[str, float]]:
    """Value, low and high of each catalog row of a quantity, by scope."""
    rows = [row for row in CATALOG.tables["parameters"] if row["id"] == quantity]
    return {row["scope"]: {key: float(row[key]) for key in ("value", "low", "high")} for row in rows}


def values_in(scenario: Scenario, quantity: str) -> dict[str, float]:
    """What is in force of a quantity, for each scope it may be given for."""
    catalog = scenario.catalog(CATALOG)
    return {scope: catalog.value(quantity, scope) for scope in catalog.scopes(quantity)}


def test_a_span_goes_from_the_low_to_the_high_of_each_row(park: Park) -> None:
    rows = rows_of("entry_per_year")
    low, middle, high = only(plan(park, "grid", {"parameter": "entry_per_year", "low": 0, "high": 1, "steps": 3}))
    assert values_in(low, "entry_per_year") == {scope: row["low"] for scope, row in rows.items()}
    assert values_in(high, "entry_per_year") == {scope: row["high"] for scope, row in rows.items()}
    halves = {scope: (row["low"] + row["high"]) / 2 for scope, row in rows.items()}
    assert values_in(middle, "entry_per_year") == pytest.approx(halves, rel=1e-12)


def test_a_span_of_a_row_for_all_and_rows_for_some_sets_each_by_its_own(park: Park) -> None:
    """Rows for some scopes stand behind the row for all, also where the scenario has said one of them before."""
    rows = rows_of("short_list_share")
    assert set(rows) == {"", "A2", "A6", "V5"}
    (half,) = only(
        plan(
            park,
            "grid",
            {"parameter": "short_list_share", "values": [0.25]},
            changes={"end": "2027Q4", "parameters.short_list_share.A2": 0.9},
        )
    )
    expected = {scope: rows.get(scope, rows[""]) for scope in CATALOG.scopes("short_list_share")}
    assert values_in(half, "short_list_share") == {
        scope: row["low"] + 0.25 * (row["high"] - row["low"]) for scope, row in expected.items()
    }


def test_a_span_of_a_scope_without_a_row_of_its_own_is_of_that_scope_alone(park: Park) -> None:
    (changed,) = only(plan(park, "grid", {"parameter": "resident_share.ai", "by": "span", "values": [1]}))
    row = rows_of("resident_share")[""]
    usual = dict.fromkeys(CATALOG.scopes("resident_share"), row["value"])
    assert values_in(changed, "resident_share") == usual | {"ai": row["high"]}


def test_times_multiplies_what_is_in_force_in_each_scope(park: Park) -> None:
    rows = rows_of("entry_per_year")
    factor = {"parameter": "entry_per_year", "by": "times", "values": [1.5]}
    (more,) = only(plan(park, "grid", factor))
    assert values_in(more, "entry_per_year") == {scope: 1.5 * row["value"] for scope, row in rows.items()}

    own = {"end": "2027Q4", "parameters.resident_share.ai": 0.2}
    halved = {"parameter": "resident_share", "by": "times", "values": [0.5]}
    (less,) = only(plan(park, "grid", halved, changes=own))
    usual = dict.fromkeys(CATALOG.scopes("resident_share"), 0.5 * rows_of("resident_share")[""]["value"])
    assert values_in(less, "resident_share") == usual | {"ai": 0.1}


def test_times_multiplies_what_is_in_force_in_the_scenario_of_the_point(park: Park, place: Path) -> None:
    for name, value in (("one", 1.0), ("two", 2.0)):
        Path(f"{name}.yaml").write_text(f"name: {name}\nparameters: {{closing_factor: {value}}}\n", encoding="utf-8")
    factor = {"parameter": "closing_factor", "by": "times", "values": [0.9]}
    found = plan(park, "grid", {"scenarios": ["one.yaml", "two.yaml"]}, factor)
    for scenario, expected in zip(only(found), (0.9, 1.8), strict=True):
        assert set(values_in(scenario, "closing_factor").values()) == {expected}


def test_a_point_is_the_scenario_that_a_person_would_write(park: Park, place: Path) -> None:
    Path("mine.yaml").write_text(
        "name: mine\nseed: 11\nparameters: {closing_factor: 1.1}\nsettings: {wulituo: inside}\n"
        "actions: [{at: 2026Q2, lever: entry_rate, value: 1.2, where: {industry: ai}}]\n",
        encoding="utf-8",
    )
    where = {"zone": "park"}
    found = plan(
        park,
        "grid",
        {"parameter": "resident_share.ai", "values": [0.3]},
        RENT | {"where": where, "ramp_quarters": 2, "values": [0.1], "name": "rents"},
        {"setting": "firms", "values": ["all"]},
        SLOTS | {"low": None, "high": None, "values": [2]},
        scenario="mine.yaml",
    )
    Path("hand.yaml").write_text(
        "name: mine\nseed: 11\nend: 2027Q4\nparameters: {closing_factor: 1.1, resident_share.ai: 0.3}\n"
        "settings: {wulituo: inside, firms: all}\nactions:\n"
        "  - {at: 2026Q2, lever: entry_rate, value: 1.2, where: {industry: ai}}\n"
        "  - {at: 2026Q3, lever: rent, value: 0.1, where: {zone: park}, ramp_quarters: 2}\n"
        "  - {at: 2026Q3, lever: service_slots, value: 2, where: {service: pilot_line}}\n",
        encoding="utf-8",
    )
    (point,), hand = only(found), load_scenario("hand.yaml")
    assert point.model_dump() == hand.model_dump()
    assert found.address(point) == found.address(hand)
    assert found.address(point).key(3) == found.address(hand).key(3) != found.address(hand).key(4)


def test_scenarios_of_a_factor_have_the_changes_and_the_seed_of_the_first(park: Park) -> None:
    named = only(plan(park, "grid", {"scenarios": ["no_policy", "baseline"]}, changes={"end": "2027Q4", "seed": 5}))
    for scenario, name in zip(named, ("no_policy", "baseline"), strict=True):
        by_hand = load_scenario(name, changes=["end=2027Q4", "seed=5"])
        assert scenario.model_dump() == by_hand.model_dump()


ENGINE = {"code_sha256": "a"}

BASE = Scenario(
    name="base",
    end="2027Q4",
    parameters={"closing_factor": 1.1, "resident_share.ai": 0.5},
    actions=[{"at": "2026Q3", "lever": "rent", "value": 0.1}],  # type: ignore[arg-type]
)


def name_of(scenario: Scenario, park: Park, **engine: str) -> str:
    return Address.of(scenario, park, ENGINE | engine).key(0)


def usual(quantity: str) -> float:
    return CATALOG.value(quantity)


SAME: dict[str, dict[str, Any]] = {
    "another name": {"name": "other"},
    "titles": {"title_zh": "题", "title_en": "Title", "question": "Why?"},
    "replications": {"replications": 77},
    "order of parameters": {"parameters": {"resident_share.ai": 0.5, "closing_factor": 1.1}},
    "a usual value": {"parameters": BASE.parameters | {"hit_rate": usual("hit_rate")}},
    "a usual value of a scope": {"parameters": BASE.parameters | {"resident_share.health": usual("resident_share")}},
    "a usual value of all scopes": {
        "parameters": {"resident_share": usual("resident_share"), **BASE.parameters},
    },
    "a usual law of age": {
        "parameters": BASE.parameters
        | {"closing_by_age": {age: CATALOG.value("closing_by_age", age) for age in CATALOG.scopes("closing_by_age")}}
    },
    "a usual setting": {"settings": {"wulituo": "outside"}},
}

OTHER: dict[str, dict[str, Any]] = {
    "end": {"end": "2027Q3"},
    "seed": {"seed": 3},
    "grid of time": {"time_grid_years": 0.25},
    "setting": {"settings": {"wulituo": "inside"}},
    "parameter": {"parameters": BASE.parameters | {"closing_factor": 1.1000000000000003}},
    "one parameter less": {"parameters": {"closing_factor": 1.1}},
    "another scope": {"parameters": {"closing_factor": 1.1, "resident_share.health": 0.5}},
    "all scopes": {"parameters": BASE.parameters | {"resident_share": 0.5}},
    "law of age": {"parameters": BASE.parameters | {"closing_by_age": {"1": 0.1, "2": 0.2}}},
    "shorter law of age": {
        "parameters": BASE.parameters | {"closing_by_age": {"1": CATALOG.value("closing_by_age", "1")}}
    },
    "value of an action": {"actions": [{"at": "2026Q3", "lever": "rent", "value": 0.2}]},
    "date of an action": {"actions": [{"at": "2026Q4", "lever": "rent", "value": 0.1}]},
    "ramp of an action": {"actions": [{"at": "2026Q3", "lever": "rent", "value": 0.1, "ramp_quarters": 2}]},
    "place of an action": {"actions": [{"at": "2026Q3", "lever": "rent", "value": 0.1, "where": {"building": "b0"}}]},
    "no action": {"actions": []},
    "a process": {"processes": [{"process": "keep_tenants", "vacant": 0.2, "cut": 0.1, "most": 0.2}]},
}


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME)
def test_what_says_the_same_has_the_same_name(park: Park, changes: dict[str, Any]) -> None:
    assert name_of(BASE.with_changes(**changes), park) == name_of(BASE, park)


@pytest.mark.parametrize("changes", OTHER.values(), ids=OTHER)
def test_what_changes_a_run_changes_its_name(park: Park, changes: dict[str, Any]) -> None:
    assert name_of(BASE.with_changes(**changes), park) != name_of(BASE, park)


def test_the_park_its_catalog_the_engine_and_luck_change_the_name(park: Park) -> None:
    other = small_park([5_000, 3_001], slots={"pilot_line": 2})
    assert name_of(BASE, other) != name_of(BASE, park)
    twin_of_it = small_park([5_000, 3_000], slots={"pilot_line": 2})
    assert name_of(BASE, twin_of_it) == name_of(BASE, park)
    assert name_of(BASE, park, code_sha256="b") != name_of(BASE, park)
    address = Address.of(BASE, park, ENGINE)
    assert len({address.key(luck) for luck in range(50)}) == 50


def test_one_value_for_all_scopes_is_the_same_as_one_for_each(park: Park) -> None:
    each = {f"resident_share.{scope}": 0.3 for scope in CATALOG.scopes("resident_share")}
    one = BASE.with_changes(parameters={"resident_share": 0.3})
    assert name_of(one, park) == name_of(BASE.with_changes(parameters=each), park)
    del each["resident_share.ai"]
    assert name_of(one, park) != name_of(BASE.with_changes(parameters=each), park)


def test_the_same_point_of_two_designs_has_the_same_name(park: Park) -> None:
    grid = plan(park, "grid", SHARE, RENT)
    points = [{"resident_share": 0.25, "rent": 0.1}]
    listed = plan(park, "list", {"parameter": "resident_share"}, {"lever": "rent", "at": "2026Q3"}, points=points)
    (point,) = only(listed)
    assert listed.address(point) == grid.address(grid.scenarios([5])[5])
    assert listed.address(point) != grid.address(grid.scenarios([4])[4])
