"""The picture without OpenGL: every face projected, sorted by depth and painted from the back."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from twin.view.colours import RGB
from twin.view.furniture import overlay
from twin.view.ground import BACKGROUND
from twin.view.mesh import Mesh
from twin.view.pen import rendered
from twin.view.picture import Picture

OVERSAMPLING = 2  #: drawn larger and averaged down: smooth edges, and no seams between triangles
DOTS_PER_INCH = 100  #: any; sizes here are in pixels


def paint(picture: Picture) -> NDArray[np.uint8]:
    """(height, width, 3): the picture as OpenGL would have drawn it."""
    width, height = picture.camera.size_px
    inches = (width / DOTS_PER_INCH, height / DOTS_PER_INCH)
    figure = Figure(inches, dpi=DOTS_PER_INCH * OVERSAMPLING, facecolor=BACKGROUND)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(0, height))
    for mesh, colours in picture.flat:
        _add(axes, _corners(picture, mesh), colours)
    corners = _corners(picture, picture.buildings.mesh)
    order = _back_to_front(picture, corners)
    _add(axes, corners[order], picture.buildings.colours[order])
    drawn = rendered(figure)[..., :3].astype(np.float64)
    smooth = drawn.reshape(height, OVERSAMPLING, width, OVERSAMPLING, 3).mean(axis=(1, 3))
    return laid_over(smooth, overlay(picture))


def laid_over(below: NDArray[np.float64], above: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width, 3): a sheet with transparency laid over an opaque one."""
    share = above[..., 3:].astype(np.float64) / 255
    return np.round(above[..., :3] * share + below * (1 - share)).astype(np.uint8)


def _corners(picture: Picture, mesh: Mesh) -> NDArray[np.float64]:
    """(faces, 4, 3): corners on the sheet in pixels, and their depth; a triangle's last corner counts twice."""
    seen = picture.camera.project(mesh.points)
    return seen[np.concatenate([mesh.quads, mesh.triangles[:, [0, 1, 2, 2]]])]


def _back_to_front(picture: Picture, corners: NDArray[np.float64]) -> NDArray[np.int64]:
    """Indices of the faces that look at us, the furthest first."""
    facing = np.flatnonzero(picture.buildings.mesh.normals @ picture.camera.axes[2] < 0)
    depth = corners[facing, :, 2].mean(axis=1)
    return facing[np.argsort(-depth, kind="stable")]


def _add(axes: Axes, corners: NDArray[np.float64], colours: RGB) -> None:
    axes.add_collection(
        PolyCollection(list(corners[..., :2]), facecolors=colours, edgecolors="none", antialiased=False)
    )
