"""Performance agreements, the honouring of policies, and which decisions the district takes with a company."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.engine.arrays import (
    BOUND_COLUMNS,
    CLAIM_COLUMNS,
    CONTRACT_COLUMNS,
    RELET_COLUMNS,
    Contracts,
    Coordination,
    Honouring,
)
from twin.engine.kinds import Output
from twin.park import Park
from twin.park.dates import in_force
from twin.state.columns import rows_of_types
from twin.state.filling import by, zeros
from twin.units import DAYS_PER_YEAR, Quarter

#: Decisions in zones of this kind, and about buildings of this operator, are taken together.
CORE_KIND, COMPANY = "core", "shougang"


def contracts_of(park: Park, catalog: Catalog, start: Quarter) -> Contracts:
    """Agreements as the catalog has them: of the leases with public landlords a share carries one."""
    frame, rules = park.firm_buildings, catalog.tables["contract_rules"]
    n = len(frame)
    public = frame["operator"].isin(catalog.public_operators).to_numpy(dtype=bool, copy=True)

    def concerned(column: str, names: list[str]) -> NDArray[np.bool_]:
        named = [row[column].split() for row in rules]
        return np.array([np.isin(names, given) | (given == ["*"]) for given in named]).reshape(len(rules), len(names))

    return Contracts(
        share=np.where(public, catalog.value("contract_share"), 0.0),
        of_public=public,
        type=rows_of_types(frame, catalog).astype(np.int8),
        measure=np.array([Output[row["measure"].upper()] for row in rules], dtype=np.int64),
        bound=np.array([float(row["value"]) for row in rules]),
        ends=np.array([row["ends"] == "1" for row in rules], dtype=np.bool_),
        industries=concerned("industries", catalog.industries),
        stages=concerned("stages", catalog.stages),
        types=concerned("building_types", catalog.building_types),
        starts=np.array([Quarter.parse(row["valid_from"]).years_since(start) for row in rules]),
        **_park_wide(
            catalog, "contract", "strictness noise ramp_years grace_years date_years penalty_share move_ratio"
        ),
        counted=np.zeros((len(catalog.industries), len(CONTRACT_COLUMNS))),
        by_bound=np.zeros((len(rules), len(BOUND_COLUMNS))),
        relet=np.zeros((n, len(RELET_COLUMNS))),
        vacated_m2=zeros(n),
        until_m2=zeros(n),
        since=np.zeros(n),
    )


def honouring_of(catalog: Catalog) -> Honouring:
    """What policies entitle firms to, and the windows."""
    return Honouring(
        lump_cny=by(catalog, "honour_lump_cny", catalog.tiers),
        rd_share=by(catalog, "honour_rd_share", catalog.stages),
        **_park_wide(
            catalog, "honour", "cap_cny claim_share date_years windows cases delay_ratio window_cost_cny_year"
        ),
        years=np.array([catalog.value("honour_days") / DAYS_PER_YEAR]),
        promised_years=np.array([catalog.value("honour_promised_days") / DAYS_PER_YEAR]),
        speed=np.ones(1),
        counted=np.zeros((len(catalog.industries), len(CLAIM_COLUMNS))),
    )


def coordination_of(park: Park, catalog: Catalog, start: Quarter) -> Coordination:
    """Buildings in the core as it is at the start, and those that the company operates."""
    zones = in_force(park.zones_in_force, start)
    core = zones[zones["kind"] == CORE_KIND]
    named = set(core["zone_id"] + "@" + core["version"].astype(str))
    core_cells = np.array([not named.isdisjoint(cell) for cell in park.cells.zones], dtype=np.bool_)
    in_core = core_cells[park.cells.of_building]
    known = next((row for row in catalog.tables["operators"] if row["id"] == COMPANY), {})
    names = [known[name] for name in ("id", "name_zh", "name_en") if known]
    operated = park.firm_buildings["operator"].isin(names).to_numpy(dtype=bool)
    return Coordination(years=np.array([catalog.value("coordination_years")]), concerns=in_core | operated)


def _park_wide(catalog: Catalog, topic: str, names: str) -> dict[str, Any]:
    """Quantities of the park as a whole by what follows the topic in their names."""
    return {name: np.array([catalog.value(f"{topic}_{name}")]) for name in names.split()}
