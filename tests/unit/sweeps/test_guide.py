"""What the guide to sweeps says is so, and the designs that come along are in order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from twin.cli import app
from twin.sweeps import get_ready, load_design, load_sweep, sweep
from twin.sweeps.reading import check_file, is_design
from twin.sweeps.sources import design_names

GUIDE = (Path(__file__).parents[3] / "docs" / "sweeps.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", design_names())
def test_designs_that_come_along_are_in_order(name: str) -> None:
    design = load_design(name)
    assert design.name == name
    assert design.title_zh
    assert design.title_en
    assert design.question
    assert is_design(name)
    assert check_file(name) > 0


def test_the_design_of_the_guide_is_in_order(place: Path) -> None:
    found = re.search(r"^```yaml\n(name: mine.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert found is not None
    Path("mine.yaml").write_text(found[1], encoding="utf-8")
    plan = get_ready("mine.yaml").plan
    assert len(plan.points) == 40 * 2 * 2
    frame = plan.points.frame(range(160))
    assert set(frame["pilot_slots"]) == set(range(9))
    assert set(frame["scenario"]) == {"baseline", "rent_relief"}
    assert frame["entry_per_year"].between(0, 1).all()
    assert frame["taste_rent"].between(-1.2, -0.4).all()


def test_command_lines_of_the_guide_are_understood() -> None:
    lines = re.findall(r"^    (twin .*)$", GUIDE, re.MULTILINE)
    assert len(lines) >= 5
    for line in lines:
        app.parse_args(shlex.split(line, comments=True)[1:], exit_on_error=False, print_error=False)


@pytest.mark.slow
def test_a_shipped_design_is_run_and_read(place: Path) -> None:
    found = sweep("halls_and_fund")
    assert found.progress["done"] == 36
    assert load_sweep("out/halls_and_fund").table("public_cost@2030", "firms@2030").shape == (36, 6)
