"""Scenario discovery: where a target is missed, what an outcome costs, and which policy is regretted least."""

import tempfile
from pathlib import Path

from twin.analysis.boxes import discover
from twin.analysis.frontier import frontier
from twin.analysis.regret import regret
from twin.analysis.wording import sentences
from twin.catalog import load_catalog
from twin.sweeps import Design, sweep
from twin.sweeps.called import factor_names

place = Path(tempfile.mkdtemp())

# 40 points over three assumptions, a year each, under the same luck
assumptions = Design.model_validate(
    {
        "name": "assumptions",
        "changes": {"end": "2026Q4"},
        "design": "lhs",
        "n": 40,
        "replications": 1,
        "vary": [
            {"parameter": "move_out_per_year", "by": "times", "low": 0.5, "high": 3},
            {"parameter": "hit_rate.ai"},
            {"setting": "tier_scope"},
        ],
    }
)
found = sweep(assumptions, out=place / "assumptions", store=place / "store")
boxes = discover(found.table("resident_firms@2026"), "resident_firms@2026 >= 3330", missed=True)
names = factor_names(assumptions, load_catalog())
print(sentences(boxes, names, "zh")[0])
print(sentences(boxes, names, "en")[0])
print(boxes.table()[["box", "factor", "low", "high", "recurs", "density", "held_out_density"]].round(2).to_string())

# three rents in the core, in two futures: what more let floor costs, and which rent is regretted least
rents = {"lever": "rent", "at": "2026Q1", "where": {"zone": "core"}, "values": [-0.3, -0.15, 0.0]}
futures = {"parameter": "entry_per_year", "by": "times", "values": [0.7, 1.3], "name": "entry"}
levers = Design.model_validate(
    {"name": "rents", "changes": {"end": "2026Q4"}, "design": "grid", "replications": 4, "vary": [rents, futures]}
)
runs = sweep(levers, out=place / "rents", store=place / "store").table("public_cost@2026", "floor_let@2026")
now = frontier(runs.query("entry == 1.3"), "public_cost@2026", "floor_let@2026").table
print(now[["rent", "public_cost@2026_gain", "floor_let@2026_gain", "standing"]].round(2).to_string())
least = regret(runs, "floor_let@2026", option="rent", future=["entry"]).options
print(least[["rent", "max_regret", "best", "among_best", "tied"]].round(2).to_string())
