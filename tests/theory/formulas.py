"""Closed forms of queues, loss systems, populations and choice, each a few lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.integrate import quad

STATES = (
    2000  # where a birth-death chain without an upper end is cut; what lies beyond is below 1e-30 in every case here
)


def erlang_b(slots: int, load: float) -> float:
    """Share of requests blocked by a loss system (Erlang 1917), by B <- a B / (k + a B)."""
    blocked = 1.0
    for k in range(1, slots + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(slots: int, load: float) -> float:
    """Share of requests that wait in M/M/c without end of patience (Erlang 1917)."""
    blocked = erlang_b(slots, load)
    return blocked / (1.0 - load / slots * (1.0 - blocked))


class Waiting(NamedTuple):
    """Steady state of a queue whose customers lose patience."""

    waits: float  #: share of requests that find all slots busy
    queue: float  #: mean number waiting
    abandons: float  #: share of requests that leave unserved
    utilisation: float


def erlang_a(slots: int, arrivals: float, service: float, impatience: float) -> Waiting:
    """M/M/c with exponential patience (Palm 1957; Garnett, Mandelbaum & Reiman 2002, doi:10.1287/msom.4.3.208.7753)."""
    n = np.arange(STATES)
    deaths = service * np.minimum(n, slots) + impatience * np.maximum(n - slots, 0)
    weights = np.concatenate([[0.0], np.cumsum(np.log(arrivals / deaths[1:]))])
    p = np.exp(weights - weights.max())
    p /= p.sum()
    queue = float(np.sum(p * np.maximum(n - slots, 0)))
    busy = float(np.sum(p * np.minimum(n, slots)))
    return Waiting(float(p[slots:].sum()), queue, impatience * queue / arrivals, busy / slots)


class Loss(NamedTuple):
    """Steady state of a resource shared by sizes."""

    blocking: list[float]  #: share of requests refused, by size
    occupied: float  #: mean units taken


def kaufman_roberts(capacity: int, loads: Sequence[float], sizes: Sequence[int]) -> Loss:
    """Units shared by requests of several sizes, j q(j) = sum a b q(j - b).

    Kaufman 1981, doi:10.1109/TCOM.1981.1094894, and Roberts 1981; it holds for any law of the time they stay.
    """
    q = [1.0]
    for j in range(1, capacity + 1):
        q.append(sum(a * b * q[j - b] for a, b in zip(loads, sizes, strict=True) if b <= j) / j)
    total = sum(q)
    blocking = [sum(q[capacity - b + 1 :]) / total for b in sizes]
    return Loss(blocking, sum(j * weight for j, weight in enumerate(q)) / total)


def present(arrivals: float, survival: Callable[[float], float], years: float) -> float:
    """Mean, and variance, of the number present in M/G/inf that began empty: arrivals x the integral of survival."""
    return arrivals * float(quad(survival, 0.0, years, epsabs=1e-10, limit=200)[0])


def immigration_death(arrivals: float, death: float, first: int, years: float) -> tuple[float, float]:
    """Mean and variance of a population: a Poisson number of newcomers, a binomial one of the first (Bartlett 1949)."""
    stays = math.exp(-death * years)
    newcomers = arrivals / death * (1.0 - stays)
    return newcomers + first * stays, newcomers + first * stays * (1.0 - stays)


def competing_exits(hazards: Sequence[float], years: float) -> tuple[list[float], float]:
    """Incidence of each of constant hazards, h / H (1 - exp(-H t)), and who is left (Prentice et al. 1978)."""
    total = sum(hazards)
    left = math.exp(-total * years)
    return [h / total * (1.0 - left) for h in hazards], left


class Stages(NamedTuple):
    """What a chain of stages does with a steady stream of entrants."""

    graduate: float  #: share that passes every stage
    years: float  #: mean stay, whatever the end
    graduate_years: float  #: mean stay of those who pass every stage
    graduate_sd_years: float
    stocks: list[float]  #: by stage
    graduates_per_year: float


def stage_chain(entrants: float, advance: Sequence[float], drop: Sequence[float]) -> Stages:
    """An absorbing chain of stages with constant hazards of advancing and of dropping out (Kemeny & Snell 1960)."""
    reach, stocks, graduate_years, graduate_variance = 1.0, [], 0.0, 0.0
    for up, out in zip(advance, drop, strict=True):
        stay = 1.0 / (up + out)
        stocks.append(entrants * reach * stay)
        graduate_years += stay
        graduate_variance += stay**2
        reach *= up * stay
    return Stages(reach, sum(stocks) / entrants, graduate_years, math.sqrt(graduate_variance), stocks, entrants * reach)


def logit(utilities: Sequence[float]) -> tuple[list[float], float]:
    """Shares of multinomial logit and its logsum (McFadden 1974)."""
    total = sum(math.exp(v) for v in utilities)
    return [math.exp(v) / total for v in utilities], math.log(total)


def expected_entries(rate: Callable[[float], float], years: float) -> float:
    """Mean number of points of a non-homogeneous Poisson process: the integral of its rate."""
    return float(quad(rate, 0.0, years, epsabs=1e-10)[0])


def holders(arrivals: float, departures: float, wins: float, term: int, years: int) -> list[float]:
    """Mean holders of a tier at the end of each year, before the review then, in a park that begins empty.

    Firms come by a Poisson process and stay an exponential time. At the review at the beginning of each year whoever
    holds the tier not wins it with probability `wins`, and holds it for so many years; a term that ends at a review
    ends after it.
    """
    stay = math.exp(-departures)
    won: list[float] = []
    held: list[float] = []
    for year in range(years):
        present = arrivals / departures * -math.expm1(-departures * year)
        still = sum(won[year - n] * stay**n for n in range(1, min(term, year) + 1))
        won.append(wins * (present - still))
        held.append(sum(won[year + 1 - n] * stay**n for n in range(1, min(term, year + 1) + 1)))
    return held
