"""What the guide to sweeps says is so, and the designs that come along are in order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from twin.analysis.frontier import frontier
from twin.cli import app
from twin.sweeps import get_ready, load_design, load_sweep, sweep
from twin.sweeps.reading import check_file, is_design
from twin.sweeps.sources import design_names

ROOT = Path(__file__).parents[3]
GUIDE, README = ((ROOT / name).read_text(encoding="utf-8") for name in ("docs/sweeps.md", "README.md"))


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
    # what the front page says of it
    words = re.search(r"^twin frontier out/halls_and_fund (\S+) (\S+)$", README, re.MULTILINE)
    assert words is not None
    cost, outcome = words.groups()
    runs = load_sweep("out/halls_and_fund").table(cost, outcome)
    assert runs.shape == (36, 6)
    told = frontier(runs.query("fund_more == 0"), cost, outcome).table
    assert told["standing"].tolist() == ["efficient"] * 3
    assert told[f"{outcome}_gain"].iloc[1:].round().tolist() == [-6.0, -12.0]
    assert (told[f"{outcome}_gain_high"].iloc[1:] < 0.0).all()
    assert (told[f"{cost}_gain"].iloc[1:] / 1e8).round(2).tolist() == [0.32, 0.64]
    funded = runs.query("pilot_slots == 0").groupby("fund_more")[[cost, outcome]].mean()
    assert (funded[cost].diff().dropna() > 4e7).all()  # a fund is not free because its capital was paid before
    assert funded[outcome].diff().dropna().abs().max() < 1.0
