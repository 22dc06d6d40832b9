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
    Kept,
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
    kept: Kept  #: parts that other scenarios on the same park may have in common with it

    @property
    def start(self) -> Quarter:
        """The first quarter."""
        return Quarter.parse(self.scenario.start)


def prepare(park: Park, scenario: Scenario, *, events: bool = True, like: Prepared | None = None) -> Prepared:
    """Check a scenario against a park and build the first instant. Raises ScenarioError.

    What another scenario prepared on the same park, `like`, has in common with it is not made again; what comes out is
    the same.
    """
    known = like if like is not None and _share_a_park(like, park, scenario) else None
    given, park = park, known.park if known else adjusted(park, scenario)
    kept = known.kept if known else Kept()
    catalog, pulled = check_scenario(scenario, park)
    start, years, part = Quarter.parse(scenario.start), scenario.years, kept.part
    index = part("index", catalog, lambda catalog: build_index(park, catalog))
    state = build_state(
        park,
        catalog,
        start=start,
        years=years,
        seed=scenario.seed,
        grid_years=scenario.time_grid_years,
        log=events,
        kept=kept,
    )
    changes_of_homes = part("homes", catalog, lambda catalog: home_changes(park, catalog, start))
    return Prepared(
        given,
        park,
        scenario,
        catalog,
        index,
        state,
        part("openings", catalog, lambda catalog: openings(park, catalog, start)),
        part("house_openings", catalog, lambda _: house_openings(park, index, start), index),
        part("facility_openings", catalog, lambda catalog: facility_openings(park, catalog, start)),
        part("closings", catalog, lambda catalog: closings(park, catalog, start)),
        part("changes_of_leading", catalog, lambda catalog: changes_of_leading(park, catalog, start, years)),
        standing_list(state, catalog),
        part("zones", catalog, lambda _: _zones(park, index), index),
        events,
        [change for change in changes_of_homes if change[0] > 0.0],
        _places(park, start),
        pulled,
        kept,
    )


def _share_a_park(like: Prepared, park: Park, scenario: Scenario) -> bool:
    """Whether a scenario lives on the park of another that was prepared: the same one, read and edited alike."""
    other = like.scenario
    return (
        like.given is park
        and (other.start, other.end, other.settings) == (scenario.start, scenario.end, scenario.settings)
        and list(other.edits.values()) == list(scenario.edits.values())
        and (not scenario.edits or other.parameters == scenario.parameters)  # by which edits are checked
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
