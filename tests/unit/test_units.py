"""Quarters, and how units are shown."""

from __future__ import annotations

import pytest

from twin.indicators import INDICATORS
from twin.units import SHOWN, Quarter, Shown, shown


def test_a_quarter_reads_as_it_is_written() -> None:
    assert Quarter.parse("2026Q1") == Quarter(2026, 1)
    assert str(Quarter(2035, 4)) == "2035Q4"


@pytest.mark.parametrize("text", ["2026", "2026Q0", "2026Q5", "26Q1", "2026q1", "2026Q1 ", "Q12026", ""])
def test_anything_else_is_refused_with_the_value(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quarter; write it like 2026Q1") as refused:
        Quarter.parse(text)
    assert repr(text) in str(refused.value)


def test_quarters_are_counted_over_years() -> None:
    assert [str(Quarter(2026, 3).plus(n)) for n in (-3, 0, 1, 2, 6)] == [
        "2025Q4",
        "2026Q3",
        "2026Q4",
        "2027Q1",
        "2028Q1",
    ]
    assert Quarter(2028, 2).years_since(Quarter(2026, 1)) == 2.25
    assert Quarter(2026, 1).years_since(Quarter(2026, 4)) == -0.75


def test_planners_units() -> None:
    assert 474.6e9 / shown("CNY/year").per == pytest.approx(4746)  # 亿元
    assert 3.19e6 / shown("m²").per == pytest.approx(319)  # 万㎡
    assert 0.84 / shown("share").per == pytest.approx(84)  # %
    assert shown("furlong") == Shown(1, "furlong", "furlong", 2)


def test_every_indicator_has_a_unit_that_is_shown() -> None:
    assert {indicator.unit for indicator in INDICATORS.values()} <= set(SHOWN)
