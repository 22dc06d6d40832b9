"""Funds: what their capital pays for in a budget year, tickets paid to firms, and what comes back of them."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import State, int64
from twin.engine.draws import normal
from twin.engine.kinds import Draw


@njit()
def affordable(state: State, fund: int, capital_cny: float) -> int:
    """Tickets that a budget year's share of a capital pays for."""
    return int(math.floor(capital_cny * state.funds.invest_share[fund] / state.funds.ticket_cny[fund]))


@njit()
def pay_ticket(state: State, firm: int, fund: int) -> None:
    """A fund that has done its due diligence pays a firm a ticket."""
    funds = state.funds
    funds.capital_cny[fund] -= funds.ticket_cny[fund]
    funds.paid_cny[fund] += funds.ticket_cny[fund]
    state.firms.backed[firm] |= 1 << fund


@njit()
def pay_back(state: State, firm: int) -> None:
    """Funds that backed a firm which succeeds get their ticket times a lognormal multiple, once."""
    funds, backed = state.funds, int64(state.firms.backed[firm])
    for fund in range(len(funds.ticket_cny)):
        if (backed >> fund) & 1:
            sigma = funds.multiple_sigma[fund]
            z = normal(state.seed, state.firms.key[firm], Draw.RETURN + (fund << 8), int64(0))
            multiple = funds.multiple[fund] * math.exp(sigma * z - 0.5 * sigma * sigma)
            cny = math.floor(funds.ticket_cny[fund] * multiple)
            funds.capital_cny[fund] += cny
            funds.returned_cny[fund] += cny
    state.firms.backed[firm] = 0
