"""An edit anywhere in the engine is never answered with code compiled before it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import twin.engine

ROOT = Path(twin.engine.__file__).resolve().parents[2]

#: A rule that calls a compiled function of another file.
CALLER = """
from numba import njit
from twin.engine.draws import uniform

@njit(cache=True)
def drawn(seed):
    return uniform(seed, 1, 2, 3)
"""

#: Prints what the rule says; with an argument, keeps compiled code in that folder whatever the sources are.
SCRIPT = """
import sys
import numba
import twin.engine
if len(sys.argv) > 1:
    numba.config.CACHE_DIR = sys.argv[1]
from twin.engine.rules.caller import drawn
print(drawn(5), drawn.stats.cache_hits[drawn.signatures[0]])
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package with one more rule."""
    shutil.copytree(ROOT / "twin", tmp_path / "twin", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "twin" / "engine" / "rules" / "caller.py").write_text(CALLER)
    # The switch of the rules would be compiled for nothing.
    (tmp_path / "twin" / "engine" / "rules" / "__init__.py").write_text("")
    return tmp_path


def ask(copy: Path, *arguments: str) -> tuple[float, bool]:
    """What the rule of a copy says, and whether it was found compiled."""
    answer, hits = said(copy, SCRIPT, *arguments)
    return float(answer), hits != "0"


def said(copy: Path, script: str, *arguments: str) -> list[str]:
    """The words that a script prints that runs on a copy."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=copy,
        env=environment | {"NUMBA_CACHE_DIR": str(copy / "cache"), "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def edit(copy: Path) -> None:
    """Change a constant of the function that is called, in its own file: every uniform doubles."""
    file = copy / "twin" / "engine" / "draws.py"
    source = file.read_text()
    assert source.count("9007199254740992.0") == 1
    file.write_text(source.replace("9007199254740992.0", "4503599627370496.0"))


def test_an_edit_in_another_file_is_compiled_anew(copy: Path) -> None:
    answer, cached = ask(copy)
    assert not cached
    assert ask(copy) == (answer, True)
    edit(copy)
    assert ask(copy) == (2.0 * answer, False)
    assert len(list((copy / "cache").iterdir())) == 2


def test_without_a_folder_of_their_own_old_answers_would_be_given(copy: Path) -> None:
    """What the folder named by the sources is for: numba looks at no file but the caller's."""
    folder = str(copy / "one folder")
    answer, _ = ask(copy, folder)
    edit(copy)
    assert ask(copy, folder) == (answer, True)


def test_a_process_names_the_sources_that_it_runs_by(copy: Path) -> None:
    """An edit while a process runs changes neither what that process does nor what it says it is."""
    script = """
import pathlib
import twin.engine
before, file = twin.engine.source_hash(), pathlib.Path(twin.engine.__file__).with_name("draws.py")
file.write_text(file.read_text() + "#")
print(before in twin.engine.settings.CACHE_DIR, twin.engine.source_hash() == before)
"""
    assert said(copy, script) == ["True", "True"]
    assert said(copy, "import twin.engine; print(twin.engine.source_hash())") != [twin.engine.source_hash()]
