"""Camera, colours, labels and pen: what pictures are made of."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tests.parks import small_park
from twin.errors import TwinError
from twin.park import Park, load_park
from twin.units import Quarter
from twin.view.camera import Camera
from twin.view.colours import NO_VALUE, OCCUPANCY, SEQUENTIAL, Category, Colouring, categories_of, hexes, lit, rgb
from twin.view.fonts import font_file, text_width
from twin.view.furniture import overlay
from twin.view.labels import Name, Style, names, place
from twin.view.pen import Pen
from twin.view.picture import Look, compose
from twin.view.room import Box, Crowd

QUARTER = Quarter(2026, 1)
CAMERA = Camera((1600, 1000), azimuth_deg=0.0, elevation_deg=30.0, centre_m=np.zeros(3), metres_per_px=10.0)
NOBODY = Crowd(np.zeros((200, 300)))


@pytest.fixture(scope="module")
def shijingshan() -> Park:
    return load_park()


def test_the_camera_looks_north_from_above() -> None:
    east, north, up = CAMERA.project(np.array([[1000.0, 0, 0], [0, 1000.0, 0], [0, 0, 1000.0]]))
    assert east == pytest.approx([900, 500, 0])
    assert north == pytest.approx([800, 500 + 100 * np.sin(np.pi / 6), 1000 * np.cos(np.pi / 6)])
    assert up == pytest.approx([800, 500 + 100 * np.cos(np.pi / 6), -1000 * np.sin(np.pi / 6)])


@pytest.mark.parametrize("azimuth_deg", [-30.0, 0.0, 45.0, 180.0])
def test_a_fitted_camera_fills_the_sheet_within_its_margins(azimuth_deg: float) -> None:
    points = np.random.default_rng(1).uniform(-5000, 5000, (200, 3)) * [1.5, 1, 0.05]
    camera = Camera((1600, 1000), azimuth_deg, 40.0, np.zeros(3), 1.0).fitted(points, (50, 120, 30, 70))
    x, y, _ = camera.project(points).T
    room = np.array([x.min() - 50, 1600 - 30 - x.max(), y.min() - 70, 1000 - 120 - y.max()])
    assert (room > -1e-6).all()
    assert min(room[0] + room[1], room[2] + room[3]) == pytest.approx(0, abs=1e-6)
    assert room[[0, 2]] == pytest.approx(room[[1, 3]])


def test_values_run_through_the_stops_and_stop_at_the_ends() -> None:
    values = pd.Series([0.0, 1.0, -5.0, 5.0, np.nan])
    first, last = SEQUENTIAL[0], SEQUENTIAL[-1]
    assert hexes(OCCUPANCY.colours(values)) == [first, last, first, last, NO_VALUE]


def test_the_sequence_darkens_evenly_so_that_it_can_be_read_in_grey() -> None:
    grey = OCCUPANCY.ramp(np.linspace(0, 1, 21)) @ [0.2126, 0.7152, 0.0722]
    steps = np.diff(grey)
    assert (steps < 0).all()
    assert steps.min() / steps.max() < 3


def test_categories_have_their_own_colours() -> None:
    colouring = Colouring("行业", "Industry", categories=[Category("ai", "人工智能", "AI", "#112233")])
    assert hexes(colouring.colours(pd.Series(["ai", "unheard of", None]))) == ["#112233", NO_VALUE, NO_VALUE]


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(TwinError, match="from 1 to 1"):
        Colouring("数值", "Value", low=1, high=1)


def test_roofs_keep_the_colour_of_the_legend_and_walls_differ() -> None:
    normals = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0], [1, 0, 0]], float)
    roof, west, south, east = lit(np.full((4, 3), 0.8), normals)[:, 0]
    assert roof == 0.8
    assert roof > west > south > east > 0


POINT, AREA = Style(20, 10, "#000000", gap=5), Style(20, 10, "#000000", leader=True)


def test_two_names_at_one_place_make_way_and_the_first_has_the_better_place() -> None:
    first, second = place([Name(zh, "East", (0, 0), POINT) for zh in ("东", "西")], CAMERA, NOBODY, [])
    assert (first.zh, second.zh) == ("东", "西")
    assert first.box.left > 800 > second.box.right
    assert not first.box.meets(second.box)


def test_a_name_without_room_goes_without_english_and_then_not_at_all() -> None:
    wanted = [Name("东", "A very long English name", (0, 0), POINT)]
    alley = [Box(0, 0, 1600, 485), Box(0, 515, 1600, 1000), Box(0, 0, 790, 1000), Box(850, 0, 1600, 1000)]
    assert [label.en for label in place(wanted, CAMERA, NOBODY, alley)] == [""]
    assert place(wanted, CAMERA, NOBODY, [Box(0, 0, 1600, 1000)]) == []


def test_names_outside_the_sheet_are_not_written() -> None:
    assert place([Name("远", "Far", (50_000, 0), POINT)], CAMERA, NOBODY, []) == []


def test_the_name_of_an_area_steps_aside_from_a_crowd_and_points_back() -> None:
    crowd = Crowd.of(np.random.default_rng(1).uniform([740, 440], [860, 560], (5000, 2)), (1600, 1000))
    wanted = [Name("园区", "Park", (0, 0), AREA)]
    aside, over = (place(wanted, CAMERA, where, [])[0] for where in (crowd, NOBODY))
    assert crowd.share(aside.box) < 0.1
    assert (aside.foot, over.foot) == ((800, 500), None)


def test_the_shipped_park_names_what_a_planner_looks_for(shijingshan: Park) -> None:
    picture = compose(shijingshan, None, quarter=QUARTER)
    labels = place(picture.names, picture.camera, NOBODY, [])
    written = {label.zh for label in labels}
    assert {
        "首钢园",
        "永定河",
        "苹果园",
        "五里坨",
        "古城",
        "八大处",
        "北京银行保险产业园",
        "中关村虚拟现实产业园",
    } <= written
    assert not any(a.box.meets(b.box) for a, b in itertools.combinations(labels, 2))
    assert len(names(shijingshan, QUARTER, picture.origin)) == len({name.zh for name in picture.names})


def written(text: str) -> NDArray[np.uint8]:
    pen = Pen((60, 40), 1.0)
    pen.text(10, 20, text, 24)
    return pen.pixels()


def test_chinese_is_written_with_glyphs_of_its_own() -> None:
    assert font_file().is_file()
    sheets = [written(text) for text in ("园", "区", "")]
    assert (sheets[2][..., 3] == 0).all()
    assert all((sheet[..., 3] > 200).sum() > 100 for sheet in sheets[:2])
    assert not np.array_equal(sheets[0], sheets[1])


def test_letters_grow_with_the_sheet() -> None:
    small, large = Pen((60, 40), 1.0), Pen((120, 80), 2.0)
    for pen in (small, large):
        pen.text(10, 20, "园", 24)
    inked = [(pen.pixels()[..., 3] > 128).sum() for pen in (small, large)]
    assert inked[1] == pytest.approx(4 * inked[0], rel=0.1)


def test_the_width_of_text_is_not_underestimated() -> None:
    for text in ("中关村石景山园", "Zhongguancun Shijingshan Park", "Bank and Insurance"):
        pen = Pen((800, 60), 1.0)
        pen.text(5, 30, text, 20)
        columns = np.flatnonzero((pen.pixels()[..., 3] > 128).any(axis=0))
        assert 0.8 * text_width(text, 20) < columns[-1] - columns[0] < 1.05 * text_width(text, 20)


def test_only_buildings_completed_by_the_quarter_stand() -> None:
    park = small_park([1000, 1000, 1000], completed=["2010Q1", "2026Q2", None])
    standing = [
        len(set(compose(park, None, quarter=quarter).buildings.mesh.row.tolist()))
        for quarter in (Quarter(2009, 4), Quarter(2026, 1), Quarter(2026, 2))
    ]
    assert standing == [0, 1, 2]


def test_buildings_take_the_colour_of_their_own_value() -> None:
    park = small_park([1000, 1000, 1000])
    picture = compose(park, pd.Series({"b2": 1.0, "b0": 0.0}), quarter=QUARTER)
    mesh, colours = picture.buildings
    roofs = np.arange(len(mesh.row)) >= len(mesh.quads)
    seen = [hexes(colours[roofs & (mesh.row == row)])[0] for row in range(3)]
    assert seen == [SEQUENTIAL[0], NO_VALUE, SEQUENTIAL[-1]]


def test_colours_are_the_paler_the_more_runs_differ() -> None:
    park = small_park([1000] * 4)
    shown = pd.DataFrame(
        {"value": [0.8, 0.8, 0.8, np.nan], "doubt": [0.0, 0.4, 1.0, 1.0]}, index=["b0", "b1", "b2", "b3"]
    )
    picture = compose(park, shown, quarter=QUARTER)
    plain = compose(park, shown["value"], quarter=QUARTER)
    assert picture.doubted
    assert not plain.doubted
    mesh = picture.buildings.mesh
    roofs = mesh.normals[:, 2] > 0.5
    colours, certain = (
        [one.buildings.colours[roofs & (mesh.row == n)][0] for n in range(4)] for one in (picture, plain)
    )
    np.testing.assert_array_equal(colours[0], certain[0])
    away = [float(np.abs(colour - rgb("#ffffff")).sum()) for colour in colours]
    assert away[0] > away[1] > away[2] > 0.1, "one can still tell which colour it was"
    np.testing.assert_array_equal(colours[3], certain[3])  # without a value it is grey, however much is in doubt
    assert (overlay(picture) != overlay(plain)).any(), "the legend explains it"


def test_industries_have_the_colours_of_the_catalog_and_stages_go_from_pale_to_dark(shijingshan: Park) -> None:
    catalog = shijingshan.catalog
    industries, stages = categories_of(catalog, "industries"), categories_of(catalog, "stages")
    assert {one.id: one.colour for one in industries} == catalog.colours("industries")
    assert [one.id for one in stages] == [row["id"] for row in catalog.tables["stages"]]
    assert all(one.name_zh and one.name_en for one in (*industries, *stages))
    lightness = rgb(*(one.colour for one in stages)).sum(axis=1)
    assert (np.diff(lightness) < 0).all()


def test_heights_are_exaggerated_as_asked() -> None:
    picture = compose(small_park([1000]), None, quarter=QUARTER, look=Look(exaggeration=3))
    assert picture.buildings.mesh.points[:, 2].max() == 60


def test_a_value_of_no_building_is_refused() -> None:
    with pytest.raises(TwinError, match="b7"):
        compose(small_park([1000]), pd.Series({"b7": 0.5}), quarter=QUARTER)


def test_the_sheet_is_transparent_but_for_what_is_written() -> None:
    park = small_park([1000, 2000])
    picture = compose(park, pd.Series({"b0": 0.5}), quarter=QUARTER, title_zh="试验", replications=30)
    sheet = overlay(picture)
    assert sheet.shape == (1000, 1600, 4)
    inked = sheet[..., 3] > 0
    assert 0.02 < inked.mean() < 0.3
    other = overlay(compose(park, pd.Series({"b0": 0.5}), quarter=QUARTER, title_zh="试验", replications=1))
    changed = np.argwhere((sheet != other).any(axis=2))[:, 0]
    assert 80 < changed.min() < changed.max() < 110  # the line below the title says of how many runs


def test_a_picture_of_categories_or_of_nothing_has_a_legend_too() -> None:
    park = small_park([1000])
    look = Look(colouring=Colouring("行业", "Industry", categories=[Category("ai", "人工智能", "AI", "#c02030")]))
    for values, colour in ((pd.Series({"b0": "ai"}), "#c02030"), (None, "#e4ddd0")):
        sheet = overlay(compose(park, values, quarter=QUARTER, look=look))
        ink = np.round(255 * rgb(colour)[0]).astype(int)
        assert (np.abs(sheet[..., :3].astype(int) - ink).max(axis=2) <= 1).sum() > 150


def test_the_legend_of_the_shipped_park_explains_its_lines_and_the_credit_is_given(shijingshan: Park) -> None:
    picture = compose(shijingshan, pd.Series({shijingshan.buildings["building_id"][0]: 0.5}), quarter=QUARTER)
    sheet = overlay(picture)[..., :3].astype(int)
    for colour in shijingshan.rail["colour"].dropna():
        ink = np.round(255 * rgb(colour)[0]).astype(int)
        assert (np.abs(sheet - ink).max(axis=2) <= 2).sum() > 20, colour
    uncredited = dataclasses.replace(shijingshan, about=dataclasses.replace(shijingshan.about, credit=""))
    elsewhere = overlay(dataclasses.replace(picture, park=uncredited))
    changed = np.argwhere((overlay(picture) != elsewhere).any(axis=2))[:, 0]
    assert changed.min() > 970  # only the lowest line names whose data they are
