"""Which points are efficient, by closed forms; what luck does not tell apart; and a planted error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from twin.analysis.frontier import DOMINATED, EFFICIENT, UNCLEAR, Frontier, frontier
from twin.errors import InputError
from twin.indicators import INDICATORS
from twin.view.frontier import draw_frontier

COST, REVENUE, STAFF = "public_cost@2030", "revenue@2030", "staff@2030"


def runs_at(
    places: Sequence[tuple[float, ...]], *, replications: int = 10, luck: float = 10.0, own: float = 0.0, seed: int = 1
) -> pd.DataFrame:
    """Runs of points at so much cost and outcomes: luck that all share, and noise of each point's own in outcomes."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(scale=luck, size=replications)
    names = [COST, REVENUE, STAFF][: len(places[0])]
    rows = []
    for point, place in enumerate(places):
        alone = rng.normal(scale=own, size=replications)
        for n in range(replications):
            values = dict(zip(names, (place[0], *(one + shared[n] + alone[n] for one in place[1:])), strict=True))
            rows.append({"point": point, "replication": n, "policy": f"p{point}"} | values)
    return pd.DataFrame(rows)


def standing(found: Frontier) -> dict[int, str]:
    return dict(zip(found.table["point"], found.table["standing"], strict=True))


def test_without_noise_of_their_own_points_stand_as_geometry_says() -> None:
    found = frontier(runs_at([(1, 1), (2, 3), (3, 2), (4, 4), (4, 3.5), (2, 3)]), COST, REVENUE)
    assert standing(found) == {0: EFFICIENT, 1: EFFICIENT, 2: DOMINATED, 3: EFFICIENT, 4: DOMINATED, 5: EFFICIENT}
    table = found.table.set_index("point")
    assert table["dominated_by"].dropna().to_dict() == {2: 1, 4: 3}
    assert found.table[COST].is_monotonic_increasing


def test_intervals_are_those_of_a_mean() -> None:
    runs = runs_at([(1, 1), (2, 3)])
    values = runs.loc[runs["point"] == 1, REVENUE].to_numpy()
    row = frontier(runs, COST, REVENUE).table.set_index("point").to_dict("index")[1]
    low, high = stats.t.interval(0.95, 9, values.mean(), values.std(ddof=1) / np.sqrt(10))
    assert [row[REVENUE + end] for end in ("", "_low", "_high")] == pytest.approx([values.mean(), low, high])
    assert row[f"{COST}_low"] == row[COST] == 2.0


def test_gains_are_paired_differences_to_the_cheapest() -> None:
    runs = runs_at([(3, 5), (1, 1), (2, 4)], own=0.5)
    rows = frontier(runs, COST, REVENUE).table.set_index("point").to_dict("index")
    wide = runs.pivot_table(REVENUE, "replication", "point")
    gain = wide[0] - wide[1]
    low, high = stats.t.interval(0.95, 9, gain.mean(), gain.std() / np.sqrt(10))
    assert [rows[0][f"{REVENUE}_gain{end}"] for end in ("", "_low", "_high")] == pytest.approx([gain.mean(), low, high])
    assert [rows[1][f"{REVENUE}_gain{end}"] for end in ("", "_low", "_high")] == [0.0, 0.0, 0.0]
    assert rows[2][f"{COST}_gain"] == 1.0


def test_the_p_of_a_dominated_point_is_that_of_the_paired_test_over_all_others() -> None:
    runs = runs_at([(1, 2), (1, 1), (0, 0)], own=0.5)
    table = frontier(runs, COST, REVENUE).table.set_index("point")
    wide = runs.pivot_table(REVENUE, "replication", "point")
    p = stats.ttest_rel(wide[0], wide[1], alternative="greater").pvalue
    assert table.loc[1, "p"] == pytest.approx(2 * p)
    assert table.loc[1, "standing"] == (DOMINATED if 2 * p <= 0.025 else UNCLEAR)


def test_common_luck_tells_points_apart_that_their_intervals_do_not() -> None:
    """The planted error: with the luck of every point shuffled, the same points cannot be told apart."""
    runs = runs_at([(1, 10), (2, 8)], luck=20.0, own=0.5)
    found = frontier(runs, COST, REVENUE)
    assert standing(found)[1] == DOMINATED
    rows = found.table.set_index("point").to_dict("index")
    assert rows[1][f"{REVENUE}_high"] > rows[0][f"{REVENUE}_low"]
    shuffled = runs.copy()
    shuffled.loc[runs["point"] == 1, REVENUE] = shuffled.loc[runs["point"] == 1, REVENUE].to_numpy()[::-1]
    assert standing(frontier(shuffled, COST, REVENUE))[1] != DOMINATED


@pytest.mark.parametrize("replications", [2, 3])
def test_counts_that_differ_alike_in_few_runs_are_not_told_apart(replications: int) -> None:
    """Ten equal points at one price: no t test can be made of differences that are 1 in every run."""
    rng = np.random.default_rng(7)
    runs = runs_at([(1.0, 0.0)] * 10, replications=replications)
    called = 0
    for _ in range(6):
        found = frontier(runs.assign(**{REVENUE: rng.poisson(0.7, len(runs))}), COST, REVENUE)
        called += list(standing(found).values()).count(DOMINATED)
    assert called <= 3  # the rule allows 2.5 % of 60; of t tests alone it is 7.5 and 36 %
    certain = runs_at([(1, 2), (1, 1)], replications=6)  # 1/2 to the power of 6
    assert standing(frontier(certain, COST, REVENUE))[1] == DOMINATED
    assert standing(frontier(certain.query("replication < 5"), COST, REVENUE))[1] == UNCLEAR


def test_equal_points_are_rarely_called_dominated() -> None:
    """Ten points that cost and bring the same: each is called dominated in 2.5 % of sweeps at most."""
    called = [
        (frontier(runs_at([(1, 1)] * 10, own=1.0, seed=seed), COST, REVENUE).table["standing"] == DOMINATED).sum()
        for seed in range(60)
    ]
    assert sum(called) <= stats.binom.ppf(0.999, 600, 0.025)
    assert sum(called) > 0


def test_several_outcomes_have_to_be_no_worse_together() -> None:
    runs = runs_at([(1, 5, 1), (1, 4, 2), (1, 3, 0.5), (2, 5, 1)])
    found = frontier(runs, COST, [REVENUE, STAFF])
    assert standing(found) == {0: EFFICIENT, 1: EFFICIENT, 2: DOMINATED, 3: DOMINATED}
    assert standing(frontier(runs, COST, [REVENUE]))[1] == DOMINATED


def test_whether_more_is_better_is_what_the_indicator_says_or_the_planner() -> None:
    runs = runs_at([(1, 1), (2, 3)])
    assert frontier(runs, COST, REVENUE).better == {COST: "less", REVENUE: "more"}
    assert standing(frontier(runs, COST, REVENUE, better={REVENUE: "less"})) == {0: EFFICIENT, 1: DOMINATED}
    neither = next(name for name, about in INDICATORS.items() if about.better == "neither" and not about.parts)
    with pytest.raises(InputError, match="neither more nor less is better"):
        frontier(runs.rename(columns={REVENUE: neither}), COST, neither)


def test_failed_runs_are_left_out_of_both_figures_and_single_runs_tell_nothing_apart() -> None:
    runs = runs_at([(1, 10), (2, 8)], own=0.1)
    runs.loc[(runs["point"] == 1) & (runs["replication"] < 4), REVENUE] = np.nan
    found = frontier(runs, COST, REVENUE).table.set_index("point")
    assert found["n"].to_dict() == {0: 10, 1: 6}
    assert found.loc[1, "standing"] == DOMINATED
    single = frontier(runs[runs["replication"] == 5], COST, REVENUE)
    assert standing(single) == {0: EFFICIENT, 1: UNCLEAR}
    assert single.table[f"{REVENUE}_low"].isna().all()


def test_what_cannot_be_compared_is_refused() -> None:
    runs = runs_at([(1, 1), (2, 3)])
    for outcomes in ([], [COST], [REVENUE, REVENUE]):
        with pytest.raises(InputError, match="outcomes other than the cost"):
            frontier(runs, COST, outcomes)
    with pytest.raises(InputError, match="fewer than two points"):
        frontier(runs[runs["point"] == 0], COST, REVENUE)


def test_the_picture_is_drawn_with_every_standing(tmp_path: Path) -> None:
    found = frontier(
        runs_at([(1e8, 1e11), (2e8, 3e11), (3e8, 2e11), (2.1e8, 2.9e11)], luck=1e9, own=8e9), COST, REVENUE
    )
    file = draw_frontier(found.table, COST, REVENUE, tmp_path / "frontier.png", names={0: "0"})
    assert file.stat().st_size > 10_000
    with pytest.raises(InputError, match="no picture"):
        draw_frontier(found.table, COST, REVENUE, tmp_path / "frontier.xlsx")


def test_the_frontier_is_drawn_through_its_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.axes import Axes

    found, drawn = frontier(runs_at([(1e8, 1e11), (3e8, 3e11)]), COST, REVENUE), list[np.ndarray]()
    monkeypatch.setattr(Axes, "step", lambda self, x, y, **more: drawn.extend([np.asarray(x), np.asarray(y)]))
    draw_frontier(found.table, COST, REVENUE, tmp_path / "frontier.svg")
    assert [each.tolist() for each in drawn] == [[0.0, 2.0], pytest.approx([0.0, 2000.0])]


def test_a_cost_of_which_more_is_better_is_refused() -> None:
    """Outcome and cost in the wrong order would give a frontier all the same."""
    runs = runs_at([(1, 1), (2, 3)])
    with pytest.raises(InputError, match="cost: of revenue@2030 more is better; a figure of which less is better"):
        frontier(runs, REVENUE, COST)
    assert frontier(runs, REVENUE, COST, better={REVENUE: "less"}).better == {COST: "less", REVENUE: "less"}
