"""Keyed draws: the published vectors, the laws they follow, and that compiled and plain are one."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from twin.engine import draws
from twin.engine.draws import exponential, laplace, normal, normal_quantile, philox, uniform, uniforms

pytestmark = pytest.mark.uncompiled

ONES = 0xFFFFFFFF

#: Philox4x32-10 as published with Random123 (file kat_vectors): key, counter, result.
PUBLISHED = [
    ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES), (ONES, ONES, ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0xA4093822, 0x299F31D0),
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("key", "counter", "result"), PUBLISHED)
def test_philox_meets_the_published_vectors(
    key: tuple[int, int], counter: tuple[int, int, int, int], result: tuple[int, ...]
) -> None:
    assert philox(*key, *counter) == result


def test_a_uniform_is_the_first_53_bits_of_its_block() -> None:
    seed, who, draw, nth = (7 << 32) + 20260101, (3 << 32) + 41, 19, 65
    first, second, _, _ = philox(20260101, 7, 41, 19, 65, 3)
    assert uniform(seed, who, draw, nth) == ((first >> 5) * 2**26 + (second >> 6)) / 2**53


def test_two_uniforms_are_the_two_halves_of_a_block() -> None:
    seed, who, draw, nth = (7 << 32) + 20260101, (3 << 32) + 41, 19 + (300 << 8), 65
    *_, third, fourth = philox(20260101, 7, 41, 19 + (300 << 8), 65, 3)
    assert uniforms(seed, who, draw, nth) == (
        uniform(seed, who, draw, nth),
        ((third >> 5) * 2**26 + (fourth >> 6)) / 2**53,
    )


@pytest.mark.parametrize(("word", "expected"), [(0, 0.0), (ONES, 1 - 2**-53)])
def test_a_uniform_lies_in_the_half_open_unit_interval(
    word: int, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draws, "philox", lambda *_: (word, word, word, word))
    plain = getattr(uniforms, "py_func", uniforms)
    assert plain(1, 2, 3, 4) == (expected, expected)


def test_every_part_of_the_key_counts() -> None:
    keys = itertools.product((1, 2, 1 << 32), (5, 6, 5 + (1 << 32)), (0, 1), (0, 1))
    values = [uniform(*key) for key in keys]
    assert len(set(values)) == len(values) == 36


def test_draws_follow_their_laws() -> None:
    n = 4000
    samples = {
        stats.uniform: [uniform(1, n, 0, 0) for n in range(n)],
        stats.expon: [exponential(1, 9, 1, n) for n in range(n)],
        stats.norm: [normal(n, 9, 2, 0) for n in range(n)],
        stats.laplace: [laplace(1, 9, 3, n) for n in range(n)],
    }
    for law, sample in samples.items():
        # A sample of a right law falls below this once in a million times; this one is always the same.
        assert stats.kstest(sample, law.cdf).pvalue > 1e-6, law.name


@pytest.mark.parametrize("u", [0.0, 1e-9, 0.25, 0.5, 0.75, 1 - 2**-53])
def test_inversions_are_finite_and_right(u: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draws, "uniform", lambda *_: u)
    plain_exponential = getattr(exponential, "py_func", exponential)
    plain_laplace = getattr(laplace, "py_func", laplace)
    assert plain_exponential(0, 0, 0, 0) > 0.0
    assert plain_exponential(0, 0, 0, 0) == pytest.approx(stats.expon.ppf(u), abs=1e-15)
    assert math.isfinite(plain_laplace(0, 0, 0, 0))
    if u > 0.0:
        # u - 1/2 keeps 53 bits below one half, not of u
        assert plain_laplace(0, 0, 0, 0) == pytest.approx(stats.laplace.ppf(u), rel=1e-8)


def test_the_normal_quantile_is_that_of_scipy() -> None:
    p = np.concatenate([np.linspace(0.001, 0.999, 999), 10.0 ** -np.arange(3, 16), [0.075, 0.925, 0.5]])
    ours = np.array([normal_quantile(float(value)) for value in p])
    assert ours == pytest.approx(stats.norm.ppf(p), rel=1e-14, abs=1e-15)


def test_the_normal_quantile_is_finite_and_odd() -> None:
    assert normal_quantile(0.5) == 0.0
    assert -9.0 < normal_quantile(0.0) < -8.0
    assert 8.0 < normal_quantile(1.0) < 9.0
    for p in (0.25, 0.4375, 2.0**-6, 2.0**-30):
        assert normal_quantile(p) == -normal_quantile(1.0 - p)


def test_compiled_and_plain_draws_are_the_same_bits() -> None:
    for seed, who, draw, nth in itertools.product((0, 20260101, (9 << 32) + 1), (1, (7 << 32) + 3), (0, 19), (0, 130)):
        for compiled in (uniform, exponential, normal, laplace):
            plain = getattr(compiled, "py_func", compiled)
            assert compiled(seed, who, draw, nth) == plain(seed, who, draw, nth)
