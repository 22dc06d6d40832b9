"""Commands that show what a run left: pictures, reports, files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from twin.cli.app import DONE, app, err
from twin.files import write_text

if TYPE_CHECKING:
    from twin.study import Study


@app.command
def render(
    folder: Path,
    /,
    *,
    quarter: str | None = None,
    o: Annotated[Path, Parameter(name=["-o", "--out"])] = Path("park.png"),
) -> int:
    """Draw the park as a run left it.

    Parameters
    ----------
    folder
        Folder that `twin run` wrote.
    quarter
        Quarter to draw; the last if none is given.
    o
        The picture to write.
    """
    study = load(folder)
    err.print(draw(study, quarter or study.scenario.end, o), markup=False, highlight=False)
    return DONE


@app.command
def report(folder: Path, /, *, o: Annotated[Path, Parameter(name=["-o", "--out"])] = Path("report.html")) -> int:
    """Write the report of a run as one self-contained page in Chinese and English.

    Parameters
    ----------
    folder
        Folder that `twin run` wrote.
    o
        The page to write.
    """
    from twin.report import page

    study = load(folder)
    picture = folder / "park.png"
    write_text(o, page(study, picture=picture if picture.is_file() else None))
    err.print(f"{o}: written", markup=False, highlight=False)
    return DONE


@app.command
def export(
    folder: Path,
    /,
    *,
    to: str = "gpkg",
    quarter: str | None = None,
    replication: int = 0,
    o: Annotated[Path | None, Parameter(name=["-o", "--out"])] = None,
) -> int:
    """Write the buildings with what one run counted in them, for GIS and other programs.

    Parameters
    ----------
    folder
        Folder that `twin run` wrote.
    to
        Format: see `twin list formats`.
    quarter
        Quarter to write; the last if none is given.
    replication
        Which run.
    o
        The file to write.
    """
    from twin.errors import Fault, InputError
    from twin.formats import FORMATS
    from twin.formats import export as write

    study = load(folder)
    if not 0 <= replication < len(study.records):
        raise InputError([Fault("--replication", f"{replication}", f"from 0 to {len(study.records) - 1}")])
    file = o or Path(f"park{FORMATS[to][1] if to in FORMATS else ''}")
    written = write(study.park, study.records[replication], to=to, quarter=quarter or study.scenario.end, out=file)
    err.print(f"{written}: written (single run)", markup=False, highlight=False)
    return DONE


def load(folder: Path) -> Study:
    """The study in a folder, with the park it was run on."""
    from twin.record import read_manifest
    from twin.simulation import park_of, scenario_of
    from twin.study import load_study

    scenario = scenario_of(read_manifest(folder))
    return load_study(folder, park_of(scenario), scenario)


def draw(study: Study, quarter: str, file: Path) -> str:
    """Draw a study's park at a quarter; returns what was drawn, and how."""
    from twin.errors import Fault, InputError
    from twin.units import Quarter
    from twin.view import draw

    if quarter not in study.occupancy.columns:
        cure = f"from {study.occupancy.columns[0]} to {study.occupancy.columns[-1]}"
        raise InputError([Fault("--quarter", f"{quarter} was not counted", cure)])
    return draw(
        study.park,
        study.occupancy[quarter],
        file,
        quarter=Quarter.parse(quarter),
        title_zh=f"{study.park.about.name_zh} {study.scenario.title_zh}",
        title_en=f"{study.park.about.name_en}: {study.scenario.title_en or study.scenario.name}",
        replications=study.replications,
    )
