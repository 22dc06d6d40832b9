"""The documents are executed: programs, scenario, command lines, generated tables, outputs, links."""

import re
import runpy
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from twin.cli import app, main
from twin.named import PROCESSES, load_file
from twin.named.registry import forget
from twin.park import load_park
from twin.simulation import load_and_check, simulate

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GENERATE: Mapping[str, Any] = runpy.run_path(str(ROOT / "docs" / "generate.py"))
EXAMPLES: list[Path] = GENERATE["EXAMPLES"]

#: The README on one line: its text may be wrapped anywhere.
TEXT = " ".join(README.split())

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

#: Command lines of the README that take little time, and among them those that take more.
DEARER = ("twin chains next", "twin chains reach")

CHEAP = ("twin list", "twin check baseline", "twin check halls", "twin park show", "twin chains")


def blocks(language: str) -> list[str]:
    """The README's fenced blocks of a language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [content for name, content in fenced if name == language]


def command_lines() -> list[str]:
    """The README's lines that begin with `twin`, in blocks and within its text."""
    in_text = [line for line in re.findall(r"`(twin [^`]+)`", TEXT) if line != "twin --help"]
    return [*(line for block in blocks("") for line in block.splitlines() if line.startswith("twin ")), *in_text]


def with_scenario(folder: Path) -> Path:
    """A folder that holds the README's scenario under the name it is given there."""
    (name,) = re.findall(r"Save this as `(\w+\.yaml)`", TEXT)
    (content,) = blocks("yaml")
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def stale(text: str, current: str) -> list[str]:
    """Lines that differ, for a message one can read."""
    return sorted(set(current.splitlines()) ^ set(text.splitlines()))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_what_stands_beside_it(example: Path) -> None:
    expected = example.with_suffix(".out").read_text(encoding="utf-8")
    assert GENERATE["output_of"](example) == expected


def test_every_example_has_its_output_and_no_output_is_left_over() -> None:
    outputs = sorted((ROOT / "docs" / "examples").glob("*.out"))
    assert [path.with_suffix(".py") for path in outputs] == EXAMPLES


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_of_the_readme_prints_what_follows_it(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert GENERATE["output_of_block"](blocks("python")[number]) == blocks("text")[number]


def test_scenario_of_the_readme_is_in_order(tmp_path: Path) -> None:
    _, scenario = load_and_check(str(with_scenario(tmp_path)))
    assert (scenario.name, scenario.end, scenario.replications) == ("halls", "2030Q4", 10)
    assert [action.lever for action in scenario.pulls.values()] == ["service_slots", "rent"]


def test_edits_of_the_guide_can_be_made(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "edits.md").read_text(encoding="utf-8")
    (content,) = re.findall(r"^```yaml\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    (tmp_path / "edits.yaml").write_text(content, encoding="utf-8")
    after = load_park().edit(tmp_path / "edits.yaml")
    assert [edit.edit for edit in after.edits] == ["rezone", "split", "build", "boundary"]


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The guide to scenario files, its example in the current folder; what it registers is forgotten afterwards."""
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    names = re.findall(r"as `(\w+\.(?:yaml|py))`", text)
    found = re.findall(r"^```(?:yaml|python)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    for name, content in zip(names, found, strict=True):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield text
    forget(PROCESSES["waiting_relief"].function.__module__)


def test_the_example_of_the_guide_to_scenario_files_runs(guide: str) -> None:
    assert load_file(Path("mine.py")) == ["waiting_relief"]
    park, scenario = load_and_check("replan.yaml", changes=["end=2027Q4"])
    record = simulate(park, scenario, events=False)
    assert set(record.manifest["named_processes"]) == {"slot_review", "waiting_relief"}
    assert [action.at for action in scenario.actions] == ["2026Q2", "2027Q1", "2027Q3"]
    with pytest.raises(SystemExit) as end:
        main(["check", "replan.yaml", "--processes", "mine.py"])
    assert end.value.code == 0


def test_command_lines_of_the_guide_to_scenario_files_are_understood(guide: str) -> None:
    load_file(Path("mine.py"))
    for line in re.findall(r"^(twin .*)$", guide, re.MULTILINE):
        app.parse_args(shlex.split(line)[1:], exit_on_error=False, print_error=False)


@pytest.mark.parametrize("line", command_lines())
def test_command_line_of_the_readme_is_understood(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    app.parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=[pytest.mark.slow] if line.startswith(DEARER) else [])
        for line in command_lines()
        if line.startswith(CHEAP)
    ],
)
def test_cheap_command_line_of_the_readme_runs(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_scenario(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(shlex.split(line)[1:])
    assert end.value.code == 0
    assert capsys.readouterr().out


def test_exit_codes_of_the_readme_are_those_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words, code in ((["list", "levers"], 0), (["list", "nonsense"], 2), (["check", "no_such_scenario"], 3)):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == code
        assert f"| {code} |" in README


GENERATED = ("nomenclature.md", "edits.md", "import.md", "facts.md", "clauses.md", "scenarios.md", "README.md")


@pytest.mark.parametrize("name", GENERATED)
def test_generated_tables_are_current(name: str) -> None:
    file, sections = {
        "nomenclature.md": (GENERATE["NOMENCLATURE"], GENERATE["TABLES"]),
        "edits.md": (GENERATE["EDITS"], GENERATE["EDITS_SECTIONS"]),
        "import.md": (GENERATE["IMPORT"], GENERATE["IMPORT_SECTIONS"]),
        "facts.md": (GENERATE["FACTS"], GENERATE["FACTS_SECTIONS"]),
        "clauses.md": (GENERATE["CLAUSES"], GENERATE["CLAUSES_SECTIONS"]),
        "scenarios.md": (GENERATE["SCENARIOS"], GENERATE["SCENARIOS_SECTIONS"]),
        "README.md": (GENERATE["README"], GENERATE["README_SECTIONS"]),
    }[name]
    text = file.read_text(encoding="utf-8")
    assert stale(text, GENERATE["with_sections"](text, sections)) == [], "bring it up to date: python docs/generate.py"


def test_an_old_table_is_noticed() -> None:
    with_sections: Callable[..., str] = GENERATE["with_sections"]
    text = "before\n<!-- levers -->\n| old |\n<!-- end levers -->\nafter\n"
    assert stale(text, with_sections(text, {"levers": lambda: "| new |\n"})) == ["| new |", "| old |"]
    with pytest.raises(ValueError, match="levers"):
        with_sections("no marks", {"levers": lambda: ""})


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)\)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []


def test_quantities_named_in_the_model_description_exist() -> None:
    text = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
    known = (ROOT / "data" / "catalog" / "quantities.csv").read_text(encoding="utf-8")
    quantities = {line.partition(",")[0] for line in known.splitlines()[1:]}
    named = {name for name in quantities if re.search(rf"\b{name}\b", text)}
    assert quantities - named == set(), "quantities of which docs/odd.md does not say what they do"
    given_by_scope = set(re.findall(r"`?(\w+)`?\[[ig]\]", text))
    assert given_by_scope - quantities == set(), "docs/odd.md names quantities that do not exist"
