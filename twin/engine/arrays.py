"""The park in motion: nested NamedTuples of named arrays, all that a rule may read or write.

Axes: F firms (rows in order of arrival; rows beyond `used` are spare), B buildings, T types of building, S sources of
entry, I industries, G stages, V services, P preference segments (industry x stage), C cells (sets of buildings that lie
in the same zones; the last cell stands for "in no building"), K kinds, Q quarters, A actors (the sources, then the
firms), L tiers of the ladder, N items of public spending. Times are years since the start of the scenario; floor areas
are whole m²; money is CNY a year. What a lever may change is always an array, read when it is used.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Widens a row number read from a narrow array, so that each rule is compiled for one type of it and not for four.
int64: Any = np.int64

Ints = NDArray[np.int64]
SmallInts = NDArray[np.int32]
HalfInts = NDArray[np.int16]
TinyInts = NDArray[np.int8]
HalfFloats = NDArray[np.float32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Sources(NamedTuple):
    """Where firms come from: one non-homogeneous Poisson source for each industry."""

    key: Ints  #: (S,) high word of the keys of its firms
    industry: SmallInts  #: (S,)
    per_year: Floats  #: (S,) firms a year at the start
    trend_per_year: Floats  #: (S,) exponential growth of the rate
    season_amplitude: Floats  #: (S,) in [0, 1)
    season_phase_years: Floats  #: (S,) when the yearly wave crosses its mean upwards
    entered: Ints  #: (S,) firms so far
    left: Floats  #: (S,) what was left on the clock of the next entry
    since: Floats  #: (S,) at this date
    due: Floats  #: (S,) date of the next entry, inf none


class Industries(NamedTuple):
    """What is common to the firms of an industry."""

    stage_mix: Floats  #: (I, G) cumulative shares of the stages at entry
    resident_share: Floats  #: (I,) entrants that want room in the park
    registered_share: Floats  #: (I,) of the residents, those that book their revenue in the park
    m2_per_head: Floats  #: (I,) floor per person
    revenue_per_head_cny: Floats  #: (I,) a year, of a mature firm of productivity 1
    productivity_sigma: Floats  #: (I,) sd of log productivity
    growth_mean: Floats  #: (I,) mean yearly log growth of a new firm
    search_patience_years: Floats  #: (I,) mean wait for room before giving up; 0 none, inf for ever
    absorb_per_year: Floats  #: (I,) hazard
    move_out_per_year: Floats  #: (I,) hazard
    relocate_per_year: Floats  #: (I,) hazard
    closing_factor: Floats  #: (I,) multiplies the hazard of closing by age
    closing_cumulative: (
        Floats  #: (I, N) cumulative hazard of closing at `ages_years`, linear between, last slope beyond
    )
    ages_years: Floats  #: (N,) from 0
    taste_rent: Floats  #: (I,) logit coefficients: ln rent,
    taste_jobs: Floats  #: (I,) ln(1 + own-industry jobs nearby),
    taste_metro: Floats  #: (I,) exp(-distance / metro_decay_m),
    taste_quality: Floats  #: (I,) quality


class Stages(NamedTuple):
    """What is common to the firms of a stage; the hazards by industry, so that a lever can single one out."""

    advance_per_year: Floats  #: (I, G)
    fail_per_year: Floats  #: (I, G)
    leave_per_year: Floats  #: (I, G)
    closing_factor: Floats  #: (G,) multiplies the hazard of closing by age
    floor_factor: Floats  #: (G,) floor per person against the industry's
    least_m2: Ints  #: (G,) smallest floor let to a firm of the stage
    revenue_factor: Floats  #: (G,) revenue per head against a mature firm's
    age_at_entry_years: Floats  #: (G,)
    entry_staff: Floats  #: (G,) median persons at entry
    entry_staff_sigma: Floats  #: (G,) sd of log persons at entry
    service: SmallInts  #: (G,) the service a stage uses, -1 none
    service_share: Floats  #: (G,) share of firms that ask for it
    served_advance_ratio: Floats  #: (G,) odds ratio of advancing for a firm that was served


class Conduct(NamedTuple):
    """How firms behave, whatever their industry: arrays of one value each."""

    growth_scale: Floats  #: Laplace scale of yearly log growth at 20 persons
    growth_size_exponent: Floats  #: how that scale changes with size
    growth_ageing_per_year: Floats  #: how mean growth falls with age
    expand_above: Floats  #: needed / rented floor above which more is sought
    shrink_below: Floats  #: needed / rented floor below which some is given back
    fast_growth: Floats  #: yearly growth above which relocating becomes likelier
    fast_relocate_ratio: Floats  #: by this ratio
    large_staff: Floats  #: persons above which relocating becomes rarer
    large_relocate_ratio: Floats  #: by this ratio
    revenue_trend_per_year: Floats  #: exponential growth of revenue per head
    metro_decay_m: Floats  #: e-folding distance of the pull of a station
    notice_years: Floats  #: how long before their building closes tenants hear of it


class Buildings(NamedTuple):
    """Floor space: stock = let + vacant + off-line at every instant."""

    stock_m2: Ints  #: (B,) lettable
    let_m2: Ints  #: (B,)
    offline_m2: Ints  #: (B,)
    closing: Ints  #: (B,) works and demolitions that are announced and not over; above 0 nothing is let
    rent_cny_m2_day: Floats  #: (B,) asking
    quality: Floats  #: (B,) 0 to 1
    metro_m: Floats  #: (B,) distance to the nearest station
    cell: SmallInts  #: (B,)
    tenants: Ints  #: (B,)
    jobs: Ints  #: (B, I) persons at work
    arrivals: Ints  #: (B,) this quarter
    departures: Ints  #: (B,) this quarter
    near_start: Ints  #: (B + 1,) neighbours of b are near[near_start[b]:near_start[b + 1]], itself among them
    near: SmallInts  #: (pairs,)


class Choice(NamedTuple):
    """Logit weights of the buildings for each segment, in fixed point, with a Fenwick tree over those that fit."""

    type_fits: Flags  #: (T, P) whether a type of building fits
    fits: Flags  #: (P, B) whether the building's type fits
    jobs_near: Ints  #: (B, I) own-industry jobs nearby, as last counted
    weight: Ints  #: (P, B) exp(utility) x 2**32
    tree: Ints  #: (P, B + 1)
    total: Ints  #: (P,)


class Services(NamedTuple):
    """Finite servers with a first-come queue and patience."""

    slots: Ints  #: (V,)
    busy: Ints  #: (V,)
    scale_years: Floats  #: (V,) Weibull scale of the service time
    shape: Floats  #: (V,) and its shape: 1 exponential, inf constant
    patience_years: Floats  #: (V,) mean patience, exponential; 0 none, inf for ever
    head: SmallInts  #: (V,) first firm in the queue, -1 none
    tail: SmallInts  #: (V,)
    queue: Ints  #: (V,) firms waiting
    joined: Ints  #: (V,) this quarter, as are the rest
    started: Ints  #: (V,)
    finished: Ints  #: (V,)
    tired: Ints  #: (V,) left the queue unserved, whether out of patience or for another reason
    waited_years: Floats  #: (V,) sum of the waits of those who left the queue, served or not
    busy_years: Floats  #: (V,) integral of busy slots
    queue_years: Floats  #: (V,) integral of the queue
    since: Floats  #: (V,) until when the integrals are complete


class Ladder(NamedTuple):
    """Tiers of recognition and the desks that review applications for them; the bit of tier t is 1 << t."""

    apply_share: Floats  #: (L,) of the eligible without the tier, those that apply in a year
    renew_share: Floats  #: (L,) of holders whose validity ends, those that apply again
    approve_share: Floats  #: (L,) of applications
    capacity: Floats  #: (L,) applications that a review handles
    review_years: Floats  #: (L,) from a review to its decisions
    interval_years: Floats  #: (L,) between reviews
    phase_years: Floats  #: (L,) date in the calendar year from which reviews are counted
    valid_years: Floats  #: (L,)
    valuation_ratio: Floats  #: (1,) valuation over revenue
    requires: Ints  #: (L,) bits of the tiers that a firm has to hold
    may_industry: Flags  #: (L, I) that may hold the tier
    may_stage: Flags  #: (L, G)
    first: Ints  #: (L + 1,) criteria of tier t are first[t] to first[t + 1]
    measure: Ints  #: (criteria,) Measure
    least: Flags  #: (criteria,) whether the bound is a lower one
    bound: Floats  #: (criteria,)
    concerns: Flags  #: (criteria, I) industries
    above_cny: Floats  #: (criteria,) firms with revenue above this
    to_cny: Floats  #: (criteria,) and up to this
    starts: Floats  #: (criteria,) date from which it is in force
    ends: Floats  #: (criteria,) date at which another takes its place
    queue: Ints  #: (L,) applications without decision
    applied: Ints  #: (L,) this quarter, as are the rest
    recognised: Ints  #: (L,)
    refused: Ints  #: (L,)
    withdrawn: Ints  #: (L,) applications of firms that went before the decision
    lapsed: Ints  #: (L,)
    waited_years: Floats  #: (L,) sum of the waits of those that got a decision


class Money(NamedTuple):
    """What firms spend on R&D and pay in tax."""

    rd_share: Floats  #: (I,) median R&D over revenue of a mature firm of 20 persons
    rd_sigma: Floats  #: (I,) sd of log R&D share
    rd_stage_factor: Floats  #: (G,)
    rd_size_exponent: Floats  #: (1,) how the share changes with size
    tax_share: Floats  #: (I,) all taxes over revenue, profit taxed at the common rate
    profit_share: Floats  #: (I,) profit over revenue
    profit_tax_rate: Floats  #: (1,) the common rate
    tier_profit_tax_rate: Floats  #: (L,) the rate of a tier's holders


class Purse(NamedTuple):
    """The public purse: unit costs, and by what levers have multiplied things since the start."""

    spent_cny: Floats  #: (N,) this quarter, of what is paid at once
    slot_cost_cny_year: Floats  #: (V,)
    recruit_cost_cny: Floats  #: (1,) a firm attracted
    coaching_cost_cny_year: Floats  #: (1,) a firm accompanied, for each doubling of its hazard of advancing
    space_cost_cny_m2: Floats  #: (1,)
    public_floor_share: Floats  #: (1,) of let floor
    outreach_cost_cny: Floats  #: (L,) an application won
    review_cost_cny: Floats  #: (L,) an application decided
    displacement_cost_cny_m2: Floats  #: (1,)
    displacement_cost_cny_job: Floats  #: (1,)
    recruiting: Floats  #: (S,) the rate of entry
    coaching: Floats  #: (I, G) the hazard of advancing
    relief: Floats  #: (B,) the asking rent
    service_time: Floats  #: (V,) the time on a slot
    outreach: Floats  #: (L,) the share that applies
    review_time: Floats  #: (L,) the time of a review


class Waiting(NamedTuple):
    """Firms waiting for room, first come first."""

    head: SmallInts  #: (1,)
    tail: SmallInts  #: (1,)
    length: Ints  #: (1,)
    least_m2: Ints  #: (1,) no waiting firm needs less


class Firms(NamedTuple):
    """One row a firm, never reused."""

    used: Ints  #: (1,) rows in use
    key: Ints  #: (F,) who the firm is in every scenario: the high word its source, the low word its number there
    industry: TinyInts  #: (F,)
    stage: TinyInts  #: (F,)
    status: TinyInts  #: (F,) Status
    building: SmallInts  #: (F,) -1 none
    floor_m2: SmallInts  #: (F,)
    size: Floats  #: (F,) persons, before rounding
    staff: SmallInts  #: (F,) persons
    productivity: Floats  #: (F,)
    founded: Floats  #: (F,) date
    entered: Floats  #: (F,) date
    left: Floats  #: (F,) date, inf while alive
    last_growth: Floats  #: (F,) log growth of the last year
    registered: Flags  #: (F,)
    tiers: HalfInts  #: (F,) tiers held, a bit each
    rd_share: HalfFloats  #: (F,) R&D over revenue
    anchor: Flags  #: (F,) neither closes nor moves, but for works on its building
    supported: Flags  #: (F,) was served in this stage
    growths: SmallInts  #: (F,) how often it grew, searched, thought of relocating: the ordinals of its draws
    searches: SmallInts  #: (F,)
    relocations: SmallInts  #: (F,)
    due: Floats  #: (F, DATES) date of each kind; inf none; below zero a clock that stands still, with that much left
    queued_at: TinyInts  #: (F,) service whose queue the firm stands in, -1 none
    served_at: TinyInts  #: (F,) service whose slot the firm holds, -1 none
    queued_since: Floats  #: (F,)
    queue_next: SmallInts  #: (F,) neighbours in the service queue
    queue_before: SmallInts  #: (F,)
    wait_next: SmallInts  #: (F,) neighbours among those waiting for room
    wait_before: SmallInts  #: (F,)


class Calendar(NamedTuple):
    """Actors in order of their next date: a 4-ary heap that knows where everyone stands."""

    heap: SmallInts  #: (A,)
    place: SmallInts  #: (A,) index in the heap, -1 none
    time: Floats  #: (A,) the actor's next date
    kind: TinyInts  #: (A,) and its kind
    size: Ints  #: (1,)


class Tally(NamedTuple):
    """What happened this quarter."""

    flows: SmallInts  #: (K, C, I, G) happenings by the firm's cell, industry and stage
    unmet_firms: SmallInts  #: (R, I) firms that gave up, by reason
    unmet_m2: Ints  #: (R, I)


class Log(NamedTuple):
    """The event log; of length 0 when none is kept."""

    used: Ints  #: (1,)
    time: Floats
    kind: TinyInts
    firm: SmallInts  #: row
    place: SmallInts  #: building or service, -1 none
    stage: TinyInts
    amount: Floats  #: m² for space and works, persons for growth, years waited for services, Reason for giving up


class Watch(NamedTuple):
    """Kinds somebody waits for, and those of them that just happened."""

    wanted: Flags  #: (K,)
    used: Ints  #: (1,)
    kind: TinyInts
    firm: SmallInts
    place: SmallInts
    amount: Floats


class Panel(NamedTuple):
    """What is counted at the end of each quarter."""

    firms: SmallInts  #: (Q, C, I, G) residents
    remote: SmallInts  #: (Q, C, I, G) registered only
    staff: Ints  #: (Q, C, I, G) of residents
    floor_m2: Ints  #: (Q, C, I, G)
    revenue_cny: Floats  #: (Q, C, I, G) a year, booked by registered firms
    rd_cny: Floats  #: (Q, C, I, G) a year, of registered firms
    tax_cny: Floats  #: (Q, C, I, G) a year, of registered firms
    tiers: SmallInts  #: (Q, L, C, I) firms that hold a tier
    reviews: Floats  #: (Q, L, 7) in the order of REVIEW_COLUMNS
    purse_cny: Floats  #: (Q, N) spent in the quarter
    flows: SmallInts  #: (Q, K, C, I, G)
    stock_m2: Ints  #: (Q, B)
    let_m2: Ints  #: (Q, B)
    offline_m2: Ints  #: (Q, B)
    tenants: SmallInts  #: (Q, B)
    jobs: SmallInts  #: (Q, B)
    rent_cny_m2_day: Floats  #: (Q, B)
    arrivals: SmallInts  #: (Q, B)
    departures: SmallInts  #: (Q, B)
    services: Floats  #: (Q, V, 10) in the order of SERVICE_COLUMNS
    unmet_firms: SmallInts  #: (Q, R, I)
    unmet_m2: Ints  #: (Q, R, I)
    waiting: SmallInts  #: (Q, I) firms without room


#: Columns of `Panel.services`.
SERVICE_COLUMNS = (
    "slots",
    "busy",
    "queue",
    "joined",
    "started",
    "finished",
    "tired",
    "waited_years",
    "busy_years",
    "queue_years",
)


#: Columns of `Panel.reviews`.
REVIEW_COLUMNS = ("applied", "recognised", "refused", "withdrawn", "lapsed", "queue", "waited_years")


class Outbox(NamedTuple):
    """Whose dates a rule changed: the calendar looks at these, or at everyone when there are more than fit."""

    used: Ints  #: (1,)
    actor: SmallInts


class State(NamedTuple):
    """Everything a rule may see. `seed` is the key of all draws; `grid_years` rounds dates up when above zero."""

    seed: int
    grid_years: float
    sources: Sources
    industries: Industries
    stages: Stages
    conduct: Conduct
    buildings: Buildings
    choice: Choice
    services: Services
    ladder: Ladder
    money: Money
    purse: Purse
    waiting: Waiting
    firms: Firms
    calendar: Calendar
    tally: Tally
    log: Log
    watch: Watch
