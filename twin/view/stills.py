"""One picture of the park: as a scene to work with, or as a file."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.errors import RenderUnavailable, TwinError
from twin.files import unfinished
from twin.park import Park
from twin.units import Quarter
from twin.view.picture import Look, compose
from twin.view.probe import opengl_problem

if TYPE_CHECKING:
    import pyvista as pv

    from twin.view.picture import Picture

FORMATS = (".png", ".jpg", ".webp")


def get_ready() -> None:
    """Find out about OpenGL and load what drawing needs: seconds that can pass while something else is worked out."""
    needed = ["matplotlib.figure", "fontTools.subset"]
    for name in [*needed, *([] if opengl_problem() else ["pyvista"])]:
        import_module(name)


def scene(
    park: Park,
    values: pd.Series | pd.DataFrame | None,
    *,
    quarter: Quarter,
    title_zh: str = "",
    title_en: str = "",
    replications: int | None = None,
    look: Look | None = None,
) -> pv.Plotter:
    """The park at the end of a quarter as an off-screen PyVista plotter. RenderUnavailable without OpenGL.

    `values`, by building_id, colour the buildings; see `compose`.
    """
    from twin.view import opengl  # loads matplotlib, as `flat` below: neither is needed to import this module

    return opengl.build(
        compose(
            park, values, quarter=quarter, title_zh=title_zh, title_en=title_en, replications=replications, look=look
        )
    )


def draw(
    park: Park,
    values: pd.Series | pd.DataFrame | None,
    path: str | Path,
    *,
    quarter: Quarter,
    title_zh: str = "",
    title_en: str = "",
    replications: int | None = None,
    look: Look | None = None,
) -> str:
    """Draw the park into a file and say how: with OpenGL, or without it and why. Same arguments as `scene`."""
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise TwinError(f"{path}: a picture is one of {', '.join(FORMATS)}")
    picture = compose(
        park, values, quarter=quarter, title_zh=title_zh, title_en=title_en, replications=replications, look=look
    )
    try:
        pixels, how = _with_opengl(picture), "drawn with OpenGL"
    except RenderUnavailable as problem:
        pixels, how = _without_opengl(picture), f"drawn without OpenGL, by painting from back to front ({problem})"
    _save(pixels, path)
    return f"{path}: {how}"


def _with_opengl(picture: Picture) -> NDArray[np.uint8]:
    from twin.view import opengl

    plotter = opengl.build(picture)
    plotter.render()
    pixels = plotter.screenshot(return_img=True)
    plotter.close()
    return np.asarray(pixels, dtype=np.uint8)


def _without_opengl(picture: Picture) -> NDArray[np.uint8]:
    from twin.view import flat

    return flat.paint(picture)


def _save(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write a file whole or not at all."""
    from matplotlib.image import imsave

    with unfinished(path) as hidden:
        imsave(hidden, pixels, format=path.suffix[1:].lower())
