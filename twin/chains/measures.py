"""Measures of industries and places: specialisation, concentration, diversity. Plain functions of arrays of counts.

Counts may be firms, staff or shares; only their proportions matter. None may be negative or without number, and where
nothing at all is counted a ValueError is raised, as nothing can be said.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


#: Firms at a node from which on one may leave and the node is still there.
RESILIENT = 2


class Cover(NamedTuple):
    """How complete a chain is, each a share, or an array of them."""

    nodes: Any  #: C_n = sum over nodes of weight x [firms >= 1]
    links: Any  #: C_e = links with both ends there / links; NaN without links
    resilience: Any  #: nodes with two firms or more / nodes


def cover(weights: ArrayLike, suppliers: ArrayLike, buyers: ArrayLike, firms: ArrayLike) -> Cover:
    """How complete a chain is: node cover, link cover and resilience, (…,) of (…, N) counts of firms by node.

    `weights` (N,) add up to 1; links go from the nodes `suppliers` (L,) to the nodes `buyers` (L,), by number.
    Raises ValueError for counts below 0.
    """
    count, weight = _counts(firms, "firms"), np.asarray(weights, dtype=np.float64)
    ends = [np.asarray(rows, dtype=np.int64) for rows in (suppliers, buyers)]
    there = count >= 1
    linked = there[..., ends[0]] & there[..., ends[1]]
    none = np.full(linked.shape[:-1], np.nan)
    return Cover(
        (there * weight).sum(axis=-1),
        linked.mean(axis=-1) if linked.shape[-1] else none,
        (count >= RESILIENT).mean(axis=-1),
    )


def missing(firms: ArrayLike) -> NDArray[np.bool_]:
    """Which nodes are empty (空缺), by counts of firms: those without any."""
    return _counts(firms, "firms") < 1


class Variety(NamedTuple):
    """Entropy in bits; both together are the entropy over the finest classes."""

    unrelated: float  #: between groups
    related: float  #: within groups, weighted by their shares


def shares(counts: ArrayLike, name: str = "counts") -> Floats:
    """(…, I) counts as shares that add up to 1 along the last axis. Raises ValueError."""
    found = _counts(counts, name)
    total = found.sum(axis=-1, keepdims=True)
    if not found.size or (total == 0).any():
        raise ValueError(
            f"{name} of shape {found.shape} are all zero along the last axis: at least one must be above 0"
        )
    return np.asarray(found / total)


def location_quotient(counts: ArrayLike, base: ArrayLike | None = None) -> Floats:
    """LQ_ij = (E_ij / E_j) / (E_i / E): above 1 where a place has more than its share of an industry.

    `counts`: (I, J) industries by places, or (I,) for one place; `base`: (I,) of the whole, by default the sum over the
    places. Shaped as `counts`; NaN for industries that the whole does not have and for places without anything.
    Isserman 1977, doi:10.1080/01944367708977758. Raises ValueError.
    """
    here = _counts(counts, "counts")
    if base is None and here.ndim != 2:  # noqa: PLR2004  # industries by places
        raise ValueError(f"counts of shape {here.shape} need a base: give base, or counts as (industries, places)")
    whole = shares(here.sum(axis=1) if base is None else base, "base")
    if here.shape[:1] != whole.shape:
        raise ValueError(
            f"counts of shape {here.shape} and base of shape {whole.shape}: the industries must be the same"
        )
    if (here[whole == 0] > 0).any():
        raise ValueError("counts has industries that base has not: base must hold all that counts holds")
    if not here.any():
        raise ValueError(f"counts of shape {here.shape} are all zero: at least one must be above 0")
    total = here.sum(axis=0)
    part = np.divide(here, total, out=np.full(here.shape, np.nan), where=np.broadcast_to(total > 0, here.shape))
    wanted = whole.reshape(-1, *[1] * (here.ndim - 1))
    return np.divide(part, wanted, out=np.full(here.shape, np.nan), where=np.broadcast_to(wanted > 0, here.shape))


def herfindahl(counts: ArrayLike) -> Floats:
    """Sum of the squared shares along the last axis, (…, I) to (…): 1 for a single one, 1/n for n equal ones.

    Hirschman 1964, American Economic Review 54(5), 761. Raises ValueError.
    """
    return np.asarray((shares(counts) ** 2).sum(axis=-1))


def shannon(counts: ArrayLike) -> Floats:
    """Entropy -sum(p ln p) of the shares along the last axis, (…, I) to (…), in nats: 0 for one, ln n for n equal ones.

    Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x. Raises ValueError.
    """
    part = shares(counts)
    return np.asarray(-(part * np.log(np.where(part > 0, part, 1.0))).sum(axis=-1) + 0.0)


def hachman(counts: ArrayLike, base: ArrayLike) -> float:
    """Hachman index 1 / sum(LQ_i x share_i) of one place, (I,) and (I,): 1 where it is a small copy of the base.

    Towards 0 the more it differs (Hachman 1995, Bureau of Economic and Business Research, Utah). Raises ValueError.
    """
    quotient, part = location_quotient(counts, base), shares(counts)
    if part.ndim != 1:
        raise ValueError(f"counts of shape {part.shape}: one place, (industries,)")
    return float(1.0 / np.where(part > 0, quotient * part, 0.0).sum())


def ellison_glaeser(places: ArrayLike, base: ArrayLike, plants: ArrayLike) -> Floats:
    """Ellison-Glaeser gamma = [G - (1 - X) H] / [(1 - X)(1 - H)]: clustering beyond what few plants bring by chance.

    With s and x the shares of `places` (…, J), an industry's staff by place, and of `base` (J,), all staff by place;
    G = sum (s_j - x_j)², X = sum x_j², H the Herfindahl of `plants` (…, K), the industry's staff by plant. Shaped (…);
    NaN where one plant (H = 1) or one place (X = 1) is all there is. About 0 where plants fall as by darts, above 0.05
    strongly clustered, below 0 spread more evenly than by chance.
    Ellison and Glaeser 1997, doi:10.1086/262098. Raises ValueError.
    """
    s, x = shares(places, "places"), shares(base, "base")
    if x.ndim != 1 or s.shape[-1:] != x.shape:
        raise ValueError(f"places of shape {s.shape} and base of shape {x.shape}: the places must be the same")
    h = np.asarray((shares(plants, "plants") ** 2).sum(axis=-1))
    if h.shape != s.shape[:-1]:
        raise ValueError(f"plants for {h.shape} and places for {s.shape[:-1]} industries: they must be the same")
    g, spread = ((s - x) ** 2).sum(axis=-1), 1.0 - (x**2).sum()
    below = spread * (1.0 - h)
    told = below > _LEAST_SPREAD
    return np.divide(g - spread * h, below, out=np.full(h.shape, np.nan), where=told)


#: Below this (1 - X)(1 - H) is zero but for rounding.
_LEAST_SPREAD = 1e-12


def variety(counts: ArrayLike, groups: ArrayLike) -> Variety:
    """Unrelated and related variety in bits, of counts (I,) by class and the group of each class (I,).

    Unrelated: entropy of the groups, sum P_g log2(1 / P_g). Related: sum P_g H_g, the entropy within groups weighted by
    their shares. Frenken, Van Oort and Verburg 2007, doi:10.1080/00343400601120296. Raises ValueError.
    """
    part, group = shares(counts), np.asarray(groups)
    if part.ndim != 1 or group.shape != part.shape:
        raise ValueError(f"counts of shape {part.shape} and groups of shape {group.shape}: one group for each class")
    of_group = np.bincount(np.unique(group, return_inverse=True)[1], weights=part)
    unrelated = float(shannon(of_group))
    return Variety(unrelated / np.log(2.0), (float(shannon(part)) - unrelated) / np.log(2.0))


def _counts(counts: ArrayLike, name: str) -> Floats:
    """Counts as floats, none negative or without number, along at least one axis. Raises ValueError."""
    found = np.asarray(counts, dtype=np.float64)
    if found.ndim == 0:
        raise ValueError(f"{name} is {found}, a single number: a list of numbers is needed")
    wrong = found[~np.isfinite(found) | (found < 0)]
    if wrong.size:
        raise ValueError(f"{name} hold {wrong[0]:g}: numbers from 0 up are needed")
    return found
