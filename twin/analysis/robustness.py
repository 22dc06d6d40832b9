"""Whether a conclusion hangs on how the documents are read.

A reading of the documents may move the level of a figure in base and what-if alike: with registered-only firms there
are more firms either way. What is judged is the difference between the two, under the same reading and the same luck.

Two claims, two guards. That a conclusion holds in all readings asks that every one of the differences be clear, which
is an intersection-union test: each may be held against 5 % by itself, however many there are (Berger 1982,
Technometrics 24, 295-300). That it hangs on the reading asks only that some difference be clear, and among many some
will be by chance: those are held against 5 % all together, by Holm's procedure (1979, Scand. J. Statist. 6, 65-70), so
that not a single sign is false in 95 % of cases. The rate of Benjamini and Hochberg would let one in twenty of the
clear ones be false, and one is enough for a reversal that is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.analysis.frames import check_runs
from twin.analysis.naming import Named, Names, agreeing, amount, figure_name
from twin.catalog import nearest
from twin.errors import Fault, InputError
from twin.indicators.asked import Figure
from twin.study.intervals import CONFIDENCE, intervals_of

#: What may be said of a conclusion over all readings.
Verdict = Literal["holds", "holds where clear", "changes sign", "unclear", "no effect"]


@dataclass(frozen=True)
class Robustness:
    """A what-if against a base, under every reading of the documents that was run."""

    figure: Figure
    settings: tuple[str, ...]  #: those that took more than one value
    table: pd.DataFrame
    """A row for each combination: the settings; what `twin.study.intervals.intervals` says of the paired difference;
    base (its mean), p_together (Holm's), sign (1 or -1 where it is clear among all combinations, else 0)."""
    verdict: Verdict
    sign: int  #: 1 where the what-if has more, -1 where it has less, 0 where that is unclear or changes
    depends_on: tuple[tuple[str, ...], ...]  #: the smallest sets of settings that part the signs, where they change

    def sentence(self, names: Names, language: str = "en") -> str:
        """What is concluded, in `en` or `zh`; `names` says what the settings and their readings are called."""
        return _sentence(self, names, zh=language == "zh")


def robustness(
    runs: pd.DataFrame, figure: str, settings: Sequence[str], *, changed: str, base: str, what_if: str
) -> Robustness:
    """Whether the difference that a what-if makes to a figure has the same sign under every reading.

    `runs`: see `twin.analysis.frames`; of each combination of `settings` points of which the column `changed` is `base`
    or `what_if`. Pairs of which a run failed are left out. Raises InputError.
    """
    asked = Figure.parse(figure)
    check_runs(runs, [figure], [changed, *settings])
    pairs = _paired(runs, figure, list(settings), changed, (base, what_if))
    table = intervals_of(pairs, list(settings)) if settings else intervals_of(pairs.assign(all=""), ["all"])
    table = table.assign(
        base=pairs.groupby(list(settings) or np.zeros(len(pairs)), sort=False)["base"].mean().to_numpy()
    )
    table["p"] = table["p"].fillna(1.0)  # one pair alone says nothing of luck
    together = _holm(table["p"].to_numpy(dtype=np.float64))
    above = np.where(table["method"] == "median", np.sign(table["median"]), np.sign(table["mean"])).astype(np.int64)
    clear = np.where(table["p"] <= 1.0 - CONFIDENCE, above, 0)
    table = table.assign(p_together=together, sign=np.where(together <= 1.0 - CONFIDENCE, above, 0))
    varied = tuple(name for name in settings if len(table[name].unique()) > 1)
    signs = set(table["sign"])
    if len(set(clear)) == 1 and 0 not in clear:
        return Robustness(asked, varied, table, "holds", int(clear[0]), ())
    if {1, -1} <= signs:
        return Robustness(asked, varied, table, "changes sign", 0, separating(table, varied))
    if signs == {0}:
        return Robustness(asked, varied, table, "unclear" if table["moved"].any() else "no effect", 0, ())
    return Robustness(asked, varied, table, "holds where clear", 1 if 1 in signs else -1, ())


def separating(table: pd.DataFrame, settings: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The smallest sets of settings that part the signs: no two rows alike in them have opposite ones."""
    signed = table[table["sign"] != 0]
    for size in range(1, len(settings) + 1):
        found = [
            chosen
            for chosen in combinations(settings, size)
            if not signed.drop_duplicates([*chosen, "sign"]).duplicated(list(chosen)).any()
        ]
        if found:
            return tuple(found)
    return ()


def _paired(runs: pd.DataFrame, figure: str, settings: list[str], changed: str, two: tuple[str, str]) -> pd.DataFrame:
    """A row for each pair of runs: the settings, replication, base, value (what-if less base). Raises InputError."""
    values = runs[changed].astype(str)
    known = list(values.unique())
    faults = [Fault("runs", f"{changed} is never {one!r}", nearest(one, known)) for one in two if one not in known]
    if faults or two[0] == two[1]:
        raise InputError(faults or [Fault("runs", f"{two[0]!r} twice", "a base and another what-if")])
    keys = [*settings, "replication"]
    base, other = (runs.loc[values == one, [*keys, figure]] for one in two)
    for one, frame in zip(two, (base, other), strict=True):
        if frame.duplicated(keys).any():
            cure = f"points that differ in {', '.join([changed, *settings])} alone, or those columns as settings too"
            raise InputError([Fault("runs", f"several points of {changed} {one!r} have the same readings", cure)])
    pairs = base.merge(other, on=keys, suffixes=("_base", "_other"), sort=False)
    before, after = pairs[f"{figure}_base"], pairs[f"{figure}_other"]
    pairs = pairs[keys].assign(base=before, value=after - before)
    pairs = pairs[np.isfinite(pairs["value"])].reset_index(drop=True)
    if pairs.empty:
        raise InputError([Fault("runs", "no pair of which both runs are done", "runs that did not fail")])
    # a reading of which all runs failed would not be missed in the table, and all others were said to be all
    readings, judged = (set(map(tuple, each[settings].drop_duplicates().to_numpy())) for each in (runs, pairs))
    if settings and (lacking := readings - judged):
        told = "; ".join(", ".join(map(str, one)) for one in sorted(lacking, key=str))
        cure = "both under every reading, and runs that did not fail"
        raise InputError([Fault("runs", f"no pair of base and what-if for {told}", cure)])
    return pairs


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's p: below a level for all tests whose rejection errs with no more than that probability, all together."""
    order = np.argsort(p, kind="stable")
    steps = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    found = np.empty(len(p))
    found[order] = steps
    return found


#: What is said where the sign does not change, in Chinese and English.
SAID: Mapping[Verdict, tuple[str, str]] = {
    "holds": (
        "此结论不取决于{settings}：在所试的全部{n}种口径组合下，{figure}都{way}（差值{span}）。",
        (
            "This conclusion does not depend on {settings}: "
            "in all {n} combinations tried {figure} {way} (difference {span})."
        ),
    ),
    "holds where clear": (
        "凡能判明之处结论一致：{n}种口径组合中有{clear}种{figure}{way}，其余{rest}种没有变化或尚不能判明（差值{span}）。",
        "Where it is clear the conclusion is one: {figure} {way} in {clear} of {n} combinations (difference {span}).",
    ),
    "unclear": (
        "在所试的{n}种口径组合下，都不能判明{figure}是升是降（差值{span}）。",
        "In none of {n} combinations can it be told whether there is more of {figure} or less (difference {span}).",
    ),
    "no effect": (
        "在所试的{n}种口径组合下，{figure}都没有变化。",
        "In all {n} combinations of readings {figure} {be} exactly as without it.",
    ),
}


def _sentence(found: Robustness, names: Names, *, zh: bool) -> str:
    told = figure_name(found.figure, {}, zh=zh)
    if found.verdict == "changes sign":
        return _changing(found, names, told, zh=zh)
    table = found.table
    middle = np.where(table["method"] == "median", table["median"], table["mean"])
    least, most = (amount(found.figure, float(end), zh=zh, signed=True) for end in (middle.min(), middle.max()))
    n, clear = len(table), int((table["sign"] != 0).sum())
    listed = _listed([_name(names, setting, zh=zh) for setting in found.settings], zh=zh)
    return SAID[found.verdict][0 if zh else 1].format(
        settings=listed or ("所试口径" if zh else "the readings tried"),
        figure=told,
        way=_way(found, zh=zh),
        be=agreeing(found.figure, "is"),
        span=least if least == most else (f"{least}至{most}" if zh else f"{least} to {most}"),
        n=n,
        clear=clear,
        rest=n - clear,
    )


def _way(found: Robustness, *, zh: bool) -> str:
    if not found.sign:
        return ""
    if zh:
        return "上升" if found.sign > 0 else "下降"
    return agreeing(found.figure, "rises" if found.sign > 0 else "falls")


def _changing(found: Robustness, names: Names, told: str, *, zh: bool) -> str:
    """Of a sign that changes: on which settings it depends, and under which readings it is which."""
    on = found.depends_on[0] if found.depends_on else found.settings
    signed = found.table[found.table["sign"] != 0]
    sides = []
    for sign in (1, -1):
        rows = signed.loc[signed["sign"] == sign, list(on)].drop_duplicates()
        said = [_reading(names, dict(zip(on, row, strict=True)), zh=zh) for row in rows.to_numpy()]
        sides.append(("或" if zh else " or ").join(said))
    listed = _listed([_name(names, setting, zh=zh) for setting in on], zh=zh)
    others = [_listed([_name(names, setting, zh=zh) for setting in each], zh=zh) for each in found.depends_on[1:]]
    other = ""
    if others:
        told_zh, told_en = (
            "也可能取决于{}，这些运行无法区分。",
            " It may as well be {} that it depends on: these runs cannot tell.",
        )
        other = told_zh.format("，或".join(others)) if zh else told_en.format(", or ".join(others))
    if zh:
        return f"此结论取决于{listed}：{sides[0]}时{told}上升，{sides[1]}时{told}下降。{other}"
    rises, falls = agreeing(found.figure, "rises"), agreeing(found.figure, "falls")
    return f"This conclusion depends on {listed}: {told} {rises} where {sides[0]}, and {falls} where {sides[1]}.{other}"


def _named(names: Names, setting: str) -> Named:
    return names.get(setting, Named(setting, setting))


def _name(names: Names, setting: str, *, zh: bool) -> str:
    told = _named(names, setting).name(zh=zh)
    return told if zh or told == setting else f"the {told}"


def _reading(names: Names, values: Mapping[str, object], *, zh: bool) -> str:
    """Settings and their readings, as `企业统计口径为含仅注册企业`."""
    told = [
        f"{_name(names, name, zh=zh)}{'为' if zh else ' is '}{_named(names, name).word(str(value), zh=zh)}"
        for name, value in values.items()
    ]
    return ("且" if zh else " and ").join(told)


def _listed(told: Sequence[str], *, zh: bool) -> str:
    if len(told) < 2:  # noqa: PLR2004  # nothing to join
        return "".join(told)
    comma, last = ("、", "和") if zh else (", ", " or ")
    return comma.join(told[:-1]) + last + told[-1]
