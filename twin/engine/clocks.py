"""Dates and clocks of a firm.

Each hazard of a firm has one unit-rate exponential clock. A change of hazard rescales what is left on the clock and
draws nothing anew (the modified next reaction method, Anderson 2007, doi:10.1063/1.2799998), so that a lever moves
dates and a comparison stays paired. `due` holds the date; below zero, a clock that stands still (hazard 0) with that
much left on it.
"""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Floats, Outbox, State, int64
from twin.engine.draws import exponential
from twin.engine.kinds import CLOCKS, DATES, FIRST_CLOCK, FIRST_DATE, HAD_ORDER, UNDER_WAY, Draw, Kind, Status

NEVER = math.inf

#: Bits of `Firms.strains`: a lease with a performance agreement, a warning under it, a payment that is late.
AGREED, WARNED, LATE = 1, 2, 4

SERVED, TIRED = int(Kind.SERVED), int(Kind.TIRED)

Hazards = tuple[float, float, float, float, float, float, float, float, float]


@njit()
def hazards(state: State, firm: int) -> Hazards:
    """Rates a year of ADVANCE to SPIN_OFF, in the order of their kinds; CLOSE and SLEEP multiply laws of age."""
    firms, stages, industries = state.firms, state.stages, state.industries
    status = firms.status[firm]
    if firms.anchor[firm] or status in (Status.DORMANT, Status.PROSPECT):
        return (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    i, s = firms.industry[firm], firms.stage[firm]
    advance, fail = stages.advance_per_year[i, s], stages.fail_per_year[i, s]
    served, helped = served_at_stage(state, firm), help_at_stage(state, firm)
    if served != 0:
        advance *= ratio_of(served, state.services.served_advance_ratio)
    if helped != 0:
        advance *= ratio_of(helped, state.helps.advance_ratio)
    if served != 0 or helped != 0:
        fail *= cause_weights(state, firm)
    if firms.serving[firm] != 0:
        fail *= ratio_of(int64(firms.serving[firm]), state.services.serving_fail_ratio)
    orphaned = exit_factor(state, int64(firms.node[firm]))
    return (
        advance,
        fail,
        stages.leave_per_year[i, s],
        industries.closing_factor[i] * stages.closing_factor[s] * closing_by_size(state, firm) * orphaned,
        industries.absorb_per_year[i],
        moving_out(state, firm, state.people.move_factor[i]),
        industries.dormancy_factor[i] * stages.closing_factor[s],
        industries.come_per_year[i] if status == Status.REMOTE else 0.0,
        industries.spin_off_per_year[i],
    )


@njit()
def moving_out(state: State, firm: int, shortage_factor: float) -> float:
    """Hazard of moving out, with a factor for talent that is short."""
    orphaned = exit_factor(state, int64(state.firms.node[firm]))
    factor = shortage_factor * orphaned * unrest(state, firm)
    return float(state.industries.move_out_per_year[state.firms.industry[firm]] * factor)


@njit()
def exit_factor(state: State, node: int) -> float:
    """Factor on the hazards of closing and moving out of a link's firms, for anchors that have gone beside it."""
    return float(state.linkage.exit_factor[node]) if node >= 0 else 1.0


@njit()
def unrest(state: State, firm: int) -> float:
    """Factor on the hazard of moving out: of a firm that has been warned, and of one whose payment is late."""
    strains, factor = int64(state.firms.strains[firm]), 1.0
    if strains & WARNED:
        factor *= state.contracts.move_ratio[0]
    if strains & LATE:
        factor *= state.honouring.delay_ratio[0]
    return factor


@njit()
def closing_by_size(state: State, firm: int) -> float:
    """Factor on the hazard of closing: (persons / reference)^exponent.

    Dunne, Roberts & Samuelson 1988, RAND Journal of Economics 19(4); Evans 1987.
    """
    conduct = state.conduct
    size = state.firms.size[firm] / conduct.closing_reference_staff[0]
    return float(size ** conduct.closing_size_exponent[0])


@njit()
def served_at_stage(state: State, firm: int) -> int:
    """The set of services that have served a firm and are services of its stage."""
    return int64(state.firms.served[firm]) & state.stages.services[state.firms.stage[firm]]


@njit()
def help_at_stage(state: State, firm: int) -> int:
    """The set of Help that a firm has had in its stage."""
    return int64(state.firms.helped[firm]) & ((1 << len(state.helps.advance_ratio)) - 1)


@njit()
def forget_help(state: State, firm: int) -> None:
    """A firm is in another stage, in which it has had no help yet."""
    state.firms.helped[firm] &= HAD_ORDER | UNDER_WAY


@njit()
def ratio_of(members: int, ratios: Floats) -> float:
    """The product of the ratios of a set of services, or of help."""
    product = 1.0
    for member in range(len(ratios)):
        if (members >> member) & 1:
            product *= ratios[member]
    return product


@njit()
def cause_weight(state: State, firm: int, cause: int) -> float:
    """The share of a cause in the stage's failures, times the relief by services that served the firm and by help."""
    services, served = state.services, served_at_stage(state, firm)
    helps, helped = state.helps, help_at_stage(state, firm)
    weight = state.stages.cause_share[cause, state.firms.stage[firm]]
    for service in range(len(services.slots)):
        if (served >> service) & 1 and services.relieves[service] == cause:
            weight *= services.relief_ratio[service]
    for help_ in range(len(helps.relieves)):
        if (helped >> help_) & 1 and helps.relieves[help_] == cause:
            weight *= helps.relief_ratio[help_]
    return float(weight)


@njit()
def cause_weights(state: State, firm: int) -> float:
    """The sum over the causes: hazard of failing over that of a firm without services or help."""
    total = 0.0
    for cause in range(len(state.stages.cause_share)):
        total += cause_weight(state, firm, cause)
    return total


@njit()
def start_clock(state: State, now: float, firm: int, clock: int, nth: int, hazard: float, outbox: Outbox) -> None:
    """Wind a firm's clock with its `nth` draw; `clock` counts from ADVANCE."""
    left = exponential(state.seed, state.firms.key[firm], Draw.ADVANCE + clock, nth)
    run_clock(state, now, firm, clock, left, hazard, outbox)


@njit()
def stop_clock(state: State, firm: int, clock: int, outbox: Outbox) -> None:
    """Take a clock off the wall."""
    set_date(state, firm, FIRST_CLOCK + clock, NEVER, outbox)


@njit()
def rescale(state: State, now: float, firm: int, before: Hazards, outbox: Outbox) -> None:
    """Move the dates of clocks whose hazard is no longer what it was `before`; the others keep theirs to the bit."""
    after = hazards(state, firm)
    for clock in range(CLOCKS):
        rescale_clock(state, now, firm, clock, before[clock], after[clock], outbox)


@njit()
def rescale_clock(state: State, now: float, firm: int, clock: int, before: float, after: float, outbox: Outbox) -> None:
    """Move the date of one clock of a firm, if its hazard is no longer what it was `before`."""
    due = state.firms.due[firm, FIRST_CLOCK - FIRST_DATE + clock]
    if after == before or due == NEVER:
        return
    left = -due
    if due >= 0.0:
        left = before * (lived(state, firm, clock, due) - lived(state, firm, clock, now))
    run_clock(state, now, firm, clock, max(left, 1e-16), after, outbox)


@njit()
def run_clock(state: State, now: float, firm: int, clock: int, left: float, hazard: float, outbox: Outbox) -> None:
    """Set the date at which a clock with `left` on it rings under a hazard, or let it stand still."""
    if hazard <= 0.0:
        date = -left
    elif follows_age(clock):
        date = max(now, aged_to(state, firm, clock, lived(state, firm, clock, now) + left / hazard))
    else:
        date = now + left / hazard
    set_date(state, firm, FIRST_CLOCK + clock, date, outbox)


@njit()
def follows_age(clock: int) -> bool:
    """Whether a clock's hazard changes with the firm's age."""
    return FIRST_CLOCK + clock == Kind.CLOSE or FIRST_CLOCK + clock == Kind.SLEEP


@njit()
def law_of(state: State, clock: int) -> tuple[Floats, Floats]:
    """Ages in years and the cumulative hazard at them, of a clock that follows age."""
    if FIRST_CLOCK + clock == Kind.CLOSE:
        return state.ages.closing_years, state.ages.closing
    return state.ages.dormant_years, state.ages.dormant


@njit()
def lived(state: State, firm: int, clock: int, date: float) -> float:
    """What a clock counts: years, or the cumulative hazard of its law of age, linear between the law's knots."""
    if not follows_age(clock):
        return date
    ages, cumulative = law_of(state, clock)
    age = date - state.firms.founded[firm]
    k = _knot(ages, age, len(ages))
    slope = (cumulative[k + 1] - cumulative[k]) / (ages[k + 1] - ages[k])
    return float(cumulative[k] + slope * (age - ages[k]))


@njit()
def aged_to(state: State, firm: int, clock: int, target: float) -> float:
    """The date at which the cumulative hazard of a firm's age reaches `target`, inf if never."""
    ages, cumulative = law_of(state, clock)
    k = _knot(cumulative, target, len(cumulative))
    slope = (cumulative[k + 1] - cumulative[k]) / (ages[k + 1] - ages[k])
    if slope <= 0.0:
        return NEVER
    return float(state.firms.founded[firm] + ages[k] + (target - cumulative[k]) / slope)


@njit()
def _knot(knots: Floats, value: float, count: int) -> int:
    """Index of the interval of ascending knots that holds a value; the last one reaches to infinity."""
    low, high = 0, count - 2
    while low < high:
        middle = (low + high + 1) // 2
        if knots[middle] <= value:
            low = middle
        else:
            high = middle - 1
    return low


@njit()
def set_date(state: State, firm: int, kind: int, date: float, outbox: Outbox) -> None:
    """Write the date of a kind for a firm, on the grid if there is one, and tell the calendar."""
    if date > 0.0:
        date = on_grid(state, date)
    state.firms.due[firm, kind - FIRST_DATE] = date
    touch(outbox, len(state.sources.due) + firm)


@njit()
def on_grid(state: State, date: float) -> float:
    """A date rounded up to the grid; grids are powers of two, so that the rounding is exact."""
    if state.grid_years > 0.0 and date < NEVER:
        return math.ceil(date / state.grid_years) * state.grid_years
    return date


@njit()
def touch(outbox: Outbox, actor: int) -> None:
    """Ask the calendar to look at an actor; a count beyond the length means everyone."""
    n = outbox.used[0]
    if n > 0 and n <= len(outbox.actor) and outbox.actor[n - 1] == actor:
        return
    if n < len(outbox.actor):
        outbox.actor[n] = actor
    outbox.used[0] = n + 1


@njit(cache=True)
def soonest(state: State, actor: int) -> tuple[float, int]:
    """An actor's next date and its kind; inf when it has none. At one date the lower kind comes first."""
    sources = len(state.sources.due)
    if actor < sources:
        due = state.sources.due[actor]
        return due, Kind.ENTER + 0
    best, kind = NEVER, 0
    requests, place = state.requests, int64(state.firms.requests[actor - sources])
    while place >= 0:
        due, of_place = requests.due[place], SERVED if requests.on_slot[place] else TIRED
        if due < best or (due == best and of_place < kind):
            best, kind = due, of_place
        place = int64(requests.next[place])
    for column in range(DATES):
        due = state.firms.due[actor - sources, column]
        if 0.0 <= due < best:
            best, kind = due, FIRST_DATE + column
    return best, kind
