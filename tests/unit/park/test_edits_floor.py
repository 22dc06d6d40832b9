"""Edits of what stands on the land: what each kind does exactly, and what it is refused for."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from tests.adjustable import Said, adjustable_park, buildings_of, home_of, line, refusal, ring, with_tables
from tests.parks import stock_of
from tests.works import worked_on, works_on
from twin.park import Park
from twin.park.ledger import ledger_of

AT = "2027Q1"


@pytest.fixture(scope="module")
def park() -> Park:
    return adjustable_park()


def build(parcel: str = "p10", at: str = AT, **said: Any) -> Said:
    told = {"edit": "build", "at": at, "parcel": parcel, "building": "n", "building_type": "office", "floors": 4}
    return told | said


def demolish(*buildings: str, at: str = AT, **said: Any) -> Said:
    return {"edit": "demolish", "at": at, "buildings": buildings, **said}


def renovate(building: str = "b2", at: str = AT, **said: Any) -> Said:
    return {"edit": "renovate", "at": at, "building": building, **said}


def postpone(*buildings: str, quarters: int = 4, at: str = AT, **said: Any) -> Said:
    return {"edit": "postpone", "at": at, "buildings": buildings, "quarters": quarters, **said}


def states(park: Park, building: str, *dates: str) -> list[str]:
    """The state of a building at each date, empty where there is none."""
    return [str(buildings_of(park, at).get(building, {"state": ""})["state"]) for at in dates]


# Build


def test_a_building_is_what_the_catalog_says_of_its_type(park: Park) -> None:
    found = buildings_of(park.edit(build(id="x")))["n"]
    assert [found[name] for name in ("gfa_m2", "lettable_m2", "height_m", "rent_cny_m2_day", "quality")] == [
        30_000, 27_000, 16, 4.2, 0.62]  # fmt: skip
    assert [found[name] for name in ("started", "completed", "provenance", "edit")] == [AT, "2029Q3", "planned", "x"]


def test_what_is_said_of_a_building_goes_before_the_catalog(park: Park) -> None:
    said: Said = {
        "gfa_m2": 4_000,
        "lettable_m2": 0,
        "height_m": 13.5,
        "rent_cny_m2_day": 9.5,
        "quality": 0,
        "name_zh": "新楼",
    }
    found = buildings_of(park.edit(build(quarters=2, **said)))["n"]
    assert {name: found[name] for name in said} == said
    assert found["completed"] == "2027Q3"


def test_a_building_is_nowhere_then_built_then_open(park: Park) -> None:
    found = park.edit(build(quarters=2))
    assert states(found, "n", "2026Q4", AT, "2027Q2", "2027Q3", "2060Q1") == [
        "", "under_construction", "under_construction", "open", "open"]  # fmt: skip


@pytest.mark.parametrize(("parcel", "gfa"), [("p10", 30_000), ("p20", 23_600), ("p40", 23_600)])
def test_without_a_size_the_ratio_is_used_up(park: Park, parcel: str, gfa: float) -> None:
    found = buildings_of(park.edit(build(parcel, floors=10, building_type="research" if parcel == "p20" else "office")))
    assert found["n"]["gfa_m2"] == gfa


def test_a_footprint_that_is_not_drawn_keeps_its_distances(park: Park) -> None:
    found = park.edit(build("p40", floors=6, gfa_m2=6_000)).buildings.set_index("building_id").geometry
    land = park.parcels.set_index("parcel_id").geometry["p40"]
    assert found["n"].area == pytest.approx(1_000, rel=0.02)
    assert found["n"].distance(shapely.boundary(land)) >= 6 - 1e-6
    assert found["n"].distance(found["b4"]) >= 8 - 1e-6


def test_floor_space_follows_from_a_footprint(park: Park) -> None:
    found = buildings_of(park.edit(build(shape=ring(120, 20, 150, 60))))["n"]
    assert [found["gfa_m2"], found["geometry"].area] == [4_800, 1_200]


@pytest.mark.parametrize(("gfa", "fits"), [(30_000, True), (30_000.005, True), (30_000.02, False)])
def test_the_ratio_is_kept_to_the_last_square_metre(park: Park, gfa: float, fits: bool) -> None:
    if fits:
        assert buildings_of(park.edit(build(gfa_m2=gfa)))["n"]["gfa_m2"] == gfa
    else:
        assert "stand or are planned on p10: ratio 3.00 over 3" in refusal(park, build(gfa_m2=gfa))


@pytest.mark.parametrize(("height", "fits"), [(60, True), (60.1, False)])
def test_the_height_limit_is_kept(park: Park, height: float, fits: bool) -> None:
    if fits:
        assert buildings_of(park.edit(build(height_m=height)))["n"]["height_m"] == height
    else:
        assert "building n on p10 is 60.1 m high, over 60 m" in refusal(park, build(height_m=height))


def test_half_metres_stand_in_a_column_of_whole_ones(park: Park) -> None:
    whole = with_tables(park, buildings=park.buildings.assign(height_m=16, gfa_m2=6_400, lettable_m2=5_000))
    found = buildings_of(whole.edit(build(height_m=13.5, gfa_m2=4_000.5), renovate("b8", gfa_m2=7_000.5)))
    assert [found["n"]["height_m"], found["n"]["gfa_m2"], found["b8"]["gfa_m2"]] == [13.5, 4_000.5, 7_000.5]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (build("p99"), "unknown parcel 'p99'; known are p00"),
        (build(building="b2"), "there is a building b2 already; another id"),
        (build(building_type="offices"), "unknown building_type 'offices'; did you mean 'office'?"),
        (build(building_type="talent_housing"), "land use B2 of p10 takes no talent_housing; one of office, retail"),
        (build(shape=ring(150, 20, 205, 60)), "200.0 m² of the footprint lie outside parcel p10; a footprint within"),
        (build("p40", shape=ring(450, 20, 490, 60)), "the footprint shares 175.0 m² with building b4; a demolition"),
        (build(shape=ring(120, 20, 129, 30)), "a footprint of 90 m²; at least 100 m²"),
        (build(shape=line((120, 20), (150, 20))), "a footprint that is a LineString; a polygon"),
        (build(gfa_m2=1_000, lettable_m2=1_001), "1001 m² lettable of 1000 m²; no more than there is"),
        (build(floors=1, gfa_m2=8_000), "8000 m² of footprint on p10, where 7744 m² are free; 2 floors or more"),
        (build(gfa_m2=12_000.5, floors=4, shape=ring(110, 10, 190, 85), height_m=70), "building n on p10 is 70 m"),
        (build(at="2025Q4"), "2025Q4 lies before the park's start; from 2026Q1 on"),
    ],
)
def test_a_building_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: build-1 (build, {edit['at']}): {told}")


@pytest.mark.parametrize(
    ("before", "edit", "told"),
    [
        (
            build(id="x"),
            build("p12", at="2028Q1"),
            "there is a building n already; it conflicts with x (build, 2027Q1)",
        ),
        (build(id="x"), build(building="m"), "no floor space is left on p10 under its far_limit 3"),
        (
            {"edit": "rezone", "id": "r", "at": "2026Q3", "parcels": ["p10"], "land_use": "S1"},
            build(),
            "land use S1 of p10 takes no office; it conflicts with r (rezone, 2026Q3); a rezoning before",
        ),
        (
            build(id="x", shape=ring(120, 20, 150, 60)),
            build(building="m", shape=ring(140, 20, 170, 60)),
            "the footprint shares 400.0 m² with building n; it conflicts with x (build, 2027Q1)",
        ),
        (
            {"edit": "split", "id": "s", "at": "2026Q3", "parcel": "p10", "shares": [0.5, 0.5]},
            build(),
            "parcel p10 is no more; it conflicts with s (split, 2026Q3); another parcel",
        ),
    ],
)
def test_a_building_conflicts_with_what_was_done_before(park: Park, before: Said, edit: Said, told: str) -> None:
    assert f": {told}" in refusal(park, before, edit | {"id": "this"})


def test_a_parcel_without_a_ratio_needs_a_size(park: Park) -> None:
    free = with_tables(park, parcels=park.parcels.assign(far_limit=None))
    assert "parcel p10 has no far_limit to build up to; gfa_m2 or a shape" in refusal(free, build())
    assert buildings_of(free.edit(build(gfa_m2=90_000, floors=15)))["n"]["gfa_m2"] == 90_000


def test_a_parcel_is_rezoned_and_built_on_at_one_date(park: Park) -> None:
    rezoned = {"edit": "rezone", "at": AT, "parcels": ["p10"], "land_use": "F3"}
    assert "n" in buildings_of(park.edit(rezoned, build(building_type="talent_housing")))


def test_a_building_makes_way_for_another_at_one_date(park: Park) -> None:
    new = build("p20", building_type="research", shape=ring(220, 20, 260, 60))
    found = park.edit(demolish("b2"), new)
    assert [states(found, name, "2026Q4", AT) for name in ("b2", "n")] == [["open", ""], ["", "under_construction"]]
    assert "the footprint shares 1225.0 m² with building b2" in refusal(park, new, demolish("b2"))


# Demolish


def test_a_demolished_building_stands_until_its_date(park: Park) -> None:
    found = park.edit(demolish("b2", "b8", id="d"))
    for name in ("b2", "b8"):
        assert states(found, name, "2026Q1", "2026Q4", AT) == ["open", "open", ""]
    rows = found.buildings.set_index("building_id")
    assert rows.loc[["b2", "b8"], ["closed", "ended_by"]].to_numpy().tolist() == [[AT, "d"]] * 2
    land = ledger_of(found).balances(AT, by=("state",))
    assert land[(land["zone"] == "*") & (land["state"] == "idle")]["m2"].item() == 120_000


@pytest.mark.parametrize(("building", "at"), [("b4", AT), ("b0", "2026Q1")])
def test_a_building_that_is_not_begun_is_struck_from_the_plan(park: Park, building: str, at: str) -> None:
    found = park.edit(demolish(building, at=at))
    assert states(found, building, "2025Q4", at, "2040Q1") == ["planned", "", ""]
    books = ledger_of(found)
    books.check("2025Q4")
    books.check("2040Q1")
    assert set(books.journal.query("entry == 'demolish-1'")["quarter"]) == {at}


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (demolish("b3"), "unknown building 'b3'; known are b0, b2"),
        (demolish("b0"), "building b0 is not completed (2028Q1); a building that stands"),
        (demolish("b2", "b2"), "building b2 stands no more; another building"),
        (demolish("b0", at="2028Q1"), "building b0 opens at 2028Q1; a later date"),
        (demolish("b2", at="2020Q1"), "2020Q1 lies before the park's start; from 2026Q1 on"),
    ],
)
def test_a_demolition_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: demolish-1 (demolish, {edit['at']}): {told}")


@pytest.mark.parametrize(
    ("before", "edit", "told"),
    [
        (
            demolish("b2", id="d"),
            demolish("b2", at="2028Q1"),
            "b2 stands no more; it conflicts with d (demolish, 2027Q1)",
        ),
        (demolish("b2", id="d"), demolish("b2"), "b2 stands no more; it conflicts with d (demolish, 2027Q1)"),
        (demolish("b2", id="d"), renovate(at="2028Q1"), "b2 stands no more; it conflicts with d (demolish, 2027Q1)"),
        (
            renovate(id="w", quarters=4),
            demolish("b2", at="2027Q4"),
            "works on building b2 go on until 2028Q1; it conflicts with w (renovate, 2027Q1); a date after the works",
        ),
        (build(id="x", quarters=4), demolish("n", at="2027Q4"), "n is not completed (2028Q1); it conflicts with x"),
        (
            build(id="x", quarters=4),
            demolish("n", at="2028Q1"),
            "n opens at 2028Q1; it conflicts with x (build, 2027Q1)",
        ),
        (build(id="x", quarters=4), renovate("n", at="2027Q4"), "n is not completed (2028Q1); it conflicts with x"),
    ],
)
def test_an_edit_of_a_building_conflicts(park: Park, before: Said, edit: Said, told: str) -> None:
    assert told in refusal(park, before, edit | {"id": "this"})


def test_a_building_comes_down_when_its_works_end(park: Park) -> None:
    found = park.edit(renovate(quarters=4), demolish("b2", at="2028Q1"))
    assert states(found, "b2", "2026Q4", AT, "2027Q4", "2028Q1") == ["open", "off_line", "off_line", ""]


@pytest.mark.parametrize("edit", [demolish("b2"), renovate("b2")])
def test_a_building_that_closes_by_itself_is_left_alone(park: Park, edit: Said) -> None:
    closing = worked_on(park, closed={"b2": "2030Q1"})
    assert "building b2 is to be demolished at 2030Q1; a building that stays" in refusal(closing, edit)


@pytest.mark.parametrize("kind", ["demolish", "renovate"])
def test_residents_of_the_start_do_not_lose_their_building_at_once(park: Park, kind: str) -> None:
    let = with_tables(park, firms=stock_of(2, building="b2", floor_m2=100))
    edit = {"demolish": demolish("b2", at="2026Q1"), "renovate": renovate(at="2026Q1")}[kind]
    assert "firms sit in building b2 at the park's start; a later date" in refusal(let, edit)
    assert states(let.edit(edit | {"at": "2026Q2"}), "b2", "2026Q1") == ["open"]


# Renovate


def test_works_leave_a_building_as_they_say(park: Park) -> None:
    found = park.edit(renovate(quarters=3, gfa_m2=8_000, lettable_m2=7_000, building_type="research", quality=0.9))
    assert states(found, "b2", "2026Q4", AT, "2027Q3", "2027Q4") == ["open", "off_line", "off_line", "open"]
    before, after = buildings_of(found, "2027Q3")["b2"], buildings_of(found, "2027Q4")["b2"]
    values = ("gfa_m2", "lettable_m2", "building_type", "quality", "rent_cny_m2_day", "floors")
    assert [before[name] for name in values] == [6_400, 5_000, "incubator", 0.5, 4, 4]
    assert [after[name] for name in values] == [8_000, 7_000, "research", 0.9, 4, 4]


@pytest.mark.parametrize(
    ("left", "told"),
    [
        ({"building_type": "research"}, "works in 3 phases make it another type, research; phases: 1"),
        ({"lettable_m2": 4_999}, "works in 3 phases leave less floor to let, 4999 m²; phases: 1"),
        ({"phases": 0}, "phases"),
    ],
)
def test_works_in_phases(park: Park, left: Said, told: str) -> None:
    """A part of the building after another; tenants stay, so that nothing is taken from them."""
    found = park.edit(renovate(phases=3, quality=0.9, building_type="incubator", lettable_m2=5_000))
    assert found.works["phases"].tolist() == [3]
    assert park.edit(renovate()).works["phases"].tolist() == [1]
    phased: dict[str, Any] = {"phases": 3, **left}
    assert told in refusal(park, renovate(**phased))


def test_works_take_as_long_as_the_catalog_says(park: Park) -> None:
    found = park.edit(renovate(id="w"))
    assert found.works[["works_id", "building_id", "starts", "ends"]].to_numpy().tolist() == [
        ["w", "b2", AT, "2028Q2"]]  # fmt: skip
    kept = ["building_type", "floors", "height_m", "gfa_m2", "lettable_m2", "rent_cny_m2_day", "quality", "state"]
    assert [[buildings_of(one)["b2"][name] for name in kept] for one in (found, park)] == [
        ["incubator", 4, 16, 6_400, 5_000, 4, 0.5, "open"]] * 2  # fmt: skip


def test_of_works_that_follow_each_other_the_last_word_counts(park: Park) -> None:
    found = park.edit(
        renovate(at="2027Q3", quarters=2, quality=0.9),
        renovate(quarters=2, gfa_m2=7_000, quality=0.7),
    )
    assert states(found, "b2", "2027Q2", "2027Q3", "2028Q1") == ["off_line", "off_line", "open"]
    assert [buildings_of(found, at)["b2"]["quality"] for at in ("2027Q2", "2027Q3", "2028Q1")] == [0.5, 0.7, 0.9]
    assert buildings_of(found, "2028Q1")["b2"]["gfa_m2"] == 7_000


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (renovate("b1"), "unknown building 'b1'; did you mean"),
        (renovate("b4"), "building b4 is not completed (no date yet); a building that stands"),
        (renovate(building_type="retail"), "land use M4 of p20 takes no retail; one of research, pilot_hall"),
        (renovate(building_type="shed"), "unknown building_type 'shed'; known are office"),
        (renovate(gfa_m2=30_001), "30001 m² stand or are planned on p20: ratio 3.00 over 3; far_limit 3.01 or more"),
        (renovate(height_m=61), "building b2 on p20 is 61 m high, over 60 m; height_limit_m 61 or more"),
        (renovate(lettable_m2=6_401), "6401 m² lettable of 6400 m²; no more than there is"),
        (renovate(gfa_m2=4_000), "5000 m² lettable of 4000 m²; no more than there is"),
    ],
)
def test_works_are_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: renovate-1 (renovate, {AT}): {told}")


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (AT, "both decide the works of building b2 at 2027Q1; it conflicts with w (renovate, 2027Q1); one of them"),
        (
            "2027Q4",
            "building b2 is under works w from 2027Q1 to 2028Q1; it conflicts with w (renovate, 2027Q1); a date",
        ),
    ],
)
def test_works_at_the_same_time_conflict(park: Park, at: str, told: str) -> None:
    assert told in refusal(park, renovate(id="w", quarters=4), renovate(at=at))


@pytest.mark.parametrize(("at", "fits"), [("2027Q3", True), ("2027Q4", False), ("2028Q3", False), ("2028Q4", True)])
def test_works_keep_clear_of_those_the_park_knows(park: Park, at: str, fits: bool) -> None:
    known = worked_on(park, works_on("b2", "2028Q1", "2028Q4", quality=0.8))
    if fits:
        assert len(known.edit(renovate(at=at, quarters=2)).works) == 2
    else:
        told = "building b2 is under works w0 from 2028Q1 to 2028Q4; a date after or before them"
        assert told in refusal(known, renovate(at=at, quarters=2))


def test_works_are_judged_by_the_part_on_which_the_building_stands(park: Park) -> None:
    cut = {"edit": "split", "at": "2026Q3", "parcel": "p20", "shape": line((270, -5), (270, 105))}
    told = refusal(park, cut, renovate(gfa_m2=21_001))
    assert "21001 m² stand or are planned on p20/1: ratio 3.00 over 3" in told
    found = park.edit(cut, renovate(gfa_m2=21_000))
    assert home_of(found, "b2") == "p20/1"
    ledger_of(found).check("2030Q1")


def test_a_new_building_fits_beside_what_works_will_leave(park: Park) -> None:
    grown = renovate("b2", gfa_m2=20_000)
    assert buildings_of(park.edit(grown, build("p20", building_type="research", floors=5)))["n"]["gfa_m2"] == 10_000
    assert "over 3" in refusal(park, grown, build("p20", building_type="research", floors=9, gfa_m2=10_001))


def test_more_floor_than_fits_its_storeys_is_refused(park: Park) -> None:
    told = refusal(park, build(shape=ring(105, 5, 125, 20), floors=1, gfa_m2=20_000, parcel="p10"))
    assert "20000 m² on 1 floors of 300 m²; from 60 to 300 m², or other floors" in told
    assert "1 m² on 4 floors of 300 m²" in refusal(park, build(shape=ring(105, 5, 125, 20), gfa_m2=1))
    assert "4 floors in 1 m of height; from 8 to 80 m" in refusal(park, build(height_m=1))


def test_works_that_take_floor_away_go_over_no_limit(park: Park) -> None:
    tight = with_tables(park, parcels=park.parcels.assign(far_limit=0.3))
    assert "over 0.3" in refusal(tight, renovate(gfa_m2=6_500))
    assert tight.edit(renovate(gfa_m2=6_000, lettable_m2=5_000)).works["gfa_m2"].tolist() == [6_000]


# Postpone


def test_a_building_opens_later(park: Park) -> None:
    found = park.edit(postpone("b0", id="late"))
    assert states(found, "b0", "2026Q1", "2026Q2", "2028Q4", "2029Q1") == [
        "planned", "under_construction", "under_construction", "open"]  # fmt: skip
    assert states(found, "b6", "2027Q4", "2028Q1") == ["under_construction", "open"]
    lines = ledger_of(found).journal.query("zone == '*' and book == 'floor' and entry == 'late'")
    assert lines.groupby(["quarter", "state"])["m2"].sum().to_dict() == {
        ("2029Q1", "open"): 6_400, ("2029Q1", "under_construction"): -6_400}  # fmt: skip
    for at in ("2026Q1", "2028Q1", "2029Q1"):
        ledger_of(found).check(at)


def test_a_building_that_is_not_begun_is_begun_later(park: Park) -> None:
    found = park.edit(postpone("b0", at="2026Q1", id="late"))
    assert states(found, "b0", "2027Q1", "2027Q2", "2029Q1") == ["planned", "under_construction", "open"]
    books = ledger_of(found)
    books.check("2027Q2")
    assert set(books.journal.query("entry == 'late'")["quarter"]) == {"2027Q2", "2029Q1"}


def test_a_building_of_which_nobody_knows_when_it_is_begun_opens_later(park: Park) -> None:
    unknown = with_tables(park, buildings=park.buildings.assign(started=None))
    found = unknown.edit(postpone("b0"))
    assert states(found, "b0", "2028Q4", "2029Q1") == ["planned", "open"]
    ledger_of(found).check("2029Q1")


def test_openings_are_moved_again_and_back(park: Park) -> None:
    found = park.edit(postpone("b0", quarters=8), postpone("b0", quarters=-6, at="2028Q2"))
    assert found.buildings.set_index("building_id")["completed"]["b0"] == "2028Q3"
    assert found.undo().buildings.set_index("building_id")["completed"]["b0"] == "2030Q1"
    assert states(found, "b0", "2028Q2", "2028Q3") == ["under_construction", "open"]


def test_a_diff_tells_of_openings_that_are_moved(park: Park) -> None:
    found = park.edit(postpone("b0", id="late"), postpone("b0", quarters=2, at="2027Q3"))
    assert park.diff(found).table.to_numpy().tolist() == [
        ["buildings", "b0", "changed", "completed", "2028Q1", "2029Q3"]]  # fmt: skip
    assert park.diff(found, "2027Q2").table.query("id == 'b0'")["after"].tolist() == ["2029Q1"]
    assert park.diff(found, "2026Q4").table.empty
    shown = found.diff(park, "2028Q3").table.query("id == 'b0'")[["field", "before", "after"]].to_numpy().tolist()
    assert shown == [["state", "under_construction", "open"], ["completed", "2029Q3", "2028Q1"]]


def test_a_diff_does_not_tell_beforehand_that_a_late_building_will_be_struck(park: Park) -> None:
    unknown = with_tables(park, buildings=park.buildings.assign(started=None))
    found = unknown.edit(postpone("b0"), demolish("b0", at="2027Q3"))
    assert unknown.diff(found, "2027Q2").table[["field", "before", "after"]].to_numpy().tolist() == [
        ["completed", "2028Q1", "2029Q1"]]  # fmt: skip
    assert unknown.diff(found).table["change"].tolist() == ["removed"]


def test_a_new_building_is_late_too(park: Park) -> None:
    new = build(quarters=4, id="n")
    found = park.edit(new, postpone("n", at="2027Q3", id="late"))
    assert states(found, "n", AT, "2028Q4", "2029Q1") == ["under_construction", "under_construction", "open"]
    books = ledger_of(found)
    books.check("2029Q1")
    assert set(books.journal.query("entry == 'late'")["quarter"]) == {"2029Q1"}
    assert park.edit(new).diff(found).table[["id", "field", "before", "after"]].to_numpy().tolist() == [
        ["n", "completed", "2028Q1", "2029Q1"]]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (postpone("b1"), "unknown building 'b1'; did you mean"),
        (postpone("b2"), "building b2 is open from 2010Q1 on; a date before"),
        (postpone("b0", at="2028Q1"), "building b0 is open from 2028Q1 on; a date before"),
        (postpone("b4"), "building b4 has no date at which it opens; a building with a date"),
        (postpone("b0", quarters=-4), "building b0 would open at 2027Q1; no earlier than 2027Q2"),
        (postpone("b0", quarters=-2, at="2026Q1"), "building b0 would be begun at 2025Q4; no earlier than 2026Q1"),
        (postpone("b0", at="2025Q4"), "2025Q4 lies before the park's start; from 2026Q1 on"),
    ],
)
def test_a_postponement_is_refused(park: Park, edit: Said, told: str) -> None:
    assert refusal(park, edit).startswith(f"edit 1: postpone-1 (postpone, {edit['at']}): {told}")


def test_what_is_begun_may_be_done_sooner(park: Park) -> None:
    found = park.edit(postpone("b0", quarters=-6, at="2026Q2"))
    assert states(found, "b0", "2026Q2", "2026Q3") == ["under_construction", "open"]


@pytest.mark.parametrize(
    ("before", "edit", "told"),
    [
        (
            postpone("b0", id="x"),
            postpone("b0"),
            "both decide the opening of building b0 at 2027Q1; it conflicts with x",
        ),
        (demolish("b4", id="x"), postpone("b4"), "building b4 stands no more; it conflicts with x (demolish, 2027Q1)"),
        (
            build(id="x", quarters=1),
            postpone("n", at="2027Q2"),
            "building n is open from 2027Q2 on; it conflicts with x",
        ),
        (postpone("b0", id="x"), renovate("b0", at="2028Q2"), "b0 is not completed (2029Q1); it conflicts with x"),
        (postpone("b0", id="x"), demolish("b0", at="2028Q2"), "b0 is not completed (2029Q1); it conflicts with x"),
    ],
)
def test_a_postponement_conflicts(park: Park, before: Said, edit: Said, told: str) -> None:
    assert told in refusal(park, before, edit | {"id": "this"})


def test_works_do_not_begin_before_a_building_opens(park: Park) -> None:
    known = worked_on(park, works_on("b0", "2028Q4", "2029Q2", quality=0.8))
    told = "works on building b0 begin at 2028Q4, before it would open at 2029Q1; an opening by 2028Q4, or later works"
    assert told in refusal(known, postpone("b0"))
    assert states(known.edit(postpone("b0", quarters=3)), "b0", "2028Q3", "2028Q4", "2029Q2") == [
        "under_construction", "off_line", "open"]  # fmt: skip
