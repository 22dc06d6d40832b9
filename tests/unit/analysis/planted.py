"""Sweeps whose answer is known: a box planted in five dimensions and two words, two of the dimensions irrelevant."""

from __future__ import annotations

import numpy as np
import pandas as pd

FIGURE = "revenue@2030"
MET = f"{FIGURE} >= 5000亿"

#: The planted box: a below .5, b above .4, c from .25 to .85; d and e do not matter.
PLANTED = {"a": (-np.inf, 0.5), "b": (0.4, np.inf), "c": (0.25, 0.85)}


def factors(points: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.uniform(size=(points, 5)), columns=list("abcde"))
    return frame.assign(firms=rng.choice(["resident", "all"], points), set=rng.choice(["x", "y", "z"], points))


def in_planted(frame: pd.DataFrame) -> pd.Series:
    inside = pd.Series(data=True, index=frame.index)
    for name, (low, high) in PLANTED.items():
        inside &= frame[name].between(low, high)
    return inside


def runs_of(frame: pd.DataFrame, level: pd.Series, *, replications: int = 4, noise: float = 1e10) -> pd.DataFrame:
    """Runs of every point: its level of revenue, the luck of the replication, and a little of its own."""
    rng = np.random.default_rng(len(frame))
    luck = rng.normal(scale=noise, size=replications)
    tables = [
        frame.assign(point=np.arange(len(frame)), replication=n, **{FIGURE: level + luck[n]})
        for n in range(replications)
    ]
    return pd.concat(tables, ignore_index=True)


def planted(points: int, seed: int = 1) -> pd.DataFrame:
    """Runs that reach 6000亿 within the planted box, and 4000亿 elsewhere."""
    frame = factors(points, seed)
    return runs_of(frame, pd.Series(np.where(in_planted(frame), 6e11, 4e11)))
