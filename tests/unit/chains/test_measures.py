"""Measures of industries and places: numbers worked by hand, identities, and that a planted error is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.chains.measures import (
    ellison_glaeser,
    hachman,
    herfindahl,
    location_quotient,
    shannon,
    variety,
)

HERE, BASE = np.array([0.30, 0.25, 0.20, 0.15, 0.10]), np.array([0.12, 0.20, 0.20, 0.18, 0.30])
CLASSES, GROUPS = np.array([0.2, 0.1, 0.1, 0.3, 0.2, 0.1]), np.array([0, 0, 0, 1, 1, 2])
S, X, PLANTS = np.array([0.5, 0.3, 0.2]), np.array([0.3, 0.3, 0.4]), np.array([0.4, 0.2, 0.2, 0.1, 0.1])

#: Of each measure: a figure of the first number given, with all else as above; that number; what it must be.
WORKED: dict[str, tuple[Callable[[Any], Any], float, Any]] = {
    "LQ": (lambda n: location_quotient([n, *HERE[1:]], BASE), 0.30, [2.5, 1.25, 1.0, 0.8333, 0.3333]),
    "HHI": (lambda n: herfindahl([n, *HERE[1:]]), 0.30, 0.225),
    "Shannon": (lambda n: shannon([n, *HERE[1:]]), 0.30, 1.5445),
    "Hachman": (lambda n: hachman([n, *HERE[1:]], BASE), 0.30, 0.7038),
    "unrelated variety": (lambda n: variety([n, *CLASSES[1:]], GROUPS).unrelated, 0.2, 1.3610),
    "related variety": (lambda n: variety([n, *CLASSES[1:]], GROUPS).related, 0.2, 1.0855),
    "gamma": (lambda n: ellison_glaeser([n, *S[1:]], X, PLANTS), 0.5, -0.1876),
}


@pytest.mark.parametrize("name", WORKED)
def test_a_figure_is_what_it_is_by_hand(name: str) -> None:
    of, right, expected = WORKED[name]
    np.testing.assert_allclose(of(right), expected, atol=6e-5)


@pytest.mark.parametrize("name", WORKED)
def test_an_error_of_three_per_cent_is_seen(name: str) -> None:
    of, right, expected = WORKED[name]
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(of(1.03 * right), expected, atol=6e-5)


COUNTS = arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(1, 5)), elements=st.integers(1, 1000).map(float))


@given(COUNTS)
def test_quotients_weighted_by_the_base_average_one(counts: np.ndarray[Any, Any]) -> None:
    base = counts.sum(axis=1) / counts.sum()
    np.testing.assert_allclose(base @ location_quotient(counts), 1.0)


@given(COUNTS)
def test_quotients_weighted_by_the_places_average_one(counts: np.ndarray[Any, Any]) -> None:
    places = counts.sum(axis=0) / counts.sum()
    np.testing.assert_allclose(location_quotient(counts) @ places, 1.0)


@given(COUNTS, st.randoms(use_true_random=False))
def test_order_and_unit_do_not_matter(counts: np.ndarray[Any, Any], luck: Any) -> None:
    here, base = counts[:, 0], counts.sum(axis=1)
    order = np.array(luck.sample(range(len(here)), len(here)))
    groups = np.arange(len(here)) % 2
    for scale in (1.0, 0.001, 1e6):
        other, whole = scale * here[order], scale * base[order]
        np.testing.assert_allclose(location_quotient(other, whole), location_quotient(here, base)[order])
        np.testing.assert_allclose(herfindahl(other), herfindahl(here))
        np.testing.assert_allclose(shannon(other), shannon(here), atol=1e-12)
        np.testing.assert_allclose(hachman(other, whole), hachman(here, base))
        np.testing.assert_allclose(variety(other, groups[order]), variety(here, groups), atol=1e-12)
        np.testing.assert_allclose(
            ellison_glaeser(other, whole, other), ellison_glaeser(here, base, here), rtol=1e-6, atol=1e-9
        )


@given(COUNTS)
def test_varieties_add_up_to_the_entropy_in_bits(counts: np.ndarray[Any, Any]) -> None:
    found = variety(counts[:, 0], np.arange(len(counts)) // 2)
    assert sum(found) == pytest.approx(float(shannon(counts[:, 0])) / np.log(2.0))
    assert found.related >= -1e-12


def test_extremes_are_what_they_must_be() -> None:
    assert herfindahl([5, 0, 0]) == 1.0
    assert shannon([5, 0, 0]) == 0.0
    assert shannon([1, 1, 1, 1]) == pytest.approx(np.log(4))
    assert hachman(BASE, BASE) == pytest.approx(1.0)
    np.testing.assert_allclose(location_quotient(3 * BASE, BASE), 1.0)
    assert variety([1, 1, 1, 1], ["a"] * 4) == pytest.approx((0.0, 2.0))
    assert variety([1, 1, 1, 1], list("abcd")) == pytest.approx((2.0, 0.0))
    assert ellison_glaeser([1, 0], [1, 1], np.ones(1000)) == pytest.approx(1.0, abs=0.01)


def test_what_cannot_be_said_is_no_number() -> None:
    assert np.isnan(ellison_glaeser([1, 0], [1, 1], [7]))
    assert np.isnan(ellison_glaeser([1], [1], [7, 2]))
    found = location_quotient([[2, 0, 2], [2, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(np.isnan(found), [[False, True, False], [False, True, False], [True] * 3])


def test_many_industries_at_once_are_each_on_its_own() -> None:
    places, plants = np.array([S, X]), np.array([PLANTS, PLANTS[::-1]])
    one_by_one = [ellison_glaeser(places[n], X, plants[n]) for n in range(2)]
    np.testing.assert_allclose(ellison_glaeser(places, X, plants), one_by_one)
    np.testing.assert_allclose(herfindahl([HERE, BASE]), [herfindahl(HERE), herfindahl(BASE)])


def test_darts_have_no_gamma_on_average() -> None:
    """Plants that fall on places by their shares: gamma is 0 in the mean (Ellison and Glaeser 1997)."""
    luck = np.random.default_rng(7)
    plants = luck.lognormal(2.0, 1.0, size=(4_000, 12))
    at = luck.choice(3, p=X, size=plants.shape)
    places = np.stack([(plants * (at == j)).sum(axis=1) for j in range(3)], axis=1)
    found = ellison_glaeser(places, X, plants)
    assert abs(found.mean()) < 3.3 * found.std() / np.sqrt(len(found))
    tilted = ellison_glaeser(places * [1.3, 1, 1], X, plants)
    assert abs(tilted.mean()) > 3.3 * tilted.std() / np.sqrt(len(tilted))


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "negative": (lambda: herfindahl([1, -2]), "counts hold -2: numbers from 0 up"),
    "no number": (lambda: shannon([1, np.nan]), "counts hold nan"),
    "endless": (lambda: shannon([1, np.inf]), "counts hold inf"),
    "all zero": (lambda: herfindahl([0, 0]), "all zero"),
    "nothing": (lambda: herfindahl([]), "all zero"),
    "a single number": (lambda: herfindahl(3), "a single number"),
    "no base": (lambda: location_quotient([1, 2]), "need a base"),
    "another base": (lambda: location_quotient([1, 2], [1, 2, 3]), r"shape \(2,\) and base of shape \(3,\)"),
    "not in the base": (lambda: location_quotient([1, 2], [0, 3]), "industries that base has not"),
    "an empty place": (lambda: location_quotient([0, 0], [1, 3]), "all zero"),
    "two places": (lambda: hachman([[1, 2], [3, 4]], [1, 2]), "one place"),
    "other places": (lambda: ellison_glaeser([1, 2], [1, 2, 3], [1]), "the places must be the same"),
    "other industries": (lambda: ellison_glaeser([[1, 2], [2, 1]], [1, 2], [1]), "they must be the same"),
    "negative plants": (lambda: ellison_glaeser([1, 2], [1, 2], [-1]), "plants hold -1"),
    "other groups": (lambda: variety([1, 2, 3], [0, 1]), "one group for each class"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused(name: str) -> None:
    call, said = BAD[name]
    with pytest.raises(ValueError, match=said):
        call()
