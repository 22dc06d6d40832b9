"""The command line: what it prints, its exit codes, and that a refusal writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parks import small_park, stock_of
from twin.cli import main
from twin.indicators import INDICATORS
from twin.levers import LEVERS

DONE, FAILED, USAGE, INVALID, INTERRUPTED = 0, 1, 2, 3, 130

#: Starts the command line as a program.
TWIN = [sys.executable, "-m", "twin"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder with a park p and scenarios for it."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "p"
    place.mkdir()
    stock = stock_of(20, building="b0", floor_m2=50, staff=4)
    park = small_park([3_000, 2_000, 1_000], slots={"pilot_line": 1}, firms=stock)
    for name in ("zones", "parcels", "buildings", "firms", "services"):
        getattr(park, name).to_parquet(place / f"{name}.parquet")
    (place / "park.json").write_text(json.dumps({"name_zh": "试", "name_en": "Trial", "start": "2026Q1"}))
    Path("base.yaml").write_text("name: base\npark: p\nend: 2027Q4\nreplications: 2\n")
    Path("more.yaml").write_text("name: more\nextends: base\nactions: [{at: 2026Q2, lever: entry_rate, value: 3}]\n")
    return tmp_path


def left(folder: Path) -> list[str]:
    """What stands in a folder, hidden or not."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def twin(*words: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_low_efficiency_stock_is_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """b1 and b2 have nothing let: the list of a run is ranked, in both languages or as JSON."""
    still = ["--set", "parameters.entry_per_year=0", "--set", "parameters.institute_spin_offs_per_year=0"]
    assert twin("run", "base.yaml", "--replications", "1", "--no-picture", *still) == DONE
    capsys.readouterr()
    assert twin("park", "low-efficiency", "out/base") == DONE
    said = capsys.readouterr().out
    assert "低入驻 little let" in said
    assert "2027Q4" in said
    assert twin("park", "low-efficiency", "out/base", "--at", "2026Q4", "--json") == DONE
    rows = json.loads(capsys.readouterr().out)
    assert {row["building_id"] for row in rows} >= {"b1", "b2"}
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert sorted((row["score"] for row in rows), reverse=True) == [row["score"] for row in rows]
    assert twin("park", "low-efficiency", "out/base", "--at", "2029Q1") == INVALID
    assert "2029Q1 was not counted; from 2026Q1 to 2027Q4" in capsys.readouterr().err
    assert twin("park", "low-efficiency", "p") == INVALID


def test_strictness_is_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agreed = ["--set", "parameters.contract_share=1", "--set", "parameters.contract_ramp_years=0"]
    assert twin("strictness", "base.yaml", "0", "50", "--json", *agreed) == DONE
    loose, strict = json.loads(capsys.readouterr().out)
    assert (loose["strictness"], strict["strictness"]) == (0.0, 50.0)
    assert loose["caught"] == loose["firms"] == 0.0
    assert twin("strictness", "base.yaml", "1", *agreed) == DONE
    assert "2 paired runs" in capsys.readouterr().out
    assert twin("strictness", "base.yaml") == INVALID
    assert "asks for no performance agreements" in capsys.readouterr().err


def test_a_run_is_printed_and_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("run", "base.yaml", "--no-picture") == DONE
    said = capsys.readouterr()
    assert "Resident firms" in said.out
    assert "2 runs" in said.out
    assert "not calibrated" in said.out
    assert "out/base: written" in said.err
    assert sorted(file.name for file in Path("out/base").iterdir()) == [
        "indicators.parquet",
        "manifest.json",
        "occupancy.parquet",
        "runs",
        "summary.csv",
    ]
    assert sorted(file.name for file in Path("out").iterdir()) == ["base"]


def test_json_is_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("run", "base.yaml", "--no-picture", "--json", "--replications", "1") == DONE
    said = json.loads(capsys.readouterr().out)
    assert said["replications"] == 1
    assert {row["indicator"] for row in said["indicators"]} == set(INDICATORS)
    assert {row["year"] for row in said["indicators"]} == {2026, 2027}
    assert set(said["indicators"][0]) == {"place", "indicator", "part", "year", "median", "low", "high", "mean", "n"}


def test_a_single_run_is_called_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("run", "base.yaml", "--no-picture", "--replications", "1") == DONE
    assert "单次运行 single run" in capsys.readouterr().out


def test_names_and_units_stand_whole_in_both_languages(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("run", "base.yaml", "--no-picture", "--replications", "2") == DONE
    told = capsys.readouterr().out
    assert "2 次中位数与 90% 区间 median and 90% range of 2 runs" in told
    assert "…" not in told
    lines = [line.rstrip() for line in told.splitlines()]
    zh = next(n for n, line in enumerate(lines) if line.startswith("总收入 "))
    assert (lines[zh].split()[1], lines[zh + 1].split()[:3]) == ("亿元/年", ["Revenue", "10⁸", "CNY/year"])


def test_years_that_are_not_shown_are_told(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.cli.shown.PAGE_WIDTH", 110)
    assert twin("run", "base.yaml", "--no-picture", "--replications", "1", "--set", "end=2035Q4") == DONE
    told = capsys.readouterr().out
    years = next(line for line in told.splitlines() if "指标 indicator" in line).split()[4:]
    assert (years[0], years[-1]) == ("2026", "2035")
    assert f"{len(years)} of 10 years are shown, all of them are in summary.csv" in told


def scenario_of(folder: str) -> dict[str, object]:
    content: dict[str, object] = json.loads(Path(folder, "manifest.json").read_text())["scenario"]
    return content


def test_options_change_the_scenario(here: Path) -> None:
    words = ("--set", "end=2026Q4", "--set", "parameters.fast_growth=0.4", "--seed", "7", "--replications", "1")
    assert twin("run", "base.yaml", "--no-picture", "--out", "o", *words) == DONE
    scenario = scenario_of("o")
    assert [scenario[key] for key in ("end", "seed", "replications")] == ["2026Q4", 7, 1]
    assert scenario["parameters"] == {"fast_growth": 0.4}


def frames(folder: str) -> dict[str, bytes]:
    """The Parquet files of a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(Path(folder).rglob("*.parquet"))}


def test_a_replay_gives_the_same_bytes(here: Path) -> None:
    assert twin("run", "more.yaml", "--no-picture", "--events") == DONE
    assert twin("run", "--replay", "out/more/runs/r0001", "--out", "one") == DONE
    assert frames("one") == frames("out/more/runs/r0001")
    assert len(frames("one")) == 25
    assert twin("run", "--replay", "out/more/manifest.json", "--out", "all") == DONE
    assert frames("all") == frames("out/more")


def test_a_manifest_of_nonsense_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = left(here)
    for content in ("[]", '{"scenario": 3}', '{"scenario": {"name": 4}, "kind": "study"}', '{"kind": "study"}', "{"):
        Path("m.json").write_text(content)
        for words in (("run", "--replay", "m.json"), ("report", "m.json"), ("render", "m.json"), ("export", "m.json")):
            assert twin(*words) == INVALID
            assert "manifest" in capsys.readouterr().err
    Path("m.json").unlink()
    assert left(here) == before


def test_a_comparison_is_printed_and_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("compare", "base.yaml", "more.yaml") == DONE
    said = capsys.readouterr()
    assert "New firms" in said.out
    assert "95 % 区间 interval" in said.out
    assert "few: 次数太少" in said.out
    assert "no telling how many runs the pairing saved" in said.out
    assert "firms that differ, 2 次平均与范围 mean and range of 2 pairs" in said.out
    assert "placebo: the same actions without effect leave every bit as it was" in said.out
    assert {"firms_more.csv", "differences_by_building.gpkg"} <= set(left(Path("out/compare")))
    assert twin("compare", "base.yaml", "more.yaml", "--json", "--replications", "1") == DONE
    told = json.loads(capsys.readouterr().out)
    rows = told["differences"]
    assert {row["scenario"] for row in rows} == {"more"}
    assert {row["method"] for row in rows} == {"few"}  # one pair has no interval and no tail
    assert {row["p"] for row in rows} == {None}
    why = told["why"]["more"]
    assert why["placebo"] == []
    assert {row["place"] for row in why["displacement"]} == {"park"}
    assert why["headlines"] == []


def test_why_firms_differ_is_printed_firm_by_firm(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The largest firms that differ, each with its chain in both languages, and what moved within the park."""
    cut = "{at: 2026Q2, lever: rent, where: {zone: park}, value: -0.3}"
    Path("cut.yaml").write_text(f"name: cut\nextends: base\ntitle_en: Cut\nactions: [{cut}]\n")
    for firms in (1, 2):
        assert twin("compare", "base.yaml", "cut.yaml", "--replications", "1", "--firms", str(firms)) == DONE
        said = capsys.readouterr().out
        assert said.count("because of the action 2026Q2 rent park -0.3") <= firms
        assert sum(", staff " in line for line in said.splitlines()) <= firms
        assert "Park: of " in said
        assert "家, 其中园区新增" in said


def test_a_placebo_that_fails_is_a_fault_of_the_program(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.study.placebo.neutral", lambda lever: 1.5)
    assert twin("compare", "base.yaml", "more.yaml", "--replications", "1") == FAILED
    said = capsys.readouterr()
    assert "PLACEBO FAILED: more: its levers without effect change groups" in said.err
    assert "FAILED" in said.out


def test_a_comparison_runs_on_for_a_precision(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("compare", "base.yaml", "more.yaml", "--precision", "0.5", "--replications", "5")
    assert twin(*words, "--watch", "staff", "--watch", "floor_stock") == DONE
    said = capsys.readouterr()
    assert "95 % 置信序列 confidence sequence" in said.out
    assert "* holds among all of them" in said.out
    assert "more: against independent seeds the pairing saved" in said.out
    assert "精度 precision 50 %" in said.err
    assert "more 可租面积 Lettable floor ±0 %" in said.err
    manifest = json.loads(Path("out/compare/manifest.json").read_text())
    assert manifest["replications"] == 5
    assert manifest["precision"]["watch"] == ["staff", "floor_stock"]
    assert "settled.csv" in left(Path("out/compare"))


def test_a_run_goes_on_for_a_precision(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("run", "base.yaml", "--no-picture", "--precision", "0.001", "--replications", "3")
    assert twin(*words, "--watch", "staff", "--watch", "floor_stock") == DONE
    said = capsys.readouterr().err
    assert "重复 3 次 replications" in said
    assert "已达到 settled: 可租面积 Lettable floor ±0 %" in said
    assert "未达到 not settled: 从业人员 Staff" in said
    manifest = json.loads(Path("out/base/manifest.json").read_text())
    assert (manifest["replications"], manifest["precision"]["settled"]) == (3, False)
    assert twin("run", "--replay", "out/base/manifest.json", "--out", "again") == DONE
    assert Path("again/indicators.parquet").read_bytes() == Path("out/base/indicators.parquet").read_bytes()


def test_shadow_prices_are_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("shadow", "base.yaml", "pilot_line", "--replications", "2") == DONE
    assert "中试线" in capsys.readouterr().out
    assert twin("shadow", "base.yaml", "pilot_line", "--replications", "1", "--json") == DONE
    rows = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["stage"], row["n"]) for row in rows] == [
        ("pilot_line", stage, 1) for stage in ("lab", "pilot", "scale")
    ]
    assert rows[0]["low"] is None  # one run says nothing about the spread
    assert twin("shadow", "base.yaml", "pilot_lines") == INVALID


def test_a_study_becomes_a_report_and_an_export(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("run", "base.yaml", "--no-picture") == DONE
    assert twin("report", "out/base", "-o", "r/page.html") == DONE
    assert "<!doctype html>" in Path("r/page.html").read_text()
    assert twin("export", "out/base", "--to", "csv", "--replication", "1", "-o", "b.csv") == DONE
    assert Path("b.csv").read_text().count("\n") == 4
    assert "single run" in capsys.readouterr().err
    assert not [name for name in left(here) if Path(name).name.startswith(".")]


@pytest.mark.parametrize("what", ["scenarios", "levers", "clauses", "indicators", "parameters", "formats"])
def test_lists_are_printed(capsys: pytest.CaptureFixture[str], what: str) -> None:
    assert twin("list", what) == DONE
    text = capsys.readouterr().out
    assert twin("list", what, "--json") == DONE
    rows = json.loads(capsys.readouterr().out)
    first = rows[0].get("name", rows[0].get("id"))
    assert first[:4] in text
    if what == "levers":
        assert [row["name"] for row in rows] == list(LEVERS)


def test_the_park_is_shown_at_a_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("park", "show", "--at", "2024Q4") == DONE
    assert "13.34" in capsys.readouterr().out
    assert twin("park", "show", "--json") == DONE
    areas = {row["zone_id"]: row["area_km2"] for row in json.loads(capsys.readouterr().out)}
    assert round(areas["park"], 2) == 14.40


def test_a_check_says_what_is_in_order(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("check", "base.yaml", "p", "baseline") == DONE
    assert capsys.readouterr().out == "base.yaml: in order\np: in order\nbaseline: in order\n"


def test_a_check_goes_on_after_a_fault(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text("name: bad\nend: 2026Q9\n")
    assert twin("check", "bad.yaml", "base.yaml", "baselin") == INVALID
    said = capsys.readouterr()
    assert said.out == "base.yaml: in order\n"
    assert [line.split(" ")[0] for line in said.err.splitlines()] == ["bad.yaml:2:1:", "baselin:"]


@pytest.mark.parametrize(
    "words",
    [
        ("fly",),
        ("run", "base.yaml", "--fly"),
        ("run", "base.yaml", "--replications", "many"),
        ("run", "base.yaml", "--calendar", "sundial"),
        ("run", "base.yaml", "--set"),
        ("compare", "base.yaml"),
        ("list", "clouds"),
        ("render",),
    ],
)
def test_wrong_words_are_a_usage_error(here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    before = left(here)
    assert twin(*words) == USAGE
    said = capsys.readouterr()
    assert "Error" in said.err
    assert said.out == ""
    assert left(here) == before


REFUSED: dict[str, tuple[tuple[str, ...], str, str]] = {
    # words, and of what is said: place and cure
    "no scenario": (("run",), "run:", "baseline"),
    "misspelt scenario": (("run", "baselin"), "baselin:", "did you mean 'baseline'?"),
    "no file": (("run", "nothere.yaml"), "nothere.yaml:", "path of a scenario file"),
    "bad file": (("run", "bad.yaml"), "bad.yaml:2:1:", "did you mean 'replications'?"),
    "bad change": (("run", "base.yaml", "--set", "end"), "--set end:", "key=value"),
    "broken change": (("run", "base.yaml", "--set", "seed=["), "--set seed=[:", "YAML"),
    "out of bounds": (("run", "base.yaml", "--set", "parameters.resident_share=2"), "--set", "from 0 to 1"),
    "no run": (("run", "base.yaml", "--replications", "0"), "--set replications=0:", "greater than or equal to 1"),
    "bad seed": (("run", "base.yaml", "--seed", "-1"), "--set seed=-1:", "greater than or equal to 0"),
    "no park": (("run", "base.yaml", "--park", "nowhere"), "nowhere:", "park.json"),
    "spoilt park": (("run", "base.yaml", "--park", "spoilt"), "spoilt/park.json:", "name_zh"),
    "no what-if": (("compare", "base.yaml", "mor"), "mor:", "known are"),
    "itself": (("compare", "base.yaml", "base.yaml"), "base", "name"),
    "watches nothing": (("compare", "base.yaml", "more.yaml", "--watch", "staff"), "--watch staff", "--precision"),
    "misspelt watch": (
        ("run", "base.yaml", "--precision", "0.1", "--watch", "staf"),
        "no indicator 'staf'",
        "did you mean 'staff'?",
    ),
    "no precision": (("compare", "base.yaml", "more.yaml", "--precision", "0"), "precision:", "above 0"),
    "nothing to check": (("check",), "check:", "scenario or a park folder"),
    "bad date": (("park", "show", "--at", "2024Q9"), "--at:", "2026Q1"),
    "no manifest": (("run", "--replay", "nowhere"), "nowhere/manifest.json:", "manifest.json"),
    "no run to draw": (("render", "nowhere"), "nowhere/manifest.json:", "manifest.json"),
    "no run to tell of": (("report", "p"), "p/manifest.json:", "manifest.json"),
    "no run to export": (("export", "p", "--to", "csv"), "p/manifest.json:", "manifest.json"),
    "out is something else": (("run", "base.yaml", "--out", "p"), "p:", "empty folder"),
    "out is a file": (("run", "base.yaml", "--out", "base.yaml"), "base.yaml:", "empty folder"),
    "out lies in a file": (("run", "base.yaml", "--out", "base.yaml/o"), "base.yaml", "written"),
}


@pytest.mark.parametrize(("words", "place", "cure"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_and_nothing_is_written(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], place: str, cure: str
) -> None:
    Path("bad.yaml").write_text("name: bad\nreplicatons: 3\n")
    Path("spoilt").mkdir()
    Path("spoilt/park.json").write_text("[]")
    before = left(here)
    assert twin(*words) == INVALID
    said = capsys.readouterr().err
    assert place in said
    assert cure in said
    assert "Traceback" not in said
    assert left(here) == before


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_folder_is_refused_before_the_runs(here: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("the runs were done first")

    monkeypatch.setattr("twin.study.replications.run", never)
    words = ("base.yaml", "more.yaml")[: 2 if command == "compare" else 1]
    assert twin(command, *words, "--out", "p") == INVALID


def test_an_export_that_is_refused_leaves_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("run", "base.yaml", "--no-picture") == DONE
    before = left(here)
    for words, told in (
        (("--to", "clay"), "'clay'"),
        (("--quarter", "2099Q1"), "2099Q1"),
        (("--quarter", "soon"), "soon"),
        (("--replication", "9"), "9"),
        (("--replication", "-1"), "-1"),
    ):
        assert twin("export", "out/base", "-o", "new/file", *words) == INVALID
        assert told in capsys.readouterr().err
    assert twin("render", "out/base", "--quarter", "2099Q1", "-o", "new/park.png") == INVALID
    assert left(here) == before


def test_brackets_in_a_title_are_letters(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.yaml").write_text('name: odd\nextends: base\ntitle_en: "[/b] and [red]"\n')
    assert twin("run", "odd.yaml", "--no-picture", "--replications", "1") == DONE
    assert "[/b] and [red]" in capsys.readouterr().out


def test_a_run_shorter_than_a_year_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("run", "base.yaml", "--no-picture", "--set", "end=2026Q3", "--replications", "1") == DONE
    assert "no whole year" in capsys.readouterr().err


def test_an_interrupt_ends_with_130_and_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("twin.study.replications.run", interrupted)
    before = left(here)
    assert twin("run", "base.yaml", "--no-picture") == INTERRUPTED
    assert left(here) == before


def test_a_fault_of_the_program_is_not_hidden(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("twin.simulation.preparing.check_scenario", broken)
    with pytest.raises(ZeroDivisionError):
        main(["check", "base.yaml"])


def test_the_program_itself_refuses_without_a_traceback(here: Path) -> None:
    before = left(here)
    done = subprocess.run([*TWIN, "run", "baselin"], capture_output=True, text=True, check=False)
    assert done.returncode == INVALID
    assert done.stdout == ""
    assert done.stderr.startswith("baselin: unknown scenario 'baselin'; did you mean 'baseline'?")
    assert done.stderr.count("\n") == 1
    assert left(here) == before


def test_no_colour_and_no_bar_when_piped(here: Path) -> None:
    words = [*TWIN, "run", "base.yaml", "--no-picture", "--replications", "1"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == DONE
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stderr.splitlines()[-1].startswith("out/base: written")
