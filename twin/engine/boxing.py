"""The state as compiled code sees it: the same arrays behind one pointer.

A compiled function receives a NamedTuple of 150 arrays as a thousand separate values, at every call: ten times slower
to run and minutes to compile. So each NamedTuple of `arrays` has a twin here, a numba structure with the same fields,
through which rules read and write the very same arrays. Where compilation is off, the NamedTuple itself is passed.
"""

from __future__ import annotations

from typing import Any

from numba import njit, types
from numba.experimental import structref

from twin.engine import arrays, settings

kinds_of: Any = types  # numba's types and structures are untyped
structures: Any = structref

#: Innermost first: a structure is defined before those that hold it.
GROUPS = (
    arrays.Sources,
    arrays.Industries,
    arrays.Stages,
    arrays.Chain,
    arrays.Ages,
    arrays.Conduct,
    arrays.Buildings,
    arrays.Revitalisation,
    arrays.Markets,
    arrays.Choice,
    arrays.Services,
    arrays.Funds,
    arrays.Facilities,
    arrays.Requests,
    arrays.Ladder,
    arrays.Money,
    arrays.Purse,
    arrays.Recruitment,
    arrays.Waiting,
    arrays.Firms,
    arrays.Calendar,
    arrays.Tally,
    arrays.Log,
    arrays.Watch,
    arrays.Panel,
    arrays.Outbox,
    arrays.State,
)


def _define(group: Any) -> Any:
    """A numba structure with a NamedTuple's fields, its classes put where pickling, and so the cache, finds them."""

    def preprocess_fields(_: Any, fields: Any) -> Any:
        return tuple((name, kinds_of.unliteral(kind)) for name, kind in fields)

    name = group.__name__
    kind = type(f"{name}Type", (kinds_of.StructRef,), {"__module__": __name__, "preprocess_fields": preprocess_fields})
    proxy = type(f"{name}Ref", (structures.StructRefProxy,), {"__module__": __name__})
    globals()[kind.__name__], globals()[proxy.__name__] = kind, proxy
    structures.register(kind)
    structures.define_proxy(proxy, kind, list(group._fields))
    return proxy


if not settings.DISABLE_JIT:
    (
        SourcesRef,
        IndustriesRef,
        StagesRef,
        ChainRef,
        AgesRef,
        ConductRef,
        BuildingsRef,
        RevitalisationRef,
        MarketsRef,
        ChoiceRef,
        ServicesRef,
        FundsRef,
        FacilitiesRef,
        RequestsRef,
        LadderRef,
        MoneyRef,
        PurseRef,
        RecruitmentRef,
        WaitingRef,
        FirmsRef,
        CalendarRef,
        TallyRef,
        LogRef,
        WatchRef,
        PanelRef,
        OutboxRef,
        StateRef,
    ) = (_define(group) for group in GROUPS)


def boxed(group: Any) -> Any:
    """A State, Panel or Outbox as rules are to be given it."""
    if settings.DISABLE_JIT:
        return group
    if isinstance(group, arrays.State):
        return _box_state(
            group.seed,
            group.grid_years,
            _box_sources(group.sources),
            _box_industries(group.industries),
            _box_stages(group.stages),
            _box_chain(group.chain),
            _box_ages(group.ages),
            _box_conduct(group.conduct),
            _box_buildings(group.buildings),
            _box_revitalisation(group.revitalisation),
            _box_markets(group.markets),
            _box_choice(group.choice),
            _box_services(group.services),
            _box_funds(group.funds),
            _box_facilities(group.facilities),
            _box_requests(group.requests),
            _box_ladder(group.ladder),
            _box_money(group.money),
            _box_purse(group.purse),
            _box_recruitment(group.recruitment),
            _box_waiting(group.waiting),
            _box_firms(group.firms),
            _box_calendar(group.calendar),
            _box_tally(group.tally),
            _box_log(group.log),
            _box_watch(group.watch),
        )
    return _box_panel(group) if isinstance(group, arrays.Panel) else _box_outbox(group)


@njit(cache=True)
def _box_sources(group: arrays.Sources) -> Any:
    return SourcesRef(*group)


@njit(cache=True)
def _box_industries(group: arrays.Industries) -> Any:
    return IndustriesRef(*group)


@njit(cache=True)
def _box_stages(group: arrays.Stages) -> Any:
    return StagesRef(*group)


@njit(cache=True)
def _box_chain(group: arrays.Chain) -> Any:
    return ChainRef(*group)


@njit(cache=True)
def _box_ages(group: arrays.Ages) -> Any:
    return AgesRef(*group)


@njit(cache=True)
def _box_conduct(group: arrays.Conduct) -> Any:
    return ConductRef(*group)


@njit(cache=True)
def _box_buildings(group: arrays.Buildings) -> Any:
    return BuildingsRef(*group)


@njit(cache=True)
def _box_revitalisation(group: arrays.Revitalisation) -> Any:
    return RevitalisationRef(*group)


@njit(cache=True)
def _box_markets(group: arrays.Markets) -> Any:
    return MarketsRef(*group)


@njit(cache=True)
def _box_choice(group: arrays.Choice) -> Any:
    return ChoiceRef(*group)


@njit(cache=True)
def _box_services(group: arrays.Services) -> Any:
    return ServicesRef(*group)


@njit(cache=True)
def _box_funds(group: arrays.Funds) -> Any:
    return FundsRef(*group)


@njit(cache=True)
def _box_facilities(group: arrays.Facilities) -> Any:
    return FacilitiesRef(*group)


@njit(cache=True)
def _box_requests(group: arrays.Requests) -> Any:
    return RequestsRef(*group)


@njit(cache=True)
def _box_ladder(group: arrays.Ladder) -> Any:
    return LadderRef(*group)


@njit(cache=True)
def _box_money(group: arrays.Money) -> Any:
    return MoneyRef(*group)


@njit(cache=True)
def _box_purse(group: arrays.Purse) -> Any:
    return PurseRef(*group)


@njit(cache=True)
def _box_recruitment(group: arrays.Recruitment) -> Any:
    return RecruitmentRef(*group)


@njit(cache=True)
def _box_waiting(group: arrays.Waiting) -> Any:
    return WaitingRef(*group)


@njit(cache=True)
def _box_firms(group: arrays.Firms) -> Any:
    return FirmsRef(*group)


@njit(cache=True)
def _box_calendar(group: arrays.Calendar) -> Any:
    return CalendarRef(*group)


@njit(cache=True)
def _box_tally(group: arrays.Tally) -> Any:
    return TallyRef(*group)


@njit(cache=True)
def _box_log(group: arrays.Log) -> Any:
    return LogRef(*group)


@njit(cache=True)
def _box_watch(group: arrays.Watch) -> Any:
    return WatchRef(*group)


@njit(cache=True)
def _box_panel(group: arrays.Panel) -> Any:
    return PanelRef(*group)


@njit(cache=True)
def _box_outbox(group: arrays.Outbox) -> Any:
    return OutboxRef(*group)


@njit(cache=True)
def _box_state(seed: int, grid_years: float, *groups: Any) -> Any:
    return StateRef(seed, grid_years, *groups)
