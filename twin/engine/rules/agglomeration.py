"""Agglomeration: firms come where their industry is, and where anchors of their chain are."""

from __future__ import annotations

from numba import njit

from twin.engine.arrays import Outbox, State
from twin.engine.rules.linkage import pull_sources


@njit(nogil=True, cache=True)
def agglomerate(state: State, now: float, outbox: Outbox) -> None:
    """Entry is pulled by the industry's jobs, in and around the park: (jobs / jobs at the start)^elasticity.

    The sign and size: Koster et al. 2013; own-industry jobs raise entry by location (Guimaraes, Figueiredo & Woodward
    2003, Review of Economics and Statistics 85(1)).
    """
    industries, base = state.industries, state.conduct.entry_jobs_base[0]
    for industry in range(len(industries.jobs_at_start)):
        grown = (base + jobs_in(state, industry)) / (base + industries.jobs_at_start[industry])
        state.linkage.jobs_factor[industry] = grown ** industries.entry_jobs_elasticity[industry]
    pull_sources(state, now, outbox)


@njit()
def jobs_in(state: State, industry: int) -> int:
    """Persons of an industry at work in the park."""
    jobs = 0
    for building in range(len(state.buildings.tenants)):
        jobs += state.buildings.jobs[building, industry]
    return jobs


@njit()
def remember_jobs(state: State) -> None:
    """Note the jobs at the start, against which later ones are held."""
    for industry in range(len(state.industries.jobs_at_start)):
        state.industries.jobs_at_start[industry] = jobs_in(state, industry)
