"""Where the firms of a node are: specialisation of zones and clustering, with bands for what few firms can tell.

Bands are percentile bootstraps over the firms of a node (Efron 1979, doi:10.1214/aos/1176344552). With fewer than
`FEW` firms they are wide, and still too narrow: no resample holds a firm that was not seen.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from twin.chains.cover import firms_of
from twin.chains.measures import ellison_glaeser, location_quotient
from twin.errors import Fault, InputError
from twin.park import Park
from twin.park.held import buildings_in
from twin.record import Record
from twin.units import Quarter

Floats = NDArray[np.float64]

#: A node with fewer firms says little of where its firms go.
FEW = 10

#: Resamples of a bootstrap.
RESAMPLES = 1_999

#: The share of resamples that a band holds.
CONFIDENCE = 0.95

#: The zones that firms are told apart by: tracts cover the shipped park without gap or overlap.
KIND = "tract"


class Band(NamedTuple):
    """A figure and its band; NaN bounds where the firms cannot tell."""

    value: float
    low: float
    high: float


def quotient_band(staff: ArrayLike, inside: ArrayLike, share: float, *, seed: int = 0) -> Band:
    """LQ of a node in a place: the share of its staff there over the place's `share` of all staff, with its band.

    `staff`: (K,) by firm of the node; `inside`: (K,) whether a firm is in the place. Where all firms are inside, or
    none, resamples are all alike: the bound is then the exact binomial one for the share of so many firms (Clopper and
    Pearson 1934, doi:10.1093/biomet/26.4.404). A single firm has no band. Raises ValueError.
    """
    size, within = _firms(staff), np.asarray(inside, dtype=bool)
    if within.shape != size.shape:
        raise ValueError(f"staff of shape {size.shape} and inside of shape {within.shape}: one of each for a firm")
    if not 0.0 < share <= 1.0:
        raise ValueError(f"share is {share:g}: the place's share of all staff, above 0 and up to 1")

    def quotient(rows: NDArray[np.int64], axis: int = -1) -> Floats:
        chosen = size[rows]
        return np.asarray((chosen * within[rows]).sum(axis=axis) / chosen.sum(axis=axis) / share)

    value = float(quotient(np.arange(len(size))))
    if len(size) == 1:
        return Band(value, math.nan, math.nan)
    if within.all() or not within.any():
        least = ((1.0 - CONFIDENCE) / 2.0) ** (1.0 / len(size))
        return Band(value, least / share, value) if within.all() else Band(value, value, (1.0 - least) / share)
    return Band(value, *_resampled(quotient, len(size), seed))


def gamma_band(staff: ArrayLike, place: ArrayLike, base: ArrayLike, *, seed: int = 0) -> Band:
    """Ellison-Glaeser gamma of a node over places, with its band.

    `staff`: (K,) by firm of the node; `place`: (K,) where each firm is, a number from 0 to J - 1; `base`: (J,) all
    staff by place. NaN for a single firm; NaN bounds where resamples are all alike. Raises ValueError.
    """
    size, at, whole = _firms(staff), np.asarray(place, dtype=np.int64), np.asarray(base, dtype=np.float64)
    if at.shape != size.shape:
        raise ValueError(f"staff of shape {size.shape} and place of shape {at.shape}: one of each for a firm")
    if ((at < 0) | (at >= len(whole))).any():
        raise ValueError(f"place holds {at[(at < 0) | (at >= len(whole))][0]}: from 0 to {len(whole) - 1}")
    if len(size) == 1:
        return Band(math.nan, math.nan, math.nan)
    stands = at[:, None] == np.arange(len(whole))

    def gamma(rows: NDArray[np.int64], axis: int = -1) -> Floats:  # noqa: ARG001  # rows are always the last axis
        chosen = size[rows]
        by_place = np.stack([(chosen * stands[rows, j]).sum(axis=-1) for j in range(len(whole))], axis=-1)
        return ellison_glaeser(by_place, whole, chosen)

    low, high = _resampled(gamma, len(size), seed)
    alike = not low < high
    return Band(float(gamma(np.arange(len(size)))), *((math.nan, math.nan) if alike else (low, high)))


def concentration(park: Park, record: Record | None = None, *, kind: str = KIND, seed: int = 0) -> pd.DataFrame:
    """How clustered the resident firms of each node are over the zones of a kind, with bands.

    Columns: node, firms, few (fewer than `FEW`), gamma, low, high. Of the park's stock, or of the end of a run on it.
    Raises InputError where the park has no such zones, or they overlap.
    """
    firms, zones = _placed(park, record, kind)
    base = np.bincount(firms["zone"], weights=firms["staff"], minlength=len(zones))
    rows = []
    for node, found in firms[firms["chain_node"] != ""].groupby("chain_node", sort=False):
        band = gamma_band(found["staff"], found["zone"], base, seed=seed)
        row = {"node": node, "firms": len(found), "few": len(found) < FEW}
        rows.append(row | {"gamma": band.value, "low": band.low, "high": band.high})
    return _in_order(pd.DataFrame(rows, columns=["node", "firms", "few", "gamma", "low", "high"]), park)


def specialisation(park: Park, record: Record | None = None, *, kind: str = KIND, seed: int = 0) -> pd.DataFrame:
    """Location quotients by staff of each node in each zone of a kind, against the whole of these zones.

    Columns: node, zone_id, firms (of the node in the zone), few (whether the node has fewer than `FEW` in all), lq,
    low, high; bands are given for nodes with few firms, else NaN. Raises InputError as `concentration`.
    """
    firms, zones = _placed(park, record, kind)
    sums = firms.pivot_table(
        index="chain_node", columns="zone", values="staff", aggfunc="sum", fill_value=0, sort=False
    )
    sums = sums.reindex(columns=range(len(zones)), fill_value=0)
    share = sums.to_numpy(dtype=np.float64).sum(axis=0) / sums.to_numpy().sum()
    quotients = location_quotient(sums.to_numpy(dtype=np.float64))
    rows: list[dict[str, Any]] = []
    for n, node in enumerate(sums.index):
        found = firms[firms["chain_node"] == node]
        few = len(found) < FEW
        for at in np.flatnonzero(share > 0):
            inside = (found["zone"] == at).to_numpy()
            band = quotient_band(found["staff"], inside, share[at], seed=seed) if few else Band(0.0, math.nan, math.nan)
            row = {"node": node, "zone_id": zones[at], "firms": int(inside.sum()), "few": few}
            rows.append(row | {"lq": quotients[n, at], "low": band.low, "high": band.high})
    table = pd.DataFrame(rows, columns=["node", "zone_id", "firms", "few", "lq", "low", "high"])
    return _in_order(table[table["node"] != ""], park)


def _placed(park: Park, record: Record | None, kind: str) -> tuple[pd.DataFrame, list[str]]:
    """The residents with the number of their zone of a kind (those in none left out), and the ids of the zones."""
    quarter = park.start if record is None else Quarter.parse(str(record.groups["quarter"].cat.categories[-1]))
    zones = park.at(quarter)
    zones = zones[zones["kind"] == kind].reset_index(drop=True)
    if zones.empty:
        known = ", ".join(dict.fromkeys(park.zones["kind"]))
        raise InputError([Fault("zones", f"no zone of kind {kind!r} in {quarter}", f"known are {known}")])
    building, zone = buildings_in(park.firm_buildings, zones)
    ids = park.firm_buildings["building_id"].to_numpy()[building]
    if len(set(ids)) < len(ids):
        raise InputError([Fault("zones", f"zones of kind {kind!r} overlap", "a kind whose zones lie apart")])
    firms = firms_of(park if record is None else record)
    firms = firms[firms["resident"]].assign(chain_node=lambda frame: frame["chain_node"].fillna(""))
    placed = firms.assign(zone=firms["building_id"].map(dict(zip(ids, zone, strict=True)))).dropna(subset="zone")
    if placed.empty:
        raise InputError([Fault("firms", f"no resident firm in a zone of kind {kind!r}", "at least one")])
    return placed.assign(zone=placed["zone"].astype(int)), zones["zone_id"].tolist()


def _in_order(table: pd.DataFrame, park: Park) -> pd.DataFrame:
    """Rows in the order of the catalog's nodes."""
    order = {node: n for n, node in enumerate(park.catalog.chain_nodes)}
    return table.sort_values("node", key=lambda nodes: nodes.map(order), kind="stable").reset_index(drop=True)


def _resampled(statistic: Any, n: int, seed: int) -> tuple[float, float]:
    """The bounds of a statistic of firms by their rows, over resamples of them."""
    from scipy import stats  # a second to import, and needed here only

    found = stats.bootstrap(
        (np.arange(n),),
        statistic,
        n_resamples=RESAMPLES,
        vectorized=True,
        method="percentile",
        confidence_level=CONFIDENCE,
        rng=np.random.default_rng(seed),
        batch=max(1, 2_000_000 // n),
    )
    told = found.bootstrap_distribution[np.isfinite(found.bootstrap_distribution)]
    tail = (1.0 - CONFIDENCE) / 2.0
    if len(told) < len(found.bootstrap_distribution):  # resamples of one and the same firm have no gamma
        return (float(np.quantile(told, tail)), float(np.quantile(told, 1.0 - tail))) if len(told) else (math.nan,) * 2
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _firms(staff: ArrayLike) -> Floats:
    """Staff by firm. Raises ValueError where there is no firm, or one without staff."""
    size = np.asarray(staff, dtype=np.float64)
    if size.ndim != 1 or not len(size):
        raise ValueError(f"staff of shape {size.shape}: one number for each firm, and at least one firm")
    if not (np.isfinite(size) & (size > 0)).all():
        raise ValueError(f"staff holds {size[~(np.isfinite(size) & (size > 0))][0]:g}: numbers above 0 are needed")
    return size
