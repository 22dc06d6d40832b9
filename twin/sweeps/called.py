"""What the factors of a design are called, for tables and sentences that planners read."""

from __future__ import annotations

from dataclasses import replace

from twin.analysis.naming import TIMES, Named, names_of
from twin.catalog import Catalog
from twin.errors import InputError
from twin.scenario import load_scenario
from twin.sweeps.design import Design, Factor, LeverFactor, ParameterFactor, ScenarioFactor, SettingFactor
from twin.sweeps.points import meaning_of
from twin.units import Shown

#: How far along its range a parameter is, from low to high.
SPAN = Shown(0.01, "%（自低值至高值）", "% of the way from low to high", 0)


def factor_names(design: Design, catalog: Catalog) -> dict[str, Named]:
    """Names and units of a design's factors by their labels."""
    return {factor.label: _named(factor, catalog) for factor in design.factors}


def _named(factor: Factor, catalog: Catalog) -> Named:
    if isinstance(factor, ScenarioFactor):
        return Named("情景", "scenario", words={name: _titles(name) for name in factor.scenarios})
    if isinstance(factor, SettingFactor):
        what = f"settings.{factor.setting}"
    elif isinstance(factor, LeverFactor):
        scope = [str(value) for _, value in factor.where if value is not None]
        what = ".".join(["levers", factor.lever, *scope])
    else:
        what = f"parameters.{factor.parameter}"
    (named,) = names_of([what], catalog).values()
    if isinstance(factor, ParameterFactor):
        meaning = meaning_of(factor, catalog)
        return named if meaning == "value" else replace(named, unit=TIMES if meaning == "times" else SPAN)
    return named


def _titles(name: str) -> tuple[str, str]:
    """The titles of a scenario; its name where it cannot be found any more, or has none."""
    try:
        scenario = load_scenario(name)
    except InputError:
        return name, name
    return scenario.title_zh or name, scenario.title_en or name
