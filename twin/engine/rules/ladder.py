"""The ladder of tiers: who may hold one, who applies, what the desk decides, and whose validity is renewed."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Flags, Floats, Ints, Outbox, State, int64
from twin.engine.draws import laplace, uniform
from twin.engine.kinds import Draw, Kind, Measure, Status
from twin.engine.note import note
from twin.engine.rules.growth import growth_of
from twin.engine.rules.money import TRIALS, rd_cny, revenue_cny


@njit(nogil=True, cache=True)
def apply(
    state: State,
    now: float,
    tier: int,
    review: int,
    past: Floats,
    undecided: Flags,
    rows: Ints,
    outbox: Outbox,
) -> int:
    """Firms that are eligible for a tier and have it not apply, each by its own lot; returns how many.

    Their rows are written, those with an application already left out. Of whom would apply in a year, so many do at
    one of its reviews.
    """
    firms, required, count = state.firms, state.ladder.requires[tier], 0
    in_a_year = min(state.ladder.apply_share[tier], 1.0)
    share = 1.0 - (1.0 - in_a_year) ** state.ladder.interval_years[tier]
    # names for arrays that every firm is looked up in: thousands are asked, and few get further
    key, status, tiers, registered = firms.key, firms.status, firms.tiers, firms.registered
    for firm in range(firms.used[0]):
        if status[firm] == Status.GONE or int64(tiers[firm]) & (required | 1 << tier) != required:
            continue
        if undecided[firm] or not registered[firm]:
            continue
        if uniform(state.seed, key[firm], Draw.APPLY + (tier << 8), review) >= share:
            continue
        if may_hold(state, firm, tier) and eligible(state, now, firm, tier, past):
            rows[count] = firm
            undecided[firm] = True
            count += 1
    state.ladder.applied[tier] += count
    state.ladder.queue[tier] += count
    return count


@njit(cache=True)
def decide(
    state: State, now: float, tier: int, rows: Ints, reviews: Ints, since: Floats, until: Floats, outbox: Outbox
) -> None:
    """Applications, at most AT_ONCE, get their decisions: who is still there is recognised or refused by its own lot.

    The end of validity is written for whoever is recognised.
    """
    ladder = state.ladder
    for n in range(len(rows)):
        firm = rows[n]
        ladder.queue[tier] -= 1
        if state.firms.status[firm] == Status.GONE or state.firms.status[firm] == Status.DORMANT:
            ladder.withdrawn[tier] += 1
            continue
        ladder.waited_years[tier] += now - since[n]
        if lot(state, firm, Draw.APPROVE, tier, reviews[n]) >= ladder.approve_share[tier]:
            ladder.refused[tier] += 1
            continue
        ladder.recognised[tier] += 1
        until[firm] = now + ladder.valid_years[tier]
        state.firms.tiers[firm] = int64(state.firms.tiers[firm]) | 1 << tier
        note(state, now, Kind.RECOGNISE, firm, int64(state.firms.building[firm]), float(tier))


@njit(cache=True)
def renew(
    state: State, now: float, tier: int, review: int, rows: Ints, past: Floats, until: Floats, outbox: Outbox
) -> None:
    """Holders whose validity has ended, at most AT_ONCE: who is eligible and applies keeps the tier, else it lapses."""
    ladder = state.ladder
    for firm in rows:
        if state.firms.status[firm] == Status.GONE:
            until[firm] = math.inf
            continue
        applies = lot(state, firm, Draw.RENEW, tier, review) < ladder.renew_share[tier]
        if applies and may_hold(state, firm, tier) and eligible(state, now, firm, tier, past):
            until[firm] += ladder.valid_years[tier]
            continue
        until[firm] = math.inf
        ladder.lapsed[tier] += 1
        state.firms.tiers[firm] = int64(state.firms.tiers[firm]) & ~(1 << tier)
        note(state, now, Kind.LAPSE, firm, int64(state.firms.building[firm]), float(tier))


@njit(nogil=True, cache=True)
def take_over(state: State, now: float, tier: int, until: Floats, outbox: Outbox) -> None:
    """Write when the validity of the stock's holders ends: uniform over the years for which a tier is given."""
    for firm in range(state.firms.used[0]):
        if holds(state, firm, tier):
            until[firm] = now + state.ladder.valid_years[tier] * lot(state, firm, Draw.VALIDITY, tier, int64(0))


@njit(nogil=True, cache=True)
def recall(state: State, now: float, known: int, past: Floats, outbox: Outbox) -> None:
    """Write what firms earn now, (years back, rows) in CNY a year, and what those from row `known` on have earned.

    Of the years before a firm was first seen nothing is known: its past is drawn, for a firm of the stock that holds
    tiers again and again until it is as good as they ask for. A prospect is not seen before it comes.
    """
    for firm in range(past.shape[1]):
        if state.firms.entered[firm] == math.inf:
            past[:, firm] = math.nan
            continue
        past[0, firm] = revenue_cny(state, now, firm)
        is_new = firm >= known or math.isnan(past[1, firm])
        for trial in range(TRIALS if is_new else 0):
            draw_past(state, now, firm, trial, past)
            if past_suits(state, now, firm, past):
                break


@njit()
def draw_past(state: State, now: float, firm: int, trial: int, past: Floats) -> None:
    """What a firm earned in years before: the law of growth run backwards with its own draws, until its founding."""
    years = past.shape[0] - 1
    for back in range(1, years + 1):
        age = now - back - state.firms.founded[firm]
        past[back, firm] = 0.0
        if age >= 0.0:
            luck = laplace(state.seed, state.firms.key[firm], Draw.PAST_GROWTH, int64(trial * years + back))
            past[back, firm] = past[back - 1, firm] / math.exp(growth_of(state, firm, age, luck))


@njit()
def past_suits(state: State, now: float, firm: int, past: Floats) -> bool:
    """Whether a firm's past keeps the criteria about the past of every tier it holds."""
    ladder, revenue = state.ladder, past[0, firm]
    for tier in range(len(ladder.requires)):
        for n in range(ladder.first[tier], ladder.first[tier + 1]):
            asked = ladder.measure[n] >= Measure.GROWTH_2Y and holds(state, firm, tier)
            if asked and concerns(state, now, firm, n, revenue) and not keeps(state, now, firm, n, revenue, past):
                return False
    return True


@njit()
def lot(state: State, firm: int, draw: int, tier: int, nth: int) -> float:
    """A uniform of a firm's own for what is decided about a tier at its `nth` review."""
    return uniform(state.seed, state.firms.key[firm], draw + (tier << 8), nth)


@njit()
def holds(state: State, firm: int, tier: int) -> bool:
    """Whether a firm holds a tier."""
    return bool(int64(state.firms.tiers[firm]) >> tier & 1)


@njit()
def may_hold(state: State, firm: int, tier: int) -> bool:
    """Whether a firm in the park is of an industry and a stage that may hold a tier, and holds what it requires."""
    firms, ladder = state.firms, state.ladder
    if firms.status[firm] != Status.RESIDENT and firms.status[firm] != Status.REMOTE:
        return False
    required = ladder.requires[tier]
    if int64(firms.tiers[firm]) & required != required:
        return False
    return bool(ladder.may_industry[tier, firms.industry[firm]] and ladder.may_stage[tier, firms.stage[firm]])


@njit()
def eligible(state: State, now: float, firm: int, tier: int, past: Floats) -> bool:
    """Whether a firm keeps every criterion of a tier that is in force and about it; what is not known is not kept."""
    ladder, revenue = state.ladder, revenue_cny(state, now, firm)
    for n in range(ladder.first[tier], ladder.first[tier + 1]):
        if concerns(state, now, firm, n, revenue) and not keeps(state, now, firm, n, revenue, past):
            return False
    return True


@njit()
def keeps(state: State, now: float, firm: int, criterion: int, revenue: float, past: Floats) -> bool:
    """Whether a firm keeps a criterion."""
    ladder = state.ladder
    value = measured(state, now, firm, ladder.measure[criterion], revenue, past)
    return bool(value >= ladder.bound[criterion] if ladder.least[criterion] else value <= ladder.bound[criterion])


@njit()
def concerns(state: State, now: float, firm: int, criterion: int, revenue: float) -> bool:
    """Whether a criterion is in force and about firms of this one's industry and revenue."""
    ladder = state.ladder
    if not ladder.starts[criterion] <= now < ladder.ends[criterion]:
        return False
    within = ladder.above_cny[criterion] < revenue <= ladder.to_cny[criterion]
    return bool(within and ladder.concerns[criterion, state.firms.industry[firm]])


@njit()
def measured(state: State, now: float, firm: int, measure: int, revenue: float, past: Floats) -> float:
    """What a criterion is about, of a firm; NaN where it is not known. `past` is revenue by years back and row."""
    value = math.nan
    if measure == Measure.AGE_YEARS:
        value = now - state.firms.founded[firm]
    elif measure == Measure.REVENUE_CNY:
        value = revenue
    elif measure == Measure.RD_CNY:
        value = rd_cny(state, now, firm, revenue)
    elif measure == Measure.RD_SHARE:
        value = float(state.firms.rd_share[firm])
    elif measure == Measure.VALUATION_CNY:
        value = revenue * state.ladder.valuation_ratio[0]
    elif measure == Measure.STAFF:
        value = float(state.firms.staff[firm])
    elif firm < past.shape[1]:
        value = measured_of_past(past[:, firm], measure)
    return value


@njit()
def measured_of_past(past: Floats, measure: int) -> float:
    """What a criterion is about, of a firm with a past: revenue now and by years back."""
    value = math.nan
    if measure == Measure.REVENUE_4Y_AGO_CNY:
        value = past[4]
    elif measure == Measure.GROWTH_2Y and past[2] > 0.0:
        value = math.sqrt(past[0] / past[2]) - 1.0
    elif measure == Measure.GROWTH_4Y and past[4] > 0.0:
        value = math.sqrt(math.sqrt(past[0] / past[4])) - 1.0
    return value


@njit()
def least_rd_share(state: State, firm: int) -> float:
    """The R&D over revenue that the tiers which a firm of the stock holds ask of it at the start."""
    ladder, least = state.ladder, 0.0
    revenue = revenue_cny(state, 0.0, firm)
    for tier in range(len(ladder.requires)):
        for n in range(ladder.first[tier], ladder.first[tier + 1]):
            if holds(state, firm, tier) and ladder.least[n] and concerns(state, 0.0, firm, n, revenue):
                if ladder.measure[n] == Measure.RD_SHARE:
                    least = max(least, ladder.bound[n])
                elif ladder.measure[n] == Measure.RD_CNY and revenue > 0.0:
                    least = max(least, ladder.bound[n] / revenue)
    return least
