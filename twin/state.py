"""From a park and a scenario to the park in motion, and the names of its rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.catalog import Catalog, cause_share
from twin.engine.arrays import (
    REVIEW_COLUMNS,
    SERVICE_COLUMNS,
    WHOLE,
    Ages,
    Buildings,
    Calendar,
    Chain,
    Choice,
    Conduct,
    Firms,
    Funds,
    Industries,
    Ladder,
    Log,
    Markets,
    Money,
    Panel,
    Purse,
    Recruitment,
    Requests,
    Revitalisation,
    Services,
    Sources,
    Stages,
    State,
    Tally,
    Waiting,
    Watch,
)
from twin.engine.kinds import DATES, Item, Kind, Origin, Reason, Status
from twin.engine.rules.residence import NOBODY_WAITS
from twin.engine.rules.space import UNKNOWN, suits
from twin.park import Park
from twin.park.dates import NEVER, in_force, ordinals
from twin.tiers import bits_of, rules_of
from twin.units import QUARTERS_PER_YEAR, Quarter

Floats = NDArray[np.float64]

#: The market of plants, which grow old; see `building_types.csv`.
PLANT_MARKET = "industrial"

#: Kinds of zone that are areas of the floor market, the first that a building lies in.
AREA_KINDS = ("feature_park", "cluster")


@dataclass(frozen=True)
class Index:
    """Which row of the arrays is what."""

    industries: list[str]
    chain_nodes: list[str]
    stages: list[str]
    services: list[str]
    failures: list[str]
    tiers: list[str]
    buildings: list[str]
    cells: list[tuple[str, ...]]  #: zones of each cell, as zone_id@version; the last is that of no building

    @cached_property
    def building(self) -> dict[str, int]:
        """Row of a building by id."""
        return {name: row for row, name in enumerate(self.buildings)}


class Closing(NamedTuple):
    """A building that closes for works, or for good, and what the works leave."""

    starts: float  #: years since the start; 0 or less where works are under way then
    ends: float  #: years since the start, inf for good
    building: int  #: row
    kind: int = -1  #: row of its type afterwards
    storey_m: float = math.nan  #: height of its storeys afterwards
    more_m2: int = 0  #: lettable, against before
    rent_cny_m2_day: float = math.nan  #: afterwards, NaN as before
    quality: float = math.nan  #: afterwards, NaN as before
    phases: int = 1  #: parts that close one after another


def build_index(park: Park, catalog: Catalog) -> Index:
    """The rows of the arrays for a park: industries, stages and services of the catalog, buildings for firms."""
    return Index(
        industries=catalog.industries,
        chain_nodes=catalog.chain_nodes,
        stages=catalog.stages,
        services=catalog.services,
        failures=catalog.failures,
        tiers=catalog.tiers,
        buildings=park.firm_buildings["building_id"].tolist(),
        cells=[*park.cells.zones, ()],
    )


def build_state(
    park: Park,
    catalog: Catalog,
    *,
    start: Quarter,
    years: float,
    seed: int,
    grid_years: float = 0.0,
    log: bool = True,
) -> State:
    """The park at the first instant, under the luck of replication 0."""
    index = build_index(park, catalog)
    buildings = _buildings(park, catalog, start)
    firms = _firms(park, index, buildings, start, spare=_expected_entries(catalog, years))
    _award(firms, park, catalog)
    i, g, c = len(index.industries), len(index.stages), len(index.cells)
    sources = _sources(catalog)
    actors = len(sources.key) + len(firms.key)
    log_rows = 65_536 + 16 * int(firms.used[0]) if log else 0
    return State(
        seed=seed,
        grid_years=grid_years,
        sources=sources,
        industries=_industries(catalog),
        stages=_stages(catalog),
        chain=_chain(catalog),
        ages=_ages(catalog),
        conduct=_conduct(catalog),
        buildings=buildings,
        revitalisation=revitalisation_rules(catalog, start),
        markets=_markets(catalog, areas=int(buildings.area.max(initial=0)) + 1),
        choice=_choice(park, catalog, index, buildings),
        services=_services(park, catalog, start),
        funds=_funds(catalog),
        requests=no_requests(64 + 2 * len(index.services) + int(firms.used[0])),
        ladder=_ladder(catalog, start),
        money=_money(catalog),
        purse=_purse(catalog, buildings=len(buildings.stock_m2), sources=len(sources.key)),
        recruitment=_recruitment(catalog, sources),
        waiting=Waiting(
            length=_zeros(1),
            head=_full(i * g, -1, np.int32),
            tail=_full(i * g, -1, np.int32),
            least_m2=np.full(i * g, NOBODY_WAITS),
            next_up=_full(i * g, -1, np.int32),
        ),
        firms=firms,
        calendar=Calendar(
            heap=_zeros(actors, np.int32),
            time=np.zeros(actors),
            kind=_zeros(actors, np.int8),
            place=_full(actors, -1, np.int32),
            size=_zeros(1),
        ),
        tally=Tally(
            _zeros((len(Kind), c, i, g), np.int32),
            _zeros((i, g), np.int32),
            _zeros((len(index.failures), i, g), np.int32),
            _zeros((len(Reason), i), np.int32),
            _zeros((len(Reason), i)),
        ),
        log=Log(
            _zeros(1),
            np.zeros(log_rows),
            _zeros(log_rows, np.int8),
            _zeros(log_rows, np.int32),
            _zeros(log_rows, np.int32),
            _zeros(log_rows, np.int8),
            np.zeros(log_rows),
        ),
        watch=Watch(
            np.zeros(len(Kind), np.bool_),
            _zeros(1),
            _zeros(4096, np.int8),
            _zeros(4096, np.int32),
            _zeros(4096, np.int32),
            np.zeros(4096),
        ),
    )


def copy_of(state: State, *, replication: int) -> State:
    """A first instant with arrays of its own. Seed and replication together are the key of every draw."""
    copied: dict[str, Any] = {
        name: type(group)(*(array.copy() for array in group))
        for name, group in state._asdict().items()
        if isinstance(group, tuple)
    }
    return state._replace(seed=(replication << 32) + (state.seed & 0xFFFFFFFF), **copied)


def build_panel(state: State, quarters: int) -> Panel:
    """Empty panels for so many quarters."""
    kinds, c, i, g = state.tally.flows.shape
    b, v, u, q = len(state.buildings.stock_m2), len(state.services.slots), len(state.tally.failures), quarters
    tiers = len(state.ladder.queue)
    return Panel(
        firms=_zeros((q, c, i, g), np.int32),
        remote=_zeros((q, c, i, g), np.int32),
        dormant=_zeros((q, c, i, g), np.int32),
        staff=_zeros((q, c, i, g)),
        floor_m2=_zeros((q, c, i, g)),
        revenue_cny=np.zeros((q, c, i, g)),
        rent_bill_cny=np.zeros((q, c, i, g)),
        expiring_m2=_zeros((q, c, i, g)),
        leading_m2=_zeros((q, c, i, g)),
        rd_cny=np.zeros((q, c, i, g)),
        tax_cny=np.zeros((q, c, i, g)),
        tiers=_zeros((q, tiers, c, i), np.int32),
        reviews=np.zeros((q, tiers, len(REVIEW_COLUMNS))),
        purse_cny=np.zeros((q, len(Item))),
        flows=_zeros((q, kinds, c, i, g), np.int32),
        stock_m2=_zeros((q, b)),
        let_m2=_zeros((q, b)),
        offline_m2=_zeros((q, b)),
        held_m2=_zeros((q, b)),
        leading=_zeros((q, b), np.int8),
        tenants=_zeros((q, b), np.int32),
        jobs=_zeros((q, b), np.int32),
        works_m2=_zeros((q, b)),
        renovated_m2=_zeros((q, b)),
        finding=_zeros((q, b), np.int8),
        rent_cny_m2_day=np.zeros((q, b)),
        arrivals=_zeros((q, b), np.int32),
        departures=_zeros((q, b), np.int32),
        services=np.zeros((q, v, len(SERVICE_COLUMNS))),
        began=_zeros((q, i, g), np.int32),
        failures=_zeros((q, u, i, g), np.int32),
        unmet_firms=_zeros((q, len(Reason), i), np.int32),
        unmet_m2=_zeros((q, len(Reason), i)),
        waiting=_zeros((q, i), np.int32),
    )


def openings(park: Park, catalog: Catalog, start: Quarter) -> list[tuple[float, int, int]]:
    """What opens after the start: (years, row of the building, m²), in order of date."""
    years, m2 = _years(park.firm_buildings["completed"], start), _let_to_firms_m2(park.firm_buildings, catalog)
    later = np.flatnonzero((years > 0) & (years < math.inf))
    return sorted((float(years[row]), int(row), int(m2[row])) for row in later)


def closings(park: Park, catalog: Catalog, start: Quarter) -> list[Closing]:
    """What closes after the start, or is off line at it: works in order of date, then what closes for good."""
    buildings, works = park.firm_buildings, park.building_works
    ids = pd.concat([buildings["building_id"], works["building_id"]], ignore_index=True)
    alterable = ["building_type", "floors", "height_m", "lettable_m2"]
    known = pd.concat([pd.DataFrame(frame[alterable]) for frame in (buildings, works)])
    known = known.reset_index(drop=True).groupby(ids).ffill()  # what works do not say is as it was
    kind = _rows_of_types(known, catalog)
    storey_m = _storeys_m(known, catalog)
    more_m2 = pd.Series(_let_to_firms_m2(known, catalog)).groupby(ids).diff()
    row = pd.Index(buildings["building_id"]).get_indexer(ids)
    numbers = [works[name].astype(float) for name in ("rent_cny_m2_day", "quality")]
    starts = _years(works["starts"], start)
    # how far works are that are under way is not told: what is left of them is one phase
    phases = np.where(starts > 0, works["phases"].to_numpy(dtype=np.int64), 1)
    left = (row, kind, storey_m, more_m2.fillna(0).astype(int))
    of_works = [np.asarray(values)[len(buildings) :] for values in left]
    columns = [starts, _years(works["ends"], start), *of_works, *numbers, phases]
    found = [Closing(*values) for values in zip(*(np.asarray(column).tolist() for column in columns), strict=True)]
    closed, completed = (_years(buildings[date], start) for date in ("closed", "completed"))
    gone = np.flatnonzero((closed > 0) & (completed < closed) & (closed < math.inf)).tolist()
    return [*found, *(Closing(float(closed[building]), math.inf, building) for building in gone)]


def service_openings(park: Park, catalog: Catalog, start: Quarter) -> list[tuple[float, int, int]]:
    """Service facilities that open after the start: (years, row of the service, slots), in order of date."""
    rows = []
    for service, quarter, slots in zip(
        park.services["service"], park.services["opens"], park.services["slots"], strict=True
    ):
        if isinstance(quarter, str) and Quarter.parse(quarter).years_since(start) > 0:
            rows.append((Quarter.parse(quarter).years_since(start), catalog.services.index(service), int(slots)))
    return sorted(rows)


def _sources(catalog: Catalog) -> Sources:
    """A source for each origin and link of a chain (an industry whose chain is not told is one); origins outermost.

    Links without prospects, and an office that is not there, need no source; keys are as if they had one.
    """
    every = [
        (origin, industry, node, catalog.value(rate, industry) * share)
        for origin, rate in RATES.items()
        for industry in catalog.industries
        for node, share in node_shares(catalog, industry)
    ]
    kept = [n for n, row in enumerate(every) if row[0] != Origin.RECRUIT or (row[3] > 0.0 and catalog.office)]
    rows = [every[n] for n in kept]
    industries, nodes = [row[1] for row in rows], [row[2] for row in rows]
    n, origins = len(rows), np.array([row[0] for row in rows], dtype=np.int8)
    recruits = origins == Origin.RECRUIT
    return Sources(
        key=np.array(kept, dtype=np.int64) + 1,
        origin=origins,
        industry=pd.Index(catalog.industries).get_indexer(pd.Index(industries)).astype(np.int32),
        node=np.array([catalog.chain_nodes.index(node) if node else -1 for node in nodes], dtype=np.int8),
        per_year=np.array([row[3] for row in rows]),
        pull=np.ones(n),
        trend_per_year=_by(catalog, "entry_trend_per_year", industries),
        # registrations have their seasons; prospects are looked for all the year
        season_amplitude=np.where(recruits, 0.0, _by(catalog, "entry_season_amplitude", industries)),
        season_phase_years=_by(catalog, "entry_season_phase_years", industries),
        entered=_zeros(n),
        left=np.zeros(n),
        since=np.zeros(n),
        due=np.full(n, math.inf),
    )


#: The quantity that says how many firms, or prospects, of an industry come from an origin.
RATES: Mapping[Origin, str] = {
    Origin.MARKET: "entry_per_year",
    Origin.INSTITUTE: "institute_spin_offs_per_year",
    Origin.RECRUIT: "prospects_per_year",
}


def _recruitment(catalog: Catalog, sources: Sources) -> Recruitment:
    recruits, nodes = sources.origin == Origin.RECRUIT, sources.node.tolist()
    short_shares = [catalog.value("short_list_share", catalog.chain_nodes[n]) if n >= 0 else 0.0 for n in nodes]
    return Recruitment(
        office=np.array([catalog.services.index(catalog.office) if catalog.office else -1]),
        hit_rate=_by(catalog, "hit_rate", catalog.industries),
        short_share=np.where(recruits, short_shares, 0.0),
    )


def standing_list(state: State, catalog: Catalog) -> list[tuple[int, int]]:
    """Prospects that the office works on at the start, (source, how many).

    As many as come in the mean time that one takes, which is how many there are in the long run (Little's law), or of
    each source fewer in proportion where that is more than there are slots. What a source has of one beyond whole
    prospects is carried on to the next.
    """
    recruits = state.sources.origin == Origin.RECRUIT
    if not recruits.any():
        return []
    per_year = np.where(recruits, state.sources.per_year, 0.0)
    summed = np.cumsum(per_year * catalog.value("service_years", catalog.office))
    slots = float(state.services.slots[state.recruitment.office[0]])
    whole = np.floor(summed * min(1.0, slots / summed[-1])).astype(int)
    return [(source, int(count)) for source, count in enumerate(np.diff(whole, prepend=0)) if count]


def node_shares(catalog: Catalog, industry: str) -> list[tuple[str, float]]:
    """The links of an industry's chain and their shares of its entrants, adding up to 1; `""` where it has none."""
    nodes = catalog.nodes_of(industry)
    weights = [catalog.value("node_share", node) for node in nodes]
    return [(node, weight / sum(weights)) for node, weight in zip(nodes, weights, strict=True)] or [("", 1.0)]


def _industries(catalog: Catalog) -> Industries:
    names = catalog.industries
    shares = _by(catalog, "stage_share", catalog.stages)
    return Industries(
        entry_jobs_elasticity=_by(catalog, "entry_jobs_elasticity", names),
        jobs_at_start=_zeros(len(names)),
        stage_mix=np.tile(np.cumsum(shares) / shares.sum(), (len(names), 1)),
        resident_share=_by(catalog, "resident_share", names),
        registered_share=_by(catalog, "registered_share", names),
        m2_per_head=_by(catalog, "m2_per_head", names),
        revenue_per_head_cny=_by(catalog, "revenue_per_head_cny", names),
        productivity_sigma=_by(catalog, "productivity_sigma", names),
        growth_mean=_by(catalog, "growth_mean", names),
        search_patience_years=_by(catalog, "search_patience_years", names),
        absorb_per_year=_by(catalog, "absorb_per_year", names),
        move_out_per_year=_by(catalog, "move_out_per_year", names),
        come_per_year=_by(catalog, "come_per_year", names),
        spin_off_per_year=_by(catalog, "spin_off_per_year", names),
        followers_per_firm=_by(catalog, "followers_per_firm", names),
        lease_years=_by(catalog, "lease_years", names),
        closing_factor=_by(catalog, "closing_factor", names),
        dormancy_factor=_by(catalog, "dormancy_factor", names),
        taste_rent=_by(catalog, "taste_rent", names),
        taste_jobs=_by(catalog, "taste_jobs", names),
        taste_metro=_by(catalog, "taste_metro", names),
        taste_quality=_by(catalog, "taste_quality", names),
        taste_leading=_by(catalog, "taste_leading", names),
    )


def _ages(catalog: Catalog) -> Ages:
    return Ages(*law_of_age(catalog, "closing_by_age"), *law_of_age(catalog, "dormant_by_age"))


def law_of_age(catalog: Catalog, quantity: str) -> tuple[Floats, Floats]:
    """Ages in years and the cumulative hazard at them, -ln of survival; the last year's hazard goes on."""
    ages = catalog.scopes(quantity)
    # neither an infinite hazard nor none: a clock must have a date, and something left on it when the hazard changes
    q = np.clip([catalog.value(quantity, age) for age in ages], 1e-12, 1.0 - 1e-12)
    knots = np.concatenate([[0.0], np.array(ages, dtype=float)])
    return knots, np.concatenate([[0.0], np.cumsum(-np.log1p(-q))])


def _stages(catalog: Catalog) -> Stages:
    names, across = catalog.stages, len(catalog.industries)
    shares = np.array([_by(catalog, cause_share(cause), names) for cause in catalog.failures])
    return Stages(
        advance_per_year=np.tile(_by(catalog, "advance_per_year", names), (across, 1)),
        fail_per_year=np.tile(_by(catalog, "fail_per_year", names), (across, 1)),
        leave_per_year=np.tile(_by(catalog, "leave_per_year", names), (across, 1)),
        closing_factor=_by(catalog, "age_closing_factor", names),
        floor_factor=_by(catalog, "floor_factor", names),
        least_m2=_by(catalog, "least_m2", names).astype(np.int64),
        revenue_factor=_by(catalog, "revenue_factor", names),
        newborn_share=_by(catalog, "newborn_share", names),
        age_at_entry_years=_by(catalog, "age_at_entry_years", names),
        entry_staff=_by(catalog, "entry_staff", names),
        entry_staff_sigma=_by(catalog, "entry_staff_sigma", names),
        services=np.array(
            [sum(1 << catalog.services.index(service) for service in catalog.services_of(stage)) for stage in names]
        ),
        cause_share=shares / shares.sum(axis=0),
    )


def _chain(catalog: Catalog) -> Chain:
    """The links with their neighbours, whether these supply them or buy from them, as compressed rows."""
    rows = {node: row for row, node in enumerate(catalog.chain_nodes)}
    pairs = {(rows[edge["supplier"]], rows[edge["buyer"]]) for edge in catalog.tables["chain_edges"]}
    both = sorted(pairs | {(buyer, supplier) for supplier, buyer in pairs})
    of_industry = [catalog.industries.index(row["industry"]) for row in catalog.tables["chain_nodes"]]
    return Chain(
        industry=np.array(of_industry, dtype=np.int8),
        near_start=np.searchsorted([here for here, _ in both], np.arange(len(rows) + 1)).astype(np.int64),
        near=np.array([near for _, near in both], dtype=np.int32),
    )


def _conduct(catalog: Catalog) -> Conduct:
    return Conduct(**{name: np.array([catalog.value(name)]) for name in Conduct._fields})


def _services(park: Park, catalog: Catalog, start: Quarter) -> Services:
    names = catalog.services
    slots = _zeros(len(names))
    for service, quarter, count in zip(
        park.services["service"], park.services["opens"], park.services["slots"], strict=True
    ):
        if not isinstance(quarter, str) or Quarter.parse(quarter).years_since(start) <= 0:
            slots[names.index(service)] += int(count)
    n, shapes = len(names), _by(catalog, "service_shape", names)

    def of_supports(quantity: str, otherwise: float) -> Floats:
        return np.array([catalog.value(quantity, name) if name in catalog.supports else otherwise for name in names])

    return Services(
        slots=slots,
        busy=_zeros(n),
        share=of_supports("service_share", 0.0),
        served_advance_ratio=of_supports("served_advance_ratio", 1.0),
        serving_fail_ratio=of_supports("serving_fail_ratio", 1.0),
        relieves=pd.Index(catalog.failures)
        .get_indexer(pd.Index([row["relieves"] for row in catalog.tables["services"]]))
        .astype(np.int32),
        relief_ratio=of_supports("relief_ratio", 1.0),
        scale_years=_by(catalog, "service_years", names) / [math.gamma(1.0 + 1.0 / shape) for shape in shapes],
        shape=shapes,
        patience_years=_by(catalog, "service_patience_years", names),
        head=_full(n, -1, np.int32),
        tail=_full(n, -1, np.int32),
        last_prior=_full(n, -1, np.int32),
        queue=_zeros(n),
        joined=_zeros(n),
        started=_zeros(n),
        finished=_zeros(n),
        tired=_zeros(n),
        waited_years=np.zeros(n),
        busy_years=np.zeros(n),
        queue_years=np.zeros(n),
        since=np.zeros(n),
    )


def _funds(catalog: Catalog) -> Funds:
    """Funds at the start of their first budget year; of a service that is none, nothing but no rationing."""
    names = catalog.services

    def of_funds(quantity: str) -> Floats:
        return np.array([catalog.value(quantity, name) if name in catalog.funds else 0.0 for name in names])

    capital_cny, ticket_cny = np.floor(of_funds("fund_capital_cny")), np.floor(of_funds("fund_ticket_cny"))
    share = of_funds("fund_invest_share")
    tickets = np.divide(capital_cny * share, ticket_cny, out=np.full(len(names), -1.0), where=ticket_cny > 0)
    return Funds(
        tickets=np.floor(tickets).astype(np.int64),
        ticket_cny=ticket_cny,
        capital_cny=capital_cny,
        invest_share=share,
        budget_years=of_funds("fund_budget_years"),
        multiple=of_funds("fund_multiple"),
        multiple_sigma=of_funds("fund_multiple_sigma"),
        paid_cny=np.zeros(len(names)),
        returned_cny=np.zeros(len(names)),
    )


def no_requests(size: int) -> Requests:
    """No places, and room for so many; the environment adds when short."""
    following = np.arange(1, size + 1, dtype=np.int32)
    following[-1] = -1
    return Requests(
        held=_zeros(1),
        free=_zeros(1, np.int32),
        firm=_zeros(size, np.int32),
        service=_zeros(size, np.int8),
        on_slot=_zeros(size, np.bool_),
        since=np.zeros(size),
        due=np.zeros(size),
        after=_full(size, -1, np.int32),
        before=_full(size, -1, np.int32),
        next=following,
    )


def _ladder(catalog: Catalog, start: Quarter) -> Ladder:
    names = catalog.tiers
    n = len(names)
    return Ladder(
        apply_share=_by(catalog, "apply_share", names),
        renew_share=_by(catalog, "renew_share", names),
        approve_share=_by(catalog, "approve_share", names),
        capacity=_by(catalog, "desk_capacity", names),
        review_years=_by(catalog, "review_years", names),
        interval_years=_by(catalog, "review_interval_years", names),
        phase_years=_by(catalog, "review_phase_years", names),
        valid_years=_by(catalog, "tier_valid_years", names),
        valuation_ratio=np.array([catalog.value("valuation_ratio")]),
        **rules_of(catalog, start),
        queue=_zeros(n),
        applied=_zeros(n),
        recognised=_zeros(n),
        refused=_zeros(n),
        withdrawn=_zeros(n),
        lapsed=_zeros(n),
        waited_years=np.zeros(n),
    )


def _money(catalog: Catalog) -> Money:
    industries = catalog.industries
    return Money(
        rd_share=_by(catalog, "rd_share", industries),
        rd_sigma=_by(catalog, "rd_sigma", industries),
        rd_stage_factor=_by(catalog, "rd_stage_factor", catalog.stages),
        rd_size_exponent=np.array([catalog.value("rd_size_exponent")]),
        tax_share=_by(catalog, "tax_share", industries),
        profit_share=_by(catalog, "profit_share", industries),
        profit_tax_rate=np.array([catalog.value("profit_tax_rate")]),
        tier_profit_tax_rate=_by(catalog, "tier_profit_tax_rate", catalog.tiers),
    )


def _purse(catalog: Catalog, *, buildings: int, sources: int) -> Purse:
    def park_wide(quantity: str) -> Floats:
        return np.array([catalog.value(quantity)])

    return Purse(
        spent_cny=np.zeros(len(Item)),
        slot_cost_cny_year=_by(catalog, "slot_cost_cny_year", catalog.services),
        recruit_cost_cny=park_wide("recruit_cost_cny"),
        prospect_cost_cny=park_wide("prospect_cost_cny"),
        coaching_cost_cny_year=park_wide("coaching_cost_cny_year"),
        space_cost_cny_m2=park_wide("space_cost_cny_m2"),
        spin_off_cost_cny=park_wide("spin_off_cost_cny"),
        outreach_cost_cny=_by(catalog, "outreach_cost_cny", catalog.tiers),
        review_cost_cny=_by(catalog, "review_cost_cny", catalog.tiers),
        displacement_cost_cny_m2=park_wide("displacement_cost_cny_m2"),
        displacement_cost_cny_job=park_wide("displacement_cost_cny_job"),
        recruiting=np.ones(sources),
        persuading=np.ones(len(catalog.industries)),
        spinning=np.ones(len(catalog.industries)),
        following=np.ones(len(catalog.industries)),
        coaching=np.ones((len(catalog.industries), len(catalog.stages))),
        relief=np.ones(buildings),
        service_time=np.ones(len(catalog.services)),
        outreach=np.ones(len(catalog.tiers)),
        review_time=np.ones(len(catalog.tiers)),
    )


def _buildings(park: Park, catalog: Catalog, start: Quarter) -> Buildings:
    frame = park.firm_buildings
    n = len(frame)
    stands = (_years(frame["completed"], start) <= 0) & (_years(frame["closed"], start) > 0)
    stock_m2 = np.where(stands, _let_to_firms_m2(frame, catalog), 0)
    closing_m2 = _zeros(n)
    closing_m2[[closed.building for closed in closings(park, catalog, start) if closed.starts <= 0]] = WHOLE
    near_start, near = _neighbours(park, catalog.value("near_m"))
    rents = frame["rent_cny_m2_day"].to_numpy(dtype=float)
    return Buildings(
        stock_m2=stock_m2,
        let_m2=_zeros(n),
        offline_m2=np.minimum(closing_m2, stock_m2),
        held_m2=_zeros(n),
        part_m2=_zeros(n),
        closing_m2=closing_m2,
        works_m2=np.minimum(closing_m2, stock_m2),
        renovated_m2=_zeros(n),
        since=_since(park, start),
        low_quarters=_zeros(n, np.int16),
        finding=_zeros(n, np.int8),
        rent_cny_m2_day=rents.copy(),
        list_rent_cny_m2_day=rents.copy(),
        area=_areas(park, start),
        leading=_leading(park, catalog, start),
        market=_market_of_type(catalog)[_rows_of_types(frame, catalog)],
        storey_m=_storeys_m(frame, catalog),
        floor_load_kn_m2=_floor_loads(frame, catalog),
        public=frame["operator"].isin(catalog.public_operators).to_numpy(dtype=bool, copy=True),
        quality=frame["quality"].to_numpy(dtype=float).copy(),
        metro_m=park.metro_m.copy(),
        cell=park.cells.of_building.astype(np.int32),
        tenants=_zeros(n),
        jobs=_zeros((n, len(catalog.industries))),
        arrivals=_zeros(n),
        departures=_zeros(n),
        near_start=near_start,
        near=near,
    )


def _leading(park: Park, catalog: Catalog, quarter: Quarter) -> NDArray[np.int8]:
    """Row of the industry that leads where each building stands, in the zones in force in a quarter; -1 none."""
    zones = in_force(park.zones_in_force, quarter)
    led: dict[str, int] = {}
    if "leading_industry" in zones:
        for zone, version, industry in zip(zones["zone_id"], zones["version"], zones["leading_industry"], strict=True):
            if isinstance(industry, str):
                led[f"{zone}@{version}"] = catalog.industries.index(industry)
    of_cell = [next((row for zone, row in led.items() if zone in cell), -1) for cell in park.cells.zones]
    return np.array(of_cell, dtype=np.int8)[park.cells.of_building]


def changes_of_leading(park: Park, catalog: Catalog, start: Quarter, years: float) -> list[tuple[float, int, int]]:
    """Where another industry leads from a date within the run: (years, row of the building, row of the industry)."""
    changes: list[tuple[float, int, int]] = []
    before = _leading(park, catalog, start)
    bounds = [_years(park.zones_in_force[bound], start) for bound in ("valid_from", "valid_to")]
    for date in np.unique(bounds):
        if 0.0 < date < years:
            now = _leading(park, catalog, start.plus(round(date * QUARTERS_PER_YEAR)))
            changes += [(float(date), int(row), int(now[row])) for row in np.flatnonzero(now != before)]
            before = now
    return changes


def _since(park: Park, start: Quarter) -> Floats:
    """Years from the start to the completion of each building, or to the end of works done before the start."""
    completed = _years(park.firm_buildings["completed"], start)
    ends = pd.Series(_years(park.works["ends"], start), index=park.works["building_id"].to_numpy(), dtype=float)
    renewed = ends[ends <= 0].groupby(level=0).max().reindex(park.firm_buildings["building_id"])
    return np.fmax(completed, renewed.to_numpy())


def revitalisation_rules(catalog: Catalog, start: Quarter) -> Revitalisation:
    """How low-efficiency stock is found, ranked, paid for and renewed, as the catalog has it."""

    def park_wide(quantity: str) -> Floats:
        return np.array([catalog.value(quantity)])

    first_year = start.year + start.year_part
    return Revitalisation(
        low_efficiency_share=park_wide("low_efficiency_share"),
        low_efficiency_quarters=park_wide("low_efficiency_quarters"),
        lease_up_years=park_wide("lease_up_years"),
        old_before=park_wide("old_plant_before_year") - first_year,
        of_plants=np.array([market == PLANT_MARKET for market in catalog.markets]),
        budget_cny_year=park_wide("revitalisation_budget_cny_year"),
        carry_over=park_wide("revitalisation_carry_over"),
        date_years=park_wide("revitalisation_date_years"),
        public_share=park_wide("revitalisation_public_share"),
        cap_cny_m2=park_wide("revitalisation_cap_cny_m2"),
        cap_cny=park_wide("revitalisation_cap_cny"),
        cost_cny_m2=np.array([catalog.value(f"{what}_works_cost_cny_m2") for what in ("building", "plant")]),
        phase_m2=park_wide("phase_m2"),
        least_years=park_wide("renovation_least_years"),
        likely_years=park_wide("renovation_years"),
        most_years=park_wide("renovation_most_years"),
        rent_rise=park_wide("renovation_rent_rise"),
        quality_gain=park_wide("renovation_quality_gain"),
    )


def _storeys_m(buildings: pd.DataFrame, catalog: Catalog) -> Floats:
    """Height of a storey of each building; that of its type where its height or floors are not known."""
    floors, height = (buildings[name].to_numpy(dtype=float) for name in ("floors", "height_m"))
    usual = _by(catalog, "storey_height_m", catalog.building_types)[_rows_of_types(buildings, catalog)]
    return np.divide(height, floors, out=usual, where=(height > 0) & (floors > 0))


def _floor_loads(buildings: pd.DataFrame, catalog: Catalog) -> Floats:
    """Live load of the floors of each building; that of its type where it is not known."""
    given = pd.to_numeric(buildings["floor_load_kn_m2"]).to_numpy(dtype=float)
    usual = _by(catalog, "floor_load_kn_m2", catalog.building_types)[_rows_of_types(buildings, catalog)]
    return np.where(np.isnan(given), usual, given)


def _markets(catalog: Catalog, areas: int) -> Markets:
    """Every submarket with rents as they are listed."""
    shape, response = (areas, len(catalog.markets)), catalog.value("rent_adjustment_per_year")
    return Markets(
        of_type=_market_of_type(catalog),
        response_per_year=response * np.array([1.0, catalog.value("public_rent_response")]),
        structural_vacancy=np.array([catalog.value("structural_vacancy")]),
        fastest_per_year=np.array([catalog.value("rent_change_limit_per_year")]),
        lowest=np.array([catalog.value("rent_floor_ratio")]),
        highest=np.array([catalog.value("rent_ceiling_ratio")]),
        stock_m2=_zeros(shape),
        let_m2=_zeros(shape),
        level=np.ones((*shape, 2)),
        floor_elasticity=np.array([catalog.value("floor_rent_elasticity")]),
        floor_ratio=np.ones(1),
    )


def _market_of_type(catalog: Catalog) -> NDArray[np.int8]:
    """Row of the market of each type of building, -1 none."""
    named = [row["market"] for row in catalog.tables["building_types"]]
    return np.array([catalog.markets.index(name) if name else -1 for name in named], dtype=np.int8)


def _rows_of_types(buildings: pd.DataFrame, catalog: Catalog) -> NDArray[np.intp]:
    """Row of the type of each building."""
    return pd.Index(catalog.building_types).get_indexer(pd.Index(buildings["building_type"]))


def _areas(park: Park, start: Quarter) -> NDArray[np.int16]:
    """Which area each building belongs to: its feature park in force at the start, else its cluster; 0 for the rest."""
    zones = in_force(park.zones_in_force, start)
    named = [
        f"{zone}@{version}"
        for kind in AREA_KINDS
        for zone, version, of_kind in zip(zones["zone_id"], zones["version"], zones["kind"], strict=True)
        if of_kind == kind
    ]
    of_cell = [next((n for n, zone in enumerate(named, start=1) if zone in cell), 0) for cell in park.cells.zones]
    return np.array(of_cell, dtype=np.int16)[park.cells.of_building]


def _let_to_firms_m2(buildings: pd.DataFrame, catalog: Catalog) -> NDArray[np.int64]:
    """Whole m² that each building lets to firms when it is open: none where its type is not for them."""
    for_firms = buildings["building_type"].isin(catalog.firm_types)
    return np.where(for_firms, np.floor(buildings["lettable_m2"].to_numpy(dtype=float)), 0).astype(np.int64)


def _years(quarters: pd.Series[Any], start: Quarter) -> Floats:
    """Years from the start to the beginning of each quarter, inf where there is none."""
    found = ordinals(quarters, NEVER)
    return np.where(found == NEVER, math.inf, (found - start.ordinal) / QUARTERS_PER_YEAR)


def _neighbours(park: Park, radius_m: float) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Buildings within a radius of each, itself among them, as compressed rows."""
    points: Any = shapely.points(park.building_points)  # an array of them, which the stubs take for one
    here, near = shapely.STRtree(points).query(points, predicate="dwithin", distance=radius_m)
    order = np.lexsort((near, here))
    start = np.searchsorted(here[order], np.arange(len(points) + 1))
    return start.astype(np.int64), near[order].astype(np.int32)


def _choice(park: Park, catalog: Catalog, index: Index, buildings: Buildings) -> Choice:
    types = catalog.building_types
    segments = [(industry, stage) for industry in index.industries for stage in index.stages]
    type_fits = np.array([np.isin(types, list(catalog.fits(*segment))) for segment in segments]).T.copy()
    kind = _rows_of_types(park.firm_buildings, catalog)
    n, p = len(kind), len(segments)
    named = [f"{industry}.{stage}" for industry, stage in segments]
    storey_need, load_need = _by(catalog, "storey_need_m", named), _by(catalog, "floor_load_need_kn_m2", named)
    structure = (buildings.storey_m[:, None], buildings.floor_load_kn_m2[:, None])
    return Choice(
        type_fits=type_fits,
        type_load_kn_m2=_by(catalog, "floor_load_kn_m2", types),
        storey_need_m=storey_need,
        load_need_kn_m2=load_need,
        fits=suits(type_fits[kind], *structure, storey_need, load_need).T.copy(),
        jobs_near=_zeros((n, len(index.industries))),
        weight=_zeros((p, n)),
        tree=_zeros((p, n + 1)),
        total=_zeros(p),
        most_m2=np.full(p, UNKNOWN),
    )


def _firms(park: Park, index: Index, buildings: Buildings, start: Quarter, *, spare: int) -> Firms:
    """The stock in the order of firm_id, with room for those to come; let floor and jobs go into `buildings`."""
    stock = park.firms.sort_values("firm_id", kind="stable")
    n, size = len(stock), len(stock) + spare
    firms = Firms(
        **{
            "used": np.array([n], dtype=np.int64),
            **{name: _full(size, fill, dtype) for name, (fill, dtype) in _FIRM_FIELDS.items()},
            "due": np.full((size, DATES), math.inf),
        }
    )
    firms.key[:n] = stock["firm_id"]
    firms.industry[:n] = pd.Categorical(stock["industry"], categories=index.industries).codes
    if "chain_node" in stock:
        firms.node[:n] = pd.Categorical(stock["chain_node"], categories=index.chain_nodes).codes
    firms.stage[:n] = pd.Categorical(stock["stage"], categories=index.stages).codes
    resident = stock["resident"].to_numpy(dtype=bool)
    firms.status[:n] = np.where(resident, Status.RESIDENT, Status.REMOTE)
    firms.building[:n] = [
        index.building.get(b, -1) if r else -1 for b, r in zip(stock["building_id"], resident, strict=True)
    ]
    firms.floor_m2[:n] = np.where(resident, stock["floor_m2"], 0)
    firms.size[:n] = stock["staff"]
    firms.staff[:n] = stock["staff"]
    firms.productivity[:n] = stock["productivity"]
    firms.founded[:n] = stock["founded_year"].to_numpy(dtype=float) - (start.year + (start.number - 1) / 4)
    firms.entered[:n] = firms.founded[:n]
    firms.registered[:n] = stock["registered"]
    firms.anchor[:n] = stock["anchor"]
    housed = firms.building[:n] >= 0
    at = firms.building[:n][housed]
    firms.rent_paid[:n][housed] = buildings.rent_cny_m2_day[at]
    np.add.at(buildings.let_m2, at, firms.floor_m2[:n][housed])
    np.add.at(buildings.tenants, at, 1)
    np.add.at(buildings.jobs, (at, firms.industry[:n][housed]), firms.staff[:n][housed])
    return firms


def _award(firms: Firms, park: Park, catalog: Catalog) -> None:
    """Give the firms of the stock the tiers they hold."""
    stock = park.firms.sort_values("firm_id", kind="stable")
    n = len(stock)
    if "tier" not in stock:
        return
    i, g = firms.industry[:n], firms.stage[:n]
    per_head = _by(catalog, "revenue_per_head_cny", catalog.industries)[i]
    revenue = firms.size[:n] * per_head * _by(catalog, "revenue_factor", catalog.stages)[g] * firms.productivity[:n]
    highest = stock["tier"].astype(object).where(stock["tier"].notna(), None).tolist()
    firms.tiers[:n] = bits_of(highest, revenue, catalog)


#: Fill and type of each column of `Firms`, but for the two that are not plain columns.
_FIRM_FIELDS: Mapping[str, tuple[Any, type]] = {
    "key": (0, np.int64),
    "industry": (0, np.int8),
    "node": (-1, np.int8),
    "stage": (0, np.int8),
    "status": (0, np.int8),
    "building": (-1, np.int32),
    "floor_m2": (0, np.int32),
    "size": (0.0, np.float64),
    "staff": (0, np.int32),
    "productivity": (0.0, np.float64),
    "founded": (0.0, np.float64),
    "entered": (0.0, np.float64),
    "left": (math.inf, np.float64),
    "last_growth": (0.0, np.float64),
    "registered": (False, np.bool_),
    "tiers": (0, np.int16),
    "rd_share": (0.0, np.float32),
    "anchor": (False, np.bool_),
    "served": (0, np.int16),
    "serving": (0, np.int16),
    "backed": (0, np.int16),
    "requests": (-1, np.int32),
    "growths": (0, np.int16),
    "searches": (0, np.int16),
    "comings": (0, np.int16),
    "spin_offs": (0, np.int16),
    "followers": (0, np.int16),
    "rent_paid": (0.0, np.float32),
    "wait_next": (-1, np.int32),
    "wait_before": (-1, np.int32),
}


def _expected_entries(catalog: Catalog, years: float) -> int:
    """Rows to keep for firms and prospects to come: the expected number and a little more; more are added if short."""
    total = 0.0
    for industry in catalog.industries:
        trend = catalog.value("entry_trend_per_year", industry)
        per_year = sum(catalog.value(rate, industry) for rate in RATES.values())
        total += per_year * years * math.exp(min(max(trend, 0.0) * years, 5.0))
    return int(min(1.1 * total, 2e6)) + 64


def _by(catalog: Catalog, quantity: str, scopes: list[str]) -> Floats:
    return np.array([catalog.value(quantity, scope) for scope in scopes])


def _zeros(shape: int | tuple[int, ...], dtype: type = np.int64) -> NDArray[Any]:
    return np.zeros(shape, dtype)


def _full(shape: int, fill: Any, dtype: type) -> NDArray[Any]:
    return np.full(shape, fill, dtype)
