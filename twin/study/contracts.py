"""How strict a performance agreement should be: who is caught or punished wrongly, and what the park loses by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from twin.errors import Fault, ScenarioError
from twin.park import Park
from twin.scenario import Action, Scenario
from twin.study.comparing import compare
from twin.study.intervals import half_width
from twin.study.pairs import Comparison

#: Multiples of the bounds that are tried if none are given.
STRICTNESS = (0.5, 1.0, 2.0, 4.0)

#: Flows that are summed over the run, as the columns they become.
SUMMED = {
    "contract_caught": "caught",
    "contract_wrongly": "wrongly",
    "contract_missed": "missed",
    "contract_ended": "ended",
    "contract_exits": "left_warned",
    "contract_penalties": "penalties_cny",
}

#: Stocks of the last year, of which the paired difference to no agreements is shown.
COMPARED = {"resident_firms": "firms", "revenue": "revenue_cny_year", "tax": "tax_cny_year"}


def strictness_table(
    park: Park,
    scenario: Scenario,
    *,
    strictness: Sequence[float] = STRICTNESS,
    replications: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """A row for each strictness: means of the run's sums, and of the last year's paired difference to no agreements.

    The agreements are those of the scenario, with its bounds times the strictness; without them the same luck is run
    once more. Of each difference the mean stands with the ends of its 95 % interval. Raises ScenarioError where the
    scenario asks for no agreements.
    """
    asked = any(_asks_for_agreements(action) for action in scenario.actions)
    if not asked and not scenario.catalog(park.catalog).value("contract_share"):
        cure = "an action of the lever contracts, or contract_share above 0"
        raise ScenarioError([Fault(scenario.name, "asks for no performance agreements", cure)])
    actions = [action for action in scenario.actions if not _asks_for_agreements(action)]
    base = scenario.with_changes(name="no_agreements", actions=actions).with_parameters({"contract_share": 0.0})
    others = {f"strict_{n}": value for n, value in enumerate(strictness)}
    tried = [
        scenario.with_changes(name=name).with_parameters({"contract_strictness": float(value)})
        for name, value in others.items()
    ]
    comparison = compare(park, base, *tried, replications=replications, progress=progress)
    return pd.DataFrame([{"strictness": value, **_row(comparison, name)} for name, value in others.items()])


def _asks_for_agreements(action: object) -> bool:
    return isinstance(action, Action) and action.lever == "contracts"


def _row(comparison: Comparison, name: str) -> dict[str, float]:
    """What a strictness comes to; without agreements the sums are none, so that a difference is all of it."""
    differences = comparison.differences
    of_park = differences[(differences["scenario"] == name) & (differences["place"] == "park")]
    row = {}
    for indicator, column in SUMMED.items():
        one = of_park[of_park["indicator"] == indicator]
        row[column] = float(one.groupby("replication")["value"].sum().mean())
    punished = row["caught"] + row["wrongly"]
    row["wrong_share"] = row["wrongly"] / punished if punished else float("nan")
    last = of_park[of_park["year"] == of_park["year"].max()].groupby("indicator")["value"]
    mean = last.mean()
    half = pd.Series(half_width(last.std(), last.count()), index=mean.index)
    for indicator, column in COMPARED.items():
        ends = {"": 0.0, "_low": -1.0, "_high": 1.0}
        row |= {column + end: float(mean[indicator] + sign * half[indicator]) for end, sign in ends.items()}
    return row
