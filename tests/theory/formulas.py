"""Closed forms of queues, loss systems, populations and choice, each a few lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

Floats = NDArray[np.float64]

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


def pollaczek_khinchine(load: float, service: float, scv: float) -> float:
    """Mean wait in M/G/1, by the squared coefficient of variation of the service (Pollaczek 1930, Khinchine 1932)."""
    return load / (1.0 - load) * service * (1.0 + scv) / 2.0


def cobham(prior: float, other: float, service: float) -> tuple[float, float]:
    """Mean waits of two classes at one slot, the first before the second, none interrupted, service exponential.

    Cobham 1954, doi:10.1287/opre.2.1.70; `prior` and `other` are arrivals, `service` the rate of service.
    """
    load, load_prior = (prior + other) / service, prior / service
    rest = load / service  # what is left of the service under way, on average: arrivals x E[S^2] / 2
    return rest / (1.0 - load_prior), rest / ((1.0 - load_prior) * (1.0 - load))


def weibull_scv(shape: float) -> float:
    """Squared coefficient of variation of a Weibull law, 0 for a constant."""
    return math.gamma(1.0 + 2.0 / shape) / math.gamma(1.0 + 1.0 / shape) ** 2 - 1.0


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


def immigration_birth_death(arrivals: float, birth: float, death: float, lag: float) -> tuple[float, float, float]:
    """Stationary mean and variance of a population with births, and its autocorrelation at a lag (Kendall 1949).

    A negative binomial number of size arrivals / birth and odds birth / death.
    """
    mean = arrivals / (death - birth)
    return mean, mean / (1.0 - birth / death), math.exp(-(death - birth) * lag)


def birth_death(birth: float, death: float, years: float) -> tuple[float, float, float]:
    """Mean and variance of a family of one head, and the chance that it is gone, or, without deaths, still alone.

    Kendall 1948, doi:10.1214/aoms/1177730285; without deaths the process of Yule 1925.
    """
    growth = math.exp((birth - death) * years)
    variance = (birth + death) / (birth - death) * growth * (growth - 1.0)
    gone = death * (growth - 1.0) / (birth * growth - death)
    return growth, variance, gone if death else math.exp(-birth * years)


def extinct_by(mean: float, generation: int) -> float:
    """The chance that a family with Poisson numbers of children ends by a generation (Galton & Watson 1875)."""
    gone = 0.0
    for _ in range(generation):
        gone = math.exp(mean * (gone - 1.0))
    return gone


def competing_laws(
    hazards: Sequence[Callable[[float], float]], survival: Callable[[float], float], years: float
) -> list[float]:
    """Incidence of each of several hazards of age that compete, the integral of hazard x survival of all."""
    return [
        float(quad(lambda t, h=hazard: h(t) * survival(t), 0.0, years, epsabs=1e-10, limit=200)[0])
        for hazard in hazards
    ]


def double_pareto(mean: float, sigma: float, death: float) -> tuple[float, float]:
    """Upper and lower exponents of sizes that follow a geometric Brownian motion until an exponential time.

    The roots of sigma^2 a^2 / 2 + (mean - sigma^2 / 2) a = death (Reed 2001, doi:10.1016/S0165-1765(01)00524-9).
    """
    drift = mean - sigma**2 / 2.0
    root = math.sqrt(drift**2 + 2.0 * sigma**2 * death)
    return (root - drift) / sigma**2, (root + drift) / sigma**2


def double_pareto_in_steps(drift: float, scale: float, death: float) -> tuple[float, float]:
    """The same where log size goes on by yearly Laplace steps: exp(drift a) / (1 - scale^2 a^2) = exp(death)."""

    def excess(a: float) -> float:
        return drift * a - math.log1p(-((scale * a) ** 2)) - death

    top = (1.0 - 1e-12) / scale
    return float(brentq(excess, 1e-9, top)), -float(brentq(excess, -top, -1e-9))


def rent_after(years: float, first: float, response: float, structural: float, let: Callable[[float], float]) -> float:
    """Rent after some years of d ln R / dt = -k (1 - let share(R) - v*) (Rosen & Smith 1983)."""

    def change(_: float, log_rent: Floats) -> Floats:
        return np.array([-response * (1.0 - let(math.exp(log_rent[0])) - structural)])

    solved = solve_ivp(change, (0.0, years), [math.log(first)], rtol=1e-10, atol=1e-12)
    return math.exp(solved.y[0, -1])


def renewals_erlang_2(rate: float, time: float) -> float:
    """Mean renewals by a time where gaps are two exponential stages of one rate (Cox 1962, Renewal Theory)."""
    return rate * time / 2.0 - 0.25 + 0.25 * math.exp(-2.0 * rate * time)


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


def hawkes(rate: float, branching: float, delay: float, window: float) -> tuple[float, float]:
    """Events a year of a stationary self-exciting process, and variance over mean of their number in a window.

    Every event brings `branching` others on average, each after an exponential time of mean `delay` (Hawkes 1971,
    doi:10.1093/biomet/58.1.83). In a long window the ratio goes to 1 / (1 - branching)².
    """
    apart = 1.0 / (1.0 - branching) ** 2
    decay = (1.0 - branching) / delay * window
    return rate / (1.0 - branching), apart - (apart - 1.0) * -math.expm1(-decay) / decay


def errors_of_review(depth: float, spread: float, noise: float) -> dict[str, float]:
    """What becomes of firms whose log output X is normal around 0, measured as Y = X + noise, twice, against a bound.

    Warned: Y below it; missed: X below it and Y not; penalised: Y twice below it, of which X is below it for those
    caught. Twice measured is bivariate normal with correlation spread² / (spread² + noise²).
    """
    both = math.hypot(spread, noise)
    shared = (spread / both) ** 2

    def below(*bounds: float, correlation: float) -> float:
        return float(multivariate_normal.cdf(list(bounds), cov=[[1.0, correlation], [correlation, 1.0]]))

    def twice(x: float) -> float:
        return float(norm.pdf(x) * norm.cdf((depth - spread * x) / noise) ** 2)

    penalised = below(depth / both, depth / both, correlation=shared)
    caught = float(quad(twice, -math.inf, depth / spread, epsabs=1e-12)[0])
    truly = float(norm.cdf(depth / spread))
    return {
        "warned": float(norm.cdf(depth / both)),
        "missed": truly - below(depth / spread, depth / both, correlation=spread / both),
        "penalised": penalised,
        "caught": caught,
        "wrongly": penalised - caught,
    }
