"""Where firms come from: sources, prospects, and the links of the chains."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from twin.catalog import Catalog
from twin.engine.arrays import Chain, Recruitment, Sources, State
from twin.engine.kinds import Origin
from twin.state.filling import by, zeros


def sources_of(catalog: Catalog) -> Sources:
    """A source for each origin and link of a chain (an industry whose chain is not told is one); origins outermost.

    Links without prospects, and an office that is not there, need no source; keys are as if they had one. Events have
    sources of their own for the prospects that they bring, of rate 0 before there is one.
    """
    every = [
        (origin, industry, node, catalog.value(rate, industry) * share)
        for origin, rate in RATES.items()
        for industry in catalog.industries
        for node, share in node_shares(catalog, industry)
    ]
    of_office = {Origin.RECRUIT, Origin.EVENT}
    kept = [n for n, row in enumerate(every) if row[0] not in of_office or (row[3] > 0.0 and catalog.office)]
    rows = [every[n] for n in kept]
    industries, nodes = [row[1] for row in rows], [row[2] for row in rows]
    n, origins = len(rows), np.array([row[0] for row in rows], dtype=np.int8)
    recruits, pulses = np.isin(origins, list(of_office)), origins == Origin.EVENT
    return Sources(
        key=np.array(kept, dtype=np.int64) + 1,
        origin=origins,
        industry=pd.Index(catalog.industries).get_indexer(pd.Index(industries)).astype(np.int32),
        node=np.array([catalog.chain_nodes.index(node) if node else -1 for node in nodes], dtype=np.int8),
        per_year=np.where(pulses, 0.0, [row[3] for row in rows]),
        pull=np.ones(n),
        trend_per_year=by(catalog, "entry_trend_per_year", industries),
        # registrations have their seasons; prospects are looked for all the year
        season_amplitude=np.where(recruits, 0.0, by(catalog, "entry_season_amplitude", industries)),
        season_phase_years=by(catalog, "entry_season_phase_years", industries),
        fade_years=np.where(pulses, catalog.value("event_pulse_years"), math.inf),
        entered=zeros(n),
        left=np.zeros(n),
        since=np.zeros(n),
        due=np.full(n, math.inf),
    )


#: The quantity that says how many firms, or prospects, of an industry come from an origin.
RATES: Mapping[Origin, str] = {
    Origin.MARKET: "entry_per_year",
    Origin.INSTITUTE: "institute_spin_offs_per_year",
    Origin.RECRUIT: "prospects_per_year",
    Origin.EVENT: "prospects_per_year",
}


def recruitment_of(catalog: Catalog, sources: Sources) -> Recruitment:
    """The office, and which prospects are on the short list."""
    recruits, nodes = np.isin(sources.origin, [Origin.RECRUIT, Origin.EVENT]), sources.node.tolist()
    short_shares = [catalog.value("short_list_share", catalog.chain_nodes[n]) if n >= 0 else 0.0 for n in nodes]
    return Recruitment(
        office=np.array([catalog.services.index(catalog.office) if catalog.office else -1]),
        hit_rate=by(catalog, "hit_rate", catalog.industries),
        short_share=np.where(recruits, short_shares, 0.0),
    )


def standing_list(state: State, catalog: Catalog) -> list[tuple[int, int]]:
    """Prospects that the office works on at the start, (source, how many).

    As many as come in the mean time that one takes, which is how many there are in the long run (Little's law), or of
    each source fewer in proportion where that is more than there are slots. What a source has of one beyond whole
    prospects is carried on to the next.
    """
    recruits = state.sources.origin == Origin.RECRUIT
    if not recruits.any():
        return []
    per_year = np.where(recruits, state.sources.per_year, 0.0)
    summed = np.cumsum(per_year * catalog.value("service_years", catalog.office))
    slots = float(state.services.slots[state.recruitment.office[0]])
    whole = np.floor(summed * min(1.0, slots / summed[-1])).astype(int)
    return [(source, int(count)) for source, count in enumerate(np.diff(whole, prepend=0)) if count]


def node_shares(catalog: Catalog, industry: str) -> list[tuple[str, float]]:
    """The links of an industry's chain and their shares of its entrants, adding up to 1; `""` where it has none."""
    return list(catalog.node_shares(industry).items()) or [("", 1.0)]


def chain_of(catalog: Catalog) -> Chain:
    """The links with their neighbours, whether these supply them or buy from them, as compressed rows."""
    rows = {node: row for row, node in enumerate(catalog.chain_nodes)}
    pairs = {(rows[edge["supplier"]], rows[edge["buyer"]]) for edge in catalog.tables["chain_edges"]}
    both = sorted(pairs | {(buyer, supplier) for supplier, buyer in pairs})
    of_industry = [catalog.industries.index(row["industry"]) for row in catalog.tables["chain_nodes"]]
    return Chain(
        industry=np.array(of_industry, dtype=np.int8),
        near_start=np.searchsorted([here for here, _ in both], np.arange(len(rows) + 1)).astype(np.int64),
        near=np.array([near for _, near in both], dtype=np.int32),
    )


def expected_entries(catalog: Catalog, years: float) -> int:
    """Rows to keep for firms and prospects to come: the expected number and a little more; more are added if short."""
    total = 0.0
    for industry in catalog.industries:
        trend = catalog.value("entry_trend_per_year", industry)
        per_year = sum(catalog.value(rate, industry) for rate in set(RATES.values()))
        total += per_year * years * math.exp(min(max(trend, 0.0) * years, 5.0))
    return int(min(1.1 * total, 2e6)) + 64
