"""Whether what a what-if brings hangs on how the documents are read: the sweep over all readings, and its verdict."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from twin.analysis.robustness import Robustness, robustness
from twin.catalog import Catalog, load_catalog, nearest
from twin.errors import Fault, InputError, ScenarioError
from twin.indicators.asked import Figure
from twin.indicators.measuring import whole_years
from twin.scenario import Scenario
from twin.scenario.model import faults_of
from twin.sweeps.design import Design
from twin.sweeps.driving import Progress
from twin.sweeps.reading import load_bases, readings
from twin.sweeps.results import load_sweep
from twin.sweeps.sweeping import STORE, get_ready
from twin.units import Quarter

#: Pairs of runs under each reading: as many as a tail can be judged by, and a t interval believed.
REPLICATIONS = 12

#: Characters of the two scenarios' names that the name of the sweep holds at most; with a hash it has 80 at most.
MOST_OF_NAMES = 70


def readings_design(
    base: str,
    what_if: str,
    *,
    settings: Sequence[str] = (),
    whole: bool = False,
    replications: int = REPLICATIONS,
    catalog: Catalog | None = None,
) -> Design:
    """The design that runs base and what-if under every reading of the settings, of all where none are named.

    The usual readings, and from there one setting at a time; `whole`, every combination. Raises ScenarioError.
    """
    known = readings(catalog or load_catalog())
    if unknown := [name for name in settings if name not in known]:
        raise ScenarioError([Fault("settings", f"unknown setting {name!r}", nearest(name, known)) for name in unknown])
    tried = {name: list(known[name]) for name in settings or known}
    vary = [{"setting": name, "values": values} for name, values in tried.items()]
    usual = {name: values[0] for name, values in tried.items()}
    others = [usual | {name: value} for name, values in tried.items() for value in values[1:]]
    block: dict[str, Any] = {"design": "grid", "vary": vary}
    if not whole:
        block = {"design": "list", "vary": [{"setting": name} for name in tried], "points": [usual, *others]}
    scenarios = {"design": "grid", "vary": [{"scenarios": [base, what_if]}]}
    # names of files may hold what no name of a design may, such as Chinese: cut, they are told apart by their hash
    named = f"robust_{Path(base).stem}_{Path(what_if).stem}"
    name = re.sub(r"[^A-Za-z0-9_\-]+", "", named)[:MOST_OF_NAMES]
    name += "" if name == named else f"_{zlib.crc32(named.encode()):08x}"
    about = {"name": name, "scenario": base, "replications": replications, "cross": [scenarios]}
    try:
        return Design.model_validate(block | about)
    except ValidationError as error:
        raise ScenarioError(faults_of(error, {})) from None


def robust(  # noqa: PLR0913  # keyword options of a public function
    base: str,
    what_if: str,
    figure: str,
    *,
    settings: Sequence[str] = (),
    whole: bool = False,
    replications: int = REPLICATIONS,
    changes: Sequence[str] = (),
    out: str | Path | None = None,
    store: str | Path = STORE,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Robustness:
    """Run base and what-if under every reading, and say whether the sign of their difference is the same: see above.

    The sweep is kept in `out`, by default in `out/robust_BASE_WHAT_IF`, and gone on with there.
    """
    asked = Figure.parse(figure)
    if base == what_if:
        raise ScenarioError([Fault("what-if", f"{base!r} twice", "a base and another what-if")])
    design = readings_design(base, what_if, settings=settings, whole=whole, replications=replications)
    _check_year(asked, load_bases(design, changes=changes).first)
    ready = get_ready(design, out=out, store=store, changes=changes, anew=True)
    crew, cost = ready.crew(workers=workers)
    try:
        ready.drive(crew, told=progress, seconds=cost.seconds_each)
    finally:
        crew.close()
    found = load_sweep(ready.folder)
    tried = [name for name in found.factors if name != "scenario"]
    # runs that failed too, as rows without a value: a reading under which none is done is not to go unsaid
    each = pd.MultiIndex.from_product([range(len(found.points)), range(replications)], names=["point", "replication"])
    runs = each.to_frame(index=False).join(found.points, on="point").assign(**{figure: found.values(asked).ravel()})
    return robustness(runs, figure, tried, changed="scenario", base=base, what_if=what_if)


def _check_year(figure: Figure, scenario: Scenario) -> None:
    """Raise InputError where the year of a figure will not be run whole."""
    start = Quarter.parse(scenario.start)
    years, _ = whole_years(tuple(str(start.plus(n)) for n in range(scenario.quarters)))
    if figure.year is not None and figure.year not in years:
        cure = f"a whole year of the run, {years[0]} to {years[-1]}" if years else "a run of a whole year"
        raise InputError([Fault("figure", f"{figure}: the year {figure.year} is not run", cure)])
