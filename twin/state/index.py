"""Which row of the arrays is what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from twin.catalog import Catalog
from twin.park import Park


@dataclass(frozen=True)
class Index:
    """Which row of the arrays is what."""

    industries: list[str]
    chain_nodes: list[str]
    stages: list[str]
    services: list[str]
    failures: list[str]
    tiers: list[str]
    scenes: list[str]
    buildings: list[str]
    cells: list[tuple[str, ...]]  #: zones of each cell, as zone_id@version; the last is that of no building
    skills: list[str]
    bounds: list[str]  #: of performance agreements

    @cached_property
    def building(self) -> dict[str, int]:
        """Row of a building by id."""
        return {name: row for row, name in enumerate(self.buildings)}


def build_index(park: Park, catalog: Catalog) -> Index:
    """The rows of the arrays for a park: industries, stages and services of the catalog, buildings for firms."""
    return Index(
        industries=catalog.industries,
        chain_nodes=catalog.chain_nodes,
        stages=catalog.stages,
        services=catalog.services,
        failures=catalog.failures,
        tiers=catalog.tiers,
        scenes=catalog.scenes,
        buildings=park.firm_buildings["building_id"].tolist(),
        cells=[*park.cells.zones, ()],
        skills=catalog.skills,
        bounds=[row["id"] for row in catalog.tables["contract_rules"]],
    )
