"""Planted conclusions of each kind are told as what they are, and a planted error is not taken for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
import pandas as pd
import pytest

from twin.analysis.naming import SETTINGS
from twin.analysis.robustness import Robustness, robustness
from twin.errors import InputError

FIGURE = "revenue@2030"
READINGS = {"firms": ("resident", "all"), "wulituo": ("outside", "inside"), "tier_scope": ("district", "park")}

Effect = Callable[[Mapping[str, str]], float]


def runs_with(effect: Effect, *, replications: int = 12, noise: float = 1e9, seed: int = 1) -> pd.DataFrame:
    """Base and what-if under every reading; the reading moves both levels, shared luck even more."""
    rng = np.random.default_rng(seed)
    luck = rng.normal(scale=3e10, size=replications)
    rows, point = [], 0
    for values in product(*READINGS.values()):
        reading = dict(zip(READINGS, values, strict=True))
        level = 5e11 + 2e11 * (reading["firms"] == "all")
        for scenario in ("baseline", "halls"):
            own = rng.normal(scale=noise, size=replications)
            added = effect(reading) if scenario == "halls" else 0.0
            for n in range(replications):
                run = {"point": point, "replication": n, "scenario": scenario, FIGURE: level + luck[n] + added + own[n]}
                rows.append(run | reading)
            point += 1
    return pd.DataFrame(rows)


def judged(runs: pd.DataFrame) -> Robustness:
    return robustness(runs, FIGURE, list(READINGS), changed="scenario", base="baseline", what_if="halls")


def test_what_holds_in_all_readings_does_not_depend_on_them() -> None:
    found = judged(runs_with(lambda _: 5e9))
    assert (found.verdict, found.sign, found.depends_on) == ("holds", 1, ())
    assert len(found.table) == 8
    assert (found.table["low"] > 0).all()
    assert found.table["mean"].to_numpy() == pytest.approx(5e9, rel=0.35)
    levels = found.table.groupby("firms")["base"].mean()
    assert levels["all"] - levels["resident"] == pytest.approx(2e11, rel=0.01)
    zh = found.sentence(SETTINGS, "zh")
    assert zh.startswith(
        "此结论不取决于企业统计口径、五里坨范围口径和梯队企业统计口径：在所试的全部8种口径组合下，2030年总收入都上升"
    )
    assert found.sentence(SETTINGS).startswith(
        "This conclusion does not depend on the reading of firms, the reading of Wulituo or the reading of tier "
        "counts: in all 8 combinations tried revenue in 2030 rises (difference +"
    )


def test_one_setting_that_turns_the_sign_is_named() -> None:
    found = judged(runs_with(lambda reading: 5e9 if reading["firms"] == "all" else -5e9))
    assert (found.verdict, found.sign, found.depends_on) == ("changes sign", 0, (("firms",),))
    assert found.sentence(SETTINGS, "zh") == (
        "此结论取决于企业统计口径：企业统计口径为含仅注册企业时2030年总收入上升，企业统计口径为仅实地入驻企业时2030年总收入下降。"
    )
    assert "depends on the reading of firms: revenue in 2030 rises where the reading of firms is registered-only" in (
        found.sentence(SETTINGS)
    )


def test_two_settings_that_turn_it_together_are_named_together() -> None:
    def turned(reading: Mapping[str, str]) -> float:
        return 5e9 if (reading["firms"] == "all") == (reading["wulituo"] == "inside") else -5e9

    assert judged(runs_with(turned)).depends_on == (("firms", "wulituo"),)


def test_where_some_are_unclear_that_is_said() -> None:
    found = judged(runs_with(lambda reading: 5e9 if reading["wulituo"] == "inside" else 0.0))
    assert (found.verdict, found.sign) == ("holds where clear", 1)
    assert set(found.table.loc[found.table["sign"] == 0, "wulituo"]) == {"outside"}
    assert "8种口径组合中有4种2030年总收入上升，其余4种" in found.sentence(SETTINGS, "zh")
    assert "rises in 4 of 8 combinations" in found.sentence(SETTINGS)


def test_nothing_is_concluded_from_noise_nor_from_no_effect() -> None:
    noise = judged(runs_with(lambda _: 0.0))
    assert (noise.verdict, noise.sign) == ("unclear", 0)
    assert "都不能判明2030年总收入是升是降" in noise.sentence(SETTINGS, "zh")
    none = judged(runs_with(lambda _: 0.0, noise=0.0))
    assert none.verdict == "no effect"
    assert "revenue in 2030 is exactly as without it" in none.sentence(SETTINGS)


def test_signs_that_turn_by_luck_are_not_taken_for_a_dependence() -> None:
    """Without a guard over the eight combinations, one sweep in three would show a sign where there is none."""
    found = [judged(runs_with(lambda _: 0.0, seed=seed)) for seed in range(40)]
    alone = sum((one.table["p"] < 0.05).any() for one in found)
    assert alone >= 8
    assert sum(one.verdict != "unclear" for one in found) <= 6
    assert all(one.verdict != "changes sign" for one in found)


def test_pairs_are_of_the_same_luck() -> None:
    """The planted error: what-ifs under another order of luck, and nothing is clear any more."""
    runs = runs_with(lambda _: 5e9)
    turned = runs.assign(
        replication=runs["replication"].where(runs["scenario"] == "baseline", 11 - runs["replication"])
    )
    assert judged(runs).verdict == "holds"
    assert judged(turned).verdict != "holds"


def test_settings_that_did_not_vary_and_failed_runs_do_not_disturb() -> None:
    runs = runs_with(lambda _: 5e9).query("wulituo == 'outside'")
    runs.loc[runs.index[:3], FIGURE] = np.nan
    found = judged(runs)
    assert found.settings == ("firms", "tier_scope")
    assert found.table["n"].tolist() == [9, 12, 12, 12]
    assert found.verdict == "holds"


def test_one_reading_alone_is_a_comparison() -> None:
    runs = runs_with(lambda _: 5e9).query("wulituo == 'outside' and firms == 'all' and tier_scope == 'park'")
    found = robustness(runs, FIGURE, [], changed="scenario", base="baseline", what_if="halls")
    assert (found.verdict, len(found.table)) == ("holds", 1)


@pytest.mark.parametrize(
    ("query", "changed", "told"),
    [
        ("scenario == 'baseline'", {}, "scenario is never 'halls'"),
        ("firms == 'all'", {"what_if": "hall"}, "did you mean 'halls'"),
        ("scenario == 'baseline' or firms == 'all'", {}, "no pair of base and what-if for resident"),
        ("firms == 'all'", {"settings": ["firms", "tier_scope"]}, "several points of scenario 'baseline'"),
        ("firms == 'all'", {"settings": ["firm"]}, "did you mean 'firms'"),
        ("firms == 'all'", {"what_if": "baseline"}, "'baseline' twice"),
    ],
)
def test_what_has_no_pairs_is_refused(query: str, changed: dict[str, object], told: str) -> None:
    asked: dict[str, object] = {
        "settings": list(READINGS),
        "changed": "scenario",
        "base": "baseline",
        "what_if": "halls",
    }
    with pytest.raises(InputError, match=told):
        robustness(runs_with(lambda _: 5e9).query(query), FIGURE, **{**asked, **changed})  # type: ignore[arg-type]


def test_a_reading_of_which_all_runs_failed_does_not_go_unsaid() -> None:
    """Without it what holds under seven readings would be said to hold under all."""
    runs = runs_with(lambda _: 5e9)
    lost = (runs["firms"] == "all") & (runs["wulituo"] == "inside") & (runs["tier_scope"] == "park")
    with pytest.raises(InputError, match="no pair of base and what-if for all, inside, park"):
        judged(runs.assign(**{FIGURE: runs[FIGURE].mask(lost & (runs["scenario"] == "halls"))}))


def test_settings_that_part_the_signs_alike_are_all_named() -> None:
    """Where two turn together and nothing is clear in between, it may be the one or the other."""

    def effect(reading: Mapping[str, str]) -> float:
        turned = (reading["firms"] == "all") + (reading["wulituo"] == "inside")
        return {0: 5e9, 1: 0.0, 2: -5e9}[turned]

    found = judged(runs_with(effect, seed=2))
    assert (found.verdict, found.depends_on) == ("changes sign", (("firms",), ("wulituo",)))
    assert found.sentence(SETTINGS, "zh").endswith("也可能取决于五里坨范围口径，这些运行无法区分。")
    assert found.sentence(SETTINGS).endswith(
        "It may as well be the reading of Wulituo that it depends on: these runs cannot tell."
    )
