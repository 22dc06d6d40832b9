"""From a park and a scenario to the park in motion, and the names of its rows."""

from __future__ import annotations

from twin.state.floor import PLANT_MARKET, changes_of_leading, revitalisation_rules
from twin.state.index import Index, build_index
from twin.state.instant import build_state, copy_of, own_arrays
from twin.state.kept import Kept
from twin.state.panel import build_panel
from twin.state.people import home_changes
from twin.state.services import facility_openings, house_openings, no_requests
from twin.state.sources import standing_list
from twin.state.works import Closing, closings, openings

__all__ = [
    "PLANT_MARKET",
    "Closing",
    "Index",
    "Kept",
    "build_index",
    "build_panel",
    "build_state",
    "changes_of_leading",
    "closings",
    "copy_of",
    "facility_openings",
    "home_changes",
    "house_openings",
    "no_requests",
    "openings",
    "own_arrays",
    "revitalisation_rules",
    "standing_list",
]
