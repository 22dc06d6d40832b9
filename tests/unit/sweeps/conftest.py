"""A small park on the disk, and designs over it that take a second or two."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.parks import small_park
from twin.park import save_park
from twin.sweeps.store import is_whole

DESIGN = """\
name: {name}
scenario: baseline
changes: {{park: {park}, end: 2027Q4}}
design: grid
replications: {replications}
vary:
  - parameter: entry_trend_per_year
    values: [{values}]
"""


@pytest.fixture(scope="session")
def park_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parks") / "small"
    save_park(small_park([3_000, 5_000], slots={"incubator": 2}), folder)
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, in which it stands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def design_file(place: Path, park: Path, *, name: str = "little", points: int = 6, replications: int = 4) -> Path:
    """A design of so many points."""
    values = ", ".join(f"{0.01 * n:.2f}" for n in range(points))
    file = place / f"{name}.yaml"
    file.write_text(DESIGN.format(name=name, park=park, replications=replications, values=values), encoding="utf-8")
    return file


def contents(folder: Path) -> dict[str, str]:
    """The hash of each file of a store, or of the parts of a sweep, by name; each must be whole."""
    found = {}
    for file in sorted(folder.rglob("*.parquet")):
        content = file.read_bytes()
        assert is_whole(content), file
        found[str(file.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def leftovers(folder: Path) -> list[Path]:
    """Half-written files."""
    return [file for file in folder.rglob(".*") if file.name.endswith(".part")]
