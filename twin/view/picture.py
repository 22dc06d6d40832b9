"""A picture before it is drawn: what both ways of drawing, with OpenGL and without, have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.errors import TwinError
from twin.park import Park
from twin.park.dates import OFF_LINE, OPEN
from twin.units import Quarter
from twin.view import ground
from twin.view.camera import Camera
from twin.view.colours import OCCUPANCY, RGB, SUN, Colouring, faded, lit, rgb
from twin.view.labels import Name, names
from twin.view.mesh import Mesh, extrude, flatten

PLAIN = "#e4ddd0"  #: buildings where there are no values to show
SHADOW = "#bcbbb6"
SHADOW_LENGTH = 0.7  #: of what the sun would cast: the heights are exaggerated, the shadows need not be

LAYER_M = 0.4  #: height of one layer of the ground above the one below it, so that OpenGL keeps them apart
TRACK_STEP_M = 30.0  #: less than a few pixels of any sheet
MARGINS = (0.03, 0.125, 0.03, 0.08)  #: left, top, right, bottom, in parts of the sheet's height

#: Sheet on which the sizes of letters and lines are what they say; others scale them.
REFERENCE_PX = (1600, 1000)


@dataclass(frozen=True)
class Look:
    """From where the park is seen, how large, and in which colours."""

    colouring: Colouring = OCCUPANCY  #: what the values mean
    size_px: tuple[int, int] = REFERENCE_PX  #: width and height
    azimuth_deg: float = 9.0  #: looks this far east of north
    elevation_deg: float = 50.0  #: above the ground
    exaggeration: float = 2.0  #: heights are drawn this much larger, and the picture says so


class Painted(NamedTuple):
    """A mesh and the colour of each face."""

    mesh: Mesh
    colours: RGB


@dataclass(frozen=True)
class Picture:
    """Everything to be drawn. Coordinates in metres from `origin`."""

    park: Park
    quarter: Quarter
    title_zh: str
    title_en: str
    replications: int | None  #: runs that the values are the mean of; None is the park as loaded
    look: Look
    colouring: Colouring | None  #: None where there are no values
    doubted: bool  #: whether colours are the paler the more runs differ
    scale: float  #: of letters and lines, 1 on the reference sheet
    origin: NDArray[np.float64]  #: (2,)
    camera: Camera
    flat: list[Painted]  #: what lies on the ground, the lowest first
    busy: NDArray[np.float64]  #: (n, 3): points that should rather not be written upon
    buildings: Painted
    names: list[Name]


def compose(
    park: Park,
    values: pd.Series | pd.DataFrame | None,
    *,
    quarter: Quarter,
    title_zh: str = "",
    title_en: str = "",
    replications: int | None = None,
    look: Look | None = None,
) -> Picture:
    """The picture of a park as it is in a quarter, its buildings coloured by `values`, a Series by building_id.

    Or a frame with the columns `value` and `doubt`: how much runs differ, from 0, full colour, to 1, as pale as can be.
    Buildings without a value are grey, those completed later only outlined; without any values all are plain.
    `replications` says how many runs the values are the mean of. Raises TwinError for a value of no building.
    """
    strangers = [] if values is None else sorted(set(values.index.astype(str)) - set(park.buildings["building_id"]))
    if strangers:
        raise TwinError(f"values for {', '.join(strangers[:5])}: no such building of the park")
    values, doubt = (values["value"], values["doubt"]) if isinstance(values, pd.DataFrame) else (values, None)
    look = look or Look()
    colouring = None if values is None else look.colouring
    park = replace(park, parcels=park.parcels_at(quarter), buildings=park.buildings_at(quarter))
    standing = park.buildings["state"].isin([OPEN, OFF_LINE]).to_numpy()
    existing, planned = park.buildings[standing], park.buildings[~standing]
    corners = _corners(park, quarter)
    origin = np.round((corners.min(axis=0) + corners.max(axis=0)) / 2)
    scale = min(np.array(look.size_px) / REFERENCE_PX)
    camera = _camera(park, corners, origin, look)
    mesh = extrude(existing.geometry, existing["height_m"] * look.exaggeration, origin=origin)
    colours = _colours(existing, values, colouring, doubt)[mesh.row]
    px = camera.metres_per_px * scale
    painted = [_painted(layer, origin) for layer in ground.land(park, quarter, planned, px)]
    painted.append(_shadow(mesh))
    painted += [_painted(layer, origin) for layer in ground.lines(park, quarter, px)]
    return Picture(
        park=park,
        quarter=quarter,
        title_zh=title_zh or park.about.name_zh,
        title_en=title_en or park.about.name_en,
        replications=replications,
        look=look,
        colouring=colouring,
        doubted=values is not None and doubt is not None,
        scale=scale,
        origin=origin,
        camera=camera,
        flat=[_raised(layer, level * LAYER_M) for level, layer in enumerate(painted)],
        busy=np.vstack([mesh.points, _on_ground(_marks(park), origin)]),
        buildings=Painted(mesh, lit(colours, mesh.normals)),
        names=names(park, quarter, origin),
    )


def _colours(
    buildings: gpd.GeoDataFrame, values: pd.Series | None, colouring: Colouring | None, doubt: pd.Series | None
) -> RGB:
    if values is None or colouring is None:
        return np.repeat(rgb(PLAIN), len(buildings), axis=0)
    shown = buildings["building_id"].map(values)
    colours = colouring.colours(shown)
    if doubt is None:
        return colours
    unsure = buildings["building_id"].map(doubt).to_numpy(dtype=np.float64, na_value=0.0)
    return faded(colours, np.where(shown.isna(), 0.0, unsure))  # a grey building stays as grey as the legend says


def _corners(park: Park, quarter: Quarter) -> NDArray[np.float64]:
    """(n, 2): every corner of what must be seen, the park and all its parcels."""
    zones = park.at(quarter)
    return shapely.get_coordinates(
        np.concatenate([ground.shapes_of(zones[zones["kind"] == "park"]), ground.shapes_of(park.parcels)])
    )


def _camera(park: Park, corners: NDArray[np.float64], origin: NDArray[np.float64], look: Look) -> Camera:
    """The camera that shows all corners (n, 2) and the top of every building."""
    tops, building = shapely.get_coordinates(ground.shapes_of(park.buildings), return_index=True)
    tops_m = np.asarray(park.buildings["height_m"], dtype=np.float64)[building] * look.exaggeration
    points = np.vstack([_on_ground(corners, origin), np.column_stack([tops - origin, tops_m])])
    camera = Camera(look.size_px, look.azimuth_deg, look.elevation_deg, np.zeros(3), 1.0)
    left, top, right, bottom = (share * look.size_px[1] for share in MARGINS)
    return camera.fitted(points, (left, top, right, bottom))


def _marks(park: Park) -> NDArray[np.float64]:
    """(n, 2): points all along the parcels, and railways, close enough to leave no gap."""
    tracks = shapely.segmentize(ground.shapes_of(park.rail), TRACK_STEP_M)
    return np.vstack([shapely.get_coordinates(ground.shapes_of(park.parcels)), shapely.get_coordinates(tracks)])


def _on_ground(points: NDArray[np.float64], origin: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3): points (n, 2) of the park at height 0, from `origin`."""
    return np.column_stack([points - origin, np.zeros(len(points))])


def _painted(layer: ground.Layer, origin: NDArray[np.float64]) -> Painted:
    mesh = flatten(layer.shapes, 0.0, origin=origin)
    return Painted(mesh, layer.colours[mesh.row])


def _shadow(mesh: Mesh) -> Painted:
    """The buildings laid flat, away from the sun."""
    points = mesh.points.copy()
    points[:, :2] -= mesh.points[:, 2:] * np.array(SUN[:2], np.float32) / np.float32(SUN[2]) * np.float32(SHADOW_LENGTH)
    points[:, 2] = 0
    return Painted(mesh._replace(points=points), np.repeat(rgb(SHADOW), len(mesh.row), axis=0))


def _raised(layer: Painted, height_m: float) -> Painted:
    points = layer.mesh.points + np.array([0, 0, height_m], np.float32)
    return layer._replace(mesh=layer.mesh._replace(points=points))
