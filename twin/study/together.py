"""What-ifs run beside a base: under the same luck, and with what they have in common of the past run once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twin.indicators import measure
from twin.simulation import Life, branch, last_common_quarter
from twin.study.replications import Run, Runs, in_order


def go_on_together(
    base: Runs,
    others: Sequence[Runs],
    n: int,
    *,
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
) -> None:
    """Do the replications of a base and of what-ifs that are missing to `n`.

    A what-if branches off the base at the first quarter in which it pulls a lever otherwise; one that differs in more
    than that has runs of its own. Either way its records are those of whole runs to the bit.
    """
    quarters = [last_common_quarter(base.prepared.scenario, runs.prepared.scenario) for runs in others]
    named = any(runs.prepared.scenario.processes for runs in (base, *others))
    in_order_of_date = sorted({quarter for quarter in quarters if quarter is not None})

    def one(number: int) -> list[Run]:
        life = Life(base.prepared, replication=number)
        pasts = {quarter: life.until(quarter) for quarter in in_order_of_date}
        lives = [
            Life(runs.prepared, replication=number)
            if quarter is None
            else branch(base.prepared, runs.prepared, pasts[quarter])
            for quarter, runs in zip(quarters, others, strict=True)
        ]
        records = [one.record() for one in (life, *lives)]
        return [(record, measure(record).assign(replication=number)) for record in records]

    for found in in_order(one, range(len(base.tables), n), workers, parallel=not named):
        for runs, (record, table) in zip((base, *others), found, strict=True):
            runs.take(record, table)
            if progress is not None:
                progress()
