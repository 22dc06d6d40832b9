"""Funds: tickets of a budget year, what is paid, what comes back."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.parks import small_park, stock_of
from tests.unit.engine.states import as_rules_see, outbox, state_of
from tests.unit.engine.stories import told
from twin.engine.arrays import State
from twin.engine.kinds import Kind
from twin.engine.rules import happen
from twin.engine.rules.services import add_capital, grant, place_of, request, served
from twin.scenario import Scenario
from twin.simulation import simulate

pytestmark = pytest.mark.uncompiled

SEED_FUND = 3

#: A fund of 10 million in tickets of one, a fifth a year; every firm asks for one and waits as long as it takes.
MONEY: dict[str, Any] = {
    "service_share": 0.0,
    "service_share.seed_fund": 1.0,
    "service_patience_years": math.inf,
    "service_shape": math.inf,
    "service_years": 0.25,
    "fund_capital_cny": 1e7,
    "fund_ticket_cny": 1e6,
    "fund_share": 1.0,
    "fund_invest_share": 0.2,
    "fund_multiple": 4.0,
    "fund_multiple_sigma": 0.0,
}


def funded(firms: int, *, slots: int = 5, stage: str = "lab") -> State:
    return state_of(firms=firms, stage=stage, slots={"seed_fund": slots}, parameters=MONEY)


def test_no_more_are_looked_at_than_there_are_tickets() -> None:
    state, posted = funded(4), outbox()
    seen: Any = as_rules_see(state)
    assert state.funds.tickets.tolist() == [-1, -1, -1, 2, 2, -1, -1, -1, -1]
    for firm in range(4):
        request(seen, 0.0, firm, posted)
    assert state.services.busy[SEED_FUND] == 2
    assert state.services.queue[SEED_FUND] == 2
    assert state.funds.tickets[SEED_FUND] == 0


def test_a_budget_year_leaves_what_is_kept_for_firms_and_lets_tickets_lapse() -> None:
    state, posted = funded(1), outbox()
    seen: Any = as_rules_see(state)
    request(seen, 0.0, 0, posted)
    grant(seen, 1.0, SEED_FUND, posted)
    assert state.funds.tickets[SEED_FUND] == 1  # a fifth of nine million; the ticket that was left has lapsed


def test_who_goes_before_it_is_paid_leaves_its_ticket_to_another() -> None:
    state, posted = funded(3), outbox()
    seen: Any = as_rules_see(state)
    for firm in range(3):
        request(seen, 0.0, firm, posted)
    happen(seen, 0.1, int(Kind.MOVE_OUT), 0, posted)
    assert state.services.busy[SEED_FUND] == 2
    assert state.services.queue[SEED_FUND] == 0
    assert state.funds.capital_cny[SEED_FUND] == 1e7
    assert state.firms.serving[:3].tolist() == [0, 8, 8]


@pytest.mark.parametrize(
    ("end", "returned"), [(Kind.ABSORB, 4e6), (Kind.FAIL, 0.0), (Kind.CLOSE, 0.0), (Kind.MOVE_OUT, 0.0)]
)
def test_a_success_pays_back_a_multiple_and_other_ends_nothing(end: Kind, returned: float) -> None:
    state, posted = funded(1), outbox()
    seen: Any = as_rules_see(state)
    request(seen, 0.0, 0, posted)
    served(seen, 0.25, 0, posted)
    assert state.funds.paid_cny[SEED_FUND] == 1e6
    assert state.funds.capital_cny[SEED_FUND] == 9e6
    assert state.firms.backed[0] == 8
    happen(seen, 1.0, int(end), 0, posted)
    assert state.funds.returned_cny[SEED_FUND] == returned
    assert state.funds.capital_cny[SEED_FUND] == 9e6 + returned


def test_the_last_stage_is_a_success_once() -> None:
    state, posted = funded(1, stage="pilot"), outbox()
    seen: Any = as_rules_see(state)
    request(seen, 0.0, 0, posted)
    assert place_of(seen, 0, SEED_FUND) >= 0
    served(seen, 0.25, 0, posted)
    happen(seen, 1.0, int(Kind.ADVANCE), 0, posted)
    assert state.funds.returned_cny[SEED_FUND] == 0.0
    happen(seen, 2.0, int(Kind.ADVANCE), 0, posted)
    happen(seen, 3.0, int(Kind.ABSORB), 0, posted)
    assert state.funds.returned_cny[SEED_FUND] == 4e6
    assert state.firms.backed[0] == 0


def test_capital_put_in_is_there_at_once() -> None:
    state, posted = funded(4), outbox()
    seen: Any = as_rules_see(state)
    for firm in range(4):
        request(seen, 0.0, firm, posted)
    add_capital(seen, 0.5, SEED_FUND, 0.0, posted)
    assert state.services.busy[SEED_FUND] == 2
    add_capital(seen, 0.5, SEED_FUND, 5e6 + 0.5, posted)
    assert state.services.busy[SEED_FUND] == 3
    assert state.funds.capital_cny[SEED_FUND] == 1.5e7


def test_budget_years_follow_each_other() -> None:
    """One ticket a quarter, the first for the firm of the stock, the others for who comes."""
    money = {key.replace(".", "__"): value for key, value in MONEY.items()}
    changes = money | {
        "fund_capital_cny": 1.9e7,
        "fund_invest_share": 0.1,
        "fund_budget_years": 0.25,
        "entry_per_year__ai": 6.0,
    }
    park = small_park([1000], slots={"seed_fund": 5}, firms=stock_of(1, stage="lab"))
    rows = told(park, grid_years=0.125, seed=2, **changes, resident_share=0.0)
    starts = [row[:2] for row in rows if row[1] == "start"]
    paid = [row[:2] for row in rows if row[1] == "served"]
    assert len(starts) == 4
    assert [date for date, _ in starts] == sorted({date for date, _ in starts})
    assert paid == [(date + 0.25, "served") for date, _ in starts if date < 0.75]


def test_the_payback_has_the_mean_it_is_given() -> None:
    """The mean of four thousand lognormal paybacks, within four standard errors."""
    sigma, n = 0.8, 4000
    firms = stock_of(n, stage="scale")
    parameters: dict[str, Any] = {name: value for name, value in MONEY.items() if name != "service_share.seed_fund"}
    parameters |= {"service_share.growth_fund": 1.0, "entry_per_year": 0.0, "fund_capital_cny": 1e12}
    parameters |= {"fund_invest_share": 1.0, "service_years": 1e-6, "fund_multiple_sigma": sigma}
    parameters |= {"advance_per_year.scale": 1e3}
    record = simulate(
        small_park([100], firms=firms, slots={"growth_fund": n}),
        Scenario(name="x", end="2026Q1", parameters=parameters),
        events=False,
    )
    fund = record.services[record.services["service"] == "growth_fund"].iloc[0]
    paid, returned = float(fund["paid_cny"]), float(fund["returned_cny"])
    assert paid > 0.99 * n * 1e6
    assert returned / paid == pytest.approx(4.0, rel=4.0 * math.sqrt(math.expm1(sigma**2) / n))
