"""Design files: what is read, and what is refused with file, line, column and cure, before anything is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.parks import small_park
from twin.cli import main
from twin.documents import LARGEST_BYTES
from twin.errors import InputError, ScenarioError
from twin.park import Park
from twin.sweeps import DesignError, get_ready, load_design
from twin.sweeps.reading import MOST_RUNS, check_design, load_bases

Check = Callable[..., int]

HEAD = "name: d\nchanges: {end: 2027Q4}\n"
SHARE = "  - {parameter: resident_share, values: [0.4, 0.6]}\n"
RENT = "  - {lever: rent, at: 2026Q3, values: [-0.1, 0.1]}\n"
GRID = f"{HEAD}design: grid\nvary:\n"

#: A lever of which only whole numbers mean something.
SLOTS = "lever: service_slots, at: 2026Q3, where: {service: pilot_line}"


def of(factor: str, kind: str = "grid", more: str = "") -> str:
    """A design of one factor, which stands in line 5, or as many lines below as `more` has."""
    return f"{HEAD}design: {kind}\n{more}vary:\n  - {{{factor}}}\n"


@pytest.fixture(scope="module")
def park() -> Park:
    return small_park([5_000, 3_000, 100], types=["office", "pilot_hall", "retail"], slots={"pilot_line": 2})


@pytest.fixture
def check(park: Park, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Write a design as d.yaml in the current folder, read it and check it on a park."""
    monkeypatch.chdir(tmp_path)

    def read_and_check(text: str | bytes, *changes: str, yes: bool = False) -> int:
        Path("d.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        design = load_design("d.yaml")
        return check_design(design, load_bases(design, changes=changes), park, yes=yes)

    return read_and_check


def lines_of(check: Check, text: str | bytes, *changes: str) -> list[str]:
    """What is said of a design that is refused."""
    with pytest.raises((DesignError, ScenarioError)) as refused:
        check(text, *changes)
    return str(refused.value).splitlines()


def test_runs_are_points_times_replications(check: Check) -> None:
    assert check(GRID + SHARE + RENT) == 2 * 2 * 4
    assert check(GRID + SHARE + "replications: 3\n", "seed=4") == 6
    assert check(of("parameter: resident_share", "morris", "n: 5\n")) == 5 * 3 * 4
    assert check(of("parameter: resident_share", "saltelli", "n: 8\n")) == 8 * 4 * 4
    crossed = "cross:\n  - {design: lhs, n: 7, vary: [{parameter: closing_factor}]}\n"
    assert check(GRID + SHARE + crossed) == 2 * 7 * 4
    assert check(of("parameter: resident_share", "list", "points: [{resident_share: 1}, {resident_share: 0}]\n")) == 8


KEYS = {
    "unknown key": (GRID + SHARE + "repl: 3\n", "6:1:", "'repl'", "known are"),
    "misspelt key": (GRID + SHARE + "replicatons: 3\n", "6:1:", "'replicatons'", "did you mean 'replications'?"),
    "of a block": (
        f"{GRID}{SHARE}cross:\n  - {{design: lhs, n: 2, vary: [{{parameter: closing_factor}}], replications: 3}}\n",
        "7:62:",
        "'cross.0.replications'",
        "known are design, vary",
    ),
    "of a parameter": (of("parameter: resident_share, valeus: [1]"), "5:33:", "valeus", "did you mean 'values'?"),
    "of a parameter in another block": (
        f"{GRID}{SHARE}cross:\n  - design: grid\n    vary:\n      - {{parameter: closing_factor, hi: 1}}\n",
        "9:37:",
        "cross.0.vary.0.hi",
        "did you mean 'high'?",
    ),
    "of a lever": (of("lever: rent, at: 2026Q3, values: [0], ramp: 3"), "5:44:", "vary.0.ramp", "ramp_quarters"),
    "of where": (of("lever: rent, at: 2026Q3, values: [0], where: {zones: a}"), "5:52:", "zones", "'zone'?"),
    "of a setting": (of("setting: wulituo, value: [inside]"), "5:24:", "value", "did you mean 'values'?"),
    "of scenarios": (of("scenarios: [baseline], at: 2026Q3"), "5:29:", "vary.0.at", "known are name, scenarios"),
    "two kinds of factor": (of("parameter: resident_share, lever: rent"), "5:33:", "vary.0.lever", "known are name"),
    "no kind of factor": (of("params: a"), "5:5:", "vary.0 is no factor", "parameter or lever or setting or scenarios"),
    "word for a factor": (f"{HEAD}design: grid\nvary: [rent]\n", "4:8:", "vary.0", "parameter or lever"),
    "no factor": (f"{HEAD}design: grid\nvary: []\n", "4:1:", "nothing in it", "at least one"),
    "table for factors": (f"{HEAD}design: grid\nvary: {{parameter: resident_share}}\n", "4:1:", "vary", "a list"),
    "no vary": (f"{HEAD}design: grid\n", "d.yaml:", "vary is missing", "required"),
    "no kind of design": (f"{HEAD}vary:\n{SHARE}", "d.yaml:", "design is missing", "required"),
    "unknown kind of design": (of("scenarios: [baseline]", "gird"), "3:1:", "'gird'", "'grid', 'list', 'zip', 'lhs'"),
    "no name": (f"design: grid\nvary:\n{SHARE}", "d.yaml:", "name is missing", "required"),
    "name of a folder above": (f"name: ../x\ndesign: grid\nvary:\n{SHARE}", "1:1:", "../x", "letters, digits"),
    "factor's name of a folder above": (
        of("parameter: resident_share, name: ../x, values: [0]"),
        "5:33:",
        "../x",
        "letters, digits",
    ),
}

NUMBERS = {
    "word": (of("parameter: resident_share, values: [lots]"), "5:42:", "'lots'", "a valid number"),
    "text": (of('parameter: resident_share, values: [0, "0.5"]'), "5:45:", "'0.5'", "a valid number"),
    "yes": (of("parameter: resident_share, values: [true]"), "5:42:", "True", "a valid number"),
    "not a number": (of("parameter: resident_share, values: [.nan]"), "5:42:", "nan", "a finite number"),
    "without end": (of("parameter: resident_share, high: .inf", "lhs", "n: 3\n"), "6:33:", "inf", "a finite number"),
    "too large for a number": (of(f"parameter: resident_share, values: [1{'0' * 400}]"), "5:42:", "1000", "number"),
    "none": (of("parameter: resident_share, values: []"), "5:33:", "nothing in it", "at least one"),
    "one for a list": (of("parameter: resident_share, values: 0.5"), "5:33:", "0.5", "a list"),
    "no replications": (GRID + SHARE + "replications: 0\n", "6:1:", "0", "greater than or equal to 1"),
    "negative n": (of("parameter: resident_share", "lhs", "n: -3\n"), "4:1:", "-3", "greater than or equal to 1"),
    "part of n": (of("parameter: resident_share", "lhs", "n: 2.5\n"), "4:1:", "2.5", "integer"),
    "n too large": (of("parameter: resident_share", "lhs", "n: 1000000000\n"), "4:1:", "n: 1000000000", "100000000"),
    "one step": (of("parameter: resident_share, steps: 1"), "5:33:", "1", "greater than or equal to 2"),
    "odd levels": (of("parameter: resident_share", "morris", "n: 3\nlevels: 5\n"), "5:1:", "levels 5", "even number"),
    "not a number in a list": (
        of("parameter: resident_share", "list", "points: [{resident_share: .nan}]\n"),
        "4:11:",
        "nan",
        "a finite number, or a name",
    ),
    "nothing in a list": (
        of("parameter: resident_share", "list", "points: [{resident_share: }]\n"),
        "4:11:",
        "None",
        "a finite number, or a name",
    ),
}

NAMES = {
    "lever": (of("lever: rant, at: 2026Q3, values: [0]"), "5:6:", "unknown lever 'rant'", "did you mean 'rent'?"),
    "parameter": (of("parameter: resident_shar, values: [0]"), "5:6:", "'resident_shar'", "'resident_share'?"),
    "scope": (of("parameter: resident_share.aii, values: [0]"), "5:6:", "unknown scope 'aii'", "did you mean 'ai'?"),
    "no scope behind a dot": (of("parameter: resident_share., values: [0]"), "5:6:", "unknown scope ''", "known are"),
    "scope of one value": (of("parameter: fast_growth.ai, values: [0]"), "5:6:", "scope 'ai'", "without a scope"),
    "setting": (of("setting: wulitu"), "5:6:", "unknown setting 'wulitu'", "did you mean 'wulituo'?"),
    "reading": (of("setting: wulituo, values: [outside, beside]"), "5:24:", "'beside'", "one of outside, inside"),
    "scenario": (of("scenarios: [baseline, baselin]"), "5:28:", "unknown scenario 'baselin'", "'baseline'?"),
    "file of a scenario": (of("scenarios: [no.yaml]"), "5:18:", "no such file", "the path"),
    "scenario to go on from": (f"scenario: baselin\n{GRID}{SHARE}", "1:1:", "'baselin'", "did you mean 'baseline'?"),
    "law of age": (of("parameter: closing_by_age, values: [0.1]"), "5:6:", "a law of age", "scenarios"),
    "age of a law": (of("parameter: closing_by_age.1, values: [0.1]"), "5:6:", "a law of age", "scenarios"),
    "one value for many rows": (
        of("parameter: entry_per_year, by: value, values: [9]"),
        "5:33:",
        "one value for all of entry_per_year",
        "entry_per_year.ai, or by: times",
    ),
    "another span of time": (of("scenarios: [baseline, hindcast]"), "5:28:", "from 2021Q1", "from 2026Q1 to 2027Q4"),
    "column twice": (GRID + SHARE + SHARE, "6:5:", "a second column 'resident_share'", "`name:`"),
    "column of one's own": (of("parameter: resident_share, name: point, values: [0]"), "5:5:", "'point'", "`name:`"),
    "column of failures": (of("parameter: resident_share, name: reason, values: [0]"), "5:5:", "'reason'", "`name:`"),
    "parameter twice": (GRID + SHARE + SHARE.replace("{", "{name: x, "), "6:5:", "x varies what", "one factor"),
    "scope of a parameter twice": (
        GRID + SHARE + "  - {parameter: resident_share.ai, values: [0]}\n",
        "6:5:",
        "resident_share.ai varies what resident_share varies",
        "one factor",
    ),
    "setting twice": (f"{GRID}  - {{setting: firms}}\n  - {{setting: firms, name: x}}\n", "6:5:", "x varies", "one"),
    "scenarios twice": (
        f"{GRID}  - {{scenarios: [baseline]}}\n  - {{scenarios: [no_policy], name: x}}\n",
        "6:5:",
        "x varies what scenario varies",
        "one factor",
    ),
}

VALUES = {
    "above a lever": (of("lever: rent, at: 2026Q3, values: [0, 5]"), "5:43:", "5 is out of the bounds", "-0.9 to 2"),
    "below a lever": (of("lever: rent, at: 2026Q3, low: -2, high: 1, steps: 3"), "5:31:", "-2 is out", "-0.9 to 2"),
    "above a parameter": (of("parameter: resident_share, values: [0, 1.5]"), "5:45:", "1.5 is out", "0 to 1"),
    "range above a parameter": (of("parameter: resident_share, high: 1.5", "lhs", "n: 3\n"), "6:33:", "1.5", "0 to 1"),
    "times too much": (of("parameter: resident_share, by: times, values: [1, 3]"), "5:56:", "1.8 is out", "0 to 1"),
    "beyond a span": (of("parameter: entry_per_year, values: [0, 1.5]"), "5:45:", "1.5", "from 0"),
    "span of a range": (of("parameter: entry_per_year, low: -1", "lhs", "n: 3\n"), "6:33:", "-1", "from 0"),
    "low above high": (of("parameter: resident_share, low: 0.7, high: 0.2, steps: 3"), "5:5:", "0.7 to 0.2", "below"),
    "low at high": (of("parameter: advance_per_year.mature", "sobol", "n: 3\n"), "6:5:", "from 0 to 0", "low below"),
    "log from nothing": (of("parameter: entry_trend_per_year, scale: log", "lhs", "n: 3\n"), "6:5:", "0 to", "above 0"),
    "log of values": (of("parameter: resident_share, values: [0.1], scale: log"), "5:48:", "scale", "or the other"),
    "log of whole numbers": (of(f"{SLOTS}, low: 1, high: 9, scale: log", "lhs", "n: 3\n"), "6:5:", "logarithms", "or"),
    "no range of a lever": (of("lever: rent, at: 2026Q3, low: 0", "lhs", "n: 3\n"), "6:5:", "no range", "low and high"),
    "no range of times": (of("parameter: resident_share, by: times, steps: 3"), "5:5:", "no range", "low and high"),
    "half a slot": (of(f"{SLOTS}, values: [1, 2.5, 4]"), "5:82:", "2.5", "a whole number"),
    "range from half a slot": (of(f"{SLOTS}, low: 0.5, high: 3, steps: 3"), "5:70:", "0.5", "a whole number"),
    "fifth quarter": (of("lever: rent, at: 2026Q5, values: [0]"), "5:19:", "2026Q5", "like 2026Q1"),
    "year for a quarter": (of("lever: rent, at: 2027, values: [0]"), "5:19:", "2027", "text"),
    "no quarter": (of("lever: rent, values: [0]"), "5:5:", "vary.0.at is missing", "required"),
    "after the end": (of("lever: rent, at: 2030Q1, values: [0.1]"), "5:19:", "outside", "2026Q1 to 2027Q4"),
    "ramp after the end": (
        of("lever: rent, at: 2027Q3, values: [0.1], ramp_quarters: 6"),
        "5:46:",
        "ramp of 6 quarters",
        "at most 2, or a later end",
    ),
    "reaches nothing": (of("lever: rent, at: 2026Q3, values: [0.1], where: {zone: parc}"), "5:54:", "'parc'", "'park'"),
    "nothing named": (of("lever: service_slots, at: 2026Q3, values: [1]"), "5:5:", "needs a service", "where:"),
}

LAID_OUT = {
    "lhs without n": (of("parameter: resident_share", "lhs"), "3:1:", "lhs without n", "n: how many points"),
    "n of a grid": (of("scenarios: [baseline]", "grid", "n: 3\n"), "4:1:", "n beside grid", "no n"),
    "n of a block": (
        f"{GRID}{SHARE}cross:\n  - design: zip\n    n: 4\n    vary: [{{setting: firms}}]\n",
        "8:5:",
        "n beside zip",
        "no n",
    ),
    "levels of lhs": (of("parameter: resident_share", "lhs", "n: 3\nlevels: 6\n"), "5:1:", "levels beside lhs", "no"),
    "sample of a grid": (of("setting: firms", "grid", "design_seed: 6\n"), "4:1:", "design_seed beside grid", "no"),
    "range without steps": (of("parameter: resident_share"), "5:5:", "without steps", "low, high and steps"),
    "steps of lhs": (of("parameter: resident_share, steps: 3", "lhs", "n: 3\n"), "6:33:", "steps", "no steps"),
    "values and a range": (of("parameter: resident_share, values: [0.5], low: 0"), "5:48:", "low", "or the other"),
    "zip of two lengths": (
        f"{HEAD}design: zip\nvary:\n{SHARE}  - {{setting: firms, values: [all]}}\n",
        "6:5:",
        "1 values of firms",
        "2, as the first",
    ),
    "second block of its own luck": (
        of("parameter: resident_share", "morris", "n: 3\n")
        + "cross:\n  - {design: saltelli, n: 4, vary: [{parameter: closing_factor}]}\n",
        "8:6:",
        "a second block of saltelli",
        "one block",
    ),
    "list without points": (of("parameter: resident_share", "list"), "d.yaml:", "0 points", "a list of tables"),
    "points of a grid": (of("setting: firms", "grid", "points: [{firms: all}]\n"), "4:1:", "1 points", "design: list"),
    "values of a list": (
        of("setting: firms, values: [all]", "list", "points: [{firms: all}]\n"),
        "6:22:",
        "values",
        "no",
    ),
    "range of a list": (
        of("parameter: resident_share, low: 0", "list", "points: [{resident_share: 0}]\n"),
        "6:33:",
        "low of resident_share beside a list",
        "points say",
    ),
}


@pytest.mark.parametrize(
    ("text", "where", "what", "cure"),
    [
        pytest.param(*case, id=f"{group}: {name}")
        for group, cases in {
            "keys": KEYS,
            "numbers": NUMBERS,
            "names": NAMES,
            "values": VALUES,
            "laid out": LAID_OUT,
        }.items()
        for name, case in cases.items()
    ],
)
def test_what_is_wrong_is_said_once_with_its_place_and_a_cure(
    check: Check, text: str, where: str, what: str, cure: str
) -> None:
    lines = lines_of(check, text)
    assert len(lines) == 1, lines
    told, _, how = lines[0].partition("; ")
    assert told.startswith(where if where == "d.yaml:" else f"d.yaml:{where}")
    assert what in told
    assert cure in how


POINTS = """\
name: d
changes: {end: 2027Q4}
design: list
vary: [{parameter: resident_share}, {setting: wulituo}, {scenarios: [baseline]}, {SLOTS}]
points:
  - {resident_share: 0.5, wulituo: beside, scenario: baseline, service_slots: 1, x: 3}
  - {resident_share: a, scenario: no_policy, service_slots: 1.5}
  - {resident_share: 0.5, wulituo: 3, scenario: baseline, service_slots: 1}
""".replace("SLOTS", SLOTS)


def test_everything_wrong_with_the_points_of_a_list_is_said_at_once(check: Check) -> None:
    assert lines_of(check, POINTS) == [
        "d.yaml:6:82: unknown factor 'x'; known are resident_share, wulituo, scenario, service_slots",
        "d.yaml:6:27: wulituo: 'beside'; one of outside, inside",
        "d.yaml:7:6: resident_share: 'a'; a number",
        "d.yaml:7:5: no wulituo; a value of each factor",
        "d.yaml:7:25: scenario: 'no_policy'; known are baseline",
        "d.yaml:7:46: service_slots: 1.5; a whole number",
        "d.yaml:8:27: wulituo: 3.0; a name",
    ]


def test_a_point_of_a_list_out_of_bounds_is_refused_at_its_place(check: Check) -> None:
    points = "points:\n  - {resident_share: 0.5}\n  - {resident_share: 1.5}\n  - {resident_share: 0}\n"
    assert lines_of(check, of("parameter: resident_share", "list", points))[0].startswith("d.yaml:6:6: 1.5 is out of")


CHANGES = {
    "unknown key": ("ende: 2027Q1", "unknown key 'ende'", "did you mean 'end'?"),
    "end before start": ("end: 2020Q1", "2020Q1 lies before", "a later end"),
    "no quarter": ("end: 2027Q7", "2027Q7", "like 2026Q1"),
    "item of a list": ("actions.3: 5", "cannot be understood", "key=value"),
    "out of bounds": ("parameters.resident_share: 5", "5 is out of bounds", "from 0 to 1"),
    "not a number": ("parameters.resident_share: .nan", "'NaN'", "number"),
    "unknown parameter": ("parameters: {resident_shar: 0.5}", "'resident_shar'", "'resident_share'?"),
    "unknown reading": ("settings.wulituo: beside", "'beside'", "'outside' or 'inside'"),
    "replications": ("replications: 8", "replications of the scenario", "of the design itself"),
    "an action that reaches nothing": (
        "actions: [{at: 2026Q3, lever: rent, value: 0.1, where: {zone: parc}}]",
        "unknown zone 'parc'",
        "'park'?",
    ),
}


@pytest.mark.parametrize(("change", "what", "cure"), CHANGES.values(), ids=CHANGES)
def test_changes_that_cannot_be_are_refused_where_they_stand(check: Check, change: str, what: str, cure: str) -> None:
    line = lines_of(check, f"name: d\nchanges:\n  {change}\ndesign: grid\nvary:\n{SHARE}")[0]
    told, _, how = line.partition("; ")
    assert told.startswith("d.yaml:3:3: ")
    assert what in told
    assert cure in how


def test_what_the_command_line_changes_is_refused_as_said_there(check: Check) -> None:
    assert lines_of(check, GRID + SHARE, "replications=9")[0].startswith("--set replications=9: ")
    assert lines_of(check, GRID + SHARE, "end=2019Q4")[0].startswith("--set end=2019Q4: end 2019Q4 lies before")


def test_scenarios_of_another_park_are_refused(check: Check, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text("name: elsewhere\npark: nowhere\n", encoding="utf-8")
    line = lines_of(check, "name: d\ndesign: grid\nvary:\n  - scenarios: [baseline, elsewhere.yaml]\n")[0]
    assert line.startswith("d.yaml:4:27: elsewhere.yaml is of nowhere")
    assert "one of shijingshan" in line


YAML = {
    "duplicate key": (GRID + SHARE + "n: 3\nn: 4\n", 'd.yaml:7:1: not valid YAML: found duplicate key "n"'),
    "alias of itself": (f"{GRID}  - &a [*a]\n", "d.yaml:"),
    "tag": (f"{GRID}  - !!python/object:os.system {{parameter: resident_share}}\n", "d.yaml:5:5: a tag"),
    "merge key": (f"{GRID}  - &a {{setting: firms}}\n  - {{<<: *a, name: x}}\n", "d.yaml:6:5: a merge key <<"),
    "not closed": (f"{GRID}  - {{parameter: [\n", "d.yaml:6:1: not valid YAML"),
    "nothing": ("", "d.yaml: no table of keys and values"),
    "a list": ("- a\n", "d.yaml: no table of keys and values"),
    "no text": (b"name: \xff\xfe\n", "d.yaml: not valid YAML"),
    "a date": (GRID.replace("2027Q4", "2027-01-01") + SHARE, "d.yaml:2:11: a value of type"),
    "huge": (f"{GRID}{SHARE}# {'x' * LARGEST_BYTES}\n", "d.yaml: larger than"),
    "too many values": (of(f"parameter: resident_share, values: [{'0,' * 120_000}0]"), "d.yaml: more than"),
}


@pytest.mark.parametrize(("text", "told"), YAML.values(), ids=YAML)
def test_only_plain_documents_of_some_size_are_read(check: Check, text: str | bytes, told: str) -> None:
    began = time.perf_counter()
    lines = lines_of(check, text)
    assert time.perf_counter() - began < 2.0
    assert lines[0].startswith(told)
    assert "; " in lines[0]


def test_aliases_that_multiply_are_refused(check: Check) -> None:
    text = "a: &a0 [0, 0, 0, 0, 0, 0, 0, 0, 0]\n"
    for n in range(9):
        text += f"b{n}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n"
    assert "nested too deeply or too large" in lines_of(check, text + GRID + SHARE)[0]


def test_no_file_is_said_to_be_none() -> None:
    with pytest.raises(DesignError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_design("nowhere.yaml")


MANY = {
    "grid": of("parameter: resident_share, low: 0.1, high: 0.9, steps: 1000000") + "replications: 100\n",
    "lhs": of("parameter: resident_share", "lhs", "n: 100000000\n"),
    "saltelli": of("parameter: resident_share", "saltelli", "n: 100000000\n"),
    "crossed": of("parameter: resident_share", "lhs", "n: 10000\n")
    + "cross:\n  - {design: morris, n: 1000, vary: [{parameter: closing_factor}]}\n",
    "one more": of("parameter: resident_share", "sobol", f"n: {MOST_RUNS + 1}\nreplications: 1\n"),
}


@pytest.mark.parametrize("text", MANY.values(), ids=MANY)
def test_too_many_runs_are_refused_before_they_are_laid_out_unless_they_are_meant(check: Check, text: str) -> None:
    began = time.perf_counter()
    (line,) = lines_of(check, text)
    assert line.startswith("d.yaml:3:1: ")
    assert "runs; fewer values or points, or --yes" in line
    assert check(text, yes=True) > MOST_RUNS
    assert time.perf_counter() - began < 2.0


def test_more_runs_than_can_be_told_are_refused_in_a_line(check: Check) -> None:
    stages = ("lab", "pilot", "scale")
    factors = [f"  - {{parameter: advance_per_year.{s}, steps: 1000000}}\n" for s in stages]
    (line,) = lines_of(check, GRID + "".join(factors))
    assert "more than 1,000,000,000,000,000 runs" in line


def test_as_many_runs_as_are_allowed_need_not_be_meant(check: Check) -> None:
    assert check(of("parameter: resident_share", "lhs", f"n: {MOST_RUNS}\nreplications: 1\n")) == MOST_RUNS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (KEYS["misspelt key"][0], "d.yaml:6:1: unknown key 'replicatons'"),
        (KEYS["name of a folder above"][0], "d.yaml:1:1: name: '../x'"),
        (NUMBERS["too large for a number"][0], "d.yaml:5:42:"),
        (NAMES["scenario"][0], "d.yaml:5:28: unknown scenario 'baselin'"),
        (VALUES["half a slot"][0], "d.yaml:5:82: service_slots: 2.5"),
        (VALUES["reaches nothing"][0], "d.yaml:5:54: unknown zone 'parc'"),
        (MANY["lhs"], "d.yaml:3:1: 400,000,000 runs"),
        (YAML["tag"][0], "d.yaml:5:5: a tag"),
    ],
)
def test_the_command_refuses_before_it_writes(
    place: Path, park_folder: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    (place / "d.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["sweep", "d.yaml", "--park", str(park_folder)])
    assert ended.value.code == 3
    shown = capsys.readouterr()
    assert told in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert [file.name for file in place.rglob("*")] == ["d.yaml"]


BEGUN = """\
name: begun
title_en: A title
scenario: mine.yaml
changes: {end: 2027Q4}
replications: 3
design: grid
vary:
  - parameter: resident_share
    values: [0.4, 0.6]
  - lever: rent
    at: 2026Q3
    values: [-0.1, 0.1]
"""

OTHERWISE = {
    "values": ("values: [0.4, 0.6]", "values: [0.4, 0.7]", "d.yaml:8:5:", "vary"),
    "replications": ("replications: 3", "replications: 4", "d.yaml:5:1:", "replications"),
    "a lever's date": ("at: 2026Q3", "at: 2026Q4", "d.yaml:10:5:", "vary"),
    "changes": ("end: 2027Q4", "end: 2027Q3", "d.yaml:4:1:", "changes"),
    "a factor more": (
        "    values: [-0.1, 0.1]\n",
        "    values: [-0.1, 0.1]\n  - setting: firms\n",
        "d.yaml:13:5:",
        "vary",
    ),
    "kind": ("design: grid", "design: zip", "d.yaml:6:1:", "design"),
}


@pytest.fixture
def begun(place: Path, park: Park) -> Path:
    """The folder of a sweep that was begun."""
    (place / "mine.yaml").write_text("name: mine\nparameters: {closing_factor: 1.1}\n", encoding="utf-8")
    (place / "d.yaml").write_text(BEGUN, encoding="utf-8")
    return get_ready("d.yaml", park=park).folder


def refused(park: Park, *changes: str) -> str:
    with pytest.raises(InputError) as error:
        get_ready("d.yaml", park=park, changes=changes)
    return str(error.value)


@pytest.mark.parametrize(("old", "new", "where", "what"), OTHERWISE.values(), ids=OTHERWISE)
def test_another_design_in_a_folder_is_refused_where_it_differs(
    begun: Path, park: Park, old: str, new: str, where: str, what: str
) -> None:
    before = {file: file.read_bytes() for file in begun.rglob("*") if file.is_file()}
    assert BEGUN.count(old) == 1
    Path("d.yaml").write_text(BEGUN.replace(old, new), encoding="utf-8")
    (line,) = refused(park).splitlines()
    assert line.startswith(f"{where} {what} is not what it was when {begun} was begun; ")
    assert "--anew" in line
    assert {file: file.read_bytes() for file in begun.rglob("*") if file.is_file()} == before
    get_ready("d.yaml", park=park, anew=True)
    get_ready("d.yaml", park=park)  # which is now what was begun
    Path("d.yaml").write_text(BEGUN, encoding="utf-8")
    assert "is not what it was" in refused(park)


def test_another_scenario_or_seed_in_a_folder_is_refused_at_the_scenario(begun: Path, park: Park) -> None:
    assert refused(park, "seed=5").startswith("d.yaml:3:1: scenario is not what it was")
    Path("mine.yaml").write_text("name: mine\nparameters: {closing_factor: 1.2}\n", encoding="utf-8")
    assert refused(park).startswith("d.yaml:3:1: scenario is not what it was")
    other = small_park([5_000, 3_000, 200], types=["office", "pilot_hall", "retail"], slots={"pilot_line": 2})
    Path("mine.yaml").write_text("name: mine\nparameters: {closing_factor: 1.1}\n", encoding="utf-8")
    assert "park is not what it was" in refused(other)


def test_titles_may_change_and_words_that_say_the_same(begun: Path, park: Park) -> None:
    manifest = (begun / "sweep.json").read_bytes()
    text = BEGUN.replace("A title", "Another").replace("[0.4, 0.6]", "[0.40, 0.6000]") + "question: Why?\ncross: []\n"
    Path("d.yaml").write_text(text, encoding="utf-8")
    assert get_ready("d.yaml", park=park).folder == begun
    assert (begun / "sweep.json").read_bytes() == manifest


def test_begun_anew_nothing_of_the_old_is_left_but_the_store(begun: Path, park: Park) -> None:
    for name in ("parts/000000.parquet", "seen/000000.npy", "failures/000001.json", "progress.json", "cost.json"):
        (begun / name).parent.mkdir(exist_ok=True)
        (begun / name).write_text("old", encoding="utf-8")
    kept = begun.parent / "store" / "ab" / "run.parquet"
    kept.parent.mkdir(parents=True)
    kept.write_text("a run", encoding="utf-8")
    get_ready("d.yaml", park=park, anew=True)
    assert sorted(file.name for file in begun.rglob("*") if file.is_file()) == ["plan.parquet", "sweep.json"]
    assert kept.exists()
