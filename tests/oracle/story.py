"""The core of a firm's life, told in plain SimPy: one process for each firm, one for each source of firms.

An independent writing of what the engine does: ordinary objects, no arrays, no rules, no calendar but SimPy's own. It
shares with the engine the catalog, the park, the kinds of happening and the keyed draws, so that with the same seed it
must tell the same story, row for row and to the bit: it does the few sums a date depends on in the same order.

Told: entry, and firms that follow others, prospects with their short list and the office that works on them, the search
for room and the wait for it, services with their queues, houses where services have floor for the firms on their slots,
funds with their budget years and the others who join their rounds or do not, the stages as competing clocks, every way
out and the causes of failure, yearly growth and what it does to the floor, leases and what a firm does when one ends,
firms that are only registered and come, talent that comes and goes and what its shortage does to firms, rents that
follow vacancy, floor space and facilities that open by plan, floor that is let part by part, zones where an industry
leads, and buildings that close, for works, whole or part by part, or for good, with what becomes of their tenants, of
the slots of services in them, and of the links of a chain near that of an anchor that goes. Left out: levers, and so
the anchors, alliances and chain chiefs that only they bring, and scenes, R&D projects and events, of which none is held
without an action (`scene_calls_per_year`, `challenge_projects_per_year` and `events_per_year` are 0); performance
agreements, which no lease carries (`contract_share` is 0), and payments by policy, which move nobody as long as they
keep the promised time; where people live, which holds them here only where `housing_stay_effect` is above 0; revenue,
R&D, tax and the public purse, the ladder of tiers, the quarterly panels, and who is registered where, none of which
changes what firms do; and works on low-efficiency stock, for which there is no money (`revitalisation_budget_cny_year`
is 0).

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
from functools import partial
from heapq import heappush
from typing import Any, NamedTuple

import shapely
import simpy

from twin.catalog import Catalog, cause_share
from twin.engine.draws import exponential, laplace, normal, philox, uniform, uniforms
from twin.engine.kinds import Draw, Kind, Reason
from twin.park import Park
from twin.units import Quarter

Life = Generator[simpy.Event, Any, None]

STAGE_CLOCKS = (Kind.ADVANCE, Kind.FAIL, Kind.LEAVE)
LIFE_CLOCKS = (Kind.CLOSE, Kind.ABSORB, Kind.MOVE_OUT, Kind.SLEEP, Kind.COME, Kind.SPIN_OFF)

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
        self.laws = {
            Kind.CLOSE: law_of_age(catalog, "closing_by_age"),
            Kind.SLEEP: law_of_age(catalog, "dormant_by_age"),
        }
        self.buildings = [Building(self, n, row) for n, row in enumerate(park.firm_buildings.to_dict("records"))]
        for building, metro_m, here in zip(self.buildings, park.metro_m, park.building_points, strict=True):
            building.metro_m = float(metro_m)
            building.area = area_at(here, park, start)
            building.leading = leading_at(here, park, start)
            square = catalog.value("near_m") ** 2
            building.near = [
                other
                for other, there in zip(self.buildings, park.building_points, strict=True)
                if (there[0] - here[0]) ** 2 + (there[1] - here[1]) ** 2 <= square
            ]
        self.rent_level: dict[tuple[str, str, bool], float] = {}  #: asking over list rent, by area, market, landlord
        self.floor_ratio = 1.0  #: floor per head over that at list rents
        self.services = {
            name: (Fund if name in catalog.funds else Service)(self, number, name)
            for number, name in enumerate(catalog.services)
        }
        self.facilities: list[Facility] = []
        self.firms: list[Firm] = []
        self.waiting: list[Firm] = []  #: for room, in the order in which they came
        self.fits = {(i, s): catalog.fits(i, s) for i in catalog.industries for s in catalog.stages}
        self.populate(park)
        self.beside = neighbours(catalog)
        self.lost_beside = dict.fromkeys(self.beside, 0)  #: anchors of neighbouring links that have gone of late
        self.anchors_now, self.anchors_at_start = self.anchors(), self.anchors()
        self.drawn = dict.fromkeys(catalog.industries, 1.0)  #: how many more come for the jobs of their industry
        self.survey()
        self.jobs_at_start = self.jobs()
        self.talents = Talents(self)
        self.sources = self.list_sources()
        self.env.process(self.stand_on_list())
        for source in self.sources:
            source.process = self.env.process(source.run())
        for firm in self.firms:
            firm.process = self.env.process(firm.life_of_the_stock())
        self.env.process(self.survey_every_quarter())
        for service in self.services.values():
            if isinstance(service, Fund):
                self.env.process(service.budget_years())
        self.open_by_plan(park)
        self.close_by_plan(park)
        self.env.process(self.lead_by_plan(park))

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
            firm.entered = firm.founded
            link = row.get("chain_node")
            firm.link = link if isinstance(link, str) else ""
            if row["resident"]:
                building = next(b for b in self.buildings if b.name == row["building_id"])
                building.let(firm, int(row["floor_m2"]))
        worked_on = set()
        for row in park.building_works.to_dict("records"):
            if Quarter.parse(row["starts"]).years_since(self.start) <= 0:
                worked_on.add(row["building_id"])
        for row in park.services.to_dict("records"):
            facility = Facility(self.services[row["service"]], int(row["slots"]))
            self.facilities.append(facility)
            place = next((b for b in self.buildings if b.name == row.get("building_id")), None)
            if place is not None:
                place.facilities.append(facility)
                facility.closings = int(place.name in worked_on)
            if self.date_of_facility(row, park) <= 0:
                facility.open(facility.slots)

    def date_of_facility(self, row: dict[Any, Any], park: Park) -> float:
        """Years until a facility is there: it opens with its building, or later; or never, if there is none."""
        dates = [Quarter.parse(row["opens"]).years_since(self.start)] if isinstance(row["opens"], str) else []
        for building in park.firm_buildings.to_dict("records"):
            if building["building_id"] == row.get("building_id"):
                if isinstance(building["closed"], str) and not opens_after(building["closed"], self.start):
                    return math.inf
                completed = building["completed"]
                if not isinstance(completed, str):
                    return math.inf
                dates.append(Quarter.parse(completed).years_since(self.start))
        return max(dates, default=0.0)

    def list_sources(self) -> list[Source]:
        """Firms that come of themselves, spin-offs of institutes, prospects: a source for each link of a chain."""
        value, sources = self.catalog.value, list[Source]()
        for quantity, stage in (
            ("entry_per_year", None),
            ("institute_spin_offs_per_year", self.catalog.stages[0]),
            ("prospects_per_year", None),
        ):
            for industry in self.catalog.industries:
                links = [row["id"] for row in self.catalog.tables["chain_nodes"] if row["industry"] == industry]
                shares = [value("node_share", link) for link in links] or [1.0]
                for link, share in zip(links or [""], shares, strict=True):
                    rate = value(quantity, industry) * (share / sum(shares))
                    if quantity == "prospects_per_year":
                        sources.append(Prospecting(self, len(sources), industry, link, rate))
                    else:
                        sources.append(Source(self, len(sources), industry, link, rate, stage))
        return sources

    def stand_on_list(self) -> Life:
        """The office has long been at work: it works on as many prospects as come while it works on one."""
        prospecting = [source for source in self.sources if isinstance(source, Prospecting)]
        office = prospecting[0].office
        years, summed, told = self.catalog.value("service_years", office.name), 0.0, 0
        total = added([source.rate * years for source in prospecting])
        yield self.alarm(0.0, Kind.ACTION, 3 * 2**24)
        for source in prospecting:
            summed += source.rate * years
            so_far = math.floor(summed * min(1.0, office.slots / total)) if total else 0
            for _ in range(so_far - told):
                source.bring()
            told = so_far

    def jobs(self) -> dict[str, int]:
        """Persons at work in the park, by industry."""
        jobs = dict.fromkeys(self.catalog.industries, 0)
        for building in self.buildings:
            for tenant in building.tenants:
                jobs[tenant.industry] += tenant.staff
        return jobs

    def pull(self) -> None:
        """Firms come where their industry is: the more so, the more it has grown since the start."""
        for industry, jobs in self.jobs().items():
            base = self.catalog.value("entry_jobs_base")
            grown = (base + jobs) / (base + self.jobs_at_start[industry])
            self.drawn[industry] = grown ** self.catalog.value("entry_jobs_elasticity", industry)
        self.pull_sources()

    def pull_sources(self) -> None:
        """Firms come for jobs of their industry and for anchors near their link; institutes do not mind the latter."""
        for source in self.sources:
            pull = self.drawn[source.industry]
            if source.link and source.stage is None:
                pull *= self.pull_of_anchors(source.link)
            source.be_pulled(pull)

    def anchors(self) -> dict[str, int]:
        """Anchors that have room in the park, by link."""
        tenants = [tenant for building in self.buildings for tenant in building.tenants]
        return {link: sum(tenant.anchor and tenant.link == link for tenant in tenants) for link in self.beside}

    def pull_of_anchors(self, link: str) -> float:
        """How many more come to a link for the anchors that there are more near it than at the start."""
        value, near = self.catalog.value, self.beside[link]
        far = set().union(*(self.beside[other] for other in near)) - near - {link}
        now, then = self.anchors_now, self.anchors_at_start
        more_near, more_far = (sum(now[other] - then[other] for other in links) for links in (near, far))
        return value("anchor_pull_near") ** float(more_near) * value("anchor_pull_far") ** float(more_far)

    def spillover(self, link: str) -> float:
        """How much more a link's firms grow in a year than at the start, as there is an anchor beside it or not."""
        if not link:
            return 0.0
        is_there, was_there = (
            any(anchors[other] for other in self.beside[link]) for anchors in (self.anchors_now, self.anchors_at_start)
        )
        return self.catalog.value("spillover_growth") * (float(is_there) - float(was_there))

    def lose_anchor(self, link: str) -> None:
        """Firms beside its link are worse off for some years, and fewer come."""
        if link:
            self.anchors_now[link] -= 1
            self.weigh_on(self.beside[link], 1)
            self.pull_sources()
            self.env.process(self.get_over(link))

    def get_over(self, link: str) -> Life:
        """In time they have replaced it."""
        date = self.on_grid(self.env.now + self.catalog.value("orphan_years"))
        number = [row["id"] for row in self.catalog.tables["chain_nodes"]].index(link)
        yield self.alarm(date, Kind.ACTION, 7 * 2**24 + number)
        self.weigh_on(self.beside[link], -1)

    def weigh_on(self, links: set[str], more: int) -> None:
        """A lost anchor more, or less, weighs on the firms of links, which look at their clocks."""
        for link in links:
            self.lost_beside[link] += more
        for firm in self.firms:
            if firm.link in links and firm.clocks and firm.process.is_alive:
                firm.review_clocks()
                firm.process.interrupt()

    def survey(self) -> None:
        """Firms learn how many of each industry work around each building, and judge by it until the next survey."""
        for building in self.buildings:
            jobs = dict.fromkeys(self.catalog.industries, 0)
            for near in building.near:
                for tenant in near.tenants:
                    jobs[tenant.industry] += tenant.staff
            building.jobs_near = jobs
            building.weigh()

    def adjust_rents(self) -> None:
        """A quarter's change of asking rents: they fall where more is vacant than usual, and rise where less is."""
        value = self.catalog.value
        let: dict[tuple[str, str], int] = {}
        stock: dict[tuple[str, str], int] = {}
        for building in self.buildings:
            where = (building.area, building.market)
            let[where] = let.get(where, 0) + building.let_m2
            stock[where] = stock.get(where, 0) + building.offered_m2
        for (area, market), m2 in stock.items():
            for public in (False, True) if market and m2 else ():
                response = value("rent_adjustment_per_year") * (value("public_rent_response") if public else 1.0)
                drift = -response * (1.0 - let[area, market] / m2 - value("structural_vacancy"))
                limit = value("rent_change_limit_per_year")
                level = self.rent_level.get((area, market, public), 1.0)
                level *= math.exp(min(max(drift, -limit), limit) * 0.25)
                level = min(max(level, value("rent_floor_ratio")), value("rent_ceiling_ratio"))
                self.rent_level[area, market, public] = level
        let_m2 = sum(building.let_m2 for building in self.buildings)
        weighted = 0.0
        for building in self.buildings:
            weighted += building.let_m2 * building.level
        mean_level = weighted / let_m2 if let_m2 else 1.0
        self.floor_ratio = mean_level ** -value("floor_rent_elasticity")

    def survey_every_quarter(self) -> Life:
        """A survey at the end of each quarter, of rents and of jobs, and what it draws."""
        quarter = 1
        while True:
            yield self.alarm(quarter / 4, Kind.COUNT, 0)
            self.talents.renew()
            self.adjust_rents()
            self.survey()
            self.pull()
            yield self.alarm(quarter / 4, Kind.COUNT, 1)
            for building in self.buildings:
                building.release()
            quarter += 1

    def open_by_plan(self, park: Park) -> None:
        """Buildings and facilities that are to be completed after the start open on their dates."""
        floor, facilities = [], list[tuple[float, int, Callable[[int], None], int]]()
        for building, row in zip(self.buildings, park.firm_buildings.to_dict("records"), strict=True):
            if opens_after(row["completed"], self.start):
                years = Quarter.parse(row["completed"]).years_since(self.start)
                floor.append((years, building.number, building.open, building.planned_m2))
        for facility, row in zip(self.facilities, park.services.to_dict("records"), strict=True):
            years = self.date_of_facility(row, park)
            if 0.0 < years < math.inf:
                facilities.append((years, 2**23 + facility.service.number, facility.open, facility.slots))
        houses = self.houses_by_plan(park)
        for plan in (floor, houses, facilities):
            self.env.process(self.carry_out(sorted(plan, key=lambda opening: opening[:2])))

    def houses_by_plan(self, park: Park) -> list[tuple[float, int, Callable[[int], None], int]]:
        """Facilities in buildings have them for houses from the day when both are there."""
        completed = {row["building_id"]: row["completed"] for row in park.firm_buildings.to_dict("records")}
        plan: list[tuple[float, int, Callable[[int], None], int]] = []
        for row in park.services.to_dict("records"):
            house = next((b for b in self.buildings if b.name == row.get("building_id")), None)
            service = self.services[row["service"]]
            if house is None or not service.slot_m2 or not isinstance(completed[house.name], str):
                continue
            if house not in service.houses:
                service.houses = sorted([*service.houses, house], key=lambda building: building.number)
            dates = [date for date in (row["opens"], completed[house.name]) if isinstance(date, str)]
            years = max(0.0, *(Quarter.parse(date).years_since(self.start) for date in dates))
            plan.append((years, 2**22 + house.number, partial(house.be_house, service), int(row["slots"])))
        return plan

    def carry_out(self, plan: list[tuple[float, int, Callable[[int], None], int]]) -> Life:
        """Open one thing after another."""
        for years, number, open_, amount in plan:
            yield self.alarm(years, Kind.WORKS, number)
            open_(amount)

    def lead_by_plan(self, park: Park) -> Life:
        """Zones that hold from a quarter on, or no longer, change which industry leads in them."""
        quarter = 1
        while True:
            yield self.alarm(quarter / 4, Kind.WORKS, -1)
            for building, here in zip(self.buildings, park.building_points, strict=True):
                leading = leading_at(here, park, self.start.plus(quarter))
                if leading != building.leading:
                    building.leading = leading
                    building.weigh()
            quarter += 1

    def close_by_plan(self, park: Park) -> None:
        """Works on buildings, and buildings that close for good."""
        by_name = {building.name: building for building in self.buildings}
        for row in park.building_works.to_dict("records"):
            self.env.process(by_name[row["building_id"]].works(row))
        for building, row in zip(self.buildings, park.firm_buildings.to_dict("records"), strict=True):
            if opens_after(row["closed"], self.start):
                self.env.process(building.last_days(Quarter.parse(row["closed"]).years_since(self.start)))


class Talents:
    """Persons within reach by skill: those who work in the park, and those who could be hired."""

    def __init__(self, story: Story) -> None:
        self.story, value = story, story.catalog.value
        self.shares = {industry: story.catalog.skill_shares(industry) for industry in story.catalog.industries}
        self.wanted_at_start = self.wanted()
        self.pool = [value("talent_pool", skill) for skill in story.catalog.skills]
        slack = value("talent_slack")
        self.within_reach = [
            wanted * (1.0 + slack) + pool for wanted, pool in zip(self.wanted_at_start, self.pool, strict=True)
        ]
        self.at_start = list(self.within_reach)
        quarters = round(value("talent_lag_years") * 4)
        self.past = deque([self.wanted_at_start] * (quarters + 1), maxlen=quarters + 1)
        self.growth_factor = dict.fromkeys(story.catalog.industries, 1.0)
        self.move_factor = dict.fromkeys(story.catalog.industries, 1.0)

    def wanted(self) -> list[float]:
        """Persons at work in the park by skill."""
        jobs = self.story.jobs()
        return [
            added([persons * self.shares[industry][number] for industry, persons in jobs.items()])
            for number in range(len(self.story.catalog.skills))
        ]

    def renew(self) -> None:
        """A quarter's coming and going; firms that find too few grow less, and move out more often."""
        wanted = self.wanted()
        self.past.append(wanted)
        for number, skill in enumerate(self.story.catalog.skills):
            self.within_reach[number] += self.come(number, skill) - self.go(number, skill)
        missing = [
            max(0.0, persons - here) / persons if persons > 0.0 else 0.0
            for persons, here in zip(wanted, self.within_reach, strict=True)
        ]
        for industry, shares in self.shares.items():
            self.be_short(industry, added([share * part for share, part in zip(shares, missing, strict=True)]))

    def come(self, number: int, skill: str) -> float:
        """Persons who come in a quarter, by the demand of some time ago."""
        value, grown = self.story.catalog.value, 1.0
        around = self.pool[number] + self.wanted_at_start[number]
        if around > 0.0:
            grown = ((self.pool[number] + self.past[0][number]) / around) ** value("talent_inflow_elasticity")
        return self.at_start[number] * value("talent_inflow_per_year", skill) * 0.25 * grown

    def go(self, number: int, skill: str) -> float:
        """Persons who go in a quarter."""
        return self.within_reach[number] * min(self.story.catalog.value("talent_outflow_per_year", skill) * 0.25, 1.0)

    def be_short(self, industry: str, shortage: float) -> None:
        """What a shortage makes of an industry's firms; they hear of it as movers when it has changed enough."""
        value = self.story.catalog.value
        self.growth_factor[industry] = max(0.0, 1.0 - value("shortage_growth_effect") * shortage)
        factor, before = 1.0 + value("shortage_move_effect") * shortage, self.move_factor[industry]
        if abs(factor - before) <= 0.01 and (factor != 1.0 or before == 1.0):
            return
        self.move_factor[industry] = factor
        for firm in self.story.firms:
            if firm.industry == industry and firm.clocks and firm.process.is_alive:
                firm.review_clocks()
                firm.process.interrupt()


class Source:
    """Firms of one origin and one link of a chain that appear, at a rate that grows, has its seasons, and is pulled."""

    process: simpy.Process

    def __init__(self, story: Story, number: int, industry: str, link: str, rate: float, stage: str | None) -> None:
        self.story, self.number, self.industry, self.link = story, number, industry, link
        self.rate, self.stage = rate, stage
        self.pull = 1.0
        self.entered = 0

    def run(self) -> Life:
        """One firm after another; when the rate changes, the time until the next one shrinks or stretches."""
        self.wind()
        while True:
            coming = self.story.env.event()
            if self.date < math.inf:
                coming = self.story.alarm(self.date, Kind.ENTER, self.number)
            try:
                yield coming
            except simpy.Interrupt:
                continue
            firm = self.next_firm()
            self.wind()
            self.send(firm)

    def next_firm(self) -> Firm:
        """The next firm, under its number."""
        self.entered += 1
        key = ((self.number + 1) << 32) + self.entered - 1
        return Firm.newcomer(self.story, key, self.industry, self.link, self.stage)

    def send(self, firm: Firm) -> None:
        """It comes to the park."""
        firm.process = self.story.env.process(firm.life())

    def wind(self) -> None:
        """A new time until the next firm, at one firm a year."""
        self.left = exponential(self.story.seed, (self.number + 1) << 32, int(Draw.ENTRY), self.entered)
        self.since = self.story.env.now
        self.set_date()

    def set_date(self) -> None:
        """When the next firm comes, by what is left of that time."""
        rate, self.date = self.rate * self.pull, math.inf
        if rate > 0.0:
            self.date = self.story.on_grid(self.when(self.expected(self.since) + self.left / rate))

    def be_pulled(self, pull: float) -> None:
        """Its industry's jobs in the park draw more firms, or fewer."""
        before, self.pull = self.rate * self.pull, pull
        if self.rate * pull != before:
            now = self.story.env.now
            self.left = max(self.left - before * (self.expected(now) - self.expected(self.since)), 1e-16)
            self.since = now
            self.set_date()
            self.process.interrupt()

    @property
    def swing(self) -> float:
        """How far the yearly wave goes up and down."""
        return self.story.catalog.value("entry_season_amplitude", self.industry)

    def expected(self, date: float) -> float:
        """Firms expected by a date at a rate that starts with one a year: the integral of trend x season."""
        value = self.story.catalog.value
        trend = value("entry_trend_per_year", self.industry)
        swing = self.swing
        phase = value("entry_season_phase_years", self.industry)
        steady = math.expm1(trend * date) / trend if trend != 0.0 else date
        if swing == 0.0:
            return steady
        year = 2.0 * math.pi

        def wave(at: float) -> float:
            angle = year * (at - phase)
            return trend * math.sin(angle) - year * math.cos(angle)

        season = math.exp(trend * date) * wave(date) - wave(0.0)
        return steady + swing * season / (trend * trend + year * year)

    def when(self, target: float) -> float:
        """When so many firms are expected to have come; inf if never."""
        now, trend = self.story.env.now, self.story.catalog.value("entry_trend_per_year", self.industry)
        if self.swing == 0.0:
            if trend == 0.0:
                return max(now, target)
            return max(now, math.log1p(trend * target) / trend) if trend * target > -1.0 else math.inf
        early, late = now, now + 1.0
        while self.expected(late) < target:
            early, late = late, late + 2.0 * (late - now)
            if late > 1e6:
                return math.inf
        guess = now
        for _ in range(100):
            missing = target - self.expected(guess)
            early, late = (guess, late) if missing > 0.0 else (early, guess)
            better = guess + missing / self.rate_at(guess)
            if not early <= better <= late:
                better = 0.5 * (early + late)
            if abs(better - guess) <= 1e-12:
                return better
            guess = better
        return guess

    def rate_at(self, date: float) -> float:
        """Firms a year at a date, at a rate that starts with one a year."""
        value = self.story.catalog.value
        trend = value("entry_trend_per_year", self.industry)
        phase = value("entry_season_phase_years", self.industry)
        return math.exp(trend * date) * (1.0 + self.swing * math.sin(2.0 * math.pi * (date - phase)))


class Prospecting(Source):
    """Prospects, looked for all the year, for the office that has to win them."""

    swing = 0.0

    def __init__(self, story: Story, number: int, industry: str, link: str, rate: float) -> None:
        super().__init__(story, number, industry, link, rate, None)
        self.short_share = story.catalog.value("short_list_share", link) if link else 0.0
        rows = story.catalog.tables["services"]
        self.office = story.services[next(row["id"] for row in rows if row["kind"] == "recruitment")]

    def send(self, firm: Firm) -> None:
        """It comes on the short list, or on the long list."""
        is_short = firm.uniform(Draw.SHORT_LIST, 0) < self.short_share
        firm.process = self.story.env.process(firm.be_courted(self.office, prior=is_short))

    def bring(self) -> None:
        """A prospect at the start."""
        self.send(self.next_firm())


class Building:
    """Floor space to let, never more than there is."""

    def __init__(self, story: Story, number: int, row: dict[Any, Any]) -> None:
        self.story, self.number = story, number
        self.name, self.kind = str(row["building_id"]), str(row["building_type"])
        self.floors, self.height_m = float(row["floors"]), float(row["height_m"])
        self.list_rent, self.quality = float(row["rent_cny_m2_day"]), float(row["quality"])
        self.storey_m = self.height_m / self.floors
        load = row["floor_load_kn_m2"]
        self.load = self.usual_load if load is None or math.isnan(load) else float(load)
        self.public = row.get("operator") in story.catalog.public_operators
        self.area = ""
        open_now = isinstance(row["completed"], str) and not opens_after(row["completed"], story.start)
        gone = isinstance(row["closed"], str) and not opens_after(row["closed"], story.start)
        self.lettable_m2 = float(row["lettable_m2"])  #: by plan, whoever it is for
        self.stock_m2 = self.planned_m2 if open_now and not gone else 0
        self.let_m2 = 0
        self.held_m2 = self.tranche_m2 = 0  #: what is kept back, and how much of it is let at a quarter's end
        self.facilities: list[Facility] = []  #: of services, that are closed when it is
        self.kept_m2 = 0  #: of what is vacant, for firms on slots of services that are here
        self.leading = ""  #: the industry that leads where it stands
        self.notices = 0  #: of works and demolitions of all of it; while there is one, nothing is let
        self.part_m2 = 0  #: that works in phases take now, or will, as tenants have been told
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
    def market(self) -> str:
        """The market its floor is in."""
        rows = self.story.catalog.tables["building_types"]
        return next(row["market"] for row in rows if row["id"] == self.kind)

    @property
    def rent(self) -> float:
        """What is asked now."""
        return self.list_rent * self.level

    @property
    def level(self) -> float:
        """What is asked over what is listed."""
        return self.story.rent_level.get((self.area, self.market, self.public), 1.0)

    @property
    def free_m2(self) -> int:
        """What can be let now."""
        return self.offered_m2 - self.let_m2

    @property
    def offered_m2(self) -> int:
        """What is let or can be let now."""
        aside_m2 = max(self.part_m2, self.held_m2 + self.kept_m2)
        return self.let_m2 if self.notices else max(self.stock_m2 - aside_m2, self.let_m2)

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
            + value("taste_leading", industry) * (1.0 if industry == self.leading else 0.0)
        )
        return int(math.exp(min(max(utility, -12.0), 12.0)) * 2.0**32)

    def suits(self, firm: Firm) -> bool:
        """Whether the building is of a type for such a firm, high enough and strong enough."""
        value, segment = self.story.catalog.value, f"{firm.industry}.{firm.stage}"
        return (
            self.kind in self.story.fits[firm.industry, firm.stage]
            and self.storey_m >= value("storey_need_m", segment)
            and self.load >= value("floor_load_need_kn_m2", segment)
        )

    @property
    def usual_load(self) -> float:
        """What floors of its type are built to carry."""
        return self.story.catalog.value("floor_load_kn_m2", self.kind)

    def let(self, firm: Firm, m2: int) -> None:
        """A firm moves in."""
        self.let_m2 += m2
        self.tenants[firm] = None
        firm.building, firm.floor_m2 = self, m2
        firm.sign()

    def take_back(self, firm: Firm) -> None:
        """A firm moves out."""
        self.let_m2 -= firm.floor_m2
        if firm.hosted:
            firm.hosted = False
            self.kept_m2 += firm.floor_m2
        del self.tenants[firm]
        firm.building = None

    def open(self, m2: int) -> None:
        """New floor opens."""
        if m2 > 0:
            self.stock_m2 += m2
            if not self.notices and not self.part_m2:
                parts = 1 + math.floor(4 * self.story.catalog.value("release_years") + 0.5)
                self.tranche_m2 += math.ceil(m2 / parts)
                self.held_m2 += m2 - math.ceil(m2 / parts)
            self.story.tell(Kind.OPEN, None, at=self, amount=m2)
            self.offer()

    def be_house(self, service: Service, slots: int) -> None:
        """It keeps vacant floor for the slots of a service, as far as there is some."""
        if not self.notices and not self.part_m2:
            vacant_m2 = self.stock_m2 - self.let_m2 - self.kept_m2
            self.kept_m2 += min(slots, vacant_m2 // service.slot_m2) * service.slot_m2

    def host(self, firm: Firm, m2: int) -> None:
        """A firm moves in to what is kept for it."""
        firm.hosted = True
        self.kept_m2 -= m2
        self.let(firm, m2)

    def release(self) -> None:
        """Another part of what was kept back is let."""
        if self.held_m2:
            self.held_m2 -= min(self.tranche_m2, self.held_m2)
            self.offer()
        else:
            self.tranche_m2 = 0

    def works(self, row: dict[Any, Any]) -> Life:
        """It empties, is rebuilt, and opens as something else or the same; or one part of it after another does."""
        starts, ends = (Quarter.parse(row[name]).years_since(self.story.start) for name in ("starts", "ends"))
        in_one, last_m2 = starts <= 0 or row["phases"] == 1, 0
        if not in_one:
            last_m2 = yield from self.works_in_phases(starts, ends, row["phases"])
        elif starts > 0:
            yield from self.empty(starts)
            self.story.tell(Kind.SHUT, None, at=self, amount=self.stock_m2)
        else:
            self.notices += 1
        yield self.story.alarm(ends, Kind.WORKS, self.number)
        before_m2 = self.planned_m2
        for name, value in (
            ("kind", row["building_type"]),
            ("floors", row["floors"]),
            ("height_m", row["height_m"]),
            ("lettable_m2", row["lettable_m2"]),
            ("list_rent", row["rent_cny_m2_day"]),
            ("quality", row["quality"]),
        ):
            if isinstance(value, str) or (value is not None and not math.isnan(value)):
                setattr(self, name, value)
        self.storey_m, self.load = self.height_m / self.floors, max(self.load, self.usual_load)
        self.weigh()
        self.stock_m2 += self.planned_m2 - before_m2
        self.notices -= in_one
        self.part_m2 -= last_m2
        self.story.tell(Kind.REOPEN, None, at=self, amount=self.stock_m2)
        self.offer()
        if in_one:
            yield self.story.env.timeout(0)  # whoever waited for room asks for services first
            for facility in self.facilities:
                facility.reopen()

    def works_in_phases(self, starts: float, ends: float, phases: int) -> Generator[simpy.Event, Any, int]:
        """Its parts are worked on in turn; tenants of the first crowd into the rest, and of the next into that done."""
        yield self.story.alarm(self.notice_of(starts), Kind.ACTION, 2**24 + self.number)
        rest, parts = self.stock_m2, list[int]()
        for following in range(phases, 0, -1):
            parts.append(math.ceil(rest / following))
            rest -= parts[-1]
        self.part_m2 += parts[0]
        self.held_m2 = self.tranche_m2 = 0
        crowd_m2 = self.let_m2 - (self.stock_m2 - parts[0])
        self.story.tell(Kind.NOTICE, None, at=self, amount=max(crowd_m2, 0))
        self.offer()  # what was kept back and does not close
        self.make_room(last_call=False)
        for phase, part_m2 in enumerate(parts):
            date = self.story.on_grid(starts + phase * (ends - starts) / phases)
            yield self.story.alarm(date, Kind.WORKS, 2**24 + self.number)
            self.part_m2 += part_m2 - parts[max(phase - 1, 0)]
            if phase == 0:
                self.make_room(last_call=True)
                yield self.story.env.timeout(0)  # whoever waits for room and is offered what is left over comes first
            self.story.tell(Kind.SHUT, None, at=self, amount=part_m2)
            if phase > 0:
                self.offer()
        return parts[-1]

    @property
    def crowd_m2(self) -> int:
        """How much more is let than the part that is not worked on has."""
        return max(self.let_m2 - (self.stock_m2 - self.part_m2), 0)

    def make_room(self, *, last_call: bool) -> None:
        """Tenants look around, one after another, as long as they are too many."""
        for firm in sorted(self.tenants, key=lambda firm: firm.number):
            if (self.crowd_m2 or self.notices) and not firm.make_way() and last_call:
                firm.get_lost()

    def notice_of(self, date: float) -> float:
        """When tenants hear of what begins at a date."""
        return max(date - self.story.catalog.value("notice_years"), 0.0)

    def last_days(self, date: float) -> Life:
        """It empties, and is no more."""
        yield from self.empty(date)
        self.story.tell(Kind.DEMOLISH, None, at=self, amount=self.stock_m2)
        self.stock_m2 = 0
        self.notices -= 1

    def empty(self, date: float) -> Life:
        """Its tenants get notice and look around, and those still there at the date look again, or are lost."""
        later = 2**24 + self.number  # than what planners do otherwise, and than what opens, at that date
        yield self.story.alarm(self.notice_of(date), Kind.ACTION, later)
        self.notices += 1
        self.held_m2 = self.tranche_m2 = 0
        self.story.tell(Kind.NOTICE, None, at=self, amount=self.let_m2)
        for firm in sorted(self.tenants, key=lambda firm: firm.number):
            firm.make_way()
        yield self.story.alarm(date, Kind.WORKS, later)
        for facility in self.facilities:
            facility.close()
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

    def __init__(self, story: Story, number: int, name: str) -> None:
        self.story, self.number, self.name = story, number, name
        row = story.catalog.tables["services"][number]
        self.stages, self.relieves = row["stages"].split(), row["relieves"]
        self.slots = 0
        self.slot_m2 = 0  #: floor that comes with a slot
        if row["kind"] != "recruitment":
            self.slot_m2 = math.floor(story.catalog.value("slot_m2", name))
        self.houses: list[Building] = []
        self.served: set[Firm] = set()
        self.queue: deque[Firm] = deque()
        self.prior: set[Firm] = set()  #: those in the queue that come before the others

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
            draw = firm.exponential(self.luck(Draw.SERVICE), firm.stage_number)
            length = mean / math.gamma(1.0 + 1.0 / shape) * draw ** (1.0 / shape)
        self.served.add(firm)
        firm.places[self] = Place(Kind.SERVED, self.story.on_grid(now + length))
        self.story.tell(Kind.START, firm, by=self, amount=waited)
        firm.review_clocks()

    def admit(self, firm: Firm, waited: float) -> None:
        """A firm takes a slot, and ends its lease if floor comes with the slot."""
        self.start(firm, waited)
        if firm.building is not None and firm.host() is not None:
            firm.dates[Kind.LEASE_END] = self.story.env.now

    def house_for(self, firm: Firm) -> Building | None:
        """Where there is floor for a firm, if what comes with a slot is enough for it."""
        if self.houses and self.slot_m2 and firm.needed_m2 <= self.slot_m2:
            for house in self.houses:
                vacant_m2 = min(house.stock_m2 - house.let_m2, house.kept_m2)
                if vacant_m2 >= self.slot_m2 and not house.notices and not house.part_m2:
                    return house
        return None

    def receive(self, firm: Firm, *, prior: bool = False) -> None:
        """A firm asks, and gets a slot, stands in the queue, or goes without."""
        self.story.tell(Kind.JOIN, firm, by=self)
        if self.is_free():
            self.admit(firm, 0.0)
        elif self.story.catalog.value("service_patience_years", self.name) <= 0.0:
            self.story.tell(Kind.TIRED, firm, by=self)
        else:
            self.line_up(firm, prior=prior)

    def line_up(self, firm: Firm, *, prior: bool) -> None:
        """A firm stands in the queue, behind the last who is prior if it is so too, as long as its patience lasts."""
        patience, date = self.story.catalog.value("service_patience_years", self.name), math.inf
        if patience < math.inf:
            wait = patience * firm.exponential(self.luck(Draw.SERVICE_PATIENCE), firm.stage_number)
            date = self.story.on_grid(self.story.env.now + wait)
        if prior:
            self.queue.insert(len(self.prior), firm)
            self.prior.add(firm)
        else:
            self.queue.append(firm)
        firm.places[self] = Place(Kind.TIRED, date, since=self.story.env.now)

    def finish(self, firm: Firm) -> None:
        """A firm has been served, and leaves its slot."""
        self.story.tell(Kind.SERVED, firm, by=self)
        firm.served.add(self)
        self.let_go(firm)

    def break_off(self, firm: Firm) -> None:
        """A firm leaves its slot before it has been served."""
        self.let_go(firm)

    def let_go(self, firm: Firm) -> None:
        """A firm leaves its slot, and with it floor that it has for that."""
        self.served.remove(firm)
        del firm.places[self]
        if firm.hosted and not firm.is_nursed:
            firm.dates[Kind.LEASE_END] = self.story.env.now

    def luck(self, draw: Draw) -> int:
        """The kind of luck that a service has with a firm."""
        return int(draw) + 256 * self.number

    def call_next(self) -> None:
        """The first in the queue take what slots are free."""
        while self.queue and self.is_free():
            firm = self.queue[0]
            self.admit(firm, self.step_out(firm))
            firm.process.interrupt()

    def step_out(self, firm: Firm) -> float:
        """A firm leaves the queue; the years it waited."""
        self.queue.remove(firm)
        self.prior.discard(firm)
        return self.story.env.now - firm.places.pop(self).since


class Facility:
    """Slots of a service at a place, which are there while its building is open."""

    def __init__(self, service: Service, slots: int) -> None:
        self.service, self.slots = service, slots
        self.is_there = False
        self.closings = 0  #: of its building at present

    def open(self, slots: int) -> None:
        """It is there, and its slots too if the building is not closed."""
        self.is_there = True
        if not self.closings:
            self.service.open(slots)

    def close(self) -> None:
        """Its building closes; whoever is on a slot is served."""
        if self.is_there and not self.closings:
            self.service.slots -= self.slots
        self.closings += 1

    def reopen(self) -> None:
        """Its building opens again."""
        self.closings -= 1
        if self.is_there:
            self.open(self.slots)


class Fund(Service):
    """A service that looks at firms and then pays each a ticket if others pay the rest of the round.

    It pays as many in a budget year as its capital allows.
    """

    def __init__(self, story: Story, number: int, name: str) -> None:
        super().__init__(story, number, name)
        self.capital = math.floor(story.catalog.value("fund_capital_cny", name))
        self.ticket = math.floor(story.catalog.value("fund_ticket_cny", name))
        self.tickets = 0
        self.budget()

    def budget(self) -> None:
        """Tickets for a budget year, from the capital that is not kept for those being looked at."""
        free = self.capital - len(self.served) * self.ticket
        self.tickets = math.floor(free * self.story.catalog.value("fund_invest_share", self.name) / self.ticket)

    def budget_years(self) -> Life:
        """A budget year after another."""
        year = 1
        while True:
            date = year * self.story.catalog.value("fund_budget_years", self.name)
            yield self.story.alarm(date, Kind.ACTION, 2**25 + self.number)  # later than closings
            self.budget()
            self.call_next()
            year += 1

    def is_free(self) -> bool:
        """Whether there is a slot, and a ticket to go with it."""
        return super().is_free() and self.tickets > 0

    def start(self, firm: Firm, waited: float) -> None:
        """A firm is looked at, and a ticket kept for it."""
        self.tickets -= 1
        super().start(firm, waited)

    def finish(self, firm: Firm) -> None:
        """The ticket is paid if others join the round; if none does, nothing is done for the firm."""
        share, enough = (self.story.catalog.value(name, self.name) for name in ("fund_share", "fund_sure_share"))
        is_joined = firm.uniform(self.luck(Draw.PARTNER), firm.stage_number) * enough < share
        self.story.tell(Kind.SERVED, firm, by=self, amount=self.ticket if is_joined else 0)
        if is_joined:
            self.capital -= self.ticket
            firm.served.add(self)
            firm.backers.append(self)
        else:
            self.tickets += 1
        self.let_go(firm)

    def break_off(self, firm: Firm) -> None:
        """The ticket is there for another."""
        self.tickets += 1
        super().break_off(firm)

    def get_back(self, firm: Firm) -> None:
        """A firm that was paid has success, and pays a multiple."""
        value, luck = self.story.catalog.value, self.luck(Draw.RETURN)
        sigma = value("fund_multiple_sigma", self.name)
        spread = math.exp(sigma * normal(self.story.seed, firm.key, luck, 0) - 0.5 * sigma * sigma)
        self.capital += math.floor(self.ticket * (value("fund_multiple", self.name) * spread))


@dataclass
class Place:
    """A firm's place at a service: what ends it, and when; in the queue since a date."""

    end: Kind
    date: float
    since: float = 0.0


class Firm:
    """A firm, and the story of its life."""

    process: simpy.Process

    def __init__(self, story: Story, key: int, industry: str, stage: str, size: float) -> None:
        self.story, self.key, self.industry, self.stage = story, key, industry, stage
        self.number = len(story.firms)  #: by arrival
        story.firms.append(self)
        self.size, self.staff = size, math.floor(size + 0.5)
        self.founded = self.entered = 0.0
        self.link = ""  #: of its industry's chain
        self.anchor = False
        self.hosted = False  #: its floor comes with its slot at a service
        self.wants_room = False
        self.served: set[Service] = set()
        self.places: dict[Service, Place] = {}
        self.backers: list[Fund] = []
        self.last_growth = -math.inf  # not yet grown
        self.building: Building | None = None
        self.floor_m2 = 0
        self.rent_paid = 0.0
        self.growths = self.searches = self.comings = self.spin_offs = self.followers = 0
        self.lost = False
        self.clocks: dict[Kind, Clock] = {}
        self.dates: dict[Kind, float] = {}

    @classmethod
    def newcomer(cls, story: Story, key: int, industry: str, link: str, stage: str | None = None) -> Firm:
        """A firm with the stage, if none is given, and the size and wishes that chance gives it."""
        value, stages = story.catalog.value, story.catalog.stages
        shares = [value("stage_share", stage) for stage in stages]
        if stage is None:
            u, below, stage = uniform(story.seed, key, int(Draw.STAGE), 0), 0.0, stages[-1]
            for candidate, share in zip(stages, shares, strict=True):
                below += share
                if u < below / sum(shares):
                    stage = candidate
                    break
        spread = value("entry_staff_sigma", stage) * normal(story.seed, key, int(Draw.STAFF), 0)
        firm = cls(story, key, industry, stage, max(math.exp(math.log(value("entry_staff", stage)) + spread), 1.0))
        firm.link = link
        firm.wants_room = uniform(story.seed, key, int(Draw.RESIDENT), 0) < value("resident_share", industry)
        return firm

    # The story

    def life(self) -> Life:
        """A firm appears, finds room or not, and lives through stages, growth and moves until something ends it."""
        value = self.story.catalog.value
        is_newborn = self.uniform(Draw.NEWBORN, 0) < value("newborn_share", self.stage)
        self.entered = self.now
        self.founded = self.now - (0.0 if is_newborn else value("age_at_entry_years", self.stage))
        self.tell(Kind.ENTER, self.staff)
        if self.wants_room:
            yield from self.find_room()
            if self.building is None:
                return
            self.tell(Kind.SETTLE, self.floor_m2)
        self.wind(*LIFE_CLOCKS)
        self.dates[Kind.GROW] = self.story.on_grid(self.now + 1.0)
        self.expect_follower()
        self.begin_stage()
        yield from self.live()

    def be_courted(self, office: Service, *, prior: bool) -> Life:
        """A prospect waits for the office, is worked on, and then comes, or does not."""
        self.tell(Kind.LIST, self.staff)
        office.receive(self, prior=prior)
        while office in self.places and self.places[office].end == Kind.TIRED:
            try:
                yield self.story.alarm(self.places[office].date, Kind.TIRED, self.number)
            except simpy.Interrupt:
                continue  # its turn has come
            self.tire(office)
        if office not in self.places:
            self.tell(Kind.FADE, self.staff)
            return
        yield self.story.alarm(self.places[office].date, Kind.SERVED, self.number)
        office.finish(self)
        if self.uniform(Draw.HIT, 0) >= self.story.catalog.value("hit_rate", self.industry):
            self.tell(Kind.DECLINE, self.staff)
            office.call_next()
            return
        self.tell(Kind.WIN, self.staff)
        when_it_has_come_in = self.story.env.event()
        assert when_it_has_come_in.callbacks is not None
        when_it_has_come_in.callbacks.append(lambda _: office.call_next())
        when_it_has_come_in.succeed()
        yield from self.life()

    def life_of_the_stock(self) -> Life:
        """A firm that was there before the start: it grows on a date of its own, and has asked for service long ago."""
        self.wind(*LIFE_CLOCKS)
        self.dates[Kind.GROW] = self.story.on_grid(1.0 - self.uniform(Draw.GROWTH_PHASE, 0))
        self.expect_follower()
        if self.building is not None:
            years = self.story.catalog.value("lease_years", self.industry)
            self.dates[Kind.LEASE_END] = self.story.on_grid((1.0 - self.uniform(Draw.LEASE_PHASE, 0)) * years)
        self.wind_stage_clocks()
        for service in self.wished_services():
            if service.is_free():
                service.start(self, 0.0)
        yield from self.live()

    def find_room(self) -> Life:
        """Look around; if there is nothing, wait until something is offered or patience ends.

        If it is about to get a slot with floor, there is no need.
        """
        for service in self.wished_services():
            house = service.house_for(self)
            if house is not None and service.is_free():
                house.host(self, service.slot_m2)
                return
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
        with_service = {Kind.SERVED: self.be_served, Kind.TIRED: self.tire}
        happen = {
            Kind.ADVANCE: self.advance,
            Kind.COME: self.come,
            Kind.LEASE_END: self.end_lease,
            Kind.SLEEP: self.fall_asleep,
            Kind.SPIN_OFF: self.spin_off,
            Kind.FOLLOW: self.be_followed,
            Kind.GROW: self.grow,
        }
        while True:
            date, kind, service = min(self.all_dates())
            try:
                yield self.story.alarm(date, kind, self.number)
            except simpy.Interrupt:
                if self.lost:
                    return
                continue  # it has been given a slot, or had to move, and looks at its dates again
            if kind in with_service:
                with_service[kind](list(self.story.services.values())[service])
            elif kind in happen:
                happen[kind]()
            else:
                self.go(kind)
                return

    def all_dates(self) -> list[tuple[float, Kind, int]]:
        """What may happen to the firm, and when; and at which service, by number."""
        dates = [(clock.date, kind, -1) for kind, clock in self.clocks.items()]
        dates += [(date, kind, -1) for kind, date in self.dates.items()]
        return dates + [(place.date, place.end, service.number) for service, place in self.places.items()]

    # What happens

    def begin_stage(self) -> None:
        """The clocks of the stage start, and the firm asks for those services of the stage that it needs."""
        self.wind_stage_clocks()
        for service in self.wished_services():
            service.receive(self, prior=isinstance(service, Fund) and self.is_nursed)

    def be_served(self, service: Service) -> None:
        """Its time on a slot is over: from now on it advances more easily, or fails more rarely."""
        service.finish(self)
        self.review_clocks()
        service.call_next()

    def tire(self, service: Service) -> None:
        """It leaves a queue unserved."""
        waited = service.step_out(self)
        self.story.tell(Kind.TIRED, self, by=service, amount=waited)

    def keep_places(self, stage: str | None) -> None:
        """It leaves slots and queues, but for those of services that are for a stage."""
        for service in sorted(self.places, key=lambda service: service.number):
            if stage in service.stages:
                continue
            if self.places[service].end == Kind.SERVED:
                service.break_off(self)
                service.call_next()
            else:
                self.tire(service)

    def pay_back(self) -> None:
        """It has success, and those who backed it get their share, once."""
        for fund in self.backers:
            fund.get_back(self)
        self.backers = []

    def advance(self) -> None:
        """It reaches the next stage."""
        self.tell(Kind.ADVANCE)
        stages = self.story.catalog.stages
        self.keep_places(stages[self.stage_number + 1])
        self.stage = stages[self.stage_number + 1]
        if self.stage == stages[-1]:
            self.pay_back()
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
            growth += self.story.spillover(self.link)
        if growth > 0.0:
            growth *= self.story.talents.growth_factor[self.industry]
        self.size = max(self.size * math.exp(growth), 1.0)
        self.staff = math.floor(self.size + 0.5)
        self.last_growth = growth
        self.dates[Kind.GROW] = self.story.on_grid(self.now + 1.0)
        self.tell(Kind.GROW, self.staff)
        self.review_clocks()
        self.adjust_floor()

    def adjust_floor(self) -> None:
        """It takes more floor here or elsewhere, or leaves it; what is too much it keeps until the lease ends."""
        here = self.building
        if here is None or not self.is_cramped:
            return
        more = self.needed_m2 - self.floor_m2
        if more <= here.free_m2 and not self.hosted:
            self.change_floor(here, more)
        else:
            elsewhere = self.look_around()
            if elsewhere is not None:
                self.move(here, elsewhere)

    @property
    def is_cramped(self) -> bool:
        """Whether it has outgrown its floor."""
        return self.needed_m2 > self.story.catalog.value("expand_above") * self.floor_m2

    def change_floor(self, here: Building, more_m2: int) -> None:
        """It rents more, or less, where it is."""
        here.let_m2 += more_m2
        self.floor_m2 += more_m2
        self.tell(Kind.RESIZE, more_m2)

    def come(self) -> None:
        """So far only registered, it looks for room, takes it if there is some, and else will look again."""
        self.comings += 1
        service = self.host()
        building = service.house_for(self) if service else self.look_around()
        m2 = service.slot_m2 if service else self.needed_m2
        self.story.tell(Kind.COME, self, at=building, amount=m2)
        if building is not None and service:
            building.host(self, m2)
        elif building is not None:
            building.let(self, m2)
        if building is not None:
            self.tell(Kind.SETTLE, self.floor_m2)
        self.wind(Kind.COME, nth=self.comings)

    def sign(self) -> None:
        """It has a lease where it is, at today's rent; or floor with its slot, for part of it."""
        assert self.building is not None
        self.rent_paid = self.building.rent
        if self.hosted:
            self.rent_paid *= self.story.catalog.value("slot_rent_ratio")
            self.dates.pop(Kind.LEASE_END, None)
            return
        years = self.story.catalog.value("lease_years", self.industry)
        self.dates[Kind.LEASE_END] = self.story.on_grid(self.now + years)

    def end_lease(self) -> None:
        """It signs again where it is, for as much floor as it needs now, or moves; where works are due it waits."""
        here = self.building
        assert here is not None
        service = self.host()
        if service is not None:
            house = service.house_for(self)
            assert house is not None
            self.story.tell(Kind.LEASE_END, self, at=house, amount=service.slot_m2)
            here.take_back(self)
            house.host(self, service.slot_m2)
            self.tell(Kind.MOVE, self.floor_m2)
            here.offer()
            return
        if here.notices:
            del self.dates[Kind.LEASE_END]
            return
        there = here if self.anchor else self.look_around(staying=0.0 if self.hosted else self.pull_of_home())
        self.story.tell(Kind.LEASE_END, self, at=there, amount=self.needed_m2)
        if there is not None and there is not here:
            self.move(here, there)
            return
        if self.hosted:
            self.dates[Kind.LEASE_END] = self.story.on_grid(self.now + 0.25)
            return
        self.sign()
        self.tell(Kind.RENEW, here.rent)
        more = self.needed_m2 - self.floor_m2
        if self.is_cramped and more <= here.free_m2:
            self.change_floor(here, more)
        elif self.needed_m2 < self.story.catalog.value("shrink_below") * self.floor_m2:
            self.change_floor(here, more)
            here.offer()

    def pull_of_home(self) -> float:
        """How many times the weight its own building has for it when it may leave; 0 if it does not do any more."""
        value, here = self.story.catalog.value, self.building
        assert here is not None
        if not here.suits(self) or self.needed_m2 > value("expand_above") * (self.floor_m2 + here.free_m2):
            return 0.0
        pull = math.exp(value("stay_inertia"))
        if self.last_growth > value("fast_growth"):
            pull /= value("fast_relocate_ratio")
        if self.staff > value("large_staff"):
            pull /= value("large_relocate_ratio")
        return max(pull, 1.0)

    def spin_off(self) -> None:
        """Some of its people found another firm, and others will."""
        self.tell(Kind.SPIN_OFF)
        self.spin_offs += 1
        self.wind(Kind.SPIN_OFF, nth=self.spin_offs)
        key = self.key_of_another(Draw.CHILD, self.spin_offs)
        child = Firm.newcomer(self.story, key, self.industry, self.link, self.story.catalog.stages[0])
        child.process = self.story.env.process(child.life())

    def key_of_another(self, draw: Draw, nth: int) -> int:
        """The key of a firm that comes of this one."""
        words = philox(self.key % 2**32, self.key // 2**32, nth, int(draw), 0, 0)
        return 2**52 + words[0] // 2**12 * 2**32 + words[1]

    def expect_follower(self) -> None:
        """When the next firm follows it, if another does: fewer and fewer do as time goes by since it came."""
        value = self.story.catalog.value
        mean, years = value("followers_per_firm", self.industry), value("follow_years")
        self.dates[Kind.FOLLOW] = math.inf
        if mean > 0.0:
            luck = self.exponential(Draw.FOLLOW, self.followers + 1)
            still_to_come = math.exp(-(self.now - self.entered) / years) - luck / mean
            if still_to_come > 0.0:
                date = self.entered - years * math.log(still_to_come)
                self.dates[Kind.FOLLOW] = self.story.on_grid(max(self.now, date))

    def be_followed(self) -> None:
        """Another firm comes because of it, of its link of the chain or of a supplier's or a buyer's."""
        tables = self.story.catalog.tables
        self.tell(Kind.FOLLOW)
        self.followers += 1
        self.expect_follower()
        key, link = self.key_of_another(Draw.FOLLOWER, self.followers), self.link
        ends = [(edge["supplier"], edge["buyer"]) for edge in tables["chain_edges"]]
        nodes = [row["id"] for row in tables["chain_nodes"]]
        beside = sorted({a if b == link else b for a, b in ends if link in (a, b)}, key=nodes.index)
        share = self.story.catalog.value("follow_neighbour_share")
        u = uniform(self.story.seed, key, int(Draw.FOLLOWER_NODE), 0) if beside else 1.0
        if u < share:
            link = beside[min(math.floor(u / share * len(beside)), len(beside) - 1)]
        industry = next((row["industry"] for row in tables["chain_nodes"] if row["id"] == link), self.industry)
        follower = Firm.newcomer(self.story, key, industry, link)
        follower.process = self.story.env.process(follower.life())

    def fall_asleep(self) -> None:
        """It stops, gives up all it has, and is struck off the register a year or two later."""
        value = self.story.catalog.value
        self.tell(Kind.SLEEP, self.floor_m2)
        self.keep_places(None)
        self.clocks.clear()
        least, most = value("dormant_least_years"), value("dormant_most_years")
        years = least + (most - least) * self.uniform(Draw.DORMANCY, 0)
        self.dates = {Kind.CLOSE: self.story.on_grid(self.now + years)}
        here = self.building
        if here is not None:
            here.take_back(self)
            self.floor_m2 = 0
            here.offer()

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
        self.process.interrupt()
        return True

    def get_lost(self) -> None:
        """Its building closes, and it has found nothing."""
        self.tell(Kind.DISPLACE, self.floor_m2)
        self.go(Kind.LOSE)
        self.lost = True
        self.process.interrupt()

    def go(self, cause: Kind) -> None:
        """It fails, leaves, closes, is absorbed or moves out; what it held is for others."""
        if cause == Kind.ABSORB:
            self.pay_back()
        self.tell(cause, self.why_it_fails() if cause == Kind.FAIL else self.floor_m2)
        self.keep_places(None)
        if self.building is not None:
            here = self.building
            if self.anchor:
                self.tell(Kind.ORPHAN, self.staff)
                self.story.lose_anchor(self.link)
            here.take_back(self)
            here.offer()

    # Room

    @property
    def needed_m2(self) -> int:
        """Floor for its staff, in whole m², no less than is let."""
        value = self.story.catalog.value
        heads = self.staff * value("m2_per_head", self.industry) * value("floor_factor", self.stage)
        return max(math.ceil(heads * self.story.floor_ratio), int(value("least_m2", self.stage)), 1)

    def look_around(self, staying: float = 0.0) -> Building | None:
        """A building by multinomial logit among all that suit and are large enough; None if none is.

        Its own counts `staying` times, once or more, or not at all.

        It draws from all that suit, full ones too, and again as long as what it draws has not the room: what comes out
        is the logit among those that have, since dropping alternatives leaves the odds between the others alone. After
        many looks each of those with room waits for a time of its own, at the rate of its weight, and the first comes,
        which is the same law. The engine does the same with the same draws and weights, but has the sums in a tree.
        """
        self.searches += 1
        nth = self.searches * (LOOKS + 1)
        suiting = [building for building in self.story.buildings if building.suits(self)]
        large = [b for b in suiting if b.free_m2 >= self.needed_m2 and b is not self.building]
        more = 0.0
        if self.building is not None and staying > 0.0:
            large = [b for b in suiting if b in large or b is self.building]
            more = (staying - 1.0) * self.building.weight[self.industry]
        if not large:
            return None
        total = sum(building.weight[self.industry] for building in suiting)
        for look in range(LOOKS):
            if more > 0.0 and self.uniform(Draw.STAY, nth + look) * (total + more) < more:
                return self.building
            building = self.drawn_from(suiting, nth + look)
            if building in large:
                return building

        def rings(building: Building) -> float:
            rate = float(building.weight[self.industry])
            if building is self.building:
                rate *= staying
            return self.exponential(about(building.number), nth + LOOKS) / rate

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

    def wished_services(self) -> list[Service]:
        """Those services of its stage that it needs; not those it has had, nor those where it has a place."""
        return [
            service
            for name, service in self.story.services.items()
            if self.stage in service.stages
            and service not in self.served
            and service not in self.places
            and self.uniform(service.luck(Draw.NEEDS_SERVICE), self.stage_number)
            < self.story.catalog.value("service_share", name)
        ]

    @property
    def is_nursed(self) -> bool:
        """Whether it is on a slot of a service that has houses."""
        return any(self in service.served and service.houses for service in self.story.services.values())

    def host(self) -> Service | None:
        """A service on whose slot it is that has floor for it, if it has none with a slot yet."""
        if self.anchor or self.hosted:
            return None
        on_slot = [service for service in self.story.services.values() if self in service.served]
        return next((service for service in on_slot if service.house_for(self)), None)

    @property
    def help(self) -> list[Service]:
        """Services that have served it and still count at its stage, in their order."""
        return [
            service
            for service in self.story.services.values()
            if service in self.served and self.stage in service.stages
        ]

    # Failure

    def why_it_fails(self) -> int:
        """The number of the cause of its failure, drawn by the causes' parts in the hazard."""
        parts = self.parts_of_failure()
        left = self.uniform(Draw.CAUSE, self.stage_number) * added(parts)
        for number, part in enumerate(parts[:-1]):
            if left < part:
                return number
            left -= part
        return len(parts) - 1

    def parts_of_failure(self) -> list[float]:
        """Shares of the causes in the failures of its stage, less what services have relieved it of."""
        value, causes = self.story.catalog.value, self.story.catalog.failures
        shares = [value(cause_share(cause), self.stage) for cause in causes]
        parts = [share / added(shares) for share in shares]
        for service in self.help:
            for number, cause in enumerate(causes):
                if service.relieves == cause:
                    parts[number] *= value("relief_ratio", service.name)
        return parts

    # Clocks

    def hazard(self, kind: Kind) -> float:
        """Rate a year of a clock; of CLOSE and SLEEP, the factor on the law of age."""
        value = self.story.catalog.value
        if self.anchor:
            return 0.0
        if kind == Kind.ADVANCE:
            support = math.prod(value("served_advance_ratio", service.name) for service in self.help)
            return value("advance_per_year", self.stage) * support
        if kind == Kind.FAIL:
            relieved = added(self.parts_of_failure()) if self.help else 1.0
            inside = [name for name, service in self.story.services.items() if self in service.served]
            sheltered = math.prod(value("serving_fail_ratio", name) for name in inside)
            return value("fail_per_year", self.stage) * relieved * sheltered
        if kind in self.story.laws:
            factor = value("closing_factor" if kind == Kind.CLOSE else "dormancy_factor", self.industry)
            size = (self.size / value("closing_reference_staff")) ** value("closing_size_exponent")
            size_and_links = (size, self.orphaned) if kind == Kind.CLOSE else ()
            return math.prod(size_and_links, start=factor * value("age_closing_factor", self.stage))
        if kind == Kind.COME and self.building is not None:
            return 0.0
        rate = value(f"{kind.name.lower()}_per_year", self.stage if kind in STAGE_CLOCKS else self.industry)
        if kind == Kind.MOVE_OUT:
            rate *= self.story.talents.move_factor[self.industry] * self.orphaned
        return rate

    @property
    def orphaned(self) -> float:
        """How many times as often it closes or moves out for the anchors that have gone beside its link."""
        lost = self.story.lost_beside[self.link] if self.link else 0
        return self.story.catalog.value("orphan_ratio") ** float(lost)

    def wind(self, *kinds: Kind, nth: int = 0) -> None:
        """Start clocks with a new draw each."""
        for kind in kinds:
            self.set_clock(kind, self.exponential(Draw[kind.name], nth))

    def wind_stage_clocks(self) -> None:
        """The clocks that compete within a stage; from the last there is nothing to advance to."""
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
        """What a clock measures: years, or the cumulative hazard of its law of age."""
        if kind not in self.story.laws:
            return date
        age, (ages, closing) = date - self.founded, self.story.laws[kind]
        k = min(max(bisect_right(ages, age) - 1, 0), len(ages) - 2)
        return closing[k] + (closing[k + 1] - closing[k]) / (ages[k + 1] - ages[k]) * (age - ages[k])

    def date_of(self, kind: Kind, measured: float) -> float:
        """When a clock's measure gets so far; inf if never."""
        if kind not in self.story.laws:
            return measured
        ages, closing = self.story.laws[kind]
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


def neighbours(catalog: Catalog) -> dict[str, set[str]]:
    """The suppliers and buyers of every link."""
    beside: dict[str, set[str]] = {row["id"]: set() for row in catalog.tables["chain_nodes"]}
    for edge in catalog.tables["chain_edges"]:
        beside[edge["supplier"]].add(edge["buyer"])
        beside[edge["buyer"]].add(edge["supplier"])
    return beside


def added(numbers: list[float]) -> float:
    """Their sum, one after another; Python's own sum rounds otherwise from version 3.12 on."""
    total = 0.0
    for number in numbers:
        total += number
    return total


def about(number: int) -> int:
    """The kind of luck that a building has with a firm."""
    return int(Draw.CHOICE) + 256 * number


def zones_at(point: Any, park: Park, quarter: Quarter) -> list[Any]:
    """The zones in force that a point lies in."""
    found = []
    for zone in park.zones_in_force.itertuples():
        over = isinstance(zone.valid_to, str) and not opens_after(zone.valid_to, quarter)
        begun = not opens_after(zone.valid_from, quarter)
        shape: Any = zone.geometry
        if begun and not over and shape.intersects(shapely.Point(point)):
            found.append(zone)
    return found


def area_at(point: Any, park: Park, start: Quarter) -> str:
    """The feature park, or else the cluster, that a point lies in at the start; nothing for the rest."""
    zones = zones_at(point, park, start)
    found = [zone.zone_id for kind in ("feature_park", "cluster") for zone in zones if zone.kind == kind]
    return str(found[0]) if found else ""


def leading_at(point: Any, park: Park, quarter: Quarter) -> str:
    """The industry that leads where a point lies; nothing where none does."""
    led = [getattr(zone, "leading_industry", None) for zone in zones_at(point, park, quarter)]
    return next((industry for industry in led if isinstance(industry, str)), "")


def law_of_age(catalog: Catalog, quantity: str) -> tuple[list[float], list[float]]:
    """Ages, and the cumulative hazard of closing by them: minus the logarithm of the share that is left."""
    ages, closing = [0.0], [0.0]
    for age in catalog.scopes(quantity):
        ages.append(float(age))
        # neither certain nor impossible, so that every clock has a date
        share = min(max(catalog.value(quantity, age), 1e-12), 1.0 - 1e-12)
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
