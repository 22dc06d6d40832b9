"""Orders, help and pulses of prospects against closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park, stock_of
from tests.theory.quiet import Floats, groups, judge, quiet, replicate, z_of_dispersion, z_of_mean
from twin.catalog import load_catalog
from twin.park import Park
from twin.processes.scenes import projects_in
from twin.record import Record
from twin.simulation import simulate

FIRMS = 600

CATALOG = load_catalog()


def cohort(stage: str) -> Park:
    """Alike firms of one industry and stage, registered only, whose link is not told."""
    return small_park([100.0], firms=stock_of(FIRMS, industry="ai", stage=stage))


@pytest.mark.slow
def test_orders_are_a_thinned_stream(slip: float) -> None:
    """Of a cohort whose firms go at rate m, a share r / (r + m) ever gets an order that comes at rate r.

    With calls every h years, the first at the start, and a share p of firms served at each, that share is
    p (1 - q^n) / (1 - q) after n calls, q = (1 - p) exp(-m h); with p = r h it tends to r / (r + m) as h falls.
    """
    calls_per_year, rate, going, years = 26.0, 1.0, 1.0, 3
    p, q = rate / calls_per_year, (1.0 - rate / calls_per_year) * math.exp(-going / calls_per_year)
    expected = p * (1.0 - q ** (calls_per_year * years)) / (1.0 - q)
    assert abs(expected - 0.5 * (1.0 - math.exp(-2.0 * years))) < 0.02  # r / (r + m), over so many years
    scenario = quiet(
        {
            "move_out_per_year": going * slip,
            "scene_calls_per_year.ai_plus": calls_per_year,
            "scene_date_years.ai_plus": 0.0,
            "scene_bid_share.ai_plus": p,
            "scene_orders_per_call.ai_plus": 1e4,
        },
        quarters=4 * years,
    )

    def ever(record: Record) -> Floats:
        assert not record.awards["firm"].duplicated().any()
        return np.array([len(record.awards) / FIRMS])

    shares = replicate(cohort("pilot"), scenario, 200, ever)[:, 0]
    judge("orders as a thinned stream", {"ever": z_of_mean(shares, expected)}, slip)


def test_a_finite_pool_runs_dry() -> None:
    """Where all bid and nobody goes, n calls of m orders reach exactly min(n m, firms), each firm once."""
    scenario = quiet(
        {
            "scene_calls_per_year.ai_plus": 4.0,
            "scene_date_years.ai_plus": 0.0,
            "scene_bid_share.ai_plus": 1.0,
            "scene_orders_per_call.ai_plus": 250.0,
        },
        quarters=4,
    )

    def ordered(record: Record) -> Floats:
        return record.scenes.loc[record.scenes["scene"] == "ai_plus", "orders"].to_numpy(dtype=float)

    assert replicate(cohort("pilot"), scenario, 3, ordered).tolist() == [[250.0, 250.0, 100.0, 0.0]] * 3


@pytest.mark.slow
def test_an_order_multiplies_the_odds_and_relieves_the_market(slip: float) -> None:
    """With an order firms advance with odds a r / (f (1 - s + s w)): r and w its ratios, s the market's share."""
    advance, fail, ratio, relief, share = 0.8, 1.0, 1.5, 0.5, 0.4
    scenario = quiet(
        {
            "advance_per_year.pilot": advance * slip,
            "fail_per_year.pilot": fail,
            "fail_market_share.pilot": share,
            "fail_technical_share.pilot": 1.0 - share,
            "fail_money_share.pilot": 0.0,
            "order_advance_ratio": ratio,
            "order_relief_ratio": relief,
            "scene_calls_per_year.ai_plus": 1.0,
            "scene_date_years.ai_plus": 0.0,
            "scene_bid_share.ai_plus": 1.0,
            "scene_orders_per_call.ai_plus": 1e4,
        },
        quarters=32,
    )
    odds = advance * ratio / (fail * (1.0 - share + share * relief))
    relieved = share * relief / (1.0 - share + share * relief)

    def ends(record: Record) -> Floats:
        advanced, failed = groups(record, "advanced").sum(), groups(record, "failed").sum()
        assert advanced + failed == FIRMS
        of_market = record.failures.loc[record.failures["cause"] == "market", "firms"].sum()
        return np.array([advanced / FIRMS, of_market / failed])

    advanced, of_market = replicate(cohort("pilot"), scenario, 200, ends).T
    z = {
        "advanced": z_of_mean(advanced, odds / (1.0 + odds)),
        "failed for the market": z_of_mean(of_market, relieved),
    }
    judge("odds with an order", z, slip)


@pytest.mark.slow
def test_an_event_brings_a_decaying_pulse_of_prospects(slip: float) -> None:
    """Of prospects at rate r an event brings a Poisson number more, of mean r b T, or r b T (1 - exp(-t / T)) by t."""
    rate, boost, decay = 400.0, 1.5, 0.25
    scenario = quiet(
        {
            "prospects_per_year.ai": rate * slip,
            "events_per_year.ai": 1.0,
            "event_date_years": 0.125,
            "event_prospect_boost": boost,
            "event_pulse_years": decay,
        },
        quarters=4,
    )
    park = small_park([100.0], slots={"recruitment": 1})

    def drawn(record: Record) -> Floats:
        return record.fairs.loc[record.fairs["industry"] == "ai", "prospects"].to_numpy(dtype=float)

    first, second, third, _ = replicate(park, scenario, 300, drawn).T
    mean = rate * boost * decay
    z = {
        "first quarter": z_of_mean(first, mean * (1.0 - math.exp(-0.125 / decay))),
        "second quarter": z_of_mean(second, mean * (math.exp(-0.125 / decay) - math.exp(-0.375 / decay))),
        "three quarters": z_of_mean(first + second + third, mean * (1.0 - math.exp(-0.625 / decay))),
    }
    judge("a pulse of prospects", z, slip)
    if slip == 1.0:
        assert abs(z_of_dispersion(first)) < 3.3


def matched(projects: int, firms: int, bidding: float) -> float:
    """Expected projects of a list that are taken up by so many alike firms, each by one at most.

    With j firms left a project finds no bidder with probability (1 - p)^j; the chance of each j is carried along.
    """
    left = np.zeros(firms + 1)
    left[firms] = 1.0
    taken = 1.0 - (1.0 - bidding) ** np.arange(firms + 1)
    for _ in range(projects):
        moving = left * taken
        left -= moving
        left[:-1] += moving[1:]
    return firms - float(left @ np.arange(firms + 1))


@pytest.mark.slow
def test_projects_for_which_nobody_bids(slip: float) -> None:
    """Of a list for a link some projects are taken up, each by another firm of it, and for the others nobody bids."""
    firms, share, projects = 300, 0.004, 400
    scenario = quiet(
        {
            "challenge_projects_per_year.A8": float(projects),
            "challenge_date_years": 0.125,
            "challenge_bid_share": share * slip,
            "challenge_neighbour_ratio": 0.0,
        },
    )
    stock = stock_of(firms + 50).assign(chain_node=["A8"] * firms + ["A7"] * 50)
    park = small_park([100.0], firms=stock)

    def taken(record: Record) -> Floats:
        told: Any = record.challenges.set_index("chain_node").loc["A8"]
        assert told["projects"] == projects
        return np.array([float(told["matched"])])

    found = replicate(park, scenario, 300, taken)[:, 0]
    judge("projects taken up", {"matched": z_of_mean(found, matched(projects, firms, share))}, slip)


def test_an_event_leaves_those_who_come_anyway_as_they_were() -> None:
    """Whom events bring has luck of its own: every prospect that comes without them comes with them, on its date."""
    park = small_park([100.0], slots={"recruitment": 1})
    quarters = {"prospects_per_year.ai": 60.0, "event_prospect_boost": 2.0}

    def listed(events: float) -> set[tuple[float, float]]:
        scenario = quiet({**quarters, "events_per_year.ai": events}, quarters=12)
        log = simulate(park, scenario).events
        assert log is not None
        rows = log[log["kind"] == "list"]
        return set(zip(rows["time_years"], rows["amount"], strict=True))

    none, one, two = (listed(events) for events in (0.0, 1.0, 2.0))
    assert none < one
    assert none < two
    assert len(none) > 100
    assert len(two) > len(one) > len(none) + 10


def lively_chain() -> Park:
    """Firms of every link of two chains, of the first stages, registered only."""
    nodes = [node for industry in ("ai", "health") for node in CATALOG.nodes_of(industry)]
    stock = pd.concat(
        [stock_of(8, industry=of, stage=stage).assign(chain_node=node) for of, node, stage in of_stages(nodes)],
        ignore_index=True,
    )
    return small_park([100.0], firms=stock.assign(firm_id=range(1, len(stock) + 1)))


def of_stages(nodes: list[str]) -> list[tuple[str, str, str]]:
    """Industry, link and stage of the groups of firms of some links."""
    of_node = {row["id"]: row["industry"] for row in CATALOG.tables["chain_nodes"]}
    return [(of_node[node], node, stage) for node in nodes for stage in ("lab", "pilot")]


def won(kind: str, prefix: str, *actions: dict[str, Any]) -> set[tuple[float, str, int]]:
    """When, what and who: the awards of a kind of links, scenes or industries whose name begins so."""
    record = simulate(lively_chain(), quiet({}, quarters=16).with_actions(*actions))
    rows = record.awards[(record.awards["kind"] == kind) & record.awards["of"].str.startswith(prefix)]
    return set(zip(rows["time_years"], rows["of"], rows["firm"], strict=True))


def act(lever: str, value: float, at: str = "2026Q1", **where: str) -> dict[str, Any]:
    return {"at": at, "lever": lever, "value": value, "where": where}


def test_projects_of_one_chain_leave_those_of_another_as_they_were() -> None:
    """But for firms beside both: of projects for links of a chain who takes them up is drawn by link and year."""
    health = won("project", "H", act("challenges", 12, industry="health"))
    both = won("project", "H", act("challenges", 12, industry="health"), act("challenges", 30, industry="ai"))
    assert len(health) > 20
    assert len(health & both) >= 0.9 * len(health)


@pytest.mark.parametrize(
    ("kind", "lever", "prefix"), [("project", "challenges", ""), ("order", "scenes", ""), ("prize", "events", "")]
)
def test_what_begins_later_is_held_with_the_same_luck(kind: str, lever: str, prefix: str) -> None:
    """By its date and not by how often it was held: a firm wins on a date unless it has won before, or another has."""
    value = {"challenges": 40, "scenes": 1, "events": 1}[lever]
    soon, late = (won(kind, prefix, act(lever, value, at)) for at in ("2026Q1", "2028Q1"))
    after = {one for one in soon if one[0] >= 2.0}
    winners_before = {firm for date, _, firm in soon if date < 2.0}
    alike = {one for one in late if one[2] not in winners_before}
    assert len(after) > 5
    assert len(after & late) >= 0.6 * len(after)
    assert len(after & alike) >= 0.6 * len(alike)


def test_parts_of_a_project_come_in_turn() -> None:
    for node in range(20):
        yearly = [projects_in(7, node, year, 0.4) for year in range(10)]
        assert sum(yearly) == 4
        assert set(yearly) <= {0, 1}
        assert [projects_in(7, node, year, 2.0) for year in range(5)] == [2] * 5
    assert 760 <= sum(projects_in(7, node, 0, 0.4) for node in range(2000)) <= 840
