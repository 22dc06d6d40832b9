"""What the replications of a scenario have in common, worked out once."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from twin.catalog import Catalog
from twin.engine.arrays import State
from twin.errors import Fault, ParkError, ScenarioError
from twin.levers import Rows
from twin.park import Park, load_park, stocks_of
from twin.scenario import Scenario, adjusted, check_scenario, load_scenario
from twin.state import (
    Closing,
    Index,
    build_index,
    build_state,
    changes_of_leading,
    closings,
    facility_openings,
    home_changes,
    house_openings,
    openings,
    standing_list,
)
from twin.units import Quarter

#: The area that is none of the zones.
ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Prepared:
    """A scenario on a park, checked, and its first instant."""

    given: Park  #: as it was before the scenario's settings and edits
    park: Park
    scenario: Scenario
    catalog: Catalog
    index: Index
    state: State  #: the first instant, of which each run gets a copy
    buildings: list[tuple[float, int, int]]  #: what opens, as `twin.state.openings` says
    houses: list[tuple[float, int, int, int]]
    facilities: list[tuple[float, int, int, int]]
    closings: list[Closing]
    leading: list[tuple[float, int, int]]  #: where another industry leads, as `twin.state.changes_of_leading` says
    standing: list[tuple[int, int]]  #: prospects at the start, as `twin.state.standing_list` says
    zones: pd.DataFrame
    events: bool
    homes: list[tuple[float, int, float]]  #: as `twin.state.home_changes` says, after the start
    places: list[str]  #: of homes and work, by their zones
    pulled: Mapping[int, Rows]  #: what each action that pulls a lever applies to, by its place among the actions

    @property
    def start(self) -> Quarter:
        """The first quarter."""
        return Quarter.parse(self.scenario.start)


def prepare(park: Park, scenario: Scenario, *, events: bool = True) -> Prepared:
    """Check a scenario against a park and build the first instant. Raises ScenarioError."""
    given, park = park, adjusted(park, scenario)
    catalog, pulled = check_scenario(scenario, park)
    index = build_index(park, catalog)
    start = Quarter.parse(scenario.start)
    state = build_state(
        park,
        catalog,
        start=start,
        years=scenario.years,
        seed=scenario.seed,
        grid_years=scenario.time_grid_years,
        log=events,
    )
    return Prepared(
        given,
        park,
        scenario,
        catalog,
        index,
        state,
        openings(park, catalog, start),
        house_openings(park, index, start),
        facility_openings(park, catalog, start),
        closings(park, catalog, start),
        changes_of_leading(park, catalog, start, scenario.years),
        standing_list(state, catalog),
        _zones(park, index),
        events,
        [change for change in home_changes(park, catalog, start) if change[0] > 0.0],
        _places(park, start),
        pulled,
    )


def load_and_check(name: str, *, park: str | None = None, changes: Sequence[str] = ()) -> tuple[Park, Scenario]:
    """A scenario by name or file and the park it runs on, everything checked before anything runs."""
    scenario = load_scenario(name, changes=changes)
    if park is not None:
        scenario = scenario.with_changes(park=park)
    try:
        loaded = park_of(scenario)
    except ParkError as error:
        place = scenario.origin("park")
        if park is not None or place == "default":
            raise
        faults = [Fault(place, f"park {fault.where}: {fault.what}", fault.cure) for fault in error.faults]
        raise ScenarioError(faults) from None
    check_scenario(scenario, adjusted(loaded, scenario))
    return loaded, scenario


def park_of(scenario: Scenario) -> Park:
    """The park a scenario names, with the stock of firms at its start, before its settings and edits."""
    start = scenario.start if scenario.start in stocks_of(scenario.park) else None
    return load_park(scenario.park, start=start)


def _places(park: Park, start: Quarter) -> list[str]:
    """Places by the ids of their zones, with the version where several versions of a zone are told."""
    names = park.living_places(start)
    ids = [name.partition("@")[0] for name in names]
    once = Tally(ids)
    return [(zone if once[zone] == 1 else name) or ELSEWHERE for zone, name in zip(ids, names, strict=True)]


def _zones(park: Park, index: Index) -> pd.DataFrame:
    """Zones with their validity and area, one row for each cell of each."""
    zones = park.zones_in_force.assign(area_km2=park.zones_in_force.area / 1e6)
    cells = {f"{z}@{v}": [] for z, v in zip(zones["zone_id"], zones["version"], strict=True)}  # type: dict[str, list[str]]
    for n, members in enumerate(index.cells):
        for member in members:
            cells[member].append(f"c{n}")
    columns = ["zone_id", "version", "kind", "name_zh", "name_en", "valid_from", "valid_to", "area_km2"]
    frame = pd.DataFrame(zones[columns]).astype({"version": "int64"})
    frame["leading_industry"] = zones.get("leading_industry")
    frame["cell"] = [cells[f"{z}@{v}"] or [""] for z, v in zip(zones["zone_id"], zones["version"], strict=True)]
    frame = frame.explode("cell", ignore_index=True)
    for column in ("valid_from", "valid_to", "leading_industry"):
        frame[column] = frame[column].fillna("").astype(str)
    return frame
