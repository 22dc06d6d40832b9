"""The report: one page that needs nothing else, in both languages, with its ranges and where it comes from."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.parks import small_park, stock_of
from twin.catalog import load_catalog
from twin.indicators import INDICATORS
from twin.indicators.ladder import RATIOS
from twin.report import Row, page, part_name, table, zone_table
from twin.scenario import Scenario
from twin.study import Study, replicate

HOSTILE = Scenario(
    name="x",
    title_zh="标题 <script>alert(1)</script> {body} {font}",
    title_en="Title & more",
    question="<img src=x onerror=alert(1)>",
    end="2027Q4",
).with_actions({"at": "2026Q2", "lever": "rent", "value": -0.25, "where": {"zone": "park"}})


@pytest.fixture(scope="module")
def study() -> Study:
    park = small_park([3_000, 500], slots={"pilot_line": 1}, firms=stock_of(20, building="b0", floor_m2=50, staff=4))
    return replicate(park, HOSTILE, replications=3)


@pytest.fixture(scope="module")
def text(study: Study) -> str:
    return page(study)


def test_a_row_stands_for_every_indicator_and_part(study: Study) -> None:
    rows = table(study.by_year(), study.park.catalog)
    # the quotient of the park with itself is 1
    assert {row.indicator for row in rows} == set(INDICATORS) - {"location_quotient"}
    order = [list(INDICATORS).index(row.indicator) for row in rows]
    assert order == sorted(order)
    assert [row.part for row in rows if row.indicator == "firms_by_stage"] == ["lab", "pilot", "scale", "mature"]


def test_a_cell_is_shown_in_the_units_of_planners(study: Study) -> None:
    row = next(row for row in table(study.by_year(), study.park.catalog) if row.indicator == "floor_stock")
    assert (row.unit_zh, row.name_zh, row.name_en) == ("万㎡", "可租面积", "Lettable floor")
    assert row.cells[2027] == (0.35, 0.35, 0.35)


@pytest.mark.parametrize(
    ("cells", "digits", "said"),
    [
        ((1234.5, 1200.0, 1300.0), 1, ("1,234.5", "1,200.0–1,300.0")),
        ((-0.5, -1.0, 0.0), 1, ("-0.5", "-1.0–0.0")),
        ((np.nan, np.nan, np.nan), 0, ("–", "")),
    ],
)
def test_a_cell_is_median_and_range(cells: tuple[float, float, float], digits: int, said: tuple[str, str]) -> None:
    row = Row("staff", "", "", "", "", "", {2026: cells}, digits)
    assert row.text(2026) == said
    assert row.text(2030) == ("–", "")


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("strong / above_scale", ("规上强企/规上", "large above-scale / above-scale")),
        ("lab", ("0→1 创新策源", "0→1 from lab to prototype")),
        ("ai", ("人工智能", "Artificial intelligence")),
        ("pilot_line", ("中试线", "Pilot line")),
        ("money/lab", ("资金 0→1 创新策源", "Money, 0→1 from lab to prototype")),
        ("closed", ("关停", "closed")),
        ("too_large", ("无足够大的楼宇", "none large enough")),
        ("", ("", "")),
    ],
)
def test_parts_have_names_in_both_languages(part: str, names: tuple[str, str]) -> None:
    assert part_name(part, load_catalog()) == names


def test_every_ratio_of_tiers_has_a_name() -> None:
    for part in RATIOS:
        assert not any(name in " ".join(part_name(part, load_catalog())).split() for name in RATIOS[part]), part


def test_every_part_has_a_name(study: Study) -> None:
    for row in table(study.by_year(), study.park.catalog):
        zh, en = part_name(row.part, study.park.catalog)
        assert not row.part or (zh, en) != (row.part, row.part), row.part


def test_the_page_needs_nothing_else(text: str) -> None:
    assert not re.findall(r"(?:src|href)\s*=\s*['\"](?!data:|#)", text)
    assert "<script" not in text
    assert not re.findall(r"url\((?!['\"]?(?:data:|#))", text)


def test_foreign_words_are_letters(text: str) -> None:
    assert "<img src=x" not in text
    assert "&lt;script&gt;" in text
    assert "Title &amp; more" in text
    assert text.count("{body}") == 2  # in the title and in the heading, as it was written
    assert text.count("<h1>") == 1


def test_the_page_says_what_it_is_worth(text: str, study: Study) -> None:
    assert "未以园区台账标定" in text
    assert "not calibrated on the park" in text
    assert "3 次重复 replications" in text
    assert f"种子 seed {HOSTILE.seed}" in text
    assert study.manifest["park_sha256"][:16] in text
    assert "2026Q2: rent -0.25" in text


def test_a_single_run_is_called_one(study: Study) -> None:
    assert "单次运行 single run" in page(replicate(study.park, HOSTILE, replications=1))


def test_a_picture_is_carried_within(study: Study, tmp_path: Path) -> None:
    picture = tmp_path / "park.png"
    picture.write_bytes(b"\x89PNG")
    assert "src='data:image/png;base64,iVBORw=='" in page(study, picture=picture)


def test_the_same_study_gives_the_same_page(study: Study, text: str) -> None:
    assert page(study) == text


def test_a_study_shorter_than_a_year_has_a_page(study: Study) -> None:
    short = replicate(study.park, Scenario(name="short", end="2026Q3"), replications=1)
    assert "<h1>short" in page(short)


def test_zones_are_told_at_the_end(study: Study) -> None:
    zones = zone_table(study)
    assert zones.index.tolist() == []  # the park itself is in the other table
