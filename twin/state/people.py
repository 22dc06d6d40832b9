"""People by skill, and the homes in the park."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.catalog import Catalog
from twin.engine.arrays import Floats, People
from twin.park import Park
from twin.park.dates import altered
from twin.park.network import Travel
from twin.park.places import places_at, within
from twin.state.columns import let_to_firms_m2, years_until
from twin.state.filling import by, zeros
from twin.units import QUARTERS_PER_YEAR, Quarter

#: Minutes from work to a home where the park has neither homes nor buildings for firms.
NO_WAY_MIN = 15.0


def people_of(park: Park, catalog: Catalog, start: Quarter) -> People:
    """Everybody and every home at the start; who is at work is counted at the first instant."""
    names = park.living_places(start)
    skills, places = len(catalog.skills), len(names)
    homes = homes_of(park, catalog, start, names)
    lag = round(catalog.value("talent_lag_years") * QUARTERS_PER_YEAR)

    def park_wide(quantity: str) -> Floats:
        return np.array([catalog.value(quantity)])

    industries = len(catalog.industries)
    return People(
        mix=np.array([catalog.skill_shares(industry) for industry in catalog.industries]),
        slack=park_wide("talent_slack"),
        pool=by(catalog, "talent_pool", catalog.skills),
        inflow_per_year=by(catalog, "talent_inflow_per_year", catalog.skills),
        outflow_per_year=by(catalog, "talent_outflow_per_year", catalog.skills),
        inflow_elasticity=park_wide("talent_inflow_elasticity"),
        lag_years=park_wide("talent_lag_years"),
        past=np.zeros((lag + 1, skills)),
        demand=np.zeros(skills),
        demand_at_start=np.zeros(skills),
        supply=np.zeros(skills),
        supply_at_start=np.zeros(skills),
        programme_per_year=np.zeros(skills),
        places_per_year=np.zeros(skills),
        graduating_per_year=np.zeros(skills),
        class_years=park_wide("class_years"),
        class_stay_share=park_wide("class_stay_share"),
        programme_cost_cny=park_wide("programme_cost_cny"),
        class_cost_cny=park_wide("class_cost_cny"),
        inflow=np.zeros(skills),
        outflow=np.zeros(skills),
        attracted=np.zeros(skills),
        graduated=np.zeros(skills),
        shortage=np.zeros(skills),
        growth_effect=park_wide("shortage_growth_effect"),
        move_effect=park_wide("shortage_move_effect"),
        growth_factor=np.ones(industries),
        move_factor=np.ones(industries),
        move_before=np.ones(industries),
        stay_effect=park_wide("housing_stay_effect"),
        housed_share=np.zeros(1),
        housed_at_start=np.zeros(1),
        place=places_at(names, park.cells),
        homes=homes.open,
        home_m2=park_wide("home_m2"),
        home_persons=park_wide("home_persons"),
        home_vacancy=park_wide("home_vacancy"),
        home_cost_cny=park_wide("home_cost_cny"),
        home_rent=homes.rent_cny_m2_day,
        home_quality=homes.quality,
        home_minutes=homes.minutes,
        taste_rent=park_wide("home_rent_taste"),
        taste_minutes=park_wide("home_minutes_taste"),
        taste_quality=park_wide("home_quality_taste"),
        city_value=park_wide("city_home_value"),
        dissimilarity=park_wide("home_nest_dissimilarity"),
        staff=zeros(industries),
        staff_near=zeros(places),
        value=np.zeros(places),
        share=np.zeros(places),
        wanted=np.zeros(places),
        housed=np.zeros(places),
        minutes=np.zeros(places),
    )


class Homes(NamedTuple):
    """The homes of each place."""

    open: NDArray[np.int64]  #: (O,) at the start
    rent_cny_m2_day: Floats  #: (O,) means over the floor of homes that are there or dated, those of smaller zones too
    quality: Floats  #: (O,)
    minutes: Floats  #: (O, O) from work in a place to homes in one


def homes_of(park: Park, catalog: Catalog, start: Quarter, names: list[str]) -> Homes:
    """The homes of each place; one without any is like the others, and a park without any as the catalog has it."""
    frame = park.home_buildings
    floor = frame["lettable_m2"].to_numpy(dtype=float) * np.isfinite(years_until(frame["completed"], start))
    dated = within(names, park.home_cells) * floor
    usual = catalog.home_types[0]
    rent, quality = (
        mean_within(frame[column].to_numpy(dtype=float), dated, floor, catalog.value(quantity, usual))
        for column, quantity in (("rent_cny_m2_day", "asking_rent_cny_m2_day"), ("quality", "building_quality"))
    )
    count = zeros(len(names))
    for years, at, m2 in home_changes(park, catalog, start):
        if years <= 0.0:
            count[at] += int(m2 / catalog.value("home_m2"))
    return Homes(count, rent, quality, minutes_between(park, catalog, names, dated))


def mean_within(values: Floats, weights: Floats, everywhere: Floats, usual: float) -> Floats:
    """(O,): weighted means by place; where there is nothing that over all, or what is usual."""
    of_all = float(everywhere @ values / everywhere.sum()) if everywhere.sum() > 0.0 else usual
    total = weights.sum(axis=1)
    return np.divide(weights @ values, total, out=np.full(len(total), of_all), where=total > 0.0)


def minutes_between(park: Park, catalog: Catalog, names: list[str], dated: Floats) -> Floats:
    """(O, O): minutes from work in a place to homes in one, on foot and by rail, cells and homes weighed by floor.

    A place is where its homes are that are there or dated; else those that are planned without a date; else its
    buildings for firms. `dated` is the floor (O, homes) of the first.
    """
    minutes = park.commute_min(Travel.of(catalog))
    if not len(minutes):
        return np.full((len(names), len(names)), NO_WAY_MIN)
    let = let_to_firms_m2(park.firm_buildings, catalog).astype(float) + 1.0
    cells = len(minutes)
    of_cell = np.bincount(park.cells.of_building, weights=let, minlength=cells).astype(float)
    place_of_cell = np.zeros(cells, np.int16)
    place_of_cell[park.cells.of_building] = places_at(names, park.cells)
    works = (place_of_cell == np.arange(len(names))[:, None]) * of_cell
    planned = within(names, park.home_cells) * park.home_buildings["lettable_m2"].to_numpy(dtype=float)
    for_firms = np.zeros((len(names), cells))
    np.add.at(for_firms.T, park.cells.of_building, (within(names, park.cells) * let).T)
    sites = np.zeros((len(names), dated.shape[1] + cells))
    for place in range(len(names)):
        if dated[place].any():
            sites[place, : dated.shape[1]] = dated[place]
        elif planned[place].any():
            sites[place, : dated.shape[1]] = planned[place]
        else:
            sites[place, dated.shape[1] :] = for_firms[place]
    return shares(works) @ minutes @ shares(sites).T


def shares(weights: Floats) -> Floats:
    """Rows that add up to 1; one without weight is like all."""
    total = weights.sum(axis=1, keepdims=True)
    all_alike = np.full(weights.shape, 1.0 / weights.shape[1])
    return np.divide(weights, total, out=all_alike, where=total > 0.0)


def home_changes(park: Park, catalog: Catalog, start: Quarter) -> list[tuple[float, int, float]]:
    """Floor of homes that opens, or closes: (years, place, m²) in order of date; at 0 what is open at the start.

    Homes are off while they are worked on, and what works turn into homes, or homes into, counts from their end.
    """
    frame, place, works = park.home_buildings, places_at(park.living_places(start), park.home_cells), park.works
    homely = frame["building_type"].isin(catalog.home_types).to_numpy()
    floor = np.where(homely, frame["lettable_m2"].to_numpy(dtype=float), 0.0)
    opens, closes = (years_until(frame[date], start) for date in ("completed", "closed"))
    names = frame["building_id"].tolist()
    worked = set(works.loc[works["building_id"].isin(names), "building_id"]) if len(works) else set()
    changes: list[tuple[float, int, float]] = []
    for row, name in enumerate(names):
        if opens[row] == math.inf:
            continue
        steps = [(max(float(opens[row]), 0.0), float(floor[row]))]  # (years, m² from then on)
        if name in worked:
            steps += _steps_of_works(park, catalog, start, name, steps[0][0])
        steps = [step for step in steps if step[0] < closes[row]]
        if closes[row] < math.inf:
            steps.append((float(closes[row]), 0.0))
        before = 0.0
        for years, m2 in steps:
            # what goes and what comes are told apart, so that homes are whole ones of either
            changes += [(years, int(place[row]), -before)] if before and m2 != before else []
            changes += [(years, int(place[row]), m2)] if m2 and m2 != before else []
            before = m2
    return sorted(changes)


def _steps_of_works(park: Park, catalog: Catalog, start: Quarter, name: str, opens: float) -> list[tuple[float, float]]:
    """(years, m² of homes from then on) by the works on a building that are not over at the start."""
    works = park.works[park.works["building_id"] == name]
    building = park.buildings[park.buildings["building_id"] == name]
    bounds = [years_until(works[date], start) for date in ("starts", "ends")]
    steps: list[tuple[float, float]] = []
    for starts, ends in sorted(zip(*(bound.tolist() for bound in bounds), strict=True)):
        if ends <= 0.0:
            continue
        after = altered(building, works, start.plus(round(ends * QUARTERS_PER_YEAR))).iloc[0]
        m2 = float(after["lettable_m2"]) if after["building_type"] in catalog.home_types else 0.0
        steps += [(max(float(starts), opens), 0.0), (float(ends), m2)]
    return steps
