"""The set-up script, without a network: what it calls, when it calls again, and what it leaves alone."""

import hashlib
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import run

ROOT = Path(run.__file__).resolve().parent


class Calls:
    """Stands in for `run.call`: notes every program, makes an interpreter where a venv is asked for, fails on order."""

    def __init__(self, fails: Callable[[str], bool] = lambda _: False) -> None:
        self.lines: list[str] = []
        self.fails = fails

    def __call__(self, words: Sequence[str], *, folder: Path | None = None) -> int:
        line = " ".join(words)
        self.lines.append(line)
        if self.fails(line):
            return 1
        if words[1:3] == ["-m", "venv"]:
            python = run.venv_python(Path(words[3]))
            python.parent.mkdir()
            python.touch()
        return 0

    def short(self) -> list[str]:
        """What each call was for."""
        names = {"-m venv": "venv", "--require-hashes": "lock", "--no-deps": "project"}
        return [next(name for mark, name in names.items() if mark in line) for line in self.lines]


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a lock and a project file, and no uv in reach."""
    (tmp_path / "requirements.lock").write_text("a==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    return tmp_path


def set_up(root: Path, monkeypatch: pytest.MonkeyPatch, fails: Callable[[str], bool] = lambda _: False) -> list[str]:
    calls = Calls(fails)
    monkeypatch.setattr(run, "call", calls)
    run.set_up(root)
    return calls.short()


def test_a_second_start_installs_nothing(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set_up(copy, monkeypatch) == ["venv", "lock", "project"]
    assert set_up(copy, monkeypatch) == []


def test_a_new_lock_makes_everything_anew(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(copy, monkeypatch)
    leftover = copy / ".venv" / "leftover"
    leftover.touch()
    (copy / "requirements.lock").write_text("a==2\n")
    assert set_up(copy, monkeypatch) == ["venv", "lock", "project"]
    assert not leftover.exists()


def test_a_new_project_file_installs_the_project_only(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(copy, monkeypatch)
    (copy / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    assert set_up(copy, monkeypatch) == ["project"]
    assert set_up(copy, monkeypatch) == []


def test_another_python_makes_everything_anew(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(copy, monkeypatch)
    monkeypatch.setattr(sys, "version", "3.99.0")
    assert set_up(copy, monkeypatch) == ["venv", "lock", "project"]


def test_a_moved_folder_makes_everything_anew(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(copy, monkeypatch)
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in (".venv", "requirements.lock", "pyproject.toml"):
        shutil.move(copy / name, moved / name)
    assert set_up(moved, monkeypatch) == ["venv", "lock", "project"]


def test_a_lost_interpreter_makes_everything_anew(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(copy, monkeypatch)
    run.venv_python(copy / ".venv").unlink()
    assert set_up(copy, monkeypatch) == ["venv", "lock", "project"]


@pytest.mark.parametrize("mark", ["-m venv", "--require-hashes", "--no-deps"])
def test_an_unfinished_set_up_is_begun_again(mark: str, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(run.SetupError):
        set_up(copy, monkeypatch, fails=lambda line: mark in line)
    assert set_up(copy, monkeypatch) == ["venv", "lock", "project"]


def test_an_unfinished_project_install_is_begun_again(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(copy, monkeypatch)
    (copy / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    with pytest.raises(run.SetupError):
        set_up(copy, monkeypatch, fails=lambda _: True)
    assert set_up(copy, monkeypatch) == ["venv", "lock", "project"]


def test_a_damaged_stamp_counts_as_unfinished(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(copy, monkeypatch)
    (copy / ".venv" / "made-by-run.json").write_text('{"lock": "12')
    assert set_up(copy, monkeypatch) == ["venv", "lock", "project"]


def test_a_foreign_environment_is_left_alone(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = copy / ".venv" / "mine"
    mine.parent.mkdir()
    mine.touch()
    with pytest.raises(run.SetupError, match=r"was not made by run\.py"):
        set_up(copy, monkeypatch)
    assert mine.exists()


def test_the_environment_is_not_made_anew_from_inside(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(copy, monkeypatch)
    (copy / "requirements.lock").write_text("a==2\n")
    monkeypatch.setattr(sys, "prefix", str(copy / ".venv"))
    with pytest.raises(run.SetupError, match="outside"):
        set_up(copy, monkeypatch)


def test_a_python_without_ensurepip_is_told_the_package(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(run.SetupError, match="python3-venv"):
        set_up(copy, monkeypatch)
    assert not (copy / ".venv").exists()


def test_uv_is_used_and_pip_is_the_way_out(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    calls = Calls(fails=lambda line: line.startswith("/bin/uv") and "--require-hashes" in line)
    monkeypatch.setattr(run, "call", calls)
    run.set_up(copy)
    assert ["uv" if line.startswith("/bin/uv") else "pip" for line in calls.lines[1:]] == ["uv", "pip", "uv"]


def test_every_install_is_pinned_or_without_dependencies(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls()
    monkeypatch.setattr(run, "call", calls)
    run.set_up(copy)
    assert all("--require-hashes" in line or "--no-deps" in line for line in calls.lines if " install " in line)


@pytest.mark.parametrize(
    ("arguments", "words", "in_root"),
    [
        (["demo", "--seed", "7"], ["-m", "twin", "run", "baseline", "--seed", "7"], False),
        (["test", "-k", "x or y", "--help"], ["-m", "pytest", "-k", "x or y", "--help"], True),
    ],
)
def test_arguments_are_handed_on(
    arguments: list[str], words: list[str], in_root: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Sequence[str], Path | None]] = []

    def start(_: Path, words: Sequence[str], *, folder: Path | None) -> int:
        seen.append((words, folder))
        return 5

    monkeypatch.setattr(run, "set_up", lambda _: None)
    monkeypatch.setattr(run, "start", start)
    assert run.main(arguments) == 5
    assert seen == [(words, ROOT if in_root else None)]


def test_sync_takes_no_arguments(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(run, "set_up", lambda _: pytest.fail("nothing may be set up"))
    with pytest.raises(SystemExit, match="2"):
        run.main(["sync", "now"])
    assert "got: now" in capsys.readouterr().err


def test_a_fault_is_one_line_and_exit_code_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "ROOT", tmp_path)
    assert run.main(["sync"]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "requirements.lock" in message


@pytest.mark.parametrize(("code", "shown"), [(0, 0), (3, 3), (-15, 143)])
def test_the_exit_code_is_the_shells(code: int, shown: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(run, "call", lambda *_, **__: code)
    assert run.start(Path(".venv"), ["-m", "twin"]) == shown


def test_the_callers_python_settings_stay_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run.call([sys.executable, "-c", "import os, sys; sys.exit('PYTHONPATH' in os.environ)"]) == 0


def test_the_interpreter_stands_where_the_system_keeps_it() -> None:
    assert run.venv_python(Path("v"), "nt") == Path("v/Scripts/python.exe")
    assert run.venv_python(Path("v"), "posix") == Path("v/bin/python")


def test_a_second_start_costs_less_than_half_a_second(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(copy, monkeypatch)
    shutil.copy(ROOT / "run.py", copy)

    def seconds() -> float:
        began = time.perf_counter()
        # A venv's python and its base agree on everything the stamp holds.
        subprocess.run([sys.executable, copy / "run.py", "sync"], check=True, capture_output=True)
        return time.perf_counter() - began

    assert min(seconds() for _ in range(3)) < 0.5


def lock() -> dict[str, list[tuple[Requirement, int]]]:
    """The lock's entries by name, each with its number of hashes; a name recurs where a marker divides it."""
    entries: dict[str, list[tuple[Requirement, int]]] = {}
    text = (ROOT / "requirements.lock").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        words = line.split(" --hash=")
        requirement = Requirement(words[0])
        entries.setdefault(canonicalize_name(requirement.name), []).append((requirement, len(words) - 1))
    return entries


def test_the_lock_holds_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert not [line for line in text.splitlines() if line.startswith("-")]


def test_the_lock_pins_and_hashes_every_package() -> None:
    for name, entries in lock().items():
        for requirement, hashes in entries:
            assert [one.operator for one in requirement.specifier] == ["=="], name
            assert hashes > 0, name


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = lock()
    for text in project["dependencies"] + project["optional-dependencies"]["dev"]:
        asked = Requirement(text)
        pins = [next(iter(one.specifier)).version for one, _ in locked[canonicalize_name(asked.name)]]
        assert all(Version(pin) in asked.specifier for pin in pins), text


def test_the_stamp_knows_the_content_of_the_files(copy: Path) -> None:
    assert run.made_from(copy)["lock"] == hashlib.sha256(b"a==1\n").hexdigest()
