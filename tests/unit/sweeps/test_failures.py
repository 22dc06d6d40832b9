"""Runs that fail are rows with a reason and a command, and the others go on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.sweeps.conftest import design_file
from twin.sweeps import load_sweep

OWN = Path(__file__).parent / "own.py"
TWIN = (sys.executable, "-m", "twin")


def with_process(place: Path, park: Path, process: str) -> Path:
    """A design of 4 points, of which the last, with a trend of .03, meets what the process does."""
    file = design_file(place, park, points=4, replications=2)
    scenario = f"name: own\nextends: baseline\nprocesses:\n  - {{process: {process}, above: 0.025}}\n"
    (place / "own.yaml").write_text(scenario, encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8").replace("scenario: baseline", "scenario: own.yaml"))
    return file


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TWIN, *words], capture_output=True, text=True, check=False, timeout=200)


@pytest.mark.slow
def test_a_run_that_fails_is_a_row_with_the_command_to_do_it_again(place: Path, park_folder: Path) -> None:
    file = with_process(place, park_folder, "break_off")
    words = ("sweep", str(file), "--processes", str(OWN), "--workers", "2")
    ended = run(*words)
    assert ended.returncode == 4, ended.stderr
    assert "6 of 8 runs done" in ended.stdout
    assert "× processes, as the work is long or Python processes join in" in ended.stderr
    failures = load_sweep("out/little").failures
    assert failures["run"].tolist() == [6, 7]
    assert failures["point"].tolist() == [3, 3]
    assert failures["entry_trend_per_year"].tolist() == [0.03, 0.03]
    assert failures["reason"].str.contains("so it had to be").all()
    again = run(*failures["again"][0].split()[1:])
    assert again.returncode != 0
    assert "so it had to be" in again.stderr
    table = load_sweep("out/little").table("revenue@2027")
    assert table.index.tolist() == [0, 1, 2, 3, 4, 5]

    second = run(*words)  # what failed stays a row, and is not done again
    assert second.returncode == 4
    assert "6 of them were there already" in second.stdout


@pytest.mark.slow
def test_a_run_that_ends_its_worker_each_time_is_found_out(place: Path, park_folder: Path) -> None:
    file = with_process(place, park_folder, "end_python")
    ended = run("sweep", str(file), "--processes", str(OWN), "--executor", "processes", "--workers", "2")
    assert ended.returncode == 4, ended.stderr
    sweep = load_sweep("out/little")
    assert sweep.failures["run"].tolist() == [6, 7]
    assert sweep.failures["reason"].str.contains("its worker died").all()
    assert sweep.progress["done"] == 6


def test_points_that_cannot_be_are_rows_too(place: Path, park_folder: Path) -> None:
    file = design_file(place, park_folder, points=1, replications=2)
    text = file.read_text(encoding="utf-8")
    least = "\n  - {parameter: renovation_least_years, values: [0.5, 1.2]}\n"
    least += "  - {parameter: renovation_years, values: [1.0]}\n"
    file.write_text(text.replace("values: [0.00]\n", "values: [0.0]" + least), encoding="utf-8")
    ended = run("sweep", str(file), "--workers", "1")
    assert ended.returncode == 4, ended.stderr
    failures = load_sweep("out/little").failures
    assert failures["point"].tolist() == [1, 1]
    assert failures["reason"].str.contains("renovation_least_years 1.2 is above renovation_years 1").all()
    assert (failures["again"] == "").all()  # there is no run to do again
