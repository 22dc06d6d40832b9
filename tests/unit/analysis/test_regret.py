"""Regrets by hand, what luck does not part, and a planted error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from twin.analysis.regret import Regret, regret
from twin.errors import InputError

FIGURE = "revenue@2030"

#: Rows are futures, columns policies: regrets are (0, 4, 2), (6, 0, 2), (1, 0, 2), so that `mixed` is never best, and
#: the least regretted.
BROUGHT = {"boom": {"halls": 10.0, "fund": 6.0, "mixed": 8.0}, "slump": {"halls": 1.0, "fund": 7.0, "mixed": 5.0},
           "flat": {"halls": 4.0, "fund": 5.0, "mixed": 3.0}}  # fmt: skip


def runs_of(
    brought: Mapping[str, Mapping[str, float]], *, own: float = 0.01, replications: int = 15, seed: int = 1
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    luck = rng.normal(scale=5.0, size=replications)
    rows, point = [], 0
    for future, policies in brought.items():
        for policy, level in policies.items():
            noise = rng.normal(scale=own, size=replications)
            for n in range(replications):
                value = level + luck[n] + noise[n]
                rows.append({"point": point, "replication": n, "policy": policy, "demand": future, FIGURE: value})
            point += 1
    return pd.DataFrame(rows)


def asked(runs: pd.DataFrame, **more: str) -> Regret:
    return regret(runs, FIGURE, option="policy", future=["demand"], better=more.get("better"))


def test_regrets_are_those_worked_out_by_hand() -> None:
    found = asked(runs_of(BROUGHT))
    options = found.options.set_index("policy")
    assert options["max_regret"].to_dict() == pytest.approx({"mixed": 2.0, "fund": 4.0, "halls": 6.0}, abs=0.05)
    assert options["mean_regret"].to_dict() == pytest.approx({"mixed": 2.0, "fund": 4 / 3, "halls": 7 / 3}, abs=0.05)
    assert options["best"].to_dict() == pytest.approx({"mixed": 0.0, "fund": 2 / 3, "halls": 1 / 3})
    assert found.minimax == "mixed"
    assert options["tied"].to_dict() == {"mixed": True, "fund": False, "halls": False}
    futures = found.futures.drop_duplicates("future").set_index("future")["demand"].to_dict()
    assert futures[options["worst"].to_dict()["halls"]] == "slump"
    assert ((options["low"] <= options["max_regret"]) & (options["max_regret"] <= options["high"])).all()


def test_a_difference_that_is_one_number_in_few_runs_is_not_clear() -> None:
    runs = runs_of({"boom": {"halls": 1.0, "fund": 0.0}}, own=0.0, replications=6)
    runs[FIGURE] = runs["policy"].map({"halls": 1.0, "fund": 0.0})
    best = [
        asked(runs[runs["replication"] < n]).options.set_index("policy")["best"].to_dict()["halls"] for n in (2, 5, 6)
    ]
    assert best == [0.0, 0.0, 1.0]


def test_less_may_be_better() -> None:
    found = asked(runs_of(BROUGHT), better="less")
    assert found.options.set_index("policy")["max_regret"].to_dict() == pytest.approx(
        {"halls": 4.0, "fund": 6.0, "mixed": 4.0}, abs=0.05
    )
    row = found.futures.query("demand == 'boom' and policy == 'fund'").iloc[0]
    assert row["regret"] == pytest.approx(0.0)
    assert 0 < row["mean"] < 10


def test_policies_that_luck_does_not_part_are_best_together() -> None:
    level = dict.fromkeys(("halls", "fund", "mixed"), 5.0)
    found = asked(runs_of({"a": level, "b": level}, own=1.0))
    assert (found.options["among_best"] == 1.0).all()
    assert (found.options["best"] == 0.0).all()
    assert found.options["tied"].all()


def test_without_the_same_luck_nothing_would_be_told() -> None:
    """The planted error: the luck of one policy turned round."""
    runs = runs_of(BROUGHT)
    turned = runs.assign(replication=runs["replication"].where(runs["policy"] != "halls", 14 - runs["replication"]))
    assert asked(runs).options.set_index("policy")["best"].to_dict()["halls"] > 0
    assert asked(turned).options.set_index("policy")["best"].to_dict()["halls"] == 0


def test_a_replication_that_failed_is_left_out_for_all() -> None:
    runs = runs_of(BROUGHT)
    runs.loc[(runs["replication"] < 3) & (runs["policy"] == "halls") & (runs["demand"] == "boom"), FIGURE] = np.nan
    options = asked(runs).options.set_index("policy")
    assert options["max_regret"].to_dict() == pytest.approx({"mixed": 2.0, "fund": 4.0, "halls": 6.0}, abs=0.05)


def test_equal_ones_are_clearly_best_rarely() -> None:
    level = dict.fromkeys("abcd", 5.0)
    clear = [asked(runs_of({"x": level}, own=1.0, seed=seed)).options["best"].sum() for seed in range(100)]
    assert sum(clear) <= 5


@pytest.mark.parametrize(
    ("query", "future", "told"),
    [
        ("policy == 'halls'", ["demand"], "policy has one value"),
        ("policy != 'halls' or demand != 'flat'", ["demand"], "halls was run at 0 points of demand flat"),
        ("policy != ''", [], "no column that tells futures apart"),
        ("demand != 'flat'", ["replication"], "replication is not the same in all runs of a point"),
    ],
)
def test_a_policy_that_was_not_run_once_in_every_future_is_refused(query: str, future: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        regret(runs_of(BROUGHT).query(query), FIGURE, option="policy", future=future)
