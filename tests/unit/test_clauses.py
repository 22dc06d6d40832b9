"""Clauses of the park's documents: read and refused; what they and the levers name exists, and each knows the other."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import get_type_hints

import pytest
from cyclopts import App

from twin.bundled import bundled
from twin.catalog import load_catalog
from twin.clauses import DOCUMENTS, KINDS, STATUSES, THEMES, Clause, clauses, counts
from twin.cli import app
from twin.errors import CatalogError
from twin.history import observations
from twin.indicators import INDICATORS
from twin.levers import LEVERS, cost_of
from twin.named import PROCESSES
from twin.park import load_park
from twin.park.edits import KINDS as EDITS
from twin.record import Record
from twin.scenario import Settings, scenario_names

SHIPPED = bundled("data") / "policies" / "clauses.csv"

CATALOG = load_catalog()


def commands(of: App, above: str = "") -> list[str]:
    """The commands of the program, those of a group as `park.show`."""
    names = [name for name in of if not name.startswith("-")]
    return [full for name in names for full in (above + name, *commands(of[name], f"{above}{name}."))]


@pytest.fixture(scope="module")
def known() -> Mapping[str, Collection[str]]:
    """Names by kind."""
    park = load_park()
    return {
        "lever": LEVERS,
        "indicator": INDICATORS,
        "scenario": scenario_names(),
        "parameter": {row["id"] for row in CATALOG.tables["quantities"]},
        "setting": Settings.model_fields,
        "edit": EDITS,
        "frame": get_type_hints(Record).keys() - {"manifest"},
        "command": commands(app),
        "figure": {one.id for one in observations()},
        "industry": CATALOG.industries,
        "chain_node": CATALOG.chain_nodes,
        "stage": CATALOG.stages,
        "service": CATALOG.services,
        "facility": set(park.services["facility_id"]),
        "tier": CATALOG.tiers,
        "scene": CATALOG.scenes,
        "skill": CATALOG.skills,
        "building_type": CATALOG.building_types,
        "contract_rule": {row["id"] for row in CATALOG.tables["contract_rules"]},
        "operator": {row["id"] for row in CATALOG.tables["operators"]},
        "zone": set(park.zones["zone_id"]),
        "process": PROCESSES,
    }


def unknown(told: Collection[Clause], known: Mapping[str, Collection[str]]) -> list[str]:
    """Names that represent a clause and are none."""
    parts = [(clause.id, name, *name.partition(":")) for clause in told for name in clause.by]
    return [f"{clause}: {name}" for clause, name, kind, _, what in parts if what not in known[kind]]


def test_what_represents_a_clause_exists(known: Mapping[str, Collection[str]]) -> None:
    assert set(known) == set(KINDS)
    assert unknown(clauses().values(), known) == []


def test_a_name_that_is_none_is_noticed(known: Mapping[str, Collection[str]]) -> None:
    clause = clauses()["s1_levers_support"]
    planted = clause._replace(by=(*clause.by, "lever:rents", "command:park.shows", "zone:parc"))
    told = [f"{clause.id}: {name}" for name in ("lever:rents", "command:park.shows", "zone:parc")]
    assert unknown([planted], known) == told


def test_every_lever_answers_clauses_that_know_it() -> None:
    told = clauses()
    for lever in LEVERS.values():
        assert lever.clauses, f"{lever.name} answers no clause"
        assert len(set(lever.clauses)) == len(lever.clauses)
        for name in lever.clauses:
            assert name in told, f"{lever.name} names {name}, which is no clause"
            assert f"lever:{lever.name}" in told[name].by, f"{name} does not name {lever.name}"


def test_a_lever_says_what_it_costs() -> None:
    assert cost_of(LEVERS["entry_rate"], CATALOG) == "recruit_cost_cny: 300,000 CNY/firm"
    assert cost_of(LEVERS["service_slots"], CATALOG) == "slot_cost_cny_year: 30,000 … 2,000,000 CNY/slot/year"
    assert cost_of(LEVERS["short_list"], CATALOG) == ""


def test_the_table_is_of_both_documents_and_all_themes() -> None:
    told = list(clauses().values())
    assert len(told) > 200
    assert {c.document for c in told} == set(DOCUMENTS)
    assert {c.theme for c in told} == set(THEMES)
    assert sum(counts(told).values()) == len(told)
    assert min(counts(told).values()) > 0
    assert counts([]) == dict.fromkeys(STATUSES, 0)


def test_phrases_are_phrases() -> None:
    """No whole sentences, and the plan's half-width commas stay as they are in the plan."""
    for clause in clauses().values():
        assert len(clause.phrase_zh) <= 40, clause.id
        assert not set("。;；") & set(clause.phrase_zh), clause.id


def test_a_clause_is_cited_by_document_section_and_phrase() -> None:
    told = clauses()
    assert str(told["s1_management_agreements"]) == "S1 二（二）一是 “签订履约监管协议”"
    assert str(told["s1_stages_above_scale"]) == "S1 二（五）四是 “小升规”"
    assert str(told["s1_stages_gazelles"]) == "S1 二（五）四是 “‘瞪羚’企业”"


WRONG: dict[str, tuple[Callable[[dict[str, str]], dict[str, str]], str]] = {
    "document": (lambda row: row | {"document": "S3"}, "document: unknown 'S3'"),
    "id": (lambda row: row | {"id": "s2_" + row["id"][3:]}, "id: 's2_"),
    "theme": (lambda row: row | {"theme": "spaces"}, "theme: unknown 'spaces'; did you mean 'space'?"),
    "status": (lambda row: row | {"status": "done"}, "status: unknown 'done'"),
    "kind": (lambda row: row | {"by": "leaver:rent"}, "by: 'leaver:rent'; kind:name"),
    "name": (lambda row: row | {"by": "lever:"}, "by: 'lever:'; kind:name"),
    "nobody": (lambda row: row | {"by": ""}, "by: 0 names, status in_part"),
    "nothing missing": (lambda row: row | {"missing_en": ""}, "missing_en: ''"),
    "no phrase": (lambda row: row | {"phrase_zh": ""}, "phrase_zh: nothing"),
}


def written(folder: Path, rows: list[dict[str, str]], *, without: str = "") -> Path:
    """A table of clauses in a folder."""
    file = folder / "clauses.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        fields = [name for name in Clause._fields if name != without]
        writer = csv.DictWriter(stream, fields, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.fixture
def rows() -> list[dict[str, str]]:
    """The first rows of the shipped table."""
    return list(csv.DictReader(SHIPPED.read_text(encoding="utf-8").splitlines()))[:3]


@pytest.mark.parametrize(("change", "told"), WRONG.values(), ids=WRONG)
def test_a_row_is_refused(
    tmp_path: Path, rows: list[dict[str, str]], change: Callable[[dict[str, str]], dict[str, str]], told: str
) -> None:
    file = written(tmp_path, [change(rows[0]), *rows[1:]])
    with pytest.raises(CatalogError) as refused:
        clauses(file)
    assert any(line.startswith(f"{file}:2: {told}") for line in str(refused.value).splitlines()), str(refused.value)


def test_every_fault_is_named_at_once(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    file = written(tmp_path, [rows[0] | {"theme": "x"}, rows[1], rows[1]])
    with pytest.raises(CatalogError) as refused:
        clauses(file)
    assert [fault.where for fault in refused.value.faults] == [f"{file}:2", f"{file}:4"]


def test_a_table_that_is_none_is_refused(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    with pytest.raises(CatalogError, match="cannot be read"):
        clauses(tmp_path / "nowhere.csv")
    with pytest.raises(CatalogError, match="column 'status' is missing"):
        clauses(written(tmp_path, rows, without="status"))
