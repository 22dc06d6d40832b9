"""What people write in columns, read as numbers, quarters and kinds."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from twin.park.intake import values, words


@pytest.mark.parametrize(
    ("text", "quantity", "number"),
    [
        ("12", "length", 12.0),
        ("12,5 m", "length", 12.5),
        ("12.5米", "length", 12.5),
        ("41 ft", "length", 12.4968),
        ("４５．５", "length", 45.5),
        ("1,200㎡", "area", 1_200.0),
        ("1.200,5 m²", "area", 1_200.5),
        ("1 200 m2", "area", 1_200.0),
        ("1'200 m2", "area", 1_200.0),
        ("1,234,567", "area", 1_234_567.0),
        ("3万㎡", "area", 30_000.0),
        ("3万", "area", 30_000.0),
        ("0.5 公顷", "area", 5_000.0),
        ("15亩", "area", 10_000.0),
        ("1000 sq ft", "area", 92.90304),
        ("2 acres", "area", 8_093.7128448),
        ("约3000", "area", 3_000.0),
        ("3000左右", "area", 3_000.0),
        ("6F", "count", 6.0),
        ("6层", "count", 6.0),
        ("地上12层", "count", 12.0),
        ("12层(地下2层)", "count", 12.0),
        ("300%", "ratio", 3.0),
        ("2.5", "ratio", 2.5),
        ("3.5元/㎡·天", "rent", 3.5),
        ("120元/平方米/月", "rent", 120 * 12 / 365),
        ("2.4亿元", "money", 2.4e8),
        ("1,500万元", "money", 1.5e7),
    ],
)
def test_numbers_as_people_write_them(text: str, quantity: str, number: float) -> None:
    read = values.numbers(pd.Series([text]), quantity)
    assert not read.bad[0]
    assert read.found[0] == pytest.approx(number, rel=1e-9)


@pytest.mark.parametrize("text", ["", " ", "-", "—", "无数据", "不详", "N/A", "null", "ＮＡＮ"])
def test_what_says_that_nothing_is_known_is_empty(text: str) -> None:
    read = values.numbers(pd.Series([text]), "area")
    assert (read.empty[0], read.bad[0]) == (True, False)


@pytest.mark.parametrize("text", ["many", "3-5", "12 parsecs", "1,2,3", "--5", "12㎡以下的"])
def test_what_is_no_number_is_bad(text: str) -> None:
    assert values.numbers(pd.Series([text]), "area").bad[0]


def test_a_named_unit_holds_for_bare_numbers_and_not_for_those_with_their_own() -> None:
    read = values.numbers(pd.Series(["10", "10 m"]), "length", "ft")
    assert read.found.tolist() == [pytest.approx(3.048), 10.0]
    assert values.numbers(pd.Series([10, 20]), "length", "ft").found.tolist() == [
        pytest.approx(3.048),
        pytest.approx(6.096),
    ]


def test_approximate_numbers_and_own_units_are_told() -> None:
    read = values.numbers(pd.Series(["约30", "30", "30 ㎡"]), "area")
    assert read.about.tolist() == [True, False, False]
    assert read.united.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("date", "quarter"),
    [
        ("2015", "2015Q3"),
        ("2015.0", "2015Q3"),
        ("2015年", "2015Q3"),
        ("2015Q2", "2015Q2"),
        ("2015年第四季度", "2015Q4"),
        ("2015-06", "2015Q2"),
        ("2015年6月", "2015Q2"),
        ("2015年11月30日", "2015Q4"),
        ("2015/1/5", "2015Q1"),
        ("20151231", "2015Q4"),
        ("20010719000000", "2001Q3"),
        ("１９９８．０３", "1998Q1"),
    ],
)
def test_dates_as_people_write_them(date: str, quarter: str) -> None:
    assert values.quarters(pd.Series([date])).found.tolist() == [quarter]


def test_dates_of_a_database_are_quarters() -> None:
    read = values.quarters(pd.Series([dt.datetime(2020, 5, 1), None], dtype="datetime64[ns]"))  # noqa: DTZ001  # files hold none
    assert read.found.tolist() == ["2020Q2", None]
    assert read.empty.tolist() == [False, True]


@pytest.mark.parametrize(("date", "year"), [("2015", 2015.0), ("2015.25", 2015.25), ("2015年10月", 2015.75)])
def test_years_may_have_parts(date: str, year: float) -> None:
    assert values.years(pd.Series([date])).found.tolist() == [year]


@pytest.mark.parametrize("date", ["soon", "2015-13", "15", "3015", "2015Q5", "1.2.2015"])
def test_what_is_no_date_is_bad(date: str) -> None:
    assert values.quarters(pd.Series([date])).bad[0]


@pytest.mark.parametrize("date", ["0", "", "不详"])
def test_no_date_is_empty(date: str) -> None:
    assert values.quarters(pd.Series([date])).empty[0]


@pytest.mark.parametrize(
    ("column", "word", "kind"),
    [
        ("building_type", "写字楼", "office"),
        ("building_type", "R&D", "research"),
        ("building_type", "Light  Manufacturing", "light_manufacturing"),
        ("building_type", "车库", "-"),
        ("land_use", "b23", "B23"),
        ("land_use", "一类工业用地", "M1"),
        ("industry", "人工智能", "ai"),
        ("stage", "１→10", "pilot"),
        ("flag", "是", "1"),
    ],
)
def test_kinds_in_both_languages(column: str, word: str, kind: str) -> None:
    assert values.kinds(pd.Series([word]), column).found.tolist() == [kind]


def test_words_of_ones_own_come_first() -> None:
    read = values.kinds(
        pd.Series(["写字楼", "丙类", "??"]), "building_type", {"丙类": "pilot_hall", "写字楼": "research"}
    )
    assert read.found.tolist() == ["research", "pilot_hall", None]
    assert read.bad.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("scheme", "code", "industry"),
    [
        ("GB/T 4754", "I65", "ai"),
        ("GB/T 4754", "6572", "scifi_games"),
        ("GB/T 4754", "3585", "health"),
        ("GB/T 4754", "3562", "industrial_internet"),
        ("GB/T 4754", "M73", "services"),
        ("NACE", "62.01", "ai"),
        ("NACE", "58.21", "scifi_games"),
        ("NACE", "K64.1", "finance"),
    ],
)
def test_codes_of_industries_by_their_longest_known_prefix(scheme: str, code: str, industry: str) -> None:
    assert values.kinds(pd.Series([code]), "industry", scheme=scheme).found.tolist() == [industry]


def test_every_word_stands_for_one_thing() -> None:
    for column in {row["column"] for row in words.table("terms")} - {"nothing"}:
        listed = [word for row in words.table("terms") if row["column"] == column for word in words.words(row)]
        twice = {word for word in listed if listed.count(word) > 1}
        kinds = {
            word: {row["id"] for row in words.table("terms") if row["column"] == column and word in words.words(row)}
            for word in twice
        }
        assert {word for word, found in kinds.items() if len(found) > 1} == set(), column


def test_assumed_values_lie_within_their_bounds_and_name_their_source() -> None:
    rows = words.table("values")
    bounds = np.array([[float(row["low"]), float(row["value"]), float(row["high"])] for row in rows])
    assert (np.diff(bounds, axis=1) >= 0).all()
    assert all(row["source"] and row["unit"] and row["year"] and row["confidence"] in "HML" for row in rows)
