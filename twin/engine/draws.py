"""Keyed random numbers: a draw is a pure function of (seed, who, what is decided, how many-th).

Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, doi:10.1145/2063384.2063405). The key is the seed, the counter
(entity low word, kind of draw, ordinal, entity high word). There is no stream to run ahead of: a firm meets the same
luck in every scenario, whatever happens to the others. A draw that concerns one of many alternatives says which in the
word of its kind, above the lowest 8 bits: kinds are below 2**8, alternatives below 2**24.
"""

from __future__ import annotations

import math

from numba import njit

WORD = 0xFFFFFFFF

CHILDREN = 1 << 52


@njit()
def philox(key0: int, key1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    """Four 32-bit words for a 64-bit key and a 128-bit counter, each given as 32-bit words.

    Words travel in 64-bit integers; the products wrap where compiled and do not where plain, and the masks make both
    the same.
    """
    for _ in range(10):
        product0 = 0xD2511F53 * c0
        product1 = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            ((product1 >> 32) & WORD) ^ c1 ^ key0,
            product1 & WORD,
            ((product0 >> 32) & WORD) ^ c3 ^ key1,
            product0 & WORD,
        )
        key0 = (key0 + 0x9E3779B9) & WORD
        key1 = (key1 + 0xBB67AE85) & WORD
    return c0, c1, c2, c3


@njit()
def uniforms(seed: int, who: int, draw: int, nth: int) -> tuple[float, float]:
    """Two doubles in [0, 1) with 53 random bits each."""
    seed, who = int(seed), int(who)
    w = philox(seed & WORD, (seed >> 32) & WORD, who & WORD, 0 + draw, int(nth) & WORD, (who >> 32) & WORD)
    return double(w[0], w[1]), double(w[2], w[3])


@njit()
def child_key(parent: int, draw: int, nth: int) -> int:
    """The key of the `nth` firm that comes of another, whatever the seed: 52 bits that follow from its parent's.

    Two of n such firms share one with a chance of n^2 / 2^53, one in a million for a hundred thousand of them. All are
    above the keys of other firms, and below what a double holds exactly.
    """
    parent = int(parent)
    w = philox(parent & WORD, (parent >> 32) & WORD, int(nth) & WORD, 0 + draw, 0, 0)
    return CHILDREN + ((w[0] >> 12) << 32) + w[1]


@njit()
def double(high: int, low: int) -> float:
    """The double in [0, 1) whose 53 bits are the first of two words."""
    return ((high >> 5) * 67108864.0 + (low >> 6)) / 9007199254740992.0


@njit()
def uniform(seed: int, who: int, draw: int, nth: int) -> float:
    """A double in [0, 1) with 53 random bits."""
    return uniforms(seed, who, draw, nth)[0]


@njit()
def exponential(seed: int, who: int, draw: int, nth: int) -> float:
    """A unit-rate exponential, always above zero."""
    # 1 - u lies in (0, 1]; the one value in 2**53 that would give zero becomes the smallest positive draw.
    return max(-math.log(1.0 - uniform(seed, who, draw, nth)), 1e-16)


@njit()
def normal(seed: int, who: int, draw: int, nth: int) -> float:
    """A standard normal, by inversion: a larger uniform always gives a larger value."""
    return normal_quantile(uniform(seed, who, draw, nth))


@njit()
def laplace(seed: int, who: int, draw: int, nth: int) -> float:
    """A Laplace variate of mean 0 and scale 1, by inversion."""
    u = uniform(seed, who, draw, nth) - 0.5
    # u = -1/2 (one value in 2**53) would be minus infinity
    size = -math.log(max(1.0 - 2.0 * abs(u), 1e-16))
    return size if u >= 0.0 else -size


@njit()
def normal_quantile(p: float) -> float:
    """The standard normal quantile of p, relative error below 1e-15 (Wichura 1988, AS 241, doi:10.2307/2347330)."""
    p = min(max(p, 1e-16), 1.0 - 1e-16)
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = 2509.0809287301226727 * r + 33430.575583588128105
        num = (num * r + 67265.770927008700853) * r + 45921.953931549871457
        num = (num * r + 13731.693765509461125) * r + 1971.5909503065514427
        num = (num * r + 133.14166789178437745) * r + 3.387132872796366608
        den = 5226.495278852854561 * r + 28729.085735721942674
        den = (den * r + 39307.89580009271061) * r + 21213.794301586595867
        den = (den * r + 5394.1960214247511077) * r + 687.1870074920579083
        den = (den * r + 42.313330701600911252) * r + 1.0
        return q * num / den
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        num = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
        num = (num * r + 0.24178072517745061177) * r + 1.27045825245236838258
        num = (num * r + 3.64784832476320460504) * r + 5.7694972214606914055
        num = (num * r + 4.6303378461565452959) * r + 1.42343711074968357734
        den = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
        den = (den * r + 0.0151986665636164571966) * r + 0.14810397642748007459
        den = (den * r + 0.68976733498510000455) * r + 1.6763848301838038494
        den = (den * r + 2.05319162663775882187) * r + 1.0
    else:
        r -= 5.0
        num = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        num = (num * r + 0.0012426609473880784386) * r + 0.026532189526576123093
        num = (num * r + 0.29656057182850489123) * r + 1.7848265399172913358
        num = (num * r + 5.4637849111641143699) * r + 6.6579046435011037772
        den = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
        den = (den * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4
        den = (den * r + 0.0148753612908506148525) * r + 0.13692988092273580531
        den = (den * r + 0.59983220655588793769) * r + 1.0
    return num / den if q >= 0.0 else -num / den
