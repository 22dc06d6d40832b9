"""How far the loss of an anchor reaches: the firms that differ, by steps on the chain graph and by building."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from twin.catalog import Catalog
from twin.chains.graph import chain_graph, steps
from twin.engine.environment import ParkEnvironment
from twin.errors import Fault, ScenarioError
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario
from twin.simulation import prepare, run
from twin.study.chains import lose_anchor, losses, shortened
from twin.study.differing import firms_that_differ
from twin.study.shadow import adds


def reach_of_loss(
    park: Park, scenario: Scenario, anchor: int, *, at: str | None = None, quarters: int = 1, replication: int = 0
) -> pd.DataFrame:
    """Let an anchor of the stock leave at the first instant, or that of a quarter, and see who differs in the end.

    The rows are those of `reach`, so many quarters later. Raises ScenarioError where there is no such anchor, and where
    the run is too short.
    """
    anchors = [candidate for candidate in losses(park, scenario) if candidate.kind == "anchor"]
    if str(anchor) not in {candidate.id for candidate in anchors}:
        known = ", ".join(f"{candidate.id} ({candidate.name_en})" for candidate in anchors)
        raise ScenarioError([Fault("anchor", f"no resident anchor {anchor}", f"one of {known}" if known else "")])
    shorter, date = shortened(scenario, at, quarters)
    prepared, left = prepare(park, shorter), []

    def leave(env: ParkEnvironment) -> None:
        left.append(lose_anchor(anchor, env))

    base, other = (run(prepared, replication=replication, processes=changes) for changes in ((), (adds(leave, date),)))
    if not any(left):
        raise ScenarioError([Fault("anchor", f"{anchor} has gone by {at or scenario.start}", "an earlier quarter")])
    return reach(base, other, prepared.catalog, anchor)


def reach(base: Record, other: Record, catalog: Catalog, anchor: int) -> pd.DataFrame:
    """Firms of two runs of the same luck of which the anchor stays in the first and leaves in the second.

    Every firm that came: firm, chain_node, steps (on the graph of all chains, from the link of the anchor; NaN where it
    is joined to it by nothing, or its link is not told), shares_building (whether it was in the anchor's building, in
    either run), differs (in stage, status, building, floor, staff or date of leaving). Both runs need their tables of
    firms. Raises ValueError for a firm that is not there.
    """
    changed = firms_that_differ(base, other).set_index("firm")
    tables = [run.firms[np.isfinite(run.firms["entered_years"])] for run in (base, other) if run.firms is not None]
    whole = pd.concat(tables).drop_duplicates("firm").set_index("firm")
    if anchor not in whole.index:
        raise ValueError(f"firm {anchor} is not there")
    node, building = (whole.loc[anchor, name] for name in ("chain_node", "building_id"))
    away = steps(chain_graph(catalog), node) if isinstance(node, str) else {}
    inside = np.zeros(len(whole), np.bool_)
    for table in tables:
        inside |= whole.index.isin(table.loc[table["building_id"].astype(object) == building, "firm"])
    found = pd.DataFrame({"firm": whole.index, "chain_node": whole["chain_node"].astype(object).to_numpy()})
    found["steps"] = found["chain_node"].map(away).astype(float)
    found["shares_building"] = inside
    found["differs"] = found["firm"].isin(changed.index)
    return found[found["firm"] != anchor].reset_index(drop=True)


def reach_table(found: pd.DataFrame) -> pd.DataFrame:
    """Firms, and those that differ, by steps and by whether they share the building; the last row is of no steps."""
    grouped = found.groupby(["steps", "shares_building"], dropna=False)["differs"]
    told: Any = grouped.agg(firms="size", differ="sum").reset_index()
    return told.assign(share=told["differ"] / told["firms"])
