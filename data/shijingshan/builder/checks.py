"""What must hold before anything is written; every fault is named, and one is enough to stop."""

from collections.abc import Mapping
from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from builder import buildings as raising
from builder import firms as tenancy
from builder.figures import reference, stock, table, tiers
from builder.streets import Layout


def check_park(
    zones: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    stocks: Mapping[str, pd.DataFrame],
    services: pd.DataFrame,
    water: gpd.GeoDataFrame,
) -> None:
    """Raise an error that lists every fault of the park, if there is one."""
    faults = [
        *zone_faults(zones, water),
        *parcel_faults(zones, parcels),
        *building_faults(parcels, buildings),
        *total_faults(buildings),
        *(fault for start, firms in stocks.items() for fault in firm_faults(buildings, firms, start)),
        *service_faults(buildings, services),
    ]
    stop_at(faults)


def stop_at(faults: list[str]) -> None:
    """End the program when there is a fault."""
    if faults:
        raise SystemExit("the park is not fit to ship:\n" + "\n".join(f"- {fault}" for fault in faults))


def zone_faults(zones: gpd.GeoDataFrame, water: gpd.GeoDataFrame) -> list[str]:
    """Areas within 0.1 % of what was published, tracts apart from each other, inside the district, out of the river."""
    faults = [f"zone {name}: invalid outline" for name in zones.loc[~zones.is_valid, "zone_id"]]
    if zones.duplicated(["zone_id", "version"]).any():
        faults.append("a zone version occurs twice")
    orphans = set(zones["parent"].dropna()) - set(zones["zone_id"])
    faults += [f"zone {name} is a parent and does not exist" for name in sorted(orphans)]
    published = zones[zones["area_published_km2"].notna() & (zones["kind"] != "district")]
    for _, zone in published.iterrows():
        drawn = zone["geometry"].area / 1e6
        if abs(drawn / zone["area_published_km2"] - 1) > 0.001:
            faults.append(
                f"zone {zone['zone_id']} v{zone['version']}: {drawn:.4f} km2, published {zone['area_published_km2']}"
            )
    tracts = zones[zones["kind"] == "tract"].reset_index(drop=True)
    by_name = dict(zip(tracts["zone_id"], tracts.geometry, strict=True))
    district, river = zones.loc[zones["kind"] == "district", "geometry"].iloc[0], water.geometry.iloc[0]
    for (one, shape), (other, neighbour) in combinations(by_name.items(), 2):
        if shape.intersection(neighbour).area > 1:
            faults.append(f"tracts {one} and {other} overlap")
    for name, shape in by_name.items():
        if shape.difference(district).area > 1:
            faults.append(f"tract {name} leaves the district")
        if shape.intersection(river).area > 1:
            faults.append(f"tract {name} lies in the river")
    return faults


def parcel_faults(zones: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> list[str]:
    """Parcels cover each tract without gap or overlap."""
    faults = [f"parcel {name} occurs twice" for name in parcels.loc[parcels["parcel_id"].duplicated(), "parcel_id"]]
    tracts = zones[zones["kind"] == "tract"].set_index("zone_id").geometry
    for tract, group in parcels.groupby("tract"):
        if not shapely.coverage_is_valid(group.geometry.to_numpy()):
            faults.append(f"tract {tract}: its parcels are no valid coverage")
        if abs(group.area.sum() - tracts[tract].area) > 1:
            faults.append(f"tract {tract}: its parcels do not add up to its area")
    unknown = set(parcels["land_use"]) - set(table("land_uses")["land_use"])
    faults += [f"land use {name} is not known" for name in sorted(unknown)]
    return faults


def building_faults(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> list[str]:
    """Buildings are valid, inside their parcel, within its height limit, and apart from each other."""
    faults = [
        f"building {name} occurs twice" for name in buildings.loc[buildings["building_id"].duplicated(), "building_id"]
    ]
    faults += [f"building {name}: invalid footprint" for name in buildings.loc[~buildings.is_valid, "building_id"]]
    land = parcels.set_index("parcel_id").loc[buildings["parcel_id"]]
    beyond = shapely.area(shapely.difference(buildings.geometry.to_numpy(), land.geometry.to_numpy()))
    faults += [f"building {buildings['building_id'][row]} leaves its parcel" for row in np.flatnonzero(beyond > 0.01)]
    first, second = buildings.sindex.query(buildings.geometry, predicate="intersects")
    pairs = first < second
    shapes = buildings.geometry.to_numpy()
    common = shapely.area(shapely.intersection(shapes[first[pairs]], shapes[second[pairs]]))
    for a, b in zip(first[pairs][common > 0.01], second[pairs][common > 0.01], strict=True):
        faults.append(f"buildings {buildings['building_id'][a]} and {buildings['building_id'][b]} overlap")
    plain = buildings["landmark"].isna()
    high = buildings["height_m"].to_numpy() > land["height_limit_m"].to_numpy()
    faults += [f"building {name} is above its height limit" for name in buildings.loc[high, "building_id"]]
    above = buildings["gfa_m2"] - buildings["gfa_below_m2"]
    wide = plain & (above > 1.001 * buildings["footprint_m2"] * buildings["floors"])
    faults += [f"building {name} has more floor space than floors" for name in buildings.loc[wide, "building_id"]]
    over = buildings["lettable_m2"] > buildings["gfa_m2"]
    faults += [f"building {name} lets more than it has" for name in buildings.loc[over, "building_id"]]
    begun = buildings["started"].notna()
    late = begun & ~(buildings["started"] < buildings["completed"].fillna("9999Q4"))
    faults += [f"building {name} opens before it is begun" for name in buildings.loc[late, "building_id"]]
    built = above.groupby(buildings["parcel_id"]).sum()
    plots = parcels.set_index("parcel_id").loc[built.index]
    dense = built.to_numpy() > plots["far_limit"].to_numpy() * plots.area.to_numpy()
    faults += [f"parcel {name} holds more floor space than its limit" for name in built.index[dense]]
    return faults


def total_faults(buildings: gpd.GeoDataFrame) -> list[str]:
    """Published floor space within 2 %, planned totals within 2 %, open and coming space near the programme."""
    faults = []
    for _, figure in table("complexes").iterrows():
        mine = buildings[buildings["complex"] == figure["complex"]]
        if len(mine) != figure["buildings"]:
            faults.append(f"{figure['complex']}: {len(mine)} buildings, wanted {figure['buildings']}")
        if abs(mine["gfa_m2"].sum() - figure["gfa_m2"]) > 0.02 * figure["gfa_m2"]:
            faults.append(f"{figure['complex']}: {mine['gfa_m2'].sum():.0f} m2, wanted {figure['gfa_m2']}")
    for _, figure in table("programme").iterrows():
        mine = buildings[buildings["tract"] == figure["tract"]]
        if figure["measure"] == "firm_lettable":
            reached = mine.loc[raising.for_firms(mine) & (mine["group"] == figure["group"]), "lettable_m2"].sum()
        elif figure["measure"] == "tract_gfa":
            reached = mine["gfa_m2"].sum()
        else:
            continue
        if abs(reached - figure["target_m2"]) > 0.02 * figure["target_m2"]:
            faults.append(f"{figure['tract']} {figure['group']}: {reached:.0f} m2, wanted {figure['target_m2']}")
    return faults


def firm_faults(buildings: gpd.GeoDataFrame, firms: pd.DataFrame, start: str) -> list[str]:
    """No building is over-let, nobody sits in a building that is not open, and the totals of the stock are met."""
    faults = []
    let = firms.groupby("building_id")["floor_m2"].sum()
    homes = buildings.set_index("building_id").loc[let.index]
    faults += [f"building {name} is over-let" for name in let.index[let.to_numpy() > homes["lettable_m2"].to_numpy()]]
    early = ~raising.open_at(homes, start) | ~raising.for_firms(homes)
    faults += [f"building {name} has tenants and is no open space for firms" for name in homes.index[early]]
    space = buildings[raising.open_at(buildings, start) & raising.for_firms(buildings)]
    total = stock(start)
    reached = {
        "resident_firms": (firms["resident"].sum(), 0.0),
        "registered_only_firms": ((~firms["resident"]).sum(), 0.0),
        "resident_staff": (firms.loc[firms["resident"], "staff"].sum(), 0.02),
        "occupancy": (let.sum() / space["lettable_m2"].sum(), 0.02),
        "revenue_cny": (firms.loc[firms["registered"], "revenue_cny"].sum(), 0.001),
        **{
            rule["tier"]: (firms["tier"].isin(rule["counts"].split()).sum(), 0.0)
            for _, rule in tiers().iterrows()
            if rule["tier"] != "above_scale"
        },
    }
    faults += [
        f"{name} is {value:.6g}, wanted {total[name]:.6g}"
        for name, (value, tolerance) in reached.items()
        if abs(value - total[name]) > tolerance * total[name]
    ]
    if firms["firm_id"].duplicated().any() or (firms["firm_id"] <= 0).any():
        faults.append("firm numbers are not unique and positive")
    absent = firms["resident"] & (firms["building_id"].isna() | (firms["floor_m2"] <= 0))
    faults += [f"firm {name} is resident and has no floor" for name in firms.loc[absent, "firm_id"]]
    chained = firms["industry"].isin(reference("chain_nodes")["industry"])
    lost = chained != firms["chain_node"].notna()
    faults += [f"firm {name} is in no link of its chain, or in one of none" for name in firms.loc[lost, "firm_id"]]
    return [f"{start}: {fault}" for fault in faults]


def service_faults(buildings: gpd.GeoDataFrame, services: pd.DataFrame) -> list[str]:
    """Every facility stands in a building of the park."""
    lost = ~services["building_id"].isin(buildings["building_id"])
    return [f"facility {name} has no building" for name in services.loc[lost, "facility_id"]]


def check_morphology(
    layouts: list[Layout], parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, roads: gpd.GeoDataFrame
) -> None:
    """Raise an error unless blocks, streets, footprints and distances are what morphology.csv says."""
    bounds = table("morphology").set_index("figure")
    stop_at([
        f"morphology: {name} is {value:.3g}, wanted {bounds['low'][name]:.3g} to {bounds['high'][name]:.3g}"
        for name, value in morphology(layouts, parcels, buildings, roads).items()
        if not bounds["low"][name] <= value <= bounds["high"][name]
    ])  # fmt: skip


def morphology(
    layouts: list[Layout], parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, roads: gpd.GeoDataFrame
) -> dict[str, float]:
    """The figures of morphology.csv as they came out."""
    plots = parcels.set_index("parcel_id")
    built = buildings.groupby("parcel_id").agg(
        plan_m2=("footprint_m2", "sum"), gfa_m2=("gfa_m2", "sum"), below_m2=("gfa_below_m2", "sum")
    )
    area_m2 = plots.area.loc[built.index]
    blocks = np.array([block.area for layout in layouts for block in layout.blocks])
    streets_m = roads.intersection(shapely.union_all(parcels.geometry.to_numpy())).length.sum()
    gaps = spacing_m(buildings)
    return {
        "block_ha": float(np.median(blocks)) / 1e4,
        "street_km_km2": streets_m / 1e3 / (parcels.area.sum() / 1e6),
        "footprint_m2": float(buildings["footprint_m2"].median()),
        "coverage": float((built["plan_m2"] / area_m2).median()),
        "spacing_m": float(np.median(gaps)),
        "spacing_least_m": float(np.quantile(gaps, 0.01)),
        "far": float(((built["gfa_m2"] - built["below_m2"]) / area_m2).median()),
    }


def spacing_m(buildings: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Distance (m) from each building to the nearest one it does not touch, where that is within 60 m."""
    shapes = buildings.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=60.0)
    gap = shapely.distance(shapes[one], shapes[other])
    apart = gap > 0.5
    return pd.Series(gap[apart]).groupby(one[apart]).min().to_numpy(dtype=float)


def summary(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, stocks: Mapping[str, pd.DataFrame]) -> str:
    """The totals of the park in a few lines."""
    lines = [f"{len(parcels)} parcels, {len(buildings)} buildings"]
    for start, firms in stocks.items():
        is_open, resident = raising.open_at(buildings, start), firms[firms["resident"]]
        open_m2 = buildings.loc[raising.for_firms(buildings) & is_open, "lettable_m2"].sum()
        revenue = firms.loc[firms["registered"], "revenue_cny"].sort_values(ascending=False)
        first, ten = revenue.iloc[0] / revenue.sum(), revenue.iloc[:10].sum() / revenue.sum()
        let = resident["floor_m2"].sum() / open_m2
        lines += [
            f"{start}: {int(is_open.sum())} buildings open, {open_m2:,.0f} m2 lettable to firms, {let:.1%} let",
            f"  {len(firms)} firms, {len(resident)} of them resident with {resident['staff'].sum():,} staff",
            f"  revenue {revenue.sum():.4g} CNY, the largest firm {first:.1%}, the ten largest {ten:.1%}",
            f"  Herfindahl index of revenue {tenancy.concentration(firms):.4f}",
            f"  highest tiers {firms['tier'].value_counts().to_dict()}",
        ]
    return "\n".join(lines)
