"""What the land is for: complexes with published land, then phases and land uses, then parcels with final edges."""

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator
from shapely import Point, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from builder import figures, ground, streets
from builder.figures import parameter, table
from builder.streets import Layout, Plot
from builder.tracts import Piece

SMALL_M2 = 60.0
POCKET_M2 = 1_200.0


@dataclass(frozen=True)
class Lot:
    """A block, or the part of one, that is built at one time for one purpose."""

    shape: Polygon
    piece: Piece
    group: str
    land_use: str
    complex: str | None = None


def allot_blocks(layouts: list[Layout]) -> list[Lot]:
    """Purpose and phase of every block, tract by tract."""
    lots = []
    for tract in dict.fromkeys(layout.piece.tract for layout in layouts):
        here = [(block, layout.piece) for layout in layouts if layout.piece.tract == tract for block in layout.blocks]
        taken, free = take_complexes(tract, here)
        lots += taken + take_phases(tract, free)
    return lots


def take_complexes(tract: str, blocks: list[tuple[Polygon, Piece]]) -> tuple[list[Lot], list[tuple[Polygon, Piece]]]:
    """The land of the named complexes: the blocks nearest to their place, the last one cut to the published area."""
    lots: list[Lot] = []
    complexes = table("complexes")
    for _, figure in complexes[complexes["tract"] == tract].iterrows():
        place = place_of(figure)
        missing_m2 = figure["land_ha"] * 1e4
        blocks.sort(key=lambda item: (item[0].distance(place), item[0].centroid.distance(place)))
        while missing_m2 > 1.0:
            if not blocks:
                message = f"{tract} has no land left for {figure['complex']} ({missing_m2:.0f} m2 missing)"
                raise ValueError(message)
            block, piece = blocks.pop(0)
            part: BaseGeometry = block
            if block.area > missing_m2:
                # the near side of the last block, seen from the place
                centre = block.centroid
                away_deg = math.degrees(math.atan2(centre.x - place.x, centre.y - place.y))
                street = streets.street_direction_deg(piece, centre)
                bearing = 90 - street + 90 * round((away_deg - 90 + street) / 90)
                part = ground.cut_to_area(block, missing_m2, bearing)
                blocks += [(rest, piece) for rest in ground.polygons(block.difference(part))]
            lots += [
                Lot(shape, piece, phase_of(figure), figure["land_use"], figure["complex"])
                for shape in ground.polygons(part)
            ]
            missing_m2 -= part.area
    return lots, blocks


def phase_of(figure: pd.Series) -> str:
    """The group a complex belongs to, from its date of completion."""
    if pd.isna(figure["completed"]):
        return "later"
    return "existing" if figure["completed"] <= "2025Q4" else "pipeline"


def place_of(figure: pd.Series) -> Point:
    """The projected point of a row with columns lon and lat."""
    return Point(ground.project(figure[["lon", "lat"]].to_numpy(dtype=float)[None, :])[0])


def take_phases(tract: str, blocks: list[tuple[Polygon, Piece]]) -> list[Lot]:
    """Phases spread from their starting places; land uses keep to the tract's mix within each phase."""
    programme = table("programme")
    mix = figures.weights(table("land_use_mix").set_index("tract")["mix"][tract])
    total_m2 = sum(block.area for block, _ in blocks)
    seeds = table("tracts").drop_duplicates("tract").set_index("tract")["seed"]
    rng = figures.stream(int(seeds[tract]), 2)
    groups = programme[programme["tract"] == tract].sort_values("order")
    lots = []
    for _, figure in groups.iterrows():
        place = place_of(figure)
        last = figure["group"] == groups["group"].iloc[-1]
        blocks.sort(key=lambda item: (item[0].centroid.distance(place), item[0].area))
        room_m2 = figure["land_share"] * total_m2
        chosen = []
        while blocks and (last or room_m2 > blocks[0][0].area / 2):
            chosen.append(blocks.pop(0))
            room_m2 -= chosen[-1][0].area
        own_mix = mix if pd.isna(figure["mix"]) else figures.weights(figure["mix"])
        uses = spread_land_uses(chosen, own_mix, rng)
        lots += [Lot(shape, piece, figure["group"], use) for (shape, piece), use in zip(chosen, uses, strict=True)]
    return lots


def spread_land_uses(blocks: list[tuple[Polygon, Piece]], mix: dict[str, float], rng: Generator) -> list[str]:
    """A land use for each block, so that the shares of the mix are met and small leftovers turn green."""
    total_m2 = sum(block.area for block, _ in blocks)
    missing = {use: share * total_m2 for use, share in mix.items()}
    chosen = []
    for block, _ in blocks:
        if block.area < POCKET_M2:
            use = "G1"
        else:
            # a draw in proportion to what is missing, so that neighbours differ
            appeal = {use: max(m2, 0.0) / rng.exponential() for use, m2 in missing.items()}
            use = max(appeal, key=lambda name: appeal[name])
        if use in missing:
            missing[use] -= block.area
        chosen.append(use)
    return chosen


def draw_parcels(layouts: list[Layout], lots: list[Lot]) -> gpd.GeoDataFrame:
    """All parcels with noded edges: no gap and no overlap inside a tract, and none between tracts.

    Columns beyond the published schema (group, complex, plot, axis_deg) steer the buildings and are dropped later.
    """
    plots: list[Plot] = []
    extras: list[tuple[str | None, str | None]] = []
    for layout in layouts:
        plots += layout.settled
        extras += [(None, None)] * len(layout.settled)
    sizes = table("land_uses").set_index("land_use")["parcel_ha"]
    for number, lot in enumerate(lots):
        rng = figures.stream(3, number)
        axis = streets.street_direction_deg(lot.piece, lot.shape.centroid)
        for shape in streets.split_into_parcels(lot.shape, sizes[lot.land_use] * 1e4, axis, rng):
            plots.append(Plot(shape, lot.piece.tract, lot.land_use, use_now(lot)))
            extras.append((lot.group, lot.complex))
    shapes, owners = node([plot.shape for plot in plots], [layout.piece.shape for layout in layouts])
    parcels = gpd.GeoDataFrame(
        {
            "tract": [plots[row].tract for row in owners],
            "land_use": [plots[row].land_use for row in owners],
            "existing_use": [plots[row].existing_use for row in owners],
            "plot": [plots[row].name for row in owners],
            "group": [extras[row][0] for row in owners],
            "complex": [extras[row][1] for row in owners],
        },
        geometry=shapes,
        crs=ground.CRS,
    )
    return describe_parcels(parcels)


def below_share(figure: pd.Series) -> float:
    """The share of a complex's published floor space that lies below ground; 0 where the figure counts none."""
    return 0.0 if pd.isna(figure["below_share"]) else float(figure["below_share"])


def planned_far(complexes: pd.DataFrame) -> pd.Series:
    """Floor area ratio above ground that each complex was planned with, by its id."""
    above_m2 = complexes["gfa_m2"] * (1 - complexes["below_share"].fillna(0.0))
    return (above_m2 / (complexes["land_ha"] * 1e4)).set_axis(complexes["complex"])


def use_now(lot: Lot) -> str:
    """A few words on what stands on a lot at the start."""
    if lot.land_use in {"G1", "X"}:
        return {"G1": "park", "X": "reserved land"}[lot.land_use]
    if lot.group == "existing":
        return {"R2": "housing", "A": "public service", "M1": "workshops"}.get(lot.land_use, "in use")
    return "former works, cleared" if lot.piece.tract.startswith("core") else "low-rise, to be renewed"


def node(shapes: list[Polygon], outlines: list[Polygon]) -> tuple[list[Polygon], list[int]]:
    """The faces of the common line work on the grid, joined back to one polygon per shape, and their owners.

    The outlines of the pieces close slivers at their edge, which would otherwise stay open and be lost.
    """
    line_work = ground.union(shape.boundary for shape in [*shapes, *outlines])
    faces = [face for face in shapely.get_parts(shapely.polygonize([line_work])) if face.area > 0]
    tree = STRtree(shapes)
    owner = np.full(len(faces), -1)
    for face_row, shape_row in tree.query([face.representative_point() for face in faces], predicate="within").T:
        if owner[face_row] < 0 or shape_row < owner[face_row]:
            owner[face_row] = shape_row
    owner = adopt_crumbs(faces, owner)
    joined: list[tuple[Polygon, int]] = []
    for shape_row in np.unique(owner[owner >= 0]):
        together = shapely.coverage_union_all([faces[row] for row in np.flatnonzero(owner == shape_row)])
        joined += [(part, int(shape_row)) for part in ground.polygons(together)]
    return [part for part, _ in joined], [row for _, row in joined]


def adopt_crumbs(faces: list[Polygon], owner: np.ndarray) -> np.ndarray:
    """Give every tiny face, and every face between tracts' streets that nobody owns, to its longest neighbour."""
    owner = owner.copy()
    tree = STRtree(faces)
    areas = shapely.area(faces)
    for row in np.argsort(areas, kind="stable"):
        if areas[row] >= SMALL_M2:
            break
        near = [other for other in tree.query(faces[row]) if other != row and owner[other] >= 0]
        shared = [faces[row].boundary.intersection(faces[other].boundary).length for other in near]
        if near and max(shared) > 0:
            owner[row] = owner[near[int(np.argmax(shared))]]
    return owner


def describe_parcels(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Limits, owner, provenance and a stable number for each parcel, sorted by tract from west to east."""
    tracts = table("tracts").drop_duplicates("tract").set_index("tract")
    uses = table("land_uses").set_index("land_use")
    complexes = table("complexes").set_index("complex")
    parcels["x"], parcels["y"] = parcels.centroid.x.round(1), parcels.centroid.y.round(1)
    parcels["tract_order"] = parcels["tract"].map({tract: order for order, tract in enumerate(tracts.index)})
    parcels = parcels.sort_values(["tract_order", "x", "y"], ignore_index=True)
    number = parcels.groupby("tract").cumcount() + 1
    parcels["parcel_id"] = [f"{tract}-{n:04d}" for tract, n in zip(parcels["tract"], number, strict=True)]
    rng = figures.stream(4)
    built = ~parcels["land_use"].isin(["S1", "G1", "X"])
    spread = rng.uniform(0.85, 1.1, len(parcels))
    usual = np.where(built, uses.loc[parcels["land_use"], "far_limit"] * spread, 0.0).round(2)
    planned = parcels["complex"].map(planned_far(table("complexes"))).to_numpy(dtype=float)
    # a complex may build what was granted to it, where that is more than usual
    parcels["far_limit"] = np.fmax(usual, np.ceil(planned * parameter("complex_far_margin") * 10) / 10)
    limit = tracts.loc[parcels["tract"], "height_limit_m"].to_numpy(dtype=float)
    # the published peak is for a few places only
    peak = rng.random(len(parcels)) < parameter("peak_share")
    limit = np.where(peak, limit, np.minimum(limit, parameter("common_height_m")))
    by_river = parcels.distance(figures.river_bank()) < parameter("river_low_distance_m")
    limit = np.where(by_river, np.minimum(limit, parameter("low_rise_river_m")), limit)
    granted = parcels["complex"].map(complexes["height_limit_m"]).to_numpy(dtype=float)
    own = parcels["plot"].map(table("fixed_plots").set_index("plot")["height_limit_m"]).to_numpy(dtype=float)
    limit = np.where(np.isnan(granted), np.where(np.isnan(own), limit, own), granted)
    parcels["height_limit_m"] = np.where(built, limit, 12.0)
    landlord = parcels["complex"].map(complexes["operator"])
    usual_owner = tracts.loc[parcels["tract"], "owner"].to_numpy()
    mixed = np.where((usual_owner == "market") & (rng.random(len(parcels)) < 0.3), "district", usual_owner)
    public = parcels["land_use"].isin(["S1", "G1", "A"]) & (usual_owner != "shougang")
    parcels["owner"] = landlord.where(landlord.notna(), np.where(public, "district", mixed))
    parcels["version"] = 1
    known = parcels["complex"].map(complexes["provenance"]).eq("published") | parcels["plot"].notna()
    parcels["provenance"] = np.where(known, "derived", "synthetic")
    named = parcels["complex"].map(complexes["source"])
    parcels["source"] = named.where(named.notna(), "generated in the tract's outline, 2025")
    return parcels
