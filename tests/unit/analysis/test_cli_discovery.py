"""The commands that say what a sweep has shown, on a sweep of a small park."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from twin.cli import main
from twin.errors import InputError
from twin.park import save_park
from twin.sweeps import load_sweep, sweep
from twin.sweeps.called import factor_names
from twin.sweeps.design import Design
from twin.sweeps.robust import readings_design, robust

DONE, INVALID = 0, 3


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a park of 60 firms, two scenarios of a year, and a sweep over how fast firms move out."""
    folder = tmp_path_factory.mktemp("sweeps")
    stock = stock_of(60, building="b0", floor_m2=50, staff=4)
    save_park(small_park([6_000], firms=stock), folder / "p")
    for name, leaving in (("still", 0.0), ("empties", 1.5)):
        text = f"name: {name}\npark: {folder / 'p'}\nend: 2026Q4\n"
        text += f"parameters: {{entry_per_year: 0, move_out_per_year: {leaving}}}\n"
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    rate = {"parameter": "move_out_per_year", "low": 0.0, "high": 1.0, "by": "value", "name": "leaving"}
    design = {"name": "leaving", "scenario": str(folder / "still.yaml"), "replications": 2, "design": "lhs", "n": 40}
    sweep(
        Design.model_validate(design | {"vary": [rate, {"setting": "tier_scope"}]}),
        out=folder / "leaving",
        store=folder / "store",
        executor="serial",
    )
    return folder


def twin(*words: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    code = ended.value.code
    assert isinstance(code, int)
    return code


def condition(place: Path) -> str:
    """A target that half of the points meet."""
    firms = load_sweep(place / "leaving").table("resident_firms@2026")["resident_firms@2026"]
    return f"resident_firms@2026 >= {firms.median():g}"


def test_boxes_are_said_in_both_languages(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("boxes", str(place / "leaving"), condition(place), "--trajectory") == DONE
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "当迁出率低于",
        "When hazard of moving out is below",
        "未参与划定",
        "recurs",
        "trajectory",
        "held out",
    ):
        assert words in said
    assert "梯队" not in said


def test_boxes_as_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("boxes", str(place / "leaving"), condition(place), "--missed", "--density", "0.8", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    (row,) = found["boxes"]
    assert (row["factor"], row["high"], found["points"], found["missed"]) == ("leaving", None, 40, True)
    assert 0.2 < row["low"] < 0.8
    assert "达不到" in found["sentences"]["zh"][0]


def test_what_cannot_be_asked_is_said_with_a_cure(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("boxes", str(place / "leaving"), "resident_firms@2026 >= 1e9") == INVALID
    assert "another bound" in " ".join(capsys.readouterr().err.split())
    assert twin("boxes", str(place / "leaving"), condition(place), "--density", "0.8", "--mass", "0.2") == INVALID
    assert twin("frontier", str(place / "leaving"), "public_cost@2026") == INVALID
    assert "outcomes other than the cost" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--density", "0"), "density: 0; a share above 0"),
        (("--density", "nan"), "density: nan; a share above 0"),
        (("--density", "2"), "density: 2; a share above 0, at most 1"),
        (("--density", "0.4"), "--density: 0.4 is what all cases have"),
        (("--mass", "-3"), "mass: -3; a share above 0 and below 1"),
        (("--mass", "0.99"), "--mass: 0.99 is nearest to all cases"),
        (("--runs", "--threshold", "0.7"), "--threshold: beside --runs; one of the two"),
    ],
)
def test_what_would_choose_no_box_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert twin("boxes", str(place / "leaving"), condition(place), *words) == INVALID
    assert told in " ".join(capsys.readouterr().err.split())


def test_runs_that_are_missing_are_told(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shutil.copytree(place / "leaving", tmp_path / "lacking")
    part = folder / "parts" / "000000.parquet"
    frame = pd.read_parquet(part)
    frame[~frame["run"].isin([3, 4, 40])].to_parquet(part, index=False)
    assert twin("boxes", str(folder), condition(place)) == DONE
    assert "3 of 80 runs are missing" in capsys.readouterr().out
    assert twin("frontier", str(folder), "public_cost@2026", "resident_firms@2026", "--json") == DONE
    assert json.loads(capsys.readouterr().out)["runs_missing"] == 3


def test_a_frontier_is_printed_and_drawn(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "f.png"
    words = ("frontier", str(place / "leaving"), "public_cost@2026", "resident_firms@2026")
    assert twin(*words, "-o", str(file)) == DONE
    said = capsys.readouterr().out
    assert "前沿 efficient" in said
    assert "入驻企业" in said
    assert file.stat().st_size > 5_000
    assert twin(*words, "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert found["better"] == {"public_cost@2026": "less", "resident_firms@2026": "more"}
    assert len(found["points"]) == 40


def test_a_conclusion_is_run_under_every_reading(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = ["--out", str(place / "robust"), "--store", str(place / "store"), "--replications", "6"]
    scenarios = [str(place / "still.yaml"), str(place / "empties.yaml")]
    words = ["robust", *scenarios, "resident_firms@2026", "--setting", "firms", "--setting", "wulituo", *kept]
    assert twin(*words, "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["sign"], len(found["readings"])) == ("holds", -1, 3)
    assert found["sentences"]["zh"].startswith("此结论不取决于企业统计口径和五里坨范围口径：在所试的全部3种口径组合下")
    assert all(row["n"] == 6 and row["high"] < 0 for row in found["readings"])
    assert twin(*words, "--all") == DONE
    said = capsys.readouterr().out
    assert "resident firms in 2026 fall" in said
    assert said.count("仅实地入驻企业") == 2


def test_the_design_holds_the_usual_readings_and_one_other_at_a_time() -> None:
    design = readings_design("baseline", "rent_relief")
    usual, *others = design.points
    assert len(others) == 6
    assert all(sum(point[name] != usual[name] for name in usual) == 1 for point in others)
    assert readings_design("baseline", "rent_relief", whole=True).design == "grid"
    with pytest.raises(InputError, match="did you mean 'firms'"):
        readings_design("baseline", "rent_relief", settings=["firm"])


def test_a_figure_that_is_none_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'revenue'"):
        robust("baseline", "rent_relief", "revenu@2030", out=tmp_path / "out", store=tmp_path / "store")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("what_if", "figure", "replications", "told"),
    [
        ("rent_relief", "resident_firms@2050", 2, "the year 2050 is not run; a whole year of the run, 2026 to 2035"),
        ("baseline", "resident_firms@2030", 2, "'baseline' twice"),
        ("rent_relief", "resident_firms@2030", 0, "replications"),
    ],
)
def test_what_cannot_be_judged_is_refused_before_anything_is_run(
    tmp_path: Path, what_if: str, figure: str, replications: int, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        robust("baseline", what_if, figure, out=tmp_path / "out", store=tmp_path / "store", replications=replications)
    assert list(tmp_path.iterdir()) == []


def test_files_of_scenarios_may_have_chinese_and_long_names() -> None:
    names = {readings_design("baseline", f"情景{one}.yaml").name for one in "甲乙"}
    assert len(names) == 2
    assert all(name.startswith("robust_baseline_") for name in names)
    assert len(readings_design("baseline", "x" * 200 + ".yaml").name) <= 80
    assert readings_design("baseline", "rent_relief").name == "robust_baseline_rent_relief"


def test_one_pair_has_no_interval(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = ["--out", str(place / "one_pair"), "--store", str(place / "store"), "--replications", "1"]
    scenarios = [str(place / "still.yaml"), str(place / "empties.yaml")]
    assert twin("robust", *scenarios, "resident_firms@2026", "--setting", "firms", *kept) == DONE
    said = capsys.readouterr().out
    assert "nan" not in said
    assert "pairs" in said


def test_what_is_damaged_is_named(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("plan.parquet", "parts/000000.parquet"):
        folder = shutil.copytree(place / "leaving", tmp_path / name.partition(".")[0].replace("/", "_"))
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])
        assert twin("boxes", str(folder), condition(place)) == INVALID
        assert "not as it was written; the same sweep again" in " ".join(capsys.readouterr().err.split())


def test_factors_are_called_by_their_labels_and_in_their_units() -> None:
    from twin.catalog import load_catalog

    rent = {"lever": "rent", "at": "2026Q1", "where": {"zone": "core"}, "low": -0.3, "high": 0.0}
    vary = [
        {"parameter": "hit_rate.ai", "by": "times", "low": 0.5, "high": 2, "name": "hits"},
        {"parameter": "entry_per_year"},
        {"setting": "firms"},
        {"scenarios": ["baseline", "rent_relief"]},
        rent,
    ]
    names = factor_names(Design.model_validate({"name": "d", "design": "lhs", "n": 4, "vary": vary}), load_catalog())
    assert list(names) == ["hits", "entry_per_year", "firms", "scenario", "rent"]
    assert names["hits"].number(1.5, zh=True) == "1.5倍"
    assert names["entry_per_year"].number(0.25, zh=False) == "25% of the way from low to high"
    assert names["scenario"].word("rent_relief", zh=True) == "核心区租金下调"
    assert names["rent"].zh == "租金调整（core）"
