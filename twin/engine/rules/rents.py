"""Rents: asking rents follow the vacancy of their submarket."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Markets, State, int64


@njit(cache=True)
def adjust_rents(state: State, years: float) -> None:
    """Count the floor of every submarket, and let asking rents follow its vacancy for so many years."""
    markets = state.markets
    count_floor(state)
    areas, kinds, landlords = markets.level.shape
    for area in range(areas):
        for market in range(kinds):
            stock = markets.stock_m2[area, market]
            if stock > 0:
                vacancy = 1.0 - markets.let_m2[area, market] / stock
                for landlord in range(landlords):
                    level = markets.level[area, market, landlord]
                    markets.level[area, market, landlord] = followed(markets, landlord, level, vacancy, years)
    for building in range(len(state.buildings.stock_m2)):
        ask(state, building)
    markets.floor_ratio[0] = mean_level(state) ** -markets.floor_elasticity[0]
    state.waiting.least_m2[:] = 1  # who waits may need less than before


@njit()
def mean_level(state: State) -> float:
    """Asking rent over what list rents would be without levers, the mean over let floor; 1 where nothing is let."""
    let_m2, weighted = 0, 0.0
    for building in range(len(state.buildings.let_m2)):
        let_m2 += state.buildings.let_m2[building]
        level = level_of(state, building) * state.purse.relief[building]
        weighted += state.buildings.let_m2[building] * level
    return weighted / let_m2 if let_m2 > 0 else 1.0


@njit()
def count_floor(state: State) -> None:
    """Floor of every submarket that is not off line, and what of it is let."""
    buildings, markets = state.buildings, state.markets
    markets.stock_m2[:] = 0
    markets.let_m2[:] = 0
    for building in range(len(buildings.stock_m2)):
        area, market = int64(buildings.area[building]), int64(buildings.market[building])
        if market >= 0:
            markets.stock_m2[area, market] += buildings.stock_m2[building] - buildings.offline_m2[building]
            markets.let_m2[area, market] += buildings.let_m2[building]


@njit()
def followed(markets: Markets, landlord: int, level: float, vacancy: float, years: float) -> float:
    """Rent after some years of d ln R / dt = -k (v - v*), no faster than the limit and within the bounds.

    Rosen & Smith 1983, American Economic Review 73(4); Wheaton & Torto 1988, AREUEA Journal 16(4).
    """
    drift = -markets.response_per_year[landlord] * (vacancy - markets.structural_vacancy[0])
    fastest = markets.fastest_per_year[0]
    level = level * math.exp(min(max(drift, -fastest), fastest) * years)
    return min(max(level, markets.lowest[0]), markets.highest[0])


@njit()
def ask(state: State, building: int) -> None:
    """Asking rent in CNY/m²/day: the building's list rent at the level of its submarket and landlord."""
    buildings = state.buildings
    buildings.rent_cny_m2_day[building] = buildings.list_rent_cny_m2_day[building] * level_of(state, building)


@njit()
def level_of(state: State, building: int) -> float:
    """Asking rent over list rent of a building."""
    buildings, market = state.buildings, int64(state.buildings.market[building])
    if market < 0:
        return 1.0
    return float(state.markets.level[int64(buildings.area[building]), market, int64(buildings.public[building])])
