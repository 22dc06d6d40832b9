"""Facts of totals and ratios: tiers 10, revenue 17, sci-fi firms 18, revenue per firm and m² 19, tax and R&D 20."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from twin.facts.registry import CannotJudgeError, Estimate, Figures, fact, missing, over_runs, spread
from twin.facts.runs import Run, Runs
from twin.history import observed
from twin.study.past import SCIFI, SCIFI_START
from twin.study.series import Floats, UnknownError, firms_of, tier_firms, value_at
from twin.units import QUARTERS_PER_YEAR, Quarter

#: Which tier over which.
TIER_RATIOS = {
    "srdi_over_hnte": ("srdi", "hnte"),
    "little_giant_over_srdi": ("little_giant", "srdi"),
    "unicorn_over_hnte": ("unicorn", "hnte"),
}

#: Where the published path of sci-fi firms is looked at.
SCIFI_DATES = ("2022Q4", "2023Q2", "2023Q4", "2024Q4")

FEATURE_PARK = "feature_park"


@fact(10)
def tiers(runs: Runs) -> Figures:
    """Ratios of the numbers of firms that hold tiers, at the end."""

    def ratio(above: str, below: str, run: Run) -> float:
        over, under = tier_firms(run.record, above)[-1], tier_firms(run.record, below)[-1]
        return float(over / under) if under > 0 else math.nan

    try:
        return {name: over_runs(runs, partial(ratio, *pair)) for name, pair in TIER_RATIOS.items()}
    except UnknownError as reason:
        raise CannotJudgeError(str(reason)) from None


@fact(17)
def park_revenue(runs: Runs) -> Figures:
    """Level of 2023 and growth from 2020, fast and slow; a year's revenue is the mean pace of its quarters' ends."""
    before = observed("revenue_cny", "2020")
    years = {year: over_years(runs, year) for year in (2022, 2023, 2025)}

    def growth(first: Floats | float, last: Floats, span: int) -> Estimate:
        return spread(((last / first) ** (1.0 / span) - 1.0).tolist())

    return {
        "level_2023": spread(years[2023].tolist()),
        "five_years": spread((years[2025] / before).tolist()),
        "growth_2020_22": growth(before, years[2022], 2),
        "growth_2022_25": growth(years[2022], years[2025], 3),
    }


def over_years(runs: Runs, year: int) -> Floats:
    """(runs,): a year's revenue. Raises CannotJudgeError where it was not run in full."""
    try:
        return np.array([value_at(run.total("revenue_cny"), run.quarters, str(year)) for run in runs.runs])
    except UnknownError as reason:
        raise CannotJudgeError(str(reason)) from None


@fact(18)
def scifi_path(runs: Runs) -> Figures:
    """The path of sci-fi firms: what the industry's count grew by since 2021Q3, on the number published then."""
    run = runs.runs[0]
    if SCIFI not in run.industries:
        raise CannotJudgeError(f"the park has no industry {SCIFI}")
    rows = {quarter: run.at(quarter) for quarter in (SCIFI_START, *SCIFI_DATES)}
    absent = [quarter for quarter, row in rows.items() if row is None]
    if absent:
        raise CannotJudgeError(f"{', '.join(absent)} not in the runs")
    base = observed("scifi_firms", SCIFI_START)

    def grown(quarter: str, run: Run) -> float:
        counts = firms_of(run.record, [SCIFI])
        return float(base + counts[rows[quarter]] - counts[rows[SCIFI_START]])

    def slowing(run: Run) -> float:
        """Growth a year in 2024 over that from 2021Q3 to 2023Q4."""
        counts, first, second, third = (
            firms_of(run.record, [SCIFI]),
            *(rows[q] for q in (SCIFI_START, "2023Q4", "2024Q4")),
        )
        years = Quarter.parse("2023Q4").years_since(Quarter.parse(SCIFI_START))
        early = (counts[second] - counts[first]) / years
        return float((counts[third] - counts[second]) / early) if early > 0 else math.nan

    figures = {f"count_{quarter}": over_runs(runs, partial(grown, quarter)) for quarter in SCIFI_DATES}
    return {**figures, "slowing": over_runs(runs, slowing)}


@fact(19)
def revenue_per_firm_and_m2(runs: Runs) -> Figures:
    """Revenue per resident firm and per m² of open floor in the feature parks, at the end of the first year."""
    run = runs.runs[0]
    last = min(QUARTERS_PER_YEAR, len(run.quarters)) - 1
    cells = feature_cells(run, Quarter.parse(run.quarters[last]))
    if not cells:
        raise CannotJudgeError(f"no zone of kind {FEATURE_PARK}")

    def per_firm(run: Run) -> float:
        firms = run.panel("resident_firms")[last, cells].sum()
        return float(run.panel("revenue_cny")[last, cells].sum() / firms) if firms else math.nan

    def per_m2(run: Run) -> float:
        frame = run.record.buildings
        first = frame.iloc[: len(frame["building_id"].cat.categories)]
        inside = np.isin(first["cell"].cat.codes.to_numpy(), cells)
        stock = run.by_building("stock_m2")[last, inside].sum()
        return float(run.panel("revenue_cny")[last, cells].sum() / stock) if stock else math.nan

    return {"revenue_per_firm": over_runs(runs, per_firm), "revenue_per_m2": over_runs(runs, per_m2)}


def feature_cells(run: Run, at: Quarter) -> list[int]:
    """Cells within a feature park that holds at a date."""
    return sorted({cell for _, kind, cells in run.zones_at(at) if kind == FEATURE_PARK for cell in cells})


@fact(20)
def tax_and_rd(runs: Runs) -> Figures:
    """Tax and R&D over revenue in the last year, each a yearly pace at the quarter's end."""

    def share(column: str) -> Estimate:
        if column not in runs.runs[0].record.groups.columns:
            return missing(f"the groups of a record have no {column}")

        def of(run: Run) -> float:
            revenue = run.total("revenue_cny")[-QUARTERS_PER_YEAR:].sum()
            return float(run.total(column)[-QUARTERS_PER_YEAR:].sum() / revenue) if revenue else math.nan

        return over_runs(runs, of)

    return {"tax": share("tax_cny"), "rd": share("rd_cny")}
