"""What must hold before anything is written; every fault is named, and one is enough to stop."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from builder import buildings as raising
from builder import firms as tenancy
from builder.figures import parameter, table


def check_park(
    zones: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    firms: pd.DataFrame,
    services: pd.DataFrame,
    water: gpd.GeoDataFrame,
) -> None:
    """Raise an error that lists every fault of the park, if there is one."""
    faults = [
        *zone_faults(zones, water),
        *parcel_faults(zones, parcels),
        *building_faults(parcels, buildings),
        *total_faults(buildings),
        *firm_faults(buildings, firms),
        *service_faults(buildings, services),
    ]
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
    high = plain & (buildings["height_m"].to_numpy() > land["height_limit_m"].to_numpy() + 1.5)
    faults += [f"building {name} is above its height limit" for name in buildings.loc[high, "building_id"]]
    wide = plain & (buildings["gfa_m2"] > 1.001 * buildings["footprint_m2"] * buildings["floors"])
    faults += [f"building {name} has more floor space than floors" for name in buildings.loc[wide, "building_id"]]
    over = buildings["lettable_m2"] > buildings["gfa_m2"]
    faults += [f"building {name} lets more than it has" for name in buildings.loc[over, "building_id"]]
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
    firm_space = buildings["building_type"].isin(raising.FIRM_TYPES)
    for _, figure in table("programme").iterrows():
        mine = buildings[buildings["tract"] == figure["tract"]]
        if figure["measure"] == "firm_lettable":
            reached = mine.loc[firm_space & (mine["group"] == figure["group"]), "lettable_m2"].sum()
        elif figure["measure"] == "tract_gfa":
            reached = mine["gfa_m2"].sum()
        else:
            continue
        if abs(reached - figure["target_m2"]) > 0.02 * figure["target_m2"]:
            faults.append(f"{figure['tract']} {figure['group']}: {reached:.0f} m2, wanted {figure['target_m2']}")
    return faults


def firm_faults(buildings: gpd.GeoDataFrame, firms: pd.DataFrame) -> list[str]:
    """No building is over-let, nobody sits in a building that is not open, and revenue and let share are met."""
    faults = []
    let = firms.groupby("building_id")["floor_m2"].sum()
    homes = buildings.set_index("building_id").loc[let.index]
    faults += [f"building {name} is over-let" for name in let.index[let.to_numpy() > homes["lettable_m2"].to_numpy()]]
    early = ~raising.is_open(homes) | ~homes["building_type"].isin(raising.FIRM_TYPES)
    faults += [f"building {name} has tenants and is no open space for firms" for name in homes.index[early]]
    space = buildings[raising.is_open(buildings) & buildings["building_type"].isin(raising.FIRM_TYPES)]
    share = let.sum() / space["lettable_m2"].sum()
    if abs(share - parameter("occupancy_total")) > 0.02:
        faults.append(f"{share:.3f} of open space is let, wanted {parameter('occupancy_total')}")
    booked = (tenancy.revenue_anchor_cny(firms) * firms["productivity"])[firms["registered"]].sum()
    if abs(booked / parameter("revenue_2025") - 1) > 0.001:
        faults.append(f"booked revenue is {booked:.4g} CNY, wanted {parameter('revenue_2025'):.4g}")
    if firms["firm_id"].duplicated().any() or (firms["firm_id"] <= 0).any():
        faults.append("firm numbers are not unique and positive")
    absent = firms["resident"] & (firms["building_id"].isna() | (firms["floor_m2"] <= 0))
    faults += [f"firm {name} is resident and has no floor" for name in firms.loc[absent, "firm_id"]]
    return faults


def service_faults(buildings: gpd.GeoDataFrame, services: pd.DataFrame) -> list[str]:
    """Every facility stands in a building of the park."""
    lost = ~services["building_id"].isin(buildings["building_id"])
    return [f"facility {name} has no building" for name in services.loc[lost, "facility_id"]]


def summary(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, firms: pd.DataFrame) -> str:
    """The totals of the park in a few lines."""
    is_open, date = raising.is_open(buildings), buildings["completed"].fillna("9999Q4")
    coming = ~is_open & (date <= "2035Q4")
    firm_space = buildings["building_type"].isin(raising.FIRM_TYPES)
    shops, homes = (buildings["building_type"] == kind for kind in ("retail", "talent_housing"))
    lettable = buildings["lettable_m2"]
    open_m2 = lettable[firm_space & is_open].sum()
    resident = firms[firms["resident"]]
    lines = [
        f"{len(parcels)} parcels, {len(buildings)} buildings, {int(is_open.sum())} of them open",
        f"{len(firms)} firms, {len(resident)} of them resident with {resident['staff'].sum():,} staff",
        f"open space for firms {open_m2:,.0f} m2 lettable, {resident['floor_m2'].sum() / open_m2:.1%} let",
        f"coming 2026-2035 {lettable[firm_space & coming].sum():,.0f} m2 lettable",
        f"open shops {lettable[shops & is_open].sum():,.0f} m2, homes {lettable[homes & is_open].sum():,.0f} m2",
        f"Herfindahl index of revenue {tenancy.concentration(firms):.4f}",
    ]
    return "\n".join(lines)
