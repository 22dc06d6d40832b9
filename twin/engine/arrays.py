"""The park in motion: nested NamedTuples of named arrays, all that a rule may read or write.

Axes: F firms (rows in order of arrival; rows beyond `used` are spare), B buildings, T types of building, S sources of
entry, I industries, G stages, V services, U causes of failure, P preference segments (industry x stage), C cells (sets
of buildings that lie in the same zones; the last cell stands for "in no building"), Z areas and M markets of floor,
whose pairs are the submarkets, L landlords (market, public), K kinds, Q quarters, A actors (the sources, then the
firms), N places at services, Y facilities, X links of the chains, R tiers of the ladder, E items of public spending, D
demonstration scenes, H kinds of help, or rules of performance agreements, W awards, J skills, O places (zones of every
kind) where people live and work. A set of services or of
tiers is an integer with a bit for each. Times are years since the start of the scenario; floor areas are whole m²;
money is CNY a year, but for that of funds, which is CNY. What a lever may change is always an array, read when it is
used.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Widens a row number read from a narrow array, so that each rule is compiled for one type of it and not for four.
int64: Any = np.int64

#: Row of public landlords; the others are row 0.
PUBLIC = 1

#: m² of a closing that takes all of a building, and whatever opens in it meanwhile; no building has as many.
WHOLE = 1 << 40

Ints = NDArray[np.int64]
SmallInts = NDArray[np.int32]
ShortInts = NDArray[np.int16]
TinyInts = NDArray[np.int8]
HalfFloats = NDArray[np.float32]
Floats = NDArray[np.float64]
ShortFloats = NDArray[np.float32]
Flags = NDArray[np.bool_]


class Sources(NamedTuple):
    """Where firms come from: one non-homogeneous Poisson source for each origin and link of an industry's chain."""

    key: Ints  #: (S,) high word of the keys of its firms
    origin: TinyInts  #: (S,) Origin
    industry: SmallInts  #: (S,)
    node: TinyInts  #: (S,) link of the chain, -1 where the industry's chain is not told
    per_year: Floats  #: (S,) firms a year at the start, by the policy in force; of one that fades, at the date `since`
    pull: Floats  #: (S,) factor on that by the industry's jobs in the park
    trend_per_year: Floats  #: (S,) exponential growth of the rate
    season_amplitude: Floats  #: (S,) in [0, 1)
    season_phase_years: Floats  #: (S,) when the yearly wave crosses its mean upwards
    fade_years: Floats  #: (S,) time in which the rate falls to 1/e since something heightened it, inf where it lasts
    entered: Ints  #: (S,) firms or prospects so far
    left: Floats  #: (S,) what was left on the clock of the next entry
    since: Floats  #: (S,) at this date
    due: Floats  #: (S,) date of the next entry, inf none


class Industries(NamedTuple):
    """What is common to the firms of an industry."""

    entry_jobs_elasticity: Floats  #: (I,) of entry to the industry's jobs in the park
    jobs_at_start: Ints  #: (I,) persons
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
    come_per_year: Floats  #: (I,) hazard of firms that are only registered
    spin_off_per_year: Floats  #: (I,) hazard
    followers_per_firm: Floats  #: (I,) mean number of firms that come because of one
    lease_years: Floats  #: (I,) length of a lease; inf for ever
    closing_factor: Floats  #: (I,) multiplies the hazard of closing by age
    dormancy_factor: Floats  #: (I,) multiplies the hazard of falling dormant by age
    taste_rent: Floats  #: (I,) logit coefficients: ln rent,
    taste_jobs: Floats  #: (I,) ln(1 + own-industry jobs nearby),
    taste_metro: Floats  #: (I,) exp(-distance / metro_decay_m),
    taste_quality: Floats  #: (I,) quality,
    taste_leading: Floats  #: (I,) being where the industry leads


class Stages(NamedTuple):
    """What is common to the firms of a stage; the hazards by industry, so that a lever can single one out."""

    advance_per_year: Floats  #: (I, G)
    fail_per_year: Floats  #: (I, G) whatever the cause
    leave_per_year: Floats  #: (I, G)
    closing_factor: Floats  #: (G,) multiplies the hazard of closing by age
    floor_factor: Floats  #: (G,) floor per person against the industry's
    least_m2: Ints  #: (G,) smallest floor let to a firm of the stage
    revenue_factor: Floats  #: (G,) revenue per head against a mature firm's
    newborn_share: Floats  #: (G,) of entrants, those founded as they enter
    age_at_entry_years: Floats  #: (G,) of the others
    entry_staff: Floats  #: (G,) median persons at entry
    entry_staff_sigma: Floats  #: (G,) sd of log persons at entry
    services: Ints  #: (G,) set of the services that its firms may ask for
    cause_share: Floats  #: (U, G) shares of the causes in its failures


class Chain(NamedTuple):
    """The links of the industries' chains, and who supplies whom."""

    industry: TinyInts  #: (X,)
    near_start: Ints  #: (X + 1,) neighbours of x, suppliers and buyers, are near[near_start[x]:near_start[x + 1]]
    near: SmallInts  #: (pairs,)


class Ages(NamedTuple):
    """Laws of age: cumulative hazards, linear between their knots, the last slope going on."""

    closing_years: Floats  #: (N,) ages from 0
    closing: Floats  #: (N,) cumulative hazard of closing at them
    dormant_years: Floats  #: (M,)
    dormant: Floats  #: (M,) and of falling dormant


class Conduct(NamedTuple):
    """How firms behave, whatever their industry: arrays of one value each."""

    growth_scale: Floats  #: Laplace scale of yearly log growth at 20 persons
    growth_size_exponent: Floats  #: how that scale changes with size
    growth_ageing_per_year: Floats  #: how mean growth falls with age
    expand_above: Floats  #: needed / rented floor above which more is sought
    shrink_below: Floats  #: needed / rented floor below which some is given back at a lease end
    stay_inertia: Floats  #: utility that a firm's own building has over another at a lease end
    fast_growth: Floats  #: yearly growth above which the odds of moving at a lease end are
    fast_relocate_ratio: Floats  #: so many times as high
    large_staff: Floats  #: persons above which they are
    large_relocate_ratio: Floats  #: so many times as high
    entry_jobs_base: Floats  #: persons in an industry around the park, which pull entry as those in it do
    closing_size_exponent: Floats  #: how the hazard of closing changes with size
    closing_reference_staff: Floats  #: persons at which the law of age is stated
    dormant_least_years: Floats  #: from falling dormant to being struck off
    dormant_most_years: Floats
    revenue_trend_per_year: Floats  #: exponential growth of revenue per head
    metro_decay_m: Floats  #: e-folding distance of the pull of a station
    notice_years: Floats  #: how long before their building closes tenants hear of it
    release_years: Floats  #: over which the floor of a building that opens is let, part by part
    follow_years: Floats  #: mean time after which a firm is followed
    follow_neighbour_share: Floats  #: of those that follow, the ones of a neighbouring link of the chain
    slot_rent_ratio: Floats  #: rent of floor that comes with a slot over the asking rent


class Buildings(NamedTuple):
    """Floor space: stock = let + vacant + off-line at every instant."""

    stock_m2: Ints  #: (B,) lettable
    let_m2: Ints  #: (B,)
    offline_m2: Ints  #: (B,)
    held_m2: Ints  #: (B,) what was opened and is to be let part by part; off line until then
    kept_m2: Ints  #: (B,) what is kept for firms on slots of services and nobody has; off line as well
    part_m2: Ints  #: (B,) such a part
    closing_m2: Ints  #: (B,) what closes, for works or for good, and goes off line as it falls vacant; WHOLE for all
    works_m2: Ints  #: (B,) of it, what is worked on
    renovated_m2: Ints  #: (B,) on which works ended this quarter
    since: Floats  #: (B,) date of completion or of the end of the last works
    low_quarters: ShortInts  #: (B,) for so many counts running little of it has been let
    finding: TinyInts  #: (B,) Finding of the last count
    rent_cny_m2_day: Floats  #: (B,) asking
    list_rent_cny_m2_day: Floats  #: (B,) asking where the rents of its submarket are what they were at the start
    area: ShortInts  #: (B,)
    leading: TinyInts  #: (B,) the industry that leads where it stands, -1 none
    market: TinyInts  #: (B,) -1 none
    public: Flags  #: (B,) whether its landlord is
    storey_m: Floats  #: (B,) height of a storey
    floor_load_kn_m2: Floats  #: (B,) live load its floors carry
    quality: Floats  #: (B,) 0 to 1
    metro_m: Floats  #: (B,) distance to the nearest station
    cell: SmallInts  #: (B,)
    tenants: Ints  #: (B,)
    jobs: Ints  #: (B, I) persons at work
    arrivals: Ints  #: (B,) this quarter
    departures: Ints  #: (B,) this quarter
    near_start: Ints  #: (B + 1,) neighbours of b are near[near_start[b]:near_start[b + 1]], itself among them
    near: SmallInts  #: (pairs,)


class Revitalisation(NamedTuple):
    """How low-efficiency stock is found, ranked, paid for and renewed: arrays of one value where no axis is said."""

    low_efficiency_share: Floats  #: of lettable floor; little is let below it
    low_efficiency_quarters: Floats  #: counts running after which little let is low efficiency
    lease_up_years: Floats  #: after opening or works, in which a building may be little let
    old_before: Floats  #: date; a plant that was neither built nor renewed since is old
    of_plants: Flags  #: (M,) whether a market is that of plants
    budget_cny_year: Floats  #: for grants
    carry_over: Floats  #: share of what is left of a year's budget that the next one has
    date_years: Floats  #: in the calendar year, at which works are chosen
    public_share: Floats  #: of the cost of works
    cap_cny_m2: Floats  #: most that is granted for a m²
    cap_cny: Floats  #: and for a building
    cost_cny_m2: Floats  #: (2,) of works on a building, on a plant
    phase_m2: Floats  #: most floor that closes at once
    least_years: Floats  #: of works: least, most likely and most
    likely_years: Floats
    most_years: Floats
    rent_rise: Floats  #: relative, of the list rent by works
    quality_gain: Floats  #: by works


class Markets(NamedTuple):
    """How asking rents follow vacancy, submarket by submarket: arrays of one value where no axis is said."""

    of_type: TinyInts  #: (T,) market of a type of building, -1 none
    response_per_year: Floats  #: (L,) by which ln rent falls in a year for vacancy all above the structural one
    structural_vacancy: Floats  #: share of floor, at which rents stand still
    fastest_per_year: Floats  #: most by which ln rent changes in a year
    lowest: Floats  #: least asking rent over list rent
    highest: Floats  #: and most
    stock_m2: Ints  #: (Z, M) not off line, as last counted
    let_m2: Ints  #: (Z, M)
    level: Floats  #: (Z, M, L) asking rent over list rent
    floor_elasticity: Floats  #: how floor per head answers rents
    floor_ratio: Floats  #: floor per head over that at list rents


class Choice(NamedTuple):
    """Logit weights of the buildings for each segment, in fixed point, with a Fenwick tree over those that fit."""

    type_fits: Flags  #: (T, P) whether a type of building fits
    type_load_kn_m2: Floats  #: (T,) live load the floors of a type are built for
    storey_need_m: Floats  #: (P,)
    load_need_kn_m2: Floats  #: (P,)
    fits: Flags  #: (P, B) whether the building fits by type, storey height and floor load
    jobs_near: Ints  #: (B, I) own-industry jobs nearby, as last counted
    weight: Ints  #: (P, B) exp(utility) x 2**32
    tree: Ints  #: (P, B + 1)
    total: Ints  #: (P,)
    most_m2: Ints  #: (P,) no building that fits has more free


class Services(NamedTuple):
    """Finite servers with a first-come queue and patience."""

    slots: Ints  #: (V,)
    busy: Ints  #: (V,)
    share: Floats  #: (V,) share of the firms of its stages that ask for it
    served_advance_ratio: Floats  #: (V,) odds ratio of advancing for a firm that was served, within its stages
    serving_fail_ratio: Floats  #: (V,) hazard ratio of failing for a firm on a slot
    relieves: SmallInts  #: (V,) the cause of failure it makes rarer, -1 none
    relief_ratio: Floats  #: (V,) hazard ratio of failing by that cause for a firm that was served, within its stages
    scale_years: Floats  #: (V,) Weibull scale of the service time
    shape: Floats  #: (V,) and its shape: 1 exponential, inf constant
    patience_years: Floats  #: (V,) mean patience, exponential; 0 none, inf for ever
    head: SmallInts  #: (V,) first place in the queue, a row of `Requests`, -1 none
    tail: SmallInts  #: (V,)
    last_prior: SmallInts  #: (V,) last place of those in the queue that come before the others, -1 none
    queue: Ints  #: (V,) firms waiting
    joined: Ints  #: (V,) this quarter, as are the rest
    started: Ints  #: (V,)
    finished: Ints  #: (V,)
    tired: Ints  #: (V,) left the queue unserved, whether out of patience or for another reason
    waited_years: Floats  #: (V,) sum of the waits of those who left the queue, served or not
    busy_years: Floats  #: (V,) integral of busy slots
    queue_years: Floats  #: (V,) integral of the queue
    slot_years: Floats  #: (V,) integral of slots, of those closed as long as they are busy
    since: Floats  #: (V,) until when the integrals are complete
    slot_m2: Ints  #: (V,) floor that comes with a slot, where a house has it; 0 none
    house_start: Ints  #: (V + 1,) houses of v are house[house_start[v]:house_start[v + 1]]
    house: SmallInts  #: (houses,) rows of buildings


class Funds(NamedTuple):
    """What a service has that is a fund: capital, and tickets without which no place is taken. Whole CNY."""

    tickets: Ints  #: (V,) left of this budget year; -1 a service that is no fund and is not rationed
    ticket_cny: Floats  #: (V,) paid to a firm that was served; 0 no fund
    capital_cny: Floats  #: (V,)
    share: Floats  #: (V,) of a round that the ticket pays; others pay the rest
    sure_share: Floats  #: (V,) from which on there are always others to pay the rest
    invest_share: Floats  #: (V,) of the capital, in a budget year
    budget_years: Floats  #: (V,) length of a budget year
    multiple: Floats  #: (V,) mean of what a success pays back over what it was paid
    multiple_sigma: Floats  #: (V,) and the sd of its log
    paid_cny: Floats  #: (V,) this quarter
    returned_cny: Floats  #: (V,) this quarter
    private_cny: Floats  #: (V,) this quarter, what others paid of the rounds
    unmatched: Ints  #: (V,) this quarter, firms looked at that nobody else wanted to back


class Facilities(NamedTuple):
    """Services at their places: so many slots go with a building and are closed while it is."""

    service: SmallInts  #: (Y,)
    building: SmallInts  #: (Y,) -1 none that closes
    slots: Ints  #: (Y,) open
    off: Ints  #: (Y,) closed as long as the building is
    closings: Ints  #: (Y,) of the building that are going on, among them a demolition for ever


class Requests(NamedTuple):
    """Places of firms at services, each in the queue or on a slot; a row is used again when its place is given up."""

    held: Ints  #: (1,) places there are
    free: SmallInts  #: (1,) first free row, -1 none
    firm: SmallInts  #: (N,)
    service: TinyInts  #: (N,)
    on_slot: Flags  #: (N,) and not in the queue
    since: Floats  #: (N,) date at which it came into the queue
    due: Floats  #: (N,) date of SERVED on a slot, of TIRED in the queue; inf never
    after: SmallInts  #: (N,) neighbours in the queue
    before: SmallInts  #: (N,)
    next: SmallInts  #: (N,) the firm's place at a later service, or the next free row; -1 none


class Ladder(NamedTuple):
    """Tiers of recognition and the desks that review applications for them; the bit of tier t is 1 << t."""

    apply_share: Floats  #: (R,) of the eligible without the tier, those that apply in a year
    renew_share: Floats  #: (R,) of holders whose validity ends, those that apply again
    approve_share: Floats  #: (R,) of applications
    capacity: Floats  #: (R,) applications that a review handles
    review_years: Floats  #: (R,) from a review to its decisions
    interval_years: Floats  #: (R,) between reviews
    phase_years: Floats  #: (R,) date in the calendar year from which reviews are counted
    valid_years: Floats  #: (R,)
    valuation_ratio: Floats  #: (1,) valuation over revenue
    requires: Ints  #: (R,) bits of the tiers that a firm has to hold
    may_industry: Flags  #: (R, I) that may hold the tier
    may_stage: Flags  #: (R, G)
    first: Ints  #: (R + 1,) criteria of tier t are first[t] to first[t + 1]
    measure: Ints  #: (criteria,) Measure
    least: Flags  #: (criteria,) whether the bound is a lower one
    bound: Floats  #: (criteria,)
    concerns: Flags  #: (criteria, I) industries
    above_cny: Floats  #: (criteria,) firms with revenue above this
    to_cny: Floats  #: (criteria,) and up to this
    starts: Floats  #: (criteria,) date from which it is in force
    ends: Floats  #: (criteria,) date at which another takes its place
    queue: Ints  #: (R,) applications without decision
    applied: Ints  #: (R,) this quarter, as are the rest
    recognised: Ints  #: (R,)
    refused: Ints  #: (R,)
    withdrawn: Ints  #: (R,) applications of firms that went before the decision
    lapsed: Ints  #: (R,)
    waited_years: Floats  #: (R,) sum of the waits of those that got a decision


class Money(NamedTuple):
    """What firms spend on R&D and pay in tax."""

    rd_share: Floats  #: (I,) median R&D over revenue of a mature firm of 20 persons
    rd_sigma: Floats  #: (I,) sd of log R&D share
    rd_stage_factor: Floats  #: (G,)
    rd_size_exponent: Floats  #: (1,) how the share changes with size
    tax_share: Floats  #: (I,) all taxes over revenue, profit taxed at the common rate
    profit_share: Floats  #: (I,) profit over revenue
    profit_tax_rate: Floats  #: (1,) the common rate
    tier_profit_tax_rate: Floats  #: (R,) the rate of a tier's holders


class Purse(NamedTuple):
    """The public purse: unit costs, and by what levers have multiplied things since the start."""

    spent_cny: Floats  #: (E,) this quarter, of what is paid at once
    slot_cost_cny_year: Floats  #: (V,)
    recruit_cost_cny: Floats  #: (1,) a firm attracted
    prospect_cost_cny: Floats  #: (1,) a prospect found
    coaching_cost_cny_year: Floats  #: (1,) a firm accompanied, for each doubling of its hazard of advancing
    space_cost_cny_m2: Floats  #: (1,)
    spin_off_cost_cny: Floats  #: (1,) a spin-off won
    outreach_cost_cny: Floats  #: (R,) an application won
    review_cost_cny: Floats  #: (R,) an application decided
    displacement_cost_cny_m2: Floats  #: (1,)
    displacement_cost_cny_job: Floats  #: (1,)
    recruiting: Floats  #: (S,) the rate of entry, or of prospects
    persuading: Floats  #: (I,) the hit rate of the office
    spinning: Floats  #: (I,) the hazard of spin-offs
    following: Floats  #: (I,) the number of firms that follow one
    coaching: Floats  #: (I, G) the hazard of advancing
    relief: Floats  #: (B,) the asking rent
    service_time: Floats  #: (V,) the time on a slot
    outreach: Floats  #: (R,) the share that applies
    review_time: Floats  #: (R,) the time of a review


class Recruitment(NamedTuple):
    """The office that works on prospects, and which of them are on the short list."""

    office: Ints  #: (1,) row of the service that it is, -1 none
    hit_rate: Floats  #: (I,) of the prospects worked on, those won
    short_share: Floats  #: (S,) of the prospects of a source, those on the short list


class Waiting(NamedTuple):
    """Firms waiting for room, first come first: a list for each segment, whose firms the same buildings suit."""

    length: Ints  #: (1,) of all lists
    head: SmallInts  #: (P,) -1 none
    tail: SmallInts  #: (P,)
    least_m2: Ints  #: (P,) none on the list needs less
    next_up: SmallInts  #: (P,) while floor is on offer: who on the list is asked next, -1 none


class Firms(NamedTuple):
    """One row a firm, never reused."""

    used: Ints  #: (1,) rows in use
    key: Ints  #: (F,) who the firm is in every scenario: the high word its source, the low word its number there
    industry: TinyInts  #: (F,)
    node: TinyInts  #: (F,) link of its industry's chain, -1 none
    stage: TinyInts  #: (F,)
    status: TinyInts  #: (F,) Status
    building: SmallInts  #: (F,) -1 none
    floor_m2: SmallInts  #: (F,)
    size: Floats  #: (F,) persons, before rounding
    staff: SmallInts  #: (F,) persons
    productivity: Floats  #: (F,)
    founded: Floats  #: (F,) date
    settled: HalfFloats  #: (F,) date of the first room; of the stock, that of its founding; inf none
    entered: Floats  #: (F,) date; of the stock, that of its founding; inf for a prospect that has not come
    left: Floats  #: (F,) date, inf while alive, or on the list
    grew_fast: Flags  #: (F,) in its last year
    registered: Flags  #: (F,)
    tiers: ShortInts  #: (F,) tiers held, a bit each
    rd_share: HalfFloats  #: (F,) R&D over revenue
    anchor: Flags  #: (F,) neither closes nor moves, but for works on its building
    hosted: Flags  #: (F,) its floor comes with its slot at a service
    served: ShortInts  #: (F,) set of services that have served it
    serving: ShortInts  #: (F,) set of services on whose slots it is
    backed: ShortInts  #: (F,) set of funds that have paid it a ticket and may be paid back
    requests: SmallInts  #: (F,) its place at the first service at which it has one, a row of `Requests`, -1 none
    growths: (
        ShortInts  #: (F,) how often it grew, searched, thought of coming, spun off, was followed: ordinals of draws
    )
    searches: ShortInts  #: (F,)
    comings: ShortInts  #: (F,)
    spin_offs: ShortInts  #: (F,)
    followers: ShortInts  #: (F,) firms that came because of it
    helped: TinyInts  #: (F,) set of Help had in its stage, with HAD_ORDER and UNDER_WAY
    rent_paid: ShortFloats  #: (F,) CNY/m²/day of the lease
    rent_forgone: ShortFloats  #: (F,) CNY/m²/day that its public landlord would have asked without levers, beyond it
    due: Floats  #: (F, DATES) date of each kind; inf none; below zero a clock that stands still, with that much left
    wait_next: SmallInts  #: (F,) neighbours among those of its segment that wait for room
    wait_before: SmallInts  #: (F,)
    strains: TinyInts  #: (F,) set of what ties a firm or vexes it: see `twin.engine.clocks`


class Scenes(NamedTuple):
    """Demonstration scenes, whose calls firms bid for, and the orders that they place."""

    calls_per_year: Floats  #: (D,)
    date_years: Floats  #: (D,) in the calendar year, from which its calls are counted
    orders_per_call: Floats  #: (D,)
    bid_share: Floats  #: (D,) of the firms that may, those that bid
    of_node: Flags  #: (D, X) links whose firms may
    of_industry: Flags  #: (D, I) and industries, for firms whose link is not told
    of_stage: Flags  #: (D, G)
    order_cny: Floats  #: (G,) CNY, by the stage of the firm
    order_years: Floats  #: (1,) over which it is earned
    public_share: Floats  #: (1,) of the orders, paid by the public
    call_cost_cny: Floats  #: (1,)
    calls: Ints  #: (D,) this quarter, as are the rest
    eligible: Ints  #: (D,) firms that might have bid
    bids: Ints  #: (D,)
    orders: Ints  #: (D,)
    ordered_cny: Floats  #: (D,)


class Challenges(NamedTuple):
    """The yearly list of R&D projects open to whoever can do them."""

    projects_per_year: Floats  #: (X,) for firms of the link
    date_years: Floats  #: (1,) in the calendar year, of the list
    bid_share: Floats  #: (1,) of the firms of the link, those that bid
    neighbour_ratio: Floats  #: (1,) the share among firms of links beside it over that
    award_cny: Floats  #: (1,) CNY
    years: Floats  #: (1,) over which it is spent
    projects: Ints  #: (X,) put up this quarter
    matched: Ints  #: (X,) of them, those that some firm took up
    deserted: Ints  #: (X,) and those for which no firm could have bid


class Events(NamedTuple):
    """Competitions, fairs and roadshows of an industry."""

    per_year: Floats  #: (I,)
    date_years: Floats  #: (1,) in the calendar year, from which they are counted
    prizes: Floats  #: (1,) of an event
    prize_cny: Floats  #: (1,)
    bid_share: Floats  #: (1,) of the firms of the first stage, those that compete
    show_share: Floats  #: (1,) of the firms of the last stage but one, those that show
    prospect_boost: Floats  #: (1,) rate of prospects that it adds at first over that without it
    ordinary: Ints  #: (P,) sources of prospects that come anyway
    pulse: Ints  #: (P,) the sources of those that come because of events, in the same order
    cost_cny: Floats  #: (1,)
    held: Ints  #: (I,) this quarter, as are the rest
    competed: Ints  #: (I,)
    prized: Ints  #: (I,)
    shown: Ints  #: (I,)
    prospects: Ints  #: (I,) that came because of events


class Helps(NamedTuple):
    """What each kind of help does within the stage in which a firm gets it."""

    advance_ratio: Floats  #: (H,) odds ratio of advancing
    relieves: SmallInts  #: (H,) the cause of failure it makes rarer, -1 none
    relief_ratio: Floats  #: (H,) hazard ratio of failing by that cause


class Awards(NamedTuple):
    """Orders, projects and prizes in the order in which firms won them."""

    used: Ints  #: (1,)
    first: Ints  #: (1,) those before it are over
    kind: TinyInts  #: (W,) Help
    of: SmallInts  #: (W,) row of the scene, of the link, of the industry
    firm: SmallInts  #: (W,)
    stage: TinyInts  #: (W,) of the firm
    since: Floats  #: (W,) date
    ends: Floats  #: (W,) date
    cny: Floats  #: (W,) CNY, of the whole of it


class Calendar(NamedTuple):
    """Actors in order of their next date: a 4-ary heap that knows where everyone stands.

    Dates and kinds stand in the heap and not with the actors: the four that are compared lie side by side in memory.
    """

    heap: SmallInts  #: (A,) the actor at a place of the heap
    time: Floats  #: (A,) its next date
    kind: TinyInts  #: (A,) and its kind
    place: SmallInts  #: (A,) the place of an actor, -1 none
    size: Ints  #: (1,)


class Tally(NamedTuple):
    """What happened this quarter."""

    flows: SmallInts  #: (K, C, I, G) happenings by the firm's cell, industry and stage
    began: SmallInts  #: (I, G) firms that began the stage, as entrants or from the one before
    failures: SmallInts  #: (U, I, G) firms that failed, by cause
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
    amount: Floats  #: m² for space and works, persons for growth and prospects, years waited for services, CNY paid by
    #: a fund that has served, Reason for giving up, row of the cause of failure


class Watch(NamedTuple):
    """Kinds somebody waits for, and those of them that just happened."""

    wanted: Flags  #: (K,)
    used: Ints  #: (1,)
    kind: TinyInts
    firm: SmallInts
    place: SmallInts
    amount: Floats


class People(NamedTuple):
    """Who works in the park, who could be hired, and where they live; stocks of persons, not persons."""

    mix: Floats  #: (I, J) shares of the skills in an industry's staff
    slack: Floats  #: (1,) talent at the start beyond that at work, over it
    pool: Floats  #: (J,) persons around the park, besides
    inflow_per_year: Floats  #: (J,) of the supply at the start
    outflow_per_year: Floats  #: (J,) hazard
    inflow_elasticity: Floats  #: (1,) of the inflow to the demand of `lag_years` ago
    lag_years: Floats  #: (1,)
    past: Floats  #: (1 + quarters of the lag, J) demand of the last counts, the oldest first
    demand: Floats  #: (J,) persons at work in the park
    demand_at_start: Floats  #: (J,)
    supply: Floats  #: (J,) those at work, and those within reach who could be hired
    supply_at_start: Floats  #: (J,)
    programme_per_year: Floats  #: (J,) persons attracted by programmes
    places_per_year: Floats  #: (J,) places that open in tailored classes
    graduating_per_year: Floats  #: (J,) places of those whose graduates come now
    class_years: Floats  #: (1,)
    class_stay_share: Floats  #: (1,)
    programme_cost_cny: Floats  #: (1,) a person
    class_cost_cny: Floats  #: (1,) a place
    inflow: Floats  #: (J,) persons this quarter, as are the next three
    outflow: Floats  #: (J,)
    attracted: Floats  #: (J,) of the inflow, by programmes
    graduated: Floats  #: (J,) of the inflow, from tailored classes
    shortage: Floats  #: (J,) share of the demand that the supply does not meet
    growth_effect: Floats  #: (1,) by how much a shortage of all lowers growth, as a share of it
    move_effect: Floats  #: (1,) and raises the hazard of moving out
    growth_factor: Floats  #: (I,) on growth above zero
    move_factor: Floats  #: (I,) on the hazard of moving out
    move_before: Floats  #: (I,) what that was before it changed
    stay_effect: Floats  #: (1,) ln inflow and -ln outflow per unit of the share of staff housed
    housed_share: Floats  #: (1,) of staff, living in homes of the park
    housed_at_start: Floats  #: (1,)
    place: ShortInts  #: (B,) row of the place of a building
    homes: Ints  #: (O,) open
    home_m2: Floats  #: (1,)
    home_persons: Floats  #: (1,) persons at work in the park per home
    home_vacancy: Floats  #: (1,) share of homes vacant by turnover
    home_cost_cny: Floats  #: (1,)
    home_rent: Floats  #: (O,) CNY/m²/day
    home_quality: Floats  #: (O,) 0 to 1
    home_minutes: Floats  #: (O, O) from work in a place to homes in one
    taste_rent: Floats  #: (1,) of tenants of homes: ln rent,
    taste_minutes: Floats  #: (1,) minutes to work,
    taste_quality: Floats  #: (1,) quality
    city_value: Floats  #: (1,) of living elsewhere in the city
    dissimilarity: Floats  #: (1,) of the homes in the park
    staff: Ints  #: (I,) residents' persons at work
    staff_near: Ints  #: (O,) the same by place
    value: Floats  #: (O,) of homes to those of a place,
    share: Floats  #: (O,) and shares of them that choose each
    wanted: Floats  #: (O,) persons who choose homes there
    housed: Floats  #: (O,) persons who get one
    minutes: Floats  #: (O,) their minutes to work, added up


class Panel(NamedTuple):
    """What is counted at the end of each quarter."""

    firms: SmallInts  #: (Q, C, I, G) residents
    remote: SmallInts  #: (Q, C, I, G) registered only
    dormant: SmallInts  #: (Q, C, I, G) stopped and not yet struck off
    staff: Ints  #: (Q, C, I, G) of residents
    floor_m2: Ints  #: (Q, C, I, G)
    revenue_cny: Floats  #: (Q, C, I, G) a year, booked by registered firms
    rent_bill_cny: Floats  #: (Q, C, I, G) a year, by the rents paid
    expiring_m2: Ints  #: (Q, C, I, G) let by leases that end within a year
    leading_m2: Ints  #: (Q, C, I, G) let to firms whose industry leads where they are
    rd_cny: Floats  #: (Q, C, I, G) a year, of registered firms
    tax_cny: Floats  #: (Q, C, I, G) a year, of registered firms
    tiers: SmallInts  #: (Q, R, C, I) firms that hold a tier
    reviews: Floats  #: (Q, R, 7) in the order of REVIEW_COLUMNS
    purse_cny: Floats  #: (Q, E) spent in the quarter
    flows: SmallInts  #: (Q, K, C, I, G)
    stock_m2: Ints  #: (Q, B)
    let_m2: Ints  #: (Q, B)
    offline_m2: Ints  #: (Q, B)
    held_m2: Ints  #: (Q, B)
    kept_m2: Ints  #: (Q, B)
    hosted: SmallInts  #: (Q, B) tenants whose floor comes with a slot
    leading: TinyInts  #: (Q, B)
    tenants: SmallInts  #: (Q, B)
    jobs: SmallInts  #: (Q, B)
    works_m2: Ints  #: (Q, B)
    renovated_m2: Ints  #: (Q, B)
    finding: TinyInts  #: (Q, B)
    rent_cny_m2_day: Floats  #: (Q, B)
    arrivals: SmallInts  #: (Q, B)
    departures: SmallInts  #: (Q, B)
    services: Floats  #: (Q, V, 17) in the order of SERVICE_COLUMNS
    began: SmallInts  #: (Q, I, G)
    failures: SmallInts  #: (Q, U, I, G)
    unmet_firms: SmallInts  #: (Q, R, I)
    unmet_m2: Ints  #: (Q, R, I)
    waiting: SmallInts  #: (Q, I) firms without room
    node_firms: SmallInts  #: (Q, X) residents
    node_remote: SmallInts  #: (Q, X) registered only
    node_anchors: SmallInts  #: (Q, X) residents that are anchors
    node_staff: Ints  #: (Q, X) of residents
    ordered: SmallInts  #: (Q, I, G) firms that have had an order
    scenes: Floats  #: (Q, D, 5) in the order of SCENE_COLUMNS
    challenges: Floats  #: (Q, X, 3) in the order of CHALLENGE_COLUMNS
    fairs: Floats  #: (Q, I, 5) in the order of FAIR_COLUMNS
    people: Floats  #: (Q, J, 7) in the order of PEOPLE_COLUMNS
    housing: Floats  #: (Q, O, 5) in the order of HOUSING_COLUMNS
    agreed: SmallInts  #: (Q, I) residents under a performance agreement
    warned: SmallInts  #: (Q, I) and those of them that have been warned
    contracts: Floats  #: (Q, I, 12) in the order of CONTRACT_COLUMNS
    bounds: Floats  #: (Q, H, 3) in the order of BOUND_COLUMNS
    relet: Floats  #: (Q, B, 4) in the order of RELET_COLUMNS
    claims: Floats  #: (Q, I, 8) in the order of CLAIM_COLUMNS


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
    "slot_years",
    "tickets",
    "capital_cny",
    "paid_cny",
    "returned_cny",
    "private_cny",
    "unmatched",
)


#: Columns of `Panel.reviews`.
REVIEW_COLUMNS = ("applied", "recognised", "refused", "withdrawn", "lapsed", "queue", "waited_years")


class Linkage(NamedTuple):
    """How chains pull and break: anchors by link, and what they do to links near; arrays of one value with no axis."""

    steps: TinyInts  #: (X, X) 1 from a link to its suppliers and buyers, 2 to theirs, else 0
    anchors: Ints  #: (X,) resident anchors now
    anchors_at_start: Ints  #: (X,)
    arrived: Ints  #: (X,) anchors that actions have brought so far
    lost: Ints  #: (X,) resident anchors that have gone so far
    orphaned: Ints  #: (X,) of those a step away, the ones that have gone of late
    exit_factor: Floats  #: (X,) multiplies the hazards of moving out and of closing
    entry_factor: Floats  #: (X,) multiplies entry: anchors now against those at the start
    growth_per_year: Floats  #: (X,) log growth more than at the start
    jobs_factor: Floats  #: (I,) multiplies entry: jobs of the industry against those at the start, as last counted
    central: Flags  #: (X,) whether the link has more than the mean betweenness of its chain
    missing: Flags  #: (X,) and had no resident when last counted
    chief: Floats  #: (I,) how much of its chain chief an industry has, 0 to 1
    alliance: Floats  #: (I,) how much of its alliance
    anchor_pull_near: Floats  #: factor on entry by each anchor a step away
    anchor_pull_far: Floats  #: and two steps
    orphan_ratio: Floats  #: factor on the hazards by each anchor that has gone a step away
    orphan_years: Floats  #: for which it holds
    spillover_growth: Floats  #: log growth a year with an anchor a step away
    alliance_spillover_ratio: Floats  #: factor on that by an alliance
    alliance_follow_ratio: Floats  #: factor on the share of followers of neighbouring links
    chief_effort_ratio: Floats  #: factor on the time that a prospect takes
    chief_entry_ratio: Floats  #: factor on entry
    anchor_staff: Floats  #: persons of an anchor that arrives
    anchor_cost_cny: Floats  #: an anchor that has arrived
    alliance_cost_cny_year: Floats
    chief_cost_cny_year: Floats


#: Columns of `Panel.scenes`, of `Panel.challenges`, and of `Panel.fairs`, which are events.
SCENE_COLUMNS = ("calls", "eligible", "bids", "orders", "ordered_cny")
CHALLENGE_COLUMNS = ("projects", "matched", "deserted")
FAIR_COLUMNS = ("held", "competed", "prized", "shown", "prospects")
#: Columns of `Panel.people`: persons, and the share of demand that no supply meets.
PEOPLE_COLUMNS = ("demand", "supply", "inflow", "outflow", "attracted", "graduated", "shortage")

#: Columns of `Panel.housing`: homes there are and homes lived in; persons at work in the park who live in them, and
#: their minutes to work, added up; persons at work in the area.
HOUSING_COLUMNS = ("homes", "occupied", "housed", "minutes", "staff")
#: Columns of `Panel.contracts`: firms, but for m² and CNY.
CONTRACT_COLUMNS = (
    "reviewed",
    "under",
    "warned",
    "cleared",
    "penalised",
    "caught",
    "wrongly",
    "missed",
    "ended",
    "ended_m2",
    "penalty_cny",
    "left_warned",
)

#: Columns of `Panel.bounds`: firms that a bound of agreements concerned when they were reviewed, those of them below
#: it, and those found below it.
BOUND_COLUMNS = ("concerned", "under", "found")

#: Columns of `Panel.relet`: m² of leases ended; of it what is let again, and what is floor no more; the integral of the
#: rest.
RELET_COLUMNS = ("ended_m2", "relet_m2", "gone_m2", "ended_m2_years")

#: Columns of `Panel.claims`: firms, but for CNY and the sum of the waits of those paid. The last two are stocks.
CLAIM_COLUMNS = (
    "applied",
    "paid",
    "withdrawn",
    "paid_cny",
    "left_late",
    "waited_years",
    "queue",
    "late",
)


class Outbox(NamedTuple):
    """Whose dates a rule changed: the calendar looks at these, or at everyone when there are more than fit."""

    used: Ints  #: (1,)
    actor: SmallInts


class Contracts(NamedTuple):
    """Performance agreements: which leases carry one, what it asks for, and what its reviews have come to."""

    share: Floats  #: (B,) of the leases signed in a building, those with an agreement
    of_public: Flags  #: (B,) whether agreements may be asked for there
    type: TinyInts  #: (B,) row of the type of the building
    measure: Ints  #: (H,) Output
    bound: Floats  #: (H,)
    ends: Flags  #: (H,) whether who keeps missing it has to go
    industries: Flags  #: (H, I) that it concerns
    stages: Flags  #: (H, G)
    types: Flags  #: (H, T) of buildings
    starts: Floats  #: (H,) date from which it is in force
    strictness: Floats  #: (1,) multiplies the bounds
    noise: Floats  #: (1,) sd of the log of what is measured over what is
    ramp_years: Floats  #: (1,) in the park, before a firm is reviewed
    grace_years: Floats  #: (1,) from a warning to what follows
    date_years: Floats  #: (1,) of the review, in the calendar year
    penalty_share: Floats  #: (1,) of a year's rent
    move_ratio: Floats  #: (1,) hazard ratio of moving out for a firm that has been warned
    counted: Floats  #: (I, 12) this quarter, in the order of CONTRACT_COLUMNS
    by_bound: Floats  #: (H, 3) this quarter, in the order of BOUND_COLUMNS
    relet: Floats  #: (B, 4) this quarter, in the order of RELET_COLUMNS
    vacated_m2: Ints  #: (B,) of leases ended, what is not let again
    until_m2: Ints  #: (B,) let floor at which it is
    since: Floats  #: (B,) until when the integral is complete


class Honouring(NamedTuple):
    """Payments that firms are entitled to by policy, and the windows at which they are approved."""

    lump_cny: Floats  #: (R,) for being recognised in a tier
    rd_share: Floats  #: (G,) of R&D, for holders of a tier
    cap_cny: Floats  #: (1,) most for R&D of a firm in a year
    claim_share: Floats  #: (1,) of the entitled, those that apply
    date_years: Floats  #: (1,) of the yearly call, in the calendar year
    windows: Floats  #: (1,)
    cases: Floats  #: (1,) applications that a window takes in a month
    years: Floats  #: (1,) from being taken to being paid
    promised_years: Floats  #: (1,) within which payment is promised
    delay_ratio: Floats  #: (1,) hazard ratio of moving out for a firm whose payment is late
    window_cost_cny_year: Floats  #: (1,)
    speed: Floats  #: (1,) by what levers have multiplied the time to payment
    counted: Floats  #: (I, 8) in the order of CLAIM_COLUMNS


class Coordination(NamedTuple):
    """Decisions that the district and a company of the city take together."""

    years: Floats  #: (1,) longer that they take
    concerns: Flags  #: (B,) buildings about which they are


class State(NamedTuple):
    """Everything a rule may see. `seed` is the key of all draws; `grid_years` rounds dates up when above zero."""

    seed: int
    grid_years: float
    sources: Sources
    industries: Industries
    stages: Stages
    chain: Chain
    ages: Ages
    conduct: Conduct
    buildings: Buildings
    revitalisation: Revitalisation
    markets: Markets
    choice: Choice
    services: Services
    funds: Funds
    facilities: Facilities
    requests: Requests
    ladder: Ladder
    money: Money
    purse: Purse
    recruitment: Recruitment
    waiting: Waiting
    firms: Firms
    calendar: Calendar
    tally: Tally
    log: Log
    watch: Watch
    linkage: Linkage
    scenes: Scenes
    challenges: Challenges
    events: Events
    helps: Helps
    awards: Awards
    people: People
    contracts: Contracts
    honouring: Honouring
    coordination: Coordination
