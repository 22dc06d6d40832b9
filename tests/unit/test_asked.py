"""Figures and conditions as they are written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twin.errors import InputError
from twin.indicators.asked import Condition, Figure


def measured() -> pd.DataFrame:
    rows = [
        (0, "park", "revenue", "", 2029, 1.0e11),
        (0, "park", "revenue", "", 2030, 2.0e11),
        (1, "park", "revenue", "", 2030, 4.0e11),
        (0, "core", "revenue", "", 2030, 9.0e11),
        (0, "park", "public_cost", "works", 2030, 3.0),
        (0, "park", "public_cost", "facilities", 2030, 4.0),
        (1, "park", "public_cost", "works", 2030, 5.0),
    ]
    return pd.DataFrame(rows, columns=["replication", "place", "indicator", "part", "year", "value"])


def test_a_figure_is_found_in_a_table_by_year() -> None:
    assert Figure.parse("revenue@2030").of(measured()).to_dict() == {0: 2.0e11, 1: 4.0e11}
    assert Figure.parse("revenue").of(measured()).to_dict() == {0: 2.0e11, 1: 4.0e11}
    assert Figure.parse("revenue@2029").of(measured()).to_dict() == {0: 1.0e11}


def test_parts_of_what_is_summed_over_a_year_add_up() -> None:
    assert Figure.parse("public_cost@2030").of(measured()).to_dict() == {0: 7.0, 1: 5.0}
    assert Figure.parse("public_cost:works@2030").of(measured()).to_dict() == {0: 3.0, 1: 5.0}


def test_of_one_run_there_is_one_value() -> None:
    frame = measured().query("replication == 0").drop(columns="replication")
    assert Figure.parse("public_cost@2030").of(frame).tolist() == [7.0]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("revenue@2030 >= 5200e8", 5.2e11),
        ("revenue@2030>=5,200亿", 5.2e11),
        ("public_cost<=3万", 3e4),
        ("revenue@2030 ≥ 5,200.5 亿元", 5.2005e11),
        ("revenue@2030 >= 1.2万亿元", 1.2e12),
        ("occupancy@2030 ≤ 35 %", 0.35),
    ],
)
def test_a_condition_holds_its_bound(text: str, bound: float) -> None:
    condition = Condition.parse(text)
    assert condition.bound == bound
    assert Condition.parse(str(condition)) == condition
    more = condition.relation == ">="
    assert condition.met([bound - 1.0, bound, bound + 1.0, np.nan]).tolist() == [not more, True, more, False]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no condition"),
        ("revenue@2030", "no condition"),
        ("revenue@2030 = 5", "no condition"),
        ("revenu@2030 >= 5", "did you mean 'revenue'"),
        ("revenue@30 >= 5", "no figure"),
        ("revenue@2030 >= lots", "'lots' is no number"),
        ("revenue@2030 >= inf", "'inf' is no number"),
        ("revenue:core@2030 >= 5", "has no parts"),
        ("firms_by_stage@2030 >= 5", "do not add up"),
        ("revenue@2030 >= 1,5亿", "'1,5' is no number"),
        ("revenue@2030 >= 5%", "gives revenue in %; a number in its unit, CNY"),
        ("occupancy@2030 >= 5 元", "gives occupancy in 元; a number in its unit, share"),
    ],
)
def test_what_is_no_condition_is_refused_with_a_cure(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        Condition.parse(text, "goal")


def test_a_year_or_a_part_that_was_not_run_is_refused() -> None:
    with pytest.raises(InputError, match="a whole year of the run, 2029 to 2030"):
        Figure.parse("revenue@2031").of(measured())
    with pytest.raises(InputError, match="did you mean 'works'"):
        Figure.parse("public_cost:work@2030").of(measured())
