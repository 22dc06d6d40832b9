"""The park at the first instant, every table an array."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from twin.catalog import Catalog
from twin.engine.arrays import Buildings, Calendar, Firms, Log, State, Tally, Waiting, Watch
from twin.engine.kinds import Kind, Reason
from twin.engine.rules.residence import NOBODY_WAITS
from twin.park import Park
from twin.state.conduct import ages_of, conduct_of, industries_of, stages_of
from twin.state.contracts import contracts_of, coordination_of, honouring_of
from twin.state.filling import full, zeros
from twin.state.firms import award, firms_of
from twin.state.floor import buildings_of, choice_of, markets_of, revitalisation_rules
from twin.state.index import Index, build_index
from twin.state.kept import Kept
from twin.state.linkage import linkage_of
from twin.state.money import ladder_of, money_of, purse_of
from twin.state.people import people_of
from twin.state.scenes import challenges_of, events_of, helps_of, no_awards, scenes_of
from twin.state.services import facilities_of, funds_of, no_requests, services_of
from twin.state.sources import chain_of, expected_entries, recruitment_of, sources_of
from twin.units import Quarter

#: A NamedTuple of arrays.
Group = TypeVar("Group", bound=tuple[Any, ...])


def build_state(
    park: Park,
    catalog: Catalog,
    *,
    start: Quarter,
    years: float,
    seed: int,
    grid_years: float = 0.0,
    log: bool = True,
    kept: Kept | None = None,
) -> State:
    """The park at the first instant, under the luck of replication 0.

    `kept` are parts of it that were made before, for the same park, start and years; they are shared, so that the state
    is not written to but copied.
    """
    part = (kept or Kept()).part
    index = build_index(park, catalog)
    as_built = part("buildings", catalog, lambda catalog: buildings_of(park, catalog, start))
    buildings, firms = part(
        "firms", catalog, lambda catalog: _moved_in(park, catalog, index, as_built, start, years), as_built
    )
    facilities = part("facilities", catalog, lambda catalog: facilities_of(park, catalog, index, start))
    i, g, c = len(index.industries), len(index.stages), len(index.cells)
    sources = sources_of(catalog)
    actors = len(sources.key) + len(firms.key)
    log_rows = 65_536 + 16 * int(firms.used[0]) if log else 0
    return State(
        seed=seed,
        grid_years=grid_years,
        sources=sources,
        industries=industries_of(catalog),
        stages=stages_of(catalog),
        chain=chain_of(catalog),
        ages=ages_of(catalog),
        conduct=conduct_of(catalog),
        buildings=buildings,
        revitalisation=revitalisation_rules(catalog, start),
        markets=markets_of(catalog, areas=int(buildings.area.max(initial=0)) + 1),
        choice=choice_of(park, catalog, index, buildings),
        services=services_of(park, catalog, index, facilities),
        funds=funds_of(catalog),
        facilities=facilities,
        requests=no_requests(64 + 2 * len(index.services) + int(firms.used[0])),
        ladder=ladder_of(catalog, start),
        money=money_of(catalog),
        purse=purse_of(catalog, buildings=len(buildings.stock_m2), sources=len(sources.key)),
        recruitment=recruitment_of(catalog, sources),
        waiting=Waiting(
            length=zeros(1),
            head=full(i * g, -1, np.int32),
            tail=full(i * g, -1, np.int32),
            least_m2=np.full(i * g, NOBODY_WAITS),
            next_up=full(i * g, -1, np.int32),
        ),
        firms=firms,
        calendar=Calendar(
            heap=zeros(actors, np.int32),
            time=np.zeros(actors),
            kind=zeros(actors, np.int8),
            place=full(actors, -1, np.int32),
            size=zeros(1),
        ),
        tally=Tally(
            zeros((len(Kind), c, i, g), np.int32),
            zeros((i, g), np.int32),
            zeros((len(index.failures), i, g), np.int32),
            zeros((len(Reason), i), np.int32),
            zeros((len(Reason), i)),
        ),
        log=Log(
            zeros(1),
            np.zeros(log_rows),
            zeros(log_rows, np.int8),
            zeros(log_rows, np.int32),
            zeros(log_rows, np.int32),
            zeros(log_rows, np.int8),
            np.zeros(log_rows),
        ),
        watch=Watch(
            np.zeros(len(Kind), np.bool_),
            zeros(1),
            zeros(4096, np.int8),
            zeros(4096, np.int32),
            zeros(4096, np.int32),
            np.zeros(4096),
        ),
        linkage=linkage_of(catalog, firms),
        scenes=scenes_of(catalog),
        challenges=challenges_of(catalog),
        events=events_of(catalog, sources),
        helps=helps_of(catalog),
        awards=no_awards(8192),
        people=part("people", catalog, lambda catalog: people_of(park, catalog, start)),
        contracts=part("contracts", catalog, lambda catalog: contracts_of(park, catalog, start)),
        honouring=honouring_of(catalog),
        coordination=part("coordination", catalog, lambda catalog: coordination_of(park, catalog, start)),
    )


def _moved_in(
    park: Park, catalog: Catalog, index: Index, as_built: Buildings, start: Quarter, years: float
) -> tuple[Buildings, Firms]:
    """The buildings with the stock of firms in them, and the firms with their tiers and room for those to come."""
    buildings = own_arrays(as_built)
    firms = firms_of(park, index, buildings, start, spare=expected_entries(catalog, years))
    award(firms, park, catalog, start)
    return buildings, firms


def copy_of(state: State, *, replication: int) -> State:
    """A park in motion with arrays of its own. Seed and replication together are the key of every draw."""
    copied: dict[str, Any] = {
        name: own_arrays(group) for name, group in state._asdict().items() if isinstance(group, tuple)
    }
    return state._replace(seed=(replication << 32) + (state.seed & 0xFFFFFFFF), **copied)


def own_arrays(group: Group) -> Group:
    """The same with copies of all its arrays."""
    return type(group)(*(array.copy() for array in group))
