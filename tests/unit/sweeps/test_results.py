"""What a sweep has found is what each of its runs measures, and what is not there is said to be missing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twin
from twin.errors import InputError, ManifestError
from twin.park import Park, load_park
from twin.sweeps import Sweep, get_ready, load_sweep, sweep
from twin.sweeps import results as results_module
from twin.sweeps.measured import CELL_COLUMNS
from twin.sweeps.seen import as_bytes, part_file, read_seen, seen_file

DESIGN = """\
name: found
changes: {end: 2027Q4, park: PARK}
design: grid
replications: 2
vary:
  - {parameter: entry_trend_per_year, values: [0.0, 0.1]}
  - {setting: wulituo}
"""

FIGURES = ("resident_firms@2026", "revenue", "public_cost@2027", "firms_by_stage:lab@2027")


@pytest.fixture(scope="module")
def small(park_folder: Path) -> Park:
    return load_park(park_folder)


@pytest.fixture(scope="module")
def found(park_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """A sweep of four points and two replications that is done."""
    place = tmp_path_factory.mktemp("found")
    (place / "d.yaml").write_text(DESIGN.replace("PARK", str(park_folder)), encoding="utf-8")
    return sweep(place / "d.yaml", out=place / "out", store=place / "store", workers=1)


@pytest.fixture(scope="module")
def by_hand(found: Sweep, small: Park) -> dict[int, pd.DataFrame]:
    """What replications of each point measure, by point: quarter, place, indicator, part, value, replication."""
    base = twin.load_scenario("baseline", changes=["end=2027Q4", f"park={small_path(found)}"])
    frames = {}
    for point, row in found.points.iterrows():
        scenario = base.with_changes(
            parameters={"entry_trend_per_year": row["entry_trend_per_year"]}, settings={"wulituo": row["wulituo"]}
        )
        frames[int(str(point))] = twin.replicate(small, scenario, replications=2, workers=1).indicators
    return frames


def small_path(found: Sweep) -> str:
    return str(found.manifest["scenario"]["park"])


def yearly_of(by_hand: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """The same by year, with the number of the point."""
    from twin.indicators import yearly

    return pd.concat([yearly(frame).assign(point=point) for point, frame in by_hand.items()])


def test_a_table_is_what_replications_of_each_point_measure(found: Sweep, by_hand: dict[int, pd.DataFrame]) -> None:
    table = found.table(*FIGURES)
    assert list(table.columns) == ["point", "replication", "entry_trend_per_year", "wulituo", *FIGURES]
    assert table.index.tolist() == list(range(8))
    assert table["point"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert table["replication"].tolist() == [0, 1] * 4
    assert table["entry_trend_per_year"].tolist() == [0.0] * 4 + [0.1] * 4
    assert table["wulituo"].tolist() == ["outside", "outside", "inside", "inside"] * 2
    years = yearly_of(by_hand)
    years = years[years["place"] == "park"]
    for figure, indicator, part, year in (
        (FIGURES[0], "resident_firms", "", 2026),
        (FIGURES[1], "revenue", "", 2027),
        (FIGURES[3], "firms_by_stage", "lab", 2027),
    ):
        one = years[(years["indicator"] == indicator) & (years["part"] == part) & (years["year"] == year)]
        expected = one.sort_values(["point", "replication"])["value"].to_numpy()
        assert len(expected) == 8
        assert len(set(expected)) > 1, figure
        assert table[figure].to_numpy().tolist() == expected.tolist(), figure
    cost = years[(years["indicator"] == "public_cost") & (years["year"] == 2027)]
    summed = cost.groupby(["point", "replication"])["value"].sum().to_numpy()
    assert table["public_cost@2027"].to_numpy() == pytest.approx(summed, rel=1e-12)


def test_a_table_of_no_figure_is_the_runs_that_are_done(found: Sweep) -> None:
    pd.testing.assert_frame_equal(found.table(), found.table("revenue").drop(columns="revenue"))


def test_values_are_by_point_and_replication(found: Sweep) -> None:
    table = found.table("revenue@2026")
    assert found.values("revenue@2026").tolist() == table["revenue@2026"].to_numpy().reshape(4, 2).tolist()


def test_by_year_is_every_indicator_of_every_run(found: Sweep, by_hand: dict[int, pd.DataFrame]) -> None:
    keys = ["point", "replication", "place", "indicator", "part", "year"]
    table = found.by_year()
    assert list(table.columns) == ["run", *keys, "value"]
    assert (table["run"] == 2 * table["point"] + table["replication"]).all()
    kept = table.set_index(keys)["value"].sort_index()
    expected = yearly_of(by_hand).astype({"place": str, "indicator": str, "part": str})
    series = expected.set_index(keys)["value"].sort_index()
    # sums and means of four quarters are taken in another order of additions; quarters are the same to the bit, below
    pd.testing.assert_series_equal(kept, series, check_index_type=False, rtol=1e-15, atol=0.0)
    some = found.by_year("revenue", "resident_firms")
    assert set(some["indicator"]) == {"revenue", "resident_firms"}
    assert len(some) == kept.index.get_level_values("indicator").isin(["revenue", "resident_firms"]).sum()


def test_a_run_is_all_its_quarters_and_its_panels(found: Sweep, by_hand: dict[int, pd.DataFrame]) -> None:
    run = found.run(5)
    assert list(run.columns) == ["table", "quarter", "place", "indicator", "part", "value"]
    keys = ["quarter", "place", "indicator", "part"]
    kept = run[run["table"] == "indicators"].astype(dict.fromkeys(keys, str)).set_index(keys)["value"].sort_index()
    one = by_hand[2]
    expected = one[one["replication"] == 1].astype(dict.fromkeys(keys, str)).set_index(keys)["value"].sort_index()
    pd.testing.assert_series_equal(kept, expected, check_exact=True)
    panels = run[run["table"] != "indicators"]
    assert set(panels["quarter"]) == {"2026Q4", "2027Q4"}
    assert set(CELL_COLUMNS) <= set(panels["indicator"])
    with pytest.raises(InputError, match=r"run 8: not done, or failed; one of 0 to 7"):
        found.run(8)


def test_a_finished_sweep_has_no_failures_and_says_how_far_it_has_come(found: Sweep) -> None:
    assert len(found.failures) == 0
    assert list(found.failures.columns) == [
        *("run", "point", "replication", "entry_trend_per_year", "wulituo", "reason", "again")
    ]
    assert (found.runs, found.replications, found.factors) == (8, 2, ["entry_trend_per_year", "wulituo"])
    assert (found.progress["done"], found.progress["failed"], found.progress["total"]) == (8, 0, 8)
    assert len({file for file in found.run_files().values() if file.is_file()}) == 8


REFUSED = {
    "revenu": "did you mean 'revenue'?",
    "revenue@2035": "a whole year of the run, 2026 to 2027",
    "firms_by_stage": "one of its parts",
    "firms_by_stage:labs": "did you mean 'lab'?",
    "": "revenue",
}


@pytest.mark.parametrize("figure", REFUSED)
def test_an_unknown_figure_is_refused(found: Sweep, figure: str) -> None:
    with pytest.raises(InputError) as refused:
        found.table(figure)
    assert REFUSED[figure] in str(refused.value)
    with pytest.raises(InputError) as refused:
        found.values(figure)
    assert REFUSED[figure] in str(refused.value)


def test_an_unknown_indicator_is_refused(found: Sweep) -> None:
    with pytest.raises(InputError, match="did you mean 'revenue'"):
        found.by_year("resident_firms", "revenu")


def test_a_figure_of_the_name_of_a_factor_is_refused_without_its_year(park_folder: Path, place: Path) -> None:
    text = DESIGN.replace("PARK", str(park_folder)).replace("{setting: wulituo}", "{setting: firms, name: revenue}")
    (place / "d.yaml").write_text(text, encoding="utf-8")
    one = sweep("d.yaml", workers=1)
    with pytest.raises(InputError, match="revenue: a factor has that name; its year too, as revenue@2030"):
        one.table("revenue")
    table = one.table("revenue@2027")
    assert set(table["revenue"]) == {"resident", "all"}
    assert (table["revenue@2027"] > 0).all()


@pytest.fixture
def under_way(found: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    """The sweep as if its blocks were of three runs, and the first and the last of its three done."""
    monkeypatch.setattr(results_module, "BLOCK", 3)
    folder = tmp_path / "under_way"
    for name in ("parts", "seen"):
        (folder / name).mkdir(parents=True)
    for name in ("sweep.json", "plan.parquet"):
        (folder / name).write_bytes((found.folder / name).read_bytes())
    part, seen = pd.read_parquet(part_file(found.folder, 0)), read_seen(found.folder, 0, 8)
    assert seen is not None
    for block, runs in ((0, range(3)), (2, range(6, 8))):
        part[part["run"].isin(runs)].to_parquet(part_file(folder, block), index=False)
        seen_file(folder, block).write_bytes(as_bytes(seen[runs.start : runs.stop]))
    return load_sweep(folder)


def test_a_sweep_under_way_tells_what_it_has(found: Sweep, under_way: Sweep) -> None:
    done = [0, 1, 2, 6, 7]
    whole = found.values("revenue").ravel()  # of parts, whatever blocks are
    table = under_way.table("revenue")
    assert table.index.tolist() == done
    assert table["revenue"].tolist() == whole[done].tolist()
    assert under_way.table().index.tolist() == done
    values = under_way.values("revenue")
    assert values.shape == (4, 2)
    assert np.isnan(values.ravel()[3:6]).all()
    assert values.ravel()[done].tolist() == whole[done].tolist()
    assert under_way.progress["done"] == 0  # nothing was written down of it
    assert len(under_way.run_files()) == 5
    with pytest.raises(InputError, match="run 4: not done"):
        under_way.run(4)
    last = under_way.run(6)
    revenue = last[(last["indicator"] == "revenue") & (last["place"] == "park") & (last["table"] == "indicators")]
    assert revenue["value"].iloc[-1] == whole[6]  # a stock of the year: that of its last quarter


def test_a_sweep_of_which_nothing_is_done_says_so(found: Sweep, place: Path) -> None:
    ready = get_ready(found.design.placed({}), park=None, changes=["seed=1"], out="begun")
    begun = load_sweep(ready.folder)
    assert len(begun.points) == 4
    assert len(begun.failures) == 0
    assert len(begun.table()) == 0
    assert begun.progress["total"] == 8
    with pytest.raises(InputError, match="no run is done yet"):
        begun.table("revenue")
    assert not list((place / "out" / "store").glob("*/*"))


def test_a_run_that_is_not_whole_is_not_read(under_way: Sweep) -> None:
    file = under_way.run_files()[6]
    content = file.read_bytes()
    try:
        file.write_bytes(content[:-9])
        with pytest.raises(ManifestError, match="not as it was written"):
            under_way.run(6)
    finally:
        file.write_bytes(content)


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"design": {"name": "x"}}'])
def test_a_folder_without_a_sweep_is_refused(place: Path, content: str | None) -> None:
    if content is not None:
        (place / "sweep.json").write_text(content, encoding="utf-8")
    with pytest.raises(ManifestError, match=r"sweep\.json: no sweep.*; the folder that `twin sweep` wrote"):
        load_sweep(place)


def test_progress_that_is_half_written_is_none(under_way: Sweep) -> None:
    (under_way.folder / "progress.json").write_text(json.dumps({"done": 5})[:-3], encoding="utf-8")
    assert under_way.progress["done"] == 0


@pytest.mark.parametrize("content", ["{", "[1]", '{"total": 24}', "7", ""])
def test_damaged_notes_of_how_far_it_has_come_are_passed_over(under_way: Sweep, content: str) -> None:
    (under_way.folder / "progress.json").write_text(content, encoding="utf-8")
    assert under_way.progress["done"] == 0
