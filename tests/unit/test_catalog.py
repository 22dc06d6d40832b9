"""The catalog: tables, changed values, bad tables; and every quantity is read by something."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from shapely import Point

from tests.parks import small_park, stock_of
from tests.theory.lively import lively_park, lively_scenario
from twin.bundled import bundled
from twin.catalog import RISING, Catalog, load_catalog, nearest
from twin.engine.arrays import Calendar, Firms
from twin.errors import CatalogError, EditError
from twin.levers import LEVERS
from twin.park import Park, load_park
from twin.park.network import Travel
from twin.scenario import Scenario
from twin.simulation import Prepared, prepare, run, simulate
from twin.state import Kept, build_state
from twin.units import SHOWN, Quarter, shown

Array = NDArray[Any]

CATALOG = load_catalog()

QUANTITIES = {row["id"]: row for row in CATALOG.tables["quantities"]}


def test_the_axes_are_those_of_the_tables() -> None:
    assert CATALOG.industries == [
        "ai",
        "industrial_internet",
        "scifi_games",
        "virtual_reality",
        "finance",
        "health",
        "services",
    ]
    assert CATALOG.stages == ["lab", "pilot", "scale", "mature"]
    facilities = ["proof_of_concept", "pilot_line", "incubator", "seed_fund", "growth_fund", "compute"]
    later = ["frontier_scouting", "shared_platform"]
    assert CATALOG.supports == [*facilities, *later]
    assert CATALOG.services == [*facilities, "recruitment", *later]
    assert CATALOG.office == "recruitment"
    assert CATALOG.funds == ["seed_fund", "growth_fund"]
    assert CATALOG.failures == ["technical", "market", "money"]
    assert CATALOG.services_of("pilot") == ["pilot_line", "incubator", "seed_fund"]
    assert CATALOG.services_of("mature") == []
    assert CATALOG.firm_types == [
        "office",
        "research",
        "incubator",
        "pilot_hall",
        "light_manufacturing",
        "heritage",
    ]


def test_a_fit_for_an_industry_goes_before_one_for_all() -> None:
    assert CATALOG.fits("ai", "lab") == {"incubator", "research", "office"}
    assert CATALOG.fits("finance", "lab") == {"incubator", "office"}
    assert all(CATALOG.fits(i, s) <= set(CATALOG.firm_types) for i in CATALOG.industries for s in CATALOG.stages)


def test_names_and_colours() -> None:
    assert CATALOG.names("industries", "zh")["ai"] == "人工智能"
    assert CATALOG.names("stages")["mature"] == "100+ established"
    assert set(map(len, CATALOG.colours("industries").values())) == {7}


def test_every_parameter_stands_within_its_range_with_a_source() -> None:
    for row in CATALOG.tables["parameters"]:
        quantity = QUANTITIES[row["id"]]
        assert row["source"], row
        assert row["confidence"] in {"H", "M", "L"}, row
        assert float(row["low"]) <= float(row["value"]) <= float(row["high"]), row
        assert float(quantity["minimum"]) <= float(row["low"]), row
        assert float(row["high"]) <= float(quantity["maximum"]), row


def test_every_scope_of_every_quantity_has_a_value() -> None:
    for quantity in QUANTITIES:
        for scope in CATALOG.scopes(quantity):
            assert not math.isnan(CATALOG.value(quantity, scope)), (quantity, scope)


def test_a_value_is_set_for_all_scopes_or_for_one() -> None:
    one = CATALOG.with_values({"resident_share.ai": 0.1})
    assert [one.value("resident_share", scope) for scope in ("ai", "health")] == [0.1, 0.6]
    all_ = CATALOG.with_values({"entry_per_year": 3})
    assert {all_.value("entry_per_year", scope) for scope in CATALOG.industries} == {3.0}
    single = CATALOG.with_values({"fast_growth": 0.4})
    assert single.value("fast_growth") == 0.4
    assert CATALOG.value("fast_growth") == 0.3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"dormant_least_years": 3.0}, "dormant_least_years 3 is above dormant_most_years"),
        ({"renovation_years": 0.1}, r"renovation_least_years 0\.75 is above renovation_years 0\.1"),
        ({"renovation_most_years": 1.0}, "renovation_years 1.25 is above renovation_most_years 1"),
    ],
)
def test_no_least_is_above_a_most(changes: dict[str, float], told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        CATALOG.with_values(changes)


def test_a_law_of_age_is_replaced_whole() -> None:
    changed = CATALOG.with_values({"closing_by_age": {"2": 0.5, "10": 0.25, "1": 0.125}})
    assert changed.scopes("closing_by_age") == ["1", "2", "10"]
    assert [changed.value("closing_by_age", age) for age in ("1", "2", "10")] == [0.125, 0.5, 0.25]


def test_changes_are_checked_all_at_once() -> None:
    with pytest.raises(CatalogError) as refused:
        CATALOG.with_values({"fast_groth": 1.0, "resident_share": 2.0, "entry_per_year.aii": 1.0, "near_m": True})
    assert [str(fault) for fault in refused.value.faults] == [
        "parameters.fast_groth: unknown parameter 'fast_groth'; did you mean 'fast_growth'?",
        "parameters.resident_share: 2 is out of bounds; from 0 to 1 1",
        "parameters.entry_per_year.aii: unknown scope 'aii' of entry_per_year; did you mean 'ai'?",
        "parameters.near_m: True is not a number; a number from 0 to 1e+06 m",
    ]


@pytest.mark.parametrize(
    ("name", "known", "cure"),
    [
        ("rents", ["rent", "entry"], "did you mean 'rent'?"),
        ("zzz", ["rent", "entry"], "known are rent, entry"),
        ("zzz", [], "there are none"),
    ],
)
def test_a_cure_names_what_is_near(name: str, known: list[str], cure: str) -> None:
    assert nearest(name, known) == cure


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the catalog, to be spoilt."""
    return Path(shutil.copytree(bundled("data") / "catalog", tmp_path / "catalog"))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


SPOILT = {
    "unknown quantity": ("parameters.csv", "fast_growth,,0.3", "fast_groth,,0.3", "unknown quantity 'fast_groth'"),
    "word": ("parameters.csv", "fast_growth,,0.3", "fast_growth,,much", "'much'"),
    "twice": ("parameters.csv", "fast_growth,,0.3", "fast_growth,,0.3,,,,,,,\nfast_growth,,0.4", "a second time"),
    "no value": ("quantities.csv", "fast_growth,,", "slow_growth,,1/year,0,1,Slow,慢\nfast_growth,,", "'slow_growth'"),
    "out of bounds": ("parameters.csv", "resident_share,,0.6", "resident_share,,6", "resident_share"),
    "unknown scope": ("parameters.csv", "entry_per_year,ai", "entry_per_year,aii", "aii"),
    "unknown fit": ("fits.csv", "lab,*,incubator", "lab,*,incubators", "incubators"),
    "unknown stage": ("services.csv", "lab pilot,facility", "lab pilots,facility", "pilots"),
    "unknown cause": ("services.csv", "fund,money", "fund,monies", "monies"),
    "neither facility nor fund": ("services.csv", "pilot,facility", "pilot,factory", "factory"),
    "two recruitment offices": (
        "services.csv",
        "pilot,facility",
        "pilot,recruitment",
        "2 services of kind recruitment",
    ),
    "office that firms ask for": ("services.csv", ",recruitment,", "lab,recruitment,", "recruitment has stages"),
    "cause without shares": ("failures.csv", "market,", "markets,", "fail_markets_share"),
    "too many services": (
        "services.csv",
        "compute,",
        "".join(f"s{n},甲,S,lab,facility,\n" for n in range(7)) + "compute,",
        "16",
    ),
    "unknown tier": ("tiers.csv", "小巨人,Little giant,#E8590C,,srdi", "小巨人,Little giant,#E8590C,,sdri", "sdri"),
    "too many tiers": (
        "tiers.csv",
        "hnte,国高新",
        "".join(f"t{n},甲,T,#000000,,,,,s,2020,L,\n" for n in range(9)) + "hnte,国高新",
        "16 tiers",
    ),
    "held by nothing known": ("tiers.csv", "#0B7285,rules,", "#0B7285,rulers,", "'rulers'"),
    "held by a rule on what is not known": (
        "tier_rules.csv",
        "strong,least_staff,health",
        "strong,least_rd_cny,health",
        "least_rd_cny",
    ),
    "unknown criterion": ("tier_rules.csv", "hnte,least_age_years", "hnte,least_aeg_years", "least_aeg_years"),
    "no bound": ("tier_rules.csv", "hnte,least_age_years,*,,,1", "hnte,least_age_years,*,,,one", "'one'"),
    "no quarter": ("tier_rules.csv", "years,2016Q1,国科发火", "years,2016,国科发火", "valid_from '2016'"),
    "unknown link": ("scenes.csv", "F8 H3 H8", "F8 H3 H88", "H88"),
    "no kind of scene": ("scenes.csv", "entry,core,", "entry,centre,", "centre"),
    "unknown output": (
        "contract_rules.csv",
        "tax_floor,单位面积税收,Tax per m²,tax_per_m2",
        "t,甲,T,tax_per_m3",
        "tax_per_m3",
    ),
    "no industry of a set": ("industry_sets.csv", "s2_four,ai", "s2_four,aii", "did you mean 'ai'?"),
    "no bound of an agreement": ("contract_rules.csv", "tax_per_m2,500", "tax_per_m2,much", "'much'"),
    "no date of an agreement": ("contract_rules.csv", "heritage,1,2016Q1", "heritage,1,2016", "valid_from '2016'"),
    "unknown type under an agreement": (
        "contract_rules.csv",
        "research heritage,1",
        "research heritages,1",
        "heritages",
    ),
    "column missing": ("industries.csv", "colour", "color", "colour"),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_table_is_refused(folder: Path, file: str, old: str, new: str, told: str) -> None:
    edit(folder / file, old, new)
    with pytest.raises(CatalogError) as refused:
        load_catalog(folder)
    lines = str(refused.value).splitlines()
    assert any(told in line and "catalog" in line for line in lines), lines


def test_a_missing_table_is_refused(folder: Path) -> None:
    (folder / "fits.csv").unlink()
    with pytest.raises(CatalogError, match=r"fits\.csv"):
        load_catalog(folder)


def test_another_catalog_has_another_hash(folder: Path) -> None:
    assert load_catalog(folder).sha256 == CATALOG.sha256
    edit(folder / "parameters.csv", "fast_growth,,0.3", "fast_growth,,0.31")
    assert load_catalog(folder).sha256 != CATALOG.sha256


@pytest.fixture(scope="module")
def before() -> list[Array]:
    return arrays(CATALOG)


@cache
def two_buildings() -> Park:
    """Two buildings 100 m apart, one of them of a public landlord."""
    made = small_park([1_000, 1_000], slots={"pilot_line": 1}, firms=stock_of(2, building="b0", floor_m2=9))
    return replace(made, buildings=made.buildings.assign(operator=["district", "market"]))


#: Parts of states that do not hang on the parameter at hand are made once.
KEPT = Kept()


def arrays(catalog: Catalog) -> list[Array]:
    """All arrays of the state that a park and a catalog make."""
    state = build_state(two_buildings(), catalog, start=Quarter(2026, 1), years=0.01, seed=1, log=False, kept=KEPT)
    parts = [part for part in state if isinstance(part, tuple)]
    # the calendar and the firms are as long as entries are expected
    return [array for part in parts if not isinstance(part, Calendar | Firms) for array in part]


def other_values(quantity: str, scope: str) -> list[float | dict[str, float]]:
    """A lower and a higher value than the one in force, within bounds."""
    row = QUANTITIES[quantity]
    if row["scope"] == "age":
        return [{"1": 0.5}]
    low, now, high = float(row["minimum"]), CATALOG.value(quantity, scope), float(row["maximum"])
    tried = [low, min(2 * abs(now) + 1, high)]
    for names in (names for names in RISING if quantity in names):  # none may be above the next
        place = names.index(quantity)
        below = [CATALOG.value(name) for name in names[:place]]
        above = [CATALOG.value(name) for name in names[place + 1 :]]
        tried = [value for value in tried if max(below, default=low) <= value <= min(above, default=high)]
        tried += [*below, *above] if below and above else []
    return [value for value in tried if value != now]


#: What edits read, and runs do not.
OF_EDITS = {
    "asking_rent_cny_m2_day",
    "building_quality",
    "least_footprint_m2",
    "least_parcel_m2",
    "lettable_ratio",
    "renovation_years",
    "setback_m",
    "spacing_m",
    "storey_height_m",
}

#: What ways through the park read; tests/unit/park/test_network.py moves them.
OF_WAYS = {field.name for field in fields(Travel)}

#: What is read where runs are measured; tests/unit/test_settings.py moves it.
OF_READINGS = {"tier_park_share"}


@pytest.mark.parametrize("quantity", sorted(OF_EDITS))
def test_every_quantity_of_edits_is_read(quantity: str) -> None:
    assert_read_by_edits(quantity, CATALOG.scopes(quantity)[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("quantity", "scope"), [(name, scope) for name in sorted(OF_EDITS) for scope in CATALOG.scopes(name)]
)
def test_every_parameter_of_edits_is_read(quantity: str, scope: str) -> None:
    assert_read_by_edits(quantity, scope)


def assert_read_by_edits(quantity: str, scope: str) -> None:
    """Fail unless some edit comes out otherwise under another value of a parameter."""
    kind, key = scope or "office", f"{quantity}.{scope}" if scope else quantity
    others = [KNOWN.with_values({key: value}) for value in other_values(quantity, scope)]
    edits = zip(edits_with(kind), as_it_comes_out(kind), strict=True)
    assert any(outcome_of_edits(other, tried) != before for tried, before in edits for other in others), key


KNOWN = CATALOG.with_values({"least_footprint_m2": 1.0})


def edits_with(kind: str) -> list[list[dict[str, object]]]:
    """Lists of edits that read what is known of a type of building."""
    land_use = next(use["id"] for use in CATALOG.tables["land_uses"] if kind in CATALOG.permits(use["id"]))
    new = {"edit": "build", "at": "2026Q2", "parcel": "p0", "building_type": kind, "floors": 2}
    ready: list[dict[str, object]] = [
        {"edit": "rezone", "at": "2026Q1", "parcels": ["p0"], "land_use": land_use, "far_limit": 9.0},
        {"edit": "demolish", "at": "2026Q2", "buildings": ["b0"]},
    ]
    return [
        [*ready, new | {"building": "n", "gfa_m2": 300.0}, new | {"building": "m", "gfa_m2": 8000.0}],
        [*ready, new | {"building": "n", "gfa_m2": 13000.0}],
        [{"edit": "renovate", "at": "2026Q2", "building": "b1"}],
        [{"edit": "split", "at": "2026Q1", "parcel": "p0", "shares": [0.1, 0.9], "bearing_deg": 90.0}],
    ]


@cache
def as_it_comes_out(kind: str) -> list[str]:
    """What becomes of two buildings by each of these lists as the catalog has it."""
    return [outcome_of_edits(KNOWN, tried) for tried in edits_with(kind)]


def outcome_of_edits(catalog: Catalog, edits: list[dict[str, object]]) -> str:
    """What becomes of two buildings by a list of edits, or why it is refused."""
    try:
        after = replace(two_buildings(), catalog=catalog).edit(edits)
    except EditError as refused:
        return str(refused)
    return "\n".join(frame.to_csv() for frame in (after.parcels, after.buildings, after.works))


@pytest.mark.parametrize(
    "quantity", sorted(set(QUANTITIES) - {lever.lead for lever in LEVERS.values()} - OF_EDITS - OF_WAYS - OF_READINGS)
)
def test_every_quantity_is_read(before: list[Array], quantity: str) -> None:
    scopes = CATALOG.scopes(quantity) if QUANTITIES[quantity]["scope"] != "age" else [""]
    for scope in scopes:
        key = f"{quantity}.{scope}" if scope else quantity
        moved = (
            not np.array_equal(old, new, equal_nan=old.dtype.kind == "f")
            for value in other_values(quantity, scope)
            for old, new in zip(before, arrays(CATALOG.with_values({key: value})), strict=True)
        )
        assert any(moved), key


#: Rows of the table that nothing reads, and why: they say what a stage or a service is not.
UNREAD = {
    ("advance_per_year", "mature"): "there is no stage after the last",
    ("newborn_share", "lab"): "whoever enters at the first stage is of no age anyway",
    **{
        (f"fail_{cause}_share", "mature"): "nobody fails in the last stage"
        for cause in ("technical", "market", "money")
    },
    ("order_cny", "mature"): "no scene is for the last stage",
    **{("floor_load_kn_m2", kind): "not let to firms" for kind in ("retail", "talent_housing")},
}

ELSEWHERE = OF_EDITS | OF_WAYS | OF_READINGS

ROWS = [(row["id"], row["scope"]) for row in CATALOG.tables["parameters"] if row["id"] not in ELSEWHERE]


#: Three years and a quarter.
LIVELY = (
    lively_scenario()
    .with_changes(end="2029Q1")
    .with_parameters({"stay_inertia": 2.0, "lease_years": 1.0, "construction_years": 1.0, "entry_per_year": 4.0})
    .with_parameters({"large_staff": 20.0, "absorb_per_year": 0.3, "dormancy_factor": 2.0, "prospects_per_year": 20.0})
    .with_parameters({"renovation_least_years": 0.1, "renovation_years": 0.6, "renovation_most_years": 0.6})
    .with_parameters({"old_plant_before_year": 2015.0, "low_efficiency_share": 0.95, "low_efficiency_quarters": 1.0})
    .with_parameters({"lease_up_years": 0.5, "anchor_staff": 30.0, "talent_pool": 5.0})
    .with_parameters({"contract_share": 0.7, "contract_move_ratio": 3.0, "honour_windows": 1.0, "honour_cases": 1.0})
    .with_parameters({"honour_promised_days": 90.0, "honour_claim_share": 1.0, "move_out_per_year": 0.2})
    .with_parameters({"coordination_years": 0.1, "contract_ramp_years": 0.5})
    .with_parameters({f"fail_per_year.{stage}": 0.3 for stage in ("lab", "pilot", "scale")})
    .with_actions(
        {"at": "2026Q2", "lever": "entry_rate", "value": 2.0},
        {"at": "2026Q2", "lever": "prospects", "value": 2.0},
        {"at": "2026Q2", "lever": "firm_spin_offs", "value": 5.0},
        {"at": "2026Q2", "lever": "tier_outreach", "value": 3.0},
        {"at": "2026Q2", "lever": "new_space", "value": 500.0, "where": {"building": "b0"}},
        {"at": "2026Q2", "lever": "revitalisation_budget", "value": 5e6},
        {"at": "2026Q1", "lever": "anchor_entry", "value": 2, "where": {"chain_node": "A6"}},
        {"at": "2026Q1", "lever": "anchor_entry", "value": 1, "where": {"chain_node": "F1"}},
        {"at": "2026Q2", "lever": "alliance", "value": 1.0},
        {"at": "2026Q2", "lever": "chain_chief", "value": 1.0},
        {"at": "2027Q1", "lever": "anchor_exit", "value": 9, "where": {"chain_node": "A6"}},
        {"at": "2026Q2", "lever": "scenes", "value": 4.0},
        {"at": "2026Q2", "lever": "challenges", "value": 400.0},
        {"at": "2026Q2", "lever": "events", "value": 2.0},
        {"at": "2026Q2", "lever": "talent_programme", "value": 50.0, "where": {"skill": "research"}},
        {"at": "2026Q2", "lever": "tailored_classes", "value": 50.0, "where": {"skill": "creative"}},
        {"at": "2026Q2", "lever": "talent_housing", "value": 10, "where": {"zone": "west"}},
    )
)


@cache
def eventful() -> Park:
    """Where every mechanism has somebody to act on: the lively park with a station, works, offices, more firms."""
    park = lively_park()
    large = stock_of(2, industry="ai", building="b5", staff=300, floor_m2=900).assign(
        founded_year=[2010.0, 2020.0], tier=pd.Series([None, "unicorn"], dtype=object)
    )
    scaling_up = stock_of(12, industry="ai", stage="scale", building="b5", staff=10, floor_m2=100)
    known = stock_of(5, industry="ai", stage="lab", staff=3).assign(tier="hnte")
    firms = pd.concat([park.firms, large, scaling_up, known], ignore_index=True)
    x, y = park.building_points[0]
    crs = park.buildings.crs
    station = gpd.GeoDataFrame({"station_id": ["s"], "open": [True]}, geometry=[Point(x + 50, y + 50)], crs=crs)
    more = np.where(park.buildings["building_type"] == "office", 3.0, 1.0)
    floor_m2 = {name: park.buildings[name] * more for name in ("gfa_m2", "lettable_m2")}
    owned = np.where(np.arange(len(park.buildings)) == 0, "shougang", "district")
    qualities = park.buildings.assign(operator=owned, quality=np.linspace(0.2, 0.9, len(park.buildings)), **floor_m2)
    firms = firms.assign(firm_id=range(1, len(firms) + 1))
    made = replace(park, firms=firms, stations=station, buildings=qualities)
    return made.edit([{"edit": "renovate", "at": "2028Q1", "building": "b3"}])


@cache
def as_it_is() -> str:
    """The hash of the run as the catalog has it."""
    return outcome({})


def outcome(parameters: Mapping[str, float | dict[str, float]]) -> str:
    """The hash of all that a run of the eventful park leaves, with other parameters."""
    return run(prepare(eventful(), LIVELY.with_parameters(parameters), like=lively())).sha256()


@cache
def lively() -> Prepared:
    """The run of the eventful park as the catalog has it, prepared."""
    return prepare(eventful(), LIVELY)


def outcome_of_all(parameters: Mapping[str, float | dict[str, float]] | None = None) -> str:
    """The hash of all that six years of the shipped park leave, for what few firms are concerned by."""
    if parameters is None:
        return shipped_as_it_is()
    return run(prepare(shipped(), SIX_YEARS.with_parameters(parameters), like=six_years())).sha256()


SIX_YEARS = Scenario(name="all", end="2031Q4", parameters={"dormancy_factor": 0.5})


@cache
def six_years() -> Prepared:
    """Six years of the shipped park as the catalog has it, prepared."""
    return prepare(shipped(), SIX_YEARS)


@cache
def shipped() -> Park:
    """The shipped park."""
    return load_park()


@cache
def shipped_as_it_is() -> str:
    """The hash of the run of the shipped park as the catalog has it."""
    return outcome_of_all({})


def others(quantity: str, scope: str) -> list[dict[str, float | dict[str, float]]]:
    """Parameters with another value of one row: the ends of its range, then values further away."""
    row = next(r for r in CATALOG.tables["parameters"] if (r["id"], r["scope"]) == (quantity, scope))
    near = [float(row[end]) for end in ("low", "high") if float(row[end]) != float(row["value"])]
    if QUANTITIES[quantity]["scope"] == "age":
        law = {age: CATALOG.value(quantity, age) for age in CATALOG.scopes(quantity)}
        return [{quantity: law | {scope: value}} for value in near]
    far = [value for value in other_values(quantity, scope) if isinstance(value, float | int)]
    return [{f"{quantity}.{scope}" if scope else quantity: value} for value in (*near, *far)]


def assert_read(quantity: str, scope: str) -> None:
    """Fail unless a run hears of another value of a parameter, or of none of them where nothing reads it."""
    tries = others(quantity, scope)
    heard = any(outcome(parameters) != as_it_is() for parameters in tries)
    heard = heard or any(outcome_of_all(parameters) != outcome_of_all() for parameters in tries)
    assert heard != ((quantity, scope) in UNREAD), (
        f"{quantity}.{scope}: {UNREAD.get((quantity, scope), 'nothing reads it')}"
    )


@pytest.mark.parametrize("quantity", sorted({quantity for quantity, _ in ROWS}))
def test_every_quantity_changes_a_run(quantity: str) -> None:
    assert_read(quantity, next(scope for name, scope in ROWS if name == quantity and (name, scope) not in UNREAD))


@pytest.mark.slow
@pytest.mark.parametrize(("quantity", "scope"), ROWS)
def test_every_parameter_changes_a_run(quantity: str, scope: str) -> None:
    assert_read(quantity, scope)


def test_rows_that_nothing_reads_are_rows() -> None:
    assert set(UNREAD) <= set(ROWS)


def test_the_construction_time_is_read_when_works_begin() -> None:
    park = small_park([100])
    action = {"at": "2026Q1", "lever": "new_space", "value": 50, "where": {"building": "b0"}}
    opened = [
        simulate(
            park,
            Scenario(name="x", end="2026Q4").with_parameters({"construction_years": years}).with_actions(action),
        ).buildings["stock_m2"]
        for years in (0.0, 0.5, 3.0)
    ]
    assert [stock.tolist() for stock in opened] == [[150] * 4, [100, 100, 150, 150], [100] * 4]


def test_units_are_shown_as_planners_read_them() -> None:
    assert (shown("m²").zh, shown("m²").per) == ("万㎡", 1e4)
    assert (shown("CNY/year").zh, shown("CNY/year").per) == ("亿元/年", 1e8)
    assert shown("share").per == 0.01
    assert shown("furlongs") == (1, "furlongs", "furlongs", 2)
    assert all(unit.per > 0 for unit in SHOWN.values())


def test_quarters_count_and_compare() -> None:
    assert str(Quarter.parse("2026Q4").plus(1)) == "2027Q1"
    assert str(Quarter.parse("2026Q1").plus(-1)) == "2025Q4"
    assert Quarter.parse("2028Q3").years_since(Quarter.parse("2026Q1")) == 2.5
    assert Quarter.parse("2026Q4") < Quarter.parse("2027Q1")


@pytest.mark.parametrize(
    "text", ["", "2026", "2026Q0", "2026Q5", "2026q1", " 2026Q1", "2026Q1\n", "26Q1", "２０２６Q1"]
)
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quarter"):
        Quarter.parse(text)
