"""Buildings: footprints on parcels, floors that add up to published totals, dates, rents and quality."""

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely import MultiPoint, Polygon
from shapely.affinity import rotate, translate

from builder import figures, footprints, ground, land
from builder.figures import parameter, table
from builder.footprints import Footprint

PARAPET_M = 1.0


def for_firms(buildings: pd.DataFrame) -> NDArray[np.bool_]:
    """Which buildings are of a type whose floor is let to firms."""
    types = figures.reference("building_types")
    return np.asarray(buildings["building_type"].isin(types.loc[types["for_firms"] == 1, "id"]), dtype=np.bool_)


def raise_buildings(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """All buildings of all parcels, with the steering columns tract, group, complex and land_use still on."""
    parts = [*place_landmarks(parcels), *place_complexes(parcels), *place_the_rest(parcels)]
    shapes = gpd.GeoSeries([part.shape for part in parts], crs=ground.CRS)
    buildings = gpd.GeoDataFrame(pd.DataFrame([part.row for part in parts]), geometry=shapes)
    buildings["footprint_m2"] = buildings.area
    buildings = set_floors(buildings)
    buildings = set_dates(buildings)
    buildings = set_quality_and_rent(buildings)
    return number_buildings(buildings)


@dataclass(frozen=True)
class Raised:
    """A footprint with what is known of the building before floors and dates."""

    shape: Polygon
    row: dict[str, object]


def base_row(parcel: pd.Series, part: Footprint, building_type: str) -> dict[str, object]:
    """The columns every building takes from its parcel."""
    return {
        "parcel_id": parcel["parcel_id"],
        "tract": parcel["tract"],
        "group": parcel["group"],
        "complex": parcel["complex"],
        "land_use": parcel["land_use"],
        "operator": parcel["owner"],
        "height_limit_m": parcel["height_limit_m"],
        "floor_limit_m2": parcel["far_limit"] * parcel.geometry.area,
        "role": part.role,
        "building_type": building_type,
        "landmark": None,
    }


def buildable(parcel: pd.Series) -> list[Polygon]:
    """The land of a parcel behind its setback."""
    setback = table("land_uses").set_index("land_use")["setback_m"][parcel["land_use"]]
    return ground.polygons(parcel.geometry.buffer(-float(setback), join_style="mitre"), 400.0)


def axis_of(parcel: pd.Series) -> float:
    """The direction buildings follow: the parcel's longer side, turned to within 45 degrees of east."""
    axis = ground.long_axis_deg(parcel.geometry)
    return (axis + 45) % 90 - 45


def draw_parcel(
    parcel: pd.Series, shares: dict[str, float], rng: np.random.Generator, cell_scale: float = 1.0
) -> list[Footprint]:
    """The footprints of one parcel on the grid."""
    found = []
    for yard in buildable(parcel):
        for part in footprints.fill(yard, axis_of(parcel), shares, rng, cell_scale=cell_scale):
            shape = ground.snap(part.shape)
            if isinstance(shape, Polygon) and shape.area > footprints.LEAST_M2:
                found.append(Footprint(shape, part.role))
    return found


def place_landmarks(parcels: gpd.GeoDataFrame) -> list[Raised]:
    """The known sights of the works, on the plazas set aside for them."""
    plots = table("fixed_plots").set_index("plot")
    raised = []
    for _, figure in table("landmarks").iterrows():
        parcel = parcels[parcels["plot"] == figure["plot"]].iloc[0]
        plan = footprints.landmark(figure["shape"], figure["length_m"], figure["width_m"])
        plan = rotate(translate(plan, figure["dx_m"], figure["dy_m"]), plots.loc[figure["plot"], "angle_deg"], (0, 0))
        centre = land.place_of(plots.loc[figure["plot"]])
        part = Footprint(ground.largest(ground.snap(translate(plan, centre.x, centre.y))))
        row = base_row(parcel, part, figure["building_type"])
        raised.append(Raised(part.shape, row | {"landmark": figure["landmark"], "group": "existing"}))
    return raised


def place_complexes(parcels: gpd.GeoDataFrame) -> list[Raised]:
    """Each named complex with its published number of buildings."""
    raised = []
    for number, figure in table("complexes").iterrows():
        wanted = int(figure["buildings"])
        if wanted == 0:
            continue
        here = parcels[parcels["complex"] == figure["complex"]]
        found: list[tuple[pd.Series, Footprint]] = []
        for cell_scale in (1.2, 1.1, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5):
            rng = figures.stream(5, int(str(number)))
            shares = figures.weights(figure["shapes"])
            found = [
                (parcel, part) for _, parcel in here.iterrows() for part in draw_parcel(parcel, shares, rng, cell_scale)
            ]
            found = keep_largest(found, wanted)
            # one floor everywhere must not already be more than the published floor space
            if len(found) == wanted and sum(part.shape.area for _, part in found) < 0.8 * figure["gfa_m2"]:
                break
        else:
            message = f"{figure['complex']}: {len(found)} of {wanted} buildings fit on its land"
            raise ValueError(message)
        types = share_types([part.shape.area for _, part in found], figures.weights(figure["types"]))
        raised += [
            Raised(part.shape, base_row(parcel, part, kind)) for (parcel, part), kind in zip(found, types, strict=True)
        ]
    return raised


def keep_largest(found: list[tuple[pd.Series, Footprint]], wanted: int) -> list[tuple[pd.Series, Footprint]]:
    """The largest footprints, in their old order; every parcel keeps its first before any keeps its second."""
    by_size = sorted(range(len(found)), key=lambda row: -found[row][1].shape.area)
    seen: dict[str, int] = {}
    turn: dict[int, int] = {}
    for row in by_size:
        parcel_id = str(found[row][0]["parcel_id"])
        turn[row] = seen[parcel_id] = seen.get(parcel_id, 0) + 1
    ranked = sorted(by_size, key=lambda row: turn[row])[:wanted]
    return [found[row] for row in sorted(ranked)]


def share_types(areas_m2: list[float], shares: dict[str, float]) -> list[str]:
    """A type for each building, largest first, always the type that lacks most."""
    missing = {kind: share * sum(areas_m2) for kind, share in shares.items()}
    chosen = [""] * len(areas_m2)
    for row in sorted(range(len(areas_m2)), key=lambda row: -areas_m2[row]):
        kind = max(missing, key=lambda name: missing[name])
        chosen[row] = kind
        missing[kind] -= areas_m2[row]
    return chosen


def place_the_rest(parcels: gpd.GeoDataFrame) -> list[Raised]:
    """Synthetic buildings on every other parcel that may be built on."""
    uses = table("land_uses").set_index("land_use")
    raised = []
    free = parcels[parcels["complex"].isna() & parcels["group"].notna()]
    for number, parcel in free.iterrows():
        use = uses.loc[parcel["land_use"]]
        if pd.isna(use["types"]):
            continue
        rng = figures.stream(6, int(str(number)))
        types = figures.weights(use["types"])
        names, p = list(types), list(types.values())
        main = names[int(rng.choice(len(names), p=p))]
        for part in draw_parcel(parcel, figures.weights(use["shapes"]), rng):
            kind = main if rng.random() < 0.75 else names[int(rng.choice(len(names), p=p))]
            if part.role == "podium":
                kind = "retail"
            elif part.role == "tower" and kind == "retail":
                kind = "office"
            raised.append(Raised(part.shape, base_row(parcel, part, kind)))
    return raised


# floors and floor space ----------------------------------------------------------------------------------------------


def set_floors(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Floors, height, floor space and lettable space, group by group, so that the programme's totals are met."""
    types = table("building_types").set_index("building_type")
    rng = figures.stream(7)
    kind = types.loc[buildings["building_type"]]
    base = kind["base_floors"].to_numpy() * rng.lognormal(0, 0.28, len(buildings))
    role = buildings["role"].to_numpy()
    base = np.where(role == "podium", 3.0, np.where(role == "tower", base * 1.7, base))
    floor_height = figures.by_scope("storey_height_m", buildings["building_type"])
    by_limit = np.floor((buildings["height_limit_m"].to_numpy() - PARAPET_M) / floor_height)
    # a named complex may build its types as high as the limit allows
    by_type = np.where(buildings["complex"].notna(), 4 * kind["max_floors"], 1.35 * kind["max_floors"])
    top = np.where(role == "podium", 4, np.maximum(1, np.floor(np.minimum(by_limit, by_type))))
    buildings = buildings.assign(base=base, top=top, floors=1, gfa_m2=0.0, gfa_below_m2=0.0, lettable_m2=0.0)
    buildings["floor_height_m"] = floor_height
    buildings["top"] = top_within_far(buildings)
    buildings = settle_landmarks(buildings)
    buildings = settle_complexes(buildings)
    buildings = settle_programme(buildings)
    plain = buildings["landmark"].isna()
    height = (buildings["floors"] * buildings["floor_height_m"] + PARAPET_M).round(1)
    buildings["height_m"] = height.where(plain, buildings["height_m"])
    buildings["floors"] = buildings["floors"].astype(int)
    return buildings


def top_within_far(buildings: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """The most floors of each building, so that every parcel keeps its floor area ratio.

    Where a parcel could not carry all its buildings at full height, they are lowered in proportion to their usual
    floors, by one factor for each parcel.
    """
    parcel, first = np.unique(buildings["parcel_id"].to_numpy(dtype=str), return_index=True)
    of_parcel = np.searchsorted(parcel, buildings["parcel_id"].to_numpy(dtype=str))
    limit = buildings["floor_limit_m2"].to_numpy()[first]
    plan, base, top = (buildings[name].to_numpy() for name in ("footprint_m2", "base", "top"))

    def floors_at(factor: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(np.floor(base * factor[of_parcel]), 1, top)

    low, high = np.zeros(len(parcel)), np.full(len(parcel), 400.0)
    for _ in range(50):
        middle = (low + high) / 2
        within = np.bincount(of_parcel, plan * floors_at(middle)) <= limit
        low, high = np.where(within, middle, low), np.where(within, high, middle)
    return floors_at(low)


def settle_landmarks(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The sizes of landmarks come from their rows."""
    known = table("landmarks").set_index("landmark")
    rows = buildings["landmark"].notna()
    for column in ("floors", "height_m", "gfa_m2", "lettable_m2"):
        if column not in buildings:
            buildings[column] = np.nan
        buildings.loc[rows, column] = known.loc[buildings.loc[rows, "landmark"], column].to_numpy()
    return buildings


def settle_complexes(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each complex meets its published floor space."""
    for _, figure in table("complexes").iterrows():
        rows = (buildings["complex"] == figure["complex"]).to_numpy()
        if not rows.any():
            continue
        below = land.below_share(figure)
        above_m2 = float(figure["gfa_m2"]) * (1 - below)
        floors, above = fit_floors(buildings[rows], above_m2, np.ones(int(rows.sum())), str(figure["complex"]))
        gfa = np.round(above / (1 - below), 1)
        buildings.loc[rows, "floors"], buildings.loc[rows, "gfa_m2"] = floors, gfa
        buildings.loc[rows, "gfa_below_m2"] = np.round(gfa - above, 1)
        usual = figures.by_scope("lettable_ratio", buildings.loc[rows, "building_type"])
        ratio = usual if pd.isna(figure["lettable_of_all"]) else float(figure["lettable_of_all"])
        buildings.loc[rows, "lettable_m2"] = np.floor(gfa * ratio)
    return buildings


def settle_programme(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each tract and group meets its target, counting what its complexes and landmarks already bring."""
    for _, figure in table("programme").iterrows():
        in_tract = (buildings["tract"] == figure["tract"]).to_numpy()
        in_group = in_tract & (buildings["group"] == figure["group"]).to_numpy()
        rows = in_group & buildings["complex"].isna().to_numpy() & buildings["landmark"].isna().to_numpy()
        if not rows.any():
            continue
        mine = buildings[rows]
        ratio = figures.by_scope("lettable_ratio", mine["building_type"])
        counted = np.ones(len(mine))
        if figure["measure"] == "firm_lettable":
            settled = in_group & ~rows & for_firms(buildings)
            target = figure["target_m2"] - buildings.loc[settled, "lettable_m2"].sum()
            counted = np.where(for_firms(mine), ratio, 0.0)
        elif figure["measure"] == "tract_gfa":
            target = figure["target_m2"] - buildings.loc[in_tract & ~rows, "gfa_m2"].sum()
        else:
            target = float((mine["footprint_m2"] * np.clip(np.round(mine["base"]), 1, mine["top"])).sum()) * 0.95
        label = f"{figure['tract']} {figure['group']}"
        floors, gfa = fit_floors(mine, float(target), counted, label)
        buildings.loc[rows, "floors"], buildings.loc[rows, "gfa_m2"] = floors, gfa
        homes = (mine["building_type"] == "talent_housing").to_numpy()
        offered = np.where(homes, ratio * parameter("housing_let_share"), ratio)
        offered = np.where(mine["land_use"] == "A", 0.0, offered)
        buildings.loc[rows, "lettable_m2"] = np.floor(gfa * offered)
    return buildings


def fit_floors(
    buildings: gpd.GeoDataFrame, target_m2: float, counted: NDArray[np.float64], label: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Floors and floor space above ground (m2) of buildings, whose floor space times `counted` sums to a target.

    One factor lifts or lowers all counted buildings alike within their limits, the others keep their usual floors;
    a share of the footprint just below one (walls, setbacks of upper floors) takes up what whole floors cannot.
    """
    plan = buildings["footprint_m2"].to_numpy()
    base, top = buildings["base"].to_numpy(), buildings["top"].to_numpy()

    def floors_at(factor: float) -> NDArray[np.float64]:
        return np.clip(np.round(base * np.where(counted > 0, factor, 1.0)), 1, top)

    def total(factor: float) -> float:
        return float((plan * floors_at(factor) * counted).sum())

    wanted = target_m2 / 0.96
    if not total(0.02) <= wanted <= total(50.0):
        message = f"{label}: {target_m2:.0f} m2 is outside {0.96 * total(0.02):.0f}..{0.96 * total(50.0):.0f} m2"
        raise ValueError(message)
    factor = ground.solve(total, wanted, 0.02, 50.0)
    floors = floors_at(factor)
    share = target_m2 / float((plan * floors * counted).sum())
    if not 0.7 <= share <= 1.0:
        message = f"{label}: floors leave a share of {share:.2f} of the footprint"
        raise ValueError(message)
    return floors, np.round(plan * floors * share, 1)


# dates, quality, rent ------------------------------------------------------------------------------------------------


def open_at(buildings: pd.DataFrame, start: str) -> NDArray[np.bool_]:
    """Which buildings are open at the beginning of a quarter; those without a date are not."""
    return (buildings["completed"].fillna("9999Q4") < start).to_numpy(dtype=bool)


def quarter_number(quarter: str) -> int:
    """Quarters since year 0 of a string like 2026Q1."""
    return int(quarter[:4]) * 4 + int(quarter[5]) - 1


def quarter_name(number: int) -> str:
    """The string of a quarter number."""
    return f"{number // 4}Q{number % 4 + 1}"


def set_dates(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """When each building opens, how well that is known, and when its works begin."""
    buildings = spread_phases(from_the_tables(buildings))
    refit, new = figures.catalog("renovation_years"), figures.catalog("construction_years")
    lead = np.round(4 * np.where(buildings["building_type"] == "heritage", refit, new)).astype(int)
    # what was open before anybody counts needs no beginning
    unknown = buildings["started"].isna() & (buildings["completed"].fillna("") >= figures.starts()[0])
    completed = buildings.loc[unknown, "completed"].map(quarter_number)
    buildings.loc[unknown, "started"] = (completed - lead[unknown]).map(quarter_name)
    return buildings


def from_the_tables(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The dates of complexes and landmarks, as their rows have them."""
    known = pd.concat([table("complexes").set_index("complex"), table("landmarks").set_index("landmark")])
    name = buildings["landmark"].where(buildings["landmark"].notna(), buildings["complex"])
    dates = {column: name.map(known[column]) for column in ("started", "completed", "date_confidence")}
    return buildings.assign(**dates, phase_note=None)


def spread_phases(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Completion quarters of all other buildings, spread outwards from the place where each phase starts."""
    rng = figures.stream(8)
    for _, figure in table("programme").iterrows():
        loose = buildings["complex"].isna() & buildings["landmark"].isna()
        mine = buildings[loose & (buildings["tract"] == figure["tract"]) & (buildings["group"] == figure["group"])]
        buildings.loc[mine.index, "phase_note"] = figure["note"]
        if mine.empty or pd.isna(figure["first"]):
            continue
        first, last = quarter_number(figure["first"]), quarter_number(figure["last"])
        parcels = mine.dissolve("parcel_id", sort=True)
        away = parcels.distance(land.place_of(figure)).rank(pct=True).to_numpy()
        # a phase spreads outwards, but owners keep their own time
        place_in_phase = np.clip(0.65 * away + 0.35 * rng.random(len(parcels)), 0, 1)
        if figure["group"] == "existing" and first < quarter_number("2010Q1"):
            place_in_phase = rng.beta(1.7, 1.5, len(parcels))
        quarters = np.round(first + place_in_phase * (last - first)).astype(int)
        by_parcel = dict(zip(parcels.index, (quarter_name(int(q)) for q in quarters), strict=True))
        buildings.loc[mine.index, "completed"] = mine["parcel_id"].map(by_parcel)
        buildings.loc[mine.index, "date_confidence"] = "L"
    return buildings


def set_quality_and_rent(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Quality by type and age; asking rent by type, quality and distance to the nearest open metro station."""
    kind = buildings["building_type"]
    complexes, landmarks = table("complexes").set_index("complex"), table("landmarks").set_index("landmark")
    rng = figures.stream(9)
    year = buildings["completed"].str[:4].astype(float).fillna(2032.0).to_numpy()
    quality = figures.by_scope("building_quality", kind) + 0.011 * (year - 2014) + rng.normal(0, 0.06, len(buildings))
    named = buildings["complex"].map(complexes["quality"]).to_numpy(dtype=float)
    quality = np.where(np.isnan(named), quality, named + rng.normal(0, 0.02, len(buildings)))
    sights = buildings["landmark"].map(landmarks["quality"]).to_numpy(dtype=float)
    quality = np.where(np.isnan(sights), quality, sights)
    buildings["quality"] = np.clip(quality, 0.15, 0.97).round(3)
    stations = table("stations")
    metro = stations[(stations["open"] == 1) & (stations["kind"] != "rail")]
    stops = MultiPoint(ground.project(metro[["lon", "lat"]].to_numpy()))
    near = 1.08 - 0.16 * np.minimum(buildings.distance(stops).to_numpy() / 1500, 1.0)
    rent = figures.by_scope("asking_rent_cny_m2_day", kind) * (0.55 + 0.70 * buildings["quality"]) * near
    fixed = buildings["landmark"].map(landmarks["rent_cny_m2_day"]).to_numpy(dtype=float)
    buildings["rent_cny_m2_day"] = np.where(np.isnan(fixed), np.clip(rent, 1.0, 7.5), fixed).round(2)
    return buildings


def number_buildings(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Names, provenance and a stable number for each building, in the order of their parcels."""
    buildings["x"], buildings["y"] = buildings.centroid.x.round(2), buildings.centroid.y.round(2)
    buildings = buildings.sort_values(["parcel_id", "x", "y"], ignore_index=True)
    buildings["building_id"] = (
        buildings["parcel_id"] + "-" + (buildings.groupby("parcel_id").cumcount() + 1).map("{:02d}".format)
    )
    complexes, landmarks = table("complexes").set_index("complex"), table("landmarks").set_index("landmark")
    serial = buildings.groupby("complex", dropna=False).cumcount() + 1
    count = buildings["complex"].map(buildings["complex"].value_counts())
    for column, suffix in (("name_zh", "{}号楼"), ("name_en", " {}")):
        name = buildings["complex"].map(complexes[column])
        numbered = name + serial.map(suffix.format)
        name = name.where(count == 1, numbered)
        sight = buildings["landmark"].map(landmarks[column])
        buildings[column] = sight.where(sight.notna(), name).where(lambda names: names.notna(), None)
    plain = buildings["landmark"].isna() & buildings["complex"].isna()
    for column, default in (("provenance", "synthetic"), ("source", "generated on its parcel, 2025"), ("note", None)):
        sight = buildings["landmark"].map(landmarks[column])
        value = sight.where(sight.notna(), buildings["complex"].map(complexes[column]))
        buildings[column] = value.where(~plain, default)
    buildings["note"] = buildings["note"].where(~plain, buildings["phase_note"])
    public = buildings["land_use"] == "A"
    buildings.loc[public, "note"] = "public service (school, clinic): no space for firms"
    # a published total does not make a generated footprint published
    buildings["provenance"] = buildings["provenance"].replace({"published": "derived"})
    return buildings


def age_y(completed: pd.Series, start: str) -> NDArray[np.float64]:
    """Years in use at the beginning of a quarter; negative for what is still to come, not a number without a date."""
    now = quarter_number(start)
    return np.array([math.nan if pd.isna(q) else (now - quarter_number(q)) / 4 for q in completed])
