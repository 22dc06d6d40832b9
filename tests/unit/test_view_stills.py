"""Whole pictures, with OpenGL and without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tests.parks import small_park
from twin.errors import RenderUnavailable, TwinError
from twin.park import Park
from twin.units import Quarter
from twin.view import Look, draw, probe, scene
from twin.view.colours import SEQUENTIAL, rgb
from twin.view.picture import compose

QUARTER = Quarter(2026, 1)
LOOK = Look(size_px=(640, 400))
VALUES = pd.Series({"b0": 1.0, "b1": 0.0})


@pytest.fixture
def park() -> Park:
    return small_park([1000, 1000, 1000], completed=["2010Q1", "2010Q1", "2030Q1"])


@pytest.fixture
def opengl() -> None:
    problem = probe.opengl_problem()
    if problem and not os.environ.get("TWIN_MUST_RENDER"):
        pytest.skip(problem)


@pytest.fixture
def no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "opengl_problem", lambda: "VTK ended with -11")


def pixels(path: Path) -> NDArray[np.float64]:
    """(height, width, 3), 0 to 255."""
    return np.asarray(255 * matplotlib.image.imread(path)[..., :3], dtype=np.float64)


def roof(park: Park, building: int, image: NDArray[np.float64]) -> NDArray[np.float64]:
    """The colour in the middle of the roof of a building."""
    picture = compose(park, VALUES, quarter=QUARTER, look=LOOK)
    middle = park.buildings.geometry[building].centroid
    top_m = park.buildings["height_m"][building] * LOOK.exaggeration
    x, y, _ = picture.camera.project(np.array([[*(np.array([middle.x, middle.y]) - picture.origin), top_m]]))[0]
    colour: NDArray[np.float64] = image[int(len(image) - y), int(x)]
    return colour


def test_without_opengl_a_picture_is_painted_and_says_why(park: Park, no_opengl: None, tmp_path: Path) -> None:
    file = tmp_path / "park.png"
    said = draw(park, VALUES, file, quarter=QUARTER, look=LOOK)
    assert said.startswith(str(file))
    assert "without OpenGL" in said
    assert "VTK ended with -11" in said
    image = pixels(file)
    assert image.shape == (400, 640, 3)
    assert roof(park, 0, image) == pytest.approx(255 * rgb(SEQUENTIAL[-1])[0], abs=2)
    assert roof(park, 1, image) == pytest.approx(255 * rgb(SEQUENTIAL[0])[0], abs=2)


def test_both_ways_draw_the_same_picture(
    park: Park, opengl: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = draw(park, VALUES, tmp_path / "a.png", quarter=QUARTER, look=LOOK)
    assert said == f"{tmp_path / 'a.png'}: drawn with OpenGL"
    monkeypatch.setattr(probe, "opengl_problem", lambda: "none here")
    draw(park, VALUES, tmp_path / "b.png", quarter=QUARTER, look=LOOK)
    a, b = pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png")
    assert roof(park, 0, a) == pytest.approx(255 * rgb(SEQUENTIAL[-1])[0], abs=2)
    assert np.abs(a - b).mean() < 2
    upside_down = np.abs(a - b[::-1]).mean()
    assert upside_down > 10


def test_the_scene_keeps_the_row_of_each_face_and_draws_in_parallel(park: Park, opengl: None) -> None:
    plotter = scene(park, VALUES, quarter=QUARTER, look=LOOK)
    data = plotter.actors["buildings"].mapper.dataset
    assert sorted(set(data.cell_data["row"].tolist())) == [0, 1]
    assert plotter.camera.parallel_projection
    plotter.close()


def test_a_scene_cannot_be_had_without_opengl(park: Park, no_opengl: None) -> None:
    with pytest.raises(RenderUnavailable, match="libegl1"):
        scene(park, VALUES, quarter=QUARTER)


def test_a_format_that_cannot_be_written_is_refused_before_anything_is_drawn(park: Park, tmp_path: Path) -> None:
    with pytest.raises(TwinError, match=r"park\.doc.*\.png"):
        draw(park, VALUES, tmp_path / "park.doc", quarter=QUARTER)


def test_a_failed_write_leaves_the_old_picture_and_nothing_else(
    park: Park, no_opengl: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    file = tmp_path / "park.png"
    file.write_bytes(b"old")
    monkeypatch.setattr("matplotlib.image.imsave", fail)
    with pytest.raises(OSError, match="disk full"):
        draw(park, VALUES, file, quarter=QUARTER, look=LOOK)
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["park.png"]


def test_importing_the_view_loads_neither_pyvista_nor_matplotlib() -> None:
    code = "import sys, twin.view; print(sorted({'pyvista', 'vtkmodules', 'matplotlib'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
