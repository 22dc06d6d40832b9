"""Verdicts, scores and the command lines of facts and hindcast; published figures, their forecasts and scores."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.facts.made import made, runs_of
from twin.cli import main
from twin.cli.evidence import _print_facts
from twin.facts import CANNOT, FAILS, HOLDS, Estimate, Finding, Report, check_facts
from twin.facts.registry import missing, spread
from twin.history import Band, Observation, observations, observed, patterns
from twin.record import Record
from twin.scenario import load_scenario
from twin.study.past import beside, covered, crps, hindcast, interval_score, naive
from twin.study.series import SERIES, UnknownError, rent_index, tier_firms, value_at

PATTERN = patterns()[4]  # of one figure, between .75 and 1.25

FIGURE = Observation(
    "x", "revenue_cny", "", "2023", 100.0, "=", "CNY/year", 0.05, "park", 1.0, "yes", "held-out", 1, "s", "", "H", ""
)  # fmt: skip


def finding(*values: Estimate) -> Finding:
    """What is found of the figures of fact 20: tax between .025 and .065, R&D between .035 and .05."""
    return Finding(patterns()[20], dict(zip(("tax", "rd"), values, strict=False)))


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((Estimate(0.04), Estimate(0.04)), HOLDS),
        ((Estimate(0.04), Estimate(0.06)), FAILS),
        ((Estimate(0.04), missing("none")), CANNOT),
        ((Estimate(0.08), missing("none")), FAILS),
        ((Estimate(0.04),), CANNOT),
        ((Estimate(0.025), Estimate(0.05)), HOLDS),
        ((Estimate(math.inf), Estimate(0.04)), FAILS),
    ],
)
def test_a_fact_holds_where_all_its_figures_do(values: Sequence[Estimate], verdict: str) -> None:
    assert finding(*values).verdict == verdict


def test_reasons_are_told_once() -> None:
    assert finding(missing("none"), missing("none")).reasons == ["none"]
    assert finding(Estimate(0.04)).reasons == ["not in the runs"]


def test_the_score_counts_what_cannot_be_judged_as_not_met() -> None:
    held_out = [
        replace(finding(Estimate(0.04), rd), pattern=patterns()[20]._replace(role="held-out"))
        for rd in (Estimate(0.04), Estimate(0.9), missing("none"), Estimate(0.04))
    ]
    fitted = Finding(patterns()[14], {"years_to_let": Estimate(3.0)})
    report = Report([*held_out, fitted], {})
    assert report.score == 0.5
    assert report.counts("held-out") == {HOLDS: 2, FAILS: 1, CANNOT: 1}
    assert report.counts("fit") == {HOLDS: 1, FAILS: 0, CANNOT: 0}


@pytest.mark.parametrize(
    ("low", "high", "clear"),
    [(0.8, 1.0, True), (0.7, 1.0, False), (0.7, 1.3, False), (1.3, 2.0, True), (0.1, 0.2, True)],
)
def test_a_range_is_clear_on_one_side_of_every_bound(low: float, high: float, clear: bool) -> None:
    assert PATTERN.bands[0].clear(low, high) is clear


def test_open_bounds() -> None:
    band = Band("x", "", "", "1", "> 1", 1.0, math.inf)
    assert band.holds(5.0)
    assert not band.holds(0.9)


def test_values_that_are_no_number_are_left_out() -> None:
    assert spread([1.0, math.nan, 3.0]).value == 2.0
    assert spread([math.nan]).reason == "too few cases"


# Published figures


def test_every_figure_names_its_source_and_can_be_found() -> None:
    seen = [one.id for one in observations()]
    assert len(seen) == len(set(seen))
    for one in observations():
        assert one.source, one
        assert not re.search(r"\[S\d|S\d+\b(?!\))", one.source), one
        assert one.confidence in {"H", "M", "L"}, one
        assert one.role in {"known", "fit", "held-out"}, one
        assert one.bound in {"=", ">"}, one
        assert one.comparable in {"yes", "partly", "no"}, one
        assert one.comparable == "no" or one.quantity in {*SERIES, "scifi_firms"}, one
        assert one.comparable != "no" or one.note, one
        assert 0 < one.share <= 1, one
        assert one.scope == "district" or one.share == 1, one
        assert one.role != "known" or one.years <= 2021, one


def test_figures_stand_at_the_parks_scale() -> None:
    assert observed("tier_firms", "2025Q4") == pytest.approx(0.8 * 1100)
    assert observed("revenue_cny", "2023") == 4.4e11


@pytest.mark.parametrize(("at", "years"), [("2023", 2023.5), ("2023Q1", 2023.25), ("2023Q4", 2024.0)])
def test_a_figure_has_a_date(at: str, years: float) -> None:
    assert FIGURE._replace(at=at).years == years


def test_naive_forecasts_know_earlier_figures_only() -> None:
    known = [FIGURE._replace(at=str(year), value=value) for year, value in ((2020, 10.0), (2021, 30.0), (2024, 999.0))]
    others = [FIGURE._replace(at="2022", value=77.0, part="ai"), FIGURE._replace(at="2022", value=5.0, bound=">")]
    last, trend = naive(FIGURE, [*known, *others])
    assert last == 30.0
    assert trend == pytest.approx(70.0)
    assert [math.isnan(x) for x in naive(FIGURE, known[:1])] == [False, True]
    assert [math.isnan(x) for x in naive(FIGURE, [])] == [True, True]


@pytest.mark.parametrize(
    ("bound", "low", "high", "met"),
    [
        ("=", 90.0, 96.0, True),
        ("=", 90.0, 94.0, False),
        ("=", 104.0, 110.0, True),
        ("=", 106.0, 110.0, False),
        (">", 106.0, 110.0, True),
        (">", 80.0, 94.0, False),
    ],
)
def test_a_range_covers_a_figure_within_its_tolerance(bound: str, low: float, high: float, met: bool) -> None:
    assert covered(FIGURE._replace(bound=bound), low, high) is met


def test_crps_of_a_normal_sample() -> None:
    # Gneiting & Raftery 2007: of a standard normal forecast at 0 it is (sqrt(2) - 1) / sqrt(pi)
    values = np.random.default_rng(1).standard_normal(4_000)
    assert crps(values, 0.0) == pytest.approx((math.sqrt(2) - 1) / math.sqrt(math.pi), abs=0.01)
    assert crps(np.array([3.0]), 1.0) == 2.0


def test_interval_score_punishes_what_lies_outside() -> None:
    assert interval_score(90, 110, 100) == 20
    assert interval_score(90, 110, 112) == pytest.approx(20 + 20 * 2)
    assert interval_score(90, 110, 89) == pytest.approx(20 + 20 * 1)


# The past simulated


def past(levels: Sequence[float]) -> list[float]:
    """Revenue of the five years 2021 to 2025 by quarter."""
    return list(np.repeat(levels, 4))


def run_with(levels: Sequence[float]) -> Record:
    """A record of 2021 to 2025 with a revenue by year."""
    one = np.zeros((1, 3, 2, 4))
    one[0, 0, 0, 0] = 1.0
    return made(
        years=5, start="2021Q1", groups={"revenue_cny": np.array(past(levels)).reshape(-1, 1, 1, 1) * one}
    ).record


def test_figures_are_set_beside_the_runs() -> None:
    records = [run_with([3.6e11, 4.1e11 + n * 1e10, 4.3e11, 4.4e11, 4.7e11]) for n in range(3)]
    found = beside(records, runs_of().park, observations(), {"replications": 3})
    row = found.rows.set_index("id").loc["revenue_2022"]
    assert (row["median"], row["observed"], row["last_value"]) == (4.2e11, 4.194e11, 3.2e11)
    assert row["covered"]
    assert row["error"] == pytest.approx(4.2 / 4.194 - 1)
    assert row["last_error"] == pytest.approx(1 - 3.2 / 4.194)
    reasons = found.rows.set_index("id")["reason"]
    assert reasons["gdp_2024"].startswith("not comparable: the model has no value added")
    assert reasons["hnte_2025"] == "records hold no tier hnte"
    assert reasons["revenue_2022"] == ""
    score = found.scores.set_index("figures").loc["held-out"]
    assert score["n"] == 5  # four of revenue, one of sci-fi firms
    assert score["n_last"] == 4
    slow = found.slowdown.set_index("growth")
    assert slow.loc["growth_2020_22", "median"] == pytest.approx((4.2 / 3.2) ** 0.5 - 1)
    assert slow.loc["growth_2022_25", "published"] == pytest.approx((4.746 / 4.194) ** (1 / 3) - 1)
    assert slow["holds"].tolist() == [True, True, True]


def test_steady_growth_is_no_slowdown() -> None:
    steady = [3.2e11 * 1.082**year for year in range(1, 6)]
    found = beside([run_with(steady)], runs_of().park, observations(), {})
    assert found.slowdown["holds"].tolist() == [False, False, False]
    assert json.dumps(found.as_json()["slowdown"])


def test_quarters_that_were_not_counted_are_not_made_up() -> None:
    with pytest.raises(UnknownError, match="2021Q1 was not counted"):
        value_at(np.zeros(4), ["2022Q1", "2022Q2", "2022Q3", "2022Q4"], "2021Q1")
    with pytest.raises(UnknownError, match="2022Q4 was not counted"):
        rent_index(made().record)


def test_tiers_are_read_by_quarter() -> None:
    assert tier_firms(made(tiers={"hnte": 880}).record, "hnte")[-1] == 880
    with pytest.raises(UnknownError, match="no tier unicorn"):
        tier_firms(made(tiers={"hnte": 880}).record, "unicorn")


def test_an_index_of_rents_is_one_at_its_base() -> None:
    rent = np.linspace(4, 2, 20)[:, None]
    floor = {"stock_m2": np.full((20, 1), 10.0), "rent_cny_m2_day": rent}
    index = rent_index(made(years=5, start="2021Q1", buildings=floor).record)
    assert index == pytest.approx(rent[:, 0] / rent[7, 0])


# Runs of the shipped park


def test_the_facts_of_a_short_run_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    short = load_scenario("baseline").with_changes(end="2026Q2")
    report = check_facts(short, replications=1, seed=1)
    assert [f.pattern.number for f in report.findings] == list(range(1, 23))
    assert {f.verdict for f in report.findings} <= {HOLDS, FAILS, CANNOT}
    assert report.about == {"scenario": "baseline", "hindcast": "hindcast", "replications": 1, "seed": 1}
    with pytest.raises(SystemExit) as ended:
        main(["check", "facts", "--replications", "1", "--json"])
    assert ended.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["number"] for one in said["facts"]] == list(range(1, 23))
    assert sum(said["held_out"].values()) == 12
    _print_facts(report)
    table = capsys.readouterr().out
    assert "Exit by age 按年龄的退出率" in table
    assert "of 12 facts" in table
    assert "\x1b" not in table


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "facts", "--replications", "0"), "replications"),
        (("check", "facts", "--scenario", "baselin"), "did you mean 'baseline'?"),
        (("hindcast", "--replications", "0"), "replications"),
        (("hindcast", "--seed", "-1"), "seed"),
        (("hindcast", "--scenario", "baselin"), "did you mean 'baseline'?"),
    ],
)
def test_what_cannot_be_run_is_refused(words: Sequence[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 3
    assert told in capsys.readouterr().err


def test_the_past_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = hindcast(replications=2, seed=3)
    assert found.about == {"scenario": "hindcast", "replications": 2, "seed": 3}
    assert set(found.rows["id"]) == {one.id for one in observations()}
    for words in (["hindcast", "--replications", "1"], ["hindcast", "--replications", "1", "--json"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
    text = capsys.readouterr().out
    table, _, said = text.partition("\n{")
    assert "Slowdown of revenue" in table
    assert "not comparable" in table
    assert json.loads("{" + said)["replications"] == 1
