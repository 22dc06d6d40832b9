"""Bring what is generated in the documents up to date: tables from the registers, outputs of the programs.

    .venv/bin/python docs/generate.py

A table stands between `<!-- name -->` and `<!-- end name -->`; an output is the `text` block right after a `python`
block of the README, or the `.out` beside an example.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import get_args

import pandas as pd

from twin.catalog import load_catalog
from twin.clauses import DOCUMENTS, STATUSES, THEMES, Clause, clauses, counts
from twin.engine import kinds
from twin.history import observations, patterns
from twin.indicators import INDICATORS
from twin.levers import LEVERS, cost_of
from twin.named import PROCESSES
from twin.park import load_park
from twin.park.edits import KINDS
from twin.park.intake import words
from twin.record import FLOWS
from twin.scenario import Scenario, Settings, load_scenario, scenario_names
from twin.study import compare
from twin.study.spread import ever_in, spread
from twin.study.touch import pulls_of
from twin.units import QUARTERS_PER_YEAR, YI_CNY

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
NOMENCLATURE = DOCS / "nomenclature.md"
EDITS = DOCS / "edits.md"
IMPORT = DOCS / "import.md"
FACTS = DOCS / "facts.md"
CLAUSES = DOCS / "clauses.md"
SCENARIOS = DOCS / "scenarios.md"
SPREAD = DOCS / "spread.png"
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))

#: So many of the words for a thing are listed.
WORDS = 6

Sections = Mapping[str, Callable[[], str]]


def main() -> None:
    """Write every generated part anew."""
    NOMENCLATURE.write_text(with_sections(NOMENCLATURE.read_text(encoding="utf-8"), TABLES), encoding="utf-8")
    EDITS.write_text(with_sections(EDITS.read_text(encoding="utf-8"), EDITS_SECTIONS), encoding="utf-8")
    IMPORT.write_text(with_sections(IMPORT.read_text(encoding="utf-8"), IMPORT_SECTIONS), encoding="utf-8")
    FACTS.write_text(with_sections(FACTS.read_text(encoding="utf-8"), FACTS_SECTIONS), encoding="utf-8")
    CLAUSES.write_text(with_sections(CLAUSES.read_text(encoding="utf-8"), CLAUSES_SECTIONS), encoding="utf-8")
    SCENARIOS.write_text(with_sections(SCENARIOS.read_text(encoding="utf-8"), SCENARIOS_SECTIONS), encoding="utf-8")
    readme = with_sections(README.read_text(encoding="utf-8"), README_SECTIONS)
    README.write_text(with_outputs(readme), encoding="utf-8")
    for example in EXAMPLES:
        example.with_suffix(".out").write_text(output_of(example), encoding="utf-8")
    draw_spread(SPREAD)


def spread_of_rents() -> pd.DataFrame:
    """How far lower rents in the core spread, quarter by quarter, in one pair of runs of two years."""
    park, end = load_park(), "2028Q4"
    base, relief = (load_scenario(name).with_changes(end=end) for name in ("baseline", "rent_relief"))
    result = compare(park, base, relief, replications=1)
    (pull,) = pulls_of(result.base, result.others["rent_relief"])
    runs = result.base.records[0], result.others["rent_relief"].records[0]
    touched = ever_in(*runs, pull.buildings or (), park.firms, until=base.years)
    return spread(*runs, touched, since=round(pull.years * QUARTERS_PER_YEAR))


def draw_spread(file: Path) -> None:
    """Draw docs/spread.png anew."""
    from twin.view.spread import draw_spread as draw  # draws pictures, which nothing else here needs

    draw(spread_of_rents(), file, title="核心区租金下调 15 % Rents 15 % lower in the core (单次配对 single pair)")


def with_sections(text: str, sections: Sections) -> str:
    """A text with the sections it marks filled anew. Raises ValueError where it lacks one."""
    for name, content in sections.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        found = marked.search(text)
        if found is None:
            raise ValueError(f"no <!-- {name} --> … <!-- end {name} --> in the text")
        begin, end = found[1], found[2]
        text = text[: found.start()] + begin + content() + end + text[found.end() :]
    return text


def with_outputs(text: str) -> str:
    """A text with the output of each `python` block in the `text` block that follows it."""
    paired = re.compile(r"```python\n(.*?)```\n\n```text\n.*?```", re.DOTALL)
    return paired.sub(lambda found: f"```python\n{found[1]}```\n\n```text\n{output_of_block(found[1])}```", text)


def output_of(example: Path) -> str:
    """What an example prints."""
    return _printed(example.read_text(encoding="utf-8"), example.name)


def output_of_block(code: str) -> str:
    """What a block of Python in the README prints."""
    return _printed(code, README.name)


def _printed(code: str, name: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, name, "exec"), {"__name__": "__main__"})  # noqa: S102  # our own programs
    return printed.getvalue()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def picture() -> str:
    """The picture of the park, where there is one."""
    shown = "![中关村石景山园 Zhongguancun Shijingshan Park](docs/park.png)\n"
    return shown if (DOCS / "park.png").is_file() else ""


def short_levers() -> str:
    """Levers with what a scenario's author needs."""
    return table(
        ["lever", "名称", "unit", "from", "to", "where"],
        (
            [f"`{x.name}`", x.name_zh, x.unit, _number(x.low), _number(x.high), _where(x.where, x.needs)]
            for x in LEVERS.values()
        ),
    )


def levers() -> str:
    """Levers with names, ramp, lead, cost and clauses."""
    catalog, known = load_catalog(), clauses()
    return table(
        ["lever", "name", "名称", "unit", "from", "to", "where", "ramp", "takes effect after", "costs", "clauses"],
        (
            [
                f"`{x.name}`",
                x.name_en,
                x.name_zh,
                x.unit,
                _number(x.low),
                _number(x.high),
                _where(x.where, x.needs),
                x.ramp or "at once only",
                f"`{x.lead}`" if x.lead else "",
                re.sub(r"^(\w+)", r"`\1`", cost_of(x, catalog)),
                "; ".join(str(known[name]) for name in x.clauses),
            ]
            for x in LEVERS.values()
        ),
    )


def coverage() -> str:
    """How many clauses there are, by theme and status."""
    told = list(clauses().values())

    def row(name: str, of: Sequence[Clause]) -> list[str]:
        return [name, str(len(of)), *(str(n) for n in counts(of).values())]

    heads = ["主题 theme", "条款 clauses", *(f"{zh} {status.replace('_', ' ')}" for status, zh in STATUSES.items())]
    themes = [row(f"{zh} {theme}", [c for c in told if c.theme == theme]) for theme, zh in THEMES.items()]
    return table(heads, [*themes, row("**合计 all**", told)])


def documents() -> str:
    """The documents by what they are called here."""
    return table(["", "文件 document"], ([name, title] for name, title in DOCUMENTS.items()))


def clauses_of(theme: str) -> str:
    """The clauses of a theme with what represents each, and what is missing."""
    return table(
        ["条款 clause", "原文 phrase", "meaning", "状态 status", "由何体现 represented by", "尚缺 missing"],
        (
            [
                f"{c.document} {c.section}",
                c.phrase_zh,
                c.meaning_en,
                f"{STATUSES[c.status]} {c.status.replace('_', ' ')}",
                ", ".join(f"{kind} `{name}`" for kind, _, name in (one.partition(":") for one in c.by)),
                c.missing_en,
            ]
            for c in clauses().values()
            if c.theme == theme
        ),
    )


def quantities() -> str:
    """Quantities with their bounds and the span of the shipped values."""
    catalog = load_catalog()

    def span(name: str) -> str:
        values = sorted({catalog.value(name, scope) for scope in catalog.scopes(name)})
        return " … ".join(_number(value) for value in dict.fromkeys((values[0], values[-1])))

    return table(
        ["quantity", "name", "名称", "unit", "given by", "shipped", "allowed"],
        (
            [
                f"`{row['id']}`",
                row["name_en"],
                row["name_zh"],
                row["unit"],
                row["scope"],
                span(row["id"]),
                f"{_number(float(row['minimum']))} … {_number(float(row['maximum']))}",
            ]
            for row in catalog.tables["quantities"]
        ),
    )


def indicators() -> str:
    """Indicators with unit, meaning and how quarters make a year."""
    return table(
        ["indicator", "name", "名称", "unit", "better", "year", "by", "known for", "meaning", "source"],
        (
            [
                f"`{x.name}`",
                x.name_en,
                x.name_zh,
                x.unit,
                x.better,
                x.year,
                x.parts,
                "the park" if x.park_only else "every place",
                (x.formula.__doc__ or "").strip(),
                x.source,
            ]
            for x in INDICATORS.values()
        ),
    )


def kinds_of_happening() -> str:
    """Kinds in their order, with what is said beside them in the source."""
    said = _comments("Kind")

    def how(kind: kinds.Kind) -> str:
        if kinds.FIRST_CLOCK <= kind < kinds.FIRST_CLOCK + kinds.CLOCKS:
            return "clock"
        if kinds.FIRST_DATE <= kind < kinds.FIRST_DATE + kinds.DATES or kind in {*kinds.PLACE_KINDS, kinds.Kind.ENTER}:
            return "date"
        return "process" if kind < kinds.FIRST_DATE else "within another"

    return table(
        ["order", "kind", "meaning", "comes by", "place", "column of `groups`"],
        (
            [
                str(int(kind)),
                f"`{kind.name}`",
                said[kind.name],
                how(kind),
                "service" if kind in kinds.SERVICE_KINDS else "building",
                f"`{FLOWS[kind]}`" if kind in FLOWS else "",
            ]
            for kind in kinds.Kind
        ),
    )


def statuses() -> str:
    """Where a firm stands, why it found no room, what tiers ask about, what public money is spent on."""
    rows = [
        [f"`{member.name}`", enum.__name__, _comments(enum.__name__).get(member.name, "")]
        for enum in (kinds.Status, kinds.Reason, kinds.Measure, kinds.Item, kinds.Output)
        for member in enum
    ]
    return table(["name", "of", "meaning"], rows)


def ids() -> str:
    """Ids of industries, stages, services, causes of failure, tiers, skills, building types and land uses."""
    catalog = load_catalog()
    rows = []
    for name in (
        "industries",
        "stages",
        "services",
        "failures",
        "tiers",
        "scenes",
        "skills",
        "contract_rules",
        "building_types",
        "land_uses",
    ):
        zh, en = catalog.names(name, "zh"), catalog.names(name, "en")
        rows += [[name.replace("_", " "), f"`{key}`", en[key], zh[key]] for key in en]
    return table(["table", "id", "name", "名称"], rows)


def scenarios() -> str:
    """Shipped scenarios with their questions."""
    shipped = [load_scenario(name) for name in scenario_names()]
    return table(
        ["scenario", "名称", "question 问题"],
        ([f"`{x.name}`", f"{x.title_zh} {x.title_en}", " ".join(x.question.split())] for x in shipped),
    )


def keys() -> str:
    """Keys of a scenario file."""
    rows = []
    for name, field in Scenario.model_fields.items():
        default = "needed" if field.is_required() else _default(field.default)
        rows.append([f"`{name}`", default, " ".join((field.description or _TITLES.get(name, "")).split())])
    return table(["key", "default", "what it says"], rows)


#: Keys whose names say it all, but for the language.
_TITLES = {
    "title_zh": "Title in Chinese.",
    "title_en": "Title in English.",
    "replications": "How often, each under different luck.",
    "seed": "Which luck.",
    "settings": "Readings of the documents, see below.",
    "actions": "What is done, at its date.",
}


def _default(value: object) -> str:
    return f"`{value}`" if isinstance(value, str | int | float) and value != "" else "none"


def processes() -> str:
    """Processes that come along, with their arguments."""
    return table(
        ["process", "what it does", "arguments"],
        (
            [f"`{x.name}`", x.about, "; ".join(f"`{one.name}`: {one.wanted}" for one in x.arguments.values())]
            for x in PROCESSES.values()
        ),
    )


def settings() -> str:
    """Settings with their choices, the default first."""
    rows = []
    for name, field in Settings.model_fields.items():
        known = list(load_catalog().industry_sets) if name == "industries" else get_args(field.annotation)
        choices = [field.default, *(choice for choice in known if choice != field.default)]
        told = " ".join((field.description or "").split())
        rows.append([f"`{name}`", ", ".join(f"`{choice}`" for choice in choices), told])
    return table(["setting", "choices", "what it decides"], rows)


def edits() -> str:
    """Kinds of edits with their fields."""
    rows = []
    for name, kind in KINDS.items():
        fields = {field: info for field, info in kind.model_fields.items() if field not in {"edit", "id", "at", "note"}}
        said = ", ".join(f"**{field}**" if info.is_required() else field for field, info in fields.items())
        rows.append([f"`{name}`", (kind.__doc__ or "").strip().partition("\n")[0], said])
    return table(["edit", "what it does", "fields (bold: needed)"], rows)


def import_columns() -> str:
    """Columns an import looks for, with the words by which it knows them."""
    rows = []
    for row in words.table("columns"):
        known = [word for word in row["words"].split(";") if word != row["column"]]
        rows.append([f"`{row['table']}`", f"`{row['column']}`", row["quantity"], ", ".join(known[:WORDS])])
    return table(["table", "column", "what stands in it", "words that are known, among others"], rows)


def import_units() -> str:
    """Units an import reads."""
    rows = words.table("units")
    return table(
        ["of", "unit", "words"],
        ([row["quantity"], f"`{row['unit']}`", ", ".join(row["words"].split(";")[:WORDS])] for row in rows),
    )


def import_values() -> str:
    """What an import assumes of a building of a type."""
    catalog, floors = load_catalog(), words.values("usual_floors")
    quantities = ("storey_height_m", "lettable_ratio", "asking_rent_cny_m2_day", "building_quality")
    rows = []
    for kind in catalog.building_types:
        storey, *others = (_number(catalog.value(name, kind)) for name in quantities)
        rows.append([f"`{kind}`", storey, _number(floors[kind]), *others])
    return table(["type", "storey m", "floors", "lettable share", "rent CNY/m²/day", "quality"], rows)


def import_rules() -> str:
    """Everything an import may say."""
    rows = words.table("rules")
    gravity = {"error": "拒绝", "warning": "警告", "repaired": "已修复", "derived": "推算", "note": "说明"}
    return table(
        ["rule", "gravity 程度", "what is said", "内容"],
        (
            [f"`{row['rule']}`", f"{row['severity']} {gravity[row['severity']]}", row["what_en"], row["what_zh"]]
            for row in rows
        ),
    )


def facts() -> str:
    """Stylised facts with the targets of their figures."""
    roles = {"fit": "fit 拟合", "input": "put in 由参数给定", "held-out": "held out 留出"}
    return table(
        ["", "fact 事实", "what it says", "figures and targets", "", "judged on", "source"],
        (
            [
                str(pattern.number),
                f"{pattern.name_en} {pattern.name_zh}",
                f"{pattern.statement_en}. {pattern.statement_zh}",
                "; ".join(f"{band.name_en}: {band.target}" for band in pattern.bands),
                roles[pattern.role],
                pattern.runs,
                pattern.source,
            ]
            for pattern in patterns().values()
        ),
    )


def money(unit: str) -> bool:
    """Whether a unit is that of sums a year."""
    return unit == "CNY/year"


def published() -> str:
    """Published figures that runs are set beside, or why they are not."""
    return table(
        ["quantity", "at", "value", "unit", "scope", "compared", "role", "source", "note"],
        (
            [
                f"`{one.quantity}` {one.part}".strip(),
                one.at,
                f"{'> ' if one.bound == '>' else ''}{_number(one.value / (YI_CNY if money(one.unit) else 1.0))}",
                "亿元/年 10⁸ CNY/year" if money(one.unit) else one.unit,
                one.scope if one.share == 1 else f"{one.scope} × {_number(one.share)}",
                one.comparable,
                one.role,
                ", ".join(said for said in (one.source, one.published) if said),
                one.note,
            ]
            for one in observations()
        ),
    )


def _number(value: float) -> str:
    return f"{value:g}" if "e-" in f"{value:g}" else f"{value:,.15g}"


def _where(where: Sequence[str], needs: Sequence[str]) -> str:
    return ", ".join(f"{field} (needed)" if field in needs else field for field in where)


def _comments(enum: str) -> dict[str, str]:
    """The `#:` comments beside the members of an enumeration."""
    source = Path(kinds.__file__).read_text(encoding="utf-8")
    body = source.partition(f"class {enum}(")[2].partition("\nclass ")[0]
    return dict(re.findall(r"^    (\w+) = \d+  #: (.*)$", body, re.MULTILINE))


TABLES: Sections = {
    "ids": ids,
    "quantities": quantities,
    "levers": levers,
    "indicators": indicators,
    "kinds": kinds_of_happening,
    "statuses": statuses,
}

IMPORT_SECTIONS: Sections = {
    "import_columns": import_columns,
    "import_units": import_units,
    "import_values": import_values,
    "import_rules": import_rules,
}

SCENARIOS_SECTIONS: Sections = {"keys": keys, "processes": processes, "settings": settings}

EDITS_SECTIONS: Sections = {"edits": edits}

CLAUSES_SECTIONS: Sections = {
    "documents": documents,
    "coverage": coverage,
    **{theme: partial(clauses_of, theme) for theme in THEMES},
}

FACTS_SECTIONS: Sections = {"facts": facts, "observations": published}

README_SECTIONS: Sections = {"picture": picture, "scenarios": scenarios, "levers": short_levers}

if __name__ == "__main__":
    main()
