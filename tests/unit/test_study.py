"""Studies: replications, ranges over them, paired comparison and the firms that differ."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.parks import small_park, stock_of
from twin.errors import ManifestError, ScenarioError
from twin.indicators import INDICATORS
from twin.park import Park, load_park
from twin.record import Record
from twin.scenario import Scenario
from twin.study import Comparison, Study, compare, load_study, replicate, shadow, strictness_table
from twin.study.differing import firms_that_differ
from twin.study.shadow import LEAST_DISTINCT, SLOTS, is_clear, runs_of

N = 4

BASE = Scenario(name="base", end="2027Q4", replications=N)

MORE_ENTRY = BASE.with_changes(name="more_entry").with_actions({"at": "2026Q2", "lever": "entry_rate", "value": 2})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A park folder."""
    place = tmp_path_factory.mktemp("park")
    stock = stock_of(20, building="b0", floor_m2=50, staff=4)
    made = small_park([3_000, 2_000, 1_000], slots={"pilot_line": 1, "proof_of_concept": 1}, firms=stock)
    for name in ("zones", "parcels", "buildings", "firms", "services"):
        getattr(made, name).to_parquet(place / f"{name}.parquet")
    (place / "park.json").write_text(json.dumps({"name_zh": "试", "name_en": "Trial", "start": "2026Q1"}))
    return place


@pytest.fixture(scope="module")
def park(folder: Path) -> Park:
    return load_park(folder)


@pytest.fixture(scope="module")
def study(park: Park) -> Study:
    return replicate(park, BASE, workers=1)


@pytest.fixture(scope="module")
def compared(park: Park) -> Comparison:
    return compare(park, BASE, MORE_ENTRY, workers=1)


def test_the_result_does_not_depend_on_the_number_of_workers(park: Park, study: Study) -> None:
    other = replicate(park, BASE, workers=3)
    assert [run.sha256() for run in other.records] == [run.sha256() for run in study.records]
    pd.testing.assert_frame_equal(other.indicators, study.indicators)
    pd.testing.assert_frame_equal(other.occupancy, study.occupancy)


def test_replications_are_as_many_as_asked_for_and_differ(park: Park, study: Study) -> None:
    assert study.replications == N
    assert len({run.sha256() for run in study.records}) == N
    assert sorted(study.indicators["replication"].unique()) == [0, 1, 2, 3]
    assert replicate(park, BASE, replications=2).replications == 2


def test_progress_is_told(park: Park) -> None:
    told: list[int] = []
    replicate(park, BASE, replications=3, progress=told.append)
    assert told == [1, 2, 3]


@pytest.mark.parametrize("replications", [0, -1])
def test_no_replication_is_no_study(park: Park, replications: int) -> None:
    with pytest.raises(ScenarioError, match=f"replications {replications}"):
        replicate(park, BASE, replications=replications)


def test_a_range_holds_nine_runs_in_ten(study: Study) -> None:
    years = [2026, 2027]
    values = study.indicators[
        (study.indicators["indicator"] == "staff") & study.indicators["quarter"].str.endswith("Q4")
    ]
    found = study.by_year().query("indicator == 'staff'").set_index("year")
    assert found.index.tolist() == years
    for year in years:
        of_year = values[values["quarter"] == f"{year}Q4"]["value"].to_numpy()
        assert len(of_year) == N
        row = found[found.index == year].iloc[0]
        expected = [np.median(of_year), *np.quantile(of_year, [0.05, 0.95]), of_year.mean()]
        assert [row[name] for name in ("median", "low", "high", "mean")] == pytest.approx(expected)
        assert row["n"] == N


def test_occupancy_is_the_mean_over_the_runs(study: Study) -> None:
    last = [run.buildings[run.buildings["quarter"] == "2027Q4"] for run in study.records]
    let = np.mean([frame["let_m2"].to_numpy() for frame in last], axis=0)
    assert study.occupancy["2027Q4"].tolist() == pytest.approx((let / [3_000, 2_000, 1_000]).tolist())


def test_a_building_that_is_not_open_has_no_occupancy() -> None:
    planned = small_park([1_000, 500], completed=["2010Q1", "2027Q1"])
    occupancy = replicate(planned, BASE, replications=1).occupancy
    assert occupancy.T["b1"].isna().tolist() == [True] * 4 + [False] * 4


def test_a_saved_study_is_read_back(park: Park, study: Study, tmp_path: Path) -> None:
    study.save(tmp_path / "out", extra=lambda place: (place / "more").touch())
    back = load_study(tmp_path / "out", park, BASE)
    pd.testing.assert_frame_equal(back.indicators, study.indicators)
    pd.testing.assert_frame_equal(back.occupancy, study.occupancy, check_names=False)
    assert [run.sha256() for run in back.records] == [run.sha256() for run in study.records]
    pd.testing.assert_frame_equal(back.by_year(), study.by_year())
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "indicators.parquet",
        "manifest.json",
        "more",
        "occupancy.parquet",
        "runs",
        "summary.csv",
    ]
    summary = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert list(summary.columns) == ["place", "indicator", "part", "year", "median", "low", "high", "mean", "n"]
    assert len(summary) == len(study.by_year())


def test_a_picture_that_fails_leaves_nothing(study: Study, tmp_path: Path) -> None:
    def fail(_: Path) -> None:
        raise OSError("no room left")

    with pytest.raises(OSError, match="no room left"):
        study.save(tmp_path / "out", extra=fail)
    assert list(tmp_path.iterdir()) == []


SPOILT: dict[str, Callable[[Path], object]] = {
    "a frame is gone": lambda place: (place / "indicators.parquet").unlink(),
    "a frame is junk": lambda place: (place / "occupancy.parquet").write_bytes(b"junk"),
    "the runs are gone": lambda place: (place / "runs").rename(place / "walks"),
    "a run is empty": lambda place: (place / "runs" / "r0001" / "manifest.json").unlink(),
    "another kind": lambda place: (place / "manifest.json").write_text('{"scenario": {}, "kind": "comparison"}'),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_study_is_refused(park: Park, study: Study, tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    study.save(tmp_path / "out")
    spoil(tmp_path / "out")
    with pytest.raises(ManifestError, match="out"):
        load_study(tmp_path / "out", park, BASE)


def test_a_study_of_another_park_is_refused(study: Study, tmp_path: Path) -> None:
    study.save(tmp_path / "out")
    with pytest.raises(ManifestError, match="park_sha256"):
        load_study(tmp_path / "out", small_park([3_000]), BASE)


# Paired comparison


def test_a_scenario_does_not_differ_from_itself(park: Park) -> None:
    same = compare(park, BASE, BASE.with_changes(name="same"))
    assert (same.differences["value"].fillna(0) == 0).all()
    assert same.differences["value"].notna().sum() > 500
    summary = same.by_year().query("n > 1")
    assert (summary[["mean", "low", "high"]] == 0).to_numpy().all()
    for replication in range(N):
        assert same.firms("same", replication).empty


def test_pairs_are_subtracted_year_by_year(compared: Comparison) -> None:
    frame = compared.differences.query("indicator == 'new_firms' and year == 2027").sort_values("replication")
    assert len(frame) == N
    base, other = (
        study.indicators[
            (study.indicators["indicator"] == "new_firms") & study.indicators["quarter"].str.startswith("2027")
        ]
        .groupby("replication")["value"]
        .sum()
        for study in (compared.base, compared.others["more_entry"])
    )
    assert frame["value"].tolist() == (other - base).tolist()
    assert (frame["value"] > 0).all()


def test_the_interval_is_that_of_a_paired_t_test(compared: Comparison) -> None:
    pairs = compared.differences.query("indicator == 'revenue' and year == 2027")
    found = compared.by_year().query("indicator == 'revenue' and year == 2027").iloc[0]
    interval = stats.ttest_rel(pairs["other_value"], pairs["base_value"]).confidence_interval(0.95)
    assert found["mean"] == pytest.approx((pairs["other_value"] - pairs["base_value"]).mean())
    assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high))
    saved = (pairs["other_value"].var() + pairs["base_value"].var()) / pairs["value"].var()
    assert found["replications_saved"] == pytest.approx(saved)


def test_one_pair_has_no_interval(park: Park) -> None:
    summary = compare(park, BASE, MORE_ENTRY, replications=1).by_year()
    assert summary["n"].max() == 1
    assert summary["low"].isna().all()
    assert summary["high"].isna().all()


def test_what_ifs_meet_the_luck_of_the_base(park: Park, compared: Comparison) -> None:
    other_seed = compare(park, BASE, MORE_ENTRY.with_changes(seed=99))
    assert [run.sha256() for run in other_seed.others["more_entry"].records] == [
        run.sha256() for run in compared.others["more_entry"].records
    ]


def test_every_indicator_is_compared(compared: Comparison) -> None:
    assert set(compared.differences["indicator"]) == set(INDICATORS)
    assert set(compared.differences["scenario"]) == {"more_entry"}


def test_a_comparison_is_saved(compared: Comparison, tmp_path: Path) -> None:
    compared.save(tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "differences.parquet",
        "differences_by_building.gpkg",
        "firms_more_entry.csv",
        "manifest.json",
        "summary.csv",
    ]
    differing = pd.read_csv(tmp_path / "out" / "firms_more_entry.csv")
    assert len(differing) == len(compared.firms("more_entry"))
    assert {"came", "grew"} & set(differing["change"])
    assert set(differing["via"]) <= {"lever", "parent", "building", "service", "chain", "market"}
    counts = compared.changes("more_entry").set_index("change")
    assert counts["most"]["came"] >= counts["mean"]["came"] > 0
    assert list(compared.placebo.items()) == [("more_entry", ())]


NOT_PAIRS: dict[str, tuple[tuple[Scenario, ...], str]] = {
    "nothing": ((), "what-if"),
    "two of one name": ((MORE_ENTRY, MORE_ENTRY), "more_entry"),
    "another park": ((MORE_ENTRY.with_changes(name="elsewhere", park="somewhere"),), "of the park somewhere"),
    "ends earlier": ((MORE_ENTRY.with_changes(name="short", end="2026Q4"),), "2026Q4"),
}


@pytest.mark.parametrize(("others", "told"), NOT_PAIRS.values(), ids=NOT_PAIRS)
def test_what_cannot_be_paired_is_refused(park: Park, others: tuple[Scenario, ...], told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        compare(park, BASE, *others, replications=1)


COLUMNS = ["firm", "industry", "stage", "status", "building_id", "floor_m2", "staff", "left_years"]


def firms_of(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """A table of firms: number, status, building, persons, and perhaps stage and date of leaving."""
    filled = [
        (
            row[0],
            "ai",
            row[4] if len(row) > 4 else "lab",
            row[1],
            row[2],
            10,
            row[3],
            row[5] if len(row) > 5 else np.inf,
        )
        for row in rows
    ]
    frame = pd.DataFrame(filled, columns=COLUMNS)
    return frame.assign(entered_years=np.where(frame["status"] == "prospect", np.inf, 0.0))


def test_firms_that_differ_are_told_apart(study: Study) -> None:
    record: Record = study.records[0]
    base = firms_of(
        (1, "resident", "b0", 5),  # as before
        (2, "gone", None, 5, "lab", 0.5),  # stays
        (3, "resident", "b0", 5),  # goes
        (4, "resident", "b0", 5),  # moves
        (5, "resident", "b0", 5),  # grows
        (6, "remote", None, 5),  # shrinks
        (7, "resident", "b0", 5),  # is not there
        (9, "gone", None, 5, "lab", 0.5),  # goes at another date
        (10, "resident", "b0", 5),  # reaches the next stage
        (11, "waiting", None, 5),  # finds room
        (12, "gone", None, 5, "lab", 0.5),  # as before
        (13, "prospect", None, 5),  # is won
        (14, "prospect", None, 5),  # has come in neither
    )
    other = firms_of(
        (1, "resident", "b0", 5),
        (2, "resident", "b0", 5),
        (3, "gone", None, 5, "lab", 0.7),
        (4, "resident", "b1", 9),
        (5, "resident", "b0", 6),
        (6, "remote", None, 4),
        (8, "resident", "b0", 5),  # comes
        (9, "gone", None, 5, "lab", 0.75),
        (10, "resident", "b0", 5, "pilot"),
        (11, "resident", "b1", 5),
        (12, "gone", None, 5, "lab", 0.5),
        (13, "resident", "b0", 5),
        (14, "prospect", None, 6),
    )
    differing = firms_that_differ(replace(record, firms=base, events=base), replace(record, firms=other, events=other))
    assert differing.set_index("firm")["change"].to_dict() == {
        2: "stayed",
        3: "left",
        4: "moved",
        5: "grew",
        6: "shrank",
        7: "did_not_come",
        8: "came",
        9: "other",
        10: "other",
        11: "stayed",
        13: "came",
    }


def test_firms_are_not_compared_without_their_tables(study: Study) -> None:
    bare = replace(study.records[0], firms=None)
    with pytest.raises(ValueError, match="events=True"):
        firms_that_differ(bare, bare)


@pytest.mark.slow
def test_a_shadow_price_is_the_mean_of_paired_runs(park: Park) -> None:
    """More slots of the line bring what runs with the action that opens them differ by, for each of them and year."""
    scenario = BASE.with_parameters({"entry_per_year": 20.0, "service_share": 1.0})
    prices = shadow(park, scenario, only=["pilot_line", "floor:office"])
    assert set(zip(prices["name"], prices["stage"], strict=True)) == {
        (name, s) for name in ("pilot_line", "floor:office") for s in ("lab", "pilot", "scale")
    }
    slots = {"at": "2026Q1", "lever": "service_slots", "value": SLOTS, "where": {"service": "pilot_line"}}
    by_hand = compare(park, scenario, scenario.with_changes(name="more").with_actions(slots), workers=1).differences
    advances = by_hand[(by_hand["indicator"] == "advances") & (by_hand["part"] == "pilot")]
    each = advances.groupby("replication")["value"].sum() / (SLOTS * scenario.years)
    price = prices[(prices["name"] == "pilot_line") & (prices["stage"] == "pilot")].iloc[0]
    assert (price["step"], price["unit"], price["n"]) == (SLOTS, "slot", N)
    assert price["mean"] == pytest.approx(each.mean())
    half = stats.t.ppf(0.975, N - 1) * each.std() / math.sqrt(N)
    assert (price["low"], price["high"]) == pytest.approx((each.mean() - half, each.mean() + half))
    assert price["mean"] > 0.0
    assert price["distinct"] == len(set(each))
    assert runs_of(park, scenario, only=["pilot_line"]) == 2 * N


def test_runs_that_happen_to_agree_make_no_clear_price(park: Park) -> None:
    """Where every firm asks for a line and few come, most runs differ by nothing, or by the same few firms."""
    prices = shadow(park, BASE.with_parameters({"service_share": 1.0}), only=["pilot_line", "proof_of_concept"])
    assert prices["distinct"].between(1, N).all()
    assert (prices["low"] == prices["high"]).any()  # an interval without width
    marks = map(is_clear, prices["low"], prices["high"], prices["distinct"])
    assert not any(marks)


@pytest.mark.parametrize(
    ("low", "high", "distinct", "clear"),
    [
        (0.1, 0.3, LEAST_DISTINCT, True),
        (-0.3, -0.1, LEAST_DISTINCT, True),
        (0.1, 0.3, LEAST_DISTINCT - 1, False),
        (0.2, 0.2, 1, False),
        (-0.1, 0.3, LEAST_DISTINCT, False),
        (math.nan, math.nan, 1, False),
    ],
)
def test_a_price_is_clear_of_zero_by_enough_different_differences(
    low: float, high: float, distinct: int, clear: bool
) -> None:
    assert is_clear(low, high, distinct) == clear


def test_a_unit_nobody_knows_has_no_price(park: Park) -> None:
    with pytest.raises(ScenarioError, match="no unit 'pilot_lines'; one of proof_of_concept, pilot_line"):
        shadow(park, BASE, only=["pilot_lines"])


def test_agreements_of_more_strictness_catch_more_and_cost_more_firms() -> None:
    """Of the shipped park in four years, two runs each; bounds of nothing are met by all, and nobody is under them."""
    asked = {"at": "2026Q1", "lever": "contracts", "value": 1.0}
    scenario = Scenario(name="agreed", end="2029Q4").with_parameters({"lease_years": 1.0}).with_actions(asked)
    table = strictness_table(load_park(), scenario, strictness=[0.0, 1.0, 4.0], replications=2)
    assert table["strictness"].tolist() == [0.0, 1.0, 4.0]
    assert table.loc[0, ["caught", "wrongly", "missed", "ended", "left_warned", "penalties_cny"]].eq(0.0).all()
    assert table.loc[0, ["firms", "revenue_cny_year", "tax_cny_year"]].eq(0.0).all()
    assert table["caught"].is_monotonic_increasing
    assert table["ended"].is_monotonic_increasing
    assert table["firms"].is_monotonic_decreasing
    assert (table["revenue_cny_year_low"] <= table["revenue_cny_year"]).all()
    assert table["wrong_share"].between(0.0, 0.5, inclusive="neither").iloc[2]
