"""A park written as a folder: the same bytes for the same park, and the same park from the same bytes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.adjustable import Said, adjustable_park, line, with_tables
from tests.parks import stock_of
from twin.errors import EditError, OutputError
from twin.park import Park, load_park, save_park
from twin.park.tables import TABLES

EDITS: list[Said] = [
    {"id": "s", "edit": "split", "at": "2027Q1", "parcel": "p10", "shape": line((131.7, -5), (144.123456789, 105))},
    {"id": "r", "edit": "rezone", "at": "2026Q3", "parcels": ["p12"], "land_use": "F3", "note": "“为”什么: #1"},
    {"id": "w", "edit": "renovate", "at": "2027Q1", "building": "b10", "quality": 0.123456789012345},
]


@pytest.fixture(scope="module")
def park() -> Park:
    return with_tables(adjustable_park(), firms=stock_of(3, building="b2", floor_m2=100))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_park_without_edits_comes_back(park: Park, tmp_path: Path) -> None:
    found = load_park(save_park(park, tmp_path / "p"))
    assert found.about == park.about
    assert found.edits == ()
    for name in ("parcels", "buildings", "zones", "firms"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(park, name), check_dtype=False, check_like=True)


def test_tables_without_rows_are_not_written(park: Park, tmp_path: Path) -> None:
    assert sorted(bytes_of(save_park(park, tmp_path / "p"))) == [
        "buildings.parquet", "firms.parquet", "parcels.parquet", "park.json", "zones.parquet"]  # fmt: skip


def test_the_same_park_gives_the_same_bytes(park: Park, tmp_path: Path) -> None:
    edited = park.edit(EDITS)
    first, second = save_park(edited, tmp_path / "a"), save_park(park.edit(EDITS[0]).edit(EDITS[1:]), tmp_path / "b")
    assert bytes_of(first) == bytes_of(second)
    assert bytes_of(save_park(load_park(first), tmp_path / "c")) == bytes_of(first)


def test_saved_and_loaded_it_has_the_same_hash_edits_and_diff(park: Park, tmp_path: Path) -> None:
    edited = park.edit(EDITS)
    once = load_park(save_park(edited, tmp_path / "a"))
    twice = load_park(save_park(once, tmp_path / "b"))
    assert once.sha256 == twice.sha256
    assert once.base.sha256 == twice.base.sha256 != once.sha256
    assert once.edits == edited.edits
    for found in (once, twice):
        assert found.base.diff(found).table.equals(park.diff(edited).table)
        assert found.diff(edited).table.empty


def test_what_was_saved_can_be_undone(park: Park, tmp_path: Path) -> None:
    found = load_park(save_park(park.edit(EDITS), tmp_path / "p"))
    assert found.undo().undo().undo().sha256 == found.base.sha256
    assert "p10" in set(found.undo("s").parcels_at("2030Q1")["parcel_id"])


def test_the_tables_that_are_written_are_those_before_the_edits(park: Park, tmp_path: Path) -> None:
    with_edits, without = save_park(park.edit(EDITS), tmp_path / "a"), save_park(park, tmp_path / "b")
    written = bytes_of(with_edits)
    assert written.pop("edits.yaml").decode().startswith("edits:\n- {id: s, at: 2027Q1, edit: split")
    assert written == bytes_of(without)


def test_a_park_is_written_over_a_park_and_nothing_else(park: Park, tmp_path: Path) -> None:
    place = save_park(park.edit(EDITS), tmp_path / "p")
    assert load_park(save_park(park, place)).edits == ()
    assert not (place / "edits.yaml").exists()
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds something other than a park"):
        save_park(park, other)
    assert list(bytes_of(other)) == ["thesis.txt"]


def test_a_park_is_written_whole_or_not_at_all(park: Park, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = save_park(park, tmp_path / "p")
    before = bytes_of(place)

    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("twin.park.save.edits_as_yaml", full)
    with pytest.raises(OSError, match="No space left"):
        save_park(park.edit(EDITS), place)
    assert bytes_of(place) == before
    assert [file.name for file in tmp_path.iterdir()] == ["p"]


def test_edits_that_were_spoilt_on_disk_are_told_with_their_line(park: Park, tmp_path: Path) -> None:
    place = save_park(park.edit(EDITS), tmp_path / "p")
    text = (place / "edits.yaml").read_text(encoding="utf-8")
    (place / "edits.yaml").write_text(text.replace("p12", "p99"), encoding="utf-8")
    with pytest.raises(EditError, match=r"edits\.yaml:3:3: r \(rezone, 2026Q3\): unknown parcel 'p99'"):
        load_park(place)


def test_the_hash_is_that_of_tables_and_edits(park: Park, tmp_path: Path) -> None:
    edited = park.edit(EDITS)
    others = [park, park.edit(EDITS[:2]), park.edit(*EDITS[:2], EDITS[2] | {"quality": 0.5})]
    moved = with_tables(park, parcels=park.parcels.assign(far_limit=3.5)).edit(EDITS)
    assert len({one.sha256 for one in [edited, moved, *others]}) == 5
    assert {table.name for table in TABLES} >= {"parcels", "works"}
