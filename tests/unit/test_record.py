"""Records and folders: what a run leaves is written whole, read back the same, and written the same again."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from twin.engine.kinds import Kind
from twin.errors import ManifestError, OutputError
from twin.park import Park
from twin.record import Record, load_record, read_manifest, written_whole
from twin.scenario import Scenario
from twin.simulation import simulate

SHORT = Scenario(name="short", end="2026Q4")


@pytest.fixture(scope="module")
def park() -> Park:
    return small_park(
        [2_000, 500], slots={"pilot_line": 1}, firms=stock_of(9, building="b0", floor_m2=50, stage="pilot", staff=4)
    )


@pytest.fixture(scope="module")
def done(park: Park) -> Record:
    return simulate(park, SHORT)


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_saved_record_is_as_good_as_a_live_one(done: Record, tmp_path: Path) -> None:
    done.save(tmp_path / "run")
    back = load_record(tmp_path / "run")
    assert back.sha256() == done.sha256()
    assert back.manifest == json.loads(json.dumps(done.manifest))
    for name, frame in done.frames():
        pd.testing.assert_frame_equal(dict(back.frames())[name], frame)


def test_a_record_without_a_log_is_read_back_without(park: Park, tmp_path: Path) -> None:
    simulate(park, SHORT, events=False).save(tmp_path / "run")
    back = load_record(tmp_path / "run")
    assert back.events is None
    assert back.firms is None


def test_the_same_run_gives_the_same_bytes(park: Park, tmp_path: Path) -> None:
    for name in ("first", "second"):
        simulate(park, SHORT).save(tmp_path / name)
    assert contents(tmp_path / "first") == contents(tmp_path / "second")
    assert sorted(contents(tmp_path / "first")) == [
        "awards.parquet",
        "bounds.parquet",
        "buildings.parquet",
        "challenges.parquet",
        "claims.parquet",
        "contracts.parquet",
        "events.parquet",
        "failures.parquet",
        "fairs.parquet",
        "firms.parquet",
        "groups.parquet",
        "housing.parquet",
        "links.parquet",
        "manifest.json",
        "nodes.parquet",
        "people.parquet",
        "purse.parquet",
        "reviews.parquet",
        "scenes.parquet",
        "services.parquet",
        "stages.parquet",
        "tiers.parquet",
        "unmet.parquet",
        "waiting.parquet",
        "works.parquet",
        "zones.parquet",
    ]


def test_the_log_changes_nothing_that_is_counted(park: Park, done: Record) -> None:
    silent = simulate(park, SHORT, events=False)
    for name, frame in silent.frames():
        pd.testing.assert_frame_equal(frame, dict(done.frames())[name])


def test_replications_differ(park: Park, done: Record) -> None:
    assert simulate(park, SHORT, replication=1).sha256() != done.sha256()


def test_counts_and_log_agree(done: Record) -> None:
    events, groups = done.events, done.groups
    assert events is not None
    for kind, column in {
        Kind.ENTER: "entered",
        Kind.SETTLE: "settled",
        Kind.MOVE: "moved",
        Kind.FAIL: "failed",
    }.items():
        assert (events["kind"] == kind.name.lower()).sum() == groups[column].sum(), column
    assert events["time_years"].is_monotonic_increasing


def test_floor_is_let_once(done: Record) -> None:
    let = done.buildings.groupby("quarter", observed=True)["let_m2"].sum()
    rented = done.groups.groupby("quarter", observed=True)["floor_m2"].sum()
    assert let.tolist() == rented.tolist()
    assert (done.buildings["let_m2"] + done.buildings["offline_m2"] <= done.buildings["stock_m2"]).all()


def test_the_hash_knows_every_value(done: Record) -> None:
    groups = done.groups.assign(staff=done.groups["staff"].where(done.groups.index > 0, 77))
    assert Record(**{**vars(done), "groups": groups}).sha256() != done.sha256()
    assert Record(**{**vars(done), "events": None}).sha256() != done.sha256()


def test_a_table_is_put_together_when_it_is_asked_for_and_says_the_same(park: Park) -> None:
    made = simulate(park, SHORT)
    assert isinstance(vars(made)["groups"], dict)
    columns = {name: made.column("groups", name) for name in made.column_names("groups")}
    kept, frame = pickle.loads(pickle.dumps(made)), made.groups  # noqa: S301  # written here
    assert made.groups is frame
    assert vars(made)["groups"] is frame
    assert made.column_names("groups") == list(frame) == list(columns)
    for name, column in columns.items():
        assert np.array_equal(column, made.column("groups", name)), name
    assert kept.sha256() == made.sha256()
    with pytest.raises(FrozenInstanceError):
        made.groups = frame  # type: ignore[misc]  # that is what is tested


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: str | Path, text: str = "new", *, fails: bool = False) -> None:
    """Write a folder that looks like a run's."""
    with written_whole(Path(folder)) as place:
        run = {"scenario": {}, "engine_sha256": "", "text": text}
        (place / "manifest.json").write_text(json.dumps(run))
        (place / "sub").mkdir()
        (place / "sub" / "data").write_text(text)
        if fails:
            raise KeyboardInterrupt


def test_a_folder_appears_whole(out: Path) -> None:
    write("a/b/run")
    assert sorted(contents(out)) == ["a/b/run/manifest.json", "a/b/run/sub/data"]


def test_an_interrupted_write_leaves_nothing(out: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write("run", fails=True)
    assert list(out.iterdir()) == []


def test_an_interrupted_write_leaves_the_old_folder(out: Path) -> None:
    write("run", "old")
    before = contents(out)
    with pytest.raises(KeyboardInterrupt):
        write("run", "new", fails=True)
    assert contents(out) == before


def test_a_rerun_replaces_the_old_folder(out: Path) -> None:
    write("run", "old")
    (out / "run" / "leftover").touch()
    write("run", "new")
    assert sorted(contents(out)) == ["run/manifest.json", "run/sub/data"]
    assert (out / "run" / "sub" / "data").read_text() == "new"


def test_an_empty_folder_is_filled(out: Path) -> None:
    (out / "run").mkdir()
    write("run")
    assert sorted(contents(out)) == ["run/manifest.json", "run/sub/data"]


def test_a_folder_behind_a_link_is_replaced(out: Path) -> None:
    write("real", "old")
    (out / "link").symlink_to(out / "real")
    write("link", "new")
    assert sorted(path.name for path in out.iterdir()) == ["link", "real"]
    assert (out / "link" / "sub" / "data").read_text() == "new"


OTHER = {
    "notes": {"run/notes.txt": "x"},
    "a hidden file": {"run/.git": "x"},
    "a manifest of another kind": {"run/manifest.json": '{"name": "a web page"}', "run/thesis.txt": "x"},
    "a manifest that is none": {"run/manifest.json": "{"},
    "a file": {"run": "x"},
}


@pytest.mark.parametrize("files", OTHER.values(), ids=OTHER)
def test_a_folder_that_holds_something_else_is_left_alone(out: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(text)
    before = contents(out)
    with pytest.raises(OutputError, match="holds something other than a run"):
        write("run")
    assert contents(out) == before
    assert [path.name for path in out.iterdir()] == ["run"]


@pytest.mark.parametrize("folder", ["file/run", "/proc/nowhere/run"])
def test_a_folder_that_cannot_be_made_is_refused(out: Path, folder: str) -> None:
    (out / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        write(folder)
    assert contents(out) == {"file": b"x"}


MANIFESTS = {
    "empty": b"",
    "cut": b'{"scenario":',
    "not UTF-8": b"\xff\xfe",
    "list": b"[]",
    "null": b"null",
    "not a number": b"NaN",
    "no scenario": b'{"schema": 1}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_that_is_none_is_refused(out: Path, content: bytes) -> None:
    (out / "manifest.json").write_bytes(content)
    for name in (".", "manifest.json"):
        with pytest.raises(ManifestError, match=r"manifest\.json"):
            read_manifest(Path(name))


@pytest.mark.parametrize("name", ["nowhere", "nowhere.json", "manifest.json/run", "\0", "a" * 5_000])
def test_a_manifest_that_is_nowhere_is_refused(out: Path, name: str) -> None:
    (out / "manifest.json").write_text("{}")
    with pytest.raises(ManifestError, match="manifest"):
        read_manifest(Path(name))


def test_a_record_without_a_frame_is_refused(out: Path, done: Record) -> None:
    done.save("run")
    (out / "run" / "unmet.parquet").unlink()
    with pytest.raises(ManifestError, match=r"run/unmet\.parquet: missing"):
        load_record("run")


def test_a_record_with_a_spoilt_frame_is_refused(out: Path, done: Record) -> None:
    done.save("run")
    (out / "run" / "groups.parquet").write_bytes(b"junk")
    with pytest.raises(ManifestError, match=r"run/groups\.parquet: cannot be read"):
        load_record("run")
