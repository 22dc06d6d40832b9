"""Goals: the solver on functions whose answer is known, the allowed range, and what is said on the command line."""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.planted import Planted, planted, slack_from
from twin.cli import app, main
from twin.errors import GoalError, InputError, OutputError
from twin.goals import Answer, Factor, Simulated, Space, Trials, load_allowed, seek, sentences, solve
from twin.goals.allowed import check_allowed
from twin.goals.bounds import Attainment, clopper_pearson, share_below, upper_bound
from twin.goals.plan import FRESH_LUCK, FRESH_ROW, SAMPLE_LUCK, SEARCH_LUCK, Plan
from twin.goals.runs import as_far_as
from twin.goals.solving import _rules_out
from twin.indicators import measure, yearly
from twin.park import Park, load_park
from twin.scenario import Scenario, load_scenario, scenario_names
from twin.simulation import load_and_check, simulate

BOUND = 400.0


@pytest.fixture(scope="module")
def park() -> Park:
    return load_park()


def test_intervals_of_counts_are_those_of_the_tables() -> None:
    # Clopper-Pearson limits as in tables of the binomial distribution
    assert clopper_pearson(8, 10) == pytest.approx((0.4439, 0.9748), abs=1e-4)
    assert clopper_pearson(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert upper_bound(0, 59) == pytest.approx(1 - 0.05 ** (1 / 59))
    assert share_below(100, 0.0) == pytest.approx(3 / 100, rel=0.02)  # the rule of three
    assert share_below(100, 0.2) == pytest.approx(3 / 80, rel=0.02)
    assert share_below(0, 0.2) == 1.0


def test_luck_of_search_statement_and_sample_never_meets() -> None:
    plan = Plan.of(600, 8, 0.8)
    rows = [plan.fresh(attempt, FRESH_ROW) for attempt in range(10)]
    assert SEARCH_LUCK.stop <= FRESH_LUCK
    assert rows[-1].stop <= SAMPLE_LUCK
    assert len({number for row in rows for number in row}) == 10 * FRESH_ROW


def test_values_of_a_lever_are_round_steps_from_doing_nothing_and_the_ends() -> None:
    space = Space.of([0.1, 0, -3], [2.05, 7, 500_000], [1, 0, 0], [False, True, True])
    assert space.step.tolist() == [0.01, 1, 5000]
    first, last = space.ends
    assert space.at(first).tolist() == [0.1, 0, -3]
    assert space.at(last).tolist() == [2.05, 7, 500_000]
    assert space.snapped([1.2345, 3.4, 12_345]).tolist() == [1.23, 3, 10_000]
    drawn = space.scattered(200, np.random.default_rng(1))
    assert (drawn >= space.low).all()
    assert (drawn <= space.high).all()
    assert set(drawn[:, 1]) == set(range(8))


def test_the_cheapest_package_is_found() -> None:
    problem = planted(noise=20.0)
    best = problem.cheapest(BOUND, 0.8)
    found = solve(problem.space, slack_from(BOUND), problem, budget=400)
    assert found.verdict == "reached"
    assert found.package is not None
    assert found.met is not None
    assert found.cost is not None
    # a standard error of the statement is aimed for above 80 %, which is paid for
    assert best * 0.98 <= found.cost.mean <= best * 1.25
    truth = problem.probability(found.package, BOUND)
    assert truth > 0.75
    assert found.met.low <= truth <= found.met.high
    assert found.met.runs == 50
    assert found.runs <= found.budget == 400
    assert found.package[2] == 0.0  # the lever that costs and does nothing is left out
    assert found.curve["efficient"].any()
    assert found.curve["cost"].is_monotonic_increasing


def test_the_same_seed_finds_the_same() -> None:
    problem = planted(noise=20.0)
    twice = [solve(problem.space, slack_from(BOUND), problem, budget=250, seed=3) for _ in range(2)]
    pd.testing.assert_frame_equal(twice[0].tried, twice[1].tried)


def test_doing_nothing_may_do() -> None:
    problem = planted()
    found = solve(problem.space, slack_from(100.0), problem, budget=300)
    assert (found.verdict, found.does_nothing) == ("reached", True)
    assert found.cost is not None
    assert found.cost.mean == 0.0
    assert found.runs < 150


def test_what_is_out_of_reach_is_certified_where_levers_are_monotone() -> None:
    problem = planted(noise=0.0)
    found = solve(problem.space, slack_from(900.0), problem, budget=600)
    assert (found.verdict, found.package) == ("out of reach", None)
    evidence = found.evidence
    assert evidence is not None
    assert evidence.corner.tolist()[:2] == [1.0, 1.0]
    assert evidence.corner_below < 0.2
    assert not evidence.sample.suspects
    # nothing is claimed that the sample does not carry
    assert evidence.sample.share_below >= (1 - 0.05 ** (1 / evidence.sample.packages))
    assert evidence.steps.tried >= 6
    assert evidence.certified_if_monotone(0.8)


def hump(height: float) -> Callable[..., tuple[Any, Any]]:
    """A goal that is near in the middle of both levers, and nowhere at their ends."""

    def evaluate(packages: Any, replications: Any) -> tuple[Any, Any]:
        luck = np.array([np.random.default_rng([7, int(one)]).normal() for one in replications])
        near = np.maximum(0.0, 1.0 - 2.0 * np.abs(packages - 0.5)).min(axis=1)
        return 100.0 + height * near + 20.0 * luck, packages.sum(axis=1)

    return evaluate


def test_a_package_within_the_range_is_found_where_all_its_corners_fail() -> None:
    space = Space.of([0, 0], [1, 1], [0, 0])
    found = solve(space, slack_from(250.0), hump(300.0), budget=400)
    assert found.verdict == "reached"
    assert found.package is not None
    assert (found.package > 0.2).all()
    assert (found.package < 0.8).all()


def test_where_levers_turn_round_nothing_is_certified() -> None:
    space = Space.of([0, 0], [1, 1], [0, 0])
    found = solve(space, slack_from(500.0), hump(300.0), budget=600)
    assert found.verdict == "out of reach"
    assert found.evidence is not None
    assert found.evidence.steps.clearly > 0
    assert not found.evidence.certified_if_monotone(0.8)


def test_a_goal_that_is_nearly_reached_is_left_undecided() -> None:
    problem = planted()
    best = problem.mean(problem.space.high)
    wished_of_none = best - stats.norm.ppf(0.76) * problem.spread  # all levers together come to 76 %
    found = solve(problem.space, slack_from(float(wished_of_none)), problem, budget=300)
    assert found.verdict == "undecided"
    assert found.package is None
    assert found.runs <= found.budget


def test_a_package_that_is_reached_leaves_no_evidence_that_nothing_does() -> None:
    def island(packages: Any, replications: Any) -> tuple[Any, Any]:
        luck = np.array([np.random.default_rng([1, int(one)]).normal() for one in replications])
        within = (np.abs(packages - 0.3) < 0.05).all(axis=1)
        return 250.0 + 300.0 * within + 60.0 * luck, packages.sum(axis=1)

    found = solve(Space.of([0, 0], [1, 1], [0, 0]), slack_from(450.0), island, budget=600)
    assert found.verdict == "reached"  # by a package of the random sample: the corner had seemed decisive before
    assert found.evidence is None


def test_what_was_stated_has_to_be_ruled_out_too() -> None:
    problem = planted(noise=0.0)
    evidence = solve(problem.space, slack_from(900.0), problem, budget=600).evidence
    assert evidence is not None
    assert _rules_out(evidence, [], 0.8)
    suspected = replace(evidence, sample=replace(evidence.sample, suspects=(np.ones(3),)))
    assert evidence.certified_if_monotone(0.8)
    assert not suspected.certified_if_monotone(0.8)
    assert not _rules_out(evidence, [Attainment(59, 75, 0.975)], 0.8)  # fell short, and may well have 80 %


def test_a_search_keeps_to_its_budget_whatever_it_finds() -> None:
    def falls_short(packages: Any, replications: Any) -> tuple[Any, Any]:
        luck = np.array([np.random.default_rng([1, int(one)]).normal() for one in replications])
        return 3.0 * packages.sum(axis=1) + luck - 9.0 * (replications >= FRESH_LUCK), packages.sum(axis=1)

    found = solve(Space.of([0, 0], [1, 1], [0, 0]), slack_from(1.5), falls_short, budget=1000)
    assert len(found.stated) == 2
    assert found.runs <= 1000


def test_what_speaks_against_a_goal_is_on_its_curve() -> None:
    problem = planted(noise=0.0)
    found = solve(problem.space, slack_from(900.0), problem, budget=600)
    assert found.evidence is not None
    corner = found.curve[(found.curve[["x0", "x1", "x2"]] == found.evidence.corner).all(axis=1)]
    assert corner["runs"].tolist() == [found.evidence.corner_met.runs]
    assert corner["cost"].iloc[0] == pytest.approx(problem.price(found.evidence.corner))


def test_a_share_that_falls_short_is_not_told_as_what_was_wished(park: Park) -> None:
    answer = seek(park, load_scenario("baseline"), "revenue@2030 >= 1", LEVERS_ALLOWED, budget=250, measured=measured)
    short = replace(
        answer.found, verdict="undecided", package=None, stated=((np.ones(3), Attainment(199, 250, 0.975)),)
    )
    told = [pair[language] for pair in sentences(replace(answer, found=short)) for language in (0, 1)]
    assert sum("79.6%" in one for one in told) == 2
    assert not any("80%" in one for one in told)


def test_whole_levers_take_whole_values() -> None:
    problem = Planted(
        Space.of([0, 0, 0], [6, 4, 5], [0, 0, 0], [True, True, True]),
        gains=np.array([60.0, 90.0, 20.0]),
        prices=np.array([5.0, 6.0, 4.0]),
    )
    found = solve(problem.space, slack_from(BOUND), problem, budget=400)
    assert found.package is not None
    assert (found.package == np.round(found.package)).all()
    every = [np.array(one, dtype=float) for one in product(range(7), range(5), range(6))]
    enough = [problem.price(one) for one in every if problem.probability(one, BOUND) >= 0.8]
    safe = [problem.price(one) for one in every if problem.probability(one, BOUND) >= 0.9]
    assert min(enough) <= problem.price(found.package) <= min(safe)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"probability": 1.0}, "probability: 1; above 0 and below 1"),
        (
            {"probability": 0.999},
            "0.999, which 75 runs cannot tell from 1; a budget of at least 8000, for a statement by",
        ),
        ({"probability": 0.01}, "0.01, which 75 runs cannot tell from 0; a budget of at least 800"),
        ({"probability": 0.9999}, "0.9999; from 0.001 to 0.999"),
        ({"budget": 50}, "50 runs are too few for 3 levers; at least"),
        ({"budget": -5}, "-5 runs are too few for 3 levers; at least \\d+0, or"),
    ],
)
def test_what_cannot_be_asked_is_refused(how: dict[str, Any], told: str) -> None:
    problem = planted()
    with pytest.raises(GoalError, match=told):
        solve(problem.space, slack_from(BOUND), problem, **how)


def test_the_range_that_comes_along_fits_and_is_no_scenario(park: Park) -> None:
    allowed = load_allowed()
    check_allowed(allowed, load_scenario(allowed.scenario), park, 2030)
    assert 6 <= len(allowed.vary) <= 10
    assert "levers" not in scenario_names()


WRONG = """name: mine
scenario: baseline
vary:
  - {lever: entry_rat, at: 2027Q1, low: 1, high: 1.5}
  - {lever: entry_rate, at: 2032Q1, low: 1.2, high: 15}
  - {lever: service_slots, at: 2027Q1, low: 0, high: 4.5, where: {service: pilot_lin}}
  - {lever: rent, at: 2027Q1, low: 0, high: -0.5}
"""


def test_everything_wrong_with_a_range_is_told_where_it_stands(tmp_path: Path, park: Park) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(WRONG, encoding="utf-8")
    with pytest.raises(GoalError) as refused:
        check_allowed(load_allowed(file), load_scenario("baseline"), park, 2030)
    told = [str(fault).removeprefix(f"{file}:") for fault in refused.value.faults]
    assert "4:6: unknown lever 'entry_rat'; did you mean 'entry_rate'?" in told
    assert "6:67: unknown service 'pilot_lin'; did you mean 'pilot_line'?" in told
    for words in (
        "5:37: entry_rate from 1.2 to 15 is without 1",
        "5:25: 2032Q1 is after the year of the goal, 2030",
        "5:47: 15 is out of the bounds of entry_rate",
        "6:48: 4.5 of service_slots; a whole number",
        "7:39: rent from 0 to -0.5; a high above the low",
    ):
        assert any(one.startswith(words) for one in told), (words, told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("vary: []\n", "vary: \\[\\]; at least 1 of them"),
        ("name: x\n", "vary is missing; it is required"),
        ("vary:\n  - {lever: rent, at: 2027Q1, low: -1, hig: 0}\n", "unknown key 'vary.0.hig'; did you mean 'high'"),
        ("vary:\n  - {lever: rent, at: 2027, low: -1, high: 0}\n", "2:19: vary.0.at: 2027; text"),
        (
            "vary:\n  - {lever: rent, at: 2027Q1, low: -1, high: 0}\n  - {lever: rent, at: 2027Q1, low: 0, high: 1}\n",
            "rent at 2027Q1 twice",
        ),
        ("levers: [rent]\nvary:\n  - {lever: rent, at: 2027Q1, low: 0, high: 1}\n", "1:1: unknown key 'levers'"),
    ],
)
def test_a_file_that_is_no_range_is_refused(content: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(GoalError, match=told):
        load_allowed(tmp_path / "a.yaml")


#: What a park would do whose revenue rises with two levers and falls with a third.
GAINS = {"entry_rate": 800e8, "rent": -400e8, "leading_industry": 600e8}


def measured(scenario: Scenario, replication: int) -> pd.DataFrame:
    """Indicators by year as a run would leave them."""
    values = {action.lever: action.value for action in scenario.pulls.values()}
    pulled = {name: values.get(name, 0.0 if name == "rent" else 1.0) for name in GAINS}
    shift = sum(GAINS[name] * (value - (0.0 if name == "rent" else 1.0)) for name, value in pulled.items())
    luck = np.random.default_rng([5, replication]).normal()
    spent = 1e8 + 4e8 * (pulled["entry_rate"] - 1.0) - 2e8 * pulled["rent"]
    years = [2028, 2029, 2030]
    return pd.DataFrame(
        {
            "place": "park",
            "indicator": ["revenue", "public_cost"] * len(years),
            "part": ["", "recruitment"] * len(years),
            "year": np.repeat(years, 2),
            "value": [6300e8 + shift + 100e8 * luck, spent] * len(years),
        }
    )


LEVERS_ALLOWED = [
    Factor(lever="entry_rate", at="2027Q1", low=1.0, high=1.5),
    Factor(lever="rent", at="2027Q1", low=-0.3, high=0.3),
    Factor(lever="leading_industry", at="2027Q1", low=1.0, high=1.3),
]


def test_a_goal_is_sought_in_runs_from_anywhere(park: Park) -> None:
    answer = seek(
        park, load_scenario("baseline"), "revenue@2030 >= 6600e8", LEVERS_ALLOWED, budget=300, measured=measured
    )
    assert answer.found.verdict == "reached"
    assert {action.lever for action in answer.actions} <= set(GAINS)
    assert answer.uncosted == ["leading_industry"]
    told = " ".join(en for _, en in sentences(answer))
    assert "The model has no cost for leading_industry: it is missing from the sum above, not zero." in told
    # a lever without a cost is pulled as far as it helps; what it saves the search sees
    assert {action.lever: action.value for action in answer.actions}["leading_industry"] > 1.25
    assert list(answer.curve.columns[-3:]) == ["entry_rate", "rent", "leading_industry"]
    assert answer.alone.set_index(["lever", "value"])["effect"]["rent", 0.3] == pytest.approx(-120e8)


def test_less_may_be_what_is_asked(park: Park) -> None:
    asked = "revenue@2029 <= 6000e8"
    answer = seek(park, load_scenario("baseline"), asked, LEVERS_ALLOWED, budget=300, measured=measured)
    assert answer.found.verdict == "out of reach"
    assert answer.found.evidence is not None
    assert answer.found.evidence.corner.tolist() == [1.0, 0.3, 1.0]
    assert any("Out of reach" in en for _, en in sentences(answer))
    assert not any("not told from luck" in en for _, en in sentences(answer))
    alone = answer.found.alone.assign(low=-1.0, high=1.0)
    unclear = replace(answer, found=replace(answer.found, alone=alone))
    assert any("Of 3 the way is not told from luck." in en for _, en in sentences(unclear))
    assert answer.plain()["evidence"]["certified_if_monotone"] is True


def test_years_that_are_not_run_are_refused(park: Park) -> None:
    with pytest.raises(GoalError, match=r"does not run through 2050; a whole year of it, 2026 to 2035"):
        seek(park, load_scenario("baseline"), "revenue@2050 >= 1", LEVERS_ALLOWED, measured=measured)
    with pytest.raises(InputError, match="unknown indicator"):
        seek(park, load_scenario("baseline"), "revenu@2030 >= 1", LEVERS_ALLOWED, measured=measured)


@pytest.fixture
def within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file with the range, for a command line without the runs."""
    monkeypatch.setattr("twin.goals.seeking.Simulated", lambda *_: measured)
    monkeypatch.setattr("twin.cli.goals.say_if_compiling", lambda: None)
    lines = [f"  - {{lever: {one.lever}, at: 2027Q1, low: {one.low}, high: {one.high}}}" for one in LEVERS_ALLOWED]
    file = tmp_path / "mine.yaml"
    file.write_text("vary:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def said_by(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and output of the command."""
    with pytest.raises(SystemExit) as end:
        main(["goal", *words])
    return int(end.value.code or 0), capsys.readouterr().out


def test_the_command_says_it_saves_it_and_draws_it(
    within: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["revenue@2030 >= 6600亿", "--within", within, "--budget", "250"]
    saved, drawn = tmp_path / "found.yaml", tmp_path / "curve.png"
    code, printed = said_by([*words, "--save", str(saved), "-o", str(drawn)], capsys)
    assert code == 0
    assert "可达到" in printed
    assert "Reached: this package brings about revenue@2030 >= 6600e8" in printed
    assert drawn.stat().st_size > 10_000
    _, scenario = load_and_check(str(saved))
    assert scenario.name == "found"
    _, told = said_by([*words, "--json"], capsys)
    actions = [action.model_dump(mode="json", exclude_defaults=True) for action in scenario.actions]
    assert json.loads(told)["verdict"] == "reached"
    assert json.loads(told)["actions"] == actions
    assert (
        "".join(f"- at: {one['at']}\n  lever: {one['lever']}\n  value: {one['value']}\n" for one in actions) in printed
    )


def test_the_command_says_what_is_out_of_reach(within: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["revenue@2030 >= 9000e8", "--within", within, "--budget", "300", "--json", "--save", "a.yaml"]
    with pytest.raises(SystemExit) as end:
        main(["goal", *words])
    printed = capsys.readouterr()
    assert (end.value.code or 0, json.loads(printed.out)["verdict"]) == (0, "out of reach")
    assert "a.yaml: not written, as there is no package" in printed.err


def test_what_could_not_be_written_is_refused_before_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["goal", "revenue@2030 >= 1", "--save", "a.txt", "-o", "a.gif"])
    assert end.value.code == 3
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_an_answer_is_told_though_its_files_cannot_be_written(within: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--save", f"{within}/a.yaml"], ["-o", f"{within}/a.png"]):
        with pytest.raises(SystemExit) as end:
            main(["goal", "revenue@2030 >= 1", "--within", within, "--budget", "250", *words])
        printed = capsys.readouterr()
        assert end.value.code == 3
        assert "Reached by doing nothing" in printed.out
        assert "cannot be written" in printed.err


def test_a_package_cannot_be_saved_where_nothing_can_be_written(park: Park, tmp_path: Path) -> None:
    answer: Answer = seek(
        park, load_scenario("baseline"), "revenue@2030 >= 1", LEVERS_ALLOWED, budget=250, measured=measured
    )
    assert answer.actions == []
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        answer.save(tmp_path / "file" / "a.yaml")


def test_what_the_guide_shows_is_understood(tmp_path: Path, park: Park) -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "goals.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    (twin goal .*)$", guide, re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        app.parse_args(shlex.split(line)[1:], exit_on_error=False, print_error=False)
    (content,) = re.findall(r"^```yaml\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    (tmp_path / "mine.yaml").write_text(content, encoding="utf-8")
    check_allowed(load_allowed(tmp_path / "mine.yaml"), load_scenario("baseline"), park, 2030)


@pytest.mark.slow
def test_a_goal_is_sought_on_the_shipped_park(park: Park) -> None:
    levers = [Factor(lever=name, at="2027Q1", low=1.0, high=1.5) for name in ("entry_rate", "referrals")]
    base = load_scenario("baseline")
    answer = seek(park, base, "revenue@2030 >= 6450e8", levers, probability=0.6, budget=300)
    assert answer.found.verdict == "reached"
    assert answer.found.met is not None
    assert answer.found.cost is not None
    assert answer.found.cost.low > 0.0
    assert answer.found.met.share > answer.found.nothing.share
    # the package as a scenario, run whole, is the package that was sought, run up to the year of the goal
    one = simulate(park, answer.scenario(), replication=FRESH_LUCK + FRESH_ROW, events=False)
    shorter = as_far_as(base, 2030, answer.allowed, park)
    assert shorter.end == "2030Q4"
    trials = Trials(answer.allowed, shorter, answer.condition.figure, Simulated(park, {"revenue", "public_cost"}))
    assert answer.found.package is not None
    outcomes, costs = trials(answer.found.package[None], np.array([FRESH_LUCK + FRESH_ROW]))
    whole = yearly(measure(one))
    assert outcomes[0] == answer.condition.figure.of(whole).iloc[0]
    spent = whole[(whole["indicator"] == "public_cost") & (whole["year"] <= 2030)]["value"].sum()
    assert costs[0] == pytest.approx(spent, rel=1e-12)
    assert isinstance(answer.found.met, Attainment)
