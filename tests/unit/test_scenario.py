"""Scenario files: what is read, and what is refused with file, line, column and cure."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from tests.parks import CRS, small_park
from twin.cli import main
from twin.documents import LARGEST_BYTES
from twin.errors import ParkError, ScenarioError
from twin.levers import LEVERS
from twin.named import PROCESSES
from twin.named.registry import forget
from twin.park import Park, load_park, save_park
from twin.scenario import (
    Scenario,
    Where,
    check_scenario,
    load_scenario,
    resolved,
    resolved_yaml,
    rows_of,
    scenario_names,
    scenario_schema,
)
from twin.simulation import load_and_check

ReadAndCheck = Callable[..., Scenario]

#: More lines than that nobody reads.
MOST_LINES = 50

#: Nor lines that are longer.
MOST_CHARACTERS = 1_500


@pytest.fixture(scope="module")
def park() -> Park:
    return small_park([5_000, 3_000, 100], types=["office", "pilot_hall", "retail"], slots={"pilot_line": 2})


@pytest.fixture
def read(park: Park, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReadAndCheck:
    """Write a scenario as s.yaml in the current folder, read it and check it on a park."""
    monkeypatch.chdir(tmp_path)

    def read_and_check(text: str | bytes, *changes: str) -> Scenario:
        Path("s.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        scenario = load_scenario("s.yaml", changes=changes)
        check_scenario(scenario, park)
        return scenario

    return read_and_check


def lines_of(read: ReadAndCheck, text: str | bytes, *changes: str) -> list[str]:
    """What is said of a scenario that is refused."""
    with pytest.raises(ScenarioError) as refused:
        read(text, *changes)
    return str(refused.value).splitlines()


def test_every_shipped_scenario_is_in_order(read: ReadAndCheck) -> None:
    assert scenario_names() == [
        *("anchor_leaves", "baseline", "chain_gap", "contracts", "extension_mixed", "extension_rd", "five_parks"),
        *("fund_first", "hindcast", "midterm_review", "no_policy", "phase_two_late", "pilot_halls_first", "renewal"),
        *("rent_relief", "scenes", "talent_housing", "wulituo_inside"),
    ]
    assert [load_scenario(name).name for name in scenario_names()] == scenario_names()


def test_a_scenario_holds_what_its_file_says(read: ReadAndCheck) -> None:
    scenario = read(
        "name: my-what_if\nend: 2027Q2\nreplications: 3\nseed: 7\nsettings: {feature_parks: five}\n"
        "parameters: {resident_share: 0.5, entry_per_year.ai: 12, closing_by_age: {1: 0.1, 2: 0.2}}\n"
        "actions:\n  - {at: 2026Q3, lever: rent, value: -0.1, where: {zone: park}}\n"
    )
    assert (scenario.quarters, scenario.years, scenario.replications, scenario.seed) == (6, 1.5, 3, 7)
    assert scenario.settings.model_dump() == {
        "feature_parks": "five",
        "wulituo": "outside",
        "industries": "s2_four",
        "firms": "resident",
        "tier_scope": "district",
    }
    assert scenario.parameters["closing_by_age"] == {"1": 0.1, "2": 0.2}
    assert scenario.actions[0].model_dump(exclude_none=True) == {
        "at": "2026Q3",
        "lever": "rent",
        "value": -0.1,
        "where": {"zone": "park"},
        "ramp_quarters": 0,
    }


FIELDS = {
    "unknown key": ("name: x\nreplicatons: 3\n", "s.yaml:2:1:", "replicatons", "did you mean 'replications'?"),
    "unknown setting": ("name: x\nsettings: {feature_park: five}\n", "s.yaml:2:12:", "feature_park", "feature_parks"),
    "unknown reading": ("name: x\nsettings: {wulituo: beside}\n", "s.yaml:2:12:", "beside", "'outside' or 'inside'"),
    "no name": ("end: 2027Q4\n", "s.yaml:", "name", "required"),
    "name of a folder above": ("name: ../../x\n", "s.yaml:1:1:", "../../x", "name"),
    "name too long": (f"name: {'x' * 81}\n", "s.yaml:1:1:", "x" * 81, "name"),
    "name with an end of line": ('name: "x\\n"\n', "s.yaml:1:1:", "x\\n", "name"),
    "word for a number": ("name: x\nreplications: many\n", "s.yaml:2:1:", "many", "integer"),
    "text for a number": ('name: x\nreplications: "3"\n', "s.yaml:2:1:", "'3'", "integer"),
    "yes for a number": ("name: x\nreplications: true\n", "s.yaml:2:1:", "True", "integer"),
    "part of a run": ("name: x\nreplications: 2.5\n", "s.yaml:2:1:", "2.5", "integer"),
    "no run": ("name: x\nreplications: 0\n", "s.yaml:2:1:", "0", "greater than or equal to 1"),
    "seed too large": ("name: x\nseed: 4294967296\n", "s.yaml:2:1:", "4294967296", "4294967295"),
    "seed below zero": ("name: x\nseed: -1\n", "s.yaml:2:1:", "-1", "0"),
    "uneven grid": ("name: x\ntime_grid_years: 0.3\n", "s.yaml:2:1:", "0.3", "power of two"),
    "no grid": ("name: x\ntime_grid_years: .nan\n", "s.yaml:2:1:", "nan", "time_grid_years"),
    "fifth quarter": ("name: x\nend: 2026Q5\n", "s.yaml:2:1:", "2026Q5", "like 2026Q1"),
    "year for a quarter": ("name: x\nend: 2027\n", "s.yaml:2:1:", "2027", "end"),
    "quarter in other digits": ("name: x\nend: ２０２７Q1\n", "s.yaml:2:1:", "２０２７Q1", "like 2026Q1"),
    "date for a quarter": ("name: x\nend: 2026-01-01\n", "s.yaml:2:1:", "date", "text"),
    "end before start": ("name: x\nend: 2025Q4\n", "s.yaml:2:1:", "2025Q4", "later"),
    "end too far": ("name: x\nend: 9999Q4\n", "s.yaml:2:1:", "quarters", "at most 400"),
    "start before the stock": ("name: x\nstart: 2020Q1\n", "s.yaml:2:1:", "2020Q1", "2026Q1"),
    "list for settings": ("name: x\nsettings: [a]\n", "s.yaml:2:1:", "['a']", "settings"),
    "nothing for actions": ("name: x\nactions:\n", "s.yaml:2:1:", "None", "actions"),
    "text for actions": ("name: x\nactions: hello\n", "s.yaml:2:1:", "hello", "actions"),
}

PARAMETERS = {
    "unknown": ("fast_groth: 1", "s.yaml:2:14:", "fast_groth", "did you mean 'fast_growth'?"),
    "unknown scope": ("entry_per_year.aii: 1", "s.yaml:2:14:", "aii", "did you mean 'ai'?"),
    "scope of one value": ("fast_growth.ai: 1", "s.yaml:2:14:", "ai", "without a scope"),
    "above": ("resident_share: 1.5", "s.yaml:2:14:", "1.5", "from 0 to 1"),
    "below": ("entry_per_year.ai: -1", "s.yaml:2:14:", "-1", "from 0 to 1e+07 firms/year"),
    "not a number": ("resident_share: .nan", "s.yaml:2:14:", "nan", "a number from 0 to 1"),
    "without end": ("resident_share: .inf", "s.yaml:2:14:", "inf", "from 0 to 1"),
    "word": ("resident_share: lots", "s.yaml:2:14:", "lots", "number"),
    "text": ('resident_share: "0.5"', "s.yaml:2:14:", "'0.5'", "number"),
    "yes": ("resident_share: true", "s.yaml:2:14:", "True", "number"),
    "nothing": ("resident_share: ", "s.yaml:2:14:", "None", "number"),
    "table": ("resident_share: {ai: 1}", "s.yaml:2:14:", "table", "resident_share.ai"),
    "one number for a law of age": ("closing_by_age: 0.1", "s.yaml:2:14:", "number", "whole table"),
    "no age": ("closing_by_age: {}", "s.yaml:2:14:", "closing_by_age", "age"),
    "age below zero": ("closing_by_age: {-1: 0.1}", "s.yaml:2:", "-1", "above 0"),
    "age in words": ("closing_by_age: {one: 0.1}", "s.yaml:2:", "one", "above 0"),
    "age without end": ("closing_by_age: {.inf: 0.1}", "s.yaml:2:", "inf", "age"),
    "age twice": ('closing_by_age: {1: 0.1, "1.0": 0.2}', "s.yaml:2:", "1.0", "age"),
    "probability above one": ("closing_by_age: {1: 1.4}", "s.yaml:2:", "1.4", "from 0 to 1"),
    "no stage to enter in": ("stage_share: 0", "s.yaml:2:14:", "stage_share", "above 0"),
}

ACTIONS = {
    "unknown lever": ("at: 2027Q1, lever: rents, value: 0.1", 18, "rents", "did you mean 'rent'?"),
    "above": ("at: 2027Q1, lever: rent, value: 3", 31, "3", "from -0.9 to 2 (relative change)"),
    "below": ("at: 2027Q1, lever: entry_rate, value: -1", 37, "-1", "from 0 to 10 (× rate in force)"),
    "not a number": ("at: 2027Q1, lever: rent, value: .nan", 31, "nan", "from -0.9 to 2"),
    "without end": ("at: 2027Q1, lever: rent, value: .inf", 31, "inf", "from -0.9 to 2"),
    "word": ("at: 2027Q1, lever: rent, value: much", 31, "much", "number"),
    "text": ('at: 2027Q1, lever: rent, value: "0.1"', 31, "'0.1'", "number"),
    "yes": ("at: 2027Q1, lever: rent, value: true", 31, "True", "number"),
    "half a slot": (
        "at: 2027Q1, lever: service_slots, value: 0.4, where: {service: pilot_line}",
        40,
        "0.4",
        "a whole number",
    ),
    "no value": ("at: 2027Q1, lever: rent", 5, "value", "required"),
    "bad quarter": ("at: 2027Q7, lever: rent, value: 0.1", 6, "2027Q7", "like 2026Q1"),
    "after the end": ("at: 2047Q1, lever: rent, value: 0.1", 6, "2047Q1", "from 2026Q1 to 2035Q4"),
    "before the start": ("at: 2025Q4, lever: rent, value: 0.1", 6, "2025Q4", "from 2026Q1 to 2035Q4"),
    "ramp below zero": (
        "at: 2027Q1, lever: rent, value: 0.1, ramp_quarters: -1",
        43,
        "-1",
        "greater than or equal to 0",
    ),
    "ramp of years": ("at: 2027Q1, lever: rent, value: 0.1, ramp_quarters: 81", 43, "81", "equal to 80"),
    "half a quarter": ("at: 2027Q1, lever: rent, value: 0.1, ramp_quarters: 1.5", 43, "1.5", "integer"),
    "no ramp": (
        "at: 2027Q1, lever: anchor_exit, value: 2, ramp_quarters: 2",
        48,
        "anchor_exit takes effect at once only",
        "an action for each part",
    ),
    "ramp after the end": ("at: 2035Q2, lever: rent, value: 0.1, ramp_quarters: 4", 43, "of 4 quarters", "at most 3,"),
    "works and a ramp after the end": (  # of 2.58 years, so that nine parts have room in 2.17 years
        "at: 2031Q2, lever: new_space, value: 90, where: {building: b0}, ramp_quarters: 10",
        70,
        "of 10 quarters",
        "at most 9,",
    ),
    "works after the end": (
        "at: 2034Q1, lever: new_space, value: 90, where: {building: b0}, ramp_quarters: 2",
        70,
        "of 2 quarters",
        "a later end",
    ),
    "unknown narrowing": ("at: 2027Q1, lever: rent, value: 0, where: {zones: a}", 49, "zones", "did you mean 'zone'?"),
    "narrowed too far": ("at: 2027Q1, lever: rent, value: 0, where: {stage: lab}", 49, "stage", "zone, building"),
    "nothing named": ("at: 2027Q1, lever: service_slots, value: 2", 5, "service_slots", "where: {service: …}"),
    "no building named": ("at: 2027Q1, lever: new_space, value: 2", 5, "new_space", "where: {building: …}"),
    "unknown industry": (
        "at: 2027Q1, lever: entry_rate, value: 2, where: {industry: aii}",
        55,
        "unknown industry 'aii'",
        "did you mean 'ai'?",
    ),
    "unknown stage": (
        "at: 2027Q1, lever: advance_rate, value: 2, where: {stage: labs}",
        57,
        "unknown stage 'labs'",
        "did you mean 'lab'?",
    ),
    "unknown service": (
        "at: 2027Q1, lever: service_slots, value: 2, where: {service: pilot_lines}",
        58,
        "unknown service 'pilot_lines'",
        "did you mean 'pilot_line'?",
    ),
    "unknown fund": (
        "at: 2027Q1, lever: fund_capital, value: 2, where: {fund: pilot_line}",
        57,
        "unknown fund 'pilot_line'",
        "known are seed_fund, growth_fund",
    ),
    "unknown zone": (
        "at: 2027Q1, lever: rent, value: 0, where: {zone: parc}",
        49,
        "unknown zone 'parc'",
        "did you mean 'park'?",
    ),
    "unknown building": (
        "at: 2027Q1, lever: rent, value: 0, where: {building: b7}",
        49,
        "unknown building 'b7'",
        "b0",
    ),
    "building not for firms": (
        "at: 2027Q1, lever: rent, value: 0, where: {building: b2}",
        49,
        "unknown building 'b2'",
        "b0",
    ),
}


SETTINGS = {
    "set of industries": ("industries: s2_fuor", "s2_fuor", "did you mean 's2_four'?"),
    "set of industries in Chinese": (
        "industries: 四大特色产业",
        "四大特色产业",
        "known are s2_four, s1_four, chain_chiefs",
    ),
    "number of industries": ("industries: 4", "4", "text"),
    "list of industries": ("industries: [ai, health]", "['ai', 'health']", "text"),
    "firms": ("firms: registered", "registered", "'resident' or 'all'"),
    "scope": ("tier_scope: city", "city", "'district' or 'park'"),
    "nothing": ("tier_scope: ", "None", "'district' or 'park'"),
    "yes": ("firms: true", "True", "'resident' or 'all'"),
    "misspelt": ("tier_scop: park", "tier_scop", "did you mean 'tier_scope'?"),
    "structure": ("structure: two", "settings.structure", "known are"),
}

REVIEW = "process: slot_review, service: pilot_line, queue: 3, slots: 6, first: 2027Q1"

PROCESSES_SAID = {
    "unknown": (REVIEW.replace("slot_review", "slot_revue"), 6, "'slot_revue'", "did you mean 'slot_review'?"),
    "a path": (REVIEW.replace("slot_review", "./mine.py"), 6, "'./mine.py'", "--processes FILE.py"),
    "a module": (REVIEW.replace("slot_review", "os.system"), 6, "'os.system'", "known are slot_review, keep_tenants"),
    "no name": ("service: pilot_line", 5, "process is missing", "required"),
    "a number for a name": ("process: 3", 6, "3", "text"),
    "an argument too many": (f"{REVIEW}, cut: 0.1", 84, "'cut'", "known are service, queue, slots, first"),
    "an argument misspelt": (REVIEW.replace("queue", "queu"), 49, "'queu'", "did you mean 'queue'?"),
    "an argument missing": (
        REVIEW.replace(", slots: 6", ""),
        5,
        "without slots",
        "slots: a whole number from 1 to 1000",
    ),
    "unknown service": (REVIEW.replace("pilot_line", "pilot_lin"), 28, "'pilot_lin'", "did you mean 'pilot_line'?"),
    "a number for a service": (REVIEW.replace("pilot_line", "1"), 28, "1", "the id of a service"),
    "a list for a service": (REVIEW.replace("pilot_line", "[pilot_line]"), 28, "['pilot_line']", "the id of a service"),
    "below": (REVIEW.replace("queue: 3", "queue: -1"), 49, "-1", "a whole number from 0 to 100000"),
    "above": (REVIEW.replace("slots: 6", "slots: 1001"), 59, "1001", "a whole number from 1 to 1000"),
    "without end": (REVIEW.replace("queue: 3", "queue: .inf"), 49, "inf", "a whole number"),
    "half a slot": (REVIEW.replace("slots: 6", "slots: 0.5"), 59, "0.5", "a whole number"),
    "yes": (REVIEW.replace("slots: 6", "slots: true"), 59, "True", "a whole number"),
    "text": (REVIEW.replace("slots: 6", 'slots: "6"'), 59, "'6'", "a whole number"),
    "nothing": (REVIEW.replace("slots: 6", "slots: "), 59, "None", "a whole number"),
    "a table": (REVIEW.replace("slots: 6", "slots: {n: 6}"), 59, "{'n': 6}", "a whole number"),
    "no quarter": (REVIEW.replace("2027Q1", "2027Q5"), 69, "2027Q5", "a quarter, such as 2027Q1"),
    "a year": (REVIEW.replace("2027Q1", "2027"), 69, "2027", "a quarter, such as 2027Q1"),
    "after the end": (REVIEW.replace("2027Q1", "2047Q1"), 69, "2047Q1", "from 2026Q1 to 2035Q4"),
    "before the start": (REVIEW.replace("2027Q1", "2025Q4"), 69, "2025Q4", "from 2026Q1 to 2035Q4"),
    "not a number": ("process: keep_tenants, vacant: .nan, cut: 0.1, most: 0.2", 29, "nan", "a number from 0 to 0.9"),
}

NO_PROCESSES = {
    "a word": ("processes: slot_review\n", "s.yaml:2:1:", "'slot_review'", "a list"),
    "a table": ("processes: {slot_review: 1}\n", "s.yaml:2:1:", "slot_review", "a list"),
    "nothing": ("processes:\n", "s.yaml:2:1:", "None", "a list"),
    "a list of words": ("processes: [slot_review]\n", "s.yaml:2:13:", "'slot_review'", "a table of keys and values"),
    "a nested list": ("processes: [[]]\n", "s.yaml:2:13:", "[]", "a table of keys and values"),
    "an object": (
        "processes: [!!python/name:os.system x]\n",
        "s.yaml:2:13:",
        "TaggedScalar",
        "text, a number, true or false",
    ),
}

#: Edits on the park of these tests: b0 and b1 stand since 2010, and b2, which is a shop.
EDITED = {
    "unknown edit": ("edit: postpon, at: 2027Q1", "'postpon'", "did you mean 'postpone'?"),
    "no buildings": ("edit: postpone, at: 2027Q1, quarters: 4", "buildings is missing", "required"),
    "no quarters": ("edit: postpone, at: 2027Q1, buildings: [b0]", "quarters is missing", "required"),
    "one building": ("edit: postpone, at: 2027Q1, building: b0, quarters: 4", "building", "did you mean 'buildings'?"),
    "a word for a list": ("edit: postpone, at: 2027Q1, buildings: b0, quarters: 4", "'b0'", "a list"),
    "an empty list": ("edit: postpone, at: 2027Q1, buildings: [], quarters: 4", "buildings: []", "at least 1"),
    "no outline": (
        "edit: split, at: 2027Q1, parcel: p0, shape: [[0, 0], [.inf, 1], [.nan, 2], [0, 0]]",
        "not a list of points",
        "[[x, y], …]",
    ),
    "by nothing": ("edit: postpone, at: 2027Q1, buildings: [b0], quarters: 0", "nothing is moved", "quarters"),
    "by half a quarter": ("edit: postpone, at: 2027Q1, buildings: [b0], quarters: 0.5", "0.5", "integer"),
    "too late": ("edit: postpone, at: 2027Q1, buildings: [b0], quarters: 999", "999", "200"),
    "a year": ("edit: postpone, at: 2027, buildings: [b0], quarters: 4", "2027", "text"),
    "open already": ("edit: postpone, at: 2027Q1, buildings: [b0], quarters: 4", "is open from", "a date before"),
    "unknown building": ("edit: postpone, at: 2027Q1, buildings: [b9], quarters: 4", "'b9'", "known are b0, b1, b2"),
    "before the start": ("edit: postpone, at: 2020Q1, buildings: [b0], quarters: 4", "2020Q1", "from 2026Q1 on"),
    "a lever as well": ("edit: postpone, lever: rent, at: 2027Q1, buildings: [b0], quarters: 4", "lever", "known are"),
}


@pytest.mark.parametrize(("text", "place", "value", "cure"), FIELDS.values(), ids=FIELDS)
def test_a_field_is_refused(read: ReadAndCheck, text: str, place: str, value: str, cure: str) -> None:
    lines = lines_of(read, text)
    assert lines[0].startswith(place)
    assert value in lines[0]
    assert cure.casefold() in lines[0].casefold()


@pytest.mark.parametrize(("text", "place", "value", "cure"), PARAMETERS.values(), ids=PARAMETERS)
def test_a_parameter_is_refused(read: ReadAndCheck, text: str, place: str, value: str, cure: str) -> None:
    lines = lines_of(read, f"name: x\nparameters: {{{text}}}\n")
    assert lines[0].startswith(place)
    assert value in lines[0]
    assert cure in lines[0]


@pytest.mark.parametrize(("text", "column", "value", "cure"), ACTIONS.values(), ids=ACTIONS)
def test_an_action_is_refused(read: ReadAndCheck, text: str, column: int, value: str, cure: str) -> None:
    lines = lines_of(read, f"name: x\nactions:\n  - {{{text}}}\n")
    assert len(lines) == 1
    assert lines[0].startswith(f"s.yaml:3:{column}:")
    assert value in lines[0]
    assert cure.casefold() in lines[0].casefold()


def test_an_action_says_over_how_many_quarters_it_takes_effect(read: ReadAndCheck) -> None:
    rent = "{at: 2035Q1, lever: rent, value: 0.1, ramp_quarters: 4}"
    floor = "{at: 2031Q2, lever: new_space, value: 90, where: {building: b0}, ramp_quarters: 9}"
    at_once = "{at: 2035Q1, lever: anchor_exit, value: 1, ramp_quarters: 1}"
    scenario = read(
        f"name: x\nactions:\n  - {rent}\n  - {floor}\n  - {at_once}\n  - {{at: 2027Q1, lever: rent, value: 0}}\n"
    )
    assert [action.ramp_quarters for action in scenario.pulls.values()] == [4, 9, 1, 0]
    told = resolved(scenario)["actions"]
    assert [action.get("ramp_quarters") for action in told] == [4, 9, 1, None]
    schema = scenario_schema()["$defs"]["Action"]["properties"]["ramp_quarters"]
    assert (schema["default"], schema["minimum"], schema["maximum"]) == (0, 0, 80)


@pytest.mark.parametrize(("text", "value", "cure"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_is_refused(read: ReadAndCheck, text: str, value: str, cure: str) -> None:
    (line,) = lines_of(read, f"name: x\nsettings: {{{text}}}\n")
    assert line.startswith("s.yaml:2:12:")
    assert value in line
    assert cure in line


@pytest.mark.parametrize(("text", "column", "value", "cure"), PROCESSES_SAID.values(), ids=PROCESSES_SAID)
def test_a_process_is_refused(read: ReadAndCheck, text: str, column: int, value: str, cure: str) -> None:
    lines = lines_of(read, f"name: x\nprocesses:\n  - {{{text}}}\n")
    assert lines[0].startswith(f"s.yaml:3:{column}:")
    assert value in lines[0]
    assert cure in lines[0]


@pytest.mark.parametrize(("text", "place", "value", "cure"), NO_PROCESSES.values(), ids=NO_PROCESSES)
def test_what_are_no_processes_is_refused(read: ReadAndCheck, text: str, place: str, value: str, cure: str) -> None:
    lines = lines_of(read, f"name: x\n{text}")
    assert lines[0].startswith(place)
    assert value in lines[0]
    assert cure in lines[0]


def test_a_scope_and_all_scopes_are_taken_in_their_order(read: ReadAndCheck) -> None:
    catalog = read("name: x\nparameters: {entry_per_year: 7, entry_per_year.ai: 5}\n").catalog()
    assert [catalog.value("entry_per_year", industry) for industry in ("ai", "health")] == [5.0, 7.0]


def test_an_action_that_reaches_nothing_is_refused(park: Park) -> None:
    row = park.zones.set_geometry([shapely.box(480_000, 4_410_000, 480_100, 4_410_100)], crs=CRS)
    zones = pd.concat([park.zones, row.assign(zone_id="west"), row.assign(zone_id="hill", geometry=row.translate(9e4))])
    divided = replace(park, zones=zones.reset_index(drop=True))
    rent = {"at": "2027Q1", "lever": "rent", "value": 0.1}
    check_scenario(Scenario(name="x").with_actions({**rent, "where": {"zone": "west", "building": "b0"}}), divided)
    for where in ({"zone": "west", "building": "b1"}, {"zone": "hill"}):
        with pytest.raises(ScenarioError, match="no building for firms"):
            check_scenario(Scenario(name="x").with_actions({**rent, "where": where}), divided)


def test_a_zone_is_what_it_is_at_the_date_of_the_action(park: Park) -> None:
    small, large = (shapely.box(480_000, 4_410_000, 480_000 + width, 4_410_100) for width in (100, 9_000))
    west = park.zones.assign(zone_id="west")
    versions = [
        west.assign(valid_to="2027Q1").set_geometry([small], crs=CRS),
        west.assign(version=2, valid_from="2027Q1").set_geometry([large], crs=CRS),
    ]
    grown = replace(park, zones=pd.concat([park.zones, *versions], ignore_index=True))
    for date, buildings in (("2026Q4", 1), ("2027Q1", len(park.firm_buildings))):
        action = {"at": date, "lever": "rent", "value": 0.1, "where": {"zone": "west"}}
        scenario = Scenario(name="x").with_actions(action)
        assert len(rows_of(scenario, 0, grown, grown.catalog).buildings) == buildings


def test_all_faults_are_told_at_once(read: ReadAndCheck) -> None:
    text = (
        "name: x\nend: 2025Q1\nparameters: {resident_share: 4, fast_groth: 3}\n"
        "actions: [{at: 2026Q1, lever: rentt, value: 3}, {at: 2040Q1, lever: rent, value: 5, where: {industry: ai}}]\n"
    )
    lines = lines_of(read, text)
    for value in ("2025Q1", "4 is out", "fast_groth", "rentt", "2040Q1", "5 is out", "industry"):
        assert any(value in line for line in lines), value


def test_a_thousand_faults_are_not_a_thousand_lines(read: ReadAndCheck) -> None:
    lines = lines_of(read, "name: x\nactions: [" + ",".join(["1"] * 1_000) + "]\n")
    assert len(lines) <= MOST_LINES
    assert "more" in lines[-1]


NOT_YAML = {
    "syntax": ("name: [a\n", "s.yaml:2:1:"),
    "tab": ("name: a\n\tend: 2027Q1\n", "s.yaml:2:1:"),
    "duplicate key": ("name: a\nname: b\n", "s.yaml:2:1:"),
    "duplicate parameter": ("name: a\nparameters:\n  fast_growth: 1\n  fast_growth: 2\n", "s.yaml:4:3:"),
    "duplicate key in other words": ('1: 2\n"1": 3\nname: a\n', "s.yaml:"),
    "two documents": ("name: a\n---\nname: b\n", "s.yaml:2:1:"),
    "unknown alias": ("name: *x\n", "s.yaml:1:7:"),
    "empty": ("", "s.yaml:"),
    "comment": ("# nothing yet\n", "s.yaml:"),
    "list": ("- name: a\n", "s.yaml:"),
    "word": ("hello", "s.yaml:"),
    "not UTF-8": (b"name: \xff\xfe\n", "s.yaml:"),
    "null byte": (b"name: x\x00y\n", "s.yaml:1:8:"),
    "bell in the second line": (b"name: x\ntitle_en: \x07\n", "s.yaml:2:11:"),
    "merge key": ("base: &b {seed: 3}\nname: a\n<<: *b\n", "s.yaml:"),
    "merged into itself": ("name: a\nsettings: &a\n  <<: *a\n", "s.yaml:"),
    "alias of itself": ("name: x\nactions: &a [*a]\n", "s.yaml:2"),
    "deep": ("name: " + "[" * 300 + "]" * 300 + "\n", "s.yaml:"),
    "deeper than Python goes": ("name: " + "[" * 600 + "]" * 600 + "\n", "s.yaml:"),
    "map as a key": ("? {a: b}\n: 1\nname: a\n", "s.yaml:1:3:"),
    "values without number": ("name: x\nparameters: {a: [" + "1," * 120_000 + "]}\n", "s.yaml:"),
    "larger than is read": (b"name: x\n#" + b"a" * LARGEST_BYTES, "s.yaml:"),
}


@pytest.mark.parametrize(("text", "place"), NOT_YAML.values(), ids=NOT_YAML)
def test_a_file_is_refused(read: ReadAndCheck, text: str | bytes, place: str) -> None:
    assert lines_of(read, text)[0].startswith(place)


TAGS = ("!!python/object/apply:os.mkdir [made]", "!!python/name:os.system x", "!own x", "!!set {a, b}", "!!omap [a: 1]")


@pytest.mark.parametrize("tag", TAGS)
def test_a_file_makes_no_objects(read: ReadAndCheck, tag: str) -> None:
    lines = lines_of(read, f"name: {tag}\n")
    assert lines[0].startswith("s.yaml:")
    assert not Path("made").exists()


@pytest.mark.parametrize("leaf", ["[{}]", "{{{}}}"])
def test_a_bomb_of_aliases_is_defused(read: ReadAndCheck, leaf: str) -> None:
    nine = [f"k{n}: *a{{}}" if "{{" in leaf else "*a{}" for n in range(9)]
    levels = [f"a{n}: &a{n} " + leaf.format(",".join(nine).replace("{}", str(n - 1))) for n in range(1, 9)]
    text = "a0: &a0 " + leaf.format("x: 1" if "{{" in leaf else "x") + "\n" + "\n".join(levels) + "\nname: x\n"
    lines = lines_of(read, text)
    assert "nested too deeply or too large" in lines[0]


def test_a_huge_file_is_refused_unread(read: ReadAndCheck) -> None:
    assert "larger than" in lines_of(read, b"name: x\n#" + b"a" * LARGEST_BYTES)[0]


def test_a_what_if_adds_to_its_base(read: ReadAndCheck) -> None:
    Path("base.yaml").write_text(
        "name: base\nend: 2027Q4\nseed: 5\nparameters: {resident_share: 0.5, fast_growth: 1}\n"
        "actions: [{at: 2026Q1, lever: rent, value: 0.1}]\n"
    )
    scenario = read(
        "name: x\nextends: base\nseed: 6\nparameters: {fast_growth: 2}\n"
        "actions: [{at: 2026Q2, lever: rent, value: 0.2}]\n"
    )
    assert (scenario.name, scenario.end, scenario.seed) == ("x", "2027Q4", 6)
    assert scenario.parameters == {"resident_share": 0.5, "fast_growth": 2.0}
    assert [action.value for action in scenario.pulls.values()] == [0.1, 0.2]


def test_a_fault_of_the_base_is_placed_in_the_base(read: ReadAndCheck) -> None:
    Path("base.yaml").write_text("name: base\nactions: [{at: 2027Q1, lever: rent, value: 9}]\n")
    lines = lines_of(read, "name: x\nextends: base\nactions: [{at: 2027Q1, lever: rentt, value: 1}]\n")
    assert [line.partition(": ")[0] for line in lines] == ["base.yaml:2:37", "s.yaml:3:24"]


BASES = {
    "unknown": ("baselin", "s.yaml:2:1:", "did you mean 'baseline'?"),
    "itself": ("s", "s.yaml:2:1:", "does not lead back"),
    "in a circle": ("a", "b.yaml:2:1:", "does not lead back"),
    "elsewhere": ("../../etc/passwd", "s.yaml:2:1:", "name of another scenario"),
    "a path": ("baseline.yaml", "s.yaml:2:1:", "name of another scenario"),
    "a list": ("[a, b]", "s.yaml:2:1:", "name of another scenario"),
    "a number": ("3", "s.yaml:2:1:", "name of another scenario"),
    "with an end of line": ('"baseline\\n"', "s.yaml:2:1:", "name of another scenario"),
    "actions that are none": ("number", "number.yaml:2:1", "actions"),
    "actions that are a word": ("word", "word.yaml:2:1", "actions"),
}


@pytest.mark.parametrize(("base", "place", "cure"), BASES.values(), ids=BASES)
def test_a_base_is_refused(read: ReadAndCheck, base: str, place: str, cure: str) -> None:
    Path("a.yaml").write_text("name: a\nextends: b\n")
    Path("b.yaml").write_text("name: b\nextends: a\n")
    Path("number.yaml").write_text("name: number\nactions: 3\n")
    Path("word.yaml").write_text("name: word\nactions: true\n")
    lines = lines_of(read, f"name: x\nextends: {base}\nactions: [{{at: 2027Q1, lever: rent, value: 0.1}}]\n")
    assert place in lines[0]
    assert cure in lines[0]


CHANGES = {
    "nothing": ("", "cannot be understood"),
    "no value": ("replications", "cannot be understood"),
    "no key": ("=5", "cannot be understood"),
    "into an action": ("actions.0.value=3", "cannot be understood"),
    "empty value": ("replications=", "replications"),
    "word for a number": ("replications=many", "many"),
    "broken list": ("replications=[", "["),
    "object": ("replications=!!python/object/apply:os.mkdir [made]", "os.mkdir"),
    "own tag": ("replications=!own x", "!own x"),
    "unknown alias": ("seed={a: *x}", "*x"),
    "two documents": ("seed=1\n---\n2", "seed=1"),
    "null byte": ("title_en=\x00", "title_en"),
    "number for parameters": ("parameters=3", "parameters"),
    "out of bounds": ("parameters.resident_share=9", "from 0 to 1"),
    "unknown reading": ("settings.feature_parks=nine", "nine"),
    "unknown key": ("replicatons=3", "did you mean 'replications'?"),
    "name of a folder above": ("name=../x", "../x"),
}


@pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_refused(read: ReadAndCheck, change: str, told: str) -> None:
    text = "\n".join(lines_of(read, "name: x\n", change))
    assert text.startswith("--set")
    assert told in text
    assert not Path("made").exists()


@pytest.mark.parametrize("text", ["parameters: [a]", "parameters: abc", "settings: abc"])
def test_a_change_within_what_is_no_table_is_refused(read: ReadAndCheck, text: str) -> None:
    key = text.partition(":")[0]
    assert key in lines_of(read, f"name: x\n{text}\n", f"{key}.wulituo=inside")[0]


@pytest.mark.parametrize("change", ["actions=[{at: 2027Q1}]", "parameters={resident_share: 9}"])
def test_what_a_change_says_is_not_looked_for_in_the_file(read: ReadAndCheck, change: str) -> None:
    said = "name: x\nparameters: {resident_share: 0.5}\nactions: [{at: 2027Q1, lever: rent, value: 0.1}]\n"
    lines = lines_of(read, said, change)
    assert all(line.startswith(f"--set {change}: ") for line in lines)


def test_changes_are_made_in_their_order(read: ReadAndCheck) -> None:
    changes = ("end=2026Q4", "parameters.entry_per_year.ai=1", "settings.feature_parks=five", "seed=1", "seed=2")
    scenario = read("name: x\nparameters: {resident_share: 0.5}\n", *changes)
    assert (scenario.end, scenario.seed, scenario.settings.feature_parks) == ("2026Q4", 2, "five")
    assert scenario.parameters == {"resident_share": 0.5, "entry_per_year.ai": 1.0}


NAMES = {
    "misspelt": ("baselin", "did you mean 'baseline'?"),
    "path of a shipped one": ("../scenarios/baseline", "unknown scenario"),
    "absolute": ("/etc/passwd", "unknown scenario"),
    "with a space": ("baseline ", "did you mean 'baseline'?"),
    "empty": ("", "unknown scenario"),
    "missing file": ("nothere.yaml", "no such file"),
    "folder": ("folder.yaml", "no such file"),
    "null byte": ("\0.yaml", "no such file"),
    "too long": ("a" * 5_000, "unknown scenario"),
    "too long a file": ("a" * 5_000 + ".yaml", "no such file"),
}


@pytest.mark.parametrize(("name", "told"), NAMES.values(), ids=NAMES)
def test_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.yaml").mkdir()
    with pytest.raises(ScenarioError, match=r".") as refused:
        load_scenario(name)
    assert told in str(refused.value)


def test_changed_copies_keep_their_places(read: ReadAndCheck, park: Park) -> None:
    scenario = read("name: x\nactions:\n  - {at: 2027Q1, lever: rent, value: 0.1}\n")
    with pytest.raises(ScenarioError, match=r"s\.yaml:3:6: 2027Q1 is outside the run"):
        check_scenario(scenario.with_changes(end="2026Q4"), park)


def test_copies_are_checked(read: ReadAndCheck) -> None:
    scenario = read("name: x\n")
    with pytest.raises(ScenarioError, match="seed"):
        scenario.with_changes(seed=-1)
    with pytest.raises(ScenarioError, match="2027Q9"):
        scenario.with_actions({"at": "2027Q9", "lever": "rent", "value": 0.1})
    assert scenario.with_parameters({"resident_share": 0.4}).parameters == {"resident_share": 0.4}
    assert scenario.actions == ()


@pytest.mark.parametrize("name", scenario_names())
@pytest.mark.parametrize("origins", [False, True])
def test_what_is_shown_of_a_scenario_says_the_same_by_itself(name: str, origins: bool, tmp_path: Path) -> None:
    whole = load_scenario(name, changes=["seed=3", "parameters.taste_rent=-0.5"])
    file = tmp_path / "whole.yaml"
    file.write_text(resolved_yaml(whole, origins=origins), encoding="utf-8")
    assert load_scenario(file).model_dump() == whole.model_dump()


def test_origins_are_told(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("name: base\nseed: 4\nparameters: {taste_rent: -1}\n", encoding="utf-8")
    file = tmp_path / "more.yaml"
    file.write_text("name: more\nextends: base\nactions: [{at: 2027Q1, lever: rent, value: 0.1}]\n", encoding="utf-8")
    told = resolved_yaml(load_scenario(file, changes=["end=2028Q4"]), origins=True)
    lines = {line.split(":")[0].strip(" -"): line.partition("# ")[2] for line in told.splitlines()}
    assert lines["name"] == f"{file}:1:1"
    assert lines["seed"] == f"{tmp_path / 'base.yaml'}:2:1"
    assert lines["taste_rent"].startswith(f"{tmp_path / 'base.yaml'}:3:")
    assert lines["value"].startswith(f"{file}:3:")
    assert lines["end"] == "--set end=2028Q4"
    assert lines["replications"] == "default"


@pytest.mark.parametrize(
    ("lever", "where", "quantity"),
    [
        ("review_time", {"tier": "above_scale"}, "review_years"),
        ("advance_rate", {"stage": "mature"}, "advance_per_year"),
        ("institute_spin_offs", {"industry": "finance"}, "institute_spin_offs_per_year"),
    ],
)
def test_a_factor_on_nothing_is_refused(park: Park, lever: str, where: dict[str, str], quantity: str) -> None:
    (field, scope), *_ = where.items()
    action = {"at": "2027Q1", "lever": lever, "value": 2.0, "where": where}
    scenario = Scenario(name="nothing").with_actions(action)
    with pytest.raises(
        ScenarioError, match=f"{lever} multiplies the {quantity} of {scope}, which is 0; another {field}"
    ):
        check_scenario(scenario, park)
    check_scenario(scenario.with_parameters({f"{quantity}.{scope}": 0.1}), park)


def test_a_setting_not_said_is_a_default_beside_one_that_is(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("name: one\nsettings:\n  industries: s1_four\n", encoding="utf-8")
    one = load_scenario(file)
    assert one.origin("settings", "industries") == f"{file}:3:3"
    assert one.origin("settings", "feature_parks") == "default"
    change = "settings={wulituo: inside}"
    other = load_scenario(file, changes=[change])
    assert other.origin("settings", "wulituo") == f"--set {change}"
    assert other.origin("settings", "industries") == "default"


def test_a_name_and_titles_are_not_inherited(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("extends: baseline\nend: 2030Q4\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="name is missing; it is required"):
        load_scenario(file)
    file.write_text("name: mine\nextends: rent_relief\n", encoding="utf-8")
    mine, base = load_scenario(file), load_scenario("rent_relief")
    assert mine.actions == base.actions
    assert (mine.title_zh, mine.title_en, mine.question, mine.title) == ("", "", "", "mine")
    renamed = base.with_actions(name="other")
    assert (renamed.title_zh, renamed.title) == ("", "other")
    assert base.with_changes(seed=3).title == base.title
    assert base.with_changes(name="other", title_en="Other").title == "Other"


def test_the_schema_names_what_a_file_may_say() -> None:
    schema = scenario_schema()
    assert set(schema["properties"]) == {*Scenario.model_fields, "extends"}
    assert schema["additionalProperties"] is False
    kinds = schema["$defs"]
    assert kinds["Action"]["properties"]["lever"]["enum"] == list(LEVERS)
    assert kinds["Settings"]["properties"]["feature_parks"]["enum"] == ["five", "six"]
    assert kinds["Settings"]["properties"]["industries"]["enum"] == ["s2_four", "s1_four", "chain_chiefs"]
    assert set(kinds["Where"]["properties"]) == set(Where.model_fields)
    assert schema["properties"]["park"]["description"]
    json.dumps(schema)
    for name in scenario_names():
        said = load_scenario(name).model_dump(exclude_defaults=True)
        assert set(said) <= set(schema["properties"])


def written(group: str, text: str | bytes) -> bytes:
    """A case of one of the tables above as a file."""
    if isinstance(text, bytes):
        return text
    form = {
        "parameters": "name: x\nparameters: {%s}\n",
        "settings": "name: x\nsettings: {%s}\n",
        "actions": "name: x\nactions:\n  - {%s}\n",
        "edits": "name: x\nactions:\n  - {%s}\n",
        "processes": "name: x\nprocesses:\n  - {%s}\n",
        "no processes": "name: x\n%s",
    }.get(group, "%s")
    return (form % text).encode()


#: The tables above.
CASES: dict[str, Mapping[str, tuple[Any, ...]]] = {
    "fields": FIELDS,
    "parameters": PARAMETERS,
    "settings": SETTINGS,
    "actions": ACTIONS,
    "edits": EDITED,
    "processes": PROCESSES_SAID,
    "no processes": NO_PROCESSES,
    "not YAML": NOT_YAML,
}

#: Every broken file in them.
BROKEN = {f"{group}: {name}": written(group, case[0]) for group, cases in CASES.items() for name, case in cases.items()}


@pytest.fixture(scope="module")
def folder(park: Park, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The park of these tests as a folder."""
    return save_park(park, tmp_path_factory.mktemp("parks") / "p")


@pytest.fixture(scope="module")
def loaded(folder: Path) -> Park:
    """The same as it is read: once, and not for each of two hundred files."""
    return load_park(str(folder))


@pytest.fixture
def refused(
    folder: Path, loaded: Park, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[bytes], list[str]]:
    """What the command says that is asked to run a file; nothing is printed or written but that."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(import_module("twin.simulation.preparing"), "load_park", lambda *_, **__: loaded)

    def run(content: bytes) -> list[str]:
        Path("s.yaml").write_bytes(content)
        with pytest.raises(SystemExit) as end:
            main(["run", "s.yaml", "--park", str(folder), "--out", "o"])
        said = capsys.readouterr()
        assert end.value.code == 3
        assert said.out == ""
        assert [file.name for file in Path().iterdir()] == ["s.yaml"]
        return said.err.splitlines()

    return run


def test_there_are_more_than_a_hundred_broken_files() -> None:
    assert len(BROKEN) >= 100


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_the_command_refuses_a_broken_file_and_writes_nothing(
    refused: Callable[[bytes], list[str]], content: bytes
) -> None:
    lines = refused(content)
    assert 0 < len(lines) <= MOST_LINES
    for line in lines:
        place, _, told = line.partition(": ")
        what, _, cure = told.rpartition("; ")
        assert place.startswith("s.yaml")
        assert what
        assert cure


@pytest.mark.parametrize(("text", "value", "cure"), EDITED.values(), ids=EDITED)
def test_the_command_refuses_an_edit_with_its_place(
    refused: Callable[[bytes], list[str]], text: str, value: str, cure: str
) -> None:
    lines = refused(written("edits", text))
    assert all(line.startswith("s.yaml:3:") for line in lines)
    assert any(value in line and cure in line for line in lines)


def test_a_file_that_is_in_order_is_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is said of broken files is not said of every file; and a process of one's own is run and replayed."""
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(
        "import twin\n\n\n@twin.process\ndef mine(env):\n    yield env.at(0.5, twin.Kind.ACTION)\n"
    )
    told = REVIEW.replace("2027Q1", "2026Q2")
    text = "name: x\nend: 2026Q4\nreplications: 1\nsettings: {firms: all}\nprocesses:\n"
    Path("s.yaml").write_text(f"{text}  - {{{told}}}\n  - process: mine\n")
    own = ["--processes", "mine.py"]
    replay = ["run", "--replay", "o/manifest.json", "--out", "again"]
    for words, code in {
        ("run", "s.yaml", "--park", str(folder), "--out", "o"): 3,
        ("check", "s.yaml"): 3,
        ("check", "s.yaml", *own): 0,
        ("run", "s.yaml", "--park", str(folder), "--out", "o", "--no-picture", *own): 0,
        (*replay, *own): 0,
    }.items():
        if "--replay" not in words:
            forget_own()
        with pytest.raises(SystemExit) as end:
            main(list(words))
        assert end.value.code == code, words
        capsys.readouterr()
    runs = [Path(name, "runs", "r0000", "groups.parquet").read_bytes() for name in ("o", "again")]
    assert runs[0] == runs[1]
    forget_own()
    with pytest.raises(SystemExit) as end:
        main(replay)
    assert end.value.code == 3
    assert "unknown process 'mine'" in capsys.readouterr().err


def forget_own() -> None:
    """Forget the processes of files."""
    for module in {known.function.__module__ for known in PROCESSES.values()} - {"twin.named.shipped"}:
        forget(module)


def test_ten_thousand_actions_take_no_square_of_their_number(park: Park) -> None:
    """Each is looked at by itself, and not the whole list for each."""
    action = {"at": "2027Q1", "lever": "public_rent_response", "value": 1}
    took = []
    for number in (500, 10_000):
        scenario = Scenario.model_validate({"name": "x", "actions": [action] * number})
        began = time.perf_counter()
        check_scenario(scenario, park)
        took.append(time.perf_counter() - began)
    assert took[1] < 60.0 * took[0]  # 20 times as many; 300 times as long where each counts them all


@pytest.mark.parametrize("park_name", ["nowhere", "/", '"\\0"', "x" * 5_000])
def test_a_park_that_is_none_is_refused_where_it_is_named(
    park_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(f"name: x\nseed: 3\npark: {park_name}\n")
    with pytest.raises(ScenarioError) as refused:
        load_and_check("s.yaml")
    (line,) = str(refused.value).splitlines()
    assert line.startswith("s.yaml:3:1: park ")
    assert len(line) < MOST_CHARACTERS
    with pytest.raises(ParkError, match=r"^elsewhere: no such park folder"):
        load_and_check("s.yaml", park="elsewhere")


@pytest.mark.parametrize("said", ["edit: %s", "lever: %s, value: 1", "lever: rent, value: %s"])
def test_a_value_as_long_as_its_file_is_not_told_whole(read: ReadAndCheck, said: str) -> None:
    lines = lines_of(read, "name: x\nactions: [{at: 2027Q1, " + said % ("x" * 5_000) + "}]\n")
    assert all(len(line) < MOST_CHARACTERS for line in lines)


def test_deep_and_aliased_files_are_refused_before_they_unfold(read: ReadAndCheck) -> None:
    """Of a bomb of 9⁸ values no more are looked at than a document may have, and of 120,000 values none at all."""
    levels = "\n".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))
    began = time.perf_counter()
    assert "nested too deeply or too large" in lines_of(read, f"a0: &a0 [x]\n{levels}\nname: x\n")[0]
    assert "larger than" in lines_of(read, b"name: x\n#" + b"a" * LARGEST_BYTES)[0]
    assert "more than 100000 values" in lines_of(read, f"name: x\nparameters: {{a: [{'1,' * 120_000}]}}\n")[0]
    assert lines_of(read, "name: " + "[" * 300 + "]" * 300 + "\n")[0].startswith("s.yaml:")
    assert time.perf_counter() - began < 8.0  # some 0.7 s; without the bounds the second takes 9 s, the first hours
