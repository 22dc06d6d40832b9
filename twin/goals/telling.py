"""An answer in sentences, Chinese and English: what was found, how surely, and what that leaves open."""

from __future__ import annotations

import numpy as np

from twin.goals.bounds import Attainment
from twin.goals.finding import Evidence, Finding
from twin.goals.seeking import Answer
from twin.levers import LEVERS
from twin.study.telling import action_in_words
from twin.units import YI_CNY

#: A sentence in Chinese and in English.
Said = tuple[str, str]


def sentences(answer: Answer) -> list[Said]:
    """What is to be said of an answer, the verdict first."""
    verdict = {"reached": _reached, "out of reach": _out_of_reach, "undecided": _undecided}[answer.found.verdict]
    return [*verdict(answer), _without(answer), _spent(answer)]


def package_in_words(answer: Answer) -> list[Said]:
    """The actions of the package."""
    told = [action_in_words(action, answer.park) for action in answer.actions]
    return [(zh, en) for en, zh in told]


def _reached(answer: Answer) -> list[Said]:
    found = answer.found
    met, cost, wished = found.met, found.cost, _percent(found.probability)
    if met is None or cost is None:
        return []
    chance = _chance(met)
    if found.does_nothing:
        zh = f"已达到: 不采取任何措施即可满足 {answer.condition}, 追加公共投入为 0; {chance[0]}."
        en = f"Reached by doing nothing: {answer.condition} holds at no extra public cost; {chance[1]}."
    else:
        zh = f"可达到: 下列措施组合满足 {answer.condition}; {chance[0]}."
        en = f"Reached: this package brings about {answer.condition}; {chance[1]}."
    said = [(zh, en)]
    if found.assured:
        said.append((f"整个区间不低于期望的 {wished}.", f"All of the interval is at or above the wished {wished}."))
    else:
        zh = f"区间包含期望的 {wished}: 真实概率可能低于它. 加大 --budget 可使区间变窄."
        en = f"The interval holds the wished {wished}: the probability may lie below it; --budget narrows it."
        said.append((zh, en))
    if not found.does_nothing:
        span = f"{_yi(cost.low)} … {_yi(cost.high)}" if cost.pairs > 1 else "–"
        year = answer.condition.figure.year
        zh = f"到 {year} 年末累计追加公共投入 {_yi(cost.mean)} 亿元 (95 % 区间 {span}, {cost.pairs} 对运行)."
        en = (
            f"Extra public money by the end of {year}: {_yi(cost.mean)} 亿元 (1e8 CNY; 95 % {span}, {cost.pairs} pairs "
        )
        en += "of runs)."
        zh += " 这是搜索所及最便宜的组合, 不保证没有更便宜的."
        en += " It is the cheapest package found; that none is cheaper is not claimed."
        said += [(zh, en), *_uncosted(answer)]
    return said


def _uncosted(answer: Answer) -> list[Said]:
    names = answer.uncosted
    if not names:
        return [("组合中每项措施在模型中都有成本.", "Every lever of the package has a cost in the model.")]
    named = [LEVERS[name].name_zh for name in names]
    zh = f"模型中没有以下措施的成本: {'、'.join(named)}; 它们并非免费, 上述投入未包含其成本."
    en = f"The model has no cost for {', '.join(names)}: it is missing from the sum above, not zero."
    return [(zh, en)]


def _out_of_reach(answer: Answer) -> list[Said]:
    wished = _percent(answer.found.probability)
    zh = f"不可达到: 在允许范围内没有找到以 {wished} 概率满足 {answer.condition} 的组合. 依据如下, 不多于此:"
    en = f"Out of reach: nothing found in the allowed range meets {answer.condition} with a probability of {wished}. "
    return [(zh, f"{en}The evidence, and no more than that:"), *_evidence(answer)]


def _undecided(answer: Answer) -> list[Said]:
    zh = f"预算内未能判定: 没有组合被证实达到 {answer.condition}, 也不能排除. 加大 --budget 再试."
    en = f"Undecided within the budget: no package was shown to reach {answer.condition}, nor are all ruled out."
    en += " A larger --budget may decide."
    said = [(zh, en)]
    for n, (_, met) in enumerate(answer.found.stated, start=1):
        chance = _chance(met)
        said.append((f"第 {n} 个候选组合: {chance[0]}.", f"Candidate {n}: {chance[1]}."))
    return [*said, *_evidence(answer)]


def _evidence(answer: Answer) -> list[Said]:
    evidence = answer.found.evidence
    if evidence is None:
        return []
    sample, corner, best = evidence.sample, evidence.corner_met, evidence.best_met
    below = f"{evidence.corner_below:.1%}"
    zh = f"各措施都取有利一端: 新随机数下 {corner.runs} 次中 {corner.met} 次达到, 概率低于 {below} (97.5 % 置信)."
    en = f"Every lever at its better end: {corner.met} of {corner.runs} runs under fresh luck"
    said = [(zh, f"{en}, a probability below {below} (97.5 % confidence).")]
    if not np.array_equal(evidence.corner, evidence.best):
        zh = f"搜索中最接近的组合: {best.runs} 次中 {best.met} 次, 概率低于 {evidence.best_below:.1%}"
        en = f"The nearest package of the search: {best.met} of {best.runs}, below {evidence.best_below:.1%}"
        said.append((f"{zh} (两者合计 95 % 置信).", f"{en} (both together with 95 % confidence)."))
    if sample.suspects:
        zh = f"在允许范围内随机抽取的 {sample.packages} 个组合中, {len(sample.suspects)} 个不能排除."
        en = f"Of {sample.packages} packages drawn at random from the allowed range {len(sample.suspects)} may attain."
    else:
        zh = f"在允许范围内随机抽取 {sample.packages} 个组合, 无一达到: "
        zh += f"能达到的部分小于范围的 {sample.share_below:.1%} (95 % 置信)."
        en = (
            f"Of {sample.packages} packages drawn at random from the allowed range none attains: with 95 % confidence "
            f"less than {sample.share_below:.1%} of it does."
        )
    return [*said, (zh, en), _monotone(evidence, answer.found)]


def _monotone(evidence: Evidence, found: Finding) -> Said:
    steps = evidence.steps
    zh = f"配对步进 {steps.tried} 步中 {steps.tried - steps.against} 步方向一致, {steps.clearly} 步明显相反"
    en = f"Levers worked one way in {steps.tried - steps.against} of {steps.tried} paired steps, clearly against it in "
    en += f"{steps.clearly}"
    if evidence.certified_if_monotone(found.probability):
        zh += ": 若各措施始终按所见方向起作用 (单调), 则不可达到已得证 (系观察所得, 未经证明)."
        en += ": certified if monotone, that is decisive if each lever works the way it was seen to work throughout"
        en += " (observed, not proved)."
        if found.unclear:
            zh += f" 其中 {found.unclear} 项措施的作用方向尚不能与运气区分."
            en += f" Of {found.unclear} the way is not told from luck."
    elif not steps.monotone:
        zh += ": 不能由端点推断范围内部."
        en += ": from the ends nothing follows for what lies between."
    elif evidence.sample.suspects:
        zh += "; 但随机抽取的组合中有不能排除的, 故无所证明."
        en += "; but not all packages drawn at random are ruled out, so nothing is certified."
    else:
        zh += "; 但各措施取有利一端未被排除, 故无所证明."
        en += "; but the better ends are not ruled out, so nothing is certified."
    return zh, en


def _without(answer: Answer) -> Said:
    met = answer.found.nothing
    zh = f"不采取措施时: {met.runs} 次中 {met.met} 次达到."
    return zh, f"Without any lever: in {met.met} of {met.runs} runs."


def _spent(answer: Answer) -> Said:
    found = answer.found
    return f"共运行 {found.runs} 次 (预算 {found.budget}).", f"{found.runs} runs of a budget of {found.budget}."


def _chance(met: Attainment) -> Said:
    share, span, sure = _tenths(met.share), f"{_tenths(met.low)}–{_tenths(met.high)}", _percent(met.confidence)
    zh = f"新随机数下 {met.runs} 次中 {met.met} 次达到, 占 {share} (概率的 {sure} 区间 {span})"
    en = f"met in {met.met} of {met.runs} runs under fresh luck, {share} ({sure} interval {span} for the probability)"
    return zh, en


def _percent(part: float) -> str:
    """What was asked for, as it was asked for."""
    return f"{100.0 * part:.10g}%"


def _tenths(part: float) -> str:
    """What was counted: to whole percents 79.6 % would look like the 80 % that it falls short of."""
    return f"{100.0 * part:.1f}".removesuffix(".0") + "%"


def _yi(cny: float) -> str:
    return f"{cny / YI_CNY:,.2f}"
