"""The notebooks run from top to bottom, and carry no outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def cells(notebook: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == "code"]


def test_there_are_notebooks() -> None:
    assert [notebook.stem for notebook in NOTEBOOKS] == ["first_what_if", "land_use"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_outputs_are_kept(notebook: Path) -> None:
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells(notebook))


def names_after(name: str) -> dict[str, Any]:
    """What a notebook leaves when it was run from top to bottom."""
    notebook = next(path for path in NOTEBOOKS if path.stem == name)
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(cells(notebook)):
        exec(compile("".join(cell["source"]), f"{notebook.name}[{number}]", "exec"), names)  # noqa: S102  # our own notebook
    return names


def test_a_first_what_if_runs() -> None:
    names = names_after("first_what_if")
    assert names["change"]["core"] > 0
    assert set(names["last"]["indicator"]) == {"resident_firms", "moves", "occupancy", "entries"}


def test_adjusting_land_use_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names = names_after("land_use")
    assert names["books"]["land"].sum() == pytest.approx(0, abs=0.05)
    assert names["books"]["floor", "B23", "open"] > 10
    assert set(names["last"]["indicator"]) == {"floor_stock", "resident_firms", "occupancy", "moves"}
    assert (names["change"]["2031Q4"] > 0).all()
