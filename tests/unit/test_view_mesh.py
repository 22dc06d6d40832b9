"""Meshes of buildings against areas and volumes known from their polygons."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import affinity

from twin.view.mesh import Mesh, extrude, flatten

ORIGIN = (428_000.0, 4_420_000.0)
X, Y = ORIGIN


def box(x: float, y: float, width: float, depth: float) -> shapely.Polygon:
    return shapely.box(X + x, Y + y, X + x + width, Y + y + depth)


BLOCK = box(0, 0, 40, 20)
CORNER = shapely.Polygon([(X + x, Y + y) for x, y in [(100, 0), (140, 0), (140, 10), (110, 10), (110, 40), (100, 40)]])
COURTYARD = shapely.Polygon(box(200, 0, 60, 60).exterior.coords, [box(215, 15, 30, 30).exterior.coords])
TWINS = shapely.MultiPolygon([box(300, 0, 20, 20), box(340, 0, 20, 30).reverse()])
SHAPES: list[shapely.Polygon | shapely.MultiPolygon] = [BLOCK, CORNER, COURTYARD, TWINS]
HEIGHTS_M = np.array([30.0, 12.0, 21.0, 50.0])


def faces(mesh: Mesh) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """All faces as triangles (n, 3, 3), and the row of each."""
    points, quads = mesh.points.astype(np.float64), mesh.quads
    corners = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]], mesh.triangles])
    walls = mesh.row[: len(quads)]
    return points[corners], np.concatenate([walls, walls, mesh.row[len(quads) :]])


def volumes(mesh: Mesh) -> NDArray[np.float64]:
    """The volume of each row by the divergence theorem; positive only if faces look outwards."""
    corners, row = faces(mesh)
    six_fold = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    return np.bincount(row, six_fold / 6).astype(np.float64)


def areas(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2


def test_volumes_are_area_times_height_with_courtyards_and_parts() -> None:
    mesh = extrude(SHAPES, HEIGHTS_M, origin=ORIGIN)
    assert volumes(mesh) == pytest.approx(shapely.area(SHAPES) * HEIGHTS_M, rel=1e-6)


def test_a_face_turned_inwards_would_be_noticed() -> None:
    mesh = extrude(SHAPES, HEIGHTS_M, origin=ORIGIN)
    turned = mesh.quads.copy()
    turned[0] = turned[0, ::-1]
    assert volumes(mesh._replace(quads=turned)) != pytest.approx(shapely.area(SHAPES) * HEIGHTS_M, rel=1e-3)


def test_roofs_and_walls_have_the_area_of_the_polygons() -> None:
    mesh = extrude(SHAPES, HEIGHTS_M, origin=ORIGIN)
    corners, row = faces(mesh)
    is_wall = np.arange(len(row)) < 2 * len(mesh.quads)
    assert np.bincount(row[~is_wall], areas(corners[~is_wall])) == pytest.approx(shapely.area(SHAPES))
    assert np.bincount(row[is_wall], areas(corners[is_wall])) == pytest.approx(shapely.length(SHAPES) * HEIGHTS_M)


def test_roofs_look_up_and_walls_look_away_from_the_middle() -> None:
    mesh = extrude([BLOCK], [30.0], origin=ORIGIN)
    walls, roofs = mesh.normals[: len(mesh.quads)], mesh.normals[len(mesh.quads) :]
    assert roofs.tolist() == [[0, 0, 1]] * 2
    assert sorted(walls.round().tolist()) == [[-1, 0, 0], [0, -1, 0], [0, 1, 0], [1, 0, 0]]
    middles = mesh.points[mesh.quads].mean(axis=1) - mesh.points.mean(axis=0)
    assert (np.einsum("ij,ij->i", walls, middles) > 0).all()


def test_each_face_knows_its_row() -> None:
    mesh = extrude(SHAPES, HEIGHTS_M, origin=ORIGIN)
    assert mesh.row.dtype == np.int32
    assert np.bincount(mesh.row[: len(mesh.quads)]).tolist() == [4, 6, 8, 8]
    assert np.array_equal(mesh.points[mesh.triangles][:, 0, 2], HEIGHTS_M[mesh.row[len(mesh.quads) :]])


def test_points_are_small_numbers_so_that_a_millimetre_survives_in_float32() -> None:
    moved = affinity.translate(BLOCK, 0.001, 0.001)
    mesh = extrude([moved], [30.0], origin=ORIGIN)
    assert mesh.points.dtype == np.float32
    assert mesh.points[:, :2].min() == pytest.approx(0.001, rel=1e-3)


def test_an_invalid_polygon_is_refused() -> None:
    bow_tie = shapely.Polygon([(X, Y), (X + 10, Y + 10), (X + 10, Y), (X, Y + 10)])
    with pytest.raises(shapely.errors.GEOSException):
        extrude([bow_tie], [10.0], origin=ORIGIN)


def test_what_lies_on_the_ground_keeps_its_area_and_looks_up() -> None:
    mesh = flatten(SHAPES, 1.5, origin=ORIGIN)
    corners, row = faces(mesh)
    assert np.bincount(row, areas(corners)) == pytest.approx(shapely.area(SHAPES))
    assert np.array_equal(mesh.normals, np.tile([0.0, 0.0, 1.0], (len(mesh.triangles), 1)))
    assert set(mesh.points[:, 2]) == {1.5}


def test_nothing_makes_an_empty_mesh() -> None:
    mesh = extrude([], [], origin=ORIGIN)
    assert (len(mesh.points), len(mesh.quads), len(mesh.triangles), len(mesh.row)) == (0, 0, 0, 0)


@pytest.mark.benchmark
def test_ten_thousand_buildings_take_less_than_0_3_seconds() -> None:
    shapes = [affinity.translate(SHAPES[i % 4], i % 100 * 70, i // 100 * 70) for i in range(10_000)]
    heights_m = np.tile(HEIGHTS_M, 2_500)
    seconds = []
    for _ in range(3):
        began = time.process_time()
        extrude(shapes, heights_m, origin=ORIGIN)
        seconds.append(time.process_time() - began)
    assert min(seconds) < 0.3
