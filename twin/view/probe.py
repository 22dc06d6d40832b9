"""Whether this machine can draw with OpenGL, found out where it cannot hurt."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache

from twin.errors import RenderUnavailable

#: VTK's choice of window. This one takes EGL, or OSMesa if there is no EGL, and needs no X server.
VARIABLE, OFF_SCREEN_WINDOW = "VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow"

PROBE = """
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
window = vtkRenderWindow()
window.SetOffScreenRendering(1)
window.SetSize(8, 8)
window.AddRenderer(vtkRenderer())
window.Render()
"""

PROBE_SECONDS = 60

TERMINAL_COLOURS = r"\x1b\[[0-9;]*m"  #: which VTK writes into its log, before the `|` that ends time and place


def require_opengl() -> None:
    """Make VTK ready to draw off screen; RenderUnavailable if this machine has no OpenGL."""
    problem = opengl_problem()
    if problem:
        raise RenderUnavailable(
            f"no usable OpenGL: {problem}; Debian's packages libegl1 and libgl1-mesa-dri draw without a GPU"
        )
    os.environ.update(_window())


@cache
def opengl_problem() -> str:
    """Why OpenGL cannot be used, or nothing; asked once a process.

    VTK does not raise where OpenGL is missing, it ends the process. So a child draws 8 x 8 pixels first.
    """
    try:
        child = subprocess.run(  # noqa: S603 (fixed words)
            [sys.executable, "-c", PROBE],
            env=dict(os.environ) | _window(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if child.returncode == 0:
        return ""
    said = child.stderr.decode(errors="replace").strip().splitlines()
    reason = re.sub(TERMINAL_COLOURS, "", said[-1]).rpartition("| ")[2].strip() if said else ""
    return f"VTK ended with {child.returncode}" + (f" ({reason})" if reason else "")


def _window() -> dict[str, str]:
    """The choice of window; none with a display, where people want windows, nor where the caller has chosen."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or VARIABLE in os.environ:
        return {}
    return {VARIABLE: OFF_SCREEN_WINDOW}
