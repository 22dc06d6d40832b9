"""Every shipped scenario runs, says what it asks in both languages, and does something."""

from __future__ import annotations

from functools import cache

import pytest

from twin.scenario import Scenario, load_scenario, scenario_names
from twin.simulation import park_of, prepare, run

#: Those that others are held against.
BASES = ("baseline", "hindcast")


@cache
def outcome(name: str, replication: int) -> tuple[str, int]:
    """Hash of a run of the shipped park, and its resident firms at the end."""
    scenario = load_scenario(name)
    record = run(prepare(park_of(scenario), scenario, events=False), replication=replication)
    last = record.groups["quarter"].cat.categories[-1]
    return record.sha256(), int(record.groups.loc[record.groups["quarter"] == last, "resident_firms"].sum())


@pytest.mark.slow
@pytest.mark.parametrize("name", scenario_names())
def test_a_shipped_scenario_runs_and_does_something(name: str) -> None:
    runs = [outcome(name, replication) for replication in (0, 1)]
    assert runs[0] != runs[1]
    assert all(firms > 1000 for _, firms in runs)
    if name not in BASES:
        assert runs[0][0] != outcome("baseline", 0)[0]


@pytest.mark.parametrize("name", scenario_names())
def test_a_shipped_scenario_says_what_it_asks(name: str) -> None:
    scenario: Scenario = load_scenario(name)
    assert scenario.title_zh
    assert scenario.title_en
    assert scenario.question.rstrip().endswith(("?", "？", "."))
