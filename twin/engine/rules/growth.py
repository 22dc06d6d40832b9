"""Growth of staff and floor, and the step to the next stage."""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import forget_help, hazards, rescale, set_date
from twin.engine.draws import laplace
from twin.engine.kinds import Draw, Kind, Status
from twin.engine.note import note
from twin.engine.rules.funds import pay_back
from twin.engine.rules.linkage import spillover
from twin.engine.rules.money import adapt_rd_share
from twin.engine.rules.residence import resize
from twin.engine.rules.services import withdraw
from twin.engine.rules.stages import begin_stage

REFERENCE_STAFF = 20.0  # the size at which the spread of growth is stated
MOST_STAFF = 1e7  # no firm has more, whatever growth a scenario supposes


@njit()
def grow(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm grows by its year's log growth, and takes or gives back floor."""
    firms = state.firms
    before = hazards(state, firm)
    firms.growths[firm] += 1
    luck = laplace(state.seed, firms.key[firm], Draw.GROWTH, int64(firms.growths[firm]))
    growth = slowed(state, firm, growth_of(state, firm, now - firms.founded[firm], luck))
    set_size(state, firm, max(firms.size[firm] * math.exp(growth), 1.0))
    firms.grew_fast[firm] = growth > state.conduct.fast_growth[0]
    set_date(state, firm, Kind.GROW, now + 1.0, outbox)
    note(state, now, Kind.GROW, firm, int64(firms.building[firm]), float(firms.staff[firm]))
    rescale(state, now, firm, before, outbox)
    resize(state, now, firm, outbox)


@njit()
def growth_of(state: State, firm: int, age: float, luck: float) -> float:
    """A year's log growth at an age in years: Laplace, with a spread that falls with size; an anchor's is the mean.

    What spills over from anchors is added, against the start.
    Bottazzi & Secchi 2006, doi:10.1111/j.1756-2171.2006.tb00014.x; the fall with size: Riccaboni et al. 2008.
    """
    firms, conduct = state.firms, state.conduct
    growth = state.industries.growth_mean[firms.industry[firm]]
    if not firms.anchor[firm]:
        scale = conduct.growth_scale[0] * (firms.size[firm] / REFERENCE_STAFF) ** conduct.growth_size_exponent[0]
        growth += -conduct.growth_ageing_per_year[0] * age
        growth += scale * luck
        growth += spillover(state, firm)
    return float(growth)


@njit()
def slowed(state: State, firm: int, growth: float) -> float:
    """A year's log growth where its industry's talent is short: what is above zero, times a factor."""
    if growth > 0.0:
        return float(growth * state.people.growth_factor[state.firms.industry[firm]])
    return growth


@njit()
def set_size(state: State, firm: int, size: float) -> None:
    """Give a firm another size; the jobs of its building follow."""
    firms, size = state.firms, min(size, MOST_STAFF)
    staff = int(math.floor(size + 0.5))
    if firms.status[firm] == Status.RESIDENT:
        state.buildings.jobs[firms.building[firm], firms.industry[firm]] += staff - firms.staff[firm]
    before = firms.size[firm]
    firms.size[firm] = size
    firms.staff[firm] = staff
    adapt_rd_share(state, firm, before, int64(firms.stage[firm]))


@njit()
def advance(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """A firm reaches the next stage; what it needs, risks and asks for changes with it.

    It keeps its places at services of that stage; those that backed it are paid back when it is the last.
    """
    stages, next_stage = state.stages, int64(state.firms.stage[firm]) + 1
    note(state, now, Kind.ADVANCE, firm, int64(state.firms.building[firm]), 0.0)
    before = hazards(state, firm)
    withdraw(state, now, firm, int64(stages.services[next_stage]), outbox)
    state.firms.stage[firm] = next_stage
    forget_help(state, firm)
    adapt_rd_share(state, firm, state.firms.size[firm], next_stage - 1)
    if next_stage == len(stages.services) - 1:
        pay_back(state, firm)
    rescale(state, now, firm, before, outbox)
    begin_stage(state, now, firm, outbox)
    resize(state, now, firm, outbox)
