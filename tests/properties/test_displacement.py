"""What changed in a place is what is new, what moved, and what grew: to the firm, person and m², whatever the park."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.strategies import Sketch, actions, scenarios, sketches
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.study.displacement import EVERY_PART, PARTS, displacement
from twin.study.histories import floor_steps, logs_of

#: What the panel of buildings calls what a place holds.
COUNTED = {"firms": "tenants", "staff": "jobs", "floor_m2": "let_m2"}


def counted(record: Record) -> pd.DataFrame:
    """What was counted in each building at the end of the run, by measure."""
    frame = record.buildings[record.buildings["quarter"] == record.buildings["quarter"].cat.categories[-1]]
    return frame.set_index("building_id")[list(COUNTED.values())].astype(float)


@settings(max_examples=6)
@given(sketch=sketches(), scenario=scenarios(pulled=1), more=st.lists(actions(effective=True), min_size=1, max_size=3))
def test_the_parts_add_up_to_what_was_counted(sketch: Sketch, scenario: Scenario, more: list[dict[str, Any]]) -> None:
    park = sketch.park()
    base, other = simulate(park, scenario), simulate(park, scenario.with_actions(*more))
    difference = counted(other) - counted(base)
    for by in ("building", "zone", "park"):
        table = displacement(base, other, by=by)
        assert (table[list(EVERY_PART)].sum(axis=1) == table["change"]).all()
        assert (table[list(PARTS)].sum(axis=1) == table["change"]).all()
        for measure, column in COUNTED.items():
            of_measure = table[table["measure"] == measure].set_index("place")
            if by == "building":
                assert (of_measure["change"] == difference.loc[of_measure.index, column]).all()
            elif by == "park":
                assert of_measure.loc["park", "change"] == difference[column].sum()
                assert (of_measure["moved"] == 0).all()
            gains = of_measure[["came", "stayed", "took_room", "moved_in", "grown"]]
            assert (gains >= 0).all(axis=None)
            assert (of_measure[["did_not_come", "left", "lost_room", "moved_out", "shrunk"]] <= 0).all(axis=None)
    # whoever moves out of a building moves into another
    moved = displacement(base, other, by="building").groupby("measure")["moved"].sum()
    assert moved["firms"] == 0


@settings(max_examples=5)
@given(sketch=sketches(), scenario=scenarios())
def test_floor_by_firm_is_the_floor_that_is_let(sketch: Sketch, scenario: Scenario) -> None:
    park = sketch.park()
    record = simulate(park, scenario)
    logs, names = logs_of(record, record)
    book = floor_steps(logs[0], park.firms, names.buildings)
    let = pd.Series(book.change).groupby(names.buildings[book.place].to_numpy()).sum().reindex(names.buildings)
    assert (let.fillna(0.0) == counted(record)["let_m2"].reindex(names.buildings)).all()
