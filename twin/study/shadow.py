"""Shadow prices: how many more firms advance in a year for one more slot, ticket or piece of floor.

The figure is a marginal product in graduates, not in money: how a result rises as a constraint is loosened a little, as
a dual value says for a linear programme. Runs are paired, and steps are finite and stated, for a single slot changes
too little to be seen among the luck of a few runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.engine.rules.letting import let_at_once, open_slots, open_space
from twin.engine.rules.services import add_capital
from twin.errors import Fault, ScenarioError
from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import Prepared, Process, prepare
from twin.study.intervals import half_width
from twin.study.replications import replicate

#: What is added at the start, of slots, of tickets and of floor; and the piece of floor that a price is for.
SLOTS, TICKETS, FLOOR_M2, PER_M2 = 10, 20, 20_000, 1_000

#: The fewest different differences by which an interval can be called clear of zero: a few runs that happen to agree
#: have a narrow interval, or one without width, and say nothing of the luck that others would have.
LEAST_DISTINCT = 5

#: At the first instant what is added is there after everything else that planners do then.
LAST = 1 << 26


class Unit(NamedTuple):
    """Something of which there is to be more."""

    name: str  #: id of a service or of a type of building
    unit: str  #: slot, ticket, or 1,000 m²
    step: float  #: how many of them are added
    change: Callable[[ParkEnvironment], Any]


def shadow(
    park: Park,
    scenario: Scenario,
    *,
    replications: int | None = None,
    only: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Graduates of each stage a year for one more of each unit: unit, stage, mean, 95 % interval of the mean.

    `n` paired runs gave so many `distinct` differences.

    Every unit is added at the start in runs of its own, paired with runs as they are: `step` of it, 10 slots of a
    service, the capital of 20 tickets of a fund, 20,000 m² in the largest open building of a type. `only` names some of
    them. Raises ScenarioError.
    """
    prepared = prepare(park, scenario, events=False)
    units = units_of(prepared)
    if unknown := sorted(set(only) - {unit.name for unit in units}):
        known = ", ".join(unit.name for unit in units)
        raise ScenarioError([Fault("shadow", f"no unit {name!r}", f"one of {known}") for name in unknown])
    done = 0

    def further(_: int) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done)

    def graduates(*processes: Process) -> pd.DataFrame:
        study = replicate(park, scenario, replications=replications, processes=processes, progress=further)
        advances = study.indicators[study.indicators["indicator"] == "advances"]
        return advances.groupby(["replication", "part"], sort=False)["value"].sum().unstack()  # noqa: PD010

    base = graduates()
    tables = []
    for unit in units:
        if only and unit.name not in only:
            continue
        table = intervals((graduates(adds(unit.change)) - base) / (unit.step * scenario.years))
        tables.append(table.rename_axis("stage").reset_index().assign(name=unit.name, unit=unit.unit, step=unit.step))
    found = pd.concat(tables, ignore_index=True)
    found = found[found["stage"] != prepared.catalog.stages[-1]]  # from the last there is nowhere to advance to
    return found[["name", "unit", "step", "stage", "mean", "low", "high", "n", "distinct"]].reset_index(drop=True)


def intervals(differences: pd.DataFrame) -> pd.DataFrame:
    """Of paired differences, a row a replication: each column's mean with its t interval, n, and how many distinct."""
    mean, n = differences.mean(), differences.count()
    half = half_width(differences.std(), n)
    return pd.DataFrame(
        {"mean": mean, "low": mean - half, "high": mean + half, "n": n, "distinct": differences.nunique()}
    )


def units_of(prepared: Prepared) -> list[Unit]:
    """Slots of every facility, tickets of every fund, and floor of every type that has an open building."""
    catalog, state, units = prepared.catalog, prepared.state, []
    for row, service in enumerate(catalog.services):
        if service in catalog.funds:
            capital = TICKETS * float(state.funds.ticket_cny[row])
            units.append(Unit(service, "ticket", TICKETS, partial(_ruled, add_capital, row, capital)))
        else:
            units.append(Unit(service, "slot", SLOTS, partial(_ruled, open_slots, row, SLOTS)))
    buildings = state.buildings
    open_m2 = buildings.stock_m2 - np.minimum(buildings.closing_m2, buildings.stock_m2)
    types = prepared.park.firm_buildings["building_type"].to_numpy()
    for kind in catalog.firm_types:
        m2 = np.where(types == kind, open_m2, 0)
        if m2.max(initial=0) > 0:
            change = partial(_opened, int(m2.argmax()))
            units.append(Unit(f"floor:{kind}", "1,000 m²", FLOOR_M2 / PER_M2, change))
    return units


def runs_of(park: Park, scenario: Scenario, *, replications: int | None = None, only: Sequence[str] = ()) -> int:
    """How many runs it takes."""
    n = replications if replications is not None else scenario.replications
    return n * (1 + (len(only) or len(units_of(prepare(park, scenario, events=False)))))


def adds(change: Callable[[ParkEnvironment], Any], years: float = 0.0) -> Process:
    """A process that changes the park at the first instant, or so many years later."""

    def more(env: ParkEnvironment) -> Generator[Event, Any, None]:
        yield env.at(years, Kind.ACTION, LAST)
        change(env)

    return more


def _opened(building: int, env: ParkEnvironment) -> None:
    """Floor that is let at once: what it is worth does not hang on when its landlord releases it."""
    env.rule(open_space, building, FLOOR_M2)
    env.rule(let_at_once, building)


def _ruled(rule: Callable[..., Any], row: int, amount: float, env: ParkEnvironment) -> None:
    env.rule(rule, row, amount)


def is_clear(low: float, high: float, distinct: int) -> bool:
    """Whether an interval is clear of zero, and from enough different differences to be believed."""
    return distinct >= LEAST_DISTINCT and math.isfinite(low) and (low > 0.0 or high < 0.0)
