"""Two searches over the industry chains: whom to recruit next, and whose loss hurts most.

Each candidate has runs of its own, paired with runs as they are under the same luck: a firm of a link comes, or an
anchor or all firms of a link go, and some years later cover, resilience, firms, staff and revenue are held against
those without. Effects of anchors on others are priors (ODD 7.21), and so is what these searches find.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twin.chains.cover import firms_of
from twin.chains.graph import ALL, chain_graph
from twin.engine.environment import ParkEnvironment
from twin.engine.kinds import Kind, Status
from twin.engine.rules.anchors import recruit
from twin.engine.rules.exits import leave
from twin.errors import Fault, ScenarioError
from twin.park import Park
from twin.scenario import Scenario, adjusted
from twin.simulation import Process
from twin.study.replications import replicate
from twin.study.shadow import adds, intervals
from twin.units import QUARTERS_PER_YEAR, Quarter

#: What is held against runs as they are, as indicator and part; the first three are of the candidate's own chain.
MEASURES = {
    "cover": ("node_cover", ""),
    "link_cover": ("link_cover", ""),
    "resilience": ("chain_resilience", ""),
    "all_cover": ("node_cover", ALL),
    "firms": ("resident_firms", ""),
    "staff": ("staff", ""),
    "revenue": ("revenue", ""),
}

#: Measures that say how complete the candidate's own chain is.
OF_CHAIN = ("cover", "link_cover", "resilience")

#: Links with fewer residents are tried where no chain is named: elsewhere one firm more does not decide.
FEW = 10

#: After so many years, and with so many pairs of runs, unless told otherwise.
YEARS, REPLICATIONS = 5, 8


class Candidate(NamedTuple):
    """Who comes, or goes."""

    kind: str  #: link or anchor
    id: str  #: of the link, or number of the firm
    chain: str  #: industry
    name_zh: str
    name_en: str
    firms: int  #: of the stock: residents of the link, or all that go
    change: Callable[[ParkEnvironment], Any]


def next_recruits(
    park: Park,
    scenario: Scenario,
    *,
    chain: str = ALL,
    at: str | None = None,
    years: int = YEARS,
    replications: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """What one more firm of each link, recruited at the start or `at` a quarter, brings so many years later.

    Tried are the links of a chain, or of all chains those with fewer than `FEW` residents in the stock. One row for
    each link and measure, the link first that adds most to cover, link cover and resilience of its chain together:
    kind, id, chain, name_zh, name_en, firms, measure, mean, low, high, n, distinct. Raises ScenarioError.
    """
    found = _searched(park, scenario, recruits(park, scenario, chain), at, years, replications, progress)
    score = found[found["measure"].isin(OF_CHAIN)].groupby("id")["mean"].sum()
    return _ranked(found, -score)


def stress(
    park: Park,
    scenario: Scenario,
    *,
    chain: str = ALL,
    at: str | None = None,
    years: int = YEARS,
    by: str = "staff",
    replications: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """What the loss of each anchor, and of all firms of each link, costs so many years later.

    The rows are those of `next_recruits`, the loss first that hurts most `by` a measure. Raises ScenarioError.
    """
    if by not in MEASURES:
        raise ScenarioError([Fault("stress", f"no measure {by!r}", f"one of {', '.join(MEASURES)}")])
    found = _searched(park, scenario, losses(park, scenario, chain), at, years, replications, progress)
    return _ranked(found, found[found["measure"] == by].set_index("id")["mean"])


def recruits(park: Park, scenario: Scenario, chain: str = ALL) -> list[Candidate]:
    """The links for which a firm may be recruited next."""
    links = _links(adjusted(park, scenario), chain)
    wanted = [link for link in links if chain != ALL or link.firms < FEW] or links
    rows = park.catalog.chain_nodes
    return [link._replace(change=partial(_recruit, rows.index(link.id))) for link in wanted]


def losses(park: Park, scenario: Scenario, chain: str = ALL) -> list[Candidate]:
    """The resident anchors of a chain (of all chains also those whose link is not told), and its links with firms.

    Firms of a link that are only registered go with it, and count.
    """
    park = adjusted(park, scenario)
    anchors = park.firms[park.firms["anchor"].astype(bool) & park.firms["resident"].astype(bool)]
    if chain != ALL:
        anchors = anchors[anchors["industry"] == chain]
    rows = park.catalog.chain_nodes
    links = [link for link in _links(park, chain, remote=True) if link.firms]
    return [
        *(_anchor(row) for row in anchors.to_dict("records")),
        *(link._replace(change=partial(_lose_link, rows.index(link.id))) for link in links),
    ]


def _links(park: Park, chain: str, *, remote: bool = False) -> list[Candidate]:
    """The links of a chain with their firms: the residents, or those that are only registered as well."""
    graph = chain_graph(park.catalog, chain)
    firms = firms_of(park)
    there = firms.loc[firms["resident"] | remote, "chain_node"].value_counts()
    told = graph.nodes(data=True)
    return [
        Candidate("link", node, at["industry"], at["name_zh"], at["name_en"], int(there.get(node, 0)), _nothing)
        for node, at in told
    ]


def _anchor(row: dict[Any, Any]) -> Candidate:
    number = int(row["firm_id"])
    name = row.get("name_zh")
    node = row.get("chain_node")
    return Candidate(
        "anchor",
        str(number),
        row["industry"],
        name if isinstance(name, str) else f"{number} 号企业",
        f"anchor of {node}" if isinstance(node, str) else "anchor without a link",
        1,
        partial(lose_anchor, number),
    )


def _nothing(env: ParkEnvironment) -> None:
    """Nothing changes, as long as nobody says what."""


def _recruit(node: int, env: ParkEnvironment) -> None:
    env.rule(recruit, node)


def _lose_link(node: int, env: ParkEnvironment) -> None:
    """All firms of a link move out, whether they have room or not."""
    firms, used = env.state.firms, int(env.state.firms.used[0])
    there = np.isin(firms.status[:used], (Status.RESIDENT, Status.REMOTE)) & (firms.node[:used] == node)
    for firm in np.flatnonzero(there):
        env.rule(leave, int(firm), int(Kind.MOVE_OUT))


def lose_anchor(key: int, env: ParkEnvironment) -> bool:
    """An anchor moves out; returns whether it was still there."""
    firms, used = env.state.firms, int(env.state.firms.used[0])
    there = np.flatnonzero((firms.key[:used] == key) & (firms.status[:used] == Status.RESIDENT))
    for firm in there:
        env.rule(leave, int(firm), int(Kind.MOVE_OUT))
    return len(there) > 0


def _searched(
    park: Park,
    scenario: Scenario,
    candidates: Sequence[Candidate],
    at: str | None,
    years: int,
    replications: int | None,
    progress: Callable[[int], None] | None,
) -> pd.DataFrame:
    """Paired differences of every candidate, measure by measure."""
    shorter, date = shortened(scenario, at, years * QUARTERS_PER_YEAR)
    n = REPLICATIONS if replications is None else replications
    done = 0

    def further(_: int) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done)

    def measured(*processes: Process) -> pd.DataFrame:
        """The last quarter's figures, a row for each replication and a column for each indicator and part."""
        told = replicate(park, shorter, replications=n, processes=processes, progress=further).indicators
        told = told[(told["quarter"] == shorter.end) & told["indicator"].isin({name for name, _ in MEASURES.values()})]
        return told.pivot_table(index="replication", columns=["indicator", "part"], values="value", dropna=False)

    base, tables = measured(), []
    for candidate in candidates:
        changed = measured(adds(candidate.change, date)) - base
        own = {
            measure: changed[indicator, candidate.chain if measure in OF_CHAIN else part]
            for measure, (indicator, part) in MEASURES.items()
            if measure not in OF_CHAIN or (indicator, candidate.chain) in changed
        }
        told = candidate._asdict()
        del told["change"]
        tables.append(intervals(pd.DataFrame(own)).rename_axis("measure").reset_index().assign(**told))
    columns = [*(name for name in Candidate._fields if name != "change"), "measure"]
    if not tables:
        raise ScenarioError([Fault("chains", "nobody to come or go", "a park with firms whose chain_node is known")])
    return pd.concat(tables, ignore_index=True)[[*columns, "mean", "low", "high", "n", "distinct"]]


def shortened(scenario: Scenario, at: str | None, quarters: int) -> tuple[Scenario, float]:
    """The scenario up to so many quarters after the beginning of one, and that date in years since the start."""
    start = Quarter.parse(scenario.start)
    try:
        date = start if at is None else Quarter.parse(at)
    except ValueError as error:
        raise ScenarioError([Fault("at", *str(error).split("; "))]) from None
    end = date.plus(quarters - 1)
    if quarters < 1 or date < start or Quarter.parse(scenario.end) < end:
        whole = quarters % QUARTERS_PER_YEAR == 0
        what = f"{quarters // QUARTERS_PER_YEAR} years" if whole else f"{quarters} quarters"
        cure = f"one or more, within the run, {scenario.start} to {scenario.end}"
        raise ScenarioError([Fault("years" if whole else "quarters", f"{what} from {date}", cure)])
    actions = [action for action in scenario.actions if not end < Quarter.parse(action.at)]
    return scenario.with_changes(end=str(end), actions=actions), date.years_since(start)


def _ranked(found: pd.DataFrame, score: pd.Series[Any]) -> pd.DataFrame:
    """The rows of each candidate together, those of the lowest score first."""
    order = {one: rank for rank, one in enumerate(score.sort_values(kind="stable").index)}
    return found.sort_values("id", key=lambda ids: ids.map(order), kind="stable").reset_index(drop=True)


def runs_of(candidates: Sequence[Candidate], replications: int | None) -> int:
    """How many runs a search takes."""
    return (1 + len(candidates)) * (REPLICATIONS if replications is None else replications)
