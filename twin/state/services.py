"""Services with their slots, and funds."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.engine.arrays import Facilities, Floats, Funds, Requests, Services
from twin.park import Park
from twin.state.columns import years_until
from twin.state.filling import by, full, zeros
from twin.state.index import Index
from twin.units import Quarter


def facility_openings(park: Park, catalog: Catalog, start: Quarter) -> list[tuple[float, int, int, int]]:
    """Facilities that open after the start: (years, row of the service, row of the facility, slots), by date."""
    rows = zip(facility_dates(park, start).tolist(), park.services["service"], park.services["slots"], strict=True)
    return sorted(
        (years, catalog.services.index(service), facility, int(slots))
        for facility, (years, service, slots) in enumerate(rows)
        if 0.0 < years < math.inf
    )


def facility_dates(park: Park, start: Quarter) -> Floats:
    """Years until each facility is there: with its opening, and its building's completion if it is in one for firms.

    At or below 0 if it is there at the start; inf if it never is, as its building has no date, or was closed by then.
    """
    named, buildings = buildings_of_facilities(park), park.firm_buildings
    buildings = buildings[buildings["building_id"].isin(named)]
    completed = years_until(buildings["completed"], start)
    there = np.where(years_until(buildings["closed"], start) > 0, completed, math.inf)
    built = dict(zip(buildings["building_id"], there.tolist(), strict=True))
    opens = np.where(park.services["opens"].notna(), years_until(park.services["opens"], start), -math.inf)
    return np.maximum(opens, [built.get(building, -math.inf) for building in named])


def facilities_of(park: Park, catalog: Catalog, index: Index, start: Quarter) -> Facilities:
    """Facilities with the slots that are open at the start, and those closed by works under way."""
    named, works = buildings_of_facilities(park), park.building_works
    under_way = set(works["building_id"][years_until(works["starts"], start) <= 0])
    worked_on = np.array([building in under_way for building in named], dtype=np.bool_)
    slots = np.where(facility_dates(park, start) <= 0, park.services["slots"].to_numpy(dtype=np.int64), 0)
    return Facilities(
        service=pd.Index(catalog.services).get_indexer(pd.Index(park.services["service"])).astype(np.int32),
        building=np.array([index.building.get(str(building), -1) for building in named], dtype=np.int32),
        slots=np.where(worked_on, 0, slots),
        off=np.where(worked_on, slots, 0),
        closings=worked_on.astype(np.int64),
    )


def house_openings(park: Park, index: Index, start: Quarter) -> list[tuple[float, int, int, int]]:
    """When facilities come to houses: (years, row of the building, row of the service, slots), in order of date.

    A facility has its building for a house from when it is there, and at the start if it was there before.
    """
    rows = zip(
        facility_dates(park, start).tolist(),
        buildings_of_facilities(park),
        park.services["service"],
        park.services["slots"],
        strict=True,
    )
    return sorted(
        (max(years, 0.0), index.building[str(building)], index.services.index(service), int(slots))
        for years, building, service, slots in rows
        if building in index.building and years < math.inf
    )


def buildings_of_facilities(park: Park) -> list[object]:
    """Ids of the buildings that facilities are in, None where the table does not say."""
    if "building_id" not in park.services:
        return [None] * len(park.services)
    return park.services["building_id"].tolist()


def houses_of(park: Park, index: Index) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Rows of the buildings that each service has facilities in, as compressed rows."""
    found: list[set[int]] = [set() for _ in index.services]
    for service, building in zip(park.services["service"], buildings_of_facilities(park), strict=True):
        if building in index.building:
            found[index.services.index(service)].add(index.building[str(building)])
    starts = np.cumsum([0, *(len(houses) for houses in found)])
    return starts.astype(np.int64), np.array([row for houses in found for row in sorted(houses)], dtype=np.int32)


def services_of(park: Park, catalog: Catalog, index: Index, facilities: Facilities) -> Services:
    """Services with the slots that are open at the start."""
    names = catalog.services
    house_start, house = houses_of(park, index)
    slots = zeros(len(names))
    np.add.at(slots, facilities.service, facilities.slots)
    n, shapes = len(names), by(catalog, "service_shape", names)

    def of_supports(quantity: str, otherwise: float) -> Floats:
        return np.array([catalog.value(quantity, name) if name in catalog.supports else otherwise for name in names])

    return Services(
        slots=slots,
        busy=zeros(n),
        share=of_supports("service_share", 0.0),
        served_advance_ratio=of_supports("served_advance_ratio", 1.0),
        serving_fail_ratio=of_supports("serving_fail_ratio", 1.0),
        relieves=pd.Index(catalog.failures)
        .get_indexer(pd.Index([row["relieves"] for row in catalog.tables["services"]]))
        .astype(np.int32),
        relief_ratio=of_supports("relief_ratio", 1.0),
        scale_years=by(catalog, "service_years", names) / [math.gamma(1.0 + 1.0 / shape) for shape in shapes],
        shape=shapes,
        patience_years=by(catalog, "service_patience_years", names),
        head=full(n, -1, np.int32),
        tail=full(n, -1, np.int32),
        last_prior=full(n, -1, np.int32),
        queue=zeros(n),
        joined=zeros(n),
        started=zeros(n),
        finished=zeros(n),
        tired=zeros(n),
        waited_years=np.zeros(n),
        busy_years=np.zeros(n),
        queue_years=np.zeros(n),
        slot_years=np.zeros(n),
        since=np.zeros(n),
        slot_m2=np.floor(of_supports("slot_m2", 0.0)).astype(np.int64),
        house_start=house_start,
        house=house,
    )


def funds_of(catalog: Catalog) -> Funds:
    """Funds at the start of their first budget year; of a service that is none, nothing but no rationing."""
    names = catalog.services

    def of_funds(quantity: str) -> Floats:
        return np.array([catalog.value(quantity, name) if name in catalog.funds else 0.0 for name in names])

    capital_cny, ticket_cny = np.floor(of_funds("fund_capital_cny")), np.floor(of_funds("fund_ticket_cny"))
    invested = of_funds("fund_invest_share")
    tickets = np.divide(capital_cny * invested, ticket_cny, out=np.full(len(names), -1.0), where=ticket_cny > 0)
    return Funds(
        tickets=np.floor(tickets).astype(np.int64),
        ticket_cny=ticket_cny,
        capital_cny=capital_cny,
        share=of_funds("fund_share"),
        sure_share=of_funds("fund_sure_share"),
        invest_share=invested,
        budget_years=of_funds("fund_budget_years"),
        multiple=of_funds("fund_multiple"),
        multiple_sigma=of_funds("fund_multiple_sigma"),
        paid_cny=np.zeros(len(names)),
        returned_cny=np.zeros(len(names)),
        private_cny=np.zeros(len(names)),
        unmatched=zeros(len(names)),
    )


def no_requests(size: int) -> Requests:
    """No places, and room for so many; the environment adds when short."""
    following = np.arange(1, size + 1, dtype=np.int32)
    following[-1] = -1
    return Requests(
        held=zeros(1),
        free=zeros(1, np.int32),
        firm=zeros(size, np.int32),
        service=zeros(size, np.int8),
        on_slot=zeros(size, np.bool_),
        since=np.zeros(size),
        due=np.zeros(size),
        after=full(size, -1, np.int32),
        before=full(size, -1, np.int32),
        next=following,
    )
