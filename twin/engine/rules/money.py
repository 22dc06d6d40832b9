"""What firms earn, spend on R&D and pay in tax: one formula each, whoever asks for it."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import State, int64
from twin.engine.draws import normal
from twin.engine.kinds import Draw

REFERENCE_STAFF = 20.0  # the size at which R&D shares are stated
TRIALS = 64  # draws of an R&D share before a holder of a tier is given the least that its rule asks for


@njit()
def revenue_cny(state: State, now: float, firm: int) -> float:
    """A firm's revenue in CNY a year: persons x revenue per head of its industry x stage x its own productivity."""
    firms, i = state.firms, state.firms.industry[firm]
    per_head = state.industries.revenue_per_head_cny[i] * state.stages.revenue_factor[firms.stage[firm]]
    trend = math.exp(state.conduct.revenue_trend_per_year[0] * now)
    return float(firms.size[firm] * per_head * firms.productivity[firm] * trend)


@njit()
def rd_cny(state: State, firm: int, revenue: float) -> float:
    """A firm's spending on R&D in CNY a year."""
    return revenue * usual_rd_share(state, firm) * float(state.firms.rd_luck[firm])


@njit()
def usual_rd_share(state: State, firm: int) -> float:
    """The median R&D over revenue of firms of an industry, stage and size."""
    firms, money = state.firms, state.money
    share = money.rd_share[firms.industry[firm]] * money.rd_stage_factor[firms.stage[firm]]
    return float(share * (firms.size[firm] / REFERENCE_STAFF) ** money.rd_size_exponent[0])


@njit()
def draw_rd_luck(state: State, who: int, industry: int, nth: int) -> float:
    """A firm's R&D share over that of its like: log-normal of median 1."""
    return math.exp(state.money.rd_sigma[industry] * normal(state.seed, who, Draw.RD_SHARE, nth))


@njit()
def draw_stock_rd_luck(state: State, firm: int) -> None:
    """The R&D share of a firm of the stock, given that it keeps the rules of the tiers it holds.

    Until now `rd_luck` says the least share those rules ask for. Drawing again until a draw is enough is exact; a firm
    for which none of so many is gets the least.
    """
    firms, industry = state.firms, int64(state.firms.industry[firm])
    usual = usual_rd_share(state, firm)
    least = float(firms.rd_luck[firm]) / usual if usual > 0.0 else 0.0
    luck = 0.0
    for trial in range(TRIALS):
        luck = draw_rd_luck(state, firms.key[firm], industry, int64(trial))
        if luck >= least:
            break
    # the next 32-bit number above what is asked for, lest rounding breaks the rule
    firms.rd_luck[firm] = max(luck, least * (1.0 + 1e-6))


@njit()
def tax_cny(state: State, firm: int, revenue: float) -> float:
    """A firm's taxes in CNY a year: the share usual in its industry, less what a lower rate on its profit saves.

    revenue x (tax_share - profit_share x (common rate - rate of its best tier)), and not below zero. A high-tech
    enterprise pays 15 % on profit instead of 25 % (企业所得税法, art. 28).
    """
    money, i = state.money, state.firms.industry[firm]
    rate = money.profit_tax_rate[0]
    tiers, tier = int64(state.firms.tiers[firm]), 0
    while tiers > 0:
        if tiers & 1:
            rate = min(rate, money.tier_profit_tax_rate[tier])
        tiers, tier = tiers >> 1, tier + 1
    saved = money.profit_share[i] * (money.profit_tax_rate[0] - rate)
    return float(revenue * max(money.tax_share[i] - saved, 0.0))
