"""The command that takes in any other park."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twin.cli.app import DONE, INVALID, err, park_app
from twin.cli.shown import print_json, wide

if TYPE_CHECKING:
    import pandas as pd


@park_app.command(name="import")
def import_(
    *sources: Path,
    out: Path | None = None,
    mapping: Path | None = None,
    propose: Path | None = None,
    crs: str | None = None,
    start: str = "2026Q1",
    name_zh: str = "",
    name_en: str = "",
    report: Path | None = None,
    json: bool = False,
) -> int:
    """Take in any other park: read its files, map, place and mend them, estimate what is missing, or refuse it all.

    Parameters
    ----------
    sources
        GeoPackage, GeoParquet, GeoJSON, FlatGeobuf, Shapefile, CSV or XLSX files, or folders of them.
    out
        Folder to write the park to; without it nothing is written and the park is only tried.
    mapping
        What becomes of each layer and column (see docs/import.md); proposed from names and values if none is given.
    propose
        Write the proposed mapping to this file, and stop.
    crs
        CRS of the park, projected and in metres, such as EPSG:4548; `auto` takes the one proposed.
    start
        The quarter at whose beginning the park is as its files say.
    name_zh
        What the park is called in Chinese.
    name_en
        What the park is called in English.
    report
        CSV file for everything found, repaired and estimated; written on refusal too.
    json
        Print the report as JSON.
    """
    from twin.errors import Fault, InputError
    from twin.files import write_text
    from twin.park.intake import IntakeRefusedError, import_park, mapping_text, propose_mapping
    from twin.park.save import check_park_writable, save_park

    if not sources:
        raise InputError([Fault("park import", "nothing to import", "files or folders with the layers of a park")])
    if propose is not None:
        write_text(propose, mapping_text(*propose_mapping(sources)))
        err.print(f"{propose}: written; correct it and pass it as --mapping", markup=False, highlight=False)
        return DONE
    if out is not None:
        check_park_writable(out)
    try:
        taken = import_park(sources, mapping=mapping, crs=crs, start=start, name_zh=name_zh, name_en=name_en)
    except IntakeRefusedError as refused:
        _tell_intake(refused.report, report, as_json=json)
        err.print(f"refused 拒绝导入: {len(refused.faults)} errors, nothing written", style="red", highlight=False)
        return INVALID
    _tell_intake(taken.report, report, as_json=json)
    if out is not None:
        save_park(taken.park, out)
        err.print(f"{out}: written", markup=False, highlight=False)
    return DONE


def _tell_intake(found: pd.DataFrame, file: Path | None, *, as_json: bool) -> None:
    """Print what an import found, did and estimated, and write it to a CSV file where one is asked for."""
    from rich.markup import escape
    from rich.table import Table

    from twin.files import write_text

    if file is not None:
        write_text(file, "\ufeff" + found.to_csv(index=False, lineterminator="\n"))
    if as_json:
        print_json(found.to_dict("records"))
        return
    shown = Table("", "layer 图层", "row 行", "what 内容", "cure 办法", box=None, show_lines=False)
    for row in found.to_dict("records"):
        place = [escape(str(row[name])) for name in ("severity", "layer", "row")]
        texts = [escape(f"{row[f'{name}_zh']} {row[f'{name}_en']}".strip()) for name in ("what", "cure")]
        shown.add_row(*place, *texts)
    wide().print(shown)
