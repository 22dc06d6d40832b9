"""How far a lever on a part of the park spreads, quarter by quarter: firms that have to do with it, and others."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from twin.record import Record
from twin.study.histories import Ints, logs_of, partings
from twin.units import QUARTERS_PER_YEAR


def spread(base: Record, other: Record, touched: Collection[int], *, since: int = 0, quarters: int = 8) -> pd.DataFrame:
    """Firms whose history differs between two runs of the same luck, by quarters since a lever was pulled.

    quarter (1 is the first from the lever's date on, which is the `since`-th of the run, counted from 0), touched
    (whether the firm is among those that the lever touches), firms (that had come by its end in either run), differ
    (those of them whose history has parted from that of the other run by then), elsewise (those of them for which
    something happens at another time or place, and not only with another amount of floor or rent), and the shares of
    either, share and share_elsewise. Both runs need their logs.
    """
    logs, _ = logs_of(base, other)
    came = _first_seen(base, other)
    inside = came.index.isin(list(touched))
    partings_of = (partings(logs), partings(logs, amounts=False))
    dates = [pd.Series(one.years, index=one.firm).reindex(came.index).fillna(np.inf) for one in partings_of]
    rows = []
    for quarter in range(1, quarters + 1):
        end = (since + quarter) / QUARTERS_PER_YEAR
        for among in (True, False):
            there = (came <= end) & (inside == among)
            rows.append((quarter, among, int(there.sum()), *(int((there & (date <= end)).sum()) for date in dates)))
    told = pd.DataFrame(rows, columns=["quarter", "touched", "firms", "differ", "elsewise"])
    firms = told["firms"].where(told["firms"] > 0)
    return told.assign(share=told["differ"] / firms, share_elsewise=told["elsewise"] / firms)


def _first_seen(base: Record, other: Record) -> pd.Series[float]:
    """When each firm that came is first there in either run, in years since the start."""
    tables = [run.firms for run in (base, other) if run.firms is not None]
    entered = pd.concat([table.set_index("firm")["entered_years"] for table in tables])
    entered = entered[np.isfinite(entered)]
    return entered.groupby(level=0).min()


def ever_in(base: Record, other: Record, buildings: Collection[str], stock: pd.DataFrame, *, until: float) -> Ints:
    """The firms that were, or chose to be, in some of the buildings in either run, by a date in years since the start.

    `stock` is the park's table of firms at the start.
    """
    found = [stock.loc[stock["building_id"].isin(list(buildings)), "firm_id"].to_numpy(np.int64)]
    for run in (base, other):
        if run.events is None:
            raise ValueError("both runs need their event logs: simulate with events=True")
        there = run.events["building"].isin(list(buildings)) & (run.events["time_years"] <= until)
        found.append(run.events.loc[there & (run.events["firm"] >= 0), "firm"].to_numpy(np.int64))
    return np.unique(np.concatenate(found))
