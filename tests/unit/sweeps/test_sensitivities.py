"""What a sweep says of its factors: the reading of its design, blocks that are crossed, and the command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from twin.analysis.screening import screening
from twin.analysis.uncertainty import crossed
from twin.analysis.variance import indices
from twin.catalog import load_catalog
from twin.cli import app, main
from twin.errors import AnalysisError
from twin.indicators.asked import Figure
from twin.park import load_park
from twin.sweeps import Sweep, sensitivity, sweep
from twin.sweeps.design import Design
from twin.sweeps.points import lay_out, sample_of
from twin.sweeps.reading import check_design, load_bases, load_design, readings
from twin.sweeps.sensitivities import reading_of

RATE = {"lever": "entry_rate", "at": "2026Q2", "low": 0.5, "high": 1.5}
RENT = {"lever": "rent", "at": "2026Q2", "low": -0.2, "high": 0.2}
SLOTS = {"lever": "service_slots", "at": "2026Q2", "where": {"service": "pilot_line"}, "values": [0, 4]}

#: An outcome of a row of points and of luck.
Outcome = Callable[[pd.DataFrame, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Told(Sweep):
    """A sweep whose runs are told instead of run."""

    outcome: Outcome

    def values(self, figure: str | Figure) -> np.ndarray:
        luck = lay_out(self.design.blocks, load_catalog(), readings(load_catalog())).luck(self.points.index.to_numpy())
        numbers = luck[:, None] * self.replications + np.arange(self.replications)
        drawn = np.random.default_rng(1).normal(0.0, 0.2, numbers.max() + 1)[numbers]
        return self.outcome(self.points, drawn)


def told(outcome: Outcome, **said: Any) -> Told:
    design = Design.model_validate({"name": "told", **said})
    laid = lay_out(design.blocks, load_catalog(), readings(load_catalog()))
    found = Told(Path("out/told"), {"runs": len(laid) * design.replications}, design, outcome)
    found.__dict__["points"] = laid.frame(range(len(laid)))
    return found


def straight(points: pd.DataFrame, luck: np.ndarray) -> np.ndarray:
    """Three for the rate's whole range, one for the rent's."""
    return 3.0 * points["entry_rate"].to_numpy()[:, None] + points["rent"].to_numpy()[:, None] / 0.4 + luck


def test_each_design_has_its_reading() -> None:
    morris = told(straight, design="morris", n=6, vary=[RATE, RENT], replications=1)
    found = sensitivity(morris, "staff@2027", seed=3)
    own = screening(morris.values("staff"), sample_of(morris.design).unit, ["entry_rate", "rent"], seed=3)
    assert found.equals(own)
    assert found["mu"].to_numpy() == pytest.approx([3.0, 1.0])

    saltelli = told(straight, design="saltelli", n=64, vary=[RATE, RENT], replications=1)
    found = sensitivity(saltelli, "staff@2027", seed=3)
    assert found.equals(indices(saltelli.values("staff"), ["entry_rate", "rent"], seed=3))
    assert found["total"].to_numpy() == pytest.approx([0.86, 0.096, 0.046], abs=0.1)

    lhs = told(straight, design="lhs", n=9, vary=[RATE, RENT], replications=4)
    assert sensitivity(lhs, "staff@2027", seed=3).equals(crossed(lhs.values("staff"), seed=3))
    assert [reading_of(one) for one in (morris, saltelli, lhs)] == ["screening", "indices", "components"]


def test_effects_of_what_takes_few_values_are_those_from_one_end_to_the_other() -> None:
    """Half a range further a sample leads from one of two values to the other: not two thirds of the way, but all."""

    def outcome(points: pd.DataFrame, luck: np.ndarray) -> np.ndarray:
        words = 6.0 * (points["firms"] == "all") + (points["industries"] == "s1_four")
        numbers = points["windows"] + points["listed"] + 2.0 * points["service_slots"] + 3.0 * points["twice"]
        return (words + numbers).to_numpy()[:, None] + 0.0 * luck

    whole = {"lever": "service_slots", "at": "2026Q2", "where": {"service": "pilot_line"}}
    vary = [
        {"setting": "firms"},
        {"setting": "industries"},
        whole | {"name": "windows", "low": 0, "high": 1},
        whole | {"name": "service_slots", "low": 0, "high": 2},
        RENT | {"name": "listed", "low": None, "high": None, "values": [0.1, 0.0, -0.3]},
        RENT | {"name": "twice", "low": None, "high": None, "values": [0.1, 0.0, 0.1]},
    ]
    morris = told(outcome, design="morris", n=40, vary=vary, replications=1)
    found = sensitivity(morris, "staff@2027").set_index("factor")
    effects = found["mu_star"].to_dict()
    assert (effects["firms"], effects["windows"]) == pytest.approx((6.0, 1.0))
    assert effects["service_slots"] == pytest.approx(4.0)
    assert (effects["listed"], found["mu"].to_dict()["listed"]) == pytest.approx((0.4, 0.4))
    assert effects["industries"] <= 1.0
    assert effects["twice"] < 1.0


@pytest.mark.parametrize("kind", ["morris", "saltelli"])
@pytest.mark.parametrize("first", [True, False])
def test_a_block_crossed_with_others_is_read_at_each_of_their_points(kind: str, first: bool) -> None:
    def with_slots(points: pd.DataFrame, luck: np.ndarray) -> np.ndarray:
        slots = points["service_slots"].to_numpy()[:, None]
        return (1.0 + slots) * straight(points, luck)

    sampled = {"design": kind, "n": 8, "vary": [RATE, RENT]}
    listed = {"design": "grid", "vary": [SLOTS]}
    one, other = (sampled, listed) if first else (listed, sampled)
    both = told(with_slots, **one, cross=[other], replications=2)
    alone = told(straight, **sampled, replications=2)
    found, expected = sensitivity(both, "staff@2027"), sensitivity(alone, "staff@2027")
    assert found["service_slots"].tolist() == [0.0] * len(expected) + [4.0] * len(expected)
    without, with_four = (frame.drop(columns="service_slots") for _, frame in found.groupby("service_slots"))
    assert without.equals(expected)
    column, times = ("mu_star", 5.0) if kind == "morris" else ("total", 1.0)
    assert with_four[column].to_numpy() == pytest.approx(times * expected[column].to_numpy())


def test_runs_that_are_missing_are_counted_and_not_read() -> None:
    def with_gap(points: pd.DataFrame, luck: np.ndarray) -> np.ndarray:
        found = straight(points, luck)
        found[0] = np.nan
        return found

    saltelli = told(with_gap, design="saltelli", n=16, vary=[RATE, RENT], replications=1)
    assert sensitivity(saltelli, "staff")["dropped"].tolist() == [1, 1, 1]
    morris = told(with_gap, design="morris", n=6, vary=[RATE, RENT], replications=1)
    assert sorted(sensitivity(morris, "staff")["n"]) == [5, 6]


def test_a_sweep_that_tells_nothing_is_refused_with_the_cure() -> None:
    lhs = told(straight, design="lhs", n=9, vary=[RATE, RENT], replications=1)
    with pytest.raises(AnalysisError, match="design: saltelli for indices") as refused:
        sensitivity(lhs, "staff@2027")
    assert refused.value.faults[0].where.endswith("sweep.json: design")
    assert "told: lhs of one replication" in refused.value.faults[0].what


def test_points_that_are_not_those_of_the_design_are_refused() -> None:
    morris = told(straight, design="morris", n=6, vary=[RATE, RENT], replications=1)
    moved = morris.points.assign(rent=morris.points["rent"] + 0.01 * (morris.points.index == 3))
    morris.__dict__["points"] = moved
    with pytest.raises(AnalysisError, match="rent is not where"):
        sensitivity(morris, "staff@2027")
    morris.__dict__["points"] = moved.iloc[:-1]
    with pytest.raises(AnalysisError, match="23 points where the design has 24"):
        sensitivity(morris, "staff@2027")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three small sweeps that were run."""
    place = tmp_path_factory.mktemp("sweeps")
    park = small_park([3_000, 2_000, 1_000], slots={"pilot_line": 1}, firms=stock_of(20, building="b0", staff=4))
    found = {}
    for kind, n, replications in (("morris", 3, 1), ("saltelli", 2, 1), ("lhs", 3, 2)):
        said = {"name": kind, "design": kind, "n": n, "replications": replications, "vary": [RATE, RENT]}
        design = Design.model_validate(said | {"changes": {"end": "2026Q4"}})
        sweep(design, park=park, out=place / kind, store=place / "store", workers=1)
        found[kind] = place / kind
    return found


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        main(["sensitivity", *words])
    captured = capsys.readouterr()
    return int(end.value.code or 0), captured.out + captured.err


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("morris", ["Screening (Morris)", "参数筛选", "entry_rate", "mu*"]),
        ("saltelli", ["Sobol' indices", "方差指数", "luck 运气", "expected"]),
        ("lhs", ["Components of variance", "方差分量", "replications for a level", "比较方案之差"]),
    ],
)
def test_the_command_prints_what_the_library_says(
    kind: str, words: list[str], folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, printed = run(capsys, str(folders[kind]), "entries@2026", "staff")
    assert code == 0
    for word in words:
        assert word in printed
    assert printed.count(words[0]) == 2  # a table for each figure
    code, printed = run(capsys, str(folders[kind]), "entries@2026", "--json")
    (read,) = json.loads(printed)
    assert (code, read["figure"], read["unit"]) == (0, "entries@2026", "firms")
    own = sensitivity(Sweep(folders[kind], *_said(folders[kind])), "entries@2026")
    column = {"morris": "mu_star", "saltelli": "total", "lhs": "variance"}[kind]
    assert [row[column] for row in read["rows"]] == pytest.approx(own[column].tolist())


def _said(folder: Path) -> tuple[dict[str, Any], Design]:
    manifest = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    return manifest, Design.model_validate(manifest["design"])


def test_the_design_and_the_commands_of_the_guide_are_in_order(tmp_path: Path) -> None:
    guide = (Path(__file__).resolve().parents[3] / "docs" / "sensitivity.md").read_text(encoding="utf-8")
    (content,) = re.findall(r"^```yaml\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    (tmp_path / "screening.yaml").write_text(content, encoding="utf-8")
    design = load_design(tmp_path / "screening.yaml")
    assert check_design(design, load_bases(design), load_park()) == 140
    lines = re.findall(r"^    (twin .*)$", guide, re.MULTILINE)
    assert [line.split()[1] for line in lines] == ["sweep", "sensitivity"]
    for line in lines:
        app.parse_args(line.split()[1:], exit_on_error=False, print_error=False)


def test_the_command_refuses_with_place_and_cure(
    folders: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, printed = run(capsys, str(folders["morris"]), "entrys@2027", "staff@@")
    assert code == 3
    assert "entrys" in printed
    assert "staff@@" in printed
    code, printed = run(capsys, str(folders["morris"]), "staff@2035")
    assert code == 3
    assert "2026" in printed
    code, printed = run(capsys, str(tmp_path), "staff")
    assert code == 3
    assert "twin sweep" in printed
