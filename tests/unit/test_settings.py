"""Settings: every reading of the documents changes something that is measured, and is told with its reason."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from tests.oracle.cases import mixed_park, mixed_scenario
from twin.catalog import load_catalog
from twin.errors import ScenarioError
from twin.indicators import measure
from twin.park import load_park
from twin.park.tables import SETTINGS
from twin.record import Record
from twin.scenario import Scenario, Settings, adjusted, check_scenario
from twin.simulation import simulate

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "scenarios.md"

#: Choices by setting, the default first.
CHOICES = {
    name: [field.default, *(choice for choice in get_args(field.annotation) if choice != field.default)]
    for name, field in Settings.model_fields.items()
} | {"industries": list(load_catalog().industry_sets)}

OTHERS = [(name, choice) for name, choices in CHOICES.items() for choice in choices[1:]]


def read_as(**settings: str) -> Scenario:
    return mixed_scenario(3, entry_per_year=6, years=1).with_changes(settings=settings)


@cache
def run_as(setting: str = "industries", choice: str = "s2_four") -> Record:
    return simulate(mixed_park(), read_as(**{setting: choice}))


def moved(before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
    """Indicators that are not the same in two measured runs."""
    same = before["value"].eq(after["value"]) | (before["value"].isna() & after["value"].isna())
    return set(before[~same]["indicator"])


@pytest.mark.parametrize(
    ("setting", "choice", "indicators"),
    [
        ("industries", "chain_chiefs", {"feature_firm_share", "feature_revenue_share"}),
        ("industries", "s1_four", set()),  # the metaverse is taken for virtual reality: see industry_sets.csv
        ("firms", "all", {"firms", "feature_firm_share"}),
        ("tier_scope", "park", {"published_tiers"}),
    ],
)
def test_a_reading_changes_what_is_measured_and_nothing_that_happens(
    setting: str, choice: str, indicators: set[str]
) -> None:
    assert run_as(setting, choice).sha256() == run_as().sha256()
    assert moved(measure(run_as()), measure(run_as(setting, choice))) == indicators


@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_a_reading_of_zones_changes_the_zones(setting: str) -> None:
    park = load_park()
    found = [
        adjusted(park, Scenario(name="x").with_changes(settings={setting: choice})).at("2026Q4")
        for choice in CHOICES[setting]
    ]
    areas = [zones.set_index("zone_id")["area_km2"].round(3).to_dict() for zones in found]
    assert areas[0] != areas[1]


def test_every_setting_is_among_these_and_its_default_is_the_parks() -> None:
    tested = {"industries", "firms", "tier_scope", *SETTINGS}
    assert tested == set(Settings.model_fields)
    for name, choices in SETTINGS.items():
        assert tuple(CHOICES[name]) == choices


def test_readings_of_what_is_measured_do_not_make_another_park() -> None:
    park = mixed_park()
    assert adjusted(park, read_as(firms="all", industries="chain_chiefs")) is park


def test_what_the_metaverse_stands_for_is_a_row() -> None:
    """Without virtual reality in its place the industries of the plan of 2023 are three."""
    catalog = load_catalog()
    assert catalog.industry_sets["s1_four"] != catalog.industry_sets["s2_four"]  # in another order
    assert set(catalog.industry_sets["s1_four"]) == set(catalog.industry_sets["s2_four"])
    rows = [row for row in catalog.tables["industry_sets"] if (row["set"], row["named"]) != ("s1_four", "元宇宙")]
    bare = replace(catalog, tables={**catalog.tables, "industry_sets": rows})
    other = simulate(replace(mixed_park(), catalog=bare), read_as(industries="s1_four"))
    assert moved(measure(run_as()), measure(other)) == {"feature_firm_share", "feature_revenue_share"}


def test_the_share_of_the_district_is_an_assumption_that_is_read() -> None:
    parameters = read_as().with_parameters({"tier_park_share": 0.5})
    halves = measure(simulate(mixed_park(), parameters), only=["published_tiers", "tier_holders"])
    published, held = (
        halves[halves["indicator"] == name]["value"].to_numpy() for name in ("published_tiers", "tier_holders")
    )
    assert (published == 2 * held).all()
    assert held.max() > 0


def test_a_set_of_industries_nobody_knows_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"unknown set of industries 's2_fuor'; did you mean 's2_four'\?"):
        check_scenario(read_as(industries="s2_fuor"), mixed_park())


def test_the_document_tells_every_setting_with_its_choices() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, choices in CHOICES.items():
        line = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert all(f"`{choice}`" in line for choice in choices), name
