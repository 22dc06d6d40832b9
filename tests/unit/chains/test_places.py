"""Specialisation and clustering of few firms, with their bands."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely

from tests.parks import small_park, stock_of
from twin.chains.measures import ellison_glaeser
from twin.chains.places import concentration, gamma_band, quotient_band, specialisation
from twin.errors import InputError
from twin.park import Park, load_park

X = np.array([0.5, 0.3, 0.2])


def test_a_quotient_is_the_share_over_the_share() -> None:
    found = quotient_band([10, 10, 20], [True, False, True], 0.5)
    assert found.value == pytest.approx(0.75 / 0.5)
    assert found.low < found.value < found.high


def test_where_all_are_inside_or_none_the_bound_is_the_binomial_one() -> None:
    """Four of four: the lower 2.5 % bound of a share is .025 ** (1 / 4) = .3976 (Clopper and Pearson 1934)."""
    assert quotient_band([1] * 4, [True] * 4, 0.5) == pytest.approx((2.0, 0.3976 / 0.5, 2.0), abs=1e-3)
    assert quotient_band([1] * 4, [False] * 4, 0.5) == pytest.approx((0.0, 0.0, (1 - 0.3976) / 0.5), abs=1e-3)


def test_a_single_firm_has_no_band() -> None:
    assert math.isnan(quotient_band([5], [True], 0.5).low)
    assert all(math.isnan(part) for part in gamma_band([5], [0], X))


def test_gamma_of_firms_is_that_of_their_sums() -> None:
    staff, place = np.array([4.0, 2.0, 2.0, 1.0, 1.0]), np.array([0, 1, 0, 2, 2])
    sums = np.bincount(place, weights=staff)
    assert gamma_band(staff, place, X).value == pytest.approx(float(ellison_glaeser(sums, X, staff)))


def test_resamples_that_are_all_alike_tell_nothing() -> None:
    found = gamma_band([3, 3], [1, 1], X)
    assert math.isfinite(found.value)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_the_same_seed_gives_the_same_band() -> None:
    staff, place = np.arange(1, 31) ** 1.5, np.arange(30) % 3
    assert gamma_band(staff, place, X, seed=3) == gamma_band(staff, place, X, seed=3)
    assert gamma_band(staff, place, X, seed=3) != gamma_band(staff, place, X, seed=4)


def test_bands_cover_about_what_they_say() -> None:
    """Eight firms of uneven size that fall on places by other shares than the base's: true LQ 1.2, true gamma known.

    A band of 95 % from so few firms covers less; a band around a wrong base misses far more often.
    """
    luck, p, n = np.random.default_rng(11), np.array([0.6, 0.2, 0.2]), 150
    gamma, hit = ((p - X) ** 2).sum() / (1 - (X**2).sum()), np.zeros(3)
    for seed in range(n):
        size, at = luck.lognormal(2.0, 0.7, 8), luck.choice(3, p=p, size=8)
        quotient = quotient_band(size, at == 0, 0.5, seed=seed)
        wrong = quotient_band(size, at == 0, 0.25, seed=seed)
        cluster = gamma_band(size, at, X, seed=seed)
        hit += [band.low <= true <= band.high for band, true in ((quotient, 1.2), (wrong, 1.2), (cluster, gamma))]
    assert 0.8 <= hit[0] / n <= 1.0
    assert hit[1] < hit[0] - 0.2 * n
    assert 0.8 <= hit[2] / n <= 1.0


def test_fewer_firms_give_a_wider_band() -> None:
    few = quotient_band([1] * 6, [True, False] * 3, 0.5)
    many = quotient_band([1] * 60, [True, False] * 30, 0.5)
    assert few.high - few.low > 2 * (many.high - many.low)


BAD: dict[str, tuple[Any, str]] = {
    "no firm": (lambda: quotient_band([], [], 0.5), "at least one firm"),
    "no staff": (lambda: quotient_band([1, 0], [True, False], 0.5), "staff holds 0: numbers above 0"),
    "other firms": (lambda: quotient_band([1, 2], [True], 0.5), "one of each for a firm"),
    "no share": (lambda: quotient_band([1, 2], [True, False], 0.0), "share is 0"),
    "other places": (lambda: gamma_band([1, 2], [0], X), "one of each for a firm"),
    "no such place": (lambda: gamma_band([1, 2], [0, 3], X), "place holds 3: from 0 to 2"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused(name: str) -> None:
    call, said = BAD[name]
    with pytest.raises(ValueError, match=said):
        call()


@pytest.fixture(scope="module")
def shipped() -> Park:
    return load_park()


def tract_shares(park: Park) -> dict[str, float]:
    """Shares of the tracts in the staff of all residents, a point in a polygon at a time."""
    points = park.firm_buildings.set_index("building_id").representative_point()
    staff = park.firms[park.firms["resident"]].groupby("building_id")["staff"].sum()
    row, zones = points.index.get_indexer(staff.index), park.at(park.start)
    here = shapely.points(np.column_stack([points.x, points.y])[row])
    tracts = zones[zones["kind"] == "tract"]
    sums = [float((staff.to_numpy() * shapely.within(here, area)).sum()) for area in tracts.geometry]
    return {str(zone): part / sum(sums) for zone, part in zip(tracts["zone_id"], sums, strict=True)}


def test_nodes_of_the_shipped_park_have_a_gamma(shipped: Park) -> None:
    found = concentration(shipped)
    assert found["node"].tolist() == shipped.catalog.chain_nodes
    assert (found["few"] == (found["firms"] < 10)).all()
    told = found.dropna()
    assert len(told) > 60
    assert (told["low"] < told["high"]).all()


def test_quotients_of_the_shipped_park_average_one(shipped: Park) -> None:
    """Over the tracts, weighted by their shares of all staff, a node's quotients average 1."""
    found = specialisation(shipped)
    firms = shipped.firms[shipped.firms["resident"]]
    assert found.groupby("node")["firms"].sum().to_dict() == firms["chain_node"].value_counts().to_dict()
    share = tract_shares(shipped)
    weighted = (found["lq"] * found["zone_id"].map(share)).groupby(found["node"]).sum()
    np.testing.assert_allclose(weighted, 1.0)
    assert found.loc[~found["few"], ["low", "high"]].isna().all(axis=None)
    few = found[found["few"]]
    assert ((few["low"] <= few["lq"] + 1e-9) & (few["lq"] <= few["high"] + 1e-9)).mean() > 0.95
    none = few[few["firms"] == 0]
    least = 0.025 ** (1 / none["node"].map(firms["chain_node"].value_counts()))
    np.testing.assert_allclose(none["high"], (1 - least) / none["zone_id"].map(share))


def test_zones_that_are_not_there_or_overlap_are_refused(shipped: Park) -> None:
    with pytest.raises(InputError, match="no zone of kind 'ward'"):
        concentration(shipped, kind="ward")
    small = small_park([100.0], firms=stock_of(2).assign(chain_node="A1"))
    with pytest.raises(InputError, match="no resident firm in a zone"):
        concentration(small, kind="park")
