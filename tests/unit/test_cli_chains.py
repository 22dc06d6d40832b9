"""The command that shows the industry chains: of a stock, of a run, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parks import small_park, stock_of
from twin.cli import main
from twin.park import save_park

DONE, INVALID = 0, 3


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder with a park p, of whose chain of AI only A1, A2 and A7 are there, and a scenario for it."""
    monkeypatch.chdir(tmp_path)
    stock = stock_of(5, building="b0", floor_m2=50, staff=4)
    save_park(small_park([3_000], firms=stock.assign(chain_node=["A1", "A2", "A2", "A7", "A7"])), "p")
    Path("still.yaml").write_text(
        "name: still\npark: p\nend: 2026Q1\nreplications: 1\nparameters: {entry_per_year: 0}\n", encoding="utf-8"
    )
    return tmp_path


def twin(*words: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_chains_of_the_shipped_stock(capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("chains") == DONE
    said = capsys.readouterr().out
    for words in ("中关村石景山园", "存量 stock", "人工智能 Artificial intelligence", "全部产业链 All chains", "韧性"):
        assert words in said
    assert "环节 nodes" not in said


def test_breaks_are_named_in_both_languages(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("chains", "--park", "p", "--chain", "ai") == DONE
    said = " ".join(capsys.readouterr().out.split())
    assert "A6 基础大模型" in said
    assert "环节 nodes" in said
    assert "未来健康" not in said


def test_json_has_chains_and_nodes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("chains", "--park", "p", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert [row["chain"] for row in found["chains"]][-1] == "all"
    assert len(found["nodes"]) == 73
    ai = found["chains"][0]
    assert (ai["firms"], ai["link_cover"], ai["resilience"]) == (5, pytest.approx(1 / 14), pytest.approx(2 / 12))
    assert ai["breaks"].split()[0] == "A6"
    assert found["chains"][1]["hhi"] is None


def test_chains_of_a_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twin("run", "still.yaml", "--no-picture", "--events", "--out", "o") == DONE
    capsys.readouterr()
    assert twin("chains", "o", "--chain", "ai", "--remote", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert "single run" in found["of"]
    assert {row["node"]: row["resident_firms"] for row in found["nodes"] if row["resident_firms"]}.keys() <= {
        f"A{n}" for n in range(1, 13)
    }
    assert found["chains"][0]["firms"] > 0
    assert twin("run", "still.yaml", "--no-picture", "--out", "q") == DONE
    capsys.readouterr()
    assert twin("chains", "q") == INVALID
    assert "kept no table of firms" in capsys.readouterr().err


def test_what_is_not_there_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        (("chains", "--chain", "aii"), "did you mean 'ai'?"),
        (("chains", "nowhere"), "no such manifest"),
        (("chains", "nowhere", "--park", "p"), "one of the two"),
    ):
        assert twin(*words) == INVALID
        assert said in capsys.readouterr().err


def test_searches_print_tables_and_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("still.yaml", "--chain", "ai", "--replications", "2", "--years", "1", "--set", "end=2026Q4")
    assert twin("chains", "next", *asked) == DONE
    said = capsys.readouterr().out
    assert "A6" in said
    assert "2 paired runs" in said
    assert twin("chains", "stress", *asked, "--by", "cover", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert {row["id"] for row in found} == {"A1", "A2", "A7"}
    assert twin("chains", "next", *asked, "--at", "2031Q1") == INVALID
    assert "within the run" in capsys.readouterr().err


def test_the_reach_of_a_loss_is_printed_and_drawn(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stock = stock_of(6, building="b0", floor_m2=50, staff=4).assign(chain_node=["A7", "A6", "A6", "A8", "A1", "A2"])
    save_park(small_park([3_000], firms=stock.assign(anchor=stock["firm_id"] == 1)), "anchored")
    moving = "{move_out_per_year: 3, orphan_ratio: 4, entry_per_year: 0}"
    Path("go.yaml").write_text(f"name: go\npark: anchored\nend: 2026Q4\nparameters: {moving}\n", encoding="utf-8")
    asked = ("go.yaml", "--anchor", "1")
    assert twin("chains", "reach", *asked, "--quarters", "4", "-o", "far/reach.svg", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    beside = [row for row in found if row["steps"] == 1]
    assert sum(row["firms"] for row in beside) >= 3
    assert sum(row["differ"] for row in beside) > 0
    assert "<svg" in Path("far/reach.svg").read_text(encoding="utf-8")
    assert twin("chains", "reach", *asked) == DONE
    assert "链主 1 离开" in capsys.readouterr().out
    for words, said in (
        (("--anchor", "2"), "one of 1 (anchor of A7)"),
        (("--anchor", "1", "--quarters", "9"), "9 quarters from 2026Q1"),
        (("--anchor", "1", "-o", "reach.txt"), "a name that ends in .png, .svg, .pdf"),
    ):
        assert twin("chains", "reach", "go.yaml", *words) == INVALID
        assert said in capsys.readouterr().err
    assert not Path("reach.txt").exists()
