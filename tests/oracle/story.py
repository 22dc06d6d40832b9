"""The core of a firm's life, told in plain SimPy: one process for each firm, one for each source of firms.

An independent writing of what the engine does: ordinary objects, no arrays, no rules, no calendar but SimPy's own. It
shares with the engine the catalog, the park, the kinds of happening and the keyed draws, so that with the same seed it
must tell the same story, row for row and to the bit: it does the few sums a date depends on in the same order.

Told: entry, the search for room and the wait for it, services with their queues, the stages as competing clocks, every
way out, yearly growth and what it does to the floor, relocation, floor space and facilities that open by plan, and
buildings that close, for works or for good, with what becomes of their tenants. Left out: levers, revenue, R&D,
tax and the public purse, the ladder of tiers, the quarterly panels, and who is registered where, none of which changes
what firms do.

Dates are absolute, and what happens at one instant is in the order of `Kind`, then of arrival. SimPy's `timeout` takes
a delay and knows two priorities, so `Story.alarm` puts events on the queue of the environment itself; everything else
is stock SimPy.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from heapq import heappush
from typing import Any, NamedTuple

import simpy

from twin.catalog import Catalog
from twin.engine.draws import exponential, laplace, normal, uniform, uniforms
from twin.engine.kinds import Draw, Kind, Reason
from twin.park import Park
from twin.units import Quarter

Life = Generator[simpy.Event, Any, None]

STAGE_CLOCKS = (Kind.ADVANCE, Kind.FAIL, Kind.LEAVE)
LIFE_CLOCKS = (Kind.CLOSE, Kind.ABSORB, Kind.MOVE_OUT, Kind.RELOCATE)

#: How often a firm looks at a random building before it takes a list; see `Firm.look_around`.
LOOKS = 16


class Row(NamedTuple):
    """One line of the log."""

    time_years: float
    kind: str
    firm: int
    building: str | None
    service: str | None
    stage: str
    amount: float


@dataclass
class Clock:
    """A clock with an exponential time on it, which it counts down at a rate; at rate 0 it stands still."""

    left: float
    rate: float
    since: float  #: what the firm's life measured when the clock was set
    date: float  #: when it rings; inf if never


class Story:
    """A park, its firms, and the log of what happens to them."""

    def __init__(self, park: Park, catalog: Catalog, *, start: Quarter, seed: int, grid_years: float = 0.0) -> None:
        self.env = simpy.Environment()
        self.catalog, self.start, self.seed, self.grid_years = catalog, start, seed, grid_years
        self.log: list[Row] = []
        self.ages, self.closing = law_of_age(catalog)
        self.buildings = [Building(self, n, row) for n, row in enumerate(park.firm_buildings.to_dict("records"))]
        for building, metro_m, here in zip(self.buildings, park.metro_m, park.building_points, strict=True):
            building.metro_m = float(metro_m)
            square = catalog.value("near_m") ** 2
            building.near = [
                other
                for other, there in zip(self.buildings, park.building_points, strict=True)
                if (there[0] - here[0]) ** 2 + (there[1] - here[1]) ** 2 <= square
            ]
        self.services = {name: Service(self, name) for name in catalog.services}
        self.firms: list[Firm] = []
        self.waiting: list[Firm] = []  #: for room, in the order in which they came
        self.fits = {(i, s): catalog.fits(i, s) for i in catalog.industries for s in catalog.stages}
        self.populate(park)
        self.survey()
        for number, industry in enumerate(catalog.industries):
            self.env.process(self.source(number, industry))
        for firm in self.firms:
            firm.process = self.env.process(firm.life_of_the_stock())
        self.env.process(self.survey_every_quarter())
        self.open_by_plan(park)
        self.close_by_plan(park)

    def alarm(self, date: float, kind: Kind, who: int) -> simpy.Event:
        """An event at an absolute date, in its place by meaning among those of that date."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, kind
        rank = 2 + (int(kind) << 32) + who  # 0 and 1 are SimPy's own
        heappush(self.env._queue, (date, rank, next(self.env._eid), event))  # type: ignore[misc]  # a class of two
        return event

    def on_grid(self, date: float) -> float:
        """A date, rounded up to the grid if there is one."""
        if self.grid_years > 0.0 and 0.0 < date < math.inf:
            return math.ceil(date / self.grid_years) * self.grid_years
        return date

    def tell(
        self,
        kind: Kind,
        firm: Firm | None,
        *,
        at: Building | None = None,
        by: Service | None = None,
        amount: float = 0.0,
    ) -> None:
        """Write a line of the log. Where no firm is concerned the stage is the first, for want of a better."""
        key, stage = (firm.key, firm.stage) if firm else (-1, self.catalog.stages[0])
        building, service = at.name if at else None, by.name if by else None
        self.log.append(Row(self.env.now, kind.name.lower(), key, building, service, stage, float(amount)))

    def populate(self, park: Park) -> None:
        """Firms of the stock, in the order of their numbers, in their buildings."""
        began = self.start.year + (self.start.number - 1) / 4
        for row in park.firms.sort_values("firm_id").to_dict("records"):
            firm = Firm(self, int(row["firm_id"]), row["industry"], row["stage"], float(row["staff"]))
            firm.founded = float(row["founded_year"]) - began
            firm.anchor = bool(row["anchor"])
            if row["resident"]:
                building = next(b for b in self.buildings if b.name == row["building_id"])
                building.let(firm, int(row["floor_m2"]))
        for row in park.services.to_dict("records"):
            if not opens_after(row["opens"], self.start):
                self.services[row["service"]].slots += int(row["slots"])

    def source(self, number: int, industry: str) -> Life:
        """Firms of an industry appear, at a rate that grows and has its seasons."""
        rate = self.catalog.value("entry_per_year", industry)
        key = (number + 1) << 32
        entered = 0
        while rate > 0.0:
            expected = self.expected_entries(industry, self.env.now)
            left = exponential(self.seed, key, int(Draw.ENTRY), entered)
            date = self.on_grid(self.entry_date(industry, expected + left / rate))
            if date == math.inf:
                return
            yield self.alarm(date, Kind.ENTER, number)
            firm = Firm.newcomer(self, key + entered, industry)
            entered += 1
            firm.process = self.env.process(firm.life())

    def expected_entries(self, industry: str, date: float) -> float:
        """Firms expected by a date at a rate that starts with one a year: the integral of trend x season."""
        trend = self.catalog.value("entry_trend_per_year", industry)
        swing = self.catalog.value("entry_season_amplitude", industry)
        phase = self.catalog.value("entry_season_phase_years", industry)
        steady = math.expm1(trend * date) / trend if trend != 0.0 else date
        if swing == 0.0:
            return steady
        year = 2.0 * math.pi

        def wave(at: float) -> float:
            angle = year * (at - phase)
            return trend * math.sin(angle) - year * math.cos(angle)

        season = math.exp(trend * date) * wave(date) - wave(0.0)
        return steady + swing * season / (trend * trend + year * year)

    def entry_date(self, industry: str, target: float) -> float:
        """When so many firms are expected to have come; inf if never."""
        now, trend = self.env.now, self.catalog.value("entry_trend_per_year", industry)
        if self.catalog.value("entry_season_amplitude", industry) == 0.0:
            if trend == 0.0:
                return max(now, target)
            return max(now, math.log1p(trend * target) / trend) if trend * target > -1.0 else math.inf
        early, late = now, now + 1.0
        while self.expected_entries(industry, late) < target:
            early, late = late, late + 2.0 * (late - now)
            if late > 1e6:
                return math.inf
        while early < 0.5 * (early + late) < late:
            middle = 0.5 * (early + late)
            if self.expected_entries(industry, middle) < target:
                early = middle
            else:
                late = middle
        return late

    def survey(self) -> None:
        """Firms learn how many of each industry work around each building, and judge by it until the next survey."""
        for building in self.buildings:
            jobs = dict.fromkeys(self.catalog.industries, 0)
            for near in building.near:
                for tenant in near.tenants:
                    jobs[tenant.industry] += tenant.staff
            building.jobs_near = jobs
            building.weigh()

    def survey_every_quarter(self) -> Life:
        """A survey at the end of each quarter."""
        quarter = 1
        while True:
            yield self.alarm(quarter / 4, Kind.COUNT, 0)
            self.survey()
            quarter += 1

    def open_by_plan(self, park: Park) -> None:
        """Buildings and facilities that are to be completed after the start open on their dates."""
        floor, facilities = [], []
        for building, row in zip(self.buildings, park.firm_buildings.to_dict("records"), strict=True):
            if opens_after(row["completed"], self.start):
                years = Quarter.parse(row["completed"]).years_since(self.start)
                floor.append((years, building.number, building.open, building.planned_m2))
        for row in park.services.to_dict("records"):
            if opens_after(row["opens"], self.start):
                years = Quarter.parse(row["opens"]).years_since(self.start)
                number = self.catalog.services.index(row["service"])
                facilities.append((years, number, self.services[row["service"]].open, int(row["slots"])))
        self.env.process(self.carry_out(sorted(floor, key=lambda opening: opening[:2])))
        self.env.process(self.carry_out(sorted(facilities, key=lambda opening: opening[:2])))

    def carry_out(self, plan: list[tuple[float, int, Callable[[int], None], int]]) -> Life:
        """Open one thing after another."""
        for years, number, open_, amount in plan:
            yield self.alarm(years, Kind.WORKS, number)
            open_(amount)

    def close_by_plan(self, park: Park) -> None:
        """Works on buildings, and buildings that close for good."""
        by_name = {building.name: building for building in self.buildings}
        for row in park.building_works.to_dict("records"):
            self.env.process(by_name[row["building_id"]].works(row))
        for building, row in zip(self.buildings, park.firm_buildings.to_dict("records"), strict=True):
            if opens_after(row["closed"], self.start):
                self.env.process(building.last_days(Quarter.parse(row["closed"]).years_since(self.start)))


class Building:
    """Floor space to let, never more than there is."""

    def __init__(self, story: Story, number: int, row: dict[Any, Any]) -> None:
        self.story, self.number = story, number
        self.name, self.kind = str(row["building_id"]), str(row["building_type"])
        self.rent, self.quality = float(row["rent_cny_m2_day"]), float(row["quality"])
        open_now = isinstance(row["completed"], str) and not opens_after(row["completed"], story.start)
        gone = isinstance(row["closed"], str) and not opens_after(row["closed"], story.start)
        self.lettable_m2 = float(row["lettable_m2"])  #: by plan, whoever it is for
        self.stock_m2 = self.planned_m2 if open_now and not gone else 0
        self.let_m2 = 0
        self.notices = 0  #: of works and demolitions; while there is one, nothing is let
        self.metro_m = 0.0
        self.near: list[Building] = []
        self.tenants: dict[Firm, None] = {}
        self.jobs_near: dict[str, int] = {}  #: by industry, as last surveyed
        self.weight: dict[str, int] = {}

    @property
    def planned_m2(self) -> int:
        """Whole m² for firms, by plan."""
        return math.floor(self.lettable_m2) if self.kind in self.story.catalog.firm_types else 0

    @property
    def free_m2(self) -> int:
        """What can be let now."""
        return 0 if self.notices else self.stock_m2 - self.let_m2

    def weigh(self) -> None:
        """What it is worth to firms of each industry, by the jobs they know of."""
        self.weight = {industry: self.attraction(industry, jobs) for industry, jobs in self.jobs_near.items()}

    def attraction(self, industry: str, jobs_near: int) -> int:
        """exp(utility) in units of 2**-32: whole numbers, so that a sum does not depend on its order."""
        value = self.story.catalog.value
        utility = (
            value("taste_rent", industry) * math.log(self.rent)
            + value("taste_jobs", industry) * math.log(1.0 + jobs_near)
            + value("taste_metro", industry) * math.exp(-self.metro_m / value("metro_decay_m"))
            + value("taste_quality", industry) * self.quality
        )
        return int(math.exp(min(max(utility, -12.0), 12.0)) * 2.0**32)

    def suits(self, firm: Firm) -> bool:
        """Whether the building is of a type for such a firm."""
        return self.kind in self.story.fits[firm.industry, firm.stage]

    def let(self, firm: Firm, m2: int) -> None:
        """A firm moves in."""
        self.let_m2 += m2
        self.tenants[firm] = None
        firm.building, firm.floor_m2 = self, m2

    def take_back(self, firm: Firm) -> None:
        """A firm moves out."""
        self.let_m2 -= firm.floor_m2
        del self.tenants[firm]
        firm.building = None

    def open(self, m2: int) -> None:
        """New floor opens."""
        if m2 > 0:
            self.stock_m2 += m2
            self.story.tell(Kind.OPEN, None, at=self, amount=m2)
            self.offer()

    def works(self, row: dict[Any, Any]) -> Life:
        """It empties, is rebuilt, and opens as something else or the same."""
        starts, ends = (Quarter.parse(row[name]).years_since(self.story.start) for name in ("starts", "ends"))
        if starts > 0:
            yield from self.empty(starts)
            self.story.tell(Kind.SHUT, None, at=self, amount=self.stock_m2)
        else:
            self.notices += 1
        yield self.story.alarm(ends, Kind.WORKS, self.number)
        before_m2 = self.planned_m2
        for name, value in (
            ("kind", row["building_type"]),
            ("lettable_m2", row["lettable_m2"]),
            ("rent", row["rent_cny_m2_day"]),
            ("quality", row["quality"]),
        ):
            if isinstance(value, str) or (value is not None and not math.isnan(value)):
                setattr(self, name, value)
        self.weigh()
        self.stock_m2 += self.planned_m2 - before_m2
        self.notices -= 1
        self.story.tell(Kind.REOPEN, None, at=self, amount=self.stock_m2)
        self.offer()

    def last_days(self, date: float) -> Life:
        """It empties, and is no more."""
        yield from self.empty(date)
        self.story.tell(Kind.DEMOLISH, None, at=self, amount=self.stock_m2)
        self.stock_m2 = 0
        self.notices -= 1

    def empty(self, date: float) -> Life:
        """Its tenants get notice and look around, and those still there at the date look again, or are lost."""
        notice = max(date - self.story.catalog.value("notice_years"), 0.0)
        later = 2**24 + self.number  # than what planners do otherwise, and than what opens, at that date
        yield self.story.alarm(notice, Kind.ACTION, later)
        self.notices += 1
        self.story.tell(Kind.NOTICE, None, at=self, amount=self.let_m2)
        for firm in sorted(self.tenants, key=lambda firm: firm.number):
            firm.make_way()
        yield self.story.alarm(date, Kind.WORKS, later)
        for firm in sorted(self.tenants, key=lambda firm: firm.number):
            if not firm.make_way():
                firm.get_lost()

    def offer(self) -> None:
        """Whoever waits for room is offered what is free, first come first, and takes it if it suits."""
        for firm in list(self.story.waiting):
            if self.suits(firm) and firm.needed_m2 <= self.free_m2:
                self.story.waiting.remove(firm)
                self.let(firm, firm.needed_m2)
                firm.process.interrupt()


class Service:
    """A service with so many slots, and a queue of firms with patience."""

    def __init__(self, story: Story, name: str) -> None:
        self.story, self.name = story, name
        self.slots = 0
        self.served: set[Firm] = set()
        self.queue: deque[Firm] = deque()

    def is_free(self) -> bool:
        """Whether there is a slot."""
        return len(self.served) < self.slots

    def open(self, slots: int) -> None:
        """More slots open."""
        self.slots += slots
        self.call_next()

    def start(self, firm: Firm, waited: float) -> None:
        """A firm takes a slot, for a Weibull time."""
        value, now = self.story.catalog.value, self.story.env.now
        mean, shape = value("service_years", self.name), value("service_shape", self.name)
        length = mean
        if shape < math.inf:
            draw = firm.exponential(Draw.SERVICE, firm.stage_number)
            length = mean / math.gamma(1.0 + 1.0 / shape) * draw ** (1.0 / shape)
        self.served.add(firm)
        firm.slot = self
        firm.dates[Kind.SERVED] = self.story.on_grid(now + length)
        self.story.tell(Kind.START, firm, by=self, amount=waited)

    def release(self, firm: Firm) -> None:
        """A firm leaves its slot to the next."""
        self.served.remove(firm)
        firm.slot = None
        firm.dates.pop(Kind.SERVED, None)
        self.call_next()

    def call_next(self) -> None:
        """The first in the queue take what slots are free."""
        while self.queue and self.is_free():
            firm = self.queue[0]
            self.start(firm, self.step_out(firm))
            firm.process.interrupt()

    def step_out(self, firm: Firm) -> float:
        """A firm leaves the queue; the years it waited."""
        self.queue.remove(firm)
        firm.queue = None
        firm.dates.pop(Kind.TIRED, None)
        return self.story.env.now - firm.queued_since


class Firm:
    """A firm, and the story of its life."""

    process: simpy.Process

    def __init__(self, story: Story, key: int, industry: str, stage: str, size: float) -> None:
        self.story, self.key, self.industry, self.stage = story, key, industry, stage
        self.number = len(story.firms)  #: by arrival
        story.firms.append(self)
        self.size, self.staff = size, math.floor(size + 0.5)
        self.founded = 0.0
        self.anchor = False
        self.wants_room = False
        self.supported = False
        self.last_growth = 0.0
        self.building: Building | None = None
        self.floor_m2 = 0
        self.slot: Service | None = None
        self.queue: Service | None = None
        self.queued_since = 0.0
        self.growths = self.searches = self.relocations = 0
        self.lost = False
        self.clocks: dict[Kind, Clock] = {}
        self.dates: dict[Kind, float] = {}

    @classmethod
    def newcomer(cls, story: Story, key: int, industry: str) -> Firm:
        """A firm with the stage, size and wishes that chance gives it."""
        value, stages = story.catalog.value, story.catalog.stages
        shares = [value("stage_share", stage) for stage in stages]
        u, below, stage = uniform(story.seed, key, int(Draw.STAGE), 0), 0.0, stages[-1]
        for candidate, share in zip(stages, shares, strict=True):
            below += share
            if u < below / sum(shares):
                stage = candidate
                break
        spread = value("entry_staff_sigma", stage) * normal(story.seed, key, int(Draw.STAFF), 0)
        firm = cls(story, key, industry, stage, max(math.exp(math.log(value("entry_staff", stage)) + spread), 1.0))
        firm.founded = story.env.now - value("age_at_entry_years", stage)
        firm.wants_room = uniform(story.seed, key, int(Draw.RESIDENT), 0) < value("resident_share", industry)
        return firm

    # The story

    def life(self) -> Life:
        """A firm appears, finds room or not, and lives through stages, growth and moves until something ends it."""
        self.tell(Kind.ENTER, self.staff)
        if self.wants_room:
            yield from self.find_room()
            if self.building is None:
                return
            self.tell(Kind.SETTLE, self.floor_m2)
        self.wind(*LIFE_CLOCKS)
        self.dates[Kind.GROW] = self.story.on_grid(self.now + 1.0)
        self.begin_stage()
        yield from self.live()

    def life_of_the_stock(self) -> Life:
        """A firm that was there before the start: it grows on a date of its own, and has asked for service long ago."""
        self.wind(*LIFE_CLOCKS)
        self.dates[Kind.GROW] = self.story.on_grid(1.0 - self.uniform(Draw.GROWTH_PHASE, 0))
        self.wind_stage_clocks()
        service = self.wished_service()
        if service is not None and service.is_free():
            service.start(self, 0.0)
        yield from self.live()

    def find_room(self) -> Life:
        """Look around; if there is nothing, wait until something is offered or patience ends."""
        building = self.look_around()
        if building is not None:
            building.let(self, self.needed_m2)
            return
        patience = self.story.catalog.value("search_patience_years", self.industry)
        if patience > 0.0:
            self.tell(Kind.WAIT, self.needed_m2)
            self.story.waiting.append(self)
            end_of_patience = self.story.env.event()
            if patience < math.inf:
                date = self.now + patience * self.exponential(Draw.SEARCH_PATIENCE, self.searches)
                end_of_patience = self.story.alarm(self.story.on_grid(date), Kind.GIVE_UP, self.number)
            try:
                yield end_of_patience
            except simpy.Interrupt:
                return  # it has been offered room
            self.story.waiting.remove(self)
        self.tell(Kind.GIVE_UP, self.why_no_room())

    def live(self) -> Life:
        """Wait for the next date, let it happen, and so on, until one of them is the last."""
        happen = {
            Kind.SERVED: self.be_served,
            Kind.TIRED: self.tire,
            Kind.ADVANCE: self.advance,
            Kind.RELOCATE: self.relocate,
            Kind.GROW: self.grow,
        }
        while True:
            date, kind = min(self.all_dates())
            try:
                yield self.story.alarm(date, kind, self.number)
            except simpy.Interrupt:
                if self.lost:
                    return
                continue  # it has been given a slot, and looks at its dates again
            if kind not in happen:
                self.go(kind)
                return
            happen[kind]()

    def all_dates(self) -> list[tuple[float, Kind]]:
        """What may happen to the firm, and when."""
        return [(clock.date, kind) for kind, clock in self.clocks.items()] + [(d, k) for k, d in self.dates.items()]

    # What happens

    def begin_stage(self) -> None:
        """The clocks of the stage start, and the firm asks for the service of the stage if it needs it."""
        self.wind_stage_clocks()
        service = self.wished_service()
        if service is None:
            return
        self.story.tell(Kind.JOIN, self, by=service)
        patience = self.story.catalog.value("service_patience_years", service.name)
        if service.is_free():
            service.start(self, 0.0)
        elif patience <= 0.0:
            self.story.tell(Kind.TIRED, self, by=service)
        else:
            service.queue.append(self)
            self.queue, self.queued_since = service, self.now
            if patience < math.inf:
                wait = patience * self.exponential(Draw.SERVICE_PATIENCE, self.stage_number)
                self.dates[Kind.TIRED] = self.story.on_grid(self.now + wait)

    def be_served(self) -> None:
        """Its time on the slot is over: from now on it advances more easily."""
        service = self.slot
        assert service is not None
        self.supported = True
        self.story.tell(Kind.SERVED, self, by=service)
        self.review_clocks()
        service.release(self)

    def tire(self) -> None:
        """It leaves the queue unserved."""
        service = self.queue
        assert service is not None
        waited = service.step_out(self)
        self.story.tell(Kind.TIRED, self, by=service, amount=waited)

    def end_stage(self) -> None:
        """It leaves the slot or the queue of the stage."""
        if self.slot is not None:
            self.slot.release(self)
        elif self.queue is not None:
            self.tire()

    def advance(self) -> None:
        """It reaches the next stage."""
        self.tell(Kind.ADVANCE)
        self.end_stage()
        self.stage = self.story.catalog.stages[self.stage_number + 1]
        self.review_clocks()
        self.begin_stage()
        self.adjust_floor()

    def grow(self) -> None:
        """A year's growth: a Laplace draw, less for the old, wider for the small; an anchor just follows the mean."""
        value = self.story.catalog.value
        self.growths += 1
        growth = value("growth_mean", self.industry)
        if not self.anchor:
            growth += -value("growth_ageing_per_year") * (self.now - self.founded)
            spread = value("growth_scale") * (self.size / 20.0) ** value("growth_size_exponent")
            growth += spread * laplace(self.story.seed, self.key, int(Draw.GROWTH), self.growths)
        self.size = max(self.size * math.exp(growth), 1.0)
        self.staff = math.floor(self.size + 0.5)
        self.last_growth = growth
        self.dates[Kind.GROW] = self.story.on_grid(self.now + 1.0)
        self.tell(Kind.GROW, self.staff)
        self.review_clocks()
        self.adjust_floor()

    def adjust_floor(self) -> None:
        """It takes more floor here or elsewhere, gives some back, or leaves it."""
        value, here = self.story.catalog.value, self.building
        if here is None:
            return
        more = self.needed_m2 - self.floor_m2
        if self.needed_m2 > value("expand_above") * self.floor_m2:
            if more <= here.free_m2:
                self.change_floor(here, more)
            else:
                elsewhere = self.look_around()
                if elsewhere is not None:
                    self.move(here, elsewhere)
        elif self.needed_m2 < value("shrink_below") * self.floor_m2:
            self.change_floor(here, more)
            here.offer()

    def change_floor(self, here: Building, more_m2: int) -> None:
        """It rents more, or less, where it is."""
        here.let_m2 += more_m2
        self.floor_m2 += more_m2
        self.tell(Kind.RESIZE, more_m2)

    def relocate(self) -> None:
        """It looks for another building, moves if it finds one, and will look again."""
        self.relocations += 1
        here, elsewhere = self.building, self.look_around()
        self.story.tell(Kind.RELOCATE, self, at=elsewhere, amount=self.needed_m2)
        if here is not None and elsewhere is not None:
            self.move(here, elsewhere)
        self.wind(Kind.RELOCATE, nth=self.relocations)

    def move(self, here: Building, elsewhere: Building) -> None:
        """It moves; what it leaves is offered when it is gone."""
        here.take_back(self)
        elsewhere.let(self, self.needed_m2)
        self.tell(Kind.MOVE, self.floor_m2)
        here.offer()

    def make_way(self) -> bool:
        """Its building closes: it looks around and moves, or finds nothing."""
        here, elsewhere = self.building, self.look_around()
        if here is None or elsewhere is None:
            return False
        self.tell(Kind.DISPLACE, self.floor_m2)
        self.move(here, elsewhere)
        return True

    def get_lost(self) -> None:
        """Its building closes, and it has found nothing."""
        self.tell(Kind.DISPLACE, self.floor_m2)
        self.go(Kind.LOSE)
        self.lost = True
        self.process.interrupt()

    def go(self, cause: Kind) -> None:
        """It fails, leaves, closes, is absorbed or moves out; what it held is for others."""
        self.tell(cause, self.floor_m2)
        self.end_stage()
        if self.building is not None:
            here = self.building
            here.take_back(self)
            here.offer()

    # Room

    @property
    def needed_m2(self) -> int:
        """Floor for its staff, in whole m², no less than is let."""
        value = self.story.catalog.value
        heads = self.staff * value("m2_per_head", self.industry) * value("floor_factor", self.stage)
        return max(math.ceil(heads), int(value("least_m2", self.stage)), 1)

    def look_around(self) -> Building | None:
        """A building by multinomial logit among all that suit, are large enough and are not its own; None if none is.

        It draws from all that suit, full ones too, and again as long as what it draws has not the room: what comes out
        is the logit among those that have, since dropping alternatives leaves the odds between the others alone. After
        many looks each of those with room waits for a time of its own, at the rate of its weight, and the first comes,
        which is the same law. The engine does the same with the same draws and weights, but has the sums in a tree.
        """
        self.searches += 1
        nth = self.searches * (LOOKS + 1)
        suiting = [building for building in self.story.buildings if building.suits(self)]
        large = [b for b in suiting if b.free_m2 >= self.needed_m2 and b is not self.building]
        if not large:
            return None
        for look in range(LOOKS):
            building = self.drawn_from(suiting, nth + look)
            if building in large:
                return building

        def rings(building: Building) -> float:
            return self.exponential(about(building.number), nth + LOOKS) / building.weight[self.industry]

        return min(large, key=rings)

    def drawn_from(self, buildings: list[Building], nth: int) -> Building:
        """One of the buildings, by their weights, by halving: which half is a matter of their weights, and of luck.

        All buildings there are, in their order, are halved where the numbers of the right half begin with a multiple of
        as high a power of two as may be, and so on; the luck is that of the first number on the right. Two levels share
        a block of luck, that of the upper one.
        """
        row, total = {b.number: b for b in buildings}, [0]
        for number in range(len(self.story.buildings)):
            total.append(total[-1] + (row[number].weight[self.industry] if number in row else 0))

        def weight(first: int, last: int) -> int:
            return total[min(last, len(total) - 1)] - total[min(first, len(total) - 1)]

        first, size, level = 0, 4 ** math.ceil(math.log(max(len(self.story.buildings), 2), 4)), 0
        luck = (0.0, 0.0)
        while size > 1:
            size //= 2
            if level % 2 == 0:
                luck = uniforms(self.story.seed, self.key, about(first + size), nth)
            left, right = weight(first, first + size), weight(first + size, first + 2 * size)
            if right > 0 and int(luck[level % 2] * (left + right)) >= left:
                first += size
            level += 1
        return row[first]

    def why_no_room(self) -> Reason:
        """Why it found nothing."""
        suiting = [building for building in self.story.buildings if building.suits(self) and not building.notices]
        open_m2 = [building.stock_m2 for building in suiting if building.stock_m2]
        if not open_m2:
            return Reason.NO_FIT
        return Reason.FULL if max(open_m2) >= self.needed_m2 else Reason.TOO_LARGE

    # Services

    def wished_service(self) -> Service | None:
        """The service of its stage, if it is one of those that need it."""
        row = self.story.catalog.tables["stages"][self.stage_number]
        share = self.story.catalog.value("service_share", self.stage)
        if row["service"] and self.uniform(Draw.NEEDS_SERVICE, self.stage_number) < share:
            return self.story.services[row["service"]]
        return None

    # Clocks

    def hazard(self, kind: Kind) -> float:
        """Rate a year of a clock; of CLOSE, the factor on the law of age."""
        value = self.story.catalog.value
        if self.anchor:
            return 0.0
        if kind == Kind.ADVANCE:
            support = value("served_advance_ratio", self.stage) if self.supported else 1.0
            return value("advance_per_year", self.stage) * support
        if kind == Kind.CLOSE:
            return value("closing_factor", self.industry) * value("age_closing_factor", self.stage)
        if kind == Kind.RELOCATE:
            if self.building is None:
                return 0.0
            fast = value("fast_relocate_ratio") if self.last_growth > value("fast_growth") else 1.0
            large = value("large_relocate_ratio") if self.staff > value("large_staff") else 1.0
            return value("relocate_per_year", self.industry) * fast * large
        return value(f"{kind.name.lower()}_per_year", self.stage if kind in STAGE_CLOCKS else self.industry)

    def wind(self, *kinds: Kind, nth: int = 0) -> None:
        """Start clocks with a new draw each."""
        for kind in kinds:
            self.set_clock(kind, self.exponential(Draw[kind.name], nth))

    def wind_stage_clocks(self) -> None:
        """The clocks that compete within a stage; from the last there is nothing to advance to."""
        self.supported = False
        self.clocks.pop(Kind.ADVANCE, None)
        last = self.stage == self.story.catalog.stages[-1]
        self.wind(*STAGE_CLOCKS[1 if last else 0 :], nth=self.stage_number)

    def review_clocks(self) -> None:
        """Where a hazard has changed, what is left on its clock runs down at the new rate; nothing is drawn anew."""
        for kind, clock in self.clocks.items():
            if self.hazard(kind) == clock.rate:
                continue
            left = clock.left
            if clock.date < math.inf:
                left = clock.rate * (self.measure(kind, clock.date) - self.measure(kind, self.now))
            elif clock.rate > 0.0:
                left -= clock.rate * (self.measure(kind, self.now) - clock.since)
            self.set_clock(kind, max(left, 1e-16))

    def set_clock(self, kind: Kind, left: float) -> None:
        """A clock with so much left on it rings when its measure has gone on by that much over its rate."""
        rate, since = self.hazard(kind), self.measure(kind, self.now)
        date = math.inf
        if rate > 0.0:
            date = self.story.on_grid(max(self.now, self.date_of(kind, since + left / rate)))
        self.clocks[kind] = Clock(left, rate, since, date)

    def measure(self, kind: Kind, date: float) -> float:
        """What a clock measures: years, or for CLOSE the cumulative hazard of the law of age."""
        if kind != Kind.CLOSE:
            return date
        age, ages, closing = date - self.founded, self.story.ages, self.story.closing
        k = min(max(bisect_right(ages, age) - 1, 0), len(ages) - 2)
        return closing[k] + (closing[k + 1] - closing[k]) / (ages[k + 1] - ages[k]) * (age - ages[k])

    def date_of(self, kind: Kind, measured: float) -> float:
        """When a clock's measure gets so far; inf if never."""
        if kind != Kind.CLOSE:
            return measured
        ages, closing = self.story.ages, self.story.closing
        k = min(max(bisect_right(closing, measured) - 1, 0), len(ages) - 2)
        slope = (closing[k + 1] - closing[k]) / (ages[k + 1] - ages[k])
        return self.founded + ages[k] + (measured - closing[k]) / slope if slope > 0.0 else math.inf

    # Small words

    @property
    def now(self) -> float:
        """Years since the start."""
        return self.story.env.now

    @property
    def stage_number(self) -> int:
        """0 for the first stage."""
        return self.story.catalog.stages.index(self.stage)

    def uniform(self, draw: int, nth: int) -> float:
        """Its own luck, between 0 and 1."""
        return uniform(self.story.seed, self.key, int(draw), nth)

    def exponential(self, draw: int, nth: int) -> float:
        """Its own luck, as a waiting time of mean 1."""
        return exponential(self.story.seed, self.key, int(draw), nth)

    def tell(self, kind: Kind, amount: float = 0.0) -> None:
        """Write down what happens to it, where it is."""
        self.story.tell(kind, self, at=self.building, amount=amount)


def about(number: int) -> int:
    """The kind of luck that a building has with a firm."""
    return int(Draw.CHOICE) + 256 * number


def law_of_age(catalog: Catalog) -> tuple[list[float], list[float]]:
    """Ages, and the cumulative hazard of closing by them: minus the logarithm of the share that is left."""
    ages, closing = [0.0], [0.0]
    for age in catalog.scopes("closing_by_age"):
        ages.append(float(age))
        # neither certain nor impossible, so that every clock has a date
        share = min(max(catalog.value("closing_by_age", age), 1e-12), 1.0 - 1e-12)
        closing.append(closing[-1] - math.log1p(-share))
    return ages, closing


def opens_after(quarter: object, start: Quarter) -> bool:
    """Whether a quarter, if it is one, lies after the start."""
    return isinstance(quarter, str) and Quarter.parse(quarter).years_since(start) > 0


def tell(
    park: Park, catalog: Catalog, *, start: Quarter, years: float, seed: int, grid_years: float = 0.0
) -> list[Row]:
    """The log of so many years; `seed` holds the replication in its high word."""
    story = Story(park, catalog, start=start, seed=seed, grid_years=grid_years)
    story.env.run(until=years)
    return story.log
