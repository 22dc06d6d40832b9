"""Low-efficiency stock: which buildings have little let for long, and which plants are old."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.kinds import Finding


@njit()
def inspect(state: State, now: float, building: int) -> None:
    """Find whether a building is low-efficiency stock, as it is counted.

    It is where less than a share of its floor on offer has been let for some counts running, and it was opened or
    renewed longer ago than floor takes to be let (Xicheng's rule: below 70 %); or where it is a plant of before a date
    that was never renewed (Beijing's rule: before 2005). What closes, or is not there, is not.
    """
    buildings, rules = state.buildings, state.revitalisation
    buildings.finding[building] = Finding.NONE
    if buildings.stock_m2[building] == 0 or buildings.closing_m2[building] > 0:
        buildings.low_quarters[building] = 0
        return
    buildings.since[building] = min(buildings.since[building], now)  # that of floor without a date, when first counted
    offered = buildings.stock_m2[building] - buildings.held_m2[building]
    little = buildings.let_m2[building] < rules.low_efficiency_share[0] * offered
    buildings.low_quarters[building] = buildings.low_quarters[building] + 1 if little else 0
    settled = now - buildings.since[building] > rules.lease_up_years[0]
    if little and settled and buildings.low_quarters[building] >= rules.low_efficiency_quarters[0]:
        buildings.finding[building] += Finding.LOW_LET
    market = int64(buildings.market[building])
    if market >= 0 and rules.of_plants[market] and buildings.since[building] < rules.old_before[0]:
        buildings.finding[building] += Finding.OLD_PLANT


@njit(cache=True)
def raise_budget(state: State, now: float, cny_year: float, outbox: Outbox) -> None:
    """Change the yearly budget for grants; it never falls below none."""
    rules = state.revitalisation
    rules.budget_cny_year[0] = max(rules.budget_cny_year[0] + cny_year, 0.0)


@njit(cache=True)
def raise_threshold(state: State, now: float, share: float, outbox: Outbox) -> None:
    """Change the share of floor below which little is let; it stays a share."""
    rules = state.revitalisation
    rules.low_efficiency_share[0] = min(max(rules.low_efficiency_share[0] + share, 0.0), 1.0)
