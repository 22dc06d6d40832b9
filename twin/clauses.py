"""Clauses of the park's own documents that a twin could represent, and what represents each of them 政策条款."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from twin.bundled import bundled
from twin.catalog import nearest
from twin.errors import CatalogError, Fault

#: The documents by what they are called in the table.
DOCUMENTS: Mapping[str, str] = MappingProxyType(
    {
        "S1": "《中关村科技园区石景山园改革提升工作方案》 reform plan of the park, 2023-09-07",
        "S2": "石景山园管委会主任专访 interview with the head of the park, early 2026",
    }
)

#: What clauses are about, with the Chinese word.
THEMES: Mapping[str, str] = MappingProxyType(
    {
        "time": "目标与时间",
        "space": "空间与用地",
        "chains": "产业与产业链",
        "stages": "孵化阶段与企业梯队",
        "levers": "政策、资金、人才与场景",
        "management": "管理、评价与数字平台",
    }
)

#: How far a clause is represented, with the Chinese word; of `outside` there is nothing that could be simulated.
STATUSES: Mapping[str, str] = MappingProxyType(
    {"represented": "已实现", "in_part": "部分实现", "not_yet": "尚未实现", "outside": "不属模拟范围"}
)

#: Of what kinds the names are that may represent a clause: `lever:rent`, `command:park.show`.
KINDS = (
    *("lever", "indicator", "scenario", "parameter", "setting", "edit", "frame", "command", "figure"),
    *("industry", "chain_node", "stage", "service", "facility", "tier", "scene", "skill", "building_type"),
    *("contract_rule", "operator", "zone", "process"),
)


#: Quotation marks within a quotation.
_WITHIN = str.maketrans("“”", "‘’")


class Clause(NamedTuple):
    """A clause: where it stands, a phrase of it, what it means, and what there is of it."""

    id: str
    document: str  #: S1 or S2
    section: str  #: chapter and article of the plan; number and topic of the interview
    phrase_zh: str  #: quoted; … joins parts
    meaning_en: str
    theme: str
    status: str
    by: tuple[str, ...]  #: what represents it, as `kind:name`
    missing_en: str  #: of a clause that is not represented, or in part

    def __str__(self) -> str:
        """As it is cited: S1 二（二）一是 “签订履约监管协议”."""
        phrase = self.phrase_zh
        if not re.fullmatch("“[^”]*”", phrase):
            phrase = f"“{phrase.translate(_WITHIN)}”"
        return f"{self.document} {self.section} {phrase}"


@cache
def clauses(file: Path | None = None) -> Mapping[str, Clause]:
    """The clauses by id, of the shipped table if no file is named. Raises CatalogError with every fault found."""
    file = file or bundled("data") / "policies" / "clauses.csv"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError([Fault(str(file), f"cannot be read: {error}", "the table of clauses, in UTF-8")]) from None
    reader = csv.DictReader(text.splitlines())
    lacking = [column for column in Clause._fields if column not in (reader.fieldnames or ())]
    if lacking:
        raise CatalogError([Fault(str(file), f"column {column!r} is missing", "that column") for column in lacking])
    found: dict[str, Clause] = {}
    faults: list[Fault] = []
    for line, row in enumerate(reader, start=2):
        told = {column: row[column] or "" for column in Clause._fields}
        clause = Clause(**{**told, "by": tuple(told["by"].split())})  # type: ignore[arg-type]  # the others are texts
        wrong = [("id", f"{clause.id} a second time", "one row each")] if clause.id in found else _wrong(clause)
        faults += [Fault(f"{file}:{line}", f"{column}: {what}", cure) for column, what, cure in wrong]
        found[clause.id] = clause
    if faults:
        raise CatalogError(faults)
    return MappingProxyType(found)


def counts(told: Sequence[Clause]) -> dict[str, int]:
    """How many of some clauses have each status, in the order of `STATUSES`."""
    return {status: sum(clause.status == status for clause in told) for status in STATUSES}


def _wrong(clause: Clause) -> list[tuple[str, str, str]]:
    """What is wrong with a row: column, fault, cure."""
    wrong = []
    if not re.fullmatch(r"s[12]_[a-z0-9_]+", clause.id) or not clause.id.startswith(f"{clause.document.lower()}_"):
        wrong.append(("id", repr(clause.id), "the document and a few words, such as s1_space_stock_land"))
    for column, known in (("document", DOCUMENTS), ("theme", THEMES), ("status", STATUSES)):
        value = getattr(clause, column)
        if value not in known:
            wrong.append((column, f"unknown {value!r}", nearest(value, known)))
    wrong += [
        (column, "nothing", "a few words")
        for column in ("section", "phrase_zh", "meaning_en")
        if not getattr(clause, column)
    ]
    for name in clause.by:
        kind, _, what = name.partition(":")
        if kind not in KINDS or not what:
            wrong.append(("by", f"{name!r}", f"kind:name, with a kind of {', '.join(KINDS)}"))
    if bool(clause.by) != (clause.status in {"represented", "in_part"}):
        wrong.append(
            ("by", f"{len(clause.by)} names, status {clause.status}", "names if it is represented, or in part")
        )
    if bool(clause.missing_en) != (clause.status in {"in_part", "not_yet"}):
        wrong.append(("missing_en", repr(clause.missing_en), "what is missing, if it is not represented, or in part"))
    return wrong
