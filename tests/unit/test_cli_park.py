"""The geospatial commands: what they print and write, and that a refusal writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest

from tests.adjustable import adjustable_park
from twin.cli import main
from twin.park import load_park, save_park

DONE, USAGE, INVALID = 0, 2, 3

EDITS = """edits:
  - {id: rd, at: 2027Q1, edit: rezone, parcels: [p11], land_use: B4, far_limit: 3.5}
  - {at: 2027Q1, edit: split, parcel: p01, shares: [0.5, 0.5]}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder with a park p and a file of edits."""
    monkeypatch.chdir(tmp_path)
    save_park(adjustable_park(), "p")
    Path("edits.yaml").write_text(EDITS, encoding="utf-8")
    return tmp_path


def twin(*words: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_edits_are_shown_and_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("park", "edit", "p", "edits.yaml", "--out", "q", "--diff", "maps/diff.gpkg") == DONE
    said = capsys.readouterr()
    assert "p01/2" in said.out
    assert "land_use" in said.out
    assert "q: written" in said.err
    after = load_park("q")
    assert [edit.id for edit in after.edits] == ["rd", "split-1"]
    assert set(gpd.read_file("maps/diff.gpkg")["id"]) == {"p11", "p01", "p01/1", "p01/2"}
    assert sorted(path.name for path in Path("maps").iterdir()) == ["diff.gpkg"]


def test_an_edit_is_undone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("park", "edit", "p", "edits.yaml", "--out", "q") == DONE
    assert twin("park", "edit", "q", "--undo", "rd", "--out", "r", "--json") == DONE
    assert [edit.id for edit in load_park("r").edits] == ["split-1"]
    capsys.readouterr()
    assert twin("park", "edit", "q", "--undo", "nobody") == INVALID
    assert "nobody" in capsys.readouterr().err


def test_changes_are_told_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("park", "edit", "p", "edits.yaml", "--json") == DONE
    rows = json.loads(capsys.readouterr().out)
    changed = [row for row in rows if row["field"] == "land_use"]
    assert [(row["id"], row["after"]) for row in changed] == [("p11", "B4")]


@pytest.mark.parametrize(
    "text",
    [
        "- {at: 2027Q1, edit: rezone, parcels: [p11], land_use: B4, far_limit: 3.5}",
        "{at: 2027Q1, edit: rezone, parcels: [p11], land_use: B4, far_limit: 3.5}",
    ],
    ids=["a list", "a single edit"],
)
def test_a_file_may_hold_a_list_or_a_single_edit(here: Path, text: str) -> None:
    Path("edits.yaml").write_text(text, encoding="utf-8")
    assert twin("park", "edit", "p", "edits.yaml", "--out", "q") == DONE
    assert [edit.id for edit in load_park("q").edits] == ["rezone-1"]


def test_without_out_nothing_is_written(here: Path) -> None:
    before = sorted(path.name for path in here.iterdir())
    assert twin("park", "edit", "p", "edits.yaml") == DONE
    assert sorted(path.name for path in here.iterdir()) == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("edits: [{at: 2027Q1, edit: rezone, parcels: [p99], land_use: A35}]", "edits.yaml:1:9: rezone-1"),
        ("edits: [{at: 2027Q1, edit: rezon, parcels: [p11]}]", "edits.yaml:1:22: unknown edit 'rezon'"),
        ("edits: [{at: 2027Q5, edit: demolish, buildings: [b0]}]", "edits.yaml:1:10"),
        ("edits: [{at: 2027Q1, edit: demolish, building: [b0]}]", "unknown key 'building'"),
        ("changes: []", "unknown key 'changes'"),
        ("edits: 5", "no list of edits"),
        ("- edits", "'edits' is no edit"),
        ("edits", "no table"),
        ("edits: [", "not valid YAML"),
    ],
)
def test_what_cannot_be_done_writes_nothing(
    here: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("edits.yaml").write_text(text, encoding="utf-8")
    assert twin("park", "edit", "p", "edits.yaml", "--out", "q", "--diff", "d.gpkg") == INVALID
    assert told in capsys.readouterr().err
    assert sorted(path.name for path in here.iterdir()) == ["edits.yaml", "p"]


def test_a_folder_that_is_no_park_is_left_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine").mkdir()
    Path("mine/letter.txt").write_text("dear", encoding="utf-8")
    assert twin("park", "edit", "p", "edits.yaml", "--out", "mine") == INVALID
    assert "holds something other than a park" in capsys.readouterr().err
    assert [path.name for path in Path("mine").iterdir()] == ["letter.txt"]


def test_no_edit_at_all_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("park", "edit", "p") == INVALID
    assert "nothing to do" in capsys.readouterr().err


def test_the_books_are_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("park", "ledger", "p", "--at", "2027Q1", "--by", "state") == DONE
    out = capsys.readouterr().out
    assert "built" in out
    assert "20.0000" in out  # 20 parcels of a hectare
    assert "账实相符" in out


def test_the_books_are_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("park", "ledger", "p", "--zone", "*", "--json") == DONE
    rows = json.loads(capsys.readouterr().out)
    assert sum(row["m2"] for row in rows if row["book"] == "land") == pytest.approx(200_000)


def test_the_journal_names_the_edits(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("park", "edit", "p", "edits.yaml", "--out", "q") == DONE
    capsys.readouterr()
    assert twin("park", "ledger", "q", "--at", "2027Q1", "--journal", "--json", "--zone", "park") == DONE
    rows = json.loads(capsys.readouterr().out)
    land = {row["land_use"]: row["m2"] for row in rows if row["entry"] == "rd" and row["book"] == "land"}
    assert land["B4"] == pytest.approx(10_000)
    assert sum(land.values()) == pytest.approx(0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--zone", "park1"], "did you mean 'park'?"),
        (["--by", "colour"], "unknown 'colour'"),
        (["--at", "2027"], "'2027' is not a quarter; write it like 2026Q1\n"),
    ],
)
def test_a_wrong_question_is_answered_with_the_cure(
    here: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert twin("park", "ledger", "p", *words) == INVALID
    assert told in capsys.readouterr().err


def test_the_ledger_of_a_run_says_what_is_let(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("s.yaml").write_text(
        "name: s\npark: p\nend: 2027Q4\nreplications: 1\n"
        "actions: [{at: 2027Q1, edit: renovate, building: b10, building_type: research, quarters: 4}]\n",
        encoding="utf-8",
    )
    assert twin("run", "s.yaml", "--no-picture", "--out", "out") == DONE
    capsys.readouterr()
    assert twin("park", "ledger", "out", "--at", "2027Q2") == DONE
    out = capsys.readouterr().out
    assert "single run" in out
    assert "off_line" in out


def test_the_pipeline_is_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("park", "show", "p", "--pipeline", "--json") == DONE
    rows = json.loads(capsys.readouterr().out)
    assert {row["completed"] for row in rows} == {"2028Q1"}
    assert sum(row["buildings"] for row in rows) == 4
    assert {row["project"] for row in rows} <= {"园区", "西区", "中区"}


def test_parcels_that_overlap_are_found(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("check", "p") == DONE
    parcels = gpd.read_parquet("p/parcels.parquet")
    parcels.geometry = parcels.buffer([1.0] + [0.0] * (len(parcels) - 1))
    parcels.to_parquet("p/parcels.parquet")
    assert twin("check", "p") == INVALID
    assert "union of parcels" in capsys.readouterr().err
