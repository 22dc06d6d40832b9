"""Which of several policies is regretted least, over futures of which nobody knows which will come.

The regret of a policy in a future is what the best policy there brings, on average, less what it brings itself (Savage
1951, J. Am. Statist. Assoc. 46, 55-67). All policies met the same luck in a future, so differences are paired. Whether
a policy is the best in a future is held against luck: those whose paired difference to the best by its mean is not
clear, at 5 % over all its rivals (Bonferroni), are among the best too. The greatest regret of a policy is the greatest
of noisy means, so that it is rather too high; how well it is known is asked of 1,000 resamples of the replications,
drawn alike for all policies and futures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.analysis.frames import by_point, check_runs
from twin.errors import Fault, InputError
from twin.indicators.asked import Figure
from twin.study.intervals import CONFIDENCE, sign_p, t_p

#: Resamples of the replications, and their seed.
RESAMPLES, SEED = 1000, 0


@dataclass(frozen=True)
class Regret:
    """Policies over futures."""

    figure: str
    options: pd.DataFrame
    """A row a policy, the least regretted first: its name, max_regret with low and high (95 % of resamples), worst (the
    number of the future in which it is), mean_regret, best (share of futures in which it is clearly the best),
    among_best (in which it is not clearly worse), minimax, and tied (luck does not part it from that)."""
    futures: pd.DataFrame
    """A row a policy and future: future (its number), the columns that make it, the policy, mean, regret, p (of the
    paired difference to the best by its mean, times its rivals), among_best."""

    @property
    def minimax(self) -> str:
        """The policy whose greatest regret is least."""
        return str(self.options.iloc[0, 0])


def regret(runs: pd.DataFrame, figure: str, *, option: str, future: Sequence[str], better: str | None = None) -> Regret:
    """The regret of each policy, a value of the column `option`, in each combination of the columns `future`.

    `better` is `more` or `less`; by default what the indicator says. A replication of which a run of some policy in the
    future failed is left out there. Raises InputError where a policy was not run in every future.
    """
    way = better or Figure.parse(figure).about.better
    if way not in {"more", "less"}:
        raise InputError([Fault("figure", f"of {figure} neither more nor less is better", "better='more', or 'less'")])
    if not future:
        raise InputError([Fault("future", "no column that tells futures apart", "one of the sweep's factors at least")])
    check_runs(runs, [figure], [option, *future])
    options, futures, values = _laid_out(runs, figure, option, list(future))
    signed = values if way == "more" else -values
    means = signed.mean(axis=2, where=np.isfinite(signed))
    regrets = means.max(axis=1, keepdims=True) - means
    p = np.stack([_against_best(signed[row], means[row]) for row in range(len(futures))])
    among = p > 1.0 - CONFIDENCE
    clearly = among & (among.sum(axis=1, keepdims=True) == 1)
    resampled = _resampled(signed)  # (resamples, policies)
    first = int(regrets.max(axis=0).argmin())
    excess = resampled - resampled[:, [first]]
    tails = (1.0 - CONFIDENCE) / 2.0
    low, high = np.quantile(resampled, [tails, 1.0 - tails], axis=0)
    table = pd.DataFrame(
        {
            option: options,
            "max_regret": regrets.max(axis=0),
            "low": low,
            "high": high,
            "worst": regrets.argmax(axis=0),
            "mean_regret": regrets.mean(axis=0),
            "best": clearly.mean(axis=0),
            "among_best": among.mean(axis=0),
            "minimax": np.arange(len(options)) == first,
            "tied": np.quantile(excess, tails, axis=0) <= 0.0,
        }
    )
    rows = np.repeat(np.arange(len(futures)), len(options))
    told = futures.iloc[rows].reset_index(drop=True)
    told.insert(0, "future", rows)
    told[option] = list(options) * len(futures)
    told = told.assign(mean=(means if way == "more" else -means).ravel(), regret=regrets.ravel(), p=p.ravel())
    order = table.sort_values(["minimax", "max_regret"], ascending=[False, True], ignore_index=True)
    return Regret(figure, order, told.assign(among_best=among.ravel()))


def _laid_out(
    runs: pd.DataFrame, figure: str, option: str, future: list[str]
) -> tuple[list[str], pd.DataFrame, NDArray[np.float64]]:
    """Policies, futures, and (futures, policies, replications) values; NaN where one run of the future failed."""
    points, values = by_point(runs, figure)
    about = runs.drop_duplicates("point").set_index("point").loc[points].reset_index()
    options = [str(one) for one in about[option].unique()]
    futures = about[future].drop_duplicates(ignore_index=True)
    row = about[future].merge(futures.reset_index(names="row"), on=future, how="left")["row"].to_numpy()
    column = pd.Index(options).get_indexer(pd.Index(about[option].astype(str)))
    found = np.full((len(futures), len(options), values.shape[1]), np.nan)
    times = np.zeros((len(futures), len(options)), dtype=np.int64)
    np.add.at(times, (row, column), 1)
    found[row, column] = values
    faults = []
    if len(options) < 2:  # noqa: PLR2004  # to choose from
        faults.append(Fault("runs", f"{option} has one value", "two policies at least"))
    for there, which in zip(*np.nonzero(times != 1), strict=True):
        told = ", ".join(f"{name} {futures[name].iloc[there]}" for name in future)
        cure = "each policy once in each future; name the other columns that vary as part of the future too"
        faults.append(Fault("runs", f"{options[which]} was run at {times[there, which]} points of {told}", cure))
    if not faults:
        found[np.broadcast_to(~np.isfinite(found).all(axis=1, keepdims=True), found.shape)] = np.nan
        if not np.isfinite(found).any(axis=2).all():
            faults.append(Fault("runs", "a future has no replication in which no policy failed", "more replications"))
    if faults:
        raise InputError(faults)
    return options, futures, found


def _against_best(signed: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of (policies, replications) values in one future: p of each policy's difference to the best by its mean."""
    known = signed[:, np.isfinite(signed[0])]
    best = int(means.argmax())
    differences = known[best] - np.delete(known, best, axis=0)
    n = differences.shape[1]
    p = np.ones(len(means))
    if n > 1:
        mean, sd = differences.mean(axis=1), differences.std(axis=1, ddof=1)
        # where all differences are one number, which few runs often come to by luck, their signs are all that is known
        found = sign_p((differences > 0.0).sum(axis=1), (differences < 0.0).sum(axis=1), n)
        varies = (differences != differences[:, :1]).any(axis=1)
        found[varies] = t_p(mean[varies], sd[varies], n)
        p[np.arange(len(means)) != best] = np.minimum(found * len(found), 1.0)
    return p


def _resampled(signed: NDArray[np.float64]) -> NDArray[np.float64]:
    """(resamples, policies): the greatest regret of each, of replications drawn with replacement."""
    draws = np.random.default_rng(SEED)
    n = signed.shape[2]
    weights = draws.multinomial(n, np.full(n, 1.0 / n), size=RESAMPLES).astype(np.float64)
    known = np.isfinite(signed[:, 0, :])
    total = np.einsum("rn,fon->rfo", weights, np.where(known[:, None, :], signed, 0.0))
    count = np.einsum("rn,fn->rf", weights, known.astype(np.float64))[..., None]
    means = np.divide(total, count, out=np.zeros_like(total), where=count > 0.0)
    return np.asarray((means.max(axis=2, keepdims=True) - means).max(axis=1))
