"""Points of a design: where in the unit cube a sweep runs, and under which luck.

Every sample has rows of factors in [0, 1], to be scaled to what the factors really are, and beside each row the number
of its luck. Rows of one number meet the same random luck, that is the same replications; rows of another number meet
other luck. The same seed gives the same sample on any machine.

The order of rows, which `twin.analysis.screening` and `twin.analysis.variance` rely on:

===================== ================================================================================= ==============
design                rows, in this order                                                               luck
===================== ================================================================================= ==============
latin_hypercube,      point j = 0 … n - 1                                                               0
sobol_sequence
morris_trajectories   trajectory t = 0 … T - 1, of each k + 2 rows: its k + 1 points in the order        t, and T + t
                      walked, then its first point once more under other luck                           for the last
saltelli              A: points j = 0 … n - 1                                                           j
                      B: points j                                                                       n + j
                      AB_i for factor i = 0 … k - 1, of each n rows: A_j with factor i of B_j           j
                      AB_luck: A_j                                                                      n + j
===================== ================================================================================= ==============

Sources: McKay, Beckman and Conover (1979, doi:10.2307/1268522) of Latin hypercubes; Sobol' (1967,
doi:10.1016/0041-5553(67)90144-9) and Owen (1998, doi:10.1006/jcom.1998.0487) of scrambled sequences; Morris (1991,
doi:10.1080/00401706.1991.10484804) and Campolongo, Cariboni and Saltelli (2007, doi:10.1016/j.envsoft.2006.10.004) of
trajectories; Saltelli et al. (2010, doi:10.1016/j.cpc.2009.09.018) of A, B and AB.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from twin.errors import AnalysisError, Fault

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Bits of a point of a Sobol' sequence: as many as a double holds apart in [0, 1), and more.
BITS = 64

#: As many coordinates as there are direction numbers for (Joe and Kuo 2008, doi:10.1137/070709359).
MOST_COORDINATES = qmc.Sobol.MAXDIM


class Sample(NamedTuple):
    """Points and their luck."""

    unit: Floats  #: (rows, factors), each in [0, 1]
    luck: Integers  #: (rows,): rows of one number meet the same luck


def latin_hypercube(n: int, k: int, seed: int) -> Sample:
    """`n` points of `k` factors, all under luck 0: of each factor every n-th of its range holds exactly one point.

    Raises AnalysisError.
    """
    _check(seed, points=n, factors=k)
    points = qmc.LatinHypercube(d=k, rng=_generator(seed)).random(n)
    return Sample(points, np.zeros(n, dtype=np.int64))


def sobol_sequence(n: int, k: int, seed: int) -> Sample:
    """The first `n` points of a scrambled Sobol' sequence of `k` factors, all under luck 0.

    Powers of two balance: each half, quarter, … of each factor's range then holds equally many points. Any other number
    is the beginning of such a set and fills the cube less evenly. Raises AnalysisError.
    """
    _check(seed, points=n, factors=k, coordinates=k)
    return Sample(_sobol(n, k, seed), np.zeros(n, dtype=np.int64))


def morris_trajectories(trajectories: int, k: int, levels: int, seed: int) -> Sample:
    """Trajectories through a grid of `levels` levels on which each of `k` factors moves once.

    One step moves one factor by Δ = levels / (2 (levels - 1)), up or down, in an order drawn for each trajectory. Where
    it begins is drawn so that every level of a factor is equally likely. `levels` is even, so that Δ leads from level
    to level. Trajectories are independent of each other and none is chosen for being far from others, so that they can
    be resampled. All points of a trajectory share their luck, so that effects are paired; the row that repeats its
    first point has other luck, so that the size of luck can be seen. Raises AnalysisError.
    """
    _check(seed, trajectories=trajectories, factors=k, levels=levels)
    generator = _generator(seed)
    half = levels // 2
    lower = generator.integers(half, size=(trajectories, k))
    upwards = generator.integers(2, size=(trajectories, k)) == 1
    turn = generator.permuted(np.tile(np.arange(k), (trajectories, 1)), axis=1)
    steps_done = np.append(np.arange(k + 1), 0)
    moved = turn[:, None, :] < steps_done[None, :, None]
    # whole levels are added before they are divided, so that the highest is 1 to the bit
    unit = (lower[:, None, :] + half * (moved == upwards[:, None, :])) / (levels - 1.0)
    luck = np.repeat(np.arange(trajectories)[:, None], k + 2, axis=1)
    luck[:, -1] += trajectories
    return Sample(unit.reshape(-1, k), luck.ravel())


def saltelli(n: int, k: int, seed: int) -> Sample:
    """A, B, AB_1 … AB_k and AB_luck, of each `n` points: n (k + 3) rows, in which luck is one more input.

    A and B are the halves of a scrambled Sobol' sequence of 2 k coordinates; `n` is best a power of two. Luck of one
    row of A and of another row are different numbers, as are those of A and B: luck is drawn anew for each row, as are
    factors, and AB_luck takes B's luck as AB_i takes B's factor i. The rows take 8 n k (k + 3) bytes. Raises
    AnalysisError.
    """
    _check(seed, points=n, factors=k, coordinates=2 * k)
    both = _sobol(n, 2 * k, seed)
    a, b = both[:, :k], both[:, k:]
    unit = np.empty((k + 3, n, k))
    unit[:] = a
    unit[1] = b
    for factor in range(k):
        unit[2 + factor, :, factor] = b[:, factor]
    luck = np.tile(np.arange(n), (k + 3, 1))
    luck[[1, -1]] += n
    return Sample(unit.reshape(-1, k), luck.ravel())


def _sobol(n: int, coordinates: int, seed: int) -> Floats:
    """The first `n` points; more are drawn where `n` is no power of two, as only those are drawn without a warning."""
    engine = qmc.Sobol(d=coordinates, bits=BITS, rng=_generator(seed))
    return np.asarray(engine.random_base2((n - 1).bit_length())[:n])


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def _check(seed: int, **asked: int) -> None:
    """Raise AnalysisError where a sample cannot be so large, or so small."""
    faults = [
        Fault(f"sample: {name}", f"{number}", "a whole number from 1 on")
        for name, number in asked.items()
        if number < 1 and name != "levels"
    ]
    levels = asked.get("levels", 2)
    if levels < 2 or levels % 2:  # noqa: PLR2004  # with one level nothing moves
        faults.append(Fault("sample: levels", f"{levels}", "an even number from 2 on, such as 4"))
    if asked.get("coordinates", 1) > MOST_COORDINATES:
        cure = f"{MOST_COORDINATES} at most; twice as many as factors where the design is saltelli"
        faults.append(Fault("sample: factors", f"{asked['coordinates']} coordinates of a Sobol' sequence", cure))
    if seed < 0:
        faults.append(Fault("sample: seed", f"{seed}", "a whole number from 0 on"))
    if faults:
        raise AnalysisError(faults)
