"""The picture as a PyVista scene.

PyVista is imported inside the functions: it takes a second to load, and only pictures with OpenGL need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.view.camera import Camera
from twin.view.furniture import overlay
from twin.view.ground import BACKGROUND
from twin.view.picture import Painted, Picture
from twin.view.probe import require_opengl

if TYPE_CHECKING:
    import pyvista as pv

DISTANCE_M = 40_000.0  #: of the camera; a parallel projection shows the same from anywhere


def build(picture: Picture) -> pv.Plotter:
    """An off-screen plotter with the ground, the buildings and everything written. RenderUnavailable without OpenGL.

    The names are written for its camera; who turns the camera should compose a new picture.
    """
    require_opengl()
    import pyvista as pv

    plotter = pv.Plotter(off_screen=True, window_size=list(picture.camera.size_px))
    plotter.background_color = pv.Color(BACKGROUND)
    for level, layer in enumerate(picture.flat):
        plotter.add_mesh(_poly_data(layer), rgb=True, lighting=False, name=f"ground {level}")
    plotter.add_mesh(_poly_data(picture.buildings), rgb=True, lighting=False, name="buildings")
    _look(plotter, picture.camera)
    _write(plotter, overlay(picture))
    return plotter


def _poly_data(painted: Painted) -> pv.PolyData:
    """The faces with their colour, `rgb`, and the row of the table they come from, `row`."""
    import pyvista as pv

    mesh = painted.mesh
    quads = np.column_stack([np.full(len(mesh.quads), 4), mesh.quads]).reshape(-1)
    triangles = np.column_stack([np.full(len(mesh.triangles), 3), mesh.triangles]).reshape(-1)
    data = pv.PolyData(mesh.points, faces=np.concatenate([quads, triangles]))
    data.cell_data["row"] = mesh.row
    data.cell_data["rgb"] = np.round(255 * painted.colours).astype(np.uint8)
    data.set_active_scalars("rgb", preference="cell")
    return data


def _look(plotter: pv.Plotter, camera: Camera) -> None:
    _, up, into = camera.axes
    seen = plotter.camera
    seen.parallel_projection = True
    seen.focal_point = tuple(camera.centre_m)
    seen.position = tuple(camera.centre_m - DISTANCE_M * into)
    seen.up = tuple(up)
    seen.parallel_scale = camera.size_px[1] * camera.metres_per_px / 2
    plotter.renderer.ResetCameraClippingRange()


def _write(plotter: pv.Plotter, sheet: NDArray[np.uint8]) -> None:
    """Lay a transparent sheet over the scene, pixel on pixel."""
    import pyvista as pv
    from vtkmodules.vtkRenderingCore import vtkPolyDataMapper2D, vtkTexturedActor2D

    height, width = sheet.shape[:2]
    corners = np.array([[0, 0, 0], [width, 0, 0], [width, height, 0], [0, height, 0]], float)
    quad = pv.PolyData(corners, faces=[4, 0, 1, 2, 3])
    quad.active_texture_coordinates = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    mapper = vtkPolyDataMapper2D()
    mapper.SetInputData(quad)
    actor = vtkTexturedActor2D()
    actor.SetMapper(mapper)
    actor.SetTexture(pv.Texture(sheet))  # type: ignore[no-untyped-call]  # PyVista left it untyped
    plotter.renderer.AddViewProp(actor)
