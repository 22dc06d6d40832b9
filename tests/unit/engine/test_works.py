"""Buildings that close: notice, displaced firms, floor off line, reopening, demolition; each story with its log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.parks import small_park, stock_of
from tests.unit.engine.states import as_rules_see, outbox, state_of
from tests.unit.engine.stories import STILL, told
from tests.works import worked_on, works_on
from twin.engine.arrays import WHOLE
from twin.engine.kinds import Reason
from twin.engine.rules.space import free_m2, give_back, take, why_no_room
from twin.engine.rules.works import announce, demolish, rebuild, reopen
from twin.errors import ParkError
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.state import build_state
from twin.units import Quarter

pytestmark = pytest.mark.uncompiled

#: Entrants at 0.25, 0.5 and 0.75.
COMERS: dict[str, Any] = {"grid_years": 0.25, "seed": 3, "entry_per_year__ai": 4.0}


def tenant(*, anchor: bool = False) -> Any:
    """An established firm on 50 m² in b0."""
    return stock_of(1, building="b0", floor_m2=50).assign(anchor=anchor)


@pytest.mark.parametrize("anchor", [False, True])
def test_a_displaced_firm_moves_to_the_only_other_building_that_fits(anchor: bool) -> None:
    park = small_park([100, 100, 60], types=["office", "pilot_hall", "research"], firms=tenant(anchor=anchor))
    assert told(worked_on(park, works_on("b0", "2026Q3", "2026Q4")), grid_years=0.25) == [
        (0.0, "notice", -1, "b0", 50),
        (0.0, "displace", 1, "b0", 50),
        (0.0, "move", 1, "b2", 50),
        (0.5, "shut", -1, "b0", 100),
        (0.75, "reopen", -1, "b0", 100),
    ]


@pytest.mark.parametrize("anchor", [False, True])
def test_one_that_finds_none_is_lost(anchor: bool) -> None:
    park = small_park([100, 100, 40], types=["office", "pilot_hall", "research"], firms=tenant(anchor=anchor))
    orphans = [(0.5, "orphan", 1, "b0", 1)] if anchor else []
    assert told(worked_on(park, closed={"b0": "2026Q3"}), grid_years=0.25) == [
        (0.0, "notice", -1, "b0", 50),
        (0.5, "displace", 1, "b0", 50),
        (0.5, "lose", 1, "b0", 50),
        *orphans,
        (0.5, "demolish", -1, "b0", 100),
    ]


def test_who_has_to_go_finds_what_opens_that_day() -> None:
    park = small_park([50, 60], completed=["2010Q1", "2026Q3"], firms=tenant())
    assert told(worked_on(park, works_on("b0", "2026Q3", "2027Q1")), grid_years=0.25) == [
        (0.0, "notice", -1, "b0", 50),
        (0.5, "open", -1, "b1", 60),
        (0.5, "displace", 1, "b0", 50),
        (0.5, "move", 1, "b1", 50),
        (0.5, "shut", -1, "b0", 50),
    ]


def test_tenants_look_one_after_another() -> None:
    """The first takes the room there is; the second is lost at the closing."""
    park = small_park([100, 60], firms=stock_of(2, building="b0", floor_m2=50))
    assert told(worked_on(park, closed={"b0": "2026Q3"}), grid_years=0.25) == [
        (0.0, "notice", -1, "b0", 100),
        (0.0, "displace", 1, "b0", 50),
        (0.0, "move", 1, "b1", 50),
        (0.5, "displace", 2, "b0", 50),
        (0.5, "lose", 2, "b0", 50),
        (0.5, "demolish", -1, "b0", 100),
    ]


def test_the_slot_of_a_lost_firm_goes_to_the_next() -> None:
    firms = stock_of(1, stage="lab", building="b0", floor_m2=50)
    park = small_park([50], firms=firms, slots={"proof_of_concept": 1})
    service: dict[str, Any] = {"service_share__proof_of_concept": 1.0, "service_years": 10.0, "resident_share": 0.0}
    assert told(worked_on(park, closed={"b0": "2026Q3"}), end="2026Q3", **COMERS, **service) == [
        (0.0, "start", 1, "proof_of_concept", 0),
        (0.0, "notice", -1, "b0", 50),
        (0.25, "enter", 0, "", 1),
        (0.25, "join", 0, "proof_of_concept", 0),
        (0.5, "displace", 1, "b0", 50),
        (0.5, "lose", 1, "b0", 50),
        (0.5, "start", 0, "proof_of_concept", 0.25),
        (0.5, "demolish", -1, "b0", 50),
        (0.5, "enter", 1, "", 1),
        (0.5, "join", 1, "proof_of_concept", 0),
    ]


def test_who_waits_gets_no_room_in_a_closing_building_and_gets_it_when_it_reopens() -> None:
    """b0 has 50 m² vacant, and 100 once its tenant is in b1, which is not for newcomers."""
    park = small_park([100, 50], types=["office", "heritage"], firms=tenant())
    assert told(worked_on(park, works_on("b0", "2026Q3", "2026Q4")), **COMERS) == [
        (0.0, "notice", -1, "b0", 50),
        (0.0, "displace", 1, "b0", 50),
        (0.0, "move", 1, "b1", 50),
        (0.25, "enter", 0, "", 1),
        (0.25, "wait", 0, "", 50),
        (0.5, "shut", -1, "b0", 100),
        (0.5, "enter", 1, "", 1),
        (0.5, "wait", 1, "", 50),
        (0.75, "reopen", -1, "b0", 100),
        (0.75, "settle", 0, "b0", 50),
        (0.75, "settle", 1, "b0", 50),
        (0.75, "enter", 2, "", 1),
        (0.75, "wait", 2, "", 50),
    ]


def test_another_type_suits_other_firms() -> None:
    """b0 becomes a pilot hall, where newcomers do not fit, and b1 an office, where they do."""
    park = small_park([100, 100], types=["office", "pilot_hall"])
    works = (
        works_on("b0", "2026Q2", "2026Q3", building_type="pilot_hall"),
        works_on("b1", "2026Q2", "2026Q3", building_type="office"),
    )
    assert told(worked_on(park, *works), **COMERS) == [
        (0.0, "notice", -1, "b0", 0),
        (0.0, "notice", -1, "b1", 0),
        (0.25, "shut", -1, "b0", 100),
        (0.25, "shut", -1, "b1", 100),
        (0.25, "enter", 0, "", 1),
        (0.25, "wait", 0, "", 50),
        (0.5, "reopen", -1, "b0", 100),
        (0.5, "reopen", -1, "b1", 100),
        (0.5, "settle", 0, "b1", 50),
        (0.5, "enter", 1, "", 1),
        (0.5, "settle", 1, "b1", 50),
        (0.75, "enter", 2, "", 1),
        (0.75, "wait", 2, "", 50),
    ]


def test_housing_becomes_an_office_and_an_office_housing() -> None:
    """What is not for firms has no floor for them."""
    park = small_park([100, 60], types=["office", "talent_housing"])
    works = (
        works_on("b0", "2026Q2", "2026Q3", building_type="talent_housing"),
        works_on("b1", "2026Q2", "2026Q3", building_type="office", lettable_m2=70),
    )
    assert told(worked_on(park, *works), grid_years=0.25) == [
        (0.0, "notice", -1, "b0", 0),
        (0.0, "notice", -1, "b1", 0),
        (0.25, "shut", -1, "b0", 100),
        (0.25, "shut", -1, "b1", 0),
        (0.5, "reopen", -1, "b0", 0),
        (0.5, "reopen", -1, "b1", 70),
    ]


def test_works_that_outlast_the_run_leave_the_floor_off_line() -> None:
    park = worked_on(small_park([100], firms=tenant()), works_on("b0", "2026Q4", "2028Q1"))
    record = simulate(park, Scenario.model_validate({"name": "x", "end": "2026Q4", "parameters": STILL}))
    floor = record.buildings[["stock_m2", "let_m2", "offline_m2", "tenants"]]
    assert floor.to_numpy().tolist() == [[100, 50, 0, 1], [100, 50, 50, 1], [100, 50, 50, 1], [100, 0, 100, 0]]
    counted = record.groups.groupby("quarter", observed=True)[["displaced", "displaced_lost", "moved"]].sum()
    assert counted.to_numpy().tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 1, 0]]


@pytest.mark.parametrize(("notice_years", "given"), [(0.0, 0.5), (0.25, 0.25), (0.5, 0.0), (2.0, 0.0)])
def test_notice_is_given_in_time_but_not_before_the_start(notice_years: float, given: float) -> None:
    park = worked_on(small_park([50]), works_on("b0", "2026Q3", "2026Q4"))
    assert told(park, grid_years=0.25, notice_years=notice_years) == [
        (given, "notice", -1, "b0", 0),
        (0.5, "shut", -1, "b0", 50),
        (0.75, "reopen", -1, "b0", 50),
    ]


def test_works_under_way_at_the_start_end_on_their_date() -> None:
    park = worked_on(small_park([100]), works_on("b0", "2025Q2", "2026Q3", lettable_m2=60))
    assert told(park, end="2026Q3", **COMERS) == [
        (0.25, "enter", 0, "", 1),
        (0.25, "wait", 0, "", 50),
        (0.5, "reopen", -1, "b0", 60),
        (0.5, "settle", 0, "b0", 50),
        (0.5, "enter", 1, "", 1),
        (0.5, "wait", 1, "", 50),
    ]


def test_floor_that_opens_under_notice_is_let_when_the_works_are_done() -> None:
    park = worked_on(small_park([40]), works_on("b0", "2026Q3", "2026Q4"))
    action = {"at": "2026Q1", "lever": "new_space", "value": 60, "where": {"building": "b0"}}
    assert told(park, actions=[action], construction_years=0.25, **COMERS) == [
        (0.0, "notice", -1, "b0", 0),
        (0.25, "open", -1, "b0", 60),
        (0.25, "enter", 0, "", 1),
        (0.25, "wait", 0, "", 50),
        (0.5, "shut", -1, "b0", 100),
        (0.5, "enter", 1, "", 1),
        (0.5, "wait", 1, "", 50),
        (0.75, "reopen", -1, "b0", 100),
        (0.75, "settle", 0, "b0", 50),
        (0.75, "settle", 1, "b0", 50),
        (0.75, "enter", 2, "", 1),
        (0.75, "wait", 2, "", 50),
    ]


def test_floor_that_opens_where_a_building_stood_is_let() -> None:
    park = worked_on(small_park([100]), closed={"b0": "2026Q2"})
    action = {"at": "2026Q1", "lever": "new_space", "value": 60, "where": {"building": "b0"}}
    assert told(park, actions=[action], construction_years=0.5, end="2026Q3", **COMERS) == [
        (0.0, "notice", -1, "b0", 0),
        (0.25, "demolish", -1, "b0", 100),
        (0.25, "enter", 0, "", 1),
        (0.25, "wait", 0, "", 50),
        (0.5, "open", -1, "b0", 60),
        (0.5, "settle", 0, "b0", 50),
        (0.5, "enter", 1, "", 1),
        (0.5, "wait", 1, "", 50),
    ]


def test_the_end_announced_during_works_keeps_the_floor_off_line() -> None:
    """Works end a quarter before the building is taken down, within its notice: nobody moves in between."""
    park = worked_on(small_park([100]), works_on("b0", "2026Q2", "2026Q3"), closed={"b0": "2026Q4"})
    assert told(park, **COMERS) == [
        (0.0, "notice", -1, "b0", 0),
        (0.25, "notice", -1, "b0", 0),
        (0.25, "shut", -1, "b0", 100),
        (0.25, "enter", 0, "", 1),
        (0.25, "wait", 0, "", 50),
        (0.5, "reopen", -1, "b0", 100),
        (0.5, "enter", 1, "", 1),
        (0.5, "wait", 1, "", 50),
        (0.75, "demolish", -1, "b0", 100),
        (0.75, "enter", 2, "", 1),
        (0.75, "wait", 2, "", 50),
    ]


def test_the_vacant_floor_takes_the_tenant_of_each_part_in_turn() -> None:
    park = small_park([100, 60], firms=tenant())
    assert told(worked_on(park, works_on("b0", "2026Q2", "2026Q4", phases=2)), grid_years=0.25) == [
        (0.0, "notice", -1, "b0", 0),
        (0.25, "shut", -1, "b0", 50),
        (0.5, "shut", -1, "b0", 50),
        (0.75, "reopen", -1, "b0", 100),
    ]


def test_no_more_tenants_go_than_a_part_takes() -> None:
    """Of two tenants in a full building one goes, and what it leaves takes the other when its part is worked on."""
    park = small_park([101, 60], firms=stock_of(2, building="b0", floor_m2=50))
    assert told(worked_on(park, works_on("b0", "2026Q2", "2026Q4", phases=2)), grid_years=0.25) == [
        (0.0, "notice", -1, "b0", 50),
        (0.0, "displace", 1, "b0", 50),
        (0.0, "move", 1, "b1", 50),
        (0.25, "shut", -1, "b0", 51),
        (0.5, "shut", -1, "b0", 50),
        (0.75, "reopen", -1, "b0", 101),
    ]


def test_what_is_left_over_when_a_tenant_has_gone_is_let() -> None:
    """A part takes 50 of the 90 m² of the only tenant, and a newcomer the other 50; the next gets what reopens."""
    park = small_park([100], firms=stock_of(1, building="b0", floor_m2=90))
    assert told(worked_on(park, works_on("b0", "2026Q2", "2026Q4", phases=2)), **COMERS) == [
        (0.0, "notice", -1, "b0", 40),
        (0.25, "displace", 1, "b0", 90),
        (0.25, "lose", 1, "b0", 90),
        (0.25, "shut", -1, "b0", 50),
        (0.25, "enter", 0, "", 1),
        (0.25, "settle", 0, "b0", 50),
        (0.5, "shut", -1, "b0", 50),
        (0.5, "enter", 1, "", 1),
        (0.5, "wait", 1, "", 50),
        (0.75, "reopen", -1, "b0", 100),
        (0.75, "settle", 1, "b0", 50),
        (0.75, "enter", 2, "", 1),
        (0.75, "wait", 2, "", 50),
    ]


@pytest.mark.parametrize("left", [{"building_type": "research"}, {"lettable_m2": 99}])
def test_works_in_phases_leave_tenants_their_floor(left: dict[str, Any]) -> None:
    """They are refused where they change the type or take floor away; works before them may have done so."""
    park = small_park([100])
    worked_on(park, works_on("b0", "2026Q2", "2026Q4", **left))
    before = works_on("b0", "2026Q2", "2026Q3", **left)
    worked_on(park, before, works_on("b0", "2026Q3", "2026Q4", phases=2, **left))
    with pytest.raises(ParkError, match="row w0: 2 phases, while tenants stay, leave b0 another type or less floor"):
        worked_on(park, works_on("b0", "2026Q2", "2026Q4", phases=2, **left))


def test_floor_under_notice_is_let_off_line_or_nothing() -> None:
    state = state_of([300.0, 200.0], firms=1)
    seen, box = as_rules_see(state), outbox()
    take(seen, 0, 0, 120)
    announce(seen, 0.0, 0, WHOLE, box)
    assert (state.buildings.offline_m2[0], free_m2(seen, 0)) == (180, 0)
    give_back(seen, 0, 20)
    assert (state.buildings.let_m2[0], state.buildings.offline_m2[0], free_m2(seen, 0)) == (100, 200, 0)
    give_back(seen, 0, 100)
    announce(seen, 0.0, 0, WHOLE, box)
    reopen(seen, 1.0, 0, WHOLE, 400, box)
    assert (state.buildings.offline_m2[0], free_m2(seen, 0)) == (400, 0)
    demolish(seen, 1.0, 0, box)
    assert (state.buildings.stock_m2[0], state.buildings.offline_m2[0], state.buildings.closing_m2[0]) == (0, 0, 0)


def test_a_reopened_building_is_weighed_as_it_is_now() -> None:
    """The choice is that of a park where the building was of that type, rent and quality from the beginning."""
    state = state_of([300.0, 200.0], types=["office", "research"])
    other = state_of([300.0, 200.0], types=["pilot_hall", "research"], rents=[2.5, 4.0])
    other.buildings.quality[0] = 0.9
    for one in (state, other):
        announce(as_rules_see(one), 0.0, 0, WHOLE, outbox())
    types = [row["id"] for row in small_park([1.0]).catalog.tables["building_types"]]
    rebuild(as_rules_see(state), 0.5, 0, types.index("pilot_hall"), 4.0, 2.5, 0.9, outbox())
    rebuild(as_rules_see(other), 0.5, 0, types.index("pilot_hall"), 4.0, 2.5, 0.9, outbox())
    for name in ("fits", "weight", "tree", "total"):
        assert getattr(state.choice, name).tolist() == getattr(other.choice, name).tolist(), name


@pytest.mark.parametrize(
    ("kind", "storey_m", "load", "suited"),
    [
        ("office", 4.0, None, False),  # too low, and floors too weak
        ("research", 4.0, None, False),  # too low
        ("research", 4.5, None, True),
        ("office", 4.5, 3.0, True),  # floors stronger than an office's
        ("pilot_hall", 8.0, None, False),  # no type for a laboratory
    ],
)
def test_a_laboratory_of_health_needs_high_storeys_and_strong_floors(
    kind: str, storey_m: float, load: float | None, suited: bool
) -> None:
    """As built, and as works leave it, which strengthen what is too weak for its type and no more."""
    park = small_park([100.0], types=[kind])
    built = replace(park, buildings=park.buildings.assign(height_m=5 * storey_m, floor_load_kn_m2=load))
    state = build_state(built, built.catalog, start=Quarter(2026, 1), years=1.0, seed=1)
    segment = 4 * built.catalog.industries.index("health")
    assert state.choice.fits[segment, 0] == suited
    office = state_of([100.0])
    if load is not None:
        office.buildings.floor_load_kn_m2[0] = load
    rebuild(as_rules_see(office), 0.0, 0, built.catalog.building_types.index(kind), storey_m, 4.0, 0.5, outbox())
    assert office.choice.fits[:, 0].tolist() == state.choice.fits[:, 0].tolist()


def test_a_closing_building_is_no_reason() -> None:
    state = state_of([1000.0, 500.0], firms=1, types=["office", "office"])
    seen = as_rules_see(state)
    announce(seen, 0.0, 0, WHOLE, outbox())
    assert why_no_room(seen, 0, 501) == Reason.TOO_LARGE
    announce(seen, 0.0, 1, WHOLE, outbox())
    assert why_no_room(seen, 0, 501) == Reason.NO_FIT
