"""What is stated of a goal holds in repetition, and re-used luck would be noticed."""

import numpy as np
import pytest

from tests.planted import planted, slack_from
from twin.goals import Finding, solve
from twin.goals.plan import SEARCH_LUCK, THIRD_LOOK, Plan

BOUND, PROBABILITY, BUDGET = 400.0, 0.5, 300

#: Noise that packages do not share: what makes one look better than it is.
NOISE = 60.0


def repeated(times: int) -> tuple[list[Finding], np.ndarray, np.ndarray]:
    """Findings under luck of their own, the first share stated in each, and the probability it is of."""
    found, stated, truth = [], [], []
    for seed in range(times):
        problem = planted(noise=NOISE, seed=100 + seed)
        one = solve(problem.space, slack_from(BOUND), problem, probability=PROBABILITY, budget=BUDGET)
        found.append(one)
        stated += [met.share for _, met in one.stated[:1]]
        truth += [problem.probability(package, BOUND) for package, _ in one.stated[:1]]
    return found, np.array(stated), np.array(truth)


@pytest.mark.slow
def test_intervals_hold_the_probability_and_the_cost_is_near_the_least() -> None:
    found, stated, truth = repeated(30)
    problem = planted(noise=NOISE)
    held = missed = 0
    costs = []
    for one in found:
        for package, met in one.stated:
            inside = met.low <= problem.probability(package, BOUND) <= met.high
            held, missed = held + inside, missed + (not inside)
        if one.cost is not None:
            costs.append(one.cost.mean)
    assert missed <= 0.1 * (held + missed)  # 95 % or more are held; of thirty, three at most miss
    # unbiased: the mean error is within three standard errors of none
    error = np.sqrt((truth * (1.0 - truth)).mean() / (30 * len(truth)))
    assert abs((stated - truth).mean()) < 3.0 * error
    least = problem.cheapest(BOUND, PROBABILITY)
    assert len(costs) >= 20
    # so much noise that packages do not share, and so few runs, are paid for by a package that is on the safe side
    assert float(np.median(costs)) < 1.6 * least


@pytest.mark.slow
def test_a_statement_by_the_luck_of_the_search_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plan, "fresh", lambda self, attempt, runs: SEARCH_LUCK[:THIRD_LOOK])
    _, stated, truth = repeated(60)
    error = np.sqrt((truth * (1.0 - truth)).mean() / (THIRD_LOOK * len(truth)))
    assert (stated - truth).mean() > 3.0 * error
