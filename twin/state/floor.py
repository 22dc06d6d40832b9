"""Buildings, submarkets, who leads where, what is renewed, and the choice among buildings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.engine.arrays import WHOLE, Buildings, Choice, Floats, Markets, Revitalisation
from twin.engine.rules.space import UNKNOWN, suits
from twin.park import Park
from twin.park.dates import in_force
from twin.park.places import places_at
from twin.state.columns import floor_loads, let_to_firms_m2, market_of_type, rows_of_types, storeys_m, years_until
from twin.state.filling import by, zeros
from twin.state.index import Index
from twin.state.works import closings
from twin.units import QUARTERS_PER_YEAR, Quarter

#: The market of plants, which grow old; see `building_types.csv`.
PLANT_MARKET = "industrial"


#: Kinds of zone that are areas of the floor market, the first that a building lies in.
AREA_KINDS = ("feature_park", "cluster")


def buildings_of(park: Park, catalog: Catalog, start: Quarter) -> Buildings:
    """Buildings for firms as they stand at the start."""
    frame = park.firm_buildings
    n = len(frame)
    stands = (years_until(frame["completed"], start) <= 0) & (years_until(frame["closed"], start) > 0)
    stock_m2 = np.where(stands, let_to_firms_m2(frame, catalog), 0)
    closing_m2 = zeros(n)
    closing_m2[[closed.building for closed in closings(park, catalog, start) if closed.starts <= 0]] = WHOLE
    near_start, near = neighbours(park, catalog.value("near_m"))
    rents = frame["rent_cny_m2_day"].to_numpy(dtype=float)
    return Buildings(
        stock_m2=stock_m2,
        let_m2=zeros(n),
        offline_m2=np.minimum(closing_m2, stock_m2),
        held_m2=zeros(n),
        kept_m2=zeros(n),
        part_m2=zeros(n),
        closing_m2=closing_m2,
        works_m2=np.minimum(closing_m2, stock_m2),
        renovated_m2=zeros(n),
        since=renewed_since(park, start),
        low_quarters=zeros(n, np.int16),
        finding=zeros(n, np.int8),
        rent_cny_m2_day=rents.copy(),
        list_rent_cny_m2_day=rents.copy(),
        area=areas_of(park, start),
        leading=leading_in(park, catalog, start),
        market=market_of_type(catalog)[rows_of_types(frame, catalog)],
        storey_m=storeys_m(frame, catalog),
        floor_load_kn_m2=floor_loads(frame, catalog),
        public=frame["operator"].isin(catalog.public_operators).to_numpy(dtype=bool, copy=True),
        quality=frame["quality"].to_numpy(dtype=float).copy(),
        metro_m=park.metro_m.copy(),
        cell=park.cells.of_building.astype(np.int32),
        tenants=zeros(n),
        jobs=zeros((n, len(catalog.industries))),
        arrivals=zeros(n),
        departures=zeros(n),
        near_start=near_start,
        near=near,
    )


def leading_in(park: Park, catalog: Catalog, quarter: Quarter) -> NDArray[np.int8]:
    """Row of the industry that leads where each building stands, in the zones in force in a quarter; -1 none."""
    zones = in_force(park.zones_in_force, quarter)
    led: dict[str, int] = {}
    if "leading_industry" in zones:
        for zone, version, industry in zip(zones["zone_id"], zones["version"], zones["leading_industry"], strict=True):
            if isinstance(industry, str):
                led[f"{zone}@{version}"] = catalog.industries.index(industry)
    of_cell = [next((row for zone, row in led.items() if zone in cell), -1) for cell in park.cells.zones]
    return np.array(of_cell, dtype=np.int8)[park.cells.of_building]


def changes_of_leading(park: Park, catalog: Catalog, start: Quarter, years: float) -> list[tuple[float, int, int]]:
    """Where another industry leads from a date within the run: (years, row of the building, row of the industry)."""
    changes: list[tuple[float, int, int]] = []
    before = leading_in(park, catalog, start)
    bounds = [years_until(park.zones_in_force[bound], start) for bound in ("valid_from", "valid_to")]
    for date in np.unique(bounds):
        if 0.0 < date < years:
            now = leading_in(park, catalog, start.plus(round(date * QUARTERS_PER_YEAR)))
            changes += [(float(date), int(row), int(now[row])) for row in np.flatnonzero(now != before)]
            before = now
    return changes


def renewed_since(park: Park, start: Quarter) -> Floats:
    """Years from the start to the completion of each building, or to the end of works done before the start."""
    completed = years_until(park.firm_buildings["completed"], start)
    ends = pd.Series(years_until(park.works["ends"], start), index=park.works["building_id"].to_numpy(), dtype=float)
    renewed = ends[ends <= 0].groupby(level=0).max().reindex(park.firm_buildings["building_id"])
    return np.fmax(completed, renewed.to_numpy())


def revitalisation_rules(catalog: Catalog, start: Quarter) -> Revitalisation:
    """How low-efficiency stock is found, ranked, paid for and renewed, as the catalog has it."""

    def park_wide(quantity: str) -> Floats:
        return np.array([catalog.value(quantity)])

    first_year = start.year + start.year_part
    return Revitalisation(
        low_efficiency_share=park_wide("low_efficiency_share"),
        low_efficiency_quarters=park_wide("low_efficiency_quarters"),
        lease_up_years=park_wide("lease_up_years"),
        old_before=park_wide("old_plant_before_year") - first_year,
        of_plants=np.array([market == PLANT_MARKET for market in catalog.markets]),
        budget_cny_year=park_wide("revitalisation_budget_cny_year"),
        carry_over=park_wide("revitalisation_carry_over"),
        date_years=park_wide("revitalisation_date_years"),
        public_share=park_wide("revitalisation_public_share"),
        cap_cny_m2=park_wide("revitalisation_cap_cny_m2"),
        cap_cny=park_wide("revitalisation_cap_cny"),
        cost_cny_m2=np.array([catalog.value(f"{what}_works_cost_cny_m2") for what in ("building", "plant")]),
        phase_m2=park_wide("phase_m2"),
        least_years=park_wide("renovation_least_years"),
        likely_years=park_wide("renovation_years"),
        most_years=park_wide("renovation_most_years"),
        rent_rise=park_wide("renovation_rent_rise"),
        quality_gain=park_wide("renovation_quality_gain"),
    )


def markets_of(catalog: Catalog, areas: int) -> Markets:
    """Every submarket with rents as they are listed."""
    shape, response = (areas, len(catalog.markets)), catalog.value("rent_adjustment_per_year")
    return Markets(
        of_type=market_of_type(catalog),
        response_per_year=response * np.array([1.0, catalog.value("public_rent_response")]),
        structural_vacancy=np.array([catalog.value("structural_vacancy")]),
        fastest_per_year=np.array([catalog.value("rent_change_limit_per_year")]),
        lowest=np.array([catalog.value("rent_floor_ratio")]),
        highest=np.array([catalog.value("rent_ceiling_ratio")]),
        stock_m2=zeros(shape),
        let_m2=zeros(shape),
        level=np.ones((*shape, 2)),
        floor_elasticity=np.array([catalog.value("floor_rent_elasticity")]),
        floor_ratio=np.ones(1),
    )


def areas_of(park: Park, start: Quarter) -> NDArray[np.int16]:
    """Which area each building belongs to: its feature park in force at the start, else its cluster; 0 for the rest."""
    return places_at(area_names(park, start), park.cells)


def area_names(park: Park, start: Quarter) -> list[str]:
    """The areas as zone_id@version, the first that of what lies in none of those zones."""
    columns = ["zone_id", "version", "kind", "valid_from", "valid_to"]
    zones = in_force(pd.DataFrame(park.zones_in_force[columns]), start)
    return [
        "",
        *(
            f"{zone}@{version}"
            for kind in AREA_KINDS
            for zone, version, of_kind in zip(zones["zone_id"], zones["version"], zones["kind"], strict=True)
            if of_kind == kind
        ),
    ]


def neighbours(park: Park, radius_m: float) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Buildings within a radius of each, itself among them, as compressed rows."""
    points: Any = shapely.points(park.building_points)  # an array of them, which the stubs take for one
    here, near = shapely.STRtree(points).query(points, predicate="dwithin", distance=radius_m)
    order = np.lexsort((near, here))
    start = np.searchsorted(here[order], np.arange(len(points) + 1))
    return start.astype(np.int64), near[order].astype(np.int32)


def choice_of(park: Park, catalog: Catalog, index: Index, buildings: Buildings) -> Choice:
    """Which buildings suit whom; their weights are found when the park begins to move."""
    types = catalog.building_types
    segments = [(industry, stage) for industry in index.industries for stage in index.stages]
    type_fits = np.array([np.isin(types, list(catalog.fits(*segment))) for segment in segments]).T.copy()
    kind = rows_of_types(park.firm_buildings, catalog)
    n, p = len(kind), len(segments)
    named = [f"{industry}.{stage}" for industry, stage in segments]
    storey_need, load_need = by(catalog, "storey_need_m", named), by(catalog, "floor_load_need_kn_m2", named)
    structure = (buildings.storey_m[:, None], buildings.floor_load_kn_m2[:, None])
    return Choice(
        type_fits=type_fits,
        type_load_kn_m2=by(catalog, "floor_load_kn_m2", types),
        storey_need_m=storey_need,
        load_need_kn_m2=load_need,
        fits=suits(type_fits[kind], *structure, storey_need, load_need).T.copy(),
        jobs_near=zeros((n, len(index.industries))),
        weight=zeros((p, n)),
        tree=zeros((p, n + 1)),
        total=zeros(p),
        most_m2=np.full(p, UNKNOWN),
    )
