"""Firms that come because of others: entry that excites itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.parks import small_park, stock_of
from tests.theory import formulas
from tests.theory.quiet import (
    Floats,
    groups,
    judge,
    quiet,
    replicate,
    stock_of_all,
    z_of_mean,
    z_of_ratio,
    z_of_variance,
)
from twin.catalog import load_catalog
from twin.record import Record

CATALOG = load_catalog()
DELAY, BRANCHING = 0.1, 0.3
YEARS = 8  #: counted, after two of which nothing is left of the beginning


def entered(record: Record) -> Floats:
    """(industries, 1): firms that appeared in the years that count."""
    return groups(record, "entered")[-4 * YEARS :].sum(axis=(0, 1, 3))[:, None]


@pytest.mark.slow
@pytest.mark.parametrize(
    "of_leaders", [pytest.param(False, id="rate", marks=pytest.mark.slow), pytest.param(True, id="followers")]
)
def test_entry_that_excites_itself(of_leaders: bool, slip: float) -> None:
    """Twenty firms a year come of themselves, each brings .3 others, each of these .3, and so on."""
    assert formulas.hawkes(20.0, 0.3, DELAY, math.inf)[0] == pytest.approx(28.5714, abs=5e-5)
    assert formulas.hawkes(20.0, 0.3, DELAY, 1e9)[1] == pytest.approx(2.0408, abs=5e-5)
    mean, dispersion = formulas.hawkes(20.0, BRANCHING, DELAY, YEARS)
    parameters = {
        "entry_per_year": 20.0 * (1.0 if of_leaders else slip),
        "followers_per_firm": BRANCHING * (slip if of_leaders else 1.0),
        "follow_years": DELAY,
        "follow_neighbour_share": 0.0,
    }
    seen = replicate(small_park([100.0]), quiet(parameters, quarters=4 * (YEARS + 2)), 200, entered)[:, 0]
    z = {
        "mean": z_of_mean(seen, mean * YEARS),
        "variance": z_of_variance(seen, dispersion * mean * YEARS),
    }
    judge("self-exciting entry", z, slip)


@pytest.mark.slow
def test_followers_of_newcomers(slip: float) -> None:
    """A hundred newcomers and those they bring, so far: n / (1 - n) (1 - exp(-(1 - n) t / T)) each."""
    newcomers, mean, delay, quarter = 100, 0.5, 0.5, 0.25
    firms = stock_of_all(newcomers).firms.assign(founded_year=2026.0)
    parameters = {"followers_per_firm": mean * slip, "follow_years": delay, "follow_neighbour_share": 0.0}

    def followed(record: Record) -> Floats:
        """(industries, 1): firms that followed others in the first quarter."""
        return groups(record, "followed")[0].sum(axis=(0, 2))[:, None]

    seen = replicate(small_park([100.0], firms=firms), quiet(parameters), 200, followed)[:, 0]
    each = mean / (1.0 - mean) * -math.expm1(-(1.0 - mean) * quarter / delay)
    judge("followers of newcomers", {"mean": z_of_mean(seen, newcomers * each)}, slip)


@pytest.mark.slow
def test_followers_of_a_neighbouring_link(slip: float) -> None:
    """Half the followers are of their leader's link, the others evenly of its suppliers and buyers."""
    node, share = "A6", 0.5
    edges = [(edge["supplier"], edge["buyer"]) for edge in CATALOG.tables["chain_edges"]]
    beside = {a if b == node else b for a, b in edges if node in (a, b)}
    first = min(beside)
    firms = stock_of(300, industry="ai").assign(founded_year=2026.0, chain_node=node)
    parameters = {"followers_per_firm": 0.9, "follow_years": 0.001, "follow_neighbour_share": share * slip}

    def links(record: Record) -> Floats:
        """(3,): followers of the first leaders, those of a link beside, and those of a certain one."""
        assert record.firms is not None
        assert record.events is not None
        events = record.events[record.events["kind"].isin(["follow", "enter"])]
        leaders, come = events["firm"].to_numpy()[:-1], events["firm"].to_numpy()[1:]
        pairs = (events["kind"] == "follow").to_numpy()[:-1] & (leaders <= 300)
        of = record.firms.set_index("firm")["chain_node"]
        found = of.loc[come[pairs]]
        assert set(found) == beside | {node}
        return np.array([len(found), (found != node).sum(), (found == first).sum()], dtype=float)

    seen = replicate(small_park([100.0], firms=firms), quiet(parameters), 200, links, events=True)
    z = {
        "beside": z_of_ratio(seen[:, 1], seen[:, 0], share),
        "of one of them": z_of_ratio(seen[:, 2], seen[:, 0], share / len(beside)),
    }
    judge("followers of a neighbouring link", z, slip)
