"""Runs and their replay: the same inputs give the same bytes, other inputs are refused by name."""

from __future__ import annotations

import json
import math
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.parks import small_park, stock_of
from twin import bundled, catalog
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.errors import ManifestError, ParkError, ScenarioError, TwinError
from twin.park import Park, load_park
from twin.record import Record, read_manifest
from twin.scenario import Scenario, adjusted
from twin.simulation import load_and_check, replay, simulate

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A park folder."""
    place = tmp_path_factory.mktemp("park")
    park = small_park([2_000, 500], slots={"pilot_line": 1}, firms=stock_of(9, building="b0", floor_m2=50, staff=4))
    for name in ("zones", "parcels", "buildings", "firms", "services"):
        getattr(park, name).to_parquet(place / f"{name}.parquet")
    (place / "park.json").write_text(json.dumps({"name_zh": "试", "name_en": "Trial", "start": "2026Q1"}))
    return place


@pytest.fixture(scope="module")
def scenario(folder: Path) -> Scenario:
    rent = {"at": "2026Q2", "lever": "rent", "value": -0.1, "where": {"building": "b1"}}
    parameters = {"search_patience_years": float("inf"), "closing_by_age": {"1": 0.1}}
    return Scenario.model_validate(
        {"name": "x", "end": "2026Q4", "park": str(folder), "actions": [rent], "parameters": parameters}
    )


@pytest.fixture(scope="module")
def done(folder: Path, scenario: Scenario) -> Record:
    return simulate(load_park(folder), scenario, replication=3)


@pytest.fixture
def manifest(done: Record) -> Manifest:
    """The manifest as it comes back from its file."""
    content: Manifest = json.loads(json.dumps(done.manifest))
    return content


def test_a_replay_gives_the_same_bytes(done: Record, tmp_path: Path) -> None:
    done.save(tmp_path / "run")
    replay(read_manifest(tmp_path / "run")).save(tmp_path / "again")
    files = sorted(file.name for file in (tmp_path / "run").iterdir())
    assert len(files) == 26
    for name in files:
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


@pytest.mark.parametrize("key", ["park_sha256", "catalog_sha256", "engine_sha256"])
def test_other_inputs_are_refused(manifest: Manifest, key: str) -> None:
    manifest[key] = "0" * 64
    with pytest.raises(ManifestError, match=f"{key} was 0000"):
        replay(manifest)


def test_another_version_is_refused(manifest: Manifest) -> None:
    manifest["versions"]["numpy"] = "0.1"
    with pytest.raises(ManifestError, match=r"numpy"):
        replay(manifest)


def test_a_changed_park_is_refused(manifest: Manifest, folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in folder.iterdir():
        (moved / file.name).write_bytes(file.read_bytes())
    manifest["scenario"]["park"] = str(moved)
    replay(manifest)  # the same park elsewhere is the same park
    firms = load_park(moved).firms
    firms.assign(staff=5).to_parquet(moved / "firms.parquet")
    with pytest.raises(ManifestError, match="park_sha256"):
        replay(manifest)


def test_a_changed_catalog_is_refused(manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "catalog").mkdir()
    for file in (bundled.bundled("data") / "catalog").iterdir():
        (tmp_path / "catalog" / file.name).write_bytes(file.read_bytes())
    with (tmp_path / "catalog" / "parameters.csv").open("ab") as stream:
        stream.write(b"\n")
    monkeypatch.setattr(catalog, "bundled", lambda _: tmp_path)
    with pytest.raises(ManifestError, match="catalog_sha256"):
        replay(manifest)


def test_a_park_that_is_gone_is_refused(manifest: Manifest) -> None:
    manifest["scenario"]["park"] = "/nowhere"
    with pytest.raises(ParkError, match="/nowhere: no such park folder"):
        replay(manifest)


NONSENSE: dict[str, tuple[object, ...]] = {
    "scenario": (None, [], 3, "x", {}, {"name": 3}, {"name": "x", "foo": 1}),
    "replication": (None, [], "x", 1.5, True, -1, 2**40),
    "calendar": (None, [], 3, "sundial", {}),
    "events": (None, [], "yes", 1),
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in NONSENSE.items() for value in values])
def test_a_manifest_of_nonsense_is_refused(manifest: Manifest, key: str, value: object) -> None:
    manifest[key] = value
    with pytest.raises(ManifestError, match=key):
        replay(manifest)


@pytest.mark.parametrize("key", ["scenario", "replication", "calendar", "events", "park_sha256", "versions"])
def test_a_manifest_without_a_key_is_refused(manifest: Manifest, key: str) -> None:
    del manifest[key]
    with pytest.raises(ManifestError, match=key):
        replay(manifest)


def test_a_nested_scenario_is_checked(manifest: Manifest) -> None:
    manifest["scenario"]["replications"] = -4
    with pytest.raises(ManifestError, match="replications"):
        replay(manifest)
    manifest["scenario"]["replications"] = 4
    manifest["scenario"]["actions"][0]["lever"] = "rents"
    with pytest.raises(ScenarioError, match="did you mean 'rent'"):
        replay(manifest)


def a_process(env: ParkEnvironment) -> Generator[Event, None, None]:
    """Does nothing."""
    yield env.at(0.5, Kind.ACTION)


def test_a_run_with_own_processes_is_not_replayed_without_them(folder: Path, scenario: Scenario) -> None:
    run = simulate(load_park(folder), scenario, processes=[a_process])
    with pytest.raises(ManifestError, match="a_process"):
        replay(run.manifest)


def test_a_manifest_says_what_the_run_was_made_of(done: Record) -> None:
    assert done.manifest["replication"] == 3
    assert done.manifest["calendar"] == "compiled"
    assert done.manifest["scenario"]["name"] == "x"
    assert {"python", "numpy", "numba", "simpy", "twin-park"} <= set(done.manifest["versions"])


def test_a_run_refuses_what_its_park_does_not_have(folder: Path) -> None:
    park = load_park(folder)
    with pytest.raises(ScenarioError, match="unknown building 'b7'"):
        simulate(
            park,
            Scenario.model_validate(
                {"name": "x", "actions": [{"at": "2026Q1", "lever": "rent", "value": 0, "where": {"building": "b7"}}]}
            ),
        )


@pytest.mark.parametrize("replication", [-1, 2**31])
def test_luck_that_has_no_number_is_refused(folder: Path, scenario: Scenario, replication: int) -> None:
    with pytest.raises(ScenarioError, match=f"replication {replication}"):
        simulate(load_park(folder), scenario, replication=replication)


def test_the_calendars_agree(folder: Path, scenario: Scenario, done: Record) -> None:
    other = simulate(load_park(folder), scenario, replication=3, calendar="reference")
    assert other.sha256() == done.sha256()


def test_a_scenario_and_its_park_are_checked_before_anything_runs(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("name: s\nactions: [{at: 2026Q1, lever: rent, value: 0.1, where: {building: b1}}]\n")
    park, scenario = load_and_check(str(file), park=str(folder), changes=["settings.feature_parks=five"])
    assert adjusted(park, scenario).settings["feature_parks"] == "five"
    assert scenario.park == str(folder)
    with pytest.raises(ScenarioError, match="unknown building 'b1'"):
        load_and_check(str(file))


def test_a_park_of_nothing_runs(folder: Path) -> None:
    for park in (small_park([0.0]), small_park([100.0], types=["retail"]), small_park([100.0], completed=[None])):
        run = simulate(park, Scenario(name="x", end="2026Q2"))
        assert run.groups["resident_firms"].sum() == 0
        assert run.unmet["firms"].sum() + run.waiting["firms"].iloc[-7:].sum() > 0


def test_a_part_of_a_square_metre_is_not_let(folder: Path) -> None:
    run = simulate(small_park([100.7]), Scenario(name="x", end="2026Q1"))
    assert run.buildings["stock_m2"].tolist() == [100]


def open_park(park: Park, quarter: str) -> int:
    run = simulate(park, Scenario(name="x", end="2026Q4"))
    return int(run.buildings.set_index("quarter")["stock_m2"][quarter])


def test_a_planned_building_opens_on_its_date() -> None:
    park = small_park([100.0], completed=["2026Q3"])
    assert [open_park(park, quarter) for quarter in ("2026Q1", "2026Q2", "2026Q3", "2026Q4")] == [0, 0, 100, 100]


def test_no_firm_grows_without_bound() -> None:
    park = small_park([9_000], firms=stock_of(5, building="b0", floor_m2=50, staff=4))
    steep: dict[str, Any] = {"growth_mean": 5.0, "entry_per_year": 0.0}
    steep |= {"age_closing_factor": 0.0, "absorb_per_year": 0.0}
    record = simulate(park, Scenario(name="steep", end="2035Q4", parameters=steep))
    assert record.firms is not None
    assert record.firms["staff"].max() == 10_000_000
    assert record.buildings["jobs"].min() > 0


def test_more_firms_than_anybody_would_make_sense_of_end_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.engine.environment.MOST_FIRMS", 5_000)
    park = small_park([9_000], firms=stock_of(9, building="b0", floor_m2=50, staff=4))
    scenario = Scenario(name="rabbits", end="2035Q4", parameters={"spin_off_per_year": 9.0})
    with pytest.raises(TwinError, match=r"the run was ended in year \d\.\d\d: more than [\d,]+ firms have come"):
        simulate(park, scenario)


@pytest.mark.parametrize("lead", [False, True], ids=["at once", "after works"])
def test_an_action_takes_effect_little_by_little(lead: bool) -> None:
    park = small_park([5_000, 3_000], slots={"pilot_line": 2})
    if lead:
        ramp = {"lever": "new_space", "value": 900, "where": {"building": "b1"}}
    else:
        ramp = {"lever": "service_slots", "value": 7, "where": {"service": "pilot_line"}}
    years = {"construction_years": 0.5, "entry_per_year": 0.0, "prospects_per_year": 0.0}
    base = Scenario.model_validate({"name": "ramp", "end": "2027Q4", "parameters": years})
    record = simulate(park, base.with_actions({"at": "2026Q2", "ramp_quarters": 3, **ramp}))
    if lead:
        of = record.buildings[record.buildings["building_id"].astype(str) == "b1"]
        assert of["stock_m2"].tolist() == [3_000, 3_000, 3_000, 3_300, 3_600, 3_900, 3_900, 3_900]
    else:
        of = record.services[record.services["service"].astype(str) == "pilot_line"]
        assert of["slots"].tolist() == [2, 4, 7, 9, 9, 9, 9, 9]


def test_a_date_that_is_no_number_is_refused() -> None:
    def waits(env: ParkEnvironment) -> Generator[Event, None, None]:
        yield env.at(math.nan, Kind.ACTION)

    with pytest.raises(ValueError, match="time nan has passed"):
        simulate(small_park([1_000]), Scenario(name="x", end="2026Q1"), processes=[waits])
