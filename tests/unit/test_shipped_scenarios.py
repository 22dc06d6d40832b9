"""Every shipped scenario runs, says what it asks in both languages, and does something."""

from __future__ import annotations

from functools import cache

import pytest

from twin.park import load_park
from twin.scenario import Scenario, adjusted, load_scenario, scenario_names
from twin.simulation import park_of, prepare, run
from twin.state import facility_openings, openings

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


def test_the_floor_and_the_facility_of_a_late_phase_come_late() -> None:
    park = load_park()
    late = adjusted(park, load_scenario("phase_two_late"))
    phase = park.pipeline[park.pipeline["name_zh"].str.startswith("人工智能产业集聚区二期").fillna(value=False)]
    rows = set(park.firm_buildings.index[park.firm_buildings["building_id"].isin(phase["building_id"])])
    for where, opens, pilot in ((park, 0.75, 1.0), (late, 1.75, 1.75)):
        dates = {row: years for years, row, _ in openings(where, where.catalog, where.start)}
        assert {dates[row] for row in rows} == {opens}
        assert [years for years, *_ in facility_openings(where, where.catalog, where.start)] == [pilot]
    assert len(rows) == 9
