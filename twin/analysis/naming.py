"""What factors and figures are called where planners read them, in Chinese and English, and in which units."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from twin.catalog import Catalog
from twin.indicators.asked import Figure
from twin.levers import LEVERS
from twin.units import Shown, shown

#: Bounds of boxes are known no better than to so many digits: points lie as far apart.
SIGNIFICANT_DIGITS = 3

#: What is less, in the unit planners read, is rounding.
ROUNDING = 1e-9

PLAIN = shown("1")


@dataclass(frozen=True)
class Named:
    """What something is called, and how its values are shown."""

    zh: str
    en: str
    unit: Shown = PLAIN
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)  #: names of its values, Chinese and English

    def name(self, *, zh: bool) -> str:
        """Its name in one of the languages, as it stands within a sentence."""
        return self.zh if zh else within(self.en)

    def word(self, value: str, *, zh: bool) -> str:
        """The name of one of its values; of one that has none, the value."""
        return self.words.get(value, (value, value))[0 if zh else 1]

    def number(self, value: float, *, zh: bool, bare: bool = False, digits: int = SIGNIFICANT_DIGITS) -> str:
        """A value in the unit planners read, to three digits or so many, with the unit or without."""
        told = _rounded(value / self.unit.per, digits)
        return told if bare else with_unit(told, self.unit, zh=zh)


Names = Mapping[str, Named]

#: Settings of a scenario, as planners call them.
SETTINGS: Names = {
    "feature_parks": Named(
        "特色园区数量口径",
        "reading of the feature parks",
        words={"five": ("五个", "five"), "six": ("六个", "six")},
    ),
    "wulituo": Named(
        "五里坨范围口径",
        "reading of Wulituo",
        words={"outside": ("不计入园区", "outside the park"), "inside": ("计入园区", "inside the park")},
    ),
    "industries": Named(
        "特色产业口径",
        "reading of the feature industries",
        words={
            "s2_four": ("访谈所列四个产业", "the four of the interview"),
            "s1_four": ("方案所列四个产业", "the four of the plan"),
            "chain_chiefs": ("链长制五个产业", "the five with chain chiefs"),
        },
    ),
    "firms": Named(
        "企业统计口径",
        "reading of firms",
        words={
            "resident": ("仅实地入驻企业", "resident firms alone"),
            "all": ("含仅注册企业", "registered-only firms too"),
        },
    ),
    "tier_scope": Named(
        "梯队企业统计口径",
        "reading of tier counts",
        words={"district": ("全区", "the district's"), "park": ("园区", "the park's")},
    ),
}

#: Units of levers that planners read otherwise; what is a multiple of what is in force begins with ×.
LEVER_UNITS = {
    "relative change": shown("share"),
    "CNY more": shown("CNY"),
    "CNY/year more": shown("CNY/year"),
    "m² lettable": shown("m²"),
    "homes more": shown("homes"),
    "slots more": Shown(1, "个", "slots", 0),
    "windows more": Shown(1, "个", "windows", 0),
    "anchors": Shown(1, "家", "anchors", 0),
    "persons/year more": Shown(1, "人/年", "persons/year", 0),
    "places/year more": Shown(1, "人/年", "places/year", 0),
    "calls/year more": Shown(1, "次/年", "calls/year", 1),
    "events/year more": Shown(1, "次/年", "events/year", 1),
    "projects/year more": Shown(1, "项/年", "projects/year", 0),
}
TIMES = Shown(1, "倍", " times", 2)


def names_of(factors: Iterable[str], catalog: Catalog) -> dict[str, Named]:
    """What factors are called: settings, levers and quantities of the catalog; of any other its own name.

    A factor may say where it is found and what it is narrowed to: `hit_rate.ai`, `parameters.hit_rate.ai`,
    `settings.firms`, `service_slots.pilot_line`.
    """
    return {factor: _named(factor, catalog) for factor in factors}


def _named(factor: str, catalog: Catalog) -> Named:
    kind, _, rest = factor.partition(".")
    name, _, scope = (rest if kind in {"parameters", "settings", "levers"} else factor).partition(".")
    if name in SETTINGS and not scope:
        return SETTINGS[name]
    quantities = {row["id"]: row for row in catalog.tables["quantities"]}
    if name in quantities:
        row = quantities[name]
        zh, en, unit = row["name_zh"], row["name_en"], shown(row["unit"])
    elif name in LEVERS:
        lever = LEVERS[name]
        share = shown("share") if lever.unit.startswith("share") else shown(lever.unit)
        unit = TIMES if lever.unit.startswith("×") else LEVER_UNITS.get(lever.unit, share)
        zh, en = lever.name_zh, lever.name_en
    else:
        return Named(factor, factor)
    if scope:
        zh, en = f"{zh}（{_scoped(scope, catalog, 'zh')}）", f"{en} ({_scoped(scope, catalog, 'en')})"
    return Named(zh, en, unit)


def _scoped(scope: str, catalog: Catalog, lang: str) -> str:
    """The names of what a quantity or a lever is narrowed to."""
    tables = ("industries", "chain_nodes", "stages", "services", "tiers", "scenes", "skills", "building_types")
    names = {id_: name for table in reversed(tables) for id_, name in catalog.names(table, lang).items()}
    return ("、" if lang == "zh" else ", ").join(names.get(part, part) for part in scope.split("."))


def figure_name(figure: Figure, names: Names, *, zh: bool) -> str:
    """A figure with its year: 2030年总收入, or Revenue in 2030; `names` may name its part."""
    told = figure.about.name_zh if zh else within(figure.about.name_en)
    if figure.part:
        part = names[figure.part].name(zh=zh) if figure.part in names else figure.part
        told += f"（{part}）" if zh else f" ({part})"
    if figure.year is None:
        return f"末年{told}" if zh else f"{told} in the last year"
    return f"{figure.year}年{told}" if zh else f"{told} in {figure.year}"


#: Verbs of figures that are many, where of one they are otherwise.
PLURAL = {"is": "are", "reaches": "reach", "exceeds": "exceed", "rises": "rise", "falls": "fall"}

#: Words after which the noun of a name does not come any more.
AFTER = re.compile(r"\b(by|of|in|per|that|which|with|on)\b|[:,(]")


def agreeing(figure: Figure, verb: str) -> str:
    """A verb in the number of a figure's English name: resident firms reach, revenue reaches."""
    noun = AFTER.split(figure.about.name_en)[0].strip()
    first, _, rest = verb.partition(" ")
    return f"{PLURAL.get(first, first.removesuffix('s'))} {rest}".strip() if re.search("[^s]s$", noun) else verb


def amount(figure: Figure, value: float, *, zh: bool, signed: bool = False, exact: bool = False) -> str:
    """A value of a figure in the unit planners read, as a bound to all its digits; of a year, the year goes unsaid."""
    unit = shown(figure.about.unit)
    unit = unit._replace(zh=unit.zh.removesuffix("/年"), en=unit.en.removesuffix("/year"))
    number = value / unit.per
    sign = "+" if signed and number > 0 else ""
    # what is not 0 is not told as 0: a difference of -0 has no sign that a reader could see
    small = ROUNDING < abs(number) < 0.5 * 10.0**-unit.digits
    told = f"{number:,.10g}" if exact else _rounded(number, 1) if small else f"{number:,.{unit.digits}f}"
    return with_unit(sign + told, unit, zh=zh)


def within(name: str) -> str:
    """An English name as it stands within a sentence: small, unless it begins with an abbreviation."""
    return name if name[1:2].isupper() or not name[1:2].isalpha() else name[:1].lower() + name[1:]


def with_unit(number: str, unit: Shown, *, zh: bool) -> str:
    """A number and its unit: Chinese ones follow at once, and so does a per cent; 10⁸ is multiplied."""
    if zh or unit.en.startswith(("%", "/", " ")):
        return number + (unit.zh if zh else unit.en)
    return f"{number}{' × ' if unit.en.startswith('10') else ' '}{unit.en}".strip()


def _rounded(number: float, significant: int) -> str:
    if number == 0.0 or not math.isfinite(number):
        return f"{number:g}"
    digits = significant - 1 - math.floor(math.log10(abs(number)))
    told = f"{round(number, digits):,.{max(digits, 0)}f}"
    return told.rstrip("0").rstrip(".") if "." in told else told
