"""Following: firms bring others, of their own link of a chain or of one beside it.

Entry excites itself (Hawkes 1971, doi:10.1093/biomet/58.1.83), told as its clusters of leaders and followers (Hawkes &
Oakes 1974, doi:10.2307/3212693): at time t after it entered a firm brings others at the rate n / T exp(-t / T).
"""

from __future__ import annotations

import math

from numba import njit

from twin.engine.arrays import Outbox, State, int64
from twin.engine.clocks import NEVER, set_date
from twin.engine.draws import exponential, uniform
from twin.engine.kinds import Draw, Kind
from twin.engine.rules.linkage import follow_share


@njit()
def expect_follower(state: State, now: float, firm: int, outbox: Outbox) -> None:
    """Set the date at which the next firm follows one, if another does.

    It comes when n (1 - exp(-t / T)), the number expected until t, has grown by an exponential of mean 1.
    """
    firms, mean = state.firms, state.industries.followers_per_firm[state.firms.industry[firm]]
    years, date = state.conduct.follow_years[0], NEVER
    if mean > 0.0:
        nth = int64(firms.followers[firm]) + 1
        part = exponential(state.seed, firms.key[firm], Draw.FOLLOW, nth) / mean
        to_come = math.exp(-(now - firms.entered[firm]) / years) - part
        if to_come > 0.0:
            date = max(now, firms.entered[firm] - years * math.log(to_come))
    set_date(state, firm, Kind.FOLLOW, date, outbox)


@njit()
def node_beside(state: State, node: int, key: int) -> int:
    """The link of a firm that follows one of a link: the same, or one of its suppliers and buyers."""
    chain = state.chain
    if node < 0:
        return node
    share = follow_share(state, node)
    first = chain.near_start[node]
    beside = chain.near_start[node + 1] - first
    u = uniform(state.seed, key, Draw.FOLLOWER_NODE, int64(0))
    if beside == 0 or u >= share:
        return node
    return int64(chain.near[first + min(int(u / share * beside), beside - 1)])
