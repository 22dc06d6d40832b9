"""The recruitment office as a queue with two classes and thinning, and what it must leave as it was.

A unit of time is 1/400 year, or as a case says; the first quarter is thrown away. Prospects that are won are mature
firms of one person who register, so that nothing else happens to them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.parks import small_park
from tests.theory import formulas
from tests.theory.lively import lively_park, lively_scenario
from tests.theory.quiet import Floats, groups, judge, quiet, replicate, services, z_of_mean, z_of_ratio
from twin.record import Record
from twin.simulation import simulate

UNIT_YEARS = 1.0 / 400.0
WATCHED_UNITS = 0.75 / UNIT_YEARS

OFFICE = "recruitment"

#: The links of the short list and of the long list, with their shares of the prospects.
LINKS = {"A1": 0.4, "A2": 0.6}


@pytest.mark.slow
def test_recruits_are_thinned_twice(slip: float) -> None:
    """Of a Poisson stream those are won that the office gets to, as Palm (1957) says, and that it then convinces.

    The planted error is in the hit rate: an office that is short of slots hardly wins more if it has more prospects.
    """
    arrivals, service, impatience, hit = 6.0, 0.5, 0.25, 0.4
    got_to = 1.0 - formulas.erlang_a(10, arrivals, service, impatience).abandons
    assert got_to == pytest.approx(0.804344, abs=5e-7)
    scenario = quiet(
        {
            "prospects_per_year.ai": arrivals / UNIT_YEARS,
            "hit_rate": hit * slip,
            f"service_years.{OFFICE}": UNIT_YEARS / service,
            f"service_patience_years.{OFFICE}": UNIT_YEARS / impatience,
        },
        quarters=4,
    )

    def seen(record: Record) -> Floats:
        flows = [groups(record, name)[1:].sum() for name in ("listed", "won", "declined", "faded", "entered")]
        return np.array([*flows, services(record, "tired")[1:].sum()])

    sample = replicate(small_park([100.0], slots={OFFICE: 10}), scenario, 200, seen)
    listed, won, declined, faded, entered, tired = sample.T
    np.testing.assert_array_equal(won, entered)
    np.testing.assert_array_equal(faded, tired)
    z = {
        "listed": z_of_mean(listed / WATCHED_UNITS, arrivals),
        "won": z_of_mean(won / WATCHED_UNITS, arrivals * got_to * hit),
        "lost in line": z_of_ratio(faded, listed, 1.0 - got_to),
        "hits": z_of_ratio(won, won + declined, hit),
    }
    judge("recruits", z, slip)


@pytest.mark.slow
def test_the_short_list_goes_first(slip: float) -> None:
    """One slot, a load of 0.8, two fifths of the prospects on the short list: Cobham 1954, doi:10.1287/opre.2.1.70."""
    prior, other, units = 0.32, 0.48, 1_000
    expected = formulas.cobham(prior, other, 1.0)
    assert expected == pytest.approx((1.176471, 5.882353), abs=5e-7)
    unit_years = 0.25 / units
    scenario = quiet(
        {
            "prospects_per_year.ai": (prior + other) * slip / unit_years,
            "node_share": 0.0,
            **{f"node_share.{link}": share for link, share in LINKS.items()},
            **{f"node_share.{chain}1": 1.0 for chain in "IVKFH"},
            "short_list_share": 0.0,
            "short_list_share.A1": 1.0,
            "hit_rate": 0.0,
            f"service_years.{OFFICE}": unit_years,
        },
        quarters=4,
    )

    def waits(record: Record) -> Floats:
        """For each list, the sum of the waits that ended after the first quarter, in units, and how many they are."""
        assert record.events is not None
        assert record.firms is not None
        started = record.events[(record.events["kind"] == "start") & (record.events["time_years"] > 0.25)]
        link = started["firm"].map(record.firms.set_index("firm")["chain_node"].astype(str))
        by_link = started["amount"].groupby(link.to_numpy()).agg(["sum", "size"])
        return by_link.loc[list(LINKS)].to_numpy(dtype=float).reshape(-1) / [unit_years, 1.0, unit_years, 1.0]

    seen = replicate(small_park([100.0], slots={OFFICE: 1}), scenario, 200, waits, events=True)
    z = {
        "short list": z_of_ratio(seen[:, 0], seen[:, 1], expected[0]),
        "long list": z_of_ratio(seen[:, 2], seen[:, 3], expected[1]),
    }
    judge("Cobham", z, slip)


def test_the_office_is_at_work_at_the_start() -> None:
    """At the first instant as many prospects are worked on as in the long run, and no more than there are slots."""
    parameters = {"prospects_per_year": 60.0, f"service_years.{OFFICE}": 0.5, f"service_patience_years.{OFFICE}": 0.0}
    for slots, busy in ((1_000, 7 * 60.0 * 0.5), (100, 100.0)):
        record = simulate(small_park([100.0], slots={OFFICE: slots}), quiet(parameters))
        assert record.events is not None
        at_once = record.events[record.events["time_years"] == 0.0]
        assert (at_once["kind"] == "start").sum() == pytest.approx(busy, abs=1)
        assert not at_once["kind"].isin(["fade", "tired"]).any()


def test_lists_of_all_and_of_nobody_are_one_list() -> None:
    """Where every prospect is on the short list, or none is, they are taken in the order in which they came."""
    park, scenario = lively_park(), lively_scenario().with_parameters({"prospects_per_year.services": 0.0})
    nobody, everybody, some = (
        simulate(park, scenario.with_parameters({"short_list_share": share})).sha256() for share in (0.0, 1.0, 0.5)
    )
    assert nobody == everybody
    assert some != nobody


def test_without_prospects_the_office_does_nothing() -> None:
    """Nothing is won of nothing, whatever the office can do; and what is not won leaves the park as it was."""
    park, scenario = lively_park(), lively_scenario()
    closed = replace(park, services=park.services[park.services["service"] != OFFICE].reset_index(drop=True))
    nothing = {"prospects_per_year": 0.0}
    without = simulate(closed, scenario.with_parameters(nothing))
    idle = simulate(park, scenario.with_parameters({**nothing, "hit_rate": 1.0, "short_list_share": 0.3}))
    unlucky = simulate(park, scenario.with_parameters({"hit_rate": 0.0}))
    lucky = simulate(park, scenario.with_parameters({"hit_rate": 1.0}))
    pd.testing.assert_frame_equal(idle.groups, without.groups)
    pd.testing.assert_frame_equal(idle.buildings, without.buildings)
    of_lists = ["listed", "declined", "faded"]
    assert unlucky.groups[of_lists].to_numpy().sum() > 0
    pd.testing.assert_frame_equal(unlucky.groups.drop(columns=of_lists), without.groups.drop(columns=of_lists))
    pd.testing.assert_frame_equal(unlucky.buildings, without.buildings)
    assert not lucky.buildings.equals(without.buildings)


def test_the_log_tells_when_a_firm_was_listed_and_won() -> None:
    """Of every recruited firm: on the list, then worked on, then won, and at that instant in the park."""
    record = simulate(lively_park(), lively_scenario())
    assert record.events is not None
    assert record.firms is not None
    dates = {
        kind: record.events[record.events["kind"] == kind].set_index("firm")["time_years"]
        for kind in ("list", "win", "enter", "decline", "fade")
    }
    won = dates["win"].index
    assert len(won) > 10
    assert (dates["list"][won] < dates["win"]).all()
    assert (dates["enter"][won] == dates["win"]).all()
    firms = record.firms.set_index("firm")
    assert (firms.loc[won, "entered_years"] == dates["win"]).all()
    on_list = firms.index[firms["status"] == "prospect"]
    lost = dates["decline"].index.union(dates["fade"].index)
    assert set(dates["list"].index) == set(won) | set(on_list) | set(lost)
    assert np.isinf(firms.loc[on_list.union(lost), "entered_years"]).all()
