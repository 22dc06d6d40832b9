"""What is taken at places in two runs of the same luck, and who made the difference last."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twin.study.histories import NONE, STOCK, Flags, Floats, Ints, Log, Parting, Steps, joined


class Ledger:
    """What is taken at places in either run, and the steps of one run that the other does not have."""

    def __init__(self, logs: tuple[Log, Log], parting: Parting, books: tuple[Steps, Steps]) -> None:
        """`books` are those of the two runs."""
        self._logs, self._parting = logs, parting
        self._rows = max(len(log.time) for log in logs) + 2
        self._sums = []
        for book in books:
            order = np.lexsort((book.position, book.place))
            where = (book.place * self._rows + book.position - STOCK)[order]
            self._sums.append((where, np.append(0.0, np.cumsum(book.change[order]))))
        own = [_only_here(book, against) for book, against in (books, books[::-1])]
        steps = [book.chosen(only) for book, only in zip(books, own, strict=True)]
        signs = [np.sign(step.change) for step in steps]
        ranks = [log.rank[step.position] for log, step in zip(logs, steps, strict=True)]
        self._differing = joined(steps)
        self._sign = np.concatenate([-signs[0], signs[1]])  # whether more is taken in the what-if for it, or less
        self._moment = _moments(
            np.append(self._differing.years, parting.years), np.append(np.concatenate(ranks), parting.rank)
        )

    def taken(self, run: int, place: Ints) -> Floats:
        """(firms,): what is taken at a place in a run right before the history of each firm parts."""
        log, parting = self._logs[run], self._parting
        row = parting.rows[run]
        before = np.where(log.time[row] == parting.years, row, np.searchsorted(log.time, parting.years, "left"))
        where, sums = self._sums[run]
        begin = np.searchsorted(where, place * self._rows, "left")
        end = np.searchsorted(where, place * self._rows + before - STOCK, "left")
        return sums[end] - sums[begin]

    def last(self, place: Ints, more: Ints) -> Ints:
        """The firm, by the order of parting, that last took or gave back at a place in one run only, before each firm.

        `more` is 1 for what leaves more taken in the what-if, -1 for what leaves less, 0 for either.
        """
        n, moment = len(self._differing.place), self._moment
        most = int(moment.max(initial=0)) + 1
        firm = pd.Index(self._parting.firm)
        result = np.full(len(place), NONE)
        for sign in (-1, 0, 1):
            chosen = np.flatnonzero((self._sign == sign) | (sign == 0))
            code = self._differing.place[chosen] * most + moment[:n][chosen]
            order = np.argsort(code, kind="stable")
            asked = (more == sign) & (place >= 0)
            found = np.searchsorted(code[order], place[asked] * most + moment[n:][asked], "left") - 1
            there = found >= 0
            step = chosen[order][found[there]]
            there[there] = self._differing.place[step] == place[asked][there]
            step = chosen[order][found[there]]
            rows = np.flatnonzero(asked)[there]
            result[rows] = firm.get_indexer(pd.Index(self._differing.firm[step]))
        return result


def _moments(years: Floats, rank: Ints) -> Ints:
    """Numbers that are in order as dates and places within the instant are."""
    order = np.lexsort((rank, years))
    new = np.append(False, (np.diff(years[order]) > 0) | (np.diff(rank[order]) > 0))
    found = np.empty(len(order), np.int64)
    found[order] = np.cumsum(new[: len(order)])
    return found


def _only_here(book: Steps, against: Steps) -> Flags:
    """The steps that the other run does not have at the same date."""
    codes = [
        pd.util.hash_pandas_object(
            pd.DataFrame({"firm": one.firm, "place": one.place, "years": one.years, "change": one.change}), index=False
        ).to_numpy()
        for one in (book, against)
    ]
    return ~np.isin(codes[0], codes[1]) & (book.position >= 0)
