"""A slice of a record as arrays: what every indicator is a function of. Slicing is done here, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.chains.graph import ALL, central_of
from twin.errors import Fault, ManifestError
from twin.record import Record
from twin.units import Quarter

Floats = NDArray[np.float64]

#: The zone whose figures are the park's.
PARK = "park"

#: For so long a building counts as new.
YOUNG_QUARTERS = 8

GROUP_AXES = ("quarter", "cell", "industry", "stage")


class Readings(NamedTuple):
    """How the park's documents are read where they leave it open."""

    feature: Floats  #: (I,) 1 for the feature industries, else 0
    everyone: bool  #: whether firms that are only registered in the park count among its firms
    tier_park_share: float  #: the park's share of the firms that published counts of tiers are of


@dataclass(frozen=True)
class Figures:
    """One place, or the park, quarter by quarter."""

    quarters: list[str]
    industries: list[str]
    stages: list[str]
    services: list[str]
    funds: list[str]  #: those of the services that are funds
    causes: list[str]  #: of failure
    reasons: list[str]
    tiers: list[str]
    items: list[str]
    area_km2: Floats  #: (Q,) of the zone in force
    groups: Mapping[str, Floats]  #: column of Record.groups: (Q, I, G)
    floor: Mapping[str, Floats]  #: column of Record.buildings: (Q,) sums over the place's buildings
    served: Mapping[str, Floats]  #: column of Record.services: (Q, V), of the park as a whole
    began: Floats  #: (Q, G) firms that began the stage, of the park as a whole
    failed: Floats  #: (Q, U, G) firms that failed, by cause, of the park as a whole
    unmet: Mapping[str, Floats]  #: column of Record.unmet: (Q, R, I), of the park as a whole
    holders: Floats  #: (Q, L, I) firms that hold a tier
    reviews: Mapping[str, Floats]  #: column of Record.reviews: (Q, L), of the park as a whole
    purse: Floats  #: (Q, N) CNY spent, of the park as a whole
    have_ordered: Floats  #: (Q, G) firms that have had an order of a scene, of the park as a whole
    scenes: list[str]
    called: Mapping[str, Floats]  #: column of Record.scenes: (Q, D), of the park as a whole
    bounds: list[str]  #: of performance agreements
    reviewed: Mapping[str, Floats]  #: column of Record.bounds: (Q, H), of the park as a whole
    challenges: Mapping[str, Floats]  #: column of Record.challenges: (Q, X), of the park as a whole
    fairs: Mapping[str, Floats]  #: column of Record.fairs: (Q, I), of the park as a whole
    waiting: Floats  #: (Q, I) firms without room at the quarter's end, of the park as a whole
    chains: list[str]  #: industries whose chain is told, and `all`
    chain_of_node: NDArray[np.str_]  #: (X,) of each link
    central: NDArray[np.bool_]  #: (X,) whether a link has more than the mean betweenness of its chain
    node_weights: Floats  #: (X,) in its chain
    links: NDArray[np.int64]  #: (L, 2) supplier and buyer
    nodes: Mapping[str, Floats]  #: column of Record.nodes: (Q, X), of the park as a whole
    skills: list[str]
    people: Mapping[str, Floats]  #: column of Record.people: (Q, J), of the park as a whole
    housing: Mapping[str, Floats]  #: column of Record.housing: (Q, O), of the park as a whole
    contracts: Mapping[str, Floats]  #: column of Record.contracts: (Q, I), of the park as a whole
    claims: Mapping[str, Floats]  #: column of Record.claims: (Q, I), of the park as a whole
    readings: Readings
    park: Figures | None  #: what a place is compared with; None for the park itself

    @property
    def failures(self) -> list[str]:
        """Every cause of failure at every stage."""
        return [f"{cause}/{stage}" for cause in self.causes for stage in self.stages]

    def of_funds(self, column: str) -> Floats:
        """(Q, funds): a column of the services, of the funds among them."""
        return self.served[column][:, [self.services.index(fund) for fund in self.funds]]

    def of_contracts(self, column: str) -> Floats:
        """(Q,): a column of the performance agreements, summed over industries."""
        return self.contracts[column].sum(axis=1)

    def of_claims(self, column: str) -> Floats:
        """(Q,): a column of the applications for payments, summed over industries."""
        return self.claims[column].sum(axis=1)

    def firms(self, column: str = "resident_firms") -> Floats:
        """(Q,): a column of the groups, summed over industries and stages."""
        return self.groups[column].sum(axis=(1, 2))

    def by_industry(self, column: str) -> Floats:
        """(Q, I): a column of the groups by industry."""
        return self.groups[column].sum(axis=2)

    def by_stage(self, column: str) -> Floats:
        """(Q, G): a column of the groups by stage."""
        return self.groups[column].sum(axis=1)


def slices(record: Record, by: str) -> Iterator[tuple[str, Figures]]:
    """The slices of a record: the `park` as a whole, each `zone` with a boundary in it, or each `industry`.

    A zone counts the buildings that lie in it under the boundary of each quarter. Firms without a building belong to
    the park, where they are registered, and to no zone.
    """
    whole = _common(record)
    boundaries = _boundaries(record)
    groups = _with_struck_off(_cube(record, "groups", GROUP_AXES))
    floor = _floor_by_cell(record)
    holders = _cube(record, "tiers", ("quarter", "tier", "cell", "industry"))["firms"]
    park = _within(whole, groups, floor, holders, *boundaries[PARK])
    if by == "park":
        yield PARK, park
    elif by == "zone":
        for zone, (inside, area_km2) in boundaries.items():
            if zone != PARK:
                yield zone, replace(_within(whole, groups, floor, holders, inside, area_km2), park=park)
    elif by == "industry":
        for n, industry in enumerate(park.industries):
            only = np.zeros(len(park.industries))
            only[n] = 1.0
            part = Worked({name: partial(np.multiply, park.groups[name], only[None, :, None]) for name in park.groups})
            # no building is of one industry: of its floor only what its firms let is known
            let = {"let_m2": part["floor_m2"].sum(axis=(1, 2))}
            yield industry, replace(park, groups=part, floor=let, holders=park.holders * only, park=park)
    else:
        raise ValueError(f"by={by!r}; it is 'park', 'zone' or 'industry'")


def _with_struck_off(groups: Mapping[str, Floats]) -> Mapping[str, Floats]:
    """The groups with `struck_off`: dormant firms that were, which the record counts among those closed.

    Dormant firms have no building, and so stand in the last cell: what fell dormant anywhere and is not there any more.
    """

    def struck_off() -> Floats:
        dormant, slept = groups["dormant_firms"], groups["fell_dormant"].sum(axis=1)
        struck = np.zeros_like(dormant)
        struck[:, -1] = slept - np.diff(dormant[:, -1], axis=0, prepend=0.0)
        return struck

    return Worked({**{name: partial(groups.__getitem__, name) for name in groups}, "struck_off": struck_off})


class Worked(Mapping[str, Floats]):
    """Columns that are worked out when they are first asked for: most indicators want few of them."""

    def __init__(self, columns: Mapping[str, Callable[[], Floats]]) -> None:
        self._columns = columns
        self._done: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        """The column of a name."""
        if name not in self._done:
            self._done[name] = self._columns[name]()
        return self._done[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._columns)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._columns)


def _common(record: Record) -> Figures:
    """What every slice of a record shares; its own figures are still to come."""
    ids = partial(_ids, record)
    services, industries = ids("services", "service"), ids("groups", "industry")
    by_link = _chains(record)
    stages = _cube(record, "stages", ("quarter", "industry", "stage"))
    tickets = record.column("services", "tickets").reshape(-1, len(services))
    return Figures(
        quarters=ids("groups", "quarter"),
        industries=industries,
        stages=ids("groups", "stage"),
        services=services,
        reasons=ids("unmet", "reason"),
        funds=[services[n] for n in np.flatnonzero((tickets >= 0).any(axis=0))],
        causes=ids("failures", "cause"),
        began=stages["began"].sum(axis=1),
        have_ordered=stages["have_ordered"].sum(axis=1),
        scenes=ids("scenes", "scene"),
        called=_cube(record, "scenes", ("quarter", "scene")),
        bounds=ids("bounds", "bound"),
        reviewed=_cube(record, "bounds", ("quarter", "bound")),
        challenges=_cube(record, "challenges", ("quarter", "chain_node")),
        fairs=_cube(record, "fairs", ("quarter", "industry")),
        failed=_cube(record, "failures", ("quarter", "cause", "industry", "stage"))["firms"].sum(axis=2),
        tiers=ids("reviews", "tier"),
        items=ids("purse", "item"),
        area_km2=np.zeros(0),
        groups={},
        floor={},
        served=_cube(record, "services", ("quarter", "service")),
        unmet=_cube(record, "unmet", ("quarter", "reason", "industry")),
        holders=np.zeros(0),
        reviews=_cube(record, "reviews", ("quarter", "tier")),
        purse=_cube(record, "purse", ("quarter", "item"))["cny"],
        waiting=_cube(record, "waiting", ("quarter", "industry"))["firms"],
        chains=by_link.chains,
        chain_of_node=by_link.of_node,
        central=by_link.central,
        node_weights=record.column("nodes", "weight")[: len(by_link.of_node)].astype(np.float64),
        links=by_link.links,
        nodes=_cube(record, "nodes", ("quarter", "chain_node"), told=("industry",)),
        skills=ids("people", "skill"),
        people=_cube(record, "people", ("quarter", "skill")),
        housing=_cube(record, "housing", ("quarter", "place")),
        contracts=_cube(record, "contracts", ("quarter", "industry")),
        claims=_cube(record, "claims", ("quarter", "industry")),
        readings=_readings(record, industries),
        park=None,
    )


def _ids(record: Record, table: str, column: str) -> list[str]:
    """The ids that a column may have, in their order."""
    found: list[str] = record.column(table, column).categories.tolist()
    return found


def _readings(record: Record, industries: list[str]) -> Readings:
    """The readings that a record's manifest names. Raises ManifestError where it names none."""
    told = record.manifest.get("readings")
    if told is None:
        raise ManifestError([Fault("manifest", "no readings of the documents", "a run of this version of twin")])
    feature = np.isin(industries, told["feature_industries"]).astype(np.float64)
    return Readings(feature, told["firms"] == "all", told["tier_park_share"])


def _within(
    whole: Figures,
    groups: Mapping[str, Floats],
    floor: Mapping[str, Floats],
    holders: Floats,
    inside: Floats,
    area_km2: Floats,
) -> Figures:
    """The figures of the cells that are `inside`, (Q, C), in each quarter."""
    return replace(
        whole,
        area_km2=area_km2,
        groups=Worked({name: partial(_groups_inside, groups, name, inside) for name in groups}),
        floor=Worked({name: partial(_floor_inside, floor, name, inside) for name in floor}),
        holders=np.einsum("qlci,qc->qli", holders, inside),
    )


def _groups_inside(groups: Mapping[str, Floats], name: str, inside: Floats) -> Floats:
    """(Q, I, G): a column of the groups, summed over the cells that are inside."""
    return np.asarray(np.einsum("qcis,qc->qis", groups[name], inside))


def _floor_inside(floor: Mapping[str, Floats], name: str, inside: Floats) -> Floats:
    """(Q,): a column of the floor, summed over the cells that are inside."""
    return np.asarray((floor[name] * inside).sum(axis=1))


#: What the record counts of buildings and is summed as it is.
SUMMED = (
    *("stock_m2", "let_m2", "offline_m2", "held_m2", "kept_m2", "hosted", "works_m2", "renovated_m2"),
    *("relet_m2", "ended_m2_years"),
)


def _floor_by_cell(record: Record) -> Mapping[str, Floats]:
    """(Q, C): sums over the buildings of each cell.

    Beside what the record counts: `asked_cny_day`, let floor at asking rents; of buildings opened no more than two
    years ago `young_stock_m2` and `young_let_m2`; where some industry leads `led_let_m2`; and of low-efficiency stock
    `low_efficiency_buildings` and `low_efficiency_m2`.
    """
    told = ("cell", "leading_industry", "finding")
    cubes = _cube(record, "buildings", ("quarter", "building_id"), told=told)
    shape = quarters, _ = cubes["stock_m2"].shape
    cells = len(record.column("groups", "cell").categories)
    cell = record.column("buildings", "cell").codes.reshape(shape)[0]
    place = (np.arange(quarters)[:, None] * cells + cell).reshape(-1)  # of each row among quarters x cells

    def summed(values: Callable[[], Floats]) -> Floats:
        total: Floats = np.bincount(place, values().reshape(-1), quarters * cells).astype(np.float64, copy=False)
        return total.reshape(quarters, cells)

    def low() -> Floats:
        finding = record.column("buildings", "finding")
        is_low = np.array([*(name != "none" for name in finding.categories), True], np.float64)
        return np.asarray(is_low[finding.codes]).reshape(shape)

    def young(column: str) -> Floats:
        stock = cubes["stock_m2"]
        before = stock[np.maximum(np.arange(quarters) - YOUNG_QUARTERS, 0)]
        return np.where(before == 0, cubes[column], 0.0)

    def led() -> Floats:
        leads = record.column("buildings", "leading_industry").codes.reshape(shape) >= 0
        return np.where(leads, cubes["let_m2"], 0.0)

    values: dict[str, Callable[[], Floats]] = {
        **{name: partial(cubes.__getitem__, name) for name in SUMMED},
        "low_efficiency_buildings": low,
        "low_efficiency_m2": lambda: low() * cubes["stock_m2"],
        "asked_cny_day": lambda: cubes["let_m2"] * cubes["rent_cny_m2_day"],
        "young_stock_m2": partial(young, "stock_m2"),
        "young_let_m2": partial(young, "let_m2"),
        "led_let_m2": led,
    }
    return Worked({name: partial(summed, of) for name, of in values.items()})


def _boundaries(record: Record) -> Mapping[str, tuple[Floats, Floats]]:
    """For each zone (Q, C) which cells it has in each quarter, (Q,) its area in km²; the park always among them.

    A park without a boundary has every cell; and every park has the cell of firms without a building.
    """
    columns = ("zone_id", "version", "valid_from", "valid_to", "area_km2", "cell")
    rows = tuple(zip(*(record.zones[column].tolist() for column in columns), strict=True))
    return _drawn(rows, tuple(_ids(record, "groups", "cell")), tuple(_ids(record, "groups", "quarter")))


@lru_cache(maxsize=16)
def _drawn(
    rows: tuple[tuple[str, int, str, str, float, str], ...], names: tuple[str, ...], told: tuple[str, ...]
) -> Mapping[str, tuple[Floats, Floats]]:
    """The boundaries of zones told by row, in cells and quarters by name; the same for all runs of a scenario."""
    cells = {cell: n for n, cell in enumerate(names)}
    quarters = np.array([Quarter.parse(q).ordinal for q in told])
    found: dict[str, tuple[Floats, Floats]] = {}
    measured: set[tuple[str, int]] = set()  # a version stands in a row for each of its cells, its area counts once
    for zone, version, first, last, km2, cell in rows:
        inside, area = found.setdefault(zone, (np.zeros((len(quarters), len(cells))), np.zeros(len(quarters))))
        valid = np.ones(len(quarters), np.bool_)
        if first:
            valid &= quarters >= Quarter.parse(first).ordinal
        if last:
            valid &= quarters < Quarter.parse(last).ordinal
        if (zone, version) not in measured:
            measured.add((zone, version))
            area[valid] += km2
        if cell:
            inside[valid, cells[cell]] = 1.0
    if PARK not in found:
        found[PARK] = np.ones((len(quarters), len(cells))), np.full(len(quarters), np.nan)
    found[PARK][0][:, -1] = 1.0
    for inside, area in found.values():
        inside.flags.writeable = area.flags.writeable = False
    return MappingProxyType(found)


def _cube(record: Record, table: str, axes: tuple[str, ...], told: tuple[str, ...] = ()) -> Mapping[str, Floats]:
    """The value columns of a dense tidy table, all but `told`, as arrays with an axis for each id column."""
    shape = [len(record.column(table, axis).categories) for axis in axes]

    def cube(name: str) -> Floats:
        return np.asarray(record.column(table, name), dtype=np.float64).reshape(shape)

    return Worked({name: partial(cube, name) for name in record.column_names(table) if name not in (*axes, *told)})


class _Chains(NamedTuple):
    """The links of the chains, told once for all runs of a scenario."""

    chains: list[str]
    of_node: NDArray[np.str_]
    central: NDArray[np.bool_]
    links: NDArray[np.int64]


def _chains(record: Record) -> _Chains:
    nodes, industry = (record.column("nodes", name) for name in ("chain_node", "industry"))
    ends = [record.column("links", end) for end in ("supplier", "buyer")]
    of_node = industry.codes[: len(nodes.categories)].tolist()
    links = zip(*(end.codes.tolist() for end in ends), strict=True)
    return _joined(tuple(nodes.categories.tolist()), tuple(industry.categories.tolist()), tuple(of_node), tuple(links))


@lru_cache(maxsize=16)
def _joined(
    nodes: tuple[str, ...], industries: tuple[str, ...], of_node: tuple[int, ...], links: tuple[tuple[int, int], ...]
) -> _Chains:
    """The links of the chains, by their names, the industry of each, and who supplies whom, by number."""
    chains = list(dict.fromkeys(of_node))
    members = tuple(tuple(node for node, of in zip(nodes, of_node, strict=True) if of == chain) for chain in chains)
    found = central_of(members, tuple((nodes[supplier], nodes[buyer]) for supplier, buyer in links))
    return _Chains(
        [*(industries[chain] for chain in chains), ALL],
        np.array([industries[chain] for chain in of_node], dtype=str),
        np.array([node in found for node in nodes], np.bool_),
        np.array(links, np.int64).reshape(-1, 2),
    )
