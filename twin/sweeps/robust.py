"""Whether what a what-if brings hangs on how the documents are read: the sweep over all readings, and its verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twin.analysis.robustness import Robustness, robustness
from twin.catalog import Catalog, load_catalog, nearest
from twin.errors import Fault, ScenarioError
from twin.indicators.asked import Figure
from twin.sweeps.design import Design
from twin.sweeps.driving import Progress
from twin.sweeps.reading import readings
from twin.sweeps.results import load_sweep
from twin.sweeps.sweeping import STORE, get_ready

#: Pairs of runs under each reading: as many as a tail can be judged by, and a t interval believed.
REPLICATIONS = 12


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
    name = f"robust_{Path(base).stem}_{Path(what_if).stem}"
    about = {"name": name, "scenario": base, "replications": replications, "cross": [scenarios]}
    return Design.model_validate(block | about)


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
    Figure.parse(figure)
    design = readings_design(base, what_if, settings=settings, whole=whole, replications=replications)
    ready = get_ready(design, out=out, store=store, changes=changes, anew=True)
    crew, cost = ready.crew(workers=workers)
    try:
        ready.drive(crew, told=progress, seconds=cost.seconds_each)
    finally:
        crew.close()
    found = load_sweep(ready.folder)
    tried = [name for name in found.factors if name != "scenario"]
    return robustness(found.table(figure), figure, tried, changed="scenario", base=base, what_if=what_if)
