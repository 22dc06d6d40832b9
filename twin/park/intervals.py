"""Spans of time: rows that hold from `first` until `last`, in ordinals of quarters, joined and swept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.park.dates import EVER, NEVER

#: The author of what happens by itself; others are numbers above.
NOBODY = 0


def spans(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of spans as it has to be: what does not last is left out."""
    return frame[frame["first"] < frame["last"]].reset_index(drop=True)


def joined(left: pd.DataFrame, right: pd.DataFrame, on: str) -> pd.DataFrame:
    """The spans during which a row of each holds, with the columns of both.

    `by` and `ended_by`, who began and ended a span, are those of the side that began or ended it.
    """
    both = left.merge(right, on=on, suffixes=("", "_right"))
    first = both[["first", "first_right"]].max(axis=1)
    last = both[["last", "last_right"]].min(axis=1)
    both["by"] = _of(both, "by", first, "first")
    both["ended_by"] = _of(both, "ended_by", last, "last")
    both["first"], both["last"] = first, last
    return spans(both.drop(columns=["first_right", "last_right", "by_right", "ended_by_right"]))


def _of(both: pd.DataFrame, who: str, when: pd.Series, end: str) -> NDArray[np.int64]:
    """Who it was: of those at work at that time the one that is named."""
    left = np.where(both[end] == when, both[who], NOBODY)
    right = np.where(both[f"{end}_right"] == when, both[f"{who}_right"], NOBODY)
    return np.where(left != NOBODY, left, right)


def coalesced(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Spans of one key that follow each other without a gap, made one."""
    ordered = frame.sort_values([*key, "first"], kind="stable").reset_index(drop=True)
    same = np.ones(max(len(ordered) - 1, 0), dtype=bool)
    for column in key:
        values = ordered[column].to_numpy()
        same &= values[1:] == values[:-1]
    first, last = ordered["first"].to_numpy(), ordered["last"].to_numpy()
    begins = np.flatnonzero(np.append(True, ~(same & (first[1:] == last[:-1]))))[: len(ordered)]
    ends = np.append(begins[1:], len(ordered))[: len(begins)] - 1
    whole = ordered.iloc[begins].reset_index(drop=True)
    return whole.assign(last=last[ends], ended_by=ordered["ended_by"].to_numpy()[ends])


def highest(frame: pd.DataFrame, key: str, ranks: int) -> pd.DataFrame:
    """For each value of `key`, at every time, the highest `state` of the spans that hold, 0 where none does.

    States are numbers below `ranks`. Returns spans from ever to never, without gaps.
    """
    begins = frame[[key, "first", "state", "by"]].set_axis([key, "time", "state", "by"], axis=1).assign(step=1)
    ends = frame[[key, "last", "state", "ended_by"]].set_axis([key, "time", "state", "by"], axis=1).assign(step=-1)
    events = pd.concat([begins, ends[ends["time"] < NEVER]], ignore_index=True)
    events = events.sort_values([key, "time"], kind="stable").reset_index(drop=True)
    things, times = events[key].to_numpy(), events["time"].to_numpy()
    steps = np.zeros((len(events), ranks), dtype=np.int64)
    steps[np.arange(len(events)), events["state"]] = events["step"]
    there = np.cumsum(steps, axis=0)  # what was there before of other things has gone, or is taken off
    begin = np.flatnonzero(np.append(True, things[1:] != things[:-1]))[: len(events)]
    before = np.vstack([np.zeros((1, ranks), np.int64), there])[begin]
    there -= np.repeat(before, np.diff(np.append(begin, len(events))), axis=0)
    last = np.append((things[1:] != things[:-1]) | (times[1:] != times[:-1]), True)[: len(events)]
    top = np.where(there[last] > 0, np.arange(ranks), 0).max(axis=1, initial=0)
    who = events.groupby([key, "time"], sort=False)["by"].max().to_numpy()
    swept = pd.DataFrame({key: things[last], "time": times[last], "state": top, "by": who})
    start = pd.DataFrame({key: things[begin], "time": EVER, "state": 0, "by": NOBODY})
    swept = pd.concat([start, swept], ignore_index=True).drop_duplicates([key, "time"], keep="last")
    swept = swept.sort_values([key, "time"], kind="stable").reset_index(drop=True)
    groups = swept.groupby(key)
    whole = swept[(groups["state"].shift() != swept["state"]).to_numpy()].reset_index(drop=True)
    after = whole.groupby(key)
    return whole.rename(columns={"time": "first"}).assign(
        last=after["time"].shift(-1, fill_value=NEVER), ended_by=after["by"].shift(-1, fill_value=NOBODY)
    )
