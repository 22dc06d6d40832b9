"""Processes that a scenario names: what they do, how they are told what, where they come from, what is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Annotated, Any, cast

import pytest
from pydantic import Field

from tests.oracle.cases import mixed_park, mixed_scenario
from twin import process
from twin.engine.environment import Event, ParkEnvironment
from twin.engine.kinds import Kind
from twin.errors import ManifestError, ScenarioError, TwinError
from twin.named import PROCESSES, Building, ChainNode, Date, Industry, Service, Stage, Tier, loading
from twin.named.registry import forget
from twin.named.shipped import keep_tenants, slot_review
from twin.record import Record
from twin.scenario import Scenario, check_scenario, load_scenario, resolved_yaml, scenario_schema
from twin.simulation import Process, replay, simulate

Story = Generator[Event, Any, None]

#: What the processes below were told.
HEARD: list[tuple[Any, ...]] = []

REVIEW = {"process": "slot_review", "service": "pilot_line", "queue": 0, "slots": 2, "first": "2026Q2"}
KEEP = {"process": "keep_tenants", "vacant": 0.0, "cut": 0.1, "most": 0.5}


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Whatever a test registers is forgotten after it."""
    before = {known.function.__module__ for known in PROCESSES.values()}
    HEARD.clear()
    yield
    for module in {known.function.__module__ for known in PROCESSES.values()} - before:
        forget(module)


def scenario(*processes: dict[str, Any], **changes: Any) -> Scenario:
    """Three years of a mixed park in which firms queue for the pilot line and move out."""
    return mixed_scenario(5, entry_per_year=8, move_out_per_year=0.3).with_changes(processes=processes, **changes)


def ran(*processes: dict[str, Any], own: Process | None = None) -> Record:
    return simulate(mixed_park(), scenario(*processes), processes=[own] if own else [])


def slots_of(record: Record) -> list[int]:
    services = record.services
    found: list[int] = services.loc[services["service"] == "pilot_line", "slots"].tolist()
    return found


# The two that come along


def test_slots_are_added_every_year_where_firms_queue() -> None:
    base, reviewed = slots_of(ran()), slots_of(ran(REVIEW))
    more = [after - before for before, after in zip(base, reviewed, strict=True)]
    assert more[0] == 0
    assert set(more) <= {0, 2, 4, 6}
    assert more[-1] > 0
    assert all(one == other for one, other in zip(more[1::4], more[4::4], strict=False))  # only once a year
    assert slots_of(ran(REVIEW | {"queue": 100})) == base


def test_a_review_leaves_what_was_before_it() -> None:
    base, late = ran(), ran(REVIEW | {"first": "2027Q3"})
    assert base.events is not None
    assert late.events is not None
    was, is_ = (run.events[run.events["time_years"] < 1.5].to_csv() for run in (base, late))  # type: ignore[index]  # checked above
    assert was == is_
    assert base.sha256() != late.sha256()


def test_rents_are_cut_where_firms_move_out_of_public_buildings() -> None:
    park, reliefs = mixed_park(), []

    def looks(env: ParkEnvironment) -> Story:
        """What of the list rent is left at last."""
        yield env.at(2.9, Kind.COUNT)
        reliefs.append(env.state.purse.relief.copy())

    ran(KEEP, own=looks)
    public = park.firm_buildings["operator"].isin(park.catalog.public_operators).to_numpy()
    assert (reliefs[0][~public] == 1.0).all()
    assert reliefs[0][public].min() < 0.9
    assert reliefs[0].min() >= 0.5
    base = ran()
    assert ran(KEEP | {"cut": 0.0}).sha256() == base.sha256()
    assert ran(KEEP | {"most": 0.0}).sha256() == base.sha256()
    assert ran(KEEP | {"vacant": 0.9}).sha256() != ran(KEEP).sha256()


def begun_at(years: float, story: Callable[[ParkEnvironment], Story]) -> Process:
    """A process that begins in the middle of a run."""

    def later(env: ParkEnvironment) -> Story:
        yield env.at(years, Kind.COUNT)
        yield from story(env)

    return later


def test_what_is_begun_in_the_middle_goes_on_as_it_would_have() -> None:
    """Both find out from the park where they are: begun at 1.25, a review of 1.5 on is the same as from the start."""
    pilot_line = mixed_park().catalog.services.index("pilot_line")

    def reviews(env: ParkEnvironment, first: float) -> Story:
        yield from slot_review(env, service=pilot_line, queue=0, slots=2, first=first)

    whole = ran(REVIEW | {"first": "2027Q3"}).sha256()
    assert ran(own=begun_at(1.25, lambda env: reviews(env, 1.5))).sha256() == whole
    # counted from another year that has passed meanwhile, it is the same review
    assert ran(own=begun_at(1.25, lambda env: reviews(env, 0.5))).sha256() == whole
    assert ran(own=begun_at(1.25, lambda env: reviews(env, 0.75))).sha256() != whole


def test_tenants_are_kept_from_whenever_it_begins() -> None:
    whole = ran(KEEP)
    assert whole.events is not None
    first = whole.events.loc[whole.events["kind"] == "move_out", "time_years"].min()
    story = begun_at(first / 2, lambda env: keep_tenants(env, vacant=0.0, cut=0.1, most=0.5))
    assert ran(own=story).sha256() == whole.sha256()


@pytest.mark.parametrize("processes", [(REVIEW,), (KEEP,), (REVIEW, KEEP)])
def test_both_calendars_tell_the_same(processes: tuple[dict[str, Any], ...]) -> None:
    compiled, reference = (
        simulate(mixed_park(), scenario(*processes), calendar=calendar) for calendar in ("compiled", "reference")
    )
    assert compiled.sha256() == reference.sha256()


# Part of the scenario


def test_processes_are_in_the_dump_the_file_and_the_manifest(tmp_path: Path) -> None:
    said = scenario(REVIEW, KEEP)
    assert said.model_dump()["processes"] == (REVIEW, KEEP)
    file = tmp_path / "s.yaml"
    file.write_text(resolved_yaml(said), encoding="utf-8")
    assert load_scenario(file).processes == said.processes
    manifest = json.loads(json.dumps(simulate(mixed_park(), said).manifest))
    assert manifest["scenario"]["processes"] == [REVIEW, KEEP]
    assert set(manifest["named_processes"]) == {"slot_review", "keep_tenants"}


def test_processes_add_up_where_a_scenario_extends_another(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "name: base\nprocesses:\n  - {process: keep_tenants, vacant: 0, cut: 0.1, most: 2}\n", encoding="utf-8"
    )
    file = tmp_path / "s.yaml"
    file.write_text(
        "name: s\nextends: base\nprocesses:\n  - {process: slot_reviw, service: pilot_line}\n", encoding="utf-8"
    )
    found = load_scenario(file)
    assert [one.process for one in found.processes] == ["keep_tenants", "slot_reviw"]
    with pytest.raises(ScenarioError) as refused:
        check_scenario(found, mixed_park())
    assert [fault.where for fault in refused.value.faults] == [f"{tmp_path / 'base.yaml'}:3:50", f"{file}:4:6"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A park folder."""
    from tests.parks import small_park, stock_of

    place = tmp_path / "p"
    place.mkdir()
    park = small_park([2_000], slots={"pilot_line": 1}, firms=stock_of(9, building="b0", floor_m2=50, staff=4))
    for name in ("zones", "parcels", "buildings", "firms", "services"):
        getattr(park, name).to_parquet(place / f"{name}.parquet")
    (place / "park.json").write_text(json.dumps({"name_zh": "试", "name_en": "Trial", "start": "2026Q1"}))
    return place


def test_a_run_with_named_processes_is_replayed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from twin.park import load_park

    monkeypatch.chdir(folder.parent)
    Path("mine.py").write_text(
        "import twin\n\n\n@twin.process\ndef mine(env):\n    yield env.at(0.5, twin.Kind.ACTION)\n"
    )
    loading.load_file(Path("mine.py"))
    said = Scenario(name="x", end="2026Q4", park="p").with_changes(processes=[REVIEW, {"process": "mine"}])
    run = simulate(load_park("p"), said)
    manifest = json.loads(json.dumps(run.manifest))
    assert replay(manifest).sha256() == run.sha256()
    Path("mine.py").write_text(Path("mine.py").read_text() + "# otherwise\n")
    with pytest.raises(ManifestError, match="named_processes was"):
        replay(manifest)


def test_the_schema_knows_the_arguments_of_the_processes() -> None:
    named = scenario_schema()["$defs"]["NamedProcess"]
    review = next(one["then"] for one in named["allOf"] if one["if"]["properties"]["process"]["const"] == "slot_review")
    assert review["required"] == ["service", "queue", "slots", "first"]
    assert review["properties"]["queue"] == {"type": "integer", "minimum": 0, "maximum": 100_000}
    assert review["additionalProperties"] is False


# Registering


def hears(
    env: ParkEnvironment, *, of: Annotated[float, Field(ge=0, le=2)], n: int = 3, word: str = "", yes: bool = False
) -> Story:
    """Remembers what it is told."""
    HEARD.append((of, n, word, yes))
    yield env.at(0.0, Kind.ACTION)


def points(
    env: ParkEnvironment,
    *,
    industry: Industry,
    chain_node: ChainNode,
    stage: Stage,
    service: Service,
    tier: Tier,
    building: Building,
    at: Date,
) -> Story:
    """Remembers which rows it is given."""
    HEARD.append((industry, chain_node, stage, service, tier, building, at))
    yield env.at(at, Kind.ACTION)


def fails(env: ParkEnvironment) -> Story:
    """Goes wrong in the second year."""
    yield env.at(1.5, Kind.ACTION)
    raise KeyError("pilot")


def test_a_process_gets_what_the_scenario_says() -> None:
    process(hears)
    ran({"process": "hears", "of": 1}, {"process": "hears", "of": 0.5, "n": 4, "word": "a", "yes": True})
    assert HEARD == [(1.0, 3, "", False), (0.5, 4, "a", True)]


def test_ids_become_rows_and_quarters_years() -> None:
    process(points)
    catalog = mixed_park().catalog
    ids = {
        "industry": catalog.industries[2],
        "chain_node": catalog.chain_nodes[5],
        "stage": catalog.stages[1],
        "service": catalog.services[3],
        "tier": catalog.tiers[0],
        "building": "b4",
    }
    ran({"process": "points", "at": "2027Q2", **ids})
    assert HEARD == [(2, 5, 1, 3, 0, 4, 1.25)]


def test_what_goes_wrong_in_a_process_is_told_with_its_line() -> None:
    process(fails)
    with pytest.raises(TwinError, match=r"process fails: .*test_named\.py:\d+: KeyError: 'pilot'"):
        ran({"process": "fails"})


def yields_no_event(env: ParkEnvironment) -> Story:
    yield env.at(0.5, Kind.ACTION)
    yield cast(Event, 0.75)


def leaves_the_program(env: ParkEnvironment) -> Story:
    yield env.at(0.5, Kind.ACTION)
    sys.exit(0)


@pytest.mark.parametrize(
    ("story", "told"),
    [(yields_no_event, "TypeError: yields 0.75, which is no event"), (leaves_the_program, "SystemExit: 0")],
)
def test_a_process_neither_waits_for_nothing_nor_leaves_without_a_word(story: Any, told: str) -> None:
    process(story)
    with pytest.raises(TwinError, match=rf"process {story.__name__}: .*test_named\.py:\d+: {told}"):
        ran({"process": story.__name__})


def test_a_name_belongs_to_one_process_and_a_cell_may_be_run_again() -> None:
    process(fails)
    process(fails)

    def slot_review(env: ParkEnvironment) -> Story:
        yield env.at(0.0, Kind.ACTION)

    with pytest.raises(TwinError, match=r"process slot_review: there is one in .*shipped\.py; another name"):
        process(slot_review)
    assert PROCESSES["slot_review"].function.__module__ == "twin.named.shipped"


def no_generator(env: ParkEnvironment) -> Any:
    return iter([env])


def positional(env: ParkEnvironment, slots: int) -> Story:
    yield env.at(slots, Kind.ACTION)


def listing(env: ParkEnvironment, *, slots: list[int]) -> Story:
    yield env.at(slots[0], Kind.ACTION)


def anything(env: ParkEnvironment, **slots: int) -> Story:
    yield env.at(slots["a"], Kind.ACTION)


def namesake(env: ParkEnvironment, *, process: int) -> Story:
    yield env.at(process, Kind.ACTION)


def by_keyword(*, env: ParkEnvironment) -> Story:
    yield env.event()


def nothing() -> Story:
    yield ParkEnvironment.__new__(ParkEnvironment).event()


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (no_generator, "not a generator function; a process waits by `yield`"),
        (positional, "argument slots; `def positional(env, *, …)`"),
        (anything, "argument slots; `def anything"),
        (namesake, "none of the arguments named process"),
        (listing, "slots is list[int]; int, float, str, bool, Date, or an id such as Service"),
        (by_keyword, "argument env is not the environment; `def by_keyword(env, *, …)`"),
        (lambda env: (yield env.event()), "process <lambda>: not a name that a scenario can say"),
        (nothing, "no argument for the environment; `def nothing(env, *, …)`"),
    ],
)
def test_what_is_no_process_is_not_registered(function: Any, told: str) -> None:
    with pytest.raises(TwinError) as refused:
        process(function)
    assert told in str(refused.value)
    assert function.__name__ not in PROCESSES


# Files and packages

FILES = {
    "syntax": ("x = 1\ny = x +\n", "mine.py:2: not valid Python: invalid syntax; correct the file"),
    "indentation": ("def f():\nreturn 1\n", "mine.py:2: not valid Python"),
    "null byte": ("x = '\0'\n", "mine.py: not valid Python"),
    "an error of two lines": ("raise ValueError('no\\nand no')\n", "mine.py:1: ValueError: no and no"),
    "an error": ("import twin\n\n\ndef f():\n    return 1 / 0\n\n\nf()\n", "mine.py:5: ZeroDivisionError"),
    "an import": ("import no_such_package\n", "mine.py:1: ModuleNotFoundError: No module named 'no_such_package'"),
    "it ends the program": ("import sys\nsys.exit(0)\n", "mine.py:2: SystemExit: 0"),
    "no process": ("x = 1\n", "mine.py: registers no process; a function under @twin.process"),
    "no generator": ("import twin\n@twin.process\ndef f(env):\n    pass\n", "mine.py:2: process f: not a generator"),
    "a name that is taken": (
        "import twin\n@twin.process\ndef slot_review(env):\n    yield\n",
        "mine.py:2: process slot_review: there is one in",
    ),
    "half of it": (
        "import twin\n@twin.process\ndef good(env):\n    yield\n\nraise ValueError('no')\n",
        "mine.py:6: ValueError: no",
    ),
}


@pytest.mark.parametrize(("text", "told"), FILES.values(), ids=FILES)
def test_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(text)
    before = set(PROCESSES)
    with pytest.raises(ScenarioError) as refused:
        loading.load_file(Path("mine.py"))
    assert str(refused.value).startswith(told)
    assert len(str(refused.value).splitlines()) == 1
    assert set(PROCESSES) == before


@pytest.mark.parametrize("name", ["nothere.py", "folder.py", "text.txt", ""])
def test_what_is_no_file_of_processes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.py").mkdir()
    Path("text.txt").write_text("x = 1\n")
    with pytest.raises(ScenarioError, match="no such file; a Python file"):
        loading.load_file(Path(name))


def test_a_file_may_be_loaded_again_after_it_was_changed(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = "import twin\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass A:\n    n: 'int'\n\n\n"
    file.write_text(text + "@twin.process\ndef one(env):\n    yield\n")
    assert loading.load_file(file) == ["one"]
    file.write_text(text + "@twin.process\ndef two(env, *, n: int):\n    yield\n")
    assert loading.load_file(file) == ["two"]
    assert "one" not in PROCESSES


def offers(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Have installed packages offer processes."""
    entries = [EntryPoint(name, value, loading.GROUP) for name, value in values.items()]
    monkeypatch.setattr(loading, "entry_points", lambda group: [one for one in entries if one.group == group])


def test_a_package_is_loaded_when_a_scenario_names_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "offering_one.py").write_text("import twin\n\n\n@twin.process\ndef from_afar(env):\n    yield\n")
    (tmp_path / "offering_two.py").write_text("raise RuntimeError('loaded without need')\n")
    offers(monkeypatch, from_afar="offering_one", other="offering_two", absent="offering_one")
    check_scenario(scenario(REVIEW), mixed_park())
    assert "from_afar" not in PROCESSES
    check_scenario(scenario({"process": "from_afar"}), mixed_park())
    assert "from_afar" in PROCESSES
    for name, told in {
        "other": "process 'other' of offering_two: RuntimeError: loaded without need",
        "absent": "offering_one registers no process 'absent'",
        "from_afa": "unknown process 'from_afa'; did you mean 'from_afar'?; or --processes FILE.py",
    }.items():
        with pytest.raises(ScenarioError) as refused:
            check_scenario(scenario({"process": name}), mixed_park())
        assert told in str(refused.value)
