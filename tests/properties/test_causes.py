"""Whatever the park and the levers: chains end, causes come first, and who took room had it by the books."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.strategies import Sketch, actions, scenarios, sketches
from twin.scenario import Scenario
from twin.study import compare


@pytest.mark.slow
@settings(max_examples=25)
@given(sketch=sketches(), scenario=scenarios(pulled=1), more=st.lists(actions(effective=True), min_size=1, max_size=3))
def test_every_chain_ends_at_a_lever_or_in_the_market(
    sketch: Sketch, scenario: Scenario, more: list[dict[str, Any]]
) -> None:
    result = compare(sketch.park(), scenario, scenario.with_actions(*more, name="more"), replications=1)
    assert not any(result.placebo.values())
    causes = result.causes("more")
    parted = causes.parted
    assert parted["first_years"].is_monotonic_increasing
    order = {firm: n for n, firm in enumerate(parted["firm"].tolist())}
    first = min((pull.years for pull in causes.pulls), default=np.inf)
    for n, row in enumerate(parted.to_dict("records")):
        of_firm = row["via"] in {"building", "service", "parent", "chain"}
        assert of_firm == pd.notna(row["cause_firm"])
        if of_firm:
            assert order[int(row["cause_firm"])] < n
        assert (row["via"] == "lever") == isinstance(row["pull"], str)
        assert (row["via"] == "market") == isinstance(row["route"], str)
        assert row["first_years"] >= first or row["via"] == "market"
        assert causes.sentence(row["firm"], "zh")
    table = causes.table
    assert table["via"].notna().all()
    traced = table["steps"].notna()
    ends = [causes.chain_of(int(firm))["via"].iloc[-1] for firm in table["firm"]]
    assert [end == "lever" for end in ends] == traced.tolist()
