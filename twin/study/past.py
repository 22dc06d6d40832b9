"""The years before the present simulated, beside every figure published of them and beside naive forecasts of these."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twin.history import Observation, observations, observed, patterns
from twin.indicators.money import revenue
from twin.park import Park
from twin.record import Record
from twin.scenario import Scenario, load_scenario
from twin.simulation import park_of, prepare, run
from twin.study.replications import COVERAGE
from twin.study.series import SERIES, Floats, UnknownError, firms_of, of_park, quarters_of, value_at

#: The scenario that is run unless told otherwise.
SCENARIO = "hindcast"

#: Fewer earlier figures make no line.
LEAST_POINTS = 2

#: Sets of figures that are scored apart: their names, and which of the rows they hold.
SETS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "held-out": lambda rows: (rows["role"] == "held-out") & (rows["comparable"] == "yes"),
    "held-out, partly comparable": lambda rows: (rows["role"] == "held-out") & (rows["comparable"] == "partly"),
    "fit": lambda rows: rows["role"] == "fit",
}

#: The sci-fi path counts from what was published for this quarter: the model's industry takes in game companies.
SCIFI, SCIFI_START = "scifi_games", "2021Q3"


@dataclass(frozen=True)
class Hindcast:
    """What was simulated of the years before the present, and how near it came to what was published."""

    rows: pd.DataFrame  #: one published figure a row: what was said, what the runs say, naive forecasts, errors
    slowdown: pd.DataFrame  #: growth of revenue a year, fast and slow: published, bounds, simulated
    scores: pd.DataFrame  #: by set of figures: coverage, errors of the model and of naive forecasts
    about: Mapping[str, Any]  #: scenario, replications, seed

    def as_json(self) -> dict[str, Any]:
        """The hindcast as plain values."""
        tables = {name: getattr(self, name).to_dict("records") for name in ("scores", "slowdown", "rows")}
        return {**self.about, "coverage": COVERAGE, **tables}


def hindcast(
    scenario: str | Scenario = SCENARIO,
    *,
    replications: int | None = None,
    seed: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Hindcast:
    """Simulate the years before the present and set the runs beside every published figure."""
    wanted = load_scenario(scenario) if isinstance(scenario, str) else scenario
    changes = {"replications": replications, "seed": seed}
    wanted = wanted.with_changes(**{name: value for name, value in changes.items() if value is not None})
    ready = prepare(park_of(wanted), wanted, events=False)
    records = []
    for number in range(wanted.replications):
        records.append(run(ready, replication=number))
        if progress is not None:
            progress(number + 1)
    about = {"scenario": wanted.name, "replications": wanted.replications, "seed": wanted.seed}
    return beside(records, ready.park, observations(), about)


def beside(
    records: Sequence[Record], park: Park, published: Sequence[Observation], about: Mapping[str, Any]
) -> Hindcast:
    """Runs beside published figures."""
    rows = pd.DataFrame([_row(one, records, park, published) for one in published])
    return Hindcast(rows, _slowdown(records), pd.DataFrame([_score(rows, name) for name in SETS]), about)


def _row(one: Observation, records: Sequence[Record], park: Park, published: Sequence[Observation]) -> dict[str, Any]:
    """A published figure with what the runs and naive forecasts say of it."""
    said = {
        **{name: value for name, value in one._asdict().items() if name not in {"value", "share"}},
        "published_value": one.value,
        "observed": one.expected,
    }
    values, reason = _simulated(one, records, park)
    last, trend = naive(one, published)
    row = {**said, "reason": reason, "last_value": last, "trend": trend}
    if reason:
        return {**row, **dict.fromkeys(("median", "low", "high", "error", "crps", "interval_score"), math.nan)}
    tail = (1.0 - COVERAGE) / 2.0
    low, high = (float(np.quantile(values, q)) for q in (tail, 1.0 - tail))
    median, exact = float(np.median(values)), one.bound == "="
    return {
        **row,
        "median": median,
        "low": low,
        "high": high,
        "covered": covered(one, low, high),
        "error": abs(median / one.expected - 1.0) if exact else math.nan,
        "crps": crps(values, one.expected) / one.expected if exact else math.nan,
        "interval_score": interval_score(low, high, one.expected) / one.expected if exact else math.nan,
        "last_error": abs(last / one.expected - 1.0) if exact else math.nan,
        "trend_error": abs(trend / one.expected - 1.0) if exact else math.nan,
    }


def _simulated(one: Observation, records: Sequence[Record], park: Park) -> tuple[Floats, str]:
    """(runs,): the quantity at the figure's date; or why there is nothing to set beside it."""
    if one.comparable == "no":
        return np.zeros(0), f"not comparable: {one.note}"
    try:
        return np.array([_value(one, record, park) for record in records]), ""
    except UnknownError as reason:
        return np.zeros(0), str(reason)


def _value(one: Observation, record: Record, park: Park) -> float:
    quarters = quarters_of(record)
    if one.quantity == "scifi_firms":
        counts = firms_of(record, [SCIFI])
        since = value_at(counts, quarters, one.at) - value_at(counts, quarters, SCIFI_START)
        return observed("scifi_firms", SCIFI_START) + since
    return value_at(SERIES[one.quantity](record, park, one.part), quarters, one.at)


def naive(one: Observation, published: Sequence[Observation]) -> tuple[float, float]:
    """Forecasts from figures of earlier dates: the last of them, and the line through them; not a number without."""
    known = [
        other
        for other in published
        if (other.quantity, other.part, other.bound) == (one.quantity, one.part, "=") and other.years < one.years
    ]
    known.sort(key=lambda other: other.years)
    last = known[-1].expected if known else math.nan
    if len(known) < LEAST_POINTS:
        return last, math.nan
    dates = np.array([other.years - one.years for other in known])
    _, here = np.polyfit(dates, [other.expected for other in known], 1)
    return last, float(here)


def covered(one: Observation, low: float, high: float) -> bool:
    """Whether the range of the runs meets a figure within its tolerance; of `more than`, whether it reaches it."""
    reaches = high >= one.expected * (1.0 - one.tolerance)
    return reaches if one.bound == ">" else reaches and low <= one.expected * (1.0 + one.tolerance)


def crps(values: Floats, seen: float) -> float:
    """Continuous ranked probability score of runs, in the unit of the figure; of one run it is the absolute error.

    Gneiting & Raftery 2007, doi:10.1198/016214506000001437, with the fair spread over n (n - 1) pairs.
    """
    n = len(values)
    spread = np.abs(values[:, None] - values[None, :]).sum() / (2.0 * n * (n - 1)) if n > 1 else 0.0
    return float(np.abs(values - seen).mean() - spread)


def interval_score(low: float, high: float, seen: float) -> float:
    """Width of a 90 % interval and 2 / .1 of what the figure lies outside it; Gneiting & Raftery 2007."""
    outside = max(low - seen, 0.0) + max(seen - high, 0.0)
    return high - low + 2.0 / (1.0 - COVERAGE) * outside


def _slowdown(records: Sequence[Record]) -> pd.DataFrame:
    """Growth of revenue a year in 2020-22 and 2022-25, published and simulated, and the first less the second."""
    columns = ["growth", "published", "least", "most", "median", "low", "high", "holds"]
    before = observed("revenue_cny", "2020")
    said = {year: observed("revenue_cny", year) for year in ("2022", "2025")}
    try:
        runs = {year: np.array([_revenue(record, year) for record in records]) for year in said}
    except UnknownError:
        return pd.DataFrame(columns=columns)
    bands = {band.figure: band for band in patterns()[17].bands}
    found = []
    for figure, growth in (("growth_2020_22", _fast), ("growth_2022_25", _slow)):
        band = bands[figure]
        values = growth(before, runs)
        median = float(np.median(values))
        published = float(growth(before, said))
        found.append([figure, published, band.low, band.high, median, *_range(values), band.holds(median)])
    both = _fast(before, runs) - _slow(before, runs)
    # a slowing of half the published is asked for: the tolerance of each growth is a third of it
    published = float(_fast(before, said) - _slow(before, said))
    median = float(np.median(both))
    found.append(["slowing", published, published / 2.0, math.inf, median, *_range(both), median >= published / 2.0])
    return pd.DataFrame(found, columns=columns)


def _revenue(record: Record, year: str) -> float:
    return value_at(revenue(of_park(record)), quarters_of(record), year)


def _fast(before: float, revenue: Mapping[str, Any]) -> Any:
    return (revenue["2022"] / before) ** (1 / 2) - 1.0


def _slow(_: float, revenue: Mapping[str, Any]) -> Any:
    return (revenue["2025"] / revenue["2022"]) ** (1 / 3) - 1.0


def _range(values: Floats) -> tuple[float, float]:
    tail = (1.0 - COVERAGE) / 2.0
    return float(np.quantile(values, tail)), float(np.quantile(values, 1.0 - tail))


def _score(rows: pd.DataFrame, name: str) -> dict[str, Any]:
    """Coverage of a set of figures, and mean errors of the model and of naive forecasts where these have one."""
    of = rows[SETS[name](rows) & rows["median"].notna()]
    exact = of[of["error"].notna()]
    with_last, with_trend = exact[exact["last_error"].notna()], exact[exact["trend_error"].notna()]
    return {
        "figures": name,
        "n": len(of),
        "covered": float(of["covered"].astype(float).mean()) if len(of) else math.nan,
        "error": exact["error"].mean(),
        "crps": exact["crps"].mean(),
        "interval_score": exact["interval_score"].mean(),
        "n_last": len(with_last),
        "error_beside_last": with_last["error"].mean(),
        "crps_beside_last": with_last["crps"].mean(),
        "last_error": with_last["last_error"].mean(),
        "n_trend": len(with_trend),
        "error_beside_trend": with_trend["error"].mean(),
        "crps_beside_trend": with_trend["crps"].mean(),
        "trend_error": with_trend["trend_error"].mean(),
    }
