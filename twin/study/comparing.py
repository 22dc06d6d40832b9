"""Scenarios run beside a base under the same luck, as often as told or as a precision asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from twin.errors import Fault, ScenarioError
from twin.indicators import yearly
from twin.park import Park
from twin.scenario import Scenario
from twin.simulation import prepare
from twin.study.pairs import Comparison
from twin.study.placebo import placebos
from twin.study.precision import MOST, Target, last_whole_year, settled, target_of, watched
from twin.study.replications import Runs, number_of_runs
from twin.study.together import go_on_together

#: Of a comparison that runs on for a precision so many pairs are kept whole, a run being some 15 MB with its events.
KEPT = 20


def compare(
    park: Park,
    base: Scenario,
    *others: Scenario,
    replications: int | None = None,
    precision: float | None = None,
    most: int = MOST,
    watch: Sequence[str] = (),
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run what-ifs beside a base under the same luck and return their paired differences, year by year.

    The what-ifs take the base's seed; each must have a name of its own and the base's quarters. They run as often as
    the base asks, or as told. With a `precision` they run on until, in the last whole year, the half width of the
    confidence sequence of every difference of a watched indicator is at most so many times the base's mean of it (where
    that is 0, the what-if's), or `most` is reached; only the first records are kept then. The levers of each are also
    pulled once without effect, which must leave the base as it is: `Comparison.placebo`. Raises ScenarioError.
    """
    _check_names(base, others)
    target = _target(replications, precision, most, watch)
    year = last_whole_year(base) if target else 0
    steps = target.steps() if target else [number_of_runs(base, replications)]
    done = 0

    def further() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done)

    keep = KEPT if target else None
    first, *rest = (Runs(prepare(park, one.with_changes(seed=base.seed)), keep) for one in (base, *others))
    for n in steps:
        go_on_together(first, rest, n, workers=workers, progress=further)
        if target is not None:
            seen = [(runs.prepared.scenario.name, watched(runs.tables, target, year)) for runs in (first, *rest)]
            if settled(_paired(seen[0][1], dict(seen[1:])), target)["settled"].all():
                break
    studies = {runs.prepared.scenario.name: runs.study() for runs in rest}
    before = first.study()
    after = {name: yearly(study.indicators) for name, study in studies.items()}
    differences = _paired(yearly(before.indicators), after)
    return Comparison(before, studies, differences, target, placebos(park, before, others))


def _target(replications: int | None, precision: float | None, most: int, watch: Sequence[str]) -> Target | None:
    if precision is not None:
        if replications is not None:
            what = f"replications {replications} beside a precision of {precision}"
            raise ScenarioError([Fault("compare", what, "one of them; `most` bounds what a precision takes")])
        return target_of(precision, most=most, watch=watch)
    if watch:
        raise ScenarioError([Fault("compare", f"watch {', '.join(watch)}", "a precision, such as 0.05")])
    return None


def _paired(before: pd.DataFrame, after: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Values of what-ifs beside those of the base, by all their other columns, and what they differ by."""
    columns = [name for name in before.columns if name != "value"]
    of_base, tables = before.rename(columns={"value": "base_value"}), []
    for name, frame in after.items():
        of_other = frame.rename(columns={"value": "other_value"})
        both = of_base.merge(of_other, on=columns, how="inner", validate="one_to_one")
        tables.append(both.assign(value=both["other_value"] - both["base_value"], scenario=name))
    return pd.concat(tables, ignore_index=True)


def _check_names(base: Scenario, others: Sequence[Scenario]) -> None:
    faults = [] if others else [Fault("compare", "no what-if", "at least one")]
    for number, other in enumerate(others):
        if other.name in {base.name, *(earlier.name for earlier in others[:number])}:
            faults.append(Fault(other.place("name"), f"a second scenario {other.name!r}", "a name of its own"))
        if other.park != base.park:
            what = f"{other.name} is of the park {other.park}"
            faults.append(Fault(other.place("park"), what, f"the base's park, {base.park}, or run it by itself"))
        if (other.start, other.end) != (base.start, base.end):
            what = f"{other.name} runs from {other.start} to {other.end}"
            faults.append(Fault(other.place("end"), what, f"the base's quarters, {base.start} to {base.end}"))
    if faults:
        raise ScenarioError(faults)
