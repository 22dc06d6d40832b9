"""Whatever has become of a sweep's files, a later start brings them back to what they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.sweeps.conftest import contents, design_file
from twin.sweeps import Sweep, sweep
from twin.sweeps.seen import failure_file, seen_file, write_seen
from twin.sweeps.store import Store


def again(file: Path) -> Sweep:
    return sweep(file, out="out", store="store", workers=1)


def flip(file: Path, place: int) -> None:
    """Flip the uppermost bit of a byte of a file."""
    content = bytearray(file.read_bytes())
    content[place] ^= 0x80
    file.write_bytes(content)


@pytest.mark.parametrize("at", [0, 20, 200, 300])
def test_a_flipped_bit_in_what_was_seen_is_seen(place: Path, park_folder: Path, at: int) -> None:
    file = design_file(place, park_folder, points=1, replications=2)
    again(file)
    before = seen_file(Path("out"), 0).read_bytes()
    flip(seen_file(Path("out"), 0), at)
    assert again(file).progress["done"] == 2
    assert seen_file(Path("out"), 0).read_bytes() == before


def test_runs_whose_files_of_events_are_damaged_are_done_again(place: Path, park_folder: Path) -> None:
    file = design_file(place, park_folder, points=1, replications=2)
    file.write_text(file.read_text(encoding="utf-8") + "keep_events: true\n", encoding="utf-8")
    again(file)
    whole = contents(Path("store"))
    one, other = sorted(Path("store").glob("*/*.events.parquet"))
    one.write_bytes(one.read_bytes()[:-9])
    other.write_bytes(b"")
    assert again(file).progress["found"] == 0
    assert contents(Path("store")) == whole


def test_a_failed_run_of_which_it_is_not_told_why_is_done_again(place: Path, park_folder: Path) -> None:
    file = design_file(place, park_folder, points=1, replications=2)
    done = again(file)
    (_, first), _ = done._keys()
    write_seen(Path("out"), 0, Store(Path("store")), [first, ""], ("",))
    assert not failure_file(Path("out"), 1).exists()
    assert again(file).progress["done"] == 2
