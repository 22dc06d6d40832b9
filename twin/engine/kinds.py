"""Kinds of happening and kinds of draw: the words every other part of the engine uses."""

from __future__ import annotations

from enum import IntEnum


class Kind(IntEnum):
    """What can happen; the order of the members is the order in which it happens at one instant.

    Counting comes first, so that a quarter ends before anything of the next begins; then what planners do; then what
    ends (room and slots become free), and entry last, so that whoever enters at an instant finds what was freed at it.
    """

    COUNT = 0  #: a quarter is counted
    ACTION = 1  #: a planner's action takes effect
    WORKS = 2  #: a building project reaches its next phase
    SERVED = 3  #: a firm's time on a service slot is over
    TIRED = 4  #: a firm leaves a service queue unserved
    GIVE_UP = 5  #: a firm stops waiting for room and does not come, or goes
    ADVANCE = 6  #: a firm reaches the next stage
    FAIL = 7  #: a firm's project fails within its stage and the firm closes
    LEAVE = 8  #: a firm abandons its stage and leaves the park
    CLOSE = 9  #: a firm closes, by age
    ABSORB = 10  #: a firm is absorbed by another
    MOVE_OUT = 11  #: a firm moves out of the park
    SLEEP = 12  #: a firm falls dormant: it stops, and is struck off later
    COME = 13  #: a firm that is only registered looks for room in the park
    SPIN_OFF = 14  #: a firm's people found another
    LEASE_END = 15  #: a lease ends: the firm renews it, or moves
    FOLLOW = 16  #: a firm comes because of one that is there
    GROW = 17  #: a firm's yearly growth
    ENTER = 18  #: a new firm appears
    # What follows happens within one of the above: it is recorded and can be waited for, but has no date of its own.
    SETTLE = 19  #: a firm takes its first room
    WAIT = 20  #: a firm begins to wait for room
    MOVE = 21  #: a firm changes building
    RESIZE = 22  #: a firm takes or gives back floor where it is
    RENEW = 23  #: a firm signs again where it is, at the rent then asked
    JOIN = 24  #: a firm asks for a service slot
    START = 25  #: a firm gets a service slot
    OPEN = 26  #: new floor space opens
    NOTICE = 27  #: a building's closing is announced; nothing in it is let any more
    DISPLACE = 28  #: a firm has to go from a building that closes; it moves within the park, or the park loses it
    LOSE = 29  #: a firm that has to go finds no other building and leaves the park
    SHUT = 30  #: an emptied building is off line, and works on it begin
    DEMOLISH = 31  #: an emptied building goes for good
    REOPEN = 32  #: works are done, and a building is let again as they left it
    RECOGNISE = 33  #: a firm is recognised in a tier
    LAPSE = 34  #: a firm's recognition in a tier ends while it stays
    LIST = 35  #: a prospect comes on the list of the recruitment office; it is no firm of the park yet
    WIN = 36  #: the office has won a prospect, which enters at once
    DECLINE = 37  #: a prospect that the office has worked on decides for another place
    FADE = 38  #: a prospect loses interest before the office gets to it
    ORPHAN = 39  #: a resident anchor goes, and firms of the links beside its own are orphaned
    ORDER = 40  #: a firm wins an order of a demonstration scene
    AWARD = 41  #: a firm takes up an R&D project of the open-bid list
    PRIZE = 42  #: a firm of the first stage wins a prize at an event
    SHOW = 43  #: a firm that scales up shows at an event
    WARN = 44  #: a firm is found below its performance agreement and gets a time of grace
    EXPEL = 45  #: a lease ends for its agreement; the firm moves within the park, or the park loses it


#: A firm carries one date for each of its places at services.
PLACE_KINDS = (Kind.SERVED, Kind.TIRED)

#: And one for each kind from GIVE_UP to GROW; these bounds turn a kind into its column.
FIRST_DATE = int(Kind.GIVE_UP)
DATES = int(Kind.GROW) - FIRST_DATE + 1

#: Kinds that are hazards, with a unit-rate exponential clock each; the other dates are fixed when they are set.
FIRST_CLOCK = int(Kind.ADVANCE)
CLOCKS = int(Kind.SPIN_OFF) - FIRST_CLOCK + 1

#: Kinds by which a firm's life in the park ends.
EXITS = (Kind.GIVE_UP, Kind.FAIL, Kind.LEAVE, Kind.CLOSE, Kind.ABSORB, Kind.MOVE_OUT, Kind.LOSE)

#: Kinds whose place is a service; the place of every other kind is a building.
SERVICE_KINDS = (Kind.SERVED, Kind.TIRED, Kind.JOIN, Kind.START)


class Draw(IntEnum):
    """What a random number decides; part of its key, never to be renumbered within a version."""

    ENTRY = 0
    STAGE = 1
    STAFF = 2
    PRODUCTIVITY = 3
    RESIDENT = 4
    REGISTERED = 5
    ADVANCE = 6  # ADVANCE to SPIN_OFF follow Kind, clock by clock
    FAIL = 7
    LEAVE = 8
    CLOSE = 9
    ABSORB = 10
    MOVE_OUT = 11
    SLEEP = 12
    COME = 13
    SPIN_OFF = 14
    GROWTH = 15
    GROWTH_PHASE = 16
    NEEDS_SERVICE = 17
    SERVICE = 18
    SERVICE_PATIENCE = 19
    SEARCH_PATIENCE = 20
    CHOICE = 21
    DORMANCY = 22
    CHILD = 23  # the key of a spin-off, by the key of its parent
    NEWBORN = 24
    FOLLOW = 25  # when a firm follows
    FOLLOWER = 26  # the key of one that follows, by the key of whom it follows
    FOLLOWER_NODE = 27  # its link of a chain
    CAUSE = 30  # of failing
    RETURN = 31  # of a fund on a ticket
    PARTNER = 32  # whether others pay the rest of a round
    LEASE_PHASE = 40
    STAY = 41
    # the ladder of tiers
    APPLY = 50
    APPROVE = 51
    RENEW = 52
    VALIDITY = 53
    RD_SHARE = 54
    PAST_GROWTH = 55
    # recruitment
    SHORT_LIST = 60
    HIT = 61
    # works
    WORKS_TIME = 70  # of a building, by its row and the number of its works
    # chains
    ANCHOR = 80  # the key of an anchor that an action brings, by its link and its number there
    RECRUITED = 81  # the key of a firm that a search recruits, by its link
    # scenes, challenges and events
    BID = 95  # whether a firm bids, and its luck if it does
    PROJECT = 96  # the place of an R&D project on its list
    PROJECT_PHASE = 97  # when a link has its next project, if it does not have whole numbers of them
    ORDERS = 98  # of a call, where there are no whole numbers of them
    PRIZES = 99  # of an event, likewise
    # performance agreements, and the honouring of policies
    AGREE = 90
    MEASURED = 91
    CLAIM = 92


class Origin(IntEnum):
    """What kind of source a firm comes from."""

    MARKET = 0  #: firms that register of themselves
    INSTITUTE = 1  #: spin-offs of universities and laboratories
    RECRUIT = 2  #: prospects of the recruitment office, which come if they are won
    EVENT = 3  #: such prospects that have heard of the park at an event


class Status(IntEnum):
    """Where a firm stands."""

    WAITING = 0  #: looking for room, its life in the park not begun
    RESIDENT = 1  #: has room in a building
    REMOTE = 2  #: registered in the park, works elsewhere
    GONE = 3
    DORMANT = 4  #: has stopped and is still on the register
    PROSPECT = 5  #: on the list of the recruitment office, no firm of the park


class Item(IntEnum):
    """What public money is spent on."""

    FACILITIES = 0  #: running slots of services
    RECRUITMENT = 1  #: running the recruitment office, and attracting firms beyond those that come anyway
    COACHING = 2  #: accompanying firms so that they advance
    SPACE = 3  #: building floor
    RENT_RELIEF = 4  #: rent that public landlords forgo; below zero what a rise brings
    OUTREACH = 5  #: winning applications for tiers
    REVIEWS = 6  #: reviewing them
    COMPENSATION = 7  #: compensating firms that works displace
    FUNDS = 8  #: putting capital into funds
    SPIN_OFFS = 9  #: helping people of firms to found others
    REVITALISATION = 10  #: grants for works on low-efficiency stock
    CHAINS = 11  #: anchors that are brought, alliances of industries, chain chiefs
    SCENES = 12  #: holding calls of demonstration scenes, and the public share of their orders
    CHALLENGES = 13  #: awards to R&D projects of the open-bid list
    EVENTS = 14  #: holding events, and their prizes
    TALENT = 15  #: attracting talent, and places in tailored classes
    HOUSING = 16  #: building homes
    HONOURING = 17  #: what firms are entitled to by policy
    WINDOWS = 18  #: running the windows at which that is approved
    PENALTIES = 19  #: below zero: what firms pay that miss their performance agreements


class Measure(IntEnum):
    """What a criterion of a tier is about; money is CNY a year."""

    AGE_YEARS = 0
    REVENUE_CNY = 1
    RD_CNY = 2
    RD_SHARE = 3  #: of revenue
    VALUATION_CNY = 4  #: CNY, by revenue
    STAFF = 5  #: persons
    # what follows is about the past
    GROWTH_2Y = 6  #: mean compound growth of revenue over two years
    GROWTH_4Y = 7
    REVENUE_4Y_AGO_CNY = 8


class Output(IntEnum):
    """What a rule of a performance agreement is about; money is CNY a year, floor what the firm rents."""

    REVENUE_PER_M2 = 0
    TAX_PER_M2 = 1
    RD_SHARE = 2  #: R&D over revenue
    CHAIN_FIT = 3  #: 1 where the firm's industry leads where it is, or none does, else 0; measured without noise


class Reason(IntEnum):
    """Why a firm found no room."""

    NO_FIT = 0  #: no open building that fits, by type, storey height and floor load
    TOO_LARGE = 1  #: buildings fit, but none is large enough, were it empty
    FULL = 2  #: large enough buildings exist, all let


class Finding(IntEnum):
    """Why a building is low-efficiency stock; one that is for several reasons has the sum."""

    NONE = 0
    LOW_LET = 1  #: little of it has been let for long
    OLD_PLANT = 2  #: an old plant that was never renewed


class Help(IntEnum):
    """What helps a firm within the stage in which it gets it; a bit of `helped` each, in the order of ORDER to SHOW."""

    ORDER = 0  #: an order of a demonstration scene
    PROJECT = 1  #: an R&D project of the open-bid list
    PRIZE = 2  #: a prize at an event
    SHOW = 3  #: a show at an event


#: Bits of `helped` that do not end with a stage: has had an order; has an order or a project under way.
HAD_ORDER, UNDER_WAY = 1 << 4, 1 << 5
