"""Boxes as sentences: whole ones, literally, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from twin.analysis.boxes import Box, Boxes, Share
from twin.analysis.naming import SETTINGS, Named, amount, figure_name, names_of
from twin.analysis.prim import Restriction
from twin.analysis.wording import outcome, restriction, sentences
from twin.catalog import load_catalog
from twin.indicators.asked import Condition, Figure
from twin.scenario import Settings
from twin.units import shown

RATE = Named("招商成功率", "Hit rate of recruitment", shown("share"))
SLOTS = Named("中试线名额", "Pilot-line slots", shown("homes")._replace(zh="个", en="slots"))


def found(*restrictions: Restriction, missed: bool = True) -> Boxes:
    box = Box(
        restrictions=restrictions,
        cases=66,
        of_interest=55,
        mass=0.33,
        coverage=Share(0.76, 0.66, 0.84),
        density=Share(0.83, 0.73, 0.91),
        held_out_coverage=Share(0.7, 0.6, 0.8),
        held_out_density=Share(0.79, 0.68, 0.87),
        p=1e-6,
        trajectory=pd.DataFrame(),
    )
    condition = Condition.parse("revenue@2030 >= 5,200亿")
    return Boxes(condition, missed, 0.5, 200, 200, 72, 0, (box,), None, box.trajectory)


def test_a_box_is_said_as_a_planner_would_say_it() -> None:
    boxes = found(Restriction("rate", high=0.1234), Restriction("slots", low=13.0))
    names = {"rate": RATE, "slots": SLOTS}
    assert sentences(boxes, names, "zh")[0] == (
        "当招商成功率低于12.3%且中试线名额不低于13个时，有83%的情形2030年总收入达不到5,200亿元（95%区间73%～91%）；"
        "这解释了全部未达标情形的76%（66%～84%）。用未参与划定的样本检验，两者分别为79%和70%；不加区分时，36%的情形如此。"
    )
    assert sentences(boxes, names, "en")[0] == (
        "When hit rate of recruitment is below 12.3% and pilot-line slots is at least 13 slots, in 83% of cases (95% "
        "interval 73% to 91%) revenue in 2030 stays below 5,200 × 10⁸ CNY; this explains 76% (66% to 84%) of all cases "
        "that miss the target. On points held out the two are 79% and 70%; at large it is so in 36% of cases."
    )


def test_a_second_box_is_said_of_the_rest() -> None:
    boxes = found(Restriction("rate", high=0.5))
    twice = replace(boxes, boxes=boxes.boxes * 2)
    assert sentences(twice, {}, "zh")[1].startswith("除上述情形外，当rate低于0.5时")
    assert sentences(twice, {}, "en")[1].startswith("Elsewhere, when rate is below 0.5, in 83%")


def test_that_there_is_no_box_is_said_too() -> None:
    none = replace(found(Restriction("rate")), boxes=())
    assert sentences(none, {}, "zh") == [
        "在所试范围内，没有发现能可靠预示“2030年总收入达不到5,200亿元”的因素组合；全部情形中有36%如此。"
    ]
    assert "no combination of factors reliably foretells that revenue in 2030 stays below" in sentences(none, {})[0]
    often = replace(none, of_interest=150)
    assert sentences(often, {}, "zh")[0].endswith("有75%如此，宜反过来考察何时不如此。")


def test_a_share_of_runs_other_than_a_half_is_said() -> None:
    """A point at which 85 % of the runs reach a target may be one that misses it, if 90 % are asked for."""
    for boxes in (found(Restriction("rate", high=0.5)), replace(found(Restriction("rate")), boxes=())):
        asked = replace(boxes, threshold=0.9)
        assert sentences(asked, {}, "zh")[0].endswith("这里一个情形是一个点，至少90%的运行达标才算达标。")
        assert sentences(asked, {})[0].endswith("meets the target where at least 90% of its runs do.")
        for usual in (0.5, None):
            assert "A case is" not in sentences(replace(boxes, threshold=usual), {})[0]


@pytest.mark.parametrize(
    ("said", "zh", "en"),
    [
        (
            Restriction("x", low=0.900125, high=0.900175),
            "招商成功率在90.01至90.02%之间",
            "hit rate of recruitment is between 90.01 and 90.02%",
        ),
        (
            Restriction("x", low=0.25, high=0.5),
            "招商成功率在25至50%之间",
            "hit rate of recruitment is between 25 and 50%",
        ),
        (Restriction("x", low=0.25), "招商成功率高于25%", "hit rate of recruitment is above 25%"),
        (Restriction("x", high=1.0), "招商成功率不高于100%", "hit rate of recruitment is at most 100%"),
        (Restriction("x", low=1.0, high=1.0), "招商成功率为100%", "hit rate of recruitment is 100%"),
    ],
)
def test_ends_are_said_as_what_they_are(said: Restriction, zh: str, en: str) -> None:
    assert restriction(said, RATE, zh=True) == zh
    assert restriction(said, RATE, zh=False) == en


def test_words_are_said_by_their_names_and_what_is_left_out_if_that_is_shorter() -> None:
    left_out = Restriction("industries", words=("s1_four", "s2_four"), without=("chain_chiefs",))
    kept = Restriction("industries", words=("s2_four",), without=("chain_chiefs", "s1_four"))
    assert restriction(left_out, SETTINGS["industries"], zh=True) == "特色产业口径不为链长制五个产业"
    assert restriction(kept, SETTINGS["industries"], zh=True) == "特色产业口径为访谈所列四个产业"
    assert "is not the five with chain chiefs" in restriction(left_out, SETTINGS["industries"], zh=False)
    two = Restriction("x", words=("a", "b", "c"), without=("d", "e"))
    assert restriction(two, Named("甲", "what"), zh=False) == "what is neither d nor e"


@pytest.mark.parametrize(
    ("text", "missed", "zh", "en"),
    [
        ("revenue@2030 >= 5,200亿", False, "2030年总收入达到5,200亿元", "revenue in 2030 reaches 5,200 × 10⁸ CNY"),
        ("public_cost@2030 <= 3亿", False, "2030年公共投入不超过3亿元", "public cost in 2030 stays within 3 × 10⁸ CNY"),
        ("public_cost@2030 <= 3亿", True, "2030年公共投入超过3亿元", "public cost in 2030 exceeds 3 × 10⁸ CNY"),
        (
            "resident_firms@2030 >= 3400",
            True,
            "2030年入驻企业达不到3,400家",
            "resident firms in 2030 stay below 3,400 firms",
        ),
        ("occupancy >= 0.855", True, "末年入驻率达不到85.5%", "occupancy in the last year stays below 85.5%"),
    ],
)
def test_a_target_is_met_or_missed_in_its_own_words(text: str, missed: bool, zh: str, en: str) -> None:
    condition = Condition.parse(text)
    assert outcome(condition, {}, missed=missed, zh=True) == zh
    assert outcome(condition, {}, missed=missed, zh=False) == en


def test_factors_are_called_as_the_catalog_levers_and_settings_call_them() -> None:
    names = names_of(
        ["hit_rate.ai", "parameters.entry_per_year", "settings.firms", "service_slots.pilot_line", "rent", "odd"],
        load_catalog(),
    )
    assert names["hit_rate.ai"].zh == "招商成功率（人工智能）"
    assert names["hit_rate.ai"].en == "Hit rate of recruitment (Artificial intelligence)"
    assert names["parameters.entry_per_year"].number(56.789, zh=True) == "56.8家/年"
    assert names["settings.firms"].word("all", zh=True) == "含仅注册企业"
    assert names["service_slots.pilot_line"].number(12, zh=True) == "12个"
    assert names["rent"].number(-0.15, zh=False) == "-15%"
    assert (names["odd"].zh, names["odd"].number(1234.5678, zh=False)) == ("odd", "1,230")


def test_every_setting_and_every_of_its_readings_has_names() -> None:
    assert set(SETTINGS) == set(Settings.model_fields)
    assert set(SETTINGS["industries"].words) == set(load_catalog().industry_sets)
    for name in ("feature_parks", "wulituo", "firms", "tier_scope"):
        annotation = Settings.model_fields[name].annotation
        assert set(SETTINGS[name].words) == set(getattr(annotation, "__args__", ()))


def test_figures_are_called_by_year_and_part() -> None:
    stage = Figure.parse("firms_by_stage:pilot@2030")
    assert figure_name(stage, {"pilot": Named("孵化转化", "Pilot")}, zh=True).startswith("2030年")
    assert figure_name(stage, {"pilot": Named("孵化转化", "Pilot")}, zh=True).endswith("（孵化转化）")
    assert figure_name(stage, {}, zh=False).endswith("(pilot) in 2030")
    assert amount(Figure.parse("revenue@2030"), 1.234e10, zh=True, signed=True) == "+123亿元"


def test_what_is_not_nothing_is_not_told_as_nothing() -> None:
    revenue = Figure.parse("revenue@2030")
    told = [amount(revenue, value, zh=True, signed=True) for value in (-3.4e7, 4.9e6, 0.0, 5.1e7, -1e-3)]
    assert told == ["-0.3亿元", "+0.05亿元", "0亿元", "+1亿元", "-0亿元"]
