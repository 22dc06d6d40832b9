"""The shipped park: what was published is met, limits are kept, dates are told, and both stocks of firms add up."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from twin.bundled import bundled
from twin.catalog import load_catalog
from twin.park import Park, load_park
from twin.tiers import Sizes, bits_of

FOLDER = bundled("data") / "shijingshan"
STARTS = ("2021Q1", "2026Q1")
CHAINS = {
    "A": "ai",
    "I": "industrial_internet",
    "V": "virtual_reality",
    "K": "scifi_games",
    "F": "finance",
    "H": "health",
}


def figures(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "figures" / f"{name}.csv")


def totals(start: str) -> pd.Series[float]:
    rows = figures("stock")
    return rows[rows["start"] == start].set_index("id")["value"]


@pytest.fixture(scope="module")
def shipped() -> Park:
    return load_park()


@pytest.fixture(scope="module", params=STARTS)
def park(request: pytest.FixtureRequest) -> Park:
    return load_park(start=request.param)


# Limits and totals


def test_no_parcel_holds_more_than_its_limit(shipped: Park) -> None:
    buildings = shipped.buildings
    above = (buildings["gfa_m2"] - buildings["gfa_below_m2"]).groupby(buildings["parcel_id"]).sum()
    parcels = shipped.parcels.set_index("parcel_id").loc[above.index]
    assert (above <= parcels["far_limit"] * parcels.area).all()
    assert parcels["far_limit"].max() < 5.5


def test_no_building_is_higher_than_its_parcel_allows(shipped: Park) -> None:
    limits = shipped.parcels.set_index("parcel_id")["height_limit_m"]
    buildings = shipped.buildings
    assert (buildings["height_m"].to_numpy() <= limits.loc[buildings["parcel_id"]].to_numpy()).all()
    assert limits.max() == 80  # 首钢园南区: local peaks of 80 m


def test_only_the_industrial_internet_park_counts_basements(shipped: Park) -> None:
    below = shipped.buildings[shipped.buildings["gfa_below_m2"] > 0]
    assert below["name_zh"].str.contains("工业互联网产业园[一二]期").all()
    assert below["gfa_below_m2"].sum() / below["gfa_m2"].sum() == pytest.approx(0.36, abs=1e-3)
    assert below["gfa_m2"].sum() == pytest.approx(450_000, rel=0.02)


def test_published_floor_space_is_met_by_every_complex(shipped: Park) -> None:
    for name, gfa_m2, count in figures("complexes")[["name_zh", "gfa_m2", "buildings"]].itertuples(index=False):
        names = shipped.buildings["name_zh"]
        mine = shipped.buildings[(names == name) | names.str.fullmatch(f"{name}\\d+号楼").fillna(value=False)]
        assert len(mine) == count
        assert mine["gfa_m2"].sum() == pytest.approx(gfa_m2, rel=0.02)


def test_the_park_has_the_morphology_it_is_said_to_have(shipped: Park) -> None:
    bounds = figures("morphology").set_index("figure")
    low, high = bounds["low"].to_dict(), bounds["high"].to_dict()
    parcels, buildings = shipped.parcels.set_index("parcel_id"), shipped.buildings
    plan = buildings.area.groupby(buildings["parcel_id"]).sum()
    land = shapely.union_all(shipped.parcels.geometry.to_numpy())
    measured = {
        "footprint_m2": buildings.area.median(),
        "coverage": (plan / parcels.area.loc[plan.index]).median(),
        "street_km_km2": shipped.roads.intersection(land).length.sum() / 1e3 / (parcels.area.sum() / 1e6),
    }
    for name, value in measured.items():
        assert low[name] <= value <= high[name]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("gfa_m2", 90_000.0, "holds more floor space than its limit"),
        ("height_m", 99.0, "is above its height limit"),
        ("lettable_m2", 90_000.0, "lets more than it has"),
        ("started", "2099Q1", "opens before it is begun"),
    ],
)
def test_nothing_is_written_that_breaks_a_limit(
    shipped: Park, monkeypatch: pytest.MonkeyPatch, column: str, value: float | str, said: str
) -> None:
    monkeypatch.syspath_prepend(FOLDER)
    faults = import_module("builder.checks").building_faults
    buildings = shipped.buildings.assign(footprint_m2=shipped.buildings.area, landmark=None)
    spoilt = buildings.copy()
    spoilt.loc[shipped.buildings["completed"].last_valid_index(), column] = value
    new = set(faults(shipped.parcels, spoilt)) - set(faults(shipped.parcels, buildings))
    assert [fault for fault in new if fault.endswith(said)]


# Places and dates


def test_all_nine_subdistricts_are_named_without_outlines(shipped: Park) -> None:
    named = shipped.places[shipped.places["kind"] == "subdistrict"]
    assert len(named) == 9
    assert named["name_zh"].str.endswith("街道").all()
    assert set(named["provenance"]) == {"derived"}
    district = shipped.zones[shipped.zones["kind"] == "district"].geometry.iloc[0]
    assert named.within(district).all()
    assert "subdistrict" not in set(shipped.zones["kind"])


def test_entrances_lie_at_their_stations(shipped: Park) -> None:
    entrances = shipped.places[shipped.places["kind"] == "entrance"]
    stations = shipped.stations.set_index("station_id").loc[entrances["station_id"]]
    away_m = shapely.distance(np.asarray(entrances.geometry), np.asarray(stations.geometry))
    assert len(entrances) == 31
    assert away_m.max() < 350


def test_the_pipeline_says_when_it_began(shipped: Park) -> None:
    buildings = shipped.buildings
    coming = buildings[buildings["completed"] >= "2026Q1"]
    assert coming["started"].notna().all()
    assert (coming["started"] < coming["completed"]).all()
    assert set(buildings["date_confidence"].dropna()) == {"H", "M", "L"}
    assert (buildings["date_confidence"].notna() == buildings["completed"].notna()).all()


@pytest.mark.parametrize(
    ("name", "started", "completed", "confidence"),
    [
        ("工业互联网产业园一期", "2021Q3", "2024Q2", "H"),  # 2021-09 to 2024-04-16, published
        ("工业互联网产业园二期", "2023Q2", "2026", "M"),  # 2023-04 to 2026, published
        ("人工智能产业集聚区二期", "202", "2026", "M"),
        ("大正创想广场扩建", "202", "2026", "M"),
        ("首钢滑雪大跳台", "2018Q4", "2019Q4", "H"),
    ],
)
def test_named_projects_have_their_dates(
    shipped: Park, name: str, started: str, completed: str, confidence: str
) -> None:
    mine = shipped.buildings[shipped.buildings["name_zh"].str.startswith(name, na=False)]
    assert len(mine)
    assert mine["started"].str.startswith(started).all()
    assert mine["completed"].str.startswith(completed).all()
    assert set(mine["date_confidence"]) == {confidence}


# Both stocks of firms


def test_a_stock_meets_its_totals(park: Park) -> None:
    firms, wanted = park.firms, totals(str(park.start))
    residents = firms[firms["resident"]]
    open_ = park.firm_buildings[park.firm_buildings["completed"] < str(park.start)]
    assert len(residents) == wanted["resident_firms"]
    assert len(firms) - len(residents) == wanted["registered_only_firms"]
    assert residents["staff"].sum() == pytest.approx(wanted["resident_staff"], rel=0.02)
    assert residents["floor_m2"].sum() / open_["lettable_m2"].sum() == pytest.approx(wanted["occupancy"], rel=0.01)
    assert firms.loc[firms["registered"], "revenue_cny"].sum() == pytest.approx(wanted["revenue_cny"], rel=1e-3)


def test_revenue_grew_by_what_was_published() -> None:
    assert totals("2026Q1")["revenue_cny"] / totals("2021Q1")["revenue_cny"] == pytest.approx(1.483, abs=1e-3)


def test_residents_sit_where_floor_was_open(park: Park) -> None:
    buildings = park.buildings.set_index("building_id")
    residents = park.firms[park.firms["resident"]]
    assert (buildings.loc[residents["building_id"], "completed"].to_numpy() < str(park.start)).all()
    assert park.firms.loc[~park.firms["resident"], "building_id"].isna().all()


def test_revenue_is_what_heads_industry_stage_and_productivity_make(park: Park) -> None:
    catalog, firms = park.catalog, park.firms
    per_head = firms["industry"].map(lambda name: catalog.value("revenue_per_head_cny", name))
    factor = firms["stage"].map(lambda name: catalog.value("revenue_factor", name))
    expected = firms["staff"] * per_head * factor * firms["productivity"]
    assert firms["revenue_cny"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1.0)


def test_large_revenues_follow_a_pareto_law(park: Park) -> None:
    firms = park.firms[park.firms["registered"] & ~park.firms["anchor"]]
    revenue = np.sort(firms["revenue_cny"].to_numpy())[::-1]
    tail = revenue[: len(revenue) // 10]
    assert 1 / np.log(tail[:-1] / tail[-1]).mean() == pytest.approx(0.86, abs=0.1)
    assert tail[0] < 2e10
    body = np.log(revenue[len(revenue) // 10 :])
    assert abs(np.median(body) - body.mean()) < 0.25 * body.std()


def test_chain_nodes_belong_to_the_industry(park: Park) -> None:
    firms = park.firms
    chained = firms[firms["industry"] != "services"]
    assert firms.loc[firms["industry"] == "services", "chain_node"].isna().all()
    assert (chained["chain_node"].str[0].map(CHAINS) == chained["industry"]).all()
    assert set(chained["chain_node"]) == set(park.catalog.chain_nodes)


def test_tiers_are_as_many_as_the_park_is_taken_to_hold(park: Park) -> None:
    firms, wanted = park.firms, totals(str(park.start))
    rules = figures("tiers").set_index("tier")
    catalog = load_catalog()
    highest = firms["tier"].astype(object).where(firms["tier"].notna(), None).tolist()
    industry = pd.Index(catalog.industries).get_indexer(pd.Index(firms["industry"])).astype(np.int8)
    sizes = Sizes(industry, firms["staff"].to_numpy(dtype=np.int32), firms["revenue_cny"].to_numpy(dtype=float))
    held = bits_of(highest, sizes, catalog, park.start)
    for tier in ("unicorn", "little_giant", "gazelle", "srdi", "hnte"):
        assert (held >> catalog.tiers.index(tier) & 1).sum() == wanted[tier]
    named = firms["tier"] == "strong"
    large = held >> catalog.tiers.index("strong") & 1 == 1
    assert large[named].all()
    np.testing.assert_array_equal(large & firms["tier"].isin(["above_scale", "strong"]), named)
    drawn = firms[firms["tier"].notna() & ~firms["anchor"]]
    assert drawn["registered"].all()
    age = park.start.year - drawn["founded_year"]
    assert (age >= drawn["tier"].map(rules["least_age_y"]).fillna(0)).all()
    assert (drawn["revenue_cny"] >= drawn["tier"].map(rules["least_revenue_cny"]).fillna(0)).all()


def test_firms_are_as_old_as_firms_are(park: Park) -> None:
    age = park.start.year - park.firms["founded_year"]
    shares = [(age < 5).mean(), age.between(5, 10, inclusive="left").mean(), (age >= 10).mean()]
    assert shares == pytest.approx([0.494, 0.329, 0.177], abs=0.02)


def test_only_anchors_with_a_public_source_are_named(park: Park) -> None:
    anchors = figures("anchors")
    named = park.firms[park.firms["name_zh"].notna()]
    assert named["anchor"].all()
    assert set(named["name_zh"]) == set(anchors.loc[anchors["since"] < str(park.start), "name_zh"].dropna())
    assert anchors.loc[anchors["name_zh"].notna(), "source"].str.contains(r"20\d\d").all()


def test_fewer_of_the_registered_were_on_site_before() -> None:
    on_site = {}
    for start in STARTS:
        firms = load_park(start=start).firms
        on_site[start] = firms.loc[firms["registered"], "resident"].mean()
    assert on_site["2021Q1"] == pytest.approx(0.55, abs=0.02)
    assert on_site["2021Q1"] < on_site["2026Q1"] < 0.8


# The figures behind it


@pytest.mark.parametrize("file", sorted((FOLDER / "figures").glob("*.csv")), ids=lambda file: file.stem)
def test_every_figure_says_where_it_comes_from(file: Path) -> None:
    rows = pd.read_csv(file)
    assert rows["provenance"].isin(["published", "derived", "synthetic"]).all()
    assert rows["source"].notna().all()
    assert rows["year"].notna().all()


def test_the_figures_repeat_nothing_of_the_catalog() -> None:
    catalog = load_catalog()
    quantities = {row["id"] for row in catalog.tables["quantities"]}
    own = {*figures("parameters")["id"], *figures("stock")["id"]}
    for name in ("industries", "stages", "building_types", "complexes"):
        own |= set(figures(name).columns)
    assert len(own) > 60
    assert not own & quantities


def test_files_stay_small() -> None:
    assert max(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) < 1_000_000


@pytest.mark.slow
def test_the_figures_make_the_shipped_files_to_the_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, FOLDER / "build.py", tmp_path], check=True, capture_output=True)
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    shipped = {file.name: file.read_bytes() for file in [*FOLDER.glob("*.parquet"), FOLDER / "park.json"]}
    assert sorted(made) == sorted(shipped)
    assert [name for name in made if made[name] != shipped[name]] == []


def test_pilot_lines_stand_in_pilot_halls_or_old_plants() -> None:
    """Where their complex has one; and incubators in incubators, for which there are houses."""
    park = load_park()
    kind = park.buildings.set_index("building_id")["building_type"]
    placed = park.services.assign(kind=park.services["building_id"].map(kind)).set_index("facility_id")["kind"]
    assert placed["pilot_cetc"] == "pilot_hall"
    assert placed["pilot_beizhong"] == "heritage"
    assert set(placed[placed.index.str.startswith("inc_")]) == {"incubator"}
