"""Facts of places: moves, clusters, who is on site: 12, 16, 21."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from twin.facts.registry import CannotJudgeError, Figures, fact, missing, over_runs, pooled
from twin.facts.runs import Run, Runs
from twin.study.series import Floats
from twin.units import QUARTERS_PER_YEAR, Quarter

#: Log growth of a year after which a firm counts as fast.
FAST = 0.3

#: Years between the two looks at who is on site.
FIRST_LOOK, SECOND_LOOK = 1.0, 5.0

#: Rounds of a Poisson regression, and what keeps its equations solvable.
ROUNDS, RIDGE = 50, 1e-9

#: Log counts are kept within these bounds while the regression converges.
MOST_LOG = 30.0


@fact(12)
def moves(runs: Runs) -> Figures:
    """Moves of residents: how often, how far, after what growth, and whether to where their industry already is."""

    def rate(some: Sequence[Run]) -> float:
        happened = sum(len(run.of("move")) + len(moved_out(run)) for run in some)
        resident_years = sum(run.total("resident_firms").sum() / QUARTERS_PER_YEAR for run in some)
        return float(happened / resident_years) if resident_years else math.nan

    def within(some: Sequence[Run]) -> float:
        inside, outside = (sum(len(of(run)) for run in some) for of in (lambda run: run.of("move"), moved_out))
        return inside / (inside + outside) if inside + outside else math.nan

    return {
        "moves": pooled(runs, rate),
        "within": pooled(runs, within),
        "after_growth": pooled(runs, growth_ratio),
        "own_cluster": pooled(runs, own_cluster_share),
    }


def moved_out(run: Run) -> pd.DataFrame:
    """Moves of residents out of the park."""
    gone = run.of("move_out")
    return gone[gone["building"].notna()]


def growth_ratio(runs: Sequence[Run]) -> float:
    """Moves in the year after fast growth over moves in the year after other growth, a firm-year each."""
    moved, years = np.zeros(2), np.zeros(2)
    for run in runs:
        found = run.growths[run.growths["resident"] & (run.growths["time"] <= run.years - 1.0)]
        events = run.of("move")
        # one number line for all firms: dates of a run lie closer together than the numbers of two firms
        code = pd.factorize(pd.concat([found["firm"], events["firm"]]))[0]
        line = code * (run.years + 2.0)
        dates = np.sort(line[len(found) :] + events["time_years"].to_numpy())
        begins = line[: len(found)] + found["time"].to_numpy()
        counts = np.searchsorted(dates, begins + 1.0) - np.searchsorted(dates, begins)
        fast = (found["growth"] > FAST).to_numpy().astype(int)
        moved += np.bincount(fast, weights=counts > 0, minlength=2)
        years += np.bincount(fast, minlength=2)
    if not (years > 0).all() or moved[0] == 0:
        return math.nan
    return float((moved[1] / years[1]) / (moved[0] / years[0]))


def own_cluster_share(runs: Sequence[Run]) -> float:
    """The share of moves to cells where the industry had more than the park's share of staff the quarter before."""
    landed = total = 0
    for run in runs:
        staff = run.panel("staff").sum(axis=3)
        quotient = location_quotients(staff)
        cells = run.record.buildings.drop_duplicates("building_id").set_index("building_id")["cell"].cat.codes
        found = run.of("move")
        industry = run.firms.set_index("firm")["industry"].cat.codes
        quarter = np.maximum((found["time_years"] * QUARTERS_PER_YEAR).astype(int) - 1, 0)
        at = cells.reindex(found["building"].astype(str)).to_numpy()
        quotients = quotient[quarter, at, found["firm"].map(industry)]
        landed, total = landed + int((quotients > 1.0).sum()), total + len(found)
    return landed / total if total else math.nan


def location_quotients(staff: Floats) -> Floats:
    """(…, cells, industries): an industry's share of a cell's staff over its share of the park's."""
    with np.errstate(invalid="ignore", divide="ignore"):
        in_cell = staff / staff.sum(axis=-1, keepdims=True)
        in_park = staff.sum(axis=-2, keepdims=True) / staff.sum(axis=(-2, -1), keepdims=True)
        return np.asarray(in_cell / in_park)


@fact(16)
def clustering(runs: Runs) -> Figures:
    """Location quotients of leading industries at the end, and the pull of own-industry jobs on those that settle."""
    zones = leading_zones(runs)
    quotient = (
        over_runs(runs, lambda run: float(np.median([zone_quotient(run, *zone) for zone in zones])))
        if zones
        else missing("no zone of the park has a leading industry")
    )
    return {"location_quotient": quotient, "entry_elasticity": pooled(runs, entry_elasticity)}


def leading_zones(runs: Runs) -> list[tuple[list[int], str]]:
    """Cells and leading industry of each zone that has one and holds in the last quarter of the runs."""
    table = runs.park.zones_in_force
    if "leading_industry" not in table.columns:
        return []
    leads = {
        (zone.zone_id, zone.version): zone.leading_industry
        for zone in table.itertuples()
        if isinstance(zone.leading_industry, str)
    }
    run = runs.runs[0]
    return [(cells, leads[key]) for key, _, cells in run.zones_at(Quarter.parse(run.quarters[-1])) if key in leads]


def zone_quotient(run: Run, cells: list[int], industry: str) -> float:
    """The location quotient of an industry in a zone against the park at the end of a run."""
    staff = run.panel("staff")[-1].sum(axis=2)
    i = run.industries.index(industry)
    here, park = staff[cells].sum(axis=0), staff.sum(axis=0)
    if here.sum() == 0 or park[i] == 0:
        return math.nan
    return float((here[i] / here.sum()) / (park[i] / park.sum()))


def entry_elasticity(runs: Sequence[Run]) -> float:
    """Elasticity of the firms of an industry that settle in a cell in a year to its staff there a year before.

    Poisson regression with effects of cell and industry, whose likelihood is that of a conditional logit of places
    (Guimaraes, Figueiredo & Woodward 2003, doi:10.1162/003465303763993220).
    """
    settled, staff = [], []
    for run in runs:
        flow, stock = run.panel("settled").sum(axis=3), run.panel("staff").sum(axis=3)
        ends = np.arange(QUARTERS_PER_YEAR - 1, len(flow), QUARTERS_PER_YEAR)
        a_year = (
            flow[: len(ends) * QUARTERS_PER_YEAR].reshape(len(ends), QUARTERS_PER_YEAR, *flow.shape[1:]).sum(axis=1)
        )
        settled.append(a_year[1:])
        staff.append(stock[ends[:-1]])
    y, x = np.concatenate(settled), np.log1p(np.concatenate(staff))
    years, cells, industries = y.shape
    place = np.tile(np.repeat(np.arange(cells), industries), years)
    industry = np.tile(np.arange(industries), years * cells)
    return poisson_slope(y.reshape(-1), x.reshape(-1), [place, industry])


def poisson_slope(y: Floats, x: Floats, groups: Sequence[np.ndarray]) -> float:
    """Coefficient of x in a Poisson regression of counts with an effect for each group; groups without counts go."""
    keep = np.ones(len(y), dtype=bool)
    for group in groups:
        keep &= np.bincount(group, weights=y)[group] > 0
    if keep.sum() == 0 or x[keep].std() == 0:
        return math.nan
    y, columns = y[keep], [x[keep][:, None]]
    columns += [(group[keep][:, None] == np.unique(group[keep])[None, :]).astype(float) for group in groups]
    design = np.hstack(columns)
    fitted = np.log(y + 0.5)
    beta = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        mean = np.exp(np.clip(fitted, -MOST_LOG, MOST_LOG))
        weighted = design * mean[:, None]
        target = fitted + (y - mean) / mean
        new = np.linalg.solve(design.T @ weighted + RIDGE * np.eye(len(beta)), weighted.T @ target)
        moved, beta = float(np.abs(new - beta).max()), new
        fitted = design @ beta
        if moved < RIDGE:
            break
    return float(beta[0])


@fact(21)
def registered_and_resident(runs: Runs) -> Figures:
    """Of the firms registered in the park, the share on site a year after they came, and how far it rises in four."""
    if runs.runs[0].years <= SECOND_LOOK:
        rise = missing(f"the run is {runs.runs[0].years:g} years long: cohorts are followed for five")
    else:
        rise = pooled(
            runs, lambda some: on_site(some, SECOND_LOOK, SECOND_LOOK) - on_site(some, FIRST_LOOK, SECOND_LOOK)
        )
    return {"first_year": pooled(runs, lambda some: on_site(some, FIRST_LOOK, FIRST_LOOK)), "rise": rise}


def on_site(runs: Sequence[Run], after_years: float, followed_years: float) -> float:
    """The share of registered entrants that are on site so long after they came; of those whom the run follows."""
    here = total = 0
    for run in runs:
        came = set(run.of("enter")["firm"])
        found = run.lives
        found = found[found["registered"].astype(bool) & found["firm"].isin(came)]
        found = found[(found["came"] <= run.years - followed_years) & (found["gone"] > found["came"] + after_years)]
        settled = run.of("settle").drop_duplicates("firm").set_index("firm")["time_years"]
        begins = found["firm"].map(settled)
        here += int((begins <= found["came"] + after_years).sum())
        total += len(found)
    if not total:
        raise CannotJudgeError("no registered firm is followed so long")
    return here / total
