"""How long firms stay and what ends it: competing causes of exit, with firms seen late and firms still there.

The stock is seen from the start of a run on, at the age it has by then: of firms of its age, those that went before are
not in it. So a firm counts as at risk only while it is seen (left truncation), and those that are still there at the
end say that they lived at least so long (censoring).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from twin.engine.kinds import EXITS, Kind
from twin.errors import Fault, InputError
from twin.record import FLOWS, Record
from twin.units import QUARTERS_PER_YEAR

Floats = NDArray[np.float64]

#: The end of one that never came.
GAVE_UP = Kind.GIVE_UP.name.lower()

#: Causes by which a firm's life in the park ends, as the flows they are counted as.
CAUSES = tuple(FLOWS[kind] for kind in EXITS if kind != Kind.GIVE_UP)

#: The coverage of intervals.
CONFIDENCE = 0.95

#: Years at which incidence is told where none are asked for.
YEARS = (1.0, 2.0, 3.0, 5.0, 7.0, 10.0)


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence by cause and survival, as steps at the T times at which something ended."""

    causes: tuple[str, ...]  #: K of them
    times: Floats  #: (T,) in order, each once
    at_risk: NDArray[np.int64]  #: (T,) seen just before
    survival: Floats  #: (T,) S after the time
    incidence: Floats  #: (K, T) F_k after the time
    variance: Floats  #: (K, T) of F_k
    since: Floats  #: (N,) in order, times from which somebody was seen
    until: Floats  #: (N,) in order, times until which somebody was seen

    def at(self, times: ArrayLike = YEARS) -> pd.DataFrame:
        """Rows of time and cause: time, cause, incidence, low, high, survival, at_risk (seen just before the time).

        low and high hold 95 %, by the complementary log-log of the incidence; NaN before the first end by the cause.
        Past the last time that anybody was seen the figures stay as they were, and at_risk is 0.
        """
        asked = np.atleast_1d(np.asarray(times, dtype=np.float64))
        step = np.searchsorted(self.times, asked, side="right") - 1
        rows = []
        for k, cause in enumerate(self.causes):
            value, low, high = (_before(values, step, 0.0) for values in (self.incidence[k], *self._bounds(k)))
            columns = {"time": asked, "cause": cause, "incidence": value, "low": low, "high": high}
            rows.append(pd.DataFrame(columns | {"survival": _before(self.survival, step, 1.0)}))
        found = pd.concat(rows, ignore_index=True)
        return found.assign(at_risk=np.tile(self.seen(asked), len(self.causes)))

    def seen(self, times: Floats) -> NDArray[np.int64]:
        """(T,): how many were seen just before each time."""
        came = np.searchsorted(self.since, times, side="left")
        return np.asarray(came - np.searchsorted(self.until, times, side="left"), dtype=np.int64)

    def _bounds(self, k: int) -> tuple[Floats, Floats]:
        """(T,) and (T,): bounds of the incidence by a cause."""
        f = self.incidence[k]
        inner = (f > 0) & (f < 1)
        safe = np.where(inner, f, 0.5)
        z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0)
        slope = z * np.sqrt(self.variance[k]) / ((1.0 - safe) * -np.log1p(-safe))
        low, high = (-np.expm1(np.log1p(-safe) * np.exp(sign * slope)) for sign in (-1.0, 1.0))
        return np.where(inner, low, np.nan), np.where(inner, high, np.nan)


def aalen_johansen(
    until: ArrayLike, cause: Sequence[str], since: ArrayLike | None = None, *, causes: Sequence[str] | None = None
) -> Incidence:
    """Aalen-Johansen estimate of the cumulative incidence of competing causes of an end.

    `until`: (N,) time until which each was seen; `cause`: (N,) what ended it, "" where it was still there (censored);
    `since`: (N,) time from which it was seen (left truncation), 0 for all if not given; `causes`: which to tell, by
    default those that occur, in order of name. With n at risk (since < t <= until), d_k ends by cause k and d in all,

        S(t) = prod (1 - d/n),  F_k(t) = sum S(t-) d_k/n,  S + sum F_k = 1;

    at one instant ends come before what is censored. Aalen and Johansen 1978, Scandinavian Journal of Statistics 5,
    141; variance by Allignol, Schumacher and Beyersmann 2010, doi:10.1002/bimj.200900039. Where everybody at risk early
    on ends, S is 0 from then on whatever is seen later: with late entry begin where enough are seen. Raises ValueError.
    """
    last, why = np.asarray(until, dtype=np.float64), np.asarray(cause, dtype=object)
    first = np.zeros_like(last) if since is None else np.asarray(since, dtype=np.float64)
    _check_seen(last, why, first)
    named = tuple(causes) if causes is not None else tuple(sorted(set(why) - {""}))
    if strange := sorted(set(why) - {"", *named}):
        raise ValueError(f"cause {strange[0]!r} is none of {', '.join(named)}")
    times = np.unique(last[why != ""])
    came, gone = np.sort(first), np.sort(last)
    n = np.searchsorted(came, times, side="left") - np.searchsorted(gone, times, side="left")
    ends = np.stack(
        [np.bincount(np.searchsorted(times, last[why == k]), minlength=len(times)) for k in named] or [n[:0]]
    )
    d = ends.sum(axis=0)
    survival: Floats = np.cumprod(1.0 - d / n)
    before: Floats = np.concatenate([[1.0], survival])[:-1]
    incidence: Floats = np.cumsum(before * ends / n, axis=1)
    variance = np.zeros_like(incidence)
    for k in range(len(named)):
        variance[k] = _variance(incidence[k], ends[k], d, n, before)
    return Incidence(named, times, n, survival, incidence, variance, came, gone)


def lives(firms: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Firms that came, of a run's table of firms and event log, in the order of the table.

    As in the table, but with founded, came, gone (inf while here), the cause of the end (its kind, "" while here) and
    begins: when its life in the park begins, which for a firm that had to wait for room is when it gets it. In years.
    """
    ends = events[events["kind"].isin([kind.name.lower() for kind in EXITS])].drop_duplicates("firm", keep="last")
    causes = dict(zip(ends["firm"], ends["kind"].astype(str), strict=True))
    frame = firms.assign(cause=[causes.get(firm, "") for firm in firms["firm"]])
    frame = frame[(frame["cause"] != GAVE_UP) & (frame["status"] != "waiting")]
    frame = frame[np.isfinite(frame["entered_years"])]  # prospects that were not won have not come
    frame = frame.rename(columns={"founded_years": "founded", "entered_years": "came", "left_years": "gone"})
    waited = set(events.loc[events["kind"] == "wait", "firm"])
    settled = events[(events["kind"] == "settle") & events["firm"].isin(waited)].drop_duplicates("firm")
    room = frame["firm"].map(settled.set_index("firm")["time_years"])
    return frame.assign(begins=room.fillna(frame["came"]))


def exits_by_age(record: Record | Sequence[Record], *, from_age: float = 0.0) -> Incidence:
    """Incidence of the causes of exit by age since founding, of firms alive in the park at an age.

    The stock counts from the age it has at the start of the run. What is told is conditional on being there at
    `from_age`: with few young firms at risk, an age at which enough are seen says more. Several runs of one scenario
    are taken together; intervals then say how well the law of the model is known, not how one run may differ. Raises
    InputError where a run kept no events, or nobody is seen.
    """
    frames = []
    for lived, years in _lives(record):
        seen = np.maximum(lived["begins"].to_numpy(dtype=np.float64), 0.0)
        founded = np.minimum(lived["founded"].to_numpy(dtype=np.float64), seen)
        frames.append(_seen(lived, np.maximum(seen - founded, from_age), founded, years))
    return _estimated(frames)


def exits_of_entrants(record: Record | Sequence[Record]) -> Incidence:
    """Incidence of the causes of exit by time in the park, of the firms that came during a run or several.

    The stock is left out: when it came is not known. Raises InputError as `exits_by_age`.
    """
    frames = []
    for lived, years in _lives(record):
        came = lived[lived["begins"] >= 0.0]
        begins = came["begins"].to_numpy(dtype=np.float64)
        frames.append(_seen(came, np.zeros(len(came)), begins, years))
    return _estimated(frames)


def _lives(record: Record | Sequence[Record]) -> list[tuple[pd.DataFrame, float]]:
    """The lives of each run and its years. Raises InputError where one kept no events."""
    found = []
    for one in [record] if isinstance(record, Record) else record:
        if one.firms is None or one.events is None:
            what = "the run kept no events and no table of firms"
            raise InputError([Fault("run", what, "a run made with --events, or with events=True")])
        years = len(one.groups["quarter"].cat.categories) / QUARTERS_PER_YEAR
        found.append((lives(one.firms, one.events), years))
    return found


def _seen(lived: pd.DataFrame, since: Floats, origin: Floats, years: float) -> pd.DataFrame:
    """since, until and cause of those that are seen at all, on the clock that is 0 at each one's origin."""
    gone = lived["gone"].to_numpy(dtype=np.float64)
    named = {kind.name.lower(): FLOWS[kind] for kind in EXITS}
    cause = np.where(gone <= years, lived["cause"].map(named).fillna("").to_numpy(dtype=object), "")
    frame = pd.DataFrame({"since": since, "until": np.minimum(gone, years) - origin, "cause": cause})
    return frame[frame["until"] > frame["since"]]


def _estimated(frames: Sequence[pd.DataFrame]) -> Incidence:
    seen = pd.concat(frames) if frames else pd.DataFrame()
    if seen.empty:
        raise InputError([Fault("run", "no firm is seen at these ages", "a longer run, or an earlier age")])
    return aalen_johansen(seen["until"], seen["cause"].tolist(), seen["since"], causes=CAUSES)


def _variance(f: Floats, ends: NDArray[np.int64], d: NDArray[np.int64], n: NDArray[np.int64], before: Floats) -> Floats:
    """(T,): variance of F_k(t) = sum over s <= t of S² d_k (n - d_k)/n³ - 2 S D d_k/n² + D² d/(n (n - d)).

    With D = F_k(t) - F_k(s), which is 0 from where everybody ends (n = d). Written in powers of F_k(t), so that sums
    over s run on.
    """
    left = np.where(n > d, n - d, 1)
    square = np.where(n > d, d / (n * left), 0.0)
    cross = before * ends / n**2
    own = before**2 * ends * (n - ends) / n**3
    fixed = np.cumsum(own + 2.0 * cross * f + square * f**2)
    linear = np.cumsum(cross + square * f)
    return np.maximum(fixed - 2.0 * f * linear + f**2 * np.cumsum(square), 0.0)


def _before(values: Floats, step: NDArray[np.int64], start: float) -> Floats:
    """Values after each step, `start` before the first."""
    return np.concatenate([[start], values])[step + 1]


def _check_seen(until: Floats, cause: NDArray[np.object_], since: Floats) -> None:
    """Raise ValueError where what is seen of somebody is not a span of time, or there is nobody."""
    if until.ndim != 1 or not until.size or not until.shape == cause.shape == since.shape:
        what = f"until {until.shape}, cause {cause.shape}, since {since.shape}"
        raise ValueError(f"{what}: one of each for everybody, and at least one is needed")
    wrong = np.flatnonzero(~(np.isfinite(until) & np.isfinite(since) & (since >= 0) & (until > since)))
    if wrong.size:
        row = wrong[0]
        raise ValueError(f"row {row} is seen from {since[row]:g} to {until[row]:g}: 0 <= since < until is needed")
