"""Performance agreements: of firms measured with noise, so many are warned, caught and punished wrongly; payments by
policy: so many days by so many windows; and hazards that go up with a warning or a late payment.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from tests.parks import small_park, stock_of
from tests.theory import formulas
from tests.theory.quiet import Floats, judge, quiet, replicate, z_of_mean
from twin.catalog import Catalog, load_catalog
from twin.park import Park
from twin.record import Record

#: Of the log of true output, and how far below its median the bound is; of the log of what is measured over it.
SPREAD, DEPTH, NOISE = 0.3, -0.3, 0.4

FIRMS = 2000


def one_rule(bound: float) -> Catalog:
    """The catalog with a single rule of agreements, about revenue per m² of anybody anywhere."""
    rule = dict.fromkeys(("industries", "stages", "building_types"), "*") | {"id": "output", "value": str(bound)}
    rule |= {"measure": "revenue_per_m2", "ends": "1", "valid_from": "2016Q1"}
    catalog = load_catalog()
    return replace(catalog, tables={**catalog.tables, "contract_rules": [rule]})


def tenants(productivity: Floats, bound: float) -> Park:
    """Firms of one person on 10 m² in a building of the district's; of one of productivity 1 revenue is 1 CNY/m²."""
    n = len(productivity)
    firms = stock_of(n, building="b0", floor_m2=10).assign(productivity=productivity, tier="above_scale")
    park = small_park([10.0 * n], catalog=one_rule(bound), firms=firms)
    return replace(park, buildings=park.buildings.assign(operator="district"))


def counted(frame: str, *columns: str, quarter: int) -> Callable[[Record], Floats]:
    """A function of a record: columns of a frame in a quarter, summed over industries, as shares of the firms."""

    def statistic(record: Record) -> Floats:
        table = getattr(record, frame)
        rows = table[table["quarter"] == table["quarter"].cat.categories[quarter]]
        return rows[list(columns)].sum().to_numpy(dtype=float) / FIRMS

    return statistic


@pytest.mark.slow
def test_who_is_warned_caught_and_punished_wrongly(slip: float) -> None:
    """Log-normal output X at its quantiles, measured as X · exp(noise) anew at each review: two reviews below a bound.

    What is measured twice is bivariate normal; X below the bound or not says whether it was right.
    """
    expected = formulas.errors_of_review(DEPTH, SPREAD, NOISE)
    quantiles = norm.ppf((np.arange(FIRMS) + 0.5) / FIRMS)
    park = tenants(np.exp(SPREAD * quantiles), bound=math.exp(DEPTH))
    measures = {"revenue_per_head_cny": 10.0, "contract_share": 1.0, "contract_noise": NOISE * slip}
    dates = {"contract_date_years": 0.5, "contract_grace_years": 1.0}
    scenario = quiet(measures | dates, quarters=8)

    def seen(record: Record) -> Floats:
        first: Floats = counted("contracts", "warned", "missed", quarter=2)(record)
        second: Floats = counted("contracts", "penalised", "caught", "wrongly", quarter=6)(record)
        return np.concatenate([first, second])

    sample = replicate(park, scenario, 200, seen)
    names = ("warned", "missed", "penalised", "caught", "wrongly")
    z = {name: z_of_mean(sample[:, n], expected[name]) for n, name in enumerate(names)}
    judge("errors of reviews", z, slip)


@pytest.mark.slow
@pytest.mark.parametrize("of", ["a warning", "a late payment"])
def test_the_hazard_of_moving_out_goes_up(of: str, slip: float) -> None:
    """Firms go at h, and from half a year on at r · h: exp(-h / 2) · (1 - exp(-r h)) of them do so in the next year."""
    hazard, ratio = 0.5, 2.0
    never = {"contract_grace_years": 50.0, "honour_windows": 0.0}
    if of == "a warning":
        column = ("contracts", "left_warned")
        raised = {"contract_share": 1.0, "contract_move_ratio": ratio * slip, "contract_date_years": 0.5}
    else:
        column = ("claims", "left_late")
        raised = {"honour_delay_ratio": ratio * slip, "honour_promised_days": 182.5, "honour_date_years": 0.0}
        raised |= {"honour_claim_share": 1.0, "honour_rd_share": 0.1}
    park = tenants(np.ones(FIRMS), bound=1e9)
    means = {"revenue_per_head_cny": 1e9, "move_out_per_year": hazard}
    sample = replicate(
        park,
        quiet(means | never | raised, quarters=6),
        200,
        lambda record: np.array([getattr(record, column[0])[column[1]].sum() / FIRMS]),
    )
    expected = math.exp(-hazard / 2) * -math.expm1(-ratio * hazard)
    judge(f"moving out after {of}", {"share": z_of_mean(sample[:, 0], expected)}, slip)


def test_days_to_payment(slip: float) -> None:
    """2,000 applications at once, 3 windows of 80 a month, 45 days more: the mean of ⌊n / 240⌋ / 12 years + 45 days."""
    policy = {"revenue_per_head_cny": 1e9, "honour_rd_share": 0.01, "honour_claim_share": 1.0}
    desks = {"honour_date_years": 0.25, "honour_windows": 3.0, "honour_cases": 80.0 * slip, "honour_days": 45.0}
    sample = replicate(
        tenants(np.ones(FIRMS), bound=0.0),
        quiet(policy | desks, quarters=5),
        1,
        lambda record: record.claims[["applied", "paid", "waited_years"]].sum().to_numpy(dtype=float),
    )
    applied, paid, waited = sample[0].tolist()
    assert applied == paid == FIRMS
    expected = float(np.mean(np.arange(FIRMS) // 240)) / 12 * 365 + 45
    assert expected == pytest.approx(156.93, abs=0.01)
    assert math.isclose(waited / paid * 365, expected, rel_tol=1e-9) == (slip == 1.0)
