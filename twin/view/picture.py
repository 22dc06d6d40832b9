"""A picture before it is drawn: what both ways of drawing, with OpenGL and without, have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.park import Park
from twin.units import Quarter
from twin.view import ground
from twin.view.camera import Camera
from twin.view.colours import RGB, SUN, Colouring, lit, rgb
from twin.view.labels import Name, names
from twin.view.mesh import Mesh, extrude, flatten

PLAIN = "#e4ddd0"  #: buildings where there are no values to show
SHADOW = "#c9c8c3"
SHADOW_LENGTH = 0.6  #: of what the sun would cast: the heights are exaggerated, the shadows need not be

LAYER_M = 0.4  #: height of one layer of the ground above the one below it, so that OpenGL keeps them apart
MARGINS = (0.03, 0.125, 0.03, 0.07)  #: left, top, right, bottom, in parts of the sheet's height

#: Sheet on which the sizes of letters and lines are what they say; others scale them.
REFERENCE_PX = (1600, 1000)


@dataclass(frozen=True)
class Caption:
    """What is written about a picture."""

    title_zh: str
    title_en: str
    replications: int | None = None  #: runs that the values are the mean of; 1 is a single run, None the park as loaded
    credit: str = ""  #: whose data are shown, where a licence asks for it


@dataclass(frozen=True)
class Aspect:
    """From where the park is seen."""

    size_px: tuple[int, int] = REFERENCE_PX
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
    caption: Caption
    colouring: Colouring | None
    exaggeration: float
    scale: float  #: of letters and lines, 1 on the reference sheet
    origin: NDArray[np.float64]  #: (2,)
    camera: Camera
    flat: list[Painted]  #: what lies on the ground, the lowest first
    plots: Mesh  #: the parcels, which should not be written upon
    buildings: Painted
    names: list[Name]


def compose(
    park: Park,
    values: pd.Series | None,
    *,
    quarter: Quarter,
    caption: Caption,
    colouring: Colouring | None = None,
    aspect: Aspect = Aspect(),
) -> Picture:
    """The picture of a park at the end of a quarter, its buildings coloured by `values`, a Series by building_id."""
    colouring = None if values is None else colouring or Colouring("数值", "Value")
    standing = _standing(park.buildings, quarter)
    existing, planned = park.buildings[standing], park.buildings[~standing]
    origin = np.round(_frame(park, quarter).mean(axis=0))
    scale = min(np.array(aspect.size_px) / REFERENCE_PX)
    camera = _camera(park, quarter, origin, aspect)
    mesh = extrude(existing.geometry, existing["height_m"] * aspect.exaggeration, origin=origin)
    colours = _colours(existing, values, colouring)[mesh.row]
    px = camera.metres_per_px * scale
    painted = [_painted(layer, origin) for layer in ground.land(park, quarter, planned, px)]
    painted.append(_shadow(mesh))
    painted += [_painted(layer, origin) for layer in ground.lines(park, quarter, px)]
    return Picture(
        park=park,
        quarter=quarter,
        caption=caption,
        colouring=colouring,
        exaggeration=aspect.exaggeration,
        scale=scale,
        origin=origin,
        camera=camera,
        flat=[_raised(layer, level * LAYER_M) for level, layer in enumerate(painted)],
        plots=flatten(park.parcels.geometry, 0.0, origin=origin),
        buildings=Painted(mesh, lit(colours, mesh.normals)),
        names=names(park, quarter, origin, lift_m=60 * aspect.exaggeration),
    )


def _standing(buildings: gpd.GeoDataFrame, quarter: Quarter) -> NDArray[np.bool_]:
    """(buildings,): whether each is completed at the end of a quarter; without a date it is only planned."""
    completed = buildings["completed"].map(
        lambda text: Quarter.parse(text).ordinal if isinstance(text, str) else np.inf
    )
    return (completed <= quarter.ordinal).to_numpy()


def _colours(buildings: gpd.GeoDataFrame, values: pd.Series | None, colouring: Colouring | None) -> RGB:
    if values is None or colouring is None:
        return np.repeat(rgb(PLAIN), len(buildings), axis=0)
    return colouring.colours(buildings["building_id"].map(values))


def _frame(park: Park, quarter: Quarter) -> NDArray[np.float64]:
    """(2, 2): lower left and upper right of what must be seen, the park and all its parcels."""
    zones = park.at(quarter)
    bounds = np.vstack([zones.geometry[zones["kind"] == "park"].bounds.to_numpy(), park.parcels.total_bounds])
    return np.array([bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)])


def _camera(park: Park, quarter: Quarter, origin: NDArray[np.float64], aspect: Aspect) -> Camera:
    """The camera that shows every corner of the park and the top of every building."""
    zones = park.at(quarter)
    shapes = pd.concat([zones.geometry[zones["kind"] == "park"], park.parcels.geometry])
    corners = shapes.get_coordinates().to_numpy() - origin
    tops = park.buildings.geometry.get_coordinates()
    tops_m = park.buildings["height_m"].loc[tops.index].to_numpy() * aspect.exaggeration
    points = np.vstack(
        [np.column_stack([corners, np.zeros(len(corners))]), np.column_stack([tops.to_numpy() - origin, tops_m])]
    )
    camera = Camera(aspect.size_px, aspect.azimuth_deg, aspect.elevation_deg, np.zeros(3), 1.0)
    left, top, right, bottom = (share * aspect.size_px[1] for share in MARGINS)
    return camera.fitted(points, (left, top, right, bottom))


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
