"""Branching: what is left and gone on from is what a whole run would have been, to the bit."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.oracle.cases import ACTIONS, mixed_park, mixed_scenario, worked_park
from tests.works import worked_on, works_on
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.letting import open_slots
from twin.errors import ManifestError, ScenarioError
from twin.park import Park, load_park, save_park
from twin.scenario import Scenario
from twin.simulation import (
    Snapshot,
    branch,
    last_common_quarter,
    load_and_check,
    load_snapshot,
    pause,
    prepare,
    replay,
    resume,
    simulate,
)
from twin.units import Quarter

#: The first quarter, some between, and the last.
QUARTERS = ("2026Q1", "2026Q3", "2028Q2", "2029Q4")
MORE_QUARTERS = ("2026Q2", "2026Q4", "2027Q1", "2027Q3", "2028Q1", "2028Q3", "2029Q2")

#: Nothing of it is done before 2028.
LATER = (
    {"at": "2028Q1", "lever": "service_slots", "value": 3, "where": {"service": "pilot_line"}},
    {"at": "2028Q3", "lever": "rent", "value": -0.2, "where": {"zone": "park"}},
)


@pytest.fixture(scope="module")
def park() -> Park:
    """Works of every kind; the rest of the story is in the levers."""
    return worked_park()


@pytest.fixture(scope="module")
def busy() -> Scenario:
    """Every lever is pulled."""
    return mixed_scenario(6, entry_per_year=5, actions=ACTIONS)


@pytest.fixture(scope="module")
def whole(park: Park, busy: Scenario) -> str:
    return simulate(park, busy).sha256()


@pytest.mark.parametrize("at", [*QUARTERS, *(pytest.param(at, marks=pytest.mark.slow) for at in MORE_QUARTERS)])
def test_a_run_goes_on_as_if_it_had_never_been_left(park: Park, busy: Scenario, whole: str, at: str) -> None:
    assert resume(park, pause(park, busy, at=at)).sha256() == whole


@pytest.mark.uncompiled
@pytest.mark.parametrize(("first", "then"), [("reference", "compiled"), ("compiled", "reference")])
def test_it_may_go_on_with_the_other_calendar(park: Park, busy: Scenario, whole: str, first: str, then: str) -> None:
    assert resume(park, pause(park, busy, at="2027Q4", calendar=first), calendar=then).sha256() == whole


@pytest.mark.parametrize("grid_years", [1 / 16, 1 / 4])
def test_on_a_grid_of_dates_too(park: Park, grid_years: float) -> None:
    scenario = mixed_scenario(7, entry_per_year=5, grid_years=grid_years, actions=ACTIONS)
    for at in ("2026Q3", "2028Q1"):
        assert resume(park, pause(park, scenario, at=at)).sha256() == simulate(park, scenario).sha256()


def test_a_run_is_left_again_and_again(park: Park, busy: Scenario, whole: str) -> None:
    snapshot = pause(park, busy, at="2026Q3")
    assert [resume(park, snapshot).sha256() for _ in range(2)] == [whole, whole]


@pytest.mark.parametrize("replication", [0, 3])
def test_a_branch_is_the_whole_run_of_its_scenario(replication: int) -> None:
    park, base = mixed_park(), mixed_scenario(2, entry_per_year=8, actions=ACTIONS[:6])
    other = base.with_actions(*LATER, name="other")
    snapshot = pause(park, base, at="2028Q1", replication=replication)
    branched, fresh = resume(park, snapshot, other), simulate(park, other, replication=replication)
    assert branched.sha256() == fresh.sha256()
    assert branched.manifest == fresh.manifest
    assert branched.sha256() != simulate(park, base, replication=replication).sha256()


def test_a_branch_at_the_start_is_a_fresh_run() -> None:
    park, base = mixed_park(), mixed_scenario(3)
    other = base.with_actions(*ACTIONS[:8], name="other")
    assert resume(park, pause(park, base, at="2026Q1"), other).sha256() == simulate(park, other).sha256()


def test_actions_to_come_may_be_dropped_and_those_under_way_go_on() -> None:
    """Floor whose works have begun opens after the branch; another that was to begin later does not."""
    park = mixed_park()
    begun = {"at": "2027Q4", "lever": "new_space", "value": 900, "where": {"building": "b2"}}
    planned = {**begun, "at": "2028Q3", "where": {"building": "b3"}}
    base = mixed_scenario(3).with_actions(planned, begun)
    left = mixed_scenario(3).with_actions(begun)
    branched = resume(park, pause(park, base, at="2028Q1"), left)
    assert branched.sha256() == simulate(park, left).sha256()
    stock = branched.buildings.set_index(["quarter", "building_id"])["stock_m2"]
    assert stock.loc[("2029Q4", "b2")] == stock.loc[("2026Q1", "b2")] + 900
    assert stock.loc[("2029Q4", "b3")] == stock.loc[("2026Q1", "b3")]


def test_the_past_is_not_run_again(park: Park, busy: Scenario) -> None:
    seen: list[float] = []

    def watches(env: ParkEnvironment) -> Generator[Event, None, None]:
        while True:
            seen.append(env.now)
            yield env.timeout(0.25)

    resume(park, pause(park, busy, at="2028Q3"), processes=[watches])
    assert min(seen) == Quarter.parse("2028Q3").years_since(Quarter.parse("2026Q1"))


def test_a_branch_may_renovate_what_is_there_and_is_replayed(tmp_path: Path) -> None:
    """Works planned at the branch could not be known before it, so the record is not that of a whole run."""
    folder = save_park(mixed_park(), tmp_path / "park")
    park = load_park(folder)
    base = mixed_scenario(4).with_changes(park=str(folder))
    works = {"edit": "renovate", "at": "2028Q3", "building": "b0", "quarters": 3, "quality": 0.9}
    other = base.with_actions(works, name="works")
    branched = resume(park, pause(park, base, at="2028Q3"), other)
    assert branched.works["notice_years"].tolist() == [2.5]  # at once
    assert branched.manifest["past"]["at"] == "2028Q3"
    assert simulate(park, other).works["notice_years"].iloc[0] < branched.works["notice_years"].iloc[0]
    assert replay(branched.manifest).sha256() == branched.sha256()


REFUSED = {
    "a parameter": ({"parameters": {"resident_share": 0.4}}, "parameters"),
    "a setting": ({"settings": {"wulituo": "inside"}}, "settings"),
    "another seed": ({"seed": 9}, "seed 9 where the past has 2"),
    "another end": ({"end": "2030Q4"}, "end '2030Q4'"),
    "an action before": (
        {"actions": [{"at": "2027Q1", "lever": "rent", "value": 0.1}]},
        "actions.0: at 2027Q1, before the branch; as it was, or from 2028Q1 on",
    ),
    "new land use before": (
        {"actions": [{"edit": "renovate", "at": "2027Q1", "building": "b0", "quarters": 1, "quality": 0.9}]},
        "at 2027Q1, before the branch",
    ),
    "a new building": (
        {
            "actions": [
                {"edit": "build", "at": "2029Q1", "parcel": "p0", "building": "new", "building_type": "office"}
                | {"floors": 13}
            ]
        },
        "edits change which buildings",
    ),
}


@pytest.mark.parametrize(("changes", "told"), REFUSED.values(), ids=REFUSED)
def test_another_past_is_refused(changes: dict[str, object], told: str) -> None:
    park, base = mixed_park(), mixed_scenario(2)
    snapshot = pause(park, base, at="2028Q1")
    with pytest.raises(ScenarioError) as refused:
        resume(park, snapshot, base.with_changes(**changes))
    assert told in str(refused.value)


def test_dropping_what_has_happened_is_refused() -> None:
    park, base = mixed_park(), mixed_scenario(2, actions=ACTIONS[:5])
    with pytest.raises(ScenarioError, match="5 actions that happened before 2028Q1, 4 are left"):
        resume(park, pause(park, base, at="2028Q1"), base.with_changes(actions=ACTIONS[:4]))


def test_an_action_that_takes_effect_little_by_little_goes_on() -> None:
    park = mixed_park()
    base = mixed_scenario(2).with_actions({**LATER[0], "at": "2026Q4", "value": 7, "ramp_quarters": 6})
    assert resume(park, pause(park, base, at="2027Q3")).sha256() == simulate(park, base).sha256()


def test_works_do_not_begin_where_others_chosen_before_go_on() -> None:
    """In the past the programme for low-efficiency stock has chosen b5, which closes and is renewed until 2028Q4."""
    park, base = mixed_park(), mixed_scenario(1, entry_per_year=2, revitalisation_budget_cny_year=3e8)
    snapshot = pause(park, base, at="2028Q1")
    chosen = snapshot.notes.programme.chosen[0].closing
    assert (park.firm_buildings["building_id"][chosen.building], chosen.starts, chosen.ends < 3.0) == ("b5", 1.5, True)
    for works in ({"edit": "renovate", "building": "b5", "quarters": 2}, {"edit": "demolish", "buildings": ["b5"]}):
        early, late = (base.with_actions({**works, "at": at}, name="works") for at in ("2028Q3", "2029Q1"))
        with pytest.raises(ScenarioError, match=r"b5: works chosen before 2028Q1 in replication 0 .* from 2029Q1 on"):
            resume(park, snapshot, early)
        assert resume(park, snapshot, late).works["building_id"].tolist() == ["b5", "b5"]


def test_processes_of_ones_own_are_told_of_after_them() -> None:
    def opens(env: ParkEnvironment) -> Generator[Event, None, None]:
        yield env.at(max(0.5, env.now), Kind.ACTION)
        env.rule(open_slots, 1, 20)

    park, base = mixed_park(), mixed_scenario(2)
    snapshot = pause(park, base, at="2027Q1", processes=[opens])
    names = resume(park, snapshot, processes=[opens]).manifest["processes"]
    assert names == [opens.__qualname__]
    with pytest.raises(ManifestError, match="processes of the user's own"):
        replay(resume(park, snapshot).manifest)


def test_a_file_of_processes_that_has_changed_is_refused() -> None:
    review = {"process": "slot_review", "service": "pilot_line", "queue": 1, "slots": 3, "first": "2026Q1"}
    park, base = mixed_park(), mixed_scenario(2).with_changes(processes=[review])
    snapshot = pause(park, base, at="2027Q1")
    resume(park, snapshot)
    with pytest.raises(ManifestError, match="named_processes"):
        resume(park, replace(snapshot, named_processes={"slot_review": "0"}))


def test_a_run_that_went_on_otherwise_is_not_left_again() -> None:
    """What its past was would have to be told to do it again."""
    park, base = mixed_park(), mixed_scenario(2)
    works = {"edit": "renovate", "at": "2027Q3", "building": "b0", "quarters": 3, "quality": 0.9}
    before, after = prepare(park, base), prepare(park, base.with_actions(works, name="works"))
    life = branch(before, after, pause(park, base, at="2027Q3"))
    with pytest.raises(ScenarioError, match="went on otherwise from 2027Q3"):
        life.until(Quarter.parse("2028Q1"))


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(ScenarioError, match="calendar 'sundial'; one of compiled, reference"):
        pause(mixed_park(), mixed_scenario(), at="2027Q1", calendar="sundial")


class TestAtOneInstant:
    """What happens at one instant has an order of its own, whichever of it was waited for first."""

    def test_floor_of_an_action_and_a_building_whose_works_end(self) -> None:
        """The building has the row that the action has among the actions."""
        park = worked_on(mixed_park(), works_on("b0", "2027Q1", "2027Q3", quality=0.9))
        space = {"at": "2026Q4", "lever": "new_space", "value": 1500, "where": {"building": "b1"}}
        scenario = mixed_scenario(3, entry_per_year=40, actions=[space], construction_years=0.75)
        assert resume(park, pause(park, scenario, at="2027Q2")).sha256() == simulate(park, scenario).sha256()

    def test_a_budget_year_and_a_review(self) -> None:
        park, scenario = load_and_check("baseline", changes=["end=2026Q4", "parameters.fund_budget_years=0.25"])
        assert resume(park, pause(park, scenario, at="2026Q4")).sha256() == simulate(park, scenario).sha256()

    def test_two_reviews_of_a_service(self) -> None:
        review = {"process": "slot_review", "service": "pilot_line", "queue": 1, "slots": 3, "first": "2026Q1"}
        reviews = [review, {**review, "queue": 2, "slots": 1, "first": "2028Q1"}]
        park, scenario = mixed_park(), mixed_scenario(3, entry_per_year=10).with_changes(processes=reviews)
        assert resume(park, pause(park, scenario, at="2028Q1")).sha256() == simulate(park, scenario).sha256()

    def test_an_action_and_a_process_that_asks_for_no_place(self) -> None:
        def rounds_up(env: ParkEnvironment) -> Generator[Event, None, None]:
            for year in itertools.count(math.ceil(env.now)):
                yield env.at(year, Kind.ACTION)
                env.rule(open_slots, 1, 4 * int(env.state.services.slots[1] % 2))

        park, slots = mixed_park(), {**LATER[0], "at": "2026Q2", "value": 8, "ramp_quarters": 8}
        scenario = mixed_scenario(2, actions=[slots])
        snapshot = pause(park, scenario, at="2027Q1", processes=[rounds_up])
        whole = simulate(park, scenario, processes=[rounds_up])
        assert resume(park, snapshot, processes=[rounds_up]).sha256() == whole.sha256()


@pytest.mark.parametrize("at", ["2025Q4", "2030Q1", "later"])
def test_a_quarter_outside_the_run_is_refused(at: str) -> None:
    with pytest.raises(ScenarioError, match=at):
        pause(mixed_park(), mixed_scenario(), at=at)


def test_another_park_is_refused() -> None:
    park, base = mixed_park(), mixed_scenario()
    with pytest.raises(ManifestError, match="park_sha256"):
        resume(mixed_park(2.0), pause(park, base, at="2027Q1"))


class TestSaved:
    """Snapshots on disk."""

    @pytest.fixture
    def snapshot(self, park: Park, busy: Scenario) -> Snapshot:
        return pause(park, busy, at="2028Q2")

    def test_it_comes_back_whole(self, park: Park, snapshot: Snapshot, whole: str, tmp_path: Path) -> None:
        loaded = load_snapshot(snapshot.save(tmp_path / "past"))
        assert (loaded.at, loaded.years, loaded.later) == ("2028Q2", 2.25, snapshot.later)
        assert resume(park, loaded).sha256() == whole
        assert sorted(file.name for file in (tmp_path / "past").iterdir()) == ["arrays.zlib", "manifest.json"]

    def test_what_is_put_off_is_kept(self, snapshot: Snapshot) -> None:
        """Orphans recover later, and the first graduates of a class have not come yet; the case would be poor else."""
        assert snapshot.later
        assert {later.kind for later in snapshot.later} <= {Kind.ACTION, Kind.WORKS}
        assert snapshot.notes.works
        assert snapshot.notes.programme.chosen or snapshot.notes.closures

    def test_a_bit_that_flips_is_noticed(self, snapshot: Snapshot, tmp_path: Path) -> None:
        folder = snapshot.save(tmp_path / "past")
        stored = bytearray((folder / "arrays.zlib").read_bytes())
        stored[len(stored) // 2] ^= 1
        (folder / "arrays.zlib").write_bytes(stored)
        with pytest.raises(ManifestError, match="not as it was written"):
            load_snapshot(folder)

    def test_what_is_no_snapshot_is_refused(self, snapshot: Snapshot, tmp_path: Path) -> None:
        folder = snapshot.save(tmp_path / "past")
        content = json.loads((folder / "manifest.json").read_text())
        for name, value, told in (
            ("kind", "study", "not the folder of a snapshot"),
            ("at", "2027Q1", "not as it was written"),
            ("notes", {}, "not as it was written"),
        ):
            (folder / "manifest.json").write_text(json.dumps(content | {name: value}))
            with pytest.raises(ManifestError, match=told):
                load_snapshot(folder)
        (folder / "arrays.zlib").unlink()
        (folder / "manifest.json").write_text(json.dumps(content))
        with pytest.raises(ManifestError, match="cannot be read"):
            load_snapshot(folder)


def test_how_far_two_scenarios_say_the_same() -> None:
    base = mixed_scenario(1, actions=ACTIONS[:3])
    later = base.with_actions(*LATER, name="later")
    assert last_common_quarter(base, later) == Quarter.parse("2028Q1")
    assert last_common_quarter(later, base.with_actions(LATER[0])) == Quarter.parse("2028Q3")
    assert last_common_quarter(base, base.with_changes(name="again")) == Quarter.parse("2029Q4")
    assert last_common_quarter(base, base.with_changes(actions=[])) == Quarter.parse("2026Q1")
    assert last_common_quarter(base, base.with_parameters({"resident_share": 0.4})) is None
    works = {"edit": "renovate", "at": "2028Q3", "building": "b0", "quarters": 3, "quality": 0.9}
    assert last_common_quarter(base, base.with_actions(works)) is None
