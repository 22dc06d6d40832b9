"""As many replications as a precision asks for: when one stops, what is told, and that it hangs on nothing else."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from twin.errors import ScenarioError
from twin.indicators import INDICATORS
from twin.park import Park, load_park
from twin.scenario import Scenario
from twin.simulation import load_and_check
from twin.study import Comparison, Target, compare, replicate_until, target_of
from twin.study.comparing import KEPT
from twin.study.pairs import GREAT, LEAST_MOVED
from twin.study.precision import BATCH, MOST, WATCHED, last_whole_year, settled, settled_of

BASE = Scenario(name="base", end="2026Q4")

MORE = BASE.with_changes(name="more").with_actions({"at": "2026Q2", "lever": "entry_rate", "value": 2})

#: Reached at some look after the first, and before the most.
PRECISION, BOUND, WATCH = 0.005, 30, ("staff", "floor_stock")


@pytest.fixture(scope="module")
def park() -> Park:
    stock = stock_of(20, building="b0", floor_m2=50, staff=4)
    return small_park([3_000, 2_000, 1_000], slots={"pilot_line": 1}, firms=stock)


@pytest.fixture(scope="module")
def compared(park: Park) -> Comparison:
    return compare(park, BASE, MORE, precision=PRECISION, most=BOUND, watch=WATCH, workers=1)


@pytest.fixture(scope="module")
def at_once(park: Park, compared: Comparison) -> Comparison:
    """As many pairs as that took, without a precision, by other workers."""
    return compare(park, BASE, MORE, replications=compared.base.replications, workers=3)


def pairs(**columns: list[float]) -> pd.DataFrame:
    """Replications of one watched indicator."""
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"scenario": "more", "indicator": "staff", "part": "", "replication": range(n), **columns})


def test_runs_go_on_until_all_that_is_watched_is_settled(compared: Comparison) -> None:
    n = compared.base.replications
    assert n in range(2 * BATCH, BOUND, BATCH)  # neither at the first look nor at the last
    assert compared.others["more"].replications == n
    found = compared.settled()
    assert found["indicator"].tolist() == ["staff", "floor_stock"]
    assert found["settled"].all()
    assert (found["half_width"] <= found["allowed"]).all()
    assert found["method"].tolist() == ["t", "exact"]
    base = compared.base.indicators.query("indicator == 'staff' and quarter == '2026Q4'")["value"]
    assert found["allowed"].tolist()[0] == pytest.approx(PRECISION * base.mean())


def test_it_was_not_settled_one_look_before(park: Park, compared: Comparison) -> None:
    n = compared.base.replications - BATCH
    before = compare(park, BASE, MORE, precision=PRECISION, most=n, watch=["staff"], workers=1)
    assert before.base.replications == n
    assert not before.settled()["settled"].all()


def test_runs_in_batches_are_those_in_one_go_by_any_workers(at_once: Comparison, compared: Comparison) -> None:
    assert at_once.base.replications == compared.base.replications
    pd.testing.assert_frame_equal(at_once.differences, compared.differences)
    assert [run.sha256() for run in compared.base.records] == [run.sha256() for run in at_once.base.records[:KEPT]]


def test_of_the_first_pairs_the_records_are_kept(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the others the indicators alone, or hundreds of runs would fill the memory."""
    monkeypatch.setattr("twin.study.comparing.KEPT", 3)
    some = compare(park, BASE, MORE, precision=1e-9, most=5, workers=1)
    assert [len(study.records) for study in (some.base, some.others["more"])] == [3, 3]
    assert [study.replications for study in (some.base, some.others["more"])] == [5, 5]
    assert len(some.firms("more", 2)) > 0


def test_intervals_of_runs_that_went_on_are_sequences(at_once: Comparison, compared: Comparison) -> None:
    found, fixed = compared.by_year(), at_once.by_year()
    assert (found["method"] == fixed["method"]).all()
    wide, narrow = (frame["high"] - frame["low"] for frame in (found, fixed))
    by_t = found["method"] == "t"
    assert by_t.sum() > 20
    assert (wide[by_t] > 1.5 * narrow[by_t]).all()
    assert (wide >= narrow)[narrow.notna()].all()


def test_the_most_is_the_most(park: Park) -> None:
    """Where a batch would go beyond it, it is shorter; what is not settled then is told."""
    study = replicate_until(park, BASE, target_of(1e-6, most=12, watch=["staff", "floor_stock"]), workers=1)
    assert study.replications == 12
    assert study.manifest["replications"] == 12
    assert study.manifest["precision"] == {
        "precision": 1e-6,
        "most": 12,
        "watch": ["staff", "floor_stock"],
        "settled": False,
    }
    found = settled_of(study).set_index("indicator")["settled"]
    assert found.to_dict() == {"floor_stock": True, "staff": False}
    assert len(study.records) == 12


def test_what_is_allowed_is_a_share_of_the_level() -> None:
    """Of the base's; where that is 0 of the what-if's; of what is no difference, of its own."""
    target = Target(0.1)
    values = list(np.linspace(1.0, 3.0, 20))
    half = settled(pairs(value=values), target)["half_width"].iloc[0]
    of_base = pairs(value=values, base_value=[50.0] * 20, other_value=values)
    of_other = pairs(value=values, base_value=[0.0] * 20, other_value=values)
    assert settled(of_base, target)["allowed"].tolist() == [5.0]
    assert settled(of_base, target)["settled"].tolist() == [True]
    assert settled(of_other, target)["allowed"].tolist() == pytest.approx([0.2])
    assert settled(of_other, target)["settled"].tolist() == [False]
    assert settled(pairs(value=values), target)["allowed"].tolist() == pytest.approx([0.2])
    assert settled(pairs(value=values), Target(half / 2.0 * 1.001))["settled"].all()
    assert not settled(pairs(value=values), Target(half / 2.0 * 0.999))["settled"].any()


def test_levels_are_those_of_the_pairs_that_differ_by_a_number() -> None:
    """A base's level counts for nothing where the what-if has none."""
    values = [*np.linspace(1.0, 3.0, 19), math.nan]
    found = settled(pairs(value=values, base_value=[50.0] * 19 + [1e9], other_value=values), Target(0.1))
    assert found["n"].tolist() == [19]
    assert found["allowed"].tolist() == [5.0]


def test_what_is_never_there_is_not_waited_for() -> None:
    nothing = [math.nan] * 12
    assert settled(pairs(value=nothing, base_value=nothing, other_value=nothing), Target(0.1)).empty
    zeros = [0.0] * 12
    assert settled(pairs(value=zeros, base_value=zeros, other_value=zeros), Target(0.1))["settled"].all()


def test_looks_are_fixed_beforehand() -> None:
    assert Target(0.05, most=35).steps() == [10, 20, 30, 35]
    assert Target(0.05, most=30).steps() == [10, 20, 30]
    assert Target(0.05, most=7).steps() == [7]
    assert Target(0.05).steps()[-1] == MOST


def test_a_target_is_refused_with_every_fault() -> None:
    with pytest.raises(ScenarioError) as refused:
        target_of(math.nan, most=1, watch=["staf", "revenue"])
    told = [str(fault) for fault in refused.value.faults]
    assert len(told) == 3
    assert told[-1] == "watch: no indicator 'staf'; did you mean 'staff'?"
    assert set(WATCHED) <= set(INDICATORS)
    assert target_of(0.1, watch=["staff", "staff"]).watch == ("staff",)
    assert target_of(0.1).watch == WATCHED


@pytest.mark.parametrize("precision", [0.0, -0.1, 1.0, 5.0, math.nan, math.inf])
def test_a_precision_is_a_share(precision: float) -> None:
    with pytest.raises(ScenarioError, match="a share above 0 and below 1, such as 0"):
        target_of(precision)


def test_replications_and_precision_are_not_both_asked_for(park: Park) -> None:
    with pytest.raises(ScenarioError, match="replications 4 beside a precision"):
        compare(park, BASE, MORE, replications=4, precision=0.1)
    with pytest.raises(ScenarioError, match="watch staff"):
        compare(park, BASE, MORE, watch=["staff"])
    with pytest.raises(ValueError, match="no precision"):
        compare(park, BASE, MORE, replications=1).settled()


@pytest.mark.parametrize(
    ("start", "end", "year"), [("2026Q1", "2027Q4", 2027), ("2026Q1", "2027Q3", 2026), ("2026Q2", "2027Q4", 2027)]
)
def test_the_year_that_is_watched_is_whole(start: str, end: str, year: int) -> None:
    assert last_whole_year(Scenario(name="some", start=start, end=end)) == year


def test_without_a_whole_year_nothing_is_watched(park: Park) -> None:
    short = Scenario(name="short", start="2026Q1", end="2026Q3")
    with pytest.raises(ScenarioError, match="a whole year"):
        replicate_until(park, short, Target(0.1))


# Savings


def test_a_saving_is_counted_of_what_moved(park: Park, compared: Comparison) -> None:
    """Of the park in the last whole year, and of what moved in five pairs at least."""
    last = compared.by_year().query("year == 2026")
    counted = last[(last["moved"] >= LEAST_MOVED) & last["replications_saved"].notna()]
    row = compared.saving().iloc[0]
    assert 0 < len(counted) < len(last)
    assert row["figures"] == len(counted)
    assert row["median"] == counted["replications_saved"].median()
    great = counted[counted["replications_saved"] >= GREAT]
    assert (row["great"], row["great_indicators"]) == (len(great), great["indicator"].nunique())
    nothing = compare(park, BASE, BASE.with_changes(name="same"), replications=2)
    assert nothing.by_year()["replications_saved"].isna().all()
    assert nothing.saving()["figures"].tolist() == [0]


def test_a_difference_that_is_one_in_every_pair_saves_without_end(park: Park, compared: Comparison) -> None:
    """Where levels vary; floor that is built adds to a stock that does not, and pairing saves nothing there."""
    frame = compared.differences.query("indicator in ['staff', 'floor_stock'] and year == 2026").copy()
    frame["other_value"] = frame["base_value"] + 7.0
    frame["value"] = 7.0
    made = Comparison(compared.base, compared.others, frame).by_year().set_index("indicator")
    assert made["method"].eq("exact").all()
    assert made["moved"].eq(compared.base.replications).all()
    saved = made["replications_saved"].to_dict()
    assert math.isinf(saved["staff"])
    assert math.isnan(saved["floor_stock"])


def test_a_saving_is_of_the_pairs_that_differ_by_a_number(compared: Comparison) -> None:
    frame = compared.differences.query("indicator == 'staff' and year == 2026").copy()
    saved = Comparison(compared.base, compared.others, frame[:-1]).by_year()["replications_saved"]
    frame.loc[frame.index[-1], ["base_value", "other_value", "value"]] = [1e9, math.nan, math.nan]
    assert Comparison(compared.base, compared.others, frame).by_year()["replications_saved"].tolist() == saved.tolist()


@pytest.mark.slow
def test_pairing_saves_many_replications_of_the_shipped_park() -> None:
    """Of eight indicators at least five times; and hardly of any where pairs are put together that met other luck."""
    base, halls = (load_and_check(name)[1] for name in ("baseline", "pilot_halls_first"))
    paired = compare(load_park(), base, halls, replications=12)
    saving = paired.saving().iloc[0]
    assert saving["great_indicators"] >= 30  # 60 and more; 8 would do
    assert saving["median"] > 50.0
    frame = paired.differences.sort_values(["indicator", "part", "year", "replication"], ignore_index=True)
    shifted = frame.groupby(["indicator", "part", "year"])["other_value"].transform(lambda of: np.roll(of, 1))
    apart = frame.assign(other_value=shifted, value=shifted - frame["base_value"])
    unpaired = Comparison(paired.base, paired.others, apart).saving().iloc[0]
    assert unpaired["median"] == pytest.approx(1.0, abs=0.3)
    assert unpaired["great"] < 0.05 * unpaired["figures"]
