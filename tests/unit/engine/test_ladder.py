"""The ladder: each criterion at its bound, a desk with its line, terms that end; what a firm spends and pays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.parks import small_park, stock_of
from tests.unit.engine.states import as_rules_see, state_of
from twin.catalog import CRITERIA, load_catalog
from twin.engine.arrays import State
from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Measure
from twin.engine.rules.ladder import eligible, least_rd_share, may_hold
from twin.engine.rules.money import draw_stock_rd_share, tax_cny
from twin.park import load_park
from twin.processes.recognition import Books, Desk, run_desk
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.state import build_state
from twin.tiers import Sizes, bits_of
from twin.units import Quarter

TIERS = load_catalog().tiers
INDUSTRIES = load_catalog().industries


def firm_with(
    industry: str = "ai",
    stage: str = "mature",
    *,
    tiers: tuple[str, ...] = (),
    age: float = 8.0,
    revenue: float = 3e7,
    rd_share: float = 0.06,
    growth: tuple[float, float] = (0.3, 0.3),
    staff: int = 1,
) -> tuple[State, Any]:
    """A state with one firm, and what it earned before: growth is of the last two years, and of the two before."""
    state = state_of(firms=1, stage=stage)
    firms = state.firms
    firms.industry[0] = INDUSTRIES.index(industry)
    firms.founded[0] = -age
    firms.size[0], firms.productivity[0] = 1.0, revenue
    state.industries.revenue_per_head_cny[:] = 1.0
    state.stages.revenue_factor[:] = 1.0
    firms.rd_share[0], firms.staff[0] = rd_share, staff
    firms.tiers[0] = sum(1 << TIERS.index(tier) for tier in tiers)
    two, four = revenue / (1 + growth[0]) ** 2, revenue / (1 + growth[0]) ** 2 / (1 + growth[1]) ** 2
    return state, np.array([[revenue], [0.0], [two], [0.0], [four]])


#: Of a firm that keeps every rule of a tier: what is just kept of each, and what just is not. Bounds are those of the
#: documents that tier_rules.csv names.
OTHERWISE: dict[str, dict[str, Any]] = {
    "hnte": {},
    "srdi": {"tiers": ("hnte",)},
    "little_giant": {"tiers": ("hnte", "srdi"), "revenue": 6e7, "rd_share": 0.08},
    "gazelle": {"tiers": ("hnte",), "revenue": 5e7},
    "unicorn": {"tiers": ("hnte",), "revenue": 2e8},
    "above_scale": {},
    "strong": {"tiers": ("above_scale",), "revenue": 5e8, "staff": 2000},
}
BOUNDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("hnte", {"age": 1.0}, {"age": 0.99}),
    ("hnte", {"revenue": 5e7, "rd_share": 0.051}, {"revenue": 5e7, "rd_share": 0.049}),
    ("hnte", {"revenue": 5.01e7, "rd_share": 0.041}, {"revenue": 5.01e7, "rd_share": 0.039}),
    ("hnte", {"revenue": 2e8, "rd_share": 0.041}, {"revenue": 2e8, "rd_share": 0.039}),
    ("hnte", {"revenue": 2.01e8, "rd_share": 0.031}, {"revenue": 2.01e8, "rd_share": 0.029}),
    ("hnte", {"industry": "services"}, {"industry": "finance"}),
    ("hnte", {"stage": "pilot"}, {"stage": "lab"}),
    ("srdi", {"age": 2.0}, {"age": 1.99}),
    ("srdi", {"revenue": 1e7, "rd_share": 0.11}, {"revenue": 9.9e6, "rd_share": 0.11}),
    ("srdi", {"revenue": 4e8, "rd_share": 0.06}, {"revenue": 4.01e8, "rd_share": 0.06}),
    ("srdi", {"revenue": 2.1e7, "rd_share": 0.05}, {"revenue": 1.9e7, "rd_share": 0.05}),  # 1e6 CNY of R&D
    ("srdi", {"revenue": 3e8, "rd_share": 0.031}, {"revenue": 3e8, "rd_share": 0.029}),
    ("srdi", {}, {"tiers": ()}),
    ("little_giant", {"age": 3.0}, {"age": 2.99}),
    ("little_giant", {"growth": (0.051, 0.0)}, {"growth": (0.049, 0.0)}),
    ("little_giant", {"revenue": 1e8, "rd_share": 0.061}, {"revenue": 1e8, "rd_share": 0.059}),
    ("little_giant", {"revenue": 1.01e8, "rd_share": 0.031}, {"revenue": 1.01e8, "rd_share": 0.029}),
    ("little_giant", {"revenue": 5e7}, {"revenue": 4.9e7}),
    ("little_giant", {"revenue": 4e8}, {"revenue": 4.01e8}),
    ("gazelle", {"age": 4.0}, {"age": 3.99}),
    ("gazelle", {"age": 15.0}, {"age": 15.01}),
    ("gazelle", {"growth": (0.201, 0.201)}, {"growth": (0.199, 0.199)}),
    ("gazelle", {"revenue": 1.01e7 * 1.3**4}, {"revenue": 0.99e7 * 1.3**4}),
    ("unicorn", {"age": 10.0}, {"age": 10.01}),
    ("unicorn", {"revenue": 1.17e8}, {"revenue": 1.16e8}),  # x 60 is 7e9 CNY, or 1e9 USD
    ("above_scale", {"revenue": 2e7}, {"revenue": 1.99e7}),
    ("above_scale", {"industry": "services", "revenue": 1e7}, {"industry": "services", "revenue": 0.99e7}),
    ("above_scale", {"stage": "lab"}, {"revenue": 0.0}),
    ("strong", {"staff": 300}, {"staff": 299}),
    ("strong", {"revenue": 1e8}, {"revenue": 0.99e8}),
    ("strong", {"industry": "health", "staff": 1000, "revenue": 4e8}, {"industry": "health", "staff": 999}),
    ("strong", {"industry": "health"}, {"industry": "health", "revenue": 3.99e8}),
    ("strong", {"industry": "services", "staff": 300, "revenue": 2e7}, {"industry": "services", "staff": 299}),
    ("strong", {"industry": "finance", "staff": 300, "revenue": 2e7}, {"industry": "finance", "staff": 299}),
    ("strong", {}, {"tiers": ("hnte",)}),
]


def meets(tier: str, **firm: Any) -> bool:
    state, past = firm_with(**{**OTHERWISE[tier], **firm})
    seen, row = as_rules_see(state), TIERS.index(tier)
    return bool(may_hold(seen, 0, row) and eligible(seen, 0.0, 0, row, past))


@pytest.mark.parametrize(("tier", "kept", "missed"), BOUNDS)
def test_a_criterion_at_its_bound(tier: str, kept: dict[str, Any], missed: dict[str, Any]) -> None:
    assert meets(tier, **kept)
    assert not meets(tier, **missed)


def test_every_rule_has_a_case_at_its_bound() -> None:
    rules = load_catalog().tables["tier_rules"]
    assert {row["tier"] for row in rules} == {tier for tier, _, _ in BOUNDS} == set(TIERS)
    assert {row["criterion"] for row in rules} <= CRITERIA
    assert {f"{bound}_{measure.name.lower()}" for bound in ("least", "most") for measure in Measure} == CRITERIA


def test_growth_that_nobody_knows_is_not_enough() -> None:
    state, past = firm_with(**OTHERWISE["gazelle"])
    row = TIERS.index("gazelle")
    assert eligible(as_rules_see(state), 0.0, 0, row, past)
    assert not eligible(as_rules_see(state), 0.0, 0, row, np.zeros((5, 0)))
    past[4] = 0.0
    assert not eligible(as_rules_see(state), 0.0, 0, row, past)


def test_a_rule_counts_from_its_date() -> None:
    """R&D of specialised SMEs is asked for since 2022Q3."""
    poor = stock_of(1, staff=10).assign(tier="hnte", productivity=1.0)
    for start, counts in (("2021Q1", False), ("2026Q1", True)):
        made = ladder_at(poor, start)
        made.firms.rd_share[0], made.firms.founded[0] = 0.0, -5.0
        srdi = TIERS.index("srdi")
        assert bool(eligible(as_rules_see(made), 0.0, 0, srdi, np.zeros((5, 1)))) is not counts


def ladder_at(stock: Any, start: str) -> State:
    park = small_park([100.0], firms=stock)
    return build_state(park, park.catalog, start=Quarter.parse(start), years=1.0, seed=1)


def test_whoever_holds_a_tier_holds_those_it_requires() -> None:
    catalog = load_catalog()
    names: list[str | None] = [None, "hnte", "little_giant", "above_scale", "srdi", "unicorn", "strong", "gazelle"]
    revenue = np.array([9e9, 1e6, 6e7, 5e8, 6e8, 4e8, 3e8, 7e8])
    staff = np.array([900, 900, 900, 20, 20, 900, 20, 900], dtype=np.int32)
    sizes = Sizes(np.zeros(8, np.int8), staff, revenue)
    bits = bits_of(names, sizes, catalog, Quarter.parse("2026Q1"))
    held = [{tier for n, tier in enumerate(TIERS) if one >> n & 1} for one in bits.tolist()]
    assert held == [
        set(),
        {"hnte"},
        {"hnte", "srdi", "little_giant"},
        {"above_scale"},
        {"hnte", "srdi", "above_scale"},  # no smaller than the least of those above scale
        {"hnte", "unicorn"},
        {"above_scale", "strong"},  # as the table says, though it keeps the rules no more
        {"hnte", "gazelle", "above_scale", "strong"},  # above scale by its revenue, and large
    ]


def test_the_stock_keeps_the_rules_of_what_it_holds() -> None:
    """R&D shares are drawn given the tiers; of others the share is log-normal about its median."""
    state = state_of(firms=2000, stage="mature", parameters={"rd_sigma": 0.5})
    bits = np.array([0, 1, 3] * 667, dtype=np.int16)[:2000]
    state.firms.tiers[:2000] = bits
    state.firms.founded[:2000] = -9.0
    state.firms.productivity[:2000] = 8.0  # a revenue of 2e7
    seen = as_rules_see(state)
    for firm in range(2000):
        draw_stock_rd_share(seen, firm, least_rd_share(seen, firm))
    share = state.firms.rd_share[:2000].astype(float)
    assert share[bits > 0].min() >= 0.05
    assert np.median(share[bits == 0]) == pytest.approx(0.065 * (1 / 20) ** -0.15, rel=0.06)
    assert (share[bits == 0] < 0.05).any()


def test_tax_is_less_for_who_pays_less_on_profit() -> None:
    state, _ = firm_with()
    full = tax_cny(as_rules_see(state), 0, 1e8)
    assert full == pytest.approx(0.038 * 1e8)
    state.firms.tiers[0] = 1 << TIERS.index("hnte") | 1 << TIERS.index("above_scale")
    assert tax_cny(as_rules_see(state), 0, 1e8) == pytest.approx(full - 0.072 * (0.25 - 0.15) * 1e8)
    state.money.tax_share[:] = 0.001
    assert tax_cny(as_rules_see(state), 0, 1e8) == 0.0


def desk_of(firms: int, *, quarters: float, **parameters: float) -> tuple[ParkEnvironment, Desk]:
    """A desk for high-tech enterprises after a while, with so many firms that are all eligible."""
    quiet = {
        "entry_per_year": 0.0,
        "followers_per_firm": 0.0,
        "growth_scale": 0.0,
        "growth_mean": 0.0,
        "closing_factor": 0.0,
        "absorb_per_year": 0.0,
        "move_out_per_year": 0.0,
        "advance_per_year": 0.0,
        "fail_per_year": 0.0,
        "leave_per_year": 0.0,
        "rd_sigma": 0.0,
        "rd_share": 0.2,
        "apply_share": 1.0,
        "approve_share": 1.0,
        "renew_share": 1.0,
        "review_interval_years": 0.25,
        "review_years": 0.0,
    }
    env = ParkEnvironment(state_of(firms=firms, stage="mature", parameters={**quiet, **parameters}))
    desk = Desk(TIERS.index("hnte"))
    env.process(run_desk(env, desk, Books(), 0.0))
    env.run(until=quarters / 4 - 0.01)
    return env, desk


def test_a_desk_handles_its_capacity_at_each_review_and_no_more() -> None:
    for reviews in (1, 2, 5):
        env, desk = desk_of(100, quarters=reviews, desk_capacity=7.0)
        ladder = env.state.ladder
        assert ladder.applied[desk.tier] == 100
        assert ladder.recognised[desk.tier] == 7 * reviews == (env.state.firms.tiers > 0).sum()
        assert ladder.queue[desk.tier] == len(desk.line.firm) == 100 - 7 * reviews


def test_a_desk_takes_the_oldest_first_and_decides_after_its_time() -> None:
    env, desk = desk_of(20, quarters=4, desk_capacity=4.0, review_years=0.375)
    # reviews at 0, 1/4, 1/2 and 3/4; by 0.99 three are decided, after 3/8 of a year
    assert env.state.ladder.recognised[desk.tier] == 12
    assert np.flatnonzero(env.state.firms.tiers).tolist() == list(range(12))
    waits = 4 * (0.375 + (0.25 + 0.375) + (0.5 + 0.375))
    assert env.state.ladder.waited_years[desk.tier] == pytest.approx(waits)
    assert [date for date, _ in desk.in_review] == [1.125]


def test_a_term_ends_and_is_renewed_or_not() -> None:
    lasting, _ = desk_of(10, quarters=9, tier_valid_years=1.0)
    assert lasting.state.ladder.lapsed.sum() == 0
    assert (lasting.state.firms.tiers[:10] == 1).all()
    # one that lapses at a review may apply at the next: held through [0, 1), [5/4, 9/4)
    ending, _ = desk_of(10, quarters=9, tier_valid_years=1.0, renew_share=0.0)
    assert ending.state.ladder.lapsed[0] == 10
    assert ending.state.ladder.recognised[0] == 20


def test_reviews_fall_on_their_dates() -> None:
    park = small_park([100.0], firms=stock_of(30, staff=30))
    parameters: dict[str, float | dict[str, float]] = {"apply_share.above_scale": 1.0}
    parameters |= {"review_interval_years": 1.0, "review_phase_years.above_scale": 0.75}
    record = simulate(park, Scenario(name="x", end="2027Q4", parameters=parameters))
    assert record.events is not None
    dates = record.events[
        (record.events["kind"] == "recognise") & (record.events["amount"] == TIERS.index("above_scale"))
    ]
    assert set(dates["time_years"]) <= {0.75, 1.75}
    assert math.isclose(dates["time_years"].min(), 0.75)


@pytest.mark.parametrize(("staff", "growth", "kinds"), [(290, 0.1, ["recognise"]), (310, -0.1, ["lapse"])])
def test_a_firm_becomes_large_and_is_large_no_more(staff: int, growth: float, kinds: list[str]) -> None:
    """A firm above scale that passes 300 persons is large from the next review on, and below until its term ends."""
    firm = stock_of(1, staff=staff).assign(tier="above_scale", productivity=4.0)
    parameters: dict[str, Any] = {
        **dict.fromkeys(STILL, 0.0),
        "growth_mean": growth,
        "apply_share": 0.0,
        "apply_share.strong": 1.0,
    }
    record = simulate(small_park([100.0], firms=firm), Scenario(name="x", end="2028Q1", parameters=parameters))
    assert record.events is not None
    told = record.events[record.events["kind"].isin(["recognise", "lapse"])]
    assert told["kind"].tolist() == kinds
    assert set(told["amount"]) == {TIERS.index("strong")}
    held = record.tiers[record.tiers["tier"] == "strong"].groupby("quarter", observed=True)["firms"].sum()
    assert (held.iloc[0], held.iloc[-1]) == ((0, 1) if growth > 0 else (1, 0))


#: Nothing happens but growth.
STILL = (
    *("entry_per_year", "institute_spin_offs_per_year", "prospects_per_year", "followers_per_firm", "come_per_year"),
    *("closing_factor", "absorb_per_year", "move_out_per_year", "spin_off_per_year", "growth_ageing_per_year"),
    "growth_scale",
)


def test_the_shipped_stock_has_large_firms_above_scale() -> None:
    """About one in ten of those above scale, and each of them above scale; outreach makes more of them in time."""
    park = load_park()
    state = build_state(park, park.catalog, start=Quarter.parse("2026Q1"), years=1.0, seed=1)
    bits = state.firms.tiers[: state.firms.used[0]].astype(np.int64)
    above, large = (bits >> TIERS.index(tier) & 1 == 1 for tier in ("above_scale", "strong"))
    assert (above | ~large).all()
    assert 0.05 < large.sum() / above.sum() < 0.2
    outreach = {"at": "2026Q1", "lever": "tier_outreach", "where": {"tier": "strong"}}
    held = []
    for factor in (0.0, 2.0):
        scenario = Scenario(name="x", end="2028Q4").with_actions({**outreach, "value": factor})
        tiers = simulate(park, scenario, events=False).tiers
        last = tiers[(tiers["tier"] == "strong") & (tiers["quarter"] == "2028Q4")]
        held.append(int(last["firms"].sum()))
    assert held[0] < held[1]
