"""A sweep's files answer in SQL what its frames hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.sweeps.conftest import design_file
from twin.errors import InputError
from twin.sweeps import sweep


def test_sql_finds_what_the_frames_hold(place: Path, park_folder: Path) -> None:
    found = sweep(design_file(place, park_folder, points=3, replications=2), workers=1)
    means = found.query(
        "SELECT entry_trend_per_year AS trend, avg(value) AS mean FROM indicators JOIN points USING (point) "
        "WHERE indicator = 'revenue' AND year = 2027 GROUP BY trend ORDER BY trend"
    )
    table = found.table("revenue@2027").groupby("entry_trend_per_year")["revenue@2027"].mean()
    assert means["trend"].tolist() == table.index.tolist()
    assert means["mean"].to_numpy() == pytest.approx(table.to_numpy(), rel=1e-12)

    last = found.query("SELECT value FROM quarters WHERE indicator = 'revenue' AND quarter = '2027Q4' ORDER BY run")
    assert last["value"].tolist() == found.table("revenue@2027")["revenue@2027"].tolist()
    let = found.query("SELECT count(*) AS n FROM quarters WHERE \"table\" = 'buildings' AND indicator = 'let_m2'")
    assert let["n"].tolist() == [6 * 2 * 2]  # runs, buildings, years

    with pytest.raises(InputError, match="a SELECT from points, runs, indicators, quarters"):
        found.query("SELECT nothing FROM nowhere")
