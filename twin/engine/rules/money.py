"""What firms earn, spend on R&D and pay in tax: one formula each, whoever asks for it."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Floats, Outbox, State, int64
from twin.engine.draws import normal
from twin.engine.kinds import UNDER_WAY, Draw, Help, Status

REFERENCE_STAFF = 20.0  # the size at which R&D shares are stated
TRIALS = 64  # draws of what a tier asks of its holders, before the last one, or the least asked for, is taken


@njit()
def revenue_cny(state: State, now: float, firm: int) -> float:
    """A firm's revenue in CNY a year: what it earns as it is, and the orders of scenes that it has under way."""
    return revenue_at_trend_cny(state, now, firm, revenue_trend(state, now))


@njit()
def revenue_at_trend_cny(state: State, now: float, firm: int, trend: float) -> float:
    """The same, where the trend of revenue per head is known."""
    return revenue_at_start_cny(state, firm) * trend + under_way_cny(state, now, firm, Help.ORDER + 0)


@njit()
def under_way_cny(state: State, now: float, firm: int, kind: int) -> float:
    """CNY a year of the orders, or of the R&D projects, that a firm has under way."""
    awards, total = state.awards, 0.0
    if int64(state.firms.helped[firm]) & UNDER_WAY != 0:
        for n in range(awards.first[0], awards.used[0]):
            if awards.firm[n] == firm and awards.kind[n] == kind and awards.ends[n] > now:
                total += awards.cny[n] / (awards.ends[n] - awards.since[n])
    return total


@njit()
def revenue_at_start_cny(state: State, firm: int) -> float:
    """At the start's revenue per head: persons x revenue per head of its industry x stage x its own productivity."""
    firms, i = state.firms, state.firms.industry[firm]
    per_head = state.industries.revenue_per_head_cny[i] * state.stages.revenue_factor[firms.stage[firm]]
    return float(firms.size[firm] * per_head * firms.productivity[firm])


@njit()
def revenue_trend(state: State, now: float) -> float:
    """Revenue per head over that at the start, common to all firms."""
    return math.exp(state.conduct.revenue_trend_per_year[0] * now)


@njit(nogil=True, cache=True)
def list_revenue(state: State, now: float, revenue: Floats, outbox: Outbox) -> None:
    """Write the revenue of every firm that is active in the park or on its register, CNY a year by row."""
    for firm in range(len(revenue)):
        status = state.firms.status[firm]
        if status in (Status.RESIDENT, Status.REMOTE):
            revenue[firm] = revenue_cny(state, now, firm)


@njit()
def rd_cny(state: State, now: float, firm: int, revenue: float) -> float:
    """A firm's spending on R&D in CNY a year: a share of its revenue, and what projects of the open-bid list bring."""
    return revenue * float(state.firms.rd_share[firm]) + under_way_cny(state, now, firm, Help.PROJECT + 0)


@njit()
def draw_rd_share(state: State, firm: int, nth: int) -> float:
    """R&D over revenue of a firm: log-normal around the median of its industry, stage and size."""
    firms, money, i = state.firms, state.money, state.firms.industry[firm]
    median = money.rd_share[i] * money.rd_stage_factor[firms.stage[firm]]
    median *= (firms.size[firm] / REFERENCE_STAFF) ** money.rd_size_exponent[0]
    return float(median * math.exp(money.rd_sigma[i] * normal(state.seed, firms.key[firm], Draw.RD_SHARE, nth)))


@njit()
def draw_stock_rd_share(state: State, firm: int, least: float) -> None:
    """The R&D share of a firm of the stock, given that it is no less than the tiers it holds ask for.

    Drawing again until a draw is enough is exact; a firm for which none of so many is gets the least.
    """
    share = 0.0
    for trial in range(TRIALS):
        share = draw_rd_share(state, firm, int64(trial))
        if share >= least:
            break
    # a little above the least, lest it falls below it when rounded to 32 bits
    state.firms.rd_share[firm] = max(share, least * (1.0 + 1e-6))


@njit()
def adapt_rd_share(state: State, firm: int, size_before: float, stage_before: int) -> None:
    """A firm that has another size or stage has the R&D share that goes with it, and keeps its own luck."""
    firms, money = state.firms, state.money
    by_size = (firms.size[firm] / size_before) ** money.rd_size_exponent[0]
    by_stage = money.rd_stage_factor[firms.stage[firm]] / money.rd_stage_factor[stage_before]
    firms.rd_share[firm] = firms.rd_share[firm] * by_size * by_stage


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
