"""Compiled, on the reference calendar, uncompiled and in threads: one record, hash for hash."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.oracle.cases import ACTIONS, SEEDS, adds_slots, answers, listens, mixed_park, mixed_scenario, worked_park
from twin.engine.arrays import State
from twin.engine.environment import Happening
from twin.engine.kinds import Kind
from twin.levers import LEVERS
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import Process, simulate

ROOT = Path(__file__).resolve().parents[2]
GRIDS = (1 / 64, 1 / 16, 1 / 4)


def on_both(park: Park, scenario: Scenario, processes: Callable[[], list[Process]] = list, **how: Any) -> Record:
    """The compiled record, after a check that the reference calendar leaves the same."""
    compiled = simulate(park, scenario, processes=processes(), **how)
    reference = simulate(park, scenario, processes=processes(), calendar="reference", **how)
    assert compiled.events is not None
    assert reference.events is not None
    assert compiled.events.to_csv() == reference.events.to_csv()
    assert compiled.sha256() == reference.sha256()
    return compiled


def happened(record: Record) -> set[str]:
    """The kinds of happening in a record."""
    assert record.events is not None
    return set(record.events["kind"].unique())


def test_there_is_an_action_for_every_lever() -> None:
    assert {action["lever"] for action in ACTIONS} == set(LEVERS)


@pytest.mark.uncompiled
@pytest.mark.parametrize("actions", [(), ACTIONS], ids=["left alone", "every lever"])
@pytest.mark.parametrize("seed", SEEDS)
def test_both_calendars_leave_the_same_record(seed: int, actions: tuple[object, ...]) -> None:
    on_both(mixed_park(), mixed_scenario(seed, entry_per_year=4, actions=actions))


@pytest.mark.uncompiled
@pytest.mark.parametrize("grid_years", [0.0, *GRIDS])
def test_works(grid_years: float) -> None:
    """Notices, closings and reopenings, among levers and ties."""
    on_both(worked_park(), mixed_scenario(6, entry_per_year=4, grid_years=grid_years, actions=ACTIONS))


def test_the_cases_are_rich() -> None:
    park, scenario = worked_park(0.8), mixed_scenario(entry_per_year=15, years=6, actions=ACTIONS, dormancy_factor=0.5)
    inner = {"count", "action", "works"}
    kinds = {kind.name.lower() for kind in Kind}
    assert happened(on_both(park, scenario)) == kinds - inner


@pytest.mark.parametrize("replication", range(3))
def test_replications(replication: int) -> None:
    on_both(mixed_park(0.6), mixed_scenario(entry_per_year=12, actions=ACTIONS), replication=replication)


@pytest.mark.uncompiled
@pytest.mark.parametrize("grid_years", GRIDS)
def test_forced_ties(grid_years: float) -> None:
    record = on_both(mixed_park(), mixed_scenario(entry_per_year=4, grid_years=grid_years, actions=ACTIONS))
    assert record.events is not None
    times = record.events["time_years"].to_numpy()
    assert (np.round(times / grid_years) == times / grid_years).all()


@pytest.mark.parametrize("grid_years", GRIDS)
@pytest.mark.parametrize("seed", SEEDS[1:])
def test_forced_ties_in_a_crowd(seed: int, grid_years: float) -> None:
    """So many firms that most instants of the grid hold several kinds of happening."""
    on_both(mixed_park(), mixed_scenario(seed, entry_per_year=25, grid_years=grid_years, actions=ACTIONS))


@pytest.mark.parametrize(
    "parameters",
    [
        {"search_patience_years": 0.0, "service_patience_years": 0.0},
        {"search_patience_years": np.inf, "service_patience_years": np.inf},
        {"service_shape": np.inf, "come_per_year": 2.0, "lease_years": 0.3, "move_out_per_year": 0.2},
        {"growth_scale": 1.0, "expand_above": 1.0, "shrink_below": 1.0},
        {"entry_season_amplitude": 0.0, "entry_trend_per_year": -0.5},
        {"advance_per_year": 3.0, "fail_per_year": 0.0, "served_advance_ratio": 10.0, "service_share": 1.0},
        {"resident_share": 1.0, "least_m2": 600.0},
        {"closing_factor": 20.0, "absorb_per_year": 0.5},
    ],
    ids=", ".join,
)
@pytest.mark.parametrize("grid_years", [1 / 16, pytest.param(0.0, marks=pytest.mark.slow)])
def test_corners_of_conduct(parameters: dict[str, Any], grid_years: float) -> None:
    on_both(mixed_park(0.5), mixed_scenario(entry_per_year=10, grid_years=grid_years, actions=ACTIONS, **parameters))


@pytest.mark.uncompiled
@pytest.mark.parametrize("grid_years", [0.0, *GRIDS])
def test_processes_of_the_users_own(grid_years: float) -> None:
    """Some act on dates that coincide with quarters and, on a grid, with what firms do; some on what they hear."""
    heard: list[list[Happening]] = []

    def processes() -> list[Process]:
        heard.append([])
        return [listens(heard[-1]), adds_slots([0.0, 0.3, 0.5, 1.0, 1.0, 2.75]), answers]

    scenario = mixed_scenario(2, entry_per_year=8, grid_years=grid_years, closing_factor=4.0)
    record = on_both(mixed_park(), scenario, processes)
    assert record.events is not None
    assert heard[0] == heard[1]
    closings = record.events[record.events["kind"] == "close"]
    # A listener that waits anew only after it has heard hears one of those that close at the same instant as another.
    assert {happening.time for happening in heard[0]} == set(closings["time_years"])
    assert record.sha256() != simulate(mixed_park(), scenario).sha256()


def test_a_listener_changes_nothing() -> None:
    park, scenario = mixed_park(), mixed_scenario(3, entry_per_year=15)
    assert simulate(park, scenario, processes=[listens([])]).sha256() == simulate(park, scenario).sha256()


def cramped(build: Callable[..., State], *args: Any, **options: Any) -> State:
    """A state whose arrays have no room to spare; the log has a row for each firm of the stock, to start a service."""
    state = build(*args, **options)
    stock, sources = int(state.firms.used[0]), len(state.sources.due)

    def cut(group: Any, rows: int) -> Any:
        """The group with its columns cut to so many rows; what has one value for all is left whole."""
        shared = {"used", "size", "wanted"}
        return group._replace(**{name: getattr(group, name)[:rows] for name in group._fields if name not in shared})

    firms = cut(state.firms, stock)._replace(size=state.firms.size[:stock])
    calendar = cut(state.calendar, sources + stock)
    return state._replace(firms=firms, calendar=calendar, log=cut(state.log, stock), watch=cut(state.watch, 1))


@pytest.mark.uncompiled
def test_arrays_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    park, scenario = mixed_park(), mixed_scenario(4, entry_per_year=5, actions=ACTIONS)

    def processes() -> list[Process]:
        return [listens([]), adds_slots([0.5, 2.0])]

    roomy = simulate(park, scenario, processes=processes()).sha256()
    module = import_module("twin.simulation.preparing")
    monkeypatch.setattr(module, "build_state", partial(cramped, module.build_state))
    assert on_both(park, scenario, processes).sha256() == roomy


def test_many_more_enter_than_expected() -> None:
    """A boom that nobody could foresee when the arrays were made."""
    boom = [{"at": "2026Q2", "lever": "entry_rate", "value": 10}]
    record = on_both(mixed_park(4), mixed_scenario(entry_per_year=10, actions=boom))
    assert record.firms is not None
    assert len(record.firms) > 2000


CASES: dict[str, tuple[Callable[[], Park], dict[str, Any]]] = {
    "left alone": (mixed_park, {"seed": 11, "years": 3}),
    "every lever": (mixed_park, {"seed": 12, "years": 3, "actions": ACTIONS}),
    "ties": (mixed_park, {"seed": 13, "years": 3, "grid_years": 1 / 16, "actions": ACTIONS}),
    "processes": (mixed_park, {"seed": 14, "years": 3}),
    "crowded": (partial(mixed_park, 0.4), {"seed": 15, "years": 2, "entry_per_year": 15}),
    "peaked service times": (mixed_park, {"seed": 16, "years": 3, "service_shape": 2.5}),
    "works": (partial(worked_park, 0.6), {"seed": 17, "years": 3, "entry_per_year": 8, "actions": ACTIONS}),
}


def uncompiled_case(name: str) -> str:
    """The hash of a short run."""
    park, options = CASES[name]
    processes = [listens([]), adds_slots([0.5, 1.0]), answers] if name == "processes" else []
    return simulate(park(), mixed_scenario(**options), processes=processes).sha256()


@pytest.fixture(scope="module")
def uncompiled() -> dict[str, str]:
    """The hashes of the cases from a process in which nothing is compiled."""
    code = (
        f"import json; from {__name__} import *; print(json.dumps({{name: uncompiled_case(name) for name in CASES}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "error::RuntimeWarning"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    hashes: dict[str, str] = json.loads(done.stdout)
    return hashes


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_uncompiled_leaves_the_same_records(name: str, uncompiled: dict[str, str]) -> None:
    assert uncompiled_case(name) == uncompiled[name]


@pytest.mark.parametrize("build", [mixed_park, worked_park])
def test_threads_do_not_meet(build: Callable[[], Park]) -> None:
    park, scenario = build(), mixed_scenario(5, entry_per_year=20, actions=ACTIONS)

    def run(replication: int) -> str:
        return simulate(park, scenario, replication=replication).sha256()

    alone = [run(replication) for replication in range(8)]
    assert len(set(alone)) == 8
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(8))) == alone
