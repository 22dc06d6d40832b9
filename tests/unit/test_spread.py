"""How far a lever on one zone spreads: nowhere, where the zones share no firms and no numbers."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.parks import small_park
from tests.theory.lively import divided
from tests.theory.quiet import quiet
from twin.errors import InputError
from twin.park import Park
from twin.study import Comparison, compare
from twin.study.spread import ever_in, spread
from twin.view.spread import draw_spread

ROOT = Path(__file__).resolve().parents[2]

#: Firms of the second stage, which only the east suits, and of the last, which only the west does.
APART = {
    "entry_per_year.ai": 60.0,
    "resident_share": 1.0,
    "stage_share.mature": 0.5,
    "stage_share.pilot": 0.5,
    "lease_years": 0.5,
    "taste_rent": -2.0,
    "move_out_per_year": 0.1,
    "m2_per_head": 10.0,
}

CUT = {"at": "2026Q3", "lever": "rent", "where": {"zone": "west"}, "value": -0.4}

WEST = ["b0", "b1"]


def two_zones() -> Park:
    """Two buildings of heritage in the west, two pilot halls in the east, at different rents."""
    types = ["heritage", "heritage", "pilot_hall", "pilot_hall"]
    park = small_park([5e3] * 4, types=types, rents=[4.0, 3.0, 3.0, 2.5])
    return replace(park, zones=divided(park.zones))


def told(result: Comparison) -> pd.DataFrame:
    runs = result.base.records[0], result.others["cut"].records[0]
    return spread(*runs, ever_in(*runs, WEST, result.base.park.firms, until=3.0), since=2, quarters=8)


def compared(**more: float) -> Comparison:
    """A rent cut in one of the western buildings alone, and further numbers that firms share."""
    scenario = quiet({**APART, **more}, quarters=12)
    cut = {**CUT, "where": {"building": "b0"}}
    return compare(two_zones(), scenario, scenario.with_actions(cut, name="cut"), replications=1)


def test_nobody_differs_outside_where_zones_have_nothing_in_common() -> None:
    table = told(compared())
    outside, inside = table[~table["touched"]], table[table["touched"]]
    assert outside["firms"].iloc[-1] > 50
    assert (outside["differ"] == 0).all()
    assert inside["elsewise"].iloc[-1] > 10
    assert inside["differ"].is_monotonic_increasing
    assert (inside["elsewise"] <= inside["differ"]).all()


def test_a_number_that_all_firms_share_is_seen_outside() -> None:
    """The floor that firms need follows the mean of rents: where it does, the others take other floor, from then on."""
    result = compared(floor_rent_elasticity=1.0)
    table = told(result)
    outside = table[~table["touched"]]
    assert outside["differ"].iloc[-1] > 10
    causes = result.causes("cut").parted
    of_east = causes[causes["building_first_other"].isin(["b2", "b3"])]
    assert set(of_east["via"]) <= {"market", "building"}
    assert set(of_east["route"].dropna()) == {"need"}


def test_a_figure_is_drawn(tmp_path: Path) -> None:
    table = told(compared())
    drawn = draw_spread(table, tmp_path / "spread.png", title="试验 trial")
    assert drawn.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="no picture"):
        draw_spread(table, tmp_path / "spread.doc", title="")


@pytest.mark.slow
def test_the_figure_of_the_guide_says_what_the_guide_says() -> None:
    """Rents in the core: hardly anybody outside differs in the first quarter; later amounts alone differ for most."""
    generate: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    found: pd.DataFrame = generate["spread_of_rents"]()
    rows = {(row["quarter"], row["touched"]): row for row in found.to_dict("records")}
    assert rows[1, False]["share"] < 0.005
    assert rows[1, True]["share"] > 0.03
    assert rows[4, False]["share_elsewise"] < 0.03
    assert rows[4, True]["share_elsewise"] > 2 * rows[4, False]["share_elsewise"]
    guide = " ".join((ROOT / "docs" / "why.md").read_text(encoding="utf-8").split())
    for quarter, touched, column in ((1, False, "differ"), (1, True, "differ"), (4, False, "elsewise")):
        row = rows[quarter, touched]
        assert f"{row[column]:,} of {row['firms']:,}" in guide
