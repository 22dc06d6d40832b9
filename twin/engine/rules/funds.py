"""Funds: what their capital pays for in a budget year, rounds paid together with others, and what comes back."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import State, int64
from twin.engine.draws import normal, uniform
from twin.engine.kinds import Draw


@njit()
def affordable(state: State, fund: int, capital_cny: float) -> int:
    """Tickets that a budget year's share of a capital pays for."""
    return int(math.floor(capital_cny * state.funds.invest_share[fund] / state.funds.ticket_cny[fund]))


@njit()
def is_joined(state: State, firm: int, fund: int) -> bool:
    """Whether others pay the rest of a firm's round: the likelier, the more of it the fund takes.

    The chance is share / sure_share, at most 1: the less is left to others, the more rounds they fill. Then what others
    are expected to pay for a firm looked at, ticket x (1 - share) / sure_share, falls with the share.
    """
    luck = uniform(state.seed, state.firms.key[firm], Draw.PARTNER + (int(fund) << 8), int64(state.firms.stage[firm]))
    return bool(luck * state.funds.sure_share[fund] < state.funds.share[fund])


@njit()
def give_back_ticket(state: State, fund: int) -> None:
    """A ticket that was kept for a firm is there for another; nothing where tickets are not rationed."""
    if state.funds.tickets[fund] >= 0:
        state.funds.tickets[fund] += 1


@njit()
def pay_ticket(state: State, firm: int, fund: int) -> None:
    """A fund that has done its due diligence pays a firm a ticket, and others the rest of the round, in whole CNY."""
    funds = state.funds
    ticket = funds.ticket_cny[fund]
    funds.capital_cny[fund] -= ticket
    funds.paid_cny[fund] += ticket
    funds.private_cny[fund] += math.floor(ticket / funds.share[fund]) - ticket
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
