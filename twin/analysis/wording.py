"""Boxes as sentences that planners read, in Chinese and English."""

from __future__ import annotations

import math

from twin.analysis.boxes import Box, Boxes, Share
from twin.analysis.naming import SIGNIFICANT_DIGITS, Named, Names, agreeing, amount, figure_name
from twin.analysis.prim import Restriction
from twin.indicators.asked import Condition

#: Digits that tell any two numbers apart.
MOST_DIGITS = 17


def sentences(found: Boxes, names: Names, language: str = "en") -> list[str]:
    """What was found, a sentence or two for each box, in `en` or `zh`; that nothing was, if so.

    `names` says what factors are called and how their values are shown; one it does not hold goes by its own name.
    """
    zh = language == "zh"
    if found.boxes:
        return [_box(found, number, names, zh=zh) for number in range(len(found.boxes))]
    told, share = outcome(found.condition, names, missed=found.missed, zh=zh), f"{found.share:.0%}"
    turn = found.share > 1.0 / 2.0  # what is so in most cases is told better by where it is not
    if zh:
        none = f"在所试范围内，没有发现能可靠预示“{told}”的因素组合；全部情形中有{share}如此"
        return [none + ("，宜反过来考察何时不如此。" if turn else "。") + _threshold(found, zh=zh)]
    none = (
        f"Within what was tried no combination of factors reliably foretells that {told}; it is so in {share} of cases"
    )
    return [none + ("; ask rather where it is not." if turn else ".") + _threshold(found, zh=zh)]


def _threshold(found: Boxes, *, zh: bool) -> str:
    """When a point counts as meeting the target; nothing where that is half of its runs, or each run is a case."""
    if found.threshold in {None, 1.0 / 2.0}:
        return ""
    told = f"{100.0 * (found.threshold or 0.0):.4g}%"
    if zh:
        return f"这里一个情形是一个点，至少{told}的运行达标才算达标。"
    return f" A case is a point here, and meets the target where at least {told} of its runs do."


def _box(found: Boxes, number: int, names: Names, *, zh: bool) -> str:
    box, first = found.boxes[number], number == 0
    told = outcome(found.condition, names, missed=found.missed, zh=zh)
    when = conditions(box, names, zh=zh)
    density, coverage = box.density, box.coverage
    tested = f"{box.held_out_density.value:.0%}", f"{box.held_out_coverage.value:.0%}"
    if zh:
        kind = "未达标" if found.missed else "达标"
        begin = f"当{when}时，有" if first else f"除上述情形外，当{when}时，有"
        said = f"{begin}{density.value:.0%}的情形{told}（95%区间{_range(density, zh=zh)}）；"
        explained = f"这解释了全部{kind}情形的{coverage.value:.0%}（{_range(coverage, zh=zh)}）。"
        apart = f"用未参与划定的样本检验，两者分别为{tested[0]}和{tested[1]}；"
        return said + explained + apart + f"不加区分时，{found.share:.0%}的情形如此。" + _threshold(found, zh=zh)
    begin = f"When {when}" if first else f"Elsewhere, when {when}"
    said = f"{begin}, in {density.value:.0%} of cases (95% interval {_range(density, zh=zh)}) {told}; "
    kind = "miss the target" if found.missed else "meet the target"
    explained = f"this explains {coverage.value:.0%} ({_range(coverage, zh=zh)}) of all cases that {kind}. "
    apart = f"On points held out the two are {tested[0]} and {tested[1]}; "
    return said + explained + apart + f"at large it is so in {found.share:.0%} of cases." + _threshold(found, zh=zh)


def _range(share: Share, *, zh: bool) -> str:
    return f"{share.low:.0%}～{share.high:.0%}" if zh else f"{share.low:.0%} to {share.high:.0%}"


def conditions(box: Box, names: Names, *, zh: bool) -> str:
    """The restrictions of a box, joined."""
    told = [
        restriction(each, names.get(each.factor, Named(each.factor, each.factor)), zh=zh) for each in box.restrictions
    ]
    if len(told) == 1:
        return told[0]
    comma, last = ("，", "且") if zh else (", ", " and ")
    return comma.join(told[:-1]) + last + told[-1]


def restriction(each: Restriction, named: Named, *, zh: bool) -> str:
    """What a box says of one factor. Ends that are whole numbers are values within, others lie between two points."""
    name = named.name(zh=zh)
    if each.words:
        return _words(each, named, name, zh=zh)
    low, high = (named.number(end, zh=zh) for end in (each.low, each.high))
    if math.isinf(each.high):
        said = ("不低于", "is at least") if each.low.is_integer() else ("高于", "is above")
        return f"{name}{said[0]}{low}" if zh else f"{name} {said[1]} {low}"
    if math.isinf(each.low):
        said = ("不高于", "is at most") if each.high.is_integer() else ("低于", "is below")
        return f"{name}{said[0]}{high}" if zh else f"{name} {said[1]} {high}"
    if each.low == each.high:
        return f"{name}为{low}" if zh else f"{name} is {low}"
    digits = SIGNIFICANT_DIGITS
    while low == high and digits < MOST_DIGITS:  # ends that lie closer together than they are told
        digits += 1
        low, high = (named.number(end, zh=zh, digits=digits) for end in (each.low, each.high))
    first = named.number(each.low, zh=zh, bare=True, digits=digits)
    return f"{name}在{first}至{high}之间" if zh else f"{name} is between {first} and {high}"


def _words(each: Restriction, named: Named, name: str, *, zh: bool) -> str:
    """One of some words, or none of those left out, whichever is shorter."""
    left_out = len(each.without) < len(each.words)
    words = [named.word(value, zh=zh) for value in (each.without if left_out else each.words)]
    if zh:
        return f"{name}{'不为' if left_out else '为'}{'或'.join(words)}"
    return f"{name} is {'neither ' if left_out and len(words) > 1 else 'not ' * left_out}" + (
        (" nor " if left_out else " or ").join(words)
    )


def outcome(condition: Condition, names: Names, *, missed: bool, zh: bool) -> str:
    """That a condition is met, or missed: 2030年总收入达不到5,200亿元."""
    name = figure_name(condition.figure, names, zh=zh)
    bound = amount(condition.figure, condition.bound, zh=zh, exact=True)
    said = {
        (">=", False): ("达到", "reaches"),
        (">=", True): ("达不到", "stays below"),
        ("<=", False): ("不超过", "stays within"),
        ("<=", True): ("超过", "exceeds"),
    }[condition.relation, missed]
    return f"{name}{said[0]}{bound}" if zh else f"{name} {agreeing(condition.figure, said[1])} {bound}"
