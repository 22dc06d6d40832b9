"""The ladder of tiers: who applies, who is recognised, whose tier lapses, and what a desk sees of a firm."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Flags, Floats, Ints, Outbox, State, int64
from twin.engine.draws import laplace, uniform
from twin.engine.kinds import Draw, Kind, Status
from twin.engine.note import note
from twin.engine.rules.growth import growth_of
from twin.engine.rules.money import rd_cny, revenue_cny

SEEN = 2  #: what `look` writes of each firm: revenue and R&D, CNY a year


@njit(cache=True)
def look(state: State, now: float, rows: Ints, seen: Floats, outbox: Outbox) -> None:
    """Write the revenue and the spending on R&D of some firms, (SEEN, rows)."""
    for n in range(len(rows)):
        seen[0, n] = revenue_cny(state, now, rows[n])
        seen[1, n] = rd_cny(state, rows[n], seen[0, n])


@njit(cache=True)
def recall(state: State, now: float, first: int, past: Floats, outbox: Outbox) -> None:
    """Write what firms from row `first` on earned in years before they were seen, (years, rows), CNY a year.

    Row 0 of `past` is what they earn now. Of the years before nothing is known: the law of growth is run backwards with
    draws of the firm's own, until it was founded.
    """
    firms = state.firms
    for firm in range(first, past.shape[1]):
        for back in range(1, past.shape[0]):
            age = now - back - firms.founded[firm]
            past[back, firm] = 0.0
            if age >= 0.0:
                luck = laplace(state.seed, firms.key[firm], Draw.PAST_GROWTH, int64(back))
                past[back, firm] = past[back - 1, firm] / math.exp(growth_of(state, firm, age, luck))


@njit(cache=True)
def draw_lots(state: State, now: float, draw: int, tier: int, rows: Ints, nth: Ints, lots: Floats, outbox: Outbox) -> None:
    """Write a uniform of each firm's own for what is decided about a tier at its `nth` review."""
    about = draw + (tier << 8)
    for n in range(len(rows)):
        lots[n] = uniform(state.seed, state.firms.key[rows[n]], about, nth[n])


@njit(cache=True)
def draw_applicants(
    state: State,
    now: float,
    tier: int,
    industries: Flags,
    stages: Flags,
    undecided: Flags,
    review: int,
    share: float,
    rows: Ints,
    outbox: Outbox,
) -> int:
    """Write the rows of firms whose lot at a review is below `share`; returns how many.

    They are registered, of an industry and stage that may hold the tier, have it not and are not in line for it.
    """
    firms, count = state.firms, 0
    about = Draw.APPLY + (tier << 8)
    for firm in range(firms.used[0]):
        status = firms.status[firm]
        if status != Status.RESIDENT and status != Status.REMOTE:
            continue
        if undecided[firm] or not firms.registered[firm] or int64(firms.tiers[firm]) >> tier & 1:
            continue
        if not (industries[firms.industry[firm]] and stages[firms.stage[firm]]):
            continue
        if uniform(state.seed, firms.key[firm], about, review) < share:
            rows[count] = firm
            count += 1
    return count


@njit(cache=True)
def apply(state: State, now: float, tier: int, count: int, outbox: Outbox) -> None:
    """So many firms apply for a tier."""
    state.ladder.applied[tier] += count
    state.ladder.queue[tier] += count


@njit(cache=True)
def decide(
    state: State,
    now: float,
    tier: int,
    recognised: Ints,
    refused: int,
    withdrawn: int,
    waited_years: float,
    outbox: Outbox,
) -> None:
    """Firms are recognised in a tier, at most AT_ONCE; others are refused, or have gone before; so long they waited."""
    ladder = state.ladder
    ladder.queue[tier] -= len(recognised) + refused + withdrawn
    ladder.recognised[tier] += len(recognised)
    ladder.refused[tier] += refused
    ladder.withdrawn[tier] += withdrawn
    ladder.waited_years[tier] += waited_years
    for firm in recognised:
        state.firms.tiers[firm] = int64(state.firms.tiers[firm]) | 1 << tier
        note(state, now, Kind.RECOGNISE, firm, int64(state.firms.building[firm]), float(tier))


@njit(cache=True)
def lapse(state: State, now: float, tier: int, rows: Ints, outbox: Outbox) -> None:
    """Firms hold a tier no longer, at most AT_ONCE of them."""
    state.ladder.lapsed[tier] += len(rows)
    for firm in rows:
        state.firms.tiers[firm] = int64(state.firms.tiers[firm]) & ~(1 << tier)
        note(state, now, Kind.LAPSE, firm, int64(state.firms.building[firm]), float(tier))
