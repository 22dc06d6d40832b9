"""Replications that are left in a folder and gone on from; what-ifs that share the past of their base."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from twin.cli import app
from twin.errors import ManifestError, ScenarioError
from twin.park import Park, load_park, save_park
from twin.scenario import Scenario
from twin.study import compare, past_scenario, replay_study, replicate, replicate_from, save_pasts

N = 3

SLOTS = {"at": "2026Q4", "lever": "service_slots", "value": 2, "where": {"service": "pilot_line"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A park folder."""
    stock = stock_of(20, building="b0", floor_m2=50, staff=4)
    made = small_park([3_000, 2_000, 1_000], slots={"pilot_line": 1, "proof_of_concept": 1}, firms=stock)
    return save_park(made, tmp_path_factory.mktemp("parks") / "trial")


@pytest.fixture(scope="module")
def park(folder: Path) -> Park:
    return load_park(folder)


@pytest.fixture(scope="module")
def base(folder: Path) -> Scenario:
    return Scenario(name="base", end="2027Q2", replications=N, park=str(folder))


@pytest.fixture(scope="module")
def past(park: Park, base: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_pasts(park, base, tmp_path_factory.mktemp("pasts") / "past", at="2026Q4", events=True)


def test_all_replications_go_on(park: Park, base: Scenario, past: Path) -> None:
    assert past_scenario(past) == (base, N)
    other = base.with_actions(SLOTS, name="other")
    for scenario in (None, other):
        told: list[int] = []
        gone_on = replicate_from(park, past, scenario, progress=told.append)
        whole = replicate(park, scenario or base, events=True)
        assert [run.sha256() for run in gone_on.records] == [run.sha256() for run in whole.records]
        pd.testing.assert_frame_equal(gone_on.indicators, whole.indicators)
        assert gone_on.manifest == whole.manifest
        assert told == [1, 2, 3]


def test_a_study_of_branches_is_done_again(park: Park, base: Scenario, past: Path) -> None:
    works = {"edit": "renovate", "at": "2026Q4", "building": "b1", "quarters": 1, "quality": 0.9}
    study = replicate_from(park, past, base.with_actions(works, name="works"))
    assert study.manifest["past"]["at"] == "2026Q4"
    again = replay_study(study.manifest)
    assert [run.sha256() for run in again.records] == [run.sha256() for run in study.records]


def test_what_ifs_share_the_past_of_their_base(park: Park, base: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records are those of whole runs; runs of the park before the branch are those of the base alone."""
    from twin.engine.environment import ParkEnvironment

    others = [
        base.with_actions(SLOTS, name="late"),
        base.with_actions({**SLOTS, "at": "2026Q1"}, name="early"),
        base.with_parameters({"resident_share": 0.4}).with_changes(name="apart"),
        base.with_changes(name="same"),
    ]
    begun: list[float] = []
    real = ParkEnvironment.__init__

    def counted(self: ParkEnvironment, state: object, now: float = 0.0, *more: object) -> None:
        begun.append(now)
        real(self, state, now, *more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(ParkEnvironment, "__init__", counted)
        compared = compare(park, base, *others, replications=2, workers=1)
    placebos = [0.0, 0.0]
    assert sorted(begun) == sorted([0.0, 0.75, 0.0, 0.0, 1.25] * 2 + placebos)
    for study, scenario in zip((compared.base, *compared.others.values()), (base, *others), strict=True):
        whole = replicate(park, scenario, replications=2, events=True)
        assert [run.sha256() for run in study.records] == [run.sha256() for run in whole.records]


def test_another_past_is_refused(park: Park, base: Scenario, past: Path) -> None:
    with pytest.raises(ScenarioError, match="before the branch"):
        replicate_from(park, past, base.with_actions({**SLOTS, "at": "2026Q2"}))
    with pytest.raises(ManifestError, match="park_sha256"):
        replicate_from(small_park([100.0]), past)


def test_a_folder_that_holds_no_pasts_is_refused(park: Park, base: Scenario, tmp_path: Path) -> None:
    replicate(park, base, replications=1).save(tmp_path / "study")
    with pytest.raises(ManifestError, match="a folder that `twin pause` wrote"):
        past_scenario(tmp_path / "study")


def test_a_folder_of_mixed_replications_is_refused(park: Park, past: Path, tmp_path: Path) -> None:
    mixed = shutil.copytree(past, tmp_path / "mixed")
    shutil.rmtree(mixed / "r0001")
    shutil.copytree(past / "r0000", mixed / "r0001")
    with pytest.raises(ManifestError, match=r"r0001: not replication 1 of what the folder holds"):
        replicate_from(park, mixed)


def test_nothing_is_left_of_what_is_refused(park: Park, base: Scenario, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="outside the run"):
        save_pasts(park, base, tmp_path / "past", at="2031Q1")
    assert not list(tmp_path.iterdir())


def test_the_commands(folder: Path, base: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    head = f"end: 2027Q2\nreplications: 2\npark: {folder}\n"
    Path("base.yaml").write_text(f"name: base\n{head}", encoding="utf-8")
    action = "actions:\n  - {at: 2026Q4, lever: service_slots, where: {service: pilot_line}, value: 2}\n"
    Path("other.yaml").write_text(f"name: other\n{head}{action}", encoding="utf-8")
    assert app(["pause", "base.yaml", "--at", "2026Q4"], result_action="return_value") == 0
    assert app(["resume", "out/base-2026Q4", "other.yaml", "--no-picture"], result_action="return_value") == 0
    run = ["run", "other.yaml", "--no-picture", "--out", "out/whole"]
    assert app(run, result_action="return_value") == 0
    files = ("manifest.json", "indicators.parquet", "summary.csv")
    assert all(Path("out/whole", one).read_bytes() == Path("out/other", one).read_bytes() for one in files)
    assert json.loads(Path("out/base-2026Q4/manifest.json").read_text())["at"] == "2026Q4"


@pytest.mark.parametrize("scenario", [[], ["other.yaml"]])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("replications=2", "--set replications=2: replications is what it was in the past; nothing, or another"),
        ("seed=7", "--set seed=7: seed is what it was in the past; nothing, or another"),
        ("park=shijingshan", "--set park=shijingshan: park is what it was in the past; nothing, or another"),
        ("end=2027Q1", "--set end=2027Q1: end '2027Q1' where the past has '2027Q2'"),
        ("ende=2027Q1", "--set ende=2027Q1: unknown key 'ende'; did you mean 'end'?"),
    ],
)
def test_what_is_said_of_the_past_is_refused_and_not_passed_over(
    past: Path,
    folder: Path,
    scenario: list[str],
    change: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other.yaml").write_text(f"name: other\nend: 2027Q2\npark: {folder}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape(told)):
        app(["resume", str(past), *scenario, "--set", change], result_action="return_value")
    assert not Path("out").exists()


def test_a_past_goes_on_under_another_name(past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert app(["resume", str(past), "--set", "name=again", "--no-picture"], result_action="return_value") == 0
    assert Path("out/again/summary.csv").exists()
